"""Scenarios and chips from plain Python values: what a file would say, without the file."""

import datetime
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import capacity
from capacity.document.answer import write
from capacity.errors import InputError
from capacity.load import Specs, find_part
from capacity.load.specs import built_in_specs

CARD = {"name": "Acme X1", "vendor": "Acme", "unit": "card", "source": "a slide", "grade": "C"}
RATES = {"dense_tflops": {"bf16": 800}, "tdp_w": 500}


def h20(**more: Any) -> capacity.Lot:
    return capacity.Lot(**{"chip": "h20", "amount": 1000, "stage": "installed", **more})


def built(*lots: capacity.Lot, **more: Any) -> capacity.Scenario:
    return capacity.Scenario.build(**{"name": "Mine", "as_of": "2026-01-28", "lots": lots, **more})


def test_plain_values_are_what_a_file_would_say(tmp_path: Path) -> None:
    """Built in Python or written as YAML by hand, a scenario holds the same numbers at the same places."""
    (tmp_path / "mine.yaml").write_text(
        "id: mine\nname: Mine\nas_of: 2026-01-28\n"
        "owners: {bytedance: {name: ByteDance}, alibaba: {name: Alibaba, region: sg}}\n"
        "sites: {hall: {name: hall, region: my, capacity_mw: {value: 90, source: me, grade: C}, capacity_type: it}}\n"
        "lots:\n"
        "  first: {chip: h200-sxm, stage: approved, date: 2026-01-20, owners: [bytedance, alibaba], site: hall,\n"
        "    count: {says: 'over 400,000', source: other, grade: B}, shares: {bytedance: {low: 0.4, high: 0.6, "
        "source: other, grade: B}}}\n"
        "  lot-2: {chip: h20, stage: installed, date: 2026-01-28,\n"
        "    count: {low: 900, high: 1100, source: me, grade: C}}\n"
        "counted: [first]\n"
        "assumptions: {pue_peak: {low: 1.1, high: 1.2, source: me, grade: C}}\n"
        "sources: {me: {title: my notes, kind: user}, other: {title: Reuters, kind: secondary report}}\n"
    )
    other = capacity.Source(title="Reuters", kind="secondary report")
    mine = built(
        capacity.Lot(
            id="first", chip="H200", amount="over 400,000", stage="Approved", date="2026-01-20", site="hall",
            owners=["ByteDance", "Alibaba"], shares={"ByteDance": (0.4, 0.6)}, source=other, grade="B",
        ),
        h20(amount=(900, 1100), counted=False),
        owners={"Alibaba": {"region": "sg"}},
        sites={"hall": {"region": "my", "capacity_mw": 90, "capacity_type": "it"}},
        assumptions={"pue_peak": "1.1..1.2"}, source="my notes", grade="C",
    )  # fmt: skip
    written = capacity.load_scenario(tmp_path / "mine.yaml")
    first, second = (
        {item.place: (item.quantity.model_dump(exclude={"source", "buyers"}), [s.title for s in item.sources])
         for item in capacity.estimate(s, 64).plan.inputs()}
        for s in (mine, written)
    )  # fmt: skip
    assert first == second
    assert "lots.first.shares.bytedance" in first


def test_what_is_saved_loads_as_the_same(tmp_path: Path) -> None:
    """With a chip of its own, words, changed numbers and letters of any script, the file gives every draw again."""
    scenario = built(
        h20(amount="over 5,000", owners=["字节跳动 Cloud", "A+"]), h20(chip="acme-x1", owners=["A+"]),
        chips=[{**CARD, **RATES}],
    ).having({"lots.lot-2.count": "1,200", "assumptions.pue_peak@a+": 1.3, "chips.acme-x1.tdp_w": (600.0)})  # fmt: skip
    path = scenario.save(tmp_path / "mine.yaml")
    again = capacity.load_scenario(path)
    assert again.sha256 == scenario.sha256
    a, b = (capacity.estimate(s, 200) for s in (scenario, again))
    np.testing.assert_array_equal(a.draws("power.facility.nameplate@a+"), b.draws("power.facility.nameplate@a+"))
    # 1,200 cards at 800 TFLOP/s, and H20s at 148 TFLOP/s each.
    chips = a.draws("chips")
    np.testing.assert_allclose(a.draws("peak_flops.bf16.dense"), 1200 * 800e12 + (chips - 1200) * 148e12)
    assert capacity.validate(path).valid


def test_what_no_file_can_say_is_not_saved(tmp_path: Path) -> None:
    """An input taken over whole from another scenario has no words; a place that cannot be written is told."""
    scenario = built(h20())
    item = capacity.load_scenario().assumption("pue_peak", None)
    with pytest.raises(InputError, match=r"save: assumptions\.pue_peak is an input of another scenario"):
        scenario.having({"assumptions.pue_peak": item}).save(tmp_path / "x.yaml")
    with pytest.raises(InputError, match=r"save: .* cannot be written"):
        scenario.save(tmp_path / "none" / "x.yaml")


