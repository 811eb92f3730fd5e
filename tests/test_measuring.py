"""Measuring: what is counted, what readings amount to, the record, and the command on the CPU for real."""

import importlib.util
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from capacity.equations.measuring import copied_bytes, measured_share, product_flop
from capacity.load import load_chip, load_measurements, open_specs, validate_file
from capacity.measurement import Measurement
from capacity.measuring.devices import NumpyDevice, Run, TorchDevice, open_device
from capacity.measuring.power import Reading, first_visible, open_meter, summarize_power
from capacity.measuring.session import figure_of, measure_device
from capacity.measuring.shapes import TABLES, Product, layer
from capacity.render.measured import CEILING, measured_rows, to_yaml

HAS_TORCH = importlib.util.find_spec("torch") is not None


def has_cuda() -> bool:
    if not HAS_TORCH:
        return False
    import torch

    return bool(torch.cuda.is_available())


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "capacity", *arguments],
        capture_output=True, text=True, cwd=cwd, timeout=120, check=False,
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1"},
    )  # fmt: skip


# --- counting --------------------------------------------------------------------------------


@pytest.mark.parametrize(("m", "n", "k"), [(1, 1, 1), (2, 3, 4), (5, 1, 7)])
def test_a_product_counts_each_multiplication_and_addition(m: int, n: int, k: int) -> None:
    """2mnk is what the three loops of a product into a zeroed result do, counted one by one."""
    counted = 0
    for _ in range(m):
        for _ in range(n):
            for _ in range(k):
                counted += 2  # one multiplication, one addition to the sum
    assert product_flop(m, n, k) == counted


def test_the_training_mix_does_six_operations_per_weight_and_token() -> None:
    """Forward and both gradients come to 6 N D, the rule of Kaplan et al. (2020), for the 70B layer worked by hand.

    Weights by hand: 8192 x (8192 + 2 x 1024) + 8192 x 8192 + 2 x 28672 x 8192 + 8192 x 28672 = 855,638,016.
    """
    weights = 855_638_016
    assert sum(p.flop for p in TABLES["cuda"].mix) == 6 * weights * 8192


def test_a_copy_counts_what_is_read_and_what_is_written() -> None:
    """STREAM counts 16 bytes for each 8-byte word that is copied."""
    assert copied_bytes(8 * 1000) == 16 * 1000


def test_a_share_is_a_plain_ratio() -> None:
    """794.5 of 989.5 TFLOP/s is 0.803, as Bekman prints for the H100."""
    assert measured_share(794.5e12, 989.5e12) == pytest.approx(0.803, abs=5e-4)


# --- what is multiplied ----------------------------------------------------------------------

LAYOUTS = [Product(5, 3, 4, a, b) for a in (False, True) for b in (False, True)]


@pytest.mark.parametrize("product", LAYOUTS, ids=str)
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_a_pass_computes_the_product_in_every_layout(product: Product, library: str) -> None:
    """The timed call gives the matrix product of its operands, however they lie in memory."""
    if library == "torch":
        pytest.importorskip("torch", reason="torch is not installed; numpy's path is tested")
    device: Any = NumpyDevice() if library == "numpy" else TorchDevice("cpu")
    first, second = device.operands(product, "fp64", "random")
    assert (tuple(first.shape), tuple(second.shape)) == ((5, 4), (4, 3))
    device.operands = lambda *_: (first, second)
    found = np.asarray(device.products([product], "fp64", "random")())
    expected = [[sum(float(first[i, x]) * float(second[x, j]) for x in range(4)) for j in range(3)] for i in range(5)]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    assert abs(found).max() > 0


