"""Compare: common worlds, and parts that add up."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from conftest import scenario_of

import capacity
from capacity.questions.compare import STRUCTURE, compare
from tests.running import good, run

LATER = """\
id: later
name: A later story
as_of: 2026-10-01
owners:
  bytedance: {name: ByteDance, profile: china-platform}
  meituan: {name: Meituan}
lots:
  delivered: {chip: h200-sxm, stage: delivered, date: 2026-08-31, owners: [bytedance],
    count: {low: 15000, high: 25000, source: s, grade: C}}
  older: {chip: h20, stage: delivered, date: 2026-08-31, owners: [meituan], count: {value: 100000, source: s, grade: C}}
counted: [delivered, older]
assumptions:
  network_ratio: {low: 1.1, high: 1.3, source: s, grade: D}
sources: {s: {title: made up for a test, kind: judgement}}
"""


@pytest.fixture
def later(tmp_path: Path) -> Path:
    path = tmp_path / "later.yaml"
    path.write_text(LATER)
    return path


def test_parts_are_the_mean_of_both_orders_worked_by_hand() -> None:
    """Chips double and watts beside the chip rise: each part is the mean of being changed first and last."""
    one, two = (
        scenario_of("h200-sxm x 5", [f"lots.lot-0.count={n}", f"assumptions.server_other_w={w}"])
        for n, w in ((1000, 500), (2000, 600))
    )
    (change,) = compare(one, two, ("power.server.nameplate",), draws=64).changes
    assert dict(change.parts) == {
        "lots.lot-0.count": pytest.approx((1000 * 1200 + 1000 * 1300) / 2),
        "assumptions.server_other_w": pytest.approx((2000 * 100 + 1000 * 100) / 2),
    }
    assert change.after[1] - change.before[1] == pytest.approx(2000 * 1300 - 1000 * 1200)
    assert change.rises == 1


def test_parts_sum_to_the_difference_of_medians_whatever_differs(later: Path) -> None:
    """Between scenarios with other lots, owners, chips and assumptions the parts leave no rest."""
    before, after = capacity.load_scenario(), capacity.load_scenario(later)
    found = compare(before, after, draws=3000)
    assert len(found.changes) == 4
    for change in found.changes:
        ours, theirs = (
            float(np.median(capacity.estimate(s, draws=3000).draws(change.address))) for s in (before, after)
        )
        assert sum(moved for _, moved in change.parts) == pytest.approx(theirs - ours, rel=1e-9)
        assert STRUCTURE in dict(change.parts)
    assert "assumptions.network_ratio" in dict(found.changes[2].parts)


def test_a_scenario_does_not_differ_from_itself() -> None:
    """The same scenario twice: no input differs, no result moves, in no world."""
    found = compare(capacity.load_scenario(), capacity.load_scenario(), draws=500)
    assert found.inputs == ()
    assert all(c.difference == (0, 0, 0) and c.rises == 0 and not c.parts for c in found.changes)


def test_an_input_that_stays_keeps_its_worlds() -> None:
    """Where only the PUE differs, facility power moves and IT power does not, in every world."""
    other = scenario_of("h200-china-2026-01", ["assumptions.pue_peak=1.1..1.2"])
    found = compare(capacity.load_scenario(), other, ("power.it.nameplate", "power.facility.nameplate"), draws=500)
    it, facility = found.changes
    assert it.difference == (0, 0, 0)
    assert facility.rises == 0
    assert [name for name, _ in facility.parts] == ["assumptions.pue_peak"]


def test_compare_on_the_command_line(later: Path) -> None:
    """Text names inputs and reasons; JSON has the parts; Markdown is a table; all fit."""
    text = good("compare", "h200-china-2026-01", str(later))
    assert "lots and owners" in text
    assert "assumptions.network_ratio (bytedance): 1.06 to 1.22 → 1.1 to 1.3" in text
    assert max(map(len, text.splitlines())) <= 80
    data = json.loads(good("compare", "h200-china-2026-01", str(later), "--format", "json"))
    assert data["schema"] == "capacity.compare/1"
    for change in data["changes"]:
        moved = sum(part["median_moved"] for part in change["parts"])
        assert moved == pytest.approx(change["after"]["p50"] - change["before"]["p50"], rel=1e-9)
    assert good("compare", "h200-china-2026-01", str(later), "--format", "markdown").count("| ") > 10


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_the_comparison_fits_the_width(columns: int) -> None:
    """From 60 to 200 columns no line is wider than the terminal, exact numbers included."""
    text = good("compare", "h200-china-2026-01", "--set-b", "lots.approved.count=300000", columns=columns)
    assert max(map(len, text.splitlines())) <= columns
    assert "300,000" in text


def test_compare_with_other_specs(tmp_path: Path) -> None:
    """The same scenario with another sheet of the chip: the sheet's figure is what moved the result."""
    from capacity.load import built_in_specs

    sheet = (built_in_specs() / "chips" / "h200-sxm.yaml").read_text()
    (tmp_path / "chips").mkdir()
    head, tdp, tail = sheet.partition("tdp_w:")
    assert tdp
    block = re.match(r".*?(?=\n[a-z])", tail, re.DOTALL)  # the figure with what its sources print
    assert block
    changed = block[0].replace("700", "770") + tail[block.end() :]
    (tmp_path / "chips" / "h200-sxm.yaml").write_text(head + tdp + changed)
    text = good("compare", "h200-china-2026-01", "--specs-b", str(tmp_path), "--show", "power.chip")
    assert "chips.h200-sxm.tdp_w: 700 W → 770 W" in text
    assert "median +10%: +10% chips.h200-sxm.tdp_w" in text


