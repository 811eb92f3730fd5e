"""The face: what the command line can do Python can do in the same words, and each speaks of what was typed to it."""

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

import capacity
from capacity.cli import COMMANDS
from capacity.document.answer import Answer, write
from capacity.errors import InputError
from capacity.load import built_in_specs
from tests.running import good, run

ID = "h200-china-2026-01"
TARGET = "power.facility.nameplate=500 MW"
COUNT = "lots.approved.count"
HERE = ("list", "schema", "guide", "mcp")  # `list_parts` in Python; a schema, a page; another door
H20 = built_in_specs() / "chips" / "h20.yaml"
PUE = "assumptions.pue_peak"

# A library call, and the command that amounts to it.
TWINS: dict[str, tuple[Callable[[], Answer], list[str]]] = {
    "compare": (
        lambda: capacity.compare(ID, capacity.load_scenario().having({PUE: "1.1..1.2"}), draws=200),
        [ID, "--set-b", f"{PUE}=1.1..1.2", "--draws", "200"],
    ),
    "check": (lambda: capacity.check(ID, draws=200), ["--draws", "200"]),
    "drivers": (lambda: capacity.drivers(ID, "chips", draws=200), ["chips", "--draws", "200"]),
    "explain": (lambda: capacity.explain(ID, "chips", draws=300), ["chips", "--draws", "300"]),
    "fit": (lambda: capacity.fit(ID, size="100 MW", draws=200), ["--size", "100 MW", "--draws", "200"]),
    "paths": (lambda: capacity.paths("colossus-1", draws=200), ["colossus-1", "--draws", "200"]),
    "solve": (
        lambda: capacity.solve(ID, TARGET, COUNT, draws=200), ["--target", TARGET, "--for", COUNT, "--draws", "200"],
    ),
    "sweep": (
        lambda: capacity.sweep(ID, {PUE: [1.1, 1.2]}, draws=200, jobs=1),
        ["--vary", f"{PUE}=1.1,1.2", "--draws", "200", "--jobs", "1"],
    ),
    "validate": (lambda: capacity.validate(H20), [str(H20)]),
}  # fmt: skip


def test_every_command_that_answers_has_a_twin() -> None:
    """Each command but those that look things up is a function of the package by the same name."""
    assert {name for name in COMMANDS if name not in HERE} <= set(capacity.__all__)


@pytest.mark.parametrize("name", TWINS)
def test_a_twin_gives_what_the_command_prints(name: str) -> None:
    """The answer is that of the command, to the letter, in JSON and CSV; it has a short repr and survives pickling."""
    call, words = TWINS[name]
    answer = call()
    for form in ("json", "csv"):
        assert write(answer, form) == good(name, *words, "--format", form)
    assert len(repr(answer).splitlines()) <= 10
    assert answer._repr_html_().startswith("<")
    assert len(answer.to_frame()) == len(answer.records()) > 0
    assert write(pickle.loads(pickle.dumps(answer)), "json") == write(answer, "json")


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("name", TWINS)
def test_answers_fit_the_width(name: str, columns: int) -> None:
    """From 60 to 120 columns nothing is empty, or wider than the terminal but an address."""
    if name == "validate":
        return  # a path per line, whole, as in its faults
    text = good(name, *TWINS[name][1], "--format", "table", columns=columns)
    assert len(text) > 100
    assert max(len(line) for line in text.splitlines() if "://" not in line) <= columns


WRONG: dict[str, tuple[Callable[[], object], list[str]]] = {
    "show": (lambda: capacity.compare(ID, ID, "powr"), ["compare", ID, ID, "--show", "powr"]),
    "at": (lambda: capacity.compare(ID, ID, at="soon"), ["compare", ID, ID, "--at", "soon"]),
    "claim": (lambda: capacity.check(ID, "it is so"), ["check", "--claim", "it is so"]),
    "target": (lambda: capacity.solve(ID, "powr=5 MW", COUNT), ["solve", "--target", "powr=5 MW", "--for", COUNT]),
    "place": (
        lambda: capacity.solve(ID, TARGET, "lots.x.count"),
        ["solve", "--target", TARGET, "--for", "lots.x.count"],
    ),
    "vary": (lambda: capacity.sweep(ID, {PUE: [0.5]}), ["sweep", "--vary", f"{PUE}=0.5"]),
    "size": (lambda: capacity.fit(ID, size="5 kg"), ["fit", "--size", "5 kg"]),
    "site": (lambda: capacity.fit(ID, site="nowhere"), ["fit", "--site", "nowhere"]),
    "mix": (lambda: capacity.paths("colossus-1", {"h20": 0.3}), ["paths", "colossus-1", "--mix", "h20=0.3"]),
}


@pytest.mark.parametrize("argument", WRONG)
def test_a_fault_names_what_was_typed(argument: str) -> None:
    """From Python a fault names the argument, on the command line the option, and says the same of it."""
    call, words = WRONG[argument]
    with pytest.raises(InputError) as caught:
        call()
    option = "--for" if argument == "place" else f"--{argument}"
    fault = str(caught.value)
    assert fault.startswith((f"{argument}:", f"{argument} "))
    done = run(*words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == option + fault.removeprefix(argument) + "\n"


def test_a_sweep_takes_numbers_words_and_ranges() -> None:
    """Values may be numbers of Python or of numpy, words, or with `lhs` a range; nothing is refused."""
    import numpy as np

    answer = capacity.sweep(ID, {PUE: np.array([1.1, 1.25]), COUNT: ["over 400,000"]}, show="chips", draws=64, jobs=1)
    assert [row[PUE] for row in answer.records()] == ["1.1", "1.25"]
    picked = capacity.sweep(ID, {PUE: "1.1..1.3"}, lhs=2, show="chips", draws=64, jobs=1)
    assert sorted(row[PUE] for row in picked.records()) == ["1.15", "1.25"]
    varied: list[dict[str, object]] = [{}, {PUE: []}, {PUE: None}]
    for nothing in varied:
        with pytest.raises(InputError, match="vary:"):
            capacity.sweep(ID, nothing)


def test_validate_tells_all_faults_of_all_files(tmp_path: Path) -> None:
    """Faults are part of the answer, in the order of the files; a file without any stands beside."""
    (tmp_path / "chip.yaml").write_text("id: x\nvendor: y\n")
    answer = capacity.validate(H20, tmp_path / "chip.yaml", tmp_path / "none.yaml", kind="chip")
    assert answer.files[H20] == "chip"
    assert not answer.valid
    assert Path(answer.faults[0].file).name == "chip.yaml"
    assert answer.faults[-1].what == "no such file"
    with pytest.raises(InputError, match="files: none is named"):
        capacity.validate()
