"""Handing a citizen over: blind and attended, every end of it, nobody alone in silence. The department has its own tone."""

import pytest

from phones import incoming, tones
from tests.pbx.conftest import AGENT_TONE, Talk
from tests.support.centre import Centre, until

pytestmark = pytest.mark.timeout(120)


async def on_record(centre: Centre, result: str) -> None:
    """The last transfer's result; the journal is written beside the call, not before the desk is told."""
    await until(
        lambda: [record["result"] for record in centre.journal("TransferEnded")][-1:] == [result],
        10,
        f"{result} on record",
    )


async def test_pop_reaches_the_desk_before_the_phone_rings(centre: Centre, talk: Talk) -> None:
    pop = talk.desk.of("pop")[-1]["call"]
    assert (
        pop["caller_number"] == "01012345678" and pop["phase"] == "offered" and len(pop["case_number"]) == 13
    )
    kinds = [message["type"] for message in talk.desk.messages]
    assert kinds.index("pop") < kinds.index("call")


async def test_blind_transfer_joins_citizen_and_department_and_frees_the_agent(
    centre: Centre, talk: Talk
) -> None:
    carrier = await talk.room.carrier(incoming.answer(0.3))
    await talk.desk.do("blind-transfer", target=talk.desk.target("0270001234"))
    await talk.leg.ended(5)
    await talk.citizen.heard(tones.DEPARTMENT, within=8)
    department = await carrier.incoming_call(5)
    await department.heard(tones.CITIZEN, within=5)
    assert department.dialled_number == "0270001234"
    await on_record(centre, "picked-up")
    await talk.citizen.hangup()
    await department.ended(5)


@pytest.mark.parametrize(
    ("policy", "result"),
    [
        (incoming.NEVER_ANSWER, "no-answer"),
        (incoming.reject(486), "busy"),
        (incoming.reject(404), "unreachable"),
    ],
)
async def test_blind_transfer_that_nobody_takes_comes_back_to_the_same_agent_with_the_reason(
    centre: Centre, talk: Talk, policy: incoming.Policy, result: str
) -> None:
    await talk.room.carrier(policy)
    second = await talk.room.carrier(policy, host="127.0.0.3")
    assert second is not None
    await talk.desk.do("blind-transfer", target=talk.desk.target("0270001234"))
    await talk.leg.ended(5)
    back = await talk.phone.incoming_call(30)
    await back.heard(tones.CITIZEN, within=10)
    await talk.citizen.heard(AGENT_TONE, within=5)
    assert talk.desk.of("pop")[-1]["call"]["returned_reason"] == result
    await on_record(centre, result)
    await talk.citizen.hangup()
    await back.ended(5)


async def test_second_trunk_carries_a_transfer_when_the_first_is_gone(centre: Centre, talk: Talk) -> None:
    carrier = await talk.room.carrier(incoming.answer(0.2), host="127.0.0.3")
    centre.cli("pjsip qualify trunk_a")
    await until(lambda: "Unavail" in centre.cli("pjsip show aor trunk_a"), 8, "OPTIONS find trunk_a gone")
    await talk.desk.do("blind-transfer", target=talk.desk.target("0270001234"))
    department = await carrier.incoming_call(20)
    await department.heard(tones.CITIZEN, within=8)
    await talk.citizen.hangup()
    await department.ended(5)


async def test_attended_transfer_agent_and_department_talk_then_the_agent_leaves(
    centre: Centre, talk: Talk
) -> None:
    carrier = await talk.room.carrier(incoming.answer(0.3))
    await talk.desk.do("attended-transfer", target=talk.desk.target("0270001234"), summary="수도 누수")
    department = await carrier.incoming_call(8)
    await talk.leg.heard(tones.DEPARTMENT, within=10)
    await department.heard(AGENT_TONE, within=5)
    await talk.citizen.not_heard(AGENT_TONE, within=5)
    await talk.desk.do("complete-transfer")
    await talk.leg.ended(5)
    await talk.citizen.heard(tones.DEPARTMENT, within=5)
    await department.heard(tones.CITIZEN, within=5)
    await on_record(centre, "picked-up")
    await department.hangup()
    await talk.citizen.ended(5)


async def test_department_hears_the_summary_before_anybody_is_connected(centre: Centre, talk: Talk) -> None:
    carrier = await talk.room.carrier(incoming.NEVER_ANSWER)
    summaries = centre.home / "sounds" / "summary"
    before = set(summaries.glob("*.wav"))
    text = "강남구 역삼동 수도관 누수 신고입니다. 물이 도로로 흐릅니다."
    await talk.desk.do("attended-transfer", target=talk.desk.target("0270001234"), summary=text)
    department = await carrier.incoming_call(8)
    spoken = await until(lambda: set(summaries.glob("*.wav")) - before, 12, "the summary as sound")
    assert spoken.pop().stat().st_size > 2 * 8000 * 2, "two sentences take more than two seconds"
    await (
        department.answer()
    )  # who picks up before it is spoken is put through without: nobody waits for a voice
    await department.answered(5)
    await department.heard(within=3)
    await department.not_heard(AGENT_TONE, lasting=1.0, within=3)
    await department.press("1")
    await department.heard(AGENT_TONE, within=4)
    await talk.desk.do("complete-transfer")
    await talk.citizen.heard(tones.DEPARTMENT, within=5)
    await talk.citizen.hangup()
    await department.ended(5)


