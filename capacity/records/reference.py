"""Language models to train and to serve, and the published quantities that a fleet is compared with."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from capacity.quantity import Quantity, SourceIds
from capacity.source import CalendarDay, Number, Record, Slug, Source, When

_Positive = Annotated[Number, Field(gt=0)]
_SHAPE = ("parameters", "active", "layers", "hidden", "cache_width", "decode_width")


class LanguageModel(Record):
    """One model: the compute of its training run and, where published, its size and shape.

    `cache_width` numbers are kept a layer and token; `score_width` and `decode_width` are heads times the mean
    of query and value size in training and in answering.
    """

    name: str
    developer: str
    released: When | None = None
    training_flop: Quantity
    parameters: _Positive | None = None
    active: _Positive | None = None
    tokens: _Positive | None = None
    context: _Positive | None = None
    layers: _Positive | None = None
    hidden: _Positive | None = None
    cache_width: _Positive | None = None
    score_width: _Positive | None = None
    decode_width: _Positive | None = None
    expert_layers: _Positive | None = None
    experts_per_token: _Positive | None = None
    shape_source: SourceIds | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        known = [name for name in _SHAPE if getattr(self, name) is not None]
        if known and len(known) < len(_SHAPE):
            missing = ", ".join(name for name in _SHAPE if name not in known)
            raise ValueError(f"the shape is incomplete: {missing} (all of {', '.join(_SHAPE)}, or none)")
        if known and self.shape_source is None:
            raise ValueError("the shape has no shape_source")
        if self.active and self.parameters and self.active > self.parameters:
            raise ValueError("more parameters are active than there are (active ≤ parameters)")
        if (self.expert_layers is None) != (self.experts_per_token is None):
            raise ValueError("expert_layers and experts_per_token go together")
        return self

    @property
    def has_shape(self) -> bool:
        """True where the model can be served on paper."""
        return self.parameters is not None


class Threshold(Record):
    """A line that a law draws in training compute."""

    name: str
    meaning: str
    flop: Quantity


class Models(Record):
    """The file `models.yaml`."""

    sources: dict[Slug, Source] = {}
    thresholds: dict[Slug, Threshold] = {}
    matmul_ceiling: dict[str, Quantity] = {}
    models: dict[Slug, LanguageModel]


class Comparator(Record):
    """A published quantity with its definition: comparable to one result of ours, to chips of a kind, or to none."""

    name: str
    definition: str
    date: CalendarDay
    quantity: Quantity
    result: str | None = None
    chip: Slug | None = None
    undefined: str | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if sum(x is not None for x in (self.result, self.chip, self.undefined)) != 1:
            raise ValueError("say what it compares with in one way (result, chip or undefined)")
        return self


class Comparators(Record):
    """The file `comparators.yaml`."""

    sources: dict[Slug, Source] = {}
    comparators: dict[Slug, Comparator]


class ThresholdLine(Record):
    """A line that a rule draws through one metric of a chip."""

    name: str
    metric: Literal["tpp", "density", "bandwidth"]
    at: Quantity


class ExportCap(Record):
    """The most that a rule lets be exported, as a share of what stays at home."""

    name: str
    share: Quantity


class Lines(Record):
    """The file `lines.yaml`: lines through the metrics of export rules, and caps on volume."""

    sources: dict[Slug, Source] = {}
    lines: dict[Slug, ThresholdLine]
    volume_caps: dict[Slug, ExportCap] = {}
