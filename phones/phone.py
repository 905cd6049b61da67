"""A SIP phone on asyncio: registers, calls, is called. One `Phone` is one socket and any number of calls.

    async with Phone("127.0.0.2", tone=tones.CITIZEN) as citizen:
        call = await citizen.call("sip:120@127.0.0.1:5060", from_number="0212345678")
        await call.answered(5)
        await call.heard(tones.AGENTS[0], within=20)

No 100rel, no session timers, no UPDATE: requests that *require* them are refused with 420 (RFC 3261 section
8.2.2.3).
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType

from phones import incoming, tones
from phones.address import NameAddr, Uri, Via
from phones.call import Call
from phones.dialog import Dialog
from phones.incoming import IncomingCall, Policy
from phones.media import MediaStream
from phones.message import Request
from phones.outgoing import OutgoingCall
from phones.session import ALLOW, State
from phones.sources import SILENT, Source
from phones.transactions import ServerTransaction, Transactions
from phones.transport import open_transport
from phones.user_agent import UserAgent

KEEP_CALLS_SECONDS = 300.0


class Phone(UserAgent):
    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        user: str = "phone",
        password: str = "",
        tone: int | None = None,
        source: Source | None = None,
        policy: Policy | Callable[[IncomingCall], Policy] = incoming.NEVER_ANSWER,
        on_call: Callable[[IncomingCall], Awaitable[None]] | None = None,
        rtp_ports: tuple[int, int] | None = None,
        known_tones: Sequence[int] = tuple(tones.PARTY_TONES.values()),
        transport: str = "udp",
        media: Callable[[Callable[[], None]], MediaStream] | None = None,
    ) -> None:
        super().__init__(user, password, Transactions(self._receive, self._receive_ack), transport)
        self.source = source or (Source(tone=tone) if tone else SILENT)
        self.policy, self.on_call = policy, on_call
        self.rtp_ports, self.known_tones = rtp_ports, known_tones
        self.calls: list[Call] = []
        self._bind = (host, port)
        self._media = media  # instead of a socket and a ticker of this process (hundreds of calls at once)

    def make_media(self, on_change: Callable[[], None]) -> MediaStream:
        """The audio of a new call; it says `on_change` when something was heard or sent."""
        if self._media is not None:
            return self._media(on_change)
        return MediaStream(self.source, self.known_tones, on_change)

    # --- life -----------------------------------------------------------------------------------------
    async def start(self) -> None:
        self.transactions.transport = await open_transport(
            self._transport_name, *self._bind, self.transactions.receive
        )

    async def close(self) -> None:
        """Hangs up what is still up, politely but without waiting long, and closes the sockets."""
        live = [call for call in self.calls if call.state is not State.ENDED]
        if live:
            await asyncio.wait([asyncio.ensure_future(call.hangup()) for call in live], timeout=0.5)
        for call in self.calls:
            call.media.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.transactions.close()

    async def __aenter__(self) -> "Phone":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # --- calling --------------------------------------------------------------------------------------
    async def call(
        self,
        uri: str,
        *,
        from_number: str | None = None,
        display_name: str | bytes = "",
        headers: Sequence[tuple[str, str]] = (),
        source: Source | None = None,
    ) -> OutgoingCall:
        """Sends the INVITE and returns at once: `await call.answered(...)`.

        `uri` needs an IP literal as host: nobody resolves names here. Bytes as `display_name` go out as
        they are.
        """
        target = Uri.parse(uri)
        if isinstance(display_name, bytes):
            display_name = display_name.decode("utf-8", "surrogateescape")
        local = NameAddr(Uri(self.user if from_number is None else from_number, *self.address), display_name)
        first_hop = target.destination
        dialog = Dialog.outgoing(local, NameAddr(target), self.address[0], first_hop)
        call = OutgoingCall(self, dialog, tuple(headers))
        if source is not None:
            call.media.source = source
        dialog.request("INVITE", cseq=1, headers=tuple(headers)).to_bytes()  # says now what can not be sent
        await call.media.open(self.address[0], self.rtp_ports)
        self._add(call)
        self.spawn(call.place())
        return call

    @property
    def busy(self) -> bool:
        return any(call.state is not State.ENDED for call in self.calls)

    def _add(self, call: Call) -> None:
        # A robot phone lives for weeks: calls whose transactions are forgotten too need not be kept.
        old = time.monotonic() - KEEP_CALLS_SECONDS
        self.calls = [c for c in self.calls if c.state is not State.ENDED or c.log[-1][0] > old]
        self.calls.append(call)

    async def incoming_call(self, within: float) -> IncomingCall:
        """The next incoming call that nobody has fetched yet."""

        def fresh() -> IncomingCall | None:
            return next((c for c in self.calls if isinstance(c, IncomingCall) and not c.fetched), None)

        call = await self.changed.until(fresh, within, f"a call for {self.user}")
        assert call is not None  # noqa: S101 - until returns only what is true
        call.fetched = True
        return call

    # --- being called ---------------------------------------------------------------------------------
    def _receive(self, transaction: ServerTransaction) -> None:
        request = transaction.request
        try:
            if required := [name for name in request.headers.all("require") if name]:
                transaction.respond(420, headers=(("unsupported", ", ".join(required)),))
            elif request.method == "CANCEL":
                self._receive_cancel(transaction)
            elif NameAddr.parse(request.headers.get("to")).tag:
                self._receive_in_dialog(transaction)
            elif request.method == "INVITE":
                self._receive_invite(transaction)
            elif request.method in ("OPTIONS", "NOTIFY"):
                headers = (("allow", ALLOW), ("accept", "application/sdp"))
                transaction.respond(200, headers=headers, tag=secrets.token_hex(4))
            else:
                transaction.respond(405, headers=(("allow", ALLOW),))
        except ValueError as error:
            transaction.respond(400, f"Bad Request: {str(error).splitlines()[0][:80]}".replace("\r", " "))

    def _receive_invite(self, transaction: ServerTransaction) -> None:
        transaction.respond(100)
        call = IncomingCall(self, transaction)
        self._add(call)
        policy = self.policy(call) if callable(self.policy) else self.policy
        self.spawn(call.follow(policy))
        if self.on_call is not None:
            self.spawn(_run(self.on_call(call)))
        self.changed.notify()

    def _receive_cancel(self, transaction: ServerTransaction) -> None:
        branch = Via.parse(transaction.request.headers.all("via")[0]).branch
        for call in self.calls:
            if isinstance(call, IncomingCall) and call.branch == branch:
                transaction.respond(200, tag=call.dialog.local.tag)
                call.cancelled()
                return
        transaction.respond(481)

    def _receive_in_dialog(self, transaction: ServerTransaction) -> None:
        for call in self.calls:
            if call.dialog.matches(transaction.request) and call.state is not State.ENDED:
                call.receive(transaction)
                return
        transaction.respond(481)

    def _receive_ack(self, ack: Request) -> None:
        for call in self.calls:
            if call.dialog.matches(ack):
                call.receive_ack(ack)


async def _run(work: Awaitable[None]) -> None:
    await work
