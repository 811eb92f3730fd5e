"""For whom the hardware of a quantity is: the customer, the buyer, the subject of the clause, whom a pronoun means.

The rules are tried in order; the first that names somebody, or says that nobody is named, is heard. Each has the
example that it is for in its first line.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass

from capacity.reading.clauses import Memory, Predicate, Settled, View, governing, stage_of
from capacity.reading.orgs import Org
from capacity.reading.scan import Mention
from capacity.reading.vocabulary import Vocabulary

Owners = tuple[tuple[str, ...], int]  # names, and 2: named in the sentence, 1: by a pronoun, 0: taken over
NOBODY: Owners = ((), 2)

_PREPOSITION = re.compile(
    r"(?:^|\s)(?:of|for|to|from|by|with|at|in|near|than|on|behind|between|against|like|including|via|through|"
    r"called|among)"
    r"\s(?:the\s)?(?:(?!present|first|least|last|once|now)[a-z]+\s)?$"
)
_LIST = re.compile(r"^(?:,\s|,?\sand\s|,?\sor\s|、|和|及|与|,|以及)(?:[\w'’-]+\s){0,2}$")
_SUPPLIED = re.compile(r"\s(?:to|will|would)\s(?:deploy|supply|provide|install|host|deliver|run|operate)\s")
_OPERATED = re.compile(
    r"(?:operated|run|used|owned|bought|ordered|purchased|rented|leased|installed|placed)\sby\s(?:the\s)?$"
)
_CROWD_ACTS = re.compile(
    r"\s(?:have|has|had|are|were|will|plan|want|could|may|placed|ordered|bought|[a-z]+ed)\s|[已将也]"
)


def settle(here: View, mention: Mention, memory: Memory, words: Vocabulary, places: frozenset[str]) -> Settled:
    """Stage and owners of a quantity, from its own clause first and then from its sentence."""
    predicate = governing(here, mention)
    stage, future = stage_of(here, mention, predicate, words)
    able = [o for o in here.orgs if _may_own(o, words, places) and not _partner_of(o, here.scan.low)]
    case = Case(here, mention, predicate, able, memory, words)
    for rule in _RULES:
        owners = rule(case)
        if owners is not None:
            return Settled(stage, *owners, future)
    return Settled(stage, memory.owners or memory.subject, 0, future)


@dataclass(frozen=True)
class Case:
    """A quantity in its sentence: its verb, and the firms there that may own hardware."""

    here: View
    mention: Mention
    predicate: Predicate | None
    able: list[Org]
    memory: Memory
    words: Vocabulary

    @property
    def low(self) -> str:
        """The sentence in lower case."""
        return self.here.scan.low

    @property
    def following(self) -> int:
        """Where the next number begins."""
        after = (m.start for m in self.here.mentions if m.start >= self.mention.stop)
        return min(after, default=len(self.low))

    @property
    def anchor(self) -> int:
        """The place before which the subject stands."""
        verb = self.predicate
        return verb.start if verb is not None and verb.start < self.mention.start else self.mention.start

    def frame(self, *subjects: str) -> Predicate | None:
        """The verb, where its subject is one of these."""
        return self.predicate if self.predicate is not None and self.predicate.verb.subject in subjects else None

    def firms(self, before: str, start: int = 0, end: int | None = None) -> list[Org]:
        """The firms behind a pattern, from a place to another."""
        end = len(self.low) if end is None else end
        return [o for o in self.able if start <= o.start < end and re.search(before, self.low[: o.start])]

    def listed(self, orgs: list[Org]) -> Owners | None:
        """The first of these firms with those listed beside it; None where there is none."""
        return (tuple(o.name for o in _listed_with(orgs[0], self.able, self.low)), 2) if orgs else None


def _in_noun(case: Case) -> Owners | None:
    """16 megawatts of CoreWeave's GPUs: the firm stands inside the noun phrase."""
    mention = case.mention
    inside = [o for o in case.able if mention.end <= o.start < mention.stop]
    return ((inside[0].name,), 2) if inside and inside[0].name.casefold() not in case.words.makers else None


def _beside_number(case: Case) -> Owners | None:
    """Alibaba ordered 40,000, Tencent 35,000: a firm right before the number, where the verb is left out."""
    beside = [o for o in case.able if case.low[o.end : case.mention.start] in (" ", ": ", "：")]
    return ((beside[-1].name,), 2) if beside and len(case.here.mentions) > 1 else None


