"""What a number counts: its unit, the noun phrase behind it, and the chips that are named in it."""

from __future__ import annotations

import re
from dataclasses import replace

from capacity.reading.chinese import chinese_noun
from capacity.reading.judged import judged
from capacity.reading.scan import Mention, Scan
from capacity.reading.vocabulary import Vocabulary

_STOP = frozenset(
    [
        "for",
        "in",
        "at",
        "with",
        "by",
        "from",
        "on",
        "to",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "has",
        "have",
        "had",
        "will",
        "would",
        "could",
        "can",
        "may",
        "might",
        "that",
        "which",
        "who",
        "whom",
        "whose",
        "where",
        "when",
        "while",
        "but",
        "if",
        "as",
        "and",
        "or",
        "than",
        "into",
        "over",
        "under",
        "through",
        "during",
        "since",
        "until",
        "before",
        "after",
        "about",
        "near",
        "it",
        "they",
        "we",
        "he",
        "she",
        "there",
        "this",
        "not",
        "no",
        "also",
        "now",
        "then",
        "so",
        "because",
        "whereas",
        "although",
        "would",
        "do",
        "does",
        "did",
        "its",
        "their",
        "our",
        "or",
        "nor",
        "per",
        "each",
        "apiece",
        "between",
        "among",
        "across",
        "up",
        "out",
        "off",
        "only",
        "already",
        "today",
        "this",
        "last",
        "next",
        "every",
        "within",
        "via",
        "against",
    ]
)
_DETERMINERS = frozenset(
    [
        "the",
        "its",
        "their",
        "his",
        "her",
        "our",
        "such",
        "these",
        "those",
        "this",
        "that",
        "a",
        "an",
        "nvidia's",
        "amd's",
    ]
)
_PRONOUNS = frozenset(["them", "these", "those", "which", "it", "whom"])
_WHOLES = frozenset(["number", "total", "order", "consignment", "batch", "fleet", "sum", "lot", "figure"])
_WORD = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*(?:['’])?|[^\s\w]")
_SIGN = re.compile(
    r"((?:(?<![a-z])(?:(?:us|nt|hk)\s?|[acs]))?[$€£¥])\s?[0-9.]"
)  # "HK$3 billion", and "spent $3 billion"


def with_noun(
    sentence: Scan, start: int, end: int, low: float, high: float, rule: str, words: Vocabulary, vague: bool
) -> Mention:  # fmt: skip
    """The number with its unit and the noun behind it."""
    text, lower = sentence.text, sentence.low
    rest = lower[end:]
    sign = _SIGN.search(lower, max(0, start - 3), end)
    if sign:
        symbol = sign.group(1).strip()
        if start > 0 and lower[start - 1] in "$€£¥":
            start -= 1
        unit = {"$": "USD", "us$": "USD", "¥": "money"}.get(symbol, "money")
        if symbol == "$" and re.search(r"(?:^|\s)(?:(?:nt|hk)\s?|[acs])$", lower[:start]):
            unit = "money"
        return Mention(start, end, end, text[start:end].strip(), low, high, unit, rule=rule, vague=vague)
    unit_word = re.match(r"[\s\-]?(%|[a-z][a-z/]*|[\u4e00-\u9fff]{1,4})", rest)
    if unit_word:
        word = unit_word.group(1)
        dash = rest[:1] == "-"
        if word == "%":
            return Mention(
                start, end + 1, end + 1, text[start : end + 1], low, high, "other", "a share or a ratio", rule=rule
            )
        worded = _unit_word(word, rest, words, text[end : end + unit_word.end()])
        if worded:
            unit, factor, length = worded
            stop = end + unit_word.start(1) + length
            amount = text[start:stop]
            mention = Mention(
                start, stop, stop, amount, low * factor, high * factor, unit, rule=rule, attributive=dash, vague=vague
            )
            return _of_what(sentence, mention, words)
        money = re.match(r"\s(?:of\s)?(?:u\.?s\.?\s)?(dollars|yuan|euros|pounds|yen|won|rupees)(?![a-z])", rest)
        if money:
            stop = end + money.end()
            return Mention(
                start,
                stop,
                stop,
                text[start:stop],
                low,
                high,
                words.money.get(money.group(1), "money"),
                rule=rule,
                vague=vague,
            )
    mention = Mention(
        start, end, end, text[start:end], low, high, "bare", rule=rule, attributive=rest[:1] == "-", vague=vague
    )
    if re.match("[\u4e00-\u9fff]", rest) or (re.search("[\u4e00-\u9fff]", lower) and not re.match(r"\s[a-z]", rest)):
        return chinese_noun(sentence, mention, words)
    equated = re.match(
        r"\s(?:are|were|is|being|will be)\s(?:the\s)?(?:nvidia\s)?|,\s(?:all\s(?:of them\s)?)?(?:nvidia\s)?", rest
    )
    if equated:
        begin = end + equated.end()
        name = next((n for n in sentence.names if n.start == begin and not n.model), None)
        if name and equated.group() == ", " and not lower[name.end :].startswith(","):
            name = None
        if name:  # "150,000 are H100s"; "550k, all GB200s and GB300s"
            joined = [n for n in sentence.names if n.start >= name.end and lower[name.end : n.start] == " and "]
            return replace(mention, unit="chips", names=(name, *joined[:1]), noun=name.words)
    return _english_noun(sentence, mention, words)


def _of_maker(sentence: Scan, at: int, words: Vocabulary) -> bool:
    """Whether a maker's systems follow: "10 gigawatts of Nvidia systems"."""
    return bool(
        re.match(
            rf"(?:{words.maker_words.pattern})(?:'s)?\s(?:\w+\s)?(?:systems?|hardware|machines?)", sentence.low[at:]
        )
    )


def _unit_word(word: str, rest: str, words: Vocabulary, shown: str) -> tuple[str, float, int] | None:
    """A unit of power, FLOP/s or money right behind a number: its kind, factor and length."""
    for table, kind in ((words.power, "W"), (words.flops, "FLOP/s")):
        for length in range(len(word), 0, -1):
            piece = word[:length]
            if length < len(word) and piece.isascii():
                break
            if piece in table and not (piece == "p" and not shown.strip().startswith("P")):
                if piece in ("mw", "gw", "kw") and shown.strip()[:1] == "m":
                    return None
                return kind, table[piece], length
    for length in range(len(word), 0, -1):
        piece = word[:length]
        if length < len(word) and piece.isascii():
            break
        if piece in words.money and not (piece == "元" and rest.lstrip().startswith("元素")):
            kind = words.money[piece]
            return ("money" if kind == "other" else kind), 1.0, length
    return None


def _of_what(sentence: Scan, mention: Mention, words: Vocabulary) -> Mention:
    """The hardware behind "500 megawatts of" and "6 gigawatts' worth of"."""
    if mention.unit not in ("W", "USD", "CNY"):
        return mention
    tail = re.match(r"'?(?:\s+worth)?\s+of\s+", sentence.low[mention.end :])
    if not tail:
        return mention
    inner = _english_noun(
        sentence, Mention(mention.end, mention.end, mention.end, "", 0, 0, "bare"), words, mention.end + tail.end()
    )
    if re.match(
        r"(?:ai\s|artificial intelligence\s)?(?:compute|computing)(?![a-z])", sentence.low[mention.end + tail.end() :]
    ):
        return replace(mention, partitive=True, noun="compute")  # "500 megawatts of AI compute"
    if inner.unit == "other" or re.match(
        r"(?:\w+\s){0,2}(?:data cent|sites|campus|land|facilities|projects)", sentence.low[mention.end + tail.end() :]
    ):
        return replace(mention, attributive=True)  # "810 MW of data centres"
    return replace(mention, names=inner.names, noun=inner.noun, head=inner.head, stop=max(mention.stop, inner.stop),
                    partitive=inner.unit in ("chips", "servers", "racks")
                    or _of_maker(sentence, mention.end + tail.end(), words))  # fmt: skip


def _english_noun(sentence: Scan, mention: Mention, words: Vocabulary, begin: int | None = None) -> Mention:
    """The noun phrase behind a number: "of AMD's MI450 accelerators", "additional Nvidia chips", "of them"."""
    lower, text = sentence.low, sentence.text
    at = mention.end if begin is None else begin
    if lower[at : at + 1] == "-":
        at += 1
    unit, head, noun_words, names = "", "", [], []
    partitive = them = False
    stop = mention.end
    steps = 0
    for m in _WORD.finditer(lower, at):
        if steps and m.start() > stop + 3 and not lower[stop : m.start()].isspace():
            break
        name = next((n for n in sentence.names if n.start <= m.start() < n.end), None)
        word = m.group()
        steps += 1
        if steps > 12:
            break
        if name is not None:
            if name not in names:
                names.append(name)
            if not unit:
                unit, head = "chips", name.words
            stop = m.end() if m.end() >= name.end else stop
            stop = max(stop, m.end())
            noun_words.append(word)
            continue
        bare = word.removesuffix("'s").removesuffix("'")
        if not head and not noun_words and word == "of" and begin is None:
            partitive, stop = True, m.end()
            continue
        unit_next = re.match(r"\s([a-z]+)", lower[m.end() :])
        if word in ("these", "those") and unit_next and unit_next.group(1) in words.units:
            stop = m.end()
            noun_words.append(word)
            continue
        if partitive and not head and word in _PRONOUNS | _WHOLES:
            them, stop = True, m.end()
            break
        if word in ("and", "or", "/", "&") and names:
            following = next((n for n in sentence.names if m.end() <= n.start <= m.end() + 12), None)
            between = lower[m.end() : following.start] if following else ""
            if following and all(w in words.makers or w in ("'s", "its") for w in between.split()):
                stop = m.end()
                continue
            break
        if word in words.units and not (head and unit in ("chips",) and word in ("system", "module")):
            kind = words.units[word]
            if kind != "weak" or not unit:
                unit, head = kind, word
            elif unit == "chips" and word.startswith("system"):
                unit, head = "servers", word
            stop = m.end()
            noun_words.append(word)
            continue
        if bare in words.makers or word in _DETERMINERS or word.endswith("'s"):
            if word in _DETERMINERS and not word.endswith("'s") and (head or not (partitive or begin is not None)):
                break
            stop = m.end()
            noun_words.append(word)
            continue
        if word in _STOP or (not word[0].isalpha() and not word[0].isdigit()):
            break
        if word[0].isdigit():
            break
        if names and unit == "chips" and word.endswith("s") and not words.verb_words.fullmatch(word):
            unit, head = "other", word  # "223,000 Ampere cores", "910B dies"
            noun_words.append(word)
            stop = m.end()
            break
        if head and unit:
            # "GPU hours", "GPU cluster": a singular noun of hardware describes the next noun.
            if (
                head in ("gpu", "chip", "server", "rack", "card", "accelerator", "processor", "node", "pod")
                and not text[m.start()].isupper()
            ):
                if words.cues["clusters"].fullmatch(word):
                    stop = m.end()
                    break
                unit, head = "other", word
                noun_words.append(word)
                stop = m.end()
            break
        if words.cues["h100_equivalents"].fullmatch(word):
            break
        acts = words.verb_words.fullmatch(word) and not word.endswith("ed")
        if acts and not head and (noun_words or word.endswith(("s", "ing"))):
            break  # "three firms buy H200s"
        if words.verb_words.fullmatch(word) and re.match(r"[.,;)]|$", lower[m.end() :]) and not head:
            break  # "only 5,000 arrived."
        noun_words.append(word)
        if word in words.nouns:
            head, unit, stop = word, "other", m.end()
            break
        if len(noun_words) > 5:
            break
        if mention.attributive and len(noun_words) == 1:  # "8-bit speed of the B200"
            head, unit, stop = word, "other", m.end()
            break
        stop = m.end()
    return judged(sentence, mention, words, unit, head, noun_words, tuple(names), partitive, them, stop)
