"""What came of announcements, predicted by `estimate` as a user would type them, and what rivals say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from capacity import load
from capacity.equations.compute import Array
from capacity.errors import InputError
from capacity.model.estimate import estimate
from capacity.questions.scores import ScoredGroup, bands, marks, scores, verdict
from capacity.questions.sites import OLD, Unscored
from capacity.records.outcome import Announcement

PLAIN = "plain share"
CLASSES = ("licence-dependent", "open market", "export deal", "national programme")
HORIZONS = (6, 12, 18, 24)
NEAR = 3.0  # months between a horizon and an observation that stands for it
COUNT = 1000
_STAGES = {"announced": "planned", "contracted": "ordered"}
_KINDS = {
    "government licence": "licence-dependent", "import approval": "licence-dependent", "export deal": "export deal",
    "national programme": "national programme",
}  # fmt: skip
_REACHED = {
    "booked": "chips.delivered", "shipped": "chips.delivered", "delivered": "chips.delivered",
    "installed": "chips.installed", "owned": "chips.installed",
}  # fmt: skip
_SOURCE = {"title": "the table of announcements", "kind": "user"}


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """An observation with the share that is predicted of it, sorted, shape (draws,), and what version 0.2.0 says."""

    row: Announcement
    route: str
    shares: Array
    old: float

    @property
    def share(self) -> float:
        """The share that had come."""
        assert self.row.share is not None
        return self.row.share


def domestic_words(specs: load.Specs, region: str = "cn") -> frozenset[str]:
    """The words by which chips of a region's own makers are known, in lower case: ascend, kunlun …"""
    vendors = set(load.load_grid(region, specs).domestic_vendors)
    chips = (load.load_chip(name, specs) for name in specs.ids("chips"))
    names = (name for chip in chips if chip.vendor in vendors for name in (chip.name, *chip.aliases))
    return frozenset(word for name in names for word in name.lower().split() if word.isalpha() and len(word) > 3)


def route(row: Announcement, domestic: Iterable[str]) -> str:
    """The class: what must be passed, whoever announced it; a restricted chip to a restricted buyer needs a licence."""
    words = {word.strip(",.;()").lower() for word in row.words.split()}
    chips = not words & {"mw", "gw"} and not words & set(domestic)
    if row.country == "CN" and chips:
        return "licence-dependent"
    return _KINDS.get(row.kind, "open market")


def forecast(
    row: Announcement, specs: load.Specs, domestic: frozenset[str], old: Mapping[str, Array], draws: int, seed: int
) -> Forecast:
    """What `estimate` predicts for a row on the day it was seen; `Unscored` says why it cannot."""
    if row.share is None:
        raise Unscored("no share was observed")
    stage, name = _STAGES.get(row.stage, row.stage), route(row, domestic)
    lot: dict[str, object] = {
        "chip": "h100-sxm", "stage": stage, "date": row.stated.isoformat(), "route": name.replace(" ", "-"),
        "count": {"value": COUNT, "source": "table", "grade": "C"},
    }  # fmt: skip
    if row.promised:
        lot["due"] = row.promised.isoformat()
    data = {"id": "row", "name": row.event, "as_of": row.stated.isoformat(), "lots": {"lot": lot}, "counted": ["lot"],
            "sources": {"table": _SOURCE}}  # fmt: skip
    address = next((a for word, a in _REACHED.items() if row.reached.startswith(word)), "chips")
    try:
        scenario = load.scenario_from(data, specs)
        answer = estimate(scenario, draws, seed, by="total", show="chips", at=row.observed)
        shares = answer.draws(address, view="in_service", at=row.observed) / COUNT
    except InputError as error:
        raise Unscored(f"{error.faults[0].place}: {error.faults[0].what}".removeprefix(": ")) from None
    curve = old[f"{stage if f'{stage} {address}' in old else 'ordered'} {address}"]
    return Forecast(row, name, np.sort(shares), float(np.interp(row.months, *curve)))


def old_shares() -> dict[str, Array]:
    """Version 0.2.0's median share by `stage result`: months and shares, shape (2, points), kept as data."""
    curves: dict[str, list[tuple[float, float]]] = {}
    address = {"delivered": "chips.delivered", "installed": "chips.installed", "in service": "chips"}
    for kind, name, basis, months, share in load.old_numbers():
        if kind == "share":
            curves.setdefault(f"{name} {address[basis]}", []).append((months, share))
    return {name: np.array(points).T for name, points in curves.items()}


def last_of_each(found: Sequence[Forecast]) -> list[Forecast]:
    """The last observation of each event."""
    return list({f.row.event: f for f in sorted(found, key=lambda f: f.row.observed)}.values())


def nearest(found: Sequence[Forecast], months: float) -> list[Forecast]:
    """The observation of each event that is nearest to a horizon, of those within three months; none is made up."""
    near = [f for f in found if abs(f.row.months - months) <= NEAR]
    ordered = sorted(near, key=lambda f: -abs(f.row.months - months))
    return list({f.row.event: f for f in ordered}.values())


def rival(name: str, one: Forecast, reference: Sequence[Forecast]) -> Array | None:
    """A rival's shares at a row, sorted: its point and what the other events lie off it, within 0 and 1."""
    others = [f for f in reference if f.row.event != one.row.event]
    if not others:
        return None
    mean = float(np.mean([f.share for f in others]))
    residuals = np.array([f.share - (mean if name == PLAIN else f.old) for f in others])
    return np.sort(np.clip((mean if name == PLAIN else one.old) + residuals, 0.0, 1.0))


def groups(asked: Sequence[Forecast], reference: Sequence[Forecast], half: str, seed: int) -> list[ScoredGroup]:
    """All events by their last observation, each class, then both by months; rivals rest on the rows at hand."""
    found = []
    for months in (None, *HORIZONS):
        rows, others = (last_of_each(some) if months is None else nearest(some, months) for some in (asked, reference))
        for name in ("all", *CLASSES):
            mine = [f for f in rows if name in ("all", f.route)]
            if mine:
                found.append(_group(name, months, mine, others, half, seed))
    return found


def _group(
    name: str, months: int | None, rows: Sequence[Forecast], reference: Sequence[Forecast], half: str, seed: int
) -> ScoredGroup:
    seen = np.array([f.share for f in rows])
    own = scores(marks([(f.shares, 0.0) for f in rows], seen, seed), seen, plain=True)
    rivals = []
    for label in (OLD, PLAIN):
        told = [(f, shares) for f in rows if (shares := rival(label, f, reference)) is not None]
        if told:
            shown = np.array([f.share for f, _ in told])
            rivals.append((label, scores(marks([(s, 0.0) for _, s in told], shown, seed), shown, plain=True)))
    return ScoredGroup(
        "deployment", "share", name, False, half, own, bands(own.n), tuple(rivals), (), months,
        verdict(own, pooled=name == "all" and months is None),
    )  # fmt: skip
