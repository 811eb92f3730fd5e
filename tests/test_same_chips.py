"""Counted lots that may be the same chips: which are named, how many, and what thousands of them cost."""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import pytest

import capacity
from capacity.errors import MOST_FAULTS, MOST_NOTES, InputError
from capacity.load import Specs, join_scenario
from capacity.load.input_file import InputFile
from capacity.records.scenario import STAGES, Lot
from capacity.resolve import Scenario
from tests.running import in_a_second

CITED = {"source": "made-up", "grade": "D"}
COUNT = {"low": 900.0, "high": 1100.0, **CITED}
MORE = f"more counted lots may be the same chips: only the first {MOST_NOTES} pairs are named"
Lots = dict[str, dict[str, Any]]


def scenario_of(lots: Lots, firms: int = 0, halls: int = 0, **more: Any) -> Scenario:
    """A scenario that counts these lots, with owners `o0`, `o1`, … and sites `s0`, `s1`, …"""
    filled = {
        name: {"chip": "h200-sxm", "stage": "installed", "date": "2026-01-01", "count": COUNT, **lot}
        for name, lot in lots.items()
    }
    data = {
        "id": "made-up", "name": "A test", "as_of": "2026-01-01", "lots": filled, "counted": list(filled),
        "owners": {f"o{i}": {"name": f"Owner {i}"} for i in range(firms)},
        "sites": {f"s{i}": {"name": f"Site {i}"} for i in range(halls)},
        "sources": {"made-up": {"title": "made up for a test", "kind": "judgement"}}, **more,
    }  # fmt: skip
    return join_scenario(InputFile("test", data), Specs())


def day(number: int) -> str:
    """A day before the scenario's own, later ones with higher numbers."""
    return (date(1900, 1, 1) + timedelta(number)).isoformat()


# --- which are named ---------------------------------------------------------------------------


def may_be_same(a: Lot, one: str, b: Lot, two: str) -> bool:
    """Whether two lots may hold the same chips, looked at pair by pair."""
    early, late = sorted((a, b), key=lambda lot: STAGES.index(lot.stage))
    if a.chip != b.chip or (a.site and b.site and a.site != b.site) or two in a.less or one in b.less:
        return False
    if a.owners and b.owners and not set(a.owners) & set(b.owners):
        return False
    if a.stage == b.stage and a.since and b.since and (a.date < b.since or b.date < a.since):
        return False
    return STAGES.index(late.stage) - STAGES.index(early.stage) <= 1 or late.date >= early.date


def expected(scenario: Scenario) -> list[str]:
    """The notes about such pairs, found by looking at every pair."""
    file = scenario.file
    pairs = [
        (i, j)
        for (i, one), (j, two) in combinations(enumerate(file.counted), 2)
        if may_be_same(file.lots[one], one, file.lots[two], two)
    ]
    shown = sorted(sorted(pairs, key=lambda pair: (pair[1], pair[0]))[:MOST_NOTES])
    notes = []
    for i, j in shown:
        one, two = file.counted[i], file.counted[j]
        a, b = file.lots[one], file.lots[two]
        notes.append(
            f"lots {one} ({a.stage} {a.date}) and {two} ({b.stage} {b.date}) are both counted and may be the "
            f"same {a.chip} (if so: part_of, or less)"
        )
    return [*notes, MORE] if len(pairs) > MOST_NOTES else notes


def any_lots(rng: random.Random) -> Lots:
    """Lots of a few chips, owners, sites, stages and dates, some of which come off others."""
    lots: Lots = {}
    bases: list[str] = []
    stages = rng.sample(STAGES, rng.randint(1, len(STAGES)))
    span = rng.choice((3, 40))
    for number in range(rng.randint(2, 14)):
        since = rng.randint(0, span)
        until = since + rng.choice((0, 1, rng.randint(0, span)))
        lot: dict[str, Any] = {"stage": rng.choice(stages), "date": day(until), "chip": rng.choice(("h20", "h200-sxm"))}
        if rng.random() < 0.7:
            lot["since"] = day(since)
        if rng.random() < 0.7:
            lot["owners"] = rng.sample(["o0", "o1", "o2", "o3"], rng.choice((1, 1, 2, 3)))
        if rng.random() < 0.5:
            lot["site"] = rng.choice(["s0", "s1"])
        name = f"lot-{number}"
        alike = [base for base in bases if lots[base]["chip"] == lot["chip"]]
        if alike and rng.random() < 0.4:
            lot["less"] = rng.choices(alike, k=rng.randint(1, 3))  # one may be named twice
        else:
            bases.append(name)
        lots[name] = lot
    names = list(lots)
    rng.shuffle(names)
    return {name: lots[name] for name in names}


