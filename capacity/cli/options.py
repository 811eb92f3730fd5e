"""Options that several commands share, and the scenario that they amount to."""

from __future__ import annotations

import functools
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from capacity.cli.common import chip_ids, scenario_ids
from capacity.errors import fail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from capacity.load import Scenario, Specs, TypedLot
    from capacity.questions.read import Reading


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
        help="A built-in scenario's id, a YAML file or a sheet; nothing: h200-china-2026-01.",
        autocompletion=scenario_ids,
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
AmountOption = Annotated[
    str | None,
    typer.Option(
        "--amount", "--count", help="How much, as a reporter writes it, unit included: 'over 64 racks', '1.2 GW'."
    ),
]
OfOption = Annotated[
    str | None,
    typer.Option("--of", metavar="RESULT", help="What the amount measures, where it does not say: power.facility …"),
]
SystemOption = Annotated[
    str | None, typer.Option("--system", metavar="ID", help="What holds the chips; nothing: what usually holds them.")
]
DateOption = Annotated[
    str | None,
    typer.Option("--date", metavar="DATE", help="When it was said; nothing: today, of a sheet its latest live date."),
]
SiteOption = Annotated[str | None, typer.Option("--site", metavar="ID", help="Where the chips stand.")]
RegionOption = Annotated[str | None, typer.Option("--region", metavar="ID", help="On which grid they stand.")]
ProfileOption = Annotated[str | None, typer.Option("--profile", metavar="ID", help="What kind of owner it is.")]
LotOption = Annotated[
    list[str] | None,
    typer.Option(
        "--lot",
        metavar="TEXT",
        help="Instead of a scenario: a lot in a line, 'AMOUNT CHIP STAGE DATE for OWNERS due DATE'.",
    ),
]
ColumnsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--columns",
        metavar="HEADING=COLUMN",
        help="Of a sheet: what a heading means, 'GPU type=chip', 'Signed=date day-first'. Repeatable.",
    ),
]
OwnersOption = Annotated[str | None, typer.Option("--owners", metavar="A,B,C", help="Who has them.")]
StageOption = Annotated[
    str | None,
    typer.Option("--stage", metavar="STAGE", help="How far they are: ordered, shipped …; nothing: ordered."),
]
DueOption = Annotated[
    str | None, typer.Option("--due", metavar="DATE", help="When it is said to be there: 2026-12-31, Q3 2027 …")
]
ArriveOption = Annotated[
    str | None,
    typer.Option("--arrive", metavar="SHARE", help="What if only this share of each lot not yet shipped arrives: 50%."),
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
    scenario: str | None, chip: str | None, amount: str | None, owners: str | None,
    sets: list[str], source: str | None, specs: Specs, stage: str | None = None, *,
    system: str | None = None, due: str | None = None, date: str | None = None, site: str | None = None,
    region: str | None = None, profile: str | None = None, of: str | None = None, lots: list[str] | None = None,
    arrive: str | None = None, columns: list[str] | None = None,
) -> Scenario:  # fmt: skip
    """The scenario that the options amount to."""
    from capacity import load
    from capacity.load.files import SHEETS
    from capacity.records.amount import amount_place

    about = {"--owners": owners, "--stage": stage, "--system": system, "--date": date, "--due": due, "--site": site,
             "--region": region, "--profile": profile, "--of": of}  # fmt: skip
    is_sheet = scenario is not None and Path(scenario).suffix.lower() in SHEETS
    day = about.pop("--date") if is_sheet else None
    labels: dict[str, str] = {}
    typed: list[load.TypedLot] = []
    reading: Reading | None = None
    today = load.today()
    if chip is not None or amount is not None:
        if amount is None or scenario is not None or lots:
            raise typer.BadParameter("--chip and --amount go together, instead of a scenario or --lot")
        if chip is None:
            lot = load.read_lot(amount, specs, today, "--amount")
        else:
            chips, held, notes = load.meant_chips(chip, specs, "--chip", "lots.stated.chip")
            lot = load.TypedLot(load.typed_text(amount, "--amount"), chips, held, notes=notes)
        names = tuple(name.strip() for name in load.typed_text(owners, "--owners").split(",")) if owners else ()
        if system:
            system = load.find_part(("systems",), system, specs, "--system", "lots.stated.system")[1]
            if lot.system not in (None, system):
                raise fail("--system", f"{system} beside {lot.system}, which is named already", "one of them")
        at = load.find_part(("sites",), site, specs, "--site", "lots.stated.site")[1] if site else None
        options: dict[str, Any] = {"system": system, "stage": stage, "date": date, "due": due, "owners": names,
                                   "site": at, "of": of, "region": region, "profile": profile}  # fmt: skip
        named = lot.system
        lot = replace(lot, **{key: value for key, value in options.items() if value})
        if chip is not None:
            lot = load.counting(lot, named, specs)
        typed = [load.with_stage(lot, specs, "--stage")]
        labels = {f"lots.stated.{field}": f"--{option}" for field, option in LABELS.items()}
    elif given := [option for option, value in about.items() if value is not None]:
        raise fail(given[0], "goes with --chip and --amount")
    elif lots:
        if scenario is not None:
            raise typer.BadParameter("--lot goes instead of a scenario")
        typed = [load.read_lot(text, specs, today) for text in lots]
        labels = {"lots": "--lot"}
    if typed:
        latest = max((t.date for t in typed if t.date), default=today.isoformat())
        document = load.lots_document(typed, latest, source, specs)
    elif (reading := reading_of(scenario, specs)) is not None:
        document = reading.document_of(str(scenario))
    else:
        document = load.scenario_document(
            scenario or load.DEFAULT_SCENARIO,
            specs,
            load.typed_columns(columns) if columns else None,
            load.typed_day(day, "--date"),
        )
    loaded = load.join_scenario(document, specs, labels)
    loaded = loaded.having(load.typed_settings(sets), source=load.typed_source(source), label="--set")
    if arrive is not None:
        loaded = loaded.having({"arrive": load.typed_text(arrive, "--arrive")}, label="--arrive")
    if reading is not None:
        loaded = replace(loaded, notes=(*loaded.notes, reading.summary()))
    if not typed:
        return loaded
    places = {amount_place(name, lot.count) for name, lot in loaded.file.lots.items()}
    remarks = (*(note for lot in typed for note in lot.notes), *_assumed(loaded, typed))
    return replace(loaded, notes=(*loaded.notes, *remarks), commanded=loaded.commanded | places)


