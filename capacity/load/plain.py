"""Plain Python values → the data of a file: lots, owners, sites, chips, numbers with who says so."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any, cast

from pydantic import BaseModel

from capacity.errors import Fault, InputError, did_you_mean, fail
from capacity.load.input_file import DEEPEST
from capacity.load.names import find_part, meant_chips
from capacity.load.parts import read_part
from capacity.load.records import load_vocabulary
from capacity.load.settings import owner_id, slug
from capacity.load.specs import Specs
from capacity.places import TYPED, written
from capacity.quantity import Quantity, typed_quantity
from capacity.records.amount import is_bare
from capacity.records.chip import Chip
from capacity.records.scenario import Lot as LotRecord
from capacity.records.scenario import Owner
from capacity.records.site import Site
from capacity.source import Grade, Source

Day = date | str
Stated = float | str | Sequence[float] | Mapping[str, Any] | Quantity
Cited = str | Source


@dataclass(frozen=True, kw_only=True)
class Lot:
    """A batch of one chip as a source reports it, in plain values; `Scenario.build` reads them.

    Parameters: `chip` an id, a name as people write it, a `Chip` of your own, or several, of which `mix` quotes parts;
    `amount` a number of chips, `(low, high)` as 5 % and 95 % points, or words with their unit ("over 400,000",
    "1.2 GW", "64 racks"); `of` the result that the amount measures where its words do not say
    (`power.facility.nameplate`); `stage` how far it is (ordered, approved, shipped …); `date` when that was said,
    nothing: the `as_of` of the scenario; `due` the last day on which all is said to be there; `owners` names as people
    write them; `shares` quoted parts by owner; `source` who says so, in free text or as a `Source`; `grade` A to D;
    `counted=False` keeps it out of the total. The other fields are those of a lot in a scenario's file.

    >>> Lot(chip="H200", amount="over 400,000", stage="approved", owners=["ByteDance"]).amount
    'over 400,000'
    """

    chip: str | Chip | Sequence[str | Chip]
    amount: Stated
    stage: str
    date: Day | None = None
    owners: Sequence[str] = ()
    source: Cited | Sequence[Cited] | None = None
    grade: Grade = "D"
    id: str | None = None
    name: str | None = None
    of: str | None = None
    system: str | None = None
    site: str | None = None
    shares: Mapping[str, Stated] = field(default_factory=dict)
    mix: Mapping[str, Stated] = field(default_factory=dict)
    since: Day | None = None
    due: Day | None = None
    phases: str | Sequence[Mapping[str, Any]] = ()
    per: str | None = None
    until: Day | None = None
    route: str | None = None
    conversion: Stated | None = None
    cap_per_owner: Stated | None = None
    supply: Stated | None = None
    volume_cap: Mapping[str, Stated] | None = None
    part_of: str | None = None
    same_as: str | None = None
    replaces: str | None = None
    less: Sequence[str] = ()
    per_chip_of: str | None = None
    note: str | None = None
    counted: bool = True


def plain(value: Any, depth: int = 0) -> Any:
    """A value of Python as a file would hold it: days as text, numbers of numpy as numbers, records as mappings.

    >>> plain({"date": datetime(2026, 1, 28, 12), "owners": ("a", "b")})
    {'date': '2026-01-28', 'owners': ['a', 'b']}
    """
    if depth > DEEPEST:
        raise fail("scenario", "nested too deeply", f"at most {DEEPEST} levels")
    if isinstance(value, Quantity):
        return written(value)
    if isinstance(value, BaseModel):
        defaults = {
            name: part.get_default(call_default_factory=True) for name, part in type(value).model_fields.items()
        }
        stated = {name: getattr(value, name) for name in defaults}
        return {name: plain(part, depth + 1) for name, part in stated.items() if part != defaults[name]}
    if isinstance(value, datetime):
        return value.date().isoformat() if value == value else None  # NaT is no day
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {plain(key, depth + 1): plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner, depth + 1) for inner in value]
    return plain(value.tolist(), depth + 1) if hasattr(value, "tolist") else value


def sources_by_key(sources: Any) -> dict[str, Any]:
    """Sources by the key under which numbers cite them, as plain data."""
    if sources is not None and not isinstance(sources, Mapping):
        raise fail("sources", f"{sources!r:.60} is no mapping", "each Source by its key")
    return {str(key): plain(source) for key, source in (sources or {}).items()}


@dataclass
class Citing:
    """Who says what: free texts and sources by the keys under which numbers cite them."""

    sources: dict[str, Any]
    source: Cited | Sequence[Cited] | None = None
    grade: Grade = "D"

    def keys(self, cited: Any) -> list[str]:
        """The keys of one source or several; a text that is no key becomes a source of that title."""
        if isinstance(cited, (list, tuple)) and cited:
            return [key for one in cited for key in self.keys("" if one is None else one)]
        if cited is None:
            return self.keys(TYPED if self.source is None else self.source)
        if isinstance(cited, str):
            if cited in self.sources:
                return [cited]
            link = {"url": cited} if cited.startswith(("http://", "https://")) else {}
            cited = {"title": cited, "kind": "user", **link}
        data = plain(cited)
        if not isinstance(data, dict):
            raise fail("source", f"{cited!r:.60} is none", "a text or a Source")
        name = slug(str(data.get("title") or "source"))[:40].strip("-") or "source"
        names = (name, *(f"{name}-{n}" for n in range(2, len(self.sources) + 3)))
        key = next(n for n in names if self.sources.get(n, data) == data)
        self.sources[key] = data
        return [key]

    def quantity(self, value: Any, cited: Any = None, grade: Grade | None = None) -> Any:
        """A number, `(low, high)`, `(low, median, high)`, words, a mapping or a `Quantity`, with source and grade."""
        value = plain(value)
        ends: dict[int, tuple[str, ...]] = {2: ("low", "high"), 3: ("low", "median", "high")}
        if isinstance(value, str):
            stated = {
                key: part for key, part in typed_quantity(value.strip()).items() if key not in ("source", "grade")
            }
        elif isinstance(value, list) and len(value) in ends:
            stated = dict(zip(ends[len(value)], value, strict=True))
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            stated = {"value": value}
        elif isinstance(value, dict):
            stated = value
        else:
            return value
        keys = self.keys(stated.get("source", cited))
        cites = {
            "source": keys[0] if len(keys) == 1 else keys,
            "grade": stated.get("grade", self.grade if grade is None else grade),
        }
        return {**stated, **cites}

    def record(self, kind: type[BaseModel], value: Any, cited: Any = None, grade: Grade | None = None) -> Any:
        """Plain data of a record, in which a bare number or text that is a quantity there cites who says so.

        `source` and `grade` beside the fields hold for all numbers of the record that say nothing else.
        """
        if not isinstance(value, Mapping):
            return plain(value)
        data = dict(value)
        known = kind.model_fields
        cited = data.pop("source", cited) if "source" not in known else cited
        grade = data.pop("grade", grade) if "grade" not in known else grade
        into: Callable[[Any], Any] = lambda number: self.quantity(number, cited, grade)  # noqa: E731
        inner: Callable[[type[BaseModel], Any], Any] = lambda of, part: self.record(of, part, cited, grade)  # noqa: E731
        return {
            str(key): _filled(known[key].annotation, part, into, inner) if key in known else plain(part)
            for key, part in data.items()
        }


def _filled(kind: Any, value: Any, quantity: Callable[[Any], Any], record: Callable[[Any, Any], Any]) -> Any:
    """A value with its quantities and records filled, as far as a field of this kind holds any."""
    if value is None or not _holds(kind):
        return plain(value)
    if inspect.isclass(kind):
        return quantity(value) if issubclass(kind, Quantity) else record(kind, value)
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin is dict and isinstance(value, Mapping):
        return {str(key): _filled(inside[1], part, quantity, record) for key, part in value.items()}
    if origin is tuple and isinstance(value, (list, tuple)):
        return [_filled(inside[0], part, quantity, record) for part in value]
    if origin in (typing.Union, types.UnionType, typing.Annotated):
        return _filled(next(one for one in inside if _holds(one)), value, quantity, record)
    return plain(value)


def _holds(kind: Any) -> bool:
    """Whether a field of this kind holds a record."""
    if inspect.isclass(kind) and not typing.get_args(kind):
        return issubclass(kind, BaseModel)
    return any(map(_holds, typing.get_args(kind)))


def scenario_data(
    name: str, as_of: Day | None, lots: Iterable[Lot | Mapping[str, Any]], citing: Citing, specs: Specs, *,
    owners: Any = (), sites: Any = (), chips: Any = (), assumptions: Mapping[str, Stated], id_: str | None = None,
) -> tuple[dict[str, Any], dict[str, str], list[str]]:  # fmt: skip
    """What the file of a scenario in plain values holds, which argument each of its places is, and what was taken.

    Raises `InputError` with what is wrong in an argument by itself.
    """
    _texts({"name": name, "id": id_})
    if not name:
        raise fail("name", "is missing", "what the scenario is called")
    if not isinstance(assumptions, Mapping):
        raise fail("assumptions", f"{assumptions!r:.60} is no mapping", "numbers by name")
    sheets: dict[str, Any] = {}
    for index, chip in enumerate(_listed(chips, "chips", (Chip, Mapping))):
        sheets |= _sheet(chip, citing, f"chips[{index}]")
    firms = {owner_id(key): {"name": key, **data} for key, data in _by_name(Owner, owners, "owners", citing)}
    halls = {key: {"name": key, **data} for key, data in _by_name(Site, sites, "sites", citing)}
    whole: dict[str, Any] = {"lots": {}, "counted": []}
    arguments: dict[str, str] = {}
    notes: list[str] = []
    faults: list[Fault] = []
    for index, item in enumerate(_listed(lots, "lots", (Lot, Mapping))):
        label = f"lots[{index}]"
        lot = _lot(item, label)
        key = lot.id or f"lot-{index + 1}"
        if key in whole["lots"]:
            raise fail(f"{label}.id", f"{key!r} is the id of another lot", "each once")
        for chip in lot.chip:
            sheets |= _own(chip, citing, label, specs) if isinstance(chip, Chip) else {}
        try:
            stated = _stated(lot, label, citing, {"chips": sheets, "sites": halls}, specs, notes)
        except InputError as error:
            faults += error.faults
            continue
        firms |= {owner_id(owner): {"name": owner} for owner in lot.owners if owner_id(owner) not in firms}
        whole["lots"][key] = stated if as_of is None else {"date": plain(as_of), **stated}
        whole["counted"] += [key] if lot.counted else []
        arguments |= {f"lots.{key}.count.{part}": f"{label}.{part}" for part in ("source", "grade", "of")}
        arguments |= {f"lots.{key}.count": f"{label}.amount", f"lots.{key}": label}
    if faults:
        raise InputError(faults)
    if not whole["lots"]:
        raise fail("lots", "none is given", "one Lot or more")
    days = [str(lot["date"]) for lot in whole["lots"].values() if lot.get("date")]
    data = {
        "id": id_ or slug(name)[:80].strip("-"), "name": name, "as_of": plain(as_of) or max(days, default=None),
        "owners": firms, "sites": halls, "chips": sheets, **whole,
        "assumptions": {key: citing.quantity(value) for key, value in assumptions.items()}, "sources": citing.sources,
    }  # fmt: skip
    return {key: value for key, value in data.items() if value not in ({}, None)}, arguments, notes


def told(fault: Fault, arguments: Mapping[str, str], call: str) -> Fault:
    """A fault at a place of the data, told of the Python argument that stands there.

    >>> print(told(Fault("", None, None, "lots.lot-1.count.value", "-5 is below zero"), {"lots.lot-1": "lots[0]"}, "f"))
    lots[0].count.value: -5 is below zero
    """
    place = fault.place
    for start, argument in arguments.items():
        if place == start or place.startswith(start + "."):
            place = argument + place.removeprefix(start)
            break
    return Fault(place or fault.file or call, None, None, "", fault.what, fault.allowed)


def _texts(values: Mapping[str, Any]) -> None:
    """Refuse what is no text, of arguments by name that are one or None."""
    wrong = {label: value for label, value in values.items() if not isinstance(value, (str, type(None)))}
    if wrong:
        raise InputError(Fault(label, None, None, "", f"{value!r:.60} is no text") for label, value in wrong.items())


def _listed(values: Any, label: str, kinds: tuple[type, ...]) -> list[Any]:
    """Several things of a kind, in a list or alone."""
    items = [values] if isinstance(values, kinds) and not isinstance(values, str) else values
    if isinstance(items, (str, bytes)) or not isinstance(items, Iterable):
        raise fail(label, f"{items!r:.60} is no list", "a list")
    items = list(items)
    for index, item in enumerate(items):
        if not isinstance(item, kinds):
            raise fail(f"{label}[{index}]", f"{item!r:.60} is none", " or ".join(kind.__name__ for kind in kinds))
    return items


def _by_name(
    kind: type[BaseModel], values: Any, label: str, citing: Citing
) -> Iterator[tuple[str, dict[str, Any]]]:  # fmt: skip
    """Owners or sites by name with what is stated of each: a mapping, names alone, or records that have an id."""
    if not isinstance(values, Mapping):
        names = _listed(values, label, (str, kind))
        values = {item if isinstance(item, str) else getattr(item, "id", None) or item.name: item for item in names}
    for name, stated in values.items():
        if stated is not None and not isinstance(stated, (str, Mapping, kind)):
            raise fail(f"{label}.{name}", f"{stated!r:.60} says nothing of it", f"a mapping or a {kind.__name__}")
        yield str(name), {} if stated is None or isinstance(stated, str) else citing.record(kind, stated)


def _sheet(chip: Any, citing: Citing, label: str) -> dict[str, Any]:
    """A chip of one's own by its id."""
    data = citing.record(Chip, chip)
    key = str(data.get("id") or slug(str(data.get("name") or label)))
    return {key: {**data, "id": key}}


