"""What a fleet means: training runs, equivalents, context, lines of rules; hand arithmetic and laws."""

import json
import re

import numpy as np
import pytest
from conftest import scenario_of
from hypothesis import given, settings
from hypothesis import strategies as st

import capacity
from capacity.equations import control, training
from capacity.errors import InputError
from capacity.load import Specs, load_chip, load_comparators, load_lines, load_models
from capacity.questions import context, equivalents, lines, sections
from capacity.questions.points import with_chips
from capacity.questions.training import can_train
from capacity.units import YEAR
from tests.running import good, run

# --- TPP: twelve chips, each from a publication ----------------------------------------------


@pytest.mark.parametrize(
    ("chip", "tpp", "source"),
    [
        ("h20", 2_368, "8 x 296; Tencent Technology 2025-12-24"),
        ("a100-sxm-80", 4_992, "16 x 312 = 8 x 624; NVIDIA A100 data sheet"),
        ("a800-sxm", 4_992, "the A100's rates with a slower link; 87 FR 62186 was met by the link alone"),
        ("h100-sxm", 15_832, "8 x 1,979; NVIDIA H100 data sheet halved for sparsity"),
        ("h800-sxm", 15_832, "the H100's rates with a slower link"),
        ("h200-sxm", 15_832, "Tencent Technology 2025-12-24 and NVIDIA 10-Q of April 2026 print the class"),
        ("mi300x", 20_919, "8 x 2,614.9; AMD data sheet"),
        ("mi325x", 20_919, "the MI300X's rates; Proclamation of 2026-01-14, band 20,800 to 21,100"),
        ("b200", 36_000, "8 x 4,500 = 4 x 9,000; NVIDIA Blackwell data sheet"),
        ("l20", 1_912, "8 x 239; SemiAnalysis 2023-11, below the line of 2,400"),
        ("h100-pcie", 12_104, "8 x 1,513 (NVIDIA data sheet: 3,026 with sparsity)"),
        ("v100-sxm2", 2_000, "16 x 125; NVIDIA V100 data sheet"),
    ],
)
def test_tpp_of_twelve_chips(chip: str, tpp: float, source: str) -> None:
    """The TPP of a chip is the largest dense rate times bit length that its sheet gives, as published."""
    rates = [load_chip(chip).figure(f"dense_tflops.{p}") for p in control.BITS]
    values = [np.array(np.nan if rate is None else rate.value) for rate in rates]
    assert float(control.tpp(np.array(1.0), *values)) == pytest.approx(tpp, rel=2e-3), source


# --- training --------------------------------------------------------------------------------


def days(text: str, model: str, sets: list[str]) -> tuple[float, float]:
    answer = capacity.estimate(scenario_of(text, sets), draws=4, show="training")
    found = next(run for run in can_train(answer, load_models()).runs if run.id == model)
    return found.days_on_all.p50, found.days_on_cluster.p50


def test_days_of_known_runs() -> None:
    """DeepSeek-V3 on 2,048 H800: 51.9 days for 3.29e24 and 53.8 for 3.41e24; Llama 3.1 405B on 16,384 H100: 72.9."""
    deepseek = ["assumptions.mfu=0.389", "assumptions.goodput=0.93"]
    answer = capacity.estimate(scenario_of("h800-sxm x 2048", deepseek), draws=4, show="training_flops")
    sustained = answer.draws("training_flops.bf16")
    for flop, expected in ((3.29e24, 51.9), (3.41e24, 53.8)):
        assert float(training.run_time(np.array(flop), sustained)[0]) / 86400 == pytest.approx(expected, abs=0.05)
    on_all, on_tenth = days("h100-sxm x 16384", "llama-3.1-405b", ["assumptions.mfu=0.40", "assumptions.goodput=0.93"])
    assert on_all == pytest.approx(72.9, abs=0.05)
    assert on_tenth == pytest.approx(10 * on_all)
    assert on_all < 89  # the calendar that Meta's hours amount to: stages, restarts and pauses are not in it


