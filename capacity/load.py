"""Files in: the only room that opens a file to read it, and the door where wrong input is met."""

from __future__ import annotations

import functools
import importlib
import itertools
import os
import platform
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from capacity.chip import Chip
from capacity.document import LARGEST, Document, parse
from capacity.errors import MOST_FAULTS, Fault, InputError, did_you_mean, fail, too_many
from capacity.grid import CARBON_FACTORS, MARKETS, Grid, Price
from capacity.hedges import HedgeTable
from capacity.quantity import Quantity, bounds
from capacity.scenario import STAGES, Assumptions, Lot, Owner, Scenario, ScenarioFile
from capacity.site import Site
from capacity.source import Record
from capacity.system import System
from capacity.units import printed_units

if TYPE_CHECKING:
    from capacity.case import BadRow, Case
    from capacity.claim import Wordings
    from capacity.integrity import Integrity
    from capacity.ledger import Ledger
    from capacity.measurement import Measurement
    from capacity.reference import Comparators, Lines, Models
    from capacity.rule import Rule, Vendor
    from capacity.workload import Workloads

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
        path = next((path for path in found if path.is_file()), None)
        if path and self.is_users(path) and not any(path.resolve().is_relative_to(root) for root in self.roots):
            raise fail("--specs", f"{path} leads out of the folder", "files inside it")
        return path

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
    for part in (path, *(path / kind for kind in ("chips", "systems", "scenarios"))):
        if os.path.isdir(part) and not os.access(part, os.R_OK | os.X_OK):
            raise fail("--specs", f"{part} cannot be read: Permission denied")
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
        raise InputError([*document.faults, *_first(_faults(document, record, error), document.name)]) from None
    if document.faults:
        raise InputError(document.faults)
    return found


def _first(faults: Iterator[Fault], name: str) -> list[Fault]:
    """The first hundred faults; a file with more is told so, in a second and not in an hour."""
    found = list(itertools.islice(faults, MOST_FAULTS))
    if next(faults, None):
        found.append(too_many(name))
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


def load_ledgers(specs: Specs | None = None) -> list[Ledger]:
    """Every file of the ledger, by name: the predictions of versions gone by and of this one."""
    from capacity.ledger import Ledger

    roots = (specs or Specs()).roots
    paths = sorted((path for root in roots for path in (root / "ledger").glob("*.yaml")), key=lambda path: path.name)
    return [_read_part(path, Ledger) for path in paths]


def load_workloads(specs: Specs | None = None) -> Workloads:
    """What HPL, training, sites and claims make of chips: every parameter, and the chip families."""
    from capacity.workload import Workloads

    roots = (specs or Specs()).roots
    path = next(p for p in (root / "workloads.yaml" for root in roots) if p.is_file())
    return _read_part(path, Workloads)


@functools.cache
def load_hedges() -> HedgeTable:
    """The table of hedge words."""
    return validated(read_document(built_in_specs() / "hedges.yaml"), HedgeTable)


# --- measured cases ---------------------------------------------------------------------------


def load_cases(path: str | Path | None = None) -> tuple[list[Case], list[BadRow]]:
    """The cases of a CSV file (nothing: the shipped ones) in SI, and the rows that are none, each with the reason.

    Raises `InputError` where the file cannot be read or lacks a column.
    """
    import csv
    import io

    from capacity.case import NEEDED, BadRow, Case

    file = Path(path) if path is not None else built_in_specs() / "backtest" / "cases.csv"
    reader = csv.reader(io.StringIO(read_text(file), newline=""))
    cases: list[Case] = []
    bad: list[BadRow] = []
    try:
        head = [name.strip() for name in next(reader)]
        missing = [name for name in NEEDED if name not in head]
        if missing:
            raise InputError([Fault(str(file), 1, 1, "", f"no column {', '.join(missing)}", ", ".join(NEEDED))])
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            read = _case(dict(zip(head, (cell.strip() for cell in cells), strict=False)))
            if isinstance(read, Case):
                cases.append(read)
            else:
                bad.append(
                    BadRow(line=reader.line_num, case=cells[head.index("case")][:80] if cells else "", reason=read)
                )
    except csv.Error as error:
        raise InputError([Fault(str(file), reader.line_num, 1, "", f"not CSV: {error}")]) from None
    return cases, bad


def _case(row: dict[str, str]) -> Case | str:
    """The case in a row, or why it is none."""
    from capacity.case import METRICS, Case, si_factor

    known = {name: row[name] for name in Case.model_fields if row.get(name)}
    if row.get("metric") not in METRICS:
        return f"unknown metric {row.get('metric', '')!r} ({', '.join(METRICS)})"
    factor = si_factor(row["metric"], row.get("unit", ""))
    if factor is None:
        return f"unit {row['unit']!r} does not measure {row['metric']}"
    try:
        numbers = {name: float(known[name].replace("_", "x")) for name in ("value", "chips") if name in known}
    except ValueError:
        return "value or chips is not a number"
    if "value" in numbers:
        numbers["value"] *= factor
    try:
        return Case.model_validate({"case": "", "basis": "", **known, **numbers})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg'][0].lower()}{first['msg'][1:]}"


