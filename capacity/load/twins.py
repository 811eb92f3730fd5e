"""Counted lots that may be the same chips, found without comparing each two."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Iterator
from datetime import date

from capacity.errors import MOST_NOTES
from capacity.records.scenario import STAGES, Lot, ScenarioFile, Stage

_ANY = "*"  # no slug: every owner and none, every site and none
_Heap = tuple[str, str | None, str | None]  # lots of one chip, owner and site: None is not known, or any


def same_chips(file: ScenarioFile) -> Iterator[str]:
    """A note for each two counted lots that may hold the same chips; after the first 20, one that there are more."""
    found = list(itertools.islice(_pairs(file), MOST_NOTES + 1))
    for one, two in sorted(found[:MOST_NOTES]):
        a, b = (file.lots[file.counted[place]] for place in (one, two))
        yield (
            f"lots {file.counted[one]} ({a.stage} {a.date}) and {file.counted[two]} ({b.stage} {b.date}) are both "
            f"counted and may be the same {a.chip} (if so: part_of, or less)"
        )
    if found[MOST_NOTES:]:
        yield f"more counted lots may be the same chips: only the first {MOST_NOTES} pairs are named"


def _pairs(file: ScenarioFile) -> Iterator[tuple[int, int]]:
    """Two counted lots that may hold the same chips, by their places in `counted`, in the order of the later one.

    A lot is compared with the earlier ones only where the index has counted one there that it may be, so lots of
    which no two are the same cost a look-up each, and whoever stops after a few pairs pays for these alone.
    """
    names = file.counted
    lots = [file.lots[name] for name in names]
    related: dict[str, set[str]] = {}
    for name, lot in zip(names, lots, strict=True):
        for other in lot.less:
            related.setdefault(name, set()).add(other)
            related.setdefault(other, set()).add(name)
    seen: set[str] = set()
    earlier = _Index(lots)
    for two, (name, lot) in enumerate(zip(names, lots, strict=True)):
        apart = related.get(name, set())
        known = (file.lots[other] for other in apart if other in seen)
        if earlier.count(lot) > sum(_common(lot, other) for other in known if _may_be_same(lot, other)):
            for one in range(two):
                if names[one] not in apart and _may_be_same(lots[one], lot):
                    yield one, two
        earlier.add(lot)
        seen.add(name)


def _may_be_same(a: Lot, b: Lot) -> bool:
    """Whether two lots may hold the same chips, if neither takes the other off itself."""
    apart = (a.site and b.site and a.site != b.site) or _in_turn(a, b)
    if a.chip != b.chip or apart or not _common(a, b):
        return False
    return abs(STAGES.index(a.stage) - STAGES.index(b.stage)) <= 1 or _overlap(a, b)


def _common(a: Lot, b: Lot) -> int:
    """How many owners two lots have in common; a lot of nobody has one in common with any."""
    return len({*a.owners} & {*b.owners}) if a.owners and b.owners else 1


def _in_turn(a: Lot, b: Lot) -> bool:
    """Whether two lots at one stage came in periods that do not overlap."""
    if a.stage != b.stage or a.since is None or b.since is None:
        return False
    return a.date < b.since or b.date < a.since


def _overlap(a: Lot, b: Lot) -> bool:
    """Whether a lot at a later stage may come out of one that was at an earlier stage before."""
    early, late = sorted((a, b), key=lambda lot: STAGES.index(lot.stage))
    return late.date >= early.date


class _Index:
    """Lots, of which it counts without looking at each those that may be the same chips as another.

    Sorted dates by chip, owner, site and stage. A lot stands under each of its owners, or under none, and once more
    under any; likewise its site. What may be the same as a lot is what stands under its owners and under none.
    """

    def __init__(self, asked: Iterable[Lot]) -> None:
        """An empty index, in which no other lots than these will be looked for."""
        self._asked: set[_Heap] = set()
        self._stages: set[Stage] = set()
        for lot in asked:
            self._asked.update(_heaps_for(lot))
            self._stages.add(lot.stage)
        self._dates: dict[tuple[_Heap, Stage], list[date]] = {}
        self._since: dict[tuple[_Heap, Stage], list[date]] = {}
        self._until: dict[tuple[_Heap, Stage], list[date]] = {}

    def add(self, lot: Lot) -> None:
        """Put a lot in."""
        for owner, site in itertools.product((*(lot.owners or (None,)), _ANY), (lot.site, _ANY)):
            heap = lot.chip, owner, site
            if heap in self._asked:
                bisect.insort(self._dates.setdefault((heap, lot.stage), []), lot.date)
                if lot.since:
                    bisect.insort(self._since.setdefault((heap, lot.stage), []), lot.since)
                    bisect.insort(self._until.setdefault((heap, lot.stage), []), lot.date)

    def count(self, lot: Lot) -> int:
        """How many lots may be the same as this one, each as often as it has an owner in common."""
        heaps = itertools.product(_heaps_for(lot), self._stages)
        return sum(self._count(lot, heap, stage) for heap, stage in heaps)

    def _count(self, lot: Lot, heap: _Heap, stage: Stage) -> int:
        """How many lots of a heap, at a stage, may be the same as a lot."""
        dates = self._dates.get((heap, stage))
        if dates is None:
            return 0
        later = STAGES.index(stage) - STAGES.index(lot.stage)
        if later == 0 and lot.since and (heap, stage) in self._since:
            since, until = self._since[heap, stage], self._until[heap, stage]
            before = bisect.bisect_left(until, lot.since)
            after = len(since) - bisect.bisect_right(since, lot.date)
            return len(dates) - before - after
        if abs(later) <= 1:
            return len(dates)
        if later < 0:
            return bisect.bisect_right(dates, lot.date)
        return len(dates) - bisect.bisect_left(dates, lot.date)


def _heaps_for(lot: Lot) -> Iterator[_Heap]:
    """Where lots stand that may be the same chips as a lot."""
    owners = (*lot.owners, None) if lot.owners else (_ANY,)
    sites = (lot.site, None) if lot.site else (_ANY,)
    return itertools.product((lot.chip,), owners, sites)
