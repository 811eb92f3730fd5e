"""Claims as a file or a person states them, taken apart by what chips are called."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from capacity.errors import InputError, did_you_mean, fail
from capacity.load.kinds import load_wordings
from capacity.load.names import with_chip_ids
from capacity.load.records import load_vocabulary
from capacity.load.specs import Specs

if TYPE_CHECKING:
    from collections.abc import Callable

    from capacity.words.claims import Parsed


def understand_claim(
    text: str, specs: Specs, option: str, results: Collection[str] = (),
    names: Callable[[], Mapping[str, Sequence[str]]] | None = None,
) -> Parsed:  # fmt: skip
    """The claim taken apart; where it is not understood as it stands, with the names of chips turned into ids.

    `results`: the addresses that a claim may speak of (none: any word may be one); `names` as `part_names` gives them
    of chips, where they are read once for many claims. Raises `InputError` where it is not understood.

    >>> understand_claim("the H200 / the H20 roughly 6", Specs(), "--claim").text
    'h200-sxm / h20 roughly 6'
    """
    from capacity.words.claims import ClaimError, read_claim

    def understood(words: str) -> Parsed:
        try:
            parsed = read_claim(words, load_wordings(specs), load_vocabulary(specs))
        except ClaimError as error:
            raise fail(option, str(error), error.allowed) from None
        for term in parsed.terms:
            _check(term, specs, option, results)
        return parsed

    try:
        return understood(text)
    except InputError:
        named = with_chip_ids(text, specs, option, names() if names else None)
        if named == text:
            raise
        return understood(named)


def _check(term: str, specs: Specs, option: str, results: Collection[str]) -> None:
    """Stop where a term is nothing that we know."""
    name = term.partition("@")[0]
    if name.startswith("lots.") or specs.path("chips", term):
        return
    if results and not any(address == name or address.startswith(name + ".") for address in results):
        known = [*specs.ids("chips"), *results]
        raise fail(option, f"{term!r} is no chip, lot or result", did_you_mean(term, known))
