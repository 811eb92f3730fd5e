"""`capacity measure`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity.cli.common import QuietOption, SpecsOption, emit
from capacity.errors import fail

if TYPE_CHECKING:
    from capacity.chip import Chip


class DeviceKind(StrEnum):
    """What can be measured."""

    cuda = "cuda"
    cpu = "cpu"


def measure(
    device: Annotated[
        DeviceKind | None, typer.Option("--device", help="Which device; cuda where there is one, else cpu.")
    ] = None,
    seconds: Annotated[
        float, typer.Option("--seconds", min=1, max=86_400, help="How long the measurement may take in all.")
    ] = 60.0,
    chip: Annotated[
        str | None, typer.Option("--chip", help="The chip's id, so that `show` puts the record beside its sheet.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the record to this file.")] = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Measure matrix products, memory and board power of the device at hand; the result is a record in YAML."""
    from capacity import load
    from capacity.measuring import devices, power, session
    from capacity.render import measured

    sheet = load.load_chip(chip, load.open_specs(specs)) if chip else None
    if out and not out.absolute().parent.is_dir():
        raise fail("--out", f"no such folder: {out.parent}")
    found = devices.open_device(device.value if device else None)
    if chip and found.kind == "cpu":
        raise fail("--chip", f"a CPU would be measured, which is not {chip}", "with --device cuda")
    meter = power.open_meter(found.uuid()) if isinstance(found, devices.TorchDevice) and found.kind == "cuda" else None
    watch = sys.stderr.isatty() and not quiet

    def progress(name: str, done: float) -> None:
        if watch:
            sys.stderr.write(f"\r\x1b[K{done:4.0%}  {name}")
            sys.stderr.flush()

    try:
        record = session.measure(found, seconds, meter, chip, progress)
    finally:
        if watch:
            sys.stderr.write("\r\x1b[K")
    emit(measured.to_yaml(record), out)
    if not quiet:
        doubts = [n for n in record.notes if n.startswith("no power")] + _stranger(sheet, record.device.name)
        for note in doubts:
            typer.echo(f"note: {note}", err=True)


def _stranger(sheet: Chip | None, name: str) -> list[str]:
    """A word of doubt where the device does not call itself what its sheet calls the chip."""
    if sheet is None or name.lower() in (known.lower() for known in (sheet.name, *sheet.aliases)):
        return []
    return [f"the device calls itself {name!r}, which is no name of {sheet.id} on its sheet"]
