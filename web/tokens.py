"""Tickets for `ari_app`: who listens to the live stream, and which number of the directory a desk may dial.

Formats: docs/architecture.md, Live stream.
"""

from itsdangerous import BadSignature, URLSafeTimedSerializer

from centre120.settings import Settings
from centre120.store.directory import DirectoryHit
from centre120.told import TellableEntry, entry_of


def _serializer(settings: Settings, salt: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret("token_key"), salt=salt)


def live_token(settings: Settings, extension: str, role: str) -> str:
    """Opens one agent's stream, for 60 s."""
    return str(_serializer(settings, "live").dumps({"extension": extension, "role": role}))


def answer_token(settings: Settings, entry: TellableEntry) -> str:
    """Lets a desk put on record that this entry, in this version, was told."""
    return str(_serializer(settings, "answer").dumps(entry.as_json()))


def answer_of(settings: Settings, token: str) -> TellableEntry | None:
    """What `answer_token` signed, however long ago: a browser may have been shut for days with a stamp in it."""
    try:
        return entry_of(_serializer(settings, "answer").loads(token))
    except BadSignature:
        return None


def target_token(
    settings: Settings, number: str, name: str, department_id: int, official_id: int | None
) -> str:
    """Lets a desk transfer to this number."""
    value = {"number": number, "name": name, "department_id": department_id, "official_id": official_id}
    return str(_serializer(settings, "target").dumps(value))


def target_of(settings: Settings, hit: DirectoryHit) -> str:
    """The hit itself."""
    return target_token(settings, hit.number, hit.name_ko, hit.department_id, hit.official_id)


def deputy_of(settings: Settings, hit: DirectoryHit) -> str | None:
    """Who stands in while the official is absent."""
    if not hit.deputy_number or not hit.deputy_name:
        return None
    return target_token(settings, hit.deputy_number, hit.deputy_name, hit.department_id, hit.deputy_id)
