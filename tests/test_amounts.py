"""Amounts in words: for every unit word of the table a hand-made expectation; names, basis, rates, dates; refusals."""

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.errors import InputError
from capacity.load import load_vocabulary
from capacity.words.amounts import AmountError, AmountWords, amount_prefix, read_amount
from capacity.words.tokens import WordsError

WORDS = load_vocabulary()
TODAY = date(2026, 3, 15)

# What three of each unit are, by hand: SI prefixes; 千万亿 = 10^3 · 10^4 · 10^8; 亿亿 = 10^16; 百亿亿 = 10^18.
THREE = {
    "chips": ("chips", 3), "dies": ("dies", 3), "boards": ("boards", 3), "trays": ("trays", 3),
    "servers": ("servers", 3), "racks": ("racks", 3), "pods": ("pods", 3), "systems": ("systems", 3),
    "W": ("W", 3), "kW": ("W", 3e3), "MW": ("W", 3e6), "GW": ("W", 3e9),
    "USD": ("USD", 3), "EUR": ("EUR", 3), "GBP": ("GBP", 3), "CNY": ("CNY", 3),
    "h100_equivalents": ("h100_equivalents", 3),
    "FLOP/s": ("FLOP/s", 3), "TFLOP/s": ("FLOP/s", 3e12), "PFLOP/s": ("FLOP/s", 3e15),
    "ten_PFLOP/s": ("FLOP/s", 3e16), "EFLOP/s": ("FLOP/s", 3e18), "ZFLOP/s": ("FLOP/s", 3e21),
}  # fmt: skip
UNITS = [(name, word.strip()) for name, unit in WORDS.units.units.items() for word in unit.words.split(",")]


def amount(text: str) -> AmountWords:
    return read_amount(text, WORDS, TODAY)


@pytest.mark.parametrize(("name", "word"), UNITS)
def test_every_unit_word(name: str, word: str) -> None:
    """Each unit word, in any letter case, counts what its unit counts."""
    for text in (f"3 {word}", f"3 {word.upper()}"):
        words = amount(text)
        assert (words.kind, words.numbers["value"]) == THREE[name]
        assert words.unit.lower() == word


def test_every_unit_has_an_expectation() -> None:
    """No unit of the table is without a line above."""
    assert THREE.keys() == WORDS.units.units.keys()


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("64 racks", "racks", 64), ("500 servers", "servers", 500), ("550套", "systems", 550),
        ("600,000 H100e", "h100_equivalents", 600_000), ("2.9 million dies", "dies", 2_900_000),
        ("10 GW", "W", 10e9), ("0.5GW", "W", 5e8), ("50万千瓦", "W", 5e8), ("500兆瓦", "W", 5e8), ("2吉瓦", "W", 2e9),
        ("$40 billion", "USD", 40e9), ("US$8bn", "USD", 8e9), ("80亿美元", "USD", 8e9),
        ("8 billion US dollars", "USD", 8e9),
        ("2.5亿元", "CNY", 2.5e8), ("RMB 80亿元", "CNY", 8e9), ("€3m", "EUR", 3e6),
        ("3,479 P", "FLOP/s", 3.479e18), ("6.9 EFLOPS", "FLOP/s", 6.9e18), ("每秒1.5百亿亿次", "FLOP/s", 1.5e18),
        ("3.5 million chips", "chips", 3_500_000), ("400,000", "chips", 400_000), ("2 lakh GPUs", "chips", 200_000),
    ],
)  # fmt: skip
def test_amounts(text: str, kind: str, value: float) -> None:
    """Number and unit give the amount in base units."""
    words = amount(text)
    assert words.kind == kind
    assert words.numbers == pytest.approx({"value": value})


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        # two figures: 1 + 0.32 × 0.002, 0.043, 0.268
        ("over 1.2 GW", {"low": 1.200768e9, "median": 1.216512e9, "high": 1.302912e9, "floor": 1.2e9}),
        ("about $40 billion", {"low": 35e9, "median": 39.88e9, "high": 43.4e9}),  # × 0.875, × 0.997, × 1.085
        ("1 GW to 2 GW", {"low": 1e9, "high": 2e9}),
        ("between $5bn and $10bn", {"low": 5e9, "high": 10e9}),
        ("$5bn-$10bn", {"low": 5e9, "high": 10e9}),
        ("100-200 MW", {"low": 1e8, "high": 2e8}),
        ("more than 1 GW but less than 2 GW", {"low": 1.05e9, "high": 1.95e9, "floor": 1e9, "ceiling": 2e9}),
        ("20萬顆左右", {"low": 175_000, "median": 199_400, "high": 217_000}),
        ("several hundred megawatts", {"low": 3e8, "high": 9e8}),
        ("10,000-card cluster", {"low": 9_000, "high": 11_000}),
    ],
)
def test_hedged_amounts(text: str, numbers: dict[str, float]) -> None:
    """Hedges and ranges stand in the unit's own measure."""
    assert amount(text).numbers == pytest.approx(numbers)


