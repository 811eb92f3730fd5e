"""Serving a language model: a roofline of one replica, for prompts (prefill) and for answers (decode)."""

from __future__ import annotations

import numpy as np

from capacity.equations.compute import Array


def serving_chips(chips: Array, busy: Array, training: Array) -> Array:
    """Chips that answer users, on average over the year [1].

    `chips * busy * (1 - training)`.

    Arguments:
        chips: number of chips [1], shape (cells, draws)
        busy: share of chip-hours that run a job, 0 to 1 [1]
        training: share of busy hours that train or do research, 0 to 1 [1]

    Valid for a full year in service.
    Source: arithmetic.

    >>> float(serving_chips(*map(np.array, (1000.0, 0.8, 0.5))))
    400.0
    """
    return chips * (busy * (1 - training))


def cache_bytes(layers: Array, width: Array, bytes_each: Array) -> Array:
    """Key-value cache of one token of context [B].

    `layers * width * bytes_each`; the width is 2 * key-value heads * head size, or with latent attention (MLA)
    the latent size and the rotary part together.

    Arguments:
        layers: transformer layers [1]
        width: numbers kept a layer and token [1]
        bytes_each: bytes of one number [B]

    Valid for full attention in every layer.
    Source: DeepSeek-AI 2025, Insights into DeepSeek-V3, table 1 (70 KB against 516 KB for Llama 3.1 405B),
    https://arxiv.org/abs/2505.09343

    >>> float(cache_bytes(np.array(61.0), np.array(576.0), np.array(2.0))) / 1e3
    70.272
    >>> float(cache_bytes(np.array(126.0), np.array(2 * 8 * 128.0), np.array(2.0))) / 1e3
    516.096
    """
    return layers * width * bytes_each


def token_time(parameters: Array, rate: Array, attention: Array, rate_16bit: Array, share: Array) -> Array:
    """Computing time of one token on one chip [s].

    `(2 * parameters / rate + attention / rate_16bit) / share`: attention runs at 16 bits.

    Arguments:
        parameters: parameters that a token passes through [1]
        rate: dense peak at the precision of the weights [FLOP/s]
        attention: attention scores and sums for that token [FLOP]
        rate_16bit: dense BF16 peak [FLOP/s]
        share: part of these peaks that is reached, 0 to 1 [1]

    Valid for large batches; a chip that is kept waiting by its memory is the other side of the roofline.
    Source: Erdil 2025, Inference economics of language models, section 2, https://arxiv.org/abs/2506.04645

    >>> one = np.array(1.0)
    >>> round(float(token_time(37e9 * one, 1979e12 * one, 0 * one, 989.5e12 * one, one)) * 1e6, 1)
    37.4
    """
    return (2 * parameters / rate + attention / rate_16bit) / share


def batch_in_memory(memory: Array, weights: Array, usable: Array, cache: Array) -> Array:
    """Sequences whose caches fit beside the weights of a replica [1].

    `(memory * usable - weights) / cache`, nought where the weights do not fit.

    Arguments:
        memory: memory of the replica [B]
        weights: bytes of the weights [B]
        usable: part of the memory that weights and caches may fill, 0 to 1 [1]
        cache: cache of one sequence [B]

    Valid for caches without sharing between sequences.
    Source: arithmetic.

    >>> round(float(batch_in_memory(*map(np.array, (1128e9, 671e9, 0.9, 351e6)))))
    981
    """
    return np.maximum(memory * usable - weights, 0.0) / cache


def batch_in_time(
    limit: Array, fixed: Array, weights: Array, cache: Array, bandwidth: Array, compute: Array, exchange: Array
) -> Array:
    """Largest batch of a replica whose step ends within a time limit [1].

    The least of `(time * bandwidth - weights) / cache`, `time / compute` and `time / exchange`, where
    `time = limit - fixed`; nought where the weights alone take longer.

    Arguments:
        limit: longest time a step may take [s]
        fixed: time of a step that no batch shortens [s]
        weights: bytes of the weights that a step reads [B]
        cache: cache of one sequence [B]
        bandwidth: memory bandwidth of the replica that is reached [B/s]
        compute: computing time of one token on the whole replica [s]
        exchange: time to exchange one token's activations on the whole replica [s]

    Valid for the same roofline as `step_time`, of which it is the inverse.
    Source: Erdil 2025, Inference economics of language models, section 2, https://arxiv.org/abs/2506.04645

    >>> [round(float(batch_in_time(*map(np.array, (t, 0.01, 1e12, 1e9, 5e13, 1e-4, 1e-5))))) for t in (0.02, 0.06)]
    [0, 500]
    """
    time = np.maximum(limit - fixed, 0.0)
    reading = np.maximum(time * bandwidth - weights, 0.0) / cache
    working = time / np.maximum(compute, exchange)
    return np.minimum(reading, working)


