"""What an article says, as data: its quantities, claims, what was set aside, what is open; and a scenario of it."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from capacity.errors import fail
from capacity.load import Specs, open_specs, today
from capacity.load.input_file import InputFile
from capacity.reading.article import Article, read_article
from capacity.reading.claims import Claim, find_claims
from capacity.reading.reader import Aside, read_story
from capacity.reading.scan import Mention
from capacity.reading.story import ToldLot
from capacity.reading.vocabulary import Vocabulary, family_key, vocabulary
from capacity.resolve import Scenario

LONGEST = 100_000  # characters of an article
MOST_NUMBERS = 3000  # in its text, about one in every six words of the longest


@dataclass(frozen=True, slots=True)
class Question:
    """What the text leaves open of a lot, and what it could be; the first choice stands in the draft."""

    lot: str
    about: str
    text: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftLot:
    """A quantity with the words that it stands in; `low` and `high` are the plain number in `unit`."""

    id: str
    chip: str | None
    chip_words: str
    amount: str
    unit: str
    low: float
    high: float
    owners: tuple[str, ...]
    each: bool
    times: int | None
    stage: str
    date: str
    due: str | None
    site: str | None
    counted: bool
    relation: dict[str, str]
    sentence: int
    quote: str


@dataclass(frozen=True)
class Draft:
    """The reading of an article; `lots` stand in the order of the text."""

    date: str
    language: str
    title: str
    lots: tuple[DraftLot, ...]
    claims: tuple[Claim, ...]
    set_aside: tuple[Aside, ...]
    questions: tuple[Question, ...]
    specs: Specs = field(default_factory=Specs, repr=False)
    mentions: tuple[Mention, ...] = field(default=(), repr=False)  # every number of the text

    @functools.cached_property
    def _document(self) -> tuple[dict[str, Any], dict[str, str]]:
        from capacity.reading.document import scenario_data

        return scenario_data(self)

    def mapping(self) -> dict[str, Any]:
        """A scenario as its file would state it: each quantity that can be a lot, with its quote and open points."""
        return self._document[0]

    def left_out(self) -> dict[str, str]:
        """The quantities that can be no lot of a scenario, each with the reason."""
        return self._document[1]

    def scenario(self) -> Scenario:
        """The draft as a scenario that can be estimated; `InputError` where the text says of no chips how many."""
        from capacity.load import join_scenario

        return join_scenario(self.document("article"), self.specs)

    def document(self, name: str) -> InputFile:
        """The scenario as a file's data; `InputError` for `name` where the text says of no chips how many."""
        data = self.mapping()
        if not data["lots"]:
            raise fail(name, "no quantity says how many of which chip", "see the questions of capacity read")
        return InputFile(name, data)

    def yaml(self) -> str:
        """The draft as a scenario's file, its open questions as comments at the head."""
        import yaml

        body = yaml.safe_dump(self.mapping(), sort_keys=False, allow_unicode=True, width=110)
        lines = [f"# open: {q.lot}: {q.text}".replace(": : ", ": ") for q in self.questions]
        lines += [f"# no lot: {name}: {why}" for name, why in self.left_out().items()]
        return "\n".join([*lines, body]) if lines else body


def draft_of(
    text: str, date: str | None = None, *, html: bool | None = None, specs: Specs | str | None = None
) -> Draft:
    """What an article says of chips, servers, power and money for them, by rules that can be followed.

    Parameters: `text` plain, Markdown or HTML, English or Chinese; `date` its day (YYYY-MM-DD), else the day that
    stands in its first lines, else today. Raises `InputError` where it is no text.

    >>> reading = draft_of("Meta has ordered 5,000 H200s. It denied that it wanted 9,000 more.", "2026-01-28")
    >>> [(lot.amount, lot.chip, lot.owners, lot.stage) for lot in reading.lots]
    [('5,000', 'h200-sxm', ('Meta',), 'ordered')]
    >>> [(aside.words, aside.why) for aside in reading.set_aside]
    [('9,000 more', 'denied, cancelled or never ordered')]
    """
    library = specs if isinstance(specs, Specs) else open_specs(specs)
    if len(text) > LONGEST:
        raise fail("article", f"the text has {len(text):,} characters", f"at most {LONGEST:,}: one article")
    words = vocabulary(library)
    article = read_article(text, html)
    numbers = sum(len(re.findall(r"[0-9]+(?:[.,][0-9]+)*", sentence.text)) for sentence in article.sentences)
    if numbers > MOST_NUMBERS:
        raise fail("article", f"the text has {numbers:,} numbers", f"at most {MOST_NUMBERS:,}; a table: as a sheet")
    day = _day(article, date)
    lots, asides, views = read_story(article, words, datetime.date.fromisoformat(day))
    claims = [c for k, here in enumerate(views) for c in find_claims(here, k + 1, views[k - 1] if k else None, words)]
    named = _named(lots)
    drafts = tuple(_draft(lot, named, day, article) for lot in lots)
    questions = tuple(_questions(lots, named, claims, words))
    title = next(
        (
            re.sub(r"^(?:date\s)?20\d\d-\d\d-\d\d\s+", "", s.text)
            for s in article.sentences
            if re.search(r"\w{3}", s.text)
        ),
        "article",
    )[:120]
    return Draft(day, article.language, title, drafts, tuple(claims), tuple(asides), questions, library,
                 tuple(mention for here in views for mention in here.mentions))  # fmt: skip


