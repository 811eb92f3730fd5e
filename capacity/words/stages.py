"""Stages as people name them: "on order", "went live", 获批 → one of nine."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from pydantic import Field

from capacity.errors import did_you_mean
from capacity.source import Record
from capacity.words.tokens import Phrase, WordsError, phrases, tokens_of


class StageError(WordsError):
    """The words name no stage; the message names the nearest."""


class Stage(Record):
    """What a stage means, and the words for it."""

    meaning: str = Field(min_length=5)
    words: str


class StageTable(Record):
    """All of `specs/stages.yaml`, the stages in order."""

    stages: dict[str, Stage]

    @functools.cached_property
    def phrases(self) -> Mapping[Phrase, str]:
        """The stage of each phrase, by its tokens without hyphens."""
        return {key: name for name, stage in self.stages.items() for key in map(_plain, phrases(stage.words))}

    @functools.cached_property
    def longest(self) -> int:
        """How many tokens the longest phrase has."""
        return max(map(len, self.phrases))


def read_stage(text: str, table: StageTable) -> str:
    """The stage that the words name, in any letter case; `StageError` with the nearest where they name none.

    >>> from capacity.load import load_vocabulary
    >>> read_stage("On-order", load_vocabulary().stages), read_stage("已点亮", load_vocabulary().stages)
    ('ordered', 'in service')
    """
    tokens = _plain(tuple(token.text for token in tokens_of(text[:200])))
    for key in (tokens, tokens[1:] if tokens[:1] in (("已",), ("已经",), ("been",)) else ()):
        if stage := table.phrases.get(key):
            return stage
    near = did_you_mean(" ".join(tokens), [" ".join(key) for key in table.phrases]) if tokens else ""
    if not near.startswith("did you mean"):
        near = ", ".join(table.stages)
    raise StageError(f"unknown stage {text[:60]!r} ({near})")


def stage_prefix(text: str, table: StageTable) -> tuple[str, str] | None:
    """The stage that a text begins with, and the rest of the text; None where it begins with none.

    >>> from capacity.load import load_vocabulary
    >>> stage_prefix("on order for Humain", load_vocabulary().stages)
    ('ordered', ' for Humain')
    """
    tokens = tokens_of(text[:200])
    words = [token for token in tokens[: 2 * table.longest] if token.text != "-"]
    for length in range(min(table.longest, len(words)), 0, -1):
        if stage := table.phrases.get(tuple(token.text for token in words[:length])):
            return stage, text[words[length - 1].end :]
    return None


def _plain(key: Phrase) -> Phrase:
    return tuple(word for word in key if word != "-")
