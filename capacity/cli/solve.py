"""`capacity solve`: power and money back to chips."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from capacity.cli.common import Format, FormatOption, OutOption, QuietOption, SpecsOption, print_answer, write_whole
from capacity.cli.options import DrawsOption, ScenarioArgument, SeedOption, SetOption, SourceOption, load_set

TargetOption = Annotated[
    str, typer.Option("--target", metavar="QUANTITY=VALUE", help="E.g. 'power.facility.nameplate=500 MW'.")
]
SaveOption = Annotated[
    Path | None, typer.Option("--save", readable=False, help="Write the scenario with the target as the lot's amount.")
]
ForOption = Annotated[str, typer.Option("--for", metavar="lots.NAME.amount", help="Whose chips to solve for.")]


def solve(
    target: TargetOption,
    place: ForOption,
    scenario: ScenarioArgument = None,
    set_: SetOption = None,
    source: SourceOption = None,
    draws: DrawsOption = 16_384,
    seed: SeedOption = 0,
    save: SaveOption = None,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """How many chips of one lot bring a result (MW, FLOP/s, energy, budget …) to a target."""
    from capacity.questions.solve import solve as ask

    loaded = load_set(scenario, set_, source, specs)
    answer = ask(loaded, target, place, draws, seed)
    if save:
        import yaml

        saved = yaml.safe_dump(answer.saved(), sort_keys=False, allow_unicode=True, width=100)
        write_whole(save, saved.encode(), "--save")
    print_answer(answer, format_, out)
