"""Figures → matplotlib, SVG, PNG (needs the extra `report`); the numbers and names are the figure's own.

Every figure has in its data `title`, `table` (its numbers as a table) and what its kind draws.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

from capacity.document.blocks import Figure, Scale
from capacity.document.fonts import HOUSE, fonts_for, missing_words
from capacity.document.terminal import wrap
from capacity.document.words import number_text
from capacity.errors import fail, visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colours of the files; inside a page each gives way to the page's own, light or dark.
INK, ACCENT, PALE, RULE = "#1d2430", "#1f6fb2", "#a9cbe8", "#c9ced6"
PAGE_COLOURS = {
    INK: "currentColor", ACCENT: f"var(--accent, {ACCENT})", PALE: f"var(--pale, {PALE})", RULE: f"var(--rule, {RULE})",
}  # fmt: skip
WIDTH = 4.1  # inches inside a page: small enough that the letters stay readable on a phone
FILE_WIDTH, DPI = 6.4, 200  # inches of a file of its own, and dots an inch
LETTERS = 19  # of the small print in an inch
PRINT = 12  # lines of a text above or below a picture, at most
NAME = 30  # letters in a line of a name beside a bar
LEAVES = ("cooling\nand losses", "network,\nstorage", "rest of\nthe servers")  # what the power chain loses at each step
Data = Mapping[str, Any]


def height(figure: Figure) -> float:
    """Its height in inches, inside a page."""
    return _KINDS[figure.kind][1](figure.data)


@contextmanager
def _canvas(figure: Figure, width: float = WIDTH, frame: bool = False) -> Iterator[Any]:
    """Axes in the house style, with a `frame` of title, legend and credit or bare; no window, no state left behind."""
    try:
        import matplotlib
        from matplotlib.figure import Figure as Canvas
    except ImportError:
        raise fail("report", "matplotlib is not installed", "pip install '.[report]'") from None
    style: Any = {
        "svg.fonttype": "none", "svg.hashsalt": figure.kind, "font.size": 9, "text.color": INK,
        "axes.edgecolor": RULE, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
        "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False, "axes.unicode_minus": False,
        "text.parse_math": False,
    }  # fmt: skip
    style["font.family"] = [HOUSE, *(font.family for font in fonts_for(str(figure.data))[0])]
    small, large = _print(figure.data, width) if frame else ([], [])
    tall = height(figure) + 0.15 * len(small) + 0.22 * len(large)
    with matplotlib.rc_context(style), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # `lacking` says so in a sentence
        axes = Canvas(figsize=(width, tall), layout="constrained").subplots()
        _KINDS[figure.kind][0](axes, figure.data)
        if frame:
            axes.figure.suptitle("\n".join(large), x=0.01, ha="left", fontsize=11, fontweight="bold", linespacing=1.3)
            axes.figure.supxlabel("\n".join(small), x=0.01, ha="left", fontsize=7, linespacing=1.4)
        yield axes


def _print(data: Data, width: float) -> tuple[list[str], list[str]]:
    """The small print below a picture, and its title, in lines that fit its width."""
    title = data["title"][:1].upper() + data["title"][1:]
    said = [data.get("legend"), data.get("credit")], [title, data.get("subtitle")]
    small, large = (
        [line for text in texts if text for line in _some(_lines(text, int(width * letters)))]
        for texts, letters in zip(said, (LETTERS, LETTERS * 0.52), strict=True)
    )
    return small, large


def _lines(words: str, width: int) -> list[str]:
    """A text in lines of so many letters, of which a Chinese one takes two; nothing in it is too long to break."""
    return wrap(words, width, whole="\n")


def _some(lines: list[str]) -> list[str]:
    """A long text's beginning, which says what it is, and its end, where the version to cite stands."""
    return lines if len(lines) <= PRINT else [*lines[: PRINT - 3], "…", *lines[-2:]]


def short(name: str, most: int = 2) -> str:
    """A name as it fits beside a bar: in at most so many lines.

    >>> short("Ministry of Industry and Information"), short("字" * 40, 1)
    ('Ministry of Industry and\\nInformation', '字字字字字字字字字字字字字字字…')
    """
    lines = _lines(name, NAME)
    end = "…*" if name.endswith("*") else "…"  # the mark that the legend explains
    return "\n".join(lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1] + end])


def axes(figure: Figure) -> Axes:
    """The figure as axes of matplotlib, to be changed or saved: `axes(figure).figure.savefig("x.png")`."""
    with _canvas(figure, FILE_WIDTH, frame=True) as drawn:
        drawn.set_title("")
    made: Axes = drawn
    return made


