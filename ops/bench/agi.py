"""`./120 bench agi`: our FastAGI server against a bare asyncio server, panoramisk's and pyst2's, in alternating blocks.

A process of its own plays Asterisk: it opens the connections, sends the environment of a real call, answers each command
and notes that all of them came. Only the servers' CPU is counted, with that of their children.
"""

import asyncio
import json
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from centre120.settings import REPOSITORY

TARGETS = {"bare": 1.0, "panoramisk": 0.75, "pyst2": 0.2}
NAMES = ("ours", "bare", "panoramisk", "pyst2")
COMMANDS = {"one": 1, "session": 4}
AT_ONCE = 8
SECONDS_FOR_BLOCK = 60

ENVIRONMENT = (
    "agi_network: yes\nagi_network_script: {script}\nagi_request: agi://127.0.0.1/{script}\n"
    "agi_channel: PJSIP/trunk_a-00000004\nagi_language: ko\nagi_type: PJSIP\nagi_uniqueid: centre120-1795304982.4\n"
    'agi_version: 22.10.1\nagi_callerid: 01012345678\nagi_calleridname: 김 "길동" ${{X}}\nagi_callingpres: 0\n'
    "agi_callingani2: 0\nagi_callington: 0\nagi_callingtns: 0\nagi_dnid: 02120\nagi_rdnis: unknown\n"
    "agi_context: ask\nagi_extension: s\nagi_priority: 4\nagi_enhanced: 0.0\n"
    "agi_accountcode: 5d74672f-9a1a-4bbb-9c3a-736c6cfa5bff\nagi_threadid: 139872\nagi_arg_1: 2611211000427\n\n"
)


def measure(sessions: int, block: int, quiet: bool) -> dict[str, Any]:
    """Run it. Raises RuntimeError when a server did not say all it should."""
    rounds = max(2, sessions // block)
    with ExitStack() as stack:
        servers = {name: stack.enter_context(_Server(name)) for name in NAMES}
        asterisk = stack.enter_context(multiprocessing.get_context("spawn").Pool(1))
        spent: dict[str, dict[str, list[float]]] = {script: {n: [] for n in NAMES} for script in COMMANDS}
        for number in range(-1, rounds):  # the first round warms up and is not counted
            for script, commands in COMMANDS.items():
                order = [*NAMES[number % 4 :], *NAMES[: number % 4]]
                for name in order:
                    size = block if number >= 0 else max(20, block // 10)
                    before = servers[name].cpu()
                    said = asterisk.apply_async(play, (servers[name].port, script, size))
                    if said.get(SECONDS_FOR_BLOCK) != size * commands:
                        raise RuntimeError(f"{name} did not say all commands of {size} sessions")
                    if number >= 0:
                        spent[script][name].append((servers[name].cpu() - before) / size * 1000)
            if not quiet and number >= 0:
                shown = "  ".join(f"{n} {spent['one'][n][-1]:.3f}" for n in NAMES)
                click.echo(f"round {number + 1} of {rounds}, CPU s per 1,000 one-command sessions: {shown}")
    return {
        "sessions_of_each": rounds * block,
        "block": block,
        "cpu_seconds_per_1000": {s: {n: _mean(spent[s][n]) for n in NAMES} for s in COMMANDS},
        "ratio": {s: {n: _ratio(spent[s]["ours"], spent[s][n]) for n in TARGETS} for s in COMMANDS},
        "target": TARGETS,
    }


def _mean(values: list[float]) -> float:
    return round(statistics.fmean(values), 3)


def _ratio(ours: list[float], other: list[float]) -> dict[str, float]:
    """Of all blocks together, and the lowest and highest of one block."""
    single = [a / b for a, b in zip(ours, other, strict=True) if b]
    return {
        "all": round(sum(ours) / sum(other), 3),
        "lowest": round(min(single), 3),
        "highest": round(max(single), 3),
    }


class _Server:
    """One server process; its CPU includes that of children it has waited for."""

    def __init__(self, name: str) -> None:
        self.name = name
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    def __enter__(self) -> "_Server":
        command = [sys.executable, "-m", "ops.bench.agi_peers", self.name, str(self.port)]
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=REPOSITORY, env=environment)
        assert self._process.stdout is not None  # noqa: S101 - PIPE
        if self._process.stdout.readline() != b"ready\n":
            raise RuntimeError(f"the server {self.name} did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)

    def cpu(self) -> float:
        """Seconds; nanosecond steps for its threads, clock ticks for its children (proc(5))."""
        proc = Path(f"/proc/{self._process.pid}")
        own = sum(int((task / "schedstat").read_text().split()[0]) for task in (proc / "task").iterdir())
        fields = (proc / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return own / 1e9 + (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


# --- Asterisk's side, in its own process ------------------------------------------------------------------------


def play(port: int, script: str, sessions: int) -> int:
    """`sessions` conversations, AT_ONCE at a time; how many commands were said."""
    return asyncio.run(_play(port, ENVIRONMENT.format(script=script).encode(), sessions))


async def _play(port: int, environment: bytes, sessions: int) -> int:
    left = iter(range(sessions))

    async def line_of_calls() -> int:
        return sum([await _converse(port, environment) for _ in left])

    return sum(await asyncio.gather(*(line_of_calls() for _ in range(AT_ONCE))))


async def _converse(port: int, environment: bytes) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(environment)
    commands = 0
    while line := await reader.readline():
        commands += line.startswith((b"SET VARIABLE", b"GET VARIABLE"))
        writer.write(b"200 result=1 (ko)\n" if line.startswith(b"GET") else b"200 result=1\n")
    writer.close()
    return commands


def report(result: Mapping[str, Any], as_json: bool) -> None:
    """Print it."""
    if as_json:
        click.echo(json.dumps(result))
        return
    words = {"one": "one command", "session": "four commands, one with escaping"}
    for script, said in words.items():
        cpu = result["cpu_seconds_per_1000"][script]
        click.echo(f"\n{said}: CPU seconds per 1,000 sessions, {result['sessions_of_each']} each")
        click.echo(f"  {'ours':<12}{cpu['ours']:>8}")
        for name, target in TARGETS.items():
            ratio = result["ratio"][script][name]
            met = "met" if ratio["all"] <= target else "MISSED"
            click.echo(
                f"  {name:<12}{cpu[name]:>8}   ours/{name} {ratio['all']:.3f}"
                f" (blocks {ratio['lowest']:.3f} to {ratio['highest']:.3f}), target {target}: {met}"
            )
