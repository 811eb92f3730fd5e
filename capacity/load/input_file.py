"""YAML text → plain data that remembers on which line and column each thing stands.

A strict subset: no duplicate keys, no anchors, no tags, no non-finite numbers, no
deep nesting; `3.8e25` is a number, `no` and dates are text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from capacity.errors import CONTROL, MOST_FAULTS, Fault, InputError, too_many
from capacity.words.numbers import digits, doubt

DEEPEST = 32
LARGEST = 4_000_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"-?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_UNBOUNDED = re.compile(r"[-+]?\.?(inf|nan)\Z", re.IGNORECASE)

Keys = tuple[str | int, ...]


def dotted(path: Sequence[str | int]) -> str:
    """The place as people write it: `lots.approved.count`."""
    return ".".join(map(str, path))


@dataclass(slots=True)
class InputFile:
    """What one file says: its data, where each part stands, what is wrong with it; `head`: how its text begins.

    `notes`: what a reader should be told of how it was read; `grouped` tells faults in the file's own terms.
    """

    name: str
    data: Any = None
    marks: dict[Keys, tuple[int, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    head: str = ""
    notes: list[str] = field(default_factory=list)
    grouped: Callable[[Iterable[Fault]], Iterable[Fault]] | None = None

    def fault(self, path: Sequence[str | int], what: str, allowed: str = "", place: str = "") -> Fault:
        """A fault at `path`, or at the nearest parent that stands in the file."""
        here = tuple(path)
        while here and here not in self.marks:
            here = here[:-1]
        line, column = self.marks.get(here, (1, 1)) if self.marks else (None, None)  # plain data has no lines
        return Fault(self.name, line, column, place or dotted(path), what, allowed)


def parse(text: str, name: str) -> InputFile:
    """The document in `text`; `InputError` when it is no readable YAML at all.

    >>> parse("a: {b: 3.8e25}", "x.yaml").data
    {'a': {'b': 3.8e+25}}
    >>> parse("a: 1\\na: 2", "x.yaml").faults[0].what
    'the key stands twice'
    """
    document = InputFile(name, head=text[:400])
    if len(text) > LARGEST:
        raise InputError([Fault(name, 1, 1, "", "the file is too large", f"at most {LARGEST // 1_000_000} MB")])
    try:
        _build(document, text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        document.faults.append(Fault(name, line, column, "", f"not YAML: {what}"))
        raise InputError(document.faults) from None
    return document


def _build(document: InputFile, text: str) -> None:
    """Walk the parser's events with a stack of our own, so that depth cannot exhaust anything."""
    stack: list[_Open] = []
    documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if len(document.faults) >= MOST_FAULTS:
            raise InputError([*document.faults, too_many(document.name)])
        if isinstance(event, yaml.ScalarEvent):
            _refuse_extras(document, event, stack)
            _scalar(document, stack, event)
        elif isinstance(event, yaml.CollectionStartEvent):
            _refuse_extras(document, event, stack)
            if len(stack) >= DEEPEST:
                raise InputError([_at(document, event, (), "nested too deeply", f"at most {DEEPEST} levels")])
            path = _path(stack)
            document.marks.setdefault(path, _mark(event))
            stack.append(_Open({} if isinstance(event, yaml.MappingStartEvent) else [], event, path))
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = stack.pop()
            _place(document, stack, closed.value, closed.event)
        elif isinstance(event, yaml.AliasEvent):
            raise InputError([_at(document, event, _path(stack), "an alias (*name)", "write the value out")])
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise InputError([_at(document, event, (), "a second document begins", "one per file")])


_NO_KEY = object()


@dataclass(slots=True)
class _Open:
    """A mapping or sequence that is being filled."""

    value: Any
    event: Any
    path: Keys
    key: Any = _NO_KEY


def _mark(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _at(document: InputFile, event: Any, path: Keys, what: str, allowed: str = "") -> Fault:
    line, column = _mark(event)
    return Fault(document.name, line, column, dotted(path), what, allowed)


def _path(stack: list[_Open]) -> Keys:
    if not stack:
        return ()
    top = stack[-1]
    if isinstance(top.value, list):
        return (*top.path, len(top.value))
    return top.path if top.key is _NO_KEY else (*top.path, top.key)


def _refuse_extras(document: InputFile, event: Any, stack: list[_Open]) -> None:
    if event.anchor:
        raise InputError([_at(document, event, _path(stack), f"an anchor (&{event.anchor})", "write the value out")])
    if event.tag is not None and event.tag != "!":
        document.faults.append(_at(document, event, _path(stack), f"a tag ({event.tag})", "plain values only"))


def _scalar(document: InputFile, stack: list[_Open], event: Any) -> None:
    if not event.value.isprintable() and CONTROL.search(event.value):
        document.faults.append(_at(document, event, _path(stack), "holds a control character", "plain text"))
    top = stack[-1] if stack else None
    if top is not None and isinstance(top.value, dict) and top.key is _NO_KEY:
        top.key = event.value
        path = (*top.path, event.value)
        if event.value in top.value:
            document.faults.append(_at(document, event, path, "the key stands twice", "once"))
        document.marks[path] = _mark(event)
        return
    value = event.value if not event.implicit[0] else _resolve(event.value)
    path = _path(stack)
    if isinstance(value, _Unusable):
        document.faults.append(_at(document, event, path, *value.why))
        value = None
    if not (stack and isinstance(stack[-1].value, dict)):
        document.marks[path] = _mark(event)
    _place(document, stack, value, event)


@dataclass(slots=True)
class _Unusable:
    """A number that is none, or may be one of two: what is wrong, what is allowed."""

    why: tuple[str, str]


def _resolve(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text) and len(text) < 300:
        return int(text)
    if _FLOAT.match(text):
        number = float(text) if len(text) < 400 else float("inf")
        if number - number != 0:
            return _Unusable((f"{text[:60]} is not a finite number", ""))
        typed = text.lstrip("-")
        if typed[-1:] == "0" and "." in typed and digits(typed) is None:  # as everywhere else: 400.000
            return _Unusable((doubt(typed), "write the one that is meant"))
        return number
    return _Unusable((f"{text[:60]} is not a finite number", "")) if _UNBOUNDED.match(text) else text


def _place(document: InputFile, stack: list[_Open], value: Any, event: Any) -> None:
    if not stack:
        document.data = value
        return
    top = stack[-1]
    if isinstance(top.value, list):
        top.value.append(value)
    elif top.key is _NO_KEY:
        raise InputError([_at(document, event, top.path, "a key that is no plain text")])
    else:
        top.value[top.key] = value
        top.key = _NO_KEY
