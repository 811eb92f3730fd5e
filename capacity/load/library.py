"""Parts by their ids: chips, systems, sites, owners, grids, prices, rules; the user's own held to the rules of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from capacity.errors import did_you_mean, fail
from capacity.load.checks import checked
from capacity.load.parts import read_part
from capacity.load.specs import Specs
from capacity.records.chip import Chip
from capacity.records.grid import Grid, Price
from capacity.records.site import Site
from capacity.records.system import System
from capacity.source import Record

if TYPE_CHECKING:
    from capacity.records.ledger import Ledger
    from capacity.records.owner import KnownOwner
    from capacity.records.rule import Rule

_R = TypeVar("_R", bound=Record)


def _load_part(kind: str, name: str, record: type[_R], specs: Specs | None) -> _R:
    folders = specs or Specs()
    path = folders.path(kind, name)
    if path is None:
        raise fail(kind.removesuffix("s"), f"unknown id {name!r}", did_you_mean(name, folders.ids(kind)))
    return checked(path, record, folders)


def load_chip(name: str, specs: Specs | None = None) -> Chip:
    """A chip's sheet by its id.

    >>> load_chip("h200-sxm").peak("fp8").value
    1979000000000000.0
    """
    return _load_part("chips", name, Chip, specs)


def load_system(name: str, specs: Specs | None = None) -> System:
    """A server, rack or pod by its id."""
    return _load_part("systems", name, System, specs)


def load_site(name: str, specs: Specs | None = None) -> Site:
    """A data centre by its id.

    >>> load_site("bytedance-taihang-2").capacity_type
    'it'
    """
    return _load_part("sites", name, Site, specs)


def load_grid(name: str, specs: Specs | None = None) -> Grid:
    """A grid region by its id: carbon factors and regional defaults."""
    return _load_part("grids", name, Grid, specs)


def load_owner(name: str, specs: Specs | None = None) -> KnownOwner:
    """A firm, state or body by its id.

    >>> load_owner("g42").region
    'ae'
    """
    from capacity.records.owner import KnownOwner

    return _load_part("owners", name, KnownOwner, specs)


def load_price(chip: str, specs: Specs | None = None) -> Price:
    """What a chip costs by market; `InputError` where nobody reports a price."""
    return _load_part("prices", chip, Price, specs)


def load_rule(name: str, specs: Specs | None = None) -> Rule:
    """A rule of export control or trade by its id."""
    from capacity.records.rule import Rule

    return _load_part("rules", name, Rule, specs)


def load_rules(specs: Specs | None = None) -> list[Rule]:
    """Every rule, in the order in which they took effect."""
    folders = specs or Specs()
    return sorted((load_rule(name, folders) for name in folders.ids("rules")), key=lambda r: (r.effective, r.id))


def load_ledgers(specs: Specs | None = None) -> list[Ledger]:
    """Every file of the ledger, by name: the predictions of versions gone by and of this one."""
    from capacity.records.ledger import Ledger

    roots = (specs or Specs()).roots
    paths = sorted((path for root in roots for path in (root / "ledger").glob("*.yaml")), key=lambda path: path.name)
    return [read_part(path, Ledger) for path in paths]
