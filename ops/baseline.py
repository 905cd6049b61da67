"""The security baseline: what a running Asterisk and its home must look like. Pure: what was seen in, findings out.

`ops/doctor_security.py` looks; nothing here does. Each finding says what was found, where, why it matters and how to mend it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from ops.asterisk_part import FLOOR, acceptable, parse_version

OK, WARN, FAIL = "ok", "warn", "fail"

FORBIDDEN = (
    *("res_stir_shaken", "res_xmpp", "res_config_", "cdr_pgsql", "cel_pgsql", "cdr_odbc", "cel_odbc", "res_odbc"),
    *("func_curl", "res_curl", "func_shell", "func_env", "func_odbc", "app_system", "app_exec", "app_sms"),
    *("app_minivm", "app_externalivr", "app_originate", "chan_unistim", "chan_ooh323", "chan_iax2", "chan_dahdi"),
    *("res_phoneprov", "codec_codec2", "format_ogg_speex", "res_resolver_unbound", "res_prometheus", "res_snmp"),
    *("res_pjsip_endpoint_identifier_anonymous", "res_pjsip_messaging", "func_dbquery", "pbx_ael", "pbx_lua", "pbx_spool"),
)  # fmt: skip
"""Beginnings of modules that must never be loaded: shells, files, networks, SQL, provisioning, decoders with a history."""
AMI_READ, AMI_WRITE = {"user"}, {"call", "agent", "reporting"}
ARI_USERS = {"centre120"}
AMI_USERS = {"centre120"}
IDENTIFIERS = "ip,auth_username,username"
SECRET_NAME = re.compile(r"PASS|SECRET|TOKEN|KEY|DATABASE|CREDENTIAL|PGUSER|DSN", re.IGNORECASE)


@dataclass(frozen=True)
class SecurityFinding:
    """One line of `./120 doctor --security`."""

    check: str
    result: str  # ok, warn, fail
    what: str
    where: str = ""
    why: str = ""
    mend: str = ""


@dataclass(frozen=True)
class Listener:
    """A socket that Asterisk listens on."""

    kind: str  # tcp, udp
    address: str
    port: int


@dataclass(frozen=True)
class Permission:
    """Mode bits and owner of a file below the home."""

    path: str
    mode: int
    ours: bool  # belongs to the account that runs Asterisk


@dataclass(frozen=True)
class Seen:
    """Everything that was looked at. `console` maps a command of Asterisk's console to its answer ("" when there was none)."""

    console: Mapping[str, str]
    rendered: Mapping[str, str] = field(default_factory=dict)  # file name -> text in <home>/asterisk/etc
    expected: Mapping[str, str] = field(default_factory=dict)  # file name -> text as asterisk.conf.d gives it
    agents: frozenset[str] = frozenset()  # extensions of the roster
    listeners: tuple[Listener, ...] = ()
    uid: int | None = None
    environment: tuple[str, ...] = ()  # names of variables
    permissions: tuple[Permission, ...] = ()
    ports: Mapping[str, int] = field(default_factory=dict)  # sip_port, ari_port, ami_port
    bind_host: str = "127.0.0.1"
    trunks: tuple[str, ...] = ()
    today: str = ""  # YYYYMMDD in the centre's zone


def judge(seen: Seen) -> list[SecurityFinding]:
    """All checks, in the order of the documentation."""
    found: list[SecurityFinding] = []
    for name, check in CHECKS.items():
        problems = list(check(seen))
        found += problems or [SecurityFinding(name, OK, GOOD[name])]
    return found


def _fail(check: str, what: str, where: str, why: str, mend: str) -> SecurityFinding:
    return SecurityFinding(check, FAIL, what, where, why, mend)


def _table(text: str) -> dict[str, str]:
    """`name : value` lines; the first of a name counts."""
    found: dict[str, str] = {}
    for name, colon, value in (line.partition(":") for line in text.splitlines()):
        if colon:
            found.setdefault(name.strip(" *").lower(), value.strip())
    return found


