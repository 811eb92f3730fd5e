"""Lines → the table that one would paste in a memo, the same in Markdown, and one quotable sentence."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from capacity.document.citations import Footnotes, describe_source, signature
from capacity.document.words import figure, interval, label, member_name, spoken
from capacity.model.estimate import Estimate, summarize
from capacity.model.page import STAGED, STEPS
from capacity.model.summary import Line
from capacity.quantity import Quantity
from capacity.questions.screening import influence
from capacity.records.scenario import Lot
from capacity.resolve import Input, Scenario
from capacity.units import shared
from capacity.writing import dated

HEADLINE = ("chips", "peak_flops.bf16.dense", "power.facility.nameplate")
MEMO = (
    "chips", "servers", "peak_flops.bf16.dense", "peak_flops.fp8.dense", "peak_flops.fp8.sparse",
    "training_flops.bf16", "memory", "memory_bandwidth", "tpp",
    "h100_equivalents.8bit", "h100_equivalents.bf16", "h100_equivalents.bandwidth",
    "power.chip.nameplate", "power.server.nameplate", "power.it.nameplate", "power.facility.nameplate",
    "power.contracted.nameplate", "power.facility.peak", "power.facility.average",
    "energy.it", "energy.facility", "electricity_cost", "capex.total", "carbon.combustion",
)  # fmt: skip
BY_GROUP = (
    "chips",
    "peak_flops.bf16.dense",
    "power.facility.nameplate",
    "training_flops.bf16",
    "energy.facility",
)


WEIGHTY = 0.02
PRINTED = tuple(dict.fromkeys((*MEMO, *BY_GROUP)))


def printed(address: str, kind: str) -> bool:
    """Which results the memo prints: a score for the total, a handful for each group."""
    return address in STAGED or address in (MEMO if kind == "total" else BY_GROUP)


def view_words(scenario: Scenario) -> str:
    """The view in words: what has to be true for the numbers to hold."""
    stages = sorted({scenario.file.lots[name].stage for name in scenario.file.counted})
    return f"as stated: if every {' and '.join(stages)} chip is installed and running"


def headline(answer: Estimate, lines: Sequence[Line]) -> str:
    """The answer in one sentence."""
    total = {line.address: line for line in lines if line.group == "total"}
    chips, flops, watts = (total.get(a) for a in HEADLINE)
    names = dict.fromkeys(answer.scenario.chips[cell.chip].name for cell in answer.scenario.cells)
    parts = []
    if flops:
        parts.append(f"{spoken(flops)} of dense BF16 peak")
    if watts:
        parts.append(f"{spoken(watts)} of facility power at nameplate")
    if not (chips and parts):
        return (
            "; ".join(f"{label(line.quantity, line.basis)}: {spoken(line)}" for line in list(total.values())[:3]) + "."
        )
    stage = dict(chips.basis).get("stage", "")
    head, _, tail = spoken(chips).partition(" (")
    what = f"{head} {stage} {' and '.join(names)}".replace("  ", " ") + (f" ({tail}" if tail else "")
    return f"{what} come to {' and '.join(parts)}."


def table(answer: Estimate, width: int = 80, show_all: bool = False, notes: Footnotes | None = None) -> str:
    """The memo: headline, view, results, owners, the assumptions that matter, the sources used.

    `notes`: what was cited above the memo on the same page, to be listed with it.
    """
    every = summarize(answer, None if show_all else printed)
    lines = stated(every)
    notes = notes or Footnotes()
    blocks = [
        _wrap(f"{answer.scenario.file.name} (as of {answer.scenario.file.as_of})", width),
        _wrap(headline(answer, lines), width)
        + "\n"
        + _wrap(f"View: {view_words(answer.scenario)}.", width)
        + (f"\n{_wrap(dated_words(answer, every), width)}" if answer.views[1:] else ""),
        *(_series(answer, every, width, show_all) if answer.views[1:] else [_results(lines, width, show_all)]),
        *_groups(answer, lines, width),
        *(_groups_at(answer, every, str(view.at), width) for view in answer.views[1:] if answer.groups[1:]),
        _lots(answer.scenario, notes, width),
        *_grounds(answer, notes, width, show_all),
        *([_titled("Notes", [f"- {note}" for note in all_notes(answer)], width)] if all_notes(answer) else []),
        _titled("Sources (grade A measured or official … D judgement)", notes.lines(), width),
        _wrap(signature(answer), width),
    ]
    return "\n\n".join(blocks) + "\n"


def stated(lines: Sequence[Line]) -> list[Line]:
    """The lines of the view as stated."""
    return [line for line in lines if line.view == "as_stated"]


def dated_words(answer: Estimate, lines: Sequence[Line]) -> str:
    """What is delivered and in service at each date, in a sentence."""
    total = {(line.address, line.at): line for line in lines if line.group == "total"}
    found = []
    for view in answer.views[1:]:
        said = [
            f"{spoken(total[address, str(view.at)])} {word}"
            for address, word in (("chips.delivered", "delivered"), ("chips", "in service"))
            if (address, str(view.at)) in total
        ]
        if said:
            found.append(f"{view.at}: {', '.join(said)}")
    words = "In service: expected after conversion, delivery, installation, failures and retirement."
    return " ".join([words, "; ".join(found) + "." if found else ""]).strip()


def _series(answer: Estimate, lines: Sequence[Line], width: int, show_all: bool) -> list[str]:
    """The results of all views side by side, in as many tables as the width needs."""
    addresses = [a for a in answer.asked if show_all or printed(a, "total")]
    rows = dated.rows_of(lines, addresses, ("total", ""))
    heads = [h if h == dated.AS_STATED else f"in service {h}" for h in dated.columns_of(lines)]
    return [_unit_last(part, width) for part in dated.parts(heads, rows, width)]


def _groups_at(answer: Estimate, lines: Sequence[Line], day: str, width: int) -> str:
    """A date's few results, group by group."""
    here = [line for line in lines if line.at == day]
    found = []
    for kind in dict.fromkeys(group.kind for group in answer.groups[1:]):
        columns = [a for a in dated.BY_DATE if a in answer.asked] or list(answer.asked[:3])
        text = _by_group(answer, here, kind, columns, width)
        while len(columns) > 1 and max(map(len, text.splitlines())) > width:
            columns = columns[:-1]
            text = _by_group(answer, here, kind, columns, width)
        found.append(f"At {day}\n{text}")
    return "\n\n".join(found)


