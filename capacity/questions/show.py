"""`capacity show`: everything that is known of one part, with grades, sources and what disputes it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from capacity import load
from capacity.document.answer import Answer
from capacity.document.blocks import Block, Column, Document, Row, Table, Text, items, left
from capacity.document.citations import Footnotes, describe_source
from capacity.document.rows import quantity_rows
from capacity.errors import fail
from capacity.load import Specs
from capacity.quantity import Quantity
from capacity.questions import classification, side_by_side
from capacity.questions.asked import Library
from capacity.questions.list import assumption_row, chip_dict
from capacity.records.amount import amount_place
from capacity.records.chip import Chip
from capacity.records.scenario import Assumptions
from capacity.source import Source
from capacity.units import scale
from capacity.words.amounts import COUNTED, AmountWords, read_amount
from capacity.words.tokens import WordsError

_COLUMNS = (left("figure", least=24), Column("value or 5 to 95 %"), left("grade"), left("kind", 2), left("source", 1))


@dataclass(frozen=True, slots=True, repr=False)
class Page(Answer):
    """One part: what it is in a line or two, its figures, notes and disputes, sources; `data` is its JSON."""

    kind: str
    data: Mapping[str, Any]
    facts: Sequence[str]
    figures: Mapping[str, Quantity]
    sources: Mapping[str, Source]
    notes: Sequence[str] = ()
    rows: Sequence[Mapping[str, Any]] | None = None
    name: ClassVar[str] = "figures"

    def head(self) -> dict[str, Any]:
        """Schema `capacity.KIND/1`."""
        return {"schema": f"capacity.{self.kind}/1"}

    def body(self) -> dict[str, Any]:
        """The part as its file states it."""
        return dict(self.data)

    def records(self) -> list[dict[str, Any]]:
        """A row for each number of the part."""
        if self.rows is not None:
            return [dict(row) for row in self.rows]
        return list(quantity_rows({key: value for key, value in self.data.items() if key != "sources"}))

    def document(self) -> Document:
        """The facts, a row for each figure, what is said against them, and who says so."""
        cited = Footnotes()
        rows = tuple(_figure_rows(self.figures, self.sources, cited))
        remarks = [*self.notes, *_disputes(self.figures, self.sources, cited)]
        blocks: list[Block] = [Text(fact) for fact in self.facts]
        blocks += [Table(_COLUMNS, rows)] if rows else []
        blocks += [items(remarks, "Notes and disputes" if rows else "")] if remarks else []
        return Document((*blocks, *cited.blocks()))


def _figure_rows(figures: Mapping[str, Quantity], sources: Mapping[str, Source], cited: Footnotes) -> Iterable[Row]:
    for field, quantity in figures.items():
        names = cited.cite(sources[key] for key in quantity.source)
        yield field, quantity.stated, quantity.grade, quantity.evidence(sources), names


def _disputes(figures: Mapping[str, Quantity], sources: Mapping[str, Source], cited: Footnotes) -> Iterable[str]:
    for field, quantity in figures.items():
        if quantity.note:
            yield f"{field}: {quantity.note}"
        for dispute in quantity.disputed:
            other = f"{dispute.value:g}" if dispute.value is not None else f"{dispute.low} to {dispute.high}"
            yield f"{field}: {cited.cite(sources[k] for k in dispute.source)} says {other}; not used: {dispute.why}"


def show(ids: str | Sequence[str], specs: Library = None, *, rules: bool = False) -> Answer:
    """One part by its id or name; two chips side by side; or how words are read (`["words", "over 400,000"]`).

    `rules`: of one or two chips, the class under each export rule. Raises `InputError` where a name is unknown
    or names several parts.

    >>> show("H20").records()[0]["place"]
    'figures.dense_tflops.tf32'
    """
    names = [ids] if isinstance(ids, str) else list(ids) if isinstance(ids, Sequence) else []
    if not names or not all(isinstance(name, str) for name in names):
        raise fail("show", f"{ids!r:.60} names nothing", "an id or a name, or two chips")
    folders = load.open_specs(specs)
    if names[0] in ("hedge", "words") and len(names) <= 2:
        return _words(names[0], names[1] if len(names) > 1 else None)
    if len(names) > 2:
        raise fail("show", f"{len(names)} parts at once", "one part, or two chips side by side")
    if len(names) == 1 and not rules:
        return _part(names[0], folders)
    chips = [_only_chip(name, folders) for name in names]
    if len(chips) == 2:
        return side_by_side.side_by_side(chips[0], chips[1], folders, rules=rules)
    return classification.classification(chips[0], folders)


def _only_chip(name: str, specs: Specs) -> Chip:
    kind, id_ = load.find_part(("chips", "systems"), name, specs, "show")
    if kind != "chips":
        raise fail("show", f"{id_} is a system", "chips, where two are compared or --rules is asked")
    return load.load_chip(id_, specs)


def _part(name: str, specs: Specs) -> Answer:
    defaults = load.load_assumptions(specs)
    if name.removeprefix("assumptions.") in defaults.assumptions:
        return _assumption(name.removeprefix("assumptions."), defaults)
    kind, id_ = load.find_part(load.FINDABLE, name, specs, "show")
    if kind == "rules":
        return classification.rule_page(load.load_rule(id_, specs))
    pages = {"chips": _chip, "systems": _system, "scenarios": _scenario}
    pages |= {"sites": _site, "owners": _owner, "grids": _grid}
    return pages[kind](id_, specs)


def _chip(name: str, specs: Specs) -> Page:
    chip = load.load_chip(name, specs)
    facts = [f"one {chip.unit}", chip.form, chip.process, f"market: {chip.market}"]
    facts += [f"released {chip.released}" if chip.released else None, chip.status]
    lines = [f"{chip.name} ({chip.id}), {chip.vendor}", "; ".join(filter(None, facts))]
    if chip.name_only:
        lines.append("Known by name only: no figure has a usable source.")
    notes = [
        *([chip.note] if chip.note else []),
        *(f"Exception to {rule}: {odd.why}." for rule, odd in chip.exceptions.items()),
    ]
    derived = [f"{field} = {q.derived}" for field, q in chip.figures().items() if q.derived is not None]
    notes += [f"Derived: {'; '.join(derived)}."] if derived else []
    return Page("chip", chip_dict(chip), lines, chip.figures(), chip.sources, notes)


def _system(name: str, specs: Specs) -> Page:
    system = load.load_system(name, specs)
    figures = {"rated_kw": system.rated_kw} if system.rated_kw else {}
    figures |= {f"observed: {o.what}": o.kw for o in system.observed}
    figures |= {f"assumptions.{key}": value for key, value in system.assumptions.items()}
    held = f"one {system.unit} of {system.chips} x {system.chip}"
    racks = f"{system.racks} racks" if system.racks and system.racks > 1 else None
    cooled = f"{system.cooling}-cooled" if system.cooling else None
    lines = [f"{system.name} ({system.id})", "; ".join(filter(None, [held, racks, cooled]))]
    return Page("system", _stated(system), lines, figures, system.sources, [system.note] if system.note else [])


def _scenario(name: str, specs: Specs) -> Page:
    file = load.load_scenario(name, specs=specs).file
    figures: dict[str, Quantity] = {amount_place(key, lot.count): lot.count for key, lot in file.lots.items()}
    figures |= {f"assumptions.{key}": value for key, value in file.assumptions.items()}
    lines = [f"{file.name} ({file.id}), as of {file.as_of}"]
    for key, lot in file.lots.items():
        mark = "counted" if key in file.counted else "context"
        lines.append(
            f'{key}: {mark}; {", ".join(lot.members)}, {lot.stage} {lot.date}; "{lot.count.says or lot.count.stated}"'
        )
    notes = [file.description] if file.description else []
    return Page("scenario", _stated(file), lines, figures, file.sources, notes)


def _site(name: str, specs: Specs) -> Page:
    return _place("site", load.load_site(name, specs))


def _owner(name: str, specs: Specs) -> Page:
    owner = load.load_owner(name, specs)
    said = [describe_source(owner.sources[key]) for key in owner.source]
    return replace(_place("owner", owner), notes=[*([owner.note] if owner.note else []), *said])


def _grid(name: str, specs: Specs) -> Page:
    return _place("grid", load.load_grid(name, specs))


def _place(kind: str, part: Any) -> Page:
    figures = {_label(part, place): quantity for place, quantity in load.quantities(part)}
    plain = part.model_dump(mode="json", exclude_defaults=True, exclude={"sources", "note", "name"})
    facts = [f"{key} {value}" for key, value in plain.items() if isinstance(value, (str, int))]
    facts += [f"also {', '.join(part.aliases)}"] if getattr(part, "aliases", ()) else []
    return Page(
        kind, _stated(part), [part.name, "; ".join(facts)], figures, part.sources, [part.note] if part.note else []
    )


def _label(part: Any, place: tuple[str | int, ...]) -> str:
    """A figure's place; that of a phase by its day and basis: `from 2026-12-31, it`."""
    if place[0] != "phases":
        return ".".join(map(str, place))
    phase = part.phases[place[1]]
    return f"from {phase.date}, {phase.basis}"


