"""A resident registration number planted wherever somebody can type: whole nowhere but in the answer to a reason on record."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from ari_app.desk_commands import _transfer
from centre120.logs import mask_numbers
from centre120.settings import Settings
from centre120.store.access import list_accesses
from centre120.store.cases import find_case_of_call, get_case, list_case_changes
from centre120.store.old_numbers import seal_old_numbers
from centre120.store.sealed import list_sealed_numbers, open_sealed_number, rotate_seals, sealer_of
from ops.secrets import ensure_secrets
from tests.pages.conftest import Browser, City, own_case

BORN, REST = "900101", "1234567"
PLANTED = f"{BORN}-{REST}"
MASKED = "900101-1******"
FORMS = (PLANTED, BORN + REST, f"{BORN} {REST}", "９００１０１－１２３４５６７", f"{BORN}-\u200b{REST}")


def everything_in(city: City) -> str:
    """Every value of every table, as text."""
    with city.database.transaction() as tx:
        tables = tx.scalars(sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        return "\n".join(
            str(row)
            for table in tables
            for row in tx.execute(sa.text(f'SELECT t::text FROM "{table}" t'))  # noqa: S608 - names of our own tables
        )


def is_in(text: str) -> bool:
    """Whether the number's last digits stand there, however the rest is written."""
    digits = re.sub(r"[^\d]", "", text.translate({ord("０") + n: str(n) for n in range(10)}))
    return REST in text or BORN + REST in digits


@pytest.mark.parametrize("form", FORMS)
def test_planted_in_every_field_it_is_whole_in_no_table_no_page_and_no_log(
    agent: Browser, supervisor: Browser, city: City, form: str
) -> None:
    with capture_logs() as said:
        call_id = city.call("201")
        first = agent.post_json(
            f"/desk/cases/{call_id}",
            {"text": f"주민번호 {form}입니다", "summary": f"본인 {form}", "case_number": city.number()},
        )
        assert first.status_code == 200
        view = first.json["case"]  # type: ignore[index]
        assert MASKED in view["text"] and MASKED in view["summary"]
        path = f"/cases/{view['case_number']}"
        given = {
            "text": f"again {form}",
            "summary": form,
            "topic": "",
            "status": "open",
            "version": view["version"],
        }
        assert supervisor.post(path, {**given, "department_id": ""}).status_code == 303
        pages = [
            supervisor.get(path),
            agent.get(path),
            agent.get(f"/desk/cases/{call_id}"),
            agent.get("/desk"),
        ]
        pages += [
            agent.get(f"/desk/earlier/{call_id}"),
            supervisor.get(f"/cases/{form}"),
            agent.get(f"/cases/{form}"),
        ]
        pages += [supervisor.get("/calls"), supervisor.get(f"/calls/{call_id}")]
    assert [page for page in pages if is_in(page.text)] == []
    assert not is_in(everything_in(city))
    assert not is_in(json.dumps([mask_numbers(None, "", dict(line)) for line in said], default=str))


def test_it_is_shown_whole_once_with_a_reason_and_that_is_on_record(
    agent: Browser, supervisor: Browser, other_agent: Browser, city: City, settings: Settings
) -> None:
    call_id = city.call("201")
    agent.post_json(f"/desk/cases/{call_id}", {"text": f"{PLANTED}, {PLANTED}", "case_number": city.number()})
    with city.database.transaction() as tx:
        case = find_case_of_call(tx, call_id)
        assert case
        kept = list_sealed_numbers(tx, case.case_id)
    assert [(one.field, one.masked, one.by) for one in kept] == [("text", MASKED, "201")]
    path = f"/cases/{case.case_number}/sealed/{kept[0].sealed_id}"
    assert supervisor.post(path, {"reason": " "}).status_code == 422
    assert other_agent.post(path, {"reason": "curious"}).status_code == 403
    assert supervisor.get(path).status_code == 405
    for who, browser in (("boss", supervisor), ("201", agent)):
        shown = browser.post(path, {"reason": f"waterworks asked, {PLANTED}"})
        assert shown.status_code == 200 and PLANTED in shown.text
        assert shown.headers["Cache-Control"] == "no-store"
        with city.database.transaction() as tx:
            latest = list_accesses(tx, who=who)[0]
        assert latest.purpose == f"resident number: waterworks asked, {MASKED}"
        assert latest.what == f"case:{case.case_number} sealed:{kept[0].sealed_id}"


