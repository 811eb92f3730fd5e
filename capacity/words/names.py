"""Names as people write them → the ids that they can mean; nothing is guessed."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence


def normalised(text: str, makers: Iterable[str] = ()) -> str:
    """The letters and digits of a name, without case, width, spaces, hyphens, and an article and the maker in front.

    >>> normalised("NVIDIA Ｈ２００ SXM-5", ["nvidia"])
    'h200sxm5'
    >>> normalised("the H20"), normalised("A 100")
    ('h20', 'a100')
    >>> normalised("昇腾 910C")
    '昇腾910c'
    """
    return _normalised(text, tuple(makers))


@functools.lru_cache(maxsize=2048)
def _normalised(text: str, makers: tuple[str, ...]) -> str:
    # "a" is no article here: "A 100" is a name.
    plain = re.sub(r"^(?:the|an)\s+", "", unicodedata.normalize("NFKC", text).casefold().strip())
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


def by_key(names: Mapping[str, Sequence[str]], makers: Iterable[str] = ()) -> dict[str, list[str]]:
    """The ids that bear each name, the names without case, signs and maker: to look up many.

    >>> by_key({"h100-sxm": ["H100", "H100 SXM"], "h100-pcie": ["H100"]})
    {'h100': ['h100-pcie', 'h100-sxm'], 'h100sxm': ['h100-sxm']}
    """
    known = list(makers)
    ids: dict[str, set[str]] = {}
    for id_, said in names.items():
        for name in said:
            ids.setdefault(normalised(name, known), set()).add(id_)
    return {key: sorted(bearers) for key, bearers in ids.items() if key}


def with_ids(
    text: str, names: Mapping[str, Sequence[str]], makers: Iterable[str] = ()
) -> tuple[str, dict[str, list[str]]]:
    """A sentence with each name in it turned into its id, and the names that could be several, with their ids.

    The longest run of words that is a name counts; an id stays as it is.

    >>> with_ids("Ascend 910C rivals H20", {"ascend-910c": ["Ascend 910C"], "h20": ["H20"]})
    ('ascend-910c rivals h20', {})
    >>> with_ids("H100 / h20", {"h100-sxm": ["H100"], "h100-pcie": ["H100"], "h20": ["H20"]})
    ('H100 / h20', {'H100': ['h100-pcie', 'h100-sxm']})
    """
    known = list(makers)
    ids = by_key(names, known)
    words = [(found.start(), found.end()) for found in re.finditer(r"[^\s,/]+", text)]
    longest = 2 + max((name.count(" ") for said in names.values() for name in said), default=0)
    doubtful: dict[str, list[str]] = {}
    out, done, at = "", 0, 0
    while at < len(words):
        for end in range(min(len(words), at + longest), at, -1):
            run = text[words[at][0] : words[end - 1][1]]
            meanings = ids.get(normalised(run, known), []) if not re.search("[,/]", run) else []
            if not meanings:
                continue
            if run not in names and len(meanings) > 1:
                doubtful[run] = meanings
            elif run not in names:
                out, done = f"{out}{text[done : words[at][0]]}{meanings[0]}", words[end - 1][1]
            at = end - 1
            break
        at += 1
    return out + text[done:], doubtful


def near(text: str, names: Mapping[str, Sequence[str]], makers: Iterable[str] = (), most: int = 5) -> list[str]:
    """The ids whose names begin with the text or are spelled much like it, the nearest first.

    >>> near("MI300", {"mi300x": ["MI300X"], "mi300a": ["MI300A"], "b200": ["B200"]})
    ['mi300a', 'mi300x']
    """
    import difflib

    known = list(makers)
    key = normalised(text, known)
    ids = by_key(names, known)
    begun = sorted(k for k in ids if len(key) >= 3 and k.startswith(key))
    alike = difflib.get_close_matches(key, ids, n=most, cutoff=0.6)
    return list(dict.fromkeys(id_ for k in (*begun, *alike) for id_ in ids[k]))[:most]
