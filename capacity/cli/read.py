"""`capacity read`: an article as a draft scenario, with quotes and open questions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from capacity.cli.common import Format, FormatOption, OutOption, QuietOption, SpecsOption, print_answer, write_whole


def read(
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="An article: .txt, .md, .html; - for what is piped in.")
    ],
    date: Annotated[
        str | None,
        typer.Option("--date", metavar="DATE", help="The article's day; nothing: as in its first lines, or today."),
    ] = None,
    save: Annotated[
        Path | None, typer.Option("--save", readable=False, help="Write the draft scenario to this file.")
    ] = None,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Read an article: its quantities with their words, what was set aside and why, and what it leaves open."""
    from capacity.load import open_specs, read_article_file
    from capacity.questions.read import read as ask

    text, html = read_article_file(file)
    reading = ask(text, date, html=html, specs=open_specs(specs))
    print_answer(reading, format_, out)
    if save is not None:
        if reading.draft.mapping()["lots"]:
            write_whole(save, reading.yaml().encode(), "--save")
        elif not quiet:
            typer.echo(
                f"note: nothing to save: no quantity says how many of which chip; {save} is not written", err=True
            )