@pytest.mark.parametrize(("precision", "digits"), [("tf32", 10), ("bf16", 7), ("fp16", 10), ("fp8", 7)])
def test_torch_multiplies_in_each_precision(precision: str, digits: int) -> None:
    """The calls that a CUDA device gets compute the product too where a CPU can run them, to the result's digits."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    device: Any = TorchDevice("cpu")
    product = Product(32, 48, 16)
    first, second = device.operands(product, precision, "random")
    device.operands = lambda *_: (first, second)
    try:
        found = device.products([product], precision, "random")()
    except RuntimeError as error:
        pytest.skip(f"this torch has no {precision} product on a CPU: {error}")
    expected = first.to(torch.float64) @ second.to(torch.float64)
    assert float((found.to(torch.float64) - expected).abs().max()) < float(expected.abs().max()) * 2.0**-digits


def test_layouts_lie_in_memory_as_training_meets_them() -> None:
    """Forward reads weights by rows of outputs, the weight gradient reads tokens across: layouts differ."""
    forward, by_input, by_weight = layer(6, [(4, 3)])
    device = NumpyDevice()
    first, second = device.operands(forward, "fp32", "random")
    assert first.flags.c_contiguous
    assert second.flags.f_contiguous
    assert all(x.flags.c_contiguous for x in device.operands(by_input, "fp32", "random"))
    first, second = device.operands(by_weight, "fp32", "random")
    assert first.flags.f_contiguous
    assert second.flags.c_contiguous


@pytest.mark.parametrize("precision", ["fp64", "fp32"])
def test_random_data_are_random_and_zeros_zero(precision: str) -> None:
    """Random operands look like standard normals in the precision asked for; zeros are nought."""
    device = NumpyDevice()
    first, second = device.operands(Product(400, 300, 200), precision, "random")
    assert first.dtype == {"fp64": np.float64, "fp32": np.float32}[precision]
    assert abs(float(first.mean())) < 0.02
    assert 0.98 < float(second.std()) < 1.02
    assert not any(x.any() for x in device.operands(Product(4, 3, 2), precision, "zeros"))


# --- readings --------------------------------------------------------------------------------

# Typed by hand for this test, not read from a board: idle near 75 W, then a ramp, then near 690 W.
READINGS = [
    Reading(0.0, 75.0, 1980.0, 3201.0, 30.0),
    Reading(0.5, 75.0, 1980.0, 3201.0, 30.0),
    Reading(1.0, 90.0, 1980.0, 3201.0, 31.0),
    Reading(1.5, 400.0, 1700.0, 3201.0, 40.0),
    Reading(2.0, 680.0, 1600.0, 3201.0, 52.0),
    Reading(2.5, 690.0, 1590.0, 3201.0, 55.0),
    Reading(3.0, 700.0, 1580.0, 3201.0, 57.0),
]


def test_readings_of_the_first_second_look_back_and_are_left_out() -> None:
    """A phase from 1.0 s to 3.0 s has 680, 690, 700 W: mean 690; 5 % point 681, 95 % point 699, linear between."""
    found = summarize_power(READINGS, 1.0, 3.0, None)
    assert found is not None
    assert (found.mean_w, found.by, found.readings) == (690.0, "readings", 3)
    assert (found.low_w, found.high_w) == (pytest.approx(681), pytest.approx(699))
    assert (found.sm_clock_mhz, found.memory_clock_mhz, found.temperature_c) == (1600.0, 3201.0, 57.0)


def test_the_energy_counter_is_better_than_readings() -> None:
    """1,300 J in 2 s are 650 W, whatever the readings say."""
    found = summarize_power(READINGS, 1.0, 3.0, 1300.0)
    assert found is not None
    assert (found.mean_w, found.by, found.readings) == (650.0, "energy counter", 3)


@pytest.mark.parametrize(
    ("readings", "start", "end", "joules"),
    [(READINGS, 1.0, 1.5, 100.0), ([], 1.0, 3.0, None), ([Reading(2.5, None)], 1.0, 3.0, None)],
    ids=["under a second", "no readings", "a board that does not say"],
)
def test_no_power_is_better_than_a_guess(
    readings: Sequence[Reading], start: float, end: float, joules: float | None
) -> None:
    """Where neither counter nor readings can tell, there is no power record."""
    assert summarize_power(readings, start, end, joules) is None


@pytest.mark.parametrize(("visible", "first"), [("2,3", 2), ("", 0), ("GPU-1a", 0), ("1", 1)])
def test_the_first_visible_board_is_the_one_measured(visible: str, first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """NVML counts all boards, CUDA those that its environment lets it see."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert first_visible() == first


@pytest.mark.skipif(has_cuda(), reason="this machine has a CUDA device, so its board can be metered")
def test_without_a_board_there_is_a_sentence() -> None:
    """Without NVML or its Python binding, the meter is a sentence that says why."""
    found = open_meter(None)
    assert isinstance(found, str)
    assert found.startswith("no power: ")


# --- figures and session ---------------------------------------------------------------------


def test_a_figure_is_the_median_between_its_points() -> None:
    """Of 1 to 21 the median is 11, the 5 % point 2 and the 95 % point 20 (linear between order statistics)."""
    found = figure_of(range(1, 22), what="memory_read", size_bytes=1, data="zeros", unit="B/s", method="by hand")
    assert (found.low, found.value, found.high, found.repeats) == (2.0, 11.0, 20.0, 21)


class Watched(NumpyDevice):
    """The CPU by numpy, with a note of each timing."""

    def __init__(self) -> None:
        self.timings: dict[Any, list[tuple[int, float]]] = {}

    def seconds(self, run: Run, passes: int) -> float:
        found = super().seconds(run, passes)
        self.timings.setdefault(run, []).append((passes, found))
        return found


