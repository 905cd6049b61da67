"""One worker: wires connection, journal, roster, desks and the ACD together, and keeps the clock.

Reads both clocks here and hands them down: monotonic seconds for waits (Asterisk's and the machine's wall clock may step), UTC
for people.
"""

import asyncio
import functools
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from ari_app import desk_view, events, provisioning, reconcile, transfers
from ari_app.acd import Acd
from ari_app.ami import Ami
from ari_app.connection import AriError, Connection
from ari_app.journal import Journal
from ari_app.live import Desks, serve
from ari_app.perform import Performer
from ari_app.roster import Roster
from ari_app.sounds import Sounds
from ari_app.state import READY, Action, Agent, AgentState, Member, Show
from ari_app.summary import speak_summary
from centre120 import names
from centre120.cases import case_number
from centre120.queue_policy import Policy
from centre120.settings import Settings

log = structlog.get_logger("worker")

BEAT_SECONDS = 5.0
"""Every open desk gets its whole state this often: waiting counts stay fresh, and a page that hears nothing knows why."""


class Worker:
    """`ari_app` number `number` (1-9)."""

    def __init__(self, settings: Settings, number: int = 1) -> None:
        self.settings = settings
        self.number = number
        self.app = f"{names.ARI_APP_PREFIX}-{number}"
        self.zone = ZoneInfo(settings.time_zone)
        writer = f"ari_app-{number}"
        self.journal = Journal(
            settings.journal_dir / f"{writer}.jsonl",
            writer,
            self.at,
            zone=self.zone,
            part_bytes=settings.journal_part_mb << 20,
            reserve_bytes=settings.journal_reserve_mb << 20,
        )
        self._day, self._counter = self._counter_of_today()
        policy = Policy(max_wait_seconds=settings.max_wait_seconds)
        sounds = Sounds(settings.home / "sounds")
        self.acd = Acd(
            policy, settings.ring_seconds, settings.wrap_up_seconds, self.next_case_number, sounds.seconds
        )
        self.roster = Roster(settings.roster_file)
        self.connection = Connection(
            settings.ari_port, settings.secret("ari_password"), self.app, self._on_message, self._on_link
        )
        self.ami = Ami(settings.ami_port, settings.secret("ami_password"))
        self.desks = Desks(settings.secret("token_key"), self._desk_opened, self._desk_command)
        self.performer = Performer(
            self.app,
            self.connection,
            self.ami,
            self.journal,
            self.desks,
            settings.lease_seconds,
            self.acd.calls.get,
            self._render,
            functools.partial(speak_summary, settings),
            self._probed,
            self._offer_failed,
        )
        self.ready = False
        self._first = True
        self._next_beat = 0.0
        self._provisioned: dict[str, object] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # --- clocks and numbers ---------------------------------------------------------------------------------

    @staticmethod
    def now() -> float:
        return time.monotonic()

    @staticmethod
    def at() -> datetime:
        return datetime.now(UTC)

    def _counter_of_today(self) -> tuple[str, int]:
        today = f"{self.at().astimezone(self.zone):%y%m%d}"
        highest = 0
        for record in self.journal.records:
            number = str(record.get("case_number") or "")
            if number.startswith(f"{today}{self.number}"):
                highest = max(highest, int(number[7:12]))
        return today, highest

    def next_case_number(self, at: datetime) -> str:
        """The next case number of this writer; the journal alone keeps the count."""
        day = at.astimezone(self.zone).date()
        if f"{day:%y%m%d}" != self._day:
            self._day, self._counter = f"{day:%y%m%d}", 0
        self._counter += 1
        return case_number(day, self.number, self._counter)

    # --- running --------------------------------------------------------------------------------------------

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`; raises OSError when the live port is taken."""
        self.performer.perform(self._take_roster())
        runner = await serve(
            self.settings.bind_host, self.settings.live_port + self.number - 1, self.desks, self.health
        )
        tasks = [asyncio.create_task(self.connection.run()), asyncio.create_task(self._tick())]
        await stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.ami.close()
        await runner.cleanup()
        self.journal.close()

    def health(self) -> Mapping[str, Any]:
        """Whether a call would be taken now, and by how many."""
        return {
            "ready": self.ready and self.connection.up,
            "asterisk": self.connection.up,
            "waiting": len(self.acd.waiting_calls()),
            "agents": {extension: str(agent.state) for extension, agent in sorted(self.acd.agents.items())},
        }

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            try:
                if self.roster.refresh():
                    self._perform(self._roster_actions())
                    self._spawn(self._provision())
                if self.connection.up:
                    self._perform(self.acd.tick(self.now(), self.at()))
                if self.now() >= self._next_beat:
                    self._next_beat = self.now() + BEAT_SECONDS
                    self._perform([Show(extension, "state") for extension in self.acd.agents])
            except Exception:
                log.exception("tick failed")

    def _perform(self, actions: list[Action]) -> None:
        if actions:
            self.performer.perform(actions)

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- roster ---------------------------------------------------------------------------------------------

    def _take_roster(self) -> list[Action]:
        self.roster.refresh()
        return self._roster_actions()

    def _roster_actions(self) -> list[Action]:
        fresh = [
            Agent(agent.extension, agent.name, agent.languages, agent.skills)
            for agent in self.roster.agents.values()
        ]
        return self.acd.set_roster(fresh, self.now(), self.at())

    async def _provision(self) -> None:
        """Bring Asterisk's agents in step with the roster and follow their phones."""
        for extension in [
            extension for extension in self._provisioned if extension not in self.roster.agents
        ]:
            await provisioning.withdraw(self.connection, extension)
            del self._provisioned[extension]
        for agent in list(self.roster.agents.values()):
            if self._provisioned.get(agent.extension) != agent and await provisioning.provision(
                self.connection, agent
            ):
                self._provisioned[agent.extension] = agent
        sources = ",".join(f"endpoint:PJSIP/{extension}" for extension in self._provisioned)
        if sources:
            await self.connection.request(
                "POST", f"applications/{self.app}/subscription", {"eventSource": sources}
            )
        for endpoint in await self.connection.request("GET", "endpoints/PJSIP"):
            extension = str(endpoint.get("resource"))
            self._perform(
                self.acd.registration(extension, endpoint.get("state") == "online", self.now(), self.at())
            )

    async def _ask_registration(self, extension: str) -> None:
        try:
            endpoint = await self.connection.request("GET", f"endpoints/PJSIP/{extension}")
        except AriError as error:
            log.warning("registration not known", agent=extension, error=str(error))
            return
        self._perform(
            self.acd.registration(extension, endpoint.get("state") == "online", self.now(), self.at())
        )

    # --- link -----------------------------------------------------------------------------------------------

    def _on_link(self, up: bool) -> None:
        self.ready = False
        if up:
            self._spawn(self._catch_up())

    async def _catch_up(self) -> None:
        """After every (re)connection: filter, roster, and the comparison of what we know with what is there."""
        try:
            await self.connection.request(
                "PUT",
                f"applications/{self.app}/eventFilter",
                body={"allowed": [{"type": kind} for kind in events.WANTED]},
            )
            self._provisioned.clear()
            await self._provision()
            await self._reconcile()
            self.ready = True
            log.info("ready", agents=len(self.acd.agents), waiting=len(self.acd.waiting_calls()))
        except AriError as error:
            log.error("could not catch up; trying again", error=str(error))
            await asyncio.sleep(0.5)
            if self.connection.up:
                self._spawn(self._catch_up())

    async def _reconcile(self) -> None:
        now, at = self.now(), self.at()
        channels = [events.channel_of(raw) for raw in await self.connection.request("GET", "channels")]
        application = await self.connection.request("GET", f"applications/{self.app}")
        in_stasis = [str(channel_id) for channel_id in application.get("channel_ids", ())]
        known = dict(self.acd.calls)
        if self._first:
            known |= reconcile.open_calls(self.journal.records, now, at)
            for extension, (state, reason) in reconcile.agent_states(self.journal.records).items():
                if extension in self.acd.agents:
                    agent = self.acd.agents[extension]
                    agent.state, agent.reason, agent.since, agent.since_at, agent.idle_since = (
                        state,
                        reason,
                        now,
                        at,
                        now,
                    )
        found = reconcile.compare(known, channels, in_stasis, self.acd.agents)
        self._perform(self.acd.adopt(found, now, at))
        ready = [agent for agent in self.acd.agents.values() if agent.state in READY]
        self._perform([Member(agent.extension, "add", agent.languages) for agent in ready])
        self._first = False
        self.journal.records.clear()

    # --- events ---------------------------------------------------------------------------------------------

    def _on_message(self, raw: Mapping[str, Any]) -> None:
        event = events.parse_event(raw)
        if event is not None:
            self._perform(self._decide(event, self.now(), self.at()))

    def _decide(self, event: events.Event, now: float, at: datetime) -> list[Action]:
        acd = self.acd
        match event:
            case events.Broadcast(channel):
                return acd.asked(channel)
            case events.Entered(channel, args):
                return acd.entered(channel, args, now, at)
            case events.Left(channel):
                return acd.left(channel, now, at)
            case events.StateChanged(channel):
                acd.leg_seen(channel)
                return acd.leg_up(channel, now, at) if channel.state == "Up" else []
            case events.Destroyed(channel):
                return [*transfers.peer_gone(acd, channel, now), *acd.leg_gone(channel, now, at)]
            case events.Dialled(caller, peer, status):
                return transfers.dialled(acd, caller, peer, status, now)
            case events.KeyPressed(channel, digit):
                return acd.key_pressed(channel, digit, now, at)
            case events.PlaybackEnded(playback_id, channel_id):
                return acd.playback_ended(playback_id, channel_id, now)
            case events.EndpointChanged(endpoint):
                if endpoint in acd.agents:
                    self._spawn(self._ask_registration(endpoint))
            case events.Replaced():
                log.error(
                    "another program took our application name over; is a second worker with this number running?"
                )
        return []

    def _probed(self, call_id: str, alive: bool) -> None:
        self._perform(self.acd.channel_probed(call_id, alive, self.now(), self.at()))

    def _offer_failed(self, call_id: str, offer_id: str) -> None:
        self._perform(self.acd.offer_failed(call_id, offer_id, self.now(), self.at()))

    # --- desks ----------------------------------------------------------------------------------------------

    def _render(self, show: Show) -> Mapping[str, Any]:
        """One message to a desk."""
        agent, now = self.acd.agents.get(show.extension), self.now()
        if show.what == "state" and agent is not None:
            call = self.acd.call_shown(agent)
            return desk_view.state_view(agent, call, self.acd.waiting_calls(), now, self.at())
        wrapping_up = agent is not None and agent.state is AgentState.WRAP_UP
        return {
            "type": show.what,
            "call": desk_view.call_view(show.call, now, wrapping_up) if show.call else None,
        }

    def _desk_opened(self, extension: str) -> Mapping[str, Any] | None:
        return self._render(Show(extension, "state")) if extension in self.acd.agents else None

    async def _desk_command(self, extension: str, command: Mapping[str, Any]) -> None:
        agent = self.acd.agents.get(extension)
        if agent is None:
            return
        now, at, acd = self.now(), self.at(), self.acd
        actions: list[Action] = []
        match command.get("do"):
            case "sign-in" | "available":
                actions = acd.change_state(agent, AgentState.AVAILABLE, "", now, at)
            case "sign-out":
                actions = acd.change_state(agent, AgentState.LOGGED_OUT, "", now, at)
            case "break":
                actions = acd.change_state(
                    agent, AgentState.ON_BREAK, str(command.get("reason") or "other"), now, at
                )
            case "wrap-up-done" if agent.state is AgentState.WRAP_UP:
                actions = acd.change_state(agent, AgentState.AVAILABLE, "", now, at)
            case "blind-transfer" | "attended-transfer" as kind:
                actions = self._transfer(agent, kind.removesuffix("-transfer"), command, now)
            case "complete-transfer":
                actions = transfers.complete(acd, agent)
            case "cancel-transfer":
                actions = transfers.cancel(acd, agent, now)
            case "hang-up":
                actions = transfers.hang_up(acd, agent)
        if actions:
            self._perform(actions)
        else:
            self.desks.push(
                extension,
                {
                    "type": "refused",
                    "text_ko": "지금은 할 수 없는 동작입니다.",
                    "text_en": "This cannot be done right now.",
                },
            )

    def _transfer(self, agent: Agent, kind: str, command: Mapping[str, Any], now: float) -> list[Action]:
        value = self.desks.target(str(command.get("target") or ""))
        if value is None:
            log.warning("transfer target not signed by the directory", agent=agent.extension)
            return []
        target = transfers.Target(
            str(value["number"]),
            str(value.get("name") or ""),
            value.get("department_id"),
            value.get("official_id"),
        )
        summary = str(command.get("summary") or "")[:2000]
        return transfers.start(self.acd, agent, kind, target, summary, self.settings.ring_seconds, now)
