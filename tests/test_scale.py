"""More worlds than fit in memory, in threads or one by one, random or spread evenly."""

import tracemalloc

import numpy as np
import pytest
from conftest import scenario_of

import capacity
from capacity.errors import InputError
from capacity.model import engine
from capacity.model.sampling import BLOCK
from capacity.model.sketch import WIDTH
from capacity.model.stock import AS_STATED, stock

SHOW = ("chips", "power.facility.average")


def test_threads_change_nothing() -> None:
    """Enough blocks for threads give, world by world, what the blocks give one at a time."""
    scenario = capacity.load_scenario()
    draws = engine.TOGETHER + BLOCK + 7
    answer = capacity.estimate(scenario, draws, show=SHOW)
    few = capacity.estimate(scenario, BLOCK, show=SHOW)
    np.testing.assert_array_equal(answer.draws("chips")[:BLOCK], few.draws("chips"))
    last = answer.worlds.block(answer.worlds.count - 1)
    assert last.size == 7
    lot = np.broadcast_to(last.value(scenario.count("approved")), (7,))
    np.testing.assert_allclose(answer.draws("chips")[-7:], lot, rtol=1e-12)


@pytest.fixture(scope="module")
def streamed() -> tuple[capacity.Estimate, capacity.Estimate]:
    scenario = scenario_of("h200-sxm x about 400,000")
    return tuple(capacity.estimate(scenario, n, by="total", show=SHOW) for n in (engine.EXACT, engine.EXACT + BLOCK))


def test_streamed_percentiles_are_those_of_kept_worlds(streamed: tuple[capacity.Estimate, ...]) -> None:
    """A million worlds kept and a few more streamed agree within the sketch's error and the simulation's."""
    for kept, passed in zip(*(answer.lines() for answer in streamed), strict=True):
        for point in ("p5", "p50", "p95"):
            assert getattr(passed, point) == pytest.approx(getattr(kept, point), rel=4 * WIDTH)
        assert passed.mean == pytest.approx(kept.mean, rel=1e-3)
        assert 0 < passed.mc_error < 0.01 * passed.p50


def test_streamed_worlds_are_not_kept(streamed: tuple[capacity.Estimate, ...]) -> None:
    """Above a million worlds `draws()` is refused with a sentence, and the memo still prints."""
    with pytest.raises(InputError, match="summarized as they pass"):
        streamed[1].draws("chips")
    assert "Assumptions that matter" in streamed[1].text()


def test_sobol_points_give_the_same_intervals() -> None:
    """Evenly spread worlds have the same 5, 50 and 95 % points, and a median nearer to the true one."""
    pytest.importorskip("scipy")
    scenario = scenario_of("h200-sxm x about 400,000")
    random, even = (capacity.estimate(scenario, 4096, by="total", show=SHOW, sampler=s) for s in ("random", "sobol"))
    for a, b in zip(random.lines(), even.lines(), strict=True):
        for point in ("p5", "p50", "p95"):
            assert getattr(b, point) == pytest.approx(getattr(a, point), rel=0.05)
    true = scenario.count("lot-0").quantity.midpoint
    assert abs(np.median(even.draws("chips")) / true - 1) < 0.001
    assert any("Sobol" in note for note in even.notes())


def test_sobol_worlds_go_on_from_block_to_block() -> None:
    """The second block continues the points of the first: no point comes twice."""
    pytest.importorskip("scipy")
    answer = capacity.estimate(scenario_of("h200-sxm x about 400,000"), 2 * BLOCK, show="chips", sampler="sobol")
    assert len(np.unique(answer.draws("chips"))) == 2 * BLOCK


