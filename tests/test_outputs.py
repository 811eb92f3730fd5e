"""What others read: pictures without a style sheet, other scripts, cells of Markdown and CSV, numbers of any size."""

import logging
import re
import warnings
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from matplotlib.font_manager import fontManager

import capacity
from capacity.document import fonts
from capacity.document.blocks import Column, Document, Figure, Table, left
from capacity.document.drawing import inline, lacking, png, svg
from capacity.document.markdown import markdown
from capacity.questions.plot import plotted
from tests.running import run

HOSTILE = '=1+1|a\n<b>`x`</b> $y$ &lt; [z](https://e.org/a|b) style="fill: red"'


def document(name: str = "Acme", count: str = "value: 1000") -> dict[str, object]:
    key, _, number = count.partition(": ")
    return {
        "id": "mine", "name": name, "as_of": "2026-01-01", "counted": ["first"], "owners": {"acme": {"name": name}},
        "lots": {"first": {"chip": "h20", "stage": "installed", "date": "2026-01-01", "owners": ["acme"],
                           "count": {key: float(number), "source": "memo", "grade": "C"}}},
        "sources": {"memo": {"title": name, "kind": "user"}},
    }  # fmt: skip


@pytest.fixture(scope="module")
def figures() -> list[Figure]:
    return [plotted(kind=kind, draws=256) for kind in ("intervals", "flow", "stock", "tornado")]


def test_a_picture_has_its_colours_where_no_style_is_let_in(figures: list[Figure]) -> None:
    """No style sheet and no style attribute; every path and text has its fill or stroke as an attribute of its own."""
    for figure in figures:
        for drawn in (svg(figure).decode(), inline(figure)):
            assert not re.search(r"<style|<[^>]* style=", drawn)
            root = ET.fromstring(drawn[drawn.index("<svg") :])
            texts = [e for e in root.iter() if e.tag.endswith("}text")]
            assert texts
            assert all(e.get("fill") and e.get("font-size") and e.get("font-family") for e in texts)
            assert {e.get("fill") for e in root.iter() if e.tag.endswith("}path")} - {None}


def test_a_text_that_looks_like_a_style_stays(figures: list[Figure]) -> None:
    """Only tags are rewritten: what a name says stands in the picture as it was."""
    drawn = svg(plotted(document('a style="fill: red" b'), draws=64)).decode()
    assert 'a style="fill: red" b' in "".join(ET.fromstring(drawn[drawn.index("<svg") :]).itertext())


def no_other_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    own = [f for f in fontManager.ttflist if "dejavu" in f.name.lower()]
    monkeypatch.setattr(fontManager, "ttflist", own)


def test_signs_that_no_font_has_are_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A PNG and a PDF in Chinese on a computer without such a font: a sentence, and no warning of a library."""
    no_other_fonts(monkeypatch)
    figure = plotted(document("字节跳动"), draws=64)
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error")
        assert png(figure)[:4] == b"\x89PNG"
        assert "字节跳动" in svg(figure).decode()
        capacity.report(document("字节跳动"), tmp_path / "x.pdf", draws=64)
    assert caplog.records == []
    words = "No font of this computer has 4 of the signs, U+52A8, U+5B57, U+8282 …: boxes stand for them."
    assert lacking(figure) == words
    assert lacking(plotted(document("Acme"), draws=64)) == ""


def test_a_font_of_the_computer_that_has_the_signs_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two fonts the one with more of the signs comes first; the signs that none has are told."""
    signs = {"a.ttf": {0x5B57, 0x8282}, "b.ttf": {0x5B57}, fonts._house(): set(range(32, 127))}
    monkeypatch.setattr(fonts, "_signs_of", lambda path: frozenset(signs[path]))
    monkeypatch.setattr(fonts, "_others", lambda: iter([fonts.Font("B", "b.ttf"), fonts.Font("A", "a.ttf")]))
    chosen, missing = fonts.fonts_for("a 字节跳")
    assert [font.family for font in chosen] == ["A"]
    assert missing == "跳"


def test_cells_of_markdown_stay_cells() -> None:
    """Bars, line breaks, markup, entities and addresses with bars: a row stays one line of as many cells."""
    table = Table((left("what"), Column("MW", "")), ((HOSTILE, HOSTILE),))
    lines = markdown(Document((table,))).strip().splitlines()
    assert len(lines) == 3
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in lines] == [3, 3, 3]
    assert not re.search(r"(?<!\\)[<`$]", lines[2])
    assert r"\&lt;" in lines[2]
    assert "https://e.org/a%7Cb" in lines[2]


def test_no_control_character_is_written(tmp_path: Path) -> None:
    """What moves, colours or turns round what stands beside it, or is no XML, is shown by its code, in every form."""
    import openpyxl

    signs = "\x00\x08\x1b\r\x7f\x9b\u202e\ufffe"
    data = document("".join(f"Ac{sign}me" for sign in signs))
    answer = capacity.estimate(data, draws=64)
    made = [answer.text(form) for form in ("table", "markdown", "csv", "html", "sentence", "json")]
    for ending in (".html", ".md", ".csv", ".json"):
        made.append(capacity.report(data, tmp_path / f"x{ending}", draws=64).read_bytes().decode())
    made.append(svg(plotted(data, draws=64), frame=True).decode())
    assert not [text for text in made if set(signs) & set(text)]
    ET.fromstring(made[-1])
    book = openpyxl.load_workbook(capacity.report(data, tmp_path / "x.xlsx", draws=64))
    capacity.report(data, tmp_path / "x.pdf", draws=64)
    for sign in signs:
        code = ascii(sign)[1:-1]
        assert f"Ac{code}" in str(book["summary"]["B2"].value)
        if sign != "\r":  # white space, in a line
            shown = (re.sub(r"\s|<[^>]*>", "", text) for text in (made[0], made[4], made[-1]))  # lines may break within
            assert all(f"Ac{code}" in text for text in shown)


def test_an_article_does_not_colour_a_terminal(tmp_path: Path) -> None:
    """A page of somebody else's that holds an escape sequence: its quotes show the code."""
    page = tmp_path / "page.txt"
    page.write_text("Acme \x1b[31mCorp ordered 100,000 H100 chips in January 2026, the company said on Monday.\n")
    for form in ("table", "csv", "markdown", "json"):
        done = run("read", str(page), "--format", form)
        assert done.returncode == 0
        assert "\x1b" not in done.stdout + done.stderr
        assert "x1b" in done.stdout or "u001b" in done.stdout
