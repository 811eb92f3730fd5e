"""Explain and drivers: the tree is the page, the shares are those of SALib, the swings are hand arithmetic."""

import json
import re
from dataclasses import replace
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest
from conftest import scenario_of

import capacity
from capacity.document.blocks import Section, Table
from capacity.document.words import cell_text
from capacity.errors import InputError
from capacity.load import Specs, join_scenario
from capacity.load.input_file import InputFile
from capacity.model.page import PAGE, SHOWN, STEPS
from capacity.model.sampling import transform
from capacity.questions.drivers import EXACT
from capacity.questions.drivers import drivers as ask_drivers
from capacity.questions.explain import explain, formulas
from capacity.questions.sensitivity import Influence, drivers, influences, resolve, shapley
from capacity.questions.tree import Node, formula
from tests.running import good, run

POWER = "power.facility.nameplate"
Z95 = NormalDist().inv_cdf(0.95)
# One owner, so that every input is one draw; the intervals are made up for the check.
KNOWN = {"server_other_w": (400.0, 700.0), "network_ratio": (1.06, 1.25), "pue_peak": (1.15, 1.5)}
ONE = ["lots.lot-0.count=50000..90000", *(f"assumptions.{k}={a}..{b}" for k, (a, b) in KNOWN.items())]


def leaves(node: Node) -> list[Node]:
    return [node] if node.kind == "input" else [leaf for child in node.children for leaf in leaves(child)]


@pytest.mark.parametrize("step", PAGE, ids=lambda s: s.address)
def test_every_row_of_the_page_has_a_formula_in_its_arguments(step: object) -> None:
    """The formula that explain prints stands in the equation's docstring and begins with a name it knows."""
    text = formula(step)  # type: ignore[arg-type]
    assert text
    assert set(re.findall(r"[a-z_0-9.]+", text)) & set(step.equation.__code__.co_varnames)  # type: ignore[attr-defined]


def test_the_tree_names_the_page_and_its_numbers_multiply() -> None:
    """With exact inputs the printed formula in numbers, worked out, is the result."""
    sets = ["lots.approved.count=400000", *(f"assumptions.{n}={v}" for n, v in dict(
        server_other_w=575, network_ratio=1.1, pue_peak=1.25).items())]  # fmt: skip
    found = explain(scenario_of("h200-china-2026-01", sets), POWER, draws=300)
    names, numbers = formulas(found.root)
    assert names == "power.it.nameplate × pue_peak"
    assert numbers == "561 MW × 1.25"
    assert found.root.p50 == pytest.approx(701.25e6, rel=1e-12)
    assert [child.name for child in found.root.children] == ["power.it.nameplate", "pue_peak"]


@pytest.mark.parametrize("address", [a for a in SHOWN if a not in ("chips",) and "fp6" not in a and "fp4" not in a])
def test_every_result_that_there_is_can_be_explained(address: str) -> None:
    """The tree of each result of the page ends in inputs that have a source and a grade."""
    scenario = capacity.load_scenario()
    answer = capacity.estimate(scenario, draws=400)
    try:
        values = answer.draws(address)
    except InputError:
        with pytest.raises(InputError, match="gives no"):
            explain(scenario, address, draws=400)
        return
    found = explain(scenario, address, draws=400)
    assert found.root.p50 == pytest.approx(float(np.median(values)), rel=1e-12)
    assert {child.name for child in found.root.children} <= {n.removesuffix("?") for n in STEPS[address].inputs}
    for leaf in leaves(found.root):
        assert leaf.name == "system.chips" or all(i.sources and i.quantity.grade in "ABCD" for i in leaf.inputs)


def test_a_figure_that_differs_between_chips_is_meant_over_the_chips() -> None:
    """The tree of two chips gives the mean TDP, weighted by how many there are of each."""
    exact = ["chips.h20.tdp_w=400", "chips.h200-sxm.tdp_w=700"]
    found = explain(scenario_of("h20 x 300 and h200-sxm x 100", exact), "power.chip.nameplate", draws=300)
    tdp = found.root.children[1]
    assert tdp.name == "chip.tdp_w"
    assert tdp.p50 == pytest.approx((300 * 400 + 100 * 700) / 400)
    assert {item.place for item in tdp.inputs} == {"chips.h20.tdp_w", "chips.h200-sxm.tdp_w"}


def test_explain_of_one_owner_concerns_that_owner() -> None:
    """An address with @ explains the group's own number."""
    scenario = capacity.load_scenario()
    found = explain(scenario, f"{POWER}@tencent", draws=2000)
    values = capacity.estimate(scenario, draws=2000).draws(f"{POWER}@tencent")
    assert found.root.p50 == pytest.approx(float(np.median(values)), rel=1e-12)
    assert all(i.owner in (None, "tencent") for leaf in leaves(found.root) for i in leaf.inputs)


