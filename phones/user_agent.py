"""Requests of ours that may be asked for a proof, and registering (RFC 3261 sections 10.2 and 22)."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine

from phones import digest
from phones.address import NameAddr, Uri, Via
from phones.dialog import Dialog
from phones.message import Request, Response
from phones.transactions import ClientTransaction, Transactions
from phones.transport import Address
from phones.waiting import Signal

USER_AGENT = "centre120-phone"
EXCHANGE_TRIES = 3  # the request, with a proof, with a proof for a fresh nonce


class RegisterRefused(Exception):
    """`status` is None when nobody answered."""

    def __init__(self, registrar: str, user: str, status: int | None, reason: str) -> None:
        super().__init__(f"{registrar} refused to register {user}: {status or 'no answer'} {reason}".rstrip())
        self.status = status


class UserAgent:
    """What knows a user's password and speaks to servers with it."""

    def __init__(self, user: str, password: str, transactions: Transactions, transport_name: str) -> None:
        self.user, self.password = user, password
        self.transactions = transactions
        self.registered = False
        self.changed = Signal()
        self._transport_name = transport_name
        self._registration: Dialog | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> Address:
        return self.transactions.transport.local

    @property
    def contact(self) -> Uri:
        params: dict[str, str | None] = {"transport": "tcp"} if self._transport_name == "tcp" else {}
        return Uri(self.user, *self.address, params)

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Runs `work` for as long as the phone lives; the reference keeps the collector away."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def exchange(
        self, dialog: Dialog, method: str, headers: tuple[tuple[str, str], ...] = (), body: bytes = b"",
        on_response: Callable[[Response], None] | None = None,
        on_sent: Callable[[ClientTransaction], None] | None = None,
    ) -> Response | None:  # fmt: skip
        """One request and its final response, with a proof when one is asked for; None: nobody answered.

        `on_response` gets provisional responses and repeated final ones, `on_sent` each transaction.
        """
        extra: tuple[tuple[str, str], ...] = ()
        for attempt in range(EXCHANGE_TRIES):
            request = dialog.request(
                method, headers=(*headers, *extra, ("user-agent", USER_AGENT)), body=body
            )
            response = await self._one_exchange(dialog, request, on_response, on_sent)
            if response is None or response.status not in (401, 407) or not self.password:
                return response
            try:
                proof = self._prove(request, response)
            except ValueError:
                return response
            if attempt and not proof[1]:
                return response  # refused with a proof: the password is wrong
            extra = (proof[0],)
        return response

    async def _one_exchange(
        self, dialog: Dialog, request: Request, on_response: Callable[[Response], None] | None,
        on_sent: Callable[[ClientTransaction], None] | None,
    ) -> Response | None:  # fmt: skip
        final: asyncio.Future[Response | None] = asyncio.get_running_loop().create_future()

        def receive(response: Response | None) -> None:
            if response is not None and on_response is not None and (final.done() or response.status < 200):
                on_response(response)
            elif (response is None or response.status >= 200) and not final.done():
                final.set_result(response)

        transaction = self.transactions.send(request, dialog.next_hop, receive)
        if on_sent is not None:
            on_sent(transaction)
        return await final

    def _prove(self, request: Request, response: Response) -> tuple[tuple[str, str], bool]:
        """The header that answers the challenge, and whether the old proof was merely stale (RFC 3261
        section 22)."""
        name, ours = ("www-authenticate", "authorization")
        if response.status == 407:
            name, ours = ("proxy-authenticate", "proxy-authorization")
        challenge = digest.parse_challenge(response.headers.get(name))
        cnonce = secrets.token_hex(8)
        value = digest.authorization(
            challenge, self.user, self.password, request.method, request.uri, cnonce=cnonce
        )
        return (ours, value), challenge.stale

    def cancel(self, cancel: Request, invite: ClientTransaction) -> None:
        """A CANCEL carries the branch of its INVITE (section 9.1)."""
        via = Via.parse(invite.request.headers.get("via"))
        self.transactions.send(cancel, invite.to, lambda _: None, via)

    # --- registering ----------------------------------------------------------------------------------
    async def register(self, user: str, password: str, registrar: Address, expires: int = 300, *,
                       keep: bool = True) -> int:  # fmt: skip
        """Registers, and with `keep` again and again before it runs out. The seconds that were granted."""
        self.user, self.password = user, password
        aor = NameAddr(Uri(user, *registrar))
        self._registration = Dialog.outgoing(aor, aor, self.address[0], registrar)
        self._registration.target = Uri("", *registrar)
        granted = await self._register_once(expires)
        if keep:
            self.spawn(self._keep_registered(expires, granted))
        return granted

    async def unregister(self) -> None:
        """Expires 0 (section 10.2.2)."""
        if self._registration is not None and self.registered:
            await self._register_once(0)
            self.registered = False

    async def _register_once(self, expires: int) -> int:
        assert self._registration is not None  # noqa: S101 - set by register
        headers = (("contact", f"<{self.contact}>"), ("expires", str(expires)))
        response = await self.exchange(self._registration, "REGISTER", headers)
        self.registered = response is not None and response.status == 200
        self.changed.notify()
        if response is None or response.status != 200:
            status, reason = (None, "") if response is None else (response.status, response.reason)
            raise RegisterRefused(f"{self._registration.target}", self.user, status, reason)
        return _granted(response, self.contact, expires)

    async def _keep_registered(self, expires: int, granted: int) -> None:
        pause = granted / 2
        while True:
            await asyncio.sleep(max(1.0, pause))
            try:
                pause = await self._register_once(expires) / 2
            except RegisterRefused:
                pause = 2.0


def _granted(response: Response, contact: Uri, asked: int) -> int:
    """What the registrar gave us: our Contact's expires, else the header (section 10.2.4)."""
    for value in response.headers.all("contact"):
        entry = NameAddr.parse(value)
        expires = entry.params.get("expires")
        if entry.uri.destination == contact.destination and expires and expires.isdigit():
            return int(expires)
    value = response.headers.get("expires")
    return int(value) if value.isdigit() else asked
