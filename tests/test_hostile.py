"""A scenario whose every string is hostile, opened in real programs: nothing runs, is fetched, or is lost."""

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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml

import capacity
from capacity.errors import InputError
from capacity.load import scenario_from
from capacity.load.specs import built_in_specs
from capacity.records.chip import Chip
from capacity.records.grid import Grid
from capacity.records.owner import KnownOwner
from capacity.records.site import Site
from capacity.records.system import System
from capacity.source import Record
from tests import hostile
from tests.running import run

MARK = re.compile(r"k\d{3}k")
FIGURES = ("intervals", "flow", "tornado", "stock", "timeline")
RUNS = "=+-@＝＋－＠\t\r\n"  # what a spreadsheet runs begins so
ENDINGS = (".html", ".pdf", ".md", ".csv", ".json", ".xlsx")
COMMANDS = {
    "estimate": ["--full"], "drivers chips": [], "explain power.it.nameplate": [], "check": [], "plan": [],
    "compare h200-china-2026-01": [], "fit": [],
    "solve": ["--target", "power.it.nameplate=20 MW", "--for", "lots.first.count"],
}  # fmt: skip

# What a report of any kind tells.
TOLD = {"name", "sources.memo.title", "sources.memo.author", "sources.memo.url", "owners.acme.name", "owners.字节.name",
        "chips.own.name"}  # fmt: skip


@dataclass
class Server:
    """Who listens where the hostile strings point, and what was asked of it."""

    here: str
    asked: list[str]


@contextlib.contextmanager
def listening() -> Iterator[Server]:
    """A server on this machine while something is done."""
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


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with listening() as made:
        yield made


@dataclass
class Made:
    """What the program wrote of the hostile scenario, and of the same one with the marks alone for its texts."""

    folder: Path
    texts: dict[str, str]  # mark → the hostile text that bears it
    places: dict[str, str]  # mark → where it stands

    def places_in(self, text: str) -> set[str]:
        """The places whose texts stand in a text."""
        return {self.places[mark] for mark in MARK.findall(text)}

    def path(self, name: str, *, plain: bool = False) -> Path:
        return self.folder / ("plain" if plain else "hostile") / name


