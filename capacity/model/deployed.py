"""What has come of a lot by a date: delivered, installed, in service; and what its source says is there by then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from capacity.equations import deployment
from capacity.equations.compute import Array
from capacity.model.sampling import Block
from capacity.records.joined import Cell
from capacity.records.scenario import STAGES, Lot, Stage
from capacity.resolve import Input, Scenario

CHIPS, DELIVERED, INSTALLED, WAITING = "chips", "chips.delivered", "chips.installed", "chips.waiting"


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


def deployed(scenario: Scenario, block: Block, cell: Cell, stated: Array, at: date) -> dict[str, Array]:
    """What has come of a cell's stated chips by a date: how many were delivered and installed, and are in service."""
    share = scenario.conversion(cell)
    ever = np.asarray(1.0) if share is None else block.value(share)
    spare = _assumed(scenario, block, cell, "spare_share", "in service")
    counts = {name: np.asarray(0.0) for name in (CHIPS, DELIVERED, INSTALLED, WAITING)}
    for part, age, window, install in _arrivals(scenario, block, cell, at):
        whole = stated if part == 1 else stated * part
        installed = deployment.arrived(age - install, window)
        surviving = deployment.survival(
            deployment.mean_age(age - install, window),
            block.value(scenario.assumption("net_attrition", cell)),
            block.value(scenario.assumption("economic_life", cell)),
        )
        counts[DELIVERED] = counts[DELIVERED] + deployment.delivered(whole, ever, deployment.arrived(age, window))
        counts[INSTALLED] = counts[INSTALLED] + deployment.delivered(whole, ever, installed)
        counts[CHIPS] = counts[CHIPS] + deployment.in_service(whole, ever, installed, spare, surviving)
    return counts


def _assumed(scenario: Scenario, block: Block, cell: Cell, name: str, stage: Stage) -> Array:
    """What is assumed of chips that were not yet at a stage; nothing of the others."""
    waits = before(scenario.file.lots[cell.lot], stage)
    return block.value(scenario.assumption(name, cell)) if waits else np.asarray(0.0)


def _arrivals(scenario: Scenario, block: Block, cell: Cell, at: date) -> Iterator[tuple[float, Array, Array, Array]]:
    """Each part of a lot: its share, days since its first chip could come, days over which it comes, days to install.

    A promise of a year takes `promise_ratio` years; installing is part of that, at most half of it.
    """
    lot = scenario.file.lots[cell.lot]
    install = _assumed(scenario, block, cell, "install_days", "installed")
    day, said = at.toordinal(), min(lot.date, lot.since or lot.date).toordinal()
    if lot.promised and before(lot, "delivered"):
        ratio = block.value(scenario.assumption("promise_ratio", cell))
        for span in lot.promised:
            end = ratio * (span.end.toordinal() - said)
            last = end - np.minimum(install, end / 2)  # the day of the last delivery
            first = np.minimum(ratio * (span.begin.toordinal() - said), last)
            yield span.part, day - said - first, last - first, end - last
    elif scenario.conversion(cell) is not None:
        yield 1.0, np.asarray(float(day - lot.date.toordinal())), _days(scenario, block, cell, "delivery_days"), install
    else:
        age = np.asarray(float(day - lot.came.begin.toordinal()))
        if lot.stage == "shipped":
            age = age - _days(scenario, block, cell, "shipping_days")
        yield 1.0, age, np.asarray(float((lot.came.end - lot.came.begin).days)), install


def _days(scenario: Scenario, block: Block, cell: Cell, name: str) -> Array:
    return block.value(scenario.assumption(name, cell))


def deployment_inputs(scenario: Scenario, cell: Cell) -> Iterator[Input | None]:
    """Every input that what is in service of a cell rests on."""
    lot = scenario.file.lots[cell.lot]
    conversion = scenario.conversion(cell)
    yield conversion
    names = ["promise_ratio"] if lot.promised and before(lot, "delivered") else ["delivery_days"] if conversion else []
    names += ["shipping_days"] * (lot.stage == "shipped" and not lot.promised)
    names += ["install_days"] * before(lot, "installed") + ["spare_share"] * before(lot, "in service")
    yield from (scenario.assumption(name, cell) for name in [*names, "net_attrition", "economic_life"])
