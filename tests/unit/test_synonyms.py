"""Words that mean the same: which groups can be, and which other questions they make."""

import pytest

from centre120.search_terms import without_particles
from centre120.synonyms import MOST_WIDER, GroupRefused, group_of, wider

WASTE = ("쓰레기", "폐기물", "생활 폐기물")


@pytest.mark.parametrize(
    ("question", "made"),
    [
        ("대형 쓰레기 신고", ["대형폐기물신고", "대형생활폐기물신고"]),
        ("생활폐기물을 버리려면", ["쓰레기를버리려면".replace("를", "을"), "폐기물을버리려면"]),
        ("여권", []),
        ("", []),
    ],
)
def test_longest_word_of_a_question_is_exchanged_for_the_others(question: str, made: list[str]) -> None:
    assert wider(question, [WASTE, ("a b", "c d")]) == made


def test_other_questions_are_few_however_large_the_groups() -> None:
    groups = [tuple(f"{first}{second}" for second in "가나다라마") for first in "ㄱㄴㄷ가나다"]
    assert len(wider("".join(group[0] for group in groups), groups)) == MOST_WIDER


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("쓰레기", "1 different"),
        ("쓰레기, 쓰 레기", "1 different"),
        ("", "0 different"),
        ("물, 수도", "one sign"),
        ("a" * 61 + ", bb", "at most 60"),
        (",".join(f"말{number}" for number in range(21)), "21 different"),
    ],
)
def test_group_that_can_not_be_says_why(text: str, why: str) -> None:
    with pytest.raises(GroupRefused, match=why):
        group_of(text)


def test_group_keeps_words_as_they_are_written() -> None:
    assert group_of(" 생활  폐기물 ，쓰레기, 쓰레기,") == ("생활 폐기물", "쓰레기")


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("수도요금을 어디에서 내나요", "수도요금 어디 내나요"),
        ("구청에서는", "구청"),
        ("나는 물이", "나는 물이"),
        ("ABC를", "abc를"),
        ("120으로", "120으로"),
    ],
)
def test_particles_come_off_words_that_are_long_enough(text: str, bare: str) -> None:
    assert without_particles(text) == bare
