"""What is known → lists and pages: chips, systems, scenarios, assumptions, rules, hedges, sources."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from capacity import load
from capacity.errors import fail
from capacity.load import Specs
from capacity.model.page import STEPS
from capacity.quantity import Quantity
from capacity.records.chip import Chip
from capacity.records.scenario import Assumptions, ScenarioFile
from capacity.records.system import System
from capacity.source import Source
from capacity.words.amounts import read_amount
from capacity.words.tokens import WordsError
from capacity.writing.data import dumps, quantity_dict, source_dict
from capacity.writing.text import Footnotes, _wrap, describe_source, grid

if TYPE_CHECKING:
    from capacity.records.reference import Comparator


def listing(kind: str, specs: Specs, format_: str, width: int) -> str:
    """All parts of a kind as a table, JSON or CSV (of chips: see `chips.listing`)."""
    if format_ == "json":
        return dumps({"schema": f"capacity.list.{kind}/1", kind: _FULL.get(kind, _ROWS[kind])(specs)})
    return table(_ROWS[kind](specs), format_, width)


def table(rows: list[dict[str, Any]], format_: str, width: int) -> str:
    """Rows of plain values as a table that fits the width, or as CSV; empty where there are none."""
    flat = [{key: _plain(value) for key, value in row.items()} for row in rows]
    if not flat:
        return ""
    if format_ == "csv":
        out = io.StringIO()
        writer = csv.DictWriter(out, list(flat[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(flat)
        return out.getvalue()
    return _fitted([list(flat[0]), *(list(row.values()) for row in flat)], width) + "\n"


# The head of a column whose name as a key is short: what it holds, and the unit of its numbers below it.
_HEADS = {
    "bf16 TFLOP/s": ("bf16", "TFLOP/s"), "fp8": ("fp8", "TFLOP/s"), "memory GB": ("memory", "GB"),
    "TB/s": ("bandwidth", "TB/s"), "TDP W": ("TDP", "W"), "rated kW": ("rated", "kW"), "MW": ("power", "MW"),
    "kg CO2/kWh": ("combustion", "kg CO2/kWh"), "year": ("of year", ""), "its year": ("of year", ""),
    "kg CO2e/kWh, life-cycle": ("life-cycle", "kg CO2e/kWh"), "USD/kWh": ("electricity", "USD/kWh"),
    "domestic chips only": ("for domestic chips", "USD/kWh"), "FLOP": ("training", "FLOP"),
}  # fmt: skip


def _fitted(rows: Sequence[Sequence[str]], width: int) -> str:
    """The grid, with columns left out from the right until it fits, and a last line that names those."""
    heads = [_HEADS.get(name, (name, "")) for name in rows[0]]
    above = [row for row in zip(*heads, strict=True) if any(row)]
    shown = [*above, *rows[1:]]
    columns = len(heads)
    while columns > 2 and sum(max(len(row[i]) for row in shown) + 2 for i in range(columns)) - 2 > width:
        columns -= 1
    text = grid([row[:columns] for row in shown], width, 0, heads=len(above))
    text = "\n".join(line if len(line) <= width else line[: width - 1] + "…" for line in text.splitlines())
    if columns == len(heads):
        return text
    left = ", ".join(" ".join(filter(None, head)) for head in heads[columns:])
    return f"{text}\n{_wrap(f'Left out here: {left} (a wider terminal, or --format csv).', width)}"


def _plain(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _stated(quantity: Quantity | None) -> str | None:
    return f"{quantity.stated} {quantity.grade}" if quantity else None


def _systems(specs: Specs) -> list[dict[str, Any]]:
    found = [load.load_system(name, specs) for name in specs.ids("systems")]
    return [
        {
            "id": s.id,
            "chips": f"{s.chips} x {s.chip}",
            "rated kW": _stated(s.rated_kw),
            "unit": s.unit,
            "name": s.name,
        }
        for s in found
    ]


def _scenario_files(specs: Specs) -> list[ScenarioFile]:
    return [load.validated(load.scenario_document(name, specs), ScenarioFile) for name in specs.ids("scenarios")]


def _scenarios(specs: Specs) -> list[dict[str, Any]]:
    return [
        {"id": s.id, "as of": s.as_of.isoformat(), "counted": list(s.counted), "name": s.name}
        for s in _scenario_files(specs)
    ]


def _assumptions(specs: Specs) -> list[dict[str, Any]]:
    found = load.load_assumptions(specs)
    rows = [_assumption(name, known.default, found, None) for name, known in found.assumptions.items()]
    for profile, body in found.profiles.items():
        rows += [_assumption(name, quantity, found, profile) for name, quantity in body.assumptions.items()]
    return rows


def _assumption(name: str, quantity: Quantity, table: Assumptions, profile: str | None) -> dict[str, Any]:
    known = table.assumptions[name]
    return {
        "place": f"assumptions.{name}", "profile": profile or "default", "5 to 95 %": quantity.stated,
        "unit": known.unit, "grade": quantity.grade, "owners alike": known.rho_owners,
        "source": list(quantity.source), "meaning": known.meaning,
    }  # fmt: skip


def _hedges(_: Specs) -> list[dict[str, Any]]:
    table = load.load_hedges().model_dump(mode="json", exclude_none=True)
    entries = next(value for key, value in table.items() if key in ("hedges", "rules", "entries"))
    items = entries.items() if isinstance(entries, dict) else ((entry.get("id"), entry) for entry in entries)
    return [
        {"id": key, **{k: v for k, v in entry.items() if k in ("words", "grade", "source")}} for key, entry in items
    ]


def _all_sources(specs: Specs) -> dict[tuple[str, str], tuple[Source, list[str]]]:
    """Every source by id and title, with the files that cite it."""
    found: dict[tuple[str, str], tuple[Source, list[str]]] = {}
    parts: list[tuple[str, Mapping[str, Source]]] = [("assumptions", load.load_assumptions(specs).sources)]
    parts.append(("workloads", load.load_workloads(specs).sources))
    parts += [(f"chips/{n}", load.load_chip(n, specs).sources) for n in specs.ids("chips")]
    parts += [(f"systems/{n}", load.load_system(n, specs).sources) for n in specs.ids("systems")]
    parts += [(f"sites/{n}", load.load_site(n, specs).sources) for n in specs.ids("sites")]
    parts += [(f"prices/{n}", load.load_price(n, specs).sources) for n in specs.ids("prices")]
    parts += [(f"grids/{n}", load.load_grid(n, specs).sources) for n in specs.ids("grids")]
    parts += [(f"scenarios/{s.id}", s.sources) for s in _scenario_files(specs)]
    for where, sources in parts:
        for key, source in sources.items():
            found.setdefault((key, source.title), (source, []))[1].append(where)
    return found


def _sources(specs: Specs) -> list[dict[str, Any]]:
    return [
        {
            "id": key,
            "cited by": "1 file" if len(where) == 1 else f"{len(where)} files",
            "kind": s.kind,
            "published": s.published,
            "title": s.title,
        }
        for (key, _), (s, where) in sorted(_all_sources(specs).items())
    ]


def _rules(specs: Specs) -> list[dict[str, Any]]:
    return [
        {
            "id": r.id, "from": r.effective, "until": r.ended, "grade": r.grade,
            "classes": [c.name for c in r.classes], "citation": r.citation, "name": r.name,
        }
        for r in load.load_rules(specs)
    ]  # fmt: skip


def _full_rules(specs: Specs) -> list[dict[str, Any]]:
    return [rule.model_dump(mode="json", exclude_none=True) for rule in load.load_rules(specs)]


def _sites(specs: Specs) -> list[dict[str, Any]]:
    from capacity.writing import places

    return places.sites(specs)


def _grids(specs: Specs) -> list[dict[str, Any]]:
    from capacity.writing import places

    return places.grids(specs)


def _full_systems(specs: Specs) -> list[dict[str, Any]]:
    return [
        load.load_system(n, specs).model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        for n in specs.ids("systems")
    ]


def _full_sources(specs: Specs) -> list[dict[str, Any]]:
    return [{"id": k, **source_dict(s), "cited_by": w} for (k, _), (s, w) in sorted(_all_sources(specs).items())]


def _models(specs: Specs) -> list[dict[str, Any]]:
    table = load.load_models(specs)
    rows = [
        {
            "id": key, "developer": model.developer, "FLOP": _stated(model.training_flop),
            "parameters": model.parameters, "active": model.active, "tokens": model.tokens,
            "released": model.released, "name": model.name, "source": list(model.training_flop.source),
        }
        for key, model in table.models.items()
    ]  # fmt: skip
    return rows + [{**dict.fromkeys(rows[0]), "id": key, "FLOP": _stated(line.flop), "name": line.name,
                    "source": list(line.flop.source)} for key, line in table.thresholds.items()]  # fmt: skip


def _unit(entry: Comparator) -> str:
    """The unit of a comparator's quantity; where it is like no result of ours, its definition tells."""
    if entry.undefined:
        return "see definition"
    step = STEPS[entry.result or "chips"]
    return "H100-equivalents" if step.quantity == "h100_equivalents" else step.unit


