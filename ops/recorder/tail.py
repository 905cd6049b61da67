"""Reading files that others append to: whole lines only, from where we stopped, also when they are rotated.

A file is known by the digest of its first line, not by its name or inode: renamed, copied or restored it
is the same file; emptied and begun anew it is another. The position is the caller's to keep (in the same
transaction as the lines), so that nothing is lost or doubled when we die in between.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from centre120.rejected import LONGEST_LINE

_NOT_OURS = (".gz", ".xz", ".bz2", ".zst", ".tmp")


@dataclass(frozen=True)
class Line:
    path: Path
    file_id: str
    position: int  # of its first byte
    end: int  # of the byte after its newline
    content: bytes


@dataclass
class Source:
    """All files `directory/pattern`. `seen` remembers files that have nothing new: idle polls only stat."""

    kind: str
    directory: Path
    pattern: str
    seen: dict[Path, tuple[int, int, int]] = field(default_factory=dict)

    def read(self, positions: Mapping[str, int], room: int) -> Iterator[Line]:
        """At most `room` new lines, oldest file first."""
        for path, stamp in self.files():
            if room <= 0:
                return
            if self.seen.get(path) == stamp:
                continue
            count = 0
            for line in read_lines(path, positions, room):
                count += 1
                yield line
            room -= count
            if count == 0:
                self.seen[path] = stamp

    def forget(self) -> None:
        """Look at every file again: the positions were set back."""
        self.seen.clear()

    def files(self) -> list[tuple[Path, tuple[int, int, int]]]:
        """Each with its inode, size and time of change (ns); the oldest change first."""
        found = []
        for path in self.directory.glob(self.pattern):
            try:
                status = path.stat()
            except OSError:
                continue  # renamed just now: it comes back under its new name
            if path.suffix not in _NOT_OURS and path.is_file():
                found.append((path, (status.st_ino, status.st_size, status.st_mtime_ns)))
        return sorted(found, key=lambda entry: (entry[1][2], str(entry[0])))


def identity(first_line: bytes) -> str:
    """What a file is known by."""
    return hashlib.blake2b(first_line, digest_size=16).hexdigest()


def read_lines(path: Path, positions: Mapping[str, int], room: int) -> Iterator[Line]:
    """Whole lines of one file from its position on. What follows the last newline is left for next time."""
    try:
        with path.open("rb") as file:
            first = file.readline(LONGEST_LINE)
            if not first.endswith(b"\n") and len(first) < LONGEST_LINE:
                return
            file_id = identity(first)
            position = positions.get(file_id, 0)
            if position > file.seek(0, 2):
                position = 0  # begun anew with the same line; digests and seqs drop what is known
            file.seek(position)
            while room > 0:
                content = file.readline(LONGEST_LINE + 1)
                if not content.endswith(b"\n") and len(content) <= LONGEST_LINE:
                    return
                end = position + len(content)
                yield Line(path, file_id, position, end, content.rstrip(b"\r\n"))
                position = end
                room -= 1
    except OSError:
        return  # it is read again at the next poll
