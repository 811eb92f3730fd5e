"""A quantity with all that its sentence says of it, and what it takes over from the sentences before."""

from __future__ import annotations

import re

from capacity.reading.aside import HARDWARE
from capacity.reading.clauses import Memory, View
from capacity.reading.owners import settle
from capacity.reading.rows import Row
from capacity.reading.scan import Mention
from capacity.reading.story import ToldLot
from capacity.reading.vocabulary import Vocabulary

NEAR = 40  # quantities back to which a number may refer
_BUYERS = "companies|firms|buyers|customers|groups|clusters|sites|machines|countries|universities|家公司|家企业|家"
_NUMBERS = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "both": 2,
    "twelve": 12,
}
_THERE = ("shipped", "delivered", "installed", "in service")
_AHEAD = ("demand", "planned", "ordered", "licensed", "approved")
_RUNNING = re.compile(
    r"投入运行|in operation|in use|in service|in production|up and running|are running|is running|投运|上线|运营"
)
_SHARE_OF = re.compile(
    r"(?:of|among) (?:which|these|those|them),?\s(?:some\s)?$|其中(?:已有)?$|中(?:已有|有)$"
    r"|(?:the|its|their|an?)\s(?:first|last|remaining|initial)\s$"
)
_PLAIN_CHIPS = re.compile("chips|cards|processors|accelerators")
_GENERIC = re.compile(
    r"(?:of )?(?:the |these |those |its |their |such )?(?:chips|gpus|processors|accelerators|cards|servers|"
    r"racks|units|nodes|modules|systems|machines)?|设备|gpu|卡|服务器|算力卡|芯片"
)
_SHARE = re.compile(
    r"(?:^|[;,.]\s|\sand\s)(half|a third|one third|two thirds|a quarter|three quarters|the rest|the remainder|"
    r"the remaining chips)(?:\sof\s(?:them|these|those|the \w+))?"
    r"(?=\s(?:is|are|will|go|goes|was|were|has|have)\s)"
)
_FRACTIONS = {
    "half": 0.5,
    "a third": 1 / 3,
    "one third": 1 / 3,
    "two thirds": 2 / 3,
    "a quarter": 0.25,
    "three quarters": 0.75,
}


def lot_of(
    here: View, mention: Mention, sentence: int, memory: Memory, lots: list[ToldLot], words: Vocabulary,
    places: frozenset[str],
) -> ToldLot:  # fmt: skip
    """A quantity with all that its sentence says of it, and what it takes over from those before."""
    low = here.scan.low
    told = settle(here, mention, memory, words, places)
    lot = ToldLot(mention, sentence, mention.unit, mention.low, mention.high, mention.amount, mention.names,
              mention.noun, told.owners, told.named, stage=told.stage, future=told.future, headline=here.headline,
              start=mention.start, clause=here.clause(mention.start))  # fmt: skip
    earlier = [o for o in lots[-NEAR:] if o.unit in HARDWARE or o.unit == mention.unit]
    of_unit = [o for o in earlier if o.unit == mention.unit and o.sentence >= sentence - 2]
    before = of_unit or earlier
    previous = before[-1] if before else None
    taken = _take_chips(lot, here, previous, memory, words)
    lot.cue = _cue(lot, here, previous, words)
    if taken and previous is not None and not lot.cue and _has_come(lot, told.owners, told.named, previous):
        lot.cue = "share"
    lot.anew = words.cues["anew"].match(low) is not None
    if previous is not None and not lot.anew and (taken or lot.cue in ("part", "share")):
        if told.named < 2 and (previous.owners or previous.named == 2):
            lot.owners = previous.owners
        meant = lot.cue in ("part", "share") or re.search(r"\s(?:will|are|is)\s", low[mention.stop : mention.stop + 12])
        if (
            told.future and previous.stage == "ordered" and meant and any(lot.middle < o.middle for o in earlier)
        ) or not lot.stage:
            lot.stage = previous.stage
    if not lot.stage:
        lot.stage = previous.stage if previous is not None else "demand" if told.future else "installed"
    if (
        lot.stage == "approved"
        and previous is not None
        and previous.stage == "licensed"
        and not words.cues["importers"].search(low)
    ):
        lot.stage = "licensed"  # "They come on top of 9,000 that were cleared in November"
    lot.plan = told.future and not words.cues["unsure"].search(low, lot.clause[0], mention.start)
    lot.each, lot.times = _each(here, mention, lot.clause[0])
    if lot.stage == "installed" and not told.future:
        lot.stage = "in service" if _RUNNING.search(low) else memory.stage or lot.stage
    if lot.owners and told.named and lot.cue not in ("part", "share") and mention.rule != "share":
        memory.owners = lot.owners
    return lot


