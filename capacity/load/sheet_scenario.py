"""A sheet of deals, from a file or a frame of pandas, as a scenario."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from capacity.load.scenarios import Scenario, join_scenario
from capacity.load.settings import typed_day
from capacity.load.sheets import deals_document, read_deals
from capacity.load.specs import Specs, open_specs
from capacity.load.tables import frame_sheet


def read_sheet(
    sheet: Any, *, sites: Any = None, columns: Mapping[str, str] | None = None, date: datetime.date | str | None = None,
    specs: str | Path | Specs | None = None,
) -> Scenario:  # fmt: skip
    """The scenario in a sheet of deals: a counted lot per row.

    Parameters: `sheet` a path (.csv, .tsv, .xlsx) or a DataFrame, `sites` a DataFrame of sites with their limits (of
    a workbook its sheet so named is read); `columns` heading → column, where a heading is not one that people usually
    write (`{"GPU type": "chip", "Signed": "date day-first"}`); `date` the day of the statement where no column has it.
    Raises `InputError` with all that is wrong, by column and cause.

    >>> import pandas
    >>> deals = pandas.DataFrame({"GPU model": ["GB300"], "Qty": [18000], "Buyer": ["Humain"], "Status": ["on order"]})
    >>> read_sheet(deals, date="2026-01-28").file.lots["line-2"].count.value
    18000.0
    """
    library = open_specs(specs)
    day = typed_day(date)
    if isinstance(sheet, (str, Path)):
        return join_scenario(read_deals(Path(sheet), library, columns, day), library)
    tables = [frame_sheet(sheet, "deals"), *([frame_sheet(sites, "sites")] if sites is not None else ())]
    return join_scenario(deals_document(tables, library, columns, day), library)
