"""A row of a table → a measured case, a site with its watts, or an announcement; or why it is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import ValidationError

from capacity.load.settings import typed_number

if TYPE_CHECKING:
    from capacity.records.case import Case
    from capacity.records.outcome import Announcement, SiteFigure

Row = Mapping[str, str]
_BASES = {"unknown": "unstated", "": "unstated", "billable": "it", "leased": "it", "critical it": "it"}
_MORE = re.compile(r"(?i)\b(?:more than|over|above|at least)\s+[\d.,]+\s*[kmg]w\b")
_LESS = re.compile(r"(?i)\b(?:less than|under|below|at most|up to)\s+[\d.,]+\s*[kmg]w\b")


def case_of(row: Row) -> Case | str:
    """The case in a row, or why it is none."""
    from capacity.records.case import METRICS, Case, si_factor

    given = {name: row[name] for name in Case.model_fields if row.get(name)}
    if row.get("metric") not in METRICS:
        return f"unknown metric {row.get('metric', '')!r} ({', '.join(METRICS)})"
    factor = si_factor(row["metric"], row.get("unit", ""))
    if factor is None:
        return f"unit {row['unit']!r} does not measure {row['metric']}"
    try:
        numbers = {
            name: number_in(given, name, factor if name == "value" else 1.0)
            for name in ("value", "chips")
            if name in given
        }
    except ValueError as error:
        return str(error)
    try:
        return Case.model_validate({"case": "", "basis": "", **given, **numbers})
    except ValidationError as error:
        return first_fault(error)


def number_in(row: Row, column: str, factor: float = 1.0) -> float | None:
    """The number in a cell times a factor; None where it is empty. Raises `ValueError`, which names the column."""
    text = row.get(column, "")
    try:
        return typed_number(text) * factor if text else None
    except ValueError as error:
        raise ValueError(f"{column}: {error}") from None


def first_fault(error: ValidationError) -> str:
    """The first thing that is wrong with a record, in a line."""
    first = error.errors(include_url=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg'][0].lower()}{first['msg'][1:]}".removeprefix(": ")


def site_of(row: Row) -> SiteFigure | str:
    """The site in a row, or why it is none.

    >>> site_of({"case": "a", "chip": "h20", "power_mw": "2", "power_basis": "unknown", "power_rating": "peak"}).basis
    'unstated'
    """
    from capacity.records.outcome import SiteFigure

    basis = row.get("power_basis", "").lower()
    try:
        chips, watts = number_in(row, "chips"), number_in(row, "power_mw", 1e6)
        low, high = number_in(row, "value_low", 1e6), number_in(row, "value_high", 1e6)
        if watts is None:
            return "no power_mw"
        low, high = _ends(row, watts, low, high)
        return SiteFigure.model_validate({
            "case": row.get("case", ""), "name": row.get("name", ""), "operator": row.get("operator", ""),
            "chip": row.get("chip", ""), "chips": chips, "words": row.get("count_words", ""),
            "system": row.get("system_or_rack", ""), "watts": watts, "basis": _BASES.get(basis, basis),
            "rating": row.get("power_rating", "").lower() or "nameplate", "low": low, "high": high,
            "listed": _listed(row),
        })  # fmt: skip
    except ValidationError as error:
        return first_fault(error)
    except ValueError as error:
        return str(error)


def _ends(row: Row, watts: float, low: float | None, high: float | None) -> tuple[float | None, float | None]:
    """What the source allows: a range, one end where it says "more than" or "under", else the figure itself."""
    source, note = row.get("source_power", ""), row.get("note", "").lower()
    more, less = _MORE.search(source) is not None, _LESS.search(source) is not None
    if not more and not less:
        more, less = "lower bound" in note, "upper bound" in note
    if more != less:
        return (low or watts, None) if more else (None, high or watts)
    if low is None and high is None:
        return watts, watts
    return low and min(low, watts), high and max(high, watts)


def _listed(row: Row) -> str:
    """Why a row is no test: it fed the model, or its source reckoned one figure from the other."""
    if row.get("independent", "").lower() == "no":
        return "its source reckoned the count from the megawatts or the reverse"
    fed = row.get("in_model", "") or "no"
    if fed == "backtest":
        return "fitted: the mean of an HPL run"
    return "" if fed == "no" else f"no independent check: feeds {fed}"


def announcement_of(row: Row) -> Announcement | str:
    """The observation in a row, or why it is none."""
    from capacity.records.outcome import Announcement

    try:
        fed = row.get("in_model", "") or "no"
        return Announcement.model_validate({
            "event": row.get("event", ""), "buyer": row.get("buyer", ""), "country": row.get("country", ""),
            "words": row.get("chip_or_unit", ""), "stage": row.get("stage", ""), "stated": row.get("date_stated", ""),
            "promised": row.get("promised_by") or None, "reached": row.get("observed_stage", ""),
            "observed": row.get("date_observed", ""), "months": number_in(row, "months"),
            "share": number_in(row, "share_realised_at_observation"), "kind": row.get("kind", ""),
            "listed": "" if fed == "no" else f"no independent check: feeds {fed}",
        })  # fmt: skip
    except ValidationError as error:
        return first_fault(error)
    except ValueError as error:
        return str(error)
