"""Sheets that a workbook came without: one sentence for each in the place of one for each of its cells."""

from __future__ import annotations

from collections.abc import Collection

from include.intake.judging import answers
from include.intake.read_form import ReadForm
from include.schemes.model import Scheme
from include.validation.findings import Finding


def without_lost_sheets(findings: list[Finding], form: ReadForm, scheme: Scheme) -> list[Finding]:
    """The findings, with one for each sheet that the file has not in the place of one for each of its cells."""
    if not form.lost_sheets:
        return findings
    kept = [one for one in findings if not _is_on(one, form.lost_sheets.keys(), scheme)]
    return [
        *kept,
        *(
            _lost_sheet(sheet, [one for one in findings if _is_on(one, {group}, scheme)], form)
            for group, sheet in form.lost_sheets.items()
        ),
    ]


def _is_on(finding: Finding, groups: Collection[str], scheme: Scheme) -> bool:
    """Whether a finding is of a cell that nobody filled in, on one of the sheets."""
    cell = scheme.cell.get(finding.field)
    return cell is not None and finding.check_code == f"required:{cell.key}" and cell.group in groups


def _lost_sheet(sheet: str, missing: list[Finding], form: ReadForm) -> Finding:
    words = answers()["lost_sheet"]
    own = words["csv" if form.is_csv else "workbook"]
    said = {"sheet": sheet, "count": len(missing), "advice": own["advice"]}
    return Finding(
        check_code="lost_sheet",
        field=sheet,
        severity="fail",
        outcome="not_reported",
        found=own["found"],
        expected=own["expected"].format(**said),
        message=own["message"].format(**said),
        label=words["label"].format(**said),
        advice=own["advice"],
        summary=own["summary"].format(**said),
    )
