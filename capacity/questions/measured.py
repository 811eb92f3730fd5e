"""HPL runs, training runs and claims, predicted from chip and count alone, and what rivals say."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

import numpy as np

from capacity import load
from capacity.equations.compute import Array
from capacity.equations.workload import declared_peak, hpl_flops, hpl_watts
from capacity.model.sampling import draw
from capacity.quantity import Quantity
from capacity.questions import sites
from capacity.questions.rates import claimed_rate, declared_rate, limit_watts, middle, scale_class, sheet_rate
from capacity.questions.scores import ScoredGroup, bands, marks, scores, verdict
from capacity.questions.sites import Unscored
from capacity.records.case import Case
from capacity.records.chip import Chip
from capacity.records.outcome import SiteFigure
from capacity.records.scenario import Assumptions
from capacity.records.workload import Workloads

FEWEST = 3

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that a prediction may rest on; none of it depends on what was measured of the case."""

    chips: Mapping[str, Chip]
    workloads: Workloads
    defaults: Assumptions
    specs: load.Specs
    draws: int
    seed: int = 0
    _drawn: dict[tuple[object, ...], Array] = field(default_factory=dict)

    def parameter(self, name: str, *keys: str | None) -> Array:
        """A workload's parameter in each world, shape (draws,)."""
        quantity = self.workloads.parameters[name].at(*keys)
        assert quantity is not None
        return self.drawn(quantity, f"workloads.{name}")

    def drawn(self, quantity: Quantity, place: str) -> Array:
        """A quantity in each world, drawn once."""
        ends = quantity.median, quantity.floor, quantity.ceiling, quantity.anchor
        key = (place, quantity.stated, ends, quantity.chance)
        if key not in self._drawn:
            self._drawn[key] = draw(quantity, place, self.seed, self.draws)
        return self._drawn[key]

    def figure(self, quantity: Quantity | None, chip: str, name: str) -> Array:
        """A figure of the sheet in each world; `Unscored` where the sheet has none."""
        if quantity is None:
            raise Unscored(f"the sheet of {chip} gives no {name}")
        return self.drawn(quantity, f"chips.{chip}.{name}")


# --- what we predict ---------------------------------------------------------------------------


def predict(case: Case, known: Knowledge) -> Array:
    """What the chip and the count alone predict for a case, in SI, shape (draws,); `Unscored` says why it cannot."""
    chip = known.chips.get(case.chip)
    if chip is None:
        raise Unscored(f"unknown chip {case.chip!r}")
    if (case.workload, case.metric) not in _MODELS:
        raise Unscored(f"no prediction of {case.metric} for workload {case.workload}")
    if case.metric != "achieved_fraction" and case.chips is None:
        raise Unscored("no chip count")
    each = _MODELS[case.workload, case.metric](case, chip, known)
    return each if case.metric == "achieved_fraction" else each * (case.chips or 1.0)


def _needs(case: Case, *bases: str) -> None:
    if case.basis not in bases:
        raise Unscored(f"no prediction at basis {case.basis or 'unstated'!r} (one of {', '.join(bases)})")


def _hpl_peak(case: Case, chip: Chip, known: Knowledge) -> Array:
    _needs(case, "fp64")
    family = known.workloads.family(chip.id)
    rate = known.figure(declared_rate(chip, known.workloads), chip.id, "FP64 rate")
    clock, drop, host = (
        known.parameter(f"hpl.{p}", chip.id, family) for p in ("boost_clock", "clock_drop", "host_share")
    )
    return declared_peak(rate, clock, drop, host)


def _hpl_flops(case: Case, chip: Chip, known: Knowledge) -> Array:
    _needs(case, "fp64")
    family = known.workloads.family(chip.id)
    rate = known.figure(declared_rate(chip, known.workloads), chip.id, "FP64 rate")
    fraction = known.parameter("hpl.fraction", chip.id, family)
    return hpl_flops(rate, fraction, known.parameter("hpl.idle_part"))


def _hpl_power(case: Case, chip: Chip, known: Knowledge) -> Array:
    _needs(case, "it")
    family = known.workloads.family(chip.id)
    limit = known.figure(limit_watts(chip, known.workloads), chip.id, "TDP")
    beside, level = (known.parameter(f"hpl.{p}", chip.id, family) for p in ("beside_w", "level"))
    return hpl_watts(limit, beside, known.parameter("hpl.idle_part"), level)


def _training_fraction(case: Case, chip: Chip, known: Knowledge) -> Array:
    _needs(case, "bf16", "fp16", "fp8")
    return known.parameter("training.mfu", scale_class(case, known.workloads))


