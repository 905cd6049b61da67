"""The agents' phones in Asterisk: which there are (roster), how they are reached, whether they are registered."""

import asyncio
from collections.abc import Callable, Iterable, Iterator

import structlog

from ari_app import provisioning
from ari_app.connection import AriError, Connection
from ari_app.page_phone import PagePhone
from ari_app.roster import Roster, RosterAgent

log = structlog.get_logger("phones")

SOURCES_AT_ONCE = 100

OnRegistration = Callable[[str, bool], None]


class AgentPhones:
    """Keeps Asterisk's agents in step with the roster. `on_registration(extension, registered)` reports each phone."""

    def __init__(
        self,
        connection: Connection,
        app: str,
        roster: Roster,
        agent_lost_seconds: int,
        on_registration: OnRegistration,
    ) -> None:
        self._connection = connection
        self._app = app
        self._roster = roster
        self._agent_lost_seconds = agent_lost_seconds
        self._on_registration = on_registration
        self.pages: dict[str, PagePhone] = {}  # agents whose phone is in their page
        self._provisioned: dict[str, tuple[RosterAgent, PagePhone | None]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def follow(self) -> None:
        """Ask for the events of every agent's phone, and for how they stand. Raises AriError."""
        if not self._roster.agents:
            return
        try:
            await self._subscribe(self._roster.agents)
        except AriError as error:
            # an agent whom Asterisk does not know yet: provisioned first, then followed
            if error.status not in (404, 422):
                raise
            await self.provision()
        for endpoint in await self._connection.request("GET", "endpoints/PJSIP"):
            self._on_registration(str(endpoint.get("resource")), endpoint.get("state") == "online")

    async def _subscribe(self, extensions: Iterable[str]) -> None:
        for sources in event_sources(f"PJSIP/{extension}" for extension in extensions):
            await self._connection.request(
                "POST", f"applications/{self._app}/subscription", {"eventSource": sources}
            )

    async def provision(self) -> None:
        """Push agents that are new or changed, withdraw those who left, then follow them all. Raises AriError."""
        async with self._one_at_a_time:
            for extension in [known for known in self._provisioned if known not in self._roster.agents]:
                page = self._provisioned.pop(extension)[1]
                self.pages.pop(extension, None)
                await provisioning.withdraw(self._connection, extension, page)
            fresh = False
            for agent in list(self._roster.agents.values()):
                fresh |= await self._push(agent)
            if fresh and self._provisioned:
                await self._subscribe(self._provisioned)
                for endpoint in await self._connection.request("GET", "endpoints/PJSIP"):
                    self._on_registration(str(endpoint.get("resource")), endpoint.get("state") == "online")

    async def _push(self, agent: RosterAgent) -> bool:
        """True when Asterisk was told something new about this agent."""
        page = self.pages.get(agent.extension)
        known = self._provisioned.get(agent.extension)
        if known == (agent, page):
            return False
        before = known[1] if known else None
        done = await provisioning.provision(self._connection, agent, self._agent_lost_seconds, page, before)
        if done:
            self._provisioned[agent.extension] = (agent, page)
        return done

    async def use(self, extension: str, page: PagePhone | None) -> bool:
        """This agent's phone is the one in that page from now on; None: their own. False when Asterisk refused."""
        async with self._one_at_a_time:
            agent, before = self._roster.agents.get(extension), self.pages.get(extension)
            if page is None:
                self.pages.pop(extension, None)
            else:
                self.pages[extension] = page
            if agent is None or not await self._push(agent):
                if (
                    page is not None
                ):  # nobody has it; one that shall end stays ended, and is pushed with the next chance
                    self.pages.pop(extension)
                    if before is not None:
                        self.pages[extension] = before
                return False
        await self.ask(extension)
        return True

    def forget(self) -> None:
        """Asterisk may have been started anew: what was pushed is pushed again."""
        self._provisioned.clear()

    async def ask(self, extension: str) -> None:
        """One phone's registration."""
        try:
            endpoint = await self._connection.request("GET", f"endpoints/PJSIP/{extension}")
        except AriError as error:
            log.warning("registration not known", agent=extension, error=str(error))
            return
        self._on_registration(extension, endpoint.get("state") == "online")


def event_sources(endpoints: Iterable[str]) -> Iterator[str]:
    """Values of `eventSource`, `SOURCES_AT_ONCE` endpoints each: Asterisk answers 400 "Too many values" beyond 128."""
    names = list(endpoints)
    for first in range(0, len(names), SOURCES_AT_ONCE):
        yield ",".join(f"endpoint:{name}" for name in names[first : first + SOURCES_AT_ONCE])
