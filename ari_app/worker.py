"""One worker: wires connection, journal, roster, desks and the ACD together, and keeps the clock.

Reads both clocks here and hands them down: monotonic seconds for waits (Asterisk's and the machine's wall clock may step), UTC
for people. Of several workers one leads (lead.py); a standby holds no desks and offers no calls. It takes a new call
only when the leader is silent, and gives it back when the leader is heard again; when the lead falls free, it takes over.
"""

import asyncio
import functools
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from aiohttp.web import AppRunner

from ari_app import board, events, held_calls, interpreters, reconcile, routing, take_over, transfers
from ari_app.acd import Acd
from ari_app.agent_phones import AgentPhones
from ari_app.ami import Ami
from ari_app.board_talk import BoardTalk
from ari_app.case_numbers import CaseNumbers
from ari_app.connection import AriError, Connection
from ari_app.desk_talk import DeskTalk
from ari_app.journal import Journal, read_all
from ari_app.lead import BEAT_SECONDS, FROZEN_SECONDS, SILENT_SECONDS, Lead
from ari_app.live import Desks, serve
from ari_app.news import News
from ari_app.page_phones import PagePhones
from ari_app.perform import Performer
from ari_app.room_talk import MARK, RoomTalk
from ari_app.roster import Roster
from ari_app.sound_ear import SoundEar
from ari_app.sounds import Sounds
from ari_app.state import READY, Action, Agent, AgentState, Claim, Member, Phase, Show
from ari_app.summary import speak_summary
from centre120 import names
from centre120.queue_policy import Policy
from centre120.settings import Settings

log = structlog.get_logger("worker")

SHOW_SECONDS = 5.0
"""Every open desk gets its whole state this often: waiting counts stay fresh, and a page that hears nothing knows why."""
_LOOK_AGAIN_SECONDS = (SILENT_SECONDS, 0.07, 0.06)
"""Pauses before a standby looks whether the leader is silent since a call asked; StasisBroadcast waits 0.5 s in all."""


