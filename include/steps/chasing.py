"""The daily rounds: who has not handed in is reminded, what is not put right is chased."""

from __future__ import annotations

from include.db.engine import transaction
from include.period import is_working_day, now
from include.registry.offices import running
from include.registry.taking_part import scope_codes
from include.steps import health
from include.steps.planning import open_on


def remind() -> int:
    """Remind every unit that got a form and has not handed in, where today is a day to remind, and the committee of the
    drafts that wait for it; how many notices."""
    from include.asking.opened import is_opened
    from include.documents.waiting import remind as remind_of_drafts

    health.tell_unsound_systems()
    moment, notices = now(), 0
    for shape in open_on(moment.date()):
        with transaction() as connection:
            is_open = is_opened(connection, shape.system)
            codes = scope_codes(connection, shape.system) if is_open else []
        for street_code in running(codes, shape.system.scheme, shape.system.period):
            with transaction() as connection:
                notices += shape.remind(connection, street_code, moment)
    with transaction() as connection:
        return notices + remind_of_drafts(connection, moment)


def chase(run_id: str) -> list[str] | None:
    """Confirm deadlines whose calendar has come, take every open item to the stage that it has reached; the keys of the
    batches in which the letters drafted are put to their committees. None on a day off, when nothing is done."""
    from include.documents.referrals import refer_letters
    from include.items.deadlines import confirm_deadlines
    from include.letters.supervising import chase_day

    if not is_working_day(now().date()):
        return None
    moment = now()
    with transaction() as connection:
        confirm_deadlines(connection, moment)
    with transaction() as connection:
        return refer_letters(connection, chase_day(connection, moment, run_id), moment)
