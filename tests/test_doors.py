"""One text is one number, one day, one name at every door; a unit that slipped is met at each."""

import csv
import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import capacity
from capacity import load
from capacity.cli.paths import read_mix
from capacity.errors import InputError
from capacity.load import Specs, load_chip, load_integrity, typed_settings
from capacity.load.input_file import parse
from capacity.model.dates import as_date
from capacity.quantity import Quantity
from capacity.questions.solve import read_target
from capacity.questions.variants import axes
from capacity.records.integrity import slips
from capacity.slips import part_notes
from capacity.source import WRITTEN
from tests.running import run

FILE = """\
id: mine
name: Mine
as_of: {as_of}
owners: {{acme: {{name: Acme}}}}
lots: {{a: {{chip: h20, stage: ordered, date: {date}, due: {due}, owners: [acme], count: {count}}}}}
counted: [a]
sources: {{memo: {{title: {title}, kind: user}}}}
"""
DAYS = {"as_of": "2026-01-01", "date": "2026-01-01", "due": "2026-12-31"}
SAID = {**DAYS, "count": "{value: 5, source: memo, grade: D}", "title": "a memo"}


def scenario(**other: str) -> Any:
    """A scenario of one lot, with other texts at some places of its file."""
    return load.join_scenario(parse(FILE.format(**{**SAID, **other}), "s.yaml"), Specs())


def number(quantity: Quantity) -> float:
    assert quantity.value is not None
    return quantity.value


