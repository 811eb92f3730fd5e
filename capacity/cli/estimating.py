"""`capacity estimate`."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity.cli.common import (
    Format,
    FormatOption,
    OutOption,
    QuietOption,
    SpecsOption,
    chip_ids,
    emit,
    progress_bar,
    scenario_ids,
    terminal_width,
    write_whole,
)
from capacity.errors import fail

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from capacity.load import Specs
    from capacity.load.input_file import InputFile
    from capacity.model.estimate import Estimate
    from capacity.questions.meaning import Section
    from capacity.resolve import Scenario


class Sampler(StrEnum):
    """How worlds are drawn."""

    random = "random"
    sobol = "sobol"


class By(StrEnum):
    """What results are split by."""

    total = "total"
    owner = "owner"
    site = "site"
    chip = "chip"
    lot = "lot"


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
    str | None, typer.Option("--chip", help="Instead of a scenario: one lot of this chip.", autocompletion=chip_ids)
]
CountOption = Annotated[str | None, typer.Option("--count", help="How many, as a reporter writes it.")]
OwnersOption = Annotated[str | None, typer.Option("--owners", metavar="A,B,C", help="Who has them.")]
StageOption = Annotated[
    str | None,
    typer.Option("--stage", metavar="STAGE", help="How far they are: ordered, shipped …; nothing: approved."),
]
AtOption = Annotated[
    list[str] | None,
    typer.Option("--at", metavar="DATE", help="Beside what is stated, what is in service on this day. Repeatable."),
]
InOption = Annotated[
    str | None, typer.Option("--in", metavar="CHIP", help="With equivalents: the chip to count in; nothing: h100-sxm.")
]
ClusterOption = Annotated[
    float, typer.Option("--cluster", help="With training: the share of the fleet that is one synchronous cluster.")
]
ModelOption = Annotated[
    list[str] | None, typer.Option("--model", metavar="ID", help="With inference: the model to serve. Repeatable.")
]
ContextOption = Annotated[
    int, typer.Option("--context", min=1, max=10_000_000, help="With inference: tokens of each sequence.")
]
DrawsOption = Annotated[int, typer.Option("--draws", min=1, max=100_000_000, help="How many worlds to draw.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Which worlds to draw.")]


def estimate(
    scenario: ScenarioArgument = None,
    chip: ChipOption = None,
    count: CountOption = None,
    owners: OwnersOption = None,
    stage: StageOption = None,
    set_: SetOption = None,
    source: SourceOption = None,
    by: Annotated[By, typer.Option("--by", help="Split the total by this.")] = By.owner,
    at: AtOption = None,
    draws: DrawsOption = 16_384,
    seed: SeedOption = 0,
    sampler: Annotated[
        Sampler, typer.Option("--sampler", help="How worlds are drawn; sobol spreads them more evenly (extra qmc).")
    ] = Sampler.random,
    show: Annotated[
        str | None,
        typer.Option(
            "--show",
            metavar="QUANTITY,…",
            help="Only these, e.g. power.facility; or a question: training, inference, equivalents, context, rules.",
        ),
    ] = None,
    in_: InOption = None,
    cluster: ClusterOption = 0.1,
    models: ModelOption = None,
    context: ContextOption = 4096,
    save: Annotated[
        Path | None, typer.Option("--save", readable=False, help="Write the scenario that this command amounts to.")
    ] = None,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Estimate aggregate FLOP/s, memory, power and energy of a scenario."""
    from capacity.load import open_specs
    from capacity.model import estimate as model
    from capacity.model import page
    from capacity.writing import text

    found = open_specs(specs)
    loaded = load_asked(scenario, chip, count, owners, set_ or [], source, found, stage)
    sections = {}
    whole = format_ in (Format.json, Format.csv)
    shown = show or (None if whole else text.PRINTED)
    with progress_bar(quiet) as progress:
        answer = model.estimate(
            loaded, draws, seed, by=by.value, show=shown, at=at or (), sampler=sampler.value, progress=progress
        )
    if show and (asked := page.asked_sections(show)):
        from capacity.questions import meaning

        options = meaning.Options(in_, cluster, tuple(models or ()), float(context))
        sections = meaning.sections(answer, asked, found, options)
    if save:
        import yaml

        saved = yaml.safe_dump(loaded.document, sort_keys=False, allow_unicode=True, width=100)
        write_whole(save, saved.encode(), "--save")
    emit(render(answer, format_, out, show is not None, sections), out)
    if not quiet and sections and format_ in (Format.csv, Format.sentence):
        typer.echo(f"note: {', '.join(sections)}: in --format table, json and markdown only", err=True)
    if not quiet and format_ is not Format.table:
        for note in loaded.notes:
            typer.echo(f"note: {note}", err=True)


