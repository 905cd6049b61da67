"""The same centre with somebody else's SIP: SIPp is the citizen, and its exit code is the judge."""

import os
import shutil
import subprocess

import pytest

from centre120.settings import REPOSITORY
from tests.pbx.conftest import Room
from tests.support.centre import Centre, until

pytestmark = pytest.mark.timeout(90)
SCENARIO = REPOSITORY / "ops" / "bench" / "scenarios" / "citizen.xml"


async def test_sipp_as_citizen_is_answered_by_an_agent(centre: Centre, room: Room) -> None:
    """Silence in the menu leads to the queue, the queue to an agent; SIPp sees a whole call and hangs up itself."""
    program = shutil.which("sipp")
    assert program, "no sipp; ./120 test fetches it"
    agent = await room.agent("202")
    stays = centre.home / "citizen.xml"
    text = SCENARIO.read_text(encoding="utf-8")
    stays.write_text(text.replace('milliseconds="1200"', 'milliseconds="12000"'), encoding="utf-8")
    command = [program, "-sf", str(stays), "-i", "127.0.0.2", "-p", str(centre.base + 41), "-mi", "127.0.0.2"]
    command += ["-nostdin", "-m", "1", "-s", "120", "-key", "from", "0105555", centre.sip]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = {**os.environ, "TERM": "dumb"}
    citizen = subprocess.Popen(command, cwd=centre.home, env=environment, **quiet)  # noqa: ASYNC220 - returns at once
    leg = await agent.incoming_call(15)
    await leg.answered(5)
    assert leg.remote_number == "01055551"
    await until(lambda: citizen.poll() is not None, 20, "SIPp at its end")
    assert citizen.returncode == 0
    await leg.ended(5)
