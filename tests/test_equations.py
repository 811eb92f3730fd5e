"""The equations: each documented in full, and each proportional where the page says so."""

import importlib
import inspect
import pkgutil
import re

import numpy as np
import pytest
from conftest import scenario_of
from hypothesis import given
from hypothesis import strategies as st

import capacity
from capacity import equations, load
from capacity.equations import control, power
from capacity.model.page import PAGE
from capacity.questions.equivalents import metric

FUNCTIONS = [
    (f"{module.name}.{name}", function)
    for module in pkgutil.iter_modules(equations.__path__)
    for name, function in inspect.getmembers(
        importlib.import_module(f"capacity.equations.{module.name}"), inspect.isfunction
    )
    if function.__module__ == f"capacity.equations.{module.name}"
]


@pytest.mark.parametrize(("name", "function"), FUNCTIONS, ids=[n for n, _ in FUNCTIONS])
def test_docstring_gives_unit_arguments_range_source_and_example(name: str, function: object) -> None:
    """Every equation says its unit, each argument's unit, its range, its source, and shows an example."""
    text = inspect.getdoc(function) or ""
    first = text.splitlines()[0]
    assert re.search(r"\[.+\]\.$", first), "the first line ends with the unit in brackets"
    for argument in inspect.signature(function).parameters:  # type: ignore[arg-type]
        assert re.search(rf"^    {argument}: .*\[.+\]", text, re.MULTILINE), f"{argument} has no unit"
    assert re.search(r"^Valid ", text, re.MULTILINE)
    assert re.search(r"^Source: ", text, re.MULTILINE)
    assert ">>> " in text


LINEAR = [step for step in PAGE if step.linear]


@pytest.mark.parametrize("step", LINEAR, ids=lambda s: s.address)
@given(data=st.data())
def test_linear_steps_are_proportional_to_their_first_input(step: object, data: st.DataObject) -> None:
    """Doubling the first input doubles the result, since constants are folded on that promise."""
    positive = st.floats(0.01, 100)
    first, *rest = (np.array([[data.draw(positive)]]) for _ in step.inputs)  # type: ignore[attr-defined]
    once = step.equation(first, *rest)  # type: ignore[attr-defined]
    np.testing.assert_allclose(step.equation(2 * first, *rest), 2 * once, rtol=1e-12)  # type: ignore[attr-defined]


@given(*(st.floats(0, 1) for _ in range(5)))
def test_load_lies_between_idle_and_busy(busy: float, training: float, a: float, b: float, c: float) -> None:
    """A mean of fractions of the peak is never above the largest nor below the smallest of them."""
    found = power.load(*(np.array(x) for x in (busy, training, a, b, c)))
    assert min(a, b, c) - 1e-12 <= found <= max(a, b, c) + 1e-12


@pytest.mark.parametrize(
    ("chip", "tpp", "source"),
    [
        ("h200-sxm", 15_832, "16 x 989.5 = 8 x 1,979; Tencent Technology 2025-12-24 prints 15,832"),
        ("h100-sxm", 15_832, "the same silicon rates"),
        ("h800-sxm", 15_832, "the same silicon rates"),
        ("h20", 2_368, "8 x 296; 88 FR 73458 line of 2,400 was passed under; printed by Tencent Technology"),
        ("a100-sxm-80", 4_992, "16 x 312 = 8 x 624"),
        ("a800-sxm", 4_992, "the same rates; only the link is slower"),
        ("b200", 36_000, "8 x 4,500 = 4 x 9,000"),
        ("mi250x", 6_128, "16 x 383; 64 x 95.7 = 6,124.8 stays below it"),
    ],
)
def test_tpp_of_known_chips(chip: str, tpp: float, source: str) -> None:
    """The TPP of a chip is its dense rate times the bit length, as published."""
    sheet = capacity.load_chip(chip)
    rates = [sheet.figure(f"dense_tflops.{p}") for p in control.BITS]
    values = [np.array(np.nan if rate is None else rate.value) for rate in rates]
    assert float(control.tpp(np.array(1.0), *values)) == pytest.approx(tpp, rel=1e-9), source


@pytest.mark.parametrize(
    ("format", "bits"),
    [("fp64", 64), ("bf16", 16), ("fp16", 16), ("fp8", 8), ("int8", 8), ("fp6", 6), ("fp4", 4)],
)
def test_each_format_can_win_the_tpp(format: str, bits: int) -> None:
    """100 x 10^12 operations/s of one format alone, three chips: 300 times its bit length."""
    rates = {name: np.array(1e14 if name == format else np.nan) for name in control.BITS}
    assert float(control.tpp(np.array(3.0), **rates)) == pytest.approx(300 * bits)


@pytest.mark.parametrize("chip", load.Specs().ids("chips"))
def test_8_bit_equivalents_are_the_better_rate_over_an_h100s(chip: str) -> None:
    """For every sheet: the larger of its 8-bit rates over 1,979 TFLOP/s, world by world; none where it has no rate."""
    answer = capacity.estimate(scenario_of(f"{chip} x 1000"), 200, show=["chips", "h100_equivalents.8bit"], by=())
    rate = metric(answer, chip, "8bit")
    if rate is None:
        assert "h100_equivalents.8bit" not in [step.address for step, _ in answer.results()]
        return
    np.testing.assert_allclose(answer.draws("h100_equivalents.8bit"), 1000 * rate / 1979e12, rtol=1e-12)
    sheet = capacity.load_chip(chip)
    rates = [figure for p in ("fp8", "int8") if (figure := sheet.figure(f"dense_tflops.{p}"))]
    if all(figure.is_exact for figure in rates):
        assert np.ptp(rate) == 0
        assert rate[0] == pytest.approx(max(figure.value or 0.0 for figure in rates))
