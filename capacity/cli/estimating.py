"""`capacity estimate`."""

from __future__ import annotations

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
    scenario_ids,
    terminal_width,
    write_whole,
)
from capacity.errors import fail

if TYPE_CHECKING:
    from capacity.document import Document
    from capacity.load import Specs
    from capacity.model import Estimate
    from capacity.scenario import Scenario


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
DrawsOption = Annotated[int, typer.Option("--draws", min=1, max=100_000_000, help="How many worlds to draw.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Which worlds to draw.")]


def estimate(
    scenario: ScenarioArgument = None,
    chip: ChipOption = None,
    count: CountOption = None,
    owners: OwnersOption = None,
    set_: SetOption = None,
    source: SourceOption = None,
    by: Annotated[By, typer.Option("--by", help="Split the total by this.")] = By.owner,
    draws: DrawsOption = 16_384,
    seed: SeedOption = 0,
    show: Annotated[
        str | None,
        typer.Option("--show", metavar="QUANTITY,…", help="Only these, e.g. power.facility,servers."),
    ] = None,
    save: Annotated[
        Path | None, typer.Option("--save", help="Write the scenario that this command amounts to.")
    ] = None,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Estimate aggregate FLOP/s, memory, power and energy of a scenario."""
    from capacity import model
    from capacity.load import open_specs

    document, loaded = load_asked(scenario, chip, count, owners, set_ or [], source, open_specs(specs))
    answer = model.estimate(loaded, draws, seed, by=by.value, show=show)
    if save:
        import yaml

        text = yaml.safe_dump(document.data, sort_keys=False, allow_unicode=True, width=100)
        write_whole(save, text.encode(), "--save")
    emit(render(answer, format_, out, show is not None), out)
    if not quiet and format_ is not Format.table:
        for note in loaded.notes:
            typer.echo(f"note: {note}", err=True)


def load_asked(
    scenario: str | None, chip: str | None, count: str | None, owners: str | None,
    sets: list[str], source: str | None, specs: Specs,
) -> tuple[Document, Scenario]:  # fmt: skip
    """The scenario that the options amount to, and the document that says so."""
    from capacity import load

    labels: dict[str, str] = {}
    if chip is None and count is None:
        if owners is not None:
            raise fail("--owners", "goes with --chip and --count")
        document = load.scenario_document(scenario or load.DEFAULT_SCENARIO, specs)
    else:
        if chip is None or count is None or scenario is not None:
            raise typer.BadParameter("--chip and --count go together, instead of a scenario")
        import datetime

        names = [name.strip() for name in owners.split(",")] if owners else []
        document = load.one_lot_document(chip, count, names, datetime.date.today().isoformat(), source)
        labels = {
            "lots.stated.count": "--count",
            "lots.stated.chip": "--chip",
            "lots.stated.owners": "--owners",
        }
    labels |= load.commanded_document(document, sets, source)
    return document, load.join_scenario(document, specs, labels)


def render(answer: Estimate, format_: Format, out: Path | None, show_all: bool) -> str:
    """The estimate as text of the format asked for."""
    if format_ in (Format.json, Format.csv):
        from capacity.render import data

        return data.to_csv(answer) if format_ is Format.csv else data.dumps(data.to_json(answer))
    from capacity.render import text

    if format_ is Format.table:
        return text.table(answer, terminal_width() if out is None else 80, show_all)
    return text.sentence(answer) if format_ is Format.sentence else text.markdown(answer, show_all)
