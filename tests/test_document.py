"""Blocks and their writers: nothing over the width, nothing empty, each number what was put in, each text itself."""

import csv
import io
import re
import unicodedata
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.document.blocks import (
    Column,
    Document,
    Figure,
    Interval,
    Item,
    Items,
    Missing,
    Number,
    Scale,
    Section,
    Share,
    Table,
    Text,
    items,
    left,
)
from capacity.document.html import html
from capacity.document.markdown import markdown
from capacity.document.rows import rows_to_csv
from capacity.document.terminal import text, width_of, wrap
from capacity.document.words import (
    input_text,
    interval_text,
    member_name,
    number_text,
    scale_of,
    share_text,
    whole_parts,
)
from capacity.load import Specs, join_scenario
from capacity.load.input_file import InputFile

WORDS = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]), min_size=1, max_size=70)
PHRASES = st.lists(WORDS, min_size=1, max_size=8).map(" ".join)
NUMBERS = st.floats(-1e15, 1e15, allow_nan=False)
CELLS = st.one_of(
    PHRASES,
    st.none(),
    st.builds(Number, NUMBERS, st.builds(Scale, st.sampled_from([1.0, 1e6]), st.integers(-3, 3), st.just("MW"))),
    st.builds(Share, st.floats(-2, 2), st.none(), st.integers(0, 1)),
    st.builds(Missing, st.just("not on the sheet")),
    st.dates(),
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    names = draw(st.lists(st.sampled_from(["share", "low", "high", "who set it", "meaning"]), max_size=7))
    columns = (
        left("name"),
        *(Column(name, draw(st.sampled_from([None, "", "MW"])), draw(st.sampled_from(["left", "right"])),
                 draw(st.integers(0, 4))) for name in names),
    )  # fmt: skip
    rows = draw(st.lists(st.tuples(PHRASES, *([CELLS] * len(names))), min_size=1, max_size=5))
    return Table(columns, tuple(rows), draw(PHRASES))


@settings(max_examples=60, deadline=None)
@given(tables(), st.lists(PHRASES, min_size=1, max_size=4), st.sampled_from([60, 80, 120]))
def test_no_line_is_wider_than_the_terminal(table: Table, notes: list[str], width: int) -> None:
    """Whatever the cells hold, no line is over the width, and the document is not empty."""
    tree = Items((Item((notes[0],), tuple(Item((note,)) for note in notes)),), "tree")
    shown = text(Document((table, items(notes, "Sources", "numbered"), tree)), width)
    assert max(sum(columns_of(sign) for sign in line) for line in shown.splitlines()) <= width
    assert shown.strip()


def columns_of(sign: str) -> int:
    """How many columns of a terminal a sign takes: none where it joins the one before, two where it is wide."""
    return 0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1


@settings(max_examples=200, deadline=None)
@given(st.floats(1e-6, 1e24), st.floats(0, 1), st.floats(0, 0.1), st.sampled_from(["W", "FLOP/s", "chips", "J", "USD"]))
def test_a_printed_number_is_the_number_within_its_digits(p50: float, width: float, error: float, unit: str) -> None:
    """Read back and multiplied with its factor, a number differs by at most half of its last digit."""
    how = scale_of(p50 * (1 - width / 2), p50, p50 * (1 + width), p50 * error, unit)
    for value in (p50, p50 * (1 + width)):
        back = float(number_text(value, how, with_unit=False).replace(",", "")) * how.factor
        assert abs(back - value) <= 0.5000001 * 10**-how.decimals * how.factor + 1e-12 * abs(value)


@given(st.lists(st.floats(-0.2, 1), min_size=1, max_size=12).filter(lambda parts: sum(parts) > 0.1))
def test_rounded_parts_add_up(parts: list[float]) -> None:
    """Parts that come to 1 add up to 100.0 % as printed, each within a tenth of a point of its own."""
    shares = [part / sum(parts) for part in parts]
    printed = [float(share_text(share, decimals=1).removesuffix("%")) for share in whole_parts(shares, 1)]
    assert round(sum(printed), 6) == 100.0
    assert all(abs(100 * share - shown) <= 0.1 + 1e-9 for share, shown in zip(shares, printed, strict=True))


@pytest.mark.parametrize(
    ("share", "decimals", "shown"),
    [(-0.0662, 1, "-6.6%"), (-0.0004, 1, "0.0%"), (1.15, 0, "115%"), (0.0, 0, "0%")],
)
def test_a_share_has_its_sign_and_no_minus_zero(share: float, decimals: int, shown: str) -> None:
    """What is below zero says so; what rounds to zero is 0."""
    assert share_text(share, decimals=decimals) == shown


@pytest.mark.parametrize(("chips", "shown"), [(16384.0, "16,384"), (64.0, "64"), (989.5, "989.5")])
def test_exact_counts_are_printed_whole(chips: float, shown: str) -> None:
    """A number that nothing is uncertain about keeps its digits and gets no zeros."""
    assert interval_text(Interval(chips, chips, chips, scale_of(chips, chips, chips, 0, "chips"))) == shown


WIDE = Table(
    (left("place", rank=5), left("meaning"), Column("value", None), left("set by", rank=3), left("grade", rank=4)),
    (("assumptions.pue_peak", "facility power over IT power on the design day", Number(1.25, Scale(1, 2)),
      "default", "B"),),
)  # fmt: skip


def test_bookkeeping_goes_first_and_values_stay() -> None:
    """Where there is no room the highest rank is left out, and a line says so; value and meaning stand."""
    for width, gone in ((50, "place"), (34, "place, grade")):
        shown = text(Document((WIDE,)), width)
        assert all(word in shown for word in ("1.25", "design", "default"))
        assert f"at this width: {gone}." in " ".join(shown.split())


def test_numbers_are_never_broken() -> None:
    """Where not even the columns that must stay have room, each row is a list, and its numbers are whole."""
    columns = (left("site"), *(Column(f"result {i}", "") for i in range(6)))
    table = Table(columns, (("north", *[Number(123456789.0)] * 6),))
    shown = text(Document((table,)), 40)
    assert shown.count("123,456,789") == 6
    assert "  result 3: 123,456,789\n" in shown


def test_markdown_says_what_the_cells_say() -> None:
    """Bars, stars, angles, breaks and marks at the beginning of a line are escaped; an address leads where it led."""
    table = Table((left("a|b"), Column("x", "MW")), (("one\ntwo *three* <b>", Number(1.5, Scale(1, 1))),))
    made = markdown(Document((table, Text("# no heading"), Text("1. no list"), Text("see https://x.org/a_b_*c*"))))
    assert "| a\\|b | x (MW) |\n|---|---:|\n| one two \\*three\\* \\<b> | 1.5 |" in made
    assert "\\# no heading" in made
    assert "1\\. no list" in made
    assert "https://x.org/a_b%5F%2Ac%2A" in made


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.heads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "br":
            self.open.append(tag)
        if tag == "th":
            self.heads.append(str(dict(attrs)["scope"]))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_is_well_formed_with_scopes_and_no_script() -> None:
    """Tags nest, heads have their scope, and what the files say cannot become markup."""
    table = Table((left("a"), Column("b")), (Section("by owner"), ("<script>", Missing("not on the sheet"))), "T & T")
    nested = Items((Item(("top",), (Item(("below",)),)),), "tree")
    made = html(Document((Text("H", 1), table, nested, Figure("flow", {}, "What flows"))))
    tags = Tags()
    tags.feed(made)
    assert not tags.open
    assert tags.heads == ["col", "col", "rowgroup", "row"]
    assert "<script>" not in made
    assert "not on the sheet" in made
    assert "<figcaption>What flows</figcaption>" in made


def test_csv_cells_are_no_formulas_and_numbers_stay_numbers() -> None:
    """A text that a spreadsheet would run is guarded; a negative number is not."""
    rows = list(csv.reader(io.StringIO(rows_to_csv([{"a": "=1+1", "b": -2.5}, {"a": "@x", "b": date(2026, 1, 1)}]))))
    assert rows == [["a", "b"], ["'=1+1", "-2.5"], ["'@x", "2026-01-01"]]


def test_a_tree_is_drawn_and_nested() -> None:
    """The terminal draws branches, Markdown nests lists."""
    tree = Items((Item(("a = 1", "= b + c"), (Item(("b",)), Item(("c",)))),), "tree")
    assert text(Document((tree,)), 60) == "a = 1\n│ = b + c\n├ b\n└ c\n"
    assert re.search(r"^- a = 1; = b \\?\+ c\n  - b\n  - c$", markdown(Document((tree,))).strip(), re.M)


def test_wide_signs_take_two_columns() -> None:
    """字节跳动 is four signs in eight columns: cells stand under their heads, and no line passes the width."""
    rows = (("字节跳动", "100"), ("ByteDance", "1"), ("訂購字节跳动訂購字节跳动訂購", "20"))
    block = Table((left("owner"), Column("chips")), rows)
    lines = text(Document((block,)), 24).splitlines()
    assert "字节跳动" + " " * 13 + "100" in lines, lines
    assert max(map(width_of, lines)) <= 24
    assert wrap("字节跳动字节跳动", 6) == ["字节跳", "动字节", "跳动"]


def test_an_input_is_told_as_it_is_stated_and_a_member_by_its_name() -> None:
    """Numbers in the unit in which they read well, words in quotes, a dash for none; a lot by its name, else its id."""
    lot = {"chip": "h200-sxm", "date": "2026-01-01", "count": {"says": "over 400", "source": "s", "grade": "D"}}
    data = {"id": "made-up", "name": "A test", "lots": {"one": {**lot, "name": "The first lot"}, "two": lot},
            "counted": ["one", "two"], "sources": {"s": {"title": "made up", "kind": "judgement"}}}  # fmt: skip
    scenario = join_scenario(InputFile("test", data), Specs())
    assert input_text(None) == "–"
    assert input_text(scenario.count("one")) == '"over 400"'
    assert input_text(scenario.figure("h200-sxm", "tdp_w")) == "700 W"
    assert [member_name(scenario, "lot", name) for name in ("one", "two")] == ["The first lot", "two"]
    assert member_name(scenario, "chip", "h200-sxm") == "NVIDIA H200 SXM 141 GB"
    assert member_name(scenario, "owner", "unknown") == "owner unknown"
