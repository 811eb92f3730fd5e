"""Worlds: what they depend on, and how a quantity is spread over them."""

from statistics import NormalDist

import numpy as np
import pytest
from conftest import scenario_of
from hypothesis import given
from hypothesis import strategies as st

import capacity
from capacity.model.sampling import BLOCK, normals, sample, transform
from capacity.quantity import Quantity

GRID = np.array([NormalDist().inv_cdf(p) for p in (0.0001, 0.05, 0.5, 0.95, 0.9999)])


def q(**numbers: float) -> Quantity:
    return Quantity(source="made-up", grade="D", **numbers)  # type: ignore[arg-type]


@given(low=st.floats(0.1, 10), width=st.floats(1.01, 100), below=st.floats(0.01, 0.99))
def test_low_and_high_are_the_5_and_95_percent_points(low: float, width: float, below: float) -> None:
    """With and without a floor or ceiling the quantity passes through its two points exactly."""
    high, floor = low * width, low * below
    for quantity in (
        q(low=low, high=high),
        q(low=low, high=high, floor=floor),
        q(low=low, high=high, floor=floor, ceiling=high * 2),
        q(low=low, high=high, ceiling=high * 1.5),
    ):
        values = transform(quantity, GRID)
        assert values[1] == pytest.approx(low, rel=1e-9)
        assert values[3] == pytest.approx(high, rel=1e-9)
        assert (np.diff(values) > 0).all()


@given(
    floor=st.floats(0, 1e6), a=st.floats(0.001, 1e6), b=st.floats(0.001, 1e6), c=st.floats(0.001, 1e6),
    z=st.floats(-6, 6),
)  # fmt: skip
def test_floor_and_ceiling_hold_in_every_world(floor: float, a: float, b: float, c: float, z: float) -> None:
    """However far out the world, a floor is not gone under and a ceiling not passed."""
    low, high, top = floor + a, floor + a + b, floor + a + b + c
    if not floor < low < high < top:
        return
    assert transform(q(low=low, high=high, floor=floor), np.array([z]))[0] >= floor
    inside = transform(q(low=low, high=high, floor=floor, ceiling=top), np.array([z]))[0]
    assert floor <= inside <= top * (1 + 1e-12)


def test_log_normal_by_hand() -> None:
    """The median of a log-normal is the geometric mean of its two points: sqrt(2 x 8) = 4."""
    assert transform(q(low=2, high=8), np.array([0.0]))[0] == pytest.approx(4)


def test_floor_median_by_hand() -> None:
    """Above a floor of 1 the overhead is log-normal: 1 + sqrt(0.1 x 0.4) = 1.2."""
    assert transform(q(low=1.1, high=1.4, floor=1), np.array([0.0]))[0] == pytest.approx(1.2)


def test_normals_are_standard_and_streams_differ() -> None:
    """A stream has mean 0 and deviation 1 within sampling error, and is not another stream's."""
    a, b = normals(0, "a", 0), normals(0, "b", 0)
    assert abs(a.mean()) < 4 / np.sqrt(BLOCK)
    assert abs(a.std() - 1) < 4 / np.sqrt(2 * BLOCK)
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / np.sqrt(BLOCK)


def test_more_draws_keep_the_first_worlds() -> None:
    """World i is the same world however many are drawn."""
    scenario = capacity.load_scenario()
    item = scenario.count("approved")
    few, many = (sample(scenario, n).values(item) for n in (100, 3 * BLOCK))
    np.testing.assert_array_equal(few, many[:100])


def test_an_added_owner_moves_no_other_normal() -> None:
    """The weights of the named owners stay what they were when another owner joins; only shares renormalise."""
    three = capacity.estimate(capacity.load_scenario(), draws=200)
    from capacity.load import Specs, join_scenario, scenario_document

    document = scenario_document("h200-china-2026-01", Specs())
    document.data["owners"]["jd"] = {"name": "JD.com"}
    document.data["lots"]["approved"]["owners"].append("jd")
    four = capacity.estimate(join_scenario(document, Specs()), draws=200)
    ratio = [e.draws("chips@bytedance") / e.draws("chips@tencent") for e in (three, four)]
    np.testing.assert_allclose(ratio[0], ratio[1], rtol=1e-12)
    np.testing.assert_allclose(three.draws("chips"), four.draws("chips"), rtol=1e-12)


def test_the_order_of_owners_changes_nothing() -> None:
    """Owners may be listed in any order."""
    from capacity.load import Specs, join_scenario, scenario_document

    document = scenario_document("h200-china-2026-01", Specs())
    document.data["lots"]["approved"]["owners"].reverse()
    turned = capacity.estimate(join_scenario(document, Specs()), draws=100)
    plain = capacity.estimate(capacity.load_scenario(), draws=100)
    for owner in ("bytedance", "alibaba", "tencent"):
        a, b = (e.draws(f"power.facility.average@{owner}") for e in (turned, plain))
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_owners_are_alike_as_far_as_rho_says() -> None:
    """The MFU normals of two owners correlate at the stated 0.5, within sampling error."""
    scenario = capacity.load_scenario()
    cells = scenario.cells[:2]
    block = sample(scenario).blocks()[0]
    a, b = (block.z(scenario.assumption("mfu", cell)) for cell in cells)
    assert np.corrcoef(a, b)[0, 1] == pytest.approx(0.5, abs=0.03)


def test_a_group_moves_its_places_together() -> None:
    """Two counts in a group of rho 0.8 have normals that correlate at 0.8."""
    together = [{"places": ["lots.lot-0.count", "lots.lot-1.count"], "rho": 0.8}]
    scenario = scenario_of("h200-sxm x about 1,000 and h200-sxm x about 2,000", together=together)
    block = sample(scenario).blocks()[0]
    a, b = (block.z(scenario.count(f"lot-{i}")) for i in (0, 1))
    assert np.corrcoef(a, b)[0, 1] == pytest.approx(0.8, abs=0.02)


def test_chance_is_the_share_of_worlds_in_which_it_is() -> None:
    """A quantity with chance 0.3 is nought in seven worlds of ten, within sampling error."""
    scenario = scenario_of("h200-sxm x 10")
    lot = scenario.file.lots["lot-0"]
    count = lot.count.model_copy(update={"chance": 0.3})
    from capacity.resolve import Input

    item = Input("lots.lot-0.count", count, "chips", "lots.lot-0.count", "scenario", ())
    values = sample(scenario).values(item)
    assert (values > 0).mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.3 * 0.7 / BLOCK))


def test_x_minus_x_is_nought() -> None:
    """A result minus itself is nought: it is drawn once."""
    answer = capacity.estimate(capacity.load_scenario(), draws=500)
    assert not (answer.draws("power.it.average") - answer.draws("power.it.average")).any()


def test_seed_0_is_a_seed() -> None:
    """Seed 0 gives the same worlds each time, and others than seed 1."""
    scenario = capacity.load_scenario()
    zero, again, one = (capacity.estimate(scenario, 50, seed).draws("chips") for seed in (0, 0, 1))
    np.testing.assert_array_equal(zero, again)
    assert (zero != one).any()


@pytest.mark.parametrize(("draws", "seed", "message"), [(0, 0, "draws must be 1 or more"), (1, -1, "seed must be 0")])
def test_no_worlds_and_seeds_below_nought_are_refused(draws: int, seed: int, message: str) -> None:
    """The documented `ValueError`, before anything is drawn."""
    with pytest.raises(ValueError, match=message):
        sample(capacity.load_scenario(), draws, seed)
