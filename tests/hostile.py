"""A scenario whose every free string is hostile: found by a walk of its records, so that a new field is filled too."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AfterValidator
from pydantic.fields import FieldInfo

from capacity.records.scenario import ScenarioFile
from capacity.source import Record, titled

# What stands at the beginning, where a spreadsheet or a Markdown looks; `HERE` is a server that nobody should ask.
STARTS = (
    '=HYPERLINK("http://HERE/","x")', "=cmd|'/C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "=1+1", "\n=2+2",
    "<script>document.title='owned'</script>", "# head", "- item", "1. item", "> said", "| a | b |", "```", "---",
    "</title>", "![x](http://HERE/i.png)", "javascript:alert(1)", "　=1+1", "＝1+1", "字节跳动", "'=1+1", '"=1+1',
)  # fmt: skip
BODIES = (
    "<script>fetch('http://HERE/x');window.owned=1;document.title='owned'</script>",
    "<img src=x onerror=\"window.owned=1;new Image().src='http://HERE/e'\">", "\"><svg onload='window.owned=1'>",
    "'><iframe src=http://HERE/f></iframe>", "</style></title></script></svg>]]>--><!--", "<style>@import 'http://HERE/s'",
    "[x](javascript:window.owned=1)", "[y]: http://HERE/r", "![x](http://HERE/i.png)", "<http://HERE/auto>",
    "| a | b |", "two\nlines\n\nof | it", "{{7*7}} ${7*7} {% raw %} %(x)s {0}", "$x^2$ \\frac{1}{2} \\", "&lt; &#60; &",
    "`code` **bold** __bold__ *it* ~~no~~", "字节 é e\u0301 😀 \u200b\u200f\ufeff", "\u2028\u2029\x85",
    "/JS (app.alert) >> endobj", 'style="fill: url(http://HERE/u)"', "x" * 300,
)  # fmt: skip
# Fields whose text is read and means something, so that a hostile one is refused; a test holds that it is.
READ = {"says", "unit", "of", "derived", "check", "places", "source"}
SHORT = {"text": 400, "quote": 2000}

CITED = {"source": "memo", "grade": "C"}
NUMBER: dict[str, Any] = {"low": 900, "high": 1100, **CITED, "disputed": [{"value": 5, "source": "memo"}]}
SOURCE = {"kind": "user", "url": "https://example.org/a", "published": "2026-01"}


def _share(value: float) -> dict[str, Any]:
    return {"value": value, **CITED}


LOT: dict[str, Any] = {"chip": "h20", "stage": "installed", "date": "2026-01-01"}
BASE: dict[str, Any] = {
    "id": "hostile", "as_of": "2026-01-01",
    "sources": {"memo": SOURCE, "other": {**SOURCE, "kind": "judgement"}},
    "owners": {"acme": {"profile": "neocloud", "assumptions": {"pue_peak": {"low": 1.2, "high": 1.3, **CITED}}},
               "字节": {}},
    "sites": {"hall": {"region": "us", "capacity_mw": {"value": 40, **CITED}, "servers": {"value": 200, **CITED},
                       "phases": [{"date": "2026-01-01", "basis": "it", "limit": {"value": 30, **CITED}}],
                       "chips": {"h20": {"value": 900, **CITED}}, "spend_usd": {"value": 1e8, **CITED},
                       "sources": {"memo": SOURCE}}},
    "chips": {"own": {"unit": "card", "tdp_w": {"value": 700, **CITED}, "memory_gb": {"value": 80, **CITED},
                      "dense_tflops": {"bf16": {"value": 900, **CITED}, "tf32": {"value": 800, **CITED}},
                      "sources": {"memo": SOURCE},
                      "exceptions": {"tf32-over-bf16": {"shown": {"dense_tflops.tf32": "memo"}}}}},
    "lots": {
        "first": {**LOT, "owners": ["acme", "字节"], "site": "hall", "count": NUMBER, "shares": {"acme": _share(0.5)},
                  "supply": {"value": 5000, **CITED}, "cap_per_owner": {"value": 900, **CITED}},
        "second": {**LOT, "chip": "own", "stage": "approved", "count": {"value": 5000, **CITED},
                   "phases": [{"due": "2026-12-31", "part": 0.5}, {"due": "2027-06-30", "part": 0.5}],
                   "conversion": _share(0.5), "owners": ["acme"]},
        "third": {"chips": ["gb200", "gb300"], "stage": "ordered", "date": "2026-01-01",
                  "count": {"value": 70, **CITED, "buyers": {"value": 3, **CITED}, "each": True},
                  "mix": {"gb200": _share(0.5)}, "due": "2027-01-01"},
        "fourth": {**LOT, "reports": [NUMBER, {"value": 1000, **CITED}]},
        "beside": {**LOT, "stage": "approved", "count": {"value": 7, **CITED},
                   "volume_cap": {"share": _share(0.5), "of": {"value": 100, **CITED}}},
    },
    "counted": ["first", "second", "third", "fourth"],
    "assumptions": {"network_ratio": {"low": 1.05, "high": 1.2, **CITED}},
    "set": {"assumptions.mfu": {"value": 0.4, **CITED}},
    "together": [{"places": ["lots.first.count", "assumptions.network_ratio"], "rho": 0.5}],
    "claims": [{"check": "power.facility.nameplate over 1 MW", **CITED}],
}  # fmt: skip


@dataclass
class Filled:
    """A scenario's data in which every free string is a text of ours."""

    data: dict[str, Any]
    texts: dict[str, str] = field(default_factory=dict)  # mark → the text that bears it
    places: dict[str, str] = field(default_factory=dict)  # mark → where it stands
    seen: set[type[Record]] = field(default_factory=set)


