"""Claims checked, as an answer: how well each holds on every basis that it could mean, and what would turn it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from capacity.document.answer import Answer
from capacity.document.blocks import Block, Column, Document, Row, Scale, Share, Table, Text, left
from capacity.document.citations import Footnotes, cited, head, source_dict
from capacity.document.words import exact_decimals, number_text, scale_of, share_text, spread_cells
from capacity.errors import fail
from capacity.load import DEFAULT_SCENARIO, open_specs
from capacity.model.sampling import DRAWS
from capacity.questions.asked import Asked, Library, scenario_of
from capacity.questions.claims import Checked, Meaning, check_claim, verdict_of
from capacity.questions.compare import change_text
from capacity.resolve import Scenario
from capacity.units import scale

READING = (
    "How well: the share of readers whose range for the words holds the value, averaged over worlds; for over, at "
    "least, below, their like and ranges the share of worlds. Readers tell what words mean to them, not how often they "
    "prove true."
)


@dataclass(frozen=True, slots=True, repr=False)
class Checks(Answer):
    """Claims, each with what it could mean, how well that holds, and what would turn it."""

    scenario: Scenario
    claims: tuple[Checked, ...]
    draws: int
    seed: int
    name: ClassVar[str] = "claims"

    @property
    def probability(self) -> float | None:
        """How well the claim that holds least well does, on its closest reading; None where there is no claim."""
        return min((one.probability for one in self.claims), default=None)

    def head(self) -> dict[str, Any]:
        """Schema `capacity.check/1`."""
        return head("check", self.scenario, self.draws, self.seed)

    def body(self) -> dict[str, Any]:
        """The claims with their meanings, and all sources."""
        sources = {s.title: s for one in self.claims for s in (*one.sources, *filter(None, [one.words_source]))}
        return {
            "claims": [one.as_dict() for one in self.claims],
            "sources": [source_dict(source) for source in sources.values()],
        }

    def records(self) -> list[dict[str, Any]]:
        """A row per claim and meaning, in SI."""
        return [
            {
                "claim": one.text, "check": one.parsed.text, "subject": m.subject, "basis": m.basis, "unit": one.unit,
                "p5": m.value.p5, "p50": m.value.p50, "p95": m.value.p95, "probability": m.probability,
                "readers": m.readers, "closest": m is one.closest,
            }
            for one in self.claims
            for m in one.meanings
        ]  # fmt: skip

    def document(self) -> Document:
        """Each claim with its meanings, the verdict in a sentence, and what would turn it."""
        notes = Footnotes()
        blocks = [block for one in self.claims for block in _blocks(one, notes)]
        reading = Text(READING if self.claims else f"Scenario {self.scenario.id} states no claims.")
        return Document((*blocks, reading, *notes.blocks(), Text(cited(self.scenario, self.draws, self.seed))))

    def sentence(self) -> str:
        """A sentence per claim: what it says, the verdict, whose words they are, what to cite."""
        if not self.claims:
            raise fail("claim", f"{self.scenario.id} states none", "a claim such as 'H200 / H20 roughly 6'")
        lines = []
        for one in self.claims:
            who = "; ".join(dict.fromkeys(s.author or s.title for s in one.sources)) or "typed"
            words = verdict(one).removesuffix(".")
            cite = cited(self.scenario, self.draws, self.seed)
            lines.append(f'"{one.text}" ({who}): {words[0].lower()}{words[1:]} ({cite}).')
        return "\n".join(lines)


def check(
    scenario: Asked = DEFAULT_SCENARIO,
    claim: str | Sequence[str] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    *,
    specs: Library = None,
) -> Checks:
    """How well the claims of a scenario hold, or others, on each basis that they could mean; what would turn them.

    Parameters: `scenario` an id, a path, a mapping or a `Scenario`; `claim` one or several to check instead of the
    scenario's own: `h200-sxm / h20 roughly 6`, `power.facility.nameplate over 500 MW`. Values are in SI,
    probabilities 0 to 1. Raises `InputError` where a claim is not understood or compares unlike things.

    >>> answer = check(claim="H200 / H20 by bandwidth about 1.2", draws=100)
    >>> [round(row["p50"], 3) for row in answer.records()], answer.claims[0].turn.place
    ([1.2], 'memory bandwidth of h200-sxm')
    """
    library = open_specs(specs)
    loaded = scenario_of(scenario, library)
    asked = loaded.file.claims if claim is None else [claim] if isinstance(claim, str) else claim
    return Checks(loaded, tuple(check_claim(loaded, one, library, draws, seed) for one in asked), draws, seed)


# --- how it is told --------------------------------------------------------------------------


def _blocks(one: Checked, notes: Footnotes) -> list[Block]:
    """A claim, what it could mean, and how well that holds; columns that say nothing are left out."""
    title = f'"{one.text}" (grade {one.grade}) {notes.cite(one.sources)}'.rstrip()
    read_as = "" if one.text == one.parsed.text else f"\nread as: {one.parsed.text}"
    columns = (left("what it could mean", least=14), left("basis", least=8), Column("is"), Column("5 %", rank=2),
               Column("95 %", rank=2), left("unit", least=1), Column("how well"))  # fmt: skip
    rows: list[Row] = []
    for meaning in one.meanings:
        how = _scale(meaning, one.unit)
        basis = "" if meaning.basis == meaning.subject else meaning.basis
        cells = spread_cells(meaning.value, how)
        rows.append((meaning.subject, basis, *cells, how.unit, Share(meaning.probability)))
    kept = [i for i in range(len(columns)) if i in (0, 2, 6) or any(row[i] not in (None, "") for row in rows)]
    table = Table(tuple(columns[i] for i in kept), tuple(tuple(row[i] for i in kept) for row in rows))
    words = f"{verdict(one)} {notes.cite(filter(None, [one.words_source]))}".rstrip()
    return [Text(title + read_as), table, Text(f"{words}\n{closest_words(one)}")]


def _scale(meaning: Meaning, unit: str) -> Scale:
    """How a meaning's value is printed: a ratio of sheets to three figures, else as its interval allows."""
    value = meaning.value
    if value.p5 == value.p95 and not unit:
        return Scale(1.0, exact_decimals(float(f"{value.p50:.3g}")))
    how = scale_of(value.p5, value.p50, value.p95, value.mc_error, unit)
    return Scale(how.factor, min(how.decimals, 4), how.unit)


