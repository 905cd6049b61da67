"""Dialplan and Python meet in centre120/names.py only, compared both ways; and rules no dialplan file may break."""

import re
from pathlib import Path

from centre120 import names, numbers
from centre120.settings import REPOSITORY

FILES = sorted((REPOSITORY / "dialplan").glob("*.conf"))


def lines(path: Path) -> list[str]:
    """Without comments."""
    return [
        line
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.lstrip().startswith(";")
    ]


TEXT = "\n".join(line for path in FILES for line in lines(path))


def constants(prefix: str) -> set[str]:
    return {
        value for name, value in vars(names).items() if name.startswith(prefix) and isinstance(value, str)
    }


def test_every_context_is_in_names_and_the_other_way_round() -> None:
    assert set(re.findall(r"^\[([a-z-]+)\]$", TEXT, re.MULTILINE)) == constants("CTX_")


def test_every_cel_event_is_in_names_and_the_other_way_round() -> None:
    assert set(re.findall(r"CELGenUserEvent\((\w+)", TEXT)) == constants("CEL_")


def test_every_channel_variable_is_in_names_and_the_other_way_round() -> None:
    ours = {
        value for name, value in vars(names).items() if isinstance(value, str) and value.startswith("CENTRE_")
    } - constants("CEL_")
    used = set(
        re.findall(
            r"\bCENTRE_[A-Z_]+", re.sub(r"CELGenUserEvent\(\w+", "", TEXT).replace("__CENTRE", "CENTRE")
        )
    )
    assert used == ours


def test_every_fastagi_script_asked_for_exists_and_the_other_way_round() -> None:
    from agi.scripts import SCRIPTS

    asked = set(re.findall(r"Gosub\(ask,s,1\((\w+)", TEXT))
    assert asked | {names.AGI_ALIVE} == set(SCRIPTS) == constants("AGI_") - {names.AGI_DONE}


def test_the_numbers_answered_are_those_of_numbers_py() -> None:
    inbound = (
        (REPOSITORY / "dialplan" / "10-inbound.conf")
        .read_text(encoding="utf-8")
        .partition("[inbound-outside]")[0]
    )
    found: dict[str, tuple[str, bool]] = {}
    for dialled, application in re.findall(r"^exten => (\+?\d+),1,(.*)$", inbound, re.MULTILINE):
        direct = re.match(r"Set\(CENTRE_ORIGIN_NUMBER=(\d+)\)", application)
        outside = re.match(r"Goto\(inbound-outside,(\d+),1\)", application)
        assert direct or outside, application
        found[dialled] = (direct[1], False) if direct else (outside[1], True)  # type: ignore[index]
    assert found == numbers.DIALLED


def test_modules_loaded_are_a_whitelist_without_sql_shell_and_web() -> None:
    modules = (REPOSITORY / "asterisk.conf.d" / "modules.conf").read_text(encoding="utf-8")
    assert "autoload = no" in modules
    for name in (
        "pgsql",
        "odbc",
        "res_config",
        "func_curl",
        "func_shell",
        "func_env",
        "app_system",
        "res_xmpp",
        "stir_shaken",
        "app_exec",
    ):
        assert f"{name}" not in modules.replace("res_sorcery_config", ""), name
