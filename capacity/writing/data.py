"""Lines → JSON and CSV, numbers unrounded, in SI."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from capacity._version import __version__
from capacity.document.citations import quantity_dict, source_dict, source_ids
from capacity.model.estimate import GROUPS, Estimate, summarize
from capacity.resolve import Input
from capacity.source import Source
from capacity.writing.text import all_notes

BASIS = ("stage", "precision", "sparsity", "boundary", "rating", "basis", "part")


def to_json(answer: Estimate) -> dict[str, Any]:
    """The estimate as the interface fixes it: schema `capacity.estimate/1`."""
    scenario = answer.scenario
    inputs = answer.plan.inputs()
    context = [
        source for lot in scenario.file.lots.values() for source in (scenario.file.sources[k] for k in lot.count.source)
    ]
    ids = source_ids(source for source in (*context, *(s for i in inputs for s in i.sources)))
    return {
        "schema": "capacity.estimate/1",
        "version": __version__,
        "scenario": {
            "id": scenario.id, "name": scenario.file.name, "as_of": scenario.file.as_of.isoformat(),
            "sha256": scenario.sha256,
        },
        "draws": answer.worlds.draws,
        "seed": answer.worlds.seed,
        "lines": [line.as_dict() for line in summarize(answer)],
        "lots": [_lot(answer, name, ids) for name in scenario.file.lots],
        "assumptions": [_input(item, ids) for item in inputs],
        "sources": [{"id": ids[s.title], **source_dict(s)} for s in _distinct(ids, context, inputs)],
        "notes": all_notes(answer),
    }  # fmt: skip


def _distinct(ids: dict[str, str], context: Sequence[Source], inputs: Sequence[Input]) -> list[Source]:
    by_title = {s.title: s for s in (*context, *(s for i in inputs for s in i.sources))}
    return [by_title[title] for title in ids]


def _lot(answer: Estimate, name: str, ids: dict[str, str]) -> dict[str, Any]:
    lot = answer.scenario.file.lots[name]
    sources = [answer.scenario.file.sources[key].title for key in lot.count.source]
    return {
        "lot": name, "counted": name in answer.scenario.file.counted, "chip": lot.chip, "stage": lot.stage,
        "date": lot.date.isoformat(), "owners": list(lot.owners),
        **quantity_dict(lot.count), "source": ids[sources[0]], "sources": [ids[t] for t in sources],
        **{r: getattr(lot, r) for r in ("part_of", "same_as", "replaces", "per_chip_of") if getattr(lot, r)},
        **({"less": list(lot.less)} if lot.less else {}),
        **({"since": lot.since.isoformat()} if lot.since else {}),
        **({"each": True} if lot.count.each else {}),
    }  # fmt: skip


def _input(item: Input, ids: dict[str, str]) -> dict[str, Any]:
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


def to_csv(answer: Estimate) -> str:
    """A row per line; the head names each column, the unit is a column of its own."""
    columns = ["quantity", *BASIS, "view", "at", *GROUPS, "unit", "mean", "p5", "p50", "p95", "mc_error"]
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n", restval="")
    writer.writeheader()
    for line in summarize(answer):
        writer.writerow({key: "" if value is None else value for key, value in line.as_dict().items()})
    return out.getvalue()
