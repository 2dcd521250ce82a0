"""Read a file that came in: which form it is, whose, for which period, and every input cell.

Nothing is judged here but the type of each value; a file that is no form of ours, or that is dangerous to open, is a
Refusal. A form of another period or version is read all the same, so that the answer can say so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from include.errors import UserError
from include.intake.flat import csv_rows, is_flat, no_flat_header, read_flat, refuse_sheet_alone, refuse_surplus_columns
from include.intake.free_rows import read_free_rows
from include.intake.inspection import read_inspection
from include.intake.listed import read_list
from include.intake.locating import Spot, locate, readable
from include.intake.preambles import Preamble, period_of, preamble_of, sheet_of_rows
from include.intake.printed_cells import printed_beside, printed_for_inspectors
from include.intake.rated import read_rated
from include.intake.read_form import Correction, ReadCell, ReadForm
from include.intake.verdicts import is_of_verdicts
from include.period import Period
from include.schemes.fields import FormField
from include.schemes.loader import UnknownPeriodError, load_scheme, scheme_keys, scheme_names, scored_period
from include.schemes.model import Group, Scheme
from include.workbooks.grids import Grid, read_grids
from include.workbooks.limits import Package, Refusal, admit
from include.workbooks.looks import SheetLook
from include.workbooks.marks import PICTURE
from include.workbooks.packets import is_packet
from include.workbooks.texts import GROUP_MARK, INSPECTION, METADATA_MARK, PACKET_MARK, texts
from include.workbooks.values import type_value
from include.workbooks.vocabulary import candidates, code_in, normalised, period_in, shown, vocabulary

__all__ = ["Correction", "ReadCell", "ReadForm", "Refusal", "read_file"]

_HEAD_ROWS = 15
_LABELS_TO_RECOGNISE = 3
_HEAD = {
    "unit_code": "code",
    "period": "period",
    "version": "period",
}  # what a finding is about → its label in the head


@dataclass(frozen=True)
class _Metadata:
    """What the hidden sheet says, or what the visible text does where that sheet was lost."""

    scheme: str
    scheme_version: str
    period: str
    form: str
    unit_code: str
    unit_name: str
    marks: dict[str, str] = field(default_factory=dict)


_SAID = ("scheme", "scheme_version", "period", "form", "unit_code", "unit_name")  # the fields of _Metadata, in order


class NoSchemeError(Refusal):
    """A workbook of ours that belongs to no scheme: one of rectification's, or damaged."""


class PacketError(Exception):
    """A workbook of several forms, each of which is to be read by itself."""

    def __init__(self, package: Package) -> None:
        self.package = package


def read_file(content: bytes, name: str, default_period: Period | None) -> ReadForm:
    """The form in a file. `name` is as received; `default_period` is for a CSV or a copy that names none.

    Raises Refusal, in Chinese, for a file that cannot be opened safely or is not one of our forms; PacketError for several forms.
    """
    package = admit(content, name)
    if package.kind == "csv":
        rows = csv_rows(content, name)
        if is_flat(rows):
            return read_flat(rows, name, default_period)
        if (preamble := preamble_of(rows)).is_of_rows and preamble.form:
            return _read_rows([Grid("CSV", rows, SheetLook(), [])], preamble, name, default_period)
        if is_of_verdicts(rows):
            raise NoSchemeError(no_flat_header(name).problems[0])
        refuse_sheet_alone(rows, name)
        refuse_surplus_columns(rows, normalised(texts()["columns"]["number"]), name)
        grids = [Grid("CSV", rows, SheetLook(), [])]  # perhaps a sheet of ours, saved as CSV
    else:
        if is_packet(package):
            raise PacketError(package)
        grids = read_grids(package, name)
        if any(grid.text(0, 0) == PACKET_MARK for grid in grids):
            raise Refusal(str(texts()["packet"]["other_format"]).format(name=shown(name)))
    notes: list[str] = []
    metadata = _hidden_metadata(grids, name)
    if metadata is None:
        said = next((one for grid in readable(grids) if (one := preamble_of(grid.rows)).is_of_rows and one.form), None)
        if said is not None:
            return _read_rows(grids, said, name, default_period)
        metadata = _visible_metadata(grids, name, default_period, notes)
    if metadata is None and package.kind == "csv":
        raise no_flat_header(name)
    if metadata is None:
        raise Refusal(
            f"文件“{shown(name)}”不是本系统的表单：没有本系统的标记，表头也没有单位编码、填报期间和已知的填报项。"
            "请在收到的填报表中填写后发回；填报表丢失的，请联系街道重发。"
        )
    form = ReadForm(
        metadata.scheme, metadata.form, metadata.period, metadata.unit_code, metadata.unit_name,
        metadata.scheme_version, {}, notes, places=_head_places(grids), marks=metadata.marks,
        is_csv=package.kind == "csv", listed=read_list(grids),
    )  # fmt: skip
    if metadata.form == INSPECTION:
        return replace(read_inspection(grids, form), printed=printed_for_inspectors(grids))
    scheme = load_scheme(form.scheme_key, Period.parse(form.period), metadata.marks.get(GROUP_MARK, ""))
    return _read_by_row(grids, form, scheme) if form.form in scheme.forms_by_row else _read_cells(grids, form, scheme)


