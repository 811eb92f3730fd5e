"""A scenario joined with every chip, site, grid and assumption that it names."""

from __future__ import annotations

import datetime
import functools
import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from capacity.errors import MOST_FAULTS, Fault, InputError, did_you_mean, fail, first_faults, first_notes
from capacity.load.amounts import in_chips, with_reports
from capacity.load.checks import assumption_faults, checked, grid_faults, part_faults, site_faults
from capacity.load.citations import source_faults
from capacity.load.files import SHEETS, read_document, read_report, write_whole
from capacity.load.input_file import InputFile
from capacity.load.kinds import load_assumptions, load_integrity
from capacity.load.library import load_chip, load_grid, load_price
from capacity.load.names import advice_on, part_names
from capacity.load.owners import home_notes, known_owners, same_owner_faults, with_known
from capacity.load.records import load_vocabulary, validated
from capacity.load.relations import claim_source_faults, owner_faults, relation_faults, set_faults
from capacity.load.same_chips import same_chips
from capacity.load.specs import Specs, open_specs
from capacity.places import Places
from capacity.quantity import Quantity
from capacity.records.chip import Chip
from capacity.records.grid import Grid, Price
from capacity.records.integrity import kind_of_chip
from capacity.records.joined import Joined
from capacity.records.scenario import Assumptions, ScenarioFile
from capacity.records.site import Site
from capacity.records.system import System
from capacity.resolve import Scenario as Resolved
from capacity.slips import figure_notes, figure_slips, part_notes
from capacity.source import Grade, Record, Source

if TYPE_CHECKING:
    from capacity.load.plain import Cited, Day, Lot, Stated

DEFAULT_SCENARIO = "h200-china-2026-01"
REFERENCE_CHIP = "h100-sxm"
MORE_COUNTED = "more lots have amounts in other units"
_R = TypeVar("_R", bound=Record)
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Scenario(Resolved):
    """A scenario with everything that its answer needs: lots, owners, sites, chips, and the number at each place.

    `having` gives one with other numbers; `save` writes it as a file; `build` makes one from plain Python values.
    """

    @classmethod
    def build(
        cls, *, name: str, lots: Iterable[Lot | Mapping[str, Any]], as_of: Day | None = None,
        owners: Mapping[str, Any] | Iterable[str] = (), sites: Mapping[str, Any] | Iterable[Site] = (),
        chips: Iterable[Chip | Mapping[str, Any]] = (), assumptions: Mapping[str, Stated] | None = None,
        sources: Mapping[str, Source] | None = None, source: Cited | None = None, grade: Grade = "D",
        id: str | None = None, specs: str | Path | Specs | None = None,
    ) -> Scenario:  # fmt: skip
        """A scenario from plain Python values, without YAML.

        Parameters: `lots` as `capacity.Lot`s, called `lot-1`, `lot-2` … where they have no `id`; `as_of` the day up to
        which it knows, nothing: the latest date of a lot (days as `str`, `date`, `datetime` or Timestamp); `owners` by
        name, each with a mapping of `profile`, `region`, `assumptions`, for those of whom the library does not know
        it; `sites` by id, each a mapping of the fields of a site's file or a `Site`; `chips` sheets of your own, each
        a `Chip` or a mapping of its fields; `assumptions` by name. A number is `1.2`, `(1.1, 1.3)` (5 % and 95 %
        points), words, or a `Quantity`; one that names no source of its own rests on `source` and `grade`. `sources`
        by the key under which numbers cite them.
        Raises `InputError` with all that is wrong, told of the argument: `lots[0].amount: …`.

        >>> import capacity
        >>> lot = capacity.Lot(chip="H200", amount="over 400,000", stage="approved", owners=["ByteDance", "Alibaba"])
        >>> scenario = capacity.Scenario.build(name="H200 for two", as_of="2026-01-28", lots=[lot], source="Reuters")
        >>> scenario.file.lots["lot-1"].owners
        ('bytedance', 'alibaba')
        """
        from capacity.load.plain import Citing, scenario_data, sources_by_key, told

        library = open_specs(specs)
        citing = Citing(sources_by_key(sources), source, grade)
        data, arguments, notes = scenario_data(
            name, as_of, lots, citing, library, owners=owners, sites=sites, chips=chips,
            assumptions={} if assumptions is None else assumptions, id_=id,
        )  # fmt: skip
        try:
            scenario = join_scenario(InputFile("", data), library)
        except InputError as error:
            raise InputError(told(fault, arguments, "Scenario.build") for fault in error.faults) from None
        return replace(scenario, notes=(*notes, *scenario.notes))

    def save(self, path: str | Path) -> Path:
        """Write the scenario to a YAML file, which loads as this scenario again. Its path.

        Raises `InputError` where the place cannot be written, or where numbers were taken over from another scenario
        (`having` with an `Input`), which no file can say.
        """
        import yaml

        if self.replaced:
            raise fail("save", f"{next(iter(self.replaced))} is an input of another scenario", "a number of its own")
        place = Path(path)
        text = yaml.safe_dump(self.document, sort_keys=False, allow_unicode=True, width=100)
        write_whole(place, text.encode(), "save")
        return place


