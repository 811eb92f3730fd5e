"""Normals out: the only room that makes a random generator.

Every uncertain number is a monotone function of one standard normal, and a normal depends on nothing
but (seed, stream, block of 16,384 worlds): chunks, order and added inputs change no other number.
"""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np

from capacity.equations.compute import Array
from capacity.errors import fail
from capacity.quantity import Quantity
from capacity.scenario import Input, Scenario

BLOCK = 16_384
DRAWS = 16_384
_Z95 = NormalDist().inv_cdf(0.95)


def normals(seed: int, stream: str, block: int, size: int = BLOCK) -> Array:
    """The standard normals of one stream in the first `size` worlds of a block, shape (size,).

    >>> bool((normals(0, "lots.x.count", 0) == normals(0, "lots.x.count", 0)).all())
    True
    """
    key = int.from_bytes(hashlib.blake2b(stream.encode(), digest_size=8).digest(), "little")
    generator = np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, key, block])))
    return generator.standard_normal(size)


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
        raise fail("--sampler", "sobol needs scipy", "pip install 'capacity[qmc]'") from None
    engine = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    if block:
        engine.fast_forward(block * BLOCK)
    inside = np.clip(engine.random(BLOCK), 2.0**-40, 1 - 2.0**-40)
    found: Array = np.ascontiguousarray(ndtri(inside).T)
    return found


def transform(quantity: Quantity, z: Array) -> Array:
    """The quantity in each world of the normals: log-normal, above a floor, or logit-normal between two ends.

    Its 5 % and 95 % points are `low` and `high` exactly, and its bounds hold without clipping.

    >>> from capacity.quantity import Quantity
    >>> q = Quantity(low=1.1, high=1.4, floor=1, source="x", grade="B")
    >>> [round(float(x), 6) for x in transform(q, np.array([-1.6448536269514722, 1.6448536269514722]))]
    [1.1, 1.4]
    """
    if quantity.value is not None:
        return np.asarray(quantity.value)
    low, high, floor, ceiling = quantity.low, quantity.high, quantity.floor or 0.0, quantity.ceiling
    assert low is not None
    assert high is not None
    if ceiling is None:
        a, b = math.log(low - floor), math.log(high - floor)
        return np.exp(z * ((b - a) / (2 * _Z95)) + (a + b) / 2) + floor
    a, b = (math.log((x - floor) / (ceiling - x)) for x in (low, high))
    return (ceiling - floor) / (1 + np.exp(z * -((b - a) / (2 * _Z95)) - (a + b) / 2)) + floor


def draw(quantity: Quantity, place: str, seed: int, size: int) -> Array:
    """A quantity that no scenario holds, in `size` worlds: keyed by its place, its switch by `place.occurs`.

    >>> draw(Quantity(value=3, source="x", grade="B"), "made.up", 0, 2).tolist()
    [3.0, 3.0]
    """
    exact = quantity.value is not None
    value = np.broadcast_to(transform(quantity, np.empty(0) if exact else normals(seed, place, 0, size)), (size,))
    if quantity.chance in (None, 1):
        return value
    threshold = NormalDist().inv_cdf(quantity.chance) if quantity.chance else -math.inf
    return np.where(normals(seed, f"{place}.occurs", 0, size) <= threshold, value, 0.0)


@dataclass(slots=True)
class Block:
    """One block of worlds: the normals that were asked for so far."""

    draws: Draws
    index: int
    size: int
    _normals: dict[str, Array] = field(default_factory=dict)

    def normal(self, stream: str) -> Array:
        """The normals of a stream, mixed with those it moves together with; shape (size,)."""
        found = self._normals.get(stream)
        if found is None:
            found = self.draws.source(self.draws.seed, stream, self.index, self.size)
            group = self.draws.groups.get(stream)
            if group is not None:
                common, rho = group
                found = math.sqrt(rho) * self.normal(common) + math.sqrt(1 - rho) * found
            self._normals[stream] = found
        return found

    def z(self, item: Input) -> Array:
        """The normals of an input: its stream's, mixed with its owner's own where owners differ."""
        shared = self.normal(item.stream)
        if item.owner is None:
            return shared
        own = self.normal(f"{item.stream}@{item.owner}")
        return math.sqrt(item.rho) * shared + math.sqrt(1 - item.rho) * own

    def value(self, item: Input) -> Array:
        """The input in each world, in SI; shape (size,), or () where it is one number in all worlds."""
        quantity = item.quantity
        value = transform(quantity, self.z(item) if quantity.value is None else np.empty(0))
        if quantity.chance in (None, 1):
            return value
        threshold = NormalDist().inv_cdf(quantity.chance) if quantity.chance else -math.inf
        switch = item.stream if item.owner else item.place  # one switch for all owners of an assumption
        return np.where(self.normal(f"{switch}.occurs") <= threshold, value, 0.0)

    def weight(self, item: Input) -> Array:
        """The weight of an owner in a split that no source gives: exp(sigma z)."""
        return np.exp(transform(item.quantity, np.empty(0)) * self.normal(item.stream))


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
        """One block of worlds, nothing drawn yet; the last may be short."""
        return Block(self, index, min(BLOCK, self.draws - index * BLOCK))

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
