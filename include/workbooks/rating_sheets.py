"""The sheets of many rows, as they go out: of those that rate a row a subject; of free rows those that stand, and room for more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from include.beforehand import beforehand
from include.period import chinese_date
from include.schemes.fields import Form
from include.schemes.model import Scheme
from include.workbooks.codes import CODE
from include.workbooks.form_book import Shared
from include.workbooks.forms import UnitBook, form_code
from include.workbooks.input_rules import validation_of
from include.workbooks.styles import lines_of
from include.workbooks.texts import COLUMN_MARK, KEY_MARK

_CODE_COLUMN, _NAME_COLUMN, _FIRST = 2, 3, 4
_WIDTHS = [4, 5.5, 17, 26]  # hidden key, number, code, name
_WIDTH, _TEXT_WIDTH = 13, 30
_PORTRAIT_WIDTH = 110
_NOTE_LINE = 80
_ROOM = 30  # empty rows below those that are filled in


class Rated(Protocol):
    """Whom a row rates."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...


class RatedSubject(NamedTuple):
    """Whom a row rates, as the row says it."""

    code: str
    name: str


@beforehand(meanwhile=b"")
def write_rating_sheet(
    scheme: Scheme,
    form_key: str,
    filler: Rated,
    subjects: Sequence[Rated],
    values: Mapping[str, str] | None = None,
    *,
    is_proving: bool = True,
    into: Shared | None = None,
) -> bytes:
    """The .xlsx in which `filler` rates the subjects. `values`, keyed <subject>/<column>, are texts to be copied in as they
    stood. Not `is_proving`: it does not carry the code that proves the filler's hand-ins. `into` as in write_form."""
    form = scheme.rating_forms[form_key]
    proof = {CODE: form_code(scheme, form_key, filler.code)} if is_proving else {}
    book = _RatingBook(scheme, form_key, filler.code, filler.name, proof, into)
    return book.rows(form, subjects, values or {})


class FreeRow(NamedTuple):
    """A row that is filled in already: what the reader shall call it, and its texts by column."""

    name: str
    texts: Mapping[str, str]


@beforehand(meanwhile=b"")
def write_row_sheet(
    scheme: Scheme,
    form_key: str,
    filler: Rated,
    rows: Sequence[FreeRow],
    *,
    is_ticked: bool = False,
    is_proving: bool = True,
    into: Shared | None = None,
) -> bytes:
    """The .xlsx in which `filler` fills in free rows, below those that are there already. `is_ticked`: the tick for no rows is set."""
    form = scheme.row_forms[form_key]
    proof = {CODE: form_code(scheme, form_key, filler.code)} if is_proving else {}
    book = _RatingBook(scheme, form_key, filler.code, filler.name, proof, into)
    return book.free_rows(form, rows, is_ticked=is_ticked)


