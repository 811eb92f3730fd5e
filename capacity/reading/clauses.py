"""The clauses of a sentence, the verb that a quantity belongs to, and how far it says the hardware is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from capacity.reading.orgs import Org
from capacity.reading.scan import Mention, Name, Scan
from capacity.reading.vocabulary import Verb, Vocabulary, Words

_BOUNDARY = re.compile(
    r"(?<=^should)[^,]{1,80},\s|(?<=^if)[^,]{1,80},\s|"
    r"[;；，。]|:\s|\s-\s|\(|\)|,\s(?=(?:which|who|where|whose|but|while|whereas|although|though|so|of which|"
    r"some|most|as|and)\s)"
    r"|,?\s(?=(?:while|whereas|although|because|if|when|before|after|once|that|which|who|until)\s)"
    r"|,\s(?=(?:has|have|had|is|are|was|were|will|would)\s)"
    r"|,?\sand\s(?=(?:will|would|has|have|had|is|are|was|were|plans?|says?|expects?|wants?|intends?)\s)"
)
_NOUN_BEFORE = re.compile(
    r"(?:^|\s)(?:a|an|the|its|their|his|our|of|on|under|trial|further|this|that|any|no|more|such|new|first|"
    r"second|big|large|final|same|export|purchase|supply|chip|"
    r"cloud|power|water|research|test|joint|existing|total|in|into)\s$"
)
_AUXILIARIES = r"(?:(?:has|have|had|is|are|was|were|will|would|be|been|being|already|now|since|all)\s)*"
_PASSIVE = re.compile(
    r"(?:^|\s)(?:is|are|was|were|been|be|being|get|gets|got)\s(?:\w+ly\s|already\s|also\s|now\s|to be\s)?$"
)


@dataclass(frozen=True, slots=True)
class Predicate:
    """A verb of a sentence that speaks of hardware."""

    start: int
    end: int
    verb: Verb
    passive: bool
    word: str


@dataclass
class View:
    """A sentence as it is read: its scan, numbers, firms, verbs and where its clauses part."""

    scan: Scan
    mentions: list[Mention]
    orgs: list[Org]
    predicates: list[Predicate]
    bounds: list[int]
    headline: bool = False
    after_money: bool = False  # whether the sentence before has money for hardware

    def clause(self, at: int) -> tuple[int, int]:
        """The start and end of the clause that holds a place."""
        start = max((b for b in self.bounds if b <= at), default=0)
        end = min((b for b in self.bounds if b > at), default=len(self.scan.low))
        return start, end


@dataclass
class Memory:
    """What the sentences before have left: who was spoken of, and who bought."""

    subject: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    stage: str = ""
    topic: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """What the clause says of a quantity; `stage` empty where no verb speaks of it."""

    stage: str
    owners: tuple[str, ...]
    named: int  # 2: the owners stand in the sentence; 1: a pronoun does; 0: taken over from before
    future: bool


def _verb(word: str, low: str, end: int, words: Vocabulary) -> Verb:
    """What a verb says here: whoever builds a cluster has it, whoever makes chips does not."""
    verb = words.verbs[re.sub(r"\s+", " ", word)]
    if verb.subject == "maker" and re.match(
        r"\s(?:[\w'.-]+\s){0,6}?(?:clusters?|supercomputers?|machines?|data cent|systems?|fleet|computers?|"
        r"factory|factories|campus)(?![a-z])",
        low[end:],
    ):
        return words.verbs["install"]
    return verb


def view(sentence: Scan, mentions: list[Mention], orgs: list[Org], words: Vocabulary, headline: bool) -> View:
    """The verbs and clauses of a sentence."""
    low = sentence.low
    predicates = []
    for m in words.verb_words.finditer(low):
        if any(n.start < m.end() and m.start() < n.end for n in sentence.names) or any(
            o.start < m.end() and m.start() < o.end for o in orgs
        ):
            continue
        before = low[: m.start()]
        verb = _verb(m.group(), low, m.end(), words)
        after_firm = any(o.end == m.start() - 1 for o in orgs)
        if m.group().isascii() and not m.group().endswith("ing") and not after_firm and _NOUN_BEFORE.search(before):
            continue
        if m.group().isascii() and not m.group().endswith(("ed", "ing")) and re.match(r"\sof\s", low[m.end() :]):
            continue  # "exports of"
        if (
            verb.name == "hold"
            and m.group() in ("have", "has", "had")
            and re.match(
                r"\s(?:not\s|also\s|already\s|since\s|now\s|just\s|so far\s|\w+ly\s|this year\s)*(?:been|\w+ed|"
                r"bought|sold|got|built|made|won|put|taken|sent|begun|held|had|signed|to|nothing|no)(?![a-z])",
                low[m.end() :],
            )
        ):
            continue  # "has ordered" is no having
        if (
            verb.subject == "state"
            and m.group().isascii()
            and not m.group().endswith(("ed", "ing"))
            and not re.search(r"(?:to|will|would|may|not)\s$", before)
        ):
            continue  # "permits", "grants", "licences" are nouns
        if re.match(
            r"\s(?:licen[cs]es?|permits?|controls?|rules?|bans?|curbs?|restrictions?)(?![a-z])", low[m.end() :]
        ):
            continue  # "export licences"
        if re.match(r"(?:if|should|unless)\s[^,]*$", before):
            continue  # a condition tells nothing of what is
        if re.match(r"\sup\sof", low[m.end() :]):
            continue  # "made up of"
        if low[m.end() : m.end() + 1] == "-" or before[-1:] == "-":
            continue
        predicates.append(Predicate(m.start(), m.end(), verb, bool(_PASSIVE.search(before)), m.group()))
    inside = [(m.start, m.stop) for m in mentions]
    bounds = [b.end() for b in _BOUNDARY.finditer(low) if not any(s < b.start() < e for s, e in inside)]
    return View(sentence, mentions, orgs, predicates, bounds, headline)


def governing(here: View, mention: Mention) -> Predicate | None:
    """The verb of a quantity: before it in its clause, behind it where it is the subject, then farther off."""
    start, end = here.clause(mention.start)
    before = [p for p in here.predicates if start <= p.start < mention.start]
    behind = [p for p in here.predicates if mention.stop <= p.start < end]
    relative = _relative(here, mention)
    if relative is not None:
        return relative
    inside = re.match("[^，。]{0,8}中", here.scan.low[mention.stop - 1 :])  # 订购的500台服务器中已有120台到货
    if before and behind and not inside and here.scan.low[before[-1].end : mention.start].strip() == "的":
        return behind[0]  # 采购的38台已到货: the verb before only describes
    if before:
        return before[-1]
    if behind:
        return behind[0]
    resumed = [
        p for p in here.predicates if p.start >= end and re.fullmatch(_AUXILIARIES, here.scan.low[end : p.start])
    ]
    if resumed:
        return resumed[0]  # "of the order, about 1,000 chips, had arrived"
    segment = max(here.scan.low.rfind(stop, 0, mention.start) for stop in ";；")  # another matter ends there
    earlier = [p for p in here.predicates if segment < p.start < mention.start]
    return earlier[-1] if earlier else None


def _relative(here: View, mention: Mention) -> Predicate | None:
    """The verb of a clause that follows at once: "40,000 GB300s that it has contracted", "H200s announced in June"."""
    low = here.scan.low
    for p in here.predicates:
        if p.start < mention.stop:
            continue
        between = low[mention.stop : p.start]
        if len(between) > 60:
            break
        if re.fullmatch(
            r",?\s(?:that|which)\s(?:[\w.]+\s){1,3}(?:(?:has|have|had)\s(?:\w+ly\s|already\s|since\s)?)?", between
        ):
            return p if p.verb.subject != "maker" else None
        if re.fullmatch(
            r",?\s(?:(?:already|now|currently|that are|which are|that were|that is)\s)?(?:being\s)?", between
        ) and re.search("(ed|ing|ld|lt|nt)$", p.word):
            return p
    return None


def _last(cue: Words, low: str, end: int) -> int:
    """Where a cue stands last before a place; -1 where it does not."""
    return max((m.start() for m in cue.finditer(low, 0, end)), default=-1)


def stage_of(here: View, mention: Mention, predicate: Predicate | None, words: Vocabulary) -> tuple[str, bool]:
    """How far the hardware is, and whether that lies ahead."""
    low = here.scan.low
    start, end = here.clause(mention.start)
    around = low[start:end]
    for stage in ("approved", "licensed", "ordered"):
        if re.search(
            rf"(?:{words.cues['covers.' + stage].pattern})\s(?:[a-z]+\s)?(?:covers?|covered|is for|are for|"
            rf"calls? for|was for|included?s?)\s$",
            low[: mention.start],
        ):
            return stage, False
    agreed = re.search(
        rf"(?:{words.cues['covers.ordered'].pattern})\s(?:(?:from|with)\s(?:\w+\s){{1,3}})?for\s$", low[: mention.start]
    )
    if agreed and not words.cues["intent"].search(low, start, agreed.start()):
        return "ordered", False  # "received an order from Cohere for 4,000"
    noun = re.search(r"(deliver(?:y|ies)|shipments?|exports?)\sof\s$", low[: mention.start])
    state_verb = predicate is not None and predicate.verb.subject == "state"
    if noun and predicate is not None and state_verb and predicate.start >= mention.stop:
        by = re.search(r"\sby\s(?:the\s)?", low[predicate.end :])
        return (
            "licensed" if by and words.cues["exporters"].match(low, predicate.end + by.end()) else "approved"
        ), False
    if noun and not state_verb and not words.cues["intent"].search(low, mention.stop, end):
        return ("delivered" if noun.group(1).startswith("d") else "shipped"), False
    if predicate is not None:
        lead_start, _ = here.clause(predicate.start)
        lead = low[max(lead_start, mention.stop if predicate.start >= mention.stop else 0) : predicate.start]
    else:
        lead = low[start : mention.start]
    if predicate is not None and predicate.start >= mention.stop and predicate.word.endswith("ing"):
        lead = low[start : mention.start] + lead  # "wants to have 100,000 running"
    nearby = low[min(start, predicate.start if predicate else start) : end]
    state = words.state_words.search(low, mention.stop, end) or words.state_words.search(nearby)
    if predicate is None and state is None:
        stop = re.search(r"[;；]", low[mention.stop :])
        state = words.state_words.search(low, mention.stop, mention.stop + stop.start() if stop else len(low))
    intent = list(words.cues["intent"].finditer(lead))
    bound = list(words.cues["bound"].finditer(lead))
    future = bool(intent) or bool(
        re.search(r"(?:^|\s)to\s$", lead)
        and not re.search(
            r"(?:believed|said|reported|thought|understood|known|estimated|continues?|claims?|used)\sto\s$", lead
        )
    )
    if predicate is not None and predicate.verb.name == "want":
        future = True
    if re.search(r"licen[cs]es?\s[^.;]{0,60}\sallow", low[: mention.start]):
        return "licensed", future  # "issued licences in May that allow ten companies to buy"
    if words.cues["licensed"].search(low, min(start, predicate.start if predicate else start), mention.start):
        return "licensed", future
    exporter = _last(words.cues["exporters"], low, predicate.start if predicate else mention.start)
    if exporter < _last(words.cues["importers"], low, predicate.start if predicate else mention.start):
        exporter = -1  # "Washington licensed 30,000, and Beijing approved 25,000"
    if (
        predicate
        and predicate.verb.stage == "approved"
        and predicate.start < mention.start
        and (exporter >= 0 or re.search(r"\sexports?\s", low[predicate.end : mention.start]))
    ):
        return "licensed", future
    allowed = words.cues["permitted"].search(low, start, mention.start)
    if (
        allowed
        and words.cues["exporters"].search(low, start, allowed.end())
        and predicate
        and predicate.verb.name == "contract"
    ):
        return "licensed", future  # "has won U.S. approval to import"
    if allowed and predicate and predicate.start < allowed.start():
        return "approved", future
    if words.cues["permitted"].search(lead) or (predicate and predicate.verb.stage == "approved"):
        return "approved", future
    if predicate is not None and re.search(r"\sto\s$", lead):
        granting = [
            p for p in here.predicates if p.end <= predicate.start and p.verb.subject == "state" and p.start >= start
        ]
        if granting:  # "China has approved ByteDance to buy"
            exports = words.cues["exporters"].search(low, 0, granting[-1].start)
            return "licensed" if exports else granting[-1].verb.stage, future
    if predicate is None and intent and not state:
        return "demand", True
    if predicate is None:
        return (words.states[re.sub(r"\s+", " ", state.group())] if state else "", bool(intent))
    if predicate.verb.stage == "licensed":
        return "licensed", future
    contract = re.search(r"under an?\s(?:\w+\s)?(?:agreement|contract|deal|order)|合同|协议", low)
    if bound and (not intent or bound[0].start() < intent[0].start()):
        return "ordered", True
    if future:
        unsure = re.search(r"talks|might|could|consider|want|hope|plan|seek|may\s", lead)
        if contract or (not unsure and predicate.verb.subject == "seller" and predicate.verb.stage == "ordered"):
            return "ordered", True
        return "demand", True
    if state:
        return words.states[re.sub(r"\s+", " ", state.group())], False
    if re.search("尚未|还未|未", around) and predicate.verb.stage == "delivered":
        return "ordered", False
    return predicate.verb.stage, False
