"""Export rules on a fleet, as far as arithmetic goes: shares above a line, and the use of a cap on volume.

What class a chip is in needs the whole rule, which is judged in `rules`; here the judgements are gathered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.equations.compute import Array
from capacity.load import Specs
from capacity.model import estimate as model
from capacity.model.estimate import Estimate
from capacity.questions.equivalents import metric
from capacity.questions.points import Points, drawn, figure
from capacity.questions.rules import classify
from capacity.records.reference import Lines

MM2 = 1e-6


@dataclass(frozen=True, slots=True)
class Above:
    """The part of the fleet's TPP in chips at or above a line, or which sheets cannot say."""

    id: str
    name: str
    share: Points | None
    unknown: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        share = self.share.as_dict() if self.share else None
        return {"line": self.id, "name": self.name, "share_of_tpp": share, "unknown": list(self.unknown)}


@dataclass(frozen=True, slots=True)
class Class:
    """The class of a chip under one rule in force at the scenario's date, and why."""

    chip: str
    rule: str
    citation: str
    label: str
    why: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "chip": self.chip, "rule": self.rule, "citation": self.citation, "class": self.label, "why": list(self.why)
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class CapUse:
    """What a cap on volume demands: the chips of the same product that must stay at home."""

    id: str
    name: str
    chip: str
    needed_at_home: Points

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        needed = self.needed_at_home.as_dict()
        return {"cap": self.id, "name": self.name, "chip": self.chip, "chips_needed_at_home": needed}


def under_lines(answer: Estimate, table: Lines) -> tuple[list[Above], list[CapUse]]:
    """Shares of a fleet's TPP above each line, and the use of each cap on volume, by chip.

    A fleet fills a cap of half the home volume when twice as many chips of that product stay at home.
    """
    fleet = model.estimate(answer.scenario, answer.worlds.draws, answer.worlds.seed, by="chip", show="chips")
    chips = [group.id for group in fleet.groups if group.kind == "chip"]
    totals = {chip: _tpp(fleet, chip) for chip in chips}
    above = [_above(fleet, key, line.name, line.metric, drawn(fleet, key, line.at), totals)
             for key, line in table.lines.items()]  # fmt: skip
    caps = [
        CapUse(key, cap.name, chip, Points.of(fleet.draws(f"chips@{chip}") / drawn(fleet, key, cap.share)))
        for key, cap in table.volume_caps.items()
        for chip in chips
    ]
    return above, caps


def classes(answer: Estimate, specs: Specs) -> list[Class]:
    """The class of each chip of a fleet under every rule in force at the scenario's date."""
    scenario = answer.scenario
    chips = dict.fromkeys(cell.chip for cell in scenario.cells)
    return [
        Class(chip, verdict.rule.id, verdict.rule.citation, verdict.label, verdict.why)
        for chip in chips
        for verdict in classify(scenario.chips[chip], scenario.file.as_of, specs)
    ]


def _tpp(fleet: Estimate, chip: str) -> Array | None:
    each = metric(fleet, chip, "tpp")
    return None if each is None else fleet.draws(f"chips@{chip}") * each


def _above(
    fleet: Estimate, key: str, name: str, kind: str, line: Array, totals: dict[str, Array | None]
) -> Above:  # fmt: skip
    over, whole = np.zeros(fleet.worlds.draws), np.zeros(fleet.worlds.draws)
    unknown = []
    for chip, total in totals.items():
        value = measure(fleet, chip, kind)
        if total is None or value is None:
            unknown.append(chip)
            continue
        whole += total
        over += np.where(value >= line, total, 0.0)
    there = whole > 0
    if unknown or not there.any():
        return Above(key, name, None, tuple(unknown))
    return Above(key, name, Points.of(over[there] / whole[there]), ())


def measure(answer: Estimate, chip: str, kind: str) -> Array | None:
    """A metric of one chip: TPP, TPP per mm2 of die, or memory bandwidth [B/s]; None where the sheet cannot say."""
    if kind == "bandwidth":
        return figure(answer, chip, "memory_bandwidth_tb_s")
    tpp = metric(answer, chip, "tpp")
    if kind == "tpp" or tpp is None:
        return tpp
    area = figure(answer, chip, "die_mm2")
    return None if area is None else tpp / (area / MM2)
