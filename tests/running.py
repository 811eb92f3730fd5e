"""The command line, called in this process: what it prints, and how it ends.

Start-up, streams, signals and pipes need a process of their own (`test_faults.py`); everything else does not.
"""

import contextlib
import io
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from capacity import __main__ as command_line

# A scenario of one lot, as a file has it, of which tests make others.
SMALL = """\
id: mine
name: My scenario
as_of: 2026-01-01
owners: {acme: {name: Acme}, beta: {name: Beta}}
lots:
  first:
    chip: h200-sxm
    stage: installed
    date: 2026-01-01
    count: {value: 1000, source: memo, grade: C}
    owners: [acme, beta]
    shares: {acme: {value: 0.4, source: memo, grade: C}}
counted: [first]
assumptions:
  mfu: {low: 0.3, high: 0.4, source: memo, grade: D}
sources: {memo: {title: a memo, kind: judgement}}
"""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    args: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str


def run(*words: str, cwd: Path | None = None, columns: int = 80, stdin: str = "") -> Done:
    """`capacity WORDS`, in a folder, on a terminal of so many columns that is none."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with (
        _in_place(cwd, columns),
        mock.patch.object(sys, "argv", ["capacity", *words]),
        mock.patch.object(sys, "stdin", io.StringIO(stdin)),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = command_line.run()
    return Done(words, code, *(stream.buffer.getvalue().decode() for stream in (out, err)))  # type: ignore[attr-defined]


@contextlib.contextmanager
def _in_place(cwd: Path | None, columns: int) -> Iterator[None]:
    settings = {"COLUMNS": str(columns), "NO_COLOR": "1"}
    with mock.patch.dict(os.environ, settings), contextlib.chdir(cwd or Path.cwd()):
        yield


def hears_ctrl_c() -> None:
    """Let a child hear SIGINT (as `preexec_fn`): who was started in the background without job control ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def good(*words: str, cwd: Path | None = None, columns: int = 80) -> str:
    """What a command prints that ends well and says nothing on stderr."""
    done = run(*words, cwd=cwd, columns=columns)
    assert done.returncode == 0, (words, done.stderr)
    assert done.stderr == "", done.stderr
    return done.stdout


LOOP = 0.0115  # seconds of `_loop` on the machine where the limits of a second were set


@contextlib.contextmanager
def in_a_second() -> Iterator[None]:
    """What runs inside takes less than a second of processor time; more where a processor that others use is slower."""
    start = time.process_time()
    yield
    spent = time.process_time() - start
    assert spent < 1 or spent < 1.5 * _loop() / LOOP


def _loop() -> float:
    start = time.process_time()
    sum(i * i for i in range(300_000))
    return time.process_time() - start
