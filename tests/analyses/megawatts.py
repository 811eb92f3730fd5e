"""A site known only by its megawatts: how many chips can stand behind 300 MW at the meter, and how many FLOP/s?

The watts of one chip with all that belongs to it are drawn; each world's megawatts are divided by that world's
watts. Percentiles come last: dividing by the median watts would lose the interval.
"""

import numpy as np

import capacity
from capacity.load import Specs, join_scenario, one_lot_document

SITE = 300e6  # W at nameplate, as the operator states it


def one_chip(chip: str) -> capacity.Estimate:
    """The estimate of a single chip, at an owner of whom nothing is known."""
    document = one_lot_document(chip, "1", [], "2026-01-28", "arithmetic")
    return capacity.estimate(join_scenario(document, Specs()))


answers = {chip: one_chip(chip) for chip in ("h200-sxm", "h20")}
chips = {chip: SITE / answer.draws("power.facility.nameplate") for chip, answer in answers.items()}
flops = {chip: chips[chip] * answers[chip].draws("peak_flops.bf16.dense") for chip in answers}
for chip in answers:
    low, middle, high = np.quantile(chips[chip], [0.05, 0.5, 0.95])
    print(f"{chip}: {middle:,.0f} chips ({low:,.0f} to {high:,.0f}), {np.median(flops[chip]) / 1e18:.1f} EFLOP/s BF16")
