"""The consultation database on a real PostgreSQL: what is found, in which order, how fast; versions."""

import csv
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from centre120.entries import EntryFields
from centre120.errors import CentreError
from centre120.store.consultation import (
    add_entries,
    add_entry,
    change_entry,
    get_entry,
    index_stale_entries,
    list_entries,
    list_revisions,
)
from centre120.store.consultation_import import COLUMNS, list_rows, load_rows
from centre120.store.consultation_search import analyse, search_entries
from centre120.store.database import Database, Transaction
from centre120.store.errors import ChangedMeanwhile, NotFound, Refused
from centre120.store.schema.consultation import consultation_search
from centre120.store.synonyms import add_group, list_groups, remove_group
from ops.entries import csv_rows, file_rows
from ops.sheets import write_sheet

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TODAY = NOW.date()


def entry(tx: Transaction, code: str, title: str, answer: str = "답", **more: object) -> int:
    fields = EntryFields(title, answer, **more)  # type: ignore[arg-type]
    return add_entry(tx, code, fields, "boss", "new", NOW).entry_id


def found(tx: Transaction, text: str) -> list[str]:
    return [hit.code for hit in search_entries(tx, text, TODAY)]


def test_title_comes_before_question_and_question_before_answer(tx: Transaction) -> None:
    entry(tx, "answer", "다른 것", "수도 요금은 여기서")
    entry(tx, "question", "또 다른 것", questions=("수도 요금이 얼마예요?",))
    entry(tx, "title", "수도 요금")
    assert found(tx, "수도요금") == ["title", "question", "answer"]


def test_mistyped_word_is_found_in_a_title(tx: Transaction) -> None:
    entry(tx, "taxi", "택시 요금 안내")
    assert found(tx, "텍시요금") == ["taxi"]


def test_what_may_not_be_told_today_sinks_and_says_so(tx: Transaction) -> None:
    entry(tx, "old", "여권 발급 수수료", valid_until=date(2026, 11, 20))
    entry(tx, "doubted", "여권 발급 수수료", dispute="금액이 다름")
    entry(tx, "later", "여권 발급 수수료", valid_from=date(2027, 1, 1))
    entry(tx, "good", "여권 발급 수수료 안내")
    hits = search_entries(tx, "여권 발급 수수료", TODAY)
    assert [hit.code for hit in hits] == ["good", "doubted", "later", "old"]
    assert [hit.standing for hit in hits] == ["valid", "disputed", "not-yet", "expired"]


@pytest.mark.parametrize(
    "text", ["", "  ", "%", "'; DROP TABLE", "\\", "ㅋ", "가" * 3000, "\U0001f600", "{a,b}"]
)
def test_any_question_is_answered(tx: Transaction, text: str) -> None:
    entry(tx, "x", "수도 요금")
    assert search_entries(tx, text, TODAY) == []


def test_changed_entry_is_found_by_its_new_words_only_and_keeps_every_version(tx: Transaction) -> None:
    number = entry(tx, "x", "버스 요금", "천 원", questions=("버스 얼마",))
    first = get_entry(tx, number)
    fields = replace(first.fields, title="지하철 운임", questions=("지하철 얼마",))
    change_entry(tx, number, 1, fields, "kim", "이름이 바뀜", NOW + timedelta(hours=1))
    assert found(tx, "버스") == [] and found(tx, "지하철") == ["x"]
    kept = list_revisions(tx, number)
    assert [(one.version, one.by, one.reason) for one in kept] == [
        (2, "kim", "이름이 바뀜"),
        (1, "boss", "new"),
    ]
    assert kept[1].fields == first.fields and get_entry(tx, number).fields == fields


def test_second_editor_of_a_version_is_refused_and_changes_nothing(tx: Transaction) -> None:
    number = entry(tx, "x", "버스")
    fields = get_entry(tx, number).fields
    change_entry(tx, number, 1, replace(fields, answer="하나"), "kim", "y", NOW)
    with pytest.raises(ChangedMeanwhile) as error:
        change_entry(tx, number, 1, replace(fields, answer="둘"), "lee", "y", NOW)
    assert error.value.version == 2 and get_entry(tx, number).fields.answer == "하나"
    assert len(list_revisions(tx, number)) == 2


def test_change_without_a_reason_or_of_nothing(tx: Transaction) -> None:
    number = entry(tx, "x", "버스")
    with pytest.raises(Refused):
        change_entry(tx, number, 1, EntryFields("a", "b"), "kim", " ", NOW)
    assert change_entry(tx, number, 1, get_entry(tx, number).fields, "kim", "y", NOW).version == 1
    with pytest.raises(Refused):
        add_entry(tx, "x", EntryFields("a", "b"), "kim", "y", NOW)
    with pytest.raises(NotFound):
        get_entry(tx, 10**12)


def test_entries_of_another_spelling_are_indexed_again(tx: Transaction) -> None:
    entry(tx, "x", "버스")
    tx.execute(consultation_search.update().values(spelling=0, terms=[]))
    assert found(tx, "버스요금") == []
    assert index_stale_entries(tx) == 1 and index_stale_entries(tx) == 0
    assert found(tx, "버스요금") == ["x"]


