"""Everything that decides an assessment, gathered unit by unit as of a moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from include.db import sql
from include.keys import StreetKey
from include.period import days_late, end_of, in_zone, start_of
from include.registry.fillers import Asked, fillers_in, is_about
from include.registry.taking_part import groups_of_units, lists_of, taking_part
from include.registry.units import Unit, span_of
from include.schemes.model import Scheme
from include.scoring.event_figures import silent_holders
from include.scoring.given import Given
from include.scoring.lines import Late
from include.scoring.ratings import NOTHING, Ratings, asked_sheets, count_checks, given_by, office_hand_ins

ON_TIME, CAME_LATE, MISSING, RETURNED, UNRATED = "已报", "迟报", "未报", "退回未改", "未评"


@dataclass
class UnitInputs:
    """One unit: the latest accepted hand-in of each form, when the first came, what people decided.

    `corrections` holds, by field, the decision that counts, `taken_back` the one that took an earlier correction back.
    `due_dates` are by form, the unit's own where it was extended; `due_date` is that of what is missing, else of the last
    form. `has_returned`: something came for a form of which nothing was accepted. `sheets` are those by which it rates others
    (names by form, as `forms` are of the forms about itself), `ratings` what others say of it. `needed` are the figures from
    elsewhere without which it has no total, `results` those that alone make it, where nothing is handed in. `is_of_totals`: it
    is no subject, but the county that told sums. `is_silent`: it was to hold events and reported none. `review` is the granted review that let a hand-in of `scored` in; None where none was needed.
    """

    unit: Unit
    due_date: dt.date
    due_dates: dict[str, dt.date]
    scored: dict[str, sql.Row]
    first_received: dict[str, dt.datetime]
    corrections: dict[str, sql.Row]
    taken_back: dict[str, sql.Row]
    extension: sql.Row | None
    review: sql.Row | None
    has_returned: bool
    forms: dict[str, str]
    group: str = ""
    ranked_with: str = ""
    given: dict[str, Given] = field(default_factory=dict)
    optional_forms: frozenset[str] = frozenset()
    sheets: dict[str, str] = field(default_factory=dict)
    ratings: Ratings = NOTHING
    is_subject: bool = True
    waits_for_raters: bool = False
    needed: frozenset[str] = frozenset()
    results: frozenset[str] = frozenset()
    is_silent: bool = False
    is_of_totals: bool = False
    is_scored: bool = True

    def of(self, unit: Unit, group: str, ranked_with: str) -> UnitInputs:
        """The same of a unit, in its group and its list."""
        other = UnitInputs.__new__(UnitInputs)
        vars(other).update(vars(self), unit=unit, group=group, ranked_with=ranked_with, given={})
        return other

    @cached_property
    def is_complete(self) -> bool:
        """A subject is scored only when every form about itself was accepted that is not optional; of who only rates others
        nothing is scored."""
        return self.is_subject and self.forms.keys() - self.optional_forms <= self.scored.keys()

    @property
    def has_no_sheet(self) -> bool:
        """Whether a sheet by which it was to rate others did not come: its fault, whatever its own score is."""
        return not self.sheets.keys() - self.optional_forms <= self.scored.keys()

    @cached_property
    def late(self) -> Late | None:
        """By the first accepted version of each form; the worst form counts. None where on time or not complete."""
        if not self.is_complete or not self.first_received:
            return None
        days, received_at, form = max(
            (days_late(moment, self.due_dates[form]), moment, form) for form, moment in self.first_received.items()
        )
        name = self.names[form] if len(self.names) > 1 else ""
        return Late(days, in_zone(received_at).date(), self.due_dates[form], name) if days else None

    @property
    def status(self) -> str:
        if not self.is_complete or self.has_no_sheet:
            return RETURNED if self.has_returned else MISSING
        if self.is_silent or self._are_absent(self.needed, any):
            return MISSING
        if self.is_unrated:
            return UNRATED if self.is_scored else MISSING
        return CAME_LATE if self.late else ON_TIME

    @property
    def names(self) -> dict[str, str]:
        """Names of all that it hands in, by form."""
        return self.forms | self.sheets

    @property
    def is_unrated(self) -> bool:
        """Whether nothing but others' ratings could score it, and nobody rated it; or other results, and there are not enough."""
        return (self.waits_for_raters and not self.ratings.is_rated) or self._are_absent(self.results, all)

    def _are_absent(self, keys: frozenset[str], together: Callable[[Iterable[bool]], bool]) -> bool:
        given = [self.given[key].value is None for key in keys if key in self.given]
        return bool(given) and together(given)

    @property
    def decisions(self) -> list[sql.Row]:
        """Every act of a person that has a part in the result."""
        single = [row for row in (self.extension, self.review) if row is not None]
        return [*single, *self.corrections.values(), *self.taken_back.values()]

    @property
    def deciding(self) -> dict[str, Any]:
        """What of all this decides the result, as JSON values."""
        in_order = sorted(self.decisions, key=lambda row: row["sequence"])
        due = {form: day.isoformat() for form, day in self.due_dates.items()}
        return {
            "unit": registered(self.unit),
            **listed(self.group, self.ranked_with),
            "due_date": self.due_date.isoformat(),
            **({"due_dates": due} if len(set(due.values())) > 1 else {}),
            "status": self.status,
            "hand_ins": [
                [form, row["sha256"], row["version"], _utc(row["received_at"]), _utc(self.first_received[form])]
                for form, row in sorted(self.scored.items())
            ],
            **({"raters": raters} if (raters := self.ratings.deciding) else {}),
            "decisions": [decided(row) for row in in_order],
            **given_deciding(self.given),
        }


