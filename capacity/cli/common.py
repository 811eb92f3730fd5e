"""What all commands share: their common options, and how results leave the program."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity.errors import fail, visible

if TYPE_CHECKING:
    from capacity.document.answer import Answer


class Format(StrEnum):
    """How a result is printed."""

    table = "table"
    json = "json"
    csv = "csv"
    markdown = "markdown"
    sentence = "sentence"


ALL = tuple(form.value for form in Format)
NO_SENTENCE = ALL[:-1]  # of what no one sentence can tell
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to print the result.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", readable=False, help="Write the result to this file instead.")
]
SpecsOption = Annotated[
    Path | None,
    typer.Option("--specs", readable=False, help="A folder with your own chips/, systems/, scenarios/; yours win."),
]
WorldsOption = Annotated[int, typer.Option("--draws", min=64, max=16_384, help="How many worlds to draw.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print no notes on stderr.")]


def scenario_ids(incomplete: str) -> list[str]:
    """The built-in scenarios that begin with what was typed, for the shell: only file names are read."""
    return _ids(("scenarios",), incomplete)


def chip_ids(incomplete: str) -> list[str]:
    """The chips that begin with what was typed, for the shell."""
    return _ids(("chips",), incomplete)


def part_ids(incomplete: str) -> list[str]:
    """The chips, systems and scenarios that begin with what was typed, for the shell."""
    return _ids(("chips", "systems", "scenarios"), incomplete)


def _ids(kinds: tuple[str, ...], incomplete: str) -> list[str]:
    from capacity.load import Specs

    return [name for kind in kinds for name in Specs().ids(kind) if name.startswith(incomplete)]


def quantity_addresses(incomplete: str) -> list[str]:
    """The results that begin with what was typed, for the shell."""
    from capacity.model.page import SHOWN

    return [address for address in SHOWN if address.startswith(incomplete)]


def terminal_width() -> int:
    """The width to print for: the terminal's, within reason; 80 where stdout is none."""
    import shutil

    return max(60, min(200, shutil.get_terminal_size((80, 24)).columns))


def emit(text: str, out: Path | None) -> None:
    """Print a result, or write it to a file whole or not at all."""
    if out is None:
        sys.stdout.write(text)
    else:
        write_whole(out, text.encode(errors="backslashreplace"), "--out")


def print_answer(answer: Answer, format_: Format, out: Path | None, above: str = "") -> None:
    """Print an answer in the format asked for, with what stands above it."""
    from capacity.document.answer import write

    emit(visible(above) + write(answer, format_.value, terminal_width() if out is None else 80), out)


def write_whole(path: Path, content: bytes, option: str) -> None:
    """Write a file whole or not at all; see `load.files.write_whole`, which is imported when it is needed."""
    from capacity.load.files import write_whole as write

    write(path, content, option)


def refuse_format(given: Format, known: tuple[str, ...]) -> None:
    """Stop where a command has no such format."""
    if given.value not in known:
        raise fail("--format", f"{given.value} is not offered here", ", ".join(known))


@contextlib.contextmanager
def progress_bar(quiet: bool) -> Iterator[Callable[[float], None] | None]:
    """A line on stderr that says how far long work is; None where nobody would see it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    start, shown = time.monotonic(), False

    def show(done: float) -> None:
        nonlocal shown
        passed = time.monotonic() - start
        if passed > 1 and done > 0:
            shown = True
            left = passed * (1 - done) / done
            print(f"\r{done:4.0%}, {left:.0f} s left ", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        if shown:
            print("\r" + " " * 30 + "\r", end="", file=sys.stderr, flush=True)
