"""Chips → what a workload declares, reaches and draws."""

from __future__ import annotations

from capacity.equations.compute import Array


def declared_peak(rate: Array, boost_clock: Array, clock_drop: Array, host_share: Array) -> Array:
    """Peak rate per chip that a submitter declares for HPL [FLOP/s].

    `rate * boost_clock * (1 - clock_drop) * (1 + host_share)`: some declare the boost clock of the sheet,
    some the base clock, which is a drop; host CPUs add a little.

    Arguments:
        rate: printed FP64 rate of the engine that is declared [FLOP/s]
        boost_clock: declared over printed rate where boost is declared [1]
        clock_drop: part lost where the base clock is declared, else nought [1]
        host_share: rate of the host CPUs over that of the chips [1]

    Valid for HPL runs; no other workload declares a peak of its own.
    Source: TOP500, The Linpack Benchmark, definition of Rpeak, https://top500.org/project/top500_description/

    >>> import numpy as np
    >>> float(declared_peak(np.array(67e12), np.array(1.0), np.array(0.2), np.array(0.03))) / 1e12
    55.208
    >>> round(float(declared_peak(np.array(60e12), np.array(1.1), np.array(0.0), np.array(0.0))) / 1e12, 6)
    66.0
    """
    return rate * boost_clock * (1 - clock_drop) * (1 + host_share)


def hpl_flops(rate: Array, fraction: Array, idle_part: Array) -> Array:
    """Rate per counted chip that an HPL run reaches [FLOP/s].

    `rate * fraction * (1 - idle_part)`: some runs leave a part of the counted machine out.

    Arguments:
        rate: printed FP64 rate of the engine that is declared [FLOP/s]
        fraction: Rmax over the printed rate of the chips that run [1]
        idle_part: part of the counted chips that does not run, mostly nought [1]

    Valid for HPL; training reaches another fraction for other reasons.
    Source: Dongarra, Luszczek & Petitet (2003), The LINPACK Benchmark: past, present and future,
    doi:10.1002/cpe.728

    >>> import numpy as np
    >>> float(hpl_flops(np.array(67e12), np.array(0.6), np.array(0.0))) / 1e12
    40.2
    >>> round(float(hpl_flops(np.array(67e12), np.array(0.6), np.array(0.1))) / 1e12, 2)
    36.18
    """
    return rate * fraction * (1 - idle_part)


def hpl_watts(limit: Array, beside: Array, idle_part: Array, level: Array) -> Array:
    """IT power per counted chip while HPL runs [W].

    `(limit + beside) * (1 - idle_part) * level`: HPL holds a chip at its power limit.

    Arguments:
        limit: configured power limit of the chip or module [W]
        beside: watts of host, network and losses beside each chip under HPL [W]
        idle_part: part of the counted chips that does not run, mostly nought [1]
        level: what was metered over what this predicts: boundary and quality level of the meter [1]

    Valid for the core phase of HPL; cooling plant excluded, network and storage as the quality level says.
    Source: EEHPC Working Group, Energy Efficient High Performance Computing Power Measurement Methodology 2.0,
    https://datacenters.lbl.gov/resources/energy-efficient-high-performance

    >>> import numpy as np
    >>> float(hpl_watts(np.array(700.0), np.array(200.0), np.array(0.0), np.array(1.0)))
    900.0
    >>> round(float(hpl_watts(np.array(700.0), np.array(200.0), np.array(0.1), np.array(1.1))), 6)
    891.0
    """
    return (limit + beside) * (1 - idle_part) * level
