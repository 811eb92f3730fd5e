"""An estimate as a file for others to read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from capacity.load import DEFAULT_SCENARIO
from capacity.load.files import write_whole
from capacity.model.sampling import DRAWS
from capacity.questions import pages
from capacity.questions.asked import Asked, Library
from capacity.questions.estimate import estimate


def report(
    scenario: Asked = DEFAULT_SCENARIO,
    path: str | Path = "report.html",
    *,
    by: str | Sequence[str] = "owner",
    at: Sequence[date | str] = (),
    draws: int = DRAWS,
    seed: int = 0,
    specs: Library = None,
) -> Path:
    """Write a report of a scenario to a file and give its path; the ending says what it is.

    Parameters: `path` ending in .html (a page for readers, which holds its scenario: `estimate` reads it again),
    .pdf, .md, .csv, .json, .xlsx or .parquet; `at` the dates of the picture of chips over time, else two years.
    Raises `InputError` where the scenario is wrong, the ending is none of these, or the file cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report("h200-china-2026-01", f"{folder}/x.csv", draws=200).name
    'x.csv'
    """
    place = Path(path)
    suffix = pages.ending(place)
    answer = estimate(scenario, draws, seed, by=by, specs=specs, full=True)
    write_whole(place, pages.content(answer, answer, suffix, at), "path")
    return place
