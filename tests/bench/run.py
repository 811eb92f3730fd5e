"""Measure the reference job against other packages, many lots, and start-up, and print the tables.

    python tests/bench/run.py [--quick] [--write] [--largest N] [--squiggle DIR]

Each measurement is a process of its own, the contenders take turns (A B C A B C), and every ratio is taken
within one turn, so that a busy machine slows both alike. Packages that are not installed are left out with
the reason; `pip install '.[bench]'` brings them, Squiggle needs node and DIR with node_modules/@quri/squiggle-lang.
`--write` puts the tables into tests/bench/RESULTS.md and the guide's page on speed. `--quick` is one turn
of the small sizes.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import importlib.util
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))
PATIENCE = 120.0  # seconds that one measurement may take before the size is left out
SLOW = 6.0  # seconds from which a contender is run once and not in every turn
FLOOR = "import numpy, pydantic, yaml, typer"
# Runs a command and prints its seconds and peak MiB: a small process, since a child's peak begins at its parent's size.
SMALL = """import resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], check=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(time.perf_counter() - start, peak / (1024 if sys.platform != "darwin" else 1024**2))"""
Found = dict[str, Any]


def measure(name: str, worlds: int) -> None:
    """In a process of its own: run one contender, print seconds of each run, peak memory and the median it found."""
    import warnings

    import jobs

    warnings.simplefilter("ignore")
    job = jobs.CONTENDERS[name][1]
    job(1000)
    seconds: list[float] = []
    while len(seconds) < 2 or (sum(seconds) < 1 and len(seconds) < 9):
        start = time.perf_counter()
        found = job(worlds)
        seconds.append(time.perf_counter() - start)
        if seconds[0] > SLOW:
            break
    seconds = seconds[1:] or seconds  # the first run finds its memory, which takes what the system takes
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    median = float(found["total", "facility MW"][3])
    print(json.dumps({"seconds": seconds, "peak_mib": peak, "outputs": len(found), "median": median}))


def child(name: str, worlds: int, squiggle: Path | None) -> Found | None:
    """One measurement; None where it took longer than we wait or failed."""
    try:
        if name == "squiggle":
            import jobs

            constants = {k: getattr(jobs, k) for k in ("PERTS", "SPLIT", "OVERHEAD", "BF16", "FP8", "WATTS", "HOURS")}
            head = "".join(f"const {k} = {json.dumps(v)};\n" for k, v in {**constants, "WORLDS": worlds}.items())
            done = subprocess.run(
                ["node", "--max-old-space-size=8192", "--input-type=module", "-"], input=head + jobs.SQUIGGLE,
                cwd=squiggle, capture_output=True, text=True, timeout=PATIENCE, check=False,
            )  # fmt: skip
        else:
            done = subprocess.run(
                [sys.executable, __file__, "--one", name, str(worlds)],
                capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=ROOT,
            )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        print(f"{name} at {worlds}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    found: Found = json.loads(done.stdout.splitlines()[-1])
    found["time"] = statistics.median(found.pop("seconds"))
    return found


def contenders(squiggle: Path | None) -> tuple[dict[str, str], list[str]]:
    """Who is here, by title; and who is not, with the reason."""
    import jobs

    here, absent = {}, []
    for name, (title, _, package) in jobs.CONTENDERS.items():
        if importlib.util.find_spec(package):
            version = "" if package in ("capacity", "numpy") else f" {importlib.metadata.version(package)}"
            here[name] = title.replace(package, package + version, 1) if version else title
        else:
            absent.append(f"{title}: not installed")
    if squiggle and shutil.which("node") and (squiggle / "node_modules/@quri/squiggle-lang").is_dir():
        version = json.loads((squiggle / "node_modules/@quri/squiggle-lang/package.json").read_text())["version"]
        here["squiggle"] = f"Squiggle {version} in node"
    else:
        absent.append("Squiggle: no node, or no --squiggle DIR")
    return here, absent


def reference_job(sizes: list[int], turns: int, squiggle: Path | None) -> str:
    """The table of the reference job: time over ours in the same turn, our own milliseconds, peak memory."""
    here, absent = contenders(squiggle)
    times: dict[tuple[str, int], list[float]] = {}
    memory: dict[tuple[str, int], float] = {}
    medians: dict[str, float] = {}
    skipped: set[str] = set()
    for size in sizes:
        for turn in range(turns):
            for name in here:
                slow = times.get((name, size), [0.0])[0] > SLOW
                if name in skipped or (turn and slow):
                    times.setdefault((name, size), []).append(float("nan"))
                    continue
                found = child(name, size, squiggle)
                print(f"{size:>9,} turn {turn + 1} {name:12} {found and round(found['time'], 4)}", file=sys.stderr)
                if found is None:
                    skipped.add(name)
                times.setdefault((name, size), []).append(found["time"] if found else float("nan"))
                if found:
                    memory[name, size] = found["peak_mib"]
                    medians[name] = found["median"]
    heads = [f"{size:,}" for size in sizes]
    rows = [["time over ours in the same turn", *heads, f"peak MiB at {heads[-1]}"]]
    for name, title in here.items():
        cells = []
        for size in sizes:
            pairs = zip(times[name, size], times["capacity", size], strict=True)
            ratios = [a / b for a, b in pairs if a == a]
            cells.append(number(statistics.median(ratios)) if ratios else "–")
            if name == "capacity":
                cells[-1] = f"1 ({statistics.median(times[name, size]) * 1e3:,.0f} ms)"
        last = memory.get((name, sizes[-1]))
        rows.append([title, *cells, f"{last:,.0f}" if last else "–"])
    ours = medians["capacity"]
    apart = max(abs(m / ours - 1) for m in medians.values())
    notes = [f"All find the same median of the total's facility MW within {apart:.1%}."]
    notes += [f"Left out: {'; '.join(absent)}."] if absent else []
    return table(rows) + "\n" + "\n".join(notes) + "\n"


def many_lots(sizes: list[int], worlds: int, turns: int) -> str:
    """Time per lot for scenarios of more and more lots, and the bare arithmetic in numpy."""
    import jobs

    rows = [["lots", "estimate, ms", "bare numpy, ms", "µs for each lot more, beyond bare numpy",
             "checking the scenario, µs per lot"]]  # fmt: skip
    jobs.estimate_lots(jobs.many_lots(2), worlds)  # imports, and what is made once
    few: list[float] = []
    for lots in sizes:
        start = time.perf_counter()
        scenario = jobs.many_lots(lots)
        checked = time.perf_counter() - start
        pairs = []
        for _ in range(turns):
            start = time.perf_counter()
            jobs.estimate_lots(scenario, worlds)
            middle = time.perf_counter()
            jobs.lots_in_numpy(lots, worlds)
            pairs.append((middle - start, time.perf_counter() - middle))
        ours, bare = (statistics.median(p[i] for p in pairs) for i in (0, 1))
        few.append(ours - bare)
        more = number((few[-1] - few[0]) / (lots - sizes[0]) * 1e6) if few[1:] else "–"
        rows.append([f"{lots:,}", number(ours * 1e3), number(bare * 1e3), more, number(checked / lots * 1e6)])
        print(rows[-1], file=sys.stderr)
    return table(rows)


def many_worlds(sizes: list[int]) -> str:
    """Whole processes of the default scenario, all its results: seconds and peak memory."""
    rows = [["worlds", "seconds", "peak MiB", "kept or streamed"]]
    for size in sizes:
        command = [sys.executable, "-m", "capacity", "estimate", "--draws", str(size), "--out", os.devnull]
        done = subprocess.run(
            [sys.executable, "-c", SMALL, *command], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
        )
        seconds, peak = map(float, done.stdout.split())
        rows.append([f"{size:,}", number(seconds), f"{peak:,.0f}", "kept" if size <= 1_000_000 else "streamed"])
        print(rows[-1], file=sys.stderr)
    return table(rows)


def in_turns(commands: dict[str, list[str]], turns: int) -> dict[str, list[float]]:
    """The seconds of whole processes of Python with compiled bytecode, which take turns."""
    with tempfile.TemporaryDirectory() as cache:
        clean = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment = {**clean, "PYTHONPYCACHEPREFIX": cache, "COLUMNS": "80"}
        times: dict[str, list[float]] = {name: [] for name in commands}
        for turn in range(turns + 1):
            for name, words in commands.items():
                start = time.perf_counter()
                subprocess.run(
                    [sys.executable, *words], cwd=ROOT, env=environment, check=True,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
                if turn:  # the first turn compiles
                    times[name].append(time.perf_counter() - start)
    return times


def what_people_bring(turns: int) -> str:
    """A sheet of a thousand deals, by quarters, and an article of three pages beside one of a line."""
    import jobs

    with tempfile.TemporaryDirectory() as folder:
        sheet, pages, line = (Path(folder) / name for name in ("deals.csv", "pages.txt", "line.txt"))
        jobs.deals(sheet)
        jobs.article(pages)
        line.write_text(jobs.SAID[2])
        commands = {
            "estimate deals.csv": ["estimate", str(sheet)],
            "estimate deals.csv --every quarter --until 2028-12-31":
                ["estimate", str(sheet), "--every", "quarter", "--until", "2028-12-31"],
            "plan deals.csv --every quarter --until 2028-12-31":
                ["plan", str(sheet), "--every", "quarter", "--until", "2028-12-31"],
            "read pages.txt": ["read", str(pages)], "read line.txt": ["read", str(line)],
        }  # fmt: skip
        times = in_turns({name: ["-m", "capacity", *words] for name, words in commands.items()}, turns)
    more = statistics.median(a - b for a, b in zip(times["read pages.txt"], times["read line.txt"], strict=True))
    rows = [
        ["process", "seconds"],
        *([f"`capacity {name}`", number(statistics.median(t))] for name, t in times.items()),
    ]
    return table([*rows, ["three pages beyond one line", number(more)]])


def start_up(turns: int) -> str:
    """Whole processes by turns with the import floor; medians of ratios."""
    commands = {
        "floor": ["-c", FLOOR], "--help": ["-m", "capacity", "--help"],
        "--version": ["-m", "capacity", "--version"], "list chips": ["-m", "capacity", "list", "chips"],
        "estimate": ["-m", "capacity", "estimate"],
    }  # fmt: skip
    times = in_turns(commands, turns)
    rows = [["process", "over the import floor in the same turn", "milliseconds"]]
    for name, found in times.items():
        ratio = statistics.median(a / b for a, b in zip(found, times["floor"], strict=True))
        title = f'`python -c "{FLOOR}"` (the floor)' if name == "floor" else f"`capacity {name}`"
        rows.append([title, f"{ratio:.2f}", f"{statistics.median(found) * 1e3:.0f}"])
    return table(rows)


def number(value: float) -> str:
    """Two significant figures."""
    return f"{float(f'{value:.2g}'):g}"


def table(rows: list[list[str]]) -> str:
    """Rows as a Markdown table."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" + " ---: |" * (len(rows[0]) - 1), *lines[1:]]) + "\n"


