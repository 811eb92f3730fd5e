"""How well a claim holds, on each basis that it could mean, and what would turn it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import ValidationError

from capacity import load
from capacity.document.words import BASIS, label
from capacity.equations.compute import Array
from capacity.errors import InputError, did_you_mean, fail
from capacity.load import Specs
from capacity.model import estimate as model
from capacity.model.estimate import Estimate
from capacity.model.page import SHOWN, STEPS
from capacity.quantity import Quantity
from capacity.questions.equivalents import BASES, metric
from capacity.questions.points import Points, with_chips
from capacity.records.claim import Claim
from capacity.resolve import Input, Scenario
from capacity.source import Source
from capacity.words.claims import Parsed, Wordings

WORLDS = 4096  # for the search of what would turn a claim
HOLDS, FAILS = 0.5, 0.1
TURNED = Source(title="what would turn the claim", kind="derived")
FARTHEST = 20.0  # the search ends at a twentieth and at twenty times an input's median


@dataclass(frozen=True, slots=True)
class Meaning:
    """A claim on one basis: what the thing is, and how well the claim holds.

    `probability`: for "over" and its like that the result is over the number in a world; else the share of
    readers whose range for the words holds it, averaged over worlds, which is `readers`.
    """

    subject: str
    basis: str
    value: Points
    probability: float
    readers: float

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it, in SI."""
        return {
            "subject": self.subject, "basis": self.basis, "value": self.value.as_dict(),
            "probability": self.probability, "readers": self.readers,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Turn:
    """The smallest change of one input, or of the chance that it is there, that would turn a claim."""

    place: str
    now: float
    then: float
    unit: str

    @property
    def change(self) -> float | None:
        """The change over what it is now; None where that is nought."""
        return self.then / self.now - 1 if self.now else None

    @property
    def size(self) -> float:
        """How large the change is, up or down alike: the logarithm of its factor."""
        return abs(math.log(self.then / self.now)) if self.then and self.now else math.inf

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"place": self.place, "from": self.now, "to": self.then, "unit": self.unit, "change": self.change}


@dataclass(frozen=True, slots=True)
class Checked:
    """A claim that was checked: its meanings, which of them comes closest, what would turn that one."""

    text: str
    parsed: Parsed
    unit: str
    meanings: tuple[Meaning, ...]
    closest: Meaning
    turn: Turn | None
    sources: tuple[Source, ...]
    grade: str
    words_source: Source | None

    @property
    def probability(self) -> float:
        """How well the closest reading holds."""
        return self.closest.probability

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "claim": self.text, "check": self.parsed.text, "rule": self.parsed.rule, "number": self.parsed.number,
            "range": list(self.parsed.interval) if self.parsed.interval else None, "unit": self.unit,
            "probability": self.probability, "verdict": verdict_of(self.probability),
            "closest": self.closest.as_dict(), "meanings": [meaning.as_dict() for meaning in self.meanings],
            "would_turn_it": self.turn.as_dict() if self.turn else None, "grade": self.grade,
            "sources": [source.title for source in (*self.sources, *filter(None, [self.words_source]))],
        }  # fmt: skip


def verdict_of(probability: float) -> str:
    """A probability in a word.

    >>> verdict_of(0.7), verdict_of(0.3), verdict_of(0.0)
    ('holds', 'doubtful', 'does not hold')
    """
    return "holds" if probability >= HOLDS else "does not hold" if probability < FAILS else "doubtful"