# --- version and modules ------------------------------------------------------------------------------------------


def check_version(seen: Seen) -> Iterable[SecurityFinding]:
    version = parse_version(seen.console.get("core show version", ""))
    if not acceptable(version):
        shown = ".".join(map(str, version)) if version else "no version"
        yield _fail(
            "version",
            f"the running Asterisk is {shown}",
            "core show version",
            f"below {'.'.join(map(str, FLOOR))} there are twenty published holes; another branch was never tried",
            "./120 down, delete <parts>/asterisk-*, ./120 up",
        )


def modules_running(text: str) -> set[str]:
    """Names from `module show`."""
    return set(re.findall(r"^(\w+\.so)\s", text, re.MULTILINE))


def modules_listed(modules_conf: str) -> set[str]:
    """Names that modules.conf loads."""
    return set(re.findall(r"^\s*(?:pre)?load\s*=>?\s*(\w+\.so)", modules_conf, re.MULTILINE))


def check_modules(seen: Seen) -> Iterable[SecurityFinding]:
    running = modules_running(seen.console.get("module show", ""))
    listed = modules_listed(seen.expected.get("modules.conf", ""))
    for name in sorted(running):
        if name.startswith(FORBIDDEN):
            yield _fail(
                "modules",
                f"{name} is loaded",
                "module show",
                "it reaches shell, files, network or SQL from the dialplan or a protocol, or parses what strangers send",
                f"take it out of asterisk.conf.d/modules.conf, then `module unload {name}`",
            )
        elif name not in listed:
            yield _fail(
                "modules",
                f"{name} is loaded and not on the list",
                "module show",
                "what is not relied on is not tested and not watched",
                f"`module unload {name}`, or list it in asterisk.conf.d/modules.conf with its reason",
            )
    for name in sorted(listed - running):
        yield SecurityFinding(
            "modules", WARN, f"{name} is on the list and not running", "module show",
            "something the centre relies on is missing", "read messages.log, ./120 restart asterisk",
        )  # fmt: skip
    if not re.search(r"^\s*autoload\s*=\s*no\s*$", seen.rendered.get("modules.conf", ""), re.MULTILINE):
        yield _fail(
            "modules",
            "autoload is not off",
            "asterisk/etc/modules.conf",
            "everything that lies in the modules' folder is loaded",
            "autoload = no in asterisk.conf.d/modules.conf",
        )


# --- configuration ------------------------------------------------------------------------------------------------


def check_configuration(seen: Seen) -> Iterable[SecurityFinding]:
    for name in sorted(set(seen.rendered) | set(seen.expected)):
        if seen.rendered.get(name) != seen.expected.get(name):
            yield _fail(
                "configuration",
                f"{name} is not what asterisk.conf.d gives",
                f"asterisk/etc/{name}",
                "somebody changed it by hand, or it was not rendered again: what runs is not what was reviewed",
                "change asterisk.conf.d, then ./120 down and ./120 up",
            )


def check_dangerous(seen: Seen) -> Iterable[SecurityFinding]:
    text = seen.rendered.get("asterisk.conf", "")
    if not re.search(r"^\s*live_dangerously\s*=\s*no\s*$", text, re.MULTILINE):
        yield _fail(
            "live_dangerously",
            "it is not off",
            "asterisk/etc/asterisk.conf",
            "AMI and ARI may then call functions that reach files, shell and database",
            "live_dangerously = no in asterisk.conf.d/asterisk.conf, ./120 down, ./120 up",
        )
    if (
        _table(seen.console.get("core show settings", "")).get("executable includes", "Disabled")
        != "Disabled"
    ):
        yield _fail(
            "live_dangerously", "#exec is allowed", "core show settings",
            "a configuration file could run programs", "no execincludes in asterisk.conf.d/asterisk.conf",
        )  # fmt: skip


