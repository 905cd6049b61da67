"""What an entry is found by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centre120.search_terms import index_terms, likeness, pairs_of, question_terms


@pytest.mark.parametrize(
    ("title", "question"),
    [
        ("기초연금 신청", "기초 연금"),
        ("기초 연금 신청", "기초연금신청"),
        ("주민등록 발급", "ㅈㅁㄷㄹ"),
        ("누수 신고", "누"),
        ("Water bill refund", "refu"),
        ("120 다산콜", "120"),
        ("水道料金", "水道"),
        ("ゴミの出し方", "ゴミ"),
        ("Усны төлбөр", "төлб"),
        ("Thẻ căn cước", "CĂN cuoc"),
        ("ＫＴＸ 할인", "ktx"),
    ],
    ids=[
        "asked with a space",
        "written with a space",
        "initial consonants",
        "one syllable",
        "beginning of a word",
        "figures",
        "Han",
        "Kana",
        "Cyrillic",
        "accents",
        "width",
    ],
)
def test_question_asks_only_for_terms_the_entry_has(title: str, question: str) -> None:
    asked = question_terms(question)
    assert asked and set(asked) <= set(index_terms(title, []))


def test_terms_of_the_title_are_marked_and_others_are_not() -> None:
    terms = index_terms("누수", ["수도 요금"])
    assert {"=누수", "누수", "수도", "도요", "요금"} <= set(terms)
    assert "=수도" not in terms


def test_scripts_beside_each_other_are_cut_apart() -> None:
    assert question_terms("KTX할인 2매") == ["ktx", "할인", "2", "^매"]


def test_likeness_is_one_for_the_same_and_zero_for_nothing_common() -> None:
    assert likeness(pairs_of("수도 요금"), "수도요금") == 1.0
    assert likeness(pairs_of("수도 요금"), "버스") == 0.0


@given(st.text(max_size=80))
def test_any_title_is_found_by_itself(text: str) -> None:
    wanted = [term for term in question_terms(text) if not term.startswith("~")]
    assert set(wanted) <= set(index_terms(text, []))
