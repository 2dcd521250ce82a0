"""What is recorded when people change a unit's period: a later due date, a verified figure beside the reported one.

Each act is checked, recorded once with who and why, and does nothing else. A review is scoring's (scoring/reviews.py).
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from sqlalchemy import Connection

from include.decisions import common_problems, decide, decisions_of, known, refuse, unit_in_period
from include.intake.accepted import accepted_versions, values_of
from include.period import chinese_date, in_zone
from include.registry.units import Unit
from include.safe_text import typed_problems
from include.schemes.fields import FormField
from include.schemes.model import Scheme
from include.scoring.reviews import may_change

_LONGEST_VALUE = 200
_WHOLE = re.compile(r"[0-9]{1,9}")
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")


def grant_extension(
    connection: Connection, scheme: Scheme, unit_code: str, due_date: dt.date, reason: str, by: str, at: dt.datetime
) -> str:
    """Give a unit a later due date (inclusive) for the forms that were due last before it; the decision's id. The last one
    granted counts.

    Raises UserError, all at once: unknown unit, no reason, no name, a signed-off result, a date that is no extension or
    takes one back that has run out by now.
    """
    found = unit_in_period(connection, scheme, unit_code)
    problems = common_problems(found, unit_code, scheme, reason, by, at)
    if found is not None and not may_change(connection, scheme, found.code, found.street_code):
        refuse(
            [
                *problems,
                f"{scheme.period.name}的考评结果已定稿，不能再延期。{found.name}还有材料要报的，请申请复核，同意后补报。",
            ]
        )
    dates = scheme.dates
    first_due_date = min(scheme.due_dates().values(), default=dates.due_date)
    if due_date <= first_due_date:
        problems.append(f"新的截止日期应晚于原定的{chinese_date(first_due_date)}，现为{chinese_date(due_date)}。")
    elif due_date > dates.circular_date:
        problems.append(
            f"新的截止日期{chinese_date(due_date)}晚于通报日期{chinese_date(dates.circular_date)}：请改早。"
        )
    granted = decisions_of(connection, scheme, found.code, ("extension",)) if found else []
    if granted and due_date.isoformat() < granted[-1]["value"] and due_date < in_zone(at).date():
        problems.append(
            f"已同意延期至{chinese_date(dt.date.fromisoformat(granted[-1]['value']))}，不能改为已经过去的{chinese_date(due_date)}。"
        )
    unit = known(found, problems)
    if granted and granted[-1]["value"] == due_date.isoformat() and granted[-1]["reason"] == reason.strip():
        return str(granted[-1]["id"])
    return decide(connection, "extension", scheme, unit.code, value=due_date.isoformat(), reason=reason, by=by, at=at)


def correct_figure(
    connection: Connection,
    scheme: Scheme,
    unit_code: str,
    field: str,
    value: str,
    reason: str,
    by: str,
    at: dt.datetime,
) -> str:
    """Put a verified figure beside the reported one; the decision's id. An empty value takes the correction back.

    `field` is the label as in the form, or the key. Raises UserError, all at once: unknown unit or field, a value
    that the cell cannot hold or that stands already, no reason, no name, a signed-off result without a granted review.
    """
    unit_found = unit_in_period(connection, scheme, unit_code)
    problems = common_problems(unit_found, unit_code, scheme, reason, by, at)
    cell_found, field_problem = _cell(scheme, field)
    text = value.strip()
    if cell_found is not None and text:
        text, value_problem = _canonical(cell_found, text)
        problems += [value_problem] if value_problem else []
    problems += [field_problem] if field_problem and scheme.forms else []
    unit = known(unit_found, problems + _locked(connection, scheme, unit_found))
    cell = known(cell_found, problems)
    earlier = [row for row in decisions_of(connection, scheme, unit.code, ("correction",)) if row["field"] == cell.key]
    if earlier and (earlier[-1]["value"], earlier[-1]["reason"]) == (text, reason.strip()):
        return str(earlier[-1]["id"])
    if not text and not (earlier and earlier[-1]["value"]):
        refuse([f"{unit.name}的“{cell.label_in_errors}”没有更正过，没有可以撤销的：要更正请填写核实的数。"])
    corrected = earlier[-1]["value"] if earlier else ""
    if text and text == (corrected or _reported(connection, scheme, unit, cell)):
        stands = "已经更正为" if corrected else "填报的就是"
        refuse([f"{unit.name}的“{cell.label_in_errors}”{stands}“{text}”，没有变化：请核对单位、填报项和核实数。"])
    return decide(connection, "correction", scheme, unit.code, field=cell.key, value=text, reason=reason, by=by, at=at)


def _reported(connection: Connection, scheme: Scheme, unit: Unit, cell: FormField) -> str | None:
    """What the newest accepted version of the unit's form says in a cell; None where nothing was accepted."""
    accepted = accepted_versions(connection, scheme, cell.form, unit.code)
    values = values_of(connection, accepted[-1]["sha256"]) if accepted else {}
    return str(values[cell.key]) if cell.key in values else None


def _locked(connection: Connection, scheme: Scheme, unit: Unit | None) -> list[str]:
    if unit is None or may_change(connection, scheme, unit.code, unit.street_code):
        return []
    return [f"{scheme.period.name}的考评结果已定稿：请先为{unit.name}申请复核，同意后再办理。"]


def _cell(scheme: Scheme, field: str) -> tuple[FormField | None, str]:
    """The cell by key or label (with or without its unit), or what is wrong."""
    wanted = field.strip()
    if wanted in scheme.cell:
        return scheme.cell[wanted], ""
    found = [
        cell
        for cell in scheme.cells
        if wanted in (cell.label_in_errors, cell.label_with_unit, f"{cell.label}({cell.unit})")
    ]
    if len(found) == 1:
        return found[0], ""
    if not found:
        found = [cell for cell in scheme.cells if wanted == cell.label]
    if len(found) == 1:
        return found[0], ""
    if found:
        return None, f"“{wanted}”不止一项（{'、'.join(cell.label_in_errors for cell in found)}）：请写全。"
    return None, f"填报表里没有“{wanted}”这一项：请照填报表上的名称填写。"


def _canonical(cell: FormField, text: str) -> tuple[str, str]:
    """The canonical text of a value that the cell can hold, or what is wrong with it."""
    name = f"“{cell.label_in_errors}”的核实数“{text}”"
    if cell.choices:
        return text, "" if text in cell.choices else f"{name}应为{'、'.join(cell.choices)}之一。"
    if cell.type == "count":
        if not _WHOLE.fullmatch(text):
            return text, f"{name}应为不小于 0 的整数，不带单位。"
        return str(int(text)), _range_problem(cell, Decimal(text), name)
    if cell.type in ("yuan", "decimal"):
        if not _AMOUNT.fullmatch(text):
            return text, f"{name}应为不小于 0、最多两位小数的数，不带单位和千分号。"
        number = Decimal(text)
        return f"{number.normalize():f}", _range_problem(cell, number, name)
    wrong = typed_problems(f"“{cell.label_in_errors}”的核实数", text, _LONGEST_VALUE, lines=False)
    return text, "".join(wrong)


def _range_problem(cell: FormField, number: Decimal, name: str) -> str:
    if cell.at_least is not None and number < cell.at_least:
        return f"{name}不能小于 {cell.at_least}。"
    if cell.at_most is not None and number > cell.at_most:
        return f"{name}不能大于 {cell.at_most}。"
    return ""
