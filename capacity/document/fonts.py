"""Fonts for signs that the house font lacks: those of the computer that have them (needs the extra `report`)."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

HOUSE = "DejaVu Sans"
MOST = 3  # fonts beside our own


class Font(NamedTuple):
    """A font of this computer: its family and its file."""

    family: str
    path: str


def fonts_for(text: str) -> tuple[tuple[Font, ...], str]:
    """The fonts, beside our own, that have the most of what a text needs, and the signs that none has.

    >>> fonts_for("Power 740 MW – 90 % interval")
    ((), '')
    """
    lacking = {ord(sign) for sign in text if sign.isprintable() and not sign.isspace()} - _signs_of(_house())
    chosen: list[Font] = []
    fonts = list(_others()) if lacking else []
    while lacking and len(chosen) < MOST:
        best = max(fonts, key=lambda font: len(lacking & _signs_of(font.path)), default=None)
        if best is None or not lacking & _signs_of(best.path):
            break
        chosen.append(best)
        lacking -= _signs_of(best.path)
    return tuple(chosen), "".join(map(chr, sorted(lacking)))


def missing_words(signs: str) -> str:
    """What a reader should know of signs that no font has; empty where there are none.

    >>> missing_words("字节")
    'No font of this computer has 2 of the signs, U+5B57, U+8282: boxes stand for them.'
    """
    named = ", ".join(f"U+{ord(sign):04X}" for sign in signs[:3]) + (" …" if signs[3:] else "")
    what = f"No font of this computer has {len(signs)} of the signs, {named}: boxes stand for them."
    return what if signs else ""


@functools.cache
def _house() -> str:
    from matplotlib import get_data_path

    return f"{get_data_path()}/fonts/ttf/DejaVuSans.ttf"


def _others() -> Iterator[Font]:
    """The upright, regular fonts of this computer; one that has a box for every sign is none."""
    from matplotlib.font_manager import fontManager

    entries: list[Any] = fontManager.ttflist
    for entry in entries:
        if (
            entry.style == "normal"
            and str(entry.weight) in ("400", "normal", "regular")
            and "Last Resort" not in entry.name
        ):
            yield Font(entry.name, entry.fname)


@functools.lru_cache(maxsize=512)
def _signs_of(path: str) -> frozenset[int]:
    """The signs that a font has a picture of; none where it cannot be read."""
    from matplotlib.font_manager import get_font

    try:
        return frozenset(get_font(path).get_charmap())
    except (OSError, RuntimeError):
        return frozenset()
