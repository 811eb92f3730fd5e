"""Rules of export control → pages: one rule, and what every rule makes of a chip."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from capacity import load
from capacity.document.citations import describe_source, source_dict
from capacity.document.rows import dumps
from capacity.load import Specs
from capacity.questions.rules import CONVENTION, PHRASES, Measure, Verdict, measures, remark, verdicts
from capacity.records.chip import Chip
from capacity.records.rule import Condition, Metric, Rule
from capacity.writing.text import _wrap

SHOWN: tuple[Metric, ...] = ("tpp", "performance_density", "dram_gb_s", "io_gb_s")


def filled(items: Iterable[str], width: int) -> str:
    """Paragraphs that fit the width, later lines indented."""
    return "\n".join(_wrap(item, width, "    ") for item in items)


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


def rule_page(name: str, specs: Specs, format_: str, width: int) -> str:
    """All that a rule says: its dates, its classes and their thresholds, its limits, its sources."""
    rule = load.load_rule(name, specs)
    if format_ == "json":
        return dumps({"schema": "capacity.rule/1", **rule.model_dump(mode="json", exclude_none=True)})
    head = [
        f"{rule.name} ({rule.id})",
        f"{rule.citation}; in force {period(rule)}; grade {rule.grade}",
        f"Reach: {rule.reach}",
    ]
    classes = [f"{c.name}: {in_words(c.when)}. Then: {c.means}" for c in rule.classes]
    classes.append(f"otherwise: {rule.otherwise}")
    classes += [f"limit: {x.what}, at most {x.at_most.stated} (grade {x.at_most.grade})" for x in rule.limits.values()]
    notes = [rule.note] if rule.note else []
    sources = [describe_source(source) for source in rule.sources.values()]
    return "\n\n".join(filled(block, width) for block in (head, classes, notes, ["Sources", *sources]) if block) + "\n"


def measures_dict(known: dict[Any, Measure]) -> dict[str, Any]:
    """The metrics of a chip for JSON: ends, or what the sheet lacks."""
    return {
        key: {"lacks": m.lacks} if m.lacks else {"low": m.low, "high": m.high, "grade": m.grade}
        for key, m in known.items()
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


def rules_dict(chip: Chip, specs: Specs) -> dict[str, Any]:
    """What every rule makes of a chip, for JSON."""
    return {
        "schema": "capacity.classification/1", "chip": chip.id, "convention": CONVENTION,
        "measures": measures_dict(measures(chip)),
        "rules": [verdict_dict(chip, verdict, specs) for verdict in verdicts(chip, specs)],
    }  # fmt: skip


def measures_line(chip: Chip) -> str:
    """The metrics of a chip in a line with their grades: `TPP 2,368 B; performance density 2.91 C; …`."""
    known = measures(chip)
    said: list[str] = []
    for key in SHOWN:
        measure = known[key]
        value = PHRASES[key].format(measure)
        said.append(f"{PHRASES[key].partition(' {')[0]}: {measure}" if measure.lacks else f"{value} {measure.grade}")
    return "; ".join(said)


def classification(chip: Chip, specs: Specs, width: int) -> str:
    """The class of a chip under each rule, by date, and the figures that put it there."""
    blocks = [filled([f"{chip.name} ({chip.id}) under the rules of export control", measures_line(chip)], width)]
    remarks: dict[str, None] = {}
    for verdict in verdicts(chip, specs):
        means = f" ({verdict.means})" if verdict.means else ""
        lines = [f"{period(verdict.rule)}  {verdict.rule.id}: {verdict.label}{means}"]
        lines += [f"  because {'; '.join(verdict.why)}"]
        blocks.append(filled(lines, width))
        remarks[remark(chip, verdict.rule, specs)] = None
    blocks.append(filled([*filter(None, remarks), CONVENTION, "A rule's own page: capacity show RULE-ID."], width))
    return "\n\n".join(blocks) + "\n"
