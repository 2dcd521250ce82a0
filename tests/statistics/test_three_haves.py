"""Case A and case B of the statistics of “三有一化”: what the source's county figures say of themselves, and norms with their gaps."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.data_files import read_yaml
from include.intake.receive import drain
from include.registry.names import meant_by
from tests.statistics.county_figures import COUNTY, DATA, FORM, TOTALS, TOWNSHIP, lines
from tests.town import Town

pytestmark = pytest.mark.story


@pytest.fixture
def county(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    subjects = (DATA / "subjects.csv").read_text(encoding="utf-8").partition("\n")[2]
    return Town(world, monkeypatch, "three_haves", subjects=subjects, links="", scope=COUNTY)


def test_the_county_figures_of_the_source_come_to_exactly_one_total_that_disagrees(county: Town) -> None:
    told = (DATA / "totals.csv").read_text(encoding="utf-8").splitlines()[5:]
    assert county.hands_in("2025", TOTALS, COUNTY, "", *told) == "accepted", county.said
    result = county.closes("2025")
    assert result is not None
    checks = {row["check"]: row for row in county.read("2025", "checks.csv") if row["level"] == "county"}
    assert {code for code, row in checks.items() if row["outcome"] == "不一致"} == {"c1"}
    assert (checks["c1"]["code"], checks["c1"]["left"], checks["c1"]["right"]) == (COUNTY, "942", "940")
    said = {code: row["message"] for code, row in checks.items()}
    assert "289＋297＋91＋265＝942，党员数是 940 人，多 2 人" in said["c1"]
    assert "35岁以下 30.68%、36–54岁 31.53%、55–60岁 9.66%、60岁以上 28.13%。" in said["c1"]
    assert "占比按各部分之和计算，分项之和与总数不符" in said["c1"]
    assert checks["c2"]["outcome"] == "一致" and "城镇户口 75.53%、农村户口 24.47%" in said["c2"]
    assert (
        "“55–60岁”和“60岁以上”都含 60 岁" in said["c10"] and "“书记55–60岁”和“书记60岁以上”都含 60 岁" in said["c10b"]
    )
    assert (checks["t1"]["left"], checks["t1"]["right"], checks["t1"]["outcome"]) == ("24", "24", "一致")
    assert checks["t2"]["outcome"] == "一致" and "没有报的书记35岁以下据此为 0" in said["t2"]
    assert "66.67%" in said["t2"] and "29.17%" in said["t2"] and "4.17%（四舍五入后相加为 100.01%）" in said["t2"]
    assert (
        "占 12.50%" in said["t3"]
        and "占 95.83%" in said["t5"]
        and "占 50.00%" in said["t6"]
        and "占 25.00%" in said["t7"]
    )
    assert said["S6"] == "结对共建：24 个中 23 个达标（95.83%），1 个未达标，共差 1个。"
    assert said["S2a"].startswith("县财政补助：24 个中 12 个达标（50.00%），12 个未达标，共差 120000–180000元")
    assert said["S3b"] == "活动场所：24 个中 6 个达标（25.00%），18 个未达标。"
    unreported = {code for code, row in checks.items() if row["outcome"] == "未报"}
    assert unreported >= {"t4", "t8", "S1b", "S2b", "S3", "S5", "S7", "c6"}
    tables = {key: county.read("2025", f"tables/{key}.csv")[-1] for key in (f"T3-{n}" for n in range(1, 8))}
    assert all(row["code"] == COUNTY for row in tables.values())
    assert list(tables["T3-1"].values())[2:] == ["24", "12", "8", "3", "1", "0/24"]
    assert (tables["T3-2"]["合计（含党小组）"], tables["T3-2"]["党组织数（不含党小组）"], tables["T3-2"]["党员数"]) == (
        "86",
        "27",
        "940",
    )
    assert (tables["T3-2"]["城镇占比"], tables["T3-2"]["农村占比"]) == ("75.53", "24.47")
    assert list(tables["T3-3"].values())[2:8] == ["24", "未报", "16", "7", "1", "未报"]
    assert (tables["T3-4"]["有县财政补助"], tables["T3-4"]["县缺口"], tables["T3-4"]["乡镇缺口"]) == (
        "12",
        "120000–180000",
        "未报",
    )
    assert (tables["T3-5"]["用房300㎡以上"], tables["T3-5"]["活动场所200㎡以上"], tables["T3-5"]["租赁"]) == (
        "未报",
        "6",
        "未报",
    )
    assert tables["T3-6"]["S6"] == "1"
    assert [row["核对"] for row in county.read("2025", "tables/T3-7.csv")] == ["c1", "c10", "c10b"]
    statuses = {row["status"] for row in county.read("2025", "scores.csv")}
    assert statuses == {"未报"} and len(county.read("2025", "scores.csv")) == 24
    assert {row["unit_code"] for row in county.read("2025", "values.csv")} == {COUNTY}
    out = county.is_signed(result)
    report = (out / "circular.html").read_text(encoding="utf-8")
    for said_there in ("289＋297＋91＋265＝942", "党员940人", "120000–180000元", "没有代改", "（75.53%）"):
        assert said_there in report, said_there


def test_two_communities_against_the_norms_and_their_township_rolled_up(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = f"{TOWNSHIP}001", f"{TOWNSHIP}002"
    subjects = f"{one},甲社区,{TOWNSHIP},云桥镇,社区,\n{other},乙社区,{TOWNSHIP},云桥镇,社区,\n"
    town = Town(world, monkeypatch, "three_haves", subjects=subjects, links="", scope=TOWNSHIP[:6])
    own = lines(one, households=2499, staff=0, county=15000, township=5000, premises=280, venue=210)
    assert town.hands_in("2026", FORM, one, "", *own) == "accepted", town.said
    own = lines(other, households=2500, staff=1, county=15000, township=15000, premises=300, venue=199)
    assert town.hands_in("2026", FORM, other, "", *own) == "accepted", town.said
    result = town.closes("2026")
    assert result is not None
    rows = town.read("2026", "checks.csv")
    judged = {(row["check"], row["code"]): (row["left"], row["right"], row["outcome"]) for row in rows}
    expected = {
        "S1a": ("1", "1", "达标"), "S1b": ("0", "1", "未达标"), "S2a": ("15000", "10000", "达标"),
        "S2b": ("5000", "10000", "未达标"), "S2c": ("20000", "20000", "达标"), "S3": ("280", "300", "未达标"),
        "S3b": ("210", "200", "达标"), "S4": ("5", "5", "达标"), "S5": ("自有", "自有", "达标"), "S6": ("1", "1", "达标"),
        "S7": ("24000", "", "不适用"),
    }  # fmt: skip
    assert {code: judged[code, one] for code in expected} == expected
    unmet = {code for (code, unit), (_, _, outcome) in judged.items() if unit == other and outcome == "未达标"}
    assert unmet == {"S3b"} and judged["S2b", other] == ("15000", "15000", "达标")
    said = {(row["check"], row["code"]): row["message"] for row in rows}
    assert said["S2b", one] == "乡镇财政补助：应达到 10000元，实为 5000元，差 5000元。"
    assert said["S1b", TOWNSHIP] == "专职党务干部：2 个中 1 个达标（50.00%），1 个未达标，共差 1名。"
    assert said["S3", TOWNSHIP].endswith("2 个中 1 个达标（50.00%），1 个未达标，共差 20㎡。")
    assert judged["S2c", TOWNSHIP] == ("2", "2", "达标") and judged["S3b", TOWNSHIP] == ("1", "2", "未达标")
    gaps = {row["code"]: row for row in town.read("2026", "tables/T3-6.csv")}
    assert (gaps[TOWNSHIP]["S1b"], gaps[TOWNSHIP]["S2b"], gaps[TOWNSHIP]["S3"]) == ("1", "5000", "20")
    assert list(gaps) == [one, other, TOWNSHIP, TOWNSHIP[:6]] and gaps[TOWNSHIP]["已报"] == "2/2"
    premises = {row["code"]: row for row in town.read("2026", "tables/T3-5.csv")}[TOWNSHIP]
    assert (premises["用房达标率"], premises["缺口面积"], premises["活动场所200㎡以上"]) == ("50.00", "20", "1")
    money = {row["code"]: row for row in town.read("2026", "tables/T3-4.csv")}
    assert list(money[TOWNSHIP].values())[2:] == ["2", "2", "0", "5000", "0", "2/2"]
    wrong = [line.replace("35岁以下,8", "35岁以下,9") for line in own]
    assert (
        town.hands_in("2026", FORM, other, "", *wrong) == "returned" and "各年龄段党员数之和应等于党员数" in town.said
    )
    coming = {(row["unit_code"], row["indicator"]): row["state"] for row in town.read("2026", "items.csv")}
    assert coming == {(one, code): "待下达" for code in ("S1b", "S2b", "S3")}
    out = town.is_signed(result)
    report = (out / "circular.html").read_text(encoding="utf-8")
    assert "未达标的是甲社区" in report and "差距事项清单" in report and "得分" not in report
    issued = {(row["indicator"], row["kind"], row["step"], row["step_due"]) for row in town.read("2026", "items.csv")}
    assert issued == {(code, "standard_gap", "补齐", "2027-09-16") for code in ("S1b", "S2b", "S3")}
    with town.database() as connection:
        items = connection.exec_driver_sql(
            "SELECT unit_code, indicator, kind, step, deadline, holder_scope FROM rectification_item ORDER BY indicator"
        ).all()
    assert [tuple(map(str, item)) for item in items] == [
        (one, "S1b", "standard_gap", "补齐", "2027-09-16", "street"),
        (one, "S2b", "standard_gap", "补齐", "2027-09-16", "street"),
        (one, "S3", "standard_gap", "补齐", "2027-09-16", "street"),
    ]


def test_names_of_the_source_are_matched_with_the_register_and_the_rest_is_for_a_person() -> None:
    names = read_yaml(DATA / "names.yaml")
    with (DATA / "subjects.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    communities = {row["code"]: row["name"] for row in rows}
    townships = {row["street_code"]: row["street"] for row in rows}
    sizes = Counter(row["street"] for row in rows)
    assert sizes == {"枞阳镇": 14, "横埠镇": 3, "义津镇": 2, "汤沟镇": 2, "会宫镇": 1, "欧山镇": 1, "白柳镇": 1}
    found = {name: meant_by(name, townships) for name in names["townships"]}
    assert sum(one.code is not None for one in found.values()) == 5
    in_question = {name: [townships[code] for code in one.similar] for name, one in found.items() if one.code is None}
    assert in_question == names["in_question"]
    assert all(meant_by(name, communities).code for name in names["sent"]) and len(names["sent"]) == 3
    assert meant_by(names["unpaired"], communities).code == "340722118014"
    assert meant_by(names["twice"], communities).codes == ("340722118001", "340722120001")


def test_a_form_by_a_name_that_two_have_goes_back_with_the_question_which(county: Town) -> None:
    own = lines("340722999999", households=2499, staff=0, county=15000, township=5000, premises=280, venue=210)
    named = [f"{line.partition(',')[0]},新华居委会,{line.partition(',')[2]}" for line in own]
    path = county.world / "inbox" / "named.csv"
    head = [f"表,{FORM}", "期间,2025", "编码,340722999999", "", "编码,名称,填报项,填报值"]
    path.write_text("\n".join([*head, *named]), encoding="utf-8")
    county.patch.setenv("DUBAN_NOW", "2026-01-15T10:00:00")
    drain("test")
    with county.database() as connection:
        ((status, message),) = connection.exec_driver_sql("SELECT status, message FROM delivery").all()
    assert status == "returned"
    assert "不止一个：枞阳镇新华居委会340722118001、汤沟镇新华居委会340722120001，请写明是哪个乡镇" in message
