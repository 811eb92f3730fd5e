"""The page: what is computed, from what, by which equation; and what runs it.

`estimate` runs the page, `explain` reads it, the docs print it, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from capacity.chip import PRECISIONS
from capacity.equations import compute, control, energy, power
from capacity.equations.compute import Array
from capacity.errors import did_you_mean, fail
from capacity.sampling import DRAWS, Block, Draws, sample
from capacity.scenario import Cell, Input, Scenario

GROUPS = ("owner", "site", "chip", "lot")
CELL = "cell"  # a group of its own for each cell, for questions about a single row


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the page: a result, the equation that gives it, and the names of the equation's inputs.

    An input is an earlier result's address, `chip.FIELD`, `reference.FIELD`, `system.chips` or the name of
    an assumption; one that ends in `?` may be absent. `linear`: proportional to the first input.
    """

    quantity: str
    basis: tuple[tuple[str, str], ...]
    unit: str
    equation: Callable[..., Array]
    inputs: tuple[str, ...]
    linear: bool = True
    shown: bool = True

    @property
    def address(self) -> str:
        """The result's address: `power.facility.nameplate`."""
        return ".".join((self.quantity, *(value for _, value in self.basis)))


def _power(boundary: str, rating: str, equation: Callable[..., Array], *inputs: str) -> Step:
    return Step("power", (("boundary", boundary), ("rating", rating)), "W", equation, inputs)


def _flops(precision: str, sparsity: str) -> Step:
    basis = (("precision", precision), ("sparsity", sparsity))
    field_name = f"chip.{sparsity}_tflops.{precision}"
    return Step("peak_flops", basis, "FLOP/s", compute.peak_flops, ("chips", field_name))


def _equivalents(basis: str, equation: Callable[..., Array], *fields: str) -> Step:
    inputs = ("chips", *(f"chip.{f}" for f in fields), *(f"reference.{f}" for f in fields))
    return Step("h100_equivalents", (("basis", basis),), "chips", equation, inputs)


_DENSE = tuple(f"chip.dense_tflops.{p}?" for p in control.BITS)

PAGE: tuple[Step, ...] = (
    Step("servers", (), "servers", compute.servers, ("chips", "system.chips")),
    *(_flops(p, "dense") for p in PRECISIONS),
    *(_flops(p, "sparse") for p in PRECISIONS),
    Step("training_flops", (("precision", "bf16"),), "FLOP/s", compute.training_flops,
         ("chips", "chip.dense_tflops.bf16", "mfu", "goodput")),
    Step("memory", (), "B", compute.memory, ("chips", "chip.memory_gb")),
    Step("memory_bandwidth", (), "B/s", compute.memory_bandwidth, ("chips", "chip.memory_bandwidth_tb_s")),
    Step("tpp", (), "TOPS·bit", control.tpp, ("chips", *_DENSE)),
    _equivalents("8bit", compute.equivalents_8bit, "dense_tflops.fp8?", "dense_tflops.int8?"),
    _equivalents("bf16", compute.equivalents, "dense_tflops.bf16"),
    _equivalents("bandwidth", compute.equivalents, "memory_bandwidth_tb_s"),
    _equivalents("memory", compute.equivalents, "memory_gb"),
    Step("h100_equivalents", (("basis", "tpp"),), "chips", compute.equivalents,
         ("chips", "chip_tpp", "reference_tpp")),
    Step("chip_tpp", (), "TOPS·bit", control.tpp, ("one", *_DENSE), shown=False),
    Step("reference_tpp", (), "TOPS·bit", control.tpp,
         ("one", *(f.replace("chip.", "reference.") for f in _DENSE)), shown=False),
    _power("chip", "nameplate", power.chip_nameplate, "chips", "chip.tdp_w"),
    _power("server", "nameplate", power.server_nameplate, "chips", "chip.tdp_w", "server_other_w"),
    _power("it", "nameplate", power.it_nameplate, "power.server.nameplate", "network_ratio"),
    _power("facility", "nameplate", power.facility_nameplate, "power.it.nameplate", "pue_peak"),
    _power("contracted", "nameplate", power.contracted, "power.facility.nameplate", "contracted_ratio"),
    _power("server", "peak", power.peak, "power.server.nameplate", "peak_share"),
    _power("it", "peak", power.peak, "power.it.nameplate", "peak_share"),
    _power("facility", "peak", power.peak, "power.facility.nameplate", "peak_share"),
    Step("load", (), "share", power.load,
         ("busy_share", "training_share", "load_training", "load_inference", "load_idle"),
         linear=False, shown=False),
    Step("pue_annual", (), "ratio", power.pue_annual, ("pue_peak", "pue_annual_share"),
         linear=False, shown=False),
    _power("server", "average", power.average, "power.server.peak", "load"),
    _power("it", "average", power.average, "power.it.peak", "load"),
    _power("facility", "average", power.facility_average, "power.it.average", "pue_annual"),
    Step("energy", (("boundary", "it"),), "J", energy.energy, ("power.it.average",)),
    Step("energy", (("boundary", "facility"),), "J", energy.energy, ("power.facility.average",)),
)  # fmt: skip

