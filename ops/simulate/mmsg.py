"""Many datagrams in one system call: Linux's sendmmsg(2) and recvmmsg(2) on numpy arrays. Thin: bytes out, bytes in.

A bridged call is a hundred packets a second in each direction of each leg. One system call and some array arithmetic for
thirty streams at a time costs a fortieth of what one asyncio transport for each stream costs (docs/load.md has the figures).
"""

import ctypes
import os
import socket
from typing import Any

import numpy as np
import numpy.typing as npt

_LIBC = ctypes.CDLL(None, use_errno=True)
_MSG_DONTWAIT = 0x40
_AGAIN = (11, 4)  # EAGAIN, EINTR

# struct mmsghdr, struct iovec and struct sockaddr_in of a 64-bit little-endian Linux (x86-64, arm64)
MESSAGE = np.dtype(
    [("name", "u8"), ("name_length", "u4"), ("_1", "u4"), ("vector", "u8"), ("vectors", "u8"), ("control", "u8"),
     ("control_length", "u8"), ("flags", "i4"), ("_2", "u4"), ("length", "u4"), ("_3", "u4")]
)  # fmt: skip
VECTOR = np.dtype([("base", "u8"), ("length", "u8")])
ADDRESS = np.dtype([("family", "<u2"), ("port", ">u2"), ("host", "u1", 4), ("_zero", "u1", 8)])

Array = npt.NDArray[Any]


def supported() -> bool:
    """Whether the layouts above are this machine's."""
    return (
        ctypes.sizeof(ctypes.c_void_p) == 8 and hasattr(_LIBC, "sendmmsg") and os.uname().sysname == "Linux"
    )


def addresses(count: int) -> Array:
    """Room for `count` addresses."""
    made = np.zeros(count, ADDRESS)
    made["family"] = socket.AF_INET
    return made


class Outbox:
    """One batch that is sent again and again: rows of `packets` go to rows of `to`."""

    def __init__(self, packets: Array, to: Array, rows: Array, length: int) -> None:
        self._keep = packets, to, rows
        self.count = len(rows)
        self._vectors = np.zeros(self.count, VECTOR)
        self._vectors["base"] = packets.ctypes.data + rows.astype("u8") * packets.strides[0]
        self._vectors["length"] = length
        self._messages = np.zeros(self.count, MESSAGE)
        self._messages["name"] = to.ctypes.data + rows.astype("u8") * ADDRESS.itemsize
        self._messages["name_length"] = ADDRESS.itemsize
        self._messages["vector"] = (
            self._vectors.ctypes.data + np.arange(self.count, dtype="u8") * VECTOR.itemsize
        )
        self._messages["vectors"] = 1

    def send(self, descriptor: int) -> int:
        """How many packets the kernel took; one it refuses is skipped, as the network would lose it."""
        done = taken = 0
        while done < self.count:
            start = self._messages.ctypes.data + done * MESSAGE.itemsize
            sent = _LIBC.sendmmsg(descriptor, ctypes.c_void_p(start), self.count - done, 0)
            taken += max(0, sent)
            done += sent if sent > 0 else 1
        return taken


class Inbox:
    """Room for one batch of received datagrams."""

    def __init__(self, count: int = 512, size: int = 256) -> None:
        self.packets: Array = np.zeros((count, size), "u1")
        self.sources = addresses(count)
        self._vectors = np.zeros(count, VECTOR)
        self._vectors["base"] = self.packets.ctypes.data + np.arange(count, dtype="u8") * size
        self._vectors["length"] = size
        self.messages = np.zeros(count, MESSAGE)
        self.messages["name"] = self.sources.ctypes.data + np.arange(count, dtype="u8") * ADDRESS.itemsize
        self.messages["vector"] = self._vectors.ctypes.data + np.arange(count, dtype="u8") * VECTOR.itemsize
        self.messages["vectors"] = 1

    def receive(self, descriptor: int) -> int:
        """How many datagrams now stand in `packets`; 0 when there are none."""
        self.messages["name_length"] = ADDRESS.itemsize
        got = _LIBC.recvmmsg(
            descriptor, ctypes.c_void_p(self.messages.ctypes.data), len(self.messages), _MSG_DONTWAIT, None
        )
        if got < 0 and ctypes.get_errno() not in (*_AGAIN, 111):  # 111: an earlier packet met a closed port
            raise OSError(ctypes.get_errno(), "recvmmsg")
        return max(0, int(got))
