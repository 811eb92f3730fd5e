"""Wrong input: one line per fault, all of a file at once, exit 1 or 2, no traceback, nothing written half."""

import os
import re
from pathlib import Path

import pytest

from tests.running import SMALL, in_a_second, run

LINE = re.compile(r"^(\S+:\d+:\d+: |--[a-z]+[ :]|scenario: |chip: ).+")


def faults(tmp_path: Path, text: str | bytes, *more: str) -> list[str]:
    """The error lines for a scenario file, after checking how the program ended."""
    (tmp_path / "s.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    done = run("estimate", "s.yaml", *more, cwd=tmp_path)
    assert done.returncode == 1, (done.returncode, done.stdout[:200], done.stderr[-500:])
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()


def test_the_good_one_is_good(tmp_path: Path) -> None:
    """The file that the other tests spoil is accepted as it stands."""
    (tmp_path / "s.yaml").write_text(SMALL)
    done = run("estimate", "s.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


SPOILED = {
    "unknown chip": (("h200-sxm", "h200-smx"), "s.yaml:7:5: lots.first.chip: unknown chip 'h200-smx' (did you mean"),
    "unknown key": (("stage: installed", "stagee: installed"), "unknown key 'stagee' (did you mean stage"),
    "missing source": (("{value: 1000, source: memo, grade: C}", "{value: 1000, grade: C}"),
                       "s.yaml:10:5: lots.first.count.source: source is missing"),
    "missing grade": (("source: memo, grade: D}", "source: memo}"), "assumptions.mfu.grade: grade is missing"),
    "unknown source": (("1000, source: memo", "1000, source: mema"), "unknown source 'mema' (did you mean memo?)"),
    "low above high": (("low: 0.3, high: 0.4", "low: 0.5, high: 0.4"), "low 0.5 is not below high 0.4"),
    "share above 1": (("{value: 0.4,", "{value: 1.4,"), "lots.first"),
    "negative count": (("value: 1000", "value: -5"), "lots.first.count: -5 is below zero (0 or more)"),
    "duplicate key": (("name: My scenario", "name: My scenario\nname: Again"), "name: the key stands twice"),
    "syntax": (("owners: {acme", "owners: {{acme"), "s.yaml:"),
    "too large": (("value: 1000", "value: 1e400"), "lots.first.count.value: 1e400 is not a finite number"),
    "nan": (("value: 1000", "value: nan"), "nan is not a finite number"),
    "python tag": (("name: My scenario", "name: !!python/object/apply:os.system [ls]"), "a tag (tag:yaml.org"),
    "alias": (("owners: {acme", "x: &a [1]\ny: *a\nowners: {acme"), "an anchor (&a)"),
    "owner twice": (("owners: [acme, beta]", "owners: [acme, acme, beta]"), "owner acme is listed twice"),
    "unknown owner": (("owners: [acme, beta]", "owners: [acme, beta, gamma]"), "unknown owner 'gamma'"),
    "unknown profile": (("{name: Acme}", "{name: Acme, profile: chinese}"), "unknown profile 'chinese'"),
    "unknown assumption": (("  mfu:", "  mfuu:"), "unknown assumption 'mfuu' (did you mean mfu?)"),
    "outside its range": (("low: 0.3, high: 0.4", "low: 0.3, high: 1.4"), "is out of range (between 0 and 1)"),
    "unreadable words": (("{value: 1000,", "{says: lots and lots,"), "lots.first.count: cannot read"),
    "no such date": (("date: 2026-01-01", "date: 2026-02-30"), "lots.first.date: '2026-02-30'"),
    "nothing counted": (("counted: [first]", "counted: []"), "counted"),
    "counted but not there": (("counted: [first]", "counted: [second]"), "unknown lot 'second'"),
    "a number as text": (("value: 1000", "value: many"), "lots.first.count.value: 'many'"),
    "two ways at once": (("value: 1000", "value: 1000, low: 1, high: 2"), "state how much in one way"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILED)
def test_each_fault_is_one_line_with_place_and_advice(name: str, tmp_path: Path) -> None:
    """Each spoiled file ends in lines of the form FILE:LINE:COLUMN: PLACE: what is wrong (what is allowed)."""
    (old, new), expected = SPOILED[name]
    assert old in SMALL
    lines = faults(tmp_path, SMALL.replace(old, new, 1))
    assert any(expected in line for line in lines), lines
    assert all(LINE.match(line) for line in lines), lines


def test_all_faults_of_a_file_come_at_once(tmp_path: Path) -> None:
    """Three faults of fields are three lines, in the order of the file."""
    text = SMALL.replace("as_of: 2026-01-01", "as_of: soon").replace("value: 1000", "value: -5").replace("0.3", "0.5")
    lines = faults(tmp_path, text)
    assert [line.split(":")[1] for line in lines] == ["3", "10", "15"]


def test_a_whole_and_its_part_cannot_both_be_counted(tmp_path: Path) -> None:
    """Counting a lot and the lot it is part of is an error that names both."""
    second = "  second: {chip: h20, stage: ordered, date: 2026-01-01, part_of: first,\n"
    second += "    count: {value: 10, source: memo, grade: C}}"
    text = SMALL.replace("counted: [first]", f"{second}\ncounted: [first, second]")
    assert "both lots are counted, though second is part of first" in faults(tmp_path, text)[0]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "the file is empty"),
        (b"  \n\n", "the file is empty"),
        (b"name: \xff\xfe\n", "s.yaml:1:7: is not UTF-8"),
        (b"\xef\xbb\xbfid: x\n", "name is missing"),
        (b"just text", "does not hold"),
        (b"- 1\n- 2\n", "does not hold"),
        (b"a: 1\n---\nb: 2\n", "a second document"),
        (b"? [a]\n: 1\n", "a key that is no plain text"),
        (b"a: \x00\n", "not YAML"),
        (b"a: 'open\n", "not YAML"),
    ],
)
def test_files_that_are_no_scenario(content: bytes, expected: str, tmp_path: Path) -> None:
    """Empty, not UTF-8, not a mapping, broken: one line that says so."""
    assert any(expected in line for line in faults(tmp_path, content))


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 10_000_000,
        b"{a: " * 2_500_000,
        b"- " * 1_900_000,
        b"a: &a [x]\n" + b"".join(b"%c: &%c [*%c,*%c,*%c]\n" % (c + 1, c + 1, c, c, c) for c in range(97, 120)),
        b"a: " + b"9" * 3_000_000,
        b"x: 1\n" * 90_000,
    ],
    ids=[
        "flow nesting",
        "mapping nesting",
        "block nesting",
        "alias bomb",
        "long number",
        "one key again and again",
    ],
)
def test_hostile_files_end_quickly(content: bytes, tmp_path: Path) -> None:
    """Megabytes of nesting or aliases are refused in a second and without a traceback."""
    with in_a_second():
        lines = faults(tmp_path, content)
    assert lines


