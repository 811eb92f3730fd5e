"""Amounts in servers, racks, dies → chips; what their words name: the lot's chip, the system that holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import Any

from capacity.errors import Fault, InputError
from capacity.load.input_file import InputFile
from capacity.load.kinds import load_assumptions
from capacity.load.names import meant_chips
from capacity.load.parts import read_part
from capacity.load.specs import Specs
from capacity.records.amount import EXCHANGE, HOLDERS, Amount, counts_systems, named_problem, rate_problem
from capacity.records.chip import Chip
from capacity.records.scenario import Lot, ScenarioFile
from capacity.records.system import System
from capacity.words.amounts import AmountWords, read_amount
from capacity.words.names import meant
from capacity.words.vocabulary import SYSTEMS, Vocabulary

YEN_OR_YUAN = ("¥", "¥")  # as it is typed in half and full width


def with_reports(file: ScenarioFile) -> ScenarioFile:
    """The scenario's file with a lot, not counted, for each of several reports of one lot."""
    lots = dict(file.lots)
    for name, lot in file.lots.items():
        for told, report in zip(lot.told_by(name), lot.reports or (), strict=True):
            lots[told] = lot.model_copy(update={"count": report, "reports": None, "name": f"a report of {name}"})
    return file if len(lots) == len(file.lots) else file.model_copy(update={"lots": lots})


def in_chips(
    document: InputFile, file: ScenarioFile, chips: Mapping[str, Chip], systems: MutableMapping[str, System],
    specs: Specs, vocabulary: Callable[[], Vocabulary], faults: list[Fault],
) -> tuple[ScenarioFile, list[str]]:  # fmt: skip
    """The scenario's file with what its lots count of systems and dies in chips, and what a reader should know of it.

    A system that words name, or the only one of a kind that holds the chip, becomes the lot's. Faults are added.
    """
    lots: dict[str, Lot] = {}
    notes: list[str] = []
    for name, lot in file.lots.items():
        amount, chip = lot.count, chips.get(lot.chip)
        if chip is None or lot.reports or (amount.says is None and amount.unit not in (*SYSTEMS, "dies")):
            continue
        words = read_amount(amount.says, vocabulary()) if amount.says else None
        system = systems.get(lot.system or chip.system or "")
        if words and counts_systems(words, chip, system):
            amount, words = amount.model_copy(update={"unit": "systems"}), replace(words, system=words.chip, chip=None)
        try:
            if problem := words and rate_problem(words, lot.per):
                raise ValueError(problem)
            if amount.unit in SYSTEMS or (words and words.system):
                system = _holder(amount, words, lot, chip, system, specs)
            if problem := words and named_problem(words, chip, system):
                raise ValueError(_unknown(words, specs) or problem)
            counted = amount.in_chips(chip, system)
            _alike(amount, lot, chips, systems)
        except ValueError as error:
            what, _, allowed = str(error).partition(" (")
            faults.append(document.fault(_where(document, name), what, allowed.removesuffix(")")))
            continue
        if counted is not amount:
            lots[name] = lot.model_copy(update={"count": counted, "system": system.id if system else lot.system})
            if system:
                systems[system.id] = system
            each = "" if amount.unit == "dies" or not system else f" of {system.id}"
            chips_ = f"{counted.value:,.0f}" if counted.value else counted.stated
            notes.append(f"lot {name}: {amount.stated}{each} are {chips_} chips")
        notes += _taken(name, words, amount, str(_stated(document, name).get("of", "")))
        if words and words.unit in YEN_OR_YUAN:
            rate = file.assumptions.get(EXCHANGE["CNY"]) or load_assumptions(specs).assumptions[EXCHANGE["CNY"]].default
            notes.append(f"lot {name}: {words.unit} is taken as yuan (CNY) at {rate.stated} USD, not as yen")
    return (file.model_copy(update={"lots": {**file.lots, **lots}}) if lots else file), notes


