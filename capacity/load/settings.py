"""What is typed on the command line: text, quantities, settings of places, a scenario of one lot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from capacity.errors import Fault, InputError, did_you_mean, fail
from capacity.load.input_file import InputFile
from capacity.load.records import load_vocabulary
from capacity.load.tables import load_assumptions
from capacity.quantity import Quantity
from capacity.units import printed_units
from capacity.words.numbers import HedgeError, read_number

LIMITS = ("cap_per_owner", "supply", "conversion")  # what a lot may state beside its count


def typed_text(text: str, option: str) -> str:
    """What was typed, read as UTF-8 where the locale could not; `InputError` where it is no text.

    >>> import os
    >>> typed_text(os.fsencode("40万").decode("ascii", "surrogateescape"), "--count")
    '40万'
    """
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        raise fail(option, "is not UTF-8 text") from None


def typed_quantity(text: str, source: str = "command-line") -> dict[str, Any]:
    """A number as typed: `1.2`, `400,000`, `1.1..1.3` (5 % and 95 % points) or a reporter's words.

    What is not clear (`400.000`) is left as words, which are refused with both readings where they are read.

    >>> typed_quantity("1.1..1.3"), typed_quantity("400,000")["value"]
    ({'low': 1.1, 'high': 1.3, 'source': 'command-line', 'grade': 'D'}, 400000.0)
    """
    low, dots, high = text.partition("..")
    cited = {"source": source, "grade": "D"}
    try:
        if dots:
            return {"low": read_number(low), "high": read_number(high), **cited}
        return {"value": read_number(text), **cited}
    except HedgeError:
        return {"says": text, **cited}


def measured_quantity(text: str, unit: str, option: str) -> Quantity:
    """What was typed with its unit (`500 MW`, `400..500 MW`, `over 2 TWh`), in SI.

    Raises `InputError`, which names the option, where the unit or the number is not understood.

    >>> measured_quantity("500 MW", "W", "--target").value
    500000000.0
    """
    known = printed_units(unit)
    text = text.strip()
    written = next((name for name in sorted(known, key=len, reverse=True) if _ends_with(text, name)), "")
    if not written and unit not in ("chips", "servers"):
        raise fail(option, f"{text!r} has no unit that is known here", ", ".join(known))
    number = text.removesuffix(written).strip()
    try:
        quantity = Quantity.model_validate(typed_quantity(number), context={"vocabulary": load_vocabulary})
    except ValidationError as error:
        what, _, allowed = error.errors()[0]["msg"].removeprefix("Value error, ").partition(" (")
        raise fail(option, what, allowed.removesuffix(")")) from None
    return quantity.scaled(known.get(written, 1.0))


def _ends_with(text: str, unit: str) -> bool:
    """Whether a text ends with a unit that stands by itself: in `500 mW` the W is no unit.

    >>> _ends_with("500MW", "MW"), _ends_with("500 mW", "W"), _ends_with("5 m USD", "m USD")
    (True, False, True)
    """
    return text.endswith(unit) and not text.removesuffix(unit)[-1:].isalpha()


def set_place(document: InputFile, place: str, quantity: dict[str, Any]) -> None:
    """Write a typed quantity into a scenario's document at a place, as if its file had said so."""
    data = document.data
    kind, _, rest = place.partition(".")
    if kind == "assumptions" and rest:
        data["assumptions"] = {**_mapping(data, "assumptions"), rest: quantity}
        return
    if kind in ("chips", "prices", "grids") and rest:
        data["set"] = {**_mapping(data, "set"), place: quantity}
        return
    name, _, field = rest.partition(".")
    lot = _mapping(data, "lots").get(name) if kind == "lots" else None
    if isinstance(lot, dict) and (field == "count" or field in LIMITS):
        lot[field] = quantity
        return
    if isinstance(lot, dict) and field.startswith("shares."):
        owner = field.removeprefix("shares.")
        lot["shares"] = {**_mapping(lot, "shares"), owner: quantity}
        return
    lots = {name: body for name, body in _mapping(data, "lots").items() if isinstance(body, dict)}
    known = [f"lots.{lot}.{field}" for lot in lots for field in ("count", *LIMITS)]
    known += [f"lots.{lot}.shares.{owner}" for lot, body in lots.items() for owner in _listed(body.get("owners"))]
    known += [f"assumptions.{name}" for name in load_assumptions().assumptions]
    raise fail("--set", f"unknown place {place!r}", did_you_mean(place, known))


def _mapping(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The mapping at a key; an empty one where the file has something else, which its record will refuse."""
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def commanded_document(document: InputFile, sets: Iterable[str], source: str | None) -> dict[str, str]:
    """Apply `PLACE=VALUE` settings to a document; the places they went to, each with its option."""
    labels: dict[str, str] = {}
    faults: list[Fault] = []
    if not isinstance(document.data, dict):
        return labels  # no scenario at all, as its record will say
    for typed in sets:
        text = typed_text(typed, "--set")
        place, equals, value = text.partition("=")
        if not equals or not place.strip() or not value.strip():
            faults.append(Fault("--set", None, None, "", f"{text!r} is no setting", "PLACE=VALUE"))
            continue
        try:
            set_place(document, place.strip(), typed_quantity(value.strip()))
            labels[place.strip()] = "--set"
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    if labels:
        cite_command_line(document, source)
    return labels


def cite_command_line(document: InputFile, source: str | None) -> None:
    """Name the source of what was typed."""
    title = typed_text(source, "--source") if source else "typed on the command line"
    document.data["sources"] = {**_mapping(document.data, "sources"), "command-line": {"title": title, "kind": "user"}}


def one_lot_document(chip: str, count: str, owners: Sequence[str], as_of: str, source: str | None) -> InputFile:
    """The scenario of one lot that was typed on the command line."""
    chip, count = typed_text(chip, "--chip"), typed_text(count, "--count")
    owners = [typed_text(name, "--owners") for name in owners]
    quantity = typed_quantity(count)
    if not float(quantity.get("value", 0)).is_integer():
        raise fail("--count", f"{count} is no whole number of chips", "a count such as 3 or 3.5 million")
    names = {slug(name): name for name in owners}
    if len(names) != len(owners):
        raise fail("--owners", "an owner is listed twice", "each once")
    lot: dict[str, Any] = {
        "chip": chip, "stage": "approved", "date": as_of, "count": quantity,
    }  # fmt: skip
    if names:
        lot["owners"] = list(names)
    data = {
        "id": slug(f"{chip} {count}"),
        "name": f"{count} {chip}" + (f" for {', '.join(owners)}" if owners else ""),
        "as_of": as_of,
        "sources": {},
        "owners": {key: {"name": name} for key, name in names.items()},
        "lots": {"stated": lot},
        "counted": ["stated"],
    }
    document = InputFile("command line", data)
    cite_command_line(document, source)
    return document


def slug(text: str) -> str:
    """A name as an id.

    >>> slug("over 400,000 H200s"), slug("字节")
    ('over-400-000-h200s', 'x5b57-8282')
    """
    import re

    plain = "".join(c if c.isascii() else f" {ord(c):x} " for c in text.lower())
    found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return found if text[:1].isascii() else f"x{found}"