def test_a_folder_and_a_missing_file(tmp_path: Path) -> None:
    """A folder, a missing file and an unknown id each get their own sentence."""
    for argument, expected in (
        (".", "is a folder"),
        ("nowhere.yaml", "no such file"),
        ("h200-china", "did you mean h200-china-2026-10, h200-china-2026-01"),
        ("../../etc/passwd", "no such file"),
    ):
        done = run("estimate", argument, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (1, "")
        assert expected in done.stderr
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_file(tmp_path: Path) -> None:
    """A file without permission is one line."""
    (tmp_path / "s.yaml").write_text(SMALL)
    (tmp_path / "s.yaml").chmod(0)
    done = run("estimate", "s.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert "cannot be read" in done.stderr


OPTIONS = {
    "unknown place": (["--set", "assumptions.pue=1.2"], 1, "--set assumptions.pue: unknown assumption 'pue'"),
    "no place at all": (["--set", "lots.nope.count=3"], 1, "--set: unknown place"),
    "no equals sign": (["--set", "assumptions.mfu"], 1, "PLACE=VALUE"),
    "out of range": (["--set", "assumptions.mfu=1.2"], 1, "--set assumptions.mfu: 1.2 is out of range "),
    "below its floor": (["--set", "assumptions.pue_peak=0.9..1.2"], 1, "--set assumptions.pue_peak:"),
    "low above high": (["--set", "assumptions.mfu=0.4..0.3"], 1, "low 0.4 is not below high 0.3"),
    "infinite": (["--set", "lots.approved.count=1e400"], 1, "--set lots.approved.count"),
    "not a number": (["--set", "lots.approved.count=nan"], 1, "--set lots.approved.count"),
    "negative": (["--set", "lots.approved.count=-5"], 1, "--set lots.approved.count: -5 is below zero"),
    "unread words": (["--set", "lots.approved.count=umpteen"], 1, "--set lots.approved.count: cannot read"),
    "unknown owner": (["--set", "assumptions.mfu@nobody=0.3"], 1, "unknown owner 'nobody'"),
    "two of them": (["--set", "assumptions.mfu=7", "--set", "assumptions.goodput=7"], 1, "goodput: 7 is out of range"),
    "missing folder": (["--out", "no/such/folder/x.json"], 1, "--out: no/such/folder/x.json cannot be written"),
    "save to a missing folder": (["--save", "no/x.yaml"], 1, "--save: no/x.yaml cannot be written"),
    "unknown quantity": (["--show", "powr"], 1, "--show: unknown quantity 'powr' (did you mean power"),
    "unknown specs": (["--specs", "nowhere"], 1, "--specs: no such folder"),
    "unknown chip": (["--chip", "h300", "--count", "5"], 1, "--chip lots.stated.chip: unknown chip 'h300'"),
    "unread count": (["--chip", "h20", "--count", "heaps"], 1, "--amount lots.stated.count: cannot read"),
    "owner twice": (["--chip", "h20", "--count", "5", "--owners", "A,A"], 1, "--owners: an owner is listed twice"),
    "unknown stage": (["--chip", "h20", "--count", "5", "--stage", "eaten"], 1,
                      "--stage: unknown stage 'eaten' ("),
    "stage of nothing": (["--stage", "shipped"], 1, "--stage: goes with --chip and --amount"),
    "unknown group": (["--by", "colour"], 2, "--by"),
    "no draws": (["--draws", "0"], 2, "--draws"),
    "negative seed": (["--seed", "-1"], 2, "--seed"),
    "unknown option": (["--colour"], 2, "--colour"),
    "half a lot": (["--chip", "h20"], 2, "--amount"),
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIONS)
def test_each_wrong_option_says_so_and_writes_nothing(name: str, tmp_path: Path) -> None:
    """Wrong options end with their exit code and a sentence that names the option."""
    arguments, code, expected = OPTIONS[name]
    done = run("estimate", *arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []
