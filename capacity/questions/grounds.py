"""What an estimate rests on: its lots, the assumptions that matter, sheets, prices and grids, each with its sources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from capacity.document.blocks import Item, Items, items
from capacity.document.citations import Footnotes
from capacity.document.words import figure, member_name, share_text
from capacity.model.estimate import Estimate
from capacity.model.page import STEPS
from capacity.quantity import Quantity
from capacity.questions.screening import influence
from capacity.records.scenario import Lot
from capacity.resolve import Input, Scenario

WEIGHTY = 0.02  # of the spread of one result: an input below it is not worth a line
CONTEXT = "Context, not added"
RELATIONS = ("part_of", "same_as", "replaces")
_HELD = ("prices.", "grids.")  # numbers that no chip's sheet and no assumption states


def weighty(answer: Estimate, totals: Sequence[str]) -> list[Input]:
    """The inputs that the spread of at least one of these results comes from, the weightiest first."""
    shares = ((item, share) for item, share in influence(answer, totals) if share >= WEIGHTY)
    return [item for item, _ in sorted(shares, key=lambda pair: -pair[1])]


def untested(answer: Estimate) -> Iterator[str]:
    """What no measured site has checked of the power that is asked for, where its chips stand."""
    if any(address.startswith(("power.", "energy.")) for address in answer.asked):
        yield from dict.fromkeys(grid.untested for grid in answer.scenario.grids.values() if grid.untested)


def lots(scenario: Scenario, notes: Footnotes, together: bool = False) -> list[Items]:
    """The lots that are counted, whose parts are drawn, and what stands beside them: two lists, or one."""
    counted = [*(lot_line(scenario, name, notes) for name in scenario.file.counted), *_drawn(scenario, notes)]
    context = [lot_line(scenario, name, notes) for name in scenario.file.lots if name not in scenario.file.counted]
    if together:
        return [items([*counted, *(f"{CONTEXT}: {line}" for line in context)], "Counted")]
    return [items(counted, "Counted"), *([items(context, CONTEXT)] if context else [])]


def lot_line(scenario: Scenario, name: str, notes: Footnotes) -> str:
    """A lot in a line: how many of what, at which stage, how it is related to others, by whose word."""
    lot = scenario.file.lots[name]
    relations = [f"{key.replace('_', ' ')} {getattr(lot, key)}" for key in RELATIONS if getattr(lot, key)]
    if lot.less:
        relations.append(f"less {', '.join(lot.less)}")
    when = f"{lot.since} to {lot.date}" if lot.since and not lot.promised else str(lot.date)
    facts = "; ".join([f"{lot.stage} {when}", *_promise(lot), *_limits(lot), f"grade {lot.count.grade}", *relations])
    sources = [scenario.file.sources[key] for key in lot.count.source]
    ratio = f" for each chip of {lot.per_chip_of}" if lot.per_chip_of else ""
    return f"{name}: {_stated(lot)} {scenario.chip_names(name)}{ratio}, {facts} {notes.cite(sources)}".rstrip()


def _promise(lot: Lot) -> Iterator[str]:
    """When a source says that a lot is there, and past what it must go where the lot says that."""
    if lot.per:
        yield f"so many a {lot.per} from {lot.promised[0].begin} to {lot.until}"
    elif lot.phases:
        yield "due " + ", ".join(f"{share_text(span.part)} {span.end}" for span in lot.promised)
    elif lot.due:
        yield f"due {lot.due}"
    if lot.route:
        yield lot.route


def plain(quantity: Quantity) -> str:
    """How a quantity is stated: its words in quotes, or its numbers."""
    if quantity.says:
        return f'"{quantity.says}"'
    return quantity.stated + (" each" if quantity.each else "")


def _stated(lot: Lot) -> str:
    """How much a lot is, as stated; of several reports how many there are, which are told of beside it."""
    if lot.reports:
        return f"{len(lot.reports)} reports combined,"
    words = plain(lot.count)
    return words if lot.count.says else re.sub(r"(?<![\d.,])\d{4,}", lambda whole: f"{int(whole[0]):,}", words)


def _limits(lot: Lot) -> Iterator[str]:
    """The ceilings of a lot in words."""
    if lot.cap_per_owner:
        yield f"at most {plain(lot.cap_per_owner)} each"
    if lot.supply:
        yield f"supply {plain(lot.supply)}"
    if lot.volume_cap:
        yield f"at most {plain(lot.volume_cap.share)} of {plain(lot.volume_cap.of)}"


def _drawn(scenario: Scenario, notes: Footnotes) -> list[str]:
    """Whose parts of a lot no source gives, and how they are drawn."""
    owners = [
        owner
        for name in scenario.file.counted
        for owner in scenario.file.lots[name].owners
        if owner not in scenario.file.lots[name].shares and len(scenario.by_lot[name]) > 1
    ]
    if not owners:
        return []
    split = scenario.assumption("owner_split_sigma", None)
    names = ", ".join(member_name(scenario, "owner", owner) for owner in dict.fromkeys(owners))
    return [
        f"No source gives the parts of {names}: they are drawn (sd of log weights {split.quantity.stated}; "
        f"grade {split.quantity.grade}) {notes.cite(split.sources)}".rstrip()
    ]


def assumptions(answer: Estimate, weights: Sequence[Input], notes: Footnotes, most: int | None = None) -> Items:
    """The assumptions that matter, the weightiest first; `most` of them."""
    title = "Assumptions that matter (5 % to 95 % points)"
    first: dict[str, Input] = {}
    for item in weights:
        first.setdefault(_assumed(answer, item)[0], item)
    if not first:
        return items(["none; nothing printed here is uncertain"], title)
    lines = []
    for place, item in list(first.items())[:most]:
        spoke = item.profile or (item.set_by if item.set_by != "default" else "")
        facts = ", ".join(filter(None, (f"grade {item.quantity.grade}", spoke)))
        lines.append(f"{place} {_assumed(answer, item)[1]} ({facts}) {notes.cite(item.sources)}".rstrip())
    return items(lines, title)


def _assumed(answer: Estimate, item: Input) -> tuple[str, str]:
    """An input's name and what is assumed of it, in words."""
    meanings = answer.scenario.defaults.assumptions
    if item.unit == "split":
        return "owner_split_sigma", f"{plain(item.quantity)}: {meanings['owner_split_sigma'].meaning}"
    place = item.place.partition("@")[0]
    if place.startswith("chips."):
        return place, " ".join(figure(item)[1:])
    name = place.rpartition(".")[2]
    if place.startswith(("assumptions.", "systems.", "sites.", "grids.", "profiles.")) and name in meanings:
        return name, f"{plain(item.quantity)}: {meanings[name].meaning}"
    return place, f"{plain(item.quantity)} {item.unit}" if place.startswith(_HELD) else plain(item.quantity)


