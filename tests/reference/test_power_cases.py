"""Published power of real systems against the model's 90 % interval, each with its boundary and rating.

"used": the figure helped to set a default, so that agreement shows consistency only. "held out": it did not.
"""

from dataclasses import dataclass

import numpy as np
import pytest

import capacity
from capacity.load import Specs, join_scenario, typed_settings
from capacity.load.input_file import InputFile

TRAINING = ("assumptions.busy_share=1", "assumptions.training_share=1")


@dataclass(frozen=True)
class Case:
    """One published figure: of what, at which boundary and rating, and whether a default rests on it."""

    name: str
    chip: str
    chips: int
    result: str  # the address names boundary and rating
    value: float  # W, or J for energy
    role: str
    site: str | None = None
    system: str | None = None
    sets: tuple[str, ...] = ()


CASES = [
    Case("DGX H100 rating, 10.2 kW", "h100-sxm", 8, "power.server.nameplate", 10.2e3, "used"),
    Case("DGX H200 rating, 10.2 kW", "h200-sxm", 8, "power.server.nameplate", 10.2e3, "used"),
    Case("GB200 NVL72 rating, 132 kW", "gb200", 72, "power.server.nameplate", 132e3, "used"),
    Case("CoreWeave filing, 1,472 W of IT an H100", "h100-sxm", 1, "power.it.nameplate", 1472, "used"),
    Case("SemiAnalysis, 20,480 H100 need 28.4 MW of IT", "h100-sxm", 20_480, "power.it.nameplate", 28.4e6, "used"),
    Case("SemiAnalysis, the same use 249 GWh a year", "h100-sxm", 20_480, "energy.facility",
         249_185 * 3.6e9, "used", sets=TRAINING),
    Case("Colossus 1, 100,000 H100 at 181 MW (Epoch AI)", "h100-sxm", 100_000, "power.facility.nameplate",
         181e6, "used", site="colossus-1"),
    Case("Colossus 1, 200,000 H100 and H200 at 361 MW (Epoch AI)", "h100-sxm", 200_000,
         "power.facility.nameplate", 361e6, "used", site="colossus-1"),
    Case("Colossus 2, 110,000 GB200 at 299 MW (Epoch AI)", "gb200", 110_000, "power.facility.nameplate",
         299e6, "held out", site="colossus-2"),
    Case("Meta, 83,000 GB200 capped at 80 % in a 150 MW data centre", "gb200", 83_000,
         "power.facility.nameplate", 150e6, "held out", site="meta-gb200"),
    Case("Latif et al., a node draws at most 8.4 kW", "h100-sxm", 8, "power.server.peak", 8.4e3, "used"),
    Case("MLPerf 4.0, an immersed node draws at most 7.37 kW", "h100-sxm", 8, "power.server.peak", 7.37e3,
         "used", system="hgx-h100-immersion"),
    Case("Newkirk et al., heavy training at 76 % of 10.2 kW", "h100-sxm", 8, "power.server.average",
         0.76 * 10.2e3, "used", sets=TRAINING),
    Case("MLPerf 4.0, 512 H100 in one run at 973 W of IT a chip", "h100-sxm", 512, "power.it.average",
         512 * 973, "used", system="hgx-h100-immersion", sets=TRAINING),
    Case("CloudMatrix 384, 500 kW", "ascend-910c", 384, "power.server.nameplate", 500e3, "used"),
    Case("CloudMatrix 384, 600 kW", "ascend-910c", 384, "power.server.nameplate", 600e3, "used"),
]  # fmt: skip


def alone(case: Case) -> capacity.Estimate:
    """The case's chips as a scenario of their own."""
    lot = {"chip": case.chip, "stage": "installed", "date": "2026-01-01",
           "count": {"value": case.chips, "source": "published", "grade": "A"},
           "site": case.site, "system": "cloudmatrix-384" if case.chip == "ascend-910c" else case.system}  # fmt: skip
    data = {"id": "case", "name": case.name, "as_of": "2026-01-01", "counted": ["it"],
            "sources": {"published": {"title": case.name, "kind": "secondary report"}},
            "lots": {"it": {key: value for key, value in lot.items() if value is not None}}}  # fmt: skip
    data["lots"]["it"]["count"]["value"] = float(case.chips)  # type: ignore[index]
    document = InputFile("case", data)
    scenario = join_scenario(document, Specs()).having(typed_settings(case.sets), label="--set")
    return capacity.estimate(scenario, draws=8000, by="total", show=case.result)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.name} ({c.role})")
def test_published_power_lies_in_the_90_percent_interval(case: Case) -> None:
    """The published figure lies between the 5 % and 95 % points at its own boundary and rating."""
    low, high = np.quantile(alone(case).draws(case.result), [0.05, 0.95])
    assert low <= case.value <= high, (case.role, low, high)


def test_the_cap_is_what_makes_the_150_mw_hall_fit() -> None:
    """Without Meta's cap of 960 of 1,200 W the 83,000 GB200 would not lie near 150 MW: the cap matters."""
    case = Case("uncapped", "gb200", 83_000, "power.facility.nameplate", 150e6, "held out", site="meta-gb200",
                sets=("assumptions.cap_share=1",))  # fmt: skip
    assert np.quantile(alone(case).draws(case.result), 0.05) > 150e6


NSCALE = dict(chip="gb300", chips=23_000, value=50e6, role="held out", site="nscale-loughton")


def test_nscale_loughton_is_a_miss_when_read_as_facility_power() -> None:
    """23,000 GB300 in "50 MW" (held out) miss the facility interval.

    The report does not say which it means. Read as facility power the hall would have a PUE of 1.0, which no
    hall has. The site file therefore keeps the kind unstated, as a mixture.
    """
    facility = alone(Case("as facility", result="power.facility.nameplate", **NSCALE))  # type: ignore[arg-type]
    assert np.quantile(facility.draws("power.facility.nameplate"), 0.05) > 50e6


@pytest.mark.xfail(
    reason="missed: 50 MW lies 0.3 % above the interval since the network beside GB300 racks is narrower"
)
def test_nscale_loughton_lies_in_the_interval_of_it_power() -> None:
    """Read as IT power the same 50 MW are those of 23,000 GB300."""
    it = alone(Case("as IT", result="power.it.nameplate", **NSCALE))  # type: ignore[arg-type]
    low, high = np.quantile(it.draws("power.it.nameplate"), [0.05, 0.95])
    assert low < 50e6 < high


def test_meta_24k_cluster_has_the_peak_that_its_count_gives() -> None:
    """24,576 H100 come to 24.3 EFLOP/s dense BF16; Meta published no megawatts, so no power is checked."""
    case = Case("Meta 24k", "h100-sxm", 24_576, "peak_flops.bf16.dense", 24.3e18, "held out", site="meta-24k")
    assert alone(case).draws(case.result)[0] == pytest.approx(24_576 * 989.5e12)
    assert capacity.load.load_site("meta-24k").capacity_mw is None
