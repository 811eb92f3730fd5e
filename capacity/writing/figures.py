"""Pictures of an estimate: intervals, the power chain as a flow, the swings as a tornado (needs the extra `report`)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from capacity.document.words import label, member_name, share_text
from capacity.errors import fail
from capacity.model.estimate import Estimate, summarize
from capacity.model.summary import Line
from capacity.questions.sensitivity import Influence
from capacity.units import justified, number, scale

# Colours of the files; inside a page each gives way to the page's own, light or dark.
INK, ACCENT, PALE, RULE = "#1d2430", "#1f6fb2", "#a9cbe8", "#c9ced6"
PAGE_COLOURS = {INK: "currentColor", ACCENT: "var(--accent)", PALE: "var(--pale)", RULE: "var(--rule)"}
WIDTH = 4.1  # inches: small enough that the letters stay readable on a phone
BARS = ("peak_flops.bf16.dense", "power.facility.nameplate")
CHAIN = ("facility", "it", "server", "chip")
LEAVES = {"facility": "cooling\nand losses", "it": "network,\nstorage", "server": "rest of\nthe servers"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn figure, what it shows in words, and its numbers as a table (first row: heads)."""

    kind: str
    title: str
    words: str
    rows: tuple[tuple[str, ...], ...]
    draw: Callable[[Any], None]
    height: float


@contextmanager
def _canvas(picture: Picture) -> Iterator[Any]:
    """A matplotlib figure in the house style, closed afterwards; no window, no global state left behind."""
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        raise fail("report", "matplotlib is not installed", "pip install 'capacity[report]'") from None
    style: Any = {
        "svg.fonttype": "none", "svg.hashsalt": picture.kind, "font.size": 9, "text.color": INK,
        "axes.edgecolor": RULE, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
        "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False, "axes.unicode_minus": False,
    }  # fmt: skip
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(WIDTH, picture.height), layout="constrained")
        picture.draw(figure)
        yield figure


def svg(picture: Picture) -> bytes:
    """The picture as an SVG file."""
    buffer = io.BytesIO()
    with _canvas(picture) as figure:
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Title": picture.title})
    return buffer.getvalue()


def png(picture: Picture) -> bytes:
    """The picture as a PNG file on white."""
    buffer = io.BytesIO()
    with _canvas(picture) as figure:
        figure.savefig(buffer, format="png", dpi=200, facecolor="white", metadata={"Software": None})
    return buffer.getvalue()


def inline(picture: Picture) -> str:
    """The SVG to stand inside a page: its colours the page's, its size the column's, named for a screen reader."""
    from html import escape

    text = svg(picture).decode()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<title>.*?</title>|<style.*?</style>", "", text, flags=re.DOTALL)
    head, _, rest = text.partition(">")
    head = re.sub(r' (?:width|height)="[^"]*"', "", head)
    head += f' role="img" aria-label="{escape(picture.words, quote=True)}"'
    for colour, ours in PAGE_COLOURS.items():
        rest = rest.replace(colour, ours)
    return f"{head}>{rest}"


def _spoken(low: float, middle: float, high: float, unit: str) -> tuple[str, str, str, str]:
    factor, printed = scale(max(middle, high), unit)
    low, middle, high = low / factor, middle / factor, high / factor
    decimals = justified(middle, low, high, 0)
    return number(low, decimals), number(middle, decimals), number(high, decimals), printed