CHIPS = Step("chips", (), "chips", lambda chips: chips, ())


def _ordered(page: Sequence[Step]) -> dict[str, Step]:
    """The page by address, each row after those that it needs; a name that nothing supplies fails here."""
    rows = {step.address: step for step in page}
    assert len(rows) == len(page), "two rows of the page have one address"
    placed: dict[str, Step] = {CHIPS.address: CHIPS}

    def place(address: str, path: tuple[str, ...]) -> None:
        if address in placed or address not in rows:
            return
        assert address not in path, f"the page goes in a circle at {address}"
        for name in rows[address].inputs:
            place(name, (*path, address))
        placed[address] = rows[address]

    for address in rows:
        place(address, ())
    return placed


STEPS = _ordered(PAGE)
SHOWN = tuple([CHIPS.address, *(step.address for step in PAGE if step.shown)])


def stock(scenario: Scenario, block: Block) -> Array:
    """How many chips each cell has, as stated: lots turned into counts; shape (cells, worlds or 1)."""
    rows: list[Array] = []
    for name in scenario.file.counted:
        count = block.value(scenario.count(name))
        rows += [count * share for share in shares(scenario, block, name)]
    return np.array(np.broadcast_arrays(*(np.atleast_1d(row) for row in rows)))


def shares(scenario: Scenario, block: Block, lot: str) -> list[Array]:
    """The parts of a lot's cells, which come to 1 in every world.

    Quoted parts stay (scaled down where they would pass 1); the rest is split by weights exp(sigma z).
    """
    cells = scenario.by_lot[lot]
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


@dataclass(frozen=True, slots=True)
class Gathered:
    """One input of a step across the cells: the distinct inputs, and which of them each cell has."""

    inputs: tuple[Input | float | None, ...]
    index: npt.NDArray[np.intp] | None

    @property
    def absent(self) -> npt.NDArray[np.bool_]:
        """Which cells have no such figure; shape (cells,) or (1,)."""
        flags = np.array([item is None for item in self.inputs])
        return flags if self.index is None else flags[self.index]

    @property
    def is_constant(self) -> bool:
        """True when no world differs."""
        return all(not isinstance(item, Input) or item.quantity.is_exact for item in self.inputs)

    def table(self, block: Block) -> Array:
        """The values, shape (cells or 1, worlds or 1); nan where absent."""
        rows = [_value(item, block) for item in self.inputs]
        table = np.array(np.broadcast_arrays(*(np.atleast_1d(row) for row in rows)))
        return table if self.index is None else table[self.index]


def _value(item: Input | float | None, block: Block) -> Array:
    if isinstance(item, Input):
        return block.value(item)
    return np.asarray(np.nan if item is None else item)