def lots_of(chips: list[str], count: int) -> capacity.Scenario:
    """A scenario of many lots that take turns in chip and owner, each count drawn on its own."""
    from capacity.load import Specs, join_scenario
    from capacity.load.input_file import InputFile

    cited = {"source": "made-up", "grade": "D"}
    lots = {
        f"lot-{i}": {
            "chip": chips[i % len(chips)], "stage": "approved", "date": "2026-01-01", "owners": [f"owner-{i % 3}"],
            "count": {"low": 900 + i, "high": 1100 + i, **cited},
        }
        for i in range(count)
    }  # fmt: skip
    data = {
        "id": "many-lots", "name": "Many lots", "as_of": "2026-01-01", "lots": lots, "counted": list(lots),
        "owners": {f"owner-{i}": {"name": f"Owner {i}"} for i in range(3)},
        "sources": {"made-up": {"title": "made up for a test", "kind": "judgement"}},
    }  # fmt: skip
    return join_scenario(InputFile("test", data), Specs())


DAY = "2026-12-31"


def test_lots_of_a_kind_are_added_up_first_and_change_nothing() -> None:
    """The same lots, a row each or a row for all of a chip and owner, give the same totals and owners."""
    scenario = lots_of(["h200-sxm", "h20", "a100-sxm-80"], 24)
    each = capacity.estimate(scenario, 500, by=("owner", "lot"), at=DAY)
    few = capacity.estimate(scenario, 500, by="owner", at=DAY)
    assert (len(each.plan.rows.cells), len(few.plan.rows.cells)) == (24, 3)
    told = [line for line in each.lines() if line.group != "lot"]
    assert [(a.address, a.view, a.member) for a in told] == [(b.address, b.view, b.member) for b in few.lines()]
    for a, b in zip(told, few.lines(), strict=True):
        assert (a.p5, a.p50, a.p95, a.mean) == pytest.approx((b.p5, b.p50, b.p95, b.mean), rel=1e-12)
    for step in (step for step, group in few.results() if group.kind == "total"):
        lots = sum(each.draws(f"{step.address}@lot-{i}") for i in range(24))
        np.testing.assert_allclose(lots, few.draws(step.address), rtol=1e-12)