def test_shares_are_those_of_salib_on_a_version_of_our_own() -> None:
    """Of independent inputs each Shapley share lies between SALib's first-order and total index, within both errors."""
    from SALib.analyze import sobol as analyze
    from SALib.sample import sobol

    names = ["count", *KNOWN]
    problem = {"num_vars": 4, "names": names, "bounds": [[0, 1]] * 4, "dists": ["norm"] * 4}
    z = sobol.sample(problem, 4096, calc_second_order=False, seed=1)

    def between(z: np.ndarray, low: float, high: float, floor: float = 0.0) -> np.ndarray:
        a, b = np.log(low - floor), np.log(high - floor)
        return floor + np.exp((a + b) / 2 + z * (b - a) / 2 / Z95)

    chips, other = between(z[:, 0], 50e3, 90e3), between(z[:, 1], *KNOWN["server_other_w"])
    network, pue = between(z[:, 2], *KNOWN["network_ratio"], 1.0), between(z[:, 3], *KNOWN["pue_peak"], 1.0)
    index = analyze.analyze(problem, chips * (700 + other) * network * pue, calc_second_order=False, seed=1)

    scenario = scenario_of("h200-sxm x about 7,000", ONE)
    found = drivers(scenario, [POWER])
    ours = shapley(scenario, [POWER], found, 16_384)[POWER]
    assert sum(share for share, _ in ours) == pytest.approx(1)
    for driver, (share, error) in zip(found, ours, strict=True):
        i = names.index("count" if driver.name.startswith("lots") else driver.name.split(".")[1])
        low, high = index["S1"][i] - index["S1_conf"][i], index["ST"][i] + index["ST_conf"][i]
        assert low - 2 * error < share < high + 2 * error, driver.name
        assert error < 0.02


def test_shares_of_the_default_scenario_are_those_of_salib_by_group() -> None:
    """With owners alike in part, SALib's indices of the groups (what is shared and each one's own) agree with ours."""
    from SALib.analyze import sobol as analyze
    from SALib.sample import sobol

    scenario = capacity.load_scenario()
    cell = scenario.cells[0]
    common = ["count", *KNOWN]
    names = [*common, *(f"{n}@{o}" for n in KNOWN for o in "bat"), *(f"part@{o}" for o in "bat")]
    groups = [*common, *(n for n in KNOWN for _ in "bat"), *(f"part@{o}" for o in "bat")]
    problem = {"num_vars": len(names), "names": names, "groups": groups, "bounds": [[0, 1]] * len(names),
               "dists": ["norm"] * len(names)}  # fmt: skip
    z = dict(zip(names, sobol.sample(problem, 4096, calc_second_order=False, seed=1).T, strict=True))

    def between(z: np.ndarray, quantity: capacity.Quantity) -> np.ndarray:
        floor = quantity.floor or 0.0
        a, b = np.log(quantity.low - floor), np.log(quantity.high - floor)
        return floor + np.exp((a + b) / 2 + z * (b - a) / 2 / Z95)

    weights = {o: np.exp(0.47 * z[f"part@{o}"]) for o in "bat"}
    watts = np.zeros_like(z["count"])
    for owner, weight in weights.items():
        own = {}
        for name in KNOWN:
            item = scenario.assumption(name, cell)
            mixed = np.sqrt(item.rho) * z[name] + np.sqrt(1 - item.rho) * z[f"{name}@{owner}"]
            own[name] = between(mixed, item.quantity)
        count = transform(scenario.count("approved").quantity, z["count"])  # hedged words: no log-normal
        chips = count * weight / sum(weights.values())
        watts += chips * (700 + own["server_other_w"]) * own["network_ratio"] * own["pue_peak"]
    index = analyze.analyze(problem, watts, calc_second_order=False, seed=1)
    order = list(dict.fromkeys(groups))
    for row in influences(scenario, [POWER], 16_384)[POWER]:
        name = row.driver.name.removeprefix("assumptions.")
        if name in KNOWN or name.endswith("count"):
            i = order.index(name if name in KNOWN else "count")
            low, high = index["S1"][i] - index["S1_conf"][i], index["ST"][i] + index["ST_conf"][i]
            assert low - 2 * row.error < row.share < high + 2 * row.error, name


