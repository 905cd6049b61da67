"""The thin edge: performs the ACD's actions on Asterisk, desks and journal. Decides nothing.

The order that matters: what an action announces is in the journal, on disk, and on the agent's desk before the phone rings.
"""

import asyncio
import math
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any

import structlog

from ari_app.ami import Ami, AmiError
from ari_app.connection import AriError, Connection
from ari_app.journal import PATIENCE_SECONDS, Journal
from ari_app.live import Desks
from ari_app.state import (
    Action,
    Announce,
    Call,
    ChangeSupervision,
    Claim,
    Continue,
    HangUp,
    Member,
    PlayMusic,
    Probe,
    Record,
    Renew,
    Ring,
    Show,
    Silence,
    StartBlind,
    StartConference,
    StartConsult,
    StartInterpreter,
    StartSupervision,
    Supervision,
    TakeOver,
    Watch,
)
from ari_app.summary import prompts_for
from centre120 import names
from centre120.names import LANGUAGES

log = structlog.get_logger("acd")

ROOM_SECONDS = 1.0
"""So long after a take-over both are in the room: only then may the agent's leg, that may stand there, be ended."""
PAINT_PATIENCE_SECONDS = 0.15
"""So long a phone's ring waits for the desk to have painted the case; then the citizen goes first."""


