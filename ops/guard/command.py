"""`./120 bans`: who is refused, and how to let them in again."""

import json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from ipaddress import ip_address
from zoneinfo import ZoneInfo

import click

from centre120.ban_policy import Ban, Rules, in_force, refused_network
from centre120.errors import CentreError, Fault
from centre120.settings import Settings, load_settings
from ops.asterisk_console import ask_console
from ops.guard.book import Book, changing, known_addresses, read_book
from ops.guard.guard import RELOAD, RELOADED


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.pass_context
def bans(context: click.Context, as_json: bool) -> None:
    """Whose SIP is refused, since when and why."""
    if context.invoked_subcommand is None:
        settings = load_settings()
        book = read_book(settings)
        print(json.dumps(as_facts(book, time.time())) if as_json else as_text(book, settings, time.time()))


@bans.command()
@click.argument("address")
def lift(address: str) -> None:
    """Let ADDRESS in again, and forget its offences. In force at once, also with the program `guard` dead."""
    settings = load_settings()
    refused = refused_network(checked(address))
    with changing(settings) as book:
        book.read_until = time.time()  # what led to it is not judged again
        if not book.lift(refused) and not book.lift(checked(address)):
            raise CentreError(
                "not-banned",
                f"{refused} is not refused.",
                "./120 bans lists who is.",
                Fault.CONFIGURATION,
            )
    print(f"{refused} may call again. {told(settings)}")


@bans.command()
@click.argument("address")
@click.option(
    "--minutes", default=60, show_default=True, type=click.IntRange(1, 525_600), help="For so long."
)
def add(address: str, minutes: int) -> None:
    """Refuse ADDRESS. Trunks and the agents' networks can not be refused."""
    settings = load_settings()
    known, now = known_addresses(settings), time.time()
    if known.is_trunk(checked(address)) or known.is_inside(address):
        raise CentreError(
            "never-banned",
            f"{address} is a trunk, or in CENTRE120_AGENT_NETWORKS: citizens or agents would pay for it.",
            "Refuse it in the firewall if you are sure.",
            Fault.CONFIGURATION,
        )
    refused = refused_network(address)
    with changing(settings) as book:
        offence = book.counts().get(refused, 0) + 1
        book.ban(Ban(refused, now, now + minutes * 60, offence, "by hand"), Rules())
    print(f"{refused} is refused for {minutes} minutes. {told(settings)}")


def checked(address: str) -> str:
    """The address as Asterisk writes it. Raises `no-address`."""
    try:
        return str(ip_address(address.partition("/")[0]))
    except ValueError as error:
        raise CentreError(
            "no-address",
            f"{address} is no IP address.",
            "Write it as ./120 bans shows it.",
            Fault.CONFIGURATION,
        ) from error


def told(settings: Settings) -> str:
    """Whether Asterisk has read it."""
    answer = ask_console(settings, RELOAD, 5)
    return (
        "In force." if answer and RELOADED in answer else "Asterisk does not answer: in force when it starts."
    )


def as_facts(book: Book, now: float) -> dict[str, object]:
    """For programs; times in seconds since 1970."""
    return {
        "bans": [asdict(ban) for ban in in_force(book.bans, now)],
        "alarms": book.alarms,
    }


def as_text(book: Book, settings: Settings, now: float) -> str:
    """For a person."""
    zone = ZoneInfo(settings.time_zone)

    def clock(at: float) -> str:
        return datetime.fromtimestamp(at, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")

    lines = [
        f"{ban.address:<40} until {clock(ban.until)}, offence {ban.offence}: {ban.reason}"
        for ban in in_force(book.bans, now)
    ]
    lines += [
        f"account {one['account']}: {one['failures']} failures up to {clock(one['at'])} from {', '.join(one['addresses'])}"
        for one in book.alarms
    ]
    return "\n".join(lines) or "Nobody is refused."
