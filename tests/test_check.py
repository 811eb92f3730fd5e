"""Claims: their grammar, how readers take the words, how well they hold, what would turn them, the command."""

import contextlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
from conftest import scenario_of
from hypothesis import given, settings
from hypothesis import strategies as st

import capacity
from capacity import load
from capacity.errors import InputError
from capacity.load import Specs, load_vocabulary, load_wordings, validate_file
from capacity.questions.check import check, verdict
from capacity.questions.claims import Checked, check_claim
from capacity.words.claims import ClaimError, Parsed, read_claim
from tests.running import run

SIX = "h200-sxm / h20 roughly 6"


def parsed(text: str) -> Parsed:
    return read_claim(text, load_wordings(), load_vocabulary())


def checked(text: str, sets: tuple[str, ...] = (), draws: int = 4000) -> Checked:
    return check_claim(scenario_of("h200-china-2026-01", sets), text, Specs(), draws, 0)


# --- the grammar -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left", "right", "rule", "number"),
    [
        (SIX, ("h200-sxm",), "h20", "roughly", 6),
        ("h200-sxm/h20 six times", ("h200-sxm",), "h20", "bare", 6),
        ("h200-sxm / h20 nearly six times.", ("h200-sxm",), "h20", "nearly", 6),
        ("power.facility.nameplate over 500 MW", ("power.facility.nameplate",), None, "over", 5e8),
        ("peak_flops.bf16.dense about 400 EFLOPS", ("peak_flops.bf16.dense",), None, "about", 4e20),
        ("energy.facility more than 3 TWh", ("energy.facility",), None, "like_over", 3 * 3.6e15),
        ("chips 1.2 million chips", ("chips",), None, "bare", 1.2e6),
        ("a, b rivals c", ("a", "b"), "c", "rivals", 1),
        ("lots.a.count far exceeds lots.b.count", ("lots.a.count",), "lots.b.count", "far_exceeds", 1),
    ],
)
def test_claims_are_taken_apart(text: str, left: tuple[str, ...], right: str | None, rule: str, number: float) -> None:
    """Each form of the grammar gives its terms, its wording and its number in SI."""
    found = parsed(text)
    assert (found.left, found.right, found.rule) == (left, right, rule)
    assert found.number == pytest.approx(number)


@pytest.mark.parametrize(
    ("words", "number", "unit"),
    [
        ("over 10 bn USD", 1e10, "USD"),
        ("over $10 billion", 1e10, "USD"),
        ("nearly US$2.5bn", 2.5e9, "USD"),
        ("about 300 million dollars", 3e8, "USD"),
        ("超过100亿美元", 1e10, "USD"),
        ("over 1 Mt CO2", 1e9, "kg CO2"),
        ("about 2 million tonnes of CO2e", 2e9, "kg CO2e"),
        ("over 1 Mt", 1e9, "kg"),
        ("over a gigawatt", 1e9, "W"),
        ("nearly half a gigawatt", 5e8, "W"),
        ("over 500MW", 5e8, "W"),
        ("about 700 megawatts", 7e8, "W"),
        ("over 3 TWh", 3 * 3.6e15, "J"),
        ("over 3 terawatt-hours", 3 * 3.6e15, "J"),
        ("over a billion litres", 1e6, "m3"),  # a litre is a thousandth of a cubic metre
        ("over 5 million m3", 5e6, "m3"),
        ("over 1 million gallons", 3785.411784, "m3"),  # 231 cubic inches of 2.54 cm
    ],
)
def test_money_energy_carbon_water_and_power_in_hedged_words(words: str, number: float, unit: str) -> None:
    """What a report has a unit for can be claimed in that unit, in symbols and in words."""
    found = parsed(f"x {words}")
    assert found.number == pytest.approx(number)
    assert (found.unit, found.yearly) == (unit, False)
    assert parsed(f"x {words} a year").yearly


