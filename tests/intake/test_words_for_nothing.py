"""无, /, — where a cell may stay empty is an empty cell; half a row of 加分事项 does not count, and the receipt says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.intake.receive import drain
from include.workbooks.values import is_nothing, type_value
from tests.intake.form_samples import as_ods, as_xls, blank, figures, fill, flat, half_year, read
from tests.intake.receive_street import FIRST, PERIOD, deliveries, drop, notices, rows, workbook

WORDS = ["无", "没有", "暂无", "无。", "（无）", "/", "-", "—", "——", "0", "０", " 无 ", "N/A", "\u200e无"]
FORMATS = {
    "表.xlsx": lambda values: fill(blank(), values),
    "表.xls": lambda values: as_xls(fill(blank(), values)),
    "表.ods": lambda values: as_ods(fill(blank(), values)),
    "表.csv": lambda values: flat(values),
}


@pytest.mark.parametrize("word", WORDS)
def test_a_word_for_nothing_is_an_empty_cell_where_the_cell_may_be_empty(word: str) -> None:
    for key in ("special_activity_names", "bonus_1_matter", "bonus_1_level"):
        value, problem, _ = type_value(half_year().cell[key], word)
        assert (value, problem) == (None, None)


@pytest.mark.parametrize("text", ["无障碍设施改造", "暂无名称的晚会", "2", "读书会—邻里节", "零距离议事", "无偿献血"])
def test_a_name_that_only_begins_with_such_a_word_is_a_name(text: str) -> None:
    assert not is_nothing(text)
    assert type_value(half_year().cell["special_activity_names"], text)[0] == text


def test_in_a_figure_or_a_paper_the_words_keep_their_meaning() -> None:
    scheme = half_year()
    assert type_value(scheme.cell["members"], "0")[0] == "0"
    assert type_value(scheme.cell["paper_01"], "无")[0] == "无"
    assert "不是数字" in str(type_value(scheme.cell["members"], "无")[1])


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_reads_the_words_alike(name: str) -> None:
    values = figures() | {"special_activity_names": "无", "bonus_1_matter": "暂无", "bonus_1_level": "/"}
    cells = read(FORMATS[name](values), name).cells
    assert [cells[key].value for key in ("special_activity_names", "bonus_1_matter", "bonus_1_level")] == [None] * 3
    assert cells["special_activity_names"].text == "无", "as it stood"


def test_none_for_the_names_of_two_activities_goes_back_and_asks_for_the_names(street: Path) -> None:
    drop(street, "杏花.xlsx", workbook(special_activities="2", special_activity_names="无"), "2026-07-18T09:05:00")
    drain(default_period=PERIOD)
    (answer,) = deliveries()
    assert answer["status"] == "returned"
    assert "特色活动名称（填报表!G27）填的是“无”，没有写明" in str(answer["message"])
    (problem,) = notices("returned")[0]["payload"]["problems"]
    assert (problem["found"], problem["cell"]) == ("无", "G27")
    assert problem["advice"].startswith("请写活动名称")


def test_none_for_no_activity_and_no_bonus_is_accepted_without_bonus_or_evidence(street: Path) -> None:
    content = workbook(
        special_activities="0", special_activity_names="无", bonus_1_matter="无", bonus_1_level="无", bonus_2_matter="/"
    )
    drop(street, "杏花.xlsx", content, "2026-07-18T09:05:00")
    drain(default_period=PERIOD)
    payload = notices("receipt")[0]["payload"]
    assert payload["notes"] == []
    assert not {"特色活动照片或简报", "加分事项的文件或证书"} & set(payload["evidence_open"])
    stored = rows("SELECT field, reported, value FROM submission_value WHERE field LIKE 'bonus_1%' ORDER BY field")
    assert stored == [
        {"field": "bonus_1_level", "reported": "无", "value": None},
        {"field": "bonus_1_matter", "reported": "无", "value": None},
    ]


def test_a_name_beside_a_figure_of_0_is_accepted_with_a_note(street: Path) -> None:
    drop(street, "杏花.xlsx", workbook(special_activities="0"), "2026-07-18T09:05:00")
    drain(default_period=PERIOD)
    (note,) = notices("receipt")[0]["payload"]["notes"]
    assert note.startswith("填报表!G27“特色活动名称”填了“重阳敬老”，而特色活动数为 0，不列入通报。")


@pytest.mark.parametrize(
    ("changes", "missing"),
    [({"bonus_1_matter": "抗台抢险"}, "级别（第1项）"), ({"bonus_2_level": "市"}, "事项（第2项）")],
)
def test_half_a_bonus_row_is_a_note_in_the_receipt_and_asks_for_no_evidence(
    street: Path, changes: dict[str, str], missing: str
) -> None:
    drop(street, "杏花.xlsx", workbook(FIRST, **changes), "2026-07-18T09:05:00")
    drain(default_period=PERIOD)
    payload = notices("receipt")[0]["payload"]
    assert [f"“{missing}”未填，该项不计" in note for note in payload["notes"]] == [True]
    assert "加分事项的文件或证书" not in payload["evidence_open"]
