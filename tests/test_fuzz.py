"""Thousands of wrong inputs: each is answered or refused in lines, in a second, in little memory, running nothing.

Deterministic. `CAPACITY_FUZZ=20000 pytest tests/test_fuzz.py` tries that many of each in place of 40.
"""

import ast
import contextlib
import importlib.util
import io
import os
import random
import re
import sys
import tracemalloc
import warnings
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import capacity
from capacity.cli import commands
from capacity.cli.common import Format
from capacity.errors import MOST_NOTES, Fault, InputError
from capacity.load import (
    KINDS,
    Specs,
    built_in_specs,
    join_scenario,
    load_vocabulary,
    lots_document,
    read_lot,
    record_of,
    scenario_document,
    typed_settings,
    validate_file,
)
from capacity.load import validated as validate
from capacity.load.input_file import InputFile, parse
from capacity.words.amounts import read_amount
from capacity.words.hedges import read
from capacity.words.tokens import WordsError
from tests.running import SMALL, in_a_second
from tests.tools.doors import ARTICLE, DOORS, PARTS, REFUSALS, TABLE
from tests.tools.doors import SMALL as SMALL_DRAFT

TRIES = int(os.environ.get("CAPACITY_FUZZ", "40"))
fuzz = settings(
    max_examples=TRIES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
DAY = date(2026, 11, 27)
SPECS = Specs()

SCENARIO = (built_in_specs() / "scenarios" / "h200-china-2026-01.yaml").read_text()
CHIP = (built_in_specs() / "chips" / "h200-sxm.yaml").read_text()

HOSTILE = st.sampled_from([
    "", " ", "0", "-1", "-0.0", "1e30", "1e31", "1e300", "1e-300", "1e400", "-1e400", "nan", ".inf",
    "9" * 299, "9" * 4000,
    "0x10", "1_0", "1__", "1e", "٣", "½", "null", "~", "true", "no", "[]", "{}", "[[[[]]]]", "{a: {b: {c: 1}}}", "? a",
    "!!python/object/apply:os.system ['touch owned']", "!!int 3", "&a x", "*a", "<<: {a: 1}", "{{1+1}}", "${HOME}",
    "__import__('os')", "../../../etc/passwd", "/etc/passwd", "..", ".", "a/b", "a\\b", "\x00", '"\\e[2J"', '"\\u202e"',
    "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "'", '"', "|", ">", "%YAML 1.1", "---", "...", "\t", "\ufeff",
    "字节", "😀", "x" * 300, "h20", "h200-sxm", "1..2", "over 400,000", "40多万", "2026-02-30", "0000-01-01",
    "9999-12-31",
])  # fmt: skip
WORDS = st.one_of(HOSTILE, st.text(max_size=20), st.from_regex(r"[a-z0-9.@-]{1,12}", fullmatch=True))


def refused_or(work: Callable[[], Any]) -> Any:
    """The result, or None where the input was refused in lines of one line each."""
    faults: tuple[Fault, ...] = ()
    with in_a_second():
        try:
            return work()
        except InputError as error:
            faults = error.faults
    assert 0 < len(faults) < 300
    for fault in faults:
        assert "\n" not in str(fault)
        assert "\x1b" not in str(fault)
    return None


def answered(text: str, sets: tuple[str, ...] = ()) -> None:
    """Take a scenario's text all the way: what is not refused has an answer in every format."""

    def work() -> Any:
        document = parse(text, "s.yaml")
        return join_scenario(document, Specs()).having(typed_settings(sets), label="--set")

    scenario = refused_or(work)
    if scenario is None:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer = capacity.estimate(scenario, 64)
        for format_ in Format:
            printed = answer.text(format_.value)
            assert "\x1b" not in printed


def mutations(text: str) -> st.SearchStrategy[str]:
    """A shipped file with a few lines cut, doubled, swapped, re-indented, or a piece replaced by something hostile."""

    @st.composite
    def mutated(draw: st.DrawFn) -> str:
        lines = text.splitlines(keepends=True)
        for _ in range(draw(st.integers(1, 4))):
            i = draw(st.integers(0, len(lines) - 1))
            j = draw(st.integers(0, len(lines) - 1))
            kind = draw(st.integers(0, 6))
            if kind == 0 and len(lines) > 1:
                del lines[i]
            elif kind == 1:
                lines.insert(j, lines[i])
            elif kind == 2:
                lines[i], lines[j] = lines[j], lines[i]
            elif kind == 3:
                lines[i] = " " * draw(st.integers(0, 8)) + lines[i].lstrip()
            elif kind == 4:
                key, colon, _ = lines[i].partition(":")
                lines[i] = f"{key}{colon} {draw(WORDS)}\n"
            else:
                start = draw(st.integers(0, len(lines[i])))
                end = draw(st.integers(start, min(len(lines[i]), start + 8)))
                lines[i] = lines[i][:start] + draw(WORDS) + lines[i][end:]
        return "".join(lines)

    return mutated()


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**40), 10**40), st.floats(), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=6,
)


