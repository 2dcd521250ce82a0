"""党内信息统计 and 党员分类管理: the worked cases of lists.md 12 and 9, from the sheets that communities hand in to OUT."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.circulars.model import build_model
from include.db.engine import transaction
from include.period import Period
from include.registry.units import import_units
from include.reports.out import write_out
from include.schemes.loader import load_scheme
from tests.ledgers.party_sheets import (
    APPLICANTS,
    BRANCH,
    COUNTY,
    MEMBERS,
    OF_APPLICANTS,
    OF_MEMBERS,
    OF_ORGANISATIONS,
    OF_PREMISES,
    ORGANISATIONS,
    PREMISES,
    SUBJECTS,
    A,
    B,
    C,
    member,
)
from tests.own_systems import add_systems
from tests.town import STREET, Town

pytestmark = pytest.mark.story


@pytest.fixture
def town(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    return Town(world, monkeypatch, "party_statistics", subjects=SUBJECTS, links="", scope=COUNTY)


def table(town: Town, key: str, period: str = "2026H1") -> dict[str, dict[str, str]]:
    """The rows of a table by code."""
    folder = town.world / f"out_{period}_{town.system}"
    with transaction() as connection:
        write_out(connection, load_scheme(town.system, Period.parse(period)), folder, COUNTY)
    with (folder / "tables" / f"{key}.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


def files(town: Town, period: str) -> dict[str, str]:
    """The hash of every file of OUT as it is now, but of what came in and went out since."""
    folder = town.out(period)
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in found.items()
        if not name.startswith(("mails/", "returned/", "intake"))
    }


def told(row: dict[str, str], labels: Sequence[str]) -> list[str]:
    return [row[label] for label in labels]


def test_yongchun_as_the_county_tells_it(town: Town) -> None:
    said = {"社区数": 27, "党委": 2, "党总支": 2, "党支部": 39, "党员数": 2175, "有服务中心社区数": 27, "规模以上非公企业数": 16,
            "建有党组织的规模以上非公企业数": 16, "规模以上非公企业覆盖率": 100, "区域性党组织": 7, "功能性党组织": 98,
            "积极分子数": 4, "发展对象数": 6}  # fmt: skip
    lines = [f"{COUNTY},{label},{number}" for label, number in said.items()]
    assert town.hands_in("2026H1", "县党内统计汇总表", COUNTY, "", *lines) == "accepted", town.said
    town.closes("2026H1")
    county = table(town, "T20-1")[COUNTY]
    assert told(county, ["社区数", "党委", "党总支", "党支部", "党组织数（不含党小组）", "党支部·社区", "已报"]) == [
        "27", "2", "2", "39", "43", "未报", "0/3",
    ]  # fmt: skip
    county = table(town, "T20-2")[COUNTY]
    assert told(county, ["党员数", "平均每个社区党员数", "平均每个党支部党员数", "60岁以上", "流动"]) == [
        "2175",
        "80.56",
        "55.77",
        "未报",
        "未报",
    ]
    assert told(table(town, "T20-4")[COUNTY], ["服务中心", "服务中心覆盖率", "用房面积", "Z1"]) == [
        "27",
        "100.00",
        "未报",
        "未报",
    ]
    assert told(table(town, "T20-5")[COUNTY], ["Z3", "区域性", "功能性"]) == ["100.00", "7", "98"]
    folder = town.world / "out_2026H1_party_statistics"
    with (folder / "checks.csv").open(encoding="utf-8-sig", newline="") as file:
        checks = {row["check"]: row["outcome"] for row in csv.DictReader(file) if row["level"] == "county"}
    assert (checks["g6"], checks["g7"], checks["g8"], checks["g9"]) == ("不一致", "一致", "一致", "一致")
    assert checks.get("g1", "未报") == "未报"


def test_figures_are_made_of_the_rows_as_they_stood_at_the_periods_end(town: Town) -> None:
    period = "2026H1"
    assert town.hands_in(period, ORGANISATIONS, A, OF_ORGANISATIONS, BRANCH.format(code=A),
                         f"X1,第一党小组,党小组,Z1,{A},社区,2001-07-01,,,,,,", f"X2,第二党小组,党小组,Z1,{A},社区,2001-07-01,,,,,,2026-03-01") == "accepted", town.said  # fmt: skip
    members = [
        member(1, "1966-06", "居民"),
        member(2, "1966-07", "在职", old="是"),
        member(3, "1991-01", "流动", here="否"),
        member(4, "1990-06", "离退休", rest="是,2026-05-31,在册,"),
        member(5, "1980-01", "居民", rest="否,,转出,2026-05-01"),
        member(6, "1980-01", "居民", rest="否,,转出,2026-07-01"),
    ]
    assert town.hands_in(period, MEMBERS, A, OF_MEMBERS, *members) == "accepted", town.said
    assert "转正应到日期一般是入党满 12 个月" in town.said
    assert town.hands_in(period, APPLICANTS, A, OF_APPLICANTS, "1,发展对象,2024-01-05,2025-01-06,2026-01-06,,副书记,,",
                         "2,预备党员,2022-01-05,2023-01-06,2024-01-06,2026-04-01,副书记,,") == "accepted", town.said  # fmt: skip
    assert town.hands_in(period, PREMISES, A, OF_PREMISES, f"{A},260,200,自有,是,3") == "accepted", town.said
    assert town.hands_in(period, ORGANISATIONS, B, OF_ORGANISATIONS, BRANCH.format(code=B)) == "accepted"
    assert (
        town.hands_in(period, MEMBERS, B, OF_MEMBERS, "1,Z9,1966-06,男,大专,城镇,居民,,是,2001-07,否,,在册,")
        == "returned"
    )
    assert "组织编号（党员 1，第6行）：党组织台账里没有这个组织（Z9" in town.said
    town.closes(period)
    assert {code: row[3] for code, row in town.results(period).items()} == {A: "已报", B: "退回未改", C: "未报"}
    orgs = table(town, "T20-1")
    assert told(orgs[A], ["党支部", "党小组", "党支部·社区", "党小组·社区", "已报"]) == ["1", "1", "1", "1", "1/1"]
    assert told(orgs[COUNTY], ["党支部", "已报"]) == ["2", "1/3"]
    people = table(town, "T20-2")
    assert told(people[A], ["党员数", "35岁以下", "36–54岁", "55–60岁", "60岁以上", "预备党员数", "预备占比"]) == [
        "4", "0", "2", "1", "1", "1", "25.00",
    ]  # fmt: skip
    assert told(people[C], ["党员数", "60岁以上"]) == ["未报", "未报"]
    assert told(table(town, "T20-3")[A], ["积极分子", "发展对象", "新发展", "转正应到", "已转正"]) == [
        "0",
        "1",
        "1",
        "1",
        "0",
    ]
    assert told(table(town, "T20-4")[A], ["用房面积", "Z1"]) == ["260", "1"]
    assert told(table(town, "T20-6")[COUNTY], ["55–60岁", "本社区", "一肩挑"]) == ["2", "2", "2"]


def test_a_past_half_is_read_as_it_was_known(town: Town) -> None:
    period = "2026H1"
    assert town.hands_in(period, ORGANISATIONS, A, OF_ORGANISATIONS, BRANCH.format(code=A)) == "accepted"
    assert town.hands_in(period, MEMBERS, A, OF_MEMBERS, member(1, "1966-06", "居民")) == "accepted", town.said
    town.closes(period)
    before = files(town, period)
    assert town.hands_in("2026H2", MEMBERS, A, OF_MEMBERS, member(1, "1966-06", "流动"), member(2, "1966-06", "流动"),
                         at="2026-09-01T10:00:00") == "accepted", town.said  # fmt: skip
    town.closes(period)
    assert files(town, period) == before, "to the byte"
    with transaction() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM assessment").scalar_one() == 1


def test_a_wrong_import_of_the_registry_is_put_right_and_a_past_half_reads_as_it_was_known(town: Town) -> None:
    period = "2026H1"
    assert town.hands_in(period, ORGANISATIONS, A, OF_ORGANISATIONS, BRANCH.format(code=A)) == "accepted"
    assert town.hands_in(period, MEMBERS, A, OF_MEMBERS, member(1, "1966-06", "居民")) == "accepted", town.said
    town.closes(period)
    before = files(town, period)

    def reads(name: str) -> set[str]:
        """Import the register from March on; which files of the past half read otherwise than before."""
        line = f"{A},{name},{STREET},云街街道,,\n"
        (town.world / "again.csv").write_text(
            f"code,name,street_code,street,kind,secretary_email\n{line}", encoding="utf-8"
        )
        with transaction() as connection:
            import_units(connection, town.world / "again.csv", dt.date(2026, 3, 1))
        now = files(town, period)
        return {one for one in now if before.get(one) != now[one]}

    assert reads("错名社区") == {"registry.csv", "manifest.json"}, (
        "the register is that of today, the half as it was known"
    )
    town.closes(period)
    assert table(town, "T20-2")[A]["name"] == "错名社区", "who closes again meanwhile sees what is wrong"
    reads("第1社区")
    town.closes(period)
    assert reads("第1社区") == {"manifest.json"}, "put right: a further revision that says what the first said"


def test_members_are_classed_by_the_rows_of_the_other_system(town: Town) -> None:
    """Made up of 古棠 (45 离退休, 125 在职), and the four who are away."""
    period = "2026H1"
    assert town.hands_in(period, ORGANISATIONS, A, OF_ORGANISATIONS, BRANCH.format(code=A)) == "accepted"
    rows = [member(n, "1950-01", "离退休" if n <= 45 else "在职", old="是" if n <= 3 else "") for n in range(1, 171)]
    assert (
        town.hands_in(period, MEMBERS, A, OF_MEMBERS, *rows, member(171, "1990-01", "流动", here="否")) == "accepted"
    ), town.said
    town.system = "member_classes"
    away = [f"{n},流出,直管,2026-01-05,,2,{attended},否" for n, attended in enumerate((0, 1, 2, 1), 1)]
    assert town.hands_in(period, "流动党员台账", A, "活动证号,方向,管理方式,活动证发放日期,对应党组织,本年联系次数,本年参加组织生活次数,失联", *away) == "accepted", town.said  # fmt: skip
    result = town.closes(period)
    assert result is not None
    row = table(town, "T8")[A]
    labels = [
        "党员数",
        "离退休·是",
        "在职·是",
        "流动·否",
        "离退休占比",
        "在职占比",
        "老党员",
        "流动党员数",
        "有活动证",
        "Y1达标",
        "Y1达标率",
        "失联",
    ]
    assert told(row, labels) == ["170", "45", "125", "1", "26.47", "73.53", "3", "4", "4", "3", "75.00", "0"]
    assert told(table(town, "T8")[B], ["党员数", "流动党员数", "已报"]) == ["未报", "未报", "0/1"]
    with transaction() as connection:
        annexes = build_model(connection, result)["annexes"]
    printed = {
        label: cell for annex in annexes for label, cell in zip(annex["labels"][1:], annex["rows"][0], strict=True)
    }
    assert told(printed, ["流动·否", "老党员", "离退休·是", "失联"]) == ["≤2", "3", "45", "0"], "as streets read it"
    assert "1人、2人的写作≤2。" in {annex["note"] for annex in annexes}


def test_the_half_year_form_is_held_beside_the_ledger_where_the_office_runs_it(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    period, at = "2026H1", "2026-07-02T10:00:00"
    assert town.hands_in(period, ORGANISATIONS, A, OF_ORGANISATIONS, BRANCH.format(code=A), at=at) == "accepted"
    rows = [member(1, "1966-06", "居民"), member(2, "1970-07", "在职")]
    assert town.hands_in(period, MEMBERS, A, OF_MEMBERS, *rows, at=at) == "accepted", town.said

    def noted(members: int) -> list[str]:
        town.system = "half_year"
        town.hands_in(period, load_scheme("half_year", Period.parse(period)).forms[0].name, A, "", f"{A},党员数,{members}",
                      f"{A},60岁以上党员数,1", at=f"2026-07-0{members}T12:00:00")  # fmt: skip
        with transaction() as connection:
            found = connection.exec_driver_sql("SELECT message FROM finding WHERE substr(check_code, 1, 7) = 'ledger:'")
            return [row[0] for row in found]

    assert noted(5) == []
    (tmp_path / "run").mkdir()
    add_systems(tmp_path / "run", monkeypatch, half_year="2026H1", party_statistics="2026H1")
    assert noted(3) == [
        "第6行“党员数”：填报 3，台账 2（来源：《党员台账》（截至2026年6月30日））。请核对；以填报数为准的不必改，台账有出入的请更正台账。"
    ]


def test_a_village_of_a_hundred_households_needs_a_hundred_square_metres(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of villages that the county counts in; of smaller ones nothing is asked, and Z1 is asked of communities alone."""
    big, small, other, silent = (f"{STREET}10{n}" for n in (1, 2, 3, 4))
    villages = "".join(f"{code},第{code[-1]}村,{STREET},云街街道,村,\n" for code in (big, small, other, silent))
    counted_in = "".join(f"{code},纳入党内统计,是\n" for code in (big, small, silent))
    town = Town(
        world,
        monkeypatch,
        "party_statistics",
        subjects=SUBJECTS + villages,
        links="",
        attributes=counted_in,
        scope=COUNTY,
    )
    with transaction() as connection:
        for code, households in ((big, 150), (small, 80), (silent, 300)):
            connection.exec_driver_sql(f"UPDATE unit SET households = {households} WHERE code = '{code}'")
    for code, area in ((A, 260), (B, 150), (big, 90), (small, 40)):
        premises = f"{code},{area},{area},自有,是,3"
        assert town.hands_in("2026H1", PREMISES, code, OF_PREMISES, premises) == "accepted", town.said
    town.closes("2026H1")
    rows = table(town, "T20-4")
    assert other not in rows
    assert {code: told(rows[code], ["用房面积", "Z1", "Z2"]) for code in (A, big, small, silent)} == {
        A: ["260", "1", "不适用"],
        big: ["90", "不适用", "0"],
        small: ["40", "不适用", "不适用"],
        silent: ["未报", "不适用", "未报"],
    }
    assert told(rows[COUNTY], ["Z1", "用房达标率", "Z2", "百户以上村达标率"]) == ["1", "50.00", "0", "0.00"]
    checks = {(row["check"], row["code"]): row for row in town.read("2026H1", "checks.csv")}
    assert (checks["Z2", big]["left"], checks["Z2", big]["right"], checks["Z2", big]["outcome"]) == (
        "90",
        "100",
        "未达标",
    )
    assert checks["Z2", small]["outcome"] == "不适用"
    assert ("Z2", A) not in checks and ("Z1", big) not in checks
