"""Dates as people write them: "Q3 2027", "the second half of 2026", "by the end of next year", 2026年底 → days."""

from __future__ import annotations

import calendar
import functools
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Annotated, NamedTuple

from pydantic import Field

from capacity.source import Record
from capacity.words.tokens import WordsError

YEARS = (1990, 2099)
ALLOWED = 'a date such as 2026-11-23, "Q3 2027", "the second half of 2026", "by the end of 2026", 2026年底'

Span = Annotated[tuple[int, int], Field(min_length=2)]


class DateError(WordsError):
    """The words begin like a date and are none, or need a day to be counted from."""


class Part(Record):
    """A part of a year (its first and last month) or of a month (its first and last day)."""

    words: str
    year: Span
    month: Span
    one_day: bool = False


class DateTable(Record):
    """All of `specs/dates.yaml`: the words of dates."""

    months: dict[str, int]
    years: dict[str, int]
    near: dict[str, int]
    near_months: dict[str, int]
    days: dict[str, int]
    ordinals: dict[str, int]
    parts: dict[str, Part]
    due: str
    since: str
    before: str

    @functools.cached_property
    def forms(self) -> list[re.Pattern[str]]:
        """The forms that a date can have, the longest first, as patterns with named parts."""
        month, year, near = _any(self.months), _any(self.years), _any(self.near)
        part = _any(word for part in self.parts.values() for word in _listed(part.words))
        ordinal = _any(key for key in self.ordinals if not key.isdigit())
        a_year = rf"(?:(?P<y>(?:19|20)[0-9]{{2}})(?![0-9]|[.,][0-9])|(?P<year>{year})(?![a-z]))"
        forms = (
            r"(?P<y>[0-9]{4})[-/](?P<m>[0-9]{1,2})[-/](?P<d>[0-9]{1,2})(?![0-9])",
            r"(?P<y>(?:19|20)[0-9]{2})[-/](?P<m>[0-9]{2})(?![0-9])",
            # Chinese: a year, and its half, quarter, month and day, or part
            rf"(?:(?P<y>(?:19|20)[0-9]{{2}})年|(?P<year>{_any(k for k in self.years if not k.isascii())})"
            r"|(?=(?:年[底末中初终]|[上下]半年|第?[一二三四五六七八九0-9]季度|[0-9]{1,2}月)))"
            rf"(?:的)?(?:(?P<half>[上下])半年|第?(?P<quarter>[一二三四五六七八九0-9])季度|q(?P<q>[0-9])"
            rf"|(?P<m>[0-9]{{1,2}})月份?(?:(?P<d>[0-9]{{1,2}})[日号]|(?P<part>{part}))?|(?P<yearpart>{part}))?(?P<zh>)(?:之?前)?",
            rf"(?P<nearmonth>{_any(self.near_months)})(?P<part>{part})?",
            rf"(?P<day>{_any(self.days)})(?![a-z])",
            # quarters and halves
            rf"(?P<kind>[qh])(?P<n>[0-9])(?:[ -]?(?:of )?{a_year}|(?![0-9a-z]))",
            rf"{a_year}[ -]?(?P<kind>[qh])(?P<n>[0-9])(?![0-9a-z])",
            r"(?P<n>[0-9])(?P<kind>[qh])[ ']?(?P<yy>(?:20)?[0-9]{2})(?![0-9])",
            rf"(?:the )?(?P<nth>{ordinal}) (?P<kind>quarter|half)(?: of)?(?: the)? {a_year}",
            rf"(?:the )?(?P<near>{near}) (?P<kind>month|quarter|half)(?![a-z])",
            # a month, and its day or part
            rf"(?P<month>{month})\.? (?P<d>[0-9]{{1,2}})(?:st|nd|rd|th)?(?![0-9])(?:,? {a_year})?",
            rf"(?:the )?(?P<d>[0-9]{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<month>{month})(?![a-z])\.?(?:,? {a_year})?",
            rf"(?:(?P<part>{part})[ -]?)?(?P<month>{month})(?![a-z])\.?(?:,? (?:of )?{a_year})?",
            # a year, and its part
            rf"(?P<yearpart>{part})[ -]?{a_year}",
            rf"{a_year}",
        )
        return [re.compile(form) for form in forms]

    @functools.cached_property
    def starts(self) -> tuple[str, ...]:
        """What the forms in Latin letters begin with."""
        words = (word for part in self.parts.values() for word in _listed(part.words))
        return ("the ", *self.months, *self.years, *self.near, *self.days, *self.ordinals, *words)

    def may_start(self, text: str, at: int) -> bool:
        """Whether a form can begin here, without trying them: most words begin none, and the patterns take a while.

        >>> from capacity.load import load_vocabulary
        >>> [load_vocabulary().dates.may_start(text, 0) for text in ("q3 2027", "2027", "h200", "over 400,000", "年底")]
        [True, True, False, False, True]
        """
        first = text[at : at + 1]
        if not first.isascii() or first.isdigit():
            return True
        if first in "qh" and text[at + 1 : at + 2].isdigit():  # a quarter or half, with or without its year
            return not text[at + 2 : at + 3].isdigit() or text[at + 2 : at + 4] in ("19", "20")
        return text.startswith(self.starts, at)

    @functools.cached_property
    def part_of(self) -> dict[str, Part]:
        """The part that each word names."""
        return {word: part for part in self.parts.values() for word in _listed(part.words)}

    @functools.cached_property
    def openers(self) -> dict[str, re.Pattern[str]]:
        """Words before a date, by what they say of it."""
        groups = {"before": self.before, "since": self.since, "due": self.due}
        return {name: re.compile(rf"\s*(?:{_any(_listed(words))})(?![a-z])") for name, words in groups.items()}


