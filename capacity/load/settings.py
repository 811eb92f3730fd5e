"""What is typed on the command line: text, quantities, settings of places, a scenario of one lot."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from pydantic import ValidationError

from capacity.errors import Fault, InputError, fail
from capacity.load.records import load_vocabulary
from capacity.load.specs import Specs
from capacity.places import TYPED
from capacity.quantity import Quantity, typed_quantity
from capacity.records.amount import Amount
from capacity.source import Source, plain_id
from capacity.units import printed_units
from capacity.words.amounts import read_amount
from capacity.words.tokens import WordsError


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


def typed_number(text: str) -> float:
    """What was typed where one exact number is wanted: a measured value, a share.

    Raises `ValueError`, which says why it is none.

    >>> typed_number("4 lakh"), typed_number("½"), typed_number("1.5e3")
    (400000.0, 0.5, 1500.0)
    """
    try:
        quantity = Quantity.model_validate(typed_quantity(text.strip()), context={"vocabulary": load_vocabulary})
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
    if quantity.value is None:
        raise ValueError(f"{text.strip()!r} is no exact number (such as 400,000, 1.25 or 4e5)")
    return quantity.value


def measured_quantity(text: str, unit: str, option: str, specs: Specs | None = None) -> Quantity:
    """What was typed with its unit (`500 MW`, `400..500 MW`, `over 2 TWh`), in SI.

    Raises `InputError`, which names the option, where the unit or the number is not understood.

    >>> measured_quantity("500 MW", "W", "--target").value
    500000000.0
    """
    known = printed_units(unit)
    text = text.strip()
    written = next((name for name in sorted(known, key=len, reverse=True) if _ends_with(text, name)), "")
    if not written and (amount := _amount(text, unit, specs)):
        return amount
    if not written and unit not in ("chips", "servers"):
        raise fail(option, f"{text!r} has no unit that is known here", ", ".join(known))
    number = text.removesuffix(written).strip()
    try:
        context = {"vocabulary": lambda: load_vocabulary(specs or Specs())}
        quantity = Quantity.model_validate(typed_quantity(number), context=context)
    except ValidationError as error:
        what, _, allowed = error.errors()[0]["msg"].removeprefix("Value error, ").partition(" (")
        raise fail(option, what, allowed.removesuffix(")")) from None
    return quantity.scaled(known.get(written, 1.0))


def _amount(text: str, unit: str, specs: Specs | None) -> Quantity | None:
    """What words with a unit say of power or money (`$10 billion`); None where they say another thing."""
    vocabulary = load_vocabulary(specs or Specs())
    try:
        words = read_amount(text, vocabulary)
        if words.kind != unit or not words.unit or unit not in ("W", "USD"):
            return None
        stated = {"says": text, "source": "command-line", "grade": "D"}
        return Amount.model_validate(stated, context={"vocabulary": lambda: vocabulary})
    except (ValidationError, WordsError):
        return None


def _ends_with(text: str, unit: str) -> bool:
    """Whether a text ends with a unit that stands by itself: in `500 mW` the W is no unit.

    >>> _ends_with("500MW", "MW"), _ends_with("500 mW", "W"), _ends_with("5 m USD", "m USD")
    (True, False, True)
    """
    return text.endswith(unit) and not text.removesuffix(unit)[-1:].isalpha()


def typed_day(day: date | str | None, option: str = "date") -> date | None:
    """A day as such or as typed, `YYYY-MM-DD`; `InputError` where it is none."""
    try:
        return date.fromisoformat(day) if isinstance(day, str) else day
    except ValueError:
        raise fail(option, f"{day!r} is no day", "YYYY-MM-DD") from None


def typed_settings(sets: Iterable[str], option: str = "--set") -> dict[str, str]:
    """What was typed as `PLACE=VALUE`, by place; `InputError` with all that is no setting, or twice the same place."""
    settings: dict[str, str] = {}
    faults: list[Fault] = []
    for typed in sets:
        text = typed_text(typed, option)
        place, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not place or not value:
            faults.append(Fault(option, None, None, "", f"{text!r} is no setting", "PLACE=VALUE"))
        elif place in settings:
            faults.append(Fault(option, None, None, place, "is set twice", "once"))
        settings[place] = value
    if faults:
        raise InputError(faults)
    return settings


def typed_source(source: str | None) -> Source:
    """Who is named as the source of what was typed; nobody: the command line."""
    if source is None:
        return TYPED
    title = typed_text(source, "--source")
    if not any(map(str.isalnum, title)):
        raise fail("--source", f"{title!r} names nobody", "a letter or more")
    return Source(title=title, kind="user")


def today() -> date:
    """The day on which something is typed: that of UTC, so that two readers of one command have one fingerprint."""
    return datetime.now(UTC).date()


def slug(text: str) -> str:
    """A title as an id, in plain letters.

    >>> slug("over 400,000 H200s"), slug("字节")
    ('over-400-000-h200s', 'x5b57-8282')
    """
    import re

    plain = "".join(c if c.isascii() else f" {ord(c):x} " for c in text.lower())
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words if text[:1].isascii() else f"x{words}"


def owner_id(name: str) -> str:
    """An owner's name as an id, its letters kept.

    >>> owner_id("字节跳动"), owner_id("JD.com"), owner_id("A+"), owner_id("A-"), owner_id("China Mobile (group)")
    ('字节跳动', 'jd.com', 'a+', 'a-', 'china-mobile-group')
    >>> owner_id("😀")
    'x1f600'
    """
    import unicodedata

    composed = unicodedata.normalize("NFC", name).lower()
    shown = "".join(c for c in composed if unicodedata.category(c) != "Cf")
    kept = "".join(c if c.isalnum() or c in ".+-" or unicodedata.category(c)[0] == "M" else " " for c in shown)
    if not kept.strip():  # nothing but signs: by their numbers, so that two stay two
        kept = "-".join(f"x{ord(c):x}" for c in shown if not c.isspace())
    return str(plain_id("-".join(kept.split())))
