"""What the spread of results comes from, as an answer: which inputs, by how much, and what to look up next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, ClassVar

from capacity.document.answer import Answer
from capacity.document.blocks import Column, Document, Number, Row, Scale, Share, Table, Text, left
from capacity.document.citations import Footnotes, cited, head
from capacity.document.words import label, share_text, whole_parts
from capacity.load import DEFAULT_SCENARIO
from capacity.model.dates import as_date
from capacity.model.page import STEPS
from capacity.questions.asked import Asked, Library, scenario_of
from capacity.questions.sensitivity import WORLDS, Influence, headline, influences, resolve, worlds
from capacity.resolve import Scenario
from capacity.units import justified, scale

READING = (
    "share: part of the variance (Shapley effect, the parts come to 100 %; one below zero is zero within its error); "
    "±: standard error of the share; rank: rank correlation; low to high: the result with this input at its 5 % and "
    "95 % points, all else at the median; narrows: how much narrower the 90 % interval would be if the input were "
    "known to be its median."
)
LEAST = 0.02  # a part of the spread that is worth a word
EXACT = "Nothing moves it: every number that it rests on is exact."
NEXT = "Look these up next (low grade × share of the spread)"


@dataclass(frozen=True, slots=True, repr=False)
class Drivers(Answer):
    """For each result its drivers, the largest share first, or the most urgent to look up where `weakest`."""

    scenario: Scenario
    rows: Mapping[str, Sequence[Influence]]
    draws: int
    seed: int
    weakest: bool = False
    at: date | None = None
    name: ClassVar[str] = "drivers"

    def head(self) -> dict[str, Any]:
        """Schema `capacity.drivers/1`."""
        at = {"at": self.at.isoformat()} if self.at else {}
        return {**head("drivers", self.scenario, self.draws, self.seed), **at}

    def records(self) -> list[dict[str, Any]]:
        """A record per result and driver, in SI."""
        return [
            {
                "quantity": address, "driver": row.driver.name, "unit": _unit(address),
                **{key: value for key, value in asdict(row).items() if key != "driver"},
                "urgency": row.urgency, "grade": row.driver.grade,
                "places": [item.place for item in row.driver.inputs],
            }
            for address, rows in self.rows.items()
            for row in concerned(rows)
        ]  # fmt: skip

    def document(self) -> Document:
        """A table per result, then how to read it, the sources, and what to cite."""
        notes = Footnotes()
        blocks: list[Text | Table] = [Text(NEXT)] if self.weakest else []
        for address, rows in self.rows.items():
            step = STEPS[address.partition("@")[0]]
            how = scaled(rows, step.unit)
            title = f"{address}: {label(step.quantity, step.basis)}{self._when}"
            table = driver_table(rows, how, title, notes)
            blocks.append(table if table.rows else Text(f"{title}\n{EXACT}"))
        cite = Text(cited(self.scenario, self.draws, self.seed))
        return Document((*blocks, Text(READING), *notes.blocks(), cite))

    def sentence(self) -> str:
        """A sentence per result: where most of its spread comes from."""
        lines = []
        for address, rows in self.rows.items():
            step = STEPS[address.partition("@")[0]]
            words = label(step.quantity, step.basis)
            what = f"the spread of {address}" + ("" if words == address else f" ({words})") + self._when
            most = sorted((row for row in rows if row.share >= LEAST), key=lambda row: -row.share)[:3]
            parts = [f"{share_text(row.share)} from {row.driver.name}" for row in most]
            text = f"Of {what} come {', '.join(parts)}" if parts else EXACT.removesuffix(".").replace("it", address, 1)
            lines.append(f"{text} ({cited(self.scenario, self.draws, self.seed)}).")
        return "\n".join(lines)

    @property
    def _when(self) -> str:
        return f", in service on {self.at}" if self.at else ""


def drivers(
    scenario: Asked = DEFAULT_SCENARIO,
    quantity: str | Sequence[str] | None = None,
    draws: int = WORLDS,
    seed: int = 0,
    weakest: bool = False,
    *,
    at: date | str | None = None,
    specs: Library = None,
) -> Drivers:
    """Which inputs the spread of results comes from: one result, several, or chips, FLOP/s, power and energy.

    Shares have a standard error of at most 3 points, for which more worlds are walked through than `draws` where
    they are needed.

    Parameters: `scenario` an id, a path, a mapping or a `Scenario`; `quantity` addresses, one with commas or several;
    `weakest` orders by what to look up next: low grade times share; `at` a date: of what is in service then. Results
    are in SI, shares 0 to 1.
    Raises `InputError` where the scenario is wrong or a quantity is unknown or cannot be given.

    >>> answer = drivers("h200-china-2026-01", "power.it.nameplate", draws=256)
    >>> round(sum(row["share"] for row in answer.records()), 6)
    1.0
    """
    asked = quantity.split(",") if isinstance(quantity, str) else quantity
    loaded = scenario_of(scenario, specs)
    day = None if at is None else as_date(at)
    addresses = [resolve(name.strip()) for name in asked] if asked else headline(loaded, day)
    rows = influences(loaded, addresses, draws, seed, day)
    if weakest:
        rows = {address: sorted(inputs, key=lambda row: -row.urgency) for address, inputs in rows.items()}
    return Drivers(loaded, rows, worlds(loaded, draws), seed, weakest, day)


def _unit(address: str) -> str:
    return STEPS[address.partition("@")[0]].unit


def moves(row: Influence) -> bool:
    """True when the result differs between the two ends of the swing by more than rounding."""
    return abs(row.high - row.low) > 1e-9 * abs(row.middle)


def concerned(rows: Sequence[Influence]) -> list[Influence]:
    """The drivers that the result rests on at all."""
    return [row for row in rows if row.share or row.error or moves(row)]


def scaled(rows: Sequence[Influence], unit: str) -> Scale:
    """The factor, decimals and printed unit in which the swings of one result read well together."""
    moving = [row for row in rows if moves(row)]
    if not moving:
        return Scale(1.0, 0, unit)
    first = moving[0]
    factor, printed = scale(abs(first.middle) or max(abs(first.low), abs(first.high)), unit)
    widest = max(abs(row.high - row.low) for row in moving) / factor
    return Scale(factor, justified(first.middle / factor, 0, widest / 2, 0), printed)


def driver_table(rows: Sequence[Influence], how: Scale, title: str, notes: Footnotes) -> Table:
    """The drivers of one result, their shares rounded so that they add up as printed."""
    kept = concerned(rows)
    columns = (left("driver", least=24), Column("share"), Column("±", rank=2), Column("rank", rank=4),
               Column("low", how.unit), Column("high", how.unit), Column("narrows", rank=1))  # fmt: skip
    cells: list[Row] = []
    for row, share in zip(kept, whole_parts([row.share for row in kept], 1), strict=True):
        cites = notes.cite(source for item in row.driver.inputs for source in item.sources)
        grade = f" ({row.driver.grade})" if row.driver.grade else ""
        ends = [Number(x, how) if moves(row) else "–" for x in (row.low, row.high)]
        cells.append(
            (f"{row.driver.name.removeprefix('assumptions.')}{grade} {cites}".rstrip(), Share(share, decimals=1),
             Share(row.error, decimals=1), f"{row.rank:+.2f}", *ends, Share(max(row.narrows, 0.0)))
        )  # fmt: skip
    return Table(columns, tuple(cells), title)
