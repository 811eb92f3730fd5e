"""Lots in time: promises, phases, rates, what must be passed, and sites that bind."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import capacity
from capacity.document.answer import write
from capacity.errors import InputError
from capacity.load import scenario_from
from capacity.quantity import Quantity
from capacity.questions.drivers import drivers
from capacity.questions.explain import explain
from capacity.questions.fit import SHOW, fits
from capacity.records.scenario import ROUTES, STAGES
from capacity.resolve import Scenario

CITED = {"source": "made-up", "grade": "D"}
# Every deployment parameter exact, so that a person can work the counts out.
EXACT = {"promise_ratio": 2, "delivery_days": 100, "shipping_days": 10, "install_days": 50, "spare_share": 0.1,
         "net_attrition": 0.0, "economic_life": 1e6, "planned_delivered": 0.5, "ordered_delivered": 0.5}  # fmt: skip
FOR_EVER = {"net_attrition": 0.0, "economic_life": 1e6}  # nothing fails, nothing is retired


def q(value: float, **more: Any) -> dict[str, Any]:
    """A number as a file states it."""
    return {"value": value, **CITED, **more}


def scenario(
    assumed: dict[str, float] = EXACT, owners: dict[str, Any] | None = None, sites: dict[str, Any] | None = None,
    **lots: dict[str, Any],
) -> Scenario:  # fmt: skip
    """A scenario of these lots, all counted: 1,000 H100, ordered on 2026-01-01, where nothing else is said."""
    data = {
        "id": "made-up", "name": "A test", "owners": owners or {}, "sites": sites or {},
        "lots": {n: {"chip": "h100-sxm", "date": "2026-01-01", "count": q(1000), **lot} for n, lot in lots.items()},
        "counted": list(lots), "assumptions": {name: q(value) for name, value in assumed.items()},
        "sources": {"made-up": {"title": "made up for a test", "kind": "judgement"},
                    "other": {"title": "made up too", "kind": "judgement"}},
    }  # fmt: skip
    return scenario_from(data)


def counts(scenario: Scenario, at: str, view: str = "in_service", group: str = "") -> list[float]:
    """What is delivered, installed and in service at a date, or promised for it, in one world."""
    answer = capacity.estimate(scenario, 1, by="lot", show="chips", at=at)
    names = ["chips"] if view == "promised" else ["chips.delivered", "chips.installed", "chips"]
    return [float(answer.draws(name + group, view, at)[0]) for name in names]


# --- a promise, by hand -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "delivered", "installed", "service"),
    [
        ("2026-01-01", 0, 0, 0),
        # promised in 100 days, there in 200; the last 50 of them install, so all is delivered from day 0 to 150
        ("2026-03-17", 250, 1000 * 0.5 * 25 / 150, 0.9 * 1000 * 0.5 * 25 / 150),  # day 75
        ("2026-05-31", 500, 1000 * 0.5 * 100 / 150, 0.9 * 1000 * 0.5 * 100 / 150),  # day 150
        ("2026-07-20", 500, 500, 450),  # day 200
        ("2027-07-20", 500, 500, 450),
    ],
)
def test_a_promise_by_hand(at: str, delivered: float, installed: float, service: float) -> None:
    """A promise of 100 days takes 200 where the ratio is 2, and half of it ever comes."""
    one = scenario(lot={"due": "2026-04-11"})
    assert counts(one, at) == pytest.approx([delivered, installed, service])


def test_what_comes_beyond_the_stated_stands_in_for_spares_and_is_not_counted() -> None:
    """17,300 came of 10,000: 10,000 delivered, and in service too, for 17,300 less a tenth is more."""
    lot = {"due": "2026-04-11", "count": q(10_000)}
    for beyond, running in ((1.0, 9_000), (1.73, 10_000)):
        assumed = {**q(beyond), "ceiling": 20}
        one = scenario({name: value for name, value in EXACT.items() if name != "ordered_delivered"}, lot=lot)
        one = one.having({"assumptions.ordered_delivered": Quantity.model_validate(assumed)})
        assert counts(one, "2027-01-01") == [10_000, 10_000, running]


@pytest.mark.parametrize(
    ("lot", "days"),
    [
        ({"due": "2026-12-31"}, {"2026-12-30": 0, "2026-12-31": 1000, "2030-01-01": 1000}),
        ({}, {"2030-01-01": 0}),  # no day is said
        ({"phases": [{"due": "2026-12-31", "part": 0.25}, {"due": "2027-12-31", "part": 0.75}]},
         {"2026-12-30": 0, "2026-12-31": 250, "2027-12-30": 250, "2027-12-31": 1000}),
        ({"phases": [{"due": "2026-12-31", "amount": 400}, {"due": "2027-12-31", "amount": 600}]},
         {"2026-12-31": 400, "2027-12-31": 1000}),
        # a rate: 1,000 a week for the four weeks from 4 to 31 January 2027
        ({"per": "week", "since": "2027-01-04", "until": "2027-01-31"},
         {"2027-01-03": 0, "2027-01-13": 4000 * 9 / 27, "2027-01-31": 4000}),
        ({"stage": "delivered"}, {"2025-12-31": 0, "2026-01-01": 1000}),  # what has come needs no promise
        ({"stage": "shipped", "since": "2025-12-02"}, {"2025-12-17": 500, "2026-01-01": 1000}),
    ],
)  # fmt: skip
def test_promised_by_hand(lot: dict[str, Any], days: dict[str, float]) -> None:
    """What a source says is there by a day, and nothing else, is promised for that day."""
    one = scenario(lot=lot, other={"due": "2026-01-01"})
    for day, chips in days.items():
        assert counts(one, day, "promised", "@lot") == pytest.approx([chips]), day


def test_a_rate_comes_to_its_whole_by_the_calendar() -> None:
    """500,000 a year for two and a half years are 1,250,000 chips as stated, of which half comes."""
    one = scenario(lot={"count": q(500_000), "per": "year", "since": "2026-01-01", "until": "2028-06-30"})
    answer = capacity.estimate(one, 1, show="chips", at="2040-01-01")
    assert answer.draws("chips")[0] == 1_250_000
    assert answer.draws("chips.delivered", at="2040-01-01")[0] == 625_000


def test_phases_come_one_after_the_other() -> None:
    """Of two phases of 100 days each nothing of the second is there before the first, and both make the whole."""
    phases = [{"due": "2026-04-11", "part": 0.4}, {"due": "2026-07-20", "part": 0.6}]
    one = scenario(EXACT | {"promise_ratio": 1, "install_days": 0, "ordered_delivered": 1}, lot={"phases": phases})
    for day, chips in (("2026-02-20", 200), ("2026-04-11", 400), ("2026-05-31", 700), ("2026-07-20", 1000)):
        assert counts(one, day)[0] == pytest.approx(chips), day


# --- laws ---------------------------------------------------------------------------------------

SOME_DAYS = st.lists(st.dates(date(2025, 6, 1), date(2034, 1, 1)), min_size=2, max_size=3, unique=True)


@st.composite
def timed_lots(draw: st.DrawFn) -> dict[str, Any]:
    """A lot at any stage before it is delivered, with a promise of any kind or none."""
    stage = draw(st.sampled_from(STAGES[: STAGES.index("shipped")]))
    lot: dict[str, Any] = {"stage": stage, "route": draw(st.sampled_from(ROUTES))}
    first = date(2026, 1, 1) + timedelta(draw(st.integers(1, 900)))
    then = first + timedelta(draw(st.integers(1, 900)))
    kind = draw(st.sampled_from(["none", "due", "phases", "rate"]))
    if kind == "due":
        lot["due"] = str(first)
    elif kind == "phases":
        part = draw(st.floats(0.1, 0.9))
        lot["phases"] = [{"due": str(first), "part": part}, {"due": str(then), "part": 1 - part}]
    elif kind == "rate":
        lot |= {"per": draw(st.sampled_from(["week", "month", "year"])), "since": str(first), "until": str(then)}
    return lot


@settings(max_examples=30, deadline=None)
@given(lot=timed_lots(), days=SOME_DAYS)
def test_no_world_has_more_than_was_stated_and_nothing_is_taken_back(lot: dict[str, Any], days: list[date]) -> None:
    """Stated ≥ promised and stated ≥ delivered ≥ installed ≥ in service; before retirement later is never less."""
    answer = capacity.estimate(scenario(FOR_EVER, lot=lot, other={"due": "2027-01-01"}), 200, show="chips", at=days)
    ladder = ["chips.delivered", "chips.installed", "chips"]
    stated = answer.draws("chips")
    assert (stated == capacity.estimate(answer.scenario, 200, show="chips").draws("chips")).all()
    for day in days:
        steps = [stated, *(answer.draws(name, "in_service", day) for name in ladder)]
        assert all((low <= high * (1 + 1e-12)).all() for high, low in pairwise(steps))
        assert (answer.draws("chips", "promised", day) <= stated * (1 + 1e-12)).all()
    for name, view in [(name, "in_service") for name in ladder] + [("chips", "promised")]:
        series = [answer.draws(name, view, day) for day in sorted(days)]
        assert all((before <= after * (1 + 1e-12)).all() for before, after in pairwise(series))


@settings(max_examples=15, deadline=None)
@given(part=st.floats(0.05, 0.95), at=st.dates(date(2026, 6, 1), date(2040, 1, 1)))
def test_phases_add_up(part: float, at: date) -> None:
    """A lot in two phases is, world by world, its two phases as lots of their own that share their assumptions."""
    phases = [{"due": "2026-12-31", "part": part}, {"due": "2028-12-31", "part": 1 - part}]
    whole = scenario({}, lot={"phases": phases}, far={"due": "2030-01-01"})
    apart = scenario(
        {}, first={"due": "2026-12-31", "count": q(1000 * part)},
        second={"due": "2028-12-31", "since": "2026-12-31", "count": q(1000 * (1 - part))}, far={"due": "2030-01-01"},
    )  # fmt: skip
    for view in ("promised", "in_service"):
        one, two = (capacity.estimate(s, 300, show="chips", at=at).draws("chips", view, at) for s in (whole, apart))
        np.testing.assert_allclose(one, two, rtol=1e-9)


# --- what must be passed ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lot", "owner", "route"),
    [
        ({}, {"region": "us"}, "open-market"),
        ({}, {"region": "cn"}, "licence-dependent"),
        ({}, {"region": "cn-guangdong"}, "licence-dependent"),
        ({"chip": "ascend-910c"}, {"region": "cn"}, "open-market"),  # its maker is at home there
        ({}, {"region": "ae"}, "export-deal"),
        ({"stage": "licensed"}, {"region": "ae"}, "licence-dependent"),  # a licence in hand was needed
        ({"stage": "licensed"}, {}, "licence-dependent"),
        ({}, {}, "open-market"),
        ({}, {"region": "cn", "route": "national-programme"}, "national-programme"),
        ({"route": "open-market"}, {"region": "cn", "route": "national-programme"}, "open-market"),
    ],
)
def test_what_chips_must_pass_follows_from_buyer_and_maker(
    lot: dict[str, Any], owner: dict[str, Any], route: str
) -> None:
    """The lot's word goes first, then the owner's, then region and maker."""
    one = scenario({}, {"firm": {"name": "Firm", **owner}}, lot={"owners": ["firm"], **lot})
    assert {one.route(cell) for cell in one.cells} == {route}


def test_the_class_decides_what_comes() -> None:
    """In the open market at least 9 of 10 orders bring something; under a licence fewer; the memo says the class."""
    owners = {"here": {"name": "Here", "region": "us"}, "there": {"name": "There", "region": "cn"}}
    one = scenario({}, owners, open={"owners": ["here"]}, gate={"owners": ["there"]})
    answer = capacity.estimate(one, 4000, by="lot", show="chips", at="2036-01-01")
    free, gated = (answer.draws(f"chips.delivered@{lot}", at="2036-01-01") for lot in ("open", "gate"))
    assert (free > 0).mean() > 0.9 > (gated > 0).mean()
    notes = " ".join(answer.notes())
    assert "open-market: lot open" in notes
    assert "licence-dependent: lot gate" in notes


# --- what came (announced.csv) beside what was said -----------------------------------------------

SAID = {  # chips, said, due, class, a day that was looked at, what stood then
    "meta": (350_000, "planned", "2024-01-18", "2024-12-31", "open-market", "2024-12-31", 350_000),
    "xai": (100_000, "planned", "2024-05-25", "2025-10-01", "open-market", "2025-02-28", 100_000),
    "humain": (18_000, "ordered", "2025-05-13", "2026-06-30", "export-deal", "2026-07-15", 0),
    "india": (10_000, "approved", "2024-03-07", None, "national-programme", "2025-06-16", 10_000),
}


@pytest.mark.parametrize("name", SAID)
def test_what_came_of_well_known_plans_lies_in_the_interval(name: str) -> None:
    """350,000 H100 for Meta, 100,000 for xAI and 10,000 for India came; of 18,000 for Humain none was seen."""
    chips, stage, said, due, route, day, came = SAID[name]
    lot = {"count": q(chips), "stage": stage, "date": said, "route": route, **({"due": due} if due else {})}
    answer = capacity.estimate(scenario({}, lot=lot), 8000, show="chips", at=day)
    low, high = np.quantile(answer.draws("chips.installed", "in_service", day), (0.05, 0.95))
    assert low <= came <= high * (1 + 1e-9)


def test_time_lets_a_hundred_thousand_chips_come_in_four_months_and_a_gigawatt_in_three_years() -> None:
    """With no day promised an order may be there after 122 days, and may still be open after two years."""
    one = scenario({}, lot={"route": "open-market", "count": q(100_000)})
    answer = capacity.estimate(one, 8000, show="chips", at=["2026-05-03", "2028-01-01"])
    soon, late = (answer.draws("chips.installed", at=day) for day in ("2026-05-03", "2028-01-01"))
    assert 0.02 < (soon == 100_000).mean() < 0.3
    assert 0.02 < (late < 50_000).mean() < 0.5


# --- sites --------------------------------------------------------------------------------------

# one chip takes a kilowatt at the wall: 700 W, 300 W beside it, nothing for network and cooling
KILOWATT = EXACT | {"promise_ratio": 1, "ordered_delivered": 1, "install_days": 0, "server_other_w": 300,
                    "network_ratio": 1, "pue_peak": 1}  # fmt: skip


def hall(**more: Any) -> dict[str, Any]:
    """A site of one megawatt at the wall, which another source than the lots' gives."""
    limit = {"value": 1, "source": "other", "grade": "D"}
    return {"hall": {"name": "Hall", "capacity_mw": limit, "capacity_type": "facility", **more}}


