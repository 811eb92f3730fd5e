"""What every answer of a question can do, and the one way from an answer to a format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from capacity.document.blocks import Document
from capacity.errors import fail, visible

if TYPE_CHECKING:
    import pandas

FORMATS = ("table", "json", "csv", "markdown", "html")


class Answer:
    """The answer of a question: a frozen record that gives its rows and its document; every format comes for nothing.

    An answer defines `head`, `records` and `document`; `name` says under which key its records stand in the JSON,
    and an answer whose JSON is no list of its records defines `body`. One that a sentence can tell defines `sentence`.
    """

    __slots__ = ()
    name: ClassVar[str] = "rows"

    def head(self) -> dict[str, Any]:
        """What the JSON begins with: schema, version, scenario …; see `citations.head`."""
        raise NotImplementedError

    def records(self) -> list[dict[str, Any]]:
        """Flat rows, numbers unrounded in SI: those of CSV, JSON, frames."""
        raise NotImplementedError

    def document(self) -> Document:
        """Blocks for people: those of the terminal, Markdown, HTML."""
        raise NotImplementedError

    def body(self) -> dict[str, Any]:
        """What follows the head in the JSON."""
        return {self.name: self.records()}

    def sentence(self) -> str | None:
        """A quotable sentence with what to cite; several are lines. None where no sentence can tell it."""
        return None

    def text(self, format_: str = "table", width: int = 80) -> str:
        """The answer in one format (table, json, csv, markdown, html, sentence); `width` is that of the table."""
        return write(self, format_, width)

    def to_frame(self) -> pandas.DataFrame:
        """The records as a table of pandas (needs the extra `frames`)."""
        from capacity.document.rows import frame

        return frame(self.records())

    def __repr__(self) -> str:
        lines = write(self, "table", 80).splitlines()
        return "\n".join(lines if len(lines) <= 10 else [*lines[:9], f"… {len(lines) - 9} more lines: print(it)"])

    def __str__(self) -> str:
        return write(self, "table", 80).rstrip("\n")

    def _repr_html_(self) -> str:
        return write(self, "html")


def write(answer: Answer, format_: str = "table", width: int = 80) -> str:
    """An answer as text in one format: table, json, csv, markdown, html, or sentence where one can tell it.

    `width` holds for the table alone. Raises `InputError` where the answer has no such format.
    """
    if format_ == "json":
        from capacity.document.rows import dumps

        return dumps({**answer.head(), **answer.body()})
    return visible(_written(answer, format_, width))


def _written(answer: Answer, format_: str, width: int) -> str:
    if format_ == "csv":
        from capacity.document.rows import rows_to_csv

        return rows_to_csv(answer.records())
    if format_ == "table":
        from capacity.document.terminal import text

        return text(answer.document(), width)
    if format_ == "markdown":
        from capacity.document.markdown import markdown

        return markdown(answer.document())
    if format_ == "html":
        from capacity.document.html import html

        return html(answer.document())
    sentence = answer.sentence() if format_ == "sentence" else None
    if sentence is None:
        raise fail("format", f"{format_} is not offered here", ", ".join(FORMATS[:4]))
    return sentence.rstrip("\n") + "\n"
