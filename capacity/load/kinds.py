"""The kinds of file: the folder or file in which each stands, its record, and how one is told."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from capacity.errors import fail
from capacity.load.input_file import InputFile
from capacity.load.parts import read_part
from capacity.load.specs import Specs
from capacity.source import Record

if TYPE_CHECKING:
    from capacity.records.chip import Families, Family
    from capacity.records.integrity import Integrity
    from capacity.records.reference import Comparators, Lines, Models
    from capacity.records.rule import Vendor
    from capacity.records.scenario import Assumptions
    from capacity.records.workload import Workloads
    from capacity.words.article import ArticleWords
    from capacity.words.claims import Wordings


class Kind(NamedTuple):
    """One kind of file: its folder, or its name where there is one; its record; keys that no other kind has."""

    home: str
    module: str
    record: str
    keys: tuple[str, ...] = ()


KINDS: dict[str, Kind] = {
    "scenario": Kind("scenarios", "records.scenario", "ScenarioFile", ("lots", "counted")),
    "assumptions": Kind("assumptions.yaml", "records.scenario", "Assumptions", ("profiles",)),
    "chip": Kind("chips", "records.chip", "Chip", ("vendor", "dense_tflops", "memory_gb", "tdp_w")),
    "system": Kind("systems", "records.system", "System", ("rated_kw", "observed")),
    "rule": Kind("rules", "records.rule", "Rule", ("classes", "citation")),
    "owner": Kind("owners", "records.owner", "KnownOwner", ("source",)),
    "site": Kind("sites", "records.site", "Site", ("capacity_mw", "operator", "energised", "region")),
    "grid": Kind("grids", "records.grid", "Grid", ("combustion_kg_kwh", "lifecycle_kg_kwh", "within")),
    "price": Kind("prices", "records.grid", "Price", ("usd", "rents")),
    "ledger": Kind("ledger", "records.ledger", "Ledger", ("predictions",)),
    "workloads": Kind("workloads.yaml", "records.workload", "Workloads", ("parameters",)),
    "models": Kind("models.yaml", "records.reference", "Models", ("models", "matmul_ceiling")),
    "comparators": Kind("comparators.yaml", "records.reference", "Comparators", ("comparators",)),
    "lines": Kind("lines.yaml", "records.reference", "Lines", ("lines", "volume_caps")),
    "claims": Kind("claims.yaml", "words.claims", "Wordings", ("readers",)),
    "hedges": Kind("hedges.yaml", "words.vocabulary", "HedgeTable", ("figures",)),
    "units": Kind("units.yaml", "words.vocabulary", "UnitTable", ("refused", "rates")),
    "stages": Kind("stages.yaml", "words.stages", "StageTable", ("stages",)),
    "headings": Kind("headings.yaml", "words.headings", "HeadingTable", ("deals", "sites_named")),
    "dates": Kind("dates.yaml", "words.dates", "DateTable", ("near_months",)),
    "reading": Kind("reading.yaml", "words.article", "ArticleWords", ("crowds", "denials")),
    "families": Kind("families.yaml", "records.chip", "Families", ("families",)),
    "vendors": Kind("vendors.yaml", "records.rule", "Vendors", ("vendors",)),
    "integrity": Kind("integrity.yaml", "records.integrity", "Integrity", ("ratios", "bounds")),
}
_SCHEMA = re.compile(r"^#.*\$schema=\S*?(\w+)\.json\s*$", re.MULTILINE)


def record_of(kind: str) -> type[Record]:
    """The record that a file of a kind holds, imported when it is asked for."""
    record: type[Record] = getattr(importlib.import_module(f"capacity.{KINDS[kind].module}"), KINDS[kind].record)
    return record


def kind_of(path: Path, document: InputFile) -> str:
    """What a file holds: told by its folder or name, by its line `$schema`, or by keys that only one kind has.

    Raises `InputError` where none of them tells.
    """
    at_home = [kind for kind, known in KINDS.items() if known.home in (path.name, path.parent.name)]
    named = [kind for kind in _SCHEMA.findall(document.head) if kind in KINDS]
    keys = document.data if isinstance(document.data, dict) else {}
    by_keys = [kind for kind, known in KINDS.items() if any(key in keys for key in known.keys)]
    if not (at_home or named) and "chips" in keys and not by_keys:
        by_keys = ["site" if isinstance(keys["chips"], dict) else "system"]
    told = at_home or named or by_keys
    if not told:
        raise fail(str(path), "does not say what it holds", f"--kind {', '.join(KINDS)}")
    return told[0]


def _table(kind: str, specs: Specs | None) -> Any:
    """The table of which there is one: the user's own before the built-in one."""
    folders = specs or Specs()
    return read_part(folders.table(KINDS[kind].home), record_of(kind), folders)


def load_assumptions(specs: Specs | None = None) -> Assumptions:
    """Every default parameter of the model, and the profiles."""
    return cast("Assumptions", _table("assumptions", specs))


def load_workloads(specs: Specs | None = None) -> Workloads:
    """What HPL, training, sites and claims make of chips: every parameter, and the chip families."""
    return cast("Workloads", _table("workloads", specs))


def load_models(specs: Specs | None = None) -> Models:
    """Reference models, thresholds in FLOP, and the bound on utilisation."""
    return cast("Models", _table("models", specs))


def load_comparators(specs: Specs | None = None) -> Comparators:
    """What a fleet is compared with; every result that one names is on the page."""
    return cast("Comparators", _table("comparators", specs))


def load_lines(specs: Specs | None = None) -> Lines:
    """Lines that export rules draw through the metrics of a chip, and caps on volume."""
    return cast("Lines", _table("lines", specs))


def load_wordings(specs: Specs | None = None) -> Wordings:
    """How readers take the wordings of claims."""
    return cast("Wordings", _table("claims", specs))


def load_families(specs: Specs | None = None) -> dict[str, Family]:
    """What people call groups of chips (`Blackwell`), with the chips that each may mean."""
    return cast("Families", _table("families", specs)).families


def load_usual(specs: Specs | None = None) -> dict[str, str]:
    """Which chip a name without a variant usually means."""
    return cast("Families", _table("families", specs)).usual


def load_article_words(specs: Specs | None = None) -> ArticleWords:
    """The words that articles are read by."""
    return cast("ArticleWords", _table("reading", specs))


def load_integrity(specs: Specs | None = None) -> Integrity:
    """The rules that every chip's sheet must keep."""
    return cast("Integrity", _table("integrity", specs))


def load_vendors(specs: Specs | None = None) -> dict[str, Vendor]:
    """The makers of chips by the name that the sheets use; a `vendors.yaml` of the user's adds to them."""
    from capacity.records.rule import Vendors

    vendors: dict[str, Vendor] = {}
    for root in reversed((specs or Specs()).roots):
        if (root / "vendors.yaml").is_file():
            vendors |= read_part(root / "vendors.yaml", Vendors).vendors
    return vendors
