"""一核三心五化: units in residence and other organisations check themselves in three points, listed apart from the communities."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.period import Period
from include.schemes.loader import load_scheme
from tests.scoring.community import values_of
from tests.town import STREET, Town

PERIOD, FORM = "2026H1", "“一核三心五化”自查表"
A = f"{STREET}001"
SUBJECTS = f"""{A},杏花社区,{STREET},云街街道,社区,a@x.cn
P-1,云街中学,{STREET},云街街道,驻区单位,p@x.cn
P-2,云街医院,{STREET},云街街道,驻区单位,
T-1,养蜂协会,{STREET},云街街道,其他组织,t@x.cn
"""


@pytest.fixture
def county(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    return Town(world, monkeypatch, "one_core", subjects=SUBJECTS, links="", scope=STREET[:6])


def hands_in(county: Town, code: str, group: str, base: str, **changes: object) -> None:
    scheme = load_scheme("one_core", Period.parse(PERIOD), group)
    values = values_of(scheme, base, changes)
    lines = [f"{code},{cell.label},{values[cell.key]}" for cell in scheme.cells]
    assert county.hands_in(PERIOD, FORM, code, "", *lines) == "accepted", county.said


def test_units_and_organisations_have_points_of_their_own_no_rank_and_a_table_apart(county: Town) -> None:
    hands_in(county, A, "社区", "样例")
    hands_in(county, "P-1", "驻区单位", "单位", 整改清单="无", 签订协议数=4, 到期项目数=0, 完成项目数=0)
    hands_in(county, "T-1", "其他组织", "单位")
    result = county.closes(PERIOD)
    assert result
    assert county.results(PERIOD) == {
        A: ("84.63", "良好", "1", "已报"),
        "P-1": ("72.38", "合格", "", "已报"),
        "P-2": ("", "", "", "未报"),
        "T-1": ("100.00", "优秀", "", "已报"),
    }
    out = county.is_signed(result)
    said = (out / "circular.html").read_text(encoding="utf-8")
    assert "组织部组织全县（旗、区）1个社区党组织" in said
    assert "应参加考评的社区1个，已计分1个" in said, "the others are no part of the county's figures"
    assert "另有驻区单位2家、“两新”等其他组织1家" in said
    assert "驻区单位和其他组织得分" in said
    with county.database() as connection:
        items = connection.exec_driver_sql("SELECT DISTINCT unit_code FROM rectification_item").all()
        told = connection.exec_driver_sql(
            "SELECT payload FROM notice WHERE kind = 'circular' AND recipient = 'p@x.cn'"
        ).all()
    assert items == [(A,)], "what is wrong at a unit becomes no item"
    assert '"total": "72.38"' in str(told[0][0])
