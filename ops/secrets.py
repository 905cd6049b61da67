"""The random secrets of a home, made once, each a file that only the account of the centre may read."""

import os
import secrets
from pathlib import Path

NAMES = ("ari_password", "ami_password", "token_key", "web_key", "record_keys")


def write_secret(path: Path, text: str) -> None:
    """A file of mode 0600 with `text`, whole or not at all."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(path)


def ensure_secrets(home: Path) -> list[str]:
    """Makes the secrets that are missing or empty; those that are there stay. Returns the names made."""
    folder = home / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    made = []
    for name in NAMES:
        path = folder / name
        if not path.exists() or not path.read_text(encoding="ascii").strip():
            write_secret(path, secrets.token_urlsafe(32) + "\n")
            made.append(name)
    return made