def load_models(specs: Specs | None = None) -> Models:
    """Reference models, thresholds in FLOP, and the bound on utilisation."""
    from capacity.reference import Models

    return _load_table("models.yaml", Models, specs)


def load_comparators(specs: Specs | None = None) -> Comparators:
    """What a fleet is compared with; every result that one names is on the page."""
    from capacity.reference import Comparators

    return _load_table("comparators.yaml", Comparators, specs)


def load_lines(specs: Specs | None = None) -> Lines:
    """Lines that export rules draw through the metrics of a chip, and caps on volume."""
    from capacity.reference import Lines

    return _load_table("lines.yaml", Lines, specs)


def load_wordings(specs: Specs | None = None) -> Wordings:
    """How readers take the wordings of claims."""
    from capacity.claim import Wordings

    return _load_table("claims.yaml", Wordings, specs)


def _load_table(name: str, record: type[_R], specs: Specs | None) -> _R:
    """A table of which there is one: the user's own before the built-in one."""
    roots = (specs or Specs()).roots
    return _read_part(next(p for p in (root / name for root in roots) if p.is_file()), record)


def load_rule(name: str, specs: Specs | None = None) -> Rule:
    """A rule of export control or trade by its id."""
    from capacity.rule import Rule

    return _load_part("rules", name, Rule, specs or Specs())


def load_rules(specs: Specs | None = None) -> list[Rule]:
    """Every rule, in the order in which they took effect."""
    found = specs or Specs()
    return sorted((load_rule(name, found) for name in found.ids("rules")), key=lambda r: (r.effective, r.id))


@functools.cache
def load_integrity() -> Integrity:
    """The rules that every chip's sheet must keep."""
    from capacity.integrity import Integrity

    return _read_part(built_in_specs() / "integrity.yaml", Integrity)


@functools.cache
def _built_in_vendors() -> dict[str, Vendor]:
    from capacity.rule import Vendors

    return validated(read_document(built_in_specs() / "vendors.yaml"), Vendors).vendors


def load_vendors(specs: Specs | None = None) -> dict[str, Vendor]:
    """The makers of chips by the name that the sheets use; a `vendors.yaml` of the user's adds to them."""
    from capacity.rule import Vendors

    found = dict(_built_in_vendors())
    for root in (specs or Specs()).folders:
        if (root / "vendors.yaml").is_file():
            found |= validated(read_document(root / "vendors.yaml"), Vendors).vendors
    return found


# --- finding a part by the name that people write --------------------------------------------

FINDABLE = ("chips", "systems", "scenarios", "rules", "sites", "grids")


def find_part(kinds: Sequence[str], text: str, specs: Specs, option: str, place: str = "") -> tuple[str, str]:
    """The kind and the id of the one part that a text names: its id, its name or one of its aliases.

    An id is found without reading a file. Raises `InputError`, for `option` and `place`, where no part or
    more than one bears the name.

    >>> find_part(("chips", "systems"), "NVIDIA H200 SXM5 141GB", Specs(), "show")
    ('chips', 'h200-sxm')
    """
    for kind in kinds:
        if specs.path(kind, text):
            return kind, text
    names = {(kind, id_): said for kind in kinds for id_, said in part_names(kind, specs).items()}
    found = _meant(text, names, specs)
    if len(found) == 1:
        return found[0]
    if found:
        raise fail(
            option, f"{text!r} names {len(found)} parts", f"one of: {', '.join(id_ for _, id_ in found)}", place=place
        )
    raise fail(option, f"unknown {_one_of(kinds)} {text!r}", _nearest(text, names, specs), place=place)


def with_chip_ids(text: str, specs: Specs, option: str) -> str:
    """A sentence with the names of chips in it turned into ids; `InputError` where one bears several.

    >>> with_chip_ids("NVIDIA H200 / H20 roughly 6", Specs(), "--claim")
    'h200-sxm / h20 roughly 6'
    """
    from capacity.finding import with_ids

    found, doubtful = with_ids(text, part_names("chips", specs), _makers(specs))
    for name, ids in doubtful.items():
        raise fail(option, f"{name!r} names {len(ids)} chips", f"one of: {', '.join(ids)}")
    return found


def _one_of(kinds: Sequence[str]) -> str:
    return kinds[0].removesuffix("s") if len(kinds) == 1 else "id"


def part_names(kind: str, specs: Specs) -> dict[str, list[str]]:
    """What each part of a kind is called: its id, its name and its aliases (every file is read)."""
    found: dict[str, list[str]] = {}
    for id_ in specs.ids(kind):
        path = specs.path(kind, id_)
        assert path is not None
        data = read_document(path).data
        said = data if isinstance(data, dict) else {}
        aliases = said.get("aliases")
        found[id_] = [id_, str(said.get("name", id_)), *(map(str, aliases) if isinstance(aliases, list) else ())]
    return found


