"""The scenario that a question is asked about, however it is named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from capacity import load
from capacity.errors import fail
from capacity.resolve import Scenario

Asked = Scenario | Mapping[str, Any] | str | Path
Library = str | Path | load.Specs | None


def scenario_of(scenario: Asked, specs: Library = None) -> Scenario:
    """The scenario meant by an id, a path, plain data as a file would hold them, or one that is loaded.

    Raises `InputError`, which holds all that is wrong with it.

    >>> scenario_of("h200-china-2026-01").file.counted
    ('approved',)
    """
    if isinstance(scenario, Scenario):
        return scenario
    library = load.open_specs(specs)
    if isinstance(scenario, Mapping):
        return load.scenario_from(scenario, library)
    if not isinstance(scenario, (str, Path)):
        raise fail("scenario", f"{scenario!r:.60} is none", "an id, a path, a mapping or a Scenario")
    return load.load_scenario(scenario, specs=library)
