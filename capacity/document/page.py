"""A report as one self-contained HTML file (needs the extra `report`); every text is escaped, nothing is loaded."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from capacity.document.blocks import Block, Document, Figure, Items, Table
from capacity.document.drawing import inline
from capacity.document.html import html
from capacity.errors import fail, visible


def page(parts: Mapping[str, Any], scenario: Mapping[str, Any]) -> str:
    """The page of a report. `parts`: what each place of `page.html` holds, plain data or blocks; `scenario`: the
    document that the file carries, from which the estimate can be made again.
    """
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
        from markupsafe import Markup
    except ImportError:
        raise fail("report", "jinja2 is not installed", "pip install '.[report]'") from None
    loader = PackageLoader("capacity", "document")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)

    def placed(value: Any) -> Any:
        if isinstance(value, Figure):
            table = Markup(_plain(html(Document((value.data["table"],)))))
            return {"title": value.data["title"], "table": table, "svg": Markup(inline(value))}
        if isinstance(value, (Table, Items)):
            block: Block = value
            return Markup(_plain(html(Document((block,)))))
        if isinstance(value, dict):
            return {key: placed(one) for key, one in value.items()}
        return [placed(one) for one in value] if isinstance(value, (list, tuple)) else value

    filled = {name: placed(value) for name, value in parts.items()}
    text = environment.get_template("page.html").render(**filled, embedded=Markup(embedded(scenario)))
    style = text[text.index("<style>") + 7 : text.index("</style>")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return visible(text.replace("STYLE-HASH", f"sha256-{digest}", 1))


def _plain(table: str) -> str:
    """A block without styles of its own, for those of the page are in its sheet; its title as h3."""
    table = table.replace("<h4>", "<h3>").replace("</h4>", "</h3>")
    return table.replace(' style="text-align:right"', ' class="n"').replace(' style="text-align:left"', "")


def embedded(scenario: Mapping[str, Any]) -> str:
    """A document as JSON that no markup can break out of and that reads back as YAML."""
    text = json.dumps(scenario, ensure_ascii=False, allow_nan=False, indent=1, default=str)
    return re.sub(r"[<>&\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda m: f"\\u{ord(m[0]):04x}", text)
