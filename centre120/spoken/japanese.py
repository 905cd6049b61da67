"""Japanese, written in kana: the synthesiser reads no kanji, and the counters change their sound.

分 is ふん after 2, 5, 7, 9 and ぷん after 1, 3, 4, 6, 8, 10 and 100, where all but 3 and 4 double the consonant
(いっぷん, じゅっぷん, but さんぷん, よんぷん). 300, 600, 800, 3000 and 8000 change too.
時間 takes よ, しち and く for 4, 7 and 9. 番目 changes nothing (NHK 日本語発音アクセント新辞典, table of counters).
Words are set apart by spaces, so that the synthesiser knows the particles は and へ.
"""

from centre120.spoken.grammar import Grammar, spaced

_ONES = ("", "いち", "に", "さん", "よん", "ご", "ろく", "なな", "はち", "きゅう")
_HUNDREDS = {1: "ひゃく", 3: "さんびゃく", 6: "ろっぴゃく", 8: "はっぴゃく"}
_THOUSANDS = {1: "せん", 3: "さんぜん", 8: "はっせん"}
_HOURS = {4: "よ", 7: "しち", 9: "く"}
_MINUTES = (
    "じゅっぷん",
    "いっぷん",
    "にふん",
    "さんぷん",
    "よんぷん",
    "ごふん",
    "ろっぷん",
    "ななふん",
    "はっぷん",
    "きゅうふん",
)


def number(n: int) -> str:
    """さんびゃくにじゅういち."""
    if n == 0:
        return "ゼロ"
    thousands, rest = divmod(n, 1000)
    hundreds, rest = divmod(rest, 100)
    tens, ones = divmod(rest, 10)
    return "".join(
        (
            _THOUSANDS.get(thousands, f"{_ONES[thousands]}せん") if thousands else "",
            _HUNDREDS.get(hundreds, f"{_ONES[hundreds]}ひゃく") if hundreds else "",
            ("" if tens == 1 else _ONES[tens]) + "じゅう" if tens else "",
            _ONES[ones],
        )
    )


def minutes(n: int) -> str:
    """さんぷん, じゅっぷん, にじゅうごふん."""
    before, ones = n - n % 10, n % 10
    if ones:
        return (number(before) if before else "") + _MINUTES[ones]
    return number(n).removesuffix("じゅう") + _MINUTES[0]


JAPANESE = Grammar(
    number=number,
    ordinal=lambda n: f"{number(n)}ばんめ",
    hours=lambda n: f"{_HOURS.get(n, number(n))}じかん",
    minutes=minutes,
    digits=("ゼロ", *_ONES[1:]),
    joined=spaced,
    digit_gap=" ",
    position="ただいま {} で おまち です。",
    position_beyond="ただいま きゅうじゅうきゅうにん を こえる かた が おまち です。",
    wait="まちじかん は、やく {} です。",
    wait_below_a_minute="まちじかん は、いっぷん みまん です。",
    wait_beyond_an_hour="まちじかん は、いちじかん を こえます。",
)
