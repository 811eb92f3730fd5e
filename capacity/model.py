"""The page: what is computed, from what, by which equation; and what runs it.

`estimate` runs the page, `explain` reads it, the docs print it, so that they cannot disagree.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import islice
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from capacity.chip import PRECISIONS
from capacity.equations import compute, control, energy, footprint, inference, money, power, training
from capacity.equations.compute import Array
from capacity.errors import did_you_mean, fail, first_notes
from capacity.sampling import BLOCK, DRAWS, Block, Draws, Sobol, sample
from capacity.scenario import Cell, Input, Scenario
from capacity.sketch import USUAL, Counted, Sketch, counted
from capacity.stock import AS_STATED, DELIVERED, INSTALLED, View, check_shares, stock, stock_inputs

GROUPS = ("owner", "site", "chip", "lot")
Key = tuple[str, tuple[int, ...], View]  # a result, the rows that are summed, the view
_T = TypeVar("_T")
CELL = "cell"  # a group of its own for each cell, for questions about a single row


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the page: a result, the equation that gives it, and the names of the equation's inputs.

    An input is an earlier result's address, `chip.FIELD`, `reference.FIELD`, `system.chips`, `grid.FIELD`,
    `price` (of the chip, in its market) or the name of an assumption; one that ends in `?` may be absent.
    `linear`: proportional to the first input.
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


def _capex(part: str, equation: Callable[..., Array], *inputs: str) -> Step:
    return Step("capex", (("part", part),), "USD", equation, inputs)


_DENSE = tuple(f"chip.dense_tflops.{p}?" for p in control.BITS)

PAGE: tuple[Step, ...] = (
    Step("servers", (), "servers", compute.servers, ("chips", "system.chips")),
    *(_flops(p, "dense") for p in PRECISIONS),
    *(_flops(p, "sparse") for p in PRECISIONS),
    Step("training_flops", (("precision", "bf16"),), "FLOP/s", compute.training_flops,
         ("chips", "chip.dense_tflops.bf16", "mfu", "goodput")),
    Step("training_compute", (("basis", "all_busy"),), "FLOP", training.year_all_busy,
         ("training_flops.bf16", "busy_share")),
    Step("training_compute", (("basis", "training"),), "FLOP", training.year_share,
         ("training_compute.all_busy", "training_share")),
    Step("training_compute", (("basis", "final_runs"),), "FLOP", training.year_share,
         ("training_compute.training", "final_run_share")),
    Step("serving_chips", (), "chips", inference.serving_chips, ("chips", "busy_share", "training_share")),
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
    _power("chip", "nameplate", power.chip_nameplate, "chips", "chip.tdp_w", "cap_share"),
    _power("server", "nameplate", power.server_nameplate, "chips", "chip.tdp_w", "cap_share", "server_other_w"),
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
    Step("electricity_cost", (), "USD", money.electricity_cost, ("energy.facility", "electricity_usd_kwh")),
    _capex("chips", money.capex_chips, "chips", "price"),
    _capex("servers", money.capex_servers, "chips", "server_usd"),
    _capex("construction", money.capex_construction, "power.facility.nameplate", "construction_usd_mw"),
    Step("capex", (("part", "total"),), "USD", money.capex_total,
         ("capex.chips", "capex.servers", "capex.construction"), linear=False),
    Step("carbon", (("basis", "combustion"),), "kg CO2", footprint.carbon_combustion,
         ("energy.facility", "grid.combustion_kg_kwh")),
    Step("carbon", (("basis", "lifecycle"),), "kg CO2e", footprint.carbon_lifecycle,
         ("energy.facility", "grid.lifecycle_kg_kwh")),
    Step("water", (("basis", "onsite"),), "m3", footprint.water_onsite, ("energy.it", "water_onsite_l_kwh")),
    Step("water", (("basis", "indirect"),), "m3", footprint.water_indirect,
         ("energy.facility", "water_indirect_l_kwh")),
)  # fmt: skip

CHIPS = Step("chips", (), "chips", lambda chips: chips, ())
# Counts by stage, which `stock` gives at a date beside the chips in service.
STAGED = {
    address: Step("chips", (("stage", address.partition(".")[2]),), "chips", lambda chips: chips, ())
    for address in (DELIVERED, INSTALLED)
}


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

# What `show` may name beside results: questions of several figures, and the results that stand beside them.
SECTIONS: dict[str, tuple[str, ...]] = {
    "training": ("training_flops", "training_compute"),
    "inference": ("chips", "serving_chips"),
    "equivalents": ("chips", "h100_equivalents"),
    "context": ("chips",),
    "rules": ("chips", "tpp"),
}


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


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of every table: one per cell, or one for all cells that differ in their lot alone.

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
        plan = cls(scenario, rows, {a: s for a, s in STEPS.items() if a in needed}, views=views)
        constants = Draws(scenario, 1).blocks()[0]
        for address, step in plan.steps.items():
            plan._prepare(address, step, constants)
        return plan

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

    def gather(self, name: str) -> Gathered:
        """An input of the page across the rows."""
        if name not in self.gathered:
            kinds, of_cell = self.scenario.kinds
            found = [_input(self.scenario, name.removesuffix("?"), cell) for cell in kinds]
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
        seen = {item.place: item for item in stock_inputs(self.scenario, self.views)}
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
    if kind == "grid":
        return scenario.carbon(rest, cell)
    return scenario.price(cell) if kind == "price" else scenario.assumption(name, cell)


# --- the estimate ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that are summed: all of them, or those of one owner, site, chip or lot."""

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
    arrays: dict[Key, Array]
    multiples: dict[tuple[str, tuple[int, ...]], tuple[str, float]]
    remarks: tuple[str, ...] = ()
    sketches: Mapping[Key, Sketch] = field(default_factory=dict)

    @property
    def views(self) -> tuple[View, ...]:
        """As stated, then in service at each date asked for, in order."""
        return self.plan.views

    def draws(self, address: str, view: str = "as_stated", at: date | str | None = None) -> Array:
        """One result in every world, shape (draws,), SI: `draws("power.facility.nameplate@tencent")`.

        `at` one of the dates of the estimate: what is in service then; `view="in_service"` without a date
        means the only one. Raises `InputError` where the address is unknown or absent for the group or view.
        """
        name, _, group = address.partition("@")
        members = self.group(group).members
        seen = self.view(view, at)
        base, factor = self.multiples.get((name, members), (name, 1.0))
        if (base, members, seen) in self.sketches:
            what = f"{self.worlds.draws:,} worlds are summarized as they pass, none is kept"
            raise fail("draws", what, f"at most {EXACT:,} draws")
        if (base, members, seen) not in self.arrays:
            self._refuse(name, group, seen)
        array = self.arrays[base, members, seen]
        return array * factor if factor != 1 else array.copy()

    def view(self, name: str = "as_stated", at: date | str | None = None) -> View:
        """The view of this estimate that these words mean; `InputError` where it has none such."""
        if at is None and name == "as_stated":
            return AS_STATED
        when = as_date(at) if at is not None else None
        dated = [v for v in self.views if v.at and when in (None, v.at)]
        if len(dated) != 1 or name not in ("as_stated", "in_service"):
            known = ", ".join(str(v.at) for v in self.views if v.at)
            raise fail(
                "view", f"no one view {name!r} at {at}", f"estimate(..., at=…); dates asked for: {known or 'none'}"
            )
        return dated[0]

    def group(self, name: str) -> Group:
        """The group that an address names after `@`; nothing means the total."""
        found = {g.id: g for g in reversed(self.groups)}
        if name in ("", "total"):
            return self.groups[0]
        if name not in found:
            known = [g.id for g in self.groups[1:]]
            raise fail(f"@{name}", "no such group in this estimate", did_you_mean(name, known))
        return found[name]

    def _refuse(self, name: str, group: str, view: View) -> None:
        if name in STAGED and view.at is None:
            raise fail(name, "is a count at a date", "at=…")
        if name not in SHOWN and name not in STAGED:
            raise fail(name, "unknown quantity", did_you_mean(name, SHOWN))
        if name not in self.asked:
            raise fail(name, "was not asked for in this estimate", f"show={name!r}")
        raise fail(name, f"cannot be given{' for ' + group if group else ''}", "; ".join(self.notes(name)))

    def results(self, view: View = AS_STATED) -> Iterator[tuple[Step, Group]]:
        """Every result that there is in a view, in the order of the page, the total before its groups."""
        for address in self.asked:
            if address in STAGED and view.at is None:
                continue
            for group in self.groups:
                if address in STAGED:
                    yield STAGED[address], group
                elif not self.plan.absent[address][list(group.members)].any():
                    yield STEPS[address], group

    def notes(self, address: str | None = None) -> list[str]:
        """Which results some cells cannot give, and which sheet, price list or grid lacks the figure."""
        found: dict[str, list[str]] = {}
        for name in [address] if address else [a for a in self.asked if a not in STAGED]:
            absent = self.plan.absent[name]
            lacking = sorted(self._lacking(name))
            if absent.any() and (address or not absent.all() or lacking != ["chip"]):
                for kind in lacking or ["chip"]:
                    found.setdefault(self._holders(kind, absent), []).append(name)
        missing = [f"{holders} gives no {', '.join(names)}" for holders, names in found.items()]
        return missing if address else [*self.remarks, *missing]

    def _lacking(self, address: str) -> set[str]:
        """Where the figures stand that a result lacks: `chip`, `price` or `grid`."""
        found = set()
        for name in STEPS[address].inputs:
            if name in STEPS:
                found |= self._lacking(name) if self.plan.absent[name].any() else set()
            elif not name.endswith("?") and name != "one" and self.plan.gather(name).absent.any():
                kind = name.partition(".")[0]
                found.add(kind if kind in ("price", "grid") else "chip")
        return found

    def _holders(self, kind: str, absent: npt.NDArray[np.bool_]) -> str:
        cells = [cell for cell, missing in zip(self.plan.rows.cells, absent, strict=True) if missing]
        names = dict.fromkeys(self.scenario.region(c) if kind == "grid" else c.chip for c in cells)
        what = {"grid": "the grid of", "price": "the price list of", "chip": "the sheet of"}[kind]
        return f"{what} {', '.join(names)}"

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


