"""`capacity plot`: a picture of an estimate as a file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from capacity.cli.common import QuietOption, SpecsOption, write_whole
from capacity.cli.options import (
    AtOption,
    By,
    ColumnsOption,
    DateOption,
    DrawsOption,
    EveryOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
    SourceOption,
    UntilOption,
    load_set,
)
from capacity.errors import fail


class Picture(StrEnum):
    """What can be drawn."""

    intervals = "intervals"
    flow = "flow"
    tornado = "tornado"
    stock = "stock"
    timeline = "timeline"


def plot(
    kind: Annotated[Picture, typer.Argument(help="What to draw.")],
    scenario: ScenarioArgument = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write: .svg or .png")] = Path("plot.svg"),
    show: Annotated[
        str, typer.Option("--show", metavar="QUANTITY", help="Of which result (intervals, tornado, timeline).")
    ] = "power.facility.nameplate",
    set_: SetOption = None,
    source: SourceOption = None,
    columns: ColumnsOption = None,
    date: DateOption = None,
    at: AtOption = None,
    every: EveryOption = None,
    until: UntilOption = None,
    by: Annotated[By, typer.Option("--by", help="Split the total by this.")] = By.owner,
    width: Annotated[
        int, typer.Option("--width", min=300, max=6000, help="How wide, in pixels (of SVG: at 200 an inch).")
    ] = 1280,
    title: Annotated[str | None, typer.Option("--title", help="A title of your own.")] = None,
    draws: DrawsOption = 16_384,
    seed: SeedOption = 0,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Draw a figure as SVG or PNG: intervals by group, the power chain, the drivers, chips or a result over time."""
    from capacity.document import drawing
    from capacity.questions.plot import plotted

    if out.suffix.lower() not in (".svg", ".png"):
        raise fail("--out", f"no figure ends in {out.suffix or 'nothing'}", ".svg or .png")
    loaded = load_set(scenario, set_, source, specs, columns, date)
    figure = plotted(
        loaded, kind.value, show, by=by.value, at=at or (), every=every.value if every else None, until=until,
        title=title, draws=draws, seed=seed, specs=specs,
    )  # fmt: skip
    draw = drawing.svg if out.suffix.lower() == ".svg" else drawing.png
    write_whole(out, draw(figure, width / drawing.DPI, frame=True), "--out")
    if not quiet:
        lacking = drawing.lacking(figure) if out.suffix.lower() == ".png" else ""  # an SVG is drawn where it is read
        typer.echo(f"{out} is written" + (f"\nnote: {lacking}" if lacking else ""), err=True)
