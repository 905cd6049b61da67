"""The signalling of one call, common to both directions: dialog, audio, re-INVITE, ACK, BYE (RFC 3261 12,
14, 15).

How a call begins is in `outgoing.py` and `incoming.py`; what people and tests do with it in `call.py`.
"""

import secrets
import time
from collections.abc import Callable, Coroutine, Sequence
from enum import Enum
from typing import Protocol

from phones import sdp
from phones.address import Uri
from phones.dialog import Dialog
from phones.media import MediaStream
from phones.message import Request, Response
from phones.sources import Source
from phones.transactions import ClientTransaction, ServerTransaction, Transactions
from phones.waiting import Signal

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, NOTIFY"
"""No PRACK, no UPDATE, no REFER: 100rel, session timers and transfers by the phone are not spoken here."""


class State(Enum):
    CALLING = "calling"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


class Line(Protocol):
    """What a call needs of its phone."""

    transactions: Transactions
    known_tones: Sequence[int]
    rtp_ports: tuple[int, int] | None
    source: Source

    def make_media(self, on_change: Callable[[], None]) -> MediaStream: ...

    @property
    def contact(self) -> Uri: ...

    def spawn(self, work: Coroutine[None, None, None]) -> None: ...

    def cancel(self, cancel: Request, invite: ClientTransaction) -> None: ...

    async def exchange(
        self, dialog: Dialog, method: str, headers: tuple[tuple[str, str], ...] = (), body: bytes = b"",
        on_response: Callable[[Response], None] | None = None,
        on_sent: Callable[[ClientTransaction], None] | None = None,
    ) -> Response | None: ...  # fmt: skip


class Session:
    def __init__(self, line: Line, dialog: Dialog) -> None:
        self.dialog = dialog
        self.state = State.CALLING
        self.status: int | None = None  # last SIP answer to the INVITE
        self.reason = ""
        self.ended_by_us = False
        self.held = False  # by the other side
        self.began = time.monotonic()
        self.log: list[tuple[float, str]] = []  # (monotonic time, what)
        self.changed = Signal()
        self._line = line
        self.media = line.make_media(self.changed.notify)
        self._session, self._version = secrets.randbits(31), 0
        self._ours_pending = False  # a re-INVITE of ours is under way
        self._last_ack: Request | None = None
        self._unacknowledged: ServerTransaction | None = None  # our 2xx that waits for its ACK

    def note(self, what: str) -> None:
        self.log.append((time.monotonic(), what))
        self.changed.notify()

    def __str__(self) -> str:
        return f"call {self.dialog.local.uri.user} with {self.dialog.remote.uri.user}"

    async def hangup(self) -> None:
        """Ends the call in whatever state it is; returns when the other side has confirmed or stays
        silent."""
        if self.state is State.ANSWERED:
            self.end("hung up by us", by_us=True)
            await self._line.exchange(self.dialog, "BYE")

    def offer(self, direction: str = "sendrecv") -> bytes:
        self._version += 1
        host, port = self.media.address
        return sdp.offer(host, port, self._session, self._version, direction=direction)

    def answer_to(self, theirs: sdp.Audio, codec: int) -> bytes:
        self._version += 1
        host, port = self.media.address
        return sdp.answer(theirs, host, port, self._session, self._version, codec)

    def use(self, theirs: sdp.Audio, codec: int) -> None:
        """Sends audio where they said; stops sending while they hold us."""
        if theirs.held != self.held:
            self.held = theirs.held
            self.note("held" if self.held else "resumed")
        self.media.sending = not theirs.held
        self.media.start((theirs.host, theirs.port), codec, theirs.events)

    async def _reinvite(self, direction: str) -> bool:
        self._ours_pending = True
        try:
            headers = (("contact", f"<{self._line.contact}>"), ("content-type", "application/sdp"))
            response = await self._line.exchange(
                self.dialog, "INVITE", headers, self.offer(direction), self._acknowledge_again
            )
            if response is None or not 200 <= response.status < 300:
                return False
            self.accept_answer(response)
            self.media.muted = direction == "sendonly"
            self.note("holding" if direction == "sendonly" else "talking")
            return True
        finally:
            self._ours_pending = False

    def accept_answer(self, response: Response) -> None:
        """ACKs a 2xx and uses its answer; a description we can not use ends the call."""
        self.dialog.refresh_target(response)
        self._last_ack = self.dialog.request("ACK", cseq=response.cseq[0])
        self._send_ack()
        try:
            theirs = sdp.parse(response.body)
            codec = sdp.choose(theirs)
            if codec is None or theirs.port == 0:
                raise ValueError("no common codec")
            self.use(theirs, codec)
        except ValueError as error:
            self.note(f"unusable answer: {error}")
            self._line.spawn(self.hangup())

    def _acknowledge_again(self, response: Response) -> None:
        """A 2xx that comes again: our ACK was lost (RFC 3261 section 13.2.2.4)."""
        if self._last_ack is not None and self._last_ack.cseq == response.cseq[0]:
            self._send_ack()

    def _send_ack(self) -> None:
        if self._last_ack is not None:
            self._line.transactions.send_ack(self._last_ack, self.dialog.next_hop)

    def receive(self, transaction: ServerTransaction) -> None:
        """A request within this dialog (section 12.2.2)."""
        request = transaction.request
        if request.cseq <= self.dialog.remote_cseq:
            transaction.respond(500)
            return
        self.dialog.remote_cseq = request.cseq
        if request.method == "BYE":
            transaction.respond(200)
            why = request.headers.get("reason")  # RFC 3326; Asterisk says Q.850;cause=16
            self.end(f"hung up by them ({why})" if why else "hung up by them")
        elif request.method == "INVITE":
            self._receive_reinvite(transaction)
        elif request.method in ("INFO", "NOTIFY", "OPTIONS"):
            transaction.respond(200)
        else:
            transaction.respond(405, headers=(("allow", ALLOW),))

    def _receive_reinvite(self, transaction: ServerTransaction) -> None:
        if self.state is not State.ANSWERED or self._ours_pending:
            transaction.respond(491)
            return
        headers = (("contact", f"<{self._line.contact}>"), ("content-type", "application/sdp"))
        self.dialog.refresh_target(transaction.request)
        if not transaction.request.body:
            transaction.respond(200, headers=headers, body=self.offer())
            self.await_ack(transaction)
            return
        try:
            theirs = sdp.parse(transaction.request.body)
        except ValueError:
            transaction.respond(400)
            return
        codec = sdp.choose(theirs)
        if codec is None:
            transaction.respond(488)
            return
        transaction.respond(200, headers=headers, body=self.answer_to(theirs, codec))
        self.await_ack(transaction)
        self.use(theirs, codec)

    def await_ack(self, transaction: ServerTransaction) -> None:
        self._unacknowledged = transaction
        transaction.on_unacknowledged = lambda: self._line.spawn(self.hangup())

    def receive_ack(self, ack: Request) -> None:
        transaction = self._unacknowledged
        if transaction is None or transaction.acknowledged:
            return
        transaction.acknowledge()
        if ack.body and not transaction.request.body:  # the answer to an offer that we made in the 200
            try:
                theirs = sdp.parse(ack.body)
                self.use(theirs, sdp.choose(theirs) or self.media.codec)
            except ValueError as error:
                self.note(f"unusable answer: {error}")

    def end(self, reason: str, *, by_us: bool = False) -> None:
        if self.state is State.ENDED:
            return
        self.state, self.reason, self.ended_by_us = State.ENDED, reason, by_us
        self.media.close()
        if self._unacknowledged is not None:
            self._unacknowledged.stop()
        self.note(f"ended: {reason}")
