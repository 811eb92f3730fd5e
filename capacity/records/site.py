"""A data centre."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from capacity.quantity import Quantity
from capacity.records.system import Cooling
from capacity.source import CalendarDay, Number, Record, Slug, Source, When

Boundary = Literal["it", "facility", "contracted"]
CapacityType = Boundary | Literal["unstated"]
Chance = Annotated[Number, Field(ge=0, le=1)]
SpendPart = Literal["chips", "it", "construction", "total"]


class Phase(Record):
    """From a day on a site can take so many megawatts, said of the chips' servers, the whole facility or a contract."""

    date: CalendarDay
    basis: Boundary
    limit: Quantity


class Site(Record):
    """One data centre or campus: who runs it, where, and how many megawatts of which kind.

    A figure of an ambiguous kind is `unstated`, or a mixture: `{it: 0.3, facility: 0.7}`. `phases` are limits with
    a date, the earliest first; `capacity_mw` is the whole, or a part that its note names. `chips`, `servers`
    and `spend_usd` are what else is reported of it; `assumptions` replaces model defaults (say, its PUE).
    """

    id: Slug | None = None
    name: str
    aliases: tuple[str, ...] = ()
    operator: Slug | None = None
    place: str | None = None
    region: Slug | None = None
    capacity_mw: Quantity | None = None
    capacity_type: CapacityType | dict[Boundary, Chance] = "unstated"
    phases: tuple[Phase, ...] = ()
    cooling: Cooling | None = None
    energised: When | None = None
    profile: Slug | None = None
    chips: dict[Slug, Quantity] = {}
    servers: Quantity | None = None
    spend_usd: Quantity | None = None
    spend_part: SpendPart = "total"
    assumptions: dict[str, Quantity] = {}
    note: str | None = None
    sources: dict[Slug, Source] = {}

    @property
    def figures(self) -> dict[str, Quantity]:
        """The figures of its power by their places: `capacity_mw`, `phases.1.limit` …"""
        own = {"capacity_mw": self.capacity_mw} if self.capacity_mw is not None else {}
        return own | {f"phases.{i}.limit": phase.limit for i, phase in enumerate(self.phases, 1)}

    @property
    def limits(self) -> dict[str, Quantity]:
        """The figures that limit it at a date: those of its phases, else the one of the whole."""
        return {key: figure for key, figure in self.figures.items() if key != "capacity_mw" or not self.phases}

    @model_validator(mode="after")
    def _check(self) -> Self:
        if isinstance(self.capacity_type, dict) and abs(sum(self.capacity_type.values()) - 1) > 1e-9:
            raise ValueError(f"the kinds of capacity come to {sum(self.capacity_type.values()):g} (1)")
        for before, after in pairwise(self.phases):
            if after.date <= before.date:
                raise ValueError(f"the phase of {after.date} stands after that of {before.date} (by date, each once)")
            if after.basis == before.basis and after.limit.middle < before.limit.middle:
                raise ValueError(f"the phase of {after.date} is smaller than that of {before.date} (phases add)")
        return self