def filled(here: str = "", hostile: bool = True, base: Any = None, model: type[Record] = ScenarioFile) -> Filled:
    """The scenario with hostile texts, which name the server at `here`; or with the marks alone.

    `base`, `model`: the same of a part's file.
    """
    made = Filled(json.loads(json.dumps(base or BASE)))
    for place, record, info in list(strings(made.data, model, seen=made.seen)):
        name = place.rpartition(".")[2]
        mark = f"k{len(made.texts):03d}k"
        text = _text(name, mark, here, len(made.texts)) if hostile else mark
        if name == "url" and not hostile:
            text = f"https://example.org/{mark}"
        made.texts[mark], made.places[mark] = text, place
        record[name] = [text] if get_origin(_plain(info.annotation)) is tuple else text
    return made


def _text(name: str, mark: str, here: str, number: int) -> str:
    """A hostile text that bears a mark near its beginning."""
    if name == "url":
        text = f"https://example.org/{mark}\"><svg/onload=window.owned=1>|`'javascript:|)](http://HERE/)"
    else:
        text = "\n".join((f"{STARTS[number % len(STARTS)]} {mark}", *BODIES))
    return text.replace("HERE", here)[: SHORT.get(name, 4000) - 20]


def _plain(annotation: Any) -> Any:
    """An annotation without what is annotated, and without None."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        kept = [one for one in get_args(annotation) if one is not type(None)]
        return _plain(kept[0]) if len(kept) == 1 else annotation
    return annotation


def _bound(annotation: Any, metadata: tuple[Any, ...] = ()) -> bool:
    """Whether a string has a pattern or a check of its own; a title has only to name somebody."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        metadata = (*metadata, *more)
        annotation = inner
        return _bound(annotation, metadata)
    if get_origin(annotation) in (Union, UnionType):
        return any(_bound(one, metadata) for one in get_args(annotation))
    if get_origin(annotation) is tuple:
        return _bound(get_args(annotation)[0], metadata)
    flat = [one for m in metadata for one in (m.metadata if isinstance(m, FieldInfo) else [m])]
    checks = [m for m in flat if isinstance(m, AfterValidator) and m.func is not titled]
    return bool(checks) or any(getattr(m, "pattern", None) for m in flat)


def records_in(annotation: Any) -> Iterator[type[Record]]:
    """The records that an annotation holds, at any depth."""
    if isinstance(annotation, type) and issubclass(annotation, Record):
        yield annotation
    for one in get_args(annotation):
        yield from records_in(one)


def strings(
    data: Any,
    model: type[Record] = ScenarioFile,
    at: str = "",
    seen: set[type[Record]] | None = None,
    free: bool = True,
) -> Iterator[tuple[str, dict[str, Any], FieldInfo]]:
    """Every string that a record of data may have, the free ones or the others: its place, its mapping, its field."""
    if seen is not None:
        seen.add(model)
    for name, info in model.model_fields.items():
        place = f"{at}.{name}".lstrip(".")
        plain = _plain(info.annotation)
        text = plain is str or (get_origin(plain) is tuple and _plain(get_args(plain)[0]) is str)
        bound = _bound(info.annotation, tuple(info.metadata))
        if text and free == (name == "url" or (name not in READ and not bound)):
            yield place, data, info
        for key, inner in _members(plain, data.get(name)):
            for record in records_in(info.annotation):
                yield from strings(inner, record, f"{place}.{key}".rstrip("."), seen, free)


def mappings(data: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in data, from the outside in."""
    if isinstance(data, dict):
        yield data
    for inner in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from mappings(inner)


def _members(annotation: Any, value: Any) -> list[tuple[str, Any]]:
    """The records of a field in the data, by their keys."""
    if value is None or not any(records_in(annotation)):
        return []
    if get_origin(annotation) is dict:
        return list(value.items())
    if get_origin(annotation) is tuple:
        return [(str(index), one) for index, one in enumerate(value)]
    return [("", value)]


def reachable(model: type[Record] = ScenarioFile) -> set[type[Record]]:
    """All records of which a scenario's file may be made."""
    found, ahead = set(), [model]
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead += [inner for info in one.model_fields.values() for inner in records_in(info.annotation)]
    return found
