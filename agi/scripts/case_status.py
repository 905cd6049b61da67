"""case_status: what became of the case whose number was keyed in? Sets the prompts that the dialplan plays.

Only the status and the department's kind of work are said: whoever knows a case number is not thereby its citizen.
"""

from agi.session import Session
from agi.store_access import ask_store
from centre120 import names
from centre120.cases import parse_case_number
from centre120.spoken import status_announcement
from centre120.store.cases import find_case_status
from centre120.store.database import Transaction


async def case_status(session: Session) -> None:
    language = session.environment.get("agi_language", "ko")
    number = parse_case_number(session.argument)
    if number is None:
        await session.set_variable(names.SAY, "&".join(status_announcement(language, "", None)))
        await session.done()
        return
    found = await ask_store(_status_or_unknown, number)
    if found is None:
        return  # the store can not say: no CENTRE_AGI_DONE, the dialplan tells the citizen and connects a person
    await session.set_variable(names.SAY, "&".join(status_announcement(language, number, found)))
    await session.done()


def _status_or_unknown(tx: Transaction, number: str) -> str:
    status = find_case_status(tx, number)
    return status.status if status is not None else "unknown"
