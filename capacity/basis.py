"""What a figure is a figure of: only figures of one basis may be compared or added."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

from capacity.errors import InputError, fail
from capacity.quantity import Quantity

_MEASURES = {
    "dense_tflops": ("rate", "dense", "matrix"),
    "sparse_tflops": ("rate", "sparse", "matrix"),
    "vector_tflops": ("rate", "dense", "vector"),
    "memory_gb": ("memory", "as labelled", ""),
    "memory_reported_mib": ("memory", "as reported", ""),
    "memory_bandwidth_tb_s": ("memory bandwidth", "", ""),
    "link_gb_s": ("link rate", "", ""),
    "tdp_w": ("rated power", "", ""),
    "die_mm2": ("die area", "", ""),
}
_DIRECTION = {"both": "both directions", "one way": "one way", None: "direction not said"}


@dataclass(frozen=True, slots=True)
class Basis:
    """The physical basis of a figure: what it measures, how it was counted, and of how much hardware."""

    measure: str
    precision: str
    counting: str
    engine: str
    unit: str

    def __str__(self) -> str:
        """In words, without the piece of hardware: `BF16 dense matrix rate`, `memory, as labelled`."""
        if self.precision:
            return f"{self.precision.upper()} {self.counting} {self.engine} {self.measure}"
        return f"{self.measure}, {self.counting}" if self.counting else self.measure


@dataclass(frozen=True, slots=True)
class SheetFigure:
    """A quantity in SI units with its basis."""

    quantity: Quantity
    basis: Basis


def basis_of(field: str, unit: str, direction: str | None) -> Basis:
    """The basis of a sheet's field for hardware counted by `unit`, its link rates in `direction`.

    >>> str(basis_of("dense_tflops.bf16", "package", None))
    'BF16 dense matrix rate'
    """
    name, _, precision = field.partition(".")
    measure, counting, engine = _MEASURES[name]
    if name == "link_gb_s":
        counting = _DIRECTION[direction]
    return Basis(measure, precision, counting, engine, unit)


def difference(a: Basis, b: Basis) -> str:
    """Why two bases are not alike, in words; empty where they are.

    >>> dense = basis_of("dense_tflops.fp8", "card", None)
    >>> difference(dense, basis_of("sparse_tflops.fp8", "package", None))
    'dense is not sparse, one card is not one package'
    """
    if a.measure != b.measure:
        return f"{a.measure} is not {b.measure}"
    pairs = [(f.name, getattr(a, f.name) or "none", getattr(b, f.name) or "none") for f in fields(Basis)]
    return ", ".join(
        f"one {x} is not one {y}" if name == "unit" else f"{x} is not {y}" for name, x, y in pairs if x != y
    )


def _refuse(what: str, a: Basis, b: Basis) -> InputError:
    return fail("basis", f"{a} cannot be {what} {b}: {difference(a, b)}", "figures of one basis")


def ratio(a: SheetFigure, b: SheetFigure) -> tuple[float, float]:
    """How many times `b` goes into `a`, as 5 % and 95 % points; equal where both are exact.

    The doubts of two intervals are taken as independent and log-normal, so that their half-widths in
    logarithms add in squares. Raises `InputError` where the bases differ, or where `b` is nought.
    """
    if a.basis != b.basis:
        raise _refuse("compared with", a.basis, b.basis)
    ends = [f.quantity.ends for f in (a, b)]
    if any(low <= 0 for low, _ in ends):
        raise fail("basis", f"{a.basis}: a figure of nought gives no ratio", "figures above 0")
    middle = math.log(ends[0][0] * ends[0][1] / (ends[1][0] * ends[1][1])) / 2
    half = math.hypot(*(math.log(high / low) / 2 for low, high in ends))
    return math.exp(middle - half), math.exp(middle + half)


def total(figures: Sequence[SheetFigure]) -> float:
    """The sum of exact figures of one basis, in SI units.

    Raises `InputError` where bases differ, or for an interval: percentiles do not add, worlds do (`estimate`).
    """
    for figure in figures:
        if figure.basis != figures[0].basis:
            raise _refuse("added to", figures[0].basis, figure.basis)
        if not figure.quantity.is_exact:
            raise fail("basis", f"{figure.basis} is an interval, and percentiles do not add", "exact figures; estimate")
    return math.fsum(figure.quantity.ends[0] for figure in figures)
