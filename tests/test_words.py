"""Dates and stages in words: a hand-made expectation for each kind of phrase."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.load import load_vocabulary
from capacity.words.dates import DateError, read_date, read_days
from capacity.words.stages import StageError, read_stage, stage_prefix

DATES, STAGES = load_vocabulary().dates, load_vocabulary().stages
TODAY = date(2026, 3, 15)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-11-23", "2026-11-23", "2026-11-23"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("January 18, 2024", "2024-01-18", "2024-01-18"),
        ("18 January 2024", "2024-01-18", "2024-01-18"),
        ("Jan. 2024", "2024-01-01", "2024-01-31"),
        ("February 2028", "2028-02-01", "2028-02-29"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("Q3 2027", "2027-07-01", "2027-09-30"),
        ("2027Q3", "2027-07-01", "2027-09-30"),
        ("3Q27", "2027-07-01", "2027-09-30"),
        ("the third quarter of 2027", "2027-07-01", "2027-09-30"),
        ("2026H2", "2026-07-01", "2026-12-31"),
        ("H1 2026", "2026-01-01", "2026-06-30"),
        ("the second half of 2026", "2026-07-01", "2026-12-31"),
        ("mid-2026", "2026-05-01", "2026-06-30"),
        ("early 2026", "2026-01-01", "2026-04-30"),
        ("late 2026", "2026-09-01", "2026-12-31"),
        ("by the end of 2026", "2026-12-01", "2026-12-31"),
        ("by year-end 2026", "2026-12-01", "2026-12-31"),
        ("end of June 2026", "2026-06-21", "2026-06-30"),
        ("the start of 2026", "2026-01-01", "2026-01-01"),
        ("before 2026", "2026-01-01", "2025-12-31"),
        ("2026年底", "2026-12-01", "2026-12-31"),
        ("2026年底前", "2026-12-01", "2026-12-31"),
        ("2026年6月前", "2026-06-01", "2026-05-31"),
        ("2026年", "2026-01-01", "2026-12-31"),
        ("2026年3月", "2026-03-01", "2026-03-31"),
        ("2026年3月18日", "2026-03-18", "2026-03-18"),
        ("2026年下半年", "2026-07-01", "2026-12-31"),
        ("2026年第三季度", "2026-07-01", "2026-09-30"),
        # counted from 15 March 2026
        ("this year", "2026-01-01", "2026-12-31"),
        ("end of next year", "2027-12-01", "2027-12-31"),
        ("the second half of next year", "2027-07-01", "2027-12-31"),
        ("last month", "2026-02-01", "2026-02-28"),
        ("next quarter", "2026-04-01", "2026-06-30"),
        ("the end of the year", "2026-12-01", "2026-12-31"),
        ("明年上半年", "2027-01-01", "2027-06-30"),
        ("年底", "2026-12-01", "2026-12-31"),
        ("上个月", "2026-02-01", "2026-02-28"),
        ("in May", "2026-05-01", "2026-05-31"),
        ("since May", "2025-05-01", "2025-05-31"),
        ("today", "2026-03-15", "2026-03-15"),
    ],
)
def test_a_date_is_a_stretch_of_days(text: str, first: str, last: str) -> None:
    """Months, quarters, halves and years end on the last day that they allow."""
    days = read_days(text, TODAY, DATES)
    assert days is not None
    assert (days[0].first.isoformat(), days[0].last.isoformat(), days[1]) == (first, last, "")
    assert read_date(text, TODAY, DATES, first=True) == (date.fromisoformat(first), "")


def test_since_is_told_from_due() -> None:
    """ "From" and "since" say when a thing begins; the rest of the text is kept."""
    days = read_days("from Q3 2027 on", None, DATES)
    assert days is not None
    assert (days[0].since, days[0].first, days[1]) == (True, date(2027, 7, 1), " on")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Q5 2027", "quarters 1 to 4"), ("2026H3", "halves 1 and 2"), ("2026-13-01", "no month 13"),
        ("February 30, 2026", "has no day 30"), ("2026年2月30日", "has no day 30"),
        ("2026年第五季度", "quarters 1 to 4"),
    ],
)  # fmt: skip
def test_no_such_day(text: str, why: str) -> None:
    """A quarter, half, month or day that no calendar has is refused."""
    with pytest.raises(DateError, match=why):
        read_date(text, None, DATES)


@pytest.mark.parametrize("text", ["", "chips", "400,000", "20,000 by 2026", "mayor", "by hand", "H200", "910"])
def test_no_date_in_front(text: str) -> None:
    """What does not begin with a date is none."""
    assert read_date(text, TODAY, DATES) is None


@settings(deadline=None)
@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_every_day_is_read_in_every_form(day: date) -> None:
    """A day in figures, in English and in Chinese is the same day."""
    month = list(DATES.months)[[*DATES.months.values()].index(day.month)]
    forms = [
        day.isoformat(),
        f"{month} {day.day}, {day.year}",
        f"{day.day} {month} {day.year}",
        f"{day.year}年{day.month}月{day.day}日",
    ]
    for text in forms:
        assert read_date(text, None, DATES) == (day, "")


DATE_WORDS = st.sampled_from([
    "the ", "q3", "h1", "h20", "3q", "2027", "202", "26", " ", "-", "mid", "early ", "late", "end of ", "next ",
    "this ", "quarter", "half", "month", "year", "june", "Jun.", "may", "5", "15th", "second ", "last ", "today",
    "tomorrow", "since ", "by ", "over the course of ", "of ", "19", "20", "chips",
    "明年", "年底", "6月", "上半年", "第三季度", "2026年", "本月",
])  # fmt: skip


@given(st.lists(DATE_WORDS, min_size=1, max_size=5).map("".join))
def test_where_no_date_can_start_no_form_of_a_date_fits(text: str) -> None:
    """The quick look before the forms are tried passes over no date."""
    plain = text.lower()
    for at in range(len(plain)):
        if any((match := form.match(plain, at)) and match.end() > at for form in DATES.forms):
            assert DATES.may_start(plain, at), (plain, at)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_date_or_none(text: str) -> None:
    """Arbitrary text ends in a date, in none, or in a DateError; the rest is the end of the text."""
    try:
        result = read_date(text, TODAY, DATES)
    except DateError:
        return
    assert result is None or text.endswith(result[1])


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("demand", "demand"), ("wants", "demand"), ("需求", "demand"),
        ("planned", "planned"), ("Announced", "planned"), ("intends", "planned"), ("LOI", "planned"),
        ("计划", "planned"),
        ("ORDERED", "ordered"), ("signed", "ordered"), ("contracted", "ordered"), ("on-order", "ordered"),
        ("booked", "ordered"), ("订购", "ordered"),
        ("licensed", "licensed"), ("export licence", "licensed"), ("出口许可", "licensed"),
        ("approved", "approved"), ("获批", "approved"), ("已获批", "approved"),
        ("shipped", "shipped"), ("exported", "shipped"), ("发货", "shipped"),
        ("delivered", "delivered"), ("received", "delivered"), ("交付", "delivered"),
        ("installed", "installed"), ("deployed", "installed"), ("部署", "installed"),
        ("in service", "in service"), ("In Service", "in service"), ("in-service", "in service"),
        ("live", "in service"),
        ("operational", "in service"), ("energised", "in service"), ("点亮", "in service"), ("投产", "in service"),
    ],
)  # fmt: skip
def test_stages(text: str, stage: str) -> None:
    """Synonyms in any letter case name one of nine stages."""
    assert read_stage(text, STAGES) == stage


def test_every_stage_has_its_own_words() -> None:
    """A stage's name names it, and no phrase stands for two stages."""
    assert list(STAGES.stages) == ["demand", "planned", "ordered", "licensed", "approved", "shipped", "delivered",
                                   "installed", "in service"]  # fmt: skip
    for name, stage in STAGES.stages.items():
        for phrase in (name, *stage.words.split(",")):
            assert read_stage(phrase, STAGES) == name


def test_an_unknown_stage_names_the_nearest() -> None:
    """A slip of the pen is told what was near."""
    with pytest.raises(StageError, match=r"unknown stage 'orderd' .did you mean"):
        read_stage("orderd", STAGES)
    with pytest.raises(StageError, match="demand, planned, ordered"):
        read_stage("zzz", STAGES)


def test_a_stage_in_front() -> None:
    """The longest stage in front of a text."""
    assert stage_prefix("on order for Humain", STAGES) == ("ordered", " for Humain")
    assert stage_prefix("bananas", STAGES) is None
