"""Faults injected into real processes: full disks, closed streams, signals, permissions, odd terminals.

Whatever fails, the program ends with an exit code that means something, at most one line, no traceback,
and a file that stood before stands as it was.
"""

import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.running import hears_ctrl_c

PROGRAM = [sys.executable, "-m", "capacity"]
QUICK = ("estimate", "--show", "chips")
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
BUFFERING = pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])


def shell(command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a shell line in which `capacity` is this program."""
    line = f'capacity() {{ "{sys.executable}" -m capacity "$@"; }}; {command}'
    return subprocess.run(
        ["bash", "-c", line], cwd=cwd, env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1", **environment},
        capture_output=True, encoding="utf-8", errors="surrogateescape", timeout=60, check=False,
    )  # fmt: skip


def process(
    *arguments: str, cwd: Path, before: Callable[[], None] | None = None, as_user: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run the program with `before` called in the child; `as_user`: bound by file permissions even for root."""
    command = [*PROGRAM, *arguments]
    if as_user and os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root passes all permissions, and there is no setpriv to bind it")
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    return subprocess.run(
        command, cwd=cwd, preexec_fn=before, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip


def one_line(done: subprocess.CompletedProcess[str], code: int, words: str) -> None:
    """The program ended with this code and one line that has these words."""
    assert done.returncode == code, (done.returncode, done.stderr)
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert words in done.stderr


# --- stdout and stderr ------------------------------------------------------------------------


@needs_full
@BUFFERING
@pytest.mark.parametrize("command", ["estimate", "list chips", "show h20", "schema chip", "--help", "--version"])
def test_a_full_disk_under_stdout_is_one_line(command: str, unbuffered: str, tmp_path: Path) -> None:
    """Output that cannot be written ends in exit 1 and the system's reason."""
    done = shell(f"capacity {command} > /dev/full", tmp_path, PYTHONUNBUFFERED=unbuffered)
    one_line(done, 1, "stdout: cannot be written: No space left on device")


@BUFFERING
@pytest.mark.parametrize("command", ["estimate --format json", "list chips", "--help"])
def test_a_reader_that_has_gone_is_no_error(command: str, unbuffered: str, tmp_path: Path) -> None:
    """A closed pipe ends the program with exit 0 and silence, however much it had to say."""
    done = shell(f"capacity {command} | true; exit ${{PIPESTATUS[0]}}", tmp_path, PYTHONUNBUFFERED=unbuffered)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_closed_stdout_is_one_line(tmp_path: Path) -> None:
    """Output with nowhere to go is an error; a command that writes a file instead does not need stdout."""
    one_line(shell("capacity estimate >&-", tmp_path), 1, "stdout: cannot be written: it is closed")
    done = shell("capacity estimate --out a.txt <&- >&-", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "facility power" in (tmp_path / "a.txt").read_text()


@pytest.mark.parametrize("stderr", ["2>&-", pytest.param("2>/dev/full", marks=needs_full)])
@BUFFERING
def test_an_error_that_cannot_be_told_keeps_its_exit_code(stderr: str, unbuffered: str, tmp_path: Path) -> None:
    """With stderr closed or full the message is lost, the exit code is not, and stdout stays clean."""
    done = shell(f"capacity estimate --set x {stderr}", tmp_path, PYTHONUNBUFFERED=unbuffered)
    assert (done.returncode, done.stdout) == (1, "")


def test_stdin_is_not_needed(tmp_path: Path) -> None:
    """With stdin closed the program runs as ever."""
    done = shell("capacity estimate --show chips <&-", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


# --- letters ----------------------------------------------------------------------------------

ASCII = [
    {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
    {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"},
]


@pytest.mark.parametrize("locale", ASCII, ids=["ascii output", "C locale"])
@pytest.mark.parametrize("format_", ["table", "json", "csv", "markdown", "sentence"])
def test_letters_that_the_output_lacks_are_escaped(locale: dict[str, str], format_: str, tmp_path: Path) -> None:
    """Where stdout cannot hold a letter its escape is printed, and JSON stays the same JSON."""
    command = f"capacity estimate --chip h20 --count 40多万 --owners 字节,😀 --format {format_}"
    done = shell(command, tmp_path, **locale)
    assert (done.returncode, done.stdout.isascii()) == (0, True), done.stderr
    if format_ == "json":
        plain = shell(command, tmp_path, PYTHONUTF8="1")
        assert json.loads(done.stdout) == json.loads(plain.stdout)


@pytest.mark.parametrize("locale", ASCII, ids=["ascii output", "C locale"])
def test_an_error_in_other_letters_is_one_line(locale: dict[str, str], tmp_path: Path) -> None:
    """A fault that quotes Chinese can be told in any locale."""
    one_line(shell("capacity estimate --chip h20 --count 多x万", tmp_path, **locale), 1, "--amount lots.stated.count:")


BYTES = r"$'\xff\xfe'"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (f"estimate --chip h20 --count {BYTES}", "--amount"),
        (f"estimate --chip {BYTES} --count 5", "--chip"),
        (f"estimate --chip h20 --count 5 --owners {BYTES}", "--owners"),
        (f"estimate --chip h20 --count 5 --source {BYTES}", "--source"),
        (f"estimate --set lots.approved.count={BYTES}", "--set"),
        (f"estimate --set {BYTES}=3", "--set"),
        (f"estimate --set assumptions.{BYTES}=3", "--set"),
        (f"estimate --show {BYTES}", "--show"),
        (f"estimate {BYTES}.yaml", "no such file"),
        (f"estimate --specs {BYTES}", "--specs"),
        (f"show {BYTES}", "unknown id"),
        (f"show hedge {BYTES}", "cannot read"),
        (f"validate {BYTES}", "no such file"),
    ],
)
def test_arguments_that_are_no_text(arguments: str, words: str, tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are a fault of the option, told in one line."""
    one_line(shell(f"capacity {arguments}", tmp_path), 1, words)


def test_a_file_name_of_other_bytes_is_a_file_name(tmp_path: Path) -> None:
    """A path need not be UTF-8: it is read, written and named."""
    name = os.fsdecode(b"\xff.yaml")
    assert process(*QUICK, "--save", name, "--set", "lots.approved.count=7", cwd=tmp_path).returncode == 0
    assert shell(r"capacity validate $'\xff.yaml'", tmp_path).stdout.endswith(".yaml: a valid scenario\n")


# --- the terminal -----------------------------------------------------------------------------


@pytest.mark.parametrize("columns", ["garbage", "", "-5", "0", "1", "7", "1000000", "9" * 400, "٣"])
@pytest.mark.parametrize("command", ["estimate", "list chips", "show h20", "--help"])
def test_any_width_will_do(columns: str, command: str, tmp_path: Path) -> None:
    """COLUMNS may be absent, tiny, huge or no number."""
    done = shell(f"capacity {command}", tmp_path, COLUMNS=columns)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize("term", ["dumb", "", "unknown-thing"])
def test_any_terminal_will_do(term: str, tmp_path: Path) -> None:
    """TERM changes nothing where stdout is no terminal, and no control character is printed."""
    done = shell("capacity estimate; capacity list chips; capacity --help", tmp_path, TERM=term)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout


# --- writing files ----------------------------------------------------------------------------

WRITERS = pytest.mark.parametrize("option", ["--out", "--save"])


def refuse_growth() -> None:
    """No file may grow beyond 100 bytes in this process, as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


@WRITERS
def test_a_write_that_fails_leaves_the_old_file(option: str, tmp_path: Path) -> None:
    """When the disk fills in mid-write, the old file is whole, nothing is left beside it, and one line says why."""
    (tmp_path / "old.yaml").write_text("what was there\n")
    done = process(*QUICK, option, "old.yaml", cwd=tmp_path, before=refuse_growth)
    one_line(done, 1, f"{option}: old.yaml cannot be written: File too large")
    assert [p.name for p in tmp_path.iterdir()] == ["old.yaml"]
    assert (tmp_path / "old.yaml").read_text() == "what was there\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")
@WRITERS
def test_a_full_file_system_leaves_the_old_file(option: str, tmp_path: Path) -> None:
    """On a real file system of 8 kB that is full, the old file stands and one line says why."""
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8k", "none", str(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("root may not mount here")
    try:
        (small / "old.yaml").write_text("x" * 4000)
        (small / "filler").write_text("x" * 4000)
        done = process(*QUICK, option, "small/old.yaml", cwd=tmp_path)
        one_line(done, 1, f"{option}: small/old.yaml cannot be written: No space left on device")
        assert (small / "old.yaml").read_text() == "x" * 4000
        assert sorted(p.name for p in small.iterdir()) == ["filler", "old.yaml"]
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.parametrize("moment", ["fchmod", "chmod", "replace"])
def test_a_kill_in_mid_write_leaves_the_old_file(moment: str, tmp_path: Path) -> None:
    """A process that is killed after writing and before the move leaves the old file as it was."""
    (tmp_path / "old.yaml").write_text("what was there\n")
    code = (
        "import os, signal, sys\n"
        f"os.{moment} = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n"
        "from capacity.__main__ import main\n"
        "sys.argv = ['capacity', 'estimate', '--show', 'chips', '--out', 'old.yaml']\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, timeout=60, check=False)
    if moment == "fchmod":  # not on the path: the write is whole
        assert done.returncode == 0
        assert "chips" in (tmp_path / "old.yaml").read_text()
    else:
        assert done.returncode == -signal.SIGKILL
        assert (tmp_path / "old.yaml").read_text() == "what was there\n"


@WRITERS
def test_a_folder_that_may_not_be_written(option: str, tmp_path: Path) -> None:
    """A read-only folder is one line, and what stands in it stays."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "old.yaml").write_text("what was there\n")
    folder.chmod(0o555)
    done = process(*QUICK, option, "folder/old.yaml", cwd=tmp_path, as_user=True)
    one_line(done, 1, f"{option}: folder/old.yaml cannot be written: Permission denied")
    assert [(p.name, p.read_text()) for p in folder.iterdir()] == [("old.yaml", "what was there\n")]
    folder.chmod(0o755)


def make_full(path: Path) -> None:
    """A device that is always full: one of our own, so that a mistake cannot replace the system's."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 7))
    except PermissionError:
        pytest.skip("only root may make a device")


@WRITERS
@pytest.mark.parametrize(
    ("target", "reason"),
    [(".", ""), ("..", ""), ("/", ""), ("file/x.yaml", "Not a directory"), ("x" * 300, "File name too long"),
     ("full", "No space left on device"), ("loop", ""), ("", "")],
)  # fmt: skip
def test_targets_that_cannot_be_written(option: str, target: str, reason: str, tmp_path: Path) -> None:
    """A folder, a path through a file, an overlong name, a full device: one line, nothing left behind."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "file").write_text("x")
    (work / "loop").symlink_to("loop")
    if target == "full":
        make_full(work / "full")
    done = process(*QUICK, option, target, cwd=work)
    one_line(done, 1, f"{option}: ")
    assert reason in done.stderr
    assert sorted({p.name for p in tmp_path.rglob("*")} - {"full"}) == ["file", "loop", "work"]


def test_writing_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    """`--out` on a symbolic link changes the file that it points to, as a shell redirection would."""
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    assert process(*QUICK, "--out", "link.txt", cwd=tmp_path).returncode == 0
    assert (tmp_path / "link.txt").is_symlink()
    assert "chips" in (tmp_path / "real.txt").read_text()


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """`--out` on a named pipe (as `/dev/stdout` or `>(…)` may be) sends the result through it."""
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDWR)
    try:
        assert process(*QUICK, "--out", "pipe", cwd=tmp_path).returncode == 0
        assert b"chips" in os.read(reader, 100_000)
    finally:
        os.close(reader)
    assert (tmp_path / "pipe").is_fifo()


# --- reading files ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["unreadable file", "unreadable folder", "dangling link", "link to itself", "folder"])
def test_files_that_cannot_be_read(kind: str, tmp_path: Path) -> None:
    """What cannot be read is one line with the system's reason."""
    (tmp_path / "d").mkdir()
    path = tmp_path / "d" / "s.yaml"
    if kind in ("dangling link", "link to itself"):
        path.symlink_to("nothing" if kind == "dangling link" else "s.yaml")
    elif kind == "folder":
        path.mkdir()
    else:
        path.write_text("id: x\n")
        (path if kind == "unreadable file" else path.parent).chmod(0)
    words = {"dangling link": "no such file", "folder": "is a folder", "link to itself": "cannot be read"}
    for command in ("estimate", "validate"):
        done = process(command, "d/s.yaml", cwd=tmp_path, as_user=True)
        one_line(done, 1, f"d/s.yaml: {words.get(kind, 'cannot be read: Permission denied')}")
    (tmp_path / "d").chmod(0o755)


def test_specs_that_cannot_be_read(tmp_path: Path) -> None:
    """A user's specs folder without permission is one line, not the built-in answer in silence."""
    specs = tmp_path / "mine"
    (specs / "chips").mkdir(parents=True)
    (specs / "chips" / "h200-sxm.yaml").write_text("id: h200-sxm\n")
    (specs / "chips").chmod(0)
    one_line(process(*QUICK, "--specs", "mine", cwd=tmp_path, as_user=True), 1, "Permission denied")
    one_line(process("list", "chips", "--specs", "mine", cwd=tmp_path, as_user=True), 1, "Permission denied")
    (specs / "chips").chmod(0o755)


def test_a_device_without_end_is_refused(tmp_path: Path) -> None:
    """A file that never ends is read to the largest size allowed, not for ever."""
    one_line(process("estimate", "/dev/zero", cwd=tmp_path), 1, "/dev/zero: the file is too large (at most 4 MB)")


@pytest.mark.skipif(not Path("/dev/stdin").exists(), reason="this system has no /dev/stdin")
def test_a_scenario_can_come_through_a_pipe(tmp_path: Path) -> None:
    """`capacity estimate /dev/stdin` and `<(…)` read a scenario from a pipe that somebody writes to."""
    assert process(*QUICK, "--save", "s.yaml", cwd=tmp_path).returncode == 0
    for line in ("cat s.yaml | capacity estimate --show chips /dev/stdin", "capacity validate <(cat s.yaml)"):
        done = shell(line, tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr


def test_a_file_that_vanishes_between_listing_and_reading(tmp_path: Path) -> None:
    """A spec that is listed and gone when it is read is one line."""
    chips = tmp_path / "mine" / "chips"
    chips.mkdir(parents=True)
    (chips / "gone.yaml").symlink_to("nothing")
    one_line(process("list", "chips", "--specs", "mine", cwd=tmp_path), 1, "gone")


def test_a_working_folder_that_is_gone(tmp_path: Path) -> None:
    """The program runs in a folder that has been deleted; a relative file in it is just not there."""
    done = shell("mkdir gone && cd gone && rmdir ../gone && capacity estimate --show chips", tmp_path)
    if "getcwd" not in done.stderr:
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
    done = shell("mkdir gone && cd gone && rmdir ../gone && capacity estimate s.yaml", tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


# --- signals ----------------------------------------------------------------------------------


@pytest.mark.parametrize("delay", [0.25, 0.45, 0.8])
def test_ctrl_c_ends_in_one_line(delay: float, tmp_path: Path) -> None:
    """Ctrl-C in mid-run ends it with exit 130, the word "stopped", and leaves the old file."""
    (tmp_path / "old.txt").write_text("what was there\n")
    command = [*PROGRAM, "estimate", "--draws", "20000000", "--out", "old.txt"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    child = subprocess.Popen(command, cwd=tmp_path, text=True, preexec_fn=hears_ctrl_c, **pipes)  # type: ignore[call-overload]
    time.sleep(delay)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    # an interrupt inside exec() of a library makes Python end by the signal itself: shells show 130 for both
    assert child.returncode in (130, -signal.SIGINT), err
    assert (out, err) == ("", "stopped\n")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("old.txt", "what was there\n")]


def test_ctrl_c_that_a_library_turns_into_an_error_ends_in_one_line(tmp_path: Path) -> None:
    """Pydantic makes an error of its own of an interrupt while it builds a record; that is no crash either."""
    code = (
        "import os, signal, capacity.__main__ as line\n"
        "def run():\n"
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        while True: pass\n"
        "    except KeyboardInterrupt as error:\n"
        "        raise ValueError('cannot build the record') from error\n"
        "line.run = run\n"
        "line.entry()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False,
        preexec_fn=hears_ctrl_c,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "stopped\n")
