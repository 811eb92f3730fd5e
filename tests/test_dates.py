"""Dates and deals on the command line: both views side by side, and a sheet of deals as input."""

import csv
import io
import json
from pathlib import Path

import pytest

import capacity
from tests.running import good, run

HEAD = "owner,chip,count,stage,date,source,url\n"
DEALS = HEAD + (
    'ByteDance,h200-sxm,"roughly 10,000",delivered,2026-08-18,FT 18 August 2026,https://www.ft.com/content/x\n'
    'ByteDance; Tencent,h20,"about 230,000 each",ordered,2024-12-31,Omdia in FT,\n'
)


@pytest.mark.parametrize("columns", [60, 80, 100, 200])
def test_the_table_with_dates_fits_the_width(columns: int) -> None:
    """With a series of dates no line is wider than the terminal, addresses of sources apart."""
    arguments = ("estimate", "--at", "2026-03-31", "--at", "2026-08-18", "--at", "2026-12-31", "--by", "owner")
    text = good(*arguments, columns=columns)
    assert max(len(line) for line in text.splitlines() if "http" not in line) <= columns
    for words in ("as stated", "2026-03-31", "2026-12-31", "chips, delivered", "Tencent", "approved_delivered"):
        assert words in text, words


def test_json_and_csv_carry_view_and_date() -> None:
    """Each line says its view and date; counts by stage are there at the date only; CSV has the same numbers."""
    arguments = ("estimate", "h200-china-2026-10", "--at", "2026-08-31")
    lines = json.loads(good(*arguments, "--format", "json"))["lines"]
    assert {(x["view"], x["at"]) for x in lines} == {("as_stated", None), ("in_service", "2026-08-31")}
    total = {x["stage"]: x for x in lines if x["quantity"] == "chips" and x["at"] and "owner" not in x}
    assert list(total) == ["in service", "delivered", "installed"]
    assert total["in service"]["p50"] <= total["installed"]["p50"] <= total["delivered"]["p50"]
    rows = list(csv.DictReader(io.StringIO(good(*arguments, "--format", "csv"))))
    assert [(r["view"], r["at"], float(r["p50"])) for r in rows] == [
        (x["view"], x["at"] or "", x["p50"]) for x in lines
    ]


def test_the_assumptions_of_deployment_are_listed_with_their_grades() -> None:
    """What the dates rest on is in the JSON, the chance that nothing comes with it; without dates it is not."""
    dated = json.loads(good("estimate", "--at", "2026-12-31", "--format", "json"))["assumptions"]
    conversion = [a for a in dated if a["place"].startswith("assumptions.approved_delivered")]
    assert {a["grade"] for a in conversion} == {"D"}
    assert {a["chance"] for a in conversion} == {0.7}
    plain = json.loads(good("estimate", "--format", "json"))["assumptions"]
    assert not [a for a in plain if "delivered" in a["place"]]


def test_sentence_and_markdown_say_the_date() -> None:
    """The sentence and the Markdown name the date beside what is delivered and in service."""
    for format_ in ("sentence", "markdown"):
        text = good("estimate", "--at", "2026-08-18", "--format", format_)
        assert "2026-08-18: " in text
        assert "delivered" in text
        assert "in service" in text


@pytest.mark.parametrize("given", ["soon", "2026-02-30", "31.12.2026"])
def test_a_date_that_is_none_is_refused(given: str) -> None:
    """A day that no calendar has is one line on stderr, exit 1."""
    done = run("estimate", "--at", given)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("--at:")
    assert len(done.stderr.splitlines()) == 1


def test_stages_without_a_date_are_refused_with_advice() -> None:
    """`--show chips.delivered` without `--at` says what is missing."""
    done = run("estimate", "--show", "chips.delivered")
    assert done.returncode == 1
    assert "--at DATE" in done.stderr


def test_a_sheet_of_deals_is_a_scenario(tmp_path: Path) -> None:
    """Each row is a counted lot; 230,000 each for two firms are twice that; the sources are the sheet's."""
    (tmp_path / "deals.csv").write_text(DEALS)
    data = json.loads(good("estimate", "deals.csv", "--by", "lot", "--format", "json", "--quiet", cwd=tmp_path))
    chips = {x.get("lot"): x["p50"] for x in data["lines"] if x["quantity"] == "chips"}
    assert chips["line-2"] == pytest.approx(10_000, rel=0.03)
    assert chips["line-3"] == pytest.approx(460_000, rel=0.05)
    assert {"FT 18 August 2026", "Omdia in FT"} <= {s["title"] for s in data["sources"]}


