"""The topics and dispositions every centre starts with; a centre edits them later, this version never
does again.

May run while the old code answers calls: yes: it only adds rows to lists nobody has read yet.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# code, parent, Korean, English; the order is the order on the desk
TOPICS = (
    ("transport", None, "교통", "Transport"),
    ("transport.bus", "transport", "버스", "Bus"),
    ("transport.subway", "transport", "지하철", "Subway"),
    ("transport.taxi", "transport", "택시", "Taxi"),
    ("transport.parking", "transport", "주정차", "Parking"),
    ("transport.bicycle", "transport", "공공자전거", "Public bicycle"),
    ("transport.road", "transport", "도로·교통시설", "Roads and signals"),
    ("water", None, "상수도", "Water"),
    ("water.bill", "water", "수도요금", "Water bill"),
    ("water.outage", "water", "단수·누수", "Outage and leak"),
    ("water.quality", "water", "수질", "Water quality"),
    ("water.move", "water", "이사 정산", "Settling when moving"),
    ("environment", None, "환경", "Environment"),
    ("environment.waste", "environment", "쓰레기·재활용", "Waste and recycling"),
    ("environment.noise", "environment", "소음", "Noise"),
    ("environment.air", "environment", "대기·미세먼지", "Air and fine dust"),
    ("environment.park", "environment", "공원·녹지", "Parks"),
    ("welfare", None, "복지", "Welfare"),
    ("welfare.elderly", "welfare", "어르신", "Elderly"),
    ("welfare.disability", "welfare", "장애인", "Disability"),
    ("welfare.childcare", "welfare", "보육·아동", "Childcare"),
    ("welfare.income", "welfare", "기초생활·긴급지원", "Basic living and urgent support"),
    ("health", None, "보건", "Health"),
    ("housing", None, "주택·건축", "Housing and building"),
    ("tax", None, "세금", "Local tax"),
    ("tax.vehicle", "tax", "자동차세", "Vehicle tax"),
    ("tax.property", "tax", "재산세", "Property tax"),
    ("documents", None, "증명·여권", "Certificates and passports"),
    ("economy", None, "경제·일자리", "Economy and jobs"),
    ("culture", None, "문화·관광", "Culture and tourism"),
    ("safety", None, "안전·재난", "Safety and disaster"),
    ("foreigners", None, "외국인", "Foreign residents"),
    ("directory", None, "부서·전화번호 안내", "Departments and numbers"),
    ("other", None, "기타", "Other"),
)
DISPOSITIONS = (
    ("answered", "답변 완료", "Answered"),
    ("transferred", "부서 연결", "Transferred to a department"),
    ("case-opened", "민원 접수", "Case taken"),
    ("callback-promised", "회신 약속", "Call back promised"),
    ("referred", "타 기관 안내", "Referred elsewhere"),
    ("no-answer-known", "답변 불가", "No answer known"),
    ("cut-off", "통화 끊김", "Cut off"),
    ("silent", "무응답 전화", "Silent call"),
    ("abusive", "폭언·성희롱", "Abusive call"),
    ("wrong-number", "잘못 걸린 전화", "Wrong number"),
    ("test", "시험 통화", "Test call"),
)

_topics = sa.table(
    "topics", *(sa.column(name) for name in ("code", "parent", "name_ko", "name_en", "position"))
)
_dispositions = sa.table(
    "dispositions", *(sa.column(name) for name in ("code", "name_ko", "name_en", "position"))
)


def upgrade() -> None:
    op.bulk_insert(
        _topics,
        [
            {"code": code, "parent": parent, "name_ko": korean, "name_en": english, "position": position}
            for position, (code, parent, korean, english) in enumerate(TOPICS)
        ],
    )
    op.bulk_insert(
        _dispositions,
        [
            {"code": code, "name_ko": korean, "name_en": english, "position": position}
            for position, (code, korean, english) in enumerate(DISPOSITIONS)
        ],
    )


def downgrade() -> None:
    # the columns that use them go with the versions below; until then rows in use must not be torn out
    op.execute("UPDATE cases SET topic = NULL")
    op.execute("UPDATE calls SET disposition = NULL")
    op.execute("UPDATE consultation_entries SET topic = NULL")
    op.execute("DELETE FROM topics")
    op.execute("DELETE FROM dispositions")
