"""Two chips, three owners, a chip of one's own: how many megawatts, what carries the spread, and what if half comes?"""

import capacity

card = {"name": "Acme X1", "vendor": "Acme", "unit": "card", "dense_tflops": {"bf16": (380, 420)}, "tdp_w": 550}
own = capacity.load_chip({**card, "memory_gb": 96, "source": "a slide of the maker", "grade": "C"})
lots = [
    capacity.Lot(chip="H200", amount="over 40,000", stage="approved", owners=["ByteDance", "Alibaba"], grade="C"),
    capacity.Lot(chip=own, amount=(9_000, 12_000), stage="installed", owners=["Tencent"]),
]
scenario = capacity.Scenario.build(name="Two chips", as_of="2026-01-28", lots=lots, source="a reporter")
half = scenario.having({"lots.lot-1.count": "20,000", "assumptions.pue_peak": "1.1..1.2"})
answer = capacity.estimate(scenario, draws=2000, by=("owner", "chip"))
change = capacity.compare(scenario, half, "power.facility.nameplate", draws=2000)
spread = capacity.drivers(scenario, "power.facility.nameplate", draws=256)
frame = answer.to_frame()
row = frame.query("chip == 'acme-x1' and boundary == 'facility' and rating == 'nameplate'").iloc[0]
watts = answer.draws(row["address"])
axes = answer.plot("intervals", "power.facility.nameplate")
print(answer, change, spread, sep="\n\n")