@pytest.fixture(scope="module")
def made(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("written")
    for kind in ("plain", "hostile"):
        filled = hostile.filled(server.here, hostile=kind == "hostile")
        home = folder / kind
        home.mkdir()
        scenario = home / "scenario.yaml"
        scenario.write_text(yaml.safe_dump(filled.data, allow_unicode=True), encoding="utf-8")
        for ending in ENDINGS:
            good("report", str(scenario), "--out", str(home / f"report{ending}"))
        for figure in FIGURES:
            good("plot", figure, str(scenario), "--out", str(home / f"{figure}.svg"))
    return Made(folder, filled.texts, filled.places)


def good(*words: str) -> str:
    """What a command prints that ends well, in few worlds."""
    done = run(*words, "--draws", "256")
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


def one_line(text: str) -> str:
    """A text as it is shown, all white space alike, signs in addresses as they were."""
    return " ".join(unquote(text).split())


def whole(shown: str, plain: str, texts: dict[str, str]) -> None:
    """What is shown has each text that the plain document has, from its first sign to its last."""
    marks = set(MARK.findall(plain))
    assert marks - set(MARK.findall(shown)) == set()
    line = one_line(shown)
    for mark in marks:
        assert one_line(texts[mark]) in line, mark


@contextlib.contextmanager
def changed(record: dict[str, Any], **other: Any) -> Iterator[None]:
    """Other values in a record, for a while."""
    before = dict(record)
    record.update(other)
    yield
    record.clear()
    record.update(before)


def refused(ask: Callable[..., object], data: dict[str, Any]) -> bool:
    """Whether a scenario is refused in words, where it is read or where it is asked."""
    try:
        ask(scenario_from(data), draws=64)
    except InputError:
        return True
    return False


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
        ask = capacity.check if name == "check" else capacity.estimate
        with changed(record, **{name: "=1+1 <b>"}):
            assert refused(ask, filled.data), place
    assert names >= {"says", "source", "unit", "id", "chip", "check"}


def test_no_key_is_hostile() -> None:
    """The names under which things stand are names: none takes markup or a formula."""
    filled = hostile.filled("127.0.0.1:1", hostile=False)
    for inner in list(hostile.mappings(filled.data)):
        key = next(iter(inner))
        with changed(inner, **{"=1+1 <b>": inner[key]}):
            del inner[key]
            assert refused(capacity.estimate, filled.data), key


SHOW = """
document.querySelectorAll('details').forEach(d => d.open = true);
const links = [...document.querySelectorAll('[href]')].map(a => a.getAttribute('href'));
return [document.title, typeof window.owned, document.body.innerText + ' ' + links.join(' '), links,
  document.querySelectorAll('script:not([type="application/json"]),img,iframe,object,embed,link,form,base').length,
  [...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => a.name.startsWith('on'))).length]
"""


def requests(browser: Any) -> set[str]:
    """What the browser asked for since the last time, beside files of this machine."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    return {url for url in urls if not url.startswith(("file:", "data:", "chrome"))}


def opened(browser: Any, path: Path, server: Server) -> tuple[str, list[str]]:
    """What a page says, and where its links lead, of a page in which nothing runs and that fetches nothing."""
    browser.get(path.as_uri())
    title, owned, text, links, elements, handlers = browser.execute_script(SHOW)
    assert (owned, elements, handlers) == ("undefined", 0, 0)
    assert "owned'" not in title.partition("k000k")[0]
    assert not [link for link in links if not link.startswith(("#", "http://", "https://"))]
    assert requests(browser) == set()
    assert server.asked == []
    return text, links


def test_a_browser_would_run_and_fetch_what_is_not_escaped(browser: Any, tmp_path: Path) -> None:
    """The same texts on a page of their own do run and are fetched: so the tests below can fail."""
    page = tmp_path / "page.html"
    with listening() as other:
        text = hostile.filled(other.here).data["name"]
        page.write_text(f"<!DOCTYPE html><meta charset=utf-8><title>t</title><p>{text}", encoding="utf-8")
        browser.get(page.as_uri())
        assert browser.execute_script("return window.owned") == 1
        assert any(url.startswith(f"http://{other.here}/") for url in requests(browser))
        browser.get("about:blank")


def test_the_page_shows_all_and_runs_nothing(browser: Any, made: Made, server: Server) -> None:
    """The report as a page: each text that the plain one shows, whole; its links lead to http alone."""
    plain, _ = opened(browser, made.path("report.html", plain=True), server)
    text, _ = opened(browser, made.path("report.html"), server)
    whole(text, plain, made.texts)
    assert made.places_in(text) >= TOLD
    assert one_line(browser.title) == one_line(made.texts["k000k"])
    assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")


def test_the_page_holds_the_whole_scenario(made: Made) -> None:
    """Every text, shown or not, comes back from the report that holds it."""
    scenario = capacity.load_scenario(made.path("report.html"))
    assert scenario.file == capacity.load_scenario(made.path("scenario.yaml")).file
    document = json.dumps(scenario.document, ensure_ascii=False)
    assert set(MARK.findall(document)) == set(made.texts)


@pytest.mark.parametrize("figure", FIGURES)
def test_a_picture_is_seen_where_no_style_is_allowed(
    browser: Any, made: Made, server: Server, figure: str, tmp_path: Path
) -> None:
    """An SVG by itself and in a page that lets nothing in: the marks of the plain one, in colour, and nothing runs."""
    from matplotlib.image import imread

    path = made.path(f"{figure}.svg")
    browser.get(path.as_uri())
    assert browser.execute_script("return typeof window.owned") == "undefined"
    assert browser.execute_script("return document.querySelectorAll('script,image,foreignObject').length") == 0
    drawn = path.read_text(encoding="utf-8")
    plain = made.path(f"{figure}.svg", plain=True).read_text(encoding="utf-8")
    said, meant = (set(MARK.findall("".join(ET.fromstring(text).itertext()))) for text in (drawn, plain))
    assert meant
    assert meant - said == set()
    page = tmp_path / "page.html"
    policy = "default-src 'none'; style-src 'none'"
    head = f'<meta charset=utf-8><meta http-equiv=Content-Security-Policy content="{policy}"><title>t</title>'
    page.write_text(f"<!DOCTYPE html>{head}{drawn[drawn.index('<svg') :]}", encoding="utf-8")
    opened(browser, page, server)
    assert browser.title == "t"
    browser.save_screenshot(str(tmp_path / "page.png"))
    pixels = (imread(tmp_path / "page.png")[..., :3] * 255).round().reshape(-1, 3)
    assert (pixels < 10).all(axis=1).mean() < 0.02  # black
    assert (abs(pixels - (0x1F, 0x6F, 0xB2)) < 3).all(axis=1).sum() > 50  # the accent of the house


# --- Markdown ---------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["report", *COMMANDS])
def test_markdown_is_text(made: Made, command: str) -> None:
    """Rendered, a command's answer has no markup of the texts."""
    text, plain = (_written(made, command, "markdown", plain=plain) for plain in (False, True))
    holds_in_markdown(text, plain, made.texts)
    assert MARK.search(plain) or command == "solve"


def holds_in_markdown(text: str, plain: str, texts: dict[str, str]) -> None:
    """Rendered, no markup, picture or link of the texts; a row has as many cells as its head; all is there."""
    render = (
        pytest.importorskip("markdown_it").MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    )
    tokens = render.parse(text)
    kinds, meant = (
        {t.type for token in some for t in (token, *(token.children or ()))} for some in (tokens, render.parse(plain))
    )
    assert kinds & {"html_inline", "html_block", "image", "fence", "code_block", "s_open", "code_inline", "em_open",
                    "hr", "blockquote_open", "link_open"} == set()  # fmt: skip
    assert kinds - meant <= {"hardbreak", "text_special"}
    for table in re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in table.splitlines()}) == 1
    breaks = ("softbreak", "hardbreak")
    shown = "\n".join(
        "".join(" " if child.type in breaks else child.content for child in token.children or ())
        for token in tokens
        if token.type == "inline"
    )
    whole(shown, plain, texts)


