"""A fleet in chips of another kind, on every basis; who comes before whom on which basis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from capacity.equations import compute, control
from capacity.equations.compute import Array
from capacity.errors import InputError
from capacity.model import estimate as model
from capacity.model.estimate import Estimate
from capacity.questions.points import Points, figure, ones

BASES = ("8bit", "bf16", "bandwidth", "memory", "tpp")


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A group of the fleet in chips of another kind, on one basis."""

    group: str
    member: str
    basis: str
    points: Points

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it; the total has no group."""
        head = {self.group: self.member} if self.group != "total" else {}
        return {**head, "basis": self.basis, **self.points.as_dict()}


@dataclass(frozen=True, slots=True)
class Equivalents:
    """The section `equivalents`: the fleet and its parts in chips of one kind, one chip of each kind, the order."""

    unit: str
    lines: tuple[Equivalent, ...]
    per_chip: dict[str, dict[str, float]]
    order: tuple[str, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The section as JSON has it."""
        return {
            "in": self.unit, "lines": [line.as_dict() for line in self.lines],
            "per_chip": self.per_chip, "order": list(self.order), "notes": list(self.notes),
        }  # fmt: skip


def metric(answer: Estimate, chip: str, basis: str) -> Array | None:
    """What one chip counts on a basis, in SI or TOPS × bits, in every world; None where its sheet cannot say."""
    if basis == "8bit":
        rates = [r for r in (figure(answer, chip, f"dense_tflops.{p}") for p in ("fp8", "int8")) if r is not None]
        return np.maximum.reduce(rates) if rates else None
    if basis == "tpp":
        dense = [figure(answer, chip, f"dense_tflops.{p}") for p in control.BITS]
        if all(rate is None for rate in dense):
            return None
        absent = np.full(answer.worlds.draws, np.nan)
        return control.tpp(ones(answer), *(absent if rate is None else rate for rate in dense))
    return figure(answer, chip, {"bf16": "dense_tflops.bf16", "bandwidth": "memory_bandwidth_tb_s",
                                 "memory": "memory_gb"}[basis])  # fmt: skip


def in_chips(answer: Estimate, chip: str) -> Equivalents:
    """The fleet of an estimate (shown with `equivalents`) in chips of one kind, whose sheet is at hand.

    A basis that some chip of a group, or the chip asked for, cannot give is left out with a note.
    """
    reference = answer.scenario.reference
    factors: dict[str, Array] = {}
    notes = []
    for basis in BASES:
        ours, theirs = metric(answer, reference, basis), metric(answer, chip, basis)
        if ours is None or theirs is None:
            notes.append(f"the sheet of {chip} gives nothing on the basis {basis}")
        else:
            factors[basis] = ours / theirs
    lines = []
    for group in answer.groups:
        address = "@" + group.id if group.id else ""
        for basis, factor in factors.items():
            try:
                values = answer.draws(f"h100_equivalents.{basis}{address}")
            except InputError as error:
                notes.append(str(error))
                continue
            lines.append(Equivalent(group.kind, group.id, basis, Points.of(values * factor)))
    kinds = dict.fromkeys(cell.chip for cell in answer.scenario.cells)
    per_chip = {kind: found for kind in kinds if (found := ratios(answer, kind, chip))}
    return Equivalents(chip, tuple(lines), per_chip, tuple(_order(answer)), tuple(dict.fromkeys(notes)))


def ratios(answer: Estimate, chip: str, other: str) -> dict[str, float]:
    """One chip over another on every basis that both sheets give (medians)."""
    found = {}
    for basis in BASES:
        above, below = metric(answer, chip, basis), metric(answer, other, basis)
        if above is not None and below is not None:
            found[basis] = float(np.median(compute.equivalents(ones(answer), above, below)))
    return found


def _order(answer: Estimate) -> list[str]:
    """Which lots or owners change places between bases: the pair, and who leads on which."""
    found = []
    for kind in ("lot", "owner"):
        parts = model.estimate(
            answer.scenario, answer.worlds.draws, answer.worlds.seed, by=kind, show="h100_equivalents"
        )
        members = [group.id for group in parts.groups if group.kind == kind]
        for a, b in combinations(members, 2):
            ahead = {basis: _ahead(parts, basis, a, b) for basis in BASES}
            first = [basis for basis, lead in ahead.items() if lead == 1]
            second = [basis for basis, lead in ahead.items() if lead == -1]
            if first and second:
                found.append(f"{kind} {a} is ahead of {b} by {_words(first)}, behind it by {_words(second)}")
    return found


def _ahead(parts: Estimate, basis: str, a: str, b: str) -> int:
    """1 where `a` has more in most worlds, -1 where `b` has, 0 where hardly either or where one cannot say."""
    try:
        more = float(
            np.mean(parts.draws(f"h100_equivalents.{basis}@{a}") > parts.draws(f"h100_equivalents.{basis}@{b}"))
        )
    except InputError:
        return 0
    return 1 if more > 0.6 else -1 if more < 0.4 else 0


_NAMES = {"8bit": "8-bit rate", "bf16": "BF16 rate", "bandwidth": "bandwidth", "memory": "memory", "tpp": "TPP"}


def _words(bases: Sequence[str]) -> str:
    names = [_NAMES[basis] for basis in bases]
    return ", ".join(names[:-1]) + (" and " if names[1:] else "") + names[-1]
