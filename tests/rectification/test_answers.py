"""整改反馈表 and 整改核验表: out, filled in, back."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from collections.abc import Callable

import openpyxl
import pytest
from sqlalchemy import Connection

from include.archive import contents
from include.db import sql
from include.errors import UserError
from include.items.answers import take, verification_workbook
from include.items.items import open_items
from include.items.states import extend, history
from include.items.workbooks import Sheet, read_workbook, write_workbook
from include.letters.supervising import chase_day
from include.period import in_zone, now
from include.registry.units import span_of
from tests.intake.form_samples import as_ods, as_xls, book_of
from tests.rectification.filling import FULL, fill
from tests.street import STREET, A, B, add_units, found_at, rows

ISSUED = dt.date(2026, 8, 20)
LATER = in_zone(dt.datetime.combine(dt.date(2026, 9, 5), dt.time(10)))


@pytest.fixture
def form(connection: Connection) -> bytes:
    """The workbook that went to unit A with its two items."""
    add_units(connection, A, B)
    open_items(connection, found_at(connection, "2026H1", {A: {"E1": 15, "A1": 30}, B: {"E1": 15}}), ISSUED, now())
    [notice] = [row for row in rows(connection, "notice", "id") if row["unit_code"] == A]
    [attachment] = json.loads(notice["attachments"])
    assert attachment["name"] == "第1社区整改反馈表.xlsx"
    return contents.load(attachment["sha256"])


def hand_in(connection: Connection, content: bytes, sender: str = "shuji1@example.org", at: dt.datetime = LATER) -> int:
    sheet = read_workbook(content, "整改反馈表.xlsx")
    assert sheet is not None
    return len(take(connection, sheet, hashlib.sha256(content).hexdigest(), sender, at))


def states(connection: Connection) -> dict[tuple[str, str], str]:
    return {(row["unit_code"], row["indicator"]): row["state"] for row in rows(connection, "rectification_item", "id")}


def test_a_filled_in_row_answers_its_item_and_an_empty_one_waits(connection: Connection, form: bytes) -> None:
    filled = fill(form, FULL)
    assert hand_in(connection, filled) == 1
    assert sorted(states(connection).values()) == ["已反馈", "待整改", "待整改"]
    [item] = [row for row in rows(connection, "rectification_item", "id") if row["state"] == "已反馈"]
    event = history(connection, item["id"])[-1]
    assert (event["kind"], event["actor"], event["sha256"]) == (
        "answered",
        "shuji1@example.org",
        hashlib.sha256(filled).hexdigest(),
    )
    assert event["reason"] == "整改情况：已补审全部票据；完成日期：2026年9月4日；佐证材料：票据台账复印件"


def test_the_same_file_again_changes_nothing_and_another_is_told_the_state(connection: Connection, form: bytes) -> None:
    filled = fill(form, FULL)
    hand_in(connection, filled)
    assert hand_in(connection, filled) == 0
    with pytest.raises(UserError, match="现为“已反馈”，不能再办理"):
        hand_in(connection, fill(form, FULL | {"整改情况": "再报一次"}))


def test_everything_wrong_is_said_at_once_and_nothing_moves(connection: Connection, form: bytes) -> None:
    broken = fill(form, {"整改情况": "做了", "完成日期": "下周"}, {"完成日期": dt.date(2026, 9, 6), "佐证材料": "照片"})
    with pytest.raises(UserError) as error:
        hand_in(connection, broken)
    text = "\n".join(error.value.problems)
    assert len(error.value.problems) == 4
    for words in ("没有填佐证材料", "“下周”不是日期", "没有填整改情况", "2026年9月6日 还没有到", "整改反馈表!第5行"):
        assert words in text
    assert set(states(connection).values()) == {"待整改"}


def test_an_empty_sheet_is_refused(connection: Connection, form: bytes) -> None:
    with pytest.raises(UserError, match="没有填写任何一项"):
        hand_in(connection, form)


FOR_NOTHING = [
    "无",
    "无。",
    " 暂无 ",
    "没有",
    "/",
    "—",
    "——",
    "0",
    "Ｎ/Ａ",
    "\u3000",
    "同上",
    "（同上）",
    "见上。",
    "\u200e无",
]


@pytest.mark.parametrize(("title", "said"), [("整改情况", "做好以后写明做了什么"), ("佐证材料", "请写明材料名称")])
@pytest.mark.parametrize(("ending", "save"), [("xlsx", bytes), ("xls", as_xls), ("ods", as_ods)])
def test_a_word_for_nothing_or_for_another_row_is_no_rectification(
    connection: Connection, form: bytes, ending: str, save: Callable[[bytes], bytes], title: str, said: str
) -> None:
    for word in FOR_NOTHING:
        sheet = read_workbook(save(fill(form, FULL, FULL | {title: word})), f"反馈.{ending}")
        assert sheet is not None
        with pytest.raises(UserError) as error:
            take(connection, sheet, "0" * 64, "shuji1@example.org", LATER)
        [problem] = error.value.problems
        assert problem.startswith("整改反馈表!第6行“") and title in problem
        assert said in problem or (word.strip() in ("", "无") and f"没有填{title}" in problem)
    assert set(states(connection).values()) == {"待整改"}


@pytest.mark.parametrize("text", ["无障碍坡道已改好", "同上级联系后已补审", "没有审批的3张票据已补审"])
def test_what_only_begins_with_such_a_word_is_a_rectification(connection: Connection, form: bytes, text: str) -> None:
    assert hand_in(connection, fill(form, FULL | {"整改情况": text})) == 1


@pytest.mark.parametrize("code", [B, "", "3"])
def test_a_unit_cannot_answer_for_another(connection: Connection, form: bytes, code: str) -> None:
    sheet = read_workbook(fill(form, FULL), "a.xlsx")
    assert sheet is not None
    with pytest.raises(UserError, match="不是发给你们的整改事项"):
        take(connection, Sheet(sheet.kind, code, sheet.entries), "0" * 64, "", LATER)


def test_rows_that_were_sorted_still_read(connection: Connection, form: bytes) -> None:
    book = book_of(form)
    book.worksheets[0].insert_rows(3, 2)
    buffer = io.BytesIO()
    book.save(buffer)
    book = book_of(buffer.getvalue())
    sheet = book.worksheets[0]
    titles = {cell.value: cell.column for cell in sheet[6]}
    for title, text in FULL.items():
        sheet.cell(8, titles[title]).value = text
    sheet.move_range("A8:H8", rows=4)
    buffer = io.BytesIO()
    book.save(buffer)
    assert hand_in(connection, buffer.getvalue()) == 1


@pytest.mark.parametrize(
    ("verdict", "state", "kinds"),
    [("通过", "验收", ["verified"]), ("销号", "销号", ["verified", "closed"]), ("退回", "退回", ["returned"])],
)
def test_inspectors_verify_by_sheet(
    connection: Connection, form: bytes, verdict: str, state: str, kinds: list[str]
) -> None:
    hand_in(connection, fill(form, FULL))
    sheet = verification_workbook(connection, STREET, "云街街道", dt.date(2026, 9, 6))
    assert sheet is not None
    filled = fill(sheet, {"核验结论": verdict, "核验意见": "现场查看", "核验人": "张三"})
    assert hand_in(connection, filled, "jiancha@example.org") == 1
    [item] = [row for row in rows(connection, "rectification_item", "id") if row["state"] == state]
    events = history(connection, item["id"])[2:]
    assert [event["kind"] for event in events] == kinds
    assert {(event["actor"], event["reason"]) for event in events} == {("张三（jiancha@example.org）", "现场查看")}


def test_a_verdict_needs_a_name_and_a_return_its_reason(connection: Connection, form: bytes) -> None:
    hand_in(connection, fill(form, FULL))
    sheet = verification_workbook(connection, STREET, "云街街道", dt.date(2026, 9, 6))
    assert sheet is not None
    with pytest.raises(UserError) as error:
        hand_in(connection, fill(sheet, {"核验结论": "退回"}))
    assert len(error.value.problems) == 2
    with pytest.raises(UserError, match="没有填核验人，请写姓名"):
        hand_in(connection, fill(sheet, {"核验结论": "通过", "核验人": "无"}))
    with pytest.raises(UserError, match="退回请在核验意见中写明原因"):
        hand_in(connection, fill(sheet, {"核验结论": "退回", "核验意见": "无。", "核验人": "张三"}))
    with pytest.raises(UserError, match="核验结论“好”不对"):
        hand_in(connection, fill(sheet, {"核验结论": "好", "核验人": "张三"}))


def test_there_is_no_sheet_where_nothing_waits(connection: Connection, form: bytes) -> None:
    assert form
    assert verification_workbook(connection, STREET, "云街街道", dt.date(2026, 9, 6)) is None


def test_a_workbook_is_the_same_to_the_byte_and_text_that_looks_like_a_formula_stays_text() -> None:
    item = {"id": "a" * 64, "indicator": "E1", "problem": "=1+1", "deadline": "2026年9月10日"}
    first, second = (write_workbook("rectification", A, "第1社区", [item], ISSUED) for _ in range(2))
    assert first == second
    assert book_of(first).worksheets[0]["D5"].data_type == "s"
    other = openpyxl.Workbook()
    buffer = io.BytesIO()
    other.save(buffer)
    assert read_workbook(buffer.getvalue(), "其他.xlsx") is None


def test_an_item_long_overdue_is_listed_for_the_next_circular_until_it_is_extended(
    connection: Connection, form: bytes
) -> None:
    assert form
    day = dt.date(2026, 9, 20)
    chase_day(connection, in_zone(dt.datetime.combine(day, dt.time(8, 30))))
    carried = sql.fetch(connection, "circulars/select_carried", **span_of(STREET), on_date=day)
    assert [(row["unit_code"], row["indicator"]) for row in carried] == [(A, "E1"), (B, "E1")]
    extend(connection, carried[0]["id"], dt.date(2026, 10, 30), "张三", "材料在审", LATER)
    carried = sql.fetch(connection, "circulars/select_carried", **span_of(STREET), on_date=day)
    assert [row["unit_code"] for row in carried] == [B]