# --- what listens -------------------------------------------------------------------------------------------------


def check_listeners(seen: Seen) -> Iterable[SecurityFinding]:
    inside = {seen.ports.get("ari_port"), seen.ports.get("ami_port")}
    for one in seen.listeners:
        if one.kind == "tcp" and one.port in inside and not ip_address(one.address).is_loopback:
            yield _fail(
                "listeners",
                f"ARI or AMI listens on {one.address}:{one.port}",
                "/proc/net/tcp",
                "whoever reaches it and guesses a password commands every call",
                "bindaddr = 127.0.0.1 in asterisk.conf.d/http.conf and manager.conf",
            )
        elif one.kind == "tcp" and one.port not in inside | {seen.ports.get("sip_port")}:
            yield _fail(
                "listeners", f"Asterisk listens on {one.address}:{one.port}/tcp, which nobody asked for", "/proc/net/tcp",
                "a service that is not used is only a way in", "find its module in `module show` and take it out",
            )  # fmt: skip
        elif one.port == seen.ports.get("sip_port") and one.address in ("0.0.0.0", "::"):  # noqa: S104 - compared
            yield SecurityFinding(
                "listeners", WARN, f"SIP listens on every address ({one.kind})", "/proc/net",
                "also on networks where no agent and no trunk is", "set CENTRE120_BIND_HOST to one address",
            )  # fmt: skip


def check_http(seen: Seen) -> Iterable[SecurityFinding]:
    text = seen.console.get("http show status", "")
    served = set(re.findall(r"^(/\S+) =>", text, re.MULTILINE))
    for path in sorted(served - {"/ari/...", "/ws"}):
        yield _fail(
            "http", f"the HTTP server answers {path}", "http show status",
            "static files, status and provisioning tell strangers what runs here, without a password",
            "enable_static = no, enable_status = no; no res_phoneprov, no res_prometheus",
        )  # fmt: skip


def check_ari(seen: Seen) -> Iterable[SecurityFinding]:
    listed = seen.console.get("ari show users", "")
    names = set(re.findall(r"^(?:Yes|No)\s+(?:Yes|No)\s+(\S+)\s*$", listed, re.MULTILINE))
    for name in sorted(names - ARI_USERS):
        yield _fail(
            "ARI users", f"there is an ARI user {name}", "ari show users",
            "it may take over the worker's application and every call", "take it out of asterisk.conf.d/ari.conf",
        )  # fmt: skip
    if "Allowed Origins" in (status := seen.console.get("ari show status", "")):
        origins = re.search(r"Allowed Origins:\s*(.*)", status)
        if origins and "*" in origins[1]:
            yield _fail(
                "ARI users", "ARI answers pages of any origin", "ari show status",
                "a page in a browser on this machine could speak to it", "allowed_origins = http://127.0.0.1",
            )  # fmt: skip


def check_ami(seen: Seen) -> Iterable[SecurityFinding]:
    listed = seen.console.get("manager show users", "")
    names = {line.strip() for line in listed.splitlines()} - {"", "username"}
    names = {name for name in names if not name.startswith("-") and "configured" not in name}
    for name in sorted(names - AMI_USERS):
        yield _fail(
            "AMI users", f"there is an AMI user {name}", "manager show users",
            "each is a way to command calls", "take it out of asterisk.conf.d/manager.conf",
        )  # fmt: skip
    table = _table(seen.console.get("manager show user centre120", ""))
    for kind, allowed in (("read", AMI_READ), ("write", AMI_WRITE)):
        rights = {word for word in table.get(f"{kind} perm", "").split(",") if word and word != "<none>"}
        if rights - allowed:
            yield _fail(
                "AMI users",
                f"centre120 may {kind} {', '.join(sorted(rights - allowed))} too",
                "manager show user centre120",
                "originate, system, config and command reach the machine itself",
                f"{kind} = {','.join(sorted(allowed))} in asterisk.conf.d/manager.conf",
            )
    if table and table.get("acl") != "yes":
        yield _fail(
            "AMI users", "centre120 may come from anywhere", "manager show user centre120",
            "its password would be enough", "deny and permit lines in asterisk.conf.d/manager.conf",
        )  # fmt: skip
    if _table(seen.console.get("manager show settings", "")).get("web manager (ami/http)", "No") != "No":
        yield _fail(
            "AMI users", "AMI is served over HTTP", "manager show settings",
            "it shares a port with ARI, and cookies take the place of a connection", "webenabled = no",
        )  # fmt: skip