@pytest.mark.parametrize(
    ("text", "of", "number", "unit"),
    [
        ("over a gigawatt", "power", 1e9, "W"),
        ("over 10 bn USD", "capex", 1e10, "USD"),
        ("nearly $40 billion", "capex", 4e10, "USD"),
        ("over 1 Mt CO2", "carbon", 1e9, "kg CO2"),
        ("over 1 Mt CO2e a year", "carbon.lifecycle", 1e9, "kg CO2e"),
        ("over 3 TWh a year", "energy", 3 * 3.6e15, "J"),
        ("about 1 million m3", "water", 1e6, "m3"),
        ("over 300 EFLOP/s", "peak_flops", 3e20, "FLOP/s"),
        ("over 400,000 chips", "chips", 4e5, ""),
        ("facility power of over 1 GW", "power.facility", 1e9, "W"),
        ("Data centre power is nearly half a gigawatt", "power.facility", 5e8, "W"),
        ("costs over 10 bn USD", "capex", 1e10, "USD"),
        ("electricity costs of about 300 million dollars a year", "electricity_cost", 3e8, "USD"),
        ("IT load between 200 and 450 MW", "power.it", 3e8, "W"),  # the geometric middle
        ("costs of tens of billions of dollars", "capex", None, "USD"),
    ],
)
def test_a_claim_may_name_its_result_in_words_or_be_an_amount_alone(
    text: str, of: str, number: float | None, unit: str
) -> None:
    """ "Facility power" is a result's name; an amount alone is one of the results in its unit."""
    found = parsed(text)
    assert (found.left, found.unit) == ((of,), unit)
    assert number is None or found.number == pytest.approx(number)


def test_a_range_holds_in_the_worlds_within_it() -> None:
    """Of a claimed range the share of worlds inside is told, and its ends stand in JSON."""
    found = checked("power.it.nameplate between 500 and 600 MW", draws=500)
    draws = capacity.estimate("h200-china-2026-01", 500, show="power.it.nameplate").draws("power.it.nameplate")
    assert found.probability == np.mean((draws >= 5e8) & (draws <= 6e8))
    assert found.as_dict()["range"] == [5e8, 6e8]


@pytest.mark.parametrize("words", ["over 500 mW", "over 10 bn EUR", "over 5 tons", "over 3 wombats", "over 5 MW h"])
def test_a_unit_that_is_none_or_may_be_two_is_refused(words: str) -> None:
    """Milliwatts, other money, tons that may be short ones."""
    with pytest.raises(ClaimError, match=r"unknown unit|cannot read"):
        parsed(f"x {words}")


@pytest.mark.parametrize(
    ("text", "subjects"),
    [
        ("capex over 10 bn USD", {"capex.chips", "capex.servers", "capex.construction", "capex.total"}),
        ("carbon over 1 Mt CO2", {"carbon.combustion"}),
        ("carbon over 1 Mt CO2e a year", {"carbon.lifecycle"}),
        ("carbon.combustion over 1 Mt", {"carbon.combustion"}),
        ("water over 1 million m3", {"water.onsite", "water.indirect"}),
    ],
)
def test_a_claim_is_of_the_results_in_its_unit(text: str, subjects: set[str]) -> None:
    """Of several results that a word may mean, those in the unit of the claim; the probability is theirs."""
    found = checked(text, draws=500)
    assert {m.basis for m in found.meanings} == subjects
    [closest] = [m for m in found.meanings if m is found.closest]
    assert found.probability == closest.probability
    answer = capacity.estimate("h200-china-2026-01", 500, show=[closest.basis])
    assert closest.probability == np.mean(answer.draws(closest.basis) >= found.parsed.number)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("carbon over 1 Mt", "may mean amounts in kg CO2, kg CO2e"),
        ("power.it.nameplate over 500 MW a year", "of an amount a year"),
        ("chips over 5 MW", "in another unit"),
    ],
)
def test_a_claim_in_a_unit_that_does_not_fit_is_refused(text: str, why: str) -> None:
    """Mass of what is not said, a rate of a rate, chips in megawatts."""
    with pytest.raises(InputError, match=why):
        checked(text, draws=100)


def test_the_basis_can_be_named() -> None:
    """`by bandwidth` picks one basis and leaves the rest of the claim as it is."""
    found = parsed("h200-sxm / h20 by bandwidth about 1.2")
    assert (found.basis, found.rule, found.number) == ("bandwidth", "about", 1.2)


@pytest.mark.parametrize(
    "text", ["", "h20", "over 5", "a / b", "power over", "power over 5 bananas", "a / b by colour about 3",
             "a rivals b c", "h200 / h20 roughly roughly", "x" * 500])  # fmt: skip
