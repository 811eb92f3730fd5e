"""Names as people write them: found strictly, or answered with what they can mean."""

import json
from pathlib import Path

import pytest

from capacity.errors import InputError
from capacity.load import Specs, find_chip, find_part, names
from tests.running import run

PARTS = ("chips", "systems")


@pytest.mark.parametrize(
    ("text", "kind", "id_"),
    [
        ("h200-sxm", "chips", "h200-sxm"),
        ("H200", "chips", "h200-sxm"),
        ("NVIDIA H200 SXM5 141GB", "chips", "h200-sxm"),
        ("nvidia h200 nvl", "chips", "h200-nvl"),
        ("ＮＶＩＤＩＡ　Ｈ２０", "chips", "h20"),
        ("英伟达H20", "chips", "h20"),
        ("昇腾 910C", "chips", "ascend-910c"),
        ("Huawei Ascend-910C", "chips", "ascend-910c"),
        ("AMD Instinct MI300X", "chips", "mi300x"),
        ("hgx h200", "systems", "dgx-h200"),
        ("NVIDIA HGX-H20", "systems", "hgx-h20"),
        ("CloudMatrix384", "systems", "cloudmatrix-384"),
    ],
)
def test_a_name_as_people_write_it_finds_its_part(text: str, kind: str, id_: str) -> None:
    """Case, spaces, hyphens, width and the maker in front do not matter; the rest must be the name."""
    assert find_part(PARTS, text, Specs(), "show") == (kind, id_)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("H100", ("h100-nvl", "h100-pcie", "h100-sxm")),
        ("nvidia a800", ("a800-pcie", "a800-sxm")),
        ("Ascend 910B", ("ascend-910b-280", "ascend-910b-313", "ascend-910b-376")),
        ("NVL72", ("gb200-nvl72", "gb300-nvl72")),
    ],
)
def test_an_ambiguous_name_lists_its_candidates(text: str, ids: tuple[str, ...]) -> None:
    """A name of several parts is refused, with the id of each."""
    with pytest.raises(InputError) as caught:
        find_part(PARTS, text, Specs(), "show")
    assert str(caught.value) == f"show: {text!r} names {len(ids)} parts (one of: {', '.join(ids)})"


@pytest.mark.parametrize(
    ("text", "chip", "system"),
    [
        ("h200-sxm", "h200-sxm", None),
        ("NVIDIA H200", "h200-sxm", None),
        ("gb200-nvl72", "gb200", "gb200-nvl72"),
        ("NVIDIA GB300 NVL72", "gb300", "gb300-nvl72"),
        ("CloudMatrix 384", "ascend-910c", "cloudmatrix-384"),
        ("Cray EX255a", "mi300a", "ex255a-blade"),
    ],
)
def test_a_system_given_as_a_chip_is_its_chip_in_it(text: str, chip: str, system: str | None) -> None:
    """Where a chip is expected, a rack or server names the chip that it holds, and itself as what holds it."""
    assert find_chip(text, Specs(), "--chip") == (chip, system)
    assert find_chip(text, Specs(), "--chip")[0] in Specs().ids("chips")


@pytest.mark.parametrize(
    ("text", "message"), [("NVL72", "'NVL72' names 2 parts"), ("gb20", "unknown chip 'gb20' \\(did you mean gb200")]
)
def test_a_chip_that_no_part_or_several_name_is_refused(text: str, message: str) -> None:
    """Two racks of one name are refused with both; what names nothing is told as an unknown chip."""
    with pytest.raises(InputError, match=message):
        find_chip(text, Specs(), "--chip")


@pytest.mark.parametrize(
    ("chip", "system", "count", "servers"),
    [("gb200-nvl72", None, "2", 2), ("v100-sxm2", None, "16", 2), ("v100-sxm2", "DGX-2", "16", 1)],
)
def test_servers_are_those_of_the_system_asked_for(chip: str, system: str | None, count: str, servers: int) -> None:
    """Two NVL72 are said as two; 16 V100 are two DGX-1, their usual server, or one DGX-2 where that is said."""
    more = ("--system", system) if system else ()
    told = run("estimate", "--chip", chip, *more, "--count", count, "--show", "servers", "--format", "json", "--quiet")
    assert json.loads(told.stdout)["lines"][0]["p50"] == servers


