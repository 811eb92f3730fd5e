"""Lots as their sources state them: split between owners, capped, without what is counted elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from capacity.equations.compute import Array
from capacity.errors import MOST_FAULTS, Fault, InputError, first_notes, too_many
from capacity.model.sampling import BLOCK, Block, Draws
from capacity.records.joined import Cell
from capacity.resolve import Input, Scenario


class PerChip(Protocol):
    """What one chip gives of the results that lots are amounts of."""

    def __call__(self, name: str, block: Block) -> list[Array]:
        """What one chip of each cell of a lot gives in each world, in the unit of the lot's amount."""

    def inputs(self) -> list[Input]:
        """Every input on which that rests."""


def as_stated(scenario: Scenario, block: Block, name: str, per_chip: PerChip | None) -> list[Array]:
    """The chips of a lot's cells if it is all there: split, capped, and without what other counted lots hold of it.

    Where only a share of it is to arrive, that share of these.
    """
    rows = _whole(scenario, block, name, per_chip)
    for other in scenario.file.lots[name].less:
        _take_off(rows, scenario.by_lot[name], _whole(scenario, block, other, per_chip), scenario.by_lot[other])
    share = scenario.file.arriving(name)
    return rows if share == 1 else [row * share for row in rows]


def _whole(scenario: Scenario, block: Block, name: str, per_chip: PerChip | None) -> list[Array]:
    """The chips of a lot's cells, capped; what another lot counts of them is still among them."""
    return _capped(scenario, block, name, _split(scenario, block, name, per_chip))


def _split(scenario: Scenario, block: Block, name: str, per_chip: PerChip | None) -> list[Array]:
    """What a source states of a lot, cell by cell: a total shared out, or so many for each buyer.

    A lot that is an amount of another result has as many chips as give that amount together, parts as they are.
    """
    lot = scenario.file.lots[name]
    count = block.value(scenario.count(name), keep=False) * lot.times
    if lot.per_chip_of:
        count = count * sum(_whole(scenario, block, lot.per_chip_of, per_chip))
    each = per_chip(name, block) if per_chip and not lot.count.is_chips else None
    if not lot.count.each:
        parts = shares(scenario, block, name)
        if each:
            count = count / sum(part * gives for part, gives in zip(parts, each, strict=True))
        return [count * part for part in parts] if len(parts) > 1 else [count]
    further = _further_buyers(scenario, block, name)
    rows = [count if cell.owner else count * further for cell in scenario.cells_of(name)]
    return [row / gives for row, gives in zip(rows, each, strict=True)] if each else rows


def _further_buyers(scenario: Scenario, block: Block, name: str) -> Array:
    """How many buyers of a lot are not named."""
    said = scenario.buyers(name)
    named = len(scenario.file.lots[name].owners)
    return np.maximum(block.value(said, keep=False) - named, 0.0) if said else np.asarray(0.0)


def _capped(scenario: Scenario, block: Block, name: str, rows: list[Array]) -> list[Array]:
    """What the ceilings of a lot leave: a cap for each buyer, then supply and volume, which scale all alike."""
    lot = scenario.file.lots[name]
    if not (lot.cap_per_owner or lot.supply or lot.volume_cap):
        return rows
    cap = scenario.bound(name, "cap_per_owner")
    if cap:
        most, further = block.value(cap, keep=False), _further_buyers(scenario, block, name)
        each = lot.count.each
        cells = scenario.cells_of(name)
        rows = [
            np.minimum(row, most if cell.owner else most * further) if cell.owner or each else row
            for cell, row in zip(cells, rows, strict=True)
        ]
    for ceiling in _ceilings(scenario, block, name):
        total = np.maximum(sum(rows), 1e-300)
        rows = [row * np.minimum(1.0, ceiling / total) for row in rows]
    return rows


def _ceilings(scenario: Scenario, block: Block, name: str) -> Iterator[Array]:
    """The ceilings on a lot as a whole, in chips."""
    supply, share, of = (scenario.bound(name, b) for b in ("supply", "volume_cap.share", "volume_cap.of"))
    if supply:
        yield block.value(supply, keep=False)
    if share and of:
        yield block.value(share, keep=False) * block.value(of, keep=False)


def _take_off(rows: list[Array], mine: tuple[Cell, ...], counted: Sequence[Array], others: tuple[Cell, ...]) -> None:
    """Take another lot's chips off a lot: from the same owner's where he is named, else from all alike."""
    for other, chips in zip(others, counted, strict=True):
        same = [i for i, cell in enumerate(mine) if other.owner and cell.owner == other.owner]
        targets = same or list(range(len(mine)))
        total = np.maximum(sum(rows[i] for i in targets), 1e-300)
        left = np.maximum(1.0 - chips / total, 0.0)
        for i in targets:
            rows[i] = rows[i] * left


def shares(scenario: Scenario, block: Block, lot: str) -> list[Array]:
    """The parts of a lot's cells, which come to 1 in every world.

    Quoted parts stay (scaled down where they would pass 1); the rest is split by weights exp(sigma z).
    """
    cells = scenario.cells_of(lot)
    if len(cells) == 1:
        return [np.asarray(1.0)]
    quoted = scenario.file.lots[lot].shares
    parts = {c.owner: block.value(scenario.share(lot, c.owner), keep=False) for c in cells if c.owner in quoted}
    taken = sum(parts.values(), np.asarray(0.0))
    over = np.maximum(taken, 1.0)
    rest = np.maximum(1.0 - taken, 0.0)
    weights = {c.owner: block.weight(scenario.share(lot, c.owner)) for c in cells if c.owner and c.owner not in quoted}
    whole = sum(weights.values(), np.asarray(0.0)) if weights else np.asarray(1.0)
    split = {owner: rest * weight / whole for owner, weight in weights.items()}
    return [parts[c.owner] / over if c.owner in parts else split.get(c.owner or "", rest) for c in cells]


MOST_OVER = 0.05  # quoted shares may pass 1 in at most this part of the worlds


def check_shares(scenario: Scenario, seed: int = 0) -> list[str]:
    """How often the quoted shares of a lot pass 1 and are scaled down, a note a lot for the first of them.

    Raises `InputError` where that is in over 5 % of the worlds.
    """
    notes: list[str] = []
    faults: list[Fault] = []
    worlds = Draws(scenario, BLOCK, seed)  # one for all lots, as it looks through the scenario's groups
    for name in scenario.file.counted:
        lot = scenario.file.lots[name]
        if not lot.shares or sum(q.value if q.is_exact else q.ceiling or 1.0 for q in lot.shares.values()) <= 1 + 1e-9:  # type: ignore[misc]
            continue
        block = worlds.block(0)  # a fresh one for each lot, as it keeps its normals
        total = sum(block.value(scenario.share(name, owner)) for owner in lot.shares)
        over = float(np.mean(np.asarray(total) > 1 + 1e-9))
        who = ", ".join(lot.shares)
        if over > MOST_OVER:
            what = f"the quoted shares of {who} come to more than 1 in {over:.0%} of the worlds"
            allowed = f"at most {MOST_OVER:.0%}; lower or narrow them"
            faults.append(Fault(scenario.id, None, None, f"lots.{name}.shares", what, allowed))
            if len(faults) > MOST_FAULTS:
                raise InputError([*faults[:MOST_FAULTS], too_many(scenario.id)])
        elif over:
            notes.append(f"the quoted shares of lot {name} ({who}) pass 1 in {over:.1%} of worlds; there scaled to 1")
    if faults:
        raise InputError(faults)
    return list(first_notes(notes, "more lots have quoted shares that pass 1 in some worlds; there scaled to 1"))
