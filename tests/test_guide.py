"""The README and the guide tell the truth: their commands run, their outputs are the real ones, their Python works."""

import re
import shlex
from pathlib import Path

import pytest

from tests.running import run

HOME = Path(__file__).parent.parent
PAGES = [HOME / "README.md", *sorted((HOME / "capacity" / "guide").glob("*.md"))]
GALLERY = HOME / "capacity" / "guide" / "gallery.md"
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
ELSEWHERE = ("venv", "pip install", "pytest", "python ", "capacity mcp")  # not a command of ours that ends by itself
FILE = re.compile(r"# ((?:mine/)?\S+\.(?:yaml|csv|txt))\n")


def blocks(page: Path) -> list[tuple[str, str]]:
    return BLOCK.findall(page.read_text())


def own_folder(page: Path, folder: Path) -> Path:
    """A folder with the files that a page shows: a block that begins with `# NAME` is that file."""
    for language, text in blocks(page):
        named = FILE.match(text)
        if language == "csv" and not named:
            (folder / "deals.csv").write_text(text)
        elif language in ("yaml", "csv", "text") and named:
            (folder / named[1]).parent.mkdir(parents=True, exist_ok=True)
            (folder / named[1]).write_text(text if language == "yaml" else text.removeprefix(named[0]))
    return folder


def shown(page: Path, command: str, folder: Path) -> str:
    words = shlex.split(command)
    assert words[0] == "capacity", command
    done = run(*words[1:], cwd=folder, columns=100)
    assert done.returncode == 0, (page.name, command, done.stderr)
    return done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_every_command_of_the_page_runs_and_shows_its_real_output(page: Path, tmp_path: Path) -> None:
    """Commands run in the order of the page, in a folder with the files it shows; shown outputs are the real ones."""
    folder = own_folder(page, tmp_path)
    for language, text in blocks(page):
        if language == "sh":
            for line in text.splitlines():
                if line and not line.startswith("#") and not any(word in line for word in ELSEWHERE):
                    assert shown(page, line, folder) or any(word in line for word in ("--out", "--save"))
        elif language == "console":
            command, _, output = text.partition("\n")
            assert shown(page, command.removeprefix("$ "), folder) == output, (page.name, command)
        elif language == "python":
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(folder)
                exec(compile(text, page.name, "exec"), {})


def drawn(folder: Path) -> dict[str, str]:
    """The words of each picture of the gallery in a folder, without version and fingerprint, which say nothing new."""
    found = {}
    for name in re.findall(r"!\[[^]]+\]\(([^)]+)\)", GALLERY.read_text()):
        words = "".join(re.findall(r"<text[^>]*>([^<]*)</text>", (folder / name).read_text()))
        found[name] = re.sub(r"capacity[\d.]+|[0-9a-f]{12}", "", re.sub(r"\s", "", words))
    return found


def draw_gallery(folder: Path) -> None:
    """Run the commands of the gallery that draw."""
    for language, text in blocks(GALLERY):
        for line in text.splitlines() if language == "sh" else ():
            if line.startswith("capacity plot"):
                shown(GALLERY, line, folder)


def test_the_pictures_of_the_gallery_are_those_of_the_commands(tmp_path: Path) -> None:
    """Five pictures, each made by a command on the page, say to the letter what they say today."""
    draw_gallery(own_folder(GALLERY, tmp_path))
    assert drawn(tmp_path) == drawn(GALLERY.parent)
    assert len(drawn(tmp_path)) == 5
    assert all(len(words) > 150 for words in drawn(tmp_path).values())


def test_the_readme_is_read_whole() -> None:
    """A newcomer's page: at most 150 lines, and every page of the guide is named on it."""
    text = PAGES[0].read_text()
    assert len(text.splitlines()) <= 150
    assert all(f"capacity/guide/{page.name}" in text for page in PAGES[1:])


def test_counts_of_the_library_are_true() -> None:
    """The guide's counts of parts, numbers and grades are those of the files."""
    from capacity.load import Specs, load_chip, load_system, quantities

    specs = Specs()
    chips = [load_chip(name) for name in specs.ids("chips")]
    systems = [load_system(name) for name in specs.ids("systems")]
    numbers = [q for part in (*chips, *systems) for _, q in quantities(part)]
    grades = {grade: sum(q.grade == grade for q in numbers) for grade in "ABCD"}
    plain = " ".join((HOME / "capacity" / "guide" / "spec-library.md").read_text().split())
    bare = sum(chip.name_only for chip in chips)
    assert f"{len(chips)} accelerators ({len(chips) - bare} with figures, {bare} known by name only)" in plain
    assert f"and {len(systems)} systems" in plain
    assert (
        f"{len(numbers)} numbers: {grades['A']} of grade A, {grades['B']} B, {grades['C']} C, {grades['D']} D" in plain
    )


if __name__ == "__main__":  # python tests/test_guide.py: write the real outputs into the pages
    import tempfile

    for page in PAGES:
        folder = own_folder(page, Path(tempfile.mkdtemp()))
        text = page.read_text()
        for language, block in blocks(page):
            if language == "sh":
                for line in block.splitlines():
                    if line and not line.startswith("#") and not any(word in line for word in ELSEWHERE):
                        shown(page, line, folder)
            if language == "console":
                command = block.partition("\n")[0]
                real = shown(page, command.removeprefix("$ "), folder)
                text = text.replace(f"```console\n{block}```", f"```console\n{command}\n{real}```")
        page.write_text(text)
        if page == GALLERY:
            for name in drawn(page.parent):
                (page.parent / name).write_bytes((folder / name).read_bytes())
