"""Unit tests see no setting of the run they are part of: they make their own."""

import os

import pytest


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CENTRE120_")]:
        monkeypatch.delenv(name)
