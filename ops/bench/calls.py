"""What the benchmarks share: a dialplan with their numbers, percentiles, CPU of a process."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from centre120.settings import REPOSITORY

HERE = Path(__file__).parent
OURS, NATIVE = "9001", "9002"
"""Numbers of 95-bench.conf: into our queue, and into native Queue(), without the menu."""


@contextmanager
def dialplan_with_bench_numbers() -> Iterator[Path]:
    """The shipped dialplan and the benchmark's numbers, in a folder of their own."""
    folder = Path(tempfile.mkdtemp(prefix="c120d"))
    try:
        for file in [*(REPOSITORY / "dialplan").glob("*.conf"), HERE / "95-bench.conf"]:
            shutil.copy(file, folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest rank; 0.0 of nothing."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2) if ordered else 0.0