def test_every_figure_is_the_median_of_work_over_time() -> None:
    """The record's figures are the medians of FLOP (or bytes) times passes over the seconds that the clock gave."""
    device = Watched()
    record = measure_device(device, 2.0)
    for figure in record.figures:
        work = sum(p.flop for p in TABLES["cpu"].mix) if figure.what == "training_mix" else 0.0
        if figure.shape:
            work = 2.0 * figure.shape[0] * figure.shape[1] * figure.shape[2]
        elif figure.size_bytes:
            work = figure.size_bytes * (2.0 if figure.what == "memory_copy" else 1.0)
        repeats = [timings[-figure.repeats :] for timings in device.timings.values()]
        medians = [statistics.median(work * passes / seconds for passes, seconds in timings) for timings in repeats]
        assert any(figure.value == pytest.approx(median, rel=1e-5) for median in medians), figure


def test_the_best_shape_is_the_fastest_tried_and_measured_anew() -> None:
    """The best shape of a precision is that of the highest median among the single products."""
    record = measure_device(NumpyDevice(), 2.0)
    tried = [f for f in record.figures if f.what == "matrix_product" and f.precision == "fp64"]
    [best] = [f for f in record.figures if f.what == "best_matrix_product" and f.precision == "fp64"][:1]
    assert best.shape == max(tried, key=lambda f: f.value).shape
    assert "measured anew" in best.method


class Small(NumpyDevice):
    """A CPU with room for 10 MB."""

    def free_bytes(self) -> float:
        return 10e6


class Half(NumpyDevice):
    """A library that cannot do FP32."""

    def products(self, products: Sequence[Product], precision: str, data: str) -> Run:
        if precision == "fp32":
            raise MemoryError("no room for it")
        return super().products(products, precision, data)


def test_what_does_not_fit_is_left_out_and_said() -> None:
    """Shapes and buffers beyond the memory are named in the notes; the rest is measured."""
    record = measure_device(Small(), 1.0)
    assert any(re.match(r"memory_copy.random.268435456: left out, it needs 0.54 GB", note) for note in record.notes)
    assert {f.size_bytes for f in record.figures if f.size_bytes} <= {2**20}


def test_what_the_library_refuses_is_left_out_and_said() -> None:
    """A precision that fails costs a note, not the record."""
    record = measure_device(Half(), 1.0)
    assert {f.precision for f in record.figures if f.precision} == {"fp64"}
    assert any("numpy refuses: no room for it" in note for note in record.notes)


# --- the command -----------------------------------------------------------------------------


def test_a_cpu_is_measured_into_a_valid_record(tmp_path: Path) -> None:
    """`measure --device cpu` keeps its time, writes a record that `validate` knows, and says what it left out."""
    started = time.monotonic()
    done = run("measure", "--device", "cpu", "--seconds", "4", "--out", "cpu.yaml", cwd=tmp_path)
    took = time.monotonic() - started
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert took < 60
    data = yaml.safe_load((tmp_path / "cpu.yaml").read_text())
    assert data["device"]["kind"] == "cpu"
    assert data["seconds"] < 20
    assert data["grade"] == "A"
    assert "chip" not in data
    assert {"capacity", "python"} < set(data["versions"])
    for figure in data["figures"]:
        assert 0 < figure["low"] <= figure["value"] <= figure["high"]
        assert figure["repeats"] >= 1
        assert figure["method"]
    assert "fp64" in {f.get("precision") for f in data["figures"]}
    assert {f["data"] for f in data["figures"]} <= {"random", "zeros"}
    left_out = [note for note in data["notes"] if "left out" in note]
    phases = (3 if HAS_TORCH else 2) * (len(TABLES["cpu"].products) + 3) + 2 * (len(TABLES["cpu"].buffers) + 1)
    assert len(data["figures"]) + len(left_out) == phases
    found = run("validate", "cpu.yaml", cwd=tmp_path)
    assert found.stdout == "cpu.yaml: a valid measurement\n"
    assert [p.name for p in tmp_path.iterdir()] == ["cpu.yaml"]


