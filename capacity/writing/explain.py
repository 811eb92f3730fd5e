"""The tree of an explanation → text, Markdown, JSON."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Any

from capacity._version import __version__
from capacity.questions.explain import Explanation, Node
from capacity.records.scenario import Input, Scenario
from capacity.units import justified, number, scale
from capacity.writing.data import quantity_dict, rows_to_csv, source_dict, source_ids
from capacity.writing.text import Footnotes, signature
from capacity.writing.words import label

MANY = 12


def shown(node: Node) -> tuple[str, str, str, str]:
    """Median, 5 % and 95 % point of a node as rounded text, and the unit they are in."""
    factor, unit = scale(max(abs(node.p50), abs(node.p5)), node.unit)
    middle, low, high, error = (x / factor for x in (node.p50, node.p5, node.p95, node.mc_error))
    if high - low <= 1e-9 * abs(middle):
        exact = _trimmed(number(middle, justified(middle, middle, middle, 0)))
        return exact, exact, exact, unit
    decimals = justified(middle, low, high, error)
    return number(middle, decimals), number(low, decimals), number(high, decimals), unit


def _trimmed(text: str) -> str:
    """An exact number without zeros at the end: `1,979` for `1,979.000`."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def short(node: Node) -> str:
    """A node's median with its unit, for a formula: `558 MW`, `1.31`."""
    middle, _, _, unit = shown(node)
    return f"{middle} {unit}".rstrip() if unit not in ("share", "ratio", "chips", "servers", "weight", "") else middle


def spelled(node: Node) -> str:
    """A node's numbers in words: `740 MW (630 to 960)`."""
    middle, low, high, unit = shown(node)
    unit = "" if unit in ("share", "ratio", "weight") else unit
    head = f"{middle} {unit}".rstrip()
    return head if low == high else f"{head} ({low} to {high})"


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


def title(node: Node, scenario: Scenario) -> str:
    """What a node is, in words."""
    if node.kind == "result":
        return label(node.name.partition(".")[0], node.basis) if node.basis else node.name.replace("_", " ")
    return meaning(node, scenario)


def meaning(node: Node, scenario: Scenario) -> str:
    """What an input means, where the files say so."""
    known = scenario.defaults.assumptions
    if node.unit == "weight":
        return "weight in the split of a lot whose parts no source gives"
    return known[node.name].meaning if node.name in known else ""


def facts(node: Node, notes: Footnotes) -> str:
    """A leaf's grade, who set it, its part of the spread and its sources: `grade C, 12 % of the spread [3]`."""
    if not node.inputs:
        return "from the file of the system"
    grades = sorted({item.quantity.grade for item in node.inputs})
    spoke = sorted({item.profile or (item.set_by if item.set_by != "default" else "") for item in node.inputs} - {""})
    parts = [f"grade {'/'.join(grades)}", *spoke]
    if len(node.inputs) > 1:
        parts.append(f"one number for each of {len(node.inputs)}")
    if node.p5 != node.p95:
        parts.append(f"{max(node.share or 0.0, 0.0):.0%} of the spread")
    cited = notes.cite(source for item in node.inputs for source in item.sources)
    return f"{', '.join(parts)} {cited}"


def visible(node: Node) -> tuple[list[Node], int]:
    """The children to print, and how many with the least influence are left out."""
    if len(node.children) <= MANY:
        return list(node.children), 0
    kept = sorted(node.children, key=lambda n: -(n.share or 0.0))[:MANY]
    return [n for n in node.children if n in kept], len(node.children) - MANY


def outline(found: Explanation, width: int = 80) -> str:
    """The tree alone, its sources numbered but not listed."""
    return "\n".join(_tree(found.root, "", "", Footnotes(), found.answer.scenario, width)) + "\n"


def text(found: Explanation, width: int = 80) -> str:
    """The tree in plain text, fit for `width`."""
    notes = Footnotes()
    lines = [*_wrapped(f"{found.address}: {title(found.root, found.answer.scenario)}", "", "", width)]
    lines += _tree(found.root, "", "", notes, found.answer.scenario, width)
    lines += ["", *_wrapped(READING, "", "", width), "", "Sources (grade A measured or official … D judgement)"]
    lines += [line for note in notes.lines() for line in _wrapped(note, "", "    ", width)]
    return "\n".join([*lines, "", *_wrapped(signature(found.answer), "", "", width)]) + "\n"


READING = (
    "Each number is a median with its 5 % and 95 % points; medians multiply only roughly. Shares of the spread "
    "are Shapley effects on the variance of the first line; numbers that come from one draw share theirs."
)


