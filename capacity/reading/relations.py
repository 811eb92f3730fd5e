"""How the quantities of a story belong together: the same hardware, parts of a whole, a newer figure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from capacity.reading.clauses import View
from capacity.reading.scan import Mention
from capacity.reading.story import ORDER, ToldLot
from capacity.reading.vocabulary import Vocabulary

_RISE = re.compile(
    r"(?:cut|raised|lifted|increased|reduced|lowered|scaled back|revised|expanded|expanding|doubling|doubled|"
    r"trimmed|upped)"
    r"(?:\s\w+){0,4}\sto\s(?:a\s(?:\w+\s)?total\sof\s)?$|(?:上调|下调|削减|提高)[至到]$"
)
_OLDER = re.compile(
    r"(?:replac(?:e|es|ed|ing)|take[sn]? the place of|took the place of|instead of|rather than|up from|down from"
    r"|supersede[sd]?|stood at|还?只有|取代|代替|原计划的?|原来的?)\s?(?:an?\s|the\s|its\s|earlier\s|\W)*$"
)
_DONE = ("approved", "licensed", "shipped", "delivered")


def supersede(lots: list[ToldLot], views: Mapping[int, View], words: Vocabulary) -> None:
    """Tell which figures a newer one replaces: "from 55,000 to 60,000", a count that has grown."""
    for at, lot in enumerate(lots):
        low = views[lot.sentence].scan.low
        if lot.replaced or words.cues["replaces"].search(low) is None:
            continue
        pair = _changed(lots, at, low)
        if pair is None:
            continue
        old, new = pair
        new.relation["replaces"] = old
        old.replaced = True
        old.names = old.names or new.names
        if old.stage == "ordered" and re.search("never placed|cancelled|announced|planned", low):
            old.stage = "demand"  # "the 18,000 announced in June, an order that was never placed"
    for at, lot in enumerate(lots):
        low = views[lot.sentence].scan.low
        now = re.search(r"\s(?:today|now|currently|by now)(?![a-z])|目前|现已|如今", low)
        if not now or lot.replaced or lot.unit not in ("chips", "servers", "racks"):
            continue
        if lot.stage in ("installed", "in service"):
            grown = next((o for o in reversed(lots[:at]) if _smaller_then(o, lot, views)), None)
            if grown is not None:
                lot.relation["replaces"] = grown
                grown.replaced = True


def _changed(lots: list[ToldLot], at: int, low: str) -> tuple[ToldLot, ToldLot] | None:
    """The older and the newer figure where words of change stand before a lot's number."""
    lot = lots[at]
    before = low[: lot.start]
    near = [
        o
        for o in lots
        if o is not lot and o.unit == lot.unit and not o.replaced and 0 <= lot.sentence - o.sentence <= 2
    ]
    same = [o for o in near if o.sentence == lot.sentence and o.start < lot.start]
    to = re.search(r"\sto\s$|增至|提高到|上调至|下调至|至$", before)
    if same and to and re.search(r"from\s$|从|由", low[: same[-1].start]):
        return same[-1], lot
    if near and _RISE.search(before):
        return near[-1], lot
    if _OLDER.search(before):
        newer = next((o for o in reversed(lots[:at]) if o.unit == lot.unit and not o.replaced), None)
        return (lot, newer) if newer else None
    return None


def _smaller_then(old: ToldLot, new: ToldLot, views: Mapping[int, View]) -> bool:
    """Whether a lot is the smaller count of an earlier day of the same owner's hardware."""
    same = old.unit == new.unit and old.stage == new.stage and old.owners == new.owners and not old.replaced
    dated = re.search(r"(?:19|20)\d\d|ago|last year", views[old.sentence].scan.low)
    return same and 0 < new.sentence - old.sentence <= 2 and old.middle < new.middle and bool(dated)


def relate(lots: list[ToldLot], per_unit: Sequence[tuple[int, Mention]] = ()) -> None:
    """Tell which lots are the same hardware and which are parts of another.

    `per_unit`: sentence and number of each figure per unit, for "550 pods … of 384 chips … 210,000 in all".
    """
    for lot in lots:
        if lot.unit in ("servers", "racks", "pods"):
            for sentence, one in per_unit:
                product = next(
                    (o for o in lots if abs(sentence - lot.sentence) <= 2 and _is_product(lot, o, one)), None
                )
                if product is not None:
                    lot.relation["same_as"] = product
                    product.names = product.names if product.ids else one.names or product.names
                    lot.names = lot.names if lot.ids else product.names
    for lot in lots:
        if lot.mention.vague and not lot.relation and not lot.replaced:
            exact = next((o for o in lots if _said_exactly(lot, o)), None)
            if exact is not None:
                lot.relation["same_as"] = exact
    for at, lot in enumerate(lots):
        if lot.unit != "chips" and "same_as" not in lot.relation and "replaces" not in lot.relation:
            _same_hardware(lots, at)
    _sums(lots)
    for at, lot in enumerate(lots):
        if not lot.relation.keys() & {"part_of", "same_as"}:
            whole = _whole(lots, at)
            if whole is not None:
                lot.relation["part_of"] = whole
        has_parts = any(p.relation.get("part_of") is lot for p in lots)
        if lot.cue == "whole" or lot.unit == "h100e" or (lot.cue == "total" and lot.inherited and not has_parts):
            for part in lots[:at]:
                if _fits(part, lot):
                    part.relation["part_of"] = lot


