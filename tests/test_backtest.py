"""The backtest: an honest split, numbers that can be derived again, scores that add up, files of any kind."""

import contextlib
import csv
import hashlib
import io
import json
import math
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import capacity
from capacity import load
from capacity.errors import InputError
from capacity.questions.backtest import Backtest, run
from capacity.questions.measured import Knowledge, knowledge, predict
from capacity.questions.sites import Unscored
from capacity.records.case import Case
from capacity.records.workload import Workloads
from tests import running
from tests.tools.fitting import Fit, Fits, fit

CASES, _ = load.load_cases()
SPECS = load.Specs()
KNOWN = knowledge({c.chip for c in CASES}, SPECS, 4096)
RUNS = load.load_tables(load.shipped_table("cases"))
HELD_OUT = run(RUNS, RUNS, SPECS, "score")
COLUMNS = "case,name,chip,chips,workload,metric,basis,sparse,value,unit,date,trimmed,confidence,source,url"


def made(rows: str, tmp_path: Path) -> Backtest:
    """The backtest of a file of these rows."""
    path = tmp_path / "cases.csv"
    path.write_text(f"{COLUMNS}\n{rows}\n")
    return capacity.backtest(path)


def case(**given: object) -> Case:
    """A case that is right unless said otherwise."""
    plain: dict[str, object] = {
        "case": "x", "name": "X", "chip": "h100-sxm", "chips": 1000.0, "workload": "hpl", "metric": "achieved_flops",
        "basis": "fp64", "value": 4e16,
    }  # fmt: skip
    return Case.model_validate({**plain, **given})


def of(found: Backtest, workload: str, metric: str) -> object:
    return next(g for g in found.groups if (g.workload, g.metric, g.trimmed) == (workload, metric, False))


# --- the split and the fit -----------------------------------------------------------------------


def test_a_system_lies_on_one_side_only() -> None:
    """All rows of one name are on the side that the first hex digit of its hash gives, whatever is measured."""
    sides: dict[str, set[str]] = {}
    for row in CASES:
        sides.setdefault(row.name.strip().lower() or row.case, set()).add(row.half)
    assert all(len(side) == 1 for side in sides.values())
    even = hashlib.sha256(b"perlmutter").hexdigest()[0] in "02468ace"
    assert sides["perlmutter"] == {"fit" if even else "score"}
    assert Counter(row.half for row in CASES)["fit"] > 200


def rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.3g}")


def stated(known: Workloads) -> dict[str, dict[str, Fit]]:
    """The numbers of kind backtest in the specs, as fits."""
    found: dict[str, dict[str, Fit]] = {}
    for name, parameter in known.parameters.items():
        for key, q in [("default", parameter.default), *parameter.by.items()]:
            if q is not None and q.kind == "backtest":
                n = int(re.search(r"n = (\d+)", q.note or "")[1])  # type: ignore[index]
                found.setdefault(name, {})[key] = Fit(n, q.low, q.high, q.value, q.chance)
    return found


def fitted(cases: list[Case]) -> dict[str, dict[str, Fit]]:
    """The fit of these cases, rounded as the specs have it."""
    found: Fits = fit(cases, KNOWN.chips, KNOWN.workloads)
    return {
        name: {k: Fit(f.n, *(rounded(x) for x in (f.low, f.high, f.value, f.chance))) for k, f in by.items()}
        for name, by in found.items()
    }


def test_every_fitted_number_follows_from_the_fitting_half() -> None:
    """The specs hold just what the fit gives on the shipped cases."""
    assert fitted(CASES) == stated(KNOWN.workloads)


def test_the_fit_does_not_see_the_other_half() -> None:
    """Changing every figure of the scoring half, and every trimmed one, changes no fitted number."""
    other = [c.model_copy(update={"value": c.value * 3}) if c.half == "score" or c.trimmed else c for c in CASES]
    assert fitted(other) == stated(KNOWN.workloads)


def test_a_prediction_sees_chip_count_and_class_only() -> None:
    """Value, name, date and source of a case change nothing in its prediction."""
    plain = predict(case(), KNOWN)
    np.testing.assert_array_equal(plain, predict(case(case="y", name="Y", value=1.0, date="1999"), KNOWN))
    np.testing.assert_allclose(predict(case(chips=2000.0), KNOWN), 2 * plain)