def test_what_is_no_claim_is_refused(text: str) -> None:
    """What does not fit the grammar is an error that says what is allowed, never a guess."""
    with pytest.raises(ClaimError) as error:
        parsed(text)
    assert error.value.allowed


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text ends in anything but a claim or a `ClaimError`."""
    with contextlib.suppress(ClaimError):
        assert parsed(text).left


# --- readers ---------------------------------------------------------------------------------


def test_readers_at_the_published_points() -> None:
    """At the published percentiles of the ends exactly the published share of readers agrees."""
    readers = load_wordings().readers
    below_ten = readers["below_ten"].share(np.array([0.5, 0.667, 0.8, 1.0, 1.2, 1.25, 1.4, 1.5]))
    np.testing.assert_allclose(below_ten, [0.05, 0.25, 0.5, 1.0, 0.5, 0.25, 0.1, 0.05])
    over = readers["over"].share(np.array([0.999, 1.0, 1.1, 1.224, 1.5, 1.51]))
    np.testing.assert_allclose(over, [0, 1, 0.5, 0.25, 0.05, 0])


def test_six_point_seven_as_roughly_six() -> None:
    """6.686 over 6 is 1.114: between the number itself (all readers) and 1.2 (half of them) lie 71 %."""
    share = float(load_wordings().readers["below_ten"].share(np.array(6.6858 / 6)))
    assert share == pytest.approx(1 - 0.5 * (6.6858 / 6 - 1) / 0.2, abs=1e-6)
    assert share == pytest.approx(0.714, abs=0.001)


@settings(max_examples=50, deadline=None)
@given(name=st.sampled_from(sorted(load_wordings().readers)), near=st.floats(0, 3), step=st.floats(0, 3))
def test_farther_from_the_number_fewer_agree(name: str, near: float, step: float) -> None:
    """Away from the number on either side the share of readers never rises, and it is a share."""
    readers = load_wordings().readers[name]
    if readers.high:
        above = readers.share(np.array([1 + near, 1 + near + step]))
        assert above[1] <= above[0]
    below = readers.share(np.array([1 - near, 1 - near - step]))
    assert below[1] <= below[0]
    assert ((below >= 0) & (below <= 1)).all()


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
@pytest.mark.parametrize("name", ["about", "roughly", "below_ten", "over"])
def test_ends_are_where_that_share_agrees(name: str, share: float) -> None:
    """At the ends of a share of readers just that share agrees."""
    readers = load_wordings().readers[name]
    low, high = readers.ends(share)
    if low < 1:
        assert float(readers.share(np.array(low))) == pytest.approx(share, abs=1e-9)
    assert float(readers.share(np.array(high))) == pytest.approx(share, abs=1e-9)


# --- how well --------------------------------------------------------------------------------


def test_six_times_holds_by_compute_alone() -> None:
    """The ratio is 6.69 by compute, 1.2 by bandwidth, 1.47 by memory; `roughly 6` holds for the first."""
    found = {m.basis: m for m in checked(SIX).meanings}
    for basis in ("8-bit rate", "BF16 rate", "TPP"):
        assert round(found[basis].value.p50, 2) == 6.69
        assert found[basis].probability > 0.5
    assert found["memory bandwidth"].value.p50 == pytest.approx(1.2)
    assert round(found["memory"].value.p50, 2) == 1.47
    assert found["memory bandwidth"].probability == found["memory"].probability == 0
    said = verdict(checked(SIX))
    assert said.startswith("Holds by 8-bit rate, BF16 rate and TPP (6.69)")
    assert said.count(".") == len(re.findall(r"\d\.\d", said)) + 1


def test_a_hedged_number_turns_where_half_the_readers_leave() -> None:
    """`roughly 6` of 6.69 turns at 7.2, where half of the readers no longer agree: 8 % more."""
    turn = checked(SIX).turn
    assert turn is not None
    assert turn.then == pytest.approx(7.2)
    assert turn.change == pytest.approx(7.2 / 6.6858 - 1, abs=1e-4)


def test_over_is_the_share_of_worlds() -> None:
    """For `over` the probability is the share of joint worlds in which the result is over the number."""
    scenario = capacity.load_scenario()
    watts = capacity.estimate(scenario, draws=4000).draws("power.facility.nameplate")
    for number in (700, 800):
        found = checked(f"power.facility.nameplate over {number} MW")
        assert found.probability == pytest.approx(float((watts >= number * 1e6).mean()))


@settings(max_examples=12, deadline=None)
@given(low=st.integers(300, 1200), more=st.integers(0, 400))
def test_a_bolder_claim_never_holds_better(low: int, more: int) -> None:
    """`over` a higher number never has a higher probability."""
    modest, bold = (checked(f"power.facility.nameplate over {n} MW", draws=300) for n in (low, low + more))
    assert bold.probability <= modest.probability


def test_an_input_that_turns_a_claim_does_turn_it() -> None:
    """Holding the named input at the named value makes a claim that held fail, and the reverse."""
    for text in ("power.facility.nameplate over 700 MW", "power.facility.nameplate over 800 MW"):
        before = checked(text)
        assert before.turn is not None
        after = checked(text, (f"{before.turn.place}={before.turn.then!r}",))
        assert (before.probability >= 0.5) != (after.probability >= 0.5)


def test_an_incomplete_address_is_checked_on_every_basis() -> None:
    """`power.facility` may mean nameplate, peak or average; the best reading is the closest."""
    found = checked("power.facility over 500 MW")
    assert {m.basis for m in found.meanings} == {f"power.facility.{r}" for r in ("nameplate", "peak", "average")}
    assert found.closest.probability == max(m.probability for m in found.meanings)


def test_a_ratio_of_two_results_is_joint() -> None:
    """The average over the nameplate is taken world by world, and an input turns it."""
    scenario = capacity.load_scenario()
    answer = capacity.estimate(scenario, draws=4000)
    ratio = answer.draws("power.facility.average") / answer.draws("power.facility.nameplate")
    found = checked("power.facility.average / power.facility.nameplate over 0.55")
    assert found.probability == pytest.approx(float((ratio > 0.55).mean()))
    assert found.turn is not None


def test_the_shipped_claims() -> None:
    """The article's three sentences: six times holds by compute; Huawei rivals by compute; orders far exceed."""
    ratio, rival, orders = check("h200-china-2026-01", draws=2000).claims
    assert ratio.probability == pytest.approx(0.714, abs=0.001)
    by = {(m.subject, m.basis): m.probability for m in rival.meanings}
    assert by["ascend-910c / h20", "8-bit rate"] == 1
    assert by["ascend-910b-313 / h20", "memory bandwidth"] == 0  # 1.6 against 4.0 TB/s
    assert orders.probability > 0.9
    for one in (ratio, rival, orders):
        assert one.sources
        assert one.grade == "C"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("h300 / h20 roughly 6", "is no chip, lot or result"),
        ("power.facility.nameplate over 500 GB", "another unit"),
        ("power.facility.nameplate over 500", "another unit"),
        ("h20 over 5", "over which chip"),
        ("h20 / lots.approved.count about 2", "unlike things"),
        ("power.facility.nameplate / chips about 2", "unlike"),
        ("lots.aproved.count / lots.ordered.count about 2", "unknown lot"),
        ("power.facility.nameplate@nobody over 5 MW", "no such group"),
    ],
)
def test_claims_of_unlike_or_unknown_things_are_refused(text: str, words: str) -> None:
    """What cannot be compared, or is not known, is an input error that says so."""
    with pytest.raises(InputError, match=re.escape(words)):
        checked(text, draws=10)


