"""A data centre."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from capacity.quantity import Quantity
from capacity.records.system import Cooling
from capacity.source import Number, Record, Slug, Source, When

Boundary = Literal["it", "facility", "contracted"]
CapacityType = Boundary | Literal["unstated"]
Chance = Annotated[Number, Field(ge=0, le=1)]
SpendPart = Literal["chips", "it", "construction", "total"]


class Site(Record):
    """One data centre or campus: who runs it, where, and how many megawatts of which kind.

    A figure of an ambiguous kind is `unstated`, or a mixture: `{it: 0.3, facility: 0.7}`. `chips`, `servers`
    and `spend_usd` are what else is reported of it; `assumptions` replaces model defaults (say, its PUE).
    """

    id: Slug | None = None
    name: str
    operator: Slug | None = None
    place: str | None = None
    region: Slug | None = None
    capacity_mw: Quantity | None = None
    capacity_type: CapacityType | dict[Boundary, Chance] = "unstated"
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

    @model_validator(mode="after")
    def _check(self) -> Self:
        if isinstance(self.capacity_type, dict) and abs(sum(self.capacity_type.values()) - 1) > 1e-9:
            raise ValueError(f"the kinds of capacity come to {sum(self.capacity_type.values()):g} (1)")
        return self
