"""A case's page: supervisors change it, with a lock and a history; a case is assigned to a department, there and on the desk."""

import re

import pytest

from centre120.store.access import list_accesses
from centre120.store.cases import Case, find_case_of_call, get_case, list_case_changes
from centre120.store.directory import record_departments
from tests.pages.conftest import HOSTILE, Browser, City


@pytest.fixture(scope="module")
def water(city: City) -> int:
    """A department of the directory."""
    row = {
        "code": "w1",
        "kind": "department",
        "name_ko": "수도과",
        "name_en": "Waterworks",
        "number": "0230001111",
    }
    with city.database.transaction() as tx:
        return record_departments(tx, [row])["w1"]


def case_of(agent: Browser, city: City, text: str = "수도가 안 나와요") -> Case:
    """A case that agent 201 wrote."""
    call_id = city.call("201")
    agent.post_json(f"/desk/cases/{call_id}", {"text": text, "case_number": city.number()})
    with city.database.transaction() as tx:
        found = find_case_of_call(tx, call_id)
    assert found
    return found


def form_of(case: Case, **given: object) -> dict[str, object]:
    """What the page's form sends when nothing but `given` is changed."""
    kept = {"text": case.text, "summary": case.summary, "topic": case.topic or "", "status": case.status}
    return {**kept, "department_id": case.department_id or "", "version": case.version, **given}


def test_a_supervisor_changes_a_case_and_is_in_its_history(
    agent: Browser, supervisor: Browser, city: City, water: int
) -> None:
    case = case_of(agent, city)
    path = f"/cases/{case.case_number}"
    assert 'name="version"' in supervisor.get(path).text
    given = form_of(case, text="수도가\r\n안 나와요", status="with-department", department_id=water)
    assert supervisor.post(path, given).status_code == 303
    with city.database.transaction() as tx:
        saved = get_case(tx, case.case_number)
        history = [(one.by, one.field, one.before, one.after) for one in list_case_changes(tx, case.case_id)][
            -3:
        ]
        accesses = list_accesses(tx, who="boss")
    assert (saved.text, saved.status, saved.department_id) == ("수도가\n안 나와요", "with-department", water)
    assert saved.version == case.version + 1
    assert sorted(history) == [
        ("boss", "department_id", None, str(water)),
        ("boss", "status", "open", "with-department"),
        ("boss", "text", "수도가 안 나와요", "수도가\n안 나와요"),
    ]
    assert any(
        one.what == f"case:{case.case_number}" and one.purpose == "supervision: saved" for one in accesses
    )
    page = supervisor.get(path, headers={"Accept-Language": "en"}).text
    assert "민원을 저장했습니다." in page and page.count("Waterworks") >= 2  # what it is, and in the history
    assert "민원을 저장했습니다." not in supervisor.get(path, headers={"Accept-Language": "en"}).text


def test_what_somebody_saved_meanwhile_is_shown_and_nothing_typed_is_lost(
    agent: Browser, supervisor: Browser, city: City
) -> None:
    case = case_of(agent, city)
    path = f"/cases/{case.case_number}"
    assert supervisor.post(path, form_of(case, text="the first")).status_code == 303
    late = supervisor.post(path, form_of(case, text="the second"))
    assert late.status_code == 409
    assert "the first" in late.text and "the second" in late.text
    with city.database.transaction() as tx:
        assert get_case(tx, case.case_number).text == "the first"
    version = re.search(r'name="version" value="(\d+)"', late.text)
    assert (
        version
        and supervisor.post(path, form_of(case, text="the second", version=version[1])).status_code == 303
    )


def test_an_agent_may_not_change_what_they_may_not_read(
    agent: Browser, other_agent: Browser, city: City
) -> None:
    case = case_of(agent, city)
    path = f"/cases/{case.case_number}"
    assert agent.get(path).status_code == 200 and other_agent.get(path).status_code == 403
    assert other_agent.post(path, form_of(case, text="mine")).status_code == 403
    with city.database.transaction() as tx:
        assert get_case(tx, case.case_number) == case


@pytest.mark.parametrize(
    "given",
    [
        {"version": ""},
        {"version": "-1"},
        {"version": "²"},
        {"version": "9999999999"},
        {"topic": "no-such"},
        {"status": "gone"},
        {"text": "x" * 20_001},
        {"department_id": "999999999"},
        {"department_id": "-5"},
        {"department_id": "٣"},
        {"department_id": "9" * 30},
    ],
)
def test_bad_input_is_refused_and_changes_nothing(
    agent: Browser, supervisor: Browser, city: City, given: dict[str, object]
) -> None:
    case = case_of(agent, city)
    assert supervisor.post(f"/cases/{case.case_number}", form_of(case, **given)).status_code == 422
    with city.database.transaction() as tx:
        assert get_case(tx, case.case_number) == case


def test_a_case_that_is_not_there(supervisor: Browser, agent: Browser, city: City) -> None:
    case = case_of(agent, city)
    assert supervisor.post("/cases/nonsense", form_of(case)).status_code == 404
    assert supervisor.post("/cases/2001010000018", form_of(case)).status_code == 404


def test_hostile_text_stands_in_the_form_as_text(agent: Browser, supervisor: Browser, city: City) -> None:
    case = case_of(agent, city, HOSTILE + "</textarea><script>alert(3)</script>")
    page = supervisor.get(f"/cases/{case.case_number}").text
    assert "<script>alert" not in page and "&lt;/textarea&gt;" in page


def test_the_desk_assigns_a_case_and_takes_it_back(agent: Browser, city: City, water: int) -> None:
    call_id, number = city.call("201"), city.number()
    path = f"/desk/cases/{call_id}"
    hit = agent.get("/directory/search?q=수도과").json["hits"][0]  # type: ignore[index]
    assert hit["department_id"] == water
    first = agent.post_json(path, {"text": "물", "department_id": str(water), "case_number": number}).json[
        "case"
    ]  # type: ignore[index]
    assert (first["department_id"], first["department"]) in {(water, "수도과"), (water, "Waterworks")}
    back = agent.post_json(path, {"department_id": "", "version": first["version"]}).json["case"]  # type: ignore[index]
    assert (back["department_id"], back["department"]) == (None, "")
    with city.database.transaction() as tx:
        case = get_case(tx, number)
        changes = [one for one in list_case_changes(tx, case.case_id) if one.field == "department_id"]
    assert [(one.by, one.before, one.after) for one in changes] == [
        ("201", None, str(water)),
        ("201", str(water), None),
    ]
    assert agent.post_json(path, {"department_id": 987654321, "version": back["version"]}).status_code == 422
