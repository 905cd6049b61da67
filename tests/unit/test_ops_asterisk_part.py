"""Which Asterisk the centre accepts, and what it must be able to load."""

import pytest

from ops import asterisk_part


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Asterisk 22.10.1+dfsg+~cs6.17.60671434-1\n", (22, 10, 1)),
        ("Asterisk certified/20.7-cert4\n", None),
        ("1:22.11.0~dfsg+~cs6-2", (22, 11, 0)),
        ("Asterisk GIT-master-abc", None),
        ("", None),
    ],
)
def test_parse_version(text: str, version: tuple[int, int, int] | None) -> None:
    assert asterisk_part.parse_version(text) == version


@pytest.mark.parametrize(
    ("version", "accepted"),
    [
        pytest.param((22, 10, 1), True, id="the floor"),
        pytest.param((22, 10, 0), False, id="twenty advisories open"),
        pytest.param((22, 9, 9), False, id="older"),
        pytest.param((22, 11, 0), True, id="newer of the branch"),
        pytest.param((23, 1, 0), False, id="another branch"),
        pytest.param(None, False, id="unreadable"),
    ],
)
def test_acceptable(version: tuple[int, int, int] | None, accepted: bool) -> None:
    assert asterisk_part.acceptable(version) is accepted


def test_modules_wanted_reads_both_ways_of_writing_and_no_comment() -> None:
    text = "[modules]\nload = res_pjsip.so\nload => chan_pjsip.so\n;load = app_system.so\nnoload = x.so\n"
    assert asterisk_part.modules_wanted(text) == ["res_pjsip.so", "chan_pjsip.so"]
