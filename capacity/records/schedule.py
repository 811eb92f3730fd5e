"""When the parts of a lot are said to be there: a due date, phases, a rate."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from capacity.source import Number, Record, written_day
from capacity.words.amounts import read_amount
from capacity.words.dates import ALLOWED, read_date
from capacity.words.numbers import read_number
from capacity.words.tokens import WordsError

Day = date  # a name for it where a field is called date


def read_day(value: Any, info: ValidationInfo, first: bool = False) -> Any:
    """A day as such, or in words with the table that the loader gives: the last day that they allow, or the first.

    Words like "next year" count from the day of the statement, where the record has read it before.
    """
    if not isinstance(value, str) or not info.context or _NO_WORDS.fullmatch(value.strip()):
        return written_day(value)
    try:
        days = read_date(value, (info.data or {}).get("date"), info.context["vocabulary"]().dates, first)
    except WordsError as error:
        raise ValueError(str(error)) from None
    if days is None or days[1].strip(" ."):
        raise ValueError(f"{value[:60]!r} is no date ({ALLOWED})")
    return days[0]


def _first_day(value: Any, info: ValidationInfo) -> Any:
    return read_day(value, info, first=True)


LastDay = Annotated[date, BeforeValidator(read_day)]  # "Q3 2027" is 30 September 2027
FirstDay = Annotated[date, BeforeValidator(_first_day)]
_PHASE = re.compile(r"([0-9].*?) (?:by|until|before|no later than) (.+)|([0-9][^ %]* ?%?) (.+)", re.IGNORECASE)
_NO_WORDS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]+(\.[0-9]*)?")
Per = Literal["week", "month", "quarter", "year"]
Every = Literal["month", "quarter", "half", "year"]
EVERY: tuple[Every, ...] = get_args(Every)
PERIODS: tuple[Per, ...] = get_args(Per)
_MONTHS: dict[Per, int] = {"month": 1, "quarter": 3, "year": 12}
ROUNDING = 0.005  # how far the parts of a whole, which sources round, may miss it


class Phase(Record):
    """A part of a lot that a source promises for a day: a share of the whole, or an amount.

    A number is in the unit of the whole, 1 of 6 GW; words may have a unit of their own, `amount: 1 GW`. All in words:
    `25% by Q4 2026`, `100,000 by mid-2027`, `1 GW by 2026-12-31`. `unit`: the base unit of a number.
    """

    due: LastDay
    part: Annotated[Number, Field(gt=0, le=1)] | None = None
    amount: Annotated[Number, Field(gt=0)] | None = None
    unit: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_words(cls, data: Any, info: ValidationInfo) -> Any:
        """A phase in words, or one whose amount is."""
        data = _phase(data)
        amount = data.get("amount") if isinstance(data, dict) else None
        says = amount.get("says") if isinstance(amount, dict) and set(amount) == {"says"} else amount
        if not isinstance(says, str) or not info.context:
            return data
        try:
            words = read_amount(says, info.context["vocabulary"]())
        except WordsError as error:
            raise ValueError(str(error)) from None
        if words.reading.number is None:
            raise ValueError(f'"{words.text}" names no number (a phase such as 1 GW)')
        unit = {"unit": words.kind} if words.unit else {}
        return {**data, "amount": words.reading.number * words.factor, **unit}

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.part is None) == (self.amount is None):
            raise ValueError("a phase says how much in one way (part of the whole, or amount)")
        return self


def _phase(data: Any) -> Any:
    """A phase in words, how much and then when, as its fields."""
    match = _PHASE.fullmatch(" ".join(data.split())) if isinstance(data, str) else None
    if match is None:
        return data
    how = match[1] or match[3]
    try:
        number = read_number(how.removesuffix("%"))
    except WordsError as error:
        if not match[1]:
            raise ValueError(str(error)) from None
        return {"due": match[2], "amount": how}
    return {"due": match[2] or match[4], **({"part": number / 100} if how.endswith("%") else {"amount": number})}


def phases_of(value: Any, unit: tuple[str, float] | None) -> Any:
    """Phases as a file or a cell has them, whose plain numbers are in the unit of the whole: base unit and factor.

    >>> phases_of("1 by 2026-12-31; 5 by 2030-12-31", ("W", 1e9))[0]
    {'due': '2026-12-31', 'amount': 1000000000.0, 'unit': 'W'}
    """
    parts = [part for part in value.split(";") if part.strip()] if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple)):
        return parts
    fields = [_phase(part) for part in parts]
    return [
        {**data, "amount": data["amount"] * unit[1], "unit": unit[0]}
        if unit and isinstance(data, dict) and type(data.get("amount")) in (int, float) and "unit" not in data
        else data
        for data in fields
    ]


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a lot that is said to come evenly from one day to another, or whole on the last."""

    part: float
    begin: Day
    end: Day