_Names = Mapping[tuple[str, str], Sequence[str]]


def _makers(specs: Specs) -> list[str]:
    return [name for vendor in load_vendors(specs).values() for name in vendor.names]


def _meant(text: str, names: _Names, specs: Specs) -> list[tuple[str, str]]:
    from capacity.finding import meant

    by_id = {f"{kind}/{id_}": said for (kind, id_), said in names.items()}
    return [(kind, id_) for kind, _, id_ in (key.partition("/") for key in meant(text, by_id, _makers(specs)))]


def _nearest(text: str, names: _Names, specs: Specs) -> str:
    from capacity.finding import near

    found = near(text, {id_: said for (_, id_), said in names.items()}, _makers(specs))
    if not found:
        return did_you_mean(text, [id_ for _, id_ in names])
    return f"did you mean {', '.join(found[:-1])} or {found[-1]}?" if found[1:] else f"did you mean {found[0]}?"


def _advice(kind: str, text: str, specs: Specs) -> str:
    """What to write instead of an unknown id: the id that bears the name, or the nearest."""
    names = {(kind, id_): said for id_, said in part_names(kind, specs).items()}
    found = [id_ for _, id_ in _meant(text, names, specs)]
    if len(found) == 1:
        return f"here only ids: write {found[0]}"
    return f"here only ids: one of {', '.join(found)}" if found else _nearest(text, names, specs)


def load_measurements(specs: Specs, chip: str) -> dict[str, Measurement]:
    """The records in `specs/measurements/` that are of a chip, by file, the user's before the built-in ones."""
    record = record_of("measurement")
    paths = [path for root in specs.roots for path in sorted((root / "measurements").glob("*.yaml"))]
    records: dict[str, Any] = {path.name: _read_part(path, record) for path in reversed(paths)}
    return {name: records[name] for name in sorted(records) if records[name].chip == chip}


def processor_name() -> str:
    """The name of this machine's CPU as its system gives it."""
    try:
        lines = read_text(Path("/proc/cpuinfo")).splitlines()
    except InputError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine() or "unknown"


# --- a scenario with all that it names -------------------------------------------------------


def scenario_document(name: str | Path, specs: Specs) -> Document:
    """The document of a built-in scenario's id, or of a path."""
    path = specs.path("scenarios", str(name)) or Path(name)
    looks_like_path = path.suffix or "/" in str(name) or path.exists()
    if not looks_like_path:
        raise fail("scenario", f"unknown id {str(name)!r}", did_you_mean(str(name), specs.ids("scenarios")))
    if path.suffix.lower() in (".html", ".htm"):
        return read_report(path)
    return deals_document(path) if path.suffix.lower() == ".csv" else read_document(path)


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
        raise InputError(_relabelled(_with_id(fault, document, specs), labels) for fault in error.faults) from None


def _with_id(fault: Fault, document: Document, specs: Specs) -> Fault:
    """A fault at a lot's chip or system that is a name instead of an id says which id is meant."""
    lot, _, field = fault.place.removeprefix("lots.").rpartition(".")
    if not fault.place.startswith("lots.") or field not in ("chip", "system") or "match pattern" not in fault.what:
        return fault
    text = str(document.data["lots"][lot][field])
    return replace(fault, what=f"unknown {field} {text!r}", allowed=_advice(f"{field}s", text, specs))


def _relabelled(fault: Fault, labels: Mapping[str, str]) -> Fault:
    """A fault at a place that was typed on the command line names the option instead of a line."""
    for place, option in labels.items():
        if fault.place == place or fault.place.startswith(place + "."):
            return Fault(option, None, None, place, fault.what, fault.allowed)
    return fault