def at_site(sites: dict[str, Any], at: str, **lots: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """How many chips of each lot are installed at a date, and how many wait."""
    one = scenario(KILOWATT, None, sites, **{name: {"site": "hall", **lot} for name, lot in lots.items()})
    answer = capacity.estimate(one, 1, by="lot", show="chips", at=at)
    found = {}
    for name in lots:
        waits = answer.draws(f"chips.waiting@{name}", "in_service", at) if answer.plan.limited else [0.0]
        found[name] = (float(answer.draws(f"chips.installed@{name}", "in_service", at)[0]), float(waits[0]))
    return found


def test_what_does_not_fit_waits_and_the_earlier_due_goes_first() -> None:
    """A megawatt runs 1,000 of 1,300 chips of a kilowatt: all 800 that are due first, 200 of the others."""
    lots = {"late": {"count": q(500), "due": "2026-06-30"}, "early": {"count": q(800), "due": "2026-03-31"}}
    assert at_site(hall(), "2027-01-01", **lots) == {
        "late": pytest.approx((200, 300)), "early": pytest.approx((800, 0)),
    }  # fmt: skip


def test_phases_of_a_site_raise_its_limit() -> None:
    """A second phase of half a megawatt lets the rest run from its day on."""
    phases = [{"date": day, "basis": "facility", "limit": {"value": mw, "source": "other", "grade": "D"}}
              for day, mw in (("2026-01-01", 1), ("2027-07-01", 1.3))]  # fmt: skip
    lots = {"lot": {"count": q(1300), "due": "2026-03-31"}}
    assert at_site(hall(phases=phases), "2027-06-30", **lots)["lot"] == pytest.approx((1000, 300))
    assert at_site(hall(phases=phases), "2027-07-01", **lots)["lot"] == pytest.approx((1300, 0))


def test_no_chip_runs_before_its_site_has_power() -> None:
    """What is due in March waits for a site that is energised in the course of 2026 until the year is over."""
    lots = {"lot": {"count": q(500), "due": "2026-03-31"}}
    assert at_site(hall(energised="2026"), "2026-12-30", **lots)["lot"] == pytest.approx((0, 500))
    assert at_site(hall(energised="2026"), "2026-12-31", **lots)["lot"] == pytest.approx((500, 0))


@pytest.mark.parametrize(
    "lot",
    [
        {"count": {"value": 1300, "source": "other", "grade": "D"}, "due": "2026-03-31"},  # said with the limit
        {"count": q(1300), "stage": "installed"},  # it stands: no limit takes it away
    ],
)
def test_a_limit_does_not_bind_what_its_own_source_says_nor_what_stands(lot: dict[str, Any]) -> None:
    """Both are there in full."""
    assert at_site(hall(), "2027-01-01", lot=lot)["lot"] == pytest.approx((1300, 0))


def test_what_stands_takes_up_room() -> None:
    """Where 600 chips run already a megawatt has room for 400 more."""
    lots = {"new": {"count": q(500), "due": "2026-03-31"}, "old": {"count": q(600), "stage": "installed"}}
    assert at_site(hall(), "2027-01-01", **lots)["new"] == pytest.approx((400, 100))


def test_limits_touch_the_view_in_service_alone_and_the_memo_says_how_much_waits() -> None:
    """As stated and as promised all 1,300 are there; a note says how many wait since when."""
    one = scenario(KILOWATT, None, hall(), lot={"site": "hall", "count": q(1300), "due": "2026-03-31"})
    answer = capacity.estimate(one, 1, show="chips", at=["2026-01-02", "2026-06-30", "2027-06-30"])
    assert answer.draws("chips")[0] == answer.draws("chips", "promised", "2027-06-30")[0] == 1300
    assert answer.draws("chips.delivered", "in_service", "2027-06-30")[0] == 1300
    assert answer.draws("chips", "in_service", "2027-06-30")[0] == pytest.approx(900)  # less a tenth of spares
    [note] = [note for note in answer.notes() if "wait for the power" in note]
    assert note.startswith("300 chips (300 to 300) wait for the power of Hall at 2027-06-30; 2026-06-30 is the first")


@settings(max_examples=15, deadline=None)
@given(days=SOME_DAYS, mw=st.floats(0.2, 3))
def test_where_sites_bind_nothing_that_runs_is_taken_down(days: list[date], mw: float) -> None:
    """In every world and lot what is installed at a limited site never shrinks, and its watts fit the limit."""
    limit = {"value": mw, "source": "other", "grade": "D"}
    sites = {"hall": {"name": "Hall", "capacity_mw": limit, "capacity_type": "it"}}
    lots = {"a": {"due": "2027-01-01", "chip": "b200"}, "b": {"due": "2026-06-30"}, "c": {"due": "2028-01-01"}}
    one = scenario(FOR_EVER, None, sites, **{name: {"site": "hall", **lot} for name, lot in lots.items()})
    answer = capacity.estimate(one, 200, by="lot", show="chips,power.it.nameplate", at=days)
    for lot in lots:
        series = [answer.draws(f"chips.installed@{lot}", "in_service", day) for day in sorted(days)]
        assert all((before <= after * (1 + 1e-9)).all() for before, after in pairwise(series))
    for day in days:
        assert (answer.draws("power.it.nameplate", "in_service", day) <= mw * 1e6 * (1 + 1e-9)).all()


def test_fit_takes_a_date() -> None:
    """Of 1,300 chips of a kilowatt 1,000 fit the megawatt of June, all 1,300 the 1.3 megawatts of July."""
    phases = [{"date": day, "basis": "facility", "limit": {"value": mw, "source": "other", "grade": "D"}}
              for day, mw in (("2026-01-01", 1), ("2027-07-01", 1.3))]  # fmt: skip
    sites = {"hall": {"name": "Hall", "phases": phases}}
    one = scenario(KILOWATT, None, sites, lot={"site": "hall", "count": q(1300), "due": "2026-03-31"})
    for day, left in (("2027-06-30", 300), ("2027-07-01", 0)):
        answer = capacity.estimate(one, 2, by="site", show=SHOW, at=day).seen_at(day, "promised")
        [hall] = fits(answer)
        assert {line.quantity: line.p50 for line in hall.lines()}["left"] == pytest.approx(left)


# --- a series -----------------------------------------------------------------------------------


def test_a_series_has_the_last_days_of_its_periods() -> None:
    """Quarters between two days; without an end the last promised day ends the series, without a start the as_of."""
    one = scenario(lot={"due": "2026-09-30"})
    answer = capacity.estimate(one, 10, show="chips", every="quarter", from_="2026-07-01", until="2027-03-31")
    days = ["2026-09-30", "2026-12-31", "2027-03-31"]
    assert [str(view.at) for view in answer.views if view.name == "in_service"] == days
    short = capacity.estimate(one, 10, show="chips", every="quarter")
    assert [str(view.at) for view in short.in_service] == ["2026-03-31", "2026-06-30", "2026-09-30"]


def test_a_series_has_the_total_and_each_site_by_date_in_both_views() -> None:
    """The tables show what is promised beside what is in service; wide records have a column for each date."""
    sites = {name: {"name": name.title()} for name in ("alpha", "beta")}
    lots = {"a": {"site": "alpha", "due": "2026-06-30"}, "b": {"site": "beta", "due": "2026-12-31", "count": q(500)}}
    one = scenario(EXACT, None, sites, **lots)
    answer = capacity.estimate(one, 1, by="site", show="chips", every="half", until="2027-12-31")
    rows = {tuple(line.split()) for line in write(answer, "table", 100).splitlines()}
    assert ("2026-06-30", "1,000") in {row[:2] for row in rows}
    assert ("2026-12-31", "1,500") in {row[:2] for row in rows}
    assert ("Alpha", "1,000", "1,000", "1,000", "1,000") in rows
    wide = capacity.estimate(one, 1, by="site", show="chips", every="half", until="2027-12-31", wide=True).records()
    promised = {row["site"]: row for row in wide if row["view"] == "promised"}
    assert [promised["beta"][f"{day} p50"] for day in ("2026-06-30", "2026-12-31", "2027-06-30")] == [0, 500, 500]
    # promised in 180 and 364 days, there in 360 and 728, of which the last 50 install; half comes, a tenth is spare
    [total] = [r for r in wide if r["view"] == "in_service" and r["stage"] == "in service" and not r["site"]]
    assert total["2026-06-30 p50"] == pytest.approx(0.9 * 500 * 130 / 310 + 0.9 * 250 * 130 / 678)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every": "quarter"}, "no lot says a day on which it is due"),
        ({"until": "2027-01-01"}, "missing beside"),
        ({"every": "fortnight", "until": "2027-01-01"}, "unknown period 'fortnight'"),
        ({"every": "year", "until": "2026-06-01"}, "no year ends between"),
        ({"every": "month", "until": "2326-06-01"}, "at most 200"),
        ({"every": "month", "until": "soon"}, "until: 'soon' is no date"),
    ],
)
def test_a_series_that_is_none_is_refused(options: dict[str, str], message: str) -> None:
    """A series without an end, a period or a date is one line."""
    with pytest.raises(InputError, match=message):
        capacity.estimate(scenario(lot={}), 10, show="chips", **options)


