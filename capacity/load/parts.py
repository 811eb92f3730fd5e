"""A part's record from a file of its own, read once in a process as long as the file stays as it is."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from capacity.errors import InputError, first_faults
from capacity.load.citations import source_faults
from capacity.load.files import read_document
from capacity.load.input_file import InputFile
from capacity.load.records import validated
from capacity.load.specs import Specs

_R = TypeVar("_R", bound=BaseModel)


def read_part(path: Path, record: type[_R], specs: Specs = Specs()) -> _R:  # noqa: B008 (frozen)
    """The record in a part's file; `InputError` holds all that is wrong in the file by itself."""
    try:
        stat = path.stat()
    except OSError:
        return _fresh_part(path, record, specs)
    part: _R = _known_part(path, stat.st_mtime_ns, stat.st_size, record, specs)
    return part


@functools.lru_cache(maxsize=512)
def _known_part(path: Path, changed: int, size: int, record: Any, specs: Specs) -> Any:
    return _fresh_part(path, record, specs)


def _fresh_part(path: Path, record: type[_R], specs: Specs) -> _R:
    return part_in(read_document(path), record, specs, path.stem)


def part_in(document: InputFile, record: type[_R], specs: Specs, stem: str) -> _R:
    """The record in a document that has been read; `stem` is the id that a part in such a file must have."""
    part = validated(document, record, specs)
    faults = first_faults(source_faults(document, part, ()), document.name)
    if getattr(part, "id", stem) != stem:
        faults.append(document.fault(("id",), f"the id {part.id!r} is not the file's name", stem))  # type: ignore[attr-defined]
    if faults:
        raise InputError(faults)
    return part
