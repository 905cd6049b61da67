"""`./120 call`: one real SIP call as a citizen, through the trunk, told step by step.

What is claimed is witnessed: who answered by Asterisk's events or the journal, what was heard by the audio
that came back, and that the agent heard us by the far end itself.
"""

import asyncio
import contextlib
import json
import re
import secrets
import sys
import time
from dataclasses import dataclass
from typing import Any

import click

from centre120.errors import CentreError, Fault
from centre120.settings import Settings, load_settings
from ops.call_evidence import CallEvidence, Step
from ops.call_files import Witnesses, case_number_on_record, received_by_channel
from ops.ready import http_get
from phones import places, tones
from phones.call import Call, CallEnded
from phones.phone import Phone
from phones.session import State

TONE = tones.CITIZEN
TALK_SECONDS = 5.0  # after an agent answered
POLL_SECONDS = 0.1
SETUP_SECONDS = 3.0  # a SIP server that is up answers the INVITE long before
KEY_AGAIN_SECONDS = 5.0
KEY_TRIES = 3
WITHOUT_EVENTS_SECONDS = 4.0  # audio, but no event: nobody writes them
MENU_PROMPT = re.compile(r"menu|status|language")
NO_PERSON, FAILED = 2, 1


@dataclass(frozen=True, slots=True)
class Request:
    """What the person at the terminal asked for."""

    number: str
    to: str
    keys: tuple[str, ...]
    seconds: float | None
    name: str