def _read_rows(grids: list[Grid], preamble: Preamble, name: str, default_period: Period | None) -> ReadForm:
    """A sheet of many rows that says above its table what it is: typed anew, or saved as CSV from one of ours."""
    period = period_of(preamble, name, default_period)
    scheme, asked = sheet_of_rows(preamble, period, name)
    if not preamble.code:
        raise Refusal(f"文件“{shown(name)}”没有写明由谁填报。请在表的上方写一行“编码,<填报单位的编码>”。")
    form = ReadForm(
        scheme.scheme,
        asked.key,
        str(scheme.period),
        preamble.code,
        "",
        scheme.version,
        {},
        is_csv=grids[0].name == "CSV",
    )
    return _read_by_row(grids, form, scheme)


def _read_by_row(grids: list[Grid], form: ReadForm, scheme: Scheme) -> ReadForm:
    return (read_free_rows if form.form in scheme.row_forms else read_rated)(grids, form, scheme)


def _read_cells(grids: list[Grid], form: ReadForm, scheme: Scheme) -> ReadForm:
    words = vocabulary(scheme, form.form)
    located = locate(grids, words)
    labels = set(words.keys)
    cells = {
        cell.key: _read_spots(cell, located.spots.get(cell.key, []), labels)
        for cell in words.scheme.cells_of(form.form)
    }
    lost = _lost_sheets(words.scheme, form.form, located.spots.keys())
    printed = printed_beside(located.spots, {cell.source_cell for cell in cells.values()})
    return replace(form, cells=cells, notes=form.notes + located.notes, lost_sheets=lost, printed=printed)


def _lost_sheets(scheme: Scheme, form: str, found: Collection[str]) -> dict[str, str]:
    """The sheets of a form of which not one cell is there, by group of cells; one whose rows may all stay empty may be missing."""
    needed: list[Group] = [*scheme.checklists, *(tally for tally in scheme.tallies if tally.items)]
    names = {"": texts()["sheets"]["main"], **{part.key: part.name for part in needed}}
    asked = {cell.group: names[cell.group] for cell in scheme.cells_of(form) if cell.group in names}
    there = {scheme.cell[key].group for key in found}
    return {group: name for group, name in asked.items() if group not in there} if there else {}


def _read_spots(cell: FormField, spots: list[Spot], labels: set[str]) -> ReadCell:
    """One cell from the spots where it stands; copied rows must agree."""
    if not spots:
        return ReadCell("", None)
    read = [_read_spot(cell, spot, labels) for spot in spots]
    if len(read) == 1:
        return read[0]
    filled = [one for one in read if one.is_filled]
    if len({(one.text if one.value is None else one.value) for one in filled}) > 1:
        places = "、".join(one.source_cell for one in filled)
        texts_found = "、".join(one.text for one in filled)
        return ReadCell(
            texts_found, None, f"同一填报项出现多次且内容不一致（{places}），请只保留一处", filled[0].source_cell
        )
    return next((one for one in filled if one.problem), (filled or read)[0])


def _read_spot(cell: FormField, spot: Spot, labels: set[str]) -> ReadCell:
    problem = spot.grid.look.problems.get((spot.row, spot.column))
    if problem is not None:
        sentence, text = problem
        return ReadCell(text, None, sentence, spot.reference)
    raw = spot.grid.at(spot.row, spot.column)
    if (raw == "" or raw is None) and PICTURE not in spot.grid.marks(spot.row, spot.column):
        spot = _merged_into(spot, labels)
        raw = spot.grid.at(spot.row, spot.column)
    marks = spot.grid.marks(spot.row, spot.column)
    value, sentence_of_type, text = type_value(cell, raw, marks)
    return ReadCell(text, value, sentence_of_type, spot.reference, marks)