def test_a_system_that_does_not_hold_the_chip_is_refused() -> None:
    """A DGX-2 holds no H100, and a system without chips is of nothing: one line each."""
    other = run("estimate", "--chip", "h100-sxm", "--system", "DGX-2", "--count", "16")
    assert (other.returncode, other.stderr.count("\n")) == (1, 1)
    assert "--system lots.stated.system: dgx-2 holds v100-sxm2 (h100-sxm)" in other.stderr
    alone = run("estimate", "--system", "dgx-2")
    assert (alone.returncode, "--system: goes with --chip and --amount" in alone.stderr) == (1, True)


@pytest.mark.parametrize(("text", "near"), [("h200-smx", "h200-sxm"), ("MI300Z", "mi300x"), ("H 2000", "h200-sxm")])
def test_an_unknown_name_is_never_guessed(text: str, near: str) -> None:
    """A name that no part bears is refused, with what is near."""
    with pytest.raises(InputError, match="unknown id") as caught:
        find_part(PARTS, text, Specs(), "show")
    assert "did you mean" in str(caught.value)
    assert near in str(caught.value)


def test_a_word_that_begins_like_a_maker_keeps_its_letters() -> None:
    """Only a whole maker's name is taken off."""
    from capacity.words.names import normalised

    assert normalised("amdahl 5", ["amd"]) == "amdahl5"
    assert normalised("AMD MI300X", ["amd"]) == "mi300x"
    assert normalised("AMD", ["amd"]) == "amd"


def test_an_id_costs_no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exact id is found without opening a file; only a miss reads the aliases."""

    def refuse(path: Path) -> None:
        raise AssertionError(f"{path} was read")

    names._names_in.cache_clear()
    names._keyed.cache_clear()
    monkeypatch.setattr(names, "read_text", refuse)
    assert find_part(PARTS, "h20", Specs(), "show") == ("chips", "h20")
    with pytest.raises(AssertionError, match="was read"):
        find_part(PARTS, "H20 SXM", Specs(), "show")


def test_every_id_and_name_finds_its_part() -> None:
    """No alias of another part hides an id, and every name finds its part, alone or among others."""
    for kind in PARTS:
        for id_, said in names.part_names(kind, Specs()).items():
            assert find_part((kind,), id_, Specs(), "show") == (kind, id_)
            assert all((kind, id_) in names.bearers(name, (kind,), Specs()) for name in said)


def test_the_option_takes_a_name(tmp_path: Path) -> None:
    """`--chip` takes a name; one without a variant is its usual one, with a note, or an error of one line."""
    done = run("estimate", "--chip", "NVIDIA H20", "--count", "1000", "--save", "s.yaml", "-f", "csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "chip: h20\n" in (tmp_path / "s.yaml").read_text()
    usual = run("estimate", "--chip", "h100", "--count", "1000", "-f", "csv", cwd=tmp_path)
    assert "note: h100 is taken as h100-sxm, its usual variant" in usual.stderr
    wrong = run("estimate", "--chip", "ascend 910b", "--count", "1000", cwd=tmp_path)
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("--chip lots.stated.chip: 'ascend 910b' names 3 parts (one of: ascend-910b-280, ")


@pytest.mark.parametrize(
    ("written", "advice"), [("H200", "here only ids: write h200-sxm"), ("H800", "one of h800-pcie, h800-sxm")]
)
def test_a_scenario_takes_ids_alone(written: str, advice: str, tmp_path: Path) -> None:
    """A scenario file stays strict; the error says which id a name means."""
    (tmp_path / "s.yaml").write_text(
        "id: mine\nname: Mine\nas_of: 2026-01-01\n"
        f"lots:\n  first:\n    chip: {written}\n    stage: installed\n    date: 2026-01-01\n"
        "    count: {value: 10, source: memo, grade: D}\n"
        "counted: [first]\nsources: {memo: {title: a memo, kind: judgement}}\n"
    )
    done = run("estimate", "s.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"s.yaml:6:5: lots.first.chip: unknown chip '{written}' (")
    assert advice in done.stderr
