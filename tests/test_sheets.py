"""Sheets as people keep them become scenarios, or say in a few lines what is wrong; and pipelines become plans."""

import datetime
import json
from pathlib import Path

import openpyxl
import pandas
import pytest

import capacity
from capacity.errors import InputError
from capacity.load.columns import find_head, plain_number, typed_columns
from capacity.load.records import load_headings
from capacity.load.tables import cell_name, decoded, read_sheets
from tests.running import good, run

DAY = datetime.datetime
HEAD = ["Deal", "Customer", "GPU model", "# GPUs", "Status", "Signed", "Go-live", "Location", "Site MW", "Capex ($m)",
        "Owner rep", "Incl."]  # fmt: skip
DEALS = [
    ["A-1", "Humain", "GB300", 18000, "On order", DAY(2025, 5, 13), "Q4 2026", "Riyadh 1", 35, 900, "Sam", "y"],
    ["A-2", "Humain", "GB300", 14400, "LOI", DAY(2025, 9, 1), DAY(2027, 6, 30), "Riyadh 1", "", None, "Sam", "y"],
    ["A-3", "Meta", "H100 SXM", "24,576", "Live", DAY(2024, 3, 12), None, "Prineville", None, None, "Ann", "y"],
    ["A-4", "G42", "B200", 8000, "Announced", DAY(2025, 12, 1), "H1 2027", "Abu Dhabi", 14, None, "Ann", "y"],
    ["A-5", "Tencent", "H20", 20000, "Delivered", DAY(2025, 6, 1), None, "Tianjin", None, None, "Li", "n"],
]
SITES = [
    ["Riyadh 1", 40, "facility", DAY(2026, 6, 1), "liquid cooled", 1.3, "Saudi Arabia"],
    ["Riyadh 1", 60, "facility", DAY(2027, 7, 1), "liquid cooled", 1.3, "Saudi Arabia"],
    ["Prineville", 80, "IT", DAY(2023, 1, 1), "Air", None, "US"],
]


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """A planner's workbook: titles above the table, a total and a remark below, a second sheet of sites."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Pipeline"
    sheet["A1"], sheet["A2"] = "Compute pipeline", "updated weekly"
    sheet.append([])
    total = ["TOTAL", None, None, 84976, None, None, None, None, 49, 900, None, None]
    for row in (HEAD, *DEALS, total, ["Source: account teams"]):
        sheet.append(row)
    sites = book.create_sheet("Sites")
    for row in (["Site", "Available MW", "Basis", "From", "Cooling", "PUE", "Country"], *SITES):
        sites.append(row)
    book.save(tmp_path / "pipeline.xlsx")
    return tmp_path / "pipeline.xlsx"


EUROPEAN = (
    "Buyer;Accelerator;Quantity;State;Announced;Due date;MW;Comment\n"
    "Nscale;GB300;1.200.000;planned;13.05.2025;31.12.2027;;ten years\n"
    "Nebius;H200;12.500;on order;01.06.2025;by the end of 2026;22,5;\n"
)
CHINESE = (
    "客户,芯片型号,数量,状态,日期,备注\n字节跳动,昇腾910C,20000,已订,2026-01-10,首批\n"
    "腾讯,H20,1.5万,交付,2025-12-01,\n合计,,35000,,,\n"
)


def test_a_planners_workbook_is_a_scenario_as_it_is(workbook: Path) -> None:
    """18,000 GB300 of row 5 … with stages, days, sites and limits; the total and the remark are left out and told."""
    file = capacity.load_scenario(workbook).file
    lots = file.lots
    assert [(lot.name, lot.chip, lot.count.value) for lot in lots.values()] == [
        ("A-1", "gb300", 18_000), ("A-2", "gb300", 14_400), ("A-3", "h100-sxm", 24_576), ("A-4", "b200", 8_000),
        ("A-5", "h20", 20_000),
    ]  # fmt: skip
    assert [lot.stage for lot in lots.values()] == ["ordered", "planned", "in service", "planned", "delivered"]
    assert [str(lot.due or "") for lot in lots.values()] == ["2026-12-31", "2027-06-30", "", "2027-06-30", ""]
    assert file.counted == ("line-5", "line-6", "line-7", "line-8")
    riyadh = file.sites["riyadh-1"]
    assert [(str(p.date), p.basis, p.limit.value) for p in riyadh.phases] == [
        ("2026-06-01", "facility", 40), ("2027-07-01", "facility", 60),
    ]  # fmt: skip
    assert (riyadh.cooling, riyadh.region, riyadh.assumptions["pue_peak"].value) == ("liquid", "sa", 1.3)
    assert (file.sites["prineville"].capacity_type, file.sites["prineville"].region) == ("it", "us")
    assert lots["line-5"].note == "Capex ($m): 900 million USD; Owner rep: Sam"
    notes = "\n".join(capacity.load_scenario(workbook).notes)
    for words in ("row 10 is a total (84976)", "row 11 is a remark", "'Owner rep'", "PUE of a site"):
        assert words in notes


def test_megawatts_beside_a_count_are_compared_and_never_combined(workbook: Path) -> None:
    """Riyadh has megawatts of one lot of two, so that lot is compared; Abu Dhabi of all; the counts stay exact."""
    claims = [claim.check for claim in capacity.load_scenario(workbook).file.claims]
    assert set(claims) == {"power.facility.nameplate@line-5 35 MW", "power.facility.nameplate@abu-dhabi 14 MW"}
    answer = capacity.plan(workbook, every="year", until="2027-12-31", draws=500)
    assert {c.where: c.stated for c in answer.compared} == {"A-1": 35e6, "Abu Dhabi": 14e6}
    assert answer.firmness["ordered"]["chips"].p95 == 18_000


def test_a_sheet_with_semicolons_commas_and_days_first(tmp_path: Path) -> None:
    """1.200.000 tells that 12.500 is 12,500; days with points begin with the day; 22,5 MW are not the count."""
    (tmp_path / "eu.csv").write_bytes(EUROPEAN.encode("utf-16"))
    lots = list(capacity.load_scenario(tmp_path / "eu.csv").file.lots.values())
    assert [lot.count.value for lot in lots] == [1_200_000, 12_500]
    assert [(str(lot.date), str(lot.due)) for lot in lots] == [
        ("2025-05-13", "2027-12-31"), ("2025-06-01", "2026-12-31"),
    ]  # fmt: skip
    assert lots[0].note == "ten years"


def test_a_chinese_sheet_in_its_own_encoding(tmp_path: Path) -> None:
    """GBK is told from its common characters; 1.5万 are 15,000; the sum is left out."""
    (tmp_path / "cn.csv").write_bytes(CHINESE.encode("gbk"))
    file = capacity.load_scenario(tmp_path / "cn.csv").file
    assert [(lot.chip, lot.stage) for lot in file.lots.values()] == [("ascend-910c", "ordered"), ("h20", "delivered")]
    assert file.lots["line-3"].count.middle == pytest.approx(15_000, rel=0.05)
    assert list(file.owners) == ["字节跳动", "腾讯"]


def test_letters_with_accents_are_no_gbk() -> None:
    """A file in an old European encoding is refused, never read as Chinese."""
    for text, encoding in (("Kunde;Zürich;café", "cp1252"), ("Заказчик;Москва", "cp1251")):
        with pytest.raises(InputError, match="is not UTF-8"):
            decoded(text.encode(encoding), Path("x.csv"))


WRONG = (
    "Customer,Accel,Qty,Status,Date,Go live\n"
    "A,B400,100,ordered,03/04/2026,Q3 2027\n"
    "B,H200,12.500,orderd,04/05/2026,soon\n"
    "C,B400x,5000,live,05/06/2026,\n"
    "D,H20,,live,05/06/2026,Q9 2027\n"
)


def test_faults_come_by_column_and_cause_with_the_cells_of_the_sheet(tmp_path: Path) -> None:
    """Eleven wrong cells are six or seven lines, each with its column, values and cells."""
    (tmp_path / "bad.csv").write_text(WRONG)
    done = run("validate", str(tmp_path / "bad.csv"))
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert len(lines) == 6
    for words in (
        "column 'Accel': 2 values are no chip: 'B400' (B2), 'B400x' (B4)",
        "column 'Date': 3 values may be two days: '03/04/2026' (E2), '04/05/2026' (E3), '05/06/2026' (E4, E5)",
        "--columns 'Date=date day-first', or month-first",
        "12.500 may be 12,500 or 12.5 (C3)", "unknown stage 'orderd' (D3)",
        "column 'Go live': 2 values are no date: 'soon' (F3), 'Q9 2027' (F5)", "the count is missing (C5)",
    ):  # fmt: skip
        assert words in done.stderr


def test_what_a_heading_means_can_be_said(tmp_path: Path) -> None:
    """`--columns` names what no synonym tells, and settles the order of days; an unknown heading is a fault."""
    (tmp_path / "odd.csv").write_text("Kunde,Karte,Stück,Tag\nA,H200,5000,03/04/2026\n")
    answer = good(
        "estimate", str(tmp_path / "odd.csv"), "--columns", "Kunde=owner", "--columns", "Karte=chip",
        "--columns", "Stück=amount", "--columns", "Tag=date month-first", "--format", "json", "--quiet",
    )  # fmt: skip
    lot = json.loads(answer)["lots"][0]
    assert (lot["chip"], lot["low"], lot["date"], lot["owners"]) == ("h200-sxm", 5000, "2026-03-04", ["a"])
    done = run("validate", str(tmp_path / "odd.csv"), "--columns", "Karton=chip", "--columns", "Karte=chips")
    assert done.returncode == 1
    assert "the sheet has no heading 'karton' (did you mean karte?" in done.stderr
    assert "no column 'chips'" in done.stderr


def test_two_columns_of_one_meaning_are_a_question(tmp_path: Path) -> None:
    """Qty and Units both say how many: which holds is not guessed."""
    (tmp_path / "two.csv").write_text("GPU,Qty,Units\nH200,5,6\n")
    with pytest.raises(InputError, match="columns 'Qty' and 'Units' both mean amount"):
        capacity.load_scenario(tmp_path / "two.csv")


def test_a_day_of_the_statement_comes_from_the_option_or_the_latest_live_date(tmp_path: Path) -> None:
    """Without a column of days the latest live day holds and is told; `--date` says another; without either a fault."""
    (tmp_path / "live.csv").write_text("GPU,Qty,Status,Go-live\nH200,5,live,2025-01-31\nH200,6,on order,Q4 2027\n")
    scenario = capacity.load_scenario(tmp_path / "live.csv")
    assert str(scenario.file.lots["line-3"].date) == "2025-01-31"
    assert any("2025-01-31, the latest day of what is live" in note for note in scenario.notes)
    frame = pandas.DataFrame({"GPU": ["H200"], "Qty": [6], "Status": ["on order"]})
    assert str(capacity.read_sheet(frame, date="2026-02-03").file.as_of) == "2026-02-03"
    with pytest.raises(InputError, match="no day of the statement is given for row 2"):
        capacity.read_sheet(frame)


def test_amounts_of_any_unit(tmp_path: Path) -> None:
    """Racks under their heading, megawatts where there is no count, money with the unit of its heading."""
    frame = pandas.DataFrame(
        {"System": ["GB300 NVL72", "", ""], "GPU": ["GB300", "GB300", "H100 SXM"], "Racks": [64, None, None],
         "IT MW": [None, 100, None], "Capex ($bn)": [None, None, 2]}
    )  # fmt: skip
    scenario = capacity.read_sheet(frame, date="2026-02-03")
    answer = capacity.estimate(scenario, draws=500, by="lot")
    assert float(answer.draws("chips@line-2").mean()) == 4_608  # 64 racks of 72
    assert answer.draws("power.it.nameplate@line-3") == pytest.approx(100e6)
    assert scenario.file.lots["line-4"].count.says == "2 billion USD"


def test_a_formula_without_its_result_is_a_fault(tmp_path: Path) -> None:
    """A workbook written by a program holds formulas whose results nobody stored: never taken for empty cells."""
    book = openpyxl.Workbook()
    for row in (["GPU", "Qty", "Date"], ["H200", "=2+3", "2026-01-01"], ["H20", 5, "2026-01-01"]):
        book.active.append(row)
    book.save(tmp_path / "f.xlsx")
    with pytest.raises(InputError, match=r"1 cells hold a formula whose result is not stored: B2"):
        capacity.load_scenario(tmp_path / "f.xlsx")


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    """A broken zip, a text named .xlsx: one line."""
    for content in (b"PK\x03\x04 broken", b"\x00\x01\x02", b""):
        (tmp_path / "x.xlsx").write_bytes(content)
        done = run("validate", str(tmp_path / "x.xlsx"))
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)


def test_a_saved_sheet_is_the_same_scenario(workbook: Path, tmp_path: Path) -> None:
    """`--save` writes the sheet as YAML that plans to the same rows."""
    saved = str(tmp_path / "saved.yaml")
    more = ("--until", "2027-12-31", "--every", "year", "--draws", "300", "--format", "json")
    one = json.loads(good("plan", str(workbook), "--save", saved, *more))
    two = json.loads(good("plan", saved, *more))
    assert one["rows"] == two["rows"]


# --- plan ---------------------------------------------------------------------------------------


def test_a_plan_holds_sites_against_their_limits(workbook: Path) -> None:
    """Nothing runs above a limit; Riyadh's 18,000 GB300 of about 49 MW pass 40 MW on the day they are promised."""
    answer = capacity.plan(workbook, every="half", until="2027-12-31", draws=2000)
    for one in answer.sites:
        if one.limit is not None and one.site != "prineville":
            assert one.power.p95 <= one.limit * (1 + 1e-9)
    over = answer.over("riyadh-1")
    assert over is not None
    assert (str(over.at), over.limit) == ("2026-12-31", 40e6)
    limits = [one.limit for one in answer.sites if one.site == "riyadh-1"]
    assert limits == [0, 40e6, 40e6, 40e6, 60e6]
    assert "would need" in answer.headline()
    for format_ in ("table", "json", "csv", "markdown", "html", "sentence"):
        assert answer.text(format_)