def check_claim(scenario: Scenario, claim: Claim | str, specs: Specs, draws: int, seed: int) -> Checked:
    """One claim, as a scenario states it or as typed; `InputError` where it is not understood."""
    wordings = load.load_wordings(specs)
    text = claim if isinstance(claim, str) else claim.check or claim.text
    parsed = load.understand_claim(text, specs, "claim" if isinstance(claim, str) else "claims", SHOWN)
    terms = parsed.terms
    chips = {term: load.load_chip(term, specs) for term in terms if specs.path("chips", term)}
    ready = with_chips(scenario, {chip.id: chip for chip in chips.values()})
    show = [a for term in terms if term not in chips for a in _addresses(scenario, term)]
    by = [kind for kind in model.GROUPS if any("@" in term for term in terms)]

    def values(of: Scenario, worlds: int, only: Sequence[str]) -> dict[tuple[str, str], tuple[Array, str]]:
        answer = model.estimate(of, worlds, seed, by=by, show=only or "chips")
        return dict(_values(answer, parsed, {term: chip.id for term, chip in chips.items()}))

    arrays = values(ready, draws, show)
    fitting = {key: one for key, one in arrays.items() if _fits(parsed.unit, one[1])}
    arrays = fitting or arrays
    if not arrays:
        raise fail("claim", f"no basis on which all of {', '.join(terms)} can be told", "figures on the sheets")
    unit = _unit(parsed, {unit for _, unit in arrays.values()})
    meanings = tuple(_meaning(parsed, wordings, *key, array) for key, (array, _) in arrays.items())
    closest = max(meanings, key=lambda m: (m.probability, -abs(math.log(max(m.value.p50, 1e-300) / parsed.number))))
    key = (closest.subject, closest.basis)
    if parsed.yearly and not all("a year" in _words_of(m.basis) for m in meanings):
        raise fail("claim", f"{parsed.text!r} is of an amount a year, {closest.basis} is none", "the amount alone")
    if chips:
        turn = _turn_of_ratio(parsed, wordings, closest)
    else:
        needed = [closest.basis] if closest.basis in show and parsed.right is None else show
        turn = _turn_of_result(
            ready, parsed, wordings, needed, lambda of: values(of, min(WORLDS, draws), needed)[key][0], seed
        )
    cites = () if isinstance(claim, str) else tuple(scenario.file.sources[s] for s in claim.source)
    readers = wordings.readers.get(parsed.readers)
    words = wordings.sources[readers.source] if readers else None
    grade = "D" if isinstance(claim, str) else claim.grade
    return Checked(
        claim if isinstance(claim, str) else claim.text, parsed, unit, meanings, closest, turn, cites, grade, words
    )  # fmt: skip


def _words_of(address: str) -> str:
    """A result in words, as tables print it; the basis itself where it is no result."""
    step = STEPS.get(address)
    return label(step.quantity, step.basis) if step else address


def _addresses(scenario: Scenario, term: str) -> list[str]:
    """The results that a term may mean; none where it is a lot's count."""
    name, at, _ = term.partition("@")
    if name.startswith("lots."):
        lot = name.removeprefix("lots.").removesuffix(".count")
        if lot not in scenario.file.lots or at:
            counts = [f"lots.{lot}.count" for lot in scenario.file.lots]
            raise fail("claim", f"unknown lot {name!r}", did_you_mean(name, counts))
        return []
    return [a for a in SHOWN if a == name or a.startswith(name + ".")]


def _values(
    answer: Estimate, parsed: Parsed, chips: dict[str, str]
) -> Iterator[tuple[tuple[str, str], tuple[Array, str]]]:
    """What the claim speaks of, by subject and basis: an array of worlds and its unit."""
    right = parsed.right
    for left in parsed.left:
        subject = f"{left} / {right}" if right else left
        if (left in chips) != (right is None or right in chips) and right is not None:
            raise fail("claim", f"{left} and {right} are unlike things", "chip with chip, amount with amount")
        if left in chips:
            if right is None:
                raise fail("claim", f"{left} is a chip; say what of it, or over which chip", "h200-sxm / h20 …")
            for basis in [parsed.basis] if parsed.basis else BASES:
                above, below = metric(answer, chips[left], basis), metric(answer, chips[right], basis)
                if above is not None and below is not None:
                    yield (subject, BASIS[basis]), (above / below, "")
            continue
        lefts = _amounts(answer, left)
        if right is None:
            for label, (array, unit) in lefts.items():
                yield (subject, label), (array, unit)
            continue
        rights = _amounts(answer, right)
        single = len(lefts) == len(rights) == 1
        for (label, (a, a_unit)), (other, (b, b_unit)) in (
            zip(lefts.items(), rights.items(), strict=True) if single
            else [((k, v), (k, rights[k])) for k, v in lefts.items() if k in rights]
        ):  # fmt: skip
            if a_unit != b_unit:
                raise fail("claim", f"{label} in {a_unit} and {other} in {b_unit} are unlike", "one unit")
            if (b <= 0).any():
                raise fail("claim", f"{right} is nought in some worlds", "an amount that is there in all")
            yield (subject, label), (a / b, "")


