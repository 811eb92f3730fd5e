"""Measured cases: a row of a CSV file in SI."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from capacity.load.tables import first_fault, load_tables, shipped_table

if TYPE_CHECKING:
    from capacity.records.case import BadRow, Case


def load_cases(path: str | Path | None = None) -> tuple[list[Case], list[BadRow]]:
    """The cases of a CSV file (nothing: the shipped ones) in SI, and the rows that are none, each with the reason.

    Raises `InputError` where the file cannot be read or lacks a column.
    """
    tables = load_tables(path if path is not None else shipped_table("cases"))
    return tables.cases, tables.bad


def case_of(row: Mapping[str, str]) -> Case | str:
    """The case in a row, or why it is none."""
    from capacity.records.case import METRICS, Case, si_factor

    given = {name: row[name] for name in Case.model_fields if row.get(name)}
    if row.get("metric") not in METRICS:
        return f"unknown metric {row.get('metric', '')!r} ({', '.join(METRICS)})"
    factor = si_factor(row["metric"], row.get("unit", ""))
    if factor is None:
        return f"unit {row['unit']!r} does not measure {row['metric']}"
    try:
        numbers = {name: float(given[name].replace("_", "x")) for name in ("value", "chips") if name in given}
    except ValueError:
        return "value or chips is not a number"
    if "value" in numbers:
        numbers["value"] *= factor
    try:
        return Case.model_validate({"case": "", "basis": "", **given, **numbers})
    except ValidationError as error:
        return first_fault(error)
