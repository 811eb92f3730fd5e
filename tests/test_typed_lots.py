"""Lots as they are typed: what a bare number counts, what is refused, what is taken for what is not said."""

import re
from typing import Any

import pytest
from running import run

from capacity.errors import InputError, plain_words
from capacity.load import Specs, load_vocabulary, measured_quantity, read_lot, scenario_from
from capacity.words.amounts import read_amount


def typed(*args: str) -> str:
    """What `estimate` says of a lot in a sentence, notes and refusals with it."""
    done = run("estimate", *args, "-f", "sentence", "--draws", "64")
    return " ".join((done.stdout + done.stderr).split())


def stated(**lot: Any) -> Any:
    """The one lot of a scenario in plain data."""
    whole = {"chip": "h200-sxm", "stage": "ordered", "date": "2026-01-28", **lot}
    return scenario_from({"id": "mine", "name": "Mine", "as_of": "2026-01-28", "lots": {"a": whole}, "counted": ["a"],
                          "sources": {"me": {"title": "my notes", "kind": "user"}}}).file.lots["a"]  # fmt: skip


# 64 racks of 72, 550 supernodes of 384, 64 servers of 8; a chip is a chip.
@pytest.mark.parametrize(
    ("name", "number", "chips"),
    [("gb200-nvl72", "64", "4,608"), ("cloudmatrix-384", "550", "211,200"), ("dgx-h100", "64", "512"),
     ("gb200", "64", "64")],
)  # fmt: skip
def test_a_number_beside_a_system_counts_systems(name: str, number: str, chips: str) -> None:
    """By options and in a line alike."""
    by_options = typed("--chip", name, "--amount", number, "--date", "2026-01-28")
    in_a_line = typed("--lot", f"{number} {name} 2026-01-28")
    for said in (by_options, in_a_line):
        assert f"28 January 2026, {chips} ordered" in said
        assert (f"are {chips} chips" in said) == (chips != number)


def test_a_number_beside_a_chip_in_a_system_counts_chips() -> None:
    """`--system` says only what holds them, and a note says so; another system than the one named is refused."""
    said = typed("--chip", "gb200", "--system", "gb200-nvl72", "--amount", "64", "--date", "2026-01-28")
    assert "64 ordered NVIDIA GB200" in said
    assert "64 is taken as chips in gb200-nvl72" in said
    assert "which is named already" in typed("--chip", "gb200-nvl72", "--system", "gb300-nvl72", "--amount", "64")
    assert "4,608 ordered" in typed("--amount", "64 GB200 NVL72 racks", "--date", "2026-01-28")


@pytest.mark.parametrize(
    ("of", "why"), [("power.facility", "500 of what (W, kW, MW, GW)"), ("capex.total", "(USD, EUR, GBP, CNY)")]
)
def test_a_number_of_what_is_measured_needs_a_unit(of: str, why: str) -> None:
    """500 watts would hold no chip."""
    assert why in typed("--chip", "h100", "--of", of, "--amount", "500")


@pytest.mark.parametrize(
    "text",
    ["1 cluster", "one cluster", "5 H100 clusters", "1 H100 cluster", "1 data center", "1 building", "1 company",
     "1 wafer", "5bn yen", "JPY 5bn", "1 person", "2 campus"],
)  # fmt: skip
def test_what_is_no_chip_is_refused_in_the_singular_too(text: str) -> None:
    """One cluster is not one chip."""
    with pytest.raises(ValueError, match=r"which are no chips|no number of chips"):
        read_amount(text, load_vocabulary())


@pytest.mark.parametrize("text", ["100,000-chip cluster", "a 100,000 H100 cluster", "100,000 GPU cluster"])
def test_a_cluster_by_its_size_is_its_chips(text: str) -> None:
    """Named by its size, 10 % about it."""
    reading = read_amount(text, load_vocabulary()).reading
    assert (reading.low, reading.high) == pytest.approx((90_000, 110_000))


def test_a_yuan_sign_is_taken_as_yuan_with_a_note() -> None:
    """The rate is in the note."""
    assert "¥ is taken as yuan (CNY) at 0.136 to 0.146 USD" in typed("--lot", "¥5bn h100 2026-01-28")


def test_a_typed_lot_is_ordered_and_of_the_latest_day_said() -> None:
    """One wording of the note, at every door; the undated lot takes the day of the other."""
    note = "no stage is said of lot stated: it is taken as ordered"
    assert note in typed("--chip", "h100", "--amount", "500", "--date", "2026-01-28")
    assert note in typed("--lot", "500 h100 2026-01-28")
    two = typed("--lot", "500 h100 ordered 2025-01-02", "--lot", "300 h200")
    assert "As of 2 January 2025, 800 ordered" in two
    assert "no date is said of a lot: 2025-01-02, the latest day said, is taken" in two