class Worker:
    """`ari_app` number `number` (1-9)."""

    def __init__(self, settings: Settings, number: int = 1) -> None:
        self.settings = settings
        self.number = number
        self.app = names.ari_app(number)
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
        case_numbers = CaseNumbers(number, self.zone, self.journal.records, self.at())
        self.journal.records.clear()
        self.lead = Lead(settings.state_dir, number)
        policy = Policy(max_wait_seconds=settings.max_wait_seconds)
        sounds = Sounds(settings.home / "sounds")
        self.acd = Acd(
            policy,
            settings.ring_seconds,
            settings.wrap_up_seconds,
            case_numbers.next,
            sounds.seconds,
            settings.department_ring_seconds,
        )
        self.roster = Roster(settings.roster_file)
        self.connection = Connection(
            settings.ari_port, settings.secret("ari_password"), self.app, self._on_event, self._on_link
        )
        self.phones = AgentPhones(
            self.connection, self.app, self.roster, settings.agent_lost_seconds, self._registration
        )
        self.ami = Ami(settings.ami_port, settings.secret("ami_password"))
        self.desks = Desks(
            settings.secret("token_key"),
            self._opened,
            self._commanded,
            lambda *asked: self.page_phones.command(*asked),
            lambda extension: self.page_phones.end(extension, "the session ended"),
        )
        self.page_phones = PagePhones(
            settings.page_phones_file, self.phones, self.desks.push, self._has_leg, settings.page_phone
        )
        self.desk_talk = DeskTalk(
            self.acd,
            self.desks,
            self.journal,
            self._perform,
            lambda: (self.now(), self.at()),
            self.page_phones.session,
            lambda: self.ready,
            lambda: self.roster.partners,
        )
        self.board_talk = BoardTalk(self.acd, self.desks, lambda: (self.now(), self.at()))
        self.room_talk = RoomTalk(self.acd, self.desks, self._perform, lambda: (self.now(), self.at()))
        self.performer = Performer(
            self.app,
            self.connection,
            self.ami,
            self.journal,
            self.desks,
            settings.lease_seconds,
            self.acd.calls.get,
            self.acd.supervisions.get,
            self.desk_talk.render,
            functools.partial(speak_summary, settings),
            self._hear_dials,
            self._probed,
            self._offer_failed,
        )
        self.ear = SoundEar(
            settings.run_dir / "asterisk.ctl", self.acd, settings.no_sound_seconds, self.now, self._perform
        )
        self.news = News()
        self.ready = False
        self._remembered = False  # what the journals tell has been taken
        self._dials_heard = False
        self._next_show = 0.0
        self._next_second = 0.0
        self._last_tick = 0.0
        self._live: AppRunner | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # --- clocks ---------------------------------------------------------------------------------------------

    @staticmethod
    def now() -> float:
        return time.monotonic()

    @staticmethod
    def at() -> datetime:
        return datetime.now(UTC)

    # --- running --------------------------------------------------------------------------------------------

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`; the lead is given back when nothing of ours acts any more."""
        self.roster.refresh()
        self._take_roster()
        tasks = [asyncio.create_task(self.connection.run()), asyncio.create_task(self._tick())]
        tasks.append(asyncio.create_task(self.ear.listen(lambda: self.ready and self.lead.held)))
        await stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.ami.close()
        self.journal.close()
        self.lead.close()
        if self._live is not None:
            await self._live.cleanup()

    def health(self) -> Mapping[str, Any]:
        """Whether a call would be taken now, and by how many. Only the leader is asked: it alone has the live port."""
        return {
            "ready": self.ready and self.connection.up,
            "asterisk": self.connection.up,
            "ami": self.ami.connected,
            "leader": self.number,
            "waiting": len(self.acd.line.calls),
            "agents": {extension: str(agent.state) for extension, agent in sorted(self.acd.agents.items())},
        }

    async def _tick(self) -> None:
        while True:
            try:
                now = self.now()
                if now - self._last_tick > FROZEN_SECONDS and self._last_tick and self.connection.up:
                    # leases ran out meanwhile: what we know of calls may be wrong, whatever events still come
                    log.error("this worker stood still", seconds=round(now - self._last_tick, 1))
                    self.ready = False
                    self._spawn(self._catch_up())
                self._last_tick = now
                if self.lead.held:
                    self.lead.beat()
                elif self.lead.take(now):
                    await self._begin_to_lead()
                elif self.lead.frozen(now):
                    pid = self.lead.end_frozen()
                    log.error("the leader was frozen and has been ended", leader=self.lead.leader(), pid=pid)
                self.board_talk.push()
                if now >= self._next_second:
                    self._next_second = now + 1.0
                    self._every_second(now)
            except Exception:
                log.exception("tick failed")
            await asyncio.sleep(BEAT_SECONDS)

    def _every_second(self, now: float) -> None:
        if self.roster.refresh():
            self._take_roster()
            if self.lead.held and self.connection.up:
                self._spawn(self.phones.provision())
        if self.connection.up and (self.ready or not self.lead.held):
            late = [*transfers.overdue(self.acd, now), *interpreters.overdue(self.acd, now)]
            self._perform([*self.acd.tick(now, self.at()), *late])
            self.room_talk.push()
            if not self.lead.held:
                self._give_back(now)
            elif self._dials_heard and not self._follows_dials:
                self._spawn(self._filter(False))
        if self.ready and self.lead.held:
            for extension in self.page_phones.over(self.desks.open_for, now, time.time()):
                self._spawn(self.page_phones.end(extension, "nobody has the page, or the shift is over"))
        if now >= self._next_show:
            self._next_show = now + SHOW_SECONDS
            if self.acd.mend_line():
                log.error("the line was not what calls and agents are; made anew")
            self._perform([Show(extension, "state") for extension in self.acd.agents])

    def _opened(self, key: str) -> Mapping[str, Any] | None:
        if key == board.KEY:
            return self.board_talk.opened()
        return self.room_talk.opened(key) if key.startswith(MARK) else self.desk_talk.opened(key)

    async def _commanded(self, key: str, command: Mapping[str, Any]) -> None:
        if key.startswith(MARK):
            self.room_talk.command(key, command)
            return
        await self.desk_talk.command(key, command)
        if command.get("do") == "help":
            self.room_talk.push()

    def _perform(self, actions: list[Action]) -> None:
        if actions:
            self.performer.perform(actions)

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._spawned_ended)

    def _spawned_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.warning("not done", error=str(task.exception()))

    def _take_roster(self) -> None:
        """Agents as the roster has them. Only the leader writes down who is removed: the agents are the leader's."""
        fresh = [
            Agent(agent.extension, agent.name, agent.languages, agent.skills)
            for agent in self.roster.agents.values()
        ]
        actions = self.acd.set_roster(fresh, self.now(), self.at())
        if self.lead.held:
            self._perform(actions)

    def _registration(self, extension: str, registered: bool) -> None:
        self._perform(self.acd.registration(extension, registered, self.now(), self.at()))

    # --- leading --------------------------------------------------------------------------------------------

    async def _begin_to_lead(self) -> None:
        log.warning("leading", worker=self.number, held=len(self.acd.calls))
        self.page_phones.load()
        if self.connection.up:
            self._spawn(self._catch_up())
        while self._live is None:
            try:
                self._live = await serve(
                    self.settings.bind_host, self.settings.live_port, self.desks, self.health
                )
            except OSError as error:
                log.error("live port not free; trying again", port=self.settings.live_port, error=str(error))
                self.lead.beat()
                await asyncio.sleep(BEAT_SECONDS)

    def _give_back(self, now: float) -> None:
        """A standby holds calls only while the leader is silent: heard again, it gets them."""
        if self.lead.silent_seconds(now) > 0 or not self.acd.calls:
            return
        for call in [call for call in self.acd.calls.values() if call.phase is Phase.WAITING]:
            self.acd.forget(call)
            log.info("call given to the leader", call_id=call.call_id, leader=self.lead.leader())
            query = {"app": names.ari_app(self.lead.leader()), "appArgs": held_calls.arguments(call)}
            self.connection.send("POST", f"channels/{call.channel_id}/move", query)
        self.acd.dispatch(now, self.at())

    def _consider(self, channel_id: str, looks: tuple[float, ...] = _LOOK_AGAIN_SECONDS) -> None:
        """A standby sees a call ask for a worker: the leader's, unless the leader is silent."""
        if self.lead.held or self.lead.silent_seconds(self.now()) >= SILENT_SECONDS:
            self._perform([Claim(channel_id)])
        elif looks:
            asyncio.get_running_loop().call_later(looks[0], self._consider, channel_id, looks[1:])

    # --- link -----------------------------------------------------------------------------------------------

    def _on_link(self, up: bool) -> None:
        self.ready = False
        if up:
            self.phones.forget()
            self._spawn(self._catch_up())

    async def _catch_up(self) -> None:
        """After every (re)connection, and on taking the lead: filter, phones, and what is there against what we know."""
        try:
            await self._filter(self._follows_dials)
            if not self.lead.held:
                return
            left_behind = await take_over.claim_channels(self.connection, self.app)
            await self.phones.follow()
            await self._reconcile(left_behind)
            self.ready = True
            log.info("ready", agents=len(self.acd.agents), waiting=len(self.acd.line.calls))
            await self.phones.provision()
        except AriError as error:
            log.error("could not catch up; trying again", error=str(error))
            await asyncio.sleep(0.5)
            if self.connection.up:
                self._spawn(self._catch_up())

    async def _filter(self, dials: bool) -> None:
        """Which events Asterisk is to send."""
        wanted = events.WANTED_IN_HAND_OVERS if dials else events.WANTED
        self._dials_heard = dials
        allowed = [{"type": kind} for kind in wanted]
        await self.connection.request(
            "PUT", f"applications/{self.app}/eventFilter", body={"allowed": allowed}
        )

    @property
    def _follows_dials(self) -> bool:
        return bool(self.acd.handing_over) or interpreters.ringing(self.acd)

    async def _hear_dials(self) -> None:
        """An agent hands over: the department's leg is followed by Dial events, until the last hand-over has ended."""
        if not self._dials_heard:
            await self._filter(True)

    async def _reconcile(self, left_behind: set[str]) -> None:
        channels = events.channels_of(await self.connection.text("GET", "channels"))
        application = await self.connection.request("GET", f"applications/{self.app}")
        since = await take_over.asterisk_since(self.connection)
        ours = left_behind | {str(channel_id) for channel_id in application.get("channel_ids", ())}
        in_stasis = [one.channel_id for one in channels if one.in_stasis and one.channel_id in ours]
        now, at = self.now(), self.at()
        known = dict(self.acd.calls)
        if not self._remembered:
            records = await asyncio.to_thread(read_all, self.settings.journal_dir)
            known = reconcile.open_calls(records, now, at) | known
            for extension, known_agent in reconcile.agent_states(records, now, at).items():
                agent = self.acd.agents.get(extension)
                if agent is not None and agent.state is AgentState.LOGGED_OUT:
                    agent.state, agent.reason = known_agent.state, known_agent.reason
                    agent.since, agent.since_at, agent.idle_since = known_agent.since, known_agent.at, now
        found = reconcile.compare(known, channels, in_stasis, self.acd.agents, since)
        self._remembered = True
        self._perform(self.acd.adopt(found, now, at))
        ready = [agent for agent in self.acd.agents.values() if agent.state in READY]
        self._perform([Member(agent.extension, "add", agent.languages) for agent in ready])

    # --- events ---------------------------------------------------------------------------------------------

    def _on_event(self, event: events.Event) -> None:
        if not self.news.is_news(event):
            return
        if self.lead.held:
            self._perform(self._decide(event, self.now(), self.at()))
        else:
            self._stand_by(event, self.now(), self.at())

    def _stand_by(self, event: events.Event, now: float, at: datetime) -> None:
        """A standby follows no phones; the calls it holds it keeps as a leader would, with nobody to offer them to."""
        match event:
            case events.Broadcast(channel):
                self._consider(channel.channel_id)
            case events.StateChanged() | events.Destroyed() | events.PeerChanged() | events.ContactChanged():
                pass
            case _:
                self._perform(self._decide(event, now, at))

    def _decide(self, event: events.Event, now: float, at: datetime) -> list[Action]:
        match event:
            case events.PeerChanged(endpoint) | events.ContactChanged(endpoint):
                if endpoint.resource in self.acd.agents:
                    self._spawn(self.phones.ask(endpoint.resource))
            case events.Replaced():
                log.error(
                    "another program took our application name over; is a second worker with this number running?"
                )
            case _:
                return routing.decide(self.acd, event, now, at)
        return []

    def _probed(self, call_id: str, alive: bool) -> None:
        self._perform(self.acd.channel_probed(call_id, alive, self.now(), self.at()))

    def _offer_failed(self, call_id: str, offer_id: str) -> None:
        self._perform(self.acd.offer_failed(call_id, offer_id, self.now(), self.at()))

    def _has_leg(self, extension: str) -> bool:
        agent = self.acd.agents.get(extension)
        return bool(agent and agent.legs)
