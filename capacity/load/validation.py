"""Checking any file as what it holds."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from capacity.errors import Fault, InputError, first_faults
from capacity.load.checks import chip_faults, grid_faults, site_faults, system_faults
from capacity.load.claims import understand_claim
from capacity.load.evidence import evidence_faults
from capacity.load.files import read_document
from capacity.load.input_file import InputFile
from capacity.load.kinds import kind_of, record_of
from capacity.load.names import part_names
from capacity.load.parts import read_part
from capacity.load.scenarios import join_scenario
from capacity.load.specs import Specs
from capacity.load.tables import load_assumptions
from capacity.records.chip import Chip
from capacity.records.grid import Grid
from capacity.records.site import Site
from capacity.records.system import System


def validate_file(path: Path, specs: Specs, results: Callable[[], Collection[str]] = tuple) -> str:
    """Read a file as what it holds and return what that is; `InputError` holds all its faults.

    `results` gives the addresses that the claims of a scenario may speak of (none: any word may be one).
    """
    document = read_document(path)
    kind = kind_of(document)
    if kind == "scenario":
        join_scenario(document, specs)
        wrong = first_faults(_claim_faults(document, specs, results), document.name)
        if wrong:
            raise InputError(wrong)
        return kind
    part = read_part(path, record_of(kind))
    found: Iterator[Fault] = iter(())
    if isinstance(part, Chip):
        found = chip_faults(document, part, specs)
    elif isinstance(part, System):
        found = system_faults(document, part, specs)
    elif isinstance(part, Site):
        found = site_faults(document, part, load_assumptions(specs), specs)
    elif isinstance(part, Grid):
        found = grid_faults(document, part, load_assumptions(specs), specs)
    faults = first_faults(itertools.chain(evidence_faults(document, part), found), document.name)
    if faults:
        raise InputError(faults)
    return kind


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
