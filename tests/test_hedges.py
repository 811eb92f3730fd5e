"""Reporters' words for counts: what each phrase says, what is refused, and the laws every reading keeps."""

import itertools
from datetime import date
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.load import load_vocabulary, load_wordings
from capacity.model.sampling import transform
from capacity.quantity import Quantity
from capacity.words.dates import DateError
from capacity.words.hedges import read, read_prefix
from capacity.words.numbers import HedgeError
from capacity.words.said import Reading
from tests.running import in_a_second

VOCABULARY = load_vocabulary()
TABLE = VOCABULARY.hedges

# phrase and value; then phrase, low, high, floor, ceiling: the number said times the ratios of hedges.yaml
EXACT = [
    ("400000", 400_000),
    ("400,000 Nvidia H200 chips", 400_000),
    ("400'000", 400_000),
    ("2½ million", 2_500_000),
    ("2.5 lakh", 250_000),  # 2.5 × 100,000
    ("one crore twenty lakh", 12_000_000),  # 10,000,000 + 20 × 100,000
    ("400\u2009000", 400_000),  # a thin space parts thousands
    ("400\u202f000", 400_000),
    ("1\u00a0200", 1_200),
    ("twenty-five thousand", 25_000),
    ("two hundred and fifty thousand", 250_000),
    ("half a million", 500_000),
    ("a quarter of a million", 250_000),
    ("three dozen", 36),
    ("1.2bn", 1_200_000_000),
    ("3亿5000万", 350_000_000),
    ("四十万", 400_000),
    ("一百零五", 105),
    ("３０万张", 300_000),
    ("412,350", 412_350),
    ("exactly 2,048", 2_048),
    ("正好2048颗", 2_048),
    ("一百〇五", 105),  # 〇 is a nought within
    ("none", 0),
]
INTERVALS = [
    # 400,000 has one figure: the ratios as they stand
    ("over 400,000", 400_800, 507_200, 400_000, None),  # × 1.002, × 1.268
    ("400,000-plus chips", 400_800, 507_200, 400_000, None),  # as over
    ("more than two million ordered", 2_004_000, 2_536_000, 2_000_000, None),  # 2 M × 1.002, × 1.268
    ("north of 400k", 400_800, 507_200, 400_000, None),
    ("超过40万", 400_800, 507_200, 400_000, None),
    ("above 400,000", 400_800, 518_000, 400_000, None),  # × 1.295
    ("at least 400,000", 400_800, 514_800, 400_000, None),  # × 1.287
    ("no less than 400,000", 400_800, 488_000, 400_000, None),  # × 1.22
    ("about 400,000", 350_000, 434_000, None, None),  # × 0.875, × 1.085
    ("约40万", 350_000, 434_000, None, None),
    ("around 400,000", 367_200, 440_800, None, None),  # × 0.918, × 1.102
    ("approximately 400,000", 317_600, 446_400, None, None),  # × 0.794, × 1.116
    ("nearly 400,000", 338_400, 403_200, None, None),  # × 0.846, × 1.008: a soft upper end
    ("almost 400,000", 324_000, 399_600, None, 400_000),  # × 0.81, × 0.999
    ("below 400,000", 312_000, 399_200, None, 400_000),  # × 0.78, × 0.998
    ("at most 400,000", 278_800, 399_200, None, 400_000),  # × 0.697, × 0.998
    ("不超过40万", 278_800, 399_200, None, 400_000),
    ("no more than 400,000", 280_000, 399_200, None, 400_000),  # × 0.7, × 0.998
    # two figures: a distance of 0.32 times; three or more: a tenth
    ("over 410,000", 410_262.4, 445_161.6, 410_000, None),  # × 1 + .32 × .002, × 1 + .32 × .268
    ("about 412,000", 406_850, 415_502, None, None),  # × 1 − .1 × .125, × 1 + .1 × .085
    ("roughly six", 4.32, 7.338, None, None),  # below ten: × 0.72, × 1.223
    # judgement
    ("up to 400,000", 200_000, 392_000, None, 400_000),  # × 0.5, × 0.98
    ("as many as 400,000", 200_000, 392_000, None, 400_000),
    ("past 10,000", 10_020, 12_680, 10_000, None),  # as over
    ("约60萬", 525_000, 651_000, None, None),  # 60 × 10,000 × 0.875, × 1.085
    ("20萬顆左右", 175_000, 217_000, None, None),
    ("anywhere from 10,000 to 300,000", 10_000, 300_000, None, None),
    ("1.2m–1.5m", 1_200_000, 1_500_000, None, None),
    # 0.05 and 0.95 of the way from one to two million
    ("more than 1 million but fewer than 2 million", 1_050_000, 1_950_000, 1_000_000, 2_000_000),
    ("under 2 million but over 1 million chips", 1_050_000, 1_950_000, 1_000_000, 2_000_000),
    ("about 2 lakh", 175_000, 217_000, None, None),  # 2 × 100,000 × 0.875, × 1.085
    ("licensed for up to 75,000", 15_000, 73_500, None, 75_000),  # a legal cap: × 0.2, × 0.98
    ("10,000-card cluster", 9_000, 11_000, None, None),  # named by size: × 0.9, × 1.1
    ("several hundred thousand", 300_000, 900_000, None, None),  # 3 and 9 × 100,000
    ("hundreds of thousands of chips", 200_000, 900_000, None, None),  # 2 and 9 × 100 × 1,000
    ("数十万", 200_000, 900_000, None, None),  # 2 and 9 × 10 × 10,000
    ("a few million", 2_000_000, 6_000_000, None, None),  # 2 and 6 × a million
    ("a couple of dozen", 18, 36, None, None),  # 1.5 and 3 × 12
    ("上百万", 900_000, 2_000_000, None, None),  # 0.9 and 2 × a million
    ("40多万", 405_000, 495_000, 400_000, 500_000),  # 40 万 + 0.05 and 0.95 of a step of 10 万
    ("between 40,000 and 80,000", 40_000, 80_000, None, None),
    ("40–80k", 40_000, 80_000, None, None),
    ("from five to ten million GPUs", 5_000_000, 10_000_000, None, None),
    ("900,000 to 1.2 million", 900_000, 1_200_000, None, None),
    ("40万至50万", 400_000, 500_000, None, None),
    ("between two hundred and five hundred thousand", 200_000, 500_000, None, None),
]
REFUSED = [
    ("", "understood nothing"),
    ("lots of chips", 'understood nothing before "lots"'),
    ("over bananas", 'understood "over" and stopped at "bananas"'),
    ("over 400,000 bananas", 'understood "over 400,000" and stopped at "bananas"'),
    ("$8 billion", "money"),
    ("80亿美元", "money"),
    ("-5", "understood nothing"),
    ("nan", "understood nothing"),
    ("1e400", "understood nothing"),
    ("about 0", "above zero"),
    ("0 to 5 million", "nothing at all"),
    ("400.000", "400.000 may be 400,000 or 400"),
    ("1.200.475,5", "1.200.475,5 may be 1,200,475.5 or 12,004,755"),
    ("1.200.000 chips", "1.200.000 may be 1,200,000 or 1,200"),
    ("1,5 million", "1,5 may be 1.5 or 15"),
    ("over 500.000", "500.000 may be 500,000 or 500"),
    ("2 ½ million", "stopped at"),
    ("⅓ million", "raised"),
    ("50k-40k", "from less to more"),
    ("500 to 2 million", "magnitude of both ends"),
    ("over about 400,000", 'stopped at "about"'),
    ("over several hundred thousand", "do not combine"),
    ("up to 40k-80k", "not with a range"),
    ("k chips", 'understood nothing before "k"'),
    ("两百五", 'stopped at "五"'),
    ("5²", "raised"),
    ("64 racks", "a count is of chips, not of racks"),
    ("550套", "not of systems"),
    ("5,000 wafers", "say how many dies or chips"),
    ("10家公司", "say how many chips each has"),
    ("500 MW", "not of W"),
    ("exactly about 5", 'stopped at "about"'),
    ("exactly 400,000 or so", "two hedges"),
    ("more than 2 million but fewer than 1 million", "nothing between"),
    ("more than 2 million but over 3 million", 'stopped at "but"'),
    ("x" * 201, "longer than 200"),
]
JUNK = ["9" * 100_000, "over " * 20_000, "1,000" * 20_000, "万" * 100_000, " " * 100_000, "1 000" * 20_000]
HEDGES = sorted(
    word.strip() for rule in TABLE.rules.values() for word in rule.words.split(",") if word.strip().isascii()
)
GRAMMAR = """million dozen half a hundreds several a of and to between each for h200 chips cluster e5 twenty
five hundred none 400,000 or more plus k bn odd per company the card"""
WORDS = [*HEDGES, *"十百千万亿多余数几零两五约近上0159.,-+~ ", *GRAMMAR.split()]


