"""`capacity fit`: chips against sites."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from capacity.cli.common import Format, FormatOption, OutOption, QuietOption, SpecsOption, print_answer
from capacity.cli.options import (
    ChipOption,
    CountOption,
    DrawsOption,
    OwnersOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
    SourceOption,
    StageOption,
    load_asked,
)
from capacity.errors import fail

if TYPE_CHECKING:
    from capacity.load import Specs
    from capacity.resolve import Scenario


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
    count: CountOption = None,
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
    from capacity import load
    from capacity.model import estimate as model
    from capacity.questions import fit as question

    wanted = load.measured_quantity(size, "W", "--size") if size else None
    if wanted and (wanted.low or wanted.value or 0.0) < 1:
        raise fail("--size", f"{size!r} is no size of a site", "a watt or more")
    folder = load.open_specs(specs)
    loaded = load_asked(scenario, chip, count, owners, set_ or [], source, folder, stage)
    if site is not None:
        loaded = _at_site(loaded, site, folder)
    answer = model.estimate(loaded, draws, seed, by="site", show=question.SHOW, at=at or ())
    if at is not None:
        promised = any(view.name == "promised" for view in answer.views)
        answer = answer.seen_at(at, "promised" if promised else "in_service")
    print_answer(question.fit(answer, wanted, boundary.value, size or ""), format_, out)


def _at_site(scenario: Scenario, site: str, specs: Specs) -> Scenario:
    """The scenario with its counted lots that name no site at this one."""
    from dataclasses import replace

    from capacity import load
    from capacity.load.input_file import InputFile

    homeless = [name for name in scenario.file.counted if scenario.file.lots[name].site is None]
    if not homeless:
        raise fail("--site", "every counted lot names its site already", "a lot without one")
    lots = {**scenario.document["lots"]}
    lots |= {name: {**lots[name], "site": site} for name in homeless}
    labels = {f"lots.{name}.site": "--site" for name in homeless}
    moved = load.join_scenario(InputFile(scenario.id, {**scenario.document, "lots": lots}), specs, labels)
    return replace(moved, commanded=scenario.commanded)