def replaced(data: Any, draw: st.DrawFn) -> Any:
    """The data with one node, at random, replaced by something else, removed or renamed."""
    if not isinstance(data, (dict, list)) or not data or draw(st.integers(0, 4)) == 0:
        return draw(VALUES)
    keys = list(data) if isinstance(data, dict) else list(range(len(data)))
    key = draw(st.sampled_from(keys))
    changed = dict(data) if isinstance(data, dict) else list(data)
    kind = draw(st.integers(0, 9))
    if kind == 0:
        del changed[key]
    elif kind == 1 and isinstance(changed, dict):
        changed[draw(WORDS)] = changed.pop(key)
    else:
        changed[key] = replaced(data[key], draw)
    return changed


@st.composite
def spoiled(draw: st.DrawFn, text: str) -> Any:
    """A shipped file's data with one to three nodes replaced."""
    data = parse(text, "x").data
    for _ in range(draw(st.integers(1, 3))):
        data = replaced(data, draw)
    return data


@fuzz
@given(st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=12).map("\n".join), mutations(SMALL)))
def test_any_text_is_data_or_refused(text: str) -> None:
    """The reader of YAML gives plain data with marks, or faults in one line each."""
    document = refused_or(lambda: parse(text, "s.yaml"))
    if document is not None:
        assert isinstance(document.data, (dict, list, str, int, float, bool, type(None)))


@fuzz
@given(st.binary(max_size=200))
def test_any_bytes_are_a_file_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """A file of any bytes is validated or refused."""
    path = tmp_path_factory.getbasetemp() / "bytes.yaml"
    path.write_bytes(content)
    refused_or(lambda: validate_file(path, Specs()))


@fuzz
@given(st.one_of(mutations(SMALL), mutations(SCENARIO)))
def test_a_scenario_with_mutated_text(text: str) -> None:
    """A scenario whose text was cut about is refused in lines, or answered in every format without a warning."""
    answered(text)


@fuzz
@given(spoiled(SMALL))
def test_a_scenario_with_mutated_data(data: Any) -> None:
    """A scenario with anything in any place is refused in lines, or answered in every format without a warning."""
    answered(yaml.safe_dump(data, allow_unicode=True, sort_keys=False))


@fuzz
@given(st.sampled_from(sorted(KINDS)), st.one_of(spoiled(CHIP), spoiled(SMALL), VALUES))
def test_any_record_takes_any_data(kind: str, data: Any) -> None:
    """Every record is made from arbitrary data, or refuses it in lines."""
    refused_or(lambda: validate(InputFile("x.yaml", data), record_of(kind)))


@fuzz
@given(
    st.sampled_from(
        [SMALL, SCENARIO, "- 1\n", "text", "lots: {first: 3}\n", "lots: [1]\nassumptions: [2]\nsources: 3\n"]
    ),
    st.lists(
        st.tuples(
            st.one_of(
                WORDS,
                st.sampled_from(["lots.first.count", "lots.approved.count", "lots.first.shares.acme", "assumptions.mfu",
                                 "assumptions.pue_peak@acme", "chips.h200-sxm.tdp_w", "assumptions.owner_split_sigma"]),
            ),
            WORDS,
        ).map("=".join),
        max_size=3,
    ),
)  # fmt: skip
def test_any_setting(text: str, sets: list[str]) -> None:
    """`--set ANYTHING=ANYTHING` on any file is refused in lines, or answered."""
    answered(text, tuple(sets))


SPOKEN = """over about nearly between and to or 400,000 1.2 5 million thousand hundred several dozens of 多 万 亿 百 几
十 40 each for three buyers up less than at least % H200 chips - – . , 1e9 1e99 ½ two-thirds 0 a the ( ) < > ~ + /"""
COUNT_WORDS = st.sampled_from(SPOKEN.split())


