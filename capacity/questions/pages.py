"""What a report of an estimate holds, by the ending of its file: page, PDF, workbook, table, text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from capacity._version import __version__
from capacity.document.answer import Answer
from capacity.document.blocks import Column, Document, Figure, Row, Table, left
from capacity.document.citations import Footnotes, signature
from capacity.document.words import (
    input_text,
    interval,
    label,
    line_scale,
    member_name,
    share_text,
    spread_cells,
)
from capacity.errors import fail
from capacity.model import estimate as model
from capacity.model.estimate import Estimate
from capacity.model.page import STEPS
from capacity.questions import grounds, memo, plot, series
from capacity.questions.drivers import driver_table, moves, scaled
from capacity.questions.explain import explain
from capacity.questions.sensitivity import Influence, influences
from capacity.records.schedule import Every
from capacity.resolve import Input
from capacity.source import GRADES

ENDINGS = (".html", ".pdf", ".md", ".csv", ".json", ".xlsx", ".parquet")
CARDS = (*memo.HEADLINE, "capex.total", "electricity_cost", "carbon.combustion")
SUMS = "Intervals of parts do not add up to the total's: sums are taken world by world."
NOTE = "p5, p50 and p95 are the 5, 50 and 95 % points; SI units"


def ending(path: Path) -> str:
    """The ending of a report's file; `InputError` where no report ends so."""
    if path.suffix.lower() not in ENDINGS:
        raise fail("path", f"no report ends in {path.suffix or 'nothing'}", ", ".join(ENDINGS))
    return path.suffix.lower()


def content(answer: Estimate, memo_: Answer, suffix: str, days: Sequence[Any] = ()) -> bytes:
    """The report with that ending. `memo_`: the estimate as an answer, in full; `days`: of chips over time."""
    if suffix in (".html", ".pdf"):
        address = _about(answer)
        middle = next(line.p50 for line in answer.lines(lambda a, kind: (a, kind) == (address, "total")))
        rows = plot.centred(influences(answer.scenario, [address], seed=answer.worlds.seed)[address], middle)
        figures = pictures(answer, rows, address, over_time(answer, days))
        if suffix == ".pdf":
            from capacity.document.pdf import pdf

            return pdf(_with_figures(memo_.document(), figures), answer.scenario.file.name)
        from capacity.document.page import page

        return page(_parts(answer, rows, address, figures), answer.scenario.document).encode()
    if suffix in (".xlsx", ".parquet"):
        from capacity.document import workbook

        return workbook.xlsx(_sheets(answer, memo_)) if suffix == ".xlsx" else workbook.parquet(memo_.records())
    format_ = {".md": "markdown", ".csv": "csv", ".json": "json"}[suffix]
    return memo_.text(format_).encode()


def _about(answer: Estimate) -> str:
    """The result that the drivers are those of: facility power, or the first that there is."""
    have = [step.address for step, group in answer.results() if group.kind == "total"]
    if not have:
        raise fail("report", "the scenario gives no result", "; ".join(answer.notes(answer.asked[0])))
    return plot.POWER if plot.POWER in have else have[0]


def over_time(answer: Estimate, days: Sequence[Any] = ()) -> Estimate:
    """The chips of an estimate's scenario at these dates, or over two years."""
    dated = days or plot.dates(answer.scenario)
    if len(set(dated)) < 2:
        raise fail("at", "chips over time need two dates", "two or more")
    return model.estimate(
        answer.scenario, answer.worlds.draws, answer.worlds.seed, by="total", show="chips", at=dated
    )  # fmt: skip


