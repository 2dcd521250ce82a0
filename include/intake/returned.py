"""The workbook that goes back: the sender's own file with each wrong cell marked, or their figures in our form.

The bytes depend on the arguments alone: what openpyxl stamps with the clock is set to fixed moments afterwards.
"""

from __future__ import annotations

import datetime as dt
import functools
import io
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from xml.etree import ElementTree

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils.cell import range_boundaries

from include.errors import UserError
from include.intake.carrying import carry_into, texts_of
from include.intake.kept import is_whole, lost_in_copy
from include.intake.merging import Carry
from include.intake.read_form import ReadForm
from include.intake.reading import read_file
from include.registry.units import Unit
from include.schemes.model import Scheme
from include.validation.findings import Finding
from include.workbooks.forms import write_form
from include.workbooks.limits import MAX_COLUMNS, MAX_ROWS, Package, admit, elements_in, printable, read_part
from include.workbooks.marks import PICTURE, RAISED, STRUCK, is_percent
from include.workbooks.rating_sheets import FreeRow, RatedSubject, write_rating_sheet, write_row_sheet
from include.workbooks.repacking import with_fixed_moments
from include.workbooks.texts import CONFLICT, INSPECTION, texts

_RED, _YELLOW = "FFFF9999", "FFFFFBE0"
_MAX_ELEMENTS, _MAX_XML_BYTES, _MAX_SPANNED = 40_000, 3 * 1024 * 1024, 100_000
_log = logging.getLogger(__name__)
_MAX_NAME = 100
_MAX_SHOWN = 200
_WIDTHS = [6, 9, 12, 9, 24, 20, 34, 44]


@dataclass(frozen=True)
class _Target:
    """The workbook that will be marked, and where each field stands in it."""

    book: Any
    suffix: str
    has_own_created: bool
    places: dict[str, str]  # source cell by field, where the figures were copied into our form
    own: Package | None = None  # what came, where it is the sender's workbook itself
    marked: set[tuple[str, str]] = field(default_factory=set)  # (sheet, cell) that must be red


class _NotWholeError(Exception):
    """The sender's workbook was written back without some of its sheets or marks."""


def mark_returned(
    content: bytes,
    name: str,
    form: ReadForm | None,
    findings: Sequence[Finding],
    scheme: Scheme,
    unit: Unit,
    carry: Carry | None = None,
) -> tuple[bytes, str]:
    """(workbook, file name) to be sent back: wrong cells red and commented, all errors on a sheet of their own.

    `form` is None where the file could not be read as a form; the answer is then an empty form with the list. `carry` is
    what the copy is given along where the form's versions are merged.
    """
    opens_at = dt.datetime.combine(scheme.dates.opens_date, dt.time())
    written = None
    try:
        written = _written(
            lambda: _own_copy(content, name, form, scheme, carry), findings, form, opens_at, content, name
        )
    except Exception as error:  # openpyxl raises whatever its parts raise on what other programs wrote
        _log.warning("cannot mark %s itself (%r); its figures are copied into our form", name, error)
    if written is None:
        is_theirs = all(finding.check_code != "wrong_sender" for finding in findings)
        ours = functools.partial(_our_workbook, form, scheme, unit, carry, is_proving=is_theirs)
        written = _written(ours, findings, form, opens_at, content, name)
    assert written is not None  # our own form can always be made
    return written


def _written(
    make: Callable[[], _Target | None],
    findings: Sequence[Finding],
    form: ReadForm | None,
    opens_at: dt.datetime,
    content: bytes,
    name: str,
) -> tuple[bytes, str] | None:
    """The workbook that `make` gives, marked; None where it gives none.

    Made anew where the copy lacks something of what came, so as to say so: a workbook is saved but once.
    """
    target = make()
    if target is None:
        return None
    written = _marked(target, findings, form, opens_at, [])
    lost = lost_in_copy(content, written, name)
    if lost and (again := make()) is not None:
        written = _marked(again, findings, form, opens_at, lost)
    return written, _file_name(name, target.suffix)


