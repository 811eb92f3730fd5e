"""Checking any file as what it holds."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

from capacity.chip import Chip
from capacity.document import Document
from capacity.errors import Fault, InputError, first_faults
from capacity.grid import Grid
from capacity.load.checks import chip_faults, grid_faults, site_faults, system_faults, unknown_chip
from capacity.load.files import read_document
from capacity.load.kinds import kind_of, record_of
from capacity.load.names import part_names, with_chip_ids
from capacity.load.parts import read_part
from capacity.load.records import load_hedges
from capacity.load.scenarios import join_scenario
from capacity.load.specs import Specs
from capacity.load.tables import load_assumptions, load_wordings
from capacity.site import Site
from capacity.system import System


def validate_file(path: Path, specs: Specs) -> str:
    """Read a file as what it holds and return what that is; `InputError` holds all its faults."""
    document = read_document(path)
    kind = kind_of(document)
    if kind == "scenario":
        join_scenario(document, specs)
        wrong = first_faults(_claim_faults(document, specs), document.name)
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
    elif kind == "measurement":
        found = unknown_chip(document, getattr(part, "chip", None), specs)
    faults = first_faults(found, document.name)
    if faults:
        raise InputError(faults)
    return kind


def _claim_faults(document: Document, specs: Specs) -> Iterator[Fault]:
    """The claims of a scenario's file, read as `check` will read them."""
    from capacity.claim import ClaimError, read_claim

    wordings, hedges = load_wordings(specs), load_hedges()
    names = functools.cache(lambda: part_names("chips", specs))
    for index, body in enumerate(document.data.get("claims") or ()):
        key = "check" if body.get("check") else "text"
        try:
            try:
                read_claim(body[key], wordings, hedges)
            except ClaimError:
                read_claim(with_chip_ids(body[key], specs, "claims", names()), wordings, hedges)
        except ClaimError as error:
            yield document.fault(("claims", index, key), str(error), error.allowed)
        except InputError as error:
            yield from (document.fault(("claims", index, key), f.what, f.allowed) for f in error.faults)
