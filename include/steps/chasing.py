"""The round of working days: what is not put right is chased."""

from __future__ import annotations

from include.db.engine import transaction
from include.period import is_working_day, now


def chase(run_id: str) -> list[str] | None:
    """Confirm deadlines whose calendar has come, take every open item to the stage that it has reached; the keys of the
    batches in which the letters drafted are put to their committees. None on a day off, when nothing is done."""
    from include.documents.referrals import refer_letters
    from include.items.confirming import confirm_deadlines
    from include.items.step_chase import chase_steps
    from include.letters.supervising import chase_day

    if not is_working_day(now().date()):
        return None
    moment = now()
    with transaction() as connection:
        confirm_deadlines(connection, moment)
    with transaction() as connection:
        chase_steps(connection, moment, run_id)
    with transaction() as connection:
        return refer_letters(connection, chase_day(connection, moment, run_id), moment)
