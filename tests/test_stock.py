"""Lots turned into chips: caps, shares and stages hold in every world, and dates move what they should."""

from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from conftest import scenario_of
from hypothesis import given, settings
from hypothesis import strategies as st

import capacity
from capacity.errors import InputError
from capacity.load import Specs, join_scenario, scenario_document
from capacity.load.input_file import InputFile
from capacity.model.sampling import Draws, normals, sample
from capacity.records.scenario import STAGES
from capacity.resolve import Scenario

CITED = {"source": "made-up", "grade": "D"}
FIRMS = ("a", "b", "c", "d")
# Every deployment parameter exact, so that a person can work the counts out.
EXACT = {"delivery_days": 100, "shipping_days": 10, "install_days": 50, "spare_share": 0.1, "net_attrition": 0.0,
         "economic_life": 1e6, "approved_delivered": 0.5, "ordered_delivered": 0.25,
         "planned_delivered": 0.25}  # fmt: skip


def q(count: str | float | dict[str, Any], **more: Any) -> dict[str, Any]:
    """A quantity as a file states it."""
    stated = count if isinstance(count, dict) else {"says": count} if isinstance(count, str) else {"value": count}
    return {**stated, **CITED, **more}


def lots(exact: bool = True, firms: tuple[str, ...] = FIRMS, **named: dict[str, Any]) -> Scenario:
    """A scenario of these lots, all counted; H200, approved on 2026-01-01 where nothing else is said."""
    filled = {
        name.replace("_", "-"): {
            **({} if "chips" in lot else {"chip": "h200-sxm"}),
            "stage": "approved",
            "date": "2026-01-01",
            **lot,
        }
        for name, lot in named.items()
    }
    counted = [name for name, lot in filled.items() if not lot.pop("context", False)]
    data = {
        "id": "made-up", "name": "A test", "as_of": "2026-01-01", "lots": filled, "counted": counted,
        "owners": {firm: {"name": firm.upper()} for firm in firms},
        "assumptions": {name: q(float(value)) for name, value in EXACT.items()} if exact else {},
        "sources": {"made-up": {"title": "made up for a test", "kind": "judgement"}},
    }  # fmt: skip
    return join_scenario(InputFile("test", data), Specs())


def chips(scenario: Scenario, at: str | None = None, stage: str = "chips", by: str = "total", draws: int = 500) -> Any:
    """The chips of a scenario at a stage, world by world."""
    dates = [at] if at else []
    address, _, group = stage.partition("@")
    answer = capacity.estimate(scenario, draws, by="owner" if group else by, show="chips", at=dates)
    return answer.draws(stage if group else address, at=at)


# --- stages and time -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "at", "delivered", "installed", "service"),
    [
        ("approved", "2026-01-01", 0, 0, 0),
        ("approved", "2026-02-20", 250, 0, 0),  # 50 of 100 days, half ever comes: 1000 x 0.5 x 0.5
        ("approved", "2026-03-22", 400, 150, 135),  # 80 days; 30 after the lag of 50; less a tenth spares
        ("approved", "2027-01-01", 500, 500, 450),
        ("licensed", "2027-01-01", 500, 500, 450),
        ("ordered", "2027-01-01", 250, 250, 225),  # a quarter of orders ever comes
        ("demand", "2027-01-01", 250, 250, 225),  # as a plan
        ("planned", "2027-01-01", 250, 250, 225),
        ("shipped", "2026-01-10", 0, 0, 0),  # nine days after shipping
        ("shipped", "2026-01-11", 1000, 0, 0),
        ("shipped", "2026-03-02", 1000, 1000, 900),  # 60 days
        ("delivered", "2026-02-19", 1000, 0, 0),
        ("delivered", "2026-02-20", 1000, 1000, 900),
        ("installed", "2026-01-01", 1000, 1000, 900),
        ("in service", "2026-01-01", 1000, 1000, 1000),
        ("in service", "2025-12-31", 0, 0, 0),
    ],
)
def test_stages_by_hand(stage: str, at: str, delivered: float, installed: float, service: float) -> None:
    """With every parameter exact the counts by stage at a date are those worked out on paper."""
    scenario = lots(lot={"stage": stage, "count": q(1000)})
    answer = capacity.estimate(scenario, 3, show="chips", at=at)
    found = [float(answer.draws(name, at=at)[0]) for name in ("chips.delivered", "chips.installed", "chips")]
    assert found == pytest.approx([delivered, installed, service])
    assert float(answer.draws("chips")[0]) == 1000


