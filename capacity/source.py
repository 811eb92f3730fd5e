"""Who says so, and how good evidence that is."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

Grade = Literal["A", "B", "C", "D"]
GRADES: dict[Grade, str] = {
    "A": "measured, or stated by the body that decides it",
    "B": "vendor sheet at one remove, or a specialist's model",
    "C": "press, or carried over from a similar thing",
    "D": "judgement, memory, or one unconfirmed report",
}

Kind = Literal[
    "vendor datasheet", "vendor statement", "operator statement", "device reported", "measurement", "official",
    "secondary report", "estimate", "derived", "backtest", "judgement", "memory", "user",
]  # fmt: skip
# A maker's, operator's or regulator's own text or file.
PRIMARY: frozenset[Kind] = frozenset(("vendor datasheet", "vendor statement", "operator statement", "official"))


_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _real_date(text: str) -> str:
    """Reject days that no calendar has."""
    year, *rest = text.split("-")
    date(int(year), int(rest[0]) if rest else 1, int(rest[1]) if rest[1:] else 1)
    return text


def written_day(value: object) -> object:
    """A day as such or as ISO has it; a number, which a clock or a spreadsheet counts days by, is none.

    >>> written_day(" 2026-11-23")
    '2026-11-23'
    >>> written_day(46023)
    Traceback (most recent call last):
    ValueError: 46023 is a number, no date (a day such as 2026-11-23)
    """
    if isinstance(value, date):
        return value
    text = str(value).strip()
    if text.replace(".", "", 1).isdigit() or not isinstance(value, str):
        raise ValueError(f"{text[:60]} is a number, no date (a day such as 2026-11-23)")
    if not _ISO.fullmatch(text):
        raise ValueError(f"{text[:60]!r} is no date (a day such as 2026-11-23)")
    return text


def _year_as_text(value: object) -> object:
    """A bare year is a number to YAML."""
    return str(value) if type(value) is int else value


# Each pattern of a text, with what a text of another form is told: what it is not, and what is allowed.
_ID, _DAY, _ADDRESS = r"^[a-z0-9]+([a-z0-9.-]*[a-z0-9])?$", r"^\d{4}(-\d{2}(-\d{2})?)?$", r"^https?://\S+$"
_HASH = r"^[0-9a-f]{64}$"
WRITTEN = {
    _ID: ("is no id", "small letters a to z, digits, - and ., such as reuters-2026"),
    _DAY: ("is no date", "a day such as 2026-11-23, a month or a year"),
    _ADDRESS: ("is no address", "https://… without spaces"),
    _HASH: ("is no SHA-256", "64 digits and letters a to f"),
}
CalendarDay = Annotated[date, BeforeValidator(written_day)]
When = Annotated[
    str,
    BeforeValidator(_year_as_text, json_schema_input_type=str | int),
    Field(pattern=_DAY),
    AfterValidator(_real_date),
]
Slug = Annotated[str, Field(pattern=_ID, max_length=80)]
Hash = Annotated[str, Field(pattern=_HASH)]


def plain_id(text: Any) -> Any:
    """A name in the one form in which names are compared: composed letters, nothing invisible.

    >>> plain_id("字节\u200b跳动"), plain_id("Te\u0301le\u0301com")
    ('字节跳动', 'Télécom')
    """
    import unicodedata

    if not isinstance(text, str) or text.isascii():
        return text
    return unicodedata.normalize("NFC", "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Zs")))


def _named(text: str) -> str:
    """Reject what is no name: it begins with a letter or digit, and marks that an address needs are not in it."""
    import unicodedata

    odd = [c for c in text if not (c.isalnum() or c in ".+-" or unicodedata.category(c)[0] == "M")]
    if odd or not text[:1].isalnum() or text != text.lower():
        raise ValueError(f"{text[:60]!r} is no id (small letters of any script, digits, . + -)")
    return text


OwnerId = Annotated[str, BeforeValidator(plain_id, json_schema_input_type=str), Field(max_length=80),
                    AfterValidator(_named)]  # fmt: skip


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


def titled(text: str) -> str:
    """Who or what is cited, in one letter or more (X is a publication); `ValueError` where a text names nobody."""
    if not any(map(str.isalnum, text)):
        raise ValueError(f"{text[:60]!r} names nobody (a title with a letter or more)")
    return text


class Record(BaseModel):
    """What all records share: frozen, no unknown keys, built when first used."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Source(Record):
    """One publication, page, log or person that a number rests on."""

    model_config = ConfigDict(defer_build=False)  # built once here, not again inside each record that holds one

    title: Annotated[str, AfterValidator(titled)]
    kind: Kind
    url: Annotated[str, Field(pattern=_ADDRESS)] | None = None
    author: str | None = None
    published: When | None = None
    seen: When | None = None
    note: str | None = None

    @property
    def is_primary(self) -> bool:
        """True for a maker's, operator's or regulator's own text or file that has an address."""
        return self.kind in PRIMARY and self.url is not None
