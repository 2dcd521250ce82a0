"""双向评议 as its folder has it: the case worked by hand in the specification, from sheets to circular. Four things stay four to
the end: votes are not in it, but a rating of 0, an empty row, a sheet that never came and who is not rated at all are."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Connection

from include.circulars.circular import Circular
from include.circulars.model import build_model
from include.circulars.outcomes import Outcomes
from include.circulars.sheets import build_sheets
from include.db import sql
from include.documents.rendering import as_markdown
from include.reports.out import write_out
from include.schemes.model import Scheme
from include.scoring.assess import assess
from tests.scoring.mutual import ADVICE, BING, CLOSE, JIA, STREET, YI, everybody_rates, rates, registered


@pytest.fixture
def scheme(connection: Connection, world: Path) -> Scheme:
    return registered(connection, world)


def scored(connection: Connection, scheme: Scheme) -> str:
    return assess(connection, scheme, STREET, CLOSE).id


def results(connection: Connection, assessment_id: str) -> dict[str, tuple[str, int | None, str, str]]:
    rows = sql.fetch(connection, "circulars/select_scores", assessment_id=assessment_id)
    return {
        row["unit_code"]: (
            "" if row["total"] is None else f"{row['total']:.2f}",
            row["rank"],
            row["grade"] or "",
            row["status"],
        )
        for row in rows
    }


def model_of(connection: Connection, scheme: Scheme) -> Circular:
    everybody_rates(connection, scheme)
    return build_model(connection, scored(connection, scheme))


def test_the_worked_case_comes_out_to_the_cent(connection: Connection, scheme: Scheme) -> None:
    everybody_rates(connection, scheme)
    found = scored(connection, scheme)
    assert results(connection, found) == {
        JIA: ("81.00", 1, "基本满意", "已报"),
        YI: ("78.00", 2, "基本满意", "已报"),
        BING: ("", None, "", "未评"),
        "P": ("83.50", 2, "基本满意", "已报"),
        "Q": ("40.00", 3, "不满意", "已报"),
        "R": ("95.00", 1, "满意", "已报"),
        "S": ("", None, "", "未报"),
    }
    lines = sql.fetch(connection, "circulars/select_lines", assessment_id=found)
    points = [f"{row['points']:.2f}" for row in lines if row["unit_code"] == JIA]
    assert points == ["17.33", "14.67", "17.00", "14.67", "17.33"]
    said = {row["indicator"]: (row["problem"], bool(row["has_problem"])) for row in lines if row["unit_code"] == "Q"}
    assert said["U1"] == ("", False), "12 is not below 12"
    assert [said[f"U{n}"] for n in (2, 3, 4, 5)] == [
        ("场所开放评价偏低", False),
        ("党员报到和参与服务评价偏低", False),
        ("项目认领完成评价偏低", False),
        ("参加联席会议评价偏低", False),
    ]


def test_a_community_that_sends_no_sheet_keeps_its_total_and_has_fifteen_days(
    connection: Connection, scheme: Scheme
) -> None:
    rates(connection, scheme, "P", {JIA: "18/16/17/15/18", YI: "16/15/16/14/17"})
    rates(connection, scheme, JIA, {"P": "18/20/15/16/18", "Q": "", "R": ""})
    found = scored(connection, scheme)
    assert results(connection, found)[YI] == ("78.00", 2, "基本满意", "未报")
    lines = sql.fetch(connection, "circulars/select_lines", assessment_id=found)
    missing = {row["unit_code"]: row["deadline_working_days"] for row in lines if row["indicator"] == "S0"}
    assert missing == {YI: 15, "Q": None, "R": None, "S": None}


def test_a_low_mean_of_a_community_is_an_item_of_thirty_days(connection: Connection, scheme: Scheme) -> None:
    rates(connection, scheme, "P", {JIA: "18/11.99/17/15/18", YI: ""})
    model = build_model(connection, scored(connection, scheme))
    items = [(item["unit"], item["indicator"], item["deadline_working_days"]) for item in model["items"]]
    assert ("甲社区", "C2", 30) in items
    assert {unit for unit, indicator, _ in items if indicator != "S0"} == {"甲社区"}


def test_a_zero_an_empty_row_a_missing_sheet_and_no_raters_at_all_are_told_apart(
    connection: Connection, scheme: Scheme
) -> None:
    model = model_of(connection, scheme)
    assert model["sheets"] == [
        {"form": "unit_rates", "name": "驻区单位评社区", "due": 4, "came": 3, "missing": ["云街书店"], "pairs": 5, "rated": 4},
        {"form": "community_rates", "name": "社区评驻区单位", "due": 2, "came": 2, "missing": [], "pairs": 5, "rated": 4},
    ]  # fmt: skip
    zero = next(row for row in model["rows"] if row["unit"] == "云街粮站")
    assert zero["areas"] == ["12.00", "0.00", "9.00", "8.00", "11.00"]
    text = as_markdown("通报", model, number="", issue_date=None)
    assert "应报4份，已报3份，未报1份（云街书店）；应评5对，已评4对" in text
    assert "丙社区没有收到评议，本次未评" in text
    values = sql.fetch(connection, "reports/select_values", assessment_id=scored(connection, scheme))
    told = {(row["unit_code"], row["field"]): row["used"] for row in values}
    assert told[JIA, "Q/rooms_by_community"] == "0"
    assert told[YI, "S/rooms_by_community"] == ""
    assert not any(filler == "S" for filler, _ in told)


def test_each_kind_has_its_own_list_with_its_own_columns(connection: Connection, scheme: Scheme) -> None:
    model = model_of(connection, scheme)
    assert [(one["name"], [area["code"] for area in one["areas"]]) for one in model["lists"]] == [
        ("社区", ["C1", "C2", "C3", "C4", "C5"]),
        ("驻区单位", ["U1", "U2", "U3", "U4", "U5"]),
    ]
    text = as_markdown("通报", model, number="", issue_date=None)
    for heading in (
        "# 一、参评情况",
        "# 二、社区评议结果",
        "# 三、驻区单位评议结果",
        "# 四、意见建议",
        "# 五、存在问题",
    ):
        assert heading in text


def test_no_single_rater_can_be_known_from_the_circular_or_a_sheet(connection: Connection, scheme: Scheme) -> None:
    """What fewer than three raters wrote is not quoted; what three and more did, without who did."""
    model = model_of(connection, scheme)
    jia = {"unit_code": JIA, "unit": "甲社区", "texts": [ADVICE], "withheld": 0}
    yi = {"unit_code": YI, "unit": "乙社区", "texts": [], "withheld": 1}
    assert model["advice"] == [{"form": "unit_rates", "advice": [jia, yi]}, {"form": "community_rates", "advice": []}]
    text = as_markdown("通报", model, number="", issue_date=None).replace("\\", "")
    assert ADVICE in text and "盼早些通知开会" not in text
    sheets = build_sheets(connection, model, scored(connection, scheme))
    own = as_markdown("成绩单", sheets[JIA], number="", issue_date=None)
    for rater in ("云街中学", "云街粮站", "云街医院"):
        assert rater not in own
    table = text.partition("附件标题")[2]
    assert "＃" in table and "评议方不足三个的，各项得分不公布" in table
    for single in ("12.00", "16.00", "9.00"):  # what 甲社区 alone gave 云街粮站, 云街中学 alone gave 乙社区
        assert single not in text
    assert "平均得分率" not in text, "of an average and what is shown the rest could be reckoned"
    assert "17.33" in table and "40.00" in table, "three raters' means, and everybody's total"
    section = text.partition("# 四、意见建议")[2].partition("# 五、")[0]
    assert not any(rater in section for rater in ("云街中学", "云街粮站", "云街医院"))
    lines = sql.fetch(connection, "circulars/select_lines", assessment_id=scored(connection, scheme))
    assert not any(
        rater in row["explanation"] for row in lines for rater in ("云街中学", "云街粮站", "云街医院", "乙社区")
    )


def test_the_year_is_rated_before_it_is_over(scheme: Scheme) -> None:
    dates = scheme.dates
    assert [dates.opens_date.isoformat(), dates.due_date.isoformat(), dates.window_ends_date.isoformat()] == [
        "2026-12-10",
        "2026-12-25",
        "2026-12-28",
    ]
    assert dates.circular_date == dt.date(2027, 1, 15)
    assert Decimal(sum(one.full for one in scheme.of_group("驻区单位").indicators)) == 100


def test_classes_csv_says_the_group_of_each(connection: Connection, scheme: Scheme, tmp_path: Path) -> None:
    everybody_rates(connection, scheme)
    scored(connection, scheme)
    write_out(connection, scheme, tmp_path / "out", STREET)
    with (tmp_path / "out/classes.csv").open(encoding="utf-8-sig") as file:
        rows = {row["code"]: (row["group"], row["class"]) for row in csv.DictReader(file)}
    assert (rows[JIA], rows["R"], rows[BING]) == (("社区", "基本满意"), ("驻区单位", "满意"), ("社区", ""))


def letters_of(connection: Connection, scheme: Scheme) -> dict[str, str]:
    """The letters that follow the circular, by the code of whom they are to, as they are written."""
    model = model_of(connection, scheme)
    made = Outcomes(connection, model, scored(connection, scheme), "云街党工委〔2027〕1号", dt.date(2027, 1, 15))
    [document] = [one for one in made.scheme.documents if one.is_letter]
    return {
        one["unit_code"]: as_markdown(document.kind, one, number="", issue_date=None).replace("\\", "")
        for one in made.of(document)
    }


def test_each_unit_gets_a_letter_with_its_means_and_suggestions_and_no_rater(
    connection: Connection, scheme: Scheme
) -> None:
    letters = letters_of(connection, scheme)
    assert sorted(letters) == ["P", "Q", "R", "S"], "communities have their sheet"
    assert "云街粮站党组织" in letters["Q"]
    assert "总分40.00分，评定为不满意，列第3名（共3家）" in letters["Q"]
    assert "| 场所开放 | 20.00 | 0.00 |" in letters["Q"]
    for suggested in ("场所开放评价偏低", "党员报到和参与服务评价偏低", "项目认领完成评价偏低", "参加联席会议评价偏低"):
        assert f"{suggested}，建议对照共建协议改进" in letters["Q"]
    assert "共建协议落实评价偏低" not in letters["Q"]
    assert "各项评价均不偏低" in letters["R"]
    assert "没有社区对你单位作出评议" in letters["S"] and "没有按时报送对社区的评分表" in letters["S"]
    assert not any(rater in letter for letter in letters.values() for rater in ("甲社区", "乙社区"))
