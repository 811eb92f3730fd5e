"""How a result came about: the tree of steps, sheet figures and assumptions, read off the page that computes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from capacity.document.answer import Answer
from capacity.document.blocks import Document, Item, Items, Text
from capacity.document.citations import Footnotes, head, quantity_dict, signature, source_dict, source_ids
from capacity.document.words import label, number_text, scale_of, share_text
from capacity.model.estimate import GROUPS, Estimate, estimate
from capacity.model.page import SHOWN
from capacity.model.plan import CELL
from capacity.model.sampling import BLOCK, DRAWS
from capacity.questions.asked import Asked, Library, scenario_of
from capacity.questions.sensitivity import At, leading, resolve, shapley
from capacity.questions.tree import Node, Reader, ancestors
from capacity.resolve import Input, Scenario

MANY = 12  # inputs of one node that are printed
READING = (
    "Each number is a median with its 5 % and 95 % points; medians multiply only roughly. Shares of the spread "
    "are Shapley effects on the variance of the first line; numbers that come from one draw share theirs."
)
LARGEST = 4_000_000  # cells × worlds that are held at once


@dataclass(frozen=True, slots=True, repr=False)
class Explanation(Answer):
    """The tree of one result, and the estimate that it was read off."""

    address: str
    answer: Estimate
    root: Node

    def head(self) -> dict[str, Any]:
        """Schema `capacity.explain/1`."""
        worlds = self.answer.worlds
        return {
            **head("explain", self.answer.scenario, worlds.draws, worlds.seed),
            "quantity": self.address,
            **self._at,
        }

    def body(self) -> dict[str, Any]:
        """The tree in SI, numbers unrounded, and its sources."""
        by_title = {source.title: source for item in _inputs(self.root) for source in item.sources}
        ids = source_ids(by_title.values())
        sources = [{"id": ids[title], **source_dict(source)} for title, source in by_title.items()]
        return {"tree": _node(self.root, ids), "sources": sources}

    def records(self) -> list[dict[str, Any]]:
        """A row per node of the tree, in SI; `of` names the result that it goes into."""
        rows = []
        for node, of in _walk(self.root):
            row = {"of": of, **_numbers(node)}
            if node.kind == "result":
                names, numbers = formulas(node)
                rows.append({**row, "formula": names, "formula_in_numbers": numbers})
            else:
                sources = list(dict.fromkeys(source.title for item in node.inputs for source in item.sources))
                places = [item.place for item in node.inputs]
                shares = {"share": node.share, "share_error": node.error}
                rows.append({**row, **shares, "places": places, "sources": sources})
        return rows

    def document(self) -> Document:
        """The tree, how to read it, the sources, and what to cite."""
        notes = Footnotes()
        return Document((self.tree(notes), Text(READING), *notes.blocks(), Text(signature(self.answer))))

    def tree(self, notes: Footnotes) -> Items:
        """The tree alone; what it cites is added to the notes."""
        title = f"{self.address}: {_title(self.root, self.answer.scenario)}{self._when}"
        return Items((self._item(self.root, notes),), "tree", title)

    @property
    def _at(self) -> dict[str, str]:
        return {"at": self.answer.seen.at.isoformat()} if self.answer.seen.at else {}

    @property
    def _when(self) -> str:
        return f", in service {self.answer.seen.at}" if self.answer.seen.at else ""

    def _item(self, node: Node, notes: Footnotes) -> Item:
        lines = [f"{node.name} = {spelled(node)}"]
        if node.kind == "result":
            lines += [f"= {part}" for part in dict.fromkeys(formulas(node)) if part]
        else:
            words = _meaning(node, self.answer.scenario)
            lines = [lines[0] + (f": {words}" if words else ""), _facts(node, notes)]
        children, left_out = _visible(node)
        more = [Item((f"… and {left_out} more inputs with less influence",))] if left_out else []
        return Item(tuple(lines), (*(self._item(child, notes) for child in children), *more))

    def sentence(self) -> str:
        """The result with its interval, how it was made, and where most of its spread comes from."""
        root, answer = self.root, self.answer
        middle, low, high, unit = _rounded(root)
        value = f"{middle} {unit}".rstrip() + ("" if low == high else f" (90 % interval {low} to {high})")
        made = " = ".join(dict.fromkeys(filter(None, formulas(root)))) if root.formula else ""
        parts = [
            f"{self.address} ({_title(root, answer.scenario)}{self._when}) is {value}",
            *([f"which is {made}"] if made else []),
        ]
        leaf = max((node for node, _ in _walk(root) if not node.children), key=lambda node: node.share or 0.0)
        if leaf.share and leaf.share > 0:
            parts.append(f"and {share_text(leaf.share)} of its spread comes from {leaf.name}")
        return f"{', '.join(parts)} ({signature(answer)})."


def explain(
    scenario: Asked, quantity: str, draws: int = DRAWS, seed: int = 0, *, at: At = None, specs: Library = None
) -> Explanation:
    """The tree behind one result; `draws` worlds, at most one block and fewer where there are many cells.
    With a date `at` it is the result in service then.

    `scenario` is an id, a path, a mapping or a `Scenario`, `quantity` the address of a result; values are in SI.
    Raises `InputError` where the scenario is wrong, or the quantity unknown or not to be given.

    >>> tree = explain("h200-china-2026-01", "power.it.nameplate", draws=500)
    >>> [child.name for child in tree.root.children]
    ['power.server.nameplate', 'network_ratio']
    """
    scenario, address = scenario_of(scenario, specs), resolve(quantity)
    name, _, group = address.partition("@")
    worlds = max(256, min(draws, BLOCK, LARGEST // len(scenario.cells)))
    shown = tuple(a for a in ancestors(name) if a in SHOWN)
    answer = estimate(scenario, worlds, seed, by=(*GROUPS, CELL), show=shown, at=() if at is None else at)
    answer = answer.seen_at(at)
    answer.draws(address)
    moved = leading(scenario, [address], seed, at)
    shares = shapley(scenario, [address], moved, min(worlds, 8192), seed, at)[address]
    reader = Reader(answer, group, list(zip(moved, shares, strict=True)))
    return Explanation(address, answer, reader.node(name))


def _rounded(node: Node) -> tuple[str, str, str, str]:
    """Median, 5 % and 95 % point of a node as rounded text, and the unit they are in."""
    how = scale_of(node.p5, node.p50, node.p95, node.mc_error, node.unit, max(abs(node.p50), abs(node.p5)))
    middle, low, high = (number_text(x, how, False) for x in (node.p50, node.p5, node.p95))
    return middle, low, high, how.unit


def short(node: Node) -> str:
    """A node's median with its unit, for a formula: `558 MW`, `1.31`."""
    middle, _, _, unit = _rounded(node)
    return f"{middle} {unit}".rstrip()


