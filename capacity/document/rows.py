"""Records → CSV, JSON, frames: numbers unrounded, in SI, as the answer has them."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from capacity.errors import CONTROL, fail

if TYPE_CHECKING:
    import pandas

    from capacity.model.summary import Line

RUNS = re.compile(r"[\t\n]|\s*[=+@＝＋－＠-]")  # how a text begins that some spreadsheet runs, wide signs too


def rows_to_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """A table of records; a key that a record lacks is an empty cell, a text never a formula.

    >>> rows_to_csv([{"name": "=1+1", "p50": -1.5}, {"name": "b", "sources": ["x", "y"]}])
    "name,p50,sources\\n'=1+1,-1.5,\\nb,,x; y\\n"
    """
    flat_rows = [flat(row) for row in rows]
    out = io.StringIO()
    columns = list(dict.fromkeys(key for row in flat_rows for key in row))
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(_guarded, columns))
    for row in flat_rows:
        writer.writerow([_guarded(row.get(key, "")) for key in columns])
    return out.getvalue()


def _guarded(value: Any) -> Any:
    """A cell; a text that a spreadsheet would run begins with an apostrophe."""
    if isinstance(value, str):
        text = value.replace("\r\n", "\n").replace("\r", "\n")  # a bare return is not quoted, and would end the row
        return "'" + text if RUNS.match(text) else text
    return "" if value is None else value


def flat(record: Mapping[str, Any], at: str = "") -> dict[str, Any]:
    """A record whose values are plain: what lies deeper has a dotted name, a list is joined with semicolons.

    >>> flat({"before": {"p5": 1.0}, "places": ["a", "b"], "sources": [{"title": "A memo"}]})
    {'before.p5': 1.0, 'places': 'a; b', 'sources': 'A memo'}
    """
    plain: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            plain |= flat(value, f"{at}{key}.")
        else:
            plain[f"{at}{key}"] = "; ".join(map(_member, value)) if isinstance(value, list) else value
    return plain


def _member(item: Any) -> str:
    """A member of a list in a cell: a source by its title."""
    if isinstance(item, dict):
        return str(item["title"]) if "title" in item else json.dumps(item, ensure_ascii=False)
    return str(item)


def quantity_rows(body: Any, at: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """A record for each graded quantity in the JSON of a part, by its place, whose name ends in the unit.

    >>> [row["place"] for row in quantity_rows({"tdp_w": {"value": 700.0, "grade": "A"}, "id": "x"})]
    ['tdp_w']
    """
    if isinstance(body, dict) and "grade" in body and {"value", "low", "says"} & set(body):
        ends = {end: body.get(end, body.get("value")) for end in ("low", "high")}
        rest = {key: value for key, value in body.items() if key not in ("value", "low", "high")}
        yield {"place": ".".join(at), **ends, **flat(rest)}
        return
    pairs = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in pairs:
        yield from quantity_rows(value, (*at, str(key)))


def line_dict(line: Line) -> dict[str, Any]:
    """A line that belongs to no page row: its name, unit and numbers; null where a number is not finite."""
    kept = {key: value for key, value in line.as_dict().items() if key not in ("view", "at")}
    return {key: None if isinstance(v, float) and not math.isfinite(v) else v for key, v in kept.items()}


def dumps(data: Any) -> str:
    """JSON as it is printed everywhere."""
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return CONTROL.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


def frame(rows: Sequence[Mapping[str, Any]]) -> pandas.DataFrame:
    """A row per record (needs the extra `frames`)."""
    try:
        import pandas
    except ImportError:
        raise fail("to_frame", "pandas is not installed", "pip install '.[frames]'") from None
    return pandas.DataFrame([flat(row) for row in rows])
