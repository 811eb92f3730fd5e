"""The command line: parse, call, print; a wrong input ends in one line each and exit code 1."""

from __future__ import annotations

import codecs
import contextlib
import gc
import io
import os
import signal
import sys
from types import FrameType

STOPPED = 130  # what shells give a program that Ctrl-C ended


def main() -> None:
    """Run the command line; however it ends, the streams end cleanly."""
    sys.exit(_ended())


def entry() -> None:
    """Run the command line as a process of its own, which ends without taking every module apart first.

    That saves a tenth of the time of a short command; all that was written has left before. So does looking for
    cycles of garbage seldom: what a command makes is few records, which stay, and arrays, which no cycle holds.
    """
    gc.set_threshold(1_000_000)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # where nobody has it ignored
        signal.signal(signal.SIGINT, _stop)
    code = _ended()
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)


def _stop(number: int, frame: FrameType | None) -> None:
    """End at Ctrl-C, at once: an interrupt that is raised within a library may come out as an error of its own, or not.

    Only a file that is being written is put away first.
    """
    while frame is not None:
        if frame.f_code.co_name == "write_whole":
            raise KeyboardInterrupt
        frame = frame.f_back
    _say("stopped")
    os._exit(STOPPED)


def _ended() -> int:
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # saves reading every installed package
    _open_streams()
    return _flushed(run())


def run() -> int:
    """Run the command in `sys.argv`; its exit code."""
    stdout = sys.stdout
    try:
        from capacity.cli import commands
        from capacity.errors import InputError

        try:
            commands(sys.argv[1:])()
        except InputError as error:
            _say(str(error))
            return 1
    except SystemExit as end:
        if sys.stdout is not stdout:  # Typer saw that the reader of the pipe has gone, and took stdout away
            sys.stdout = stdout
            return 0
        if end.code == STOPPED:
            _say("stopped")
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        _say("stopped")
        return STOPPED
    except OSError as error:
        return _unwritten(error)
    return 0


def _open_streams() -> None:
    """Make stdout and stderr such that writing never fails by its letters; a closed one becomes a `StringIO`."""
    codecs.register_error("capacity.escape", _escaped)
    if sys.stdout is None:
        sys.stdout = io.StringIO()
    elif isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="capacity.escape")
    if sys.stderr is None:
        sys.stderr = io.StringIO()
    while (spare := os.open(os.devnull, os.O_RDWR)) < 3:
        pass  # a closed stream's number must not become that of a file that we write
    os.close(spare)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """What the output's encoding lacks, as the escapes that JSON knows: `\\u5b57`."""
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4)), error.end


def _flushed(code: int) -> int:
    """The exit code once all that was printed has left, or could not."""
    if isinstance(sys.stdout, io.StringIO) and sys.stdout.getvalue():
        _say("stdout: cannot be written: it is closed")
        return code or 1
    try:
        sys.stdout.flush()
    except OSError as error:
        return code or _unwritten(error)
    return code


def _unwritten(error: OSError) -> int:
    """The exit code where stdout took no more: 0 where its reader has gone, else 1 and a line."""
    if error.filename is not None:  # a file's error, which the room that opened it should have met
        raise error
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # so that the last flush has somewhere to go
    if isinstance(error, BrokenPipeError):
        return 0
    _say(f"stdout: cannot be written: {error.strerror}")
    return 1


def _say(text: str) -> None:
    """A line on stderr, if it can be told at all."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


if __name__ == "__main__":
    entry()