def test_drivers_and_explain_take_a_date() -> None:
    """At a date the share that comes drives the chips, the parts come to 1, and the tree's top is the estimate."""
    one = scenario({}, lot={"due": "2026-12-31", "route": "open-market"})
    shares = {row["driver"]: row["share"] for row in drivers(one, "chips", draws=512, at="2026-12-31").records()}
    assert sum(shares.values()) == pytest.approx(1)
    assert max(shares, key=shares.__getitem__) in ("assumptions.ordered_delivered", "assumptions.promise_ratio")
    tree = explain(one, "power.facility.nameplate", 512, at="2026-12-31")
    answer = capacity.estimate(one, 512, show="power.facility.nameplate", at="2026-12-31")
    assert tree.root.p50 == pytest.approx(float(np.median(answer.draws("power.facility.nameplate", "in_service"))))
    assert "in service 2026-12-31" in str(tree)


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lot", "message"),
    [
        ({"due": "2025-12-31"}, "due 2025-12-31 is before the statement of 2026-01-01"),
        ({"phases": [{"due": "2026-12-31", "part": 0.25}, {"due": "2027-12-31", "part": 0.25}]}, "come to 0.5"),
        ({"phases": [{"due": "2026-12-31", "amount": 400}]}, "the phases come to 400"),
        ({"phases": [{"due": "2027-12-31", "part": 0.5}, {"due": "2026-12-31", "part": 0.5}]}, "in order of time"),
        ({"phases": [{"due": "2025-12-31", "part": 1}]}, "before the statement"),
        ({"phases": [{"due": "2026-12-31"}]}, "in one way"),
        ({"phases": [{"due": "2026-12-31", "part": 0.5}, {"due": "2027-12-31", "amount": 5}]}, "all of one kind"),
        ({"per": "year"}, "a rate has an end"),
        ({"until": "2027-01-01"}, "a rate has an end"),
        ({"per": "year", "since": "2026-01-01", "until": "2027-12-31", "stage": "shipped"}, "until that day"),
        ({"per": "year", "until": "2027-12-31", "due": "2027-12-31"}, "both say when"),
        ({"stage": "installed", "due": "2027-12-31"}, "the lot is installed"),
        ({"since": "2026-05-01", "due": "2026-04-01"}, "since 2026-05-01 is after the due date"),
        ({"route": "open market"}, "route"),
        ({"due": "Q5 2027"}, "quarters 1 to 4"),
        ({"due": "soon"}, "'soon' is no date"),
        ({"due": "2026-13-01"}, "due"),
        ({"stage": "orderd"}, "unknown stage 'orderd'.*did you mean ordered"),
    ],
)  # fmt: skip
def test_a_lot_whose_time_makes_no_sense_is_refused(lot: dict[str, Any], message: str) -> None:
    """Each contradiction is an error at the door that says what would do."""
    with pytest.raises(InputError, match=message):
        scenario(lot=lot)


