"""Any past state again, in an empty database, from what cannot be recomputed: raw files, their arrivals, the register, decisions.

Events are replayed in the order in which they happened, through the same code as then: registers are imported, arrivals
answered, acts recorded, periods scored, circulars and letters drafted and issued, items moved and chased. Then the two
records are compared (include/rebuild/differences.py), and every difference is said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby, zip_longest

from sqlalchemy import Connection, Engine

from include.asking.opened import copy_opened
from include.circulars.draft import draft
from include.circulars.item_ledgers import papers_apart
from include.data_files import reading
from include.db import sql
from include.db.engine import transaction, working_on
from include.decisions import record
from include.documents.announcing import NOT_ANNOUNCED
from include.documents.finding import find_circular, get_circular
from include.errors import UserError
from include.events.record import copy_events
from include.intake.channels import copy_arrivals
from include.intake.receive import answer_waiting
from include.items.confirming import CONFIRMED, apply_confirmation, years_confirmed
from include.items.handing_over import HANDED_ON, hand_over
from include.items.items import ACTOR
from include.items.replies import MAIL_SUFFIX, copy_evidence
from include.items.states import give_deadline, move, states
from include.items.step_acts import DECISION as STEP_ACT
from include.items.step_acts import apply_step_act
from include.items.stepping import LOOKED_AT, PASSED
from include.keys import StageKey
from include.letters.step_supervising import chase_steps_day
from include.letters.supervising import chase_day
from include.outbox.outbox import silence
from include.period import Period, before_calendars, standing_at
from include.rebuild.differences import differences
from include.rebuild.erased import Erased, check_archive, copy_erased, erased_of
from include.rebuild.missed import missed_and_made_up, replay_missed
from include.rebuild.texts import RecordedTexts
from include.registry.imports import all_units, copy_units, replay_import
from include.schemes.item_kinds import RECTIFICATION as RECTIFICATION_KIND
from include.schemes.loader import load_scheme
from include.scoring.assess import assess
from include.scoring.checkpoints import copy_told
from include.scoring.inputs import known_until
from include.signing.issue import issue, reject, withdraw
from include.signing.kinds import behaviour_of

# what comes first where several things happened in one second
_REGISTER, _ARRIVAL, _BEFORE, _SCORING, _PAPER, _AFTER, _MISSED, _ITEM, _CHASE = range(9)
_BEFORE_SCORING = ("correction", "extension")
_CHASED = ("reminded", "urged", "drafted", "carried")  # what a chase writes; its stages are <stage>@<deadline>
_SILENT = "由重建产生，不发送"


@dataclass
class Rebuilt:
    """How much was replayed, and every difference from the record as a Chinese sentence; none: it is the same state.

    `notes`: which texts are others today than those that it was made of, and of what those were not archived.
    """

    as_of: dt.datetime
    imports: int = 0
    arrivals: int = 0
    decisions: int = 0
    assessments: int = 0
    circulars: int = 0
    item_moves: int = 0
    chases: int = 0
    differences: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_same(self) -> bool:
        return not self.differences


@dataclass(frozen=True)
class _Event:
    """`at` orders it among all: its moment, unless the clock had been set back since what came before it in its sequence;
    then the moment of that, one step later."""

    at: dt.datetime
    order: int
    row: sql.Row
    moment: dt.datetime
    step: int = 0

    @property
    def place(self) -> tuple[dt.datetime, int, int]:
        return self.at, self.order, self.step


def rebuild(source: Engine, target: Engine, as_of: dt.datetime) -> Rebuilt:
    """Replay the record of `source` up to a moment into the empty `target`, and compare. `source` is only read.

    The archive is that of the settings. No notice of the target will ever be sent. Raises UserError where the target
    holds anything, or the archive has lost a file.
    """
    rebuilt = Rebuilt(as_of)
    with source.connect() as recorded:  # read at once: nobody who writes there waits for the replay
        circulars = {row["id"]: row for row in sql.fetch(recorded, "rebuild/select_circulars")}
        units = _unrecorded_units(recorded)
        waiting, carried = _waiting(recorded, as_of), sql.fetch(recorded, "rebuild/select_carried")
        evidence = sql.fetch(recorded, "rebuild/select_evidence", as_of_at=as_of)
        questions = sql.fetch(recorded, "rebuild/select_recorded", as_of_at=as_of)
        opened = sql.fetch(recorded, "rebuild/select_opened_forms", as_of_at=as_of)
        planned = sql.fetch(recorded, "rebuild/select_events", as_of_at=as_of)
        moves = sql.fetch(recorded, "rebuild/select_event_changes", as_of_at=as_of)
        events = _events(recorded, as_of, planned, moves)
        told = sql.fetch(recorded, "rebuild/select_told", as_of_at=as_of)
        erased = erased_of(recorded, _check_archive(events))
    rebuilt.notes += erased.notes
    texts = RecordedTexts.of(circulars)
    rebuilt.notes += texts.notes(circulars, as_of)
    with working_on(target):
        with transaction() as connection:
            if sql.fetch(connection, "rebuild/count_units")[0]["units"]:
                raise UserError("目标数据库不是空的：重建只能写入空的数据库，请另建一个。")
            copy_units(connection, units)
            copy_evidence(connection, evidence)
            copy_opened(connection, opened)
            copy_events(connection, planned, moves)
            copy_told(connection, told)
            sql.execute_many(connection, "rebuild/copy_question", questions)
        calendars = _calendars_came(events)
        for (_, moment), group in groupby(events, key=lambda event: (event.place, event.moment)):
            together = list(group)
            rows = [event.row for event in together]
            with standing_at(moment), before_calendars(frozenset(y for y, at in calendars.items() if moment < at)):
                _replay(rows, together[0].order, circulars, carried, erased, texts, rebuilt)
        with transaction() as connection, source.connect() as recorded:
            _insert_arrivals(connection, waiting)
            sql.execute(connection, "rebuild/silence_notices", reason=_SILENT)
            rebuilt.differences += differences(recorded, connection, as_of, circulars)
    return rebuilt


def _unrecorded_units(source: Connection) -> list[sql.Row]:
    """The register as it is, where no import of it was ever recorded (a database of an older version)."""
    has_imports = sql.fetch(source, "rebuild/count_imports", as_of_at=None)[0]["ever"]
    return [] if has_imports else all_units(source)


def _calendars_came(events: list[_Event]) -> dict[int, dt.datetime]:
    """When the calendar of a year was first used to confirm a deadline: before that it is not known to what is replayed."""
    confirmed = [event for event in reversed(events) if event.row.get("kind") == CONFIRMED]
    return {year: event.moment for event in confirmed for year in years_confirmed(event.row)}


def _events(source: Connection, as_of: dt.datetime, planned: list[sql.Row], moves: list[sql.Row]) -> list[_Event]:
    events = _in_sequence(
        sql.fetch(source, "rebuild/select_imports", as_of_at=as_of), "imported_at", lambda _: (_REGISTER, None)
    )
    arrivals = [
        row
        for row in sql.fetch(source, "rebuild/select_deliveries", as_of_at=as_of)
        if row["answered_at"] is not None and row["answered_at"] <= as_of
    ]
    arrivals.sort(key=lambda row: row["version"] or 0)
    events += _in_sequence(arrivals, "answered_at", lambda row: (_ARRIVAL, row["hand_in"] or row["id"]))
    decisions = sql.fetch(source, "rebuild/select_decisions", as_of_at=as_of)
    decisions = [row for row in decisions if row["sha256"] is None]  # those of a file come again with the file
    events += _in_sequence(
        decisions, "decided_at", lambda row: (_BEFORE if row["kind"] in _BEFORE_SCORING else _AFTER, None)
    )
    assessments = sql.fetch(source, "rebuild/select_assessments", as_of_at=as_of)
    assessments.sort(key=lambda row: row["revision"])
    events += _in_sequence(
        assessments, "assessed_at", lambda row: (_SCORING, (row["scheme"], row["period"], row["street_code"]))
    )
    events += [
        _Event(row["made_at"], _PAPER, row, row["made_at"])
        for row in sql.fetch(source, "rebuild/select_paper_runs", as_of_at=as_of)
    ]
    events += _item_events(sql.fetch(source, "rebuild/select_item_events", as_of_at=as_of))
    turns = missed_and_made_up(planned, moves, arrivals)
    events += [_Event(row["at"], _MISSED, row, row["at"]) for row in turns]
    return sorted(events, key=lambda event: (event.place, event.moment))


def _in_sequence(rows: list[sql.Row], name: str, place: Callable[[sql.Row], tuple[int, object]]) -> list[_Event]:
    """Events of rows that are in the order in which they were recorded, by moment `name`. `place` gives each one's order
    among events of one moment, and the sequence that it is in: a clock set back does not put it before its predecessor."""
    events: list[_Event] = []
    before: dict[object, _Event] = {}
    for row in rows:
        order, sequence = place(row)
        moment, last = row[name], before.get(sequence)
        if last is not None and moment <= last.at:
            event = _Event(last.at, order, row, moment, last.step + (moment < last.at))
        else:
            event = _Event(moment, order, row, moment)
        before[sequence] = event
        events.append(event)
    return events


def _item_events(rows: list[sql.Row]) -> list[_Event]:
    """Runs of the chase, items handed on, and the moves that people made; others come again with a file or a document."""
    handed = {row["happened_at"]: row for row in rows if row["kind"] == HANDED_ON}
    chases = {
        (row["happened_at"], row["actor"]): row
        for row in rows
        if (row["kind"] in _CHASED and StageKey.is_one(row["stage"])) or row["kind"] in (PASSED, LOOKED_AT)
    }
    people = [
        row
        for row in rows
        if row["item_kind"] == RECTIFICATION_KIND
        and not StageKey.is_one(row["stage"])
        and row["actor"] != ACTOR
        and not row["is_delivered"]
    ]  # what people did to items of other kinds are decisions
    people.sort(key=lambda row: row["sequence"])
    return _in_sequence(people, "happened_at", lambda row: (_ITEM, row["item_id"])) + [
        _Event(moment, _CHASE if row["kind"] != HANDED_ON else _ITEM, row, moment)
        for moment, row in [*((moment, row) for (moment, _), row in chases.items()), *handed.items()]
    ]


def _check_archive(events: list[_Event]) -> list[str]:
    """Every raw file is there and whole, before anything is replayed; those of arrivals that were destroyed in time."""
    raw = [event.row["sha256"] for event in events if event.order in (_REGISTER, _ARRIVAL)]
    of_registers = (event.row for event in events if event.order == _REGISTER)
    raw += [row[name] for row in of_registers for name in ("attributes_sha256", "links_sha256") if row[name]]
    return check_archive(raw)


def _waiting(source: Connection, as_of: dt.datetime) -> list[sql.Row]:
    """Arrivals that had come by the moment and were not answered."""
    rows = sql.fetch(source, "rebuild/select_deliveries", as_of_at=as_of)
    return [row for row in rows if row["answered_at"] is None or row["answered_at"] > as_of]


def _replay(
    rows: list[sql.Row], order: int, circulars: dict[str, sql.Row], carried: list[sql.Row], erased: Erased, texts: RecordedTexts,
    rebuilt: Rebuilt,
) -> None:  # fmt: skip
    if order == _ARRIVAL:
        _replay_arrivals(rows, carried, erased, rebuilt)
        return
    for row in rows:
        try:
            if order == _REGISTER:
                with transaction() as connection:
                    replay_import(connection, row)
                rebuilt.imports += 1
            elif order == _PAPER:
                with transaction() as connection:
                    scheme = load_scheme(row["scheme"], Period.parse(row["period"]))
                    papers_apart(connection, scheme, row["street_code"], row["made_at"])
            elif order == _SCORING:
                with reading(texts.of_assessment(row)):
                    _replay_scoring(row, circulars, rebuilt)
            elif order == _MISSED:
                with transaction() as connection:
                    replay_missed(connection, row)
            elif order == _ITEM:
                _replay_move(row, rebuilt)
            elif order == _CHASE:
                with transaction() as connection:
                    chase_steps_day(connection, row["happened_at"], row["actor"])
                    chase_day(connection, row["happened_at"], row["actor"])
                rebuilt.chases += 1
            else:
                with reading(texts.of_document(row["field"])):
                    _replay_decision(row, circulars, rebuilt)
        except UserError as error:
            rebuilt.differences.append(f"{_named(row, order)}不能重做：{'；'.join(error.problems)}")


def _named(row: sql.Row, order: int) -> str:
    """What could not be replayed, as people name it."""
    return {
        _REGISTER: "登记册导入 {imported_at:%Y-%m-%d %H:%M} ",
        _PAPER: "{period} 的 {scheme} 材料 {made_at:%Y-%m-%d %H:%M} ",
        _SCORING: "考评 {id} ",
        _ITEM: "整改事项 {item_id:.12} 的第 {sequence} 步（{kind}）",
        _MISSED: "活动 {event_id} 的事项",
        _CHASE: "督办 {happened_at:%Y-%m-%d %H:%M} ",
    }.get(order, "决定 {kind} {field}").format(**row)


def _insert_arrivals(connection: Connection, rows: Iterable[sql.Row]) -> None:
    known = "id sha256 bytes file_name channel sender sender_trust codes received_at packet scheme streets"
    copy_arrivals(connection, ({name: row[name] for name in known.split()} for row in rows))


def _replay_arrivals(rows: list[sql.Row], carried: list[sql.Row], erased: Erased, rebuilt: Rebuilt) -> None:
    """Arrivals that were answered together are answered together; those of another collecting period by themselves, and
    those of a unit in the order of their versions, which need not be that of their clocks.

    A reply names the mail that it answers: which notices that mail carried is part of the record (`carried`).
    """
    if any(row["file_name"].lower().endswith(MAIL_SUFFIX) for row in rows):
        with transaction() as connection:
            sql.execute_many(connection, "rebuild/link_notice", carried)
    for collecting, group in groupby(rows, key=lambda row: row["collecting"] or ""):
        for together in _in_order_of_versions(list(group)):
            with transaction() as connection:
                _insert_arrivals(connection, together)
                copy_erased(connection, erased, together)
            answer_waiting(Period.parse(collecting) if collecting else None)
            rebuilt.arrivals += len(together)


def _in_order_of_versions(rows: list[sql.Row]) -> list[list[sql.Row]]:
    """The arrivals as one batch, where the order of receipt, in which a batch is answered, gives each its version again;
    else in several, of which each holds one arrival of a unit.
    """
    by_receipt: dict[str, list[sql.Row]] = {}
    for row in sorted(rows, key=lambda row: (row["received_at"], row["file_name"], row["id"])):
        by_receipt.setdefault(row["hand_in"] or "", []).append(row)
    alone = by_receipt.pop("", [])
    ordered = {hand_in: sorted(found, key=lambda row: row["version"]) for hand_in, found in by_receipt.items()}
    if ordered == by_receipt:
        return [rows]
    layers = zip_longest(*ordered.values())
    return [alone, *([row for row in layer if row is not None] for layer in layers)]


def _replay_scoring(row: sql.Row, circulars: dict[str, sql.Row], rebuilt: Rebuilt) -> None:
    scheme = load_scheme(row["scheme"], Period.parse(row["period"]))
    has_circular = any(circular["assessment_id"] == row["id"] for circular in circulars.values())
    with transaction() as connection:
        known_at = known_until(connection, scheme, row["assessed_at"])
        found = assess(connection, scheme, row["street_code"], known_at, "rebuild", row["revision"])
        if has_circular and found.id == row["id"]:
            draft(connection, found.id, row["assessed_at"])
    rebuilt.assessments += 1


def _replay_move(row: sql.Row, rebuilt: Rebuilt) -> None:
    """What a person did to an item, on the trigger dialog or by a mail that is no arrival of a file; or that items went on
    with who came after their unit."""
    with transaction() as connection:
        if row["kind"] == HANDED_ON:
            hand_over(connection, row["happened_at"])
        elif row["deadline"] is not None:
            give_deadline(connection, row["item_id"], row["deadline"], row["actor"], row["reason"], row["happened_at"])
        else:
            to = next((state for state, one in states().moves.items() if one.event == row["kind"]), row["kind"])
            move(connection, row["item_id"], to, row["actor"], row["reason"], row["happened_at"], row["sha256"])
    rebuilt.item_moves += 1


def _replay_decision(row: sql.Row, circulars: dict[str, sql.Row], rebuilt: Rebuilt) -> None:
    circular = circulars.get(row["field"])
    with transaction() as connection:
        if row["kind"] == "approval" and circular is not None:
            _issue(connection, row, circular)
            rebuilt.circulars += 1
        elif row["kind"] == "rejection" and circular is not None and behaviour_of(circular["kind"]).ends_when_rejected:
            _send_back(connection, row, circular)
        elif row["kind"] == "withdrawal" and circular is not None:
            withdraw(connection, circular["id"], row["decided_by"], row["decided_at"], row["reason"])
        elif row["kind"] == CONFIRMED:
            apply_confirmation(connection, row)
        elif row["kind"] == STEP_ACT:
            apply_step_act(connection, row)
            record(connection, row)
        else:
            record(connection, row)
    if row["kind"] == "review":
        answer_waiting(None)
    rebuilt.decisions += 1


def _issue(connection: Connection, row: sql.Row, circular: sql.Row) -> None:
    """The draft that was approved, issued as then, with what it brought about."""
    _redraft(connection, row, circular)
    decided = row["decided_by"], row["decided_at"], circular["issue_date"]
    with silence(NOT_ANNOUNCED):
        issue(connection, circular["id"], *decided, account=row["account"])
    with silence(_SILENT):
        behaviour_of(circular["kind"]).on_issue(connection, get_circular(connection, circular["id"]))


def _send_back(connection: Connection, row: sql.Row, letter: sql.Row) -> None:
    _redraft(connection, row, letter)
    decided = row["decided_by"], row["decided_at"], row["reason"]
    reject(connection, letter["id"], *decided, row["account"])
    behaviour_of(letter["kind"]).on_reject(connection, get_circular(connection, letter["id"]), *decided)


def _redraft(connection: Connection, row: sql.Row, circular: sql.Row) -> None:
    """The draft that the decision was about, where the replayed one differs or is missing."""
    found = find_circular(connection, circular["id"])
    if found is None or found["model_hash"] != row["value"]:
        behaviour_of(circular["kind"]).redrafted(connection, circular, row["value"], row["decided_at"])