class Days(NamedTuple):
    """A stretch of days, and whether what is said begins with it ("since") rather than ends."""

    first: date
    last: date
    since: bool = False


def read_date(text: str, today: date | None, table: DateTable, first: bool = False) -> tuple[date, str] | None:
    """The last day that a date in front of the text allows (`first`: its first day), and the rest of the text.

    None where no date stands in front. `today` is the day of the statement, from which "next year" counts. Raises
    `DateError` for days and quarters that no calendar has, and for "next year" where no day is given.

    >>> from capacity.load import load_vocabulary
    >>> read_date("by the end of 2026 at the latest", None, load_vocabulary().dates)
    (datetime.date(2026, 12, 31), ' at the latest')
    """
    days = read_days(text, today, table)
    return None if days is None else ((days[0].first if first else days[0].last), days[1])


def read_days(text: str, today: date | None, table: DateTable, ahead: bool = False) -> tuple[Days, str] | None:
    """The days of a date in front of the text, with "by", "since" and the like before it, and the rest of the text.

    A month without a year is the last one up to `today`, the next one after "by" or where `ahead`.
    """
    import unicodedata

    plain = "".join(c if len(c) == 1 else t for t in text for c in (unicodedata.normalize("NFKC", t).lower(),))
    at, opener = 0, ""
    while True:
        name = next((name for name, form in table.openers.items() if form.match(plain, at)), None)
        match = table.openers[name].match(plain, at) if name else None
        if name is None or match is None:
            break
        at, opener = match.end(), opener or name
    at += len(plain[at:]) - len(plain[at:].lstrip(" ,("))
    for form in table.forms if table.may_start(plain, at) else ():
        match = form.match(plain, at)
        if match is None or match.end() == at or re.match("[0-9]{2}", plain[match.end() - 1 :]):
            continue
        days = _days(match, today, table, ahead or opener == "due")
        if days is None:
            continue
        until = match.group().endswith("前") and not (match["yearpart"] or match["part"])  # 年底前 is by the end
        if opener == "before" or until:
            days = Days(days.first, days.first - timedelta(days=1))
        return days._replace(since=opener == "since"), text[match.end() :]
    return None