def given_deciding(given: dict[str, Given]) -> dict[str, Any]:
    """Figures from elsewhere, each with its sources; nothing of a scheme that reads none."""
    return {"inputs": {key: one.deciding for key, one in given.items()}} if given else {}


def registered(unit: Unit) -> dict[str, str]:
    """What of a unit's row in the register has a part in its result."""
    return {"code": unit.code, "name": unit.name, "street_code": unit.street_code}


def listed(group: str, ranked_with: str) -> dict[str, str]:
    """The group of a unit and whom it is ranked with, where its system has groups or lists by a link."""
    return ({"group": group} if group else {}) | ({"ranked_with": ranked_with} if ranked_with else {})


def decided(row: sql.Row) -> list[str]:
    """What of a decision has a part in a unit's result, besides its place in the order of decisions."""
    return [row["kind"], row["field"], row["value"]]


def gather(
    connection: Connection, scheme: Scheme, street_code: str, as_of: dt.datetime, *, has_all_raters: bool = False
) -> list[UnitInputs]:
    """The inputs of every subject of the street (the county) that takes part on the period's last day, by code; then those who only
    rate others: who did not, or all (`has_all_raters`)."""
    scope = scope_of(scheme, street_code, as_of)
    hand_ins = _by_unit(sql.fetch(connection, "scoring/select_submissions", **scope))
    decisions = _by_unit(sql.fetch(connection, "scoring/select_decisions", **scope))
    sign_offs = sql.fetch(
        connection,
        "scoring/select_sign_offs",
        scheme=scheme.scheme,
        period=str(scheme.period),
        as_of_at=as_of,
        circulars=f"{StreetKey(scheme.scheme, str(scheme.period), street_code)}/%",
    )
    units = taking_part(connection, scheme, street_code)
    groups = groups_of_units(connection, scheme, street_code, units)
    lists = lists_of(connection, scheme, street_code)
    asked = asked_sheets(connection, scheme, street_code)
    hand_ins |= _by_unit(office_hand_ins(connection, scheme, asked, as_of))
    idle: dict[str, UnitInputs] = {}
    subjects = []
    for unit in units:
        code, group = unit.code, groups.get(unit.code, "")
        said = (hand_ins.get(code, []), decisions.get(code, []), asked.pop(code, []))
        own = scheme.of_group(group)
        if any(said) or any(is_about(form, unit) for form in own.forms):
            one = _of_unit(own, unit, *said[:2], sign_offs, said[2])
        else:  # it only waits for what others say of it: all such are alike
            one = idle.get(group) or idle.setdefault(group, _of_unit(own, unit, [], [], [], []))
        subjects.append(one.of(unit, group, lists.get(code, "")))
    others = [
        _of_unit(
            scheme,
            sheets[0].filler,
            hand_ins.get(code, []),
            decisions.get(code, []),
            sign_offs,
            sheets,
            is_subject=False,
        )
        for code, sheets in sorted(asked.items())
    ]
    silent = silent_holders(connection, scheme, street_code, as_of)
    for one in subjects:
        one.is_silent = one.unit.code in silent
    totals = _totals(connection, scheme, street_code, as_of, sign_offs)
    found = with_ratings(connection, scheme, subjects, others)
    return [*found, *(one for one in others if one.has_no_sheet or has_all_raters), *totals]