def test_chips_that_came_over_a_period_came_evenly() -> None:
    """Half way through the period in which a lot was delivered, half of it is there."""
    scenario = lots(lot={"stage": "delivered", "since": "2025-01-01", "date": "2025-12-31", "count": q(364)})
    assert chips(scenario, "2025-07-02", "chips.delivered")[0] == pytest.approx(182)


def test_failure_and_retirement_by_hand() -> None:
    """After two years exp(-0.05 x 2) x exp(-(2 / 5)**4) of the chips still run."""
    scenario = scenario_of("h200-sxm x 1000", ["assumptions.net_attrition=0.05", "assumptions.economic_life=5",
                                               "assumptions.spare_share=0"])  # fmt: skip
    found = chips(scenario, "2028-01-01")[0]  # 730 days after 2026-01-01
    years = 730 / 365.25
    assert found == pytest.approx(1000 * np.exp(-0.05 * years) * np.exp(-((years / 5) ** 4)), rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(
    stage=st.sampled_from(STAGES),
    days=st.lists(st.dates(date(2025, 1, 1), date(2032, 1, 1)), min_size=2, max_size=3, unique=True),
)  # fmt: skip
def test_stages_are_ordered_in_every_world_and_grow(stage: str, days: list[Any]) -> None:
    """Stated ≥ delivered ≥ installed ≥ in service, and what is delivered or installed never shrinks with time."""
    scenario = lots(exact=False, lot={"stage": stage, "count": q("about 5,000"), "owners": ["a", "b"]})
    answer = capacity.estimate(scenario, 200, show="chips", at=days)
    ladder = ["chips.delivered", "chips.installed", "chips"]
    for group in ("", "@a", "@b"):
        stated = answer.draws(f"chips{group}")
        for day in days:
            steps = [stated, *(answer.draws(f"{name}{group}", at=day) for name in ladder)]
            assert all((low <= high * (1 + 1e-12)).all() for high, low in pairwise(steps))
        for name in ladder[:2]:
            series = [answer.draws(f"{name}{group}", at=day) for day in sorted(days)]
            assert all((before <= after).all() for before, after in pairwise(series))


def test_policy_stops_all_owners_in_the_same_worlds() -> None:
    """The chance that nothing comes is one switch: where one owner gets nothing, so does the other."""
    scenario = lots(exact=False, lot={"count": q(1000), "owners": ["a", "b"]})
    a, b = (chips(scenario, "2027-01-01", f"chips.delivered@{firm}", draws=4000) for firm in "ab")
    assert ((a == 0) == (b == 0)).all()
    assert 0.27 < (a == 0).mean() < 0.33  # 30 % by assumption; three standard errors are 0.02
    assert (a != b).any()


def test_views_share_their_worlds_and_the_default_is_untouched() -> None:
    """Asking for dates changes no number as stated, and x − x is nought between an estimate and its like."""
    scenario = capacity.load_scenario()
    plain = capacity.estimate(scenario, 2000)
    dated = capacity.estimate(scenario, 2000, at=["2026-12-31", "2026-03-31"])
    for step, _ in plain.results():
        address = step.address
        assert (plain.draws(address) - dated.draws(address) == 0).all()
    assert [str(view.at) for view in dated.views[1:]] == ["2026-03-31", "2026-12-31"]
    per_chip = dated.draws("power.chip.nameplate", at="2026-12-31") / 700
    np.testing.assert_allclose(per_chip, dated.draws("chips", at="2026-12-31"), rtol=1e-12)


def test_added_owners_and_lots_move_no_other_world() -> None:
    """A further lot, or a firm listed elsewhere, leaves the chips of a lot as they were, world by world."""
    alone = lots(exact=False, one={"count": q("about 5,000"), "owners": ["a"]})
    more = lots(exact=False, two={"count": q("over 700"), "chip": "h20", "owners": ["c"]},
                one={"count": q("about 5,000"), "owners": ["a"]})  # fmt: skip
    for at in (None, "2026-09-01"):
        np.testing.assert_array_equal(chips(alone, at, "chips@a"), chips(more, at, "chips@a"))


def test_the_order_of_owners_moves_no_world() -> None:
    """Owners listed in another order get the same chips in each world."""
    one = lots(exact=False, lot={"count": q("over 400,000"), "owners": ["a", "b", "c"]})
    two = lots(exact=False, lot={"count": q("over 400,000"), "owners": ["c", "a", "b"]})
    for firm in "abc":
        np.testing.assert_allclose(chips(one, None, f"chips@{firm}"), chips(two, None, f"chips@{firm}"), rtol=1e-12)


# --- counts, caps and supply ---------------------------------------------------------------------


def test_each_buyer_gets_the_count() -> None:
    """Ten thousand each for two firms are twenty thousand, half of them for either."""
    scenario = lots(lot={"count": q(10_000, each=True), "owners": ["a", "b"]})
    assert chips(scenario)[0] == 20_000
    assert chips(scenario, None, "chips@a")[0] == 10_000


def test_buyers_that_are_not_named_are_counted_too() -> None:
    """1,000 each for ten firms, two of them named: 8,000 are for owners unknown."""
    scenario = lots(lot={"count": q("1,000 each for ten firms"), "owners": ["a", "b"]})
    assert chips(scenario)[0] == pytest.approx(10_000)
    assert chips(scenario, None, "chips@unknown")[0] == pytest.approx(8_000)


@settings(max_examples=20, deadline=None)
@given(count=st.integers(1000, 500_000), cap=st.integers(100, 100_000), supply=st.integers(100, 400_000))
def test_caps_and_supply_hold_in_every_world(count: int, cap: int, supply: int) -> None:
    """No owner passes his cap and no lot its supply, in any world and view; below both nothing changes."""
    lot = {"count": q(f"about {count}"), "owners": ["a", "b"], "cap_per_owner": q(cap), "supply": q(f"about {supply}")}
    scenario, free = lots(lot=lot), lots(lot={"count": lot["count"], "owners": ["a", "b"]})
    total = chips(scenario)
    supply_input = scenario.bound("lot", "supply")
    assert supply_input is not None
    limit = sample(scenario, 500).values(supply_input)
    assert (total <= limit * (1 + 1e-12)).all()
    for firm in "ab":
        mine = chips(scenario, None, f"chips@{firm}")
        assert (mine <= cap * (1 + 1e-12)).all()
        assert (chips(scenario, "2026-06-01", f"chips.delivered@{firm}") <= cap).all()
    within = (chips(free) <= limit) & (np.maximum(chips(free, None, "chips@a"), chips(free, None, "chips@b")) <= cap)
    np.testing.assert_allclose(total[within], chips(free)[within], rtol=1e-12)


def test_a_cap_for_an_owner_of_several_kinds_is_one_for_all_of_them() -> None:
    """A firm that gets 1,000 chips of two kinds, capped at 100, has 100 of both together, in the same proportion."""
    mixed = {"count": q(1000), "chips": ["gb200", "gb300"], "owners": ["a"]}
    free, capped = lots(lot=mixed), lots(lot={**mixed, "cap_per_owner": q(100)})
    one, two = (capacity.estimate(s, 50, by="chip", show="chips") for s in (free, capped))
    np.testing.assert_allclose(two.draws("chips"), 100, rtol=1e-12)
    for chip in ("gb200", "gb300"):
        np.testing.assert_allclose(two.draws(f"chips@{chip}"), 0.1 * one.draws(f"chips@{chip}"), rtol=1e-12)


def test_the_volume_cap_is_a_share_of_another_volume() -> None:
    """At most half of the volume sold at home: 50 % of 300,000 leave 150,000 of 400,000."""
    scenario = lots(lot={"count": q(400_000), "volume_cap": {"share": q(0.5), "of": q(300_000)}})
    assert chips(scenario)[0] == pytest.approx(150_000)


def test_an_uncertain_share_of_a_volume_is_never_more_than_the_volume() -> None:
    """70 to 99 % of 300,000 leave at most 300,000 of 400,000, in every world, and the 5 and 95 % points are met."""
    scenario = lots(lot={"count": q(400_000), "volume_cap": {"share": q({"low": 0.7, "high": 0.99}), "of": q(300_000)}})
    total = chips(scenario, draws=20_000)
    assert (total <= 300_000).all()
    assert np.quantile(total, [0.05, 0.95]) == pytest.approx([210_000, 297_000], rel=0.005)


def test_an_uncertain_share_of_a_lot_or_of_what_comes_is_at_most_all_of_it() -> None:
    """A quoted share and a conversion of 70 to 99 % end at 1, as stated to the model."""
    share = q({"low": 0.7, "high": 0.99})
    scenario = lots(lot={"count": q(1000), "owners": ["a", "b"], "shares": {"a": share}, "conversion": share})
    inputs = (scenario.share("lot", "a"), scenario.conversion(scenario.cells[0]))
    assert [(item.quantity.floor, item.quantity.ceiling) for item in inputs if item] == [(0, 1), (0, 1)]
    assert (chips(scenario, "2030-01-01", "chips.delivered", draws=20_000) <= 1000).all()
    mixed = lots(lot={"count": q(1000), "chips": ["gb200", "gb300"], "mix": {"gb200": share}})
    part = mixed.part("lot", "gb200").quantity
    assert (part.floor, part.ceiling) == (0, 1)


def test_what_is_counted_elsewhere_comes_off_the_same_owner() -> None:
    """10,000 delivered to a come off the 75,000 licensed for a, so the total is that of the licences."""
    scenario = lots(
        delivered={"stage": "delivered", "count": q(10_000), "owners": ["a"]},
        licensed={"stage": "licensed", "count": q(75_000, each=True), "owners": ["a", "b"], "less": ["delivered"]},
    )
    answer = capacity.estimate(scenario, 3, by=["owner", "lot"], show="chips")
    assert answer.draws("chips")[0] == pytest.approx(150_000)
    assert answer.draws("chips@licensed")[0] == pytest.approx(140_000)
    assert answer.draws("chips@a")[0] == answer.draws("chips@b")[0] == pytest.approx(75_000)


def test_more_taken_off_than_there_is_leaves_nothing() -> None:
    """A remainder is never negative."""
    scenario = lots(big={"stage": "delivered", "count": q(500)}, small={"count": q(200), "less": ["big"]})
    answer = capacity.estimate(scenario, 3, by="lot", show="chips")
    assert answer.draws("chips@small")[0] == 0


def test_a_quota_is_so_many_for_each_chip_of_another_lot() -> None:
    """Half a domestic chip for each H200 approved: 200 for 400, in every world."""
    scenario = lots(
        foreign={"count": q("about 400")},
        domestic={"count": q(0.5), "per_chip_of": "foreign", "chip": "ascend-910c"},
    )
    answer = capacity.estimate(scenario, 300, by="lot", show="chips")
    np.testing.assert_allclose(answer.draws("chips@domestic"), 0.5 * answer.draws("chips@foreign"), rtol=1e-12)


# --- shares -----------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(
    low=st.floats(0.05, 0.3), wide=st.floats(0.02, 0.2), exact=st.floats(0.05, 0.45),
    firms=st.integers(2, 4),
)  # fmt: skip
def test_shares_sum_to_the_total_in_every_world(low: float, wide: float, exact: float, firms: int) -> None:
    """Some quoted, some bounded, the rest unknown: the parts come to the total and none is negative."""
    shares = {"a": q({"low": low, "high": low + wide}), "b": q(exact)}
    scenario = lots(lot={"count": q("over 1,000"), "owners": list(FIRMS[:firms]), "shares": shares})
    answer = capacity.estimate(scenario, 300, show="chips")
    names = [group.id for group in answer.groups[1:]]
    parts = [answer.draws(f"chips@{name}") for name in names]
    assert all((part >= 0).all() for part in parts)
    np.testing.assert_allclose(sum(parts), answer.draws("chips"), rtol=1e-12)


