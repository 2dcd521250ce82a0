"""Papers that a system names as data: letters to those of a class, papers that leave with the circular, lists behind it, and
what is made when a form's window has ended; all of it again in a rebuild."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine

from include.acts.results import correct_figure
from include.archive import contents
from include.db.engine import transaction
from include.period import Period, parse_moment
from include.rebuild.replay import rebuild
from include.schemes.loader import load_scheme
from include.scoring.reviews import decide_review, request_review
from include.steps import approvals, diary, opening
from tests.history.judged_street import ESTATE, OTHER, Street, closes, exported, judges, letters, mailed
from tests.intake.receive_street import FIRST, SECOND, STREET, rows
from tests.signing import sends_back, signs
from tests.word import words_of

pytestmark = pytest.mark.story


@pytest.fixture
def street(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Street:
    return Street(world, monkeypatch, judged="2026H1", responsibility="2026")


@pytest.fixture
def judged(street: Street) -> Street:
    return judges(street)


def test_whoever_is_of_the_class_gets_a_letter_and_nobody_else(judged: Street) -> None:
    circular = closes("judged", "2026H1")
    assert letters() == [], "nothing before the one circular is out"
    signs(circular)
    assert letters() == [
        (f"喜报/{FIRST.code}/judged/2026H1/1", "draft"),
        (f"整顿通知书/{SECOND.code}/judged/2026H1/1", "draft"),
        (f"整顿通知书/{OTHER}/judged/2026H1/1", "draft"),
    ]
    [batch] = approvals.put_what_follows(circular)
    assert batch == "2026-08-20/committee/1"
    assert approvals.take_up(batch, "run") == [key for key, _ in letters()]
    assert mailed("feedback_letter") == []


def test_a_letter_waits_for_a_person_and_a_reply_to_it_is_a_plan_for_the_items_just_opened(judged: Street) -> None:
    signs(closes("judged", "2026H1"))
    number = signs(f"整顿通知书/{SECOND.code}/judged/2026H1/1")
    assert number.endswith("号")
    [told] = mailed("feedback_letter")
    assert (told["recipient"], told["payload"]["reply_by"]) == ("s2@x.cn", "2026年9月10日")
    assert [item["problem"] for item in told["payload"]["items"]] == ["环境不整洁"]
    asked = rows("SELECT item_id FROM asked_item JOIN notice ON notice.id = notice_id WHERE kind = 'feedback_letter'")
    assert asked == rows(f"SELECT id AS item_id FROM rectification_item WHERE unit_code = '{SECOND.code}'")
    [issued] = rows(f"SELECT docx_sha256 FROM circular WHERE document_number = '{number}'")
    text = words_of(contents.load(str(issued["docx_sha256"])))
    for said in (
        "柳堤社区党组织：",
        "评定为差",
        "环境不整洁",
        "请于2026年9月10日前报送整改方案",
        "包柳堤社区服务组组长",
    ):
        assert said in text


def test_mails_and_items_of_an_estate_go_to_the_community_that_it_belongs_to(judged: Street) -> None:
    signs(closes("judged", "2026H1"))
    signs(f"整顿通知书/{OTHER}/judged/2026H1/1")
    [told] = mailed("feedback_letter")
    assert (told["recipient"], told["payload"]["greeted"]) == ("s2@x.cn", SECOND.name)
    owners = rows("SELECT unit_code, owner FROM rectification_item ORDER BY unit_code")
    assert owners == [{"unit_code": SECOND.code, "owner": "s2@x.cn"}, {"unit_code": OTHER, "owner": "s2@x.cn"}]


def test_papers_leave_with_the_circular_each_to_whom_it_is_about(judged: Street) -> None:
    signs(closes("judged", "2026H1"))
    files = {told["subject"].rsplit("/", 1)[1]: told["files"] for told in mailed("circular")}
    assert {"杏花社区2026年上半年评比台账.docx", "杏花社区2026年上半年表扬榜.docx"} <= set(files[FIRST.code])
    assert not [name for name in files[SECOND.code] if "表扬榜" in name]
    assert ESTATE not in files, "an estate's go to its community"
    assert "杏园小区2026年上半年评比台账.docx" in files[FIRST.code]
    made = rows("SELECT kind, unit_code FROM paper ORDER BY kind, unit_code")
    assert [row["unit_code"] for row in made if row["kind"] == "表扬榜"] == [FIRST.code]
    assert len([row for row in made if row["kind"] == "台账"]) == 4
    [board] = rows("SELECT docx_sha256 FROM paper WHERE kind = '表扬榜'")
    assert "杏园小区（好，100.00分）" in words_of(contents.load(str(board["docx_sha256"])))


def test_lists_stand_behind_the_circular_and_in_out_as_workbooks(judged: Street) -> None:
    signs(closes("judged", "2026H1"))
    out = exported(judged, "judged", "2026H1")
    assert sorted(path.name for path in (out / "lists").iterdir()) == [
        "2026年上半年先进名单.xlsx",
        "2026年上半年台账对照表.xlsx",
    ]
    sheet = openpyxl.load_workbook(out / "lists/2026年上半年先进名单.xlsx").active
    assert sheet is not None
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)] == [
        ["序号", "名称", "等次", "整洁程度", "所属社区"],
        [1, "杏花社区", "好", 95, None],
        [2, "杏园小区", "好", 90, "杏花社区"],
    ]
    text = words_of((out / "circular.docx").read_bytes())
    assert "附件3" in text and "附件4" in text
    assert "×" in text and "√" in text
    letter_names = sorted(path.name for path in (out / "letters").iterdir() if path.suffix == ".docx")
    assert letter_names == sorted(
        [
            f"{FIRST.code}-喜报.docx",
            f"{FIRST.code}-表扬榜.docx",
            f"{SECOND.code}-整顿通知书.docx",
            f"{OTHER}-整顿通知书.docx",
            *(f"{code}-台账.docx" for code in (FIRST.code, SECOND.code, ESTATE, OTHER)),
        ]
    )


def test_before_anybody_signs_out_holds_all_of_it_as_drafts(judged: Street) -> None:
    closes("judged", "2026H1")
    out = exported(judged, "judged", "2026H1")
    text = words_of((out / f"letters/{SECOND.code}-整顿通知书.docx").read_bytes())
    assert "（草稿）" in text
    assert (out / f"letters/{FIRST.code}-表扬榜.docx").is_file()
    assert rows("SELECT id FROM paper") == []


def test_a_letter_that_was_sent_back_is_withdrawn_and_not_drafted_again_for_the_same_result(judged: Street) -> None:
    circular = closes("judged", "2026H1")
    signs(circular)
    letter = f"整顿通知书/{OTHER}/judged/2026H1/1"
    sends_back(letter, "先约谈")
    assert dict(letters())[letter] == "withdrawn"
    assert approvals.put_what_follows(circular) == ["2026-08-20/committee/1"]
    assert letter not in approvals.take_up("2026-08-20/committee/1", "run")


def test_a_restated_result_takes_the_draft_of_its_letter_along(judged: Street) -> None:
    signs(closes("judged", "2026H1"))
    letter = f"整顿通知书/{SECOND.code}/judged/2026H1/1"
    signs(letter)
    judged.at("2026-08-21T09:00:00")
    scheme = load_scheme("judged", Period.parse("2026H1"))
    moment = parse_moment("2026-08-21T09:00:00", "test")
    with transaction() as connection:
        for code in (SECOND.code, OTHER):
            request_review(connection, scheme, scheme.period, code, "请复核", "社区", moment)
            decide_review(connection, scheme, scheme.period, code, True, "同意", "街道", moment)
        correct_figure(connection, scheme, SECOND.code, "tidy", "41", "现场复核", "ops", moment)
        correct_figure(connection, scheme, OTHER, "tidy", "70", "现场复核", "ops", moment)
    signs(closes("judged", "2026H1"))
    standing = dict(letters())
    assert standing[f"整顿通知书/{OTHER}/judged/2026H1/1"] == "withdrawn", "it is of another class now"
    assert standing[f"整顿通知书/{SECOND.code}/judged/2026H1/2"] == "draft"
    [model] = rows(f"SELECT model FROM circular WHERE id = '整顿通知书/{SECOND.code}/judged/2026H1/2'")
    assert json.loads(str(model["model"]))["corrects"]["number"].endswith("号")


def test_of_an_issued_letter_that_fits_no_more_operations_are_told_and_a_person_decides(judged: Street) -> None:
    signs(closes("judged", "2026H1"))
    letter = f"整顿通知书/{SECOND.code}/judged/2026H1/1"
    number = signs(letter)
    judged.at("2026-08-21T09:00:00")
    scheme = load_scheme("judged", Period.parse("2026H1"))
    moment = parse_moment("2026-08-21T09:00:00", "test")
    with transaction() as connection:
        request_review(connection, scheme, scheme.period, SECOND.code, "请复核", "社区", moment)
        decide_review(connection, scheme, scheme.period, SECOND.code, True, "同意", "街道", moment)
        correct_figure(connection, scheme, SECOND.code, "tidy", "70", "现场复核", "ops", moment)
    corrected = closes("judged", "2026H1")
    signs(corrected)
    assert dict(letters())[letter] == "issued"
    [told] = [one for one in mailed("ops_alert") if str(one["subject"]).startswith(letter)]
    assert number in told["payload"]["lines"][0]
    assert f"公文填 {number}" in told["payload"]["lines"][1]


@pytest.mark.usefixtures("typeset_anew")
def test_a_rebuild_makes_letters_papers_and_boards_again_to_the_byte(
    judged: Street, database: Engine, target: Engine
) -> None:
    signs(closes("judged", "2026H1"))
    signs(f"整顿通知书/{SECOND.code}/judged/2026H1/1")
    sends_back(f"整顿通知书/{OTHER}/judged/2026H1/1", "先约谈")
    found = rebuild(database, target, parse_moment("2026-08-22T00:00:00", "test"))
    assert found.differences == []
    with target.connect() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM paper").scalar() == 5


TARGETS = {
    "党课次数": "4", "学习日次数": "50", "开放型组织生活次数": "24", "党务公开次数": "4", "入党申请书数": "10", "入党积极分子数": "4",
    "发展对象数": "5", "新发展党员数": "2", "阵地建设项目数": "1", "上报信息条数": "40", "市级以上媒体报道次数": "15", "党报党刊征订份数": "30",
}  # fmt: skip
MORE = {
    "民主评议党员已开展": "是",
    "应缴党费": "1584.8",
    "实缴党费": "1584.8",
    "党费按时上交": "是",
    "下达任务数": "104",
    "完成任务数": "84",
}


def test_the_responsibility_paper_is_made_and_mailed_once_when_the_targets_window_has_ended(
    street: Street, database: Engine, target: Engine
) -> None:
    street.at("2026-01-10T09:00:00")
    opening.open_streets("responsibility", "2026", [STREET], "test")
    street.hands_in(FIRST.code, "责任书目标表", "2026", TARGETS)
    street.at("2026-02-28T09:00:00")
    diary.keep_diary("test")
    assert mailed("contract") == []
    street.at("2026-03-01T09:00:00")
    diary.keep_diary("test")
    diary.keep_diary("test")
    [told] = mailed("contract")
    assert (told["recipient"], told["files"]) == (
        "s1@x.cn",
        ["杏花社区2026年党建目标管理责任书.docx", "杏花社区2026年党建目标管理责任书.pdf"],
    )
    [paper] = rows("SELECT docx_sha256 FROM paper")
    text = words_of(contents.load(str(paper["docx_sha256"])))
    for said in ("甲方：中共云街街道工作委员会", "乙方：杏花社区党组织", "学习日次数", "50次", "负责人签字："):
        assert said in text
    year = load_scheme("responsibility", Period.parse("2026"))
    with transaction() as connection:
        moment = parse_moment("2026-04-01T09:00:00", "test")
        correct_figure(connection, year, FIRST.code, "study_days_target", "40", "街道同意调整", "ops", moment)
    street.at("2026-04-02T09:00:00")
    diary.keep_diary("test")
    assert [told["payload"]["edition"] for told in mailed("contract")] == [1, 2]
    found = rebuild(database, target, parse_moment("2026-04-03T00:00:00", "test"))
    assert found.differences == []


def test_at_midyear_each_community_is_told_what_is_behind_and_at_year_s_end_targets_stand_beside_results(
    street: Street,
) -> None:
    street.at("2026-01-10T09:00:00")
    opening.open_streets("responsibility", "2026", [STREET], "test")
    street.hands_in(FIRST.code, "责任书目标表", "2026", TARGETS)
    street.at("2026-07-10T09:00:00")
    half = {**TARGETS, **MORE, "党课次数": "2", "学习日次数": "20", "入党申请书数": "5", "上报信息条数": "12"}
    street.hands_in(FIRST.code, "责任书完成情况表", "2026H1", half)
    street.at("2026-08-20T09:00:00")
    signs(closes("responsibility", "2026H1"))
    assert [key for key, _ in letters()] == [
        f"半年进度函/{code}/responsibility/2026H1/1" for code in (FIRST.code, SECOND.code)
    ]
    number = signs(f"半年进度函/{FIRST.code}/responsibility/2026H1/1")
    [issued] = rows(f"SELECT docx_sha256, model FROM circular WHERE document_number = '{number}'")
    behind = [one["label"] for one in json.loads(str(issued["model"]))["targets"] if one["is_behind"]]
    assert behind == ["学习日", "上报信息"]
    assert "学习日已完成20次，比应达进度少5次。" in words_of(contents.load(str(issued["docx_sha256"])))

    street.at("2027-01-10T09:00:00")
    year = {**TARGETS, **MORE, "学习日次数": "48", "入党申请书数": "12", "发展对象数": "6", "新发展党员数": "1", "上报信息条数": "38",
            "市级以上媒体报道次数": "18"}  # fmt: skip
    street.hands_in(FIRST.code, "责任书完成情况表", "2026", year)
    street.hands_in(SECOND.code, "责任书完成情况表", "2026", year)
    street.at("2027-03-10T09:00:00")
    signs(closes("responsibility", "2026"))
    out = exported(street, "responsibility", "2026")
    scores = list(csv.DictReader(io.StringIO((out / "scores.csv").read_text(encoding="utf-8-sig"))))
    assert [
        (row["total"], row["rank"], row["grade"]) for row in scores if row["unit_code"] in (FIRST.code, SECOND.code)
    ] == [("92.25", "1", "基本完成"), ("", "", "")], "who signed no targets has no total"
    items = list(csv.DictReader(io.StringIO((out / "items.csv").read_text(encoding="utf-8-sig"))))
    assert "未签订责任书" in [row["problem"] for row in items if row["unit_code"] == SECOND.code]
    sheet = openpyxl.load_workbook(out / "lists/2026年度责任书目标完成情况表.xlsx").active
    assert sheet is not None
    head, first = ([cell.value for cell in row] for row in sheet.iter_rows(min_row=3, max_row=4))
    table = dict(zip(head, first, strict=True))
    assert (table["学习日目标"], table["学习日完成"], table["学习日完成率（%）"]) == (50, 48, 96)
    assert "48/50 96%" in words_of((out / "circular.docx").read_bytes())
    assert (out / f"letters/{FIRST.code}-责任书.pdf").is_file()


def test_targets_are_set_beside_what_was_done_last_year(street: Street) -> None:
    street.at("2027-01-08T09:00:00")
    street.hands_in(FIRST.code, "责任书完成情况表", "2026", {**TARGETS, **MORE})
    street.at("2027-01-10T09:00:00")
    opening.open_streets("responsibility", "2027", [STREET], "test")
    street.hands_in(
        FIRST.code, "责任书目标表", "2027", {**TARGETS, "党课次数": "3", "新发展党员数": "5", "学习日次数": "100"}
    )
    found = rows("SELECT check_code, severity, message FROM finding WHERE field LIKE '%_target' ORDER BY field")
    assert [(row["check_code"], row["severity"]) for row in found] == [
        ("lectures_below", "warn"),
        ("new_members_doubled", "warn"),
    ], "twice last year's is not more than twice"
    assert "目标低于上年实绩。本期 3，上期 4，一般应不低于 4。" in str(found[0]["message"])
