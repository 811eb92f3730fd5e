"""Checking any file as what it holds."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from pathlib import Path

from capacity.errors import Fault, InputError, did_you_mean, fail, first_faults
from capacity.load.checks import part_faults
from capacity.load.claims import understand_claim
from capacity.load.files import SHEETS, read_bytes, read_document
from capacity.load.input_file import InputFile
from capacity.load.kinds import KINDS, kind_of, record_of
from capacity.load.names import part_names
from capacity.load.observed import OLD_COLUMNS, load_tables, old_numbers
from capacity.load.parts import part_in
from capacity.load.scenarios import join_scenario, scenario_document
from capacity.load.specs import Specs


def validate_file(
    path: Path, specs: Specs, results: Callable[[], Collection[str]] = tuple, kind: str | None = None,
    columns: Mapping[str, str] | None = None, day: date | None = None,
) -> str:  # fmt: skip
    """Read a file as what it holds and return what that is; `InputError` holds all its faults.

    `results` gives the addresses that the claims of a scenario may speak of (none: any word may be one); `kind` says
    what the file holds where it does not say so itself; `columns` and `day` what a sheet does not.
    """
    if kind is not None and kind not in KINDS:
        raise fail("kind", f"unknown kind {kind!r}", did_you_mean(kind, KINDS))
    if path.suffix.lower() in SHEETS:
        return _table(path, specs, columns, day)
    document = scenario_document(path, specs) if path.suffix.lower() in (".html", ".htm") else read_document(path)
    kind = kind or kind_of(path, document)
    if kind == "scenario":
        join_scenario(document, specs)
        wrong = first_faults(_claim_faults(document, specs, results), document.name)
    else:
        wrong = first_faults(
            part_faults(document, part_in(document, record_of(kind), specs, path.stem), specs), document.name
        )
    if wrong:
        raise InputError(wrong)
    return kind


def _table(path: Path, specs: Specs, columns: Mapping[str, str] | None, day: date | None) -> str:
    """Check a sheet, told by its head: measured cases, sites, announcements, an older version's numbers, else deals."""
    first = read_bytes(path).partition(b"\n")[0].decode("utf-8-sig", "replace")
    head = {name.strip() for name in first.split(",")}
    if set(OLD_COLUMNS) <= head:
        old_numbers(path)
        return "numbers of an older version"
    if not head & {"case", "event"}:
        join_scenario(scenario_document(path, specs, columns, day), specs)
        return "deals"
    tables = load_tables(path)
    if tables.bad:
        raise InputError(Fault(str(path), row.line, 1, row.case, row.reason) for row in tables.bad)
    return "sites" if tables.sites else "announcements" if tables.announcements else "cases"


def _claim_faults(document: InputFile, specs: Specs, results: Callable[[], Collection[str]]) -> Iterator[Fault]:
    """The claims of a scenario's file, read as `check` will read them."""
    known = functools.cache(results)
    names = functools.cache(lambda: part_names("chips", specs))
    for index, body in enumerate(document.data.get("claims") or ()):
        key = "check" if body.get("check") else "text"
        try:
            understand_claim(body[key], specs, "claims", known(), names)
        except InputError as error:
            yield from (document.fault(("claims", index, key), f.what, f.allowed) for f in error.faults)
