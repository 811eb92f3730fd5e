"""Questions and claims → tables and JSON: training, serving, equivalents, context, lines of rules, checks."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from capacity._version import __version__
from capacity.document.citations import Footnotes, source_dict
from capacity.document.rows import dumps
from capacity.document.words import label, member_name
from capacity.model.estimate import Estimate
from capacity.model.page import STEPS
from capacity.questions.claims import BASIS_NAMES, Checked, Meaning, verdict_of
from capacity.questions.equivalents import Equivalents
from capacity.questions.inference import Inference
from capacity.questions.meaning import Context, RulesOnFleet, Section
from capacity.questions.points import Points
from capacity.questions.training import Training
from capacity.resolve import Scenario
from capacity.units import justified, number, scale
from capacity.writing.text import _titled, _wrap, grid

BASIS = {**BASIS_NAMES}
SMALLEST = 1e24  # FLOP of a run that the table shows
Rows = list[tuple[str, ...]]


def shown(points: Points, unit: str = "", factor: float | None = None) -> tuple[str, str, str, str]:
    """Median, 5 % and 95 % point as rounded text and their unit; the ends empty where no world differs.

    >>> shown(Points(2.0, 1.0, 2.0, 3.0, 0.01), "x")
    ('2.0', '1.0', '3.0', 'x')
    """
    by, printed = (factor, unit) if factor else scale(points.p50 or points.p95, unit)
    middle, low, high, error = (x / by for x in (points.p50, points.p5, points.p95, points.mc_error))
    decimals = min(justified(middle, low, high, error), 4)
    texts = [number(x, decimals) for x in (middle, low, high)]
    return (texts[0], "", "", printed) if low == high else (texts[0], texts[1], texts[2], printed)


def ranged(points: Points) -> str:
    """The points in one cell: `8.1 (2.9–19)`.

    >>> ranged(Points(2.0, 1.0, 2.0, 3.0, 0.01))
    '2.0 (1.0–3.0)'
    """
    middle, low, high, _ = shown(points, "", 1.0)
    return f"{middle} ({low}–{high})" if low else middle


def sections_table(answer: Estimate, sections: Mapping[str, Section], width: int, notes: Footnotes) -> str:
    """The questions asked, each under its title; what they cite is added to the notes of the page."""
    blocks = [_SECTIONS[name](answer, section, width, notes) for name, section in sections.items()]
    return "\n\n".join(blocks) + "\n"


def _fitted(rows: Rows, width: int, numbers: int) -> str:
    """The grid; where it is too wide for the terminal, medians without their intervals."""
    table = grid(rows, width, numbers)
    if max(map(len, table.splitlines())) <= width:
        return table
    short: Rows = [rows[0], *((row[0], *(re.sub(r" \(.*\)", "", cell) for cell in row[1:])) for row in rows[1:])]
    return grid(short, width, numbers)


def _block(title: str, rows: Rows, width: int, notes: Iterable[str], numbers: int) -> str:
    table = _fitted(rows, width, numbers)
    return "\n".join([_wrap(title, width), "", table, *_listed(notes, width)])


def _listed(notes: Iterable[str], width: int) -> list[str]:
    return [_wrap(f"- {note}", width, "  ") for note in notes]


def _training(answer: Estimate, section: Section, width: int, notes: Footnotes) -> str:
    assert isinstance(section, Training)
    share = f"{section.cluster:.0%}" if section.cluster >= 0.01 else f"{section.cluster:g}"
    days: Rows = [("days for a run", "FLOP", "on all chips", f"on {share} of them")]
    runs: Rows = [("runs a year", "all busy hours", "training hours", "final runs")]
    large = [run for run in section.runs if run.flop.p50 >= SMALLEST]
    for run in large:
        name = f"{run.name} {notes.cite(run.sources)}"
        days.append((name, _flop(run.flop), ranged(run.days_on_all), ranged(run.days_on_cluster)))
        runs.append((run.name, *(ranged(points) for points in run.runs_a_year.values())))
    smaller = ["smaller runs are in the JSON"] if len(large) < len(section.runs) else []
    title = f"Training: days on one synchronous cluster of all chips or of {share} of them, and runs a year"
    return "\n".join([
        _block(title, days, width, (), 3), "", _fitted(runs, width, 3), *_listed([*section.notes, *smaller], width),
    ])  # fmt: skip


def _flop(points: Points) -> str:
    """A run's compute: `3.8e25`, or the interval of one that is not disclosed."""

    def short(value: float) -> str:
        return f"{value:.2g}".replace("e+", "e")

    return short(points.p50) if points.p5 == points.p95 else f"{short(points.p5)}–{short(points.p95)}"


