"""What two phones agree on: session descriptions, digests, when to send again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phones import digest, sdp, timers
from phones.address import NameAddr, Uri
from phones.dialog import Dialog
from phones.message import Response, parse

OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
    b"m=video 4000 RTP/AVP 99\r\na=rtpmap:99 VP8/90000\r\n"
    b"m=audio 4002 RTP/AVP 96 0 8 97\r\nc=IN IP4 10.0.0.2\r\n"
    b"a=rtpmap:96 opus/48000/2\r\na=rtpmap:97 telephone-event/8000\r\na=sendonly\r\n"
)


def test_the_audio_stream_is_found_with_its_own_address_codecs_and_events() -> None:
    audio = sdp.parse(OFFER)
    assert (audio.host, audio.port, audio.codecs, audio.events) == ("10.0.0.2", 4002, (0, 8), 97)
    assert audio.held


def test_the_answer_refuses_video_keeps_the_order_and_turns_the_direction() -> None:
    theirs = sdp.parse(OFFER)
    text = sdp.answer(theirs, "127.0.0.1", 32_000, 5, 1, sdp.PCMU)
    media = [line for line in text.decode().split("\r\n") if line.startswith("m=")]
    assert media == ["m=video 0 RTP/AVP 99", "m=audio 32000 RTP/AVP 0 97"]
    ours = sdp.parse(text)
    assert (ours.direction, ours.events) == ("recvonly", 97)


def test_our_offer_is_understood_by_ourselves_and_prefers_a_law() -> None:
    audio = sdp.parse(sdp.offer("127.0.0.1", 32_000, 1, 1))
    assert audio.codecs == (sdp.PCMA, sdp.PCMU)
    assert sdp.choose(audio) == sdp.PCMA
    assert sdp.choose(audio, (sdp.PCMU,)) == sdp.PCMU
    assert not audio.held


def test_the_old_way_of_holding_is_understood() -> None:
    assert sdp.parse(sdp.offer("0.0.0.0", 32_000, 1, 1)).held  # noqa: S104


@pytest.mark.parametrize(
    "body",
    [b"", b"hello", b"v=0\r\n", b"v=0\r\nm=audio x RTP/AVP 0\r\n", b"v=0\r\nm=audio 70000 RTP/AVP 0\r\n",
     b"v=0\r\nnonsense\r\nm=audio 1 RTP/AVP 0", b"v=0\r\nc=IP4 1.2.3.4\r\nm=audio 1 RTP/AVP 0"],
)  # fmt: skip
def test_a_broken_description_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        sdp.parse(body)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_description_or_a_value_error(data: bytes) -> None:
    for body in (data, b"v=0\r\nm=audio " + data, OFFER + data):
        try:
            theirs = sdp.parse(body)
        except ValueError:
            continue
        if theirs.codecs:
            assert sdp.parse(sdp.answer(theirs, "127.0.0.1", 32_000, 1, 1, theirs.codecs[0])).port == 32_000


def test_the_digest_of_rfc_2617_section_3_5() -> None:
    challenge = digest.parse_challenge(
        'Digest realm="testrealm@host.com", qop="auth,auth-int", '
        'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    value = digest.authorization(
        challenge, "Mufasa", "Circle Of Life", "GET", "/dir/index.html", cnonce="0a4f113b", count=1
    )
    parts = digest.parse_params(value.removeprefix("Digest "))
    assert parts["response"] == "6629fae49393a05397450978507c4ef1"
    assert (parts["nc"], parts["qop"], parts["opaque"]) == ("00000001", "auth", challenge.opaque)


def test_without_qop_the_digest_is_the_old_one() -> None:
    challenge = digest.parse_challenge('digest realm="r", nonce="n", algorithm=MD5, stale=TRUE')
    assert challenge.stale
    expected = digest._md5(f"{digest.ha1('u', 'r', 'p')}:n:{digest._md5('REGISTER:sip:h')}")
    value = digest.authorization(challenge, "u", "p", "REGISTER", "sip:h", cnonce="c")
    assert digest.parse_params(value.removeprefix("Digest "))["response"] == expected
    assert "qop" not in value


@pytest.mark.parametrize(
    "value",
    ["", "Basic realm=x", 'Digest realm="x"', 'Digest realm="x", nonce="n", algorithm=SHA-256',
     'Digest realm="x", nonce="n", qop="auth-int"', 'Digest realm="x" nonsense'],
)  # fmt: skip
def test_a_challenge_we_can_not_answer_is_a_value_error(value: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        digest.parse_challenge(value)


@given(st.text(max_size=20), st.text(max_size=20))
def test_quoted_digest_values_come_back_as_they_went(realm: str, user: str) -> None:
    value = digest.authorization(digest.Challenge(realm, "n"), user, "p", "INVITE", "sip:h", cnonce="c")
    parts = digest.parse_params(value.removeprefix("Digest "))
    assert (parts["realm"], parts["username"]) == (realm, user)


def test_retransmissions_follow_the_rfc_and_end_after_thirty_two_seconds() -> None:
    invite, other = list(timers.invite_pauses()), list(timers.other_pauses())
    assert invite[:6] == [0.5, 1, 2, 4, 8, 16]
    assert other[:6] == [0.5, 1, 2, 4, 4, 4]
    assert sum(invite) == sum(other) == timers.GIVE_UP


def test_a_dialog_learns_tag_contact_and_reversed_route() -> None:
    us, them = NameAddr(Uri("a", "127.0.0.2")), NameAddr(Uri("120", "127.0.0.1"))
    dialog = Dialog.outgoing(us, them, "h", ("127.0.0.1", 5))
    invite = dialog.request("INVITE")
    answer = Response(200, "OK", invite.headers.with_values(
        ("via", "SIP/2.0/UDP h"), ("to", "<sip:120@127.0.0.1>;tag=theirs"),
        ("contact", "<sip:x@127.0.0.9:77>"),
        ("record-route", "<sip:p1;lr>"), ("record-route", "<sip:p2;lr>")))  # fmt: skip
    parsed = parse(answer.to_bytes())
    assert isinstance(parsed, Response)
    dialog.learn(parsed)
    bye = dialog.request("BYE")
    assert (bye.uri, bye.cseq) == ("sip:x@127.0.0.9:77", invite.cseq + 1)
    assert bye.headers.all("route") == ["<sip:p2;lr>", "<sip:p1;lr>"]
    assert NameAddr.parse(bye.headers.get("to")).tag == "theirs"
