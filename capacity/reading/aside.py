"""Why a number is no quantity of hardware that somebody has, gets or wants: one rule a reason, in order."""

from __future__ import annotations

import re

from capacity.reading.clauses import View
from capacity.reading.scan import Mention
from capacity.reading.vocabulary import Vocabulary

HARDWARE = ("chips", "servers", "racks", "pods", "h100e")
NEAR = 5  # words between a negation and the number that it denies


def set_aside(here: View, mention: Mention, words: Vocabulary, after: str = "") -> str | None:
    """The reason for which a number of hardware is set aside; None where it is a quantity to keep.

    `after`: the sentence that follows, in lower case. "Foxconn denied that it had ordered 50,000": denied.
    """
    low = here.scan.low
    cues = words.cues
    if mention.unit == "other":
        return mention.noun if mention.noun in words.reasons else "something else"
    if mention.unit == "money":
        return "money in another currency"
    if denied(here, mention, words, after):
        return "denied, cancelled or never ordered"
    behind = low[mention.stop :]
    if re.match(r",?\s(?:chips\s|gpus\s|of them\s)?(?:" + cues["rates"].pattern + ")", behind):
        return "a rate"
    if re.search(r"(?:" + cues["rates"].pattern + r")\D{0,4}$", low[: mention.start]):
        return "a rate"
    if cues["general_rules"].search(low) and mention.unit in (*HARDWARE, "bare"):
        return "a general rule's cap"
    if mention.unit in (*HARDWARE, "bare", "FLOP/s", "W") and (reason := _per_unit(here, mention, words)):
        return reason
    compared = cues["comparisons"].search(low)
    if compared and compared.start() < mention.stop and mention.unit in (*HARDWARE, "bare"):
        return "another fleet, for comparison"
    past = cues["past"].search(low)
    if past and mention.unit in HARDWARE and abs(past.start() - mention.start) < 90:
        return "used in the past"
    if mention.unit in ("USD", "CNY"):
        return _money(here, mention, words)
    if mention.unit == "W":
        return _power(here, mention, words)
    if mention.unit == "FLOP/s":
        return (
            "a speed of something else"
            if cues["flops_for_else"].search(low, max(0, mention.start - 40), min(len(low), mention.stop + 40))
            else None
        )
    return None


def _negated(low: str, start: int, words: Vocabulary) -> bool:
    """Whether the verb just before a number is negated: "Meta did not buy 3,000 H100", not "has not said whether"."""
    for cue in words.cues["denials.near"].finditer(low, 0, start):
        between = low[cue.end() : start]
        parted = re.search(
            r"[,;:；，—]|\b(?:but|only|any|yet|how|whether|what|which|that|who|why|if|when|where|than|until|before)\b",
            between,
        )
        if parted is None and len(between.split()) <= NEAR:
            return True
    return False


def denied(here: View, mention: Mention, words: Vocabulary, after: str) -> bool:
    """A denial in the sentence, before the number or of the number, or in the sentence that follows."""
    low = here.scan.low
    if words.cues["replaces"].search(low) and re.search(r"take[sn]? the place|took the place|replace", low):
        return False
    if _negated(low, mention.start, words):
        return True
    before = words.cues["denials.before"].search(low, 0, mention.start)
    behind = words.cues["denials.after"].search(low)
    if before and not re.search(r"[;；]|\sbut\s", low[before.end() : mention.start]):
        return True
    if behind and not re.search(
        r"[;；]|\sbut\s", low[min(behind.end(), mention.start) : max(behind.start(), mention.start)]
    ):
        return True
    return bool(
        re.search(
            r"(?:den(?:y|ies|ied)|reject(?:s|ed)?|dismiss(?:es|ed)?) (?:it|this|the (?:report|claim|account|"
            r"figure|number|rumou?r)s?)\b(?! that)|不实|予以否认",
            after,
        )
    )