def _take_chips(lot: ToldLot, here: View, previous: ToldLot | None, memory: Memory, words: Vocabulary) -> bool:
    """Give a number without a name of chips those that it means; whether they are taken from the quantity before.

    "some 104,000" counts what the number before counted; "the chips", "of them" are those before; "GPUs" are those
    named in the same clause, else those that the text has spoken of.
    """
    mention = lot.mention
    start = lot.clause[0]
    named = [n for n in here.scan.names if n.ids and n.start < mention.start]
    if mention.unit == "bare":
        lot.inherited = True
        beside = [m for m in here.mentions if m.unit in HARDWARE and m is not mention]
        if beside and not mention.them:
            near = min(beside, key=lambda m: abs(m.start - mention.start))
            lot.unit, lot.names, lot.noun = near.unit, near.names, near.noun
        elif named and not mention.them:
            lot.unit, lot.names = "chips", (named[-1],)
        elif previous is not None:
            lot.unit, lot.names, lot.noun = previous.unit, previous.names, previous.noun
        else:
            lot.unit = "chips"
        return True
    taken = False
    if not lot.names and lot.unit in HARDWARE and _GENERIC.fullmatch(lot.noun.casefold()):
        lot.inherited = lot.generic = True
        within = [n for n in named if n.start >= start]
        definite = mention.partitive or not lot.noun or lot.noun.casefold().startswith(("the ", "these ", "those "))
        if within and len({n.ids[0] for n in within}) == 1:
            lot.names = (within[-1],)
        elif previous is not None and (
            definite
            or (_PLAIN_CHIPS.fullmatch(lot.noun.casefold()) and lot.middle < previous.middle)
            or previous.sentence == lot.sentence
            or words.cues["parts"].search(here.scan.low, start, mention.stop)
        ):
            lot.names, taken = previous.names, True
        if (
            not lot.noun
            and previous is not None
            and previous.unit in ("servers", "racks", "pods")
            and lot.unit == "servers"
        ):
            lot.unit = previous.unit  # "再出货8000台" of the racks before
        if not lot.names and (previous is None or not previous.names):
            lot.names = memory.topic
    elif lot.unit in ("W", "USD", "CNY", "FLOP/s") and not lot.names:
        bought = re.match(r"\s(?:\w+\s){0,2}(?:on|of|for)\s", here.scan.low[mention.stop :])
        behind = [
            n
            for n in here.scan.names
            if bought and mention.stop < n.start < mention.stop + 50
            if not n.model or re.match(r"\s(?:chips|gpus|processors|accelerators)", here.scan.low[n.end :])
        ]
        ahead = [n for n in here.scan.names if start <= n.start < mention.start and not n.model]
        lot.names, lot.inherited = tuple(behind[:1] or ahead), not behind
    return taken


def _cue(lot: ToldLot, here: View, previous: ToldLot | None, words: Vocabulary) -> str:
    """What the words around a number say of it: a share ("of them", "the first 8,000"), a part, a whole, a total."""
    mention, low, start = lot.mention, here.scan.low, lot.clause[0]
    before = low[: mention.start]
    whole = words.cues["wholes"].search(low)
    part = words.cues["parts"].search(low)
    totals = (m for m in words.cues["totals"].finditer(low) if not any(o.start <= m.start() < o.end for o in here.orgs))
    total = next(totals, None)
    if whole and (whole.end() <= mention.start or (whole.start() - mention.stop < 60 and "included" in whole.group())):
        return "whole"
    of_those = mention.partitive and re.match(r"\s?of (?:the|them|these|those)(?![a-z])", low[mention.end :])
    if (
        re.match(r"of (?:these|those|them),\s", low)
        or mention.them
        or of_those
        or _SHARE_OF.search(before)
        or mention.amount.casefold().startswith("first ")
    ):
        return "share"
    if part and start <= part.start() <= mention.start:
        return "part"
    alone = part and not any(mention.stop <= m.start < part.start() for m in here.mentions)
    if (
        part
        and alone
        and 0 <= part.start() - mention.stop < 40
        and re.match("counts?|part of|among|out of the|并入", part.group())
    ):
        return "share" if re.match("among|out of", part.group()) else "part"
    if total and abs(total.start() - mention.start) < 60:
        return "total"
    listed = previous is not None and previous.sentence == lot.sentence and previous.cue in ("part", "share")
    return "part" if listed and mention.unit == "bare" and re.search(r"(?:,|\band|，|、)\s?$", before) else ""


