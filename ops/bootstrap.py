"""Makes the virtual environment that uv.lock describes, from a bare `python3`.

Run by `120` as `python3 -m ops.bootstrap HOME SOURCE base|dev`, with nothing installed: standard library
only. A bare Debian has Python without pip and without ensurepip; the pip wheel then comes from Debian's
own package python3-pip-whl, unpacked privately. Everything may be cut off at any line and run again.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from centre120.errors import CentreError, Fault
from ops import apt
from ops.progress import complain, say

CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def pip_here() -> Path | None:
    """A pip on this machine that any interpreter can run: a folder or a wheel's inside; or None."""
    probe = """
import glob, importlib.util, os
pip = importlib.util.find_spec("pip")
bundled = importlib.util.find_spec("ensurepip")
wheels = glob.glob("/usr/share/python-wheels/pip-*.whl")
if bundled:
    wheels += glob.glob(os.path.join(os.path.dirname(bundled.origin), "_bundled", "pip-*.whl"))
print(os.path.dirname(pip.origin) if pip else os.path.join(wheels[0], "pip") if wheels else "")
"""
    answer = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    found = answer.stdout.strip()
    return Path(found) if found else None


def pip_from_debian(home: Path) -> Path:
    """The pip wheel of the package python3-pip-whl, fetched into <home>/tools."""
    unpacked = home / "tools" / "pip-whl"
    if not list(unpacked.glob("usr/share/python-wheels/pip-*.whl")):
        parts_dir = Path(os.environ.get("CENTRE120_PARTS") or home / "parts")
        private = apt.native(parts_dir / ".apt" / "native")  # `up` goes on with the same lists
        apt.unpack(private.download(["python3-pip-whl"], home / "tools" / "debs"), unpacked)
        shutil.rmtree(home / "tools" / "debs", ignore_errors=True)
    return next(unpacked.glob("usr/share/python-wheels/pip-*.whl")) / "pip"


def run(step: str, command: list[str], environment: dict[str, str]) -> None:
    """Runs one step. Raises `install-failed` with the program's last words."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    words = (done.stderr.strip() or done.stdout.strip()).splitlines() or [
        f"it ended with code {done.returncode}"
    ]
    full = any("No space left" in word for word in words)
    raise CentreError(
        "disk-full" if full else "install-failed",
        f"{step} failed: {' '.join(' '.join(words[-4:]).split())[-500:]}",
        "Free some room (1 GB is needed) and run the same command again."
        if full
        else "Look whether the network and the Python package index can be reached, then run the same command"
        " again: what was fetched so far is kept.",
        Fault.MACHINE if full else Fault.NETWORK,
    )


def environment_for(home: Path) -> dict[str, str]:
    """Where pip and uv keep things: all below `home`."""
    environment = dict(os.environ)
    environment |= {
        "UV_PROJECT_ENVIRONMENT": str(home / "venv"),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_CACHE_DIR": str(home / "cache" / "uv"),
        "PIP_CACHE_DIR": str(home / "cache" / "pip"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    if CERTIFICATES.exists():  # a site's own certificate authority is known there and nowhere else
        environment.setdefault("SSL_CERT_FILE", str(CERTIFICATES))
    environment.pop("VIRTUAL_ENV", None)
    return environment


def ensure_uv(home: Path) -> Path:
    """<home>/tools/bin/uv, installed when it is not there or does not run."""
    tools = home / "tools"
    uv = tools / "bin" / "uv"
    if (
        uv.exists()
        and subprocess.run([str(uv), "--version"], capture_output=True, check=False).returncode == 0
    ):
        return uv
    environment = environment_for(home)
    python = str(tools / "bin" / "python")
    command = [sys.executable, "-m", "venv", "--without-pip", str(tools)]
    run("Making a virtual environment for uv", command, environment)
    pip = [python, str(pip_here() or pip_from_debian(home))]
    run("Installing uv", [*pip, "install", "--quiet", "--only-binary", ":all:", "uv"], environment)
    say("uv installed")
    return uv


GROUPS = {"base": ("--no-dev",), "dev": (), "bench": ("--all-groups",)}
"""What `uv sync` is told. `bench` has a peer whose model is 88 MB and has to be built: only who measures pays for it."""


def sync(home: Path, source: Path, groups: str) -> None:
    """Brings <home>/venv in line with uv.lock."""
    venv = home / "venv"
    python = venv / "bin" / "python"
    if (
        venv.exists()
        and subprocess.run([str(python), "-c", ""], capture_output=True, check=False).returncode != 0
    ):
        shutil.rmtree(venv)  # its Python is gone, or it was cut off half-made
    command = [str(ensure_uv(home)), "sync", "--frozen", "--quiet", "--project", str(source)]
    command += ["--python", sys.executable, *GROUPS[groups]]
    # The project itself is one path entry: nothing is built (but bench's peer), so no build tool is fetched
    # that uv.lock does not name.
    run(
        "Installing the Python packages of uv.lock", [*command, "--no-install-project"], environment_for(home)
    )
    for packages in venv.glob("lib/python3*/site-packages"):
        (packages / "centre120.pth").write_text(f"{source}\n", encoding="utf-8")
    say(f"Python packages installed ({'as locked' if groups == 'base' else f'with those for {groups}'})")


def main() -> int:
    """Exit code 0, or 1 with one message."""
    home, source, groups = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    free = shutil.disk_usage(home).free
    try:
        if free < 600_000_000:
            raise CentreError(
                "disk-full",
                f"{home} is on a disk with {free // 1_000_000} MB free; installing needs about 600 MB.",
                "Free some room or set CENTRE120_HOME to a folder on another disk.",
                Fault.MACHINE,
            )
        sync(home, source, groups)
    except CentreError as error:
        complain(f"120: {error.text}\n     {error.next_step} [{error.code}]")
        return 1
    except KeyboardInterrupt:
        complain("120: stopped; run the same command again to go on")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
