"""Asterisk's own console (`asterisk -rx`), for what only it answers. Through its control socket, as its own account."""

import subprocess

from centre120.settings import Settings

DEADLINE_SECONDS = 10.0


def ask_console(settings: Settings, command: str, seconds: float = DEADLINE_SECONDS) -> str | None:
    """What Asterisk says to `command`; None when it is not there or does not answer in time."""
    program = str(settings.parts_dir / "bin" / "asterisk")
    configuration = str(settings.asterisk_dir / "etc" / "asterisk.conf")
    try:
        done = subprocess.run(
            [program, "-C", configuration, "-rx", command],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 and "Unable to connect" not in done.stdout else None