def _tree(node: Node, first: str, rest: str, notes: Footnotes, scenario: Scenario, width: int) -> Iterator[str]:
    inner = rest + ("│ " if node.children else "  ")
    if node.kind == "result":
        yield from _wrapped(f"{node.name} = {spelled(node)}", first, inner, width)
        if node.formula:
            names, numbers = formulas(node)
            yield from _wrapped(f"= {names}", inner, inner + "  ", width)
            if numbers != names:
                yield from _wrapped(f"= {numbers}", inner, inner + "  ", width)
    else:
        words = meaning(node, scenario)
        head = f"{node.name} = {spelled(node)}" + (f": {words}" if words else "")
        yield from _wrapped(head, first, inner, width)
        yield from _wrapped(facts(node, notes), inner, inner, width)
    children, left_out = visible(node)
    for index, child in enumerate(children):
        last = index == len(children) - 1 and not left_out
        yield from _tree(
            child, rest + ("└ " if last else "├ "), rest + ("  " if last else "│ "), notes, scenario, width
        )
    if left_out:
        yield rest + f"└ … and {left_out} more inputs with less influence"


def _wrapped(line: str, first: str, rest: str, width: int) -> list[str]:
    return textwrap.wrap(
        line, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def markdown(found: Explanation) -> str:
    """The tree as a nested list."""
    notes = Footnotes()
    lines = [f"## {found.address}: {title(found.root, found.answer.scenario)}", ""]
    lines += _items(found.root, 0, notes, found.answer.scenario)
    lines += ["", READING, "", *(f"{line.partition('] ')[0][1:]}. {line.partition('] ')[2]}" for line in notes.lines())]
    return "\n".join([*lines, "", signature(found.answer)]) + "\n"


def _items(node: Node, depth: int, notes: Footnotes, scenario: Scenario) -> Iterator[str]:
    indent = "  " * depth
    if node.kind == "result":
        names, numbers = formulas(node)
        made = "".join(f" = `{part}`" for part in dict.fromkeys((names, numbers)) if part)
        yield f"{indent}- **{node.name}** = {spelled(node)}{made}"
    else:
        words = meaning(node, scenario)
        yield f"{indent}- {node.name} = {spelled(node)}{': ' + words if words else ''}; {facts(node, notes)}"
    children, left_out = visible(node)
    for child in children:
        yield from _items(child, depth + 1, notes, scenario)
    if left_out:
        yield f"{indent}  - … and {left_out} more inputs with less influence"


def sentence(found: Explanation) -> str:
    """The result with its interval, how it was made, and where most of its spread comes from."""
    root, answer = found.root, found.answer
    middle, low, high, unit = shown(root)
    value = f"{middle} {unit}".rstrip() + ("" if low == high else f" (90 % interval {low} to {high})")
    made = " = ".join(dict.fromkeys(filter(None, formulas(root)))) if root.formula else ""
    parts = [f"{found.address} ({title(root, answer.scenario)}) is {value}", *([f"which is {made}"] if made else [])]
    leaf = max((node for node, _ in _walk(root) if not node.children), key=lambda node: node.share or 0.0)
    if leaf.share and leaf.share > 0:
        parts.append(f"and {leaf.share:.0%} of its spread comes from {leaf.name}")
    return f"{', '.join(parts)} ({signature(answer)}).\n"


def _walk(node: Node, of: str = "") -> Iterator[tuple[Node, str]]:
    """Each node of the tree, from the top, with the name of the one that it goes into."""
    yield node, of
    for child in node.children:
        yield from _walk(child, node.name)


def to_csv(found: Explanation) -> str:
    """A row per node of the tree, in SI, numbers unrounded; `of` names the result that it goes into."""
    ids = source_ids(source for item in _inputs(found.root) for source in item.sources)
    rows = []
    for node, of in _walk(found.root):
        told = {key: value for key, value in _node(node, ids).items() if key not in ("inputs", "stated")}
        places = "; ".join(item.place for item in node.inputs)
        sources = "; ".join(dict.fromkeys(source.title for item in node.inputs for source in item.sources))
        rows.append({"of": of, **told, **({} if node.kind == "result" else {"places": places, "sources": sources})})
    return rows_to_csv(rows)


def to_json(found: Explanation) -> dict[str, Any]:
    """Schema `capacity.explain/1`: the tree in SI, numbers unrounded, and its sources."""
    scenario = found.answer.scenario
    every = [source for item in _inputs(found.root) for source in item.sources]
    ids = source_ids(every)
    by_title = {source.title: source for source in every}
    return {
        "schema": "capacity.explain/1",
        "version": __version__,
        "scenario": {"id": scenario.id, "name": scenario.file.name, "as_of": scenario.file.as_of.isoformat(),
                     "sha256": scenario.sha256},
        "draws": found.answer.worlds.draws,
        "seed": found.answer.worlds.seed,
        "quantity": found.address,
        "tree": _node(found.root, ids),
        "sources": [{"id": ids[title], **source_dict(source)} for title, source in by_title.items()],
    }  # fmt: skip


def _inputs(node: Node) -> Iterator[Input]:
    yield from node.inputs
    for child in node.children:
        yield from _inputs(child)


def _node(node: Node, ids: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": node.name, "kind": node.kind, "unit": node.unit, **dict(node.basis),
        "p5": node.p5, "p50": node.p50, "p95": node.p95, "mc_error": node.mc_error,
    }  # fmt: skip
    if node.kind == "result":
        names, numbers = formulas(node)
        return {
            **found,
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
    return {**found, "share": node.share, "share_error": node.error, "stated": stated}
