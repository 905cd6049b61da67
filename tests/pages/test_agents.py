"""The telecom admin's agents: a secret is shown once and works, a change reaches the roster file."""

import json
import re
from typing import Any

from flask import Flask

from centre120.settings import Settings
from centre120.store.agents import find_agent, ha1
from tests.pages.conftest import Browser, City


def in_roster(settings: Settings, extension: str) -> dict[str, Any]:
    roster = json.loads(settings.roster_file.read_text(encoding="utf-8"))
    return next(agent for agent in roster["agents"] if agent["extension"] == extension)


def shown(page: str, name: str) -> str:
    return re.search(rf'id="{name}">([^<]+)<', page).group(1)  # type: ignore[union-attr]


def test_new_agent_can_log_in_and_register_a_phone(
    app: Flask, admin: Browser, city: City, settings: Settings
) -> None:
    page = admin.post(
        "/agents", {"extension": "211", "name": "한지민", "name_latin": "Han", "languages": ["ko", "mn"]}
    )
    assert page.status_code == 200 and "sip:211@127.0.0.1:5060" in page.text
    secret = shown(page.text, "sip-secret")
    assert in_roster(settings, "211")["ha1"] == ha1("211", secret)
    assert in_roster(settings, "211")["languages"] == ["ko", "mn"]
    assert secret not in admin.get("/agents").text
    assert Browser(app).log_in("211", shown(page.text, "first-password")).location == "/password"


def test_new_secret_replaces_the_old_one(admin: Browser, city: City, settings: Settings) -> None:
    before = in_roster_or_none(city)
    secret = shown(admin.post("/agents/202/secret", {}).text, "sip-secret")
    assert in_roster(settings, "202")["ha1"] == ha1("202", secret) != before


def in_roster_or_none(city: City) -> str:
    with city.database.transaction() as tx:
        return find_agent(tx, "202").ha1  # type: ignore[union-attr]


def test_agent_who_leaves_can_not_log_in_any_more(app: Flask, admin: Browser, settings: Settings) -> None:
    page = admin.post("/agents", {"extension": "212", "name": "임시", "languages": "ko"})
    password = shown(page.text, "first-password")
    assert admin.post("/agents/212", {"languages": "ko"}).status_code == 302
    assert in_roster(settings, "212")["active"] is False
    assert Browser(app).log_in("212", password).status_code == 401


def test_what_can_not_be_is_refused(admin: Browser) -> None:
    for form in (
        {"extension": "201", "name": "x", "languages": "ko"},
        {"extension": "2a", "name": "x", "languages": "ko"},
        {"extension": "٢٠١", "name": "x", "languages": "ko"},
        {"extension": "213", "name": "", "languages": "ko"},
        {"extension": "213", "name": "x"},
    ):
        assert admin.post("/agents", form).status_code == 422
    for path in ("/agents/999/secret", "/agents/%00/secret", "/agents/999/password", "/agents/999"):
        assert admin.post(path, {"languages": "ko"}).status_code == 404


def test_new_password_unlocks_and_must_be_changed(app: Flask, admin: Browser) -> None:
    password = shown(admin.post("/agents/202/password", {}).text, "first-password")
    assert Browser(app).log_in("202", password).location == "/password"
