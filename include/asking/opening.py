"""Open a period or its inspection: write every form, keep it in the archive, put the mail that carries it into the outbox."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from include.archive import contents
from include.asking.opened import Workbook, keep_opened
from include.db import sql
from include.db.run_log import log_run
from include.ledgers.personal import personal_of, with_personal
from include.ledgers.reading import standing_of
from include.ledgers.rows import is_of_period
from include.outbox.notice import Notice
from include.outbox.outbox import notify, silence
from include.outbox.words import FormOpened, InspectionOpened
from include.period import chinese_date, in_zone
from include.registry.fillers import Asked, asked_in
from include.registry.offices import office_for
from include.registry.successions import successions
from include.registry.taking_part import members, taking_part
from include.registry.units import Unit, span_of
from include.schemes.calendar import Dates
from include.schemes.fields import Form, OfOffice
from include.schemes.model import Scheme
from include.schemes.score import words_of_lateness
from include.workbooks.codes import grouped
from include.workbooks.forms import form_code, write_form
from include.workbooks.inspection_form import Reported, inspection_code, write_inspection_form
from include.workbooks.limits import printable
from include.workbooks.rating_sheets import FreeRow, write_rating_sheet, write_row_sheet
from include.workbooks.texts import CONFLICT, INSPECTION, texts

_KIND, _INSPECTION_KIND = "form_opened", "inspection_opened"


Told = Mapping[str, Mapping[str, str]]
"""What ledgers of other systems say of a form's figures, as it is shown: by subject and field."""


def open_period(
    connection: Connection,
    scheme: Scheme,
    street_code: str,
    opened_at: dt.datetime,
    run_id: str = "",
    told: Told | None = None,
) -> int:
    """Forms of every subject of the street that may be handed in now; how many. Doing it again writes the same forms and mails
    nobody twice.

    A form goes to the subject that fills it in; what the office fills in to the street's committee, or to its department.
    """
    forms = _begun(scheme, in_zone(opened_at).date(), lambda dates: dates.opens_date)
    out = FormsOut(connection, scheme, street_code, told)
    asked = [one for form in forms for one in asked_in(connection, scheme, form, street_code)]
    for one in sorted(asked, key=lambda asked: asked.filler.code):
        _announce(connection, scheme, one.form, one.filler, out.writer(one), opened_at)
    log_run(
        connection,
        run_id=run_id,
        stage="open",
        period=str(scheme.period),
        street_code=street_code,
        outcome="done" if asked else "nothing_new",
        detail={"scheme": scheme.scheme, "forms": len(asked), "units": len(out.group_of)},
    )
    return len(asked)


class FormsOut:
    """The forms of a system that go out in a street; what they are filled in with beforehand is asked once for all."""

    def __init__(self, connection: Connection, scheme: Scheme, street_code: str, told: Told | None = None) -> None:
        self.connection, self.scheme, self.told = connection, scheme, told or {}
        self.group_of = members(connection, scheme, street_code)
        self._previous = previous_figures(connection, scheme, street_code)
        self._returned = previous_returns(connection, scheme, street_code)

    def writer(self, one: Asked) -> Callable[..., bytes]:
        """What writes the workbook of one form, or (`into`) its sheets into a workbook of several; it reads nothing more."""
        scheme, form, filler = self.scheme, one.form, one.filler
        if form.rates is not None:
            return partial(write_rating_sheet, scheme, form.key, filler, one.rated)
        if form.rows is not None:
            rows = standing_rows(self.connection, scheme, form, filler)
            return partial(write_row_sheet, scheme, form.key, filler, rows)
        memory = self._returned.get((filler.code, form.key), {})
        own = scheme.of_group(self.group_of.get(filler.code, ""))
        previous = self._previous.get(filler.code, {})
        return partial(write_form, own, form.key, filler, previous, memory=memory, told=self.told.get(filler.code))