def as_date(text: date | str) -> date:
    """A day, as such or written `2026-08-31`; `InputError` where it is none.

    >>> as_date("2026-08-31")
    datetime.date(2026, 8, 31)
    """
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise fail("--at", f"{text!r} is no date", "YYYY-MM-DD") from None


def asked_sections(show: str | Sequence[str]) -> tuple[str, ...]:
    """The questions that `show` names, each once.

    >>> asked_sections("chips,training, equivalents")
    ('training', 'equivalents')
    """
    names = [n.strip().partition("@")[0] for n in (show.split(",") if isinstance(show, str) else show)]
    return tuple(dict.fromkeys(name for name in names if name in SECTIONS))


def asked_results(show: str | Sequence[str] | None, dated: bool = False) -> tuple[str, ...]:
    """The results that `show` names, by address or by the beginning of one (`power`, `power.it`).

    With dates the counts by stage are results too.

    >>> asked_results("power.it")
    ('power.it.nameplate', 'power.it.peak', 'power.it.average')
    """
    known = (SHOWN[0], *STAGED, *SHOWN[1:]) if dated else SHOWN
    if show is None:
        return known
    named = [n.strip().partition("@")[0] for n in (show.split(",") if isinstance(show, str) else show)]
    names = [result for name in named for result in SECTIONS.get(name, (name,))]
    for name in names:
        if name in STAGED and not dated:
            raise fail("--show", f"{name} is a count at a date", "--at DATE")
        if not any(a == name or a.startswith(name + ".") for a in known):
            raise fail(
                "--show",
                f"unknown quantity {name!r}",
                did_you_mean(name, {*SHOWN, *SECTIONS, *(a.partition(".")[0] for a in SHOWN)}),
            )
    return tuple(a for a in known if any(a == n or a.startswith(n + ".") for n in names))