DAYS = [datetime.date(2026, 1, 28), datetime.datetime(2026, 1, 28, 13, 5), np.datetime64("2026-01-28")]


@pytest.mark.parametrize("day", DAYS, ids=lambda day: type(day).__name__)
def test_days_of_any_kind(day: Any) -> None:
    """A day is one whether it is text, a date, a time of that day, or numpy's."""
    for scenario in (built(h20(date=day)), built(h20(), as_of=day), built(h20(date="2026-01-28"), as_of=None)):
        assert (scenario.file.as_of, scenario.file.lots["lot-1"].date) == (DAYS[0], DAYS[0])
    data = {**built(h20()).document, "as_of": day}
    assert capacity.estimate(data, 64).scenario.file.as_of == DAYS[0]


def test_a_timestamp_of_pandas_is_a_day() -> None:
    """Frames give their days as Timestamps; a missing one is told of."""
    pandas = pytest.importorskip("pandas")
    assert built(h20(date=pandas.Timestamp("2026-01-28 10:00"))).file.lots["lot-1"].date == DAYS[0]
    assert len(capacity.estimate(built(h20()), 64, at=pandas.Timestamp("2026-06-30")).views) > 1
    with pytest.raises(InputError, match="as_of"):
        built(h20(), as_of=pandas.NaT)


AMOUNTS = [
    (400_000, 400_000, 400_000), (np.int64(7), 7, 7), ((900, 1100), 900, 1100), ("900..1100", 900, 1100),
    ("500 to 700", 500, 700), ({"value": 5}, 5, 5),
    (capacity.Quantity(low=3, high=9, source=("notes",), grade="C"), 3, 9), ("4 servers", 32, 32),  # of eight H20
]  # fmt: skip


@pytest.mark.parametrize(("amount", "low", "high"), AMOUNTS, ids=lambda value: str(value)[:20])
def test_amounts_of_any_kind(amount: Any, low: float, high: float) -> None:
    """A number of Python or numpy, two ends, words, a mapping or a quantity say how many."""
    count = built(h20(amount=amount)).file.lots["lot-1"].count
    assert count.ends[0] == low or (count.floor == low and count.ends[0] >= low)
    assert count.ends[1] == pytest.approx(high, rel=0.05)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"lots": [h20(chip="H2000")]}, r"lots\[0\].chip: unknown chip 'H2000' \(did you mean"),
    ({"lots": [h20(), h20(amount=-5)]}, r"lots\[1\].amount: -5 is below zero"),
    ({"lots": [h20(grade="E")]}, r"lots\[0\].grade: 'E': should be"),
    ({"lots": [h20(stage="imagined")]}, r"lots\[0\].stage: "),
    ({"lots": [h20(owners="ByteDance")]}, r"lots\[0\].owners: 'ByteDance' is no list"),
    ({"lots": [{"chip": "h20", "amount": 5, "stage": "demand", "to": 1}]}, r"lots\[0\].to: unknown key 'to'"),
    ({"lots": [h20(id="a"), h20(id="a")]}, r"lots\[1\].id: 'a' is the id of another lot"),
    ({"lots": []}, "lots: none is given"),
    ({"lots": [h20()], "as_of": "soon"}, "as_of: "),
    ({"lots": [h20()], "assumptions": {"pue": 1.2}}, r"assumptions.pue: unknown assumption 'pue' \(known: "),
    ({"lots": [h20()], "owners": {"Acme": {"region": "xx"}}}, "owners.acme.region: unknown region 'xx'"),
    ({"lots": [h20()], "sites": {"hall": 5}}, "sites.hall: 5 says nothing of it"),
    ({"lots": [h20()], "chips": [{**CARD, "memory_gb": 900_000}]}, "chips.acme-x1.memory_gb: "),
    ({"lots": [h20(source=["me", 5])]}, "source: 5 is none"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=lambda value: str(value)[:30])
def test_a_fault_names_the_argument(arguments: dict[str, Any], message: str) -> None:
    """What is wrong is told of the argument of Python, in one line, never of a file."""
    with pytest.raises(InputError, match="^" + message) as caught:
        capacity.Scenario.build(**{"name": "Mine", "as_of": "2026-01-28", **arguments})
    assert "yaml" not in str(caught.value)


def test_all_lots_are_told_at_once() -> None:
    """Names that nobody knows in two lots are two faults of one error."""
    with pytest.raises(InputError) as caught:
        built(h20(chip="H2000"), h20(chip="H3000"))
    assert [fault.file for fault in caught.value.faults] == ["lots[0].chip", "lots[1].chip"]


def test_a_chip_of_ones_own_is_held_to_the_rules() -> None:
    """From plain values a chip is what a file of it would be: sources, grades, integrity, its name as its id."""
    chip = capacity.load_chip({**CARD, "dense_tflops": {"bf16": (380, 420)}, "tdp_w": "500", "memory_gb": 96})
    assert (chip.id, chip.peak("bf16").ends, chip.figure("tdp_w")) == (
        "acme-x1",
        (380e12, 420e12),
        chip.figure("tdp_w"),
    )
    assert {q.grade for q in chip.figures().values()} == {"C"}
    assert [source.title for source in chip.sources.values()] == ["a slide"]
    with pytest.raises(InputError, match="memory_gb"):
        capacity.load_chip({**CARD, "memory_gb": 900_000})
    with pytest.raises(InputError, match=r"chip tdp: unknown key 'tdp'"):
        capacity.load_chip({**CARD, "tdp": 5})


