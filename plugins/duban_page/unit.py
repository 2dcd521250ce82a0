"""One unit: its result point by point down to the cell of the workbook, its versions, its mails, its items."""

from __future__ import annotations

from dataclasses import dataclass

import pygal
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from pygal.style import Style

from include.archive import contents
from include.asking.opened import workbooks_of
from include.asking.reminders import reminded_of
from include.db import sql
from include.db.engine import reading
from include.registry.taking_part import members
from include.registry.units import find_unit
from include.reports.evidence_open import evidence_open
from include.reports.explaining import notice_rows
from include.reports.hand_ins import hand_ins
from include.reports.views import item_rows, newest_assessment, score_rows, unit_result, versions_of
from include.schemes.model import Scheme
from plugins.duban_page.caller import CallerDep
from plugins.duban_page.chosen import choose
from plugins.duban_page.rendering import attachment, page

router = APIRouter()
_STEP = 10


@dataclass(frozen=True)
class Version:
    row: sql.Row
    form_name: str
    findings: list[sql.Row]
    answer: str  # the mail that answered it, by its content; empty where none went out


@router.get("/unit/{code}")
def unit(request: Request, caller: CallerDep, code: str) -> Response:
    with reading() as connection:
        chosen = choose(connection, request, caller)
        scheme = chosen.needed
        found = find_unit(connection, code, chosen.today) or find_unit(connection, code, scheme.period.end_date)
        if found is None or not caller.sees(found.street_code):
            raise HTTPException(404)
        assessment = newest_assessment(connection, scheme, chosen.scope)
        group = members(connection, scheme, chosen.scope).get(code, "") if scheme.group_by else ""
        result = unit_result(connection, scheme, assessment["id"], code, group) if assessment else None
        forms = {form.key: form.name for form in scheme.forms}
        notices = notice_rows(connection, str(scheme.period), code)
        mails = {one.subject: one.mail_sha256 for one in notices}
        versions = [
            Version(row, forms.get(str(row["form"]), str(row["form"])), findings, mails.get(row["arrival"], ""))
            for row, findings in versions_of(connection, scheme, code)
        ]
        own = (
            [one for one in hand_ins(connection, scheme, chosen.scope, chosen.at) if one.unit.code == code]
            if scheme.forms
            else []
        )
        evidence = evidence_open(connection, scheme, chosen.scope, own, code)
        reminded = reminded_of(scheme, chosen.today)
        return page(
            request, caller, chosen, "unit", found.name, unit=found, result=result, assessment=assessment, versions=versions,
            hand_ins=own, evidence={form: missing for (_, form), missing in evidence.items()}, items=item_rows(connection, chosen.scope, chosen.today, code),
            notices=notices, blanks=[(key, name) for key, name in forms.items() if workbooks_of(connection, scheme, [key], code)],
            originals=_originals(scheme.of_group(group), versions),
            may=caller.answers_for(chosen.scope),
            is_reminded=not reminded.isdisjoint(one.form for one in own if one.is_open),
        )  # fmt: skip


@router.get("/unit/{code}/form")
def blank(request: Request, caller: CallerDep, code: str, form: str = "") -> Response:
    """A form as it was put out to the unit; without a name the first one."""
    with reading() as connection:
        chosen = choose(connection, request, caller)
        scheme = chosen.needed
        found = find_unit(connection, code, chosen.today)
        if found is None or not caller.sees(found.street_code):
            raise HTTPException(404)
        workbooks = workbooks_of(connection, scheme, [form] if form else [one.key for one in scheme.forms], code)
    if not workbooks:
        raise HTTPException(404)
    name, sha256 = workbooks[0]
    if contents.is_personal(sha256):
        raise HTTPException(403, "这份表有个人信息，只发给填报的单位，不在这里下载。")
    return attachment(contents.load(sha256), name)


def _originals(scheme: Scheme, versions: list[Version]) -> dict[tuple[str, int], str]:
    """The file that a figure stood in, by its field and the version of its form."""
    of_form = {(one.row["form"], one.row["version"]): one.row["sha256"] for one in versions}
    return {
        (cell.key, version): sha256 for (form, version), sha256 in of_form.items() for cell in scheme.cells_of(form)
    }


@router.get("/chart/scores.svg")
def chart(request: Request, caller: CallerDep) -> Response:
    """How many units have how many points, ten by ten."""
    with reading() as connection:
        chosen = choose(connection, request, caller)
        assessment = newest_assessment(connection, chosen.needed, chosen.scope)
        rows = score_rows(connection, assessment["id"]) if assessment else []
    totals = [float(row["total"]) for row in rows if row["total"] is not None]
    lowest = min((int(total // _STEP) for total in totals), default=0)
    highest = max((int(total // _STEP) for total in totals), default=0)
    steps = range(lowest, highest + 1)
    picture = pygal.Bar(
        style=Style(colors=("#8c1d18",), background="transparent", plot_background="transparent", font_family="sans-serif"),
        show_legend=False, width=720, height=240, margin=8, js=[], title=None, print_values=True, print_values_position="top", order_min=0, y_labels_major_every=1, explicit_size=True,
    )  # fmt: skip
    picture.x_labels = [f"{step * _STEP}–{step * _STEP + _STEP}" for step in steps]
    picture.add("单位", [sum(int(total // _STEP) == step for total in totals) for step in steps])
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(picture.render(), media_type="image/svg+xml", headers=headers)