def _training_flops(case: Case, chip: Chip, known: Knowledge) -> Array:
    rate = known.figure(chip.figure("dense_tflops.bf16"), chip.id, "dense BF16 rate")
    return rate * _training_fraction(case, chip, known)


def _site_power(case: Case, chip: Chip, known: Knowledge) -> Array:
    """Power that is announced of a site, for one chip: what `estimate` says of so many, as of the table of sites."""
    _needs(case, "it", "facility", "contracted", "unstated")
    row = SiteFigure.model_validate({
        "case": case.case or "case", "chip": chip.id, "chips": case.chips, "watts": case.value, "basis": case.basis,
        "rating": "nameplate",
    })  # fmt: skip
    return sites.forecast(row, known.specs, {}, known.draws, known.seed).watts / (case.chips or 1.0)


def _claim(case: Case, chip: Chip, known: Knowledge) -> Array:
    words = f"{'sparse' if case.sparse else 'dense'} {case.basis or 'unstated'} rate"
    rate = known.figure(claimed_rate(chip, case.basis, case.sparse), chip.id, words)
    return rate * known.parameter("claim.ratio")


_MODELS: dict[tuple[str, str], Callable[[Case, Chip, Knowledge], Array]] = {
    ("hpl", "peak_flops"): _hpl_peak,
    ("hpl", "achieved_flops"): _hpl_flops,
    ("hpl", "power"): _hpl_power,
    ("training", "achieved_fraction"): _training_fraction,
    ("training", "achieved_flops"): _training_flops,
    ("claim", "power"): _site_power,
    ("claim", "peak_flops"): _claim,
}


# --- what an analyst would write on an envelope ------------------------------------------------


def _tdp(case: Case, known: Knowledge) -> float | None:
    tdp = known.chips[case.chip].figure("tdp_w")
    return middle(tdp) * case.chips if tdp and case.chips and case.metric == "power" else None


def _tdp_servers(case: Case, known: Knowledge) -> float | None:
    ratio, pue = (
        known.workloads.parameters["baseline.server_ratio"].at(),
        known.defaults.assumptions["pue_peak"].default,
    )
    watts = _tdp(case, known)
    if watts is None or ratio is None:
        return None
    return watts * middle(ratio) * (middle(pue) if case.basis == "facility" else 1.0)


def _sheet(case: Case, known: Knowledge) -> float | None:
    """The sheet's peak at the case's basis: FLOP/s, or 1 where a fraction is asked for."""
    if case.metric == "achieved_fraction":
        return 1.0
    rate = sheet_rate(known.chips[case.chip], case.basis.partition("_")[0], case.sparse)
    return middle(rate) * case.chips if rate and case.chips and case.metric != "power" else None


def _sheet_part(case: Case, known: Knowledge) -> float | None:
    part, peak = known.workloads.parameters["baseline.fraction"].at(), _sheet(case, known)
    return peak * middle(part) if part and peak and case.metric.startswith("achieved") else None


def _sheet_peak(case: Case, known: Knowledge) -> float | None:
    return _sheet(case, known) if case.metric == "peak_flops" else None


def _sheet_hpl(case: Case, known: Knowledge) -> float | None:
    return _sheet(case, known) if (case.workload, case.metric) == ("hpl", "achieved_flops") else None


def _tdp_hpl(case: Case, known: Knowledge) -> float | None:
    return _tdp(case, known) if case.workload == "hpl" else None


# Name, formula, and whether the mean ratio of the fitting half is multiplied in.
BASELINES: tuple[tuple[str, Callable[[Case, Knowledge], float | None], bool], ...] = (
    ("TDP × N × 1.82 × PUE", _tdp_servers, False),
    ("TDP × N", _tdp, False),
    ("TDP × N × mean HPL multiple", _tdp_hpl, True),
    ("sheet peak × 0.4", _sheet_part, False),
    ("sheet peak × mean HPL fraction", _sheet_hpl, True),
    ("sheet peak", _sheet_peak, False),
)


@dataclass(frozen=True, slots=True)
class Baseline:
    """One formula with the spread of its own log residuals, by group of cases and by metric."""

    name: str
    formula: Callable[[Case, Knowledge], float | None]
    factor: float
    spread: Mapping[tuple[str, ...], float]

    def predict(self, case: Case, known: Knowledge) -> tuple[float, float] | None:
        """Point and sd of the logarithm; None where the formula says nothing of the case."""
        point = self.formula(case, known)
        sd = next((self.spread[k] for k in _widening(case) if k in self.spread), None)
        return (math.log(point * self.factor), sd) if point is not None and sd else None


def _widening(case: Case) -> tuple[tuple[str, ...], ...]:
    return key_of(case), (case.workload, case.metric), (case.metric,)


