"""Blocks of ports for private centres and test runs: no two runs on this machine get the same one.

Below 32768, where Linux takes the ports of outgoing connections from (/proc/sys/net/ipv4/ip_local_port_range): a program
that is started anew must find its port as it left it. A block is held by an abstract Unix socket of its name, which the
kernel gives free when the process ends, however it ends (unix(7)).
"""

import socket
from collections.abc import Iterable

from centre120.errors import CentreError, Fault

PORTS_OF_A_BLOCK = 1000
FIRST_BASE, LAST_BASE = 10_000, 31_000
_LOOPBACKS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
"""Ours, and the carrier's behind each trunk."""
_LOOKED_AT = (*range(12), 50, 60, 100, 101)


class PortBlock:
    """`base` to `base + 999` are ours until `release()`. Raises `no-free-ports`."""

    def __init__(self, seed: int) -> None:
        bases = list(range(FIRST_BASE, LAST_BASE + 1, PORTS_OF_A_BLOCK))
        start = seed % len(bases)
        for base in bases[start:] + bases[:start]:
            held = _hold(base)
            if held is None:
                continue
            if all(is_free(base + offset, _LOOPBACKS) for offset in _LOOKED_AT):
                self.base = base
                self._held = held
                return
            held.close()
        raise CentreError(
            "no-free-ports",
            f"No block of {PORTS_OF_A_BLOCK} free ports was found between {FIRST_BASE} and {LAST_BASE}.",
            "End other test runs and private centres.",
            Fault.MACHINE,
        )

    def release(self) -> None:
        """Another may have it."""
        self._held.close()


def _hold(base: int) -> socket.socket | None:
    held = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        held.bind(f"\0centre120-ports-{base}")
    except OSError:
        held.close()
        return None
    return held


def is_free(port: int, hosts: Iterable[str] = ("127.0.0.1",)) -> bool:
    """Whether nobody has that port on these addresses, by UDP or TCP."""
    for host in hosts:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_INET, kind) as probe:
                try:
                    probe.bind((host, port))
                except OSError:
                    return False
    return True
