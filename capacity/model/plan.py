"""The plan: what one scenario needs of the page, worked out once, and the page run on a block of worlds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from capacity.equations.compute import Array
from capacity.model.limits import BOUNDARIES, limited_sites
from capacity.model.page import CHIPS, STEPS, Step
from capacity.model.sampling import Block, Draws
from capacity.model.stated import PerChip
from capacity.model.stock import AS_STATED, View, stock_inputs
from capacity.records.joined import Cell, kinds_of
from capacity.resolve import Input, Scenario

WATTS = {boundary: f"power.{boundary}.nameplate" for boundary in BOUNDARIES}
CELL = "cell"  # a group of its own for each cell, for questions about a single row


@dataclass(frozen=True, slots=True)
class Gathered:
    """One input of a step across the rows: the distinct inputs, and which of them each row has."""

    inputs: tuple[Input | float | None, ...]
    index: npt.NDArray[np.intp] | None

    @property
    def absent(self) -> npt.NDArray[np.bool_]:
        """Which rows have no such figure; shape (rows,) or (1,)."""
        flags = np.array([item is None for item in self.inputs])
        return flags if self.index is None else flags[self.index]

    @property
    def is_constant(self) -> bool:
        """True when no world differs."""
        return all(not isinstance(item, Input) or item.quantity.is_exact for item in self.inputs)

    def table(self, block: Block) -> Array:
        """The values, shape (rows or 1, worlds or 1); nan where absent."""
        values = [np.atleast_1d(_value(item, block)) for item in self.inputs]
        table = values[0][None] if len(values) == 1 else np.array(np.broadcast_arrays(*values))
        return table if self.index is None else table[self.index]

    def of(self, rows: slice) -> Gathered:
        """The same for some of the rows."""
        if self.index is None:
            return self
        used, index = np.unique(self.index[rows], return_inverse=True)
        return Gathered(tuple(self.inputs[i] for i in used), index if len(used) > 1 else None)


def _value(item: Input | float | None, block: Block) -> Array:
    if isinstance(item, Input):
        return block.value(item)
    return np.asarray(np.nan if item is None else item)


@dataclass(frozen=True)
class Rows:
    """The rows of every table: one per cell, or one for all cells that differ in nothing that a result asks of them.

    Every result is proportional to the chips, so that such cells can be added up before the page is run.
    """

    cells: tuple[Cell, ...]
    of_cell: tuple[int, ...]

    @classmethod
    def of(cls, scenario: Scenario, kinds: Iterable[str]) -> Rows:
        """A row per cell where a group is asked for that tells lots apart, else as few as will do."""
        if {"lot", CELL} & set(kinds):
            return cls(scenario.cells, tuple(range(len(scenario.cells))))
        return cls(*scenario.kinds)


@dataclass
class Plan:
    """What a scenario needs of the page, worked out once: inputs gathered, constants folded."""

    scenario: Scenario
    rows: Rows
    steps: dict[str, Step]
    gathered: dict[str, Gathered] = field(default_factory=dict)
    scaled: dict[str, tuple[str, Array]] = field(default_factory=dict)
    absent: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)
    views: tuple[View, ...] = (AS_STATED,)
    limited: bool = False  # True where a site's power could hold chips back
    per_chip: PerChip | None = None

    @classmethod
    def of(cls, scenario: Scenario, rows: Rows, asked: Iterable[str], views: tuple[View, ...] = (AS_STATED,)) -> Plan:
        """The rows of the page that the asked results need, in order."""
        needed: set[str] = set()

        def need(address: str) -> None:
            if address in STEPS and address not in needed:
                needed.add(address)
                for name in STEPS[address].inputs:
                    need(name)

        for address in asked:
            need(address)
        need(CHIPS.address)
        limited = any(view.name == "in_service" for view in views) and bool(limited_sites(scenario))
        for address in WATTS.values() if limited else ():
            need(address)
        plan = cls(scenario, rows, {a: s for a, s in STEPS.items() if a in needed}, views=views, limited=limited)
        constants = Draws(scenario, 1).blocks()[0]
        for address, step in plan.steps.items():
            plan._prepare(address, step, constants)
        return plan

    def together(self, kinds: Sequence[str]) -> Rows:
        """As few rows as will do: one for all that have the same inputs and stand in the same groups of these kinds.

        Rows of one group stand beside each other.
        """
        if {"lot", CELL} & set(kinds):
            return self.rows
        indexes = [found.index for found in self.gathered.values() if found.index is not None]
        inputs = np.array(indexes).T.tolist() if indexes else [()] * len(self.rows.cells)
        groups = [tuple(getattr(cell, kind) for kind in kinds) for cell in self.rows.cells]
        seen = {group: place for place, group in enumerate(dict.fromkeys(groups))}
        alike = [(seen[group], *mine) for group, mine in zip(groups, inputs, strict=True)]
        cells = dict(zip(reversed(alike), reversed(self.rows.cells), strict=True))  # the first of each kind
        order = {key: row for row, key in enumerate(sorted(dict.fromkeys(alike), key=lambda key: key[0]))}
        return Rows(tuple(cells[key] for key in order), tuple(order[alike[row]] for row in self.rows.of_cell))

    def _prepare(self, address: str, step: Step, constants: Block) -> None:
        rows = len(self.rows.cells)
        absent = np.zeros(rows, dtype=bool)
        for chip in ("chip.", "reference."):
            optional = [self._absent(n) for n in step.inputs if n.endswith("?") and n.startswith(chip)]
            if optional:
                absent |= np.logical_and.reduce([np.broadcast_to(o, (rows,)) for o in optional])
        for name in step.inputs:
            if not name.endswith("?"):
                absent |= self._absent(name)
        self.absent[address] = absent
        first, *others = step.inputs or ("",)
        folds = all(n not in self.steps or self.root(n)[0] == "one" for n in others)
        if not (step.linear and (first in self.steps or first == "one") and folds):
            return
        if all(n in self.steps or self.gather(n).is_constant for n in others):
            values = [self.root(n)[1] if n in self.steps else self.gather(n).table(constants) for n in others]
            root, factor = self.root(first)
            self.scaled[address] = (root, factor * step.equation(np.ones((1, 1)), *values))

    def root(self, address: str) -> tuple[str, Array]:
        """The result that this one is a constant multiple of, and the multiple."""
        return self.scaled.get(address, (address, np.ones((1, 1))))

    def _absent(self, name: str) -> npt.NDArray[np.bool_]:
        if name in self.absent:
            return self.absent[name]
        return np.zeros(1, dtype=bool) if name in self.steps or name == "one" else self.gather(name).absent

    @cached_property
    def _kinds(self) -> tuple[tuple[Cell, ...], tuple[int, ...]]:
        """The rows in which inputs can differ, and which of these each row is."""
        return kinds_of(self.rows.cells, self.scenario.silent_sites)

    def gather(self, name: str) -> Gathered:
        """An input of the page across the rows."""
        if name not in self.gathered:
            kinds, of_cell = self._kinds
            found = [self.scenario.look_up(name.removesuffix("?"), cell) for cell in kinds]
            order: dict[Any, int] = {}
            index = np.array([order.setdefault(_key(item), len(order)) for item in found])
            distinct = {_key(item): item for item in found}
            inputs = tuple(distinct[key] for key in order)
            if len(inputs) > 1 and len(self.rows.cells) != len(kinds):
                index = index[list(of_cell)]
            self.gathered[name] = Gathered(inputs, index if len(inputs) > 1 else None)
        return self.gathered[name]

    def part(self, rows: slice) -> Plan:
        """The same plan for some of its rows."""
        gathered = {name: found.of(rows) for name, found in self.gathered.items()}
        scaled = {a: (root, f if len(f) == 1 else f[rows]) for a, (root, f) in self.scaled.items()}
        return Plan(self.scenario, self.rows, self.steps, gathered, scaled, self.absent, self.views)

    def run(
        self, counts: Mapping[str, Array], block: Block, drawn: dict[str, Array], again: bool = False
    ) -> Iterator[tuple[str, Array]]:
        """The counts of a view, then each result that is no constant multiple of another, as soon as it is there.

        Tables have shape (rows, worlds or 1). What no later step needs is let go, so that memory stays small and
        near; `drawn` holds the inputs' draws, which are kept where another view of the block asks for them `again`.
        """
        found: dict[str, Array] = {**counts, "one": np.ones((1, 1))}
        yield from counts.items()
        for address, step in self.steps.items():
            if address not in self.scaled and address != CHIPS.address:
                found[address] = step.equation(*(self._table(name, found, drawn, block) for name in step.inputs))
                yield address, found[address]
                for name in self._done.get(address, ()):
                    found.pop(name, None)
                    if not again:
                        drawn.pop(name, None)

    @cached_property
    def _done(self) -> dict[str, list[str]]:
        """What nothing needs any more once a step is done."""
        last: dict[str, str] = {}
        for address, step in self.steps.items():
            if address not in self.scaled and address != CHIPS.address:
                for name in (address, *step.inputs):
                    last[name] = last[self.root(name)[0]] = address
        done: dict[str, list[str]] = {}
        for name, address in last.items():
            done.setdefault(address, []).append(name)
        return done

    def watts(self, block: Block) -> dict[str, Array]:
        """What one chip of each row takes at each boundary, in W; shape (rows or 1, worlds or 1)."""
        found = dict(self.run({CHIPS.address: np.ones((len(self.rows.cells), 1))}, block, {}))
        return {b: found[self.root(a)[0]] * self.root(a)[1] for b, a in WATTS.items()}

    def _table(self, name: str, found: dict[str, Array], drawn: dict[str, Array], block: Block) -> Array:
        """A step's input in this block: a result, a constant multiple of one, or a draw, kept for who asks next."""
        if name in found:
            return found[name]
        if name in self.steps:
            root, factor = self.root(name)
            return found.setdefault(name, found[root] * factor)
        return drawn[name] if name in drawn else drawn.setdefault(name, self.gather(name).table(block))

    def inputs(self) -> list[Input]:
        """Every input that the results rest on, lots first."""
        amounts = self.per_chip.inputs() if self.per_chip else ()
        seen = {item.place: item for item in (*stock_inputs(self.scenario, self.views), *amounts)}
        seen.update({item.place: item for item in self.gathered_inputs()})
        return list(seen.values())

    def gathered_inputs(self) -> list[Input]:
        """Every input of the page's rows, in order."""
        names = {n: None for step in self.steps.values() for n in step.inputs if n not in self.steps and n != "one"}
        return [item for name in names for item in self.gather(name).inputs if isinstance(item, Input)]

    def lacking(self, address: str) -> dict[str, npt.NDArray[np.bool_]]:
        """What a result lacks (`chip.tdp_w`, `grid.lifecycle_kg_kwh`, `price`, `system.chips`), and in which rows."""
        names: dict[str, npt.NDArray[np.bool_]] = {}
        for name in STEPS[address].inputs:
            if name in STEPS:
                names |= self.lacking(name) if self.absent[name].any() else {}
            elif not name.endswith("?") and name != "one" and (absent := self.gather(name).absent).any():
                names[name] = np.broadcast_to(absent, self.absent[address].shape)
        return names

    def without(self, kind: str, absent: npt.NDArray[np.bool_]) -> str:
        """What is missing of which chips or grids, to be followed by the figures."""
        cells = [cell for cell, missing in zip(self.rows.cells, absent, strict=True) if missing]
        names = ", ".join(dict.fromkeys(self.scenario.region(c) if kind == "grid" else c.chip for c in cells))
        if kind in ("price", "system"):
            return f"no {kind} is known of {names}"
        return f"the {'grid' if kind == 'grid' else 'sheet'} of {names} gives no"


def _key(item: Input | float | None) -> Any:
    return item.place if isinstance(item, Input) else item
