"""`python -m ops.prompts.speak FILE`: standard input, spoken in Korean by espeak-ng, as a telephone prompt in FILE.

Used while a department's phone rings, to say the case's summary before the citizen is handed over. The text is an agent's
typing about a citizen: it is read from standard input, never from the command line, which other accounts can see.
"""

import sys
from pathlib import Path

from centre120.prompts import Prompt
from centre120.settings import load_settings
from ops.prompts.espeak import NoVoice, speak
from ops.prompts.places import places_of, write_atomically
from ops.prompts.sound import NotSound, read_wav, telephone_prompt

LONGEST = 200
"""Characters that are spoken: about twenty seconds. Who needs more reads it, or asks the agent."""


def sentence(text: str) -> str:
    """One line of printable text, cut at the last word that fits."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= LONGEST else line[:LONGEST].rpartition(" ")[0] or line[:LONGEST]


def main() -> int:
    text = sentence(sys.stdin.read(10_000))
    if not text:
        return 0
    try:
        spoken = speak(places_of(load_settings()).espeak, Prompt("summary", "ko", text))
        write_atomically(Path(sys.argv[1]), telephone_prompt(*read_wav(spoken)))
    except (NoVoice, NotSound, OSError) as error:
        print(f"the summary is not spoken: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