def _comparators(specs: Specs) -> list[dict[str, Any]]:
    return [
        {
            "id": key, "quantity": _stated(entry.quantity), "unit": _unit(entry),
            "compares with": entry.result or entry.chip or "nothing",
            "date": entry.date.isoformat(), "name": entry.name, "definition": entry.definition,
            "source": list(entry.quantity.source),
        }
        for key, entry in load.load_comparators(specs).comparators.items()
    ]  # fmt: skip


_ROWS = {
    "models": _models, "comparators": _comparators,
    "systems": _systems, "scenarios": _scenarios, "assumptions": _assumptions,
    "sites": _sites, "grids": _grids, "rules": _rules, "hedges": _hedges, "sources": _sources,
}  # fmt: skip
_FULL = {"rules": _full_rules, "systems": _full_systems, "sources": _full_sources}


def chip_dict(chip: Chip) -> dict[str, Any]:
    """A chip's sheet with every number's source written out."""
    head = chip.model_dump(mode="json", exclude_none=True, exclude=set(chip.figures()) | {"sources"})
    head = {key: value for key, value in head.items() if not key.endswith("_tflops")}
    figures = {}
    for field, quantity in chip.figures().items():
        disputed = [d.model_dump(mode="json", exclude_none=True) for d in quantity.disputed]
        basis = {"basis": str(chip.basis(field)), "of": chip.unit}
        figures[field] = {**quantity_dict(quantity), **basis, "source": list(quantity.source), "disputed": disputed}
    return {**head, "figures": figures, "sources": {k: source_dict(s) for k, s in chip.sources.items()}}


