"""Sweeps: each variant is an estimate of its own; stopped or spread over machines, the numbers are the same."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import scenario_of
from test_cli import CLEAN

import capacity
from capacity.errors import InputError
from capacity.questions.variants import grid, latin_hypercube
from tests.running import hears_ctrl_c, run

VARY = ["--vary", "assumptions.pue_peak=" + ",".join(f"{1.1 + i / 100:g}" for i in range(12)),
        "--vary", "lots.approved.count=" + ",".join(str(n) for n in range(100_000, 600_001, 50_000)),
        "--draws", "200"]  # fmt: skip
VARIANTS = 12 * 11


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def serial(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("serial") / "sweep.csv"
    done = run("sweep", *VARY, "-j", "1", "--out", str(path))
    assert done.returncode == 0, done.stderr
    assert [p.name for p in path.parent.iterdir()] == ["sweep.csv"]
    return path.read_bytes()


def test_each_variant_is_the_estimate_with_its_settings(serial: bytes, tmp_path: Path) -> None:
    """The numbers of a variant are those of `estimate` with the same places set."""
    path = tmp_path / "x.csv"
    path.write_bytes(serial)
    found = rows(path)
    assert len({row["variant"] for row in found}) == VARIANTS
    last = [row for row in found if row["variant"] == str(VARIANTS - 1)]
    sets = [f"{place}={last[0][place]}" for place in ("assumptions.pue_peak", "lots.approved.count")]
    assert sets == ["assumptions.pue_peak=1.21", "lots.approved.count=600000"]
    watts = capacity.estimate(scenario_of("h200-china-2026-01", sets), draws=200).draws("power.facility.nameplate")
    printed = next(row for row in last if row["boundary"] == "facility" and row["rating"] == "nameplate")
    assert float(printed["p50"]) == pytest.approx(float(np.median(watts)), rel=1e-12)


def test_all_cores_give_the_numbers_of_one(serial: bytes, tmp_path: Path) -> None:
    """Two processes write the same bytes as one."""
    path = tmp_path / "sweep.csv"
    done = run("sweep", *VARY, "-j", "2", "--out", str(path))
    assert done.returncode == 0, done.stderr
    assert path.read_bytes() == serial


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_sweep_goes_on_and_ends_the_same(serial: bytes, tmp_path: Path, word: signal.Signals) -> None:
    """Stopped in the middle, politely or not, and called again, a sweep keeps what it had and gives the same file."""
    path, parts = tmp_path / "sweep.csv", tmp_path / "sweep.csv.parts"
    command = [sys.executable, "-m", "capacity", "sweep", *VARY, "-j", "1", "--out", str(path)]
    process = subprocess.Popen(command, env=CLEAN, stderr=subprocess.PIPE, text=True, preexec_fn=hears_ctrl_c)
    deadline = time.monotonic() + 60
    while len(list(parts.glob("part-*.json"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(word)
    _, told = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Traceback" not in told
    assert not path.exists()
    kept = {p.name: p.stat().st_mtime_ns for p in parts.glob("part-*.json")}
    assert 2 <= len(kept) < VARIANTS // 20 + 1
    again = subprocess.Popen(command, env=CLEAN)
    while again.poll() is None and not path.exists():
        now = {p.name: p.stat().st_mtime_ns for p in parts.glob("part-*.json") if p.name in kept and p.exists()}
        assert all(kept[name] == when for name, when in now.items())
        time.sleep(0.01)
    assert again.wait(timeout=60) == 0
    assert path.read_bytes() == serial
    assert not parts.exists()


def test_a_killed_dask_worker_loses_nothing(serial: bytes, tmp_path: Path) -> None:
    """On a real scheduler with two worker processes, one killed in mid-run, the file is that of the serial run."""
    pytest.importorskip("distributed")
    bare = [sys.executable, "-m", "distributed.cli"]
    port = 18_786 + os.getpid() % 1000
    address = f"tcp://127.0.0.1:{port}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen(
        [*bare[:2], "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"],
        **quiet,  # type: ignore[call-overload]
    )
    worker = [*bare[:2], "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard",
              "--local-directory", str(tmp_path)]  # fmt: skip
    workers = [subprocess.Popen(worker, cwd=tmp_path, **quiet) for _ in range(2)]  # type: ignore[call-overload]
    path, parts = tmp_path / "sweep.csv", tmp_path / "sweep.csv.parts"
    try:
        command = [sys.executable, "-m", "capacity", "sweep", *VARY, "--dask", address, "--out", str(path)]
        process = subprocess.Popen(command, env=CLEAN, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while not list(parts.glob("part-*.json")) and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.005)
        assert 1 <= len(list(parts.glob("part-*.json"))) <= VARIANTS // 20
        workers[0].kill()
        assert process.poll() is None
        _, told = process.communicate(timeout=90)
        assert process.returncode == 0, told
        assert path.read_bytes() == serial
    finally:
        for started in (*workers, scheduler):
            started.kill()
            started.wait()


def test_a_grid_is_every_combination() -> None:
    """Three values by two are six variants, all different."""
    found = grid({"a": ["1", "2", "3"], "b": ["x", "y"]})
    assert len({tuple(row.items()) for row in found}) == 6


def test_a_range_without_a_hypercube_is_refused(tmp_path: Path) -> None:
    """One interval is one value: a grid that it alone would make varies nothing; two intervals do."""
    done = run("sweep", "--vary", "assumptions.pue_peak=1.1..1.3", "--out", str(tmp_path / "x.csv"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "--vary: assumptions.pue_peak=1.1..1.3 is one value, an interval, and varies nothing "
        "(PLACE=a,b,c, or lhs=N to pick N values out of it)\n"
    )
    assert list(tmp_path.iterdir()) == []
    assert len(grid({"a": ["1.1..1.2", "1.3..1.4"]})) == 2


def test_a_latin_hypercube_takes_each_step_once() -> None:
    """Each of n equal steps of a range is taken once, listed values equally often, and the columns are shuffled."""
    found = latin_hypercube({"a": ["0..10"], "b": ["0..10"], "c": ["x", "y"]}, 50)
    for place in ("a", "b"):
        assert sorted(int(float(row[place]) / 0.2) for row in found) == list(range(50))
    assert sum(row["c"] == "x" for row in found) == 25
    a, b = (np.array([float(row[p]) for row in found]) for p in ("a", "b"))
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.5


def test_parquet_and_csv_hold_the_same(tmp_path: Path) -> None:
    """The Parquet file has the rows and numbers of the CSV."""
    import pandas

    for ending in ("csv", "parquet"):
        path = tmp_path / f"x.{ending}"
        words = ("--lhs", "5", "--vary", "assumptions.pue_peak=1.1..1.4", "--draws", "100", "--out", str(path))
        assert run("sweep", *words, "--quiet").stderr == ""
    left, right = pandas.read_csv(tmp_path / "x.csv"), pandas.read_parquet(tmp_path / "x.parquet")
    np.testing.assert_allclose(left["p50"], right["p50"], rtol=1e-15)
    assert left["variant"].tolist() == right["variant"].tolist()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--vary", "assumptions.pue_pek=1.1"), 1, "did you mean pue_peak"),
        (("--vary", "assumptions.pue_peak=1.1,0.9"), 1, "0.9 is out of range"),
        (("--vary", "assumptions.pue_peak"), 1, "PLACE=a,b,c"),
        (("--vary", "assumptions.pue_peak=1.1", "--out", "x.txt"), 1, ".parquet, .csv, .json, .md"),
        (("--vary", "assumptions.pue_peak=a..b", "--lhs", "3"), 1, "is no range"),
        (("--vary", "assumptions.pue_peak=1.1", "--dask", "tcp://127.0.0.1:9", "--out", "x.csv"), 1, "no scheduler"),
        ((), 2, "--vary"),
    ],
)
def test_a_sweep_that_cannot_be_is_refused(tmp_path: Path, words: tuple[str, ...], code: int, told: str) -> None:
    """Wrong places, values, endings and addresses are one line each, before anything is computed."""
    done = run("sweep", *words, cwd=tmp_path)
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_parts_of_another_sweep_are_not_mixed_in(tmp_path: Path) -> None:
    """Where parts of a different sweep lie, the new one stops and says so."""
    parts = tmp_path / "x.csv.parts"
    parts.mkdir()
    (parts / "sweep.txt").write_text("another\n")
    done = run("sweep", "--vary", "assumptions.pue_peak=1.1", "--out", str(tmp_path / "x.csv"))
    assert done.returncode == 1
    assert "another sweep" in done.stderr


def test_an_error_keeps_its_faults_between_processes() -> None:
    """An `InputError` that comes back from another process says the same."""
    import pickle

    from capacity.errors import fail

    error = fail("--vary", "wrong", "right")
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, InputError)
    assert str(again) == str(error)
    assert again.faults == error.faults
