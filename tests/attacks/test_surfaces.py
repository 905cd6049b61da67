"""S16-S21: the interfaces that command calls, and the baseline that `./120 doctor --security` holds a running Asterisk to."""

import json
import os
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import pytest

from ops import doctor_security
from ops.baseline import judge
from ops.baseline_values import FAIL, WARN
from tests.attacks.support import command
from tests.support.centre import Centre, running

pytestmark = pytest.mark.timeout(120)
AS_ROOT = (
    os.geteuid() == 0
)  # a test run as root starts its Asterisk as root, which the baseline rightly finds


def private(centre: Centre) -> None:
    """What `./120 up` makes private and the test rig does not."""
    for path in (centre.settings.roster_file, centre.settings.run_dir):
        path.chmod(path.stat().st_mode & ~0o077)


def bad(centre: Centre) -> dict[str, list[str]]:
    """Check -> what was found wrong."""
    found: dict[str, list[str]] = {}
    for one in judge(doctor_security.look(centre.settings)):
        if one.result in (FAIL, WARN):
            assert one.where and one.why and one.mend, f"a finding without where, why or mend: {one}"
            found.setdefault(one.check, []).append(one.what)
    if AS_ROOT:
        assert found.pop("process") == ["Asterisk runs as root"]
    return found


# --- S16: reachable from elsewhere, default passwords, pages -------------------------------------------------------

