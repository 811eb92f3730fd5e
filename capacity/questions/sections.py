"""The questions that `--show` may name beside results, each answered from an estimate, and how they are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from capacity import load
from capacity.document.blocks import Block, Cell, Column, Interval, Missing, Row, Scale, Table, Text, items, left
from capacity.document.citations import Footnotes
from capacity.document.words import BASIS, interval_text, label, member_name, scale_of, spread_cells
from capacity.load import Specs
from capacity.model.estimate import Estimate
from capacity.model.page import STEPS
from capacity.questions import context, equivalents, inference, lines, training
from capacity.questions.points import Points, with_chips

SMALLEST = 1e24  # FLOP of a run that the table shows


class Section(Protocol):
    """One question answered."""

    def as_dict(self) -> dict[str, Any]:
        """The answer as JSON has it."""
        ...


@dataclass(frozen=True, slots=True)
class Options:
    """What the questions may be asked with: the chip to count in, the cluster's share, models and context."""

    unit: str | None = None
    cluster: float = 0.1
    models: tuple[str, ...] = ()
    context: float = 4096.0


@dataclass(frozen=True, slots=True)
class Context:
    """The section `context`: the fleet beside every comparator."""

    compared: tuple[context.Compared, ...]

    def as_dict(self) -> dict[str, Any]:
        """The section as JSON has it."""
        return {"compared": [one.as_dict() for one in self.compared]}


@dataclass(frozen=True, slots=True)
class RulesOnFleet:
    """The section `rules`: shares of the fleet's TPP above each line, use of caps on volume, classes."""

    above: tuple[lines.Above, ...]
    caps: tuple[lines.CapUse, ...]
    classes: tuple[lines.Class, ...]

    def as_dict(self) -> dict[str, Any]:
        """The section as JSON has it."""
        return {"above": [one.as_dict() for one in self.above], "volume_caps": [one.as_dict() for one in self.caps],
                "classes": [one.as_dict() for one in self.classes]}  # fmt: skip


def sections(answer: Estimate, asked: Sequence[str], specs: Specs, options: Options) -> dict[str, Section]:
    """The questions asked of an estimate, answered, by name; `InputError` where an option is wrong."""
    return {name: _ANSWERS[name](answer, specs, options) for name in asked}


def _training(answer: Estimate, specs: Specs, options: Options) -> Section:
    return training.can_train(answer, load.load_models(specs), options.cluster)


def _inference(answer: Estimate, specs: Specs, options: Options) -> Section:
    return inference.can_serve(answer, load.load_models(specs), options.models, options.context)


def _equivalents(answer: Estimate, specs: Specs, options: Options) -> Section:
    name = options.unit or answer.scenario.reference
    chip = load.load_chip(load.find_chip(name, specs, "--in")[0], specs)
    with_unit = replace(answer, scenario=with_chips(answer.scenario, {chip.id: chip}))
    return equivalents.in_chips(with_unit, chip.id)


def _context(answer: Estimate, specs: Specs, options: Options) -> Section:
    table = load.load_comparators(specs)
    chips = {c.chip: load.load_chip(c.chip, specs) for c in table.comparators.values() if c.chip}
    with_all = replace(answer, scenario=with_chips(answer.scenario, chips))
    return Context(tuple(context.compare(with_all, table)))


def _rules(answer: Estimate, specs: Specs, options: Options) -> Section:
    above, caps = lines.under_lines(answer, load.load_lines(specs))
    return RulesOnFleet(tuple(above), tuple(caps), tuple(lines.classes(answer, specs)))


# --- how they are told -----------------------------------------------------------------------


def blocks_of(answer: Estimate, sections: Mapping[str, Section], notes: Footnotes) -> list[Block]:
    """The blocks of the questions asked, each under its title; what they cite is added to the notes of the page."""
    return [block for name, section in sections.items() for block in _TOLD[name](answer, section, notes)]


def _scaled(points: Points, factor: float = 1.0, unit: str = "") -> Scale:
    """How points are printed over a fixed factor."""
    low, middle, high, error = (x / factor for x in (points.p5, points.p50, points.p95, points.mc_error))
    how = scale_of(low, middle, high, error, "")
    return Scale(factor, min(how.decimals, 4), unit)


