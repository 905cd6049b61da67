"""What desks are shown and what they ask for, on the worker's state."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ari_app import desk_commands, desk_view, interpreters, told
from ari_app.acd import Acd
from ari_app.journal import Journal
from ari_app.live import Desks
from ari_app.roster import Partner
from ari_app.state import Action, Agent, AgentState, Show


class DeskTalk:
    """`clocks()` gives monotonic seconds and UTC, `page_of(extension)` the page that has this agent's phone;
    `is_ready()` is false while the worker compares itself with Asterisk, `partners()` are the interpreter lines."""

    def __init__(
        self,
        acd: Acd,
        desks: Desks,
        journal: Journal,
        perform: Callable[[list[Action]], None],
        clocks: Callable[[], tuple[float, datetime]],
        page_of: Callable[[str], str | None],
        is_ready: Callable[[], bool],
        partners: Callable[[], Mapping[str, tuple[Partner, ...]]],
    ) -> None:
        self._acd = acd
        self._desks = desks
        self._journal = journal
        self._perform = perform
        self._clocks = clocks
        self._page_of = page_of
        self._is_ready = is_ready
        self._partners = partners

    def render(self, show: Show) -> Mapping[str, Any]:
        """One message to a desk."""
        agent, (now, at) = self._acd.agents.get(show.extension), self._clocks()
        if show.what == "state" and agent is not None:
            call = self._acd.call_shown(agent)
            waiting, page = self._acd.line.waiting(), self._page_of(show.extension)
            return desk_view.state_view(
                agent,
                call,
                waiting,
                now,
                at,
                page,
                self._is_ready(),
                sorted(self._partners()),
                show.extension in self._acd.help_wanted,
            )
        wrapping_up = agent is not None and agent.state is AgentState.WRAP_UP
        return {
            "type": show.what,
            "call": desk_view.call_view(show.call, now, wrapping_up) if show.call else None,
        }

    def opened(self, extension: str) -> Mapping[str, Any] | None:
        """A desk has connected: its whole state; None for somebody who is no agent."""
        return self.render(Show(extension, "state")) if extension in self._acd.agents else None

    async def command(self, extension: str, command: Mapping[str, Any]) -> None:
        """A desk asks for something."""
        agent = self._acd.agents.get(extension)
        if agent is None:
            return
        if command.get("do") == "told":
            self._told(agent, command)
            return
        now, at = self._clocks()
        if command.get("do") == "interpreter":
            language = str(command.get("language") or "")
            actions = interpreters.ask(self._acd, agent, language, self._partners(), now)
        else:
            actions = desk_commands.decide(self._acd, agent, command, self._desks.target, now, at)
        if actions:
            self._perform(actions)
        else:
            self._desks.push(extension, desk_commands.REFUSED)

    def _told(self, agent: Agent, command: Mapping[str, Any]) -> None:
        """The desk keeps a stamp until it hears that the journal has it on disk; nobody waits for that."""
        record = told.record_of(agent, command, self._desks.answer(str(command.get("answer") or "")))
        answer = {"type": "told", "told_id": command.get("told_id")}
        if record is None:
            self._desks.push(agent.extension, {**answer, "kept": False})
            return
        self._journal.append(record.kind, record.call_id, **record.fields)
        self._journal.when_flushed(lambda kept: self._desks.push(agent.extension, {**answer, "kept": kept}))
