"""The tree behind a result: its steps, sheet figures and assumptions with their numbers, as the page computes it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capacity.equations.compute import Array
from capacity.model.estimate import Estimate
from capacity.model.page import CHIPS, SHOWN, STEPS, Step
from capacity.model.plan import CELL
from capacity.model.summary import describe
from capacity.questions.sensitivity import OTHERS, Driver
from capacity.resolve import Input


@dataclass(frozen=True, slots=True)
class Node:
    """One result or input of the tree, in SI: its numbers, how it is made, and what it is made of.

    `formula` is in the names of the equation's arguments, `arguments` says which child each one is.
    `inputs` are the numbers behind a leaf (one for each owner or chip that differs); `share` is the
    part of the asked result's variance that comes from them, `error` the standard error of that.
    """

    name: str
    kind: str
    unit: str
    basis: tuple[tuple[str, str], ...]
    p5: float
    p50: float
    p95: float
    mc_error: float
    formula: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    inputs: tuple[Input, ...] = ()
    share: float | None = None
    error: float | None = None
    children: tuple[Node, ...] = ()


def formula(step: Step) -> str:
    """The formula of a step's equation, as its docstring states it between backticks.

    >>> formula(STEPS["power.facility.nameplate"])
    'it_power * pue_peak'
    """
    text = " ".join((inspect.getdoc(step.equation) or "").split())
    found = re.search(r"`([^`]+)`", text)
    return found[1] if found else ""


def ancestors(name: str) -> list[str]:
    """A result and all results that it rests on, the number of chips last."""
    found: dict[str, None] = {}

    def visit(address: str) -> None:
        if address in STEPS and address not in found:
            found[address] = None
            for inner in STEPS[address].inputs:
                visit(inner)

    visit(name)
    return [a for a in found if a != CHIPS.address] + [CHIPS.address]


class Reader:
    """Reads nodes off the page for one group of cells."""

    def __init__(self, answer: Estimate, group: str, shares: Sequence[tuple[Driver, tuple[float, float]]]) -> None:
        self.answer = answer
        self.group = group
        self.shares = shares
        self.members = list(answer.group(group).members)
        self.block = answer.worlds.blocks()[0]
        cells = [g.id for g in answer.groups if g.kind == CELL]
        self.chips = np.array([answer.draws(f"chips@{cell}") for cell in cells])

    def node(self, name: str) -> Node:
        """A result of the page with all below it."""
        step = STEPS[name]
        low, middle, high, error = self._points(name)
        if name == CHIPS.address:
            words = "sum over the counted lots of count * the owner's part"
            if self.answer.seen.at:
                words += " * the share that has come, is installed and runs"
            return Node(name, "result", step.unit, (), low, middle, high, error, words, children=self._stated())
        names = list(inspect.signature(step.equation).parameters)
        pairs = [(a, n) for a, n in zip(names, step.inputs, strict=True) if self._is_there(n)]
        children = tuple(self.node(n) if n in STEPS else self._leaf(n) for _, n in pairs if n != "one")
        return Node(
            name, "result", step.unit, step.basis, low, middle, high, error, formula(step),
            tuple((a, n.removesuffix("?")) for a, n in pairs), children=children,
        )  # fmt: skip

    def _is_there(self, name: str) -> bool:
        if name in STEPS or name == "one":
            return True
        return not np.broadcast_to(self.answer.plan.gather(name).absent, len(self.chips))[self.members].all()

    def _stated(self) -> tuple[Node, ...]:
        """What the number of chips rests on: every input that no step of the page names."""
        named = {
            item.place
            for step in self.answer.plan.steps.values()
            for name in step.inputs
            if name not in STEPS and name != "one"
            for item in self.answer.plan.gather(name).inputs
            if isinstance(item, Input)
        }
        cells = [self.answer.scenario.cells[i] for i in self.members]
        lots = {cell.lot for cell in cells}
        items = [i for i in self.answer.plan.inputs() if i.place not in named]
        ours = [i for i in items if not i.place.startswith("lots.") or i.place.split(".")[1] in lots]
        return tuple(self._input(item) for item in ours)

    def _input(self, item: Input) -> Node:
        """One input on its own; a part that no source gives has its normal's weight, of which only the ratios count."""
        values = self.block.weight(item) if item.unit == "split" else self.block.value(item)
        _, low, middle, high, error = describe(np.broadcast_to(values, self.block.size))
        unit = "weight" if item.unit == "split" else item.unit
        share, wrong = self._share([item])
        return Node(item.place, "input", unit, (), low, middle, high, error, inputs=(item,), share=share, error=wrong)

    def _leaf(self, name: str) -> Node:
        """A sheet figure or an assumption, meant over the group's chips where they differ."""
        gathered = self.answer.plan.gather(name)
        rows = np.arange(len(self.chips)) if gathered.index is None else gathered.index
        used = {0} if gathered.index is None else set(rows[self.members].tolist())
        items = tuple(x for i, x in enumerate(gathered.inputs) if i in used and isinstance(x, Input))
        low, middle, high, error = self._points(name)
        share, wrong = self._share(items)
        unit = items[0].unit if items else ""
        plain = name.removesuffix("?")
        return Node(plain, "input", unit, (), low, middle, high, error, inputs=items, share=share, error=wrong)

    def _share(self, items: Sequence[Input]) -> tuple[float, float]:
        places = {item.place for item in items}
        told = [pair for pair in self.shares if pair[0].name != OTHERS]
        hits = [share for driver, share in told if any(item.place in places for item in driver.inputs)]
        return sum(s for s, _ in hits), float(np.sqrt(sum(e**2 for _, e in hits)))

    def _points(self, name: str) -> tuple[float, float, float, float]:
        _, low, middle, high, error = describe(self._values(name))
        return low, middle, high, error

    def _values(self, name: str) -> Array:
        """A result or input of the group in every world: sums where it grows with the chips, else their mean."""
        if name in SHOWN:
            return self.answer.draws(f"{name}@{self.group}" if self.group else name)
        table = np.broadcast_to(self._table(name), self.chips.shape)[self.members]
        if _grows(name):
            return np.asarray(table.sum(axis=0))
        if (table == table[:1]).all():
            return np.asarray(table[0])
        chips = self.chips[self.members]
        whole = chips.sum(axis=0)
        mean = (table * chips).sum(axis=0) / np.where(whole > 0, whole, 1.0)
        return np.asarray(np.where(whole > 0, mean, table.mean(axis=0)))

    def _table(self, name: str) -> Array:
        """A result or input cell by cell, shape (cells or 1, worlds or 1)."""
        if name == CHIPS.address:
            return self.chips
        if name == "one":
            return np.ones((1, 1))
        if name in STEPS:
            return STEPS[name].equation(*map(self._table, STEPS[name].inputs))
        return self.answer.plan.gather(name).table(self.block)


def _grows(name: str) -> bool:
    """True when a result is proportional to the number of chips, so that cells add up."""
    if name not in STEPS or name == CHIPS.address:
        return name == CHIPS.address
    step = STEPS[name]
    return step.linear and bool(step.inputs) and _grows(step.inputs[0])
