"""Files in: the only room that opens a file to read it, and the door where wrong input is met."""

from __future__ import annotations

import functools
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from capacity.chip import Chip
from capacity.document import LARGEST, Document, parse
from capacity.errors import Fault, InputError, did_you_mean, fail
from capacity.hedges import HedgeTable
from capacity.quantity import Quantity, bounds
from capacity.scenario import Assumptions, Scenario, ScenarioFile
from capacity.source import Record
from capacity.system import System

DEFAULT_SCENARIO = "h200-china-2026-01"
REFERENCE_CHIP = "h100-sxm"

_R = TypeVar("_R", bound=BaseModel)


# --- finding files ---------------------------------------------------------------------------


@functools.cache
def built_in_specs() -> Path:
    """The folder of the specs that ship with the package, in a wheel or in a checkout."""
    here = Path(__file__).resolve().parent
    inside = here / "specs"
    return inside if inside.is_dir() else here.parent / "specs"


@dataclass(frozen=True, slots=True)
class Specs:
    """The folders in which specs are looked for, the user's first."""

    folders: tuple[Path, ...] = ()

    @property
    def roots(self) -> tuple[Path, ...]:
        """The user's folders, then the built-in one."""
        return (*self.folders, built_in_specs())

    def ids(self, kind: str) -> list[str]:
        """The ids of all parts of one kind (`chips`, `systems`, `scenarios`)."""
        return sorted({path.stem for root in self.roots for path in (root / kind).glob("*.yaml")})

    def path(self, kind: str, name: str) -> Path | None:
        """The file of one part, the user's own before the built-in one."""
        if "/" in name or "\\" in name or name.startswith("."):
            return None
        found = (root / kind / f"{name}.yaml" for root in self.roots)
        return next((path for path in found if path.is_file()), None)

    def is_users(self, path: Path) -> bool:
        """True when a file comes from a folder that the user gave."""
        return built_in_specs() not in path.parents


def open_specs(folder: str | Path | None) -> Specs:
    """The built-in specs with the user's folder before them; `InputError` where it is no folder."""
    if folder is None:
        return Specs()
    path = Path(folder)
    if not path.is_dir():
        raise fail("--specs", f"no such folder: {folder}", "a folder with chips/, systems/ or scenarios/")
    return Specs((path.resolve(),))


# --- reading one file ------------------------------------------------------------------------


def read_text(path: Path) -> str:
    """The text of a file, or an `InputError` that says in one line why it cannot be read."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except IsADirectoryError:
        raise fail(str(path), "is a folder", "a file") from None
    except FileNotFoundError:
        raise fail(str(path), "no such file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise fail(str(path), f"cannot be read: {reason}") from None
    if len(raw) > LARGEST:
        raise fail(str(path), "the file is too large", f"at most {LARGEST // 1_000_000} MB")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        column = error.start - raw[: error.start].rfind(b"\n")
        raise InputError([Fault(str(path), line, column, "", "is not UTF-8", "UTF-8 text")]) from None
    if not text.strip():
        raise InputError([Fault(str(path), 1, 1, "", "the file is empty")])
    return text


def read_document(path: Path) -> Document:
    """A YAML file as data with positions."""
    return parse(read_text(path), str(path))


def validated(document: Document, record: type[_R]) -> _R:
    """The record in a document; all its faults at once where it is wrong."""
    if not isinstance(document.data, dict):
        document.faults.append(document.fault((), "does not hold `key: value` pairs", "a mapping"))
        raise InputError(document.faults)
    try:
        found = record.model_validate(document.data, context={"hedges": load_hedges})
    except ValidationError as error:
        raise InputError([*document.faults, *_faults(document, record, error)]) from None
    if document.faults:
        raise InputError(document.faults)
    return found


def _faults(document: Document, record: type[BaseModel], error: ValidationError) -> Iterator[Fault]:
    for item in error.errors(include_url=False, include_context=True):
        loc = _real(item["loc"], document.data)
        kind, message = item["type"], item["msg"]
        if kind == "extra_forbidden":
            known = _fields(record, loc[:-1])
            yield document.fault(loc, f"unknown key {loc[-1]!r}", did_you_mean(str(loc[-1]), known))
        elif kind == "missing":
            yield document.fault(loc, f"{loc[-1]} is missing")
        elif kind == "value_error":
            what, _, allowed = message.removeprefix("Value error, ").partition(" (")
            yield document.fault(loc, what, allowed.removesuffix(")"))
        else:
            given = item["input"]
            shown = "" if isinstance(given, (dict, list, tuple)) else f"{str(given)[:60]!r}: "
            yield document.fault(loc, shown + message[0].lower() + message[1:])


def _real(loc: tuple[int | str, ...], data: Any) -> tuple[int | str, ...]:
    """The part of pydantic's location that stands in the data (its own labels left out)."""
    path: list[int | str] = []
    for index, key in enumerate(loc):
        if key == "[key]":
            break
        inside = (isinstance(data, dict) and key in data) or (isinstance(data, list) and isinstance(key, int))
        if inside:
            data = data[key]
            path.append(key)
        elif index == len(loc) - 1 and isinstance(data, dict) and isinstance(key, str):
            path.append(key)
    return tuple(path)


