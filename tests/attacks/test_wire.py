"""S23, S24, S25: what is thrown at the wire: audio, floods, malformed messages. Bounded in number and time, all on loopback."""

import asyncio
import contextlib
import multiprocessing
import random
import re
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from phones import tones
from phones.rtp import Packet
from tests.attacks.rfc4475 import MESSAGES
from tests.pbx.conftest import Room
from tests.support.centre import Centre, until
from tests.support.raw_sip import Intruder, request, sdp

pytestmark = pytest.mark.timeout(120)
AGENT_TONE = tones.AGENTS[201 % len(tones.AGENTS)]
INTRUDER_TONE = tones.PARTNER
FLOOD_SECONDS, FLOOD_RATE = 3.0, 1000


@pytest.fixture
async def talk(centre: Centre, room: Room) -> AsyncIterator[tuple[Any, Any]]:
    """A citizen and agent 201 talking."""
    phone = await room.agent("201")
    citizen = await room.citizen()
    await citizen.answered(5)
    await citizen.press("0")
    leg = await phone.incoming_call(10)
    await citizen.heard(AGENT_TONE, within=10)
    await leg.heard(tones.CITIZEN, within=5)
    yield citizen, leg
    await citizen.hangup()


def process(centre: Centre) -> tuple[int, int, int]:
    """Asterisk's pid, resident memory in KiB, open files."""
    pid = int((centre.settings.run_dir / "asterisk.pid").read_text())
    status = Path(f"/proc/{pid}/status").read_text()
    resident = re.search(r"VmRSS:\s+(\d+)", status)
    return pid, int(resident[1]) if resident else 0, len(list(Path(f"/proc/{pid}/fd").iterdir()))


# --- S23 -----------------------------------------------------------------------------------------------------------


async def test_s23_injected_audio_is_heard_by_nobody_and_no_audio_leaks(
    centre: Centre, talk: tuple[Any, Any]
) -> None:
    """A stranger sends a tone to every RTP port of the centre for two seconds, and listens for an answer."""
    citizen, leg = talk
    frames = tones.tone_frames(INTRUDER_TONE, 8)
    ports = range(centre.settings.rtp_start, centre.settings.rtp_end + 1)
    with Intruder(("127.0.0.1", 0), "127.0.0.41") as stranger:
        asked = time.monotonic()
        for number in range(100):
            packet = Packet(8, 1000 + number, 160 * number, 0x1234, frames[number % 50]).to_bytes()
            for port in ports:
                stranger.socket.sendto(packet, ("127.0.0.1", port))
            await asyncio.sleep(max(0.0, asked + number * 0.02 - time.monotonic()))
        leaked = stranger.drain()
    assert leaked == [], "audio of the call went to a stranger"
    await citizen.heard(AGENT_TONE, within=5)
    await leg.heard(tones.CITIZEN, within=5)
    for party in (citizen, leg):
        fresh = [window for at, window in party.media.windows if at > asked]
        assert len(fresh) > 5
        assert not [window for window in fresh if INTRUDER_TONE in window.tones]


# --- S24 -----------------------------------------------------------------------------------------------------------


def flood(target: tuple[str, int], host: str) -> None:
    """INVITEs at FLOOD_RATE a second, for FLOOD_SECONDS; answers are thrown away."""
    with Intruder(target, host) as intruder:
        packets = [
            request(
                "INVITE",
                f"sip:120@{target[0]}:{target[1]}",
                intruder.local,
                from_user=str(number),
                body=sdp(host),
            )
            for number in range(200)
        ]
        started, sent = time.monotonic(), 0
        while (now := time.monotonic()) < started + FLOOD_SECONDS:
            while sent < (now - started) * FLOOD_RATE:
                packet = (
                    packets[sent % 200]
                    .replace(b"z9hG4bK", b"z9hG4bK%d" % sent)
                    .replace(b"Call-ID: ", b"Call-ID: %d" % sent)
                )
                intruder.send(packet)
                sent += 1
            time.sleep(0.002)


async def test_s24_a_flood_of_invites_disturbs_no_call_and_new_citizens_are_answered(
    centre: Centre, room: Room, talk: tuple[Any, Any], target: tuple[str, int]
) -> None:
    citizen, _ = talk
    before = len(centre.cel("CHAN_START"))
    heard = citizen.media.packets_received
    started = time.monotonic()
    flooding = multiprocessing.get_context("spawn").Process(target=flood, args=(target, "127.0.0.42"))
    flooding.start()
    try:
        waits = []
        while flooding.is_alive():
            asked = time.monotonic()
            call = await room.citizen(f"010{len(waits):08d}")
            await call.answered(5)
            waits.append(time.monotonic() - asked)
            await call.hangup()
            await asyncio.sleep(0.2)
    finally:
        await asyncio.to_thread(flooding.join, 10)
    seconds = time.monotonic() - started
    share = (citizen.media.packets_received - heard) / (seconds * 50)
    print(
        f"S24: {len(waits)} citizens answered during the flood, at most {max(waits) * 1000:.0f} ms; audio {share:.0%}"
    )
    assert len(waits) >= 3
    assert share > 0.8, "the talking citizen lost audio"
    await citizen.heard(AGENT_TONE, within=5)
    strangers = len(centre.cel("CHAN_START")) - before - len(waits)
    assert strangers == 0, "the flood made channels"


