"""The command line as a person types it: whole processes, and what they print and leave behind."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import capacity
from tests.running import good

CLEAN = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}


def test_the_default_table_names_firms_basis_view_and_sources() -> None:
    """Without arguments the memo of the default scenario is printed, fit for 80 columns."""
    text = good("estimate")
    for words in ("ByteDance", "Alibaba", "Tencent", "BF16 dense", "facility power, nameplate", "View: as stated",
                  "[1] Reuters", "Context, not added", "more than two million", "sha256"):  # fmt: skip
        assert words in text, words
    assert max(len(line) for line in text.splitlines() if "http" not in line) <= 80


def test_every_sheet_price_and_grid_of_the_memo_is_cited() -> None:
    """What the results shown rest on has its source in the memo, and what they do not rest on has no line."""
    memo = good("estimate", "--full", columns=200)
    for words in ("BF16 dense 989.5", "TDP 700 W (A) [", "prices.h200-sxm.china 23500 to 36000 USD (grade C",
                  "grids.cn.combustion_kg_kwh 0.5306 kg CO2/kWh (B) [", "H100 SXM5 80 GB, the measure of equivalents",
                  "TensorRT-LLM", "Ministry of Ecology and Environment"):  # fmt: skip
        assert words in memo, words
    assert "\n- NVIDIA H200 SXM 141 GB: BF16 dense 989.5" in good("estimate", "--full", "--format", "markdown")
    rates = good("estimate", "--full", "--show", "peak_flops.bf16.dense", columns=200)
    assert "NVIDIA H200 SXM 141 GB: BF16 dense 989.5 TFLOP/s (A) [" in rates
    assert not any(words in rates for words in ("TDP", "prices.", "grids.", "the measure of equivalents"))
    command = good("estimate", "--set", "chips.h200-sxm.tdp_w=650", "--show", "power.chip", "--full", columns=200)
    assert "TDP 650 W (D, command) [" in command


def test_the_memo_of_a_chip_without_bf16_says_what_it_can() -> None:
    """Where a leading result cannot be given the memo still tells what the others rest on, in the sheet's units."""
    memo = good("estimate", "--chip", "mtt-s5000", "--count", "1000", columns=200)
    assert "chips.mtt-s5000.dense_tflops.fp8 920 to 1024 TFLOP/s (grade C)" in memo


@pytest.mark.parametrize("columns", [60, 100, 160, 200])
def test_the_table_fits_the_width(columns: int) -> None:
    """From 60 to 200 columns no line is wider than the terminal, addresses of sources apart."""
    text = good("estimate", columns=columns)
    assert max(len(line) for line in text.splitlines() if "http" not in line) <= columns


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize(
    "command",
    [
        ("paths", "colossus-1"), ("paths", "colossus-2"), ("show", "pue_peak"), ("show", "hedge", "over 400,000"),
        ("backtest", "--ledger"), ("list", "chips"), ("fit", "--chip", "h100-sxm", "--count", "1000", "--size", "1 MW"),
        ("solve", "--target", "power.facility.nameplate=700 MW", "--for", "lots.approved.count"),
    ],
)  # fmt: skip
def test_every_page_fits_a_terminal(command: tuple[str, ...], columns: int) -> None:
    """No line of tables, sentences and sources is wider than the terminal, addresses of sources apart."""
    text = good(*command, columns=columns)
    assert [line for line in text.splitlines() if len(line) > columns and "http" not in line] == []


def test_json_is_what_the_interface_fixes() -> None:
    """The JSON has the schema's keys, every quantity, SI units, and a source and grade on every assumption."""
    data = json.loads(good("estimate", "--format", "json"))
    assert data["schema"] == "capacity.estimate/1"
    assert set(data) >= {"version", "scenario", "draws", "seed", "lines", "assumptions", "sources"}
    assert set(data["scenario"]) == {"id", "name", "as_of", "sha256"}
    ids = {source["id"] for source in data["sources"]}
    for assumption in data["assumptions"]:
        assert assumption["grade"] in "ABCD"
        assert assumption["source"] in ids
        assert assumption["set_by"] in ("default", "scenario", "command")
        assert {"place", "low", "high", "unit"} <= set(assumption)
    for line in data["lines"]:
        assert {"quantity", "view", "at", "unit", "mean", "p5", "p50", "p95", "mc_error"} <= set(line)
        assert line["view"] == "as_stated"
        assert line["p5"] <= line["p50"] <= line["p95"]
    found = {line["quantity"] for line in data["lines"]}
    assert found >= {"chips", "servers", "peak_flops", "training_flops", "memory", "memory_bandwidth", "tpp",
                     "h100_equivalents", "power", "energy"}  # fmt: skip
    chips = next(line for line in data["lines"] if line["quantity"] == "chips" and "owner" not in line)
    assert chips["stage"] == "approved"
    power = {(x["boundary"], x["rating"]) for x in data["lines"] if x["quantity"] == "power"}
    assert ("contracted", "nameplate") in power
    assert ("chip", "nameplate") in power
    assert {("facility", r) for r in ("nameplate", "peak", "average")} <= power