def scenario_document(
    name: str | Path, specs: Specs, columns: Mapping[str, str] | None = None, day: datetime.date | None = None
) -> InputFile:
    """The document of a built-in scenario's id, or of a path; `columns` and `day` say what a sheet does not."""
    if not isinstance(name, (str, Path)):
        raise fail("scenario", f"{name!r:.60} is none", "an id or a path")
    path = specs.path("scenarios", str(name)) or Path(name)
    if not (path.suffix or "/" in str(name) or os.path.exists(path)):
        raise fail("scenario", f"unknown id {str(name)!r}", did_you_mean(str(name), specs.ids("scenarios")))
    if path.suffix.lower() in (".html", ".htm"):
        return read_report(path)
    if path.suffix.lower() in SHEETS:
        from capacity.load.sheets import read_deals

        return read_deals(path, specs, columns, day)
    if columns:
        raise fail("--columns", f"{path.name} is no sheet", ", ".join(SHEETS))
    return read_document(path)


def load_scenario(name: str | Path = DEFAULT_SCENARIO, *, specs: str | Path | Specs | None = None) -> Scenario:
    """The scenario of a built-in id, a YAML file or a sheet, joined with every chip and assumption it needs.

    Raises `InputError`, which holds all faults of the file at once.

    >>> load_scenario("h200-china-2026-01").file.counted
    ('approved',)
    """
    library = open_specs(specs)
    return join_scenario(scenario_document(name, library), library)


def scenario_from(data: Mapping[str, Any], specs: Specs | None = None, name: str = "scenario") -> Scenario:
    """The scenario in plain data, as its file would hold it, joined with what it names; the data stay as they are.

    Raises `InputError`, which holds all faults at once, each with its place.

    >>> lot = {"chip": "h20", "stage": "installed", "date": "2026-01-28",
    ...        "count": {"says": "over 5,000", "source": "me", "grade": "D"}}
    >>> plain = {"id": "mine", "name": "Mine", "as_of": "2026-01-28", "lots": {"a": lot}, "counted": ["a"],
    ...          "sources": {"me": {"title": "my notes", "kind": "user"}}}
    >>> scenario_from(plain).file.lots["a"].count.floor
    5000.0
    """
    from capacity.load.plain import plain

    return join_scenario(InputFile(name, plain(data)), specs or Specs())


def join_scenario(document: InputFile, specs: Specs, labels: Mapping[str, str] | None = None) -> Scenario:
    """The scenario in a document, with what it names loaded; `labels`: place → the option that was typed for it."""
    try:
        file = validated(document, ScenarioFile, specs)
        return _join(document, file, specs)
    except InputError as error:
        called = functools.cache(part_names)  # the names of a kind are read once for all faults
        faults = (_with_id(fault, document, specs, called) for fault in error.faults)
        told = document.grouped(faults) if document.grouped else faults
        raise InputError(_relabelled(fault, labels or {}) for fault in told) from None


def _with_id(
    fault: Fault, document: InputFile, specs: Specs, called: Callable[[str, Specs], Mapping[str, Sequence[str]]]
) -> Fault:
    """A fault at a lot's chip or system that is a name instead of an id says which id is meant."""
    lot, _, field = fault.place.removeprefix("lots.").rpartition(".")
    if not fault.place.startswith("lots.") or field not in ("chip", "system") or not fault.what.endswith("is no id"):
        return fault
    text = str(document.data["lots"][lot][field])
    kind = f"{field}s"
    return replace(fault, what=f"unknown {field} {text!r}", allowed=advice_on(kind, text, specs, called(kind, specs)))


def _relabelled(fault: Fault, labels: Mapping[str, str]) -> Fault:
    """A fault at a place that was typed on the command line names the option instead of a line."""
    for place, option in labels.items():
        if fault.place == place or fault.place.startswith(place + "."):
            return Fault(option, None, None, "" if place == "lots" else place, fault.what, fault.allowed)
    return fault


