"""Normals out: the only room that makes a random generator.

Every uncertain number is a monotone function of one standard normal, and a normal depends on nothing
but (seed, stream, block of 16,384 worlds): chunks, order and added inputs change no other number.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.random.bit_generator import ISeedSequence

from capacity.equations.compute import Array
from capacity.errors import fail
from capacity.quantity import Quantity
from capacity.resolve import Input, Scenario

BLOCK = 16_384
DRAWS = 16_384
OFTEN = 8_000_000  # numbers of a block that are kept for who asks again, 64 MB
_Z95 = NormalDist().inv_cdf(0.95)
_Z999 = NormalDist().inv_cdf(0.999)
_NONE = np.empty(0)  # the normals of what is one number


def normals(seed: int, stream: str, block: int, size: int = BLOCK) -> Array:
    """The standard normals of one stream in the first `size` worlds of a block, shape (size,).

    >>> bool((normals(0, "lots.x.count", 0) == normals(0, "lots.x.count", 0)).all())
    True
    """
    key = hashlib.blake2b(f"{seed}/{block}/{stream}".encode(), digest_size=24).digest()
    words: Any = _Words(key)
    return np.random.Generator(np.random.SFC64(words)).standard_normal(size)


class _Words(ISeedSequence):
    """The words of a hash as a generator's first state.

    numpy's own `SeedSequence` does such a hash in six times the time, which many short streams would feel.
    """

    def __init__(self, key: bytes) -> None:
        self.key = key

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> Any:
        """The first `n_words` words of the hash."""
        return np.frombuffer(self.key, dtype, n_words)


@dataclass(frozen=True, slots=True)
class Sobol:
    """Scrambled Sobol' points as the normals of a known set of streams, one dimension each (extra `qmc`).

    The same call as `normals`. A stream that joins moves the points of those that sort after it.
    """

    streams: tuple[str, ...]

    def __call__(self, seed: int, stream: str, block: int, size: int = BLOCK) -> Array:
        """The standard normals of one stream in the first `size` worlds of a block, shape (size,)."""
        return _sobol_normals(len(self.streams), seed, block)[self.streams.index(stream), :size]


@functools.lru_cache(maxsize=8)
def _sobol_normals(dimensions: int, seed: int, block: int) -> Array:
    """One block of points through the inverse normal, shape (dimensions, 16384)."""
    try:
        from scipy.special import ndtri
        from scipy.stats import qmc
    except ImportError:
        raise fail("sampler", "sobol needs scipy", "pip install '.[qmc]'") from None
    engine = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    if block:
        engine.fast_forward(block * BLOCK)
    inside = np.clip(engine.random(BLOCK), 2.0**-40, 1 - 2.0**-40)
    found: Array = np.ascontiguousarray(ndtri(inside).T)
    return found


def transform(quantity: Quantity, z: Array) -> Array:
    """The quantity in each world of the normals: log-normal, above a floor, or logit-normal between two ends.

    Its 5 % and 95 % points are `low` and `high` exactly, its 50 % point is `median` where that is known (two halves
    that meet there), and its bounds hold without clipping. Beyond `low` and `high` the distance from the `anchor`, the
    number beside a hedge word, is at most three times as large at the 0.1 % and 99.9 % points.

    >>> from capacity.quantity import Quantity
    >>> z = np.array([-1.6448536269514722, 0.0, 1.6448536269514722])
    >>> q = Quantity(low=1.1, high=1.4, floor=1, source="x", grade="B")
    >>> transform(q, z).round(6).tolist()
    [1.1, 1.2, 1.4]
    >>> q = Quantity(low=10, median=140, high=300, source="x", grade="B")
    >>> transform(q, z).round(6).tolist()
    [10.0, 140.0, 300.0]
    """
    if quantity.value is not None:
        return np.asarray(quantity.value)
    low, high, floor, ceiling = quantity.low, quantity.high, quantity.floor or 0.0, quantity.ceiling
    assert low is not None
    assert high is not None
    middle = () if quantity.median is None else (quantity.median,)
    points = (low, *middle, high)
    if ceiling is None:
        value = _exponential(z, [math.log(x - floor) for x in points])
    else:
        value = _exponential(z, [math.log((ceiling - x) / (x - floor)) for x in points])
        value += 1
        np.divide(ceiling - floor, value, out=value)
    if floor:
        value += floor
    if quantity.anchor is not None:
        value = _end_tails(value, z, quantity.anchor, low, high)
    return value


def _exponential(z: Array, points: Sequence[float]) -> Array:
    """The exponential of the line through the 5 % and 95 % points of the normals, or of one with a bend at the 50 %."""
    if len(points) == 2:
        found = np.asarray(z * ((points[1] - points[0]) / (2 * _Z95)))
        found += (points[0] + points[1]) / 2
    else:
        below, above = ((b - a) / _Z95 for a, b in itertools.pairwise(points))
        found = np.asarray(np.minimum(z, 0) * below)
        found += np.maximum(z, 0) * above
        found += points[1]
    return np.exp(found, out=found)


def _end_tails(value: Array, z: Array, anchor: float, low: float, high: float) -> Array:
    """The values, where beyond low or high no further from the anchor than a line in z.

    The line is at the end itself at the 5 % or 95 % point, and three times as far at the 0.1 % or 99.9 % point.
    """
    steepness = 2 / (_Z999 - _Z95)
    if high > anchor:
        line = anchor + (high - anchor) * (1 + steepness * (z - _Z95))
        value = np.where(z > _Z95, np.minimum(value, line), value)
    if low < anchor:
        line = anchor - (anchor - low) * (1 + steepness * (-z - _Z95))
        value = np.where(z < -_Z95, np.maximum(value, line), value)
    return value


def draw(quantity: Quantity, place: str, seed: int, size: int) -> Array:
    """A quantity that no scenario holds, in `size` worlds: keyed by its place, its switch by `place.occurs`.

    >>> draw(Quantity(value=3, source="x", grade="B"), "made.up", 0, 2).tolist()
    [3.0, 3.0]
    """
    exact = quantity.value is not None
    value = np.broadcast_to(transform(quantity, _NONE if exact else normals(seed, place, 0, size)), (size,))
    if quantity.chance in (None, 1):
        return value
    threshold = NormalDist().inv_cdf(quantity.chance) if quantity.chance else -math.inf
    return np.where(normals(seed, f"{place}.occurs", 0, size) <= threshold, value, 0.0)


@dataclass(slots=True)
class Block:
    """Some worlds in a row, `size` from the `first` on: the normals that were asked for so far."""

    draws: Draws
    first: int
    size: int
    _normals: dict[str, Array] = field(default_factory=dict)
    _often: dict[str, Array] = field(default_factory=dict)

    def normal(self, stream: str, keep: bool = True) -> Array:
        """The normals of a stream, mixed with those it moves together with; shape (size,).

        They are kept for who asks next, unless it is known that nobody will.
        """
        found = self._normals.get(stream)
        if found is None:
            found = self._drawn(stream)
            group = self.draws.groups.get(stream)
            if group is not None:
                common, rho = group
                found = math.sqrt(rho) * self.normal(common) + math.sqrt(1 - rho) * found
            if keep:
                self._normals[stream] = found
        return found

    def _drawn(self, stream: str) -> Array:
        """A stream's own normals, block by block."""
        source, seed, end = self.draws.source, self.draws.seed, self.first + self.size
        found = []
        for index in range(self.first // BLOCK, -(-end // BLOCK)):
            start, stop = max(self.first - index * BLOCK, 0), min(end - index * BLOCK, BLOCK)
            found.append(source(seed, stream, index, stop)[start:])
        return found[0] if len(found) == 1 else np.concatenate(found)

    def z(self, item: Input, keep: bool = True) -> Array:
        """The normals of an input: its stream's, mixed with its owner's own where owners differ."""
        shared = self.normal(item.stream, keep)
        if item.owner is None:
            return shared
        own = self.normal(f"{item.stream}@{item.owner}", keep=False)
        mixed = math.sqrt(item.rho) * shared
        mixed += math.sqrt(1 - item.rho) * own
        return mixed

    def value(self, item: Input, keep: bool = True) -> Array:
        """The input in each world, in SI; shape (size,), or () where it is one number in all worlds."""
        quantity = item.quantity
        value = transform(quantity, self.z(item, keep) if quantity.value is None else _NONE)
        if quantity.chance in (None, 1):
            return value
        threshold = NormalDist().inv_cdf(quantity.chance) if quantity.chance else -math.inf
        switch = item.stream if item.owner else item.place  # one switch for all owners of an assumption
        return np.where(self.normal(f"{switch}.occurs") <= threshold, value, 0.0)

    def often(self, item: Input) -> Array:
        """`value`, of an input that is asked for again and again: as many are kept as fit in `OFTEN` numbers."""
        if item.quantity.is_exact:
            return self.value(item)
        found = self._often.get(item.place)
        if found is None:
            if (len(self._often) + 1) * self.size > OFTEN:
                self._often.clear()
            found = self._often[item.place] = self.value(item)
        return found

    def option(self, stream: str, chances: Sequence[float]) -> npt.NDArray[np.intp]:
        """Which of some options holds in each world, as an index, by their chances in order; shape (size,)."""
        ends = list(itertools.accumulate(chances))[:-1]
        points = [NormalDist().inv_cdf(p) if 0 < p < 1 else np.inf * (p - 0.5) for p in ends]
        return np.searchsorted(np.array(points), self.normal(stream), side="left")

    def weight(self, item: Input) -> Array:
        """The weight of an owner in a split that no source gives: exp(sigma z)."""
        return np.exp(transform(item.quantity, _NONE) * self.normal(item.stream, keep=False))


@dataclass(frozen=True)
class Draws:
    """All worlds of a scenario: a recipe, from which each block is made when it is asked for.

    `source` gives the normals of (seed, stream, block, size); a question may put others in their place.
    """

    scenario: Scenario
    draws: int = DRAWS
    seed: int = 0
    source: Callable[[int, str, int, int], Array] = normals

    @functools.cached_property
    def groups(self) -> dict[str, tuple[str, float]]:
        """Stream → the common stream that it moves with, and how strongly."""
        found: dict[str, tuple[str, float]] = {}
        for group in self.scenario.file.together:
            common = "together:" + "+".join(sorted(group.places))
            found.update({place: (common, group.rho) for place in group.places})
        return found

    @property
    def count(self) -> int:
        """How many blocks there are."""
        return -(-self.draws // BLOCK)

    def block(self, index: int) -> Block:
        """A block of worlds, nothing drawn yet; the last may be short."""
        return self.stretch(index * BLOCK, BLOCK)

    def stretch(self, first: int, size: int) -> Block:
        """So many worlds from one on, nothing drawn yet; there may be fewer."""
        return Block(self, first, min(size, self.draws - first))

    def blocks(self) -> list[Block]:
        """Every block of worlds in order."""
        return [self.block(index) for index in range(self.count)]

    def values(self, item: Input) -> Array:
        """One input in every world, shape (draws,)."""
        return np.concatenate([np.broadcast_to(block.value(item), (block.size,)) for block in self.blocks()])


def sample(scenario: Scenario, draws: int = DRAWS, seed: int = 0) -> Draws:
    """The worlds of a scenario; the same seed gives the same worlds, however many are drawn.

    Raises `ValueError` where `draws` is below 1 or `seed` below 0.
    """
    if draws < 1:
        raise ValueError("draws must be 1 or more")
    if seed < 0:
        raise ValueError("seed must be 0 or more")
    return Draws(scenario, draws, seed)
