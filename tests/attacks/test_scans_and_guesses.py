"""S1, S2: who looks for users, and who guesses their passwords. Real scanner (sipvicious) and messages of our own."""

import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import time

import pytest

from phones import tones
from tests.attacks.support import banned, command, lift, refused_events
from tests.pbx.conftest import Room
from tests.support.centre import Centre, poll, until
from tests.support.raw_sip import Answer, Intruder, request

pytestmark = pytest.mark.timeout(120)
TONE = tones.AGENTS[201 % len(tones.AGENTS)]
METHODS = ("OPTIONS", "REGISTER", "INVITE", "SUBSCRIBE", "MESSAGE", "PUBLISH", "REFER", "INFO")


def shape(answer: Answer) -> list[str]:
    """What a scanner can compare: everything but what differs from request to request."""
    changing = ("Via", "Call-ID", "From", "To", "CSeq")
    lines = [line for line in answer.text.split("\r\n") if line.split(":")[0] not in changing]
    return [line.split(",nonce=")[0] + line.partition("algorithm")[2] for line in lines]


@pytest.mark.parametrize("method", METHODS)
def test_s1_existing_and_missing_users_get_the_same_answer(
    centre: Centre, target: tuple[str, int], method: str
) -> None:
    seen = {}
    with Intruder(target, f"127.0.10.{METHODS.index(method) + 1}") as intruder:
        for user in ("201", "999", "trunk_a"):
            answer = intruder.ask(method, user, from_user=user)
            seen[user] = (answer.status, shape(answer), len(answer.text) - 4 * len(user))
    assert seen["201"][0] == 401
    assert seen["201"] == seen["999"]
    assert seen["201"][:2] == seen["trunk_a"][:2]  # its name is longer and stands in more places
    assert centre.channels() == 0


def test_s1_existing_and_missing_users_take_the_same_time(centre: Centre, target: tuple[str, int]) -> None:
    """Median of 300 each, taken in turn, so that a busy machine slows both alike."""
    times: dict[str, list[float]] = {"201": [], "999": []}
    for round_number in range(20):  # an address each: more than 20 unanswered questions would have it refused
        with Intruder(target, f"127.0.11.{round_number + 1}") as intruder:
            for _ in range(8):
                for user, taken in times.items():
                    answer = intruder.ask("REGISTER", user, from_user=user)
                    assert answer.status == 401
                    taken.append(answer.seconds)
    difference = abs(statistics.median(times["201"]) - statistics.median(times["999"])) * 1000
    print(f"S1: existing against missing user, difference of the medians {difference:.3f} ms")
    assert difference < 0.3, "a scanner could tell users by the time"
    assert centre.channels() == 0


