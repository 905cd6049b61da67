"""S34: everything fetched is pinned by hash, nothing comes from elsewhere, nothing is older than the last known hole in it.

No audit service is asked: the gate works offline. `FLOORS` holds the versions that closed published holes; whoever learns of
a new one raises its floor here, and the build fails until uv.lock follows.
"""

import re
import tomllib

import pytest

from centre120.settings import REPOSITORY
from ops.asterisk_part import FLOOR, acceptable

LOCK = tomllib.loads((REPOSITORY / "uv.lock").read_text(encoding="utf-8"))
PACKAGES = {package["name"]: package for package in LOCK["package"] if package["name"] != "centre120"}
FLOORS = {
    "aiohttp": (3, 13, 3),  # request smuggling, memory by compressed bodies
    "babel": (2, 9, 1),  # code from locale files
    "cryptography": (44, 0, 1),  # the OpenSSL it carries
    "flask": (3, 1, 1),  # order of session keys
    "gunicorn": (22, 0, 0),  # request smuggling
    "idna": (3, 7),  # quadratic time
    "jinja2": (3, 1, 6),  # escape from the sandbox
    "mako": (1, 2, 2),  # quadratic time
    "orjson": (3, 9, 15),  # recursion without limit
    "requests": (2, 32, 4),  # credentials of .netrc
    "setuptools": (78, 1, 1),  # path traversal
    "sqlalchemy": (2, 0, 0),
    "supervisor": (4, 1, 0),  # commands without a password
    "urllib3": (2, 6, 0),  # decompression
    "werkzeug": (3, 1, 4),  # device names, memory of forms
}


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_every_package_is_pinned_by_hash_from_a_registry(name: str) -> None:
    package = PACKAGES[name]
    assert set(package["source"]) == {"registry"}, "a package from a repository or a folder is not pinned"
    files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
    assert files
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", file["hash"]) for file in files)


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_no_package_is_older_than_the_last_known_hole(name: str) -> None:
    if name in PACKAGES:
        assert version(PACKAGES[name]["version"]) >= FLOORS[name], PACKAGES[name]["version"]


def test_installing_insists_on_the_lock() -> None:
    text = (REPOSITORY / "ops" / "bootstrap.py").read_text(encoding="utf-8")
    assert "--frozen" in text or "--locked" in text


@pytest.mark.parametrize(
    ("found", "good"),
    [((22, 10, 1), True), ((22, 10, 0), False), ((22, 9, 9), False), ((20, 99, 0), False), ((23, 1, 0), False), (None, False)],
)  # fmt: skip
def test_an_asterisk_below_the_floor_is_not_used(found: tuple[int, int, int] | None, good: bool) -> None:
    assert FLOOR >= (22, 10, 1)
    assert acceptable(found) is good