def standing_rows(
    connection: Connection, scheme: Scheme, form: Form, filler: Unit, *, with_entries: bool = False
) -> list[FreeRow]:
    """The rows with which a sheet goes out: those that stand, of its own period where rows are of one; none where only new ones are
    told of, unless `with_entries`."""
    assert form.rows is not None
    if not with_entries and (form.rows.keep == "entries" or not form.rows.key):
        return []
    standing = standing_of(connection, f"{scheme.scheme}.{form.key}", filler.code)
    if form.rows.key_per == "period":
        standing = [row for row in standing if is_of_period(row.key, scheme.period)]
    return [FreeRow(f"s{number}", with_personal(row.cells, row.sealed)) for number, row in enumerate(standing, 1)]


def _begun(scheme: Scheme, today: dt.date, begins: Callable[[Dates], dt.date]) -> list[Form]:
    """The forms whose time has begun and is not over; of a period that is over, or is opened before its time, all."""
    begun = [form for form in scheme.forms if begins(scheme.dates_of(form.key)) <= today]
    return [form for form in begun if today <= scheme.dates_of(form.key).window_ends_date] or begun or scheme.forms


def open_inspection(
    connection: Connection,
    scheme: Scheme,
    street_code: str,
    opened_at: dt.datetime,
    run_id: str = "",
    differing: Callable[[str, Mapping[str, str]], Mapping[str, str]] | None = None,
) -> int:
    """The street's workbook for the forms that are inspected now, with what its units have reported so far, to every
    inspector of the office (to ops where it has none); how many mails. Doing it again mails nobody twice. `differing`: what
    ledgers say of those of a unit's figures that they give otherwise, by unit and what it reported.
    """
    forms = _begun(scheme, in_zone(opened_at).date(), lambda dates: dates.window_starts_date)
    own = "+".join(
        form.key for form in forms if form.calendar
    )  # looked at on days of its own, it has a mail of its own
    units = taking_part(connection, scheme, street_code)
    if not units or not scheme.cells:  # what raters gave is nobody's to correct
        return 0
    group_of = members(connection, scheme, street_code)
    office = office_for(scheme, units[0])
    street = office.street if scheme.scope == "county" else units[0].street
    reported = _reported(connection, scheme, forms, street_code, opened_at)
    if differing is not None:
        told = {unit.code: differing(unit.code, reported.figures.get(unit.code, {})) for unit in units}
        reported = replace(reported, told={code: fields for code, fields in told.items() if fields})
    title = texts()["sheets"]["inspection"]
    file_name = file_name_of(f"{scheme.name}_{title}_{street}_{scheme.period}")
    recipients = office.inspectors or [""]
    for inspector in recipients:
        reader = inspector or office.ops_email
        sha256 = contents.store(write_inspection_form(scheme, units, street, reported, reader, forms, group_of))
        code = grouped(inspection_code(scheme, street_code, reader))
        noticed = notify(
            connection,
            Notice(
                _INSPECTION_KIND,
                subject=f"{scheme.scheme}/{scheme.period}/{street_code}{f'/{own}' if own else ''}",
                office=office,
                recipient=inspector,
                scheme=scheme.scheme,
                period=str(scheme.period),
                due_at=opened_at,
                words=_inspection_words(scheme, forms, street, units, reported, bool(office.inspectors), code),
                attachments=[(file_name, sha256)],
            ),
        )
        keep_opened(
            connection, scheme, noticed, opened_at, (file_name, sha256), unit_code=street_code,
            form=f"{INSPECTION}/{own}" if own else INSPECTION, reader=inspector, street_code=street_code, filler="inspectors",
        )  # fmt: skip
    log_run(
        connection,
        run_id=run_id,
        stage="open",
        period=str(scheme.period),
        street_code=street_code,
        outcome="done",
        detail={"scheme": scheme.scheme, "form": INSPECTION, "inspectors": len(office.inspectors), "units": len(units)},
    )
    return len(recipients)