@pytest.mark.parametrize(
    ("text", "kind", "system", "chip"),
    [
        ("64 NVL72 racks", "racks", "NVL72", None),
        ("nearly 1,000 NVL72 racks a week", "racks", "NVL72", None),
        ("64 racks of GB300 NVL72", "racks", None, "GB300 NVL72"),
        ("550套 CloudMatrix 384", "systems", "CloudMatrix 384", None),
        ("1,000 DGX H100 servers", "servers", "DGX H100", None),
        ("500 H100 GPU servers", "servers", "H100", None),
        ("18,000 gb300", "chips", None, "gb300"),
        ("400,000 Nvidia H200 chips", "chips", None, "Nvidia H200"),
        ("8 million Ascend 910B chips", "chips", None, "Ascend 910B"),
        ("20,000 910B", "chips", None, "910B"),
        ("$40bn of GB200", "USD", None, "GB200"),
        ("200 MW of H100 chips", "W", None, "H100"),
        ("5,000 Nvidia chips", "chips", None, None),
        ("400,000 bananas", "chips", None, "bananas"),  # whether that is a chip, the library knows
    ],
)
def test_names(text: str, kind: str, system: str | None, chip: str | None) -> None:
    """A name before a unit of systems is the system; after "of", or beside chips, it is the chip."""
    words = amount(text)
    assert (words.kind, words.system, words.chip) == (kind, system, chip)


def test_what_else_is_said() -> None:
    """Precision, sparsity, basis, rate, dates and buyers are read wherever they stand."""
    words = amount("524 EFLOPS of dense FP8 compute by the end of 2026")
    assert (words.precision, words.sparsity, words.due) == ("fp8", "dense", date(2026, 12, 31))
    assert amount("1.2 GW of critical IT load").of == ("it",)
    assert amount("200 MW average facility power").of == ("average", "facility")
    assert amount("500 MW contracted").of == ("contracted",)
    rate = amount("500,000 a year since 2026 by 2029")
    assert (rate.rate, rate.since, rate.due) == ("year", date(2026, 1, 1), date(2029, 12, 31))
    assert amount("每年50万张").rate == "year"
    assert amount("2026年底前50万张").due == date(2026, 12, 31)
    each = amount("up to 75,000 chips each for about ten buyers").reading
    assert each.each
    assert each.buyers is not None
    assert each.buyers.number == 10


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("5,000 wafers", "say how many dies or chips"),
        ("10家公司", "say how many chips each has"),
        ("3 people", "only hardware"),
        ("2 clusters", "say how many chips, servers or megawatts"),
        ("5 TWh", "say megawatts"),
        ("35,000 equivalents", "say H100 equivalents"),
        ("16 GB", "memory"),
        ("500 mW", "mW is no unit"),
        ("3.5 chips", "no fraction"),
        ("0.5 racks", "no fraction"),
        ("100 kW a rack", "two units"),
        ("524 EFLOPS of FP8 FP16", "two of a kind: fp8 and fp16"),
        ("64 NVL72 racks NVL36", "names NVL72 and NVL36"),
        ("400.000 chips", "400,000 or 400"),
        ("150,000 H100 and 50,000 H200", 'stopped at "and"'),
        ("22,832 cards, 3,479 P", 'stopped at "3,479"'),
        ("5² MW", "raised"),
        ("", "understood nothing"),
    ],
)
def test_refused_amounts(text: str, why: str) -> None:
    """What cannot become chips, or says two things, is refused with what would help."""
    with pytest.raises(WordsError, match=why):
        amount(text)


@pytest.mark.parametrize("word", [w.strip() for r in WORDS.units.refused.values() for w in r.words.split(",")])
def test_every_refused_word(word: str) -> None:
    """No word of the refused units is counted as chips."""
    with pytest.raises(AmountError):
        amount(f"3 {word}")


