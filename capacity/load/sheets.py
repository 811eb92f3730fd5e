"""A sheet of deals, as people keep it, as a scenario: a lot a row, sites with limits from a second sheet."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from capacity.errors import Fault, fail
from capacity.load.columns import find_head
from capacity.load.deals import Deal, DealSheet
from capacity.load.input_file import InputFile
from capacity.load.records import load_headings
from capacity.load.settings import owner_id, slug
from capacity.load.site_sheet import read_sites
from capacity.load.specs import Specs
from capacity.load.tables import Sheet, cell_name, read_sheets
from capacity.words.headings import heading_words, plain_heading


def read_deals(
    path: Path, specs: Specs, columns: Mapping[str, str] | None = None, day: date | None = None
) -> InputFile:  # fmt: skip
    """The scenario in a file of deals (.csv, .tsv, .xlsx): a counted lot per row of its sheet of deals.

    `columns`: heading → column where the heading is not one that is known; `day` on which it was said where the sheet
    does not say. Raises `InputError` with all that is wrong, like faults of a column together.
    """
    return deals_document(read_sheets(path), specs, columns, day)


def deals_document(
    sheets: Sequence[Sheet], specs: Specs, columns: Mapping[str, str] | None = None, day: date | None = None
) -> InputFile:
    """The scenario in sheets of which one holds deals, and another may hold sites."""
    named = {plain_heading(heading): column for heading, column in (columns or {}).items()}
    table = load_headings(specs)
    document = InputFile(sheets[0].file, {})
    called = set(heading_words(table.sites_named))
    sites = [s for s in sheets[1:] if plain_heading(s.name) in called]
    heads = {sheet.name: find_head(sheet, "deals", table, named) for sheet in sheets if sheet not in sites}
    deals = max((s for s in sheets if s not in sites), key=lambda s: heads[s.name][1])
    rivals = [s.name for s in sheets if s not in sites and s is not deals and heads[s.name][1] >= 3]
    if rivals:
        what = f"the sheets {deals.name} and {', '.join(rivals)} both look like deals"
        raise fail(deals.file, what, "one; hide or remove the others")
    document.notes += [f"sheet {s.name} is not read" for s in sheets if s is not deals and s not in sites]
    reader = DealSheet(deals, heads[deals.name][0], specs, document, named, day)
    if sites:
        read_sites(sites[0], specs, document, find_head(sites[0], "sites", table, named)[0], named)
        document.notes += [f"sheet {s.name} is not read" for s in sites[1:]]
    _write(reader, reader.deals())
    return document


def _write(sheet: DealSheet, rows: Sequence[Deal]) -> None:
    """Lots, owners, sites, sources and claims, each with the row that it came from."""
    data = sheet.document.data
    lots: dict[str, Any] = {}
    owners: dict[str, Any] = {}
    sites: dict[str, Any] = data.get("sites", {})
    sources: dict[str, Any] = data.get("sources", {})
    keys: dict[tuple[tuple[str, str], ...], str] = {}  # a source once, however many rows cite it
    counted: list[str] = []
    names: set[str] = set()
    file = Path(sheet.sheet.file)
    for row in rows:
        id_ = f"line-{row.line}"
        who = _owners(row.cells.get("owner", ""))
        site, region = row.cells.get("site"), row.cells.get("region")
        home = {"region": region} if region and not site else {}
        profile = {"profile": row.cells["profile"]} if "profile" in row.cells else {}
        owners |= {key: {"name": value, **profile, **home} for key, value in who.items() if key not in owners}
        if site:
            row.lot["site"] = slug(site)
            if sheet.specs.path("sites", slug(site)) is None and slug(site) not in sites:
                sites[slug(site)] = {"name": site, **({"region": region} if region else {})}
            elif region and slug(site) in sites:
                sites[slug(site)].setdefault("region", region)
        about = _source(sheet, row, file)
        key = keys.setdefault(tuple(about.items()), f"source-of-{id_}")
        sources[key] = about
        name = _name(row, names)
        note = _note(sheet, row)
        amount = {k: {**row.lot[k], "source": key, "grade": row.cells.get("grade", "C")}
                  for k in ("count", "amount") if k in row.lot}  # fmt: skip
        lots[id_] = {**row.lot, "name": name, **({"note": note} if note else {}), "owners": list(who), **amount}
        if sheet.plain(row.cells.get("counted", "")) not in sheet.no:
            counted.append(id_)
        for place in (("lots", id_), ("sources", key), *(("owners", k) for k in who), ("sites", slug(site or "-"))):
            sheet.document.marks.setdefault(place, (row.line, 1))
    title = {"id": slug(file.stem) or "deals", "name": f"Deals of {file.name}"}
    days = {"as_of": sheet.day.isoformat()} if sheet.day else {}
    claims = {"claims": made} if (made := list(_claims(rows, lots, counted, sites))) else {}
    sheet.document.data = {**title, **days, "sources": sources, "owners": owners, "sites": sites, "lots": lots,
                          "counted": counted, **claims}  # fmt: skip
    kept = ", ".join(repr(column.heading) for column in sheet.others if column.heading)
    if kept:
        sheet.document.notes.append(f"columns that mean nothing here are kept as notes of the lots: {kept}")
    sheet.document.grouped = functools.partial(_grouped, sheet)


@functools.lru_cache(maxsize=4096)
def _owners(text: str) -> dict[str, str]:
    return {owner_id(part): part.strip() for part in re.split("[;\n]", text) if part.strip()}


def _source(sheet: DealSheet, row: Deal, file: Path) -> dict[str, str]:
    """Who says so: the row's source, else the sheet itself."""
    if "source" not in row.cells:
        return {"title": f"{file.name}, sheet {sheet.sheet.name}", "kind": "user"}
    url = {"url": row.cells["url"]} if "url" in row.cells else {}
    return {"title": row.cells["source"], "kind": "secondary report", **url, "published": row.lot["date"]}


