"""The commands: a file per family; each imports what it runs when it runs, so that a command starts quickly."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

Args = list[str]  # before the module `list` of this room takes the name

# Command → its module, or that of its family, in the order of the help.
COMMANDS = {
    "estimate": "estimate",
    "read": "read",
    "compare": "compare",
    "explain": "explain",
    "drivers": "drivers",
    "check": "check",
    "solve": "solve",
    "fit": "fit",
    "paths": "paths",
    "plan": "plan",
    "sweep": "sweep",
    "report": "report",
    "plot": "plot",
    "backtest": "backtest",
    "list": "list",
    "show": "show",
    "validate": "validate",
    "schema": "schema",
    "guide": "guide",
    "mcp": "mcp",
}


class Command(TyperCommand):
    """A command that speaks of what was typed: a fault of an argument of its library call is told of the option.

    It refuses an option given twice where one value is meant: the last would hide the first.
    """

    def invoke(self, ctx: Any) -> Any:
        from capacity.errors import InputError

        try:
            return super().invoke(ctx)
        except InputError as error:
            typed = {
                str(option.name).rstrip("_"): option.opts[0]
                for option in self.params
                if option.param_type_name == "option"
            }
            typed["path"] = typed.get("out", "path")
            raise InputError(replace(fault, file=typed.get(fault.file, fault.file)) for fault in error.faults) from None

    def parse_args(self, ctx: Any, args: Args) -> Args:
        _, _, given = self.make_parser(ctx).parse_args([*args])
        for option in given:
            once = option.param_type_name == "option" and not option.multiple and not getattr(option, "is_flag", False)
            if once and given.count(option) > 1:
                ctx.fail(f"{option.opts[0]} is given twice: it takes one value")
        return super().parse_args(ctx, args)


def _version(wanted: bool) -> None:
    if wanted:
        from capacity._version import __version__

        sys.stdout.write(f"capacity {__version__}\n")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


def commands(words: Sequence[str] = ()) -> typer.Typer:
    """The command line; where the first word names a command, with that one alone, which is quicker."""
    names = [words[0]] if words and words[0] in COMMANDS else [*COMMANDS]  # `list` is a module of this room
    app = typer.Typer(
        name="capacity",
        help="From announced AI chips to FLOP/s and megawatts, with intervals and sources.",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for name in names:
        family = importlib.import_module(f"capacity.cli.{COMMANDS[name]}")
        app.command(name, cls=Command)(getattr(family, "list_" if name == "list" else name))
    return app
