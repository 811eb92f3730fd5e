"""The map of the house: which room may import which. Imports point down only."""

import ast
import inspect
import re
from pathlib import Path

import pytest

import capacity
from capacity import load

HOME = Path(capacity.__file__).parent

# From the ground up. A module may import from the floors below its own, and from its own room.
FLOORS = [
    ["errors", "units", "_version"],
    ["source"],
    ["words"],
    ["quantity"],
    ["basis"],
    ["records"],
    ["places"],
    ["layers"],
    ["resolve"],
    ["equations"],
    ["load"],
    ["reading"],
    ["model"],
    ["document"],
    ["questions"],
    ["cli"],
    ["__main__"],
]
# Inside the room that reads files, likewise: a module may import only from the lines above its own.
STAIRS = [
    ["specs", "input_file"],
    ["files"],
    ["records", "citations", "guide"],
    ["parts", "cases", "same_chips", "settings"],
    ["kinds", "tables"],
    ["names", "evidence", "amounts"],
    ["checks", "deals", "claims", "lot_words"],
    ["library"],
    ["relations", "owners"],
    ["scenarios"],
    ["validation"],
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
MODULES = sorted(path for path in HOME.rglob("*.py") if "specs" not in path.parts)


def room_of(path: Path) -> str:
    first = path.relative_to(HOME).parts[0]
    return first.removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(HOME)))
def test_imports_point_down(path: Path) -> None:
    """A module imports only from floors below its own, or from its own room."""
    room = room_of(path)
    if room == "__init__":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("capacity."):
            other = node.module.split(".")[1]
            allowed = other == room or FLOOR[other] < FLOOR[room]
            assert allowed, f"{room} imports {other}"


def test_imports_inside_load_point_up_the_list() -> None:
    """A module of `load` imports only from those before it, none by way of the face; the list names each module."""
    step = {module: number for number, modules in enumerate(STAIRS) for module in modules}
    paths = {path.stem: path for path in MODULES if path.parent == HOME / "load" and path.stem != "__init__"}
    assert set(paths) == set(step)
    for module, path in paths.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("capacity.load"):
                other = (node.module or "").removeprefix("capacity.load").removeprefix(".")
                assert step.get(other, len(step)) < step[module], f"{module} imports {node.module}"


def test_every_room_is_on_the_map() -> None:
    """The map names every module, and nothing that is not there."""
    assert {room_of(path) for path in MODULES} - {"__init__"} == set(FLOOR)


def test_only_load_opens_files_and_only_sampling_makes_generators() -> None:
    """Reading files and making generators each happen in one room."""
    for path in MODULES:
        text, room = path.read_text(), room_of(path)
        if room not in ("load", "cli"):
            assert not re.search(r"(?<![.\w])open\(|\.open\(", text.replace("os.open(", "")), path
            assert ".read_text(" not in text, path
        if path.stem != "sampling":
            assert "np.random" not in text, path


def test_the_public_face_is_complete() -> None:
    """Every name in `__all__` is there, documented, and the list is sorted."""
    assert capacity.__all__ == sorted(capacity.__all__)
    for name in capacity.__all__:
        assert inspect.getdoc(getattr(capacity, name)), name


def test_the_face_of_load_is_complete() -> None:
    """Every name in `__all__` of the room that reads files is there, and the list is sorted; no other is."""
    assert load.__all__ == sorted(load.__all__)
    for name in load.__all__:
        assert hasattr(load, name), name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        load.nothing  # noqa: B018


def test_the_version_is_that_of_the_package() -> None:
    """The version in the code is the one in pyproject.toml."""
    import tomllib

    text = (HOME.parent / "pyproject.toml").read_text()
    assert tomllib.loads(text)["project"]["version"] == capacity.__version__
