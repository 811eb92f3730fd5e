"""How often reality lies in our intervals: predictions from chip and count alone against measured systems."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import NormalDist, fmean

import numpy as np

from capacity import load
from capacity.equations import power, scoring
from capacity.equations.compute import Array
from capacity.equations.workload import declared_peak, hpl_flops, hpl_watts
from capacity.model.sampling import draw
from capacity.quantity import Quantity
from capacity.questions.rates import claimed_rate, declared_rate, limit_watts, middle, scale_class, sheet_rate
from capacity.records.case import BadRow, Case
from capacity.records.chip import Chip
from capacity.records.scenario import Assumptions
from capacity.records.system import System
from capacity.records.workload import Workloads

DRAWS = 4096
LEVELS = (0.5, 0.8, 0.9)
BAND = 0.95
BINS = 10
FEWEST = 3
HEADLINE = (("hpl", "achieved_flops"), ("hpl", "power"), ("training", "achieved_fraction"))

Key = tuple[str, str, str]


class Unscored(Exception):
    """A case that the estimator has no prediction for; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that a prediction may rest on; none of it depends on what was measured of the case."""

    chips: Mapping[str, Chip]
    systems: Mapping[str, System]
    workloads: Workloads
    defaults: Assumptions
    draws: int = DRAWS
    seed: int = 0
    _known: dict[tuple[object, ...], Array] = field(default_factory=dict)

    def parameter(self, name: str, *keys: str | None) -> Array:
        """A workload's parameter in each world, shape (draws,)."""
        quantity = self.workloads.parameters[name].at(*keys)
        assert quantity is not None
        return self.drawn(quantity, f"workloads.{name}")

    def assumption(self, name: str, system: System | None) -> Array:
        """A default of the model in each world, the system's own before the general one."""
        known = self.defaults.assumptions[name]
        own = system.assumptions.get(name) if system else None
        return self.drawn((own or known.default).within(known.floor, known.ceiling), f"assumptions.{name}")

    def drawn(self, quantity: Quantity, place: str) -> Array:
        """A quantity in each world, drawn once."""
        ends = quantity.median, quantity.floor, quantity.ceiling, quantity.anchor
        key = (place, quantity.stated, ends, quantity.chance)
        if key not in self._known:
            self._known[key] = draw(quantity, place, self.seed, self.draws)
        return self._known[key]

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
        raise Unscored(f"no prediction at basis {case.basis or 'unstated'!r} (known: {', '.join(bases)})")


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
    """Announced power: rated servers, network and, at facility, PUE; times what announcements make of it."""
    _needs(case, "it", "facility")
    system = known.systems.get(chip.system or "")
    tdp = known.figure(chip.figure("tdp_w"), chip.id, "TDP")
    one = np.asarray(1.0)
    caps, other = (known.assumption(name, system) for name in ("cap_share", "server_other_w"))
    servers = power.server_nameplate(one, tdp, caps, other)
    watts = power.it_nameplate(servers, known.assumption("network_ratio", system))
    if case.basis == "facility":
        watts = power.facility_nameplate(watts, known.assumption("pue_peak", system))
    return watts * known.parameter("site.announced")


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
    ("site", "power"): _site_power,
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
    return _key(case), (case.workload, case.metric), (case.metric,)


def fit_baselines(cases: Iterable[Case], known: Knowledge) -> list[Baseline]:
    """Every formula with the root mean square of its log residuals over the untrimmed fitting half.

    A group of fewer than three fitted cases takes the spread of its workload and metric, else of its metric.
    """
    used = [c for c in cases if c.half == "fit" and not c.trimmed and c.chip in known.chips]
    found = []
    for name, formula, scaled in BASELINES:
        said = [(c, p) for c, p in ((c, formula(c, known)) for c in used) if p]
        factor = fmean(c.value / p for c, p in said) if scaled and said else 1.0
        squares: dict[tuple[str, ...], list[float]] = {}
        for case, point in said:
            residual = math.log(case.value / (point * factor)) ** 2
            for key in _widening(case):
                squares.setdefault(key, []).append(residual)
        spread = {key: math.sqrt(fmean(s)) for key, s in squares.items() if len(s) >= FEWEST}
        found.append(Baseline(name, formula, factor, spread))
    return found


