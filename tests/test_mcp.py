"""`capacity mcp` with the protocol's own client as its peer, in a process of its own, over stdio."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp", reason="the extra mcp is not installed")
import anyio
from mcp import Client, StdioServerParameters

from capacity.cli import mcp

ARTICLE = "Meta has ordered over 5,000 H200s. Tencent has received 700 H20s.\n"


def session(*calls: tuple[str, dict[str, Any]]) -> tuple[set[str], list[tuple[bool, Any]]]:
    """The names of the tools, and for each call whether it failed and what came back."""

    async def talk() -> tuple[set[str], list[tuple[bool, Any]]]:
        there = StdioServerParameters(command=sys.executable, args=["-m", "capacity", "mcp"])
        async with Client(there) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            answers = []
            for name, arguments in calls:
                result = await client.call_tool(name, arguments)
                text = "".join(getattr(part, "text", "") for part in result.content)
                answer = text if result.is_error else result.structured_content or json.loads(text)
                answers.append((bool(result.is_error), answer))
            return names, answers

    return anyio.run(talk)


@pytest.mark.parametrize("word", ["--out={}", "--save={}", "--help", "--specs=/", "--"])
def test_no_argument_of_a_tool_is_an_option(word: str, tmp_path: Path) -> None:
    """A name that begins as an option does is a name that nobody knows: it writes no file and prints no help."""
    typed = word.format(tmp_path / "written")
    for call in (
        lambda: mcp.show(typed, "h20"),
        lambda: mcp.show("h20", typed),
        lambda: mcp.compare("colossus-1", typed),
        lambda: mcp.estimate(scenario=typed),
        lambda: mcp.estimate(chip="h20", amount=typed),
        lambda: mcp.explain(typed),
        lambda: mcp.check(claims=[typed]),
    ):
        with pytest.raises(mcp.Refused):
            call()
    assert list(tmp_path.iterdir()) == []


def test_a_peer_reads_validates_and_estimates() -> None:
    names, answers = session(("read", {"article": ARTICLE, "date": "2026-01-28"}))
    assert names == {"estimate", "read", "validate", "show", "list", "compare", "check", "explain"}
    ((failed, reading),) = answers
    assert not failed
    assert [(lot["amount"], lot["chip"]) for lot in reading["lots"]] == [("over 5,000", "h200-sxm"), ("700", "h20")]
    changed = reading["draft"].replace("over 5,000\n", "over 6,000\n")
    assert changed != reading["draft"]
    _, answers = session(
        ("validate", {"draft": reading["draft"], "article": ARTICLE}),
        ("validate", {"draft": changed, "article": ARTICLE}),
        ("estimate", {"draft": reading["draft"], "show": "chips", "draws": 256}),
        ("estimate", {"chip": "h200-sxm", "amount": "no number", "draws": 256}),
        ("show", {"id_": "h200-sxm"}),
        ("list", {"kind": "scenarios"}),
        ("explain", {"result": "power.facility.nameplate", "scenario": "h200-china-2026-01"}),
        ("check", {"claims": ["h200-sxm / h20 roughly 6"]}),
        ("compare", {"a": "h200-china-2026-01", "set_b": ["lots.approved.count=200000"]}),
    )
    (good, bad, estimated, wrong, shown, listed, explained, checked, compared) = answers
    assert (good[1]["holds"], bad[1]["holds"]) == (True, False)
    assert [fault["place"] for fault in bad[1]["faults"]] == ["lots.ordered.count"]
    assert {line["quantity"] for line in estimated[1]["lines"]} == {"chips"}
    assert wrong[0]
    assert "--amount" in wrong[1]
    for failed, answer in (shown, listed, explained, checked, compared):
        assert not failed, answer
        assert answer["schema"].startswith("capacity.")