# --- what the scores say -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("workload", "metric"), [("hpl", "achieved_flops"), ("hpl", "power"), ("training", "achieved_fraction")]
)
def test_held_out_coverage_is_in_the_band_and_beats_each_formula(workload: str, metric: str) -> None:
    """On systems that were not fitted, 90 % intervals hold in the binomial band, and score better than every rival."""
    group = of(HELD_OUT, workload, metric)
    low, high = group.bands[-1]  # type: ignore[attr-defined]
    assert low <= group.ours.coverage[-1] <= high  # type: ignore[attr-defined]
    assert group.baselines  # type: ignore[attr-defined]
    for name, rival in group.baselines:  # type: ignore[attr-defined]
        assert group.ours.interval_score_90 < rival.interval_score_90, name  # type: ignore[attr-defined]


def test_coverage_of_a_family_is_that_of_its_cases_by_hand() -> None:
    """Counting one family's cases between the 5 % and 95 % points of their draws gives the reported share."""
    mine = [c for c in CASES if c.half == "score" and not c.trimmed and c.metric == "achieved_flops"]
    mine = [c for c in mine if KNOWN.workloads.family(c.chip) == "hopper"]
    ends = [np.quantile(np.log(predict(c, KNOWN)), [0.05, 0.95]) for c in mine]
    share = np.mean([a <= math.log(c.value) <= b for c, (a, b) in zip(mine, ends, strict=True)])
    found = dict(of(HELD_OUT, "hpl", "achieved_flops").families)["hopper"]  # type: ignore[attr-defined]
    assert (found.n, found.coverage[-1]) == (len(mine), pytest.approx(share))


def test_a_formula_with_the_right_spread_covers_as_it_says() -> None:
    """Figures made by a baseline's own distribution lie in its 90 % interval nine times of ten."""
    rng = np.random.default_rng(1)
    tdp = 700 * 1000
    rows = [
        case(case=str(i), name=f"m{i}", metric="power", basis="it", value=float(tdp * math.exp(0.2 * z)))
        for i, z in enumerate(rng.standard_normal(3000))
    ]
    tables = load.Tables(cases=rows)
    found = dict(of(run(tables, tables, SPECS, "score"), "hpl", "power").baselines)["TDP × N"]  # type: ignore[attr-defined]
    assert found.coverage[-1] == pytest.approx(0.9, abs=0.02)
    assert found.interval_score_90 == pytest.approx(0.2 * 4.126, rel=0.05)  # 4 phi(1.645) / 0.1
    assert found.crps == pytest.approx(0.2 / math.sqrt(math.pi), rel=0.05)  # E|X - X'| / 2


def test_trimmed_rows_are_reported_with_and_without() -> None:
    """Each group comes twice, and only the one with trimmed rows counts them."""
    counts = {(g.workload, g.metric, g.trimmed): g.ours.n for g in HELD_OUT.groups if g.workload == "hpl"}
    mine = [c for c in CASES if c.half == "score" and c.metric == "power" and c.workload == "hpl"]
    assert counts["hpl", "power", True] == len(mine)
    assert counts["hpl", "power", False] == sum(not c.trimmed for c in mine) < len(mine)


def test_the_fraction_of_hpl_is_not_that_of_training() -> None:
    """No training number moves HPL nor the other way round."""
    known = KNOWN.workloads.parameters
    halved = {n: p for n, p in known.items() if n.startswith("hpl.")} | {
        n: known["training.mfu"].model_copy(update={"default": None, "by": {}}) for n in known if n.startswith("tr")
    }
    other = Knowledge(
        KNOWN.chips, KNOWN.workloads.model_copy(update={"parameters": halved}), KNOWN.defaults, SPECS, KNOWN.draws
    )
    np.testing.assert_array_equal(predict(case(), other), predict(case(), KNOWN))


