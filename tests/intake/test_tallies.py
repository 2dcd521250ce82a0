"""Votes come in: as a workbook of any format, as copied by people, as CSV; what no count of votes can be goes back."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from include.intake.read_form import ReadForm
from include.intake.reading import read_file
from include.intake.returned import mark_returned
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.validation.findings import Candidate, Finding
from include.validation.suite import validate
from include.workbooks.forms import write_form
from tests.intake.form_samples import H1, as_ods, as_xls, book_of, fill, unit, values_of
from tests.invented import invented

BALLOTS = (Path(__file__).parents[1] / "data/ballots.yaml").read_text(encoding="utf-8")
MATTERS = {"matter_1_满意": 90, "matter_1_基本满意": 60, "matter_1_不满意": 20, "matter_2_满意": 120, "matter_2_基本满意": 40, "matter_2_不满意": 20}  # fmt: skip
PERSONS = {"cadre_1_name": "书记", "cadre_1_满意": 100, "cadre_1_基本满意": 50, "cadre_1_不满意": 30}
VOTES: dict[str, Any] = {"votes_issued": 200, "votes_returned": 180, **MATTERS, **PERSONS}


@pytest.fixture(scope="module", autouse=True)
def _ballots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with invented(tmp_path_factory.mktemp("systems"), "ballots", BALLOTS):
        yield


@pytest.fixture(scope="module")
def scheme() -> Scheme:
    return load_scheme("ballots", H1)


@pytest.fixture(scope="module")
def blank(scheme: Scheme) -> bytes:
    return write_form(scheme, "votes", unit(), {})


def read(content: bytes, name: str = "票数.xlsx") -> ReadForm:
    return read_file(content, name, H1)


def canonical(values: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in values.items()}


def checked(content: bytes) -> list[Finding]:
    form = read(content)
    return validate([Candidate("1", load_scheme("ballots", H1), form.form, form.cells)])["1"]


def test_the_labels_are_those_that_a_flat_hand_in_uses(scheme: Scheme) -> None:
    labels = [cell.label_in_errors for cell in scheme.cells_of("votes")]
    assert labels[:5] == ["发出票数", "收回票数", "道路整修（满意）", "道路整修（基本满意）", "道路整修（不满意）"]
    assert labels[8:13] == ["职务1", "满意1", "基本满意1", "不满意1", "职务2"]


def test_votes_typed_into_the_workbook_are_read_cell_by_cell(blank: bytes) -> None:
    form = read(fill(blank, VOTES))
    assert (form.scheme_key, form.form, form.lost_sheets) == ("ballots", "votes", {})
    assert values_of(form) == canonical(VOTES)
    assert form.cells["matter_2_基本满意"].source_cell.startswith("事项评议票!")


@pytest.mark.parametrize(("convert", "name"), [(as_ods, "票数.ods"), (as_xls, "票数.xls")])
def test_other_formats_are_read_alike(blank: bytes, convert: Any, name: str) -> None:
    assert values_of(read(convert(fill(blank, VOTES)), name)) == canonical(VOTES)


def test_a_matter_that_was_moved_without_its_hidden_key_counts_as_what_people_read(blank: bytes) -> None:
    book = book_of(fill(blank, VOTES))
    sheet = book["事项评议票"]
    first, second = (next(c.row for c in sheet["C"] if c.value == name) for name in ("道路整修", "广场照明"))
    for column in range(3, 9):
        upper, lower = sheet.cell(first, column), sheet.cell(second, column)
        if type(upper).__name__ == type(lower).__name__ == "Cell":
            upper.value, lower.value = lower.value, upper.value
    buffer = io.BytesIO()
    book.save(buffer)
    assert values_of(read(buffer.getvalue())) == canonical(VOTES)


def test_a_copy_without_hidden_marks_is_read_by_its_titles(blank: bytes) -> None:
    book = book_of(fill(blank, VOTES))
    del book["_duban"]
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value[:1] in "#@":
                    cell.value = None
    buffer = io.BytesIO()
    book.save(buffer)
    form = read(buffer.getvalue())
    assert (form.scheme_key, form.form) == ("ballots", "votes")
    assert values_of(form) == canonical(VOTES)


def test_a_flat_file_names_items_with_their_options_and_persons_by_number(scheme: Scheme) -> None:
    labels = {cell.key: cell.label for cell in scheme.cells}
    lines = [f"410102001001,{labels[key]},{value}" for key, value in VOTES.items()]
    form = read("\n".join(["编码,填报项,填报值", *lines]).encode(), "票数.csv")
    assert (form.scheme_key, form.form, form.notes) == ("ballots", "votes", [])
    assert values_of(form) == canonical(VOTES)


def test_a_sound_count_of_votes_has_nothing_wrong(blank: bytes) -> None:
    assert checked(fill(blank, VOTES)) == []


@pytest.mark.parametrize(
    ("changes", "severity", "code", "said"),
    [
        ({"votes_returned": 201}, "fail", "votes_returned_within", "收回票数不能超过发出票数。现为 收回票数 201，应不超过 发出票数 200"),
        ({"matter_1_满意": 101}, "fail", "matter_1_within", "“道路整修”各选项的票数之和不能超过收回票数。现为 道路整修（满意） 101"),
        ({"cadre_1_不满意": 31}, "fail", "cadre_1_within", "“职务1”各选项的票数之和不能超过收回票数"),
        ({"matter_1_满意": 0, "matter_1_基本满意": 0, "matter_1_不满意": 0}, "fail", "matter_1_none", "“道路整修”没有一张有效票"),
        ({"votes_issued": 226}, "warn", "votes_returned_rate", "收回率不到 80%。现为 收回票数 180，应不少于 发出票数 226 × 0.8 = 180.8"),
        ({"matter_2_不满意": None}, "fail", "required:matter_2_不满意", "广场照明（不满意）”未填"),
        ({"cadre_2_name": "副书记"}, "fail", "required:cadre_2_满意", "“满意2”未填"),
        ({"cadre_1_name": None}, "fail", "required:cadre_1_name", "“职务1”未填"),
    ],
)  # fmt: skip
def test_what_no_count_of_votes_can_be_is_said(
    blank: bytes, changes: dict[str, Any], severity: str, code: str, said: str
) -> None:
    found = {one.check_code: one for one in checked(fill(blank, {**VOTES, **changes}))}
    assert found[code].severity == severity
    assert said in found[code].message


def test_a_ballot_that_nobody_returned_goes_back_and_few_ballots_are_only_noted(blank: bytes) -> None:
    none = {key: 0 if isinstance(value, int) else value for key, value in VOTES.items()}
    findings = {one.check_code: one.severity for one in checked(fill(blank, {**none, "votes_issued": 29}))}
    assert findings["votes_returned_none"] == "fail"
    assert findings["votes_issued_few"] == "warn"


def test_abstentions_are_no_mistake_and_rows_that_nobody_needs_stay_empty(blank: bytes) -> None:
    fewer = {key: value for key, value in VOTES.items() if not key.startswith("cadre")}
    form = read(fill(blank, {**fewer, "matter_1_满意": 1}))
    assert checked(fill(blank, {**fewer, "matter_1_满意": 1})) == []
    assert form.cells["cadre_1_满意"].value is None


def test_what_goes_back_is_red_in_its_cell(blank: bytes, scheme: Scheme) -> None:
    content = fill(blank, {**VOTES, "matter_1_满意": 101})
    form = read(content)
    marked, name = mark_returned(content, "票数.xlsx", form, checked(content), scheme, unit())
    book = book_of(marked)
    sheet, _, place = form.cells["matter_1_满意"].source_cell.rpartition("!")
    assert (name, book[sheet][place].fill.start_color.rgb) == ("退回_票数.xlsx", "FFFF9999")
    assert values_of(read(marked)) == values_of(form)


def test_a_flat_hand_in_that_goes_back_gets_our_form_with_its_votes(scheme: Scheme) -> None:
    labels = {cell.key: cell.label for cell in scheme.cells}
    lines = [f"410102001001,{labels[key]},{value}" for key, value in {**VOTES, "votes_returned": 201}.items()]
    content = "\n".join(["编码,填报项,填报值", *lines]).encode()
    form = read(content, "票数.csv")
    findings = validate([Candidate("1", scheme, "votes", form.cells)])["1"]
    marked, _ = mark_returned(content, "票数.csv", form, findings, scheme, unit())
    assert values_of(read(marked)) == values_of(form)
