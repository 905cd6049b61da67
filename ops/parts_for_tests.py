"""Programs that only the tests need: SIPp (callers), baresip (agents' phones), Chromium (pages).

The machine's own are used when they are installed; otherwise they are unpacked privately like every other
part.
"""

import ctypes
import os
import shutil
from pathlib import Path

from centre120.settings import Settings
from ops.parts import SEARCH, TRIPLET, Recipe, current, fetch
from ops.recipes import ensure_program, remove_leftovers

SIPP = Recipe("sip-tester", ("sip-tester",), {"sipp": "usr/bin/sipp"})
BARESIP = Recipe(
    "baresip",
    ("baresip-core",),
    {"baresip": "usr/bin/baresip"},
    library_dirs=(f"usr/lib/{TRIPLET}/pulseaudio",),
)
CHROMIUM = Recipe(
    "chromium",
    ("chromium", "chromium-common"),
    {"chromium": "usr/lib/chromium/chromium"},
    library_dirs=("usr/lib/chromium", f"usr/lib/{TRIPLET}/nss", f"usr/lib/{TRIPLET}/pulseaudio"),
    environment="export FONTCONFIG_PATH=$root/etc/fonts\nexport XDG_DATA_DIRS=$root/usr/share:/usr/share\n",
    everything=True,
)
"""205 MB to fetch, 730 MB unpacked. Playwright starts it with `executable_path`."""

LIBATOMIC = Recipe("libatomic", ("libatomic1",), {})
"""Playwright's own Node.js needs libatomic.so.1, which a bare Debian lacks."""


def has_libatomic() -> bool:
    """Whether the machine's loader finds the library."""
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        return False
    return True


def library_path(settings: Settings) -> str | None:
    """LD_LIBRARY_PATH for Playwright's driver: a folder with nothing else in it; None when not needed."""
    part = current(settings.parts_dir, LIBATOMIC.name)
    return str(part.root / "usr/lib" / TRIPLET) if part else None


def needs_browser(tests: Path) -> bool:
    """Whether a test below `tests` asks for a browser."""
    return any("mark.browser" in file.read_text(encoding="utf-8") for file in tests.rglob("test_*.py"))


def fetch_test_parts(settings: Settings, browser: bool) -> dict[str, Path]:
    """Fetches what is missing. Returns the path of each program, all in <parts>/bin."""
    recipes = [SIPP, BARESIP, *([CHROMIUM] if browser else [])]
    for recipe in recipes:
        ensure_program(settings.parts_dir, recipe)
    if browser and not has_libatomic():
        fetch(settings.parts_dir, LIBATOMIC)
    remove_leftovers(settings.parts_dir)
    names = [name for recipe in recipes for name in recipe.programs]
    return {name: settings.parts_dir / "bin" / name for name in names}


def search_path(settings: Settings) -> str:
    """PATH with <parts>/bin first, so that a test finds every part by its name."""
    path = os.environ.get("PATH") or SEARCH
    return f"{settings.parts_dir / 'bin'}:{path}"


def which(settings: Settings, name: str) -> str | None:
    """Where a test would find that program."""
    return shutil.which(name, path=search_path(settings))