def _fields(record: Any, loc: Sequence[int | str]) -> list[str]:
    """The keys that a record knows at a place within it."""
    for key in loc:
        fields = record.model_fields if _is_record(record) else {}
        record = _inner(fields[key].annotation) if key in fields else record
    return list(record.model_fields) if _is_record(record) else []


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _inner(kind: Any) -> Any:
    """The record inside `dict[str, X]`, `tuple[X, ...]`, `X | None`."""
    if _is_record(kind):
        return kind
    return next((r for r in map(_inner, typing.get_args(kind)) if _is_record(r)), None)


# --- the parts -------------------------------------------------------------------------------


def _load_part(kind: str, name: str, record: type[_R], specs: Specs) -> _R:
    path = specs.path(kind, name)
    if path is None:
        raise fail(kind.removesuffix("s"), f"unknown id {name!r}", did_you_mean(name, specs.ids(kind)))
    return _read_part(path, record)


def _read_part(path: Path, record: type[_R]) -> _R:
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
    faults = list(_source_faults(document, part, ()))
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


def load_assumptions(specs: Specs | None = None) -> Assumptions:
    """Every default parameter of the model, and the profiles."""
    roots = (specs or Specs()).roots
    path = next(p for p in (root / "assumptions.yaml" for root in roots) if p.is_file())
    return _read_part(path, Assumptions)


@functools.cache
def load_hedges() -> HedgeTable:
    """The table of hedge words."""
    return validated(read_document(built_in_specs() / "hedges.yaml"), HedgeTable)


# --- a scenario with all that it names -------------------------------------------------------


def scenario_document(name: str | Path, specs: Specs) -> Document:
    """The document of a built-in scenario's id, or of a path."""
    path = specs.path("scenarios", str(name)) or Path(name)
    looks_like_path = path.suffix or "/" in str(name) or path.exists()
    if not looks_like_path:
        raise fail("scenario", f"unknown id {str(name)!r}", did_you_mean(str(name), specs.ids("scenarios")))
    return read_report(path) if path.suffix.lower() in (".html", ".htm") else read_document(path)


EMBEDDED = '<script type="application/json" id="capacity-scenario">'


def read_report(path: Path) -> Document:
    """The scenario that a saved report holds, its places counted in the lines of the report."""
    text = read_text(path)
    before, found, rest = text.partition(EMBEDDED)
    inside, end, _ = rest.partition("</script>")
    if not (found and end):
        raise fail(str(path), "holds no scenario", "a report written by capacity report")
    return parse("\n" * before.count("\n") + inside, str(path))


def load_scenario(name: str | Path = DEFAULT_SCENARIO, *, specs: str | Path | Specs | None = None) -> Scenario:
    """The scenario of a built-in id or a YAML file, joined with every chip and assumption it needs.

    Raises `InputError`, which holds all faults of the file at once.

    >>> load_scenario("h200-china-2026-01").file.counted
    ('approved',)
    """
    found = specs if isinstance(specs, Specs) else open_specs(specs)
    return join_scenario(scenario_document(name, found), found)


def join_scenario(document: Document, specs: Specs, commanded: Mapping[str, str] | None = None) -> Scenario:
    """The scenario in a document, with what it names loaded; `commanded`: place → the option that set it."""
    labels = dict(commanded or {})
    try:
        file = validated(document, ScenarioFile)
        return _join(document, file, specs, frozenset(labels))
    except InputError as error:
        raise InputError(_relabelled(fault, labels) for fault in error.faults) from None