def _relative(case: Case) -> Owners | None:
    """23,000 GB300s, which Microsoft has rented: the subject of the clause behind the number."""
    verb = case.frame("owner")
    if verb is None or verb.start < case.mention.stop:
        return None
    auxiliary = ("", "has", "have", "had", "will", "is", "plans to")
    between = [o for o in case.able if case.mention.stop <= o.start < verb.start]
    chosen = [o for o in between if case.low[o.end : verb.start].strip() in auxiliary]
    return ((chosen[0].name,), 2) if chosen else None


def _let_to(case: Case) -> Owners | None:
    """Oracle will let them to OpenAI: whoever rents the hardware has it."""
    let = re.search(rf"(?:{case.words.cues['lets'].pattern})\s(?:\w+\s){{0,4}}?to\s", case.low)
    return case.listed([o for o in case.able if let and o.start == let.end()])


def _customer(case: Case) -> Owners | None:
    """5,000 GPUs for Cohere; belong to Meta: the customer behind the number comes before one ahead of it."""
    mention = case.mention
    start, end = case.here.clause(mention.start)
    belong = case.firms(r"\sbelongs?\sto\s(?:the\s)?$", mention.stop)
    if belong:
        return case.listed(belong)
    if re.match(r"\sfor\s(?:it|them)(?![a-z])", case.low[mention.stop :]) and case.memory.subject:
        return case.memory.subject, 1  # "Sify will host 800 GPUs for it"
    able = case.firms(r"(?:^|\s)(?:for|on behalf of)\s(?:the\s)?(?:[\w.-]+['’]s\s)?$")
    last = case.able[-1:]
    asked = re.search(r"(?:customer|buyer|client)\s[^.;]{0,140}?\sis\s$", case.low[: last[0].start]) if last else None
    if asked:
        return case.listed(last)  # "The customer behind an order … is Anthropic"
    for org in sorted(able, key=lambda o: (not mention.stop <= o.start < case.following, o.start)):
        built = re.search(
            r"(?:built|building|builds|run|operated|made|set up)\sfor\s(?:the\s)?$", case.low[: org.start]
        )
        near = start <= org.start < end or mention.stop <= org.start <= min(mention.stop + 60, case.following)
        own_site = re.match(r"'s\s(?:data|new)", case.low[org.end :]) and case.frame("maker")
        if (near or built) and not own_site:
            return case.listed([org])
    return None


def _ordered_from(case: Case) -> Owners | None:
    """CoreWeave has received an order from Cohere for 4,000: who orders is the buyer, who receives the seller."""
    return case.listed(case.firms(r"(?:orders?|contracts?|commitments?)\sfrom\s(?:the\s)?$", 0, case.mention.start))


def _partner(case: Case) -> Owners | None:
    """Nscale signed a deal with Microsoft to deploy 200,000: the partner is the customer."""
    partner = re.search(r"(?:deal|contract|agreement|pact)\swith\s(?:the\s)?", case.low[: case.mention.start])
    if partner is None or not _SUPPLIED.search(case.low, partner.end(), case.mention.start):
        return None
    return case.listed([o for o in case.able if o.start == partner.end()])


def _placed_at(case: Case) -> Owners | None:
    """另有数千张已部署在招商银行的机房: at whose place the hardware stands."""
    return case.listed(case.firms("部署(?:在|于)$", case.mention.stop))


def _won(case: Case) -> Owners | None:
    """浪潮中标中国联通1200台采购项目: who wins a tender sells, whose tender it is buys."""
    return case.listed(case.firms("中标$"))


def _delivery(case: Case) -> Owners | None:
    """Shipments of 14,000 B200s to Petrobras: the noun of a delivery has its receiver behind "to"."""
    noun = re.search(
        r"(?:deliver(?:y|ies)|shipments?|sales?|exports?|supply|imports?|transfer)\sof\s$",
        case.low[: case.mention.start],
    )
    return case.listed(case.firms(r"\sto\s(?:the\s)?(?:\w+['’]s\s)?$", case.mention.stop)) if noun else None


def _sold(case: Case) -> Owners | None:
    """Nscale supplies Microsoft with 200,000; sold 5,000 to Meta: whom a seller serves."""
    verb = case.frame("seller")
    if verb is None:
        return None
    joiners = ("", "to", "out to", "for", "with", "in")
    direct = [o for o in case.able if o.start >= verb.end and case.low[verb.end : o.start].strip() in joiners]
    to = case.firms(r"(?:\sto|给|向|为)\s?(?:the\s)?$", 0 if not verb.word.isascii() else verb.end)
    receiver = direct or sorted(to, key=lambda o: (o.start < case.mention.stop, o.start))
    if receiver:
        return case.listed(receiver)
    licensed = case.words.cues["licensed"].search(case.low, 0, verb.start)  # "holds licences to send"
    return None if verb.passive or licensed else ((), 0)