def _stated(part: Any) -> dict[str, Any]:
    stated: dict[str, Any] = part.model_dump(mode="json", exclude_none=True)
    return stated


def _assumption(name: str, table: Assumptions) -> Page:
    parameter = table.assumptions[name]
    figures = {"default": parameter.default}
    figures |= {key: body.assumptions[name] for key, body in table.profiles.items() if name in body.assumptions}
    rows = [
        assumption_row(name, quantity, table, None if key == "default" else key) for key, quantity in figures.items()
    ]
    facts = [f"assumptions.{name}: {parameter.meaning} [{parameter.unit}]"]
    return Page("assumption", {"name": name, "values": rows}, facts, figures, table.sources, rows=rows)


def _spelled(value: float) -> str:
    """A number as it is said: `30 million`, `1,200`, `1.05`."""
    for factor, name in ((1e9, "billion"), (1e6, "million")):
        if value >= factor and float(f"{value:.6g}") % (factor / 1000) == 0:
            return f"{value / factor:,.6g} {name}"
    return f"{value:,.0f}" if value >= 1e6 else f"{value:,.6g}"


def _measured(value: float, amount: AmountWords) -> str:
    """A number of an amount with its unit, in the words in which it reads well: `30 million chips`, `1.4 GW`."""
    factor, unit = (1.0, amount.kind) if amount.kind in COUNTED else scale(value * amount.factor, amount.kind)
    return f"{_spelled(value * amount.factor / factor)} {unit.replace('_', ' ')}"