def test_due_dates_in_words_are_held_to_what_the_option_is() -> None:
    """Before the statement, or beside another due date, they are a fault."""
    amount = {"says": "1,000 by the end of 2025", "source": "me", "grade": "D"}
    with pytest.raises(InputError, match="due 2025-12-31 is before the statement of 2026-01-28"):
        stated(count=amount)
    assert stated(count=amount, date="2025-06-01").due.isoformat() == "2025-12-31"
    with pytest.raises(InputError, match="two due dates, 2025-12-31 in the words of the amount and 2026-01-01"):
        stated(count=amount, date="2025-06-01", due="2026-01-01")


def test_a_line_says_for_whom_once() -> None:
    """The second is no part of the first one's name."""
    with pytest.raises(InputError, match="says twice for whom"):
        read_lot("10,000 h200 for Meta for OpenAI", Specs())


def test_no_part_of_a_chip_is_set() -> None:
    """12.5 chips are refused at `--set` as elsewhere."""
    assert "12.5 is no whole number of chips" in typed("--set", "lots.approved.count=12.5")


def test_what_arrives_is_said_once_and_where_it_can() -> None:
    """Of what is installed all is there; else the view says the share, and the headline does not repeat it."""
    lot = ("--chip", "h100", "--amount", "1,000", "--date", "2026-01-28", "--arrive", "50%")
    assert "if 50 %" not in typed(*lot, "--stage", "installed")
    told = run("estimate", *lot, "--stage", "installed", "--draws", "64").stdout
    assert "the share that arrives changes nothing here" in " ".join(told.split())
    assert typed(*lot).count("50 %") == 1


def test_the_sentence_tells_what_an_open_basis_is_taken_as() -> None:
    """The number rests on it; `--of` settles it, and then nothing is told, of sparsity neither."""
    told = typed("--lot", "1.2 GW h100 2026-01-28")
    assert re.search(r'"1.2 GW" is taken as \d+ % IT, \d+ % facility, \d+ % contracted power', told)
    lot = ("--chip", "h100", "--date", "2026-01-28", "--amount")
    assert "% facility, " not in typed(*lot, "1.2 GW", "--of", "facility")
    assert "as sparsity is not said" in typed(*lot, "5 EFLOP/s", "--of", "peak_flops.fp8")
    assert "sparsity" not in typed(*lot, "5 EFLOP/s", "--of", "peak_flops.fp8.dense")


@pytest.mark.parametrize(
    ("text", "what"),
    [("5 foobars", "'foobars' is no unit or chip that is known"), ("5 A100", "names A100, and the lot is of gb300"),
     ("35,000 GB200-equivalents", "names GB200, and the lot is of gb300")],
)  # fmt: skip
def test_an_unknown_word_is_no_chip(text: str, what: str) -> None:
    """It is said to be neither a unit nor a chip; a chip that is known is another chip."""
    assert what in typed("--chip", "gb300", "--amount", text)


def test_equivalents_of_the_lot_s_own_chip_are_its_chips() -> None:
    """By options and in a line."""
    assert "35,000 ordered" in typed("--chip", "gb300", "--amount", "35,000 GB300-equivalents", "--date", "2026-01-28")
    assert "35,000 ordered" in typed("--lot", "35,000 GB300-equivalents 2026-01-28")


@pytest.mark.parametrize(
    ("text", "day"),
    [("10,000 h100 2024-01", "31 January 2024"), ("10,000 h100 in March 2025", "31 March 2025"),
     ("10,000 h100 ordered March 2025", "31 March 2025"), ("10,000 h100 12 May 2025", "12 May 2025"),
     ("10,000 h100 2025-03-01 by the end of 2099", "1 March 2025")],
)  # fmt: skip
def test_days_in_a_line(text: str, day: str) -> None:
    """A date ends the chip's name."""
    assert f"As of {day}, 10,000 ordered" in typed("--lot", text)


def test_a_range_may_end_in_words() -> None:
    """To the most that "several" means, 9 times."""
    reading = read_amount("10,000 to several hundred thousand", load_vocabulary()).reading
    assert (reading.low, reading.high) == (10_000, 900_000)


@pytest.mark.parametrize("text", ["$10 billion", "10 billion dollars", "10 bn USD", "US$10bn"])
def test_targets_are_read_as_amounts_are(text: str) -> None:
    """All of them ten billion."""
    assert measured_quantity(text, "USD", "--target").value == 1e10


def test_a_plain_amount_is_its_words() -> None:
    """What it lacks is said at its place, and no library speaks."""
    with pytest.raises(InputError, match=r"lots\.a\.amount: source is missing"):
        stated(amount="1.2 GW")
    with pytest.raises(InputError, match=r"lots\.a\.owners: 'x': should be a list"):
        stated(count={"value": 5, "source": "me", "grade": "D"}, owners="x")
    assert plain_words("Input should be a valid boolean, unable to interpret input") == "should be true or false"


def test_a_sheet_without_watts_is_said_to_lack_its_power() -> None:
    """The note names all that is missing, not what a price would give alone."""
    told = run("estimate", "--chip", "ascend-960pr", "--amount", "1000", "--date", "2026-01-28", "--draws", "64").stdout
    note = "gives no tdp_w, so that there is no power.chip.nameplate, power.server.nameplate"
    assert note in " ".join(told.split())
