"""The estimate: a scenario's worlds through the page, summed by group, in SI units."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import numpy as np

from capacity.equations.compute import Array
from capacity.errors import did_you_mean, fail, first_notes
from capacity.model.amounts import OneChip, open_notes
from capacity.model.dates import as_date, series
from capacity.model.deployed import WAITING
from capacity.model.engine import EXACT, Key, filled, streams
from capacity.model.idle import idle_settings
from capacity.model.page import CHIPS, SHOWN, STAGED, STEPS, Step, asked_results
from capacity.model.plan import CELL, Plan, Rows
from capacity.model.remarks import dated_remarks, waiting_remark
from capacity.model.sampling import DRAWS, Draws, Sobol, sample
from capacity.model.sketch import Sketch
from capacity.model.stated import check_shares
from capacity.model.stock import AS_STATED, View, ViewName
from capacity.model.summary import Line, describe
from capacity.records.schedule import Every
from capacity.resolve import Scenario

THREADED = 200_000  # worlds from which on threads pay
GROUPS = ("owner", "site", "chip", "lot")
WATTS = "chip.tdp_w"  # without which a sheet gives nothing of what people ask for first


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that are summed: all of them, or those of one owner, site, chip or lot."""

    kind: str
    id: str
    members: tuple[int, ...]