def _reported(
    connection: Connection, scheme: Scheme, asked_forms: Sequence[Form], street_code: str, as_of: dt.datetime
) -> Reported:
    """What the units of the street have reported in the newest version of each form that was accepted."""
    figures: dict[str, dict[str, str]] = defaultdict(dict)
    forms: dict[str, set[str]] = defaultdict(set)
    for row in sql.fetch(
        connection,
        "asking/select_reported_figures",
        scheme=scheme.scheme,
        period=str(scheme.period),
        **span_of(street_code),
        on_date=scheme.period.end_date,
    ):
        figures[row["unit_code"]][row["field"]] = row["value"]
        forms[row["unit_code"]].add(row["form"])
    asked = {form.key for form in asked_forms}
    return Reported(as_of, dict(figures), {code for code, accepted in forms.items() if accepted >= asked})


def _inspection_words(
    scheme: Scheme,
    forms: Sequence[Form],
    street: str,
    units: Sequence[Unit],
    reported: Reported,
    has_inspectors: bool,
    code: str,
) -> InspectionOpened:
    dates = [scheme.dates_of(form.key) for form in forms] or [scheme.dates]
    return {
        "scheme_name": scheme.name,
        "period_name": scheme.period.name,
        "unit_name": street,
        "window_starts_date": min(one.window_starts_date for one in dates).isoformat(),
        "window_ends_date": max(one.window_ends_date for one in dates).isoformat(),
        "units": len(units),
        "waiting": [unit.name for unit in units if unit.code not in reported.complete],
        "has_inspectors": has_inspectors,
        "code": code,
    }


def previous_figures(connection: Connection, scheme: Scheme, street_code: str) -> dict[str, dict[str, str]]:
    """Figures by field by unit code, as the newest official assessment of the period before used them.

    A unit that wholly replaces another takes its figures over. Before the third quarter comes the first half: the second quarter's form is the half's.
    """
    rows = sql.fetch(
        connection,
        "asking/select_previous_figures",
        scheme=scheme.scheme,
        period=str(scheme.previous),
        street_code=street_code,
    )
    figures: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        figures[row["unit_code"]][row["field"]] = row["used"]
    if renamed := {cell.key: cell.previous_of for cell in scheme.cells if cell.previous_of}:
        _set_beside(connection, scheme, street_code, renamed, figures)
    known, day = successions(connection), scheme.period.end_date
    for code in known.heirs(day):
        if code not in figures and (before := known.only_before(code, day)) in figures:
            figures[code] = figures[before]
    return dict(figures)


def _set_beside(
    connection: Connection,
    scheme: Scheme,
    street_code: str,
    renamed: Mapping[str, str],
    figures: dict[str, dict[str, str]],
) -> None:
    """The figures that are set beside others of last period: as they were assessed, else as they were reported by now."""
    reported: dict[str, dict[str, str]] = defaultdict(dict)
    scope = {"scheme": scheme.scheme, "period": str(scheme.previous), **span_of(street_code)}
    for row in sql.fetch(connection, "asking/select_reported_figures", **scope, on_date=scheme.period.end_date):
        reported[row["unit_code"]][row["field"]] = row["value"]
    for code in {*figures, *reported}:
        before = {**reported[code], **figures.get(code, {})}
        figures[code].update({key: before[source] for key, source in renamed.items() if source in before})


def previous_returns(connection: Connection, scheme: Scheme, street_code: str) -> dict[tuple[str, str], dict[str, str]]:
    """What was wrong with each cell, in one line by field, in the last version of the period before that went back; by unit
    code and form. What was wrong with a whole file is no cell's.
    """
    lines: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in sql.fetch(
        connection,
        "asking/select_previous_returns",
        scheme=scheme.scheme,
        period=str(scheme.previous),
        **span_of(street_code),
        on_date=scheme.period.end_date,
    ):
        lines[row["unit_code"], row["form"]][row["field"]].append(_remembered(row))
    return {
        key: {field: "；".join(dict.fromkeys(said)) for field, said in fields.items()} for key, fields in lines.items()
    }