def _own(chip: Chip, citing: Citing, label: str, specs: Specs) -> dict[str, Any]:
    """The sheet of a lot's own chip; nothing where it is the library's, which is named and not copied."""
    path = specs.path("chips", chip.id)
    return {} if path and read_part(path, Chip, specs) == chip else _sheet(chip, citing, label)


def _lot(item: Lot | Mapping[str, Any], label: str) -> Lot:
    """A lot, or one in a mapping whose keys are those of `Lot`, with texts where these are meant."""
    if isinstance(item, Lot):
        texts = {part.name: getattr(item, part.name) for part in fields(Lot) if part.type in ("str", "str | None")}
        texts |= {f"owners[{n}]": owner for n, owner in enumerate(_listed(item.owners, f"{label}.owners", (str,)))}
        chips = [item.chip] if isinstance(item.chip, str) else _listed(item.chip, f"{label}.chip", (str, Chip))
        if not chips:
            raise fail(f"{label}.chip", "is missing", "an id, a name or a Chip")
        if not isinstance(item.shares, Mapping):
            raise fail(f"{label}.shares", f"{item.shares!r:.60} is no mapping", "a share by owner")
        if not isinstance(item.counted, bool):
            raise fail(f"{label}.counted", f"{item.counted!r:.60} is neither", "True or False")
        texts |= {f"shares.{owner}": owner for owner in item.shares}
        _texts({f"{label}.{key}": text for key, text in texts.items()})
        return replace(item, chip=chips)
    names = [part.name for part in fields(Lot)]
    unknown = [str(key) for key in item if key not in names]
    missing = [name for name in ("chip", "amount", "stage") if name not in item]
    faults = [
        Fault(f"{label}.{key}", None, None, "", f"unknown key {key!r}", did_you_mean(key, names)) for key in unknown
    ]
    faults += [Fault(f"{label}.{name}", None, None, "", f"{name} is missing") for name in missing]
    if faults:
        raise InputError(faults)
    return _lot(Lot(**item), label)


