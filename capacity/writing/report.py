"""An estimate as a document that a person reads: one self-contained HTML file (needs the extra `report`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from capacity._version import __version__
from capacity.document.blocks import Document, Items
from capacity.document.citations import signature
from capacity.document.terminal import text as terminal_text
from capacity.document.words import interval, label, member_name, number_text, share_text, whole_parts
from capacity.errors import fail
from capacity.model.estimate import Estimate, summarize
from capacity.model.page import STEPS
from capacity.questions.drivers import concerned, scaled
from capacity.questions.explain import Explanation
from capacity.questions.sensitivity import Influence
from capacity.resolve import Input
from capacity.source import GRADES, Source
from capacity.writing import figures
from capacity.writing.compare import stated
from capacity.writing.text import HEADLINE, MEMO, all_notes, headline, view_words

POWER = "power.facility.nameplate"
CARDS = (*HEADLINE, "energy.facility")
Drivers = Sequence[Influence]


class Notes:
    """Sources by number, in the order in which they are cited."""

    def __init__(self) -> None:
        self.found: dict[str, Source] = {}

    def numbers(self, sources: Iterable[Source]) -> list[int]:
        """The numbers of these sources."""
        numbers = []
        for source in sources:
            self.found.setdefault(source.title, source)
            numbers.append(list(self.found).index(source.title) + 1)
        return list(dict.fromkeys(numbers))


def html(
    answer: Estimate,
    found: Drivers,
    address: str = POWER,
    tree: Explanation | None = None,
    series: Estimate | None = None,
) -> str:
    """The report; `found` are the drivers of the result `address`, `tree` how it comes about, `series` has dates."""
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
        from markupsafe import Markup
    except ImportError:
        raise fail("report", "jinja2 is not installed", "pip install 'capacity[report]'") from None
    loader = PackageLoader("capacity", "writing")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)

    def picture(made: figures.Picture) -> dict[str, Any]:
        return {"title": made.title, "rows": made.rows, "svg": Markup(figures.inline(made))}

    pages = context(answer, found, address)
    drawn = pictures(answer, found, address)
    return environment.get_template("report.html").render(
        **pages,
        bars=[picture(made) for name, made in drawn.items() if name.startswith("intervals")],
        flow=picture(drawn["flow"]) if "flow" in drawn else None,
        stock=picture(figures.over_time(series)) if series else None,
        tornado=picture(drawn["tornado"]) if "tornado" in drawn else None,
        embedded=Markup(embedded(answer)),
        tree=re.sub(r"(?:\[\d+\])+(?=\n)", "", _outline(tree)) if tree else "",
        about=label(STEPS[address.partition("@")[0]].quantity, STEPS[address.partition("@")[0]].basis),
    )


def pictures(answer: Estimate, found: Drivers, address: str = POWER) -> dict[str, figures.Picture]:
    """The figures that this estimate has, by kind."""
    have = {step.address for step, group in answer.results() if group.kind == "total"}
    drawn = {f"intervals-{a}": figures.intervals(answer, a) for a in figures.BARS if a in have}
    if all(f"power.{boundary}.nameplate" in have for boundary in figures.CHAIN):
        drawn["flow"] = figures.chain(answer)
    step = STEPS[address.partition("@")[0]]
    title = f"How far each input alone moves {label(step.quantity, step.basis)}"
    if any(abs(row.high - row.low) > 1e-9 * abs(row.middle) for row in found):
        drawn["tornado"] = figures.tornado(found, step.unit, title)
    return drawn


def context(answer: Estimate, found: Drivers, address: str) -> dict[str, Any]:
    """All that the page says, as plain data."""
    scenario, notes = answer.scenario, Notes()
    file = scenario.file
    lines = summarize(answer)
    total = {line.address: line for line in lines if line.group == "total"}
    cards = []
    for card in (total[a] for a in CARDS if a in total):
        middle, low, high, unit = interval(card)
        cards.append(
            {"label": label(card.quantity, card.basis), "middle": middle, "low": low, "high": high, "unit": unit}
        )
    results: list[tuple[str, ...]] = [("result", "of", "median", "5 %", "95 %", "unit")]
    for line in lines:
        if line.group != "total" or line.address in MEMO or line.address in total:
            who = "total" if line.group == "total" else member_name(scenario, line.group, line.member)
            results.append((label(line.quantity, line.basis), who, *interval(line)))
    inputs = answer.plan.inputs()
    weakest = [row for row in sorted(found, key=lambda row: -row.urgency)[:6] if row.urgency > 0.01]
    return {
        "version": __version__,
        "scenario": {"name": file.name, "as_of": file.as_of, "description": file.description},
        "view": view_words(scenario), "headline": headline(answer, lines), "cards": cards, "results": results,
        "lots": [_lot(answer, name, notes) for name in scenario.file.lots],
        "weak": [_weak(answer, row, notes) for row in weakest],
        "drivers": _drivers(found, STEPS[address.partition("@")[0]].unit),
        "disputes": _disputes(inputs, notes),
        "remarks": all_notes(answer),
        "assumptions": [
            {"place": i.place, "value": stated(i), "grade": i.quantity.grade,
             "by": i.profile or i.set_by, "notes": notes.numbers(i.sources)} for i in inputs
        ],
        "grades": GRADES,
        "own_specs": any(" is read from " in note for note in scenario.notes),
        "signature": signature(answer),
        "sources": list(notes.found.values()),
    }  # fmt: skip


def _lot(answer: Estimate, name: str, notes: Notes) -> dict[str, Any]:
    scenario = answer.scenario
    lot = scenario.file.lots[name]
    said = f'"{lot.count.says}"' if lot.count.says else lot.count.stated
    relations = [
        f"{r.replace('_', ' ')} {getattr(lot, r)}" for r in ("part_of", "same_as", "replaces") if getattr(lot, r)
    ]
    facts = "; ".join([f"{lot.stage} {lot.date}", f"grade {lot.count.grade}", *relations])
    text = f"{name}: {said} {scenario.chips[lot.chip].name}, {facts}." + (f" {lot.note}" if lot.note else "")
    cited = notes.numbers(scenario.file.sources[key] for key in lot.count.source)
    return {"counted": name in scenario.file.counted, "text": text, "notes": cited}


def _weak(answer: Estimate, row: Influence, notes: Notes) -> dict[str, Any]:
    known = answer.scenario.defaults.assumptions
    name = row.driver.name.removeprefix("assumptions.")
    first = next(iter(row.driver.inputs), None)
    words = f"{known[name].meaning}: {stated(first)}." if name in known and first else ""
    if first and not words:
        words = "Its part of the lot is not published." if first.unit == "split" else f"{stated(first)}."
    return {
        "name": name, "grade": row.driver.grade or "D", "words": words, "share": share_text(row.share),
        "narrows": f"{max(row.narrows, 0.0):.0%}",
        "notes": notes.numbers(source for item in row.driver.inputs for source in item.sources),
    }  # fmt: skip


def _drivers(found: Drivers, unit: str) -> list[tuple[str, ...]]:
    how = scaled(found, unit)
    kept = concerned(found)
    rows: list[tuple[str, ...]] = [
        ("input", "share", "±", f"low, {how.unit}", f"high, {how.unit}", "grade"),
    ]
    for row, share in zip(kept, whole_parts([row.share for row in kept], 1), strict=True):
        ends = (number_text(row.low, how, False), number_text(row.high, how, False))
        error = share_text(row.error, decimals=1)
        rows.append((row.driver.name, share_text(share, decimals=1), error, *ends, row.driver.grade or ""))
    return rows


def _outline(tree: Explanation) -> str:
    """The tree alone, its sources numbered but not listed."""
    return terminal_text(Document(tuple(b for b in tree.document().blocks if isinstance(b, Items))[:1]), 76)


def _disputes(inputs: Iterable[Input], notes: Notes) -> list[dict[str, Any]]:
    """Each figure in use that another source contradicts."""
    rows = []
    for item in inputs:
        for dispute in item.quantity.disputed:
            why = dispute.why[:1].upper() + dispute.why[1:].removesuffix(".") + "."
            numbers = [x for x in (dispute.value, dispute.low, dispute.high) if x is not None]
            told = item.quantity.model_copy(
                update={"value": dispute.value, "low": dispute.low, "high": dispute.high, "says": None, "chance": None}
            )
            other = Input(item.place, told, item.unit, item.stream, item.set_by, item.sources)
            rows.append(
                {"place": item.place, "used": stated(item), "other": stated(other) if numbers else "another figure",
                 "why": why, "notes": notes.numbers(item.sources)}
            )  # fmt: skip
    return rows


def embedded(answer: Estimate) -> str:
    """The scenario's document as JSON that no markup can break out of and that reads back as YAML."""
    text = json.dumps(answer.scenario.document, ensure_ascii=False, allow_nan=False, indent=1, default=str)
    return re.sub(r"[<>&\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda m: f"\\u{ord(m[0]):04x}", text)
