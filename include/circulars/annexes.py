"""Lists behind a circular (`annex_of`): who fits a condition, and what stands of each; printed, and exported as workbooks."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from include.beforehand import beforehand
from include.circulars.circular import Annex
from include.circulars.results import Results, number, rate
from include.circulars.score_table import two_decimals
from include.circulars.targets import label_of
from include.circulars.titles import title_of
from include.documents.rendering import epoch_of
from include.period import from_timestamp
from include.safe_text import as_file_name
from include.schemes.documents import Column, Document
from include.subject_kinds import ByLink, subject_kinds
from include.workbooks.styles import STYLES

PRESENT, LACKING = "有", "无"
_MARKS = {PRESENT: "√", LACKING: "×"}  # those that every Chinese typeface has
_NONE = "—"
_NOTE = "各格为完成数/目标数和完成率；没有目标的只列完成数。"
_PARTS = ("目标", "完成", "完成率（%）")
_SHOWN = {
    "name": "名称", "code": "编码", "group": "类型", "rank": "名次", "total": "总分", "class": "等次", "status": "状态", "problems": "问题",
}  # fmt: skip
_LEFT = ("name", "problems")
_WIDE = {"name": 16, "problems": 30, "class": 10}
_FIRST_LINE = 3
_A4 = 9


@dataclass(frozen=True)
class _Cells:
    """A column: its label, how wide and how aligned it is, and a cell a subject; of a result against its target three."""

    label: str
    width: int
    align: str
    cells: Sequence[tuple[str, ...]]


def annexes(results: Results, lists: list[Document]) -> list[Annex]:
    """The lists of a system's circular, in their order; one in which nobody is, is not printed."""
    made = ((one, _columns(results, one, codes)) for one in lists if (codes := results.about(one)))
    return [
        {
            "title": title_of(one, results.scheme),
            "note": _NOTE if any(column.result for column in one.columns) else "",
            "labels": ["序号", *(column.label for column in columns)],
            "widths": [5, *(column.width for column in columns)],
            "aligns": ["right", *(column.align for column in columns)],
            "rows": [list(row) for row in zip(*(map(_printed, column.cells) for column in columns), strict=True)],
        }
        for one, columns in made
    ]


def list_files(results: Results, lists: list[Document], as_of_date: str) -> dict[str, bytes]:
    """Each list as a workbook, by file name; one in which nobody is has its head alone."""
    files = {}
    for one in lists:
        title = title_of(one, results.scheme)
        columns = _columns(results, one, results.about(one))
        files[f"{as_file_name(title)}.xlsx"] = _workbook(title, columns, as_of_date)
    return files


def _columns(results: Results, document: Document, codes: list[str]) -> list[_Cells]:
    return [made for column in document.columns for made in _made_of(results, column, codes)]


def _made_of(results: Results, column: Column, codes: list[str]) -> list[_Cells]:
    if column.checklist is not None:
        return _papers(results, column, codes)
    if column.result is not None and column.target is not None:
        label = column.label or label_of(results, column.result)
        return [_Cells(label, column.width or 8, "center", [_against(results, column, code) for code in codes])]
    if column.figure is not None:
        cells = [(number(results.shown(code, column.figure)),) for code in codes]
        return [_Cells(column.label or label_of(results, column.figure), column.width or 9, "right", cells)]
    if column.points is not None:
        cells = [(_points(results, column.points, code),) for code in codes]
        return [_Cells(column.label or results.scheme.names[column.points], column.width or 9, "right", cells)]
    if isinstance(column.show, ByLink):
        to = {code: unit.name for unit, own in results.linked(column.show.link, codes).items() for code in own}
        return [
            _Cells(
                column.label or column.show.link, column.width or 16, "left", [(to.get(code, ""),) for code in codes]
            )
        ]
    shown = str(column.show)
    align = "left" if shown in _LEFT else "right" if shown in ("rank", "total") else "center"
    label = column.label or (_noun(results, codes) if shown == "name" else _SHOWN[shown])
    return [
        _Cells(label, column.width or _WIDE.get(shown, 8), align, [(_said(results, shown, code),) for code in codes])
    ]