def _relabelled(fault: Fault, labels: Mapping[str, str]) -> Fault:
    """A fault at a place that was typed on the command line names the option instead of a line."""
    for place, option in labels.items():
        if fault.place == place or fault.place.startswith(place + "."):
            return Fault(option, None, None, place, fault.what, fault.allowed)
    return fault


def _join(document: Document, file: ScenarioFile, specs: Specs, commanded: frozenset[str]) -> Scenario:
    defaults = load_assumptions(specs)
    faults = [
        *_source_faults(document, file, ()),
        *_owner_faults(document, file, defaults),
        *_relation_faults(document, file),
        *_assumption_faults(document, file.assumptions, defaults, ("assumptions",), {*file.owners, "unknown"}),
    ]
    chips: dict[str, Chip] = {}
    systems: dict[str, System] = {}
    for name, lot in file.lots.items():
        chip = _referred(document, ("lots", name, "chip"), "chips", lot.chip, Chip, specs, chips, faults)
        system = lot.system or (chip.system if chip else None)
        if system:
            holder = _referred(document, ("lots", name, "system"), "systems", system, System, specs, systems, faults)
            if holder and chip and holder.chip != chip.id and chip.system != holder.id:
                faults.append(document.fault(("lots", name, "system"), f"{system} holds {holder.chip}", lot.chip))
    for system_id, part in systems.items():
        faults += _assumption_faults(
            Document(f"systems/{system_id}"), part.assumptions, defaults, ("assumptions",), set()
        )
    faults += _set_faults(document, file, chips)
    if faults:
        raise InputError(faults)
    if REFERENCE_CHIP not in chips:
        chips[REFERENCE_CHIP] = load_chip(REFERENCE_CHIP, specs)
    return Scenario(
        file, chips, systems, defaults, REFERENCE_CHIP, commanded,
        tuple(_notes(file, chips, systems, specs)), document.data,
    )  # fmt: skip


def _referred(
    document: Document, path: tuple[str, ...], kind: str, name: str, record: type[_R],
    specs: Specs, found: dict[str, _R], faults: list[Fault],
) -> _R | None:  # fmt: skip
    """The part that a scenario names, read once; its faults are added to those of the scenario."""
    if name not in found:
        file = specs.path(kind, name)
        if file is None:
            what = f"unknown {kind.removesuffix('s')} {name!r}"
            faults.append(document.fault(path, what, did_you_mean(name, specs.ids(kind))))
            return None
        try:
            found[name] = _read_part(file, record)
        except InputError as error:
            faults.extend(error.faults)
            return None
    return found[name]


def quantities(record: BaseModel, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Quantity]]:
    """Every quantity inside a record with its place."""
    for name in type(record).model_fields:
        yield from _quantities_in(getattr(record, name), (*path, name))


def _quantities_in(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Quantity]]:
    if isinstance(value, Quantity):
        yield path, value
    elif isinstance(value, BaseModel):
        yield from quantities(value, path)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _quantities_in(inner, (*path, key))
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from _quantities_in(inner, (*path, index))


def _source_faults(document: Document, part: BaseModel, path: tuple[str, ...]) -> Iterator[Fault]:
    known = getattr(part, "sources", {})
    for place, quantity in quantities(part, path):
        cited: list[tuple[tuple[str | int, ...], str]] = [(("source",), key) for key in quantity.source]
        for index, dispute in enumerate(quantity.disputed):
            cited += [(("disputed", index, "source"), key) for key in dispute.source]
        for inner, key in cited:
            if key not in known:
                yield document.fault((*place, *inner), f"unknown source {key!r}", did_you_mean(key, known))


def _owner_faults(document: Document, file: ScenarioFile, defaults: Assumptions) -> Iterator[Fault]:
    for name, lot in file.lots.items():
        for index, owner in enumerate(lot.owners):
            if owner not in file.owners:
                advice = did_you_mean(owner, file.owners)
                yield document.fault(("lots", name, "owners", index), f"unknown owner {owner!r}", advice)
        if lot.site and lot.site not in file.sites:
            path = ("lots", name, "site")
            yield document.fault(path, f"unknown site {lot.site!r}", did_you_mean(lot.site, file.sites))
    for kind, holders in (("owners", file.owners), ("sites", file.sites)):
        for name, holder in holders.items():
            profile = holder.profile
            if profile and profile not in defaults.profiles:
                what = f"unknown profile {profile!r}"
                yield document.fault((kind, name, "profile"), what, did_you_mean(profile, defaults.profiles))