@pytest.mark.parametrize(
    ("field", "words", "day"),
    [
        ("due", "Q3 2027", "2027-09-30"),
        ("due", "the first half of 2027", "2027-06-30"),
        ("due", "by the end of 2026", "2026-12-31"),
        ("due", "2026年底", "2026-12-31"),
        ("due", "next year", "2027-12-31"),  # of the statement of 1 January 2026
        ("since", "Q1 2026", "2026-01-01"),
    ],
)
def test_days_in_words_are_the_last_that_they_allow_or_for_a_beginning_the_first(
    field: str, words: str, day: str
) -> None:
    """What people write for a day is read where a file has a day."""
    lot = {"due": "2028-01-01", field: words}
    assert str(getattr(scenario(lot=lot).file.lots["lot"], field)) == day


def test_phases_take_words_and_stages_their_synonyms() -> None:
    """A phase due in Q4 2026 and the rest by mid-2027; "LOI" is planned, 点亮 in service, in any letter case."""
    one = scenario(lot={"phases": [{"due": "Q4 2026", "part": 0.5}, {"due": "2027-06-30", "part": 0.5}]})
    assert [str(span.end) for span in one.file.lots["lot"].promised] == ["2026-12-31", "2027-06-30"]
    for words, stage in (("LOI", "planned"), ("Contracted", "ordered"), ("点亮", "in service"), ("PLANNED", "planned")):
        assert scenario(lot={"stage": words}).file.lots["lot"].stage == stage