def _noun(results: Results, codes: list[str]) -> str:
    nouns = {subject_kinds().of(results.units[code].kind).noun for code in codes}
    return nouns.pop() if len(nouns) == 1 else _SHOWN["name"]


def _papers(results: Results, column: Column, codes: list[str]) -> list[_Cells]:
    cells = results.scheme.group(str(column.checklist))
    return [
        _Cells(
            cell.label, column.width or 6, "center", [(_mark(results.texts(code).get(cell.key, "")),) for code in codes]
        )
        for cell in cells
    ]


def _mark(chosen: str) -> str:
    return _MARKS.get(chosen, chosen)


def _against(results: Results, column: Column, code: str) -> tuple[str, str, str]:
    target, result = results.exact(code, str(column.target)), results.exact(code, str(column.result))
    return number(target), number(result), rate(result, target)


def _points(results: Results, part: str, code: str) -> str:
    found = [row["points"] for row in results.lines[code] if row["indicator"] == part and row["points"] is not None]
    return two_decimals(found[0]) if found else ""


def _said(results: Results, shown: str, code: str) -> str:
    score = results.scores[code]
    if shown == "total":
        return "" if score["total"] is None else two_decimals(score["total"])
    if shown == "problems":
        return "；".join(row["problem"] for row in results.lines[code] if row["has_problem"])
    known: dict[str, Any] = {
        "name": score["unit_name"],
        "code": code,
        "group": results.lists.group_of.get(code, ""),
        "rank": score["rank"] or "",
        "class": score["grade"],
        "status": score["status"],
    }
    return str(known[shown])


def _printed(cells: tuple[str, ...]) -> str:
    """In one cell of paper: the figure, or 48/50 96%."""
    if len(cells) == 1:
        return cells[0] or _NONE
    target, result, share = cells
    if not target or target == "0":
        return result or _NONE
    return f"{result or _NONE}/{target}" + (f" {share}%" if share else "")


@beforehand(meanwhile=b"")
def _workbook(title: str, columns: list[_Cells], as_of_date: str) -> bytes:
    """The same bytes for the same list. Figures are figures, so that they can be added up."""
    made = io.BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(made, plain)
    book.set_properties({"title": title, "created": from_timestamp(epoch_of({"as_of_date": as_of_date}, None))})
    sheet = book.add_worksheet("名单")
    sheet.set_paper(_A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    common = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter"}
    head, text, figure, top = (
        book.add_format({**common, **STYLES[name], **more})
        for name, more in (
            ("column", {}),
            ("left", {}),
            ("center", {"align": "right"}),
            ("title", {"font_size": 16, "align": "left"}),
        )
    )
    sheet.write_string(0, 0, title, top)
    sheet.set_row(0, 30)
    flat = [
        (label, width, [cells[part] for cells in column.cells])
        for column in columns
        for label, width, part in _parts(column)
    ]
    for place, (label, width, cells) in enumerate(
        [("序号", 6, [str(n + 1) for n in range(len(columns[0].cells))]), *flat]
    ):
        sheet.set_column(place, place, width)
        sheet.write_string(_FIRST_LINE - 1, place, label, head)
        for line, cell in enumerate(cells, _FIRST_LINE):
            if label not in ("编码",) and _is_figure(cell):
                sheet.write_number(line, place, float(cell), figure)
            else:
                sheet.write(line, place, cell or None, text)
    sheet.freeze_panes(_FIRST_LINE, 0)
    book.close()
    return made.getvalue()


def _parts(column: _Cells) -> list[tuple[str, int, int]]:
    """Labels, widths and which part of the cell each column of the workbook shows."""
    is_triple = any(len(cells) == len(_PARTS) for cells in column.cells)
    if is_triple:
        return [(f"{column.label}{part}", 12, place) for place, part in enumerate(_PARTS)]
    return [(column.label, max(8, column.width), 0)]


def _is_figure(text: str) -> bool:
    return text.replace(".", "", 1).isdigit() and (text == "0" or not text.startswith("0") or text.startswith("0."))
