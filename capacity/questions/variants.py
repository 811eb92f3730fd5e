"""The variants of a sweep: a grid or a Latin hypercube of values at some places."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real

from capacity.errors import fail
from capacity.model.sampling import normals
from capacity.words.numbers import HedgeError, read_number

MOST = 10_000_000
Variant = Mapping[str, str]
Vary = Mapping[str, object] | Sequence[str]


def axes(vary: Vary) -> dict[str, list[str]]:
    """The values to try at each place, from a mapping or from `PLACE=a,b,c`.

    A comma between figures may also part thousands: then a space or semicolon says which commas part values.

    >>> axes(["assumptions.pue_peak=1.2,1.3", "lots.x.count=200,000, over 400,000"])
    {'assumptions.pue_peak': ['1.2', '1.3'], 'lots.x.count': ['200,000', 'over 400,000']}
    >>> axes({"assumptions.pue_peak": [1.2, 1.3], "assumptions.mfu": "0.3..0.5"})
    {'assumptions.pue_peak': ['1.2', '1.3'], 'assumptions.mfu': ['0.3..0.5']}
    """
    if isinstance(vary, Mapping):
        return {place: _listed(place, values) for place, values in vary.items()}
    values: dict[str, list[str]] = {}
    for text in [vary] if isinstance(vary, str) else vary:
        place, equals, listed = text.partition("=")
        place = place.strip()
        words = [word.strip() for word in _parted(place, listed)]
        if not equals or not place or not all(words):
            raise fail("vary", f"{text!r} varies nothing", "PLACE=a,b,c")
        if place in values:
            raise fail("vary", f"{place} is varied twice", "once, with all its values")
        values[place] = words
    return values


def _listed(place: str, values: object) -> list[str]:
    """The values given for a place, as they would be typed."""
    listed = list(values) if isinstance(values, Iterable) and not isinstance(values, str) else [values]
    texts = [
        value.strip() if isinstance(value, str) else str(value) if isinstance(value, Real) else "" for value in listed
    ]
    if not texts or not all(texts):
        raise fail("vary", f"{place}: {values!r} varies nothing", "numbers or words, one or more")
    return texts


def _parted(place: str, listed: str) -> list[str]:
    """The values of a list; refused where a comma may part values or thousands.

    >>> _parted("x", "8,16"), _parted("x", "400,000"), _parted("x", "over 400,000; 5")
    (['8', '16'], ['400,000'], ['over 400,000', ' 5'])
    """
    parts = re.split(r";|,(?=\s)", listed)
    if len(parts) > 1:
        return parts
    if re.search(r",0[0-9](?![0-9])", listed):  # 40,00
        raise fail("vary", f"{place}={listed} may be one number or several", "semicolons between values")
    thousands = re.findall(r"(?<=[0-9]),([0-9]{3})(?![0-9])", listed)
    if not thousands:
        return listed.split(",")
    if len(thousands) == listed.count(",") == 1 and (thousands[0].startswith("0") or re.search("[^0-9.,]", listed)):
        return [listed]
    what = f"{place}={listed} may be one number or {listed.count(',') + 1} values"
    raise fail("vary", what, f"{listed.replace(',', ', ')} for values, 200,000; 400,000 for thousands")


def grid(values: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Every combination, the last place changing fastest.

    >>> grid({"a": ["1", "2"], "b": ["3"]})
    [{'a': '1', 'b': '3'}, {'a': '2', 'b': '3'}]
    """
    for place, words in values.items():
        if len(words) == 1 and ".." in words[0]:
            what = f"{place}={words[0]} is one value, an interval, and varies nothing"
            raise fail("vary", what, "PLACE=a,b,c, or lhs=N to pick N values out of it")
    size = math.prod(map(len, values.values()))
    if size > MOST:
        raise fail("vary", f"{size:,} variants", f"at most {MOST:,}; lhs=N picks some")
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
        raise fail("vary", f"{place}: {words[0]!r} is no range", "low..high") from None
    return f"{ends[0] + (ends[1] - ends[0]) * (step + 0.5) / size:.12g}"
