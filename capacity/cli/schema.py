"""`capacity schema`: the JSON Schema of a file, for editors."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from capacity.cli.common import Format, FormatOption, OutOption, QuietOption, emit, refuse_format


class SchemaKind(StrEnum):
    """What a schema can be had of."""

    chip = "chip"
    system = "system"
    rule = "rule"
    scenario = "scenario"
    assumptions = "assumptions"
    site = "site"
    owner = "owner"
    grid = "grid"
    price = "price"
    workloads = "workloads"
    ledger = "ledger"
    models = "models"
    comparators = "comparators"
    lines = "lines"
    claims = "claims"
    hedges = "hedges"
    units = "units"
    stages = "stages"
    reading = "reading"
    dates = "dates"
    headings = "headings"
    families = "families"
    vendors = "vendors"
    integrity = "integrity"


def schema(
    kind: Annotated[SchemaKind, typer.Argument(help="Of what.")],
    format_: FormatOption = Format.json,
    out: OutOption = None,
    quiet: QuietOption = False,
) -> None:
    """Print the JSON Schema of a file, for editors."""
    from capacity.load import record_of

    refuse_format(format_, ("json",))
    from capacity.document.rows import dumps

    emit(dumps(record_of(kind.value).model_json_schema()), out)
