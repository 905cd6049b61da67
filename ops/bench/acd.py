"""`./120 bench acd`: our queue against native `Queue()`, in short alternating blocks of one run on one Asterisk.

The same agents, phones, configuration, CEL, CDR and recording serve both. During a block of the native queue ari_app is
stopped and unsubscribed, so that none of its cost, nor the cost of telling it anything, falls on the peer. Callers and
agents are SIPp without audio; each agent's leg is checked in CEL: a call that did not reach an agent fails the run.
"""

import asyncio
import json
import os
import statistics
import subprocess
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import click

from ops.bench.calls import (
    HERE,
    NATIVE,
    OURS,
    cpu_seconds,
    dialplan_with_bench_numbers,
    percentile,
)
from ops.parts_for_tests import fetch_test_parts
from ops.private_centre import Centre, poll, running
from phones.phone import Phone

TARGET_RATIO, TARGET_P99_MS = 1.05, 50.0


@dataclass
class Side:
    """One of the two queues; CPU in seconds, `to_invite_ms` from entering the queue to the agent's leg."""

    calls: int = 0
    reached_agent: int = 0
    asterisk_cpu: float = 0.0
    python_cpu: float = 0.0
    to_invite_ms: list[float] = field(default_factory=list)

    def per_thousand(self) -> dict[str, float]:
        scale = 1000 / max(1, self.calls)
        return {
            "asterisk": round(self.asterisk_cpu * scale, 3),
            "python": round(self.python_cpu * scale, 3),
            "total": round((self.asterisk_cpu + self.python_cpu) * scale, 3),
        }


def measure(calls: int, agents: int, rate: int, block: int, quiet: bool) -> dict[str, Any]:
    """Run it. Raises RuntimeError when calls did not reach agents."""
    extensions = [str(1001 + number) for number in range(agents)]
    with dialplan_with_bench_numbers() as dialplan:
        centre = Centre(
            {extension: ["ko"] for extension in extensions},
            dialplan=dialplan,
            wrap_up_seconds=0,
            agent_lost_seconds=0,
        )
        _add_native_queue(centre, extensions)
        sipp = str(fetch_test_parts(centre.settings, False)["sipp"])
        with running(centre, "asterisk", "ari_app"):
            return _compare(centre, extensions, sipp, calls, rate, block, quiet)


def _add_native_queue(centre: Centre, extensions: Sequence[str]) -> None:
    queues = centre.settings.asterisk_dir / "etc" / "queues.conf"
    members = "".join(f"member => PJSIP/{extension}\n" for extension in extensions)
    bench_queue = (
        f"\n[bench]\nstrategy = rrmemory\nringinuse = no\nautofill = yes\ntimeout = 15\nretry = 1\n{members}"
    )
    queues.write_text(queues.read_text(encoding="utf-8") + bench_queue, encoding="utf-8")


