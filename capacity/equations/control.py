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


def performance_density(tpp: Array, area: Array) -> Array:
    """TPP per area of logic die [10^12 operations/s × bit / mm2].

    `tpp / (area * 1e6)`

    Arguments:
        tpp: total processing performance of one chip [10^12 operations/s × bit], any shape
        area: area of all its logic dies made with non-planar transistors [m2], the same shape

    Valid for one chip of 16 nm or finer; planar dies do not count. The rule's thresholds are per mm2.
    Source: 88 FR 73458 (2023-10-25), technical notes to ECCN 3A090,
    https://www.govinfo.gov/content/pkg/FR-2023-10-25/html/2023-23055.htm

    >>> round(float(performance_density(np.array(2368.0), np.array(814e-6))), 2)
    2.91
    """
    return tpp / (area * 1e6)


def bandwidth_density(bandwidth: Array, area: Array) -> Array:
    """Bandwidth of a memory stack per area of its package [GB/s / mm2].

    `bandwidth / 1e9 / (area * 1e6)`

    Arguments:
        bandwidth: memory bandwidth of one stack or package [B/s], any shape
        area: area of the package, or of the stack where it has none [m2], the same shape

    Valid for memory sold on its own (3A090.c), not for stacks packaged with a larger logic die.
    Source: 89 FR 96790 (2024-12-05), technical note to 3A090.c,
    https://www.govinfo.gov/content/pkg/FR-2024-12-05/html/2024-28270.htm

    >>> round(float(bandwidth_density(np.array(220e9), np.array(110e-6))), 2)
    2.0
    """
    return bandwidth / 1e9 / (area * 1e6)
