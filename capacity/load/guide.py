"""The pages of the guide, which ship beside the code."""

from __future__ import annotations

from pathlib import Path

from capacity.errors import did_you_mean, fail
from capacity.load.files import read_text

FOLDER = Path(__file__).resolve().parent.parent / "guide"


def guide_pages() -> dict[str, str]:
    """The topics of the guide, each with the title of its page.

    >>> guide_pages()["power"]
    'Power, compute and their bases'
    """
    pages = sorted(FOLDER.glob("*.md"))
    return {page.stem: read_text(page).partition("\n")[0].removeprefix("# ") for page in pages}


def guide_text(topic: str) -> str:
    """A page of the guide as Markdown; `InputError` where there is none of that topic."""
    if topic not in guide_pages():
        raise fail("guide", f"no page {topic!r}", did_you_mean(topic, guide_pages()))
    return read_text(FOLDER / f"{topic}.md")
