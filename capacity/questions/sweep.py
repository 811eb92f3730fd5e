"""Many variants of a scenario, on all cores or on a Dask cluster, and on again after a stop."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from capacity.document.answer import Answer, write
from capacity.document.blocks import Column, Document, Number, Row, Table, Text, left
from capacity.document.citations import cited, head
from capacity.document.words import label, scale_of
from capacity.errors import fail
from capacity.load import DEFAULT_SCENARIO, read_text
from capacity.load.files import write_whole
from capacity.model.estimate import GROUPS, estimate, summarize
from capacity.model.page import asked_results
from capacity.model.sampling import DRAWS
from capacity.questions.asked import Asked, Library, scenario_of
from capacity.questions.compare import HEADLINE
from capacity.questions.estimate import BASIS
from capacity.questions.variants import Variant, Vary, axes, grid, latin_hypercube
from capacity.resolve import Scenario

CHUNK = 20  # variants of a job
FORMATS = {".parquet": "parquet", ".csv": "csv", ".json": "json", ".md": "markdown"}
By = Literal["total", "owner", "site", "chip", "lot"]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Job:
    """Some variants with all that it takes to run them in another process or on another machine."""

    number: int
    first: int
    variants: tuple[Variant, ...]
    scenario: Scenario
    show: tuple[str, ...]
    by: str
    draws: int
    seed: int


@dataclass(frozen=True, slots=True, repr=False)
class Sweep(Answer):
    """The results of each variant, with the values that it was given."""

    scenario: Scenario
    places: tuple[str, ...]
    variants: int
    rows: tuple[dict[str, Any], ...]
    draws: int
    seed: int
    name: ClassVar[str] = "rows"

    def head(self) -> dict[str, Any]:
        """Schema `capacity.sweep/1`."""
        return head("sweep", self.scenario, self.draws, self.seed)

    def records(self) -> list[dict[str, Any]]:
        """A row per variant and result: its number, its values, the result in SI."""
        return list(self.rows)

    def document(self) -> Document:
        """The values of each variant beside its results."""
        groups = [kind for kind in GROUPS if any(kind in row for row in self.rows)]
        columns = (*(left(place.removeprefix("assumptions."), least=8) for place in self.places), *map(left, groups),
                   left("result"), Column("median"), Column("5 %", rank=1), Column("95 %", rank=1),
                   left("unit", least=1))  # fmt: skip
        rows: list[Row] = []
        for row in self.rows:
            basis = tuple((key, row[key]) for key in BASIS if key in row)
            how = scale_of(row["p5"], row["p50"], row["p95"], row["mc_error"], row["unit"])
            values = [str(row.get(key, "")) for key in (*self.places, *groups)]
            points = (Number(row[point], how) for point in ("p50", "p5", "p95"))
            rows.append((*values, label(row["quantity"], basis), *points, how.unit))
        return Document((Table(columns, tuple(rows)), Text(cited(self.scenario, self.draws, self.seed))))


def sweep(
    scenario: Asked = DEFAULT_SCENARIO,
    vary: Vary = (),
    *,
    lhs: int | None = None,
    show: str | Sequence[str] = HEADLINE,
    by: By = "total",
    draws: int = DRAWS,
    seed: int = 0,
    jobs: int | None = None,
    dask: str | None = None,
    out: str | Path | None = None,
    format_: str | None = None,
    progress: Progress | None = None,
    specs: Library = None,
) -> Sweep:
    """The results of many variants of a scenario: every combination of the values given for some places.

    Parameters: `scenario` an id, a path, a mapping or a `Scenario`; `vary` values by place (`{"assumptions.pue_peak":
    [1.1, 1.2]}`) or texts `PLACE=a,b,c`, in the unit of the place; `lhs` a Latin hypercube of so many variants
    instead, in which `low..high` is a range; `show` the results wanted; `by` splits the total; `jobs` processes (one
    per core; a script that starts several calls under `if __name__ == "__main__":`); `dask` the address of a
    scheduler to run on; `progress` is called with the variants done and all.
    `out` a file to write (.parquet, .csv, .json, .md, or in `format_`): beside it lie the parts that are done, so that
    a sweep that was stopped goes on when it is called again. Numbers are in SI.
    Raises `InputError` where a place or value is wrong, before anything is computed, or the file cannot be written.

    >>> answer = sweep(vary={"assumptions.pue_peak": [1.1, 1.2]}, show="power.it.nameplate", draws=100, jobs=1)
    >>> [(row["variant"], row["assumptions.pue_peak"]) for row in answer.records()]
    [(0, '1.1'), (1, '1.2')]
    """
    place = None if out is None else Path(out)
    if place and not format_ and place.suffix.lower() not in FORMATS:
        raise fail("out", f"no sweep ends in {place.suffix or 'nothing'}", ", ".join(FORMATS))
    values = axes(vary)
    if not values:
        raise fail("vary", "nothing is to vary", "PLACE=a,b,c")
    variants = latin_hypercube(values, lhs, seed) if lhs else grid(values)
    base = scenario_of(scenario, specs)
    for name, value in dict.fromkeys(pair for variant in variants[:5000] for pair in variant.items()):
        base.having({name: value}, label="vary")
    shown = asked_results(show)
    chunks = [
        Job(number, start, tuple(variants[start : start + CHUNK]), base, shown, by, draws, seed)
        for number, start in enumerate(range(0, len(variants), CHUNK))
    ]
    if place is None:
        parts = dict(_worked(chunks, jobs, dask, progress, len(variants)))
    else:
        folder = _parts_folder(place, [base.sha256, variants, shown, by, draws, seed])
        waiting = [job for job in chunks if not _part(folder, job.number).is_file()]
        left_over = sum(len(job.variants) for job in waiting)
        for number, rows in _worked(waiting, jobs, dask, progress, left_over):
            write_whole(_part(folder, number), json.dumps(rows).encode(), "out")
        parts = {job.number: json.loads(read_text(_part(folder, job.number))) for job in chunks}
    ordered = tuple(row for job in chunks for row in parts[job.number])
    answer = Sweep(base, tuple(values), len(variants), ordered, draws, seed)
    if place:
        write_whole(place, _content(answer, format_ or FORMATS[place.suffix.lower()]), "out")
        _clear(folder)
    return answer


def run(job: Job) -> list[dict[str, Any]]:
    """The lines of each variant of a job: its number, its values, and the numbers in SI."""
    return [row for index, variant in enumerate(job.variants) for row in _rows(job, job.first + index, variant)]


def _rows(job: Job, number: int, variant: Variant) -> Iterator[dict[str, Any]]:
    scenario = job.scenario.having(variant, label="vary")
    answer = estimate(scenario, job.draws, job.seed, by=job.by, show=job.show)
    for line in summarize(answer):
        yield {"variant": number, **variant, **line.as_dict()}


# --- where it runs ---------------------------------------------------------------------------


def _worked(
    waiting: Sequence[Job], jobs: int | None, dask: str | None, progress: Progress | None, whole: int
) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """The rows of each job as soon as they are there, in any order."""
    done = 0
    for job, rows in _on_dask(waiting, dask) if dask else _on_cores(waiting, jobs):
        yield job.number, rows
        done += len(job.variants)
        if progress:
            progress(done, whole)


def _on_cores(waiting: Sequence[Job], jobs: int | None) -> Iterable[tuple[Job, list[dict[str, Any]]]]:
    """Each job in one of as many processes as there are cores; here, where one will do."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    processes = min(jobs or cores, len(waiting))
    if processes <= 1:
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