def fit_baselines(cases: Iterable[Case], known: Knowledge) -> list[Baseline]:
    """Every formula with the root mean square of its log residuals over the untrimmed fitting half.

    A group of fewer than three fitted cases takes the spread of its workload and metric, else of its metric.
    """
    used = [c for c in cases if c.half == "fit" and not c.trimmed and c.chip in known.chips]
    fitted = []
    for name, formula, scaled in BASELINES:
        told = [(c, p) for c, p in ((c, formula(c, known)) for c in used) if p]
        factor = fmean(c.value / p for c, p in told) if scaled and told else 1.0
        squares: dict[tuple[str, ...], list[float]] = {}
        for case, point in told:
            residual = math.log(case.value / (point * factor)) ** 2
            for key in _widening(case):
                squares.setdefault(key, []).append(residual)
        spread = {key: math.sqrt(fmean(s)) for key, s in squares.items() if len(s) >= FEWEST}
        fitted.append(Baseline(name, formula, factor, spread))
    return fitted


def knowledge(chips: Iterable[str], specs: load.Specs, draws: int, seed: int = 0) -> Knowledge:
    """Sheets and parameters of these chips; ids that no sheet has are left out."""
    ids = set(specs.ids("chips"))
    sheets = {name: load.load_chip(name, specs) for name in sorted(chips) if name in ids}
    return Knowledge(sheets, load.load_workloads(specs), load.load_assumptions(specs), specs, draws, seed)


# --- groups ------------------------------------------------------------------------------------------


def shape(case: Case, known: Knowledge, shapes: dict[tuple[object, ...], Array]) -> Array:
    """Sorted logarithms of the prediction for one chip; cases that differ in count alone share it."""
    key = (*key_of(case), case.chip, case.sparse, scale_class(case, known.workloads), case.chips is None)
    if key not in shapes:
        whole = predict(case, known)
        shapes[key] = np.sort(np.broadcast_to(np.log(whole), (known.draws,))) - _size(case)
    return shapes[key]


def groups(
    scored: Sequence[tuple[Case, Array]], reference: Iterable[Case], half: str, known: Knowledge, normal: Array
) -> list[ScoredGroup]:
    """A group per workload, metric and basis, without implausible rows and with them; `normal` is sorted."""
    rivals = fit_baselines(reference, known)
    found = []
    for key in dict.fromkeys(key_of(c) for c, _ in sorted(scored, key=lambda row: _order(row[0]))):
        mine = [(c, s) for c, s in scored if key_of(c) == key]
        for trimmed in (False, True):
            kept = [(c, s) for c, s in mine if trimmed or not c.trimmed]
            if kept:
                found.append(_group(key, trimmed, half, kept, rivals, known, normal))
    return found


def notes(cases: Iterable[Case], known: Knowledge) -> tuple[str, ...]:
    """What the specs say about how far the fits of the scored workloads can be trusted."""
    asked = {c.workload for c in cases}
    parameters = known.workloads.parameters.items()
    return tuple(p.note for name, p in parameters if p.note and name.partition(".")[0] in asked)


def key_of(case: Case) -> Key:
    """The group of a case."""
    return case.workload, case.metric, case.basis


def _order(case: Case) -> tuple[int, str, str]:
    rank = {"hpl": 0, "training": 1, "site": 2, "claim": 3}
    return rank[case.workload], case.metric, case.basis


def _size(case: Case) -> float:
    return 0.0 if case.metric == "achieved_fraction" else math.log(case.chips or 1.0)


def _group(
    key: Key, trimmed: bool, half: str, rows: Sequence[tuple[Case, Array]], rivals: Sequence[Baseline],
    known: Knowledge, normal: Array,
) -> ScoredGroup:  # fmt: skip
    observed = np.array([math.log(c.value) for c, _ in rows])
    ours = marks([(s, _size(c)) for c, s in rows], observed)
    family = np.array([known.workloads.family(c.chip) or "other" for c, _ in rows])
    told = []
    for rival in rivals:
        points = [rival.predict(c, known) for c, _ in rows]
        if any(p is None for p in points):
            continue
        unit = {p[1]: normal * p[1] for p in points if p}
        told.append((rival.name, scores(marks([(unit[p[1]], p[0]) for p in points if p], observed), observed)))
    own = scores(ours, observed)
    return ScoredGroup(
        *key, trimmed, half, own, bands(len(rows)), tuple(told),
        tuple((name, scores(ours, observed, family == name)) for name in sorted(set(family.tolist()))),
        verdict=verdict(own, pooled=False),
    )  # fmt: skip
