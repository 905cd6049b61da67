"""`./120 bench line`: what a call costs our Python, by the length of the line and the number of agents.

The real decoder, ACD and performer, fed with the events of whole calls as Asterisk sends them; Asterisk, the disk and the
desks are not there (an edge that answers at once, and named so). What a call costs Asterisk is `bench acd`'s.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import click

from ari_app import events
from ari_app.acd import Acd
from ari_app.perform import Performer
from ari_app.state import Agent, AgentState
from ops.bench.calls import percentile

LINES = ((10, 40), (100, 40), (1000, 40), (10, 10), (10, 100), (10, 500))
"""Citizens who wait (for a language nobody free speaks), agents."""


class EdgeThatAnswersAtOnce:
    """In place of connection, journal, desks and AMI."""

    def send(self, *_: Any, **__: Any) -> None: ...

    def append(self, *_: Any, **__: Any) -> None: ...

    def when_flushed(self, then: Callable[[bool], None]) -> None:
        then(True)

    def open_for(self, extension: str) -> bool:
        return False


def measure(calls: int) -> dict[str, Any]:
    """Microseconds of CPU a call, and of one offer (arrival to the request that rings), for each of LINES."""
    return asyncio.run(_curve(calls))  # timers of the performer need a loop


async def _curve(calls: int) -> dict[str, Any]:
    return {"curve": [_measure(waiting, agents, calls) for waiting, agents in LINES]}


def _measure(waiting: int, agents: int, calls: int) -> dict[str, Any]:
    acd = _acd(agents)
    edge: Any = EdgeThatAnswersAtOnce()
    performer = Performer(
        "centre120-1", edge, edge, edge, edge, 3, acd.calls.get, acd.supervisions.get,
        lambda _: {}, edge.send, edge.send, edge.send, edge.send,
    )  # fmt: skip
    for number in range(waiting):
        _tell(acd, None, _entered(f"w{number}", f"wait-{number}", "zh"))
    offers: list[float] = []
    begun = time.process_time()
    for number in range(calls):
        _one_call(acd, performer, number, offers)
    spent = time.process_time() - begun
    return {
        "waiting": waiting,
        "agents": agents,
        "us_per_call": round(spent / calls * 1e6, 1),
        "offer_us": {"p50": percentile(offers, 0.5), "p99": percentile(offers, 0.99)},
    }


def _acd(agents: int) -> Acd:
    from centre120.queue_policy import Policy

    now, at = time.monotonic(), datetime.now(UTC)
    acd = Acd(Policy(), 15, 0, lambda _: "2611221000017")
    roster = [Agent(str(1001 + one), "agent", frozenset({"ko"}), frozenset()) for one in range(agents)]
    away = Agent("999", "away", frozenset({"zh"}), frozenset())  # signed in: those who wait wait for this one
    acd.set_roster([*roster, away], now, at)
    for agent in acd.agents.values():
        agent.registered = True
        acd.change_state(agent, AgentState.AVAILABLE, "", now, at)
    acd.change_state(acd.agents["999"], AgentState.ON_BREAK, "meal", now, at)
    return acd


def _one_call(acd: Acd, performer: Performer, number: int, offers: list[float]) -> None:
    call_id, channel_id = f"call-{number}", f"17-{number}.1"
    begun = time.perf_counter()
    _tell(acd, performer, _entered(channel_id, call_id, "ko"))
    offers.append((time.perf_counter() - begun) * 1e6)
    agent = acd.calls[call_id].agent or ""
    leg = {"id": f"17-{number}.2", "name": f"PJSIP/{agent}-{number:08x}", "accountcode": call_id}
    for kind, state in (
        ("ChannelStateChange", "Ringing"),
        ("ChannelStateChange", "Up"),
        ("ChannelDestroyed", "Up"),
    ):
        _tell(acd, performer, _event(kind, {**leg, "state": state}))


def _entered(channel_id: str, call_id: str, language: str) -> bytes:
    channel = {"id": channel_id, "name": f"PJSIP/trunk_a-{channel_id}", "state": "Up", "accountcode": call_id}
    args = ["new", call_id, "120", "120", "0", "trunk_a", language]
    return _event("StasisStart", channel, args=args)


def _event(kind: str, channel: Mapping[str, Any], **more: Any) -> bytes:
    whole = {
        "caller": {"name": "", "number": "01012345678"}, "connected": {"name": "", "number": ""}, "language": "ko",
        "dialplan": {"context": "queue", "exten": "s", "priority": 3, "app_name": "Stasis", "app_data": ""},
        "creationtime": "2026-11-22T09:00:00.000+0900", "protocol_id": "x@127.0.0.1", "channelvars": {}, **channel,
    }  # fmt: skip
    return json.dumps({"type": kind, "channel": whole, "application": "centre120-1", **more}).encode()


def _tell(acd: Acd, performer: Performer | None, text: bytes) -> None:
    now, at = time.monotonic(), datetime.now(UTC)
    match events.parse_event(text):
        case events.Entered(channel, args):
            actions = acd.entered(channel, args, now, at)
        case events.StateChanged(channel):
            acd.leg_seen(channel)
            actions = acd.leg_up(channel, now, at) if channel.state == "Up" else []
        case events.Destroyed(channel):
            actions = acd.leg_gone(channel, now, at)
        case other:
            raise RuntimeError(f"an event that this benchmark does not send: {other}")
    if performer is not None:
        performer.perform(actions)


def report(result: Mapping[str, Any], as_json: bool) -> None:
    """Print it."""
    if as_json:
        click.echo(json.dumps(result))
        return
    click.echo("waiting  agents  CPU a call, us  offer p50, us  offer p99, us")
    for line in result["curve"]:
        offer = line["offer_us"]
        click.echo(
            f"{line['waiting']:7}  {line['agents']:6}  {line['us_per_call']:14}  {offer['p50']:13}  {offer['p99']:13}"
        )
