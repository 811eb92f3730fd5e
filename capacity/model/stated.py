"""Lots as their sources state them: split between owners, capped, without what is counted elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np

from capacity.equations.compute import Array
from capacity.errors import MOST_FAULTS, Fault, InputError, first_notes, too_many
from capacity.model.sampling import BLOCK, Block, Draws
from capacity.quantity import Quantity
from capacity.records.joined import Cell
from capacity.resolve import Input, Scenario


class PerChip(Protocol):
    """What one chip gives of the results that lots are amounts of."""

    def __call__(self, name: str, block: Block) -> list[Array]:
        """What one chip of each cell of a lot gives in each world, in the unit of the lot's amount."""

    def weights(self, name: str) -> Sequence[float]:
        """How much each report of a lot weighs."""

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
    if lot.reports and per_chip:
        told = told_chips(scenario, block, name, per_chip)
        logs = [weight * np.log(chips) for weight, chips in zip(per_chip.weights(name), told, strict=True)]
        combined: Array = np.exp(sum(logs, np.asarray(0.0)))
        return [combined * part for part in shares(scenario, block, name)]
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
    cells, chips = scenario.cells_of(name), _chip_parts(scenario, block, name)
    parts = [chips[cell.chip] if chips else np.asarray(1.0) for cell in cells]
    rows = [count * part if cell.owner else count * further * part for cell, part in zip(cells, parts, strict=True)]
    if not each:
        return rows
    gives = [part * one for part, one in zip(parts, each, strict=True)]
    whole = {cell.owner: sum(g for g, c in zip(gives, cells, strict=True) if c.owner == cell.owner) for cell in cells}
    return [row / whole[cell.owner] for row, cell in zip(rows, cells, strict=True)]


def told_chips(scenario: Scenario, block: Block, name: str, per_chip: PerChip) -> list[Array]:
    """The chips that each report of a lot comes to, with the error that any one report carries."""
    sigma = block.value(scenario.assumption("report_error", None))
    chips = []
    for told in scenario.file.lots[name].told_by(name):
        whole = sum(_split(scenario, block, told, per_chip), np.asarray(0.0))
        chips.append(whole * np.exp(sigma * block.normal(f"lots.{told}.report_error")))
    return chips


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
            _at_most(rows, cells, index, most if cell.owner else most * further) if cell.owner or each else rows[index]
            for index, cell in enumerate(cells)
        ]
    for ceiling in _ceilings(scenario, block, name):
        total = np.maximum(sum(rows), 1e-300)
        rows = [row * np.minimum(1.0, ceiling / total) for row in rows]
    return rows


def _at_most(rows: Sequence[Array], cells: Sequence[Cell], index: int, most: Array) -> Array:
    """A cell's chips where its owner, who may hold several kinds, has at most so many in all."""
    mine = [row for row, cell in zip(rows, cells, strict=True) if cell.owner == cells[index].owner]
    if len(mine) == 1:
        return np.minimum(rows[index], most)
    return rows[index] * np.minimum(1.0, most / np.maximum(sum(mine), 1e-300))


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
        alike = [i for i, cell in enumerate(mine) if cell.chip == other.chip]
        same = [i for i in alike if other.owner and mine[i].owner == other.owner]
        targets = same or alike
        total = np.maximum(sum(rows[i] for i in targets), 1e-300)
        left = np.maximum(1.0 - chips / total, 0.0)
        for i in targets:
            rows[i] = rows[i] * left


def shares(scenario: Scenario, block: Block, lot: str) -> list[Array]:
    """The parts of a lot's cells, which come to 1 in every world: an owner's part times a chip's.

    Quoted parts stay (scaled down where they would pass 1); the rest is split by weights exp(sigma z).
    """
    cells = scenario.cells_of(lot)
    owners = list(dict.fromkeys(cell.owner for cell in cells))
    known = scenario.file.lots[lot]
    by_owner = _parts(block, owners, known.shares, lambda owner: scenario.share(lot, owner))
    by_chip = _chip_parts(scenario, block, lot)
    return [by_owner[cell.owner] * by_chip[cell.chip] if by_chip else by_owner[cell.owner] for cell in cells]


def _chip_parts(scenario: Scenario, block: Block, lot: str) -> dict[str | None, Array]:
    """The part of each chip in a lot of several; nothing where it has one."""
    known = scenario.file.lots[lot]
    return _parts(block, known.members, known.mix, lambda chip: scenario.part(lot, chip)) if known.chips else {}


def _parts(
    block: Block, keys: Sequence[str | None], quoted: Mapping[str, Quantity], item: Callable[[str], Input]
) -> dict[str | None, Array]:
    """The part of each key, None for those that nobody names: quoted parts, and the rest by weights."""
    if len(keys) == 1:
        return {keys[0]: np.asarray(1.0)}
    parts = {key: block.value(item(key), keep=False) for key in keys if key in quoted and key is not None}
    taken = sum(parts.values(), np.asarray(0.0))
    over = np.maximum(taken, 1.0)
    rest = np.maximum(1.0 - taken, 0.0)
    weights = {key: block.weight(item(key)) for key in keys if key and key not in quoted}
    whole = sum(weights.values(), np.asarray(0.0)) if weights else np.asarray(1.0)
    split = {key: rest * weight / whole for key, weight in weights.items()}
    return {key: parts[key] / over if key in parts else split.get(key or "", rest) for key in keys}


MOST_OVER = 0.05  # quoted shares may pass 1 in at most this part of the worlds


def check_shares(scenario: Scenario, seed: int = 0) -> list[str]:
    """How often the quoted shares of a lot pass 1 and are scaled down, a note a lot for the first of them.

    Raises `InputError` where that is in over 5 % of the worlds.
    """
    notes: list[str] = []
    faults: list[Fault] = []
    worlds = Draws(scenario, BLOCK, seed)  # one for all lots, as it looks through the scenario's groups
    for name, field, parts, item in _quoted(scenario):
        if sum(q.value if q.is_exact else q.ceiling or 1.0 for q in parts.values()) <= 1 + 1e-9:  # type: ignore[misc]
            continue
        block = worlds.block(0)  # a fresh one for each lot, as it keeps its normals
        total = sum(block.value(item(name, key)) for key in parts)
        over = float(np.mean(np.asarray(total) > 1 + 1e-9))
        who = ", ".join(parts)
        if over > MOST_OVER:
            what = f"the quoted shares of {who} come to more than 1 in {over:.0%} of the worlds"
            allowed = f"at most {MOST_OVER:.0%}; lower or narrow them"
            faults.append(Fault(scenario.id, None, None, f"lots.{name}.{field}", what, allowed))
            if len(faults) > MOST_FAULTS:
                raise InputError([*faults[:MOST_FAULTS], too_many(scenario.id)])
        elif over:
            notes.append(f"the quoted shares of lot {name} ({who}) pass 1 in {over:.1%} of worlds; there scaled to 1")
    if faults:
        raise InputError(faults)
    return list(first_notes(notes, "more lots have quoted shares that pass 1 in some worlds; there scaled to 1"))


def _quoted(scenario: Scenario) -> Iterator[tuple[str, str, Mapping[str, Quantity], Callable[[str, str], Input]]]:
    """The quoted parts of counted lots, of owners and of chips: lot, field, parts, and the input of one."""
    for name in scenario.file.counted:
        lot = scenario.file.lots[name]
        if lot.shares:
            yield name, "shares", lot.shares, scenario.share
        if lot.mix:
            yield name, "mix", lot.mix, scenario.part
