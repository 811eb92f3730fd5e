"""How many chips of one lot bring a result to a target: the page solved for the count, world by world."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from capacity.equations import siting
from capacity.equations.compute import Array
from capacity.errors import did_you_mean, fail
from capacity.load import measured_quantity
from capacity.model.estimate import GROUPS, estimate
from capacity.model.page import SHOWN, STEPS
from capacity.model.sampling import DRAWS, sample
from capacity.model.summary import Line, line_of
from capacity.quantity import Quantity
from capacity.resolve import Input, Scenario

ENDLESS = 1e15  # chips of a lot that any ceiling cuts


@dataclass(frozen=True, slots=True)
class Target:
    """A result, by address, and what it should come to, in SI."""

    address: str
    quantity: Quantity
    unit: str
    text: str

    @property
    def name(self) -> str:
        """The address without its group."""
        return self.address.partition("@")[0]


@dataclass(frozen=True)
class Solution:
    """The chips of a lot that reach a target, in every world; nan in a world that has no positive answer.

    `ceiling`: the most that the lot's own ceilings would leave of any count; None where it has none.
    """

    scenario: Scenario
    target: Target
    lot: str
    draws: int
    seed: int
    chips: Array
    per_chip: Array
    rest: Array
    ceiling: Array | None = None

    @property
    def share_over(self) -> float:
        """The share of worlds in which the answer is more than the lot's own ceilings leave."""
        return 0.0 if self.ceiling is None else float((self.chips > self.ceiling).mean())

    @property
    def share_without(self) -> float:
        """The share of worlds in which no positive number of chips reaches the target."""
        return float(np.isnan(self.chips).mean())

    def lines(self) -> list[Line]:
        """The chips needed (over the worlds that have an answer), what one and the others give, the lot's ceiling."""
        unit = self.target.unit
        found = [("per_chip", unit, self.per_chip), ("rest", unit, self.rest)]
        if self.ceiling is not None:
            found.append(("ceiling", "chips", self.ceiling))
        solved = self.chips[~np.isnan(self.chips)]
        if solved.size:
            found.insert(0, ("chips", "chips", solved))
        return [line_of(f"lots.{self.lot}.count" if n == "chips" else n, n, u, values) for n, u, values in found]


def read_target(text: str) -> Target:
    """A target as typed: `power.facility.nameplate=500 MW`, `capex=10 bn USD`, `…@tencent=1 ZFLOP/s`.

    Raises `InputError` where the result, the unit or the number is not known.
    """
    address, equals, value = text.partition("=")
    name, at, group = address.strip().partition("@")
    if not equals or not value.strip():
        raise fail("--target", f"{text!r} is no target", "QUANTITY=VALUE UNIT")
    if name not in SHOWN and f"{name}.total" in SHOWN:
        name = f"{name}.total"
    if name not in SHOWN:
        raise fail("--target", f"unknown quantity {name!r}", did_you_mean(name, SHOWN))
    unit = STEPS[name].unit
    quantity = measured_quantity(value, unit, "--target")
    if quantity.value == 0:
        raise fail("--target", f"{value.strip()!r} needs no chips", "more than 0")
    return Target(f"{name}{at}{group}", quantity, unit, value.strip())


def solve(scenario: Scenario, target: Target | str, place: str, draws: int = DRAWS, seed: int = 0) -> Solution:
    """How many chips the lot at `place` (`lots.NAME.count`) needs so that the target is met, in each world.

    Everything on the page is proportional to a lot's chips, so the answer is a division: what is missing
    after the other lots, over what one chip gives. Raises `InputError` for any other place.

    >>> from capacity.load import load_scenario
    >>> found = solve(load_scenario(), "power.facility.nameplate=500 MW", "lots.approved.count", draws=100)
    >>> 200_000 < float(found.chips.mean()) < 350_000
    True
    """
    target = read_target(target) if isinstance(target, str) else target
    lot = _lot(scenario, place)
    per_chip = _result(counting(scenario, (lot,), {lot: 1.0}), target, draws, seed)
    if per_chip is None:
        raise fail("--for", f"lot {lot} gives nothing to {target.address}", "a lot that does")
    few = [_result(counting(scenario, (lot,), {lot: n}), target, 16, seed) for n in (1.0, 2.0)]
    assert few[0] is not None
    assert few[1] is not None
    if not np.allclose(2 * few[0], few[1], rtol=1e-9):
        raise fail("--target", f"{target.name} is not proportional to the chips of a lot", "another quantity")
    others = tuple(name for name in scenario.file.counted if name != lot)
    rest = _result(counting(scenario, others), target, draws, seed) if others else None
    rest = np.zeros(draws) if rest is None else rest
    item = Input("target", target.quantity, target.unit, "target", "command", ())
    wanted = sample(scenario, draws, seed).values(item)
    chips = siting.chips_for(wanted, rest, per_chip)
    return Solution(scenario, target, lot, draws, seed, chips, per_chip, rest, _ceiling(scenario, lot, draws, seed))


def ceilings(scenario: Scenario, lot: str) -> list[str]:
    """The names of a lot's own ceilings, which an answer does not heed: it says what is needed."""
    return [name for name in ("cap_per_owner", "supply", "volume_cap") if getattr(scenario.file.lots[lot], name)]


def _ceiling(scenario: Scenario, lot: str, draws: int, seed: int) -> Array | None:
    """What the page leaves of more chips than there can be."""
    if not ceilings(scenario, lot):
        return None
    return estimate(counting(scenario, (lot,), {lot: ENDLESS}), draws, seed, by=(), show="chips").draws("chips")


def _lot(scenario: Scenario, place: str) -> str:
    known = [f"lots.{name}.count" for name in scenario.file.counted]
    if place not in known:
        what = f"{place!r} cannot be solved for: only the count of a counted lot can"
        raise fail("--for", what, did_you_mean(place, known))
    found = place.removeprefix("lots.").removesuffix(".count")
    for name in scenario.file.counted:  # what a lot has then hangs on another, and nothing is proportional
        lot = scenario.file.lots[name]
        others = {*lot.less, *filter(None, [lot.per_chip_of])}
        if found in others or (others and found == name):
            what = f"lot {name} is counted from {', '.join(sorted(others))}, so {place} cannot be solved for alone"
            raise fail("--for", what, "a lot that stands by itself")
    return found


def counting(scenario: Scenario, counted: Iterable[str], exact: dict[str, float] | None = None) -> Scenario:
    """The same scenario with only some lots counted, some of them an exact number of chips.

    Draws hang on places, so each world of it is the same world as in the whole scenario.
    """
    counts = {
        f"lots.{name}.count": Quantity(value=value, source=scenario.file.lots[name].count.source, grade="D")
        for name, value in (exact or {}).items()
    }
    return scenario.having({"counted": tuple(counted), **counts})


def _result(scenario: Scenario, target: Target, draws: int, seed: int) -> Array | None:
    """The target's result in a scenario; None where the scenario has no such group."""
    answer = estimate(scenario, draws, seed, by=GROUPS, show=target.name)
    group = target.address.partition("@")[2]
    if group and group != "total" and group not in {g.id for g in answer.groups}:
        return None
    return answer.draws(target.address)