def _join(document: Document, file: ScenarioFile, specs: Specs, commanded: frozenset[str]) -> Scenario:
    defaults = load_assumptions(specs)
    stated = itertools.chain(
        _source_faults(document, file, ()),
        _claim_source_faults(document, file),
        _owner_faults(document, file, defaults, specs),
        _relation_faults(document, file),
        _assumption_faults(document, file.assumptions, defaults, ("assumptions",), {*file.owners, "unknown"}),
    )
    faults = _first(stated, document.name)
    chips: dict[str, Chip] = {}
    systems: dict[str, System] = {}
    for name, lot in file.lots.items():
        if len(faults) > MOST_FAULTS:
            break
        chip = _referred(document, ("lots", name, "chip"), "chips", lot.chip, Chip, specs, chips, faults)
        system = lot.system or (chip.system if chip else None)
        if system:
            holder = _referred(document, ("lots", name, "system"), "systems", system, System, specs, systems, faults)
            if holder and chip and holder.chip != chip.id and chip.system != holder.id:
                faults.append(document.fault(("lots", name, "system"), f"{system} holds {holder.chip}", lot.chip))
    sites = _sites(document, file, specs, defaults, faults)
    for system_id, part in systems.items():
        faults += _assumption_faults(
            Document(f"systems/{system_id}"), part.assumptions, defaults, ("assumptions",), set()
        )
    prices = {name: _read_part(path, Price) for name in chips if (path := specs.path("prices", name))}
    faults += _first(_set_faults(document, file, chips, specs), document.name)
    if faults:
        raise InputError(faults)
    if REFERENCE_CHIP not in chips:
        chips[REFERENCE_CHIP] = load_chip(REFERENCE_CHIP, specs)
    bare = Scenario(
        file, chips, systems, defaults, REFERENCE_CHIP, commanded,
        tuple(_notes(file, chips, systems, specs)), document.data, sites, {}, prices,
    )  # fmt: skip
    return replace(bare, grids=_grids(bare, specs))


def _sites(
    document: Document, file: ScenarioFile, specs: Specs, defaults: Assumptions, faults: list[Fault]
) -> dict[str, Site]:
    """The sites of a scenario: those it defines, which cite its sources, and the built-in ones that its lots name."""
    found = {name: site.model_copy(update={"sources": file.sources}) for name, site in file.sites.items()}
    for name, site in file.sites.items():
        faults += _assumption_faults(document, site.assumptions, defaults, ("sites", name, "assumptions"), set())
    for name, lot in file.lots.items():
        if not lot.site or lot.site in found:
            continue
        path = ("lots", name, "site")
        if specs.path("sites", lot.site) is None:
            advice = did_you_mean(lot.site, [*file.sites, *specs.ids("sites")])
            faults.append(document.fault(path, f"unknown site {lot.site!r}", advice))
            continue
        built_in = _referred(document, path, "sites", lot.site, Site, specs, found, faults)
        if built_in:
            faults += _site_faults(Document(f"sites/{lot.site}"), built_in, defaults, specs)
    return found


def _grids(scenario: Scenario, specs: Specs) -> dict[str, Grid]:
    """The grids that a scenario's cells stand on, and the larger ones that these lie within."""
    found: dict[str, Grid] = {}
    asked = [scenario.region(cell) for cell in scenario.kinds[0]]
    while asked:
        name = asked.pop()
        if name not in found:
            found[name] = load_grid(name, specs)
            parent = found[name].within
            asked += [parent] if parent else []
            faults = list(_grid_faults(Document(f"grids/{name}"), found[name], scenario.defaults, specs))
            if faults:
                raise InputError(faults)
    return found


def _referred(
    document: Document, path: tuple[str, ...], kind: str, name: str, record: type[_R],
    specs: Specs, found: dict[str, _R], faults: list[Fault],
) -> _R | None:  # fmt: skip
    """The part that a scenario names, read once; its faults are added to those of the scenario."""
    if name not in found:
        file = specs.path(kind, name)
        if file is None:
            what = f"unknown {kind.removesuffix('s')} {name!r}"
            few = len(faults) < 3  # reading every alias for each of a hundred faults would take seconds
            advice = _advice(kind, name, specs) if few else did_you_mean(name, specs.ids(kind))
            faults.append(document.fault(path, what, advice))
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
        cites = [known[key].kind for key in quantity.source if key in known]
        if quantity.grade != "D" and (quantity.kind == "memory" or (cites and set(cites) == {"memory"})):
            yield document.fault((*place, "grade"), f"grade {quantity.grade} for a figure from memory", "D")


def _claim_source_faults(document: Document, file: ScenarioFile) -> Iterator[Fault]:
    for index, claim in enumerate(file.claims):
        for key in claim.source:
            if key not in file.sources:
                path = ("claims", index, "source")
                yield document.fault(path, f"unknown source {key!r}", did_you_mean(key, file.sources))


def _owner_faults(document: Document, file: ScenarioFile, defaults: Assumptions, specs: Specs) -> Iterator[Fault]:
    for name, lot in file.lots.items():
        for index, owner in enumerate(lot.owners):
            if owner not in file.owners:
                advice = did_you_mean(owner, file.owners)
                yield document.fault(("lots", name, "owners", index), f"unknown owner {owner!r}", advice)
    for kind, holders in (("owners", file.owners), ("sites", file.sites)):
        for name, holder in holders.items():
            yield from _holder_faults(document, holder, (kind, name), defaults, specs)


def _holder_faults(
    document: Document, holder: Owner | Site, path: tuple[str, ...], defaults: Assumptions, specs: Specs
) -> Iterator[Fault]:
    """A profile or region that an owner or site names and nobody knows."""
    profile, region = holder.profile, holder.region
    if profile and profile not in defaults.profiles:
        what = f"unknown profile {profile!r}"
        yield document.fault((*path, "profile"), what, did_you_mean(profile, defaults.profiles))
    if region and specs.path("grids", region) is None:
        what = f"unknown region {region!r}"
        yield document.fault((*path, "region"), what, did_you_mean(region, specs.ids("grids")))


