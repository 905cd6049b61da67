"""Logging in: what a cookie is worth, who is locked out and who is not, the first password."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from centre120.settings import Settings
from centre120.store.users import authenticate_user, change_user, list_users
from tests.pages.conftest import FIRST, PASSWORD, Browser, City, logged_in
from web import people
from web.areas.home import local_path
from web.limits import FAILURES


def test_each_role_starts_on_its_own_page(app: Flask) -> None:
    for login, start in (("201", "/desk"), ("boss", "/calls"), ("admin", "/agents")):
        assert logged_in(app, login).get("/").location == start


def test_session_cookie_is_http_only_and_same_site(browser: Browser) -> None:
    cookies = browser.log_in("201").headers.getlist("Set-Cookie")
    assert cookies and all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)


def test_logging_in_begins_a_new_session(app: Flask, browser: Browser) -> None:
    planted = browser.token()
    browser.log_in("201")
    answer = browser.client.post("/logout", data={"csrf_token": planted})
    assert answer.status_code == 400  # what somebody planted before the login is worth nothing after it


def test_logging_out_makes_a_copied_cookie_worthless(app: Flask, agent: Browser) -> None:
    name = app.config["SESSION_COOKIE_NAME"]
    copied = agent.client.get_cookie(name).value  # type: ignore[union-attr]
    agent.post("/logout", {})
    thief = Browser(app)
    thief.client.set_cookie(name, copied)
    assert thief.get("/desk").status_code == 302


def test_wrong_password_does_not_tell_whether_the_login_exists(browser: Browser) -> None:
    texts = set()
    for login in ("201", "nobody"):
        answer = browser.log_in(login, "wrong")
        assert answer.status_code == 401
        texts.add(answer.text.split('role="alert">')[1].split("<")[0])
    assert len(texts) == 1


def test_one_address_can_neither_guess_on_nor_lock_an_agent_out(app: Flask, city: City) -> None:
    guesser = Browser(app)
    answers = [guesser.log_in("202", f"guess {n}").status_code for n in range(FAILURES + 3)]
    assert answers == [401] * FAILURES + [429] * 3
    with_other_address = {"REMOTE_ADDR": "10.1.2.3"}
    agent = Browser(app)
    data = {"csrf_token": agent.token(), "login": "202", "password": PASSWORD}
    assert agent.client.post("/login", data=data, environ_base=with_other_address).status_code == 302
    assert Browser(app).log_in("201").status_code == 302  # the same address, another login


def test_lock_does_not_hold_in_a_browser_that_has_logged_in_before(app: Flask, city: City) -> None:
    known = logged_in(app, "202")
    known.post("/logout", {})
    for n in range(6):
        authenticate_user(city.database, "202", f"from everywhere {n}", datetime.now(UTC))
    assert Browser(app).log_in("202").status_code == 401
    assert known.log_in("202").status_code == 302


def test_first_password_must_be_changed_before_anything_opens(app: Flask, browser: Browser) -> None:
    assert browser.log_in("fresh", FIRST).location == "/password"
    assert browser.get("/calls").location == "/password"
    assert browser.get("/calls", headers={"Accept": "application/json"}).status_code == 403
    short = browser.post("/password", {"old": FIRST, "new": "short", "again": "short"})
    assert short.status_code == 422
    done = browser.post("/password", {"old": FIRST, "new": PASSWORD, "again": PASSWORD})
    assert done.status_code == 302
    assert browser.get("/calls").status_code == 200


def test_login_that_is_switched_off_is_out_at_once(app: Flask, city: City, other_agent: Browser) -> None:
    assert other_agent.get("/desk").status_code == 200
    with city.database.transaction() as tx:
        user = next(user for user in list_users(tx) if user.login == "202")
        change_user(tx, user.user_id, active=False)
    try:
        assert other_agent.get("/desk").status_code == 302
    finally:
        with city.database.transaction() as tx:
            change_user(tx, user.user_id, active=True)


@pytest.mark.parametrize(
    ("login", "after", "stays"),
    [
        ("boss", timedelta(minutes=29), True),
        ("boss", timedelta(minutes=31), False),
        ("201", timedelta(hours=11), True),
        ("201", timedelta(hours=13), False),
    ],
)
def test_session_ends_when_idle_or_after_a_shift(
    app: Flask, monkeypatch: pytest.MonkeyPatch, login: str, after: timedelta, stays: bool
) -> None:
    browser = logged_in(app, login)
    later = datetime.now(UTC) + after
    monkeypatch.setattr(people, "now", lambda: later)
    assert (browser.get("/password").status_code == 200) is stays


@pytest.mark.parametrize(
    "path", ["https://evil.example/", "//evil.example", "/\\evil.example", "desk", "/a\nb", "", None]
)
def test_login_sends_nobody_to_another_site(path: str | None) -> None:
    assert local_path(path) is None


def test_two_centres_on_one_machine_have_cookies_of_their_own(app: Flask, settings: Settings) -> None:
    assert str(settings.web_port) in app.config["SESSION_COOKIE_NAME"]


def test_language_follows_the_browser_until_the_switch_is_used(browser: Browser) -> None:
    assert 'lang="ko"' in browser.get("/login", headers={"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.5"}).text
    assert 'lang="en"' in browser.get("/login", headers={"Accept-Language": "en-GB"}).text
    browser.post("/language", {"language": "ko", "next": "/login"}, form_page="/login")
    assert 'lang="ko"' in browser.get("/login", headers={"Accept-Language": "en-GB"}).text