# --- one part --------------------------------------------------------------------------------


def page(name: str, text: str | None, specs: Specs, format_: str, width: int) -> str:
    """Everything known of one part, or how a reporter's words are read."""
    from capacity.writing.places import grid_page, site_page
    from capacity.writing.rules import rule_page

    if name in ("hedge", "words"):
        return _words_page(name, text, format_, width)
    defaults = load.load_assumptions(specs)
    if name.removeprefix("assumptions.") in defaults.assumptions:
        return _assumption_page(name.removeprefix("assumptions."), defaults, format_, width)
    pages = {"chips": _chip_page, "systems": _system_page, "scenarios": _scenario_page, "rules": rule_page,
             "sites": site_page, "grids": grid_page}  # fmt: skip
    kind, id_ = load.find_part(load.FINDABLE, name, specs, "show")
    return pages[kind](id_, specs, format_, width)


def _words_page(name: str, text: str | None, format_: str, width: int) -> str:
    """How an amount is read: the number under its hedge, its unit, and what else the words say."""
    if text is None:
        raise fail(f"show {name}", "the words are missing", f"capacity show {name} 'over 400,000'")
    table = load.load_hedges()
    try:
        amount = read_amount(text, load.load_vocabulary(), datetime.date.today())
    except WordsError as error:
        raise fail(f"show {name}", str(error)) from None
    reading = amount.reading
    fields = ("value", "low", "high", "floor", "ceiling", "rule", "grade", "source")
    facts: dict[str, Any] = {k: getattr(reading, k) for k in fields if getattr(reading, k) is not None}
    said = {"counts": amount.kind, "unit": amount.unit, "factor": amount.factor, "system": amount.system,
            "chip": amount.chip, "precision": amount.precision, "sparsity": amount.sparsity, "of": ", ".join(amount.of),
            "rate": amount.rate, "due": amount.due, "since": amount.since}  # fmt: skip
    facts |= {k: str(v) if isinstance(v, datetime.date) else v for k, v in said.items() if v not in (None, "", 1.0)}
    if format_ == "json":
        return dumps({"schema": "capacity.hedge/1", "text": text, **facts, "explanation": amount.explanation})
    lines = [_wrap(f'"{text}"', width), _wrap(amount.explanation, width)]
    lines += [
        f"  {key}: {value:,.6g}" if isinstance(value, float) else f"  {key}: {value}" for key, value in facts.items()
    ]
    source = table.sources.get(reading.source)
    return "\n".join([*lines, *([_wrap(f"  {describe_source(source)}", width, "    ")] if source else [])]) + "\n"


def _figure_rows(
    figures: Mapping[str, Quantity], sources: Mapping[str, Source], notes: Footnotes
) -> Iterable[list[str]]:
    for field, quantity in figures.items():
        kind = quantity.kind or sources[quantity.source[0]].kind
        yield [field, quantity.stated, quantity.grade, kind, notes.cite(sources[k] for k in quantity.source)]