def _groups(rows: Rows, kinds: Sequence[str]) -> tuple[Group, ...]:
    every = tuple(range(len(rows.cells)))
    found = [Group("total", "", every)]
    for kind in kinds:
        members: dict[str, list[int]] = {}
        for index, cell in enumerate(rows.cells):
            member = f"cell {index}" if kind == CELL else getattr(cell, kind) or "unknown"
            members.setdefault(member, []).append(index)
        if kind != "owner" or set(members) != {"unknown"}:
            found += [Group(kind, name, tuple(found_rows)) for name, found_rows in members.items()]
    return tuple(found)


def estimate(
    scenario: Scenario,
    draws: int = DRAWS,
    seed: int = 0,
    *,
    by: str | Sequence[str] = "owner",
    show: str | Sequence[str] | None = None,
    at: date | str | Sequence[date | str] = (),
    worlds: Draws | None = None,
    sampler: Literal["random", "sobol"] = "random",
    progress: Callable[[float], None] | None = None,
) -> Estimate:
    """Run the page on every world of a scenario: aggregate FLOP/s, memory, watts, energy.

    `by` names the groups beside the total (owner, site, chip, lot); `show` limits the results; for each
    date in `at` there is, beside the view as stated, one of what is in service then, on the same worlds.
    `worlds` may stand instead of `draws` and `seed`. Arrays have shape (draws,) and SI units. Above a million
    worlds no array is kept: blocks pass through a percentile sketch (within 0.05 %), and `draws()` is refused.
    `sampler="sobol"` (extra `qmc`) spreads the worlds more evenly; `progress` is called with the share done.
    Raises `InputError` for an unknown quantity.

    >>> import capacity
    >>> answer = capacity.estimate(capacity.load_scenario("h200-china-2026-01"), draws=1000)
    >>> answer.draws("peak_flops.bf16.dense").shape
    (1000,)
    """
    kinds = [k for k in ([by] if isinstance(by, str) else by) if k != "total"]
    for kind in kinds:
        if kind not in (*GROUPS, CELL):
            raise fail("by", f"unknown group {kind!r}", f"total, {', '.join(GROUPS)}")
    days = [as_date(day) for day in ([at] if isinstance(at, (str, date)) else at)]
    views = (AS_STATED, *(View("in_service", day) for day in sorted(set(days))))
    asked = asked_results(show, dated=bool(days))
    worlds = worlds or sample(scenario, draws, seed)
    remarks = (*check_shares(scenario, seed), *_early(scenario, days))
    plan = Plan.of(scenario, Rows.of(scenario, kinds), (a for a in asked if a not in STAGED), views)
    groups = _groups(plan.rows, kinds)
    keys, multiples = _layout(plan, groups, asked)
    parts = _parts(plan, keys, min(worlds.draws, BLOCK))
    if sampler == "sobol":
        worlds = replace(worlds, source=Sobol(_streams(plan, worlds)))
        remarks = (*remarks, SOBOL_NOTE)
    arrays, sketches = _filled(plan, parts, worlds, keys, progress)
    return Estimate(scenario, worlds, groups, asked, plan, arrays, multiples, remarks, sketches)


