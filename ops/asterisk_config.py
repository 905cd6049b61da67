"""Renders asterisk.conf.d/*.conf into <home>/asterisk/etc and makes the folders Asterisk expects.

`@NAME@` in a template is a setting in upper case (@SIP_PORT@), a place (@RECORDINGS_DIR@, @CEL_FILE@), or
one of REPOSITORY, DIALPLAN_DIR, SOUNDS_DIR, MODULES_DIR, DATA_DIR, ARI_PASSWORD, AMI_PASSWORD, HOST_NAME, MAX_CALLS,
MAX_FILES.
Anything else between two @ is an error that names file and line: a half-rendered file would start an
Asterisk that does half its work.
"""

import os
import re
import resource
import socket
from collections.abc import Mapping
from pathlib import Path

from centre120.errors import CentreError, Fault
from centre120.settings import REPOSITORY, Settings
from ops import dialplan_versions
from ops.asterisk_part import Asterisk
from ops.parts import put_link
from ops.secrets import write_secret

MOST_FILES = 20_000
PLACEHOLDER = re.compile(r"@([A-Z][A-Z0-9_]*)@")


def placeholders(settings: Settings, asterisk: Asterisk, dialplan: Path) -> dict[str, str]:
    """Every name a template may use, with its value."""
    values = {name.upper(): _word(getattr(settings, name)) for name in type(settings).model_fields}
    for name in dir(type(settings)):
        if name.endswith(("_dir", "_file")) and isinstance(getattr(type(settings), name), property):
            values[name.upper()] = str(getattr(settings, name))
    # The database's address may hold a password, and Asterisk has no business with it.
    values.pop("DATABASE_URL", None)
    return values | {
        "REPOSITORY": str(REPOSITORY),
        "DIALPLAN_DIR": str(dialplan),
        "SOUNDS_DIR": str(settings.home / "sounds"),
        "MODULES_DIR": str(asterisk.modules_dir),
        "DATA_DIR": str(settings.asterisk_dir / "lib"),
        "ARI_PASSWORD": settings.secret("ari_password"),
        "AMI_PASSWORD": settings.secret("ami_password"),
        "HOST_NAME": socket.gethostname(),
        "MAX_CALLS": str(2 * settings.max_citizens + 100),
        "MAX_FILES": str(open_files()),
    }


def open_files() -> int:
    """File descriptors for Asterisk: as many as it could use, or as the account may have.

    More than the hard limit would be refused, and Asterisk would go on with the soft one, usually 1,024.
    """
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)


def _word(value: object) -> str:
    """A setting as Asterisk writes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def render(text: str, values: Mapping[str, str], file: str) -> str:
    """`text` with every placeholder replaced. Raises `unknown-placeholder` with file and line."""
    lines = []
    for number, line in enumerate(text.split("\n"), start=1):
        for name in PLACEHOLDER.findall(line):
            if name not in values:
                raise CentreError(
                    "unknown-placeholder",
                    f"{file}, line {number}, uses @{name}@, which is no setting and no place of the centre.",
                    "Correct the name; docs/dialplan.md lists them all.",
                    Fault.CONFIGURATION,
                )
        lines.append(PLACEHOLDER.sub(lambda match: values[match[1]], line))
    return "\n".join(lines)


def dialplan_dir(settings: Settings) -> Path:
    """What Asterisk includes: the published dialplan, dialplan/ of the checkout until there is one; or CENTRE120_DIALPLAN_DIR."""
    override = os.environ.get("CENTRE120_DIALPLAN_DIR")
    return Path(override).absolute() if override else dialplan_versions.live_link(settings)


def make_folders(settings: Settings, asterisk: Asterisk) -> None:
    """What must exist before Asterisk starts.

    Without `documentation` it does not start, without `cdr-custom` every CDR is lost, without `keys` and
    `recording` it complains and records nothing.
    """
    base = settings.asterisk_dir
    for name in (
        "etc",
        "lib/keys",
        "spool/recording",
        "spool/monitor",
        "spool/tmp",
        "log/cdr-custom",
        "log/cel-custom",
        "run",
    ):
        (base / name).mkdir(parents=True, exist_ok=True)
    for folder in (settings.recordings_dir, settings.run_dir, settings.home / "sounds" / "music"):
        folder.mkdir(parents=True, exist_ok=True)
    put_link(base / "lib" / "documentation", asterisk.documentation_dir)
    put_link(base / "lib" / "sounds", settings.home / "sounds")


def write_configuration(
    settings: Settings, asterisk: Asterisk, templates: Path | None = None, dialplan: Path | None = None
) -> list[str]:
    """Renders every template and removes what earlier templates left. Returns the names that changed.

    Raises `no-asterisk-configuration` when there is nothing to render, `unknown-placeholder`.
    """
    templates = templates or REPOSITORY / "asterisk.conf.d"
    values = placeholders(settings, asterisk, dialplan or dialplan_dir(settings))
    rendered = {
        file.name: render(file.read_text(encoding="utf-8"), values, f"{templates.name}/{file.name}")
        for file in sorted(templates.glob("*.conf"))
    }
    if "asterisk.conf" not in rendered:
        raise CentreError(
            "no-asterisk-configuration",
            f"{templates} holds no asterisk.conf.",
            "Check out the whole project again.",
            Fault.CONFIGURATION,
        )
    make_folders(settings, asterisk)
    target = settings.asterisk_dir / "etc"
    changed = []
    for name, text in rendered.items():
        path = target / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_secret(path, text)  # manager.conf and ari.conf hold passwords
            changed.append(name)
    for path in target.glob("*.conf"):
        if path.name not in rendered:
            path.unlink()
            changed.append(path.name)
    return changed
