"""The firms and bodies of an article: those of the library, and others by how they are written and what they do."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from capacity.errors import fail
from capacity.reading.scan import Name, Scan
from capacity.reading.vocabulary import Vocabulary

_L = "A-Za-z0-9À-ɏ"
_CAPS = re.compile(
    rf"(?<![{_L}])(?:[A-ZÀ-Þ][{_L}+]*|[a-z]{{1,2}}[A-Z][{_L}]*)(?:(?:[.&-]|['’](?!s(?![A-Za-z])))[{_L}]+)*"
    rf"(?:\s(?:(?:of|de|für)\s(?:the\s)?|&\s)?[A-ZÀ-Þ][{_L}+]*(?:(?:[.&-]|"
    rf"['’](?!s(?![A-Za-z])))[{_L}]+)*)*(?:(?<=Inc|Ltd|Plc|N\.V)\.|(?<=Corp)\.|(?<=Co)\.)?"
)
_NOT_OF = re.compile(r"(?:in|at|near|of|to|from)\s+(?:the\s+)?$")
_SITE_WORDS = re.compile(
    r"\s(?:[a-z]+\s)?(?:campus|project|data cent(?:er|re)|site|cluster|supercomputer|plant|factory)(?![a-z])"
)
_HAN_NAME = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Org:
    """A firm or body in a sentence: where it stands, and the name that the article gives it first."""

    start: int
    end: int
    name: str
    listed: bool = False  # in the library of owners


MOST_FIRMS, MOST_NAMED = 1000, 5000
BEFORE = 120  # letters before a name that tell whose it is
_DETERMINED = re.compile(r"(?:its|the|an?|their)\s$", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:^|\s)an?\s$")


def find_orgs(scans: list[Scan], words: Vocabulary) -> list[list[Org]]:
    """The firms of each sentence; one name is used for the same firm all through the article."""
    inner: Counter[str] = Counter()
    rough: list[list[tuple[int, int, str, bool]]] = []
    for sentence in scans:
        here = [
            (m.start(), m.end(), sentence.text[m.start() : m.end()], True)
            for m in words.firm_words.finditer(sentence.low)
        ]
        here = [h for h in here if _capital(h[2]) and h[2].casefold() not in words.common]
        taken = [(n.start, n.end) for n in sentence.names if not (n.model and _named_so(sentence.text, n))] + [
            (s, e) for s, e, _, _ in here
        ]
        for m in _CAPS.finditer(sentence.text):
            start, end = m.start(), m.end()
            text = m.group()
            while True:
                head, _, rest = text.partition(" ")
                if head.casefold().strip(".") in words.common and rest and not rest.startswith("Arabia"):
                    start += len(head) + 1
                    text = rest.lstrip()
                    start = end - len(text)
                    continue
                break
            text = re.sub(r"['’]s$|['’]$", "", text)
            if " of " in text and not _OF.match(text):
                text = text[: text.index(" of ")]
            end = start + len(text)
            overlap = [h for h in here if h[0] < end and start < h[1]]
            if overlap and (text[len(overlap[0][2]) :].startswith("-") or not text.startswith(overlap[0][2])):
                continue  # "DeepSeek-V3" is its model
            if any(s < end and start < e for s, e in taken) and not (
                overlap and len(text) > max(h[1] - h[0] for h in overlap)
            ):
                if overlap:
                    continue
                pieces = [(s, e) for s, e in taken if s < end and start < e]
                cut = min(s for s, _ in pieces)
                text = sentence.text[start:cut].strip()
                end = start + len(text)
                if not text or text.casefold() in words.makers:
                    continue
            here = [h for h in here if h not in overlap] if overlap else here
            if not text or text.casefold().strip(".") in words.common or text.casefold() in words.families:
                continue
            if any(
                word.casefold() in words.units
                or word.casefold() in words.families
                or word.casefold() in words.common_products
                for word in text.split()
            ):
                continue
            if (
                not overlap
                and re.match(
                    r"\s(?:\w+\s)?(?:campus|site|facility|data cent|plant|factory|hub|park|hall)", sentence.text[end:]
                )
                and _DETERMINED.search(sentence.text, max(start - 8, 0), start)
            ):
                continue  # "its Johor campus"
            if not overlap and _HAN_NAME.search(sentence.text) and not any(c.islower() for c in text):
                continue  # CANN生态
            if start > 0:
                inner[text.split()[0]] += 1
            here.append((start, end, text, bool(overlap)))
        rough.append(sorted(here))
    if sum(map(len, rough)) > MOST_NAMED:
        raise fail("article", f"the text names firms more than {MOST_NAMED:,} times", "one article")
    canonical: dict[str, tuple[str, list[str], list[str]]] = {}  # by key: the name, and the words of both
    result: list[list[Org]] = []
    for sentence, here in zip(scans, rough, strict=True):
        orgs: list[Org] = []
        for start, end, text, listed in here:
            plain = re.sub(r"['’]s?$", "", text)
            initial = start == 0 or sentence.text[:start].rstrip().endswith((".", ":", ";", "“", '"'))
            single = " " not in plain
            if (
                initial
                and single
                and not listed
                and not inner[plain.split()[0]]
                and plain.endswith("s")
                and plain[1:].islower()
            ):
                continue
            if (
                not listed
                and _ARTICLE.search(sentence.text, max(start - 4, 0), start)
                and re.match(r"\s[a-z]", sentence.text[end:])
            ):
                continue  # "a Tokyo marketing firm"
            key = words.firms.get(plain.casefold(), plain) if listed else plain
            if start == 0 and text.isupper() and re.match(r"(?:, [\w .]+)? [-–—] ", sentence.text[end:]):
                continue  # "GYEONGJU – ": where the report was written
            if plain.casefold() in words.places:
                orgs.append(Org(start, start + len(plain), plain, listed))
                continue
            parts, said = key.casefold().split(), plain.casefold().split()
            name = next((n for n, k, shown in canonical.values() if _same(k, parts) and _same(shown, said)), None)
            if name is None:
                name = plain
                canonical.setdefault(key, (plain, parts, said))
                if len(canonical) > MOST_FIRMS:
                    raise fail("article", f"the text names more than {MOST_FIRMS} firms", "one article")
            orgs.append(Org(start, start + len(plain), name, listed))
        result.append(_chinese_orgs(sentence, orgs, words))
    return result


def _named_so(text: str, name: Name) -> bool:
    """Whether letters with digits stand where a firm does: "for Core42", "G42 plans"."""
    return bool(re.fullmatch(r"[A-Z][A-Za-z]*[0-9]{1,2}", name.words)) and bool(
        re.search(r"(?:^|\s(?:for|to|by|and|with))\s?$", text[: name.start])
        or re.match(r"\s(?:plans|has|will|is|said|and|wants)\s", text[name.end :])
    )


_OF = re.compile(
    r"(?:The )?(?:Universit|Bank|Ministry|Department|Institut|Government|Republic|Kingdom|Board|Academy|"
    r"College|Council|Centre|Center|State|City)"
)
_MACHINE = "clusters?|computers?|machines?|supercomputers?|data cent(?:er|re)s?|campus|project|hall|facility"


def with_hosts(scans: list[Scan], orgs: list[list[Org]], words: Vocabulary) -> list[list[Org]]:
    """Names of machines stand for whoever has them: "xAI's Colossus", "Cortex, the cluster at Tesla's factory"."""
    hosts: dict[str, str] = {}
    for sentence, here in zip(scans, orgs, strict=True):
        text = sentence.text
        for at, org in enumerate(here):
            if org.listed or org.name in hosts:
                continue
            if org.name.casefold() in words.sites:
                hosts[org.name] = ""
            behind, before = text[org.end :], text[: org.start][-BEFORE:]
            others = [o for o in here if o.name != org.name and o.name not in hosts]
            apposition = re.match(
                rf"(?:, | is )(?:the|a|an|its|their)\s[^,.;]{{0,60}}?(?:{_MACHINE})(?![a-z])[^,.;]{{0,60}}", behind
            )
            inside = [o for o in others if apposition and org.end < o.start < org.end + apposition.end()]
            owner = re.search(r"([\w.&-]+)['’]s\s(?:Project\s)?$", before)
            parenthesis = [o for o in others if o.start == org.end + 2 and behind.startswith(" (")]
            opened = (
                re.search(
                    r"(?:inaugurated|installed|housed|opened|unveiled|based|located)\s(?:[\w]+\s){0,3}?at\s(?:the\s)?$",
                    text[: here[at + 1].start][-BEFORE:],
                )
                if at + 1 < len(here)
                else None
            )
            possessor = next((o for o in others if owner and o.start <= owner.start(1) < o.end), None)
            if (
                possessor is not None
                and (possessor.listed or " " not in possessor.name)
                and possessor.name.casefold() not in words.places
            ):
                hosts[org.name] = possessor.name
            elif inside:
                hosts[org.name] = inside[0].name
            elif parenthesis:
                hosts[org.name] = parenthesis[0].name
            elif opened:
                hosts[org.name] = here[at + 1].name
            elif apposition or re.search(
                rf"(?:{_MACHINE})(?:,?\s(?:called|named|dubbed|known as))?,?\s$|Project\s$", before
            ):
                hosts[org.name] = ""
    return [
        [Org(o.start, o.end, hosts[o.name], o.listed) if o.name in hosts else o for o in here if hosts.get(o.name, "x")]
        for here in orgs
    ]


def _capital(text: str) -> bool:
    """Whether a Latin name is written as one."""
    return not text[0].isascii() or any(c.isupper() for c in text)


def _same(one: list[str], other: list[str]) -> bool:
    """Whether two names, by their words, are one firm: those of one begin the other's ("Telekom": one word of it)."""
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    return long[: len(short)] == short or (
        len(short) == 1 and len(short[0]) > 4 and short[0] in long[1:] and len(long) <= 3
    )


