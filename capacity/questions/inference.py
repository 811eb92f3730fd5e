"""What a fleet can serve: tokens a second of a named model and context, by a roofline of one replica."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.equations import inference as eq
from capacity.equations.compute import Array
from capacity.errors import did_you_mean, fail
from capacity.model.estimate import Estimate, estimate
from capacity.questions.points import Points, assumed, figure
from capacity.records.reference import LanguageModel, Models

SERVER = 8.0  # chips of a server where the sheet names no system
WEIGHTS_AT_MOST = 0.6  # of a replica's memory: the rest is for the caches
FILLED_AT_MOST = 0.75  # with one sequence's cache
LARGEST_REPLICA = 1024
USUAL = ("deepseek-v3", "llama-3.1-405b")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The figures of a chip that serving needs, in SI, each of shape (draws,)."""

    rate: Array
    rate_16bit: Array
    bytes_each: float
    bandwidth: Array
    memory: Array
    link: Array
    server: float


@dataclass(frozen=True, slots=True)
class Terms:
    """The efficiency terms and limits of the roofline, each of shape (draws,) or ()."""

    bandwidth: Array
    compute: Array
    prefill: Array
    exchange: Array
    network: Array
    fixed: Array
    limit: Array
    usable: Array


@dataclass(frozen=True, slots=True)
class Replica:
    """One replica at work: its chips, its batch, and tokens a second and chip; arrays of shape (draws,)."""

    chips: int
    batch: Array
    step: Array
    decode: Array
    prefill: Array
    limit_missed: float


@dataclass(frozen=True, slots=True)
class Served:
    """One model on one kind of chip."""

    model: str
    chip: str
    chips: int
    bytes_each: float
    batch: Points
    critical_batch: float
    decode: Points
    prefill: Points
    limit_missed: float

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it: tokens a second and chip."""
        return {
            "model": self.model, "chip": self.chip, "replica_chips": self.chips, "bytes_a_weight": self.bytes_each,
            "batch": self.batch.as_dict(), "critical_batch": self.critical_batch,
            "decode_tokens_s_chip": self.decode.as_dict(), "prefill_tokens_s_chip": self.prefill.as_dict(),
            "limit_missed": self.limit_missed,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fleet:
    """One model on the whole fleet: tokens answered a second, by what the chips do beside answering."""

    model: str
    name: str
    decode_all: Points
    prefill_all: Points
    answer_all: Points
    answer_serving: Points

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it: tokens a second."""
        points = {k: getattr(self, k).as_dict() for k in ("decode_all", "prefill_all", "answer_all", "answer_serving")}
        return {"model": self.model, "name": self.name, **points}


