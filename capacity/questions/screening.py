"""A first look at which inputs matter, to choose those that a memo lists; `sensitivity` gives their shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from capacity.equations.compute import Array
from capacity.model.estimate import Estimate, estimate
from capacity.resolve import Input

WORLDS = 2048
TOGETHER = 256  # inputs that are compared with the results at a time


def influence(answer: Estimate, addresses: Sequence[str]) -> list[tuple[Input, float]]:
    """The largest squared rank correlation of each uncertain input with any of the results.

    A first look over two thousand worlds: with independent inputs the squares of one result come to
    about 1, with correlated inputs they share what is common.
    """
    if answer.sketches:
        days = [view.at for view in answer.views if view.at]
        answer = estimate(answer.scenario, WORLDS, answer.worlds.seed, by="total", show=answer.asked, at=days)
    results = [answer.draws(address, view.name, view.at)[:WORLDS] for view in answer.views for address in addresses]
    block = replace(answer.worlds, draws=min(answer.worlds.draws, WORLDS)).block(0)
    targets = np.array([_ranks(values) for values in results]).reshape(len(results), block.size)
    items = [item for item in answer.plan.inputs() if item.unit == "split" or not item.quantity.is_exact]
    largest: list[float] = []
    for start in range(0, len(items), TOGETHER):
        some = items[start : start + TOGETHER]
        ranks = np.array([_ranks(block.weight(i) if i.unit == "split" else block.value(i)) for i in some])
        largest += np.square(targets @ ranks.T).max(axis=0, initial=0.0).tolist()
    return list(zip(items, largest, strict=True))


def _ranks(values: Array) -> Array:
    """Ranks, centred and scaled to unit length; all zero where the values do not differ."""
    if values.size < 2 or (values == values.flat[0]).all():
        return np.zeros(values.size)
    ranks = np.empty(values.size)
    ranks[np.argsort(values)] = np.arange(values.size)
    ranks -= ranks.mean()
    return ranks / float(np.sqrt((ranks**2).sum()))
