"""A case is worked on by several people: nothing is overwritten silently, everything is in its history, and can be undone."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from centre120.store.case_work import list_linked_cases, list_notes, record_opening
from centre120.store.cases import get_case, list_calls_of_case, list_case_changes
from centre120.store.demo import _places
from centre120.store.places import record_places, search_places
from centre120.store.topics import list_all_topics, list_topic_changes
from tests.pages.conftest import HOSTILE, Browser, City
from tests.pages.test_cases import case_of, form_of


@pytest.fixture(scope="module")
def gazetteer(city: City) -> int:
    with city.database.transaction() as tx:
        return record_places(tx, _places())


def test_an_agent_changes_an_earlier_case_of_a_citizen_they_speak_with_and_no_other(
    agent: Browser, other_agent: Browser, city: City
) -> None:
    number = "01055554444"
    before = city.call("202", number=number)
    other_agent.post_json(f"/desk/cases/{before}", {"text": "the old text", "case_number": city.number()})
    with city.database.transaction() as tx:
        tx.execute(sa.text("UPDATE cases SET citizen_number = :n WHERE text = 'the old text'"), {"n": number})
        case = get_case(
            tx, tx.scalar(sa.text("SELECT case_number FROM cases WHERE text = 'the old text'")) or ""
        )
    path = f"/cases/{case.case_number}"
    assert agent.post(path, form_of(case, text="mine")).status_code == 403
    city.call("201", number=number)  # now 201 speaks with that citizen
    assert agent.post(path, form_of(case, text="what they said today")).status_code == 303
    with city.database.transaction() as tx:
        saved = get_case(tx, case.case_number)
        assert (saved.text, list_case_changes(tx, saved.case_id)[-1].by) == ("what they said today", "201")


def test_an_agent_who_saves_late_is_told_and_keeps_what_they_typed(
    agent: Browser, supervisor: Browser, city: City
) -> None:
    case = case_of(agent, city)
    path = f"/cases/{case.case_number}"
    assert supervisor.post(path, form_of(case, text="the first")).status_code == 303
    late = agent.post(path, form_of(case, text="the second"))
    assert late.status_code == 409 and "the first" in late.text and "the second" in late.text
    with city.database.transaction() as tx:
        assert get_case(tx, case.case_number).text == "the first"


def test_a_closed_case_is_reopened_by_an_agent_before_it_is_changed(
    agent: Browser, supervisor: Browser, city: City
) -> None:
    case = case_of(agent, city)
    path = f"/cases/{case.case_number}"
    supervisor.post(path, form_of(case, status="closed"))
    closed = form_of(case, version=case.version + 1, text="again")
    assert agent.post(path, {**closed, "status": "closed"}).status_code == 403
    assert agent.post(f"{path}/notes", {"text": "called again"}).status_code == 303
    assert agent.post(path, {**closed, "status": "reopened"}).status_code == 303
    with city.database.transaction() as tx:
        assert get_case(tx, case.case_number).status == "reopened"


def test_notes_have_authors_and_a_withdrawn_one_stays_in_the_history(
    agent: Browser, supervisor: Browser, city: City
) -> None:
    case = case_of(agent, city)
    path = f"/cases/{case.case_number}"
    assert (
        supervisor.post(f"{path}/notes", {"text": f"ask again 900101-1234567 {HOSTILE}"}).status_code == 303
    )
    assert supervisor.post(f"{path}/notes", {"text": "  "}).status_code == 422
    with city.database.transaction() as tx:
        (note,) = list_notes(tx, case.case_id)
    assert note.by == "boss" and "900101-1******" in note.text
    page = agent.get(path).text
    assert "900101-1******" in page and "<script>alert" not in page
    assert agent.post(f"{path}/notes/{note.note_id}/withdraw", {}).status_code == 422  # not theirs
    assert supervisor.post(f"{path}/notes/{note.note_id}/withdraw", {}).status_code == 303
    with city.database.transaction() as tx:
        history = [(one.field, one.before, one.after) for one in list_case_changes(tx, case.case_id)]
        assert list_notes(tx, case.case_id)[0].withdrawn_by == "boss"
    assert history[-2:] == [("note", None, note.text), ("note", note.text, None)]


def test_links_are_seen_from_both_sides_and_taken_back(
    agent: Browser, other_agent: Browser, supervisor: Browser, city: City
) -> None:
    one, two = case_of(agent, city, "first"), case_of(agent, city, "second")
    path = f"/cases/{two.case_number}"
    shown = f"{one.case_number[:6]}-{one.case_number[6:12]}-{one.case_number[12:]}"
    assert agent.post(f"{path}/links", {"other": shown}).status_code == 303
    assert agent.post(f"{path}/links", {"other": shown}).status_code == 303  # twice is once
    assert agent.post(f"{path}/links", {"other": two.case_number}).status_code == 422
    assert other_agent.post(f"{path}/links", {"other": shown}).status_code == 403
    with city.database.transaction() as tx:
        for case, other in ((one, two), (two, one)):
            assert [link.case_number for link in list_linked_cases(tx, case.case_id)] == [other.case_number]
            assert list_case_changes(tx, case.case_id)[-1].after == other.case_number
    assert supervisor.post(f"{path}/links/{one.case_number}/remove", {}).status_code == 303
    with city.database.transaction() as tx:
        assert list_linked_cases(tx, one.case_id) == []
        assert list_case_changes(tx, one.case_id)[-1].before == two.case_number


def test_undo_gives_a_field_back_and_only_the_newest_change_of_it(
    agent: Browser, supervisor: Browser, city: City
) -> None:
    case = case_of(agent, city, "one")
    path = f"/cases/{case.case_number}"
    supervisor.post(path, form_of(case, text="two", topic="water", due_on="2026-12-01"))
    supervisor.post(
        path, form_of(case, text="three", topic="water", due_on="2026-12-01", version=case.version + 1)
    )
    with city.database.transaction() as tx:
        changes = {(one.field, one.after): one.change_id for one in list_case_changes(tx, case.case_id)}
    undo = f"{path}/changes"
    assert supervisor.post(f"{undo}/{changes[('text', 'two')]}/undo", {}).status_code == 422
    for field, after in (("text", "three"), ("topic", "water"), ("due_on", "2026-12-01")):
        assert f"changes/{changes[(field, after)]}/undo" in supervisor.get(path).text
        assert agent.post(f"{undo}/{changes[(field, after)]}/undo", {}).status_code == 303
    with city.database.transaction() as tx:
        saved = get_case(tx, case.case_number)
    assert (saved.text, saved.topic, saved.due_on) == ("two", None, None)


def _calls(city: City, case_id: int) -> list[UUID]:
    with city.database.transaction() as tx:
        return list_calls_of_case(tx, case_id)


def test_two_who_have_a_case_open_see_each_other_until_they_leave(
    agent: Browser, other_agent: Browser, supervisor: Browser, city: City
) -> None:
    case = case_of(agent, city)
    path = f"/cases/{case.case_number}/open"
    assert agent.post_json(path, {}).json == {"version": case.version, "others": []}
    seen = supervisor.post_json(path, {}).json
    assert seen and [one["who"] for one in seen["others"]] == ["201"]
    supervisor.post(f"/cases/{case.case_number}", form_of(case, text="newer"))
    again = agent.post_json(path, {}).json
    assert again and again["version"] == case.version + 1 and again["others"][0]["who"] == "boss"
    (call_id,) = _calls(city, case.case_id)
    on_desk = agent.post_json(f"/desk/cases/{call_id}/open", {}).json
    assert on_desk and on_desk["others"][0]["who"] == "boss"
    assert other_agent.post_json(f"/desk/cases/{call_id}/open", {}).json == {"version": None, "others": []}
    assert other_agent.post_json(path, {}).status_code == 403
    with city.database.transaction() as tx:
        later = datetime.now(UTC) + timedelta(minutes=1)
        assert record_opening(tx, case.case_id, "201", later) == []


def test_a_period_is_counted_in_working_days_from_the_opening(
    agent: Browser, supervisor: Browser, city: City
) -> None:
    case = case_of(agent, city)
    path = f"/cases/{case.case_number}"
    with city.database.transaction() as tx:
        tx.execute(
            sa.text("UPDATE cases SET opened_at = '2026-11-23T01:00Z' WHERE case_id = :i"),
            {"i": case.case_id},
        )
    days = "/working-days"
    assert (
        supervisor.post(days, {"day": "2026-11-25", "name": "임시공휴일", "do": "holiday"}).status_code == 303
    )
    assert "임시공휴일" in supervisor.get(days).text
    assert supervisor.post(path, form_of(case, due_days="7")).status_code == 303
    with city.database.transaction() as tx:
        assert str(get_case(tx, case.case_number).due_on) == "2026-12-02"
    assert supervisor.post(days, {"day": "2026-11-25", "do": "forget"}).status_code == 303
    assert supervisor.post(days, {"day": "tomorrow", "do": "holiday", "name": "x"}).status_code == 422
    assert supervisor.post(path, form_of(case, version=case.version + 1, due_days="8")).status_code == 422
    assert agent.get(days).status_code == 403


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("강남역", "gangnam-station"),
        ("광화문 광장", "gwanghwamun"),
        ("세종대로 110", "seoul-city-hall"),
        ("고척스카이돔", "gocheok"),
        ("gangnam station", "gangnam-station"),
        ("강남억", "gangnam-station"),
    ],
)
def test_a_place_is_found_by_name_address_and_with_a_wrong_letter(
    city: City, gazetteer: int, asked: str, found: str
) -> None:
    with city.database.transaction() as tx:
        assert search_places(tx, asked)[0].code == found


def test_a_place_gives_the_district_that_answers_for_it(
    agent: Browser, supervisor: Browser, city: City, gazetteer: int
) -> None:
    case = case_of(agent, city)
    hit = agent.post_json("/places/search", {"q": "코엑스"}).json["hits"][0]  # type: ignore[index]
    assert hit["district"] == "강남구"
    path = f"/cases/{case.case_number}"
    given = form_of(case, place=hit["name"], place_id=hit["place_id"], district=hit["district"])
    assert agent.post(path, given).status_code == 303
    assert (
        supervisor.post(path, form_of(case, version=case.version + 1, place_id="99999999")).status_code == 422
    )
    with city.database.transaction() as tx:
        saved = get_case(tx, case.case_number)
    assert (saved.place, saved.place_id, saved.district) == (hit["name"], hit["place_id"], "강남구")


def test_supervisors_edit_the_tree_of_topics_and_cases_of_before_keep_theirs(
    agent: Browser, supervisor: Browser, city: City
) -> None:
    case = case_of(agent, city)
    path = f"/cases/{case.case_number}"
    assert (
        supervisor.post(
            "/topics", {"name_ko": "킥보드", "name_en": "Scooters", "parent": "transport"}
        ).status_code
        == 303
    )
    with city.database.transaction() as tx:
        added = next(one for one in list_all_topics(tx) if one.name_en == "Scooters")
    assert added.parent == "transport"
    assert supervisor.post(path, form_of(case, topic=added.code)).status_code == 303
    change = f"/topics/{added.code}"
    names = {"name_ko": "공유 킥보드", "name_en": "Scooters"}
    assert supervisor.post(change, {"do": "save", **names, "parent": "safety"}).status_code == 303
    assert supervisor.post(change, {"do": "save", **names, "parent": added.code}).status_code == 422
    assert supervisor.post(change, {"do": "up"}).status_code == 303
    assert supervisor.post(change, {"do": "retire"}).status_code == 303
    page = supervisor.get(path).text
    assert re.search(rf'value="{re.escape(added.code)}" selected', page), "the case keeps its retired topic"
    kept = form_of(case, topic=added.code, version=case.version + 1, text="saved with it")
    assert supervisor.post(path, kept).status_code == 303
    assert f'value="{added.code}" hidden disabled' in agent.get("/desk").text.replace("\n", "")
    with city.database.transaction() as tx:
        fields = [one.field for one in list_topic_changes(tx) if one.code == added.code]
    assert set(fields) >= {"added", "name_ko", "parent", "active"}
    assert "공유 킥보드" in supervisor.get("/topics").text
    assert agent.get("/topics").status_code == 403
    assert agent.post(change, {"do": "retire"}).status_code == 403
