"""A data centre."""

from typing import Literal

from capacity.quantity import Quantity
from capacity.source import Record, Slug, When

CapacityType = Literal["it", "facility", "contracted", "unstated"]


class Site(Record):
    """One data centre or campus: who runs it, where, and how many megawatts of which kind."""

    name: str
    operator: Slug | None = None
    place: str | None = None
    region: str | None = None
    capacity_mw: Quantity | None = None
    capacity_type: CapacityType = "unstated"
    cooling: str | None = None
    energised: When | None = None
    profile: Slug | None = None
    note: str | None = None
