"""A file's text and the document in it, and files written: here files are opened, nowhere else."""

from __future__ import annotations

import os
import platform
import stat
import tempfile
from pathlib import Path

from capacity.errors import Fault, InputError, fail
from capacity.load.input_file import LARGEST, InputFile, parse

SHEETS = (".csv", ".tsv", ".xlsx", ".xlsm")  # the endings of sheets
EMBEDDED = '<script type="application/json" id="capacity-scenario">'


def read_bytes(path: Path) -> bytes:
    """What a file holds, or an `InputError` that says in one line why it cannot be read."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except IsADirectoryError:
        raise fail(str(path), "is a folder", "a file") from None
    except FileNotFoundError:
        raise fail(str(path), "no such file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise fail(str(path), f"cannot be read: {reason}") from None
    if len(raw) > LARGEST:
        raise fail(str(path), "the file is too large", f"at most {LARGEST // 1_000_000} MB")
    return raw


def read_text(path: Path) -> str:
    """The text of a file, or an `InputError` that says in one line why it cannot be read."""
    return _text_of(read_bytes(path), str(path))


def _text_of(raw: bytes, name: str) -> str:
    """Bytes as text, or an `InputError` that says why they are none."""
    if raw.startswith(b"%PDF"):
        raise fail(name, "is a PDF", "its text, e.g. of pdftotext FILE.pdf -")
    if len(raw) > LARGEST:
        raise fail(name, "the file is too large", f"at most {LARGEST // 1_000_000} MB")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        column = error.start - raw[: error.start].rfind(b"\n")
        raise InputError([Fault(name, line, column, "", "is not UTF-8", "UTF-8 text")]) from None
    if not text.strip():
        raise InputError([Fault(name, 1, 1, "", "the file is empty")])
    return text


def read_article_file(name: str) -> tuple[str, bool | None]:
    """The text of an article, `-` for what is piped in, and whether it is HTML (None: its first tag tells)."""
    import sys

    path = Path(name)
    if name == "-":
        piped = getattr(sys.stdin, "buffer", sys.stdin).read(LARGEST + 1)
        return _text_of(piped if isinstance(piped, bytes) else piped.encode(), "stdin"), None
    return read_text(path), path.suffix.lower() in (".html", ".htm") or None


def is_article(name: str | Path) -> bool:
    """Whether a file is an article: .txt, .md, or an .html that holds no scenario (a saved report does)."""
    suffix = Path(name).suffix.lower()
    page = suffix in (".html", ".htm")
    return suffix in (".txt", ".md", ".markdown") or (page and EMBEDDED not in read_text(Path(name)))


def read_document(path: Path) -> InputFile:
    """A YAML file as data with positions."""
    return parse(read_text(path), str(path))


def read_report(path: Path) -> InputFile:
    """The scenario that a saved report holds, its places counted in the lines of the report."""
    text = read_text(path)
    before, found, rest = text.partition(EMBEDDED)
    inside, end, _ = rest.partition("</script>")
    if not (found and end):
        raise fail(str(path), "holds no scenario", "a report written by capacity report")
    return parse("\n" * before.count("\n") + inside, str(path))


def processor_name() -> str:
    """The name of this machine's CPU as its system gives it."""
    try:
        lines = read_text(Path("/proc/cpuinfo")).splitlines()
    except InputError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine() or "unknown"


def write_whole(path: Path, content: bytes, option: str) -> None:
    """Write a file beside its place and move it there, so that nobody ever sees half of it.

    A link is followed, and what is no file (`/dev/stdout`) is written to, never replaced.
    """
    try:
        mode = _mode(path)
        if mode is not None and not stat.S_ISREG(mode):
            with path.open("wb") as device:
                device.write(content)
            return
        place = os.path.realpath(path)
        handle, name = tempfile.mkstemp(dir=os.path.dirname(place), prefix=".capacity.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(name, 0o666 & ~_umask() if mode is None else mode & 0o777)
            os.replace(name, place)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise fail(option, f"{path} cannot be written: {error.strerror}") from None


def _mode(path: Path) -> int | None:
    """The kind and permissions of what stands there; None where nothing does."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
