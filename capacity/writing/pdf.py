"""The report as a PDF to hand out: headline, results, figures, then the memo's assumptions and sources."""

from __future__ import annotations

import io

from capacity.document.words import interval, label
from capacity.errors import fail
from capacity.model.estimate import Estimate, summarize
from capacity.writing import figures, report, text

FIGURE = 110  # mm across


def pdf(answer: Estimate, found: report.Drivers, address: str, series: Estimate | None = None) -> bytes:
    """A PDF on A4 of the estimate; `found` are the drivers of the result `address`, `series` has dates.

    Raises `InputError` where the extra `report` is missing.
    """
    try:
        from fpdf import FPDF
        from matplotlib import get_data_path
    except ImportError:
        raise fail("report", "fpdf2 is not installed", "pip install 'capacity[report]'") from None
    page = FPDF(format="A4")
    for style, name in (("", "DejaVuSans"), ("B", "DejaVuSans-Bold")):
        page.add_font("DejaVu", style, f"{get_data_path()}/fonts/ttf/{name}.ttf")
    page.set_title(answer.scenario.file.name)
    page.set_auto_page_break(True, margin=15)
    page.add_page()

    def write(words: str, size: float = 9, bold: bool = False) -> None:
        page.set_font("DejaVu", "B" if bold else "", size)
        page.multi_cell(0, size * 0.5, words, align="L", new_x="LMARGIN", new_y="NEXT")
        page.ln(size * 0.2)

    lines = [line for line in summarize(answer, text.printed) if line.group == "total"]
    write(f"{answer.scenario.file.name} (as of {answer.scenario.file.as_of})", 15, bold=True)
    write(text.headline(answer, lines), 11)
    write(f"View: {text.view_words(answer.scenario)}.")
    page.set_font("DejaVu", "", 8.5)
    with page.table(col_widths=(50, 17, 17, 17, 18), text_align=("LEFT", "RIGHT", "RIGHT", "RIGHT", "LEFT")) as table:
        for row in [("total", "median", "5 %", "95 %", "")] + [
            (label(line.quantity, line.basis), *interval(line)) for line in lines
        ]:
            table.row(row)
    page.ln(4)
    drawn = list(report.pictures(answer, found, address).values())
    for picture in [*drawn, *([figures.over_time(series)] if series else [])]:
        if page.will_page_break(FIGURE * picture.height / figures.WIDTH + 12):  # a title stays with its figure
            page.add_page()
        write(picture.title, 9, bold=True)
        page.image(io.BytesIO(figures.png(picture)), w=FIGURE, alt_text=picture.words)
        page.ln(3)
    blocks = text.table(answer, 10_000).split("\n\n")
    start = next(index for index, block in enumerate(blocks) if block.startswith("Counted"))
    for block in blocks[start:]:
        head, _, rest = block.partition("\n")
        write(head, 9, bold=bool(rest))
        if rest:
            write("\n".join(line.strip() for line in rest.splitlines()), 8)
    return bytes(page.output())