def test_exact_shares_of_all_leave_nobody_unknown() -> None:
    """0.6 and 0.4 of 1,000 are 600 and 400, and no row of owners unknown stands beside them."""
    scenario = lots(lot={"count": q(1000), "owners": ["a", "b"], "shares": {"a": q(0.6), "b": q(0.4)}})
    answer = capacity.estimate(scenario, 3, show="chips")
    assert [group.id for group in answer.groups] == ["", "a", "b"]
    assert [answer.draws(f"chips@{firm}")[0] for firm in "ab"] == pytest.approx([600, 400])
    assert answer.notes() == []


def test_shares_that_seldom_pass_one_are_scaled_and_it_is_said() -> None:
    """Where quoted intervals pass 1 in few worlds the note says in how many, and no part exceeds the whole."""
    shares = {"a": q({"low": 0.40, "high": 0.58}), "b": q({"low": 0.25, "high": 0.45})}
    scenario = lots(lot={"count": q(1000), "owners": ["a", "b", "c"], "shares": shares})
    answer = capacity.estimate(scenario, 4000, show="chips")
    [note] = [n for n in answer.notes() if "pass 1" in n]
    assert "lot (a, b)" in note
    total = sum(answer.draws(f"chips@{firm}") for firm in "abc")
    np.testing.assert_allclose(total, 1000, rtol=1e-12)
    assert (answer.draws("chips@c") >= 0).all()