@pytest.mark.parametrize(("text", "value"), EXACT)
def test_a_bare_number_is_exact(text: str, value: float) -> None:
    """A number without a hedge has a value and no interval."""
    reading = read(text, VOCABULARY)
    assert (reading.value, reading.low, reading.high, reading.rule) == (value, None, None, "bare")


@pytest.mark.parametrize(("text", "low", "high", "floor", "ceiling"), INTERVALS)
def test_a_hedge_is_an_interval(text: str, low: float, high: float, floor: float | None, ceiling: float | None) -> None:
    """A hedge gives the 5 % and 95 % points and the hard ends that its words make."""
    reading = read(text, VOCABULARY)
    assert reading.value is None
    assert (reading.low, reading.high) == pytest.approx((low, high), rel=1e-9)
    assert (reading.floor, reading.ceiling) == (floor, ceiling)
    assert reading.source in TABLE.sources


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_is_not_understood_is_refused(text: str, message: str) -> None:
    """The error says how far the text was read, and never is a number guessed."""
    with pytest.raises(HedgeError) as caught:
        read(text, VOCABULARY)
    assert message in str(caught.value)


def test_a_due_date_is_kept() -> None:
    """A date at the end says by when; what needs today is refused without it."""
    reading = read("over 400,000 by the end of 2026", VOCABULARY)
    assert (reading.low, reading.due) == (400_800, date(2026, 12, 31))
    assert read("400,000 chips by the end of next year", VOCABULARY, date(2026, 3, 1)).due == date(2027, 12, 31)
    with pytest.raises(DateError, match="needs the day"):
        read("400,000 by the end of next year", VOCABULARY)


