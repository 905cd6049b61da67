"""The tables, one file per area of the city; `metadata` holds them all and the migrations must equal it.

Conventions: `..._at` is timestamptz (UTC), `..._seconds` a number, `..._on` a date in the centre's zone.
Lists of allowed words are CHECK constraints made from the same tuples that Python uses. Facts that a witness
reported (extensions, department ids) carry no foreign key: a fact stays true when its subject is deleted.
"""

from centre120.store.schema import (
    answers,
    books,
    calls,
    case_work,
    cases,
    consultation,
    directory,
    figures,
    interpreters,
    people,
    witnesses,
)
from centre120.store.schema.metadata import metadata

__all__ = [
    "answers",
    "books",
    "calls",
    "case_work",
    "cases",
    "consultation",
    "directory",
    "figures",
    "interpreters",
    "metadata",
    "people",
    "witnesses",
]
