"""What an article says, as an answer: quantities with their words, claims, what was set aside, open questions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

from capacity._version import __version__
from capacity.document.answer import Answer
from capacity.document.blocks import Column, Document, Row, Table, Text, items, left
from capacity.load import Specs
from capacity.load.input_file import InputFile
from capacity.reading.against import Held, hold_against
from capacity.reading.article import read_article
from capacity.reading.claims import Claim
from capacity.reading.draft import Draft, DraftLot, Question, draft_of
from capacity.reading.reader import Aside
from capacity.reading.vocabulary import vocabulary
from capacity.resolve import Scenario

RULES = "Read by rules, not by a person: check each quote before you rest on it."


@dataclass(frozen=True, slots=True, repr=False)
class Reading(Answer):
    """The reading of an article: `lots` in the order of the text, and the scenario that they make."""

    draft: Draft
    name: ClassVar[str] = "lots"

    @property
    def lots(self) -> tuple[DraftLot, ...]:
        """The quantities."""
        return self.draft.lots

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The comparisons of chips."""
        return self.draft.claims

    @property
    def set_aside(self) -> tuple[Aside, ...]:
        """The numbers that are no quantity of hardware, each with the reason."""
        return self.draft.set_aside

    @property
    def questions(self) -> tuple[Question, ...]:
        """What the text leaves open."""
        return self.draft.questions

    def scenario(self) -> Scenario:
        """The draft as a scenario; `InputError` where the text says of no chips how many."""
        return self.draft.scenario()

    def document_of(self, name: str) -> InputFile:
        """The draft as a file's data, for who changes it before it is joined."""
        return self.draft.document(name)

    def yaml(self) -> str:
        """The draft as a scenario's file."""
        return self.draft.yaml()

    def head(self) -> dict[str, Any]:
        """Schema `capacity.reading/1`."""
        return {"schema": "capacity.reading/1", "version": __version__, "date": self.draft.date,
                "language": self.draft.language}  # fmt: skip

    def records(self) -> list[dict[str, Any]]:
        """A record a quantity; `low` and `high` are the plain number in `unit`."""
        return [
            {
                "id": lot.id, "chip": lot.chip, "chip_words": lot.chip_words, "amount": lot.amount, "unit": lot.unit,
                "low": lot.low, "high": lot.high, "owners": list(lot.owners), "each": lot.each, "times": lot.times,
                "stage": lot.stage, "date": lot.date, "due": lot.due, "site": lot.site, "counted": lot.counted,
                "relation": lot.relation, "sentence": lot.sentence, "quote": lot.quote,
            }
            for lot in self.lots
        ]  # fmt: skip

    def body(self) -> dict[str, Any]:
        """Lots, claims, what was set aside, questions."""
        return {
            "lots": self.records(),
            "claims": [{"text": c.text, "check": c.check or "", "sentence": c.sentence} for c in self.claims],
            "set_aside": [{"words": a.words, "sentence": a.sentence, "why": a.why} for a in self.set_aside],
            "questions": [
                {"lot": q.lot, "about": q.about, "text": q.text, "choices": list(q.choices)} for q in self.questions
            ],
        }

    def document(self) -> Document:
        """A table of the quantities, their quotes, the claims, the questions, and what was set aside."""
        if not self.lots:
            return Document((Text(self._nothing()), *self._aside()))
        columns = (left("lot"), Column("amount"), left("unit", rank=1), left("chip", least=8), left("for", least=10),
                   left("stage", least=8), Column("date", rank=2), left("counted", rank=1),
                   left("belongs to", rank=3))  # fmt: skip
        rows = tuple(
            Row((lot.id, lot.amount + (" each" if lot.each else ""), lot.unit,
                 lot.chip or f"? {lot.chip_words}".strip(),
                 ", ".join(lot.owners) or "–", lot.stage, lot.due or lot.date, "yes" if lot.counted else "no",
                 "; ".join(f"{kind.replace('_', ' ')} {other}" for kind, other in lot.relation.items())))
            for lot in self.lots
        )  # fmt: skip
        quotes = [f"{lot.id}: “{lot.quote}” (sentence {lot.sentence})" for lot in self.lots]
        asked = [f"{q.lot}: {q.text}".removeprefix(": ") + (f" ({', '.join(q.choices)})" if q.choices else "")
                 for q in self.questions]  # fmt: skip
        claims = [f"{c.check or 'open'}: “{c.text}”" for c in self.claims]
        blocks: list[Any] = [Table(columns, rows, f"Read on {self.draft.date}"), items(quotes, "Quotes")]
        blocks += [items(claims, "Claims")] if claims else []
        blocks += [items(asked, "Open questions")] if asked else []
        return Document((*blocks, *self._aside(), Text(RULES)))

    def _aside(self) -> list[Any]:
        """What was set aside, one line a reason."""
        by_reason: dict[str, list[str]] = {}
        for aside in self.set_aside:
            by_reason.setdefault(aside.why, []).append(f"“{aside.words}”")
        return (
            [items([f"{why}: {', '.join(words)}" for why, words in by_reason.items()], "Set aside")]
            if by_reason
            else []
        )

    def _nothing(self) -> str:
        number = len(self.set_aside)
        aside = f"; {number} number{'s were' if number > 1 else ' was'} set aside" if number else ""
        return f"No quantity of chips, servers, power or money for them stands in the text{aside}."

    def above(self) -> str:
        """What stands above an estimate from an article: the line of `summary`, and the open questions."""
        asked = dict.fromkeys(f"- {q.lot}: {q.text}".replace("- : ", "- ") for q in self.questions)
        return "\n".join((self.summary(), *asked))

    def summary(self) -> str:
        """One line that goes above an estimate: that it rests on a reading, how much was taken, what is open.

        >>> read("Meta has ordered 5,000 H200s and 300 desks.", "2026-01-28").summary()
        'Read by rules from an article: 1 quantity taken (1 counted), 1 number set aside, 0 questions open.'
        """
        counted = sum(lot.counted for lot in self.lots)
        open_points = Counter(q.lot for q in self.questions)
        return (
            f"Read by rules from an article: {_number(len(self.lots), 'quantity', 'quantities')} taken "
            f"({counted} counted), "
            f"{_number(len(self.set_aside), 'number', 'numbers')} set aside, "
            f"{_number(open_points.total(), 'question', 'questions')} open."
        )


