"""`capacity check`: the claims in a scenario, or others that are typed."""

from __future__ import annotations

from typing import Annotated

import typer

from capacity.cli.common import Format, FormatOption, OutOption, QuietOption, SpecsOption, print_answer
from capacity.cli.options import DrawsOption, ScenarioArgument, SeedOption, SetOption, SourceOption, load_asked

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
    from capacity.questions.check import check as ask

    library = open_specs(specs)
    loaded = load_asked(scenario, None, None, None, set_ or [], source, library)
    answer = ask(loaded, claim or None, draws, seed, specs=library)
    print_answer(answer, format_, out)
    if not quiet and not answer.claims and format_ is not Format.table:
        typer.echo(f"note: {loaded.id} states no claims; give one with --claim", err=True)
    if min_probability is not None and answer.probability is not None and answer.probability < min_probability:
        raise typer.Exit(FAILED)