@dataclass
class Plan:
    """What a scenario needs of the page, worked out once: inputs gathered, constants folded."""

    scenario: Scenario
    steps: dict[str, Step]
    gathered: dict[str, Gathered] = field(default_factory=dict)
    scaled: dict[str, tuple[str, Array]] = field(default_factory=dict)
    absent: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)

    @classmethod
    def of(cls, scenario: Scenario, asked: Iterable[str]) -> Plan:
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
        plan = cls(scenario, {a: s for a, s in STEPS.items() if a in needed})
        constants = Draws(scenario, 1).blocks()[0]
        for address, step in plan.steps.items():
            plan._prepare(address, step, constants)
        return plan

    def _prepare(self, address: str, step: Step, constants: Block) -> None:
        cells = len(self.scenario.cells)
        absent = np.zeros(cells, dtype=bool)
        for chip in ("chip.", "reference."):
            optional = [self._absent(n) for n in step.inputs if n.endswith("?") and n.startswith(chip)]
            if optional:
                absent |= np.logical_and.reduce([np.broadcast_to(o, (cells,)) for o in optional])
        for name in step.inputs:
            if not name.endswith("?"):
                absent |= self._absent(name)
        self.absent[address] = absent
        first, *others = step.inputs or ("",)
        folds = all(n not in self.steps or self._root(n)[0] == "one" for n in others)
        if not (step.linear and (first in self.steps or first == "one") and folds):
            return
        if all(n in self.steps or self.gather(n).is_constant for n in others):
            values = [self._root(n)[1] if n in self.steps else self.gather(n).table(constants) for n in others]
            root, factor = self._root(first)
            self.scaled[address] = (root, factor * step.equation(np.ones((1, 1)), *values))

    def _root(self, address: str) -> tuple[str, Array]:
        """The result that this one is a constant multiple of, and the multiple."""
        return self.scaled.get(address, (address, np.ones((1, 1))))

    def _absent(self, name: str) -> npt.NDArray[np.bool_]:
        if name in self.absent:
            return self.absent[name]
        return np.zeros(1, dtype=bool) if name in self.steps or name == "one" else self.gather(name).absent

    def gather(self, name: str) -> Gathered:
        """An input of the page across the cells."""
        if name not in self.gathered:
            kinds, of_cell = self.scenario.kinds
            found = [_input(self.scenario, name.removesuffix("?"), cell) for cell in kinds]
            order: dict[Any, int] = {}
            index = np.array([order.setdefault(_key(item), len(order)) for item in found])
            distinct = {_key(item): item for item in found}
            inputs = tuple(distinct[key] for key in order)
            where = None if len(inputs) == 1 else index[list(of_cell)]
            self.gathered[name] = Gathered(inputs, where)
        return self.gathered[name]

    def run(self, block: Block) -> dict[str, Array]:
        """Every result that is no constant multiple of another, shape (cells, worlds or 1)."""
        found: dict[str, Array] = {CHIPS.address: stock(self.scenario, block), "one": np.ones((1, 1))}
        for address, step in self.steps.items():
            if address not in self.scaled and address != CHIPS.address:
                found[address] = step.equation(*(self._table(name, found, block) for name in step.inputs))
        return found

    def _table(self, name: str, found: dict[str, Array], block: Block) -> Array:
        """A step's input in this block: a result, a constant multiple of one, or a draw, kept for the next step."""
        if name not in found:
            if name not in self.steps:
                found[name] = self.gather(name).table(block)
            else:
                root, factor = self._root(name)
                found[name] = found[root] * factor
        return found[name]

    def inputs(self) -> list[Input]:
        """Every input that the results rest on, lots first."""
        seen: dict[str, Input] = {}
        for cell in self.scenario.cells:
            stated = [self.scenario.count(cell.lot)]
            if cell.owner and len(self.scenario.by_lot[cell.lot]) > 1:
                stated.append(self.scenario.share(cell.lot, cell.owner))
            seen.update({item.place: item for item in stated})
        for name in {n: None for step in self.steps.values() for n in step.inputs}:
            if name not in self.steps and name != "one":
                found = (i for i in self.gather(name).inputs if isinstance(i, Input))
                seen.update({item.place: item for item in found})
        return list(seen.values())


def _key(item: Input | float | None) -> Any:
    return item.place if isinstance(item, Input) else item


