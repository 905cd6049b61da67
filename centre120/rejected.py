"""What a line of a witness is when it can not be read."""

from dataclasses import dataclass
from typing import Final

LONGEST_LINE: Final = 1_000_000


@dataclass(frozen=True)
class Rejected:
    reason: str
