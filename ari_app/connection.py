"""The one ARI connection: events in, REST requests out, both over the same websocket.

REST over the websocket costs 14 % less of Asterisk's CPU than HTTP; picows and msgspec carry it because this
is the hot path of every call. Rules kept here: every request has a deadline (ARI `/channels` is known to stall,
asterisk#2078), the connection is remade for ever, nothing is retried (a POST may have been done), and nobody outside
this file knows a request id.
"""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import msgspec
import picows
import structlog

from ari_app.events import Event, Response, parse_event

log = structlog.get_logger("ari")

DEADLINE_SECONDS = 2.0

_encode = msgspec.json.Encoder().encode

Answer = Callable[["AriError | None", Any], None]


class AriError(Exception):
    """A request that Asterisk refused (`status` 4xx, 5xx) or that got no answer in time (`status` 0)."""

    def __init__(self, method: str, uri: str, status: int, text: str) -> None:
        super().__init__(f"ARI {method} {uri}: {status or 'no answer'} {text}")
        self.status = status


class _Listener(picows.WSListener):  # type: ignore[misc]
    """One websocket's life. A message may come in several frames (RFC 6455 section 5.4)."""

    def __init__(self, owner: "Connection") -> None:
        self._owner = owner
        self._parts: list[bytes] = []

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        if frame.msg_type == picows.WSMsgType.CLOSE:
            transport.disconnect()
        elif frame.msg_type in (
            picows.WSMsgType.TEXT,
            picows.WSMsgType.CONTINUATION,
            picows.WSMsgType.BINARY,
        ):
            if frame.fin and not self._parts:
                self._owner._received(frame.get_payload_as_bytes())
                return
            self._parts.append(frame.get_payload_as_bytes())
            if frame.fin:
                whole, self._parts = b"".join(self._parts), []
                self._owner._received(whole)


class Connection:
    """`on_event` gets every event, `on_change(True|False)` is called when the link comes and goes."""

    def __init__(
        self,
        port: int,
        password: str,
        app: str,
        on_event: Callable[[Event], None],
        on_change: Callable[[bool], None],
    ) -> None:
        query = urlencode({"app": app, "api_key": f"centre120:{password}"})
        self._url = f"ws://127.0.0.1:{port}/ari/events?{query}"
        self._on_event = on_event
        self._on_change = on_change
        self._transport: picows.WSTransport | None = None
        self._pending: dict[str, tuple[float, str, str, Answer]] = {}
        self._ids = itertools.count(1)

    @property
    def up(self) -> bool:
        return self._transport is not None

    async def run(self) -> None:
        """Connect and read for ever; back-off 0.1 s to 2 s."""
        wait = 0.1
        while True:
            try:
                transport, _ = await picows.ws_connect(
                    lambda: _Listener(self),
                    self._url,
                    disconnect_on_exception=False,
                    websocket_handshake_timeout=DEADLINE_SECONDS,
                    enable_auto_ping=True,
                    auto_ping_idle_timeout=5,
                    auto_ping_reply_timeout=5,
                    max_frame_size=64 * 1024 * 1024,
                )
                self._transport, wait = transport, 0.1
                log.info("ari connected")
                self._on_change(True)
                try:
                    await self._watch(transport)
                finally:
                    transport.disconnect(False)
            except (picows.WSError, OSError, TimeoutError) as error:
                log.warning("ari not reachable", error=str(error) or type(error).__name__)
            finally:
                if self._transport is not None:
                    self._transport = None
                    self._expire(None)
                    self._on_change(False)
            await asyncio.sleep(wait)
            wait = min(2.0, wait * 2)

    async def _watch(self, transport: picows.WSTransport) -> None:
        """Until the link is gone; meanwhile requests whose deadline has passed are given up."""
        gone = asyncio.ensure_future(transport.wait_disconnected())
        try:
            while not gone.done():
                await asyncio.wait((gone,), timeout=0.25)
                self._expire(asyncio.get_running_loop().time())
            await gone
        finally:
            gone.cancel()

    def _received(self, text: bytes) -> None:
        try:
            event = parse_event(text)
            if isinstance(event, Response):
                self._answered(event)
            elif event is not None:
                self._on_event(event)
        except Exception:  # one event that we cannot digest must not cost the link that carries all others
            log.exception("event not digested", beginning=text[:80].decode("utf-8", "replace"))

    def _answered(self, response: Response) -> None:
        waiting = self._pending.pop(response.request_id, None)
        if waiting is None:
            return
        _, method, uri, answer = waiting
        if response.status_code >= 300:
            answer(AriError(method, uri, response.status_code, response.message_body), None)
        else:
            answer(None, response.message_body)

    def _expire(self, now: float | None) -> None:
        """Give up what is overdue at `now` (None: everything, the link is gone)."""
        for request_id, (deadline, method, uri, answer) in list(self._pending.items()):
            if now is None or deadline < now:
                self._pending.pop(request_id, None)
                answer(AriError(method, uri, 0, "connection lost" if now is None else "deadline"), None)

    def send(
        self,
        method: str,
        uri: str,
        query: dict[str, str] | None = None,
        body: Any = None,
        answer: Answer | None = None,
    ) -> None:
        """One REST request without waiting: `answer(error, text)` is called once, at the latest after the deadline."""
        answer = answer or _complain
        transport = self._transport
        if transport is None:
            answer(AriError(method, uri, 0, "not connected"), None)
            return
        request_id = str(next(self._ids))
        message: dict[str, Any] = {
            "type": "RESTRequest",
            "transaction_id": request_id,
            "request_id": request_id,
            "method": method,
            "uri": uri,
        }
        if query:
            message["query_strings"] = [{"name": name, "value": value} for name, value in query.items()]
        if body is not None:
            message["content_type"] = "application/json"
            message["message_body"] = _encode(body).decode()
        self._pending[request_id] = (
            asyncio.get_running_loop().time() + DEADLINE_SECONDS,
            method,
            uri,
            answer,
        )
        transport.send(picows.WSMsgType.TEXT, _encode(message))

    async def request(
        self, method: str, uri: str, query: dict[str, str] | None = None, body: Any = None
    ) -> Any:
        """One REST request; returns the parsed body or None. Raises AriError."""
        text = await self.text(method, uri, query, body)
        try:
            return msgspec.json.decode(text) if text else None
        except msgspec.DecodeError:
            return text

    async def text(self, method: str, uri: str, query: dict[str, str] | None = None, body: Any = None) -> str:
        """One REST request; returns the body as it came. Raises AriError."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def answer(error: AriError | None, text: Any) -> None:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(text)

        self.send(method, uri, query, body, answer)
        return await future


def _complain(error: AriError | None, _: Any) -> None:
    # 404: the channel has gone meanwhile, which its own event tells; 409: it is another worker's, or not in Stasis any more
    if error is not None and error.status not in (404, 409):
        log.warning("action not done", error=str(error))