def _marked(
    target: _Target, findings: Sequence[Finding], form: ReadForm | None, opens_at: dt.datetime, lost: list[str]
) -> bytes:
    for finding in findings:
        if finding.severity == "fail":
            _mark(target, finding, form)
    _add_list(target, findings, form, lost)
    if not target.has_own_created:
        target.book.properties.created = opens_at
    buffer = io.BytesIO()
    target.book.save(buffer)
    written = with_fixed_moments(buffer.getvalue(), opens_at)
    if target.own is not None and not is_whole(target.own, written, target.marked, _RED):
        raise _NotWholeError
    return written


def _own_copy(content: bytes, name: str, form: ReadForm | None, scheme: Scheme, carry: Carry | None) -> _Target | None:
    """The sender's workbook without the marks of an earlier return, and with what it is given along."""
    target = _own_workbook(content, name)
    if target is not None:
        _clear_earlier_marks(target.book)
        if carry is not None and form is not None:
            cells = form.cells
            carry_into(target.book, carry, scheme, lambda key: _cell(target.book, cells[key].source_cell))
    return target


def _own_workbook(content: bytes, name: str) -> _Target | None:
    """The sender's workbook; None where it is of another format, or holds more than can be written back at once."""
    try:
        package = admit(content, name)
        container = package.container
        if package.kind != "xlsx" or container is None:
            return None
        parts = container.namelist()
        readable = [part for part in parts if part.lower().endswith((".xml", ".rels", ".vml"))]
        if sum(container.getinfo(part).file_size for part in readable) > _MAX_XML_BYTES:
            return None
        xml = {part: read_part(container, part, name) for part in readable}
    except UserError:
        return None
    if not _is_light(xml):
        return None
    has_macros = any(part.endswith("vbaProject.bin") for part in parts)
    has_created = b"created" in xml.get("docProps/core.xml", b"")
    book = openpyxl.load_workbook(io.BytesIO(package.content), keep_vba=has_macros, rich_text=True)
    return _Target(book, ".xlsm" if has_macros else ".xlsx", has_created, {}, package)


def _is_light(xml: Mapping[str, bytes]) -> bool:
    """Whether openpyxl can handle the parts within a second or two.

    It takes microseconds for every element, and for every cell that a merge or a link spans.
    """
    if sum(map(elements_in, xml.values())) > _MAX_ELEMENTS:
        return False
    spanned = 0
    for content in xml.values():
        if b"mergeCell" in content or b"hyperlink" in content:
            for element in ElementTree.fromstring(content).iter():  # noqa: S314 (read_part lets no DOCTYPE pass)
                if element.tag.endswith(("}mergeCell", "}hyperlink")) and "ref" in element.attrib:
                    left, top, right, bottom = range_boundaries(element.attrib["ref"])
                    spanned += ((right or MAX_COLUMNS) - (left or 1) + 1) * ((bottom or MAX_ROWS) - (top or 1) + 1)
    return spanned <= _MAX_SPANNED


def _our_workbook(
    form: ReadForm | None, scheme: Scheme, unit: Unit, carry: Carry | None, *, is_proving: bool
) -> _Target:
    """Their figures as they stood in our form; the inspectors' findings, which have no one unit, as a list alone.

    Not `is_proving`: it goes to somebody who may not hand in for the unit, and gets no code of the unit's.
    """
    if form is not None and form.form == INSPECTION:
        book = openpyxl.Workbook()
        book.active.title = texts()["sheets"]["inspection"]
        return _Target(book, ".xlsx", False, {})
    key = form.form if form is not None else scheme.forms[0].key
    cells = form.cells if form is not None else {}
    values = texts_of(form, carry) if form is not None else {}
    cleaned = {key: _clean(text) for key, text in values.items() if PICTURE not in cells[key].marks}
    marks = carry.marks if carry is not None else None
    if form is not None and key in scheme.rating_forms:
        rows = [RatedSubject(code, subject) for code, subject in form.subjects.items()]
        content = write_rating_sheet(scheme, key, unit, rows, cleaned, is_proving=is_proving)
    elif key in scheme.row_forms:
        content = write_row_sheet(
            scheme,
            key,
            unit,
            _free_rows(form, cleaned),
            is_ticked=form is not None and form.is_nothing,
            is_proving=is_proving,
        )
    else:
        content = write_form(scheme, key, unit, {}, cleaned, marks, is_proving=is_proving)
    read = read_file(content, "x.xlsx", None)
    book = openpyxl.load_workbook(io.BytesIO(content))
    places = read.places | {key: cell.source_cell for key, cell in read.cells.items()}
    for key, cell in cells.items():
        if carry is not None and key in carry.emptied:
            continue
        if cell.problem and cell.marks & {STRUCK, RAISED}:  # still to be seen, and not taken for an answer next time
            sheet, _, reference = places[key].rpartition("!")
            raised = "superscript" if RAISED in cell.marks else None
            font = InlineFont(strike=STRUCK in cell.marks or None, vertAlign=raised)
            book[sheet][reference].value = CellRichText(TextBlock(font, _clean(cell.text)))
    return _Target(book, ".xlsx", True, places)


