"""What is to be judged of a sheet of many rows: of one that rates a row a subject, and a rule for all rows together; of free rows
their cells alone, for what must hold of rows is judged by what stands in the ledger.

Equal figures of a column are judged once, however many subjects have them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from operator import itemgetter

from include.schemes.fields import FormField
from include.validation.findings import ByRow, Candidate, Cell
from include.validation.table import GIVEN, PRECISION, Numbers, Row, cell_row, check_rows, is_filled, number_of

ALL_EQUAL = "all_equal"
_LEAST_ROWS = 3  # two subjects may well deserve the same
_EMPTY: tuple[str | None, str | None] = ("", None)  # no value is empty


def of_subject(candidate: Candidate, key: str) -> FormField:
    """The column that `<row>/<column>` names, as it is asked of that subject or row."""
    code, _, column = key.rpartition("/")
    asked = candidate.scheme.columns[column]
    return asked.model_copy(update={"key": key, "label": f"{asked.label}（{candidate.subjects.get(code) or code}）"})


def rated_rows(candidate: Candidate) -> list[Row]:
    """A row left wholly empty is not rated where the form says so; of any other every cell must be filled in."""
    columns = candidate.scheme.columns_of(candidate.form)
    rows = _by_row(candidate, columns)
    if candidate.scheme.forms_by_row[candidate.form].row_optional:
        rows = {code: cells for code, cells in rows.items() if any(is_filled(cell) for cell in cells)}
    with localcontext(prec=PRECISION):
        return [
            *_cell_rows(candidate, columns, rows),
            *(_all_equal(candidate, columns, list(rows)) if _rates(candidate) else ()),
            *(_checks(candidate, columns, list(rows)) if _rates(candidate) else ()),
        ]


def _rates(candidate: Candidate) -> bool:
    return candidate.scheme.forms_by_row[candidate.form].rates is not None


def _by_row(candidate: Candidate, columns: Sequence[FormField]) -> Mapping[str, Sequence[Cell]]:
    """The cells of each row, in the order of the columns."""
    if isinstance(candidate.cells, ByRow):
        return candidate.cells.rows
    return {code: [candidate.cells[f"{code}/{one.key}"] for one in columns] for code in candidate.subjects}


def _may_be_empty(candidate: Candidate, code: str, column: FormField) -> bool:
    """Whether a column may stay empty in a row: always, or while another of its columns says so."""
    if column.is_optional or column.optional_when is None:
        return column.is_optional
    other = candidate.cells[f"{code}/{column.optional_when.figure}"].value
    wanted = column.optional_when.is_
    return other is not None and (Decimal(other) == wanted if isinstance(wanted, Decimal) else other == wanted)


def _cell_rows(candidate: Candidate, columns: Sequence[FormField], rows: Mapping[str, Sequence[Cell]]) -> Iterator[Row]:
    """What stands in the cells, once for all of a column that are judged alike, in the order of the sheet."""
    found: list[tuple[int, int, list[str]]] = []
    for at, column in enumerate(columns):
        is_judged = column.is_number or bool(column.choices)  # of a text no more than that it is there
        alike: dict[tuple[str | None, str | None], list[str]] = {}
        for place, (code, cells) in enumerate(rows.items()):
            cell = cells[at]
            value, problem = cell.value, cell.problem
            if value is None and problem is None:
                if _may_be_empty(candidate, code, column):
                    continue
                same = _EMPTY
            else:
                same = value if is_judged else None, problem
            if (codes := alike.get(same)) is not None:
                codes.append(code)
            else:
                alike[same] = codes = [code]
                found.append((place, at, codes))
    for _, at, (code, *others) in sorted(found, key=itemgetter(0, 1)):
        key = f"{code}/{columns[at].key}"
        field, cell = of_subject(candidate, key), candidate.cells[key]
        if is_filled(cell):
            yield cell_row(candidate, field, cell, number_of(field, cell), others)
        else:
            yield Row(candidate, field, None, None, alike=others)


def _all_equal(candidate: Candidate, columns: list[FormField], rated: list[str]) -> Iterator[Row]:
    """A note where everybody was given the same: nobody looked."""
    needed = [column.key for column in columns if not column.is_optional]

    def given(code: str) -> list[str | None]:
        return [candidate.cells[f"{code}/{key}"].value for key in needed]

    if len(rated) < _LEAST_ROWS or None in (first := given(rated[0])):
        return
    if all(given(code) == first for code in rated):
        field = of_subject(candidate, f"{rated[0]}/{needed[0]}")
        yield Row(candidate, field, None, GIVEN, ALL_EQUAL, note=ALL_EQUAL)


def _checks(candidate: Candidate, columns: list[FormField], rated: list[str]) -> Iterator[Row]:
    """The checks between figures of a row; each is known by the subject, too."""
    by_column = {column.key: column for column in columns}
    own = by_column.keys()
    checks = [check for check in candidate.scheme.all_checks if check.marks in own]
    if not checks:
        return
    for code in rated:
        cells: dict[str, Cell] = {key: candidate.cells[f"{code}/{key}"] for key in own}
        fields = {column.key: of_subject(candidate, f"{code}/{column.key}") for column in columns}
        cells |= {field.key: cells[key] for key, field in fields.items()}
        one = replace(candidate, cells=cells)
        for row in check_rows(one, fields, Numbers(by_column, cells), checks):
            assert row.check is not None
            yield row._replace(check=row.check.model_copy(update={"code": f"{row.check.code}:{code}"}))