def _inference(answer: Estimate, section: Section, width: int, notes: Footnotes) -> str:
    assert isinstance(section, Inference)
    title = (
        f"Inference: tokens a second at {section.context:,.0f} tokens of context, and {section.prompt:g} prompt tokens "
        "read for each answered"
    )
    fleet: Rows = [("the fleet, million tokens a second", "median", "5 %", "95 %")]
    what = {
        "decode_all": "all chips answer, prompts read elsewhere",
        "prefill_all": "all chips read prompts",
        "answer_all": "all chips read and answer",
        "answer_serving": "the chips that serve read and answer",
    }
    for one in section.fleets:
        fleet += [(f"{one.name}: {words}", *shown(getattr(one, key), "", 1e6)[:3]) for key, words in what.items()]
    chips: Rows = [("per chip", "answered/s", "read/s", "replica", "batch", "critical")]
    for kind in section.kinds:
        name = answer.scenario.chips[kind.chip].name
        chips.append((
            f"{kind.model} on {name}", ranged(kind.decode), ranged(kind.prefill), str(kind.chips),
            f"{kind.batch.p50:,.0f}", f"{kind.critical_batch:,.0f}",
        ))  # fmt: skip
    missed = [
        f"{k.model} on {k.chip}: in {k.limit_missed:.0%} of worlds the weights alone take half the time limit; users "
        "then wait twice that reading"
        for k in section.kinds if k.limit_missed > 0.01
    ]  # fmt: skip
    parts = [_block(title, fleet, width, (), 3), "", _fitted(chips, width, 5)] if section.kinds else [title]
    critical = "critical: tokens in a step above which a chip's computing sets the pace, caches left out"
    return "\n".join([*parts, *_listed([critical, *missed, *section.notes], width)])


def _equivalents(answer: Estimate, section: Section, width: int, notes: Footnotes) -> str:
    assert isinstance(section, Equivalents)
    rows: Rows = [("in " + section.unit, "basis", "median", "5 %", "95 %")]
    for line in section.lines:
        who = "total" if line.group == "total" else member_name(answer.scenario, line.group, line.member)
        rows.append((who, "by " + BASIS[line.basis], *shown(line.points)[:3]))
    each = [
        f"one {chip} is " + ", ".join(f"{value:.3g} by {BASIS[basis]}" for basis, value in found.items())
        for chip, found in section.per_chip.items()
    ]
    title = f"Equivalents: the fleet in {section.unit}, the basis named"
    return _block(title, rows, width, [*each, *section.order, *section.notes], 3)


def _context(answer: Estimate, section: Section, width: int, notes: Footnotes) -> str:
    assert isinstance(section, Context)
    rows: Rows = [("this fleet as a share of", "by", "median", "5 %", "95 %")]
    others = []
    for one in section.compared:
        name, grade = one.comparator.name, one.comparator.quantity.grade
        mark = notes.cite(one.sources)
        if one.share is None:
            others.append(f"not divided by {name}: {one.why_not} {mark}")
            continue
        step = STEPS.get(one.basis or "")
        by = label(step.quantity, step.basis) if step else BASIS[one.basis or ""]
        middle, low, high, _ = shown(one.share, "%", 0.01)
        ends = (f"{low} %", f"{high} %") if low else ("", "")
        rows.append((f"{name} ({one.comparator.date}, grade {grade}) {mark}", by, f"{middle} %", *ends))
        others.append(f"{name}: {one.comparator.definition}")
    as_of = answer.scenario.file.as_of
    late = [c.comparator.name for c in section.compared if c.known_from > as_of.isoformat()[: len(c.known_from)]]
    if late:
        others.append(f"published after the scenario's as_of ({as_of}): {', '.join(dict.fromkeys(late))}")
    title = "Context: shares of what others publish, like definitions only"
    return _block(title, rows, width, dict.fromkeys(others), 3)


