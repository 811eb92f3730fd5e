"""A firm, state or body that the news names."""

from typing import Self

from pydantic import model_validator

from capacity.errors import did_you_mean
from capacity.quantity import SourceIds
from capacity.records.scenario import Owner
from capacity.source import Slug, Source


class KnownOwner(Owner):
    """An owner of the spec library: what people call it, the profile that fits it, the grid where it is at home.

    No `region`: its halls stand in several countries. `source` says that it has chips, and where.
    """

    id: Slug
    aliases: tuple[str, ...] = ()
    note: str | None = None
    source: SourceIds
    sources: dict[Slug, Source] = {}

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.assumptions:
            raise ValueError("assumptions of an owner stand in a scenario, beside the sources that they cite")
        for key in self.source:
            if key not in self.sources:
                raise ValueError(f"unknown source {key!r} ({did_you_mean(key, self.sources)})")
        return self
