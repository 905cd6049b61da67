"""What the programs ask of the store, each asked once for real."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from centre120 import cases as numbers
from centre120.store import access, agents, calls, cases, directory, languages, lists, roster, users
from centre120.store.database import Database, Transaction
from centre120.store.errors import ChangedMeanwhile, NotFound, Refused
from centre120.store.first_logins import create_first_logins

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
NUMBER = numbers.case_number(date(2026, 11, 21), 1, 42)


def test_language_is_remembered_and_replaced(tx: Transaction) -> None:
    assert languages.find_language(tx, "01012345678") is None
    languages.record_language(tx, "01012345678", "vi", NOW)
    languages.record_language(tx, "01012345678", "mn", NOW + timedelta(seconds=1))
    assert languages.find_language(tx, "01012345678") == "mn"


def test_hostile_text_is_stored_as_text(tx: Transaction) -> None:
    hostile = "'; DROP TABLE calls; --\u202e<script>\U0001f600"
    case = cases.save_case_for_call(tx, uuid4(), NUMBER, "201", NOW, summary=hostile)
    assert cases.get_case(tx, NUMBER).summary == hostile == case.summary


def test_case_saved_before_the_recorder_saw_the_call_is_the_only_case(tx: Transaction) -> None:
    call_id = uuid4()
    first = cases.save_case_for_call(tx, call_id, NUMBER, "201", NOW, summary="누수", topic="water.outage")
    again = cases.open_case(tx, call_id, NUMBER, opened_at=NOW, day=NOW.date())
    assert again.case_id == first.case_id
    assert cases.find_case_of_call(tx, call_id) == again
    assert cases.list_calls_of_case(tx, first.case_id) == [call_id]
    assert (first.version, first.summary, first.topic) == (2, "누수", "water.outage")


def test_second_save_of_the_same_version_is_refused_and_changes_nothing(tx: Transaction) -> None:
    case = cases.save_case_for_call(tx, uuid4(), NUMBER, "201", NOW, text="a")
    cases.change_case(tx, NUMBER, case.version, "201", NOW, text="b")
    with pytest.raises(ChangedMeanwhile) as error:
        cases.change_case(tx, NUMBER, case.version, "202", NOW, text="c")
    assert error.value.version == 3
    assert cases.get_case(tx, NUMBER).text == "b"


def test_history_names_field_person_before_and_after(tx: Transaction) -> None:
    case = cases.save_case_for_call(tx, uuid4(), NUMBER, "201", NOW, text="a")
    case = cases.change_case(
        tx, NUMBER, case.version, "202", NOW, status="resolved", due_on=date(2026, 12, 1)
    )
    assert case.resolved_at == NOW
    history = [(c.by, c.field, c.before, c.after) for c in cases.list_case_changes(tx, case.case_id)]
    assert history == [
        ("201", "text", "", "a"),
        ("202", "status", "open", "resolved"),
        ("202", "due_on", None, "2026-12-01"),
    ]


def test_saving_nothing_new_makes_no_version(tx: Transaction) -> None:
    case = cases.save_case_for_call(tx, uuid4(), NUMBER, "201", NOW, text="a")
    assert cases.change_case(tx, NUMBER, case.version, "201", NOW, text="a").version == case.version


def test_recorders_number_gives_way_to_the_number_that_was_said(tx: Transaction) -> None:
    call_id = uuid4()
    own = cases.save_case_for_call(tx, call_id, None, "201", NOW)
    assert own.case_number[6] == "0"
    assert numbers.parse_case_number(own.case_number) == own.case_number
    renamed = cases.open_case(tx, call_id, NUMBER, opened_at=NOW, day=NOW.date())
    assert (renamed.case_id, renamed.case_number) == (own.case_id, NUMBER)


def test_case_status_for_the_phone_names_the_department(tx: Transaction) -> None:
    ids = directory.record_departments(tx, [department("t1", "물순환과", "Water Cycle Division")])
    case = cases.save_case_for_call(tx, uuid4(), NUMBER, "201", NOW, department_id=ids["t1"])
    case = cases.change_case(tx, NUMBER, case.version, "201", NOW, status="with-department")
    status = cases.find_case_status(tx, numbers.shown(NUMBER))
    assert status is not None
    assert (status.status, status.department_ko) == ("with-department", "물순환과")
    assert cases.find_case_status(tx, NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10)) is None
    assert cases.find_case_status(tx, "'; --") is None


def test_earlier_cases_of_a_number_newest_first(tx: Transaction) -> None:
    for day in (1, 2, 3):
        number = numbers.case_number(date(2026, 11, day), 1, 7)
        moment = datetime(2026, 11, day, tzinfo=UTC)
        cases.open_case(
            tx, new_call(tx), number, opened_at=moment, day=moment.date(), facts={"citizen_number": "021"}
        )
    found = cases.list_earlier_cases(tx, "021", 2, before=datetime(2026, 11, 3, tzinfo=UTC))
    assert [case.case_number[:6] for case in found] == ["261102", "261101"]


def test_calls_are_filtered_and_paged(tx: Transaction) -> None:
    for minute in range(5):
        new_call(tx, NOW + timedelta(minutes=minute), outcome="answered" if minute % 2 else "abandoned")
    page = calls.list_calls(tx, calls.CallFilter(outcome="abandoned", since=NOW), 1, 2)
    assert page.total == 3
    assert [call.arrived_at.minute for call in page.calls] == [4, 2]
    assert [
        c.arrived_at.minute for c in calls.list_calls(tx, calls.CallFilter(outcome="abandoned"), 2, 2).calls
    ] == [0]


def test_disposition_must_be_on_the_list(tx: Transaction) -> None:
    call_id = new_call(tx)
    calls.set_disposition(tx, call_id, lists.list_dispositions(tx)[0].code, "201", NOW)
    assert calls.get_call(tx, call_id).call.disposition == "answered"
    with pytest.raises(Refused):
        calls.set_disposition(tx, call_id, "nonsense", "201", NOW)
    with pytest.raises(NotFound):
        calls.set_disposition(tx, uuid4(), "answered", "201", NOW)


def test_topics_come_after_their_parents(tx: Transaction) -> None:
    seen: set[str | None] = {None}
    for topic in lists.list_topics(tx):
        assert topic.parent in seen
        seen.add(topic.code)


def test_agent_and_roster(tx: Transaction, tmp_path: Path) -> None:
    secret = agents.add_agent(tx, "291", name="김민지", languages=["ko", "en"], skills=["water"])
    agent = agents.find_agent(tx, "291")
    assert agent is not None and agent.ha1 == agents.ha1("291", secret)
    before = roster.find_roster_stamp(tx)
    assert agents.change_agent(tx, "291", active=False).languages == ("ko", "en")
    agents.reset_agent_secret(tx, "291")
    assert roster.find_roster_stamp(tx) != before
    path = tmp_path / "state" / "roster.json"
    roster.write_roster(path, roster.export_roster(tx, NOW))
    assert path.stat().st_mode & 0o777 == 0o600
    entry = next(a for a in json.loads(path.read_text())["agents"] if a["extension"] == "291")
    assert set(entry) == {
        "extension",
        "name",
        "name_latin",
        "ha1",
        "languages",
        "skills",
        "districts",
        "active",
    }
    assert entry["name"] == "김민지" and entry["active"] is False and secret not in path.read_text()


@pytest.mark.parametrize("extension", ["2", "20a", "٢٠١", "201;DROP"])
def test_extension_is_ascii_digits(tx: Transaction, extension: str) -> None:
    with pytest.raises(Refused):
        agents.add_agent(tx, extension, name="x")


def test_access_is_on_record(tx: Transaction) -> None:
    access.record_access(tx, who="sup", address="::1", whose="021", what="list", purpose="complaint", now=NOW)
    assert [(a.who, a.purpose) for a in access.list_accesses(tx, whose="021")] == [("sup", "complaint")]


def test_first_logins_are_shown_once_and_must_be_changed(fresh: Database, fresh_url: str) -> None:
    logins = create_first_logins(fresh_url, demo=False)
    assert {(login.role, login.extension) for login in logins} == {
        ("telecom-admin", None),
        ("supervisor", None),
        ("agent", "201"),
    }
    assert create_first_logins(fresh_url, demo=False) == []
    user = users.authenticate_user(fresh, logins[0].login.upper() + " ", logins[0].password, NOW)
    assert isinstance(user, users.User) and user.must_change_password
    with pytest.raises(Refused):
        users.change_password(fresh, user.user_id, logins[0].password, "short")
    changed = users.change_password(fresh, user.user_id, logins[0].password, "a long enough password")
    assert not changed.must_change_password and changed.session_epoch == user.session_epoch + 1


def test_five_wrong_passwords_lock_a_login_for_a_while(fresh: Database) -> None:
    with fresh.transaction() as tx:
        users.add_user(tx, "kim", "right password", "agent")
    for _ in range(users.FAILURES_BEFORE_LOCK):
        refusal = users.authenticate_user(fresh, "kim", "wrong", NOW)
    assert refusal == users.LoginRefused("locked", NOW + users.LOCK)
    assert users.authenticate_user(fresh, "kim", "right password", NOW) == refusal
    assert isinstance(users.authenticate_user(fresh, "kim", "right password", NOW + users.LOCK), users.User)
    assert users.authenticate_user(fresh, "nobody", "x" * 5000, NOW) == users.LoginRefused("wrong")


def test_directory_finds_by_name_duty_number_with_slips_and_names_the_deputy(tx: Transaction) -> None:
    ids = directory.record_departments(
        tx,
        [
            department(
                "t1",
                "택시정책과",
                "Taxi Policy Division",
                duty_ko="택시 요금, 승차 거부 신고",
                number="0271110001",
            ),
            department(
                "t2", "물재생시설과", "Water Reuse Division", duty_ko="하수 처리", number="0271110002"
            ),
        ],
    )
    people = directory.record_officials(
        tx,
        [
            official("o2", ids["t1"], "박서연", "0272220002"),
            official("o1", ids["t1"], "이도윤", "0272220001"),
        ],
    )
    away = official("o1", ids["t1"], "이도윤", "0272220001") | {
        "absent_from": NOW - timedelta(days=1),
        "absent_until": NOW + timedelta(days=1),
        "absence_reason": "출장",
        "deputy_id": people["o2"],
    }
    assert directory.record_officials(tx, [away]) == {"o1": people["o1"]}

    def first(text: str) -> str:
        return directory.search_directory(tx, text, NOW)[0].name_ko

    assert first("택시 정책과") == "택시정책과"
    assert first("텍시정책과") == "택시정책과"  # ㅔ for ㅐ
    assert first("승차거부") == "택시정책과"
    assert first("taxi policy") == "택시정책과"
    assert first("02-7111-0002") == "물재생시설과"
    hit = directory.search_directory(tx, "이도윤", NOW)[0]
    assert (hit.absence_reason, hit.deputy_name, hit.deputy_number) == ("출장", "박서연", "0272220002")
    back = directory.search_directory(tx, "이도윤", NOW + timedelta(days=2))[0]
    assert (back.absence_reason, back.deputy_name) == (None, None)
    assert directory.search_directory(tx, "%_' ", NOW) == []


def department(code: str, korean: str, english: str, **more: object) -> dict[str, object]:
    row = {"code": code, "kind": "department", "name_ko": korean, "name_en": english, "number": "0270000000"}
    return {**row, "parent_id": None, "district": None, "duty_ko": "", "duty_en": "", **more}


def official(code: str, department_id: int, name: str, number: str) -> dict[str, object]:
    row: dict[str, object] = {"code": code, "department_id": department_id, "name": name, "number": number}
    away = dict.fromkeys(("absent_from", "absent_until", "absence_reason", "deputy_id"))
    return {**row, "name_latin": "", "title": "주무관", "duty": "", **away}


def new_call(tx: Transaction, arrived_at: datetime = NOW, outcome: str = "answered") -> UUID:
    call_id = uuid4()
    tx.execute(sa.insert(calls.calls).values(call_id=call_id, arrived_at=arrived_at, outcome=outcome))
    return call_id
