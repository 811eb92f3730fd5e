"""Owners whom the spec library knows: by the name that people write → profile and home grid."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from capacity.errors import Fault, first_notes
from capacity.load.input_file import InputFile
from capacity.load.library import load_owner
from capacity.load.names import part_names
from capacity.load.specs import Specs
from capacity.records.owner import KnownOwner
from capacity.records.scenario import ScenarioFile
from capacity.words.names import by_key, normalised


def known_owners(file: ScenarioFile, specs: Specs) -> dict[str, KnownOwner]:
    """Of a scenario's owners without profile and region those whom the library knows, by id, name or alias."""
    ids = functools.cache(lambda: by_key(part_names("owners", specs)))  # every file is read, so only where an id fails
    found: dict[str, KnownOwner] = {}
    for key, owner in file.owners.items():
        if owner.profile or owner.region:
            continue
        bearers = [key] if specs.path("owners", key) else ids().get(normalised(owner.name), [])
        if len(bearers) == 1:
            found[key] = load_owner(bearers[0], specs)
    return found


def with_known(file: ScenarioFile, known: dict[str, KnownOwner]) -> ScenarioFile:
    """The scenario with the profile and the home grid of each owner whom the library knows."""
    if not known:
        return file
    home = {key: {"profile": part.profile, "region": part.region} for key, part in known.items()}
    owners = {key: owner.model_copy(update=home.get(key, {})) for key, owner in file.owners.items()}
    return file.model_copy(update={"owners": owners})


def same_owner_faults(document: InputFile, file: ScenarioFile, known: dict[str, KnownOwner]) -> Iterator[Fault]:
    """One firm that a lot lists under two names."""
    for name, lot in file.lots.items():
        first: dict[str, str] = {}
        for index, key in enumerate(lot.owners):
            other = first.setdefault(known[key].id, key) if key in known else key
            if other != key:
                both = " and ".join(repr(file.owners[k].name) for k in (other, key))
                yield document.fault(("lots", name, "owners", index), f"{both} are one owner", f"once: {known[key].id}")


def home_notes(file: ScenarioFile, known: dict[str, KnownOwner]) -> Iterator[str]:
    """What is taken from the library for an owner of whom the scenario says neither."""
    told = (
        f"{file.owners[key].name}: {' and '.join(said)}, by specs/owners/{part.id}.yaml"
        for key, part in known.items()
        if (said := [f"{what} {of}" for what, of in (("profile", part.profile), ("home grid", part.region)) if of])
    )
    yield from first_notes(told, "more owners have profile and home grid from specs/owners")
