"""Who is refused, for how long, and who never; what a line of the security log says, and what it can not be made to say."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centre120.ban_policy import (
    Alarm,
    Ban,
    Known,
    Rules,
    Watch,
    ban_seconds,
    in_force,
    parse_networks,
    refused_by_asterisk,
    refused_network,
)
from centre120.security_event import SecurityEvent, parse_security_line

NOW = 1_795_000_000.0
KNOWN = Known(frozenset({"198.51.100.5"}), parse_networks("192.0.2.0/24, 2001:db8:1::/64"))
STRANGER = "203.0.113.9"


def events(
    kind: str, count: int, address: str = STRANGER, account: str | None = None, at: float = NOW - 5
) -> list[SecurityEvent]:
    return [SecurityEvent(kind, at + number / 1000, address, account) for number in range(count)]


def decided(*seen: list[SecurityEvent], now: float = NOW, offences: dict[str, int] | None = None):  # type: ignore[no-untyped-def]
    watch = Watch(KNOWN)
    for several in seen:
        for event in several:
            watch.see(event)
    return watch.decide(now, offences or {})


@pytest.mark.parametrize(
    ("seen", "banned"),
    [
        pytest.param(events("ChallengeResponseFailed", 4), True, id="four wrong passwords"),
        pytest.param(events("ChallengeResponseFailed", 3), False, id="three wrong passwords"),
        pytest.param(events("ChallengeSent", 20), True, id="twenty questions without an answer: a scan"),
        pytest.param(events("ChallengeSent", 19), False, id="nineteen"),
        pytest.param(events("ChallengeSent", 40, at=NOW - 1), False, id="an office that registers right now"),
        pytest.param(events("ChallengeResponseFailed", 50, at=NOW - 120), False, id="two minutes ago"),
        pytest.param(events("SuccessfulAuth", 500), False, id="an agent who succeeds"),
        pytest.param(events("Nonsense", 500), False, id="an event nobody knows"),
    ],
)
def test_what_leads_to_a_ban(seen: list[SecurityEvent], banned: bool) -> None:
    assert [type(one) for one in decided(seen)] == ([Ban] if banned else [])


def test_questions_that_were_answered_rightly_do_not_count() -> None:
    pairs = [
        event
        for pair in zip(events("ChallengeSent", 200), events("SuccessfulAuth", 200), strict=True)
        for event in pair
    ]
    assert decided(pairs) == []


@pytest.mark.parametrize("address", ["198.51.100.5", "192.0.2.77", "2001:db8:1::5"])
def test_trunks_and_known_networks_are_never_refused(address: str) -> None:
    found = decided(
        events("ChallengeResponseFailed", 500, address), events("ChallengeSent", 500, address, at=NOW - 30)
    )
    assert not [one for one in found if isinstance(one, Ban)]


def test_an_account_guessed_at_from_many_addresses_raises_one_alarm() -> None:
    seen = [events("ChallengeResponseFailed", 2, f"203.0.113.{number}", "201") for number in range(15)]
    found = decided(*seen)
    assert [(one.account, one.failures) for one in found if isinstance(one, Alarm)] == [("201", 30)]
    assert not [one for one in found if isinstance(one, Ban)]


def test_guessing_at_an_account_from_its_own_network_raises_an_alarm() -> None:
    found = decided(events("ChallengeResponseFailed", 20, "192.0.2.77", "201"))
    assert found == [Alarm("201", ("192.0.2.77",), 20)]


def test_each_offence_is_refused_longer() -> None:
    rules = Rules()
    assert [ban_seconds(number, rules) for number in (1, 2, 3, 4, 5, 99)] == [
        600, 3_600, 86_400, 604_800, 604_800, 604_800,
    ]  # fmt: skip
    ban = decided(events("ChallengeResponseFailed", 9), offences={STRANGER: 2})[0]
    assert (ban.offence, ban.until - ban.since) == (3, 86_400)
    assert in_force([ban], NOW + 86_399) and not in_force([ban], NOW + 86_400)


def test_of_an_ipv6_host_its_whole_network_is_refused() -> None:
    assert refused_network("2001:db8:9:9::1") == "2001:db8:9:9::/64"
    ban = decided(events("ChallengeResponseFailed", 9, "2001:db8:9:9::1"))[0]
    assert ban.address == "2001:db8:9:9::/64"


def test_a_forged_line_is_an_offence_by_itself() -> None:
    assert [
        one.address for one in decided([SecurityEvent("ChallengeSent", NOW - 1, STRANGER, forged=True)])
    ] == [STRANGER]


def test_forged_sources_do_not_fill_the_memory() -> None:
    watch = Watch(KNOWN, Rules(most_addresses=100))
    for number in range(5_000):
        address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        watch.see(SecurityEvent("ChallengeSent", NOW, address))
    assert len(watch._addresses) == 100


def test_what_asterisk_reads_ends_with_the_known_networks() -> None:
    bans = [Ban("203.0.113.9", NOW, NOW + 10, 1, ""), Ban("203.0.113.8", NOW - 20, NOW - 10, 1, "")]
    assert refused_by_asterisk(bans, KNOWN, NOW) == (
        "deny = 203.0.113.9\npermit = 192.0.2.0/24\npermit = 2001:db8:1::/64\n"
    )


LINE = (
    '[2026-11-22 02:40:44.177] SECURITY[7768] res_security_log.c: SecurityEvent="ChallengeResponseFailed",'
    'EventTV="2026-11-22T02:40:44.176+0000",Severity="Error",Service="PJSIP",EventVersion="1",AccountID="201",'
    'SessionID="{}",LocalAddress="IPV4/UDP/127.0.0.1/5060",RemoteAddress="IPV4/UDP/203.0.113.9/39429",'
    'Challenge="{}",Response="{}",ExpectedResponse=""'
)
FORGED = '",LocalAddress="IPV4/UDP/127.0.0.1/5060",RemoteAddress="IPV4/UDP/198.51.100.77/1'


def test_an_honest_line() -> None:
    event = parse_security_line(LINE.format("abc@host", "1/2", "zz"))
    assert event == SecurityEvent("ChallengeResponseFailed", 1795315244.176, STRANGER, "201")


@pytest.mark.parametrize("end", ["", '"', "\\", '"\\', '",', FORGED], ids=repr)
def test_a_call_id_can_not_name_another_address(end: str) -> None:
    event = parse_security_line(LINE.format("x" + FORGED + end, "1/2", "zz"))
    assert event is not None and event.address == STRANGER
    assert event.forged or end == "\\", "two addresses in one line are an offence"


def test_a_quoted_response_can_not_name_another_address() -> None:
    """Inside a quoted string of a header each quotation mark has its backslash (RFC 3261 section 25.1)."""
    event = parse_security_line(LINE.format("abc", "1/2", FORGED.replace('"', '\\"')))
    assert event is not None and event.address == STRANGER


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_in_a_line_is_taken_for_an_address(call_id: str, response: str) -> None:
    written = response.replace("\\", "\\\\").replace('"', '\\"')
    event = parse_security_line(LINE.format(call_id, "n", written))
    assert event is None or event.address == STRANGER


@given(st.text())
def test_any_line_is_read_without_an_error(line: str) -> None:
    parse_security_line(line)
    parse_security_line(re.sub(r"[^\n]", lambda one: one[0], LINE) + line)


@pytest.mark.parametrize(
    "line",
    [
        LINE.replace('Service="PJSIP"', 'Service="AMI"'),
        LINE.replace("203.0.113.9", "no-address"),
        LINE.replace("2026-11-22T02:40:44.176+0000", "2026-99-22T02:40:44.176+0000"),
        "",
        "x" * 20_000,
    ],
)
def test_what_is_no_sip_event_is_nothing(line: str) -> None:
    assert parse_security_line(line) is None


def test_networks_are_read_or_refused_by_name() -> None:
    assert parse_networks("") == ()
    with pytest.raises(ValueError, match="does not appear"):
        parse_networks("192.0.2.300")