def _totals(
    connection: Connection, scheme: Scheme, scope_code: str, as_of: dt.datetime, sign_offs: list[sql.Row]
) -> list[UnitInputs]:
    """The county with the sums that it told; nobody where it told none."""
    found = []
    for form in scheme.totals_forms.values():
        for filler in fillers_in(connection, scheme, form, scope_code):
            rows = sql.fetch(
                connection,
                "scoring/select_sheets",
                scheme=scheme.scheme,
                period=str(scheme.period),
                any_code=[filler.code],
                as_of_at=as_of,
            )
            one = _of_unit(scheme, filler, rows, [], sign_offs, [], forms={form.key: form.name})
            one.is_of_totals = True
            found += [one] if one.scored else []
    return found


def with_ratings(
    connection: Connection, scheme: Scheme, subjects: list[UnitInputs], others: list[UnitInputs]
) -> list[UnitInputs]:
    """The subjects, each with what it was given by them and by those `others` who only rate: what they say counts with whom they
    rate."""
    if not scheme.rating_forms:
        return subjects
    sheets = [
        (form, one.unit.code, row)
        for one in (*subjects, *others)
        for form, row in one.scored.items()
        if form in one.sheets
    ]
    given = given_by(connection, sheets)
    count_checks(scheme, given.values())
    for one in subjects:
        one.ratings = given.get(one.unit.code, NOTHING)
        one.waits_for_raters = not one.forms
    return subjects


def known_until(connection: Connection, scheme: Scheme, moment: dt.datetime) -> dt.datetime:
    """The moment, or that of the newest thing recorded of the period where a clock set back puts it later: what is known
    counts, whatever the clock says."""
    read = [(scheme.scheme, scheme.period), *scheme.sources]
    known = [moment]
    for system, period in read:
        rows = sql.fetch(connection, "scoring/select_newest_moment", scheme=system, period=str(period))
        known += [row["newest_at"] for row in rows if row["newest_at"] is not None]
    return max(known)


def scope_of(scheme: Scheme, street_code: str, as_of: dt.datetime) -> dict[str, Any]:
    """Parameters that the statements on hand-ins and decisions share."""
    return {
        "scheme": scheme.scheme,
        "period": str(scheme.period),
        **span_of(street_code),
        "on_date": scheme.period.end_date,
        "as_of_at": as_of,
    }


