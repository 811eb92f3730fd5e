"""A sheet of sites: what each can take from when, how it is cooled, on which grid."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from capacity.errors import InputError
from capacity.load.columns import Column
from capacity.load.deals import Deal, DealSheet
from capacity.load.input_file import InputFile
from capacity.load.settings import slug
from capacity.load.specs import Specs
from capacity.load.tables import Sheet
from capacity.words.headings import heading_words, plain_heading
from capacity.words.numbers import HedgeError, read_number

FACTORS = {"GW": 1e3, "MW": 1.0, "kW": 1e-3}


class SiteSheet(DealSheet):
    """The rows of a sheet of sites; a site that stands in several has phases."""

    kind = "sites"

    def fill(self) -> None:
        """Write the sites and their source into the document; `InputError` with all that is wrong."""
        rows = list(self._rows())
        sites: dict[str, Any] = {}
        key = "sites-sheet"
        for row in rows:
            if not row.cells.get("site"):
                self.problems.add(self.columns["site"], row.at, "are empty", "", "no site is named")
                continue
            id_ = slug(row.cells["site"])
            site = sites.setdefault(id_, {"name": row.cells["site"]})
            self._read_words(row)
            if row.cells.get("region"):
                site["region"] = row.cells["region"]
            self._read_cooling(row, site)
            self._read_pue(row, site, key)
            self._read_limit(row, site, key)
            if "note" in row.cells:
                site["note"] = row.cells["note"]
            self.document.marks.setdefault(("sites", id_), (row.line, 1))
        for row in rows:
            self._check_phases(row, sites.get(slug(row.cells.get("site", "-")), {}))
        if faults := [*self.faults, *self.problems.faults()]:
            raise InputError(faults)
        for site in sites.values():
            _settle(site)
        file = Path(self.sheet.file).name
        self.document.data["sources"] = {key: {"title": f"{file}, sheet {self.sheet.name}", "kind": "user"}}
        self.document.data["sites"] = sites

    def _check_columns(self) -> None:
        if "site" not in self.columns:
            raise InputError([self.sheet.fault(self.head, 0, "no column names the site", "a heading such as Site")])

    def _is_deal(self, row: Sequence[str]) -> bool:
        return False

    def _read_cooling(self, row: Deal, site: dict[str, Any]) -> None:
        text = row.cells.get("cooling")
        if not text:
            return
        words = {word: name for name, listed in self.table.cooling.items() for word in heading_words(listed)}
        if plain_heading(text) in words:
            site["cooling"] = words[plain_heading(text)]
        else:
            detail = f"{text!r} is no cooling ({', '.join(self.table.cooling)})"
            self.problems.add(self.columns["cooling"], row.at, "are no cooling", text, detail)

    def _read_pue(self, row: Deal, site: dict[str, Any], key: str) -> None:
        if (pue := self._number(row, "pue")) is None:
            return
        if not 1 <= pue <= 5:
            self.problems.add(
                self.columns["pue"], row.at, "are no PUE", row.cells["pue"], f"{pue:g} is no PUE (1 to 5)"
            )
            return
        site["assumptions"] = {"pue_peak": {"value": pue, "source": key, "grade": "C"}}
        note = "the PUE of a site is taken as that of the design day; a year's mean is lower"
        if note not in self.document.notes:
            self.document.notes.append(note)

    def _read_limit(self, row: Deal, site: dict[str, Any], key: str) -> None:
        """A limit with its basis and first day: the site's whole, or where it has several rows a phase of it."""
        number = self._number(row, "limit")
        begins = self._day(row, "begins") if row.cells.get("begins") else ""
        if number is None:
            return
        column = self.columns["limit"]
        unit = column.unit or next((u for u in FACTORS if u.lower() in plain_heading(column.heading).split()), "MW")
        written = re.search(r"(GW|MW|kW)\s*$", row.cells["limit"], re.IGNORECASE)
        unit = {name.lower(): name for name in FACTORS}[written[1].lower()] if written else unit
        limit = {"value": number * FACTORS.get(unit, 1.0), "source": key, "grade": "C"}
        phase = {"date": begins, "basis": self._basis_of(row, column), "limit": limit}
        site.setdefault("phases", []).append(phase)

    def _basis_of(self, row: Deal, column: Column) -> str:
        """What the megawatts of a row are said of; nothing where neither its cell nor the heading says so."""
        words = {word: name for name, listed in self.table.bases.items() for word in heading_words(listed)}
        if text := row.cells.get("basis"):
            if plain_heading(text) not in words:
                detail = f"{text!r} says not of what ({', '.join(self.table.bases)})"
                self.problems.add(self.columns["basis"], row.at, "are no basis", text, detail)
            return words.get(plain_heading(text), "")
        return words.get(plain_heading(re.sub(r"[(\[].{0,80}?[)\]]", "", column.heading)), "")

    def _number(self, row: Deal, role: str) -> float | None:
        if not row.cells.get(role):
            return None
        from capacity.load.columns import plain_number

        column = self.columns[role]
        text = re.sub(r"[GMk]W\s*$", "", row.cells[role], flags=re.IGNORECASE).rstrip()
        try:
            return read_number(plain_number(text, column.how))
        except HedgeError as error:
            self.problems.add(column, row.at, "are no number", row.cells[role], str(error))
            return None

    def _check_phases(self, row: Deal, site: Mapping[str, Any]) -> None:
        """Several limits of one site need a day and a basis each: which of them binds when is not guessed."""
        phases = site.get("phases", ())
        if len(phases) < 2 or "limit" not in self.columns:
            return
        column = self.columns["limit"]
        name = row.cells["site"]
        if any(not phase["date"] for phase in phases):
            detail = f"{name!r} has several limits, and not all say from when (a column from)"
            self.problems.add(column, row.at, "have limits without a day", name, detail)
        if any(not phase["basis"] for phase in phases):
            detail = f"{name!r} has several limits, and not all say of what (a column basis: it, facility, contracted)"
            self.problems.add(column, row.at, "have limits that do not say of what", name, detail)


def _settle(site: dict[str, Any]) -> None:
    """One limit is the site's whole, whose basis may be open; several are phases in order of time."""
    phases = site.pop("phases", [])
    if len(phases) == 1:
        only = phases[0]
        site["capacity_mw"] = only["limit"]
        site |= {"capacity_type": only["basis"]} if only["basis"] else {}
        site |= {"energised": only["date"]} if only["date"] else {}
    elif phases:
        site["phases"] = sorted(phases, key=lambda phase: str(phase["date"]))


def read_sites(sheet: Sheet, specs: Specs, document: InputFile, head: int, named: Mapping[str, str]) -> None:
    """Write the sites of a sheet into the document."""
    SiteSheet(sheet, head, specs, document, named, None).fill()
