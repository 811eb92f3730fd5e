"""What a noun phrase makes of the number before it: chips, servers, watts, or things that are none of ours."""

from __future__ import annotations

import re
from dataclasses import replace

from capacity.reading.scan import Mention, Name, Scan
from capacity.reading.vocabulary import Vocabulary


def judged(
    sentence: Scan, mention: Mention, words: Vocabulary, unit: str, head: str, noun_words: list[str],
    names: tuple[Name, ...],
    partitive: bool, them: bool, stop: int,
) -> Mention:  # fmt: skip
    """What the noun phrase makes of the number."""
    equivalent = words.cues["h100_equivalents"].match(
        sentence.low, mention.end + (1 if sentence.low[mention.end : mention.end + 1] in " -" else 0)
    )
    if equivalent is None and names:
        equivalent = words.cues["h100_equivalents"].match(sentence.low, names[0].start)
    if equivalent:
        return replace(mention, unit="h100e", stop=equivalent.end(), noun="H100 equivalents")
    if names and not unit:
        unit = "chips"
    if any(n.ids for n in names) and not re.search(r"\s(?:and|or)\s|,", sentence.low[names[0].start : names[-1].end]):
        names = tuple(n for n in names if n.ids)  # "GB300 Grace Blackwell chips" are GB300s
    if (
        names
        and all(n.model for n in names)
        and unit == "chips"
        and not (head in words.units or names[-1].words.endswith("s"))
    ):
        unit = "other"  # "Llama-3", "V3": letters and digits alone are no chip
    noun_words = [] if noun_words in (["more"], ["others"], ["extra"]) else noun_words  # "2,424 more"
    noun = " ".join(noun_words)
    if unit == "other" or (noun_words and not unit and not them):
        what = words.nouns.get(head or noun_words[-1], noun)
        weak = words.units.get(noun_words[-1]) == "weak"
        return replace(
            mention,
            unit="other",
            noun=what,
            head=noun_words[-1] if weak else head or noun_words[-1],
            stop=stop,
            partitive=partitive,
        )
    if unit == "weak":
        unit = "servers" if {"dgx", "hgx"} & set(noun_words) else "bare"
    shown = sentence.text[mention.end : stop].strip().removeprefix("of ").strip()
    return replace(
        mention,
        unit=unit or "bare",
        noun=shown,
        head=head,
        names=names,
        partitive=partitive,
        them=them,
        stop=max(stop, mention.stop),
    )