# --- SIP ----------------------------------------------------------------------------------------------------------


def endpoints(text: str) -> dict[str, str]:
    """Name -> everything `pjsip show endpoints` says below it."""
    blocks = re.split(r"^ Endpoint:  ", text, flags=re.MULTILINE)[2:]  # the first is the legend
    return {block.split()[0].split("/")[0]: block for block in blocks if block.split()}


def check_sip(seen: Seen) -> Iterable[SecurityFinding]:
    for name, block in endpoints(seen.console.get("pjsip show endpoints", "")).items():
        if name == "anonymous":
            yield _fail(
                "SIP", "there is an endpoint anonymous", "pjsip show endpoints",
                "anybody may call without a password, and scanners can tell existing users from missing ones",
                "take it out of asterisk.conf.d/pjsip.conf",
            )  # fmt: skip
        elif name not in seen.trunks and "InAuth:" not in block:
            yield _fail(
                "SIP", f"endpoint {name} asks for no password", "pjsip show endpoints",
                "whoever writes its name into From is it", "give it an auth, or delete it",
            )  # fmt: skip
        elif name not in seen.trunks and name not in seen.agents:
            yield _fail(
                "SIP", f"endpoint {name} is neither trunk nor agent of the roster", "pjsip show endpoints",
                "an account that nobody watches", "delete it; agents are added on the page Agents",
            )  # fmt: skip
    for trunk in seen.trunks:
        table = _table(seen.console.get(f"pjsip show endpoint {trunk}", ""))
        if table.get("identify_by") != "ip":
            yield _fail(
                "SIP", f"{trunk} is known by {table.get('identify_by', 'nothing')}", f"pjsip show endpoint {trunk}",
                "an INVITE from anywhere whose From names the trunk is the trunk, unasked",
                "identify_by = ip in asterisk.conf.d/pjsip.conf",
            )  # fmt: skip
        for option in ("allow_transfer", "allow_unauthenticated_options"):
            if table.get(option, "false") != "false":
                yield _fail(
                    "SIP", f"{trunk}: {option} is on", f"pjsip show endpoint {trunk}",
                    "the network could move calls, or scan", f"{option} = no in asterisk.conf.d/pjsip.conf",
                )  # fmt: skip
    table = _table(seen.console.get("pjsip show settings", ""))
    if table.get("endpoint_identifier_order") != IDENTIFIERS:
        yield _fail(
            "SIP", f"endpoints are identified by {table.get('endpoint_identifier_order', 'nothing')}", "pjsip show settings",
            "a header would decide who somebody is", f"endpoint_identifier_order = {IDENTIFIERS}",
        )  # fmt: skip
    if table.get("default_realm") != "centre120":
        yield _fail(
            "SIP", f"the realm for unknown users is {table.get('default_realm', 'unknown')}", "pjsip show settings",
            "it differs from the agents': a scanner reads from it who exists", "default_realm = centre120",
        )  # fmt: skip
    if not re.search(r"^\s*acl\s*=\s*sip\s*$", seen.rendered.get("pjsip.conf", ""), re.MULTILINE) or (
        "ACL: sip" not in seen.console.get("acl show sip", "")
    ):
        yield _fail(
            "SIP", "the access list sip is not asked", "acl show sip",
            "bans would not be in force", "[sip] type = acl, acl = sip in asterisk.conf.d/pjsip.conf",
        )  # fmt: skip


