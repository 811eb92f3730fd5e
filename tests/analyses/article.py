"""The article: "China approves over 400,000 H200". How much is that, how sure, and what does it hinge on?"""

import capacity
from capacity.questions.sensitivity import influences

scenario = capacity.load_scenario("h200-china-2026-01")
answer = capacity.estimate(scenario)

table = answer.to_frame()  # a row per result and owner, SI units, the unit in a column
total = table[table["owner"].isna()]
power = total.query("quantity == 'power' and boundary == 'facility' and rating == 'nameplate'").iloc[0]

flops = answer.draws("peak_flops.bf16.dense")
watts = answer.draws("power.facility.nameplate")
per_watt = flops / watts  # the same world in both arrays: a ratio with its own interval, not a ratio of medians

drivers = influences(scenario, ["power.facility.nameplate"])["power.facility.nameplate"]
print(f"facility power {power.p50 / 1e6:.0f} MW ({power.p5 / 1e6:.0f} to {power.p95 / 1e6:.0f})")
print(f"{per_watt.mean() / 1e9:.0f} GFLOP/s per watt; the spread is mostly {drivers[0].driver.name}")
