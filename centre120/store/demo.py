"""The demo city: directory, officials, agents and consultation entries, the same every time (demo/README.md).

Only the agents' SIP secrets are random, and an agent that exists keeps its own. Loading again changes
nothing that people have edited in the consultation database, and renews the officials' absences around
the present day.
"""

import csv
import gzip
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from centre120.settings import REPOSITORY, Settings
from centre120.store.agents import AgentFields, add_agent, change_agent, find_agent
from centre120.store.consultation import index_stale_entries
from centre120.store.consultation_search import analyse
from centre120.store.database import Database, Transaction
from centre120.store.directory import record_departments, record_officials
from centre120.store.interpreters import Partner, record_partners
from centre120.store.places import place_row, record_places
from centre120.store.roster import publish_roster
from centre120.store.schema.consultation import consultation_entries, consultation_questions

FILES = REPOSITORY / "demo"
SEED = 120
OFFICIALS = 60
SOURCE = "Welfare-QA (MIT), 보건복지부 2023 복지서비스 안내"
_FAMILY = "김이박최정강조윤장임한오서신권황안송류홍"
_GIVEN = [
    "서연",
    "민준",
    "도윤",
    "지우",
    "하준",
    "서윤",
    "지호",
    "은우",
    "수아",
    "예준",
    "지민",
    "현우",
    "유진",
    "태윤",
    "소율",
    "건우",
    "나은",
    "시우",
    "다은",
    "재원",
]
_TITLES = ("과장", "팀장", "주무관", "주무관")
_ABSENCES = ("출장", "연가", "교육", "병가", "회의")
_ROMAN = {"김": "Kim", "이": "Lee", "박": "Park", "최": "Choi", "정": "Jung", "강": "Kang", "조": "Cho"}

# extension, name, in Latin letters, languages, skills, districts
AGENTS: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("201", "김민지", "Kim Minji", "ko en", "transport water", ""),
    ("202", "이준호", "Lee Junho", "ko en", "water environment", ""),
    ("203", "박서연", "Park Seoyeon", "ko en zh", "welfare", "중구 종로구"),
    ("204", "최현우", "Choi Hyunwoo", "ko en ja", "culture documents", "종로구"),
    ("205", "정유진", "Jung Yujin", "ko zh", "foreigners", "영등포구 구로구"),
    ("206", "강하늘", "Kang Haneul", "ko ja", "culture transport", "용산구"),
    ("207", "응우옌 티 란", "Nguyen Thi Lan", "ko vi", "foreigners welfare", "금천구"),
    ("208", "쩐 반 민", "Tran Van Minh", "ko vi en", "foreigners", "구로구"),
    ("209", "바트 오윤", "Bat Oyun", "ko mn", "foreigners", "중구"),
    ("210", "간볼드 사라", "Ganbold Sara", "ko mn en", "foreigners health", "광진구"),
    ("211", "조은별", "Cho Eunbyeol", "ko", "tax housing", "강남구 서초구 송파구"),
    ("212", "윤도현", "Yoon Dohyun", "ko", "transport safety", "노원구 도봉구"),
)


# Seoul's partner lines speak nineteen languages; two lines for those that are asked for most. (language, lines)
INTERPRETERS: tuple[tuple[str, int], ...] = (
    ("en", 2), ("zh", 2), ("ja", 2), ("vi", 2), ("mn", 2), ("ru", 1), ("th", 1), ("id", 1), ("uz", 1), ("ne", 1),
    ("km", 1), ("tl", 1), ("ar", 1), ("fr", 1), ("de", 1), ("es", 1), ("pt", 1), ("hi", 1), ("my", 1),
)  # fmt: skip


@dataclass(frozen=True)
class DemoCounts:
    departments: int
    officials: int
    agents: int
    entries: int
    questions: int


def load_demo(settings: Settings, progress: Callable[[str], None] = lambda _text: None) -> DemoCounts:
    """Load the demo city and publish the roster; safe to repeat. `progress` is told each step."""
    database = Database(settings.sqlalchemy_url, statement_seconds=60, lock_seconds=10, pool_size=1)
    now = datetime.now(UTC)
    try:
        with database.transaction() as tx:
            progress("departments, offices and districts")
            ids = _load_directory(tx)
            progress("officials")
            officials = _load_officials(tx, ids, now)
            progress("agents")
            _load_agents(tx)
            _load_interpreters(tx)
            progress("places")
            record_places(tx, _places())
            progress("consultation entries")
            entries, questions = _load_entries(tx, ids, now.date())
        publish_roster(database, settings.roster_file, now)
    finally:
        database.close()
    return DemoCounts(len(ids), officials, len(AGENTS), entries, questions)