def _written(made: Made, command: str, form: str, *, plain: bool = False) -> str:
    """A command's answer in a format, or a report of that form."""
    if command == "report":
        return made.path({"markdown": "report.md", "csv": "report.csv"}[form], plain=plain).read_text(encoding="utf-8")
    return good(*command.split(), str(made.path("scenario.yaml", plain=plain)), *COMMANDS[command], "--format", form)


# --- cells ------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["report", *COMMANDS])
def test_no_cell_of_a_csv_is_a_formula(made: Made, command: str) -> None:
    """No answer of a command as a table has a text that a spreadsheet would run."""
    holds_in_csv(*(_written(made, command, "csv", plain=plain) for plain in (False, True)), made.texts)


def holds_in_csv(text: str, plain: str, texts: dict[str, str]) -> None:
    """A text that a spreadsheet would run begins with an apostrophe, a number stays one; rows are as long as the head;
    each text that the plain table has is there whole."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len({len(row) for row in rows}) == 1
    begins = [cell for row in rows for cell in row if cell and (cell.strip()[:1] or cell[0]) in RUNS]
    assert [cell for cell in begins if not _number(cell)] == []
    cells = [cell for row in rows for cell in row]
    whole("\n".join((*cells, *(_decoded(cell) for cell in cells if cell[:1] == "{"))), plain, texts)


def _decoded(cell: str) -> str:
    """What JSON in a cell says."""
    return re.sub(r"\\(.)", lambda sign: {"n": "\n", "t": "\t"}.get(sign[1], sign[1]), cell)


def test_no_cell_of_a_workbook_is_a_formula(made: Made) -> None:
    """Every cell is a text or a number; each text of the sources' sheet is there whole."""
    import openpyxl

    book, plain = (openpyxl.load_workbook(made.path("report.xlsx", plain=plain)) for plain in (False, True))
    cells, others = ([cell for sheet in one for row in sheet.iter_rows() for cell in row] for one in (book, plain))
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert not [cell for cell in cells if cell.hyperlink or cell.comment]
    whole("\n".join(str(cell.value) for cell in cells), "\n".join(str(cell.value) for cell in others), made.texts)
    assert made.places_in("\n".join(str(cell.value) for cell in cells)) >= {"name", "sources.memo.title"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A spreadsheet: files → what it shows of each sheet, by the names of file and sheet."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if not program:
        pytest.skip("no LibreOffice on this machine")
    profile = tmp_path_factory.mktemp("profile")

    def read(folder: Path, files: list[Path], more: str = "") -> dict[str, list[list[str]]]:
        form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
        words = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", *([more] if more else []),
                 "--convert-to", form, "--outdir", str(folder), *map(str, files)]  # fmt: skip
        done = subprocess.run(words, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        written = sorted(folder.glob("*.csv"))
        return {
            path.stem: list(csv.reader(path.read_text(encoding="utf-8").splitlines(keepends=True))) for path in written
        }

    return read


def test_a_spreadsheet_runs_no_cell_of_a_csv(made: Made, office: Any, server: Server, tmp_path: Path) -> None:
    """A spreadsheet that is told to run formulas shows every cell of ours as it stands in the file, and asks nobody.

    A file that nobody guarded shows 2 for =1+1: so the test can fail.
    """
    (tmp_path / "bare.csv").write_text("what,sum\nx,=1+1\n")
    files = [tmp_path / "bare.csv"]
    for command in ("report", *COMMANDS):
        files.append(tmp_path / f"{command.split()[0]}.csv")
        files[-1].write_text(_written(made, command, "csv"), encoding="utf-8")
    runs = "--infilter=Text - txt - csv (StarCalc):44,34,76,1,,1033,false,false,false,false,false,0,true"
    shown = office(tmp_path / "shown", files, runs)
    assert shown.pop("bare-bare")[1] == ["x", "2"]
    assert len(shown) == len(files) - 1
    for path in files[1:]:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
        assert _texts(shown[f"{path.stem}-{path.stem}"]) == _texts(rows)
    assert server.asked == []


def test_a_spreadsheet_runs_no_cell_of_a_workbook(made: Made, office: Any, server: Server, tmp_path: Path) -> None:
    """Each text of each sheet is shown as we wrote it."""
    import openpyxl

    shown = office(tmp_path, [made.path("report.xlsx")])
    for sheet in openpyxl.load_workbook(made.path("report.xlsx")):
        rows = [["" if cell.value is None else str(cell.value) for cell in row] for row in sheet.iter_rows()]
        assert _texts(shown[f"report-{sheet.title}"]) == _texts(rows)
    assert server.asked == []


def _texts(rows: list[list[str]]) -> list[tuple[int, int, str]]:
    """The cells that are no numbers, with row and column: a spreadsheet writes numbers in its own way."""
    cells = ((y, x, cell) for y, row in enumerate(rows) for x, cell in enumerate(row) if cell)
    return [(y, x, " ".join(cell.split())) for y, x, cell in cells if not _number(cell)]


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


# --- parts of a library of one's own ----------------------------------------------------------

PARTS: dict[str, tuple[type[Record], str]] = {
    "chips": (Chip, "h20"), "systems": (System, "dgx-h100"), "owners": (KnownOwner, "xai"),
    "sites": (Site, "colossus-1"), "grids": (Grid, "cn"),
}  # fmt: skip


@pytest.mark.parametrize("kind", PARTS)
def test_a_library_of_ones_own_is_shown_as_text(kind: str, server: Server, tmp_path: Path) -> None:
    """A chip, system, owner, site or grid whose every string is hostile, shown and listed as text and as a table."""
    model, name = PARTS[kind]
    base = yaml.safe_load((built_in_specs() / kind / f"{name}.yaml").read_text(encoding="utf-8"))
    folders = {}
    for plain in (True, False):
        filled = hostile.filled(
            server.here, hostile=not plain, base=json.loads(json.dumps(base, default=str)), model=model
        )
        folders[plain] = tmp_path / f"plain {plain}"
        (folders[plain] / kind).mkdir(parents=True)
        text = yaml.safe_dump(filled.data, allow_unicode=True)
        (folders[plain] / kind / f"{name}.yaml").write_text(text, encoding="utf-8")
    for words in (["show", name], ["list", kind]):
        for form, holds in (("markdown", holds_in_markdown), ("csv", holds_in_csv)):
            done = [run(*words, "--specs", str(folders[plain]), "--format", form) for plain in (False, True)]
            assert [(one.returncode, one.stderr) for one in done] == [(0, "")] * 2
            if any(one.stdout.strip() for one in done):
                holds(done[0].stdout, done[1].stdout, filled.texts)


# --- PDF --------------------------------------------------------------------------------------


def test_a_pdf_shows_all_and_does_nothing(made: Made, tmp_path: Path) -> None:
    """Every text that the plain one has is there; the file has no action, no script and no link."""
    program = shutil.which("pdftotext")
    if not program:
        pytest.skip("no pdftotext on this machine")
    said = []
    for plain in (False, True):
        words = [program, "-enc", "UTF-8", str(made.path("report.pdf", plain=plain)), "-"]
        said.append("".join(subprocess.run(words, capture_output=True, check=True).stdout.decode().split()))
    shown, meant = (set(MARK.findall(text)) for text in said)
    assert meant - shown == set()
    assert made.places_in(said[0]) >= TOLD
    for mark in meant:  # whole, but for the signs that no font here may have
        assert _latin(made.texts[mark]) in _latin(said[0]), mark
    assert "字节" in said[0] or "Nofontofthiscomputerhas" in said[0]
    raw = made.path("report.pdf").read_bytes()
    objects = re.sub(rb"stream.*?endstream", b"", raw, flags=re.DOTALL)
    assert b"/Type /Page" in objects
    for action in (
        b"/JS",
        b"/JavaScript",
        b"/Launch",
        b"/URI",
        b"/OpenAction <<",
        b"/AA",
        b"/EmbeddedFile",
        b"/SubmitForm",
    ):
        assert not re.search(re.escape(action) + rb"\b", _outside_strings(objects)), action


def _latin(text: str) -> str:
    """The letters and signs of a typewriter, but hyphens, which `pdftotext` drops at the end of a line."""
    return "".join(sign for sign in text if "!" <= sign <= "~" and sign != "-")


def _outside_strings(objects: bytes) -> bytes:
    """The objects of a PDF without its texts, in which anything may stand."""
    return re.sub(rb"\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]*>", b"", objects, flags=re.DOTALL)
