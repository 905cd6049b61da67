"""The supervised programs: names as in `./120 status`, commands, order of start and stop. Pure."""

import importlib.util
import sys
from dataclasses import dataclass, field

from centre120.settings import REPOSITORY, Settings

MODULES = {
    "agi": "agi.__main__",
    "ari_app": "ari_app.__main__",
    "recorder": "ops.recorder",
    "watch": "ops.watch",
    "web": "web.__main__",
    "guard": "ops.guard",
    "robots": "phones.robots",
}


@dataclass(frozen=True)
class Program:
    """One program under supervision."""

    name: str
    command: tuple[str, ...]
    priority: int  # started in rising order, stopped in falling order
    stop_signal: str = "TERM"
    stop_seconds: int = 5
    autostart: bool = False  # `up` starts the others when what they need is ready
    environment: dict[str, str] = field(default_factory=dict)


def python_program(name: str, module: str, priority: int, *arguments: str) -> Program:
    """A program of ours; all of them end within 3 s of SIGTERM."""
    return Program(name, (sys.executable, "-m", module, *arguments), priority)


def is_built(name: str) -> bool:
    """Whether this checkout holds the module of that program."""
    try:
        return importlib.util.find_spec(MODULES[name]) is not None
    except ModuleNotFoundError:
        return False


def asterisk_program(settings: Settings) -> Program:
    """Asterisk in the foreground. Its clock is the city's; its environment holds nothing else of ours."""
    command = (
        str(settings.parts_dir / "bin" / "asterisk"),
        "-f",
        "-n",  # no colours in a log file
        "-C",
        str(settings.asterisk_dir / "etc" / "asterisk.conf"),
    )
    return Program("asterisk", command, 20, stop_seconds=10, environment={"TZ": settings.time_zone})


def postgres_program(settings: Settings) -> Program:
    """The private PostgreSQL; SIGINT is its fast shutdown."""
    command = (str(settings.parts_dir / "bin" / "postgres"), "-D", str(settings.postgres_dir))
    return Program("postgresql", command, 10, stop_signal="INT", stop_seconds=20, autostart=True)


def ari_programs(workers: int) -> list[Program]:
    """`ari_app`, and with more workers `ari_app-2`, `ari_app-3`: each a Stasis application of its own."""
    first = python_program("ari_app", "ari_app", 40)
    more = [
        python_program(f"ari_app-{number}", "ari_app", 40, "--worker", str(number))
        for number in range(2, workers + 1)
    ]
    return [first, *more]


def programs(settings: Settings) -> list[Program]:
    """What this installation runs, in the order of their start; what is not built yet is left out."""
    listed = [] if settings.database_url else [postgres_program(settings)]
    listed.append(asterisk_program(settings))
    if is_built("agi"):
        listed.append(python_program("agi", "agi", 30))
    if is_built("ari_app"):
        listed += ari_programs(settings.workers)
    if is_built("recorder"):
        listed.append(python_program("recorder", "ops.recorder", 50))
    if is_built("web"):
        listed.append(python_program("web", "web", 60))
    if is_built("guard"):
        listed.append(python_program("guard", "ops.guard", 65))
    if is_built("watch"):
        listed.append(python_program("watch", "ops.watch", 65))
    if settings.demo and is_built("robots"):
        listed.append(python_program("robots", "phones.robots", 70))
    return listed


def not_built(settings: Settings) -> list[str]:
    """Programs that the architecture names and this checkout lacks."""
    return [name for name in MODULES if not is_built(name) and (settings.demo or name != "robots")]


WORKING_DIRECTORY = REPOSITORY
