"""Files in: the only room that opens a file to read it, and the door where wrong input is met."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from capacity.load.citations import quantities
from capacity.load.claims import understand_claim
from capacity.load.files import is_article, processor_name, read_article_file, read_document, read_text
from capacity.load.kinds import (
    KINDS,
    load_article_words,
    load_assumptions,
    load_comparators,
    load_families,
    load_integrity,
    load_lines,
    load_models,
    load_usual,
    load_vendors,
    load_wordings,
    load_workloads,
    record_of,
)
from capacity.load.library import (
    load_chip,
    load_grid,
    load_ledgers,
    load_owner,
    load_price,
    load_rule,
    load_rules,
    load_site,
    load_system,
)
from capacity.load.names import FINDABLE, find_chip, find_part, meant_chips, part_names
from capacity.load.records import load_headings, load_hedges, load_vocabulary, validated
from capacity.load.scenarios import (
    DEFAULT_SCENARIO,
    Scenario,
    join_scenario,
    load_scenario,
    scenario_document,
    scenario_from,
)
from capacity.load.settings import (
    measured_quantity,
    today,
    typed_day,
    typed_number,
    typed_settings,
    typed_source,
    typed_text,
)
from capacity.load.specs import Specs, built_in_specs, open_specs

if TYPE_CHECKING:
    from capacity.load.columns import typed_columns
    from capacity.load.guide import guide_pages, guide_text
    from capacity.load.lot_words import TypedLot, counting, lots_document, one_lot_document, read_lot, with_stage
    from capacity.load.observed import Tables, load_cases, load_tables, old_numbers, shipped_table
    from capacity.load.plain import Lot
    from capacity.load.sheet_scenario import read_sheet
    from capacity.load.validation import validate_file

# Doors that few commands open, by where they are: imported when one is first used.
_LATER = {
    name: home
    for home, names in {
        "columns": "typed_columns",
        "guide": "guide_pages guide_text",
        "lot_words": "TypedLot counting lots_document one_lot_document read_lot with_stage",
        "observed": "Tables load_cases load_tables old_numbers shipped_table",
        "plain": "Lot",
        "sheet_scenario": "read_sheet",
        "validation": "validate_file",
    }.items()
    for name in names.split()
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'capacity.load' has no attribute {name!r}")
    return getattr(importlib.import_module(f"capacity.load.{_LATER[name]}"), name)


__all__ = [
    "DEFAULT_SCENARIO",
    "FINDABLE",
    "KINDS",
    "Lot",
    "Scenario",
    "Specs",
    "Tables",
    "TypedLot",
    "built_in_specs",
    "counting",
    "find_chip",
    "find_part",
    "guide_pages",
    "guide_text",
    "is_article",
    "join_scenario",
    "load_article_words",
    "load_assumptions",
    "load_cases",
    "load_chip",
    "load_comparators",
    "load_families",
    "load_grid",
    "load_headings",
    "load_hedges",
    "load_integrity",
    "load_ledgers",
    "load_lines",
    "load_models",
    "load_owner",
    "load_price",
    "load_rule",
    "load_rules",
    "load_scenario",
    "load_site",
    "load_system",
    "load_tables",
    "load_usual",
    "load_vendors",
    "load_vocabulary",
    "load_wordings",
    "load_workloads",
    "lots_document",
    "meant_chips",
    "measured_quantity",
    "old_numbers",
    "one_lot_document",
    "open_specs",
    "part_names",
    "processor_name",
    "quantities",
    "read_article_file",
    "read_document",
    "read_lot",
    "read_sheet",
    "read_text",
    "record_of",
    "scenario_document",
    "scenario_from",
    "shipped_table",
    "today",
    "typed_columns",
    "typed_day",
    "typed_number",
    "typed_settings",
    "typed_source",
    "typed_text",
    "understand_claim",
    "validate_file",
    "validated",
    "with_stage",
]
