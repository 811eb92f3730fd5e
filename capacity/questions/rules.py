"""Which class a chip is in under each rule, and why; what cannot be said is said to be so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from capacity import load
from capacity.equations import control
from capacity.load import Specs
from capacity.model.dates import as_date
from capacity.quantity import Quantity
from capacity.records.chip import Chip, Use
from capacity.records.rule import Condition, Metric, Rule

CONVENTION = (
    "TPP is of dense matrices, the largest over the formats on the sheet; TF32 is left out, "
    "since readers count it as 19 or as 32 bits."
)
PHRASES: dict[Metric, str] = {
    "tpp": "TPP {}", "performance_density": "performance density {}", "dram_gb_s": "DRAM {} GB/s",
    "io_gb_s": "link {} GB/s", "dram_plus_io_gb_s": "DRAM and link together {} GB/s",
    "memory_bandwidth_density": "memory bandwidth density {}",
}  # fmt: skip
# Why a rule that does not sort chips says nothing of one, by what it sorts.
NOT_BY_FIGURES = {
    "memory stacks": "it sorts memory stacks; those on a chip fall under the chip's entry",
    "chips made to order": "it presumes that what a foundry makes to order is caught, whatever its figures",
    "buyers": "it sorts buyers, not chips",
}
Ends = NDArray[np.float64]
_TESTS = {">=": np.greater_equal, ">": np.greater, "<": np.less, "<=": np.less_equal}


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric of one chip: its 5 % and 95 % points and the worst grade that it rests on, or what the sheet lacks."""

    low: float = float("nan")
    high: float = float("nan")
    grade: str = ""
    lacks: str = ""

    def __str__(self) -> str:
        """As it is printed: `15,832`, `2.91`, `52,000 to 60,000`, `no die area`."""
        if self.lacks:
            return f"no {self.lacks}"
        return _short(self.low) if self.low == self.high else f"{_short(self.low)} to {_short(self.high)}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


Measures = Mapping[Metric, Measure]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule makes of a chip.

    `known`: whether it can be said. `label`: the class, or the rule's word for none of them, or all that
    it may be. `caught`: whether it is in a class; None where that cannot be said.
    """

    rule: Rule
    label: str
    means: str
    known: bool
    caught: bool | None
    why: tuple[str, ...]


def _ends(quantity: Quantity | None) -> tuple[float, float]:
    return quantity.ends if quantity else (float("nan"), float("nan"))


def measures(chip: Chip) -> dict[Metric, Measure]:
    """Every metric that a rule can test, from the chip's sheet. The rates of a chip move together."""
    rates = {p: np.array(_ends(chip.figure(f"dense_tflops.{p}"))) for p in control.BITS}
    tpp = control.tpp(np.array(1.0), **rates)
    most = [f"dense_tflops.{p}" for p, rate in rates.items() if rate[1] * control.BITS[p] >= tpp[1] * 1e12 * (1 - 1e-9)]
    area = np.array(_ends(chip.figure("die_mm2"))[::-1])
    dram = np.array(_ends(chip.figure("memory_bandwidth_tb_s"))) / 1e9
    ways = 2.0 if chip.link_direction == "one way" else 1.0
    link = np.array(_ends(chip.figure("link_gb_s"))) / 1e9 * ways
    density = control.performance_density(tpp, area)
    return {
        "tpp": _measure(chip, tpp, *most or ["dense_tflops.bf16"]),
        "performance_density": _measure(chip, density, *most or ["dense_tflops.bf16"], "die_mm2"),
        "dram_gb_s": _measure(chip, dram, "memory_bandwidth_tb_s"),
        "io_gb_s": _measure(chip, link, "link_gb_s"),
        "dram_plus_io_gb_s": _measure(chip, dram + link, "memory_bandwidth_tb_s", "link_gb_s"),
        "memory_bandwidth_density": Measure(lacks="area of a memory stack"),
    }


_NAMES = {"die_mm2": "die area", "memory_bandwidth_tb_s": "memory bandwidth", "link_gb_s": "link rate"}


def _measure(chip: Chip, ends: Ends, *fields: str) -> Measure:
    """The metric at its ends; where a figure that it needs is not on the sheet, which."""
    found = {field: chip.figure(field) for field in fields}
    missing = [_NAMES.get(field, "dense rate") for field, quantity in found.items() if quantity is None]
    if missing:
        return Measure(lacks=" and ".join(missing))
    grade = max(quantity.grade for quantity in found.values() if quantity is not None)
    return Measure(float(ends[0]), float(ends[1]), grade)


