"""The reference job, once for each contender: the same model, as each would write it.

Chips: PERT 400k, 430k, 480k. Three owners: Dirichlet(50, 30, 20). MFU, utilisation, PUE, availability: PERT.
Server overhead: log-normal. Eight outputs (peak BF16 and FP8, sustained BF16 and FP8, IT and facility MW, TWh per
year, H100 equivalents) for each owner and the total, each as mean and 5, 25, 50, 75, 95 % points: 192 numbers.
A contender takes a number of worlds and returns {(group, output): numbers}, the mean first and the median fourth.
"""

from __future__ import annotations

import csv
import dataclasses
import functools
import math
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

Stats = dict[tuple[str, str], Any]
Array = np.ndarray[Any, np.dtype[Any]]

PERTS = {
    "chips": (400e3, 430e3, 480e3), "mfu": (0.25, 0.38, 0.50), "use": (0.60, 0.80, 0.95),
    "pue": (1.1, 1.25, 1.4), "up": (0.90, 0.96, 0.99),
}  # fmt: skip
SPLIT = (50.0, 30.0, 20.0)
OVERHEAD = (1.3, 1.6)  # 5 and 95 % points
Z95 = NormalDist().inv_cdf(0.95)
MU = (math.log(OVERHEAD[0]) + math.log(OVERHEAD[1])) / 2
SIGMA = (math.log(OVERHEAD[1]) - math.log(OVERHEAD[0])) / 2 / Z95
BF16, FP8, WATTS, HOURS = 989.5e12, 1979e12, 700.0, 8760.0
POINTS = (5, 25, 50, 75, 95)
GROUPS = ("a", "b", "c", "total")
# output → the distinct array that it is a multiple of, and the multiple
OUTPUTS = {
    "peak bf16": ("chips", BF16), "peak fp8": ("chips", FP8), "h100 equivalents": ("chips", 1.0),
    "sustained bf16": ("used", BF16), "sustained fp8": ("used", FP8),
    "it MW": ("it", WATTS / 1e6), "facility MW": ("facility", WATTS / 1e6), "TWh": ("energy", WATTS * HOURS / 1e12),
}  # fmt: skip
DISTINCT = ("chips", "used", "it", "facility", "energy")


def shape(low: float, mode: float, high: float) -> tuple[float, float]:
    """The two parameters of a PERT's beta distribution."""
    return 1 + 4 * (mode - low) / (high - low), 1 + 4 * (high - mode) / (high - low)


def outputs(chips: Any, mfu: Any, use: Any, overhead: Any, pue: Any, up: Any) -> dict[str, Any]:
    """The eight outputs of one group, written out as a user would."""
    peak, fp8 = chips * BF16, chips * FP8
    it = chips * WATTS * use * overhead / 1e6
    facility = it * pue
    return {
        "peak bf16": peak, "peak fp8": fp8, "h100 equivalents": peak / BF16, "sustained bf16": peak * mfu,
        "sustained fp8": fp8 * mfu, "it MW": it, "facility MW": facility, "TWh": facility * HOURS * up / 1e6,
    }  # fmt: skip


def every_output(chips: Any, parts: Any, *others: Any) -> Iterator[tuple[tuple[str, str], Any]]:
    """All 32 outputs, by group and name."""
    for group, count in zip(GROUPS, (*(chips * part for part in parts), chips), strict=True):
        for name, values in outputs(count, *others).items():
            yield (group, name), values


def by_percentile(*factors: Any) -> Stats:
    """Mean and percentiles of every output, one call each."""
    return {key: [x.mean(), *np.percentile(x, POINTS)] for key, x in every_output(*factors)}


# --- what people bring ------------------------------------------------------------------------

