"""SIP as an intruder writes it: bytes on a socket, no phone around them. Answers are read, never believed."""

import hashlib
import re
import secrets
import socket
import threading
import time
from dataclasses import dataclass

STRANGER = "127.0.0.9"
TOKEN = re.compile(r'(\w+)="?([^",]+)"?')


@dataclass(frozen=True)
class Answer:
    """What came back, or status 0 when nothing did."""

    status: int
    text: str
    seconds: float

    def header(self, name: str) -> str:
        found = re.search(rf"(?im)^{name}\s*:\s*(.*?)\s*$", self.text)
        return found[1] if found else ""


def request(
    method: str,
    uri: str,
    local: tuple[str, int],
    *,
    from_user: str = "scanner",
    headers: str = "",
    body: str = "",
    call_id: str | None = None,
    contact: str = "",
    cseq: int = 1,
    transport: str = "UDP",
) -> bytes:
    """A plain request; `headers` are whole lines ending in CRLF."""
    host, port = local
    token = secrets.token_hex(8)
    own = f"sip:{from_user}@{host}:{port}"
    kind = "Content-Type: application/sdp\r\n" if body else ""
    return (
        f"{method} {uri} SIP/2.0\r\n"
        f"Via: SIP/2.0/{transport} {host}:{port};branch=z9hG4bK{token};rport\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:{from_user}@{host}>;tag={token[:6]}\r\nTo: <{uri}>\r\n"
        f"Call-ID: {call_id or token}\r\nCSeq: {cseq} {method}\r\nContact: <{contact or own}>\r\n"
        f"{headers}{kind}Content-Length: {len(body.encode())}\r\n\r\n{body}"
    ).encode("utf-8", "surrogateescape")


def sdp(host: str, port: int = 40_000) -> str:
    return (
        f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\n"
        "a=rtpmap:8 PCMA/8000\r\n"
    )


class Intruder:
    """One UDP socket at an address of its own; loopback has sixteen million."""

    def __init__(self, target: tuple[str, int], host: str = STRANGER) -> None:
        self.target = target
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
        self.socket.bind((host, 0))
        self.local: tuple[str, int] = self.socket.getsockname()

    def __enter__(self) -> "Intruder":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, packet: bytes) -> None:
        self.socket.sendto(packet, self.target)

    def receive(self, within: float = 2.0) -> Answer:
        started = time.perf_counter()
        self.socket.settimeout(within)
        try:
            text = self.socket.recv(65_535).decode("utf-8", "replace")
        except TimeoutError:
            return Answer(0, "", within)
        found = re.match(r"SIP/2\.0 (\d{3}) ", text)
        return Answer(int(found[1]) if found else 0, text, time.perf_counter() - started)

    def drain(self) -> list[str]:
        """Everything that has arrived."""
        arrived = []
        while (answer := self.receive(0.05)).text:
            arrived.append(answer.text)
        return arrived

    def ask(self, method: str, user: str, within: float = 2.0, **more: str) -> Answer:
        """One request, its first final answer; a late repetition of another one is not taken for it."""
        uri = f"sip:{user}@{self.target[0]}:{self.target[1]}"
        call_id = secrets.token_hex(8)
        packet = request(method, uri, self.local, call_id=call_id, **more)  # type: ignore[arg-type]
        started = time.perf_counter()
        self.send(packet)
        while (left := started + within - time.perf_counter()) > 0:
            answer = self.receive(left)
            if answer.status >= 200 and answer.header("Call-ID") == call_id:
                return Answer(answer.status, answer.text, time.perf_counter() - started)
        return Answer(0, "", within)

    def guess(self, user: str, password: str, within: float = 2.0, contact: str = "") -> Answer:
        """A REGISTER with a password: the question, then the proof (RFC 2617 section 3.2.2)."""
        first = self.ask("REGISTER", user, within, from_user=user)
        challenge = dict(TOKEN.findall(first.header("WWW-Authenticate")))
        if first.status != 401:
            return first
        uri = f"sip:{user}@{self.target[0]}:{self.target[1]}"
        ha1 = md5(f"{user}:{challenge['realm']}:{password}")
        ha2 = md5(f"REGISTER:{uri}")
        proof = md5(f"{ha1}:{challenge['nonce']}:00000001:c:auth:{ha2}")
        line = (
            f'Authorization: Digest username="{user}", realm="{challenge["realm"]}", nonce="{challenge["nonce"]}", '
            f'opaque="{challenge.get("opaque", "")}", uri="{uri}", response="{proof}", algorithm=MD5, qop=auth, '
            'nc=00000001, cnonce="c"\r\nExpires: 60\r\n'
        )
        return self.ask("REGISTER", user, within, from_user=user, headers=line, contact=contact)


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - RFC 2617


class DivertingPhone:
    """An agent's phone, registered, that answers every INVITE with "call this instead" (302)."""

    def __init__(self, target: tuple[str, int], user: str, password: str, contact: str) -> None:
        self.contact = contact
        self.asked = 0
        self._line = Intruder(target, "127.0.0.1")
        if self._line.guess(user, password).status != 200:
            raise RuntimeError(f"{user} could not register")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._answer, daemon=True)

    def __enter__(self) -> "DivertingPhone":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(2)
        self._line.socket.close()

    def _answer(self) -> None:
        self._line.socket.settimeout(0.1)
        while not self._stop.is_set():
            try:
                text = self._line.socket.recv(65_535).decode("utf-8", "replace")
            except TimeoutError:
                continue
            method = text.split(" ", 1)[0]
            if method not in ("INVITE", "OPTIONS"):
                continue
            self.asked += method == "INVITE"
            kept = [
                line
                for line in text.split("\r\n")
                if re.match(r"(?i)(via|from|to|call-id|cseq|record-route)\s*:", line)
            ]
            kept = [line + ";tag=there" if line.lower().startswith("to") else line for line in kept]
            first = "302 Moved Temporarily" if method == "INVITE" else "200 OK"
            extra = [f"Contact: <{self.contact}>"] if method == "INVITE" else []
            answer = [f"SIP/2.0 {first}", *kept, *extra, "Content-Length: 0", "", ""]
            self._line.send("\r\n".join(answer).encode())
