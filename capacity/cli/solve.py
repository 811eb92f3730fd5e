"""`capacity solve`: power and money back to chips."""

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
    terminal_width,
)
from capacity.cli.options import DrawsOption, ScenarioArgument, SeedOption, SetOption, SourceOption, load_asked

if TYPE_CHECKING:
    from capacity.writing.forms import Forms


TargetOption = Annotated[
    str, typer.Option("--target", metavar="QUANTITY=VALUE", help="E.g. 'power.facility.nameplate=500 MW'.")
]
ForOption = Annotated[str, typer.Option("--for", metavar="lots.NAME.count", help="Whose chips to solve for.")]


def solve(
    target: TargetOption,
    for_: ForOption,
    scenario: ScenarioArgument = None,
    set_: SetOption = None,
    source: SourceOption = None,
    draws: DrawsOption = 16_384,
    seed: SeedOption = 0,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """How many chips of one lot bring a result (MW, FLOP/s, energy, budget …) to a target."""
    from capacity.load import open_specs
    from capacity.questions import solve as question
    from capacity.writing import siting

    asked = question.read_target(target)
    loaded = load_asked(scenario, None, None, None, set_ or [], source, open_specs(specs))
    found = question.solve(loaded, asked, for_, draws, seed)
    forms: Forms = {
        "table": lambda width: siting.solution_table(found, width),
        "json": lambda _: siting.solution_json(found),
        "sentence": lambda _: siting.solution_sentence(found),
    }
    offer(forms, format_, out, terminal_width())
