"""What one pass of a measurement does: operations of a matrix product, bytes that a copy moves."""

from __future__ import annotations


def product_flop(m: float, n: float, k: float) -> float:
    """Operations of one dense matrix product, m x k by k x n [FLOP].

    `2 * m * n * k`: each of the m·n results is a sum of k products, a multiplication and an addition each.

    Arguments:
        m: rows of the first matrix [1], 1 or more
        n: columns of the second matrix [1], 1 or more
        k: columns of the first and rows of the second [1], 1 or more

    Valid for dense products as BLAS defines them; the one addition less per result is counted too, as is usual.
    Source: LAPACK Working Note 41 (installation guide, 1999), appendix C on operation counts of the BLAS,
    http://www.netlib.org/lapack/lawn41/

    >>> product_flop(2, 3, 4)
    48
    """
    return 2 * m * n * k


def copied_bytes(size: float) -> float:
    """Bytes that move when a buffer is copied: each is read once and written once [B].

    `2 * size`. What a processor reads only to overwrite it (write allocation) is not counted.

    Arguments:
        size: length of the buffer [B]

    Valid for buffers that do not overlap.
    Source: J. D. McCalpin, STREAM benchmark, "Counting bytes and FLOPS": Copy moves 16 bytes per 8-byte word,
    https://www.cs.virginia.edu/stream/ref.html

    >>> copied_bytes(8)
    16
    """
    return 2 * size


def measured_share(measured: float, sheet: float) -> float:
    """The share of a sheet's rate that was measured [1].

    `measured / sheet`. In matrix products alone it is a ceiling on the utilisation of a training run (MFU), which
    also waits for memory, links and hosts; no estimate multiplies by it.

    Arguments:
        measured: rate that was measured [FLOP/s or B/s]
        sheet: rate that the sheet prints, same basis, above 0 [FLOP/s or B/s]

    Valid for dense rates against dense, of one precision.
    Source: S. Bekman, ML Engineering, "Maximum Achievable Matmul FLOPS", 2026,
    https://github.com/stas00/ml-engineering/tree/master/compute/accelerator

    >>> measured_share(600.0, 1000.0)
    0.6
    """
    return measured / sheet
