"""`python -m ops.simulate.rtp_process HOST HOST`: the audio of a simulation in a process of its own.

It opens LANES sockets on each host, prints their ports as one JSON line, then takes one JSON command a line on standard
input and ends with it. `{"do":"add","id":1,"side":0,"lane":2,"host":"127.0.0.1","port":20000,"party":7}`,
`{"do":"press","id":1,"keys":"0","events":101}`, `{"do":"remove","id":1}` answered by `{"id":1,"sent":...}`,
`{"do":"report"}` answered by `{"ticks":...}`. Each lane's streams share one socket and are sent together every 20 ms; the
lanes take turns in steps of 10 ms, so that Asterisk does not get everything at one moment.
"""

import json
import os
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ops.simulate import mmsg
from ops.simulate.rtp_streams import PACKET, Streams
from phones import rtp

LANES = 2
TICK = 0.02
STEP = TICK / LANES
LATE_TICKS = 10  # further behind than this: the time is lost, and says that the machine is too slow
BUFFER = 4 << 20


class Lane:
    """One socket and the streams that use it."""

    def __init__(self, host: str, streams: Streams) -> None:
        self.socket = _even_socket(host)
        self.socket.setblocking(False)
        self.port = int(self.socket.getsockname()[1])
        self.streams = streams
        self.rows: dict[int, int] = {}  # stream's id -> row
        self.keys: dict[int, deque[tuple[rtp.EventFrame | None, int]]] = {}
        self._row_of_port = np.full(65536, -1, "i4")
        self._sending = np.zeros(0, "i8")
        self._outbox: mmsg.Outbox | None = None

    def add(self, name: int, row: int, port: int) -> None:
        self.rows[name] = row
        self._row_of_port[port] = row
        self._outbox = None

    def remove(self, name: int) -> int | None:
        row = self.rows.pop(name, None)
        self.keys.pop(name, None)
        if row is not None:
            port = int(self.streams.to["port"][row])
            if self._row_of_port[port] == row:  # Asterisk may have given the port to the next call already
                self._row_of_port[port] = -1
            self._outbox = None
        return row

    def press(self, name: int, keys: str, events: int) -> None:
        frames: list[rtp.EventFrame | None] = []
        for key in keys:
            frames += [*rtp.key_frames(key), *[None] * rtp.EVENT_GAP_FRAMES]
        if name in self.rows:
            self.keys.setdefault(name, deque()).extend((frame, events) for frame in frames)
            self._outbox = None

    def tick(self) -> None:
        """20 ms of every stream."""
        if self.keys:
            self._press()
        if self._outbox is None:
            rows = [row for name, row in self.rows.items() if name not in self.keys]
            self._sending = np.array(rows, "i8")
            self._outbox = mmsg.Outbox(self.streams.packets, self.streams.to, self._sending, PACKET)
        if len(self._sending):
            self.streams.advance(self._sending)
            self._outbox.send(self.socket.fileno())
            self.streams.spoken(self._sending)

    def _press(self) -> None:
        """Keys instead of audio, packet by packet: few, and seldom (RFC 4733)."""
        for name, waiting in list(self.keys.items()):
            row = self.rows[name]
            frame, events = waiting.popleft()
            if frame is not None:
                self._send_key(row, frame, events)
            if not waiting:
                del self.keys[name]
                self._outbox = None

    def _send_key(self, row: int, frame: rtp.EventFrame, events: int) -> None:
        streams, to = self.streams, self.streams.to[row]
        if frame.first:
            streams.timestamp[row] += 160
        for _ in range(frame.copies):
            streams.sequence[row] += 1
            packet = rtp.Packet(
                events, int(streams.sequence[row]), int(streams.timestamp[row]),
                int.from_bytes(streams.packets[row, 8:12].tobytes(), "big"), frame.event.to_bytes(), frame.first,
            )  # fmt: skip
            self.socket.sendto(packet.to_bytes(), (".".join(map(str, to["host"])), int(to["port"])))
            streams.sent[row] += 1
        if frame.event.end:
            streams.timestamp[row] += frame.event.duration

    def receive(self, inbox: mmsg.Inbox, now: float) -> None:
        while count := inbox.receive(self.socket.fileno()):
            rows = self._row_of_port[inbox.sources["port"][:count].astype("i8")]
            lengths = inbox.messages["length"][:count]
            good = (rows >= 0) & (lengths >= 12) & (inbox.packets[:count, 0] >> 6 == 2)
            if good.any():
                self.streams.take(rows[good], inbox.packets[:count][good], lengths[good], now)
            if count < len(inbox.messages):
                return