class Performer:
    """Runs actions.

    `render` makes what a desk is shown, `speak(transfer_id, text)` a summary, `hear_dials()` asks for Dial events;
    `on_probe(call_id, alive)` and `on_failed_offer(call_id, offer_id)` report back.
    """

    def __init__(
        self,
        app: str,
        connection: Connection,
        ami: Ami,
        journal: Journal,
        desks: Desks,
        lease_seconds: int,
        call_of: Callable[[str], Call | None],
        supervision_of: Callable[[str], Supervision | None],
        render: Callable[[Show], Mapping[str, Any]],
        speak: Callable[[str, str], Coroutine[Any, Any, None]],
        hear_dials: Callable[[], Coroutine[Any, Any, None]],
        on_probe: Callable[[str, bool], None],
        on_failed_offer: Callable[[str, str], None],
    ) -> None:
        self.app = app
        self._connection = connection
        self._ami = ami
        self._journal = journal
        self._desks = desks
        self._lease = lease_seconds
        self._call_of = call_of
        self._supervision_of = supervision_of
        self._render = render
        self._speak = speak
        self._hear_dials = hear_dials
        self._on_probe = on_probe
        self._on_failed_offer = on_failed_offer
        self._tasks: set[asyncio.Task[None]] = set()

    def perform(self, actions: Iterable[Action]) -> None:
        """Start everything; records and pushes happen at once and in order, the rest as tasks."""
        for action in actions:
            match action:
                case Record(kind, call_id, fields):
                    self._journal.append(kind, call_id, **fields)
                case Show(extension) if self._desks.open_for(extension):
                    self._desks.push(extension, self._render(action))
                case Show():
                    pass
                case Claim(channel_id):
                    self._connection.send(
                        "POST", "events/claim", {"channelId": channel_id, "application": self.app}
                    )
                case Silence(playback_id):
                    self._connection.send("DELETE", f"playbacks/{playback_id}")
                case Renew(channel_id, more_seconds):
                    seconds = self._lease + math.ceil(more_seconds)
                    lease = {"variable": "TIMEOUT(absolute)", "value": str(seconds)}
                    self._connection.send("POST", f"channels/{channel_id}/variable", lease)
                case PlayMusic(channel_id):
                    self._connection.send("POST", f"channels/{channel_id}/moh")
                case Ring() if not self._desks.open_for(action.extension):
                    self._ring_when_flushed(action)
                case _:
                    self._start(self._one(action))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)  # asyncio keeps only a weak reference
        task.add_done_callback(self._tasks.discard)

    async def _one(self, action: Action) -> None:
        try:
            await self._do(action)
        except (AriError, AmiError) as error:
            # 404: the channel has gone meanwhile, which its own event tells
            if getattr(error, "status", 0) != 404:
                log.warning("action not done", action=type(action).__name__, error=str(error))
        except Exception:
            log.exception("action failed", action=type(action).__name__)

    async def _do(self, action: Action) -> None:
        request = self._connection.request
        match action:
            case Ring():
                await self._ring(action)
            case Continue(channel_id, context, extension):
                await self._journal.flushed()
                await request(
                    "POST",
                    f"channels/{channel_id}/continue",
                    {"context": context, "extension": extension, "priority": "1"},
                )
            case Announce(call_id, channel_id, playback_id, language, prompts):
                await self._journal.flushed()  # a waiting citizen is on disk before anything is promised
                call = self._call_of(call_id)
                if call is None or call.announcing != playback_id:
                    return  # offered meanwhile: a sentence begun now would hold the ring up
                media = ",".join(f"sound:{prompt}" for prompt in prompts)
                await request(
                    "POST", f"channels/{channel_id}/play/{playback_id}", {"media": media, "lang": language}
                )
            case Watch(channel_id):
                await request(
                    "POST", f"applications/{self.app}/subscription", {"eventSource": f"channel:{channel_id}"}
                )
            case Probe(call_id, channel_id, after_seconds):
                await self._probe(call_id, channel_id, after_seconds)
            case Member():
                await self._member(action)
            case StartBlind(call_id, ring_seconds):
                await self._blind(call_id, ring_seconds)
            case StartConsult(call_id, ring_seconds):
                await self._consult(call_id, ring_seconds)
            case StartConference(call_id):
                await self._conference(call_id)
            case StartInterpreter(call_id):
                await self._interpreter(call_id)
            case StartSupervision(supervisor) | ChangeSupervision(supervisor) | TakeOver(supervisor):
                await self._supervise(action, self._supervision_of(supervisor))
            case HangUp(channel, forget_citizen):
                if forget_citizen:
                    await self._set(channel, names.CITIZEN_CHANNEL, "")
                await request("DELETE", f"channels/{channel}", {"reason": "normal"})

    async def _ring(self, ring: Ring) -> None:
        """With a desk open: the page paints the case first, while the journal is flushed."""
        flushed = asyncio.create_task(self._journal.flushed())
        await self._desks.painted(ring.offer_id, PAINT_PATIENCE_SECONDS)
        await flushed
        self._send_to_agent(ring)

    def _ring_when_flushed(self, ring: Ring) -> None:
        """Without a desk, the hot path: no task, no future; rings at once when flushed, or when the disk is too slow."""
        loop = asyncio.get_running_loop()
        rung = False

        def once(_: bool = False) -> None:
            nonlocal rung
            if not rung:
                rung = True
                overdue.cancel()
                self._send_to_agent(ring)

        overdue = loop.call_later(PATIENCE_SECONDS, once)
        self._journal.when_flushed(once)

    def _send_to_agent(self, ring: Ring) -> None:
        def answered(error: AriError | None, _: Any) -> None:
            if error is not None:
                log.warning("offer not rung", call_id=ring.call_id, agent=ring.extension, error=str(error))
                self._on_failed_offer(ring.call_id, ring.offer_id)

        query = {"context": names.CTX_OFFER, "extension": ring.extension, "priority": "1"}
        self._connection.send("POST", f"channels/{ring.channel_id}/continue", query, answer=answered)

    async def _probe(self, call_id: str, channel_id: str, after_seconds: float) -> None:
        await asyncio.sleep(after_seconds)
        try:
            await self._connection.request("GET", f"channels/{channel_id}")
            alive = True
        except AriError as error:
            if error.status != 404:
                raise
            alive = False
        self._on_probe(call_id, alive)

    async def _member(self, member: Member) -> None:
        """The last resort's members: their languages' queues and `everybody`."""
        interface = f"PJSIP/{member.extension}"
        queues = [f"lang-{language}" for language in LANGUAGES if language in member.languages] + [
            "everybody"
        ]
        for queue in queues:
            try:
                if member.do == "add":
                    await self._ami.action(
                        "QueueAdd", Queue=queue, Interface=interface, MemberName=member.extension
                    )
                elif member.do == "remove":
                    await self._ami.action("QueueRemove", Queue=queue, Interface=interface)
                else:
                    await self._ami.action("QueuePause", Queue=queue, Interface=interface, Paused="true")
            except AmiError as error:
                if "Already there" in str(error):
                    await self._ami.action("QueuePause", Queue=queue, Interface=interface, Paused="false")
                elif "not there" not in str(error).lower() and "not in queue" not in str(error).lower():
                    log.warning(
                        "last resort not in step", agent=member.extension, queue=queue, error=str(error)
                    )

    async def _set(self, channel: str, variable: str, value: str) -> None:
        await self._ami.action("Setvar", Channel=channel, Variable=variable, Value=value)

    async def _blind(self, call_id: str, ring_seconds: int) -> None:
        call = self._call_of(call_id)
        if call is None or call.transfer is None:
            return
        await self._journal.flushed()
        await self._hear_dials()
        await self._set(call.channel_name, names.TARGET, call.transfer.number)
        await self._set(call.channel_name, names.TRANSFER_ID, call.transfer.transfer_id)
        await self._set(call.channel_name, names.RING_SECONDS, str(ring_seconds))
        await self._ami.action(
            "Redirect", Channel=call.channel_name, Context=names.CTX_TRANSFER, Exten="s", Priority="1"
        )

    async def _consult(self, call_id: str, ring_seconds: int) -> None:
        call = self._call_of(call_id)
        if call is None or call.transfer is None:
            return
        agent_leg = call.agent_channel
        if call.transfer.summary:
            self._start(self._speak(call.transfer.transfer_id, call.transfer.summary))
        await self._journal.flushed()
        await self._hear_dials()
        await self._set(agent_leg, names.TARGET, call.transfer.number)
        await self._set(agent_leg, names.TRANSFER_ID, call.transfer.transfer_id)
        await self._set(agent_leg, names.RING_SECONDS, str(ring_seconds))
        await self._set(agent_leg, names.CITIZEN_CHANNEL, call.channel_name)
        await self._set(agent_leg, names.SUMMARY_PROMPT, prompts_for(call.transfer.transfer_id))
        await self._ami.action(
            "Redirect",
            Channel=call.channel_name,
            Context=names.CTX_HOLD,
            Exten="s",
            Priority="1",
            ExtraChannel=agent_leg,
            ExtraContext=names.CTX_CONSULT,
            ExtraExten="s",
            ExtraPriority="1",
        )

    async def _conference(self, call_id: str) -> None:
        """The third is marked first: its leg joins when the agent's leaves it, in whatever order Asterisk moves them."""
        call = self._call_of(call_id)
        if call is None or call.conference is None:
            return
        await self._journal.flushed()
        await self._set(call.conference.third_channel, names.CONFERENCE, "1")
        await self._into_the_room(call)

    async def _interpreter(self, call_id: str) -> None:
        """Agent and citizen into the room, where they go on talking; beside it one leg of ours rings the partners in order."""
        call = self._call_of(call_id)
        conference = call.conference if call is not None else None
        if call is None or conference is None:
            return
        await self._journal.flushed()
        await self._hear_dials()
        await self._set(call.agent_channel, names.CITIZEN_CHANNEL, call.channel_name)
        await self._into_the_room(call)
        longest = 2 * sum(partner.ring_seconds for partner in conference.partners)
        variables = {
            f"__{names.CALL_ID}": call.call_id,
            names.AGENT: call.agent or "",
            names.INTERPRETATION_ID: conference.key,
            names.PARTNERS: "-".join(f"{one.number}-{one.ring_seconds}" for one in conference.partners),
        }
        query = {
            "endpoint": f"Local/s@{names.CTX_INTERPRETER}/n",
            "context": names.CTX_INTERPRETER,
            "extension": "over",
            "priority": "1",
            "timeout": str(longest + 10),
            "channelId": f"{conference.key}-in",
            "otherChannelId": conference.dialling,
            "originator": call.channel_id,
        }
        await self._connection.request("POST", "channels", query, {"variables": variables})
        await self._do(Watch(conference.dialling))

    async def _into_the_room(self, call: Call, agent_leg: str = "") -> None:
        await self._ami.action(
            "Redirect",
            Channel=call.channel_name,
            Context=names.CTX_CONFERENCE,
            Exten="citizen",
            Priority="1",
            ExtraChannel=agent_leg or call.agent_channel,
            ExtraContext=names.CTX_CONFERENCE,
            ExtraExten="agent",
            ExtraPriority="1",
        )

    async def _supervise(
        self, action: StartSupervision | ChangeSupervision | TakeOver, one: Supervision | None
    ) -> None:
        if one is None:
            return
        await self._journal.flushed()
        if isinstance(action, StartSupervision):
            query = {
                "endpoint": f"PJSIP/{one.supervisor}",
                "context": names.CTX_SUPERVISE,
                "extension": one.mode,
                "priority": "1",
                "timeout": "30",
                "channelId": one.channel,
                "callerId": f"120 <{one.agent}>",
            }
            variables = {names.SPIED_CHANNEL: one.agent_channel_name}
            await self._connection.request("POST", "channels", query, {"variables": variables})
            return
        if isinstance(action, ChangeSupervision):
            await self._ami.action(
                "Redirect", Channel=one.channel, Context=names.CTX_SUPERVISE, Exten=one.mode, Priority="1"
            )
            return
        call = self._call_of(one.call_id)
        if call is None:
            return
        agent_leg = call.agent_channel
        for name, value in (
            ("CHANNEL(accountcode)", call.call_id),
            (names.CALL_ID, call.call_id),
            (names.AGENT, one.supervisor),
            (names.CITIZEN_CHANNEL, call.channel_name),
        ):
            await self._set(one.channel, name, value)
        await self._set(call.channel_name, names.AGENT, one.supervisor)
        await self._into_the_room(call, one.channel)
        # from a bridge of two the agent's leg goes by itself; one that stood in the room with the citizen does not
        await asyncio.sleep(ROOM_SECONDS)
        await self._connection.request("DELETE", f"channels/{agent_leg}", {"reason": "normal"})
