"""The rows of a sweep → table, JSON, CSV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from capacity._version import __version__
from capacity.document.rows import dumps, rows_to_csv
from capacity.document.words import interval, label
from capacity.model.estimate import GROUPS
from capacity.model.summary import Line
from capacity.questions.estimate import BASIS
from capacity.writing.forms import Forms
from capacity.writing.text import fitted

NUMBERS = ("mean", "p5", "p50", "p95", "mc_error")
HELD = ("variant", "quantity", *BASIS, "view", "at", *GROUPS, "unit", *NUMBERS)


def forms(rows: Sequence[dict[str, Any]]) -> Forms:
    """What `offer` prints: a row per variant and result."""
    return {
        "table": lambda width: table(rows, width),
        "json": lambda _: dumps({"schema": "capacity.sweep/1", "version": __version__, "rows": list(rows)}),
        "csv": lambda _: rows_to_csv(rows),
    }


def table(rows: Sequence[dict[str, Any]], width: int) -> str:
    """The values of each variant beside its results."""
    varied = list(dict.fromkeys(key for row in rows for key in row if key not in HELD))
    groups = [kind for kind in GROUPS if any(kind in row for row in rows)]
    cells = [[*varied, *groups, "result", "", "median", "5 %", "95 %"]]
    for row in rows:
        basis = tuple((key, row[key]) for key in BASIS if key in row)
        numbers = [row[key] for key in NUMBERS]
        line = Line("", row["quantity"], basis, row["view"], row["at"], "total", "", row["unit"], *numbers)
        middle, low, high, unit = interval(line)
        said = [str(row.get(key, "")) for key in (*varied, *groups)]
        cells.append([*said, label(line.quantity, basis), unit, middle, low, high])
    return fitted(cells, width, 3) + "\n"
