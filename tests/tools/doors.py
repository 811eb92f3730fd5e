"""Each door by which bytes of strangers come in, as a function of bytes, with a few inputs that are let in.

What a door does not understand it refuses with one of `REFUSALS`; nothing else may come out of it.
"""

from __future__ import annotations

import ast
import atexit
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError, validate_call

from capacity import load
from capacity.cli import mcp
from capacity.errors import InputError
from capacity.load.input_file import parse
from capacity.questions import read as reading
from capacity.words.amounts import read_amount
from capacity.words.claims import ClaimError, read_claim
from capacity.words.hedges import read
from capacity.words.tokens import WordsError
from tests.running import SMALL

REFUSALS = (InputError, WordsError, ClaimError, mcp.Refused)
HOME = Path(__file__).parents[2]
SPECS = load.Specs()
DAY = date(2026, 11, 27)
FOLDER = Path(tempfile.mkdtemp(prefix="capacity-doors-"))  # of the files that a door is given
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
QUOTED = SMALL.replace("{value: 1000,", '{says: "over 5,000",').replace(
    "counted:", "    quote: Acme has ordered over 5,000 H200s.\ncounted:"
)
ARTICLE = """\
# Acme buys chips

Jan. 28, 2026 - Acme has ordered over 5,000 H200s and 64 GB200 NVL72 racks for $3 billion. Of these 2,000 will be in
service at its site in Memphis, Tennessee by June 2027. The H200 is about six times as fast as the H20, it said.

| chip | number |
|---|---|
| B300 | 18,000 |

- Tencent: 700 H20s
- 字节跳动采购了约4万颗H20芯片。
"""
SAID = "Acme has ordered 5,000 H200s for its site in Memphis. " + "It did not say what it paid for all of them. " * 40
ROWS = "<table><tr><th>chip</th><th>number</th></tr><tr><td>B300</td><td>18,000</td></tr></table><li>64 racks"
PAGE = f"<html><body><nav>Home</nav><article><h1>Acme</h1><p>{SAID}</p>{ROWS}</article><footer>&copy;</footer></html>"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
WORDS = ("owner", "chip", "count", "stage", "date", "Acme", "H200", "installed", "site", "limit MW", "Hall")
BUILT = ("name", "as_of", "lots", "owners", "sites", "chips", "assumptions", "sources", "source", "grade", "id")
PARTS = {  # of a workbook of two sheets, as spreadsheets write it
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    f'<Override PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{TYPES}.sharedStrings+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{TYPES}.styles+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets><sheet name="Deals" sheetId="1" r:id="r1"/>'
    '<sheet name="Sites" sheetId="2" r:id="r2"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{LINKS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{LINKS}/worksheet" Target="worksheets/sheet2.xml"/>'
    f'<Relationship Id="r3" Type="{LINKS}/sharedStrings" Target="sharedStrings.xml"/>'
    f'<Relationship Id="r4" Type="{LINKS}/styles" Target="styles.xml"/></Relationships>',
    "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><dimension ref="A1:F2"/><sheetData><row r="1">'
    + "".join(f'<c r="{letter}1" t="s"><v>{at}</v></c>' for at, letter in enumerate("ABCDE"))
    + '<c r="F1" t="s"><v>8</v></c></row><row r="2"><c r="A2" t="s"><v>5</v></c><c r="B2" t="s"><v>6</v></c>'
    '<c r="C2"><f>3*3</f><v>9</v></c><c r="D2" t="s"><v>7</v></c><c r="E2" s="1"><v>46023</v></c>'
    '<c r="F2" t="inlineStr"><is><t>Hall</t></is></c></row></sheetData></worksheet>',
    "xl/worksheets/sheet2.xml": f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="s"><v>8</v></c>'
    '<c r="B1" t="s"><v>9</v></c></row><row r="2"><c r="A2" t="s"><v>10</v></c><c r="B2"><v>5</v></c></row>'
    "</sheetData></worksheet>",
    "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">' + "".join(f"<si><t>{word}</t></si>" for word in WORDS) + "</sst>",
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><fonts><font/></fonts><fills><fill><patternFill/></fill></fills>'
    "<borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>"
    '<cellXfs><xf/><xf numFmtId="14"/></cellXfs></styleSheet>',
}
TABLE = "owner,chip,count,stage,date,source,url\nAcme,H200,9,installed,2026-01-01,A paper,https://example.org/a\n"