def _join(document: InputFile, file: ScenarioFile, specs: Specs) -> Scenario:
    defaults = load_assumptions(specs)
    known = known_owners(file, specs)
    stated = itertools.chain(
        source_faults(document, file, ()),
        claim_source_faults(document, file),
        owner_faults(document, file, defaults, specs),
        relation_faults(document, file),
        same_owner_faults(document, file, known),
        assumption_faults(document, file.assumptions, defaults, ("assumptions",), file.owners),
    )
    faults = first_faults(stated, document.name)
    chips = {key: chip.model_copy(update={"sources": {**file.sources, **chip.sources}})
             for key, chip in file.chips.items()}  # fmt: skip
    faults += itertools.chain.from_iterable(_own_faults(document, chip, specs) for chip in chips.values())
    systems: dict[str, System] = {}
    for name, lot in file.lots.items():
        if len(faults) > MOST_FAULTS:
            break
        held: list[str] = []
        for index, member in enumerate(lot.members):
            at: Place = ("lots", name, "chips", index) if lot.chips else ("lots", name, "chip")
            chip = _referred(document, at, "chips", member, Chip, specs, chips, faults)
            for system in dict.fromkeys([lot.system, chip.system if chip else None]):
                if system and (system == lot.system or lot.chips or not lot.system):
                    at = ("lots", name, "system")
                    holder = _referred(document, at, "systems", system, System, specs, systems, faults)
                    if holder and chip and (holder.chip == chip.id or chip.system == holder.id):
                        held.append(system)
        if lot.system and lot.system in systems and lot.system not in held:
            path, allowed = ("lots", name, "system"), ", ".join(lot.members)
            faults.append(document.fault(path, f"{lot.system} holds {systems[lot.system].chip}", allowed))
    vocabulary = functools.partial(load_vocabulary, specs)
    file = with_reports(file)
    file, counted = in_chips(document, file, chips, systems, specs, vocabulary, faults)
    sites = _sites(document, file, specs, defaults, faults)
    for system_id, part in systems.items():
        faults += assumption_faults(InputFile(f"systems/{system_id}"), part.assumptions, defaults, ("assumptions",))
    file = with_known(file, known)
    chips.setdefault(REFERENCE_CHIP, load_chip(REFERENCE_CHIP, specs))
    bare = Joined(file, chips, systems, defaults, REFERENCE_CHIP, sites, regions=tuple(specs.ids("grids")))
    places = Places(file, defaults, chips, systems, sites, bare.regions)
    faults += first_faults(set_faults(document, places), document.name)
    if file.set:
        slipped = figure_slips(file.set, chips, load_integrity(specs))
        faults += [document.fault(("set", place), *problem) for place, problem in slipped]
    if faults:
        raise InputError(first_faults(iter(faults), document.name))
    bought = dict.fromkeys(chip for lot in file.lots.values() for chip in lot.members)
    prices = {name: load_price(name, specs) for name in bought if specs.path("prices", name)}
    grids = _grids(bare, specs)
    odd = [*_odd(file, chips, prices, grids, sites, specs)]
    if file.set:
        odd += figure_notes(file.set, chips, {"grids": bare.regions, "sites": sites}, load_integrity(specs))
    return Scenario(
        file, chips, systems, defaults, REFERENCE_CHIP, sites, grids, prices, bare.regions,
        vocabulary=vocabulary, integrity=functools.partial(load_integrity, specs), document=document.data,
        notes=(*first_notes(document.notes, "more notes on the sheet"), *_notes(file, chips, systems, specs),
               *home_notes(file, known), *first_notes(counted, MORE_COUNTED), *odd),
    )  # fmt: skip


def _own_faults(document: InputFile, chip: Chip, specs: Specs) -> Iterator[Fault]:
    """What is wrong with a sheet of the scenario's own: all that would be wrong with it in a file."""
    here = ("chips", chip.id)
    sheet = InputFile(document.name, marks={path[2:]: at for path, at in document.marks.items() if path[:2] == here})
    for fault in part_faults(sheet, chip, specs):
        yield replace(fault, place=".".join((*here, fault.place)))


