"""Settings that change nothing of what is shown, and when they would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from capacity.model.page import SHOWN, STEPS
from capacity.resolve import Input, Scenario


def idle_settings(scenario: Scenario, inputs: Sequence[Input], asked: Sequence[str]) -> Iterator[str]:
    """A note for each place that `having` changed and on which none of the `inputs` of the `asked` results rests."""
    for place in sorted(scenario.commanded):
        if place == "arrive" and all(scenario.file.arriving(name) == 1 for name in scenario.file.counted):
            if scenario.file.arrive != 1:
                yield "the share that arrives changes nothing here: every lot has shipped or is further"
            continue
        if place in ("counted", "arrive") or any(
            item.place == place or item.place.startswith(f"{place}@") for item in inputs
        ):
            continue
        if place == "assumptions.owner_split_sigma" and any(item.unit == "split" for item in inputs):
            continue
        yield f"the setting of {place} changes nothing here: {_when(scenario, place, inputs, asked)}"


def _when(scenario: Scenario, place: str, inputs: Sequence[Input], asked: Sequence[str]) -> str:
    """What would have to be so for a setting to change something."""
    kind, _, rest = place.partition(".")
    if kind == "lots":
        lot = next(name for name in sorted(scenario.file.lots, key=len, reverse=True) if rest.startswith(f"{name}."))
        if lot not in scenario.file.counted:
            return f"it would if lot {lot} were counted"
        return "it would at a date (--at)" if place.endswith(".conversion") else "it would with other lots"
    name = place.partition("@")[0].rpartition(".")[2]
    wanted = {"prices": {"price"}, "chips": {f"{chip}.{rest.partition('.')[2]}" for chip in ("chip", "reference")}}.get(
        kind, {name, f"grid.{name}"}
    )
    results = [address for address in SHOWN if _rests(address, wanted)]
    if not results:
        return "it would at a date (--at)" if name in scenario.defaults.assumptions else "no result rests on it"
    if not set(results) & set(asked):
        return f"it would show in {', '.join(results[:3])}{' …' if results[3:] else ''} (--show)"
    instead = [i.place for i in inputs if i.stream == f"assumptions.{name}"]
    if instead:
        return f"it would where nothing nearer states the number, as here {', '.join(instead[:3])}"
    return "it would for a lot, owner or site that needs it"


def _rests(address: str, names: set[str]) -> bool:
    """Whether a result needs one of these inputs, itself or by another result."""
    needs = {name.removesuffix("?") for name in STEPS[address].inputs} if address in STEPS else set()
    return bool(needs & names) or any(_rests(name, names) for name in needs if name in STEPS)
