"""The unit for production says what the code needs, and systemd can read it."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from centre120.settings import REPOSITORY, Settings
from ops.checks import SOCKET_PATH_BYTES, socket_paths

UNIT = REPOSITORY / "deploy" / "systemd" / "centre120.service"


def service() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(UNIT.read_text(encoding="utf-8"))
    return parser["Service"]


def test_it_runs_the_one_command_in_the_foreground_without_rights() -> None:
    unit = service()
    assert unit["ExecStart"].endswith("/120 up") and unit["User"] == "centre120"
    assert unit["NoNewPrivileges"] == "yes" and unit["CapabilityBoundingSet"] == ""
    home = Path(unit["Environment"].partition("CENTRE120_HOME=")[2])
    assert home == Path("/var/lib") / unit["StateDirectory"]  # the only place it may write
    assert all(len(str(path)) <= SOCKET_PATH_BYTES for path in socket_paths(Settings(home=home)))


def test_the_documents_tell_how_to_install_it() -> None:
    assert "deploy/systemd/centre120.service" in (REPOSITORY / "docs/operating.md").read_text(
        encoding="utf-8"
    )


def test_systemd_can_read_it(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze on this machine")
    here = UNIT.read_text(encoding="utf-8").replace("/opt/centre120", str(REPOSITORY))
    copy = tmp_path / "centre120.service"
    copy.write_text(here, encoding="utf-8")
    done = subprocess.run(
        [program, "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False
    )
    ours = [
        line
        for line in done.stderr.splitlines()
        if "centre120.service" in line and "/120 is not exec" not in line
    ]
    assert ours == []
