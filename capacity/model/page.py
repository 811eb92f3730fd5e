"""The page: what is computed, from what, by which equation.

`estimate` runs it, `explain` reads it, the docs print it, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from capacity.equations import compute, control, energy, footprint, inference, money, power, training
from capacity.equations.compute import Array
from capacity.errors import did_you_mean, fail
from capacity.model.deployed import DELIVERED, INSTALLED, WAITING
from capacity.records.chip import PRECISIONS


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the page: a result, the equation that gives it, and the names of the equation's inputs.

    An input is an earlier result's address, `chip.FIELD`, `reference.FIELD`, `system.chips`, `grid.FIELD`,
    `price` (of the chip, in its market) or the name of an assumption; one that ends in `?` may be absent.
    `linear`: proportional to the first input.
    """

    quantity: str
    basis: tuple[tuple[str, str], ...]
    unit: str
    equation: Callable[..., Array]
    inputs: tuple[str, ...]
    linear: bool = True
    shown: bool = True

    @property
    def address(self) -> str:
        """The result's address: `power.facility.nameplate`."""
        return ".".join((self.quantity, *(value for _, value in self.basis)))


def _power(boundary: str, rating: str, equation: Callable[..., Array], *inputs: str) -> Step:
    return Step("power", (("boundary", boundary), ("rating", rating)), "W", equation, inputs)


def _flops(precision: str, sparsity: str) -> Step:
    basis = (("precision", precision), ("sparsity", sparsity))
    field_name = f"chip.{sparsity}_tflops.{precision}"
    return Step("peak_flops", basis, "FLOP/s", compute.peak_flops, ("chips", field_name))


def _equivalents(basis: str, equation: Callable[..., Array], *fields: str) -> Step:
    inputs = ("chips", *(f"chip.{f}" for f in fields), *(f"reference.{f}" for f in fields))
    return Step("h100_equivalents", (("basis", basis),), "chips", equation, inputs)


def _capex(part: str, equation: Callable[..., Array], *inputs: str) -> Step:
    return Step("capex", (("part", part),), "USD", equation, inputs)


_DENSE = tuple(f"chip.dense_tflops.{p}?" for p in control.BITS)

PAGE: tuple[Step, ...] = (
    Step("servers", (), "servers", compute.servers, ("chips", "system.chips")),
    *(_flops(p, "dense") for p in PRECISIONS),
    Step("peak_flops", (("precision", "16bit"), ("sparsity", "dense")), "FLOP/s", compute.peak_16bit,
         ("chips", "chip.dense_tflops.bf16?", "chip.dense_tflops.fp16?")),
    *(_flops(p, "sparse") for p in PRECISIONS),
    Step("training_flops", (("precision", "bf16"),), "FLOP/s", compute.training_flops,
         ("chips", "chip.dense_tflops.bf16", "mfu", "goodput")),
    Step("training_compute", (("basis", "all_busy"),), "FLOP", training.year_all_busy,
         ("training_flops.bf16", "busy_share")),
    Step("training_compute", (("basis", "training"),), "FLOP", training.year_share,
         ("training_compute.all_busy", "training_share")),
    Step("training_compute", (("basis", "final_runs"),), "FLOP", training.year_share,
         ("training_compute.training", "final_run_share")),
    Step("serving_chips", (), "chips", inference.serving_chips, ("chips", "busy_share", "training_share")),
    Step("memory", (), "B", compute.memory, ("chips", "chip.memory_gb")),
    Step("memory_bandwidth", (), "B/s", compute.memory_bandwidth, ("chips", "chip.memory_bandwidth_tb_s")),
    Step("tpp", (), "TOPS·bit", control.tpp, ("chips", *_DENSE)),
    _equivalents("8bit", compute.equivalents_8bit, "dense_tflops.fp8?", "dense_tflops.int8?"),
    _equivalents("bf16", compute.equivalents, "dense_tflops.bf16"),
    _equivalents("bandwidth", compute.equivalents, "memory_bandwidth_tb_s"),
    _equivalents("memory", compute.equivalents, "memory_gb"),
    Step("h100_equivalents", (("basis", "tpp"),), "chips", compute.equivalents,
         ("chips", "chip_tpp", "reference_tpp")),
    Step("chip_tpp", (), "TOPS·bit", control.tpp, ("one", *_DENSE), shown=False),
    Step("reference_tpp", (), "TOPS·bit", control.tpp,
         ("one", *(f.replace("chip.", "reference.") for f in _DENSE)), shown=False),
    _power("chip", "nameplate", power.chip_nameplate, "chips", "chip.tdp_w", "cap_share"),
    _power("server", "nameplate", power.server_nameplate, "chips", "chip.tdp_w", "cap_share", "server_other_w"),
    _power("it", "nameplate", power.it_nameplate, "power.server.nameplate", "network_ratio"),
    _power("facility", "nameplate", power.facility_nameplate, "power.it.nameplate", "pue_peak"),
    _power("contracted", "nameplate", power.contracted, "power.facility.nameplate", "contracted_ratio"),
    _power("server", "peak", power.peak, "power.server.nameplate", "peak_share"),
    _power("it", "peak", power.peak, "power.it.nameplate", "peak_share"),
    _power("facility", "peak", power.peak, "power.facility.nameplate", "peak_share"),
    Step("load", (), "share", power.load,
         ("busy_share", "training_share", "load_training", "load_inference", "load_idle"),
         linear=False, shown=False),
    Step("pue_annual", (), "ratio", power.pue_annual, ("pue_peak", "pue_annual_share"),
         linear=False, shown=False),
    _power("server", "average", power.average, "power.server.peak", "load"),
    _power("it", "average", power.average, "power.it.peak", "load"),
    _power("facility", "average", power.facility_average, "power.it.average", "pue_annual"),
    Step("energy", (("boundary", "it"),), "J", energy.energy, ("power.it.average",)),
    Step("energy", (("boundary", "facility"),), "J", energy.energy, ("power.facility.average",)),
    Step("electricity_cost", (), "USD", money.electricity_cost, ("energy.facility", "electricity_usd_kwh")),
    _capex("chips", money.capex_chips, "chips", "price"),
    _capex("servers", money.capex_servers, "chips", "server_usd"),
    _capex("construction", money.capex_construction, "power.facility.nameplate", "construction_usd_mw"),
    Step("capex", (("part", "it"),), "USD", money.capex_it, ("capex.chips", "capex.servers"),
         linear=False, shown=False),
    Step("capex", (("part", "total"),), "USD", money.capex_total,
         ("capex.chips", "capex.servers", "capex.construction"), linear=False),
    Step("carbon", (("basis", "combustion"),), "kg CO2", footprint.carbon_combustion,
         ("energy.facility", "grid.combustion_kg_kwh")),
    Step("carbon", (("basis", "lifecycle"),), "kg CO2e", footprint.carbon_lifecycle,
         ("energy.facility", "grid.lifecycle_kg_kwh")),
    Step("water", (("basis", "onsite"),), "m3", footprint.water_onsite, ("energy.it", "water_onsite_l_kwh")),
    Step("water", (("basis", "indirect"),), "m3", footprint.water_indirect,
         ("energy.facility", "water_indirect_l_kwh")),
)  # fmt: skip


