"""Serving: published throughputs, and laws that hold whatever the numbers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from conftest import scenario_of
from hypothesis import given, settings
from hypothesis import strategies as st

import capacity
from capacity.equations import inference as eq
from capacity.errors import InputError
from capacity.load import load_chip, load_models
from capacity.questions import inference
from capacity.questions.inference import Replica, Sheet, Terms
from capacity.questions.points import with_chips

CASES = yaml.safe_load((Path(__file__).parent / "reference" / "inference_cases.yaml").read_text())
WORLDS = 4000
CHIPS = ("h20", "h100-sxm", "h800-sxm", "h200-sxm", "a100-sxm-80")


@pytest.fixture(scope="module")
def answer() -> capacity.Estimate:
    scenario = with_chips(capacity.load_scenario(), {chip: load_chip(chip) for chip in CHIPS})
    return capacity.estimate(scenario, draws=WORLDS, show="inference", by="total")


def replica_of(answer: capacity.Estimate, case: dict[str, Any]) -> Replica:
    sheet, terms = inference.sheet_of(answer, case["chip"]), inference.efficiency(answer)
    assert isinstance(sheet, Sheet)
    if "limit_s" in case:
        terms = replace(terms, limit=np.full(WORLDS, float(case["limit_s"])))
    if "usable" in case:
        terms = replace(terms, usable=np.full(WORLDS, float(case["usable"])))
    model = load_models().models[case["model"]]
    return inference.serve(model, sheet, terms, case["context"], case["chips"], case.get("cache_bytes", 2))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_published_throughputs_are_inside_or_explained(answer: capacity.Estimate, case: dict[str, Any]) -> None:
    """Each published throughput of a node lies in the 90 % interval, or on the side that its case explains."""
    replica = replica_of(answer, case)
    rates = {"decode": replica.decode, "prefill": replica.prefill}
    if case["what"] == "answer":
        rates["answer"] = eq.blended_rate(replica.prefill, replica.decode, np.array(case["prompt"]))
    low, high = np.quantile(8 * rates[case["what"]], [0.05, 0.95])
    least, most = case["reported"]
    if case["expect"] == "inside":
        assert low <= least <= most <= high
    else:
        assert case["why"]
        assert (most < low) if case["expect"] == "below" else (least > high)


def test_most_independent_cases_are_inside() -> None:
    """Of the cases that set no efficiency term, more lie inside than outside."""
    free = [case for case in CASES if "used_to_set" not in case]
    assert sum(case["expect"] == "inside" for case in free) > len(free) / 2


def test_a_small_dense_batch_goes_by_bandwidth(answer: capacity.Estimate) -> None:
    """Llama 2 13B at 16 bits and batch 16: an H20 gives about 1.1 of an H100, as published (4.0 against 3.35 TB/s)."""
    found = {}
    for chip in ("h20", "h100-sxm"):
        sheet = inference.sheet_of(answer, chip)
        assert isinstance(sheet, Sheet)
        sixteen = replace(sheet, rate=sheet.rate_16bit, bytes_each=2.0)
        model = load_models().models["llama-2-13b"]
        terms = inference.efficiency(answer)
        found[chip] = inference.serve(model, sixteen, terms, 1000.0, 1, batch=np.array(16.0)).decode
    assert float(np.median(found["h20"] / found["h100-sxm"])) == pytest.approx(1.1, abs=0.1)


@pytest.mark.parametrize(("chip", "expected"), [("h20", 37), ("h200-sxm", 206), ("h100-sxm", 295)])
def test_critical_batch_of_known_chips(chip: str, expected: float) -> None:
    """A dense model at one byte a weight turns compute-bound at F / 2B: H20 37, H200 206, H100 295 tokens."""
    sheet, one = load_chip(chip), np.array(1.0)
    rate, bandwidth = sheet.peak("fp8").value, sheet.figure("memory_bandwidth_tb_s").value  # type: ignore[union-attr]
    assert round(float(eq.critical_batch(np.array(rate), np.array(bandwidth), one, one, one))) == expected


def test_a_mixture_of_experts_multiplies_the_critical_batch() -> None:
    """The batch grows by total over active parameters: 671 / 37 for DeepSeek-V3."""
    one = np.array(1.0)
    dense = eq.critical_batch(296e12 * one, 4e12 * one, one, one, one)
    experts = eq.critical_batch(296e12 * one, 4e12 * one, 671e9 * one, 37e9 * one, one)
    assert float(experts / dense) == pytest.approx(671 / 37)


def exact_terms(**changes: float) -> Terms:
    usual = dict(bandwidth=0.5, compute=0.5, prefill=0.4, exchange=0.6, network=5e10, fixed=0.004, limit=0.05,
                 usable=0.9)  # fmt: skip
    return Terms(**{name: np.array([value]) for name, value in {**usual, **changes}.items()})


def exact_sheet(bandwidth: float = 4.8e12, rate: float = 1979e12, memory: float = 141e9) -> Sheet:
    arrays = (np.array([x]) for x in (rate, rate / 2))
    return Sheet(*arrays, 1.0, *(np.array([x]) for x in (bandwidth, memory, 4.5e11)), 8.0)


FACTOR = st.floats(1.0, 4.0)


@settings(max_examples=40, deadline=None)
@given(bandwidth=FACTOR, rate=FACTOR, memory=FACTOR, model=st.sampled_from(["deepseek-v3", "llama-3.1-405b"]),
       context=st.floats(128, 60_000))  # fmt: skip
def test_a_better_chip_never_gives_fewer_tokens(
    bandwidth: float, rate: float, memory: float, model: str, context: float
) -> None:
    """More bandwidth, more FLOP/s or more memory never lower tokens a second, in decode nor in prefill."""
    shape = load_models().models[model]
    base = inference.serve(shape, exact_sheet(), exact_terms(limit=0.5), context, 16)
    for better in (
        exact_sheet(bandwidth=4.8e12 * bandwidth),
        exact_sheet(rate=1979e12 * rate),
        exact_sheet(memory=141e9 * memory),
    ):
        found = inference.serve(shape, better, exact_terms(limit=0.5), context, 16)
        assert found.decode >= base.decode * (1 - 1e-12)
        assert found.prefill >= base.prefill * (1 - 1e-12)


@settings(max_examples=40, deadline=None)
@given(short=st.floats(64, 50_000), longer=FACTOR)
def test_a_longer_context_never_gives_more_tokens(short: float, longer: float) -> None:
    """A longer context never raises tokens a second."""
    shape = load_models().models["deepseek-v3"]
    one, two = (inference.serve(shape, exact_sheet(), exact_terms(), c, 16) for c in (short, short * longer))
    assert two.decode <= one.decode * (1 + 1e-12)
    assert two.prefill <= one.prefill * (1 + 1e-12)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.01, 0.5), st.floats(1e9, 1e12), st.floats(1e6, 1e10), st.floats(1e-6, 1e-3))
def test_the_batch_in_time_takes_the_time(limit: float, weights: float, cache: float, compute: float) -> None:
    """A step at the largest batch in a time limit ends at the limit: the two equations are inverse."""
    arrays = [np.array(x) for x in (0.001, weights, cache, 5e13, compute, 1e-7)]
    fixed, *rest = arrays
    batch = eq.batch_in_time(np.array(limit), fixed, *rest)
    if batch > 0:
        assert eq.step_time(batch, *rest, fixed) == pytest.approx(limit)


def test_what_cannot_be_served_on_paper_is_said() -> None:
    """A chip without a bandwidth on its sheet gives a note instead of tokens."""
    answer = capacity.estimate(scenario_of("cambricon-690 x 10 and h200-sxm x 10"), draws=50, show="inference")
    found = inference.can_serve(answer, load_models())
    assert not found.fleets
    assert any("cambricon-690" in note for note in found.notes)
    assert {kind.chip for kind in found.kinds} == {"h200-sxm"}


@pytest.mark.parametrize("name", ["gpt-4", "lama-3.1-405b"])
def test_unknown_models_are_refused_with_advice(answer: capacity.Estimate, name: str) -> None:
    """A model without a published shape, or misspelt, is an error that names those that are known."""
    with pytest.raises(InputError, match=r"known|did you mean"):
        inference.can_serve(answer, load_models(), [name])


def test_the_fleet_is_the_sum_of_its_kinds() -> None:
    """Two lots of different chips give together what they give apart, world by world."""
    rates = []
    for text in ("h20 x 800 and h200-sxm x 160", "h20 x 800", "h200-sxm x 160"):
        answer = capacity.estimate(scenario_of(text), draws=300, show="inference")
        found = inference.can_serve(answer, load_models(), ["deepseek-v3"])
        rates.append(found.fleets[0].decode_all.mean)
    assert rates[0] == pytest.approx(rates[1] + rates[2])