def test_a_plans_totals_are_those_of_an_estimate_in_the_same_worlds(workbook: Path) -> None:
    """The total at a date is what `estimate` gives at it with as many draws and the same seed."""
    answer = capacity.plan(workbook, every="year", until="2027-12-31", draws=1000, seed=3)
    other = capacity.estimate(workbook, 1000, 3, at="2027-12-31", by="total", show="power.facility.nameplate")
    line = next(line for line in other.lines() if line.view == "in_service")
    mine = answer.totals["power.facility.nameplate"][-1]
    assert (mine.p5, mine.p50, mine.p95) == pytest.approx((line.p5, line.p50, line.p95))
    stated = sum(by["power.facility.nameplate"].mean for by in answer.firmness.values())
    whole = capacity.estimate(workbook, 1000, 3, by="total", show="power.facility.nameplate").lines()[0].mean
    assert stated == pytest.approx(whole)


def test_a_total_that_lacks_figures_says_how_much_it_covers(workbook: Path) -> None:
    """No carbon figure is known of two grids: the total is that of the rest, with its part of the chips then there."""
    answer = capacity.plan(workbook, every="year", until="2027-12-31", draws=500)
    covered = answer.totals["carbon.combustion"][-1]
    other = capacity.estimate(workbook, 500, at=str(answer.days[-1]), by="owner", show="chips")
    lines = [
        line for line in other.lines() if (line.view, line.address, line.group) == ("in_service", "chips", "owner")
    ]
    known = sum(line.mean for line in lines if line.member not in ("humain", "g42"))
    assert covered.coverage == pytest.approx(known / sum(line.mean for line in lines))
    assert covered.coverage < 0.8
    assert any("sa, ae" in what for what in covered.lacking)
    assert answer.totals["chips"][0].coverage == 1


