"""An agent's desk as a program: the WebSocket of the live stream, without a browser."""

import asyncio
import contextlib
import json
from typing import Any

import aiohttp
from itsdangerous import URLSafeTimedSerializer

from tests.support.centre import Centre, until


class Desk:
    """Connects, remembers all messages, paints offers at once, sends commands."""

    def __init__(self, centre: Centre, extension: str) -> None:
        self.centre = centre
        self.extension = extension
        self.messages: list[dict[str, Any]] = []
        self._key = centre.settings.secret("token_key")

    async def __aenter__(self) -> "Desk":
        token = URLSafeTimedSerializer(self._key, salt="live").dumps(
            {"extension": self.extension, "role": "agent"}
        )
        self._session = aiohttp.ClientSession()
        self._socket = await self._session.ws_connect(
            f"http://127.0.0.1:{self.centre.settings.live_port}/stream", params={"token": token}
        )
        self._reader = asyncio.create_task(self._read())
        await until(lambda: self.messages, 5, "the first state")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader
        await self._socket.close()
        await self._session.close()

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                value = json.loads(message.data)
                self.messages.append(value)
                if value["type"] == "pop":
                    await self.do("popped", offer_id=value["call"]["offer_id"])

    async def do(self, what: str, **fields: Any) -> None:
        await self._socket.send_json({"do": what, **fields})

    def target(self, number: str, name: str = "수도사업소") -> str:
        """What `web`'s directory search hands to the page."""
        return str(
            URLSafeTimedSerializer(self._key, salt="target").dumps(
                {"number": number, "name": name, "department_id": 1, "official_id": None}
            )
        )

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    def phase(self) -> str | None:
        """Phase of the call as last shown."""
        for message in reversed(self.messages):
            if message["type"] in ("call", "pop", "state") and message.get("call"):
                return str(message["call"]["phase"])
        return None
