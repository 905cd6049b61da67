"""Which Asterisk the centre accepts, and what it must be able to load."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from centre120.errors import CentreError
from centre120.settings import Settings
from ops import asterisk_part, doctor, parts, recipes
from ops.asterisk_part import Asterisk
from ops.parts import Part


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


CONF = "load = res_pjsip.so\nload = app_new.so\n"


def unpack(parts_dir: Path, modules: Sequence[str]) -> None:
    """A fetched Asterisk that holds these modules, as `parts.install` leaves it."""
    root = parts_dir / f"asterisk-22.10.1-{len(modules)}"
    folder = root / "usr/lib" / parts.TRIPLET / "asterisk/modules"
    folder.mkdir(parents=True)
    for name in modules:
        (folder / name).touch()
    (root / "part.json").write_text('{"name": "asterisk", "version": "1:22.10.1~dfsg"}')
    link = parts_dir / "asterisk-current"
    link.unlink(missing_ok=True)
    link.symlink_to(root.name)


@pytest.fixture
def fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """No network: what would be asked of forky is noted, and unpacked."""
    asked: list[list[str]] = []

    def from_forky(parts_dir: Path, modules: list[str]) -> None:
        asked.append(modules)
        unpack(parts_dir, modules)

    monkeypatch.setattr(asterisk_part, "system_asterisk", lambda: None)
    monkeypatch.setattr(asterisk_part, "_fetch_from_forky", from_forky)
    monkeypatch.setattr(recipes, "modules_conf", lambda: CONF)
    return asked


def test_a_part_that_lacks_a_module_is_found_and_fetched_again(
    tmp_path: Path, fetched: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    unpack(tmp_path, ["res_pjsip.so"])
    settings = Settings(home=tmp_path, parts=tmp_path, database_url="postgresql://elsewhere/x")
    assert recipes.needs_network(settings)
    (finding,) = [one for one in doctor.check_parts(settings) if one.check == "Asterisk"]
    assert finding.result == doctor.FAIL and "app_new.so" in finding.found and "./120 up" in finding.next_step
    made = recipes.ensure_asterisk(tmp_path)
    assert fetched == [["res_pjsip.so", "app_new.so"]]
    assert asterisk_part.modules_lacking(made, CONF) == []
    recipes.ensure_asterisk(tmp_path)
    assert len(fetched) == 1  # whole now: not fetched at every start
    (finding,) = [one for one in doctor.check_parts(settings) if one.check == "Asterisk"]
    assert finding.result == doctor.OK


def test_the_machines_own_asterisk_is_not_replaced_but_named(
    tmp_path: Path, fetched: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Asterisk(
        "22.10.1", tmp_path / "bin/asterisk", tmp_path, tmp_path, Part("asterisk", "22.10.1", Path("/"))
    )
    monkeypatch.setattr(asterisk_part, "find", lambda _: own)
    with pytest.raises(CentreError, match=r"app_new\.so") as refused:
        recipes.ensure_asterisk(tmp_path)
    assert refused.value.code == "asterisk-modules" and fetched == []