def _input(scenario: Scenario, name: str, cell: Cell) -> Input | float | None:
    """What the page calls `name`, at a cell."""
    kind, _, rest = name.partition(".")
    if kind == "chip":
        return scenario.figure(cell.chip, rest)
    if kind == "reference":
        return scenario.figure(scenario.reference, rest)
    if kind == "system":
        return float(scenario.systems[cell.system].chips) if cell.system else None
    return scenario.assumption(name, cell)


# --- the estimate ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """Cells that are summed: all of them, or those of one owner, site, chip or lot."""

    kind: str
    id: str
    members: tuple[int, ...]


@dataclass(frozen=True)
class Estimate:
    """Arrays by quantity and group, in SI units; entry i of every array is the same world."""

    scenario: Scenario
    worlds: Draws
    groups: tuple[Group, ...]
    asked: tuple[str, ...]
    plan: Plan
    arrays: dict[tuple[str, tuple[int, ...]], Array]
    multiples: dict[tuple[str, tuple[int, ...]], tuple[str, float]]

    def draws(self, address: str) -> Array:
        """One result in every world, shape (draws,), SI: `draws("power.facility.nameplate@tencent")`.

        Raises `InputError` where the address is unknown or absent for the group.
        """
        name, _, group = address.partition("@")
        members = self.group(group).members
        if (name, members) not in self.arrays and (name, members) not in self.multiples:
            self._refuse(name, group)
        base, factor = self.multiples.get((name, members), (name, 1.0))
        array = self.arrays[base, members]
        return array * factor if factor != 1 else array.copy()

    def group(self, name: str) -> Group:
        """The group that an address names after `@`; nothing means the total."""
        found = {g.id: g for g in reversed(self.groups)}
        if name in ("", "total"):
            return self.groups[0]
        if name not in found:
            known = [g.id for g in self.groups[1:]]
            raise fail(f"@{name}", "no such group in this estimate", did_you_mean(name, known))
        return found[name]

    def _refuse(self, name: str, group: str) -> None:
        if name not in SHOWN:
            raise fail(name, "unknown quantity", did_you_mean(name, SHOWN))
        if name not in self.asked:
            raise fail(name, "was not asked for in this estimate", f"show={name!r}")
        raise fail(name, f"cannot be given{' for ' + group if group else ''}", "; ".join(self.notes(name)))

    def results(self) -> Iterator[tuple[Step, Group]]:
        """Every result that there is, in the order of the page, the total before its groups."""
        for address in self.asked:
            for group in self.groups:
                if not self.plan.absent[address][list(group.members)].any():
                    yield STEPS[address], group

    def notes(self, address: str | None = None) -> list[str]:
        """Which results some chips cannot give, and which chips these are."""
        found: dict[tuple[str, ...], list[str]] = {}
        for name in [address] if address else self.asked:
            absent = self.plan.absent[name]
            if absent.any() and (address or not absent.all()):
                chips = tuple(dict.fromkeys(c.chip for c, a in zip(self.scenario.cells, absent, strict=True) if a))
                found.setdefault(chips, []).append(name)
        return [f"the sheet of {', '.join(chips)} gives no {', '.join(names)}" for chips, names in found.items()]

    def lines(self) -> list[Any]:
        """The results in the few numbers that a reader wants: `list[Line]`."""
        from capacity.summary import summarize

        return summarize(self)

    def to_frame(self) -> Any:
        """The lines as a tidy pandas table, a row each (needs the extra `frames`)."""
        from capacity.render.frame import to_frame

        return to_frame(self)

    def _repr_html_(self) -> str:
        from capacity.render.frame import to_html

        return to_html(self)


def asked_results(show: str | Sequence[str] | None) -> tuple[str, ...]:
    """The results that `show` names, by address or by the beginning of one (`power`, `power.it`).

    >>> asked_results("power.it")
    ('power.it.nameplate', 'power.it.peak', 'power.it.average')
    """
    if show is None:
        return SHOWN
    names = [n.strip().partition("@")[0] for n in (show.split(",") if isinstance(show, str) else show)]
    for name in names:
        if not any(a == name or a.startswith(name + ".") for a in SHOWN):
            raise fail(
                "--show",
                f"unknown quantity {name!r}",
                did_you_mean(name, [*SHOWN, *{s.quantity for s in PAGE}]),
            )
    return tuple(a for a in SHOWN if any(a == n or a.startswith(n + ".") for n in names))


