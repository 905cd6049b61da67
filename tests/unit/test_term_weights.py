"""How well an entry answers a whole question, by the terms it holds."""

from centre120.term_weights import SATURATION, closeness, rarity, weigh, weighed_terms


def ask(question: str, kept: str) -> float:
    return closeness(dict.fromkeys(weighed_terms(question), 1.0), kept)


def test_title_says_more_than_a_question_and_a_question_more_than_an_answer() -> None:
    title = weigh("수도 요금", [], "그 밖의 것")
    asked = weigh("그 밖의 것", ["수도 요금"], "다른 말")
    told = weigh("그 밖의 것", ["다른 말"], "수도 요금")
    assert ask("수도요금", title) > ask("수도요금", asked) > ask("수도요금", told) > 0


def test_word_that_stands_everywhere_never_outweighs_a_second_word() -> None:
    often = weigh("수도", ["수도 " * 100], "수도 " * 500)
    both = weigh("수도 요금", [], "답")
    assert ask("수도", often) <= SATURATION + 1
    assert ask("수도 요금", both) > ask("수도 요금", often)


def test_same_words_in_a_shorter_text_say_more() -> None:
    short = weigh("하나", [], "여권 발급. " + "다른 말 " * 100)
    long = weigh("하나", [], "여권 발급. " + "다른 말 " * 1000)
    assert ask("여권", short) > ask("여권", long)


def test_rare_term_is_worth_more_and_one_that_all_have_is_worth_nothing_much() -> None:
    assert rarity(1, 1000) > rarity(100, 1000) > rarity(1000, 1000) > 0
    assert rarity(5, 0) > 0  # PostgreSQL has not counted the rows yet


def test_nothing_in_common_and_nothing_kept_is_zero() -> None:
    assert ask("버스", weigh("수도", [], "요금")) == 0.0
    assert ask("버스", "") == 0.0
    assert closeness({}, weigh("수도", [], "요금")) == 0.0
