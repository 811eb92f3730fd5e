"""How many chips of one lot bring a result to a target: the page solved for the count, world by world."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from capacity.document.answer import Answer
from capacity.document.blocks import Block, Document, Text
from capacity.document.citations import cited, head
from capacity.document.rows import line_dict
from capacity.document.words import results_table, share_text, spoken
from capacity.equations import siting
from capacity.equations.compute import Array
from capacity.errors import did_you_mean, fail
from capacity.load import measured_quantity
from capacity.model.estimate import GROUPS, estimate
from capacity.model.page import SHOWN, STEPS
from capacity.model.sampling import DRAWS, sample
from capacity.model.summary import Line, line_of
from capacity.quantity import Quantity
from capacity.questions.asked import Asked, Library, scenario_of
from capacity.records.amount import OPEN, Amount, amount_place, short_address
from capacity.resolve import Input, Scenario

UNSTATED = "unstated.target"  # the stream of what a target means that does not say
ENDLESS = 1e15  # chips of a lot that any ceiling cuts
EVER_MADE = 1e9  # data-centre chips, with room to spare: a count above it tells of a slip in the target
NAMES = {
    "chips": "chips", "per_chip": "from one chip", "rest": "from the other lots", "ceiling": "the lot's ceilings leave",
}  # fmt: skip


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


@dataclass(frozen=True, slots=True, repr=False)
class Solution(Answer):
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
    name: ClassVar[str] = "lines"

    @property
    def place(self) -> str:
        """Where the lot's amount stands: `lots.NAME.count`, or `lots.NAME.amount` where that is not chips."""
        return amount_place(self.lot, self.scenario.file.lots[self.lot].count)

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
        arrays = [("per_chip", unit, self.per_chip), ("rest", unit, self.rest)]
        if self.ceiling is not None:
            arrays.append(("ceiling", "chips", self.ceiling))
        solved = self.chips[~np.isnan(self.chips)]
        if solved.size:
            arrays.insert(0, ("chips", "chips", solved))
        return [line_of(self.place if n == "chips" else n, n, u, values) for n, u, values in arrays]

    def head(self) -> dict[str, Any]:
        """Schema `capacity.solve/1`, with the target and how often it cannot be met."""
        target = self.target
        return {
            **head("solve", self.scenario, self.draws, self.seed),
            "target": {"address": target.address, "text": target.text, "unit": target.unit},
            "for": self.place, "share_without_answer": self.share_without,
            **({} if self.ceiling is None else {"share_over_ceiling": self.share_over}),
        }  # fmt: skip

    def records(self) -> list[dict[str, Any]]:
        """A row per number, in SI."""
        return [line_dict(line) for line in self.lines()]

    def document(self) -> Document:
        """What one has to have so that the target is met, in words and numbers."""
        title = f"{self.target.address} = {self.target.text}: how many {self._chip} does lot {self.lot} need?"
        named = [(NAMES[line.quantity], line) for line in self.lines()]
        blocks: list[Block] = [Text(title), results_table(self.place, named)]
        if self.share_without:
            every = self.share_without == 1
            where = "in any world" if every else f"in {share_text(self.share_without, decimals=1)} of the worlds"
            solved = "" if every else " The count above is over the rest."
            blocks.append(Text(f"No positive answer {where}: the other lots reach the target already.{solved}"))
        if self.share_over:
            blocks.append(Text(f"Note: {self._over}; the answer says what is needed, whatever they allow."))
        if self._beyond:
            blocks.append(Text(f"Note: {self._beyond}."))
        return Document((*blocks, Text(cited(self.scenario, self.draws, self.seed))))

    def sentence(self) -> str:
        """How many chips the target takes, to be quoted."""
        cite = cited(self.scenario, self.draws, self.seed)
        [chips, *_] = self.lines()
        asked = f"{self.target.address} = {self.target.text}"
        if chips.quantity != "chips":
            return f"The other lots reach {asked} already, without lot {self.lot} ({cite})."
        solved = share_text(1 - self.share_without, decimals=1)
        few = f", in the {solved} of worlds that have an answer" if self.share_without else ""
        over = "".join(f"; {note}" for note in (self.share_over and self._over, self._beyond) if note)
        return f"{asked} takes {spoken(chips)} {self._chip} in lot {self.lot}{few}{over} ({cite})."

    def saved(self) -> dict[str, Any]:
        """The scenario with the target as the lot's amount, as its file would hold it: the same chips in every world.

        Raises `InputError` where other lots, or a group, have a part in the target, or it does not say what it means.
        """
        name, at, group = self.target.address.partition("@")
        if len(self.scenario.file.counted) > 1:
            raise fail("save", "other lots have a part in the target", "a lot that stands alone")
        if (at and group != "total") or name in OPEN:
            raise fail("save", f"{self.target.address} is no one result of the whole lot", "such a target")
        numbers = self.target.quantity.model_dump(exclude_none=True, exclude={"says", "source", "note"})
        source = self.scenario.file.lots[self.lot].count.source
        unit = {} if self.target.unit in ("chips", "servers") else {"unit": self.target.unit}
        amount = Amount.model_validate({**numbers, **unit, "source": source, "of": name})
        return self.scenario.having({f"lots.{self.lot}.amount": amount}).document

    @property
    def _beyond(self) -> str:
        """That so many chips were never made, where the answer is beyond all that there are."""
        solved = self.chips[~np.isnan(self.chips)]
        many = solved.size > 0 and float(np.median(solved)) > EVER_MADE
        return f"more than {EVER_MADE / 1e9:g} billion chips: so many of any one chip were never made" if many else ""

    @property
    def _chip(self) -> str:
        return self.scenario.chip_names(self.lot)

    @property
    def _over(self) -> str:
        """In how many worlds the answer passes which ceilings."""
        named = ", ".join(ceilings(self.scenario, self.lot))
        over = share_text(self.share_over, decimals=1)
        return f"in {over} of the worlds this is more than the lot's own {named} would leave"


