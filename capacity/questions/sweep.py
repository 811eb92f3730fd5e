"""Many variants of one scenario: a grid or a Latin hypercube of values at some places."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from capacity.errors import fail
from capacity.model.estimate import estimate, summarize
from capacity.model.sampling import normals
from capacity.resolve import Scenario
from capacity.words.numbers import HedgeError, read_number

CHUNK = 20
MOST = 10_000_000
Variant = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Job:
    """One chunk of variants with all that it takes to run them in another process or on another machine."""

    number: int
    first: int
    variants: tuple[Variant, ...]
    scenario: Scenario
    show: tuple[str, ...]
    by: str
    draws: int
    seed: int


@dataclass(frozen=True, slots=True)
class Sweep:
    """All chunks of a sweep, and the fingerprint that tells it from another."""

    jobs: tuple[Job, ...]
    variants: int
    sha256: str


def axes(texts: Sequence[str]) -> dict[str, list[str]]:
    """The values to try at each place, from `PLACE=a,b,c`.

    A comma between figures may also part thousands: then a space or semicolon says which commas part values.

    >>> axes(["assumptions.pue_peak=1.2,1.3", "lots.x.count=200,000, over 400,000"])
    {'assumptions.pue_peak': ['1.2', '1.3'], 'lots.x.count': ['200,000', 'over 400,000']}
    """
    values: dict[str, list[str]] = {}
    for text in texts:
        place, equals, listed = text.partition("=")
        place = place.strip()
        words = [word.strip() for word in _parted(place, listed)]
        if not equals or not place or not all(words):
            raise fail("--vary", f"{text!r} varies nothing", "PLACE=a,b,c")
        if place in values:
            raise fail("--vary", f"{place} is varied twice", "once, with all its values")
        values[place] = words
    return values


def _parted(place: str, listed: str) -> list[str]:
    """The values of a list; refused where a comma may part values or thousands.

    >>> _parted("x", "8,16"), _parted("x", "400,000"), _parted("x", "over 400,000; 5")
    (['8', '16'], ['400,000'], ['over 400,000', ' 5'])
    """
    parts = re.split(r";|,(?=\s)", listed)
    if len(parts) > 1:
        return parts
    thousands = re.findall(r"(?<=[0-9]),([0-9]{3})(?![0-9])", listed)
    if not thousands:
        return listed.split(",")
    if len(thousands) == listed.count(",") == 1 and (thousands[0].startswith("0") or re.search("[^0-9.,]", listed)):
        return [listed]
    what = f"{place}={listed} may be one number or {listed.count(',') + 1} values"
    raise fail("--vary", what, f"{listed.replace(',', ', ')} for values, 200,000; 400,000 for thousands")


def grid(values: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Every combination, the last place changing fastest.

    >>> grid({"a": ["1", "2"], "b": ["3"]})
    [{'a': '1', 'b': '3'}, {'a': '2', 'b': '3'}]
    """
    for place, words in values.items():
        if len(words) == 1 and ".." in words[0]:
            what = f"{place}={words[0]} is one value, an interval, and varies nothing"
            raise fail("--vary", what, "PLACE=a,b,c, or --lhs N to pick N values out of it")
    size = math.prod(map(len, values.values()))
    if size > MOST:
        raise fail("--vary", f"{size:,} variants", f"at most {MOST:,}; --lhs N picks some")
    return [dict(zip(values, row, strict=True)) for row in itertools.product(*values.values())]


def latin_hypercube(values: Mapping[str, Sequence[str]], size: int, seed: int = 0) -> list[dict[str, str]]:
    """`size` variants that fill ranges `low..high` evenly: each place takes each of `size` equal steps once.

    A place with listed values takes them in turn. Source: McKay, Beckman & Conover 1979, Technometrics 21(2);
    the middle of each step is taken.

    >>> sorted(row["a"] for row in latin_hypercube({"a": ["1..2"]}, 2))
    ['1.25', '1.75']
    """
    columns = {}
    for place, words in values.items():
        order = normals(seed, f"latin hypercube: {place}", 0, size).argsort().argsort()
        columns[place] = [_at(place, words, int(step), size) for step in order]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _at(place: str, words: Sequence[str], step: int, size: int) -> str:
    low, dots, high = words[0].partition("..")
    if len(words) > 1 or not dots:
        return words[step * len(words) // size]
    try:
        ends = read_number(low), read_number(high)
    except HedgeError:
        raise fail("--vary", f"{place}: {words[0]!r} is no range", "low..high") from None
    return f"{ends[0] + (ends[1] - ends[0]) * (step + 0.5) / size:.12g}"


def plan(
    scenario: Scenario, variants: Sequence[Variant], *,
    show: Sequence[str], by: str, draws: int, seed: int,
) -> Sweep:  # fmt: skip
    """The chunks of a sweep. Raises `InputError` where a value is wrong at its place."""
    for place, value in dict.fromkeys(pair for variant in variants[:5000] for pair in variant.items()):
        scenario.having({place: value}, label="--vary")
    jobs = tuple(
        Job(number, start, tuple(variants[start : start + CHUNK]), scenario, tuple(show), by, draws, seed)
        for number, start in enumerate(range(0, len(variants), CHUNK))
    )
    whole = [scenario.sha256, list(variants), list(show), by, draws, seed]
    return Sweep(jobs, len(variants), hashlib.sha256(json.dumps(whole, default=str).encode()).hexdigest())


def run(job: Job) -> list[dict[str, Any]]:
    """The lines of each variant of a chunk: its number, its values, and the numbers in SI."""
    return [row for index, variant in enumerate(job.variants) for row in _rows(job, job.first + index, variant)]


def _rows(job: Job, number: int, variant: Variant) -> Iterator[dict[str, Any]]:
    scenario = job.scenario.having(variant, label="--vary")
    answer = estimate(scenario, job.draws, job.seed, by=job.by, show=job.show)
    for line in summarize(answer):
        yield {"variant": number, **variant, **line.as_dict()}


def remaining(done: int, whole: int, seconds: float) -> str:
    """How far a sweep is, and how long it will still take.

    >>> remaining(240, 2000, 30)
    '240 of 2,000 variants, 3 min 40 s left'
    """
    left = round(seconds * (whole - done) / done) if done else 0
    time = f"{left // 60} min {left % 60} s" if left >= 60 else f"{left} s"
    return f"{done:,} of {whole:,} variants" + (f", {time} left" if done else "")
