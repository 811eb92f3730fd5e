"""Chips → rates: servers, peak and sustained FLOP/s, memory, equivalents."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def servers(chips: Array, chips_per_server: Array) -> Array:
    """Servers (or racks) that hold the chips [1].

    `chips / chips_per_server`, not rounded up: lots are large and partly filled servers few.

    Arguments:
        chips: number of chips [1], shape (cells, draws), 0 or more
        chips_per_server: chips in one system [1], 1 or more

    Valid for lots of many servers.
    Source: arithmetic; the chip count of a system is on its data sheet.

    >>> servers(np.array(400_000.0), np.array(8.0))
    np.float64(50000.0)
    """
    return chips / chips_per_server


def peak_flops(chips: Array, rate: Array) -> Array:
    """Aggregate peak rate of the chips at one precision [FLOP/s].

    `chips * rate`. Dense or sparse is a matter of which rate is given; the two never mix.

    Arguments:
        chips: number of chips [1], shape (cells, draws)
        rate: printed peak of one chip at that precision [FLOP/s]

    Valid as an upper bound: no workload sustains it.
    Source: definition; NVIDIA H100 Tensor Core GPU Architecture whitepaper v1.04 (2022), table of peak rates,
    https://resources.nvidia.com/en-us-tensor-core

    >>> peak_flops(np.array(400_000.0), np.array(989.5e12)) / 1e18
    np.float64(395.8)
    """
    return chips * rate


def peak_16bit(chips: Array, bf16: Array, fp16: Array) -> Array:
    """Aggregate dense peak of the chips in 16 bits, of sheets that are unlike [FLOP/s].

    `chips * bf16`, or `chips * fp16` where a sheet has no BF16; a format that a chip lacks is given as nan.

    Arguments:
        chips: number of chips [1], shape (cells, draws)
        bf16: dense BF16 rate of one chip [FLOP/s], nan where it has none
        fp16: dense FP16 rate of one chip [FLOP/s], nan where it has none

    Valid for totals over chips of which some print BF16 and some FP16 alone; where both are printed they are equal
    on nearly every sheet.
    Source: definition; so are "P" of Chinese computing centres counted, e.g. CCTV, 16 September 2025.

    >>> one = np.array(1000.0)
    >>> (peak_16bit(one, np.array([989.5e12, np.nan]), np.array([989.5e12, 125e12])) / 1e15).tolist()
    [989.5, 125.0]
    """
    return chips * np.where(np.isnan(bf16), fp16, bf16)


def training_flops(chips: Array, rate_16bit: Array, mfu: Array, goodput: Array) -> Array:
    """Model FLOP/s sustained while all chips train [FLOP/s].

    `chips * rate_16bit * mfu * goodput`: the utilisation is on the dense BF16 peak also for FP8 runs,
    and time lost to failures is taken off once, by goodput.

    Arguments:
        chips: number of chips [1], shape (cells, draws)
        rate_16bit: dense BF16 peak of one chip [FLOP/s]
        mfu: model-FLOP utilisation while stepping, 0 to 1 [1]
        goodput: effective over wall-clock training time, 0 to 1 [1]

    Valid for large-scale pre-training of transformers; one synchronous cluster is never the whole fleet.
    Source: Chowdhery et al. 2022, PaLM, appendix B (definition of MFU), https://arxiv.org/abs/2204.02311

    >>> float(training_flops(np.array(1000.0), np.array(989.5e12), np.array(0.4), np.array(0.9)).round(-12))
    3.5622e+17
    """
    return chips * (rate_16bit * mfu * goodput)


def memory(chips: Array, memory_per_chip: Array) -> Array:
    """High-bandwidth memory of all chips, as labelled by the vendor [B].

    `chips * memory_per_chip`.

    Arguments:
        chips: number of chips [1], shape (cells, draws)
        memory_per_chip: labelled memory of one chip, 10^9 bytes a GB [B]

    Valid for the label; drivers report a few per cent more or less.
    Source: definition.

    >>> memory(np.array(400_000.0), np.array(141e9)) / 1e15
    np.float64(56.4)
    """
    return chips * memory_per_chip


def memory_bandwidth(chips: Array, bandwidth: Array) -> Array:
    """Memory bandwidth of all chips together [B/s].

    `chips * bandwidth`.

    Arguments:
        chips: number of chips [1], shape (cells, draws)
        bandwidth: peak bandwidth of one chip's memory [B/s]

    Valid as an upper bound for memory-bound work.
    Source: definition.

    >>> memory_bandwidth(np.array(400_000.0), np.array(4.8e12)) / 1e18
    np.float64(1.92)
    """
    return chips * bandwidth


def equivalents(chips: Array, figure: Array, reference: Array) -> Array:
    """Number of reference chips with the same total of one figure [1].

    `chips * figure / reference`; the basis (8-bit rate, BF16, bandwidth, memory, TPP) is that of the figure.

    Arguments:
        chips: number of chips [1], shape (cells, draws)
        figure: the figure of one chip [any one unit]
        reference: the same figure of the reference chip [the same unit]

    Valid for comparing stocks on the named basis only: an H20 is 0.15 H100 by compute and 1.19 by bandwidth.
    Source: Epoch AI, AI chip sales documentation (H100-equivalents by 8-bit rate),
    https://epoch.ai/data/ai-chip-sales-documentation

    >>> round(float(equivalents(np.array(1.0), np.array(296e12), np.array(1979e12))), 4)
    0.1496
    """
    return chips * (figure / reference)


def equivalents_8bit(chips: Array, fp8: Array, int8: Array, ref_fp8: Array, ref_int8: Array) -> Array:
    """Number of reference chips with the same total 8-bit rate [1].

    `chips * max(fp8, int8) / max(ref_fp8, ref_int8)`; a format that a chip lacks is given as nan.

    Arguments:
        chips: number of chips [1], shape (cells, draws)
        fp8: dense FP8 rate of one chip [FLOP/s], nan where it has none
        int8: dense INT8 rate of one chip [OP/s], nan where it has none
        ref_fp8: dense FP8 rate of the reference chip [FLOP/s]
        ref_int8: dense INT8 rate of the reference chip [OP/s]

    Valid for comparing stocks; FP4 is left out.
    Source: Epoch AI, AI chip sales documentation, https://epoch.ai/data/ai-chip-sales-documentation

    >>> one = np.array(1.0)
    >>> equivalents_8bit(one, np.array(np.nan), 624e12 * one, 1979e12 * one, 1979e12 * one).round(3)
    np.float64(0.315)
    >>> float(equivalents_8bit(one, 4500e12 * one, 153.5e12 * one, 1979e12 * one, np.array(np.nan)).round(3))  # B300
    2.274
    """
    return chips * (np.fmax(fp8, int8) / np.fmax(ref_fp8, ref_int8))