def _merged_into(spot: Spot, labels: set[str]) -> Spot:
    """The cell that shows where `spot` was merged with its left neighbours in the same row, unless that is a label."""
    for (top, left), (bottom, right) in spot.grid.merges:
        if top == bottom == spot.row and left < spot.column <= right:
            return spot if normalised(spot.grid.text(top, left)) in labels else Spot(spot.grid, top, left)
    return spot


def _hidden_metadata(grids: list[Grid], name: str) -> _Metadata | None:
    grid = next((grid for grid in grids if grid.text(0, 0) == METADATA_MARK), None)
    if grid is None:
        return None
    pairs = {grid.text(row, 0): grid.text(row, 1) for row in range(1, len(grid.rows))}
    found = _Metadata(**{key: shown(pairs.get(key, "")) for key in _SAID}, marks=pairs)
    heads = [grid for grid in grids if _head_codes([grid])]
    found = replace(found, period=_period_that_people_see(heads, found))
    _verify(found, name)
    if found.form == INSPECTION:
        return found
    hidden = {grid.text(row, 1) for grid in grids for row in _metadata_rows(grid) if grid.text(row, 0) == "unit_code"}
    codes = _head_codes(heads)
    _refuse_several_units(hidden | set(codes) if len(hidden) > 1 else codes, name)
    code = next(iter(codes), None)
    if code is not None and code != found.unit_code:
        raise Refusal(
            f"文件“{shown(name)}”的表头写的单位编码是 {code}，而本表是发给 {found.unit_code}（{found.unit_name}）的。"
            "请用发给本单位的填报表填写；找不到的，请联系街道重发。"
        )
    return found


def _verify(found: _Metadata, name: str) -> None:
    """Raise Refusal unless the hidden sheet names a scheme, a form, a period and a unit that can exist."""
    way_out = "请用收到的填报表原件重新填写后发回。"
    damaged = f"文件“{shown(name)}”的表单标记已被改动"
    if found.scheme not in scheme_keys():
        raise NoSchemeError(f"{damaged}：没有名为“{found.scheme}”的考评方案。{way_out}")
    try:
        period = Period.parse(found.period)
    except UserError as error:
        raise Refusal(f"{damaged}：{error.problems[0]}{way_out}") from error
    try:
        scheme = load_scheme(found.scheme, period)
    except UnknownPeriodError as error:
        raise Refusal(f"{damaged}：{error.problems[0]}{way_out}") from error
    except UserError as error:  # not the sender's fault, and ops knows
        title = scheme_names()[found.scheme]
        raise Refusal(
            f"文件“{shown(name)}”收到了，但{title}的方案文件有误，现在读不了；已告知运维人员。请过一两天原样重发，不用重填。"
        ) from error
    if found.form != INSPECTION and found.form not in {form.key for form in scheme.forms}:
        raise Refusal(f"{damaged}：没有名为“{found.form}”的表单。{way_out}")
    if found.form in scheme.forms_by_row:
        if not found.unit_code:
            raise Refusal(f"{damaged}：没有写明由谁填报。{way_out}")
    elif not re.fullmatch(_codes_of(scheme, found.form), found.unit_code):
        raise Refusal(f"{damaged}：单位编码“{found.unit_code}”不是 12 位数字。{way_out}")


def _codes_of(scheme: Scheme, form: str) -> str:
    """What the code in a form looks like: a street's or county's in an inspection's, else that of the subject that it is about."""
    if form == INSPECTION:
        return r"[0-9]{6}|[0-9]{9,12}"
    return r"[0-9A-Za-z-]{1,32}" if scheme.has_own_codes(form) else r"[0-9]{12}"


def _metadata_rows(grid: Grid) -> range:
    return range(1, len(grid.rows)) if grid.text(0, 0) == METADATA_MARK else range(0)


