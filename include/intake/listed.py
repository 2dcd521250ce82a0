"""A returned copy that comes back with the correction written into 退回说明, and not into the red cell.

The list is ours, and nothing is read from it; but whoever wrote into it must be told, or the same answer comes again.
What we wrote there is known: what was wrong with a cell does not pass for it, so what passes was written by a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from include.intake.read_form import ListedCell, ReadForm
from include.schemes.fields import FormField
from include.schemes.model import Scheme
from include.validation.findings import Finding
from include.validation.wording import expected_of_type
from include.workbooks.grids import Grid
from include.workbooks.texts import texts
from include.workbooks.values import type_value


def read_list(grids: Sequence[Grid]) -> dict[str, ListedCell]:
    """The rows of the sheet 退回说明 by the cell that they are about (填报表!G8); empty where the file has no such sheet."""
    titles: Mapping[str, str] = texts()["returned"]["columns"]
    grid = next((grid for grid in grids if grid.name == texts()["sheets"]["returned"]), None)
    if grid is None:
        return {}
    for row in range(len(grid.rows)):
        columns = {grid.text(row, column): column for column in range(len(grid.rows[row]))}
        if columns.keys() >= {titles[name] for name in ("sheet", "cell", "found", "expected", "advice")}:
            return dict(_rows(grid, row + 1, {name: columns.get(title, -1) for name, title in titles.items()}))
    return {}


def _rows(grid: Grid, first: int, columns: Mapping[str, int]) -> Iterator[tuple[str, ListedCell]]:
    for row in range(first, len(grid.rows)):
        sheet, cell = grid.text(row, columns["sheet"]), grid.text(row, columns["cell"])
        if sheet and cell:
            written = (grid.text(row, columns[name]) for name in ("found", "expected", "advice"))
            yield f"{sheet}!{cell}", ListedCell(*written)


def told_of_the_list(findings: list[Finding], form: ReadForm, scheme: Scheme) -> list[Finding]:
    """The findings, with what was written into the list instead: in those of its cells, and as notes of the others."""
    if not form.listed:
        return findings
    said = [_told(finding, form.listed.get(finding.source_cell), scheme) for finding in findings]
    wrong = {finding.source_cell for finding in findings}
    for key, cell in form.cells.items():
        row, field = form.listed.get(cell.source_cell), scheme.cell[key]
        if row is None or cell.source_cell in wrong or row.expected != expected_of_type(field):
            continue
        value = _acceptable(field, row.found)
        if value is not None and value != cell.value:
            said.append(_note(field, cell.source_cell, cell.text, row.found))
    return said


def _told(finding: Finding, row: ListedCell | None, scheme: Scheme) -> Finding:
    field = scheme.cell.get(finding.field)
    if row is None or field is None:
        return finding
    written = [(row.found, finding.found)]
    if field.type != "text":
        written += [(row.expected, finding.expected), (row.advice, finding.advice)]
    text = next((text for text, ours in written if text != ours and _acceptable(field, text) is not None), None)
    if text is None or text == texts()["returned"]["empty"]:
        return finding
    advice = texts()["returned"]["corrected_here"].format(text=text, place=finding.source_cell)
    return replace(
        finding,
        advice=advice,
        message=f"{finding.message}{advice}",
        summary=f"{finding.summary}；{advice.rstrip('。')}",
    )


def _note(field: FormField, place: str, used: str, text: str) -> Finding:
    words = texts()["returned"]["differs"]
    said = {"place": place, "label": field.label_in_errors, "used": used, "text": text}
    return Finding(
        check_code=f"corrected_in_list:{field.key}",
        field=field.key,
        severity="warn",
        outcome="false",
        found=used,
        expected=text,
        message=words["message"].format(**said),
        label=field.label_in_errors,
        source_cell=place,
        summary=words["summary"].format(**said),
    )


def _acceptable(field: FormField, text: str) -> str | None:
    """The value that the text would be in the cell; None where it would not pass."""
    value, problem, _ = type_value(field, text)
    if value is None or problem is not None:
        return None
    if field.type in ("count", "yuan", "decimal"):
        number = Decimal(value)
        if (field.at_least is not None and number < field.at_least) or (
            field.at_most is not None and number > field.at_most
        ):
            return None
    return value
