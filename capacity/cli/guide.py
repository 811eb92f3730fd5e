"""`capacity guide`: the pages of the manual, which ship with the package."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def guide(
    topic: Annotated[str, typer.Argument(help="A page; without one, the list of pages.", show_default=False)] = "",
) -> None:
    """Print a page of the guide, or the list of its pages."""
    from capacity.load import guide_pages, guide_text

    if topic:
        sys.stdout.write(guide_text(topic))
        return
    width = max(len(name) for name in guide_pages())
    sys.stdout.writelines(f"{name:<{width}}  {title}\n" for name, title in guide_pages().items())
