"""The round of working days: what is not put right is chased."""

from __future__ import annotations

import datetime as dt
import functools

from sqlalchemy import Connection

from include.circulars.plans_awaited import awaited_plans
from include.db.engine import in_transaction, reading, transaction
from include.db.run_log import log_run
from include.documents.referrals import refer_letters
from include.items import step_chase
from include.items.chase import ChaseResult, chase_units, streets_with_open
from include.items.confirming import confirm_deadlines
from include.items.handing_over import hand_over
from include.items.step_chase import Due
from include.items.verifying import ask_inspectors
from include.letters.plan_supervising import chase_plans
from include.letters.step_supervising import draft_step_letter, letters_due
from include.letters.supervising import draft_supervision, units_to_supervise
from include.period import is_working_day, now, today


def chase(run_id: str) -> list[str] | None:
    """Confirm deadlines whose calendar has come, take every open item to the stage that it has reached; the keys of the
    batches in which the letters drafted are put to their committees. None on a day off, when nothing is done."""
    if not is_working_day(today()):
        return None
    moment = now()
    in_transaction(lambda connection: confirm_deadlines(connection, moment))
    drafted = chase_steps(moment, run_id)
    in_transaction(lambda connection: hand_over(connection, moment))
    drafted += _supervise(_chase_streets(moment, run_id), moment, run_id)
    drafted += in_transaction(lambda connection: chase_plans(connection, awaited_plans(connection, today()), moment))
    in_transaction(lambda connection: ask_inspectors(connection, moment))
    batches = in_transaction(lambda connection: refer_letters(connection, drafted, moment))
    with transaction() as connection:
        log_run(
            connection, run_id=run_id, stage="chase", period="", street_code="", outcome="done",
            detail={"letters": len(drafted)},
        )  # fmt: skip
    return batches


def chase_steps(moment: dt.datetime, run_id: str, system: str = "") -> list[str]:
    """The chase after the steps of items (of one system alone, where one is named); the letters drafted about which nobody was
    asked yet, each in a transaction of its own."""

    def wanted(connection: Connection) -> list[Due]:
        return letters_due(connection, step_chase.chase_steps(connection, moment, run_id, system).due_letters)

    draft = functools.partial(draft_step_letter, at=moment, run_id=run_id)
    return [
        letter_id for due in in_transaction(wanted) for letter_id in in_transaction(functools.partial(draft, due=due))
    ]


def _chase_streets(moment: dt.datetime, run_id: str) -> dict[str, set[str]]:
    """Street by street, each in a transaction of its own; the units to which a stage has a letter due."""
    with reading() as connection:
        streets = streets_with_open(connection)

    def of(connection: Connection, unit_codes: list[str]) -> ChaseResult:
        result = ChaseResult()
        chase_units(connection, unit_codes, moment, run_id, result)
        return result

    results = [in_transaction(functools.partial(of, unit_codes=codes)) for codes in streets.values()]
    due: dict[str, set[str]] = ChaseResult().due_letters
    for result in results:
        for stage, codes in result.due_letters.items():
            due[stage] |= codes
    return due


def _supervise(due: dict[str, set[str]], moment: dt.datetime, run_id: str) -> list[str]:
    """Letter by letter: typesetting one takes longer than all that is written of it."""
    with reading() as connection:
        wanted = units_to_supervise(connection, due)
    draft = functools.partial(draft_supervision, at=moment, run_id=run_id)
    return [
        letter_id
        for stage, code in wanted
        for letter_id in in_transaction(functools.partial(draft, unit_code=code, stage=stage))
    ]
