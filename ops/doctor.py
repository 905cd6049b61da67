"""`./120 doctor`: what is wrong, why it matters, what to do. Looks only; changes nothing."""

import importlib
import importlib.metadata
import json
import platform
import shutil
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from centre120.errors import CentreError
from centre120.settings import Settings
from centre120.watch_policy import ALARM_SECONDS, rule_of
from ops import asterisk_part, checks, migrate, parts, recipes, supervise
from ops.asterisk_config import open_files
from ops.programs import not_built, programs
from ops.watch.watch import silent_programs

FILES_OF_A_TALK, FILES_BESIDES = 10, 200
"""Descriptors of Asterisk: RTP and RTCP of two legs, their threads' wake-ups, the recording; and sockets, logs, agents."""
OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor."""

    check: str
    result: str  # ok, warn, fail
    found: str
    next_step: str = ""


def from_problems(name: str, problems: Iterable[CentreError], good: str) -> list[Finding]:
    """Findings of a check that lists errors."""
    listed = [Finding(name, FAIL, one.text, one.next_step) for one in problems]
    return listed or [Finding(name, OK, good)]


def check_ports(settings: Settings, running: bool) -> list[Finding]:
    """Whether the ports could be had; of a running centre the programs hold them."""
    if running:
        return [Finding("ports", OK, "held by the running centre")]
    return from_problems("ports", checks.port_problems(checks.ports(settings)), "all free")


def check_host_name() -> Finding:
    """Asterisk resolves the host's own name at call set-up; without an entry calls wait for DNS (5 s)."""
    name = socket.gethostname()
    try:
        hosts = Path("/etc/hosts").read_text(encoding="utf-8")
    except OSError:
        hosts = ""
    if name_in_hosts(name, hosts):
        return Finding("host name", OK, f"{name} is in /etc/hosts")
    return Finding(
        "host name",
        WARN,
        f"{name} is not in /etc/hosts: where DNS is slow, call set-up waits for it.",
        f"Add the line `127.0.1.1 {name}` to /etc/hosts.",
    )


def name_in_hosts(name: str, hosts: str) -> bool:
    """Whether the text of /etc/hosts gives `name` an address."""
    lines = (line.split("#")[0].split() for line in hosts.splitlines())
    return any(name in words[1:] for words in lines)


def check_parts(settings: Settings) -> list[Finding]:
    """Asterisk, PostgreSQL, espeak-ng."""
    findings = []
    asterisk = asterisk_part.find(settings.parts_dir)
    lacking = asterisk_part.modules_lacking(asterisk, recipes.modules_conf()) if asterisk else []
    if asterisk and lacking:
        found = f"{asterisk.version} lacks modules that the centre loads: {', '.join(lacking[:5])}."
        step = "./120 down, then ./120 up fetches it again."
        if not asterisk.part.fetched:
            step = "Install the rest of its modules (asterisk-modules) on the machine."
        findings.append(Finding("Asterisk", FAIL, found, step))
    elif asterisk:
        where = "unpacked" if asterisk.part.fetched else "the machine's own"
        findings.append(Finding("Asterisk", OK, f"{asterisk.version}, {where}"))
    else:
        findings.append(Finding("Asterisk", WARN, "not fetched yet", "./120 up fetches it."))
    majors = recipes.postgres_majors(recipes.POSTGRES_LIBRARY, recipes.POSTGRES_SHARE)
    fetched = parts.current(settings.parts_dir, "postgresql")
    if settings.database_url:
        findings.append(check_database(settings.database_url))
    elif majors or fetched:
        found = (
            f"{majors[0]}, the machine's own" if majors else f"{fetched.version}, unpacked" if fetched else ""
        )
        findings.append(Finding("PostgreSQL", OK, found))
    else:
        findings.append(Finding("PostgreSQL", WARN, "not fetched yet", "./120 up fetches it."))
    if not Path("/usr/share/zoneinfo", settings.time_zone).exists():
        findings.append(
            Finding(
                "time zone",
                FAIL,
                f"/usr/share/zoneinfo has no {settings.time_zone}: hours and reports would be wrong.",
                "Install the package tzdata, or correct CENTRE120_TIME_ZONE.",
            )
        )
    return findings


