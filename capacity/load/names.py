"""Finding a part by the name that people write, and what to write instead of an unknown one."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from capacity.errors import did_you_mean, fail
from capacity.load.files import read_text
from capacity.load.input_file import parse
from capacity.load.kinds import load_families, load_usual, load_vendors
from capacity.load.parts import read_part
from capacity.load.specs import Specs
from capacity.records.chip import Chip
from capacity.records.system import System

_NAMING = re.compile(r"^(?:name|aliases):.*\n(?:[ \t-].*\n|[ \t]*\n)*", re.MULTILINE)
_Names = Mapping[tuple[str, str], Sequence[str]]
_SEVERAL = re.compile(r"[,/]|\band\b|和")
FINDABLE = ("chips", "systems", "scenarios", "rules", "sites", "owners", "grids")


def find_part(kinds: Sequence[str], text: str, specs: Specs, option: str, place: str = "") -> tuple[str, str]:
    """The kind and the id of the one part that a text names: its id, its name or one of its aliases.

    An id is found without reading a file. Raises `InputError`, for `option` and `place`, where no part or
    more than one bears the name.

    >>> find_part(("chips", "systems"), "NVIDIA H200 SXM5 141GB", Specs(), "show")
    ('chips', 'h200-sxm')
    """
    for kind in kinds:
        if specs.path(kind, text):
            return kind, text
    found = bearers(text, kinds, specs)
    if len(found) == 1:
        return found[0]
    if found:
        raise fail(
            option, f"{text!r} names {len(found)} parts", f"one of: {', '.join(id_ for _, id_ in found)}", place=place
        )
    if "chips" in kinds and (members := family_members(text, specs)):
        what = f"{text!r} is a family of {len(members)} chips"
        raise fail(option, what, f"one of: {', '.join(members)}", place=place)
    names = {(kind, id_): said for kind in kinds for id_, said in part_names(kind, specs).items()}
    raise fail(option, f"unknown {_one_of(kinds)} {text!r}", _nearest(text, names, specs), place=place)


def is_name(text: str, kinds: Sequence[str], specs: Specs) -> bool:
    """Whether a text is the name of a part, or may be that of a family or of several: it is then worth looking up.

    >>> is_name("H200", ("chips",), Specs()), is_name("H200 ordered", ("chips",), Specs())
    (True, False)
    """
    if any(specs.path(kind, text) for kind in kinds) or bearers(text, kinds, specs):
        return True
    return "chips" in kinds and bool(_SEVERAL.search(text) or family_members(text, specs))


def family_members(text: str, specs: Specs) -> tuple[str, ...]:
    """The chips that the name of a family (`Blackwell`, `昇腾`) may mean; none where it is no family's name.

    >>> family_members("blackwell ultra", Specs())
    ('b300', 'gb300')
    """
    from capacity.words.names import meant

    families = load_families(specs)
    found = meant(text, {id_: (family.name, *family.aliases) for id_, family in families.items()}, _makers(specs))
    return families[found[0]].members if len(found) == 1 else ()


def with_chip_ids(text: str, specs: Specs, option: str, names: Mapping[str, Sequence[str]] | None = None) -> str:
    """A sentence with the names of chips in it turned into ids; `InputError` where one bears several.

    `names` as `part_names` gives them, where they are at hand.

    >>> with_chip_ids("NVIDIA H200 / H20 roughly 6", Specs(), "--claim")
    'h200-sxm / h20 roughly 6'
    """
    from capacity.words.names import with_ids

    found, doubtful = with_ids(text, names or part_names("chips", specs), _makers(specs))
    for name, ids in doubtful.items():
        raise fail(option, f"{name!r} names {len(ids)} chips", f"one of: {', '.join(ids)}")
    return found


def find_chip(text: str, specs: Specs, option: str, place: str = "") -> tuple[str, str | None]:
    """The id of the chip that a text names, and of the system where it names one: its chip is meant, in it.

    Raises `InputError` where no chip and no system, or more than one of either, bears the name.

    >>> find_chip("GB200 NVL72", Specs(), "--chip")
    ('gb200', 'gb200-nvl72')
    >>> find_chip("GB200", Specs(), "--chip")
    ('gb200', None)
    """
    named = specs.path("chips", text) or bearers(text, ("chips",), specs)
    if named or not (specs.path("systems", text) or bearers(text, ("systems",), specs)):
        return find_part(("chips",), text, specs, option, place)[1], None
    path = specs.path("systems", find_part(("systems",), text, specs, option, place)[1])
    assert path is not None
    system = read_part(path, System, specs)
    return system.chip, system.id


def meant_chip(text: str, specs: Specs, option: str, place: str = "") -> tuple[str, str | None, str | None]:
    """As `find_chip`; where a name has several variants, the one that it usually means, with a note that says so.

    >>> meant_chip("H100", Specs(), "--chip")
    ('h100-sxm', None, 'H100 is taken as h100-sxm, its usual variant')
    """
    from capacity.words.names import meant

    if len(bearers(text, ("chips",), specs)) > 1:
        usual = load_usual(specs)
        found = meant(text, {name: (name,) for name in usual}, _makers(specs))
        if len(found) == 1:
            return usual[found[0]], None, f"{text} is taken as {usual[found[0]]}, its usual variant"
    return (*find_chip(text, specs, option, place), None)


def meant_chips(
    text: str, specs: Specs, option: str, place: str = ""
) -> tuple[tuple[str, ...], str | None, tuple[str, ...]]:
    """The chips that a text means, the system where it names one, and notes on what was taken for what is not said.

    One chip, several ("GB200 and GB300", "H100/H200"), or a family, which stands for its members: those of data
    centres with figures on their sheets, and of these those that are sold everywhere where there are any.
    Raises `InputError` where a name is unknown or means several.

    >>> meant_chips("GB200/GB300", Specs(), "--chip")
    (('gb200', 'gb300'), None, ())
    >>> meant_chips("Blackwell Ultra", Specs(), "--chip")[0]
    ('b300', 'gb300')
    """
    known = specs.path("chips", text) or any(len(bearers(text, (kind,), specs)) == 1 for kind in ("chips", "systems"))
    parts = [part.strip() for part in _SEVERAL.split(text)]
    if not known and len(parts) > 1 and all(parts):
        found = [meant_chip(part, specs, option, place) for part in parts]
        if any(system for _, system, _ in found):
            raise fail(option, f"{text!r} names a system beside a chip", "chips alone", place=place)
        return tuple(chip for chip, _, _ in found), None, tuple(note for _, _, note in found if note)
    if not known and (members := family_members(text, specs)):
        sheets = [read_part(path, Chip, specs) for name in members if (path := specs.path("chips", name))]
        able = [c for c in sheets if c.designed_for == "data centre" and c.figures()]
        chips = tuple(c.id for c in able if c.market == "world") or tuple(c.id for c in able)
        if len(chips) > 1:
            return chips, None, (f"{text} is taken as a mix of {', '.join(chips)} whose parts are drawn",)
    chip, system, note = meant_chip(text, specs, option, place)
    return (chip,), system, (note,) if note else ()


def _one_of(kinds: Sequence[str]) -> str:
    return kinds[0].removesuffix("s") if len(kinds) == 1 else "id"


def part_names(kind: str, specs: Specs) -> dict[str, list[str]]:
    """What each part of a kind is called: its id, name and aliases (of every file these lines are read, once)."""
    return dict(_names_in(specs.files(kind)))


@functools.lru_cache(maxsize=32)
def _names_in(files: tuple[tuple[str, str, int], ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for id_, path, _ in files:
        lines = _NAMING.findall(read_text(Path(path)))
        data = parse("".join(lines), path).data if lines else {}
        said = data if isinstance(data, dict) else {}
        aliases = said.get("aliases")
        found[id_] = [id_, str(said.get("name", id_)), *(map(str, aliases) if isinstance(aliases, list) else ())]
    return found


@functools.lru_cache(maxsize=32)
def _keyed(files: tuple[tuple[str, str, int], ...], makers: tuple[str, ...]) -> dict[str, list[str]]:
    from capacity.words.names import by_key

    return by_key(_names_in(files), makers)


def _makers(specs: Specs) -> tuple[str, ...]:
    return tuple(name for vendor in load_vendors(specs).values() for name in vendor.names)


def bearers(text: str, kinds: Sequence[str], specs: Specs) -> list[tuple[str, str]]:
    """The parts of some kinds, by kind and id, that bear a name."""
    from capacity.words.names import normalised

    found: list[tuple[str, str]] = []
    for kind in sorted(kinds, key=lambda kind: (kind == "owners", kind)):
        # A maker's name in front of a part's is left out; in front of an owner's it is the name: Huawei Cloud.
        makers = () if kind == "owners" else _makers(specs)
        found += [(kind, id_) for id_ in _keyed(specs.files(kind), makers).get(normalised(text, makers), ())]
    return found


def _nearest(text: str, names: _Names, specs: Specs) -> str:
    from capacity.words.names import near

    found = near(text, {id_: said for (_, id_), said in names.items()}, _makers(specs))
    if not found:
        return did_you_mean(text, [id_ for _, id_ in names])
    return f"did you mean {', '.join(found[:-1])} or {found[-1]}?" if found[1:] else f"did you mean {found[0]}?"


def advice_on(kind: str, text: str, specs: Specs, called: Mapping[str, Sequence[str]] | None = None) -> str:
    """What to write instead of an unknown id: the id that bears the name, or the nearest.

    `called`: what the parts of the kind are called, where that has been read.
    """
    names = {(kind, id_): said for id_, said in (called or part_names(kind, specs)).items()}
    found = [id_ for _, id_ in bearers(text, (kind,), specs)]
    if len(found) == 1:
        return f"here only ids: write {found[0]}"
    return f"here only ids: one of {', '.join(found)}" if found else _nearest(text, names, specs)
