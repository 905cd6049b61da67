"""What the search takes for the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centre120.folding import fold, letters, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("택시 정책과", "택시정책과"),
        ("Taxi  Policy-Div.", "taxipolicydiv"),
        ("Café", "cafe"),
        ("１２０", "120"),
    ],
    ids=["spacing", "case and marks", "accents", "width"],
)
def test_same_when_folded(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_one_wrong_letter_is_one_sign_in_many() -> None:
    assert letters("택시") == "taigsi" and letters("텍시") == "teigsi"
    assert letters("값") == "gabs" and letters("예") == "x2i"


@given(st.text())
def test_any_text(text: str) -> None:
    assert "".join(words(text)) == fold(text)
    assert not any("가" <= sign <= "힣" for sign in letters(text))
