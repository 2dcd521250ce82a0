"""Whether a form that could be read is to be taken at all: its unit, its period, the windows, the sign-off.

Each reason to send it back is a Finding like those on cells, so that the answer lists all alike.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from include.asking.opening import previous_figures
from include.data_files import read_yaml
from include.db import sql
from include.decisions import sign_off
from include.intake.beside import Beside
from include.intake.event_findings import event_findings
from include.intake.meant import name_said
from include.intake.read_form import ReadForm
from include.intake.row_findings import row_findings
from include.intake.wrong_rows import wrong_rows
from include.ledgers.known import Known
from include.period import Period, chinese_date, end_of, in_zone, start_of
from include.registry.fillers import filler_of, rated_by
from include.registry.offices import is_over, office_of
from include.registry.reached import addressed_on
from include.registry.senders import may_hand_in
from include.registry.taking_part import members, scope_of_unit, taking_part
from include.registry.units import Unit, find_unit
from include.schemes.calendar import Dates
from include.schemes.fields import Form
from include.schemes.loader import collected_on, find_scheme, keys_default_first, load_scheme
from include.schemes.model import Scheme
from include.settings import REPO
from include.subject_kinds import subject_kinds
from include.validation.findings import Finding
from include.workbooks.texts import INSPECTION

_OF_THE_HEAD = (
    "unit_unknown",
    "wrong_filler",
    "takes_no_part",
    "wrong_period",
    "old_version",
)  # gates that a cell of the form's head is wrong for
SIGNED_OFF, NOT_OPEN = "signed_off", "not_open"


@dataclass(frozen=True)
class Gate:
    """What is known of a form before its cells are checked.

    `scheme` is that of the period the hand-in counts for: the form's own, or for a form of the wrong period the one
    being collected. `stopped` says why it goes back; None lets it on to the checks. `is_recorded`: the unit has handed
    something in for that period, if nothing acceptable. `unit` is None for the inspectors' form and for unknown codes.
    """

    scheme: Scheme
    unit: Unit | None
    street_code: str = ""
    street: str = ""
    due_date: dt.date | None = None
    stopped: Finding | None = None
    is_recorded: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def is_early(self) -> bool:
        """The same form may come again when the period opens: it is checked all the same, so that all is said at once."""
        return self.stopped is not None and self.stopped.check_code == NOT_OPEN

    @property
    def is_signed_off(self) -> bool:
        return self.stopped is not None and self.stopped.check_code == SIGNED_OFF


class Judge:
    """Gates of many forms in one transaction; what several of them ask the database is asked once."""

    def __init__(self, connection: Connection, default_period: Period | None) -> None:
        self.connection = connection
        self.beside = Beside(connection)
        self.default_period = default_period
        self.sign_off = functools.cache(self._sign_off)
        self.figures = functools.cache(self._figures)
        self.permits = functools.cache(self._permits)
        self.members = functools.cache(self._members)
        self.open_on = functools.cache(self._open_on)
        self.rated = functools.cache(self._rated)
        self.ledgers = Known(connection)

    def gate(self, form: ReadForm, received_at: dt.datetime, sender: str = "") -> Gate:
        """`sender` is the address that a mail came from; empty where the channel has none, and nothing is asked."""
        gate = self._gate(form, received_at, sender)
        return gate if gate.stopped is None else replace(gate, stopped=_pointed(gate.stopped, form))

    def _gate(self, form: ReadForm, received_at: dt.datetime, sender: str) -> Gate:
        own = load_scheme(form.scheme_key, Period.parse(form.period))
        collecting = self._collecting(own, form.form, received_at)
        if form.form == INSPECTION:
            return self._inspection_gate(form, own, collecting, received_at, sender)
        asked = next(one for one in own.forms if one.key == form.form)
        unit = self._filler(asked, form, own)
        if unit is None:
            named = name_said(self.connection, own, form.unit_name, answers()["meant"])
            said = {"code": form.unit_code, "named": named, "form_name": asked.name}
            other = asked.is_by_subject and find_unit(self.connection, form.unit_code, own.period.end_date)
            is_of_office = not asked.is_by_subject and (asked.rates or asked.totals)
            wrong = "wrong_filler" if other or is_of_office else "unit_unknown"
            return Gate(own, None, stopped=_stop(wrong, "unit_code", own, form.form, **said))
        group = self._group_of(own, asked, unit)
        if group is None:
            said = {"code": unit.code, "name": unit.name, "scheme_name": own.name}
            return Gate(own, None, stopped=_stop("takes_no_part", "unit_code", own, form.form, **said))
        own = own.of_group(group)
        scope, street = self._scope(own, unit)
        office = office_of(scope, street)
        people = addressed_on(self.connection, unit, in_zone(received_at).date()) if sender else unit
        if sender and not may_hand_in(sender, people, office, asked):
            stopped = _stop("wrong_sender", "sender", own, form.form, sender=sender, name=unit.name)
            return Gate(own, unit, scope, street, own.dates_of(form.form).due_date, stopped)
        if self._is_wrong_period(own, form.form, collecting, received_at):
            assert collecting is not None
            stopped = _stop("wrong_period", "period", own, form.form, collecting_name=collecting.period.name)
            still = self._filler(asked, form, collecting)
            return Gate(
                collecting if still else own,
                still or unit,
                scope,
                street,
                collecting.dates_of(form.form).due_date,
                stopped,
                is_recorded=still is not None,
            )
        return self._timed_gate(form, own, unit, received_at)

    def _filler(self, asked: Form, form: ReadForm, scheme: Scheme) -> Unit | None:
        return filler_of(self.connection, scheme, asked, form.unit_code, list(form.subjects))

    def rows(self, form: ReadForm, gate: Gate, received_at: dt.datetime) -> list[Finding]:
        """What is wrong with the rows of a sheet: of one that rates by the register, whom it rates, and whom it leaves out; of free
        rows by their checks, and by what stands."""
        if form.form in gate.scheme.row_forms and gate.unit is not None:
            return [
                *row_findings(self.ledgers, form, gate.scheme, gate.unit, in_zone(received_at).date()),
                *event_findings(self.connection, form, gate.scheme, gate.unit.code, received_at),
            ]
        asked = gate.scheme.rating_forms.get(form.form)
        if asked is None or gate.unit is None:
            return []
        filler = gate.unit.code if asked.rates and asked.rates.link else ""
        rated = self.rated(gate.scheme.scheme, str(gate.scheme.period), form.form, filler, gate.unit.street_code)
        return list(wrong_rows(form, asked, rated, answers()["rows"]))

    def _rated(self, scheme: str, period: str, form: str, filler: str, street_code: str) -> list[Unit]:
        asked = load_scheme(scheme, Period.parse(period))
        return rated_by(self.connection, asked.rating_forms[form], filler, street_code, asked.period.end_date)

    def _group_of(self, own: Scheme, asked: Form, unit: Unit) -> str | None:
        """The group of the unit in the system, empty where it has none; None where it does not take part in what the form is
        about. Whoever rates others need not."""
        if asked.rates is not None or asked.totals is not None or not isinstance(asked.filled_by, str):
            return ""
        if asked.filled_by == "anyone" or (asked.rows is not None and not asked.is_by_subject):
            return ""
        if asked.also_by and unit.code == unit.street_code:
            return ""
        if not own.subjects and not own.group_by:
            return "" if unit.kind in subject_kinds().default else None
        return self.members(own.scheme, str(own.period), scope_of_unit(own, unit)).get(unit.code)

    def _scope(self, own: Scheme, unit: Unit) -> tuple[str, str]:
        """Code and name of the street or county whose office answers for the system."""
        scope = scope_of_unit(own, unit)
        return scope, unit.street if scope == unit.street_code else office_of(scope, "").street

    def _members(self, scheme: str, period: str, scope_code: str) -> dict[str, str]:
        return members(self.connection, load_scheme(scheme, Period.parse(period)), scope_code)

    def _timed_gate(self, form: ReadForm, own: Scheme, unit: Unit, received_at: dt.datetime) -> Gate:
        """The form counts for its own period: is it open, not over, not signed off, of the version in force?"""
        permits = [row for row in self.permits(own.scheme, str(own.period)) if row["unit_code"] in (unit.code, "")]
        due_date = _due_date(own, form.form, permits)
        scope, street = self._scope(own, unit)
        signed = self.sign_off(own.scheme, str(own.period), scope)
        is_reviewed = any(
            row["kind"] == "review" and (signed is None or row["sequence"] > signed["sequence"]) for row in permits
        )
        stopped, is_recorded = None, False
        window_ends_date = own.taken_until(form.form)
        if is_over(scope, own.scheme, own.period) and not _takes_steps(own, form.form):
            stopped = _stop("ended", "period", own, form.form, scheme_name=own.name)
        elif received_at < start_of(own.taken_from(form.form)):
            stopped = _stop(NOT_OPEN, "period", own, form.form)
        elif signed is not None and not is_reviewed:
            stopped = _stop(SIGNED_OFF, "period", own, form.form)
        elif received_at > end_of(max(window_ends_date, due_date)) and not is_reviewed:
            stopped = _stop(
                "window_ended",
                "period",
                own,
                form.form,
                due=chinese_date(due_date),
                window_ends=chinese_date(max(window_ends_date, due_date)),
            )
        elif form.scheme_version and form.scheme_version != own.version:
            versions = {"found_version": form.scheme_version, "version": own.version}
            stopped = _stop("old_version", "version", own, form.form, **versions)
            is_recorded = True
        notes = list(form.notes)
        if form.unit_name and form.unit_name != unit.name:
            notes.append(answers()["unit_name_differs"].format(found=form.unit_name, name=unit.name, code=unit.code))
        return Gate(own, unit, scope, street, due_date, stopped, is_recorded, notes)

    def _inspection_gate(
        self, form: ReadForm, own: Scheme, collecting: Scheme | None, received_at: dt.datetime, sender: str
    ) -> Gate:
        units = taking_part(self.connection, own, form.unit_code)
        if not units:
            return Gate(own, None, stopped=_stop("street_unknown", "unit_code", own, INSPECTION, code=form.unit_code))
        stopped, (_, street) = None, self._scope(own, units[0])
        if sender and not may_hand_in(sender, None, office_of(form.unit_code, street)):
            stopped = _stop("wrong_sender", "sender", own, INSPECTION, sender=sender, name=street)
        elif self._is_wrong_period(own, INSPECTION, collecting, received_at):
            assert collecting is not None
            stopped = _stop("wrong_period", "period", own, INSPECTION, collecting_name=collecting.period.name)
        elif received_at < start_of(own.first_opens_date):
            stopped = _stop(NOT_OPEN, "period", own, INSPECTION)
        elif self.sign_off(own.scheme, str(own.period), form.unit_code) is not None:
            stopped = _stop(SIGNED_OFF, "period", own, INSPECTION)
        return Gate(own, None, form.unit_code, street, own.dates.due_date, stopped, notes=list(form.notes))

    def _collecting(self, own: Scheme, form: str, received_at: dt.datetime) -> Scheme | None:
        """The scheme of the period for which the form is being collected: the one that the run names, else the one in whose
        window it came."""
        if self.default_period is not None:
            collecting = find_scheme(own.scheme, self.default_period)
            if collecting and _asks(collecting, form):
                return collecting
        open_now = self.open_on(own.scheme, form, in_zone(received_at).date())
        return next((scheme for scheme in open_now if scheme.period == own.period), next(iter(open_now), None))

    def _open_on(self, scheme_key: str, form: str, day: dt.date) -> list[Scheme]:
        return [scheme for scheme in collected_on(scheme_key, day) if _asks(scheme, form, scheme.forms_on(day))]

    def _is_wrong_period(self, own: Scheme, form: str, collecting: Scheme | None, received_at: dt.datetime) -> bool:
        """A form of another period than the one collected; one that comes too early, or for a period of another
        kind (a half year while a quarter is collected), is judged by its own period's calendar."""
        if collecting is None or own.period == collecting.period:
            return False
        if form in own.row_forms and own.taken_from(form) <= in_zone(received_at).date() <= own.taken_until(form):
            return False  # sheets of several periods may be open at once, and each says of which it is
        opens_date = _dates(own, form).opens_date
        if own.period.start_date > collecting.period.start_date and received_at < start_of(opens_date):
            return False
        return self.default_period is not None or own.period.kind == collecting.period.kind

    def _sign_off(self, scheme: str, period: str, street_code: str) -> sql.Row | None:
        """The approval of the circular of a street's period; None where none stands."""
        return sign_off(self.connection, load_scheme(scheme, Period.parse(period)), street_code)

    def _permits(self, scheme: str, period: str) -> list[sql.Row]:
        return sql.fetch(self.connection, "intake/select_permits", scheme=scheme, period=period)

    def _figures(self, scheme: str, period: str, street_code: str) -> dict[str, dict[str, str]]:
        return previous_figures(self.connection, load_scheme(scheme, Period.parse(period)), street_code)

    def previous(self, gate: Gate) -> dict[str, str]:
        """Last period's figures of the gate's unit, by field."""
        assert gate.unit is not None
        figures = self.figures(gate.scheme.scheme, str(gate.scheme.period), gate.street_code)
        return figures.get(gate.unit.code, {})