class _RatingBook(UnitBook):
    """One filler's sheet under construction."""

    def free_rows(self, form: Form, rows: Sequence[FreeRow], *, is_ticked: bool) -> bytes:
        """The sheet is open below: its columns may be filled in as far down as there are rows to tell of."""
        assert form.rows is not None
        columns, words = self.scheme.columns_of(form.key), self.texts["rows"]
        widths = [*_WIDTHS[:2], *(_TEXT_WIDTH if column.type == "text" else _WIDTH for column in columns)]
        widths += [_WIDTH] * (_FIRST + 1 - len(widths))
        last = len(widths) - 1
        sheet = self.sheet(self.texts["sheets"]["main"], widths, is_landscape=sum(widths) > _PORTRAIT_WIDTH)
        sheet.protect_options = {}  # rows may be added and deleted
        note = words["free_note"].format(noun=form.rows.noun, at_most=form.rows.at_most) + words[form.rows.keep]
        row = self._rating_head(sheet, form, last, note + words["nothing_note"].format(nothing=form.rows.nothing))
        self._line(sheet, row, form.rows.nothing, words["ticked"][0] if is_ticked else "", last, "input")
        row = self._rating_foot(sheet, row + 1, last) + 1
        marks = {_CODE_COLUMN + place: COLUMN_MARK + column.key for place, column in enumerate(columns)}
        titles = {
            1: self.texts["columns"]["number"],
            **{_CODE_COLUMN + at: one.label for at, one in enumerate(columns)},
        }
        first = row = self.columns(sheet, row, marks, titles)
        styles = [self.styles.get(f"input_{column.type}", self.styles["input"]) for column in columns]
        blank = min(max(_ROOM, len(rows) // 10), form.rows.at_most - len(rows))
        for number, one in enumerate([*rows, *[FreeRow("", {})] * blank], start=1):
            if one.name:
                sheet.write_string(row, 0, KEY_MARK + one.name)
            sheet.write_number(row, 1, number, self.styles["center"])
            for place, (column, style) in enumerate(zip(columns, styles, strict=True), start=_CODE_COLUMN):
                if text := one.texts.get(column.key, ""):
                    sheet.write_string(row, place, text, style)
                else:
                    sheet.write_blank(row, place, None, style)
            row += 1
        for place, column in enumerate(columns, start=_CODE_COLUMN):
            sheet.data_validation(first, place, first + form.rows.at_most - 1, place, validation_of(column))
        return self.finish(form)

    def rows(self, form: Form, subjects: Sequence[Rated], values: Mapping[str, str]) -> bytes:
        columns = self.scheme.columns_of(form.key)
        widths = [*_WIDTHS, *(_TEXT_WIDTH if column.type == "text" else _WIDTH for column in columns)]
        last = len(widths) - 1
        sheet = self.sheet(self.texts["sheets"]["main"], widths, is_landscape=sum(widths) > _PORTRAIT_WIDTH)
        words = self.texts["rows"]
        row = self._rating_head(
            sheet, form, last, words["note"] + words["note_optional" if form.row_optional else "note_all"]
        )
        marks = {_FIRST + place: COLUMN_MARK + column.key for place, column in enumerate(columns)}
        titles = {1: self.texts["columns"]["number"], _CODE_COLUMN: words["code"], _NAME_COLUMN: words["name"]}
        row = self.columns(sheet, row, marks, titles | {_FIRST + at: one.label for at, one in enumerate(columns)})
        styles = [self.styles.get(f"input_{column.type}", self.styles["input"]) for column in columns]
        center, left = self.styles["center"], self.styles["left"]
        for number, subject in enumerate(subjects, start=1):
            sheet.write_string(row, 0, KEY_MARK + subject.code)
            sheet.write_number(row, 1, number, center)
            sheet.write_string(row, _CODE_COLUMN, subject.code, center)
            sheet.write_string(row, _NAME_COLUMN, subject.name, left)
            for place, (column, style) in enumerate(zip(columns, styles, strict=True), start=_FIRST):
                value = values.get(f"{subject.code}/{column.key}", "")
                if value:
                    sheet.write_string(row, place, value, style)
                else:
                    sheet.write_blank(row, place, None, style)
            row += 1
        for place, column in enumerate(columns, start=_FIRST):
            if subjects:
                sheet.data_validation(row - len(subjects), place, row - 1, place, validation_of(column))
        row = self._rating_foot(sheet, row, last)
        sheet.print_area(0, 1, row, last)
        return self.finish(form)

    def _rating_head(self, sheet: Any, form: Form, last: int, how: str) -> int:
        """Title, who fills it in, period, how it is to be filled in; the next free row."""
        head = self.texts["head"]
        due = head["due_value"].format(due=chinese_date(self.dates.due_date))
        sheet.set_row(0, 30)
        sheet.merge_range(0, 1, 0, last, self.title(form.name), self.styles["title"])
        lines = {"unit": self.name, "code": self.code, "period": self.scheme.period.name, "due": due}
        for row, (label, text) in enumerate(lines.items(), start=1):
            self._line(sheet, row, head[label], text, last)
        note = self._deadline() + how
        sheet.set_row(5, 6 + 14 * lines_of(note, _NOTE_LINE))
        sheet.merge_range(5, 1, 5, last, note, self.styles["note"])
        return 6

    def _rating_foot(self, sheet: Any, row: int, last: int) -> int:
        """Who filled it in, on paper; the last row."""
        head = self.texts["head"]
        for label in (label for pair in head["foot"] for label in pair):
            sheet.set_row(row, 24)
            self._line(sheet, row, label, "", last)
            row += 1
        sheet.merge_range(row, 1, row, last, head["seal"], self.styles["seal"])
        return row

    def _line(self, sheet: Any, row: int, label: str, text: str, last: int, style: str = "head_value") -> None:
        sheet.merge_range(row, 1, row, _CODE_COLUMN, label, self.styles["head_label"])
        sheet.merge_range(row, _NAME_COLUMN, row, last, text, self.styles[style])
