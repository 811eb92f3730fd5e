"""Two scenarios compared → text, Markdown, JSON."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from typing import Any

from capacity._version import __version__
from capacity.document.citations import quantity_dict
from capacity.document.words import input_text, label
from capacity.model.page import STEPS
from capacity.questions.compare import Change, Comparison, Difference
from capacity.resolve import Scenario
from capacity.units import justified, number, scale, shared
from capacity.writing.text import grid


def _label(address: str) -> str:
    step = STEPS[address]
    return label(step.quantity, step.basis)


def _numbers(change: Change) -> tuple[list[str], str]:
    """Both medians with their intervals as text, and the unit."""
    si = STEPS[change.address].unit
    factor, unit = scale(shared((change.before[1], change.after[1]), si), si)
    texts = []
    for points in (change.before, change.after):
        low, middle, high = (x / factor for x in points)
        exact = high - low <= 1e-9 * abs(middle)
        decimals = justified(middle, middle if exact else low, middle if exact else high, 0)
        ends = "" if exact else f" ({number(low, decimals)}–{number(high, decimals)})"
        texts.append(number(middle, decimals) + ends)
    return texts, unit


def percent(part: float, whole: float) -> str:
    """A change as a share of the median it started from: `+9 %`.

    >>> percent(9, 100), percent(-0.004, 1), percent(1, 0)
    ('+9 %', '-0.4 %', 'from nought')
    """
    if whole == 0:
        return "from nought" if part else "+0 %"
    share = 100 * part / whole
    return f"{share:+,.0f} %" if abs(share) >= 1 or share == 0 else f"{share:+.1f} %"


def because(change: Change) -> str:
    """The change of a median and what it is made of: `median +12 %: +9 order size, +3 B200 spec`."""
    start, total = change.before[1], change.after[1] - change.before[1]
    if not change.parts:
        return "median unchanged"
    parts = [f"{percent(x, start).removesuffix(' %')} {name.removeprefix('assumptions.')}" for name, x in change.parts]
    return f"median {percent(total, start)}: {', '.join(parts)}"


def listed(found: Comparison) -> list[tuple[str, str, str]]:
    """The inputs that differ, one row for all owners of whom the same is said; an owner's arrival is a lot's matter."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for d in found.inputs:
        base, at, owner = d.place.partition("@")
        if not (at and (d.before is None or d.after is None)):
            rows.setdefault((base, input_text(d.before), input_text(d.after)), []).extend([owner] * bool(at))
    return [(f"{base} ({', '.join(who)})" if who else base, a, b) for (base, a, b), who in rows.items()]


def text(found: Comparison, width: int = 80) -> str:
    """Differing inputs, moved results, and why."""

    def wrapped(line: str, indent: str = "    ") -> str:
        return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)

    blocks = [wrapped(f"A: {_named(found.before)}", "   ") + "\n" + wrapped(f"B: {_named(found.after)}", "   ")]
    if found.changes:
        rows: list[tuple[str, ...]] = [("result", "A", "B", "")]
        for change in found.changes:
            texts, unit = _numbers(change)
            shown = texts if width >= 72 else [words.partition(" (")[0] for words in texts]
            rows.append((_label(change.address), *shown, unit))
        last = max(len(row[-1]) for row in rows)
        padded = [(*row[:-1], row[-1].ljust(last)) for row in rows]
        blocks.append("\n".join(line.rstrip() for line in grid(padded, width, 3).splitlines()))
        lines = [
            wrapped(f"  {_label(c.address)}: {because(c)}; higher in {c.rises:.0%} of worlds") for c in found.changes
        ]
        blocks.append("\n".join([wrapped("Why (parts of the change of the median, in % of A; they add up)"), *lines]))
    if found.missing:
        blocks.append(wrapped(f"Only one of the two has: {', '.join(found.missing)}"))
    inputs = [wrapped(f"  {place}: {a} → {b}") for place, a, b in listed(found)]
    blocks.append("\n".join(["Inputs that differ", *(inputs or ["  none"])]))
    blocks.append(wrapped(f"capacity {__version__}, {found.draws:,} common worlds, seed {found.seed}"))
    return "\n\n".join(blocks) + "\n"


def _named(scenario: Scenario) -> str:
    return f"{scenario.file.name} ({scenario.id}, as of {scenario.file.as_of}, sha256 {scenario.sha256[:12]})"


def markdown(found: Comparison) -> str:
    """The same in Markdown."""
    rows = ["| result | A | B | unit | why |", "|---|---:|---:|---|---|"]
    for change in found.changes:
        texts, unit = _numbers(change)
        rows.append(f"| {_label(change.address)} | {texts[0]} | {texts[1]} | {unit} | {because(change)} |")
    inputs = [f"| {place} | {a} | {b} |" for place, a, b in listed(found)]
    head = f"- A: {_named(found.before)}\n- B: {_named(found.after)}"
    table = "\n".join(["| input | A | B |", "|---|---|---|", *inputs])
    return "\n\n".join([head, "\n".join(rows), table]) + "\n"


def sentence(found: Comparison) -> str:
    """What moved from the one to the other, and why."""
    moved = []
    for change in found.changes:
        (before, after), unit = _numbers(change)
        told = f"{_label(change.address)} from {before} to {after} {'' if unit == 'chips' else unit}".rstrip()
        moved.append(f"{told}, {because(change)}")
    sides = [f"{s.id} (as of {s.file.as_of}, sha256 {s.sha256[:12]})" for s in (found.before, found.after)]
    said = f"medians with 90 % intervals: {'; '.join(moved)}" if moved else "no result is in both"
    cite = f"capacity {__version__}, {found.draws:,} common worlds, seed {found.seed}"
    return f"From {sides[0]} to {sides[1]}, {said} ({cite}).\n"


def to_json(found: Comparison) -> dict[str, Any]:
    """Schema `capacity.compare/1`, SI units, unrounded."""
    return {
        "schema": "capacity.compare/1",
        "version": __version__,
        "scenarios": [
            {"id": s.id, "name": s.file.name, "as_of": s.file.as_of.isoformat(), "sha256": s.sha256}
            for s in (found.before, found.after)
        ],
        "draws": found.draws,
        "seed": found.seed,
        "inputs": [_difference(d) for d in found.inputs],
        "changes": [_change(c) for c in found.changes],
        "only_in_one": list(found.missing),
    }


def _difference(found: Difference) -> dict[str, Any]:
    sides = {"before": found.before, "after": found.after}
    told = {
        k: {**quantity_dict(i.quantity), "unit": i.unit, "set_by": i.set_by} if i else None for k, i in sides.items()
    }
    return {"place": found.place, **told}


def _change(change: Change) -> dict[str, Any]:
    points = ("p5", "p50", "p95")
    whole = asdict(change)
    return {
        "quantity": change.address,
        "unit": STEPS[change.address].unit,
        **{key: dict(zip(points, whole[key], strict=True)) for key in ("before", "after", "difference")},
        "rises": change.rises,
        "parts": [{"part": name, "median_moved": moved} for name, moved in change.parts],
    }
