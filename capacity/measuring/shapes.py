"""What is timed: the shapes of the products and the sizes of the buffers, each with its reason.

These are method, not facts about the world: a record names the shape of every figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from capacity.equations.measuring import product_flop


@dataclass(frozen=True, slots=True)
class Product:
    """One dense product, (m, k) by (k, n); which operand lies transposed in memory is part of the work.

    >>> Product(4, 2, 3).flop
    48
    """

    m: int
    n: int
    k: int
    first_transposed: bool = False
    second_transposed: bool = True

    @property
    def flop(self) -> float:
        """Operations of one pass."""
        return product_flop(self.m, self.n, self.k)

    @property
    def elements(self) -> int:
        """Numbers in both operands and the result."""
        return self.m * self.k + self.k * self.n + self.m * self.n

    @property
    def name(self) -> str:
        """The shape as people write it."""
        return f"{self.m}x{self.n}x{self.k}"


def layer(tokens: int, linear: Sequence[tuple[int, int]]) -> tuple[Product, ...]:
    """The products of one training step through linear maps, each (outputs, inputs), of some tokens.

    Forward, gradient by the input and gradient by the weights: three products of equal work per map, in the
    layouts that automatic differentiation meets.

    >>> [p.name for p in layer(10, [(4, 3)])]
    ['10x4x3', '10x3x4', '4x3x10']
    """
    found: list[Product] = []
    for outputs, inputs in linear:
        found.append(Product(tokens, outputs, inputs, False, True))
        found.append(Product(tokens, inputs, outputs, False, False))
        found.append(Product(outputs, inputs, tokens, True, False))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Table:
    """The shapes of one kind of device: single products, the smallest first; the training mix; buffers in bytes."""

    products: tuple[Product, ...]
    mix: tuple[Product, ...]
    mix_name: str
    buffers: tuple[int, ...]
    settle_s: float  # length of one repeat at least, so that starting and stopping the clock weighs nothing


MIB = 2**20

TABLES = {
    # Squares from where launch and tail effects show to where memory for FP64 is still small beside 80 GB, and the
    # widest map of the mix, since tiles divide each shape differently. The mix is one layer of a dense 70B
    # transformer (width 8192, 64 query and 8 key-value heads of 128, feed-forward 28672, gate and up in one) at
    # 8192 tokens. Buffers: within the last-level cache of an H100 (50 MB), beyond it, far beyond it.
    "cuda": Table(
        products=(*(Product(n, n, n) for n in (4096, 8192, 16384)), Product(8192, 28672, 8192)),
        mix=layer(8192, ((10240, 8192), (8192, 8192), (57344, 8192), (8192, 28672))),
        mix_name="one layer of a dense 70B transformer at 8192 tokens",
        buffers=(16 * MIB, 512 * MIB, 4096 * MIB),
        settle_s=0.05,
    ),
    # Sizes that a few cores finish in milliseconds; the mix is one layer of GPT-2 small (width 768) at 128 tokens.
    # Buffers: within a core's cache, around the shared cache, beyond it.
    "cpu": Table(
        products=tuple(Product(n, n, n) for n in (256, 512, 1024, 2048)),
        mix=layer(128, ((2304, 768), (768, 768), (3072, 768), (768, 3072))),
        mix_name="one layer of GPT-2 small at 128 tokens",
        buffers=(1 * MIB, 32 * MIB, 256 * MIB),
        settle_s=0.001,
    ),
}
