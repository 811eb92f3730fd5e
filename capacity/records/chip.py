"""What a spec sheet says of a chip."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, model_validator

from capacity.basis import Basis, SheetFigure, basis_of
from capacity.quantity import Quantity, SourceIds
from capacity.source import Record, Slug, Source, When
from capacity.units import sheet_unit

Precision = Literal["fp64", "fp32", "tf32", "bf16", "fp16", "fp8", "int8", "fp6", "fp4"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
Rates = dict[Precision, Quantity]
Use = Literal["data centre", "workstation", "consumer"]


class OddRatio(Record):
    """Why a sheet misses a rule of integrity, and for each field that does, the page that prints both figures."""

    why: Annotated[str, Field(min_length=3)]
    shown: Annotated[dict[str, SourceIds], Field(min_length=1)]


class Family(Record):
    """What people call a group of chips, and the chips that it may mean."""

    name: str
    aliases: tuple[str, ...] = ()
    members: Annotated[tuple[Slug, ...], Field(min_length=1)]


class Families(Record):
    """The file `families.yaml`: families of chips by their ids, and what names without a variant usually mean."""

    usual: dict[str, Slug] = {}
    families: dict[Slug, Family]


class MissingFigure(LookupError):
    """The sheet does not print the figure that was asked for."""


class Chip(Record):
    """One accelerator as sold: its rates by precision, memory, power and die, each with its source.

    Rates are 10^12 operations per second of the whole `unit`. What the sheet does not print is absent.
    """

    id: Slug
    name: str
    vendor: str
    unit: Literal["die", "package", "card", "superchip", "wafer"]
    aliases: tuple[str, ...] = ()
    market: Literal["world", "china", "china only"] = "world"
    designed_for: Use = "data centre"
    form: str | None = None
    released: When | None = None
    status: str | None = None
    process: str | None = None
    system: Slug | None = None
    name_only: bool = False
    note: str | None = None
    sources: dict[Slug, Source] = {}
    dense_tflops: Rates = {}
    sparse_tflops: Rates = {}
    vector_tflops: Rates = {}
    memory_type: str | None = None
    memory_gb: Quantity | None = None
    memory_reported_mib: Quantity | None = None
    memory_bandwidth_tb_s: Quantity | None = None
    link_name: str | None = None
    link_gb_s: Quantity | None = None
    link_direction: Literal["both", "one way"] | None = None
    tdp_w: Quantity | None = None
    dies: Annotated[int, Field(ge=1)] | None = None
    die_mm2: Quantity | None = None
    exceptions: dict[Slug, OddRatio] = {}

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.name_only and self.figures():
            raise ValueError(f"name_only, but there is {next(iter(self.figures()))} (a name, or figures)")
        if self.link_gb_s is not None and self.link_direction is None:
            raise ValueError("link_gb_s without link_direction (both, one way)")
        return self

    def sheet(self, field: str) -> Quantity | None:
        """The figure at `field` (`tdp_w`, `dense_tflops.bf16`) in the sheet's own unit; None where it has none."""
        name, _, key = field.partition(".")
        found: Quantity | None = getattr(self, name).get(key) if key else getattr(self, name)
        return found

    def figure(self, field: str) -> Quantity | None:
        """The figure at `field` in SI units; None where the sheet has none."""
        quantity = self.sheet(field)
        factor, unit = sheet_unit(field.partition(".")[0])
        return None if quantity is None else quantity.scaled(factor).measured_in(unit)

    def basis(self, field: str) -> Basis:
        """What the figure at `field` is a figure of: measure, precision, counting, engine, hardware."""
        return basis_of(field, self.unit, self.link_direction)

    def stated(self, field: str) -> SheetFigure | None:
        """The figure at `field` in SI units with its basis; None where the sheet has none."""
        quantity = self.figure(field)
        return None if quantity is None else SheetFigure(quantity, self.basis(field))

    def figures(self) -> dict[str, Quantity]:
        """Every figure of the sheet by its field, in the sheet's own units."""
        found: dict[str, Quantity] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Quantity):
                found[name] = value
            elif name.endswith("_tflops"):
                found.update({f"{name}.{key}": rate for key, rate in value.items()})
        return found

    def having(self, figures: Mapping[str, Quantity]) -> Self:
        """The sheet with other figures at some fields, in the sheet's own units."""
        update: dict[str, Any] = {}
        for field, quantity in figures.items():
            name, _, key = field.partition(".")
            update[name] = {**update.get(name, getattr(self, name)), key: quantity} if key else quantity
        return self.model_copy(update=update)

    def peak(self, precision: str, *, sparse: bool = False, vector: bool = False) -> Quantity:
        """The printed peak rate in FLOP/s: matrix engines, dense, unless asked otherwise.

        Raises `MissingFigure`, which names what the sheet does print.
        """
        kind = "vector" if vector else "sparse" if sparse else "dense"
        found = self.figure(f"{kind}_tflops.{precision}")
        if found is None:
            printed = ", ".join(getattr(self, f"{kind}_tflops")) or "none"
            raise MissingFigure(f"{self.id}: the sheet prints no {kind} {precision} rate (it prints {kind}: {printed})")
        return found