def test_ten_lines_of_python_give_the_plan_as_a_frame(workbook: Path) -> None:
    """A frame in, a frame out."""
    deals = pandas.read_excel(workbook, sheet_name="Pipeline", header=3)
    sites = pandas.read_excel(workbook, sheet_name="Sites")
    plan = capacity.plan(capacity.read_sheet(deals, sites=sites), every="year", until="2027-12-31", draws=300)
    frame = plan.to_frame()
    assert set(frame["of"]) == {"site", "total", "firmness", "statement"}
    assert len(frame[frame["of"] == "site"]) == len(plan.sites)


# --- parts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "columns", "unit"),
    [
        ("GPU Model", ("chip",), ""), ("# GPUs", ("amount",), ""), ("Go-Live", ("due",), ""),
        ("Capex ($m)", ("spend",), "million USD"), ("spend usd bn", ("spend",), "billion USD"),
        ("Power (GW)", ("power",), "GW"), ("芯片型号", ("chip",), ""), ("Accelerators", ("chip", "amount"), ""),
        ("favourite colour", (), ""),
    ],
)  # fmt: skip
def test_headings_as_people_write_them(heading: str, columns: tuple[str, ...], unit: str) -> None:
    """A heading is one column, or where it may be two both; its unit is read."""
    assert load_headings().heading(heading, "deals") == (columns, unit)


def test_what_is_typed_of_columns() -> None:
    """`HEADING=COLUMN`, the heading may hold an equals sign; anything else is refused."""
    assert typed_columns(["A=b=chip"]) == {"a=b": "chip"}
    for wrong in ("chip", "=chip", "GPU="):
        with pytest.raises(InputError, match="names no column"):
            typed_columns([wrong])


def test_cells_and_numbers() -> None:
    """Cells as a spreadsheet names them; decimals as the column has them."""
    assert [cell_name(c, 1) for c in (0, 25, 26, 701, 702)] == ["A1", "Z1", "AA1", "ZZ1", "AAA1"]
    assert plain_number("1.234,5", "decimal-comma") == "1234.5"
    assert plain_number("1,234.5", "decimal-point") == "1234.5"


def test_the_head_is_found_below_titles(workbook: Path) -> None:
    """The row with most known headings among the first is the head."""
    sheet = read_sheets(workbook)[0]
    row, known = find_head(sheet, "deals", load_headings(), {})
    assert sheet.rows[row][2] == "GPU model"
    assert known >= 10
