"""What a case asks of a chip's sheet: the declared rate, the power limit, the class of run."""

from __future__ import annotations

import math

from capacity.quantity import Quantity
from capacity.records.case import Case
from capacity.records.chip import PRECISIONS, Chip
from capacity.records.workload import Workloads

_ENGINES = {"tensor": "dense", "matrix": "dense", "vector": "vector"}


def middle(quantity: Quantity) -> float:
    """The value, or the geometric middle of the interval.

    >>> middle(Quantity(low=4, high=9, source="x", grade="B"))
    6.0
    """
    if quantity.value is not None:
        return quantity.value
    return math.sqrt(math.prod(quantity.ends))


def declared_rate(chip: Chip, known: Workloads) -> Quantity | None:
    """The FP64 rate that submitters of this chip declare: matrix or vector, as its family does."""
    family = known.family(chip.id)
    engine = known.families[family].engine if family else "matrix"
    first, second = ("dense", "vector") if engine == "matrix" else ("vector", "dense")
    return chip.figure(f"{first}_tflops.fp64") or chip.figure(f"{second}_tflops.fp64")


def sheet_rate(chip: Chip, precision: str = "fp64", sparse: bool = False) -> Quantity | None:
    """The rate that an analyst reads off the sheet: matrix, else vector; dense unless asked otherwise."""
    if sparse:
        return _figure(chip, "sparse", precision)
    return _figure(chip, "dense", precision) or _figure(chip, "vector", precision)


def claimed_rate(chip: Chip, basis: str, sparse: bool) -> Quantity | None:
    """The rate that a claim at this basis counts; FP64 and FP32 alone mean the vector rate where there is one."""
    precision, _, engine = basis.partition("_")
    if sparse or not engine:
        vector = not sparse and precision in ("fp64", "fp32")
        return (_figure(chip, "vector", precision) if vector else None) or sheet_rate(chip, precision, sparse)
    return _figure(chip, _ENGINES[engine], precision) if engine in _ENGINES else None


def _figure(chip: Chip, kind: str, precision: str) -> Quantity | None:
    return chip.figure(f"{kind}_tflops.{precision}") if precision in PRECISIONS else None


def limit_watts(chip: Chip, known: Workloads) -> Quantity | None:
    """The power limit that runs configure where that is known, else the sheet's TDP; W."""
    return known.parameters["hpl.limit_w"].at(chip.id) or chip.figure("tdp_w")


def scale_class(case: Case, known: Workloads) -> str:
    """The class of a training run: `fp8`, `large` (many chips), `small`, or nothing where no count is given."""
    if case.basis == "fp8":
        return "fp8"
    if case.chips is None:
        return ""
    return "large" if case.chips >= known.large_from else "small"
