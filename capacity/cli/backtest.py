"""`capacity backtest`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from capacity.cli.common import Format, FormatOption, OutOption, QuietOption, SpecsOption, print_answer


class Half(StrEnum):
    """Which side of the split is scored."""

    fit = "fit"
    score = "score"
    all = "all"


def backtest(
    cases: Annotated[
        Path | None,
        typer.Option(
            "--cases", metavar="FILE.csv", help="Your own cases, sites or announcements; nothing: those that ship."
        ),
    ] = None,
    half: Annotated[
        Half | None,
        typer.Option("--half", help="Which half of the systems; nothing: the one not fitted, of FILE both."),
    ] = None,
    min_coverage: Annotated[
        float | None,
        typer.Option("--min-coverage", min=0, max=1, help="Exit with 3 where a 90 % interval holds more rarely."),
    ] = None,
    ledger: Annotated[
        bool, typer.Option("--ledger", help="Instead: our dated predictions, and what came of those that are decided.")
    ] = False,
    draws: Annotated[int, typer.Option("--draws", min=100, max=16_384, help="How many worlds to draw.")] = 4096,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Which worlds to draw.")] = 0,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Score our intervals against sites, deliveries and measured systems, predicted from what was said of them."""
    from capacity.load import open_specs
    from capacity.questions.backtest import backtest as score

    if ledger:
        from capacity.questions.ledger import ledger as predictions

        print_answer(predictions(open_specs(specs)), format_, out)
        return
    answer = score(cases, half=half.value if half else None, specs=open_specs(specs), draws=draws, seed=seed)
    print_answer(answer, format_, out)
    if not quiet and format_ is not Format.table:
        for case, reason in answer.unscored:
            typer.echo(f"unscored: {case}: {reason}", err=True)
    if min_coverage is not None:
        shortfalls = answer.shortfalls(min_coverage)
        for line in shortfalls:
            typer.echo(f"--min-coverage: {line}", err=True)
        if shortfalls:
            raise typer.Exit(3)