@fuzz
@given(st.one_of(st.text(max_size=220), st.lists(COUNT_WORDS, max_size=40).map(" ".join), WORDS))
def test_any_words_for_a_count(words: str) -> None:
    """The grammar of counts reads a text into ordered, finite numbers, or says that it cannot."""
    with in_a_second():
        try:
            found = read(words, load_vocabulary())
        except WordsError:
            return
    points = [p for p in (found.floor, found.low, found.value, found.high, found.ceiling) if p is not None]
    assert points == sorted(points)
    assert all(0 <= p < float("inf") for p in points)


UNITS = """megawatts MW of IT load GW dollars bn USD EFLOP/s FP8 dense racks NVL72 servers pods NVIDIA GB300 H100
equivalents H20 亿美元 机柜 a year by since the end of 2027 ordered installed due for ByteDance, @ in Memphis"""
AMOUNT_WORDS = st.sampled_from([*SPOKEN.split(), *UNITS.split()])
LINES = st.one_of(
    st.lists(AMOUNT_WORDS, max_size=20).map(" ".join),
    st.tuples(st.sampled_from(["5", "over 64", "1.2 GW of"]), st.lists(AMOUNT_WORDS, max_size=12).map(" ".join)).map(
        " ".join
    ),
    WORDS,
)  # fmt: skip


@fuzz
@given(st.one_of(st.text(max_size=220), LINES))
def test_any_words_for_an_amount(words: str) -> None:
    """An amount, unit and all, is finite and ordered in its own unit, or the words are refused."""
    with in_a_second():
        try:
            found = read_amount(words, load_vocabulary())
        except WordsError:
            return
    numbers = [found.numbers[name] for name in ("floor", "low", "median", "value", "high", "ceiling")
               if name in found.numbers]  # fmt: skip
    assert numbers == sorted(numbers)
    assert all(0 <= number < float("inf") for number in numbers)


@fuzz
@given(st.one_of(st.text(max_size=120), LINES))
def test_any_line_of_a_lot(line: str) -> None:
    """`--lot ANYTHING` is refused in lines, or is a scenario with an answer."""

    def work() -> Any:
        return join_scenario(lots_document([read_lot(line, SPECS, DAY)], DAY.isoformat(), None), SPECS)

    scenario = refused_or(work)
    if scenario is not None:
        capacity.estimate(scenario, 8, show="chips")


PLACES = """lots.first.count lots.first.shares.acme assumptions.mfu assumptions.pue_peak@acme counted chips.h200-sxm
chips.h200-sxm.tdp_w prices.h200-sxm.us arrive sites.x.capacity_mw"""


@fuzz
@given(
    st.dictionaries(
        st.one_of(st.sampled_from(PLACES.split()), WORDS), st.one_of(VALUES, st.floats(), WORDS), max_size=3
    )
)
def test_any_change_of_a_scenario(values: dict[str, Any]) -> None:
    """`having` anything at any place is refused in lines, or gives a scenario with an answer; the first stays."""
    first = join_scenario(parse(SMALL, "s.yaml"), Specs())
    before = first.sha256
    changed = refused_or(lambda: first.having(values))
    assert first.sha256 == before
    if changed is not None:
        capacity.estimate(changed, 8, show="chips")


TYPED = """estimate list show validate schema chips sources scenario hedge h20 h200-china-2026-01 --format json csv
sentence markdown --by owner lot --draws 10 --seed --show power --chip --count --owners --set --source --specs --quiet
-- --help --version assumptions.mfu=0.3 over-400,000 -f -q"""
ARGUMENTS = st.lists(st.one_of(st.sampled_from(TYPED.split()), WORDS), max_size=7)


@fuzz
@given(ARGUMENTS)
def test_any_arguments(tmp_path_factory: pytest.TempPathFactory, arguments: list[str]) -> None:
    """Any command line ends with 0, 1 or 2, never otherwise."""
    if any(word in ("--draws", "--out", "-o", "--save") for word in arguments) and "10" not in arguments:
        return
    code: Any = 0
    streams = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
    with contextlib.chdir(tmp_path_factory.getbasetemp()), streams[0], streams[1]:
        try:
            commands()(arguments, prog_name="capacity")
        except InputError as error:
            code = 1 if str(error) else "no word"
        except SystemExit as end:
            code = end.code or 0
    assert code in (0, 1, 2)
    assert not (tmp_path_factory.getbasetemp() / "owned").exists()


