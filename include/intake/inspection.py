"""Read the inspectors' workbook: each row a figure that was found to be different."""

from __future__ import annotations

import functools
from dataclasses import replace

from include.intake.listed import acceptable, corrected_here, differs, written_into
from include.intake.locating import readable
from include.intake.read_form import Correction, ListedCell, ReadCell, ReadForm
from include.period import Period
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.workbooks.grids import Grid
from include.workbooks.inspection_form import inspection_labels
from include.workbooks.texts import COLUMN_MARK, METADATA_MARK, texts
from include.workbooks.values import is_nothing, seen_otherwise, type_value
from include.workbooks.vocabulary import code_in, normalised, shown

_TEXTS = {"reason": "原因", "inspector": "核查人"}  # the parts that people write; the others are figures or chosen
_FIRST_GROUP = 6  # the column of the hidden sheet from which on each group has three
_NOT_FILLED_IN = "没有填"  # what the problem with an empty part begins with


def read_inspection(grids: list[Grid], form: ReadForm) -> ReadForm:
    """The form with its corrections; entries that cannot be used stand in `cells`, each with its problem."""
    scheme = load_scheme(form.scheme_key, Period.parse(form.period))
    labels = {normalised(label): key for label, key in inspection_labels(scheme).items()}
    units, groups = _units(grids), _groups(grids)
    corrections: list[Correction] = []
    notes: list[str] = []
    problems: dict[str, ReadCell] = {}
    for grid in readable(grids):
        header = _header(grid)
        if header is None:
            continue
        first, columns = header
        for row in range(first + 1, len(grid.rows)):
            entry = _Entry(grid, row, columns, units, groups)
            if any(entry.texts.values()):
                correction = entry.read(scheme, labels)
                notes += entry.look_into_list(form.listed, scheme, labels)
                problems.update(entry.problems)
                corrections += [correction] if correction else []
    return replace(form, cells=problems, corrections=corrections, notes=form.notes + notes)


def _units(grids: list[Grid]) -> dict[str, str]:
    """Name by code of the street's units, from the hidden sheet."""
    hidden = next((grid for grid in grids if grid.text(0, 0) == METADATA_MARK), None)
    if hidden is None:
        return {}
    return {hidden.text(row, 3): hidden.text(row, 4) for row in range(1, len(hidden.rows)) if hidden.text(row, 3)}


def _groups(grids: list[Grid]) -> dict[str, str]:
    """The group of each unit by code, from the lists below the groups' names; empty where the workbook has none."""
    hidden = next((grid for grid in grids if grid.text(0, 0) == METADATA_MARK), None)
    if hidden is None:
        return {}
    named = [(column, hidden.text(0, column)) for column in range(_FIRST_GROUP, len(hidden.rows[0]), 3)]
    return {
        code: group
        for column, group in named
        for row in range(1, len(hidden.rows))
        if group and (code := hidden.text(row, column))
    }


def _header(grid: Grid) -> tuple[int, dict[str, int]] | None:
    """The row above the entries and the column of each part: by the hidden marks, else by the titles."""
    titles: dict[str, str] = texts()["inspection"]["columns"]
    by_mark = {COLUMN_MARK + name: name for name in titles}
    by_title = {title: name for name, title in titles.items()}
    for signs in (by_mark, by_title):
        for row, cells in enumerate(grid.rows):
            columns = {
                signs[cell]: column for column, cell in enumerate(cells) if isinstance(cell, str) and cell in signs
            }
            if len(columns) == len(titles):
                below = {str(cell) for cell in grid.rows[row + 1]} if row + 1 < len(grid.rows) else set()
                return row + (signs is by_mark and by_title.keys() <= below), columns
    return None


