"""`capacity fit`: chips against sites."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from capacity.cli.common import Format, FormatOption, OutOption, QuietOption, SpecsOption, print_answer
from capacity.cli.options import (
    AmountOption,
    ChipOption,
    DrawsOption,
    OwnersOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
    SourceOption,
    StageOption,
    load_asked,
)


class Boundary(StrEnum):
    """Where a site's megawatts are measured."""

    it = "it"
    facility = "facility"
    contracted = "contracted"


def fit(
    scenario: ScenarioArgument = None,
    site: Annotated[str | None, typer.Option("--site", help="Try the chips without a site at this one.")] = None,
    size: Annotated[str | None, typer.Option("--size", help="Sites of which size, e.g. '100 MW'.")] = None,
    boundary: Annotated[Boundary, typer.Option("--boundary", help="What --size measures.")] = Boundary.facility,
    chip: ChipOption = None,
    amount: AmountOption = None,
    owners: OwnersOption = None,
    stage: StageOption = None,
    set_: SetOption = None,
    source: SourceOption = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="DATE", help="What is promised for this day, and the limits of it.")
    ] = None,
    draws: DrawsOption = 16_384,
    seed: SeedOption = 0,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Do these chips fit these sites: what they need, what the sites have, which binds, by how much."""
    from capacity.load import open_specs
    from capacity.questions.fit import fit as ask

    library = open_specs(specs)
    loaded = load_asked(scenario, chip, amount, owners, set_ or [], source, library, stage)
    answer = ask(loaded, site, size, boundary.value, draws, seed, at=at, specs=library)
    print_answer(answer, format_, out)