# --- the command -----------------------------------------------------------------------------


def test_check_prints_ratios_verdict_and_sources() -> None:
    """`capacity check` gives 6.69, 1.2 and 1.47, a verdict, what would turn it, and numbered sources."""
    done = run("check", "--draws", "500")
    assert done.returncode == 0, done.stderr
    for words in ("6.69", "1.2", "1.47", "Holds by 8-bit rate", "It would turn", "[1] Reuters", "Ferson"):
        assert words in done.stdout, words
    assert max(len(line) for line in done.stdout.splitlines() if "http" not in line) <= 80


def test_check_in_json() -> None:
    """JSON has every claim with its meanings in SI, its closest reading and its sources."""
    done = run("check", "--claim", "power.facility.nameplate over 500 MW", "--draws", "500", "--format", "json")
    data = json.loads(done.stdout)
    assert data["schema"] == "capacity.check/1"
    [claim] = data["claims"]
    assert claim["number"] == 5e8
    assert claim["verdict"] == "holds"
    assert claim["closest"]["value"]["p50"] > 5e8
    assert {source["title"] for source in data["sources"]} >= set(claim["sources"])


@pytest.mark.parametrize(("least", "code"), [("0.5", 0), ("0.9", 3)])
def test_min_probability_gates(least: str, code: int) -> None:
    """A claim that holds less well than asked ends in exit code 3, with its output all the same."""
    done = run("check", "--claim", SIX, "--min-probability", least, "--draws", "50")
    assert done.returncode == code
    assert "6.69" in done.stdout


def test_a_wrong_claim_is_one_line() -> None:
    """A claim that cannot be read is one line on stderr and exit 1."""
    done = run("check", "--claim", "power over 5 bananas")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "bananas" in done.stderr