def _free_rows(form: ReadForm | None, values: Mapping[str, str]) -> list[FreeRow]:
    rows: dict[str, dict[str, str]] = {name: {} for name in (form.subjects if form is not None else ())}
    for key, text in values.items():
        name, _, column = key.rpartition("/")
        rows[name][column] = text
    return [FreeRow(name, texts) for name, texts in rows.items()]


def _clear_earlier_marks(book: Any) -> None:
    """Take away what an earlier return marked, so that only what is still wrong is red."""
    title = texts()["sheets"]["returned"]
    if title in book.sheetnames and len(book.sheetnames) > 1:
        del book[title]
    for sheet in book.worksheets:
        for cell in list(sheet._cells.values()):  # iter_rows would make every cell of the rectangle
            if cell.comment is not None and cell.comment.author == texts()["returned"]["author"]:
                cell.comment = None
                cell.fill = PatternFill("solid", start_color=_YELLOW, end_color=_YELLOW)


def _place(target: _Target, finding: Finding, form: ReadForm | None) -> str:
    """Where the finding's cell stands in the workbook that goes back; empty where it has none."""
    if target.places:
        return target.places.get(finding.field, "")
    if finding.source_cell:
        return finding.source_cell
    return form.cells[finding.field].source_cell if form is not None and finding.field in form.cells else ""


def _mark(target: _Target, finding: Finding, form: ReadForm | None) -> None:
    place = _place(target, finding, form)
    sheet_name, _, reference = place.rpartition("!")
    if sheet_name:
        target.marked.add((sheet_name, reference))
    cell = _cell(target.book, place)
    if cell is None:
        return
    target.marked.discard((sheet_name, reference))
    target.marked.add((sheet_name, cell.coordinate))
    cell.fill = PatternFill("solid", start_color=_RED, end_color=_RED)
    _unformat(cell, finding)
    words = texts()["returned"]
    text = words["comment"].format(
        found=_shown(finding.found) or words["empty"], expected=_shown(finding.expected), advice=_shown(finding.advice)
    )
    if cell.comment is not None:
        text = f"{cell.comment.text}\n{text}"
    cell.comment = Comment(text.strip(), words["author"], height=110, width=300)


def _unformat(cell: Cell, finding: Finding) -> None:
    """What is typed over a percentage, or over a cell that is struck out as a whole, shall count as it is typed.

    What stands there keeps its looks, as a text: sent back unchanged, it is as wrong as before.
    """
    if finding.check_code.startswith(CONFLICT) and cell.value is None:  # left to be filled in anew
        cell.number_format = "General" if is_percent(cell.number_format) else cell.number_format
        cell.font = Font(name=cell.font.name, sz=cell.font.sz, b=cell.font.b, i=cell.font.i, color=cell.font.color)
        return
    found = _clean(finding.found)
    if found.endswith("%") and is_percent(cell.number_format):
        cell.value, cell.number_format = found, "General"
    font = cell.font
    if found and not isinstance(cell.value, CellRichText) and (font.strike or font.vertAlign):
        run = InlineFont(strike=font.strike, vertAlign=font.vertAlign, rFont=font.name, sz=font.sz)
        cell.value = CellRichText(TextBlock(run, found))
        cell.font = Font(name=font.name, sz=font.sz, b=font.b, i=font.i, color=font.color)


def _cell(book: Any, place: str) -> Cell | None:
    """The cell that 填报表!G7 names, to be written into; None where it names none of the workbook."""
    sheet_name, _, reference = place.rpartition("!")
    if sheet_name not in book.sheetnames or not re.fullmatch(r"[A-Z]{1,3}[0-9]{1,7}", reference):
        return None
    return _writable(book[sheet_name], reference)