def lacking(figure: Figure) -> str:
    """A sentence on the signs that a picture shows as boxes, for no font has them; empty where there are none."""
    return missing_words(fonts_for(str(figure.data))[1])


def svg(figure: Figure, width: float = WIDTH, frame: bool = False) -> bytes:
    """The figure as an SVG file, which has its colours where no style is allowed, as on pages that let none in.

    `frame`: with title, legend and credit, to be published by itself.
    """
    buffer = io.BytesIO()
    with _canvas(figure, width, frame) as drawn:
        metadata = {"Date": None, "Title": figure.data["title"]}
        drawn.figure.savefig(buffer, format="svg", transparent=not frame, metadata=metadata)
    return visible(_plainly_styled(buffer.getvalue().decode())).encode()


def _plainly_styled(text: str) -> str:
    """The SVG with its styles as attributes of their own; what the style sheet said of all stands at the root.

    >>> _plainly_styled('<path style="fill: none; stroke: #fff"/><text>style="x"</text>')
    '<path fill="none" stroke="#fff"/><text>style="x"</text>'
    """

    def spread(style: re.Match[str]) -> str:
        pairs = (part.partition(":") for part in style[1].split(";") if part.strip())
        return " ".join(f'{name.strip()}="{value.strip()}"' for name, _, value in pairs)

    text = re.sub(r"\s*<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r"<[^<>]+>", lambda tag: re.sub(r'\bstyle="([^"]*)"', spread, tag[0]), text)
    return text.replace("<svg ", '<svg stroke-linejoin="round" stroke-linecap="butt" ', 1)


def png(figure: Figure, width: float = WIDTH, frame: bool = False) -> bytes:
    """The figure as a PNG file on white."""
    buffer = io.BytesIO()
    with _canvas(figure, width, frame) as drawn:
        drawn.figure.savefig(buffer, format="png", dpi=DPI, facecolor="white", metadata={"Software": None})
    return buffer.getvalue()


def inline(figure: Figure) -> str:
    """The SVG to stand inside a page: its colours the page's, its size the column's, named for a screen reader."""
    text = svg(figure).decode()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<title>.*?</title>", "", text, flags=re.DOTALL)
    head, _, rest = text.partition(">")
    head = re.sub(r' (?:width|height)="[^"]*"', "", head)
    head += f' role="img" aria-label="{escape(figure.alt, quote=True)}"'
    rest = re.sub("|".join(PAGE_COLOURS), lambda colour: PAGE_COLOURS[colour[0]], rest)
    return f"{head}>{rest}"


def _intervals(axes: Any, data: Data) -> None:
    """One result for the total and each group: the median as a dot, 5 to 95 % as a line.

    Data: `rows` of name, 5, 50 and 95 % points and the scale of the label; `axis`, the scale of the axis.
    """
    axis: Scale = data["axis"]
    most = max(row[3] for row in data["rows"])
    for index, (_, low, middle, high, how) in enumerate(data["rows"]):
        ends = [low / axis.factor, high / axis.factor]
        axes.plot(ends, [index, index], color=PALE, linewidth=7, solid_capstyle="butt")
        axes.plot([middle / axis.factor], [index], "o", color=ACCENT, markersize=6)
        label = number_text(middle, how)
        side = "left" if middle < 0.15 * most else "center"  # clear of the names
        axes.text(middle / axis.factor, index - 0.3, label, ha=side, va="bottom", fontsize=8.5)
    axes.set_yticks(range(len(data["rows"])), [short(row[0]) for row in data["rows"]])
    axes.set_ylim(len(data["rows"]) - 0.5, -0.75)
    _plain(axes, axis.unit)


def _plain(axes: Any, unit: str) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel(unit)
    axes.set_xlim(left=0, right=None if axes.dataLim.intervalx[1] else 1)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:,g}")
    axes.tick_params(length=0)


def _flow(axes: Any, data: Data) -> None:
    """The power chain: `rows` of name, median [W] and its scale, from what enters to what reaches the chips."""
    rows = data["rows"]
    first = rows[0][1] or 1.0
    axes.axis("off")
    for index, (name, watts, how) in enumerate(rows):
        tall = watts / first
        axes.fill_between([index, index + 0.42], [0, 0], [tall, tall], color=ACCENT, linewidth=0)
        label = number_text(watts, how)
        axes.text(index + 0.21, tall + 0.025, label, ha="center", va="bottom", fontsize=8.5)
        axes.text(index + 0.21, -0.03, name, ha="center", va="top")
        if index + 1 < len(rows):
            after = rows[index + 1][1] / first
            axes.fill_between([index + 0.42, index + 1], [0, 0], [after, after], color=PALE, linewidth=0)
            corners = [index + 0.42, index + 0.62, index + 0.62, index + 0.42]
            axes.fill(corners, [after, after, tall, tall], color=RULE, linewidth=0)
            lost = f"{tall - after:.0%} {LEAVES[index]}"
            axes.text(index + 0.5, tall + 0.03, lost, ha="left", va="bottom", fontsize=7.5)
    axes.set_xlim(-0.05, len(rows) - 0.55)
    axes.set_ylim(-0.12, 1.2)


def _stock(axes: Any, data: Data) -> None:
    """Counts over time: `days`, and `stages`: name → 5, 50 and 95 % points at each; medians as lines, ends as bands."""
    days = data["days"]
    for (stage, points), style, lift in zip(data["stages"].items(), ("--", "-"), (6, -10), strict=True):
        low, middle, high = zip(*points, strict=True)
        axes.fill_between(days, low, high, color=PALE, alpha=0.45, linewidth=0)
        axes.plot(days, middle, style, color=ACCENT, linewidth=1.8)
        axes.annotate(stage, (days[-1], middle[-1]), xytext=(-2, lift), textcoords="offset points", ha="right",
                      fontsize=8.5)  # fmt: skip
    axes.set_ylim(bottom=0)
    axes.set_ylabel("chips")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}" if 1 <= value < 1e12 else f"{value:g}")
    axes.tick_params(axis="x", labelrotation=35)


def _timeline(axes: Any, data: Data) -> None:
    """A result by date: `days`, and `views`: name → 5, 50 and 95 % points; what is promised as steps behind the band of
    what is in service; `limits` of sites as name, first and last day, watts; `axis`, the scale."""
    axis: Scale = data["axis"]
    days = data["days"]
    for view, points in data["views"].items():
        low, middle, high = ([point / axis.factor for point in some] for some in zip(*points, strict=True))
        steps = view == "promised"
        if steps:
            axes.step(days, middle, where="post", color=INK, linewidth=1.0, linestyle=":")
        else:
            axes.fill_between(days, low, high, color=PALE, alpha=0.45, linewidth=0)
            axes.plot(days, middle, color=ACCENT, linewidth=1.8)
        axes.annotate(view, (days[-1], middle[-1]), xytext=(-2, 6 if steps else -10), textcoords="offset points",
                      ha="right", fontsize=8.5)  # fmt: skip
    for name, first, last, watts in data["limits"]:
        begin, end = max(first, days[0]), min(last or days[-1], days[-1])
        if begin < end:
            axes.hlines(watts / axis.factor, begin, end, color=RULE, linewidth=1.0)
            axes.text(begin, watts / axis.factor, short(f"limit of {name}", 1), fontsize=7, va="bottom")
    axes.set_ylim(bottom=0)
    axes.set_ylabel(axis.unit)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    axes.tick_params(axis="x", labelrotation=35)


def _tornado(axes: Any, data: Data) -> None:
    """How far each input alone takes a result: `rows` of name, low, high; `middle`; `axis`, the scale of all."""
    axis: Scale = data["axis"]
    middle = data["middle"] / axis.factor
    for index, (_, *ends) in enumerate(data["rows"]):
        for end, colour in zip(ends, (PALE, ACCENT), strict=True):
            axes.barh(index, end / axis.factor - middle, left=middle, color=colour, height=0.62)
        for end in ends:
            right = end / axis.factor >= middle
            axes.annotate(number_text(end, axis, False), (end / axis.factor, index), xytext=(3 if right else -3, 0),
                          textcoords="offset points", ha="left" if right else "right", va="center",
                          fontsize=8)  # fmt: skip
    axes.axvline(middle, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(data["rows"])), [short(row[0]) for row in data["rows"]])
    axes.set_ylim(len(data["rows"]) - 0.4, -0.6)
    _plain(axes, axis.unit)
    low, high = axes.dataLim.intervalx
    axes.set_xlim(low - 0.2 * (high - low), high + 0.2 * (high - low))


_KINDS: dict[str, tuple[Callable[[Any, Data], None], Callable[[Data], float]]] = {
    "intervals": (_intervals, lambda data: 0.8 + 0.4 * len(data["rows"])),
    "flow": (_flow, lambda data: 2.6),
    "stock": (_stock, lambda data: 2.8),
    "timeline": (_timeline, lambda data: 2.8),
    "tornado": (_tornado, lambda data: 1.0 + 0.36 * len(data["rows"])),
}
