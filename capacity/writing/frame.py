"""Lines → pandas, and the table that a notebook shows."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from capacity.document.words import interval, member_name
from capacity.errors import fail
from capacity.model.estimate import Estimate, summarize
from capacity.writing.dated import viewed
from capacity.writing.text import headline, printed, stated, view_words

if TYPE_CHECKING:
    import pandas


def to_frame(answer: Estimate) -> pandas.DataFrame:
    """A row per line with its basis, group, unit and numbers in SI (needs the extra `frames`)."""
    try:
        import pandas
    except ImportError:
        raise fail("to_frame", "pandas is not installed", "pip install 'capacity[frames]'") from None
    return pandas.DataFrame([line.as_dict() for line in summarize(answer)])


def to_html(answer: Estimate) -> str:
    """The headline and the results as an HTML table, every text escaped."""
    lines = summarize(answer, printed)
    rows = []
    for line in lines:
        who = "total" if line.group == "total" else member_name(answer.scenario, line.group, line.member)
        cells = (viewed(line), who, *interval(line))
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    head = "".join(f"<th>{h}</th>" for h in ("quantity", "of", "median", "5 %", "95 %", "unit"))
    top = f"<p>{escape(headline(answer, stated(lines)))} View: {escape(view_words(answer.scenario))}.</p>"
    return f"{top}<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
