"""`capacity measure`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity.cli.common import NO_SENTENCE, Format, QuietOption, SpecsOption, emit, offer, refuse_format
from capacity.errors import fail

if TYPE_CHECKING:
    from capacity.render.forms import Forms


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
    format_: Annotated[
        Format | None, typer.Option("--format", "-f", help="How to print the record; nothing: YAML, to be kept.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the record to this file.")] = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Measure matrix products, memory and board power of the device at hand; the result is a record in YAML."""
    from capacity import load, measuring
    from capacity.render import measured

    if format_ is not None:
        refuse_format(format_, NO_SENTENCE)
    if out and not out.absolute().parent.is_dir():
        raise fail("--out", f"no such folder: {out.parent}")
    watch = sys.stderr.isatty() and not quiet

    def progress(phase: str, done: float) -> None:
        if watch:
            sys.stderr.write(f"\r\x1b[K{done:4.0%}  {phase}")
            sys.stderr.flush()

    try:
        kind = device.value if device else None
        record = measuring.measure(kind, seconds, chip=chip, specs=load.open_specs(specs), progress=progress)
    finally:
        if watch:
            sys.stderr.write("\r\x1b[K")
    if format_ is None:
        emit(measured.to_yaml(record), out)
    else:
        forms: Forms = {
            "table": lambda width: measured.table(record, width),
            "json": lambda _: measured.to_data(record),
        }
        offer(forms, format_, out)
    for note in record.notes:
        if not quiet and note.startswith(("no power", "the device calls itself")):
            typer.echo(f"note: {note}", err=True)