_SAYS = "(?:公告|宣布|表示|回应|披露|透露|称|招股书显示|消息)"
_NO_FIRM = re.compile(
    "^[已将也并共仍正新再后另但却则而按每]|同样|全部|采购|中标|招标|金额|内容|人士|消息|媒体|部门|监管|海关|"
    "官员|报道|首批|一期|二期|三期|知情|市场|其中|收到|合计|项目|中心|集群|园区|平台|股价|产品|分|^(?:公司|该|其|上月|今年|本|"
    "去年|截至|目前|有|据|针对|此|美|全国|中国企业|中国公司|多家)"
)
_HAN_SUBJECT = re.compile(
    r"(?:今年|去年|明年|上月|本月|近日|日前|昨日|此前|同时|此外|另外|[0-9]{1,4}[年月日]|"
    r"，)*([\u4e00-\u9fff·]{2,10}?)(?:也|均|还|正|与|曾|此前|部署|拥有|建成|投入|收到|新增|购买|持有|运营|向|"
    r"累计|合计|公告|宣布|表示|招股书|回应|获准|拟|再|披露|透露|称|计划|采购|订购|获准|已|将|于|近日|今日|（|"
    r"[0-9])"
)


# A buyer after 采购人：, a receiver between 向 and 供应.
_HAN_ROLE = re.compile(r"(?:采购人|采购单位|招标人|买方|甲方|业主|客户)[：:](?P<name>[\u4e00-\u9fffA-Za-z]{2,12})")
_HAN_TO = re.compile(
    r"部署(?:在|于)(?P<at>[\u4e00-\u9fffA-Za-z]{2,10}?)(?:的|机房|数据中心|[，。])|"
    r"(?:向|为|给)(?P<name>[\u4e00-\u9fffA-Za-z]{2,12}?)(?:交付|供应|提供|出售|部署|建设|搭建|出口|供货|发货)"
)


