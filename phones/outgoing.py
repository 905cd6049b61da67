"""A call that we place: INVITE, its progress, CANCEL before the answer (RFC 3261 sections 9.1, 13.2)."""

import contextlib

from phones import sdp
from phones.call import Call
from phones.dialog import Dialog
from phones.message import Headers, Request, Response
from phones.session import ALLOW, Line, State
from phones.transactions import ClientTransaction


class OutgoingCall(Call):
    def __init__(self, line: Line, dialog: Dialog, headers: tuple[tuple[str, str], ...]) -> None:
        super().__init__(line, dialog)
        self._extra = headers
        self._cancelled = self._cancel_sent = False
        self.transaction: ClientTransaction | None = None  # of the latest INVITE

    async def place(self) -> None:
        """Sends the INVITE (again with a proof when asked for one) and follows it to its end."""
        headers = (
            ("contact", f"<{self._line.contact}>"),
            ("allow", ALLOW),
            ("content-type", "application/sdp"),
            *self._extra,
        )
        self.note("calling")
        response = await self._line.exchange(
            self.dialog, "INVITE", headers, self.offer(), self._progress, self._sent
        )
        if response is None:
            self.end("no answer from the network: nothing listens there, or packets are lost")
            return
        self.status = response.status
        if response.status >= 300:
            self.end(f"{response.status} {response.reason}", by_us=self._cancelled)
            return
        self.dialog.learn(response)
        if self._cancelled:  # the answer crossed our CANCEL
            self.dialog.refresh_target(response)
            self._last_ack = self.dialog.request("ACK", cseq=response.cseq[0])
            self._send_ack()
            self.end("cancelled by us", by_us=True)
            await self._line.exchange(self.dialog, "BYE")
            return
        self.state = State.ANSWERED
        self.note(f"{response.status} {response.reason}")
        self.accept_answer(response)

    def _sent(self, transaction: ClientTransaction) -> None:
        self.transaction = transaction

    def _progress(self, response: Response) -> None:
        if response.status >= 200:
            self._acknowledge_again(response)
            return
        if self._cancelled:
            self._send_cancel()
        self.status = response.status
        if response.status > 100:
            if self.state is State.CALLING:
                self.state = State.RINGING
            self.note(f"{response.status} {response.reason}")
            self._early_audio(response)

    def _early_audio(self, response: Response) -> None:
        """A 183 with a description lets us hear announcements before the answer (section 13.2.1)."""
        if response.body and self.media.packets_sent == 0:
            with contextlib.suppress(ValueError):
                theirs = sdp.parse(response.body)
                self.use(theirs, sdp.choose(theirs) or sdp.PCMA)

    async def hangup(self) -> None:
        if self.state in (State.CALLING, State.RINGING):
            self._cancelled = True
            if self.transaction is not None and self.transaction.proceeding:
                self._send_cancel()
            # Before any provisional answer a CANCEL may overtake the INVITE: it follows the first 1xx
            # (section 9.1).
            await self.ended(40)
            return
        await super().hangup()

    def _send_cancel(self) -> None:
        if self._cancel_sent or self.transaction is None:
            return
        self._cancel_sent = True
        invite = self.transaction.request
        same = [p for p in invite.headers if p[0] in ("from", "to", "call-id", "max-forwards", "route")]
        cancel = Request("CANCEL", invite.uri, Headers([*same, ("cseq", f"{invite.cseq} CANCEL")]))
        self.note("cancelling")
        self._line.cancel(cancel, self.transaction)