async def test_attended_transfer_completed_by_the_agent_hanging_up_the_phone(
    centre: Centre, talk: Talk
) -> None:
    carrier = await talk.room.carrier(incoming.answer(0.1))
    await talk.desk.do("attended-transfer", target=talk.desk.target("0270001234"))
    department = await carrier.incoming_call(8)
    await talk.leg.heard(tones.DEPARTMENT, within=10)
    await talk.leg.hangup()
    await talk.citizen.heard(tones.DEPARTMENT, within=5)
    await talk.citizen.hangup()
    await department.ended(5)


@pytest.mark.parametrize(
    "policy", [incoming.NEVER_ANSWER, incoming.reject(486), incoming.answer(0.1, hang_up_after=1.5)]
)
async def test_attended_transfer_that_fails_brings_the_agent_back_to_the_citizen(
    centre: Centre, talk: Talk, policy: incoming.Policy
) -> None:
    await talk.room.carrier(policy)
    await talk.desk.do("attended-transfer", target=talk.desk.target("0270001234"))
    await until(
        lambda: any(
            (message.get("call") or {}).get("phase") == "consulting" for message in talk.desk.of("call")
        ),
        5,
        "consulting",
    )
    await until(lambda: talk.desk.phase() == "talking", 30, "back with the citizen")
    await talk.citizen.heard(AGENT_TONE, within=5)
    await talk.leg.heard(tones.CITIZEN, within=5)
    await talk.citizen.hangup()
    await talk.leg.ended(5)


async def test_attended_transfer_with_no_trunk_to_go_out_by_is_over_at_once(
    centre: Centre, talk: Talk
) -> None:
    """No leg comes into being, and so no event tells of it."""
    for trunk in ("trunk_a", "trunk_b"):
        centre.cli(f"pjsip qualify {trunk}")
        await until(
            lambda trunk=trunk: "Unavail" in centre.cli(f"pjsip show aor {trunk}"), 8, f"{trunk} gone"
        )
    await talk.desk.do("attended-transfer", target=talk.desk.target("0270001234"))
    await until(lambda: talk.desk.phase() == "consulting", 5, "consulting")
    await until(lambda: talk.desk.phase() == "talking", 20, "the desk shows the citizen")
    await on_record(centre, "unreachable")
    await talk.citizen.heard(AGENT_TONE, within=5)
    await talk.leg.heard(tones.CITIZEN, within=5)
    await talk.citizen.hangup()
    await talk.leg.ended(5)


@pytest.mark.parametrize("when", ["ringing", "talking"])
async def test_attended_transfer_cancelled_at_the_desk(centre: Centre, talk: Talk, when: str) -> None:
    carrier = await talk.room.carrier(incoming.NEVER_ANSWER if when == "ringing" else incoming.answer(0.1))
    await talk.desk.do("attended-transfer", target=talk.desk.target("0270001234"))
    department = await carrier.incoming_call(8)
    if when == "talking":
        await talk.leg.heard(tones.DEPARTMENT, within=10)
    await until(
        lambda: (talk.desk.messages[-1].get("call") or {}).get("phase") == "consulting", 5, "consulting"
    )
    await talk.desk.do("cancel-transfer")
    await department.ended(5)
    await talk.citizen.heard(AGENT_TONE, within=5)
    await talk.leg.heard(tones.CITIZEN, within=5)
    await talk.citizen.hangup()
    await talk.leg.ended(5)


async def test_citizen_who_hangs_up_during_a_consultation_frees_everybody(centre: Centre, talk: Talk) -> None:
    carrier = await talk.room.carrier(incoming.answer(0.1))
    await talk.desk.do("attended-transfer", target=talk.desk.target("0270001234"))
    department = await carrier.incoming_call(8)
    await talk.leg.heard(tones.DEPARTMENT, within=10)
    await talk.citizen.hangup()
    await department.hangup()
    await talk.leg.ended(6)


async def test_agent_who_is_lost_while_the_department_rings_does_not_lose_the_citizen(
    centre: Centre, talk: Talk
) -> None:
    await talk.room.carrier(incoming.NEVER_ANSWER)
    await talk.room.agent("202")
    await talk.desk.do("attended-transfer", target=talk.desk.target("0270001234"))
    await until(lambda: talk.desk.phase() == "consulting", 5, "consulting")
    await talk.leg.hangup()
    back = await talk.phone.incoming_call(10)
    await back.heard(tones.CITIZEN, within=10)
    await talk.citizen.hangup()


async def test_a_number_that_is_not_from_the_directory_is_never_dialled(centre: Centre, talk: Talk) -> None:
    before = len(centre.journal("TransferStarted"))
    await talk.desk.do("blind-transfer", target="00447911123456")
    await until(lambda: talk.desk.of("refused"), 3, "refusal")
    assert len(centre.journal("TransferStarted")) == before
    await talk.citizen.hangup()
    await talk.leg.ended(5)
