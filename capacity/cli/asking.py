"""`capacity explain`, `drivers`, `compare`: what one asks of an estimate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity.cli.common import (
    ALL,
    NO_SENTENCE,
    Format,
    FormatOption,
    OutOption,
    QuietOption,
    SpecsOption,
    offer,
    quantity_addresses,
    refuse_format,
    scenario_ids,
)
from capacity.cli.estimating import ScenarioArgument, SeedOption, SetOption, SourceOption, load_asked

if TYPE_CHECKING:
    from capacity.records.scenario import Scenario
    from capacity.writing.forms import Forms


QuantityArgument = Annotated[
    str, typer.Argument(help="A result, e.g. power.facility.nameplate@tencent.", autocompletion=quantity_addresses)
]
OptionalQuantity = Annotated[
    str | None,
    typer.Argument(
        help="A result, or several with commas; nothing: chips, FLOP/s and facility power.",
        autocompletion=quantity_addresses,
    ),
]
WorldsOption = Annotated[int, typer.Option("--draws", min=64, max=16_384, help="How many worlds to draw.")]


def _asked(scenario: str | None, sets: list[str] | None, source: str | None, specs: Path | None) -> Scenario:
    from capacity.load import open_specs

    return load_asked(scenario, None, None, None, sets or [], source, open_specs(specs))[1]


def explain(
    quantity: QuantityArgument,
    scenario: ScenarioArgument = None,
    set_: SetOption = None,
    source: SourceOption = None,
    draws: WorldsOption = 16_384,
    seed: SeedOption = 0,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """How a result came about: formulas in names and numbers, intervals, sources, each input's share of the spread."""
    from capacity.questions.explain import explain as ask
    from capacity.writing import explain as render
    from capacity.writing.data import dumps

    found = ask(_asked(scenario, set_, source, specs), quantity, draws, seed)
    forms: Forms = {
        "table": lambda width: render.text(found, width),
        "json": lambda _: dumps(render.to_json(found)),
        "csv": lambda _: render.to_csv(found),
        "markdown": lambda _: render.markdown(found),
        "sentence": lambda _: render.sentence(found),
    }
    offer(forms, format_, out)


def drivers(
    quantity: OptionalQuantity = None,
    scenario: ScenarioArgument = None,
    weakest: Annotated[
        bool, typer.Option("--weakest", help="What to look up next: order by low grade × share of the spread.")
    ] = False,
    sources: Annotated[
        bool, typer.Option("--sources", help="Leave out one source at a time: how the result moves without it.")
    ] = False,
    set_: SetOption = None,
    source: SourceOption = None,
    draws: WorldsOption = 8192,
    seed: SeedOption = 0,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Which inputs the spread of a result comes from, and what would narrow it."""
    from capacity.questions import spread
    from capacity.writing import drivers as render
    from capacity.writing.data import dumps

    refuse_format(format_, NO_SENTENCE if sources else ALL)
    asked, scenario = _quantity_or_scenario(quantity, scenario)
    loaded = _asked(scenario, set_, source, specs)
    if sources:
        offer(_without(loaded, asked, draws, seed), format_, out)
        return
    addresses = [spread.resolve(q.strip()) for q in asked.split(",")] if asked else spread.headline(loaded)
    found = spread.influences(loaded, addresses, draws, seed)
    if weakest:
        found = {address: sorted(rows, key=lambda row: -row.urgency) for address, rows in found.items()}
    worlds = spread.worlds(loaded, draws)
    forms: Forms = {
        "table": lambda width: render.texts(found, loaded, width, weakest),
        "json": lambda _: dumps(render.to_json(found, loaded, worlds, seed)),
        "csv": lambda _: render.to_csv(found),
        "markdown": lambda _: render.markdown(found, loaded),
        "sentence": lambda _: render.sentence(found, loaded, worlds, seed),
    }
    offer(forms, format_, out)


def _quantity_or_scenario(quantity: str | None, scenario: str | None) -> tuple[str | None, str | None]:
    """A first word that is a scenario's id or a file's name, and no quantity, is the scenario."""
    if quantity is None or scenario is not None:
        return quantity, scenario
    from capacity.load import Specs
    from capacity.model.page import SHOWN

    name = quantity.partition(",")[0].partition("@")[0]
    is_quantity = any(address == name or address.startswith(name + ".") for address in SHOWN)
    is_scenario = Specs().path("scenarios", quantity) or Path(quantity).is_file()
    return (None, quantity) if is_scenario and not is_quantity else (quantity, scenario)


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="A scenario: an id or a file.", autocompletion=scenario_ids)],
    b: Annotated[
        str | None,
        typer.Argument(
            metavar="B", help="Another; nothing: A again, with --set-b or --specs-b.", autocompletion=scenario_ids
        ),
    ] = None,
    show: Annotated[str | None, typer.Option("--show", metavar="QUANTITY,…", help="Only these results.")] = None,
    set_: SetOption = None,
    set_b: Annotated[
        list[str] | None, typer.Option("--set-b", metavar="PLACE=VALUE", help="Like --set, for B only. Repeatable.")
    ] = None,
    source: SourceOption = None,
    specs: SpecsOption = None,
    specs_b: Annotated[Path | None, typer.Option("--specs-b", help="The folder of specs for B.")] = None,
    draws: WorldsOption = 16_384,
    seed: SeedOption = 0,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    quiet: QuietOption = False,
) -> None:
    """Compare two scenarios in the same worlds: inputs that differ, results that moved, and why."""
    from capacity.model.page import asked_results
    from capacity.questions import compare as questions
    from capacity.writing import compare as render
    from capacity.writing.data import dumps

    if b is None and not (set_b or specs_b):
        raise typer.BadParameter("name B, or say with --set-b or --specs-b what is to differ")
    before = _asked(a, set_, source, specs)
    after = _asked(b or a, [*(set_ or []), *(set_b or [])], source, specs_b or specs)
    found = questions.compare(before, after, asked_results(show) if show else questions.HEADLINE, draws, seed)
    forms: Forms = {
        "table": lambda width: render.text(found, width),
        "json": lambda _: dumps(render.to_json(found)),
        "markdown": lambda _: render.markdown(found),
        "sentence": lambda _: render.sentence(found),
    }
    offer(forms, format_, out)


def _without(scenario: Scenario, asked: str | None, draws: int, seed: int) -> Forms:
    """The table of what each source carries, for one result."""
    from capacity.questions import spread
    from capacity.questions.without import without_each
    from capacity.writing import without as render
    from capacity.writing.data import dumps

    address = spread.resolve(asked or "power.facility.nameplate")
    found = without_each(scenario, address, draws, seed)
    return {
        "table": lambda width: render.text(found, address, scenario, width),
        "json": lambda _: dumps(render.to_json(found, address, scenario)),
    }