def reading_of(scenario: str | None, specs: Specs) -> Reading | None:
    """The reading of an article in the place of a scenario; None where it is a scenario or a saved report."""
    from capacity import load

    if scenario is None or not load.is_article(scenario):
        return None
    return _read(*load.read_article_file(scenario), specs)


@functools.lru_cache(maxsize=2)  # by the text itself: the memo and the estimate ask for one reading
def _read(text: str, html: bool | None, specs: Specs) -> Reading:
    from capacity.questions.read import read

    return read(text, html=html, specs=specs)


# Which option states what of a lot.
LABELS = {"count": "amount", "amount": "amount", "chip": "chip", "owners": "owners", "system": "system",
          "date": "date", "due": "due", "site": "site", "stage": "stage"}  # fmt: skip


def _assumed(loaded: Scenario, typed: list[TypedLot]) -> Iterator[str]:
    """What lots that were typed do not say, and what is taken for it."""
    if not all(lot.date for lot in typed):
        what = "the latest day said" if any(lot.date for lot in typed) else "today"
        yield f"no date is said of {'a lot' if typed[1:] else 'the lot'}: {loaded.file.as_of}, {what}, is taken"
    named = ", ".join(owner.name for owner in loaded.file.owners.values() if owner.profile is None)
    if named:
        yield (
            f"no profile is known of {named}: the defaults of an unknown owner hold (--profile, or --save FILE and "
            "`profile:` of each owner)"
        )


def load_set(
    scenario: str | None, sets: list[str] | None, source: str | None, specs: Path | None,
    columns: list[str] | None = None, date: str | None = None,
) -> Scenario:  # fmt: skip
    """The scenario asked for, with what `--set` changes in it; `columns` and `date` say what a sheet does not."""
    from capacity.load import open_specs

    library = open_specs(specs)
    return load_asked(scenario, None, None, None, sets or [], source, library, columns=columns, date=date)
