"""Korean: two sets of numerals, and the counter decides which.

Native numerals (하나, 둘, 셋) count with 번째 and 시간, Sino-Korean ones (일, 이, 삼) with 분 (minute). Before a counter
하나, 둘, 셋, 넷, 스물 become the determiners 한, 두, 세, 네, 스무 (National Institute of Korean Language, Standard
Korean Dictionary, 수관형사); first is 첫 번째, yet twenty-first is 스물한 번째. Native numerals end at 아흔아홉: hundreds are
Sino-Korean (백세 번째). A leading 일 is not said in 십, 백, 천. Zero is 영 as a number, 공 in a telephone number.
"""

from centre120.spoken.grammar import Grammar, spaced

_SINO = ("", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구")
_POWERS = ((1000, "천"), (100, "백"), (10, "십"))
_NATIVE_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_NATIVE_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")


def sino(n: int) -> str:
    """삼백이십일."""
    if n == 0:
        return "영"
    text = ""
    for value, name in _POWERS:
        count, n = divmod(n, value)
        if count:
            text += ("" if count == 1 else _SINO[count]) + name
    return text + _SINO[n]


def native_determiner(n: int) -> str:
    """The native numeral as it stands before a counter: 세, 스무, 스물한; hundreds Sino-Korean."""
    hundreds, rest = divmod(n, 100)
    text = sino(hundreds * 100) if hundreds else ""
    if rest == 20:
        return text + "스무"
    return text + _NATIVE_TENS[rest // 10] + _NATIVE_ONES[rest % 10]


def ordinal(n: int) -> str:
    """첫 번째, 세 번째, 스물한 번째."""
    return "첫 번째" if n == 1 else f"{native_determiner(n)} 번째"


KOREAN = Grammar(
    number=sino,
    ordinal=ordinal,
    hours=lambda n: f"{native_determiner(n)} 시간",
    minutes=lambda n: f"{sino(n)} 분",
    digits=("공", *_SINO[1:]),
    joined=spaced,
    digit_gap=" ",
    position="현재 {}로 기다리고 계십니다.",
    position_beyond="현재 아흔아홉 분이 넘게 기다리고 계십니다.",
    wait="예상 대기 시간은 약 {}입니다.",
    wait_below_a_minute="예상 대기 시간은 일 분 미만입니다.",
    wait_beyond_an_hour="예상 대기 시간은 한 시간이 넘습니다.",
)
