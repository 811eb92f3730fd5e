"""An article as sentences: plain text, Markdown or HTML, in English or Chinese.

Headlines, list items and table rows are sentences of their own. A table row keeps the head of each cell.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

_BLOCK_TAGS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "caption",
        "dd",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
    ]
)
_UNREAD_TAGS = frozenset(
    [
        "script",
        "style",
        "nav",
        "aside",
        "footer",
        "form",
        "button",
        "noscript",
        "template",
        "svg",
        "math",
        "iframe",
        "select",
        "head",
    ]
)
_HEADLINES = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACES = re.compile(r"[^\S\n]+")
_MARKDOWN_LINK = re.compile(r"!?\[([^\]\n]{0,300})\]\([^)\s]{0,500}\)")
_ITEM = re.compile(r"\s{0,8}(?:[-*+•·]|\d{1,2}[.)、])\s+")
_RULE = re.compile(r"[\s|:=*_+-]+")
# A full stop that ends no sentence: "U.S.", "Corp.", "No. 5", a single initial.
_ABBREVIATION = re.compile(
    r"(?:\b[A-Z]|\b(?:Mr|Ms|Mrs|Dr|St|No|Nos|Inc|Corp|Co|Ltd|Gen|Sen|Rep|Prof|vs|approx|ca|e\.g|i\.e|est|Jan|"
    r"Feb|Mar|Apr"
    r"|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Art|Sec|Fig))\.$"
)
_STOP = re.compile(
    "(?<=[.!?])[\"'”’»)\\]]*\\s+(?=[\"'“‘«(\\[]*(?:[^\\sa-z]|[a-z]{1,2}[A-Z]))"
    "|(?<=[。！？])[”’」』）]*|(?<=[.!?][\"'”’])\\s+(?=[A-Z])"
)
LONGEST_SENTENCE = 800
_HAN = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: its number from 1, its text, what it is, and of a table row the head and text of each cell."""

    number: int
    text: str
    form: str = "prose"  # prose, headline, item, row
    paragraph: int = 0
    cells: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """The sentences of a text and its language: `en` or `zh`."""

    sentences: tuple[Sentence, ...]
    language: str


def plain(text: str) -> str:
    """The text in one form of its characters: full-width digits, hard spaces and invisible signs are made plain.

    >>> plain("１３\u00a0８００ GPU\u200bs")
    '13 800 GPUs'
    """
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    wide = "".join(
        unicodedata.normalize("NFKC", c) if "\uff01" <= c <= "\uff5e" and c not in "，：；！？（）" else c for c in text
    )
    return _SPACES.sub(" ", wide)