def check_database(url: str) -> Finding:
    """Whether the database of CENTRE120_DATABASE_URL listens."""
    try:
        migrate.check_reachable(url)
    except CentreError as error:
        return Finding("database", FAIL, error.text, error.next_step)
    return Finding("database", OK, f"{migrate.without_password(url)} answers")


def check_programs(settings: Settings) -> list[Finding]:
    """Whether each program runs, once the centre was started."""
    known = supervise.states(settings)
    if not known:
        return [Finding("programs", WARN, "nothing runs", "Start the centre with ./120 up.")]
    findings = []
    for name in dict.fromkeys([program.name for program in programs(settings)] + list(known)):
        state = known.get(name, supervise.State("stopped", None))
        good = state.state == "running"
        step = "" if good else f"Read {settings.log_dir / name}.log, then ./120 restart {name}."
        findings.append(Finding(name, OK if good else FAIL, f"{state.state}: {state.detail}", step))
    findings += _silent(settings, set(known))
    findings += [Finding(name, WARN, "not built yet") for name in not_built(settings)]
    return findings


def _silent(settings: Settings, running: set[str]) -> list[Finding]:
    """Programs that run and do not answer, as the program `watch` finds them."""
    silent = silent_programs(settings.state_dir, datetime.now(UTC))
    if silent is None:
        return [Finding("watch", FAIL, "says nothing: frozen programs go unnoticed", "./120 restart watch.")]
    return [
        Finding(name, FAIL, f"runs and has not answered for {seconds:.0f} s", _silent_step(name))
        for name, seconds in silent.items()
        if name in running and seconds >= ALARM_SECONDS
    ]


def _silent_step(name: str) -> str:
    if rule_of(name).end_seconds is None:
        return f"Calls go on without it. Find out why, then ./120 restart {name}."
    return f"It is ended and started anew by itself; if not, ./120 restart {name}."


