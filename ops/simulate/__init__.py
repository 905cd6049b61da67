"""`./120 simulate`: a city calls a private centre; or its call log, on a virtual clock."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from centre120.arrivals import EXPONENTIAL, LOGNORMAL, Traffic
from centre120.errors import CentreError, Fault

SPEED = (
    "Talk, wrap-up, answer delay and patience are divided by it and calls per hour multiplied, so that the load in erlang"
    " stays; menus, ringing and programs keep their pace. A trace is replayed so many times as fast."
)


@click.command()
@click.option(
    "--calls-per-hour",
    default=2500.0,
    show_default=True,
    type=click.FloatRange(min=1),
    help="Arrivals, Poisson.",
)
@click.option(
    "--agents", type=click.IntRange(1, 900), help="Robot agents. [default: 137; with --trace as the log says]"
)
@click.option(
    "--minutes",
    type=click.FloatRange(min=0.1),
    help="Counted time, in the centre's time: at --speed 10, 60 minutes take six. [default: 5]",
)
@click.option(
    "--hours",
    type=click.FloatRange(min=0.01),
    help="The same in hours, and a verdict whether memory and descriptors stay flat (soak).",
)
@click.option(
    "--warm-up",
    type=click.FloatRange(min=0),
    help="Minutes between filling the room and counting. [default: half the mean handling]",
)
@click.option(
    "--mean-handling",
    default=180.0,
    show_default=True,
    type=click.FloatRange(min=2),
    help="Seconds: the agent's answer delay (1 s) + talk + wrap-up.",
)
@click.option(
    "--handling",
    type=click.Choice([EXPONENTIAL, LOGNORMAL]),
    default=EXPONENTIAL,
    show_default=True,
    help="Distribution of the talk; both with a standard deviation as large as the mean.",
)
@click.option(
    "--wrap-up",
    default=20,
    show_default=True,
    type=click.IntRange(0),
    help="Seconds of wrap-up in every handling; divided by --speed it is rounded to whole seconds.",
)
@click.option(
    "--patience",
    type=click.FloatRange(min=0.1),
    help="Mean seconds a citizen waits before giving up, exponential. [default: nobody gives up]",
)
@click.option(
    "--speed",
    default=1.0,
    show_default=True,
    type=click.FloatRange(min=0.1, max=1000),
    help=SPEED,
)
@click.option("--seed", default=120, show_default=True, help="The same seed is the same calls.")
@click.option(
    "--max-citizens",
    default=500,
    show_default=True,
    type=click.IntRange(1, 2500),
    help="CENTRE120_MAX_CITIZENS of the private centre.",
)
@click.option(
    "--flash", type=click.FloatRange(min=0.1), help="A flash crowd instead: so many calls a second ..."
)
@click.option(
    "--seconds", default=60.0, show_default=True, type=click.FloatRange(min=1), help="... for so long."
)
@click.option(
    "--trace",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Replay a call log (docs/load.md: our format, or the Anonymous Bank's). As root: an absolute path.",
)
@click.option(
    "--virtual",
    is_flag=True,
    help="With --trace: through the queue policy on a virtual clock, no phones; a month in seconds.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def simulate(trace: Path | None, as_json: bool, **options: Any) -> None:
    """Real SIP callers, real audio, robot agents, all programs, recording on: in a private centre beside a running one.

    Citizens dial 120, and the menu hears them: four of five press 0 (RFC 4733), one of five lets it run to its end, one of
    200 chooses a foreign language. Prompts are short tones. Every party has its own pair of tones, so each talk proves both
    directions. What each figure means: docs/load.md. Exit code 0: nothing lost, books balanced; Ctrl-C ends with the
    figures so far.
    """
    from ops.simulate import orders

    _one_of(trace=trace is not None, flash=options["flash"] is not None, hours=options["hours"] is not None)
    if options["virtual"] and trace is None:
        raise CentreError(
            "simulate-virtual-without-trace",
            "--virtual was given without --trace.",
            "Name the call log that shall be replayed.",
            Fault.CONFIGURATION,
        )
    show = _Progress(as_json)
    if trace is not None:
        result, lines = orders.traced(trace, options, show.say, show.state)
    elif options["flash"] is not None:
        result, lines = orders.flash(options, show.say, show.state)
    else:
        result, lines = orders.steady(_traffic(options), options, show.say, show.state)
    show.clear()
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else "\n".join(lines))
    sys.exit(0 if result.get("passed", True) else 1)


def _one_of(**given: bool) -> None:
    named = [f"--{name}" for name, is_given in given.items() if is_given]
    if len(named) > 1:
        raise CentreError(
            "simulate-options-exclude-each-other",
            f"{' and '.join(named)} were given together.",
            "Each is a simulation of its own: give one of them.",
            Fault.CONFIGURATION,
        )


def _traffic(options: dict[str, Any]) -> Traffic:
    if options["hours"] is not None and options["minutes"] is not None:
        raise CentreError(
            "simulate-minutes-and-hours", "--minutes and --hours were both given.", "Give one of them.",
            Fault.CONFIGURATION,
        )  # fmt: skip
    seconds = options["hours"] * 3600 if options["hours"] else (options["minutes"] or 5.0) * 60
    warm_up = options["warm_up"]
    return Traffic(
        calls_per_hour=options["calls_per_hour"],
        seconds=seconds,
        warm_up_seconds=options["mean_handling"] / 2 if warm_up is None else warm_up * 60,
        mean_handling_seconds=options["mean_handling"],
        handling=options["handling"],
        wrap_up_seconds=options["wrap_up"],
        patience_seconds=options["patience"],
        speed=options["speed"],
    )


class _Progress:
    """Steps as lines; the state of things as one line that renews itself on a terminal, every ten seconds elsewhere."""

    def __init__(self, quiet: bool) -> None:
        self._quiet, self._terminal = quiet, sys.stderr.isatty()
        self._count = 0

    def say(self, text: str) -> None:
        if not self._quiet:
            self.clear()
            print(f"... {text}", file=sys.stderr, flush=True)

    def state(self, text: str) -> None:
        if self._quiet:
            return
        if self._terminal:
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
        elif self._count % 5 == 0:
            print(text, file=sys.stderr, flush=True)
        self._count += 1

    def clear(self) -> None:
        if self._terminal and not self._quiet:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