def _file(name: str, content: bytes) -> Path:
    path = FOLDER / name
    path.write_bytes(content)
    return path


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def scenario(data: bytes) -> object:
    """A scenario's file, with all that it names."""
    return load.join_scenario(parse(_text(data), "fuzz"), SPECS)


def setting(data: bytes) -> object:
    """A `--set` on a scenario."""
    return load.join_scenario(parse(QUOTED, "fuzz"), SPECS).having(load.typed_settings([_text(data)]), label="--set")


def having(data: bytes) -> object:
    """Anything at a place of a small scenario: `PLACE VALUE`."""
    place, _, value = _text(data).partition(" ")
    return FIRST.having({place: value})


def lot(data: bytes) -> object:
    """A lot in a line."""
    document = load.lots_document([load.read_lot(_text(data), SPECS, DAY)], DAY.isoformat(), None)
    return load.join_scenario(document, SPECS)


def deals(data: bytes, name: str = "deals.csv") -> object:
    """A sheet of deals, in any encoding and with any mark between its cells."""
    return load.join_scenario(load.scenario_document(_file(name, data), SPECS), SPECS)


def xlsx(data: bytes) -> object:
    """A workbook of deals, as bytes."""
    return deals(data, "deals.xlsx")


def workbook_of(parts: dict[str, str], **others: bytes) -> bytes:
    """A workbook packed of its parts."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in {**parts, **others}.items():
            packed.writestr(name, content)
    return raw.getvalue()


def part(data: bytes) -> object:
    """A workbook of which one part is replaced: its name, a line's end, its XML."""
    name, _, content = data.partition(b"\n")
    known = {Path(path).name: path for path in PARTS}
    return xlsx(workbook_of(PARTS, **{known.get(_text(name), "xl/worksheets/sheet1.xml"): content}))


def article(data: bytes, name: str = "article.txt") -> object:
    """An article, as the command `read` takes it from a file, and the draft that it makes."""
    text, html = load.read_article_file(str(_file(name, data)))
    answer = reading.read(text, DAY.isoformat(), html=html, specs=SPECS)
    return answer.yaml(), answer.text("json"), answer.text("table")


def html(data: bytes) -> object:
    """A page, likewise."""
    return article(data, "article.html")


def against(data: bytes) -> object:
    """A draft held against an article: the draft, a line of dashes, the article."""
    draft, _, told = data.partition(b"\n-----\n")
    path, paper = _file("draft.yaml", draft), _file("against.txt", told)
    document = load.read_document(path)
    load.join_scenario(document, SPECS)
    text, html = load.read_article_file(str(paper))
    return reading.against("draft.yaml", document, text, "against.txt", html=html, specs=SPECS).text("table")


def tool_call(data: bytes) -> object:
    """A call of a tool of the MCP server: its name and its arguments in JSON, as the server checks them.

    Of worlds 256 are drawn: how many there are is the caller's own choice of time.
    """
    name, _, given = _text(data).partition(" ")
    tools = {tool.__name__.strip("_"): tool for tool in mcp.TOOLS}
    try:
        arguments = json.loads(given)
    except (ValueError, RecursionError):
        return None
    if name not in tools or not isinstance(arguments, dict):
        return None
    if name == "estimate":
        arguments["draws"] = 256
    try:
        return validate_call(tools[name])(**arguments)
    except ValidationError:
        return None


def build(data: bytes) -> object:
    """`Scenario.build` with the literals of Python as its arguments."""
    try:
        arguments: Any = ast.literal_eval(_text(data).lstrip())
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    if not isinstance(arguments, dict):
        return None
    known = {key: value for key, value in arguments.items() if key in BUILT}
    return load.Scenario.build(**{"name": "Mine", "lots": (), **known})


FIRST = load.join_scenario(parse(QUOTED, "s.yaml"), SPECS)


