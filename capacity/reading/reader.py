"""The reading of an article: sentence by sentence, then the story."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from capacity.errors import fail
from capacity.reading.article import Article
from capacity.reading.aside import HARDWARE, set_aside
from capacity.reading.clauses import Memory, View, view
from capacity.reading.dates import dates_in, set_dates
from capacity.reading.lots import NEAR, from_row, lot_of, shares, told_after
from capacity.reading.mentions import find_mentions
from capacity.reading.orgs import find_orgs, with_hosts
from capacity.reading.owners import speaker
from capacity.reading.relations import relate, share_dates, share_names, supersede
from capacity.reading.rows import read_row
from capacity.reading.scan import Mention, scan
from capacity.reading.story import ToldLot, count, merge_repeats
from capacity.reading.vocabulary import Vocabulary

MOST_LOTS = 400
BEFORE = 80  # letters before a name that tell whether it is a place


@dataclass(frozen=True, slots=True)
class Aside:
    """A number that is no quantity of hardware, and why."""

    words: str
    sentence: int
    why: str


def read_story(
    article: Article, words: Vocabulary, today: datetime.date
) -> tuple[list[ToldLot], list[Aside], list[View]]:
    """The lots of an article in order, and what was set aside."""
    rows = {s.number: read_row(s, words) for s in article.sentences if s.cells}
    scans = [scan(rows[s.number].text if s.cells else s.text, words) for s in article.sentences]
    orgs = with_hosts(scans, find_orgs(scans, words), words)
    places = place_names(article, orgs)
    views = [
        view(s, find_mentions(s, words), o, words, a.form == "headline")
        for s, o, a in zip(scans, orgs, article.sentences, strict=True)
    ]
    memory = Memory(author=_author(views, words, places))
    lots: list[ToldLot] = []
    asides: list[Aside] = []
    per_unit: list[tuple[int, Mention]] = []
    intro: View | None = None
    for at, (sentence, here) in enumerate(zip(article.sentences, views, strict=True)):
        here.after_money = any(o.unit in ("USD", "CNY") and sentence.number - o.sentence <= 1 for o in lots[-NEAR:])
        dated = dates_in(here, today, words) if here.mentions else []
        after = views[at + 1].scan.low if at + 1 < len(views) else ""
        for mention in sorted([*here.mentions, *shares(here, lots, sentence.number)], key=lambda m: m.start):
            why = set_aside(here, mention, words, after) or _unfounded(here, mention, lots, sentence.number, words)
            if why == "a figure per unit" and mention.low == mention.high:
                per_unit.append((sentence.number, mention))
            if why is not None:
                if mention.unit != "bare" or mention.high >= 100:
                    asides.append(Aside(_shown(here, mention), sentence.number, why))
                continue
            lot = lot_of(here, mention, sentence.number, memory, lots, words, places)
            if sentence.number in rows:
                from_row(lot, rows[sentence.number], here, words)
            set_dates(lot, here, dated, today)
            if intro is not None and sentence.form in ("item", "row") and not here.predicates:
                _introduce(lot, intro, lots, today, words)
            lot.intro = here.scan.low.rstrip().endswith((":", "："))
            lots.append(lot)
            if len(lots) > MOST_LOTS:
                what = f"the text tells of more than {MOST_LOTS} quantities of hardware"
                raise fail("article", what, "one article; a list of deals is read as a sheet")
        if here.scan.low.rstrip().endswith((":", "：")):
            intro = here
        elif sentence.form not in ("item", "row"):
            intro = None
        spoken = speaker(here, words, places)
        if spoken:
            memory.subject = spoken
        named = [n for n in here.scan.names if not n.model]
        if named and not re.search(r"\s(?:than|times the|rivals?|comparable)\s", here.scan.low):
            memory.topic = (named[-1],)
        state = words.state_words.search(here.scan.low)
        if (
            re.search(
                r"inaugurated|is running|in (?:full )?operation|in use|in production|in service|投运|上线|went live",
                here.scan.low,
            )
            and state
        ) or "inaugurated" in here.scan.low:
            memory.stage = "in service"
        if re.match(
            r"(?:both|they|all|these|the (?:chips|gpus|machines|clusters|systems))\s(?:of them\s)?(?:are|is|"
            r"have been)\s(?:now\s|already\s)?(?:running|training|in use|in operation|serving|working|online|"
            r"live)",
            here.scan.low,
        ):
            for lot in lots:
                if lot.sentence == sentence.number - 1 and lot.stage == "installed":
                    lot.stage = "in service"
        told_after(here, lots, sentence.number)
        run_by = re.search(
            r"^(?:it|the (?:machine|computer|cluster|system|supercomputer))\s(?:is|was|will be)\s(?:owned|run|"
            r"operated|used|rented|leased)\s(?:and \w+\s)?by\s(?:the\s)?",
            here.scan.low,
        )
        runner = next((o for o in here.orgs if run_by and o.start == run_by.end()), None)
        for lot in lots:
            if runner is not None and lot.sentence == sentence.number - 1 and not lot.owners:
                lot.owners, lot.named = (runner.name,), 1
    lots = merge_repeats(lots)
    supersede(lots, {s.number: v for s, v in zip(article.sentences, views, strict=True)}, words)
    relate(lots, per_unit)
    share_names(lots)
    share_dates(lots)
    count(lots)
    for lot in lots:
        if lot.stage == "demand" and lot.plan and lot.owners:
            lot.stage = "planned"  # announced by who will have it
    return lots, asides, views


def _introduce(lot: ToldLot, intro: View, lots: list[ToldLot], today: datetime.date, words: Vocabulary) -> None:
    """What the sentence before a list or table says of each of its lines: stage, owners, date, chips."""
    verb = intro.predicates[-1] if intro.predicates else None
    said = next((o for o in reversed(lots) if o.intro), None)
    state = words.state_words.search(intro.scan.low)
    if said is not None and said.stage:
        lot.stage = said.stage
    elif state:
        lot.stage = words.states[re.sub(r"\s+", " ", state.group())]
    elif verb is not None:
        lot.stage = verb.verb.stage
    if said is not None and lot.named < 2:
        lot.owners = said.owners
    dated = dates_in(intro, today, words)
    if dated and lot.date is None and lot.due is None and dated[0].past.last <= today.replace(month=12, day=31):
        lot.date = dated[0].past.last.isoformat()
    named = [n for n in intro.scan.names if not n.model]
    lot.names = lot.names or tuple(named[:1])


def _shown(here: View, mention: Mention) -> str:
    return here.scan.text[mention.start : max(mention.stop, mention.end)].strip()


def place_names(article: Article, orgs: list[list]) -> frozenset[str]:  # type: ignore[type-arg]
    """Names that the article uses as places: "in Barstow, Texas"."""
    places: set[str] = set()
    doers = {
        org.name.casefold()
        for sentence, here in zip(article.sentences, orgs, strict=True)
        for org in here
        if re.match(
            r"\s(?:and\s|has|have|is|will|plans|said|says|takes|wants|runs|[a-z]+ed\s)", sentence.text[org.end :]
        )
        and not re.search(r"\s[a-z]+\s$", sentence.text[: org.start][-BEFORE:])
    }
    for sentence, here in zip(article.sentences, orgs, strict=True):
        for org in sorted(here, key=lambda o: o.start):
            before = sentence.text[: org.start][-BEFORE:]
            if org.listed:
                continue
            if re.search(
                r"(?:invest\w*|stake|interest|shares?|holding|billion|million|confidence|investors?)\s(?:\w+\s)?in\s$",
                before,
            ):
                continue
            if (
                org.name.casefold() not in doers
                and re.search(r"\sfor\s$", before)
                and re.match(r"\sin\s[A-Z]", sentence.text[org.end :])
            ):
                places.add(org.name.casefold())  # "for Narvik in Norway"
            elif (
                re.search(
                    r"(?:^|\s)(?:in|near|outside|south of|north of|east of|west of|In|"
                    r"Near)\s(?:the\s)?(?:city of\s|state of\s)?$",
                    before,
                )
                or (
                    re.search(r",\s$", before)
                    and any(o.name.casefold() in places and o.end == org.start - 2 for o in here)
                )
                or (
                    re.search(r"(?:to|from|for)\s$", before)
                    and any(
                        sentence.text[org.end : o.start] == ", "
                        and not o.listed
                        and re.match(r"[,.]|$|\s[a-z]", sentence.text[o.end :])
                        for o in here
                    )
                )
                or re.match(
                    r"['’]s\s(?:regulator|government|ministry|commerce|internet regulator)", sentence.text[org.end :]
                )
            ):
                places.add(org.name.casefold())
    return frozenset(places)


def _author(views: list[View], words: Vocabulary, places: frozenset[str]) -> tuple[str, ...]:
    """Whom "we" means: the first firm of the first two sentences."""
    for here in views[:1]:
        spoken = speaker(here, words, places)
        if spoken:
            return spoken[:1]
    return ()


def _unfounded(here: View, mention: Mention, lots: list[ToldLot], sentence: int, words: Vocabulary) -> str | None:
    """Why a number has no hardware to stand for: a bare number without chips before it, watts without chips."""
    hardware = [
        lot
        for lot in lots[-NEAR:]
        if lot.unit in HARDWARE and sentence - lot.sentence <= (3 if mention.unit == "W" else 2)
    ]
    beside = [m for m in here.mentions if m.unit in HARDWARE and m is not mention]
    if mention.unit == "bare":
        low = here.scan.low
        if " | " in low and mention.unit == "bare":
            return "a number of nothing named"
        if mention.high < 100 or mention.high > 1e8:
            return "a number of nothing named"
        if not (hardware or beside or here.scan.names):
            return "a number of nothing named"
        before = [m for m in here.mentions if m.start < mention.start]
        if mention.them and before and before[-1].unit == "other":
            return before[-1].noun  # "671 billion parameters, 37 billion of which"
        subject = re.match(r",?\s(?:are|is|will|was|were|have|has|goes|go|would)\s", low[mention.stop :])
        first = re.search(r"(?:the|its)\s(?:first|last|remaining|other)\s$", low[: mention.start])
        related = bool(first) or any(words.cues[key].search(low) for key in ("parts", "totals", "wholes", "replaces"))
        firm = here.orgs and any(lot.sentence == sentence - 1 for lot in hardware) and not before
        if not (here.predicates or mention.them or beside or subject or related or firm):
            return "a number of nothing named"
        buyers = re.match(r"\s(?:apiece|each)(?![a-z])", low[mention.stop :])
        if (
            before
            and before[-1].unit in ("other", "USD", "CNY", "money")
            and not (beside or related or mention.them or buyers)
        ):
            return "a number of nothing named"
        return None
    if mention.unit in ("W", "FLOP/s") and " | " in here.scan.low and beside:
        return None
    if mention.unit in ("W", "FLOP/s") and not (
        hardware or beside or mention.names or mention.partitive or here.scan.names
    ):
        return "no hardware is named with it"
    if mention.unit in ("servers", "racks", "pods") and mention.high < 10 and not mention.names:
        return "a few machines"
    if mention.unit == "chips" and mention.high <= 16:
        return "a figure per unit"
    return None