def _amounts(answer: Estimate, term: str) -> dict[str, tuple[Array, str]]:
    """The arrays that a term may mean, by what they are, each with its unit."""
    name, _, group = term.partition("@")
    if name.startswith("lots."):
        lot = name.removeprefix("lots.").removesuffix(".count")
        return {"count": (answer.worlds.values(answer.scenario.count(lot)), "chips")}
    amounts = {}
    for address in _addresses(answer.scenario, term):
        try:
            amounts[address] = (answer.draws(f"{address}@{group}" if group else address), STEPS[address].unit)
        except InputError:  # not asked for, or some chip cannot give it
            if address == name:
                raise
    return amounts


def _unit(parsed: Parsed, units: set[str]) -> str:
    """The common unit of the readings; `InputError` where the claim's is another."""
    if len(units) > 1:
        raise fail("claim", f"{parsed.text!r} may mean amounts in {', '.join(sorted(units))}", "a fuller address")
    [unit] = units
    if not _fits(parsed.unit, unit):
        raise fail("claim", f"{parsed.text!r} is in another unit than the result", unit or "a number")
    return unit


def _fits(said: str, unit: str) -> bool:
    """Whether a claim's unit is that of a result; one of mass leaves open of what."""
    counted = unit in ("", "chips", "servers", "TOPS·bit")
    return said == ("" if counted else unit) or (said == "kg" and unit.startswith("kg "))


def _meaning(parsed: Parsed, wordings: Wordings, subject: str, basis: str, array: Array) -> Meaning:
    readers = float(np.mean(agreement(parsed, wordings, array)))
    return Meaning(subject, basis, Points.of(array), holds(parsed, wordings, array), readers)


def agreement(parsed: Parsed, wordings: Wordings, value: Array) -> Array:
    """The share of readers whose range for the claim's words holds each value [1]."""
    if parsed.interval is not None:
        low, high = parsed.interval
        return ((value >= low) & (value <= high)).astype(float)
    ratio = value / parsed.number
    return wordings.readers[parsed.readers].share(1 + (ratio - 1) / parsed.factor)


def holds(parsed: Parsed, wordings: Wordings, value: Array) -> float:
    """How well the claim holds for an array of worlds, 0 to 1."""
    side = wordings.one_sided.get(parsed.rule)
    if side == "above":
        return float(np.mean(value >= parsed.number))
    if side == "below":
        return float(np.mean(value <= parsed.number))
    return float(np.mean(agreement(parsed, wordings, value)))


# --- what would turn it ----------------------------------------------------------------------


def _turn_of_ratio(parsed: Parsed, wordings: Wordings, closest: Meaning) -> Turn | None:
    """The smallest change of one sheet's figure that turns a claim about two chips."""
    if parsed.interval is not None:
        ends = parsed.interval
    elif parsed.rule in wordings.one_sided:
        ends = (parsed.number, parsed.number)
    else:
        low, high = wordings.readers[parsed.readers].ends(HOLDS)
        ends = tuple(parsed.number * (1 + (end - 1) * parsed.factor) for end in (low, high))  # type: ignore[assignment]
    now = closest.value.p50
    edges = [end for end in ends if 0 < end < math.inf]
    edge = min(edges, key=lambda end: abs(math.log(end / now)), default=None)
    if edge is None or edge == now:
        return None
    chip = closest.subject.partition(" / ")[0]
    return Turn(f"{closest.basis} of {chip}", now, edge, f"times that of {parsed.right}")


