"""What the tests notice: seeded mutants of the package, each against the tests that exercise its file.

    python -m tests.tools.mutants --count 100 --seed 1 [--out mutants.tsv]

One node of a function is changed (an operator, a comparison, a number, a condition). In a child of this process that
has the changed function run the doctests of its file, then the tests that call it, the quickest first. A mutant that no
test notices is printed with its change; whether it means the same as before is for a reader to say.
"""

from __future__ import annotations

import argparse
import ast
import cProfile
import importlib
import inspect
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from types import CodeType

import pytest

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 600.0  # seconds after which a mutant hangs
STOCK = ("stock", "time", "siting", "model")
TESTS: dict[str, tuple[str, ...]] = {  # file of the package, or a folder of it: the tests that exercise it
    "words/amounts.py": ("amounts", "finding"),
    "words/claims.py": ("check", "meaning"),
    "words/dates.py": ("dates", "time", "meaning"),
    "words": ("words", "numbers", "hedges", "amounts", "forms"),
    "resolve.py": ("resolve", "time", "asking", "world"),
    "layers.py": ("resolve", "world", "siting"),
    "model/stock.py": STOCK,
    "model/stated.py": STOCK,
    "model/deployed.py": STOCK,
    "equations": ("equations", "inference", "time", "siting", "scoring"),
    "document/words.py": ("document", "forms", "golden"),
}
PLAIN = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=")
COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
REVERSED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult, ast.Mod: ast.Mult,
}  # fmt: skip
CALLED = {"max": "min", "min": "max", "any": "all", "all": "any", "maximum": "minimum", "minimum": "maximum",
          "fmax": "fmin", "fmin": "fmax", "ceil": "floor", "floor": "ceil"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one node."""

    file: str
    function: str
    line: int
    change: str
    text: str


def changes(node: ast.AST) -> Iterator[tuple[str, Callable[[], None]]]:
    """What can be changed at a node, in words, and the change itself."""
    match node:
        case ast.Compare(ops=[op, *_]) if type(op) in COMPARED:
            other = COMPARED[type(op)]
            yield f"{type(op).__name__} -> {other.__name__}", lambda: node.ops.__setitem__(0, other())
        case ast.BinOp(op=op, left=left) if type(op) in REVERSED and not isinstance(left, ast.JoinedStr):
            opposite = REVERSED[type(op)]
            yield f"{type(op).__name__} -> {opposite.__name__}", lambda: setattr(node, "op", opposite())
        case ast.BoolOp(op=op):
            turned = ast.Or if isinstance(op, ast.And) else ast.And
            yield f"{type(op).__name__} -> {turned.__name__}", lambda: setattr(node, "op", turned())
        case ast.Constant(value=bool() as value):
            yield f"{value} -> {not value}", lambda: setattr(node, "value", not value)
        case ast.Constant(value=int() | float() as value):
            more = value + 1 if isinstance(value, int) else value * 1.1 + (not value)
            yield f"{value} -> {more:g}", lambda: setattr(node, "value", more)
        case ast.UnaryOp(op=ast.Not()):
            yield "not x -> x", lambda: setattr(node, "operand", ast.UnaryOp(ast.Not(), node.operand))
        case ast.UnaryOp(op=ast.USub()):
            yield "-x -> +x", lambda: setattr(node, "op", ast.UAdd())
        case ast.If(test=test) | ast.IfExp(test=test):
            yield "if x -> if not x", lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), test))
        case ast.Call(func=ast.Name(id=name) as called) if name in CALLED:
            yield f"{name} -> {CALLED[name]}", lambda: setattr(called, "id", CALLED[name])
        case ast.Call(func=ast.Attribute(attr=name) as called) if name in CALLED:
            yield f"{name} -> {CALLED[name]}", lambda: setattr(called, "attr", CALLED[name])


Site = tuple[str, ast.AST, str, Callable[[], None]]


def sites(tree: ast.AST) -> list[Site]:
    """Every change inside a function; none in a message, an annotation, a decorator or a default of an argument."""

    def walk(node: ast.AST, names: tuple[str, ...], inside: bool) -> Iterator[Site]:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            function = isinstance(node, ast.FunctionDef)
            within = (*names, "<locals>", node.name) if inside else (*names, node.name)
            for statement in node.body:
                yield from walk(statement, within, function)
            return
        if isinstance(node, ast.Raise | ast.JoinedStr | ast.AnnAssign | ast.Assert):
            return
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "fail":
            return
        if inside:
            yield from ((".".join(names), node, words, change) for words, change in changes(node))
        for child in ast.iter_child_nodes(node):
            yield from walk(child, names, inside)

    return list(walk(tree, (), False))


def chosen(count: int, seed: int) -> list[Mutant]:
    """So many mutants, the same for the same seed: the rooms take turns, and in a room each change is as likely."""
    rng = random.Random(seed)
    files = sorted(
        path.relative_to(ROOT / "capacity").as_posix()
        for key in TESTS
        for path in ((ROOT / "capacity" / key).rglob("*.py") if "." not in key else [ROOT / "capacity" / key])
    )
    sources = {file: (ROOT / "capacity" / file).read_text() for file in dict.fromkeys(files)}
    rooms: dict[str, list[tuple[str, int]]] = {}
    for file, text in sources.items():
        room = rooms.setdefault(file.partition("/")[0], [])
        room += [(file, index) for index in range(len(sites(ast.parse(text))))]
    orders = [rng.sample(room, len(room)) for room in rooms.values()]
    turns = [mutant for turn in zip_longest(*orders) for mutant in turn if mutant]
    mutants = []
    for file, index in turns[:count]:
        tree = ast.parse(sources[file])
        function, node, words, change = sites(tree)[index]
        before = ast.unparse(node)
        change()
        after = ast.unparse(ast.fix_missing_locations(tree))
        line = getattr(node, "lineno", 0)
        mutants.append(Mutant(file, function, line, f"{words} in `{' '.join(before.split())[:90]}`", after))
    return mutants


def tests_of(file: str) -> list[str]:
    """The doctests of a file, then the tests that exercise it."""
    names = TESTS.get(file) or TESTS[file.partition("/")[0]]
    return [f"capacity/{file}", *(f"tests/test_{name}.py" for name in names)]


class Watch:
    """A plugin of pytest that notes which functions of the package each test calls, and how long it takes."""

    def __init__(self) -> None:
        self.callers: dict[tuple[str, str], dict[str, float]] = {}
        self.failed: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        profile = cProfile.Profile(builtins=False)
        start = time.perf_counter()
        profile.enable()
        try:
            return (yield)
        except BaseException:
            self.failed.append(item.nodeid.partition("[")[0])
            raise
        finally:
            profile.disable()
            seconds = time.perf_counter() - start
            for entry in profile.getstats():
                if not isinstance(entry.code, str):
                    file = entry.code.co_filename.rpartition("/capacity/")[2]
                    tests = self.callers.setdefault((file, entry.code.co_qualname), {})
                    test = item.nodeid.partition("[")[0]  # with all its cases
                    tests[test] = tests.get(test, 0.0) + seconds


def watched(files: Sequence[str], kept: Path | None) -> Watch:
    """Which tests call which function, and the seconds that each takes; in this process, or as kept from last time."""
    watch = Watch()
    if kept and kept.exists():
        watch.callers, watch.failed = ast.literal_eval(kept.read_text())
        return watch
    pytest.main([*PLAIN, *files], plugins=[watch])
    if kept:
        kept.write_text(repr((watch.callers, watch.failed)))
    return watch


def patched(mutant: Mutant) -> None:
    """Give the function that the mutant changes its changed code, in this process."""
    module = importlib.import_module("capacity." + mutant.file.removesuffix(".py").replace("/", "."))
    code: CodeType = compile(mutant.text, module.__file__ or "", "exec")
    found: object = module
    for name in mutant.function.partition(".<locals>")[0].split("."):
        code = next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == name)
        found = inspect.getattr_static(found, name)
    for wrapper in ("fget", "func", "__func__"):  # of a property, a cached one, a class method
        found = getattr(found, wrapper, found)
    inspect.unwrap(found).__code__ = code  # type: ignore[arg-type]


def forked(mutant: Mutant, tests: Sequence[str]) -> str:
    """How the tests end in a child of this process in which the function is the mutant: killed, survived or hung."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_RDWR), 1)
        os.dup2(1, 2)
        try:
            patched(mutant)
            code = int(pytest.main([*PLAIN, "-x", "--doctest-modules", *tests]))
        except BaseException:
            code = 9
        os._exit(code)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if (ended := os.waitpid(child, os.WNOHANG))[0]:
            return {0: "survived", 1: "killed", 2: "killed"}.get(os.waitstatus_to_exitcode(ended[1]), "failed")
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "hung"


def main() -> None:
    """Choose mutants, run the tests on each, print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--watched", type=Path, help="a file that keeps which test calls what, for the next time")
    asked = parser.parse_args()
    mutants = chosen(asked.count, asked.seed)
    files = list(dict.fromkeys(test for mutant in mutants for test in tests_of(mutant.file)[1:]))
    watch = watched(files, asked.watched)
    pytest.main([*PLAIN, "--collect-only", *files])  # so that a child finds all imported
    tally: Counter[str] = Counter()
    for mutant in mutants:
        calling = watch.callers.get((mutant.file, mutant.function), {})
        doctests, *whole = tests_of(mutant.file)
        ended = forked(mutant, [doctests, *(sorted(calling, key=lambda test: calling[test]) or whole)])
        tally[ended] += 1
        line = "\t".join((ended, f"{mutant.file}:{mutant.line}", mutant.function, mutant.change, str(len(calling))))
        print(line, flush=True)
        if asked.out:
            with asked.out.open("a") as out:
                out.write(line + "\n")
    print(dict(tally))


if __name__ == "__main__":
    main()
