"""What the words of a count say, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from capacity.source import Grade


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says: an exact `value`, or the 5 % and 95 % points `low` and `high` with hard ends if any,
    and where readers were asked their `median`.

    The numbers are the amount itself (not the part above the floor), per buyer where `each` is true; `number` is the
    one number that stands under the hedge, if there is one; `units` are the unit words as written.
    """

    text: str
    value: float | None
    low: float | None
    high: float | None
    floor: float | None
    ceiling: float | None
    each: bool
    buyers: Reading | None
    rule: str
    explanation: str
    grade: Grade
    source: str
    number: float | None = None
    units: str = ""
    due: date | None = None
    median: float | None = None
