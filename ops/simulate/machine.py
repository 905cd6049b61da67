"""What a centre's programs take from the machine: CPU, memory, file descriptors, sampled from /proc. No program is asked.

A program is its process with all children (PostgreSQL's backends, the web's workers). A sample of some hundred processes
takes a few milliseconds, so it is taken every few seconds only.
"""

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
SATURATED = 0.95
"""Of all cores together: from here on waiting for the processor is part of every figure."""


@dataclass(frozen=True)
class Program:
    """One sample of a program and its children."""

    cpu_seconds: float = 0.0  # since the start of each process
    rss_bytes: int = 0
    descriptors: int = 0
    processes: int = 0


@dataclass(frozen=True)
class Sample:
    """One look at everything."""

    at: float  # monotonic
    programs: Mapping[str, Program]
    busy_share: float  # of all cores since the sample before, 0 to 1
    ours_share: float  # the same, of the programs and the simulation itself
    cores: int
    more: Mapping[str, float] = field(default_factory=dict)  # channels, bridges


class Machine:
    """Takes samples. `pids` names the programs; a pid that is gone counts nothing."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self.pids = dict(pids)
        self._last_total = _stat()
        self._last_ours: dict[int, float] = {}
        self.samples: list[Sample] = []

    def sample(self, more: Mapping[str, float] | None = None) -> Sample:
        """Look now; the sample is also kept."""
        trees = _trees(self.pids.values())
        programs = {name: _program(trees.get(pid, [])) for name, pid in self.pids.items()}
        busy, total = _stat()
        spent = total - self._last_total[1]
        share = (busy - self._last_total[0]) / spent if spent > 0 else 0.0
        each = {pid: _cpu(pid) for tree in trees.values() for pid in tree}
        ours = sum(cpu - self._last_ours.get(pid, cpu) for pid, cpu in each.items())
        self._last_total, self._last_ours = (busy, total), each
        cores = os.cpu_count() or 1
        sample = Sample(
            time.monotonic(),
            programs,
            share,
            ours * _TICKS / spent if spent > 0 else 0.0,
            cores,
            dict(more or {}),
        )
        self.samples.append(sample)
        return sample


def _stat() -> tuple[float, float]:
    """Busy and all ticks of all cores so far (proc(5)); waiting for a disk and idling are not busy, stolen time is."""
    fields = [
        int(part) for part in Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]
    ]
    return float(sum(fields) - fields[3] - fields[4]), float(sum(fields))


def _trees(roots: Iterable[int]) -> dict[int, list[int]]:
    """Each root with its descendants."""
    children: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                fields = Path(entry.path, "stat").read_text(encoding="utf-8", errors="replace")
                parent = int(fields.rpartition(")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    wanted = set(roots)
    return {root: _below(root, children, wanted) for root in wanted}


def _below(root: int, children: Mapping[int, list[int]], others: set[int]) -> list[int]:
    """Down to where another program begins: the simulation is everybody's parent."""
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += [child for child in children.get(pid, []) if child not in others]
    return found


def _cpu(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _program(pids: Iterable[int]) -> Program:
    cpu, memory, descriptors, processes = 0.0, 0, 0, 0
    for pid in pids:
        try:
            # unshared memory: PostgreSQL's backends share their buffers, and counting those again for each would look
            # like growth whenever one more connects
            resident, shared = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1:3]
            descriptors += sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
        except (OSError, ValueError):
            continue
        memory += (int(resident) - int(shared)) * _PAGE
        cpu += _cpu(pid)
        processes += 1
    return Program(cpu, memory, descriptors, processes)
