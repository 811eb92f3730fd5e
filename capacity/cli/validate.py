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
from capacity.cli.options import ColumnsOption, DateOption
from capacity.cli.schema import SchemaKind


def validate(
    files: Annotated[
        list[Path],
        typer.Argument(
            readable=False,
            help="Scenarios, sheets of deals (.csv .tsv .xlsx), chips, systems, or any other file of a specs folder.",
        ),
    ],
    kind: Annotated[
        SchemaKind | None, typer.Option("--kind", help="What the files hold, where neither folder nor name says it.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="ARTICLE", help="Prove that each quote and number stands there."),
    ] = None,
    columns: ColumnsOption = None,
    date: DateOption = None,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Check files; every fault of every file is one line."""
    from capacity.errors import InputError
    from capacity.load import typed_columns
    from capacity.questions.validate import validate as ask

    refuse_format(format_, NO_SENTENCE)
    if against is not None:
        return _hold_against(files, against, format_, out, specs)
    answer = ask(*files, kind=kind and kind.value, columns=typed_columns(columns or ()), date=date, specs=specs)
    if format_ is Format.table:  # a line per file, as the faults below are; the faults are the error's own lines
        valid = [f"{path}: a valid {what}\n" for path, what in answer.files.items() if isinstance(what, str)]
        emit("" if quiet else "".join(valid), out)
    else:
        print_answer(answer, format_, out)
    if answer.faults:
        raise InputError(answer.faults)


def _hold_against(files: list[Path], article: str, format_: Format, out: Path | None, specs: Path | None) -> None:
    """Check one scenario, then hold it against an article; exit 3 where a quote or number does not stand there."""
    from capacity.errors import InputError, fail
    from capacity.load import open_specs, read_article_file, read_document
    from capacity.questions.read import against as hold
    from capacity.questions.validate import validate as ask

    if len(files) != 1:
        raise fail("--against", f"{len(files)} files", "one scenario")
    checked = ask(files[0], specs=specs)
    if checked.faults:
        raise InputError(checked.faults)
    text, html = read_article_file(article)
    library = open_specs(specs)
    answer = hold(str(files[0]), read_document(files[0]), text, article, html=html, specs=library)
    print_answer(answer, format_, out)
    if not answer.holds:
        raise typer.Exit(3)
