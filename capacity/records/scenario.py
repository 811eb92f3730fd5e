"""What a scenario's file says: lots, owners, sites and what is assumed of them."""

from collections import Counter
from datetime import date
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AliasChoices, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from capacity.quantity import Quantity
from capacity.records.amount import Amount, unit_of
from capacity.records.chip import Chip
from capacity.records.claim import Claim, Together
from capacity.records.schedule import (
    PERIODS,
    FirstDay,
    LastDay,
    Per,
    Phase,
    Span,
    periods,
    phase_fault,
    phases_of,
    read_day,
    spans,
)
from capacity.records.site import Site
from capacity.source import CalendarDay, Number, OwnerId, Record, Slug, Source, plain_id
from capacity.words.amounts import read_amount
from capacity.words.stages import read_stage
from capacity.words.tokens import WordsError

Stage = Literal[
    "demand", "planned", "ordered", "licensed", "approved", "shipped", "delivered", "installed", "in service"
]
STAGES: tuple[Stage, ...] = get_args(Stage)
UNKNOWN = "unknown"
# Which assumption says how much of a quantity at this stage is ever delivered.
CONVERSION: dict[Stage, str] = {
    "demand": "planned_delivered", "planned": "planned_delivered", "ordered": "ordered_delivered",
    "licensed": "approved_delivered", "approved": "approved_delivered",
}  # fmt: skip
# What the chips must pass, which says how much of them comes, and when; each is a profile of that name.
Route = Literal["licence-dependent", "open-market", "export-deal", "national-programme"]
ROUTES: tuple[Route, ...] = get_args(Route)


class Owner(Record):
    """A firm or body that has chips; `profile` names the defaults that describe it, `region` its home grid.

    `assumptions` replaces model defaults for this owner, wherever its chips are.
    `route`: what its chips must pass before they come, where that is not what region and maker say.
    """

    name: str
    profile: Slug | None = None
    region: Slug | None = None
    assumptions: dict[str, Quantity] = {}
    route: Route | None = None


class VolumeCap(Record):
    """A rule that lets through at most a share of some other volume of the same chip."""

    share: Quantity
    of: Quantity


def _either_name(schema: dict[str, Any]) -> None:
    """In the JSON Schema of a lot, `amount` as the other name of `count`, one of which stands."""
    schema["properties"]["amount"] = schema["properties"]["count"]
    schema["required"] = [key for key in schema["required"] if key != "count"]
    schema["oneOf"] = [{"required": ["count"]}, {"required": ["amount"]}]


