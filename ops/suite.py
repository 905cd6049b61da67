"""`./120 check` and `./120 test`: the same commands for a person, for CI and before a release.

`test` has a home and ports of its own and so runs beside a running centre, and beside itself. Caches go
below the home, because the checkout may belong to another account.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from centre120.settings import REPOSITORY, Settings
from ops import parts_for_tests, recipes
from ops.ports import PortBlock
from ops.progress import complain, say
from ops.supervise import is_alive


@dataclass(frozen=True)
class Step:
    """One command of `check`."""

    name: str
    command: tuple[str, ...]


def steps(python: str, cache: Path) -> list[Step]:
    """The commands of `check`; the slowest first, since two run at a time."""
    tools = Path(python).parent
    tests = [f"tests/{folder}" for folder in ("unit", "upkeep") if (REPOSITORY / "tests" / folder).is_dir()]
    return [
        Step("types (mypy)", (python, "-m", "mypy", "--cache-dir", str(cache / "mypy"))),
        Step("format (ruff format --check)", (str(tools / "ruff"), "format", "--check", "--quiet", ".")),
        Step("style (ruff check)", (str(tools / "ruff"), "check", "--quiet", ".")),
        Step("imports (lint-imports)", (str(tools / "lint-imports"), "--cache-dir", str(cache / "imports"))),
        Step("unit and upkeep tests", (python, "-m", "pytest", "-q", *tests)),
    ]


def environment(settings: Settings, home: Path, base: int, cache: Path) -> dict[str, str]:
    """What a test run gets to see: its own home and ports, the shared parts, caches below the home."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CENTRE120_")}
    libraries = parts_for_tests.library_path(settings)
    if libraries:
        clean["LD_LIBRARY_PATH"] = libraries
    return clean | {
        "PATH": parts_for_tests.search_path(settings),
        "CENTRE120_HOME": str(home),
        "CENTRE120_PARTS": str(settings.parts_dir),
        "CENTRE120_PORT_BASE": str(base),
        "RUFF_CACHE_DIR": str(cache / "ruff"),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(cache / "hypothesis"),
        "PYTEST_ADDOPTS": f"-o cache_dir={cache / 'pytest'} {os.environ.get('PYTEST_ADDOPTS', '')}".strip(),
    }


def own_home(settings: Settings) -> Path:
    """A fresh home for this run; those of runs that are over disappear."""
    folder = settings.home / "test"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if not (old.name.isdigit() and is_alive(int(old.name))):
            shutil.rmtree(old, ignore_errors=True)
    home = folder / str(os.getpid())
    home.mkdir()
    return home


def run_step(step: Step, env: Mapping[str, str]) -> tuple[Step, int, str, float]:
    """Runs it; exit code, what it printed, seconds."""
    started = time.monotonic()
    done = subprocess.run(
        step.command,
        cwd=REPOSITORY,
        env=dict(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return step, done.returncode, done.stdout, time.monotonic() - started


def check(settings: Settings) -> int:
    """All steps, two at a time. Exit code 1 when one failed."""
    cache = settings.home / "cache"
    home = own_home(settings)
    ports = PortBlock(os.getpid())
    env = environment(settings, home, ports.base, cache)
    failed = 0
    with ThreadPoolExecutor(2) as pool:
        for step, code, output, seconds in pool.map(
            lambda one: run_step(one, env), steps(sys.executable, cache)
        ):
            print(f"{'ok  ' if code == 0 else 'FAIL'} {step.name} ({seconds:.1f} s)", flush=True)
            if code != 0:
                failed = 1
                print(output, flush=True)
    ports.release()
    shutil.rmtree(home, ignore_errors=True)
    return failed


def test(settings: Settings, arguments: Sequence[str]) -> int:
    """pytest with everything it needs. Its exit code; its closing line is the last one printed."""
    recipes.ensure_parts(settings)
    parts_for_tests.fetch_test_parts(settings, parts_for_tests.needs_browser(REPOSITORY / "tests"))
    home = own_home(settings)
    ports = PortBlock(os.getpid())
    say(f"tests run in {home} on ports from {ports.base}")
    env = environment(settings, home, ports.base, settings.home / "cache")
    try:
        return subprocess.run(
            [sys.executable, "-m", "pytest", *arguments], cwd=REPOSITORY, env=env, check=False
        ).returncode
    except KeyboardInterrupt:
        complain("120: tests stopped")
        return 130
    finally:
        ports.release()
        shutil.rmtree(home, ignore_errors=True)
