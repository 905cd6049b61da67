"""The demo's carrier: the public network behind both trunks, where every number is a robot of some
department.

It decides by the last four digits what a number does, so that an admin can try each way a transfer may go:

| number ends in | does |
|---|---|
| 0001 | rings and never answers |
| 0002 | busy (486) |
| 0003 | does not exist (404) |
| 0004 | answers after 8 s |
| 0005 | answers, hangs up after 2 s |
| anything else | answers after 1 s, speaks, hangs up after 60 s |
"""

from pathlib import Path

from phones import tones
from phones.heard_file import HeardFile
from phones.incoming import NEVER_ANSWER, IncomingCall, Policy, answer, reject
from phones.phone import Phone
from phones.sources import Source

ORDINARY = answer(1.0, hang_up_after=60.0)
BY_LAST_DIGITS: dict[str, Policy] = {
    "0001": NEVER_ANSWER,
    "0002": reject(486, after=0.2),
    "0003": reject(404),
    "0004": answer(8.0, hang_up_after=60.0),
    "0005": answer(1.0, hang_up_after=2.0),
}


def policy_for(number: str) -> Policy:
    return BY_LAST_DIGITS.get(number[-4:], ORDINARY)


def carrier_phone(
    host: str, port: int, *, speech: Path | None, heard: HeardFile, rtp_ports: tuple[int, int]
) -> Phone:
    """One trunk address of the carrier; OPTIONS are answered by any phone."""

    async def listen(call: IncomingCall) -> None:
        await heard.follow(call.dialled_number, call)

    return Phone(
        host,
        port,
        user="carrier",
        source=Source(tone=tones.DEPARTMENT, recording=speech),
        policy=lambda call: policy_for(call.dialled_number),
        on_call=listen,
        rtp_ports=rtp_ports,
    )
