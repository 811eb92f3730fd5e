"""Whole outputs for the reader's eye. `python tests/test_golden.py` writes them anew; read the difference."""

from pathlib import Path

import pytest

from tests.running import good

GOLDEN = Path(__file__).parent / "golden"
COMMANDS = {
    "estimate.txt": ["estimate"],
    "estimate-60.txt": ["estimate"],
    "estimate-full.txt": ["estimate", "--full"],
    "estimate.md": ["estimate", "--format", "markdown"],
    "estimate.csv": ["estimate", "--show", "power,energy", "--format", "csv"],
    "show-h20.txt": ["show", "h20"],
    "drivers.txt": ["drivers", "power.facility.nameplate", "--draws", "512"],
    "drivers-60.txt": ["drivers", "power.facility.nameplate", "--draws", "512"],
    "explain.txt": ["explain", "power.facility.nameplate@tencent", "--draws", "512"],
    "explain-60.txt": ["explain", "power.facility.nameplate@tencent", "--draws", "512"],
    "list-assumptions.txt": ["list", "assumptions"],
}


def output(name: str) -> str:
    text = good(*COMMANDS[name], columns=60 if "-60" in name else 100)
    return rounded(text) if name.endswith(".csv") else text


def rounded(text: str) -> str:
    """CSV with its numbers to ten digits, since the last ones differ between processors."""

    def short(cell: str) -> str:
        try:
            return f"{float(cell):.10g}"
        except ValueError:
            return cell

    return "".join(",".join(map(short, line.split(","))) + "\n" for line in text.splitlines())


@pytest.mark.parametrize("name", COMMANDS)
def test_output_is_the_golden_one(name: str) -> None:
    """What the command prints is what somebody has read and kept."""
    assert output(name) == (GOLDEN / name).read_text()


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for golden in COMMANDS:
        (GOLDEN / golden).write_text(output(golden))