def _relation_faults(document: Document, file: ScenarioFile) -> Iterator[Fault]:
    counted = set(file.counted)
    for index, name in enumerate(file.counted):
        if name not in file.lots:
            yield document.fault(("counted", index), f"unknown lot {name!r}", did_you_mean(name, file.lots))
        elif file.counted.index(name) != index:
            yield document.fault(("counted", index), f"lot {name!r} is counted twice", "once")
    for name, lot in file.lots.items():
        for relation in ("part_of", "same_as", "replaces"):
            other = getattr(lot, relation)
            path = ("lots", name, relation)
            if other == name:
                yield document.fault(path, "a lot cannot relate to itself")
            elif other and other not in file.lots:
                yield document.fault(path, f"unknown lot {other!r}", did_you_mean(other, file.lots))
            elif other and other in counted and name in counted:
                words = relation.replace("_", " ")
                yield document.fault(path, f"both lots are counted, though {name} is {words} {other}", "count one")


def _assumption_faults(
    document: Document, stated: Mapping[str, Quantity], defaults: Assumptions,
    path: tuple[str, ...], owners: set[str],
) -> Iterator[Fault]:  # fmt: skip
    for key, quantity in stated.items():
        name, at, owner = key.partition("@")
        known = defaults.assumptions.get(name)
        if known is None:
            yield document.fault((*path, key), f"unknown assumption {name!r}", did_you_mean(name, defaults.assumptions))
        elif at and owner not in owners:
            yield document.fault((*path, key), f"unknown owner {owner!r}", did_you_mean(owner, owners))
        else:
            try:
                quantity.within(known.floor, known.ceiling)
            except ValidationError:
                allowed = bounds(known.floor, known.ceiling)
                yield document.fault((*path, key), f"{quantity.stated} is out of range", allowed)


def _set_faults(document: Document, file: ScenarioFile, chips: Mapping[str, Chip]) -> Iterator[Fault]:
    for place in file.set:
        kind, _, rest = place.partition(".")
        chip, _, name = rest.partition(".")
        if kind != "chips" or chip not in chips:
            places = [f"chips.{c}.{f}" for c in chips for f in chips[c].figures()]
            yield document.fault(("set", place), f"unknown place {place!r}", did_you_mean(place, places))
        elif name not in chips[chip].figures():
            known = [f"chips.{chip}.{f}" for f in chips[chip].figures()]
            yield document.fault(("set", place), f"unknown place {place!r}", did_you_mean(place, known))


def _notes(file: ScenarioFile, chips: Mapping[str, Chip], systems: Mapping[str, System], specs: Specs) -> Iterator[str]:
    for name, lot in file.lots.items():
        if lot.date > file.as_of:
            yield f"lot {name} is dated {lot.date}, after the as_of {file.as_of}: it could not be known then"
    for key, source in file.sources.items():
        if source.published and source.published > file.as_of.isoformat()[: len(source.published)]:
            yield f"source {key} was published {source.published}, after the scenario's as_of {file.as_of}"
    for kind, parts in (("chips", chips), ("systems", systems)):
        for part in parts:
            path = specs.path(kind, part)
            if path and specs.is_users(path):
                yield f"{kind.removesuffix('s')} {part} is read from {path}"


# --- scenarios made on the command line ------------------------------------------------------


def typed_quantity(text: str, source: str = "command-line") -> dict[str, Any]:
    """A number as typed: `1.2`, `1.1..1.3` (5 % and 95 % points) or a reporter's words.

    >>> typed_quantity("1.1..1.3")
    {'low': 1.1, 'high': 1.3, 'source': 'command-line', 'grade': 'D'}
    """
    low, dots, high = text.partition("..")
    cited = {"source": source, "grade": "D"}
    try:
        if dots:
            return {"low": float(low), "high": float(high), **cited}
        return {"value": float(text), **cited}
    except ValueError:
        return {"says": text, **cited}


