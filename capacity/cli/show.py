"""`capacity show`: everything that is known of one part."""

from __future__ import annotations

from typing import Annotated

import typer

from capacity.cli.common import Format, FormatOption, OutOption, QuietOption, SpecsOption, part_ids, print_answer


def show(
    ids: Annotated[
        list[str],
        typer.Argument(
            metavar="ID...",
            autocompletion=part_ids,
            help="A chip, system, scenario, rule, site, owner, grid or assumption; two chips; or: words TEXT.",
        ),
    ],
    rules: Annotated[
        bool, typer.Option("--rules", help="Of chips: the class under each export rule, and why.")
    ] = False,
    format_: FormatOption = Format.table,
    out: OutOption = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Show everything that is known of one part: each number, its grade, its source, what disputes it."""
    from capacity.load import open_specs
    from capacity.questions.show import show as ask

    print_answer(ask(ids, open_specs(specs), rules=rules), format_, out)
