"""The recorder against a real PostgreSQL: each call once, whatever is cut, repeated, reordered,
stopped or frozen.
"""

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from centre120.settings import Settings
from centre120.store import agents, calls, cases, languages
from centre120.store.database import Database
from centre120.store.schema import metadata
from ops.recorder.recorder import Recorder
from tests.support.calls import CALL, NUMBER, Story, answered, lines
from tests.support.postgres import PrivatePostgres
from tests.support.recorder import city_stories, count, drain, everything, write


def test_one_call_one_row_one_case_linked_to_cel_and_cdr(ours: Settings, fresh: Database) -> None:
    write(ours, answered())
    drain(Recorder(ours, fresh))
    with fresh.transaction() as tx:
        detail = calls.get_call(tx, CALL)
        case = cases.get_case(tx, NUMBER)
        assert cases.find_case_of_call(tx, CALL) == case
    assert (detail.call.outcome, detail.call.agent_extension, detail.call.case_number) == (
        "answered",
        "201",
        NUMBER,
    )
    assert case.citizen_number == "01012345678" and case.status == "open"
    assert [offer.result for offer in detail.offers] == ["answered"]
    kinds = [event.kind for event in detail.events]
    assert kinds[:2] == ["CENTRE_ENTERED", "CENTRE_QUEUED"] and "TalkEnded" in kinds
    assert detail.call.wrap_up_seconds == pytest.approx(10)
    with fresh.transaction() as tx:
        for table, wanted in (("cel", len(answered().cel)), ("cdr", 1)):
            labelled = metadata.tables[table].c.call_id == CALL
            assert tx.scalar(sa.select(sa.func.count()).where(labelled)) == wanted


def test_every_kind_of_call_has_one_row_and_all_but_the_refused_a_case(
    ours: Settings, fresh: Database
) -> None:
    for story in city_stories():
        write(ours, story)
    drain(Recorder(ours, fresh))
    with fresh.transaction() as tx:
        page = calls.list_calls(tx, calls.CallFilter())
        outcomes = {call.call_id.int: (call.outcome, call.case_number) for call in page.calls}
        assert [c.language for c in page.calls if c.callback_number] == ["ko"]
    assert {number: outcome for number, (outcome, _) in outcomes.items()} == {
        1: "answered",
        2: "abandoned-in-menu",
        3: "abandoned",
        4: "refused",
        5: "status-heard",
        6: "callback-requested",
    }
    numbers = {number: case for number, (_, case) in outcomes.items()}
    assert numbers[4] is None and numbers[1] == NUMBER
    own = [numbers[number] for number in (2, 3, 5)]
    assert all(case and case[6] == "0" for case in own) and len(set(own)) == 3
    assert count(fresh, "cases") == 5 and count(fresh, "callback_requests") == 1


