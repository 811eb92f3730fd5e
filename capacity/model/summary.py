"""Arrays → the few numbers that a reader wants."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from capacity.equations.compute import Array

POINTS = (0.05, 0.50, 0.95)


@dataclass(frozen=True, slots=True)
class Line:
    """One result in SI: its mean, its 5, 50 and 95 % points, and the standard error of the 50 % point.

    `coverage` is the share of the chips that it is of, below 1 where figures are missing, as `lacking` says.
    """

    address: str
    quantity: str
    basis: tuple[tuple[str, str], ...]
    view: str
    at: str | None
    group: str
    member: str
    unit: str
    mean: float
    p5: float
    p50: float
    p95: float
    mc_error: float
    coverage: float = 1.0
    lacking: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The line as the JSON of the interface has it: basis words and group as keys of their own."""
        head: dict[str, Any] = {
            "quantity": self.quantity,
            **dict(self.basis),
            "view": self.view,
            "at": self.at,
        }
        if self.group != "total":
            head[self.group] = self.member
        numbers = asdict(self)
        part = {"coverage": self.coverage, "lacking": list(self.lacking)} if self.coverage < 1 else {}
        return {**head, **{key: numbers[key] for key in ("unit", "mean", "p5", "p50", "p95", "mc_error")}, **part}


def line_of(address: str, quantity: str, unit: str, values: Array) -> Line:
    """A line about an array that is no row of the page: a solved count, a site's megawatts.

    Values that differ by rounding alone are one number.
    """
    if float(values.max() - values.min()) <= 1e-12 * float(abs(values).max()):
        values = values[:1]
    return Line(address, quantity, (), "as_stated", None, "total", "", unit, *describe(values))


def describe(values: Array, scratch: Array | None = None) -> tuple[float, float, float, float, float]:
    """Mean, 5 %, 50 %, 95 % point (linear between order statistics) and standard error of the 50 % point.

    `scratch`: an array of the same shape that may be written over, which saves making one.

    >>> import numpy as np
    >>> describe(np.arange(101.0))  # 50 -+ sqrt(101) / 2, outward: the values 44 and 56
    (50.0, 5.0, 50.0, 95.0, 6.0)
    """
    size = values.size
    mean = float(values.mean())
    if values[0] == values[-1] and (values == values[0]).all():
        return (float(values[0]),) * 4 + (0.0,)
    spread = math.sqrt(size) / 2
    around = [max(0, math.floor((size - 1) / 2 - spread)), min(size - 1, math.ceil((size - 1) / 2 + spread))]
    wanted = set(around)
    for point in POINTS:
        below = math.floor(point * (size - 1))
        wanted |= {below, min(below + 1, size - 1)}
    parted = np.empty_like(values) if scratch is None else scratch
    np.copyto(parted, values)
    at = in_order(parted, sorted(wanted))
    points = []
    for point in POINTS:
        position = point * (size - 1)
        below = math.floor(position)
        above = min(below + 1, size - 1)
        points.append(at[below] + (position - below) * (at[above] - at[below]))
    error = (at[around[1]] - at[around[0]]) / 2
    return mean, points[0], points[1], points[2], error


def in_order(values: Array, places: list[int]) -> dict[int, float]:
    """What would stand at these places (ascending) if the values were sorted; they are put into another order.

    numpy's partition is vectorised for one place and not for several, so the array is parted at the middle place,
    and each side at its own.
    """

    def part(low: int, high: int, here: list[int]) -> None:
        if here:
            middle = len(here) // 2
            place = here[middle]
            values[low:high].partition(place - low)
            part(low, place, here[:middle])
            part(place + 1, high, here[middle + 1 :])

    part(0, values.size, places)
    return {place: float(values[place]) for place in places}
