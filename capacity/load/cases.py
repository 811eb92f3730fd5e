"""Measured cases: the rows of a CSV file in SI."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from capacity.errors import Fault, InputError
from capacity.load.files import read_text
from capacity.load.settings import typed_number
from capacity.load.specs import built_in_specs

if TYPE_CHECKING:
    from capacity.records.case import BadRow, Case


def load_cases(path: str | Path | None = None) -> tuple[list[Case], list[BadRow]]:
    """The cases of a CSV file (nothing: the shipped ones) in SI, and the rows that are none, each with the reason.

    Raises `InputError` where the file cannot be read or lacks a column.
    """
    import csv
    import io

    from capacity.records.case import NEEDED, BadRow, Case

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
    from capacity.records.case import METRICS, Case, si_factor

    known = {name: row[name] for name in Case.model_fields if row.get(name)}
    if row.get("metric") not in METRICS:
        return f"unknown metric {row.get('metric', '')!r} ({', '.join(METRICS)})"
    factor = si_factor(row["metric"], row.get("unit", ""))
    if factor is None:
        return f"unit {row['unit']!r} does not measure {row['metric']}"
    try:
        numbers = {name: typed_number(known[name]) for name in ("value", "chips") if name in known}
    except ValueError as error:
        return str(error)
    if "value" in numbers:
        numbers["value"] *= factor
    try:
        return Case.model_validate({"case": "", "basis": "", **known, **numbers})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg'][0].lower()}{first['msg'][1:]}"
