"""What is said about numbers: spelled in six languages, and the announcements made of them.

Text comes from the spellers (`spell_...`), one grammar a language; programs never see it. They get prompt ids
(`queue_announcement`, `status_announcement`), each a sound file that the renderer made from a row of
`sounds/prompts.csv` or from `generated_texts`. Pure: no clock, no I/O.
"""

from centre120.spoken.announcements import queue_announcement, status_announcement
from centre120.spoken.generated import generated_ids, generated_texts
from centre120.spoken.spelling import (
    LANGUAGES,
    spell_digits,
    spell_minutes,
    spell_number,
    spell_ordinal,
    spell_position,
)

__all__ = [
    "LANGUAGES",
    "generated_ids",
    "generated_texts",
    "queue_announcement",
    "spell_digits",
    "spell_minutes",
    "spell_number",
    "spell_ordinal",
    "spell_position",
    "status_announcement",
]