def machine() -> str:
    """What it was measured on."""
    import numpy

    model = platform.processor() or platform.machine()
    try:
        text = Path("/proc/cpuinfo").read_text()
        names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
        model = names[0] if names else model
    except OSError:
        pass
    day = datetime.date.today().isoformat()
    return (
        f"{day}, {model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, "
        f"numpy {numpy.__version__}."
    )


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--largest", type=float, default=1e7, help="worlds of the reference job, up to 1e7")
    parser.add_argument("--squiggle", type=Path)
    parser.add_argument("--one", nargs=2, metavar=("NAME", "WORLDS"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        measure(asked.one[0], int(asked.one[1]))
        return
    sizes = [s for s in (10_000, 100_000, 1_000_000, 10_000_000) if s <= (100_000 if asked.quick else asked.largest)]
    lots = [3, 100, 1_000] if asked.quick else [3, 100, 1_000, 10_000, 100_000]
    worlds = [1_000_000] if asked.quick else [1_000_000, 10_000_000, 100_000_000]
    start = start_up(5 if asked.quick else 25)
    brought = what_people_bring(1 if asked.quick else 5)
    job, lines = (
        reference_job(sizes, 1 if asked.quick else 3, asked.squiggle),
        many_lots(lots, 64, 1 if asked.quick else 3),
    )
    text = f"""# Measured speed

`python tests/bench/run.py --write` wrote this file. {machine()}
Use the ratios: a machine that others use too slows both sides of a ratio alike, not the milliseconds.

## The reference job
32 outputs × (mean and 5, 25, 50, 75, 95 % points); worlds across. Imports and the first run are not counted.
Ours differs from the others: log-normal and logit-normal factors of about the same intervals in place of PERT,
a logistic-normal split into three like parts in place of a Dirichlet one, and `lines()` gives mean, 5, 50 and 95 %
points and the simulation error of the median in place of the 25 and 75 % points.

{job}
## Many lots
Each lot's count is drawn on its own; 64 worlds, so that the cost of a lot shows and not that of a world.

{lines}
## Many worlds
`capacity estimate --draws N`, the default scenario with all that it prints, as a process.

{many_worlds(worlds)}
## What people bring
Whole processes: a sheet of 1,000 deals (8 owners, 8 chips, 40 sites, days of 2025 to 2028) and 1,500 words of news.

{brought}
## Start-up
Whole processes, bytecode compiled.

{start}"""
    print(text)
    if asked.write:
        (HERE / "RESULTS.md").write_text(text)
        page = ROOT / "capacity" / "guide" / "speed.md"
        before, rest = page.read_text().split("<!-- benchmark -->\n")
        after = rest.partition("<!-- end of benchmark -->\n")[2]
        shown = f"{machine()}\n\n{job}\n{start}\n{brought}"
        page.write_text(f"{before}<!-- benchmark -->\n{shown}\n<!-- end of benchmark -->\n{after}")


if __name__ == "__main__":
    main()