# --- files of any kind ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a,A,h1000,8,hpl,power,it,,1e6,W,,,,,", "unknown chip 'h1000'"),
        ("a,A,../x,8,hpl,power,it,,1e6,W,,,,,", "unknown chip"),
        ("a,A,h100-sxm,8,hpl,power,roof,,1e6,W,,,,,", "no prediction at basis 'roof'"),
        ("a,A,h100-sxm,8,hpl,peak_flops,fp16,,1e6,FLOP/s,,,,,", "no prediction at basis 'fp16'"),
        ("a,A,h100-sxm,,hpl,power,it,,1e6,W,,,,,", "no chip count"),
        ("a,A,tpu-v3,8,hpl,achieved_flops,fp64,,1e6,FLOP/s,,,,,", "gives no FP64 rate"),
        ("a,A,h100-sxm,8,claim,peak_flops,,,1e6,FLOP/s,,,,,", "gives no dense unstated rate"),
        ("a,A,a100-sxm-80,8,claim,peak_flops,fp8,yes,1e6,FLOP/s,,,,,", "gives no sparse fp8 rate"),
        ("a,A,h100-sxm,8,claim,achieved_fraction,bf16,,0.5,1,,,,,", "no prediction of achieved_fraction"),
        ("a,A,h100-sxm,8,brewing,power,it,,1e6,W,,,,,", "workload"),
        ("a,A,h100-sxm,8,hpl,heat,it,,1e6,W,,,,,", "unknown metric 'heat'"),
        ("a,A,h100-sxm,8,hpl,power,it,,1e6,FLOP/s,,,,,", "does not measure power"),
        ("a,A,h100-sxm,8,hpl,power,it,,-5,W,,,,,", "value"),
        ("a,A,h100-sxm,8,hpl,power,it,,nan,W,,,,,", "value"),
        ("a,A,h100-sxm,8,hpl,power,it,,much,W,,,,,", "value: cannot read"),
        ("a,A,h100-sxm,0,hpl,power,it,,1e6,W,,,,,", "chips"),
        ("a,A,h100-sxm,8,hpl,power,it,perhaps,1e6,W,,,,,", "sparse"),
        ("a", "unknown metric"),
    ],
)
def test_a_row_that_cannot_be_scored_is_reported_with_the_reason(row: str, reason: str, tmp_path: Path) -> None:
    """Unknown chips, bases and broken rows stop nothing: the others are scored, these are listed."""
    found = made(f"{row}\nb,B,h100-sxm,1000,hpl,power,it,,0.9,MW,,,,,", tmp_path)
    assert found.cases == 1
    ((name, why),) = found.unscored
    assert name == "a"
    assert reason in why


@given(st.text(max_size=60), st.text(alphabet=',"\n\r\0abch100-sxmplW1e9.', max_size=80))
@settings(max_examples=40)
def test_no_file_of_cases_makes_a_traceback(tmp_path_factory: pytest.TempPathFactory, head: str, body: str) -> None:
    """Any text is scored, listed as unscored, or refused with faults."""
    path = tmp_path_factory.mktemp("junk") / "cases.csv"
    for text in (head + body, f"{COLUMNS}\n{body}\na,A,{head},8,hpl,power,it,,1,W,,,,,\n"):
        path.write_bytes(text.encode("utf-8", "replace"))
        with contextlib.suppress(InputError):
            assert capacity.backtest(path, draws=100).draws == 100


@pytest.mark.parametrize(("unit", "factor"), [("MW", 1e6), ("kW", 1e3), ("W", 1.0), ("", 1.0)])
def test_units_cross_into_si(unit: str, factor: float, tmp_path: Path) -> None:
    """A prefix on the unit is read."""
    path = tmp_path / "cases.csv"
    path.write_text(f"{COLUMNS}\na,A,h100-sxm,8,hpl,power,it,,2,{unit},,,,,\n")
    assert load.load_cases(path)[0][0].value == 2 * factor


def test_a_file_without_a_column_is_refused_in_one_line(tmp_path: Path) -> None:
    """The missing column is named at line 1."""
    path = tmp_path / "cases.csv"
    path.write_text("case,chip\na,h100-sxm\n")
    with pytest.raises(InputError, match=r"cases\.csv:1:1: no column workload, metric, basis, value"):
        capacity.backtest(path)


def test_a_chip_of_no_family_is_predicted_with_the_default() -> None:
    """A chip that was never measured gets the pooled interval."""
    known = knowledge({"gaudi3"}, SPECS, 4096)
    assert known.workloads.family("gaudi3") is None
    watts = predict(case(chip="gaudi3", metric="power", basis="it"), known)
    assert 0.8 < np.median(watts) / (1000 * 1050) < 1.4  # a thousand boards of 900 to 1,200 W
    with pytest.raises(Unscored):
        predict(case(chip="gaudi3"), known)


