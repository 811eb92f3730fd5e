"""The tables of which there is one each, the user's own before the built-in one."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from capacity.load.files import read_document
from capacity.load.parts import read_part
from capacity.load.records import validated
from capacity.load.specs import Specs, built_in_specs
from capacity.records.chip import Families, Family
from capacity.records.scenario import Assumptions

if TYPE_CHECKING:
    from capacity.records.integrity import Integrity
    from capacity.records.reference import Comparators, Lines, Models
    from capacity.records.rule import Vendor
    from capacity.records.workload import Workloads
    from capacity.words.claims import Wordings


_R = TypeVar("_R", bound=BaseModel)


def _load_table(name: str, record: type[_R], specs: Specs | None) -> _R:
    """A table of which there is one: the user's own before the built-in one."""
    roots = (specs or Specs()).roots
    return read_part(next(p for p in (root / name for root in roots) if p.is_file()), record)


def load_assumptions(specs: Specs | None = None) -> Assumptions:
    """Every default parameter of the model, and the profiles."""
    return _load_table("assumptions.yaml", Assumptions, specs)


def load_workloads(specs: Specs | None = None) -> Workloads:
    """What HPL, training, sites and claims make of chips: every parameter, and the chip families."""
    from capacity.records.workload import Workloads

    return _load_table("workloads.yaml", Workloads, specs)


def load_models(specs: Specs | None = None) -> Models:
    """Reference models, thresholds in FLOP, and the bound on utilisation."""
    from capacity.records.reference import Models

    return _load_table("models.yaml", Models, specs)


def load_comparators(specs: Specs | None = None) -> Comparators:
    """What a fleet is compared with; every result that one names is on the page."""
    from capacity.records.reference import Comparators

    return _load_table("comparators.yaml", Comparators, specs)


def load_lines(specs: Specs | None = None) -> Lines:
    """Lines that export rules draw through the metrics of a chip, and caps on volume."""
    from capacity.records.reference import Lines

    return _load_table("lines.yaml", Lines, specs)


def load_wordings(specs: Specs | None = None) -> Wordings:
    """How readers take the wordings of claims."""
    from capacity.words.claims import Wordings

    return _load_table("claims.yaml", Wordings, specs)


def load_families(specs: Specs | None = None) -> dict[str, Family]:
    """What people call groups of chips (`Blackwell`), with the chips that each may mean."""
    return _load_table("families.yaml", Families, specs).families


@functools.cache
def load_integrity() -> Integrity:
    """The rules that every chip's sheet must keep."""
    from capacity.records.integrity import Integrity

    return read_part(built_in_specs() / "integrity.yaml", Integrity)


@functools.cache
def _built_in_vendors() -> dict[str, Vendor]:
    from capacity.records.rule import Vendors

    return validated(read_document(built_in_specs() / "vendors.yaml"), Vendors).vendors


def load_vendors(specs: Specs | None = None) -> dict[str, Vendor]:
    """The makers of chips by the name that the sheets use; a `vendors.yaml` of the user's adds to them."""
    from capacity.records.rule import Vendors

    found = dict(_built_in_vendors())
    for root in (specs or Specs()).folders:
        if (root / "vendors.yaml").is_file():
            found |= validated(read_document(root / "vendors.yaml"), Vendors).vendors
    return found
