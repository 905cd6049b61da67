"""Rules that hold for every route, page and script, so that nobody has to remember them."""

import json
import re
from hashlib import sha256
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

from centre120.settings import REPOSITORY, Settings
from ops.secrets import ensure_secrets
from web.access import rule_of
from web.app import create_app

WEB = REPOSITORY / "web"


def app(home: Path) -> Flask:
    ensure_secrets(home)
    return create_app(Settings(home=home))


def test_every_route_says_who_may_open_it(tmp_path: Path) -> None:
    made = app(tmp_path)
    silent = [
        rule.rule for rule in made.url_map.iter_rules() if not rule_of(made.view_functions[rule.endpoint])
    ]
    assert not silent


def test_route_without_a_rule_opens_for_nobody(tmp_path: Path) -> None:
    made = app(tmp_path)
    made.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert made.test_client().get("/forgotten").status_code == 403


def test_only_these_routes_are_public(tmp_path: Path) -> None:
    made = app(tmp_path)
    public = {
        rule.endpoint
        for rule in made.url_map.iter_rules()
        if rule_of(made.view_functions[rule.endpoint]) == {"public"}
    }
    known = {"static", "login.page", "login.check", "home.health", "home.language"}
    assert public == known | {"status.page", "status.ask"}


def test_every_sentence_has_its_korean_and_the_same_places() -> None:
    with (WEB / "korean.po").open("rb") as file:
        korean = read_po(file, locale="ko")
    methods = [("**.py", "python"), ("templates/**.html", "jinja2.ext.babel_extract")]
    used = {message for _, _, message, _, _ in extract_from_dir(str(WEB), methods)}
    assert len(used) > 150
    places = re.compile(r"%\(\w+\)s|\{\w+\}")
    for sentence in used:
        entry = korean.get(sentence)
        assert entry and entry.string, f"no Korean for: {sentence}"
        assert sorted(places.findall(sentence)) == sorted(places.findall(str(entry.string))), sentence
    assert {entry.id for entry in korean if entry.id} <= used, "Korean of sentences that no page says"


def test_no_page_holds_a_style_a_script_or_another_host() -> None:
    for page in WEB.glob("templates/*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son\w+=|javascript:|https?://|\|\s*safe", text), page.name
        assert re.findall(r"<script(?! type=\"(application/json|module)\")", text) == [], page.name


def test_no_script_writes_markup_from_text() -> None:
    for script in WEB.glob("static/**/*.js"):
        if "vendor" in script.parts:
            continue  # as it came; which it is, its hash says
        text = script.read_text(encoding="utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", text
        ), script.name
        assert "https://" not in text and "http://" not in text, script.name


def test_every_word_the_desk_script_says_is_given_to_it() -> None:
    given = set(
        re.findall(r'^        "(\w+)":', (WEB / "desk_words.py").read_text(encoding="utf-8"), re.MULTILINE)
    )
    given |= {"language", "state", "break", "phase", "status", "result"}
    scripts = "".join(script.read_text(encoding="utf-8") for script in WEB.glob("static/desk/*.js"))
    assert set(re.findall(r"words\.(\w+)", scripts)) == given


def test_every_element_the_desk_script_asks_for_is_in_the_page() -> None:
    page = (WEB / "templates" / "desk.html").read_text(encoding="utf-8")
    scripts = "".join(script.read_text(encoding="utf-8") for script in WEB.glob("static/desk/*.js"))
    asked = set(re.findall(r'element\("([\w-]+)"\)', scripts)) | set(re.findall(r'say\("([\w-]+)"', scripts))
    assert asked - set(re.findall(r'id="([\w-]+)"', page)) == set()


def test_every_word_and_element_of_the_pages_phone_is_there() -> None:
    given = set(
        re.findall(r'^        "(\w+)":', (WEB / "phone_words.py").read_text(encoding="utf-8"), re.MULTILINE)
    )
    script = (WEB / "static" / "phone" / "main.js").read_text(encoding="utf-8")
    said = set(re.findall(r"words\.(\w+)", script))
    troubles = set(re.findall(r'"(away|insecure|forbidden|missing|microphone|elsewhere)"', script))
    assert said | troubles == given
    page = (WEB / "templates" / "desk_phone.html").read_text(encoding="utf-8")
    ids = set(re.findall(r'id="(phone[\w-]*)"', page))
    asked = set(re.findall(r'(?:element|say)\("(phone[\w-]*)"', script)) - {"phone-words"}
    assert asked <= ids
    assert {
        f"phone-{one}" for one in ("answer", "hang-up", "hold", "mute", "keys", "set-up", "use", "leave")
    } <= ids


def test_vendored_scripts_are_the_ones_whose_hashes_were_written_down() -> None:
    folders = [folder for folder in (WEB / "static" / "vendor").iterdir() if folder.is_dir()]
    assert folders
    for folder in folders:
        listed = dict(
            line.split()[::-1] for line in (folder / "SHA256SUMS").read_text(encoding="ascii").splitlines()
        )
        scripts = {script.name: sha256(script.read_bytes()).hexdigest() for script in folder.glob("*.js")}
        assert scripts == listed, folder.name
        licence = (folder / "LICENSE.txt").read_text(encoding="utf-8")
        assert "MIT" in licence and "== jssip" in licence
        built = (folder / "README.md").read_text(encoding="utf-8")
        version = json.loads((folder / "package.json").read_text(encoding="ascii"))["dependencies"]["jssip"]
        assert f"JsSIP {version}" in built and "esbuild entry.mjs --bundle" in built
        locked = json.loads((folder / "package-lock.json").read_text(encoding="ascii"))["packages"]
        assert all(one.get("integrity") for name, one in locked.items() if name)


def test_vendored_font_keeps_its_licence() -> None:
    assert (
        "SIL OPEN FONT LICENSE"
        in (WEB / "static" / "font" / "LICENSE.txt").read_text(encoding="utf-8").upper()
    )