def test_csv_has_a_row_per_line_of_the_json() -> None:
    """CSV and JSON hold the same numbers."""
    lines = json.loads(good("estimate", "--format", "json"))["lines"]
    rows = list(csv.DictReader(io.StringIO(good("estimate", "--format", "csv"))))
    assert [float(row["p50"]) for row in rows] == [line["p50"] for line in lines]
    assert [row["owner"] for row in rows] == [line.get("owner", "") for line in lines]


def test_sentence_can_be_quoted() -> None:
    """The sentence has interval, basis, date, source, version and scenario."""
    text = good("estimate", "--format", "sentence")
    assert text.count("\n") == 1
    for words in (
        "As of 28 January 2026",
        "90 % interval",
        "dense BF16",
        "Reuters",
        f"capacity {capacity.__version__}",
        "sha256",
    ):
        assert words in text, words


def test_a_saved_lot_gives_the_same_numbers(tmp_path: Path) -> None:
    """What `--chip --count --owners --save` wrote estimates to the same lines."""
    made = good("estimate", "--chip", "h200-sxm", "--count", "over 400,000", "--owners", "ByteDance,Alibaba,Tencent",
                "--save", "my.yaml", "--format", "json", "--quiet", cwd=tmp_path)  # fmt: skip
    again = good("estimate", "my.yaml", "--format", "json", "--quiet", cwd=tmp_path)
    assert json.loads(made)["lines"] == json.loads(again)["lines"]


def test_a_typed_lot_says_its_stage_and_what_was_assumed(tmp_path: Path) -> None:
    """`--stage` is kept in result and file; without it the notes say what was taken, and whose profile is unknown."""
    lot = ("estimate", "--chip", "h20", "--count", "1000", "--owners", "Meta, 百度, Acme")
    made = json.loads(good(*lot, "--stage", "shipped", "--save", "my.yaml", "-f", "json", "--quiet", cwd=tmp_path))
    assert made["lots"][0]["stage"] == "shipped"
    assert "stage: shipped\n" in (tmp_path / "my.yaml").read_text()
    assert [note.partition(":")[0] for note in made["notes"]] == [
        "Meta",
        "百度",
        "no date is said of the lot",
        "no profile is known of Acme",
        "No site in China has both chips and megawatts in public",
    ]
    bare = json.loads(good(*lot, "-f", "json", "--quiet"))
    assert bare["lots"][0]["stage"] == "ordered"
    assert "no stage is said of lot stated: it is taken as ordered" in bare["notes"]
    assert "no stage is said of lot stated" in " ".join(good(*lot).split())
    again = json.loads(good("estimate", "my.yaml", "-f", "json", "--quiet", cwd=tmp_path))
    assert not any("stage" in note for note in again["notes"])  # the file names it: nothing to note
    assert "site unknown" in good("fit", "--chip", "h20", "--count", "1000", "--stage", "in service")


def test_set_moves_what_it_names_and_nothing_else() -> None:
    """A narrower PUE moves the facility's power; the chips stay what they were, world by world."""
    plain, moved = (
        {(x["quantity"], x.get("boundary"), x.get("rating")): x for x in json.loads(text)["lines"] if "owner" not in x}
        for text in (
            good("estimate", "--format", "json"),
            good("estimate", "--set", "assumptions.pue_peak=1.2..1.3", "--by", "owner", "--format", "json"),
        )
    )
    assert plain["chips", None, None] == moved["chips", None, None]
    assert plain["power", "it", "nameplate"] == moved["power", "it", "nameplate"]
    assert plain["power", "facility", "nameplate"] != moved["power", "facility", "nameplate"]


def test_what_is_typed_has_grade_d_and_its_source() -> None:
    """A typed number is from the command line, grade D, unless `--source` says whose it is."""
    arguments = ("estimate", "--set", "assumptions.mfu=0.3", "--format", "json")
    for more, title in (((), "typed by the user"), (("--source", "my memo"), "my memo")):
        data = json.loads(good(*arguments, *more))
        [mfu] = [a for a in data["assumptions"] if a["place"].startswith("assumptions.mfu")][:1]
        titles = {s["id"]: s["title"] for s in data["sources"]}
        assert (mfu["low"], mfu["high"], mfu["grade"], mfu["set_by"]) == (0.3, 0.3, "D", "command")
        assert titles[mfu["source"]] == title


