"""A what-if: the same chips in halls with a better PUE. What moves, by how much, and in how many worlds?"""

import numpy as np

import capacity
from capacity.load import Specs, commanded_document, join_scenario, scenario_document
from capacity.load.input_file import InputFile
from capacity.questions.compare import compare

document = scenario_document("h200-china-2026-01", Specs())
before = join_scenario(document, Specs())
changed = InputFile(document.name, dict(document.data))
labels = commanded_document(changed, ["assumptions.pue_peak=1.10..1.20"], "a design study")
after = join_scenario(changed, Specs(), labels)

found = compare(before, after, ("power.it.nameplate", "power.facility.nameplate", "energy.facility"))
it, facility, energy = found.changes

# Common worlds: the saving is known far better than either total is.
a, b = (capacity.estimate(s).draws("energy.facility") for s in (before, after))
saved = a - b
unpaired = np.quantile(a, 0.95) - np.quantile(b, 0.05)
print(f"energy saved: {np.median(saved) / 3.6e15:.2f} TWh a year; IT power moves in {it.rises:.0%} of worlds")