def _groups(scenario: Scenario, kinds: Sequence[str]) -> tuple[Group, ...]:
    every = tuple(range(len(scenario.cells)))
    found = [Group("total", "", every)]
    for kind in kinds:
        members: dict[str, list[int]] = {}
        for index, cell in enumerate(scenario.cells):
            member = f"cell {index}" if kind == CELL else getattr(cell, kind) or "unknown"
            members.setdefault(member, []).append(index)
        if kind != "owner" or set(members) != {"unknown"}:
            found += [Group(kind, name, tuple(cells)) for name, cells in members.items()]
    return tuple(found)


def estimate(
    scenario: Scenario,
    draws: int = DRAWS,
    seed: int = 0,
    *,
    by: str | Sequence[str] = "owner",
    show: str | Sequence[str] | None = None,
    worlds: Draws | None = None,
) -> Estimate:
    """Run the page on every world of a scenario: aggregate FLOP/s, memory, watts, energy.

    `by` names the groups beside the total (owner, site, chip, lot); `show` limits the results; `worlds`
    may stand instead of `draws` and `seed`.
    Arrays have shape (draws,) and SI units. Raises `InputError` for an unknown quantity.

    >>> import capacity
    >>> answer = capacity.estimate(capacity.load_scenario("h200-china-2026-01"), draws=1000)
    >>> answer.draws("peak_flops.bf16.dense").shape
    (1000,)
    """
    kinds = [k for k in ([by] if isinstance(by, str) else by) if k != "total"]
    for kind in kinds:
        if kind not in (*GROUPS, CELL):
            raise fail("by", f"unknown group {kind!r}", f"total, {', '.join(GROUPS)}")
    asked = asked_results(show)
    worlds = worlds or sample(scenario, draws, seed)
    plan = Plan.of(scenario, asked)
    groups = _groups(scenario, kinds)
    arrays, multiples = _layout(plan, groups, asked, worlds.draws)
    start = 0
    for block in worlds.blocks():
        found = plan.run(block)
        for (address, members), array in arrays.items():
            part = array[start : start + block.size]
            _sum_into(part, plan, found, address, members)
        start += block.size
    return Estimate(scenario, worlds, groups, asked, plan, arrays, multiples)


def _layout(
    plan: Plan, groups: Sequence[Group], asked: Sequence[str], draws: int
) -> tuple[dict[tuple[str, tuple[int, ...]], Array], dict[tuple[str, tuple[int, ...]], tuple[str, float]]]:
    """The arrays to be kept: one per result and set of cells, none for a constant multiple of another."""
    arrays: dict[tuple[str, tuple[int, ...]], Array] = {}
    multiples: dict[tuple[str, tuple[int, ...]], tuple[str, float]] = {}
    for members in dict.fromkeys(group.members for group in groups):
        rows = list(members)
        for address in asked:
            if plan.absent[address][rows].any():
                continue
            root, factor = plan._root(address)
            factors = np.broadcast_to(factor, (len(plan.scenario.cells), 1))[rows, 0]
            if root != address and (factors == factors[0]).all():
                multiples[address, members] = (root, float(factors[0]))
                arrays.setdefault((root, members), np.empty(draws))
            else:
                arrays.setdefault((address, members), np.empty(draws))
    return arrays, multiples


def _sum_into(part: Array, plan: Plan, found: dict[str, Array], address: str, members: tuple[int, ...]) -> None:
    """The sum of a result over the members of a group, written into `part` (worlds,)."""
    root, factor = plan._root(address)
    table = found[root]
    if root != address:
        table = table * factor
    rows = table if len(members) == len(table) else table[list(members)]
    part[:] = rows.sum(axis=0)
