"""The words that articles are read by: who has the hardware, how far it is, what is none, what belongs together."""

from __future__ import annotations

from typing import Literal

from capacity.source import Record, Slug

Subject = Literal["owner", "seller", "maker", "state", "hardware"]


class VerbWords(Record):
    """Verbs that say the same: what their subject is to the hardware, and how far it is where `stages` do not tell."""

    words: str
    subject: Subject
    stage: str


class ArticleWords(Record):
    """All of `specs/reading.yaml`: lists are text separated by commas."""

    verbs: dict[str, VerbWords]
    irregular: dict[str, str]
    states: dict[str, str]
    intent: str
    unsure: str
    bound: str
    permitted: str
    licensed: str
    lets: str
    company_pronouns: str
    us_pronouns: str
    weak: str
    clusters: str
    families: str
    usual: tuple[Slug, ...]
    other_money: str
    nouns: dict[str, str]
    denials: dict[Literal["near", "before", "after"], str]
    per_unit: str
    systems: str
    capability: str
    general_rules: str
    comparisons: str
    past: str
    not_hardware_power: str
    power_verbs: str
    money_for_hardware: str
    money_for_else: str
    flops_for_else: str
    parts: str
    wholes: str
    totals: str
    replaces: str
    anew: str
    common: str
    bodies: str
    observers: str
    exporters: str
    products: str
    places: str
    importers: str
    traditional: str
    series: str
    crowds: str
    claims: dict[str, str]
    covers: dict[str, str]
    heads: dict[str, str]
