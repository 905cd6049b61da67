"""Resident registration numbers are found however they are written, and nothing else is hidden."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from centre120.cases import case_number, shown
from centre120.resident_numbers import find_resident_numbers, mask_resident_numbers

born = st.dates(date(1900, 1, 1), date(2099, 12, 31))
serial = st.text("0123456789", min_size=6, max_size=6)
between = st.sampled_from(["", "-", " ", " - ", "\u2013", "\uff0d", ".", "\n", "\u200b-", "\t"])
around = st.text(st.characters(exclude_categories=("Nd", "Cs"), exclude_characters="*"), max_size=20)


def digits_of(day: date, foreigner: bool, female: bool, tail: str) -> str:
    first = (0 if day.year < 2000 else 2) + (4 if foreigner else 0) + (2 if female else 1)
    return f"{day:%y%m%d}{first}{tail}"


@settings(max_examples=60)
@given(born, st.booleans(), st.booleans(), serial, between, around, around)
def test_every_number_is_found_and_its_last_six_digits_are_gone(
    day: date, foreigner: bool, female: bool, tail: str, sep: str, before: str, after: str
) -> None:
    digits = digits_of(day, foreigner, female, tail)
    text = before + digits[:6] + sep + digits[6:] + after
    assert [one.digits for one in find_resident_numbers(text)] == [digits]
    assert mask_resident_numbers(text) == before + f"{digits[:6]}-{digits[6]}******" + after


@settings(max_examples=60)
@given(st.text())
def test_masking_twice_changes_nothing_and_no_text_breaks_it(text: str) -> None:
    once = mask_resident_numbers(text)
    assert mask_resident_numbers(once) == once
    assert find_resident_numbers(once) == []


@settings(max_examples=60)
@given(st.text("0123456789- \n가", max_size=60))
def test_what_is_left_never_holds_a_number(text: str) -> None:
    assert find_resident_numbers(mask_resident_numbers(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("９００１０１－１２３４５６７", id="full-width digits"),
        pytest.param("900101-\u200b1234567", id="zero-width space from a copied page"),
        pytest.param("9001011234567", id="no hyphen"),
        pytest.param("주민번호900101-1234567번입니다", id="Korean on both sides"),
        pytest.param("900101-5234567", id="foreigner"),
        pytest.param("040229-3234567", id="leap day of 2004"),
    ],
)
def test_ways_people_write_it(text: str) -> None:
    assert len(find_resident_numbers(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("010-1234-5678", id="mobile number"),
        pytest.param("02-120", id="ours"),
        pytest.param("901301-1234567", id="no thirteenth month"),
        pytest.param("900230-1234567", id="no 30 February"),
        pytest.param("010229-3234567", id="2001 had no leap day"),
        pytest.param("900101-9234567", id="born before 1900: nobody lives"),
        pytest.param("12900101-1234567", id="part of a longer number"),
        pytest.param("900101-12345678", id="eight digits behind"),
        pytest.param("900101-1******", id="masked already"),
        pytest.param("2026-11-21 1500000원", id="a date and an amount"),
        pytest.param(shown(case_number(date(2026, 11, 21), 1, 42)), id="a case number as it is shown"),
    ],
)
def test_what_is_none(text: str) -> None:
    assert mask_resident_numbers(text) == text


def test_a_case_number_without_hyphens_is_spared_only_when_it_is_known() -> None:
    number = case_number(date(2026, 11, 21), 1, 42)
    assert mask_resident_numbers(number, {number}) == number
    assert mask_resident_numbers(number) == "261121-1******"
