"""Solutions, fits and reconciled paths → tables and JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import capacity
from capacity.model.summary import Line
from capacity.questions.fit import Fit, Unplaced, kind_words, remarks
from capacity.questions.paths import Reconciled
from capacity.questions.solve import Solution, ceilings
from capacity.records.scenario import Scenario
from capacity.units import number
from capacity.document.rows import dumps
from capacity.document.citations import cited
from capacity.writing.text import _wrap, fitted, grid
from capacity.document.words import interval, spoken

_WORDS = {
    "chips": "chips", "need": "power needed", "limit": "power at hand", "filled": "needed over at hand",
    "fit": "chips that fit", "left": "chips left over", "sites": "sites of that size", "rest": "from the other lots",
    "per_chip": "from one chip", "ceiling": "the lot's ceilings leave",
}  # fmt: skip
_BOUNDARY = {"it": "IT power", "facility": "facility power", "contracted": "contracted grid power"}


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
        "version": capacity.__version__,
        "scenario": {"id": scenario.id, "name": scenario.file.name, "as_of": scenario.file.as_of.isoformat(),
                     "sha256": scenario.sha256},
        "draws": draws, "seed": seed,
    }  # fmt: skip


def line_dict(line: Line) -> dict[str, Any]:
    """A line that belongs to no page row: its name, unit and numbers."""
    kept = {key: value for key, value in line.as_dict().items() if key not in ("view", "at")}
    return {key: None if isinstance(v, float) and not math.isfinite(v) else v for key, v in kept.items()}


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


def fits_table(scenario: Scenario, found: Sequence[Fit], rest: Unplaced | None, size: str | None, width: int) -> str:
    """Each site with what it has and what it would need, then the chips whose site nobody names."""
    blocks = []
    for fit in found:
        blocks.append(_rows(fit.site.name, fit.lines(), width) + "\n" + _wrap(_verdict(fit, scenario), width))
    if found:
        blocks.append("\n".join(_wrap(f"- {text}", width, "  ") for text in remarks(list(found))))
    if rest is not None:
        title = f"site unknown, {_BOUNDARY[rest.boundary]}" + (f", sites of {size}" if size else "")
        text = _rows(title, rest.lines(), width)
        if not size:
            text += "\nGive --size '100 MW' to count sites, or --site ID to try one."
        blocks.append(text)
    return "\n\n".join(blocks) + "\n"


def fits_sentence(answer_head: tuple[Scenario, int, int], found: Sequence[Fit], rest: Unplaced | None) -> str:
    """A sentence per site, and one for the chips whose site nobody names."""
    said = []
    for fit in found:
        need = {line.quantity: line for line in fit.lines()}
        have = f" where {spoken(need['limit'])} are at hand" if "limit" in need else ""
        said.append(f"{fit.site.name} needs {spoken(need['need'])} for {spoken(need['chips'])} chips{have}: "
                    f"{_verdict(fit, answer_head[0])[:1].lower()}{_verdict(fit, answer_head[0])[1:-1]}")  # fmt: skip
    if rest is not None:
        need = {line.quantity: line for line in rest.lines()}
        sites = ""
        if "sites" in need:
            middle, low, high = (number(x, 0) for x in (need["sites"].p50, need["sites"].p5, need["sites"].p95))
            sites = f", {middle} sites of that size (90 % interval {low} to {high})"
        said.append(f"{spoken(need['chips'])} chips whose site nobody names need {spoken(need['need'])} of "
                    f"{_BOUNDARY[rest.boundary]}{sites}")  # fmt: skip
    return "".join(f"{text} ({cited(*answer_head)}).\n" for text in said)


def _verdict(fit: Fit, scenario: Scenario) -> str:
    if fit.limit is None:
        return "No megawatts are published for this site: whether they fit cannot be said."
    assert fit.chance is not None
    what = {"power": "The site's power binds", "chips": "The chips bind: the site has room"}[fit.binds]
    return f"All chips fit in {fit.chance:.0%} of the worlds ({kind_words(fit.site, scenario)}). {what}."


def fits_json(answer_head: tuple[Scenario, int, int], found: Sequence[Fit], rest: Unplaced | None) -> str:
    """Schema `capacity.fit/1`."""
    scenario, draws, seed = answer_head
    return dumps({
        "schema": "capacity.fit/1", **_head(scenario, draws, seed),
        "sites": [{
            "site": fit.id, "name": fit.site.name, "capacity_type": kind_words(fit.site, scenario),
            "energised": fit.site.energised, "probability": fit.chance, "binds": fit.binds,
            "lines": [line_dict(line) for line in fit.lines()],
        } for fit in found],
        "site_unknown": None if rest is None else {
            "boundary": rest.boundary, "lines": [line_dict(line) for line in rest.lines()],
        },
    })  # fmt: skip


def paths_table(found: Reconciled, width: int) -> str:
    """Each report's chips side by side, the combined number, and where they pull apart."""
    rows = [("path", "report", "chips", "5 %", "95 %", "peak, BF16 dense", "weight")]
    lines = {line.address: line for line in found.lines()}
    reports = {p.name: (p.report, f"{p.weight:.0%}") for p in found.paths}
    for name in [*reports, "combined"]:
        middle, low, high, _ = interval(lines[f"chips.{name}"])
        peak = lines.get(f"peak_flops.bf16.dense.{name}")
        flops = "" if peak is None else " ".join((interval(peak)[0], interval(peak)[3]))
        report, weight = reports.get(name, ("", ""))
        rows.append((name, report, middle, low, high, flops, weight))
    combined = "Combined: means of the logarithms, weighted by one over the variance of each path."
    blocks = [f"{_wrap(found.site.name, width)}\n\n{fitted(rows, width, 5)}", _wrap(combined, width)]
    said = [f"- {c.first} and {c.second} {c.verdict}: {c.score:.1f} standard deviations apart, ratio "
            f"{c.ratio.p50:.2f} ({c.ratio.p5:.2f} to {c.ratio.p95:.2f})" for c in found.conflicts]  # fmt: skip
    said += [f"- {text}" for text in found.sentences]
    return "\n\n".join([*blocks, *(["\n".join(_wrap(text, width, "  ") for text in said)] if said else [])]) + "\n"


def paths_sentence(found: Reconciled) -> str:
    """What the reports come to together, and whether they agree."""
    combined = next(line for line in found.lines() if line.address == "chips.combined")
    verdicts = [f"{c.first} and {c.second} {c.verdict}" for c in found.conflicts]
    said = f"{found.site.name}: {', '.join(p.name for p in found.paths)} come to {spoken(combined)} chips"
    return f"{'; '.join([said, *verdicts])} ({cited(found.scenario, found.draws, found.seed)}).\n"


def paths_json(found: Reconciled) -> str:
    """Schema `capacity.paths/1`."""
    return dumps({
        "schema": "capacity.paths/1", **_head(found.scenario, found.draws, found.seed), "site": found.site.id,
        "paths": [{"path": p.name, "report": p.report, "weight": p.weight} for p in found.paths],
        "lines": [line_dict(line) | {"path": line.address.rpartition(".")[2]} for line in found.lines()],
        "conflicts": [{"between": [c.first, c.second], "score": c.score, "verdict": c.verdict,
                       "ratio": line_dict(c.ratio)} for c in found.conflicts],
        "sentences": list(found.sentences),
    })  # fmt: skip
