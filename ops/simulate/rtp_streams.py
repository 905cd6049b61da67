"""The audio of many calls as arrays: what is sent, what was received, and what that says of loss and of who was heard.

One row is one stream. No clock: the time is an argument. Loss as in RFC 3550 appendix A.3: packets expected by their
sequence numbers less packets received.
"""

import secrets
from typing import Any

import numpy as np

from ops.simulate import mmsg, voices

ROOM = 4096
PACKET = 12 + voices.FRAME
PCMA = 8
LISTEN_EVERY = 5
"""Who is heard is asked of every fifth batch: ten times a second and stream, and a third cheaper than always."""
_JUMP = (
    3000  # a larger step in the sequence is another source, not a loss (RFC 3550 appendix A.1, MAX_DROPOUT)
)


class Streams:
    """Everything known of ROOM streams."""

    def __init__(self) -> None:
        self.packets = np.zeros((ROOM, 176), "u1")
        self.to = mmsg.addresses(ROOM)
        self.sequence = np.zeros(ROOM, "u2")
        self.timestamp = np.zeros(ROOM, "u4")
        self.sent = np.zeros(ROOM, "i8")
        self.received = np.zeros(ROOM, "i8")
        self.expected_before = np.zeros(ROOM, "i8")  # of earlier sources of this stream
        self.first, self.highest = np.zeros(ROOM, "i8"), np.zeros(ROOM, "i8")
        self.other_packets = np.zeros(ROOM, "i8")
        self._batches = 0
        self.parties_heard: list[dict[int, int]] = [{} for _ in range(ROOM)]
        self.first_at, self.last_at = np.zeros(ROOM), np.zeros(ROOM)
        self.longest_gap = np.zeros(ROOM)
        self._free = list(range(ROOM - 1, -1, -1))
        self._listener = voices.Listener()

    def add(self, host: str, port: int, party: int) -> int:
        """A new row that speaks as `party` to that address. Raises IndexError when there is no room."""
        row = self._free.pop()
        self.to["port"][row] = port
        self.to["host"][row] = [int(part) for part in host.split(".")]
        self.sequence[row], self.timestamp[row] = secrets.randbits(15), secrets.randbits(31)
        packet = self.packets[row]
        packet[0], packet[1] = 0x80, 0x80 | PCMA
        packet[8:12] = np.frombuffer(secrets.token_bytes(4), "u1")
        packet[12:PACKET] = np.frombuffer(voices.frame(party), "u1")
        for array in (self.sent, self.received, self.expected_before, self.first, self.highest,
                      self.other_packets, self.first_at, self.last_at, self.longest_gap):  # fmt: skip
            array[row] = 0
        self.parties_heard[row] = {}
        return row

    def remove(self, row: int) -> dict[str, Any]:
        """Frees the row; what is known of it. `lost` counts packets, gaps and moments are seconds."""
        known = {
            "sent": int(self.sent[row]),
            "received": int(self.received[row]),
            "lost": max(0, self._expected(row) - int(self.received[row])),
            "heard": {str(party): count for party, count in self.parties_heard[row].items()},
            "other": int(self.other_packets[row]),
            "first_at": float(self.first_at[row]),
            "last_at": float(self.last_at[row]),
            "longest_gap": float(self.longest_gap[row]),
        }
        self._free.append(row)
        return known

    def _expected(self, row: int) -> int:
        if not self.received[row]:
            return 0
        return int(self.expected_before[row] + self.highest[row] - self.first[row] + 1)

    def advance(self, rows: Any) -> None:
        """The next 20 ms of these rows, ready to be sent."""
        self.sequence[rows] += 1
        self.timestamp[rows] += voices.FRAME
        self.packets[rows, 2:4] = self.sequence[rows].astype(">u2").view("u1").reshape(-1, 2)
        self.packets[rows, 4:8] = self.timestamp[rows].astype(">u4").view("u1").reshape(-1, 4)

    def spoken(self, rows: Any) -> None:
        """They were sent: no more marker bit, which only begins a stream (RFC 3551 section 4.1)."""
        self.packets[rows, 1] = PCMA
        self.sent[rows] += 1

    def take(self, rows: Any, packets: Any, lengths: Any, now: float) -> None:
        """Received packets of these rows (one row may come several times)."""
        sequences = packets[:, 2].astype("i8") << 8 | packets[:, 3]
        step = (sequences - (self.highest[rows] & 0xFFFF)).astype("i2").astype("i8")
        if (self.received[rows] == 0).any() or (np.abs(step) > _JUMP).any():
            for row, sequence in zip(rows.tolist(), sequences.tolist(), strict=True):
                self._take_one(row, sequence, now)
        else:
            np.maximum.at(self.highest, rows, self.highest[rows] + step)
            np.add.at(self.received, rows, 1)
        np.maximum.at(self.longest_gap, rows, now - self.last_at[rows])
        self.last_at[rows] = now
        self._batches += 1
        if self._batches % LISTEN_EVERY:
            return
        audio = (lengths == PACKET) & (packets[:, 1] & 0x7F == PCMA)
        self._hear(rows[audio], packets[audio])

    def _take_one(self, row: int, sequence: int, now: float) -> None:
        """The careful way, for a stream that begins or changes its source."""
        step = (sequence - int(self.highest[row]) + 0x8000 & 0xFFFF) - 0x8000
        if not self.received[row]:
            self.first[row] = self.highest[row] = sequence
            self.first_at[row] = self.last_at[row] = now
        elif abs(step) > _JUMP:
            self.expected_before[row] = self._expected(row)
            self.first[row] = self.highest[row] = sequence
        else:
            self.highest[row] = max(self.highest[row], self.highest[row] + step)
        self.received[row] += 1

    def _hear(self, rows: Any, packets: Any) -> None:
        if not len(rows):
            return
        parties = self._listener.parties(packets[:, 12:PACKET])
        known = parties >= 0
        np.add.at(self.other_packets, rows[~known], 1)
        for row, party in zip(rows[known].tolist(), parties[known].tolist(), strict=True):
            heard = self.parties_heard[row]
            heard[party] = heard.get(party, 0) + 1
