"""`capacity list`: every part of a kind in a table, or every default, rule, wording and source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from capacity import load
from capacity.document.answer import Answer
from capacity.document.blocks import Cell, Column, Document, Table, Text, left
from capacity.document.citations import source_dict
from capacity.errors import did_you_mean, fail
from capacity.load import Specs
from capacity.model.page import STEPS
from capacity.quantity import Quantity
from capacity.questions.asked import Library
from capacity.questions.rules import Measure, measures
from capacity.questions.sources import cited_sources, full_sources, scenario_files
from capacity.questions.stages import evidence, stages
from capacity.records.chip import Chip
from capacity.records.reference import Comparator
from capacity.records.scenario import Assumptions
from capacity.words.names import near

# How a key of a record is printed: the head of its column, unit, side, and which columns are left out first where there
# is no room (see `blocks.Column`). A key that is not here is a column of text that is left out third.
COLUMNS: Mapping[str, Column] = {
    "id": left("id"), "place": left("place", least=24), "assumption": left("assumption", least=24),
    "meaning": left("meaning", 1, 24), "5 to 95 %": Column("5 to 95 %"), "unit": left("unit"),
    "grade": left("grade", 2), "owners alike": Column("owners alike", rank=5), "source": left("source", 6),
    "bf16 TFLOP/s": Column("bf16", "TFLOP/s"), "fp8": Column("fp8", "TFLOP/s", rank=1),
    "memory GB": Column("memory", "GB"), "TB/s": Column("bandwidth", "TB/s", rank=1), "TDP W": Column("TDP", "W"),
    "TPP": Column("TPP", rank=4), "vendor": left("vendor", 2), "market": left("market", 5), "one": left("one", 5),
    "released": Column("released", rank=6), "name": left("name", 3, 20),
    "chips": left("chips", 1), "rated kW": Column("rated", "kW"), "MW": Column("power", "MW"), "of": left("of"),
    "kg CO2/kWh": Column("combustion", "kg CO2/kWh"), "year": Column("of year", rank=4),
    "its year": Column("of year", rank=5), "kg CO2e/kWh, life-cycle": Column("life-cycle", "kg CO2e/kWh", rank=1),
    "USD/kWh": Column("electricity", "USD/kWh", rank=1),
    "domestic chips only": Column("for domestic chips", "USD/kWh", rank=4), "FLOP": Column("training", "FLOP"),
    "quantity": Column("quantity"), "from": left("from"), "until": left("until", 1), "as of": left("as of", 1),
    "counted": left("counted", 2), "operator": left("operator", 1), "region": left("region", 3),
    "words": left("words", 0, 24), "compares with": left("compares with", 2), "cited by": Column("cited by", rank=2),
    "kind": left("kind", 4), "title": left("title", 0, 24), "citation": left("citation", 4), "profile": left("profile"),
    "classes": left("classes", 2, 16), "definition": left("definition", 6, 24), "also": left("also", 4, 20),
}  # fmt: skip
_OTHER = 3  # the rank of a key that is not above


@dataclass(frozen=True, slots=True, repr=False)
class Listing(Answer):
    """The parts of one kind: `rows` as they are printed, `full` as JSON has them, `remarks` below the table."""

    kind: str
    rows: Sequence[Mapping[str, Any]]
    full: Sequence[Mapping[str, Any]]
    counts: Mapping[str, Any] | None = None
    remarks: Sequence[str] = ()
    name: ClassVar[str] = "rows"

    def head(self) -> dict[str, Any]:
        """Schema `capacity.list.KIND/1`; of chips also how many there are, and on what their numbers rest."""
        return {"schema": f"capacity.list.{self.kind}/1", **({"counts": self.counts} if self.counts else {})}

    def body(self) -> dict[str, Any]:
        """The parts with every number's source."""
        return {self.kind: list(self.full)}

    def records(self) -> list[dict[str, Any]]:
        """A row a part, as it is printed."""
        return [{key: _plain(value) for key, value in row.items()} for row in self.rows]

    def document(self) -> Document:
        """The table, then what is to be said of the whole."""
        printed = [_named(row) for row in self.rows] if self.kind == "assumptions" else self.rows
        keys = list(printed[0]) if printed else []
        columns = tuple(COLUMNS.get(key) or left(key, _OTHER) for key in keys)
        rows = tuple(tuple(_cell(row[key]) for key in keys) for row in printed)
        table = (Table(columns, rows),) if rows else (Text("None."),)
        return Document((*table, *(Text(remark) for remark in self.remarks)))


