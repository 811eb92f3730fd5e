"""`capacity compare`: two scenarios in the same worlds."""

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
    scenario_ids,
)
from capacity.cli.options import SeedOption, SetOption, SourceOption, load_set


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="A scenario: an id or a file.", autocompletion=scenario_ids)],
    b: Annotated[
        str | None,
        typer.Argument(
            metavar="B", help="Another; nothing: A again, with --set-b or --specs-b.", autocompletion=scenario_ids
        ),
    ] = None,
    show: Annotated[str | None, typer.Option("--show", metavar="QUANTITY,…", help="Only these results.")] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="DATE", help="What is in service on this day, not all that is stated.")
    ] = None,
    set_: SetOption = None,
    set_b: Annotated[
        list[str] | None, typer.Option("--set-b", metavar="PLACE=VALUE", help="Like --set, for B only. Repeatable.")
    ] = None,
    source: SourceOption = None,
    specs: SpecsOption = None,
    specs_b: Annotated[Path | None, typer.Option("--specs-b", help="The folder of specs for B.")] = None,
    draws: WorldsOption = 16_384,
    seed: SeedOption = 0,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    quiet: QuietOption = False,
) -> None:
    """Compare two scenarios in the same worlds: inputs that differ, results that moved, and why."""
    from capacity.questions.compare import HEADLINE
    from capacity.questions.compare import compare as ask

    if b is None and not (set_b or specs_b):
        raise typer.BadParameter("name B, or say with --set-b or --specs-b what is to differ")
    before = load_set(a, set_, source, specs)
    after = load_set(b or a, [*(set_ or []), *(set_b or [])], source, specs_b or specs)
    answer = ask(before, after, show or HEADLINE, draws, seed, at=at)
    print_answer(answer, format_, out)