def _deals(text: str, folder: Path, date: str = "2026-01-01") -> Any:
    path = folder / "deals.csv"
    with path.open("w", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(["owner", "chip", "count", "stage", "date", "source", "url"])
        rows.writerow(["Acme", "h20", text, "installed", date, "memo", ""])
    return load.load_scenario(path).file.lots["line-2"]


def _case(text: str, folder: Path) -> float:
    path = folder / "cases.csv"
    with path.open("w", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(["case", "chip", "workload", "metric", "basis", "value"])
        rows.writerow(["a", "h20", "claim", "power", "it", text])
    cases, bad = load.load_cases(path)
    if bad:
        raise ValueError(bad[0].reason)
    return cases[0].value


def _varied(text: str) -> float:
    [word] = axes([f"lots.a.count={text}"])["lots.a.count"]
    return number(scenario().having({"lots.a.count": word}).file.lots["a"].count)


DOORS: dict[str, Callable[[str, Path], float]] = {
    "--amount": lambda t, _: number(load.join_scenario(
        load.one_lot_document("h20", t, [], "2026-01-01", None), Specs()).file.lots["stated"].count),
    "--lot": lambda t, _: number(load.join_scenario(
        load.lots_document([load.read_lot(f"{t} H20 installed", Specs())], "2026-01-01", None), Specs()
    ).file.lots["stated"].count),
    "build": lambda t, _: number(capacity.Scenario.build(
        name="Mine", lots=[capacity.Lot(chip="h20", amount=t, stage="installed", owners=["Acme"])], as_of="2026-01-01",
    ).file.lots["lot-1"].count),
    "--set": lambda t, _: number(scenario().having(typed_settings([f"lots.a.count={t}"])).file.lots["a"].count),
    "having": lambda t, _: number(scenario().having({"lots.a.count": t}).file.lots["a"].count),
    "--target": lambda t, _: number(read_target(f"power.it.nameplate={t} W").quantity),
    "--vary": lambda t, _: _varied(t),
    "--mix": lambda t, _: read_mix(f"h20={t}")["h20"],
    "claim": lambda t, _: load.understand_claim(f"chips {t}", Specs(), "claim").number,
    "deals": lambda t, folder: number(_deals(t, folder).count),
    "cases": _case,
    "says": lambda t, _: number(scenario(count=f'{{says: "{t}", source: memo, grade: D}}').file.lots["a"].count),
}  # fmt: skip
NUMBERS = {"400 000": 4e5, "400\u00a0000": 4e5, "400\u2009000": 4e5, "400'000": 4e5, "400’000": 4e5, "4 lakh": 4e5,
           "2 crore": 2e7, "40万": 4e5, "４０万": 4e5, "４５０": 450, "1e5": 1e5, "1E5": 1e5, "1e+5": 1e5, "5.": 5,
           "400k": 4e5, "three": 3}  # fmt: skip
PARTED = ("1.200.475", "1.200,5", "40,00")  # read in a table, whose column tells how its decimals are written
REFUSED = (
    "400.000",
    "1.200.475",
    "1_000",
    "0x10",
    "+400",
    "1...5",
    "٣",
    "²",
    "1e400",
    "5%%",
    "--5",
    "4 00 000",
    "twelf",
)


@pytest.mark.parametrize("door", DOORS)
def test_a_number_in_any_notation_is_the_same_at_every_door(door: str, tmp_path: Path) -> None:
    """Spaces of all widths, apostrophes, lakh and 万, full width, exponents: one text is one number."""
    found = {text: DOORS[door](text, tmp_path) for text in NUMBERS}
    assert found == pytest.approx(NUMBERS)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("text", REFUSED)
def test_what_may_be_two_numbers_or_none_is_refused_at_every_door(door: str, text: str, tmp_path: Path) -> None:
    """400.000 may be 400,000 or 400, and is neither anywhere; nor is what no reader writes."""
    if door == "deals" and text in PARTED:
        return
    with pytest.raises((InputError, ValueError)) as error:
        DOORS[door](text, tmp_path)
    if text == "400.000":
        assert "400.000 may be 400,000 or 400" in str(error.value)


@pytest.mark.parametrize("door", DOORS)
def test_commas_part_thousands_or_are_refused(door: str, tmp_path: Path) -> None:
    """400,000 is 400,000 where no list is meant, and no decimal comma is taken for another mark."""
    if door != "--mix":  # a list with commas
        assert DOORS[door]("400,000", tmp_path) == 400_000
    for text in ("1.200,5", "4,00,000", "40,00"):
        if door == "deals" and text in PARTED:
            continue
        with pytest.raises((InputError, ValueError)):
            DOORS[door](text, tmp_path)


@pytest.mark.parametrize("door", ["--set", "having", "--target", "--vary", "--mix", "claim", "cases", "says"])
def test_fractions_are_numbers_where_no_chips_are_counted_whole(door: str, tmp_path: Path) -> None:
    """½ is 0.5, as .5 and 1.5 are what they say."""
    place = {"--set": "assumptions.mfu", "having": "assumptions.mfu"}.get(door)
    for text, value in {"½": 0.5, ".5": 0.5, "0.50": 0.5}.items():
        if place:
            assert number(scenario().having({place: text}).file.set[place]) == value
        elif door in ("--vary", "says"):
            set_ = scenario().having({"assumptions.mfu": text}).file.set["assumptions.mfu"]
            assert number(set_) == value
        else:
            assert DOORS[door](text, tmp_path) == value


@pytest.mark.parametrize("text", ["400.000", "1_000", "+5", "0x10", ".inf", "1.200.000"])
def test_yaml_refuses_what_every_other_door_refuses(text: str) -> None:
    """A plain number in a file is read as one that is typed."""
    with pytest.raises(InputError):
        scenario(count=f"{{value: {text}, source: memo, grade: D}}")


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.0e+5", 1e5), ("1e5", 1e5), (".5", 0.5), ("1.125", 1.125), ("0.250", 0.25), ("400.0", 400.0), ("-3", -3)],
)
def test_yaml_reads_plain_numbers(text: str, value: float) -> None:
    """What a program or a careful hand writes is a number; a 0 before the point leaves no doubt."""
    assert parse(f"a: {text}", "x.yaml").data == {"a": value}


# --- units that slip --------------------------------------------------------------------------

SLIPS = {
    "chips.h200-sxm.dense_tflops.bf16": ["989500000000000", "0.9895", "989.5e12"],  # FLOP/s, PFLOP/s in TFLOP/s
    "chips.h200-sxm.tdp_w": ["700000", "0.7", "0"],  # mW, kW in W
    "chips.h200-sxm.memory_gb": ["141000", "0.141"],  # MB, TB in GB
    "chips.h200-sxm.memory_bandwidth_tb_s": ["4800", "0.0048"],  # GB/s, PB/s in TB/s
}


@pytest.mark.parametrize(("place", "text"), [(place, text) for place, texts in SLIPS.items() for text in texts])
def test_another_unit_is_refused_at_every_door(place: str, text: str, tmp_path: Path) -> None:
    """H200 prints 989.5 TFLOP/s, 700 W, 141 GB and 4.8 TB/s: a thousand times more or less is no such chip."""
    with pytest.raises(InputError, match=place.replace(".", r"\.")):
        capacity.load_scenario().having({place: text})
    with pytest.raises(InputError, match=r"not possible|times"):
        load.scenario_from({**parse(FILE.format(**SAID).replace("h20,", "h200-sxm,"), "s").data,
                            "set": {place: {"value": float(text), "source": "memo", "grade": "D"}}})  # fmt: skip
    field = place.removeprefix("chips.h200-sxm.")
    sheet = load_chip("h200-sxm")
    typed = {field: Quantity(value=float(text), source=("x",), grade="D")}
    assert list(slips(sheet.having(typed), load_integrity(), field))
    done = run("estimate", "--set", f"{place}={text}", "--draws", "64")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1


def test_a_users_sheet_in_another_unit_is_refused(tmp_path: Path) -> None:
    """In --specs too: 700,000 W of one chip is no TDP."""
    chips = tmp_path / "chips"
    chips.mkdir()
    text = (load.built_in_specs() / "chips" / "h200-sxm.yaml").read_text()
    mistaken = re.sub(r"^(tdp_w:.*?value: )700\b", r"\g<1>700000", text, flags=re.MULTILINE | re.DOTALL)
    assert mistaken != text
    (chips / "h200-sxm.yaml").write_text(mistaken)
    with pytest.raises(InputError, match=r"7e\+05 is not possible"):
        capacity.load_scenario(specs=tmp_path)


def test_what_might_be_is_no_fault_and_what_no_part_has_is_noted() -> None:
    """A chip of 800 TFLOP/s at 500 W is tried without a word; one of 2,500 W, and a price in thousands, with a note."""
    base = capacity.load_scenario()
    tried = base.having({"chips.h200-sxm.dense_tflops.bf16": 800, "chips.h200-sxm.tdp_w": 500})
    assert tried.notes == base.notes
    noted = base.having({"chips.h200-sxm.tdp_w": 2500, "prices.h200-sxm.china": 30, "grids.cn.combustion_kg_kwh": 550})
    new = [note for note in noted.notes if note not in base.notes]
    assert [note.partition(":")[0] for note in new] == [
        "chips.h200-sxm.tdp_w", "prices.h200-sxm.china", "grids.cn.combustion_kg_kwh"
    ]  # fmt: skip
    assert new[0] == "chips.h200-sxm.tdp_w: 2500 W is beyond all chips here (70 to 1700): is the unit right?"


def test_every_part_here_lies_in_the_ranges_and_would_be_let_in() -> None:
    """The ranges hold all that they speak of, so that no shipped figure is noted, and none typed again is a slip."""
    table, specs = load_integrity(), Specs()
    for name in specs.ids("chips"):
        chip = load_chip(name)
        kind = "SRAM chips" if chip.memory_type == "SRAM" else "chips"
        assert not list(part_notes(name, kind, chip.figures(), table))
        assert not [breach for field in chip.figures() for breach in slips(chip, table, field)]
    for name in specs.ids("prices"):
        assert not list(part_notes(name, "prices", {**load.load_price(name).usd}, table))  # type: ignore[dict-item]
    for name in specs.ids("grids"):
        assert not list(part_notes(name, "grids", load.load_grid(name).factors, table))
    for name in specs.ids("sites"):
        assert not list(part_notes(name, "sites", load.load_site(name).figures, table))


# --- days -------------------------------------------------------------------------------------

NO_DAYS = ["86400", "1767225600", "1767225600000", "46023", "46023.0", "46023.5", "20260101", "2026-01-01T00:00:00"]


@pytest.mark.parametrize("field", ["as_of", "date", "due"])
@pytest.mark.parametrize("text", NO_DAYS)
def test_a_number_is_no_day(field: str, text: str) -> None:
    """Seconds since 1970 and a spreadsheet's number of a day are refused, plain or quoted."""
    for typed in (text, f"'{text}'"):
        with pytest.raises(InputError, match=r"is no date|is a number, no date"):
            scenario(**{field: typed})


@pytest.mark.parametrize("text", [text for text in NO_DAYS if "T" not in text])
def test_a_number_is_no_day_in_a_table_or_an_option(text: str, tmp_path: Path) -> None:
    """A CSV has no days of its own, so a spreadsheet's 46023 is refused there, and alone: no second fault."""
    with pytest.raises(InputError) as error:
        _deals("5", tmp_path, text)
    [fault] = error.value.faults
    assert "no date" in fault.what
    with pytest.raises(InputError, match="is no date"):
        as_date(text)


def test_words_for_a_day_stand_in_a_table_too(tmp_path: Path) -> None:
    """`Q3 2026` ends on 30 September, in a CSV as in a file."""
    assert _deals("5", tmp_path, "Q3 2026").date.isoformat() == "2026-09-30"


def test_the_day_of_a_typed_lot_is_the_same_in_every_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kiritimati (UTC+14) and Baker Island (UTC-12) never have one day; what is typed in both is one scenario."""
    days = []
    try:
        for zone in ("Etc/GMT-14", "Etc/GMT+12"):
            monkeypatch.setitem(os.environ, "TZ", zone)
            time.tzset()
            days.append(load.today())
    finally:
        monkeypatch.undo()
        time.tzset()
    assert days[0] == days[1]


# --- names ------------------------------------------------------------------------------------

NAMES = {
    "id": "mine", "name": "Mine", "as_of": "2026-01-01", "counted": ["first", "second"],
    "owners": {"total": {"name": "Total"}, "first": {"name": "First"}},
    "lots": {
        "first": {"chip": "h20", "stage": "installed", "date": "2026-01-01", "owners": ["total"],
                  "count": {"value": 1000, "source": "memo", "grade": "C"}},
        "second": {"chip": "h20", "stage": "installed", "date": "2026-01-01", "owners": ["first"],
                   "count": {"value": 500, "source": "memo", "grade": "C"}},
    },
    "sources": {"memo": {"title": "FT", "kind": "user"}},
}  # fmt: skip


def test_an_owner_and_a_lot_of_one_name_are_told_apart() -> None:
    """Lot `first` has 1,000 chips, owner `first` has the 500 of the other lot: the bare name is refused."""
    answer = capacity.estimate(NAMES, 64, by=("owner", "lot"))
    with pytest.raises(InputError, match=r"@first: is the name of 2 groups \(@owner:first, @lot:first\)"):
        answer.draws("chips@first")
    assert answer.draws("chips@owner:first").tolist() == [500.0] * 64
    assert answer.draws("chips@lot:first").tolist() == [1000.0] * 64
    assert answer.draws("chips@second").tolist() == [500.0] * 64


def test_an_owner_called_total_is_not_the_total() -> None:
    """Of 1,500 chips the owner called total has 1,000; `@total` alone is refused where it may be either."""
    answer = capacity.estimate(NAMES, 64, by="owner")
    assert answer.draws("chips").tolist() == [1500.0] * 64
    assert answer.draws("chips@owner:total").tolist() == [1000.0] * 64
    with pytest.raises(InputError, match=r"@total: is the name of 2 groups \(no @ for the total, @owner:total\)"):
        answer.draws("chips@total")


def test_the_addresses_of_records_are_those_that_draws_takes() -> None:
    """Every record's address gives the median that the record prints."""
    answer = capacity.estimate(NAMES, 64, by=("owner", "lot"), show=("chips", "power.it.nameplate"))
    for row in answer.records():
        assert float(sorted(answer.draws(row["address"]))[31]) <= row["p50"] * (1 + 1e-9)
        assert float(sorted(answer.draws(row["address"]))[32]) >= row["p50"] * (1 - 1e-9)


@pytest.mark.parametrize("title", ["FT", "财新", "36氪", "X"])
def test_a_source_may_have_few_letters(title: str) -> None:
    """The FT, 财新 and X are publications; a title without a letter names nobody."""
    assert scenario(title=title).file.sources["memo"].title == title
    assert load.typed_source(title).title == title
    for nobody in (" ", "", "–"):
        with pytest.raises(InputError, match="names nobody"):
            scenario(title=f"'{nobody}'")
        with pytest.raises(InputError, match="names nobody"):
            load.typed_source(nobody)


def test_what_is_no_id_day_or_address_is_told_in_words() -> None:
    """Every pattern of a record has its words; no expression for machines is shown to a person."""
    schemas = json.dumps([load.record_of(kind).model_json_schema() for kind in load.KINDS])
    patterns: set[str] = set()
    json.loads(schemas, object_hook=lambda part: patterns.update(filter(None, [part.get("pattern")])) or part)
    assert len(patterns) > 2
    assert patterns <= set(WRITTEN)
    text = FILE.format(**SAID).replace(
        "memo: {title: a memo, kind: user}", "FT: {title: a, kind: user, url: 'ftp:x', seen: May 2026}"
    )
    with pytest.raises(InputError) as error:
        load.join_scenario(parse(text, "s.yaml"), Specs())
    assert [str(fault).partition(": ")[2] for fault in error.value.faults] == [
        "sources.FT: 'FT' is no id (small letters a to z, digits, - and ., such as reuters-2026)",
        "sources.FT.url: 'ftp:x' is no address (https://… without spaces)",
        "sources.FT.seen: 'May 2026' is no date (a day such as 2026-11-23, a month or a year)",
    ]


@pytest.mark.parametrize(
    ("line", "count"),
    [("8x H20 installed", 8), ("8 × H20", 8), ("8 'H20' installed", 8), ("8 H20. installed", 8), ("8+ H20", None),
     ("8% H20", 0), ("8 % H20", 0), ("8%% H20", 0), ("8 / H20", 0), ("8 = H20", 0), ("8 H20% installed", 0),
     ("8 ~ H20", 0), ("8? H20", 0), ("8 - H20", 0), ("8_H20", 0), ("8 @ H20", 0), ("8° H20", 0), ("8 H20 # 5", 0)],
)  # fmt: skip
def test_a_sign_beside_a_name_is_read_or_refused(line: str, count: float | None) -> None:
    """Names are compared without signs, but a sign beside one may say something: 8 % are no 8 chips."""
    if count == 0:
        with pytest.raises(InputError, match="cannot read"):
            load.read_lot(line, Specs())
        return
    lots = load.join_scenario(load.lots_document([load.read_lot(line, Specs())], "2026-01-01", None), Specs())
    found = lots.file.lots["stated"].count
    assert (found.value, found.floor) == ((count, None) if count else (None, 8))
