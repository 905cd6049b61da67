"""A UDP relay in front of the SIP port that loses and doubles packets. Audio goes beside it, untouched."""

import asyncio
import random
from typing import Any

from ops.private_centre import Centre


class Relay:
    """Stands on the trunk's address, as the carrier does. `lost` and `doubled` count."""

    def __init__(
        self, centre: Centre, chance: random.Random, loss: float = 0.2, double: float = 0.33
    ) -> None:
        self.lost = self.doubled = 0
        self._centre, self._chance = centre, chance
        self._loss, self._double = loss, double
        self._near: asyncio.DatagramTransport | None = None
        self._far: asyncio.DatagramTransport | None = None
        self._phone: tuple[str, int] | None = None

    @property
    def address(self) -> str:
        """host:port that a phone calls."""
        assert self._near is not None  # noqa: S101 - used inside `async with`
        host, port = self._near.get_extra_info("sockname")
        return f"{host}:{port}"

    async def __aenter__(self) -> "Relay":
        loop = asyncio.get_running_loop()
        self._near, _ = await loop.create_datagram_endpoint(
            lambda: _Side(self._from_phone), local_addr=("127.0.0.2", 0)
        )
        self._far, _ = await loop.create_datagram_endpoint(
            lambda: _Side(self._from_centre), local_addr=("127.0.0.2", 0)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        for side in (self._near, self._far):
            if side is not None:
                side.close()

    def _from_phone(self, data: bytes, address: tuple[str, int]) -> None:
        self._phone = address
        self._send(self._far, data, ("127.0.0.1", self._centre.settings.sip_port))

    def _from_centre(self, data: bytes, _: tuple[str, int]) -> None:
        if self._phone is not None:
            self._send(self._near, data, self._phone)

    def _send(self, side: asyncio.DatagramTransport | None, data: bytes, to: tuple[str, int]) -> None:
        if side is None:
            return
        if self._chance.random() < self._loss:
            self.lost += 1
            return
        side.sendto(data, to)
        if self._chance.random() < self._double:
            self.doubled += 1
            side.sendto(data, to)


class _Side(asyncio.DatagramProtocol):
    def __init__(self, received: Any) -> None:
        self._received = received

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._received(data, addr)