async def test_s24_connections_that_say_nothing_keep_nobody_out(
    centre: Centre, room: Room, target: tuple[str, int]
) -> None:
    """Five hundred TCP connections to the SIP port, half of them with half a message."""
    pid, _, before = process(centre)
    lines = []
    for _ in range(500):
        line = socket.socket()
        line.bind(("127.0.0.43", 0))
        line.setblocking(
            False
        )  # Asterisk's queue of connections not yet accepted holds five; the kernel tries again
        line.connect_ex(target)
        lines.append(line)
    half = b"INVITE sip:120@127.0.0.1 SIP/2.0\r\nContent-Length: 99999999\r\n"
    try:
        await until(lambda: process(centre)[2] > before + 20, 30, "twenty connections accepted")
        for line in lines[::2]:
            with contextlib.suppress(OSError):
                line.sendall(half)
        for number in range(3):
            call = await room.citizen(f"0107777000{number}")
            await call.answered(5)
            await call.hangup()
        agent = await room.agent("202")
        assert agent.registered
        assert centre.health()["asterisk"]
    finally:
        for line in lines:
            line.close()
    await until(lambda: process(centre)[2] < before + 50, 10, "the connections' files closed again")
    assert process(centre)[0] == pid


# --- S25 -----------------------------------------------------------------------------------------------------------


async def answered_call(room: Room, number: str) -> None:
    call = await room.citizen(number)
    await call.answered(5)
    await call.hangup()


@pytest.mark.parametrize("host", ["127.0.0.44", "127.0.0.2"], ids=["from a stranger", "from a trunk"])
async def test_s25_messages_of_rfc_4475_break_nothing_and_reach_nobody(
    centre: Centre, room: Room, target: tuple[str, int], host: str
) -> None:
    pid, _, _ = process(centre)
    entered = len(centre.cel("CENTRE_ENTERED"))
    assert len(MESSAGES) > 45
    with Intruder(target, host) as sender:
        for message in MESSAGES.values():
            sender.send(message)
            sender.drain()
        sender.send(
            MESSAGES["lwsdisp"] + MESSAGES["lwsstart"]
        )  # dblreq: what follows a message is not a second one
        sender.drain()
    for message in MESSAGES.values():
        with socket.create_connection(target, timeout=2, source_address=(host, 0)) as line:
            line.sendall(message)
    await answered_call(room, "01044750000")
    assert process(centre)[0] == pid, "Asterisk was started anew"
    await until(lambda: len(centre.cel("CENTRE_ENTERED")) > entered, 5, "the call on record")
    assert len(centre.cel("CENTRE_ENTERED")) == entered + 1, "a torture message became a call"
    assert "CHAN_START" in {line["eventtype"] for line in centre.cel()}


def mutated(message: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, doubled, cut, or replaced by what parsers dislike."""
    nasty = [
        b"\0",
        b"\xff",
        b"\r\n",
        b"\r\n\r\n",
        b'"',
        b"<",
        b">",
        b";",
        b"%",
        b"%00",
        b"\\",
        b"-1",
        b"9" * 40,
        b"A" * 1500,
        b":" * 60,
        b"\t",
        b"[::1",
        b"=,",
    ]
    data = bytearray(message)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) or 1)
        match chance.randrange(4):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                data[at:at] = chance.choice(nasty)
            case 2:
                del data[at : at + chance.randint(1, 30)]
            case _:
                data[at:at] = data[at : at + chance.randint(1, 60)]
    return bytes(data[:60_000])


async def test_s25_mutated_messages_crash_nothing_and_leave_nothing(
    centre: Centre, room: Room, target: tuple[str, int]
) -> None:
    """20,000 mutations of ten ordinary messages from a trunk's address, which is let in deepest; the seed is fixed."""
    chance = random.Random(4475)
    pid, memory, files = process(centre)
    with Intruder(target, "127.0.0.2") as sender:
        uri = f"sip:9999@{target[0]}:{target[1]}"
        methods = (
            "INVITE",
            "OPTIONS",
            "REGISTER",
            "SUBSCRIBE",
            "MESSAGE",
            "NOTIFY",
            "INFO",
            "CANCEL",
            "UPDATE",
            "BYE",
        )
        seeds = [
            request(method, uri, sender.local, from_user="0101234", body=sdp("127.0.0.2"))
            for method in methods
        ]
        for number in range(20_000):
            sender.send(mutated(chance.choice(seeds), chance))
            if number % 200 == 199:
                sender.drain()
                await asyncio.sleep(0)
    await answered_call(room, "01044751111")
    after = process(centre)
    print(
        f"S25: 20,000 mutations; memory {(after[1] - memory) / 1024:+.1f} MiB, open files {after[2] - files:+d}"
    )
    assert after[0] == pid
    assert after[1] - memory < 40 * 1024
    assert after[2] - files < 20
