"""The Chinese words of a finding: what stood where, what should stand there, what to do. Templates are data."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import replace
from decimal import Decimal
from typing import Any

from include.data_files import read_yaml
from include.numbers import without_zeros
from include.schemes.fields import Check, FormField
from include.settings import REPO
from include.validation.findings import Finding
from include.validation.table import Row, kind_of, right_of


def finding_of(row: Row, kind: str) -> Finding:
    """The finding of a row that failed; `kind` is required, type, list or range (for a check: any limit)."""
    return _check_finding(row, row.check) if row.check else _cell_finding(row, kind)


def _cell_finding(row: Row, kind: str) -> Finding:
    words, field = _words(), row.field
    cell = row.candidate.cells.get(field.key)
    if row.note:
        return _note(row, words["notes"][row.note])
    expected = expected_of_type(field)
    if kind == "range":
        name = (
            "between" if row.low is not None and row.high is not None else "at_least" if row.high is None else "at_most"
        )
        expected = words[name].format(low=_plain(row.low), high=_plain(row.high))
    problem, advice = (row.problem or "").rstrip("。"), _advice(field, kind)
    finding = _finding(
        row,
        kind,
        code=f"{kind}:{field.key}",
        severity="fail",
        outcome="not_reported" if kind == "required" else "false",
        found=cell.text if cell and cell.text else "",
        expected=expected,
        advice=advice,
        problem=problem,
    )
    return replace(finding, advice=_with_cause(problem, advice)) if kind == "type" else finding


def expected_of_type(field: FormField) -> str:
    """What belongs into a cell, by its type alone."""
    return str(_words()["expected"][field.type].format(options="、".join(field.choices)))


def _advice(field: FormField, kind: str) -> str:
    words = _words()
    if kind != "required":
        return str(words["advice"][field.type])
    return str(words["advice_of_field"].get(field.key) or words["advice_when_empty"][field.type])


def _with_cause(problem: str, advice: str) -> str:
    """What to do, with the reason, which mails and returned copies give nowhere else: what is struck out or shown as 100% looks
    right to whoever filled it in. Where the reason says what to do, that is all."""
    if "请" in problem:
        return f"{problem}。"
    return f"{problem.partition('应填')[0].rstrip('，；')}。{advice}"


def _note(row: Row, words: dict[str, str]) -> Finding:
    """What is accepted and does not count: a text that its figure leaves no room for, half a row of a repeat."""
    scheme, field = row.candidate.scheme, row.field
    cell = row.candidate.cells.get(field.key)
    said = {"label": field.label_in_errors}
    if field.optional_when:
        said |= {"figure": scheme.cell[field.optional_when.figure].label, "is": str(field.optional_when.is_)}
    return _finding(
        row,
        row.note,
        code=f"{row.note}:{field.key}",
        severity="warn",
        outcome="false",
        found=cell.text if cell else "",
        expected=words["expected"].format(**said),
        advice=words["advice"].format(**said),
        **{key: text for key, text in said.items() if key != "label"},
    )


def _check_finding(row: Row, check: Check) -> Finding:
    words, kind = _words(), kind_of(check)
    template, scheme, cells = words["kinds"][kind], row.candidate.scheme, row.candidate.cells

    def named(key: str) -> str:
        return f"{scheme.asked(key).label} {cells[key].value}"

    show = _day if check.inside_period else _plain
    limits = {"low": show(row.low), "high": show(row.high)}
    if check.sum:
        found = " + ".join(named(key) for key in check.sum)
        found += f" = {_plain(row.value)}" if len(check.sum) > 1 else ""
        limit = _plain(row.low if row.high is None else row.high)
        right = named(right_of(check)) if right_of(check) else limit
        right += f" × {_plain(check.times)} = {limit}" if check.times != 1 else ""
        expected = template["expected"].format(right=right)
    elif check.plus:
        sides = [template["previous"].format(previous=row.candidate.previous.get(check.figure or "", ""))]
        sides += [f"+ {named(key)}" for key in check.plus] + [f"− {named(key)}" for key in check.minus]
        found, expected = _plain(row.value), template["expected"].format(sides=" ".join(sides), **limits)
    elif check.was is not None:
        value = cells[row.field.key].value
        found, expected = template["found"].format(value=value), template["expected"].format(was=check.was)
    else:
        previous = row.candidate.previous.get(check.figure or "", "")
        found = template.get("found", "{value}").format(value=show(row.value), previous=previous)
        limit = _plain(row.low if row.high is None else row.high)
        more = template.get(check.against_previous or "", "")
        expected = (more or template["expected"]).format(pct=_plain(check.jump_pct), limit=limit, **limits)
    return _finding(
        row,
        kind,
        code=check.code if check.was is None else f"{check.code}:{row.field.key}",
        severity=check.severity,
        outcome="false",
        found=found,
        expected=expected,
        advice=template["advice"] if check.severity == "fail" else words["warn_advice"],
        problem=check.message.rstrip("。"),
        **limits,
    )


def _finding(
    row: Row, kind: str, *, code: str, severity: str, outcome: str, found: str, expected: str, advice: str, **more: str
) -> Finding:
    words = _words()
    cell = row.candidate.cells.get(row.field.key)
    place = cell.source_cell if cell else ""
    if kind == "required" and found:
        kind = "required_word"
    said = {
        "place": place or words["no_place"],
        "label": row.field.label_in_errors,
        **more,
        "found": found if len(found) <= words["longest_found"] else found[: words["longest_found"]] + "…",
        "expected": expected,
        "advice": advice,
    }
    return Finding(
        check_code=code,
        field=row.field.key,
        severity=severity,
        outcome=outcome,
        found=found,
        expected=expected,
        message=words["kinds"][kind]["message"].format(**said),
        label=row.field.label_in_errors,
        source_cell=place,
        advice=advice,
        summary=words["kinds"][kind]["summary"].format(**said),
    )


@functools.cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = read_yaml(REPO / "include/validation/messages.yaml")
    return words


def _plain(number: Decimal | None) -> str:
    """Plain digits without an exponent or trailing zeros."""
    return "" if number is None else without_zeros(number)


def _day(number: Decimal | None) -> str:
    return "" if number is None else dt.date.fromordinal(int(number)).isoformat()