def _ranged(points: Points) -> Interval:
    return Interval(points.p5, points.p50, points.p95, _scaled(points))


def _spread_table(title: str, name: str, more: Sequence[str], rows: Sequence[Row]) -> Table:
    """A table of points: a name, other words, median and ends."""
    words = (left(name, least=20), *(left(one, rank=2) for one in more))
    return Table((*words, Column("median"), Column("5 %"), Column("95 %")), tuple(rows), title)


def _told_training(answer: Estimate, section: training.Training, notes: Footnotes) -> list[Block]:
    share = f"{section.cluster:.0%}" if section.cluster >= 0.01 else f"{section.cluster:g}"
    days: list[Row] = []
    runs: list[Row] = []
    large = [run for run in section.runs if run.flop.p50 >= SMALLEST]
    for run in large:
        name = f"{run.name} {notes.cite(run.sources)}".rstrip()
        days.append((name, _flop(run.flop), _ranged(run.days_on_all), _ranged(run.days_on_cluster)))
        runs.append((run.name, *(_ranged(points) for points in run.runs_a_year.values())))
    smaller = ["smaller runs are in the JSON"] if len(large) < len(section.runs) else []
    title = f"Training: days on one synchronous cluster of all chips or of {share} of them, and runs a year"
    heads = (
        left("days for a run", least=20),
        Column("FLOP", rank=1),
        Column("on all chips"),
        Column(f"on {share} of them"),
    )
    busy = (
        left("runs a year", least=20),
        Column("all busy hours", rank=1),
        Column("training hours"),
        Column("final runs"),
    )
    tables = [Table(heads, tuple(days), title), Table(busy, tuple(runs))] if large else [Text(title)]
    return [*tables, items([*section.notes, *smaller])]


def _flop(points: Points) -> str:
    """A run's compute: `3.8e25`, or the interval of one that is not disclosed."""

    def short(value: float) -> str:
        return f"{value:.2g}".replace("e+", "e")

    return short(points.p50) if points.p5 == points.p95 else f"{short(points.p5)}–{short(points.p95)}"


def _told_inference(answer: Estimate, section: inference.Inference, notes: Footnotes) -> list[Block]:
    title = (
        f"Inference: tokens a second at {section.context:,.0f} tokens of context, and {section.prompt:g} prompt tokens "
        "read for each answered"
    )
    what = {
        "decode_all": "all chips answer, prompts read elsewhere",
        "prefill_all": "all chips read prompts",
        "answer_all": "all chips read and answer",
        "answer_serving": "the chips that serve read and answer",
    }
    fleet: list[Row] = [
        (f"{one.name}: {words}", *_points_cells(getattr(one, key), 1e6))
        for one in section.fleets
        for key, words in what.items()
    ]
    columns = (left("per chip", least=20), Column("answered/s"), Column("read/s"), Column("replica", rank=1),
               Column("batch", rank=2), Column("critical", rank=3))  # fmt: skip
    kinds: list[Row] = [
        (f"{kind.model} on {answer.scenario.chips[kind.chip].name}", _ranged(kind.decode), _ranged(kind.prefill),
         str(kind.chips), f"{kind.batch.p50:,.0f}", f"{kind.critical_batch:,.0f}")
        for kind in section.kinds
    ]  # fmt: skip
    missed = [
        f"{k.model} on {k.chip}: in {k.limit_missed:.0%} of worlds the weights alone take half the time limit; users "
        "then wait twice that reading"
        for k in section.kinds if k.limit_missed > 0.01
    ]  # fmt: skip
    critical = "critical: tokens in a step above which a chip's computing sets the pace, caches left out"
    tables: list[Block] = [Text(title)] if not fleet and not kinds else []
    tables += [_spread_table(title, "the fleet, million tokens a second", (), fleet)] if fleet else []
    tables += [Table(columns, tuple(kinds), "" if fleet else title)] if kinds else []
    return [*tables, items([critical, *missed, *section.notes])]


def _points_cells(points: Points, factor: float = 1.0, unit: str = "") -> tuple[Cell, Cell, Cell]:
    return spread_cells(points, _scaled(points, factor, unit))