EXACT = 1_000_000  # up to so many worlds arrays are kept and percentiles are exact
MOST = 500_000_000  # numbers of all results together that are held, 8 bytes each
THREADED = 4  # from so many blocks on, threads pay
SOBOL_NOTE = (
    "worlds are scrambled Sobol' points: intervals and dependence are those of random worlds, single worlds are not; "
    "the simulation error stated is that of random worlds, an upper bound"
)


def _filled(
    plan: Plan, parts: Sequence[Part], worlds: Draws, keys: Sequence[Key], progress: Callable[[float], None] | None
) -> tuple[dict[Key, Array], dict[Key, Sketch]]:
    """Every world of every result: kept where they are few enough, else passed through a sketch."""
    arrays: dict[Key, Array] = {}
    sketches: dict[Key, Sketch] = {}
    if worlds.draws <= EXACT and len(keys) * worlds.draws <= MOST:
        arrays = {key: np.empty(worlds.draws) for key in keys}
    elif len(keys) * USUAL <= MOST:
        sketches = {key: Sketch() for key in keys}
    else:
        what = f"{len(keys):,} results in {worlds.draws:,} worlds are more than fit in memory"
        raise fail("--by", what, "less in --by, --show or --at, or fewer --draws")

    def work(block: Block) -> dict[Key, Counted]:
        here = slice(block.index * BLOCK, block.index * BLOCK + block.size)
        into = {key: arrays[key][here] if arrays else np.empty(block.size) for key in keys}
        _sum(plan, parts, block, into)
        return {key: counted(into[key]) for key in sketches}

    for done, found in enumerate(_in_turn(work, worlds), 1):
        for key, more in found.items():
            sketches[key].add(more)
        if progress:
            progress(done / worlds.count)
    return arrays, sketches


def _in_turn(work: Callable[[Block], _T], worlds: Draws) -> Iterator[_T]:
    """What the work on each block gives, in order; in threads where that pays, a few blocks ahead of who takes it."""
    blocks = iter(worlds.blocks())
    if worlds.count < THREADED:
        yield from map(work, blocks)
        return
    from concurrent.futures import ThreadPoolExecutor

    workers = min(8, os.cpu_count() or 1)
    with ThreadPoolExecutor(workers) as pool:
        waiting = deque(pool.submit(work, block) for block in islice(blocks, 2 * workers))
        while waiting:
            yield waiting.popleft().result()
            waiting.extend(pool.submit(work, block) for block in islice(blocks, 1))


PART = 250_000  # rows × worlds that the page is run on at a time, so that its tables stay small


