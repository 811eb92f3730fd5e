"""How the shares, ratios and days of deployment in specs/assumptions.yaml were fitted, and how to score them again.

    python -m tests.tools.deployment announced.csv [--rows] [NAME=LOW..HIGH@CHANCE …]

Each row of a table of announcements is predicted by `estimate`, as a user would type it: the class of what must be
passed, the stage, the day promised. What was fitted are patterns of the 27 events of classes open market and national
programme in the half of the table that was at hand; no formula was run over rows:

* on the promised day 7 of 14 were whole, 6 a part, 1 nothing: the middle of `promise_ratio` is near 1, and of what
  comes at all half comes whole, some with more to spare (`*_delivered` above 1);
* of 14 plans on the open market 5 came to nothing (0.36); plans that die in silence are missing: 0.40 is taken. Of 9
  orders none did: 0.04;
* 100,000 H100 ran 100 days after they were announced for 494, and one national machine took 624 for 304: 0.35 to 3;
* no day promised: half of 940 MW after one year, two thirds of a million chips after 1.5 years; `delivery_days`.
Megawatts and chips are not told apart: once the promise is given, seven rows of megawatts lie among those of chips.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

import capacity
from capacity.equations.compute import Array
from capacity.load import scenario_from

STAGES = {"announced": "planned", "contracted": "ordered"}
KINDS = {"government licence": "licence-dependent", "import approval": "licence-dependent",
         "export deal": "export-deal", "national programme": "national-programme"}  # fmt: skip
REACHED = (("booked", "chips.delivered"), ("shipped", "chips.delivered"), ("delivered", "chips.delivered"),
           ("installed", "chips.installed"), ("owned", "chips.installed"))  # fmt: skip
WORLDS = 2048


@dataclass(frozen=True)
class Outcome:
    """One observation of an announcement, and the shares that were predicted for it, one a world."""

    event: str
    route: str
    months: float
    share: float
    predicted: Array

    @property
    def crps(self) -> float:
        """Mean distance to what came, less half the mean distance between worlds."""
        worlds = np.sort(self.predicted)
        rank = 2 * np.arange(1, worlds.size + 1) - worlds.size - 1
        return float(np.abs(worlds - self.share).mean() - (rank * worlds).sum() / worlds.size**2)

    @property
    def side(self) -> int:
        """-1 where less came than the 90 % interval has, 1 where more did, else 0."""
        low, high = np.quantile(self.predicted, (0.05, 0.95))
        return int(self.share > high + 1e-9) - int(self.share < low - 1e-9)


def route(row: dict[str, str]) -> str:
    """What must be passed, whoever announced it: a restricted chip to a restricted buyer needs a licence."""
    foreign = row["country"] == "CN" and "Ascend" not in row["chip_or_unit"]
    return "licence-dependent" if foreign else KINDS.get(row["kind"], "open-market")


def outcomes(path: Path, settings: dict[str, str]) -> Iterator[Outcome]:
    """Every row of the table that has a share, predicted."""
    assumed: dict[str, dict[str, Any]] = {}
    for place, text in settings.items():
        points, _, chance = text.partition("@")
        low, _, high = points.partition("..")
        assumed[place] = {"low": float(low), "high": float(high), "source": "x", "grade": "D"}
        if chance:
            assumed[place] |= {"ceiling": 20, "chance": float(chance)}
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["share_realised_at_observation"]:
                yield _outcome(row, assumed)


def _outcome(row: dict[str, str], assumed: Mapping[str, object]) -> Outcome:
    lot = {
        "chip": "h100-sxm", "stage": STAGES.get(row["stage"], row["stage"]), "date": row["date_stated"],
        "count": {"value": 1000, "source": "x", "grade": "D"}, "route": route(row),
    }  # fmt: skip
    if row["promised_by"]:
        lot["due"] = row["promised_by"]
    data = {
        "id": "row", "name": row["event"], "as_of": row["date_stated"], "lots": {"lot": lot}, "counted": ["lot"],
        "assumptions": assumed, "sources": {"x": {"title": "the table", "kind": "user"}},
    }  # fmt: skip
    reached = next((address for words, address in REACHED if row["observed_stage"].startswith(words)), "chips")
    day = date.fromisoformat(row["date_observed"])
    answer = capacity.estimate(scenario_from(data), WORLDS, by="total", show="chips", at=day)
    share = float(row["share_realised_at_observation"])
    shares = answer.draws(reached, view="in_service", at=day) / 1000
    return Outcome(row["event"], str(lot["route"]), float(row["months"]), share, shares)


def summary(name: str, found: list[Outcome]) -> str:
    """Coverage, misses below and above, and CRPS beside that of the other events' plain shares."""
    sides = [one.side for one in found]
    crps = np.mean([one.crps for one in found])
    shares = np.array([one.share for one in found])
    others = [Outcome("", "", 0, y, np.delete(shares, i)).crps for i, y in enumerate(shares)] if len(found) > 1 else [0]
    counts = f"inside {sides.count(0):3} below {sides.count(-1)} above {sides.count(1)}"
    return f"{name:20} n {len(found):3} {counts} CRPS {crps:.3f} plain {np.mean(others):.3f}"


def main(arguments: list[str]) -> None:
    """Print the scores of a table."""
    settings = dict(a.split("=") for a in arguments[1:] if "=" in a)
    every = list(outcomes(Path(arguments[0]), settings))
    last = list({one.event: one for one in every}.values())
    for name in ("open-market", "national-programme", "licence-dependent", "export-deal"):
        if mine := [one for one in last if one.route == name]:
            print(summary(name, mine))
    print(summary("last of each event", last))
    print(summary("every observation", every))
    if "--rows" in arguments:
        for one in every:
            low, middle, high = np.quantile(one.predicted, (0.05, 0.5, 0.95))
            interval = f"{middle:.2f} ({low:.2f}-{high:.2f}) {one.side:+d}"
            print(f"{one.event:20} {one.route:18} {one.months:5.1f} {one.share:.2f}  {interval} {one.crps:.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
