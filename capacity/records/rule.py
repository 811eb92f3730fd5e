"""A rule of export control or trade that sorts chips by their figures, as data."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from capacity.errors import did_you_mean
from capacity.quantity import Quantity, SourceIds
from capacity.records.chip import Use
from capacity.source import Grade, Number, Record, Slug, Source, When

Metric = Literal[
    "tpp", "performance_density", "dram_gb_s", "io_gb_s", "dram_plus_io_gb_s", "memory_bandwidth_density",
]  # fmt: skip
Operator = Literal[">=", ">", "<", "<="]


class Condition(Record):
    """One test of a metric (`metric`, `op`, `value`) or of the use a chip is made for, or `all` or `any` of several."""

    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()
    metric: Metric | None = None
    op: Operator | None = None
    value: Number | None = None
    designed_for: Use | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        ways = [bool(self.all), bool(self.any), self.metric is not None, self.designed_for is not None]
        if sum(ways) != 1:
            raise ValueError("a condition says one thing (all, any, metric with op and value, or designed_for)")
        if (self.metric is None) != (self.op is None) or (self.metric is None) != (self.value is None):
            raise ValueError("a test needs metric, op and value (all three)")
        return self


class RuleClass(Record):
    """One class of a rule: what it is called, what follows from it, and when a chip is in it."""

    name: str
    means: str
    when: Condition


class Limit(Record):
    """A limit that a rule sets on something other than one chip, such as a share of what is shipped."""

    what: str
    at_most: Quantity


class Rule(Record):
    """A rule in force from `effective` until `ended`; a chip is in the first of its classes whose condition holds.

    The thresholds rest on `source`, with `grade`. `subject` says whether it sorts chips, memory sold on its own, what
    foundries make to order, or buyers; the last two by more than a chip's figures, so without classes.
    """

    id: Slug
    name: str
    citation: str
    country: str
    published: When
    effective: When
    ended: When | None = None
    subject: Literal["chips", "memory stacks", "chips made to order", "buyers"] = "chips"
    reach: str
    classes: tuple[RuleClass, ...] = ()
    otherwise: str
    limits: dict[Slug, Limit] = {}
    note: str | None = None
    source: SourceIds
    grade: Grade
    sources: dict[Slug, Source] = {}

    @model_validator(mode="after")
    def _check(self) -> Self:
        for key in self.source:
            if key not in self.sources:
                raise ValueError(f"unknown source {key!r} ({did_you_mean(key, self.sources)})")
        if self.subject in ("chips", "memory stacks") and not self.classes:
            raise ValueError(f"a rule that sorts {self.subject} has no class (classes)")
        if self.ended is not None and self.ended <= self.effective:
            raise ValueError(f"it ended {self.ended}, before it began (after {self.effective})")
        return self

    def in_force(self, day: str) -> bool:
        """True from the day it took effect to the day before it ended; `day` as 2025-04-09.

        An end or a start that is given by month or year counts from its first day.
        """
        return self.effective <= day and (self.ended is None or day < self.ended)


class Vendor(Record):
    """A maker of chips: the country of its seat, and the names that people write before a part's."""

    country: str
    names: tuple[str, ...]


class Vendors(Record):
    """The file `vendors.yaml`: who makes the chips."""

    vendors: dict[str, Vendor]
