"""The questions that `--show` may name beside results, each answered from an estimate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from capacity import load
from capacity.load import Specs
from capacity.model.estimate import Estimate
from capacity.questions import context, equivalents, inference, lines, training
from capacity.questions.points import with_chips
from capacity.source import Source


class Section(Protocol):
    """One question answered."""

    def as_dict(self) -> dict[str, Any]:
        """The answer as JSON has it."""
        ...


@dataclass(frozen=True, slots=True)
class Options:
    """What the questions may be asked with: the chip to count in, the cluster's share, models and context."""

    unit: str | None = None
    cluster: float = 0.1
    models: tuple[str, ...] = ()
    context: float = 4096.0


@dataclass(frozen=True, slots=True)
class Context:
    """The section `context`: the fleet beside every comparator."""

    compared: tuple[context.Compared, ...]

    def as_dict(self) -> dict[str, Any]:
        """The section as JSON has it."""
        return {"compared": [one.as_dict() for one in self.compared]}

    @property
    def sources(self) -> tuple[Source, ...]:
        """Whose figures these are."""
        return tuple(source for one in self.compared for source in one.sources)


@dataclass(frozen=True, slots=True)
class RulesOnFleet:
    """The section `rules`: shares of the fleet's TPP above each line, use of caps on volume, classes."""

    above: tuple[lines.Above, ...]
    caps: tuple[lines.CapUse, ...]
    classes: tuple[lines.Class, ...]

    def as_dict(self) -> dict[str, Any]:
        """The section as JSON has it."""
        return {"above": [one.as_dict() for one in self.above], "volume_caps": [one.as_dict() for one in self.caps],
                "classes": [one.as_dict() for one in self.classes]}  # fmt: skip


def sections(answer: Estimate, asked: Sequence[str], specs: Specs, options: Options) -> dict[str, Section]:
    """The questions asked of an estimate, answered, by name; `InputError` where an option is wrong."""
    return {name: _ANSWERS[name](answer, specs, options) for name in asked}


def _training(answer: Estimate, specs: Specs, options: Options) -> Section:
    return training.can_train(answer, load.load_models(specs), options.cluster)


def _inference(answer: Estimate, specs: Specs, options: Options) -> Section:
    return inference.can_serve(answer, load.load_models(specs), options.models, options.context)


def _equivalents(answer: Estimate, specs: Specs, options: Options) -> Section:
    name = options.unit or answer.scenario.reference
    chip = load.load_chip(name, specs)
    known = replace(answer, scenario=with_chips(answer.scenario, {chip.id: chip}))
    return equivalents.in_chips(known, chip.id)


def _context(answer: Estimate, specs: Specs, options: Options) -> Section:
    table = load.load_comparators(specs)
    chips = {c.chip: load.load_chip(c.chip, specs) for c in table.comparators.values() if c.chip}
    known = replace(answer, scenario=with_chips(answer.scenario, chips))
    return Context(tuple(context.compare(known, table)))


def _rules(answer: Estimate, specs: Specs, options: Options) -> Section:
    above, caps = lines.under_lines(answer, load.load_lines(specs))
    return RulesOnFleet(tuple(above), tuple(caps), tuple(lines.classes(answer, specs)))


_ANSWERS: dict[str, Callable[[Estimate, Specs, Options], Section]] = {
    "training": _training, "inference": _inference, "equivalents": _equivalents, "context": _context, "rules": _rules,
}  # fmt: skip