def _has_come(lot: ToldLot, owners: tuple[str, ...], named: int, previous: ToldLot) -> bool:
    """ "ordered 64,000 …; 8,000 had been installed": fewer of what was ahead are there, for nobody else."""
    ahead = lot.stage in _THERE and previous.stage in _AHEAD and lot.middle < previous.middle
    return ahead and (named < 2 or not previous.owners or set(owners) <= set(previous.owners))


def _each(here: View, mention: Mention, start: int) -> tuple[bool, int | None]:
    """Whether a number is said of every buyer, and of how many: "75,000 apiece to around ten companies"."""
    low = here.scan.low
    clusters = re.search(
        rf"({'|'.join(_NUMBERS)}|[0-9]+)\s(?:\w+\s)?(?:{_BUYERS})\s(?:of|with)\s$", low[: mention.start]
    )
    if clusters:
        word = clusters.group(1)
        return False, _NUMBERS.get(word) or int(word)
    each = re.match(
        r"\s?(?:each|apiece|per (?:company|buyer|customer|firm))(?![a-z])", low[mention.stop :]
    ) or re.search(
        r"(?:(?:^|\s)each\s(?:\w+\s){1,7}|每家(?:公司|企业)?[^，。]{0,6}|各[^，。]{0,4})$", low[start : mention.start]
    )
    if not each:
        return False, None
    many = [
        m
        for m in here.mentions
        if m.unit == "other" and re.search(rf"(?:{_BUYERS})$", m.head or m.noun.casefold()) and m.low == m.high
    ]
    return True, int(many[0].high) if many else None


def shares(here: View, lots: list[ToldLot], sentence: int) -> list[Mention]:
    """ "Half are for the mission; the rest is shared": numbers worked out from the quantity before."""
    whole = next((lot for lot in reversed(lots) if lot.unit in HARDWARE and sentence - lot.sentence <= 1), None)
    if whole is None or whole.low != whole.high:
        return []
    left = whole.middle
    shares = []
    for m in _SHARE.finditer(here.scan.low):
        size = _FRACTIONS[m.group(1)] * whole.middle if m.group(1) in _FRACTIONS else left
        left -= size
        words = here.scan.text[m.start(1) : m.end(1)]
        shares.append(Mention(m.start(1), m.end(1), m.end(), words, size, size, "bare", rule="share", them=True))
    return shares


def from_row(lot: ToldLot, row: Row, here: View, words: Vocabulary) -> None:
    """What the cells of a row say of its number."""
    named = [n for n in here.scan.names if not n.model]
    lot.names = lot.names or tuple(named[:1])
    if row.owner:
        lot.owners, lot.named = (row.owner,), 2
    lot.site = row.site or None
    state = words.state_words.search(row.stage.casefold()) if row.stage else None
    verb = words.verb_words.search(row.stage.casefold()) if row.stage else None
    if state:
        lot.stage = words.states[re.sub(r"\s+", " ", state.group())]
    elif verb:
        lot.stage = words.verbs[re.sub(r"\s+", " ", verb.group())].stage
    lot.inherited = False


def told_after(here: View, lots: list[ToldLot], sentence: int) -> None:
    """ "They are for OpenAI", "All are Nvidia GB300s": what the next sentence says of the quantities before it."""
    low = here.scan.low
    they = re.match(
        r"(?:they|these|all(?: of them)?|the (?:chips|gpus|machines|servers|systems))\s(?:are|were|"
        r"will be)\s(?:all\s|meant\s|reserved\s|destined\s|intended\s)?(for\s|nvidia\s|amd\s)?",
        low,
    )
    if they is None:
        return
    customer = next((o for o in here.orgs if they.group(1) == "for " and o.start == they.end()), None)
    name = next((n for n in here.scan.names if n.start == they.end()), None)
    for lot in lots:
        if sentence - lot.sentence > (1 if customer else 6):
            continue
        if customer is not None:
            lot.owners, lot.named = (customer.name,), 1
        elif name is not None and not lot.names:
            lot.names = (name,)