class Lot(Record):
    """A counted batch of one chip that a source reports, at one stage, on one date.

    `count`, or `amount` in its place, is how many chips, or how much of a result that is proportional to them;
    `reports` are several such of the same chips, combined by how sure each is (`combine`: even where they conflict).
    `chips` in place of `chip` are several kinds: those in `mix` have a quoted part of the chips, the others split the
    rest, unknown how. Of the owners named, those in `shares` have a quoted part; the others split the rest too.
    A count said of `each` buyer goes to every owner named, and to further buyers where their number is said.
    `per_chip_of`: the count is a ratio, this many for each chip of another lot. `less`: chips of these lots,
    counted for themselves, come off. `cap_per_owner`, `supply` and `volume_cap` are ceilings: what passes them is
    not there. `conversion` replaces the assumed share that is ever delivered. `since`: the chips came, or are to
    come, evenly from then on. `due`: the last day on which the source says that all is there; `phases`: parts with
    days of their own. `per`: the count is a rate, from `since` (the date, where not said) until `until`. `route`:
    what the chips must pass.
    """

    model_config = ConfigDict(json_schema_extra=_either_name)

    chip: Slug
    chips: Annotated[tuple[Slug, ...], Field(min_length=2)] | None = None
    mix: dict[Slug, Quantity] = {}
    reports: Annotated[tuple[Amount, ...], Field(min_length=2)] | None = None
    combine: bool = False
    system: Slug | None = None
    stage: Stage = "ordered"
    count: Amount = Field(validation_alias=AliasChoices("count", "amount"))
    date: LastDay
    name: str | None = None
    owners: tuple[OwnerId, ...] = ()
    shares: dict[OwnerId, Quantity] = {}
    site: Slug | None = None
    part_of: Slug | None = None
    same_as: Slug | None = None
    replaces: Slug | None = None
    note: str | None = None
    quote: Annotated[str, Field(max_length=2000)] | None = None
    since: FirstDay | None = None
    less: tuple[Slug, ...] = ()
    per_chip_of: Slug | None = None
    cap_per_owner: Quantity | None = None
    supply: Quantity | None = None
    volume_cap: VolumeCap | None = None
    conversion: Quantity | None = None
    due: LastDay | None = None
    phases: tuple[Phase, ...] = ()
    per: Per | None = None
    until: LastDay | None = None
    route: Route | None = None

    @model_validator(mode="after")
    def _read_time(self, info: ValidationInfo) -> Self:
        """What the words of the count say of time: a rate, "500,000 a year" until a day, or a day by which all is due.

        A rate whose end nobody says stays words, which are refused where the lot is read.
        """
        if self.phases or self.per or self.count.says is None or not info.context:
            return self
        words = read_amount(self.count.says, info.context["vocabulary"]())
        if words.due and self.due and words.due != self.due and not words.rate:
            raise ValueError(f"two due dates, {words.due} in the words of the amount and {self.due} (one)")
        end = self.until or self.due or words.due
        if words.rate in PERIODS and end:
            since = self.since or words.since
            return self.model_copy(update={"per": words.rate, "until": end, "since": since, "due": None})
        ahead = STAGES.index(self.stage) < STAGES.index("delivered")
        if not ahead or self.due or words.rate or not words.due:
            return self
        return self.model_copy(update={"due": words.due})

    @field_validator("stage", mode="before")
    @classmethod
    def _read_stage(cls, value: Any, info: ValidationInfo) -> Any:
        """A stage in any letter case, or one of its synonyms."""
        if not isinstance(value, str) or value in STAGES or not info.context:
            return value
        try:
            return read_stage(value, info.context["vocabulary"]().stages)
        except WordsError as error:
            raise ValueError(str(error)) from None

    @model_validator(mode="before")
    @classmethod
    def _read_phases(cls, data: Any, info: ValidationInfo) -> Any:
        """Phases in words, `25% by Q4 2026; 75% by 2027-12-31`, and numbers in the unit of the whole."""
        if not isinstance(data, dict) or not data.get("phases"):
            return data
        whole = data.get("count", data.get("amount"))
        unit = unit_of(whole, info.context["vocabulary"]()) if info.context and isinstance(whole, dict) else None
        return {**data, "phases": phases_of(data["phases"], unit)}

    @property
    def promised(self) -> tuple[Span, ...]:
        """The parts that a source says will be there, and when; nothing where it gives no day."""
        begin = self.since or self.date
        if self.per and self.until:
            return (Span(1.0, begin, self.until),)
        if self.due:
            return (Span(1.0, min(begin, self.due), self.due),)
        return spans(self.phases, begin)

    @property
    def came(self) -> Span:
        """When the chips of a lot that is shipped or further came to its stage."""
        last = self.until if self.per and self.until else self.date
        return Span(1.0, self.since or self.date, last)

    @property
    def times(self) -> float:
        """How often the count is there in all: once, or for a rate as often as the span has its periods."""
        return periods(self.since or self.date, self.until, self.per) if self.per and self.until else 1.0

    @model_validator(mode="after")
    def _check_time(self) -> Self:
        gone = STAGES.index(self.stage) >= STAGES.index("shipped")
        ways = [name for name in ("due", "phases", "per") if getattr(self, name)]
        if len(ways) > 1:
            raise ValueError(f"{' and '.join(ways)} both say when (one: due, phases, or a rate with per)")
        if (self.per is None) != (self.until is None):
            raise ValueError("a rate has an end (per with until, and since where it begins on another day)")
        if self.due and self.due < self.date:
            raise ValueError(f"due {self.due} is before the statement of {self.date} (that day or later)")
        if gone and (self.due or self.phases) and self.stage != "shipped":
            raise ValueError(f"a due date, and the lot is {self.stage} (a stage before delivered)")
        if gone and self.per and self.until and self.until > self.date:
            raise ValueError(f"a rate until {self.until} of what is {self.stage} on {self.date} (until that day)")
        ends = {"the date": self.date, "the first phase": self.phases[0].due if self.phases else None,
                "the due date": self.due, "until": self.until}  # fmt: skip
        what, last = [(name, day) for name, day in ends.items() if day][-1]
        if self.since and self.since > last:
            raise ValueError(f"since {self.since} is after {what} {last} (since, then {what})")
        if self.phases:
            stated = [*self.count.ends, *([] if self.count.anchor is None else [self.count.anchor])]
            if fault := phase_fault(self.phases, self.date, min(stated), max(stated), self.count.unit):
                raise ValueError(fault)
        return self

    @model_validator(mode="before")
    @classmethod
    def _one_amount(cls, data: Any) -> Any:
        """How much is stated once, and of what: of several chips the first stands for the lot where one must."""
        if not isinstance(data, dict):
            return data
        if "count" in data and "amount" in data:
            raise ValueError("an amount both in count and amount (one of the two)")
        reports = data.get("reports")
        if isinstance(reports, (list, tuple)) and reports:
            if ("count" in data and data["count"] != reports[0]) or "amount" in data:
                raise ValueError("an amount beside reports (one of the two)")
            data = {**data, "count": reports[0]}
        several = data.get("chips")
        if not isinstance(several, (list, tuple)) or not several:
            return data
        if data.get("chip", several[0]) != several[0]:
            raise ValueError("both chip and chips (one of the two)")
        return {**data, "chip": several[0]}

    def told_by(self, name: str) -> tuple[str, ...]:
        """The lots, not counted, that hold one report each of this lot of that name."""
        return tuple(f"{name}.report-{number + 1}" for number in range(len(self.reports or ())))

    @property
    def members(self) -> tuple[str, ...]:
        """The kinds of chips in the lot."""
        return self.chips or (self.chip,)

    @model_validator(mode="after")
    def _check_place(self) -> Self:
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
        self._check_mix()
        if self.per_chip_of and self.count.each:
            raise ValueError("a count of each buyer, and per chip of another lot (one of the two)")
        if self.reports and (self.per_chip_of or self.per or any(report.each for report in self.reports)):
            raise ValueError("reports of each buyer, per chip of another lot or at a rate (reports of the whole lot)")
        if self.per_chip_of and not self.count.is_chips:
            raise ValueError(f"{self.count.of}, and per chip of another lot (a number of chips)")
        return self

    def _check_mix(self) -> None:
        """A mix is of the chips that the lot has, each once, and comes to 1 where it is of all."""
        if len(set(self.members)) < len(self.members):
            raise ValueError("a chip is listed twice (once)")
        strangers = sorted(set(self.mix) - set(self.members if self.chips else ()))
        if strangers:
            raise ValueError(f"a part of {', '.join(strangers)}, which is not in chips ({', '.join(self.members)})")
        for chip, part in self.mix.items():
            try:
                part.within(0.0, 1.0)
            except ValueError as error:
                raise ValueError(f"the part of {chip}: {error}") from None
        least = sum(q.ends[0] for q in self.mix.values())
        most = sum(q.ends[1] for q in self.mix.values())
        whole = len(self.mix) == len(self.members)
        if least > 1 + 1e-9 or (whole and self.mix and most < 1 - 1e-9):
            raise ValueError(f"the mix comes to {least if least > 1 else most:g} (1)")