@pytest.mark.parametrize(
    ("text", "rule", "number", "rest"),
    [
        ("roughly six times", "roughly", 6, " times"),
        ("over 500 MW of power", "over", 500, " MW of power"),
        ("400,000 H200 chips", "bare", 400_000, " H200 chips"),
        ("20萬顆左右的H200", "about", 200_000, "的H200"),
        ("5 B/s", "bare", 5, " B/s"),
        ("1.5-300 million chips", "range", None, " chips"),
    ],
)
def test_a_count_in_front_is_read(text: str, rule: str, number: float | None, rest: str) -> None:
    """The longest count in front of a text, and what follows as it was written."""
    prefix = read_prefix(text, VOCABULARY)
    assert prefix is not None
    assert (prefix[0].rule, prefix[0].number, prefix[1]) == (rule, number, rest)


@pytest.mark.parametrize("text", ["", "the chips", "H200 chips", "over bananas", "between the lines", "from here"])
def test_no_count_in_front(text: str) -> None:
    """Where no count begins there is no prefix, and no error."""
    assert read_prefix(text, VOCABULARY) is None


@settings(deadline=None)
@given(left=st.integers(10, 900), right=st.integers(1000, 9000))
def test_a_shared_magnitude(left: int, right: int) -> None:
    """`a-b million` is `a million to b million`, with a decimal left end too."""
    short = read(f"{left / 10}-{right} million", VOCABULARY)
    long = read(f"{left / 10} million to {right} million", VOCABULARY)
    assert (short.low, short.high) == (long.low, long.high) == (left * 100_000, right * 1_000_000)


def test_an_amount_per_buyer_carries_the_buyers() -> None:
    """An "up to" per buyer is a hard cap, and the buyers are a reading of their own: 10 × 0.875, × 1.085."""
    reading = read("up to 75,000 each for about ten buyers", VOCABULARY)
    assert (reading.each, reading.ceiling, reading.rule) == (True, 75_000, "cap")
    assert reading.buyers is not None
    # ten has one figure, and lies below the measured hundred
    assert (reading.buyers.low, reading.buyers.high, reading.buyers.grade) == (8.75, 10.85, "C")


@pytest.mark.parametrize("text", ["75,000 chips per company", "75,000 apiece", "每家7.5万张", "75,000 each"])
def test_per_buyer_words(text: str) -> None:
    """Words such as "each" mark the amount as one buyer's."""
    reading = read(text, VOCABULARY)
    assert (reading.each, reading.value) == (True, 75_000)