def _remembered(finding: sql.Row) -> str:
    words, kind = texts()["memory"], finding["check_code"].split(":")[0]
    if kind in ("required", CONFLICT):
        return str(words[kind])
    found, longest = printable(finding["found"]), words["longest_found"]
    shown = found if len(found) <= longest else found[: longest - 1] + "…"
    return str(words["wrong"].format(found=shown, expected=printable(finding["expected"])))


def _announce(
    connection: Connection, scheme: Scheme, form: Form, unit: Unit, write: Callable[[], bytes], opened_at: dt.datetime
) -> None:
    is_for_unit = form.is_by_subject
    office = office_for(scheme, unit)
    of_department = office.departments.get(unit.code) if isinstance(form.filled_by, OfOffice) else None
    key = personal_of(scheme, form.key, unit.code, opened_at).key
    silent = texts()["packet"]["silent"] if office.packet and is_for_unit else ""
    made: list[Workbook] = []

    def attached() -> list[Workbook]:
        made.append((form_file_name(scheme, form, unit), contents.store(write(), key)))
        return made

    notice = Notice(
        _KIND,
        f"{scheme.scheme}/{scheme.period}/{unit.code}/{form.key}",
        _form_words(scheme, form, unit),
        opened_at,
        unit=unit if is_for_unit else None,
        office=office,
        recipient="" if is_for_unit else of_department or office.committee_email,
        scheme=scheme.scheme,
        period=str(scheme.period),
        attachments=attached,
    )
    with silence(silent):
        noticed = notify(connection, notice)
    if not noticed.is_written:
        return
    keep_opened(
        connection, scheme, noticed, opened_at, made[0], unit_code=unit.code, form=form.key, reader="",
        street_code=unit.street_code, filler="unit" if is_for_unit else "street",
    )  # fmt: skip


def form_file_name(scheme: Scheme, form: Form, unit: Unit) -> str:
    """半年党建检查考评_填报表_云桥社区_2026H1.xlsx; several forms of one scheme are told apart by their names."""
    title = texts()["sheets"]["main"] if len(scheme.forms) == 1 else form.name
    return file_name_of(f"{scheme.name}_{title}_{unit.name}_{scheme.period}")


def file_name_of(stem: str) -> str:
    """What a workbook is called, by what it is."""
    safe = printable(stem).translate({ord(character): "_" for character in '/\\:*?"<>|'})
    return f"{safe[:100]}.xlsx"


def _form_words(scheme: Scheme, form: Form, unit: Unit) -> FormOpened:
    """With the sheets of the workbook that are to be filled in, in order, and the evidence that will be asked for."""
    dates = scheme.dates_of(form.key)
    planned = scheme.calendar_of(form.key).due.of(scheme.period)
    moved: str = texts()["due_moved"]
    cells = scheme.cells_of(form.key) or scheme.columns_of(form.key)
    main = [] if all(cell.group for cell in cells) else [texts()["sheets"]["main"]]
    shown = {cell.key for cell in cells} | {cell.group for cell in cells} | {form.key}
    return {
        "scheme_name": scheme.name,
        "period_name": scheme.period.name,
        "unit_name": unit.name,
        "opens_date": dates.opens_date.isoformat(),
        "due_date": dates.due_date.isoformat(),
        "due_working_note": ""
        if planned == dates.due_date
        else moved.format(planned=chinese_date(planned), due=chinese_date(dates.due_date)),
        "window_ends_date": dates.window_ends_date.isoformat(),
        "sheets": main + list(dict.fromkeys(scheme.groups[cell.group].name for cell in cells if cell.group)),
        "asked": [one.name for one in scheme.evidence if one.of in shown],
        "code": grouped(form_code(scheme, form.key, unit.code)),
        **words_of_lateness(scheme),
    }