class ScenarioFile(Record):
    """A scenario as its file states it; `load` joins it with the specs that it names.

    `chips` are sheets of its own, beside those of the library. `set` holds numbers by the places at which they are
    printed: they go before all that any layer states.
    `arrive`: what if only this share of each counted lot that has not shipped ever arrives, and that share surely.
    """

    id: Slug
    name: str
    as_of: CalendarDay
    description: str | None = None
    sources: dict[Slug, Source] = {}
    owners: dict[OwnerId, Owner] = {}
    sites: dict[Slug, Site] = {}
    chips: dict[Slug, Chip] = {}
    lots: Annotated[dict[Slug, Lot], Field(min_length=1)]
    counted: Annotated[tuple[Slug, ...], Field(min_length=1)]
    assumptions: dict[str, Quantity] = {}
    set: dict[str, Quantity] = {}
    arrive: Annotated[Number, Field(gt=0, le=1)] | None = None
    together: tuple[Together, ...] = ()
    claims: tuple[Claim, ...] = ()

    def arriving(self, lot: str) -> float:
        """The share of a lot's chips that is there in every view: less than 1 where only a part is to arrive."""
        waits = STAGES.index(self.lots[lot].stage) < STAGES.index("shipped")
        return self.arrive if self.arrive is not None and waits else 1.0

    @field_validator("chips", mode="before")
    @classmethod
    def _by_id(cls, chips: Any) -> Any:
        """A sheet's id is the key under which it stands."""
        if not isinstance(chips, dict):
            return chips
        for key, sheet in chips.items():
            if isinstance(sheet, dict) and sheet.get("id", key) != key:
                raise ValueError(f"the id {sheet['id']!r} is not the key {key!r} (once)")
        return {key: {"id": key, **sheet} if isinstance(sheet, dict) else sheet for key, sheet in chips.items()}

    @field_validator("owners", mode="before")
    @classmethod
    def _each_once(cls, owners: Any) -> Any:
        """No two owners whose ids are one once invisible letters are gone."""
        ids = [plain_id(key) for key in owners] if isinstance(owners, dict) else []
        twice = sorted({name for name in ids if ids.count(name) > 1})[:3] if len(set(ids)) < len(ids) else []
        if twice:
            raise ValueError(f"owner {', '.join(twice)} stands twice (once)")
        return owners

    @model_validator(mode="before")
    @classmethod
    def _as_of_the_latest_statement(cls, data: Any, info: ValidationInfo) -> Any:
        """Where no `as_of` is said it is the latest day on which a lot was said."""
        if not isinstance(data, dict) or data.get("as_of") is not None or not isinstance(data.get("lots"), dict):
            return data
        days = [lot["date"] for lot in data["lots"].values() if isinstance(lot, dict) and lot.get("date")]
        read = [str(day) for day in (_day_of(day, info) for day in days) if day]
        unread = {"as_of": "1970-01-01"} if days else {}  # each such lot has a fault of its own: nothing is made of it
        return {**data, "as_of": max(read)} if read else {**data, **unread}


def _day_of(value: Any, info: ValidationInfo) -> Any:
    """A day of a statement; None where it is none, which the lot itself will say."""
    try:
        day = read_day(value, info)
        return day if isinstance(day, date) else date.fromisoformat(str(day))
    except ValueError:
        return None


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