def _counted(chips: Array) -> Array:
    """The chips themselves, which `stock` gives."""
    return chips


CHIPS = Step("chips", (), "chips", _counted, ())
# Counts by stage, which `stock` gives at a date beside the chips in service.
STAGED = {
    address: Step("chips", (("stage", address.partition(".")[2]),), "chips", _counted, ())
    for address in (DELIVERED, INSTALLED, WAITING)
}


def _ordered(page: Sequence[Step]) -> dict[str, Step]:
    """The page by address, each row after those that it needs; a name that nothing supplies fails here."""
    rows = {step.address: step for step in page}
    assert len(rows) == len(page), "two rows of the page have one address"
    placed: dict[str, Step] = {CHIPS.address: CHIPS}

    def place(address: str, path: tuple[str, ...]) -> None:
        if address in placed or address not in rows:
            return
        assert address not in path, f"the page goes in a circle at {address}"
        for name in rows[address].inputs:
            place(name, (*path, address))
        placed[address] = rows[address]

    for address in rows:
        place(address, ())
    return placed


STEPS = _ordered(PAGE)
SHOWN = tuple([CHIPS.address, *(step.address for step in PAGE if step.shown)])

# What `show` may name beside results: questions of several figures, and the results that stand beside them.
SECTIONS: dict[str, tuple[str, ...]] = {
    "training": ("training_flops", "training_compute"),
    "inference": ("chips", "serving_chips"),
    "equivalents": ("chips", "h100_equivalents"),
    "context": ("chips",),
    "rules": ("chips", "tpp"),
}


def asked_sections(show: str | Sequence[str]) -> tuple[str, ...]:
    """The questions that `show` names, each once.

    >>> asked_sections("chips,training, equivalents")
    ('training', 'equivalents')
    """
    names = [n.strip().partition("@")[0] for n in (show.split(",") if isinstance(show, str) else show)]
    return tuple(dict.fromkeys(name for name in names if name in SECTIONS))


def asked_results(show: str | Sequence[str] | None, dated: bool = False) -> tuple[str, ...]:
    """The results that `show` names, by address or by the beginning of one (`power`, `power.it`).

    With dates the counts by stage are results too.

    >>> asked_results("power.it")
    ('power.it.nameplate', 'power.it.peak', 'power.it.average')
    """
    known = (SHOWN[0], *STAGED, *SHOWN[1:]) if dated else SHOWN
    if show is None:
        return known
    named = [n.strip().partition("@")[0] for n in (show.split(",") if isinstance(show, str) else show)]
    names = [result for name in named for result in SECTIONS.get(name, (name,))]
    for name in names:
        if name in STAGED and not dated:
            raise fail("show", f"{name} is a count at a date", "a date: --at DATE, at=DATE")
        if not any(a == name or a.startswith(name + ".") for a in known):
            raise fail(
                "show",
                f"unknown quantity {name!r}",
                did_you_mean(name, {*SHOWN, *SECTIONS, *(a.partition(".")[0] for a in SHOWN)}),
            )
    return tuple(a for a in known if any(a == n or a.startswith(n + ".") for n in names))
