"""SIP messages: what must be understood, what must be refused, and that nothing but ValueError comes out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phones.address import NameAddr, Uri, Via
from phones.message import Headers, Request, Response, parse, split_list
from phones.transport import MessageStream

INVITE = (
    "INVITE sip:120@127.0.0.1 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bK1\r\n"
    'From: "Kim" <sip:0101@127.0.0.2>;tag=a\r\n'
    "To: <sip:120@127.0.0.1>\r\n"
    "Call-ID: x@y\r\n"
    "CSeq: 1 INVITE\r\n"
    "Contact: <sip:0101@127.0.0.2>\r\n"
)
END = "Content-Length: 0\r\n\r\n"


def request(text: str) -> Request:
    message = parse(text.encode("utf-8", "surrogateescape"))
    assert isinstance(message, Request)
    return message


def test_a_plain_invite_is_read_and_written_back_unchanged() -> None:
    message = request(INVITE + END)
    assert (message.method, message.uri, message.cseq) == ("INVITE", "sip:120@127.0.0.1", 1)
    assert parse(message.to_bytes()) == message


def test_compact_and_oddly_written_names_are_the_long_ones() -> None:
    compact = (
        "INVITE sip:120@h SIP/2.0\r\nv: SIP/2.0/UDP h\r\nf: <sip:a@h>;tag=1\r\nT :<sip:120@h>\r\n"
        "i: 1\r\ncSEQ: 7 INVITE\r\nm: <sip:a@h>\r\nl: 3\r\n\r\nabc"
    )
    message = request(compact)
    assert message.headers.get("from") == "<sip:a@h>;tag=1"
    assert message.headers.get("To") == "<sip:120@h>"
    assert message.body == b"abc"


def test_a_folded_header_is_one_value() -> None:
    message = request(INVITE + "Subject: one\r\n  two\r\n\tthree\r\n" + END)
    assert message.headers.get("subject") == "one two three"


def test_lists_split_at_commas_but_not_inside_quotes_or_brackets() -> None:
    assert split_list('"a, \\"b" <sip:x,y@h>, <sip:z@h>;q=1') == ['"a, \\"b" <sip:x,y@h>', "<sip:z@h>;q=1"]
    message = request(INVITE + "Via: SIP/2.0/UDP b, SIP/2.0/UDP c\r\n" + END)
    assert [Via.parse(via).host for via in message.headers.all("via")] == ["127.0.0.2", "b", "c"]


def test_bytes_that_are_no_utf8_survive_both_ways() -> None:
    raw = (INVITE + END).encode().replace(b"Kim", b"\xb1\xe8 \xff")
    message = parse(raw)
    name = NameAddr.parse(message.headers.get("from")).display
    assert name.encode("utf-8", "surrogateescape") == b"\xb1\xe8 \xff"
    assert b"\xb1\xe8 \xff" in message.to_bytes()


def test_a_header_of_four_kilobytes_is_kept() -> None:
    assert request(INVITE + f"Subject: {'x' * 4096}\r\n" + END).headers.get("subject") == "x" * 4096


def test_bytes_after_content_length_are_not_body() -> None:
    assert request(INVITE + "Content-Length: 2\r\n\r\nabcd").body == b"ab"


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param("", id="nothing"),
        pytest.param("INVITE sip:x SIP/2.0", id="no empty line"),
        pytest.param((INVITE + END).replace("SIP/2.0\r\n", "SIP/3.0\r\n", 1), id="another version"),
        pytest.param((INVITE + END).replace("INVITE sip", "INV ITE sip", 1), id="three words too many"),
        pytest.param((INVITE + END).replace("Call-ID: x@y\r\n", ""), id="no Call-ID"),
        pytest.param(
            (INVITE + END).replace("Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bK1\r\n", ""), id="no Via"
        ),
        pytest.param((INVITE + END).replace("CSeq: 1 INVITE", "CSeq: 1 BYE"), id="CSeq of another method"),
        pytest.param((INVITE + END).replace("CSeq: 1", "CSeq: 2147483648"), id="CSeq too large"),
        pytest.param((INVITE + END).replace("CSeq: 1", "CSeq: -1"), id="CSeq negative"),
        pytest.param(INVITE + "Content-Length: 9\r\n\r\nshort", id="body shorter than said"),
        pytest.param(INVITE + "Content-Length: -1\r\n\r\n", id="negative length"),
        pytest.param(INVITE + "Content-Length: \u0663\r\n\r\n123", id="length in Arabic digits"),
        pytest.param(INVITE + "From: <sip:b@h>;tag=2\r\n" + END, id="two Froms"),
        pytest.param(INVITE + "Content-Length: 0\r\nContent-Length: 4\r\n\r\nabcd", id="two lengths"),
        pytest.param(INVITE + "no colon here\r\n" + END, id="a line that is no header"),
        pytest.param(INVITE + "Bad name: x\r\n" + END, id="a blank in a name"),
        pytest.param(INVITE + "Subject: a\nEvil: b\r\n" + END, id="a bare line feed"),
        pytest.param(INVITE + "Subject: a\0b\r\n" + END, id="a NUL"),
        pytest.param(INVITE + "X: y\r\n" * 300 + END, id="too many headers"),
    ],
)
def test_what_is_broken_is_refused_with_value_error(broken: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse(broken.encode())


def test_a_value_with_a_line_end_is_never_sent() -> None:
    headers = Headers([("subject", "x\r\nEvil: 1")])
    with pytest.raises(ValueError, match="another header"):
        Response(200, "OK", headers).to_bytes()
    with pytest.raises(ValueError, match="another header"):
        Response(200, "OK\r\nEvil: 1").to_bytes()
    with pytest.raises(ValueError, match="request line"):
        Request("INVITE", "sip:a@h SIP/2.0\r\nEvil: 1", Headers()).to_bytes()


@given(st.binary(max_size=600))
def test_any_bytes_are_a_message_or_a_value_error(data: bytes) -> None:
    for prefix in (b"", INVITE.encode(), b"SIP/2.0 200 OK\r\n"):
        try:
            parse(prefix + data)
        except ValueError:
            continue


@given(st.data())
def test_a_damaged_invite_is_a_message_or_a_value_error(data: st.DataObject) -> None:
    raw = bytearray((INVITE + END).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        message = parse(bytes(raw))
        NameAddr.parse(message.headers.get("from"))
        Via.parse(message.headers.all("via")[0])
    except ValueError:
        return


@given(st.binary(max_size=60).filter(lambda name: not set(name) & set(b"\r\n\0")), st.booleans())
def test_any_display_name_comes_back_as_it_went(name: bytes, tagged: bool) -> None:
    display = name.decode("utf-8", "surrogateescape")
    address = NameAddr(Uri("010", "127.0.0.2", 5062), display, {"tag": "x"} if tagged else {})
    assert NameAddr.parse(str(address)) == address


def test_parameters_without_brackets_belong_to_the_header() -> None:
    address = NameAddr.parse("sip:a@h;tag=1")
    assert (address.tag, address.uri.params) == ("1", {})
    address = NameAddr.parse("<sip:a@h;user=phone>;tag=2")
    assert (address.tag, address.uri.params) == ("2", {"user": "phone"})


def test_a_uri_tells_where_to_send() -> None:
    assert Uri.parse("sip:120:secret@127.0.0.1:5071;lr?x=y").destination == ("127.0.0.1", 5071)
    assert Uri.parse("SIP:[::1]").destination == ("::1", 5060)
    for wrong in ("tel:120", "sip:", "sip:a@h:99999", "sip:a b@c d"):
        with pytest.raises(ValueError, match="not a"):
            Uri.parse(wrong)


def test_the_answer_goes_where_rport_and_received_say() -> None:
    behind_nat = Via.parse("SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bK1").stamped(("192.0.2.1", 7000))
    assert behind_nat.answer_to == ("192.0.2.1", 7000)
    plain = Via.parse("SIP / 2.0 / UDP 127.0.0.1:5062;branch=z9hG4bK1").stamped(("127.0.0.1", 9))
    assert plain.answer_to == ("127.0.0.1", 5062)


def test_a_stream_gives_the_same_messages_one_byte_at_a_time_and_ten() -> None:
    raw = (INVITE + "Content-Length: 3\r\n\r\nabc" + "\r\n\r\n" + INVITE + END).encode()
    for step in (1, 10, len(raw)):
        stream = MessageStream()
        pieces = [raw[start : start + step] for start in range(0, len(raw), step)]
        found = [message for piece in pieces for message in stream.receive(piece)]
        assert [message.body for message in found] == [b"abc", b""]


def test_a_stream_without_lengths_can_not_be_followed() -> None:
    with pytest.raises(ValueError, match="Content-Length"):
        MessageStream().receive((INVITE + "\r\n").encode())