@dataclass(frozen=True, repr=False)
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
    seen: View = AS_STATED  # the view that `draws` gives where none is named
    described: dict[Key, tuple[float, ...]] = field(default_factory=dict)  # the few numbers of each, once asked for

    @property
    def views(self) -> tuple[View, ...]:
        """As stated, then in service at each date asked for, in order."""
        return self.plan.views

    @property
    def in_service(self) -> tuple[View, ...]:
        """The views in service, by date."""
        return tuple(view for view in self.plan.views if view.name == "in_service")

    def seen_at(self, at: date | str | None, view: ViewName = "in_service") -> Estimate:
        """The same estimate, whose `draws` give what is in service at one of its dates where no view is named."""
        return self if at is None else replace(self, seen=self.view(view, at))

    def draws(
        self, address: str, view: str | None = None, at: date | str | None = None, *, partial: bool = False
    ) -> Array:
        """One result in every world, shape (draws,), SI: `draws("power.facility.nameplate@tencent")`.

        `at` one of the dates of the estimate: what is in service then; `view="in_service"` without a date
        means the only one. `partial`: of the chips that have the figures, where some lack them; else that is refused.
        Raises `InputError` where the address is unknown or absent for the group or view.
        """
        name, _, group = address.partition("@")
        whole = self.group(group).members
        members = self.given(name, whole) if partial else whole
        seen = self.view(view, at)
        base, factor = self.multiples.get((name, members), (name, 1.0))
        if (base, members, seen) in self.sketches:
            what = f"{self.worlds.draws:,} worlds are summarized as they pass, none is kept"
            raise fail("draws", what, f"at most {EXACT:,} draws")
        if (base, members, seen) not in self.arrays or self.given(name, members) != members:
            self._refuse(name, group, seen)
        array = self.arrays[base, members, seen]
        return array * factor if factor != 1 else array.copy()

    def view(self, name: str | None = None, at: date | str | None = None) -> View:
        """The view of this estimate that these words mean; `InputError` where it has none such."""
        if at is None and name in (None, "as_stated"):
            return self.seen if name is None else AS_STATED
        when = as_date(at) if at is not None else None
        wanted = "in_service" if name in (None, "as_stated") else name
        dated = [v for v in self.views if v.name == wanted and when in (None, v.at)]
        if len(dated) != 1:
            known = ", ".join(str(v.at) for v in self.views if v.at)
            raise fail(
                "view", f"no one view {name!r} at {at}", f"estimate(..., at=…); dates asked for: {known or 'none'}"
            )
        return dated[0]

    def group(self, name: str) -> Group:
        """The group that an address names after `@`; nothing means the total, `lot:first` the lot of that name.

        Raises `InputError` where there is none, or where an owner and a lot of other chips have the one name.
        """
        bearers = self.groups_named(name)
        if not bearers:
            known = [g.id for g in self.groups[1:]]
            raise fail(f"@{name}", "no such group in this estimate", did_you_mean(name, known))
        if len({g.members for g in bearers}) > 1:
            ways = (f"@{g.kind}:{g.id}" if g.id else "no @ for the total" for g in bearers)
            raise fail(f"@{name}", f"is the name of {len(bearers)} groups", ", ".join(ways))
        return bearers[0]

    def groups_named(self, name: str) -> list[Group]:
        """All groups that a name, or a kind and a name (`owner:acme`), may mean."""
        kind, _, member = name.rpartition(":")
        named = [g for g in self.groups if g.id == member and kind in ("", g.kind)]
        return named if name != "total" else [self.groups[0], *named]

    def address_of(self, line: Line) -> str:
        """The address of a line, as `draws` takes it: with the kind of its group where the name alone may be two."""
        if line.group == "total":
            return line.address
        alone = len({g.members for g in self.groups_named(line.member)}) == 1
        return f"{line.address}@{line.member if alone else f'{line.group}:{line.member}'}"

    def _refuse(self, name: str, group: str, view: View) -> None:
        if name in STAGED and view.at is None:
            raise fail(name, "is a count at a date", "at=…")
        if name not in SHOWN and name not in STAGED:
            raise fail(name, "unknown quantity", did_you_mean(name, SHOWN))
        if name not in self.asked:
            raise fail(name, "was not asked for in this estimate", f"show={name!r}")
        raise fail(name, f"cannot be given{' for ' + group if group else ''}", "; ".join(self.notes(name)))

    def given(self, address: str, members: tuple[int, ...]) -> tuple[int, ...]:
        """The rows of these for which a result can be given."""
        if address in STAGED or address not in self.plan.absent:
            return members
        absent = self.plan.absent[address]
        return members if not absent[list(members)].any() else tuple(row for row in members if not absent[row])

    def results(self, view: View = AS_STATED, partial: bool = False) -> Iterator[tuple[Step, Group]]:
        """Every result that there is in a view, in the order of the page, the total before its groups.

        `partial`: also those that there are of some of the chips.
        """
        for address in self.asked:
            if address in STAGED and view.name != "in_service":
                continue
            for group in self.groups:
                if address in STAGED:
                    yield STAGED[address], group
                elif given := self.given(address, group.members):
                    if not partial and given != group.members:
                        continue
                    yield STEPS[address], group

    def notes(self, address: str | None = None) -> list[str]:
        """What some cells lack (a figure of a sheet or a grid, a price, a system), and the results missing for it."""
        found: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
        for name in [address] if address else [a for a in self.asked if a not in STAGED]:
            absent = self.plan.absent[name]
            lacking = self.plan.lacking(name) or {f"chip.{name}": absent}
            kinds = {one.partition(".")[0] for one in lacking}
            if absent.any() and (address or not absent.all() or kinds & {"price", "grid"} or WATTS in lacking):
                for one, missing in lacking.items():
                    kind, _, figure = one.partition(".")
                    figures, results = found.setdefault(self.plan.without(kind, missing), ({}, {}))
                    figures |= {figure: None} if kind in ("chip", "reference", "grid") else {}
                    results[name] = None
        said = {f"{what} {', '.join(figures)}".rstrip(): results for what, (figures, results) in found.items()}
        if address:
            return list(said)
        idle = idle_settings(self.scenario, self.plan.inputs(), self.asked) if self.scenario.commanded else ()
        absences = (f"{what}, so that {self._missed(names)}" for what, names in said.items())
        return [*self.remarks, *idle, *absences]

    def _missed(self, names: Iterable[str]) -> str:
        """What there is not for lack of a figure, or of some chips alone."""
        of_some = [name for name in names if not self.plan.absent[name].all()]
        none = [name for name in names if name not in of_some]
        parts = [f"there is no {', '.join(none)}"] if none else []
        parts += [f"{', '.join(of_some)} {'are' if of_some[1:] else 'is'} of the other chips alone"] if of_some else []
        return "; ".join(parts)

    def lacking(self, address: str, group: Group) -> str:
        """Of which kind what a result lacks for a group is, the first of them: chip, reference, price, grid, system."""
        rows = list(group.members)
        kinds = (one.partition(".")[0] for one, missing in self.plan.lacking(address).items() if missing[rows].any())
        return next(kinds, "chip")

    def lines(self, wanted: Callable[[str, str], bool] | None = None, partial: bool = False) -> list[Line]:
        """A line per view, result and group, in the order of the page; `wanted(address, group kind)` picks some.

        `partial`: also results of those chips alone that have the figures, with their coverage.
        """
        rows = [
            (view, step, group, given, *self.multiples.get((step.address, given), (step.address, 1.0)))
            for view in self.views
            for step, group in self.results(view, partial)
            if wanted is None or wanted(step.address, group.kind)
            for given in [self.given(step.address, group.members)]
        ]
        keys = dict.fromkeys((base, given, view) for view, _, _, given, base, _ in rows)
        parts = [(members, view) for view, _, group, given, _, _ in rows if given != group.members
                 for members in (given, group.members)]  # fmt: skip
        keys |= dict.fromkeys((CHIPS.address, members, view) for members, view in parts)
        numbers_of = self._described(list(keys))
        stages = {self.scenario.file.lots[name].stage for name in self.scenario.file.counted}
        lines = []
        for view, step, group, given, base, factor in rows:
            numbers = [number * factor for number in numbers_of[base, given, view]]
            named = {"in service"} if view.at else stages
            basis = step.basis
            if step.address == "chips" and len(named) == 1:
                basis = (("stage", *named),)
            at = view.at.isoformat() if view.at else None
            mean, p5, p50, p95, error = numbers
            line = Line(step.address, step.quantity, basis, view.name, at, group.kind, group.id, step.unit,
                        mean, p5, p50, p95, error)  # fmt: skip
            if given != group.members:
                some, whole = (numbers_of[CHIPS.address, m, view][0] for m in (given, group.members))
                coverage = some / whole if whole else 0.0
                line = replace(line, coverage=coverage, lacking=tuple(self.notes(step.address)))
            lines.append(line)
        return lines

    def _described(self, asked: Sequence[Key]) -> dict[Key, tuple[float, ...]]:
        """The few numbers of each array or sketch, in threads where that pays."""
        keys = [key for key in asked if key not in self.described]

        def some(mine: list[Key]) -> list[tuple[float, ...]]:
            scratch = np.empty(self.worlds.draws if self.arrays else 0)
            sketches, arrays = self.sketches, self.arrays
            return [sketches[k].described() if k in sketches else describe(arrays[k], scratch) for k in mine]

        if self.worlds.draws < THREADED:
            self.described.update(zip(keys, some(keys), strict=True))
            return self.described
        from concurrent.futures import ThreadPoolExecutor

        workers = min(8, os.cpu_count() or 1)
        shares = [keys[start::workers] for start in range(workers)]
        with ThreadPoolExecutor(workers) as pool:
            for mine, numbers in zip(shares, pool.map(some, shares), strict=True):
                self.described.update(zip(mine, numbers, strict=True))
        return self.described


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
    every: Every | None = None,
    from_: date | str | None = None,
    until: date | str | None = None,
    worlds: Draws | None = None,
    sampler: Literal["random", "sobol"] = "random",
    progress: Callable[[float], None] | None = None,
) -> Estimate:
    """Run the page on every world of a scenario: aggregate FLOP/s, memory, watts, energy.

    `by` names the groups beside the total (owner, site, chip, lot); `show` limits the results; for each
    date in `at` there is, beside the view as stated, one of what is in service then, on the same worlds, and one of
    what is promised for then where a lot gives a day. `every` month, quarter, half or year adds the last days of
    those that end between `from_` (the scenario's date, where not said) and `until` (the last day promised).
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
    typed = [as_date(day) for day in ([at] if isinstance(at, (str, date)) else at)]
    days = sorted({*typed, *series(scenario, every, from_, until)})
    promised = any(scenario.file.lots[name].promised for name in scenario.file.counted)
    names: tuple[ViewName, ...] = ("promised", "in_service") if promised else ("in_service",)
    views = (AS_STATED, *(View(name, day) for day in days for name in names))
    asked = asked_results(show, dated=bool(days))
    worlds = worlds or sample(scenario, draws, seed)
    remarks = (*check_shares(scenario, seed), *dated_remarks(scenario, days, promised),
               *first_notes(open_notes(scenario), MORE_OPEN))  # fmt: skip
    plan = Plan.of(scenario, Rows.of(scenario, kinds), [a for a in asked if a not in STAGED], views)
    if len((rows := plan.together(kinds)).cells) < len(plan.rows.cells):
        plan = Plan.of(scenario, rows, [a for a in asked if a not in STAGED], views)
    plan.per_chip = OneChip.of(scenario)
    if WAITING in asked and not plan.limited:
        asked = tuple(address for address in asked if address != WAITING)
        if not asked:
            raise fail("show", f"{WAITING}: no site's power holds back a lot", "a site with a limit, and a date")
    groups = _groups(plan.rows, kinds)
    keys, multiples = _layout(plan, groups, asked)
    if sampler == "sobol":
        worlds = replace(worlds, source=Sobol(streams(plan, worlds)))
        remarks = (*remarks, SOBOL_NOTE)
    arrays, sketches = filled(plan, worlds, keys, progress)
    answer = Estimate(scenario, worlds, groups, asked, plan, arrays, multiples, remarks, sketches)
    return replace(answer, remarks=(*remarks, *waiting_remark(answer)))


MORE_OPEN = "more lots do not say what their amounts measure"
SOBOL_NOTE = (
    "worlds are scrambled Sobol' points: intervals and dependence are those of random worlds, single worlds are not; "
    "the simulation error stated is that of random worlds, an upper bound"
)


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
                keys.update({(address, members, view): None for view in plan.views if view.name == "in_service"})
                continue
            given = tuple(row for row in rows if not plan.absent[address][row])
            if not given:
                continue
            root, factor = plan.root(address)
            factors = np.broadcast_to(factor, (len(plan.rows.cells), 1))[list(given), 0]
            if root != address and (factors == factors[0]).all():
                multiples[address, given] = (root, float(factors[0]))
                kept = root
            else:
                kept = address
            keys.update({(kept, given, view): None for view in plan.views})
            if given != members:  # for the share of the chips that it is of
                keys.update({(CHIPS.address, part, view): None for part in (given, members) for view in plan.views})
    return list(keys), multiples


def summarize(answer: Estimate, wanted: Callable[[str, str], bool] | None = None) -> list[Line]:
    """The lines of an estimate: `answer.lines(wanted)`."""
    return answer.lines(wanted)
