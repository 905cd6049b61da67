"""Session descriptions for one G.711 audio stream with telephone-event (RFC 4566, RFC 3264). No I/O."""

from dataclasses import dataclass

PCMU, PCMA = 0, 8  # static payload types (RFC 3551 section 6)
OUR_EVENTS = 101
DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
REVERSED = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive", "sendrecv": "sendrecv"}


@dataclass(frozen=True, slots=True)
class Audio:
    """What one side says about its audio."""

    host: str
    port: int  # 0: the stream is refused
    codecs: tuple[int, ...]  # G.711 payload types in order of preference
    events: int | None = None  # payload type of telephone-event (RFC 4733), None when not spoken
    direction: str = "sendrecv"
    index: int = 0  # which m= line it is
    media_lines: tuple[str, ...] = ()  # all m= lines; an answer must mirror them (RFC 3264 section 6)

    @property
    def held(self) -> bool:
        """The other side does not want to hear us (RFC 3264 section 8.4, and RFC 2543's 0.0.0.0)."""
        return self.direction in ("sendonly", "inactive") or self.host == "0.0.0.0"  # noqa: S104


def parse(body: bytes) -> Audio:
    """The first audio stream of a description; `ValueError` when there is none or the text is no SDP."""
    lines = [line for line in body.decode("utf-8", "replace").replace("\r\n", "\n").split("\n") if line]
    if not lines or lines[0] != "v=0":
        raise ValueError("a session description begins with v=0")
    session, sections = _sections(lines)
    for index, section in enumerate(sections):
        if section[0].startswith("m=audio "):
            media = tuple(part[0] for part in sections)
            return _parse_audio(session, section, index, media)
    raise ValueError("no audio in the session description")


def _sections(lines: list[str]) -> tuple[list[str], list[list[str]]]:
    session: list[str] = []
    sections: list[list[str]] = []
    for line in lines:
        if len(line) < 2 or line[1] != "=":
            raise ValueError(f"not a line of a session description: {line[:40]!r}")
        if line[0] == "m":
            sections.append([])
        (sections[-1] if sections else session).append(line)
    return session, sections


def _parse_audio(session: list[str], section: list[str], index: int, media_lines: tuple[str, ...]) -> Audio:
    words = section[0].split()
    port_text = words[1].partition("/")[0] if len(words) > 3 else ""
    if not port_text.isdecimal() or int(port_text) > 65_535:
        raise ValueError(f"not an audio line: {section[0][:80]!r}")
    formats = [int(word) for word in words[3:] if word.isdecimal() and len(word) <= 3]
    names = {PCMU: "PCMU/8000", PCMA: "PCMA/8000"} | _rtpmap(section)
    codecs = tuple(f for f in formats if names.get(f) in ("PCMU/8000", "PCMA/8000") and f in (PCMU, PCMA))
    events = next((f for f in formats if names.get(f) == "TELEPHONE-EVENT/8000"), None)
    direction = _direction(section) or _direction(session) or "sendrecv"
    return Audio(
        _connection(section) or _connection(session),
        int(port_text),
        codecs,
        events,
        direction,
        index,
        media_lines,
    )


def _rtpmap(section: list[str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for line in section:
        if line.startswith("a=rtpmap:"):
            number, _, name = line.removeprefix("a=rtpmap:").partition(" ")
            if number.isdecimal() and len(number) <= 3:
                found[int(number)] = "/".join(name.strip().upper().split("/")[:2])
    return found


def _direction(lines: list[str]) -> str | None:
    return next((line[2:] for line in lines if line.startswith("a=") and line[2:] in DIRECTIONS), None)


def _connection(lines: list[str]) -> str:
    for line in lines:
        if line.startswith("c="):
            words = line[2:].split()
            if len(words) != 3 or words[0] != "IN":
                raise ValueError(f"not a connection line: {line[:80]!r}")
            return words[2].partition("/")[0]
    return ""


def offer(host: str, port: int, session: int, version: int, *, direction: str = "sendrecv",
          codecs: tuple[int, ...] = (PCMA, PCMU)) -> bytes:  # fmt: skip
    """Our description: A-law first, since that is what Korea's trunks carry."""
    return _describe(host, session, version, [_audio_lines(port, codecs, OUR_EVENTS, direction)])


def choose(theirs: Audio, ours: tuple[int, ...] = (PCMA, PCMU)) -> int | None:
    """The codec both speak, by their preference; None: nothing in common (answer 488)."""
    return next((codec for codec in theirs.codecs if codec in ours), None)


def answer(theirs: Audio, host: str, port: int, session: int, version: int, codec: int) -> bytes:
    """Our answer to their offer: one codec, their event number, every other stream refused with port 0."""
    sections = []
    for index, line in enumerate(theirs.media_lines):
        if index == theirs.index:
            sections.append(_audio_lines(port, (codec,), theirs.events, REVERSED[theirs.direction]))
        else:
            words = line.split()
            sections.append([" ".join([words[0], "0", *words[2:]])])
    return _describe(host, session, version, sections)


def _audio_lines(port: int, codecs: tuple[int, ...], events: int | None, direction: str) -> list[str]:
    names = {PCMU: "PCMU", PCMA: "PCMA"}
    formats = [*codecs, *([] if events is None else [events])]
    lines = [f"m=audio {port} RTP/AVP {' '.join(map(str, formats))}"]
    lines += [f"a=rtpmap:{codec} {names[codec]}/8000" for codec in codecs]
    if events is not None:
        lines += [f"a=rtpmap:{events} telephone-event/8000", f"a=fmtp:{events} 0-15"]
    return [*lines, "a=ptime:20", f"a={direction}"]


def _describe(host: str, session: int, version: int, sections: list[list[str]]) -> bytes:
    family = "IP6" if ":" in host else "IP4"
    lines = ["v=0", f"o=- {session} {version} IN {family} {host}", "s=-", f"c=IN {family} {host}", "t=0 0"]
    lines += [line for section in sections for line in section]
    return ("\r\n".join(lines) + "\r\n").encode("ascii")
