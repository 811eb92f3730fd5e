"""Two chips beside each other, with a ratio wherever both figures stand on one basis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from capacity.basis import Basis, SheetFigure, difference, ratio
from capacity.document.answer import Answer
from capacity.document.blocks import Block, Column, Document, Missing, Table, Text, items, left
from capacity.document.citations import quantity_dict
from capacity.document.rows import flat
from capacity.document.words import SHEET_UNITS
from capacity.load import Specs
from capacity.quantity import Quantity
from capacity.questions.classification import classes_dict, period
from capacity.questions.list import graded
from capacity.questions.rules import CONVENTION, Measure, Verdict, measures, verdicts
from capacity.records.chip import Chip
from capacity.records.rule import Metric

_METRICS: dict[Metric, str] = {"tpp": "TPP", "performance_density": "performance density, per mm2"}


@dataclass(frozen=True, slots=True, repr=False)
class SideBySide(Answer):
    """A row per figure that either sheet has; a ratio (5 % and 95 % points of a over b) or why there is none."""

    a: Chip
    b: Chip
    rows: Sequence[dict[str, Any]]
    verdicts: Sequence[tuple[Verdict, Verdict]]
    specs: Specs
    name: ClassVar[str] = "rows"

    def head(self) -> dict[str, Any]:
        """Schema `capacity.side_by_side/1`."""
        chips = {key: {"id": chip.id, "unit": chip.unit} for key, chip in (("a", self.a), ("b", self.b))}
        return {"schema": "capacity.side_by_side/1", **chips, "convention": CONVENTION}

    def body(self) -> dict[str, Any]:
        """The rows, and the classes of both chips where they were asked for."""
        more = {"rules": [classes_dict(chip, self.specs) for chip in (self.a, self.b)]} if self.verdicts else {}
        return {"rows": self._listed(), **more}

    def records(self) -> list[dict[str, Any]]:
        """The rows with dotted names; then a row per rule and chip."""
        rows = [flat(row) for row in self._listed()]
        if self.verdicts:
            rows += [
                {"chip": told["chip"], **flat(rule)}
                for told in (classes_dict(chip, self.specs) for chip in (self.a, self.b))
                for rule in told["rules"]
            ]
        return rows

    def _listed(self) -> list[dict[str, Any]]:
        ends = ("low", "high")
        return [
            {
                **row, "a": _plain(self.a, row["a"]), "b": _plain(self.b, row["b"]),
                "ratio": dict(zip(ends, row["ratio"], strict=True)) if row["ratio"] else None,
            }
            for row in self.rows
        ]  # fmt: skip

    def document(self) -> Document:
        """The table, the classes where they were asked for, and what a ratio is of."""
        a, b = self.a, self.b
        columns = (left("figure", least=20), left("unit", 1), Column(a.id), Column(b.id), left("ratio", least=16))
        rows = tuple(
            (
                row["basis"],
                row["unit"],
                graded(row["a"]) or Missing("none"),
                graded(row["b"]) or Missing("none"),
                _ratio(row),
            )
            for row in self.rows
        )
        blocks: list[Block] = [Table(columns, rows)]
        if self.verdicts:
            told = [
                f"{period(ours.rule)}  {ours.rule.id}: {a.id} {ours.label}; {b.id} {theirs.label}"
                for ours, theirs in self.verdicts
            ]
            blocks.append(items(told, "Export rules (why: capacity show ID --rules)"))
        reading = (
            f"ratio: {a.id} over {b.id}, of figures on one basis only; one {a.unit} and one {b.unit}. "
            "Letters are grades; sources: capacity show ID."
        )
        return Document((*blocks, Text(reading), Text(CONVENTION)))


def side_by_side(a: Chip, b: Chip, specs: Specs, *, rules: bool = False) -> SideBySide:
    """Two chips, figure by figure, then TPP and performance density; with `rules` their classes too."""
    order = [*a.figures(), *(field for field in b.figures() if field not in a.figures())]
    groups = list(type(a).model_fields)
    order.sort(key=lambda field: groups.index(field.partition(".")[0]))
    rows = [_row(a, b, field) for field in order]
    ours, theirs = measures(a), measures(b)
    rows += [_metric_row(key, label, a, b, ours[key], theirs[key]) for key, label in _METRICS.items()]
    pairs = list(zip(verdicts(a, specs), verdicts(b, specs), strict=True)) if rules else []
    return SideBySide(a, b, rows, pairs, specs)


def _row(a: Chip, b: Chip, field: str) -> dict[str, Any]:
    ours, theirs = a.stated(field), b.stated(field)
    either = ours or theirs
    assert either is not None
    row: dict[str, Any] = {
        "figure": field, "basis": str(either.basis), "unit": SHEET_UNITS[field.partition(".")[0]],
        "a": a.figures().get(field), "b": b.figures().get(field), "ratio": None, "why_not": None,
    }  # fmt: skip
    if ours is None or theirs is None:
        row["why_not"] = f"{(b if theirs is None else a).id} has none"
    elif why := difference(ours.basis, theirs.basis):
        row["why_not"] = f"no ratio: {why}"
    else:
        row["ratio"] = ratio(ours, theirs)
    return row


def _metric_row(key: Metric, label: str, a: Chip, b: Chip, ours: Measure, theirs: Measure) -> dict[str, Any]:
    row: dict[str, Any] = {
        "figure": key, "basis": label, "unit": "", "a": ours, "b": theirs, "ratio": None, "why_not": None,
    }  # fmt: skip
    lacking = [f"{chip.id} has no {m.lacks}" for chip, m in ((a, ours), (b, theirs)) if m.lacks]
    if lacking:
        row["why_not"] = "; ".join(lacking)
    elif a.unit != b.unit:
        row["why_not"] = f"no ratio: one {a.unit} is not one {b.unit}"
    else:
        row["ratio"] = ratio(*(SheetFigure(_quantity(m), Basis(label, "", "", "", a.unit)) for m in (ours, theirs)))
    return row


def _quantity(measure: Measure) -> Quantity:
    cited = {"source": ("derived",), "grade": "D"}
    if measure.low == measure.high:
        return Quantity.model_validate({"value": measure.low, **cited})
    return Quantity.model_validate({"low": measure.low, "high": measure.high, **cited})


def _ratio(row: dict[str, Any]) -> str:
    if row["ratio"] is None:
        return str(row["why_not"])
    low, high = row["ratio"]
    return f"{low:.3g}" if high / low < 1 + 1e-9 else f"{low:.3g} to {high:.3g}"


def _plain(chip: Chip, figure: Quantity | Measure | None) -> dict[str, Any] | None:
    if isinstance(figure, Quantity):
        return {**quantity_dict(figure), "sources": [chip.sources[key].title for key in figure.source]}
    if figure is None or figure.lacks:
        return None
    return {"low": figure.low, "high": figure.high, "grade": figure.grade}
