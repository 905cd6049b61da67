"""`./120 faults`: breaks a private centre on purpose, while real calls stand in every state, and checks what was promised."""

import json
import sys
from collections import Counter
from dataclasses import asdict
from typing import Any

import click


@click.command("faults")
@click.argument("ids", nargs=-1, metavar="[F1 F2 ...]")
@click.option(
    "--repeat",
    default=1,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="Play each so often, at other moments.",
)
@click.option("--seed", default=120, show_default=True, help="The same seed makes the same random moments.")
@click.option("--list", "listed", is_flag=True, help="Say which faults there are, and play none.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
def faults(ids: tuple[str, ...], repeat: int, seed: int, listed: bool, as_json: bool) -> None:
    """Inject faults into a private centre of its own while real SIP calls run, and check the promised outcome and the books.

    Exit code: 0 every promise was kept; 1 one was not; 2 no such fault. What cannot be injected here is listed, never passed.
    """
    from ops.faults.catalogue import NOT_BUILT, chosen
    from ops.faults.run import BROKEN, FAILED, Outcome, play_all

    wanted = chosen(ids)
    unknown = {one.upper() for one in ids} - {one.fault_id for one in wanted}
    if unknown:
        for one in sorted(unknown):
            click.echo(f"{one}: {NOT_BUILT.get(one, 'no such fault; ./120 faults --list')}", err=True)
        sys.exit(2)
    if listed:
        for fault in wanted:
            click.echo(
                f"{fault.fault_id:4} {fault.title}. Promised: {fault.promise}.{_unless(fault.possible())}"
            )
        for fault_id, why in () if ids else NOT_BUILT.items():
            click.echo(f"{fault_id:4} not played: {why}")
        return

    def say(outcome: Outcome) -> None:
        if not as_json:
            why = f"  {outcome.why}" if outcome.why else ""
            click.echo(
                f"{outcome.fault_id:4} {outcome.result:10} {outcome.seconds:5.1f} s  {outcome.title}{why}"
            )

    outcomes = play_all(wanted, repeat, seed, say)
    if as_json:
        click.echo(json.dumps(_told(outcomes, {} if ids else NOT_BUILT), ensure_ascii=False))
    else:
        counts = Counter(outcome.result for outcome in outcomes)
        click.echo(", ".join(f"{number} {result}" for result, number in sorted(counts.items())))
        for fault_id, why in () if ids else NOT_BUILT.items():
            click.echo(f"{fault_id:4} not played: {why}")
    sys.exit(any(outcome.result in (BROKEN, FAILED) for outcome in outcomes))


def _unless(why: str) -> str:
    return f" Not possible here: {why}" if why else ""


def _told(outcomes: list[Any], not_played: dict[str, str]) -> dict[str, Any]:
    return {
        "faults": [asdict(outcome) for outcome in outcomes],
        "counts": dict(Counter(outcome.result for outcome in outcomes)),
        "not_played": not_played,
    }
