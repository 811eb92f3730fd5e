"""Comfort: the shell completes ids and quantities; --quiet is quiet."""

import os
import subprocess
import sys

import pytest
from test_cli import CLEAN

from tests.running import run


def completed(words: str) -> list[str]:
    """What bash would offer after these words."""
    environment = {**CLEAN, "_CAPACITY_COMPLETE": "complete_bash", "COMP_WORDS": words,
                   "COMP_CWORD": str(len(words.split(" ")) - 1)}  # fmt: skip
    code = "import sys; sys.argv = ['capacity']; from capacity.cli import commands; commands()(prog_name='capacity')"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("capacity estimate h200-ch", "h200-china-2026-01"),
        ("capacity estimate --chip h200-s", "h200-sxm"),
        ("capacity show dgx-h2", "dgx-h200"),
        ("capacity explain power.facility.n", "power.facility.nameplate"),
        ("capacity compare h200-ch", "h200-china-2026-01"),
    ],
)
def test_the_shell_completes(words: str, offered: str) -> None:
    """Ids and quantities complete from their first letters."""
    assert offered in completed(words)


def test_completion_of_ids_loads_no_numpy() -> None:
    """Ids are completed from file names, without the packages that compute."""
    code = "import sys; from capacity.cli.common import part_ids; assert part_ids('h20'); print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_quiet_writes_nothing_beside_the_file(tmp_path: object) -> None:
    """With --quiet a report says nothing; without it, where the file is."""
    told = run("report", "--out", f"{tmp_path}/x.csv")
    assert told.stderr == f"{tmp_path}/x.csv is written\n"
    assert run("report", "--out", f"{tmp_path}/x.csv", "--quiet").stderr == ""
