"""A table of deals as a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from capacity.errors import MOST_FAULTS, Fault, InputError, did_you_mean, first_faults, too_many
from capacity.load.files import read_text
from capacity.load.input_file import InputFile
from capacity.load.settings import owner_id, slug
from capacity.load.specs import Specs
from capacity.quantity import typed_quantity
from capacity.source import written_day

DEAL_COLUMNS = ("owner", "chip", "count", "stage", "date", "source", "url")
LOT_COLUMNS = ("chip", "stage", "date", "system", "name", "note", "since", "due", "phases", "per", "until", "route")
MORE_COLUMNS = ("grade", "system", "name", "note", "since", "due", "phases", "per", "until", "route", "site", "region",
                "counted")  # fmt: skip


def deals_document(path: Path, specs: Specs) -> InputFile:
    """The scenario in a CSV of deals: a counted lot per row, `owner` one firm or several with `;` between.

    Columns `owner,chip,count,stage,date,source,url` and if wanted `grade` (C where not said), `system`, `name`,
    `note`, `since`, `due`, `phases` (`25% by Q4 2026; 75% by 2027-12-31`), `per` with `until`, `route`, `site` (a
    built-in one's id, or any name), `region` (of the site, where one is named, else of the owners), `counted` (yes or
    no). Every fault of every row is found at once, with its line.
    """
    import csv
    import io

    text = read_text(path)
    document = InputFile(str(path), {})
    reader = csv.DictReader(io.StringIO(text), strict=True)
    rows: list[tuple[int, dict[str, str]]] = []
    try:
        wrong = first_faults(_head_faults(document, reader.fieldnames or []), document.name)
        if wrong:
            raise InputError(wrong)
        line = reader.line_num
        for row in reader:
            if len(document.faults) >= MOST_FAULTS:
                raise InputError([*document.faults, too_many(document.name)])
            if None in row or None in row.values():  # a field too many, or too few
                what = "the row has another number of fields than the head"
                document.faults.append(Fault(str(path), line + 1, 1, "", what))
            elif any(value.strip() for value in row.values()):
                rows.append((line + 1, {key: value.strip() for key, value in row.items() if value.strip()}))
            line = reader.line_num
    except csv.Error as error:
        raise InputError([Fault(str(path), reader.line_num, 1, "", f"not CSV: {error}")]) from None
    if not rows:
        document.faults.append(Fault(str(path), 1, 1, "", "the table has no deals", "a row each"))
        raise InputError(document.faults)
    _fill_deals(document, path, rows, specs)
    return document


def _head_faults(document: InputFile, head: Sequence[str]) -> Iterator[Fault]:
    """What is wrong with the names of a table's columns."""
    allowed = ",".join(DEAL_COLUMNS)
    for name in DEAL_COLUMNS:
        if name not in head:
            yield Fault(document.name, 1, 1, "", f"the column {name!r} is missing", allowed)
    for name in head:
        if name not in (*DEAL_COLUMNS, *MORE_COLUMNS):
            advice = did_you_mean(name, (*DEAL_COLUMNS, *MORE_COLUMNS))
            yield Fault(document.name, 1, 1, "", f"unknown column {name!r}", advice)
    if len(set(head)) != len(head):
        yield Fault(document.name, 1, 1, "", "a column stands twice", allowed)


def _fill_deals(document: InputFile, path: Path, rows: Sequence[tuple[int, dict[str, str]]], specs: Specs) -> None:
    """Write the rows into the document as lots, each key with the line that it came from."""
    lots: dict[str, Any] = {}
    owners: dict[str, Any] = {}
    sites: dict[str, Any] = {}
    sources: dict[str, Any] = {}
    cited_as: dict[tuple[tuple[str, str], ...], str] = {}  # a source once, however many rows cite it
    counted: list[str] = []
    for line, row in rows:
        name = f"line-{line}"
        who = {owner_id(part): part.strip() for part in row.get("owner", "").split(";") if part.strip()}
        site = {slug(row["site"]): row["site"]} if "site" in row else {}
        region = {"region": row["region"]} if "region" in row else {}
        home = {} if site else region
        owners |= {key: {"name": value, **home} for key, value in who.items() if key not in owners}
        own = {key: value for key, value in site.items() if specs.path("sites", key) is None}
        sites |= {key: {"name": value, **region} for key, value in own.items() if key not in sites}
        source = row.get("source", "")
        said = {"title": source, "kind": "secondary report", "url": row.get("url")}
        said["published"] = row["date"] if _is_date(row.get("date", "")) else None
        about = {key: value for key, value in said.items() if value is not None}
        cited = cited_as.setdefault(tuple(about.items()), f"source-of-line-{line}")
        sources[cited] = about
        lots[name] = {key: row[key] for key in LOT_COLUMNS if key in row} | {"owners": list(who)}
        lots[name] |= {"site": slug(row["site"])} if site else {}
        if "count" in row:
            lots[name]["count"] = {**typed_quantity(row["count"], cited), "grade": row.get("grade", "C")}
        if row.get("counted", "").lower() not in ("no", "false"):
            counted.append(name)
        for place in (
            ("lots", name),
            ("sources", cited),
            *(("owners", key) for key in who),
            *(("sites", key) for key in own),
        ):
            document.marks.setdefault(place, (line, 1))
    document.data = {
        "id": slug(path.stem), "name": f"Deals of {path.name}", "sources": sources, "owners": owners,
        "sites": sites, "lots": lots, "counted": counted,
    }  # fmt: skip


def _is_date(text: str) -> bool:
    import datetime

    try:
        datetime.date.fromisoformat(str(written_day(text)))
    except ValueError:
        return False
    return True