def _day(article: Article, date: str | None) -> str:
    """The article's day: the one given, one that stands in its first lines, or today."""
    if date is not None:
        try:
            return datetime.date.fromisoformat(str(date)).isoformat()
        except ValueError:
            raise fail("--date", f"{date!r} is no day", "YYYY-MM-DD") from None
    for sentence in article.sentences[:3]:
        stated = re.search(r"(?<![0-9])(20[0-9]{2}-[01][0-9]-[0-3][0-9])(?![0-9])", sentence.text)
        if stated:
            try:
                return datetime.date.fromisoformat(stated.group(1)).isoformat()
            except ValueError:
                continue
    return today().isoformat()


def _named(lots: Sequence[ToldLot]) -> dict[int, str]:
    """An id for each lot: its stage, numbered where several are at one stage."""
    used: dict[str, int] = {}
    ids: dict[int, str] = {}
    for lot in lots:
        stage = lot.stage.replace(" ", "-")
        used[stage] = used.get(stage, 0) + 1
        ids[id(lot)] = stage if used[stage] == 1 else f"{stage}-{used[stage]}"
    return ids


def _draft(lot: ToldLot, named: dict[int, str], day: str, article: Article) -> DraftLot:
    chip = _chip(lot)
    return DraftLot(
        named[id(lot)], chip, " and ".join(dict.fromkeys(n.words for n in lot.names)) or lot.noun, lot.amount, lot.unit,
        lot.low, lot.high, lot.owners, lot.each, lot.times, lot.stage, lot.date or day, lot.due, lot.site, lot.counted,
        {kind: named[id(other)] for kind, other in lot.relation.items() if id(other) in named}, lot.sentence,
        article.sentences[lot.sentence - 1].text,
    )  # fmt: skip


def _chip(lot: ToldLot) -> str | None:
    """The one chip that the words name, if they do."""
    if not lot.names or lot.unit == "h100e" or not all(n.ids for n in lot.names):
        return None
    first = {n.ids[0] for n in lot.names}
    return next(iter(first)) if len(first) == 1 else None


def _questions(
    lots: Sequence[ToldLot], named: dict[int, str], claims: Sequence[Claim], words: Vocabulary
) -> Iterator[Question]:
    """What the text leaves open: which chip, watts or money of what, how many chips a server holds."""
    for lot in lots:
        name = named[id(lot)]
        ids = lot.ids
        chip = _chip(lot)
        shown = " and ".join(dict.fromkeys(n.words for n in lot.names)) or lot.noun or "the text"
        if chip is None and lot.unit != "h100e":
            yield Question(name, "chip", f"Which chip: {shown} names none for sure.", _members(lot, words))
        elif chip and len(ids) > 1 and not (len(lot.names) > 1 and len(set(ids)) == 1):
            yield Question(name, "chip", f"Which {shown}: {chip} is taken, the usual one.", tuple(ids))
        if lot.each and not (lot.owners or lot.times):
            yield Question(name, "owners", f"{lot.amount} each: of how many buyers?")
        if lot.unit == "W":
            yield Question(name, "of", f"{lot.amount} of what: of the facility, of its IT, or by contract?",
                           ("power.facility.nameplate", "power.it.nameplate",
                            "power.contracted.nameplate"))  # fmt: skip
        elif lot.unit in ("USD", "CNY"):
            yield Question(name, "of", f"{lot.amount} for what: the chips, the servers, or the whole site?")
        elif lot.unit in ("servers", "racks", "pods") and not any("nvl" in name.words.casefold() for name in lot.names):
            yield Question(name, "chips", f"How many chips has one of the {lot.unit}?")
    for claim in claims:
        if claim.check is None:
            yield Question("", "claim", f"{claim.open[:1].upper()}{claim.open[1:]} “{claim.text}”")


def _members(lot: ToldLot, words: Vocabulary) -> tuple[str, ...]:
    """The chips that a family or a list of names could mean."""
    ids = [id_ for name in lot.names for id_ in (name.ids[:1] or words.members.get(family_key(name.words), ()))]
    return tuple(dict.fromkeys(ids))
