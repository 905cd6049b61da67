"""Checks before a start: each names the thing, what was found, and the setting to change."""

import socket
from pathlib import Path

import pytest

from centre120.settings import Settings
from ops import checks


def settings(home: Path, **values: object) -> Settings:
    return Settings(home=home, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_a_port_in_use_is_named_with_its_setting(kind: str) -> None:
    family = socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, family) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == "tcp":
            taken.listen()
        number = taken.getsockname()[1]
        [problem] = checks.port_problems([checks.Port("web_port", "127.0.0.1", number, kind)])
        assert problem.code == "port-in-use"
        assert f"127.0.0.1:{number}/{kind}" in problem.text
        assert "CENTRE120_WEB_PORT" in problem.next_step
    assert checks.port_problems([checks.Port("web_port", "127.0.0.1", number, kind)]) == []


def test_an_address_of_another_machine_is_refused_and_not_called_in_use() -> None:
    [problem] = checks.port_problems([checks.Port("sip_port", "192.0.2.1", 5060, "udp")])
    assert problem.code == "port-refused"


def test_the_demo_needs_the_carriers_ports_too(tmp_path: Path) -> None:
    plain = {port.setting for port in checks.ports(settings(tmp_path))}
    demo = {port.setting for port in checks.ports(settings(tmp_path, demo=True))}
    assert demo - plain == {"carrier_port"}


def test_the_holder_of_a_port_is_found_among_listeners_only() -> None:
    table = (
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0100007F:1FB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1\n"
        "   1: 0100007F:1FB8 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1\n"
    )
    assert checks.inodes_of(table, 8120) == {"4711"}
    assert checks.inodes_of(table, 8121) == set()


def test_a_long_home_is_refused_by_as_many_bytes_as_it_is_too_long() -> None:
    longest = len("/run/supervisor.sock.4194304")
    fits = Path("/" + "x" * (checks.SOCKET_PATH_BYTES - longest - 1))
    assert checks.path_problems(settings(fits)) == []
    [problem] = checks.path_problems(settings(Path(f"{fits}yyy")))
    assert problem.code == "path-too-long"
    assert "by 3 bytes" in problem.next_step
    assert "CENTRE120_HOME" in problem.next_step


def test_a_korean_folder_counts_in_bytes() -> None:
    assert checks.path_problems(settings(Path("/" + "시" * 25)))


def test_too_little_room_is_told_in_megabytes(tmp_path: Path) -> None:
    [problem] = checks.disk_problems(tmp_path / "not" / "there", 10**18)
    assert problem.code == "disk-full"
    assert checks.disk_problems(tmp_path / "not" / "there", 1) == []
