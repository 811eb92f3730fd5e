"""Whom to cite: sources by number and by id, the line that names version, scenario, draws; the head of a JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from capacity._version import __version__
from capacity.document.blocks import Items, items
from capacity.model.estimate import Estimate
from capacity.resolve import Scenario
from capacity.source import Source

GRADES_TITLE = "Sources (grade A measured or official … D judgement)"


class Footnotes:
    """Sources in the order in which they are cited; where `only` is given, those titles alone get a number."""

    def __init__(self, only: Collection[str] | None = None) -> None:
        self.sources: dict[str, Source] = {}
        self.cited: Counter[str] = Counter()
        self.only = only

    def numbers(self, sources: Iterable[Source]) -> list[int]:
        """The numbers of these sources, each once."""
        numbers = []
        for source in sources:
            self.cited[source.title] += 1
            if self.only is None or source.title in self.only:
                self.sources.setdefault(source.title, source)
                numbers.append(list(self.sources).index(source.title) + 1)
        return list(dict.fromkeys(numbers))

    def cite(self, sources: Iterable[Source]) -> str:
        """The numbers of these sources, as `[1][2]`."""
        return "".join(f"[{n}]" for n in self.numbers(sources))

    def lines(self) -> list[str]:
        """A line per source."""
        return [f"[{i}] {describe_source(s)}" for i, s in enumerate(self.sources.values(), 1)]

    def blocks(self, title: str = GRADES_TITLE) -> tuple[Items, ...]:
        """The numbered list of what was cited; nothing where nothing was."""
        texts = [describe_source(source) for source in self.sources.values()]
        return (items(texts, title, "numbered"),) if texts else ()


def describe_source(source: Source) -> str:
    """Who says so, in one line.

    >>> describe_source(Source(title="On chips", kind="judgement", author="A. Nyone", published="2026-01"))
    'A. Nyone: On chips (2026-01; judgement)'
    """
    head = f"{source.author}: {source.title}" if source.author else source.title
    facts = "; ".join(filter(None, (source.published, source.kind)))
    return f"{head} ({facts})" + (f" {source.url}" if source.url else "")


def signature(answer: Estimate) -> str:
    """What to cite of an estimate: version, scenario, its fingerprint, draws and seed."""
    return cited(answer.scenario, answer.worlds.draws, answer.worlds.seed)


def cited(scenario: Scenario, draws: int, seed: int) -> str:
    """The same of an answer that is no estimate."""
    return (
        f"capacity {__version__}, scenario {scenario.id}, sha256 {scenario.sha256[:12]}, {draws:,} draws, seed {seed}"
    )


def head(kind: str, scenario: Scenario, draws: int, seed: int) -> dict[str, Any]:
    """What every JSON about a scenario begins with, schema `capacity.KIND/1`."""
    return {
        "schema": f"capacity.{kind}/1",
        "version": __version__,
        "scenario": {"id": scenario.id, "name": scenario.file.name, "as_of": scenario.file.as_of.isoformat(),
                     "sha256": scenario.sha256},
        "draws": draws,
        "seed": seed,
    }  # fmt: skip


def source_ids(sources: Iterable[Source]) -> dict[str, str]:
    """A short id for each source by its title: `s1`, `s2` …"""
    titles = dict.fromkeys(source.title for source in sources)
    return {title: f"s{i}" for i, title in enumerate(titles, 1)}


def source_dict(source: Source) -> dict[str, Any]:
    """A source with every key of the interface, null where it is not known."""
    stated = source.model_dump(mode="json", exclude_none=True)
    return {"title": None, "url": None, "published": None, "kind": None, **stated}


def quantity_dict(quantity: Any) -> dict[str, Any]:
    """A quantity's numbers and grade; `low` and `high` are equal where it is exact."""
    low = quantity.low if quantity.value is None else quantity.value
    high = quantity.high if quantity.value is None else quantity.value
    more = ("says", "median", "anchor", "floor", "ceiling", "chance", "kind", "note")
    extras = {key: getattr(quantity, key) for key in more}
    return {
        "low": low,
        "high": high,
        "grade": quantity.grade,
        **{k: v for k, v in extras.items() if v is not None},
    }
