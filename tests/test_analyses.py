"""Four worked analyses, as a notebook would hold them: they run, and what they show is so."""

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).parent / "analyses"


def worked(name: str) -> dict[str, Any]:
    return runpy.run_path(str(FOLDER / f"{name}.py"))


def test_the_article(capsys: pytest.CaptureFixture[str]) -> None:
    """The frame's row is the array's median; the ratio of arrays lies near sheet rate over watts per chip."""
    found = worked("article")
    assert found["power"].p50 == np.median(found["watts"])
    # 989.5 TFLOP/s over 700 W of chip is 1,414 GFLOP/s per watt; at the meter 2 to 3 times less.
    assert 1414 / 3.5 < found["per_watt"].mean() / 1e9 < 1414 / 1.7
    assert found["drivers"][0].driver.name == "lots.approved.count"
    assert "MW" in capsys.readouterr().out


def test_the_what_if() -> None:
    """A better PUE saves in every world, leaves IT power alone, and the paired saving is the sharper one."""
    found = worked("what_if")
    assert found["it"].difference == (0, 0, 0)
    assert found["facility"].rises == 0
    assert (found["saved"] > 0).all()
    assert np.quantile(found["saved"], 0.95) < found["unpaired"]


def test_the_site_by_megawatts() -> None:
    """Put back into the forward direction, the chips of each world draw the site's megawatts."""
    found = worked("megawatts")
    for chip, answer in found["answers"].items():
        np.testing.assert_allclose(found["chips"][chip] * answer.draws("power.facility.nameplate"), 300e6, rtol=1e-12)
    # 300 MW over 700 W x 1.82 (servers) x about 1.1 x about 1.3 is some 165,000 H200.
    assert 120_000 < np.median(found["chips"]["h200-sxm"]) < 210_000
    assert np.median(found["chips"]["h20"]) > np.median(found["chips"]["h200-sxm"])


def test_a_notebook_shows_a_table_and_the_frame_is_tidy() -> None:
    """`_repr_html_` is an HTML table; `to_frame` has a unit in every row and one row per line."""
    import capacity

    answer = capacity.estimate(capacity.load_scenario(), draws=500)
    assert "<table>" in answer._repr_html_()
    frame = answer.to_frame()
    assert len(frame) == len(answer.lines())
    assert frame["unit"].notna().all()
    assert (frame["p5"] <= frame["p95"]).all()


def test_two_chips_one_of_them_ones_own() -> None:
    """Fifteen lines of nothing but the package: an own chip, a what-if, drivers, a frame, the draws behind a row."""
    pytest.importorskip("matplotlib")
    names = worked("two_chips")
    assert set(names["frame"]["owner"].dropna()) == {"bytedance", "alibaba", "tencent"}
    # 9,000 to 12,000 cards of 550 W: 5 to 6.6 MW of chips, and what belongs to them on top.
    assert 5e6 < np.median(names["watts"]) < 5 * 6.6e6
    assert np.median(names["watts"]) == names["row"]["p50"]
    assert len(names["change"].changes) == 1
    assert names["change"].changes[0].rises == 0
    assert names["spread"].records()[0]["share"] > 0.1
    source = (FOLDER / "two_chips.py").read_text()
    assert [line for line in source.splitlines() if line.startswith(("import", "from"))] == ["import capacity"]
    assert len([line for line in source.splitlines() if line and not line.startswith('"""')]) <= 18
