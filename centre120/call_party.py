"""Who called, on which trunk, to which number, in which language. No clock, no I/O."""

from collections.abc import Sequence

from centre120 import names
from centre120.call_readings import extra_of, said
from centre120.caller_id import caller_name, caller_number
from centre120.clean_text import CALLER_NAME_LIMIT, FIELD_LIMIT, clean_text, decode_uri
from centre120.witnesses import CelEvent, JournalRecord


def caller_number_of(
    entered: dict[str, str], start: CelEvent | None, queued: JournalRecord | None
) -> str | None:
    """Encoded in the dialplan's own event (nothing a caller can write stands in other CEL fields of ours)."""
    if queued is not None and "caller_number" in queued.fields:
        number = said(queued, "caller_number")
    elif "number" in entered:
        number = decode_uri(entered["number"])
    else:
        number = start.num if start else None
    return caller_number((number or "").strip())


def caller_name_of(
    entered: dict[str, str], start: CelEvent | None, queued: JournalRecord | None
) -> str | None:
    if entered.get("name"):
        return caller_name(decode_uri(entered["name"], FIELD_LIMIT)) or None
    told = said(queued, "caller_name") or (start.name if start else "")
    return clean_text(told, CALLER_NAME_LIMIT) or None


def language_of(cel: Sequence[CelEvent], queued: JournalRecord | None) -> str | None:
    told = [
        said(queued, "language"),
        extra_of(cel, names.CEL_QUEUED),
        extra_of(cel, names.CEL_LANGUAGE, last=True),
    ]
    return next((language for language in told if language in names.LANGUAGES), None)


def trunk_of(start: CelEvent | None) -> str | None:
    return next((t for t in names.TRUNKS if start and start.channame.startswith(f"PJSIP/{t}-")), None)


def dialled_of(cel: Sequence[CelEvent], channel: str | None) -> str | None:
    """The extension that the INVITE asked for, as Asterisk first saw it."""
    began = next((e for e in cel if e.event == "CHAN_START" and e.uniqueid == channel), None)
    return began.exten if began and began.exten not in ("s", "") else None
