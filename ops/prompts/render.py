"""Makes every prompt's sound file, in every language; what has not changed is left alone.

Two passes: first each prompt in its own language, two espeak-ng at a time, many prompts each; then those without a voice
get the sound of their stand-in (English, then Korean). Where nothing at all speaks, two beeps: never silence.
"""

import fcntl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from centre120.prompts import PromptList
from centre120.settings import Settings
from ops.prompts import music
from ops.prompts.batch import batches, render_batch
from ops.prompts.espeak import NoVoice
from ops.prompts.ledger import Entry, is_current, read_ledger, write_ledger
from ops.prompts.places import Places, places_of, write_atomically
from ops.prompts.sources import Source, digest_of, sources_of

Progress = Callable[[str], None]
PROBLEMS_SHOWN = 8


@dataclass
class Outcome:
    """What a run did."""

    rendered: int = 0
    kept: int = 0
    stood_in: dict[str, int] = field(default_factory=dict)  # language -> prompts that another language speaks
    problems: list[str] = field(default_factory=list)


def render_all(settings: Settings, progress: Progress) -> None:
    """Called at every start."""
    render(places_of(settings), progress)


def render(places: Places, progress: Progress, languages: tuple[str, ...] = (), only: str = "") -> Outcome:
    """All prompts, or those of `languages`. What went wrong is told and in the outcome, never raised; a full disk is."""
    began = time.monotonic()
    listed = places.prompt_list()
    outcome = Outcome(problems=[str(problem) for problem in listed.problems])
    keys = listed.playable()
    chosen = {key for key in keys if not languages or key[1] in languages}
    with _alone(places):
        entries = read_ledger(places)
        try:
            _own_voices(places, listed, sorted(chosen), entries, outcome, only)
            _stand_ins(places, listed, sorted(chosen), entries, outcome)
            _forget_others(places, {name_of(key) for key in keys}, entries)
            music.render(places, entries)
        finally:
            write_ledger(places, entries)
    _tell(outcome, time.monotonic() - began, progress)
    return outcome


def name_of(key: tuple[str, str]) -> str:
    """`ko/greeting`: as in the ledger, and below sounds/."""
    return f"{key[1]}/{key[0]}"


@contextmanager
def _alone(places: Places) -> Iterator[None]:
    """One renderer at a time in this home."""
    places.sounds.mkdir(parents=True, exist_ok=True)
    with (places.sounds / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _own_voices(
    places: Places,
    listed: PromptList,
    keys: list[tuple[str, str]],
    entries: dict[str, Entry],
    outcome: Outcome,
    only: str,
) -> None:
    """Leaves in `entries` only those of `keys` that speak their own language."""

    sources = {key: sources_of(places, listed, key, only) for key in keys}
    to_speak = [
        listed.prompts[key]
        for key, found in sources.items()
        if found and found[0].origin == "espeak-ng" and not _current(places, entries, key, found[0])
    ]

    def one(key: tuple[str, str]) -> tuple[Entry | None, bool, list[str]]:
        from ops.prompts.sound import NotSound

        complaints: list[str] = []
        for source in sources[key]:
            if _current(places, entries, key, source):
                return entries[name_of(key)], False, complaints
            try:
                data = spoken.get(key) or source.make()
            except (NotSound, NoVoice) as error:
                complaints.append(f"{name_of(key)} from {source.origin}: {error}")
                continue
            write_atomically(places.sound(*key), data)
            return Entry(source.digest, source.origin, key[1], len(data)), True, complaints
        return None, False, complaints

    spoken: dict[tuple[str, str], bytes] = {}
    with ThreadPoolExecutor(2, thread_name_prefix="prompts") as pool:
        for made in pool.map(lambda some: render_batch(places, some), batches(to_speak)):
            spoken |= made
        results = list(pool.map(one, keys))
    for key, (entry, is_new, complaints) in zip(keys, results, strict=True):
        outcome.problems += complaints
        if entry is None:
            before = entries.get(name_of(key))
            if before and before.language == key[1] and before.origin != "tone":
                del entries[name_of(key)]  # its voice is gone
            continue
        entries[name_of(key)] = entry
        outcome.rendered += is_new
        outcome.kept += not is_new


def _current(places: Places, entries: dict[str, Entry], key: tuple[str, str], source: Source) -> bool:
    return is_current(places, name_of(key), entries.get(name_of(key)), source.digest)


def _stand_ins(
    places: Places,
    listed: PromptList,
    keys: list[tuple[str, str]],
    entries: dict[str, Entry],
    outcome: Outcome,
) -> None:
    """Another language's sound for every key that has no voice of its own."""
    for key in keys:
        name, entry = name_of(key), entries.get(name_of(key))
        if entry and entry.language == key[1] and entry.origin != "tone":
            continue
        lenders = [one for one in listed.stand_ins(*key) if _speaks(entries.get(name_of(one)), one[1])]
        outcome.stood_in[key[1]] = outcome.stood_in.get(key[1], 0) + 1
        if not lenders:
            outcome.problems.append(f"{name}: no voice in any language; two beeps are played")
            entries[name] = _put(places, key, _beeps(), Entry("", "tone", key[1], 0))
            continue
        lent = entries[name_of(lenders[0])]
        digest = digest_of("stands in", lent.digest)
        if is_current(places, name, entry, digest):
            outcome.kept += 1
            continue
        data = places.sound(*lenders[0]).read_bytes()
        entries[name] = _put(places, key, data, Entry(digest, lent.origin, lent.language, 0))
        outcome.rendered += 1


def _speaks(entry: Entry | None, language: str) -> bool:
    return entry is not None and entry.language == language and entry.origin != "tone"


def _put(places: Places, key: tuple[str, str], data: bytes, entry: Entry) -> Entry:
    write_atomically(places.sound(*key), data)
    return Entry(entry.digest, entry.origin, entry.language, len(data))


def _beeps() -> bytes:
    from ops.prompts.sound import signal_tone

    return signal_tone()


def _forget_others(places: Places, names: set[str], entries: dict[str, Entry]) -> None:
    """Sounds we made for prompts that are no more."""
    for name in [name for name in entries if name not in names and not name.startswith(music.FOLDER)]:
        (places.sounds / f"{name}.wav").unlink(missing_ok=True)
        del entries[name]


def _tell(outcome: Outcome, seconds: float, progress: Progress) -> None:
    for problem in outcome.problems[:PROBLEMS_SHOWN]:
        progress(f"prompts: {problem}")
    if len(outcome.problems) > PROBLEMS_SHOWN:
        progress(f"prompts: {len(outcome.problems) - PROBLEMS_SHOWN} more; ./120 prompts check lists all")
    stood_in = "".join(
        f"; {language}: {n} in another language" for language, n in sorted(outcome.stood_in.items())
    )
    if outcome.rendered:
        progress(f"{outcome.rendered} prompts rendered in {seconds:.1f} s, {outcome.kept} kept{stood_in}")