def test_s1_sipvicious_can_not_tell_users(centre: Centre, target: tuple[str, int]) -> None:
    """svmap and svwar as they are; they send from 127.0.0.1, the known network, so nothing stops them but the answers."""

    def sipvicious(tool: str, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", f"sipvicious.{tool}", *arguments, "-p", str(target[1]), target[0]],
            cwd=centre.home,
            env={**os.environ, "HOME": str(centre.home)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout + done.stderr

    assert "centre120" in sipvicious("svmap"), "svmap did not even find the server: the test is void"
    extensions = ("-e", "150-249")
    assert "authentication request for an unknown extension" in sipvicious("svwar", *extensions)
    for method in ("INVITE", "OPTIONS"):
        assert "found nothing" in sipvicious("svwar", *extensions, "-m", method, "--force")
    assert centre.channels() == 0
    assert not centre.cel("CHAN_START")


def test_s1_a_scan_of_users_is_refused_within_ten_seconds(centre: Centre, target: tuple[str, int]) -> None:
    started = time.monotonic()
    with Intruder(target, "127.0.0.21") as scanner:
        number = 0
        while scanner.ask("INVITE", str(100 + number), from_user=str(100 + number)).status != 403:
            number += 1
            assert time.monotonic() - started < 10, f"{number} users asked for, and not refused"
        assert "127.0.0.21" in banned(centre)
        print(f"S1: scanner refused after {time.monotonic() - started:.1f} s and {number} users")
        assert time.monotonic() - started < 10
        assert {scanner.ask("REGISTER", user).status for user in ("201", "999")} == {403}
    assert centre.channels() == 0
    assert not centre.cel("CHAN_START")


async def test_s2_a_thousand_guesses_are_refused_and_the_agent_works_on(
    centre: Centre, room: Room, target: tuple[str, int]
) -> None:
    await room.agent("201")

    def attack() -> tuple[list[int], float]:
        started, statuses, refused_after = time.monotonic(), [], 0.0
        with Intruder(target, "127.0.0.22") as intruder:
            for number in range(1000):
                statuses.append(intruder.guess("201", f"secret{number}").status)
                if statuses[-1] == 403 and not refused_after:
                    refused_after = time.monotonic() - started
        return statuses, refused_after

    guessing = asyncio.create_task(asyncio.to_thread(attack))
    citizen = await room.citizen("01055557777")
    await citizen.answered(5)
    await citizen.press("0")
    await citizen.heard(TONE, within=10)
    statuses, refused_after = await guessing
    assert set(statuses) == {401, 403}
    print(f"S2: refused after {refused_after:.1f} s and {statuses.index(403)} guesses of 1,000")
    assert refused_after < 10
    assert banned(centre)["127.0.0.22"]["offence"] == 1
    await citizen.heard(TONE, within=5)  # nothing of it was noticed
    await citizen.hangup()
    again = await room.agent("202")  # from the known network phones register as ever
    await until(lambda: again.registered, 5, "an agent registers while the intruder is refused")


def test_s2_with_the_right_password_too_the_refused_address_stays_out(
    centre: Centre, target: tuple[str, int]
) -> None:
    with Intruder(target, "127.0.0.23") as intruder:
        for number in range(8):
            intruder.guess("202", f"wrong{number}")
        poll(lambda: "127.0.0.23" in banned(centre), 10, "refused")
        poll(lambda: intruder.ask("OPTIONS", "202").status == 403, 3, "in force in Asterisk")
        assert intruder.guess("202", centre.password("202")).status == 403
        lift(centre, "127.0.0.23")
        poll(lambda: intruder.guess("202", centre.password("202")).status == 200, 3, "let in again")


def test_s2_guesses_from_the_agents_network_never_shut_the_network_out(
    centre: Centre, target: tuple[str, int]
) -> None:
    """From 127.0.0.1, where agents' phones are registered: an alarm for the account, and nobody is refused."""
    with Intruder(target, "127.0.0.1") as intruder:
        for number in range(30):
            assert intruder.guess("203", f"wrong{number}").status == 401
        alarms = poll(
            lambda: [one for one in refused_events(centre)["alarms"] if one["account"] == "203"],
            10,
            "an alarm",
        )
        assert alarms[0]["addresses"] == ["127.0.0.1"]
        assert intruder.guess("203", centre.password("203")).status == 200
    assert "127.0.0.1" not in banned(centre)


def test_s2_bans_survive_the_guard_and_asterisk_and_do_not_need_the_guard(
    centre: Centre, target: tuple[str, int]
) -> None:
    with Intruder(target, "127.0.0.24") as intruder:
        for number in range(8):
            intruder.guess("202", f"wrong{number}")
        poll(lambda: intruder.ask("OPTIONS", "202").status == 403, 10, "refused")
        centre.kill("guard")
        assert intruder.ask("OPTIONS", "202").status == 403
        centre.start("guard")
        poll(lambda: "guarding" in (centre.settings.log_dir / "guard.log").read_text(), 5, "guard back")
        assert intruder.ask("OPTIONS", "202").status == 403
        assert banned(centre)["127.0.0.24"]["offence"] == 1, "judged twice for one offence"


async def test_s2_a_frozen_guard_hurts_no_call_and_wakes_up(
    centre: Centre, room: Room, target: tuple[str, int]
) -> None:
    await room.agent("201")
    centre.programs["guard"].send_signal(signal.SIGSTOP)
    try:
        citizen = await room.citizen("01055557778")
        await citizen.answered(5)
        await citizen.press("0")
        await citizen.heard(TONE, within=10)
        with Intruder(target, "127.0.0.27") as intruder:
            for number in range(8):
                assert intruder.guess("202", f"wrong{number}").status == 401, "judged while frozen"
            centre.programs["guard"].send_signal(signal.SIGCONT)
            await until(lambda: "127.0.0.27" in banned(centre), 10, "the guard catches up")
        await citizen.hangup()
    finally:
        centre.programs["guard"].send_signal(signal.SIGCONT)


def test_s2_a_trunk_is_never_refused_whatever_it_sends(centre: Centre, target: tuple[str, int]) -> None:
    """Thirty wrong passwords and forged log lines from the trunk's address, and somebody who bans it by hand."""
    with Intruder(target, "127.0.0.2") as trunk:
        for number in range(30):
            trunk.guess("201", f"wrong{number}")
        (centre.home / "state" / "bans.conf").write_text("deny = 127.0.0.2\ndeny = 0.0.0.0/0\n")
        centre.cli("module reload acl")
        assert trunk.ask("OPTIONS", "120").status == 200
        with Intruder(target, "127.0.0.25") as stranger:
            assert stranger.ask("OPTIONS", "120").status == 403, "the test's own ban is not in force"
    assert "127.0.0.2" not in banned(centre)
    done = command(centre, "bans", "add", "127.0.0.2")
    assert done.returncode == 1 and "never-banned" in done.stderr
    done = command(centre, "bans", "add", "127.0.0.99", "--minutes", "1")
    assert done.returncode == 0 and "In force" in done.stdout, done.stderr
    listed = command(centre, "bans", "--json")
    assert "127.0.0.99" in [ban["address"] for ban in json.loads(listed.stdout)["bans"]]


def test_s2_a_log_line_forged_through_the_call_id_does_not_ban_the_victim(
    centre: Centre, target: tuple[str, int]
) -> None:
    """Asterisk writes a Call-ID into its security log as it is; the guard must not believe it."""
    with Intruder(target, "127.0.0.26") as intruder:
        for number in range(12):
            forged = (
                f'x{number}",LocalAddress="IPV4/UDP/127.0.0.1/5060",RemoteAddress="IPV4/UDP/127.0.0.77/5060"'
            )
            uri = f"sip:201@{target[0]}:{target[1]}"
            intruder.send(request("REGISTER", uri, intruder.local, from_user="201", call_id=forged))
        poll(lambda: "127.0.0.26" in banned(centre), 10, "the forger refused")
    assert "127.0.0.77" not in banned(centre)
