"""`capacity drivers`: what the spread of a result comes from, and what each source carries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from capacity.cli.common import (
    Format,
    FormatOption,
    OutOption,
    QuietOption,
    SpecsOption,
    WorldsOption,
    print_answer,
    quantity_addresses,
)
from capacity.cli.options import OneDateOption, ScenarioArgument, SeedOption, SetOption, SourceOption, load_set
from capacity.errors import fail

OptionalQuantity = Annotated[
    str | None,
    typer.Argument(
        help="A result, or several with commas; nothing: chips, FLOP/s and facility power.",
        autocompletion=quantity_addresses,
    ),
]


def drivers(
    quantity: OptionalQuantity = None,
    scenario: ScenarioArgument = None,
    weakest: Annotated[
        bool, typer.Option("--weakest", help="What to look up next: order by low grade × share of the spread.")
    ] = False,
    sources: Annotated[
        bool, typer.Option("--sources", help="Leave out one source at a time: how the result moves without it.")
    ] = False,
    set_: SetOption = None,
    source: SourceOption = None,
    at: OneDateOption = None,
    draws: WorldsOption = 8192,
    seed: SeedOption = 0,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Which inputs the spread of a result comes from, and what would narrow it."""
    from capacity.questions.drivers import drivers as ask

    asked, scenario = _quantity_or_scenario(quantity, scenario)
    loaded = load_set(scenario, set_, source, specs)
    if sources:
        from capacity.questions.without import without_each

        if at is not None:
            raise fail("at", "what a source carries is told of all that is stated", "without --sources")
        print_answer(without_each(loaded, asked or "power.facility.nameplate", draws, seed), format_, out)
    else:
        print_answer(ask(loaded, asked, draws, seed, weakest, at=at), format_, out)


def _quantity_or_scenario(quantity: str | None, scenario: str | None) -> tuple[str | None, str | None]:
    """A first word that is a scenario's id or a file's name, and no quantity, is the scenario."""
    if quantity is None or scenario is not None:
        return quantity, scenario
    from capacity.load import Specs
    from capacity.model.page import SHOWN

    name = quantity.partition(",")[0].partition("@")[0]
    is_quantity = any(address == name or address.startswith(name + ".") for address in SHOWN)
    is_scenario = Specs().path("scenarios", quantity) or Path(quantity).is_file()
    return (None, quantity) if is_scenario and not is_quantity else (quantity, scenario)