def test_compare_without_a_second_scenario_is_a_misuse() -> None:
    """With nothing that could differ the command is wrong, and says what is missing."""
    done = run("compare", "h200-china-2026-01")
    assert done.returncode == 2
    assert "--set-b" in done.stderr


def test_every_input_of_a_scenario_can_be_replaced() -> None:
    """A whole input that `having` puts at a place stands there, whichever method gives it; so nothing goes unseen."""
    from dataclasses import replace

    from capacity.model.estimate import estimate

    scenario = capacity.load_scenario()
    for item in estimate(scenario, 2, at="2026-12-31").plan.inputs():
        other = replace(item, profile="made-up")
        again = estimate(scenario.having({item.place: other}), 2, at="2026-12-31").plan.inputs()
        assert [i for i in again if i.profile == "made-up"] == [other], item.place


def test_january_against_october_adds_up() -> None:
    """The January and the October story differ in lots and inputs; the parts of each difference leave no rest."""
    january, october = (capacity.load_scenario(f"h200-china-2026-{month}") for month in ("01", "10"))
    found = compare(january, october, draws=4000)
    assert found.changes
    for change in found.changes:
        rest = change.after[1] - change.before[1] - sum(part for _, part in change.parts)
        assert abs(rest) <= 1e-9 * abs(change.before[1])


def test_what_another_record_states_is_no_matter_of_lots(tmp_path: Path) -> None:
    """Another profile brings another grid and market: the parts are price, tariff and factors, not lots and owners."""
    text = (Path(__file__).parent.parent / "specs/scenarios/h200-china-2026-01.yaml").read_text()
    path = tmp_path / "abroad.yaml"
    path.write_text(text.replace("profile: china-platform", "profile: us-hyperscale"))
    before, after = capacity.load_scenario("h200-china-2026-01"), capacity.load_scenario(path)
    show = ["electricity_cost", "capex.chips", "capex.construction", "carbon.combustion", "carbon.lifecycle"]
    found = compare(before, after, show, draws=400)
    moved = {change.address: dict(change.parts) for change in found.changes}
    assert not any(STRUCTURE in parts for parts in moved.values())
    assert set(moved["capex.chips"]) == {"prices.h200-sxm"}
    assert set(moved["carbon.combustion"]) == {
        "grids.combustion_kg_kwh", "assumptions.pue_peak", "assumptions.pue_annual_share"
    }  # fmt: skip
    assert {"assumptions.electricity_usd_kwh"} < set(moved["electricity_cost"])
    assert {"assumptions.construction_usd_mw"} < set(moved["capex.construction"])
    for change in found.changes:
        assert sum(dict(change.parts).values()) == pytest.approx(change.after[1] - change.before[1], rel=1e-9)
    prices = next(d for d in found.inputs if d.place == "prices.h200-sxm")
    assert prices.before is not None
    assert prices.after is not None
    assert (prices.before.place, prices.after.place) == ("prices.h200-sxm.china", "prices.h200-sxm.world")


def test_at_a_date_what_is_in_service_is_compared(later: Path) -> None:
    """With `at` both sides and the parts are of what is in service on that day, as `estimate` gives it."""
    day = "2026-12-31"
    found = compare("h200-china-2026-01", later, ["chips", "energy.facility"], 2000, at=day)
    staged = ["chips", "chips.delivered", "chips.installed", "energy.facility"]
    assert [change.address for change in found.changes] == staged
    for change in found.changes:
        ours, theirs = (
            float(np.median(capacity.estimate(s, draws=2000, at=day).draws(change.address, at=day)))
            for s in ("h200-china-2026-01", later)
        )
        assert change.before[1] == pytest.approx(ours, rel=1e-12)
        assert change.after[1] == pytest.approx(theirs, rel=1e-12)
        assert sum(moved for _, moved in change.parts) == pytest.approx(theirs - ours, rel=1e-9)
    assert found.head()["at"] == day
    assert "In service on 2026-12-31." in str(found)


def test_parts_add_up_as_printed() -> None:
    """The printed parts of a change come to the printed change, to the digit, whatever each is rounded from."""
    from capacity.questions.compare import Change, because

    parts = (("a", 3.4), ("b", 3.4), ("c", 3.4), ("d", -0.2))
    change = Change("chips", (90, 100, 110), (100, 110, 120), (9, 10, 11), 1.0, parts)
    total, *printed = (float(word.rstrip("%:,")) for word in because(change).split() if "%" in word)
    assert total == 10
    assert sum(printed) == total