def set_place(document: Document, place: str, quantity: dict[str, Any]) -> None:
    """Write a typed quantity into a scenario's document at a place, as if its file had said so."""
    data = document.data
    kind, _, rest = place.partition(".")
    lots = data.get("lots") if isinstance(data.get("lots"), dict) else {}
    if kind == "assumptions" and rest:
        data["assumptions"] = {**(data.get("assumptions") or {}), rest: quantity}
        return
    if kind == "chips" and rest:
        data["set"] = {**(data.get("set") or {}), place: quantity}
        return
    name, _, field = rest.partition(".")
    if kind == "lots" and name in lots and field == "count":
        lots[name]["count"] = quantity
        return
    if kind == "lots" and name in lots and field.startswith("shares."):
        owner = field.removeprefix("shares.")
        lots[name]["shares"] = {**(lots[name].get("shares") or {}), owner: quantity}
        return
    known = [f"lots.{lot}.count" for lot in lots]
    known += [f"lots.{lot}.shares.{owner}" for lot, body in lots.items() for owner in (body or {}).get("owners") or ()]
    known += [f"assumptions.{name}" for name in load_assumptions().assumptions]
    raise fail("--set", f"unknown place {place!r}", did_you_mean(place, known))


def commanded_document(document: Document, sets: Iterable[str], source: str | None) -> dict[str, str]:
    """Apply `PLACE=VALUE` settings to a document; the places they went to, each with its option."""
    labels: dict[str, str] = {}
    faults: list[Fault] = []
    for text in sets:
        place, equals, value = text.partition("=")
        if not equals or not place.strip() or not value.strip():
            faults.append(Fault("--set", None, None, "", f"{text!r} is no setting", "PLACE=VALUE"))
            continue
        try:
            set_place(document, place.strip(), typed_quantity(value.strip()))
            labels[place.strip()] = "--set"
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    if labels:
        cite_command_line(document, source)
    return labels


def cite_command_line(document: Document, source: str | None) -> None:
    """Name the source of what was typed."""
    title = source or "typed on the command line"
    sources = document.data.get("sources") or {}
    document.data["sources"] = {**sources, "command-line": {"title": title, "kind": "user"}}


def one_lot_document(chip: str, count: str, owners: Sequence[str], as_of: str, source: str | None) -> Document:
    """The scenario of one lot that was typed on the command line."""
    names = {_slug(name): name for name in owners}
    if len(names) != len(owners):
        raise fail("--owners", "an owner is listed twice", "each once")
    lot: dict[str, Any] = {
        "chip": chip, "stage": "approved", "date": as_of, "count": typed_quantity(count),
    }  # fmt: skip
    if names:
        lot["owners"] = list(names)
    data = {
        "id": _slug(f"{chip} {count}"),
        "name": f"{count} {chip}" + (f" for {', '.join(owners)}" if owners else ""),
        "as_of": as_of,
        "sources": {},
        "owners": {key: {"name": name} for key, name in names.items()},
        "lots": {"stated": lot},
        "counted": ["stated"],
    }
    document = Document("command line", data)
    cite_command_line(document, source)
    return document


def _slug(text: str) -> str:
    """A name as an id.

    >>> _slug("over 400,000 H200s"), _slug("字节")
    ('over-400-000-h200s', 'x5b57-8282')
    """
    import re

    plain = "".join(c if c.isascii() else f" {ord(c):x} " for c in text.lower())
    found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return found if text[:1].isascii() else f"x{found}"


# --- checking files --------------------------------------------------------------------------

RECORDS: dict[str, type[Record]] = {
    "chip": Chip, "system": System, "scenario": ScenarioFile, "assumptions": Assumptions,
}  # fmt: skip


def kind_of(document: Document) -> str:
    """What a file holds, told by the keys that only that kind has."""
    keys = document.data if isinstance(document.data, dict) else {}
    if "lots" in keys or "counted" in keys:
        return "scenario"
    if "assumptions" in keys and "id" not in keys:
        return "assumptions"
    return "system" if "chips" in keys or "rated_kw" in keys else "chip"


def validate_file(path: Path, specs: Specs) -> str:
    """Read a file as what it holds and return what that is; `InputError` holds all its faults."""
    document = read_document(path)
    kind = kind_of(document)
    if kind == "scenario":
        join_scenario(document, specs)
    else:
        _read_part(path, RECORDS[kind])
    return kind
