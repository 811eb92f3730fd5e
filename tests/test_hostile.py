"""A scenario whose every string is hostile, opened by what people open it with: nothing runs, is fetched, or is lost."""

import contextlib
import csv
import http.server
import io
import json
import re
import shutil
import subprocess
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml

import capacity
from capacity.document.rows import flat
from capacity.errors import InputError
from capacity.load import Specs, scenario_from, validate_file
from tests import hostile
from tests.running import run

MARK = re.compile(r"k\d{3}k")
FIGURES = ("intervals", "flow", "tornado", "stock", "timeline")
RUNS = "=+-@\t\r\n"  # what a spreadsheet runs begins so
ENDINGS = (".html", ".pdf", ".md", ".csv", ".json", ".xlsx")
COMMANDS = {
    "estimate": ["--full"], "drivers chips": [], "explain power.it.nameplate": [], "check": [], "plan": [],
    "compare h200-china-2026-01": [], "fit": [], "solve power.it.nameplate=20MW": ["--lot", "first"],
}  # fmt: skip


@dataclass
class Server:
    """Who listens where the hostile strings point, and what was asked of it."""

    here: str
    asked: list[str]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        yield Server(f"127.0.0.1:{made.server_port}", asked)
        made.shutdown()
        thread.join()


@dataclass
class Made:
    """What the program wrote of the hostile scenario, and of the same one with the marks alone for its texts."""

    folder: Path
    texts: dict[str, str]  # mark → the hostile text that bears it

    def path(self, name: str, *, plain: bool = False) -> Path:
        return self.folder / ("plain" if plain else "hostile") / name


@pytest.fixture(scope="module")
def made(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("written")
    texts = {}
    for kind in ("hostile", "plain"):
        filled = hostile.filled(server.here, hostile=kind == "hostile")
        home = folder / kind
        home.mkdir()
        scenario = home / "scenario.yaml"
        scenario.write_text(yaml.safe_dump(filled.data, allow_unicode=True), encoding="utf-8")
        texts = texts or filled.texts
        for ending in ENDINGS:
            good("report", str(scenario), "--out", str(home / f"report{ending}"))
        for figure in FIGURES:
            good("plot", figure, str(scenario), "--out", str(home / f"{figure}.svg"))
    return Made(folder, texts)


def good(*words: str) -> str:
    """What a command prints that ends well, in few worlds."""
    done = run(*words, "--draws", "256")
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


def one_line(text: str) -> str:
    """A text as what is shown in one line, all white space alike, of one form of the letters of an address."""
    return " ".join(unquote(text).split())


def whole(shown: str, plain: str, texts: dict[str, str], lost: str = "") -> set[str]:
    """The marks that are shown; each as in the plain document, with the whole of its text but the signs `lost`."""
    marks = set(MARK.findall(plain))
    assert marks
    assert marks - set(MARK.findall(shown)) == set()
    bare = re.compile(f"[{re.escape(lost)}]") if lost else re.compile(r"(?!)")
    for mark in marks:
        assert bare.sub("", one_line(texts[mark])) in bare.sub("", one_line(shown)), mark
    return marks


@contextlib.contextmanager
def changed(record: dict[str, Any], **other: Any) -> Iterator[None]:
    """Other values in a record, for a while."""
    before = dict(record)
    record.update(other)
    yield
    record.clear()
    record.update(before)


def test_every_string_that_can_be_typed_is_hostile() -> None:
    """Each record that a scenario may hold is there, its texts filled; what is read instead refuses such a text."""
    filled = hostile.filled("127.0.0.1:1")
    assert filled.seen == hostile.reachable()
    assert scenario_from(filled.data).file.name == filled.data["name"]
    filled.data["counted"] += ["beside"]
    names = set()
    for place, record, _ in list(hostile.strings(filled.data, free=False)):
        name = place.rpartition(".")[2]
        if name == "derived" and not place.startswith("chips."):
            continue  # of a sheet alone
        names.add(name)
        with changed(record, **{name: "=1+1 <b>"}), pytest.raises(InputError):
            ask = capacity.check if name == "check" else capacity.estimate
            ask(scenario_from(filled.data), draws=64)
            print(place)  # which pytest shows
    assert names >= {"says", "source", "unit", "id", "chip", "check"}


def test_no_key_is_hostile() -> None:
    """The names under which things stand are names: none takes markup or a formula."""
    filled = hostile.filled("127.0.0.1:1", hostile=False)
    for inner in list(hostile.mappings(filled.data)):
        key = next(iter(inner))
        with changed(inner, **{"=1+1 <b>": inner[key]}):
            del inner[key]
            with pytest.raises(InputError):
                scenario_from(filled.data)
                print(key)
