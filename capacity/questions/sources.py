"""`capacity list sources`: every source of `specs/`, and the files that cite it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from capacity import load
from capacity.document.citations import source_dict
from capacity.load import Specs
from capacity.records.scenario import ScenarioFile
from capacity.source import Source

_Rows = list[dict[str, Any]]


def scenario_files(specs: Specs) -> list[ScenarioFile]:
    """Every scenario that ships, as its file has it."""
    return [load.validated(load.scenario_document(name, specs), ScenarioFile) for name in specs.ids("scenarios")]


def _cited_sources(specs: Specs) -> Iterable[tuple[str, Mapping[str, Source]]]:
    yield "assumptions", load.load_assumptions(specs).sources
    yield "workloads", load.load_workloads(specs).sources
    readers: dict[str, Callable[[str, Specs], Any]] = {
        "chips": load.load_chip, "systems": load.load_system, "sites": load.load_site, "prices": load.load_price,
        "grids": load.load_grid, "owners": load.load_owner,
    }  # fmt: skip
    for kind, reader in readers.items():
        for name in specs.ids(kind):
            yield f"{kind}/{name}", reader(name, specs).sources
    for scenario in scenario_files(specs):
        yield f"scenarios/{scenario.id}", scenario.sources


def _all_sources(specs: Specs) -> list[tuple[str, Source, list[str]]]:
    """Every source with the files that cite it, by id and title."""
    cited: dict[tuple[str, str], tuple[Source, list[str]]] = {}
    for where, sources in _cited_sources(specs):
        for key, source in sources.items():
            cited.setdefault((key, source.title), (source, []))[1].append(where)
    return [(key, source, where) for (key, _), (source, where) in sorted(cited.items(), key=lambda item: item[0])]


def cited_sources(specs: Specs) -> _Rows:
    """A row a source: how many files cite it, what it is."""
    return [
        {
            "id": key, "cited by": "1 file" if len(where) == 1 else f"{len(where)} files", "kind": s.kind,
            "published": s.published, "title": s.title,
        }
        for key, s, where in _all_sources(specs)
    ]  # fmt: skip


def full_sources(specs: Specs) -> _Rows:
    """The same with every file that cites it."""
    return [{"id": key, **source_dict(s), "cited_by": where} for key, s, where in _all_sources(specs)]
