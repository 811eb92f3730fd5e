"""What is typed for a place: a number, an interval or words, with the unit of the place or one like it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from capacity.errors import did_you_mean, plain_words
from capacity.quantity import Quantity, typed_quantity
from capacity.source import Source
from capacity.units import field_unit, written_unit

if TYPE_CHECKING:
    from capacity.words.vocabulary import Vocabulary

Problem = tuple[str, str]  # what is wrong, what is allowed


def source_key(sources: Mapping[str, Source], source: Source) -> str:
    """The key under which the source of what was typed is cited: one that is its own, or free."""
    names = ("command-line", *(f"command-line-{n}" for n in range(2, len(sources) + 3)))
    return next(name for name in names if sources.get(name, source) == source)


def read_quantity(value: Any, key: str, vocabulary: Callable[[], Vocabulary]) -> Quantity:
    """What was typed or given as a number, as a quantity."""
    return Quantity.model_validate(typed_fields(value, key), context={"vocabulary": vocabulary})


def typed_fields(value: Any, key: str) -> dict[str, Any]:
    """What was typed or given as a number, as the fields of a quantity that cites `key`."""
    text = value if isinstance(value, str) else repr(value) if type(value) in (int, float) else ""
    if not text.strip():
        raise LookupError(f"{value!r} is no number", "1.2, 1.1..1.3, words, or a Quantity")
    return typed_quantity(text.strip(), key)


def without_unit(text: str, factor: float, unit: str) -> tuple[str, float] | None:
    """A typed number without its unit, and how many units of a place, each `factor` of an SI unit, that unit is.

    None where it has none. Raises `LookupError` where the unit measures something else.

    >>> without_unit("7 kW", 1.0, "W"), without_unit("6 kW..7 kW", 1.0, "W"), without_unit("about 0.1 TB", 1e9, "B")
    (('7', 1000.0), ('6..7', 1000.0), ('about 0.1', 1000.0))
    >>> without_unit("over 400,000", 1.0, "W")
    """
    match = re.fullmatch(r"(.*\d)\s*([^\d\s.,%][^\d]*)", text.strip())
    written = written_unit(match[2]) if match else None
    if match is None or written is None:
        return None
    if not unit or written[1] != unit:
        raise LookupError(f"{text!r} is in {match[2]}", f"{field_unit(factor, unit)} expected" if unit else "no unit")
    low, dots, high = match[1].partition("..")
    return low.rstrip().removesuffix(match[2]).rstrip() + dots + high, written[0] / factor


def factor_of(text: str) -> float | None:
    """The factor that `50%`, `x0.5` or `×1.5` is; None for any other text.

    >>> factor_of("50 %"), factor_of("x0.5"), factor_of("50")
    (0.5, 0.5, None)
    """
    match = re.fullmatch(r"\s*(?:([x×])\s*(\d+(?:\.\d+)?|\.\d+)|(\d+(?:\.\d+)?|\.\d+)\s*%)\s*", text)
    if match is None:
        return None
    factor = float(match[2]) if match[1] else float(match[3]) / 100
    if factor <= 0:
        raise LookupError(f"{text} leaves nothing", "more than 0")
    return factor


def arriving(value: Any) -> float:
    """The share that arrives, as typed: `50%` or `0.5`."""
    try:
        share = (factor_of(value) if isinstance(value, str) else None) or float(value)
    except (TypeError, ValueError):
        share = 0.0
    if not 0 < share <= 1:
        raise LookupError(f"{value!r} is no share that arrives", "above 0 % to 100 %")
    return share


def refused(text: str) -> LookupError:
    """What is wrong, and what is allowed, of a text that has that in brackets at its end."""
    what, _, allowed = text.rpartition(" (")
    return LookupError(what or text, allowed.removesuffix(")") if what else "")


def problem_of(error: Exception) -> Problem:
    """What pydantic or a look-up finds wrong, in our words."""
    if not isinstance(error, ValidationError):
        return error.args[0], error.args[1]
    first = error.errors(include_url=False)[0]
    if first["type"] != "value_error":
        return plain_words(first["msg"]), ""
    what, _, allowed = first["msg"].removeprefix("Value error, ").partition(" (")
    return what, allowed.removesuffix(")")


def counted_lots(value: Any, lots: Collection[str]) -> tuple[str, ...]:
    """The lots to count: a list of them, or their names with commas; `LookupError` where that is something else."""
    names = [name.strip() for name in value.split(",")] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not names or not all(isinstance(name, str) for name in names):
        raise LookupError(f"{value!r:.60} is no list of lots", ", ".join(lots))
    if unknown := [name for name in names if name not in lots]:
        raise LookupError(f"unknown lot {unknown[0]!r}", did_you_mean(unknown[0], lots))
    if len(set(names)) < len(names):
        raise LookupError("a lot is listed twice", "each once")
    return tuple(names)
