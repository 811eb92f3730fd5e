"""Numbers at every door: what is plain, what may be one of two, and what is no number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.errors import InputError
from capacity.load import one_lot_document
from capacity.load.settings import measured_quantity, typed_quantity
from capacity.questions.variants import axes
from capacity.words.numbers import HedgeError, read_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5", 1.5), ("989.5", 989.5), ("1.125", 1.125), ("412.375", 412.375), ("0.500", 0.5), ("007", 7),
        ("1,200", 1_200), ("412,350.5", 412_350.5), ("400 000", 400_000), ("400\u2009000", 400_000),
        ("400\u00a0000", 400_000), ("400'000", 400_000), ("４００", 400), ("1e5", 100_000), ("2.5e-3", 0.0025),
        ("½", 0.5), ("2¾", 2.75), ("-5", -5),
    ],
)  # fmt: skip
def test_plain_numbers(text: str, value: float) -> None:
    """Commas, apostrophes and spaces part thousands, a point is decimal."""
    assert read_number(text) == value


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("400.000", "400,000", "400"), ("412.350", "412,350", "412.35"), ("1,5", "1.5", "15"),
        ("40,00", "40", "4,000"), ("1.200.475", "1,200,475", "1,200.475"), ("1.200.475,5", "1,200,475.5", "12,004,755"),
        ("1.500", "1,500", "1.5"),
    ],
)  # fmt: skip
def test_what_may_be_two_numbers_names_both(text: str, first: str, second: str) -> None:
    """A number with doubtful separators is refused, and both readings are named."""
    with pytest.raises(HedgeError, match=f"{text} may be {first} or {second} "):
        read_number(text)


@pytest.mark.parametrize("text", ["", "nan", "inf", "1_000", "5 6", "over 5", "5²", "1e400", "0x10", "--5", "9" * 500])
def test_what_is_no_number_is_refused(text: str) -> None:
    """Only digits with clear separators are a number."""
    with pytest.raises(HedgeError):
        read_number(text)


@given(st.floats(1e-30, 1e30))
def test_whatever_python_prints_is_read_back(value: float) -> None:
    """A printed float is never taken for thousands, and comes back as it was."""
    assert read_number(repr(value)) == pytest.approx(value, rel=1e-12)
    assert read_number(f"{value:.12g}") == pytest.approx(value, rel=1e-11)


def test_a_typed_interval_and_words() -> None:
    """`400,000..1.2e6` has two ends; what is not clear stays words, to be refused where it is read."""
    assert typed_quantity("400,000..1.2e6") == {"low": 4e5, "high": 1.2e6, "source": "command-line", "grade": "D"}
    assert typed_quantity("400.000")["says"] == "400.000"


def test_milliwatts_are_no_megawatts() -> None:
    """`500 mW` is refused, and so is a target that may be two numbers."""
    assert measured_quantity("500MW", "W", "--target").value == 5e8
    for text, why in (("500 mW", "no unit"), ("500.000 kW", "500,000 or 500")):
        with pytest.raises(InputError, match=why):
            measured_quantity(text, "W", "--target")


def test_no_fraction_of_a_chip_is_typed() -> None:
    """3.5 chips are refused, 3.5 million are not."""
    with pytest.raises(InputError, match=r"3\.5 is no whole number of chips"):
        one_lot_document("h20", "3.5", [], "2026-01-01", None)
    assert one_lot_document("h20", "3.5 million", [], "2026-01-01", None).data["lots"]["stated"]["count"]


@pytest.mark.parametrize(
    ("listed", "values"),
    [
        ("8,16,32", ["8", "16", "32"]), ("1.2, 1.3", ["1.2", "1.3"]), ("200,000, 400,000", ["200,000", "400,000"]),
        ("400,000", ["400,000"]), ("over 400,000", ["over 400,000"]), ("over 400,000; 5", ["over 400,000", "5"]),
        ("1,000.5;2", ["1,000.5", "2"]),
    ],
)  # fmt: skip
def test_values_to_vary(listed: str, values: list[str]) -> None:
    """Commas that part thousands do not part values."""
    assert axes([f"a.b={listed}"]) == {"a.b": values}


@pytest.mark.parametrize("listed", ["200,000,400,000", "100,200", "100,200,300", "over 5,000,6,000"])
def test_a_list_that_may_be_a_number_is_refused(listed: str) -> None:
    """Where a comma may part values or thousands, the error tells how to say which."""
    with pytest.raises(InputError, match="may be one number or"):
        axes([f"a.b={listed}"])
