"""Whether a number agrees with what was read at its sources, and with the arithmetic that it is derived by."""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterator

from pydantic import BaseModel

from capacity.errors import Fault, did_you_mean
from capacity.load.citations import quantities
from capacity.load.input_file import InputFile
from capacity.load.kinds import load_integrity
from capacity.load.specs import Specs
from capacity.quantity import Quantity

_OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def evidence_faults(document: InputFile, part: BaseModel, specs: Specs) -> Iterator[Fault]:
    """Each `read` that the value does not meet and no dispute explains; each `derived` that gives another value."""
    tolerance = load_integrity(specs).tolerance
    known = getattr(part, "sources", {})
    for place, quantity in quantities(part):
        explained = {key for dispute in quantity.disputed for key in dispute.source}
        for key, value in quantity.read.items():
            if key not in known:
                yield document.fault((*place, "read", key), f"unknown source {key!r}", did_you_mean(key, known))
            elif not _agrees(quantity, value, tolerance) and key not in explained:
                allowed = f"within {tolerance:.0%}, or a dispute that cites {key}"
                yield document.fault((*place, "read", key), f"{value:g} is not {quantity.stated}", allowed)
        if quantity.derived is not None:
            try:
                value = worked_out(quantity.derived, part)
            except ValueError as error:
                yield document.fault((*place, "derived"), str(error), "numbers and fields of this file with + - * /")
                continue
            if not _agrees(quantity, value, tolerance):
                what = f"{quantity.derived} is {value:g}, not {quantity.stated}"
                yield document.fault((*place, "derived"), what, f"within {tolerance:.0%}")


def worked_out(formula: str, part: BaseModel) -> float:
    """The value of a formula of numbers and of a record's own figures, each at its value or interval's middle.

    Raises `ValueError` where it is no such formula.

    >>> worked_out("144000 / 8", Quantity(value=18000, source="sheet", grade="A"))
    18000.0
    """
    try:
        return _value(ast.parse(formula, mode="eval").body, part)
    except (SyntaxError, ArithmeticError, RecursionError, MemoryError):
        raise ValueError(f"{formula!r} is not arithmetic") from None


def _value(node: ast.expr, part: BaseModel) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return float(node.value)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        found: float = _OPERATIONS[type(node.op)](_value(node.left, part), _value(node.right, part))
        return found
    name = ast.unparse(node)
    figure: object = part
    for key in name.split("."):
        figure = figure.get(key) if isinstance(figure, dict) else getattr(figure, key, None)
    if isinstance(figure, Quantity):
        return figure.middle
    if type(figure) is int:
        return float(figure)
    raise ValueError(f"{name!r} is no figure of this file")


def _agrees(quantity: Quantity, value: float, tolerance: float) -> bool:
    low, high = quantity.ends
    return low * (1 - tolerance) <= value <= high * (1 + tolerance)
