"""Resident registration numbers of a case: masked where they were written, encrypted beside it, shown whole on purpose only.

The key is no part of the database (`secrets/record_keys`, one key a line): a dump or a stolen disk of PostgreSQL alone tells
nobody anything. The first key seals, all of them open; `rotate_seals` seals everything again with the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import insert, select, update

from centre120.cases import parse_case_number
from centre120.errors import CentreError, Fault
from centre120.resident_numbers import ResidentNumber, find_resident_numbers, mask_resident_numbers
from centre120.store.database import Transaction
from centre120.store.errors import NotFound
from centre120.store.rows import columns_of, to_values
from centre120.store.schema.cases import cases, sealed_numbers


class Sealer:
    """Encrypts with the first key, opens with any. Keys: 32 bytes in URL-safe base64, as `secrets/record_keys` has them."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = MultiFernet([Fernet(key.rstrip("=") + "=") for key in keys])

    def seal(self, case_id: int, digits: str) -> str:
        """The case is sealed in: a token copied to another case does not open there."""
        return self._keys.encrypt(f"{case_id}:{digits}".encode("ascii")).decode("ascii")

    def open(self, case_id: int, token: str) -> str:
        """Thirteen digits. Raises `seal-broken` when no key fits, or the token is another case's."""
        try:
            owner, _, digits = self._keys.decrypt(token).decode("ascii").partition(":")
        except InvalidToken as error:
            raise _broken(case_id) from error
        if owner != str(case_id):
            raise _broken(case_id)
        return digits

    def again(self, token: str) -> str:
        """The same number, sealed with the first key. Raises InvalidToken."""
        return self._keys.rotate(token).decode("ascii")


def sealer_of(record_keys: str) -> Sealer:
    """From the text of `secrets/record_keys`."""
    return Sealer([line.strip() for line in record_keys.splitlines() if line.strip()])


@dataclass(frozen=True)
class SealedNumber:
    sealed_id: int
    field: str
    masked: str
    at: datetime
    by: str


def mask_and_seal(
    tx: Transaction, case_id: int, field: str, text: str, by: str, now: datetime, sealer: Sealer | None
) -> str:
    """`text` as it may be stored. Numbers not sealed for this case before are; without a sealer they are masked and gone."""
    found = find_resident_numbers(text)
    if not found:
        return text
    spared = _case_numbers(tx, found)
    for one in found:
        if sealer is not None and one.digits not in spared and not _is_sealed(tx, case_id, one, sealer):
            token = sealer.seal(case_id, one.digits)
            shared = {"case_id": case_id, "field": field, "masked": one.masked}
            tx.execute(insert(sealed_numbers).values(**shared, token=token, at=now, by=by))
    return mask_resident_numbers(text, spared)


def list_sealed_numbers(tx: Transaction, case_id: int) -> list[SealedNumber]:
    """Oldest first; masked."""
    query = select(*columns_of(SealedNumber, sealed_numbers)).where(sealed_numbers.c.case_id == case_id)
    return to_values(SealedNumber, tx.execute(query.order_by(sealed_numbers.c.sealed_id)))


def open_sealed_number(tx: Transaction, case_id: int, sealed_id: int, sealer: Sealer) -> str:
    """`900101-1234567`. Whoever calls this writes the access log. Raises NotFound, `seal-broken`."""
    there = sealed_numbers.c
    token = tx.scalar(select(there.token).where(there.case_id == case_id, there.sealed_id == sealed_id))
    if token is None:
        raise NotFound("sealed number", sealed_id)
    digits = sealer.open(case_id, token)
    return f"{digits[:6]}-{digits[6:]}"


def rotate_seals(tx: Transaction, sealer: Sealer, after: int = 0, limit: int = 500) -> tuple[int, int]:
    """Seal the next `limit` numbers behind `after` with the first key: (how many, the last one's id); 0 of them: all done."""
    there = sealed_numbers.c
    query = select(there.sealed_id, there.token).where(there.sealed_id > after).order_by(there.sealed_id)
    rows = tx.execute(query.limit(limit).with_for_update()).all()
    for row in rows:
        renewed = update(sealed_numbers).where(there.sealed_id == row.sealed_id)
        tx.execute(renewed.values(token=sealer.again(row.token)))
    return len(rows), rows[-1].sealed_id if rows else after


def _case_numbers(tx: Transaction, found: Sequence[ResidentNumber]) -> frozenset[str]:
    """Those of them that are numbers of cases: a case number typed without hyphens looks the same."""
    wanted = [one.digits for one in found if parse_case_number(one.digits)]
    query = select(cases.c.case_number).where(cases.c.case_number.in_(wanted))
    return frozenset(tx.scalars(query)) if wanted else frozenset()


def _is_sealed(tx: Transaction, case_id: int, number: ResidentNumber, sealer: Sealer) -> bool:
    there = sealed_numbers.c
    alike = select(there.token).where(there.case_id == case_id, there.masked == number.masked)
    return any(_opens_as(sealer, case_id, token, number.digits) for token in tx.scalars(alike))


def _opens_as(sealer: Sealer, case_id: int, token: str, digits: str) -> bool:
    try:
        return sealer.open(case_id, token) == digits
    except CentreError:  # a lost key must not stop the agent from saving
        return False


def _broken(case_id: int) -> CentreError:
    return CentreError(
        "seal-broken",
        f"A sealed number of case {case_id} can not be opened: no key of secrets/record_keys fits it.",
        "Put the key it was sealed with back into secrets/record_keys, below the present one.",
        Fault.MACHINE,
    )