def _per_unit(here: View, mention: Mention, words: Vocabulary) -> str | None:
    """ "with eight processors each", "a rack, which holds 72 GPUs", "can link up to 9,216 chips": one machine's own."""
    low = here.scan.low
    start, end = here.clause(mention.start)
    systems = words.cues["systems"].pattern
    lead = low[: mention.start]
    behind = low[mention.stop :]
    if re.search(r"(?:" + words.cues["per_unit"].pattern + r")[^，。；]{0,8}$", lead) or re.search(
        r"each\s(?:with|of|holding|containing|has|having)\s$", lead
    ):
        return "a figure per unit"
    if mention.unit in ("chips", "servers", "bare") and mention.low < 10_000:
        if re.match(
            rf"\s?(?:per|a|an|each|every|in (?:a|an|each|every|one))\s(?:\w+\s)?(?:{systems})(?![a-z])", behind
        ):
            return "a figure per unit"
        if (
            re.match(r"\seach(?![a-z])", behind)
            and re.search(r"(?:with|of|holding|containing|carrying)\s$", lead)
            and mention.high <= 1152
        ):
            return "a figure per unit"
        if words.cues["capability"].search(low, start, end):
            return "what a product can do"
    if mention.unit in ("chips", "servers", "bare", "racks") and re.search(
        r"host|house|accommodate|room for|build-out|designed",
        (words.cues["capability"].search(low, start, end) or [""])[0],
    ):
        return "what a site can hold"
    if re.match(r"\s(?:each|apiece|per\s(?:" + systems + r"))(?![a-z])", behind) and mention.unit in ("W", "FLOP/s"):
        return "a figure per unit"
    generic = re.search(
        rf"(?:^|\s)(?:a|an|each|every|one|single|per|any)\s(?:(?!of\s)[\w-]+\s){{0,3}}(?:{systems})(?![a-z])(?!\sof\s)",
        low[: mention.start],
    )
    if (
        generic
        and (mention.low < 20_000 or mention.unit in ("FLOP/s", "W"))
        and mention.unit in ("chips", "FLOP/s", "W", "bare")
        and not re.search(r"\sin a\s", generic.group())
    ):
        return "a figure per unit"
    if (
        words.cues["capability"].search(low)
        and (mention.low < 20_000 or mention.unit == "FLOP/s")
        and mention.unit in ("chips", "FLOP/s")
    ):
        return "what a product can do"
    return None


def _money(here: View, mention: Mention, words: Vocabulary) -> str | None:
    """Money counts where it is the price of the hardware: "worth of GPUs", "the bill for the 50,000"."""
    low = here.scan.low
    start, end = here.clause(mention.start)
    if mention.vague and not mention.partitive:
        return "money without a figure"
    if here.after_money and words.cues["totals"].search(low):
        return None  # "That makes $21 billion in all"
    if re.match(r"\s(?:over|a|per|each)\s(?:\w+\s)?(?:years?|months?|quarters?)", low[mention.stop :]):
        return "money over years"
    if mention.attributive:
        return "money that is not the price of the hardware"
    if (mention.partitive and mention.names) or (mention.partitive and mention.noun):
        return None
    order = re.match(r"\s(?:order|purchase|contract)s?\s(?:for|of)\s", low[mention.stop :])
    if order and re.search(
        r"chips?|gpus?|processors?|accelerators?|servers?|racks?", low[mention.stop : mention.stop + 80]
    ):
        return None  # "$10 billion order for racks of TPU v7 chips"
    near = low[max(start, mention.start - 80) : min(end, mention.stop + 60)]
    else_ = words.cues["money_for_else"].search(low, max(start, mention.start - 60), min(end, mention.stop + 40))
    if else_:
        return "money that is not the price of the hardware"
    on_chips = re.match(
        r"\s(?:is\s|was\s|has been\s)?(?:on|for|set aside for|worth of|in)\s(?:\w+\s){0,3}(?:gpus?|chips?|"
        r"processors?|accelerators?|servers?|cards?)",
        low[mention.stop :],
    )
    hardware = (
        bool(re.search(r"chips?|gpus?|processors?|accelerators?|servers?|order|芯片|服务器|采购|合同|含税", near))
        or bool(here.scan.names)
        or any(m.unit in (*HARDWARE, "bare") and m.start != mention.start and m.low >= 100 for m in here.mentions)
    )
    bought = re.search(
        r"(?:buy|buys|bought|buying|purchase|purchased|order|ordered)\s(?:\w+\s){0,6}?(?:gpus?|chips?|"
        r"processors?|accelerators?|servers?|racks?|hardware)[^.;]{0,40}\sfor\s(?:another\s)?$",
        low[: mention.start],
    )
    if on_chips or bought:
        return None
    if words.cues["money_for_hardware"].search(near) and hardware:
        return None
    return "money that is not the price of the hardware"


def _power(here: View, mention: Mention, words: Vocabulary) -> str | None:
    """Watts count where the hardware draws them or is bought by them, not those of a campus, plant or later stage."""
    low = here.scan.low
    start, end = here.clause(mention.start)
    if mention.attributive:
        return "power of a site, not of the chips"
    if mention.partitive or " | " in low:
        return None
    if words.cues["not_hardware_power"].search(low, start, end):
        return "power of a site, not of the chips"
    if (
        not words.cues["power_verbs"].search(low, start, end)
        and not re.match(r"\s(?:of|for)\s", low[mention.stop :])
        and mention.amount.split()[0].casefold() not in ("first", "each")
    ):
        return "power of something else"
    if mention.amount.casefold().startswith("each"):
        return "a figure per unit"
    if re.match(r"\s(?:each|apiece)", low[mention.stop :]) or mention.high < 1e5:
        return "a figure per unit"
    return None
