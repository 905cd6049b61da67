"""What was rendered from what: `<home>/sounds/rendered.json`. Lost or broken, everything is rendered anew."""

import json
from dataclasses import asdict, dataclass

from ops.prompts.places import Places, write_atomically


@dataclass(frozen=True)
class Entry:
    """One sound file."""

    digest: str  # of what it was made from; "" is never current
    origin: str  # recording, gtts, espeak-ng, tone
    language: str  # that is heard; not the folder's when another language stands in
    size: int  # bytes


def read_ledger(places: Places) -> dict[str, Entry]:
    """By `<language>/<id>`."""
    try:
        facts = json.loads(places.ledger.read_bytes())
        return {name: Entry(**entry) for name, entry in facts.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_ledger(places: Places, entries: dict[str, Entry]) -> None:
    """Sorted, one entry a line: readable when somebody asks why a prompt sounds as it does."""
    lines = [f"{json.dumps(name)}: {json.dumps(asdict(entry))}" for name, entry in sorted(entries.items())]
    write_atomically(places.ledger, ("{\n" + ",\n".join(lines) + "\n}\n").encode())


def is_current(places: Places, name: str, entry: Entry | None, digest: str) -> bool:
    """Whether that file is there and made from just this."""
    if entry is None or not digest or entry.digest != digest:
        return False
    try:
        return (places.sounds / f"{name}.wav").stat().st_size == entry.size
    except OSError:
        return False