# --- scores --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of the forecasts of some cases, all on natural logarithms of the figures.

    `bias_log`: mean of ln(predicted median / measured); `median_log_error`: median of its absolute value.
    """

    n: int
    coverage: tuple[float, ...]
    median_log_error: float
    bias_log: float
    crps_log: float
    wis_log: float
    interval_score_90: float
    pit: tuple[int, ...]

    def as_dict(self) -> dict[str, object]:
        """The scores under the names of the interface."""
        covered = {f"coverage_{round(level * 100)}": c for level, c in zip(LEVELS, self.coverage, strict=True)}
        names = ("median_log_error", "bias_log", "crps_log", "wis_log", "interval_score_90")
        return {"n": self.n, **covered, **{name: getattr(self, name) for name in names}, "pit": list(self.pit)}


@dataclass(frozen=True, slots=True)
class Group:
    """The scores of one (workload, metric, basis): ours, the baselines', and ours by chip family."""

    workload: str
    metric: str
    basis: str
    trimmed: bool
    half: str
    ours: Scores
    bands: tuple[tuple[float, float], ...]
    baselines: tuple[tuple[str, Scores], ...]
    families: tuple[tuple[str, Scores], ...]

    @property
    def is_headline(self) -> bool:
        """True of the three quantities that the calibration aims at, as reported without implausible rows."""
        return (self.workload, self.metric) in HEADLINE and not self.trimmed


@dataclass(frozen=True, slots=True)
class Backtest:
    """Every group's scores, what could not be scored and why, and what the run rests on."""

    groups: tuple[Group, ...]
    unscored: tuple[tuple[str, str], ...]
    cases: int
    systems: int
    fitted: int
    half: str
    draws: int
    seed: int
    notes: tuple[str, ...]

    def short_of(self, least: float) -> list[Group]:
        """The headline groups (all groups where there is none) whose 90 % interval holds too rarely."""
        asked = [g for g in self.groups if g.is_headline] or list(self.groups)
        return [g for g in asked if g.ours.coverage[-1] < least]


def _key(case: Case) -> Key:
    return case.workload, case.metric, case.basis


@dataclass(frozen=True, slots=True)
class _Marks:
    """What one forecast says at each case: quantiles, probability below, CRPS; arrays of (cases,)."""

    points: Array
    below: Array
    crps: Array


_POINTS = tuple(sorted({(1 + side * level) / 2 for level in LEVELS for side in (-1, 1)} | {0.5}))


def backtest(
    cases: str | Path | None = None, *, half: str | None = None, specs: load.Specs | None = None,
    draws: int = DRAWS, seed: int = 0,
) -> Backtest:  # fmt: skip
    """Score our intervals against the cases of a CSV file; nothing: the shipped cases.

    `half` is `fit`, `score` or `all`; where it is not given, the shipped cases are scored on the half that was not
    fitted, and a file of one's own is scored whole. Raises `InputError` where the file cannot be read.

    >>> round(backtest().groups[0].ours.coverage[-1], 1)
    0.9
    """
    reference, _ = load.load_cases()
    asked, bad = load.load_cases(cases) if cases is not None else (reference, [])
    found = knowledge({c.chip for c in (*reference, *asked)}, specs or load.Specs(), draws, seed)
    return run(asked, bad, reference, found, half or ("score" if cases is None else "all"))


def knowledge(chips: Iterable[str], specs: load.Specs, draws: int = DRAWS, seed: int = 0) -> Knowledge:
    """Sheets, systems and parameters of these chips; ids that no sheet has are left out."""
    known = set(specs.ids("chips"))
    sheets = {name: load.load_chip(name, specs) for name in sorted(chips) if name in known}
    names = {chip.system for chip in sheets.values() if chip.system}
    systems = {name: load.load_system(name, specs) for name in sorted(names)}
    return Knowledge(sheets, systems, load.load_workloads(specs), load.load_assumptions(specs), draws, seed)


def run(
    cases: Sequence[Case], bad: Sequence[BadRow], reference: Sequence[Case], known: Knowledge, half: str = "all"
) -> Backtest:
    """Score the cases of a half (`fit`, `score` or `all`); baselines take their spread from the reference."""
    asked = [c for c in cases if half == "all" or c.half == half]
    unscored = [(row.case or f"line {row.line}", row.reason) for row in bad]
    scored: list[tuple[Case, Array]] = []
    shapes: dict[tuple[object, ...], Array] = {}
    for case in asked:
        try:
            scored.append((case, _shape(case, known, shapes)))
        except Unscored as reason:
            unscored.append((case.case or case.name, str(reason)))
    rivals = fit_baselines(reference, known)
    trained = {c.system for c in reference if c.half == "fit"}
    groups = []
    for key in dict.fromkeys(_key(c) for c, _ in sorted(scored, key=lambda row: _order(row[0]))):
        mine = [(c, s) for c, s in scored if _key(c) == key]
        for trimmed in (False, True):
            kept = [(c, s) for c, s in mine if trimmed or not c.trimmed]
            if kept:
                groups.append(_group(key, trimmed, half, kept, rivals, known))
    seen = [c for c, _ in scored]
    return Backtest(
        tuple(groups), tuple(unscored), len(seen), len({c.system for c in seen}),
        sum(c.system in trained for c in seen), half, known.draws, known.seed,
        _notes(seen, known),
    )  # fmt: skip