def period_open_on(day: dt.date) -> Period | None:
    """The period being collected on a day, by the first scheme whose window is open; None between the windows."""
    for key in keys_default_first():
        for scheme in collected_on(key, day):
            return scheme.period
    return None


@functools.cache
def answers() -> dict[str, Any]:
    """The words of include/intake/answers.yaml."""
    words: dict[str, Any] = read_yaml(REPO / "include/intake/answers.yaml")
    return words


def _due_date(scheme: Scheme, form: str, permits: list[sql.Row]) -> dt.date:
    """The due date of a form, or that of the unit's newest extension of it."""
    granted = [dt.date.fromisoformat(row["value"]) for row in permits if row["kind"] == "extension"]
    return scheme.due_dates(granted).get(form, scheme.dates.due_date)


def _takes_steps(scheme: Scheme, form: str) -> bool:
    """Whether items are worked on by the form: those of a system that has ended still are."""
    rows = scheme.row_forms[form].rows if form in scheme.row_forms else None
    return rows is not None and rows.takes_steps is not None


def _asks(scheme: Scheme, form: str, forms: Sequence[Form] | None = None) -> bool:
    """Whether the form is one of those (of all of the period); the inspectors' is where there is any."""
    keys = [one.key for one in (scheme.forms if forms is None else forms)]
    return bool(keys) if form == INSPECTION else form in keys