def parse_contacts(text: str) -> dict[str, str]:
    """Contact -> OPTIONS state (Avail, Unavail, NonQual) from `pjsip show contacts`."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 4 and words[0] == "Contact:" and "/" in words[1] and not words[1].startswith("<"):
            found[words[1]] = words[3]
    return found


def check_open_files(most_citizens: int, files: int) -> Finding:
    """Whether `files` descriptors suffice for so many citizens (docs/decisions/all-lines-busy.md)."""
    needed = FILES_OF_A_TALK * most_citizens + FILES_BESIDES
    if files >= needed:
        return Finding("open files", OK, f"Asterisk may have {files}")
    return Finding(
        "open files",
        WARN,
        f"Asterisk may have {files}, and {most_citizens} citizens who talk need {needed}.",
        f"Raise the account's hard limit (ulimit -Hn), or set CENTRE120_MAX_CITIZENS to"
        f" {max(1, (files - FILES_BESIDES) // FILES_OF_A_TALK)}.",
    )


def check_trunks(settings: Settings) -> list[Finding]:
    """Whether the trunks answer OPTIONS, as Asterisk sees it."""
    state = supervise.states(settings).get("asterisk")
    if state is None or state.state != "running":
        return []
    command = [str(settings.parts_dir / "bin" / "asterisk"), "-C"]
    command += [str(settings.asterisk_dir / "etc" / "asterisk.conf"), "-rx", "pjsip show contacts"]
    try:
        text = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10).stdout
    except subprocess.TimeoutExpired:
        return [Finding("trunks", FAIL, "Asterisk's console does not answer.", "./120 restart asterisk")]
    trunks = {name: word for name, word in parse_contacts(text).items() if name.startswith("trunk_")}
    return [
        Finding(name.split("/")[0], OK, f"{name.split('/', 1)[1]} answers OPTIONS")
        if word.startswith("Avail")
        else Finding(
            name.split("/")[0],
            WARN,
            f"{name.split('/', 1)[1]} does not answer OPTIONS ({word}): calls out by it fail.",
            f"Ask the carrier, or correct CENTRE120_{name.split('/')[0].upper()}_HOST and _PORT.",
        )
        for name, word in trunks.items()
    ]


def check_prompts(settings: Settings) -> list[Finding]:
    """Prompts that a citizen would hear in another language for want of a recording."""
    try:
        listing = importlib.import_module("ops.prompts").missing_recordings
    except (ModuleNotFoundError, AttributeError):
        return []
    missing: list[tuple[str, str]] = listing(settings)
    if not missing:
        return [Finding("prompts", OK, "every prompt has a voice in its language")]
    counts = Counter(language for language, _ in missing)
    some = ", ".join(f"{language}/{prompt}" for language, prompt in missing[:5])
    return [
        Finding(
            "prompts",
            WARN,
            f"no voice for {', '.join(f'{count} prompts in {language}' for language, count in counts.items())}"
            f" ({some}{' ...' if len(missing) > 5 else ''}): English is played in their place.",
            "./120 prompts list --missing has the texts; record them as sounds/recordings/<language>/<id>.wav.",
        )
    ]


def check_books(settings: Settings) -> list[Finding]:
    """Whether the last night's books balanced; says nothing when the database can not be asked."""
    from centre120.store.books import list_kept_books
    from centre120.store.database import Database, StoreUnavailable

    if supervise.supervisor_pid(settings) is None:
        return []
    database = Database(settings.sqlalchemy_url, pool_size=1, application="doctor")
    try:
        with database.transaction() as tx:
            kept = list_kept_books(tx, 1)
    except StoreUnavailable:
        return []  # the programs' own findings name it
    finally:
        database.close()
    if not kept:
        return [Finding("books", OK, f"none are kept yet; the recorder makes them at {settings.books_at}")]
    last = kept[0]
    night = f"for the days before {last.until_at.astimezone(ZoneInfo(settings.time_zone)):%Y-%m-%d}"
    if last.balanced:
        return [Finding("books", OK, f"balanced, {last.invites} INVITEs, {night}")]
    found = (
        f"NOT balanced, {night}: {last.discrepancies} discrepancies, {last.unread_records} records unread."
    )
    since = f"{last.since_at.astimezone(ZoneInfo(settings.time_zone)):%Y-%m-%dT%H:%M}"
    return [Finding("books", FAIL, found, f"./120 books --since {since} names each with its call.")]


def findings(settings: Settings) -> list[Finding]:
    """All checks."""
    running = supervise.supervisor_pid(settings) is not None
    free = shutil.disk_usage(checks.existing_parent(settings.home)).free // 1_000_000
    return [
        Finding("Python", OK, f"{platform.python_version()} ({sys.executable})"),
        Finding("home", OK, str(settings.home)),
        *from_problems("socket paths", checks.path_problems(settings), "short enough"),
        *from_problems("disk", checks.disk_problems(settings.home, checks.ROOM_TO_RUN), f"{free} MB free"),
        check_host_name(),
        *check_ports(settings, running),
        *check_parts(settings),
        check_open_files(settings.max_citizens, open_files()),
        *check_programs(settings),
        *check_trunks(settings),
        *check_prompts(settings),
        *check_books(settings),
    ]


def report(settings: Settings, as_json: bool) -> int:
    """Prints the findings. Exit code 1 when one is `fail`."""
    listed = findings(settings)
    if as_json:
        print(json.dumps([asdict(one) for one in listed], ensure_ascii=False))
    else:
        for one in listed:
            print(f"{one.result:<5} {one.check}: {one.found}")
            if one.next_step:
                print(f"      -> {one.next_step}")
    return 1 if any(one.result == FAIL for one in listed) else 0


def version_lines(settings: Settings) -> list[str]:
    """Versions, one a line."""
    import tomllib

    from centre120.settings import REPOSITORY

    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [f"centre120 {project['version']}", f"Python {platform.python_version()}"]
    lines += [
        f"{one.check} {one.found}" for one in check_parts(settings) if one.check in ("Asterisk", "PostgreSQL")
    ]
    return lines