def intervals(answer: Estimate, address: str = BARS[-1]) -> Picture:
    """One result for the total and each group: the median as a dot, 5 to 95 % as a line."""
    lines = summarize(answer, lambda a, kind: a == address)
    if not lines:
        raise fail("plot", f"the scenario gives no {address}")
    factor, unit = scale(max(line.p95 for line in lines), lines[0].unit)
    names = [
        "total" if line.group == "total" else member_name(answer.scenario, line.group, line.member) for line in lines
    ]
    texts = [_spoken(line.p5, line.p50, line.p95, line.unit) for line in lines]

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for index, line in enumerate(lines):
            low, middle, high = (x / factor for x in (line.p5, line.p50, line.p95))
            axes.plot([low, high], [index, index], color=PALE, linewidth=7, solid_capstyle="butt")
            axes.plot([middle], [index], "o", color=ACCENT, markersize=6)
            axes.text(
                middle, index - 0.3, f"{texts[index][1]} {texts[index][3]}", ha="center", va="bottom", fontsize=8.5
            )
        axes.set_yticks(range(len(lines)), names)
        axes.set_ylim(len(lines) - 0.5, -0.75)
        _plain(axes, unit)

    head = label(lines[0].quantity, lines[0].basis)
    rows = [("of", "median", "5 %", "95 %", "unit")]
    rows += [(n, t[1], t[0], t[2], t[3]) for n, t in zip(names, texts, strict=True)]
    words = f"{head}: " + "; ".join(
        f"{n} {t[1]} {t[3]} ({t[0]} to {t[2]})" for n, t in zip(names[:8], texts, strict=False)
    )
    return Picture("intervals-" + address.replace(".", "-"), head, words, tuple(rows), draw, 0.8 + 0.4 * len(lines))


def _plain(axes: Any, unit: str) -> None:
    axes.set_xlabel(unit)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(_ticks())
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:,g}")
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)


def _ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=5)


def chain(answer: Estimate) -> Picture:
    """The power chain as a flow: what enters the facility and what of it reaches the chips, medians at nameplate."""
    at = {line.address: line for line in summarize(answer, lambda a, kind: kind == "total" and a.startswith("power."))}
    lines = [at.get(f"power.{boundary}.nameplate") for boundary in CHAIN]
    if not all(lines):
        raise fail("plot", "the scenario gives no power at every boundary", "intervals or tornado")
    found = [line for line in lines if line is not None]
    factor, _ = scale(found[0].p50, "W")
    heights = [line.p50 / factor for line in found]
    names = ["facility", "IT", "servers", "chips"]
    texts = [_spoken(line.p5, line.p50, line.p95, "W") for line in found]

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        axes.axis("off")
        for index, height in enumerate(heights):
            axes.fill_between([index, index + 0.42], [0, 0], [height, height], color=ACCENT, linewidth=0)
            axes.text(index + 0.21, height + heights[0] * 0.025, f"{texts[index][1]} {texts[index][3]}", ha="center",
                      va="bottom", fontsize=8.5)  # fmt: skip
            axes.text(index + 0.21, -heights[0] * 0.03, names[index], ha="center", va="top")
            if index + 1 < len(heights):
                after = heights[index + 1]
                axes.fill_between([index + 0.42, index + 1], [0, 0], [after, after], color=PALE, linewidth=0)
                axes.fill([index + 0.42, index + 0.62, index + 0.62, index + 0.42], [after, after, height, height],
                          color=RULE, linewidth=0)  # fmt: skip
                lost = f"{(height - after) / heights[0]:.0%} {LEAVES[CHAIN[index]]}"
                axes.text(index + 0.5, height + heights[0] * 0.03, lost, ha="left", va="bottom", fontsize=7.5)
        axes.set_xlim(-0.05, len(heights) - 0.55)
        axes.set_ylim(-heights[0] * 0.12, heights[0] * 1.2)

    rows = [("boundary", "median", "5 %", "95 %", "unit")]
    rows += [(label(line.quantity, line.basis), t[1], t[0], t[2], t[3]) for line, t in zip(found, texts, strict=True)]
    words = "Power at nameplate, median: " + "; ".join(f"{n} {t[1]} {t[3]}" for n, t in zip(names, texts, strict=True))
    return Picture("flow", "From the grid to the chips (nameplate, medians)", words, tuple(rows), draw, 2.6)


