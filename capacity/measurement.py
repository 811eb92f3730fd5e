"""What a device was measured to do: rates, bandwidths and watts, with their spread, conditions and method."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from capacity.chip import Precision
from capacity.quantity import Number
from capacity.source import Grade, Record, Slug

What = Literal["matrix_product", "best_matrix_product", "training_mix", "memory_copy", "memory_read"]
Positive = Annotated[Number, Field(gt=0)]
Whole = Annotated[int, Field(strict=True, ge=1)]


class Device(Record):
    """The device as it calls itself, and the limits that it ran under."""

    kind: Literal["cuda", "cpu"]
    name: str = Field(min_length=1)
    cores: Whole | None = None
    memory_reported_mib: Positive | None = None
    power_limit_w: Positive | None = None
    sm_clock_max_mhz: Positive | None = None
    driver: str | None = None


class Power(Record):
    """Board power in one phase; `mean_w` by the energy counter where there is one, else by the readings.

    `low_w` and `high_w` are the 5 % and 95 % points of the readings; clocks are medians, the temperature the highest.
    """

    seconds: Positive
    mean_w: Positive
    by: Literal["energy counter", "readings"]
    readings: Annotated[int, Field(strict=True, ge=0)]
    low_w: Positive | None = None
    high_w: Positive | None = None
    sm_clock_mhz: Positive | None = None
    memory_clock_mhz: Positive | None = None
    temperature_c: Number | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.low_w is None) != (self.high_w is None):
            raise ValueError("low_w and high_w go together (both or none)")
        if self.low_w is not None and self.high_w is not None and self.low_w > self.high_w:
            raise ValueError(f"low_w {self.low_w:g} is above high_w {self.high_w:g} (low_w at most high_w)")
        return self


class Figure(Record):
    """One measured rate: the median over repeats, between their 5 % and 95 % points.

    `shape` is (m, n, k) of one product; a training mix has none. `phase` names the power record of the phase.
    """

    what: What
    precision: Precision | None = None
    shape: Annotated[tuple[Whole, ...], Field(min_length=3, max_length=3)] | None = None
    size_bytes: Whole | None = None
    data: Literal["random", "zeros"]
    unit: Literal["FLOP/s", "B/s"]
    low: Positive
    value: Positive
    high: Positive
    repeats: Whole
    method: str = Field(min_length=3)
    phase: str | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"{self.value:g} is not within {self.low:g} to {self.high:g} (low, value, high in order)")
        memory = self.what.startswith("memory_")
        if self.unit != ("B/s" if memory else "FLOP/s"):
            raise ValueError(f"{self.what} in {self.unit} ({'B/s' if memory else 'FLOP/s'})")
        if memory != (self.size_bytes is not None) or memory == (self.precision is not None):
            raise ValueError("a product has a precision, a memory figure a size_bytes (the one, not the other)")
        if self.what.endswith("matrix_product") != (self.shape is not None):
            raise ValueError("a single product has a shape, nothing else has (m, n, k)")
        return self


class Measurement(Record):
    """One run of `capacity measure` on one device; `chip` is the id of the sheet that it is compared with."""

    device: Device
    chip: Slug | None = None
    date: date
    grade: Grade
    seconds: Positive
    versions: dict[str, str]
    figures: Annotated[tuple[Figure, ...], Field(min_length=1)]
    power: dict[str, Power] = {}
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.chip and self.device.kind == "cpu":
            raise ValueError(f"a CPU was measured, which is not {self.chip} (no chip, or a device of kind cuda)")
        lost = sorted({f.phase for f in self.figures if f.phase and f.phase not in self.power})
        if lost:
            raise ValueError(f"phase {', '.join(lost)} has no record under power (a phase that power names)")
        return self

    def watts(self, figure: Figure) -> float | None:
        """Mean board power while a figure was taken [W]; None where it was not metered."""
        return self.power[figure.phase].mean_w if figure.phase else None
