"""The search over cases, against a plain reading of every case; and that every save is found at once."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from centre120.case_terms import DISTRICT, STATUS, terms_asked, terms_of_case
from centre120.cases import case_number
from centre120.store.case_search import (
    COMMON,
    NEWEST,
    CaseQuestion,
    index_missing_cases,
    search_cases,
)
from centre120.store.case_work import add_note, list_notes, withdraw_note
from centre120.store.cases import Case, change_case, get_case, open_case, save_case_for_call
from centre120.store.database import Database, Transaction
from centre120.store.schema.calls import calls
from centre120.store.synthetic_cases import fill

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)


def case(tx: Transaction, counter: int, text: str, *, name: str = "", **fields: object) -> Case:
    """A case of a call, saved by an agent."""
    call_id = sa.func.gen_random_uuid()
    made = tx.execute(
        sa.insert(calls)
        .values(call_id=call_id, arrived_at=NOW, outcome="answered", caller_name=name)
        .returning(calls.c.call_id)
    ).scalar_one()
    number = case_number(date(2026, 11, 21), 1, counter)
    saved = save_case_for_call(tx, made, number, "201", NOW + timedelta(minutes=counter), text=text, **fields)  # type: ignore[arg-type]
    tx.execute(
        sa.text("UPDATE cases SET citizen_number = :n WHERE case_id = :i"),
        {"n": f"0105555{counter:04d}", "i": saved.case_id},
    )
    return saved


def found(tx: Transaction, words: str = "", **more: object) -> list[str]:
    return [hit.case_number for hit in search_cases(tx, CaseQuestion(words, **more))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("수도 요금이 많이 나옴", "수도요금"),
        ("수도요금이 많이 나옴", "요금 수도"),
        ("김민지 님이 문의", "김민지"),
        ("Bus 472 was late", "bus 47"),
        ("전화 02-120 연결", "120"),
        ("누수", "누"),
    ],
)
def test_a_text_is_found_by_these_words(text: str, asked: str) -> None:
    terms = terms_of_case([text], "open")
    assert set(terms_asked(asked)) <= set(terms)


def test_no_word_of_a_text_passes_for_a_status_or_a_district() -> None:
    terms = terms_of_case([f"{STATUS}closed {DISTRICT}강남구"], "open")
    assert STATUS + "closed" not in terms and DISTRICT + "강남구" not in terms


def test_a_case_is_found_by_all_it_is_known_by_and_newest_first(tx: Transaction) -> None:
    one = case(tx, 9001, "버스 472번 배차 간격", topic="transport.bus", name="Hong Gildong")
    two = case(
        tx, 9002, "버스 정류장 의자 고장", topic="transport.bus", district="강남구", status="with-department"
    )
    one_first, two_first = [one.case_number, two.case_number], [two.case_number, one.case_number]
    assert found(tx, "버스") == two_first
    assert found(tx, "배차") == [one.case_number] and found(tx, "버스배차") == []
    assert found(tx, "gildong") == [one.case_number]
    assert found(tx, one.case_number) == [one.case_number] and found(tx, one.tracking_code or "") == [
        one.case_number
    ]
    assert found(tx, "010-5555-9001") == [one.case_number] and found(tx, "9002") == [two.case_number]
    assert found(tx, "버스", status="with-department") == [two.case_number]
    assert found(tx, "", topics=("transport.bus",), district="강남구") == [two.case_number]
    assert found(tx, "버스", since=two.opened_at) == [two.case_number]
    assert found(tx, "버스", until=two.opened_at) == [one.case_number]
    assert found(tx, "낙타") == [] and found(tx, "!?") == [] and sorted(one_first) == sorted(two_first)


def test_what_is_changed_is_found_as_it_is_now(tx: Transaction) -> None:
    one = case(tx, 9003, "소음 신고")
    change_case(tx, one.case_number, one.version, "boss", NOW, text="공사장 먼지", status="closed")
    assert found(tx, "소음") == [] and found(tx, "먼지", status="closed") == [one.case_number]
    now_there = get_case(tx, one.case_number)
    add_note(tx, now_there, "현장 확인했음", "boss", NOW, None)
    assert found(tx, "현장") == [one.case_number]
    withdraw_note(tx, now_there, list_notes(tx, one.case_id)[0].note_id, "boss", NOW, any_author=True)
    assert found(tx, "현장") == []


def test_an_agent_finds_only_cases_of_their_own_calls(tx: Transaction) -> None:
    one, two = case(tx, 9004, "환불 절차"), case(tx, 9005, "환불 기한")
    tx.execute(
        sa.text(
            "INSERT INTO offers (offer_id, call_id, agent_extension, offered_at, result)"
            " SELECT 'o-9004', call_id, '201', :at, 'answered' FROM case_calls WHERE case_id = :i"
        ),
        {"at": NOW, "i": one.case_id},
    )
    own = {"extension": "201", "own_since": NOW - timedelta(days=1)}
    assert found(tx, "환불") == [two.case_number, one.case_number]
    assert found(tx, "환불", **own) == [one.case_number]
    assert found(tx, two.case_number, **own) == [] and found(tx, one.case_number, **own) == [one.case_number]
    assert found(tx, "환불", extension="202", own_since=NOW) == []


def test_a_case_that_nobody_wrote_in_is_found_by_its_status_and_cases_of_before_after_indexing(
    tx: Transaction,
) -> None:
    from uuid import uuid4

    call_id = uuid4()
    tx.execute(sa.insert(calls).values(call_id=call_id, arrived_at=NOW, outcome="answered"))
    number = case_number(date(2026, 11, 21), 1, 9006)
    open_case(tx, call_id, number, opened_at=NOW + timedelta(days=900), day=date(2026, 11, 21))
    assert found(tx, "", status="open")[0] == number
    tx.execute(sa.text("DELETE FROM case_search"))
    assert found(tx, "", status="open") == []
    assert index_missing_cases(tx, 1000) >= 1 and index_missing_cases(tx, 1000) == 0
    assert number in found(tx, "", status="open")


def test_both_ways_of_searching_find_what_reading_every_case_finds(
    fresh: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many are looked for among the newest, few by the index, and by it too when the newest are not enough."""
    fill(fresh, 4_000)
    asked = (
        ("버스", "closed", "%버스%"),
        ("신고 강남역", None, "%신고%강남역%"),
        ("누수", None, "%누수%"),
        ("문의", "open", "%문의%"),
    )
    for newest, common in ((NEWEST, COMMON), (100, 0.0), (100_000, 0.0), (NEWEST, 1.1)):
        monkeypatch.setattr("centre120.store.case_search.NEWEST", newest)
        monkeypatch.setattr("centre120.store.case_search.COMMON", common)
        with fresh.transaction() as tx:
            for words, status, like in asked:
                query = "SELECT case_number FROM cases WHERE text LIKE :like AND coalesce(:status, status) = status"
                ordered = tx.scalars(
                    sa.text(query + " ORDER BY opened_at DESC LIMIT 50"), {"like": like, "status": status}
                )
                assert found(tx, words, status=status) == list(ordered), (words, newest, common)
    with pytest.raises(ValueError, match="has cases already"):
        fill(fresh, 10)
