"""Comparisons of chips in an article, in the words that `check` reads.

"The H200 delivers roughly six times the performance of the H20" → `h200-sxm / h20 roughly 6`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from capacity.reading.clauses import View
from capacity.reading.scan import Mention, Name
from capacity.reading.vocabulary import Vocabulary

_RATIOS = {
    "twice": 2.0,
    "double": 2.0,
    "triple": 3.0,
    "half": 0.5,
    "a third": 1 / 3,
    "one third": 1 / 3,
    "a quarter": 0.25,
    "two thirds": 2 / 3,
}
_RATIO = re.compile(
    r"(?P<hedge>(?:[a-z]+\s){0,3}?)(?P<ratio>twice|double|triple|half|a third|one third|a quarter|"
    r"two thirds)\s(?=the\s|of\s|as\s|its\s)"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What an article says of two chips: its words, the same for `check` (None where a chip is not clear)."""

    text: str
    check: str | None
    sentence: int
    open: str = ""  # what is not clear


def find_claims(here: View, sentence: int, earlier: View | None, words: Vocabulary) -> list[Claim]:
    """The comparisons of a sentence; a missing side ("four times its performance") is taken from the one before."""
    low, text = here.scan.low, here.scan.text
    names = [n for n in here.scan.names if n.ids or n.words.casefold() in words.families]
    claims: list[Claim] = _chinese(here, sentence, names, words)
    if claims:
        return claims
    for at, (start, end, says) in enumerate(_comparisons(here, words)):
        left = [n for n in names if n.end <= start]
        right = [n for n in names if n.start >= end and n.start - end < 60]
        if at and claims and not right:  # "and more than four times its performance": the same two chips
            pair = claims[0].check.split()[:3] if claims[0].check else []
            if len(pair) == 3:
                claims.append(
                    Claim(text[start:].strip(" .,"), " ".join([*pair, says[0]]) + (says[1] and f" {says[1]}"), sentence)
                )
            continue
        if not right:
            continue
        pronoun = re.search(r"(?:^|\s)(?:it|they|the chip|that chip|its|their)\s", low[:start])
        subject = (
            left[:1] if left else _before(earlier) if pronoun and not words.maker_words.search(low, 0, start) else []
        )
        if not subject:
            maker = words.maker_words.search(low, 0, start)
            if maker:
                claims.append(
                    Claim(text.strip(), None, sentence, f"which chips of {text[maker.start() : maker.end()]}?")
                )
            continue
        first, second = subject[0], right[0]
        if not first.ids or not second.ids or first.ids[0] == second.ids[0]:
            continue
        basis = _basis(low, start, min(len(low), max(end, second.end) + 20), words)
        claims.append(
            Claim(text[first.start if left else 0 : second.end].strip(), _check(first, second, basis, says), sentence)
        )
    return claims


def _chinese(here: View, sentence: int, names: list[Name], words: Vocabulary) -> list[Claim]:
    """ "H200的算力约为H20的六倍": both chips stand before the number, the hedge before the second."""
    low, text = here.scan.low, here.scan.text
    claims = []
    for mention in here.mentions:
        pair = [n for n in names if n.end <= mention.start][-2:]
        if (
            not low[mention.end :].startswith("倍")
            or len(pair) < 2
            or not all(n.ids for n in pair)
            or pair[0].ids == pair[1].ids
        ):
            continue
        between = low[pair[0].end : mention.start]
        hedge = next(
            (
                h
                for zh, h in (
                    ("超过", "more than"),
                    ("超", "more than"),
                    ("约", "about"),
                    ("近", "nearly"),
                    ("至少", "at least"),
                )
                if zh in between
            ),
            "",
        )
        basis = _basis(low, pair[0].end, mention.start, words)
        claims.append(
            Claim(
                text[pair[0].start : mention.end + 1],
                _check(pair[0], pair[1], basis, (hedge or _hedge(mention, words), f"{mention.low:g}")),
                sentence,
            )
        )
    return claims


def _check(first: Name, second: Name, basis: str, says: tuple[str, str]) -> str:
    hedge, number = says
    if not number:
        return f"{first.ids[0]} {hedge} {second.ids[0]}{basis}"
    return f"{first.ids[0]} / {second.ids[0]}{basis} {hedge} {number}".replace("  ", " ")


def _before(earlier: View | None) -> list[Name]:
    """The chip that the sentence before spoke of, where it spoke of one."""
    names = [n for n in earlier.scan.names if n.ids] if earlier else []
    return names[:1] if len({n.ids[0] for n in names}) == 1 else []


def _comparisons(here: View, words: Vocabulary) -> list[tuple[int, int, tuple[str, str]]]:
    """Where a comparison stands, and its hedge and number ("", "rivals" where it has none)."""
    low = here.scan.low
    out: list[tuple[int, int, tuple[str, str]]] = []
    for m in words.cues["claims.rivals"].finditer(low):
        out.append((m.start(), m.end(), ("rivals", "")))
    for m in words.cues["claims.comparable"].finditer(low):
        phrase = "is comparable to" if m.group() == "comparable to" else "is on a par with"
        out.append((m.start(), m.end(), (phrase, "")))
    for mention in here.mentions:
        if mention.low == mention.high and re.match(r"\s?(?:times|-fold|fold|倍)", low[mention.end :]):
            faster = re.match(r"\s?(?:times)\s(?:the|its|as|faster|more|better|that|their)|\s?倍", low[mention.end :])
            if faster:
                out.append((mention.start, mention.end + faster.end(), (_hedge(mention, words), f"{mention.low:g}")))
    for m in _RATIO.finditer(low):
        if any(
            w in m.group("hedge").split()
            for w in ("about", "roughly", "nearly", "almost", "than", "over", "around", "up", "under")
        ) or not m.group("hedge"):
            hedge = _plain_hedge(m.group("hedge").strip(), words)
            out.append((m.start("ratio"), m.end(), (hedge, f"{_RATIOS[m.group('ratio')]:.3g}")))
        else:
            out.append((m.start("ratio"), m.end(), ("", f"{_RATIOS[m.group('ratio')]:.3g}")))
    return sorted(out)


def _hedge(mention: Mention, words: Vocabulary) -> str:
    """The hedge of a number, in words that claims are written with."""
    lead = re.match(
        r"[a-z\s]+?(?=\s?(?:\d|one|two|three|four|five|six|seven|eight|nine|ten))", mention.amount.casefold()
    )
    if mention.rule == "bare":
        return ""
    return lead.group().strip() if lead else _of_rule(mention.rule)


def _plain_hedge(words_before: str, words: Vocabulary) -> str:
    """ "does more than" → "more than"; "gives less than" → "below"."""
    if re.search(r"(?:less|fewer) than$|under$", words_before):
        return "below"
    return next(
        (
            h
            for h in ("more than", "over", "about", "around", "roughly", "approximately", "nearly", "almost")
            if words_before.endswith(h)
        ),
        "",
    )


def _of_rule(rule: str) -> str:
    """A hedge in Chinese by its English rule: 约 → about."""
    return {
        "like_over": "more than",
        "like_about": "about",
        "about": "about",
        "like_nearly": "nearly",
        "like_below": "below",
        "like_at_least": "at least",
    }.get(rule, "")


def _basis(low: str, start: int, end: int, words: Vocabulary) -> str:
    """By which measure two chips are compared, where one is said."""
    for name in ("by bandwidth", "by memory", "by fp8", "by bf16"):
        if words.cues[f"claims.{name}"].search(low, start, end):
            return f" {name}"
    return ""
