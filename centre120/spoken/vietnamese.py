"""Vietnamese: the ones change after the tens.

After mươi, one is mốt, four is tư, five is lăm (hai mươi mốt, hai mươi tư, hai mươi lăm); after mười only five
changes (mười lăm, but mười một, mười bốn). Twenty and more say mươi, ten says mười. An empty ten is linh (northern; một
trăm linh năm), an empty hundred is không trăm. First is thứ nhất, fourth thứ tư (L. C. Thompson, A Vietnamese
Reference Grammar, section on numerals).
"""

from centre120.spoken.grammar import Grammar, spaced

_ONES = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_AFTER_TENS = {1: "mốt", 4: "tư", 5: "lăm"}


def _below_hundred(n: int) -> str:
    tens, ones = divmod(n, 10)
    if tens == 0:
        return _ONES[ones]
    if tens == 1:
        return "mười" + ("" if ones == 0 else " lăm" if ones == 5 else f" {_ONES[ones]}")
    return f"{_ONES[tens]} mươi" + (f" {_AFTER_TENS.get(ones, _ONES[ones])}" if ones else "")


def number(n: int) -> str:
    """ba trăm hai mươi mốt."""
    thousands, rest = divmod(n, 1000)
    hundreds, last = divmod(rest, 100)
    words = [f"{_ONES[thousands]} nghìn"] if thousands else []
    if hundreds or (thousands and last):
        words.append(f"{_ONES[hundreds]} trăm")
    if last or not words:
        words += ["linh"] if words and last < 10 else []
        words.append(_below_hundred(last))
    return " ".join(words)


def ordinal(n: int) -> str:
    """thứ nhất, thứ ba, thứ tư, thứ hai mươi mốt."""
    return f"thứ {({1: 'nhất', 4: 'tư'}).get(n, number(n))}"


VIETNAMESE = Grammar(
    number=number,
    ordinal=ordinal,
    hours=lambda n: f"{number(n)} giờ",
    minutes=lambda n: f"{number(n)} phút",
    digits=_ONES,
    joined=spaced,
    digit_gap=" ",
    position="Quý vị đang chờ ở vị trí {}.",
    position_beyond="Hiện có hơn chín mươi chín người đang chờ.",
    wait="Thời gian chờ dự kiến khoảng {}.",
    wait_below_a_minute="Thời gian chờ dự kiến chưa đến một phút.",
    wait_beyond_an_hour="Thời gian chờ dự kiến hơn một giờ.",
)