def check_rtp(seen: Seen) -> Iterable[SecurityFinding]:
    if _table(seen.console.get("rtp show settings", "")).get("strict rtp") != "Yes":
        yield _fail(
            "RTP", "strictrtp is off", "rtp show settings",
            "anybody who finds the port speaks into the call, or gets its audio", "strictrtp = yes in asterisk.conf.d/rtp.conf",
        )  # fmt: skip
    if seen.bind_host and not ip_address(seen.bind_host).is_loopback:
        yield SecurityFinding(
            "RTP", WARN, "SIP and audio are not encrypted", f"CENTRE120_BIND_HOST={seen.bind_host}",
            "there is no TLS and no SRTP yet: who is on the same network can listen",
            "keep phones and trunks on networks you trust, or in a VPN",
        )  # fmt: skip


# --- process and files --------------------------------------------------------------------------------------------


def check_process(seen: Seen) -> Iterable[SecurityFinding]:
    if seen.uid == 0:
        yield _fail(
            "process", "Asterisk runs as root", "/proc/<pid>/status",
            "one hole in it is the whole machine", "start it with ./120 up, which changes to the account centre120",
        )  # fmt: skip
    for name in sorted(seen.environment):
        if SECRET_NAME.search(name):
            yield _fail(
                "process", f"its environment holds {name}", "/proc/<pid>/environ",
                "the dialplan, ARI and a crash dump can read it", "start it with ./120 up, never from a shell with secrets",
            )  # fmt: skip


def check_files(seen: Seen) -> Iterable[SecurityFinding]:
    for one in seen.permissions:
        if one.mode & 0o077:
            yield _fail(
                "files", f"{one.path} may be read or written by others (mode {one.mode:03o})", one.path,
                "passwords, phone secrets, recordings: whoever reads them is in", f"chmod go-rwx {one.path}",
            )  # fmt: skip
        elif not one.ours:
            yield _fail(
                "files", f"{one.path} belongs to another account", one.path,
                "its owner can change it", f"give it back: chown <account of the centre> {one.path}",
            )  # fmt: skip


def check_toll(seen: Seen) -> Iterable[SecurityFinding]:
    text = seen.console.get("database show toll", "")
    found = re.search(r"^/toll/alarm\s*:\s*(\d{8})-([a-z-]+?)-(\d*)\s*$", text, re.MULTILINE)
    if found and found[1] == seen.today:
        yield SecurityFinding(
            "toll", WARN, f"a call out was refused today: {found[2]}, agent {found[3] or 'unknown'}", "database show toll",
            "a number that nobody should dial, or more calls than usual", "CENTRE_TOLL_REFUSED in cel.json says which",
        )  # fmt: skip


CHECKS: dict[str, Callable[[Seen], Iterable[SecurityFinding]]] = {
    "version": check_version,
    "modules": check_modules,
    "configuration": check_configuration,
    "live_dangerously": check_dangerous,
    "listeners": check_listeners,
    "http": check_http,
    "ARI users": check_ari,
    "AMI users": check_ami,
    "SIP": check_sip,
    "RTP": check_rtp,
    "process": check_process,
    "files": check_files,
    "toll": check_toll,
}
GOOD = {
    "version": "at or above the floor",
    "modules": "exactly those of the list, none of the forbidden",
    "configuration": "as asterisk.conf.d gives it",
    "live_dangerously": "off, no #exec",
    "listeners": "ARI and AMI on loopback, nothing unasked",
    "http": "ARI and its websocket only",
    "ARI users": "one, of ari_app",
    "AMI users": "one, without originate, system, config, command",
    "SIP": "trunks by address, agents by password, nobody else; bans are asked",
    "RTP": "strict",
    "process": "no root, no secrets in its environment",
    "files": "for the account of the centre only",
    "toll": "nothing refused today",
}
