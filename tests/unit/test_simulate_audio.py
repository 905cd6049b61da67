"""The audio of a simulation: parties told apart by their frames, loss counted, real packets through real sockets."""

import asyncio
import socket

import numpy as np
import pytest

from ops.simulate import mmsg, voices
from ops.simulate.rtp_link import CITIZENS, RtpLink, SharedStream
from ops.simulate.rtp_streams import PACKET, Streams
from phones import g711, rtp
from phones.sdp import PCMA


def packets(sequences: list[int], payload: bytes = voices.frame(3)) -> np.ndarray:
    made = np.zeros((len(sequences), 256), "u1")
    for row, sequence in enumerate(sequences):
        data = rtp.Packet(PCMA, sequence & 0xFFFF, 160 * row, 7, payload).to_bytes()
        made[row, : len(data)] = np.frombuffer(data, "u1")
    return made


def taken(
    streams: Streams, row: int, sequences: list[int], batch: int = 4, payload: bytes = voices.frame(3)
) -> None:
    for start in range(0, len(sequences), batch):
        part = packets(sequences[start : start + batch], payload)
        rows = np.full(len(part), row)
        streams.take(rows, part, np.full(len(part), PACKET), now=float(start))


def test_every_party_is_known_by_any_of_its_frames_and_nothing_else_is() -> None:
    listener = voices.Listener()
    frames = [voices.frame(party) for party in (0, 1, 136, 1000, voices.PARTIES - 1)]
    assert len(set(map(voices.frame, range(voices.PARTIES)))) == voices.PARTIES
    rows = np.frombuffer(b"".join([*frames, g711.SILENCE[PCMA], bytes(range(160))]), "u1").reshape(-1, 160)
    assert listener.parties(rows).tolist() == [0, 1, 136, 1000, voices.PARTIES - 1, -1, -1]


@pytest.mark.parametrize(
    ("sequences", "lost"),
    [
        pytest.param(list(range(100)), 0, id="nothing lost"),
        pytest.param([*range(50), *range(53, 100)], 3, id="three lost"),
        pytest.param(list(range(65_500, 65_620)), 0, id="the number wraps around"),
        pytest.param([0, 1, 3, 2, 4, 5], 0, id="two came the wrong way round"),
        pytest.param([*range(10), *range(30_000, 30_010)], 0, id="another source begins"),
        pytest.param(
            [*range(10), *range(12, 20), *range(30_000, 30_010)], 2, id="lost before another source"
        ),
    ],
)
def test_loss_is_counted_by_sequence_numbers(sequences: list[int], lost: int) -> None:
    streams = Streams()
    row = streams.add("127.0.0.1", 4000, party=0)
    taken(streams, row, sequences)
    account = streams.remove(row)
    assert (account["received"], account["lost"]) == (len(sequences), lost)


def test_who_was_heard_is_noted_for_each_stream() -> None:
    streams = Streams()
    first, second = streams.add("127.0.0.1", 4000, 0), streams.add("127.0.0.1", 4002, 1)
    taken(streams, first, list(range(100)))
    taken(streams, second, list(range(100)), payload=g711.SILENCE[PCMA])
    assert set(streams.remove(first)["heard"]) == {"3"}
    quiet = streams.remove(second)
    assert quiet["heard"] == {} and quiet["other"] > 0


def test_many_datagrams_go_out_and_come_in_with_one_call_each() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here,
    ):
        for one in (there, here):
            one.bind(("127.0.0.1", 0))
            one.setblocking(False)
        streams = Streams()
        rows = np.array([streams.add("127.0.0.1", there.getsockname()[1], party) for party in range(40)])
        streams.advance(rows)
        outbox = mmsg.Outbox(streams.packets, streams.to, rows, PACKET)
        assert outbox.send(here.fileno()) == 40
        inbox = mmsg.Inbox()
        assert inbox.receive(there.fileno()) == 40
        assert set(inbox.sources["port"][:40].tolist()) == {here.getsockname()[1]}
        heard = voices.Listener().parties(inbox.packets[:40, 12:PACKET])
        assert heard.tolist() == list(range(40))
        assert inbox.receive(there.fileno()) == 0


async def test_a_stream_of_the_audio_process_is_rtp_that_a_phone_understands() -> None:
    """Every 20 ms a packet, numbers in order, keys as RFC 4733 has them; the account says what came back."""
    received: list[bytes] = []

    class Peer(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            received.append(data)
            self.transport.sendto(data, addr)  # type: ignore[attr-defined]

    link = RtpLink("127.0.0.1", "127.0.0.1")
    await link.start()
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        Peer, local_addr=("127.0.0.1", 0)
    )
    try:
        stream = SharedStream(link, CITIZENS, 5, lambda: None)
        stream.start(transport.get_extra_info("sockname"), PCMA, 101)
        await asyncio.sleep(0.3)
        stream.press("0")
        await asyncio.sleep(0.7)
        stream.close()
        account = await stream.account()
    finally:
        transport.close()
        await link.close()
    read = [rtp.parse(data) for data in received]
    assert 30 <= account.sent <= 60
    assert account.received >= account.sent - 2 and account.lost == 0
    assert set(account.heard) == {"5"}
    assert [packet.sequence for packet in read] == [(read[0].sequence + n) & 0xFFFF for n in range(len(read))]
    events = [rtp.parse_event(packet.payload) for packet in read if packet.payload_type == 101]
    assert {event.digit for event in events} == {"0"} and [event.end for event in events[-3:]] == [True] * 3