def cut_about(seeds: tuple[str | bytes, ...]) -> st.SearchStrategy[bytes]:
    """An input that a door takes with one to four pieces cut, doubled, moved or replaced by something hostile."""

    @st.composite
    def mutated(draw: st.DrawFn) -> bytes:
        seed = draw(st.sampled_from(seeds))
        raw = seed if isinstance(seed, bytes) else seed.encode()
        for _ in range(draw(st.integers(1, 4))):
            start, other = draw(st.integers(0, len(raw))), draw(st.integers(0, len(raw)))
            end = min(start + draw(st.integers(0, 12)), len(raw))
            hostile = draw(st.one_of(HOSTILE, AMOUNT_WORDS).map(str.encode) | st.binary(max_size=6))
            raw = raw[:start] + draw(st.sampled_from([b"", hostile, raw[other : other + 40]])) + raw[end:]
        return raw

    return mutated()


@pytest.mark.parametrize("door", ["article", "html", "against", "mcp", "deals", "xlsx", "part", "build"])
@fuzz
@given(st.data())
def test_any_bytes_at_a_door(door: str, data: st.DataObject) -> None:
    """What a door takes, cut about in any way, is answered or refused, in a second."""
    raw = data.draw(cut_about(DOORS[door].seeds))
    with in_a_second(), contextlib.suppress(*REFUSALS):
        DOORS[door].enter(raw)


BUILT: dict[str, Any] = ast.literal_eval(str(DOORS["build"].seeds[0]))


@st.composite
def arguments_of_build(draw: st.DrawFn) -> dict[str, Any]:
    """Arguments of `Scenario.build` with one to three nodes replaced; some lots are records."""
    made: Any = BUILT
    for _ in range(draw(st.integers(1, 3))):
        made = replaced(made, draw)
    made = {key: value for key, value in made.items() if key in BUILT} if isinstance(made, dict) else {}
    lots = made.get("lots", ())
    if isinstance(lots, list) and draw(st.booleans()):
        names = {part.name for part in fields(capacity.Lot)}
        lots = [capacity.Lot(**lot) if isinstance(lot, dict) and {*BUILT["lots"][0]} <= {*lot} <= names else lot
                for lot in lots]  # fmt: skip
    return {"name": "Mine", **made, "lots": lots}


@fuzz
@given(arguments_of_build())
def test_any_values_make_a_scenario_or_are_refused(arguments: dict[str, Any]) -> None:
    """`Scenario.build` with anything in any place is refused in lines of its arguments, or has an answer."""
    scenario = refused_or(lambda: capacity.Scenario.build(**arguments))
    if scenario is not None:
        capacity.estimate(scenario, 8, show="chips")


# --- what would be slow or large --------------------------------------------------------------

HUNDRED_KB = 100_000


def many(pattern: str) -> str:
    """Lines of a pattern with a number, 100 kB of them."""
    lines, size, i = [], 0, 0
    while size < HUNDRED_KB:
        lines.append(pattern.format(i=i))
        size += len(lines[-1])
        i += 1
    return "".join(lines)


