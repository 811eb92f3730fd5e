"""Questions and claims → tables and JSON: training, serving, equivalents, context, lines of rules, checks."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from capacity._version import __version__
from capacity.document.citations import Footnotes, source_dict
from capacity.document.rows import dumps
from capacity.questions.claims import BASIS_NAMES, Checked, Meaning, verdict_of
from capacity.questions.points import Points
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
