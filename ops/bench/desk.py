"""`./120 bench desk`: 400 desks and 20 wallboards on the live stream while agents' states change.

The same changes are made twice, first with one desk alone, then with all viewers: the difference of `ari_app`'s CPU is what the
viewers cost. Staleness is the time from a desk's command to the frame that shows its effect: at that desk, and at every
wallboard. The viewers are sockets of ours in this process; a browser's painting is not in it (`./120 bench pop` has that).
"""

import asyncio
import json
import os
import statistics
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
from itsdangerous import URLSafeTimedSerializer

from ops.private_centre import Centre, running
from ops.progress import say

TARGET_CPU = 1.0  # per cent of a core for 100 viewers
TARGET_STALE_MS = 250.0
PATIENCE_SECONDS = 5.0


def measure(desks: int, boards: int, seconds: int, rate: int, *, quiet: bool = False) -> dict[str, Any]:
    """One run. Raises TimeoutError when a frame never comes."""
    extensions = [str(1001 + number) for number in range(desks)]
    centre = Centre({extension: ["ko"] for extension in extensions}, wrap_up_seconds=0)
    with running(centre, "asterisk", "ari_app"):
        alone = asyncio.run(_run(centre, extensions[:1], 0, seconds, rate))
        if not quiet:
            say(f"one desk alone: {alone['cpu_percent']:.1f} % of a core")
        crowd = asyncio.run(_run(centre, extensions, boards, seconds, rate))
    viewers = desks + boards - 1
    return {
        "desks": desks,
        "boards": boards,
        "seconds": seconds,
        "changes_a_second": rate,
        "cpu_percent_alone": round(alone["cpu_percent"], 2),
        "cpu_percent": round(crowd["cpu_percent"], 2),
        "cpu_percent_per_100_viewers": round(
            (crowd["cpu_percent"] - alone["cpu_percent"]) / viewers * 100, 3
        ),
        "desk_stale_ms": _spread(crowd["desk"]),
        "board_stale_ms": _spread(crowd["board"]),
        "frames": crowd["frames"],
        "target": {"cpu_percent_per_100_viewers": TARGET_CPU, "stale_ms_p99": TARGET_STALE_MS},
    }


async def _run(centre: Centre, extensions: list[str], boards: int, seconds: int, rate: int) -> dict[str, Any]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        viewers = Viewers(centre, session)
        try:
            for extension in extensions:
                await viewers.open(extension, "agent")
            for _ in range(boards):
                await viewers.open("", "board")
            await asyncio.sleep(1)  # first states are over
            pid = centre.programs["ari_app"].pid
            frames, used, begun = viewers.frames, _cpu_seconds(pid), time.monotonic()
            number = 0
            while (now := time.monotonic() - begun) < seconds:
                await viewers.change(extensions[number % len(extensions)])
                number += 1
                await asyncio.sleep(
                    max(0.0, number / rate - (time.monotonic() - begun)) if now < seconds else 0
                )
            spent = time.monotonic() - begun
            return {
                "cpu_percent": (_cpu_seconds(pid) - used) / spent * 100,
                "desk": viewers.desk_seconds,
                "board": viewers.board_seconds,
                "frames": viewers.frames - frames,
            }
        finally:
            await viewers.close()


class Viewers:
    """Sockets that note when they saw what."""

    def __init__(self, centre: Centre, session: aiohttp.ClientSession) -> None:
        self._url = f"http://127.0.0.1:{centre.settings.live_port}/stream"
        self._tokens = URLSafeTimedSerializer(centre.settings.secret("token_key"), salt="live")
        self._session = session
        self._desks: dict[str, aiohttp.ClientWebSocketResponse] = {}
        self._states: dict[str, str] = {}
        self._breaks: dict[int, int] = {}  # of each board: agents on a break as last seen
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._sockets: list[aiohttp.ClientWebSocketResponse] = []
        self._on_break = 0
        self.frames = 0
        self.desk_seconds: list[float] = []
        self.board_seconds: list[float] = []

    async def open(self, extension: str, role: str) -> None:
        token = self._tokens.dumps({"extension": extension, "role": role})
        socket = await self._session.ws_connect(self._url, params={"token": token})
        self._sockets.append(socket)
        if role == "agent":
            self._desks[extension] = socket
        self._tasks.append(asyncio.create_task(self._read(socket, extension, len(self._sockets))))

    async def _read(self, socket: aiohttp.ClientWebSocketResponse, extension: str, number: int) -> None:
        async for message in socket:
            self.frames += 1
            value = json.loads(message.data)
            if value["type"] == "state":
                self._states[extension] = value["agent"]["state"]
            elif value["type"] == "board":
                self._breaks[number] = value["agents"]["on-break"]
            self._changed.set()

    async def change(self, extension: str) -> None:
        """This agent goes on a break, or comes back; both kinds of viewers are waited for and their time is noted."""
        to_break = self._states.get(extension) != "on-break"
        command = {"do": "break", "reason": "rest"} if to_break else {"do": "sign-out"}
        wanted = "on-break" if to_break else "logged-out"
        self._on_break += 1 if to_break else -1
        begun = time.monotonic()
        await self._desks[extension].send_json(command)
        await self._until(lambda: self._states.get(extension) == wanted, f"{extension} {wanted}")
        self.desk_seconds.append(time.monotonic() - begun)
        late = dict(self._breaks)
        while late:
            await self._until(lambda: any(self._breaks[one] == self._on_break for one in late), "boards")
            for one in [one for one in late if self._breaks[one] == self._on_break]:
                self.board_seconds.append(time.monotonic() - begun)
                del late[one]

    async def _until(self, fact: Any, what: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not fact():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise TimeoutError(f"within {PATIENCE_SECONDS:g} s never shown: {what}") from None

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(socket.close() for socket in self._sockets), return_exceptions=True)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _spread(seconds: list[float]) -> dict[str, float] | None:
    if len(seconds) < 2:
        return None
    cuts = statistics.quantiles(seconds, n=100)
    return {
        "p50": round(cuts[49] * 1000, 1),
        "p99": round(cuts[98] * 1000, 1),
        "max": round(max(seconds) * 1000, 1),
        "count": len(seconds),
    }


def report(result: Mapping[str, Any], as_json: bool) -> None:
    """Print it."""
    if as_json:
        print(json.dumps(result, indent=1))
        return
    print(
        f"{result['desks']} desks, {result['boards']} wallboards, {result['changes_a_second']} changes a second"
    )
    print(
        f"ari_app: {result['cpu_percent']:g} % of a core, {result['cpu_percent_alone']:g} % with one desk: "
        f"{result['cpu_percent_per_100_viewers']:g} % for 100 viewers (target {TARGET_CPU:g})"
    )
    for name in ("desk", "board"):
        stale = result[f"{name}_stale_ms"]
        if stale:
            print(
                f"{name}: shown after p50 {stale['p50']:g}, p99 {stale['p99']:g} ms (target p99 {TARGET_STALE_MS:g})"
            )
