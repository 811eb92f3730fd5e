"""The noun that a Chinese number counts: behind its measure word, or before it in the same clause."""

from __future__ import annotations

import re
from dataclasses import replace

from capacity.reading.scan import Mention, Scan
from capacity.reading.vocabulary import Vocabulary

_MEASURE = re.compile(
    r"(颗|枚|张|块|片|台套|台|套|个|卡|柜|架|家|名|人|亩|米|倍|年|月|日|天|期|亿|款|项|位|号|股|台设备)"
)


def chinese_noun(sentence: Scan, mention: Mention, words: Vocabulary) -> Mention:
    """The noun of a Chinese number: behind its measure word, or before it in the same clause."""
    lower = sentence.low
    rest = lower[mention.end :]
    measure = re.match(r"\s?" + _MEASURE.pattern, rest)
    after_hedge = None
    stop = mention.end + (measure.end() if measure else 0)
    if measure:
        after_hedge = re.match("左右|上下|以上|以下|以内", lower[stop:])
        if after_hedge:
            stop += after_hedge.end()
    kind = words.units.get(measure.group(1), "") if measure else ""
    if measure and measure.group(1) == "柜":
        kind = "racks"
    tail = re.match(r"[^，。；：、（）,;:()|]{0,16}", lower[stop:])
    tail_text = tail.group() if tail else ""
    other = next((w for w in ("裸晶", "裸片", "晶圆", "裸芯") if tail_text.startswith(w)), "")
    if other:
        return replace(mention, unit="other", noun=words.nouns.get(other, ""), head=other, stop=stop)
    names = tuple(
        n
        for n in sentence.names
        if stop <= n.start < stop + 12 and not re.search("[，。；：、（）,;]|的集群", lower[stop : n.start])
    )[:2]
    behind = _hardware_in(tail_text, words)
    begin = max((lower.rfind(c, 0, mention.start) for c in "，。；：、,;:|"), default=-1) + 1
    ahead_text = lower[begin : mention.start]
    ahead = _hardware_in(ahead_text, words, last=True)
    ahead_names = tuple(n for n in sentence.names if begin <= n.start < mention.start)
    if not measure and len(mention.amount) == 1 and not mention.amount.isdigit():
        return replace(mention, unit="other", noun="a piece of a name", head="", stop=stop)
    if not measure and not names and not behind:
        return replace(
            mention,
            unit="bare" if not tail_text or not re.match("[\u4e00-\u9fff]", tail_text) else "other",
            noun=tail_text,
            head=tail_text[:4],
            stop=stop,
        )
    if measure and not kind:
        return replace(
            mention,
            unit="other",
            noun=words.nouns.get(measure.group(1), measure.group(1) + tail_text),
            head=measure.group(1),
            stop=stop,
        )
    unit = behind or (kind if kind != "weak" else "") or ("chips" if names else "")
    if kind == "servers":
        unit = "racks" if behind == "racks" or (not behind and ahead == "racks") else "servers"
    series = ahead_names and words.cues["series"].match(ahead_names[-1].words.casefold())
    if kind == "weak" and series and not behind:
        return replace(mention, unit="pods", noun=ahead_names[-1].words, names=ahead_names[-1:], stop=stop)
    if kind == "weak":
        unit = behind or ahead or "bare"
        if measure and measure.group(1) == "个" and not behind:
            unit = "other"
    if kind == "chips":
        unit = "chips"
    if not names and not behind and ahead_names and unit != "bare":
        names = ahead_names[-1:]
    noun = (
        sentence.text[stop : stop + len(tail_text)]
        if behind or names
        else sentence.text[begin : mention.start]
        if ahead or ahead_names
        else ""
    )
    noun = noun.strip()
    if after_hedge:
        return replace(
            mention, unit=unit, noun=noun, names=names, stop=stop, end=stop, amount=sentence.text[mention.start : stop]
        )
    return replace(mention, unit=unit, noun=noun, names=names, stop=stop, head=measure.group(1) if measure else "")


def _hardware_in(text: str, words: Vocabulary, last: bool = False) -> str:
    """The unit of the noun of hardware in a piece of Chinese text; empty where none is there."""
    places = [(text.find(w) if not last else text.rfind(w), -len(w), unit) for w, unit in words.units.items()
              if unit != "weak" and len(w) > 1 and w in text]  # fmt: skip
    if not places:
        return ""
    return (max(places) if last else min(places))[2]
