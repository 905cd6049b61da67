"""Tests with real telephony or a real browser run in real time: one that failed is tried once more, and the run says which.

A machine that stands still for some seconds lets a bound of seconds pass that nothing of ours has missed. A second attempt is
told (`RERUN` in the summary) and is a question to answer; whatever fails twice fails.
"""

from pathlib import Path

import pytest

REAL_TIME = ("attacks", "pages", "pbx")
TESTS = Path(__file__).parent
MOMENT_SECONDS = 5


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(TESTS) and item.path.relative_to(TESTS).parts[0] in REAL_TIME:
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=MOMENT_SECONDS))