def test_a_token_of_another_case_does_not_open_and_keys_can_be_changed(
    agent: Browser, city: City, settings: Settings, tmp_path: Path
) -> None:
    numbers = []
    for _ in range(2):
        call_id = city.call("201")
        agent.post_json(f"/desk/cases/{call_id}", {"text": PLANTED, "case_number": city.number()})
        with city.database.transaction() as tx:
            case = find_case_of_call(tx, call_id)
            assert case
            numbers.append((case.case_id, list_sealed_numbers(tx, case.case_id)[0].sealed_id))
    old = settings.secret("record_keys")
    ensure_secrets(tmp_path)
    new = (tmp_path / "secrets" / "record_keys").read_text(encoding="ascii").strip()
    with city.database.engine.connect() as tx:
        tx.execute(
            sa.text(
                "UPDATE sealed_numbers SET token = (SELECT token FROM sealed_numbers WHERE sealed_id = :a) WHERE sealed_id = :b"
            ),
            {"a": numbers[0][1], "b": numbers[1][1]},
        )
        with pytest.raises(Exception, match="seal-broken"):
            open_sealed_number(tx, *numbers[1], sealer_of(old))
        count, last = rotate_seals(tx, sealer_of(f"{new}\n{old}"), limit=1)
        while count:
            count, last = rotate_seals(tx, sealer_of(f"{new}\n{old}"), last, limit=1)
        assert open_sealed_number(tx, *numbers[0], sealer_of(new)) == PLANTED
        with pytest.raises(Exception, match="seal-broken"):
            open_sealed_number(tx, *numbers[0], sealer_of(old))
        tx.rollback()


def test_saving_the_same_number_again_makes_no_second_seal_and_no_version(agent: Browser, city: City) -> None:
    call_id, number = city.call("201"), city.number()
    path = f"/desk/cases/{call_id}"
    first = agent.post_json(path, {"text": PLANTED, "case_number": number}).json["case"]  # type: ignore[index]
    again = agent.post_json(path, {"text": PLANTED, "version": first["version"]}).json["case"]  # type: ignore[index]
    assert again["version"] == first["version"]
    with city.database.transaction() as tx:
        case = get_case(tx, number)
        assert len(list_sealed_numbers(tx, case.case_id)) == 1
        assert [one.after for one in list_case_changes(tx, case.case_id)] == [MASKED]


def test_a_case_number_that_exists_stays_readable_in_a_text(agent: Browser, city: City) -> None:
    call_id, number = city.call("201"), city.number()
    saved = agent.post_json(f"/desk/cases/{call_id}", {"text": f"see {number}", "case_number": number}).json[
        "case"
    ]  # type: ignore[index]
    assert saved["text"] == f"see {number}"


def test_without_the_key_it_is_masked_all_the_same(
    agent: Browser, city: City, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.areas.desk.sealer", lambda: None)
    call_id = city.call("201")
    saved = agent.post_json(f"/desk/cases/{call_id}", {"text": PLANTED, "case_number": city.number()}).json[
        "case"
    ]  # type: ignore[index]
    assert saved["text"] == MASKED


def test_the_summary_that_a_department_hears_is_masked_before_the_journal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[str] = []
    monkeypatch.setattr(
        "ari_app.desk_commands.transfers.start",
        lambda acd, agent, kind, target, summary, *rest: heard.append(summary),
    )

    class Acd:
        department_ring_seconds = 15

    command = {"target": "t", "summary": "x" * 1990 + PLANTED}
    _transfer(Acd(), None, "attended", command, lambda _: {"number": "02"}, 0.0)  # type: ignore[arg-type]
    assert heard[0].endswith("x" + MASKED[:10]) and REST[1:] not in heard[0]


def test_no_log_line_holds_one() -> None:
    line = mask_numbers(None, "", {"event": f"failed on {PLANTED}", "path": f"/cases/{BORN}{REST}"})
    assert line["event"] == "failed on 900101-1******" and not is_in(json.dumps(dict(line)))


def test_what_an_older_version_stored_is_masked_and_sealed_in_texts_and_in_their_history(
    agent: Browser, city: City, settings: Settings
) -> None:
    _, number = own_case(agent, city)
    with city.database.transaction() as tx:
        tx.execute(
            sa.text("UPDATE cases SET text = :t WHERE case_number = :n"), {"t": f"a {PLANTED}", "n": number}
        )
        tx.execute(sa.text("UPDATE case_changes SET after = :t WHERE field = 'text'"), {"t": f"a {PLANTED}"})
    assert is_in(everything_in(city))
    last: int | None = 0
    changed = 0
    while last is not None:
        with city.database.transaction() as tx:
            last, count = seal_old_numbers(
                tx, last, sealer_of(settings.secret("record_keys")), datetime.now(UTC), 2
            )
        changed += count
    assert changed and not is_in(everything_in(city))
    with city.database.transaction() as tx:
        case = get_case(tx, number)
        assert case.text == f"a {MASKED}" and len(list_sealed_numbers(tx, case.case_id)) == 1