def verdict(one: Checked) -> str:
    """The verdict in one sentence: on which bases the claim holds, on which it does not, and for whom."""
    subjects = list(dict.fromkeys(m.subject for m in one.meanings))
    bases: dict[str, dict[str, Meaning]] = {}
    for meaning in one.meanings:
        bases.setdefault(meaning.basis, {})[meaning.subject] = meaning
    parts = []
    for word in ("holds", "doubtful", "does not hold"):
        alike: dict[tuple[str, str], list[str]] = {}
        for basis, by_subject in bases.items():
            there = [s for s in subjects if s in by_subject and verdict_of(by_subject[s].probability) == word]
            if there:
                who = "" if len(subjects) == 1 else " for all" if there == subjects else f" for {_and(_heads(there))}"
                alike.setdefault((who, _span([by_subject[s] for s in there], one)), []).append(basis)
        clauses = [f"by {_and(names)}{who} ({span})" for (who, span), names in alike.items()]
        if clauses:
            parts.append(f"{word if word != 'doubtful' else 'is doubtful'} {', '.join(clauses)}")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _heads(subjects: Sequence[str]) -> list[str]:
    return [subject.partition(" / ")[0] for subject in subjects]


def _span(meanings: Sequence[Meaning], one: Checked) -> str:
    """The values of some meanings: one with its interval, or the least and the largest median."""
    if len(meanings) > 1:
        ends = sorted(meanings, key=lambda m: m.value.p50)
        low, high = (number_text(m.value.p50, _scale(m, one.unit)) for m in (ends[0], ends[-1]))
        return low if low == high else f"{low} to {high}"
    value, how = meanings[0].value, _scale(meanings[0], one.unit)
    low, high = (number_text(x, how, False) for x in (value.p5, value.p95))
    return number_text(value.p50, how) + (f", {low} to {high}" if low != high else "")


def _and(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + (" and " if words[1:] else "") + words[-1]


def closest_words(one: Checked) -> str:
    """Which reading comes closest, how well it holds, and the smallest change that would turn it."""
    best, turn = one.closest, one.turn
    basis = f", {best.basis}" if best.basis != best.subject else ""
    start = f"Closest: {best.subject}{basis}, {share_text(best.probability)}."
    if turn is None:
        return f"{start} No one input within twenty times its value would turn it."
    factor, unit = scale(max(turn.then, turn.now), turn.unit)
    now, then = (_three_figures(x / factor) for x in (turn.now, turn.then))
    words = f"It would turn with {turn.place} at {then} instead of {now}"
    change = "" if turn.change is None else f" ({change_text(turn.change, 1)})"
    return f"{start} {words} {'' if unit in ('ratio', 'share') else unit}".rstrip() + f"{change}."


def _three_figures(value: float) -> str:
    """Three figures, thousands grouped.

    >>> _three_figures(1034570.9), _three_figures(7.2), _three_figures(0.1234)
    ('1,030,000', '7.2', '0.123')
    """
    rounded = float(f"{value:.3g}")
    return number_text(rounded, Scale(1.0, exact_decimals(rounded)))
