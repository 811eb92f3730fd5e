"""What is wrong between the lots, owners and sources of a scenario."""

from __future__ import annotations

from collections.abc import Iterator

from capacity.errors import Fault, did_you_mean
from capacity.load.checks import assumption_faults, holder_faults
from capacity.load.input_file import InputFile
from capacity.load.specs import Specs
from capacity.places import Places
from capacity.records.scenario import Assumptions, ScenarioFile


def claim_source_faults(document: InputFile, file: ScenarioFile) -> Iterator[Fault]:
    """A source that a claim cites and that is not there."""
    for index, claim in enumerate(file.claims):
        for key in claim.source:
            if key not in file.sources:
                path = ("claims", index, "source")
                yield document.fault(path, f"unknown source {key!r}", did_you_mean(key, file.sources))


def owner_faults(document: InputFile, file: ScenarioFile, defaults: Assumptions, specs: Specs) -> Iterator[Fault]:
    """An owner whom a lot names and nobody knows; what is wrong with those who hold chips."""
    for name, lot in file.lots.items():
        for index, owner in enumerate(lot.owners):
            if owner not in file.owners:
                advice = did_you_mean(owner, file.owners)
                yield document.fault(("lots", name, "owners", index), f"unknown owner {owner!r}", advice)
    for kind, holders in (("owners", file.owners), ("sites", file.sites)):
        for name, holder in holders.items():
            yield from holder_faults(document, holder, (kind, name), defaults, specs)
            yield from assumption_faults(document, holder.assumptions, defaults, (kind, name, "assumptions"))


def relation_faults(document: InputFile, file: ScenarioFile) -> Iterator[Fault]:
    """What is wrong with the lots that are counted, and with those that lots relate to."""
    counted: set[str] = set()
    for index, name in enumerate(file.counted):
        twice = name in counted
        counted.add(name)
        if name not in file.lots:
            yield document.fault(("counted", index), f"unknown lot {name!r}", did_you_mean(name, file.lots))
        elif twice:
            yield document.fault(("counted", index), f"lot {name!r} is counted twice", "once")
    for name, lot in file.lots.items():
        for relation in ("part_of", "same_as", "replaces"):
            other = getattr(lot, relation)
            path = ("lots", name, relation)
            if other == name:
                yield document.fault(path, "a lot cannot relate to itself")
            elif other and other not in file.lots:
                yield document.fault(path, f"unknown lot {other!r}", did_you_mean(other, file.lots))
            elif other and other in counted and name in counted:
                words = relation.replace("_", " ")
                yield document.fault(path, f"both lots are counted, though {name} is {words} {other}", "count one")
        yield from _count_faults(document, file, name, counted)


def _count_faults(document: InputFile, file: ScenarioFile, name: str, counted: set[str]) -> Iterator[Fault]:
    """What is wrong with a lot's `less` and `per_chip_of`."""
    lot = file.lots[name]
    for index, other in enumerate(lot.less):
        at = ("lots", name, "less", index)
        if other not in file.lots:
            yield document.fault(at, f"unknown lot {other!r}", did_you_mean(other, file.lots))
        elif other == name or file.lots[other].less:
            yield document.fault(at, f"{other} takes other lots off itself", "a lot with no less of its own")
        elif other not in counted:
            yield document.fault(at, f"lot {other} is not counted, so nothing comes off", "a counted lot")
        elif not set(file.lots[other].members) <= set(lot.members):
            yield document.fault(at, f"lot {other} is of {', '.join(file.lots[other].members)}", ", ".join(lot.members))
    base = lot.per_chip_of
    if base is not None:
        path = ("lots", name, "per_chip_of")
        if base not in file.lots:
            yield document.fault(path, f"unknown lot {base!r}", did_you_mean(base, file.lots))
        elif base == name or file.lots[base].per_chip_of:
            yield document.fault(path, f"lot {base} is itself so many per chip", "a lot with a count of its own")


def set_faults(document: InputFile, places: Places) -> Iterator[Fault]:
    """What a scenario sets at a place that is none, or at which it may not stand."""
    for place, quantity in places.file.set.items():
        problem = places.problem(place, quantity)
        if problem:
            yield document.fault(("set", place), *problem)
