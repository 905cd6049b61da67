"""Our phones against implementations that are not ours: SIPp for signalling, baresip for audio both ways.

Each test is skipped where the program is missing.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from phones import g711, incoming, sources, tones
from phones.phone import Phone
from phones.sdp import PCMA

needs_sipp = pytest.mark.skipif(not shutil.which("sipp"), reason="sipp is not installed")
needs_baresip = pytest.mark.skipif(not shutil.which("baresip"), reason="baresip is not installed")
CITIZEN, AGENT, BARESIP = tones.CITIZEN, tones.AGENTS[0], tones.PARTNER
BARESIP_PORT, SIPP_PORT = 32_830, 32_840


@asynccontextmanager
async def program(*words: str, cwd: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *words, cwd=cwd, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()  # not kill: baresip finishes its recordings
        await asyncio.wait_for(process.wait(), 5)


@needs_sipp
async def test_sipp_calls_a_phone_five_times(tmp_path: Path) -> None:
    async with Phone(tone=AGENT, policy=incoming.answer(0.05)) as phone:
        port = str(phone.address[1])
        words = ["sipp", "-sn", "uac", f"127.0.0.1:{port}", "-i", "127.0.0.1", "-p", str(SIPP_PORT),
                 "-m", "5", "-r", "5", "-d", "200", "-timeout", "20", "-nostdin"]  # fmt: skip
        async with program(*words, cwd=tmp_path) as sipp:
            assert await asyncio.wait_for(sipp.wait(), 25) == 0
        assert len(phone.calls) == 5
        assert {call.reason for call in phone.calls} == {"hung up by them"}


@needs_sipp
async def test_a_phone_calls_sipp_and_hangs_up(tmp_path: Path) -> None:
    words = ["sipp", "-sn", "uas", "-i", "127.0.0.1", "-p", str(SIPP_PORT + 2), "-mp", str(SIPP_PORT + 4),
             "-m", "1", "-timeout", "20", "-nostdin"]  # fmt: skip
    async with program(*words, cwd=tmp_path) as sipp, Phone(tone=CITIZEN) as phone:
        call = await phone.call(f"sip:120@127.0.0.1:{SIPP_PORT + 2}")
        await call.answered(10)  # the INVITE goes again until sipp is up
        await call.hangup()
        assert await asyncio.wait_for(sipp.wait(), 25) == 0


def baresip_home(home: Path) -> Path:
    """A baresip that answers by itself, says its tone, and needs no sound card."""
    sources.write_wav(home / "tone.wav", g711.encode(tones.sine(BARESIP, 20), PCMA), PCMA)
    modules = "".join(f"module {name}.so\n" for name in ("g711", "aufile", "aubridge", "sndfile"))
    (home / "config").write_text(
        f"sip_listen 127.0.0.1:{BARESIP_PORT}\nnet_interface 127.0.0.1\nrtp_ports 32850-32899\n"
        f"module_path /usr/lib/baresip/modules\naudio_source aufile,{home}/tone.wav\nsnd_path {home}\n"
        f"audio_player aubridge,x\naudio_alert aubridge,x\n{modules}"
        "module_app account.so\nmodule_app menu.so\n"
    )
    (home / "accounts").write_text(
        "<sip:baresip@127.0.0.1>;regint=0;answermode=auto;audio_codecs=PCMA/8000/1\n"
    )
    (home / "contacts").write_text("")
    return home


def heard_by_baresip(home: Path) -> frozenset[int]:
    """The tones in what its decoder got."""
    [recording] = home.glob("dump-*-dec.wav")
    samples = sources.read_wav(recording)
    return tones.detect(g711.encode(samples[800:2400], PCMA), PCMA).tones


@needs_baresip
async def test_a_phone_calls_baresip_and_both_hear_each_other(tmp_path: Path) -> None:
    async with (
        program("baresip", "-4", "-f", str(baresip_home(tmp_path)), cwd=tmp_path),
        Phone(tone=CITIZEN) as phone,
    ):
        call = await phone.call(f"sip:baresip@127.0.0.1:{BARESIP_PORT}")
        await call.answered(15)
        await call.heard(BARESIP, within=5)
        await call.hangup()
    assert heard_by_baresip(tmp_path) == {CITIZEN}


@needs_baresip
async def test_baresip_calls_a_phone(tmp_path: Path) -> None:
    async with Phone(tone=AGENT, policy=incoming.answer(0.1)) as phone:
        target = f"sip:201@127.0.0.1:{phone.address[1]}"
        words = ["baresip", "-4", "-f", str(baresip_home(tmp_path)), "-e", f"/dial {target}"]
        async with program(*words, cwd=tmp_path):
            call = await phone.incoming_call(15)
            await call.answered(3)
            await call.heard(BARESIP, within=5)
            await call.hangup()
