"""A sentence as it is scanned: its tokens, the names of hardware in it, and what is no number."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from capacity.reading.vocabulary import Vocabulary, family_key
from capacity.words.names import normalised
from capacity.words.tokens import Token, tokens_of

MASK = "\0"  # stands for a token that is no number: a piece of a name, a year, a day
_MODEL = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z-]*\d)[A-Za-z][A-Za-z-]*\d[A-Za-z0-9.-]*(?<![.-])(?:\s?(?:NVL|HGX|DGX)\d+)?"
)
_YEARS = re.compile(
    r"(?:19|20)[0-9]{2}年?(?:\s?(?:[-–至到]|to)\s?(?:19|20)[0-9]{2}年)?|(?<=[a-z] )[0-3]?[0-9](?=, (?:19|"
    r"20)[0-9]{2})|[0-9]{1,2}月(?:[0-9]{1,2}[日号])?|[0-9]{1,2}[日号]"
)
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?"
)
_DAYS = re.compile(
    r"(?<![0-9])(?:19|20)[0-9]{2}[-/.][01]?[0-9][-/.][0-3]?[0-9](?![0-9])|(?<![0-9])[0-2]?[0-9]:[0-5][0-9](?![0-9])|"
    rf"(?:{_MONTH})\.? [0-3]?[0-9](?![0-9,]*[0-9])|(?<![0-9])[0-3]?[0-9](?:st|nd|rd|th)? (?:{_MONTH})(?![a-z])"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name of hardware in a sentence: where, its words, and the ids that it can mean (none: a family or unknown)."""

    start: int
    end: int
    words: str
    ids: tuple[str, ...]
    model: bool = False  # known only by its form: letters with digits
    members: tuple[str, ...] = ()  # of a family


@dataclass(frozen=True, slots=True)
class Mention:
    """A number in a sentence: `start` to `end` are its words with the hedge, `stop` is the end of its noun phrase.

    `unit`: chips, servers, racks, pods, W, USD, CNY, money, h100e, FLOP/s, other or bare. `low` and `high`: the plain
    number or range in that unit. `noun`: what is counted. `partitive`: said "of" something; `them`: of a pronoun.
    """

    start: int
    end: int
    stop: int
    amount: str
    low: float
    high: float
    unit: str
    noun: str = ""
    names: tuple[Name, ...] = ()
    rule: str = "bare"
    partitive: bool = False
    them: bool = False
    each: bool = False
    attributive: bool = False
    head: str = ""
    vague: bool = False


@dataclass
class Scan:
    """A sentence with its lower-case text, its tokens, and the names of hardware in it."""

    text: str
    low: str
    tokens: list[Token]
    names: list[Name]
    masked: list[tuple[int, int]] = field(default_factory=list)


def lowered(text: str) -> str:
    """Lower case, character by character, so that every place stays where it is; one kind of dash and quote."""
    table = {"‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-", "‘": "'", "’": "'"}
    return "".join(table.get(c, c.lower() if len(c.lower()) == 1 else c) for c in text)


def scan(text: str, words: Vocabulary) -> Scan:
    """The tokens of a sentence; names of hardware, years and days are no numbers."""
    low = lowered(text).translate(words.simplified)
    names: list[Name] = []
    for m in words.chip_words.finditer(low):
        key = normalised(m.group(), words.makers)
        ids = words.chips.get(key) or words.chips.get(key.removesuffix("s"), ())
        if m.group().removesuffix("s") in words.families or re.match(r"\s?(?:series|family|系列)", low[m.end() :]):
            ids = ()  # a family is no chip
        members = words.members.get(family_key(m.group()), ()) if not ids else ()
        names.append(Name(m.start(), m.end(), text[m.start() : m.end()], ids, members=members))
    taken = [(n.start, n.end) for n in names]
    for m in _MODEL.finditer(text) if any(map(str.isdigit, text)) else ():
        covered = next((n for n in names if n.start <= m.start() < n.end), None)
        if covered is None:
            names.append(Name(m.start(), m.end(), m.group(), (), model=True))
        elif m.end() > covered.end:  # "GB200 NVL72" is the GB200 in a rack
            names[names.index(covered)] = Name(covered.start, m.end(), text[covered.start : m.end()], covered.ids)
        taken.append((m.start(), m.end()))
    for m in words.cues["series"].finditer(low):  # "CloudMatrix 384"
        behind = re.match(r"\s?[0-9]{2,4}[a-z]{0,2}(?![0-9,.]*[0-9a-z])", low[m.end() :])
        if behind and not any(n.start < m.end() and m.start() < n.end for n in names):
            names.append(Name(m.start(), m.end() + behind.end(), text[m.start() : m.end() + behind.end()], ()))
            taken.append((m.start(), m.end() + behind.end()))
    for name in list(names):  # "Atlas 800" is no number of Atlas
        behind = re.match(r"\s?[0-9]{2,4}[a-z]{0,2}(?![0-9,.]*[0-9a-z])", low[name.end :])
        if behind and not name.ids and not name.model:
            longer = Name(name.start, name.end + behind.end(), text[name.start : name.end + behind.end()], ())
            names[names.index(name)] = longer
            taken.append((longer.start, longer.end))
    for name in list(names):  # "590 and 690": the second shares the name of the first
        tail = re.match(
            r"(?:\s?/\s?|\s(?:and|or)\s|和|及)([0-9]{3}[a-z]?)(?=[.,;)](?![0-9])|\s(?:chips|gpus|accelerators|"
            r"processors|cards)|$|[^\x00-\x7f])",
            low[name.end :],
        )
        if tail and re.search(r"[0-9]{3}[a-z]?$", name.words.casefold()) and not name.model:
            end = name.end + tail.end()
            names.append(Name(name.end + tail.start(1), end, text[name.end + tail.start(1) : end], ()))
            taken.append((name.end + tail.start(1), end))
    taken += [(m.start(), m.end()) for m in _YEARS.finditer(low) if _is_date(low, m.start(), m.end())]
    taken += [(m.start(), m.end()) for m in _DAYS.finditer(low)]
    tokens = [
        t._replace(text=MASK, kind="masked") if any(s < t.end and t.start < e for s, e in taken) else t
        for t in tokens_of(low)
    ]
    return Scan(text, low, tokens, sorted(names, key=lambda n: n.start), taken)


def _is_date(low: str, start: int, end: int) -> bool:
    """Whether four digits are a year: not a piece of a longer number, and no unit follows."""
    if not low[end - 1].isdigit():
        return not re.search(r"[0-9][.,]?$", low[:start])  # 2025年, 9月, 20日
    if re.search(r"[0-9][.,]?$|[$€£¥]\s?$", low[:start]) or re.match(
        r"[0-9]|[.,][0-9]|\s?(?:(?:[gm]w|p)(?![a-z])|[台张颗块枚片套个卡])", low[end:]
    ):
        return False
    return not (
        low[start:end].isdigit()
        and re.match(r"\s(?:nvidia|gpus?|chips|accelerators|servers|racks|nodes|megawatts|of the)(?![a-z])", low[end:])
    )