def _words(command: str, text: str | None) -> Page:
    """How an amount is read: the number under its hedge, its unit, and what else the words say."""
    if text is None:
        raise fail(f"show {command}", "the words are missing", f"capacity show {command} 'over 400,000'")
    try:
        amount = read_amount(text, load.load_vocabulary(), load.today())
    except WordsError as error:
        raise fail(f"show {command}", str(error)) from None
    reading = amount.reading
    fields = ("value", "low", "high", "floor", "ceiling", "rule", "grade", "source")
    facts: dict[str, Any] = {key: getattr(reading, key) for key in fields if getattr(reading, key) is not None}
    more = {
        "counts": amount.kind, "unit": amount.unit, "factor": amount.factor, "system": amount.system,
        "chip": amount.chip, "precision": amount.precision, "sparsity": amount.sparsity, "of": ", ".join(amount.of),
        "rate": amount.rate, "due": amount.due, "since": amount.since,
    }  # fmt: skip
    facts |= {k: str(v) if isinstance(v, datetime.date) else v for k, v in more.items() if v not in (None, "", 1.0)}
    ends = ("value", "low", "high", "floor", "ceiling")
    written = (
        (key, _measured(value, amount) if key in ends else f"{value:,.6g}" if isinstance(value, float) else value)
        for key, value in facts.items()
    )
    source = load.load_hedges().sources.get(reading.source)
    notes = [*(f"{key}: {value}" for key, value in written), *([describe_source(source)] if source else [])]
    data = {"text": text, **facts, "explanation": amount.explanation}
    return Page("hedge", data, [f'"{text}"', amount.explanation], {}, {}, notes, rows=[data])
