"""A result in the format asked for: CSV comes out of a command's JSON, Markdown out of its table."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from capacity.document.rows import flat, rows_to_csv
from capacity.writing.text import MARKDOWN

Forms = Mapping[str, Callable[[int], str]]

# Where the records of a JSON lie, by its schema. What stands above a record is repeated in its row, and what has no
# record below it is a row by itself. A JSON that is not named here is that of a part: its quantities are the rows.
RECORDS = {
RECORDS

def formed(format_: str, forms: Forms, width: int) -> str:
    """The result in one format; `forms` makes text of a width, at least as `table` and as `json`.

    >>> forms = {"json": lambda _: '{"schema": "capacity.ledger/1", "predictions": [{"unit": "W", "p50": 1.5}]}'}
    >>> formed("csv", forms, 80)
    'unit,p50\\nW,1.5\\n'
    """
    if format_ in forms:
        return forms[format_](width)
    if format_ == "csv":
        return rows_to_csv(records(json.loads(forms["json"](width))))
    assert format_ == "markdown", format_
    return as_markdown(forms["table"](MARKDOWN))


def records(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The flat records of a command's JSON, numbers and units as it has them."""
    kind = data["schema"].removeprefix("capacity.").partition("/")[0]
    body = {key: value for key, value in data.items() if key not in ("schema", "sources")}
    paths = RECORDS.get(kind)
    return list(_quantities(body)) if paths is None else [row for path in paths for row in _descend(body, path, {})]


def _descend(found: Any, path: str, above: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The records at a path, each with the plain values of what it lies in."""
    name, _, rest = path.partition(".")
    for record in _listed(found.get(name) if name else found):
        below = record.get(rest.partition(".")[0]) if rest else None
        if below:
            plain = {key: value for key, value in record.items() if key != "schema" and not isinstance(value, list)}
            yield from _descend(record, rest, above | flat(plain))
        else:
            own = flat({key: value for key, value in record.items() if not rest or key != rest.partition(".")[0]})
            yield above | {f"{name}.{key}" if key in above else key: value for key, value in own.items()}


def _listed(found: Any) -> list[dict[str, Any]]:
    """One record or many as a list of them."""
    return found if isinstance(found, list) else [found] if found else []


def _quantities(found: Any, at: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """A record for each graded quantity in the JSON of a part, by its place, whose name ends in the unit."""
    if isinstance(found, dict) and "grade" in found and {"value", "low", "says"} & set(found):
        ends = {end: found.get(end, found.get("value")) for end in ("low", "high")}
        rest = {key: value for key, value in found.items() if key not in ("value", "low", "high")}
        yield {"place": ".".join(at), **ends, **flat(rest)}
        return
    pairs = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for key, value in pairs:
        yield from _quantities(value, (*at, str(key)))


def as_markdown(text: str) -> str:
    """What was printed at the width `MARKDOWN` as a document: tables stay, and lines that hang on another are items.

    >>> print(as_markdown("Sites\\n\\n| a |\\n|---|\\nNone fits.\\n\\nSources\\n[1] A memo"), end="")
    Sites
    <BLANKLINE>
    | a |
    |---|
    <BLANKLINE>
    None fits.
    <BLANKLINE>
    Sources
    <BLANKLINE>
    - [1] A memo
    """
    out: list[str] = []
    before = ""
    for block in text.strip("\n").split("\n\n"):
        for index, line in enumerate(block.split("\n")):
            kind, shown = _line(line, first=index == 0 or before == "table")
            if out and (index == 0 or kind != before):
                out.append("")
            out.append(shown)
            before = kind
    return "\n".join(out) + "\n"


def _line(line: str, first: bool) -> tuple[str, str]:
    """Whether a line is one of a table, an item or a paragraph, and how Markdown writes it."""
    if line.startswith("|"):
        return "table", line
    bare = line.lstrip(" ")
    depth = len(line) - len(bare)
    if first and not depth and not re.match(r"- |\[\d+\] ", bare):
        return "paragraph", bare
    return "item", "  " * max(0, depth // 2 - 1) + f"- {bare.removeprefix('- ')}"