# --- the command -----------------------------------------------------------------------------------


def command(*arguments: str) -> running.Done:
    return running.run("backtest", *arguments)


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_the_tables_fit_the_width(columns: int) -> None:
    """No line is wider than the terminal, and every headline figure is there."""
    text = HELD_OUT.text("table", columns)
    assert max(map(len, text.splitlines())) <= columns
    assert "TDP × N × 1.82" in text
    assert "Training is no clean hold-out" in " ".join(text.split())


def test_json_has_the_keys_of_the_interface() -> None:
    """Each group and each baseline carry the fixed keys; ten bins that sum to n."""
    data = json.loads(command("--format", "json").stdout)
    assert {(g["workload"], g["metric"], g["basis"]) for g in data["groups"]} >= {
        ("hpl", "peak_flops", "fp64"), ("hpl", "achieved_flops", "fp64"), ("hpl", "power", "it"),
        ("training", "achieved_fraction", "bf16"),
    }  # fmt: skip
    keys = ["n", "coverage_50", "coverage_80", "coverage_90", "median_log_error", "bias_log", "crps_log",
            "interval_score_90", "pit"]  # fmt: skip
    for group in data["groups"]:
        assert isinstance(group["trimmed"], bool)
        for numbers in (group, *group["baselines"], *group["families"]):
            assert set(keys) <= set(numbers)
            assert len(numbers["pit"]) == 10
            assert sum(numbers["pit"]) == numbers["n"]
        assert all(b["name"] for b in group["baselines"])


def test_csv_has_a_row_per_group_and_forecast() -> None:
    """The flat form holds the same numbers."""
    rows = list(csv.DictReader(io.StringIO(command("--format", "csv").stdout)))
    mine = [
        r
        for r in rows
        if (r["workload"], r["metric"], r["forecast"], r["family"], r["trimmed"])
        == ("hpl", "power", "ours", "", "False")
    ]
    group = of(HELD_OUT, "hpl", "power")
    assert float(mine[0]["coverage_90"]) == group.ours.coverage[-1]  # type: ignore[attr-defined]


def test_a_coverage_that_is_asked_for_and_missed_ends_with_three() -> None:
    """`--min-coverage` is a check: exit code 3 and a line for each figure that misses it."""
    assert command("--min-coverage", "0.7").returncode == 0
    done = command("--min-coverage", "0.999")
    assert done.returncode == 3
    assert "HPL power, IT" in done.stderr


def test_a_file_of_nothing_known_is_no_failure(tmp_path: Path) -> None:
    """Without a scored row the command says so, and only an asked check fails."""
    path = tmp_path / "cases.csv"
    path.write_text(f"{COLUMNS}\na,A,h1000,8,hpl,power,it,,1e6,W,,,,,\n")
    for form in ("table", "json", "csv", "markdown"):
        assert command("--cases", str(path), "--format", form).returncode == 0
    assert command("--cases", str(path), "--min-coverage", "0.5").returncode == 3
    assert command("--cases", str(tmp_path / "none.csv")).returncode == 1
    assert command("--half", "third").returncode == 2


if __name__ == "__main__":  # python tests/test_backtest.py: write the fitted numbers into specs/workloads.yaml
    PATH = Path(__file__).parent.parent / "specs" / "workloads.yaml"
    lines, name, keys = [], "", fitted(CASES)
    for line in PATH.read_text().splitlines():
        name = match[1] if (match := re.fullmatch(r"  ([a-z_.]+):", line)) else name
        entry = re.fullmatch(r"( +)([a-z0-9-]+): \{.*?(, source: .*kind: backtest.*)", line)
        if entry:
            f = keys[name][entry[2]]
            numbers = [
                f"{k}: {getattr(f, k):g}" for k in ("low", "high", "value", "chance") if getattr(f, k) is not None
            ]
            rest = re.sub(r"n = \d+", f"n = {f.n}", entry[3])
            line = f"{entry[1]}{entry[2]}: {{{', '.join(numbers)}{rest}"
        lines.append(line)
    PATH.write_text("\n".join(lines) + "\n")