def half(text: str) -> str:
    """About the first half of a list, cut at a comma."""
    return text[: HUNDRED_KB // 2].rpartition(",")[0]


LARGE = {
    "unknown keys": SMALL + many("k{i}: 1\n"),
    "unknown owners of one lot": SMALL.replace("[acme, beta]", "[" + many("o{i}, ") + "acme, beta]"),
    "owners known and unknown": SMALL.replace("{acme:", "{" + half(many("o{i}: {{name: x}}, ")) + ", acme:").replace(
        "[acme, beta]", "[" + half(many("p{i}, ")) + ", acme, beta]"
    ),
    "one owner again and again": SMALL.replace("[acme, beta]", "[" + "acme, " * 16_000 + "beta]"),
    "unknown lots counted": SMALL.replace("[first]", "[" + many("l{i}, ") + "first]"),
    "one lot counted again and again": SMALL.replace("[first]", "[" + "first, " * 14_000 + "first]"),
    "unknown assumptions": SMALL.replace("  mfu:", many("  a{i}: {{value: 1, source: memo, grade: D}}\n") + "  mfu:"),
    "unknown sources": SMALL.replace("source: memo, grade: D}", "source: [" + many("s{i}, ") + "memo], grade: D}"),
    "lots of unknown chips": SMALL.replace("counted:", many(
        "  l{i}: {{chip: c{i}, stage: installed, date: 2026-01-01, count: {{value: 1, source: memo, grade: C}}}}\n"
    ) + "counted:"),
    "many sources": SMALL.replace("{memo:", "{" + many("s{i}: {{title: abc, kind: user}}, ") + "memo:"),
    "a long name": SMALL.replace("My scenario", "x" * HUNDRED_KB),
    "a name of many words": SMALL.replace("My scenario", "x " * (HUNDRED_KB // 2)),
    "long says": SMALL.replace("{value: 1000,", "{says: " + "over " * (HUNDRED_KB // 5) + ","),
    "a long chip": SMALL.replace("h200-sxm", "h" * HUNDRED_KB),
    "a long key": SMALL + "k" * 900 + ": 1\n",
    "nested": "[" * HUNDRED_KB,
    "nested mappings": "{a: " * (HUNDRED_KB // 4),
    "aliases": "a0: &a0 [x]\n" + many("a{i}x: &b{i} [*a0, *a0]\n"),
    "digits": SMALL.replace("1000", "9" * HUNDRED_KB),
    "exponent": SMALL.replace("1000", "1e" + "9" * 50),
    "quotes": "a: '" + "''" * (HUNDRED_KB // 2) + "'\n",
    "comments": SMALL + "#" * HUNDRED_KB,
    "tags": many("- !t{i} x\n"),
    "bad escapes": 'a: "' + "\\z" * (HUNDRED_KB // 2) + '"',
    "tabs": "\t" * HUNDRED_KB,
    "carriage returns": "a: 1\r" * (HUNDRED_KB // 5),
}  # fmt: skip


@pytest.mark.parametrize("name", LARGE)
def test_a_hundred_kilobytes_take_a_second(name: str) -> None:
    """No 100 kB of anything takes over a second to be refused, or the memory of a thousand such files."""
    answered(SMALL)  # what is imported and read once
    answered(LARGE[name])
    tracemalloc.start()
    with contextlib.suppress(InputError):
        parse(LARGE[name], "s.yaml")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6


LOT = "  l{i}: {{chip: h200-sxm, stage: installed, date: 2026-01-01, count: {{value: 9, source: memo, grade: C}}"
ROW = "{who},h200-sxm,9,installed,2026-01-01,{paper},\n"


def lots_of(more: str, after: str = "") -> str:
    """A scenario of 100 kB whose lots have an owner each; `more` of each lot, and `after` them, hold its number."""
    count = HUNDRED_KB // len("".join((LOT, more, after, "o1000: {name: x}, l1000, ")))
    numbers = range(count)
    return "".join((
        "id: m\nname: x\nas_of: 2026-01-01\nsources: {memo: {title: a memo, kind: judgement}}\nowners: {",
        *(f"o{i}: {{name: x}}, " for i in numbers), "acme: {name: x}}\nlots:\n",
        *(f"{LOT}{more}}}}}\n".format(i=i, day=f"{1000 + i}-01-01") for i in numbers),
        "counted: [", ", ".join(f"l{i}" for i in numbers), "]\n",
        *(after.format(i=i) for i in numbers),
    ))  # fmt: skip


def table_of(row: str) -> str:
    """A CSV of deals of 100 kB."""
    return "owner,chip,count,stage,date,source,url\n" + many(row)


MANY: dict[str, str] = {
    "deals of one chip.csv": table_of(ROW.format(who="Acme", paper="A paper")),
    "deals of many owners.csv": table_of(ROW.format(who="Firm {i}", paper="A paper")),
    "deals of many sources.csv": table_of(ROW.format(who="Firm {i}", paper="Paper {i}")),
    "deals of several owners each.csv": table_of(ROW.format(who="a{i};b{i};c{i};d{i}", paper="A paper")),
    "rows too short.csv": table_of("a,b\n"),
    "deals of unknown names.csv": table_of("Acme,H200 number {i},9,installed,2026-01-01,A paper,\n"),
    "lots alike.yaml": lots_of(""),
    "lots of an owner each.yaml": lots_of(", owners: [o{i}]"),
    "lots with shares.yaml": lots_of(
        ", owners: [o{i}, acme], date: {day}, since: {day}, shares: {{o{i}: {{value: 0.5, source: memo, grade: D}}}}"
    ).replace(" date: 2026-01-01,", ""),
    "lots off the last.yaml": lots_of(", owners: [o{i}], less: [w]").replace(
        "counted: [", LOT.format(i="").replace("l:", "w:") + "}\ncounted: [w, "
    ),
    "lots together.yaml": lots_of(
        ", owners: [o{i}]", "- {{places: [lots.l{i}.count, assumptions.a{i}], rho: 0.5}}\n"
    ).replace("]\n- {places", "]\ntogether:\n- {places", 1),
    "claims.yaml": SMALL + "claims:\n" + many("- {{text: power is over {i} MW, source: memo, grade: C}}\n"),
    "claims of nothing.yaml": SMALL + "claims:\n" + many("- {{text: all {i} is well, source: memo, grade: C}}\n"),
    "lots at unknown sites.yaml": lots_of(", site: z{i}"),
}  # fmt: skip


@pytest.mark.parametrize("name", MANY)
def test_a_hundred_kilobytes_of_lots_are_checked_in_a_second(name: str, tmp_path: Path) -> None:
    """A file of many deals, lots, claims is checked or refused in a second, with notes that can be read."""
    answered(SMALL)  # what is imported and read once
    path = tmp_path / name
    path.write_text(MANY[name])
    if "claims" in name:
        refused_or(lambda: validate_file(path, Specs()))
    scenario = refused_or(lambda: join_scenario(scenario_document(path, Specs()), Specs()))
    assert (scenario is None) == ("unknown" in name or "short" in name)
    assert scenario is None or len(scenario.notes) <= MOST_NOTES + 1


LETTERS = "abcdefghijklmnopqrstuvwxyz"
FIRMS = "".join(f"A{x}{y}{z}, " for x in LETTERS for y in LETTERS for z in LETTERS)[:HUNDRED_KB]
SHEET, SITES, END = PARTS["xl/worksheets/sheet1.xml"], PARTS["xl/worksheets/sheet2.xml"], "</sheetData>"
BLANKS = " " * HUNDRED_KB
FREE = SHEET.replace('<dimension ref="A1:F2"/>', "")  # of a sheet that does not say how far it goes
LONG: dict[str, tuple[str, str | bytes]] = {
    "digits at a place": ("setting", "lots.first.count=" + "9" * HUNDRED_KB),
    "a factor": ("having", "assumptions.mfu x" + "9" * HUNDRED_KB),
    "blanks before a unit": ("having", f"chips.h200-sxm.tdp_w 1{BLANKS}5 kW"),
    "blanks in a phase": ("scenario", SMALL_DRAFT.replace("    quote", f'    phases: ["1{BLANKS}\\n"]\n    quote')),
    "many phases": ("scenario", SMALL_DRAFT.replace("    quote", f"    phases: {'1 by 2027;' * 9900}\n    quote")),
    "a line of lots": ("lot", "5 h200 " + "for A each " * 9000),
    "names of chips": ("lot", "5 " + "h200," * 20_000),
    "a brackets' heading": ("deals", "(" * HUNDRED_KB),
    "many headings": ("deals", "1," * 50_000),
    "many owners of a row": ("deals", TABLE.replace("Acme", "".join(f"{i};" for i in range(17_000)))),
    "blanks in a limit": ("part", f"sheet2.xml\n{SITES}".replace('<c r="B2"><v>5<', f'<c t="str"><v>1{BLANKS}x<')),
    "a workbook that unpacks": ("part", "sheet1.xml\n" + SHEET.replace(END, "<row/>" * 9_000_000 + END)),
    "a row far down": ("part", "sheet1.xml\n" + FREE.replace(END, f'<row r="999999999999"></row>{END}')),
    "one sheet again and again": ("part", "workbook.xml\n" + PARTS["xl/workbook.xml"].replace(
        "</sheets>", "".join(f'<sheet name="S{i}" sheetId="{i}" r:id="r1"/>' for i in range(3, 1800)) + "</sheets>")),
    "no sheet": ("part", "workbook.xml\n" + re.sub("<sheets>.*</sheets>", "<sheets/>", PARTS["xl/workbook.xml"])),
    "numbers of nothing": ("article", "1-" * 50_000),
    "power of nothing": ("article", "5 GW, " * 16_000),
    "chips and chips": ("article", "Acme has ordered 5,000 H200s and " * 3000),
    "many quantities": ("article", "Acme has ordered 500 H20s. " * 600),
    "firms and firms": ("article", FIRMS),
    "initials": ("article", "Mr. A." * 16_000),
    "dashes": ("against", f"{SMALL_DRAFT}\n-----\n{ARTICLE}" + "-a" * 45_000),
    "a long quote": ("against", SMALL_DRAFT.replace("over 5,000 H200s.", "a-" * 45_000) + f"\n-----\n{ARTICLE}"),
    "nested tags": ("html", "<nav></nav>" + "<div>" * 20_000),
    "cells": ("html", "<nav></nav><table>" + "<td>1" * 20_000),
    "comments": ("html", "<!--" * 25_000),
    "open tags": ("html", "<a " * 33_000),
    "rows of a table": ("html", "<table>" + "<tr><td>5,000<td>H200" * 4700),
    "letters of three bytes": ("name", "字" * 100),
    "an article as a call": ("mcp", 'read {"article": "' + "5 H200s; " * 11_000 + '"}'),
}  # fmt: skip


@pytest.mark.parametrize("name", LONG)
def test_a_hundred_kilobytes_at_a_door_take_a_second(name: str) -> None:
    """A long input, of whatever is awkward to read, is answered or refused in a second of processor time."""
    door, text = LONG[name]
    for raw in (*DOORS[door].seeds, text):  # what is imported and read once, then the input
        with in_a_second() if raw is text else contextlib.nullcontext(), contextlib.suppress(*REFUSALS):
            DOORS[door].enter(raw if isinstance(raw, bytes) else raw.encode())


TOO_MUCH = {
    "a line of lots": "characters (at most 1,000",
    "many headings": "50,001 cells (at most 1,000)",
    "a workbook that unpacks": "times its size (at most 50 times)",
    "a row far down": "at most 500,000 cells",
    "one sheet again and again": "1,799 sheets (at most 100",
    "no sheet": "shows no sheet",
    "numbers of nothing": "50,000 numbers (at most 3,000",
    "many quantities": "more than 400 quantities",
    "firms and firms": "firms more than 5,000 times",
    "letters of three bytes": "unknown id",
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_is_too_much_is_told_in_a_sentence(name: str) -> None:
    """What no sheet, article or line of a lot holds is refused with how much it is and how much may be."""
    door, text = LONG[name]
    with pytest.raises(InputError, match=re.escape(TOO_MUCH[name])):
        DOORS[door].enter(text if isinstance(text, bytes) else text.encode())


def test_a_megabyte_of_sources_is_read_in_a_second(tmp_path: Path) -> None:
    """A table in which every deal has a source of its own costs so much a row."""
    path = tmp_path / "deals.csv"
    path.write_text(table_of(ROW.format(who="Acme", paper="Paper {i}")) + "".join(
        ROW.format(who="Acme", paper=f"Book {i}") for i in range(17_000)
    ))  # fmt: skip
    document = refused_or(lambda: scenario_document(path, Specs()))
    assert len(document.data["sources"]) > 17_000


# --- paths ------------------------------------------------------------------------------------

ESCAPES = ["../h20", "../../etc/passwd", "/etc/passwd", "..", ".", "./h20", "chips/h20", "a\\b", "h20.yaml", "~/x",
           "%2e%2e/x", "h20\x00", "con", "", " h20", "H20"]  # fmt: skip


@pytest.mark.parametrize("name", ESCAPES)
@pytest.mark.parametrize("kind", ["chips", "systems", "scenarios"])
def test_an_id_is_no_path(kind: str, name: str, tmp_path: Path) -> None:
    """No id of a part leads out of its folder, whatever stands there."""
    (tmp_path / "secret.yaml").write_text("id: secret\n")
    specs = Specs(((tmp_path / "specs").resolve(),))
    (tmp_path / "specs" / kind).mkdir(parents=True)
    for candidate in (name, f"../../{name}", f"{tmp_path}/secret"):
        found = refused_or(lambda candidate=candidate: specs.path(kind, candidate))
        assert found is None or found.resolve().is_relative_to(built_in_specs()), found


@pytest.mark.parametrize("field", ["chip", "system", "site", "part_of", "same_as", "replaces"])
@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "..", "a/b"])
def test_a_scenario_refers_to_no_path(field: str, name: str) -> None:
    """A reference in a scenario that looks like a path is refused with the place where it stands."""
    data = parse(SMALL, "s.yaml").data
    data["lots"]["first"][field] = name
    with pytest.raises(InputError, match=f"lots.first.{field}"):
        join_scenario(InputFile("s.yaml", data), Specs())


def test_a_link_out_of_the_specs_folder_is_refused(tmp_path: Path) -> None:
    """A link in a user's specs that leads out of them is not followed; one that stays inside is."""
    chips = tmp_path / "specs" / "chips"
    chips.mkdir(parents=True)
    outside = tmp_path / "secret.yaml"
    outside.write_text(CHIP.replace("id: h200-sxm", "id: mine"))
    (chips / "mine.yaml").symlink_to(outside)
    specs = Specs(((tmp_path / "specs").resolve(),))
    with pytest.raises(InputError, match="leads out of the folder"):
        capacity.load_chip("mine", specs)
    (chips / "mine.yaml").unlink()
    (chips / "own.yaml").write_text(CHIP.replace("id: h200-sxm", "id: mine"))
    (chips / "mine.yaml").symlink_to("own.yaml")
    assert capacity.load_chip("mine", specs).id == "mine"


def test_nothing_in_a_scenario_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hostile values in every place of a scenario start no process, import nothing and open no socket."""
    armed = True
    forbidden = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.connect", "exec.user")

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if armed and event in forbidden:
            raise AssertionError((event, arguments))

    answered(SMALL)
    sys.addaudithook(watch)
    monkeypatch.chdir(tmp_path)
    rng = random.Random(0)
    payloads = ["!!python/object/apply:os.system ['touch owned']",
                "__import__('os').system('touch owned')",
                "$(touch owned)", "`touch owned`", "{{ ''.__class__ }}", "%(x)s {0} {x}",
                "=HYPERLINK(1)", "!!python/name:os.system"]  # fmt: skip
    try:
        for _ in range(60):
            lines = SMALL.splitlines()
            i = rng.randrange(len(lines))
            key = lines[i].partition(":")[0]
            lines[i] = f"{key}: {rng.choice(payloads)}"
            answered("\n".join(lines))
        for payload in payloads:
            answered(SMALL, (f"assumptions.mfu={payload}", f"{payload}=1"))
            answered(SMALL.replace("My scenario", f'"{payload}"'))
    finally:
        armed = False
    assert list(tmp_path.iterdir()) == []


def test_a_report_is_safe_against_markup(tmp_path: Path) -> None:
    """Names, notes and sources that look like markup or formulas stand in a report as plain text."""
    if not importlib.util.find_spec("capacity.questions.report"):
        pytest.skip("there is no report in this version")
    hostile = "<script>alert(1)</script>"
    data = parse(SMALL, "s.yaml").data
    data["name"] = data["owners"]["acme"]["name"] = data["sources"]["memo"]["title"] = hostile
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(data))
    with contextlib.suppress(SystemExit):
        commands()(["report", str(tmp_path / "s.yaml"), "--out", str(tmp_path / "r.html")], prog_name="capacity")
    page = (tmp_path / "r.html").read_text()
    assert hostile not in page
    assert "&lt;script&gt;" in page


def test_a_workbook_is_safe_against_formulas(tmp_path: Path) -> None:
    """No cell of a workbook is a formula, whatever names and sources begin with."""
    if not importlib.util.find_spec("capacity.questions.report"):
        pytest.skip("there is no report in this version")
    openpyxl = pytest.importorskip("openpyxl")
    data = parse(SMALL, "s.yaml").data
    data["name"] = data["owners"]["acme"]["name"] = data["sources"]["memo"]["title"] = "=HYPERLINK(1)"
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(data))
    with contextlib.suppress(SystemExit):
        commands()(["report", str(tmp_path / "s.yaml"), "--out", str(tmp_path / "r.xlsx")], prog_name="capacity")
    cells = [c for sheet in openpyxl.load_workbook(tmp_path / "r.xlsx") for row in sheet.iter_rows() for c in row]
    assert any("HYPERLINK" in str(cell.value) for cell in cells)
    assert not [cell for cell in cells if cell.data_type == "f"]