def _rules(answer: Estimate, section: Section, width: int, notes: Footnotes) -> str:
    assert isinstance(section, RulesOnFleet)
    rows: Rows = [("share of the fleet's TPP in chips at or above", "median", "5 %", "95 %")]
    for one in section.above:
        if one.share is None:
            rows.append((one.name, f"not known: {', '.join(one.unknown) or 'no chips'}", "", ""))
        else:
            rows.append((one.name, *(f"{x} %" if x else "" for x in shown(one.share, "%", 0.01)[:3])))
    caps = [
        f"{cap.chip}: {cap.name} allows this fleet where {ranged(cap.needed_at_home)} chips of the kind stay at home"
        for cap in section.caps
    ]
    as_of = answer.scenario.file.as_of
    classes = [f"{one.chip} on {as_of}: {one.label} ({one.citation})" for one in section.classes]
    return _block("Rules on the fleet: classes and single lines", rows, width, [*classes, *caps], 3)


_SECTIONS: dict[str, Callable[[Estimate, Any, int, Footnotes], str]] = {
    "training": _training, "inference": _inference, "equivalents": _equivalents, "context": _context, "rules": _rules,
}  # fmt: skip


# --- claims ----------------------------------------------------------------------------------


def claims_json(scenario: Scenario, checked: Sequence[Checked], draws: int, seed: int) -> str:
    """The claims checked, as JSON: schema `capacity.check/1`."""
    sources = {s.title: s for one in checked for s in (*one.sources, *filter(None, [one.words_source]))}
    return dumps({
        "schema": "capacity.check/1", "version": __version__,
        "scenario": {"id": scenario.id, "as_of": scenario.file.as_of.isoformat(), "sha256": scenario.sha256},
        "draws": draws, "seed": seed, "claims": [one.as_dict() for one in checked],
        "sources": [source_dict(source) for source in sources.values()],
    })  # fmt: skip


def claims_csv(checked: Sequence[Checked]) -> str:
    """A row per claim and meaning, numbers unrounded, in SI."""
    out = io.StringIO()
    head = ["claim", "check", "subject", "basis", "unit", "p5", "p50", "p95", "probability", "readers", "closest"]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    for one in checked:
        for m in one.meanings:
            points = (m.value.p5, m.value.p50, m.value.p95, m.probability, m.readers)
            writer.writerow([one.text, one.parsed.text, m.subject, m.basis, one.unit, *points, m is one.closest])
    return out.getvalue()


def claims_sentence(scenario: Scenario, checked: Sequence[Checked]) -> str:
    """A quotable sentence per claim: what it says, the verdict, whose words they are, what to cite."""
    lines = []
    for one in checked:
        who = "; ".join(dict.fromkeys(s.author or s.title for s in one.sources)) or "command line"
        cite = f"capacity {__version__}, scenario {scenario.id}, sha256 {scenario.sha256[:12]}"
        said = verdict(one).removesuffix(".")
        lines.append(f'"{one.text}" ({who}): {said[0].lower()}{said[1:]} ({cite}).')
    return "\n".join([*lines, ""])


def claims_table(scenario: Scenario, checked: Sequence[Checked], width: int, draws: int, seed: int) -> str:
    """Each claim with its meanings, the verdict in a sentence, and what would turn it."""
    notes = Footnotes()
    blocks = [_claim(one, width, notes) for one in checked]
    words = (
        "How well: the share of readers whose range for the words holds the value, averaged over worlds; for over, at "
        "least, below and their like the share of worlds. Readers tell what words mean to them, not how often they "
        "prove true."
    )
    foot = f"capacity {__version__}, scenario {scenario.id}, sha256 {scenario.sha256[:12]}, {draws:,} draws"
    listed = [_titled("Sources", notes.lines(), width)] if notes.sources else []
    return "\n\n".join([*blocks, _wrap(words, width), *listed, _wrap(f"{foot}, seed {seed}", width)]) + "\n"


