"""`capacity validate`: check what one has written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from capacity.cli.common import (
    NO_SENTENCE,
    Format,
    FormatOption,
    OutOption,
    QuietOption,
    SpecsOption,
    emit,
    print_answer,
    refuse_format,
)
from capacity.cli.schema import SchemaKind


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
    from capacity.errors import InputError
    from capacity.questions.validate import validate as ask

    refuse_format(format_, NO_SENTENCE)
    answer = ask(*files, kind=kind and kind.value, specs=specs)
    if format_ is Format.table:  # a line per file, as the faults below are; the faults are the error's own lines
        valid = [f"{path}: a valid {what}\n" for path, what in answer.files.items() if isinstance(what, str)]
        emit("" if quiet else "".join(valid), out)
    else:
        print_answer(answer, format_, out)
    if answer.faults:
        raise InputError(answer.faults)
