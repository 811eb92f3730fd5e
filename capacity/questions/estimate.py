"""The estimate that a user gets: arrays by result, group and view that show themselves as a memo, rows, pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from capacity import load
from capacity.document.answer import Answer
from capacity.document.blocks import Document, Text
from capacity.document.citations import head, quantity_dict, signature, source_dict, source_ids
from capacity.document.terminal import text as terminal_text
from capacity.model import estimate as model
from capacity.model.page import asked_sections
from capacity.model.sampling import DRAWS, Draws
from capacity.questions import grounds, memo, series
from capacity.questions.asked import Asked, Library, scenario_of
from capacity.records.amount import choice_place
from capacity.records.schedule import Every
from capacity.resolve import Input

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from capacity.questions.sections import Options, Section

BASIS = ("stage", "precision", "sparsity", "boundary", "rating", "basis", "part")
POINTS = ("mean", "p5", "p50", "p95", "mc_error")


@dataclass(frozen=True, repr=False, eq=False)
class Estimate(Answer, model.Estimate):
    """Arrays by quantity and group, in SI units; entry i of every array is the same world.

    `print(answer)` is what one would paste in a mail; `answer.text()` is the memo, with `full=True` all of it.
    """

    name: ClassVar[str] = "lines"
    sections: Mapping[str, Section] = field(default_factory=dict)
    picked: bool = False
    full: bool = False
    wide: bool = False
    called: str | None = None
    cite: bool = False

    def head(self) -> dict[str, Any]:
        """Schema `capacity.estimate/1`."""
        return head("estimate", self.scenario, self.worlds.draws, self.worlds.seed)

    def records(self) -> list[dict[str, Any]]:
        """A row per result, group and view, in SI, with every key; `address` is what `draws` takes.

        `wide`: a column for each date and point, one row a result, group and view.
        """
        keys = ("quantity", *BASIS, "view", "at", *model.GROUPS, "unit", *POINTS)
        rows = [
            {**{key: line.as_dict().get(key) for key in keys},
             "address": self.address_of(line)}
            for line in self.lines(partial=True)
        ]  # fmt: skip
        return series.wide(rows) if self.wide else rows

    def body(self) -> dict[str, Any]:
        """Lines, lots, assumptions, sources, notes, and each question that was asked."""
        file = self.scenario.file
        inputs = self.plan.inputs()
        context = [file.sources[key] for lot in file.lots.values() for key in lot.count.source]
        sources = {s.title: s for s in (*context, *(s for item in inputs for s in item.sources))}
        ids = source_ids(sources.values())
        return {
            "lines": [line.as_dict() for line in self.lines(partial=True)],
            "lots": [self._lot(name, ids) for name in file.lots],
            "assumptions": [*(_input(item, ids) for item in inputs), *self._choices(ids)],
            "sources": [{"id": ids[title], **source_dict(source)} for title, source in sources.items()],
            "notes": memo.all_notes(self),
            **{name: section.as_dict() for name, section in self.sections.items()},
        }

    def _lot(self, name: str, ids: Mapping[str, str]) -> dict[str, Any]:
        file = self.scenario.file
        lot = file.lots[name]
        sources = [ids[file.sources[key].title] for key in lot.count.source]
        return {
            "lot": name, "counted": name in file.counted, "chip": lot.chip, "stage": lot.stage,
            **({"chips": list(lot.chips)} if lot.chips else {}),
            "date": lot.date.isoformat(), "owners": list(lot.owners),
            **quantity_dict(lot.count), **lot.count.measure, "source": sources[0], "sources": sources,
            **{r: getattr(lot, r) for r in (*grounds.RELATIONS, "per_chip_of") if getattr(lot, r)},
            **({"less": list(lot.less)} if lot.less else {}),
            **{k: day.isoformat() for k in ("since", "due", "until") if (day := getattr(lot, k))},
            **({"phases": [{"due": s.end.isoformat(), "part": s.part} for s in lot.promised]} if lot.phases else {}),
            **{k: value for k in ("per", "route") if (value := getattr(lot, k))},
            **({"each": True} if lot.count.each else {}),
        }  # fmt: skip

    @cached_property
    def weights(self) -> list[Input]:
        """The inputs that the spread of what the memo prints comes from, the weightiest first."""
        printed = memo.MEMO if not self.picked else self.asked
        totals = [step.address for step, group in self.results() if group.kind == "total" and step.address in printed]
        return grounds.weighty(self, totals)

    def document(self) -> Document:
        """The memo: headline, results, groups, what they rest on, the most cited sources, what to ask next."""
        return memo.document(
            self, self.weights, self.sections, self.called, picked=self.picked, full=self.full
        )  # fmt: skip

    def sentence(self) -> str:
        """One quotable sentence, with `cite` its citation apart; `InputError` where there is no result to tell."""
        return memo.sentence(self, self.cite)

    def plot(self, kind: str = "intervals", quantity: str | None = None) -> Axes:
        """A picture on axes of matplotlib (extra `report`): intervals by group, the power chain (`flow`), or
        chips over time (`stock`, of an estimate with dates). `quantity`: the result whose intervals are drawn.

        Raises `InputError` where the estimate has no such picture.
        """
        from capacity.document.drawing import axes
        from capacity.questions import plot

        return axes(plot.framed(plot.figure(self, kind, quantity), self.scenario))

    def report(self, path: str | Path) -> Path:
        """Write a report to a file, by its ending: .html .pdf .md .csv .json .xlsx .parquet. Its path.

        The picture of chips over time has the dates of the estimate, or where it has fewer than two, two years.
        """
        from capacity.load.files import write_whole
        from capacity.questions import pages

        place = Path(path)
        days = [view.at for view in self.views if view.at]
        whole = replace(self, full=True)
        write_whole(place, pages.content(self, whole, pages.ending(place), days if days[1:] else ()), "report")
        return place

    def _choices(self, ids: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """How likely each meaning is of an amount whose words leave it open, with the place that settles it."""
        lots = [self.scenario.file.lots[name].count for name in self.scenario.file.counted]
        for place, amount in {p: amount for amount in lots if (p := choice_place(amount))}.items():
            behind = self.scenario.chance_inputs(amount.of or "")
            sources = [ids[title] for title in dict.fromkeys(s.title for item in behind for s in item.sources)]
            yield {
                "place": place, "choices": self.scenario.chances(amount.of or ""), "source": sources[0],
                "sources": sources, "grade": max(item.quantity.grade for item in behind), "set_by": behind[0].set_by,
            }  # fmt: skip

    def __repr__(self) -> str:
        lines = self.lines(lambda address, kind: kind == "total" and address in (*memo.HEADLINE, *self.asked[:3]))
        blocks = [*memo.top(self, lines), Text(signature(self))]
        return "\n".join(line for line in terminal_text(Document(tuple(blocks)), 100).splitlines() if line)

    __str__ = __repr__


def _input(item: Input, ids: Mapping[str, str]) -> dict[str, Any]:
    sources = [ids[source.title] for source in item.sources]
    return {
        "place": item.place, **_numbers(item),
        "source": sources[0], "sources": sources, "set_by": item.set_by,
        **({"profile": item.profile} if item.profile else {}),
    }  # fmt: skip


def _numbers(item: Input) -> dict[str, Any]:
    """An input's numbers in the unit of its place; a part that is drawn has none, only the sigma of its weight."""
    if item.unit == "split":
        drawn = {"low": None, "high": None, "unit": "share", "sigma": quantity_dict(item.quantity)["low"]}
        return {**drawn, "grade": item.quantity.grade}
    each = {"each": True} if item.quantity.each else {}
    return {**quantity_dict(item.stated), **each, "unit": item.stated_unit}