def test_error_of_a_share_is_the_spread_between_seeds() -> None:
    """The stated standard error is what repeating with other seeds shows."""
    scenario = scenario_of("h200-sxm x about 7,000", ONE)
    found = drivers(scenario, [POWER])
    runs = [shapley(scenario, [POWER], found, 1000, seed)[POWER] for seed in range(40)]
    shares, errors = np.array(runs)[:, :, 0], np.array(runs)[:, :, 1]
    np.testing.assert_allclose(shares.std(axis=0), errors.mean(axis=0), rtol=0.4)


def test_swing_is_hand_arithmetic() -> None:
    """With all else at the median, the swing of the PUE runs from its 5 % to its 95 % point."""
    scenario = scenario_of("h200-sxm x 1000", ["assumptions.pue_peak=1.15..1.5", "assumptions.network_ratio=1.1",
                                               "assumptions.server_other_w=575"])  # fmt: skip
    (row,) = influences(scenario, [POWER], draws=500)[POWER]
    it = 1000 * 1275 * 1.1
    assert (row.low, row.high) == (pytest.approx(it * 1.15), pytest.approx(it * 1.5))
    assert row.middle == pytest.approx(it * (1 + np.sqrt(0.15 * 0.5)))
    assert row.share == pytest.approx(1)
    assert row.rank == pytest.approx(1)
    assert row.narrows == pytest.approx(1)


def test_swing_of_correlated_owners_moves_them_all_to_their_points() -> None:
    """Shared and own normals together take every owner's PUE to its own 95 % point."""
    scenario = scenario_of("h200-china-2026-01", [
        "lots.approved.count=1000", "assumptions.pue_peak=1.15..1.5", "assumptions.network_ratio=1.1",
        "assumptions.server_other_w=575"])  # fmt: skip
    rows = influences(scenario, [POWER], draws=500)[POWER]
    assert rows[0].driver.name == "assumptions.pue_peak"
    assert rows[0].high == pytest.approx(1000 * 1275 * 1.1 * 1.5)


def test_inputs_that_move_together_are_one_driver() -> None:
    """A `together` group is one driver, and its swing takes both inputs to their 95 % points."""
    places = ["assumptions.pue_peak", "assumptions.network_ratio"]
    scenario = scenario_of("h200-sxm x 1000", together=[{"places": places, "rho": 0.6}], assumptions={
        "pue_peak": {"low": 1.2, "high": 1.4, "source": "made-up", "grade": "D"},
        "network_ratio": {"low": 1.05, "high": 1.2, "source": "made-up", "grade": "D"},
        "server_other_w": {"value": 575, "source": "made-up", "grade": "D"}})  # fmt: skip
    (row,) = influences(scenario, [POWER], draws=500)[POWER]
    assert row.driver.name == " + ".join(sorted(places))
    assert row.high == pytest.approx(1000 * 1275 * 1.2 * 1.4)


def test_a_lot_that_may_come_to_nothing_has_a_driver_for_that() -> None:
    """The chance that a lot comes at all is a driver of its own, which takes the result to nought."""
    count = {"value": 1000, "chance": 0.7, "source": "made-up", "grade": "D"}
    scenario = scenario_of("h200-sxm x 5", lots={"a": {
        "chip": "h200-sxm", "stage": "licensed", "date": "2026-01-01", "count": count}}, counted=["a"])  # fmt: skip
    (row,) = influences(scenario, ["chips"], draws=2000)["chips"]
    assert row.driver.name == "lots.a.count.occurs"
    assert sorted((row.low, row.high)) == [0, 1000]


def test_quantities_are_found_by_the_beginning_of_one_address() -> None:
    """A beginning that fits just one result will do; several are an error that names them."""
    assert resolve("training_flops") == "training_flops.bf16"
    with pytest.raises(InputError, match=r"power\.it\.peak"):
        resolve("power.it")


@pytest.mark.parametrize("columns", [60, 100, 200])
@pytest.mark.parametrize("command", [("explain", "energy.facility"), ("drivers",)])
def test_texts_fit_the_width(command: tuple[str, ...], columns: int) -> None:
    """From 60 to 200 columns no line is wider than the terminal, addresses of sources apart."""
    text = good(*command, columns=columns)
    assert max(len(line) for line in text.splitlines() if "http" not in line) <= columns


def test_explain_as_json_and_markdown() -> None:
    """The JSON has the schema, formulas and stated inputs with sources; Markdown is a nested list."""
    data = json.loads(good("explain", POWER, "--format", "json"))
    assert data["schema"] == "capacity.explain/1"
    pue = data["tree"]["inputs"][1]
    assert data["tree"]["formula"] == "power.it.nameplate × pue_peak"
    assert pue["name"] == "pue_peak"
    ids = {source["id"] for source in data["sources"]}
    assert {s for stated in pue["stated"] for s in stated["sources"]} <= ids
    assert "\n  - pue_peak = " in good("explain", POWER, "--format", "markdown")


