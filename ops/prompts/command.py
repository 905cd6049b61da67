"""`./120 prompts`: what is said, by which voice, and what is missing."""

import json
import sys

import click

from centre120.settings import load_settings
from centre120.spoken import LANGUAGES
from ops.progress import say
from ops.prompts.ledger import read_ledger
from ops.prompts.missing import missing_in
from ops.prompts.places import Places, places_of
from ops.prompts.sources import sources_of


def _places() -> Places:
    return places_of(load_settings())


@click.group()
def prompts() -> None:
    """The prompts: list them, render them, check sounds/prompts.csv and the recordings."""


@prompts.command("list")
@click.option(
    "--missing", is_flag=True, help="Only those that no voice can say in their language: to be recorded."
)
@click.option("--json", "as_json", is_flag=True, help="A list of objects, for programs.")
def list_command(missing: bool, as_json: bool) -> None:
    """Every prompt with its text, and whose voice is heard."""
    rows = listed_rows(_places(), missing)
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        print(f"{row['language']}  {row['id']:<26} {row['heard'] or '-':<14} {row['text'] or '-'}")


def listed_rows(places: Places, only_missing: bool) -> list[dict[str, str | bool | None]]:
    """One row a prompt. `heard`: origin, and the language when it is another; None before the first rendering."""
    listed, entries, missing = places.prompt_list(), read_ledger(places), set(missing_in(places))
    rows: list[dict[str, str | bool | None]] = []
    for prompt, language in listed.playable():
        if only_missing and (language, prompt) not in missing:
            continue
        entry, text = entries.get(f"{language}/{prompt}"), listed.prompts.get((prompt, language))
        heard = None if entry is None else entry.origin
        if entry and entry.language != language:
            heard = f"{entry.origin}, {entry.language}"
        rows.append(
            {
                "id": prompt,
                "language": language,
                "text": text.text if text else None,
                "heard": heard,
                "generated": prompt in listed.generated,
                "missing": (language, prompt) in missing,
            }
        )
    return rows


@prompts.command("render")
@click.option("--origin", type=click.Choice(["espeak-ng", "gtts"]), help="Speak with this synthesiser.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Only this language.")
def render_command(origin: str | None, language: str | None) -> None:
    """Make the sound files that are not up to date. gtts asks Google for the fixed texts; recordings always win."""
    from ops.prompts import online
    from ops.prompts.render import render

    places = _places()
    if origin == "gtts":
        wanted = [one for one in places.prompt_list().prompts.values() if language in (None, one.language)]
        say(f"{online.fetch_all(places, wanted, say)} prompts fetched from gtts")
    outcome = render(places, say, (language,) if language else (), origin or "")
    say(f"{outcome.rendered} rendered, {outcome.kept} up to date")


@prompts.command("check")
def check_command() -> None:
    """Say what is wrong with sounds/prompts.csv and the recordings. Exit code 1 when something is."""
    found = problems(_places())
    for problem in found:
        print(problem)
    if found:
        sys.exit(1)
    print("No mistakes found.")


def problems(places: Places) -> list[str]:
    """Bad lines, and recordings that cannot be played or belong to no prompt."""
    from ops.prompts.sound import NotSound

    listed = places.prompt_list()
    keys = set(listed.playable())
    found = [str(problem) for problem in listed.problems]
    for path in sorted(places.recordings.glob("*/*")):
        key = (path.stem, path.parent.name)
        shown = f"sounds/recordings/{path.parent.name}/{path.name}"
        if path.suffix != ".wav" or key not in keys:
            found.append(f"{shown}: no prompt has that language and name. Rename it to <language>/<id>.wav.")
            continue
        try:
            sources_of(places, listed, key)[0].make()
        except NotSound as error:
            found.append(f"{shown}: {error}. Record it again as PCM, 16 bits, 8,000-48,000 Hz.")
    return found
