"""What Asterisk's events, the journal and the robots say about one call, as the steps of `./120 call`. Pure.

Fed with parsed lines in the order of the files; nothing in a line is trusted to have its type. The call is
found by its first event: a new channel of a trunk, with our number, not before we called.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from centre120 import names

AGENT_CHANNEL = re.compile(r"PJSIP/([0-9]{3,4})-[0-9a-f]+\Z")
CLOCK_SLACK = 1.0  # seconds: eventtime is the wall clock
USER_STEPS = {
    names.CEL_ENTERED: "entered",
    names.CEL_LANGUAGE: "language-chosen",
    names.CEL_MENU_KEY: "menu-key",
    names.CEL_QUEUED: "queued",
    names.CEL_FALLBACK: "fallback-queue",
    names.CEL_AGI_FAILED: "agi-failed",
    names.CEL_STATUS_HEARD: "status-heard",
    names.CEL_REFUSED: "refused",
    names.CEL_PROMPT: "prompt",
    names.CEL_OFFER: "offer-result",
    names.CEL_TRANSFER: "transfer-result",
}
JOURNAL_STEPS = {
    "CallQueued": ("waiting", ("language", "case_number")),
    "CallOffered": ("offered", ("agent", "ring_seconds")),
    "OfferEnded": ("offer-ended", ("agent", "result")),
    "CallAnswered": ("answered-by-agent", ("agent", "waited_seconds")),
    "CallOverflowed": ("overflowed", ("reason",)),
    "CallToFallback": ("to-fallback", ("reason",)),
}
EXTRA_NAMES = {"prompt": "prompt", "menu-key": "key", "language-chosen": "language", "queued": "language"}


@dataclass(frozen=True, slots=True)
class Step:
    """`at`: seconds since our INVITE."""

    at: float
    what: str
    facts: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"at": round(self.at, 2), "what": self.what, **self.facts}


def user_extra(text: object) -> str:
    """The word given to CELGenUserEvent; Asterisk wraps it as {"extra": ...}."""
    if not isinstance(text, str):
        return ""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return str(found.get("extra", "")) if isinstance(found, dict) else text


def entered_number(extra: str) -> str:
    """The caller's number in CENTRE_ENTERED's `origin=120;number=%2B82...;...`."""
    fields = dict(part.partition("=")[::2] for part in extra.split(";"))
    return unquote(fields.get("number", ""))


class CallEvidence:
    """Collects what is known of the call that `number` made at `began` (epoch seconds)."""

    def __init__(self, number: str, began: float) -> None:
        self._number, self._began = number, began
        self._linked_id: str | None = None
        self._beginnings: dict[str, list[Mapping[str, Any]]] = {}
        self.call_id: str | None = None
        self.case_number: str | None = None
        self.language: str | None = None
        self.answered_by: str | None = None
        self.answered_after: float | None = None
        self.agent_channels: list[str] = []  # names of channels of agents that answered
        self.citizen_channel: str | None = None

    # --- Asterisk's events ----------------------------------------------------------------------------
    def take_cel(self, event: Mapping[str, Any]) -> list[Step]:
        linked_id = str(event.get("linkedid") or "")
        if self._linked_id is None:
            return self._look_for_ours(event, linked_id)
        return self._take_own(event) if linked_id == self._linked_id else []

    def _look_for_ours(self, event: Mapping[str, Any], linked_id: str) -> list[Step]:
        """Keeps the beginnings of new trunk calls until one of them says our number."""
        if _kind(event) == "CHAN_START" and self._may_be_ours(event):
            self._beginnings[linked_id] = []
        if linked_id not in self._beginnings:
            return []
        self._beginnings[linked_id].append(event)
        if event.get("userdeftype") != names.CEL_ENTERED:
            return []
        if entered_number(user_extra(event.get("eventextra"))) != self._number:
            del self._beginnings[linked_id]
            return []
        self._linked_id = linked_id
        mine = self._beginnings.pop(linked_id)
        self._beginnings.clear()
        return [step for one in mine for step in self._take_own(one)]

    def _may_be_ours(self, event: Mapping[str, Any]) -> bool:
        channel = str(event.get("channame") or "")
        trunk = channel.removeprefix("PJSIP/").rpartition("-")[0]
        return trunk in names.TRUNKS and _number(event.get("eventtime")) >= self._began - CLOCK_SLACK

    def _take_own(self, event: Mapping[str, Any]) -> list[Step]:
        at, channel = _number(event.get("eventtime")), str(event.get("channame") or "")
        if event.get("accountcode") and self.call_id is None:
            self.call_id = str(event["accountcode"])
        if self.citizen_channel is None:
            self.citizen_channel = channel
            return [Step(at - self._began, "arrived", {"channel": channel})]
        if _kind(event) == "ANSWER":
            return self._take_answer(channel, at)
        user = str(event.get("userdeftype") or "")
        if user not in USER_STEPS:
            return []
        return [self._user_step(user, user_extra(event.get("eventextra")), at)]

    def _take_answer(self, channel: str, at: float) -> list[Step]:
        agent = AGENT_CHANNEL.match(channel)
        if agent is None or channel in self.agent_channels:
            return []
        self.agent_channels.append(channel)
        return self._answered(agent[1], at, {"channel": channel})

    def _answered(self, agent: str, at: float, facts: dict[str, Any]) -> list[Step]:
        if self.answered_by is not None:
            return []
        self.answered_by, self.answered_after = agent, max(0.0, at - self._began)
        return [Step(at - self._began, "answered-by-agent", {"agent": agent, **facts})]

    def _user_step(self, user: str, extra: str, at: float) -> Step:
        what = USER_STEPS[user]
        if user in (names.CEL_LANGUAGE, names.CEL_QUEUED) and extra:
            self.language = extra
        return Step(at - self._began, what, {EXTRA_NAMES.get(what, "detail"): extra})

    # --- the journal ----------------------------------------------------------------------------------
    def take_journal(self, record: Mapping[str, Any], at: float) -> list[Step]:
        """`at`: the record's moment in epoch seconds. Only records of our call; the call must be known by
        then."""
        if self.call_id is None or str(record.get("call_id")) != self.call_id:
            return []
        kind = str(record.get("kind"))
        if kind not in JOURNAL_STEPS:
            return []
        if record.get("case_number"):
            self.case_number = str(record["case_number"])
        if kind == "CallQueued" and record.get("language"):
            self.language = str(record["language"])
        what, wanted = JOURNAL_STEPS[kind]
        facts = {name: record[name] for name in wanted if record.get(name) is not None}
        if kind == "CallAnswered":
            return self._answered(
                str(record.get("agent")), at, {"waited_seconds": record.get("waited_seconds")}
            )
        return [Step(at - self._began, what, facts)]

    # --- the far end ----------------------------------------------------------------------------------
    def heard_at_far_end(self, line: Mapping[str, Any], tone: int) -> bool | None:
        """Whether the robot that answered heard `tone`; None: the line is not about our call."""
        if self.answered_by is None or self.answered_after is None or line.get("who") != self.answered_by:
            return None
        if _number(line.get("at")) < self._began + self.answered_after - CLOCK_SLACK:
            return None
        heard = line.get("tones")
        return isinstance(heard, list) and tone in heard


def received_counts(channelstats: str) -> dict[str, int]:
    """Channel -> packets received, from `pjsip show channelstats`; names there are cut off at 18 letters."""
    found: dict[str, int] = {}
    for line in channelstats.splitlines():
        # BridgeId may be missing; then: channel, up time, codec, received, ...
        match = re.match(r"\s*(?:\S+ +)?(\S+) +\d\d:\d\d:\d\d +\S+ +(\d+)", line)
        if match:
            found[match[1]] = int(match[2])
    return found


def _kind(event: Mapping[str, Any]) -> str:
    return str(event.get("eventenum") or event.get("eventtype") or "")


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return 0.0