@pytest.mark.parametrize(
    ("text", "kind", "chip", "rest"),
    [
        ("18,000 GB300 chips and more", "chips", "GB300", " and more"),
        ("400,000 H200 chips to Chinese firms", "chips", "H200", " to Chinese firms"),
        ("350,000 H100s by the end of 2024, Meta said", "chips", "H100s", ", Meta said"),
        ("tens of thousands of Nvidia's advanced H20 processors, it said", "chips", "H20", ", it said"),
        ("64 NVL72 racks in Abilene", "racks", None, " in Abilene"),
        ("about 20萬顆左右的H200", "chips", "H200", ""),
        ("100,000 of them", "chips", None, " of them"),
        ("20 countries", "chips", None, " countries"),
    ],
)
def test_an_amount_in_front(text: str, kind: str, chip: str | None, rest: str) -> None:
    """The amount in front of a text, and what follows."""
    prefix = amount_prefix(text, WORDS, TODAY)
    assert prefix is not None
    assert (prefix[0].kind, prefix[0].chip, prefix[1]) == (kind, chip, rest)
    assert amount_prefix("the chips", WORDS) is None


PIECES = ["over", "about", "64", "1.2", "million", "$", "GW", "MW", "racks", "NVL72", "of", "H200", "chips", "week",
          "a", "by", "2026", "each", "for", "ten", "buyers", "to", "-", "FP8", "dense", "台",
          "亿元", "but", "(", ","]  # fmt: skip


@settings(deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=9).map(" ".join)))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    """Arbitrary text, and any words of the grammar, give ordered finite numbers or a WordsError."""
    for read in (read_amount, amount_prefix):
        try:
            result = read(text, WORDS, TODAY)
        except WordsError:
            continue
        words = result[0] if isinstance(result, tuple) else result
        if words is not None and words.reading.low is not None:
            assert 0 < words.numbers["low"] < words.numbers["high"] < float("inf")
        if isinstance(result, tuple):
            assert text.endswith(result[1])


@settings(deadline=None)
@given(number=st.integers(1, 10**6), one=st.sampled_from(sorted(THREE)), other=st.sampled_from(sorted(THREE)))
def test_units_never_mix(number: int, one: str, other: str) -> None:
    """Of two units the same number means the same only where kind and factor are the same."""
    first, second = (amount(f"{number} {WORDS.units.units[name].words.split(',')[0]}") for name in (one, other))
    same = (first.kind, first.numbers) == (second.kind, second.numbers)
    assert same == (one == other)


def test_show_words_explains_a_reading() -> None:
    """`capacity show words` tells the number, the unit and the system; `show hedge` is its old name."""
    from capacity.document.answer import write
    from capacity.questions.show import show

    for name in ("words", "hedge"):
        text = write(show([name, "64 NVL72 racks"]))
        assert '"racks" counts racks; system NVL72.' in " ".join(text.split())
    data = json.loads(write(show(["words", "1.2 GW of IT load"]), "json"))
    assert (data["value"], data["factor"], data["counts"], data["of"]) == (1.2, 1e9, "W", "it")
    with pytest.raises(InputError, match="say how many dies or chips"):
        show(["words", "5,000 wafers"])


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("5 H100-SXM and more", "H100-SXM", " and more"), ("5 MI300-X,", "MI300-X", ","),
        ("5 H100SXM5 and", "H100SXM5", " and"), ("5 H100 -SXM and", "H100", " -SXM and"),
        ("5 H100- and", "H100", "- and"), ("5 H100 - and", "H100", " - and"), ("5 H100-", "H100", "-"),
        ("5 GB200 384 and", "GB200", " 384 and"),
    ],
)  # fmt: skip
def test_a_name_goes_on_behind_a_hyphen_without_spaces(text: str, name: str, rest: str) -> None:
    """H100-SXM is one name; behind a dash that stands apart something else begins."""
    found = amount_prefix(text, load_vocabulary())
    assert found is not None
    assert (found[0].chip, found[1]) == (name, rest)


@pytest.mark.parametrize("text", ["5 CloudMatrix 384", "5 H100 SXM 5", "5 RTX 6000 Ada"])
def test_short_figures_belong_to_the_name_before_them(text: str) -> None:
    """A whole amount may end in a name of several words, with figures of up to four digits."""
    assert read_amount(text, load_vocabulary()).chip == text.removeprefix("5 ")
    with pytest.raises(WordsError):
        read_amount("5 CloudMatrix 38400", load_vocabulary())
