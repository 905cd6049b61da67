"""Numbers as text. The rule behind each table stands, with its source, in the docstring of the language's file."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centre120.spoken import (
    LANGUAGES,
    spell_digits,
    spell_minutes,
    spell_number,
    spell_ordinal,
    spell_position,
)
from centre120.spoken.korean_reading import as_pronounced

NUMBERS = {
    "ko": {0: "영", 10: "십", 16: "십육", 101: "백일", 110: "백십", 120: "백이십", 1000: "천", 2015: "이천십오",
           9999: "구천구백구십구"},
    "en": {0: "zero", 12: "twelve", 40: "forty", 99: "ninety-nine", 105: "one hundred and five",
           1005: "one thousand and five", 1200: "one thousand two hundred",
           9999: "nine thousand nine hundred and ninety-nine"},
    "zh": {0: "零", 10: "十", 15: "十五", 20: "二十", 22: "二十二", 105: "一百零五", 110: "一百一十", 115: "一百一十五",
           200: "二百", 1005: "一千零五", 1050: "一千零五十", 2002: "两千零二", 9999: "九千九百九十九"},
    "ja": {0: "ゼロ", 4: "よん", 7: "なな", 9: "きゅう", 10: "じゅう", 300: "さんびゃく", 600: "ろっぴゃく", 800: "はっぴゃく",
           1000: "せん", 3000: "さんぜん", 8000: "はっせん", 1111: "せんひゃくじゅういち"},
    "vi": {0: "không", 10: "mười", 11: "mười một", 14: "mười bốn", 15: "mười lăm", 20: "hai mươi",
           21: "hai mươi mốt", 24: "hai mươi tư", 25: "hai mươi lăm", 105: "một trăm linh năm",
           115: "một trăm mười lăm", 1005: "một nghìn không trăm linh năm", 1200: "một nghìn hai trăm"},
    "mn": {0: "тэг", 3: "гурав", 10: "арав", 11: "арван нэг", 20: "хорь", 25: "хорин тав", 100: "нэг зуу",
           121: "нэг зуун хорин нэг", 1000: "нэг мянга", 1999: "нэг мянга есөн зуун ерэн ес"},
}  # fmt: skip

ORDINALS = {
    "ko": {1: "첫 번째", 2: "두 번째", 3: "세 번째", 4: "네 번째", 5: "다섯 번째", 10: "열 번째", 11: "열한 번째",
           20: "스무 번째", 21: "스물한 번째", 34: "서른네 번째", 99: "아흔아홉 번째", 100: "백 번째", 103: "백세 번째",
           120: "백스무 번째"},
    "en": {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", 8: "eighth", 9: "ninth", 12: "twelfth",
           20: "twentieth", 21: "twenty-first", 90: "ninetieth", 100: "one hundredth",
           111: "one hundred and eleventh"},
    "zh": {1: "第一位", 2: "第二位", 3: "第三位", 12: "第十二位", 110: "第一百一十位"},
    "ja": {1: "いちばんめ", 3: "さんばんめ", 4: "よんばんめ", 10: "じゅうばんめ", 21: "にじゅういちばんめ"},
    "vi": {1: "thứ nhất", 2: "thứ hai", 3: "thứ ba", 4: "thứ tư", 5: "thứ năm", 15: "thứ mười lăm",
           21: "thứ hai mươi mốt", 24: "thứ hai mươi tư"},
    "mn": {1: "нэг дэх", 2: "хоёр дахь", 3: "гурав дахь", 4: "дөрөв дэх", 5: "тав дахь", 6: "зургаа дахь",
           7: "долоо дахь", 8: "найм дахь", 9: "ес дэх", 10: "арав дахь", 20: "хорь дахь", 21: "хорин нэг дэх",
           40: "дөч дэх", 90: "ер дэх", 100: "нэг зуу дахь"},
}  # fmt: skip

MINUTES = {
    "ko": {1: "일 분", 3: "삼 분", 15: "십오 분", 59: "오십구 분", 60: "한 시간", 90: "한 시간 삼십 분",
           120: "두 시간", 180: "세 시간"},
    "en": {1: "one minute", 2: "two minutes", 60: "one hour", 61: "one hour and one minute",
           125: "two hours and five minutes"},
    "zh": {1: "一分钟", 2: "两分钟", 12: "十二分钟", 22: "二十二分钟", 60: "一个小时", 65: "一个小时零五分钟",
           120: "两个小时", 150: "两个小时三十分钟"},
    "ja": {1: "いっぷん", 2: "にふん", 3: "さんぷん", 4: "よんぷん", 5: "ごふん", 6: "ろっぷん", 7: "ななふん", 8: "はっぷん",
           9: "きゅうふん", 10: "じゅっぷん", 13: "じゅうさんぷん", 20: "にじゅっぷん", 60: "いちじかん",
           90: "いちじかん さんじゅっぷん"},
    "vi": {1: "một phút", 5: "năm phút", 15: "mười lăm phút", 21: "hai mươi mốt phút", 60: "một giờ",
           90: "một giờ ba mươi phút"},
    "mn": {1: "нэг минут", 2: "хоёр минут", 3: "гурван минут", 4: "дөрвөн минут", 10: "арван минут",
           15: "арван таван минут", 20: "хорин минут", 60: "нэг цаг", 180: "гурван цаг"},
}  # fmt: skip


def table(spellings: dict[str, dict[int, str]]) -> list[tuple[str, int, str]]:
    return [(language, n, text) for language, rows in spellings.items() for n, text in rows.items()]


@pytest.mark.parametrize(("language", "n", "text"), table(NUMBERS))
def test_a_number_is_counted_as_people_count(language: str, n: int, text: str) -> None:
    assert spell_number(language, n) == text


@pytest.mark.parametrize(("language", "n", "text"), table(ORDINALS))
def test_a_place_in_the_queue_is_an_ordinal(language: str, n: int, text: str) -> None:
    assert spell_ordinal(language, n) == text
    assert text in spell_position(language, n)


@pytest.mark.parametrize(("language", "n", "text"), table(MINUTES))
def test_a_wait_is_a_duration(language: str, n: int, text: str) -> None:
    assert spell_minutes(language, n) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ko", "일 이 공"),
        ("en", "one two zero"),
        ("zh", "幺二零"),
        ("ja", "いち に ゼロ"),
        ("vi", "một hai không"),
        ("mn", "нэг хоёр тэг"),
    ],
)
def test_digits_are_dictated_as_on_the_telephone(language: str, text: str) -> None:
    assert spell_digits(language, "1-2 0٣²") == text  # other scripts' digits are no keys of a telephone


@given(st.sampled_from(LANGUAGES), st.integers(0, 9998))
def test_two_numbers_never_sound_alike(language: str, n: int) -> None:
    assert spell_number(language, n).strip()
    assert spell_number(language, n) != spell_number(language, n + 1)
    assert not re.search(r"[0-9]|  ", spell_number(language, n))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_place_and_wait_has_a_spelling_of_its_own(language: str) -> None:
    for speller, lowest, highest in (
        (spell_number, 0, 9999),
        (spell_ordinal, 1, 999),
        (spell_minutes, 1, 180),
    ):
        texts = [speller(language, n) for n in range(lowest, highest + 1)]
        assert len(set(texts)) == len(texts)


@given(st.integers(1, 180))
def test_korean_counts_hours_natively_and_minutes_in_sino_korean(n: int) -> None:
    text = spell_minutes("ko", n)
    assert re.fullmatch(r"((한|두|세) 시간)? ?([일이삼사오육칠팔구십]+ 분)?", text), text


@given(st.integers(1, 99))
def test_korean_places_are_native(n: int) -> None:
    tens, ones = "열|스물|서른|마흔|쉰|예순|일흔|여든|아흔", "한|두|세|네|다섯|여섯|일곱|여덟|아홉"
    assert re.fullmatch(f"첫 번째|스무 번째|({tens})?({ones})? 번째", spell_ordinal("ko", n))


@pytest.mark.parametrize(
    ("speller", "n"),
    [
        (spell_number, -1),
        (spell_number, 10_000),
        (spell_ordinal, 0),
        (spell_ordinal, 1000),
        (spell_minutes, 0),
        (spell_minutes, 181),
    ],
)
def test_what_cannot_be_spelled_is_refused_and_named(speller: object, n: int) -> None:
    with pytest.raises(ValueError, match=str(n)):
        speller("ko", n)  # type: ignore[operator]


def test_a_language_the_centre_does_not_speak_is_refused() -> None:
    with pytest.raises(ValueError, match="'fr'"):
        spell_number("fr", 1)


@pytest.mark.parametrize(
    ("written", "heard"),
    [("안녕하십니까", "안녕하심니까"), ("합니다", "함니다"), ("입력", "임녁"), ("십육 분", "심뉵 분"), ("백만", "뱅만"),
     ("꽃만", "꼰만"),
     ("담당 부서", "담당 부서"), ("종로", "종노"), ("press nine", "press nine")],
)  # fmt: skip
def test_korean_is_respelled_as_it_is_pronounced(written: str, heard: str) -> None:
    assert as_pronounced(written) == heard