def _name(row: Deal, names: set[str]) -> str:
    """What a lot is called: as the sheet does, else whose it is, how much of what, where."""
    who = " and ".join(_owners(row.cells.get("owner", "")).values())
    what = f"{_grouped_digits(row.cells['said'])} {row.cells['chip']}"
    name = row.cells.get("name") or ": ".join(part for part in (who, what) if part)
    name = " ".join(name.split())[:70]
    if name in names and row.cells.get("site"):
        name = f"{name}, {row.cells['site']}"
    if name in names:
        name = f"{name} (row {row.line})"
    names.add(name)
    return name


def _note(sheet: DealSheet, row: Deal) -> str:
    """The row's notes, what stands in columns that mean nothing here, and amounts beside the one that holds."""
    cells = sheet.sheet.rows[row.at]
    texts = [cells[c.index] for c in sheet.notes if c.index < len(cells) and cells[c.index]]
    texts += [text for key, text in row.cells.items() if key.startswith("kept ")]
    texts += [f"{c.heading}: {cells[c.index]}" for c in sheet.others if c.index < len(cells) and cells[c.index]]
    return "; ".join(texts)


def _claims(
    rows: Sequence[Deal], lots: Mapping[str, Any], counted: Sequence[str], sites: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Megawatts beside a count as claims to be compared with ours: a claim a site whose every lot has them."""
    ids = set(counted)
    here = [row for row in rows if "stated power" in row.cells and f"line-{row.line}" in ids]
    if not here:
        return
    here = [row for row in rows if f"line-{row.line}" in ids]
    for site, group in itertools.groupby(sorted(here, key=lambda r: r.lot.get("site", "")),
                                         key=lambda r: r.lot.get("site", "")):  # fmt: skip
        mine = list(group)
        watts = [_megawatts(row.cells.get("stated power", "")) for row in mine]
        known = [watt for watt in watts if watt]
        if site and len(known) == len(mine):
            bases = {basis for _, basis in known if basis}
            basis = bases.pop() if len(bases) == 1 else "facility"
            where = sites[site]["name"] if site in sites else site
            yield _claim(mine[0], lots, f"power.{basis}.nameplate@{site}", sum(w for w, _ in known), where)
            continue
        for row, watt in zip(mine, watts, strict=True):
            if watt:
                id_ = f"line-{row.line}"
                yield _claim(row, lots, f"power.{watt[1] or 'facility'}.nameplate@{id_}", watt[0],
                                  lots[id_]["name"])  # fmt: skip


def _claim(row: Deal, lots: Mapping[str, Any], address: str, megawatts: float, where: str) -> dict[str, Any]:
    lot = lots[f"line-{row.line}"]
    amount = lot.get("count") or lot["amount"]
    text = f"{megawatts:,.6g} MW for {where}"
    return {
        "text": text,
        "check": f"{address} {megawatts:.6g} MW",
        "source": amount["source"],
        "grade": amount["grade"],
    }


def _megawatts(text: str) -> tuple[float, str] | None:
    """The number and the basis of megawatts that are a plain number."""
    match = re.fullmatch(r"([0-9][0-9,.]*) (MW|GW|kW)( of IT load| contracted| facility)?", text)
    if match is None:
        return None
    factor = {"MW": 1.0, "GW": 1e3, "kW": 1e-3}[match[2]]
    basis = {" of IT load": "it", " contracted": "contracted", " facility": "facility"}.get(match[3] or "", "")
    return float(match[1].replace(",", "")) * factor, basis


def _grouped_digits(text: str) -> str:
    return f"{int(text):,}" if text.isdigit() else text


def _grouped(sheet: DealSheet, faults: Iterable[Fault]) -> list[Fault]:
    """Faults at lots as faults of a column and cause, in the cells of the sheet; others as they are."""
    found: dict[tuple[str, str], list[tuple[Fault, int]]] = {}
    rest: list[Fault] = []
    for fault in faults:
        match = re.match(r"lots\.line-([0-9]+)\.?([a-z]*)", fault.place)
        if match is None:
            rest.append(fault)
            continue
        role = {"count": "amount", "owners": "owner"}.get(match[2], match[2])
        alike = re.sub(r"'[^']*'|[0-9][0-9,.:-]*", "…", fault.what)
        found.setdefault((role, alike), []).append((fault, int(match[1])))
    for (role, _), several in found.items():
        column = sheet.columns.get(role)
        lines = [line for _, line in several]
        cells = [cell_name(column.index, line) if column else f"row {line}" for line in lines]
        more = f" and {len(cells) - 6:,} more" if len(cells) > 6 else ""
        head = f"column {column.heading!r}: " if column else f"{role}: " if role else ""
        many = f"{len(cells):,} cells, the first: " if len(cells) > 1 else ""
        first = several[0][0]
        what = f"{head}{many}{first.what} ({', '.join(cells[:6])}{more})"
        at = sheet.sheet.lines.index(lines[0])
        made = sheet.sheet.fault(at, column.index if column else 0, what, first.allowed)
        rest.append(replace(made, place=made.place or ""))
    return rest