def test_shares_that_often_pass_one_are_an_error() -> None:
    """Quoted shares that come to more than 1 in over 5 % of worlds stop the estimate, and are named."""
    shares = {"a": q({"low": 0.5, "high": 0.7}), "b": q({"low": 0.3, "high": 0.5})}
    scenario = lots(lot={"count": q(1000), "owners": ["a", "b"], "shares": shares})
    with pytest.raises(InputError, match=r"lots\.lot\.shares: .*a, b come to more than 1 in \d+% of the worlds"):
        capacity.estimate(scenario, 10)


# --- what is refused, and what is said ---------------------------------------------------------


@pytest.mark.parametrize(
    ("lot", "message"),
    [
        ({"count": q(10, each=True)}, "no buyer is named"),
        ({"count": q(10, each=True), "owners": ["a"], "shares": {"a": q(0.5)}}, "nothing to share"),
        ({"count": q(10), "cap_per_owner": q(5)}, "no owner is named"),
        ({"count": q(10), "owners": ["a"], "shares": {"b": q(0.5)}}, r"a share of b, who is no owner of the lot \(a\)"),
        ({"count": q(10), "owners": ["a", "b"], "shares": {"a": q(0.7), "b": q(0.4)}}, r"the shares come to 1\.1"),
        ({"count": q(10), "owners": ["a"], "shares": {"a": q({"low": 0.5, "high": 1.2})}}, "the share of a: "),
        ({"count": q(10), "conversion": q(1.2)}, "the conversion: "),
        ({"count": q(10), "volume_cap": {"share": q(1.2), "of": q(5)}}, "the volume cap: "),
        ({"count": q(10), "owners": ["a", "a"]}, "owner a is listed twice"),
        ({"count": q(10, each=True), "owners": ["a"], "per_chip_of": "lot"}, "a count of each buyer, and per chip"),
        ({"count": q(10), "since": "2026-02-01"}, "is after the date"),
        ({"count": q(10), "stage": "delivered", "conversion": q(0.5)}, "a conversion to delivered"),
        ({"count": q(10), "less": ["nothing"]}, "unknown lot 'nothing'"),
        ({"count": q(10), "less": ["lot"]}, "takes other lots off itself"),
        ({"count": q(10), "per_chip_of": "lot"}, "is itself so many per chip"),
        ({"count": q(10), "per_chip_of": "nothing"}, "unknown lot 'nothing'"),
    ],
)
def test_a_lot_that_makes_no_sense_is_refused(lot: dict[str, Any], message: str) -> None:
    """Each contradiction in a lot is an error at the door that says what would do."""
    with pytest.raises(InputError, match=message):
        lots(lot=lot)


