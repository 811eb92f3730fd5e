"""The estimate as its users get it: ten lines, a memo, a frame, a sentence; never an empty or a silent cell."""

import json
import pickle
import re
from pathlib import Path

import pytest
from conftest import scenario_of

import capacity
from capacity.document.blocks import Column, Document, Interval, Missing, Table, left
from capacity.document.citations import Footnotes
from capacity.document.terminal import text as terminal_text
from capacity.errors import InputError
from capacity.load import Specs, load_scenario, read_document
from capacity.source import Source
from tests.running import good, run

FEW = ("--draws", "200", "--quiet")


@pytest.fixture(scope="module")
def answer() -> capacity.Estimate:
    return capacity.estimate("h200-china-2026-01", 1000)


def test_an_answer_prints_as_ten_lines_that_one_would_paste(answer: capacity.Estimate) -> None:
    """`print(answer)` has the headline with its intervals, the view and what to cite, in ten lines of 100 at most."""
    lines = str(answer).splitlines()
    assert len(lines) <= 10
    assert max(map(len, lines)) <= 100
    assert repr(answer) == str(answer)
    for words in ("EFLOP/s (90 %", "MW (90 %", "View: as stated", "sha256"):
        assert words in " ".join(lines), words


def test_id_path_mapping_and_scenario_are_one_question(tmp_path: Path, answer: capacity.Estimate) -> None:
    """What a scenario is given as does not matter to its numbers; the mapping given stays as it was."""
    path = Specs().path("scenarios", "h200-china-2026-01")
    assert path
    data = read_document(path).data
    before = json.dumps(data, default=str)
    copy = tmp_path / "mine.yaml"
    copy.write_text(path.read_text())
    for scenario in (copy, str(copy), data, load_scenario()):
        assert capacity.estimate(scenario, 1000).lines() == answer.lines()
    assert json.dumps(data, default=str) == before
    with pytest.raises(InputError):
        capacity.estimate({"id": "nothing"})


def test_a_frame_keeps_the_address_that_draws_takes(answer: capacity.Estimate) -> None:
    """The median of the draws at each row's address is the p50 of the row."""
    frame = answer.to_frame()
    for row in frame.sample(12, random_state=0).itertuples():
        values = answer.draws(row.address)
        assert float(values.mean()) == pytest.approx(row.mean)
        assert row.p5 <= row.p50 <= row.p95


def test_dates_are_taken_as_people_have_them() -> None:
    """Text, date, datetime and a Timestamp of pandas are one day."""
    import datetime

    import pandas

    asked = (
        "2026-12-31",
        datetime.date(2026, 12, 31),
        datetime.datetime(2026, 12, 31, 12),
        pandas.Timestamp("2026-12-31"),
    )
    lines = [capacity.estimate(draws=200, show="chips", at=day).lines() for day in asked]
    assert all(one == lines[0] for one in lines)


def test_many_kinds_of_chip_are_counted_in_the_headline() -> None:
    """Up to three kinds are named, more are counted."""
    few = scenario_of("h200-sxm x 10 and b200 x 10")
    many = scenario_of("h200-sxm x 10 and b200 x 10 and h20 x 10 and mi300x x 10")
    assert "NVIDIA H200 SXM 141 GB and " in str(capacity.estimate(few, 50))
    assert "chips of 4 kinds" in str(capacity.estimate(many, 50))


def test_an_answer_can_be_pickled(answer: capacity.Estimate) -> None:
    """A pickled answer comes back with its worlds and prints the same memo."""
    again = pickle.loads(pickle.dumps(answer))
    assert (again.draws("chips") == answer.draws("chips")).all()
    assert again.text() == answer.text()


