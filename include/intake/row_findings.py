"""What is wrong with the rows of a sheet of free rows, as findings that say where, what and what to do."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

from include.data_files import read_yaml
from include.intake.free_rows import NOTHING
from include.intake.item_rows import wrong_steps
from include.intake.read_form import ReadForm, RowCells
from include.ledgers.checks import RowSheet, Wrong, wrong_rows
from include.ledgers.conditions import Days
from include.ledgers.known import Known
from include.ledgers.rows import GivenRow, row_key, told_key
from include.registry.units import Unit
from include.schemes.fields import FormField, personal_columns
from include.schemes.model import Scheme
from include.settings import REPO
from include.validation.findings import Finding


def row_findings(known: Known, form: ReadForm, scheme: Scheme, unit: Unit, received_on: dt.date) -> list[Finding]:
    """Of a sheet that rows of its own make wrong; one without rows and without its tick is wrong, too."""
    asked = scheme.row_forms[form.form]
    rows = asked.rows
    assert rows is not None
    if not form.subjects:
        return [] if form.is_nothing else [_without_rows(form, asked.name, rows.nothing)]
    given = given_rows(form, scheme)
    personal = personal_columns(scheme.columns_of(form.form))
    standing = known.standing(f"{scheme.scheme}.{form.form}", unit.code)
    sheet = RowSheet(
        scheme,
        form.form,
        unit.code,
        {name: row.cells for name, row in given.items()},
        {name: row.key for name, row in given.items()},
        {name: row.number for name, row in given.items()},
        {told_key(rows, personal, key, one.cells): one.cells for key, one in standing.items() if not one.has_ended},
        Days(scheme.period.end_date, received_on, scheme.period),
    )
    steps = wrong_steps(known.connection, scheme, asked, unit.code, given)
    return [_finding(one, form, scheme, asked.name) for one in (*wrong_rows(sheet, known), *steps)]


def given_rows(form: ReadForm, scheme: Scheme) -> dict[str, GivenRow]:
    """The rows of a sheet by what the reader calls them, with what could be read in each."""
    rows = scheme.row_forms[form.form].rows
    assert rows is not None
    read = form.cells
    assert isinstance(read, RowCells)
    return {
        name: GivenRow(row_key(rows, cells, scheme.period), read.lines[name], cells)
        for name, cells in read.filled.items()
    }


def _without_rows(form: ReadForm, name: str, nothing: str) -> Finding:
    words = _words()["built_in"]["nothing"]
    said = {key: text.format(nothing=nothing) for key, text in words.items()}
    place = form.places.get(NOTHING, "")
    return Finding(
        check_code=NOTHING,
        field=NOTHING,
        severity="fail",
        outcome="not_reported",
        found="",
        expected=said["expected"],
        message=f"“{name}”{said['said']}：应{said['expected']}。{said['advice']}",
        label=nothing,
        source_cell=place,
        advice=said["advice"],
        summary=f"“{name}”{said['said']}",
    )


def _finding(wrong: Wrong, form: ReadForm, scheme: Scheme, name: str) -> Finding:
    words, own = _words(), _words()["built_in"].get(wrong.kind)
    text = own["said"] if own else wrong.said.rstrip("。")
    said: dict[str, Any] = {
        "said": text.format(**wrong.more) if own else text,
        "form": name,
        "expected": _expected(own["expected"] if own else words["expected"][wrong.kind], wrong),
        "advice": (own["advice"] if own else words["advice"][wrong.severity]).format(**wrong.more),
    }
    field = f"{wrong.row}/{wrong.column}" if wrong.row and wrong.column else ""
    column: FormField | None = scheme.columns.get(wrong.column)
    cell = form.cells.get(field)
    shown = _words()["hidden"] if column is not None and column.personal and wrong.found else wrong.found
    found = shown or (own["found"].format(**wrong.more) if own and not field else "")
    if wrong.kind == "jump_pct":
        found = words["rows_now"].format(**wrong.more)
    said["found"] = found or words["empty"]
    if not field or column is None or cell is None:
        texts = {part: words["of_all"][part].format(**said) for part in ("message", "summary")}
        label = name
    else:
        said |= {"place": cell.source_cell, "label": column.label, "row": form.subjects[wrong.row]}
        texts = {part: words[part].format(**said) for part in ("message", "summary")}
        label = f"{column.label}（{form.subjects[wrong.row]}）"
    return Finding(
        check_code=wrong.code,
        field=field,
        severity=wrong.severity,
        outcome="not_reported" if wrong.kind == "required" else "false",
        found=found,
        expected=said["expected"],
        label=label,
        source_cell=cell.source_cell if cell else "",
        advice=said["advice"],
        is_private=wrong.kind == "in_a_row" and bool(personal_columns(scheme.columns_of(form.form))),
        **texts,
    )


def _expected(template: str, wrong: Wrong) -> str:
    more = dict(wrong.more)
    if "of" in more and not more["of"]:
        more["of"] = _words()["registry"]
    return template.format(**more)


@functools.cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = read_yaml(REPO / "include/ledgers/words.yaml")
    return words