def _rows(name: str) -> list[dict[str, str]]:
    with (FILES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _load_directory(tx: Transaction) -> dict[str, int]:
    rows = [
        _department(f"city-{place:03d}", "department", f"0271{place:06d}", row)
        for place, row in enumerate(_rows("departments.csv"))
    ]
    rows += [
        _department(f"office-{place:03d}", "office", f"0272{place:06d}", row)
        for place, row in enumerate(_rows("offices.csv"))
    ]
    districts = _rows("districts.csv")
    for place, row in enumerate(districts, start=1):
        duty = {"duty_ko": "구청 대표·당직실", "duty_en": "District hall, night desk"}
        named = row | duty
        rows.append(_department(f"gu-{place:02d}", "district", f"0273{place:02d}0000", named, row["name_ko"]))
    ids = record_departments(tx, rows)
    below: list[dict[str, Any]] = []
    common = _rows("district_departments.csv")
    for place, row in enumerate(districts, start=1):
        below += _district(place, row, ids[f"gu-{place:02d}"], common)
    return ids | record_departments(tx, below)


def _district(
    place: int, district: dict[str, str], parent: int, common: list[dict[str, str]]
) -> Iterable[dict[str, Any]]:
    korean, english, number = district["name_ko"], district["name_en"], f"0273{place:02d}"
    for nth, row in enumerate(common, start=1):
        named = row | {"name_ko": f"{korean} {row['name_ko']}", "name_en": f"{english} {row['name_en']}"}
        code = f"gu-{place:02d}-{nth:02d}"
        yield _department(code, "district-department", f"{number}{nth:04d}", named, korean, parent)
    for nth, name in enumerate(f"{name}{n}동" for name in district["neighbourhoods"].split() for n in (1, 2)):
        named = {
            "name_ko": f"{korean} {name} 주민센터",
            "name_en": f"{english} community centre {nth + 1}",
            "duty_ko": "주민등록·전입 신고·복지 상담",
            "duty_en": "Residence registration and welfare",
        }
        code = f"gu-{place:02d}-dong-{nth:02d}"
        yield _department(code, "district-department", f"{number}{100 + nth:04d}", named, korean, parent)


def _department(
    code: str,
    kind: str,
    number: str,
    row: dict[str, str],
    district: str | None = None,
    parent: int | None = None,
) -> dict[str, Any]:
    told = {key: row[key] for key in ("name_ko", "name_en", "duty_ko", "duty_en")}
    return {"code": code, "kind": kind, "number": number, "district": district, "parent_id": parent, **told}


def _places() -> list[dict[str, Any]]:
    """The demo's gazetteer; a city loads its own by `./120 cases places FILE`."""
    return [place_row(row) for row in _rows("places.csv")]


def _load_officials(tx: Transaction, ids: dict[str, int], now: datetime) -> int:
    """Two in each of thirty departments, deputies of each other; in every third pair the first is absent."""
    choice = random.Random(SEED)  # noqa: S311 - a demo that is the same every time
    duties = [row["duty_ko"].split("·") for row in _rows("departments.csv")]
    rows: list[dict[str, Any]] = []
    for place in range(OFFICIALS):
        department = (place // 2) * 3
        family = choice.choice(_FAMILY)
        rows.append(
            {
                "code": f"official-{place:03d}",
                "department_id": ids[f"city-{department:03d}"],
                "name": family + choice.choice(_GIVEN),
                "name_latin": _ROMAN.get(family, ""),
                "title": choice.choice(_TITLES),
                "duty": duties[department][place % 2 % len(duties[department])],
                "number": f"0274{place:06d}",
                "absent_from": None,
                "absent_until": None,
                "absence_reason": None,
                "deputy_id": None,
            }
        )
    people = record_officials(tx, rows)
    for place, row in enumerate(rows):
        row["deputy_id"] = people[rows[place ^ 1]["code"]]
        if place % 6 == 0:
            row["absence_reason"] = _ABSENCES[place // 6 % len(_ABSENCES)]
            row["absent_from"] = now - timedelta(days=1)
            row["absent_until"] = now + timedelta(days=7)
    record_officials(tx, rows)
    return len(rows)


def _load_interpreters(tx: Transaction) -> None:
    record_partners(
        tx,
        [
            Partner(language, f"BBB {language} {line}", f"0277{120 + place:03}{line:03}", line, 20)
            for place, (language, lines) in enumerate(INTERPRETERS)
            for line in range(1, lines + 1)
        ],
    )


def _load_agents(tx: Transaction) -> None:
    for extension, name, latin, languages, skills, districts in AGENTS:
        fields: AgentFields = {
            "name": name,
            "name_latin": latin,
            "languages": languages.split(),
            "skills": skills.split(),
            "districts": districts.split(),
        }
        if find_agent(tx, extension) is None:
            add_agent(tx, extension, **fields)
        else:
            change_agent(tx, extension, **fields)


def _load_entries(tx: Transaction, ids: dict[str, int], today: date) -> tuple[int, int]:
    articles = _articles(FILES / "welfare_qa" / "articles.csv.gz")
    owners = [f"city-{place:03d}" for place in range(31, 52)]  # welfare, family, health
    rows = []
    for place, (code, (title, asked)) in enumerate(articles.items()):
        rows.append(
            {
                "code": code,
                "title": title,
                "answer": "\n\n".join(dict.fromkeys(answer for _, answer in asked)),
                "topic": "welfare",
                "owner_department_id": ids[owners[place % len(owners)]],
                "valid_from": date(2023, 1, 1),
                "review_on": today + timedelta(days=30 + place % 180),
                "source": SOURCE,
            }
        )
    tx.execute(insert(consultation_entries).on_conflict_do_nothing(), rows)
    there = consultation_entries.c
    entries = {row.code: row.entry_id for row in tx.execute(select(there.code, there.entry_id))}
    asked_rows = [
        {"entry_id": entries[code], "position": position, "question": question, "answer": answer}
        for code, (_, asked) in articles.items()
        for position, (question, answer) in enumerate(asked)
    ]
    known = set(tx.scalars(select(consultation_questions.c.entry_id)))  # people may have edited these
    fresh = [row for row in asked_rows if row["entry_id"] not in known]
    if fresh:
        tx.execute(insert(consultation_questions), fresh)
    if index_stale_entries(tx):
        analyse(tx)
    return len(rows), len(asked_rows)


def _articles(path: Path) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    found: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["article"], (row["title"], []))[1].append((row["question"], row["answer"]))
    return found
