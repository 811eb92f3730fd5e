"""What a version predicted for open questions, dated and hashed, and what came of it."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from capacity.quantity import Quantity
from capacity.source import CalendarDay, Hash, Number, Record, Slug, Source

POINTS = (0.05, 0.25, 0.50, 0.75, 0.95)


class Prediction(Record):
    """One question, the result that answers it, and its 5, 25, 50, 75 and 95 % points in SI.

    `at`: the day of the result in service; without it the result is as stated. `resolves`: when one will know.
    """

    question: str
    scenario: Slug
    address: str
    unit: str
    at: CalendarDay | None = None
    resolves: CalendarDay
    sha256: Hash
    points: Annotated[tuple[Number, ...], Field(min_length=len(POINTS), max_length=len(POINTS))]
    outcome: Quantity | None = None
    known: CalendarDay | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if list(self.points) != sorted(self.points):
            raise ValueError("the points do not rise (5, 25, 50, 75, 95 %)")
        if (self.outcome is None) != (self.known is None):
            raise ValueError("an outcome and the day on which it was known go together (both, or none)")
        return self


class Ledger(Record):
    """The predictions that one version made on one day."""

    version: str
    made: CalendarDay
    draws: int
    seed: int
    predictions: Annotated[dict[Slug, Prediction], Field(min_length=1)]
    sources: dict[Slug, Source] = {}
