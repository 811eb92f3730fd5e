"""Rules of export control: one rule, and what every rule makes of a chip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from capacity.document.answer import Answer
from capacity.document.blocks import Block, Document, Text, items
from capacity.document.citations import GRADES_TITLE, describe_source, source_dict
from capacity.document.rows import flat
from capacity.load import Specs
from capacity.questions.rules import CONVENTION, PHRASES, Measure, Verdict, measures, remark, verdicts
from capacity.records.chip import Chip
from capacity.records.rule import Condition, Metric, Rule

_MEASURED: tuple[Metric, ...] = ("tpp", "performance_density", "dram_gb_s", "io_gb_s")


def period(rule: Rule) -> str:
    """When a rule is in force, as in `2022-10-21 to 2023-11-17`."""
    return f"{rule.effective} to {rule.ended}" if rule.ended else f"from {rule.effective}"


def in_words(condition: Condition) -> str:
    """A condition as a sentence would say it.

    >>> in_words(Condition(all=(Condition(metric="tpp", op=">=", value=4800), Condition(designed_for="consumer"))))
    'TPP >= 4,800 and made for consumer use'
    """
    if condition.designed_for is not None:
        return f"made for {condition.designed_for} use"
    if condition.metric is not None:
        return PHRASES[condition.metric].format(f"{condition.op} {condition.value:,g}")
    parts = [f"({in_words(c)})" if c.all or c.any else in_words(c) for c in condition.all or condition.any]
    return (" and " if condition.all else " or ").join(parts)


@dataclass(frozen=True, slots=True, repr=False)
class RulePage(Answer):
    """All that a rule says: its dates, its classes and their thresholds, its limits, its sources."""

    rule: Rule
    name: ClassVar[str] = "classes"

    def head(self) -> dict[str, Any]:
        """Schema `capacity.rule/1`."""
        return {"schema": "capacity.rule/1"}

    def body(self) -> dict[str, Any]:
        """The rule as its file states it."""
        stated: dict[str, Any] = self.rule.model_dump(mode="json", exclude_none=True)
        return stated

    def records(self) -> list[dict[str, Any]]:
        """A row a class."""
        body = self.body()
        above: dict[str, Any] = {key: body[key] for key in ("id", "citation", "effective", "ended") if key in body}
        return [{**above, **flat(one)} for one in body["classes"]]

    def document(self) -> Document:
        """What it is, its classes and limits, who says so."""
        rule = self.rule
        classes = [f"{c.name}: {in_words(c.when)}. Then: {c.means}" for c in rule.classes]
        classes.append(f"otherwise: {rule.otherwise}")
        limits = rule.limits.values()
        classes += [f"limit: {x.what}, at most {x.at_most.stated} (grade {x.at_most.grade})" for x in limits]
        sources = [describe_source(source) for source in rule.sources.values()]
        blocks: list[Block] = [
            Text(f"{rule.name} ({rule.id})"),
            Text(f"{rule.citation}; in force {period(rule)}; grade {rule.grade}"),
            Text(f"Reach: {rule.reach}"),
            items(classes, "Classes and limits"),
        ]
        blocks += [Text(rule.note)] if rule.note else []
        return Document((*blocks, items(sources, GRADES_TITLE, "numbered")))


def rule_page(rule: Rule) -> RulePage:
    """One rule."""
    return RulePage(rule)


@dataclass(frozen=True, slots=True, repr=False)
class Classification(Answer):
    """The class of a chip under each rule, by date, and the figures that put it there."""

    chip: Chip
    verdicts: Sequence[Verdict]
    specs: Specs
    name: ClassVar[str] = "rules"

    def head(self) -> dict[str, Any]:
        """Schema `capacity.classification/1`."""
        return {"schema": "capacity.classification/1"}

    def body(self) -> dict[str, Any]:
        """The metrics of the chip and what each rule makes of them."""
        told = classes_dict(self.chip, self.specs)
        return {key: value for key, value in told.items() if key != "schema"}

    def records(self) -> list[dict[str, Any]]:
        """A row a rule."""
        return [{"chip": self.chip.id, **flat(verdict_dict(self.chip, v, self.specs))} for v in self.verdicts]

    def document(self) -> Document:
        """The metrics, a block a rule, what cannot be said."""
        blocks: list[Block] = [
            Text(f"{self.chip.name} ({self.chip.id}) under the rules of export control"),
            Text(measures_line(self.chip)),
        ]
        remarks: dict[str, None] = {}
        for verdict in self.verdicts:
            means = f" ({verdict.means})" if verdict.means else ""
            title = f"{period(verdict.rule)}  {verdict.rule.id}: {verdict.label}{means}"
            blocks.append(items([f"because {'; '.join(verdict.why)}"], title))
            remarks[remark(self.chip, verdict.rule, self.specs)] = None
        below = [*filter(None, remarks), CONVENTION, "A rule's own page: capacity show RULE-ID."]
        return Document((*blocks, *map(Text, below)))


def classification(chip: Chip, specs: Specs) -> Classification:
    """What every rule makes of a chip."""
    return Classification(chip, list(verdicts(chip, specs)), specs)


def _measures_dict(told: dict[Any, Measure]) -> dict[str, Any]:
    """The metrics of a chip for JSON: ends, or what the sheet lacks."""
    return {
        key: {"lacks": m.lacks} if m.lacks else {"low": m.low, "high": m.high, "grade": m.grade}
        for key, m in told.items()
    }


def verdict_dict(chip: Chip, verdict: Verdict, specs: Specs) -> dict[str, Any]:
    """A verdict for JSON, with the rule's dates, citation, grade and sources."""
    rule = verdict.rule
    return {
        "rule": rule.id, "citation": rule.citation, "effective": rule.effective, "ended": rule.ended,
        "class": verdict.label, "means": verdict.means or None, "known": verdict.known, "caught": verdict.caught,
        "why": list(verdict.why), "remark": remark(chip, rule, specs) or None, "grade": rule.grade,
        "sources": [source_dict(rule.sources[key]) for key in rule.source],
    }  # fmt: skip


def classes_dict(chip: Chip, specs: Specs) -> dict[str, Any]:
    """What every rule makes of a chip, for JSON."""
    return {
        "schema": "capacity.classification/1", "chip": chip.id, "convention": CONVENTION,
        "measures": _measures_dict(measures(chip)),
        "rules": [verdict_dict(chip, verdict, specs) for verdict in verdicts(chip, specs)],
    }  # fmt: skip


def measures_line(chip: Chip) -> str:
    """The metrics of a chip in a line with their grades: `TPP 2,368 B; performance density 2.91 C; …`."""
    told = measures(chip)
    parts: list[str] = []
    for key in _MEASURED:
        measure = told[key]
        name = PHRASES[key].partition(" {")[0]
        parts.append(f"{name}: {measure}" if measure.lacks else f"{PHRASES[key].format(measure)} {measure.grade}")
    return "; ".join(parts)