class CitizenCall:
    """Drives the phone, reads the witnesses, collects the steps."""

    def __init__(self, settings: Settings, request: Request, call: Call, evidence: CallEvidence,
                 witnesses: Witnesses, began: float, *, quiet: bool) -> None:  # fmt: skip
        self._settings, self._request, self._call = settings, request, call
        self._evidence, self._witnesses = evidence, witnesses
        self._began, self._quiet = began, quiet  # monotonic
        self.steps: list[Step] = []
        self._keys = list(request.keys)
        self._log_read = self._seconds_read = 0
        self._audible_since: float | None = None
        self._heard: frozenset[int] = frozenset()
        self._menu_at: float | None = None  # a menu prompt that no key of ours has used yet
        self._pressed: tuple[str, float, int] | None = None  # key, when, how often
        self._received: dict[str, int] = {}
        self._to_ask: list[str] = []
        self.far_end_heard: bool | None = None

    @property
    def _now(self) -> float:
        return time.monotonic() - self._began

    def _tell(self, step: Step) -> None:
        self.steps.append(step)
        if not self._quiet:
            words = {name: _word(value) for name, value in step.facts.items()}
            facts = " ".join(f"{name}={word}" for name, word in words.items() if word)
            print(f"[{step.at:6.2f} s] {step.what:18} {facts}".rstrip(), flush=True)

    async def run(self) -> None:
        """Until an agent has been talked to, the call is over, or the time is up."""
        limit = self._request.seconds or 60.0
        while self._now < limit and self._call.state is not State.ENDED:
            self._look()
            await self._press_when_due()
            await self._ask()
            if self._call.state is State.CALLING and self._call.status is None and self._now > SETUP_SECONDS:
                raise _nothing_listens(self._settings)
            if self._request.seconds is None and self._talked_enough():
                break
            await asyncio.sleep(POLL_SECONDS)
        await self._compare_counts()
        await self._call.hangup()
        deadline = time.monotonic() + 1.5  # the far end sums up when the call is over
        while time.monotonic() < deadline and (self._evidence.answered_by and self.far_end_heard is None):
            self._look()
            await asyncio.sleep(POLL_SECONDS)
        self._look()

    def _talked_enough(self) -> bool:
        answered = self._evidence.answered_after
        return answered is not None and self._now > answered + TALK_SECONDS

    # --- what happens ---------------------------------------------------------------------------------
    def _look(self) -> None:
        for at, what in self._call.log[self._log_read :]:
            if not what.startswith("pressed"):  # told as it is done
                self._tell(Step(at - self._began, "sip", {"event": what}))
        self._log_read = len(self._call.log)
        self._listen()
        for step in self._witnesses.look():
            self._tell(step)
            self._notice(step)
        if self.far_end_heard is not True:
            verdict = self._witnesses.heard_by_robot(TONE)
            if verdict is not None and verdict is not self.far_end_heard:
                facts = {"agent": self._evidence.answered_by, "heard_us": verdict}
                self._tell(Step(self._now, "far-end", facts))
            self.far_end_heard = verdict if verdict is not None else self.far_end_heard

    def _listen(self) -> None:
        for second in self._call.seconds[self._seconds_read :]:
            at = second.at - self._began
            new = second.tones - self._heard
            if new or (second.audible and self._audible_since is None):
                parties = [tones.party(tone) for tone in sorted(second.tones)]
                self._tell(Step(at, "heard", {"dbfs": round(second.dbfs, 1), "tones": parties}))
            if not second.audible and self._audible_since is not None:
                self._tell(Step(at, "silence", {}))
            self._heard = self._heard | second.tones if second.audible else self._heard
            self._audible_since = (self._audible_since or at) if second.audible else None
        self._seconds_read = len(self._call.seconds)

    def _notice(self, step: Step) -> None:
        if step.what == "prompt":
            self._menu_at = self._now if MENU_PROMPT.search(str(step.facts.get("prompt"))) else None
        elif step.what in ("menu-key", "language-chosen", "queued", "status-heard"):
            self._pressed = None
        if step.what in ("queued", "answered-by-agent"):
            self._to_ask.append(step.what)

    async def _ask(self) -> None:
        """What others have to be asked for; in a thread, since our voice must not wait for their answers."""
        for what in self._to_ask:
            if what == "queued":
                await self._tell_position()
            else:
                self._received = await asyncio.to_thread(received_by_channel, self._settings)
        self._to_ask.clear()

    async def _tell_position(self) -> None:
        host, _ = places.sip_server(self._settings)
        status, body = await asyncio.to_thread(http_get, host, self._settings.live_port, "/health")
        try:
            waiting = json.loads(body).get("waiting") if status == 200 else None
        except (ValueError, AttributeError):
            waiting = None
        if waiting is not None:
            self._tell(Step(self._now, "in-queue", {"waiting": waiting}))

    # --- keys -----------------------------------------------------------------------------------------
    async def _press_when_due(self) -> None:
        if self._call.state is not State.ANSWERED or self._call.media.pressing:
            return
        if self._pressed is not None:
            key, at, tries = self._pressed
            if self._now - at > KEY_AGAIN_SECONDS and tries < KEY_TRIES and self._witnessed:
                await self._press(key, tries + 1)  # nobody took note: said into a prompt that does not listen
            elif self._now - at > KEY_AGAIN_SECONDS:
                self._pressed = None
        elif self._keys and self._may_press():
            self._menu_at = None
            await self._press(self._keys.pop(0), 1)

    @property
    def _witnessed(self) -> bool:
        return self._evidence.citizen_channel is not None

    def _may_press(self) -> bool:
        if self._menu_at is not None:
            return self._now - self._menu_at > 0.3
        if self._witnessed:
            return False
        # Without events: somebody has been speaking for a second.
        since = self._audible_since
        return since is not None and self._now > max(since + 1.0, WITHOUT_EVENTS_SECONDS)

    async def _press(self, key: str, tries: int) -> None:
        self._pressed = (key, self._now, tries)
        self._tell(Step(self._now, "pressed", {"key": key}))
        with contextlib.suppress(CallEnded):  # told by the call itself
            await self._call.press(key)

    # --- the far end ----------------------------------------------------------------------------------
    async def _compare_counts(self) -> None:
        """Where no robot tells what it heard: both legs' packet counts must have grown since the answer."""
        if self.far_end_heard is not None or not self._evidence.agent_channels:
            return
        before, after = self._received, await asyncio.to_thread(received_by_channel, self._settings)
        channels = [self._evidence.citizen_channel, self._evidence.agent_channels[-1]]
        legs = [str(channel).removeprefix("PJSIP/")[:18] for channel in channels]
        counts = {leg: after.get(leg, 0) - before.get(leg, 0) for leg in legs}
        if after:
            self.far_end_heard = all(count > 25 for count in counts.values())
            self._tell(Step(self._now, "rtp-counts", counts))

    # --- the verdict ----------------------------------------------------------------------------------
    def result(self) -> dict[str, Any]:
        evidence = self._evidence
        answered = evidence.answered_after
        heard_them = answered is not None and any(
            second.audible and second.at - self._began > answered + 0.5 for second in self._call.seconds
        )
        case_number = evidence.case_number
        if case_number is None and evidence.call_id is not None:
            case_number = case_number_on_record(self._settings, evidence.call_id)
        return {
            "call_id": evidence.call_id,
            "case_number": case_number,
            "answered_by": evidence.answered_by,
            "language": evidence.language,
            "seconds_to_answer": None if answered is None else round(answered, 2),
            "two_way_audio": bool(heard_them and self.far_end_heard),
            "steps": [step.as_json() for step in self.steps],
        }


