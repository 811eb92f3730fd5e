"""Options that several commands share, and the scenario that they amount to."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity.cli.common import chip_ids, scenario_ids
from capacity.errors import fail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from capacity.load import Specs
    from capacity.load.input_file import InputFile
    from capacity.resolve import Scenario


class By(StrEnum):
    """What results are split by."""

    total = "total"
    owner = "owner"
    site = "site"
    chip = "chip"
    lot = "lot"


class Every(StrEnum):
    """The periods of a series."""

    month = "month"
    quarter = "quarter"
    half = "half"
    year = "year"


ScenarioArgument = Annotated[
    str | None,
    typer.Argument(
        help="A built-in scenario's id or a YAML file; nothing: h200-china-2026-01.", autocompletion=scenario_ids
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PLACE=VALUE", help="Change a number: 1.2, 1.1..1.3 or 'over 400,000'. Repeatable."),
]
SourceOption = Annotated[str | None, typer.Option("--source", help="Who says what you typed.")]
ChipOption = Annotated[
    str | None,
    typer.Option("--chip", help="Instead of a scenario: one lot of this chip, or system.", autocompletion=chip_ids),
]
SystemOption = Annotated[
    str | None, typer.Option("--system", metavar="ID", help="What holds the chips; nothing: what usually holds them.")
]
CountOption = Annotated[str | None, typer.Option("--count", help="How many, as a reporter writes it.")]
OwnersOption = Annotated[str | None, typer.Option("--owners", metavar="A,B,C", help="Who has them.")]
StageOption = Annotated[
    str | None,
    typer.Option("--stage", metavar="STAGE", help="How far they are: ordered, shipped …; nothing: approved."),
]
DueOption = Annotated[
    str | None, typer.Option("--due", metavar="DATE", help="When it is said to be there: 2026-12-31, Q3 2027 …")
]
AtOption = Annotated[
    list[str] | None,
    typer.Option("--at", metavar="DATE", help="Beside what is stated, what is in service on this day. Repeatable."),
]
OneDateOption = Annotated[
    str | None, typer.Option("--at", metavar="DATE", help="What is in service on this day, instead of what is stated.")
]
EveryOption = Annotated[
    Every | None, typer.Option("--every", help="A series: the last day of every month, quarter, half or year.")
]
FromOption = Annotated[str | None, typer.Option("--from", metavar="DATE", help="With --every: from this day on.")]
UntilOption = Annotated[
    str | None,
    typer.Option("--until", metavar="DATE", help="With --every: until this day; nothing: the last promised."),
]
DrawsOption = Annotated[int, typer.Option("--draws", min=1, max=100_000_000, help="How many worlds to draw.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Which worlds to draw.")]


def load_asked(
    scenario: str | None, chip: str | None, count: str | None, owners: str | None,
    sets: list[str], source: str | None, specs: Specs, stage: str | None = None, system: str | None = None,
    due: str | None = None,
) -> Scenario:  # fmt: skip
    """The scenario that the options amount to."""
    from capacity import load

    labels: dict[str, str] = {}
    if chip is None and count is None:
        for option, value in (("--owners", owners), ("--stage", stage), ("--system", system), ("--due", due)):
            if value is not None:
                raise fail(option, "goes with --chip and --count")
        document = load.scenario_document(scenario or load.DEFAULT_SCENARIO, specs)
    else:
        if chip is None or count is None or scenario is not None:
            raise typer.BadParameter("--chip and --count go together, instead of a scenario")
        import datetime

        chip, held = load.find_chip(chip, specs, "--chip", "lots.stated.chip")
        if system is not None:
            held = load.find_part(("systems",), system, specs, "--system", "lots.stated.system")[1]
        names = [name.strip() for name in owners.split(",")] if owners else []
        document = load.one_lot_document(chip, count, names, datetime.date.today().isoformat(), source)
        if held is not None:
            document.data["lots"]["stated"]["system"] = held
        if stage is not None:
            document.data["lots"]["stated"]["stage"] = _stage(stage)
        if due is not None:
            document.data["lots"]["stated"]["due"] = due
        labels = {
            "lots.stated.due": "--due",
            "lots.stated.count": "--count",
            "lots.stated.chip": "--chip",
            "lots.stated.system": "--system",
            "lots.stated.owners": "--owners",
        }
    loaded = load.join_scenario(document, specs, labels)
    loaded = loaded.having(load.typed_settings(sets), source=load.typed_source(source), label="--set")
    notes = _assumed(document, loaded, stage) if labels else ()
    typed = {place for place in labels if place.endswith(".count")}
    return replace(loaded, notes=(*loaded.notes, *notes), commanded=loaded.commanded | typed)


def _stage(text: str) -> str:
    """A stage as typed, in any letter case, or the one that a synonym means."""
    from capacity.load import load_vocabulary
    from capacity.words.stages import StageError, read_stage

    try:
        return read_stage(text, load_vocabulary().stages)
    except StageError as error:
        what, _, allowed = str(error).partition(" (")
        raise fail("--stage", what, allowed.removesuffix(")")) from None


def _assumed(document: InputFile, loaded: Scenario, stage: str | None) -> Iterator[str]:
    """What a lot that was typed does not say, and what is taken for it."""
    if stage is None:
        taken = document.data["lots"]["stated"]["stage"]
        yield f"no stage is given: the chips are taken as {taken} (--stage gives another)"
    named = ", ".join(owner.name for owner in loaded.file.owners.values() if owner.profile is None)
    if named:
        yield (
            f"no profile is known of {named}: the defaults of an unknown owner hold (--save FILE, then `profile:` "
            "of each owner)"
        )


def load_set(scenario: str | None, sets: list[str] | None, source: str | None, specs: Path | None) -> Scenario:
    """The scenario asked for, with what `--set` changes in it."""
    from capacity.load import open_specs

    return load_asked(scenario, None, None, None, sets or [], source, open_specs(specs))
