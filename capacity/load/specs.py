"""The folders in which specs are looked for: the user's, then the built-in one."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path

from capacity.errors import fail

LONGEST, LONGEST_BYTES = 100, 250  # letters of an id; bytes, of which a file's name has 255 at most


@functools.cache
def built_in_specs() -> Path:
    """The folder of the specs that ship with the package, in a wheel or in a checkout."""
    here = Path(__file__).resolve().parent.parent
    inside = here / "specs"
    return inside if inside.is_dir() else here.parent / "specs"


@dataclass(frozen=True, slots=True)
class Specs:
    """The folders in which specs are looked for, the user's first."""

    folders: tuple[Path, ...] = ()

    @property
    def roots(self) -> tuple[Path, ...]:
        """The user's folders, then the built-in one."""
        return (*self.folders, built_in_specs())

    def ids(self, kind: str) -> list[str]:
        """The ids of all parts of one kind (`chips`, `systems`, `scenarios`)."""
        return sorted({entry.name.removesuffix(".yaml") for root in self.roots for entry in _entries(root / kind)})

    def files(self, kind: str) -> tuple[tuple[str, str, int], ...]:
        """The parts of one kind: id, path, and when the file was last written; the user's own before the built-in."""
        found: dict[str, tuple[str, int]] = {}
        for root in reversed(self.roots):  # a folder is listed at once: to ask for each file takes ten times as long
            for entry in _entries(root / kind):
                id_ = entry.name.removesuffix(".yaml")
                if root == built_in_specs():
                    found[id_] = entry.path, entry.stat().st_mtime_ns
                elif path := self.path(kind, id_):
                    found[id_] = str(path), path.stat().st_mtime_ns
        return tuple((id_, *found[id_]) for id_ in sorted(found))

    def path(self, kind: str, name: str) -> Path | None:
        """The file of one part, the user's own before the built-in one."""
        if "/" in name or "\\" in name or name.startswith(".") or len(name) > LONGEST:
            return None
        if len(name.encode(errors="replace")) > LONGEST_BYTES:
            return None
        found = (root / kind / f"{name}.yaml" for root in self.roots)
        path = next((path for path in found if path.is_file()), None)
        if path and self.is_users(path) and not any(path.resolve().is_relative_to(root) for root in self.roots):
            raise fail("specs", f"{path} leads out of the folder", "files inside it")
        return path

    def table(self, name: str) -> Path:
        """The file of a table of which there is one: the user's own before the built-in one."""
        return next(path for path in (root / name for root in self.roots) if path.is_file())

    def is_users(self, path: Path) -> bool:
        """True when a file comes from a folder that the user gave."""
        return built_in_specs() not in path.parents


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """The YAML files of a folder; none where it is none, or cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if entry.name.endswith(".yaml")]
    except OSError:
        return []


def open_specs(folder: str | Path | Specs | None) -> Specs:
    """The built-in specs with the user's folder before them; `InputError` where it is no folder."""
    if isinstance(folder, Specs):
        return folder
    if folder is None:
        return Specs()
    path = Path(folder) if isinstance(folder, (str, Path)) else None
    if path is None or not os.path.isdir(path):
        raise fail("specs", f"no such folder: {folder}", "a folder with chips/, systems/ or scenarios/")
    for part in (path, *(path / kind for kind in ("chips", "systems", "scenarios"))):
        if os.path.isdir(part) and not os.access(part, os.R_OK | os.X_OK):
            raise fail("specs", f"{part} cannot be read: Permission denied")
    return Specs((path.resolve(),))