def _notes(cases: Sequence[Case], known: Knowledge) -> tuple[str, ...]:
    """What the specs say about how far the fits of the scored workloads can be trusted."""
    asked = {c.workload for c in cases}
    parameters = known.workloads.parameters.items()
    return tuple(p.note for name, p in parameters if p.note and name.partition(".")[0] in asked)


def _order(case: Case) -> tuple[int, str, str, str]:
    rank = {"hpl": 0, "training": 1, "site": 2, "claim": 3}
    return rank[case.workload], case.metric, case.basis, ""


def _shape(case: Case, known: Knowledge, shapes: dict[tuple[object, ...], Array]) -> Array:
    """Sorted logarithms of the prediction for one chip; cases that differ in count alone share it."""
    key = (*_key(case), case.chip, case.sparse, scale_class(case, known.workloads), case.chips is None)
    if key not in shapes:
        whole = predict(case, known)
        shapes[key] = np.sort(np.broadcast_to(np.log(whole), (known.draws,))) - _size(case)
    return shapes[key]


def _size(case: Case) -> float:
    return 0.0 if case.metric == "achieved_fraction" else math.log(case.chips or 1.0)


def _group(
    key: Key, trimmed: bool, half: str, rows: Sequence[tuple[Case, Array]], rivals: Sequence[Baseline], known: Knowledge
) -> Group:
    observed = np.array([math.log(c.value) for c, _ in rows])
    ours = _marks([(s, _size(c)) for c, s in rows], observed)
    family = np.array([known.workloads.family(c.chip) or "other" for c, _ in rows])
    everyone = np.ones(len(rows), dtype=bool)
    found = []
    for rival in rivals:
        said = [rival.predict(c, known) for c, _ in rows]
        if any(s is None for s in said):
            continue
        unit = {s[1]: _normal(known.draws) * s[1] for s in said if s}
        marks = _marks([(unit[s[1]], s[0]) for s in said if s], observed)
        found.append((rival.name, _scores(marks, observed, everyone)))
    return Group(
        *key, trimmed, half, _scores(ours, observed, everyone),
        tuple(scoring.binomial_band(len(rows), level, BAND) for level in LEVELS), tuple(found),
        tuple((name, _scores(ours, observed, family == name)) for name in sorted(set(family.tolist()))),
    )  # fmt: skip


def _normal(draws: int) -> Array:
    """A standard normal as its own middle quantiles, shape (draws,)."""
    quantile = NormalDist().inv_cdf
    return np.array([quantile((i + 0.5) / draws) for i in range(draws)])


def _marks(forecasts: Sequence[tuple[Array, float]], observed: Array) -> _Marks:
    """Quantiles, probability below and CRPS of forecasts given as (sorted logarithms, shift), one per case."""
    points = np.empty((len(_POINTS), observed.size))
    below, scores = np.empty(observed.size), np.empty(observed.size)
    shapes = {id(shape): shape for shape, _ in forecasts}
    index = np.array([id(shape) for shape, _ in forecasts])
    shift = np.array([by for _, by in forecasts])
    for key, shape in shapes.items():
        here = index == key
        centred = observed[here] - shift[here]
        points[:, here] = np.quantile(shape, _POINTS)[:, None] + shift[here]
        below[here] = (np.searchsorted(shape, centred) + np.searchsorted(shape, centred, "right")) / (2 * shape.size)
        scores[here] = scoring.crps(shape, centred)
    return _Marks(points, below, scores)


def _scores(marks: _Marks, observed: Array, kept: Array) -> Scores:
    points, seen = marks.points[:, kept], observed[kept]
    low, high = (points[[_POINTS.index((1 + side * level) / 2) for level in LEVELS]] for side in (-1, 1))
    median = points[_POINTS.index(0.5)]
    alphas = np.array([round(1 - level, 12) for level in LEVELS])
    intervals = scoring.interval_score(low, high, seen, alphas[:, None])
    pit = np.bincount(np.minimum((marks.below[kept] * BINS).astype(int), BINS - 1), minlength=BINS)
    return Scores(
        int(seen.size), tuple(((low <= seen) & (seen <= high)).mean(axis=1).tolist()),
        float(np.median(np.abs(median - seen))), float((median - seen).mean()),
        float(marks.crps[kept].mean()), float(scoring.weighted_interval_score(median, intervals, alphas, seen).mean()),
        float(intervals[-1].mean()), tuple(int(n) for n in pit),
    )  # fmt: skip
