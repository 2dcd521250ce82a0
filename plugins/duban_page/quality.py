"""数据质量: what the forms' checks found by field, and what the whole table of the period shows; Great Expectations' own pages beside."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, Response

from include.db.engine import reading
from include.registry.units import registered_in
from include.reports.views import findings_by_field
from include.settings import get_settings
from include.steps.quality import DOCS
from include.validation.hints import kept_hints
from include.validation.whole import page_of, today_folder
from plugins.duban_page.caller import CallerDep
from plugins.duban_page.chosen import Chosen, choose
from plugins.duban_page.rendering import UnitCells, page_or_file
from plugins.duban_page.tables import Cell, Column, Line, made
from plugins.duban_page.words import check_name, gate_label, hint_name

router = APIRouter()
_WHOLE = "整表核对"
_DOCS_POLICY = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; base-uri 'none'; sandbox"


@router.get("/quality")
def quality(request: Request, caller: CallerDep) -> Response:
    """One row a check of a field that found something, and one a hint of the whole table."""
    with reading() as connection:
        chosen = choose(connection, request, caller)
        scheme = chosen.needed
        found = findings_by_field(connection, scheme, chosen.scope)
        hints = kept_hints(connection, scheme, chosen.scope)
        units = registered_in(connection, chosen.scope, chosen.today)
    forms, cells = {form.key: form.name for form in scheme.forms}, UnitCells.of(request, chosen, units)
    columns = [
        Column("form", "表单", filtered=True, tells_apart=True),
        Column("field", "填报项"),
        Column("unit", "单位"),
        Column("check", "校验", filtered=True),
        Column("severity", "轻重", filtered=True),
        Column("units", "单位数", is_number=True),
        Column("versions", "件数", is_number=True),
        Column("example", "说明"),
    ]
    lines: list[Line] = [
        {
            "form": forms.get(row["form"], row["form"]),
            "field": _label(chosen, row["field"]),
            "check": hint_name(row["kind"]),
            "unit": cells.of_code(row["unit_code"]),
            "severity": Cell(_WHOLE, tone="warn"),
            "example": row["said"],
        }
        for row in hints
    ]
    lines += [
        {
            "form": forms.get(row["form"], row["form"]), "field": _label(chosen, row["field"]), "check": check_name(scheme, row["check_code"]),
            "severity": Cell("退回" if row["severity"] == "fail" else "提示", tone="bad" if row["severity"] == "fail" else "warn"),
            "units": row["units"], "versions": row["versions"], "example": row["example"],
        }
        for row in found
    ]  # fmt: skip
    docs = [
        (quote(str(written.relative_to(_docs(chosen).parent))), form.name)
        for form in scheme.forms
        if (written := page_of(_docs(chosen) / form.key)) is not None
    ]
    return page_or_file(
        request, caller, chosen, "quality", "数据质量", made(request, "数据质量", columns, lines), docs=docs,
        looked_at=max((row["looked_at"] for row in hints), default=None),
    )  # fmt: skip


@router.get("/quality/docs/{path:path}")
def data_docs(caller: CallerDep, path: str) -> Response:
    """A page of Data Docs, whose links lead on from where it lies. They would load scripts from elsewhere; here they are read as they
    stand."""
    folder = (get_settings().reports / DOCS).resolve()
    wanted = (folder / path).resolve()
    if not wanted.is_relative_to(folder) or not wanted.is_file() or not caller.sees(_office_of(wanted, folder)):
        raise HTTPException(404)
    return FileResponse(wanted, headers={"Content-Security-Policy": _DOCS_POLICY})


def _office_of(page: Path, folder: Path) -> str:
    """The street or county whose Data Docs a page is of: they lie in a folder that is called by it (today_folder)."""
    return page.relative_to(folder).parts[0].rpartition("-")[2]


def _docs(chosen: Chosen) -> Path:
    return today_folder(get_settings().reports / DOCS, chosen.needed, chosen.scope)


def _label(chosen: Chosen, key: str) -> str:
    cell = chosen.needed.find(key) if key else None
    return cell.label_in_errors if cell else gate_label(key) or key