def pictures(
    answer: Estimate, rows: Sequence[Influence], address: str, series: Estimate
) -> dict[str, Figure]:  # fmt: skip
    """The figures that this estimate has, by the place where they stand."""
    medians = {line.address: line.p50 for line in answer.lines(lambda _, kind: kind == "total") if line.at is None}
    have = medians.keys()
    bars = {f"intervals of {a}": plot.intervals(answer, a) for a in plot.BARS if a in have}
    drawn = {place: bar for place, bar in bars.items() if any(low < high for _, low, _, high, _ in bar.data["rows"])}
    if all(medians.get(f"power.{boundary}.nameplate") for boundary in plot.CHAIN):  # nothing flows from nought
        drawn["flow"] = plot.flow(answer)
    if any(moves(row) for row in rows):
        drawn["tornado"] = plot.tornado(rows, address, answer.scenario)
    drawn["stock"] = plot.stock(series)
    return {place: plot.explained(figure) for place, figure in drawn.items()}


def _with_figures(document: Document, figures: dict[str, Figure]) -> Document:
    """The memo with the figures behind its tables."""
    last = max(index for index, block in enumerate(document.blocks) if isinstance(block, Table))
    return Document((*document.blocks[: last + 1], *figures.values(), *document.blocks[last + 1 :]))


def _sheets(answer: Estimate, memo_: Answer) -> dict[str, list[dict[str, Any]]]:
    """The workbook: what it says in words, lines, assumptions, sources."""
    body, file = memo_.body(), answer.scenario.file
    facts = {
        "scenario": file.name, "id": file.id, "as of": file.as_of.isoformat(),
        "answer": memo.headline(answer, answer.lines()), "view": memo.view_words(answer.scenario),
        "citation": signature(answer), "points": NOTE,
    }  # fmt: skip
    summary = [{"what": what, "text": text} for what, text in facts.items()]
    return {"summary": summary, **{name: body[name] for name in ("lines", "assumptions", "sources")}}


def _parts(
    answer: Estimate, rows: Sequence[Influence], address: str, figures: dict[str, Figure]
) -> dict[str, Any]:  # fmt: skip
    """All that the page says."""
    scenario, notes = answer.scenario, Footnotes()
    planned = _plan(answer)
    file = scenario.file
    lines = answer.lines()
    total = {line.address: line for line in lines if line.group == "total"}
    cards = []
    for card in (total[a] for a in CARDS if a in total):
        middle, low, high, unit = interval(card)
        words = label(card.quantity, card.basis)
        cards.append({"label": words, "middle": middle, "low": low, "high": high, "unit": unit})
    columns = (left("result"), left("of"), Column("median"), Column("5 %"), Column("95 %"), left("unit"))
    results: list[Row] = []
    for line in lines:
        who = "total" if line.group == "total" else member_name(scenario, line.group, line.member)
        how = line_scale(line)
        results.append((label(line.quantity, line.basis), who, *spread_cells(line, how), how.unit))
    inputs = answer.plan.inputs()
    step = STEPS[address.partition("@")[0]]
    weakest = [row for row in sorted(rows, key=lambda row: -row.urgency)[:6] if row.urgency > 0.01]
    tree = explain(scenario, address, seed=answer.worlds.seed).tree(Footnotes(only=()))
    bars = [figure for name, figure in figures.items() if name.startswith("intervals")]
    legend = max((bar.data["legend"] for bar in bars), key=len, default="")
    sums = any(len(bar.data["rows"]) > 1 for bar in bars)
    return {
        "version": __version__,
        "scenario": {"name": file.name, "as_of": file.as_of, "description": file.description},
        "view": memo.view_words(scenario), "headline": memo.headline(answer, lines), "cards": cards,
        "bars": bars, "bars_note": f"{legend} {SUMS if sums else ''}".rstrip(),
        **{kind: figures.get(kind) for kind in ("flow", "tornado", "stock")},
        "plan": planned,
        "results": Table(columns, tuple(results)),
        "lots": [_lot(answer, name, notes) for name in file.lots],
        "tree": tree,
        "about": label(step.quantity, step.basis),
        "weak": [_weak(answer, row, notes) for row in weakest],
        "drivers": driver_table(rows, scaled(rows, step.unit), "", Footnotes(only=())),
        "disputes": _disputes(inputs, notes),
        "remarks": memo.all_notes(answer),
        "assumptions": [
            {"place": item.place, "value": input_text(item), "grade": item.quantity.grade,
             "by": item.profile or item.set_by, "notes": notes.numbers(item.sources)} for item in inputs
        ],
        "grades": GRADES,
        "own_specs": any(" is read from " in note for note in scenario.notes),
        "signature": signature(answer),
        "sources": list(notes.sources.values()),
    }  # fmt: skip


