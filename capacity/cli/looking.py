"""`capacity list`, `show`, `validate`, `schema`: look at what is known, check what one has written."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from capacity.cli.common import (
    Format,
    FormatOption,
    OutOption,
    QuietOption,
    SpecsOption,
    emit,
    part_ids,
    refuse_format,
    terminal_width,
)


class Kind(StrEnum):
    """What can be listed."""

    chips = "chips"
    systems = "systems"
    scenarios = "scenarios"
    assumptions = "assumptions"
    hedges = "hedges"
    sources = "sources"


class SchemaKind(StrEnum):
    """What a schema can be had of."""

    chip = "chip"
    system = "system"
    scenario = "scenario"
    assumptions = "assumptions"


def list_(
    kind: Annotated[Kind, typer.Argument(help="What to list.")],
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """List chips, systems, scenarios, assumptions, hedges or sources."""
    from capacity.load import open_specs
    from capacity.render import catalogue

    refuse_format(format_, ("table", "json", "csv"))
    emit(catalogue.listing(kind.value, open_specs(specs), format_.value, terminal_width()), out)


def show(
    id_: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="A chip, system, scenario or assumption; or: hedge.", autocompletion=part_ids
        ),
    ],
    text: Annotated[str | None, typer.Argument(help="For hedge: the reporter's words.")] = None,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Show everything that is known of one part: each number, its grade, its source, what disputes it."""
    from capacity.load import open_specs
    from capacity.render import catalogue

    refuse_format(format_, ("table", "json"))
    emit(catalogue.page(id_, text, open_specs(specs), format_.value, terminal_width()), out)


def validate(
    files: Annotated[list[Path], typer.Argument(help="YAML files of scenarios, chips, systems or assumptions.")],
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Check files; every fault of every file is one line."""
    from capacity.errors import Fault, InputError
    from capacity.load import open_specs, validate_file

    faults: list[Fault] = []
    for path in files:
        try:
            kind = validate_file(path, open_specs(specs))
            if not quiet:
                sys.stdout.write(f"{path}: a valid {kind}\n")
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)


def schema(
    kind: Annotated[SchemaKind, typer.Argument(help="Of what.")],
    out: OutOption = None,
    quiet: QuietOption = False,
) -> None:
    """Print the JSON Schema of a file, for editors."""
    from capacity.load import RECORDS
    from capacity.render.data import dumps

    emit(dumps(RECORDS[kind.value].model_json_schema()), out)
