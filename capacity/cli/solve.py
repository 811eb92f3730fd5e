"""`capacity solve`: power and money back to chips."""

from __future__ import annotations

from typing import Annotated

import typer

from capacity.cli.common import Format, FormatOption, OutOption, QuietOption, SpecsOption, print_answer
from capacity.cli.options import DrawsOption, ScenarioArgument, SeedOption, SetOption, SourceOption, load_set

TargetOption = Annotated[
    str, typer.Option("--target", metavar="QUANTITY=VALUE", help="E.g. 'power.facility.nameplate=500 MW'.")
]
ForOption = Annotated[str, typer.Option("--for", metavar="lots.NAME.count", help="Whose chips to solve for.")]


def solve(
    target: TargetOption,
    place: ForOption,
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
    from capacity.questions.solve import solve as ask

    loaded = load_set(scenario, set_, source, specs)
    answer = ask(loaded, target, place, draws, seed)
    print_answer(answer, format_, out)
