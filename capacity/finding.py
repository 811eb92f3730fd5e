"""Names as people write them → the ids that they can mean; nothing is guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence


def normalised(text: str, makers: Iterable[str] = ()) -> str:
    """The letters and digits of a name, without case, width, spaces, hyphens and the maker in front.

    >>> normalised("NVIDIA Ｈ２００ SXM-5", ["nvidia"])
    'h200sxm5'
    >>> normalised("昇腾 910C")
    '昇腾910c'
    """
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    for maker in sorted(makers, key=len, reverse=True):
        rest = plain.removeprefix(maker)
        # "amdahl" is no AMD part: after a maker in Latin letters comes no letter.
        if rest != plain and rest.strip() and not (maker[-1].isascii() and rest[0].isalnum() and rest[0].isascii()):
            plain = rest
            break
    return re.sub(r"[\W_]+", "", plain)


def meant(text: str, names: Mapping[str, Sequence[str]], makers: Iterable[str] = ()) -> list[str]:
    """The ids that bear exactly this name, by what each id is called.

    >>> meant("Nvidia H100", {"h100-sxm": ["H100", "H100 SXM"], "h100-pcie": ["H100"]}, ["nvidia"])
    ['h100-pcie', 'h100-sxm']
    """
    known = list(makers)
    key = normalised(text, known)
    return sorted(id_ for id_, said in names.items() if key and any(normalised(n, known) == key for n in said))


def near(text: str, names: Mapping[str, Sequence[str]], makers: Iterable[str] = (), most: int = 5) -> list[str]:
    """The ids whose names begin with the text or are spelled much like it, the nearest first.

    >>> near("MI300", {"mi300x": ["MI300X"], "mi300a": ["MI300A"], "b200": ["B200"]})
    ['mi300a', 'mi300x']
    """
    import difflib

    known = list(makers)
    key = normalised(text, known)
    by_key: dict[str, list[str]] = {}
    for id_, said in names.items():
        for name in said:
            by_key.setdefault(normalised(name, known), []).append(id_)
    begun = sorted(k for k in by_key if len(key) >= 3 and k.startswith(key))
    alike = difflib.get_close_matches(key, by_key, n=most, cutoff=0.6)
    return list(dict.fromkeys(id_ for k in (*begun, *alike) for id_ in sorted(by_key[k])))[:most]
