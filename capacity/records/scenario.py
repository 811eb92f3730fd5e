"""What a scenario's file says: lots, owners, sites and what is assumed of them."""

from collections import Counter
from datetime import date
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from capacity.quantity import Quantity, SourceIds
from capacity.records.site import Site
from capacity.source import Grade, Number, OwnerId, Record, Slug, Source, plain_id

Stage = Literal["demand", "ordered", "licensed", "approved", "shipped", "delivered", "installed", "in service"]
STAGES: tuple[Stage, ...] = get_args(Stage)
UNKNOWN = "unknown"
Day = date  # a name for it where a field is called date
# Which assumption says how much of a quantity at this stage is ever delivered.
CONVERSION: dict[Stage, str] = {
    "demand": "ordered_delivered", "ordered": "ordered_delivered",
    "licensed": "approved_delivered", "approved": "approved_delivered",
}  # fmt: skip


class Owner(Record):
    """A firm or body that has chips; `profile` names the defaults that describe it, `region` its home grid.

    `assumptions` replaces model defaults for this owner, wherever its chips are.
    """

    name: str
    profile: Slug | None = None
    region: Slug | None = None
    assumptions: dict[str, Quantity] = {}


class VolumeCap(Record):
    """A rule that lets through at most a share of some other volume of the same chip."""

    share: Quantity
    of: Quantity


class Lot(Record):
    """A counted batch of one chip that a source reports, at one stage, on one date.

    Of the owners named, those in `shares` have a quoted part; the others split the rest, unknown how.
    A count said of `each` buyer goes to every owner named, and to further buyers where their number is said.
    `per_chip_of`: the count is a ratio, this many for each chip of another lot. `less`: chips of these lots,
    counted for themselves, come off. `cap_per_owner`, `supply` and `volume_cap` are ceilings: what passes them is
    not there. `conversion` replaces the assumed share that is ever delivered. `since`: the chips came
    evenly from then to `date`.
    """

    chip: Slug
    system: Slug | None = None
    stage: Stage
    count: Quantity
    date: date
    name: str | None = None
    owners: tuple[OwnerId, ...] = ()
    shares: dict[OwnerId, Quantity] = {}
    site: Slug | None = None
    part_of: Slug | None = None
    same_as: Slug | None = None
    replaces: Slug | None = None
    note: str | None = None
    since: Day | None = None
    less: tuple[Slug, ...] = ()
    per_chip_of: Slug | None = None
    cap_per_owner: Quantity | None = None
    supply: Quantity | None = None
    volume_cap: VolumeCap | None = None
    conversion: Quantity | None = None

    @model_validator(mode="after")
    def _check_place(self) -> Self:
        if self.since and self.since > self.date:
            raise ValueError(f"since {self.since} is after the date {self.date} (since, then date)")
        if self.count.each and not (self.owners or self.count.buyers):
            raise ValueError(
                "the count is of each buyer, and no buyer is named or numbered (owners, or: for ten firms)"
            )
        if self.count.each and self.shares:
            raise ValueError("the count is of each buyer, so there is nothing to share (no shares)")
        if self.cap_per_owner and not self.owners:
            raise ValueError("a cap per owner, and no owner is named (owners)")
        if self.conversion and STAGES.index(self.stage) >= STAGES.index("shipped"):
            raise ValueError(f"a conversion to delivered, and the lot is {self.stage} (a stage before shipped)")
        return self

    @model_validator(mode="after")
    def _check(self) -> Self:
        twice = sorted(owner for owner, times in Counter(self.owners).items() if times > 1)
        if twice:
            raise ValueError(f"owner {', '.join(twice)} is listed twice (once)")
        strangers = sorted(set(self.shares) - set(self.owners))
        if strangers:
            raise ValueError(
                f"a share of {', '.join(strangers)}, who is no owner of the lot ({', '.join(self.owners)})"
            )
        sure = sum(q.value if q.value is not None else q.low or 0.0 for q in self.shares.values())
        if sure > 1 + 1e-9:
            raise ValueError(f"the shares come to {sure:g} at least (at most 1)")
        parts = {f"the share of {owner}": q for owner, q in self.shares.items()} | {"the conversion": self.conversion}
        for what, part in {**parts, "the volume cap": self.volume_cap and self.volume_cap.share}.items():
            try:
                _ = part and part.within(0.0, 1.0)
            except ValueError as error:
                raise ValueError(f"{what}: {error}") from None
        if self.per_chip_of and self.count.each:
            raise ValueError("a count of each buyer, and per chip of another lot (one of the two)")
        return self


class Together(Record):
    """Places that move together: one common normal, mixed in with correlation `rho`."""

    places: Annotated[tuple[str, ...], Field(min_length=2)]
    rho: Annotated[Number, Field(ge=0, le=1)]


class Claim(Record):
    """What somebody says of the things in a scenario; `check` puts prose into words that can be checked."""

    text: Annotated[str, Field(min_length=3, max_length=400)]
    check: Annotated[str, Field(min_length=3, max_length=400)] | None = None
    source: SourceIds
    grade: Grade


class ScenarioFile(Record):
    """A scenario as its file states it; `load` joins it with the specs that it names.

    `set` holds numbers by the places at which they are printed: they go before all that any layer states.
    """

    id: Slug
    name: str
    as_of: date
    description: str | None = None
    sources: dict[Slug, Source] = {}
    owners: dict[OwnerId, Owner] = {}
    sites: dict[Slug, Site] = {}
    lots: Annotated[dict[Slug, Lot], Field(min_length=1)]
    counted: Annotated[tuple[Slug, ...], Field(min_length=1)]
    assumptions: dict[str, Quantity] = {}
    set: dict[str, Quantity] = {}
    together: tuple[Together, ...] = ()
    claims: tuple[Claim, ...] = ()

    @field_validator("owners", mode="before")
    @classmethod
    def _each_once(cls, owners: Any) -> Any:
        """No two owners whose ids are one once invisible letters are gone."""
        ids = [plain_id(key) for key in owners] if isinstance(owners, dict) else []
        twice = sorted({name for name in ids if ids.count(name) > 1})[:3] if len(set(ids)) < len(ids) else []
        if twice:
            raise ValueError(f"owner {', '.join(twice)} stands twice (once)")
        return owners


class Assumption(Record):
    """One default parameter of the model: its meaning, bounds, and how alike owners are in it."""

    meaning: str
    unit: str
    floor: Number | None = None
    ceiling: Number | None = None
    rho_owners: Annotated[Number, Field(ge=0, le=1)]
    default: Quantity


class Profile(Record):
    """A kind of owner, site or cooling, and the defaults that it replaces; `region` is its usual home grid."""

    meaning: str
    region: Slug | None = None
    assumptions: dict[str, Quantity]


class Assumptions(Record):
    """The file `assumptions.yaml`: every default parameter, the profiles, and the grid where no place is known."""

    sources: dict[Slug, Source] = {}
    region: Slug = "world"
    assumptions: dict[str, Assumption]
    profiles: dict[Slug, Profile] = {}
