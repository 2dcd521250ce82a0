"""考核联动: the worked case of forms.md 14, from what regions, members and departments hand in to OUT of all three steps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine

from include.circulars.model import build_model
from include.db.engine import transaction
from include.documents.finding import get_circular
from include.documents.rendering import as_markdown
from include.errors import UserError
from include.period import Period
from include.schemes.inputs import Input
from include.schemes.loader import load_scheme, path_of
from tests.signing import signs
from tests.town import STREET, Town

pytestmark = pytest.mark.story

COUNTY, YEAR = STREET[:6], "2026"
SUBJECTS = f"""Q-1,桂花片区,{STREET},云街街道,区域,q1@x.cn
Q-2,松林片区,{STREET},云街街道,区域,q2@x.cn
J-1,县民政局机关,{STREET},云街街道,驻区单位,j1@x.cn
J-2,云街酒业公司,{STREET},云街街道,驻区单位,j2@x.cn
J-3,云街粮站,{STREET},云街街道,驻区单位,j3@x.cn
T-1,养蜂协会,{STREET},云街街道,其他组织,t1@x.cn
T-2,老年书画社,{STREET},云街街道,其他组织,t2@x.cn
"""
LINKS = "".join(f"{code},区域成员,Q-1\n" for code in ("J-1", "J-2", "J-3", "T-1"))
FORM, SHEET = "党建联动考核表", "部门评价区域"
REGION = {
    "签订协议成员数": 3, "成员数": 4, "区域议事会次数": 3, "有考核细则和责任制": "是", "有区域党群服务中心": "是",
    "产业带头人": "有", "农村实用人才": "有", "党务工作者": "有", "党员志愿者": "有", "安全应急": "无",
    "院坝会次数": 9, "办结议定事项数": 10, "议定事项数": 12, "解决群众问题数": 24, "收集群众问题数": 30,
}  # fmt: skip
UNIT = ("实到议事会次数", "应到议事会次数", "完成协议任务数", "协议任务数", "场所开放", "已报到在职党员数", "在职党员数", "完成项目数", "认领项目数")  # fmt: skip
OTHER = ("实到议事会次数", "应到议事会次数", "完成承担事项数", "承担事项数", "有党组织或党建指导员")
REPORTED = {
    "Q-1": REGION,
    "J-1": dict(zip(UNIT, (3, 4, 5, 6, "是", 12, 15, 2, 2), strict=True)),
    "J-2": dict(zip(UNIT, (4, 4, 2, 4, "否", 5, 20, 0, 0), strict=True)),
    "T-1": dict(zip(OTHER, (2, 4, 3, 3, "是"), strict=True)),
}
RATED = {"民政局": 86, "综治": 78, "卫健": 91}


@pytest.fixture
def county(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    return Town(world, monkeypatch, "linkage_base", subjects=SUBJECTS, links=LINKS, scope=COUNTY)


def everything_comes_in(county: Town, **also: dict[str, object]) -> None:
    for code, figures in (REPORTED | also).items():
        lines = [f"{code},{label},{value}" for label, value in figures.items()]
        assert county.hands_in(YEAR, FORM, code, "", *lines) == "accepted", county.said
    for name, mark in RATED.items():
        rows = [f"Q-1,桂花片区,{mark}", "Q-2,松林片区,"]
        assert county.hands_in(YEAR, SHEET, name, "部门评价", *rows) == "accepted", county.said


def closed(county: Town, system: str) -> str | None:
    county.system = system
    return county.closes(YEAR)


def test_the_three_steps_worked_by_hand(county: Town) -> None:
    everything_comes_in(county)
    assert closed(county, "linkage_base") is None, "told of in the circular of the regions"
    base = county.results(YEAR)
    assert {code: base[code][0] for code in ("Q-1", "J-1", "J-2", "T-1")} == {
        "Q-1": "82.00",
        "J-1": "86.00",
        "J-2": "50.00",
        "T-1": "85.00",
    }
    assert [base[code][0::3] for code in ("J-3", "Q-2")] == [("", "未报"), ("", "未报")]
    assert {code: base[code][3] for code in base if not code.isascii()} == {"城管": "未报"}, "its sheet never came"
    points = {(row["unit_code"], row["indicator"]): row["points"] for row in county.read(YEAR, "points.csv")}
    assert [points["Q-1", code] for code in ("R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "D")] == [
        "7.50", "7.50", "5.00", "5.00", "8.00", "7.50", "12.50", "12.00", "17.00",
    ]  # fmt: skip
    assert points["J-2", "M5"] == "", "nothing was taken on"
    assert county.read(YEAR, "items.csv") == []

    assert closed(county, "linkage_region")
    regions = county.results(YEAR)
    assert regions == {"Q-1": ("71.30", "合格", "1", "已报"), "Q-2": ("", "", "", "未报")}
    figures = {(row["code"], row["figure"]): row["value"] for row in county.read(YEAR, "figures.csv")}
    assert (figures["Q-1", "base"], figures["Q-1", "members"]) == ("82", "55.25")
    items = {(row["unit_code"], row["indicator"]): row["problem"] for row in county.read(YEAR, "items.csv")}
    assert items == {
        ("Q-1", "R1"): "共建协议未全覆盖",
        ("Q-1", "R2"): "区域议事不经常",
        ("Q-2", "S0"): "未按时报送党建联动考核表",
    }

    assert closed(county, "linkage_member") is None, "members get a letter"
    members = county.results(YEAR)
    assert {code: members[code][:3] for code in ("J-1", "J-2", "T-1")} == {
        "J-1": ("81.59", "良好", "1"),
        "J-2": ("56.39", "较差", "2"),
        "T-1": ("80.89", "良好", "1"),
    }
    assert members["J-3"] == ("", "", "", "未报")
    assert county.read(YEAR, "items.csv") == []


def test_a_region_without_members_and_a_member_of_none_stand_by_themselves_and_of_several_regions_the_mean_counts(
    county: Town,
) -> None:
    with transaction() as connection:
        for code, to in (("T-2", "Q-1"), ("T-2", "Q-2"), ("T-2", "Q-3")):
            connection.exec_driver_sql(
                "INSERT INTO unit_link (code, link, to_code, valid_from) "
                f"VALUES ('{code}', '区域成员', '{to}', '2000-01-01')"
            )
        connection.exec_driver_sql("DELETE FROM unit_link WHERE code = 'J-2'")
        connection.exec_driver_sql(
            "INSERT INTO unit (code, name, street_code, street, unit_type, kind, secretary_email, officer_email, "
            "liaison_email, is_provisional_code, valid_from) "
            f"VALUES ('Q-3', '竹溪片区', '{STREET}', '云街街道', '', '区域', '', '', '', false, '2000-01-01'), "
            f"('Q-4', '梅岭片区', '{STREET}', '云街街道', '', '区域', '', '', '', false, '2000-01-01')"
        )
    full = {
        **REGION,
        "签订协议成员数": 4,
        "区域议事会次数": 4,
        "安全应急": "有",
        "院坝会次数": 12,
        "办结议定事项数": 12,
        "解决群众问题数": 30,
    }
    everything_comes_in(county, **{"Q-3": full, "Q-4": full, "T-2": REPORTED["T-1"]})
    for system in ("linkage_base", "linkage_region"):
        closed(county, system)
    regions = county.results(YEAR)
    # Q-1: 86, 85, 85 and one that did not report: 64.00; Q-2 did not report; Q-3: 85 of T-2 alone; Q-4: nobody.
    assert {code: regions[code][0] for code in ("Q-1", "Q-2", "Q-3", "Q-4")} == {
        "Q-1": "74.80",
        "Q-2": "",
        "Q-3": "94.00",
        "Q-4": "100.00",
    }
    closed(county, "linkage_member")
    members = county.results(YEAR)
    assert members["J-2"][0] == "50.00", "of no region: its own"
    assert members["T-2"][0] == "84.82", "0.7 × 85 + 0.3 × the mean of 74.80 and 94.00; Q-2 has no result"


def test_a_corrected_form_of_a_member_restates_its_region_and_all_members(county: Town) -> None:
    everything_comes_in(county)
    for system in ("linkage_base", "linkage_region", "linkage_member"):
        closed(county, system)
    county.system = "linkage_base"
    better = {**REPORTED["J-2"], "完成协议任务数": 4}
    lines = [f"J-2,{label},{value}" for label, value in better.items()]
    assert county.hands_in(YEAR, FORM, "J-2", "", *lines) == "accepted", county.said
    closed(county, "linkage_base")  # 55 of 80: 68.75, so the mean of the members is 59.9375 and the region 73.18
    assert county.results(YEAR)["J-2"][0] == "68.75"
    county.system = "linkage_region"
    assert county.results(YEAR)["Q-1"][0] == "73.18"
    county.system = "linkage_member"
    assert county.results(YEAR)["J-1"][0] == "82.15"


def test_systems_that_belong_together_lie_in_one_folder_and_are_known_by_their_own_keys() -> None:
    folders = {path_of(key).parent.parent.name for key in ("linkage_base", "linkage_region", "linkage_member")}
    assert folders == {"linkage"}
    with pytest.raises(UserError, match="没有名为“linkage”的考评方案"):
        load_scheme("linkage", Period.parse(YEAR))


def test_the_circular_of_the_regions_lists_the_assessments_that_are_no_longer_held(county: Town) -> None:
    everything_comes_in(county)
    closed(county, "linkage_base")
    assessment_id = closed(county, "linkage_region")
    assert assessment_id
    with transaction() as connection:
        model = build_model(connection, assessment_id)
    text = as_markdown("通报", model, number="", issue_date=None)
    assert "下列考核不再单独组织" in text
    assert "未按时报送的1个（松林片区）" in text
    assert all(name in text for name in load_scheme("linkage_region", Period.parse(YEAR)).replaces)


def test_the_one_circular_tells_of_units_and_organisations_and_each_gets_a_letter_with_both_parts_once_it_is_issued(
    county: Town,
) -> None:
    everything_comes_in(county)
    closed(county, "linkage_base")
    assessment_id = closed(county, "linkage_region")
    assert assessment_id
    county.system = "linkage_member"  # closed with the region, for its circular tells of it
    assert county.results(YEAR)["J-1"][:3] == ("81.59", "良好", "1")
    county.system = "linkage_region"
    out = county.is_signed(assessment_id)
    said = (out / "circular.html").read_text(encoding="utf-8")
    assert "辖区单位" in said
    assert "应参加考核的3家，已计分2家，没有按时报送的1家（云街粮站）" in said
    assert "应参加考核的2个，已计分1个，没有按时报送的1个（老年书画社）" in said
    assert "协议任务未完成的有云街酒业公司，由公函告知" in said
    county.system = "linkage_member"
    letters = letters_of(county)
    assert letters == {(code, "draft", "") for code in ("J-1", "J-2", "J-3", "T-1", "T-2")}
    signs("考核结果通报函/J-2/linkage_member/2026/1")
    out = county.out(YEAR)
    assert (out / "letters/J-2-考核结果通报函.docx").exists()
    with county.database() as connection:
        row = get_circular(connection, "考核结果通报函/J-2/linkage_member/2026/1")
        text = as_markdown(row["kind"], json.loads(row["model"]), number="号", issue_date=None).replace("\\", "")
        ((recipient,),) = connection.exec_driver_sql(
            "SELECT recipient FROM notice WHERE kind = 'feedback_letter'"
        ).all()
    assert "单位本身得分50分，所在区域得分71.3分" in text
    assert "协议任务未完成，请在收到本函后60个工作日内补上" in text
    assert recipient == "j2@x.cn"


def test_a_correction_of_the_regions_tells_of_their_members_too_and_replaces_letters_that_are_no_longer_true(
    county: Town,
) -> None:
    everything_comes_in(county)
    closed(county, "linkage_base")
    assessment_id = closed(county, "linkage_region")
    assert assessment_id
    county.is_signed(assessment_id)
    signs("考核结果通报函/J-2/linkage_member/2026/1")
    county.system = "linkage_base"
    lines = [f"J-2,{label},{value}" for label, value in {**REPORTED["J-2"], "完成协议任务数": 4}.items()]
    assert county.hands_in(YEAR, FORM, "J-2", "", *lines) == "accepted", county.said
    closed(county, "linkage_base")
    corrected = closed(county, "linkage_region")
    assert corrected
    assert corrected != assessment_id
    out = county.is_signed(corrected)
    said = (out / "circular.html").read_text(encoding="utf-8")
    assert "云街酒业公司" in said
    assert "协议任务未完成" not in said
    assert ("J-2", "draft", "号") in {
        (code, state, "号" if model["corrects"] else "") for code, state, model in models(county)
    }


def test_a_number_of_members_that_is_not_that_of_the_register_is_a_note_and_returns_nothing(county: Town) -> None:
    lines = [f"Q-1,{label},{value}" for label, value in {**REGION, "成员数": 5}.items()]
    assert county.hands_in(YEAR, FORM, "Q-1", "", *lines) == "accepted"
    assert notes(county) == ["5 与登记册的 4 一致"]
    lines = [f"Q-1,{label},{value}" for label, value in REGION.items()]
    assert county.hands_in(YEAR, FORM, "Q-1", "", *lines) == "accepted"
    assert len(notes(county)) == 1


def letters_of(county: Town) -> set[tuple[str, str, str]]:
    with county.database() as connection:
        rows = connection.exec_driver_sql(
            "SELECT unit_code, state, document_number FROM circular WHERE kind = '考核结果通报函'"
        ).all()
    return {(code, state, number or "") for code, state, number in rows}


def models(county: Town) -> list[tuple[str, str, dict[str, object]]]:
    with county.database() as connection:
        rows = connection.exec_driver_sql(
            "SELECT unit_code, state, model FROM circular WHERE kind = '考核结果通报函'"
        ).all()
    return [(code, state, {"corrects": None, **json.loads(model)}) for code, state, model in rows]


def notes(county: Town) -> list[str]:
    with county.database() as connection:
        rows = connection.exec_driver_sql(
            "SELECT found, expected FROM finding WHERE check_code = 'members_linked'"
        ).all()
    return [" ".join(row) for row in rows]


@pytest.mark.parametrize(
    ("source", "also", "sentence"),
    [
        ({"figure": "members", "form": "main", "of": {"link": "区域成员"}}, {}, "of 只能与 result 一起写"),
        ({"result": "linkage_base", "of": {"link": "区域成员"}}, {}, "几个对象的要写 take"),
        (
            {"result": "linkage_base"},
            {"each_missing": "zero", "take": "total"},
            "each_missing 只能与 from 的 of 一起写",
        ),
    ],
)
def test_what_cannot_be_read_of_others_is_refused(
    source: dict[str, object], also: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Input.model_validate({"key": "x", "from": source, **also})
