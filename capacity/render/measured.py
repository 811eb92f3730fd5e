"""A measurement: as YAML, and as rows beside a chip's sheet."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from capacity.chip import Chip
from capacity.equations.measuring import measured_share
from capacity.load import Specs, load_measurements
from capacity.measurement import Figure, Measurement
from capacity.quantity import Quantity
from capacity.render.data import dumps
from capacity.render.text import grid
from capacity.units import sheet_unit

HEADS = ("measured", "sheet", "median", "5 to 95 %", "share", "W")
CEILING = (
    "A share in matrix products alone is a ceiling on what a training run can use (MFU), which also waits for "
    "memory, links and hosts. It is never a factor: no estimate multiplies by it."
)


def to_yaml(record: Measurement) -> str:
    """The record as the file that `capacity validate` reads."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Shapes in one line."""

    Dumper.add_representer(
        tuple, lambda dumper, items: dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)
    )
    data = record.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    for figure in data["figures"]:
        if "shape" in figure:
            figure["shape"] = tuple(figure["shape"])
    text: str = yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)
    return text


def to_data(record: Measurement) -> str:
    """Schema `capacity.measurement/1`: the record as JSON."""
    return dumps({"schema": "capacity.measurement/1", **record.model_dump(mode="json", exclude_none=True)})


def table(record: Measurement, width: int) -> str:
    """What was measured, without the sheet: each figure with its interval and the watts of its phase."""
    rows = [("measured", "median", "5 to 95 %", "W")]
    for figure in record.figures:
        middle, interval = _told(figure)
        watts = record.watts(figure)
        rows.append((_label(figure), middle, interval, f"{watts:.0f}" if watts else ""))
    notes = [_wrap(f"- {note}", width) for note in record.notes]
    head = _wrap(_head("", record).removesuffix(", "), width)
    return "\n\n".join(filter(None, (head, grid(rows, width, 3), "\n".join(notes)))) + "\n"


def measured_rows(chip: Chip, records: Sequence[Measurement]) -> list[tuple[str, ...]]:
    """What was measured beside what the sheet prints: best shape, zeros, training mix, the largest buffers.

    Rates in TFLOP/s and TB/s, as sheets have them; a figure that the sheet does not print has no share.
    """
    rows = []
    for record in records:
        largest = max((f.size_bytes or 0 for f in record.figures), default=0)
        for figure in record.figures:
            if figure.what != "matrix_product" and figure.size_bytes in (None, largest):
                rows.append(_row(chip, record, figure))
    return rows


def _row(chip: Chip, record: Measurement, figure: Figure) -> tuple[str, ...]:
    sheet = sheet_figure(chip, figure)
    middle, interval = _told(figure)
    printed = f"{sheet.value / _factor(figure):.4g}" if sheet and sheet.value else ""
    share = f"{measured_share(figure.value, sheet.value):.2f}" if sheet and sheet.value else ""
    watts = record.watts(figure)
    return (_label(figure), printed, middle, interval, share, f"{watts:.0f}" if watts else "")


def _factor(figure: Figure) -> float:
    return sheet_unit("x_tflops" if figure.unit == "FLOP/s" else "x_tb_s")[0]


def _told(figure: Figure) -> tuple[str, str]:
    """The median with its unit, and the 5 % and 95 % points, as sheets have them."""
    low, middle, high = (f"{x / _factor(figure):.4g}" for x in (figure.low, figure.value, figure.high))
    return f"{middle} {'TFLOP/s' if figure.unit == 'FLOP/s' else 'TB/s'}", f"{low} to {high}"


def sheet_figure(chip: Chip, figure: Figure) -> Quantity | None:
    """The sheet's figure in SI on the same basis: dense matrix rate, else vector rate; bandwidth for memory."""
    if figure.precision is None:
        return chip.figure("memory_bandwidth_tb_s")
    return chip.figure(f"dense_tflops.{figure.precision}") or chip.figure(f"vector_tflops.{figure.precision}")


def _label(figure: Figure) -> str:
    data = ", zeros" if figure.data == "zeros" else ""
    if figure.precision is None:
        return f"{figure.what.replace('_', ' ')}, {(figure.size_bytes or 0) / 2**20:g} MiB{data}"
    kind = "training mix" if figure.shape is None else f"best shape {'x'.join(map(str, figure.shape))}"
    return f"{figure.precision} {kind}{data}"


def block(chip: Chip, specs: Specs, width: int) -> str:
    """What `show` adds to a chip's page; empty where nothing was measured."""
    found = load_measurements(specs, chip.id)
    parts = []
    for file, record in found.items():
        rows = measured_rows(chip, [record])
        parts.append(_wrap(_head(file, record), width) + "\n" + _fitted([HEADS, *rows], width))
    return "".join(f"\n{part}\n" for part in parts) + (f"\n{_wrap(CEILING, width)}\n" if parts else "")


def _fitted(rows: list[tuple[str, ...]], width: int) -> str:
    """The grid; without the 5 and 95 % points where the terminal is too narrow for them."""
    text = grid(rows, width, len(HEADS) - 1)
    if max(map(len, text.splitlines())) > width:
        text = grid([row[:3] + row[4:] for row in rows], width, len(HEADS) - 2)
    return text


def _head(file: str, record: Measurement) -> str:
    device = record.device
    facts = [f"Measured {record.date}: {device.name}", f"grade {record.grade}"]
    facts += [f"power limit {device.power_limit_w:g} W"] if device.power_limit_w else []
    facts += [f"{device.memory_reported_mib:,.0f} MiB"] if device.memory_reported_mib else []
    facts += [f"driver {device.driver}"] if device.driver else []
    idle = record.power.get("idle")
    facts += [f"idle {idle.mean_w:.0f} W"] if idle else []
    return ", ".join([*facts, *(f"{key} {value}" for key, value in record.versions.items()), file])


def _wrap(text: str, width: int) -> str:
    return textwrap.fill(text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def to_json(chip: Chip, specs: Specs) -> dict[str, Any]:
    """The records of a chip for `show --format json`; no key where nothing was measured."""
    found: Mapping[str, Measurement] = load_measurements(specs, chip.id)
    records = [{"file": f, **r.model_dump(mode="json", exclude_none=True)} for f, r in found.items()]
    return {"measurements": records} if records else {}