def _even_socket(host: str) -> socket.socket:
    """RTP takes even ports (RFC 3550 section 11)."""
    for _ in range(100):
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        made.bind((host, 0))
        if made.getsockname()[1] % 2 == 0:
            return made
        made.close()
    raise OSError(f"no free even port on {host}")


class Engine:
    """Both sides' lanes, and the clock that serves them in turn."""

    def __init__(self, hosts: list[str], answer: Callable[[dict[str, Any]], None]) -> None:
        self.streams = Streams()
        self.sides = [[Lane(host, self.streams) for _ in range(LANES)] for host in hosts]
        self._answer = answer
        self._lane_of: dict[int, Lane] = {}
        self._inbox = mmsg.Inbox()
        self.ticks = self.late = self.skipped = 0
        self.latest = 0.0

    def obey(self, command: dict[str, Any]) -> None:
        """One command; one about an unknown stream changes nothing."""
        match command["do"]:
            case "add":
                lane = self.sides[command["side"]][command["lane"]]
                row = self.streams.add(command["host"], command["port"], command["party"])
                lane.add(command["id"], row, command["port"])
                self._lane_of[command["id"]] = lane
            case "press" if command["id"] in self._lane_of:
                self._lane_of[command["id"]].press(command["id"], command["keys"], command["events"])
            case "remove" if command["id"] in self._lane_of:
                removed = self._lane_of.pop(command["id"]).remove(command["id"])
                if removed is not None:
                    self._answer({"id": command["id"], **self.streams.remove(removed)})
            case "report":
                self._answer({"ticks": self.ticks, "late": self.late, "skipped": self.skipped,
                              "latest": self.latest, "streams": len(self._lane_of), "dropped": self.dropped()})  # fmt: skip

    def dropped(self) -> int:
        """Packets that our own sockets had no room for: a loss that is the simulation's fault (proc_net_udp(5))."""
        ports = {lane.port for side in self.sides for lane in side}
        total = 0
        for line in Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if int(fields[1].rpartition(":")[2], 16) in ports:
                total += int(fields[-1])
        return total

    def step(self, phase: int, due: float, now: float) -> None:
        """One turn: the lanes of this phase send and listen."""
        behind = now - due
        self.ticks += 1
        self.late += behind > TICK
        self.latest = max(self.latest, behind)
        for side in self.sides:
            side[phase].receive(self._inbox, now)
            side[phase].tick()


def serve(engine: Engine, commands: int) -> None:
    """Until standard input ends. Commands are looked for in every turn, also when the turns are late: a call whose stream
    is not there yet would hear nothing."""
    pending, phase = b"", 0
    due = time.monotonic()
    while True:
        if select.select([commands], [], [], max(0.0, due - time.monotonic()))[0]:
            data = os.read(commands, 1 << 16)
            if not data:
                return
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                engine.obey(json.loads(line))
        now = time.monotonic()
        if now < due:
            continue
        if now - due > LATE_TICKS * TICK:
            engine.skipped += int((now - due) / STEP)
            due = now
        engine.step(phase, due, now)
        phase, due = (phase + 1) % LANES, due + STEP


def main() -> None:
    def answer(what: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()

    engine = Engine(sys.argv[1:3], answer)
    answer({"ports": [[lane.port for lane in side] for side in engine.sides]})
    serve(engine, sys.stdin.fileno())


if __name__ == "__main__":
    main()