def test_several_chips_and_families() -> None:
    """Chips in a list, and what a family's name stands for, are the kinds of one lot; a quoted part holds."""
    lots = [h20(chip=["H20", "h200"], mix={"h20": 0.25}), h20(chip="Blackwell Ultra")]
    file = built(*lots).file
    assert [lot.members for lot in file.lots.values()] == [("h20", "h200-sxm"), ("b300", "gb300")]
    answer = capacity.estimate(built(lots[0]), 64, by="chip")
    np.testing.assert_allclose(answer.draws("chips@h20"), 250)


def test_a_chip_object_goes_where_its_name_goes() -> None:
    """A lot may hold a chip of one's own; one of the library is named, and its sheet is not copied."""
    own = capacity.load_chip({**CARD, **RATES})
    scenario = built(h20(chip=own), h20(chip=capacity.load_chip("h20")))
    assert (set(scenario.file.chips), scenario.file.lots["lot-2"].chip) == ({"acme-x1"}, "h20")


@pytest.mark.parametrize("name", ["H200", "NVIDIA H20 96 GB", "h20"])
def test_a_part_is_loaded_by_the_names_that_show_knows(name: str) -> None:
    """`load_chip` takes what `show` takes; a path and an unknown name, too, each in its way."""
    assert capacity.load_chip(name).id == find_part(("chips",), name, Specs(), "show")[1]
    path = built_in_specs() / "chips" / "h20.yaml"
    assert capacity.load_chip(path) == capacity.load_chip("H20")
    with pytest.raises(InputError, match="chip: unknown chip 'H2000'"):
        capacity.load_chip("H2000")


def test_owners_keep_their_letters_in_every_format() -> None:
    """An owner's name is his id and his address, whatever script it is in; "A+" and "A-" stay two."""
    scenario = built(h20(owners=["字节跳动", "Société Générale"]), h20(owners=["A+", "A-"]))
    assert scenario.file.lots["lot-1"].owners == ("字节跳动", "société-générale")
    answer = capacity.estimate(scenario, 100)
    for address in ("chips@字节跳动", "chips@société-générale", "chips@a+", "chips@a-"):
        assert answer.draws(address).shape == (100,)
    for form in ("table", "json", "csv", "markdown", "html"):
        assert "字节跳动" in write(answer, form)
    assert set(answer.to_frame()["owner"].dropna()) == {"字节跳动", "société-générale", "a+", "a-"}


def test_scenarios_and_estimates_survive_another_process(tmp_path: Path) -> None:
    """Pickled here and read by another interpreter, an estimate has its draws, a scenario computes and changes."""
    scenario = built(h20(owners=["字节跳动"]), chips=[{**CARD, **RATES}])
    answer = capacity.estimate(scenario, 100)
    (tmp_path / "both").write_bytes(pickle.dumps((scenario, answer)))
    code = (
        "import pickle, sys, capacity; scenario, answer = pickle.load(open(sys.argv[1], 'rb'))\n"
        "again = capacity.estimate(scenario.having({'lots.lot-1.count': 'over 2,000'}), 100)\n"
        "watts = [a.draws('power.it.nameplate').sum() for a in (answer, capacity.estimate(scenario, 100))]\n"
        "print(*watts, again.draws('chips').min() > 2000)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "both"], capture_output=True, text=True, check=True)
    total = answer.draws("power.it.nameplate").sum()
    assert done.stdout.split() == [str(total), str(total), "True"]


def test_a_quantity_prints_as_people_read_it() -> None:
    """With unit where it is known, grade and source; `float` where it is one number."""
    peak = capacity.load_chip({**CARD, **RATES}).peak("bf16")
    assert str(peak) == "800 TFLOP/s (grade C, a-slide)"
    assert repr(peak) == "<Quantity 800 TFLOP/s (grade C, a-slide)>"
    assert float(peak) == 800e12
    count = built(h20(amount="over 5,000", source="me!")).file.lots["lot-1"].count
    assert str(count).startswith('"over 5,000": 5010 to 6340 chips (grade D')
    for doubtful in (count, capacity.Quantity(value=5, chance=0.5, source=("x",), grade="D")):
        with pytest.raises(ValueError, match="is not one number"):
            float(doubtful)


def test_what_is_no_scenario_is_refused() -> None:
    """A thing that names no scenario, and data that hold themselves, are told of in one line."""
    for nothing in (None, 5, [], object()):
        with pytest.raises(InputError, match=r"^scenario: .* is none"):
            capacity.estimate(nothing)  # type: ignore[arg-type]
    circle: dict[str, Any] = {}
    circle["lots"] = circle
    with pytest.raises(InputError, match="nested too deeply"):
        capacity.estimate(circle)
