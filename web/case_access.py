"""Who may open which case. Supervisors: all; an agent: those of their own calls, and of citizens of this shift."""

from flask_babel import gettext as _
from flask_login import current_user

from centre120.cases import parse_case_number
from centre120.resident_numbers import mask_resident_numbers
from centre120.store.agents_calls import has_case, has_citizen
from centre120.store.cases import Case, find_case
from centre120.store.database import Transaction
from centre120.store.errors import NotFound
from web.access import SUPERVISOR
from web.people import SHIFT
from web.refusals import refuse
from web.storage import now, transaction


def case_for_reader(number: str) -> Case:
    """The case that this person may read. 403, on record, when it is not theirs; 404 when a supervisor asks for none."""
    with transaction() as tx:
        case = find_case(tx, number) if parse_case_number(number) else None
        theirs = supervises() or (case is not None and _is_theirs(tx, case))
    if not theirs:
        named = number if case else mask_resident_numbers(number[:40])
        refuse(f"case:{named[:40]}", _("This case is not yours."))
    if case is None:
        raise NotFound("case", mask_resident_numbers(number[:40]))
    return case


def supervises() -> bool:
    """Whether this person answers for all cases."""
    return bool(current_user.role == SUPERVISOR)


def writer() -> str:
    """By what name this person stands in a case's history: an agent's extension, else the login."""
    return str(current_user.extension or current_user.login)


def _is_theirs(tx: Transaction, case: Case) -> bool:
    extension = current_user.extension
    if not extension:
        return False
    if has_case(tx, case.case_id, extension):
        return True
    citizen = case.citizen_number
    return citizen is not None and has_citizen(tx, citizen, extension, now() - SHIFT)