def test_the_memo_is_a_screen_and_a_half(answer: capacity.Estimate) -> None:
    """By itself the memo is short, lists five sources, each of them cited, and ends with commands that work."""
    text = answer.text(width=100)
    assert len(text.splitlines()) <= 70
    body, _, rest = text.partition("\nSources, the most cited of ")
    numbers = [int(n) for n in re.findall(r"^\[(\d+)\] ", rest, re.MULTILINE)]
    assert numbers == [1, 2, 3, 4, 5]
    assert set(map(int, re.findall(r"\[(\d+)\]", body))) == set(numbers)
    commands = re.findall(r"^- capacity (.*)$", text, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        assert good(*command.split(), "--draws", "200", "--quiet")


def test_the_full_memo_has_what_the_short_one_leaves_out(answer: capacity.Estimate) -> None:
    """`--full` lists every result of the memo, sheets and all sources; the short memo is a part of the same numbers."""
    full = capacity.estimate("h200-china-2026-01", 1000, full=True).text(width=100)
    short = answer.text(width=100)
    assert len(full.splitlines()) > 1.5 * len(short.splitlines())
    rows = [line for line in short.splitlines() if re.match(r"(peak|power|energy|facility|capital|carbon)", line)]
    assert rows
    printed = {" ".join(line.split()) for line in full.splitlines()}
    assert {" ".join(row.split()) for row in rows} <= printed
    assert "Sheets, prices and grids" in full


def test_commands_of_a_typed_lot_ask_about_that_lot() -> None:
    """A lot that was typed has no name: the commands say that it is to be saved first; no other scenario is named."""
    text = good("estimate", "--chip", "h20", "--count", "1000", *FEW)
    assert "once --save my.yaml" in " ".join(text.split())
    assert "h200-china" not in text


@pytest.mark.parametrize(("count", "printed"), [("16384", "16,384"), ("64", "64"), ("1234567", "1,234,567")])
def test_an_exact_count_is_printed_whole(count: str, printed: str) -> None:
    """A number of chips that nothing is uncertain about keeps all its digits and gets no zeros."""
    text = good("estimate", "--chip", "h20", "--count", count, "--show", "chips", *FEW)
    assert re.search(rf"^chips, ordered +{printed}$", text.replace("  5 %", ""), re.MULTILINE)


def test_a_result_that_does_not_exist_is_a_cell_that_says_why() -> None:
    """An H200 has no FP4 rate: total and owners say so; of two chips the one with a rate still has its number."""
    text = good("estimate", "--show", "peak_flops.fp4", *FEW)
    assert text.count("not on the sheet") >= 2 + 3 * 2
    two = scenario_of("h200-sxm x 10 and b200 x 10")
    mixed = capacity.estimate(two, 200, by="chip", show="peak_flops.fp4.dense")
    cells = [row for block in mixed.document().blocks if isinstance(block, Table) for row in block.rows]
    by_name = {row[0]: row[1] for row in cells}
    assert not isinstance(by_name["peak, FP4 dense, of 50 % of the chips"], Missing)
    assert by_name["NVIDIA H200 SXM 141 GB"] == Missing("not on the sheet")
    assert sum(isinstance(cell, Interval) for cell in by_name.values()) == 1


def test_a_sentence_about_nothing_is_an_error_with_the_missing_figure() -> None:
    """There is no sentence about a result that cannot be given: one line says which figure is missing."""
    done = run("estimate", "--show", "peak_flops.fp4", "--format", "sentence", *FEW)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "dense_tflops.fp4" in done.stderr


def test_a_sentence_tells_what_was_asked_for() -> None:
    """`--show energy` is a sentence about energy."""
    text = good("estimate", "--show", "energy.facility", "--format", "sentence", *FEW)
    assert "TWh (90 % interval" in text
    assert ", ," not in text


@pytest.mark.parametrize(
    "words",
    [
        ("--count", "5", "--chip", "h20", "--count", "6"),
        ("--seed", "1", "--seed", "2"),
        ("--by", "lot", "--by", "chip"),
    ],
)
def test_an_option_of_one_value_is_given_once(words: tuple[str, ...]) -> None:
    """The last of two values never hides the first: exit 2, and the option is named. Repeatable ones repeat."""
    done = run("estimate", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "given twice" in done.stderr
    sets = ("--set", "assumptions.mfu=0.3", "--set", "assumptions.pue_peak=1.2")
    assert good("estimate", *sets, "--quiet", *FEW)


@pytest.mark.parametrize("chip", ["h200-sxm", "mtt-s5000", "tpu-v5e", "ascend-910c"])
@pytest.mark.parametrize("more", [(), ("--owners", "Meta, Baidu"), ("--by", "chip"), ("--at", "2028-01-01", "--full")])
def test_every_chip_has_every_format(chip: str, more: tuple[str, ...]) -> None:
    """Sheets with gaps, with owners and without, split and dated: no traceback, nothing too wide, nothing empty."""
    words = ("estimate", "--chip", chip, "--count", "about 1,000", *FEW, *more)
    for columns in (60, 80, 120):
        text = good(*words, columns=columns)
        assert [line for line in text.splitlines() if len(line) > columns and "http" not in line] == []
    for format_ in ("markdown", "json", "csv", "sentence"):
        text = good(*words, "--format", format_)
        assert text.strip()
        assert not re.search(r", ,|\(\)|\bnan\b|\bNone\b", text), format_


def test_a_series_goes_on_in_further_tables() -> None:
    """Where the columns of a series have no room side by side, each stands in some table, with the names beside it."""
    days = [f"2026-0{month}-01" for month in range(1, 8)]
    columns = (left("result"), *(Column(day, series=True) for day in days), left("unit"))
    printed = terminal_text(Document((Table(columns, (("power", *"1234567", "MW"),)),)), 40)
    assert max(map(len, printed.splitlines())) <= 40
    assert all(day in printed for day in days)
    assert printed.count("MW") == printed.count("power") > 1
    assert "Not shown" not in printed


def test_long_heads_are_wrapped_before_columns_are_left_out() -> None:
    """A head of several words over short numbers takes several lines, and no number is lost for it."""
    columns = (left("owner"), *(Column(f"facility power, nameplate {n}", rank=n) for n in range(3)))
    printed = terminal_text(Document((Table(columns, (("Meta", "10", "20", "30"),)),)), 50)
    assert max(map(len, printed.splitlines())) <= 50
    assert all(number in printed for number in ("10", "20", "30"))


def test_footnotes_of_a_few_cite_only_those() -> None:
    """Where only some sources are listed, the others get no number, and the numbers of the listed run on."""
    one, two = (Source(title=f"Source {n}", kind="judgement") for n in "ab")
    notes = Footnotes(only=["Source b"])
    assert notes.cite([one]) == ""
    assert notes.cite([one, two]) == "[1]"
    assert notes.cited["Source a"] == 2
