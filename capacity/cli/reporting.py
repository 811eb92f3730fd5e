"""`capacity report` and `capacity plot`: an estimate as a file for others to read."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity.cli.common import QuietOption, SpecsOption, write_whole
from capacity.cli.estimating import (
    AtOption,
    By,
    DrawsOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
    SourceOption,
    load_asked,
)
from capacity.errors import fail

if TYPE_CHECKING:
    from capacity.model.estimate import Estimate
    from capacity.resolve import Scenario

ENDINGS = (".html", ".pdf", ".md", ".csv", ".json", ".xlsx", ".parquet")


class Picture(StrEnum):
    """What can be drawn."""

    intervals = "intervals"
    flow = "flow"
    tornado = "tornado"
    stock = "stock"


def report(
    scenario: ScenarioArgument = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help=f"Where to write; the ending says what: {' '.join(ENDINGS)}")
    ] = Path("report.html"),
    set_: SetOption = None,
    source: SourceOption = None,
    at: AtOption = None,
    by: Annotated[By, typer.Option("--by", help="Split the total by this.")] = By.owner,
    draws: DrawsOption = 16_384,
    seed: SeedOption = 0,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Write a report: one HTML file for readers, or a document, workbook or table by the ending of --out."""
    from capacity.load import open_specs
    from capacity.model import estimate as model

    ending = out.suffix.lower()
    if ending not in ENDINGS:
        raise fail("--out", f"no report ends in {ending or 'nothing'}", ", ".join(ENDINGS))
    loaded = load_asked(scenario, None, None, None, set_ or [], source, open_specs(specs))
    answer = model.estimate(loaded, draws, seed, by=by.value)
    series = _series(loaded, at, draws, seed) if ending in (".html", ".pdf") else None
    write_whole(out, content(answer, ending, series), "--out")
    if not quiet:
        typer.echo(f"{out} is written", err=True)


MONTHS = (0, 3, 6, 9, 12, 18, 24)


def _series(scenario: Scenario, at: list[str] | None, draws: int, seed: int) -> Estimate:
    """The chips at each date asked for; nothing: over the two years from the scenario's date."""
    from datetime import timedelta

    from capacity.model import estimate as model

    days = at or [(scenario.file.as_of + timedelta(days=round(m * 365.25 / 12))).isoformat() for m in MONTHS]
    if len(set(days)) < 2:
        raise fail("--at", "chips over time need two dates", "--at DATE --at DATE")
    return model.estimate(scenario, draws, seed, by="total", show="chips", at=days)


def content(answer: Estimate, ending: str, series: Estimate | None = None) -> bytes:
    """The report of that ending as bytes."""
    if ending in (".html", ".pdf"):
        from capacity.questions import sensitivity
        from capacity.questions.explain import explain
        from capacity.writing import report as render

        address = _about(answer)
        found = sensitivity.influences(answer.scenario, [address], seed=answer.worlds.seed)[address]
        if ending == ".pdf":
            from capacity.writing.pdf import pdf

            return pdf(answer, found, address, series)
        tree = explain(answer.scenario, address, seed=answer.worlds.seed)
        return render.html(answer, found, address, tree, series).encode()
    if ending in (".xlsx", ".parquet"):
        from capacity.writing import workbook

        return workbook.xlsx(answer) if ending == ".xlsx" else workbook.parquet(answer)
    from capacity.document.rows import dumps
    from capacity.writing import data, text

    if ending == ".md":
        return text.markdown(answer).encode()
    return (data.to_csv(answer) if ending == ".csv" else dumps(data.to_json(answer))).encode()


def _about(answer: Estimate) -> str:
    """The result that the drivers are those of: facility power, or the first that there is."""
    have = [step.address for step, group in answer.results() if group.kind == "total"]
    return "power.facility.nameplate" if "power.facility.nameplate" in have else have[0]


def plot(
    kind: Annotated[Picture, typer.Argument(help="What to draw.")],
    scenario: ScenarioArgument = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write: .svg or .png")] = Path("plot.svg"),
    show: Annotated[
        str, typer.Option("--show", metavar="QUANTITY", help="Of which result (intervals, tornado).")
    ] = "power.facility.nameplate",
    set_: SetOption = None,
    source: SourceOption = None,
    at: AtOption = None,
    by: Annotated[By, typer.Option("--by", help="Split the total by this.")] = By.owner,
    draws: DrawsOption = 16_384,
    seed: SeedOption = 0,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Draw a figure as SVG or PNG: intervals by group, the power chain, the drivers, or chips over time."""
    from capacity.document.words import label
    from capacity.load import open_specs
    from capacity.model import estimate as model
    from capacity.model import page
    from capacity.questions import sensitivity
    from capacity.writing import figures

    if out.suffix.lower() not in (".svg", ".png"):
        raise fail("--out", f"no figure ends in {out.suffix or 'nothing'}", ".svg or .png")
    address = sensitivity.resolve(show)
    loaded = load_asked(scenario, None, None, None, set_ or [], source, open_specs(specs))
    if kind is Picture.tornado:
        step = page.STEPS[address.partition("@")[0]]
        found = sensitivity.influences(loaded, [address], seed=seed)[address]
        made = figures.tornado(found, step.unit, f"How far each input alone moves {label(step.quantity, step.basis)}")
    elif kind is Picture.stock:
        made = figures.over_time(_series(loaded, at, draws, seed))
    else:
        answer = model.estimate(loaded, draws, seed, by=by.value)
        made = figures.chain(answer) if kind is Picture.flow else figures.intervals(answer, address.partition("@")[0])
    write_whole(out, figures.svg(made) if out.suffix.lower() == ".svg" else figures.png(made), "--out")
    if not quiet:
        typer.echo(f"{out} is written", err=True)
