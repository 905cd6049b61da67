"""`./120 dialplan`: check a changed dialplan, see what it changes, publish it, take it back."""

import difflib
import json
import sys
from pathlib import Path

import click

from centre120.settings import load_settings
from ops import dialplan_versions as versions
from ops.asterisk_config import dialplan_dir
from ops.dialplan_check import BUDGET_SECONDS, judge, load
from ops.progress import complain

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.group("dialplan")
def dialplan() -> None:
    """Check a dialplan before it goes live."""


@dialplan.command("check")
@click.option(
    "--dir",
    "folder",
    type=FOLDER,
    help="A candidate elsewhere.",
)
@click.option(
    "--budget", default=BUDGET_SECONDS, show_default=True, help="Seconds to a queue for who presses nothing."
)
@click.option("--no-asterisk", is_flag=True, help="Our rules alone, without a private Asterisk (quick).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def check_command(folder: Path | None, budget: float, no_asterisk: bool, as_json: bool) -> None:
    """Read the dialplan by the rules of docs/dialplan.md and by Asterisk's own parser. Exit code 1: something is wrong."""
    settings = load_settings()
    verdict = judge(folder or dialplan_dir(settings), settings.home / "sounds", budget, not no_asterisk)
    if as_json:
        print(json.dumps(verdict.as_json(), ensure_ascii=False, indent=1))
    else:
        for one in verdict.findings:
            print(one)
        if verdict.seconds:
            slowest = max(verdict.seconds, key=lambda name: verdict.seconds[name])
            print(
                f"To a queue without a key: {verdict.seconds[slowest]:g} s at most (number and language: {slowest})."
            )
        by = "our rules and Asterisk" if verdict.read_by_asterisk else "our rules"
        if verdict.findings:
            complain(
                f"120: {len(verdict.findings)} finding(s) by {by} in {verdict.folder}; nothing was changed."
            )
        else:
            print(f"{verdict.folder}: nothing wrong by {by}.")
    sys.exit(1 if verdict.findings else 0)


@dialplan.command("diff")
@click.option("--dir", "folder", type=FOLDER, required=True, help="The candidate.")
def diff_command(folder: Path) -> None:
    """What a candidate changes in the live dialplan, line by line. Exit code 1: something."""
    lines = _differences(dialplan_dir(load_settings()), folder)
    print("\n".join(lines) or "No difference.")
    sys.exit(1 if lines else 0)


def _differences(live: Path, candidate: Path) -> list[str]:
    old, new = load(live), load(candidate)
    return [
        line
        for name in sorted({*old, *new})
        for line in difflib.unified_diff(
            old.get(name, "").splitlines(),
            new.get(name, "").splitlines(),
            f"live/{name}",
            f"candidate/{name}",
            lineterm="",
        )
    ]


@dialplan.command("publish")
@click.option("--dir", "folder", type=FOLDER, required=True, help="The candidate.")
@click.option("--reason", required=True, help="Why; kept with the version.")
@click.option("--author", help="Who; by default the account that runs this.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def publish_command(folder: Path, reason: str, author: str | None, as_json: bool) -> None:
    """Check a candidate, keep it, make it live. Calls under way go on; refused when `check` finds something."""
    settings = load_settings()
    verdict = judge(folder, settings.home / "sounds")
    if verdict.findings:
        if as_json:
            print(json.dumps(verdict.as_json(), ensure_ascii=False, indent=1))
        for one in verdict.findings if not as_json else ():
            print(one)
        complain(
            f"120: not published: {len(verdict.findings)} finding(s). Version {versions.live_version(settings)} stays live."
        )
        sys.exit(1)
    number = versions.keep(settings, folder)
    if number == versions.live_version(settings):
        print(
            json.dumps({"live": number, "changed": False})
            if as_json
            else f"Version {number} is live already."
        )
        return
    _tell(versions.go_live(settings, number, "published", reason, author), as_json)


@dialplan.command("rollback")
@click.option(
    "--to", "version", type=int, help="A version of `history`. [default: the one that was live before]"
)
@click.option("--reason", default="rolled back", show_default=True, help="Why; kept in the history.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def rollback_command(version: int | None, reason: str, as_json: bool) -> None:
    """Make the version before live again. Nothing is checked: it was live, and there is no time."""
    settings = load_settings()
    live = versions.live_version(settings)
    if version is None:
        version = next(
            (one.before for one in reversed(versions.history(settings)) if one.version == live), live
        )
    if version == live:
        complain(f"120: version {live} is live, and nothing was live before it. ./120 dialplan history")
        sys.exit(1)
    _tell(versions.go_live(settings, version, "rolled-back", reason), as_json)


@dialplan.command("history")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def history_command(as_json: bool) -> None:
    """What went live when, by whom and why."""
    settings = load_settings()
    events, live = versions.history(settings), versions.live_version(settings)
    if as_json:
        print(json.dumps({"live": live, "events": versions.as_json(events)}, ensure_ascii=False, indent=1))
        return
    for one in events:
        print(f"{one.at}  {one.before} -> {one.version}  {one.action:<11}  {one.author}: {one.reason}")
    print(f"Live: version {live}" + (", as shipped." if live == versions.SHIPPED else "."))


def _tell(event: versions.Event, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"live": event.version, "before": event.before, "changed": True}))
        return
    print(f"Version {event.version} is live (before: {event.before}). Back with: ./120 dialplan rollback")
