"""Behind a proxy with https: one origin for pages, live stream and the phone's SIP; and nobody is believed unasked."""

from pathlib import Path

import pytest

from ops.secrets import ensure_secrets
from tests.pages.conftest import settings_for
from web.app import create_app

FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7", "Host": "desk.example.org"}


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_proxys_word_counts_only_when_one_is_trusted(tmp_path: Path, proxies: int) -> None:
    ensure_secrets(tmp_path)
    app = create_app(settings_for(home=tmp_path, trusted_proxies=proxies))
    answer = app.test_client().get("/login", headers=FORWARDED)
    policy = answer.headers["Content-Security-Policy"]
    live = "wss://desk.example.org;" if proxies else "ws://desk.example.org:8121;"
    assert f"connect-src 'self' {live}" in policy
    assert ("Strict-Transport-Security" in answer.headers) is bool(proxies)
    assert "microphone=()" in answer.headers["Permissions-Policy"]