WHO = ("Meta", "Microsoft", "Oracle", "CoreWeave", "xAI", "ByteDance", "Alibaba", "Tencent")
WHAT = ("H100", "H200", "B200", "GB200", "GB300", "MI300X", "H20", "Ascend 910C")
STAGES = ("planned", "ordered", "shipped", "delivered", "installed")
SAID = (
    "{who} has ordered about {count:,} {what} accelerators, two people who know the plan said, the first of them due "
    "by the end of 2027.",
    "The site would draw {mw} megawatts when it is finished, the company said, a third of which is connected today.",
    "Analysts had expected a smaller number; they pointed to the supply of memory and to the time that a permit takes.",
    "A spokesman for {who} would not say how many of the {what} chips were installed.",
    "The deal is worth over ${bn} billion over five years, after a year in which electricity became a tenth dearer.",
)


def deals(path: Path, lots: int = 1000) -> None:
    """A sheet of so many deals: eight owners, eight chips, forty sites, counts in figures and words."""
    dice = random.Random(1)
    with path.open("w", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(["customer", "GPU model", "# GPUs", "status", "date", "go-live", "site", "source"])
        for _ in range(lots):
            stage = dice.choice(STAGES)
            count = dice.choice(["over 10,000", "about 25,000", "12,000", str(dice.randint(1000, 90_000))])
            said = f"{dice.randint(2025, 2026)}-0{dice.randint(1, 9)}-15"
            due = f"{dice.randint(2027, 2028)}-0{dice.randint(1, 9)}-28" if stage in STAGES[:3] else ""
            site = f"Hall {dice.randrange(40)}"
            rows.writerow([dice.choice(WHO), dice.choice(WHAT), count, stage, said, due, site, "memo"])


def article(path: Path, words: int = 1500) -> None:
    """An article of so many words, five hundred to a page, of deals, megawatts and money."""
    dice, text = random.Random(1), ["Chips and power"]
    while sum(len(line.split()) for line in text) < words:
        said = SAID[len(text) % len(SAID)]
        text.append(said.format(who=dice.choice(WHO), what=dice.choice(WHAT), count=dice.randrange(5000, 400_000, 1000),
                                mw=dice.randint(50, 900), bn=dice.randint(2, 40)))  # fmt: skip
    path.write_text("\n\n".join(text))


# --- this engine ------------------------------------------------------------------------------


@functools.cache
def capacity_scenario() -> Any:
    """The reference job as a scenario, through the public functions; owners are alike in all but their part."""
    from capacity.load import Specs, join_scenario
    from capacity.load.input_file import InputFile

    def said(**numbers: float) -> dict[str, Any]:
        return {**numbers, "source": "job", "grade": "D"}

    even = said(value=1.0)
    data = {
        "id": "reference-job", "name": "The reference job", "as_of": "2026-01-01",
        "sources": {"job": {"title": "the reference job", "kind": "judgement"}},
        "owners": {name: {"name": name.upper()} for name in GROUPS[:3]},
        "lots": {"all": {"chip": "h100-sxm", "stage": "installed", "date": "2026-01-01",
                         "owners": list(GROUPS[:3]), "count": said(low=412e3, high=456e3)}},
        "counted": ["all"],
        "assumptions": {
            "owner_split_sigma": said(value=0.17), "mfu": said(low=0.30, high=0.45), "goodput": even,
            "server_other_w": said(low=WATTS * 0.3, high=WATTS * 0.6), "network_ratio": even,
            "peak_share": said(low=0.68, high=0.90), "pue_peak": said(low=1.16, high=1.34), "pue_annual_share": even,
            "busy_share": said(low=0.92, high=0.98), "training_share": even, "load_training": even,
            "load_inference": even, "load_idle": said(value=0.0),
        },
    }  # fmt: skip
    scenario = join_scenario(InputFile("job", data), Specs())
    table = scenario.defaults
    alike = {name: known.model_copy(update={"rho_owners": 1.0}) for name, known in table.assumptions.items()}
    return dataclasses.replace(scenario, defaults=table.model_copy(update={"assumptions": alike}))


def many_lots(lots: int) -> Any:
    """A scenario of so many lots, each of an uncertain count that is drawn on its own."""
    from capacity.load import Specs, join_scenario
    from capacity.load.input_file import InputFile

    names = [f"lot-{i}" for i in range(lots)]
    lot = {"chip": "h100-sxm", "stage": "installed", "date": "2026-01-01",
           "count": {"low": 900.0, "high": 1100.0, "source": "job", "grade": "D"}}  # fmt: skip
    data = {"id": "many-lots", "name": "Many lots", "as_of": "2026-01-01", "counted": names,
            "lots": dict.fromkeys(names, lot),
            "sources": {"job": {"title": "many lots", "kind": "judgement"}}}  # fmt: skip
    return join_scenario(InputFile("lots", data), Specs())


def estimate_lots(scenario: Any, worlds: int) -> float:
    """The total power of such a scenario; its mean."""
    import capacity as package

    answer = package.estimate(scenario, worlds, by="total", show="power.facility.nameplate")
    return float(answer.lines()[0].mean)


def lots_in_numpy(lots: int, worlds: int) -> float:
    """The bare arithmetic of the same: a log-normal array of counts, times watts, times two ratios, summed."""
    rng = np.random.Generator(np.random.SFC64(1))
    counts = np.exp(rng.standard_normal((lots, worlds)) * 0.06 + 6.9)
    watts = 700 + np.exp(rng.standard_normal(worlds) * 0.17 + 6.3)
    ratio = (1 + np.exp(rng.standard_normal(worlds))) * (1 + np.exp(rng.standard_normal(worlds)))
    return float((counts * watts * ratio).sum(axis=0).mean())


OURS = {
    "peak_flops.bf16.dense": ("peak bf16", 1.0), "peak_flops.fp8.dense": ("peak fp8", 1.0),
    "training_flops.bf16": ("sustained bf16", 1.0), "h100_equivalents.bf16": ("h100 equivalents", 1.0),
    "power.it.peak": ("it MW", 1e-6), "power.facility.peak": ("facility MW", 1e-6),
    "energy.facility": ("TWh", 1 / 3.6e15),
}  # fmt: skip


def capacity(worlds: int) -> Stats:
    """`capacity.estimate(...).lines()`: mean, 5, 50 and 95 % points and the error of the median."""
    import capacity as package

    answer = package.estimate(capacity_scenario(), worlds, by="owner", show=list(OURS))
    found: Stats = {}
    for line in answer.lines():
        name, factor = OURS[line.address]
        numbers = [factor * x for x in (line.mean, line.p5, line.mc_error, line.p50, line.p95)]
        found[line.member or "total", name] = numbers
        if name == "sustained bf16":  # the page has no FP8 training rate; it is twice this one in the job
            found[line.member or "total", "sustained fp8"] = [2 * x for x in numbers]
    return found


# --- numpy, three ways ------------------------------------------------------------------------


def plain_numpy(worlds: int) -> Stats:
    """numpy as most people write it: whole arrays, one percentile call per output."""
    rng = np.random.default_rng(1)
    drawn = {
        k: low + (high - low) * rng.beta(*shape(low, mode, high), worlds) for k, (low, mode, high) in PERTS.items()
    }
    parts = rng.dirichlet(SPLIT, worlds).T
    overhead = rng.lognormal(MU, SIGMA, worlds)
    return by_percentile(drawn["chips"], parts, drawn["mfu"], drawn["use"], overhead, drawn["pue"], drawn["up"])


def expanded(rows: Array) -> Stats:
    """All outputs from the numbers of the 20 distinct arrays, shape (4, 5, numbers)."""
    return {
        (group, name): rows[i, DISTINCT.index(base)] * factor
        for i, group in enumerate(GROUPS)
        for name, (base, factor) in OUTPUTS.items()
    }


def fill(table: Array, chips: Array, parts: Array, mfu: Array, use: Array, over: Array, pue: Array, up: Array) -> None:
    """The 20 distinct arrays of a block, written into `table` (4, 5, worlds)."""
    table[:3, 0] = chips * parts
    table[3, 0] = chips
    counts = table[:, 0]
    np.multiply(counts, mfu, out=table[:, 1])
    np.multiply(counts, use * over, out=table[:, 2])
    np.multiply(table[:, 2], pue, out=table[:, 3])
    np.multiply(table[:, 3], up, out=table[:, 4])


def exact_chunked(worlds: int, block: int = 16_384) -> Stats:
    """Exact draws in blocks that fit the cache, 32-bit arrays, one partition per distinct array."""
    rng = np.random.Generator(np.random.SFC64(1))
    kept = np.empty((4, 5, worlds), np.float32)
    for start in range(0, worlds, block):
        size = min(block, worlds - start)
        drawn = {k: lo + (hi - lo) * rng.beta(*shape(lo, mid, hi), size) for k, (lo, mid, hi) in PERTS.items()}
        gammas = np.array([rng.standard_gamma(a, size) for a in SPLIT])
        fill(kept[:, :, start : start + size], drawn["chips"], gammas / gammas.sum(0), drawn["mfu"], drawn["use"],
             rng.lognormal(MU, SIGMA, size), drawn["pue"], drawn["up"])  # fmt: skip
    rows = np.empty((4, 5, 6))
    at = [p / 100 * (worlds - 1) for p in POINTS]
    places = sorted({min(math.floor(x) + k, worlds - 1) for x in at for k in (0, 1)})
    for i in range(4):
        for j in range(5):
            values = kept[i, j]
            rows[i, j, 0] = values.mean(dtype=np.float64)
            values.partition(places)
            rows[i, j, 1:] = [np.interp(x, places, values[places]) for x in at]
    return expanded(rows)


def quantile_tables(size: int = 4096) -> dict[str, Array]:
    """Each factor's quantiles at the middle of `size` equal steps, by numerical integration of its density."""
    wanted = (np.arange(size) + 0.5) / size
    grid = np.linspace(0, 1, 40_001)[1:-1]

    def beta(a: float, b: float, low: float, high: float) -> Array:
        mass = np.cumsum(np.exp((a - 1) * np.log(grid) + (b - 1) * np.log1p(-grid)))
        return (low + (high - low) * np.interp(wanted, mass / mass[-1], grid)).astype(np.float32)

    found = {k: beta(*shape(low, mode, high), low, high) for k, (low, mode, high) in PERTS.items()}
    found["first"] = beta(SPLIT[0], SPLIT[1] + SPLIT[2], 0, 1)  # a Dirichlet as broken sticks
    found["second"] = beta(SPLIT[1], SPLIT[2], 0, 1)
    normal = NormalDist()
    found["over"] = np.array([math.exp(MU + SIGMA * normal.inv_cdf(p)) for p in wanted], np.float32)
    return found


def best_by_hand(worlds: int, block: int = 16_384, bins: int = 2048) -> Stats:
    """Look-up tables in place of distributions, histograms in place of arrays, two threads from 1e5 worlds."""
    tables = quantile_tables()
    names = ("chips", "first", "second", "mfu", "use", "over", "pue", "up")

    def blocks(seed: int, total: int, table: Array) -> Iterator[Array]:
        rng = np.random.SFC64(seed)
        for start in range(0, total, block):
            size = min(block, total - start)
            bits = rng.random_raw(2 * size).view(np.uint16).reshape(8, -1)[:, :size] >> 4
            v = {name: tables[name].take(bits[i]) for i, name in enumerate(names)}
            rest = 1 - v["first"]
            parts = np.array([v["first"], rest * v["second"], rest * (1 - v["second"])])
            fill(table[:, :, :size], v["chips"], parts, v["mfu"], v["use"], v["over"], v["pue"], v["up"])
            yield table[:, :, :size].reshape(20, size)

    pilot = next(blocks(0, 4096, np.empty((4, 5, 4096), np.float32)))
    low, high = pilot.min(1, keepdims=True), pilot.max(1, keepdims=True)
    low, high = low - 0.35 * (high - low), high + 0.35 * (high - low)
    scale, first = (bins / (high - low)).astype(np.float32), (np.arange(20) * bins)[:, None]
    counts, sums = np.zeros(20 * bins), np.zeros(20)
    lock = threading.Lock()

    def work(seed: int, total: int) -> None:
        own, mean = np.zeros(20 * bins), np.zeros(20)
        for values in blocks(seed, total, np.empty((4, 5, block), np.float32)):
            mean += values.sum(1)
            slot = np.clip((values - low) * scale, 0, bins - 1).astype(np.intp) + first
            own += np.bincount(slot.ravel(), minlength=20 * bins)
        with lock:
            np.add(counts, own, out=counts)
            np.add(sums, mean, out=sums)

    halves = [worlds] if worlds < 100_000 else [worlds // 2, worlds - worlds // 2]
    workers = [threading.Thread(target=work, args=(i + 1, half)) for i, half in enumerate(halves)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    rows = np.empty((20, 6))
    rows[:, 0] = sums / worlds
    for row, histogram, start, step in zip(rows, counts.reshape(20, bins), low[:, 0], scale[:, 0], strict=True):
        reached = np.concatenate([[0], np.cumsum(histogram)])
        row[1:] = start + np.interp(np.array(POINTS) / 100 * worlds, reached, np.arange(bins + 1)) / step
    return expanded(rows.reshape(4, 5, 6))


# --- other packages ---------------------------------------------------------------------------


def squigglepy(worlds: int) -> Stats:
    """squigglepy, sampling whole arrays."""
    import squigglepy as sq

    sq.set_seed(1)
    drawn = {k: sq.pert(*numbers) @ worlds for k, numbers in PERTS.items()}
    parts = np.array(sq.dirichlet(list(SPLIT)) @ worlds).T
    overhead = sq.lognorm(*OVERHEAD) @ worlds
    factors = (drawn["chips"], parts, drawn["mfu"], drawn["use"], overhead, drawn["pue"], drawn["up"])
    return {
        key: [np.mean(x), *sq.get_percentiles(x, percentiles=list(POINTS)).values()]
        for key, x in every_output(*factors)
    }


def scipy_sobol(worlds: int) -> Stats:
    """scipy: scrambled Sobol points through inverse distribution functions (a power of two of them)."""
    from scipy import stats
    from scipy.stats import qmc

    u = qmc.Sobol(9, rng=1).random_base2(math.ceil(math.log2(worlds))).T
    drawn = {}
    for row, (name, (low, mode, high)) in zip(u, PERTS.items(), strict=False):
        drawn[name] = stats.beta(*shape(low, mode, high), low, high - low).ppf(row)
    gammas = np.array([stats.gamma(a).ppf(row) for a, row in zip(SPLIT, u[5:8], strict=True)])
    overhead = stats.lognorm(SIGMA, scale=math.exp(MU)).ppf(u[8])
    parts = gammas / gammas.sum(0)
    return by_percentile(drawn["chips"], parts, drawn["mfu"], drawn["use"], overhead, drawn["pue"], drawn["up"])


def openturns(worlds: int) -> Stats:
    """OpenTURNS: one joint distribution, one sample."""
    import openturns as ot

    ot.RandomGenerator.SetSeed(1)
    perts = {k: ot.Beta(*shape(low, mode, high), low, high) for k, (low, mode, high) in PERTS.items()}
    joint = ot.BlockIndependentDistribution([*perts.values(), ot.Dirichlet(SPLIT), ot.LogNormal(MU, SIGMA)])
    chips, mfu, use, pue, up, first, second, overhead = np.asarray(joint.getSample(worlds)).T
    return by_percentile(chips, (first, second, 1 - first - second), mfu, use, overhead, pue, up)


def chaospy(worlds: int) -> Stats:
    """chaospy: a joint distribution, random rule."""
    import chaospy as cp

    perts = [cp.PERT(*numbers) for numbers in PERTS.values()]
    joint = cp.J(*perts, *(cp.Gamma(a) for a in SPLIT), cp.LogNormal(MU, SIGMA))
    chips, mfu, use, pue, up, *gammas, overhead = joint.sample(worlds, rule="random", seed=1)
    parts = np.array(gammas) / np.sum(gammas, axis=0)
    return by_percentile(chips, parts, mfu, use, overhead, pue, up)


def mcerp(worlds: int) -> Stats:
    """mcerp: uncertain numbers that carry their samples."""
    import mcerp as mc

    mc.npts = worlds
    drawn = {k: mc.PERT(*numbers) for k, numbers in PERTS.items()}
    gammas = [mc.Gamma(a, 1) for a in SPLIT]
    parts = [g / (gammas[0] + gammas[1] + gammas[2]) for g in gammas]
    overhead = mc.LogNormal(math.exp(MU), SIGMA)
    factors = (drawn["chips"], parts, drawn["mfu"], drawn["use"], overhead, drawn["pue"], drawn["up"])
    return {key: [x.mean, *x.percentile([p / 100 for p in POINTS])] for key, x in every_output(*factors)}


SQUIGGLE = """
const { run } = await import("@quri/squiggle-lang");
const pert = (n, [low, mode, high]) => `${n} = ${low} + ${high - low} * SampleSet.fromDist(Sym.beta(` +
  `${1 + 4 * (mode - low) / (high - low)}, ${1 + 4 * (high - mode) / (high - low)}))`;
const lines = [...Object.entries(PERTS).map(([n, p]) => pert(n, p)),
  ...SPLIT.map((a, i) => `g${i} = SampleSet.fromDist(Sym.gamma(${a}, 1))`), "gs = g0 + g1 + g2",
  `overhead = SampleSet.fromDist(${OVERHEAD[0]} to ${OVERHEAD[1]})`,
  "stats(x) = [mean(x), quantile(x, .05), quantile(x, .25), quantile(x, .5), quantile(x, .75), quantile(x, .95)]",
  `job(c) = { peak = c * ${BF16}; fp8 = c * ${FP8}; it = c * ${WATTS} * use * overhead / 1000000; fac = it * pue;` +
  ` [stats(fac), stats(peak), stats(fp8), stats(peak * mfu), stats(fp8 * mfu), stats(it), ` +
  ` stats(fac * ${HOURS} * up / 1000000), stats(peak / ${BF16})] }`,
  "[job(chips), job(chips * g0 / gs), job(chips * g1 / gs), job(chips * g2 / gs)]"];
const once = async (n) => {
  const start = performance.now();
  const out = await run(lines.join("\\n"), { environment: { sampleCount: n, xyPointLength: 1000, seed: "1" } });
  if (!out.result.ok) throw new Error(out.result.value.toString());
  const text = out.result.value.result.toString();
  return [(performance.now() - start) / 1e3, text];
};
await once(1000);
const [seconds, text] = await once(WORLDS);
const numbers = text.match(/[-+0-9.e]+/g).map(Number);
console.log(JSON.stringify({ seconds: [seconds], peak_mib: process.resourceUsage().maxRSS / 1024,
  numbers: numbers.length, median: numbers[3] }));
"""

CONTENDERS: dict[str, tuple[str, Callable[[int], Stats], str]] = {
    "capacity": ("**capacity** (`estimate`, `lines`)", capacity, "capacity"),
    "best": ("best by hand: tables, histograms, 2 threads", best_by_hand, "numpy"),
    "chunked": ("numpy by hand, exact, in blocks", exact_chunked, "numpy"),
    "plain": ("plain numpy", plain_numpy, "numpy"),
    "squigglepy": ("squigglepy, vectorised", squigglepy, "squigglepy"),
    "openturns": ("openturns", openturns, "openturns"),
    "sobol": ("scipy Sobol and inverse CDFs", scipy_sobol, "scipy"),
    "chaospy": ("chaospy", chaospy, "chaospy"),
    "mcerp": ("mcerp", mcerp, "mcerp"),
}
