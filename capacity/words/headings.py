"""Headings of a sheet as people write them: "# GPUs", "Capex ($m)", 芯片型号 → the column that is meant."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping

from capacity.source import Record


class HeadingTable(Record):
    """All of `specs/headings.yaml`: the words of columns, of units in them, of totals, of yes and no."""

    deals: dict[str, str]
    sites: dict[str, str]
    sites_named: str
    units: dict[str, str]
    totals: str
    yes: str
    no: str
    bases: dict[str, str]
    cooling: dict[str, str]

    @functools.cached_property
    def columns(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """For a sheet of `deals` and of `sites`: each heading's columns, several where what stands below it tells."""
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for name, words in (("deals", self.deals), ("sites", self.sites)):
            mine = found.setdefault(name, {})
            for column, listed in words.items():
                for heading in heading_words(listed):
                    mine[heading] = (*mine.get(heading, ()), column)
        return found

    @functools.cached_property
    def unit_of(self) -> Mapping[str, str]:
        """The unit of each word that a heading may hold."""
        return {word: unit for unit, words in self.units.items() for word in heading_words(words)}

    def heading(self, text: str, sheet: str) -> tuple[tuple[str, ...], str]:
        """The columns of `sheet` that a heading may mean, none where it means none, and the unit that it holds.

        >>> from capacity.load.records import load_headings
        >>> load_headings().heading("Capex ($m)", "deals")
        (('spend',), 'million USD')
        >>> load_headings().heading("Accelerators", "deals")
        (('chip', 'amount'), '')
        """
        plain = plain_heading(text)
        known, units = self.columns[sheet], self.unit_of
        bare = re.sub(r"[(\[（].{0,80}?[)\]）]", " ", plain)
        inside = next((m.strip() for m in re.findall(r"[(\[（](.{0,80}?)[)\]）]", plain) if m.strip() in units), "")
        bare = " ".join(bare.split())
        if plain in known or bare in known:
            return known.get(plain) or known[bare], units.get(inside or plain.rpartition(" ")[2], "")
        words = bare.split()
        for cut in (len(words) - 1, len(words) - 2):
            head, tail = " ".join(words[: max(cut, 0)]), " ".join(words[max(cut, 0) :])
            if head in known and tail in units:
                return known[head], units[tail]
        return (), ""


def plain_heading(text: str) -> str:
    """A heading without letter case, marks between its words, and doubled spaces.

    >>> plain_heading("Go-Live_Date: "), plain_heading("No. of GPUs"), plain_heading("#GPUs")
    ('go live date', 'no of gpus', '# gpus')
    """
    plain = unicodedata.normalize("NFKC", text).lower().replace("#", "# ")
    return " ".join(re.sub(r"[_\-.:*?/\\|]+", " ", plain).split())


def heading_words(listed: str) -> list[str]:
    """A comma-separated list as plain headings."""
    return [plain for word in listed.split(",") if (plain := plain_heading(word))]