@dataclass(frozen=True, slots=True, repr=False)
class Against(Answer):
    """A draft held against an article: what of it stands there, what does not, what the draft leaves out."""

    path: str
    article: str
    held: Held
    name: ClassVar[str] = "faults"

    @property
    def holds(self) -> bool:
        """Whether every quote and every number stands in the article."""
        return not self.held.faults

    def head(self) -> dict[str, Any]:
        """Schema `capacity.against/1`."""
        return {"schema": "capacity.against/1", "version": __version__, "file": self.path, "article": self.article}

    def records(self) -> list[dict[str, Any]]:
        """A record a fault."""
        return [{"place": f.place, "line": f.line, "what": f.what} for f in self.held.faults]

    def body(self) -> dict[str, Any]:
        """Whether the draft holds, its faults, and what it does not mention."""
        return {"holds": self.holds, "quotes": self.held.quotes, "numbers": self.held.numbers,
                "faults": self.records(), "left_out": list(self.held.left_out)}  # fmt: skip

    def document(self) -> Document:
        """A line of what stands, the faults, the quantities that are left out."""
        quotes, numbers = _number(self.held.quotes, "quote", "quotes"), _number(self.held.numbers, "number", "numbers")
        stand = "stands" if self.held.quotes + self.held.numbers == 1 else "stand"
        blocks: list[Any] = [Text(f"{self.path}: {quotes} and {numbers} {stand} in {self.article}.")]
        if self.held.faults:
            blocks.append(items([str(f) for f in self.held.faults], "Not in the article"))
        if self.held.left_out:
            blocks.append(items(list(self.held.left_out), "Quantities of the article that the draft does not mention"))
        return Document(tuple(blocks))


def against(
    path: str, document: InputFile, text: str, article: str, *, html: bool | None = None, specs: Specs | None = None
) -> Against:
    """Hold a scenario's document against the text of an article: each quote, each number, and what is left out."""
    library = specs or Specs()
    draft = draft_of(text, "2000-01-01", html=html, specs=library)
    words = vocabulary(library)
    shown = "\n".join(s.text for s in read_article(text, html).sentences)
    return Against(path, article, hold_against(document, shown, draft, words))


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def read(text: str, date: str | None = None, *, html: bool | None = None, specs: Specs | str | None = None) -> Reading:
    """What an article says of chips, servers, power and money for them.

    Parameters: `text` plain, Markdown or HTML, English or Chinese; `date` its day (YYYY-MM-DD), else the day that
    stands in its first lines, else today. Raises `InputError` where it is no article.

    >>> read("Meta has ordered 5,000 H200s.", "2026-01-28").scenario().file.counted
    ('ordered',)
    """
    return Reading(draft_of(text, date, html=html, specs=specs))
