"""The parts by their ids: chips, systems, sites, grids, prices, rules, each from a file of its own."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from capacity.errors import InputError, did_you_mean, fail, first_faults
from capacity.load.citations import source_faults
from capacity.load.files import read_document
from capacity.load.records import validated
from capacity.load.specs import Specs
from capacity.records.chip import Chip
from capacity.records.grid import Grid, Price
from capacity.records.site import Site
from capacity.records.system import System

if TYPE_CHECKING:
    from capacity.records.ledger import Ledger
    from capacity.records.rule import Rule


_R = TypeVar("_R", bound=BaseModel)


def _load_part(kind: str, name: str, record: type[_R], specs: Specs) -> _R:
    path = specs.path(kind, name)
    if path is None:
        raise fail(kind.removesuffix("s"), f"unknown id {name!r}", did_you_mean(name, specs.ids(kind)))
    return read_part(path, record)


def read_part(path: Path, record: type[_R]) -> _R:
    """A part's record; read once in a process as long as its file stays as it is."""
    try:
        stat = path.stat()
    except OSError:
        return _fresh_part(path, record)
    found: _R = _known_part(path, stat.st_mtime_ns, stat.st_size, record)
    return found


@functools.lru_cache(maxsize=512)
def _known_part(path: Path, changed: int, size: int, record: Any) -> Any:
    return _fresh_part(path, record)


def _fresh_part(path: Path, record: type[_R]) -> _R:
    document = read_document(path)
    part = validated(document, record)
    faults = first_faults(source_faults(document, part, ()), document.name)
    if getattr(part, "id", path.stem) != path.stem:
        faults.append(document.fault(("id",), f"the id {part.id!r} is not the file's name", path.stem))  # type: ignore[attr-defined]
    if faults:
        raise InputError(faults)
    return part


def load_chip(name: str, specs: Specs | None = None) -> Chip:
    """A chip's sheet by its id.

    >>> load_chip("h200-sxm").peak("fp8").value
    1979000000000000.0
    """
    return _load_part("chips", name, Chip, specs or Specs())


def load_system(name: str, specs: Specs | None = None) -> System:
    """A server, rack or pod by its id."""
    return _load_part("systems", name, System, specs or Specs())


def load_site(name: str, specs: Specs | None = None) -> Site:
    """A data centre by its id.

    >>> load_site("bytedance-taihang-2").capacity_type
    'it'
    """
    return _load_part("sites", name, Site, specs or Specs())


def load_grid(name: str, specs: Specs | None = None) -> Grid:
    """A grid region by its id: carbon factors and regional defaults."""
    return _load_part("grids", name, Grid, specs or Specs())


def load_price(chip: str, specs: Specs | None = None) -> Price:
    """What a chip costs by market; `InputError` where nobody reports a price."""
    return _load_part("prices", chip, Price, specs or Specs())


def load_rule(name: str, specs: Specs | None = None) -> Rule:
    """A rule of export control or trade by its id."""
    from capacity.records.rule import Rule

    return _load_part("rules", name, Rule, specs or Specs())


def load_rules(specs: Specs | None = None) -> list[Rule]:
    """Every rule, in the order in which they took effect."""
    found = specs or Specs()
    return sorted((load_rule(name, found) for name in found.ids("rules")), key=lambda r: (r.effective, r.id))


def load_ledgers(specs: Specs | None = None) -> list[Ledger]:
    """Every file of the ledger, by name: the predictions of versions gone by and of this one."""
    from capacity.records.ledger import Ledger

    roots = (specs or Specs()).roots
    paths = sorted((path for root in roots for path in (root / "ledger").glob("*.yaml")), key=lambda path: path.name)
    return [read_part(path, Ledger) for path in paths]
