"""The engine: every world of every result, quickly and in little memory.

What is done for speed or memory alone is done here: rows are worked on in parts, blocks of worlds in threads, and
above a million worlds percentiles are counted as the worlds pass. None of it changes a number.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, TypeVar

import numpy as np

from capacity.equations.compute import Array
from capacity.errors import fail
from capacity.model.plan import Plan
from capacity.model.sampling import BLOCK, Block, Draws
from capacity.model.sketch import USUAL, Counted, Sketch, counted
from capacity.model.stock import View, stock

Key = tuple[str, tuple[int, ...], View]  # a result, the rows that are summed, the view
_T = TypeVar("_T")

EXACT = 1_000_000  # up to so many worlds arrays are kept and percentiles are exact
MOST = 500_000_000  # numbers of all results together that are held, 8 bytes each
TOGETHER = 4 * BLOCK  # worlds that are worked on at a time: long enough for a thread, short enough to stay near
FEW = BLOCK // 2  # where there are so many results that fewer worlds will do for that
MANY = 20_000_000  # numbers of all results together from which that is so


def filled(
    plan: Plan, worlds: Draws, keys: Sequence[Key], progress: Callable[[float], None] | None = None
) -> tuple[dict[Key, Array], dict[Key, Sketch]]:
    """Every world of every result: kept where they are few enough, else passed through a sketch."""
    step = FEW if worlds.draws <= TOGETHER and len(keys) * worlds.draws >= MANY else TOGETHER
    parts = _parts(plan, keys, min(worlds.draws, step))
    arrays: dict[Key, Array] = {}
    sketches: dict[Key, Sketch] = {}
    if worlds.draws <= EXACT and len(keys) * worlds.draws <= MOST:
        arrays = {key: np.empty(worlds.draws) for key in keys}
    elif len(keys) * USUAL <= MOST:
        sketches = {key: Sketch() for key in keys}
    else:
        what = f"{len(keys):,} results in {worlds.draws:,} worlds are more than fit in memory"
        raise fail("by", what, "less in by, show or at, or fewer draws")

    def work(first: int) -> dict[Key, Counted]:
        block = worlds.stretch(first, step)
        here = slice(first, first + block.size)
        into = [arrays[key][here] if arrays else np.empty(block.size) for key in keys]
        _sum(plan, parts, block, into)
        return {key: counted(array) for key, array in zip(keys, into, strict=True)} if sketches else {}

    starts = range(0, worlds.draws, step)
    for start, found in zip(starts, _in_turn(work, starts), strict=True):
        for key, more in found.items():
            sketches[key].add(more)
        if progress:
            progress(min(1.0, (start + step) / worlds.draws))
    return arrays, sketches


def _in_turn(work: Callable[[int], _T], tasks: Sequence[int]) -> Iterator[_T]:
    """What the work on each task gives, in order; in threads where there are several, a few ahead of who takes it."""
    if len(tasks) == 1:
        yield from map(work, tasks)
        return
    from concurrent.futures import ThreadPoolExecutor

    workers = min(8, os.cpu_count() or 1)
    with ThreadPoolExecutor(workers) as pool:
        ahead = iter(tasks)
        waiting = deque(pool.submit(work, task) for task in islice(ahead, 2 * workers))
        while waiting:
            yield waiting.popleft().result()
            waiting.extend(pool.submit(work, task) for task in islice(ahead, 1))


PART = 500_000  # rows × worlds that the page is run on at a time, so that its tables stay small


class PartialSum(NamedTuple):
    """A result over the rows of a group: which it is and of those kept the how manieth, its rows within a part,
    whether another part began it."""

    address: str
    place: int
    rows: slice | list[int]
    begun: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of the page that are worked on together, and the sums that they add to, by the table they are of.

    `sums` has a dict for each view of the plan.
    """

    rows: slice
    plan: Plan
    sums: list[dict[str, list[PartialSum]]]


def _parts(plan: Plan, keys: Sequence[Key], worlds: int) -> list[Part]:
    """The rows of the page in parts of a size that is good to work on; mostly one part."""
    rows = len(plan.rows.cells)
    size = min(rows, max(1, PART // worlds))
    slices = [slice(start, min(start + size, rows)) for start in range(0, rows, size)]
    parts = [Part(some, plan.part(some), [{} for _ in plan.views]) for some in slices]
    view_at = {view: place for place, view in enumerate(plan.views)}
    for place, (address, members, view) in enumerate(keys):
        within: dict[int, list[int]] = {}
        for row in members:
            within.setdefault(row // size, []).append(row % size)
        for order, (number, here) in enumerate(within.items()):
            in_a_row = here[-1] - here[0] == len(here) - 1  # then a slice, which copies nothing
            some = slice(here[0], here[-1] + 1) if in_a_row else here
            of_root = parts[number].sums[view_at[view]].setdefault(plan.root(address)[0], [])
            of_root.append(PartialSum(address, place, some, order > 0))
    return parts


def _sum(plan: Plan, parts: Sequence[Part], block: Block, into: Sequence[Array]) -> None:
    """Run the page on one block and write each result, summed over the rows of its group, to its place."""
    watts = plan.watts(block) if plan.limited else None
    asked = {root for part in parts for of_view in part.sums for root in of_view}
    slices = [part.rows for part in parts]
    counts = stock(plan.scenario, block, plan.views, plan.rows.of_cell, slices, watts, plan.per_chip, asked)
    for part, mine in zip(parts, counts, strict=True):
        drawn: dict[str, Array] = {}
        for view, sums in zip(plan.views, part.sums, strict=True):
            for root, table in part.plan.run(mine[view], block, drawn, view is not plan.views[-1]):
                for total in sums.get(root, ()):
                    _add(total, table, part.plan, into)


def _add(total: PartialSum, table: Array, plan: Plan, into: Sequence[Array]) -> None:
    """Write a sum over a table's rows where it belongs, or add it to what is there."""
    root, factor = plan.root(total.address)
    rows = table[total.rows]
    if root != total.address:
        rows = rows * (factor if len(factor) == 1 else factor[total.rows])
    found = rows[0] if len(rows) == 1 else rows.sum(axis=0)
    if total.begun:
        into[total.place][:] += found
    else:
        into[total.place][:] = found


def streams(plan: Plan, worlds: Draws) -> tuple[str, ...]:
    """Every stream that the results draw from, found by drawing one world."""
    seen: set[str] = set()

    def noted(seed: int, stream: str, block: int, size: int) -> Array:
        seen.add(stream)
        return np.zeros(size)

    _sum(plan, _parts(plan, (), 1), Draws(plan.scenario, 1, worlds.seed, noted).block(0), ())
    return tuple(sorted(seen))
