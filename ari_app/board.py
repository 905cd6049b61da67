"""What a wallboard is shown of this moment: who waits in which language, how long, agents by state. No person in it. Pure."""

from collections import Counter
from datetime import datetime
from typing import Any, Final

from ari_app.acd import Acd
from ari_app.state import AgentState, Phase
from centre120.names import LANGUAGES

KEY: Final = "#board"
"""The key of every wallboard's stream: one text is made for all of them. No desk's or supervisor's key begins so."""


def view(acd: Acd, now: float, at: datetime) -> dict[str, Any]:
    """`now` is monotonic seconds, `at` the same moment in UTC. `longest_seconds` is 0 where nobody waits."""
    count: Counter[str] = Counter()
    longest = dict.fromkeys(LANGUAGES, 0.0)
    for call in acd.calls.values():
        if call.phase is Phase.WAITING or call.phase is Phase.OFFERED:
            count[call.language] += 1
            longest[call.language] = max(longest.get(call.language, 0.0), now - call.queued)
    states = Counter(str(agent.state) for agent in acd.agents.values())
    return {
        "type": "board",
        "time": at.isoformat(),
        "waiting": {
            language: {"count": count[language], "longest_seconds": round(longest[language], 1)}
            for language in LANGUAGES
        },
        "agents": {str(state): states[str(state)] for state in AgentState},
    }
