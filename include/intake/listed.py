"""A returned copy that comes back with the correction written into 退回说明, and not into the red cell.

The list is ours, and nothing is read from it; but whoever wrote into it must be told, or the same answer comes again.
What we wrote there is known: what was wrong with a cell does not pass for it, so what passes was written by a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from include.intake.read_form import ListedCell, ReadForm
from include.schemes.fields import FormField
from include.schemes.model import Scheme
from include.validation.findings import Finding
from include.validation.wording import expected_of_type
from include.workbooks.grids import Grid
from include.workbooks.texts import INSPECTION, texts
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
    if not form.listed or form.form == INSPECTION:  # whose entries are told of it as they are read
        return findings
    said = [_told(finding, form.listed.get(finding.source_cell), scheme) for finding in findings]
    wrong = {finding.source_cell for finding in findings}
    for key, cell in form.cells.items():
        row, field = form.listed.get(cell.source_cell), scheme.asked(key)
        if row is None or cell.source_cell in wrong or row.expected != expected_of_type(field):
            continue
        value = acceptable(field, row.found)
        if value is not None and value != cell.value:
            said.append(_note(field, cell.source_cell, cell.text, row.found))
    return said


def _told(finding: Finding, row: ListedCell | None, scheme: Scheme) -> Finding:
    field = scheme.find(finding.field)
    if row is None or field is None:
        return finding
    ours = ListedCell(finding.found, finding.expected, finding.advice)
    text = written_into(row, ours, lambda text: acceptable(field, text) is not None, is_text=field.type == "text")
    if text is None:
        return finding
    advice = corrected_here(text, finding.source_cell)
    return replace(
        finding,
        advice=advice,
        message=f"{finding.message}{advice}",
        summary=f"{finding.summary}；{advice.rstrip('。')}",
    )


def written_into(
    row: ListedCell, ours: ListedCell, is_acceptable: Callable[[str], bool], *, is_text: bool
) -> str | None:
    """What a person wrote into a row of the list: it is not ours, and would pass in the cell; None where nothing was.

    `is_text`: in the cell every sentence would pass, so only the column of what was found is looked at.
    """
    written = [(row.found, ours.found)]
    if not is_text:
        written += [(row.expected, ours.expected), (row.advice, ours.advice)]
    empty = texts()["returned"]["empty"]
    return next((text for text, own in written if text not in (own, empty) and is_acceptable(text)), None)


def corrected_here(text: str, place: str) -> str:
    """What is said to whoever wrote a text into the list, and left the cell as it was."""
    sentence: str = texts()["returned"]["corrected_here"]
    return sentence.format(text=text, place=place)


def differs(label: str, place: str, used: str, text: str) -> dict[str, str]:
    """`summary` and `message` of a text in the list that is not what was taken from the cell."""
    said = {"place": place, "label": label, "used": used, "text": text}
    return {key: words.format(**said) for key, words in texts()["returned"]["differs"].items()}


def _note(field: FormField, place: str, used: str, text: str) -> Finding:
    said = differs(field.label_in_errors, place, used, text)
    return Finding(
        check_code=f"corrected_in_list:{field.key}",
        field=field.key,
        severity="warn",
        outcome="false",
        found=used,
        expected=text,
        message=said["message"],
        label=field.label_in_errors,
        source_cell=place,
        summary=said["summary"],
    )


def acceptable(field: FormField, text: str) -> str | None:
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
