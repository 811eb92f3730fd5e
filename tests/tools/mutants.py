"""What the tests notice: seeded mutants of the package, each against the tests that exercise its file.

    python -m tests.tools.mutants --count 100 --seed 1 [--out mutants.tsv]

One node of a function is changed (an operator, a comparison, a number, a condition) in a copy of the package, and the
file's doctests and tests run on it until one fails. A mutant that no test notices is printed with its change; whether
it means the same as before is for a reader to say.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 4.0  # times what its tests take unchanged, after which a mutant hangs
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
    "equations": ("equations", "same_chips", "inference", "time", "siting", "scoring"),
    "document/words.py": ("document", "forms", "golden"),
}
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


def sites(tree: ast.AST) -> list[tuple[ast.AST, str, Callable[[], None]]]:
    """Every change inside a function; none in a message, an annotation, a decorator or a default of an argument."""

    def walk(node: ast.AST, inside: bool) -> Iterator[tuple[ast.AST, str, Callable[[], None]]]:
        if isinstance(node, ast.FunctionDef):
            for statement in node.body:
                yield from walk(statement, True)
            return
        if isinstance(node, ast.Raise | ast.JoinedStr | ast.AnnAssign | ast.Assert):
            return
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "fail":
            return
        if inside:
            yield from ((node, words, change) for words, change in changes(node))
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inside)

    return list(walk(tree, False))


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
        node, words, change = sites(tree)[index]
        before = ast.unparse(node)
        change()
        after = ast.unparse(ast.fix_missing_locations(tree))
        line = getattr(node, "lineno", 0)
        mutants.append(Mutant(file, line, f"{words} in `{' '.join(before.split())[:90]}`", after))
    return mutants


def tests_of(file: str) -> list[str]:
    """The doctests of a file, then the tests that exercise it."""
    names = TESTS.get(file) or TESTS[file.partition("/")[0]]
    return [f"capacity/{file}", *(f"tests/test_{name}.py" for name in names)]


def run(copy: Path, tests: Sequence[str], limit: float | None) -> tuple[str, str]:
    """How the tests end on a copy: killed, survived or hung, and the first test that failed."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o",
               "addopts=--doctest-modules", "--no-header", "-rfE", "--tb=no", *tests]  # fmt: skip
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return "hung", ""
    first = next((line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))), "")
    if done.returncode not in (0, 1, 2):
        raise RuntimeError(done.stdout + done.stderr)
    return ("survived" if done.returncode == 0 else "killed"), first


def main() -> None:
    """Choose mutants, run the tests on each, print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    baseline: dict[tuple[str, ...], float] = {}
    tally = {"killed": 0, "survived": 0, "hung": 0}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", ".hypothesis", "__pycache__"))
        for mutant in chosen(asked.count, asked.seed):
            tests = tests_of(mutant.file)
            if tuple(tests[1:]) not in baseline:
                start = time.monotonic()
                ended, first = run(copy, tests, None)
                if ended != "survived":
                    raise SystemExit(f"the tests of {mutant.file} fail without a mutant: {first}")
                baseline[tuple(tests[1:])] = time.monotonic() - start
            target = copy / "capacity" / mutant.file
            target.write_text(mutant.text)
            ended, first = run(copy, tests, PATIENCE * baseline[tuple(tests[1:])] + 30)
            shutil.copyfile(ROOT / "capacity" / mutant.file, target)
            tally[ended] += 1
            line = "\t".join((ended, f"{mutant.file}:{mutant.line}", mutant.change, first[:120]))
            print(line, flush=True)
            if asked.out:
                with asked.out.open("a") as out:
                    out.write(line + "\n")
    print(tally)


if __name__ == "__main__":
    main()
