"""Write what this version predicts for open questions: `python -m tests.tools.predict 2026-11-27`.

The file is dated, and each prediction carries the fingerprint of its scenario; files of other days stay as they are.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from capacity._version import __version__
from capacity.load import load_scenario
from capacity.questions.ledger import predicted
from capacity.records.ledger import Prediction

LEDGER = Path(__file__).parent.parent.parent / "specs" / "ledger"
DRAWS = 131_072
CHINA = "H200 delivered to Chinese firms under the licences by {}"
ABILENE = "GB200 in service at Abilene on {}, of about 400,000 ordered"
PEAK = "Highest draw of {}, the whole site"
QUESTIONS: dict[str, tuple[str, str, str, str | None, str]] = {  # question, scenario, result, day, resolves
    "h200-delivered-2026-12-31": (
        CHINA.format("31 December 2026"), "h200-china-2026-10", "chips.delivered", "2026-12-31", "2027-03-31"),
    "h200-delivered-2027-06-30": (
        CHINA.format("30 June 2027"), "h200-china-2026-10", "chips.delivered", "2027-06-30", "2027-09-30"),
    "ascend-delivered-2026-12-31": (
        "Ascend 910C and 910B delivered in 2025 and 2026", "ascend-china-2026", "chips.delivered", "2026-12-31",
        "2027-06-30"),
    "abilene-2026-12-31": (ABILENE.format("31 December 2026"), "abilene-2026", "chips", "2026-12-31", "2027-03-31"),
    "abilene-2027-06-30": (ABILENE.format("30 June 2027"), "abilene-2026", "chips", "2027-06-30", "2027-09-30"),
    "abilene-peak": (PEAK.format("Abilene with all its chips"), "abilene-2026", "power.facility.peak", None,
                     "2028-12-31"),
    "colossus-1-peak": (PEAK.format("Colossus 1 with 200,000 H100 and H200"), "colossus-1", "power.facility.peak", None,
                        "2027-12-31"),
    "shaoguan-peak": (PEAK.format("the 11,520 Ascend 910C at Shaoguan"), "shaoguan-910c", "power.facility.peak", None,
                      "2027-12-31"),
}  # fmt: skip


def predictions() -> dict[str, Any]:
    """Every question with the points that this version gives for it."""
    found = {}
    for name, (question, scenario_id, address, at, resolves) in QUESTIONS.items():
        scenario = load_scenario(scenario_id)
        unit = "chips" if address.startswith("chips") else "W"
        head = {"question": question, "scenario": scenario_id, "address": address, "unit": unit, "at": at}
        asked = {
            **{key: value for key, value in head.items() if value},
            "resolves": resolves,
            "sha256": scenario.sha256,
        }
        points = predicted(scenario, Prediction.model_validate({**asked, "points": [0] * 5}), DRAWS, 0)
        found[name] = {**asked, "points": list(points)}
    return found


def main(made: str) -> None:
    """Write the file of a day."""
    head = {"version": __version__, "made": str(date.fromisoformat(made)), "draws": DRAWS, "seed": 0}
    text = yaml.safe_dump({**head, "predictions": predictions()}, sort_keys=False, allow_unicode=True)
    (LEDGER / f"{made}.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
