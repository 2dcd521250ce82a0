"""Hand-ins that were once answered wrongly, each as it came (tests/data/intake): the mail that answers says what is the matter."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.db.engine import transaction
from include.intake.mailbox import collect
from include.intake.receive import drain
from include.period import parse_moment
from include.post.rendering import letter_in_steps
from include.registry.units import import_units
from tests.intake.imap_server import Server
from tests.intake.receive_street import PERIOD, deliveries, drop, notices, rows

DATA = Path(__file__).parents[1] / "data" / "intake"
RECEIVED = "2026-07-18T09:05:00"
# Each of another unit: they come together.
SHEETS = {
    "K01a_strike_count.xlsx": ("returned", "单元格里有划掉的字（或上标、下标），请只留下最后的数。"),
    "K01c_strike_text.xlsx": ("returned", "单元格里有划掉的字，请删去划掉的部分，只留下要报的文字。"),
    "K02a_thousands.csv": ("returned", "现填：1,584.80"),
    "K02c_text_with_comma.csv": ("returned", "第20行比表头多出 1 列（读书会），数字里有逗号的请去掉逗号"),
    "K03a_percent_count.xlsx": ("returned", "处理：填的是百分比 100%，请填数量。"),
    "K03b_percent_yuan.xlsx": ("returned", "处理：填的是百分比 100%，请填金额。"),
    "K05b_none_word_two.xlsx": ("returned", "处理：请写活动名称"),
    "K06a_dispimg_text.xlsx": ("returned", "处理：单元格里是图片，请写文字（图片请作附件）。"),
    "K07b_cellimages_lost.xlsx": ("returned", "缺少您原文件中的单元格里的图片"),
    "K11a_difference.xlsx": ("accepted", "实缴党费（元）：1584.80"),
    "K12a_workbook2.xlsx": ("accepted", "应缴党费（元）：1584.80"),
    "K12b_unicode.txt": ("accepted", "应缴党费（元）：1584.80"),
    "K13a_main_sheet.csv": ("returned", "1. 工作表“材料清单”"),
    "K14b_all_inline_v.xlsx": ("accepted", "应缴党费（元）：1584.80"),
    "K15a_unclosed_quote.csv": ("refused", "第20行有一个英文引号"),
    "K15d_code_dot0.csv": ("accepted", "应缴党费（元）：1584.80"),
    "K16_bonus_no_level.xlsx": ("accepted", "“级别（第1项）”未填，该项不计"),
    "K17_corrected_in_list.xlsx": ("returned", "请改红色单元格，不要改本表（退回说明）。"),
    "K18_direction_mark.xlsx": ("accepted", "特色活动名称：邻里节文娱活动"),
}
MAILS = {
    "K08_auto_reply_qq.eml": None,
    "K09a_nameless_only.eml": "附件1.xlsx",
    "K09c_declared_image.eml": "a.xlsx",
    "K10a_gb2312_label_only_char.eml": "堃.xlsx",
    "K10b_gb2312_label.eml": "赵珺珺填报表.xlsx",
    "K10c_raw_gbk_name.eml": "半年党建检查考评_填报表_杏花社区_2026H1.xlsx",
    "K12d_forwarded_rfc822.eml": "杏花.xlsx",
}


@pytest.fixture
def district(database: Engine, mail_world: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The units of the cases, whose forms were received while the window was open."""
    monkeypatch.setenv("DUBAN_RECEIVED", RECEIVED)
    with transaction() as connection:
        import_units(connection, DATA / "registry.csv", dt.date(2000, 1, 1))
    return mail_world


def answered() -> dict[str, str]:
    """The text of the mail that answers a file, by the file's name."""
    said = {}
    for notice in rows("SELECT kind, payload FROM notice"):
        payload = json.loads(str(notice["payload"]))
        steps = letter_in_steps([(str(notice["kind"]), payload)])
        try:
            while True:
                next(steps)
        except StopIteration as done:
            said[payload["file_name"]] = done.value.text
    return said


def test_the_mail_about_each_file_says_what_a_person_has_to_know(district: Path) -> None:
    for name in SHEETS:
        drop(district, name, (DATA / name).read_bytes())
    drain(default_period=PERIOD)
    assert {row["name"]: row["status"] for row in deliveries()} == {
        name: status for name, (status, _) in SHEETS.items()
    }
    said = answered()
    assert {name: words for name, (_, words) in SHEETS.items() if words not in said[name]} == {}
    assert not any("\u202e" in text or "\u200f" in text for text in said.values())


def test_whatever_way_a_form_stands_in_a_mail_it_is_taken_by_its_name(district: Path, server: Server) -> None:
    with server.opened() as box:
        for name in MAILS:
            box.append((DATA / name).read_bytes(), "INBOX", dt=parse_moment(RECEIVED, "test"))
    assert collect().automatic == 1
    drain(default_period=PERIOD)
    found = {str(row["name"]): row["status"] for row in deliveries()}
    assert set(found) == {name for name in MAILS.values() if name}
    assert sorted(found.values()) == ["accepted"] + ["duplicate"] * 5, "one form six times"
    assert notices("refused") == []


def test_what_outlook_packs_and_a_lock_file_are_told_from_a_form(district: Path, server: Server) -> None:
    with server.opened() as box:
        for name in ("K12c_winmail.eml", "K12f_lock_file.eml"):
            box.append((DATA / name).read_bytes(), "INBOX", dt=parse_moment(RECEIVED, "test"))
    collect()
    drain(default_period=PERIOD)
    assert {row["name"]: row["status"] for row in deliveries()} == {"winmail.dat": "refused", "杏花.xlsx": "accepted"}
    assert "邮件格式改为 HTML" in answered()["winmail.dat"]