def _sites(
    document: InputFile, file: ScenarioFile, specs: Specs, defaults: Assumptions, faults: list[Fault]
) -> dict[str, Site]:
    """The sites of a scenario: those it defines, which cite its sources, and the built-in ones that its lots name."""
    found = {
        name: site.model_copy(update={"sources": {**file.sources, **site.sources}}) for name, site in file.sites.items()
    }
    for name, lot in file.lots.items():
        if not lot.site or lot.site in found or len(faults) > MOST_FAULTS:
            continue
        path = ("lots", name, "site")
        if specs.path("sites", lot.site) is None:
            advice = did_you_mean(lot.site, [*file.sites, *specs.ids("sites")])
            faults.append(document.fault(path, f"unknown site {lot.site!r}", advice))
            continue
        built_in = _referred(document, path, "sites", lot.site, Site, specs, found, faults)
        if built_in:
            faults += site_faults(InputFile(f"sites/{lot.site}"), built_in, defaults, specs)
    return found


def _grids(scenario: Joined, specs: Specs) -> dict[str, Grid]:
    """The grids that a scenario's cells stand on, and the larger ones that these lie within."""
    found: dict[str, Grid] = {}
    asked = [scenario.region(cell) for cell in scenario.kinds[0]]
    while asked:
        name = asked.pop()
        if name not in found:
            found[name] = load_grid(name, specs)
            parent = found[name].within
            asked += [parent] if parent else []
            faults = list(grid_faults(InputFile(f"grids/{name}"), found[name], scenario.defaults, specs))
            if faults:
                raise InputError(faults)
    return found


def _referred(
    document: InputFile, path: Place, kind: str, name: str, record: type[_R],
    specs: Specs, found: dict[str, _R], faults: list[Fault],
) -> _R | None:  # fmt: skip
    """The part that a scenario names, read once; its faults are added to those of the scenario."""
    if name not in found:
        file = specs.path(kind, name)
        if file is None:
            what = f"unknown {kind.removesuffix('s')} {name!r}"
            few = len(faults) < 3  # reading every alias for each of a hundred faults would take seconds
            advice = advice_on(kind, name, specs) if few else did_you_mean(name, specs.ids(kind))
            faults.append(document.fault(path, what, advice))
            return None
        try:
            found[name] = checked(file, record, specs)
        except InputError as error:
            faults.extend(error.faults)
            return None
    return found[name]


def _odd(
    file: ScenarioFile, chips: Mapping[str, Chip], prices: Mapping[str, Price], grids: Mapping[str, Grid],
    sites: Mapping[str, Site], specs: Specs,
) -> Iterator[str]:  # fmt: skip
    """A note on each figure of the user's own parts, and of the scenario's sites, that no part of its kind has."""

    def own(kind: str, name: str) -> bool:
        path = specs.path(kind, name)
        return path is not None and specs.is_users(path)

    figures: dict[tuple[str, str], Mapping[str, Quantity]] = {}
    figures |= {(kind_of_chip(chip), f"chips.{n}"): chip.figures() for n, chip in chips.items() if own("chips", n)}
    figures |= {
        ("prices", f"prices.{n}"): {str(market): usd for market, usd in price.usd.items()}
        for n, price in prices.items()
        if own("prices", n)
    }
    figures |= {("grids", f"grids.{n}"): grid.factors for n, grid in grids.items() if own("grids", n)}
    figures |= {("sites", f"sites.{n}"): s.figures for n, s in sites.items() if n in file.sites or own("sites", n)}
    for (kind, part), stated in figures.items():
        yield from part_notes(part, kind, stated, load_integrity(specs))


def _notes(file: ScenarioFile, chips: Mapping[str, Chip], systems: Mapping[str, System], specs: Specs) -> Iterator[str]:
    yield from same_chips(file)
    unsaid = (
        f"no stage is said of lot {name}: it is taken as {lot.stage}"
        for name, lot in file.lots.items()
        if "stage" not in lot.model_fields_set
    )
    yield from first_notes(unsaid, "more lots say no stage")
    late = (
        f"lot {name} is dated {lot.date}, after the as_of {file.as_of}: it could not be known then"
        for name, lot in file.lots.items()
        if lot.date > file.as_of
    )
    yield from first_notes(late, f"more lots are dated after the as_of {file.as_of}")
    later = (
        f"source {key} was published {source.published}, after the scenario's as_of {file.as_of}"
        for key, source in file.sources.items()
        if source.published and source.published > file.as_of.isoformat()[: len(source.published)]
    )
    yield from first_notes(later, f"more sources were published after the scenario's as_of {file.as_of}")
    for kind, parts in (("chips", chips), ("systems", systems)):
        for part in parts:
            path = specs.path(kind, part)
            if path and specs.is_users(path):
                yield f"{kind.removesuffix('s')} {part} is read from {path}"
