"""How much, how sure, who says so."""

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationInfo, model_validator

from capacity.source import Grade, Kind, Number, Record, Slug, Source, When
from capacity.units import scale
from capacity.words.hedges import read
from capacity.words.numbers import HedgeError, read_number
from capacity.words.said import Reading
from capacity.words.tokens import WordsError

LARGEST = 1e30  # of any unit that a file may use
WIDEST = 1e12  # of a 95 % point over the 5 % point, both above the floor


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


SourceIds = Annotated[
    tuple[str, ...], BeforeValidator(_listed, json_schema_input_type=str | tuple[str, ...]), Field(min_length=1)
]


class Dispute(Record):
    """An observation that disagrees with the working value, and why it is not the one used."""

    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    source: SourceIds
    why: str = Field(min_length=3)


class Quantity(Record):
    """A number with its interval, source and grade; `low`, `median` and `high` are the 5 %, 50 % and 95 % points.

    Exactly one of `value`, `low` with `high` (and the `median` where it is known), or `says` (a reporter's words)
    states how much. `anchor` is the number beside a hedge word, from which the tails are measured.
    `floor` and `ceiling` are hard; `chance` is the probability that it is not nought altogether.
    `each`: said of each buyer, of whom there are `buyers` where their number was said.
    `read`: what stands at a source, in this quantity's unit. `derived`: the arithmetic that gives the value, of
    numbers and of fields of the same record (`sparse_tflops.fp8 / 2`). `validate` holds the value against both.

    `print` gives it as people read it; `float` works where it is one number, and is a `ValueError` where it is not.

    >>> print(Quantity(low=1.1, high=1.4, floor=1, source="x", grade="B"))
    1.1 to 1.4 (grade B, x)
    >>> float(Quantity(value=0.7, source="x", grade="B"))
    0.7
    """

    model_config = ConfigDict(defer_build=False)  # built once here, not again inside each record that holds one

    _unit: str = PrivateAttr("")

    value: Number | None = None
    low: Number | None = None
    median: Number | None = None
    high: Number | None = None
    says: str | None = None
    floor: Number | None = None
    ceiling: Number | None = None
    anchor: Number | None = None
    chance: Annotated[Number, Field(ge=0, le=1)] | None = None
    each: bool = False
    buyers: "Quantity | None" = None
    source: SourceIds
    grade: Grade
    kind: Kind | None = None
    read: dict[Slug, Number] = {}
    derived: Annotated[str, Field(min_length=3, max_length=200)] | None = None
    seen: When | None = None
    note: str | None = None
    disputed: tuple[Dispute, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _read_words(cls, data: Any, info: ValidationInfo) -> Any:
        """Turn `says` into numbers with the table of hedges that the loader gives."""
        if not isinstance(data, dict) or data.get("says") is None or not info.context:
            return data
        cls._alone(data)
        try:
            reading = read(str(data["says"]), info.context["vocabulary"]())
        except WordsError as error:
            raise ValueError(str(error)) from None
        return cls.with_reading(data, reading)

    @staticmethod
    def _alone(data: dict[str, Any]) -> None:
        """Words stand for themselves: no number beside them."""
        if any(data.get(key) is not None for key in ("value", "low", "median", "high")):
            raise ValueError("says stands beside value, low or high (one of the three ways)")

    @staticmethod
    def with_reading(data: dict[str, Any], reading: Reading, factor: float = 1.0) -> dict[str, Any]:
        """The fields of a quantity with what its words say, in a unit `factor` times smaller than theirs."""
        fields = {**data, **{key: point * factor for key, point in _points(reading).items()}}
        if reading.each:
            fields["each"] = True
        if reading.buyers is not None and "buyers" not in data:
            cited = {key: data[key] for key in ("source", "grade") if key in data}
            fields["buyers"] = {**_points(reading.buyers), **cited}
        return fields

    @model_validator(mode="after")
    def _check(self) -> Self:
        return self._sound()

    def _sound(self) -> Self:
        """The quantity itself; `ValueError` where its numbers cannot be together."""
        exact, interval = self.value is not None, self.low is not None and self.high is not None
        if exact == interval or (self.low is None) != (self.high is None):
            raise ValueError("state how much in one way (value, low with high, or says)")
        if self.median is not None and not interval:
            raise ValueError("a median stands alone (low and high beside it)")
        points = [p for p in (self.value, self.low, self.high) if p is not None]
        if interval and points[0] >= points[1]:
            raise ValueError(f"low {points[0]:g} is not below high {points[1]:g} (low < high; value where exact)")
        if interval and self.median is not None and not points[0] < self.median < points[1]:
            raise ValueError(f"median {self.median:g} is out of order (between {points[0]:g} and {points[1]:g})")
        if min(points) < 0:
            raise ValueError(f"{min(points):g} is below zero (0 or more)")
        if max(*points, self.floor or 0.0, self.ceiling or 0.0) > LARGEST:
            raise ValueError(f"{self.stated} is too large (at most {LARGEST:g})")
        low_end = 0.0 if self.floor is None else self.floor
        top = self.ceiling
        if top is not None and top <= low_end:
            raise ValueError(f"ceiling {top:g} is not above the floor {low_end:g}")
        inside = all(p > low_end and (top is None or p < top) for p in points)
        if (interval and not inside) or (exact and not low_end <= points[0] <= (points[0] if top is None else top)):
            raise ValueError(f"{self.stated} is out of range ({bounds(self.floor, top)})")
        if interval and (points[1] - low_end) / (points[0] - low_end) > WIDEST:
            raise ValueError(f"{self.stated} is too wide an interval (high at most {WIDEST:g} times low)")
        return self

    @property
    def is_exact(self) -> bool:
        """True when it is one number in every world."""
        return self.value is not None and self.chance in (None, 1)

    @property
    def stated(self) -> str:
        """The number or interval in short, as in `1.1 to 1.4`, and how likely it is that there is nothing."""
        found = " to ".join(_short(end) for end in (self.value, self.low, self.high) if end is not None)
        if self.median is not None and self.says is None:
            found += f", median {_short(self.median)}"
        return found if self.chance in (None, 1) else f"{found} ({1 - self.chance:.0%}: nothing)"

    @property
    def spoken(self) -> str:
        """The number or interval in short, with the unit where it is known which."""
        factor, unit = scale(self.middle, self._unit) if self._unit else (1.0, "")
        return f"{self.over(factor).stated} {unit}".strip()

    def __str__(self) -> str:
        said = f'"{self.says}": ' if self.says is not None else ""
        return f"{said}{self.spoken} (grade {self.grade}, {', '.join(self.source)})"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def __float__(self) -> float:
        if self.value is None or not self.is_exact:
            raise ValueError(f"{self.stated} is not one number (low and high, midpoint)")
        return self.value

    def measured_in(self, unit: str) -> Self:
        """The same quantity, whose numbers are in this unit; it is printed with it.

        >>> print(Quantity(value=1.979e15, source="sheet", grade="B").measured_in("FLOP/s"))
        1.979 PFLOP/s (grade B, sheet)
        """
        measured = self.model_copy()
        measured._unit = unit
        return measured

    def evidence(self, sources: Mapping[str, Source]) -> Kind:
        """The kind of evidence: its own where it states one, else that of the first source."""
        return "derived" if self.derived is not None else self.kind or sources[self.source[0]].kind

    @property
    def ends(self) -> tuple[float, float]:
        """The 5 % and the 95 % point; the value twice where it is one."""
        if self.value is not None:
            return self.value, self.value
        assert self.low is not None
        assert self.high is not None
        return self.low, self.high

    @property
    def middle(self) -> float:
        """The value, or the middle between the 5 % and 95 % points."""
        return sum(self.ends) / 2

    @property
    def midpoint(self) -> float:
        """The value, or the 50 % point: the stated median, else the geometric mean of both ends' distances
        from the floor, or of their odds.

        >>> Quantity(low=4, high=9, source="x", grade="B").midpoint
        6.0
        >>> round(Quantity(low=0.2, high=0.8, ceiling=1, source="x", grade="B").midpoint, 9)
        0.5
        """
        (low, high), floor, top = self.ends, self.floor or 0.0, self.ceiling
        if self.value is not None:
            return self.value
        if self.median is not None:
            return self.median
        if top is None:
            return floor + math.sqrt((low - floor) * (high - floor))
        odds = math.sqrt((low - floor) / (top - low) * (high - floor) / (top - high))
        return floor + (top - floor) * odds / (1 + odds)

    def within(self, floor: float | None, ceiling: float | None) -> Self:
        """The same quantity inside bounds that its place imposes, where it has none of its own.

        Raises `ValueError` where it is outside them.
        """
        if (self.floor is not None or floor is None) and (self.ceiling is not None or ceiling is None):
            return self
        bounded = {
            "floor": floor if self.floor is None else self.floor,
            "ceiling": ceiling if self.ceiling is None else self.ceiling,
        }
        return self.model_copy(update={**bounded, "says": None, "disputed": ()})._sound()

    def scaled(self, factor: float) -> Self:
        """The same quantity in a unit `factor` times smaller (the crossing into SI)."""
        return self if factor == 1 else self._changed(lambda number: number * factor)

    def over(self, factor: float) -> Self:
        """The same quantity in a unit `factor` times larger: what `scaled` made, made undone.

        >>> Quantity(value=0.7, source="x", grade="B").scaled(1e9).over(1e9).value
        0.7
        """
        return self if factor == 1 else self._changed(lambda number: number / factor)

    def _changed(self, change: Callable[[float], float]) -> Self:
        ends = ("value", "low", "high", "median", "floor", "ceiling", "anchor")
        numbers = {e: change(getattr(self, e)) for e in ends if getattr(self, e) is not None}
        disputed = tuple(
            d.model_copy(update={e: change(getattr(d, e)) for e in ends[:3] if getattr(d, e) is not None})
            for d in self.disputed
        )
        read_there = {key: change(number) for key, number in self.read.items()}
        return self.model_copy(update={**numbers, "disputed": disputed, "read": read_there})


def _points(reading: Reading) -> dict[str, float]:
    """What a reading says, as the fields of a quantity."""
    points = {key: getattr(reading, key) for key in ("value", "low", "median", "high", "floor", "ceiling")}
    if reading.value is None:
        points["anchor"] = reading.number
    return {key: point for key, point in points.items() if point is not None}


def typed_quantity(text: str, source: str = "command-line") -> dict[str, Any]:
    """A number as typed: `1.2`, `400,000`, `1.1..1.3` (5 % and 95 % points) or a reporter's words.

    What is not clear (`400.000`) is left as words, which are refused with both readings where they are read.

    >>> typed_quantity("1.1..1.3"), typed_quantity("400,000")["value"]
    ({'low': 1.1, 'high': 1.3, 'source': 'command-line', 'grade': 'D'}, 400000.0)
    """
    low, dots, high = text.partition("..")
    cited = {"source": source, "grade": "D"}
    try:
        if dots and not high.startswith("."):  # "1...5" is no interval
            return {"low": read_number(low), "high": read_number(high), **cited}
        return {"value": read_number(text), **cited}
    except HedgeError:
        return {"says": text, **cited}


def _short(value: float) -> str:
    """A number in six figures; from a million on in full, for `1.23457e+06` is not what was said.

    >>> _short(0.25), _short(123456.0), _short(1234567.0), _short(3.8e25)
    ('0.25', '123456', '1,234,567', '3.8e+25')
    """
    return f"{value:,.0f}" if 1e6 <= value < 1e15 else f"{value:g}"


def bounds(floor: float | None, ceiling: float | None) -> str:
    """What a bounded number may be, in words.

    >>> bounds(1, None)
    'above 1'
    """
    if ceiling is None:
        return f"above {floor or 0:g}"
    return f"between {floor or 0:g} and {ceiling:g}"
