"""The memo of an estimate: headline, results, groups, what they rest on, whom they cite, what to ask next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from capacity.document.blocks import Block, Column, Document, Interval, Missing, Row, Table, Text, items, left
from capacity.document.citations import GRADES_TITLE, Footnotes, signature
from capacity.document.words import interval, label, line_scale, member_name, results_table, spoken
from capacity.errors import fail
from capacity.model.amounts import open_bases
from capacity.model.estimate import Estimate, Group
from capacity.model.page import STAGED, STEPS
from capacity.model.stock import View
from capacity.model.summary import Line
from capacity.questions import grounds, series
from capacity.resolve import Input, Scenario
from capacity.units import shared

if TYPE_CHECKING:
    from capacity.questions.sections import Section

HEADLINE = ("chips", "peak_flops.bf16.dense", "power.facility.nameplate")
BRIEF = (
    "chips", "peak_flops.bf16.dense", "peak_flops.fp8.dense", "training_flops.bf16",
    "h100_equivalents.8bit", "power.it.nameplate", "power.facility.nameplate", "power.facility.average",
    "energy.facility", "electricity_cost", "capex.total", "carbon.combustion",
)  # fmt: skip
MEMO = (
    "chips", "servers", "peak_flops.bf16.dense", "peak_flops.fp8.dense", "peak_flops.fp8.sparse",
    "training_flops.bf16", "memory", "memory_bandwidth", "tpp",
    "h100_equivalents.8bit", "h100_equivalents.bf16", "h100_equivalents.bandwidth",
    "power.chip.nameplate", "power.server.nameplate", "power.it.nameplate", "power.facility.nameplate",
    "power.contracted.nameplate", "power.facility.peak", "power.facility.average",
    "energy.it", "energy.facility", "electricity_cost", "capex.total", "carbon.combustion",
)  # fmt: skip
# What a group prints, and how early a narrow page leaves it out.
BY_GROUP = {
    "chips": 0, "peak_flops.bf16.dense": 1, "power.facility.nameplate": 0, "training_flops.bf16": 3,
    "energy.facility": 2,
}  # fmt: skip
BY_DATE = (*STAGED, "chips", "peak_flops.bf16.dense", "power.facility.nameplate")
PRINTED = tuple(dict.fromkeys((*MEMO, *BY_GROUP)))  # all that the memo can print: it asks for no more
_WHY = {"chip": "not on the sheet", "reference": "not on the sheet", "price": "no price known",
        "grid": "no figure of the grid", "system": "no system known"}  # fmt: skip
SOURCES = 5  # that the short memo lists
SOURCES_TITLE = "Sources, the most cited of {} (grade A measured or official … D judgement)"
WEIGHTS = 4  # assumptions that it lists
NEXT = "Ask next: what its spread comes from, how it comes about, all of it"
MOST_COLUMNS = 8  # of the results that were asked for, in a table by group
NAMED = 3  # kinds of chip that a headline names
UNITS = {"kW": "kilowatts", "MW": "megawatts", "GW": "gigawatts"}  # as a newspaper writes them


def view_words(scenario: Scenario) -> str:
    """The view in words: what has to be true for the numbers to hold."""
    stages = sorted({scenario.file.lots[name].stage for name in scenario.file.counted})
    if (share := min(map(scenario.file.arriving, scenario.file.counted))) < 1:
        return f"if {100 * share:.4g} % of each lot that has not shipped arrives, and is installed and running"
    return f"as stated: if every {' and '.join(stages)} chip is installed and running"


def stated(lines: Sequence[Line]) -> list[Line]:
    """The lines of the view as stated."""
    return [line for line in lines if line.view == "as_stated"]


def all_notes(answer: Estimate) -> list[str]:
    """What the reader should be told beside the numbers."""
    return [*answer.scenario.notes, *answer.notes(), *grounds.untested(answer)]


def of_chips(line: Line) -> str:
    """Of which share of the chips a line is, where not of all: `, of 92 % of the chips`."""
    return f", of {100 * line.coverage:.3g} % of the chips" if line.coverage < 1 else ""


def headline(answer: Estimate, lines: Sequence[Line]) -> str:
    """The answer in one sentence; where no result can be given, why."""
    total = {line.address: line for line in lines if line.group == "total"}
    chips, flops, watts = (total.get(address) for address in HEADLINE)
    parts = []
    if flops:
        parts.append(f"{spoken(flops)} of dense BF16 peak{of_chips(flops)}")
    if watts:
        parts.append(f"{spoken(watts)} of facility power at nameplate{of_chips(watts)}")
    if chips and parts:
        kinds = _kinds(answer).removesuffix(" chips")
        middle, _, ends = spoken(chips).partition(" (")
        stage = dict(chips.basis).get("stage", "")
        what = f"{middle} {stage} {kinds}".replace("  ", " ") + (f" ({ends}" if ends else "")
        return f"{what} come to {' and '.join(parts)}."
    if total:
        first = list(total.values())[:3]
        return "; ".join(f"{label(line.quantity, line.basis)}{of_chips(line)}: {spoken(line)}" for line in first) + "."
    return f"There is no {', '.join(answer.asked[:3])}: {'; '.join(answer.notes(answer.asked[0]))}."


def dated_words(answer: Estimate) -> str:
    """What is promised, delivered and in service at each date, in a sentence."""
    counts = series.sentence(answer)
    words = "In service: expected after conversion, delivery, installation, failures and retirement."
    return f"{words} {counts}".strip()


def sentence(answer: Estimate, apart: bool = False) -> str:
    """One quotable sentence of less than 45 words, then its sources and what to cite, in brackets or on a line `apart`.

    Raises `InputError` where there is no result.
    """
    scenario = answer.scenario
    keys = dict.fromkeys(key for name in scenario.file.counted for key in scenario.file.lots[name].count.source)
    sources = [scenario.file.sources[key] for key in keys]
    who = "; ".join(f"{s.author or s.title}{', ' + s.published if s.published else ''}" for s in sources)
    wanted = {*HEADLINE, *STAGED} & {*answer.asked} or {*answer.asked}
    lines = answer.lines(lambda address, kind: kind == "total" and address in wanted)
    if not stated(lines):
        absent = next(address for address in answer.asked if address in wanted)
        raise fail("sentence", f"there is no {absent}", "; ".join(answer.notes(absent)))
    when = f"{scenario.file.as_of.day} {scenario.file.as_of:%B %Y}"
    words = _for_a_newspaper(answer, stated(lines))
    if words is None:
        words = f"{headline(answer, stated(lines)).removesuffix('.')}, {view_words(scenario)}"
    at = f" {dated_words(answer)}" if answer.views[1:] else ""
    words += "".join(f"; {said} is {taken}" for _, said, taken in open_bases(scenario))
    cite = f"{who}; {signature(answer)}"
    return f"As of {when}, {words}.{at}\n{cite}" if apart else f"As of {when}, {words} ({cite}).{at}"


def _for_a_newspaper(answer: Estimate, lines: Sequence[Line]) -> str | None:
    """Chips, power and FLOP/s in words that anybody can read; None where one of them is not there."""
    total = {line.address: line for line in lines if line.group == "total"}
    if not all(address in total for address in HEADLINE):
        return None
    chips, flops, watts = (interval(total[address]) for address in HEADLINE)
    stages = {answer.scenario.file.lots[name].stage for name in answer.scenario.file.counted}
    if (share := min(map(answer.scenario.file.arriving, answer.scenario.file.counted))) < 1:
        given = f", if {100 * share:.4g} % of what has not shipped arrives and all of it runs,"
    elif stages <= {"in service"}:
        given = ", all running,"
    else:
        here = stages <= {"delivered", "installed", "in service"}
        given = f", if all are {'installed' if here else 'delivered'} and running,"
    power = f"{watts[0]} {UNITS.get(watts[3], watts[3])}{_ends(watts)} of facility power at nameplate"
    peak = f"{flops[0]} {flops[3]}{_ends(flops)} of dense BF16 peak"
    about = "" if chips[1] == chips[2] else "about "
    ends = "; 90 % intervals" if any(_ends(part) for part in (chips, flops, watts)) else ""
    stage = dict(total["chips"].basis).get("stage", "")
    about += f"{chips[0]} {stage}".rstrip() if stage != "in service" else chips[0]
    return f"{about} {_kinds(answer)}{_ends(chips)}{given} would need some {power} for {peak}{ends}"


def _ends(part: tuple[str, str, str, str]) -> str:
    return "" if part[1] == part[2] else f" ({part[1]}–{part[2]})"


def _kinds(answer: Estimate) -> str:
    """The chips of an estimate in a few words."""
    names = list(dict.fromkeys(answer.scenario.chips[cell.chip].name for cell in answer.scenario.cells))
    short = [name.partition(",")[0] for name in names]
    listed = " and ".join(filter(None, (", ".join(short[:-1]), short[-1])))
    return f"{listed} chips" if len(names) <= NAMED else f"chips of {len(names)} kinds"


def top(answer: Estimate, lines: Sequence[Line]) -> list[Text]:
    """Whose numbers these are, the headline, the view."""
    file = answer.scenario.file
    at = f"\n{dated_words(answer)}" if answer.views[1:] else ""
    view = f"View: {view_words(answer.scenario)}."
    return [Text(f"{file.name} (as of {file.as_of})", 1), Text(f"{headline(answer, stated(lines))}\n{view}{at}")]


def document(
    answer: Estimate,
    weights: Sequence[Input],
    sections: Mapping[str, Section],
    called: str | None,
    *,
    picked: bool,
    full: bool,
) -> Document:
    """The memo. `weights`: the inputs that matter; `picked`: every result was asked for by name; `full`: all of it."""
    shown = tuple(a for a in answer.asked if picked or a in STAGED or a in (MEMO if full else BRIEF))
    split = shown if picked else tuple(a for a in answer.asked if a in BY_GROUP or a in BY_DATE)
    lines = answer.lines(lambda address, kind: address in (shown if kind == "total" else split), partial=True)
    every = [a for a in answer.asked if a in (*shown, *split) and a not in STAGED]

    def written(notes: Footnotes) -> list[Block]:
        blocks: list[Block] = [*_asked(answer, sections, notes), *top(answer, lines)]
        if len(answer.in_service) > series.FEW:
            results = _results(answer, stated(lines), [a for a in shown if a not in STAGED])
            blocks += [results, *series.tables(answer)]
        else:
            blocks += [_series(answer, lines, shown)] if answer.views[1:] else [_results(answer, lines, shown)]
            blocks += _groups(answer, lines, picked)
        blocks += grounds.lots(answer.scenario, notes, together=not full)
        listed = weights if full else [item for item in weights if not item.place.startswith("lots.")]
        blocks.append(grounds.assumptions(answer, listed, notes, None if full else WEIGHTS))
        blocks += grounds.sheets(answer, every, weights, notes) if full else ()
        remarks = all_notes(answer)
        return [*blocks, items(remarks, "Notes")] if remarks else blocks

    notes = Footnotes()
    blocks = written(notes)
    cite = Text(signature(answer))
    if full:
        return Document((*blocks, *notes.blocks(), cite))
    used = list(notes.sources)
    grounds.sheets(answer, every, weights, notes)  # what the results rest on counts, though the short memo omits it
    if not sections:
        used = _most_cited(answer.scenario, [title for title, _ in notes.cited.most_common() if title in used])
    short = Footnotes(used)
    blocks = written(short)
    fewer = not sections and len(used) < len(notes.sources)
    listed = short.blocks(SOURCES_TITLE.format(len(notes.sources)) if fewer else GRADES_TITLE)
    further = items(_next(answer, called), NEXT if called else f"{NEXT}, once --save my.yaml has kept this scenario")
    return Document((*blocks, *listed, further, cite))


def _asked(answer: Estimate, sections: Mapping[str, Section], notes: Footnotes) -> list[Block]:
    """The questions beside the results; what they need is imported only where one was asked."""
    if not sections:
        return []
    from capacity.questions.sections import blocks_of

    return blocks_of(answer, sections, notes)


def _most_cited(scenario: Scenario, titles: Sequence[str]) -> list[str]:
    """The sources that the short memo lists: those of what is counted, then the most cited."""
    keys = (key for name in scenario.file.counted for key in scenario.file.lots[name].count.source)
    return list(dict.fromkeys([*(scenario.file.sources[key].title for key in keys), *titles]))[:SOURCES]


def _next(answer: Estimate, called: str | None) -> list[str]:
    """Three commands that ask further about this scenario."""
    have = [step.address for step, group in answer.results() if group.kind == "total"]
    about = next((a for a in reversed(HEADLINE) if a in have), have[0] if have else "chips")
    name = shlex.quote(called) if called else "my.yaml"
    commands = [f"capacity {verb} {about} {name}" for verb in ("drivers", "explain")]
    return [*commands, f"capacity estimate {name} --full"]


def absent(answer: Estimate, address: str, group: Group) -> Missing:
    """Why a result does not exist for a group, in a few words."""
    return Missing(_WHY[answer.lacking(address, group)])


def _name(address: str, lines: Sequence[Line]) -> str:
    """A result in words, with the stage of its chips where they are of one."""
    row = next((line for line in lines if line.address == address), None)
    step = STAGED[address] if address in STAGED else STEPS[address]
    if row is None:
        return label(step.quantity, step.basis)
    return label(row.quantity, row.basis) + of_chips(row)


def _results(answer: Estimate, lines: Sequence[Line], shown: Sequence[str]) -> Table:
    total = {line.address: line for line in lines if line.group == "total"}
    whole = answer.groups[0]
    return results_table("total", [(_name(a, lines), total.get(a) or absent(answer, a, whole)) for a in shown])


def _series(answer: Estimate, lines: Sequence[Line], shown: Sequence[str]) -> Table:
    """The results of all views side by side, each row in a unit that serves the large and the small."""
    total = {(line.address, line.view, line.at): line for line in lines if line.group == "total"}
    dates = [(view.name, str(view.at) if view.at else None) for view in answer.views]
    heads = ["as stated" if day is None else f"{series.WORDS[name]} {day}" for name, day in dates]
    columns = (left("total", least=20), *(Column(head, series=True) for head in heads), left("unit"))
    rows: list[Row] = []
    for address in shown:
        views = [total.get((address, name, day)) for name, day in dates]
        if not any(views):
            rows.append((_name(address, lines), absent(answer, address, answer.groups[0]), *[None] * len(heads)))
            continue
        cells, unit = _cells(views)
        words = "chips: stated, in service" if address == "chips" else _name(address, lines)
        rows.append((words, *cells, unit))
    return Table(columns, tuple(rows))


def _cells(lines: Sequence[Line | None]) -> tuple[list[Interval | None], str]:
    """A cell for each line in a common unit, and that unit."""
    there = [line for line in lines if line]
    if not there:
        return [None] * len(lines), ""
    size = shared((line.p50 or line.p95 for line in there), there[0].unit)
    cells = [Interval(x.p5, x.p50, x.p95, line_scale(x, size or None)) if x else None for x in lines]
    return cells, line_scale(there[0], size or None).unit


def _groups(answer: Estimate, lines: Sequence[Line], picked: bool) -> Iterator[Table]:
    """A table for each kind of group and each view."""
    for view in answer.views:
        if view.name == "promised":
            continue
        here = [line for line in lines if (line.view, line.at) == (view.name, str(view.at) if view.at else None)]
        usual: Sequence[str] = tuple(BY_GROUP) if view.at is None else BY_DATE
        here_asked = [a for a in answer.asked if a not in STAGED or any(line.address == a for line in here)]
        columns = here_asked[:MOST_COLUMNS] if picked else [a for a in usual if a in here_asked]
        for kind in dict.fromkeys(group.kind for group in answer.groups[1:]):
            yield _by_group(answer, here, kind, columns, view)


def _by_group(answer: Estimate, lines: Sequence[Line], kind: str, addresses: Sequence[str], view: View) -> Table:
    at = {(line.address, line.member): line for line in lines if line.group == kind and line.coverage == 1}
    members = [group for group in answer.groups if group.kind == kind]
    columns, cells = [left(f"by {kind}", least=20)], []
    for place, address in enumerate(addresses):
        row, unit = _cells([at.get((address, member.id)) for member in members])
        columns.append(Column(_name(address, lines), unit, rank=BY_GROUP.get(address, place)))
        cells.append([c or absent(answer, address, m) for c, m in zip(row, members, strict=True)])
    rows = [
        (member_name(answer.scenario, kind, member.id), *(column[index] for column in cells))
        for index, member in enumerate(members)
    ]
    return Table(tuple(columns), tuple(rows), f"At {view.at}" if view.at else "")