@pytest.mark.parametrize("text", ["400 thousand", "400k", "4e5", "0.4 million", "40万", "four hundred k"])
@pytest.mark.parametrize("hedge", ["", "over ", "about ", "at most "])
def test_magnitudes_in_any_dress_are_the_same(hedge: str, text: str) -> None:
    """The way a number is written changes nothing but the text."""
    said, plain = read(hedge + text, VOCABULARY), read(hedge + "400,000", VOCABULARY)
    assert _numbers(said) == _numbers(plain)


def test_grades_are_as_bad_as_their_worst_part() -> None:
    """Measured words are A on one figure, D on two, B on three; analogies C; judgement D."""
    texts = ["over 400,000", "over 410,000", "over 412,000", "north of 400,000", "over 40", "several"]
    assert [read(text, VOCABULARY).grade for text in texts] == ["A", "D", "B", "C", "C", "D"]


@pytest.mark.parametrize("hedge", HEDGES)
@settings(deadline=None)
@given(number=st.integers(1, 10**9))
def test_hard_ends_hold(hedge: str, number: int) -> None:
    """For every hedge and number the interval lies strictly inside its hard ends."""
    reading = read(f"{hedge} {number}", VOCABULARY)
    assert reading.low is not None
    assert reading.high is not None
    assert 0 < reading.low < reading.high
    assert reading.floor in (None, number)
    assert reading.ceiling in (None, number)
    assert reading.floor is None or reading.low > number
    assert reading.ceiling is None or reading.high < number


@pytest.mark.parametrize("hedge", [*HEDGES, "余"])
@settings(deadline=None)
@given(first=st.integers(1, 9), fine=st.integers(1, 999))
def test_coarse_numbers_are_at_least_as_wide(hedge: str, first: int, fine: int) -> None:
    """Of two nearby numbers under one hedge, the one with fewer figures has no narrower relative interval."""
    coarse, exact = first * 1000, first * 1000 + fine
    texts = [f"{n}余" if hedge == "余" else f"{hedge} {n}" for n in (coarse, exact)]
    wide, narrow = (read(text, VOCABULARY) for text in texts)
    assert _width(wide, coarse) >= _width(narrow, exact) * (1 - 1e-9)