def test_claims_in_a_file_are_checked_by_validate(tmp_path: Path) -> None:
    """A claim in a scenario that cannot be read, or cites no known source, is a fault with its line."""
    from tests.running import SMALL

    bad = SMALL + "claims:\n  - {text: 'it is over 5 bananas', source: memo, grade: C}\n"
    (tmp_path / "s.yaml").write_text(bad)
    done = run("validate", "s.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("s.yaml:18:")
    (tmp_path / "s.yaml").write_text(bad.replace("source: memo, grade: C}\n", "source: mem, grade: C}\n"))
    assert "did you mean memo" in run("check", "s.yaml", cwd=tmp_path).stderr


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [
        ("H200 / H20 roughly 6", SIX),
        ("NVIDIA H200 SXM / H20 96 GB roughly 6", SIX),
        ("Ascend 910C rivals H20", "ascend-910c rivals h20"),
    ],
)
def test_chips_are_known_by_name(typed: str, read_as: str) -> None:
    """A claim may name chips as people write them; it is read as the same claim in ids."""
    found = checked(typed, draws=100)
    assert found.text == typed
    assert found.parsed.text == read_as
    assert found.meanings == checked(read_as, draws=100).meanings


def test_a_name_of_several_chips_lists_them(tmp_path: Path) -> None:
    """A name that several chips bear is refused with their ids; a scenario's file may use names too."""
    with pytest.raises(InputError, match=r"'H100' names 3 chips \(one of: h100-nvl, h100-pcie, h100-sxm\)"):
        checked("H100 / H20 roughly 6")
    text = (Path(__file__).parent.parent / "specs/scenarios/h200-china-2026-01.yaml").read_text()
    path = tmp_path / "named.yaml"
    path.write_text(text.replace("check: h200-sxm / h20 roughly 6", "check: NVIDIA H200 / H20 96 GB roughly 6"))
    assert validate_file(path, Specs()) == "scenario"
    path.write_text(text.replace("check: h200-sxm / h20 roughly 6", "check: NVIDIA H100 / H20 96 GB roughly 6"))
    with pytest.raises(InputError, match="'NVIDIA H100' names 3 chips"):
        validate_file(path, Specs())


@pytest.mark.parametrize("claim", ["foo rivals h20", "H100 rivals H20", "h20 / zzz roughly 6"])
def test_validate_refuses_what_check_refuses(claim: str, tmp_path: Path) -> None:
    """A word that names no chip, or several, is a fault of the file with its line, in the words of `check`."""
    with pytest.raises(InputError) as caught:
        checked(claim)
    text = (Path(__file__).parent.parent / "specs/scenarios/h200-china-2026-01.yaml").read_text()
    path = tmp_path / "named.yaml"
    path.write_text(text.replace("check: h200-sxm / h20 roughly 6", f"check: {claim}"))
    done = run("validate", str(path))
    assert done.returncode == 1
    assert caught.value.faults[0].what in done.stderr
    assert done.stderr.startswith(f"{path}:")


@pytest.mark.parametrize("claim", ["the H200 / the H20 roughly 6", "An H200 / the NVIDIA H20 roughly 6"])
def test_an_article_before_a_chip_is_understood(claim: str) -> None:
    """`the H20` is H20, in claims as in `show`."""
    assert checked(claim, draws=100).parsed.text == SIX
    assert load.find_part(("chips",), "the H20", Specs(), "show") == ("chips", "h20")


def test_a_scenario_without_claims_is_told_so() -> None:
    """A document says that there is none; a sentence about nothing is an error, never an empty line."""
    answer = check(scenario_of("h20 x 10"), draws=10)
    assert (answer.claims, answer.probability, answer.records()) == ((), None, [])
    assert "Scenario made-up states no claims." in str(answer)
    with pytest.raises(InputError, match="claim: made-up states none"):
        answer.sentence()


def test_what_would_turn_a_claim_on_several_reports_agrees_with_the_others() -> None:
    """Of 900 to 1,100 beside another report of 1,000, the first cannot be 50: the claim is checked all the same."""
    cited = {"source": "memo", "grade": "C"}
    lot = {"chip": "h20", "stage": "installed", "date": "2026-01-01",
           "reports": [{"low": 900, "high": 1100, **cited}, {"value": 1000, **cited}]}  # fmt: skip
    scenario = load.scenario_from(
        {"id": "x", "name": "x", "as_of": "2026-01-01", "lots": {"a": lot}, "counted": ["a"],
         "sources": {"memo": {"title": "memo", "kind": "user"}}}
    )  # fmt: skip
    found = check_claim(scenario, "power.facility.nameplate over 0.7 MW", Specs(), 1000, 0)
    assert found.probability == 1
