"""Lots → counts: the one place where the cells of a scenario meet.

`stock` gives how many chips each cell has, in one view: as stated (every chip of a lot installed and running),
or in service at a date. In order: how many a source states, split between owners; what caps and supply leave of
it; what is counted elsewhere comes off; then delivery, installation, spares, failure and retirement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

import numpy as np

from capacity.equations import deployment
from capacity.equations.compute import Array
from capacity.errors import MOST_FAULTS, Fault, InputError, first_notes, too_many
from capacity.sampling import BLOCK, Block, Draws
from capacity.scenario import STAGES, Cell, Input, Scenario, Stage

CHIPS, DELIVERED, INSTALLED = "chips", "chips.delivered", "chips.installed"


@dataclass(frozen=True, slots=True)
class View:
    """What has to be true for a number to hold: everything as stated, or what is in service `at` a date."""

    name: Literal["as_stated", "in_service"] = "as_stated"
    at: date | None = None


AS_STATED = View()


def stock(scenario: Scenario, block: Block, view: View = AS_STATED) -> dict[str, Array]:
    """How many chips each cell has in a view, each table of shape (cells, worlds or 1).

    `chips` are those that the page runs on; at a date there are also `chips.delivered` and `chips.installed`,
    all that was delivered or installed by then. In every world stated ≥ delivered ≥ installed ≥ in service.
    """
    stated = as_stated(scenario, block)
    if view.at is None:
        return {CHIPS: _table(stated[cell] for cell in scenario.cells)}
    found = [_deployed(scenario, block, cell, stated[cell], view.at) for cell in scenario.cells]
    installed = [cell.installed for cell in found]  # what a site has no power for comes off here, across its cells
    running = [deployment.in_service(n, d.spares, d.surviving) for n, d in zip(installed, found, strict=True)]
    return {CHIPS: _table(running), DELIVERED: _table(d.delivered for d in found), INSTALLED: _table(installed)}


def _table(rows: Iterable[Array]) -> Array:
    return np.array(np.broadcast_arrays(*(np.atleast_1d(row) for row in rows)))


# --- as stated -------------------------------------------------------------------------------


def as_stated(scenario: Scenario, block: Block) -> dict[Cell, Array]:
    """The chips of each counted cell if its lot is all there: split, capped, and without what is counted elsewhere."""
    found: dict[Cell, Array] = {}
    for name in scenario.file.counted:
        cells = scenario.by_lot[name]
        rows = _capped(scenario, block, name, _split(scenario, block, name))
        found.update(zip(cells, rows, strict=True))
    for name in scenario.file.counted:
        for other in scenario.file.lots[name].less:
            _take_off(found, scenario.by_lot[name], scenario.by_lot[other])
    return found


def _split(scenario: Scenario, block: Block, name: str) -> list[Array]:
    """What a source states of a lot, cell by cell: a total shared out, or so many for each buyer."""
    lot = scenario.file.lots[name]
    count = block.value(scenario.count(name))
    if lot.per_chip_of:
        count = count * sum(_capped(scenario, block, lot.per_chip_of, _split(scenario, block, lot.per_chip_of)))
    if not lot.count.each:
        return [count * share for share in shares(scenario, block, name)]
    further = _further_buyers(scenario, block, name)
    return [count if cell.owner else count * further for cell in scenario.by_lot[name]]


def _further_buyers(scenario: Scenario, block: Block, name: str) -> Array:
    """How many buyers of a lot are not named."""
    said = scenario.buyers(name)
    named = len(scenario.file.lots[name].owners)
    return np.maximum(block.value(said) - named, 0.0) if said else np.asarray(0.0)


def _capped(scenario: Scenario, block: Block, name: str, rows: list[Array]) -> list[Array]:
    """What the ceilings of a lot leave: a cap for each buyer, then supply and volume, which scale all alike."""
    cap = scenario.bound(name, "cap_per_owner")
    if cap:
        most, further = block.value(cap), _further_buyers(scenario, block, name)
        each = scenario.file.lots[name].count.each
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
        yield block.value(supply)
    if share and of:
        yield block.value(share) * block.value(of)


def _take_off(found: dict[Cell, Array], mine: tuple[Cell, ...], others: tuple[Cell, ...]) -> None:
    """Take another lot's chips off a lot: from the same owner's where he is named, else from all alike."""
    for other in others:
        same = [cell for cell in mine if other.owner and cell.owner == other.owner]
        targets = same or list(mine)
        total = np.maximum(sum(found[cell] for cell in targets), 1e-300)
        left = np.maximum(1.0 - found[other] / total, 0.0)
        for cell in targets:
            found[cell] = found[cell] * left


def shares(scenario: Scenario, block: Block, lot: str) -> list[Array]:
    """The parts of a lot's cells, which come to 1 in every world.

    Quoted parts stay (scaled down where they would pass 1); the rest is split by weights exp(sigma z).
    """
    cells = scenario.cells_of(lot)
    if len(cells) == 1:
        return [np.asarray(1.0)]
    quoted = scenario.file.lots[lot].shares
    parts = {cell.owner: block.value(scenario.share(lot, cell.owner)) for cell in cells if cell.owner in quoted}
    taken = sum(parts.values(), np.asarray(0.0))
    over = np.maximum(taken, 1.0)
    rest = np.maximum(1.0 - taken, 0.0)
    weights = {c.owner: block.weight(scenario.share(lot, c.owner)) for c in cells if c.owner and c.owner not in quoted}
    whole = sum(weights.values(), np.asarray(0.0)) if weights else np.asarray(1.0)
    split = {owner: rest * weight / whole for owner, weight in weights.items()}
    return [parts[c.owner] / over if c.owner in parts else split.get(c.owner or "", rest) for c in cells]


# --- at a date -------------------------------------------------------------------------------


class _Deployed(NamedTuple):
    """A cell's chips delivered and installed by a date; of the latter the part in spare, and that still runs."""

    delivered: Array
    installed: Array
    spares: Array
    surviving: Array