def _writable(sheet: Any, reference: str) -> Cell:
    """The cell itself, or the first of the merged cells that it is part of."""
    cell = sheet[reference]
    if isinstance(cell, MergedCell):
        merged = next(range_ for range_ in sheet.merged_cells.ranges if reference in range_)
        cell = sheet.cell(merged.min_row, merged.min_col)
    return cell


def _add_list(target: _Target, findings: Sequence[Finding], form: ReadForm | None, lost: list[str]) -> None:
    """The sheet 退回说明, first in the workbook. `lost` is what the copy lacks."""
    words, book = texts()["returned"], target.book
    sheet = book.create_sheet(texts()["sheets"]["returned"], 0)
    book.active = 0
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet
    wrong = sum(finding.severity == "fail" for finding in findings)
    _put(sheet, 1, 1, words["title"], Font(name="黑体", size=18), Alignment("center", "center"))
    _put(
        sheet,
        2,
        1,
        words["lead_lost" if lost else "lead"].format(count=wrong, lost="、".join(lost)),
        Font(name="宋体", size=11),
        Alignment("left", "center", wrap_text=True),
    )
    sheet.row_dimensions[3].height = 22
    for row, height in ((1, 34), (2, 40 if lost else 26)):
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(_WIDTHS))
        sheet.row_dimensions[row].height = height
    for column, (title, width) in enumerate(zip(words["columns"].values(), _WIDTHS, strict=True), start=1):
        cell = _put(sheet, 3, column, title, Font(name="黑体", size=10.5), Alignment("center", "center"))
        cell.fill, cell.border = PatternFill("solid", start_color="FFD9E2F3"), _border()
        sheet.column_dimensions[cell.column_letter].width = width
    ordered = sorted(findings, key=lambda finding: finding.severity != "fail")
    for number, finding in enumerate(ordered, start=1):
        _add_row(sheet, number, finding, _place(target, finding, form))
    sheet.page_setup.paperSize, sheet.page_setup.orientation = 9, "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = openpyxl.worksheet.properties.PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "3:3"


def _add_row(sheet: Any, number: int, finding: Finding, place: str) -> None:
    words = texts()["returned"]
    sheet_name, _, reference = place.rpartition("!")
    values = [
        str(number), words[finding.severity], sheet_name, reference, finding.label or finding.field,
        finding.found or words["empty"], finding.expected, finding.advice or finding.message,
    ]  # fmt: skip
    lines = max(-(-2 * len(_shown(value)) // (width - 2)) for value, width in zip(values, _WIDTHS, strict=True))
    sheet.row_dimensions[number + 3].height = 8 + 15 * max(1, lines)
    for column, value in enumerate(values, start=1):
        centred = column in (1, 2, 3, 4)
        place_in_cell = Alignment("center" if centred else "left", "center", wrap_text=True, indent=0 if centred else 1)
        cell = _put(sheet, number + 3, column, _shown(value), Font(name="宋体", size=10.5), place_in_cell)
        cell.border = _border()


def _border() -> Border:
    side = Side("thin", color="FF7F7F7F")
    return Border(left=side, right=side, top=side, bottom=side)


def _put(sheet: Any, row: int, column: int, text: str, font: Font, alignment: Alignment) -> Any:
    """Write a text as text, whatever it begins with."""
    cell = sheet.cell(row, column)
    cell.value = text
    cell.data_type, cell.number_format = "s", "@"
    cell.font, cell.alignment = font, alignment
    return cell


def _clean(text: str) -> str:
    cleaned: str = ILLEGAL_CHARACTERS_RE.sub("", text)
    return cleaned


def _shown(text: str) -> str:
    cleaned = _clean(text)
    return cleaned if len(cleaned) <= _MAX_SHOWN else cleaned[: _MAX_SHOWN - 1] + "…"


def _file_name(name: str, suffix: str) -> str:
    """退回_<stem>, without path parts, control characters and undue length."""
    stem: str = PurePosixPath(printable(name).replace("\\", "/")).name
    stem = re.sub(r'[<>:"|?*]', "_", stem.rpartition(".")[0] or stem).strip(" .")
    prefix: str = texts()["returned"]["prefix"]
    stem = stem if stem.startswith(prefix) else prefix + stem
    return stem[: _MAX_NAME - len(suffix)].strip(" .") + suffix