@pytest.mark.parametrize(
    ("one", "two", "noted"),
    [
        ({"owners": ["a"]}, {"owners": ["a", "b"]}, True),
        ({"owners": ["a"]}, {"owners": ["b"]}, False),
        ({}, {"owners": ["b"]}, True),
        ({}, {"chip": "h20"}, False),
        ({"stage": "ordered"}, {"stage": "delivered", "date": "2026-03-01"}, True),
        ({"stage": "ordered"}, {"stage": "delivered", "date": "2025-03-01"}, False),
        ({"stage": "shipped", "since": "2024-01-01", "date": "2024-12-31"},
         {"stage": "shipped", "since": "2025-01-01", "date": "2025-12-31"}, False),
        ({"stage": "shipped", "since": "2024-01-01", "date": "2025-03-31"},
         {"stage": "shipped", "since": "2025-01-01", "date": "2025-12-31"}, True),
        ({"less": ["two"]}, {}, False),
    ],
)  # fmt: skip
def test_two_counted_lots_that_may_be_the_same_chips_are_named(
    one: dict[str, Any], two: dict[str, Any], noted: bool
) -> None:
    """Same chip, common owners and stages that can follow each other: a note names both lots."""
    scenario = lots(one={"count": q(10), **one}, two={"count": q(10), **two})
    found = [note for note in scenario.notes if "may be the same" in note]
    assert bool(found) == noted
    assert all("lots one (" in note and "two (" in note for note in found)


def test_a_date_before_the_lot_is_noted() -> None:
    """Asked for a day before a lot was reported, the estimate has none of it and says so."""
    answer = capacity.estimate(lots(lot={"count": q(10)}), 5, at="2025-06-01")
    assert answer.draws("chips.delivered", at="2025-06-01")[0] == 0
    assert any("nothing of lot lot" in note for note in answer.notes())


