"""`./120 bench NAME`: figures of speed, measured as ratios against a peer in the same run."""

from pathlib import Path

import click

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def bench() -> None:
    """Measure. Each benchmark brings its own private centre; run them on an idle machine."""


@bench.command("acd")
@click.option("--calls", default=1000, show_default=True, help="Calls through each of the two queues.")
@click.option("--agents", default=40, show_default=True, help="Agents.")
@click.option("--rate", default=20, show_default=True, help="Calls a second.")
@click.option(
    "--block", default=100, show_default=True, help="Calls in a row before the other queue has its turn."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def acd(calls: int, agents: int, rate: int, block: int, as_json: bool) -> None:
    """Our queue against native Queue(): CPU per 1,000 calls, and the time from the queue to the agent's INVITE."""
    from ops.bench.acd import measure, report

    result = measure(calls, agents, rate, block, quiet=as_json)
    report(result, as_json)


@bench.command("pop")
@click.option("--calls", default=100, show_default=True, help="Calls.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def pop(calls: int, as_json: bool) -> None:
    """From the INVITE to the pop painted in a real Chromium, and that it is painted before the phone rings."""
    from ops.bench.pop import measure, report

    report(measure(calls, quiet=as_json), as_json)


@bench.command("desk")
@click.option("--desks", default=400, show_default=True, help="Desks on the live stream.")
@click.option("--boards", default=20, show_default=True, help="Wallboards.")
@click.option("--seconds", default=30, show_default=True, type=click.IntRange(5, 600), help="Of each half.")
@click.option("--rate", default=10, show_default=True, help="Changes of agents' states a second.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def desk(desks: int, boards: int, seconds: int, rate: int, as_json: bool) -> None:
    """The live stream with many viewers: what 100 of them cost, and how old is what they see."""
    from ops.bench.desk import measure, report

    report(measure(desks, boards, seconds, rate, quiet=as_json), as_json)


@bench.command("takeover")
@click.option("--calls", default=200, show_default=True, help="Calls; half of them wait, half talk.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def takeover(calls: int, as_json: bool) -> None:
    """kill -9 of the leading worker under load: seconds until the standby owns every call, and how many were dropped."""
    from ops.bench.takeover import measure, report

    report(measure(calls), as_json)


@bench.command("agi")
@click.option("--sessions", default=4000, show_default=True, help="Sessions of each kind with each server.")
@click.option(
    "--block", default=500, show_default=True, help="Sessions in a row before the next has its turn."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def agi(sessions: int, block: int, as_json: bool) -> None:
    """Our FastAGI server against bare asyncio, panoramisk's and pyst2's: CPU per 1,000 sessions."""
    from ops.bench.agi import measure, report

    report(measure(sessions, block, quiet=as_json), as_json)


@bench.command("line")
@click.option("--calls", default=3000, show_default=True, help="Calls for each point of the curve.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def line(calls: int, as_json: bool) -> None:
    """Our Python's part of a call, by the length of the line (10 to 1,000) and the number of agents (10 to 500)."""
    from ops.bench.line import measure, report

    report(measure(calls), as_json)


@bench.command("consultation")
@click.option(
    "--entries", default=29_000, show_default=True, type=click.IntRange(1, 200_000), help="Entries."
)
@click.option(
    "--searches", default=1_000, show_default=True, type=click.IntRange(1, 20_000), help="Searches."
)
@click.option("--database-url", help="A server where a database may be made; else the centre's own.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def consultation(entries: int, searches: int, database_url: str | None, as_json: bool) -> None:
    """A keystroke's search in the consultation database: milliseconds, for what is typed, mistyped, and initial consonants."""
    from ops.bench.consultation import measure, report

    report(measure(entries, searches, database_url, quiet=as_json), as_json)


@bench.command("knowledge")
@click.option("--articles", type=_FILE, help="CSV: article, title, question, answer; else the demo's.")
@click.option(
    "--questions", type=_FILE, help="CSV: question, article; else the demo's. They are never indexed."
)
@click.option(
    "--searches", default=1_000, show_default=True, type=click.IntRange(1, 20_000), help="Keystrokes."
)
@click.option("--quality-only", is_flag=True, help="No keystrokes at 29,000 and 100,000 entries.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def knowledge(
    articles: Path | None, questions: Path | None, searches: int, quality_only: bool, as_json: bool
) -> None:
    """Whether questions find their entry: recall of ours, of BM25 over kiwipiepy's tokens and of pg_trgm; and the speed."""
    from ops.bench.knowledge import ARTICLES, QUESTIONS, SIZES, measure, report

    if (articles is None) != (questions is None):
        raise click.UsageError("--articles and --questions belong together")
    sizes = () if quality_only else SIZES
    report(measure(articles or ARTICLES, questions or QUESTIONS, sizes, searches, as_json), as_json)


@bench.command("cases")
@click.option("--cases", "count", default=1_000_000, show_default=True, help="Synthetic cases to search in.")
@click.option("--searches", default=600, show_default=True, help="Searches, of ten kinds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def cases(count: int, searches: int, as_json: bool) -> None:
    """Search over cases in a PostgreSQL of its own: p50, p95, p99 by kind. A million cases: 3 GB of disk, some minutes."""
    from ops.bench.cases import measure, report

    report(measure(count, searches, quiet=as_json), as_json)


@bench.command("reports")
@click.option(
    "--calls", "count", type=int, help="Synthetic calls. [default: 9,100,000, a year of a big city]"
)
@click.option("--full", is_flag=True, help="83 million: nine years. About 60 GB of disk and hours.")
@click.option(
    "--times", default=100, show_default=True, help="Times each question is asked, after 20 that warm up."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def reports(count: int | None, full: bool, times: int, as_json: bool) -> None:
    """Reports over millions of calls, from kept sums and from the calls; exit code 1 when a kept sum differs from a recount."""
    from ops.bench.reports import FULL, YEAR, measure, report

    result = measure(count or (FULL if full else YEAR), times, quiet=as_json)
    report(result, as_json)
    if result["sums_wrong"]:
        raise SystemExit(1)
