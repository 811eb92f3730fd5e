"""A draft as a scenario's document: each quantity that can be one as a lot, with its words, quote and open points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from capacity.errors import InputError
from capacity.load import join_scenario, load_vocabulary
from capacity.load.input_file import InputFile
from capacity.load.settings import slug
from capacity.reading.vocabulary import vocabulary
from capacity.words.amounts import read_amount
from capacity.words.tokens import WordsError

if TYPE_CHECKING:
    from capacity.reading.draft import Draft, DraftLot

SOURCE = "article"
EQUIVALENT = "h100-sxm"  # what a fleet told in H100 equivalents is counted as, where no chip is told
UNITS = {"h100e": "h100_equivalents"}  # the others are called in a scenario as in a draft


def scenario_data(draft: Draft) -> tuple[dict[str, Any], dict[str, str]]:
    """A scenario as its file would state it, and the quantities that can be no lot, each with the reason.

    Where a chip is open the first choice of its question stands, and the lot's note says so.
    """
    chosen = {q.lot: q.choices[0] for q in reversed(draft.questions) if q.about == "chip" and q.choices}
    chips = {
        lot.id: chip
        for lot in draft.lots
        if (chip := lot.chip or chosen.get(lot.id) or (EQUIVALENT if lot.unit == "h100e" else None))
    }
    left_out = {lot.id: "no chip that it could be of is named" for lot in draft.lots if lot.id not in chips}
    while True:
        data = _data(draft, {name: chip for name, chip in chips.items() if name not in left_out})
        wrong = _wrong(data, draft)
        if not wrong:
            return data, left_out
        left_out |= wrong


def _wrong(data: Mapping[str, Any], draft: Draft) -> dict[str, str]:
    """The lots of a document that do not load, each with the reason."""
    if not data["lots"]:
        return {}
    try:
        join_scenario(InputFile(SOURCE, dict(data)), draft.specs)
    except InputError as error:
        places = {fault.place.split(".")[1]: fault.what for fault in error.faults if fault.place.startswith("lots.")}
        wrong = {name: what for name, what in places.items() if name in data["lots"]}
        if not wrong:
            raise
        return wrong
    return {}


def _data(draft: Draft, chips: Mapping[str, str]) -> dict[str, Any]:
    """The document of those quantities whose chip is given."""
    able = {lot.id: lot for lot in draft.lots if lot.id in chips}
    firms = vocabulary(draft.specs).firms
    owners: dict[str, Any] = {}
    lots: dict[str, Any] = {}
    for name, lot in able.items():
        of_lot = list({firms.get(owner.casefold(), owner): owner for owner in reversed(lot.owners)}.values())[::-1]
        owners |= {slug(owner): {"name": owner} for owner in of_lot}
        points = [q.text for q in draft.questions if q.lot == name]
        lots[name] = {
            "chip": chips[name], "stage": lot.stage, "date": lot.date,
            **({"due": lot.due} if lot.due and lot.due >= lot.date else {}),
            "count" if lot.unit == "chips" else "amount": {**_amount(lot), "source": SOURCE, "grade": "C"},
            **({"owners": [slug(owner) for owner in of_lot]} if of_lot else {}),
            **{kind: other for kind, other in lot.relation.items() if other in able},
            **({"note": " ".join(points)} if points else {}),
            "quote": lot.quote,
        }  # fmt: skip
    counted = [name for name, lot in able.items() if lot.counted] or list(lots)[:1]
    return {
        "id": slug(draft.title)[:60].strip("-.") or SOURCE,
        "name": draft.title,
        "as_of": draft.date,
        "sources": {SOURCE: {"title": draft.title, "kind": "secondary report", "published": draft.date}},
        "owners": owners,
        "lots": lots,
        "counted": counted,
        "claims": [
            {"text": c.text[:400], "check": c.check, "source": SOURCE, "grade": "C"} for c in draft.claims if c.check
        ],
    }


def _amount(lot: DraftLot) -> dict[str, Any]:
    """The words of an amount, with those of "each"; its plain number where the words say none ("the rest")."""
    each = lot.each and bool(lot.owners or lot.times)
    more = lot.times if each and lot.times and lot.times > len(lot.owners) else None
    says = f"{lot.amount} each" + (f" for {more} companies" if more else "") if each else lot.amount
    counted = {"unit": UNITS.get(lot.unit, lot.unit)} if lot.unit in ("servers", "racks", "pods", "h100e") else {}
    try:
        read_amount(says, load_vocabulary())
    except WordsError:
        ends = {"value": lot.low} if lot.low == lot.high else {"low": lot.low, "high": lot.high}
        return {**ends, **({"unit": UNITS.get(lot.unit, lot.unit)} if lot.unit != "chips" else {})}
    return {"says": says, **counted}
