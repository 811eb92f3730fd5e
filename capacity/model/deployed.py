"""What has come of a lot by a date: delivered, installed, in service; and what its source says is there by then."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator
from datetime import date

import numpy as np

from capacity.equations import deployment
from capacity.equations.compute import Array
from capacity.model.sampling import Block
from capacity.records.joined import Cell
from capacity.records.scenario import STAGES, Lot, Stage
from capacity.resolve import Input, Scenario

CHIPS, DELIVERED, INSTALLED, WAITING = "chips", "chips.delivered", "chips.installed", "chips.waiting"
STAGES_THERE = (CHIPS, DELIVERED, INSTALLED, WAITING)


def promised(lot: Lot, at: date) -> float:
    """The share of a lot that its source says is there by a date: by its due dates, or because it has come.

    A rate and what came over a period grow evenly, a due date is met on its day. A lot that gives no date promises
    nothing before it is shipped.
    """
    spans = lot.promised or ((lot.came,) if not before(lot, "shipped") else ())
    even = lot.per is not None or not lot.promised
    return sum(
        span.part * deployment.promised((at - span.end).days, (span.begin - span.end).days if even else 0, 0)
        for span in spans
    )


def before(lot: Lot, stage: Stage) -> bool:
    """True of a lot that has not reached a stage."""
    return STAGES.index(lot.stage) < STAGES.index(stage)


def as_it_comes(scenario: Scenario, cell: Cell) -> Hashable:
    """All that `promised` and `deployed` ask of a cell: cells that agree in it come in step, chip for chip."""
    lot = scenario.file.lots[cell.lot]
    inputs = (item.place for item in deployment_inputs(scenario, cell) if item)
    return (lot.stage, lot.date, lot.since, lot.per, lot.promised, *inputs)


def deployed(
    scenario: Scenario, block: Block, cell: Cell, stated: Array, days: Array, names: Collection[str] = STAGES_THERE
) -> dict[str, Array]:
    """What has come of a cell's stated chips by some days: how many were delivered and installed, and are in service.

    `days` are ordinals, shape (days, 1); each count of `names` has shape (days or 1, worlds or 1).
    """
    share = scenario.conversion(cell)
    ever = np.asarray(1.0) if share is None else block.often(share)
    spare = _assumed(scenario, block, cell, "spare_share", "in service")
    attrition, life = (block.often(scenario.assumption(name, cell)) for name in ("net_attrition", "economic_life"))
    counts: dict[str, Array] = {}
    for part, age, window, install in _arrivals(scenario, block, cell, days):
        whole = stated if part == 1 else stated * part
        since = age - install
        installed = deployment.arrived(since, window)
        surviving = deployment.survival(deployment.mean_age(since, window), attrition, life)
        of_part = {CHIPS: deployment.in_service(whole, ever, installed, spare, surviving)}
        if DELIVERED in names:
            of_part[DELIVERED] = deployment.delivered(whole, ever, deployment.arrived(age, window))
        if INSTALLED in names:
            of_part[INSTALLED] = deployment.delivered(whole, ever, installed)
        counts = {name: counts[name] + more if counts else more for name, more in of_part.items()}
    return {**counts, WAITING: np.zeros((1, 1))}


def _assumed(scenario: Scenario, block: Block, cell: Cell, name: str, stage: Stage) -> Array:
    """What is assumed of chips that were not yet at a stage; nothing of the others."""
    waits = before(scenario.file.lots[cell.lot], stage)
    return block.often(scenario.assumption(name, cell)) if waits else np.asarray(0.0)


def _arrivals(scenario: Scenario, block: Block, cell: Cell, days: Array) -> Iterator[tuple[float, Array, Array, Array]]:
    """Each part of a lot: its share, days since its first chip could come, days over which it comes, days to install.

    A promise of a year takes `promise_ratio` years; installing is part of that, at most half of it.
    """
    lot = scenario.file.lots[cell.lot]
    install = _assumed(scenario, block, cell, "install_days", "installed")
    said = min(lot.date, lot.since or lot.date).toordinal()
    if lot.promised and before(lot, "delivered"):
        ratio = block.often(scenario.assumption("promise_ratio", cell))
        for span in lot.promised:
            end = ratio * (span.end.toordinal() - said)
            last = end - np.minimum(install, end / 2)  # the day of the last delivery
            first = np.minimum(ratio * (span.begin.toordinal() - said), last)
            yield span.part, days - said - first, last - first, end - last
    elif scenario.conversion(cell) is not None:
        delivery = block.often(scenario.assumption("delivery_days", cell))
        yield 1.0, days - lot.date.toordinal(), delivery, install
    else:
        age = days - lot.came.begin.toordinal()
        if lot.stage == "shipped":
            age = age - block.often(scenario.assumption("shipping_days", cell))
        yield 1.0, age, np.asarray(float((lot.came.end - lot.came.begin).days)), install


def deployment_inputs(scenario: Scenario, cell: Cell) -> Iterator[Input | None]:
    """Every input that what is in service of a cell rests on."""
    lot = scenario.file.lots[cell.lot]
    conversion = scenario.conversion(cell)
    yield conversion
    names = ["promise_ratio"] if lot.promised and before(lot, "delivered") else ["delivery_days"] if conversion else []
    names += ["shipping_days"] * (lot.stage == "shipped" and not lot.promised)
    names += ["install_days"] * before(lot, "installed") + ["spare_share"] * before(lot, "in service")
    yield from (scenario.assumption(name, cell) for name in [*names, "net_attrition", "economic_life"])