class _Entry:
    """One row: its texts by part, and what is wrong with it."""

    def __init__(
        self, grid: Grid, row: int, columns: dict[str, int], units: dict[str, str], groups: dict[str, str]
    ) -> None:
        self.grid, self.row, self.columns, self.units, self.groups = grid, row, columns, units, groups
        self.texts = {name: grid.text(row, column) for name, column in columns.items()}
        self.problems: dict[str, ReadCell] = {}
        hidden = {name: grid.look.problems.get((row, column)) for name, column in columns.items()}
        for name, problem in hidden.items():
            if problem is not None:
                self.texts[name] = problem[1]
                self._complain(name, problem[0])
        for name, column in columns.items():
            if name != "value":
                self._look_closer(name, column)

    def _look_closer(self, name: str, column: int) -> None:
        """Complain of a part in which people see something else than the file holds."""
        wanted: str = texts()["inspection"]["columns"][name]
        kind, raw, marks = (
            "text" if name in _TEXTS else "choice",
            self.grid.at(self.row, column),
            self.grid.marks(self.row, column),
        )
        seen = seen_otherwise(kind, raw, self.texts[name], marks, wanted)
        if seen is not None:
            self.texts[name] = seen[1]
            self._complain(name, seen[0])

    def _complain(self, name: str, problem: str) -> None:
        self.problems.setdefault(self._label(name), ReadCell(self.texts[name], None, problem, self._place(name)))

    def _label(self, name: str) -> str:
        titles: dict[str, str] = texts()["inspection"]["columns"]
        return f"{titles[name]}（第{self.row + 1}行）"

    def _place(self, name: str) -> str:
        return self.grid.reference(self.row, self.columns[name])

    def look_into_list(self, listed: dict[str, ListedCell], scheme: Scheme, labels: dict[str, str]) -> list[str]:
        """Add to each problem what was written into 退回说明 instead of the red cell; notes where a sound cell differs."""
        notes = []
        key = labels.get(normalised(self.texts["field"]))
        for name in self.columns:
            row, label, place = listed.get(self._place(name)), self._label(name), self._place(name)
            if row is None or (name in _TEXTS and not row.expected.startswith(_NOT_FILLED_IN)):
                continue
            is_text = name != "value" or key is None or scheme.cell[key].type == "text"
            fits = functools.partial(self._fits, name, scheme, labels)
            text = written_into(row, ListedCell(self.texts[name], "", ""), fits, is_text=is_text)
            if text is not None and label in self.problems:
                wrong = self.problems[label]
                told = f"{wrong.problem}；{corrected_here(text, place).rstrip('。')}"
                self.problems[label] = wrong._replace(problem=told)
            elif text is not None:
                notes.append(differs(label, place, self.texts[name], text)["message"])
        return notes

    def _fits(self, name: str, scheme: Scheme, labels: dict[str, str], text: str) -> bool:
        """Whether a text would pass in a part of this entry."""
        if name in _TEXTS:
            return not is_nothing(text)
        if name == "unit_code":
            return code_in(text) in self.units if self.units else code_in(text) is not None
        code = code_in(self.texts["unit_code"])
        if name == "unit_name":
            return text in self.units.values() and self.units.get(code or "", text) == text
        if name == "field":
            return normalised(text) in labels
        key = labels.get(normalised(self.texts["field"]))
        return key is not None and acceptable(scheme.cell[key], text) is not None

    def read(self, scheme: Scheme, labels: dict[str, str]) -> Correction | None:
        """The correction, or None with every problem of the row noted."""
        entry = self.texts
        code = self._unit_code()
        key = labels.get(normalised(entry["field"]))
        value = None
        if key is None:
            self._complain(
                "field", "请从下拉框中选填报项" if entry["field"] else "没有写明是哪个填报项，请从下拉框中选"
            )
        else:
            place = self.row, self.columns["value"]
            value, problem, self.texts["value"] = type_value(
                scheme.cell[key], self.grid.at(*place), self.grid.marks(*place)
            )
            if value is None:
                self._complain("value", problem or f"{_NOT_FILLED_IN}核实数")
            group = self.groups.get(code or "", "")
            if group and key not in scheme.of_group(group).cell:
                name = self.units.get(code or "", entry["unit_name"])
                self._complain("field", f"{name}是“{group}”，不填报这一项，请在“{group}”的核查表里选填报项")
        for name, what in _TEXTS.items():
            if is_nothing(entry[name]):
                self._complain(name, f"{_NOT_FILLED_IN}{what}，更正报送数必须写明{what}")
        if self.problems or code is None or key is None or value is None:
            return None
        unit_name = self.units.get(code, entry["unit_name"])
        source_cell = self.grid.reference(self.row, self.columns["value"])
        return Correction(code, unit_name, key, value, entry["reason"], entry["inspector"], source_cell)

    def _unit_code(self) -> str | None:
        written, name, units = self.texts["unit_code"], self.texts["unit_name"], self.units
        code = code_in(written)
        if written and (code is None or (units and code not in units)):
            self._complain("unit_code", "不是本街道的单位编码（12 位数字），请从下拉框中选")
            return None
        if code is not None:
            if name and units and units[code] != name:
                self._complain("unit_name", f"与单位编码不符：{code} 是{units[code]}")
            return code
        named = [known for known, unit_name in units.items() if unit_name == name]
        if len(named) != 1:
            what = "有同名单位，请填单位编码" if named else f"没有名为“{shown(name)}”的单位，请从下拉框中选"
            self._complain("unit_name", what)
            return None
        return named[0]