@pytest.mark.parametrize(("stage", "due"), [("planned", date(2026, 12, 31)), ("delivered", None)])
def test_a_day_in_the_words_of_a_count_is_when_it_is_due(stage: str, due: date | None) -> None:
    """ "100,000 by the end of 2026" of a plan promises that day; of what was delivered it promises nothing."""
    count = {"says": "100,000 by the end of 2026", **CITED}
    assert scenario(lot={"count": count, "stage": stage}).file.lots["lot"].due == due


def test_a_lot_without_a_stage_is_ordered_and_a_scenario_is_of_its_latest_statement() -> None:
    """The stage is taken with a note; the as_of is the latest day on which a lot was said, not a due date."""
    one = scenario(lot={"due": "2030-01-01"}, later={"date": "2026-02-03", "stage": "planned"})
    assert one.file.lots["lot"].stage == "ordered"
    assert [note for note in one.notes if "no stage is said of lot lot" in note]
    assert one.file.as_of == date(2026, 2, 3)


@pytest.mark.parametrize(
    ("says", "when", "weeks"),
    [
        # 18 October 2025 to 31 December 2026: 440 days, both counted; a year of 365 days
        ("1,000 a week", {"since": "2025-10-18", "until": "2026-12-31"}, 440 / 7),
        ("1,000 a year", {"until": "2027-12-31"}, 2.0),
        ("1,000 a month", {"due": "2026-06-30"}, 6.0),
    ],
)
def test_a_rate_in_words_goes_on_until_its_end(says: str, when: dict[str, str], weeks: float) -> None:
    lot = scenario(a={"stage": "planned", "count": {"says": says, **CITED}, **when}).file.lots["a"]
    assert lot.times == pytest.approx(weeks)
    assert lot.count.value == 1000


