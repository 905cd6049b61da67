"""A SIP dialog as a value: who, where, which number comes next (RFC 3261 section 12). No I/O."""

import secrets
from dataclasses import dataclass, field

from phones.address import NameAddr, Uri
from phones.message import Headers, Request, Response
from phones.transport import Address


def new_tag() -> str:
    return secrets.token_hex(4)


@dataclass(slots=True)
class Dialog:
    call_id: str
    local: NameAddr  # with our tag
    remote: NameAddr  # with theirs, once known
    target: Uri  # where their requests want to be sent: their Contact
    first_hop: Address
    routes: list[str] = field(default_factory=list)
    local_cseq: int = 1
    remote_cseq: int = -1

    @classmethod
    def outgoing(cls, local: NameAddr, remote: NameAddr, host: str, first_hop: Address) -> "Dialog":
        """Before the INVITE: everything but their tag (section 8.1.1)."""
        return cls(
            f"{secrets.token_hex(12)}@{host}", local.with_tag(new_tag()), remote, remote.uri, first_hop
        )

    @classmethod
    def incoming(cls, invite: Request, source: Address) -> "Dialog":
        """From an INVITE, with a new tag of ours (section 12.1.1)."""
        headers = invite.headers
        remote, local = NameAddr.parse(headers.get("from")), NameAddr.parse(headers.get("to"))
        contact = headers.all("contact")
        if len(contact) != 1:
            raise ValueError("an INVITE needs exactly one Contact (section 8.1.1.8)")
        target = NameAddr.parse(contact[0]).uri
        routes = headers.all("record-route")
        return cls(
            headers.get("call-id"), local.with_tag(new_tag()), remote, target, source, routes, 1, invite.cseq
        )

    def learn(self, response: Response) -> None:
        """Their tag, Contact and route from a response to our INVITE (section 12.1.2)."""
        self.remote = NameAddr.parse(response.headers.get("to"))
        if contact := response.headers.all("contact"):
            self.target = NameAddr.parse(contact[0]).uri
        self.routes = response.headers.all("record-route")[::-1]

    def refresh_target(self, request_or_response: Request | Response) -> None:
        """A re-INVITE or its answer may move the target (section 12.2)."""
        if contact := request_or_response.headers.all("contact"):
            self.target = NameAddr.parse(contact[0]).uri

    @property
    def next_hop(self) -> Address:
        """Where the next request goes: the first route, else their Contact when it is an address we can
        use."""
        target = NameAddr.parse(self.routes[0]).uri if self.routes else self.target
        return target.destination if target.host.replace(".", "").isdigit() else self.first_hop

    def matches(self, request: Request) -> bool:
        headers = request.headers
        return (
            headers.get("call-id") == self.call_id and NameAddr.parse(headers.get("to")).tag == self.local.tag
        )

    def request(
        self,
        method: str,
        *,
        cseq: int | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
    ) -> Request:
        """The next request of this dialog, without Via (section 12.2.1.1); `cseq` for ACK and CANCEL."""
        if cseq is None:
            self.local_cseq += 1
            cseq = self.local_cseq
        always = [
            ("max-forwards", "70"),
            ("from", str(self.local)),
            ("to", str(self.remote)),
            ("call-id", self.call_id),
            ("cseq", f"{cseq} {method}"),
            *(("route", route) for route in self.routes),
        ]
        return Request(method, str(self.target), Headers([*always, *headers]), body)