def test_the_library_measures_as_the_command_does() -> None:
    """`capacity.measure` gives the record itself and tells of each phase as it goes."""
    import capacity

    phases: list[str] = []
    record = capacity.measure("cpu", 1.0, progress=lambda phase, done: phases.append(phase))
    assert record.device.kind == "cpu"
    assert phases[:2] == ["warm-up", "matrix_product.fp64.random.256x256x256"]
    assert phases[-1] == "memory_read.zeros.268435456"
    with pytest.raises(capacity.InputError, match="a CPU would be measured, which is not h200-sxm"):
        capacity.measure("cpu", 1.0, chip="h200-sxm")


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C ends with 130, no traceback, no file."""
    command = [sys.executable, "-m", "capacity", "measure", "--device", "cpu", "--seconds", "60", "--out", "cpu.yaml"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(has_cuda(), reason="this machine has a CUDA device")
def test_a_missing_accelerator_is_a_sentence() -> None:
    """Without torch or without a device, `--device cuda` says what is missing and exits with 1."""
    done = run("measure", "--device", "cuda")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("--device: cuda")
    assert ("is not installed (pip install" in done.stderr) != HAS_TORCH


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--device", "cpu", "--chip", "h200-sxm"), 1, "--chip: a CPU would be measured"),
        (("--device", "cpu", "--chip", "h200-sx"), 1, "did you mean h200-sxm"),
        (("--device", "cpu", "--out", "nowhere/x.yaml"), 1, "--out: no such folder: nowhere"),
        (("--device", "tpu"), 2, "--device"),
        (("--device", "cpu", "--seconds", "0"), 2, "--seconds"),
    ],
)
def test_misuse_is_met_at_the_door(arguments: tuple[str, ...], code: int, said: str, tmp_path: Path) -> None:
    """What cannot be measured is refused before anything is timed."""
    done = run("measure", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not has_cuda(), reason="no CUDA device here: the device's own path runs only where there is one")
def test_an_accelerator_is_measured_with_its_power(tmp_path: Path) -> None:
    """On a CUDA device the record has BF16 products, memory bandwidth and, with NVML, board power."""
    done = run("measure", "--device", "cuda", "--seconds", "40", "--out", "gpu.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert validate_file(tmp_path / "gpu.yaml", open_specs(None)) == "measurement"
    data = yaml.safe_load((tmp_path / "gpu.yaml").read_text())
    assert any(f.get("precision") == "bf16" and f["what"] == "best_matrix_product" for f in data["figures"])
    assert any(f["what"] == "memory_read" for f in data["figures"])
    if importlib.util.find_spec("pynvml"):
        assert data["power"]["idle"]["mean_w"] < max(p["mean_w"] for p in data["power"].values())


def test_a_cpu_is_opened_by_the_best_library_there_is() -> None:
    """torch where it is installed, else numpy."""
    assert open_device("cpu").library == ("torch" if HAS_TORCH else "numpy")


# --- the record and the sheet ----------------------------------------------------------------

# Made up for the tests of reading and printing; no device was measured.
MADE_UP = """\
device: {kind: cuda, name: a made-up board, memory_reported_mib: 143771, power_limit_w: 700, driver: "1.2"}
chip: h200-sxm
date: 2026-11-23
grade: D
seconds: 120
versions: {capacity: 0.1.0}
figures:
- {what: matrix_product, precision: bf16, shape: [4096, 4096, 4096], data: random, unit: FLOP/s,
   low: 6.0e+14, value: 6.1e+14, high: 6.2e+14, repeats: 9, method: made up}
- {what: best_matrix_product, precision: bf16, shape: [8192, 8192, 8192], data: random, unit: FLOP/s,
   low: 7.90e+14, value: 7.94e+14, high: 7.97e+14, repeats: 40, method: made up, phase: bf16}
- {what: best_matrix_product, precision: fp32, shape: [8192, 8192, 8192], data: zeros, unit: FLOP/s,
   low: 5.0e+13, value: 5.025e+13, high: 5.1e+13, repeats: 40, method: made up}
- {what: memory_copy, size_bytes: 1048576, data: random, unit: B/s,
   low: 5.0e+12, value: 5.1e+12, high: 5.2e+12, repeats: 40, method: made up}
- {what: memory_copy, size_bytes: 4294967296, data: random, unit: B/s,
   low: 4.1e+12, value: 4.2e+12, high: 4.3e+12, repeats: 40, method: made up}
power:
  idle: {seconds: 4, mean_w: 75.2, by: energy counter, readings: 60}
  bf16: {seconds: 5, mean_w: 690.4, by: readings, readings: 80, low_w: 680, high_w: 700}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A specs folder of the user's with one made-up record."""
    (tmp_path / "measurements").mkdir()
    (tmp_path / "measurements" / "h200-sxm-made-up.yaml").write_text(MADE_UP)
    return tmp_path


