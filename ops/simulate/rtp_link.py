"""The simulation's end of rtp_process: starts it, hands streams over, gets each stream's account when its call is over."""

import asyncio
import contextlib
import itertools
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from centre120.settings import REPOSITORY
from ops.simulate.rtp_process import LANES
from phones.media import MediaStream
from phones.sources import SILENT
from phones.transport import Address

CITIZENS, AGENTS = 0, 1
_ACCOUNT_SECONDS = 5.0


@dataclass(frozen=True)
class StreamAccount:
    """What one leg sent and received; packets of 20 ms, seconds."""

    sent: int = 0
    received: int = 0
    lost: int = 0
    heard: dict[str, int] = field(default_factory=dict)  # party -> frames, of every fifth
    other: int = 0  # frames of nobody: music, prompts; of every fifth
    first_at: float = 0.0  # monotonic
    last_at: float = 0.0
    longest_gap: float = 0.0  # without any packet


class RtpLink:
    """One process for all the audio."""

    def __init__(self, citizens_host: str, agents_host: str) -> None:
        self._hosts = (citizens_host, agents_host)
        self._ids = itertools.count(1)
        self._waiting: dict[int | str, asyncio.Future[dict[str, Any]]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ports: list[list[int]] = []

    @property
    def pid(self) -> int:
        assert self._process is not None  # noqa: S101 - started
        return self._process.pid

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ops.simulate.rtp_process", *self._hosts,
            cwd=REPOSITORY, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C ends the simulation in its own order
        )  # fmt: skip
        assert self._process.stdout is not None  # noqa: S101 - asked for
        self._ports = json.loads(await asyncio.wait_for(self._process.stdout.readline(), 20))["ports"]
        self._reader = asyncio.create_task(self._read(self._process.stdout))

    async def close(self) -> None:
        if self._process is None or self._process.stdin is None:
            return
        self._process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), 3)
        if self._process.returncode is None:
            self._process.kill()
        if self._reader is not None:
            self._reader.cancel()

    def new_stream(self) -> tuple[int, int]:
        """An id, and the lane it uses."""
        name = next(self._ids)
        return name, name % LANES

    def address(self, side: int, lane: int) -> Address:
        return self._hosts[side], self._ports[side][lane]

    def tell(self, **command: Any) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(json.dumps(command).encode() + b"\n")

    def removed(self, name: int) -> "asyncio.Future[dict[str, Any]]":
        """Takes the stream out; its account comes when it comes."""
        future = asyncio.get_running_loop().create_future()
        self._waiting[name] = future
        self.tell(do="remove", id=name)
        return future

    async def report(self) -> dict[str, Any]:
        """What the process says of its own punctuality; nothing when it does not answer."""
        future = asyncio.get_running_loop().create_future()
        self._waiting["report"] = future
        self.tell(do="report")
        try:
            return dict(await asyncio.wait_for(future, _ACCOUNT_SECONDS))
        except TimeoutError:
            return {}

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            said = json.loads(line)
            future = self._waiting.pop(said.get("id", "report"), None)
            if future is not None and not future.done():
                future.set_result(said)


class SharedStream(MediaStream):
    """A call's audio in the audio process. Speaks as `party`."""

    def __init__(self, link: RtpLink, side: int, party: int, on_change: Callable[[], None]) -> None:
        super().__init__(SILENT, (), on_change)
        self._link, self._side, self._party = link, side, party
        self._name, self._lane = link.new_stream()
        self.address = link.address(side, self._lane)
        self.started = False
        self._account: asyncio.Future[dict[str, Any]] | None = None

    async def open(self, host: str, ports: tuple[int, int] | None) -> None:
        """The socket is open already."""

    def start(self, remote: Address, codec: int, events: int | None) -> None:
        self._remote, self._events = remote, events or 0
        if not self.started:
            self.started = True
            self._link.tell(do="add", id=self._name, side=self._side, lane=self._lane, host=remote[0],
                            port=remote[1], party=self._party)  # fmt: skip

    def press(self, keys: str) -> None:
        if self.started and self._events:
            self._link.tell(do="press", id=self._name, keys=keys, events=self._events)

    def close(self) -> None:
        if self.started and self._account is None:
            self._account = self._link.removed(self._name)

    async def account(self) -> StreamAccount:
        """After the call; nothing when no audio ever flowed or the audio process is gone."""
        if self._account is None:
            return StreamAccount()
        try:
            said = dict(await asyncio.wait_for(asyncio.shield(self._account), _ACCOUNT_SECONDS))
        except TimeoutError:
            return StreamAccount()
        said.pop("id")
        return StreamAccount(**said)
