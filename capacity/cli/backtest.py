"""`capacity backtest`."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity.cli.common import (
    NO_SENTENCE,
    Format,
    FormatOption,
    OutOption,
    QuietOption,
    SpecsOption,
    offer,
    refuse_format,
)

if TYPE_CHECKING:
    from capacity.writing.forms import Forms


class Half(StrEnum):
    """Which side of the split is scored."""

    fit = "fit"
    score = "score"
    all = "all"


def backtest(
    cases: Annotated[
        Path | None, typer.Option("--cases", metavar="FILE.csv", help="Your own measured cases; nothing: the shipped.")
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
    """Score our intervals against measured systems, predicted from chip and count alone."""
    from capacity.document.rows import dumps
    from capacity.load import open_specs
    from capacity.questions.backtest import backtest as score
    from capacity.writing import scores

    if ledger:
        from capacity.writing.ledger import ledger_report

        refuse_format(format_, NO_SENTENCE)
        known = open_specs(specs)

        def told(form: str, width: int) -> str:
            return ledger_report(form, known, width)

        offer({form: partial(told, form) for form in ("table", "json")}, format_, out)
        return
    found = score(cases, half=half.value if half else None, specs=open_specs(specs), draws=draws, seed=seed)
    forms: Forms = {
        "table": lambda width: scores.table(found, width),
        "json": lambda _: dumps(scores.to_json(found)),
        "csv": lambda _: scores.to_csv(found),
        "markdown": lambda _: scores.markdown(found),
        "sentence": lambda _: scores.sentence(found),
    }
    offer(forms, format_, out)
    if not quiet and format_ is not Format.table:
        for case, reason in found.unscored:
            typer.echo(f"unscored: {case}: {reason}", err=True)
    if min_coverage is not None:
        _check(scores.shortfalls(found, min_coverage))


def _check(shortfalls: list[str]) -> None:
    """Stop with exit code 3 where the check that was asked for does not hold."""
    for line in shortfalls:
        typer.echo(line, err=True)
    if shortfalls:
        raise typer.Exit(3)