def test_drivers_orders_by_share_and_weakest_by_grade_too() -> None:
    """Drivers come by share; with --weakest a well-measured input stands behind a poorer one."""
    rows = json.loads(good("drivers", "energy.facility", "--format", "json"))["drivers"]
    assert all(a["share"] >= b["share"] for a, b in pairwise(rows))
    weak = json.loads(good("drivers", "energy.facility", "--weakest", "--format", "json"))["drivers"]
    assert all(a["urgency"] >= b["urgency"] for a, b in pairwise(weak))
    assert [r["driver"] for r in weak] != [r["driver"] for r in rows]
    assert weak[-1]["grade"] == "A" or weak[-1]["share"] <= 0.001


def test_drivers_takes_a_scenario_as_its_only_word_and_csv() -> None:
    """A built-in id without a quantity asks about the headline results; CSV has a row per driver."""
    text = good("drivers", "h200-china-2026-01", "--format", "csv", "--draws", "200")
    assert text.startswith("quantity,driver,unit,share,error,rank,low,middle,high,narrows")
    assert f"\n{POWER},lots.approved.count," in text


@pytest.mark.parametrize("command", [("explain", "powr"), ("drivers", "powr"), ("drivers", "chips@nobody"),
                                     ("explain", "peak_flops.fp4.dense")])  # fmt: skip
def test_unknown_quantities_are_one_line_on_stderr(command: tuple[str, ...]) -> None:
    """A quantity that is unknown or cannot be given ends in one line and exit code 1."""
    done = run(*command)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1


def test_without_a_source_its_number_gives_way_or_widens() -> None:
    """A scenario's own PUE gives way to the default; a count with nothing behind it is twice as wide in the log."""
    from capacity.questions.without import without_each

    quantity = {"low": 100.0, "high": 400.0, "source": "press", "grade": "C"}
    scenario = scenario_of(
        "h200-sxm x 5",
        lots={"a": {"chip": "h200-sxm", "stage": "installed", "date": "2026-01-01", "count": quantity}},
        counted=["a"], assumptions={"pue_peak": {"value": 1.9, "source": "leak", "grade": "D"}},
        sources={"press": {"title": "the press", "kind": "judgement"},
                 "leak": {"title": "a leak", "kind": "judgement"}},
    )  # fmt: skip
    chips = without_each(scenario, "chips", draws=16_384)
    press = next(row for row in chips.rows if row.source.title == "the press")
    assert press.widened == ("lots.a.count",)
    assert press.points == (pytest.approx(50, rel=0.05), pytest.approx(200, rel=0.05), pytest.approx(800, rel=0.05))
    power = without_each(scenario, POWER, draws=2000)
    leak = next(row for row in power.rows if row.source.title == "a leak")
    assert leak.replaced == ("assumptions.pue_peak",) or leak.replaced[0].startswith("assumptions.pue_peak@")
    assert leak.points[1] < power.points[1]


def test_drivers_by_source_on_the_command_line() -> None:
    """`drivers --sources` has a row for each source that a number rests on alone, and is JSON on request."""
    text = good("drivers", POWER, "--sources")
    assert "Reuters" in text
    assert max(len(line) for line in text.splitlines() if "http" not in line) <= 80
    data = json.loads(good("drivers", POWER, "--sources", "--format", "json"))
    reuters = next(row for row in data["without"] if row["widened"] == ["lots.approved.count"])
    assert reuters["p95"] > data["all_sources"]["p95"]


def test_many_lots_are_told_apart_up_to_forty_and_shares_still_come_to_one() -> None:
    """With sixty uncertain lots the least weighty are one driver, and the parts still come to 1."""
    from capacity.questions.sensitivity import MOST, OTHERS

    text = " and ".join(f"h200-sxm x about {1000 * (i + 1):,}" for i in range(60))
    rows = influences(scenario_of(text), ["chips"], draws=600)["chips"]
    assert len(rows) == MOST
    assert OTHERS in {row.driver.name for row in rows}
    assert sum(row.share for row in rows) == pytest.approx(1)


def test_an_exact_result_has_no_drivers() -> None:
    """Where nothing is uncertain, drivers says so instead of printing an empty table."""
    answer = ask_drivers(scenario_of("h200-sxm x 1000"), "chips", draws=100)
    assert EXACT in str(answer)
    assert answer.records() == []