def test_default_days_hold_the_known_runs() -> None:
    """With the default intervals DeepSeek-V3's 54 days (from its GPU hours) lie in the 90 % interval."""
    answer = capacity.estimate(scenario_of("h800-sxm x 2048"), draws=4000, show="training")
    found = next(run for run in can_train(answer, load_models()).runs if run.id == "deepseek-v3")
    assert found.days_on_all.p5 < 54 < found.days_on_all.p95


def test_formula_of_disclosed_runs() -> None:
    """6 N D of Llama 3.1 405B is what Meta discloses, within half a per cent; attention adds 4 %."""
    answer = capacity.estimate(capacity.load_scenario(), draws=4, show="training")
    found = {run.id: run for run in can_train(answer, load_models()).runs}
    llama = found["llama-3.1-405b"]
    assert llama.formula_flop == pytest.approx(3.8e25, rel=0.005)
    assert llama.attention_flop is not None
    assert llama.formula_flop is not None
    assert llama.attention_flop / llama.formula_flop == pytest.approx(0.04, abs=0.005)
    assert found["deepseek-v3"].formula_flop == pytest.approx(3.29e24, rel=0.005)


def test_a_year_by_hand_on_three_bases() -> None:
    """400,000 H200 with exact assumptions: FLOP of a year on each basis as worked by hand."""
    sets = ["lots.approved.count=400000", *(f"assumptions.{k}={v}" for k, v in dict(
        mfu=0.4, goodput=0.9, busy_share=0.8, training_share=0.5, final_run_share=0.2).items())]  # fmt: skip
    answer = capacity.estimate(scenario_of("h200-china-2026-01", sets), draws=2, show="training_compute,serving_chips")
    busy = 400_000 * 989.5e12 * 0.4 * 0.9 * 0.8 * YEAR
    for basis, expected in (("all_busy", busy), ("training", busy * 0.5), ("final_runs", busy * 0.1)):
        np.testing.assert_allclose(answer.draws(f"training_compute.{basis}"), expected, rtol=1e-12)
    np.testing.assert_allclose(answer.draws("serving_chips"), 400_000 * 0.8 * 0.5, rtol=1e-12)


def test_the_bases_are_ordered_and_far_apart() -> None:
    """In every world all busy hours hold more than training hours, these more than final runs; about twelvefold."""
    answer = capacity.estimate(capacity.load_scenario(), draws=4000, show="training_compute")
    busy, train, final = (answer.draws(f"training_compute.{b}") for b in ("all_busy", "training", "final_runs"))
    assert (final < train).all()
    assert (train < busy).all()
    assert float(np.median(busy / final)) == pytest.approx(12, rel=0.15)


@settings(max_examples=25, deadline=None)
@given(st.floats(1e20, 1e28), st.floats(1e15, 1e22), st.floats(1.0, 100.0))
def test_more_compute_never_takes_longer(run_flop: float, sustained: float, more: float) -> None:
    """More sustained FLOP/s never lengthen a run, more FLOP never shorten it."""
    time = training.run_time(np.array(run_flop), np.array(sustained))
    assert training.run_time(np.array(run_flop), np.array(sustained * more)) <= time
    assert training.run_time(np.array(run_flop * more), np.array(sustained)) >= time


def test_no_chips_or_no_rate_is_said() -> None:
    """A fleet of no chips trains nothing; a chip without a BF16 rate leaves the section empty with a note."""
    for scenario, words in (
        (scenario_of("h200-china-2026-01", ["lots.approved.count=0"]), "no chips"),
        (scenario_of("cambricon-690 x 10"), "cambricon-690"),
    ):
        found = can_train(capacity.estimate(scenario, draws=5, show="training"), load_models())
        assert not found.runs
        assert words in found.notes[0]


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5, float("nan")])
def test_a_cluster_is_a_share(share: float) -> None:
    """A cluster of no chips, or of more than there are, is refused."""
    answer = capacity.estimate(capacity.load_scenario(), draws=2, show="training")
    with pytest.raises(InputError, match="no share"):
        can_train(answer, load_models(), share)


# --- equivalents -----------------------------------------------------------------------------


