"""The server, blade, rack or pod that holds chips."""

from typing import Annotated, Literal

from pydantic import Field

from capacity.quantity import Quantity
from capacity.source import Record, Slug, Source

Cooling = Literal["air", "liquid", "immersion"]
Unit = Literal["board", "tray", "node", "blade", "server", "rack", "pod"]


class Observation(Record):
    """A draw that somebody measured or reported, at the system's input."""

    what: str
    kw: Quantity


class System(Record):
    """One server, blade, rack or pod: how many chips of which kind, and its rated power.

    `unit` is the word that people count it by, `aliases` the names they call it, `racks` how many racks one fills
    where that is published. `assumptions` replaces model defaults that do not fit this system (say, its watts
    beside the chips).
    """

    id: Slug
    name: str
    chip: Slug
    chips: Annotated[int, Field(ge=1)]
    unit: Unit
    racks: Annotated[int, Field(ge=1)] | None = None
    aliases: tuple[str, ...] = ()
    note: str | None = None
    sources: dict[Slug, Source] = {}
    cooling: Cooling | None = None
    rated_kw: Quantity | None = None
    observed: tuple[Observation, ...] = ()
    assumptions: dict[str, Quantity] = {}
    exceptions: dict[str, str] = {}
