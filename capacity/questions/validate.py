"""What files hold, or all that is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from capacity.document.answer import Answer
from capacity.document.blocks import Document, Row, Table, left
from capacity.errors import Fault, InputError, fail
from capacity.load import open_specs, typed_day, validate_file
from capacity.questions.asked import Library


@dataclass(frozen=True, slots=True, repr=False)
class Validation(Answer):
    """Each file with the kind of thing that it holds, or its faults."""

    files: Mapping[Path, str | tuple[Fault, ...]]
    name: ClassVar[str] = "files"

    @property
    def valid(self) -> bool:
        """Whether no file has a fault."""
        return not self.faults

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All that is wrong, in the order of the files."""
        return tuple(fault for result in self.files.values() if not isinstance(result, str) for fault in result)

    def head(self) -> dict[str, Any]:
        """Schema `capacity.validate/1`."""
        return {"schema": "capacity.validate/1"}

    def body(self) -> dict[str, Any]:
        """The files, each with its faults."""
        return {"files": [{**_file(path, result), "faults": _faults(result)} for path, result in self.files.items()]}

    def records(self) -> list[dict[str, Any]]:
        """A row per valid file, and one per fault of the others."""
        return [
            {**_file(path, result), **fault} for path, result in self.files.items() for fault in _faults(result) or [{}]
        ]

    def document(self) -> Document:
        """A row per valid file and per fault."""
        rows: list[Row] = []
        for path, result in self.files.items():
            if isinstance(result, str):
                rows.append((str(path), result, ""))
            else:
                rows += [(str(path), "wrong", str(fault)) for fault in result]
        return Document((Table((left("file"), left("is", least=5), left("fault", least=20)), tuple(rows)),))


def validate(
    *files: str | Path,
    kind: str | None = None,
    columns: Mapping[str, str] | None = None,
    date: str | None = None,
    specs: Library = None,
) -> Validation:
    """Check files: scenarios, sheets of deals (.csv .tsv .xlsx), chips, systems, or any other file of a specs folder.

    Parameters: `kind` what they hold, where neither folder nor name says it (`capacity schema` lists the kinds);
    `columns` and `date` what a sheet does not say, see `read_sheet`; `specs` the folder of specs against which they
    are checked. Faults are part of the answer, all of every file.
    Raises `InputError` where no file is named or the kind is unknown.

    >>> from capacity.load import built_in_specs
    >>> answer = validate(built_in_specs() / "chips" / "h20.yaml")
    >>> answer.valid, list(answer.files.values())
    (True, ['chip'])
    """
    if not files:
        raise fail("files", "none is named", "one or more")
    library = open_specs(specs)
    results: dict[Path, str | tuple[Fault, ...]] = {}
    for path in map(Path, files):
        try:
            results[path] = validate_file(path, library, _addresses, kind, columns, typed_day(date))
        except InputError as error:
            results[path] = error.faults
    return Validation(results)


def _addresses() -> tuple[str, ...]:
    """The results that claims may speak of, read when a file has claims."""
    from capacity.model.page import SHOWN

    return SHOWN


def _file(path: Path, result: str | tuple[Fault, ...]) -> dict[str, Any]:
    valid = isinstance(result, str)
    return {"path": str(path), "valid": valid, "kind": result if valid else None}


def _faults(result: str | tuple[Fault, ...]) -> list[dict[str, Any]]:
    return [] if isinstance(result, str) else [asdict(fault) for fault in result]
