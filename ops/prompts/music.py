"""Music on hold: a calm tune of our own, computed, so that nobody's rights are in it.

Sixty-four seconds that loop without a seam: sixteen bars of four soft notes over slow chords. Every note lies below
555 Hz and is nearly a pure sine: the tones by which test parties know each other begin at 600 Hz.
"""

from typing import TYPE_CHECKING

from ops.prompts.ledger import Entry, is_current
from ops.prompts.places import Places, write_atomically

if TYPE_CHECKING:
    from ops.prompts.sound import Samples

FOLDER = "music/"
NAME = f"{FOLDER}evening"
TUNE_VERSION = 1

SECONDS_A_BAR = 4
CHORDS = (
    ("C3", "G3", "E4"),
    ("A3", "C4", "E4"),
    ("F3", "A3", "C4"),
    ("G3", "B3", "D4"),
) * 4
MELODY = (
    "E4 G4 A4 G4",
    "E4 C4 D4 E4",
    "A4 G4 F4 A4",
    "G4 - D4 -",
    "C5 A4 G4 E4",
    "A4 G4 E4 C4",
    "D4 F4 A4 G4",
    "D4 - G4 -",
    "G4 E4 G4 C5",
    "B4 A4 E4 -",
    "F4 A4 C5 A4",
    "B4 G4 D4 G4",
    "E4 D4 C4 G4",
    "A4 - E4 C4",
    "F4 E4 D4 C4",
    "D4 - G4 -",
)
_STEPS = {"C": -9, "D": -7, "E": -5, "F": -4, "G": -2, "A": 0, "B": 2}


def frequency(note: str) -> float:
    """Of `A4`, 440 Hz; equal temperament."""
    steps: int = _STEPS[note[0]] + 12 * (int(note[1]) - 4)
    return float(440 * 2 ** (steps / 12))


def tune() -> "Samples":
    """The samples at 8 kHz, at -24 dBFS or so. Notes that ring past the end go on at the beginning."""
    import numpy as np

    from ops.prompts.sound import RATE

    length = len(MELODY) * SECONDS_A_BAR * RATE
    out = np.zeros(length, np.float32)

    def play(note: str, start: float, seconds: float, loudness: float) -> None:
        time = np.arange(int(seconds * RATE)) / RATE
        shape = (
            np.minimum(time / 0.06, 1) * np.exp(-2.2 * time / seconds) * np.minimum((seconds - time) / 0.3, 1)
        )
        wave = np.sin(2 * np.pi * frequency(note) * time) + 0.06 * np.sin(4 * np.pi * frequency(note) * time)
        places = (int(start * RATE) + np.arange(len(time))) % length
        out[places] += (loudness * shape * wave).astype(np.float32)

    for bar, (chord, line) in enumerate(zip(CHORDS, MELODY, strict=True)):
        start = float(bar * SECONDS_A_BAR)
        for note in chord:
            play(note, start, 5.0, 0.5)
        for beat, note in enumerate(line.split(" ")):
            if note != "-":
                play(note, start + beat, 2.5, 1.0)
    loudness = float(np.sqrt((out**2).mean()))
    quiet: Samples = out * (10 ** (-24 / 20) / loudness)
    return quiet


def render(places: Places, entries: dict[str, Entry]) -> None:
    """<home>/sounds/music/evening.wav, when it is not there."""
    digest = f"tune {TUNE_VERSION}"
    if is_current(places, NAME, entries.get(NAME), digest):
        return
    from ops.prompts.sound import wav

    data = wav(tune())
    write_atomically(places.sounds / f"{NAME}.wav", data)
    entries[NAME] = Entry(digest, "computed", "", len(data))