def _period_that_people_see(heads: list[Grid], hidden: _Metadata) -> str:
    """The period of the head or the title, where it is not the one that the hidden sheet names.

    Someone who writes another period over it means that period, and is told which one is being collected.
    """
    try:
        period = scored_period(hidden.scheme, Period.parse(hidden.period))
    except UserError:
        return hidden.period
    read = (period_in(_beside(heads, texts()["head"]["period"])), _title_period(heads))
    seen = (scored_period(hidden.scheme, one) for one in read if one)
    return next((str(one) for one in seen if one != period and one.kind == period.kind), hidden.period)


def _head_codes(grids: list[Grid]) -> list[str]:
    """The unit codes that stand beside their label, each once: more than one where forms were put together."""
    codes = map(code_in, _all_beside(grids, texts()["head"]["code"]))
    return list(dict.fromkeys(filter(None, codes)))


def _refuse_several_units(codes: Collection[str], name: str) -> None:
    if len(codes) > 1:
        listed = "、".join(sorted(codes)[:5]) + ("等" if len(codes) > 5 else "")
        raise Refusal(f"文件“{shown(name)}”含有 {len(codes)} 个单位的表（{listed}）。请每个单位发一个文件。")


def _beside(grids: list[Grid], label: str) -> str:
    """The first text to the right of a label in the head of a sheet; empty where there is none."""
    return next(_all_beside(grids, label, _HEAD_ROWS), "")


def _all_beside(grids: list[Grid], label: str, until: int | None = None) -> Iterator[str]:
    return (text for text, _ in _spots_beside(grids, label, until))


def _head_places(grids: list[Grid]) -> dict[str, str]:
    """Where the head names the unit and the period, so that a wrong one can be pointed at."""
    head = texts()["head"]
    found = {key: next(_spots_beside(grids, head[label]), None) for key, label in _HEAD.items()}
    return {key: spot[1] for key, spot in found.items() if spot is not None}


def _spots_beside(grids: list[Grid], label: str, until: int | None = None) -> Iterator[tuple[str, str]]:
    """The first text to the right of each such label, and where it stands."""
    for grid in readable(grids):
        for row, column in grid.labels.get(label, ()):
            if until is not None and row >= until:
                break
            after = ((grid.text(row, c), c) for c in range(column + 1, len(grid.rows[row])))
            if found := next((one for one in after if one[0]), None):
                yield found[0], grid.reference(row, found[1])


def _visible_metadata(
    grids: list[Grid], name: str, default_period: Period | None, notes: list[str]
) -> _Metadata | None:
    """From what people see: for figures copied into a new workbook. None where it cannot be told."""
    head = texts()["head"]
    codes = _head_codes(grids)
    _refuse_several_units(codes, name)
    code = next(iter(codes), None) or next(
        (
            code
            for grid in readable(grids)
            for row in range(min(_HEAD_ROWS, len(grid.rows)))
            if row not in _foot_rows(grid)
            for column in range(len(grid.rows[row]))
            if (code := code_in(grid.text(row, column)))
        ),
        None,
    )
    period = period_in(_beside(grids, head["period"])) or _title_period(grids) or default_period
    if code is None or period is None:
        return None
    seen = {normalised(text) for grid in readable(grids) for _, _, text in grid.strings}
    best, most = None, 0
    for words in candidates(period):
        count = len({words.keys[label] for label in seen & words.keys.keys()})
        count += sum(len(seen & items.keys()) for items in words.items.values())
        if count > most and count >= min(_LABELS_TO_RECOGNISE, len(set(words.keys.values()))):
            best, most = words, count
    if best is None:
        return None
    notes.append("文件不是发出的填报表原件，按表头和填报项名称读取；下次请直接在原件中填写。")
    scheme = best.scheme
    unit = shown(_beside(grids, head["unit"]))
    return _Metadata(scheme.scheme, scheme.version, str(scheme.period), best.form, code, unit)


def _foot_rows(grid: Grid) -> set[int]:
    """Rows with who filled the form in and their telephone: a number with its area code is as long as a unit's code."""
    labels = [label for pair in texts()["head"]["foot"] for label in pair]
    return {row for label in labels for row, _ in grid.labels.get(normalised(label), ())}


def _title_period(grids: list[Grid]) -> Period | None:
    """The period named in the first lines of a sheet, in a title such as …（2026年上半年）."""
    for grid in readable(grids):
        for text in (cell for row in grid.rows[:3] for cell in row if isinstance(cell, str)):
            if ("半年" in text or "季度" in text or "年度" in text) and (period := period_in(text)):
                return period
    return None