def test_again_in_any_cut_and_order_leaves_the_same_tables(
    ours: Settings, postgres: PrivatePostgres, template: str, tmp_path: Path
) -> None:
    from tests.support.database import create_database

    stories = city_stories()
    wanted = None
    for way in ("at once", "journal first", "cel first", "line by line", "again"):
        home = Settings(home=tmp_path / way.replace(" ", "-"))
        for directory in (home.cel_file.parent, home.cdr_file.parent, home.journal_dir):
            directory.mkdir(parents=True)
        database = Database(create_database(postgres, "again", template))
        recorder = Recorder(home, database)
        parts: list[tuple[Path, list[dict[str, Any]]]] = [
            (home.cel_file, [event for story in stories for event in story.cel]),
            (home.cdr_file, [record for story in stories for record in story.cdr]),
            (home.journal_dir / "ari_app-1.jsonl", [record for story in stories for record in story.journal]),
        ]
        if way == "journal first":
            parts.reverse()
        for path, entries in parts:
            for entry in entries if way == "line by line" else [None]:
                with path.open("ab") as file:
                    content = lines(entries if entry is None else [entry])
                    file.write(content[: len(content) // 2])
                    file.flush()
                    if way == "line by line":
                        drain(recorder)  # sees half a line
                    file.write(content[len(content) // 2 :])
                if way != "at once":
                    drain(recorder)
        drain(recorder)
        if way == "again":
            with database.transaction() as tx:
                tx.execute(sa.text("DELETE FROM import_positions"))
            drain(recorder)
        found = everything(database)
        own = re.compile(r"'2611210[0-9]{6}'")  # the recorder's numbers follow the order of reading
        found["cases"] = sorted(own.sub("own", row) for row in found["cases"])
        database.close()
        wanted = wanted or found
        for table in wanted:
            assert found[table] == wanted[table], (way, table)


def test_journal_number_replaces_the_recorders(ours: Settings, fresh: Database) -> None:
    story = answered()
    recorder = Recorder(ours, fresh)
    ours.cel_file.write_bytes(lines(story.cel))
    drain(recorder)
    with fresh.transaction() as tx:
        own = cases.find_case_of_call(tx, CALL)
    assert own is not None and own.case_number[6] == "0"
    (ours.journal_dir / "ari_app-1.jsonl").write_bytes(lines(story.journal))
    drain(recorder)
    with fresh.transaction() as tx:
        case = cases.find_case_of_call(tx, CALL)
    assert case is not None and (case.case_id, case.case_number) == (own.case_id, NUMBER)
    assert count(fresh, "cases") == 1


def test_agent_who_saves_first_and_recorder_share_one_case(ours: Settings, fresh: Database) -> None:
    with fresh.transaction() as tx:
        cases.save_case_for_call(tx, CALL, NUMBER, "201", datetime.now(UTC), summary="누수 신고")
    write(ours, answered())
    drain(Recorder(ours, fresh))
    with fresh.transaction() as tx:
        case = cases.get_case(tx, NUMBER)
        call = calls.get_call(tx, CALL).call
    assert (case.summary, case.citizen_number, case.version) == ("누수 신고", "01012345678", 2)
    assert call.outcome == "answered" and call.arrived_at.year == 2026 and count(fresh, "cases") == 1


def test_invite_that_ended_before_it_had_an_id(ours: Settings, fresh: Database) -> None:
    story = Story().event(0, "CHAN_START", accountcode="", context="inbound", exten="120")
    source = json.dumps({"hangupcause": 16, "hangupsource": story.name})
    story.event(0.1, "HANGUP", accountcode="", extra=source).event(0.1, "CHAN_END", accountcode="")
    write(ours, story)
    agents_own = Story(channel="centre120-1.9", name="PJSIP/201-00000001")
    agents_own.event(0, "CHAN_START", accountcode="", context="agent").event(1, "CHAN_END", accountcode="")
    write(ours, agents_own)
    recorder = Recorder(ours, fresh)
    drain(recorder)
    recorder.sources[0].forget()
    drain(recorder)
    with fresh.transaction() as tx:
        (call,) = calls.list_calls(tx, calls.CallFilter()).calls
    assert (call.outcome, call.dialled_number, call.trunk) == ("abandoned-in-menu", "120", "trunk_a")


def test_killed_asterisk_is_noticed_by_its_new_socket_or_first_channel(
    ours: Settings, fresh: Database
) -> None:
    write(ours, Story().arrives().queues(10).claimed(10))
    recorder = Recorder(ours, fresh)
    drain(recorder)
    with fresh.transaction() as tx:
        assert calls.get_call(tx, CALL).call.outcome == "in-progress"
    born = Story(uuid4(), "centre120-1795400000.0", "PJSIP/trunk_a-00000000").arrives(90_000)
    ours.cel_file.open("ab").write(lines(born.cel))
    drain(recorder)
    with fresh.transaction() as tx:
        call = calls.get_call(tx, CALL).call
        assert (call.outcome, call.hung_up_by) == ("cut-by-system", "system")
        assert calls.get_call(tx, born.call_id).call.outcome == "in-progress"
    # a late line of the old call does not bring it back to life
    ours.cel_file.open("ab").write(lines(Story().user(9, "CENTRE_PROMPT", "menu").cel))
    drain(recorder)
    with fresh.transaction() as tx:
        assert calls.get_call(tx, CALL).call.outcome == "cut-by-system"
    (ours.run_dir / "asterisk.ctl").touch()
    later = born.cel[0]["eventtime"] + 60
    os.utime(ours.run_dir / "asterisk.ctl", (later, later))
    recorder.looked = 0
    drain(recorder)
    with fresh.transaction() as tx:
        assert calls.get_call(tx, born.call_id).call.outcome == "cut-by-system"


def test_bad_lines_are_kept_with_the_reason_and_stop_nothing(ours: Settings, fresh: Database) -> None:
    story = answered()
    ours.cel_file.write_bytes(
        b"\xff\xfe\n{}\n\n[1]\n"
        + b"\0" * 100
        + b'{"eventtype":"HALF'
        + lines(story.cel)
        + b'{"eventtype":"left'
    )
    reused = story.journal[3] | {"kind": "Other"}
    (ours.journal_dir / "ari_app-1.jsonl").write_bytes(
        lines([*story.journal, reused]) + b"x" * 1_100_000 + b"\n"
    )
    drain(Recorder(ours, fresh))
    with fresh.transaction() as tx:
        assert calls.get_call(tx, CALL).call.outcome == "answered"
        reasons = list(tx.scalars(sa.text("SELECT reason FROM rejected_lines ORDER BY rejected_id")))
    assert sorted(reasons)[:3] == ["eventenum is missing", "longer than 1000000 bytes", "not JSON"]
    assert {"not a JSON object", "seq was used before", "torn line before a whole one"} <= set(reasons)


def test_rotated_truncated_and_copied_files(ours: Settings, fresh: Database) -> None:
    stories = city_stories()
    recorder = Recorder(ours, fresh)
    ours.cel_file.write_bytes(lines(stories[0].cel[:5]))
    drain(recorder)
    with ours.cel_file.open("ab") as file:
        file.write(lines(stories[0].cel[5:]))
    ours.cel_file.rename(ours.cel_file.with_name("cel.json.1"))  # renamed with unread lines in it
    ours.cel_file.write_bytes(lines(stories[1].cel))
    drain(recorder)
    ours.cel_file.with_name("cel.json.2").write_bytes(ours.cel_file.read_bytes())  # copytruncate
    ours.cel_file.write_bytes(lines(stories[2].cel))
    drain(recorder)
    assert count(fresh, "cel") == sum(len(story.cel) for story in stories[:3])
    with fresh.transaction() as tx:
        assert {call.call_id.int for call in calls.list_calls(tx, calls.CallFilter()).calls} == {1, 2, 3}


def test_two_calls_that_claim_one_channel_both_stay(ours: Settings, fresh: Database) -> None:
    for number in (1, 2):
        story = Story(UUID(int=number), "centre120-1.77").arrives(number * 100).ends(number * 100 + 5)
        write(ours, story)
    drain(Recorder(ours, fresh))
    assert count(fresh, "calls") == 2


def test_poisoned_line_is_put_aside_and_the_rest_arrives(
    ours: Settings, fresh: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ops.recorder.recorder as module

    real = module.project

    def refuses_one(tx: Any, batch: Any, **more: Any) -> Any:
        if any(line.event.user_event == "CENTRE_QUEUED" for line in batch.cel):
            raise ValueError("poison")
        return real(tx, batch, **more)

    monkeypatch.setattr(module, "project", refuses_one)
    write(ours, answered())
    drain(Recorder(ours, fresh))
    with fresh.transaction() as tx:
        assert calls.get_call(tx, CALL).call.outcome == "answered"
        assert tx.scalar(sa.text("SELECT reason FROM rejected_lines")) == "could not be projected: ValueError"


def test_roster_follows_the_agents(ours: Settings, fresh: Database) -> None:
    recorder = Recorder(ours, fresh)
    recorder.step()
    assert json.loads(ours.roster_file.read_text())["agents"] == []
    with fresh.transaction() as tx:
        agents.add_agent(tx, "201", name="김민지")
    recorder.looked = 0
    recorder.step()
    assert [agent["name"] for agent in json.loads(ours.roster_file.read_text())["agents"]] == ["김민지"]


def test_language_chosen_is_remembered_for_the_number_and_the_latest_choice_holds(
    ours: Settings, fresh: Database
) -> None:
    """Two calls of one number, read in the wrong order: the later choice is the one that counts."""
    for at, language, number in ((100, "mn", 1), (0, "en", 2)):
        story = Story(UUID(int=number), f"centre120-1795304982.{number}", f"PJSIP/trunk_a-{number:08x}")
        write(ours, story.arrives(at).user(at + 5, "CENTRE_LANGUAGE_CHOSEN", language).ends(at + 9))
        drain(Recorder(ours, fresh))
    with fresh.transaction() as tx:
        assert languages.find_language(tx, "01012345678") == "mn"
        assert languages.find_language(tx, "01099999999") is None
