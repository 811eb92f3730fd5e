"""The page at work: hand arithmetic, and laws that hold whatever the numbers."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from conftest import scenario_of
from hypothesis import given, settings
from hypothesis import strategies as st

import capacity
from capacity.errors import InputError
from capacity.model.page import PAGE, SHOWN, STEPS

EXACT = ["lots.approved.count=400000"]


@pytest.fixture(scope="module")
def exact() -> capacity.Estimate:
    return capacity.estimate(scenario_of("h200-china-2026-01", EXACT), draws=64)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("chips", 400_000),
        ("peak_flops.bf16.dense", 395.8e18),  # 400,000 x 989.5e12
        ("peak_flops.fp8.dense", 791.6e18),  # 400,000 x 1,979e12
        ("peak_flops.fp8.sparse", 1583.2e18),  # twice that, 2:4 sparse
        ("memory", 56.4e15),  # 400,000 x 141e9
        ("memory_bandwidth", 1.92e18),  # 400,000 x 4.8e12
        ("power.chip.nameplate", 280e6),  # 400,000 x 700
        ("servers", 50_000),  # 400,000 / 8
        ("tpp", 6.3328e9),  # 400,000 x 15,832
        ("h100_equivalents.8bit", 400_000),  # 1,979 / 1,979
        ("h100_equivalents.bf16", 400_000),
        ("h100_equivalents.tpp", 400_000),
        ("h100_equivalents.bandwidth", 400_000 * 4.8 / 3.35),
        ("h100_equivalents.memory", 400_000 * 141 / 80),
    ],
)
def test_hand_check_of_the_default_scenario(exact: capacity.Estimate, address: str, expected: float) -> None:
    """400,000 H200 give, without randomness, what a person works out on paper."""
    values = exact.draws(address)
    np.testing.assert_allclose(values, expected, rtol=1e-12)


def test_power_chain_by_hand() -> None:
    """With every assumption exact the watts are those of the chain worked by hand."""
    sets = [*EXACT, *(f"assumptions.{n}={v}" for n, v in dict(
        server_other_w=575, network_ratio=1.1, pue_peak=1.25, contracted_ratio=1.2, peak_share=0.8, busy_share=0.8,
        training_share=0.5, load_training=0.9, load_inference=0.6, load_idle=0.3, pue_annual_share=0.8,
    ).items())]  # fmt: skip
    answer = capacity.estimate(scenario_of("h200-china-2026-01", sets), draws=3)
    server = 400_000 * 1275.0
    load = 0.8 * (0.5 * 0.9 + 0.5 * 0.6) + 0.2 * 0.3  # 0.66
    expected = {
        "power.server.nameplate": server,  # 510 MW
        "power.it.nameplate": server * 1.1,  # 561 MW
        "power.facility.nameplate": server * 1.1 * 1.25,  # 701.25 MW
        "power.contracted.nameplate": server * 1.1 * 1.25 * 1.2,
        "power.facility.peak": server * 1.1 * 1.25 * 0.8,
        "power.it.average": server * 1.1 * 0.8 * load,
        "power.facility.average": server * 1.1 * 0.8 * load * 1.2,  # PUE of the year 1 + 0.25 x 0.8
        "energy.facility": server * 1.1 * 0.8 * load * 1.2 * 31_557_600,
    }
    for address, value in expected.items():
        np.testing.assert_allclose(answer.draws(address), value, rtol=1e-12, err_msg=address)


def test_owners_sum_to_the_lot_in_every_world() -> None:
    """The three owners' chips, watts and FLOP/s add up to the total, world by world."""
    answer = capacity.estimate(capacity.load_scenario(), draws=5000)
    for address in ("chips", "peak_flops.bf16.dense", "power.facility.average", "training_flops.bf16"):
        parts = sum(answer.draws(f"{address}@{owner}") for owner in ("bytedance", "alibaba", "tencent"))
        np.testing.assert_allclose(parts, answer.draws(address), rtol=1e-12)


def test_the_total_of_chips_is_the_lot_itself() -> None:
    """Splitting between owners changes no total."""
    scenario = capacity.load_scenario()
    answer = capacity.estimate(scenario, draws=2000)
    np.testing.assert_allclose(answer.draws("chips"), answer.worlds.values(scenario.count("approved")), rtol=1e-12)


def test_ratings_and_boundaries_are_ordered_in_every_world() -> None:
    """Facility ≥ IT ≥ server ≥ chip, and average ≤ peak ≤ nameplate, in each single world."""
    answer = capacity.estimate(capacity.load_scenario(), draws=20_000)
    chain = ["power.chip.nameplate", "power.server.nameplate", "power.it.nameplate", "power.facility.nameplate",
             "power.contracted.nameplate"]  # fmt: skip
    for below, above in pairwise(chain):
        assert (answer.draws(below) <= answer.draws(above)).all(), (below, above)
    for boundary in ("server", "it", "facility"):
        name, top, mean = (answer.draws(f"power.{boundary}.{r}") for r in ("nameplate", "peak", "average"))
        assert (mean <= top).all()
        assert (top <= name).all()


@settings(max_examples=15, deadline=None)
@given(few=st.integers(1, 10**6), more=st.integers(1, 10**6))
def test_more_chips_never_need_less(few: int, more: int) -> None:
    """Adding chips lowers no result of the page in any world."""
    one, two = (
        capacity.estimate(scenario_of("h200-china-2026-01", [f"lots.approved.count={n}"]), draws=50, by="total")
        for n in (few, few + more)
    )
    for address in SHOWN:
        if not one.plan.absent[address].any():
            assert (one.draws(address) <= two.draws(address)).all(), address


