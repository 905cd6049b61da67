"""placeholder"""

import csv


def prompt_ids(text: str) -> list[str]:
    return sorted({r["id"] for r in csv.DictReader(text.splitlines())})
