"""A lot that may not come, or is nought: every command in every format, and what is said of it."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

import capacity
from capacity.errors import InputError
from capacity.questions import plot
from capacity.questions.check import check
from tests.running import run

FILE = """\
id: mine
name: Mine
as_of: 2026-01-01
owners: {{acme: {{name: Acme}}, beta: {{name: Beta}}}}
lots:
  first:
    {{chip: h200-sxm, stage: installed, date: 2026-01-01, owners: [acme, beta],
     count: {{{count}, source: memo, grade: C}}}}
counted: [first]
claims:
  - {{text: chips over 10000, source: memo, grade: C}}
  - {{text: power.facility.nameplate over 1 MW, source: memo, grade: C}}
sources: {{memo: {{title: a memo, kind: judgement}}}}
"""
COUNTS = {
    "may come": "value: 19400, chance: 0.4", "may come, interval": "low: 15000, high: 25000, chance: 0.4",
    "nought": "value: 0", "never": "value: 19400, chance: 0",
}  # fmt: skip
COMMANDS = [
    ["estimate", "{file}"], ["estimate", "{file}", "--full", "--at", "2026-06-30"],
    ["estimate", "{file}", "--show", "training,inference,equivalents,context,rules"],
    ["drivers", "", "{file}"], ["drivers", "chips", "{file}", "--weakest"], ["check", "{file}"],
    ["explain", "power.it.nameplate", "{file}"], ["compare", "{file}", "h200-china-2026-01"],
    ["solve", "{file}", "--target", "power.it.nameplate=500 MW", "--for", "lots.first.count"], ["fit", "{file}"],
]  # fmt: skip
FORMATS = ("table", "json", "csv", "markdown", "sentence")


def scenario_file(folder: Path, name: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(FILE.format(count=COUNTS[name]))
    return path


@pytest.mark.parametrize(("name", "command"), list(itertools.product(COUNTS, range(len(COMMANDS)))))
def test_every_command_answers_in_every_format(name: str, command: int, tmp_path: Path) -> None:
    """Each ends well, or says in a line why there is no answer; no number is printed that is none, or of 16 digits."""
    path = scenario_file(tmp_path, name)
    words = [word.format(file=path) for word in COMMANDS[command] if word]
    for format_ in FORMATS:
        done = run(*words, "--draws", "256", "--format", format_)
        assert done.returncode in (0, 1), (words, format_, done.stderr)
        assert done.returncode == 0 or (done.stdout, done.stderr.count("\n")) == ("", 1)
        printed = re.sub(r"https?://\S+", "", done.stdout)
        if format_ in ("table", "markdown", "sentence"):
            assert not re.search(r"(?<![\w.])(nan|inf|-0)(?![\w.])|\d{16}|(,\d{3}){5}", printed), (words, format_)


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("ending", ["html", "pdf", "md", "xlsx"])
def test_a_report_of_it_is_written(name: str, ending: str, tmp_path: Path) -> None:
    """A median of nought stops no report; the flow chart of nothing is left out."""
    out = tmp_path / f"x.{ending}"
    capacity.report(scenario_file(tmp_path, name), out, draws=256)
    content = out.read_bytes()
    assert len(content) > 2000
    if ending in ("html", "md"):
        assert "Power at nameplate, median: facility 0" not in content.decode()


def test_a_flow_chart_of_nothing_is_refused(tmp_path: Path) -> None:
    """Where the median is nought nothing flows."""
    with pytest.raises(InputError, match="the median is nought, so nothing flows"):
        plot.plotted(scenario_file(tmp_path, "may come"), "flow", draws=256)


@pytest.mark.parametrize(("name", "now"), [("may come", 0.4), ("may come, interval", 0.4), ("never", 0.0)])
def test_what_turns_a_claim_on_what_may_not_come_is_its_chance(name: str, now: float, tmp_path: Path) -> None:
    """All counts pass 10,000 where there are any, so that the claim holds from a chance of one half on."""
    one, two = check(scenario_file(tmp_path, name), draws=4096).claims
    for claim in (one, two):
        assert claim.turn is not None
        assert (claim.turn.place, claim.turn.now) == ("the chance of lots.first.count", now)
        assert claim.turn.then == pytest.approx(0.5, abs=0.02)
    answer = check(scenario_file(tmp_path, name), draws=4096).text("table")
    assert "instead of 19,400" not in answer
    assert "(+0%)" not in answer


def test_the_count_of_what_may_not_come_keeps_its_chance_while_it_is_moved(tmp_path: Path) -> None:
    """With a chance of 0.9 the claim holds, and turns with a count near 10,000 or a chance near one half."""
    path = tmp_path / "mine.yaml"
    path.write_text(FILE.format(count="low: 15000, high: 25000, chance: 0.9"))
    turn = check(path, draws=4096).claims[0].turn
    assert turn is not None
    assert turn.place in ("lots.first.count", "the chance of lots.first.count")
    assert abs(np.log(turn.then / turn.now)) > 0.5


def test_the_swing_of_a_switch_goes_from_nothing_to_all(tmp_path: Path) -> None:
    """At its 5 % point it is not there, at its 95 % point it is: 0 and 19,400 chips, printed in one unit."""
    answer = capacity.drivers(scenario_file(tmp_path, "may come"), ["chips", "peak_flops.bf16.dense"], draws=256)
    by = {row["quantity"]: row for row in answer.records() if row["driver"] == "lots.first.count.occurs"}
    assert (by["chips"]["low"], by["chips"]["high"]) == (0, 19_400)
    assert by["chips"]["rank"] > 0.5
    assert by["peak_flops.bf16.dense"]["high"] == pytest.approx(19_400 * 989.5e12)
    assert "EFLOP/s" in answer.text("table")