def _is_product(systems: ToldLot, chips: ToldLot, one: Mention) -> bool:
    """Whether chips are so many systems times the chips of one, within 3 %."""
    near = chips.unit == "chips" and abs(chips.sentence - systems.sentence) <= 2 and one.low > 1
    return near and abs(systems.middle * one.low - chips.middle) <= 0.03 * chips.middle


def _said_exactly(vague: ToldLot, other: ToldLot) -> bool:
    """ "several hundred thousand", and later "over 400,000": the same approval in other words."""
    if other is vague or other.unit != vague.unit or other.mention.vague or other.relation or other.replaced:
        return False
    same = other.stage == vague.stage and bool(other.names) and bool(vague.names) and other.sharing(vague)
    near = abs(other.sentence - vague.sentence) <= 3 and (not vague.owners or other.kin(vague))
    return same and near and vague.low <= other.middle <= vague.high


def _whole(lots: list[ToldLot], at: int) -> ToldLot | None:
    """What a lot is a part of: a larger one of the same unit, or the money or power that it is bought with."""
    lot = lots[at]
    if lot.cue in ("part", "share"):
        able = [w for w in reversed(lots[:at]) if _holds(w, lot)] or [w for w in lots[at + 1 :] if _holds(w, lot)]
        # First what is of the same chips, and a part of the whole before a part of a part.
        able.sort(key=lambda w: (w.sentence != lot.sentence, not (w.ids and w.ids == lot.ids), "part_of" in w.relation))
        sums = [
            w
            for w in lots[:at]
            if w.unit in ("USD", "CNY", "W") and lot.unit == "chips" and lot.sentence - w.sentence <= 2
            if "same_as" not in w.relation and w.kin(lot)
        ]
        return next(iter(able or sums), None)
    permits = [w for w in lots[at + 1 :] if w.stage in ("licensed", "approved") and w.sentence - lot.sentence <= 2]
    if lot.stage in ("shipped", "delivered", "installed") and not lot.relation:
        # "taken delivery of 10,000 … the first since licences for up to 75,000"
        permit = next(
            (w for w in permits if w.unit == lot.unit and w.ids == lot.ids and w.middle > lot.middle and w.kin(lot)),
            None,
        )
        if permit is not None:
            return permit
    if lot.owners and not lot.relation and lot.stage in _DONE:
        # What named firms got is part of what "Chinese firms" ordered.
        return next((w for w in lots if _crowd(w, lot)), None)
    return None


def _holds(whole: ToldLot, part: ToldLot) -> bool:
    """Whether a lot may be the whole of a part that its sentence calls one."""
    mixed = whole.unit == "h100e" and part.unit == "chips"
    if (
        (whole.unit != part.unit and not mixed)
        or whole.middle <= part.middle
        or whole.replaced
        or "same_as" in whole.relation
    ):
        return False
    return whole.relation.get("part_of") is not part and (
        whole.kin(part) or (part.cue == "share" and whole.alike(part))
    )


def _crowd(whole: ToldLot, part: ToldLot) -> bool:
    """Whether a lot is what an unnamed group ordered of the same chip."""
    nameless = (
        not whole.owners and whole.named == 2 and whole.stage in ("ordered", "planned", "demand") and not whole.relation
    )
    same = whole.unit == part.unit and bool(whole.ids) and bool(part.ids) and whole.ids[0] == part.ids[0]
    return nameless and same and whole.middle > part.middle


def _fits(part: ToldLot, whole: ToldLot) -> bool:
    """Whether a lot before a total is a part of it; chips are parts of a total in H100 equivalents."""
    able = (part.unit == whole.unit and part.middle < whole.middle) or (
        whole.unit == "h100e" and part.unit == "chips" and part.middle <= 1.05 * whole.middle
    )
    return able and whole.sentence - part.sentence <= 2 and not part.relation and not part.replaced and part.kin(whole)


def _same_hardware(lots: list[ToldLot], at: int) -> None:
    """Servers, watts, money and FLOP/s of the chips beside them."""
    lot = lots[at]
    fence = max((o.sentence for o in lots[: at + 1] if o.anew), default=0)
    near = [o for o in lots if o.sentence >= fence and _may_be_same(lot, o)]
    same = [o for o in near if o.sentence == lot.sentence]
    if not near or (lot.unit == "W" and lot.mention.partitive and not same):
        return  # "6 gigawatts of Instinct GPUs" are bought by the watt
    clause = [o for o in same if o.clause == lot.clause]
    best = min(clause or same or near, key=lambda o: _distance(lot, o))
    lot.relation["same_as"] = best
    if lot.inherited or not lot.names:
        lot.names = best.names
    elif lot.ids and not best.ids and lot.ids[0] in {m for n in best.names for m in n.members}:
        best.names = lot.names  # "36,000 Blackwell GPUs. They come in 500 GB200 NVL72 racks"
    lot.noun = lot.noun or best.noun
    if lot.named < 2 and best.owners:
        lot.owners = best.owners
    lot.stage = best.stage