def load_asked(
    scenario: str | None, chip: str | None, count: str | None, owners: str | None,
    sets: list[str], source: str | None, specs: Specs, stage: str | None = None,
) -> Scenario:  # fmt: skip
    """The scenario that the options amount to."""
    from capacity import load

    labels: dict[str, str] = {}
    if chip is None and count is None:
        for option, value in (("--owners", owners), ("--stage", stage)):
            if value is not None:
                raise fail(option, "goes with --chip and --count")
        document = load.scenario_document(scenario or load.DEFAULT_SCENARIO, specs)
    else:
        if chip is None or count is None or scenario is not None:
            raise typer.BadParameter("--chip and --count go together, instead of a scenario")
        import datetime

        chip = load.find_part(("chips",), chip, specs, "--chip", "lots.stated.chip")[1]
        names = [name.strip() for name in owners.split(",")] if owners else []
        document = load.one_lot_document(chip, count, names, datetime.date.today().isoformat(), source)
        if stage is not None:
            document.data["lots"]["stated"]["stage"] = _stage(stage)
        labels = {
            "lots.stated.count": "--count",
            "lots.stated.chip": "--chip",
            "lots.stated.owners": "--owners",
        }
    loaded = load.join_scenario(document, specs, labels)
    loaded = loaded.having(load.typed_settings(sets), source=load.typed_source(source), label="--set")
    notes = _assumed(document, loaded, stage) if labels else ()
    typed = {place for place in labels if place.endswith(".count")}
    return replace(loaded, notes=(*loaded.notes, *notes), commanded=loaded.commanded | typed)


def _stage(text: str) -> str:
    """A stage as typed, or an error that lists the stages in order."""
    from capacity.records.scenario import STAGES

    if text not in STAGES:
        raise fail("--stage", f"unknown stage {text!r}", ", ".join(STAGES))
    return text


def _assumed(document: InputFile, loaded: Scenario, stage: str | None) -> Iterator[str]:
    """What a lot that was typed does not say, and what is taken for it."""
    if stage is None:
        taken = document.data["lots"]["stated"]["stage"]
        yield f"no stage is said: the chips are taken as {taken} (--stage says another)"
    named = ", ".join(owner.name for owner in loaded.file.owners.values() if owner.profile is None)
    if named:
        yield (
            f"no profile is known of {named}: the defaults of an unknown owner hold (--save FILE, then `profile:` "
            "of each owner)"
        )


def render(
    answer: Estimate, format_: Format, out: Path | None, show_all: bool, sections: Mapping[str, Section] | None = None
) -> str:  # fmt: skip
    """The estimate as text of the format asked for."""
    asked = sections or {}
    if format_ in (Format.json, Format.csv):
        from capacity.document.rows import dumps
        from capacity.writing import data

        if format_ is Format.csv:
            return data.to_csv(answer)
        return dumps({**data.to_json(answer), **{name: section.as_dict() for name, section in asked.items()}})
    from capacity.document.citations import Footnotes
    from capacity.writing import text

    if format_ is Format.sentence:
        return text.sentence(answer)
    width = text.MARKDOWN if format_ is Format.markdown else terminal_width() if out is None else 80
    notes = Footnotes()  # one list of sources for all that stands on the page
    above = ""
    if asked:
        from capacity.writing import meaning

        above = meaning.sections_table(answer, asked, width, notes)
    if format_ is Format.table:
        return (above and above + "\n") + text.table(answer, width, show_all, notes)
    if above:
        from capacity.writing.forms import as_markdown

        above = as_markdown(above) + "\n"
    return above + text.markdown(answer, show_all, notes)


def load_set(scenario: str | None, sets: list[str] | None, source: str | None, specs: Path | None) -> Scenario:
    """The scenario asked for, with what `--set` changes in it."""
    from capacity.load import open_specs

    return load_asked(scenario, None, None, None, sets or [], source, open_specs(specs))
