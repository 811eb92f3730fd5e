"""The map of the house: which room may import which. Imports point down only."""

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

import capacity
from capacity import load
from capacity.cli import COMMANDS

HOME = Path(capacity.__file__).parent

# From the ground up. A module may import from the floors below its own, and from its own room.
FLOORS = [
    ["errors", "units", "_version"],
    ["source"],
    ["words"],
    ["quantity"],
    ["basis"],
    ["records"],
    ["slips"],
    ["typed"],
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
    ["tables"],
    ["columns"],
    ["records", "citations", "guide"],
    ["settings"],
    ["parts", "same_chips"],
    ["kinds", "cases"],
    ["names", "evidence", "observed"],
    ["amounts"],
    ["checks", "deals", "claims", "lot_words", "plain"],
    ["site_sheet"],
    ["sheets"],
    ["library"],
    ["relations", "owners"],
    ["scenarios"],
    ["validation", "sheet_scenario"],
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


def imported(tree: ast.AST, modules: Collection[str], *, typing: bool = False) -> set[str]:
    """The modules that a tree imports, wherever it does; those under `TYPE_CHECKING` only where `typing` is asked."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING" and not typing:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & set(modules)
        elif isinstance(node, ast.ImportFrom) and (node.module or "") in modules:
            inner = {alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            found |= {full if full in modules else str(node.module) for full in inner.values()}
        found |= imported(node, modules, typing=typing)
    return found


def test_no_circle_of_imports() -> None:
    """No module leads back to itself by imports, those inside functions counted; none imports the face."""
    named = {
        ".".join(("capacity", *path.relative_to(HOME).with_suffix("").parts)).removesuffix(".__init__"): path
        for path in MODULES
    }
    leads = {name: imported(ast.parse(path.read_text()), named) for name, path in named.items()}
    assert leads["capacity.load"] > {"capacity.load.library", "capacity.load.scenarios"}  # the walk sees imports
    assert [name for name, others in leads.items() if "capacity" in others] == []
    ends: set[str] = set()  # what leads to no circle
    while len(ends) < len(leads):
        more = {name for name, others in leads.items() if name not in ends and others <= ends}
        assert more, f"in or above a circle: {sorted(set(leads) - ends)}"
        ends |= more


def test_the_public_face_is_complete() -> None:
    """Every name is there, documented, known to type checkers, and nothing else shows itself; functions say how."""
    assert capacity.__all__ == sorted(capacity.__all__)
    assert dir(capacity) == sorted([*capacity.__all__, "__version__"])
    block = next(n for n in ast.parse((HOME / "__init__.py").read_text()).body if isinstance(n, ast.If))
    typed = {
        alias.asname: f"{node.module}"
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert typed == {name: f"capacity.{home}" for name, home in capacity._NAMES.items()}
    for name in capacity.__all__:
        thing = getattr(capacity, name)
        assert inspect.getdoc(thing), name
        if inspect.isfunction(thing) and not name.startswith("load_"):
            assert ">>>" in (thing.__doc__ or ""), f"{name} has no example"
            assert "Raises `InputError`" in (thing.__doc__ or ""), f"{name} does not say what it refuses"


def test_no_module_hides_a_function() -> None:
    """No room or module at the top bears the name of a public one: importing it would put it in that one's place."""
    rooms = {room_of(path) for path in MODULES}
    assert rooms & set(capacity.__all__) == set()


def test_a_command_has_one_name() -> None:
    """Each command is a module of its name in `cli`, and in `questions`, where it answers; no other module is there."""
    shared = {"__init__", "common", "options"}
    assert {path.stem for path in (HOME / "cli").glob("*.py")} - shared == set(COMMANDS)
    assert set(COMMANDS.values()) == set(COMMANDS)
    assert set(COMMANDS) - {path.stem for path in (HOME / "questions").glob("*.py")} == {"schema", "guide", "mcp"}


def test_importing_the_package_is_light() -> None:
    """`import capacity` loads neither numpy nor pydantic, and none of its own rooms."""
    code = "import capacity, sys; print([m for m in sys.modules if m in ('numpy', 'pydantic') or m[:9] == 'capacity.'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['capacity._version']\n"


def test_an_estimate_loads_no_door_that_it_does_not_open() -> None:
    """The built-in scenario needs neither sheets nor typed lots; start-up is what a newcomer feels first."""
    code = (
        "import sys; sys.argv = ['capacity', 'estimate', '--draws', '64']\n"
        "from capacity import __main__; __main__.run()\n"
        "print(sorted(m for m in sys.modules if m[:14] == 'capacity.load.'), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for room in ("tables", "columns", "sheets", "lot_words", "plain", "observed"):
        assert f"'capacity.load.{room}'" not in done.stderr
    assert "'capacity.load.scenarios'" in done.stderr


def test_the_face_of_load_is_complete() -> None:
    """Every name in `__all__` of the room that reads files is there, and the list is in ruff's order; no other is."""
    assert load.__all__ == sorted(load.__all__, key=lambda name: (not name.isupper(), name))  # constants come first
    for name in load.__all__:
        assert hasattr(load, name), name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        load.nothing  # noqa: B018


def test_the_version_is_that_of_the_package() -> None:
    """The version in the code is the one in pyproject.toml."""
    import tomllib

    text = (HOME.parent / "pyproject.toml").read_text()
    assert tomllib.loads(text)["project"]["version"] == capacity.__version__
