"""A call that reaches us, and the policy that says what becomes of it (RFC 3261 sections 9.2, 13.3)."""

import asyncio
import contextlib
from dataclasses import dataclass

from phones import sdp
from phones.address import Via
from phones.call import Call
from phones.dialog import Dialog
from phones.session import ALLOW, Line, State
from phones.transactions import ServerTransaction


@dataclass(frozen=True, slots=True)
class Policy:
    """What a phone does with a call by itself."""

    after: float | None = 0.0  # seconds until it acts; None: rings until somebody acts
    reject: int | None = None  # the SIP answer instead of 200
    ring: bool = True  # sends 180 at once
    hang_up_after: float | None = None  # seconds of talk


def answer(after: float = 0.0, *, ring: bool = True, hang_up_after: float | None = None) -> Policy:
    return Policy(after, None, ring, hang_up_after)


def reject(status: int, after: float = 0.0, *, ring: bool = False) -> Policy:
    return Policy(after, status, ring)


NEVER_ANSWER = Policy(after=None)


class IncomingCall(Call):
    def __init__(self, line: Line, transaction: ServerTransaction) -> None:
        super().__init__(line, Dialog.incoming(transaction.request, transaction.source))
        self.invite = transaction.request
        self._transaction = transaction
        self._theirs: sdp.Audio | None = None
        self._codec = sdp.PCMA
        self.fetched = False  # by Phone.incoming_call

    @property
    def dialled_number(self) -> str:
        """The user part of the request URI."""
        return self.invite.uri.partition(":")[2].partition("@")[0]

    @property
    def branch(self) -> str:
        """What a CANCEL names this call by."""
        return Via.parse(self.invite.headers.all("via")[0]).branch

    @property
    def _open(self) -> bool:
        """Neither answered nor over."""
        return self.state in (State.CALLING, State.RINGING)

    async def follow(self, policy: Policy) -> None:
        """Rings, answers, refuses as the policy says."""
        if not self._understand():
            return
        if policy.ring:
            self._ring()
        if policy.after is None:
            return
        await asyncio.sleep(policy.after)
        if policy.reject is not None:
            self.reject(policy.reject)
            return
        await self.answer()
        if policy.hang_up_after is not None:
            with contextlib.suppress(TimeoutError):
                await self.ended(policy.hang_up_after)
            await self.hangup()

    def _understand(self) -> bool:
        """False when the offer is refused, which it then already is."""
        if not self.invite.body:
            return True  # they want our offer; theirs comes with the ACK
        try:
            self._theirs = sdp.parse(self.invite.body)
        except ValueError:
            self.reject(400)
            return False
        codec = sdp.choose(self._theirs)
        if codec is None or not self._theirs.port:
            self.reject(488)
            return False
        self._codec = codec
        return True

    def _ring(self) -> None:
        if self.state is State.CALLING:
            self.state = State.RINGING
            self._transaction.respond(180, headers=self._contact(), tag=self.dialog.local.tag)
            self.note("180 Ringing")

    async def answer(self) -> None:
        """200 OK; audio flows at once. Does nothing when the call is already answered or gone."""
        if not self._open:
            return
        if not self.media.address[1]:
            await self.media.open(self._line.contact.host, self._line.rtp_ports)
            if not self._open:  # they gave up meanwhile
                self.media.close()
                return
        body = self.answer_to(self._theirs, self._codec) if self._theirs else self.offer()
        self.state, self.status = State.ANSWERED, 200
        headers = (*self._contact(), ("allow", ALLOW), ("content-type", "application/sdp"))
        self._transaction.respond(200, headers=headers, body=body, tag=self.dialog.local.tag)
        self.await_ack(self._transaction)
        if self._theirs:
            self.use(self._theirs, self._codec)
        self.note("answered")

    def reject(self, status: int) -> None:
        if self._open:
            self.status = status
            self._transaction.respond(status, tag=self.dialog.local.tag)
            self.end(f"refused with {status}", by_us=True)

    def cancelled(self) -> None:
        """The CANCEL itself is answered by the phone (section 9.2)."""
        if self._open:
            self.status = 487
            self._transaction.respond(487, tag=self.dialog.local.tag)
            self.end("cancelled by them")

    async def hangup(self) -> None:
        if self._open:
            self.reject(603)
            return
        await super().hangup()

    def _contact(self) -> tuple[tuple[str, str], ...]:
        return (("contact", f"<{self._line.contact}>"),)