def _word(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return "" if value is None else str(value)


class BadOption(click.BadParameter):
    """Exit code 1: 2 is "nobody answered"."""

    exit_code = 1


def _nothing_listens(settings: Settings) -> CentreError:
    host, port = places.sip_server(settings)
    return CentreError(
        "nobody-answers-sip",
        f"Called {host}:{port} over SIP; nothing answered within {SETUP_SECONDS:g} s.",
        "Is it running? ./120 up",
        Fault.CONFIGURATION,
    )


async def place(settings: Settings, request: Request, *, quiet: bool) -> dict[str, Any]:
    """The call from beginning to end; the object that `--json` prints."""
    host, port = places.sip_server(settings)
    phone = Phone(settings.trunk_a_host, user=request.number, tone=TONE, rtp_ports=places.rtp_ports(settings),
                  known_tones=_known_tones())  # fmt: skip
    try:
        await phone.start()
    except OSError as error:
        raise CentreError(
            "no-trunk-address",
            f"This machine can not call from trunk A, {settings.trunk_a_host}: {error.strerror}.",
            "./120 call works where the trunk's address is this machine's own, as in the demo (127.0.0.2).",
            Fault.CONFIGURATION,
        ) from error
    try:
        evidence = CallEvidence(request.number, time.time())
        witnesses = Witnesses(settings, evidence)
        call = await phone.call(f"sip:{request.to}@{host}:{port}", display_name=request.name)
        citizen = CitizenCall(settings, request, call, evidence, witnesses, call.began, quiet=quiet)
        await citizen.run()
        return citizen.result()
    finally:
        await phone.close()


def _known_tones() -> tuple[int, ...]:
    return tuple(tones.PARTY_TONES.values())


def some_citizen() -> str:
    """A mobile number of a range that is not given out; a fresh one, so that the call is found by it."""
    return f"0100{secrets.randbelow(10**7):07d}"


def _digits(_: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"\+?[0-9*#]{1,20}", value):
        raise BadOption(
            "digits only, with + in front if you like", param_hint=f"--{option.human_readable_name}"
        )
    return value


@click.command("call")
@click.option("--from", "number", callback=_digits, help="The citizen's number; a fresh one when not given.")
@click.option("--to", default="120", show_default=True, callback=_digits, help="The number dialled.")
@click.option(
    "--keys", default="", help="Keys to press, each at its own menu: 9,1 is foreign languages, English."
)
@click.option(
    "--seconds", type=click.FloatRange(1, 3600), help="How long to stay (default: answer + 5 s, at most 60)."
)
@click.option("--name", default="", help="The display name sent along.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def call(number: str | None, to: str, keys: str, seconds: float | None, name: str, as_json: bool) -> None:
    """Call as a citizen, and say what was heard and who answered.

    Exit code 0: a person answered; 2: nobody did; 1: the call could not be made. The seconds to answer run
    from the INVITE, menus included.
    """
    wanted = tuple(key.strip() for key in keys.split(",") if key.strip())
    if any(not re.fullmatch(r"[0-9*#]{1,20}", key) for key in wanted):
        raise BadOption("telephone keys, separated by commas: 9,1", param_hint="--keys")
    if re.search(r"[\r\n\0]", name):
        raise BadOption("a name has no line ends", param_hint="--name")
    settings = load_settings()
    request = Request(number or some_citizen(), to, wanted, seconds, name)
    result = asyncio.run(place(settings, request, quiet=as_json))
    if as_json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        print(summary(result))
    sys.exit(0 if result["answered_by"] else NO_PERSON)


def summary(result: dict[str, Any]) -> str:
    """The last lines for a person."""
    if not result["answered_by"]:
        return "Nobody answered."
    audio = "Audio went both ways." if result["two_way_audio"] else "Audio did NOT go both ways."
    case = f" Case {result['case_number']}." if result["case_number"] else ""
    seconds = result["seconds_to_answer"]
    return f"Agent {result['answered_by']} answered after {seconds} s ({result['language']}). {audio}{case}"
