"""Sites and announcements held against what came: tables as they are read, predictions, scores worked out by hand."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import capacity
from capacity import load
from capacity.load.cases import announcement_of, site_of
from capacity.questions import deliveries, sites
from capacity.questions.backtest import Backtest
from capacity.questions.score_tables import label
from capacity.questions.scores import ScoredGroup, marks, scores, verdict
from capacity.records.outcome import Announcement, SiteFigure
from tests.running import good, run

SPECS = load.Specs()
ANSWER = capacity.backtest(load.shipped_table("sites"))
CAME = capacity.backtest(load.shipped_table("announced"))
SITE = {"case": "a", "chip": "gb200", "chips": "110000", "power_mw": "210", "power_basis": "it",
        "power_rating": "nameplate"}  # fmt: skip
PLAN = {"event": "e", "country": "US", "chip_or_unit": "H100", "stage": "planned", "date_stated": "2025-01-01",
        "promised_by": "", "observed_stage": "running", "date_observed": "2026-01-01", "months": "12",
        "share_realised_at_observation": "0.5", "kind": "company plan"}  # fmt: skip


def site(**changed: str) -> SiteFigure:
    """A row of a site that is right unless changed."""
    read = site_of({**SITE, **changed})
    assert isinstance(read, SiteFigure), read
    return read


def plan(**changed: str) -> Announcement:
    """A row of an announcement that is right unless changed."""
    read = announcement_of({**PLAN, **changed})
    assert isinstance(read, Announcement), read
    return read


def group(answer: Backtest, basis: str = "all", months: int | None = None) -> ScoredGroup:
    return next(g for g in answer.groups if g.basis == basis and g.months == months)


def known(row: SiteFigure, watts: list[float], **rivals: float) -> sites.Forecast:
    """A forecast of these worlds, W."""
    return sites.Forecast(row, np.array(watts), rivals, "rack")


def came(event: str, share: float, months: float = 12, route: str = "open market") -> deliveries.Forecast:
    """An observation for which every world says 0.5, and version 0.2.0 as much."""
    row = plan(event=event, share_realised_at_observation=str(share), months=str(months))
    return deliveries.Forecast(row, route, np.full(100, 0.5), 0.5)


# --- reading -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "low", "high"),
    [
        ({}, 210e6, 210e6),
        ({"value_low": "200", "value_high": "211"}, 200e6, 211e6),
        ({"value_low": "200"}, 200e6, None),  # an empty end is open
        ({"source_power": "S-1: more than 210 MW", "value_low": "210", "value_high": "240"}, 210e6, None),
        ({"source_power": "design paper: under 5 MW", "power_mw": "5"}, None, 5e6),
        ({"note": "a lower bound"}, 210e6, None),
        ({"source_power": "well over 1 GW", "note": "one a lower, the other an upper bound"}, 210e6, None),
    ],
)
def test_a_figure_binds_where_its_source_does(changed: dict[str, str], low: float | None, high: float | None) -> None:
    """ "More than" and "under" leave one end open; a range is what the source allows."""
    row = site(**changed)
    assert (row.low, row.high) == (low, high)


@pytest.mark.parametrize(
    ("basis", "read"), [("unknown", "unstated"), ("", "unstated"), ("billable", "it"), ("leased", "it"), ("IT", "it")]
)
def test_the_bases_of_a_figure(basis: str, read: str) -> None:
    """What a host bills or leases is IT power; what is not said is unstated."""
    assert site(power_basis=basis).basis == read


@pytest.mark.parametrize(
    ("changed", "why"),
    [({"in_model": "peak_share"}, "feeds peak_share"), ({"independent": "no"}, "reckoned the count"),
     ({"in_model": "backtest"}, "fitted"), ({"in_model": "no", "independent": "unknown"}, "")],
)  # fmt: skip
def test_what_fed_the_model_is_listed(changed: dict[str, str], why: str) -> None:
    """A row that rests on the model's own numbers, or whose count comes from its megawatts, is no test."""
    listed = site(**changed).listed
    assert why in listed
    assert bool(listed) == bool(why)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"power_mw": ""}, "no power_mw"), ({"power_mw": "lots"}, "power_mw: cannot read"),
        ({"power_basis": "roof"}, "basis"), ({"power_rating": "guess"}, "rating"), ({"chip": ""}, "chip"),
        ({"chips": "-4"}, "chips"),
    ],
)  # fmt: skip
def test_a_site_that_is_none_says_why(changed: dict[str, str], reason: str) -> None:
    """The row is told with its reason, and stops nothing."""
    read = site_of({**SITE, **changed})
    assert isinstance(read, str)
    assert reason in read


