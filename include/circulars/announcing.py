"""Who is told of an issued document, and with what: communities, the committee, and the offices named under 抄送."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from include.circulars.circular import Circular
from include.circulars.lists import rows_of
from include.circulars.model import deadline_of
from include.circulars.papers import OPERATIONS
from include.db import sql
from include.documents import announcing
from include.documents.announcing import Files
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import CircularIssued, OpsAlert
from include.period import Period
from include.registry.offices import office_of
from include.registry.reached import reached_through
from include.registry.taking_part import taking_part
from include.registry.units import Unit, find_unit
from include.schemes.loader import load_scheme
from include.titles import cited


def announce_circular(
    connection: Connection,
    row: sql.Row,
    model: Circular,
    files: Files,
    enclosed: Mapping[str, Files],
) -> None:
    """One notice to each unit of the street with its own sheet, one to the committee, one to each office under 抄送. Whose mails go
    to another gets none: that one gets one for all of them, with what goes along for each.

    A result is of the unit as it was at the period's end; its mail goes to who is in office when the circular is issued.
    `row` is the issued circular, `files` the documents, `enclosed` what else each unit gets, by code.
    """
    office = office_of(row["street_code"], model["street"])
    results: dict[str, Mapping[str, Any]] = {entry["unit_code"]: entry for entry in rows_of(model)}
    scheme = load_scheme(row["scheme"], Period.parse(row["period"]))
    units = taking_part(connection, scheme, row["street_code"])
    through = reached_through(connection, scheme, row["street_code"], units)
    along: dict[str, Files] = defaultdict(list)
    for unit in units:
        along[through.get(unit.code, unit.code)] += enclosed.get(unit.code, [])
    known = {unit.code: unit for unit in units if unit.code not in through}
    for code in sorted({*through.values()} - known.keys()):
        if (other := find_unit(connection, code, scheme.period.end_date)) is not None:
            known[code] = other
            along[code] += enclosed.get(code, [])
    told: CircularIssued = {
        **announcing.facts(row, model),
        "unit_name": office.committee_name,
        "total": None,
        "rank": None,
        "ranked": None,
        "grade": "",
        "status": "",
        "problems": [],
    }
    whole = Notice("circular", row["id"], told, office=office, attachments=files, **announcing.filed(row))
    for unit in known.values():
        notice = replace(
            whole,
            subject=f"{row['id']}/{unit.code}",
            words=_with_result(told, model, unit, results.get(unit.code, {}), row["issue_date"]),
            unit=find_unit(connection, unit.code, row["issue_date"]) or unit,
            attachments=[*files, *along[unit.code]],
        )
        notify(connection, notice)
    if papers := enclosed.get(OPERATIONS):
        alert = OpsAlert(
            title=f"{cited(model['title'])}已印发，另附供办理的材料",
            lines=[name for name, _ in papers],
            what_now="请送有权审批的机关审批；批准后按结果更新登记册并导入（make registry）。",
        )
        filed: announcing.Filed = {**announcing.filed(row), "scheme": model["scheme"], "period": model["period"]}
        subject = f"{row['id']}/{OPERATIONS}"
        notify(connection, Notice("ops_alert", subject, alert, office=office, attachments=papers, **filed))
    notify(connection, whole)
    addresses = {copied.name: copied.email for copied in office.copied_to}
    for name in model["copied_to"]:
        words: CircularIssued = {**told, "unit_name": name}
        own = replace(whole, subject=f"{row['id']}/抄送/{name}", words=words, recipient_role="copied")
        notify(connection, replace(own, recipient=addresses.get(name, "")))


def _with_result(
    told: CircularIssued, model: Circular, unit: Unit, result: Mapping[str, Any], issue_date: dt.date
) -> CircularIssued:
    return {
        **told,
        "unit_name": unit.name,
        "total": result.get("total") or None,
        "rank": result.get("rank"),
        "ranked": result.get("ranked"),
        "grade": result.get("grade") or "",
        "status": result.get("status") or "",
        "problems": _problems_of(model, unit.code, issue_date),
    }


def _problems_of(model: Circular, unit_code: str, issue_date: dt.date) -> list[dict[str, str]]:
    return [
        {
            "problem": item["problem"],
            "deadline": deadline_of(item, issue_date).shown,
        }
        for item in model["items"]
        if item["unit_code"] == unit_code
    ]