def _deployed(scenario: Scenario, block: Block, cell: Cell, stated: Array, at: date) -> _Deployed:
    """What has come of a cell's stated chips by a date."""
    start, window, converted = _arrival(scenario, block, cell, at)
    stage = STAGES.index(scenario.file.lots[cell.lot].stage)

    def assumed(name: str, before: Stage) -> Array:
        """What is assumed of chips that were not yet at a stage; nothing of the others."""
        return block.value(scenario.assumption(name, cell)) if stage < STAGES.index(before) else np.asarray(0.0)

    age = start - assumed("install_days", "installed")
    return _Deployed(
        deployment.delivered(stated, converted, deployment.arrived(start, window)),
        deployment.delivered(stated, converted, deployment.arrived(age, window)),
        assumed("spare_share", "in service"),
        deployment.survival(
            deployment.mean_age(age, window),
            block.value(scenario.assumption("net_attrition", cell)),
            block.value(scenario.assumption("economic_life", cell)),
        ),
    )


def _arrival(scenario: Scenario, block: Block, cell: Cell, at: date) -> tuple[Array, Array, Array]:
    """Days since the first chip could be delivered, the days over which they come, and the share that ever comes."""
    lot = scenario.file.lots[cell.lot]
    conversion = scenario.conversion(cell)
    if conversion is not None:
        age = np.asarray(float((at - lot.date).days))
        return age, block.value(scenario.assumption("delivery_days", cell)), block.value(conversion)
    since = lot.since or lot.date
    age = np.asarray(float((at - since).days))
    if lot.stage == "shipped":
        age = age - block.value(scenario.assumption("shipping_days", cell))
    return age, np.asarray(float((lot.date - since).days)), np.asarray(1.0)


# --- what it rests on, and what the reader should know -----------------------------------------


def stock_inputs(scenario: Scenario, views: Iterable[View]) -> list[Input]:
    """Every input that the counts rest on in these views, lots first; each place once."""
    found: list[Input | None] = []
    for cell in scenario.cells:
        lot = scenario.file.lots[cell.lot]
        for name in (cell.lot, lot.per_chip_of):
            if name:
                found += [scenario.count(name), scenario.buyers(name)]
                bounds = ("cap_per_owner", "supply", "volume_cap.share", "volume_cap.of")
                found += [scenario.bound(name, bound) for bound in bounds]
        if cell.owner and not lot.count.each and len(scenario.by_lot[cell.lot]) > 1:
            found.append(scenario.share(cell.lot, cell.owner))
    if any(view.at for view in views):
        for cell in scenario.cells:
            found += _deployment_inputs(scenario, cell)
    return list({item.place: item for item in found if item}.values())


def _deployment_inputs(scenario: Scenario, cell: Cell) -> list[Input | None]:
    stage = STAGES.index(scenario.file.lots[cell.lot].stage)
    conversion = scenario.conversion(cell)
    names = ["delivery_days"] if conversion else []
    names += ["shipping_days"] * (STAGES[stage] == "shipped") + ["install_days"] * (stage < STAGES.index("installed"))
    names += ["spare_share"] * (stage < STAGES.index("in service")) + ["net_attrition", "economic_life"]
    return [conversion, *(scenario.assumption(name, cell) for name in names)]


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
        if sum(q.value if q.is_exact else q.ceiling or 1.0 for q in lot.shares.values()) <= 1 + 1e-9:  # type: ignore[misc]
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