@pytest.mark.parametrize(
    ("changed", "reason"),
    [({"date_stated": "spring"}, "stated"), ({"share_realised_at_observation": "2"}, "share"),
     ({"months": ""}, "months"), ({"event": ""}, "event")],
)  # fmt: skip
def test_an_announcement_that_is_none_says_why(changed: dict[str, str], reason: str) -> None:
    """The row is told with its reason."""
    read = announcement_of({**PLAN, **changed})
    assert isinstance(read, str)
    assert reason in read


# --- predictions -------------------------------------------------------------------------------------


def test_a_site_is_predicted_as_one_would_type_it() -> None:
    """The watts of a row are those of `estimate` for the same chip and amount, world by world."""
    row = site(count_words="about 110,000")
    typed = {"chip": "gb200", "stage": "approved", "date": "2026-01-28",
             "count": {"says": "about 110,000", "source": "me", "grade": "D"}}  # fmt: skip
    asked = {"id": "mine", "name": "Mine", "as_of": "2026-01-28", "lots": {"lot-1": typed}, "counted": ["lot-1"],
             "sources": {"me": {"title": "my notes", "kind": "user"}}}  # fmt: skip
    answer = capacity.estimate(asked, 500, by="total", show="power.it.nameplate")
    np.testing.assert_allclose(
        sites.forecast(row, SPECS, {}, 500, 0).watts, answer.draws("power.it.nameplate"), rtol=1e-12
    )


def test_several_lots_are_added_and_a_table_system_is_used() -> None:
    """`a:n+b:m` is the sum of its parts; a system that the table names holds the chips."""
    whole = sites.forecast(site(chip="h100-sxm:1000+gb200:72", chips=""), SPECS, {}, 2000, 0)
    parts = [
        sites.forecast(site(chip=c, chips=n), SPECS, {}, 2000, 0) for c, n in (("h100-sxm", "1000"), ("gb200", "72"))
    ]
    assert np.median(whole.watts) == pytest.approx(sum(np.median(p.watts) for p in parts), rel=0.01)
    assert whole.family == "mixed"
    assert parts[1].family == "rack"
    plain, immersed = (
        np.median(sites.forecast(site(chip="h100-sxm", chips="8", system_or_rack=name), SPECS, {}, 2000, 0).watts)
        for name in ("", "hgx-h100-immersion")
    )
    assert immersed < plain


def test_unstated_megawatts_are_a_mixture_of_three() -> None:
    """The mixture has the shares that the assumptions give: 0.6 IT, 0.28 facility, 0.12 contracted."""
    at = {
        b: sites.forecast(site(power_basis=b), SPECS, {}, 8000, 0).watts for b in ("it", "facility", "contracted", "")
    }
    mixed = at.pop("")
    same = {b: float(np.isclose(mixed, watts, rtol=1e-9).mean()) for b, watts in at.items()}
    assert same == pytest.approx({"it": 0.6, "facility": 0.28, "contracted": 0.12}, abs=0.02)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [({"chip": "unknown"}, "unknown chip 'unknown'"), ({"chips": ""}, "no chip count"),
     ({"chip": "gb200:many"}, "no count of gb200"), ({"count_words": "a few racks or so"}, "count")],
)  # fmt: skip
def test_a_row_that_cannot_be_predicted_is_told_with_its_reason(changed: dict[str, str], reason: str) -> None:
    """Unknown chips and counts that are none stop nothing."""
    with pytest.raises(sites.Unscored, match=reason):
        sites.forecast(site(**changed), SPECS, {}, 100, 0)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "open market"), ({"kind": "government licence", "country": "AE"}, "licence-dependent"),
        ({"country": "CN", "chip_or_unit": "USD of H20", "kind": "purchase order"}, "licence-dependent"),
        ({"country": "CN", "chip_or_unit": "Ascend 910B and 910C"}, "open market"),
        ({"country": "CN", "chip_or_unit": "MW"}, "open market"),  # megawatts are no chip
        ({"kind": "export deal", "country": "SA"}, "export deal"),
        ({"kind": "national programme"}, "national programme"),
    ],
)  # fmt: skip
def test_the_class_is_what_must_be_passed(changed: dict[str, str], expected: str) -> None:
    """A restricted chip to a restricted buyer needs a licence, whoever announced it."""
    assert deliveries.route(plan(**changed), deliveries.domestic_words(SPECS)) == expected