def _stated(
    lot: Lot, label: str, citing: Citing, own: Mapping[str, Mapping[str, Any]], specs: Specs, notes: list[str]
) -> dict[str, Any]:  # fmt: skip
    """A lot's fields as the file holds them; `own` are chips and sites of the scenario, `notes` what was taken."""
    held = None
    chips: list[str] = []
    for chip in cast("Sequence[str | Chip]", lot.chip):  # several by now, see `Scenario.build`
        name = chip.id if isinstance(chip, Chip) else chip
        meant, system, taken = (
            ((name,), None, ()) if name in own["chips"] else meant_chips(name, specs, f"{label}.chip")
        )
        chips += meant
        held = held or system
        notes += taken
    apart = ("source", "grade", "of", "amount", "id", "counted", "chip")
    values = {part.name: plain(getattr(lot, part.name)) for part in fields(Lot) if part.name not in apart}
    amount = citing.quantity(lot.amount, lot.source, lot.grade)
    if held and not lot.of and isinstance(amount, dict) and is_bare(amount, load_vocabulary(specs)):
        amount = {**amount, "unit": "systems"}
    values |= {
        **({"chips": chips} if chips[1:] else {"chip": chips[0]}),
        "count": {**amount, "of": lot.of} if lot.of and isinstance(amount, dict) else amount,
        "system": find_part(("systems",), lot.system, specs, f"{label}.system")[1] if lot.system else held,
        "owners": [owner_id(owner) for owner in lot.owners],
        "shares": {owner_id(owner): share for owner, share in lot.shares.items()},
    }
    if lot.site and lot.site not in own["sites"]:
        values["site"] = find_part(("sites",), lot.site, specs, f"{label}.site")[1]
    stated = {key: value for key, value in values.items() if value not in (None, [], {})}
    return dict(citing.record(LotRecord, stated, lot.source, lot.grade))
