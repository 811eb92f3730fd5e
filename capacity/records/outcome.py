"""What came of announcements, and the megawatts of sites whose chips are known: what an estimate is scored against."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from capacity.records.case import Half, Positive, half_of
from capacity.source import Number, Record

SITE_COLUMNS = ("case", "chip", "chips", "power_mw", "power_basis", "power_rating")
ANNOUNCEMENT_COLUMNS = (
    "event", "stage", "date_stated", "date_observed", "observed_stage", "months", "share_realised_at_observation",
    "kind",
)  # fmt: skip


class SiteFigure(Record):
    """The power of a site, rack or run whose chips are public, W.

    `low` and `high` are what the source allows; None where that end is open. `chip` may name several lots,
    `h100-sxm:150000+gb200:30000`; `words` is the count as it was said. `listed` says why the figure is no test.
    """

    case: Annotated[str, Field(min_length=1)]
    name: str = ""
    operator: str = ""
    chip: Annotated[str, Field(min_length=1)]
    chips: Positive | None = None
    words: str = ""
    system: str = ""
    watts: Positive
    basis: Literal["it", "facility", "contracted", "unstated"]
    rating: Literal["nameplate", "peak", "average"]
    low: Positive | None = None
    high: Positive | None = None
    listed: str = ""

    @property
    def half(self) -> Half:
        """The side of the split, by the site's name."""
        return half_of(self.name or self.case)

    @property
    def result(self) -> str:
        """The rating of the result that is compared: an average of a run stands for its highest draw."""
        return "nameplate" if self.rating == "nameplate" else "peak"


class Announcement(Record):
    """One observation of what came of an announcement: the share of it that had reached a stage on a day.

    `words` is the chip or unit as it was said. `listed` says why the observation is no test.
    """

    event: Annotated[str, Field(min_length=1)]
    buyer: str = ""
    country: str = ""
    words: str = ""
    stage: str
    stated: date
    promised: date | None = None
    reached: str
    observed: date
    months: Annotated[Number, Field(ge=0)]
    share: Annotated[Number, Field(ge=0, le=1)] | None = None
    kind: str
    listed: str = ""

    @property
    def half(self) -> Half:
        """The side of the split, by the event."""
        return half_of(self.event)
