"""The watts of sites whose chips are public, predicted by `estimate` as a user would type it, and what rivals say."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from capacity import load
from capacity.equations.compute import Array
from capacity.errors import InputError
from capacity.model.estimate import Estimate, estimate
from capacity.model.limits import BOUNDARIES, boundary_index, chosen
from capacity.questions.scores import Marks, ScoredGroup, bands, beyond, marks, scores, verdict
from capacity.records.outcome import SiteFigure
from capacity.records.site import Site

OLD = "version 0.2.0"
TDP = "TDP × N × k"
BASES = ("all", "it", "facility", "contracted", "unstated")
FEWEST = 3  # rows of a basis that give its own k
_SOURCE = {"title": "the table of sites", "kind": "user"}


class Unscored(Exception):
    """A row that the estimator has no prediction for; the message is the reason."""


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """A row with what is predicted of it, W: ours in every world, shape (draws,), each rival's point, and the class.

    `family`: how its chips are sold (server, rack, node …).
    """

    row: SiteFigure
    watts: Array
    rivals: Mapping[str, float]
    family: str

    @property
    def log(self) -> Array:
        """How far each world lies outside what the source allows, on the logarithm, in order."""
        return np.sort(self.outside(np.log(self.watts)))

    def outside(self, logs: Array) -> Array:
        """How far logarithms of watts lie outside what the source allows."""
        low, high = self.row.low, self.row.high
        return beyond(logs, math.log(low) if low else -math.inf, math.log(high) if high else math.inf)


def lots(row: SiteFigure, specs: load.Specs) -> dict[str, dict[str, object]]:
    """The lots of a row, as one would type them: count in words, system where the table names one that is known.

    Raises `Unscored` where the count is missing or is no number.
    """
    parts = [part.partition(":") for part in row.chip.split("+")]
    typed = {}
    for place, (chip, _, many) in enumerate(parts, 1):
        amount: dict[str, object] = {"says": row.words} if row.words and not many else {}
        if not amount:
            try:
                amount = {"value": load.typed_number(many) if many else row.chips}
            except ValueError:
                raise Unscored(f"{many!r} is no count of {chip}") from None
        if amount.get("value", row.words) is None:
            raise Unscored("no chip count")
        lot: dict[str, object] = {
            "chip": chip.strip(), "stage": "installed", "date": "2026-01-28",
            "count": {**amount, "source": "table", "grade": "C"},
        }  # fmt: skip
        if len(parts) == 1 and row.system in specs.ids("systems"):
            lot["system"] = row.system
        typed[f"lot-{place}"] = lot
    return typed


def forecast(row: SiteFigure, specs: load.Specs, old: Mapping[str, float], draws: int, seed: int) -> Forecast:
    """What `estimate` predicts for a row at its basis and rating; `Unscored` says why it cannot."""
    typed = lots(row, specs)
    data = {"id": "row", "name": row.name or row.case, "as_of": "2026-01-28", "lots": typed, "counted": list(typed),
            "sources": {"table": _SOURCE}}  # fmt: skip
    try:
        answer = estimate(load.scenario_from(data, specs), draws, seed, by="lot", show="chips,power")
        watts = at_basis(answer, row.basis, row.result)
        tdp = answer.draws("power.chip.nameplate")
    except InputError as error:
        raise Unscored(f"{error.faults[0].place}: {error.faults[0].what}".removeprefix(": ")) from None
    scenario = answer.scenario
    sold = {scenario.systems[c.system].unit if c.system else "none" for c in scenario.kinds[0]}
    counts = {lot["chip"]: float(np.median(answer.draws(f"chips@{name}"))) for name, lot in typed.items()}
    each = [(n, old.get(f"{chip} {row.basis}.{row.result}")) for chip, n in counts.items()]
    points = {TDP: float(np.median(tdp))}
    if all(watts_each is not None for _, watts_each in each):
        points[OLD] = math.fsum(n * float(watts_each or 0) for n, watts_each in each)
    return Forecast(row, watts, points, sold.pop() if len(sold) == 1 else "mixed")


def at_basis(answer: Estimate, basis: str, rating: str) -> Array:
    """Watts at a basis in every world; megawatts that do not say theirs are the mixture that a site of them has."""
    if basis != "unstated":
        return answer.draws(f"power.{basis}.{'nameplate' if basis == 'contracted' else rating}")
    site = Site(name="row", capacity_type="unstated")
    index = [boundary_index(answer.scenario, block, "row", site) for block in answer.worlds.blocks()]
    table = [answer.draws(f"power.{b}.{'nameplate' if b == 'contracted' else rating}") for b in BOUNDARIES]
    return chosen(np.concatenate(index), table)


def old_watts() -> dict[str, float]:
    """What version 0.2.0 had for one chip, W, by `chip basis.rating`: its medians, kept as data."""
    return {f"{name} {basis}": watts for kind, name, basis, _, watts in load.old_numbers() if kind == "power"}


# --- rivals: a point and the spread of its residuals on the rows at hand ------------------------------


def rival(name: str, one: Forecast, reference: Sequence[Forecast]) -> tuple[float, float] | None:
    """Log point and standard deviation of a rival at a row, from the rows of other operators; None where it has none.

    `TDP × N × k`: k is the geometric mean of watts over TDP of the row's basis, of all bases where it has few rows.
    """
    others = [
        f for f in reference
        if f.row.case != one.row.case and (f.row.operator != one.row.operator or not one.row.operator)
        and name in f.rivals
    ]  # fmt: skip
    if name not in one.rivals or len(others) < FEWEST:
        return None
    factors = {f.row.case: _factor(name, f, others) for f in (one, *others)}
    residuals = [
        float(f.outside(np.array([math.log(f.rivals[name]) + factors[f.row.case]]))[0]) for f in others
    ]  # fmt: skip
    spread = math.sqrt(math.fsum(r * r for r in residuals) / len(residuals))
    return math.log(one.rivals[name]) + factors[one.row.case], spread


def _factor(name: str, one: Forecast, others: Sequence[Forecast]) -> float:
    """The logarithm of k at a row's basis; nought of a rival that is no multiple."""
    if name != TDP:
        return 0.0
    ratios = [(f.row.basis, math.log(f.row.watts / f.rivals[TDP])) for f in others]
    own = [ratio for basis, ratio in ratios if basis == one.row.basis]
    used = own if len(own) >= FEWEST else [ratio for _, ratio in ratios]
    return math.fsum(used) / len(used)