def test_equivalents_of_the_h20() -> None:
    """One H20 is 0.15 H100 by compute and 1.19 by bandwidth; one H200 is 6.69, 1.2 and 1.47 H20."""
    scenario = with_chips(capacity.load_scenario(), {c: load_chip(c) for c in ("h20", "h100-sxm", "h200-sxm")})
    answer = capacity.estimate(scenario, draws=4, show="equivalents")
    found = equivalents.ratios(answer, "h20", "h100-sxm")
    assert found["8bit"] == pytest.approx(0.1496, abs=5e-5)
    assert found["bandwidth"] == pytest.approx(1.194, abs=5e-4)
    over = equivalents.ratios(answer, "h200-sxm", "h20")
    assert (round(over["tpp"], 2), over["bandwidth"], round(over["memory"], 2)) == (6.69, pytest.approx(1.2), 1.47)


def test_counting_in_the_fleets_own_chip_gives_the_count() -> None:
    """A fleet of one kind counted in that kind is its number of chips on every basis, world by world."""
    answer = capacity.estimate(capacity.load_scenario(), draws=500, show="equivalents")
    section = sections.sections(answer, ["equivalents"], Specs(), sections.Options(unit="h200-sxm"))["equivalents"]
    counts = answer.draws("chips")
    for line in section.as_dict()["lines"]:
        if "owner" not in line:
            assert line["p50"] == pytest.approx(float(np.median(counts)))


def test_order_that_the_basis_decides_is_said() -> None:
    """300,000 H20 against 100,000 H200: fewer by compute, more by bandwidth, and the section says so."""
    answer = capacity.estimate(scenario_of("h20 x 300000 and h200-sxm x 100000"), draws=10, show="equivalents")
    [said] = equivalents.in_chips(answer, "h100-sxm").order
    assert "ahead" in said
    assert "bandwidth" in said.partition("behind")[0]
    assert "8-bit rate" in said.partition("behind")[2]


def test_a_basis_that_a_chip_lacks_is_left_out_with_a_note() -> None:
    """A V100 has no 8-bit rate: nothing is counted in V100 by 8-bit rate, and the section says so."""
    answer = capacity.estimate(capacity.load_scenario(), draws=4, show="equivalents")
    section = sections.sections(answer, ["equivalents"], Specs(), sections.Options(unit="v100-sxm2"))["equivalents"]
    found = section.as_dict()
    assert "8bit" not in {line["basis"] for line in found["lines"]}
    assert any("8bit" in note for note in found["notes"])


# --- context ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fleet() -> capacity.Estimate:
    scenario = scenario_of("h200-china-2026-01", ["lots.approved.count=400000"])
    return capacity.estimate(with_chips(scenario, {"ascend-910c": load_chip("ascend-910c")}), draws=3000)


def test_shares_of_published_quantities(fleet: capacity.Estimate) -> None:
    """400,000 H200 are a tenth of the 4.0 million cards of 2025 and about a fifth of China's stock of 2 million."""
    found = {(c.id, c.basis): c for c in context.compare(fleet, load_comparators())}
    cards = found["china-cards-2025", "chips"].share
    stock = found["china-stock-2025", "h100_equivalents.8bit"].share
    assert cards is not None
    assert stock is not None
    assert cards.p50 == pytest.approx(0.1, rel=0.02)
    assert stock.p50 == pytest.approx(0.2, rel=0.05)


def test_unlike_definitions_are_not_divided(fleet: capacity.Estimate) -> None:
    """Dividing FLOP/s by a stock of chips is refused, with both definitions named; so is an undefined figure."""
    table = load_comparators()
    for key in ("china-stock-2025", "substrate-2026", "huawei-2026-plan"):
        with pytest.raises(InputError, match="not divided by"):
            context.share_of(fleet, table, key, "peak_flops.bf16.dense")
    undefined = [c for c in context.compare(fleet, table) if c.comparator.undefined]
    assert undefined
    assert all(c.share is None and c.why_not for c in undefined)


def test_every_comparator_names_a_result_of_the_page() -> None:
    """The shipped comparators compare with results that exist."""
    context.check_comparators(load_comparators())


# --- lines of rules --------------------------------------------------------------------------


