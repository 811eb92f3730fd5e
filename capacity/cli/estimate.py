"""`capacity estimate`."""

from __future__ import annotations

import dataclasses
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
    print_answer,
    progress_bar,
)
from capacity.cli.options import (
    AmountOption,
    ArriveOption,
    AtOption,
    By,
    ChipOption,
    ColumnsOption,
    DateOption,
    DrawsOption,
    DueOption,
    EveryOption,
    FromOption,
    LotOption,
    OfOption,
    OwnersOption,
    ProfileOption,
    RegionOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
    SiteOption,
    SourceOption,
    StageOption,
    SystemOption,
    UntilOption,
    load_asked,
    reading_of,
)


class Sampler(StrEnum):
    """How worlds are drawn."""

    random = "random"
    sobol = "sobol"


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


def estimate(
    scenario: ScenarioArgument = None,
    chip: ChipOption = None,
    amount: AmountOption = None,
    owners: OwnersOption = None,
    stage: StageOption = None,
    of: OfOption = None,
    system: SystemOption = None,
    due: DueOption = None,
    date: DateOption = None,
    site: SiteOption = None,
    region: RegionOption = None,
    profile: ProfileOption = None,
    lots: LotOption = None,
    arrive: ArriveOption = None,
    columns: ColumnsOption = None,
    set_: SetOption = None,
    source: SourceOption = None,
    by: Annotated[By, typer.Option("--by", help="Split the total by this.")] = By.owner,
    at: AtOption = None,
    every: EveryOption = None,
    from_: FromOption = None,
    until: UntilOption = None,
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
    wide: Annotated[bool, typer.Option("--wide", help="With --format csv: a column for each date.")] = False,
    full: Annotated[
        bool, typer.Option("--full", help="All results, inputs and sources, not a screen and a half.")
    ] = False,
    cite: Annotated[
        bool, typer.Option("--cite", help="With --format sentence: whom to cite on a line of its own.")
    ] = False,
    save: Annotated[
        Path | None, typer.Option("--save", readable=False, help="Write the scenario that this command amounts to.")
    ] = None,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Estimate aggregate FLOP/s, memory, power and energy of a scenario."""
    from capacity.errors import visible
    from capacity.load import DEFAULT_SCENARIO, open_specs
    from capacity.questions.estimate import estimate as ask
    from capacity.questions.memo import PRINTED

    options = None
    if show:
        from capacity.questions.sections import Options

        options = Options(in_, cluster, tuple(models or ()), float(context))
    library = open_specs(specs)
    loaded = load_asked(
        scenario, chip, amount, owners, set_ or [], source, library, stage, system=system, due=due, date=date,
        site=site, region=region, profile=profile, of=of, lots=lots, arrive=arrive, columns=columns,
    )  # fmt: skip
    whole = format_ in (Format.json, Format.csv)
    with progress_bar(quiet) as progress:
        answer = ask(
            loaded, draws, seed, by=by.value, show=show or (None if whole else PRINTED), at=at or (),
            every=every.value if every else None, from_=from_, until=until, wide=wide,
            sampler=sampler.value, progress=progress, specs=library, full=full,
            options=options,
        )  # fmt: skip
    if chip is None and not set_ and not lots and arrive is None and not columns and date is None:
        answer = dataclasses.replace(answer, called=scenario or DEFAULT_SCENARIO)
    if cite:
        answer = dataclasses.replace(answer, cite=True)
    if save:
        loaded.save(save)
    reading = reading_of(scenario, library) if format_ in (Format.table, Format.markdown) else None
    print_answer(answer, format_, out, f"{reading.above()}\n\n" if reading else "")
    if not quiet and answer.sections and format_ in (Format.csv, Format.sentence):
        typer.echo(f"note: {', '.join(answer.sections)}: in --format table, json and markdown only", err=True)
    if not quiet and format_ is not Format.table:
        for note in loaded.notes:
            typer.echo(visible(f"note: {note}"), err=True)
