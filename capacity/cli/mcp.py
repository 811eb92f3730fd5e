"""The same face for assistants: the commands as tools of the Model Context Protocol, over stdio (extra `mcp`).

Each tool is the command of its name with `--format json`: typed inputs, the command's JSON as output, and where the
input is wrong the command's own lines as the error. Texts (an article, a draft) are given as they are.
"""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from capacity._version import __version__
from capacity.cli.common import write_whole
from capacity.errors import InputError, fail

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

Listed = Literal["chips", "systems", "scenarios", "assumptions", "rules", "hedges", "sites", "owners", "grids",
                 "models", "comparators", "sources"]  # fmt: skip
ABOUT = (
    "Estimates of FLOP/s, memory, power, energy and cost of announced AI chips, with 90 % intervals and sources. "
    "Read an article into a draft scenario (read), prove a draft against its text (validate), then estimate it."
)


class Refused(Exception):
    """A command ended with an error; the message holds its lines."""


def command(name: str, *arguments: str, **options: Any) -> dict[str, Any]:
    """What a command prints as JSON, called in this process; `Refused` with its lines where it fails.

    No argument is taken for an option, whatever it begins with: `--out=FILE` would write a file.

    >>> command("read", "/dev/null", date="2026-01-28")
    Traceback (most recent call last):
    capacity.cli.mcp.Refused: /dev/null:1:1: the file is empty
    """
    from capacity.cli import commands

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            words = [name, *_options(**options, format="json"), "--", *arguments]
            commands([name])(args=words, prog_name="capacity")
        except InputError as error:
            raise Refused(str(error)) from None
        except SystemExit as end:
            if end.code not in (0, None, 3):  # 3: a check that was asked for does not hold, and the answer says so
                raise Refused(err.getvalue().strip()) from None
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


@contextlib.contextmanager
def _files(**texts: str | None) -> Iterator[dict[str, str]]:
    """Texts as files of a folder that is gone afterwards, by their names (`article_txt`: article.txt)."""
    with tempfile.TemporaryDirectory(prefix="capacity-") as folder:
        paths = {}
        for name, text in texts.items():
            if text is not None:
                path = Path(folder) / name.replace("_", ".")
                write_whole(path, text.encode(errors="replace"), name)
                paths[name] = str(path)
        yield paths


def _options(**values: Any) -> list[str]:
    """Options that were given, a word each: lists are repeated, underscores are hyphens."""
    words: list[str] = []
    for name, value in values.items():
        option = f"--{name.strip('_').replace('_', '-')}"
        for one in value if isinstance(value, list) else [value]:
            if one is True:
                words.append(option)
            elif one is not None and one is not False:
                words.append(f"{option}={one}")
    return words


def _scenario(
    scenario: str | None, draft: str | None, article: str | None
) -> contextlib.AbstractContextManager[list[str]]:
    """The scenario that a tool was given: an id or path, the YAML of a draft, or the text of an article."""

    @contextlib.contextmanager
    def given() -> Iterator[list[str]]:
        if sum(text is not None for text in (scenario, draft, article)) > 1:
            raise Refused("scenario, draft and article: give one of them")
        with _files(draft_yaml=draft, article_txt=article) as paths:
            yield [*paths.values(), *([scenario] if scenario else [])]

    return given()


def estimate(
    scenario: str | None = None, draft: str | None = None, article: str | None = None,
    chip: str | None = None, amount: str | None = None, owners: str | None = None, stage: str | None = None,
    set_: list[str] | None = None, show: str | None = None, by: str | None = None, at: list[str] | None = None,
    draws: int | None = None, seed: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Estimate FLOP/s, memory, power, energy, cost of a scenario: a built-in id, a draft's YAML, an article's text, or
    one lot (`chip` and `amount` in a reporter's words, `owners` with commas, `stage`). `set_`: PLACE=VALUE changes;
    `show`: results or questions with commas; `by`: total, owner, site, chip or lot; `at`: dates."""
    with _scenario(scenario, draft, article) as words:
        return command("estimate", *words, chip=chip, amount=amount, owners=owners, stage=stage, set=set_, show=show,
                       by=by, at=at, draws=draws, seed=seed)  # fmt: skip


def read(article: str, date: str | None = None) -> dict[str, Any]:
    """Read an article (plain text, Markdown or HTML; English or Chinese): quantities with quotes, claims, what was set
    aside and why, open questions; `draft` is the scenario's YAML. `date`: the article's day, YYYY-MM-DD."""
    from capacity.load import read_text

    with _files(article_txt=article) as paths:
        draft = Path(paths["article_txt"]).with_name("draft.yaml")
        answer = command("read", paths["article_txt"], date=date, save=draft)
        return {**answer, "draft": read_text(draft) if draft.exists() else None}


def validate(draft: str, article: str | None = None) -> dict[str, Any]:
    """Check a draft scenario's YAML; with `article` prove that each quote and number of it stands in that text
    (`holds`, `faults`), and list quantities of the text that the draft leaves out (`left_out`)."""
    with _files(draft_yaml=draft, article_txt=article) as paths:
        return command("validate", paths["draft_yaml"], against=paths.get("article_txt"))


def show(id_: str, other: str | None = None, rules: bool = False) -> dict[str, Any]:
    """Everything known of a chip, system, scenario, rule, site, owner, grid or assumption, by id or name: each number
    with grade and source. `other`: a second chip beside it. `rules`: its class under each export rule."""
    return command("show", id_, *([other] if other else []), rules=rules)


def list_(kind: Listed, vendor: str | None = None) -> dict[str, Any]:
    """List chips (of one `vendor`), systems, scenarios, assumptions, rules, hedges, sites, owners, grids, models,
    comparators or sources."""
    return command("list", kind, vendor=vendor)


def compare(a: str, b: str | None = None, set_b: list[str] | None = None, show: str | None = None) -> dict[str, Any]:
    """Compare two scenarios (ids or paths), or one with itself under `set_b` changes (PLACE=VALUE), world by world."""
    return command("compare", a, *([b] if b else []), set_b=set_b, show=show)


def check(scenario: str | None = None, draft: str | None = None, claims: list[str] | None = None) -> dict[str, Any]:
    """The probability that claims hold: those of a scenario or draft, or such as "h200-sxm / h20 roughly 6"."""
    with _scenario(scenario, draft, None) as words:
        return command("check", *words, claim=claims)


def explain(result: str, scenario: str | None = None, draft: str | None = None) -> dict[str, Any]:
    """How a result (such as power.facility.nameplate) of a scenario comes about: equation, inputs, sources."""
    with _scenario(scenario, draft, None) as words:
        return command("explain", result, *words)


TOOLS = (estimate, read, validate, show, list_, compare, check, explain)


def server() -> MCPServer:
    """The server with its tools; `InputError` where the extra `mcp` is missing."""
    try:
        from mcp.server.mcpserver import MCPServer
        from mcp.server.mcpserver.exceptions import ToolError
    except ImportError:
        raise fail("mcp", "the extra is missing", "pip install '.[mcp]'") from None
    import functools

    app = MCPServer("capacity", version=__version__, instructions=ABOUT, log_level="WARNING")
    for tool in TOOLS:

        def called(*args: Any, _tool: Any = tool, **values: Any) -> Any:
            try:
                return _tool(*args, **values)
            except Refused as error:
                raise ToolError(str(error)) from None

        functools.update_wrapper(called, tool)
        app.tool(name=tool.__name__.strip("_"))(called)
    return app


def mcp() -> None:
    """Serve assistants over stdio (extra mcp): estimate, read, validate, show, list, compare, check, explain."""
    server().run("stdio")