def estimate(
    scenario: Asked = load.DEFAULT_SCENARIO,
    draws: int = DRAWS,
    seed: int = 0,
    *,
    by: str | Sequence[str] = "owner",
    show: str | Sequence[str] | None = None,
    at: date | str | Sequence[date | str] = (),
    every: Every | None = None,
    from_: date | str | None = None,
    until: date | str | None = None,
    worlds: Draws | None = None,
    sampler: Literal["random", "sobol"] = "random",
    progress: Callable[[float], None] | None = None,
    options: Options | None = None,
    specs: Library = None,
    full: bool = False,
    wide: bool = False,
) -> Estimate:
    """Aggregate FLOP/s, memory, watts, energy of a scenario in every world.

    Parameters: `scenario` an id, a path, a mapping or a `Scenario`; `by` the groups beside the total (owner, site,
    chip, lot); `show` the results wanted, or questions (training, inference, equivalents, context, rules), which
    `options` refine; `at` dates, each of which adds what is in service then, and what is promised for then where a
    lot gives a day, on the same worlds; `every` month, quarter, half or year adds the last days of those that end
    between `from_` (the scenario's date) and `until` (the last day promised); `worlds` instead of
    `draws` and `seed`; `sampler="sobol"` (extra `qmc`) spreads the worlds more evenly; `progress` is called with the
    share done; `full`: the memo prints all that it has; `wide`: records with a column for each date. Arrays
    have shape (draws,) and SI units. Above a million worlds no array is kept: blocks pass through a percentile sketch
    (within 0.05 %), and `draws()` is refused.
    Raises `InputError` with all that is wrong with the scenario, or for an unknown quantity.

    >>> answer = estimate("h200-china-2026-01", draws=1000)
    >>> answer.draws("peak_flops.bf16.dense@tencent").shape
    (1000,)
    """
    library = load.open_specs(specs)
    loaded = scenario_of(scenario, library)
    called = str(scenario) if isinstance(scenario, (str, Path)) else None
    arrays = model.estimate(
        loaded,
        draws,
        seed,
        by=by,
        show=show,
        at=at,
        every=every,
        from_=from_,
        until=until,
        worlds=worlds,
        sampler=sampler,
        progress=progress,
    )
    asked = asked_sections(show) if show else ()
    return Estimate(
        **{part.name: getattr(arrays, part.name) for part in fields(arrays)},
        sections=_answered(arrays, asked, library, options) if asked else {},
        picked=show is not None and tuple(show) != memo.PRINTED,
        full=full,
        wide=wide,
        called=called,
    )


def _answered(
    arrays: model.Estimate, asked: Sequence[str], library: load.Specs, options: Options | None
) -> dict[str, Section]:
    """The questions that `show` names, each answered; what they need is imported only where one is asked."""
    from capacity.questions import sections

    return sections.sections(arrays, asked, library, options or sections.Options())
