"""The one error that a user can cause: a list of faults, a line each."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

MOST_FAULTS = 100  # a file with more is not read to its end
MOST_NOTES = 20  # of one kind that a reader is shown; of the others only how many there are


# Signs that no text has and that move, colour or turn round what stands beside them; XML has no place for some.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def visible(text: str) -> str:
    """A text for a screen or a file, of several lines: the codes of control characters in their place.

    >>> print(visible("Ac" + chr(27) + "[31mme"))
    Ac\\x1b[31mme
    """
    return text if text.isascii() and text.isprintable() else CONTROL.sub(lambda sign: ascii(sign[0])[1:-1], text)


def escaped(text: str) -> str:
    """A text for a terminal: signs that would move or colour what stands there are shown as their codes.

    >>> print(escaped("40多万" + chr(27) + "[2J"))
    40多万\\x1b[2J
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where it stands, what it is, what would be right.

    >>> print(Fault("a.yaml", 3, 7, "lots.x.count", "-5 is below zero", "0 or more"))
    a.yaml:3:7: lots.x.count: -5 is below zero (0 or more)
    >>> print(Fault("--set", None, None, "assumptions.mfu", "1.2 is out of range", "0 to 1"))
    --set assumptions.mfu: 1.2 is out of range (0 to 1)
    """

    file: str
    line: int | None
    column: int | None
    place: str
    what: str
    allowed: str = ""

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}:{self.column or 1}:"
        if self.place:
            where += f" {self.place}:"
        elif self.line is None:
            where += ":"
        line = f"{where} {self.what}" + (f" ({self.allowed})" if self.allowed else "")
        return escaped(" ".join(line.split()))


class InputError(Exception):
    """The input is wrong; `faults` holds all that was found, in the order of the file."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(
            sorted(dict.fromkeys(faults), key=lambda f: (f.file, f.line or 0, f.column or 0))
        )
        super().__init__("\n".join(map(str, self.faults)))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Fault, ...]]]:
        """So that an error keeps its faults on the way from another process."""
        return InputError, (self.faults,)


def too_many(file: str) -> Fault:
    """What is said beside the first hundred faults of a file that has more."""
    return Fault(file, 1, 1, "", f"more than {MOST_FAULTS} faults: these are the first")


def first_faults(faults: Iterator[Fault], file: str) -> list[Fault]:
    """The first hundred faults; a file with more is told so, in a second and not in an hour."""
    found = list(itertools.islice(faults, MOST_FAULTS))
    if next(faults, None):
        found.append(too_many(file))
    return found


def first_notes(notes: Iterable[str], more: str) -> Iterator[str]:
    """The first twenty notes of a kind, and one of how many `more` there are.

    >>> list(first_notes(["a is late", "b is late"], "more are late"))
    ['a is late', 'b is late']
    >>> list(first_notes((f"lot {i} is late" for i in range(1022)), "more lots are late"))[-2:]
    ['lot 19 is late', '1,002 more lots are late']
    """
    rest = iter(notes)
    yield from itertools.islice(rest, MOST_NOTES)
    left = sum(1 for _ in rest)
    if left:
        yield f"{left:,} {more}"


def fail(file: str, what: str, allowed: str = "", *, place: str = "") -> InputError:
    """An `InputError` of one fault that concerns a whole file, option or argument."""
    return InputError([Fault(file, None, None, place, what, allowed)])


def plain_words(message: str) -> str:
    """What a check of types says, in the words of a file.

    >>> plain_words("Input should be a valid dictionary or instance of Amount")
    'should be a mapping of keys and values'
    """
    plain = re.sub(r"^Input should ", "should ", message)
    plain = re.sub(r" or (?:an )?instance of \w+|, unable to .*", "", plain)
    kinds = {"dictionary": "mapping of keys and values", "tuple": "list", "string": "text", "boolean": "true or false"}
    for kind, words in kinds.items():
        plain = re.sub(rf"\ba valid {kind}\b", words if kind in ("string", "boolean") else f"a {words}", plain)
    return plain[0].lower() + plain[1:].replace("a valid number", "a number")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The advice for an unknown name: the nearest known ones, else the list of all.

    >>> did_you_mean("h200", ["h200-sxm", "h20", "b200"])
    'did you mean h20, b200 or h200-sxm?'
    >>> did_you_mean("zzz", ["mfu", "goodput"])
    'known: goodput, mfu'
    """
    import difflib

    names = sorted(known)
    near: Sequence[str] = difflib.get_close_matches(word[:100], names[:1000], n=3, cutoff=0.6)
    if near:
        return f"did you mean {', '.join(near[:-1])} or {near[-1]}?" if near[1:] else f"did you mean {near[0]}?"
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"known: {shown}" if names else "none are known here"