def test_a_sheet_says_when_and_where(tmp_path: Path) -> None:
    """Due dates, phases, rates, classes, sites and regions of a sheet are those of the lots that it makes."""
    (tmp_path / "plans.csv").write_text(
        HEAD.replace("url", "url,due,phases,per,since,until,route,site,region")
        + 'Meta,h100-sxm,"350,000",planned,2024-01-18,Meta,,by the end of 2024,,,,,,,us\n'
        "OpenAI,gb200,8000,signed,2025-10-06,press,,,25% by Q4 2026; 75% by 2029-12-31,,,,,Abilene hall,us\n"
        "Humain,gb300,1000,LOI,2025-05-13,press,,,,quarter,Q1 2026,end of 2026,export-deal,,sa\n"
        "DOE,gb200,500,,2025-01-01,press,,,,,,,national-programme,alibaba-zhangbei,\n"
    )
    good("estimate", "plans.csv", "--save", "plans.yaml", "--format", "json", "--quiet", cwd=tmp_path)
    file = capacity.load_scenario(tmp_path / "plans.yaml").file
    lots = list(file.lots.values())
    assert [str(lot.due or "") for lot in lots] == ["2024-12-31", "", "", ""]
    assert [(span.part, str(span.end)) for span in lots[1].promised] == [(0.25, "2026-12-31"), (0.75, "2029-12-31")]
    assert (lots[2].per, str(lots[2].since), str(lots[2].until), lots[2].times) == (
        "quarter",
        "2026-01-01",
        "2026-12-31",
        4,
    )
    assert [lot.stage for lot in lots] == ["planned", "ordered", "planned", "ordered"]
    assert [lot.route for lot in lots] == [None, None, "export-deal", "national-programme"]
    assert [lot.site for lot in lots] == [None, "abilene-hall", None, "alibaba-zhangbei"]
    assert (file.sites["abilene-hall"].name, file.sites["abilene-hall"].region) == ("Abilene hall", "us")
    assert (file.owners["meta"].region, file.owners["openai"].region, file.owners["humain"].region) == (
        "us",
        "us",
        "sa",
    )
    assert str(file.as_of) == "2025-10-06"


def test_a_saved_sheet_gives_the_same_numbers(tmp_path: Path) -> None:
    """`--save` writes the deals as a YAML scenario that estimates to the same lines."""
    (tmp_path / "deals.csv").write_text(DEALS)
    one = good("estimate", "deals.csv", "--save", "deals.yaml", "-f", "json", "--quiet", cwd=tmp_path)
    two = good("estimate", "deals.yaml", "-f", "json", "--quiet", cwd=tmp_path)
    assert json.loads(one)["lines"] == json.loads(two)["lines"]


def test_all_faults_of_a_sheet_are_met_at_once(tmp_path: Path) -> None:
    """Every wrong field is a line with the number of its row, exit 1, no traceback."""
    (tmp_path / "bad.csv").write_text(
        HEAD + "ByteDance,h200-sxm,rougly 10,delivered,2026-08-18,FT 18 August,\n"
        "Tencent,h20,10,orderd,2024-13-31,Omdia,\n"
        "Tencent,h20,10\n"
        ",h20,,ordered,2024-12-31,Omdia,\n"
    )
    done = run("estimate", "bad.csv", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    faults = done.stderr.splitlines()
    assert [int(line.split(":")[1]) for line in faults] == [2, 3, 3, 4, 5]
    for words in ('cannot read "rougly 10"', "'orderd'", "2024-13-31", "another number of fields", "count is missing"):
        assert words in done.stderr, words


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        (HEAD, "has no deals"),
        ("owner,chip,count\nA,h20,5\n", "no day of the statement is given for row 2 (a column date, or --date"),
        (HEAD.replace("owner", "ownr") + "A,h20,5,ordered,2026-01-01,Somebody,\n", "did you mean owner"),
        (HEAD + 'A,h20,"5,ordered,2026-01-01,Somebody,\n', "not CSV"),
        (HEAD + "A,h2000,5,ordered,2026-01-01,Somebody,\n", "unknown chip 'h2000'"),
        (HEAD + "A,h20,nan,ordered,2026-01-01,Somebody,\n", "count"),
    ],
)
def test_a_sheet_that_is_none_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """A sheet without head, rows, quotes or a known chip is an error, never a traceback."""
    (tmp_path / "x.csv").write_text(text)
    done = run("estimate", "x.csv", cwd=tmp_path)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_ceilings_and_conversion_can_be_set() -> None:
    """`--set` reaches a lot's supply and conversion: 1,000 in stock leave 1,000, a conversion of a half 500."""
    arguments = ("estimate", "--set", "lots.approved.supply=1000", "--set", "lots.approved.conversion=0.5",
                 "--at", "2030-01-01", "--by", "total", "--show", "chips", "--format", "json")  # fmt: skip
    lines = json.loads(good(*arguments))["lines"]
    found = {x["stage"]: x["p50"] for x in lines}
    assert found["approved"] == pytest.approx(1000)
    assert found["delivered"] == pytest.approx(500)


def test_one_unit_serves_what_is_stated_and_what_is_in_service() -> None:
    """Columns of one row share a unit in which the small one reads well and the large one stays short."""
    text = good("estimate", "--at", "2026-12-31", "--show", "peak_flops.fp8.sparse,memory_bandwidth", columns=120)
    table = text.partition("\ntotal ")[2].partition("\n\n")[0].splitlines()[2:]
    rows = {line.split("  ")[0]: line.split()[-1] for line in table}
    assert rows == {"peak, FP8 sparse": "EFLOP/s", "memory bandwidth": "PB/s"}


def test_a_table_has_no_empty_rows() -> None:
    """What is a count at a date has no row in the table of what is stated."""
    text = good("estimate", "--at", "2026-12-31")
    stated = text.partition("in service 2026-12-31")[0]
    assert "chips, delivered" not in stated
    assert "chips, delivered" in text
