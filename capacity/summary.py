"""Arrays → the few numbers that a reader wants."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from capacity.equations.compute import Array
from capacity.model import Estimate, Key

POINTS = (0.05, 0.50, 0.95)


@dataclass(frozen=True, slots=True)
class Line:
    """One result in SI: its mean, its 5, 50 and 95 % points, and the standard error of the 50 % point."""

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
        return {**head, **{key: numbers[key] for key in ("unit", "mean", "p5", "p50", "p95", "mc_error")}}


def summarize(answer: Estimate, wanted: Callable[[str, str], bool] | None = None) -> list[Line]:
    """A line per view, result and group, in the order of the page; `wanted(address, group kind)` picks some."""
    rows = [
        (view, step, group, *answer.multiples.get((step.address, group.members), (step.address, 1.0)))
        for view in answer.views
        for step, group in answer.results(view)
        if wanted is None or wanted(step.address, group.kind)
    ]
    known = _described(answer, list(dict.fromkeys((base, group.members, view) for view, _, group, base, _ in rows)))
    stages = {answer.scenario.file.lots[name].stage for name in answer.scenario.file.counted}
    lines = []
    for view, step, group, base, factor in rows:
        numbers = [number * factor for number in known[base, group.members, view]]
        named = {"in service"} if view.at else stages
        basis = step.basis
        if step.address == "chips" and len(named) == 1:
            basis = (("stage", *named),)
        at = view.at.isoformat() if view.at else None
        lines.append(Line(step.address, step.quantity, basis, view.name, at, group.kind, group.id, step.unit, *numbers))
    return lines


THREADED = 200_000  # worlds from which on threads pay


def _described(answer: Estimate, keys: list[Key]) -> dict[Key, tuple[float, ...]]:
    """The few numbers of each array or sketch, in threads where that pays."""

    def one(key: Key) -> tuple[float, ...]:
        return answer.sketches[key].described() if key in answer.sketches else describe(answer.arrays[key])

    if answer.worlds.draws < THREADED:
        return {key: one(key) for key in keys}
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        return dict(zip(keys, pool.map(one, keys), strict=True))


def line_of(address: str, quantity: str, unit: str, values: Array) -> Line:
    """A line about an array that is no row of the page: a solved count, a site's megawatts.

    Values that differ by rounding alone are one number.
    """
    if float(values.max() - values.min()) <= 1e-12 * float(abs(values).max()):
        values = values[:1]
    return Line(address, quantity, (), "as_stated", None, "total", "", unit, *describe(values))


def describe(values: Array) -> tuple[float, float, float, float, float]:
    """Mean, 5 %, 50 %, 95 % point (linear between order statistics) and standard error of the 50 % point.

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
    places = sorted(wanted)
    at = dict(zip(places, np.partition(values, places)[places].tolist(), strict=True))
    points = []
    for point in POINTS:
        position = point * (size - 1)
        below = math.floor(position)
        above = min(below + 1, size - 1)
        points.append(at[below] + (position - below) * (at[above] - at[below]))
    error = (at[around[1]] - at[around[0]]) / 2
    return mean, points[0], points[1], points[2], error