@settings(deadline=None)
@given(st.text(max_size=250))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Arbitrary text gives a reading or a HedgeError, nothing else."""
    _try(text)


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=9))
def test_any_words_of_the_grammar_are_read_or_refused(words: list[str]) -> None:
    """Known words in any order give a finite, ordered reading or a HedgeError."""
    for text in (" ".join(words), "".join(words)):
        reading = _try(text)
        if reading is not None and reading.low is not None and reading.high is not None:
            assert 0 < reading.low < reading.high < float("inf")


@pytest.mark.parametrize("junk", JUNK)
def test_long_junk_is_refused_at_once(junk: str) -> None:
    """A hundred kilobytes of junk, or two hundred characters of it, cost less than a second of processor time."""
    for text in (junk, junk[:200]):
        with in_a_second(), pytest.raises(HedgeError):
            read(text, VOCABULARY)


def test_the_sentence_names_the_numbers() -> None:
    """The explanation is one sentence with the interval and the hard end."""
    sentence = read("over 400,000", VOCABULARY).explanation
    assert "400,800 to 507,200" in sentence
    assert "never below 400,000" in sentence


def _try(text: str) -> Reading | None:
    try:
        return read(text, VOCABULARY)
    except HedgeError:
        return None


def _numbers(reading: Reading) -> tuple[float | None, ...]:
    return reading.value, reading.low, reading.high, reading.floor, reading.ceiling


def _width(reading: Reading, number: float) -> float:
    assert reading.low is not None
    assert reading.high is not None
    return (reading.high - reading.low) / number


@pytest.mark.parametrize("name", [name for name, r in load_wordings().readers.items() if r.n and name != "bare"])
def test_points_follow_from_the_readers(name: str) -> None:
    """The 5, 50 and 95 % points are those of the mixture of readers in claims.yaml, to three decimals.

    The reader at the share u has the ends at the percentiles 100 (1 - u) and 100 u; the value is uniform between.
    """
    readers = load_wordings().readers[name]
    share = (np.arange(100_000) + 0.5) / 100_000
    low = np.interp(100 * (1 - share), sorted(readers.low), [readers.low[k] for k in sorted(readers.low)])
    high = np.interp(100 * share, sorted(readers.high), [readers.high[k] for k in sorted(readers.high)])
    entry = TABLE.below_ten if name == "below_ten" else TABLE.rules[name]
    for point, ratio in ((0.05, entry.low), (0.5, entry.median), (0.95, entry.high)):
        assert ratio is not None
        below, above = (
            np.clip((ratio + step - low) / np.maximum(high - low, 1e-12), 0, 1).mean() for step in (-0.0006, 0.0006)
        )
        assert below <= point <= above


@pytest.mark.parametrize("hedge", [*HEDGES, "约"])
@pytest.mark.parametrize("number", ["6", "75", "400,000", "410,000", "412,350"])
def test_tails_end_where_belief_ends(hedge: str, number: str) -> None:
    """Points met exactly; at the 0.1 and 99.9 % points at most three times as far; monotone; inside the hard ends."""
    quantity = Quantity.model_validate(
        {"says": f"{hedge} {number}", "source": "x", "grade": "C"}, context={"vocabulary": load_vocabulary}
    )
    n = float(number.replace(",", ""))
    z95, z999 = NormalDist().inv_cdf(0.95), NormalDist().inv_cdf(0.999)
    low, middle, high = transform(quantity, np.array([-z95, 0.0, z95]))
    assert (low, high) == pytest.approx((quantity.low, quantity.high), rel=1e-12)
    if quantity.median is not None:
        assert middle == pytest.approx(quantity.median, rel=1e-12)
    far_low, far_high = transform(quantity, np.array([-z999, z999]))
    assert abs(far_high - n) <= 3 * abs(high - n) * (1 + 1e-9)
    assert abs(far_low - n) <= 3 * abs(low - n) * (1 + 1e-9)
    values = transform(quantity, np.linspace(-6, 6, 2001))
    assert (np.diff(values) > 0).all()
    assert values.min() > (quantity.floor or 0)
    assert quantity.ceiling is None or values.max() < quantity.ceiling


def test_the_tail_of_over() -> None:
    """By hand: over 400,000 has the median 417,200; at 99.9 % it is at most 400,000 + 3 × 107,200 = 721,600."""
    quantity = Quantity.model_validate(
        {"says": "over 400,000", "source": "x", "grade": "C"}, context={"vocabulary": load_vocabulary}
    )
    middle, far = transform(quantity, np.array([0.0, NormalDist().inv_cdf(0.999)]))
    assert middle == pytest.approx(417_200)
    assert far == pytest.approx(721_600)
    # the median is 4.3 % above one figure, a tenth of that above three
    assert read("over 412,000", VOCABULARY).median == pytest.approx(412_000 * 1.0043)


@settings(deadline=None)
@given(st.lists(st.floats(1.0, 1e9), min_size=5, max_size=5, unique=True).map(sorted))
def test_any_three_ordered_points_are_met(ends: list[float]) -> None:
    """Low, median and high are met with and without hard ends, and the quantity rises with its normal."""
    floor, low, median, high, ceiling = ends
    if min(b / a for a, b in itertools.pairwise(ends)) < 1.0001 or (high - floor) / (low - floor) > 1e11:
        return
    z95 = NormalDist().inv_cdf(0.95)
    for bounds in ({}, {"floor": floor}, {"ceiling": ceiling}, {"floor": floor, "ceiling": ceiling}):
        quantity = Quantity(low=low, median=median, high=high, **bounds, source="x", grade="C")
        assert transform(quantity, np.array([-z95, 0, z95])) == pytest.approx([low, median, high], rel=1e-6)
        values = transform(quantity, np.linspace(-4, 4, 101))
        assert (np.diff(values) >= 0).all()


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"low": 10, "median": 5, "high": 20}, "out of order"),
        ({"value": 10, "median": 5}, "stands alone"),
        ({"says": "over 5", "median": 6}, "says stands beside"),
    ],
)
def test_a_median_out_of_place_is_refused(fields: dict[str, object], why: str) -> None:
    """A median lies between low and high, and nowhere else."""
    with pytest.raises(ValueError, match=why):
        Quantity.model_validate({**fields, "source": "x", "grade": "C"}, context={"vocabulary": load_vocabulary})
