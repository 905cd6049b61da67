"""Who may change a case that they may read. Pure: values in, a value out."""

CLOSED = "closed"
REOPENED = "reopened"


def may_change(supervises: bool, stored_status: str, given_status: str | None) -> bool:
    """Agents change what is not closed. A closed case they may only reopen, in the same save: the citizen asks again."""
    return supervises or stored_status != CLOSED or given_status == REOPENED