def test_a_delivery_is_predicted_at_the_stage_that_was_seen() -> None:
    """What is seen delivered is more than what is seen running on the same day, and nothing comes on the first."""
    domestic, old = deliveries.domestic_words(SPECS), deliveries.old_shares()

    def mean(**changed: str) -> float:
        return float(deliveries.forecast(plan(**changed), SPECS, domestic, old, 2000, 0).shares.mean())

    assert mean(observed_stage="delivered") > mean(observed_stage="running") > 0.2
    assert mean(date_observed="2025-01-02", months="0") == pytest.approx(0, abs=0.02)


# --- scores ------------------------------------------------------------------------------------------


def test_an_open_end_is_scored_on_the_other_side_alone() -> None:
    """Worlds at 330 MW are right about "more than 300 MW"; worlds at 200 MW are off by ln 1.5."""
    row = site(power_mw="300", note="a lower bound")
    for watts, error, below, above in ((330e6, 0.0, 0, 0), (200e6, math.log(1.5), 0, 1)):
        one = known(row, [watts] * 10)
        told = scores(marks([(one.log, 0.0)], np.zeros(1)), np.zeros(1))
        assert told.median_error == pytest.approx(error)
        assert told.crps == pytest.approx(error)
        assert (told.below, told.above) == (below, above)


def test_a_range_is_held_where_the_intervals_overlap() -> None:
    """200 to 211 MW is inside an interval that ends at 201, and not inside one that ends at 199."""
    row = site(power_mw="205", value_low="200", value_high="211")
    for top, held in ((201e6, 1.0), (199e6, 0.0)):
        one = known(row, np.linspace(150e6, top, 21).tolist() + [top] * 40)
        assert scores(marks([(one.log, 0.0)], np.zeros(1)), np.zeros(1)).coverage[-1] == held


def test_a_rival_knows_other_operators_alone() -> None:
    """k is the geometric mean of watts over TDP elsewhere: of 1.5, 2 and 3 times the third root of 9."""
    rows = [
        known(site(case=f"c{i}", operator=f"o{i}", power_mw=str(mw), chip="h20"), [1.0], **{sites.TDP: 100e6})
        for i, mw in enumerate((150, 200, 300))
    ]
    mine = known(site(case="me", operator="me"), [1.0], **{sites.TDP: 200e6})
    own = known(site(case="mine too", operator="me", power_mw="900"), [1.0], **{sites.TDP: 100e6})
    told = sites.rival(sites.TDP, mine, [*rows, own, mine])
    k = math.log(9) / 3
    spread = math.sqrt(sum((math.log(r) - k) ** 2 for r in (1.5, 2, 3)) / 3)
    assert told == pytest.approx((math.log(200e6) + k, spread))


def test_the_plain_share_leaves_the_event_out() -> None:
    """Beside shares of 0, 1 and 1 the event of 0 is forecast as 1, the first of 1 as a half of nought and one."""
    found = [came("a", 0), came("b", 1), came("c", 1)]
    assert deliveries.rival(deliveries.PLAIN, found[0], found).tolist() == [1.0, 1.0]  # type: ignore[union-attr]
    assert deliveries.rival(deliveries.PLAIN, found[1], found).tolist() == [0.0, 1.0]  # type: ignore[union-attr]


