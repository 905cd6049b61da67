"""case_status: what became of the case whose tracking code or number was keyed in? Sets the prompts that the dialplan plays.

Only the status is said: whoever knows a number is not thereby its citizen. Wrong ones are limited (agi/guesses.py): then
nothing is told, the dialplan says so and connects a person.
"""

import time

from agi.guesses import Guesses
from agi.session import Session
from agi.store_access import ask_store
from centre120 import names
from centre120.cases import parse_case_number
from centre120.spoken import status_announcement
from centre120.store.cases import find_case_status
from centre120.store.database import Transaction
from centre120.tracking import parse_tracking_code

guesses = Guesses()


async def case_status(session: Session) -> None:
    language = session.environment.get("agi_language", "ko")
    if not guesses.may_ask(session.call_id, session.caller_number, time.monotonic()):
        return  # no CENTRE_AGI_DONE: the dialplan tells the citizen and connects a person
    number = parse_tracking_code(session.argument) or parse_case_number(session.argument)
    found = await ask_store(_status_or_unknown, number) if number else None
    if number and found is None:
        return  # the store can not say: a person, again
    if found in (None, "unknown"):
        guesses.record_miss(session.call_id, session.caller_number, time.monotonic())
    await session.set_variable(names.SAY, "&".join(status_announcement(language, number or "", found)))
    await session.done()


def _status_or_unknown(tx: Transaction, number: str) -> str:
    status = find_case_status(tx, number)
    return status.status if status is not None else "unknown"
