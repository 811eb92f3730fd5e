"""Public statements of 2024 to 2026, typed as they were made, beside what is published of the same thing.

Published figures are for comparison, with the doubt of their sources: Epoch AI's are estimates (CC BY).
"""

import numpy as np
import pytest

import capacity
from tests.running import good


def estimate(chip: str, amount: object, **more: object) -> capacity.Estimate:
    lot = capacity.Lot(chip=chip, amount=amount, stage="installed", date="2026-01-01", source="as stated", **more)  # type: ignore[arg-type]
    return capacity.estimate(capacity.Scenario.build(name="A statement", as_of="2026-01-01", lots=[lot]), draws=4096)


def ends(answer: capacity.Estimate, address: str) -> tuple[float, float, float]:
    return tuple(np.quantile(answer.draws(address), (0.05, 0.5, 0.95)))  # type: ignore[return-value]


def test_rainier() -> None:
    """AWS, 2025-10-29: nearly 500,000 Trainium2. Epoch AI: 478 MW and 300,087 H100-equivalents by 8 bit."""
    answer = estimate("trainium2", "nearly 500,000", owners=["Amazon"])
    low, _, high = ends(answer, "h100_equivalents.8bit")
    assert low < 300_087 < high
    low, _, high = ends(answer, "power.facility.nameplate")
    assert low < 478e6 < high


@pytest.mark.parametrize(
    ("chip", "cards", "petaflops"),
    [("metax-c500-pcie", 4_096, 984), ("biren-br104", 1_328, 450)],
)
def test_sanjiangyuan(chip: str, cards: int, petaflops: float) -> None:
    """CCTV, 2025-09-16: cards and PFLOPS by maker. The table does not say FP16 or BF16: 16 bit serves both."""
    low, median, high = ends(estimate(chip, cards), "peak_flops.16bit.dense")
    assert low * 0.98 < petaflops * 1e15 < high * 1.02, (low, median, high)


def test_harbin() -> None:
    """China Mobile at Harbin: 18,000 domestic cards, 6.9 EFLOP/s. The 376 bin of the 910B comes to 6.77 in FP16."""
    _, median, _ = ends(estimate("ascend-910b-376", 18_000), "peak_flops.fp16.dense")
    assert median == pytest.approx(6.9e18, rel=0.03)


def test_smuggled_chips_have_the_three_points_of_their_source() -> None:
    """CNAS, 2025: 10,000 to several hundred thousand smuggled in 2024, median 140,000: all three are met."""
    amount = capacity.Quantity(low=10_000, median=140_000, high=600_000, source="cnas", grade="C")  # type: ignore[arg-type]
    assert ends(estimate("h100-sxm", amount), "chips") == pytest.approx((10_000, 140_000, 600_000), rel=0.06)


def test_racks_and_pods_are_counted_in_chips() -> None:
    """Nvidia, Q1 FY2026: nearly 1,000 NVL72 racks a week for a hyperscaler; udn.com 2026-02-07: 550 CloudMatrix 384."""
    words = good("estimate", "--chip", "gb200", "--amount", "1,000 NVL72 racks", "--show", "chips", "-f", "csv", "-q")
    assert float(words.splitlines()[1].split(",")[-5]) == 72_000
    assert ends(estimate("ascend-910c", "550 CloudMatrix 384"), "chips")[1] == 550 * 384


def test_anthropic_tpus() -> None:
    """Anthropic and Google, 2025-10-23: up to 1 million TPUs, well over 1 GW in 2026; taken to be Ironwood."""
    low, _, high = ends(estimate("tpu-v7", "up to 1 million"), "power.facility.nameplate")
    assert low < 1e9 < high
