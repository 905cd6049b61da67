"""The security baseline: what a running Asterisk and its home must look like. Pure: what was seen in, findings out.

`ops/doctor_security.py` looks; nothing here does. Each finding says what was found, where, why it matters and how to mend it.
"""

import re
from collections.abc import Callable, Iterable

from ops.asterisk_part import FLOOR, acceptable, parse_version
from ops.baseline_interfaces import check_ami, check_ari, check_http, check_listeners, check_rtp, check_sip
from ops.baseline_values import OK, WARN, SecurityFinding, Seen, failing, table_of

FORBIDDEN = (
    *("res_stir_shaken", "res_xmpp", "res_config_", "cdr_pgsql", "cel_pgsql", "cdr_odbc", "cel_odbc", "res_odbc"),
    *("func_curl", "res_curl", "func_shell", "func_env", "func_odbc", "app_system", "app_exec", "app_sms"),
    *("app_minivm", "app_externalivr", "app_originate", "chan_unistim", "chan_ooh323", "chan_iax2", "chan_dahdi"),
    *("res_phoneprov", "codec_codec2", "format_ogg_speex", "res_resolver_unbound", "res_prometheus", "res_snmp"),
    *("res_pjsip_endpoint_identifier_anonymous", "res_pjsip_messaging", "func_dbquery", "pbx_ael", "pbx_lua", "pbx_spool"),
)  # fmt: skip
"""Beginnings of modules that must never be loaded: shells, files, networks, SQL, provisioning, decoders with a history."""
SECRET_NAME = re.compile(r"PASS|SECRET|TOKEN|KEY|DATABASE|CREDENTIAL|PGUSER|DSN", re.IGNORECASE)


def judge(seen: Seen) -> list[SecurityFinding]:
    """All checks, in the order of the documentation."""
    found: list[SecurityFinding] = []
    for name, check in CHECKS.items():
        problems = list(check(seen))
        found += problems or [SecurityFinding(name, OK, GOOD[name])]
    return found


# --- version and modules ------------------------------------------------------------------------------------------


def check_version(seen: Seen) -> Iterable[SecurityFinding]:
    version = parse_version(seen.console.get("core show version", ""))
    if not acceptable(version):
        shown = ".".join(map(str, version)) if version else "no version"
        yield failing(
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
            yield failing(
                "modules",
                f"{name} is loaded",
                "module show",
                "it reaches shell, files, network or SQL from the dialplan or a protocol, or parses what strangers send",
                f"take it out of asterisk.conf.d/modules.conf, then `module unload {name}`",
            )
        elif name not in listed:
            yield failing(
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
        yield failing(
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
            yield failing(
                "configuration",
                f"{name} is not what asterisk.conf.d gives",
                f"asterisk/etc/{name}",
                "somebody changed it by hand, or it was not rendered again: what runs is not what was reviewed",
                "change asterisk.conf.d, then ./120 down and ./120 up",
            )


def check_dangerous(seen: Seen) -> Iterable[SecurityFinding]:
    text = seen.rendered.get("asterisk.conf", "")
    if not re.search(r"^\s*live_dangerously\s*=\s*no\s*$", text, re.MULTILINE):
        yield failing(
            "live_dangerously",
            "it is not off",
            "asterisk/etc/asterisk.conf",
            "AMI and ARI may then call functions that reach files, shell and database",
            "live_dangerously = no in asterisk.conf.d/asterisk.conf, ./120 down, ./120 up",
        )
    if (
        table_of(seen.console.get("core show settings", "")).get("executable includes", "Disabled")
        != "Disabled"
    ):
        yield failing(
            "live_dangerously", "#exec is allowed", "core show settings",
            "a configuration file could run programs", "no execincludes in asterisk.conf.d/asterisk.conf",
        )  # fmt: skip


# --- process and files --------------------------------------------------------------------------------------------


def check_process(seen: Seen) -> Iterable[SecurityFinding]:
    if seen.uid == 0:
        yield failing(
            "process", "Asterisk runs as root", "/proc/<pid>/status",
            "one hole in it is the whole machine", "start it with ./120 up, which changes to the account centre120",
        )  # fmt: skip
    for name in sorted(seen.environment):
        if SECRET_NAME.search(name):
            yield failing(
                "process", f"its environment holds {name}", "/proc/<pid>/environ",
                "the dialplan, ARI and a crash dump can read it", "start it with ./120 up, never from a shell with secrets",
            )  # fmt: skip


def check_files(seen: Seen) -> Iterable[SecurityFinding]:
    for one in seen.permissions:
        if one.mode & 0o077:
            yield failing(
                "files", f"{one.path} may be read or written by others (mode {one.mode:03o})", one.path,
                "passwords, phone secrets, recordings: whoever reads them is in", f"chmod go-rwx {one.path}",
            )  # fmt: skip
        elif not one.ours:
            yield failing(
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