def _days(match: re.Match[str], today: date | None, table: DateTable, ahead: bool) -> Days | None:
    """The days of a date whose form has been found."""
    parts = match.groupdict()
    said = match.group().strip()

    def need() -> date:
        if today is None:
            raise DateError(f'"{said}" needs the day on which it was said')
        return today

    if day := parts.get("day"):
        one = need() + timedelta(days=table.days[day])
        return Days(one, one)
    if (nearmonth := parts.get("nearmonth")) or parts.get("near"):
        step = table.near_months[nearmonth] if nearmonth else table.near[str(parts["near"])]
        kind = parts.get("kind") or "month"
        length = {"month": 1, "quarter": 3, "half": 6}[kind]
        index = (need().year * 12 + need().month - 1) // length + step
        return _months(index * length, length, table.part_of.get(parts.get("part") or ""))
    year = _year(parts, table, need)
    if kind := parts.get("kind"):
        number = int(parts["n"]) if parts.get("n") else table.ordinals[str(parts["nth"])]
        return _stretch(year or need().year, "q" if kind in ("q", "quarter") else "h", number, said)
    if half := parts.get("half"):
        return _stretch(year or need().year, "h", table.ordinals[half], said)
    if quarter := parts.get("quarter") or parts.get("q"):
        return _stretch(year or need().year, "q", table.ordinals.get(quarter, 9), said)
    month = int(parts["m"]) if parts.get("m") else table.months.get(parts.get("month") or "")
    if month is not None:
        return _month(year, month, parts, table, need, ahead, said)
    if year is None and not parts.get("yearpart"):
        return None
    return _months((year or need().year) * 12, 12, table.part_of.get(parts.get("yearpart") or ""))


def _year(parts: Mapping[str, str | None], table: DateTable, need: Callable[[], date]) -> int | None:
    """The year that was said."""
    if written := parts.get("y") or parts.get("yy"):
        year = int(written) + (2000 if len(written) == 2 else 0)
        if not YEARS[0] <= year <= YEARS[1]:
            raise DateError(f"{year} is out of range (a year from {YEARS[0]} to {YEARS[1]})")
        return year
    if word := parts.get("year"):
        return need().year + table.years[word]
    return None


def _month(
    year: int | None,
    month: int,
    parts: Mapping[str, str | None],
    table: DateTable,
    need: Callable[[], date],
    ahead: bool,
    said: str,
) -> Days:
    """A month, a day or a part of it; without a year the last one up to today, or the next one where `ahead`."""
    if not 1 <= month <= 12:
        raise DateError(f'"{said}" is no date: there is no month {month} (1 to 12)')
    if year is None:
        today = need()
        later = month < today.month if ahead else month > today.month
        year = today.year + (later if ahead else -later)
    if parts.get("d"):
        try:
            one = date(year, month, int(str(parts["d"])))
        except ValueError:
            raise DateError(f'"{said}" is no date: {year}-{month:02} has no day {parts["d"]}') from None
        return Days(one, one)
    return _months(year * 12 + month - 1, 1, table.part_of.get(parts.get("part") or ""))


def _stretch(year: int, kind: str, number: int, said: str) -> Days:
    """A quarter or half of a year."""
    most = 4 if kind == "q" else 2
    number = most if number == -1 else number
    if not 1 <= number <= most:
        raise DateError(f'"{said}" is no date: a year has {"quarters 1 to 4" if kind == "q" else "halves 1 and 2"}')
    length = 12 // most
    return _months(year * 12 + (number - 1) * length, length)


def _months(index: int, length: int, part: Part | None = None) -> Days:
    """`length` months from the one of an index on (12 a year), or a part of them."""
    first_day, last_day = 1, 31
    if part is not None and length == 12:
        index, length = index + part.year[0] - 1, part.year[1] - part.year[0] + 1
    elif part is not None and length == 1:
        first_day, last_day = part.month
    end = index + length - 1
    last = min(last_day, calendar.monthrange(end // 12, end % 12 + 1)[1])
    first = date(index // 12, index % 12 + 1, first_day)
    return Days(first, first) if part is not None and part.one_day else Days(first, date(end // 12, end % 12 + 1, last))


def _listed(words: str) -> list[str]:
    return [" ".join(word.split()) for word in words.split(",") if word.strip()]


def _any(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first."""
    return "|".join(re.escape(word).replace(r"\ ", " +") for word in sorted(set(words), key=lambda w: (-len(w), w)))
