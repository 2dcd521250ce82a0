"""Items that a day in a ledger raises: 预备党员转正 twenty working days before, 换届 six months before; 组织关系转接 from hand to hand;
失联党员 until they are found; the reminder of October to who has mobile members that took part in nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine

from include.db.engine import transaction
from include.letters.row_letters_out import files_of_letters
from include.period import Period, parse_moment
from include.schemes.loader import load_scheme
from include.settings import REPO
from include.steps.diary import keep_diary
from tests.ledgers.party_sheets import (
    BRANCH,
    COUNTY,
    MEMBERS,
    OF_MEMBERS,
    OF_ORGANISATIONS,
    ORGANISATIONS,
    SUBJECTS,
    A,
    B,
)
from tests.town import Town

pytestmark = pytest.mark.story

PROBATIONARY = "P1,Z1,1990-05,男,大专,城镇,居民,,是,2025-12,{is_probationary},2026-12-01,在册,"
Item = tuple[str, str, str, str, str, bool]


@pytest.fixture
def offices(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every office runs both systems."""
    tree = yaml.safe_load((REPO / "include/registry/offices.yaml").read_text(encoding="utf-8"))
    tree["defaults"]["systems"] = {"party_statistics": {}, "member_classes": {}}
    (world / "offices.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    monkeypatch.setenv("DUBAN_OFFICES", str(world / "offices.yaml"))


def round_of(monkeypatch: pytest.MonkeyPatch, day: str) -> list[str]:
    monkeypatch.setenv("DUBAN_NOW", parse_moment(f"{day}T07:50:00", "test").isoformat())
    return keep_diary("test")


def items(kind: str) -> list[Item]:
    with transaction() as connection:
        rows = connection.exec_driver_sql(
            "SELECT unit_code, problem, opened_date, deadline, step, is_open FROM rectification_item"
            f" WHERE kind = '{kind}' ORDER BY unit_code, problem, deadline"
        ).all()
    return [(str(a), str(b), str(c)[:10], str(d)[:10], str(e or ""), bool(f)) for a, b, c, d, e, f in rows]


@pytest.mark.usefixtures("offices")
def test_a_probationary_member_is_an_item_twenty_working_days_before_and_until_the_row_says_otherwise(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(world, monkeypatch, "party_statistics", subjects=SUBJECTS, links="", scope=COUNTY)
    branch = BRANCH.format(code=A)
    assert (
        town.hands_in("2026H2", ORGANISATIONS, A, OF_ORGANISATIONS, branch, at="2026-10-19T10:00:00") == "accepted"
    ), town.said
    told = PROBATIONARY.format(is_probationary="是")
    assert town.hands_in("2026H2", MEMBERS, A, OF_MEMBERS, told, at="2026-10-20T10:00:00") == "accepted", town.said
    round_of(monkeypatch, "2026-11-02")
    assert items("probation") == []
    round_of(monkeypatch, "2026-11-05")  # 11-03 is the day; a day on which nothing ran is made good for
    found = [(A, "预备党员P1应于2026-12-01转正", "2026-11-03", "2026-12-01", "转正", True)]
    assert [(*one[:2], "2026-11-03", *one[3:]) for one in items("probation")] == found
    round_of(monkeypatch, "2026-11-06")
    assert len(items("probation")) == 1
    told = PROBATIONARY.format(is_probationary="否")
    assert town.hands_in("2026H2", MEMBERS, A, OF_MEMBERS, told, at="2026-11-20T10:00:00") == "accepted", town.said
    round_of(monkeypatch, "2026-11-23")
    assert [one[-1] for one in items("probation")] == [False], "closed by its state"
    round_of(monkeypatch, "2026-11-24")
    assert len(items("probation")) == 1, "not raised again"


@pytest.mark.usefixtures("offices")
def test_a_committee_whose_term_ends_is_an_item_half_a_year_before_and_a_transfer_goes_from_hand_to_hand(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(world, monkeypatch, "party_statistics", subjects=SUBJECTS, links="", scope=COUNTY)
    branch = BRANCH.format(code=A)
    assert (
        town.hands_in("2026H2", ORGANISATIONS, A, OF_ORGANISATIONS, branch, at="2026-10-20T10:00:00") == "accepted"
    ), town.said
    round_of(monkeypatch, "2026-12-29")
    assert items("term") == []
    round_of(monkeypatch, "2026-12-30")
    assert items("term") == [(A, "党组织Z1于2027-06-30届满", "2026-12-30", "2027-06-30", "换届", True)]
    titles, row = "序号,党员编号,接收单位,提出日期", "1,M7,县直机关工委,2026-11-02"
    assert town.hands_in("2026H2", "组织关系转接登记表", B, titles, row, at="2026-11-02T10:00:00") == "accepted", (
        town.said
    )
    assert items("transfer") == [(B, "M7", "2026-11-02", "2026-11-09", "转出", True)]
    steps = "事项编号,环节,完成日期,结果"
    done = ["1,转出,2026-11-05,已转出", "1,接收,2026-11-20,已接收"]
    assert town.hands_in("2026H2", "事项办理", B, steps, *done, at="2026-11-23T10:00:00") == "accepted", town.said
    assert [one[3:] for one in items("transfer")] == [("2026-11-27", "回执", True)]


@pytest.mark.usefixtures("offices")
def test_lost_members_are_looked_for_and_october_reminds_of_those_that_took_part_in_nothing(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(world, monkeypatch, "member_classes", subjects=SUBJECTS, links="")
    titles = "活动证号,方向,管理方式,活动证发放日期,对应党组织,本年联系次数,本年参加组织生活次数,失联"
    rows = [
        "C1,流出,直管,2026-01-05,,2,0,否",
        "C2,流出,直管,2026-01-05,,1,1,是",
        "C3,流出,代管,2026-01-05,,3,2,否",
        "C4,流入,协管,2026-01-05,,2,1,否",
    ]
    assert town.hands_in("2026H2", "流动党员台账", A, titles, *rows, at="2026-09-01T10:00:00") == "accepted", town.said
    assert [(one[1], one[-1]) for one in items("standard_gap")] == [("失联党员查找（C2）", True)]
    found = rows[1].replace("是", "否")
    assert town.hands_in("2026H2", "流动党员台账", A, titles, found, at="2026-09-20T10:00:00") == "accepted", town.said
    assert [one[-1] for one in items("standard_gap")] == [False], "found"
    assert round_of(monkeypatch, "2026-10-14") == []
    assert len(round_of(monkeypatch, "2026-10-15")) == 1, "put to the committee"
    with transaction() as connection:
        files = files_of_letters(connection, load_scheme("member_classes", Period.parse("2026H2")), COUNTY)
        (model,) = connection.exec_driver_sql("SELECT model FROM circular").all()
    (letter,) = json.loads(model[0])["letters"]
    assert letter["title"] == "关于提醒1名流动党员参加组织生活的函"
    assert [row["key"] for row in letter["told"]] == ["C1"], "Y1 3/4: one reminder"
    assert [name for name in files if name.endswith(".docx")] == [f"letters/{A}-流动党员组织生活提醒.docx"]
