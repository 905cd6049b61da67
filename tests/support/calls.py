"""Calls as their witnesses write them: short stories that become CEL, CDR and journal lines."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from centre120.cases import case_number

START = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
CALL = UUID("5d74672f-9a1a-4bbb-9c3a-736c6cfa5bff")
CITIZEN = "PJSIP/trunk_a-00000004"
NUMBER = case_number(date(2026, 11, 21), 1, 42)
BRIDGE = json.dumps({"bridge_id": "ca2e4361", "bridge_technology": "simple_bridge"})


class Story:
    """One call; times are seconds after START."""

    def __init__(
        self, call_id: UUID = CALL, channel: str = "centre120-1795304982.4", name: str = CITIZEN
    ) -> None:
        self.call_id, self.channel, self.name = call_id, channel, name
        self.cel: list[dict[str, Any]] = []
        self.journal: list[dict[str, Any]] = []
        self.cdr: list[dict[str, Any]] = []

    def event(self, at: float, event: str, *, user: str = "", extra: str = "", **more: Any) -> "Story":
        told = {
            "eventtype": user or event,
            "eventenum": event,
            "userdeftype": user,
            "eventtime": round((START + timedelta(seconds=at)).timestamp(), 6),
            "name": "",
            "context": "entry",
            "channame": self.name,
            "accountcode": str(self.call_id),
            "uniqueid": self.channel,
            "linkedid": self.channel,
            "peer": "",
            "eventextra": extra,
        }
        self.cel.append(told | more)
        return self

    def user(self, at: float, name: str, extra: str = "") -> "Story":
        return self.event(at, "USER_DEFINED", user=name, extra=json.dumps({"extra": extra}))

    def record(self, at: float, kind: str, *, writer: str = "ari_app-1", **fields: Any) -> "Story":
        seq = len(self.journal) + 1
        moment = (START + timedelta(seconds=at)).isoformat()
        told = {"writer": writer, "seq": seq, "at": moment, "kind": kind, "call_id": str(self.call_id)}
        self.journal.append(told | fields)
        return self

    # --- chapters -----------------------------------------------------------------------------------------
    def arrives(self, at: float = 0, name: str = "", number: str = "01012345678") -> "Story":
        self.event(at, "CHAN_START", accountcode="", context="inbound", exten="02120")
        said = f"origin=120;dialled=02120;outside=1;trunk=trunk_a;number={number};name={name}"
        return self.user(at + 0.002, "CENTRE_ENTERED", said).event(at + 0.003, "ANSWER")

    def queues(self, at: float, language: str = "ko") -> "Story":
        self.user(at, "CENTRE_QUEUED", language)
        return self

    def claimed(self, at: float, **more: Any) -> "Story":
        told = {
            "channel_id": self.channel,
            "linked_id": self.channel,
            "trunk": "trunk_a",
            "origin_number": "120",
            "dialled_number": "02120",
            "outside_area": True,
            "caller_number": "01012345678",
            "caller_name": "",
            "language": "ko",
            "case_number": NUMBER,
            "queued_at": (START + timedelta(seconds=at)).isoformat(),
        }
        return self.record(at, "CallQueued", **(told | more))

    def leg(self, name: str) -> dict[str, str]:
        return {"channame": name, "uniqueid": f"{self.channel}-{name}", "context": "agent"}

    def rings(self, at: float, name: str) -> "Story":
        return self.event(at, "CHAN_START", **(self.leg(name) | {"accountcode": ""}))

    def joins(self, at: float, name: str) -> "Story":
        self.event(at, "ANSWER", **self.leg(name)).event(
            at + 0.001, "BRIDGE_ENTER", extra=BRIDGE, **self.leg(name)
        )
        return self.event(at + 0.002, "BRIDGE_ENTER", extra=BRIDGE)

    def parts(self, at: float, name: str) -> "Story":
        self.event(at, "BRIDGE_EXIT", extra=BRIDGE, **self.leg(name)).event(at, "BRIDGE_EXIT", extra=BRIDGE)
        return self.event(
            at, "HANGUP", extra=json.dumps({"hangupcause": 16, "hangupsource": name}), **self.leg(name)
        )

    def ends(self, at: float, source: str | None = None, cause: int = 16) -> "Story":
        source = self.name if source is None else source
        extra = json.dumps({"hangupcause": cause, "hangupsource": source, "dialstatus": ""})
        self.event(at, "HANGUP", extra=extra).event(at, "CHAN_END").event(at, "LINKEDID_END")
        self.cdr.append(
            {
                "clid": "",
                "src": "01012345678",
                "dst": "s",
                "channel": self.name,
                "start": START.strftime("%Y-%m-%d %H:%M:%S"),
                "answer": "",
                "end": "",
                "duration": at,
                "billsec": at,
                "disposition": "ANSWERED",
                "accountcode": str(self.call_id),
                "uniqueid": self.channel,
                "linkedid": self.channel,
                "sequence": 7,
            }
        )
        return self


def answered(story: Story | None = None) -> Story:
    """An ordinary call: offered to 201, answered after 4 s of waiting, talked 30 s, agent hung up."""
    story = story or Story()
    agent = "PJSIP/201-00000005"
    story.arrives().queues(10).claimed(10.001)
    story.record(10.002, "CallOffered", offer_id=f"o1-{story.call_id}", agent="201", ring_seconds=15)
    story.rings(10.01, agent).joins(14, agent)
    story.record(14.01, "OfferEnded", offer_id=f"o1-{story.call_id}", agent="201", result="answered")
    story.record(14.01, "CallAnswered", agent="201", waited_seconds=4.0)
    story.parts(44.002, agent).ends(44.01, agent)
    story.record(44.02, "TalkEnded", agent="201", talked_seconds=30.0)
    story.record(44.03, "AgentStateChanged", agent="201", state="wrap-up", reason="")
    return story.record(54.03, "AgentStateChanged", agent="201", state="available", reason="", call_id=None)


def lines(entries: list[dict[str, Any]]) -> bytes:
    """As the file has them."""
    return b"".join(json.dumps(entry, ensure_ascii=False).encode() + b"\n" for entry in entries)