def _chinese_orgs(sentence: Scan, orgs: list[Org], words: Vocabulary) -> list[Org]:
    """Firms of a Chinese sentence that no list holds: the first words of an item before a colon, the subject."""
    if not _HAN_NAME.search(sentence.text[:8]):
        return orgs
    text = sentence.low  # simplified characters
    item = re.match(r"([\u4e00-\u9fffA-Za-z]{2,10})：", text)
    if (
        item
        and not _NO_FIRM.search(item.group(1))
        and not re.search(_SAYS + "$", item.group(1))
        and not any(o.start < item.end(1) for o in orgs)
    ):
        return [Org(0, item.end(1), sentence.text[: item.end(1)]), *orgs]
    for clause in re.finditer(r"[^，。；！？]+", text):
        subject = _HAN_SUBJECT.match(text, clause.start(), clause.end())
        if subject is None or _NO_FIRM.search(subject.group(1)) or subject.group(1).casefold() in words.makers:
            continue
        if not any(o.start < subject.end(1) and subject.start(1) < o.end for o in orgs) and not words.verb_words.search(
            subject.group(1)
        ):
            orgs = [*orgs, Org(subject.start(1), subject.end(1), sentence.text[subject.start(1) : subject.end(1)])]
    for role in (*_HAN_ROLE.finditer(text), *_HAN_TO.finditer(text)):
        group = "at" if role.groupdict().get("at") else "name"
        start, end = role.span(group)
        if not any(o.start < end and start < o.end for o in orgs) and not re.search("项目|^[0-9]", role[group]):
            orgs = [*orgs, Org(start, end, sentence.text[start:end])]
    granted = re.search("(?:批准|准许|允许)([^，。]{2,40}?)(?:合计|共|购买|采购|进口|订购|购入|建设|部署)", text)
    if granted:
        for part in re.finditer(r"[^、和及与]+", granted.group(1)):
            start, end = granted.start(1) + part.start(), granted.start(1) + part.end()
            if (
                len(part.group()) >= 2
                and not _NO_FIRM.search(part.group())
                and not any(o.start < end and start < o.end for o in orgs)
            ):
                orgs = [*orgs, Org(start, end, sentence.text[start:end])]
    return sorted(orgs, key=lambda o: o.start)