def test_shares_add_up_as_printed_and_keep_their_sign() -> None:
    """The printed shares of a result sum to 100.0 % to the digit; one that came out below zero is printed so."""
    answer = ask_drivers(scenario_of("h200-china-2026-01"), POWER, draws=256)
    [table] = [block for block in answer.document().blocks if isinstance(block, Table)]
    shares = [cell_text(row[1], True) for row in table.rows if not isinstance(row, Section)]
    assert sum(round(10 * float(text.removesuffix("%"))) for text in shares) == 1000
    below = [row["driver"] for row in answer.records() if row["share"] < -0.0005]
    assert len([text for text in shares if text.startswith("-")]) >= len(below)
    assert "-0.0%" not in shares


def test_a_default_run_knows_its_shares_to_three_points() -> None:
    """No share that `drivers` prints has a standard error of more than 3 points."""
    rows = ask_drivers(scenario_of("h200-china-2026-01")).records()
    assert max(row["error"] for row in rows) <= 0.03


def test_the_weakest_come_first() -> None:
    """Low grade times share falls along the list, in both commands that print it, which print the same."""
    answer = ask_drivers(scenario_of("h200-china-2026-01"), POWER, draws=256, weakest=True)
    urgency = [row["urgency"] for row in answer.records()]
    assert urgency == sorted(urgency, reverse=True)
    assert good("list", "assumptions", "--weakest") == good("drivers", "--weakest")


def test_at_a_date_the_drivers_are_those_of_what_is_in_service() -> None:
    """An exact count moves nothing as stated; at a date it does matter whether and when the chips are delivered."""
    scenario = capacity.load_scenario().having({"lots.approved.count": 400_000})
    assert ask_drivers(scenario, "chips").records() == []
    answer = ask_drivers(scenario, "chips", draws=2000, at="2026-12-31")
    rows = answer.records()
    assert {row["driver"].partition(".occurs")[0] for row in rows[:2]} == {"assumptions.approved_delivered"}
    assert "assumptions.delivery_days" in {row["driver"] for row in rows}
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    assert answer.head()["at"] == "2026-12-31"
    assert all(0 <= row[end] < 400_000 for row in rows for end in ("low", "high"))
    assert "in service on 2026-12-31" in str(answer)
    assert "in service on 2026-12-31" in answer.sentence()


def test_the_rank_of_a_driver_is_spearmans_where_one_owner_is_known() -> None:
    """Two owners, the PUE of one of them exact: the driver's rank is that of the other's PUE with the result."""
    stats = pytest.importorskip("scipy.stats")
    cited = {"source": "made-up", "grade": "D"}
    lot = {"chip": "h200-sxm", "date": "2026-01-01", "count": {"value": 10_000, **cited}}
    data = {
        "id": "made-up", "name": "A test", "lots": {"one": {**lot, "owners": ["a"]}, "two": {**lot, "owners": ["b"]}},
        "counted": ["one", "two"], "owners": {"a": {"name": "A"}, "b": {"name": "B"}},
        "sources": {"made-up": {"title": "made up for a test", "kind": "judgement"}},
    }  # fmt: skip
    known = {"assumptions.pue_peak": "1.15..1.5", "assumptions.pue_peak@a": 1.2}
    scenario = join_scenario(InputFile("test", data), Specs()).having(known)
    rows = influences(scenario, [POWER], 4096)[POWER]
    [row] = [row for row in rows if row.driver.name == "assumptions.pue_peak"]
    answer = capacity.estimate(scenario, 4096, show=POWER)
    [pue] = [item for item in answer.plan.inputs() if item.place.startswith("assumptions.pue_peak@b")]
    expected = stats.spearmanr(answer.worlds.values(pue), answer.draws(POWER)).statistic
    assert row.rank == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("grade", "share", "urgency"),
    [("A", 0.5, 0.0), ("B", 0.5, 0.5), ("C", 0.5, 1.0), ("D", 0.5, 1.5), ("D", -0.1, 0.0), ("D", 0.0, 0.0)],
)
def test_what_to_look_up_next_is_grade_times_share(grade: str, share: float, urgency: float) -> None:
    """A to D weigh 0 to 3; a share below zero is none."""
    [driver] = [d for d in drivers(scenario_of("h200-sxm x 10", ONE), [POWER]) if d.name == "assumptions.pue_peak"]
    graded = replace(driver.inputs[0], quantity=driver.inputs[0].quantity.model_copy(update={"grade": grade}))
    row = Influence(replace(driver, inputs=(graded,)), share, 0.01, 0.5, 1.0, 2.0, 3.0, 0.2)
    assert row.urgency == pytest.approx(urgency)
