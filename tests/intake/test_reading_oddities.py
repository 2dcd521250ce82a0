"""What honest clerks do to a form: invisible characters, labels typed anew, two forms in one file, a sheet saved as CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest

from include.intake.reading import Refusal
from include.period import Period
from include.workbooks.vocabulary import period_in
from tests.intake.form_samples import (
    CODE,
    blank,
    canonical,
    figures,
    fill,
    flat,
    half_year,
    put,
    read,
    saved,
    values_of,
    whole_form,
)


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def without_keys(content: bytes) -> Any:
    """Our form as it looks after its hidden column and row were lost."""
    book = opened(content)
    for sheet in book.worksheets[:-1]:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith(("#", "@")):
                    cell.value = None
    return book


@pytest.mark.parametrize("text", ["\u200e12", "12\u200d", "\u206012", "1\u200b2", "\ufeff１２\u00a0", "12\n"])
def test_characters_that_show_nothing_do_not_make_a_number_wrong(text: str) -> None:
    assert read(fill(blank(), {"members": text})).cells["members"].value == "12"


def test_joiners_inside_a_text_are_kept() -> None:
    text = "邻里节👨‍👩‍👧"
    assert read(fill(blank(), {"special_activity_names": text})).cells["special_activity_names"].value == text


@pytest.mark.parametrize("text", ["不 适 用", "　不适用 ", "不适用\u200b"])
def test_a_choice_may_have_blanks_in_it(text: str) -> None:
    assert read(fill(blank(), {"paper_01": text})).cells["paper_01"].value == "不适用"


@pytest.mark.parametrize("mark", ["：", ":", "\u200b", " "])
def test_a_label_with_something_after_it_is_still_that_label(mark: str) -> None:
    book = without_keys(whole_form())
    for row in book["填报表"].iter_rows(min_row=7, min_col=4, max_col=4):
        if isinstance(row[0].value, str):
            row[0].value += mark
    assert values_of(read(saved(book))) == canonical(figures())


@pytest.mark.parametrize("with_keys", [True, False])
def test_a_form_that_lost_its_header_is_not_guessed_at(with_keys: bool) -> None:
    content = whole_form()
    book = opened(content) if with_keys else without_keys(content)
    book["填报表"].delete_rows(5, 2)
    with pytest.raises(Refusal, match="工作表“填报表”的表头（“填报项、填报值”那一行）被删"):
        read(saved(book))


def test_labels_with_their_figures_right_beside_them_need_no_header() -> None:
    book = openpyxl.Workbook()
    book.active.append(["单位编码", CODE])
    for cell in half_year().cells_of("main"):
        if not cell.group:
            book.active.append([cell.label, figures()[cell.key]])
    assert read(saved(book)).cells["party_lectures"].value == canonical(figures())["party_lectures"]


def test_two_units_in_one_workbook_are_named_and_neither_is_lost_in_silence() -> None:
    book = opened(whole_form())
    copy = book.copy_worksheet(book["填报表"])
    copy["G2"] = "410102001002"
    with pytest.raises(Refusal, match=f"含有 2 个单位的表（{CODE}、410102001002）。请每个单位发一个文件"):
        read(saved(book))


@pytest.mark.parametrize(("place", "text"), [("D3", "2025年下半年"), ("B1", "社区党建半年填报表（2025年下半年）")])
def test_a_period_written_over_the_forms_own_is_the_one_that_counts(place: str, text: str) -> None:
    book = opened(whole_form())
    put(book, f"填报表!{place}", text)
    assert read(saved(book)).period == "2025H2"


def test_a_period_on_a_sheet_of_the_units_own_is_not_that_of_the_form() -> None:
    book = opened(whole_form())
    book.create_sheet("往年", 0).append(["填报期间", "2025年下半年", "党员数", 5])
    form = read(saved(book))
    assert (form.period, values_of(form)) == ("2026H1", canonical(figures()))


def sheet_as_csv(content: bytes, encoding: str) -> bytes:
    """填报表 as a spreadsheet program saves it as CSV: this sheet alone."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in opened(content)["填报表"].iter_rows(values_only=True):
        writer.writerow(["" if value is None else value for value in row])
    return buffer.getvalue().encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_our_sheet_saved_as_csv_is_read_and_the_other_sheets_are_missing(encoding: str) -> None:
    form = read(sheet_as_csv(fill(blank(), figures() | {"members": "12次"}), encoding), "表.csv")
    wanted = {
        key: value
        for key, value in canonical(figures()).items()
        if not key.startswith(("paper", "bonus")) and key != "members"
    }
    assert (form.unit_code, form.period, values_of(form)) == (CODE, "2026H1", wanted)
    assert form.cells["members"].source_cell.startswith("CSV!G")
    assert form.cells["paper_01"].text == ""


def test_a_csv_may_name_the_fields_by_their_keys() -> None:
    lines = [f"{CODE},{key},{value}" for key, value in figures().items()]
    form = read("\n".join(["编码,填报项,填报值", *lines]).encode(), "表.csv")
    assert (values_of(form), form.notes) == (canonical(figures()), [])


def test_a_csv_may_be_separated_by_full_width_commas() -> None:
    content = flat(figures(), encoding="utf-8").decode().replace(",", "，").encode()
    assert values_of(read(content, "表.csv")) == canonical(figures())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026年度", "2026"), ("2026年7月", "2026-07"), ("2026年2季度", "2026Q2"), ("2026年二季度", "2026Q2"),
        ("2026年 第三 季度", "2026Q3"), ("2026年度上半年", "2026H1"), ("2026年1—6月", "2026H1"), ("2026年10-12月", "2026Q4"),
        ("2026年Q2", "2026Q2"), ("2026h1", "2026H1"), ("2026年第5季度", None), ("2026年1-5月", None),
    ],
)  # fmt: skip
def test_a_period_is_read_however_it_is_written_and_a_part_of_a_year_never_as_the_year(
    typed: str, meant: str | None
) -> None:
    assert period_in(typed) == (Period.parse(meant) if meant else None)