def _relation_faults(document: Document, file: ScenarioFile) -> Iterator[Fault]:
    counted: set[str] = set()
    for index, name in enumerate(file.counted):
        twice = name in counted
        counted.add(name)
        if name not in file.lots:
            yield document.fault(("counted", index), f"unknown lot {name!r}", did_you_mean(name, file.lots))
        elif twice:
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
        yield from _count_faults(document, file, name, counted)


def _count_faults(document: Document, file: ScenarioFile, name: str, counted: set[str]) -> Iterator[Fault]:
    """What is wrong with a lot's `less` and `per_chip_of`."""
    lot = file.lots[name]
    for index, other in enumerate(lot.less):
        at = ("lots", name, "less", index)
        if other not in file.lots:
            yield document.fault(at, f"unknown lot {other!r}", did_you_mean(other, file.lots))
        elif other == name or file.lots[other].less:
            yield document.fault(at, f"{other} takes other lots off itself", "a lot with no less of its own")
        elif other not in counted:
            yield document.fault(at, f"lot {other} is not counted, so nothing comes off", "a counted lot")
        elif file.lots[other].chip != lot.chip:
            yield document.fault(at, f"lot {other} is of {file.lots[other].chip}", lot.chip)
    base = lot.per_chip_of
    if base is not None:
        path = ("lots", name, "per_chip_of")
        if base not in file.lots:
            yield document.fault(path, f"unknown lot {base!r}", did_you_mean(base, file.lots))
        elif base == name or file.lots[base].per_chip_of:
            yield document.fault(path, f"lot {base} is itself so many per chip", "a lot with a count of its own")
        elif lot.count.each:
            yield document.fault(path, "a count of each buyer, and per chip of another lot", "one of the two")


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


def _set_faults(document: Document, file: ScenarioFile, chips: Mapping[str, Chip], specs: Specs) -> Iterator[Fault]:
    for place in file.set:
        kind, _, rest = place.partition(".")
        chip, _, name = rest.partition(".")
        if kind in ("prices", "grids"):
            near = [f"prices.{c}.{m}" for c in chips for m in MARKETS] if kind == "prices" else [
                f"grids.{g}.{f}" for g in specs.ids("grids") for f in CARBON_FACTORS
            ]  # fmt: skip
            if place not in near:
                yield document.fault(("set", place), f"unknown place {place!r}", did_you_mean(place, near))
        elif kind != "chips" or chip not in chips:
            places = [f"chips.{c}.{f}" for c in chips for f in chips[c].figures()]
            yield document.fault(("set", place), f"unknown place {place!r}", did_you_mean(place, places))
        elif name not in chips[chip].figures():
            known = [f"chips.{chip}.{f}" for f in chips[chip].figures()]
            yield document.fault(("set", place), f"unknown place {place!r}", did_you_mean(place, known))


def _same_chips(file: ScenarioFile) -> Iterator[str]:
    """A note for each two counted lots that may hold the same chips."""
    for index, one in enumerate(file.counted):
        for two in file.counted[index + 1 :]:
            a, b = file.lots[one], file.lots[two]
            apart = (a.site and b.site and a.site != b.site) or two in a.less or one in b.less or _in_turn(a, b)
            if a.chip != b.chip or apart or (a.owners and b.owners and not set(a.owners) & set(b.owners)):
                continue
            if abs(STAGES.index(a.stage) - STAGES.index(b.stage)) <= 1 or _overlap(a, b):
                yield (
                    f"lots {one} ({a.stage} {a.date}) and {two} ({b.stage} {b.date}) are both counted and may be the "
                    f"same {a.chip} (if so: part_of, or less)"
                )


def _in_turn(a: Lot, b: Lot) -> bool:
    """Whether two lots at one stage came in periods that do not overlap."""
    if a.stage != b.stage or a.since is None or b.since is None:
        return False
    return a.date < b.since or b.date < a.since


def _overlap(a: Lot, b: Lot) -> bool:
    """Whether a lot at a later stage may come out of one that was at an earlier stage before."""
    early, late = sorted((a, b), key=lambda lot: STAGES.index(lot.stage))
    return late.date >= early.date


def _notes(file: ScenarioFile, chips: Mapping[str, Chip], systems: Mapping[str, System], specs: Specs) -> Iterator[str]:
    yield from _same_chips(file)
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


def typed_text(text: str, option: str) -> str:
    """What was typed, read as UTF-8 where the locale could not; `InputError` where it is no text.

    >>> import os
    >>> typed_text(os.fsencode("40万").decode("ascii", "surrogateescape"), "--count")
    '40万'
    """
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        raise fail(option, "is not UTF-8 text") from None


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


