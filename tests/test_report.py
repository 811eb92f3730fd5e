"""Reports: one safe file that replays itself; workbooks without formulas; tables that equal the lines."""

import io
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest

import capacity
from capacity.errors import InputError
from capacity.load import load_scenario
from tests.running import good, run

HOSTILE = """\
id: hostile
name: '</script><script>alert(1)</script> & "quotes" 字节'
as_of: 2026-01-01
description: <img src=x onerror=alert(1)>
owners: {o: {name: '=HYPERLINK("http://x","y")'}}
lots:
  a: {chip: h200-sxm, stage: installed, date: 2026-01-01, owners: [o],
    count: {low: 900, high: 1100, source: s, grade: D}, note: "<b>bold</b>"}
counted: [a]
sources: {s: {title: '=1+1 <svg onload=alert(1)>', kind: judgement,
  url: "https://example.org/?a=1&b='\\"<x>", author: '@SUM(A1)'}}
"""


def content(answer: capacity.Estimate, ending: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return answer.report(Path(folder) / f"report{ending}").read_bytes()


def written(tmp_path: Path, ending: str, *more: str) -> bytes:
    path = tmp_path / f"report{ending}"
    run("report", *more, "--out", str(path))
    return path.read_bytes()


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    path = tmp_path / "hostile.yaml"
    path.write_text(HOSTILE)
    return path


def test_a_report_replays_itself(tmp_path: Path) -> None:
    """The scenario inside a report gives the same fingerprint and the same worlds as the file it came from."""
    sets = ["--set", "assumptions.pue_peak=1.2..1.3", "--set", "lots.approved.count=over 300,000"]
    path = tmp_path / "report.html"
    done = run("report", *sets, "--out", str(path))
    assert done.returncode == 0, done.stderr
    assert path.stat().st_size < 1_000_000
    again = good("estimate", str(path), "--format", "sentence")
    assert again == good("estimate", *sets, "--format", "sentence")


def test_nothing_in_a_scenario_becomes_markup(tmp_path: Path, hostile: Path) -> None:
    """Names, notes and sources that hold markup are shown as text, and the scenario still replays."""
    text = written(tmp_path, ".html", str(hostile)).decode()
    assert len(re.findall(r"<script", text)) == 1
    assert "onerror=" not in re.sub(r"&lt;.*?&gt;|\\u003c.*?\\u003e", "", text)
    assert "<b>bold" not in text
    assert "<x>" not in text
    scenario = load_scenario(tmp_path / "report.html")
    assert scenario.file == load_scenario(hostile).file


def test_a_report_loads_nothing_and_forbids_it() -> None:
    """No address in the file is one that a browser fetches by itself, and its policy forbids all fetching."""
    text = content(capacity.estimate(load_scenario(), draws=500), ".html").decode()
    assert "default-src 'none'" in text
    assert not re.findall(r"""(?:src|srcset|data|poster)=["'](?!data:)""", text)
    assert not re.findall(r"<(?:link|iframe|object|embed|img)\b|@import|url\((?!#)", text)


def test_the_same_report_twice_is_the_same_file() -> None:
    """A report holds no clock and no chance: two runs give the same bytes."""
    answer = capacity.estimate(load_scenario(), draws=500)
    assert content(answer, ".html") == content(answer, ".html")


def test_a_report_of_a_scenario_without_uncertainty_is_written(tmp_path: Path) -> None:
    """Exact inputs give a report without a tornado."""
    sets = [f"--set=assumptions.{n}={v}" for n, v in dict(server_other_w=575, network_ratio=1.1, pue_peak=1.25).items()]
    text = written(
        tmp_path, ".html", "--set=lots.approved.count=400000", "--set=assumptions.owner_split_sigma=0", *sets
    )
    assert b"How far each input alone" not in text
    assert b"395.8" in text


def test_a_workbook_has_four_sheets_and_no_formula(hostile: Path, tmp_path: Path) -> None:
    """Summary, lines, assumptions and sources; text that begins like a formula stays text; numbers are the lines'."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(written(tmp_path, ".xlsx", str(hostile))))
    assert book.sheetnames == ["summary", "lines", "assumptions", "sources"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert any(str(cell.value).startswith("=1+1") for cell in cells)
    lines = capacity.estimate(load_scenario(hostile)).lines()
    heads = [cell.value for cell in book["lines"][1]]
    column = [row[heads.index("p50")].value for row in list(book["lines"].iter_rows())[1:]]
    np.testing.assert_allclose(column, [line.p50 for line in lines], rtol=1e-15)


def test_a_parquet_report_is_the_lines(tmp_path: Path) -> None:
    """The Parquet file holds the same rows and numbers as `to_frame`."""
    import pandas

    frame = pandas.read_parquet(io.BytesIO(written(tmp_path, ".parquet")))
    expected = capacity.estimate(load_scenario()).to_frame()
    assert frame["p95"].tolist() == expected["p95"].tolist()
    assert frame["unit"].tolist() == expected["unit"].tolist()


@pytest.mark.parametrize(("ending", "start"), [(".md", "## China approves"), (".csv", "quantity,"), (".json", "{\n")])
def test_text_reports(tmp_path: Path, ending: str, start: str) -> None:
    """Markdown, CSV and JSON by the ending of the file."""
    assert written(tmp_path, ending).decode().startswith(start)


@pytest.mark.parametrize("kind", ["intervals", "flow", "tornado"])
def test_figures_are_written(tmp_path: Path, kind: str) -> None:
    """Each figure comes as SVG and as PNG."""
    for ending, start in ((".svg", b"<?xml"), (".png", b"\x89PNG")):
        path = tmp_path / f"figure{ending}"
        done = run("plot", kind, "--out", str(path), "--draws", "500")
        assert done.returncode == 0, done.stderr
        assert path.read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("report", "--out", "x.doc"), "no report ends in .doc"),
        (("report", "--out", "x.doc"), ".html"),
        (("plot", "flow", "--out", "x.gif"), ".svg or .png"),
        (("report", "--out", "no/such/folder/x.html"), "cannot be written"),
    ],
)
def test_what_cannot_be_written_is_one_line(tmp_path: Path, command: tuple[str, ...], words: str) -> None:
    """An ending or folder that will not do ends in one line that says what would."""
    done = run(*command, cwd=tmp_path)
    assert done.returncode == 1
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_page_that_is_no_report_is_refused(tmp_path: Path) -> None:
    """An HTML file without a scenario is one line; a broken scenario in a report names its line in the file."""
    path = tmp_path / "page.html"
    path.write_text("<html></html>")
    assert "no quantity says how many of which chip" in run("estimate", str(path)).stderr  # an article, then
    text = content(capacity.estimate(load_scenario(), draws=200), ".html").decode()
    broken = text.replace('"over 400,000"', '"some day"')
    path.write_text(broken)
    line = next(i for i, row in enumerate(broken.splitlines(), 1) if '"says": "some day"' in row)
    assert re.search(rf"page\.html:({line - 1}|{line}):", run("estimate", str(path)).stderr)


@pytest.mark.parametrize(("package", "ending"), [("jinja2", ".html"), ("matplotlib", ".html"), ("openpyxl", ".xlsx"),
                                                 ("pandas", ".parquet")])  # fmt: skip
def test_a_missing_package_is_named_with_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, package: str, ending: str
) -> None:
    """Without an extra, a report says in a sentence what to install."""
    import sys

    from capacity.errors import InputError

    monkeypatch.setitem(sys.modules, package, None)
    answer = capacity.estimate(load_scenario(), draws=100)
    with pytest.raises(InputError, match=r"pip install '.\["):
        content(answer, ending)


def test_chips_over_time_are_drawn_with_their_numbers() -> None:
    """Chips over time have a row a date, delivered never below in service; of one date there is no figure."""
    from capacity.document import drawing
    from capacity.questions import plot

    dates = ["2026-11-30", "2027-05-31", "2027-11-30"]
    figure = plot.plotted("h200-china-2026-10", "stock", at=dates, draws=2000)
    rows = figure.data["table"].rows
    assert [row[0] for row in rows] == dates
    assert all(row[1].value >= row[4].value for row in rows)
    assert b"<svg" in drawing.svg(figure)
    with pytest.raises(InputError, match="two dates"):
        plot.plotted("h200-china-2026-10", "stock", at=dates[:1], draws=100)


def test_an_answer_gives_axes() -> None:
    """`plot()` gives axes whose labels are the total and the owners, and whose unit is the one printed."""
    axes = capacity.estimate(draws=200).plot()
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["total", "ByteDance*", "Alibaba*", "Tencent*"]
    assert axes.get_xlabel() == "MW"
    assert "power" in axes.figure.get_suptitle()


def test_a_pdf_has_the_headline_the_figures_and_the_sources(tmp_path: Path) -> None:
    """`report --out x.pdf` is a PDF of several pages whose text has the headline and the numbered sources."""
    done = run("report", "--out", "x.pdf", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    raw = (tmp_path / "x.pdf").read_bytes()
    assert raw.startswith(b"%PDF")
    assert raw.count(b"/Type /Page\n") >= 2
    assert raw.count(b"/Subtype /Image") >= 4


PIPELINE = """\
Deal,Customer,GPU model,Qty,Status,Signed,Go-live,Location,Country
A-1,Humain,GB300,18000,on order,2025-05-13,Q4 2026,Riyadh 1,Saudi Arabia
A-2,xAI,H100 SXM,100000,live,2024-10-28,,Memphis,US
A-3,Mistral,B200,18000,LOI,2025-02-09,mid-2027,Paris A,France
A-4,Mistral,MI300X,8000,LOI,2025-02-09,mid-2027,Paris A,France
"""


def test_a_report_of_many_deals_shows_sites_over_time(tmp_path: Path) -> None:
    """The page has the plan: a row a site and a column a date, deals by their names, kinds of chip counted."""
    (tmp_path / "deals.csv").write_text(PIPELINE)
    text = written(tmp_path, ".html", str(tmp_path / "deals.csv"), "--draws", "500").decode()
    assert "144,000 chips of 4 kinds" in text
    plan = text[text.index('id="plan"') : text.index('id="power"')]
    assert re.findall(r'<tr><th scope="row">(\w[^<]*)</th><td class="h', plan) == ["Riyadh 1", "Memphis", "Paris A"]
    assert "How firm it is" in plan
    assert "A-1: 18,000 NVIDIA GB300" in text
    assert load_scenario(tmp_path / "report.html").file == load_scenario(tmp_path / "deals.csv").file


def test_a_report_needs_nothing_inline(tmp_path: Path) -> None:
    """No style or script stands in a tag, and the policy names the one style sheet by its fingerprint."""
    import base64
    import hashlib

    (tmp_path / "deals.csv").write_text(PIPELINE)
    text = written(tmp_path, ".html", str(tmp_path / "deals.csv"), "--draws", "500").decode()
    body = text[text.index("<body>") : text.index("<script")]
    assert not re.findall(r"<[^>]*\s(?:style|on\w+)=", body)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in text
    assert "unsafe" not in text


@pytest.mark.parametrize("kind", ["intervals", "flow", "tornado", "stock"])
def test_a_picture_stands_by_itself(kind: str, tmp_path: Path) -> None:
    """A file has title, whose numbers and as of when, how to read it, sources; `--title` and `--width` are obeyed."""
    run("plot", kind, "--draws", "300", "--out", str(tmp_path / "x.svg"))
    text = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", (tmp_path / "x.svg").read_text()))
    for words in ("China approves its first batch of H200 imports", "as of 2026-01-28", "Reuters", "capacity 0."):
        assert words in text, words
    assert "edian" in text
    run("plot", kind, "--draws", "300", "--out", str(tmp_path / "y.png"), "--title", "Mine", "--width", "800")
    assert int.from_bytes((tmp_path / "y.png").read_bytes()[16:20], "big") == 800


def test_the_tornado_stands_about_the_headline() -> None:
    """The line in the middle is the median of the result; names are words, not places."""
    from capacity.questions.plot import plotted

    figure = plotted(kind="tornado", draws=4000)
    answer = capacity.estimate(draws=4000)
    assert figure.data["middle"] == pytest.approx(float(np.median(answer.draws("power.facility.nameplate"))))
    assert not any("assumptions." in name or "_" in name for name, *_ in figure.data["rows"])


def test_the_sentence_is_short_and_cites_apart() -> None:
    """Below 45 words before the citation; with `--cite` that is a line of its own."""
    sentence, citation = good("estimate", "--format", "sentence", "--cite").splitlines()
    assert len(sentence.split()) < 45
    assert sentence.startswith("As of 28 January 2026, about ")
    assert "if all are delivered and running, would need some" in sentence
    assert "megawatts (" in sentence
    assert "Reuters" in citation
    assert "sha256" in citation
    assert "sha256" not in sentence
