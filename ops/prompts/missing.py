"""Prompts that nobody can say in their own language. Looks only."""

from centre120.settings import Settings
from ops.prompts.ledger import read_ledger
from ops.prompts.places import Places, places_of
from ops.prompts.sources import sources_of


def missing_recordings(settings: Settings) -> list[tuple[str, str]]:
    """(language, id) of every prompt without a voice of its language: another language is played until it is recorded."""
    return missing_in(places_of(settings))


def missing_in(places: Places) -> list[tuple[str, str]]:
    """As above. Before the first rendering: what can be foreseen; afterwards: what became of it."""
    listed = places.prompt_list()
    entries = read_ledger(places)
    found = []
    for prompt, language in listed.playable():
        entry = entries.get(f"{language}/{prompt}")
        failed = entry is not None and (entry.language != language or entry.origin == "tone")
        recorded = places.recording(prompt, language).exists()
        if not sources_of(places, listed, (prompt, language)) or (failed and not recorded):
            found.append((language, prompt))
    return sorted(found)