@pytest.mark.parametrize("says", ["1,000 a week", "500,000 a year", "30 a day"])
def test_a_rate_without_an_end_is_refused(says: str) -> None:
    with pytest.raises(InputError, match=r"so much a (week|year|day)"):
        scenario(a={"stage": "planned", "count": {"says": says, **CITED}})


@pytest.mark.parametrize(
    "phases",
    [
        [{"due": "2026-12-31", "amount": 1}, {"due": "2030-12-31", "amount": 5}],
        [{"due": "2026-12-31", "amount": "1 GW"}, {"due": "2030-12-31", "amount": {"says": "5,000 MW"}}],
        "1 GW by 2026-12-31; 5 by 2030-12-31",
    ],
)
@pytest.mark.parametrize(
    "amount", [{"says": "6 GW of IT load"}, {"says": "over 6 GW of IT load"}, {"value": 6, "unit": "GW", "of": "it"}]
)
def test_phases_of_gigawatts_are_in_the_unit_of_the_whole(phases: Any, amount: dict[str, Any]) -> None:
    lot = {"chip": "gb300", "stage": "planned", "count": {**CITED, **amount}, "phases": phases}
    parts = [span.part for span in scenario(a=lot).file.lots["a"].promised]
    assert parts == pytest.approx([1 / 6, 5 / 6])


@pytest.mark.parametrize(
    ("phases", "message"),
    [("1 GW by 2026-12-31; 5 MW by 2030-12-31", "come to"), ("1 racks by 2026-12-31", "a phase is in racks")],
)
def test_phases_that_are_not_the_whole_are_refused(phases: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        scenario(a={"chip": "gb300", "stage": "planned", "count": {"says": "6 GW", **CITED}, "phases": phases})
