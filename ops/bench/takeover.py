"""`./120 bench takeover`: the worker that leads is killed under 200 calls; how long until the standby owns them all.

Half of the calls wait, half talk. Owned again means: the standby leads and is ready, every waiting citizen's channel is in its
Stasis application, and it knows every talking agent. Dropped is a channel that is gone, or sent to the last resort.
"""

import asyncio
import json
import re
import time
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

import click

from centre120 import names
from ops.bench.acd import register, sign_in, sipp_process
from ops.bench.calls import OURS, dialplan_with_bench_numbers
from ops.parts_for_tests import fetch_test_parts
from ops.private_centre import Centre, poll, running

TARGET_SECONDS = 1.0
STAY_SECONDS = 60
RATE = 20


def measure(calls: int) -> dict[str, Any]:
    """Run it once. Raises TimeoutError when the calls cannot be set up."""
    agents = calls // 2
    extensions = [str(1001 + number) for number in range(agents)]
    with dialplan_with_bench_numbers() as dialplan:
        centre = Centre(
            {extension: ["ko"] for extension in extensions},
            dialplan=dialplan,
            wrap_up_seconds=0,
            agent_lost_seconds=0,
        )
        sipp = str(fetch_test_parts(centre.settings, False)["sipp"])
        with running(centre, "asterisk", "ari_app"):
            return _measure(centre, sipp, calls, extensions)


def _measure(centre: Centre, sipp: str, calls: int, extensions: Sequence[str]) -> dict[str, Any]:
    agent_port = centre.base + 50
    asyncio.run(register(centre, extensions, agent_port))
    phones = sipp_process(sipp, centre, "agent.xml", "127.0.0.1", agent_port, "-aa")
    try:
        sign_in(centre, extensions)
        centre.start("ari_app-2")
        citizens = sipp_process(
            sipp, centre, _scenario(centre), "127.0.0.2", centre.base + 60, centre.sip,
            "-s", OURS, "-m", str(calls), "-r", str(RATE), "-l", str(calls), "-key", "from", "0105555",
        )  # fmt: skip
        waiting = calls - len(extensions)
        poll(
            lambda: _standing(centre) == (waiting, len(extensions)), calls / RATE + 20, "calls wait and talk"
        )
        time.sleep(1)  # let the sentence about the place in the queue be in the middle: the hard case
        channels = centre.channels()
        begun = time.monotonic()
        centre.kill("ari_app")
        _until(lambda: centre.health().get("leader") == 2 and centre.health().get("ready"))
        leads = time.monotonic() - begun
        _until(lambda: _owned(centre) >= waiting and _standing(centre) == (waiting, len(extensions)))
        owned = time.monotonic() - begun
        time.sleep(3)  # a lease that nobody renewed would have run out
        lost = channels - centre.channels()
        fallback = len(centre.cel("CENTRE_FALLBACK"))
        citizens.wait(STAY_SECONDS + 30)
        failed = citizens.returncode
    finally:
        phones.terminate()
        phones.wait(5)
    return {
        "calls": calls,
        "waiting": waiting,
        "talking": len(extensions),
        "seconds_to_lead": round(leads, 3),
        "seconds_to_own_all": round(owned, 3),
        "channels_lost": lost,
        "sent_to_the_last_resort": fallback,
        "sipp_exit": failed,
        "target": {"seconds": TARGET_SECONDS, "dropped": 0},
    }


def _until(fact: Any) -> None:
    deadline = time.monotonic() + 20
    while not fact() and time.monotonic() < deadline:
        time.sleep(0.005)


def _standing(centre: Centre) -> tuple[int, int]:
    health = centre.health()
    return int(health.get("waiting", -1)), list(health.get("agents", {}).values()).count("on-call")


def _owned(centre: Centre) -> int:
    url = f"http://127.0.0.1:{centre.settings.ari_port}/ari/applications/{names.ari_app(2)}"
    key = f"centre120:{centre.settings.secret('ari_password')}"
    with urllib.request.urlopen(f"{url}?api_key={key}", timeout=2) as answer:  # noqa: S310 - our own Asterisk
        return len(json.load(answer)["channel_ids"])


def _scenario(centre: Centre) -> str:
    """The benchmark's citizen, who stays."""
    from ops.bench.calls import HERE

    text = (HERE / "scenarios" / "citizen.xml").read_text(encoding="utf-8")
    path = centre.home / "staying.xml"
    path.write_text(
        re.sub(r'<pause milliseconds="\d+"/>', f'<pause milliseconds="{STAY_SECONDS * 1000}"/>', text),
        encoding="utf-8",
    )
    return str(path)


def report(result: Mapping[str, Any], as_json: bool) -> None:
    """Print it."""
    if as_json:
        click.echo(json.dumps(result))
        return
    click.echo(
        f"{result['waiting']} waiting and {result['talking']} talking: the standby leads after "
        f"{result['seconds_to_lead']} s, owns all after {result['seconds_to_own_all']} s (target {TARGET_SECONDS} s)"
    )
    click.echo(
        f"channels lost: {result['channels_lost']}, sent to the last resort: {result['sent_to_the_last_resort']}"
    )
