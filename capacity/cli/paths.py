"""`capacity paths`: reports of one site against each other."""

from __future__ import annotations

from typing import Annotated

import typer

from capacity.cli.common import Format, FormatOption, OutOption, QuietOption, SpecsOption, print_answer
from capacity.cli.options import DrawsOption, SeedOption
from capacity.errors import fail


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
    from capacity.questions.paths import paths as ask

    shares = read_mix(mix or "")
    answer = ask(site, shares, draws, seed, specs=specs)
    print_answer(answer, format_, out)


def read_mix(text: str) -> dict[str, float]:
    """`h200-sxm=0.7,h20=0.3` as shares; a bare id has the share 1."""
    from capacity.load import typed_number

    shares: dict[str, float] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        chip, equals, share = part.partition("=")
        try:
            value = typed_number(share) if equals else 1.0
        except ValueError as error:
            what, _, allowed = str(error).partition(" (")
            raise fail("--mix", what, allowed.removesuffix(")")) from None
        if not equals and chip[:1] in "0123456789.":  # h20=400,000
            raise fail("--mix", f"{text!r} may be one number or several", "no commas inside numbers")
        if not 0 < value < float("inf") or chip in shares:
            raise fail("--mix", f"{part!r} cannot be used", "each chip once, shares above 0")
        shares[chip] = value
    return shares