def _of_unit(
    scheme: Scheme,
    unit: Unit,
    hand_ins: list[sql.Row],
    decisions: list[sql.Row],
    sign_offs: list[sql.Row],
    asked: Sequence[Asked],
    *,
    is_subject: bool = True,
    forms: dict[str, str] | None = None,
) -> UnitInputs:
    """`forms`: names of those about the unit, by key; without them those of a subject."""
    extensions = [row for row in decisions if row["kind"] == "extension"]
    sheets = {one.form.key: one.form.name for one in asked}
    due_dates = {key: scheme.dates_of(key).due_date for key in sheets} | scheme.due_dates(
        [dt.date.fromisoformat(row["value"]) for row in extensions]
    )
    closes_at = {form: end_of(max(scheme.taken_until(form), due)) for form, due in due_dates.items()}
    opens_at = {form: start_of(scheme.taken_from(form)) for form in due_dates}
    if forms is None:
        forms = {form.key: form.name for form in scheme.forms if is_subject and is_about(form, unit)}
    hand_ins = [row for row in hand_ins if row["form"] in forms | sheets]
    reviews = [row for row in decisions if row["kind"] == "review"]
    admitted_by = {
        row["sha256"]: None
        if _is_free(row, closes_at[row["form"]], sign_offs)
        else _review_for(row, reviews, sign_offs)
        for row in hand_ins
    }
    taken = [row for row in hand_ins if admitted_by[row["sha256"]] or _is_free(row, closes_at[row["form"]], sign_offs)]
    accepted = [row for row in taken if row["status"] == "accepted" and row["received_at"] >= opens_at[row["form"]]]
    scored = {row["form"]: row for row in accepted}
    first = {row["form"]: row["received_at"] for row in reversed(accepted)}
    returned = any(row["status"] == "returned" and row["form"] not in scored for row in taken)
    corrected = {row["field"]: row for row in decisions if row["kind"] == "correction"}
    optional = frozenset(form.key for form in scheme.forms if form.is_optional)
    missing = forms.keys() - optional - scored.keys()
    counted = {field for field in corrected if _counts(scheme, field, scored, is_whole=not missing)}
    corrections = {field: row for field, row in corrected.items() if row["value"] and field in counted}
    was_corrected = {row["field"] for row in decisions if row["kind"] == "correction" and row["value"]}
    taken_back = {
        field: row
        for field, row in corrected.items()
        if not row["value"] and field in was_corrected and field in counted
    }
    review = next((found for row in accepted if (found := admitted_by[row["sha256"]])), None)
    extension = extensions[-1] if extensions else None
    due = missing | (sheets.keys() - optional - scored.keys()) or forms | sheets
    due_date = max((due_dates[form] for form in due), default=scheme.dates.due_date)
    return UnitInputs(
        unit, due_date, due_dates, scored, first, corrections, taken_back, extension, review, returned, forms,
        optional_forms=optional, sheets=sheets, is_subject=is_subject, needed=scheme.needed_inputs,
        results=_made_of(scheme) if scheme.is_of_results else frozenset(), is_scored=scheme.is_scored,
    )  # fmt: skip


def _made_of(scheme: Scheme) -> frozenset[str]:
    """Figures from elsewhere without any of which there is no result: those that are scored, else those of its own periods."""
    if scheme.is_scored:
        return scheme.scored_inputs
    own = (one for one in scheme.inputs if one.from_.system_of(scheme.scheme) == scheme.scheme)
    return frozenset(one.key for one in own if one.take != "count")  # of nothing there are 0, and that is no figure


def _counts(scheme: Scheme, field: str, scored: dict[str, sql.Row], *, is_whole: bool) -> bool:
    """Whether a correction counts: what it corrects was accepted, and the unit is scored, or others read the form before
    the period's end, by its own days."""
    cell = scheme.cell.get(field)
    if cell is None:
        return is_whole
    return cell.form in scored and (is_whole or scheme.has_own_days(cell.form))


def _is_free(hand_in: sql.Row, closes_at: dt.datetime, sign_offs: list[sql.Row]) -> bool:
    """Received within the window and before any sign-off: it needs nobody's leave."""
    return hand_in["received_at"] <= closes_at and _signed_off(hand_in["received_at"], sign_offs) is None


def _review_for(hand_in: sql.Row, reviews: list[sql.Row], sign_offs: list[sql.Row]) -> sql.Row | None:
    """The granted review that lets a hand-in in: the first one decided after the sign-off that shut it out."""
    shut = _signed_off(hand_in["received_at"], sign_offs)
    return next((row for row in reviews if shut is None or row["sequence"] > shut["sequence"]), None)


def _signed_off(moment: dt.datetime, sign_offs: list[sql.Row]) -> sql.Row | None:
    """The newest sign-off, of a circular not withdrawn, that stood at the moment; None where none did."""
    stood = [
        row
        for row in sign_offs
        if row["approved_at"] <= moment and (row["withdrawn_at"] is None or row["withdrawn_at"] > moment)
    ]
    return stood[-1] if stood else None


def _by_unit(rows: list[sql.Row]) -> dict[str, list[sql.Row]]:
    grouped: dict[str, list[sql.Row]] = {}
    for row in rows:
        grouped.setdefault(row["unit_code"], []).append(row)
    return grouped


def _utc(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds")
