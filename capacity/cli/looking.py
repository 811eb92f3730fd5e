"""`capacity list`, `show`, `validate`, `schema`: look at what is known, check what one has written."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
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
    emit,
    offer,
    part_ids,
    refuse_format,
    terminal_width,
)

if TYPE_CHECKING:
    from capacity.writing.forms import Forms


class Kind(StrEnum):
    """What can be listed."""

    chips = "chips"
    systems = "systems"
    scenarios = "scenarios"
    assumptions = "assumptions"
    rules = "rules"
    hedges = "hedges"
    sites = "sites"
    grids = "grids"
    models = "models"
    comparators = "comparators"
    sources = "sources"


class Market(StrEnum):
    """Where a chip is sold."""

    world = "world"
    china = "china"


class Sort(StrEnum):
    """What a list of chips is sorted by, the most first."""

    bf16 = "bf16"
    fp8 = "fp8"
    memory = "memory"
    bandwidth = "bandwidth"
    tdp = "tdp"
    tpp = "tpp"
    released = "released"


class SchemaKind(StrEnum):
    """What a schema can be had of."""

    chip = "chip"
    system = "system"
    rule = "rule"
    scenario = "scenario"
    assumptions = "assumptions"
    site = "site"
    grid = "grid"
    price = "price"
    workloads = "workloads"


def list_(
    kind: Annotated[Kind, typer.Argument(help="What to list.")],
    vendor: Annotated[str | None, typer.Option("--vendor", help="Of chips: only of this maker.")] = None,
    market: Annotated[
        Market | None, typer.Option("--market", help="Of chips: sold all over the world, or in China alone.")
    ] = None,
    sort: Annotated[Sort | None, typer.Option("--sort", help="Of chips: by this figure, the most first.")] = None,
    weakest: Annotated[
        bool, typer.Option("--weakest", help="Of assumptions: by low grade times influence, the weakest first.")
    ] = False,
    scenario: Annotated[str | None, typer.Option("--scenario", help="With --weakest: in which scenario.")] = None,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """List chips, systems, scenarios, assumptions, rules, hedges, models, comparators or sources."""
    from capacity.errors import fail
    from capacity.load import open_specs
    from capacity.writing import catalogue, chips

    refuse_format(format_, NO_SENTENCE)
    if kind is not Kind.chips and (vendor is not None or market or sort):
        raise fail("list", "--vendor, --market and --sort are for chips", "capacity list chips")
    if weakest and kind is not Kind.assumptions:
        raise fail("list", "--weakest is for assumptions", "capacity list assumptions --weakest")
    known = open_specs(specs)

    def listed(form: str, width: int) -> str:
        if weakest:
            from capacity.writing.places import weakest_listing

            return weakest_listing(scenario, known, form, width)
        if kind is Kind.chips:
            return chips.listing(known, form, width, chips.Pick(vendor, market and market.value, sort and sort.value))
        return catalogue.listing(kind.value, known, form, width)

    offer({form: partial(listed, form) for form in ("table", "json", "csv")}, format_, out, terminal_width())


def show(
    ids: Annotated[
        list[str],
        typer.Argument(
            metavar="ID...",
            autocompletion=part_ids,
            help="A chip, system, scenario, rule or assumption by id or name; two chips; or: words TEXT.",
        ),
    ],
    rules: Annotated[
        bool, typer.Option("--rules", help="Of chips: the class under each export rule, and why.")
    ] = False,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Show everything that is known of one part: each number, its grade, its source, what disputes it."""
    from capacity.load import open_specs
    from capacity.writing import chips

    refuse_format(format_, NO_SENTENCE)
    known = open_specs(specs)

    def shown(form: str, width: int) -> str:
        return chips.shown(ids, known, form, width, rules)

    offer({form: partial(shown, form) for form in ("table", "json")}, format_, out, terminal_width())


def validate(
    files: Annotated[
        list[Path],
        typer.Argument(
            readable=False,
            help="YAML files of scenarios, chips, systems, rules, assumptions, or workloads.",
        ),
    ],
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
            found[path] = validate_file(path, open_specs(specs), _results)
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


def schema(
    kind: Annotated[SchemaKind, typer.Argument(help="Of what.")],
    format_: FormatOption = Format.json,
    out: OutOption = None,
    quiet: QuietOption = False,
) -> None:
    """Print the JSON Schema of a file, for editors."""
    from capacity.load import record_of

    refuse_format(format_, ("json",))
    from capacity.writing.data import dumps

    emit(dumps(record_of(kind.value).model_json_schema()), out)
