"""The baseline of what can be reached: sockets, HTTP, ARI, AMI, SIP and RTP. Pure; part of ops/baseline.py."""

import re
from collections.abc import Iterable
from ipaddress import ip_address

from ops.baseline_values import WARN, SecurityFinding, Seen, failing, table_of

AMI_READ, AMI_WRITE = {"user"}, {"call", "agent", "reporting"}
ARI_USERS = {"centre120"}
AMI_USERS = {"centre120"}
IDENTIFIERS = "ip,auth_username,username"


# --- what listens -------------------------------------------------------------------------------------------------


def check_listeners(seen: Seen) -> Iterable[SecurityFinding]:
    inside = {seen.ports.get("ari_port"), seen.ports.get("ami_port")}
    for one in seen.listeners:
        if one.kind == "tcp" and one.port in inside and not ip_address(one.address).is_loopback:
            yield failing(
                "listeners",
                f"ARI or AMI listens on {one.address}:{one.port}",
                "/proc/net/tcp",
                "whoever reaches it and guesses a password commands every call",
                "bindaddr = 127.0.0.1 in asterisk.conf.d/http.conf and manager.conf",
            )
        elif one.kind == "tcp" and one.port not in inside | {seen.ports.get("sip_port")}:
            yield failing(
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
        yield failing(
            "http", f"the HTTP server answers {path}", "http show status",
            "static files, status and provisioning tell strangers what runs here, without a password",
            "enable_static = no, enable_status = no; no res_phoneprov, no res_prometheus",
        )  # fmt: skip


def check_ari(seen: Seen) -> Iterable[SecurityFinding]:
    listed = seen.console.get("ari show users", "")
    names = set(re.findall(r"^(?:Yes|No)\s+(?:Yes|No)\s+(\S+)\s*$", listed, re.MULTILINE))
    for name in sorted(names - ARI_USERS):
        yield failing(
            "ARI users", f"there is an ARI user {name}", "ari show users",
            "it may take over the worker's application and every call", "take it out of asterisk.conf.d/ari.conf",
        )  # fmt: skip
    if "Allowed Origins" in (status := seen.console.get("ari show status", "")):
        origins = re.search(r"Allowed Origins:\s*(.*)", status)
        if origins and "*" in origins[1]:
            yield failing(
                "ARI users", "ARI answers pages of any origin", "ari show status",
                "a page in a browser on this machine could speak to it", "allowed_origins = http://127.0.0.1",
            )  # fmt: skip


def check_ami(seen: Seen) -> Iterable[SecurityFinding]:
    listed = seen.console.get("manager show users", "")
    names = {line.strip() for line in listed.splitlines()} - {"", "username"}
    names = {name for name in names if not name.startswith("-") and "configured" not in name}
    for name in sorted(names - AMI_USERS):
        yield failing(
            "AMI users", f"there is an AMI user {name}", "manager show users",
            "each is a way to command calls", "take it out of asterisk.conf.d/manager.conf",
        )  # fmt: skip
    table = table_of(seen.console.get("manager show user centre120", ""))
    for kind, allowed in (("read", AMI_READ), ("write", AMI_WRITE)):
        rights = {word for word in table.get(f"{kind} perm", "").split(",") if word and word != "<none>"}
        if rights - allowed:
            yield failing(
                "AMI users",
                f"centre120 may {kind} {', '.join(sorted(rights - allowed))} too",
                "manager show user centre120",
                "originate, system, config and command reach the machine itself",
                f"{kind} = {','.join(sorted(allowed))} in asterisk.conf.d/manager.conf",
            )
    if table and table.get("acl") != "yes":
        yield failing(
            "AMI users", "centre120 may come from anywhere", "manager show user centre120",
            "its password would be enough", "deny and permit lines in asterisk.conf.d/manager.conf",
        )  # fmt: skip
    if table_of(seen.console.get("manager show settings", "")).get("web manager (ami/http)", "No") != "No":
        yield failing(
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
            yield failing(
                "SIP", "there is an endpoint anonymous", "pjsip show endpoints",
                "anybody may call without a password, and scanners can tell existing users from missing ones",
                "take it out of asterisk.conf.d/pjsip.conf",
            )  # fmt: skip
        elif name not in seen.trunks and "InAuth:" not in block:
            yield failing(
                "SIP", f"endpoint {name} asks for no password", "pjsip show endpoints",
                "whoever writes its name into From is it", "give it an auth, or delete it",
            )  # fmt: skip
        elif name not in seen.trunks and name not in seen.agents:
            yield failing(
                "SIP", f"endpoint {name} is neither trunk nor agent of the roster", "pjsip show endpoints",
                "an account that nobody watches", "delete it; agents are added on the page Agents",
            )  # fmt: skip
    for trunk in seen.trunks:
        table = table_of(seen.console.get(f"pjsip show endpoint {trunk}", ""))
        if table.get("identify_by") != "ip":
            yield failing(
                "SIP", f"{trunk} is known by {table.get('identify_by', 'nothing')}", f"pjsip show endpoint {trunk}",
                "an INVITE from anywhere whose From names the trunk is the trunk, unasked",
                "identify_by = ip in asterisk.conf.d/pjsip.conf",
            )  # fmt: skip
        for option in ("allow_transfer", "allow_unauthenticated_options"):
            if table.get(option, "false") != "false":
                yield failing(
                    "SIP", f"{trunk}: {option} is on", f"pjsip show endpoint {trunk}",
                    "the network could move calls, or scan", f"{option} = no in asterisk.conf.d/pjsip.conf",
                )  # fmt: skip
    table = table_of(seen.console.get("pjsip show settings", ""))
    if table.get("endpoint_identifier_order") != IDENTIFIERS:
        yield failing(
            "SIP", f"endpoints are identified by {table.get('endpoint_identifier_order', 'nothing')}", "pjsip show settings",
            "a header would decide who somebody is", f"endpoint_identifier_order = {IDENTIFIERS}",
        )  # fmt: skip
    if table.get("default_realm") != "centre120":
        yield failing(
            "SIP", f"the realm for unknown users is {table.get('default_realm', 'unknown')}", "pjsip show settings",
            "it differs from the agents': a scanner reads from it who exists", "default_realm = centre120",
        )  # fmt: skip
    if not re.search(r"^\s*acl\s*=\s*sip\s*$", seen.rendered.get("pjsip.conf", ""), re.MULTILINE) or (
        "ACL: sip" not in seen.console.get("acl show sip", "")
    ):
        yield failing(
            "SIP", "the access list sip is not asked", "acl show sip",
            "bans would not be in force", "[sip] type = acl, acl = sip in asterisk.conf.d/pjsip.conf",
        )  # fmt: skip


def check_rtp(seen: Seen) -> Iterable[SecurityFinding]:
    if table_of(seen.console.get("rtp show settings", "")).get("strict rtp") != "Yes":
        yield failing(
            "RTP", "strictrtp is off", "rtp show settings",
            "anybody who finds the port speaks into the call, or gets its audio", "strictrtp = yes in asterisk.conf.d/rtp.conf",
        )  # fmt: skip
    if seen.bind_host and not ip_address(seen.bind_host).is_loopback:
        yield SecurityFinding(
            "RTP", WARN, "SIP and audio are not encrypted", f"CENTRE120_BIND_HOST={seen.bind_host}",
            "there is no TLS and no SRTP yet: who is on the same network can listen",
            "keep phones and trunks on networks you trust, or in a VPN",
        )  # fmt: skip