class Sum(NamedTuple):
    """A result over the rows of a group: where it is kept, its rows within a part, whether another part began it."""

    key: Key
    rows: slice | list[int]
    begun: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of the page that are worked on together, and the sums that they add to, by the table they are of."""

    rows: slice
    plan: Plan
    sums: dict[tuple[View, str], list[Sum]] = field(default_factory=dict)

    def add(self, root: str, total: Sum) -> None:
        """A sum that is taken once the table of `root` is there."""
        self.sums.setdefault((total.key[2], root), []).append(total)


def _parts(plan: Plan, keys: Sequence[Key], worlds: int) -> list[Part]:
    """The rows of the page in parts of a size that is good to work on; mostly one part."""
    rows = len(plan.rows.cells)
    size = min(rows, max(1, PART // worlds))
    slices = [slice(start, min(start + size, rows)) for start in range(0, rows, size)]
    parts = [Part(some, plan.part(some)) for some in slices]
    for key in keys:
        within: dict[int, list[int]] = {}
        for row in key[1]:
            within.setdefault(row // size, []).append(row % size)
        for order, (number, here) in enumerate(within.items()):
            in_a_row = here[-1] - here[0] == len(here) - 1  # then a slice, which copies nothing
            some = slice(here[0], here[-1] + 1) if in_a_row else here
            parts[number].add(plan.root(key[0])[0], Sum(key, some, order > 0))
    return parts


def _sum(plan: Plan, parts: Sequence[Part], block: Block, into: Mapping[Key, Array]) -> None:
    """Run the page on one block and write each result, summed over the rows of its group, where it belongs."""
    counts = stock(plan.scenario, block, plan.views, plan.rows.of_cell, len(plan.rows.cells))
    for part in parts:
        drawn: dict[str, Array] = {}
        for view in plan.views:
            mine = {name: table[part.rows] for name, table in counts[view].items()}
            for root, table in part.plan.run(mine, block, drawn, view is not plan.views[-1]):
                for total in part.sums.get((view, root), ()):
                    _add(total, table, part.plan, into)


def _add(total: Sum, table: Array, plan: Plan, into: Mapping[Key, Array]) -> None:
    """Write a sum over a table's rows where it belongs, or add it to what is there."""
    root, factor = plan.root(total.key[0])
    rows = table[total.rows]
    if root != total.key[0]:
        rows = rows * (factor if len(factor) == 1 else factor[total.rows])
    found = rows[0] if len(rows) == 1 else rows.sum(axis=0)
    if total.begun:
        into[total.key] += found
    else:
        into[total.key][:] = found


def _streams(plan: Plan, worlds: Draws) -> tuple[str, ...]:
    """Every stream that the results draw from, found by drawing one world."""
    seen: set[str] = set()

    def noted(seed: int, stream: str, block: int, size: int) -> Array:
        seen.add(stream)
        return np.zeros(size)

    _sum(plan, _parts(plan, (), 1), Draws(plan.scenario, 1, worlds.seed, noted).block(0), {})
    return tuple(sorted(seen))


def _early(scenario: Scenario, days: Sequence[date]) -> Iterator[str]:
    """A note for each lot, of the first, that is dated after a day that was asked for."""
    first = min(days, default=date.max)
    late = (
        f"nothing of lot {name}, dated {began}, is counted at {', '.join(d.isoformat() for d in days if d < began)}"
        for name in scenario.file.counted
        if (began := scenario.file.lots[name].since or scenario.file.lots[name].date) > first
    )
    return first_notes(late, "more lots are dated after a day that was asked for")


def _layout(
    plan: Plan, groups: Sequence[Group], asked: Sequence[str]
) -> tuple[list[Key], dict[tuple[str, tuple[int, ...]], tuple[str, float]]]:
    """What is to be kept: one per result, set of cells and view, none for a constant multiple of another."""
    keys: dict[Key, None] = {}
    multiples: dict[tuple[str, tuple[int, ...]], tuple[str, float]] = {}
    for members in dict.fromkeys(group.members for group in groups):
        rows = list(members)
        for address in asked:
            if address in STAGED:
                keys.update({(address, members, view): None for view in plan.views if view.at})
                continue
            if plan.absent[address][rows].any():
                continue
            root, factor = plan.root(address)
            factors = np.broadcast_to(factor, (len(plan.rows.cells), 1))[rows, 0]
            if root != address and (factors == factors[0]).all():
                multiples[address, members] = (root, float(factors[0]))
                kept = root
            else:
                kept = address
            keys.update({(kept, members, view): None for view in plan.views})
    return list(keys), multiples