def _disputes(figures: Mapping[str, Quantity], sources: Mapping[str, Source], notes: Footnotes) -> Iterable[str]:
    for field, quantity in figures.items():
        if quantity.note:
            yield f"{field}: {quantity.note}"
        for dispute in quantity.disputed:
            said = f"{dispute.value:g}" if dispute.value is not None else f"{dispute.low} to {dispute.high}"
            cited = notes.cite(sources[k] for k in dispute.source)
            yield f"{field}: {cited} says {said}; not used: {dispute.why}"


def _sheet(
    head: list[str],
    figures: Mapping[str, Quantity],
    sources: Mapping[str, Source],
    note: str | None,
    width: int,
) -> str:
    notes = Footnotes()
    rows = [
        ["figure", "value or 5 to 95 %", "grade", "kind", "source"],
        *_figure_rows(figures, sources, notes),
    ]

    def wrapped(items: Iterable[str]) -> str:
        return "\n".join(_wrap(item, width, "  ") for item in items)

    blocks = [wrapped(head)]
    if figures:
        blocks.append(_fitted(rows, width))
    remarks = list(_disputes(figures, sources, notes))
    if note:
        remarks.insert(0, note)
    if remarks:
        blocks.append("Notes and disputes\n" + wrapped(remarks))
    if notes.lines():
        blocks.append("Sources\n" + wrapped(notes.lines()))
    return "\n\n".join(blocks) + "\n"


def _chip_page(name: str, specs: Specs, format_: str, width: int) -> str:
    chip = load.load_chip(name, specs)
    if format_ == "json":
        return dumps({"schema": "capacity.chip/1", **chip_dict(chip)})
    facts = [f"one {chip.unit}", chip.form, chip.process, f"market: {chip.market}"]
    facts += [f"released {chip.released}" if chip.released else None, chip.status]
    head = [f"{chip.name} ({chip.id}), {chip.vendor}", "; ".join(filter(None, facts))]
    if chip.name_only:
        head.append("Known by name only: no figure has a usable source.")
    missed = [f"Exception to {rule}: {why}." for rule, why in chip.exceptions.items()]
    note = " ".join(filter(None, [chip.note, *missed]))
    return _sheet(head, chip.figures(), chip.sources, note, width)


def _system_page(name: str, specs: Specs, format_: str, width: int) -> str:
    system: System = load.load_system(name, specs)
    if format_ == "json":
        return dumps({"schema": "capacity.system/1", **system.model_dump(mode="json", exclude_none=True)})
    figures = {"rated_kw": system.rated_kw} if system.rated_kw else {}
    figures |= {f"observed: {o.what}": o.kw for o in system.observed}
    figures |= {f"assumptions.{key}": value for key, value in system.assumptions.items()}
    head = [f"{system.name} ({system.id})", f"one {system.unit} of {system.chips} x {system.chip}"]
    return _sheet(head, figures, system.sources, system.note, width)


def _scenario_page(name: str, specs: Specs, format_: str, width: int) -> str:
    scenario = load.load_scenario(name, specs=specs).file
    if format_ == "json":
        return dumps({"schema": "capacity.scenario/1", **scenario.model_dump(mode="json", exclude_none=True)})
    figures = {f"lots.{key}.count": lot.count for key, lot in scenario.lots.items()}
    figures |= {f"assumptions.{key}": value for key, value in scenario.assumptions.items()}
    head = [f"{scenario.name} ({scenario.id}), as of {scenario.as_of}"]
    for key, lot in scenario.lots.items():
        mark = "counted" if key in scenario.counted else "context"
        said = lot.count.says or lot.count.stated
        head.append(f'{key}: {mark}; {lot.chip}, {lot.stage} {lot.date}; "{said}"')
    return _sheet(head, figures, scenario.sources, scenario.description, width)


def _assumption_page(name: str, table: Assumptions, format_: str, width: int) -> str:
    rows = [_assumption(name, table.assumptions[name].default, table, None)]
    rows += [
        _assumption(name, p.assumptions[name], table, k) for k, p in table.profiles.items() if name in p.assumptions
    ]
    if format_ == "json":
        return dumps({"schema": "capacity.assumption/1", "name": name, "values": rows})
    known = table.assumptions[name]
    text = [f"assumptions.{name}: {known.meaning} [{known.unit}]"]
    for row in rows:
        text.append(f"  {row['profile']}: {row['5 to 95 %']}, grade {row['grade']}")
        quantity = known.default if row["profile"] == "default" else table.profiles[row["profile"]].assumptions[name]
        if quantity.note:
            text.append(f"    {quantity.note}")
        text += [f"    {describe_source(table.sources[key])}" for key in quantity.source]
    return "\n".join(_wrap(line, width, " " * (len(line) - len(line.lstrip()) + 2)) for line in text) + "\n"
