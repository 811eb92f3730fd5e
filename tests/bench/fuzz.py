"""Coverage-guided fuzzing of each door of `tests/tools/doors.py`; needs `pip install atheris` (Linux, macOS).

    python tests/bench/fuzz.py TARGET [-max_total_time=120 -max_len=4000 CORPUS_DIR]

It begins with the door's own inputs and puts words of the model's vocabulary into them. Whatever comes in is read or
refused in lines. The run ends, with the input saved, where another exception comes out, where an input takes over a
second of processor time, and where anything but the specs and the door's own files is opened, a process or a connection
is begun, a file is written elsewhere, or text becomes code.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["capacity", "trafilatura"]):
    from tests.tools import doors

SECOND = 1.0  # of processor time, for what comes in
BEGUN = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.", "pickle.", "webbrowser.")
MOVED = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.chmod", "os.link", "os.symlink", "shutil.")
CODED = ("compile", "exec")
CODERS = (
    "typing",
    "inspect",
    "ast",
    "dataclasses",
    "collections",
    "importlib._bootstrap",
    "importlib._bootstrap_external",
)
READ = tuple(map(os.path.realpath, (sys.prefix, sys.base_prefix, doors.HOME, doors.load.built_in_specs())))
OWN = os.path.join(os.path.realpath(tempfile.gettempdir()), "capacity-")  # as the door's and the tools' folders begin
WORDS = """over about nearly between and to up less than at least each for hundred thousand million billion dozen
several % MW GW kW dollars bn USD EUR EFLOP/s FP8 dense racks servers pods chips GPUs H100 H200 H20 GB200 GB300 NVL72
NVIDIA
Ascend 910C TPU ordered installed shipped approved planned due by since until a year Memphis us cn 2026-01-28 Q4 2027 多
万 亿 百 几 台 采购 芯片 owner chip count amount stage date source url site limit counted lots. assumptions. mfu value
low high says grade owners shares claims check text quote note phases route unit of system set_ show article draft <td>
<tr> <table> <p> <li> <nav> </ &amp; t="s" <v> <c r="A1"> <f> r:id=""".split()  # noqa: SIM905


class Wrong(BaseException):
    """What must never happen; no handler of errors stops it."""


touched: list[str] = []
armed = False


def watch(event: str, arguments: tuple[object, ...]) -> None:
    """Note what is opened, begun, moved or run that should not be, while an input is taken."""
    if not armed or touched:
        return
    if event == "open":
        path = arguments[0]
        if isinstance(path, int):
            return
        place = os.path.realpath(os.fsdecode(path))  # type: ignore[arg-type]
        writes = "w" in str(arguments[1]) or bool(int(arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))  # type: ignore[call-overload]
        allowed = place.startswith(OWN) or (place.startswith(READ) and not writes) or os.path.isdir(place)
        if not allowed:
            touched.append(f"opened {place}")
    elif event in CODED and sys._getframe(1).f_globals.get("__name__") not in CODERS:
        touched.append(f"{event} {arguments!r:.200} in {sys._getframe(1).f_globals.get('__name__')}")
    elif event.startswith(BEGUN) or (event.startswith(MOVED) and OWN not in os.path.realpath(str(arguments[0]))):
        touched.append(f"{event} {arguments!r:.200}")


def main() -> None:
    """Fuzz the door that was asked for."""
    name = sys.argv.pop(1)
    door = doors.DOORS[name]
    corpus, words = (Path(tempfile.mkdtemp(prefix="capacity-fuzz-")) for _ in range(2))
    for number, seed in enumerate(door.seeds):
        raw = seed if isinstance(seed, bytes) else seed.encode()
        (corpus / str(number)).write_bytes(raw)
        with contextlib.suppress(*doors.REFUSALS):
            door.enter(raw)  # what is imported and read once
    escaped = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in WORDS)
    (words / "words").write_text("".join(f'"{word}"\n' for word in escaped))

    def once(data: bytes) -> None:
        global armed
        start, armed = time.process_time(), True
        try:
            with contextlib.suppress(*doors.REFUSALS):
                door.enter(data)
        finally:
            armed = False
        took = time.process_time() - start
        if touched:
            raise Wrong(touched[0])
        if took > SECOND:
            raise Wrong(f"took {took:.1f} s")

    options = [f"-dict={words / 'words'}", f"-artifact_prefix={Path.cwd()}/", *sys.argv[1:]]
    os.chdir(words)
    sys.addaudithook(watch)
    atheris.Setup([sys.argv[0], *options, str(corpus)], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