def measured_quantity(text: str, unit: str, option: str) -> Quantity:
    """What was typed with its unit (`500 MW`, `400..500 MW`, `over 2 TWh`), in SI.

    Raises `InputError`, which names the option, where the unit or the number is not understood.

    >>> measured_quantity("500 MW", "W", "--target").value
    500000000.0
    """
    known = printed_units(unit)
    text = text.strip()
    written = next((name for name in sorted(known, key=len, reverse=True) if text.endswith(name)), "")
    if not written and unit not in ("chips", "servers"):
        raise fail(option, f"{text!r} has no unit that is known here", ", ".join(known))
    number = text.removesuffix(written).strip()
    try:
        found = Quantity.model_validate(typed_quantity(number), context={"hedges": load_hedges})
    except ValidationError as error:
        what, _, allowed = error.errors()[0]["msg"].removeprefix("Value error, ").partition(" (")
        raise fail(option, what, allowed.removesuffix(")")) from None
    return found.scaled(known.get(written, 1.0))


LIMITS = ("cap_per_owner", "supply", "conversion")  # what a lot may state beside its count


def set_place(document: Document, place: str, quantity: dict[str, Any]) -> None:
    """Write a typed quantity into a scenario's document at a place, as if its file had said so."""
    data = document.data
    kind, _, rest = place.partition(".")
    lots = {name: body for name, body in _mapping(data, "lots").items() if isinstance(body, dict)}
    if kind == "assumptions" and rest:
        data["assumptions"] = {**_mapping(data, "assumptions"), rest: quantity}
        return
    if kind in ("chips", "prices", "grids") and rest:
        data["set"] = {**_mapping(data, "set"), place: quantity}
        return
    name, _, field = rest.partition(".")
    if kind == "lots" and name in lots and (field == "count" or field in LIMITS):
        lots[name][field] = quantity
        return
    if kind == "lots" and name in lots and field.startswith("shares."):
        owner = field.removeprefix("shares.")
        lots[name]["shares"] = {**_mapping(lots[name], "shares"), owner: quantity}
        return
    known = [f"lots.{lot}.{field}" for lot in lots for field in ("count", *LIMITS)]
    known += [f"lots.{lot}.shares.{owner}" for lot, body in lots.items() for owner in _listed(body.get("owners"))]
    known += [f"assumptions.{name}" for name in load_assumptions().assumptions]
    raise fail("--set", f"unknown place {place!r}", did_you_mean(place, known))