@dataclass(frozen=True, slots=True)
class Inference:
    """The section `inference`: per kind of chip, and for the fleet."""

    context: float
    prompt: float
    kinds: tuple[Served, ...]
    fleets: tuple[Fleet, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The section as JSON has it."""
        return {
            "context_tokens": self.context, "prompt_tokens_each_answered": self.prompt,
            "kinds": [kind.as_dict() for kind in self.kinds], "fleets": [fleet.as_dict() for fleet in self.fleets],
            "notes": list(self.notes),
        }  # fmt: skip


def can_serve(
    answer: Estimate, models: Models, names: Sequence[str] = (), context: float = 4096, prompt: float = 3.0
) -> Inference:
    """What the fleet of an estimate (shown with `inference`) can serve.

    `context`: tokens of each sequence so far; `prompt`: prompt tokens read for each token answered.
    Raises `InputError` for an unknown model, one whose shape is not published, or a context that is none.
    """
    if not context >= 1 or not prompt >= 0 or max(context, prompt) > 1e9:
        raise fail("context", f"{context:g} tokens is no context", "1 or more")
    chosen = {name: _model(models, name) for name in names or [n for n in USUAL if n in models.models]}
    by_chip = estimate(
        answer.scenario, answer.worlds.draws, answer.worlds.seed, by="chip", show=("chips", "serving_chips")
    )
    terms = efficiency(answer)
    kinds, fleets, notes = [], [], []
    fleet = [group.id for group in by_chip.groups if group.kind == "chip"]
    for name, model in chosen.items():
        totals = np.zeros((4, answer.worlds.draws))
        for chip in fleet:
            sheet = sheet_of(answer, chip)
            if isinstance(sheet, str):
                notes.append(f"the sheet of {chip} gives no {sheet}: {model.name} cannot be served on it on paper")
                totals[:] = np.nan
                continue
            replica = serve(model, sheet, terms, context)
            kinds.append(_served(name, chip, model, sheet, replica))
            totals += _fleet_rates(by_chip, chip, replica, prompt)
        if not np.isnan(totals).any():
            fleets.append(Fleet(name, model.name, *(Points.of(row) for row in totals)))
    return Inference(context, prompt, tuple(kinds), tuple(fleets), (*dict.fromkeys(notes), *NOTES))


NOTES = (
    "weights at 8 bits where the chip has an 8-bit rate, else 16; caches at 16 bits; no draft tokens; every sequence "
    "holds the whole context; the batch fills the memory or the time limit for a token, whichever is less",
    "measured serving is inside these intervals or below them: batches that drain, uneven experts and idle hours "
    "are not in the roofline",
)


def _model(models: Models, name: str) -> LanguageModel:
    known = [key for key, model in models.models.items() if model.has_shape]
    if name not in models.models:
        raise fail("models", f"unknown model {name!r}", did_you_mean(name, known))
    if name not in known:
        raise fail("models", f"the shape of {name} is not published", f"known: {', '.join(known)}")
    return models.models[name]


def efficiency(answer: Estimate) -> Terms:
    """The efficiency terms of the roofline in the worlds of an estimate."""
    names = ("decode_bandwidth_share", "decode_compute_share", "prefill_compute_share", "exchange_share",
             "network_b_s", "decode_fixed_s", "token_limit_s", "memory_usable_share")  # fmt: skip
    return Terms(*(assumed(answer, name) for name in names))


def sheet_of(answer: Estimate, chip: str) -> Sheet | str:
    """What serving needs of a chip's sheet, or the name of what the sheet lacks."""
    found = {name: figure(answer, chip, name) for name in
             ("dense_tflops.fp8", "dense_tflops.int8", "dense_tflops.bf16", "memory_bandwidth_tb_s", "memory_gb",
              "link_gb_s")}  # fmt: skip
    for name in ("dense_tflops.bf16", "memory_bandwidth_tb_s", "memory_gb"):
        if found[name] is None:
            return name
    eight = [rate for rate in (found["dense_tflops.fp8"], found["dense_tflops.int8"]) if rate is not None]
    sixteen, bandwidth, memory = (found[n] for n in ("dense_tflops.bf16", "memory_bandwidth_tb_s", "memory_gb"))
    assert sixteen is not None and bandwidth is not None and memory is not None  # noqa: PT018
    rate = np.maximum.reduce(eight) if eight else sixteen
    part = answer.scenario.chips[chip]
    link = found["link_gb_s"]
    link = np.full(answer.worlds.draws, np.inf) if link is None else link / (2 if part.link_direction == "both" else 1)
    system = answer.scenario.systems.get(part.system or "")
    return Sheet(
        rate, sixteen, 1.0 if eight else 2.0, bandwidth, memory, link, float(system.chips) if system else SERVER
    )


def serve(
    model: LanguageModel, sheet: Sheet, terms: Terms, context: float, chips: int | None = None,
    cache_bytes_each: float = 2.0, batch: Array | None = None,
) -> Replica:  # fmt: skip
    """A replica of a model on one kind of chip, at the largest batch that memory and the time limit allow.

    Where reading the weights alone takes half the limit or more, users wait twice that reading.
    `chips`: of the replica; else the least power of two whose memory the weights fill to 60 % at most.
    """
    assert model.parameters is not None and model.active is not None  # noqa: PT018
    assert model.layers is not None and model.cache_width is not None and model.decode_width is not None  # noqa: PT018
    weights = np.asarray(model.parameters * sheet.bytes_each)
    cache = eq.cache_bytes(np.array(model.layers), np.array(model.cache_width), np.array(cache_bytes_each)) * context
    size = chips or replica_size(float(weights), float(np.min(sheet.memory)), float(cache))
    scores = np.asarray(4 * model.layers * model.decode_width * context)
    compute = eq.token_time(np.asarray(model.active), sheet.rate, scores, sheet.rate_16bit, terms.compute) / size
    exchange = _exchange(model, sheet, terms, size)
    bandwidth = size * sheet.bandwidth * terms.bandwidth
    room = eq.batch_in_memory(size * sheet.memory, weights, terms.usable, cache)
    reading = terms.fixed + 2 * weights / bandwidth
    limit = np.maximum(terms.limit, reading)
    in_time = eq.batch_in_time(limit, terms.fixed, weights, cache, bandwidth, compute, exchange)
    chosen = np.minimum(room, in_time if batch is None else batch)
    chosen = np.where(room < 1, 0.0, chosen)
    step = eq.step_time(chosen, weights, cache, bandwidth, compute, exchange, terms.fixed)
    masked = (model.score_width or model.decode_width) * context / 2
    prompt = eq.token_time(
        np.asarray(model.active), sheet.rate, np.asarray(4 * model.layers * masked), sheet.rate_16bit, terms.prefill
    )
    prefill = np.where(room < 1, 0.0, 1 / prompt)
    missed = float(np.mean(reading > terms.limit)) if batch is None else 0.0
    return Replica(size, chosen, step, eq.decode_rate(chosen, step) / size, prefill, missed)


def replica_size(weights: float, memory: float, cache: float = 0.0) -> int:
    """The least power of two of chips whose memory the weights fill to 60 % at most, with room for one sequence.

    >>> replica_size(671e9, 141e9), replica_size(405e9, 80e9), replica_size(70e9, 141e9)
    (8, 16, 1)
    """
    size = 1
    while size < LARGEST_REPLICA and (
        weights > WEIGHTS_AT_MOST * size * memory or weights + cache > FILLED_AT_MOST * size * memory
    ):
        size *= 2
    return size


def _exchange(model: LanguageModel, sheet: Sheet, terms: Terms, size: int) -> Array:
    """Time to exchange one token's activations on the whole replica [s]: inside a server by its links, else by
    the network."""
    assert model.layers is not None and model.hidden is not None  # noqa: PT018
    inside = size <= sheet.server
    rate = (sheet.link if inside else np.minimum(terms.network, sheet.link)) * terms.exchange
    if model.expert_layers is None or model.experts_per_token is None:
        sent = eq.reduce_bytes(np.array(model.layers), np.array(model.hidden), np.array(float(size)))
        return sent / rate
    sent = eq.expert_bytes(*(np.array(x) for x in (model.expert_layers, model.hidden, model.experts_per_token)))
    away = (size - 1) / size if inside else 1 - sheet.server / size
    return sent * away / (size * rate)


def _served(name: str, chip: str, model: LanguageModel, sheet: Sheet, replica: Replica) -> Served:
    assert model.parameters is not None and model.active is not None  # noqa: PT018
    each = np.array(sheet.bytes_each)
    critical = eq.critical_batch(
        sheet.rate, sheet.bandwidth, np.array(model.parameters), np.array(model.active), each
    )  # fmt: skip
    return Served(
        name, chip, replica.chips, sheet.bytes_each, Points.of(replica.batch), float(np.median(critical)),
        Points.of(replica.decode), Points.of(replica.prefill), replica.limit_missed,
    )  # fmt: skip


def _fleet_rates(by_chip: Estimate, chip: str, replica: Replica, prompt: float) -> Array:
    """Tokens a second of all chips of a kind: answering only, reading only, both, and both on those that serve."""
    chips, serving = by_chip.draws(f"chips@{chip}"), by_chip.draws(f"serving_chips@{chip}")
    with np.errstate(divide="ignore"):
        both = eq.blended_rate(replica.prefill, replica.decode, np.asarray(prompt))
    both = np.where((replica.decode > 0) & (replica.prefill > 0), both, 0.0)
    return np.array([chips * replica.decode, chips * replica.prefill, chips * both, serving * both])
