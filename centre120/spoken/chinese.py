"""Chinese (Mandarin): two words for two, zeros inside a number, ordinals with 第.

两 before a measure word (两分钟, 两个小时) and before 千; 二 in ordinals (第二位), in 十二, 二十 and 二百, and as the last
digit (二十二分钟). One 零 stands for any run of zeros inside a number, none at its end (一千零五, 一千零一十). 10-19
drop the leading 一 only at the front (十五, but 一百一十五). In dictated numbers 1 is 幺 (Lü Shuxiang, 现代汉语八百词,
on 二 and 两).
"""

from centre120.spoken.grammar import Grammar

_DIGITS = "零一二三四五六七八九"


def number(n: int) -> str:
    """三百二十一."""
    if n == 0:
        return "零"
    text, gap = "", False
    for value, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        count, n = divmod(n, value)
        if not count:
            gap = bool(text)
            continue
        digit = "两" if count == 2 and value == 1000 else _DIGITS[count]
        text += ("零" if gap else "") + digit + name
        gap = False
    return text.removeprefix("一") if text.startswith("一十") else text


def counted(n: int) -> str:
    """The number before a measure word."""
    return "两" if n == 2 else number(n)


CHINESE = Grammar(
    number=number,
    ordinal=lambda n: f"第{number(n)}位",
    hours=lambda n: f"{counted(n)}个小时",
    minutes=lambda n: f"{counted(n)}分钟",
    digits=("零", "幺", *_DIGITS[2:]),
    joined=lambda hours, minutes, count: f"{hours}{f'零{number(count)}分钟' if count < 10 else minutes}",
    digit_gap="",
    position="您现在排在{}。",
    position_beyond="现在有超过九十九位市民在等候。",
    wait="预计等候时间约{}。",
    wait_below_a_minute="预计等候时间不到一分钟。",
    wait_beyond_an_hour="预计等候时间超过一个小时。",
)
