"""SIP transactions over any transport: retransmit, recognise duplicates, give up in time (RFC 3261 section
17).

Simplified where one machine or LAN allows it: no forking, no DNS, and the states of the RFC's drawings are
told apart by which timer still runs. The caller of this layer sees each request and each response once -
but for a 2xx to an INVITE, which comes again when our ACK was lost (section 13.2.2.4).
"""

import asyncio
import secrets
from collections.abc import Callable, Iterator

from phones import timers
from phones.address import Via
from phones.message import Headers, Message, Request, Response
from phones.status import REASONS
from phones.transport import Address, Transport

MAGIC = "z9hG4bK"  # section 8.1.1.7
Key = tuple[str, str]


class _Repeater:
    """Sends the same bytes again after each pause; calls `on_end` when the pauses are over."""

    def __init__(self, send: Callable[[], None], pauses: Iterator[float], on_end: Callable[[], None]) -> None:
        self._send, self._pauses, self._on_end = send, pauses, on_end
        self._timer: asyncio.TimerHandle | None = None
        self._next()

    def _next(self) -> None:
        pause = next(self._pauses, None)
        if pause is None:
            self._timer = None
            self._on_end()
            return
        self._timer = asyncio.get_running_loop().call_later(pause, self._again)

    def _again(self) -> None:
        self._send()
        self._next()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class ClientTransaction:
    """One request of ours and its responses (sections 17.1.1 and 17.1.2)."""

    def __init__(
        self,
        layer: "Transactions",
        request: Request,
        to: Address,
        on_response: Callable[[Response | None], None],
    ) -> None:
        self.request, self._layer, self.to = request, layer, to
        self._on_response = on_response
        self._final: int | None = None
        self.proceeding = False  # a provisional response came: a CANCEL may follow (section 9.1)
        self._data = request.to_bytes()
        self._give_up: asyncio.TimerHandle | None = None
        self._send()
        invite = request.method == "INVITE"
        pauses = timers.invite_pauses() if invite else timers.other_pauses()
        if layer.transport.reliable:
            pauses = iter([timers.GIVE_UP])
        self._repeater = _Repeater(self._send, pauses, self._timed_out)

    def receive(self, response: Response) -> None:
        invite = self.request.method == "INVITE"
        if response.status < 200:
            if self._final is None:
                self.proceeding = True
                if invite:
                    self._repeater.stop()
                self._on_response(response)
            return
        if invite and response.status >= 300:
            self._acknowledge(response)
        first = self._final is None
        self._final = response.status
        if first:
            self._repeater.stop()
            # Timers D, K and RFC 6026's M: absorb what still arrives.
            self._layer.forget_later(self._layer.clients, (Via.parse(self.request.headers.get("via")).branch,
                                                           self.request.method))  # fmt: skip
        if first or (invite and 200 <= response.status < 300):
            self._on_response(response)

    def _acknowledge(self, response: Response) -> None:
        """The ACK of a refusal belongs to the transaction (section 17.1.1.3)."""
        kept = [
            pair
            for pair in self.request.headers
            if pair[0] in ("via", "from", "call-id", "max-forwards", "route")
        ]
        headers = Headers([*kept, ("to", response.headers.get("to")), ("cseq", f"{self.request.cseq} ACK")])
        self._layer.transport.send(Request("ACK", self.request.uri, headers).to_bytes(), self.to)

    def _send(self) -> None:
        self._layer.transport.send(self._data, self.to)

    def _timed_out(self) -> None:
        if self._final is None:
            self._final = 408
            self._on_response(None)

    def stop(self) -> None:
        self._repeater.stop()