def read_article(text: str, html: bool | None = None) -> Article:
    """The sentences of a text; HTML is told by its first tag where nothing is said.

    >>> [s.text for s in read_article("# Chips\\n\\nMeta has 350,000 H100s. It wants more.").sentences]
    ['Chips', 'Meta has 350,000 H100s.', 'It wants more.']
    """
    text = plain(text)
    if html is None:
        html = bool(
            re.match(
                r"\s*<(?:!doctype|html|head|body|article|main|div|section|p|h[1-6]|ul|ol|table)\b", text[:2000], re.I
            )
        )
    blocks = list(_html_blocks(text) if html else _plain_blocks(text))
    sentences: list[Sentence] = []
    for paragraph, (form, body, cells) in enumerate(blocks):
        parts = split_sentences(body) if form in ("prose", "item") else pieces(body)
        sentences += [Sentence(len(sentences) + k, part, form, paragraph, cells) for k, part in enumerate(parts, 1)]
    letters = sum(s.text.count(" ") + len(s.text) // 6 for s in sentences)
    han = sum(len(_HAN.findall(s.text)) for s in sentences)
    return Article(tuple(sentences), "zh" if han > letters else "en")


def split_sentences(text: str) -> list[str]:
    """A paragraph as sentences: at full stops before a new beginning, and at 。！？.

    >>> split_sentences('Nscale Corp. said so. "It is big," he said. U.S. rules apply.')
    ['Nscale Corp. said so.', '"It is big," he said.', 'U.S. rules apply.']
    >>> split_sentences("采购7499台。其中5285台；另有2214台。")
    ['采购7499台。', '其中5285台；另有2214台。']
    """
    parts: list[str] = []
    start = 0
    for stop in _STOP.finditer(text):
        if _ABBREVIATION.search(text[max(start, stop.start() - 12) : stop.start()].rstrip("\"'”’»)]")):
            continue
        parts.append(text[start : stop.end()].strip())
        start = stop.end()
    parts.append(text[start:].strip())
    return [piece for part in parts for piece in pieces(part) if re.search(r"\w", piece)]


def pieces(sentence: str) -> list[str]:
    """An endless sentence cut at blanks or commas, so that reading stays quick."""
    pieces = []
    while len(sentence) > LONGEST_SENTENCE:
        cut = max(sentence.rfind(c, LONGEST_SENTENCE // 2, LONGEST_SENTENCE) for c in " ，,") + 1 or LONGEST_SENTENCE
        pieces.append(sentence[:cut].strip())
        sentence = sentence[cut:]
    return [*pieces, sentence.strip()]


_Block = tuple[str, str, tuple[tuple[str, str], ...]]


def _plain_blocks(text: str) -> Iterator[_Block]:
    """The blocks of plain text or Markdown: blank lines part paragraphs; an item, a head and a row is one line."""
    text = re.sub(r"(?m)^```.*?$", "", _MARKDOWN_LINK.sub(r"\1", text))
    text = re.sub(r"(\*\*|__|`)(?=\S)(.{1,300}?)(?<=\S)\1", r"\2", text)
    heads: list[str] = []
    for group in re.split(r"\n\s*\n", text):
        lines: list[str] = []
        for line in group.split("\n"):
            stripped = line.strip().lstrip(">").strip()
            if stripped.startswith("|") or (heads and stripped.count("|") >= 2):
                yield from _prose(lines)
                lines = []
                cells = [cell.strip() for cell in stripped.strip("|").split("|")]
                if _RULE.fullmatch(stripped):
                    continue
                if not heads:
                    heads = cells
                    continue
                yield _row(heads, cells)
            elif stripped.startswith("#"):
                yield from _prose(lines)
                lines = []
                yield "headline", stripped.lstrip("#").strip(), ()
            elif _ITEM.match(line):
                yield from _prose(lines)
                lines = []
                yield "item", line[_ITEM.match(line).end() :].strip(), ()  # type: ignore[union-attr]
            elif stripped and not _RULE.fullmatch(stripped):
                lines.append(stripped)
        if not group.strip().startswith("|"):
            heads = []
        yield from _prose(lines)
        heads = []


def _prose(lines: list[str]) -> Iterator[_Block]:
    """A paragraph; one line without a full stop at its end is a headline."""
    body = " ".join(lines).strip()
    if body:
        headline = len(lines) == 1 and len(body) < 200 and not re.search(r"[.!?。！？:：;；…]['\"”’)]?$", body)
        yield ("headline" if headline else "prose"), body, ()


def _row(heads: list[str], cells: list[str]) -> _Block:
    """A table row: its cells with their heads, and one text to quote."""
    return "row", " | ".join(cells), tuple(zip([*heads, *[""] * len(cells)], cells, strict=False))


class _Blocks(HTMLParser):
    """Collects the text of each block of a page; scripts, navigation and forms are not read."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[_Block] = []
        self.text: list[str] = []
        self.form = "prose"
        self.unread = 0
        self.heads: list[str] = []
        self.cells: list[str] | None = None
        self.head_row = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _UNREAD_TAGS:
            self.unread += 1
        if tag in _BLOCK_TAGS and tag not in ("td", "th"):
            self.close_block()
        if tag in _HEADLINES:
            self.form = "headline"
        elif tag == "li":
            self.form = "item"
        elif tag == "table":
            self.heads = []
        elif tag == "tr":
            self.cells, self.head_row = [], True
        elif tag in ("td", "th"):
            self.text = []
            self.head_row = self.head_row and tag == "th"

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNREAD_TAGS:
            self.unread = max(self.unread - 1, 0)
        if tag in ("td", "th") and self.cells is not None:
            self.cells.append(" ".join("".join(self.text).split()))
            self.text = []
        elif tag == "tr" and self.cells is not None:
            cells, self.cells = self.cells, None
            if self.head_row and not self.heads:
                self.heads = cells
            elif any(cells):
                self.blocks.append(_row(self.heads, cells))
        elif tag in _BLOCK_TAGS:
            self.close_block()

    def handle_data(self, data: str) -> None:
        if not self.unread:
            self.text.append(data)

    def close_block(self) -> None:
        """End the block that is open."""
        if self.cells is not None:
            return
        body = " ".join("".join(self.text).split())
        if body:
            self.blocks.append((self.form, body, ()))
        self.text, self.form = [], "prose"


MOST_TAGS = 2500  # of a page whose article is looked for: the time grows with their square
_TAG = re.compile("<[a-z]", re.IGNORECASE)
LEAST_PAGE = 2000  # a shorter page has nothing around it that the tags do not tell
MOST_OPEN_TAGS = 200  # the parser goes through the rest of the page for each that nobody closed
_OPEN_TAG = re.compile(r"<(?![^<>]*>)")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_AROUND = re.compile(r"<(?:nav|aside|footer|header|form)[\s>]", re.IGNORECASE)


def _main_part(page: str) -> str:
    """The article in a page that has navigation around it, where the extractor is installed (extra `read`)."""
    if len(page) < LEAST_PAGE or _AROUND.search(page) is None or len(_TAG.findall(page)) > MOST_TAGS:
        return page
    try:
        from trafilatura import extract
    except ImportError:
        return page
    return extract(page, output_format="html", include_tables=True, include_comments=False, favor_recall=True) or page


def _html_blocks(text: str) -> list[_Block]:
    """The blocks of a page."""
    parser = _Blocks()
    text = _COMMENT.sub("", text)
    if len(_OPEN_TAG.findall(text)) > MOST_OPEN_TAGS:
        text = _OPEN_TAG.sub("&lt;", text)
    parser.feed(_main_part(text))
    parser.close()
    parser.close_block()
    return parser.blocks
