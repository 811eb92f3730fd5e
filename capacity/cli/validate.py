"""`capacity validate`: check what one has written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity.cli.common import (
    NO_SENTENCE,
    Format,
    FormatOption,
    OutOption,
    QuietOption,
    SpecsOption,
    offer,
    refuse_format,
)
from capacity.cli.schema import SchemaKind

if TYPE_CHECKING:
    from capacity.writing.forms import Forms


def validate(
    files: Annotated[
        list[Path],
        typer.Argument(
            readable=False,
            help="Scenarios, sheets of deals (CSV), chips, systems, or any other file of a specs folder.",
        ),
    ],
    kind: Annotated[
        SchemaKind | None, typer.Option("--kind", help="What the files hold, where neither folder nor name says it.")
    ] = None,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Check files; every fault of every file is one line."""
    from capacity.errors import Fault, InputError
    from capacity.load import open_specs, validate_file
    from capacity.writing import validation as render

    refuse_format(format_, NO_SENTENCE)
    found: dict[Path, str | tuple[Fault, ...]] = {}
    for path in files:
        try:
            found[path] = validate_file(path, open_specs(specs), _results, kind.value if kind else None)
        except InputError as error:
            found[path] = error.faults
    forms: Forms = {
        "table": lambda _: "" if quiet else render.text(found),
        "json": lambda _: render.to_json(found),
        "markdown": lambda _: render.markdown(found),
    }
    offer(forms, format_, out)
    faults = [fault for told in found.values() if not isinstance(told, str) for fault in told]
    if faults:
        raise InputError(faults)


def _results() -> tuple[str, ...]:
    """The addresses that claims may speak of, read when a file has claims."""
    from capacity.model.page import SHOWN

    return SHOWN