@pytest.mark.parametrize("seed", range(10))
def test_the_pairs_named_are_those_that_a_look_at_every_pair_finds(seed: int) -> None:
    """Whatever the lots, the same notes in the same order as when each two counted lots are compared."""
    rng = random.Random(seed)
    for _ in range(40):
        scenario = scenario_of(any_lots(rng), firms=4, halls=2)
        assert list(scenario.notes) == expected(scenario)


@pytest.mark.parametrize(("lots", "notes"), [(6, 15), (7, 21), (8, 21), (300, 21)])
def test_the_first_pairs_are_named_and_the_others_folded(lots: int, notes: int) -> None:
    """Fifteen pairs are all named; of 21 and of 45,000 the first twenty, and one note says that there are more."""
    found = scenario_of({f"lot-{i}": {} for i in range(lots)}).notes
    assert len(found) == notes
    assert sum("may be the same h200-sxm" in note for note in found) == min(notes, MOST_NOTES)
    assert (found[-1] == MORE) == (notes > MOST_NOTES)


def test_the_pairs_named_are_of_the_first_lots() -> None:
    """Where there are too many pairs to name, those are named that the first lots make among themselves."""
    found = scenario_of({f"lot-{i}": {} for i in range(1000)}).notes
    named = {word for note in found[:-1] for word in note.split() if word.startswith("lot-")}
    assert named == {f"lot-{i}" for i in range(7)}


def test_many_late_lots_and_sources_are_counted_in_a_note() -> None:
    """Of lots and sources after the scenario's own date, and of lots after the day asked for, so many are named."""
    lots = {f"lot-{i}": {"date": "2026-02-01", "owners": [f"o{i}"]} for i in range(50)}
    late = {f"s{i}": {"title": "a memo", "kind": "user", "published": "2026-03"} for i in range(50)}
    known = {"made-up": {"title": "made up for a test", "kind": "judgement"}}
    scenario = scenario_of(lots, firms=50, sources={**known, **late})
    dated = [note for note in scenario.notes if note.startswith("lot ")]
    assert len(dated) == MOST_NOTES
    assert "30 more lots are dated after the as_of 2026-01-01" in scenario.notes
    assert "30 more sources were published after the scenario's as_of 2026-01-01" in scenario.notes
    assert len(scenario.notes) == 2 * (MOST_NOTES + 1)
    early = [
        note for note in capacity.estimate(scenario, 2, at="2026-01-15", show="chips").notes() if "nothing" in note
    ]
    assert len(early) == MOST_NOTES


def test_shares_that_pass_one_in_many_lots_are_noted_in_a_few_lines() -> None:
    """The lots whose quoted shares sometimes pass 1 are named up to a number, and so are those where it is an error."""
    lots: Lots = {}
    for i, low in enumerate([0.3] * 25 + [0.45] * (MOST_FAULTS + 5)):
        part = {"low": low, "high": low + 0.2, **CITED}
        owners = [f"o{2 * i}", f"o{2 * i + 1}"]
        lots[f"lot-{i}"] = {"owners": owners, "shares": dict.fromkeys(owners, part)}
    seldom = scenario_of(dict(list(lots.items())[:25]), firms=50)
    notes = [note for note in capacity.estimate(seldom, 2, show="chips").notes() if "pass 1" in note]
    assert len(notes) == MOST_NOTES + 1
    assert notes[-1].startswith("5 more lots have quoted shares")
    with pytest.raises(InputError, match="more than 100 faults") as caught:
        capacity.estimate(scenario_of(lots, firms=2 * len(lots)), 2, show="chips")
    assert len(caught.value.faults) == MOST_FAULTS + 1


# --- what many lots cost ------------------------------------------------------------------------

MANY = 3000


