"""More worlds than fit in memory, in threads or one by one, random or spread evenly."""

import numpy as np
import pytest
from conftest import scenario_of

import capacity
from capacity import model
from capacity.errors import InputError
from capacity.sampling import BLOCK
from capacity.sketch import WIDTH

SHOW = ("chips", "power.facility.average")


def test_threads_change_nothing() -> None:
    """Enough blocks for threads give, world by world, what the blocks give one at a time."""
    scenario = capacity.load_scenario()
    draws = (model.THREADED + 1) * BLOCK + 7
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
    return tuple(capacity.estimate(scenario, n, by="total", show=SHOW) for n in (model.EXACT, model.EXACT + BLOCK))


def test_streamed_percentiles_are_those_of_kept_worlds(streamed: tuple[capacity.Estimate, ...]) -> None:
    """A million worlds kept and a few more streamed agree within the sketch's error and the simulation's."""
    for kept, passed in zip(*(answer.lines() for answer in streamed), strict=True):
        for point in ("p5", "p50", "p95"):
            assert getattr(passed, point) == pytest.approx(getattr(kept, point), rel=4 * WIDTH)
        assert passed.mean == pytest.approx(kept.mean, rel=1e-3)
        assert 0 < passed.mc_error < 0.01 * passed.p50


def test_streamed_worlds_are_not_kept(streamed: tuple[capacity.Estimate, ...]) -> None:
    """Above a million worlds `draws()` is refused with a sentence, and the memo still prints."""
    from capacity.render import text

    with pytest.raises(InputError, match="summarized as they pass"):
        streamed[1].draws("chips")
    assert "Assumptions that matter" in text.table(streamed[1])


def test_sobol_points_give_the_same_intervals() -> None:
    """Evenly spread worlds have the same 5, 50 and 95 % points, and a median nearer to the true one."""
    pytest.importorskip("scipy")
    scenario = scenario_of("h200-sxm x about 400,000")
    random, even = (capacity.estimate(scenario, 4096, by="total", show=SHOW, sampler=s) for s in ("random", "sobol"))
    for a, b in zip(random.lines(), even.lines(), strict=True):
        for point in ("p5", "p50", "p95"):
            assert getattr(b, point) == pytest.approx(getattr(a, point), rel=0.05)
    lot = scenario.count("lot-0").quantity
    true = (lot.low * lot.high) ** 0.5
    assert abs(np.median(even.draws("chips")) / true - 1) < 0.001
    assert any("Sobol" in note for note in even.notes())


def test_sobol_worlds_go_on_from_block_to_block() -> None:
    """The second block continues the points of the first: no point comes twice."""
    pytest.importorskip("scipy")
    answer = capacity.estimate(scenario_of("h200-sxm x about 400,000"), 2 * BLOCK, show="chips", sampler="sobol")
    assert len(np.unique(answer.draws("chips"))) == 2 * BLOCK