def spans(phases: tuple[Phase, ...], begin: Day) -> tuple[Span, ...]:
    """The parts of a lot in phases: each comes between the one before and its own day.

    >>> both = (Phase(due="2026-12-31", part=0.25), Phase(due="2027-12-31", part=0.75))
    >>> [(span.part, str(span.begin)) for span in spans(both, date(2026, 7, 1))]
    [(0.25, '2026-07-01'), (0.75, '2026-12-31')]
    """
    amounts = [phase.part or phase.amount or 0.0 for phase in phases]
    starts = [begin, *(phase.due for phase in phases)]
    whole = sum(amounts)
    return tuple(
        Span(amount / whole, min(start, phase.due), phase.due)
        for amount, start, phase in zip(amounts, starts, phases, strict=False)
    )


def phase_fault(phases: tuple[Phase, ...], said: Day, low: float, high: float, unit: str) -> str | None:
    """What is wrong with the phases of a lot whose whole lies between two numbers of a unit; None where nothing is."""
    days = [phase.due for phase in phases]
    if days != sorted(set(days)):
        return "the phases are not in order of time (each due after the one before)"
    if days[0] < said:
        return f"a phase is due {days[0]}, before the statement of {said} (that day or later)"
    if len({phase.part is None for phase in phases}) > 1:
        return "some phases are parts of the whole, others amounts (all of one kind)"
    if others := sorted({phase.unit for phase in phases if phase.unit} - {unit}):
        return f"a phase is in {others[0]}, the whole in {unit} (one unit)"
    parts = phases[0].part is not None
    whole = sum((phase.part if parts else phase.amount) or 0.0 for phase in phases)
    low, high = (1.0, 1.0) if parts else (low, high)
    if not low * (1 - ROUNDING) <= whole <= high * (1 + ROUNDING):
        return f"the phases come to {whole:,.6g} (the whole: {low:,.6g}{f' to {high:,.6g}' if high > low else ''})"
    return None


def periods(since: Day, until: Day, per: Per) -> float:
    """How many weeks, months, quarters or years a span has, both days counted, by the calendar.

    >>> periods(date(2026, 1, 1), date(2026, 12, 31), "year"), periods(date(2026, 7, 1), date(2026, 12, 31), "quarter")
    (1.0, 2.0)
    >>> periods(date(2026, 1, 5), date(2026, 1, 18), "week")
    2.0
    """
    after = until + timedelta(days=1)
    if per == "week":
        return (after - since).days / 7
    months = 12 * (after.year - since.year) + after.month - since.month
    length = monthrange(after.year, after.month)[1]
    return (months + (after.day - since.day) / length) / _MONTHS[per]


def last_day(when: str) -> Day:
    """The last day of a year, a month or a day written as `2027`, `2027-03`, `2027-03-31`.

    >>> [str(last_day(when)) for when in ("2027", "2027-02", "2027-03-30")]
    ['2027-12-31', '2027-02-28', '2027-03-30']
    """
    year, *rest = (int(part) for part in when.split("-"))
    month, day = [*rest, *(12, 0)[len(rest) :]]
    return date(year, month, day or monthrange(year, month)[1])


def ends(every: Every, first: Day, last: Day) -> list[Day]:
    """The last days of the months, quarters, half-years or years that end between two days.

    >>> [str(day) for day in ends("quarter", date(2026, 7, 1), date(2027, 3, 31))]
    ['2026-09-30', '2026-12-31', '2027-03-31']
    """
    step = {"month": 1, "quarter": 3, "half": 6, "year": 12}[every]
    found = []
    for month in range(12 * first.year, 12 * (last.year + 1), step):
        year, closing = divmod(month + step - 1, 12)
        day = date(year, closing + 1, monthrange(year, closing + 1)[1])
        if first <= day <= last:
            found.append(day)
    return found
