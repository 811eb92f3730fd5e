"""`capacity sweep`: many variants of a scenario, on all cores or on a Dask cluster, and on again after a stop."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from capacity.cli.common import NO_SENTENCE, Format, QuietOption, SpecsOption, offer, refuse_format, write_whole
from capacity.cli.options import By, ScenarioArgument, SeedOption
from capacity.errors import fail

if TYPE_CHECKING:
    from capacity.questions.sweep import Job, Sweep

HEADLINE = "chips,peak_flops.bf16.dense,power.facility.nameplate,energy.facility"


def sweep(
    scenario: ScenarioArgument = None,
    vary: Annotated[
        list[str] | None,
        typer.Option("--vary", metavar="PLACE=a,b,c", help="Values to try; with --lhs also low..high. Repeatable."),
    ] = None,
    lhs: Annotated[int | None, typer.Option("--lhs", min=1, help="A Latin hypercube of so many, not the grid.")] = None,
    format_: Annotated[
        Format | None, typer.Option("--format", "-f", help="How to print the rows; nothing: by the ending of --out.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Where to write: .parquet or .csv; nothing: sweep.parquet.")
    ] = None,
    show: Annotated[str, typer.Option("--show", metavar="QUANTITY,…", help="Which results.")] = HEADLINE,
    by: Annotated[By, typer.Option("--by", help="Split the total by this.")] = By.total,
    draws: Annotated[int, typer.Option("--draws", min=1, max=1_000_000, help="How many worlds in each.")] = 16_384,
    seed: SeedOption = 0,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="Processes; nothing: one per core.")] = None,
    dask: Annotated[str | None, typer.Option("--dask", metavar="ADDRESS", help="A Dask scheduler to run on.")] = None,
    specs: SpecsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Run many variants of a scenario; a sweep that was stopped goes on where it was when called again."""
    from capacity.load import DEFAULT_SCENARIO, load_scenario, open_specs
    from capacity.model import page
    from capacity.questions import sweep as questions

    if format_ is not None:
        refuse_format(format_, NO_SENTENCE)
    elif (out := out or Path("sweep.parquet")).suffix.lower() not in (".parquet", ".csv"):
        raise fail("--out", f"no sweep ends in {out.suffix or 'nothing'}", ".parquet or .csv")
    if not vary:
        raise typer.BadParameter("say with --vary PLACE=a,b,c what is to vary")
    values = questions.axes(vary)
    variants = questions.latin_hypercube(values, lhs, seed) if lhs else questions.grid(values)
    base = load_scenario(scenario or DEFAULT_SCENARIO, specs=open_specs(specs))
    planned = questions.plan(base, variants, show=page.asked_results(show), by=by.value, draws=draws, seed=seed)
    with contextlib.ExitStack() as stack:
        # What is only printed keeps its parts where nobody looks: stopped, it begins anew.
        place = out or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "sweep"
        parts = _parts_folder(place, planned)
        waiting = [job for job in planned.jobs if not _part(parts, job.number).is_file()]
        _work(planned, waiting, parts, jobs, dask, quiet)
        if format_ is None:
            assert out is not None
            write_whole(out, _whole(planned, parts, out.suffix.lower()), "--out")
        else:
            from capacity.writing.variants import forms

            offer(forms(_rows(planned, parts)), format_, out)
        _clear(parts)
    if not quiet and out is not None:
        typer.echo(f"{out} is written: {planned.variants:,} variants", err=True)


def _parts_folder(out: Path, planned: Sweep) -> Path:
    """The folder of the parts that are done, marked with the sweep that they belong to."""
    from capacity.load import read_text

    folder = out.with_name(out.name + ".parts")
    mark = folder / "sweep.txt"
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise fail("--out", f"{folder} cannot be made: {error.strerror}") from None
    if not mark.is_file():
        write_whole(mark, (planned.sha256 + "\n").encode(), "--out")
    elif read_text(mark).strip() != planned.sha256:
        raise fail("--out", f"{folder} holds the parts of another sweep", "delete it, or write elsewhere")
    return folder


def _part(folder: Path, number: int) -> Path:
    return folder / f"part-{number:06d}.json"


def _clear(folder: Path) -> None:
    for path in (*folder.glob("part-*.json"), folder / "sweep.txt"):
        path.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()


def _work(planned: Sweep, waiting: list[Job], parts: Path, jobs: int | None, dask: str | None, quiet: bool) -> None:
    """Run what is not done yet and keep each part as soon as it is there."""
    import json

    if not waiting:
        return
    whole = sum(len(job.variants) for job in waiting)
    told = not quiet and sys.stderr.isatty()
    done, start = 0, time.monotonic()
    results = _on_dask(waiting, dask) if dask else _on_cores(waiting, jobs)
    for job, rows in results:
        write_whole(_part(parts, job.number), json.dumps(rows).encode(), "--out")
        done += len(job.variants)
        if told:
            from capacity.questions.sweep import remaining

            sys.stderr.write(f"\r{remaining(done, whole, time.monotonic() - start)}\x1b[K")
            sys.stderr.flush()
    if told:
        sys.stderr.write("\n")


def _on_cores(waiting: list[Job], jobs: int | None) -> Iterator[tuple[Job, list[dict[str, Any]]]]:
    """Each chunk in one of as many processes as there are cores; here, where one will do."""
    import multiprocessing
    import os
    from concurrent.futures import ProcessPoolExecutor, as_completed

    from capacity.questions.sweep import run

    processes = min(jobs or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
                    len(waiting))  # fmt: skip
    if processes == 1:
        yield from ((job, run(job)) for job in waiting)
        return
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        futures = {pool.submit(run, job): job for job in waiting}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _on_dask(waiting: list[Job], address: str) -> Iterator[tuple[Job, list[dict[str, Any]]]]:
    """Each chunk on an existing cluster; a chunk whose worker dies is run again by another."""
    import importlib

    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise fail("--dask", "dask is not installed", "pip install 'capacity[scale]'") from None
    from capacity.questions.sweep import run

    try:
        client = distributed.Client(address, timeout=5)
    except (OSError, ValueError) as error:
        raise fail("--dask", f"no scheduler answers at {address}: {str(error).splitlines()[0]}") from None
    with client:
        futures = {client.submit(run, job, pure=False, retries=2): job for job in waiting}
        for future in distributed.as_completed(futures):
            yield futures[future], future.result()


def _rows(planned: Sweep, parts: Path) -> list[dict[str, Any]]:
    """All parts in order."""
    import json

    from capacity.load import read_text

    return [row for job in planned.jobs for row in json.loads(read_text(_part(parts, job.number)))]


def _whole(planned: Sweep, parts: Path, ending: str) -> bytes:
    """All parts in order as one table."""
    import io

    from capacity.document.rows import rows_to_csv

    rows = _rows(planned, parts)
    if ending == ".csv":
        return rows_to_csv(rows).encode()
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise fail("--out", "pyarrow is not installed", "pip install 'capacity[frames]', or --out FILE.csv") from None
    keys = list(dict.fromkeys(key for row in rows for key in row))
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({key: [row.get(key) for row in rows] for key in keys}), out)
    return out.getvalue()