def _plan(answer: Estimate) -> dict[str, Any] | None:
    """What the lots need over time, where a source says when or sites are named; nothing else, or past its end."""
    from capacity.questions import plan as asked

    scenario = answer.scenario
    lots = [scenario.file.lots[name] for name in scenario.file.counted]
    if not any(lot.promised or lot.site for lot in lots):
        return None
    last = max((span.end for lot in lots for span in lot.promised), default=scenario.file.as_of)
    begin = scenario.file.as_of
    every: Every = "quarter" if (last - begin).days < 900 else "half" if (last - begin).days < 1800 else "year"
    until = max(last, begin.replace(year=begin.year + 1, day=28))
    made = asked.plan(scenario, every=every, until=until, draws=answer.worlds.draws, seed=answer.worlds.seed)
    tables, heat = {table.title: table for table in made.tables()}, made.heat()
    dated = model.estimate(scenario, answer.worlds.draws, answer.worlds.seed, by=(), show=plot.POWER, every=every,
                           until=until)  # fmt: skip
    return {
        "headline": made.headline(), "days": [str(day) for day in made.days], "heat": heat,
        "limits": any(cell["limit"] for row in heat for cell in row["cells"]),
        "timeline": series.timeline(dated, plot.POWER) if made.days[1:] and plot.POWER in made.totals else None,
        "tables": [table for title, table in tables.items() if title != asked.BY_SITE],
    }  # fmt: skip


def _lot(answer: Estimate, name: str, notes: Footnotes) -> dict[str, Any]:
    scenario = answer.scenario
    lot = scenario.file.lots[name]
    line = grounds.lot_line(scenario, name, Footnotes(only=())).removeprefix(f"{name}: ")
    called = member_name(scenario, "lot", name)
    text = f"{called[:1].upper()}{called[1:]}: {line}." + (f" {lot.note}" if lot.note else "")
    cites = notes.numbers(scenario.file.sources[key] for key in lot.count.source)
    return {"counted": name in scenario.file.counted, "text": text, "notes": cites}


def _weak(answer: Estimate, row: Influence, notes: Footnotes) -> dict[str, Any]:
    meanings = answer.scenario.defaults.assumptions
    name = row.driver.name.removeprefix("assumptions.")
    first = next(iter(row.driver.inputs), None)
    words = f"{meanings[name].meaning}: {input_text(first)}." if name in meanings and first else ""
    if first and not words:
        words = "Its part of the lot is not published." if first.unit == "split" else f"{input_text(first)}."
    return {
        "name": name, "grade": row.driver.grade or "D", "words": words, "share": share_text(row.share),
        "narrows": share_text(max(row.narrows, 0.0)),
        "notes": notes.numbers(source for item in row.driver.inputs for source in item.sources),
    }  # fmt: skip


def _disputes(inputs: Iterable[Input], notes: Footnotes) -> list[dict[str, Any]]:
    """Each figure in use that another source contradicts."""
    rows = []
    for item in inputs:
        for dispute in item.quantity.disputed:
            why = dispute.why[:1].upper() + dispute.why[1:].removesuffix(".") + "."
            numbers = [x for x in (dispute.value, dispute.low, dispute.high) if x is not None]
            update = {"value": dispute.value, "low": dispute.low, "high": dispute.high, "says": None, "chance": None}
            other = Input(item.place, item.quantity.model_copy(update=update), item.unit, item.stream, item.set_by,
                          item.sources)  # fmt: skip
            another = input_text(other) if numbers else "another figure"
            rows.append({"place": item.place, "used": input_text(item), "other": another, "why": why,
                         "notes": notes.numbers(item.sources)})  # fmt: skip
    return rows
