"""`capacity report`: an estimate as a file for others to read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from capacity.cli.common import QuietOption, SpecsOption
from capacity.cli.options import (
    AtOption,
    By,
    ColumnsOption,
    DateOption,
    DrawsOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
    SourceOption,
    load_set,
)


def report(
    scenario: ScenarioArgument = None,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="Where to write; .html .pdf .md .csv .json .xlsx .parquet says what."),
    ] = Path("report.html"),
    set_: SetOption = None,
    source: SourceOption = None,
    columns: ColumnsOption = None,
    date: DateOption = None,
    at: AtOption = None,
    by: Annotated[By, typer.Option("--by", help="Split the total by this.")] = By.owner,
    draws: DrawsOption = 16_384,
    seed: SeedOption = 0,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Write a report: one HTML file for readers, or a document, workbook or table by the ending of --out."""
    from capacity.questions import pages
    from capacity.questions.report import report as write

    pages.ending(out)
    loaded = load_set(scenario, set_, source, specs, columns, date)
    write(loaded, out, by=by.value, at=at or (), draws=draws, seed=seed, specs=specs)
    if not quiet:
        typer.echo(f"{out} is written", err=True)
