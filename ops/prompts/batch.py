"""Many prompts from one espeak-ng: starting it costs more than speaking a sentence.

Between two texts stands a break of two seconds, longer than any pause in a sentence (0.45 s at most), and silence is
exact zeros: so the stream is cut there. A count that is not right throws the whole batch away, and each of its prompts
is spoken by a process of its own.
"""

from collections.abc import Sequence

from centre120.prompts import Prompt
from ops.prompts import espeak
from ops.prompts.places import Places

SIZE = 24
BREAK_SECONDS = 2.0
SHORTEST_BREAK = 1.5


def batches(prompts: Sequence[Prompt]) -> list[list[Prompt]]:
    """At most SIZE prompts of one voice each."""
    by_voice: dict[espeak.Voice | None, list[Prompt]] = {}
    for prompt in prompts:
        by_voice.setdefault(espeak.voice_of(prompt), []).append(prompt)
    return [spoken[at : at + SIZE] for spoken in by_voice.values() for at in range(0, len(spoken), SIZE)]


def render_batch(places: Places, prompts: Sequence[Prompt]) -> dict[tuple[str, str], bytes]:
    """Finished files by (id, language). Whatever could not be had is left out; the caller asks for it alone."""
    from ops.prompts import sound

    try:
        stream = espeak.speak_with_breaks(places.espeak, prompts, BREAK_SECONDS)
        pieces = sound.cut_at_silence(*sound.read_wav(stream), SHORTEST_BREAK)
    except (espeak.NoVoice, sound.NotSound):
        return {}
    if len(pieces) != len(prompts):
        return {}
    made = {}
    for prompt, (samples, rate) in zip(prompts, pieces, strict=True):
        try:
            made[(prompt.id, prompt.language)] = sound.telephone_prompt(samples, rate)
        except sound.NotSound:
            continue
    return made
