"""Every command that prints a result has JSON, CSV and Markdown, and a sentence where one can tell it."""

import csv
import io
import json
from pathlib import Path

import pytest

from capacity.cli import commands
from capacity.cli.common import Format
from capacity.errors import InputError
from capacity.load import built_in_specs

FEW = ["--draws", "200"]
LOT = "lots.approved.count"
# Command → its words, and whether one sentence can tell its result.
COMMANDS: dict[str, tuple[list[str], bool]] = {
    "estimate": (["estimate", *FEW], True),
    "estimate of questions": (["estimate", *FEW, "--show", "chips,equivalents,rules", "--quiet"], True),
    "compare": (["compare", "h200-china-2026-01", "--set-b", "assumptions.pue_peak=1.2", *FEW], True),
    "explain": (["explain", "power.facility.nameplate@tencent", *FEW], True),
    "drivers": (["drivers", "power.it.nameplate", *FEW], True),
    "drivers --sources": (["drivers", "power.it.nameplate", "--sources", *FEW], False),
    "check": (["check", *FEW], True),
    "solve": (["solve", "--target", "power.facility.nameplate=500 MW", "--for", LOT, *FEW], True),
    "fit --size": (["fit", "--size", "100 MW", *FEW], True),
    "fit --site": (["fit", "--site", "bytedance-taihang-2", *FEW], True),
    "paths": (["paths", "colossus-1", *FEW], True),
    "backtest": (["backtest", *FEW], True),
    "backtest --ledger": (["backtest", "--ledger"], False),
    "sweep": (["sweep", "--vary", "assumptions.pue_peak=1.1,1.2", *FEW, "--jobs", "1"], False),
    "list chips": (["list", "chips"], False),
    "list grids": (["list", "grids"], False),
    "list --weakest": (["list", "assumptions", "--weakest"], True),
    "show chip": (["show", "h20"], False),
    "show two chips": (["show", "h20", "h200-sxm"], False),
    "show classes": (["show", "h20", "--rules"], False),
    "show system": (["show", "dgx-h200"], False),
    "show scenario": (["show", "h200-china-2026-01"], False),
    "show rule": (["show", "us-2026-01-review"], False),
    "show site": (["show", "bytedance-taihang-2"], False),
    "show grid": (["show", "cn"], False),
    "show assumption": (["show", "pue_peak"], False),
    "show hedge": (["show", "hedge", "over 400,000"], False),
    "validate": (["validate", str(built_in_specs() / "chips" / "h20.yaml")], False),
}


def printed(name: str, form: str, capsys: pytest.CaptureFixture[str]) -> str:
    words = [*COMMANDS[name][0], "--format", form]
    commands(words)(words, standalone_mode=False)
    return capsys.readouterr().out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_result_has_every_format(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON names its schema, the CSV has a row under its head, the Markdown a table or a list."""
    assert json.loads(printed(name, "json", capsys))["schema"].startswith("capacity.")
    head, *rows = csv.reader(io.StringIO(printed(name, "csv", capsys)))
    assert rows
    assert len(set(head)) == len(head)
    assert all(len(row) == len(head) for row in rows)
    text = printed(name, "markdown", capsys)
    assert "|---" in text or "| --- |" in text or "\n- " in text
    assert "-----\n" not in text  # no rule of a terminal's table


@pytest.mark.parametrize("name", [name for name, (_, told) in COMMANDS.items() if told])
def test_a_sentence_has_what_to_cite(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each sentence is one line that names the version."""
    lines = printed(name, "sentence", capsys).splitlines()
    assert lines
    assert all("capacity 0." in line and line.endswith(".") for line in lines)


@pytest.mark.parametrize("name", [name for name, (_, told) in COMMANDS.items() if not told])
def test_where_no_sentence_can_tell_it_the_refusal_says_what_can(name: str) -> None:
    """The error lists the formats."""
    words = [*COMMANDS[name][0], "--format", "sentence"]
    with pytest.raises(InputError, match=r"sentence is not offered here \(table, json, csv, markdown\)"):
        commands(words)(words, standalone_mode=False)


def test_csv_has_the_numbers_of_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is rounded on the way, and what stands above a record is in its row."""
    data = json.loads(printed("fit --site", "json", capsys))
    rows = list(csv.DictReader(io.StringIO(printed("fit --site", "csv", capsys))))
    assert [float(row["p50"]) for row in rows] == [line["p50"] for line in data["sites"][0]["lines"]]
    assert {row["site"] for row in rows} == {"bytedance-taihang-2"}
    moved = list(csv.DictReader(io.StringIO(printed("compare", "csv", capsys))))
    assert moved[0]["part"] == ""  # the chips, which nothing moved, have their row too
    assert moved[-1]["part"] == "assumptions.pue_peak"
    assert float(moved[-1]["after.p50"]) < float(moved[-1]["before.p50"])


def test_the_tree_in_csv_names_what_each_node_goes_into(capsys: pytest.CaptureFixture[str]) -> None:
    """`of` is empty for the result itself alone, and else the name of another row."""
    rows = list(csv.DictReader(io.StringIO(printed("explain", "csv", capsys))))
    assert [row["name"] for row in rows if not row["of"]] == ["power.facility.nameplate"]
    assert {row["of"] for row in rows[1:]} <= {row["name"] for row in rows}


def test_faults_are_records_and_still_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`validate --format json` tells each fault of each file, and ends as it does in words."""
    bad = tmp_path / "bad.yaml"
    bad.write_text("id: x\nvendor: y\n")
    for form in ("json", "csv", "markdown"):
        words = ["validate", str(bad), "--format", form, "--out", str(tmp_path / form)]
        with pytest.raises(InputError):
            commands(words)(words, standalone_mode=False)
    [file] = json.loads((tmp_path / "json").read_text())["files"]
    assert not file["valid"]
    assert file["faults"][0]["line"] == 1
    assert len((tmp_path / "csv").read_text().splitlines()) == 1 + len(file["faults"])
    assert (tmp_path / "markdown").read_text().count("| wrong |") == len(file["faults"])


def test_a_printed_sweep_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a format and no file the rows are printed; with both they are written."""
    monkeypatch.chdir(tmp_path)
    rows = json.loads(printed("sweep", "json", capsys))["rows"]
    assert {row["assumptions.pue_peak"] for row in rows} == {"1.1", "1.2"}
    assert not list(tmp_path.iterdir())
    words = [*COMMANDS["sweep"][0], "--format", "markdown", "--out", "rows.md"]
    commands(words)(words, standalone_mode=False)
    assert [path.name for path in tmp_path.iterdir()] == ["rows.md"]


def test_the_formats_are_those_of_the_interface() -> None:
    """Table, JSON, CSV, Markdown, sentence."""
    assert [form.value for form in Format] == ["table", "json", "csv", "markdown", "sentence"]