def step_time(
    batch: Array, weights: Array, cache: Array, bandwidth: Array, compute: Array, exchange: Array, fixed: Array
) -> Array:
    """Time of one decode step of a replica, which gives each sequence of the batch a token [s].

    `max((weights + batch * cache) / bandwidth, batch * compute, batch * exchange) + fixed`.

    Arguments:
        batch: sequences answered together [1]
        weights: bytes of the weights that a step reads; all experts where the batch is large [B]
        cache: cache of one sequence [B]
        bandwidth: memory bandwidth of the replica that is reached [B/s]
        compute: computing time of one token on the whole replica [s]
        exchange: time to exchange one token's activations on the whole replica [s]
        fixed: time of a step that no batch shortens [s]

    Valid for steady batches; reading, computing and exchanging overlap.
    Source: Erdil 2025, Inference economics of language models, section 2, https://arxiv.org/abs/2506.04645

    >>> float(step_time(*map(np.array, (500.0, 1e12, 1e9, 5e13, 1e-4, 1e-5, 0.01))))
    0.060000000000000005
    """
    reading = (weights + batch * cache) / bandwidth
    working = batch * np.maximum(compute, exchange)
    return np.maximum(reading, working) + fixed


def decode_rate(batch: Array, step: Array) -> Array:
    """Tokens answered a second by a replica [1/s].

    `batch / step`: one token a sequence and step, no draft tokens.

    Arguments:
        batch: sequences answered together [1]
        step: time of a step [s]

    Valid without speculative decoding, which adds the accepted draft tokens.
    Source: definition.

    >>> float(decode_rate(np.array(500.0), np.array(0.05)))
    10000.0
    """
    return batch / step


def blended_rate(prefill: Array, decode: Array, prompt: Array) -> Array:
    """Tokens answered a second where the same chips read the prompts [1/s].

    `1 / (1 / decode + prompt / prefill)`.

    Arguments:
        prefill: prompt tokens read a second if the chips did nothing else [1/s]
        decode: tokens answered a second if the chips did nothing else [1/s]
        prompt: prompt tokens for each token answered [1]

    Valid for throughput; prompts found in a cache do not count.
    Source: arithmetic of two uses of one time.

    >>> float(blended_rate(np.array(8000.0), np.array(2000.0), np.array(4.0)))
    1000.0
    """
    return 1 / (1 / decode + prompt / prefill)


def reduce_bytes(layers: Array, hidden: Array, chips: Array) -> Array:
    """Bytes that each chip of a replica sends for one token when every layer is split over all chips [B].

    `layers * 2 * 2 * (chips - 1) / chips * hidden * 2`: two sums a layer over 16-bit activations, as rings.

    Arguments:
        layers: transformer layers [1]
        hidden: activations of one token [1]
        chips: chips of the replica [1]

    Valid for tensor parallelism; nought on one chip.
    Source: Shoeybi et al. 2019, Megatron-LM, section 3, https://arxiv.org/abs/1909.08053

    >>> float(reduce_bytes(np.array(126.0), np.array(16384.0), np.array(8.0))) / 1e6
    14.450688
    """
    return layers * 4 * (chips - 1) / chips * hidden * 2


def expert_bytes(layers: Array, hidden: Array, experts: Array) -> Array:
    """Bytes that one token sends to its experts and gets back [B].

    `layers * experts * hidden * (1 + 2)`: out at 8 bits, back at 16.

    Arguments:
        layers: layers that have experts [1]
        hidden: activations of one token [1]
        experts: experts that a token visits a layer [1]

    Valid where hardly any expert is on the token's own chip.
    Source: DeepSeek-AI 2025, Insights into DeepSeek-V3, section 2.3.2, https://arxiv.org/abs/2505.09343

    >>> float(expert_bytes(np.array(58.0), np.array(7168.0), np.array(8.0))) / 1e6
    9.977856
    """
    return layers * experts * hidden * 3


def critical_batch(rate: Array, bandwidth: Array, total: Array, active: Array, bytes_each: Array) -> Array:
    """Tokens in a step above which a chip's computing, not its memory, sets the pace [1].

    `rate * bytes_each / (2 * bandwidth) * total / active`, caches left out.

    Arguments:
        rate: dense peak at the precision of the weights [FLOP/s]
        bandwidth: peak memory bandwidth [B/s]
        total: parameters of the model [1]
        active: parameters that a token passes through [1]
        bytes_each: bytes of one weight [B]

    Valid for weights alone: with caches to read, computing may never set the pace.
    Source: Williams et al. 2009, Roofline (ridge point), https://doi.org/10.1145/1498765.1498785

    >>> one = np.array(1.0)
    >>> [round(float(critical_batch(r * one, b * one, one, one, one))) for r, b in ((296e12, 4e12), (1979e12, 4.8e12))]
    [37, 206]
    """
    return rate * bytes_each / (2 * bandwidth) * (total / active)