def _claim(one: Checked, width: int, notes: Footnotes) -> str:
    rows: Rows = [("what it could mean", "basis", "is", "5 %", "95 %", "unit", "how well")]
    for meaning in one.meanings:
        middle, low, high, unit = _told(meaning, one)
        basis = "" if meaning.basis == meaning.subject else meaning.basis
        rows.append((meaning.subject, basis, middle, low, high, unit, f"{meaning.probability:.0%}"))
    kept = [i for i in range(7) if i not in (1, 3, 4, 5) or any(row[i] for row in rows[1:])]
    table = grid([tuple(row[i] for i in kept) for row in rows], width, len(kept) - (2 if 1 in kept else 1))
    head = f'"{one.text}" (grade {one.grade}) {notes.cite(one.sources)}'.rstrip()
    read_as = [] if one.text == one.parsed.text else [_wrap(f"read as: {one.parsed.text}", width, "  ")]
    mark = notes.cite([one.words_source] if one.words_source else [])
    said = [_wrap(f"{verdict(one)} {mark}".rstrip(), width), _wrap(closest_words(one), width)]
    return "\n".join([_wrap(head, width), *read_as, "", table, "", *said])


def _told(meaning: Meaning, one: Checked) -> tuple[str, str, str, str]:
    """What a meaning's value is, in text: a ratio of sheets to three figures, else as its interval allows."""
    if meaning.value.p5 == meaning.value.p95 and not one.unit:
        return f"{meaning.value.p50:.3g}", "", "", ""
    return shown(meaning.value, one.unit)


def verdict(one: Checked) -> str:
    """The verdict in one sentence: on which bases the claim holds, on which it does not, and for whom."""
    subjects = list(dict.fromkeys(m.subject for m in one.meanings))
    bases: dict[str, dict[str, Meaning]] = {}
    for meaning in one.meanings:
        bases.setdefault(meaning.basis, {})[meaning.subject] = meaning
    parts = []
    for word in ("holds", "doubtful", "does not hold"):
        alike: dict[tuple[str, str], list[str]] = {}
        for basis, found in bases.items():
            there = [s for s in subjects if s in found and verdict_of(found[s].probability) == word]
            if there:
                who = "" if len(subjects) == 1 else " for all" if there == subjects else f" for {_and(_heads(there))}"
                alike.setdefault((who, _span([found[s] for s in there], one)), []).append(basis)
        told = [f"by {_and(names)}{who} ({span})" for (who, span), names in alike.items()]
        if told:
            parts.append(f"{word if word != 'doubtful' else 'is doubtful'} {', '.join(told)}")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _heads(subjects: Sequence[str]) -> list[str]:
    return [subject.partition(" / ")[0] for subject in subjects]


def _span(meanings: Sequence[Meaning], one: Checked) -> str:
    """The values of some meanings: one with its interval, or the least and the largest median."""
    if len(meanings) > 1:
        ends = sorted(meanings, key=lambda m: m.value.p50)
        low, high = (_told(m, one) for m in (ends[0], ends[-1]))
        return low[0] if low[0] == high[0] else f"{low[0]} to {high[0]} {high[3]}".rstrip()
    middle, low_end, high_end, unit = _told(meanings[0], one)
    return f"{middle} {unit}".rstrip() + (f", {low_end} to {high_end}" if low_end else "")


def _and(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + (" and " if words[1:] else "") + words[-1]


def closest_words(one: Checked) -> str:
    """Which reading comes closest, how well it holds, and the smallest change that would turn it."""
    best, turn = one.closest, one.turn
    basis = f", {best.basis}" if best.basis != best.subject else ""
    head = f"Closest: {best.subject}{basis}, {best.probability:.0%}."
    if turn is None:
        return f"{head} No one input within twenty times its value would turn it."
    factor, unit = scale(max(turn.then, turn.now), turn.unit)
    now, then = (_three(x / factor) for x in (turn.now, turn.then))
    words = f"It would turn with {turn.place} at {then} instead of {now}"
    return f"{head} {words} {'' if unit in ('ratio', 'share') else unit}".rstrip() + f" ({turn.change:+.0%})."


def _three(value: float) -> str:
    """Three figures, thousands grouped.

    >>> _three(1034570.9), _three(7.2), _three(0.1234)
    ('1,030,000', '7.2', '0.123')
    """
    return f"{value:.3g}" if abs(value) < 1000 else f"{float(f'{value:.3g}'):,.0f}"
