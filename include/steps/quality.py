"""Looking at whole tables: every day in a window, and at each close. Nobody waits for it, and nothing is returned by it."""

from __future__ import annotations

from include.db.engine import reading, transaction
from include.db.run_log import log_run
from include.period import now, today
from include.registry.offices import is_run
from include.registry.taking_part import scope_codes
from include.registry.units import registered_in
from include.schemes.loader import find_scheme
from include.schemes.model import Scheme
from include.settings import get_settings
from include.steps.planning import ended, open_on
from include.validation.hints import Values, keep_hints, reported
from include.validation.whole import Hint, Table, examine, tidy, today_folder

DOCS = "data-docs"  # in the folder of reports


def examine_open(run_id: str) -> dict[str, int]:
    """Every period that is open today, of every office that runs it; how many hints each table gave, by its key."""
    found: dict[str, int] = {}
    for shape in open_on(today()):
        if isinstance(shape.system, Scheme):
            found |= _examine(shape.system, [], run_id)
    return found


def examine_period(system: str, period_text: str, streets: list[str], run_id: str) -> dict[str, int]:
    """A period that is closed, in these streets (none: in all)."""
    scheme = ended(system, period_text).system
    return _examine(scheme, streets, run_id) if isinstance(scheme, Scheme) else {}


def _examine(scheme: Scheme, streets: list[str], run_id: str) -> dict[str, int]:
    """Read, looked at and typeset first, then written in one short transaction an office."""
    on, found = today(), {}
    with reading() as connection:
        offices = streets or [
            one for one in scope_codes(connection, scheme) if is_run(one, scheme.scheme, scheme.period)
        ]
        units = {code: {one.code: one.name for one in registered_in(connection, code, on)} for code in offices}
        before = find_scheme(scheme.scheme, scheme.previous)
        forms = [form.key for form in scheme.forms if form.key not in scheme.forms_by_row]
        now_said = {form: reported(connection, scheme.scheme, str(scheme.period), form) for form in forms}
        then_said = {
            form: reported(connection, scheme.scheme, str(scheme.previous), form) if before else {} for form in forms
        }
    folder = get_settings().reports / DOCS
    for code in offices:
        hints: list[tuple[str, Hint]] = []
        docs = today_folder(folder, scheme, code)
        for form in forms:
            own = _of(now_said[form], units[code])
            if not own:
                continue
            others = {unit: row for unit, row in now_said[form].items() if unit not in units[code]}
            table = Table(scheme, form, units[code], own, _of(then_said[form], units[code]), others)
            hints += [(form, one) for one in examine(table, docs / form)]
        moment = now()

        if hints or any(_of(said, units[code]) for said in now_said.values()):
            with transaction() as connection:
                keep_hints(connection, scheme, code, hints, moment)
                log_run(
                    connection,
                    run_id=run_id,
                    stage="quality",
                    period=str(scheme.period),
                    street_code=code,
                    outcome="done",
                    detail={"scheme": scheme.scheme, "hints": len(hints)},
                )
            found[f"{scheme.scheme}/{scheme.period}/{code}"] = len(hints)
    tidy(folder)
    return found


def _of(said: Values, units: dict[str, str]) -> Values:
    return {unit: row for unit, row in said.items() if unit in units}
