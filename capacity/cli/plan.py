"""`capacity plan`: a pipeline of deals over time, by site against its limit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from capacity.cli.common import Format, FormatOption, OutOption, QuietOption, SpecsOption, print_answer, write_whole
from capacity.cli.options import (
    ColumnsOption,
    DateOption,
    DrawsOption,
    Every,
    FromOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
    SourceOption,
    UntilOption,
    load_set,
)


def plan(
    scenario: ScenarioArgument = None,
    every: Annotated[Every, typer.Option("--every", help="A column for the end of every period.")] = Every.quarter,
    from_: FromOption = None,
    until: UntilOption = None,
    set_: SetOption = None,
    source: SourceOption = None,
    columns: ColumnsOption = None,
    date: DateOption = None,
    save: Annotated[
        Path | None, typer.Option("--save", readable=False, help="Write the scenario that a sheet amounts to.")
    ] = None,
    draws: DrawsOption = 16_384,
    seed: SeedOption = 0,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Plan deals over time: megawatts by site against limits, when sites are full, what waits, cost and carbon."""
    from capacity.questions.plan import plan as ask

    loaded = load_set(scenario, set_, source, specs, columns, date)
    if save:
        import yaml

        saved = yaml.safe_dump(loaded.document, sort_keys=False, allow_unicode=True, width=100)
        write_whole(save, saved.encode(), "--save")
    answer = ask(loaded, every=every.value, from_=from_, until=until, draws=draws, seed=seed)
    print_answer(answer, format_, out)