def _made(case: Case) -> Owners | None:
    """Huawei makes 600,000: who makes chips has no buyer yet."""
    return NOBODY if case.frame("maker") else None


def _permitted(case: Case) -> Owners | None:
    """Washington cleared up to 75,000 apiece to ten firms, among them Alibaba: whom a state permits to buy."""
    verb, mention, low = case.frame("state"), case.mention, case.low
    if verb is None:
        return None
    end = case.here.clause(mention.start)[1]
    to = case.firms(r"\sto\s(?:the\s)?(?:\w+['’]s\s)?$", mention.stop)
    if to:
        joined = [
            o
            for o in case.able
            if to[0].start <= o.start < end and (o is to[0] or re.search(r"\sand\s|,", low[to[0].end : o.start]))
        ]
        return tuple(o.name for o in joined), 2
    group = re.search(r"\sto\s[^,.]*(?:companies|firms|buyers|customers|groups)", low[mention.stop :])
    if group:
        behind = mention.stop + group.end()
        among = re.match(r",?\s(?:among them|including|such as|namely)|,\s|:\s", low[behind:])
        named = [o for o in case.able if among and o.start > behind]
        if named:
            return case.listed(named)
    return case.listed([o for o in case.able if verb.end <= o.start < mention.start])


def _given(case: Case) -> Owners | None:
    """A contract secures Microsoft the use of 100,000: the object right behind the verb."""
    verb = case.predicate
    if (
        verb is None
        or verb.passive
        or verb.word not in ("secure", "secures", "secured", "give", "gives", "gave", "granted")
    ):
        return None
    direct = [o for o in case.able if case.low[verb.end : o.start].isspace() and o.start < case.mention.start]
    return case.listed(direct)


def _by(case: Case) -> Owners | None:
    """13,000 GPUs would be operated by Naver; is to be shared by Sarvam and Gnani: the doer of a passive."""
    doers = case.firms(r"\sby\s(?:the\s)?$", case.mention.stop)
    operated = [o for o in doers if _OPERATED.search(case.low[: o.start])]
    passive = case.mention.rule == "share" or ((verb := case.frame("owner")) is not None and verb.passive)
    return case.listed(operated or (doers if passive else []))


def _possessive(case: Case) -> Owners | None:
    """Meta's 350,000 H100s: whose the hardware is, unless somebody else is buying it."""
    owner = re.search(r"([\w.&-]+)['’]s?\s(?:\w+\s){0,2}$", case.low[: case.mention.start])
    possessors = [o for o in case.able if owner and o.start <= owner.start(1) < o.end]
    verb = case.predicate
    bought = verb is not None and verb.verb.name == "order" and possessors and verb.end <= possessors[0].start
    return ((possessors[0].name,), 2) if possessors and not bought else None


def _crowd(case: Case) -> Owners | None:
    """Chinese technology firms have placed orders for two million: a group without a name."""
    low, anchor = case.low, case.anchor
    groups = [
        m
        for m in case.words.cues["crowds"].finditer(low, 0, anchor)
        if m.start() < 25 or not _PREPOSITION.search(low[: m.start()])
    ]
    if not groups or not _CROWD_ACTS.match(low[groups[-1].end() :]):
        return None
    group = groups[-1]
    named = [
        o
        for o in case.able
        if o.end <= anchor and (o.start > group.start() or " and other" in low[o.end : group.start()])
    ]
    return None if named else NOBODY


def _observed(case: Case) -> Owners | None:
    """By our count 28,500 racks were shipped: who counts has none."""
    subject = subject_of(case)
    if case.words.cues["observers"].search(case.low) is None or (subject is not None and subject[1] == 2):
        return None
    return case.memory.owners, 1


def _subject(case: Case) -> Owners | None:
    """Meta has ordered 5,000: the subject, or whom a pronoun means; a maker as subject has no named buyer."""
    subject = subject_of(case)
    verb = case.frame("owner")
    makers = [
        o
        for o in case.here.orgs
        if o not in case.able and o.name.casefold() in case.words.makers and o.end <= case.anchor
        if not case.low[o.end :].startswith("'s") and not _PREPOSITION.search(case.low[: o.start])
    ]
    near = bool(makers) and re.fullmatch(r"(?:\s\w+){0,3}\s", case.low[makers[-1].end : case.anchor])
    if verb is not None and not verb.passive and near and (subject is None or subject[1] < 2):
        return NOBODY  # "Nvidia has 700,000 in stock"
    own = re.match(r"(?:of\s)?its\s", case.mention.noun.casefold()) and verb is not None and verb.verb.name == "want"
    if own and subject is not None and subject[0] and subject[0][0].casefold() in case.words.makers:
        return NOBODY  # "Huawei aims for 600,000 of its Ascend 910C"
    return subject