def _turn_of_result(
    scenario: Scenario, parsed: Parsed, wordings: Wordings, show: Sequence[str],
    value: Callable[[Scenario], Array], seed: int,
) -> Turn | None:  # fmt: skip
    """The smallest change of one input, held fixed, at which a claim about results turns."""
    before = holds(parsed, wordings, value(scenario)) >= HOLDS
    turns = []
    for item in _inputs(scenario, parsed, show, seed):
        now = item.quantity.midpoint

        def turned(at: float, item: Input = item) -> bool:
            return (holds(parsed, wordings, value(_fixed(scenario, item, at))) >= HOLDS) != before

        def turned_by_chance(chance: float, item: Input = item) -> bool:
            return (holds(parsed, wordings, value(_at_chance(scenario, item, chance))) >= HOLDS) != before

        chance = item.quantity.chance
        for certain in (0.0, 1.0) if chance not in (None, 1) else ():
            if chance is not None and certain != chance and turned_by_chance(certain):
                then = _halved(turned_by_chance, chance, certain)
                turns.append(Turn(f"the chance of {_name(item)}", chance, then, "share"))
        if item.quantity.value is not None:
            continue
        for limit in (_reach(turned, now, limit) for limit in _limits(item.quantity, now)):
            if limit is not None:
                turns.append(Turn(_name(item), now, _bisect(turned, now, limit), item.unit))
    return min(turns, key=lambda turn: turn.size, default=None)


def _inputs(scenario: Scenario, parsed: Parsed, show: Sequence[str], seed: int) -> list[Input]:
    """The uncertain inputs of a claim that can be set, one of each name; that one is there may be uncertain too."""
    lots = [t.removeprefix("lots.").removesuffix(".count") for t in (*parsed.left, parsed.right or "")
            if t.startswith("lots.")]  # fmt: skip
    inputs = [scenario.count(lot) for lot in lots]
    if show:
        inputs += model.estimate(scenario, 1, seed, by="total", show=show).plan.inputs()
    settable = ("lots.", "chips.", "assumptions.", "systems.")
    wanted = [i for i in inputs if not i.quantity.is_exact and i.unit != "split" and i.place.startswith(settable)]
    wanted = [i for i in wanted if not i.place.startswith("lots.") or i.place.endswith(".count")]
    return list({_name(item): item for item in wanted}.values())


def _name(item: Input) -> str:
    """The place to set for an input: that of all owners where each has its own."""
    place = item.place.partition("@")[0]
    return "assumptions." + place.rpartition(".")[2] if place.startswith("systems.") else place


def _limits(quantity: Quantity, now: float) -> tuple[float, float]:
    """How far an input may be moved: near its hard ends, and not beyond twenty times."""
    low = (quantity.floor or 0.0) + 1e-6 * now
    high = now * FARTHEST if quantity.ceiling is None else quantity.ceiling - 1e-6 * (quantity.ceiling - now)
    return max(low, now / FARTHEST), min(high, now * FARTHEST)


def _reach(turned: Callable[[float], bool], now: float, limit: float) -> float | None:
    """The limit, or the value on the way to it that can still be, by its sheet and by other reports of one lot.

    None where the claim has not turned there.
    """
    for _ in range(6):
        try:
            return limit if turned(limit) else None
        except (InputError, ValidationError):
            limit = math.sqrt(now * limit)
    return None


def _bisect(turned: Callable[[float], bool], near: float, far: float) -> float:
    """The value nearest to `near` at which the claim has turned, to a thousandth."""
    for _ in range(12):
        middle = math.sqrt(near * far)
        near, far = (near, middle) if turned(middle) else (middle, far)
    return far


def _halved(turned: Callable[[float], bool], near: float, far: float) -> float:
    """The chance nearest to `near` at which the claim has turned, to a thousandth."""
    for _ in range(10):
        middle = (near + far) / 2
        near, far = (near, middle) if turned(middle) else (middle, far)
    return far


def _fixed(scenario: Scenario, item: Input, value: float) -> Scenario:
    """The scenario with one input held at a value in SI, for every owner; as likely to be there as it is."""
    held = Quantity(value=value / item.factor, chance=item.quantity.chance, source=("turn",), grade="D")
    return scenario.having({_name(item): held}, source=TURNED)


def _at_chance(scenario: Scenario, item: Input, chance: float) -> Scenario:
    """The scenario with another chance that one input is there at all."""
    other = item.stated.model_copy(update={"chance": chance, "source": ("turn",)})
    return scenario.having({_name(item): other}, source=TURNED)
