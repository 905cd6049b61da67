"""The live stream: one WebSocket per desk, from the same event loop that decides, so a pop waits for nobody.

Access rule: a token that `web` signed less than 60 s ago (itsdangerous, salt "live"); the browser's Origin must be this
host. A desk that does not read is dropped: its page reconnects and gets the whole state again.
"""

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import WSMsgType, web
from itsdangerous import BadSignature, URLSafeTimedSerializer

from ari_app import board

log = structlog.get_logger("live")

TOKEN_SECONDS = 60
TARGET_SECONDS = 12 * 3600
_MESSAGES_BEHIND = 200

Command = Callable[[str, Mapping[str, Any]], Awaitable[None]]
PhoneCommand = Callable[[str, Mapping[str, Any], Callable[[Mapping[str, Any]], None]], Awaitable[None]]
"""Extension, command, and how to answer this one page."""


class Desks:
    """The open desks. `push` never waits; `popped` tells how a desk painted an offer."""

    def __init__(
        self,
        token_key: str,
        on_open: Callable[[str], Mapping[str, Any] | None],
        on_command: Command,
        on_phone: PhoneCommand,
        on_session_end: Callable[[str], Awaitable[None]],
    ) -> None:
        self._tokens = URLSafeTimedSerializer(token_key, salt="live")
        self._ends = URLSafeTimedSerializer(token_key, salt="session-end")
        self._targets = URLSafeTimedSerializer(token_key, salt="target")
        self._answers = URLSafeTimedSerializer(token_key, salt="answer")
        self._on_open = on_open
        self._on_command = on_command
        self._on_phone = on_phone
        self._on_session_end = on_session_end
        self._closing: set[asyncio.Task[None]] = set()
        self._sockets: dict[str, set[web.WebSocketResponse]] = defaultdict(set)
        self._queues: dict[str, set[asyncio.Queue[str]]] = defaultdict(set)
        self._painted: dict[str, asyncio.Event] = {}

    def push(self, extension: str | None, message: Mapping[str, Any]) -> None:
        """To every desk of this agent (None: to all). A desk far behind loses its connection, not the centre its time."""
        text = json.dumps(message, ensure_ascii=False)
        targets = (
            self._queues.get(extension, set())
            if extension is not None
            else set().union(*self._queues.values())
        )
        for queue in tuple(targets):
            try:
                queue.put_nowait(text)
            except asyncio.QueueFull:
                targets.discard(queue)

    def supervisors(self) -> list[str]:
        """Keys of the supervisors' pages that are open."""
        return [key for key, queues in self._queues.items() if queues and key.startswith("@")]

    def open_for(self, extension: str) -> bool:
        """Whether this agent has a desk open."""
        return bool(self._queues.get(extension))

    async def painted(self, offer_id: str, patience_seconds: float) -> bool:
        """Wait until a desk says it has painted this offer; False when it took too long and the phone rings anyway."""
        event = self._painted.setdefault(offer_id, asyncio.Event())
        try:
            async with asyncio.timeout(patience_seconds):
                await event.wait()
            return True
        except TimeoutError:
            return False
        finally:
            self._painted.pop(offer_id, None)

    def target(self, token: str) -> dict[str, Any] | None:
        """The directory entry a desk chose, or None when `web` did not sign it."""
        try:
            value = self._targets.loads(token, max_age=TARGET_SECONDS)
        except BadSignature:
            return None
        return value if isinstance(value, dict) and str(value.get("number", "")).isdigit() else None

    def answer(self, token: str) -> object:
        """The consultation entry a desk shows, or None when `web` did not sign it (centre120/told.py)."""
        try:
            return self._answers.loads(token, max_age=TARGET_SECONDS)
        except BadSignature:
            return None

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """GET /stream?token=T"""
        try:
            who = self._tokens.loads(request.query.get("token", ""), max_age=TOKEN_SECONDS)
            extension = str(who["extension"])
            if who.get("role") == "board":
                extension = board.KEY
            elif who.get("role") == "supervisor":
                extension = f"@{extension}"  # the live view of the room (room_talk.py), no desk
        except (BadSignature, KeyError, TypeError):
            raise web.HTTPForbidden(
                text="This page's ticket is not valid any more. Reload the page."
            ) from None
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).hostname != urlsplit(f"//{request.host}").hostname:
            raise web.HTTPForbidden(text="The live stream is open to the centre's own pages only.")
        first = self._on_open(extension)
        if first is None:
            raise web.HTTPForbidden(text="This agent is not on the roster.")
        socket = web.WebSocketResponse(heartbeat=15, max_msg_size=64 * 1024)
        await socket.prepare(request)
        queue: asyncio.Queue[str] = asyncio.Queue(_MESSAGES_BEHIND)
        queue.put_nowait(json.dumps(first, ensure_ascii=False))
        self._queues[extension].add(queue)
        self._sockets[extension].add(socket)
        sender = asyncio.create_task(self._send(socket, queue))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._received(extension, message.data, queue)
        finally:
            self._queues[extension].discard(queue)
            self._sockets[extension].discard(socket)
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sender
        return socket

    @staticmethod
    async def _send(socket: web.WebSocketResponse, queue: asyncio.Queue[str]) -> None:
        while not socket.closed:
            text = await queue.get()
            try:
                async with asyncio.timeout(5):
                    await socket.send_str(text)
            except (TimeoutError, ConnectionError):
                await socket.close()

    async def session_end(self, request: web.Request) -> web.Response:
        """POST /session-end: `web` says that an agent's sessions have ended. Streams close, a phone in a page ends."""
        try:
            value = self._ends.loads((await request.read())[:4096].decode("ascii"), max_age=TOKEN_SECONDS)
            extension = str(value["extension"])
        except (BadSignature, KeyError, TypeError, ValueError):
            raise web.HTTPForbidden(text="Not signed by the web program.") from None
        await self._on_session_end(extension)
        both = (*self._sockets.get(extension, ()), *self._sockets.get(f"@{extension}", ()))
        for socket in both:
            closing = asyncio.create_task(self._close(socket))  # whoever does not answer holds nobody up
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        return web.json_response({"ended": extension})

    @staticmethod
    async def _close(socket: web.WebSocketResponse) -> None:
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(1):
                await socket.close(code=4401, message=b"logged out")

    def _has_session(self, extension: str, command: Mapping[str, Any]) -> bool:
        """Whether a fresh ticket came with the command: a stream may outlive the session it was opened in."""
        try:
            who = self._tokens.loads(str(command.get("token") or ""), max_age=TOKEN_SECONDS)
        except BadSignature:
            return False
        return isinstance(who, dict) and who.get("extension") == extension

    async def _received(self, extension: str, text: str, queue: asyncio.Queue[str]) -> None:
        try:
            command = json.loads(text)
            do = command["do"]
        except (ValueError, KeyError, TypeError):
            log.warning("desk sent no command", agent=extension)
            return
        if extension == board.KEY:
            return  # a screen on the wall asks for nothing
        if do == "popped":
            event = self._painted.get(str(command.get("offer_id")))
            if event is not None:
                event.set()
            return
        if do == "phone-on" and not self._has_session(extension, command):
            log.warning("phone asked for without a fresh ticket", agent=extension)
            return
        if do in ("phone-on", "phone-off") and not extension.startswith("@"):
            await self._on_phone(
                extension,
                command,
                lambda message: queue.put_nowait(json.dumps(message, ensure_ascii=False)),
            )
            return
        await self._on_command(extension, command)


async def serve(host: str, port: int, desks: Desks, health: Callable[[], Mapping[str, Any]]) -> web.AppRunner:
    """Start the server; raises OSError when the port is taken."""

    async def answer_health(_: web.Request) -> web.Response:
        return web.json_response(health())

    app = web.Application()
    app.router.add_get("/stream", desks.stream)
    app.router.add_get("/health", answer_health)
    app.router.add_post("/session-end", desks.session_end)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, host, port, reuse_address=True).start()
    return runner