def disjoint(number: int) -> dict[str, Any]:
    return {"since": day(number), "date": day(number)}


def in_pairs() -> Lots:
    """Lots that each come off another of the same days."""
    found: Lots = {}
    for i in range(MANY // 2):
        found |= {f"whole-{i}": disjoint(i) | {"less": [f"part-{i}"]}, f"part-{i}": disjoint(i)}
    return found


def halves(i: int) -> dict[str, Any]:
    """Installed ones, then ordered ones of later days, so that none can have come out of another."""
    return disjoint(i) if i % 2 else {**disjoint(20_000 + i), "stage": "ordered"}


def parts_of_one() -> Lots:
    """A lot off which all the others come."""
    parts = {f"part-{i}": disjoint(i) for i in range(MANY - 1)}
    return {**parts, "whole": {"since": day(0), "less": list(parts)}}


def together() -> list[dict[str, Any]]:
    return [{"places": [f"lots.lot-{i}.count", f"lots.lot-{i + 1}.count"], "rho": 0.5} for i in range(0, MANY, 2)]


def each(make: Callable[[int], dict[str, Any]]) -> Callable[[], Lots]:
    return lambda: {f"lot-{i}": make(i) for i in range(MANY)}


def shared(i: int) -> dict[str, Any]:
    return {"owners": [f"o{i}", f"o{i + 1}"], "shares": {f"o{i}": {"value": 0.4, **CITED}}, **disjoint(i)}


# name: the lots, how many notes about pairs, what else the scenario has
SHAPES: dict[str, tuple[Callable[[], Lots], int, Callable[[], dict[str, Any]]]] = {
    "all alike": (each(lambda i: {}), 21, dict),
    "an owner each": (each(lambda i: {"owners": [f"o{i}"]}), 0, dict),
    "a site each": (each(lambda i: {"site": f"s{i}"}), 0, dict),
    "an owner and a site each": (each(lambda i: {"owners": [f"o{i}"], "site": f"s{i}"}), 0, dict),
    "all with one owner more": (each(lambda i: {"owners": [f"o{i}", f"o{MANY}"]}), 21, dict),
    "owners half ordered, half installed": (
        each(lambda i: {"owners": [f"o{i}"], "stage": ("ordered", "installed")[i % 2]}), 0, dict
    ),
    "ordered after those installed": (each(halves), 0, dict),
    "a day each, the last first": (each(lambda i: disjoint(MANY - i)), 0, dict),
    "in pairs": (in_pairs, 0, dict),
    "parts of one": (parts_of_one, 0, dict),
    "shared": (each(shared), 0, dict),
    "together": (each(lambda i: {"owners": [f"o{i}"]}), 0, lambda: {"together": together()}),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_three_thousand_lots_are_checked_in_a_second(shape: str) -> None:
    """A scenario of thousands of lots costs so much a lot, however they relate, and has notes that can be read."""
    make, notes, more = SHAPES[shape]
    lots, others = make(), more()
    with in_a_second():
        scenario = scenario_of(lots, firms=MANY + 1, halls=MANY if "site" in shape else 0, **others)
    assert len(scenario.notes) == notes


def wrong_places() -> Iterator[tuple[str, Lots, dict[str, Any]]]:
    """Faults that every lot, or every site, has."""
    yield "unknown site", {f"lot-{i}": {"site": f"zz{i}"} for i in range(MANY)}, {}
    wrong = {"nonsense": {"value": 1, **CITED}}
    sites = {f"s{i}": {"name": "x", "assumptions": wrong} for i in range(MANY)}
    yield "unknown assumption", {"lot": {}}, {"sites": sites}
    yield "unknown chip", {f"lot-{i}": {"chip": f"zz{i}"} for i in range(MANY)}, {}


@pytest.mark.parametrize(("what", "lots", "more"), list(wrong_places()), ids=lambda value: str(value)[:20])
def test_thousands_of_faults_are_a_hundred_lines(what: str, lots: Lots, more: dict[str, Any]) -> None:
    """A fault that every lot or site has is said a hundred times, and that there are more."""
    with pytest.raises(InputError, match=what) as caught:
        scenario_of(lots, **more)
    assert len(caught.value.faults) == MOST_FAULTS + 1
    assert "more than 100 faults" in str(caught.value)
