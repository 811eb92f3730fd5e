"""Sustained FLOP/s → training: the compute of a run, how long it takes, how many fit in a year."""

from __future__ import annotations

from capacity.equations.compute import Array
from capacity.units import YEAR


def run_flop(active_parameters: Array, tokens: Array) -> Array:
    """Compute of a training run, forward and backward, attention scores left out [FLOP].

    `6 * active_parameters * tokens`.

    Arguments:
        active_parameters: parameters that each token passes through; for a mixture of experts not the total [1]
        tokens: tokens seen in training [1]

    Valid for transformers whose context is short beside their width; the total of a mixture of experts overstates.
    Source: Kaplan et al. 2020, Scaling Laws for Neural Language Models, section 2.1, https://arxiv.org/abs/2001.08361

    >>> import numpy as np
    >>> float(run_flop(np.array(37e9), np.array(14.8e12)))  # DeepSeek-V3
    3.2856e+24
    """
    return 6 * active_parameters * tokens


def attention_flop(layers: Array, width: Array, context: Array, tokens: Array) -> Array:
    """Compute of the attention scores of a training run, which `6 N D` leaves out [FLOP].

    `6 * layers * width * context * tokens`: with a causal mask each token meets half the context.

    Arguments:
        layers: transformer layers [1]
        width: attention heads times the mean of query and value size [1]
        context: tokens of a training sequence [1]
        tokens: tokens seen in training [1]

    Valid for causal full attention; 4 % of the whole for Llama 3.1 405B at 8,192 tokens.
    Source: Chowdhery et al. 2022, PaLM, appendix B (12 L H Q T a token, halved by the mask),
    https://arxiv.org/abs/2204.02311

    >>> import numpy as np
    >>> once = attention_flop(np.array(126.0), np.array(16384.0), np.array(8192.0), np.array(1.0))
    >>> round(float(once / run_flop(np.array(405e9), np.array(1.0))), 3)
    0.042
    """
    return 6 * layers * width * context * tokens


def run_time(run: Array, sustained: Array) -> Array:
    """Time that one run takes on one synchronous cluster [s].

    `run / sustained`: a lower bound of the calendar, which adds stages, trials and pauses.

    Arguments:
        run: compute of the run [FLOP]
        sustained: FLOP/s sustained in training, failures taken off once [FLOP/s], shape (draws,)

    Valid for chips on one fabric; chips of many sites or owners are no cluster.
    Source: Epoch AI, training-cost-trends, duration from compute and utilisation,
    https://github.com/epoch-research/training-cost-trends

    >>> import numpy as np
    >>> rate = 2048 * 989.5e12 * 0.389 * 0.93  # DeepSeek-V3 on 2,048 H800
    >>> round(float(run_time(np.array(3.29e24), np.array(rate))) / 86400, 1)
    51.9
    """
    return run / sustained


def year_all_busy(sustained: Array, busy: Array) -> Array:
    """Training compute of a year if every busy hour trains [FLOP].

    `sustained * busy * 365.25 d`.

    Arguments:
        sustained: FLOP/s sustained in training [FLOP/s], shape (cells, draws)
        busy: share of chip-hours that run a job, 0 to 1 [1]

    Valid as an upper bound for a full year in service.
    Source: arithmetic; the share as in Kokolis et al. 2024, https://arxiv.org/abs/2410.21680

    >>> import numpy as np
    >>> print(f"{float(year_all_busy(np.array(1e20), np.array(0.8))):.4g}")
    2.525e+27
    """
    return sustained * (busy * YEAR)


def year_share(compute: Array, share: Array) -> Array:
    """The part of a year's compute that goes to one use [FLOP].

    `compute * share`.

    Arguments:
        compute: compute of a year [FLOP], shape (cells, draws)
        share: part of it that goes to that use, 0 to 1 [1]

    Valid for shares of compute, not of money.
    Source: Epoch AI, Most of OpenAI's 2024 compute went to experiments (2025-10-10),
    https://epoch.ai/data-insights/openai-compute-spend

    >>> import numpy as np
    >>> float(year_share(np.array(2e27), np.array(0.25)))
    5e+26
    """
    return compute * share


def runs_a_year(compute: Array, run: Array) -> Array:
    """How many runs of one size a year's compute comes to [1].

    `compute / run`, one after the other or side by side.

    Arguments:
        compute: training compute of a year [FLOP], shape (draws,)
        run: compute of one run [FLOP]

    Valid as a measure of size: no owner spends a year on copies of one model.
    Source: arithmetic.

    >>> import numpy as np
    >>> float(runs_a_year(np.array(3.8e26), np.array(3.8e25)))
    10.0
    """
    return compute / run