def test_shares_above_lines() -> None:
    """H20 (TPP 2,368) below 2,400 and H200 (15,832) above: the share above is that of the H200's TPP."""
    answer = capacity.estimate(scenario_of("h20 x 1000 and h200-sxm x 500"), draws=5, show="rules")
    above, caps = lines.under_lines(answer, load_lines())
    found = {line.id: line.share.p50 if line.share else None for line in above}
    h20, h200 = 1000 * 2368, 500 * 15832
    assert found["tpp-2400"] == pytest.approx(h200 / (h20 + h200))
    assert found["tpp-1600"] == pytest.approx(1)
    assert found["tpp-21000"] == 0
    assert found["density-5.92"] == pytest.approx(h200 / (h20 + h200))  # 2.9 and 19.4 TPP/mm2
    assert {cap.chip: cap.needed_at_home.p50 for cap in caps} == {"h20": 2000, "h200-sxm": 1000}


def test_classes_at_the_scenarios_date() -> None:
    """In January 2026 the H200 is in 3A090.a and in the case-by-case zone; the H20 in no class of October 2023."""
    answer = capacity.estimate(scenario_of("h20 x 10 and h200-sxm x 5", as_of="2026-01-28"), draws=2, show="rules")
    found = {(one.chip, one.citation): one.label for one in lines.classes(answer, Specs())}
    assert found["h200-sxm", "88 FR 73458"] == "3A090.a"
    assert found["h20", "88 FR 73458"] == "not caught"
    assert any(citation.startswith("91 FR 1684") for _, citation in found)


@settings(max_examples=15, deadline=None)
@given(low=st.floats(100, 20_000), more=st.floats(1, 5))
def test_a_higher_line_is_never_met_by_more(low: float, more: float) -> None:
    """Raising a line never raises the share above it."""
    answer = capacity.estimate(scenario_of("h20 x 10 and h200-sxm x 3 and a100-sxm-80 x 4"), draws=3, show="chips")
    table = load_lines()
    first = next(iter(table.lines.values()))
    shares = []
    for at in (low, low * more):
        line = first.model_copy(update={"at": first.at.model_copy(update={"value": at})})
        above, _ = lines.under_lines(answer, table.model_copy(update={"lines": {"x": line}}))
        assert above[0].share is not None
        shares.append(above[0].share.p50)
    assert shares[1] <= shares[0]


# --- the command -----------------------------------------------------------------------------


def test_sections_in_table_and_json() -> None:
    """`--show training,inference,equivalents` gives these sections beside the lines, in table and JSON."""
    names = "training,inference,equivalents,context,rules"
    done = run("estimate", "--show", names, "--draws", "500", "--format", "json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert {run_["id"] for run_ in data["training"]["runs"]} >= {"deepseek-v3", "llama-3.1-405b", "eu-ai-act"}
    assert data["inference"]["fleets"][0]["answer_all"]["p50"] > 0
    assert data["equivalents"]["in"] == "h100-sxm"
    assert data["context"]["compared"]
    assert data["rules"]["above"]
    assert {line["quantity"] for line in data["lines"]} >= {"training_compute", "h100_equivalents"}
    table = run("estimate", "--show", names, "--draws", "500", "--in", "h20")
    assert table.returncode == 0, table.stderr
    for words in ("runs a year", "tokens a second", "the fleet in h20", "as a share of", "3A090"):
        assert words in table.stdout
    assert max(len(line) for line in table.stdout.splitlines() if "http" not in line) <= 80


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--show", "equivalents", "--in", "h2"), "--in: unknown chip 'h2'"),
        (("--show", "training", "--cluster", "2"), "no share"),
        (("--show", "inference", "--model", "gpt4"), "unknown model"),
        (("--show", "trainin"), "did you mean"),
    ],
)
def test_wrong_options_are_one_line(arguments: tuple[str, ...], words: str) -> None:
    """A wrong chip, share, model or section is one line on stderr and exit 1."""
    done = run("estimate", "--draws", "10", *arguments)
    assert done.returncode == 1
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_questions_and_memo_share_one_list_of_sources() -> None:
    """Where `--show` names questions there is one list of sources, numbered through, and each mark is in it."""
    body, _, listed = good("estimate", "--show", "training,context").partition("\nSources ")
    numbers = [int(n) for n in re.findall(r"^\[(\d+)\] ", listed, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert set(map(int, re.findall(r"\[(\d+)\]", body))) == set(numbers)
    assert "Sources" not in body