def read_target(text: str) -> Target:
    """A target as typed: `power.facility.nameplate=500 MW`, `capex=10 bn USD`, `…@tencent=1 ZFLOP/s`.

    Raises `InputError` where the result, the unit or the number is not known.
    """
    address, equals, value = text.partition("=")
    name, at, group = address.strip().partition("@")
    if not equals or not value.strip():
        raise fail("target", f"{text!r} is no target", "QUANTITY=VALUE UNIT")
    if name not in SHOWN and f"{name}.total" in SHOWN:
        name = f"{name}.total"
    name = short_address(name)
    if name not in SHOWN and name not in OPEN:
        raise fail("target", f"unknown quantity {name!r}", did_you_mean(name, SHOWN))
    unit = STEPS[next(iter(OPEN.get(name, {"": name}).values()))].unit
    quantity = measured_quantity(value, unit, "target")
    if quantity.value == 0:
        raise fail("target", f"{value.strip()!r} needs no chips", "more than 0")
    return Target(f"{name}{at}{group}", quantity, unit, value.strip())


def solve(
    scenario: Asked, target: Target | str, place: str, draws: int = DRAWS, seed: int = 0, *, specs: Library = None
) -> Solution:
    """How many chips the lot at `place` needs so that the target is met, in each world.

    Everything on the page is proportional to a lot's chips, so the answer is a division: what is missing
    after the other lots, over what one chip gives.

    Parameters: `scenario` an id, a path, a mapping or a `Scenario`; `target` a result with number and unit
    (`power.facility.nameplate=500 MW`, `capex=10 bn USD`); `place` the count of a counted lot (`lots.NAME.count`).
    The answer's `chips` has shape (draws,). Raises `InputError` for any other place, or where nothing solves it.

    >>> answer = solve("h200-china-2026-01", "power.facility.nameplate=500 MW", "lots.approved.count", draws=100)
    >>> 200_000 < float(answer.chips.mean()) < 350_000
    True
    """
    scenario = scenario_of(scenario, specs)
    target = read_target(target) if isinstance(target, str) else target
    lot = _lot(scenario, place)
    per_chip = _result(counting(scenario, (lot,), {lot: 1.0}), target, draws, seed)
    if per_chip is None:
        raise fail("place", f"lot {lot} gives nothing to {target.address}", "a lot that does")
    few = [_result(counting(scenario, (lot,), {lot: n}), target, 16, seed) for n in (1.0, 2.0)]
    assert few[0] is not None
    assert few[1] is not None
    if not np.allclose(2 * few[0], few[1], rtol=1e-9):
        raise fail("target", f"{target.name} is not proportional to the chips of a lot", "another quantity")
    others = tuple(name for name in scenario.file.counted if name != lot)
    rest = _result(counting(scenario, others), target, draws, seed) if others else None
    rest = np.zeros(draws) if rest is None else rest
    item = Input("target", target.quantity, target.unit, f"lots.{lot}.count", "command", ())
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
    counts = {f"lots.{name}.count": name for name in scenario.file.counted}
    amounts = {f"lots.{name}.amount": name for name in scenario.file.counted}  # its other name
    if place not in counts | amounts:
        what = f"{place!r} cannot be solved for: only the count of a counted lot can"
        raise fail("place", what, did_you_mean(place, counts))
    asked = (counts | amounts)[place]
    for name in scenario.file.counted:  # what a lot has then hangs on another, and nothing is proportional
        lot = scenario.file.lots[name]
        others = {*lot.less, *filter(None, [lot.per_chip_of])}
        if asked in others or (others and asked == name):
            what = f"lot {name} is counted from {', '.join(sorted(others))}, so {place} cannot be solved for alone"
            raise fail("place", what, "a lot that stands by itself")
    return asked


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
    options = OPEN.get(target.name, {"": target.name})
    answer = estimate(scenario, draws, seed, by=GROUPS, show=[*options.values()])
    group = target.address.partition("@")[2]
    if group and not answer.groups_named(group):
        return None
    results = [answer.draws(f"{name}@{group}") for name in options.values()]
    if len(results) == 1:
        return results[0]
    chances = [*scenario.chances(target.name).values()]
    which = [block.option(UNSTATED, chances) for block in answer.worlds.blocks()]
    chosen: Array = np.choose(np.concatenate(which), results)
    return chosen
