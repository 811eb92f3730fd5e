"""Counted lots that may be the same chips, looked for among those of one chip and owner."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from capacity.errors import MOST_NOTES
from capacity.records.scenario import STAGES, Lot, ScenarioFile

MOST_PAIRS = 300_000  # of one chip and owner that are looked at; of a longer list the rest is not


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
    """Two counted lots that may hold the same chips, by their places in `counted`, in the order of the later one."""
    lots = [file.lots[name] for name in file.counted]
    earlier: dict[tuple[str, str | None], list[int]] = {}  # by chip and owner; None: of nobody, or of anybody
    left = MOST_PAIRS
    for two, lot in enumerate(lots):
        owners = (*lot.owners, None) if lot.owners else ("*",)
        near = sorted({one for owner in owners for chip in lot.members for one in earlier.get((chip, owner), ())})
        left -= len(near)
        if left < 0:
            return
        for one in near:
            apart = file.counted[one] in lot.less or file.counted[two] in lots[one].less
            if not apart and _may_be_same(lots[one], lot):
                yield one, two
        for owner in (*(lot.owners or (None,)), "*"):
            for chip in lot.members:
                earlier.setdefault((chip, owner), []).append(two)


def _may_be_same(a: Lot, b: Lot) -> bool:
    """Whether two lots of one chip and owner may hold the same, if neither takes the other off itself."""
    if (a.site and b.site and a.site != b.site) or _in_turn(a, b):
        return False
    return abs(STAGES.index(a.stage) - STAGES.index(b.stage)) <= 1 or _overlap(a, b)


def _in_turn(a: Lot, b: Lot) -> bool:
    """Whether two lots at one stage came in periods that do not overlap."""
    if a.stage != b.stage or a.since is None or b.since is None:
        return False
    return a.date < b.since or b.date < a.since


def _overlap(a: Lot, b: Lot) -> bool:
    """Whether a lot at a later stage may come out of one that was at an earlier stage before."""
    early, late = sorted((a, b), key=lambda lot: STAGES.index(lot.stage))
    return late.date >= early.date