def test_a_better_pue_never_needs_more_energy() -> None:
    """Lowering the peak PUE lowers the facility's energy in every world."""
    worse = capacity.estimate(scenario_of("h200-china-2026-01", ["assumptions.pue_peak=1.2..1.5"]), draws=4000)
    better = capacity.estimate(scenario_of("h200-china-2026-01", ["assumptions.pue_peak=1.1..1.3"]), draws=4000)
    assert (better.draws("energy.facility") < worse.draws("energy.facility")).all()
    assert (better.draws("energy.it") == worse.draws("energy.it")).all()


def test_a_rate_that_the_sheet_lacks_is_absent_with_a_note(tmp_path: Path) -> None:
    """An A100 has no FP8 rate: no FP8 total is made up for a fleet that holds one; a note names the chip."""
    answer = capacity.estimate(scenario_of("a100-sxm-80 x 10 and h200-sxm x 10"), draws=10, by="chip")
    with pytest.raises(InputError, match="a100-sxm-80"):
        answer.draws("peak_flops.fp8.dense")
    assert answer.draws("peak_flops.fp8.dense@h200-sxm")[0] == 10 * 1979e12
    assert any("a100-sxm-80" in note and "peak_flops.fp8.dense" in note for note in answer.notes())


def test_a_note_names_the_chips_that_lack_a_figure_and_no_other() -> None:
    """Of an H200 and an A100 it is the A100 that has no FP8 rate; with the H200 alone nothing is said."""
    both = capacity.estimate(scenario_of("h200-sxm x 10 and a100-sxm-80 x 10"), 2)
    [note] = [note for note in both.notes() if "fp8" in note]
    assert note.startswith("the sheet of a100-sxm-80 gives no ")
    assert "h200" not in note
    assert not [n for n in capacity.estimate(scenario_of("h200-sxm x 10"), 2).notes() if "fp8" in n]


def test_show_computes_only_what_is_needed() -> None:
    """Asking for one result runs only the rows of the page that it rests on, and gives the same numbers."""
    scenario = capacity.load_scenario()
    part = capacity.estimate(scenario, draws=500, show="power.it.nameplate")
    whole = capacity.estimate(scenario, draws=500)
    assert "mfu" not in part.plan.gathered
    np.testing.assert_array_equal(part.draws("power.it.nameplate"), whole.draws("power.it.nameplate"))


def test_every_input_of_the_page_is_supplied() -> None:
    """Each name on the page is a result, a figure of a record, or a default assumption."""
    from capacity.records.chip import Chip
    from capacity.records.grid import CARBON_FACTORS

    known = set(capacity.load_assumptions().assumptions)
    for step in PAGE:
        for name in step.inputs:
            head, _, rest = name.removesuffix("?").partition(".")
            ok = name in STEPS or name == "one" or head in known or name == "system.chips"
            ok = ok or (head in ("chip", "reference") and rest.partition(".")[0] in Chip.model_fields)
            ok = ok or name == "price" or (head == "grid" and rest in CARBON_FACTORS)
            assert ok, (step.address, name)


@pytest.mark.parametrize("address", ["power.facility", "nonsense", "chips@nobody"])
def test_an_unknown_address_is_refused_with_advice(exact: capacity.Estimate, address: str) -> None:
    """An address that no result has is an error that names near ones."""
    with pytest.raises(InputError, match=r"known|did you mean"):
        exact.draws(address)


def test_many_lots_of_one_chip_equal_their_sum() -> None:
    """Two counted lots of one chip give what one lot of their sum gives."""
    two = capacity.estimate(scenario_of("h200-sxm x 10 and h200-sxm x 32"), draws=100)
    one = capacity.estimate(scenario_of("h200-sxm x 42"), draws=100)
    name = "power.facility.average"
    np.testing.assert_allclose(two.draws(name), one.draws(name), rtol=1e-12)


def test_two_sites_of_one_owner_keep_their_own_profiles() -> None:
    """Where an owner's two sites have different profiles, each cell gets its own site's numbers."""
    from capacity.load import Specs, join_scenario
    from capacity.load.input_file import InputFile

    cited = {"source": "made-up", "grade": "D"}
    lot = {"chip": "h200-sxm", "stage": "installed", "date": "2026-01-01", "owners": ["acme"]}
    data = {
        "id": "two-sites", "name": "A test", "as_of": "2026-01-01",
        "sources": {"made-up": {"title": "made up for a test", "kind": "judgement"}},
        "owners": {"acme": {"name": "Acme"}},
        "sites": {"old": {"name": "Old", "profile": "china-local"}, "new": {"name": "New", "profile": "us-hyperscale"}},
        "lots": {name: {**lot, "site": name, "count": {"value": 1000, **cited}} for name in ("old", "new")},
        "counted": ["old", "new"],
    }  # fmt: skip
    scenario = join_scenario(InputFile("test", data), Specs())
    answer = capacity.estimate(scenario, draws=2000, by="site")
    old, new = (
        answer.draws(f"power.facility.nameplate@{s}") / answer.draws(f"power.it.nameplate@{s}") for s in data["sites"]
    )
    assert np.median(old) > 1.4  # china-local: 1.30 to 1.75
    assert np.median(new) < 1.3  # us-hyperscale: 1.10 to 1.35
    places = [item.place for item in answer.plan.inputs()]
    assert len(places) == len(set(places))
    assert {
        "profiles.china-local.assumptions.pue_peak@acme",
        "profiles.us-hyperscale.assumptions.pue_peak@acme",
    } <= set(places)
