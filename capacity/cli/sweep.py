"""`capacity sweep`: many variants of a scenario, on all cores or on a Dask cluster, and on again after a stop."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity.cli.common import NO_SENTENCE, Format, QuietOption, SpecsOption, print_answer, refuse_format
from capacity.cli.options import By, ScenarioArgument, SeedOption

if TYPE_CHECKING:
    from capacity.questions.sweep import Progress


def sweep(
    scenario: ScenarioArgument = None,
    vary: Annotated[
        list[str] | None,
        typer.Option("--vary", metavar="PLACE=a,b,c", help="Values to try; with --lhs also low..high. Repeatable."),
    ] = None,
    lhs: Annotated[int | None, typer.Option("--lhs", min=1, help="A Latin hypercube of so many, not the grid.")] = None,
    format_: Annotated[
        Format | None, typer.Option("--format", "-f", help="How to print the rows; nothing: by the ending of --out.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Where to write: .parquet, .csv, .json or .md; nothing: sweep.parquet."),
    ] = None,
    show: Annotated[str | None, typer.Option("--show", metavar="QUANTITY,…", help="Which results.")] = None,
    by: Annotated[By, typer.Option("--by", help="Split the total by this.")] = By.total,
    draws: Annotated[int, typer.Option("--draws", min=1, max=1_000_000, help="How many worlds in each.")] = 16_384,
    seed: SeedOption = 0,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="Processes; nothing: one per core.")] = None,
    dask: Annotated[str | None, typer.Option("--dask", metavar="ADDRESS", help="A Dask scheduler to run on.")] = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Run many variants of a scenario; a sweep that was stopped goes on where it was when called again."""
    from capacity.load import DEFAULT_SCENARIO
    from capacity.questions.compare import HEADLINE
    from capacity.questions.sweep import sweep as ask

    if format_ is not None:
        refuse_format(format_, NO_SENTENCE)
    else:
        out = out or Path("sweep.parquet")
    if not vary:
        raise typer.BadParameter("say with --vary PLACE=a,b,c what is to vary")
    with _counted(quiet) as progress:
        answer = ask(
            scenario or DEFAULT_SCENARIO, vary, lhs=lhs, show=show or HEADLINE, by=by.value, draws=draws, seed=seed,
            jobs=jobs, dask=dask, out=out, format_=format_ and format_.value, progress=progress, specs=specs,
        )  # fmt: skip
    if out is None and format_ is not None:
        print_answer(answer, format_, None)
    elif not quiet:
        typer.echo(f"{out} is written: {answer.variants:,} variants", err=True)


@contextlib.contextmanager
def _counted(quiet: bool) -> Iterator[Progress | None]:
    """A line on stderr that says how far a sweep is; None where nobody would see it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    start = time.monotonic()

    def show(done: int, whole: int) -> None:
        sys.stderr.write(f"\r{remaining(done, whole, time.monotonic() - start)}\x1b[K")
        sys.stderr.flush()

    try:
        yield show
    finally:
        sys.stderr.write("\n")


def remaining(done: int, whole: int, seconds: float) -> str:
    """How far a sweep is, and how long it will still take.

    >>> remaining(240, 2000, 30)
    '240 of 2,000 variants, 3 min 40 s left'
    """
    left = round(seconds * (whole - done) / done) if done else 0
    time = f"{left // 60} min {left % 60} s" if left >= 60 else f"{left} s"
    return f"{done:,} of {whole:,} variants" + (f", {time} left" if done else "")
