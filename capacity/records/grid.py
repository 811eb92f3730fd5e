"""Where the electricity comes from, and what a chip costs there.

A region is a noun of its own because price, carbon and water hang on the place, not on the chip or its owner:
two owners in one province share them, one owner with halls in two provinces does not.
"""

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from capacity.quantity import Quantity
from capacity.source import Number, Record, Slug, Source, When

Market = Literal["china", "world"]
MARKETS: tuple[Market, ...] = get_args(Market)
CARBON_FACTORS = ("combustion_kg_kwh", "lifecycle_kg_kwh")
Year = Annotated[int, Field(ge=1990, le=2100)]


class Grid(Record):
    """A grid region: its carbon factors, each of one basis and year, and the defaults that it replaces.

    `within` names the larger region whose defaults hold where this one has none; carbon factors never pass
    from one to the other. `domestic_chips` replaces further defaults for chips of `domestic_vendors` alone.
    `imports`: what the chips of all others must pass to come here; nothing: they are on the open market.
    `untested`: what of the power of sites there no measured site has checked.
    """

    id: Slug
    name: str
    within: Slug | None = None
    market: Market = "world"
    combustion_kg_kwh: Quantity | None = None
    combustion_year: Year | None = None
    lifecycle_kg_kwh: Quantity | None = None
    lifecycle_year: Year | None = None
    assumptions: dict[str, Quantity] = {}
    domestic_vendors: tuple[str, ...] = ()
    imports: Literal["licence-dependent", "export-deal"] | None = None
    domestic_chips: dict[str, Quantity] = {}
    untested: str | None = None
    note: str | None = None
    sources: dict[Slug, Source] = {}

    @model_validator(mode="after")
    def _check(self) -> Self:
        for basis in ("combustion", "lifecycle"):
            if (getattr(self, f"{basis}_kg_kwh") is None) != (getattr(self, f"{basis}_year") is None):
                raise ValueError(f"the {basis} factor and its year go together (both)")
        return self

    @property
    def factors(self) -> dict[str, Quantity]:
        """The carbon factors that are published, by their fields."""
        return {name: found for name in CARBON_FACTORS if (found := self.factor(name)) is not None}

    def factor(self, field: str) -> Quantity | None:
        """The carbon factor at `combustion_kg_kwh` or `lifecycle_kg_kwh`; None where nobody published it."""
        found = getattr(self, field)
        assert found is None or isinstance(found, Quantity)
        return found


class Rent(Record):
    """What an hour of one chip costs who rents it [USD], server and power included.

    `term_years` is how long the contract binds; 0 is on demand. `date` is when that was the price.
    """

    usd_hour: Quantity
    term_years: Annotated[Number, Field(ge=0, le=30)]
    date: When
    market: Market = "world"


class Price(Record):
    """What one chip costs its buyer, by market, and what it rents for; `id` is the chip's."""

    id: Slug
    usd: dict[Market, Quantity] = {}
    rents: tuple[Rent, ...] = ()
    note: str | None = None
    sources: dict[Slug, Source] = {}

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.usd and not self.rents:
            raise ValueError("neither usd nor rents (one of the two)")
        return self

    def market(self, wanted: Market) -> Market:
        """The market whose price is used: the buyer's own, else the one there is, else the one wanted."""
        return wanted if wanted in self.usd else next(iter(self.usd), wanted)