PATHS = (
    "/", "/httpstatus", "/static/", "/static/index.html", "/ari/api-docs/resources.json", "/ari/channels", "/metrics",
    "/phoneprov/000000000000.cfg", "/rawman?action=ping", "/manager?action=ping", "/mxml?action=ping", "/arawman",
    "/ari/asterisk/info", "/media/x", "/ws/..", "/ws/x", "/%2e%2e/etc/passwd",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
async def test_s16_nothing_is_told_without_a_password(centre: Centre, path: str) -> None:
    base = f"http://127.0.0.1:{centre.settings.ari_port}"
    async with aiohttp.ClientSession() as session:
        for credentials in (None, "asterisk:asterisk", "centre120:centre120", "admin:admin", "centre120:"):
            auth = aiohttp.BasicAuth(*credentials.split(":")) if credentials else None
            async with session.get(base + path, auth=auth) as answer:
                assert answer.status in (401, 403, 404), (path, credentials, await answer.text())
                assert "22.10" not in await answer.text()


def test_s16_ari_and_ami_are_on_loopback_and_on_one_address_of_it_only(centre: Centre) -> None:
    for port in (centre.settings.ari_port, centre.settings.ami_port, centre.settings.agi_port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.9", port), timeout=2).close()


def test_s16_ami_knows_no_default_password(centre: Centre) -> None:
    for name, secret in (
        ("admin", "admin"),
        ("centre120", "centre120"),
        ("centre120", ""),
        ("asterisk", "asterisk"),
    ):
        assert "Success" not in ami(centre, [], name, secret)


# --- S17, S18, S21: ARI --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def watched() -> Iterator[Centre]:
    """Asterisk with a second, read-only ARI user, to try what such a user can do."""
    centre = Centre({"201": ["ko"]})
    path = centre.settings.asterisk_dir / "etc" / "ari.conf"
    path.write_text(path.read_text() + "\n[watcher]\ntype = user\nread_only = yes\npassword = look\n")
    with running(centre, "asterisk"):
        yield centre


WRITES = (
    ("POST", "channels", {"endpoint": "PJSIP/trunk_a", "extension": "00447911123456", "context": "agent"}),
    ("DELETE", "channels/any", {}),
    ("PUT", "asterisk/modules/func_shell.so", {}),
    ("DELETE", "asterisk/modules/res_pjsip_acl.so", {}),
    ("PUT", "asterisk/config/dynamic/res_pjsip/endpoint/evil", {}),
    ("POST", "asterisk/variable", {"variable": "AGI_SERVER", "value": "203.0.113.9:4573"}),
    ("POST", "asterisk/logging/x", {"configuration": "notice"}),
    ("POST", "bridges", {}),
    ("POST", "applications/centre120-1/subscription", {"eventSource": "channel:x"}),
)


@pytest.mark.parametrize(("method", "path", "query"), WRITES)
async def test_s17_a_read_only_user_can_not_write_by_http_nor_by_websocket(
    watched: Centre, method: str, path: str, query: dict[str, str]
) -> None:
    base = f"http://127.0.0.1:{watched.settings.ari_port}/ari"
    auth = aiohttp.BasicAuth("watcher", "look")
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{base}/channels", auth=auth) as answer:
            assert answer.status == 200, "the watcher can not even read: the test is void"
        async with session.request(method, f"{base}/{path}", params=query, auth=auth) as answer:
            assert answer.status == 403, await answer.text()
        socket_url = f"{base}/events?app=spy&api_key=watcher:look"
        async with session.ws_connect(socket_url) as ws:
            asked = {
                "type": "RESTRequest",
                "transaction_id": "1",
                "request_id": "1",
                "method": method,
                "uri": path,
            }
            asked["query_strings"] = [{"name": name, "value": value} for name, value in query.items()]  # type: ignore[assignment]
            await ws.send_json(asked)
            while (message := await ws.receive_json(timeout=5)).get("type") != "RESTResponse":
                pass
            assert message["status_code"] == 403, message


DANGEROUS = (
    "SHELL(id)", "FILE(/etc/passwd)", "ENV(PATH)", "CURL(http://127.0.0.1/)", "ODBC_X(1)", "SYSINFO(numcpus)", "STAT(e,/etc)",
    "AST_CONFIG(ari.conf,centre120,password)", "PJSIP_ENDPOINT(201,auth)", "DB(pjsip_auth/201)", "SYSTEM(id)",
    "EVAL(${SHELL(id)})", "FILE_COUNT_LINE(/etc/passwd)", "VOLUME(TX)", "REALTIME(x)", "MASTER_CHANNEL(x)", "SORT(x)",
)  # fmt: skip


async def test_s18_ari_reads_and_writes_neither_shell_nor_files_nor_environment(centre: Centre) -> None:
    """Even with the worker's own password: the modules are not there, and live_dangerously is off."""
    base = f"http://127.0.0.1:{centre.settings.ari_port}/ari/asterisk/variable"
    auth = aiohttp.BasicAuth("centre120", centre.settings.secret("ari_password"))
    secrets = [centre.settings.secret(name) for name in ("ari_password", "ami_password")]
    async with aiohttp.ClientSession(auth=auth) as session:
        for name in DANGEROUS:
            async with session.get(base, params={"variable": name}) as answer:
                text = await answer.text()
                assert "uid=" not in text and "root:" not in text and "/usr/bin" not in text, (name, text)
                assert not [secret for secret in secrets if secret in text], name
            await session.post(base, params={"variable": name, "value": "x"})
        planted = centre.home / "planted"
        await session.post(base, params={"variable": f"FILE({planted})", "value": "x"})
        assert not planted.exists()


async def test_s21_an_agents_password_opens_no_websocket_of_asterisk(centre: Centre) -> None:
    """Nobody but the worker may connect under its application's name, which would take every call from it."""
    before = centre.health()
    async with aiohttp.ClientSession() as session:
        for key in (
            f"201:{centre.password('201')}",
            "201:",
            "",
            "centre120:wrong",
            f"centre120:{centre.ha1('201')}",
        ):
            url = f"http://127.0.0.1:{centre.settings.ari_port}/ari/events?app=centre120-1&api_key={key}"
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(url)
            assert refused.value.status == 401
    assert centre.health()["ready"] and before["ready"]


# --- S19: AMI ------------------------------------------------------------------------------------------------------


def ami(centre: Centre, actions: list[str], name: str = "centre120", secret: str | None = None) -> str:
    """Everything AMI answers to a login and these actions."""
    secret = centre.settings.secret("ami_password") if secret is None else secret
    with socket.create_connection(("127.0.0.1", centre.settings.ami_port), timeout=3) as line:
        login = f"Action: Login\r\nUsername: {name}\r\nSecret: {secret}\r\nEvents: off\r\n\r\n"
        line.sendall((login + "".join(actions) + "Action: Logoff\r\n\r\n").encode())
        text = b""
        try:
            while block := line.recv(65_536):
                text += block
        except TimeoutError:
            pass
    return text.decode("utf-8", "replace")


DENIED = {
    "originate": "Action: Originate\r\nActionID: x\r\nChannel: PJSIP/trunk_a\r\nApplication: Dial\r\nData: PJSIP/201\r\n\r\n",
    "system": "Action: Originate\r\nActionID: x\r\nChannel: Local/s@menu\r\nApplication: System\r\nData: id\r\n\r\n",
    "command": "Action: Command\r\nActionID: x\r\nCommand: core show channels\r\n\r\n",
    "config": "Action: GetConfig\r\nActionID: x\r\nFilename: manager.conf\r\n\r\n",
    "write config": "Action: UpdateConfig\r\nActionID: x\r\nSrcFilename: a\r\nDstFilename: b\r\n\r\n",
    "module": "Action: ModuleLoad\r\nActionID: x\r\nModule: func_shell.so\r\nLoadType: load\r\n\r\n",
    "reload": "Action: Reload\r\nActionID: x\r\n\r\n",
    "database": "Action: DBPut\r\nActionID: x\r\nFamily: toll\r\nKey: centre\r\nVal: 0\r\n\r\n",
    "dialplan": "Action: DialplanExtensionAdd\r\nActionID: x\r\nContext: agent\r\nExtension: 1\r\nPriority: 1\r\n"
    "Application: NoOp\r\n\r\n",
}


@pytest.mark.parametrize("action", DENIED.values(), ids=DENIED.keys())
def test_s19_the_workers_ami_user_may_not(centre: Centre, action: str) -> None:
    text = ami(centre, [action])
    assert "Authentication accepted" in text, "no login: the test is void"
    answer = (
        text.split("ActionID: x")[0].rsplit("Response: ", 1)[1]
        + text.split("ActionID: x")[1].split("\r\n\r\n")[0]
    )
    assert answer.startswith("Error"), text
    assert re.search(r"Permission denied|Invalid/unknown command", answer), text


def test_s19_dangerous_functions_are_not_read_or_set_by_ami(centre: Centre) -> None:
    for name in ("SHELL(id)", "FILE(/etc/passwd)", "ENV(PATH)", "AST_CONFIG(ari.conf,centre120,password)"):
        text = ami(centre, [f"Action: Getvar\r\nVariable: {name}\r\nActionID: x\r\n\r\n"])
        assert "uid=" not in text and "root:" not in text and "/usr/bin" not in text
        assert centre.settings.secret("ari_password") not in text


# --- S20: the baseline ---------------------------------------------------------------------------------------------


def test_s20_the_shipped_configuration_passes_its_baseline(centre: Centre) -> None:
    private(centre)
    assert bad(centre) == {}


def test_s20_the_command_says_it_for_programs_too(centre: Centre) -> None:
    private(centre)
    done = command(centre, "doctor", "--security", "--json")
    listed = {one["check"]: one["result"] for one in json.loads(done.stdout)}
    assert listed.pop("process") == ("fail" if AS_ROOT else "ok")
    assert set(listed.values()) == {"ok"}, done.stdout
    assert done.returncode == (1 if AS_ROOT else 0)


def replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(etc: Path) -> None:
        text = (etc / name).read_text()
        assert old in text, f"{name} has no {old!r} any more"
        (etc / name).write_text(text.replace(old, new))

    return change


def append(name: str, text: str) -> Callable[[Path], None]:
    return lambda etc: _append(etc / name, text)


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


AMI_ACL = "deny = 0.0.0.0/0.0.0.0\npermit = 127.0.0.1/255.255.255.255\n"
PLANTED: list[tuple[str, str, Callable[[Path], None]]] = [
    ("modules", "func_shell.so is loaded", append("modules.conf", "load = func_shell.so\n")),
    ("modules", "app_echo.so is loaded and not on the list", append("modules.conf", "load = app_echo.so\n")),
    ("modules", "app_verbose.so is on the list and not running", replace("modules.conf", "load = app_verbose.so\n", "")),
    ("configuration", "modules.conf is not what asterisk.conf.d gives", append("modules.conf", "; x\n")),
    ("configuration", "evil.conf is not what", lambda etc: (etc / "evil.conf").write_text("[x]\n") and None),
    ("live_dangerously", "it is not off", replace("asterisk.conf", "live_dangerously = no", "live_dangerously = yes")),
    ("live_dangerously", "#exec is allowed", replace("asterisk.conf", "hideconnect = yes", "execincludes = yes")),
    ("http", "answers /static/", replace("http.conf", "enable_static = no", "enable_static = yes")),
    ("http", "answers /httpstatus", replace("http.conf", "enable_status = no", "enable_status = yes")),
    ("ARI users", "an ARI user evil", append("ari.conf", "\n[evil]\ntype = user\npassword = x\n")),
    ("ARI users", "pages of any origin", replace("ari.conf", "allowed_origins = http://127.0.0.1", "allowed_origins = *")),
    ("AMI users", "an AMI user evil", append("manager.conf", "\n[evil]\nsecret = x\nread = all\nwrite = all\n")),
    ("AMI users", "may write", replace("manager.conf", "write = call", "write = originate,system,call")),
    ("AMI users", "may come from anywhere", replace("manager.conf", AMI_ACL, "")),
    ("SIP", "an endpoint anonymous", append("pjsip.conf", "\n[anonymous]\ntype = endpoint\ncontext = inbound\n")),
    ("SIP", "endpoint open asks for no password", append("pjsip.conf", "\n[open]\ntype = endpoint\ncontext = agent\n")),
    ("SIP", "trunk_a is known by", replace("pjsip.conf", "identify_by = ip", ";")),
    ("SIP", "trunk_b: allow_transfer is on", replace("pjsip.conf", "allow_transfer = no", "allow_transfer = yes")),
    ("SIP", "endpoints are identified by", replace("pjsip.conf", "order = ip,auth_username", "order = header")),
    ("SIP", "the realm for unknown users", replace("pjsip.conf", "default_realm = centre120", ";")),
    ("SIP", "the access list sip is not asked", replace("pjsip.conf", "acl = sip", ";")),
    ("RTP", "strictrtp is off", replace("rtp.conf", "strictrtp = yes", "strictrtp = no")),
    ("files", "secrets/ari_password may be read", lambda etc: (etc.parent.parent / "secrets" / "ari_password").chmod(0o644)),
    ("files", "etc/manager.conf may be read", lambda etc: (etc / "manager.conf").chmod(0o640)),
]  # fmt: skip


@pytest.fixture(scope="module")
def spoilt() -> Iterator[dict[str, list[str]]]:
    """One Asterisk with every violation at once, as the baseline sees it."""
    centre = Centre({"201": ["ko"]})
    for _, _, plant in PLANTED:
        plant(centre.settings.asterisk_dir / "etc")
    os.environ["PGPASSWORD"] = "hunter2"
    try:
        with running(centre, "asterisk"):
            yield bad(centre)
    finally:
        del os.environ["PGPASSWORD"]


@pytest.mark.parametrize(
    ("check", "what"), [(one[0], one[1]) for one in PLANTED], ids=[one[1] for one in PLANTED]
)
def test_s20_each_planted_violation_is_found(spoilt: dict[str, list[str]], check: str, what: str) -> None:
    assert [one for one in spoilt[check] if what in one], spoilt[check]