def over_time(series: Estimate) -> Picture:
    """Chips delivered and in service at each date of a dated estimate: medians as lines, 5 to 95 % as bands."""
    lines = summarize(series, lambda a, kind: kind == "total" and a in ("chips", "chips.delivered"))
    stages = {"delivered": "chips.delivered", "in service": "chips"}
    found = {stage: [x for x in lines if x.address == a and x.at] for stage, a in stages.items()}
    days = [line.at or "" for line in found["in service"]]
    if len(days) < 2:
        raise fail("plot", "chips over time need two dates", "--at DATE --at DATE")
    factor, _ = scale(max(line.p95 for rows in found.values() for line in rows), "chips")

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        places = [date.fromisoformat(day) for day in days]
        for rows, style in zip(found.values(), ("--", "-"), strict=True):
            bands = [[getattr(line, point) / factor for line in rows] for point in ("p5", "p50", "p95")]
            axes.fill_between(places, bands[0], bands[2], color=PALE, alpha=0.45, linewidth=0)
            axes.plot(places, bands[1], style, color=ACCENT, linewidth=1.8)
        for (stage, rows), lift in zip(found.items(), (6, -10), strict=True):
            at = (places[-1], rows[-1].p50 / factor)
            axes.annotate(stage, at, xytext=(-2, lift), textcoords="offset points", ha="right", fontsize=8.5)
        axes.set_ylim(bottom=0)
        axes.set_ylabel("chips")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.tick_params(axis="x", labelrotation=35)

    head = [("date", *(f"{stage}, {point}" for stage in found for point in ("median", "5 %", "95 %")))]
    body = [
        (day, *(text for rows in found.values() for text in _points(rows[index]))) for index, day in enumerate(days)
    ]
    last = {stage: _points(rows[-1]) for stage, rows in found.items()}
    words = f"Chips expected by {days[-1]}: " + "; ".join(f"{t[0]} {s} ({t[1]} to {t[2]})" for s, t in last.items())
    return Picture("stock", "Chips delivered and in service over time", words, tuple(head + body), draw, 2.8)


def _points(line: Line) -> tuple[str, str, str]:
    """Median, 5 % and 95 % point of a count."""
    low, middle, high, _ = _spoken(line.p5, line.p50, line.p95, line.unit)
    return middle, low, high


def tornado(rows: Sequence[Influence], unit: str, title: str, most: int = 8) -> Picture:
    """How far each input alone takes a result, from its 5 % to its 95 % point, all else at the median."""
    moved = [row for row in rows if abs(row.high - row.low) > 1e-9 * abs(row.middle)]
    moved = sorted(moved, key=lambda row: -abs(row.high - row.low))[:most]
    if not moved:
        raise fail("plot", "nothing moves this result: it is exact")
    factor, printed = scale(max(abs(row.middle) for row in moved) or 1.0, unit)
    names = [_short(row.driver.name) for row in moved]
    widest = abs(moved[0].high - moved[0].low) / factor
    decimals = justified(moved[0].middle / factor, 0, widest / 2, 0)
    ends = [(number(row.low / factor, decimals), number(row.high / factor, decimals)) for row in moved]

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for index, row in enumerate(moved):
            middle = row.middle / factor
            for end, colour in ((row.low / factor, PALE), (row.high / factor, ACCENT)):
                axes.barh(index, end - middle, left=middle, color=colour, height=0.62)
            for value, text in zip((row.low, row.high), ends[index], strict=True):
                right = value / factor >= middle
                axes.annotate(text, (value / factor, index), xytext=(3 if right else -3, 0), textcoords="offset points",
                              ha="left" if right else "right", va="center", fontsize=8)  # fmt: skip
        axes.axvline(moved[0].middle / factor, color=INK, linewidth=0.8)
        axes.set_yticks(range(len(moved)), names)
        axes.set_ylim(len(moved) - 0.4, -0.6)
        _plain(axes, printed)
        low, high = axes.dataLim.intervalx
        axes.set_xlim(low - 0.2 * (high - low), high + 0.2 * (high - low))

    table = [("input", f"low ({printed})", f"high ({printed})", "share of the spread")]
    table += [(n, a, b, share_text(row.share)) for n, (a, b), row in zip(names, ends, moved, strict=True)]
    words = f"{title}, {printed}: " + "; ".join(f"{n} from {a} to {b}" for n, (a, b) in zip(names, ends, strict=True))
    return Picture("tornado", title, words, tuple(table), draw, 1.0 + 0.36 * len(moved))


def _short(name: str) -> str:
    """An input's name as it fits beside a bar."""
    plain = name.replace("assumptions.", "").replace("lots.", "").replace("chips.", "")
    return plain if len(plain) <= 26 else plain[:25] + "…"
