"""数据质量: what the forms' checks found by field, and what the whole table of the period shows; the same over several periods, by field
or by unit; Great Expectations' own pages beside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, Response

from include.db import sql
from include.db.engine import reading
from include.period import Period
from include.registry.units import registered_in
from include.reports.views import findings_by_field, findings_over_periods
from include.schemes.loader import find_scheme
from include.schemes.model import Scheme
from include.settings import get_settings
from include.steps.quality import DOCS
from include.validation.hints import kept_hints
from include.validation.whole import page_of, today_folder
from plugins.duban_page.caller import CallerDep
from plugins.duban_page.chosen import Chosen, choose
from plugins.duban_page.rendering import UnitCells, base_of, page_or_file
from plugins.duban_page.tables import Cell, Column, Line, Value, made
from plugins.duban_page.words import check_name, gate_label, hint_name

router = APIRouter()
_WHOLE = "整表核对"
_SEVERITIES = {"fail": Cell("退回", tone="bad"), "warn": Cell("提示", tone="warn"), "hint": Cell(_WHOLE, tone="warn")}
_HANDED_IN = "handed_in"
_PERIODS = 4  # side by side
_ROW = "整行"  # what a hint about no one field is about
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
            "field": _label([scheme], row["field"]),
            "check": hint_name(row["kind"]),
            "unit": cells.of_code(row["unit_code"]),
            "severity": _SEVERITIES["hint"],
            "example": row["said"],
        }
        for row in hints
    ]
    lines += [
        {
            "form": forms.get(row["form"], row["form"]), "field": _label([scheme], row["field"]), "check": check_name(scheme, row["check_code"]),
            "severity": _SEVERITIES[row["severity"]],
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


@router.get("/quality/periods")
def over_periods(request: Request, caller: CallerDep) -> Response:
    """One row a field (or, `by=unit`, a unit) that something was found of, one column each of the system's newest periods."""
    asked = {name: request.query_params.get(name, "") for name in ("by", "form", "field", "unit")}
    by_unit = asked["by"] == "unit"
    with reading() as connection:
        chosen = choose(connection, request, caller)
        periods = _newest(chosen)
        found = findings_over_periods(
            connection, chosen.needed.scheme, [str(one) for one in periods], chosen.scope, by_unit=by_unit,
            form=asked["form"], field_key=asked["field"], unit_code=asked["unit"],
        )  # fmt: skip
        units = registered_in(connection, chosen.scope, chosen.today)
    editions = [one for period in reversed(periods) if (one := find_scheme(chosen.needed.scheme, period)) is not None]
    base, cells = base_of(request), UnitCells.of(request, chosen, units)
    here = f"{base}/quality/periods?{chosen.query()}"
    of_period = {str(one): chosen.query(period=f"{chosen.needed.scheme}/{one}") for one in periods}
    lines: list[Line] = []
    for (form, field, code, severity), counts in _side_by_side(found, list(of_period), by_unit).items():
        line: dict[str, Cell | Value] = {"severity": _SEVERITIES[severity]}
        if by_unit:
            line |= {"unit": cells.of_code(code), "narrowed": Cell("看各填报项", f"{here}&{urlencode({'unit': code})}")}
            view, more = f"{base}/unit/{quote(code)}", ""
        else:
            label = _label(editions, field) or _ROW
            form_name = next((one.name for edition in editions for one in edition.forms if one.key == form), form)
            others = f"{here}&{urlencode({'by': 'unit', 'form': form, 'field': field})}"
            line |= {"form": form_name, "field": label, "narrowed": Cell("看各单位", others) if field else ""}
            view = f"{base}/quality"
            more = "&" + urlencode({"q": label} if field else {"f_severity": _SEVERITIES[severity].text})
        for period, count in counts.items():
            line[period] = Cell(count, f"{view}?{of_period[period]}{more}" if count else "", "" if count else "quiet")
        lines.append(line)
    columns = [
        *([Column("unit", "单位")] if by_unit else [Column("form", "表单", filtered=True, tells_apart=True), Column("field", "填报项")]),
        Column("severity", "轻重", filtered=True),
        *(Column(str(one), one.name, is_number=True) for one in periods),
        Column("narrowed", "细看"),
    ]  # fmt: skip
    only = [cells.names.get(asked["unit"], asked["unit"]), _label(editions, asked["field"])]
    return page_or_file(
        request, caller, chosen, "quality_periods", "数据质量：各期对照", made(request, "各期对照", columns, lines), by_unit=by_unit,
        here=here, only="、".join(filter(None, only)), kept={name: said for name, said in asked.items() if said},
    )  # fmt: skip


def _newest(chosen: Chosen) -> list[Period]:
    """The newest periods of the system that are as long as the chosen one, in their order."""
    wanted = chosen.needed
    offered = (key.rpartition("/") for key, _ in chosen.periods)
    known = {Period.parse(text) for system, _, text in offered if system == wanted.scheme} | {wanted.period}
    return sorted(one for one in known if one.months == wanted.period.months)[-_PERIODS:]


def _side_by_side(
    found: list[sql.Row], periods: list[str], by_unit: bool
) -> dict[tuple[str, str, str, str], dict[str, int | None]]:
    """By form, field, unit and severity how much was found in each period, the most first: of a field by how many units, of a unit how
    often. None, and not 0, where nothing was handed in."""
    counts: dict[tuple[str, str, str, str], dict[str, int]] = defaultdict(dict)
    handed_in: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in found:
        form, unit = row["of_form"], row["of_unit"]
        if row["severity"] == _HANDED_IN:
            handed_in[form, unit].add(row["period"])
        elif unit or not by_unit:  # a hint about a column is no unit's
            is_of_units = not by_unit and row["severity"] != "hint"
            key = (form, row["of_field"], unit, row["severity"])
            counts[key][row["period"]] = row["units" if is_of_units else "findings"]
    ordered = sorted(counts, key=lambda key: (-sum(counts[key].values()), key))
    return {
        key: {one: counts[key].get(one, 0 if one in handed_in[key[0], key[2]] else None) for one in periods}
        for key in ordered
    }


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


def _label(editions: Sequence[Scheme], key: str) -> str:
    """A field by its name in the first edition of the system that has it; what a gate looks at by the gate's."""
    found = (cell.label_in_errors for one in editions if key and (cell := one.find(key)) is not None)
    return next(found, gate_label(key) or key)