@pytest.mark.parametrize("part", [1, 700, 2500])
def test_the_page_in_parts_is_the_page(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few rows are worked on at a time, every result of every group and view is the same."""
    scenario = lots_of(["h200-sxm", "h20"], 10)
    whole = capacity.estimate(scenario, 500, by=("owner", "chip", "lot"), at=DAY)
    monkeypatch.setattr(engine, "PART", part)
    parts = capacity.estimate(scenario, 500, by=("owner", "chip", "lot"), at=DAY)
    assert whole.arrays.keys() == parts.arrays.keys()
    for key, values in whole.arrays.items():
        np.testing.assert_allclose(parts.arrays[key], values, rtol=1e-12)


def test_memory_does_not_grow_with_the_lots() -> None:
    """Two hundred lots take hardly more memory than twenty: a lot's draws are added up and let go."""
    peaks = []
    for lots in (20, 200):
        scenario = lots_of(["h200-sxm", "h20"], lots)
        tracemalloc.start()
        capacity.estimate(scenario, by="total", show=SHOW)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 3e6  # kept, the counts of 180 lots would be 24 MB


def test_more_than_memory_holds_is_refused() -> None:
    """A line instead of a machine brought down: what a lot each in a million worlds would need is not tried."""
    with pytest.raises(InputError, match=r"more than fit in memory \(less in by"):
        capacity.estimate(lots_of(["h200-sxm"], 600), 1_000_000, by="lot")


def test_memory_does_not_grow_with_streamed_worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times the worlds take no more memory: a stretch of blocks is counted and let go."""
    monkeypatch.setattr(engine, "EXACT", 0)
    scenario, peaks = capacity.load_scenario(), []
    for blocks in (20, 80):
        tracemalloc.start()
        assert capacity.estimate(scenario, blocks * BLOCK, by="total", show=SHOW).sketches
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]  # the normals alone of 60 blocks would be 100 MB


def test_tables_that_no_later_step_needs_are_let_go() -> None:
    """While the page runs, few of its tables are held at a time beside the counts."""
    scenario = capacity.load_scenario()
    answer = capacity.estimate(scenario, 64)
    block, held = answer.worlds.block(0), []
    [found] = stock(scenario, block, answer.views, answer.plan.rows.of_cell, [slice(0, 3)])
    run = answer.plan.run(found[AS_STATED], block, {})
    for _ in run:
        held.append(len(run.gi_frame.f_locals["found"]))  # type: ignore[attr-defined]
    assert len(held) > 20
    assert max(held) < len(held) / 2


def test_a_date_more_draws_no_input_again() -> None:
    """The views of a block share the draws of their inputs: each of them is worked out once."""
    scenario = capacity.load_scenario()
    answer = capacity.estimate(scenario, 64, at=[DAY, "2027-12-31"])
    drawn: dict[str, np.ndarray] = {}
    block = answer.worlds.block(0)
    [counts] = stock(scenario, block, answer.views, answer.plan.rows.of_cell, [slice(0, 3)])
    for _ in answer.plan.run(counts[answer.views[0]], block, drawn, again=True):
        pass
    kept = dict(drawn)
    for _ in answer.plan.run(counts[answer.views[1]], block, drawn, again=True):
        pass
    assert kept
    assert all(drawn[name] is table for name, table in kept.items())


def _pipeline() -> capacity.Scenario:
    """Lots of two chips and three owners at silent sites, one with a region, one with a limit; some come alike."""
    lots = [
        capacity.Lot(chip=chip, amount=amount, stage=stage, date="2026-03-01", due=due, owners=[owner], site=site)
        for chip, amount, stage, due, owner, site in [
            ("h100-sxm", "about 5,000", "ordered", "2027-06-30", "A", "one"),
            ("h100-sxm", "over 3,000", "ordered", "2027-06-30", "A", "two"),
            ("h100-sxm", 4_000, "ordered", "2027-06-30", "A", "far"),
            ("gb200", 8_000, "planned", "2027-12-31", "B", "full"),
            ("gb200", "about 6,000", "planned", "2027-12-31", "B", "full"),
            ("gb200", 2_000, "installed", None, "C", "one"),
            ("h100-sxm", 1_000, "installed", None, "C", "two"),
        ]
    ]
    sites = {"one": {"name": "One"}, "two": {"name": "Two"}, "far": {"name": "Far", "region": "my"},
             "full": {"name": "Full", "capacity_mw": 9, "capacity_type": "it"}}  # fmt: skip
    return capacity.Scenario.build(name="Pipeline", as_of="2026-06-30", lots=lots, sites=sites)


def test_rows_and_cells_that_are_added_up_first_change_no_world() -> None:
    """Like rows are one where nobody asks for them apart; the total is that of every lot by itself, in each world."""
    scenario, days = _pipeline(), ["2027-01-31", "2028-03-31"]
    show = ("chips", "power.facility.nameplate", "energy.facility", "electricity_cost", "capex.chips", "tpp")
    whole, apart = (capacity.estimate(scenario, 500, at=days, by=by, show=show) for by in ("total", "lot"))
    assert len(whole.plan.rows.cells) < len(apart.plan.rows.cells) == 7
    for view in whole.views:
        for address in show:
            lots = [g.id for g in apart.groups if g.kind == "lot"]
            parts = sum(apart.draws(f"{address}@{lot}", view.name, view.at) for lot in lots)
            np.testing.assert_allclose(whole.draws(address, view.name, view.at), parts, rtol=1e-9)


def test_fewer_worlds_at_a_time_change_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a block in each thread gives the worlds that a whole one gives."""
    scenario, day = _pipeline(), "2028-03-31"
    whole = capacity.estimate(scenario, BLOCK - 5, at=day, by="site", show=SHOW)
    monkeypatch.setattr(engine, "MANY", 0)
    halves = capacity.estimate(scenario, BLOCK - 5, at=day, by="site", show=SHOW)
    for view in whole.views:
        for address in (*SHOW, "chips@full", "power.facility.average@one"):
            mine, other = (answer.draws(address, view.name, view.at) for answer in (halves, whole))
            np.testing.assert_array_equal(mine, other)