def _on_dask(waiting: Sequence[Job], address: str) -> Iterable[tuple[Job, list[dict[str, Any]]]]:
    """Each job on an existing cluster; one whose worker dies is run again by another."""
    if not waiting:
        return
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise fail("dask", "dask is not installed", "pip install '.[scale]'") from None
    try:
        client = distributed.Client(address, timeout=3)
    except (OSError, ValueError) as error:
        raise fail("dask", f"no scheduler answers at {address}: {str(error).splitlines()[0]}") from None
    with client:
        futures = {client.submit(run, job, pure=False, retries=2): job for job in waiting}
        for future in distributed.as_completed(futures):
            yield futures[future], future.result()


# --- parts and the file ----------------------------------------------------------------------


def _parts_folder(out: Path, whole: Sequence[object]) -> Path:
    """The folder of the parts that are done, marked with the fingerprint of the sweep that they belong to."""
    mine = hashlib.sha256(json.dumps(whole, default=str).encode()).hexdigest()
    folder = out.with_name(out.name + ".parts")
    mark = folder / "sweep.txt"
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise fail("out", f"{folder} cannot be made: {error.strerror}") from None
    if not mark.is_file():
        write_whole(mark, (mine + "\n").encode(), "out")
    elif read_text(mark).strip() != mine:
        raise fail("out", f"{folder} holds the parts of another sweep", "delete it, or write elsewhere")
    return folder


def _part(folder: Path, number: int) -> Path:
    return folder / f"part-{number:06d}.json"


def _clear(folder: Path) -> None:
    for path in (*folder.glob("part-*.json"), folder / "sweep.txt"):
        path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # where something else lies in it
        folder.rmdir()


def _content(answer: Sweep, format_: str) -> bytes:
    """The file, in the format asked for."""
    if format_ != "parquet":
        return write(answer, format_).encode(errors="backslashreplace")
    from capacity.document.workbook import parquet

    return parquet(answer.records(), "out")