def _dates(scheme: Scheme, form: str) -> Dates:
    """The days of a form; the inspectors may write from the day on which the first form opens."""
    if form == INSPECTION:
        return scheme.dates.model_copy(update={"opens_date": scheme.first_opens_date})
    return scheme.dates_of(form)


def _stop(gate: str, field_key: str, scheme: Scheme, form: str, **more: str) -> Finding:
    words, dates = answers()["gates"][gate], _dates(scheme, form)
    said = {
        "period_name": scheme.period.name,
        "opens": chinese_date(dates.opens_date),
        "due": chinese_date(dates.due_date),
        "window_ends": chinese_date(dates.window_ends_date),
        **more,
    }
    message = words["message"].format(**said)
    advice = words["advice"].format(**said)
    return Finding(
        check_code=gate,
        field=field_key,
        severity="fail",
        outcome="false",
        found=words["found"].format(**said),
        expected=words["expected"].format(**said),
        message=f"{message}{advice}",
        label=words["label"],
        advice=advice,
        summary=message.rstrip("。"),
    )


def same_as_before(scheme: Scheme, form: str, earlier: Period, name: str) -> Finding:
    """Why a content goes back that was handed in for an earlier period already, in a file called `name`."""
    return _stop("same_as_before", "period", scheme, form, earlier_name=earlier.name, name=name)


def _pointed(stopped: Finding, form: ReadForm) -> Finding:
    """With the cell of the head that is wrong, where there is one."""
    place = form.places.get(stopped.field, "") if stopped.check_code in _OF_THE_HEAD else ""
    if not place:
        return stopped
    return replace(
        stopped,
        source_cell=place,
        message=f"{place}“{stopped.label}”：{stopped.message}",
        summary=f"{stopped.label}（{place}）：{stopped.summary}",
    )


def unreadable_entries(form: ReadForm) -> list[Finding]:
    """The entries of an inspectors' form that could not be read."""
    words = answers()["entry"]
    return [
        Finding(
            check_code=f"type:{key}",
            field=key,
            severity="fail",
            outcome="false",
            found=cell.text,
            expected=cell.problem or "",
            message=words["message"].format(place=cell.source_cell, found=cell.text, problem=cell.problem),
            label=key,
            source_cell=cell.source_cell,
            advice=words["advice"],
            summary=words["summary"].format(place=cell.source_cell, label=key, problem=cell.problem),
        )
        for key, cell in form.cells.items()
    ]