class ServerTransaction:
    """One request of theirs and our response (sections 17.2.1 and 17.2.2)."""

    def __init__(self, layer: "Transactions", request: Request, source: Address) -> None:
        self.request, self.source, self._layer = request, source, layer
        via = Via.parse(request.headers.all("via")[0])
        stamped = via.stamped(source)
        self._vias = [("via", str(stamped)), *(("via", value) for value in request.headers.all("via")[1:])]
        self._to = source if layer.transport.reliable else stamped.answer_to
        self._data = b""
        self._repeater: _Repeater | None = None
        self.final: int | None = None
        self.acknowledged = False
        self.on_unacknowledged: Callable[[], None] = lambda: None

    def respond(
        self,
        status: int,
        reason: str = "",
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
        tag: str = "",
    ) -> None:
        """Sends a response; a final one to an INVITE again and again until its ACK (timers G, and 2xx
        alike)."""
        if self.final is not None:
            return
        request = self.request.headers
        to = request.get("to")
        if tag and ";tag=" not in to.lower().rpartition(">")[2]:
            to = f"{to};tag={tag}"
        routes = [("record-route", value) for value in request.all("record-route")]
        same = [("from", request.get("from")), ("to", to), ("call-id", request.get("call-id")),
                ("cseq", request.get("cseq"))]  # fmt: skip
        response = Response(status, reason or REASONS.get(status, "Answer"), Headers(
            [*self._vias, *routes, *same, *headers]), body)  # fmt: skip
        self._data = response.to_bytes()
        self._send()
        if status < 200:
            return
        self.final = status
        if self.request.method == "INVITE":
            pauses = timers.other_pauses()
            if self._layer.transport.reliable and status >= 300:
                pauses = iter([timers.GIVE_UP])
            self._repeater = _Repeater(self._send, pauses, self._not_acknowledged)
        self._layer.forget_later(self._layer.servers, server_key(self.request))

    def repeat(self) -> None:
        """The request came again: so does the last response."""
        if self._data:
            self._send()

    def acknowledge(self) -> None:
        self.acknowledged = True
        self.stop()

    def _not_acknowledged(self) -> None:
        if not self.acknowledged:
            self.on_unacknowledged()

    def _send(self) -> None:
        self._layer.transport.send(self._data, self._to)

    def stop(self) -> None:
        if self._repeater is not None:
            self._repeater.stop()


def server_key(request: Request) -> Key:
    """What makes two requests the same (section 17.2.3); an ACK counts as its INVITE."""
    via = Via.parse(request.headers.all("via")[0])
    method = "INVITE" if request.method == "ACK" else request.method
    if not via.branch.startswith(MAGIC):
        identity = request.headers.get("call-id") + request.headers.get("from") + str(request.cseq)
        return f"{identity} {via.host}:{via.port}", method
    return f"{via.branch} {via.host}:{via.port}", method


class Transactions:
    """Sorts what the transport receives; hands new requests, and ACKs of 2xx, to `on_request`."""

    def __init__(
        self, on_request: Callable[[ServerTransaction], None], on_ack: Callable[[Request], None]
    ) -> None:
        self._on_request, self._on_ack = on_request, on_ack
        self.transport: Transport
        self.clients: dict[Key, ClientTransaction] = {}
        self.servers: dict[Key, ServerTransaction] = {}
        self._timers: set[asyncio.TimerHandle] = set()

    def send(
        self,
        request: Request,
        to: Address,
        on_response: Callable[[Response | None], None],
        via: Via | None = None,
    ) -> ClientTransaction:
        """Sends `request` with a Via of its own (or `via`, for CANCEL); None as response means: nobody
        answered."""
        via = via or self.new_via()
        request = Request(
            request.method, request.uri, Headers([("via", str(via)), *request.headers]), request.body
        )
        transaction = ClientTransaction(self, request, to, on_response)
        self.clients[via.branch, request.method] = transaction
        return transaction

    def send_ack(self, ack: Request, to: Address) -> None:
        """The ACK of a 2xx is no transaction (section 13.2.2.4)."""
        headers = Headers([("via", str(self.new_via())), *ack.headers])
        self.transport.send(Request("ACK", ack.uri, headers).to_bytes(), to)

    def new_via(self) -> Via:
        host, port = self.transport.local
        params = {"rport": None, "branch": MAGIC + secrets.token_hex(8)}
        return Via(self.transport.name, host, port, params)

    def receive(self, message: Message, source: Address) -> None:
        try:
            if isinstance(message, Response):
                branch = Via.parse(message.headers.all("via")[0]).branch
                if transaction := self.clients.get((branch, message.cseq[1])):
                    transaction.receive(message)
                return
            key = server_key(message)
            known = self.servers.get(key)
            if message.method == "ACK":
                if known is not None and (known.final or 0) >= 300:
                    known.acknowledge()
                else:
                    self._on_ack(message)
            elif known is not None:
                known.repeat()
            else:
                self.servers[key] = transaction_ = ServerTransaction(self, message, source)
                self._on_request(transaction_)
        except ValueError:
            return  # a Via we can not read: there is nobody to answer

    def forget_later(
        self, table: dict[Key, ClientTransaction] | dict[Key, ServerTransaction], key: Key
    ) -> None:
        loop = asyncio.get_running_loop()

        def forget() -> None:
            table.pop(key, None)
            self._timers.discard(timer)

        timer = loop.call_later(timers.GIVE_UP, forget)
        self._timers.add(timer)

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        for client in self.clients.values():
            client.stop()
        for server in self.servers.values():
            server.stop()
        self.transport.close()
