"""What a file may hold, told by its keys."""

from __future__ import annotations

import importlib

from capacity.load.input_file import InputFile
from capacity.records.chip import Chip
from capacity.records.grid import Grid, Price
from capacity.records.scenario import Assumptions, ScenarioFile
from capacity.records.site import Site
from capacity.records.system import System
from capacity.source import Record

RECORDS: dict[str, type[Record]] = {
    "chip": Chip, "system": System, "scenario": ScenarioFile, "assumptions": Assumptions,
    "site": Site, "grid": Grid, "price": Price,
}  # fmt: skip
KINDS = (*RECORDS, "rule", "workloads")
# The records of the rarer kinds, imported when one is asked for: kind → module, class.
RARER = {
    "rule": ("records.rule", "Rule"), "workloads": ("records.workload", "Workloads"),
    "models": ("records.reference", "Models"), "comparators": ("records.reference", "Comparators"),
    "lines": ("records.reference", "Lines"), "claims": ("words.claims", "Wordings"),
    "families": ("records.chip", "Families"),
}  # fmt: skip


# The tables, told by a key that only they have.
TABLES = {
    "models": "models", "comparators": "comparators", "lines": "lines", "claims": "readers", "families": "families",
}  # fmt: skip


def record_of(kind: str) -> type[Record]:
    """The record that a file of a kind holds; the rarer ones are imported when asked for."""
    if kind not in RARER:
        return RECORDS[kind]
    module, name = RARER[kind]
    found: type[Record] = getattr(importlib.import_module(f"capacity.{module}"), name)
    return found


def kind_of(document: InputFile) -> str:
    """What a file holds, told by the keys that only that kind has."""
    keys = document.data if isinstance(document.data, dict) else {}
    if "lots" in keys or "counted" in keys:
        return "scenario"
    if "classes" in keys or "citation" in keys:
        return "rule"
    if "assumptions" in keys and "id" not in keys:
        return "assumptions"
    if "parameters" in keys:
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