def test_two_syllables_are_found_among_thousands_of_entries(fresh: Database) -> None:
    """How fast, `./120 bench consultation` says."""
    chance = random.Random(120)
    syllables = [chr(0xAC00 + chance.randrange(11172)) for _ in range(250)]
    known = [chance.choice(syllables) + chance.choice(syllables) for _ in range(3000)]
    # common words are much more common than rare ones, as in any language
    weights = [1 / (place + 5) for place in range(len(known))]

    def sentence(length: int) -> str:
        return " ".join(chance.choices(known, weights, k=length))

    rows = [
        (f"L{n:05d}", EntryFields(sentence(4), sentence(12), tuple(sentence(6) for _ in range(2))))
        for n in range(3_000)
    ]
    for start in range(0, len(rows), 2_000):
        with fresh.transaction() as tx:
            add_entries(tx, rows[start : start + 2_000], "import", "legacy", NOW)
    with fresh.transaction() as tx:
        analyse(tx)
    asked = chance.choices(known, weights, k=200)
    with fresh.transaction() as tx:
        for text in asked:
            assert search_entries(tx, text, TODAY), text


HOSTILE_CELL = '=HYPERLINK("http://x","y")'


def test_every_rejected_row_is_named_and_the_others_are_loaded(fresh: Database, tmp_path: Path) -> None:
    file = tmp_path / "legacy.csv"
    file.write_bytes(
        (
            "코드,제목,답변,질문,부서,시작일,언어\r\n"
            'A1,누수 신고,"여러 줄\r\n답변",물이 새요|누수,,2026.1.1,\r\n'
            "A2,,답변,,,,\r\n"
            "A3,제목,답변,,없는과,,\r\n"
            "A1,또,답변,,,,\r\n"
            "\r\n"
            "A4,제목,답변,,,어제,\r\n"
            ",제목,답변,,,,\r\n"
            "A5,제목,답변,,,,xx\r\n"
        ).encode("cp949")
    )
    report = load_rows(fresh, csv_rows(file), "이관", NOW)
    assert (report.added, report.changed, report.unchanged) == (1, 0, 0)
    assert [(one.line, one.code) for one in report.rejected] == [
        (4, "A2"),
        (5, "A3"),
        (6, "A1"),
        (8, "A4"),
        (9, ""),
        (10, "A5"),
    ]
    for one, word in zip(
        report.rejected, ("title", "없는과", "line 2", "어제", "code", "language"), strict=True
    ):
        assert word in one.why
    with fresh.transaction() as tx:
        (loaded,) = list_entries(tx)
        assert loaded.fields.questions == ("물이 새요", "누수")
        assert loaded.fields.valid_from == date(2026, 1, 1) and loaded.fields.answer == "여러 줄\n답변"
        assert found(tx, "누수") == ["A1"]


def test_what_is_exported_runs_nothing_and_comes_back_as_it_was(fresh: Database, tmp_path: Path) -> None:
    with fresh.transaction() as tx:
        entry(tx, "=1+1", HOSTILE_CELL, "@SUM(A1)\n둘째 줄", source="-5", questions=("+1|2", "'=x"))
        entry(tx, "plain", "수도", "답 'a'")
        rows = list_rows(tx)
        before = [(one.code, one.fields) for one in list_entries(tx)]
    assert not [cell for row in rows for cell in row.values() if cell[:1] in tuple("=+-@\t\r\n")]
    file = tmp_path / "out.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    book = tmp_path / "out.xlsx"
    write_sheet(book, COLUMNS, rows)
    assert [cells for _, cells in file_rows(book)] == [cells for _, cells in csv_rows(file)]
    again = load_rows(fresh, file_rows(book), "again", NOW)
    assert (again.added, again.changed, again.unchanged, again.rejected) == (0, 0, 2, [])
    changed = [(line, row | {"answer": "새 답"}) for line, row in csv_rows(file)]
    assert load_rows(fresh, changed, "edited", NOW, check=True).changed == 2
    with fresh.transaction() as tx:
        assert [(one.code, one.fields) for one in list_entries(tx)] == before
    assert load_rows(fresh, changed, "edited", NOW).changed == 2
    with fresh.transaction() as tx:
        kept = list_revisions(tx, list_entries(tx)[0].entry_id)
    assert [(one.version, one.by, one.reason) for one in kept] == [
        (2, "import", "edited"),
        (1, "boss", "new"),
    ]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00\x81\xff", b"code,title\nx,y\n"])
def test_file_that_is_none_of_ours_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(content)
    with pytest.raises(CentreError, match=r"x\.csv"):
        csv_rows(file)


def test_synonym_is_found_below_the_word_itself_and_no_longer_when_it_is_removed(tx: Transaction) -> None:
    entry(tx, "waste", "대형 폐기물 배출 신고")
    entry(tx, "litter", "쓰레기 배출 시간")
    assert found(tx, "쓰레기") == ["litter"]
    add_group(tx, ("쓰레기", "폐기물"), "boss", NOW)
    assert found(tx, "쓰레기") == ["litter", "waste"]
    assert found(tx, "폐기물을") == ["waste", "litter"]
    with pytest.raises(Refused, match="쓰레기, 폐기물"):
        add_group(tx, ("쓰 레기", "휴지"), "boss", NOW)
    (group,) = list_groups(tx)
    remove_group(tx, group.group_id)
    assert found(tx, "쓰레기") == ["litter"]


def test_particle_of_the_question_does_not_outweigh_its_words(tx: Transaction) -> None:
    entry(tx, "particle", "금을 을납 이야기")
    entry(tx, "words", "수도 요금 납부")
    assert found(tx, "수도요금을 납부")[0] == "words"