def spelled(node: Node) -> str:
    """A node's numbers in words: `740 MW (630 to 960)`."""
    _, low, high, _ = _rounded(node)
    return short(node) if low == high else f"{short(node)} ({low} to {high})"


def formulas(node: Node) -> tuple[str, str]:
    """The formula in the names of the page, and with the medians put in."""
    by_name = {child.name: child for child in node.children}
    names = {a: n for a, n in node.arguments}
    numbers = {a: short(by_name[n]) if n in by_name else "1" for a, n in node.arguments}
    spelled_out = all(re.search(rf"(?<![\w.]){re.escape(a)}(?![\w.])", node.formula) for a in names)
    return _put(node.formula, names), _put(node.formula, numbers if spelled_out else names)


def _put(formula: str, words: dict[str, str]) -> str:
    """The formula with each argument replaced, the longest first and never inside another word."""
    pattern = "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True)) or "$."
    text = re.sub(rf"(?<![\w.])(?:{pattern})(?![\w.])", lambda m: words[m[0]], formula)
    return re.sub(r"(?<=\S) \* (?=\S)", " × ", text)


def _title(node: Node, scenario: Scenario) -> str:
    """What a node is, in words."""
    if node.kind == "result":
        return label(node.name.partition(".")[0], node.basis) if node.basis else node.name.replace("_", " ")
    return _meaning(node, scenario)


def _meaning(node: Node, scenario: Scenario) -> str:
    """What an input means, where the files say so."""
    known = scenario.defaults.assumptions
    if node.unit == "weight":
        return "weight in the split of a lot whose parts no source gives"
    return known[node.name].meaning if node.name in known else ""


def _facts(node: Node, notes: Footnotes) -> str:
    """A leaf's grade, who set it, its part of the spread and its sources: `grade C, 12 % of the spread [3]`."""
    if not node.inputs:
        return "from the file of the system"
    grades = sorted({item.quantity.grade for item in node.inputs})
    spoke = sorted({item.profile or (item.set_by if item.set_by != "default" else "") for item in node.inputs} - {""})
    parts = [f"grade {'/'.join(grades)}", *spoke]
    if len(node.inputs) > 1:
        parts.append(f"one number for each of {len(node.inputs)}")
    if node.p5 != node.p95:
        parts.append(f"{share_text(node.share or 0.0)} of the spread")
    cites = notes.cite(source for item in node.inputs for source in item.sources)
    return f"{', '.join(parts)} {cites}".rstrip()


def _visible(node: Node) -> tuple[list[Node], int]:
    """The children to print, and how many with the least influence are left out."""
    if len(node.children) <= MANY:
        return list(node.children), 0
    kept = sorted(node.children, key=lambda n: -(n.share or 0.0))[:MANY]
    return [n for n in node.children if n in kept], len(node.children) - MANY


def _walk(node: Node, of: str = "") -> Iterator[tuple[Node, str]]:
    """Each node of the tree, from the top, with the name of the one that it goes into."""
    yield node, of
    for child in node.children:
        yield from _walk(child, node.name)


def _inputs(node: Node) -> Iterator[Input]:
    yield from node.inputs
    for child in node.children:
        yield from _inputs(child)


def _node(node: Node, ids: dict[str, str]) -> dict[str, Any]:
    """A node of the tree as the JSON has it."""
    numbers_ = _numbers(node)
    if node.kind == "result":
        names, numbers = formulas(node)
        return {
            **numbers_,
            "formula": names,
            "formula_in_numbers": numbers,
            "inputs": [_node(c, ids) for c in node.children],
        }
    stated = [
        {
            "place": item.place, **quantity_dict(item.quantity), "unit": item.unit, "set_by": item.set_by,
            "sources": [ids[source.title] for source in item.sources],
        }
        for item in node.inputs
    ]  # fmt: skip
    return {**numbers_, "share": node.share, "share_error": node.error, "stated": stated}


def _numbers(node: Node) -> dict[str, Any]:
    return {
        "name": node.name, "kind": node.kind, "unit": node.unit, **dict(node.basis),
        "p5": node.p5, "p50": node.p50, "p95": node.p95, "mc_error": node.mc_error,
    }  # fmt: skip
