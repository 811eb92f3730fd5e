"""The words that an article is read by, compiled: `specs/reading.yaml`, hedges, names of chips and firms."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from capacity.load import (
    Specs,
    load_article_words,
    load_families,
    load_usual,
    load_vendors,
    load_vocabulary,
    part_names,
)
from capacity.words.article import ArticleWords
from capacity.words.names import normalised
from capacity.words.tokens import tokens_of
from capacity.words.vocabulary import HedgeTable
from capacity.words.vocabulary import Vocabulary as BaseVocabulary

Words = re.Pattern[str]


def phrases(text: str) -> list[str]:
    """The words or phrases of a list separated by commas, in lower case."""
    return [phrase.strip().casefold() for phrase in text.split(",") if phrase.strip()]


def cue(words: Iterable[str]) -> Words:
    """A pattern that finds any of these phrases as whole words, the longest first; Chinese ones anywhere.

    >>> [m.group() for m in cue(["call off", "否认"]).finditer("they call off it, 公司否认, recall office")]
    ['call off', '否认']
    """
    ordered = sorted(set(words), key=lambda w: (-len(w), w))
    latin = [w for w in ordered if w[0].isascii() and w[0].isalnum() and w[-1].isascii() and w[-1].isalnum()]
    other = [re.escape(w) for w in ordered if w not in latin]
    if latin:
        bodies = "|".join(r"\s+".join(map(re.escape, w.split())) for w in latin)
        other.insert(0, rf"(?<![a-z0-9])(?:{bodies})(?![a-z0-9])")
    return re.compile("|".join(other) if other else r"(?!)")


def forms(verb: str, irregular: Mapping[str, str]) -> list[str]:
    """A verb with its forms; of a phrase the first word is inflected.

    >>> forms("install", {}), forms("buy", {"buy": "bought"})
    (['install', 'installs', 'installed', 'installing'], ['buy', 'bought', 'buys', 'buying'])
    """
    if verb in irregular and " " in verb:
        return [verb, *phrases(irregular[verb])]
    head, _, rest = verb.partition(" ")
    if not head.isascii():
        return [verb]
    extra = phrases(irregular.get(head, ""))
    stem = head.removesuffix("e")
    y = re.search("[^aeiou]y$", head)
    third = head[:-1] + "ies" if y else head + ("es" if re.search("(s|sh|ch|x)$", head) else "s")
    past = head[:-1] + "ied" if y else stem + "ed"
    built = [third, stem + "ing"] if any(not e.endswith("ing") for e in extra) else [third, past, stem + "ing"]
    all_forms = dict.fromkeys([head, *extra, *built])
    return [f"{form} {rest}".strip() for form in all_forms]


@dataclass(frozen=True, slots=True)
class Verb:
    """What a verb says: whom its subject is, and how far the hardware is."""

    name: str
    subject: str
    stage: str


@dataclass(frozen=True)
class Vocabulary:
    """Everything that is looked up while an article is read."""

    base: BaseVocabulary
    verbs: Mapping[str, Verb]
    verb_words: Words
    states: Mapping[str, str]
    state_words: Words
    cues: Mapping[str, Words]
    units: Mapping[str, str]
    nouns: Mapping[str, str]
    reasons: frozenset[str]
    power: Mapping[str, float]
    flops: Mapping[str, float]
    money: Mapping[str, str]
    chips: Mapping[str, tuple[str, ...]]  # normalised name → ids, the usual one first
    chip_words: Words
    families: frozenset[str]
    makers: tuple[str, ...]
    maker_words: Words
    firms: Mapping[str, str]  # alias in lower case → the name of the firm
    firm_words: Words
    places: frozenset[str]
    sites: frozenset[str]
    simplified: Mapping[int, str]
    members: Mapping[str, tuple[str, ...]]  # a family, as letters and digits → its chips
    common: frozenset[str]

    @property
    def hedges(self) -> HedgeTable:
        """The table of hedges."""
        return self.base.hedges

    common_products: frozenset[str]


def _name_pattern(names: Iterable[str]) -> str:
    """Names with any blanks or hyphens between their runs of letters and digits."""
    runs = {tuple(re.findall(r"[a-z]+|[0-9]+|[^\x00-\x7f\s]+", name.casefold())) for name in names}
    ordered = sorted((r for r in runs if r), key=lambda r: (-sum(map(len, r)), r))
    return "|".join(r"[\s\-]{0,2}".join(map(re.escape, run)) for run in ordered)


@functools.cache
def vocabulary(specs: Specs = Specs()) -> Vocabulary:  # noqa: B008
    """The vocabulary of a library of specs."""
    data = load_article_words(specs)
    base = load_vocabulary()
    verbs = {
        form: Verb(name, entry.subject, _stage(form, base) or entry.stage)
        for name, entry in data.verbs.items()
        for word in phrases(entry.words)
        for form in forms(word, data.irregular)
    }
    states = {phrase: stage for stage, words in data.states.items() for phrase in phrases(words)}
    makers = tuple(name for vendor in load_vendors(specs).values() for name in vendor.names)
    chips: dict[str, list[str]] = {}
    names: set[str] = set()
    usual = {*load_usual(specs).values(), *data.usual}
    for id_, called in part_names("chips", specs).items():
        for name in called:
            key = normalised(name, makers)
            if len(key) > 2 and id_ not in chips.setdefault(key, []):
                chips[key].append(id_)
                names |= {name} | {name[len(m) :].strip() for m in makers if name.casefold().startswith(m + " ")}
    ranked = {key: tuple(sorted(ids, key=lambda i: (i not in usual, ids.index(i)))) for key, ids in chips.items()}
    listed = load_families(specs).values()
    members = {family_key(name): f.members for f in listed for name in (f.name, *f.aliases)}
    families = frozenset([*phrases(data.families), *(n.casefold() for f in listed for n in (f.name, *f.aliases))])
    firms, places = _firms(specs)
    lists: dict[str, Words] = {}
    for key, value in data:
        if isinstance(value, str):
            lists[key] = cue(phrases(value))
        elif isinstance(value, dict):
            lists |= {f"{key}.{part}": cue(phrases(w)) for part, w in value.items() if isinstance(w, str)}
    kinds = {kind: list(_factors(base, kind)) for kind in ("chips", "servers", "racks", "pods")}
    units = {word: kind for kind, listed in kinds.items() for word in listed} | dict.fromkeys(
        phrases(data.weak), "weak"
    )
    lists["h100_equivalents"] = cue(_factors(base, "h100_equivalents"))
    lists["rates"] = cue(word for listed in base.units.rates.values() for word in phrases(listed))
    return Vocabulary(
        base=base,
        verbs=verbs,
        verb_words=cue(verbs),
        states=states,
        state_words=cue(states),
        cues=lists,
        units=units,
        nouns={word: why for why, words in data.nouns.items() for word in phrases(words)},
        reasons=frozenset(data.nouns),
        power=_factors(base, "W"),
        flops=_factors(base, "FLOP/s"),
        money=_money(base, data),
        chips=ranked,
        chip_words=re.compile(
            rf"(?<![a-z0-9])(?:{_name_pattern(names)}|{_name_pattern(families)})(?:s(?![a-z])|(?![a-z0-9]))"
        ),
        families=families,
        makers=makers,
        maker_words=cue(makers),
        firms=firms,
        firm_words=cue(firms),
        sites=_sites(specs),
        simplified={ord(pair[0]): pair[1] for pair in re.findall(r"\S\S", data.traditional)},
        places=places | frozenset(phrases(data.places)),
        members=members,
        common_products=frozenset(phrases(data.products)),
        common=frozenset(phrases(data.common)),
    )


def _stage(words: str, base: BaseVocabulary) -> str:
    """The stage that a verb names by the table of stages; empty where it names none. A plan is wanted, not agreed."""
    stage = base.stages.phrases.get(tuple(token.text for token in tokens_of(words)), "")
    return "demand" if stage == "planned" else stage


def _factors(base: BaseVocabulary, kind: str) -> dict[str, float]:
    """The words of a kind of unit, each with how many of the base unit it is."""
    return {
        word: unit.factor for unit in base.units.units.values() if unit.kind == kind for word in phrases(unit.words)
    }


def _money(base: BaseVocabulary, data: ArticleWords) -> dict[str, str]:
    """The words of money, each with its currency: USD, CNY, or other."""
    listed = {word: kind for kind in ("USD", "CNY") for word in _factors(base, kind)}
    return dict.fromkeys([*_factors(base, "EUR"), *_factors(base, "GBP"), *phrases(data.other_money)], "other") | listed


def family_key(name: str) -> str:
    """A family's name by its letters and digits, in the singular."""
    return re.sub(r"[\W_]+", "", name.casefold()).removesuffix("s")


def _sites(specs: Specs) -> frozenset[str]:
    """What the sites of the library are called, and the first word of names such as "Colossus 1"."""
    names = {name.casefold() for called in part_names("sites", specs).values() for name in called[1:]}
    return frozenset(names | {name.split()[0] for name in names if re.fullmatch(r"[a-z]{5,} [0-9]", name)})


def _firms(specs: Specs) -> tuple[dict[str, str], frozenset[str]]:
    """The firms of the library by what they are called, and the names of places."""
    firms: dict[str, str] = {}
    for root in specs.roots:
        if (root / "owners").is_dir():
            for called in part_names("owners", specs).values():
                firms |= {name.casefold(): called[1] for name in called[1:]}
            break
    places = {name.casefold() for called in part_names("grids", specs).values() for name in called[1:]}
    return firms, frozenset(places)
