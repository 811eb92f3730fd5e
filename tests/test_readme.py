"""The README tells the truth: its commands run, its outputs are the real ones, its Python works."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).parent.parent
README = (HOME / "README.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
INSTALLS = ("venv", "pip install", "pytest")


def run(command: str, cwd: Path) -> str:
    words = shlex.split(command)
    assert words[0].endswith("capacity")
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "capacity", *words[1:]],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


def own_folder(tmp_path: Path) -> Path:
    """A folder with the files that the README shows."""
    for language, text in BLOCKS:
        named = re.match(r"# (mine/\S+\.yaml)\n", text)
        if language == "yaml" and named:
            (tmp_path / named[1]).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / named[1]).write_text(text)
        if language == "csv":
            (tmp_path / "deals.csv").write_text(text)
    return tmp_path


SHELL = [
    line
    for language, text in BLOCKS
    if language == "sh"
    for line in text.splitlines()
    if line and not any(word in line for word in INSTALLS)
]


def test_every_command_of_the_readme_runs(tmp_path: Path) -> None:
    """Each command in a shell block ends well, in an empty folder with the files that the README shows."""
    folder = own_folder(tmp_path)
    assert len(SHELL) > 8
    for line in SHELL:
        assert run(line, folder) or any(word in line for word in ("--out", "--save"))


@pytest.mark.parametrize("block", [text for language, text in BLOCKS if language == "console"])
def test_shown_output_is_the_real_output(block: str, tmp_path: Path) -> None:
    """What the README prints under a command is what the command prints."""
    command, _, shown = block.partition("\n")
    assert command.startswith("$ ")
    assert run(command.removeprefix("$ "), tmp_path) == shown


@pytest.mark.parametrize("block", [text for language, text in BLOCKS if language == "python"])
def test_python_of_the_readme_works(block: str) -> None:
    """Each Python block runs as it stands."""
    exec(compile(block, "README", "exec"), {})


def test_counts_of_the_library_are_true() -> None:
    """The README's counts of parts, numbers and grades are those of the files."""
    from capacity.load import Specs, load_chip, load_system, quantities

    specs = Specs()
    chips = [load_chip(name) for name in specs.ids("chips")]
    systems = [load_system(name) for name in specs.ids("systems")]
    numbers = [q for part in (*chips, *systems) for _, q in quantities(part)]
    grades = {grade: sum(q.grade == grade for q in numbers) for grade in "ABCD"}
    plain = " ".join(README.split())
    bare = sum(chip.name_only for chip in chips)
    assert f"{len(chips)} accelerators ({len(chips) - bare} with figures, {bare} known by name only)" in plain
    assert f"and {len(systems)} systems" in plain
    assert (
        f"{len(numbers)} numbers: {grades['A']} of grade A, {grades['B']} B, {grades['C']} C, {grades['D']} D" in plain
    )


def test_seed_question_in_four_lines() -> None:
    """The library answers the article's question in four lines."""
    import capacity

    answer = capacity.estimate(capacity.load_scenario("h200-china-2026-01"))
    line = next(x for x in answer.lines() if x.address == "power.facility.nameplate" and x.group == "total")
    assert json.dumps(line.as_dict())


if __name__ == "__main__":  # python tests/test_readme.py: write the real outputs into the README
    import tempfile

    text = README
    for language, block in BLOCKS:
        if language == "console":
            command = block.partition("\n")[0]
            real = run(command.removeprefix("$ "), Path(tempfile.mkdtemp()))
            text = text.replace(f"```console\n{block}```", f"```console\n{command}\n{real}```")
    (HOME / "README.md").write_text(text)