_RULES: tuple[Callable[[Case], Owners | None], ...] = (
    _in_noun, _beside_number, _relative, _let_to, _ordered_from, _customer, _partner,
    _placed_at, _won, _delivery, _sold, _made, _permitted,
    _given, _by, _possessive, _crowd, _observed, _subject,
)  # fmt: skip


def subject_of(case: Case) -> Owners | None:
    """The firms, or those that a pronoun means, that stand as subject before the verb."""
    low, able, memory = case.low, case.able, case.memory
    best: tuple[int, tuple[str, ...], int] | None = None
    for o in able:
        if re.match(r"'s\s", low[o.end :]) and any(x.start == o.end + 3 for x in able):
            continue  # "Elon Musk's xAI"
        if o.end <= case.anchor and not _PREPOSITION.search(low[: o.start]):
            group = _listed_with(o, able, low)
            if group[0].start == o.start:
                best = (o.start, tuple(x.name for x in group), 2)
    for kind in ("company_pronouns", "us_pronouns"):
        for m in case.words.cues[kind].finditer(low, 0, case.anchor):
            if m.group() in ("it", "they", "their", "its") and re.match(r"\s(?:draw|need|use|take)", low[m.end() :]):
                continue  # the hardware
            if best is None or m.start() > best[0]:
                earlier = [o for o in able if o.end <= m.start() and not _PREPOSITION.search(low[: o.start])]
                meant = tuple(x.name for x in _listed_with(earlier[0], able, low)) if earlier else memory.subject
                meant = memory.author or meant if kind == "us_pronouns" else meant
                if meant:
                    best = (m.start(), meant, 1)
    return (best[1], best[2]) if best else None


def _listed_with(org: Org, orgs: list[Org], low: str) -> list[Org]:
    """The firm and those that are listed with it: "ByteDance, Alibaba and Tencent"."""
    ordered = sorted(orgs, key=lambda o: o.start)
    first = last = ordered.index(org)
    before = first > 0 and _LIST.match(low[ordered[first - 1].end : org.start])
    pair = ordered[first + 1] if first + 1 < len(ordered) else None
    if pair and not before and low[org.end : pair.start] == ", " and not re.match(r",|\s(?:and|or)\s", low[pair.end :]):
        return [org]  # "for Oracle, Abilene"
    while first > 0 and _LIST.match(low[ordered[first - 1].end : ordered[first].start]):
        first -= 1
    while last + 1 < len(ordered) and _LIST.match(low[ordered[last].end : ordered[last + 1].start]):
        last += 1
    group = ordered[first : last + 1]
    joined = "".join(low[a.end : b.start] for a, b in itertools.pairwise(group))
    return [org] if len(group) == 2 and joined.strip() == "," else group  # "a post on X, xAI's founder said"


def _may_own(org: Org, words: Vocabulary, places: frozenset[str]) -> bool:
    """Whether a name may be that of an owner: no place, body or medium, and no maker that has no chips of its own."""
    plain = org.name.casefold()
    if plain in places or plain in words.places or (words.cues["bodies"].search(plain) and not org.listed):
        return False
    return plain not in words.makers or plain in words.firms


def _partner_of(org: Org, low: str) -> bool:
    """Whether a firm is the other side of a Chinese contract: 中国移动与华为签署."""
    return bool(re.search("[与和同]$", low[: org.start])) and bool(re.match("(?:签|达成|合作)", low[org.end :]))


def speaker(here: View, words: Vocabulary, places: frozenset[str]) -> tuple[str, ...]:
    """Whom a pronoun in the next sentence means: the first firm of the sentence that is no object of a preposition."""
    low = here.scan.low
    able = [o for o in here.orgs if _may_own(o, words, places)]
    for o in able:
        possessor = re.match(r"'s\s", low[o.end :]) and any(x.start == o.end + 3 for x in able)
        if not possessor and not _PREPOSITION.search(low[: o.start]):
            return tuple(x.name for x in _listed_with(o, able, low))
    return ()
