"""`capacity solve`, `fit`, `paths`: power and money back to chips, chips against sites, reports against each other."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from capacity.cli.common import (
    Format,
    FormatOption,
    OutOption,
    QuietOption,
    SpecsOption,
    offer,
    terminal_width,
)
from capacity.cli.estimating import (
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
    from capacity.writing.forms import Forms


class Boundary(StrEnum):
    """Where a site's megawatts are measured."""

    it = "it"
    facility = "facility"
    contracted = "contracted"


TargetOption = Annotated[
    str, typer.Option("--target", metavar="QUANTITY=VALUE", help="E.g. 'power.facility.nameplate=500 MW'.")
]
ForOption = Annotated[str, typer.Option("--for", metavar="lots.NAME.count", help="Whose chips to solve for.")]


def solve(
    target: TargetOption,
    for_: ForOption,
    scenario: ScenarioArgument = None,
    set_: SetOption = None,
    source: SourceOption = None,
    draws: DrawsOption = 16_384,
    seed: SeedOption = 0,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """How many chips of one lot bring a result (MW, FLOP/s, energy, budget …) to a target."""
    from capacity.load import open_specs
    from capacity.questions import solve as question
    from capacity.writing import siting

    asked = question.read_target(target)
    _, loaded = load_asked(scenario, None, None, None, set_ or [], source, open_specs(specs))
    found = question.solve(loaded, asked, for_, draws, seed)
    forms: Forms = {
        "table": lambda width: siting.solution_table(found, width),
        "json": lambda _: siting.solution_json(found),
        "sentence": lambda _: siting.solution_sentence(found),
    }
    offer(forms, format_, out, terminal_width())


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
    from capacity.writing import siting

    wanted = load.measured_quantity(size, "W", "--size") if size else None
    if wanted and (wanted.low or wanted.value or 0.0) < 1:
        raise fail("--size", f"{size!r} is no size of a site", "a watt or more")
    folder = load.open_specs(specs)
    document, loaded = load_asked(scenario, chip, count, owners, set_ or [], source, folder, stage)
    if site is not None:
        labels = {}
        for name in loaded.file.counted:
            if loaded.file.lots[name].site is None:
                document.data["lots"][name]["site"] = site
                labels[f"lots.{name}.site"] = "--site"
        if not labels:
            raise fail("--site", "every counted lot names its site already", "a lot without one")
        loaded = load.join_scenario(document, folder, labels | dict.fromkeys(loaded.commanded, "--set"))
    answer = model.estimate(loaded, draws, seed, by="site", show=question.SHOW)
    found = question.fits(answer)
    rest = question.unplaced(answer, wanted, boundary.value)
    head = (loaded, draws, seed)
    forms: Forms = {
        "table": lambda width: siting.fits_table(loaded, found, rest, size, width),
        "json": lambda _: siting.fits_json(head, found, rest),
        "sentence": lambda _: siting.fits_sentence(head, found, rest),
    }
    offer(forms, format_, out, terminal_width())


def paths(
    site: Annotated[str, typer.Argument(metavar="SITE", help="A site's id; capacity list sites.")],
    mix: Annotated[
        str | None, typer.Option("--mix", metavar="CHIP=SHARE,…", help="Which chips, where no count is reported.")
    ] = None,
    draws: DrawsOption = 16_384,
    seed: SeedOption = 0,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """What a site's chip count, megawatts and spend each amount to, combined, and whether they agree."""
    from capacity.load import open_specs
    from capacity.questions.paths import reconcile
    from capacity.writing import siting

    found = reconcile(site, read_mix(mix or ""), open_specs(specs), draws, seed)
    forms: Forms = {
        "table": lambda width: siting.paths_table(found, width),
        "json": lambda _: siting.paths_json(found),
        "sentence": lambda _: siting.paths_sentence(found),
    }
    offer(forms, format_, out, terminal_width())


def read_mix(text: str) -> dict[str, float]:
    """`h200-sxm=0.7,h20=0.3` as shares; a bare id has the share 1."""
    found: dict[str, float] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        chip, equals, share = part.partition("=")
        try:
            value = float(share) if equals else 1.0
        except ValueError:
            raise fail("--mix", f"{share!r} is no number", "CHIP=SHARE") from None
        if not 0 < value < float("inf") or chip in found:
            raise fail("--mix", f"{part!r} cannot be used", "each chip once, shares above 0")
        found[chip] = value
    return found