@pytest.mark.parametrize(
    ("address", "view", "at", "message"),
    [
        ("chips", "in_service", "2026-07-01", "no one view"),
        ("chips", "as_seen", None, "no one view"),
        ("chips", "in_service", "soon", "is no date"),
        ("chips.delivered", "as_stated", None, "is a count at a date"),
    ],
)
def test_a_view_that_was_not_asked_for_is_refused(address: str, view: str, at: str | None, message: str) -> None:
    """A view, date or count by stage that the estimate does not hold is an error that says what it holds."""
    answer = capacity.estimate(lots(lot={"count": q(10)}), 5, at=["2026-06-01", "2026-12-01"])
    with pytest.raises(InputError, match=message):
        answer.draws(address, view, at)


@pytest.mark.parametrize("at", [None, "2026-06-01"])
@pytest.mark.parametrize("stage", STAGES)
def test_an_estimate_draws_its_inputs_and_nothing_else(stage: str, at: str | None) -> None:
    """At each stage, with and without a date, the normals drawn are those of the inputs that are listed."""
    lot = {"stage": stage, "count": q("about 5,000"), "owners": ["a", "b"], "supply": q("about 9,000")}
    scenario = lots(exact=False, lot=lot)
    drawn: dict[str, None] = {}

    def watch(seed: int, stream: str, block: int, size: int) -> Any:
        drawn.setdefault(stream.partition("@")[0] + (".occurs" if stream.endswith(".occurs") and "@" in stream else ""))
        return normals(seed, stream, block, size)

    worlds = Draws(scenario, 2, 0, watch)
    answer = capacity.estimate(scenario, show="chips", at=at or (), worlds=worlds)
    listed: set[str] = set()
    for item in answer.plan.inputs():
        if item.quantity.value is None or item.unit == "split":
            listed.add(item.stream)
        if item.quantity.chance not in (None, 1):
            listed.add(f"{item.stream if item.owner else item.place}.occurs".partition("@")[0])
    assert set(drawn) == listed


# --- the story ----------------------------------------------------------------------------------


def test_where_the_observed_twenty_thousand_fall_in_januarys_prediction() -> None:
    """Of the January scenario's worlds about 42 % have fewer than the 20,000 delivered by 18 August 2026."""
    scenario = capacity.load_scenario("h200-china-2026-01")
    delivered = chips(scenario, "2026-08-18", "chips.delivered", draws=65_536)
    assert (delivered < 20_000).mean() == pytest.approx(0.42, abs=0.01)
    assert np.quantile(delivered, 0.05) == 0
    assert 150_000 < np.quantile(delivered, 0.95) < 250_000


def test_without_the_evidence_of_2025_the_observed_number_lies_lower() -> None:
    """With 10 to 90 % in place of 2 to 85 %, that is without H20 in 2025, it is at about a third."""
    document = scenario_document("h200-china-2026-01", Specs())
    document.data["assumptions"] = {
        "approved_delivered": {"low": 0.10, "high": 0.90, "chance": 0.70, "source": "reuters-2026-01-28", "grade": "D"}
    }
    delivered = chips(join_scenario(document, Specs()), "2026-08-18", "chips.delivered", draws=65_536)
    assert (delivered < 20_000).mean() == pytest.approx(0.32, abs=0.01)


def test_october_has_about_twenty_thousand_delivered_and_fewer_in_service() -> None:
    """At the end of August 2026 about 20,000 are delivered, fewer run, and the licences stand beside as a ceiling."""
    scenario = capacity.load_scenario("h200-china-2026-10")
    answer = capacity.estimate(scenario, show="chips", at="2026-08-31")
    delivered, running = (answer.draws(name, at="2026-08-31") for name in ("chips.delivered", "chips"))
    assert 19_000 < np.median(delivered) < 22_000
    assert (running < delivered).all()
    assert (answer.draws("chips") > 4 * delivered).mean() > 0.95
    for firm in ("bytedance", "tencent", "alibaba", "jd"):
        assert (answer.draws(f"chips@{firm}") <= 75_000).all()


def test_shipped_scenarios_know_nothing_later_than_their_date() -> None:
    """No built-in scenario has a lot, source or evidence dated after its as_of."""
    for name in Specs().ids("scenarios"):
        scenario = capacity.load_scenario(name)
        assert not [note for note in scenario.notes if "as_of" in note], name
        assert capacity.estimate(scenario, 64, at="2027-01-01").draws("chips", at="2027-01-01").min() >= 0
