"""What is to be judged of a sheet of many rows: of one that rates a row a subject, and a rule for all rows together; of free rows
their cells alone, for what must hold of rows is judged by what stands in the ledger.

Equal figures of a column are judged once, however many subjects have them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, localcontext

from include.schemes.fields import FormField
from include.validation.findings import Candidate, Cell
from include.validation.table import GIVEN, PRECISION, Row, cell_row, check_rows, is_filled, number_of, numbers_of

ALL_EQUAL = "all_equal"
_LEAST_ROWS = 3  # two subjects may well deserve the same


def of_subject(candidate: Candidate, key: str) -> FormField:
    """The column that `<row>/<column>` names, as it is asked of that subject or row."""
    code, _, column = key.rpartition("/")
    asked = candidate.scheme.columns[column]
    return asked.model_copy(update={"key": key, "label": f"{asked.label}（{candidate.subjects.get(code) or code}）"})


def rated_rows(candidate: Candidate) -> list[Row]:
    """A row left wholly empty is not rated where the form says so; of any other every cell must be filled in."""
    columns = candidate.scheme.columns_of(candidate.form)
    form = candidate.scheme.forms_by_row[candidate.form]
    rated, to_judge = [], dict[tuple[str, str | None, str | None, bool], list[str]]()
    for code in candidate.subjects:
        cells = [candidate.cells[f"{code}/{column.key}"] for column in columns]
        filled = [is_filled(cell) for cell in cells]
        if not any(filled) and form.row_optional:
            continue
        rated.append(code)
        for column, cell, has_content in zip(columns, cells, filled, strict=True):
            if has_content or not _may_be_empty(candidate, code, column):
                judged = (
                    cell.value if column.is_number or column.choices else None
                )  # of a text no more than that it is there
                same = (column.key, judged, cell.problem, has_content)
                to_judge.setdefault(same, []).append(f"{code}/{column.key}")
    with localcontext(prec=PRECISION):
        return [
            *_cell_rows(candidate, to_judge),
            *(_all_equal(candidate, columns, rated) if form.rates else ()),
            *(_checks(candidate, columns, rated) if form.rates else ()),
        ]


def _may_be_empty(candidate: Candidate, code: str, column: FormField) -> bool:
    """Whether a column may stay empty in a row: always, or while another of its columns says so."""
    if column.is_optional or column.optional_when is None:
        return column.is_optional
    other = candidate.cells[f"{code}/{column.optional_when.figure}"].value
    wanted = column.optional_when.is_
    return other is not None and (Decimal(other) == wanted if isinstance(wanted, Decimal) else other == wanted)


def _cell_rows(
    candidate: Candidate, to_judge: Mapping[tuple[str, str | None, str | None, bool], list[str]]
) -> Iterator[Row]:
    for (_, _, _, has_content), (key, *alike) in to_judge.items():
        field, cell = of_subject(candidate, key), candidate.cells[key]
        if has_content:
            yield cell_row(candidate, field, cell, number_of(field, cell), alike)
        else:
            yield Row(candidate, field, None, None, alike=alike)


def _all_equal(candidate: Candidate, columns: list[FormField], rated: list[str]) -> Iterator[Row]:
    """A note where everybody was given the same: nobody looked."""
    needed = [column.key for column in columns if not column.is_optional]
    given = {tuple(candidate.cells[f"{code}/{key}"].value for key in needed) for code in rated}
    if len(rated) >= _LEAST_ROWS and len(given) == 1 and None not in next(iter(given)):
        field = of_subject(candidate, f"{rated[0]}/{needed[0]}")
        yield Row(candidate, field, None, GIVEN, ALL_EQUAL, note=ALL_EQUAL)


def _checks(candidate: Candidate, columns: list[FormField], rated: list[str]) -> Iterator[Row]:
    """The checks between figures of a row; each is known by the subject, too."""
    own = {column.key for column in columns}
    checks = [check for check in candidate.scheme.all_checks if check.marks in own]
    if not checks:
        return
    for code in rated:
        cells: dict[str, Cell] = {key: candidate.cells[f"{code}/{key}"] for key in own}
        fields = {column.key: of_subject(candidate, f"{code}/{column.key}") for column in columns}
        cells |= {field.key: cells[key] for key, field in fields.items()}
        one = replace(candidate, cells=cells)
        for row in check_rows(one, fields, numbers_of(columns, cells), checks):
            assert row.check is not None
            yield row._replace(check=row.check.model_copy(update={"code": f"{row.check.code}:{code}"}))