def test_horizons_take_the_nearest_observation_within_three_months() -> None:
    """4.8 and 5.7 months stand for six by the nearer; 9.2 stands for no six and for twelve."""
    found = [came("a", 0.5, 4.8), came("a", 1, 5.7), came("b", 0, 9.2), came("c", 1, 2.9)]
    assert [f.row.months for f in deliveries.nearest(found, 6)] == [5.7]
    assert [f.row.months for f in deliveries.nearest(found, 12)] == [9.2]


def test_a_point_mass_is_spread_over_its_bins() -> None:
    """Where all worlds say 0.5 and 0.5 came, the percentile lies anywhere: all ten tenths are met."""
    seen = np.full(500, 0.5)
    told = scores(marks([(np.full(100, 0.5), 0.0)] * 500, seen, 0), seen, plain=True)
    assert min(told.pit) > 25
    assert told.coverage == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("n", "held", "pooled", "expected"),
    [(19, 19, False, None), (19, 19, True, "inside the band"), (20, 20, False, "inside the band"),
     (20, 14, False, "too narrow"), (60, 60, False, "too wide")],
)  # fmt: skip
def test_a_verdict_needs_twenty_events_or_the_whole_table(
    n: int, held: int, pooled: bool, expected: str | None
) -> None:
    """The band of 20 figures at 90 % is 0.75 to 1 (binomial tables), that of 60 ends below 1."""
    seen = np.array([0.5] * held + [9.0] * (n - held))
    told = scores(marks([(np.linspace(0, 1, 101), 0.0)] * n, seen), seen)
    assert verdict(told, pooled=pooled) == expected


# --- the shipped tables ------------------------------------------------------------------------------


def test_goals_of_sites_hold_on_the_shipped_half() -> None:
    """Pooled coverage in its band, median log error under 0.15, a better CRPS than version 0.2.0."""
    pooled = group(ANSWER)
    assert pooled.verdict == "inside the band"
    assert pooled.ours.median_error < 0.15
    assert pooled.ours.crps < dict(pooled.baselines)[sites.OLD].crps


def test_goals_of_deliveries_hold_on_the_shipped_half() -> None:
    """Pooled coverage in its band and a better CRPS than both rivals."""
    pooled = group(CAME)
    assert pooled.verdict == "inside the band"
    assert all(pooled.ours.crps < rival.crps for _, rival in pooled.baselines)
    assert {g.months for g in CAME.groups} >= {None, 6, 12, 18}


def test_json_of_tables_has_the_keys_of_the_interface(tmp_path: Path) -> None:
    """Groups by basis, by class and months; `below` and `above`; `_log` keys null for shares; `listed` with reasons."""
    for name, workload, metric in (("sites", "site", "power"), ("announced", "deployment", "share")):
        data = json.loads(good("backtest", "--cases", str(load.shipped_table(name)), "--format", "json", "-q"))
        assert {(g["workload"], g["metric"]) for g in data["groups"]} == {(workload, metric)}
        for one in data["groups"]:
            assert one["below"] + one["above"] == round(one["n"] * (1 - one["coverage_90"]))
            assert sum(one["pit"]) == one["n"]
            assert (one["crps_log"] is None) == (workload == "deployment")
            assert ("months" in one) == (workload == "deployment")
        assert data["listed"]
        assert all(row["reason"] for row in (*data["listed"], *data["unscored"]))


def test_the_misses_are_named_in_the_guide() -> None:
    """Every scored site and last observation outside its interval is named and explained on the page."""
    page = load.guide_text("how-well-it-holds")
    prose = page.partition("```console")[0]
    for row in (*ANSWER.rows, *CAME.rows):
        if "; below" in row.reason or "; above" in row.reason:
            assert row.case in prose, row.case


def test_a_group_is_named_by_its_basis() -> None:
    """`all sites`, `IT`, `open market`."""
    assert label(group(ANSWER)) == "all sites"
    assert label(group(ANSWER, "it")) == "IT"
    assert label(group(CAME, "open market")) == "open market"


def test_a_table_of_no_kind_is_refused_in_one_line(tmp_path: Path) -> None:
    """A head that is none of the three names what a table of cases lacks."""
    path = tmp_path / "x.csv"
    path.write_text("case,power_mw\na,1\n")
    result = run("backtest", "--cases", str(path))
    assert result.returncode == 1
    assert "no column chip, workload, metric, basis, value" in result.stderr
