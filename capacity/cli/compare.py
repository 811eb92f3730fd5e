"""`capacity compare`: two scenarios in the same worlds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity.cli.common import (
    Format,
    FormatOption,
    OutOption,
    QuietOption,
    SpecsOption,
    WorldsOption,
    offer,
    scenario_ids,
)
from capacity.cli.options import SeedOption, SetOption, SourceOption, load_set

if TYPE_CHECKING:
    from capacity.writing.forms import Forms


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
    from capacity.document.rows import dumps
    from capacity.model.page import asked_results
    from capacity.questions import compare as questions
    from capacity.writing import compare as render

    if b is None and not (set_b or specs_b):
        raise typer.BadParameter("name B, or say with --set-b or --specs-b what is to differ")
    before = load_set(a, set_, source, specs)
    after = load_set(b or a, [*(set_ or []), *(set_b or [])], source, specs_b or specs)
    found = questions.compare(before, after, asked_results(show) if show else questions.HEADLINE, draws, seed)
    forms: Forms = {
        "table": lambda width: render.text(found, width),
        "json": lambda _: dumps(render.to_json(found)),
        "markdown": lambda _: render.markdown(found),
        "sentence": lambda _: render.sentence(found),
    }
    offer(forms, format_, out)
