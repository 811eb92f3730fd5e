"""A what-if: the same chips in halls with a better PUE. What moves, by how much, and in how many worlds?"""

import numpy as np

import capacity

before = capacity.load_scenario("h200-china-2026-01")
study = capacity.Source(title="a design study", kind="user")
after = before.having({"assumptions.pue_peak": "1.10..1.20"}, source=study)

found = capacity.compare(before, after, ("power.it.nameplate", "power.facility.nameplate", "energy.facility"))
it, facility, energy = found.changes

# Common worlds: the saving is known far better than either total is.
a, b = (capacity.estimate(s).draws("energy.facility") for s in (before, after))
saved = a - b
unpaired = np.quantile(a, 0.95) - np.quantile(b, 0.05)
print(f"energy saved: {np.median(saved) / 3.6e15:.2f} TWh a year; IT power moves in {it.rises:.0%} of worlds")
