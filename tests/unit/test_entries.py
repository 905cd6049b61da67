"""Fields of an entry: what is refused, whether it holds today, and a spreadsheet that runs nothing."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centre120.entries import (
    EntryFields,
    RowRefused,
    cell_text,
    checked,
    day_of,
    fields_of_json,
    safe_cell,
    standing_of,
)

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("since", "until", "dispute", "standing"),
    [
        (None, None, "", "valid"),
        (TODAY, TODAY, "", "valid"),
        (date(2026, 11, 22), None, "", "not-yet"),
        (None, date(2026, 11, 20), "", "expired"),
        (None, date(2026, 11, 20), "금액이 다름", "disputed"),
    ],
    ids=["no dates", "first and last day", "tomorrow", "yesterday", "doubt comes first"],
)
def test_standing(since: date | None, until: date | None, dispute: str, standing: str) -> None:
    assert standing_of(since, until, dispute, TODAY) == standing


@pytest.mark.parametrize("text", ["2026-11-21", "2026.11.21", "2026. 11. 21.", "2026/11/21", "20261121"])
def test_days_as_people_write_them(text: str) -> None:
    assert day_of(text, "valid_from") == TODAY


@pytest.mark.parametrize("text", ["21-11-2026", "2026-13-01", "soon", "2026-11", "0001-01-01", "٢٠٢٦"])
def test_what_is_no_day_is_refused_by_name(text: str) -> None:
    with pytest.raises(RowRefused, match="valid_from"):
        day_of(text, "valid_from")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        (EntryFields(" ", "a"), "title is empty"),
        (EntryFields("a", "\n"), "answer is empty"),
        (EntryFields("a" * 301, "a"), "title has 301"),
        (EntryFields("a", "a", language="xx"), "language: xx"),
        (EntryFields("a", "a", valid_from=TODAY, valid_until=date(2026, 1, 1)), "before valid_from"),
    ],
)
def test_fields_that_can_not_be(fields: EntryFields, why: str) -> None:
    with pytest.raises(RowRefused, match=why):
        checked(fields)


def test_fields_survive_their_revision() -> None:
    fields = checked(EntryFields("a", "b\x00", (" q ", "q", ""), valid_until=TODAY))
    assert fields.questions == ("q",) and fields.answer == "b"
    assert fields_of_json(fields.as_json()) == fields


@pytest.mark.parametrize("text", ['=HYPERLINK("x")', "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "\uff1d1"])
def test_formula_becomes_text_and_comes_back(text: str) -> None:
    assert safe_cell(text).startswith("'") and cell_text(safe_cell(text)) == text


@given(st.text())
def test_any_cell_comes_back(text: str) -> None:
    assert cell_text(safe_cell(text)) == text
