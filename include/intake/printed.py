"""Figures that were typed into a printed column (上期数, 台账数, 报送数一览 …): no answers, and their sender is told so.

What was printed is known from the form as it went out, in the archive. It is read again only where a cell holds neither what this
period's record would print nor a text that is no answer at all, which is hardly ever.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from include.archive import contents
from include.db import sql
from include.errors import UserError
from include.intake.cases import Case
from include.intake.judging import Gate, answers
from include.intake.listed import acceptable
from include.intake.read_form import ReadForm
from include.intake.reading import read_file
from include.schemes.fields import FormField
from include.schemes.model import Scheme
from include.validation.findings import Finding
from include.workbooks.inspection_form import inspection_labels
from include.workbooks.printed import Printed, is_typed_over
from include.workbooks.texts import INSPECTION, texts
from include.workbooks.vocabulary import shown

_MOST = 5  # cells of a column that are named one by one
_log = logging.getLogger(__name__)


def with_doubts(connection: Connection, case: Case, previous: Mapping[str, str]) -> Case:
    """The case with the printed cells in which something may have been typed, and the workbooks as they went out. `previous`: what
    上期数 shows by field."""
    form, gate = case.form, case.gate
    if form is None or gate is None or not form.printed:
        return case
    doubts = list(_doubtful(form, gate.scheme, previous))
    if not doubts:
        return case
    key = {"scheme": form.scheme_key, "period": form.period, "unit_code": form.unit_code, "form": form.form}
    sent = sql.fetch(connection, "intake/select_sent_workbooks", **key, reader=case.sender.lower())
    return replace(case, doubts=doubts, sent=tuple(dict.fromkeys(row["sha256"] for row in sent)))


def told_of_printed(case: Case) -> Case:
    """The case with a note for each printed cell in which something was typed."""
    if not case.doubts or case.form is None or case.gate is None:
        return case
    typed, printed, previous = list(case.doubts), dict[tuple[str, str], str](), texts()["columns"]["previous"]
    for known in filter(None, map(_printed_in, case.sent)):
        typed = [one for one in typed if is_typed_over(one.text, known.get((one.about, one.column), ""))]
        printed = known | printed
        if not typed:
            return case
    if case.is_inspection:  # rows and columns that people added were not printed
        typed = [one for one in typed if (one.about, one.column) in printed]
    elif not printed:  # a copy of their own: its columns are theirs, but one of 上期数 is nobody's answer
        typed = [one for one in typed if one.column == previous]
    return replace(case, findings=[*case.findings, *_findings(typed, printed, case.gate, case.is_inspection)])


def _doubtful(form: ReadForm, scheme: Scheme, previous: Mapping[str, str]) -> Iterator[Printed]:
    """The printed cells that this period's record does not explain, and that would be answers."""
    if form.form == INSPECTION:
        entered = {(one.unit_name, one.field, one.value) for one in form.corrections}
        keys = _keys_of_rows(scheme)
        yield from (one for one in form.printed if (one.column, keys.get(one.about, ""), one.text) not in entered)
        return
    title = texts()["columns"]["previous"]
    for one in form.printed:
        field = scheme.cell[one.about]
        if one.column == title:
            if is_typed_over(one.text, previous.get(one.about, "")):
                yield one
        elif field.type != "text" and _may_answer(one.text, field) and acceptable(field, one.text) is not None:
            yield one


def _keys_of_rows(scheme: Scheme) -> dict[str, str]:
    """The key of a figure by what its row of 报送数一览 is called."""
    labels = inspection_labels(scheme).items()
    return {f"{label}（{scheme.cell[key].unit}）" if scheme.cell[key].unit else label: key for label, key in labels}


def _may_answer(text: str, field: FormField) -> bool:
    return text[:1].isdecimal() or text[:1] in "+-" or text in field.choices


def _printed_in(sha256: str) -> dict[tuple[str, str], str]:
    """What a workbook as it went out says in its printed cells; nothing where it is not to be had any more."""
    try:
        form = read_file(contents.load(sha256), f"{sha256}.xlsx", None)
    except UserError as error:
        _log.warning("cannot read what was sent, %s: %s", sha256, error)
        return {}
    return {(one.about, one.column): one.text for one in form.printed}


def _findings(
    typed: Sequence[Printed], printed: Mapping[tuple[str, str], str], gate: Gate, is_inspection: bool
) -> Iterator[Finding]:
    """A note a cell; of a column in which there are many one for all the others."""
    columns: dict[str, list[Printed]] = defaultdict(list)
    for one in typed:
        columns[one.column].append(one)
    words = answers()["printed"]
    for column, cells in columns.items():
        named = cells if len(cells) <= _MOST + 1 else cells[:_MOST]
        for one in named:
            said = _said(one, printed.get((one.about, one.column), ""), gate, is_inspection)
            yield _note(one, words["one"], said)
        if rest := cells[len(named) :]:
            said = {"column": shown(column), "count": str(len(rest)), "places": _listed(one.place for one in rest)}
            yield _note(
                rest[0], words["more"], {**said, "found": "", "printed": "", "label": shown(column), "advice": ""}
            )


def _said(one: Printed, was: str, gate: Gate, is_inspection: bool) -> dict[str, str]:
    words, field = answers()["printed"], gate.scheme.find(one.about)
    advice: str = words["advice_inspection" if is_inspection else "advice"]
    return {
        "place": one.place,
        "label": shown(field.label_in_errors if field else one.about),
        "column": shown(one.column),
        "printed": shown(was) or words["nothing"],
        "found": shown(one.text),
        "advice": advice.format(answer=one.answer, sheet=texts()["sheets"]["inspection"]),
    }


def _note(one: Printed, words: Mapping[str, str], said: Mapping[str, str]) -> Finding:
    return Finding(
        check_code=f"printed:{one.about}",
        field=one.about,
        severity="warn",
        outcome="false",
        found=said["found"],
        expected=said["printed"],
        message=words["message"].format(**said),
        label=said["label"],
        source_cell=one.place,
        advice=said["advice"],
        summary=words["summary"].format(**said),
    )


def _listed(places: Iterable[str]) -> str:
    found = list(places)
    return "、".join(found[:_MOST]) + ("等" if len(found) > _MOST else "")