def _unknown(words: AmountWords | None, specs: Specs) -> str | None:
    """What is wrong where an amount names what is neither a unit nor a part of the library."""
    for name in (words.chip, words.system) if words else ():
        try:
            _ = name and meant_chips(name, specs, "amount")
        except InputError as error:
            fault = error.faults[0]
            if fault.what.startswith("unknown"):
                return f"{name!r} is no unit or chip that is known ({fault.allowed})"
    return None


def _where(document: InputFile, name: str) -> tuple[str | int, ...]:
    """Where a lot's amount stands in its file, or that of one of its reports."""
    stated, _, number = name.rpartition(".report-")
    if name not in document.data["lots"]:
        return ("lots", stated, "reports", int(number) - 1)
    said = document.data["lots"][name]
    return ("lots", name, next((key for key in ("amount", "reports") if key in said), "count"))


def _alike(amount: Amount, lot: Lot, chips: Mapping[str, Chip], systems: Mapping[str, System]) -> None:
    """Raises `ValueError` where the chips of a lot come in unlike numbers in what its amount counts."""
    members = [chips[name] for name in lot.members if name in chips]
    sizes = {chip.id: amount.in_chips(chip, systems.get(chip.system or "")).ends for chip in members if lot.chips}
    if len(set(sizes.values())) > 1:
        raise ValueError(f"{' and '.join(sizes)} come in {amount.unit} of unlike size (chips, or a lot of each)")


def _stated(document: InputFile, name: str) -> Mapping[str, Any]:
    """What a lot's file holds as its amount, where that is more than words."""
    data: Any = document.data["lots"]
    for key in _where(document, name)[1:]:
        data = data[key]
    return data if isinstance(data, dict) else {}


def _taken(name: str, words: AmountWords | None, amount: Amount, of: str) -> Iterator[str]:
    """What words leave open that is settled by a habit of writing, where `of` does not say it."""
    if of == amount.of:
        return
    if words and words.kind == "FLOP/s" and words.sparsity is None and amount.of and amount.of.endswith(".dense"):
        yield f'lot {name}: "{words.text}" is taken to be of dense matrices, as sparsity is not said'
    if words and words.kind == "h100_equivalents" and amount.of == "h100_equivalents.8bit":
        yield f'lot {name}: "{words.text}" is taken to be by the 8-bit rate (another `of` says otherwise)'


def _holder(
    amount: Amount, words: AmountWords | None, lot: Lot, chip: Chip, usual: System | None, specs: Specs
) -> System | None:
    """The system that an amount counts: the one named, the lot's own, or the only one of that kind for the chip.

    Raises `ValueError` where the words name one that the library lacks, or another than the lot's.
    """
    if lot.system is not None or ((words is None or words.system is None) and (usual is None or _fits(amount, usual))):
        return usual
    named = words.system if words else None
    holders = [s for s in _systems(specs) if s.chip == chip.id or s.id == chip.system]
    if named is not None:
        names = {s.id: (s.id, s.name, *s.aliases, *(f"{s.name} {chip.id}",)) for s in holders}
        called = meant(named, names) or [
            key for key, own in names.items() if any(named.lower() in n.lower() for n in own)
        ]
        if len(called) != 1:
            known = ", ".join(called or names) or "none in the library"
            raise ValueError(f"{named!r} is no one system that holds {chip.id} ({known})")
        return next(s for s in holders if s.id == called[0])
    fitting = [s for s in holders if _fits(amount, s)]
    if len(fitting) > 1:
        kind = amount.unit.removesuffix("s")
        raise ValueError(f"which {kind} of {chip.id} is not said (system: {', '.join(s.id for s in fitting)})")
    return fitting[0] if fitting else usual


def _fits(amount: Amount, system: System) -> bool:
    """Whether a word for systems may count this one."""
    if amount.unit == "racks" and system.racks:
        return system.chips % system.racks == 0
    return amount.unit not in HOLDERS or system.unit in HOLDERS[amount.unit]


def _systems(specs: Specs) -> Sequence[System]:
    paths = (specs.path("systems", id_) for id_ in specs.ids("systems"))
    return [read_part(path, System, specs) for path in paths if path]
