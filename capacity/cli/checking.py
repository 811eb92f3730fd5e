"""`capacity check`: the claims in a scenario, or one that is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from capacity.cli.common import (
    Format,
    FormatOption,
    OutOption,
    QuietOption,
    SpecsOption,
    offer,
)
from capacity.cli.options import DrawsOption, ScenarioArgument, SeedOption, SetOption, SourceOption, load_asked

if TYPE_CHECKING:
    from capacity.writing.forms import Forms

FAILED = 3


def check(
    scenario: ScenarioArgument = None,
    claim: Annotated[
        list[str] | None,
        typer.Option("--claim", metavar="TEXT", help="Check this instead, e.g. 'H200 / H20 roughly 6'. Repeatable."),
    ] = None,
    min_probability: Annotated[
        float | None,
        typer.Option("--min-probability", min=0, max=1, help="Exit 3 where a claim's closest reading holds less well."),
    ] = None,
    set_: SetOption = None,
    source: SourceOption = None,
    draws: DrawsOption = 16_384,
    seed: SeedOption = 0,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Check claims: how well each holds on every basis that it could mean, and what would turn it."""
    from capacity.load import open_specs
    from capacity.questions import claims
    from capacity.writing import meaning

    found = open_specs(specs)
    loaded = load_asked(scenario, None, None, None, set_ or [], source, found)
    asked = claim or loaded.file.claims
    checked = [claims.check_claim(loaded, one, found, draws, seed) for one in asked]
    forms: Forms = {
        "table": lambda width: meaning.claims_table(loaded, checked, width, draws, seed),
        "json": lambda _: meaning.claims_json(loaded, checked, draws, seed),
        "csv": lambda _: meaning.claims_csv(checked),
        "sentence": lambda _: meaning.claims_sentence(loaded, checked),
    }
    offer(forms, format_, out)
    if not quiet and not checked:
        typer.echo(f"note: {loaded.id} states no claims; give one with --claim", err=True)
    if min_probability is not None and any(one.probability < min_probability for one in checked):
        raise typer.Exit(FAILED)
