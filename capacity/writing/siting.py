"""Solutions → tables and JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from capacity._version import __version__
from capacity.document.citations import cited
from capacity.document.rows import dumps, line_dict
from capacity.document.words import interval, spoken
from capacity.model.summary import Line
from capacity.questions.solve import Solution, ceilings
from capacity.resolve import Scenario
from capacity.units import number
from capacity.writing.text import _wrap, grid

_WORDS = {
    "chips": "chips", "need": "power needed", "limit": "power at hand", "filled": "needed over at hand",
    "fit": "chips that fit", "left": "chips left over", "sites": "sites of that size", "rest": "from the other lots",
    "per_chip": "from one chip", "ceiling": "the lot's ceilings leave",
}  # fmt: skip


def _rows(title: str, lines: Iterable[Line], width: int) -> str:
    rows = [(title, "median", "5 %", "95 %", "")]
    for line in lines:
        middle, low, high, unit = interval(line)
        if unit == "sites":  # there is no half of one
            middle, low, high = (number(x, 0) for x in (line.p50, line.p5, line.p95))
        unit = "" if unit in ("ratio", "sites") else unit
        rows.append((_WORDS.get(line.quantity, line.quantity), middle, low, high, unit))
    size = max(len(row[-1]) for row in rows)
    padded = [(*row[:-1], row[-1].ljust(size)) for row in rows]
    return "\n".join(text.rstrip() for text in grid(padded, width, 4).splitlines())


def _head(scenario: Scenario, draws: int, seed: int) -> dict[str, Any]:
    return {
        "version": __version__,
        "scenario": {"id": scenario.id, "name": scenario.file.name, "as_of": scenario.file.as_of.isoformat(),
                     "sha256": scenario.sha256},
        "draws": draws, "seed": seed,
    }  # fmt: skip


def solution_table(found: Solution, width: int) -> str:
    """What one has to have so that the target is met, in words and numbers."""
    lot = found.scenario.file.lots[found.lot]
    name = found.scenario.chips[lot.chip].name
    head = f"{found.target.address} = {found.target.text}: how many {name} does lot {found.lot} need?"
    blocks = [_wrap(head, width), _rows(f"lots.{found.lot}.count", found.lines(), width)]
    if found.share_without:
        every = found.share_without == 1
        where = "in any world" if every else f"in {found.share_without:.1%} of the worlds"
        rest = "" if every else " The count above is over the rest."
        blocks.append(_wrap(f"No positive answer {where}: the other lots reach the target already.{rest}", width))
    if found.share_over:
        blocks.append(_wrap(f"Note: {_over(found)}; the answer says what is needed, whatever they allow.", width))
    return "\n\n".join(blocks) + "\n"


def _over(found: Solution) -> str:
    """In how many worlds the answer passes which ceilings."""
    named = ", ".join(ceilings(found.scenario, found.lot))
    return f"in {found.share_over:.1%} of the worlds this is more than the lot's own {named} would leave"


def solution_sentence(found: Solution) -> str:
    """How many chips the target takes, to be quoted."""
    target, lot = found.target, found.scenario.file.lots[found.lot]
    cite = cited(found.scenario, found.draws, found.seed)
    [chips, *_] = found.lines()
    if chips.quantity != "chips":
        return f"The other lots reach {target.address} = {target.text} already, without lot {found.lot} ({cite}).\n"
    name = found.scenario.chips[lot.chip].name
    few = f", in the {1 - found.share_without:.1%} of worlds that have an answer" if found.share_without else ""
    over = f"; {_over(found)}" if found.share_over else ""
    return f"{target.address} = {target.text} takes {spoken(chips)} {name} in lot {found.lot}{few}{over} ({cite}).\n"


def solution_json(found: Solution) -> str:
    """Schema `capacity.solve/1`."""
    return dumps({
        "schema": "capacity.solve/1", **_head(found.scenario, found.draws, found.seed),
        "target": {"address": found.target.address, "text": found.target.text, "unit": found.target.unit},
        "for": f"lots.{found.lot}.count", "share_without_answer": found.share_without,
        **({} if found.ceiling is None else {"share_over_ceiling": found.share_over}),
        "lines": [line_dict(line) for line in found.lines()],
    })  # fmt: skip
