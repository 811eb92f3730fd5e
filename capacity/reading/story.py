"""From sentences to a story: what a number without a noun counts, what belongs together, and what is counted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from capacity.reading.scan import Mention, Name

ORDER = ("chips", "h100e", "servers", "racks", "pods", "W", "FLOP/s", "USD", "CNY")


@dataclass(eq=False)
class ToldLot:
    """A quantity while it is read; `relation`: part_of, same_as, replaces → the lot it names."""

    mention: Mention
    sentence: int
    unit: str
    low: float
    high: float
    amount: str
    names: tuple[Name, ...] = ()
    noun: str = ""
    owners: tuple[str, ...] = ()
    named: int = 0
    each: bool = False
    times: int | None = None
    stage: str = ""
    future: bool = False
    inherited: bool = False
    headline: bool = False
    start: int = 0
    counted: bool = True
    date: str | None = None
    due: str | None = None
    site: str | None = None
    relation: dict[str, ToldLot] = field(default_factory=dict)
    cue: str = ""  # part or total: what the sentence says of it
    clause: tuple[int, int] = (0, 0)
    replaced: bool = False
    plan: bool = False  # told of as a plan, not as a wish
    generic: bool = False  # its noun is "GPUs" or the like
    intro: bool = False  # its sentence introduces a list
    anew: bool = False  # its sentence begins another matter

    @property
    def ids(self) -> tuple[str, ...]:
        """The chips that its names can mean."""
        return tuple(dict.fromkeys(id_ for name in self.names for id_ in name.ids))

    @property
    def middle(self) -> float:
        """The middle of what is said."""
        return (self.low + self.high) / 2

    @property
    def whole(self) -> float:
        """The number for all of whom it is said of each."""
        return self.middle * (self.times or (len(self.owners) if self.each else 1) or 1)

    def kin(self, other: ToldLot) -> bool:
        """Whether two lots may be of the same hardware: no different chips, no different owners."""
        return self.alike(other) and (not self.owners or not other.owners or bool(set(self.owners) & set(other.owners)))

    def sharing(self, other: ToldLot) -> bool:
        """Whether two lots name the same chips, one a family of the other's, or the other none."""
        return not other.names or bool(_keys(self.names) & _keys(other.names))

    def alike(self, other: ToldLot) -> bool:
        """Whether the chips of two lots do not differ."""
        mine, theirs = {_key(n) for n in self.names if n.ids}, {_key(n) for n in other.names if n.ids}
        return not mine or not theirs or bool(mine & theirs)


def _keys(names: tuple[Name, ...]) -> set[str]:
    """What names can mean: their chips, the members of a family, else the words themselves."""
    return {key for name in names for key in (_key(name), *name.members)}


def _key(name: Name) -> str:
    return name.ids[0] if name.ids else re.sub(r"\W", "", name.words.casefold()).removesuffix("s")


def merge_repeats(lots: list[ToldLot]) -> list[ToldLot]:
    """One lot for a number said twice of the same hardware; prose is kept before a headline."""
    kept: list[ToldLot] = []
    for lot in lots:
        twin = next((k for k in kept if _repeats(k, lot)), None)
        if twin is None:
            kept.append(lot)
            continue
        first, second = (lot, twin) if twin.headline else (twin, lot)
        first.names = first.names or second.names
        first.owners = first.owners if first.named or not second.named else second.owners
        if first is lot:
            kept[kept.index(twin)] = lot
            lot.stage = lot.stage or twin.stage
    return kept


def _repeats(first: ToldLot, lot: ToldLot) -> bool:
    """Whether a lot says a number again: in another sentence, of the same chips and owners as far as they are named."""
    same = first.unit == lot.unit and _equal(first.low, lot.low) and _equal(first.high, lot.high)
    chips = not first.names or not lot.names or first.sharing(lot)
    return same and chips and first.sentence != lot.sentence and lot.high > 20 and first.kin(lot)


def _equal(a: float, b: float) -> bool:
    return abs(a - b) <= 0.005 * abs(a)


def count(lots: list[ToldLot]) -> None:
    """Mark the lots that are counted, so that no hardware is counted twice.

    The same in another unit and what is superseded is not counted. Parts that use up a total (within 5 %) are
    counted for it; else the total at the same stage; at different stages the one that the text tells first.
    """
    for lot in lots:
        lot.counted = "same_as" not in lot.relation and not lot.replaced
    for whole in lots:
        parts = [p for p in lots if p.relation.get("part_of") is whole]
        if not parts or not whole.counted:
            continue
        total = sum(p.whole for p in parts if p.unit == whole.unit)
        mixed = whole.unit == "h100e" and len(parts) > 1 and any(p.unit == "chips" for p in parts)
        first = min([whole, *parts], key=lambda x: (x.sentence, x.start))
        if abs(total - whole.middle) <= 0.05 * whole.middle or mixed:
            whole.counted = False
        elif first is whole or all(p.stage == whole.stage for p in parts):
            for part in parts:
                part.counted = False
        else:
            whole.counted = False
            for part in parts:
                part.counted = part.stage == first.stage
    for lot in lots:
        if any(above.counted for above in _above(lot)):
            lot.counted = False


def _above(lot: ToldLot) -> list[ToldLot]:
    """The wholes that a lot is a part of, and those that these are parts of."""
    wholes: list[ToldLot] = []
    whole = lot.relation.get("part_of")
    while whole is not None and whole not in wholes:
        wholes.append(whole)
        whole = whole.relation.get("part_of")
    return wholes
