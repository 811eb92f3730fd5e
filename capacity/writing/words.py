"""The words for results: labels with their basis, units chosen by size, rounded intervals."""

from __future__ import annotations

from collections.abc import Sequence

from capacity.model.summary import Line
from capacity.records.scenario import Input
from capacity.units import justified, number, scale, sheet_unit

_PRECISION = {"fp64": "FP64", "fp32": "FP32", "tf32": "TF32", "bf16": "BF16", "fp16": "FP16", "fp8": "FP8",
              "int8": "INT8", "fp6": "FP6", "fp4": "FP4"}  # fmt: skip
_BOUNDARY = {"chip": "chip TDP", "server": "server power", "it": "IT power", "facility": "facility power",
             "contracted": "contracted grid power"}  # fmt: skip
_BASIS = {
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
_COUNTED = ("chips", "servers")
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
        return f"H100-equivalents by {_BASIS[words['basis']]}"
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


def interval(row: Line, size: float | None = None) -> tuple[str, str, str, str]:
    """Median, 5 % and 95 % point as rounded text, and their unit: the one in which `size`, if given, reads well."""
    factor, unit = scale(size or row.p50 or row.p95, row.unit)
    middle, low, high, error = (x / factor for x in (row.p50, row.p5, row.p95, row.mc_error))
    decimals = justified(middle, low, high, error)
    texts = (number(x, decimals) for x in (middle, low, high))
    return *texts, "" if unit in _COUNTED else unit  # type: ignore[return-value]


def spoken(row: Line) -> str:
    """The result in a sentence: `420 EFLOP/s (90 % interval 398 to 527)`.

    >>> from types import SimpleNamespace as Row
    >>> spoken(Row(quantity="power", basis=(), unit="W", p5=7e8, p50=8e8, p95=9e8, mc_error=1e6))
    '800 MW (90 % interval 700 to 900)'
    """
    middle, low, high, unit = interval(row)
    head = f"{middle} {unit}".rstrip()
    return head if low == high else f"{head} (90 % interval {low} to {high})"
