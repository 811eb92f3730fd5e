"""Amounts → chips: what one chip gives of the result that a lot is an amount of."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.equations.compute import Array
from capacity.errors import Fault, InputError, did_you_mean, first_faults
from capacity.model.page import CHIPS, SHOWN
from capacity.model.plan import Plan, Rows
from capacity.model.sampling import Block, Draws
from capacity.model.stated import told_chips
from capacity.records.amount import OPEN, choice_place
from capacity.records.joined import kinds_of
from capacity.resolve import Input, Scenario

PILOT = 8192  # worlds in which reports are weighed
LEAST_SD = 0.04  # of the logarithm of any one report
MOST_APART = 2.0  # standard deviations between two reports of one lot


@dataclass(frozen=True)
class OneChip:
    """What one chip gives of the result that a lot is an amount of: the page run on one chip of each cell.

    `plans` holds by lot what that needs of the page; lots of like cells and amounts share one.
    """

    scenario: Scenario
    plans: Mapping[str, Plan]

    @classmethod
    def of(cls, scenario: Scenario) -> OneChip:
        """For all lots that are amounts of something else than chips; `InputError` where one has no way to chips."""
        file = scenario.file
        bases = (base for n in file.counted if (base := file.lots[n].per_chip_of))
        whole = dict.fromkeys([*file.counted, *bases])
        names = [told for n in whole for told in (file.lots[n].told_by(n) or (n,))]
        faults: list[Fault] = []
        shared: dict[Any, Plan] = {}
        plans: dict[str, Plan] = {}
        for name in names:
            amount = file.lots[name].count
            if amount.is_chips:
                continue
            results = tuple(amount.options.values())
            unknown = [r for r in results if r not in SHOWN and r not in OPEN["capex"].values()]
            if unknown:
                what = f"unknown result {unknown[0]!r}"
                faults.append(
                    Fault(scenario.id, None, None, f"lots.{name}.amount.of", what, did_you_mean(unknown[0], SHOWN))
                )
                continue
            cells = scenario.cells_of(name)
            key = (kinds_of(cells), results)
            if key not in shared:
                shared[key] = Plan.of(scenario, Rows(cells, tuple(range(len(cells)))), results)
            plans[name] = shared[key]
            faults += _ways(scenario, name, plans[name], results)
        if faults:
            raise InputError(first_faults(iter(faults), scenario.id))
        one_chip = cls(scenario, plans)
        conflicts = [fault for n in whole if file.lots[n].reports for fault in one_chip.conflicts(n)]
        if conflicts:
            raise InputError(first_faults(iter(conflicts), scenario.id))
        return one_chip

    @functools.cached_property
    def told(self) -> dict[str, Array]:
        """The logarithm of the chips by each report of a lot, in worlds of its own, by lot: shape (reports, worlds)."""
        block = Draws(self.scenario, PILOT).block(0)
        lots = {name: lot for name, lot in self.scenario.file.lots.items() if lot.reports}
        return {n: np.log(np.array(told_chips(self.scenario, block, n, self))) for n in lots if n in self.counted}

    @property
    def counted(self) -> frozenset[str]:
        """The lots on which the counts rest."""
        file = self.scenario.file
        return frozenset([*file.counted, *(base for n in file.counted if (base := file.lots[n].per_chip_of))])

    def weights(self, name: str) -> list[float]:
        """How much each report of a lot weighs: one over the variance of its logarithm, which is 4 % at least."""
        inverse = 1 / np.maximum(self.told[name].std(axis=1), LEAST_SD) ** 2
        return [float(weight) for weight in inverse / inverse.sum()]

    def conflicts(self, name: str) -> Iterator[Fault]:
        """Each two reports of a lot that lie over two standard deviations apart, unless they are to be combined."""
        lot = self.scenario.file.lots[name]
        if lot.combine:
            return
        for (a, first), (b, second) in itertools.combinations(enumerate(self.told[name]), 2):
            apart = first - second
            score = abs(float(apart.mean())) / max(float(apart.std()), LEAST_SD)
            if score > MOST_APART:
                told = [self.scenario.file.lots[lot.told_by(name)[k]].count for k in (a, b)]
                said = [amount.says or amount.stated for amount in told]
                chips = [f"{float(np.exp(np.median(x))):,.0f}" for x in (first, second)]
                what = f'"{said[0]}" comes to {chips[0]} chips and "{said[1]}" to {chips[1]}: {score:.1f} sd apart'
                yield Fault(self.scenario.id, None, None, f"lots.{name}.reports", what, "at most 2; or combine: true")

    def __call__(self, name: str, block: Block) -> list[Array]:
        """What one chip of each cell of a lot gives in each world, in the unit of its amount; shapes (worlds or 1,)."""
        plan, amount = self.plans[name], self.scenario.file.lots[name].count
        ones = {CHIPS.address: np.ones((len(plan.rows.cells), 1))}
        tables = {"one": np.ones((1, 1)), **dict(plan.run(ones, block, {}))}
        options = []
        for address in amount.options.values():
            root, factor = plan.root(address)
            options.append(np.broadcast_to(tables[root] * factor, (len(plan.rows.cells), tables[root].shape[1])))
        if len(options) > 1:
            which = block.option(choice_place(amount) or "", [*self.scenario.chances(amount.of or "").values()])
            rows = [np.choose(which, [table[i] for table in options]) for i in range(len(plan.rows.cells))]
        else:
            rows = list(options[0])
        rate = self.scenario.exchange(amount.unit)
        return [row / block.value(rate) for row in rows] if rate else rows

    def inputs(self) -> list[Input]:
        """Every input on which what one chip gives rests, with what is assumed of an open basis."""
        items: list[Input] = []
        for name, plan in self.plans.items():
            amount = self.scenario.file.lots[name].count
            rate = self.scenario.exchange(amount.unit)
            items += [rate] if rate else []
            items += self.scenario.chance_inputs(amount.of or "") if len(amount.options) > 1 else []
            items += plan.gathered_inputs()
        return items


def open_bases(scenario: Scenario) -> Iterator[tuple[str, str, str]]:
    """Each counted lot whose words leave open what its amount measures, the words, and what it is taken for."""
    for name in scenario.file.counted:
        amount = scenario.file.lots[name].count
        if len(amount.options) > 1:
            chances = scenario.chances(amount.of or "")
            parts = ", ".join(f"{100 * chance:.0f} % {option}" for option, chance in chances.items())
            said = f'"{amount.says}"' if amount.says else amount.stated
            what = "power" if amount.unit == "W" else "of the cost"
            yield name, said, f"taken as {parts.replace(' it', ' IT')} {what}"


def open_notes(scenario: Scenario) -> Iterator[str]:
    """A note for each counted lot whose words leave open what its amount measures, and what it is taken for."""
    for name, said, taken in open_bases(scenario):
        yield f"lot {name}: {said} of what is not said: {taken} (`of`, or --of, settles it)"


def _ways(scenario: Scenario, name: str, plan: Plan, results: Iterable[str]) -> Iterator[Fault]:
    """What is missing on the way from an amount to chips."""
    absent = [result for result in results if plan.absent[result].any()]
    if not absent:
        return
    lacks = {
        plan.without(figure.partition(".")[0], rows) + (f" {figure.partition('.')[2]}" if "chip." in figure else "")
        for result in absent
        for figure, rows in (plan.lacking(result) or {f"chip.{result}": plan.absent[result]}).items()
    }
    stated = scenario.file.lots[name].count.stated
    what = f"{stated} cannot be turned into chips by {' or '.join(absent)}: {'; '.join(sorted(lacks))}"
    yield Fault(scenario.id, None, None, f"lots.{name}.amount", what, "chips, or an amount of what is known of them")
