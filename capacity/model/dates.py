"""The dates of an estimate: a day as typed, and series of the last days of periods."""

from __future__ import annotations

from datetime import date, datetime

from capacity.errors import fail
from capacity.records.schedule import EVERY, Every, ends
from capacity.resolve import Scenario
from capacity.source import written_day

MOST_DATES = 200  # of a series


def as_date(text: date | str, option: str = "at") -> date:
    """A day, as such or written `2026-08-31`; `InputError` where it is none.

    >>> as_date("2026-08-31")
    datetime.date(2026, 8, 31)
    """
    if isinstance(text, datetime):  # as a Timestamp of pandas is one
        return text.date()
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(str(written_day(text)))
    except ValueError:
        raise fail(option, f"{text!r} is no date", "YYYY-MM-DD") from None


def series(scenario: Scenario, every: Every | None, from_: date | str | None, until: date | str | None) -> list[date]:
    """The dates of a series; `InputError` where it has no end or no date."""
    if every is None:
        if from_ is not None or until is not None:
            raise fail("every", "is missing beside --from or --until", ", ".join(EVERY))
        return []
    if every not in EVERY:
        raise fail("every", f"unknown period {every!r}", ", ".join(EVERY))
    promises = [span.end for name in scenario.file.counted for span in scenario.file.lots[name].promised]
    if until is None and not promises:
        raise fail("until", "no lot says a day on which it is due, so the series has no end", "--until DATE")
    first = as_date(from_, "from_") if from_ is not None else scenario.file.as_of
    last = as_date(until, "until") if until is not None else max(promises)
    days = ends(every, first, last)
    if not days:
        raise fail("every", f"no {every} ends between {first} and {last}", "a later --until, an earlier --from")
    if len(days) > MOST_DATES:
        raise fail("every", f"{len(days)} dates", f"at most {MOST_DATES}")
    return days