def evaluate(condition: Condition, known: Measures, use: Use) -> tuple[bool | None, tuple[str, ...]]:
    """Whether a condition holds (None: cannot be said), and the tests that decide it."""
    if condition.designed_for is not None:
        return use == condition.designed_for, (f"made for {use} use",)
    if condition.metric is not None:
        return _tested(condition, known)
    parts = [evaluate(part, known, use) for part in condition.all or condition.any]
    # All fails by the first that fails, any holds by the first that holds; else what is open decides.
    decisive = not condition.all
    for holds, why in parts:
        if holds is decisive:
            return decisive, why
    undecided = [why for holds, why in parts if holds is None]
    chosen = undecided or [why for _, why in parts]
    return (None if undecided else not decisive), tuple(dict.fromkeys(text for why in chosen for text in why))


def _tested(condition: Condition, known: Measures) -> tuple[bool | None, tuple[str, ...]]:
    assert condition.metric is not None
    assert condition.op is not None
    assert condition.value is not None
    measure = known[condition.metric]
    said = PHRASES[condition.metric].format(measure)
    if measure.lacks:
        return None, (f"no {measure.lacks}",)
    test = _TESTS[condition.op]
    at_low, at_high = (bool(test(end, condition.value)) for end in (measure.low, measure.high))
    if at_low != at_high:
        return None, (f"{said} lies across {condition.value:,g}",)
    return at_low, (f"{said} is {'' if at_low else 'not '}{condition.op} {condition.value:,g}",)


def judge(rule: Rule, known: Measures, use: Use = "data centre") -> Verdict:
    """The first class of a rule whose condition holds, with the tests that put the chip there."""
    failed: list[str] = []
    possible: list[str] = []
    undecided: list[str] = []
    for kind in rule.classes:
        holds, why = evaluate(kind.when, known, use)
        if holds is None:
            possible.append(kind.name)
            undecided += why
        elif not holds:
            failed += why
        elif not possible:
            return Verdict(rule, kind.name, kind.means, True, True, why)
        else:
            return _unsaid(rule, [*possible, kind.name], undecided, caught=True)
    if possible:
        return _unsaid(rule, [*possible, rule.otherwise], undecided, caught=None)
    return Verdict(rule, rule.otherwise, "", True, False, tuple(dict.fromkeys(failed)))


def _unsaid(rule: Rule, possible: list[str], why: list[str], *, caught: bool | None) -> Verdict:
    label = f"cannot be said: {' or '.join(possible)}"
    return Verdict(rule, label, "", False, caught, tuple(dict.fromkeys(why)))


def verdicts(chip: Chip, specs: Specs | None = None) -> Iterator[Verdict]:
    """What every rule, in the order of their dates, makes of a chip."""
    known = measures(chip)
    for rule in load.load_rules(specs):
        if rule.subject == "chips":
            yield judge(rule, known, chip.designed_for)
        else:
            yield Verdict(rule, "does not apply to chips", "", True, False, (NOT_BY_FIGURES[rule.subject],))


def classify(chip: Chip | str, day: date | str, specs: Specs | None = None) -> list[Verdict]:
    """What each rule in force on a day makes of a chip, which is one or the name of one.

    Raises `InputError` where the name is unknown or the day is none.

    >>> [v.label for v in classify("h800-sxm", "2022-12-01")]
    ['not caught']
    >>> [v.label for v in classify("h800-sxm", "2023-12-01")]
    ['3A090.a']
    """
    sheet = chip if isinstance(chip, Chip) else load.load_chip(chip, specs)
    text = as_date(day).isoformat()
    return [verdict for verdict in verdicts(sheet, specs) if verdict.rule.in_force(text)]


def remark(chip: Chip, rule: Rule, specs: Specs | None = None) -> str:
    """What limits a verdict: a maker from another country than the rule's exports nothing from there."""
    vendor = load.load_vendors(specs).get(chip.vendor)
    if vendor is None or vendor.country == rule.country:
        return ""
    return f"{chip.vendor} is no {rule.country} firm: the class is by figures alone, not by the rule's reach"
