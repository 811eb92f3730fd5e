"""`capacity explain`: how a result came about."""

from __future__ import annotations

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

QuantityArgument = Annotated[
    str, typer.Argument(help="A result, e.g. power.facility.nameplate@tencent.", autocompletion=quantity_addresses)
]


def explain(
    quantity: QuantityArgument,
    scenario: ScenarioArgument = None,
    set_: SetOption = None,
    source: SourceOption = None,
    at: OneDateOption = None,
    draws: WorldsOption = 16_384,
    seed: SeedOption = 0,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """How a result came about: formulas in names and numbers, intervals, sources, each input's share of the spread."""
    from capacity.questions.explain import explain as ask

    print_answer(ask(load_set(scenario, set_, source, specs), quantity, draws, seed, at=at), format_, out)
