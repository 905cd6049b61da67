"""Korean respelled as it is pronounced, for a synthesiser that reads letter by letter.

espeak-ng knows most sound changes, yet neither the nasal ones (Standard Pronunciation, articles 18 and 19: 합니다 is
[함니다], 입력 [임녁]) nor the inserted ㄴ of numerals (article 29: 십육 is [심뉵]). These are the loudest mistakes in
announcements full of -습니다 and numbers; the text on the screen stays as it is written.
"""

_FIRST, _LAST = 0xAC00, 0xD7A3
_NIEUN, _RIEUL, _MIEUM = 2, 5, 6  # as first consonants
_NASAL_OF = {
    **dict.fromkeys((1, 2, 3, 9, 24), 21),  # ㄱ ㄲ ㄳ ㄺ ㅋ -> ㅇ
    **dict.fromkeys((7, 19, 20, 22, 23, 25, 27), 4),  # ㄷ ㅅ ㅆ ㅈ ㅊ ㅌ ㅎ -> ㄴ
    **dict.fromkeys((11, 14, 17, 18, 26), 16),  # ㄼ ㄿ ㅂ ㅄ ㅍ -> ㅁ
}
"""Last consonant before a nasal -> what is heard. Numbered as in Unicode's Hangul syllables, from 1."""

_M, _NG = 16, 21
_INSERTED = (("십육", "심뉵"), ("백육", "뱅뉵"), ("천육", "천뉵"))


def as_pronounced(text: str) -> str:
    """안녕하십니까, 십육 분 -> 안녕하심니까, 심뉵 분."""
    for written, heard in _INSERTED:
        text = text.replace(written, heard)
    letters = list(text)
    for place in range(len(letters) - 1):
        if not (_is_syllable(letters[place]) and _is_syllable(letters[place + 1])):
            continue
        last = (ord(letters[place]) - _FIRST) % 28
        first = (ord(letters[place + 1]) - _FIRST) // 588
        if first == _RIEUL and (last in (_M, _NG) or last in _NASAL_OF):
            letters[place + 1] = chr(ord(letters[place + 1]) - (_RIEUL - _NIEUN) * 588)
            first = _NIEUN
        if first in (_NIEUN, _MIEUM) and last in _NASAL_OF:
            letters[place] = chr(ord(letters[place]) - last + _NASAL_OF[last])
    return "".join(letters)


def _is_syllable(letter: str) -> bool:
    return _FIRST <= ord(letter) <= _LAST