def sheets(answer: Estimate, addresses: Sequence[str], listed: Sequence[Input], notes: Footnotes) -> tuple[Items, ...]:
    """What the results rest on beside the assumptions listed: sheets, prices and carbon factors, with their sources.

    Figures of one chip that share unit, grade and sources share a mark.
    """
    scenario = answer.scenario
    names = {_assumed(answer, item)[0] for item in listed}
    chips: dict[str, dict[tuple[str, str, str], list[str]]] = {}
    others = []
    # Sheets are printed first, so they are cited first.
    for item in sorted(_inputs(answer, addresses), key=lambda item: not item.place.startswith("chips.")):
        place = item.place
        marks = f"({', '.join([item.quantity.grade, *([item.set_by] if item.set_by != 'default' else [])])})"
        if place.startswith("chips.") and place not in names:
            what, much, unit = figure(item)
            alike = (unit, marks, notes.cite(item.sources))
            chips.setdefault(place.split(".")[1], {}).setdefault(alike, []).append(f"{what} {much}")
        elif place.startswith(_HELD) and place not in names and _assumed(answer, item)[0] == place:
            others.append(f"{place} {_assumed(answer, item)[1]} {marks} {notes.cite(item.sources)}".rstrip())
    lines = []
    counted = {cell.chip for cell in scenario.cells}
    for chip, groups in chips.items():
        name = scenario.chips[chip].name + ("" if chip in counted else ", the measure of equivalents")
        facts = [f"{', '.join(figures)} {unit} {marks} {cites}" for (unit, marks, cites), figures in groups.items()]
        lines.append(f"{name}: {'; '.join(fact.rstrip() for fact in facts)}")
    title = "Sheets, prices and grids (letters are grades)"
    return (Items(tuple(Item((line,)) for line in (*lines, *others)), "list", title),) if lines or others else ()


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
    read = (item for name in names for item in answer.plan.gather(name).inputs if isinstance(item, Input))
    return list({item.place: item for item in read}.values())
