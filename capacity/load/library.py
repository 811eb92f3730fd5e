"""Parts by their ids: chips, systems, sites, owners, grids, prices, rules; the user's own held to the rules of each."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from capacity.errors import InputError, did_you_mean, fail, first_faults
from capacity.load.checks import checked, part_faults
from capacity.load.citations import source_faults
from capacity.load.input_file import InputFile
from capacity.load.names import FINDABLE, find_part
from capacity.load.parts import read_part
from capacity.load.records import validated
from capacity.load.settings import slug
from capacity.load.specs import Specs, open_specs
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
Named = str | Path | Mapping[str, Any]
Library = str | Path | Specs | None


def _load_part(kind: str, name: Named, record: type[_R], specs: Library) -> _R:
    folders = open_specs(specs)
    one = kind.removesuffix("s")
    if isinstance(name, Mapping):
        return _from_mapping(one, name, record, folders)
    if isinstance(name, Path) or str(name).endswith((".yaml", ".yml")):
        return checked(Path(name), record, folders)
    path = folders.path(kind, str(name))
    if path is None and kind in FINDABLE:
        path = folders.path(kind, find_part((kind,), str(name), folders, one)[1])
    if path is None:
        raise fail(one, f"unknown id {name!r}", did_you_mean(str(name), folders.ids(kind)))
    return checked(path, record, folders)


def _from_mapping(kind: str, fields: Mapping[str, Any], record: type[_R], specs: Specs) -> _R:
    """The record that plain values amount to, with sources of its own, held to all that `validate` asks of a file."""
    from capacity.load.plain import Citing, sources_by_key

    citing = Citing(sources_by_key(fields.get("sources")))
    data = citing.record(record, {key: value for key, value in fields.items() if key != "sources"})
    if "id" in record.model_fields and not data.get("id") and data.get("name"):
        data = {"id": slug(str(data["name"])), **data}
    document = InputFile(kind, {**data, "sources": citing.sources} if citing.sources else data)
    part = validated(document, record, specs)
    faults = first_faults(itertools.chain(source_faults(document, part, ()), part_faults(document, part, specs)), kind)
    if faults:
        raise InputError(faults)
    return part


def load_chip(name: Named, specs: Library = None) -> Chip:
    """A chip's sheet by its id, by a name that people write, by the path of a file, or of your own in plain values.

    A mapping has the fields of a chip's file; a number, `(low, high)` or words stand for a quantity, and `source` and
    `grade` beside the fields hold for all that name none. Raises `InputError` with all that is wrong.

    >>> float(load_chip("H200").peak("fp8"))
    1979000000000000.0
    >>> own = {"name": "X1", "vendor": "Acme", "unit": "card", "dense_tflops": {"bf16": 800}, "tdp_w": (500, 700)}
    >>> print(load_chip({**own, "source": "a slide", "grade": "C"}).figure("tdp_w"))
    500 to 700 W (grade C, a-slide)
    """
    return _load_part("chips", name, Chip, specs)


def load_system(name: Named, specs: Library = None) -> System:
    """A server, rack or pod by its id."""
    return _load_part("systems", name, System, specs)


def load_site(name: Named, specs: Library = None) -> Site:
    """A data centre by its id.

    >>> load_site("bytedance-taihang-2").capacity_type
    'it'
    """
    return _load_part("sites", name, Site, specs)


def load_grid(name: Named, specs: Library = None) -> Grid:
    """A grid region by its id: carbon factors and regional defaults."""
    return _load_part("grids", name, Grid, specs)


def load_owner(name: Named, specs: Library = None) -> KnownOwner:
    """A firm, state or body by its id.

    >>> load_owner("g42").region
    'ae'
    """
    from capacity.records.owner import KnownOwner

    return _load_part("owners", name, KnownOwner, specs)


def load_price(chip: str, specs: Library = None) -> Price:
    """What a chip costs by market; `InputError` where nobody reports a price."""
    return _load_part("prices", chip, Price, specs)


def load_rule(name: Named, specs: Library = None) -> Rule:
    """A rule of export control or trade by its id."""
    from capacity.records.rule import Rule

    return _load_part("rules", name, Rule, specs)


def load_rules(specs: Library = None) -> list[Rule]:
    """Every rule, in the order in which they took effect."""
    folders = open_specs(specs)
    return sorted((load_rule(name, folders) for name in folders.ids("rules")), key=lambda r: (r.effective, r.id))


def load_ledgers(specs: Library = None) -> list[Ledger]:
    """Every file of the ledger, by name: the predictions of versions gone by and of this one."""
    from capacity.records.ledger import Ledger

    roots = (open_specs(specs)).roots
    paths = sorted((path for root in roots for path in (root / "ledger").glob("*.yaml")), key=lambda path: path.name)
    return [read_part(path, Ledger) for path in paths]