def _may_be_same(lot: ToldLot, other: ToldLot) -> bool:
    """Whether another lot, in a unit that is counted before, may be the hardware of this one."""
    if other is lot or "same_as" in other.relation or other.replaced or "h100e" in (lot.unit, other.unit):
        return False
    if ORDER.index(other.unit) >= ORDER.index(lot.unit):
        return False
    if abs(other.sentence - lot.sentence) > (3 if lot.unit == "W" else 2):
        return False
    if other.sentence > lot.sentence and (lot.unit not in ("USD", "CNY") or other.cue in ("part", "share")):
        return False  # only money is said before what it buys
    if lot.named == 2 and lot.owners and other.named == 2 and not other.owners:
        return False  # what a named firm spends is not what "Chinese firms" ordered
    apart = lot.sentence != other.sentence and (lot.unit, other.unit) == ("servers", "chips")
    if apart and not any(0.94 <= other.middle / lot.middle / size <= 1.06 for size in (1, 2, 4, 8, 10, 12, 16)):
        return False  # no server has so many
    chips = other.alike(lot) if lot.inherited or not lot.names else lot.sharing(other)
    return chips and (lot.named < 2 or not other.owners or bool(set(other.owners) & set(lot.owners)))


def _distance(lot: ToldLot, other: ToldLot) -> tuple[bool, int, float]:
    """What is nearer: no mere part in another sentence, the sentence, then the place or the size."""
    apart = abs(other.sentence - lot.sentence)
    part = other.cue in ("part", "share") and apart > 0
    return part, apart, abs(other.start - lot.start) if not apart else -other.middle


def _sums(lots: list[ToldLot]) -> None:
    """Lots that come to another of the same unit are its parts: within 5 %, side by side behind it or before it."""
    for whole in sorted(lots, key=lambda w: w.middle):
        if "same_as" in whole.relation or whole.unit not in ("chips", "servers", "racks", "W", "USD", "CNY"):
            continue
        at = lots.index(whole)
        for side in (lots[at + 1 :], lots[:at]):
            parts = _run([o for o in side if _may_be_part(whole, o)], whole.middle)
            for part in parts:
                part.relation["part_of"] = whole
            if parts:
                break


def _run(peers: list[ToldLot], size: float) -> list[ToldLot]:
    """Two or more neighbours that come to a size within 5 %, as near to it as a further one allows; else none."""
    for first in range(len(peers)):
        total = 0.0
        for last in range(first, min(len(peers), first + 12)):
            total += peers[last].whole
            further = total + (peers[last + 1].whole if last + 1 < len(peers) else size)
            if last > first and abs(total - size) <= 0.05 * size and abs(further - size) >= abs(total - size):
                return peers[first : last + 1]
    return []


def _may_be_part(whole: ToldLot, other: ToldLot) -> bool:
    """Whether a lot may be one of those that come to a whole: near, smaller, of its chips, not of another firm."""
    if other.unit != whole.unit or other.middle >= whole.middle or other.relation.keys() & {"same_as", "part_of"}:
        return False
    if other.replaced or abs(other.sentence - whole.sentence) > 8 or (whole.anew and other.sentence < whole.sentence):
        return False
    return _may_hold(whole, other) and (whole.intro or not _others(whole, other))


def _others(whole: ToldLot, part: ToldLot) -> bool:
    """Whether a whole and a part are named as those of different firms."""
    told = whole.named == 2 and part.named == 2 and bool(whole.owners) and bool(part.owners)
    return told and not set(whole.owners) & set(part.owners)


def _may_hold(whole: ToldLot, part: ToldLot) -> bool:
    """Whether a part's chips may be among the whole's: the whole names none for sure, or the same."""
    return len(set(whole.ids)) != 1 or whole.alike(part) or not part.names


def share_names(lots: list[ToldLot]) -> None:
    """A part whose words name no chip ("12,600 GPUs") is of the chips of its whole."""
    for lot in lots:
        whole = lot.relation.get("part_of")
        if whole is not None and not lot.names and lot.unit == whole.unit and lot.generic:
            lot.names = whole.names


def share_dates(lots: list[ToldLot]) -> None:
    """A part or the same hardware in another unit has the date of the whole where it has none and the same stage."""
    for lot in lots:
        other = lot.relation.get("part_of") or lot.relation.get("same_as")
        if other is not None and other.stage == lot.stage:
            lot.date = lot.date or other.date
            lot.due = lot.due or other.due
