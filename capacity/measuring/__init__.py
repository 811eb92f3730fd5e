"""Measuring the device at hand: what is timed, on which library, at what power, and the record of it."""

from __future__ import annotations

from collections.abc import Callable

from capacity.chip import Chip
from capacity.errors import fail
from capacity.load import Specs, load_chip
from capacity.measurement import Measurement
from capacity.measuring.devices import TorchDevice, open_device
from capacity.measuring.power import Meter, open_meter
from capacity.measuring.session import measure_device


def measure(
    device: str | None = None, seconds: float = 60.0, *, chip: str | None = None, specs: Specs | None = None,
    progress: Callable[[str, float], None] = lambda phase, done: None,
) -> Measurement:  # fmt: skip
    """Measure `cuda` or `cpu` (None: cuda where there is one) for about so many seconds, as the chip of this id.

    `progress` is told each phase and the share of the time that has passed. Raises `InputError` where the device,
    the library that drives it or the chip is not there, or nothing could be measured.
    """
    sheet = load_chip(chip, specs) if chip else None
    found = open_device(device)
    if chip and found.kind == "cpu":
        raise fail("--chip", f"a CPU would be measured, which is not {chip}", "with --device cuda")
    meter = open_meter(found.uuid()) if isinstance(found, TorchDevice) and found.kind == "cuda" else None
    doubts = [meter] if isinstance(meter, str) else []
    doubts += name_doubts(sheet, str(found.facts()["name"]))
    return measure_device(found, seconds, meter if isinstance(meter, Meter) else None, chip, doubts, progress)


def name_doubts(sheet: Chip | None, name: str) -> list[str]:
    """A word of doubt where the device does not call itself what its sheet calls the chip.

    >>> name_doubts(load_chip("h200-sxm"), "NVIDIA H200"), len(name_doubts(load_chip("h200-sxm"), "NVIDIA L4"))
    ([], 1)
    """
    if sheet is None or name.lower() in (known.lower() for known in (sheet.name, *sheet.aliases)):
        return []
    return [f"the device calls itself {name!r}, which is no name of {sheet.id} on its sheet"]