def _told_equivalents(answer: Estimate, section: equivalents.Equivalents, notes: Footnotes) -> list[Block]:
    rows: list[Row] = []
    for line in section.lines:
        who = "total" if line.group == "total" else member_name(answer.scenario, line.group, line.member)
        rows.append((who, "by " + BASIS[line.basis], *_points_cells(line.points)))
    each = [
        f"one {chip} is " + ", ".join(f"{value:.3g} by {BASIS[basis]}" for basis, value in by_basis.items())
        for chip, by_basis in section.per_chip.items()
    ]
    title = f"Equivalents: the fleet in {section.unit}, the basis named"
    columns = (
        left("in " + section.unit, least=20),
        left("basis", least=20),
        Column("median"),
        Column("5 %"),
        Column("95 %"),
    )
    table = Table(columns, tuple(rows), title) if rows else Text(title)
    remarks = [*each, *section.order, *section.notes]
    return [table, items(remarks)] if remarks else [table]


def _told_context(answer: Estimate, section: Context, notes: Footnotes) -> list[Block]:
    rows: list[Row] = []
    others = []
    for one in section.compared:
        name, grade = one.comparator.name, one.comparator.quantity.grade
        mark = notes.cite(one.sources)
        if one.share is None:
            others.append(f"not divided by {name}: {one.why_not} {mark}".rstrip())
            continue
        step = None if one.comparator.chip else STEPS.get(one.basis or "")
        by = label(step.quantity, step.basis) if step else BASIS[one.basis or ""]
        cells = _points_cells(one.share, 0.01, "%")
        rows.append((f"{name} ({one.comparator.date}, grade {grade}) {mark}".rstrip(), by, *cells))
        others.append(f"{name}: {one.comparator.definition}")
    as_of = answer.scenario.file.as_of
    late = [c.comparator.name for c in section.compared if c.known_from > as_of.isoformat()[: len(c.known_from)]]
    if late:
        others.append(f"published after the scenario's as_of ({as_of}): {', '.join(dict.fromkeys(late))}")
    title = "Context: shares of what others publish, like definitions only"
    columns = (left("this fleet as a share of", least=20), left("by", least=12), Column("median", "%"),
               Column("5 %", "%"), Column("95 %", "%"))  # fmt: skip
    table = Table(columns, tuple(rows), title) if rows else Text(title)
    return [table, items(list(dict.fromkeys(others)))] if others else [table]


def _told_rules(answer: Estimate, section: RulesOnFleet, notes: Footnotes) -> list[Block]:
    rows: list[Row] = []
    for one in section.above:
        if one.share is None:
            rows.append((one.name, Missing(f"not known: {', '.join(one.unknown) or 'no chips'}"), None, None))
        else:
            rows.append((one.name, *_points_cells(one.share, 0.01, "%")))
    caps = [
        f"{cap.chip}: {cap.name} allows this fleet where {_in_words(cap.needed_at_home)} chips of the kind stay at home"
        for cap in section.caps
    ]
    as_of = answer.scenario.file.as_of
    classes = [f"{one.chip} on {as_of}: {one.label} ({one.citation})" for one in section.classes]
    title = "Rules on the fleet: classes and single lines"
    columns = (left("share of the fleet's TPP in chips at or above", least=20), Column("median", "%"),
               Column("5 %", "%"), Column("95 %", "%"))  # fmt: skip
    table = Table(columns, tuple(rows), title) if rows else Text(title)
    return [table, items([*classes, *caps])] if classes or caps else [table]


def _in_words(points: Points) -> str:
    return interval_text(_ranged(points), with_unit=False)


_ANSWERS: dict[str, Callable[[Estimate, Specs, Options], Section]] = {
    "training": _training, "inference": _inference, "equivalents": _equivalents, "context": _context, "rules": _rules,
}  # fmt: skip
_TOLD: dict[str, Callable[[Estimate, Any, Footnotes], list[Block]]] = {
    "training": _told_training, "inference": _told_inference, "equivalents": _told_equivalents,
    "context": _told_context, "rules": _told_rules,
}  # fmt: skip
