"""What files were found to be, or what is wrong with them → text, Markdown, JSON.

Text is what a person waits for, so that it alone loads nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from capacity.errors import Fault

Found = Mapping[Path, str | tuple[Fault, ...]]


def text(found: Found) -> str:
    """A line per valid file; the faults of the others are the error's own lines."""
    return "".join(f"{path}: a valid {kind}\n" for path, kind in found.items() if isinstance(kind, str))


def markdown(found: Found) -> str:
    """A row per valid file and per fault."""
    from capacity.writing.text import MARKDOWN, grid

    rows = [("file", "is", "fault")]
    for path, told in found.items():
        rows += [(str(path), told, "")] if isinstance(told, str) else [(str(path), "wrong", str(f)) for f in told]
    return grid(rows, MARKDOWN, 0) + "\n"


def to_json(found: Found) -> str:
    """Schema `capacity.validate/1`: each file, what it holds, or its faults."""
    from capacity.document.rows import dumps

    return dumps({
        "schema": "capacity.validate/1",
        "files": [
            {"path": str(path), "valid": isinstance(told, str), "kind": told if isinstance(told, str) else None,
             "faults": [] if isinstance(told, str) else [asdict(fault) for fault in told]}
            for path, told in found.items()
        ],
    })  # fmt: skip