class Door(NamedTuple):
    """A way in, and inputs that it takes."""

    enter: Callable[[bytes], object]
    seeds: tuple[str | bytes, ...]


DOORS = {
    "hedge": Door(lambda data: read(_text(data), load.load_vocabulary()),
                  ("over 400,000", "5 to 10 million", "several hundred thousand", "40多万", "1.2 bn each for three")),
    "claim": Door(lambda data: read_claim(_text(data), load.load_wordings(), load.load_vocabulary()),
                  ("h200-sxm / h20 roughly 6", "power is over 5 MW", "capex over 10 bn USD", "chips between 5 and 10")),
    "amount": Door(lambda data: read_amount(_text(data), load.load_vocabulary(), DAY),
                   ("64 GB200 NVL72 racks", "over 1.2 GW of IT load", "$10 billion a year by 2027", "5亿美元")),
    "lot": Door(lot, ("18,000 gb300 ordered 2025-05-13 for Humain due 2026-12-31", "64 GB200 NVL72 racks at Colossus")),
    "name": Door(lambda data: load.find_part(("chips", "systems", "rules"), _text(data), SPECS, "show"),
                 ("NVIDIA H200 SXM5 141GB", "GB200 NVL72", "blackwell", "昇腾910C")),
    "scenario": Door(scenario, (QUOTED,)),
    "setting": Door(setting, ("lots.first.count=over 400,000", "assumptions.mfu=x0.5", "chips.h200-sxm.tdp_w=7 kW")),
    "having": Door(having, ("lots.first.count 5 to 10 thousand", "assumptions.pue_peak@acme 1.2", "counted [first]")),
    "deals": Door(deals, (TABLE, TABLE.replace(",", ";").encode("utf-16"), TABLE.replace(",", "\t"),
                          "芯片,数量,公司,日期\nH20,40多万,腾讯,2026-01-28\n".encode("gbk"), workbook_of(PARTS))),
    "xlsx": Door(xlsx, (workbook_of(PARTS),)),
    "part": Door(part, tuple(f"{Path(name).name}\n{content}" for name, content in PARTS.items())),
    "article": Door(article, (ARTICLE,)),
    "html": Door(html, (PAGE, "<p>Meta has ordered 5,000 H200s.</p><ul><li>64 racks of GB200<li>x</ul>")),
    "against": Door(against, (f"{QUOTED}\n-----\n{ARTICLE}",)),
    "mcp": Door(tool_call, (
        'estimate {"chip": "h200-sxm", "amount": "over 400,000", "owners": "ByteDance, Alibaba", "show": "chips"}',
        'estimate {"scenario": "colossus-1", "set_": ["assumptions.mfu=0.4"], "by": "owner", "at": ["2026-12-31"]}',
        'read {"article": "Meta has ordered over 5,000 H200s.", "date": "2026-01-28"}',
        "validate " + json.dumps({"draft": QUOTED, "article": ARTICLE}), 'show {"id_": "h200-sxm", "other": "h20"}',
        'list {"kind": "chips", "vendor": "NVIDIA"}', 'check {"claims": ["h200-sxm / h20 roughly 6"]}',
        'compare {"a": "colossus-1", "set_b": ["assumptions.mfu=x0.5"]}',
        'explain {"result": "power.facility.nameplate", "scenario": "h200-china-2026-01"}',
    )),
    "build": Door(build, (
        "{'name': 'Mine', 'as_of': '2026-01-28', 'lots': [{'chip': 'H200', 'amount': (900, 1100), 'stage': 'approved', "
        "'owners': ['Acme'], 'shares': {'Acme': 0.4}, 'source': 'Reuters', 'site': 'hall', 'due': '2027-01-01'}], "
        "'owners': {'Acme': {'region': 'us'}}, 'sites': {'hall': {'name': 'Hall', 'region': 'us'}}, "
        "'chips': [{'id': 'x1', 'name': 'X1', 'vendor': 'Acme', 'tdp_w': 500, 'memory_gb': 96}], "
        "'assumptions': {'mfu': 0.3}, 'sources': {'memo': {'title': 'a memo', 'kind': 'user'}}, 'grade': 'C'}",
    )),
}  # fmt: skip
