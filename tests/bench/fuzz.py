"""Coverage-guided fuzzing of what reads people's text; needs `pip install atheris` (Linux, macOS).

    python tests/bench/fuzz.py TARGET [-max_total_time=120 -max_len=4000 CORPUS_DIR]

TARGET is hedge, claim, amount, lot, scenario, setting, having, deals or name. Whatever comes in is read or refused in
lines: another exception ends the run with the input saved; an input that
takes over a second of processor time is told on stderr.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["capacity"]):
    from capacity import load
    from capacity.errors import InputError
    from capacity.load.input_file import parse
    from capacity.words.amounts import read_amount
    from capacity.words.claims import ClaimError, read_claim
    from capacity.words.hedges import read
    from capacity.words.tokens import WordsError

SPECS = load.Specs()
DEFAULT = (load.built_in_specs() / "scenarios" / f"{load.DEFAULT_SCENARIO}.yaml").read_text()
DAY = date(2026, 11, 27)
FIRST = load.join_scenario(load.scenario_document(load.DEFAULT_SCENARIO, SPECS), SPECS)
SHEET = Path(tempfile.mkdtemp()) / "deals.csv"


def scenario(text: str) -> None:
    """A scenario's file, with all that it names."""
    load.join_scenario(parse(text, "fuzz"), SPECS)


def setting(text: str) -> None:
    """A `--set` on the default scenario."""
    document = parse(DEFAULT, "fuzz")
    load.join_scenario(document, SPECS).having(load.typed_settings([text]), label="--set")


def having(text: str) -> None:
    """Anything at a place of a small scenario: `PLACE VALUE`."""
    place, _, value = text.partition(" ")
    FIRST.having({place: value})


def lot(text: str) -> None:
    """A lot in a line."""
    document = load.lots_document([load.read_lot(text, SPECS, DAY)], DAY.isoformat(), None)
    load.join_scenario(document, SPECS)


def deals(text: str) -> None:
    """A sheet of deals."""
    SHEET.write_text(text)
    load.join_scenario(load.scenario_document(SHEET, SPECS), SPECS)


TARGETS: dict[str, Callable[[str], object]] = {
    "hedge": lambda text: read(text, load.load_vocabulary()),
    "claim": lambda text: read_claim(text, load.load_wordings(), load.load_vocabulary()),
    "amount": lambda text: read_amount(text, load.load_vocabulary(), DAY),
    "lot": lot, "having": having,
    "name": lambda text: load.find_part(("chips", "systems", "rules"), text, SPECS, "show"),
    "scenario": scenario, "setting": setting, "deals": deals,
}  # fmt: skip


def main() -> None:
    """Fuzz the target that was asked for."""
    target = TARGETS[sys.argv.pop(1)]

    def once(data: bytes) -> None:
        start = time.process_time()
        with contextlib.suppress(InputError, WordsError, ClaimError):
            target(data.decode("utf-8", "replace"))
        if time.process_time() - start > 1:
            print(f"over a second: {data[:200]!r}", file=sys.stderr)

    atheris.Setup(sys.argv, once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
