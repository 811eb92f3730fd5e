"""`capacity list`: every part of a kind."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from capacity.cli.common import Format, FormatOption, OutOption, QuietOption, SpecsOption, print_answer


class Kind(StrEnum):
    """What can be listed."""

    chips = "chips"
    systems = "systems"
    scenarios = "scenarios"
    assumptions = "assumptions"
    rules = "rules"
    hedges = "hedges"
    sites = "sites"
    owners = "owners"
    grids = "grids"
    models = "models"
    comparators = "comparators"
    sources = "sources"
    stages = "stages"


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
    """List chips, systems, scenarios, sites, owners, grids, assumptions, rules, hedges, models or sources."""
    from capacity.errors import fail
    from capacity.load import open_specs
    from capacity.questions.list import list_parts

    folders = open_specs(specs)
    if weakest:
        from capacity import load
        from capacity.questions.drivers import drivers

        if kind is not Kind.assumptions:
            raise fail("list", "--weakest is for assumptions", "capacity list assumptions --weakest")
        loaded = load.load_scenario(scenario or load.DEFAULT_SCENARIO, specs=folders)
        return print_answer(drivers(loaded, weakest=True), format_, out)
    picked = {"vendor": vendor, "market": market and market.value, "sort": sort and sort.value}
    print_answer(list_parts(kind.value, folders, **picked), format_, out)
