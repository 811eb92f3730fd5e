"""Board power by NVML: a thread that reads the board, and what its readings amount to."""

from __future__ import annotations

import importlib
import importlib.util
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from capacity.measurement import Power
from capacity.summary import describe

EVERY_S = 0.05
# A reading is the mean of the second before it on Ampere and later boards (NVML reference,
# nvmlDeviceGetPowerUsage), so readings of a phase's first moments still hold the phase before.
AVERAGED_S = 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What the board said at one moment (seconds of the monotonic clock); None where it does not say."""

    at: float
    watts: float | None
    sm_clock_mhz: float | None = None
    memory_clock_mhz: float | None = None
    temperature_c: float | None = None


def summarize_power(readings: Sequence[Reading], start: float, end: float, joules: float | None) -> Power | None:
    """The power of a phase from its readings and, better, the energy that the board counted; None where neither, and
    of phases under a second, which neither can tell from the one before.

    Watts of the first second are left out, since they look back into the phase before.

    >>> made = [Reading(0.5 * i, 100.0 if i < 4 else 300.0) for i in range(10)]
    >>> summarize_power(made, 1.0, 4.5, None).mean_w  # readings at 2.0 to 4.5 count
    300.0
    """
    inside = [r for r in readings if start <= r.at <= end]
    watts = [r.watts for r in inside if r.watts is not None and r.at >= start + AVERAGED_S]
    if end - start < AVERAGED_S or (not watts and not joules):
        return None
    low: float | None = None
    high: float | None = None
    mean = joules / (end - start) if joules else sum(watts) / len(watts)
    if watts:
        _, low, _, high, _ = (round(x, 1) for x in describe(np.array(watts)))
    hottest = [r.temperature_c for r in inside if r.temperature_c is not None]
    return Power(
        seconds=round(end - start, 3), mean_w=round(mean, 1),
        by="energy counter" if joules else "readings", readings=len(watts), low_w=low, high_w=high,
        sm_clock_mhz=_median([r.sm_clock_mhz for r in inside]),
        memory_clock_mhz=_median([r.memory_clock_mhz for r in inside]),
        temperature_c=max(hottest, default=None),
    )  # fmt: skip


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None


@dataclass
class Meter:
    """A board that NVML reads every 50 ms from `start` to `stop`."""

    nvml: Any
    board: Any
    readings: list[Reading] = field(default_factory=list)
    _done: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def _asked(self, name: str, *arguments: Any) -> Any:
        """NVML's answer; None where this board or this library has none."""
        question: Callable[..., Any] | None = getattr(self.nvml, name, None)
        if question is None:
            return None
        try:
            return question(self.board, *arguments)
        except self.nvml.NVMLError:
            return None

    def start(self) -> None:
        """Begin to read."""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while not self._done.wait(EVERY_S):
            milliwatts = self._asked("nvmlDeviceGetPowerUsage")
            self.readings.append(
                Reading(
                    time.monotonic(),
                    milliwatts / 1e3 if milliwatts else None,
                    self._asked("nvmlDeviceGetClockInfo", self.nvml.NVML_CLOCK_SM),
                    self._asked("nvmlDeviceGetClockInfo", self.nvml.NVML_CLOCK_MEM),
                    self._asked("nvmlDeviceGetTemperature", self.nvml.NVML_TEMPERATURE_GPU),
                )
            )

    def joules(self) -> float | None:
        """What the board has counted since its driver was loaded [J]."""
        found = self._asked("nvmlDeviceGetTotalEnergyConsumption")
        return found / 1e3 if found is not None else None

    def stop(self) -> None:
        """Stop reading and let NVML go."""
        self._done.set()
        if self._thread:
            self._thread.join()
            self._thread = None
            self.nvml.nvmlShutdown()

    def facts(self) -> dict[str, Any]:
        """Limits, memory and driver as the board reports them, where it does."""
        limit = self._asked("nvmlDeviceGetEnforcedPowerLimit") or self._asked("nvmlDeviceGetPowerManagementLimit")
        memory = self._asked("nvmlDeviceGetMemoryInfo")
        driver = self.nvml.nvmlSystemGetDriverVersion()
        found = {
            "power_limit_w": limit / 1e3 if limit else None,
            "memory_reported_mib": memory.total / 2**20 if memory else None,
            "sm_clock_max_mhz": self._asked("nvmlDeviceGetMaxClockInfo", self.nvml.NVML_CLOCK_SM),
            "driver": driver.decode() if isinstance(driver, bytes) else driver,
        }
        return {key: value for key, value in found.items() if value is not None}


def open_meter(uuid: str | None) -> Meter | str:
    """The meter of the CUDA device with this id, or why there is none."""
    if importlib.util.find_spec("pynvml") is None:
        return "no power: nvidia-ml-py is not installed (pip install 'capacity[measure]' installs it)"
    nvml = importlib.import_module("pynvml")
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        return f"no power: NVML does not start: {error}"
    try:
        alone = nvml.nvmlDeviceGetCount() == 1
        if uuid and not alone:
            board = nvml.nvmlDeviceGetHandleByUUID(uuid)
        else:
            board = nvml.nvmlDeviceGetHandleByIndex(0 if alone else first_visible())
    except nvml.NVMLError as error:
        nvml.nvmlShutdown()
        return f"no power: NVML does not know the device: {error}"
    return Meter(nvml, board)


def first_visible() -> int:
    """The number of the first board that CUDA may see, by its environment; 0 where that says nothing plain."""
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "").partition(",")[0].strip()
    return int(first) if first.isdecimal() else 0
