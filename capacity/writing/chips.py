"""Chips → lists that are picked and sorted, and what `show` says of one or two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from capacity import load
from capacity.errors import did_you_mean, fail
from capacity.load import Specs
from capacity.questions.rules import measures
from capacity.records.chip import Chip
from capacity.words.names import near
from capacity.writing import catalogue, side_by_side
from capacity.writing import rules as rule_pages
from capacity.writing.catalogue import chip_dict, table
from capacity.writing.data import dumps
from capacity.writing.side_by_side import cell
from capacity.writing.text import _wrap


@dataclass(frozen=True, slots=True)
class Pick:
    """Which chips a list holds, and by which figure they are sorted."""

    vendor: str | None = None
    market: str | None = None
    sort: str | None = None


def listing(specs: Specs, format_: str, width: int, pick: Pick) -> str:
    """The chips that are picked as a table with their counts below, JSON or CSV."""
    chips = picked(specs, pick)
    if format_ == "json":
        listed = [chip_dict(chip) for chip in chips]
        return dumps({"schema": "capacity.list.chips/1", "counts": counts(chips), "chips": listed})
    text = table([_chip_row(chip) for chip in chips], format_, width)
    return text if format_ == "csv" else f"{text}\n{_counted(counts(chips), width)}\n"


_FIGURES = {
    "bf16": "dense_tflops.bf16", "fp8": "dense_tflops.fp8", "memory": "memory_gb",
    "bandwidth": "memory_bandwidth_tb_s", "tdp": "tdp_w",
}  # fmt: skip


def picked(specs: Specs, pick: Pick) -> list[Chip]:
    """The chips asked for, by id or with the most of a figure first; those without it come last."""
    found = [load.load_chip(name, specs) for name in specs.ids("chips")]
    if pick.vendor is not None:
        vendor = _vendor(pick.vendor, {chip.vendor for chip in found}, specs)
        found = [chip for chip in found if chip.vendor == vendor]
    if pick.market is not None:
        found = [chip for chip in found if (chip.market == "world") == (pick.market == "world")]

    def most(chip: Chip) -> tuple[bool, float | str]:
        if pick.sort == "released":
            return chip.released is not None, chip.released or ""
        if pick.sort == "tpp":
            tpp = measures(chip)["tpp"]
            return not tpp.lacks, 0.0 if tpp.lacks else (tpp.low + tpp.high) / 2
        quantity = chip.figure(_FIGURES[pick.sort or ""])
        return quantity is not None, quantity.middle if quantity else 0.0

    return sorted(found, key=most, reverse=True) if pick.sort else found


def _vendor(text: str, known: set[str], specs: Specs) -> str:
    """The maker that a text names, as the sheets write it."""
    names = {vendor: [vendor] for vendor in known}
    for vendor, body in load.load_vendors(specs).items():
        names.setdefault(vendor, [vendor]).extend(body.names)
    found = [v for v, said in names.items() if text.casefold().strip() in {n.casefold() for n in said}]
    if not found:
        raise fail("--vendor", f"unknown vendor {text!r}", did_you_mean((near(text, names) or [text])[0], known))
    return found[0]


def counts(chips: Sequence[Chip]) -> dict[str, Any]:
    """How many parts, how many of them known by name only, and on what their numbers rest."""
    figures = [(chip, quantity) for chip in chips for quantity in chip.figures().values()]
    grades = Counter(quantity.grade for _, quantity in figures)
    kinds = Counter(quantity.kind or chip.sources[quantity.source[0]].kind for chip, quantity in figures)
    return {
        "chips": len(chips), "with_figures": sum(bool(chip.figures()) for chip in chips),
        "name_only": sum(chip.name_only for chip in chips), "numbers": len(figures),
        "disputed": sum(bool(quantity.disputed) for _, quantity in figures),
        "grades": dict(sorted(grades.items())), "kinds": dict(kinds.most_common()),
    }  # fmt: skip


def _counted(found: dict[str, Any], width: int) -> str:
    grades = ", ".join(f"{number} {grade}" for grade, number in found["grades"].items())
    return (
        f"{found['chips']} chips: {found['with_figures']} with figures, {found['name_only']} known by name only.\n"
        + _wrap(f"{found['numbers']} numbers by grade: {grades or 'none'}; {found['disputed']} disputed.", width)
    )


def _chip_row(c: Chip) -> dict[str, Any]:
    tpp = measures(c)["tpp"]
    return {
        "id": c.id, "vendor": c.vendor,
        "bf16 TFLOP/s": cell(c.dense_tflops.get("bf16")), "fp8": cell(c.dense_tflops.get("fp8")),
        "memory GB": cell(c.memory_gb), "TB/s": cell(c.memory_bandwidth_tb_s),
        "TDP W": cell(c.tdp_w), "market": c.market, "TPP": cell(tpp),
        "one": c.unit, "released": c.released, "name": c.name,
    }  # fmt: skip


# --- one or two parts ------------------------------------------------------------------------


def shown(ids: Sequence[str], specs: Specs, format_: str, width: int, rules: bool) -> str:
    """One part, two chips side by side, the classes of a chip under the rules, or the reading of words."""
    if ids[0] in ("hedge", "words") and len(ids) <= 2:
        return catalogue.page(ids[0], ids[1] if len(ids) > 1 else None, specs, format_, width)
    if len(ids) > 2:
        raise fail("show", f"{len(ids)} parts at once", "one part, or two chips side by side")
    if len(ids) == 1 and not rules:
        return catalogue.page(ids[0], None, specs, format_, width)
    chips = [_only_chip(name, specs) for name in ids]
    if len(chips) == 2:
        return side_by_side.page(chips[0], chips[1], specs, format_, width, rules)
    if format_ == "json":
        return dumps(rule_pages.rules_dict(chips[0], specs))
    return rule_pages.classification(chips[0], specs, width)


def _only_chip(name: str, specs: Specs) -> Chip:
    kind, id_ = load.find_part(("chips", "systems"), name, specs, "show")
    if kind != "chips":
        raise fail("show", f"{id_} is a system", "chips, where two are compared or --rules is asked")
    return load.load_chip(id_, specs)
