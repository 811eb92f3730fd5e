"""The words for results: labels with their basis, units chosen by size, rounded intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from capacity.document.blocks import Cell, Column, Interval, Missing, Number, Row, Scale, Share, Table, left
from capacity.model.summary import Line
from capacity.resolve import Input, Scenario
from capacity.units import justified, number, scale, sheet_unit

_PRECISION = {"fp64": "FP64", "fp32": "FP32", "tf32": "TF32", "bf16": "BF16", "fp16": "FP16", "fp8": "FP8",
              "int8": "INT8", "fp6": "FP6", "fp4": "FP4", "16bit": "16-bit"}  # fmt: skip
_BOUNDARY = {"chip": "chip TDP", "server": "server power", "it": "IT power", "facility": "facility power",
             "contracted": "contracted grid power"}  # fmt: skip
BASIS = {
    "8bit": "8-bit rate",
    "bf16": "BF16 rate",
    "bandwidth": "memory bandwidth",
    "memory": "memory",
    "tpp": "TPP",
}
_PARTS = {"chips": "chips", "servers": "servers and network", "construction": "construction", "total": "total"}
_FOOTPRINT = {"combustion": "from combustion", "lifecycle": "life-cycle", "onsite": "on site",
              "indirect": "in power stations"}  # fmt: skip
_USE = {"all_busy": "all busy hours", "training": "training hours", "final_runs": "final runs"}
_PLAIN = ("chips", "servers", "share", "ratio", "weight", "sites")  # counts and parts, which print no unit
# The unit in which a sheet prints a figure, by the field without its precision.
SHEET_UNITS = {
    "dense_tflops": "TFLOP/s", "sparse_tflops": "TFLOP/s", "vector_tflops": "TFLOP/s", "memory_gb": "GB",
    "memory_reported_mib": "MiB", "memory_bandwidth_tb_s": "TB/s", "link_gb_s": "GB/s", "tdp_w": "W",
    "die_mm2": "mm2",
}  # fmt: skip
_FIGURES = {"memory_gb": "memory", "memory_bandwidth_tb_s": "bandwidth", "tdp_w": "TDP", "die_mm2": "die"}


def label(quantity: str, basis: Sequence[tuple[str, str]]) -> str:
    """The result in words, with its basis.

    >>> label("peak_flops", (("precision", "fp8"), ("sparsity", "dense")))
    'peak, FP8 dense'
    >>> label("power", (("boundary", "facility"), ("rating", "nameplate")))
    'facility power, nameplate'
    """
    words = dict(basis)
    precision = _PRECISION.get(words.get("precision", ""), "")
    if quantity == "chips":
        return f"chips, {words['stage']}" if "stage" in words else "chips"
    if quantity == "peak_flops":
        return f"peak, {precision} {words['sparsity']}"
    if quantity == "training_flops":
        return f"sustained in training, {precision}"
    if quantity == "training_compute":
        return f"training compute a year, {_USE[words['basis']]}"
    if quantity == "power":
        return f"{_BOUNDARY[words['boundary']]}, {words['rating']}"
    if quantity == "energy":
        return f"energy a year, {'IT' if words['boundary'] == 'it' else words['boundary']}"
    if quantity == "h100_equivalents":
        return f"H100-equivalents by {BASIS[words['basis']]}"
    if quantity == "capex":
        return f"capital cost, {_PARTS[words['part']]}"
    if quantity in ("carbon", "water"):
        return f"{quantity} a year, {_FOOTPRINT[words['basis']]}"
    plain = {
        "electricity_cost": "electricity cost a year",
        "serving_chips": "chips that serve, on average",
        "memory": "memory, as labelled",
        "tpp": "TPP, summed",
    }
    return plain.get(quantity, quantity.replace("_", " "))


def figure(item: Input) -> tuple[str, str, str]:
    """A figure of a chip's sheet as the sheet has it: what it is, how much, in which unit.

    >>> from types import SimpleNamespace as Row
    >>> from capacity.quantity import Quantity
    >>> rate = Quantity(value=9.895e14, source="x", grade="A")
    >>> figure(Row(place="chips.h200-sxm.dense_tflops.bf16", quantity=rate))
    ('BF16 dense', '989.5', 'TFLOP/s')
    """
    field, _, precision = item.place.split(".", 2)[2].partition(".")
    what = f"{_PRECISION[precision]} {field.partition('_')[0]}" if precision else _FIGURES.get(field, field)
    return what, item.quantity.scaled(1 / sheet_unit(field)[0]).stated, SHEET_UNITS.get(field, "")


def input_text(item: Input | None) -> str:
    """An input as it is stated, in the unit in which it reads well; `–` where there is none."""
    if item is None:
        return "–"
    quantity = item.quantity
    chance = f" (chance {quantity.chance:g})" if quantity.chance not in (None, 1) else ""
    if item.unit == "split":
        return f"drawn (sd of log weights {quantity.stated})"
    if quantity.says:
        return f'"{quantity.says}"{chance}'
    ends = [x for x in (quantity.value, quantity.low, quantity.high) if x is not None]
    factor, unit = scale(max(ends), item.unit)
    texts = [f"{x / factor:,.4g}" if x / factor < 1000 else number(x / factor, 0) for x in ends]
    return f"{' to '.join(texts)} {'' if unit in ('share', 'ratio', 'split', 'chips') else unit}".rstrip() + chance


def exact_decimals(value: float) -> int:
    """Decimals of a number that nothing is uncertain about: all digits of a whole one, four of another, no zeros.

    >>> [exact_decimals(x) for x in (16384.0, 64.0, 989.5, 0.12345)]
    [0, 0, 1, 4]
    """
    if value == round(value) and abs(value) < 1e15:
        return 0
    decimals = max(0, justified(value, value, value, 0))
    while decimals and round(value, decimals) == round(value, decimals - 1):
        decimals -= 1
    return decimals


def scale_of(p5: float, p50: float, p95: float, error: float, unit: str, size: float | None = None) -> Scale:
    """How an interval in SI is printed: two digits of its half-width, none finer than the simulation error.

    `size`: the number whose printed unit is used, so that rows can share one.

    >>> scale_of(7e8, 8e8, 9e8, 1e6, "W")
    Scale(factor=1000000.0, decimals=-1, unit='MW')
    >>> scale_of(16384, 16384, 16384, 0, "chips").decimals
    0
    """
    factor, printed = scale(size or p50 or p95, unit)
    middle, low, high = p50 / factor, p5 / factor, p95 / factor
    exact = not high - low > 1e-9 * abs(middle)
    decimals = exact_decimals(middle) if exact else justified(middle, low, high, error / factor)
    return Scale(factor, decimals, "" if printed in _PLAIN else printed)


def number_text(value: float, how: Scale, with_unit: bool = True) -> str:
    """A number as it is printed, never `-0`.

    >>> number_text(7.4e8, Scale(1e6, -1, "MW")), number_text(-0.01, Scale())
    ('740 MW', '0')
    """
    text = number(value / how.factor, how.decimals)
    return f"{text} {how.unit}".rstrip() if with_unit else text


def interval_text(cell: Interval, with_unit: bool = True) -> str:
    """An interval in a cell: `740 (630–960) MW`, one number where it is exact, never `a–a` where the rounding hides it.

    >>> interval_text(Interval(6.3e8, 7.4e8, 9.6e8, Scale(1e6, -1, "MW")))
    '740 (630–960) MW'
    """
    middle, low, high = (number_text(x, cell.scale, False) for x in (cell.p50, cell.p5, cell.p95))
    text = middle if low == high else f"{middle} ({low}–{high})"
    return f"{text} {cell.scale.unit}".rstrip() if with_unit else text


def share_text(share: float, error: float | None = None, decimals: int = 0) -> str:
    """A share with its sign and, where there is one, its standard error.

    >>> share_text(-0.0662, 0.0123, 1), share_text(-0.0001), share_text(0.5)
    ('-6.6% ± 1.2%', '0%', '50%')
    """
    percent = round(100 * share, decimals) + 0.0
    text = (f"{percent:.{decimals}f}" if abs(percent) < 1e15 else number(percent, decimals)) + "%"
    return text if error is None else f"{text} ± {100 * error:.{decimals}f}%"


def whole_parts(shares: Sequence[float], decimals: int) -> list[float]:
    """Shares rounded to decimals of a percent so that they add up to the rounded whole: the largest rests go up.

    >>> whole_parts([0.333, 0.333, 0.334], 0), whole_parts([1.066, -0.066], 1)
    ([0.33, 0.33, 0.34], [1.066, -0.066])
    """
    steps = 100 * 10**decimals
    floors = [math.floor(share * steps) for share in shares]
    short = round(sum(shares) * steps) - sum(floors)
    order = sorted(range(len(shares)), key=lambda i: floors[i] - shares[i] * steps)
    for i in order[:short]:
        floors[i] += 1
    return [part / steps for part in floors]


def cell_text(cell: Cell, with_unit: bool) -> str:
    """What a cell of a table prints; `with_unit` where no column tells the unit."""
    if isinstance(cell, Number):
        return number_text(cell.value, cell.scale, with_unit)
    if isinstance(cell, Interval):
        return interval_text(cell, with_unit)
    if isinstance(cell, Share):
        return share_text(cell.value, cell.error, cell.decimals)
    if isinstance(cell, Missing):
        return cell.why
    return "" if cell is None else str(cell)


def line_scale(row: Line, size: float | None = None) -> Scale:
    """How a line of an estimate is printed; see `scale_of`."""
    return scale_of(row.p5, row.p50, row.p95, row.mc_error, row.unit, size)


def interval(row: Line, size: float | None = None) -> tuple[str, str, str, str]:
    """Median, 5 % and 95 % point as rounded text, and their unit: the one in which `size`, if given, reads well."""
    how = line_scale(row, size)
    middle, low, high = (number_text(x, how, False) for x in (row.p50, row.p5, row.p95))
    return middle, low, high, how.unit


def results_table(title: str, named: Sequence[tuple[str, Line | Missing]]) -> Table:
    """The table of results: median, 5 % and 95 % points, unit; why not where a result does not exist."""
    columns = (left(title, least=20), Column("median"), Column("5 %"), Column("95 %"), left("unit"))
    rows: list[Row] = []
    for name, row in named:
        if isinstance(row, Missing):
            rows.append((name, row, None, None, ""))
            continue
        how = line_scale(row)
        rows.append((name, *spread_cells(row, how), how.unit))
    return Table(columns, tuple(rows))


class Spread(Protocol):
    """Whatever has 5, 50 and 95 % points."""

    @property
    def p5(self) -> float: ...
    @property
    def p50(self) -> float: ...
    @property
    def p95(self) -> float: ...


def spread_cells(points: Spread, how: Scale) -> tuple[Cell, Cell, Cell]:
    """Cells for median, 5 % and 95 % point; the ends are empty where they print alike."""
    middle, low, high = (Number(x, how) for x in (points.p50, points.p5, points.p95))
    alike = number_text(points.p5, how) == number_text(points.p95, how)
    return (middle, None, None) if alike else (middle, low, high)


def spoken(row: Line) -> str:
    """The result in a sentence: `420 EFLOP/s (90 % interval 398 to 527)`.

    >>> from types import SimpleNamespace as Row
    >>> spoken(Row(quantity="power", basis=(), unit="W", p5=7e8, p50=8e8, p95=9e8, mc_error=1e6))
    '800 MW (90 % interval 700 to 900)'
    """
    middle, low, high, unit = interval(row)
    head = f"{middle} {unit}".rstrip()
    return head if low == high else f"{head} (90 % interval {low} to {high})"


def member_name(scenario: Scenario, kind: str, member: str) -> str:
    """An owner's, site's, chip's or lot's name as people say it."""
    if member == "unknown":
        return f"{kind} unknown"
    if kind == "owner":
        return scenario.file.owners[member].name
    if kind == "site":
        return scenario.sites[member].name
    if kind == "lot":
        return scenario.file.lots[member].name or member
    return scenario.chips[member].name if kind == "chip" else member