def all_notes(answer: Estimate) -> list[str]:
    """What the reader should be told beside the numbers."""
    return [*answer.scenario.notes, *answer.notes()]


def _wrap(text: str, width: int, indent: str = "") -> str:
    return textwrap.fill(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _titled(title: str, items: Sequence[str], width: int) -> str:
    return "\n".join([title, *(_wrap(item, width, "    ") for item in items)])


NARROWEST = 12  # of a column that is wrapped


class Markdown(int):
    """A width that no line reaches, on which `grid` sets its rows as a Markdown table.

    So whatever prints for a terminal prints for a document too: see `forms.as_markdown`.
    """


MARKDOWN = Markdown(1_000_000)


def grid(rows: Sequence[Sequence[str]], width: int, numbers: int, heads: int = 1) -> str:
    """Rows in columns, the first `heads` over a rule; the last `numbers` columns are set to the right.

    The other columns are wrapped where the whole would be wider than `width`, the widest first.

    >>> print(grid([("path", "report", "chips"), ("count", "200,000 h100-sxm and h200-sxm", "200,000")], 32, 1))
    path   report              chips
    --------------------------------
    count  200,000 h100-sxm  200,000
           and h200-sxm
    >>> print(grid([("path", "chips"), ("count", "200,000")], MARKDOWN, 1))
    | path | chips |
    |---|---:|
    | count | 200,000 |
    """
    if isinstance(width, Markdown):
        return _piped(rows, numbers, heads)
    sizes = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    texts = range(max(1, len(sizes) - numbers))
    gaps = 2 * (len(sizes) - 1)
    while sum(sizes) + gaps > width:
        widest = max(texts, key=lambda i: sizes[i])
        if sizes[widest] <= NARROWEST:
            break
        sizes[widest] -= 1
    sizes[0] = max(sizes[0], min(NARROWEST, width - gaps - sum(sizes[1:])))
    out: list[str] = []
    for index, row in enumerate(rows):
        if index == heads:
            out.append("-" * min(width, sum(sizes) + gaps))
        cells = [[text] for text in row]
        for i in texts:
            cells[i] = textwrap.wrap(row[i], sizes[i], subsequent_indent="" if i else "  ") or [""]
        for line in range(max(map(len, cells))):
            parts = [cell[line] if line < len(cell) else "" for cell in cells]
            set_ = [t.ljust(n) if i in texts else t.rjust(n) for i, (t, n) in enumerate(zip(parts, sizes, strict=True))]
            out.append("  ".join(set_).rstrip())
    return "\n".join(out)


def _piped(rows: Sequence[Sequence[str]], numbers: int, heads: int) -> str:
    """Rows as a table in Markdown, which knows one row of heads: those of several are put together."""
    head = [" ".join(filter(None, (row[i].strip() for row in rows[:heads]))) for i in range(len(rows[0]))]
    lines = [
        f"| {' | '.join(text.strip().replace('|', chr(92) + '|') for text in row)} |" for row in (head, *rows[heads:])
    ]
    return "\n".join([lines[0], "|---" * (len(head) - numbers) + "|---:" * numbers + "|", *lines[1:]])


def fitted(rows: Sequence[Sequence[str]], width: int, numbers: int) -> str:
    """The grid, with columns left out from the right where it would be wider than the width even so."""
    while numbers > 1:
        text = grid(rows, width, numbers)
        if max(map(len, text.splitlines())) <= width:
            return text
        rows, numbers = [row[:-1] for row in rows], numbers - 1
    return grid(rows, width, numbers)


def _results(lines: Sequence[Line], width: int, show_all: bool) -> str:
    rows = [("total", "median", "5 %", "95 %", "")]
    for line in lines:
        if line.group == "total" and (show_all or line.address in MEMO):
            middle, low, high, unit = interval(line)
            rows.append((label(line.quantity, line.basis), middle, *(("", "") if low == high else (low, high)), unit))
    return _unit_last(rows, width)


def _unit_last(rows: Sequence[tuple[str, ...]], width: int) -> str:
    """A grid whose numbers are set to the right and whose units, in the last column, to the left."""
    unit = max(len(row[-1]) for row in rows)
    padded = [(*row[:-1], row[-1].ljust(unit)) for row in rows]
    return "\n".join(line.rstrip() for line in grid(padded, width, len(rows[0]) - 1).splitlines())


def _groups(answer: Estimate, lines: Sequence[Line], width: int) -> list[str]:
    found = []
    for kind in dict.fromkeys(group.kind for group in answer.groups[1:]):
        columns = [a for a in BY_GROUP if a in answer.asked] or list(answer.asked[:3])
        while columns:
            text = _by_group(answer, lines, kind, columns, width)
            if len(columns) == 1 or max(map(len, text.splitlines())) <= width:
                break
            columns = columns[:-1]
        if columns:
            found.append(text)
    return found


def _by_group(answer: Estimate, lines: Sequence[Line], kind: str, columns: Sequence[str], width: int) -> str:
    at = {(line.address, line.member): line for line in lines if line.group == kind}
    members = [group.id for group in answer.groups if group.kind == kind]
    heads = [label(*next((line.quantity, line.basis) for line in lines if line.address == a)) for a in columns]
    texts = [_column([at.get((a, member)) for member in members]) for a in columns]
    rows = [(f"by {kind}", *heads), ("", *(unit for unit, _ in texts))]
    for index, member in enumerate(members):
        rows.append((member_name(answer.scenario, kind, member), *(cells[index] for _, cells in texts)))
    return grid(rows, width, len(columns), heads=2)


def _column(lines: Sequence[Line | None]) -> tuple[str, list[str]]:
    """The common unit of one result's groups, and a cell for each: `136 (65–241)`."""
    known = [line for line in lines if line]
    size = shared((line.p50 or line.p95 for line in known), known[0].unit) if known else 0.0
    unit, cells = "", []
    for line in lines:
        if line is None:
            cells.append("not on the sheet")
            continue
        middle, low, high, unit = interval(line, size)
        cells.append(middle if low == high else f"{middle} ({low}–{high})")
    return unit, cells


def _stated(item: Input | Lot) -> str:
    return _plain(item.count if isinstance(item, Lot) else item.quantity)


def _plain(quantity: Quantity) -> str:
    if quantity.says:
        return f'"{quantity.says}"'
    return quantity.stated + (" each" if quantity.each else "")


def _lots(scenario: Scenario, notes: Footnotes, width: int) -> str:
    counted = [_lot(scenario, name, notes) for name in scenario.file.counted]
    context = [_lot(scenario, name, notes) for name in scenario.file.lots if name not in scenario.file.counted]
    text = _titled("Counted", [*counted, *_unsourced(scenario, notes)], width)
    return text + ("\n" + _titled("Context, not added", context, width) if context else "")


def _unsourced(scenario: Scenario, notes: Footnotes) -> list[str]:
    """Whose parts of a lot no source gives, and how they are drawn."""
    drawn = [
        owner
        for name in scenario.file.counted
        for owner in scenario.file.lots[name].owners
        if owner not in scenario.file.lots[name].shares and len(scenario.by_lot[name]) > 1
    ]
    if not drawn:
        return []
    split = scenario.assumption("owner_split_sigma", None)
    names = ", ".join(member_name(scenario, "owner", owner) for owner in dict.fromkeys(drawn))
    return [
        f"  No source gives the parts of {names}: they are drawn (sd of log weights {split.quantity.stated}; "
        f"grade {split.quantity.grade}) {notes.cite(split.sources)}"
    ]


def _lot(scenario: Scenario, name: str, notes: Footnotes) -> str:
    lot = scenario.file.lots[name]
    relations = [
        f"{relation.replace('_', ' ')} {getattr(lot, relation)}"
        for relation in ("part_of", "same_as", "replaces")
        if getattr(lot, relation)
    ]
    if lot.less:
        relations.append(f"less {', '.join(lot.less)}")
    when = f"{lot.since} to {lot.date}" if lot.since else str(lot.date)
    facts = "; ".join([f"{lot.stage} {when}", *_limits(lot), f"grade {lot.count.grade}", *relations])
    sources = [scenario.file.sources[key] for key in lot.count.source]
    ratio = f" for each chip of {lot.per_chip_of}" if lot.per_chip_of else ""
    return f"  {name}: {_stated(lot)} {scenario.chips[lot.chip].name}{ratio}, {facts} {notes.cite(sources)}"


def _limits(lot: Lot) -> list[str]:
    """The ceilings of a lot in words."""
    found = []
    if lot.cap_per_owner:
        found.append(f"at most {_plain(lot.cap_per_owner)} each")
    if lot.supply:
        found.append(f"supply {_plain(lot.supply)}")
    if lot.volume_cap:
        found.append(f"at most {_plain(lot.volume_cap.share)} of {_plain(lot.volume_cap.of)}")
    return found


def weighty(answer: Estimate, totals: Sequence[str]) -> list[tuple[Input, float]]:
    """The inputs that the spread of at least one of these results comes from, the weightiest first."""
    found = influence(answer, totals)
    return sorted(((i, s) for i, s in found if s >= WEIGHTY), key=lambda pair: -pair[1])


def _grounds(answer: Estimate, notes: Footnotes, width: int, show_all: bool) -> list[str]:
    """What the results shown rest on: the assumptions that matter, then sheets, prices and grids."""
    results = [(s.address, g.kind) for s, g in answer.results() if show_all or printed(s.address, g.kind)]
    shown = list(dict.fromkeys(address for address, _ in results))
    weights = weighty(answer, [address for address, kind in results if kind == "total"])
    told = {_assumed(answer, item)[0] for item, _ in weights}
    blocks = [_assumptions(answer, weights, notes, width), _figures(answer, shown, told, notes, width)]
    return [block for block in blocks if block]


def _assumptions(answer: Estimate, weights: Sequence[tuple[Input, float]], notes: Footnotes, width: int) -> str:
    found: dict[str, Input] = {}
    for item, _ in weights:
        found.setdefault(_assumed(answer, item)[0], item)
    if not found:
        return "Assumptions that matter: none; nothing printed here is uncertain."
    rows = []
    for place, item in found.items():
        spoke = item.profile or (item.set_by if item.set_by != "default" else "")
        facts = ", ".join(filter(None, (f"grade {item.quantity.grade}", spoke)))
        rows.append(f"  {place} {_assumed(answer, item)[1]} ({facts}) {notes.cite(item.sources)}")
    return _titled("Assumptions that matter (5 % to 95 % points)", rows, width)


def _assumed(answer: Estimate, item: Input) -> tuple[str, str]:
    """An input's name and what is assumed of it, in words."""
    known = answer.scenario.defaults.assumptions
    if item.unit == "split":
        return "owner_split_sigma", f"{_stated(item)}: {known['owner_split_sigma'].meaning}"
    place = item.place.partition("@")[0]
    if place.startswith("chips."):
        return place, " ".join(figure(item)[1:])
    name = place.rpartition(".")[2]
    if place.startswith(("assumptions.", "systems.", "sites.", "grids.", "profiles.")) and name in known:
        return name, f"{_stated(item)}: {known[name].meaning}"
    return place, f"{_stated(item)} {item.unit}" if place.startswith(_HELD) else _stated(item)


_HELD = ("prices.", "grids.")  # numbers that no chip's sheet and no assumption states


def _inputs(answer: Estimate, addresses: Sequence[str]) -> list[Input]:
    """What the page reads from sheets, lists and assumptions for these results, each once."""
    names: dict[str, None] = {}

    def need(address: str) -> None:
        for name in STEPS[address].inputs:
            if name in STEPS:
                need(name)
            elif name != "one":
                names[name] = None

    for address in addresses:
        need(address)
    items = (item for name in names for item in answer.plan.gather(name).inputs if isinstance(item, Input))
    return list({item.place: item for item in items}.values())


def _figures(answer: Estimate, shown: Sequence[str], told: set[str], notes: Footnotes, width: int) -> str:
    """What the results shown rest on beside what was told: sheets, prices and carbon factors, with their sources.

    Figures of one chip that share unit, grade and sources share a mark.
    """
    scenario = answer.scenario
    sheets: dict[str, dict[tuple[str, str, str], list[str]]] = {}
    others = []
    # Sheets are printed first, so they are cited first.
    for item in sorted(_inputs(answer, shown), key=lambda item: not item.place.startswith("chips.")):
        place = item.place
        marks = f"({', '.join([item.quantity.grade, *([item.set_by] if item.set_by != 'default' else [])])})"
        if place.startswith("chips.") and place not in told:
            what, much, unit = figure(item)
            alike = (unit, marks, notes.cite(item.sources))
            sheets.setdefault(place.split(".")[1], {}).setdefault(alike, []).append(f"{what} {much}")
        elif place.startswith(_HELD) and place not in told and _assumed(answer, item)[0] == place:
            others.append(f"  {place} {_assumed(answer, item)[1]} {marks} {notes.cite(item.sources)}")
    rows = []
    counted = {cell.chip for cell in scenario.cells}
    for chip, groups in sheets.items():
        name = scenario.chips[chip].name + ("" if chip in counted else ", the measure of equivalents")
        facts = [f"{', '.join(said)} {unit} {marks} {cites}" for (unit, marks, cites), said in groups.items()]
        rows.append(f"  {name}: {'; '.join(facts)}")
    rows += others
    return _titled("Sheets, prices and grids (letters are grades)", rows, width) if rows else ""


def sentence(answer: Estimate) -> str:
    """One quotable sentence: interval, basis, date, sources, and what to cite."""
    scenario = answer.scenario
    lots = [scenario.file.lots[name] for name in scenario.file.counted]
    sources = dict.fromkeys(key for lot in lots for key in lot.count.source)
    said = "; ".join(
        f"{s.author or s.title}{', ' + s.published if s.published else ''}"
        for s in (scenario.file.sources[key] for key in sources)
    )
    wanted = (*HEADLINE, *STAGED)
    lines = summarize(answer, lambda address, kind: kind == "total" and address in wanted)
    text = headline(answer, stated(lines)).removesuffix(".")
    when = f"{scenario.file.as_of.day} {scenario.file.as_of:%B %Y}"
    at = f" {dated_words(answer, lines)}" if answer.views[1:] else ""
    return f"As of {when}, {text}, {view_words(scenario)} ({said}; {signature(answer)}).{at}\n"


def markdown(answer: Estimate, show_all: bool = False, notes: Footnotes | None = None) -> str:
    """The memo in Markdown; `notes` as in `table`."""
    lines = summarize(answer, None if show_all else printed)
    notes = notes or Footnotes()
    scenario = answer.scenario
    out = [f"## {scenario.file.name} (as of {scenario.file.as_of})", headline(answer, stated(lines)),
           f"View: {view_words(scenario)}."]  # fmt: skip
    if answer.views[1:]:
        out.append(dated_words(answer, lines))
    rows = ["| quantity | of | median | 5 % | 95 % | unit |", "|---|---|---:|---:|---:|---|"]
    for line in lines:
        if show_all or printed(line.address, line.group):
            middle, low, high, unit = interval(line)
            who = "total" if line.group == "total" else member_name(scenario, line.group, line.member)
            rows.append(f"| {dated.viewed(line)} | {who} | {middle} | {low} | {high} | {unit} |")
    out.append("\n".join(rows))
    listed = [_lot(scenario, name, notes).strip() for name in scenario.file.lots]
    marks = ["counted" if name in scenario.file.counted else "context" for name in scenario.file.lots]
    lots = [f"- {mark}: {text}" for mark, text in zip(marks, listed, strict=True)]
    out.append("\n".join([*lots, *(f"- {text.strip()}" for text in _unsourced(scenario, notes))]))
    out += [block.replace("\n  ", "\n- ") for block in _grounds(answer, notes, 10_000, show_all)]
    out.append("\n".join(f"- {note}" for note in all_notes(answer)))
    out.append("\n".join(f"{i}. {describe_source(s)}" for i, s in enumerate(notes.sources.values(), 1)))
    out.append(signature(answer))
    return "\n\n".join(filter(None, out)) + "\n"