def _mapping(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The mapping at a key; an empty one where the file has something else, which its record will refuse."""
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def commanded_document(document: Document, sets: Iterable[str], source: str | None) -> dict[str, str]:
    """Apply `PLACE=VALUE` settings to a document; the places they went to, each with its option."""
    labels: dict[str, str] = {}
    faults: list[Fault] = []
    if not isinstance(document.data, dict):
        return labels  # no scenario at all, as its record will say
    for typed in sets:
        text = typed_text(typed, "--set")
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
    title = typed_text(source, "--source") if source else "typed on the command line"
    document.data["sources"] = {**_mapping(document.data, "sources"), "command-line": {"title": title, "kind": "user"}}


def one_lot_document(chip: str, count: str, owners: Sequence[str], as_of: str, source: str | None) -> Document:
    """The scenario of one lot that was typed on the command line."""
    chip, count = typed_text(chip, "--chip"), typed_text(count, "--count")
    owners = [typed_text(name, "--owners") for name in owners]
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


# --- a table of deals -------------------------------------------------------------------------

DEAL_COLUMNS = ("owner", "chip", "count", "stage", "date", "source", "url")
MORE_COLUMNS = ("grade", "system", "name", "note", "since", "counted")


def deals_document(path: Path) -> Document:
    """The scenario in a CSV of deals: a counted lot per row, `owner` one firm or several with `;` between.

    Columns `owner,chip,count,stage,date,source,url` and if wanted `grade` (C where not said), `system`, `name`,
    `note`, `since`, `counted` (yes or no). Every fault of every row is found at once, with its line.
    """
    import csv
    import io

    text = read_text(path)
    document = Document(str(path), {})
    reader = csv.DictReader(io.StringIO(text), strict=True)
    rows: list[tuple[int, dict[str, str]]] = []
    try:
        _check_head(document, reader.fieldnames or [])
        line = reader.line_num
        for row in reader:
            if None in row or None in row.values():  # a field too many, or too few
                what = "the row has another number of fields than the head"
                document.faults.append(Fault(str(path), line + 1, 1, "", what))
            elif any(value.strip() for value in row.values()):
                rows.append((line + 1, {key: value.strip() for key, value in row.items() if value.strip()}))
            line = reader.line_num
    except csv.Error as error:
        raise InputError([Fault(str(path), reader.line_num, 1, "", f"not CSV: {error}")]) from None
    if not rows:
        document.faults.append(Fault(str(path), 1, 1, "", "the table has no deals", "a row each"))
        raise InputError(document.faults)
    _fill_deals(document, path, rows)
    return document


def _check_head(document: Document, head: Sequence[str]) -> None:
    missing = [name for name in DEAL_COLUMNS if name not in head]
    strange = [name for name in head if name not in (*DEAL_COLUMNS, *MORE_COLUMNS)]
    allowed = ",".join(DEAL_COLUMNS)
    faults = [Fault(document.name, 1, 1, "", f"the column {name!r} is missing", allowed) for name in missing]
    for name in strange:
        advice = did_you_mean(name, (*DEAL_COLUMNS, *MORE_COLUMNS))
        faults.append(Fault(document.name, 1, 1, "", f"unknown column {name!r}", advice))
    if len(set(head)) != len(head):
        faults.append(Fault(document.name, 1, 1, "", "a column stands twice", allowed))
    if faults:
        raise InputError(faults)


def _fill_deals(document: Document, path: Path, rows: Sequence[tuple[int, dict[str, str]]]) -> None:
    """Write the rows into the document as lots, each key with the line that it came from."""
    lots: dict[str, Any] = {}
    owners: dict[str, Any] = {}
    sources: dict[str, Any] = {}
    counted: list[str] = []
    for line, row in rows:
        name = f"line-{line}"
        who = {_slug(part): part.strip() for part in row.get("owner", "").split(";") if part.strip()}
        owners |= {key: {"name": value} for key, value in who.items() if key not in owners}
        source = row.get("source", "")
        about = {"title": source, "kind": "secondary report", "url": row.get("url"), "published": row.get("date")}
        about = {key: value for key, value in about.items() if value is not None}
        cited = next((key for key, known in sources.items() if known == about), f"source-of-line-{line}")
        sources[cited] = about
        kept = ("chip", "stage", "date", "system", "name", "note", "since")
        lots[name] = {key: row[key] for key in kept if key in row} | {"owners": list(who)}
        if "count" in row:
            lots[name]["count"] = {**typed_quantity(row["count"], cited), "grade": row.get("grade", "C")}
        if row.get("counted", "").lower() not in ("no", "false"):
            counted.append(name)
        for place in (("lots", name), ("sources", cited), *(("owners", key) for key in who)):
            document.marks.setdefault(place, (line, 1))
    dates = [row["date"] for _, row in rows if _is_date(row.get("date", ""))]
    document.data = {
        "id": _slug(path.stem), "name": f"Deals of {path.name}", "as_of": max(dates, default="1970-01-01"),
        "sources": sources, "owners": owners, "lots": lots, "counted": counted,
    }  # fmt: skip


def _is_date(text: str) -> bool:
    import datetime

    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


# --- checking files --------------------------------------------------------------------------

RECORDS: dict[str, type[Record]] = {
    "chip": Chip, "system": System, "scenario": ScenarioFile, "assumptions": Assumptions,
    "site": Site, "grid": Grid, "price": Price,
}  # fmt: skip
KINDS = (*RECORDS, "rule", "measurement", "workloads")


# The records of the rarer kinds, imported when one is asked for: kind → module, class.
RARER = {
    "rule": ("rule", "Rule"), "measurement": ("measurement", "Measurement"), "workloads": ("workload", "Workloads"),
    "models": ("reference", "Models"), "comparators": ("reference", "Comparators"), "lines": ("reference", "Lines"),
    "claims": ("claim", "Wordings"),
}  # fmt: skip


def record_of(kind: str) -> type[Record]:
    """The record that a file of a kind holds; the rarer ones are imported when asked for."""
    if kind not in RARER:
        return RECORDS[kind]
    module, name = RARER[kind]
    found: type[Record] = getattr(importlib.import_module(f"capacity.{module}"), name)
    return found


TABLES = {
    "models": "models",
    "comparators": "comparators",
    "lines": "lines",
    "claims": "readers",
}  # kind → a key only it has


def kind_of(document: Document) -> str:
    """What a file holds, told by the keys that only that kind has."""
    keys = document.data if isinstance(document.data, dict) else {}
    if "lots" in keys or "counted" in keys:
        return "scenario"
    if "classes" in keys or "citation" in keys:
        return "rule"
    if "figures" in keys or "device" in keys:
        return "measurement"
    if "assumptions" in keys and "id" not in keys:
        return "assumptions"
    if "families" in keys or "parameters" in keys:
        return "workloads"
    if any(key in keys for key in ("combustion_kg_kwh", "lifecycle_kg_kwh", "domestic_vendors", "within")):
        return "grid"
    if "usd" in keys:
        return "price"
    of_sites = ("capacity_mw", "capacity_type", "operator", "energised", "spend_usd", "region")
    if any(key in keys for key in of_sites) or isinstance(keys.get("chips"), dict):
        return "site"
    for kind, key in TABLES.items():
        if key in keys and "id" not in keys:
            return kind
    return "system" if "chips" in keys or "rated_kw" in keys else "chip"


def validate_file(path: Path, specs: Specs) -> str:
    """Read a file as what it holds and return what that is; `InputError` holds all its faults."""
    document = read_document(path)
    kind = kind_of(document)
    if kind == "scenario":
        join_scenario(document, specs)
        _check_claims(document, specs)
        return kind
    part = _read_part(path, record_of(kind))
    faults: list[Fault] = []
    if isinstance(part, Chip):
        faults += _chip_faults(document, part, specs)
    elif isinstance(part, System):
        faults += _system_faults(document, part, specs)
    elif isinstance(part, Site):
        faults += _site_faults(document, part, load_assumptions(specs), specs)
    elif isinstance(part, Grid):
        faults += _grid_faults(document, part, load_assumptions(specs), specs)
    elif kind == "measurement":
        faults += _unknown_chip(document, getattr(part, "chip", None), specs)
    if faults:
        raise InputError(faults)
    return kind


def _site_faults(document: Document, site: Site, defaults: Assumptions, specs: Specs) -> Iterator[Fault]:
    """A profile, region, chip or assumption that a site's file names and nobody knows."""
    yield from _holder_faults(document, site, (), defaults, specs)
    yield from _assumption_faults(document, site.assumptions, defaults, ("assumptions",), set())
    for chip in site.chips:
        if specs.path("chips", chip) is None:
            yield document.fault(("chips", chip), f"unknown chip {chip!r}", did_you_mean(chip, specs.ids("chips")))


def _grid_faults(document: Document, grid: Grid, defaults: Assumptions, specs: Specs) -> Iterator[Fault]:
    """A larger region or an assumption that a grid's file names and nobody knows."""
    if grid.within and specs.path("grids", grid.within) is None:
        what = f"unknown region {grid.within!r}"
        yield document.fault(("within",), what, did_you_mean(grid.within, specs.ids("grids")))
    for field in ("assumptions", "domestic_chips"):
        yield from _assumption_faults(document, getattr(grid, field), defaults, (field,), set())


def _unknown_chip(document: Document, chip: str | None, specs: Specs) -> Iterator[Fault]:
    """A record is of a chip that is there, or of none."""
    if chip and specs.path("chips", chip) is None:
        yield document.fault(("chip",), f"unknown chip {chip!r}", _advice("chips", chip, specs))


def _chip_faults(document: Document, chip: Chip, specs: Specs) -> Iterator[Fault]:
    """What the rules of integrity find, and a server that is not there."""
    from capacity.integrity import breaches

    for path, what, allowed in breaches(chip, load_integrity()):
        yield document.fault(path, what, allowed)
    if chip.system and specs.path("systems", chip.system) is None:
        yield document.fault(("system",), f"unknown system {chip.system!r}", _advice("systems", chip.system, specs))


UNDER_CHIPS = "rated-under-chips"


def _system_faults(document: Document, system: System, specs: Specs) -> Iterator[Fault]:
    """A system is rated for its chips at least, at interval midpoints, or says why not."""
    for key in system.exceptions:
        if key != UNDER_CHIPS:
            yield document.fault(("exceptions", key), f"unknown exception {key!r}", f"known: {UNDER_CHIPS}")
    if specs.path("chips", system.chip) is None:
        yield from _unknown_chip(document, system.chip, specs)
        return
    tdp = load_chip(system.chip, specs).figure("tdp_w")
    excepted = UNDER_CHIPS in system.exceptions
    under = False
    if system.rated_kw is not None and tdp is not None:
        rated, chips = system.rated_kw.scaled(1000).middle, system.chips * tdp.middle
        under = rated < chips
        if under and not excepted:
            what = f"{rated / 1000:g} kW is under its chips' {chips / 1000:g} kW"
            yield document.fault(("rated_kw",), what, f"more, or `{UNDER_CHIPS}` under exceptions with the reason")
    if excepted and not under:
        yield document.fault(("exceptions", UNDER_CHIPS), "the exception is not needed", "no exception")


def _check_claims(document: Document, specs: Specs) -> None:
    """The claims of a scenario's file, read as `check` will read them."""
    from capacity.claim import ClaimError, read_claim

    faults = []
    for index, body in enumerate(document.data.get("claims") or ()):
        key = "check" if body.get("check") else "text"
        wordings = load_wordings(specs)
        try:
            try:
                read_claim(body[key], wordings, load_hedges())
            except ClaimError:
                read_claim(with_chip_ids(body[key], specs, "claims"), wordings, load_hedges())
        except ClaimError as error:
            faults.append(document.fault(("claims", index, key), str(error), error.allowed))
        except InputError as error:
            faults += [document.fault(("claims", index, key), f.what, f.allowed) for f in error.faults]
    if faults:
        raise InputError(faults)
