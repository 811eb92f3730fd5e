"""When the stage of a quantity holds, and when it is due: the dates of its clause, read by the words room."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from capacity.reading.clauses import View
from capacity.reading.story import ToldLot
from capacity.reading.vocabulary import Vocabulary
from capacity.words.dates import DateError, Days, read_days

# Where a date may begin; whether one does is for the words room to say.
_BEGIN = re.compile(
    r"(?<![a-z0-9.,-])(?:by|in|on|from|since|until|during|before|within|at|as of|starting|beginning|the end|"
    r"end of|last|next|this|early|late|mid|"
    r"q[1-4]|h[12]|[1-4]q|the (?:first|second|third|fourth|last)|january|february|march|april|may|june|july|"
    r"august|september|october|november|december|"
    r"(?:19|20)[0-9]{2}|yesterday|today)(?![a-z])|(?:19|20)[0-9]{2}年|截至|今年|明年|去年|本月|上月|下月|"
    r"上个月|[0-9]{1,2}月|年底"
)
_OPENER = re.compile(r"(?:by|in|on|at|until|during|before|within|through|as of|since|from|截至|于|在)\s*")
_THERE = ("shipped", "delivered", "installed", "in service")


@dataclass(frozen=True, slots=True)
class Dated:
    """A date in a sentence: where it stands, its days as said, and as of what has already been ("in August")."""

    start: int
    end: int
    days: Days
    past: Days
    opener: str


def dates_in(here: View, today: datetime.date, words: Vocabulary) -> list[Dated]:
    """The dates of a sentence."""
    low = here.scan.low
    dated: list[Dated] = []
    for m in _BEGIN.finditer(low):
        if (dated and m.start() < dated[-1].end) or any(n.start <= m.start() < n.end for n in here.scan.names):
            continue
        if any(x.start <= m.start() < x.end for x in here.mentions):
            continue
        piece = low[m.start() : m.start() + 60]
        opener = _OPENER.match(piece)
        try:
            read = read_days(
                piece, today, words.base.dates, m.group() in ("by", "until", "before", "from", "starting", "beginning")
            )
            past = read_days(piece[opener.end() :] if opener else piece, today, words.base.dates)
        except (DateError, ValueError, OverflowError):
            continue
        if read is not None:
            end = m.start() + len(piece) - len(read[1])
            dated.append(Dated(m.start(), end, read[0], (past or read)[0], opener.group().strip() if opener else ""))
    return dated


def set_dates(lot: ToldLot, here: View, dated: list[Dated], today: datetime.date) -> None:
    """Give a quantity the day at which its stage holds and the day it is due, where its clause says them.

    A month, quarter or year is given by its last day, after "from" and the like by its first. What has happened is
    dated by a day up to the article's; what is ahead is due on a day after it.
    """
    low = here.scan.low
    start, end = lot.clause
    near = sorted(
        (
            d
            for d in dated
            if start <= d.start < end and (d.start >= lot.mention.stop or d.start - start < 25 or _beside(here, d, lot))
        ),
        key=lambda d: (d.start < lot.mention.stop, abs(d.start - lot.mention.stop)),
    )
    if (
        not near
    ):  # "As of December 31, we …" holds for the whole sentence; a date behind, where no other number is between
        near = [d for d in dated if d.start < 3] or [
            d
            for d in dated
            if d.start >= lot.mention.stop and not any(lot.mention.stop <= m.start < d.start for m in here.mentions)
        ][:1]
    for at, date in enumerate(near):
        following = near[at + 1] if at + 1 < len(near) else None
        if (
            following
            and low[date.end : following.start].strip() in ("and", "to", "-")
            and re.search(r"between\s$|from\s$", low[: date.start])
        ):
            date = following  # "between October 2024 and May 2025"
        if lot.stage in _THERE and not lot.future:
            day = date.past.first if date.past.since else date.past.last
            if day <= today and date.opener not in ("until", "since", "from") and lot.date is None:
                lot.date = day.isoformat()
            continue
        day = date.days.first if date.days.since else date.days.last
        if lot.future and day > today:
            lot.due = lot.due or day.isoformat()
        elif (
            lot.stage not in ("demand", "planned")
            and lot.date is None
            and date.past.last <= today
            and date.opener not in ("until", "since")
            and not date.days.since
        ):
            lot.date = date.past.last.isoformat()
        elif day > today:
            lot.due = lot.due or day.isoformat()


def _beside(here: View, date: Dated, lot: ToldLot) -> bool:
    """Whether a date stands between the verb and the number."""
    return any(p.start < date.start < lot.mention.start for p in here.predicates)
