"""What a new part of the journal must begin with, so that a worker that starts needs this part alone.

That is, word for word: every record of calls that have not ended, each agent's last state, the record with the
highest case number of each writer (with its call's end: else it would seem to wait), and the ends of calls that began
in another writer's journal, where they would seem to go on. No clock, no I/O.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

ENDS: Final = frozenset({"CallAbandoned", "CallbackRequested", "TalkEnded", "CallCut"})
"""After one of these a worker has nothing to do with the call any more."""

FORGET_AFTER: Final = timedelta(hours=12)
"""A call nobody wrote of for so long (it went to the last resort and never came back) is not carried on."""

_NOT_NEEDED: Final = frozenset({"AnswerTold"})
"""No worker acts on it, and it may come after its call's end: it must not seem to open the call again."""

_Line = tuple[int, bytes]


class Head:
    """Told of every record as it is written; `lines` at any time."""

    def __init__(self) -> None:
        self._calls: dict[str, list[_Line]] = {}
        self._last_at: dict[str, str] = {}
        self._queued: set[str] = set()  # calls whose CallQueued stands in this journal
        self._ends_of_others: dict[str, tuple[str, _Line]] = {}  # call -> when, line
        self._agents: dict[str, _Line] = {}
        self._numbers: dict[
            str, tuple[str, str, list[_Line]]
        ] = {}  # writer's digit -> case number, call, lines

    def take(self, record: Mapping[str, Any], line: bytes) -> None:
        """`line` ends with its newline."""
        kind, seq = record.get("kind"), record["seq"]
        if kind == "AgentStateChanged":
            self._agents[str(record.get("agent"))] = (seq, line)
            return
        call_id = record.get("call_id")
        if not isinstance(call_id, str) or kind in _NOT_NEEDED:
            return
        number = record.get("case_number")
        if isinstance(number, str) and len(number) == 13:
            known = self._numbers.get(number[6])
            if known is None or number > known[0]:  # YYMMDD, writer, counter: later ones are greater
                self._numbers[number[6]] = (number, call_id, [(seq, line)])
        if kind == "CallQueued":
            self._queued.add(call_id)
            self._ends_of_others.pop(call_id, None)
        if kind in ENDS:
            if call_id not in self._queued:
                self._ends_of_others[call_id] = (str(record.get("at")), (seq, line))
            self._queued.discard(call_id)
            for _, owner, lines in self._numbers.values():
                if owner == call_id:
                    lines.append((seq, line))
            self._calls.pop(call_id, None)
            self._last_at.pop(call_id, None)
            return
        self._calls.setdefault(call_id, []).append((seq, line))
        self._last_at[call_id] = str(record.get("at"))

    def lines(self, now: datetime) -> list[bytes]:
        """In the order of their numbers, each once. Forgets calls that are too old."""
        for call_id in [call_id for call_id, at in self._last_at.items() if _is_old(at, now)]:
            del self._calls[call_id], self._last_at[call_id]
            self._queued.discard(call_id)
        for call_id in [one for one, (at, _) in self._ends_of_others.items() if _is_old(at, now)]:
            del self._ends_of_others[call_id]
        kept: dict[int, bytes] = dict(self._agents.values())
        kept |= dict(line for _, line in self._ends_of_others.values())
        for _, _, lines in self._numbers.values():
            kept |= dict(lines)
        for lines in self._calls.values():
            kept |= dict(lines)
        return [kept[seq] for seq in sorted(kept)]


def _is_old(at: str, now: datetime) -> bool:
    try:
        return now - datetime.fromisoformat(at) > FORGET_AFTER
    except (TypeError, ValueError):
        return True
