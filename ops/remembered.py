"""What the environment told `./120 up`, kept in <home>/state/up.env (0600).

So that programs started with a bare environment, and `./120 status` typed into another shell, see the
same ports and the same database. `up` writes it anew each time; settings.env stays the operator's own
file.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from centre120.settings import Settings
from ops.secrets import write_secret

NOT_KEPT = ("CENTRE120_HOME", "CENTRE120_STARTED_AT", "CENTRE120_PYTHON")


def file_of(home: Path) -> Path:
    """Where it is kept."""
    return home / "state" / "up.env"


def to_remember(environment: Mapping[str, str], options: Mapping[str, object]) -> str:
    """The file's text: CENTRE120_* variables, overruled by the options given on the command line."""
    kept = {
        name: value
        for name, value in environment.items()
        if name.startswith("CENTRE120_") and name not in NOT_KEPT
    }
    kept |= {f"CENTRE120_{name.upper()}": str(value) for name, value in options.items() if value is not None}
    escaped = (
        (name, value.replace("\\", "\\\\").replace("'", "\\'")) for name, value in sorted(kept.items())
    )
    return "".join(f"{name}='{value}'\n" for name, value in escaped)


def remember(settings: Settings, options: Mapping[str, object]) -> None:
    """Writes the file."""
    path = file_of(settings.home)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_secret(path, to_remember(os.environ, options))


def forget(settings: Settings) -> None:
    """Removes it, after `down`."""
    file_of(settings.home).unlink(missing_ok=True)
