"""A document as the record that it should hold, or all that is wrong with it."""

from __future__ import annotations

import functools
import typing
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from capacity.errors import Fault, InputError, did_you_mean, first_faults, plain_words
from capacity.load.files import read_document
from capacity.load.input_file import InputFile
from capacity.load.specs import Specs
from capacity.source import WRITTEN
from capacity.words.dates import DateTable
from capacity.words.stages import StageTable
from capacity.words.vocabulary import HedgeTable, UnitTable, Vocabulary

if TYPE_CHECKING:
    from capacity.words.headings import HeadingTable

_R = TypeVar("_R", bound=BaseModel)


@functools.lru_cache(maxsize=16)
def load_vocabulary(specs: Specs = Specs()) -> Vocabulary:  # noqa: B008 (frozen)
    """The words of `specs/`: hedges and numbers, units, stages, dates; the user's tables before the built-in ones."""
    return Vocabulary(
        hedges=validated(read_document(specs.table("hedges.yaml")), HedgeTable, specs),
        units=validated(read_document(specs.table("units.yaml")), UnitTable, specs),
        stages=validated(read_document(specs.table("stages.yaml")), StageTable, specs),
        dates=validated(read_document(specs.table("dates.yaml")), DateTable, specs),
    )


def load_hedges(specs: Specs = Specs()) -> HedgeTable:  # noqa: B008 (frozen)
    """The table of hedge words."""
    return load_vocabulary(specs).hedges


@functools.lru_cache(maxsize=16)
def load_headings(specs: Specs = Specs()) -> HeadingTable:  # noqa: B008 (frozen)
    """What people call the columns of a sheet."""
    from capacity.words.headings import HeadingTable

    return validated(read_document(specs.table("headings.yaml")), HeadingTable, specs)


def validated(document: InputFile, record: type[_R], specs: Specs = Specs()) -> _R:  # noqa: B008 (frozen)
    """The record in a document, its words read by the hedges of `specs`; all its faults at once where it is wrong."""
    if not isinstance(document.data, dict):
        document.faults.append(document.fault((), "does not hold `key: value` pairs", "a mapping"))
        raise InputError(document.faults)
    try:
        found = record.model_validate(document.data, context={"vocabulary": functools.partial(load_vocabulary, specs)})
    except ValidationError as error:
        raise InputError([*document.faults, *first_faults(_faults(document, record, error), document.name)]) from None
    if document.faults:
        raise InputError(document.faults)
    return found


def _faults(document: InputFile, record: type[BaseModel], error: ValidationError) -> Iterator[Fault]:
    for item in error.errors(include_url=False, include_context=True):
        loc = _real(item["loc"], document.data)
        kind, message = item["type"], item["msg"]
        if kind == "extra_forbidden":
            known = _fields(record, loc[:-1])
            yield document.fault(loc, f"unknown key {loc[-1]!r}", did_you_mean(str(loc[-1]), known))
        elif kind == "missing":
            yield document.fault(loc, f"{item['loc'][-1]} is missing")
        elif kind == "value_error":
            what, _, allowed = message.removeprefix("Value error, ").partition(" (")
            yield document.fault(loc, what, allowed.removesuffix(")"))
        elif kind == "string_pattern_mismatch":
            what, allowed = WRITTEN[item["ctx"]["pattern"]]
            yield document.fault(loc, f"{str(item['input'])[:60]!r} {what}", allowed)
        else:
            given = item["input"]
            shown = "" if isinstance(given, (dict, list, tuple)) else f"{str(given)[:60]!r}: "
            yield document.fault(loc, shown + plain_words(message))


def _real(loc: tuple[int | str, ...], data: Any) -> tuple[int | str, ...]:
    """The part of pydantic's location that stands in the data (its own labels left out)."""
    path: list[int | str] = []
    for index, key in enumerate(loc):
        if key == "[key]":
            break
        inside = (isinstance(data, dict) and key in data) or (isinstance(data, list) and isinstance(key, int))
        if inside:
            data = data[key]
            path.append(key)
        elif index == len(loc) - 1 and isinstance(data, dict) and isinstance(key, str):
            path.append(key)
    return tuple(path)


def _fields(record: Any, loc: Sequence[int | str]) -> list[str]:
    """The keys that a record knows at a place within it."""
    for key in loc:
        fields = record.model_fields if _is_record(record) else {}
        record = _inner(fields[key].annotation) if key in fields else record
    return list(record.model_fields) if _is_record(record) else []


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _inner(kind: Any) -> Any:
    """The record inside `dict[str, X]`, `tuple[X, ...]`, `X | None`."""
    if _is_record(kind):
        return kind
    return next((r for r in map(_inner, typing.get_args(kind)) if _is_record(r)), None)
