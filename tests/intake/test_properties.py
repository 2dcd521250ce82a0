"""What holds of every form and of every file, for values and bytes that nobody thought of."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.errors import UserError
from include.intake.reading import ReadForm, read_file
from include.schemes.fields import FormField
from include.workbooks.forms import write_form
from include.workbooks.values import canonical, is_nothing, type_value
from tests.intake.form_samples import CODE, H1, blank, fill, half_year, read, unit, values_of

CELLS = half_year().cells_of("main")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn"), exclude_characters="\u200b\ufeff"), max_size=60
)
FULL_WIDTH = str.maketrans("0123456789.,-+", "０１２３４５６７８９．，－＋")
SLOW = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def figure(cell: FormField) -> st.SearchStrategy[str]:
    """A canonical value of the cell, or nothing."""
    if cell.choices:
        return st.sampled_from(["", *cell.choices])
    if cell.type == "text":
        return TEXT.map(lambda text: type_value(cell, text)[0] or "")
    places = 2 if cell.type == "yuan" else 0
    return st.decimals(0, 10**6, places=places).map(canonical)


FIGURES = st.fixed_dictionaries({cell.key: figure(cell) for cell in CELLS})


def typed(cell: FormField, value: str) -> Any:
    """As a person's spreadsheet holds it: numbers as numbers."""
    return float(value) if value and cell.type in ("count", "yuan", "decimal") else value


@SLOW
@given(FIGURES)
def test_what_is_typed_into_the_form_is_read_back(figures: dict[str, str]) -> None:
    form = read(fill(blank(), {cell.key: typed(cell, figures[cell.key]) for cell in CELLS if figures[cell.key]}))
    assert values_of(form) == {key: value for key, value in figures.items() if value}
    assert all(cell.problem is None for cell in form.cells.values())


@SLOW
@given(FIGURES)
def test_texts_copied_into_our_form_are_read_back(figures: dict[str, str]) -> None:
    form = read(write_form(half_year(), "main", unit(), {}, figures))
    assert values_of(form) == {key: value for key, value in figures.items() if value}


@SLOW
@given(FIGURES, st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
def test_a_csv_says_the_same_in_every_encoding(figures: dict[str, str], encoding: str) -> None:
    quoted = {cell.key: '"' + figures[cell.key].replace('"', '""') + '"' for cell in CELLS if not cell.group}
    lines = [f"{CODE},{cell.label},{quoted[cell.key]}" for cell in CELLS if cell.key in quoted]
    content = "\n".join(["编码,填报项,填报值", *lines]).encode(encoding)
    form = read_file(content, "表.csv", H1)
    assert values_of(form) == {key: figures[key] for key in quoted if figures[key]}


@given(st.decimals(0, 10**9, places=2), st.sampled_from(["", " ", "　"]))
def test_a_number_is_the_same_in_full_width_and_with_blanks_around(number: Decimal, blanks: str) -> None:
    cell = next(cell for cell in CELLS if cell.type == "yuan")
    plain = f"{number:f}"
    assert type_value(cell, blanks + plain.translate(FULL_WIDTH) + blanks)[:2] == (canonical(number), None)


RAW = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.dates(), st.datetimes(), st.times(),
    st.timedeltas(), st.from_regex(r"[+-]?[0-9,]{1,12}(\.[0-9]{0,3})?[次元%]?"),
)  # fmt: skip


@given(RAW, st.sampled_from(CELLS))
def test_any_content_of_a_cell_is_a_value_or_a_problem_or_missing(raw: Any, cell: FormField) -> None:
    value, problem, text = type_value(cell, raw)
    assert (value is None) or (problem is None)
    is_empty = text == "" or (
        cell.may_be_empty and cell.type in ("text", "choice") and is_nothing(text) and text not in cell.choices
    )
    assert is_empty == (value is None and problem is None), "also by a word for nothing, where nothing may be said"
    assert problem is None or CHINESE.search(problem)
    if value is not None:
        assert type_value(cell, value)[0] == value, "a canonical value stays as it is"


NAMES = st.one_of(
    st.text(max_size=30), st.sampled_from(["表.xlsx", "表.xls", "表.ods", "表.csv", "表.xlsm", "../表.csv"])
)
STARTS = st.sampled_from(
    [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<html", "编码,填报项,填报值\n".encode()]
)


@settings(max_examples=300, deadline=None)
@given(NAMES, STARTS, st.binary(max_size=600))
def test_any_bytes_under_any_name_are_a_form_or_refused_in_chinese(name: str, start: bytes, rest: bytes) -> None:
    try:
        form = read_file(start + rest, name, H1)
    except UserError as error:
        assert all(CHINESE.search(problem) and "\n" not in problem for problem in error.problems)
    else:
        assert isinstance(form, ReadForm)


@given(st.datetimes())
def test_a_date_in_a_cell_for_counts_is_named_as_one(moment: dt.datetime) -> None:
    cell = next(cell for cell in CELLS if cell.type == "count")
    value, problem, _ = type_value(cell, moment)
    assert value is None and "日期" in str(problem)