def test_rows_put_the_measured_beside_the_sheet(folder: Path) -> None:
    """Sheet 989.5, measured 794: share 0.80 at 690 W; FP32 against the vector rate; memory by the largest buffer."""
    records = list(load_measurements(open_specs(folder), "h200-sxm").values())
    assert measured_rows(load_chip("h200-sxm"), records) == [
        ("bf16 best shape 8192x8192x8192", "989.5", "794 TFLOP/s", "790 to 797", "0.80", "690"),
        ("fp32 best shape 8192x8192x8192, zeros", "67", "50.25 TFLOP/s", "50 to 51", "0.75", ""),
        ("memory copy, 4096 MiB", "4.8", "4.2 TB/s", "4.1 to 4.3", "0.88", ""),
    ]


def test_show_has_the_measured_column_and_its_warning(folder: Path) -> None:
    """`show CHIP` prints the rows, the conditions and that a share is a ceiling; other chips are as before."""
    done = run("show", "h200-sxm", "--specs", str(folder))
    assert done.returncode == 0, done.stderr
    text = " ".join(done.stdout.split())
    for words in ("a made-up board", "power limit 700 W", "143,771 MiB", "idle 75 W", "h200-sxm-made-up.yaml", CEILING):
        assert words in text, words
    assert "0.80" in text
    assert max(map(len, done.stdout.partition("Measured 2026")[2].splitlines())) <= 80
    for arguments in (("show", "h100-sxm", "--specs", str(folder)), ("show", "h200-sxm")):
        assert "ceiling on what" not in " ".join(run(*arguments).stdout.split())


def test_show_as_json_has_the_records(folder: Path) -> None:
    """The JSON of a chip holds its measurements whole, with the file of each; no key where there are none."""
    data = json.loads(run("show", "h200-sxm", "--specs", str(folder), "--format", "json").stdout)
    [record] = data["measurements"]
    assert record["file"] == "h200-sxm-made-up.yaml"
    assert record["figures"][1]["value"] == 7.94e14
    assert "measurements" not in json.loads(run("show", "h100-sxm", "--format", "json").stdout)


def test_a_record_survives_its_file(folder: Path) -> None:
    """What is written is read back as the same record."""
    [record] = load_measurements(open_specs(folder), "h200-sxm").values()
    path = folder / "again.yaml"
    path.write_text(to_yaml(record))
    assert Measurement.model_validate(yaml.safe_load(path.read_text())) == record
    assert validate_file(path, open_specs(None)) == "measurement"


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("chip: h200-sxm", "chip: h200-sx", 2, "unknown chip 'h200-sx' (did you mean h200-sxm"),
        ("kind: cuda", "kind: cpu", 1, "a CPU was measured, which is not h200-sxm"),
        ("low: 7.90e+14", "low: 7.96e+14", 10, "is not within"),
        ("phase: bf16", "phase: bf61", 1, "phase bf61 has no record under power"),
        ("size_bytes: 1048576, ", "", 14, "a memory figure a size_bytes"),
        ("precision: fp32", "precision: fp31", 12, "fp31"),
        ("memory_copy, size_bytes: 1048576, data: random, unit: B/s", "memory_copy, size_bytes: 1048576, data: random, "
         "unit: FLOP/s", 14, "memory_copy in FLOP/s (B/s)"),
        ("shape: [4096, 4096, 4096], ", "", 8, "has a shape"),
        ("low_w: 680", "low_w: 720", 20, "is above high_w"),
        ("grade: D\n", "", 1, "grade is missing"),
        ("repeats: 9", "repeats: 0", 9, "repeats"),
        ("seconds: 120", "seconds: -1", 5, "seconds"),
    ],
)  # fmt: skip
def test_a_wrong_record_is_a_line(old: str, new: str, line: int, said: str, tmp_path: Path) -> None:
    """Each fault of a record is one line with its place, and exit 1."""
    assert MADE_UP.count(old) == 1
    (tmp_path / "r.yaml").write_text(MADE_UP.replace(old, new))
    done = run("validate", "r.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"r.yaml:{line}:"), done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_schema_of_a_record_can_be_had() -> None:
    """`schema measurement` prints a JSON Schema that names the record's keys."""
    schema = json.loads(run("schema", "measurement").stdout)
    assert {"device", "figures", "power", "grade", "versions"} <= set(schema["properties"])


def test_nothing_built_in_is_measured_on_a_cpu() -> None:
    """Records that ship are of accelerators that have a sheet; a CPU's is no accelerator's."""
    specs = open_specs(None)
    for path in (specs.roots[-1] / "measurements").glob("*.yaml"):
        record = yaml.safe_load(path.read_text())
        assert validate_file(path, specs) == "measurement"
        assert record["chip"] in specs.ids("chips")
