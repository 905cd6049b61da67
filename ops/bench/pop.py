"""`./120 bench pop`: from a citizen's INVITE to the case painted on the agent's desk, in a real Chromium.

The caller is one of our phones behind the trunk, on a number that skips the menu; the desk is the real page from the real
web program; painting is what the page reports after two animation frames. The agent's phone notes when its INVITE arrives.
All clocks are the machine's wall clock.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from centre120.store.agents import add_agent
from centre120.store.database import Database
from centre120.store.roster import publish_roster
from centre120.store.users import add_user, change_password
from ops.bench.calls import OURS, dialplan_with_bench_numbers, percentile
from ops.parts_for_tests import fetch_test_parts
from ops.private_centre import Centre, running
from phones import incoming, tones
from phones.phone import Phone

AGENT, FIRST, PASSWORD = "201", "the first of two passwords", "the second of two passwords"
TARGET_P99_MS = 100.0
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)


def measure(calls: int, quiet: bool) -> dict[str, Any]:
    """Run it; raises TimeoutError when a call does not ring."""
    with dialplan_with_bench_numbers() as dialplan:
        centre = Centre(
            {AGENT: ["ko"]}, dialplan=dialplan, own_database=True, wrap_up_seconds=0, agent_lost_seconds=0
        )
        chromium = fetch_test_parts(centre.settings, True)["chromium"]
        with running(centre, "postgresql"):
            secret = _people(centre)
            for program in ("asterisk", "agi", "ari_app", "recorder", "web"):
                centre.start(program)
            return asyncio.run(_run(centre, chromium, secret, calls, quiet))


def _people(centre: Centre) -> str:
    """One agent who may log in; the secret of the agent's phone."""
    database = Database(centre.settings.sqlalchemy_url)
    try:
        with database.transaction() as tx:
            secret = add_agent(tx, AGENT, name="상담사", languages=["ko"])
            user = add_user(tx, AGENT, FIRST, "agent", extension=AGENT, name="상담사")
        change_password(database, user.user_id, FIRST, PASSWORD)
        publish_roster(database, centre.settings.roster_file, datetime.now(UTC))
    finally:
        database.close()
    return secret


async def _run(centre: Centre, chromium: Path, secret: str, calls: int, quiet: bool) -> dict[str, Any]:
    from playwright.async_api import async_playwright

    rung: dict[str, float] = {}

    def ring(call: incoming.IncomingCall) -> incoming.Policy:
        rung[call.remote_number] = time.time() * 1000
        return incoming.answer(0.05)

    invited: dict[str, float] = {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(chromium), args=list(FLAGS))
        page = await browser.new_page()
        await page.goto(f"http://127.0.0.1:{centre.settings.web_port}/login")
        await page.fill("input[name=login]", AGENT)
        await page.fill("input[name=password]", PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#live[data-good=yes]")
        async with (
            Phone("127.0.0.1", user=AGENT, tone=tones.AGENTS[0], policy=ring) as agent,
            Phone("127.0.0.2", tone=tones.CITIZEN) as citizen,
        ):
            sip = ("127.0.0.1", centre.settings.sip_port)
            await agent.register(AGENT, secret, sip)
            await (await agent.call(f"sip:*11@{centre.sip}")).ended(10)
            for number in range(calls):
                caller = f"0101000{number:04d}"
                await page.wait_for_selector("#state[data-state=available]")
                invited[caller] = time.time() * 1000
                call = await citizen.call(f"sip:{OURS}@{centre.sip}", from_number=caller)
                leg = await agent.incoming_call(10)
                await leg.answered(5)
                await call.hangup()
                await leg.ended(5)
                if not quiet and number % 20 == 19:
                    click.echo(f"{number + 1} calls")
        pops = {pop["call_id"]: pop["painted_at"] for pop in await page.evaluate("window.__pops")}
        await browser.close()
    return _result(centre, invited, rung, pops)


def _result(
    centre: Centre, invited: Mapping[str, float], rung: Mapping[str, float], pops: Mapping[str, float]
) -> dict[str, Any]:
    callers = {record["call_id"]: record["caller_number"] for record in centre.journal("CallQueued")}
    painted = {callers[call_id]: at for call_id, at in pops.items() if call_id in callers}
    to_pop = [painted[caller] - at for caller, at in invited.items() if caller in painted]
    ahead = [rung[caller] - at for caller, at in painted.items() if caller in rung]
    return {
        "calls": len(invited),
        "pops": len(painted),
        "invite_to_pop_ms": {
            "p50": percentile(to_pop, 0.5),
            "p99": percentile(to_pop, 0.99),
            "max": percentile(to_pop, 1.0),
        },
        "pop_before_ring": sum(lead >= 0 for lead in ahead),
        "ring_after_pop_ms": {"min": percentile(ahead, 0.0), "p50": percentile(ahead, 0.5)},
        "target": {"p99_ms": TARGET_P99_MS, "pop_before_ring": len(invited)},
    }


def report(result: Mapping[str, Any], as_json: bool) -> None:
    """Print it."""
    if as_json:
        click.echo(json.dumps(result))
        return
    delay = result["invite_to_pop_ms"]
    click.echo(
        f"{result['pops']} of {result['calls']} pops painted; INVITE to pop, ms: {delay} (target p99 {TARGET_P99_MS})"
    )
    click.echo(f"painted before the phone rang: {result['pop_before_ring']} of {result['calls']}")