def test_a_chip_in_ones_own_folder_needs_no_code(tmp_path: Path) -> None:
    """One YAML file in a folder given with `--specs` is a chip; the result says where it is from."""
    (tmp_path / "chips").mkdir()
    (tmp_path / "chips" / "acme-x1.yaml").write_text(
        "id: acme-x1\nname: Acme X1\nvendor: Acme\nunit: card\n"
        "dense_tflops: {bf16: {value: 100, source: sheet, grade: A}}\n"
        "tdp_w: {value: 300, source: sheet, grade: A}\n"
        "sources: {sheet: {title: Acme X1 data sheet, kind: vendor datasheet}}\n"
    )
    arguments = ("estimate", "--specs", str(tmp_path), "--chip", "acme-x1", "--count", "1000")
    data = json.loads(good(*arguments, "--format", "json", "--quiet"))
    [peak] = [x for x in data["lines"] if x["quantity"] == "peak_flops" and x["precision"] != "16bit"]
    assert peak["mean"] == 1e17
    assert any("acme-x1.yaml" in note for note in data["notes"])


def test_out_writes_the_file_and_prints_nothing(tmp_path: Path) -> None:
    """With `--out` the result is in the file, whole, and nothing else is left in the folder."""
    assert good("estimate", "--format", "csv", "--out", "a.csv", cwd=tmp_path) == ""
    assert (tmp_path / "a.csv").read_text() == good("estimate", "--format", "csv")
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_help_and_version_need_no_numpy() -> None:
    """`--help` imports neither numpy nor pydantic's models nor yaml."""
    code = (
        "import sys; sys.argv = ['capacity', '--help']\n"
        "import capacity.__main__\n"
        "try: capacity.__main__.main()\n"
        "except SystemExit: pass\n"
        "print({'numpy', 'yaml', 'pandas', 'matplotlib'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "set()"


def test_a_closed_pipe_is_no_error() -> None:
    """`capacity estimate | head` ends quietly."""
    command = f"{sys.executable} -m capacity list assumptions --format json | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, env=CLEAN, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("kind", ["chips", "systems", "scenarios", "assumptions", "hedges", "sources"])
def test_every_kind_can_be_listed(kind: str) -> None:
    """Each list prints as a table, as CSV and as JSON."""
    assert len(good("list", kind).splitlines()) > 2
    assert json.loads(good("list", kind, "--format", "json"))[kind]
    assert len(list(csv.reader(io.StringIO(good("list", kind, "--format", "csv"))))) > 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("h20", "400 to 550"),
        ("dgx-h200", "10.2"),
        ("h200-china-2026-01", "more than two million"),
        ("mfu", "Llama"),
        ("assumptions.pue_peak", "china-platform"),
    ],
)
def test_show_gives_numbers_with_their_sources(name: str, words: str) -> None:
    """A part's page has its numbers, and is JSON on request."""
    assert words in good("show", name)
    assert json.loads(good("show", name, "--format", "json"))


def test_show_hedge_gives_interval_rule_and_evidence() -> None:
    """How a reporter's words are read can be looked up."""
    text = good("show", "hedge", "over 400,000")
    assert "400,000" in text
    assert "Ferson" in text


@pytest.mark.parametrize("kind", ["chip", "system", "scenario", "assumptions"])
def test_schema_is_json_schema(kind: str) -> None:
    """Each kind of file has a JSON Schema."""
    assert json.loads(good("schema", kind))["type"] == "object"


def test_validate_accepts_what_ships() -> None:
    """All built-in specs are valid."""
    from capacity.load import built_in_specs

    files = [str(p) for kind in ("chips", "systems", "scenarios") for p in (built_in_specs() / kind).glob("*.yaml")]
    assert good("validate", *files).count(": a valid ") == len(files)


def test_addresses_and_large_numbers_are_printed_whole() -> None:
    """An address is never broken, a number from a million on has all its figures, a model's parameters no `.0`."""
    page = good("show", "h20")
    assert "https://github.com/NVIDIA/TensorRT-LLM/blob/16d2467ea8e3b45d7d9555010c2ad018d006d5c1/" in page
    assert "stated: 1,234,567 NVIDIA H20" in good("estimate", "--chip", "h20", "--count", "1234567")
    assert "405000000000 " in good("list", "models")
    assert "  1 files" not in good("list", "sources")


def test_markdown_says_that_nobody_gives_the_parts() -> None:
    """The memo in Markdown tells, as the table does, whose parts are drawn."""
    assert "- No source gives the parts of ByteDance, Alibaba, Tencent" in good("estimate", "--format", "markdown")


def test_a_drawn_part_is_no_share() -> None:
    """What `compare` shows of parts that no source gives is not a number that reads like a share."""
    text = good("compare", "h200-china-2026-01", "h200-china-2026-10", columns=120)
    assert "lots.approved.shares.tencent: drawn (sd of log weights 0.47)" in text