def _compare(
    centre: Centre, extensions: list[str], sipp: str, calls: int, rate: int, block: int, quiet: bool
) -> dict[str, Any]:
    agent_port = centre.base + 50
    asyncio.run(register(centre, extensions, agent_port))
    phones = sipp_process(sipp, centre, "agent.xml", "127.0.0.1", agent_port, "-aa")
    sides = {OURS: Side(), NATIVE: Side()}
    ratios = []
    try:
        sign_in(centre, extensions)
        for number in range(max(1, calls // block)):
            before = {name: (side.asterisk_cpu + side.python_cpu) for name, side in sides.items()}
            for name in (OURS, NATIVE) if number % 2 == 0 else (NATIVE, OURS):
                _block(centre, sipp, sides[name], name, block, rate)
            spent = {name: side.asterisk_cpu + side.python_cpu - before[name] for name, side in sides.items()}
            ratios.append(spent[OURS] / spent[NATIVE])
            if not quiet:
                click.echo(f"block {number + 1}: ours/queue {ratios[-1]:.3f}")
    finally:
        phones.terminate()
        phones.wait(5)
    return _result(sides, ratios)


def _result(sides: Mapping[str, Side], ratios: Sequence[float]) -> dict[str, Any]:
    ours, native = sides[OURS], sides[NATIVE]
    for name, side in sides.items():
        if side.reached_agent < side.calls:
            raise RuntimeError(
                f"{name}: {side.calls - side.reached_agent} of {side.calls} calls reached no agent"
            )
    total = ours.per_thousand()["total"] / native.per_thousand()["total"]
    return {
        "calls": ours.calls,
        "ratio": round(total, 3),
        "ratio_median_of_blocks": round(statistics.median(ratios), 3),
        "cpu_seconds_per_1000_calls": {"ours": ours.per_thousand(), "queue": native.per_thousand()},
        "queue_to_invite_ms": {
            label: {
                "p50": percentile(side.to_invite_ms, 0.5),
                "p99": percentile(side.to_invite_ms, 0.99),
                "max": percentile(side.to_invite_ms, 1.0),
            }
            for label, side in (("ours", ours), ("queue", native))
        },
        "target": {"ratio": TARGET_RATIO, "p99_ms": TARGET_P99_MS},
    }


async def register(centre: Centre, extensions: Sequence[str], port: int) -> None:
    """Every agent's contact is the one SIPp that plays all phones."""
    async with Phone("127.0.0.1", port) as phone:
        for extension in extensions:
            await phone.register(
                extension,
                centre.password(extension),
                ("127.0.0.1", centre.settings.sip_port),
                600,
                keep=False,
            )


def sign_in(centre: Centre, extensions: Sequence[str]) -> None:
    """The journal is what a worker wakes up with: write every agent available, and let it wake up."""
    _stop_ari_app(centre)
    lines = [
        {"writer": "ari_app-1", "seq": number, "at": "2026-01-01T00:00:00+00:00", "kind": "AgentStateChanged",
         "agent": extension, "state": "available", "reason": ""}
        for number, extension in enumerate(extensions, 100_000)
    ]  # fmt: skip
    with (centre.settings.journal_dir / "ari_app-1.jsonl").open("a", encoding="utf-8") as journal:
        journal.writelines(json.dumps(line) + "\n" for line in lines)
    centre.start("ari_app")
    poll(lambda: set(centre.health().get("agents", {}).values()) == {"available"}, 10, "all agents available")


def _stop_ari_app(centre: Centre) -> None:
    program = centre.programs.pop("ari_app")
    program.terminate()
    program.wait(5)
    sources = ",".join(
        f"endpoint:PJSIP/{extension}" for extension in centre.health().get("agents", {})
    ) or ",".join(
        f"endpoint:PJSIP/{entry['extension']}"
        for entry in json.loads(centre.settings.roster_file.read_text())["agents"]
    )
    request = urllib.request.Request(
        f"http://127.0.0.1:{centre.settings.ari_port}/ari/applications/centre120-1/subscription?eventSource={sources}"
        f"&api_key=centre120:{centre.settings.secret('ari_password')}",
        method="DELETE",
    )
    urllib.request.urlopen(request, timeout=5).close()  # noqa: S310 - our own Asterisk


def _block(centre: Centre, sipp: str, side: Side, number: str, calls: int, rate: int) -> None:
    if number == OURS and "ari_app" not in centre.programs:
        centre.start("ari_app")
        # its start adds the last resort's members by AMI, whose session costs every call: not what a call costs
        poll(lambda: centre.health().get("ami") is False, 10, "AMI closed after the start")
    elif number == NATIVE and "ari_app" in centre.programs:
        _stop_ari_app(centre)
    mark = centre.settings.cel_file.stat().st_size if centre.settings.cel_file.exists() else 0
    pids = [centre.programs["asterisk"].pid] + ([centre.programs["ari_app"].pid] if number == OURS else [])
    before = [cpu_seconds(pid) for pid in pids]
    caller = sipp_process(
        sipp, centre, "citizen.xml", "127.0.0.2", centre.base + 60, centre.sip,
        "-s", number, "-m", str(calls), "-r", str(rate), "-key", "from", f"010{int(time.time()) % 10000:04d}",
    )  # fmt: skip
    if caller.wait(calls / rate + 60) != 0:
        raise RuntimeError(f"SIPp as citizens to {number}: exit code {caller.returncode}")
    poll(lambda: not centre.leaks(), 10, "all channels gone")
    spent = [cpu_seconds(pid) - start for pid, start in zip(pids, before, strict=True)]
    side.asterisk_cpu += spent[0]
    side.python_cpu += spent[1] if len(spent) > 1 else 0.0
    side.calls += calls
    with centre.settings.cel_file.open("rb") as file:
        file.seek(mark)
        _read_block(side, [json.loads(line) for line in file.read().splitlines()])


def _read_block(side: Side, records: Sequence[Mapping[str, Any]]) -> None:
    queued = {
        record["accountcode"]: record["eventtime"]
        for record in records
        if record["eventtype"] == "CENTRE_QUEUED"
    }
    linked = {record["linkedid"]: record["accountcode"] for record in records if record["accountcode"]}
    for record in records:
        is_agent = record["channame"].startswith("PJSIP/1")
        if is_agent and record["eventtype"] == "CHAN_START":
            started = queued.get(linked.get(record["linkedid"], ""))
            if started is not None:
                side.to_invite_ms.append((record["eventtime"] - started) * 1000)
        elif is_agent and record["eventtype"] == "ANSWER":
            side.reached_agent += 1


def sipp_process(
    sipp: str, centre: Centre, scenario: str, host: str, port: int, *more: str
) -> "subprocess.Popen[bytes]":
    """SIPp on one of our scenarios, logging into the private centre."""
    log = (centre.settings.log_dir / "sipp.log").open("ab")
    command = [
        sipp,
        "-sf",
        str(HERE / "scenarios" / scenario),
        "-i",
        host,
        "-p",
        str(port),
        "-mi",
        host,
        "-nostdin",
        *more,
    ]
    environment = {**os.environ, "TERM": "dumb"}
    process = subprocess.Popen(command, stdout=log, stderr=log, cwd=centre.home, env=environment)
    log.close()
    return process


def report(result: Mapping[str, Any], as_json: bool) -> None:
    """Print it."""
    if as_json:
        click.echo(json.dumps(result))
        return
    cpu, delay = result["cpu_seconds_per_1000_calls"], result["queue_to_invite_ms"]
    click.echo(f"CPU seconds per 1,000 calls: ours {cpu['ours']}, Queue() {cpu['queue']}")
    click.echo(f"ratio ours/Queue(): {result['ratio']} (target {TARGET_RATIO})")
    click.echo(
        f"queue to agent's INVITE, ms: ours {delay['ours']}, Queue() {delay['queue']} (target p99 {TARGET_P99_MS})"
    )
