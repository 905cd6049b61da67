"""Fetched parts: what is kept, how they are named, and that a half-made one never counts."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from centre120.errors import CentreError
from ops import parts, recipes


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A Debian package that holds usr/bin/greet."""
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN" / "control").write_text(
        "Package: greet\nVersion: 1:2.5+dfsg-1\nArchitecture: all\nMaintainer: T <t@t.test>\nDescription: x\n"
    )
    (tree / "usr" / "bin").mkdir(parents=True)
    program = tree / "usr" / "bin" / "greet"
    program.write_text("#!/bin/sh\necho hello $1\n")
    program.chmod(0o755)
    debs = tmp_path / "debs"
    debs.mkdir()
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", tree, debs / "greet.deb"], check=True)
    return debs / "greet.deb"


@pytest.mark.parametrize(
    ("version", "folder"),
    [
        pytest.param("1:22.10.1+dfsg+~cs6.17-1", "asterisk-22.10.1", id="epoch and repack"),
        pytest.param("22.10.1~rc1-1", "asterisk-22.10.1", id="pre-release"),
        pytest.param("15.18-0+deb12u1", "asterisk-15.18-0", id="no epoch"),
    ],
)
def test_folder_name(version: str, folder: str) -> None:
    assert parts.folder_name("asterisk", version) == folder


def test_of_postgresql_neither_compiler_nor_perl_is_kept() -> None:
    closure = ["libllvm14", "libz3-4", "perl", "libperl5.36", "libjson-perl", "libpq5", "libxml2", "ssl-cert"]
    wanted = ["postgresql-15"]
    assert parts.worth_keeping([*closure, *wanted], wanted) == ["libpq5", "libxml2", "postgresql-15"]


def test_a_part_appears_whole_with_its_checksum(tmp_path: Path, package: Path) -> None:
    checksum = hashlib.sha256(package.read_bytes()).hexdigest()
    folder = tmp_path / "parts"
    part = parts.install(folder, "greet", "1:2.5+dfsg-1", [package], lambda root: [])
    assert parts.current(folder, "greet") == part
    assert part.root == folder / "greet-2.5"
    lock = json.loads((folder / "lock.json").read_text())
    assert lock["greet"]["packages"][0]["sha256"] == checksum


def test_an_incomplete_part_is_not_there(tmp_path: Path, package: Path) -> None:
    with pytest.raises(CentreError, match=r"lacks libmissing\.so\.1") as caught:
        parts.install(tmp_path / "parts", "greet", "2.5", [package], lambda root: ["libmissing.so.1"])
    assert caught.value.code == "part-incomplete"
    assert parts.current(tmp_path / "parts", "greet") is None


def test_what_a_killed_fetch_left_does_not_hinder_the_next(tmp_path: Path, package: Path) -> None:
    folder = tmp_path / "parts"
    (folder / ".greet-unpacking" / "usr").mkdir(parents=True)
    (folder / "greet-2.5").mkdir()  # renamed, but the link was not made
    assert parts.current(folder, "greet") is None
    assert parts.install(folder, "greet", "2.5", [package], lambda root: []).root == folder / "greet-2.5"


def test_the_wrapper_runs_the_unpacked_program(tmp_path: Path, package: Path) -> None:
    folder = tmp_path / "parts with space"
    part = parts.install(folder, "greet", "2.5", [package], lambda root: [])
    recipe = parts.Recipe("greet", ("greet",), {"greet": "usr/bin/greet"}, arguments="first")
    parts.write_wrappers(folder, recipe, part)
    answer = subprocess.run([folder / "bin" / "greet"], capture_output=True, text=True, check=True)
    assert answer.stdout == "hello first\n"


def test_the_newest_postgresql_with_contrib_is_used(tmp_path: Path) -> None:
    for major in ("9", "15", "17"):
        (tmp_path / "lib" / major / "bin").mkdir(parents=True)
        (tmp_path / "lib" / major / "bin" / "postgres").touch()
    for major in ("9", "15"):
        (tmp_path / "share" / major / "extension").mkdir(parents=True)
        (tmp_path / "share" / major / "extension" / "pg_trgm.control").touch()
    assert recipes.postgres_majors(tmp_path / "lib", tmp_path / "share") == ["15", "9"]


def test_the_release_says_which_postgresql_it_means() -> None:
    assert recipes.packaged_major({"libpq5": "1", "postgresql-client-17": "1", "postgresql-17": "1"}) == "17"
    assert recipes.packaged_major({"libpq5": "1"}) is None
