"""The arithmetic of export control: total processing performance."""

from __future__ import annotations

import numpy as np

from capacity.equations.compute import Array

# Bit length of an operation of each format; TF32 is left out, since readers count it as 19 or as 32 bits.
BITS = {"fp64": 64, "bf16": 16, "fp16": 16, "fp8": 8, "int8": 8, "fp6": 6, "fp4": 4}


def tpp(chips: Array, fp64: Array, bf16: Array, fp16: Array, fp8: Array, int8: Array, fp6: Array, fp4: Array) -> Array:
    """Total processing performance of the chips together [10^12 operations/s × bit].

    `chips * max over formats of rate / 1e12 * bits`, on dense rates; a format that a chip lacks is nan.

    Arguments:
        chips: number of chips [1], shape (cells, draws)
        fp64: dense matrix FP64 rate [FLOP/s]
        bf16: dense BF16 rate [FLOP/s]
        fp16: dense FP16 rate [FLOP/s]
        fp8: dense FP8 rate [FLOP/s]
        int8: dense INT8 rate [OP/s]
        fp6: dense FP6 rate [FLOP/s]
        fp4: dense FP4 rate [FLOP/s]

    Valid as a sum over chips; the rule itself applies to one chip. TF32 is left out.
    Source: 88 FR 73458 (2023-10-25), technical notes to ECCN 3A090,
    https://www.govinfo.gov/content/pkg/FR-2023-10-25/html/2023-23055.htm

    >>> none = np.array(np.nan)
    >>> float(tpp(np.array(1.0), none, np.array(989.5e12), none, np.array(1979e12), none, none, none))
    15832.0
    """
    rates = {"fp64": fp64, "bf16": bf16, "fp16": fp16, "fp8": fp8, "int8": int8, "fp6": fp6, "fp4": fp4}
    best = None
    for name, rate in rates.items():
        product = rate * (BITS[name] / 1e12)
        best = product if best is None else np.fmax(best, product)
    assert best is not None
    return chips * best
