"""What a wallboard is shown of this moment."""

import json

from ari_app import board
from tests.support.acd import Centre


def test_who_waits_and_how_long_by_language_and_agents_by_state() -> None:
    centre = Centre("201")
    centre.citizen()
    first = board.view(centre.acd, centre.now, centre.at)
    assert first["agents"]["offered"] == 1 and first["waiting"]["ko"]["count"] == 1
    centre.rings()
    centre.answers()
    then = board.view(centre.acd, centre.now + 7, centre.at)
    assert (then["agents"]["on-call"], then["waiting"]["ko"]) == (1, {"count": 0, "longest_seconds": 0.0})


def test_a_call_waits_until_somebody_has_answered_it() -> None:
    centre = Centre()
    centre.citizen()
    seen = board.view(centre.acd, centre.now + 31.26, centre.at)
    assert seen["waiting"]["ko"] == {"count": 1, "longest_seconds": 31.3}
    assert seen["waiting"]["mn"] == {"count": 0, "longest_seconds": 0.0}


def test_nobody_can_be_told_from_it() -> None:
    centre = Centre("201")
    centre.talking()
    text = json.dumps(board.view(centre.acd, centre.now, centre.at))
    assert "0101234" not in text and "201" not in text.replace(centre.at.isoformat(), "")
