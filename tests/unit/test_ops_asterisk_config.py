"""Asterisk's configuration: placeholders are known, folders are there, passwords stay private."""

import resource
from pathlib import Path

import pytest

from centre120.errors import CentreError
from centre120.settings import REPOSITORY, Settings
from ops import asterisk_config
from ops.asterisk_part import Asterisk
from ops.parts import Part
from ops.secrets import ensure_secrets


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path / "home", port_base=41_000)
    ensure_secrets(made.home)
    return made


@pytest.fixture
def asterisk(tmp_path: Path) -> Asterisk:
    documentation = tmp_path / "documentation"
    documentation.mkdir()
    part = Part("asterisk", "22.10.1", tmp_path)
    return Asterisk("22.10.1", tmp_path / "asterisk", tmp_path / "modules", documentation, part)


def templates(folder: Path, **files: str) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.conf").write_text(text)
    return folder


def test_placeholders_are_replaced_and_addresses_with_an_at_sign_are_not() -> None:
    text = "bind = @BIND_HOST@:@SIP_PORT@ ; sip:user@host@example\n"
    rendered = asterisk_config.render(text, {"BIND_HOST": "127.0.0.1", "SIP_PORT": "5060"}, "x")
    assert rendered == "bind = 127.0.0.1:5060 ; sip:user@host@example\n"


def test_an_unknown_placeholder_is_named_with_file_and_line() -> None:
    with pytest.raises(CentreError, match=r"asterisk\.conf\.d/pjsip\.conf, line 2, uses @SIP_PROT@"):
        asterisk_config.render("[udp]\nbind = @SIP_PROT@\n", {}, "asterisk.conf.d/pjsip.conf")


def test_files_folders_and_links_are_there(settings: Settings, asterisk: Asterisk, tmp_path: Path) -> None:
    source = templates(
        tmp_path / "t",
        asterisk="astmoddir => @MODULES_DIR@\n",
        ari="password = @ARI_PASSWORD@\nport=@ARI_PORT@\n",
    )
    assert asterisk_config.write_configuration(settings, asterisk, source) == ["ari.conf", "asterisk.conf"]
    etc = settings.asterisk_dir / "etc"
    assert (etc / "ari.conf").read_text() == f"password = {settings.secret('ari_password')}\nport=41001\n"
    assert (etc / "ari.conf").stat().st_mode & 0o777 == 0o600
    assert (settings.asterisk_dir / "lib" / "documentation").resolve() == asterisk.documentation_dir
    assert (settings.asterisk_dir / "lib" / "sounds").resolve() == settings.home / "sounds"
    assert settings.cdr_file.parent.is_dir()
    assert settings.cel_file.parent.is_dir()


def test_a_second_start_changes_nothing_and_a_template_that_went_takes_its_file_along(
    settings: Settings, asterisk: Asterisk, tmp_path: Path
) -> None:
    source = templates(tmp_path / "t", asterisk="x\n", queues="y\n")
    asterisk_config.write_configuration(settings, asterisk, source)
    assert asterisk_config.write_configuration(settings, asterisk, source) == []
    (source / "queues.conf").unlink()
    assert asterisk_config.write_configuration(settings, asterisk, source) == ["queues.conf"]


def test_nothing_to_render_is_an_error(settings: Settings, asterisk: Asterisk, tmp_path: Path) -> None:
    with pytest.raises(CentreError, match=r"holds no asterisk\.conf"):
        asterisk_config.write_configuration(settings, asterisk, templates(tmp_path / "t", queues="y\n"))


def test_the_databases_password_never_reaches_asterisk(settings: Settings, asterisk: Asterisk) -> None:
    with_url = settings.model_copy(update={"database_url": "postgresql://u:geheim@db/c"})
    values = asterisk_config.placeholders(with_url, asterisk, Path("/d"))
    assert "DATABASE_URL" not in values
    assert not [name for name, value in values.items() if "geheim" in value]


@pytest.mark.skipif(not (REPOSITORY / "asterisk.conf.d").is_dir(), reason="no templates in this checkout")
def test_our_own_templates_render(settings: Settings, asterisk: Asterisk) -> None:
    assert "modules.conf" in asterisk_config.write_configuration(settings, asterisk)


def test_asterisk_asks_for_no_more_files_than_the_account_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """More would be refused, and Asterisk would stay at the soft limit, usually 1,024: a hundred calls."""
    for hard, asked in ((4096, 4096), (1_048_576, 20_000), (resource.RLIM_INFINITY, 20_000)):
        monkeypatch.setattr(resource, "getrlimit", lambda _which, hard=hard: (1024, hard))
        assert asterisk_config.open_files() == asked


@pytest.mark.parametrize(
    ("asked", "rtp", "allowed"),
    [(500, (20_000, 23_999), 500), (5000, (20_000, 23_999), 1000), (500, (20_000, 20_399), 100)],
)
def test_never_more_citizens_than_may_meet_an_agent(
    asked: int, rtp: tuple[int, int], allowed: int, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, max_citizens=asked, rtp_start=rtp[0], rtp_end=rtp[1])
    assert settings.max_citizens == allowed
