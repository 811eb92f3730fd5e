"""What a workload makes of chips: how much of the sheet it reaches, and what it draws."""

from typing import Annotated, Literal

from pydantic import Field

from capacity.quantity import Quantity
from capacity.source import Number, Record, Slug, Source


class Family(Record):
    """Chips alike enough to share what is measured of one of them.

    `engine` is the unit whose FP64 rate their makers and submitters declare: matrix (tensor) or vector.
    """

    chips: Annotated[tuple[Slug, ...], Field(min_length=1)]
    engine: Literal["matrix", "vector"]
    note: str | None = None


class Parameter(Record):
    """One number of a workload: its meaning, bounds, default, and where chip, family or scale differ.

    `default` stands for a chip or family that was never measured; `by` is keyed by chip id, family or class.
    """

    meaning: str
    unit: str
    floor: Number | None = None
    ceiling: Number | None = None
    default: Quantity | None = None
    by: dict[Slug, Quantity] = {}
    note: str | None = None

    def at(self, *keys: str | None) -> Quantity | None:
        """The quantity of the first key that has one, else the default, within the parameter's bounds."""
        found = next((self.by[key] for key in keys if key in self.by), self.default)
        return found.within(self.floor, self.ceiling) if found is not None else None


class Workloads(Record):
    """The file `workloads.yaml`: chip families, and every parameter by `workload.name`."""

    sources: dict[Slug, Source] = {}
    large_from: Annotated[Number, Field(gt=0)]
    families: dict[Slug, Family]
    parameters: dict[str, Parameter]

    def family(self, chip: str) -> str | None:
        """The family of a chip; None where it is in none."""
        return next((name for name, family in self.families.items() if chip in family.chips), None)