def _plain(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    """A default by its name, a profile's with the profile, which leaves room for what it means."""
    name = row["place"].removeprefix("assumptions.")
    named = name if row["profile"] == "default" else f"{name} ({row['profile']})"
    return {"assumption": named, **{key: value for key, value in row.items() if key not in ("place", "profile")}}


def _cell(value: Any) -> Cell:
    return _plain(value) or None


def list_parts(
    kind: str, specs: Library = None, *, vendor: str | None = None, market: str | None = None,
    sort: str | None = None,
) -> Listing:  # fmt: skip
    """Every part of a kind: chips, systems, scenarios, assumptions, rules, sites, owners, grids, models, sources …

    Of chips alone: those of one `vendor`, of a `market` (world, china), by a figure (`sort`), the most first.
    Raises `InputError` where there is no such kind, vendor or figure.

    >>> list_parts("chips", vendor="amd").rows[0]["id"]
    'mi210'
    """
    folders = load.open_specs(specs)
    if not isinstance(kind, str):
        raise fail("list", f"{kind!r:.60} is no kind", ", ".join(("chips", *LISTS)))
    if kind != "chips" and (vendor is not None or market or sort):
        raise fail("list", "vendor, market and sort are for chips", "kind chips")
    if kind == "chips":
        chips = picked(folders, vendor, market, sort)
        told = counts(chips)
        return Listing(kind, [chip_row(c) for c in chips], [chip_dict(c) for c in chips], told, remarks(told))
    if kind not in LISTS:
        raise fail("list", f"unknown kind {kind!r}", did_you_mean(kind, ("chips", *LISTS)))
    rows = LISTS[kind](folders)
    return Listing(kind, rows, _FULL[kind](folders) if kind in _FULL else rows)


# --- chips -----------------------------------------------------------------------------------

FIGURES = {
    "bf16": "dense_tflops.bf16", "fp8": "dense_tflops.fp8", "memory": "memory_gb",
    "bandwidth": "memory_bandwidth_tb_s", "tdp": "tdp_w",
}  # fmt: skip
SORTS = (*FIGURES, "tpp", "released")


def picked(specs: Specs, vendor: str | None, market: str | None, sort: str | None) -> list[Chip]:
    """The chips asked for, by id or with the most of a figure first; those without it come last."""
    chips = [load.load_chip(name, specs) for name in specs.ids("chips")]
    if vendor is not None:
        maker = _vendor(vendor, {chip.vendor for chip in chips}, specs)
        chips = [chip for chip in chips if chip.vendor == maker]
    if market is not None:
        chips = [chip for chip in chips if (chip.market == "world") == (market == "world")]
    if sort is not None and sort not in SORTS:
        raise fail("sort", f"unknown figure {sort!r}", did_you_mean(sort, SORTS))

    def most(chip: Chip) -> tuple[bool, float | str]:
        if sort == "released":
            return chip.released is not None, chip.released or ""
        if sort == "tpp":
            tpp = measures(chip)["tpp"]
            return not tpp.lacks, 0.0 if tpp.lacks else (tpp.low + tpp.high) / 2
        quantity = chip.figure(FIGURES[sort or ""])
        return quantity is not None, quantity.middle if quantity else 0.0

    return sorted(chips, key=most, reverse=True) if sort else chips


def _vendor(text: str, makers: set[str], specs: Specs) -> str:
    """The maker that a text names, as the sheets write it."""
    names = {vendor: [vendor] for vendor in makers}
    for vendor, body in load.load_vendors(specs).items():
        names.setdefault(vendor, [vendor]).extend(body.names)
    same = [v for v, written in names.items() if text.casefold().strip() in {n.casefold() for n in written}]
    if not same:
        raise fail("vendor", f"unknown vendor {text!r}", did_you_mean((near(text, names) or [text])[0], makers))
    return same[0]


def counts(chips: Sequence[Chip]) -> dict[str, Any]:
    """How many parts, how many of them known by name only, and on what their numbers rest."""
    figures = [(chip, quantity) for chip in chips for quantity in chip.figures().values()]
    grades = Counter(quantity.grade for _, quantity in figures)
    kinds = Counter(quantity.evidence(chip.sources) for chip, quantity in figures)
    primary = sum(any(chip.sources[key].is_primary for key in quantity.source) for chip, quantity in figures)
    return {
        "chips": len(chips), "with_figures": sum(bool(chip.figures()) for chip in chips),
        "name_only": sum(chip.name_only for chip in chips), "numbers": len(figures), "primary": primary,
        "disputed": sum(bool(quantity.disputed) for _, quantity in figures),
        "grades": dict(sorted(grades.items())), "kinds": dict(kinds.most_common()),
    }  # fmt: skip


def remarks(told: Mapping[str, Any]) -> list[str]:
    """The counts in words."""
    grades = ", ".join(f"{number} {grade}" for grade, number in told["grades"].items())
    share = told["primary"] / told["numbers"] if told["numbers"] else 0
    return [
        f"{told['chips']} chips: {told['with_figures']} with figures, {told['name_only']} known by name only.",
        f"{told['numbers']} numbers by grade: {grades or 'none'}; {told['disputed']} disputed. "
        f"{share:.0%} rest on a document of the maker, an operator or a regulator.",
    ]


def chip_row(c: Chip) -> dict[str, Any]:
    """A chip as the list prints it."""
    return {
        "id": c.id, "vendor": c.vendor,
        "bf16 TFLOP/s": graded(c.dense_tflops.get("bf16")), "fp8": graded(c.dense_tflops.get("fp8")),
        "memory GB": graded(c.memory_gb), "TB/s": graded(c.memory_bandwidth_tb_s),
        "TDP W": graded(c.tdp_w), "market": c.market, "TPP": graded(measures(c)["tpp"]),
        "one": c.unit, "released": c.released, "name": c.name,
    }  # fmt: skip


def graded(figure: Quantity | Measure | None) -> str:
    """A number with its grade, as in `148 B`; empty where there is none."""
    if isinstance(figure, Quantity):
        return f"{figure.stated} {figure.grade}"
    return "" if figure is None or figure.lacks else f"{figure} {figure.grade}"


def chip_dict(chip: Chip) -> dict[str, Any]:
    """A chip's sheet with every number's source written out."""
    from capacity.document.citations import quantity_dict

    head = chip.model_dump(mode="json", exclude_none=True, exclude=set(chip.figures()) | {"sources"})
    head = {key: value for key, value in head.items() if not key.endswith("_tflops")}
    figures = {}
    for field, quantity in chip.figures().items():
        disputed = [d.model_dump(mode="json", exclude_none=True) for d in quantity.disputed]
        basis = {"basis": str(chip.basis(field)), "of": chip.unit}
        figures[field] = {**quantity_dict(quantity), **basis, "source": list(quantity.source), "disputed": disputed}
        figures[field] |= {key: held for key in ("read", "derived") if (held := getattr(quantity, key))}
    return {**head, "figures": figures, "sources": {k: source_dict(s) for k, s in chip.sources.items()}}


# --- the other kinds -------------------------------------------------------------------------

_Rows = list[dict[str, Any]]


def _systems(specs: Specs) -> _Rows:
    systems = (load.load_system(name, specs) for name in specs.ids("systems"))
    return [
        {"id": s.id, "chips": f"{s.chips} x {s.chip}", "rated kW": graded(s.rated_kw), "unit": s.unit, "name": s.name}
        for s in systems
    ]


def _scenarios(specs: Specs) -> _Rows:
    return [
        {"id": s.id, "as of": s.as_of.isoformat(), "counted": list(s.counted), "name": s.name}
        for s in scenario_files(specs)
    ]


def _assumptions(specs: Specs) -> _Rows:
    table = load.load_assumptions(specs)
    rows = [assumption_row(name, known.default, table, None) for name, known in table.assumptions.items()]
    for profile, body in table.profiles.items():
        rows += [assumption_row(name, quantity, table, profile) for name, quantity in body.assumptions.items()]
    return rows


def assumption_row(name: str, quantity: Quantity, table: Assumptions, profile: str | None) -> dict[str, Any]:
    """A default, or what a profile puts in its place."""
    parameter = table.assumptions[name]
    return {
        "place": f"assumptions.{name}", "profile": profile or "default", "5 to 95 %": quantity.stated,
        "unit": parameter.unit, "grade": quantity.grade, "owners alike": parameter.rho_owners,
        "source": list(quantity.source), "meaning": parameter.meaning,
    }  # fmt: skip


def _hedges(_: Specs) -> _Rows:
    table = load.load_hedges().model_dump(mode="json", exclude_none=True)
    entries = next(value for key, value in table.items() if key in ("hedges", "rules", "entries"))
    items = entries.items() if isinstance(entries, dict) else ((entry.get("id"), entry) for entry in entries)
    return [{"id": key, **{k: entry.get(k) for k in ("words", "grade", "source")}} for key, entry in items]


def _rules(specs: Specs) -> _Rows:
    return [
        {
            "id": r.id, "from": r.effective, "until": r.ended, "grade": r.grade,
            "classes": [c.name for c in r.classes], "citation": r.citation, "name": r.name,
        }
        for r in load.load_rules(specs)
    ]  # fmt: skip


def _full_rules(specs: Specs) -> _Rows:
    return [rule.model_dump(mode="json", exclude_none=True) for rule in load.load_rules(specs)]


def _full_systems(specs: Specs) -> _Rows:
    systems = (load.load_system(name, specs) for name in specs.ids("systems"))
    return [system.model_dump(mode="json", exclude_none=True, exclude_defaults=True) for system in systems]


def _sites(specs: Specs) -> _Rows:
    sites = (load.load_site(name, specs) for name in specs.ids("sites"))
    return [
        {
            "id": s.id, "operator": s.operator or "", "MW": graded(s.capacity_mw) or "not published",
            "of": s.capacity_type if isinstance(s.capacity_type, str) else "a mixture",
            "chips": [f"{q.stated} {chip}" for chip, q in s.chips.items()], "region": s.region, "place": s.place,
        }
        for s in sites
    ]  # fmt: skip


def _owners(specs: Specs) -> _Rows:
    owners = (load.load_owner(name, specs) for name in specs.ids("owners"))
    return [{"id": o.id, "profile": o.profile, "region": o.region, "name": o.name, "also": o.aliases} for o in owners]


def _grids(specs: Specs) -> _Rows:
    grids = (load.load_grid(name, specs) for name in specs.ids("grids"))
    return [
        {
            "id": g.id, "kg CO2/kWh": graded(g.combustion_kg_kwh), "year": g.combustion_year,
            "kg CO2e/kWh, life-cycle": graded(g.lifecycle_kg_kwh), "its year": g.lifecycle_year,
            "USD/kWh": graded(g.assumptions.get("electricity_usd_kwh")),
            "domestic chips only": graded(g.domestic_chips.get("electricity_usd_kwh")), "name": g.name,
        }
        for g in grids
    ]  # fmt: skip


def _models(specs: Specs) -> _Rows:
    table = load.load_models(specs)
    rows = [
        {
            "id": key, "developer": model.developer, "FLOP": graded(model.training_flop),
            "parameters": model.parameters, "active": model.active, "tokens": model.tokens,
            "released": model.released, "name": model.name, "source": list(model.training_flop.source),
        }
        for key, model in table.models.items()
    ]  # fmt: skip
    lines = [
        {"id": key, "FLOP": graded(line.flop), "name": line.name, "source": list(line.flop.source)}
        for key, line in table.thresholds.items()
    ]
    return [*rows, *({**dict.fromkeys(rows[0]), **line} for line in lines)]


def _unit(entry: Comparator) -> str:
    """The unit of a comparator's quantity; where it is like no result of ours, its definition tells."""
    if entry.undefined:
        return "see definition"
    step = STEPS[entry.result or "chips"]
    return "H100-equivalents" if step.quantity == "h100_equivalents" else step.unit


def _comparators(specs: Specs) -> _Rows:
    return [
        {
            "id": key, "quantity": graded(entry.quantity), "unit": _unit(entry),
            "compares with": entry.result or entry.chip or "nothing",
            "date": entry.date.isoformat(), "name": entry.name, "definition": entry.definition,
            "source": list(entry.quantity.source),
        }
        for key, entry in load.load_comparators(specs).comparators.items()
    ]  # fmt: skip


LISTS: dict[str, Callable[[Specs], _Rows]] = {
    "systems": _systems, "scenarios": _scenarios, "assumptions": _assumptions, "rules": _rules, "hedges": _hedges,
    "sites": _sites, "owners": _owners, "grids": _grids, "models": _models, "comparators": _comparators,
    "sources": cited_sources, "stages": stages,
}  # fmt: skip
_FULL: dict[str, Callable[[Specs], _Rows]] = {
    "rules": _full_rules, "systems": _full_systems, "sources": full_sources, "stages": evidence,
}  # fmt: skip