# --- groups ------------------------------------------------------------------------------------------


def groups(asked: Sequence[Forecast], reference: Sequence[Forecast], half: str, normal: Array) -> list[ScoredGroup]:
    """All sites, then those of each basis, with classes of system and rivals; `normal` is a standard normal, sorted."""
    found = []
    for basis in BASES:
        rows = [f for f in asked if basis in ("all", f.row.basis)]
        if not rows:
            continue
        seen = np.zeros(len(rows))
        ours = marks([(f.log, 0.0) for f in rows], seen)
        classes = np.array([f.family for f in rows])
        own = scores(ours, seen)
        rivals = []
        for name in (OLD, TDP):
            said = [(f, rival(name, f, reference)) for f in rows]
            told = [(f, point) for f, point in said if point]
            if told:
                rivals.append((name, scores(_rival_marks(told, normal), np.zeros(len(told)))))
        found.append(ScoredGroup(
            "site", "power", basis, False, half, own, bands(own.n), tuple(rivals),
            tuple((name, scores(ours, seen, classes == name)) for name in sorted(set(classes.tolist()))),
            verdict=verdict(own, pooled=basis == "all"),
        ))  # fmt: skip
    return found


def _rival_marks(told: Sequence[tuple[Forecast, tuple[float, float]]], normal: Array) -> Marks:
    """What a rival's log-normal says at its rows."""
    return marks([(f.outside(at + spread * normal), 0.0) for f, (at, spread) in told], np.zeros(len(told)))
