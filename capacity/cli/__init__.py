"""The commands: a file per family; each imports what it runs when it runs, so that `--help` is quick."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from capacity.cli.asking import compare, drivers, explain
from capacity.cli.backtesting import backtest
from capacity.cli.checking import check
from capacity.cli.estimating import estimate
from capacity.cli.looking import list_, schema, show, validate
from capacity.cli.measuring import measure
from capacity.cli.reporting import plot, report
from capacity.cli.siting import fit, paths, solve
from capacity.cli.sweeping import sweep

app = typer.Typer(
    name="capacity",
    help="From announced AI chips to FLOP/s and megawatts, with intervals and sources.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        import capacity

        sys.stdout.write(f"capacity {capacity.__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


app.command()(estimate)
app.command()(backtest)
app.command()(solve)
app.command()(fit)
app.command()(paths)
app.command()(check)
app.command()(explain)
app.command()(drivers)
app.command()(compare)
app.command()(report)
app.command()(plot)
app.command()(sweep)
app.command("list")(list_)
app.command()(show)
app.command()(validate)
app.command()(schema)
app.command()(measure)
