"""The program `robots` of `--demo`: robot agents who answer, and the carrier behind both trunks.

`python -m phones.robots [--only agents|carrier]`. It waits for what it needs (the file with the robots'
passwords, Asterisk), reconnects for ever, and ends within 2 s of SIGTERM.
"""

import argparse
import asyncio
import json
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import aiohttp
import structlog

from centre120.settings import Settings, load_settings
from phones import places, tones
from phones.carrier import carrier_phone
from phones.heard_file import HeardFile
from phones.robot_agent import CHECK_SECONDS, RobotAgent, RobotSettings

GOODBYE_SECONDS = 0.8  # for unregistering and hanging up, after SIGTERM
log = structlog.get_logger()


def read_robots(path: Path) -> list[RobotSettings]:
    """The demo's robots; empty while the demo loader has not written them. `ValueError` says what is
    wrong."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    try:
        return [
            RobotSettings(
                str(entry["extension"]),
                str(entry["password"]),
                int(entry.get("tone") or tones.AGENTS[index % len(tones.AGENTS)]),
            )
            for index, entry in enumerate(content["agents"])
        ]
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path}: expected agents with extension, password, tone; {error!r}") from error


def agent_states(health: object) -> dict[str, str]:
    """extension -> state from the live server's `/health`; {} when it says nothing about single agents."""
    agents = health.get("agents") if isinstance(health, dict) else None
    found: dict[str, str] = {}
    for extension, told in agents.items() if isinstance(agents, dict) else ():
        state = told.get("state") if isinstance(told, dict) else told
        if isinstance(state, str):
            found[str(extension)] = state
    return found


class Robots:
    """All robots of one centre."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._heard = HeardFile(settings.home / "state" / "robots-heard.jsonl")
        self._states: dict[str, str] = {}

    def _speech(self, name: str) -> Path | None:
        path = self._settings.home / "sounds" / "ko" / name
        return path if path.exists() else None

    async def carrier(self, host: str, port: int) -> None:
        phone = carrier_phone(
            host,
            port,
            speech=self._speech("robot-department.wav"),
            heard=self._heard,
            rtp_ports=places.rtp_ports(self._settings),
        )
        async with phone:
            log.info("carrier-listens", host=host, port=port)
            await asyncio.Event().wait()

    async def watch_states(self) -> None:
        """Keeps what the centre thinks of its agents; empty while it can not be asked."""
        host, _ = places.sip_server(self._settings)
        url = f"http://{host}:{self._settings.live_port}/health"
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
            while True:
                try:
                    async with session.get(url) as answer:
                        self._states = agent_states(await answer.json())
                except (aiohttp.ClientError, TimeoutError, ValueError):
                    self._states = {}
                await asyncio.sleep(CHECK_SECONDS)

    async def agents(self) -> None:
        """Follows the file: robots come, go and change with it."""
        path = self._settings.home / "state" / "robots.json"
        running: dict[RobotSettings, asyncio.Task[None]] = {}
        try:
            while True:
                wanted = await asyncio.to_thread(read_robots, path)
                for robot in [robot for robot in running if robot not in wanted]:
                    running.pop(robot).cancel()
                for robot in wanted:
                    if robot not in running:
                        running[robot] = asyncio.create_task(self._agent_for_ever(robot))
                await asyncio.sleep(CHECK_SECONDS)
        finally:
            for task in running.values():
                task.cancel()
            await asyncio.gather(*running.values(), return_exceptions=True)

    async def _agent_for_ever(self, robot: RobotSettings) -> None:
        await for_ever(f"agent {robot.extension}", lambda: self._agent(robot).run())

    def _agent(self, robot: RobotSettings) -> RobotAgent:
        return RobotAgent(
            robot,
            places.sip_server(self._settings),
            speech=self._speech("robot-greeting.wav"),
            heard=self._heard,
            rtp_ports=places.rtp_ports(self._settings),
            state_of=lambda extension: self._states.get(extension),
        )

    def parts(self, only: str | None) -> dict[str, Callable[[], Coroutine[Any, Any, None]]]:
        settings = self._settings
        found: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {}
        if only != "agents":
            port_a, port_b = settings.trunk_a_port or 0, settings.trunk_b_port or 0
            found["carrier a"] = lambda: self.carrier(settings.trunk_a_host, port_a)
            found["carrier b"] = lambda: self.carrier(settings.trunk_b_host, port_b)
        if only != "carrier":
            found["states"] = self.watch_states
            found["agents"] = self.agents
        return found


async def for_ever(name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Runs `work` again 2 s after it failed; a demo must not stay dead for one bad moment."""
    while True:
        try:
            await work()
        except (OSError, ValueError) as error:
            log.warning("robot-failed", part=name, why=str(error))
        await asyncio.sleep(CHECK_SECONDS)


async def run(settings: Settings, only: str | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    robots = Robots(settings)
    tasks = [asyncio.create_task(for_ever(name, work)) for name, work in robots.parts(only).items()]
    await stop.wait()
    for task in tasks:
        task.cancel()
    # Not wait_for: it would wait on for whoever is still saying goodbye. The loop's end cuts them short.
    await asyncio.wait(tasks, timeout=GOODBYE_SECONDS)
    log.info("robots-ended")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m phones.robots", description=__doc__)
    parser.add_argument("--only", choices=["agents", "carrier"], help="run one part alone")
    asyncio.run(run(load_settings(), parser.parse_args().only))


if __name__ == "__main__":
    main()
