"""The phones in pages: given to a page that asks, ended when their session ends. The edge of page_phone.py.

Needs neither PostgreSQL nor `web` once the page has its secret; needs no worker for a call, nor to register again.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from ari_app import page_phone
from ari_app.agent_phones import AgentPhones

log = structlog.get_logger("phones")

Tell = Callable[[str, Mapping[str, Any]], None]
Reply = Callable[[Mapping[str, Any]], None]

REFUSED = {
    "type": "refused",
    "text_ko": "지금은 이 페이지에 전화를 연결할 수 없습니다. 잠시 뒤 다시 해 주세요.",
    "text_en": "This page can not have the phone now. Try again in a moment.",
}


class PagePhones:
    """`tell(extension, message)` reaches all desks of an agent, `has_leg(extension)`: the agent's phone is in use."""

    def __init__(
        self,
        file: Path,
        phones: AgentPhones,
        tell: Tell,
        has_leg: Callable[[str], bool],
        allowed: bool = True,
    ) -> None:
        self._file = file
        self._phones = phones
        self._tell = tell
        self._has_leg = has_leg
        self._allowed = allowed
        self._seen: dict[str, float] = {}  # extension -> when its page was last there, monotonic
        self._one_at_a_time = asyncio.Lock()

    def load(self) -> None:
        """What the leader before us gave."""
        self._phones.pages.update(page_phone.read(self._file))

    def session(self, extension: str) -> str | None:
        """Which page has this agent's phone."""
        page = self._phones.pages.get(extension)
        return page.session if page else None

    async def command(self, extension: str, command: Mapping[str, Any], reply: Reply) -> None:
        """`phone-on`: this page takes the phone; `phone-off`: it gives it back, which nobody does in a call."""
        if command.get("do") == "phone-on":
            await self.give(extension, reply)
        elif self._has_leg(extension):
            reply(REFUSED)
        else:
            await self.end(extension, "given back")

    async def give(self, extension: str, reply: Reply) -> None:
        """This page gets the phone; the secret goes to it alone. A page that had it before is told."""
        if not self._allowed:
            reply(REFUSED)
            return
        async with self._one_at_a_time:
            page, secret = page_phone.make(extension, time.time())
            self._seen[extension] = time.monotonic()
            if not await self._phones.use(extension, page):
                reply(REFUSED)
                return
            self._write()
        log.info("phone given to a page", agent=extension, session=page.session)
        self._tell(extension, {"type": "phone", "session": page.session})
        reply(
            {
                "type": "phone",
                "session": page.session,
                "user": extension,
                "domain": page.domain,
                "secret": secret,
            }
        )

    async def end(self, extension: str, why: str) -> None:
        """The agent's own phone is the agent's phone again; the page's secret is worth nothing any more."""
        async with self._one_at_a_time:
            if extension not in self._phones.pages:
                return
            await self._phones.use(extension, None)
            self._write()
        log.info("phone of a page ended", agent=extension, why=why)
        self._tell(extension, {"type": "phone", "session": None})

    def over(self, page_open: Callable[[str], bool], now: float, at: float) -> list[str]:
        """Whose phone in a page ends now: nobody has the page, or the shift is over. Never in a talk."""
        ended = []
        for extension, page in self._phones.pages.items():
            if page_open(extension) or self._has_leg(extension):
                self._seen[extension] = now
            away = now - self._seen.setdefault(extension, now)
            if not self._has_leg(extension) and page_phone.is_over(page, away, at):
                ended.append(extension)
        return ended

    def _write(self) -> None:
        page_phone.write(self._file, self._phones.pages.values())
