"""The daily chase after open items, by escalations.yaml."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field, model_validator
from sqlalchemy import Connection

from include.data_files import Part, kept, read_yaml
from include.db import sql
from include.items.deadlines import told
from include.items.handing_over import hand_over
from include.items.states import record
from include.items.verifying import ask_inspectors
from include.items.whose import by_office
from include.keys import StageKey
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import OfItems
from include.period import Period, add_working_days, in_zone, working_days_between
from include.registry.offices import Office
from include.registry.reached import owned_by
from include.registry.units import Unit, find_unit
from include.schemes.loader import find_scheme
from include.settings import shared_folder


class After(Part):
    """When a stage is reached; exactly one of the three."""

    share_of_time_pct: int | None = Field(default=None, gt=0, le=100)
    working_days: int | None = None
    calendar_days: int | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> After:
        if sum(value is not None for value in (self.share_of_time_pct, self.working_days, self.calendar_days)) != 1:
            raise ValueError("a stage has exactly one of share_of_time_pct, working_days, calendar_days")
        return self

    def date(self, opened_date: dt.date, deadline: dt.date) -> dt.date:
        """The day on which the stage is reached."""
        if self.working_days is not None:
            return add_working_days(deadline, self.working_days)
        if self.calendar_days is not None:
            return deadline + dt.timedelta(days=self.calendar_days)
        days = working_days_between(opened_date, deadline)
        return add_working_days(opened_date, -(-days * (self.share_of_time_pct or 0) // 100))


class Stage(Part):
    stage: str
    after: After
    event: Literal["reminded", "urged", "supervised", "carried"]
    notice: str | None
    letter: str = ""
    to: Literal["holder", "street", "ops"] = "holder"


class Talk(Part):
    """约谈: when so many circulars `running` name a unit for items that `carried` (of periods not before `effective_from`), its secretary
    is called to a talk so many `working_days` after the letter, at `time` in a `place`, with what is to be brought."""

    running: int = Field(ge=2)
    effective_from: str
    working_days: int = Field(ge=1)
    time: str
    place: str
    bring: list[str] = Field(min_length=1)


class Escalation(Part):
    states: list[str] = Field(default_factory=list)
    stages: list[Stage] = Field(min_length=1)
    talk: Talk | None = None


@dataclass
class ChaseResult:
    """Items by the stage to which this run took them, how many stages were skipped on the way, by stage the units to which
    a letter is due, and in how many streets the inspectors get a 整改核验表."""

    items: dict[str, int] = field(default_factory=dict)
    skipped: int = 0
    due_letters: dict[str, set[str]] = field(
        default_factory=lambda: {stage.stage: set() for stage in escalation().stages if stage.letter}
    )
    sheets: int = 0


@kept
def escalations() -> dict[str, Escalation]:
    """The policies by name."""
    return {
        name: Escalation.model_validate(one) for name, one in read_yaml(shared_folder() / "escalations.yaml").items()
    }


def escalation() -> Escalation:
    """That of rectification."""
    return escalations()["standard"]


def chase(connection: Connection, at: dt.datetime, run_id: str = "") -> ChaseResult:
    """Take every open item to the highest stage that it has reached by `at`; the same day again does nothing.

    After a gap only the highest stage is sent; those passed over are recorded as skipped. A stage counts for
    one deadline: an extended or reopened item is chased anew. One notice a unit, stage and run lists its items; a stage
    with a letter is due to the unit, and is over for an item when a person has approved the letter or sent it back.
    What waits for the inspectors is sent to them.
    """
    hand_over(connection, at)
    result = ChaseResult()
    for unit_codes in streets_with_open(connection).values():
        chase_units(connection, unit_codes, at, run_id, result)
    result.sheets = ask_inspectors(connection, at)
    return result


def streets_with_open(connection: Connection) -> dict[str, list[str]]:
    """The units that have open items of rectification, by street."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in sql.fetch(connection, "items/select_units_with_open"):
        found[row["street_code"]].append(row["unit_code"])
    return dict(found)


def chase_units(
    connection: Connection, unit_codes: Sequence[str], at: dt.datetime, run_id: str, result: ChaseResult
) -> None:
    """The chase after the items of some units, those of a street, which are added to the `result`."""
    today, policy = in_zone(at).date(), escalation()
    done: dict[str, set[str]] = defaultdict(set)
    drafted: dict[str, set[str]] = defaultdict(set)
    for event in sql.fetch(connection, "items/select_chase_events", any_code=unit_codes):
        (drafted if event["kind"] == "drafted" else done)[event["item_id"]].add(event["stage"])
    to_tell: dict[tuple[str, str], list[sql.Row]] = defaultdict(list)
    for item in sql.fetch(connection, "items/select_chased", any_code=unit_codes):
        if item["state"] not in policy.states:
            continue
        stage = _take_on(connection, policy, item, done[item["id"]], drafted[item["id"]], today, at, run_id, result)
        if stage is not None and stage.letter:
            result.due_letters[stage.stage].add(item["unit_code"])
        elif stage is not None and stage.notice is not None:
            to_tell[item["unit_code"], stage.stage].append(item)
    for (unit_code, name), found in to_tell.items():
        stage, unit = (
            next(one for one in policy.stages if one.stage == name),
            find_unit(connection, unit_code, today),
        )
        system = find_scheme(found[0]["scheme"], Period.parse(found[0]["opened_period"]))
        if unit is not None and system is not None:
            unit = owned_by(connection, unit, today, system)
        for office, items in by_office(found, unit):
            _tell(connection, unit_code, unit, office, stage, items, today, at)


def _take_on(
    connection: Connection,
    policy: Escalation,
    item: sql.Row,
    done: set[str],
    drafted: set[str],
    today: dt.date,
    at: dt.datetime,
    run_id: str,
    result: ChaseResult,
) -> Stage | None:
    """Record the stages that the item has newly reached; the one to act on, if any."""
    reached = [stage for stage in policy.stages if stage.after.date(item["opened_date"], item["deadline"]) <= today]
    if not reached or _key(reached[-1], item) in done:
        return None
    actor = run_id or "系统"
    for stage in reached[:-1]:
        if _key(stage, item) not in done | drafted:
            record(
                connection, item["id"], "skipped", _key(stage, item), actor, f"{stage.stage}未发：已到更高一级。", at
            )
            result.skipped += 1
    highest = reached[-1]
    if highest.letter and _key(highest, item) in drafted:
        return highest
    if not highest.letter:
        told = f"期限 {item['deadline']}，{highest.stage}。"
        record(connection, item["id"], highest.event, _key(highest, item), actor, told, at)
    result.items[highest.stage] = result.items.get(highest.stage, 0) + 1
    return highest


def _key(stage: Stage, item: sql.Row) -> str:
    return str(StageKey(stage.stage, item["deadline"]))


def _tell(
    connection: Connection, unit_code: str, unit: Unit | None, office: Office | None, stage: Stage, items: list[sql.Row],
    today: dt.date, at: dt.datetime,
) -> None:  # fmt: skip
    listed = hashlib.sha256("".join(sorted(item["id"] for item in items)).encode()).hexdigest()[:12]
    asked = [told(item, today) for item in items]
    notify(
        connection,
        Notice(
            stage.notice or "",
            subject=f"rectification/{unit_code}/{listed}",
            stage=f"{stage.stage}:{today}",
            unit=unit,
            office=office,
            period=max(item["opened_period"] for item in items),
            due_at=at,
            words=OfItems(unit_name=unit.name if unit else unit_code, items=asked),
            asks=asked,
        ),
    )
