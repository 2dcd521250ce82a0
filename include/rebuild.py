"""Any past state again, in an empty database, from what cannot be recomputed: raw files, their arrivals, the register, decisions.

Events are replayed in the order in which they happened, through the same code as then: arrivals are answered, acts
recorded, periods scored, circulars drafted and issued. Then the two records are compared, and every difference is said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from sqlalchemy import Connection, Engine

from include.circulars.draft import draft
from include.circulars.issue import issue, withdraw
from include.db.engine import transaction, working_on
from include.db.sql import Row, execute, execute_many, fetch
from include.errors import UserError
from include.intake import archive
from include.intake.receive import answer_waiting
from include.period import Period, standing_at
from include.rectification.items import open_items
from include.schemes.loader import load_scheme
from include.scoring.assess import assess

_ARRIVAL, _BEFORE, _SCORING, _AFTER = range(4)  # what comes first where several things happened in one second
_BEFORE_SCORING = ("correction", "extension")
_TABLES = {
    "得分": "rebuild/select_scores",
    "分项得分": "rebuild/select_score_lines",
    "填报数": "rebuild/select_score_values",
    "变动说明": "scoring/select_restatement",
}
_SILENT = "由重建产生，不发送"
_NAMED = 3


@dataclass
class Rebuilt:
    """How much was replayed, and every difference from the record as a Chinese sentence; none: it is the same state."""

    as_of: dt.datetime
    arrivals: int = 0
    decisions: int = 0
    assessments: int = 0
    circulars: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def is_same(self) -> bool:
        return not self.differences


@dataclass(frozen=True)
class _Event:
    at: dt.datetime
    order: int
    row: Row


def rebuild(source: Engine, target: Engine, as_of: dt.datetime) -> Rebuilt:
    """Replay the record of `source` up to a moment into the empty `target`, and compare. `source` is only read.

    The archive is that of the settings. No notice of the target will ever be sent. Raises UserError where the target
    holds anything, or the archive has lost a file.
    """
    rebuilt = Rebuilt(as_of)
    with source.connect() as recorded:  # read at once: nobody who writes there waits for the replay
        circulars = {row["id"]: row for row in fetch(recorded, "rebuild/select_circulars")}
        units, events = fetch(recorded, "rebuild/select_units"), _events(recorded, as_of)
        waiting = _waiting(recorded, as_of)
    _check_archive(events)
    with working_on(target):
        with transaction() as connection:
            if fetch(connection, "rebuild/count_units")[0]["units"]:
                raise UserError("目标数据库不是空的：重建只能写入空的数据库，请另建一个。")
            execute_many(connection, "rebuild/insert_unit", units)
        for (moment, order), group in groupby(events, key=lambda event: (event.at, event.order)):
            with standing_at(moment):
                _replay([event.row for event in group], order, circulars, rebuilt)
        with transaction() as connection, source.connect() as recorded:
            _insert_arrivals(connection, waiting)
            execute(connection, "rebuild/silence_notices", reason=_SILENT)
            rebuilt.differences += _differences(recorded, connection, as_of, circulars)
    return rebuilt


def _events(source: Connection, as_of: dt.datetime) -> list[_Event]:
    events = [
        _Event(row["answered_at"], _ARRIVAL, row)
        for row in fetch(source, "rebuild/select_deliveries", as_of_at=as_of)
        if row["answered_at"] is not None and row["answered_at"] <= as_of
    ]
    for row in fetch(source, "rebuild/select_decisions", as_of_at=as_of):
        if row["sha256"] is None:  # those of a file come again with the file
            order = _BEFORE if row["kind"] in _BEFORE_SCORING else _AFTER
            events.append(_Event(row["decided_at"], order, row))
    events += [
        _Event(row["assessed_at"], _SCORING, row) for row in fetch(source, "rebuild/select_assessments", as_of_at=as_of)
    ]
    return sorted(events, key=lambda event: (event.at, event.order))


def _check_archive(events: list[_Event]) -> None:
    """Every raw file is there and whole, before anything is replayed: else it would be replayed as an unreadable one."""
    problems = []
    for sha256 in dict.fromkeys(event.row["sha256"] for event in events if event.order == _ARRIVAL):
        try:
            archive.load(sha256)
        except UserError as error:
            problems += error.problems
    if problems:
        raise UserError(
            *problems[:_NAMED], f"档案库（DUBAN_ARCHIVE）里共有 {len(problems)} 个收到的文件读不出，不能重建。"
        )


def _waiting(source: Connection, as_of: dt.datetime) -> list[Row]:
    """Arrivals that had come by the moment and were not answered."""
    rows = fetch(source, "rebuild/select_deliveries", as_of_at=as_of)
    return [row for row in rows if row["answered_at"] is None or row["answered_at"] > as_of]


def _replay(rows: list[Row], order: int, circulars: dict[str, Row], rebuilt: Rebuilt) -> None:
    if order == _ARRIVAL:
        _replay_arrivals(rows, rebuilt)
    for row in rows if order == _SCORING else []:
        _replay_scoring(row, circulars, rebuilt)
    for row in rows if order in (_BEFORE, _AFTER) else []:
        _replay_decision(row, circulars, rebuilt)


def _insert_arrivals(connection: Connection, rows: Iterable[Row]) -> None:
    known = ("id", "sha256", "bytes", "file_name", "channel", "sender", "received_at")
    execute_many(connection, "intake/insert_delivery", ({name: row[name] for name in known} for row in rows))


def _replay_arrivals(rows: list[Row], rebuilt: Rebuilt) -> None:
    """Arrivals that were answered together are answered together; those of another collecting period by themselves."""
    for collecting, group in groupby(rows, key=lambda row: row["collecting"] or ""):
        together = list(group)
        with transaction() as connection:
            _insert_arrivals(connection, together)
        answer_waiting(Period.parse(collecting) if collecting else None)
        rebuilt.arrivals += len(together)


def _replay_scoring(row: Row, circulars: dict[str, Row], rebuilt: Rebuilt) -> None:
    scheme = load_scheme(row["scheme"], Period.parse(row["period"]))
    has_circular = any(circular["assessment_id"] == row["id"] for circular in circulars.values())
    try:
        with transaction() as connection:
            found = assess(connection, scheme, row["street_code"], row["assessed_at"], "rebuild")
            if has_circular and found.id == row["id"]:
                draft(connection, found.id, row["assessed_at"])
    except UserError as error:
        rebuilt.differences.append(f"考评 {row['id']} 不能重做：{'；'.join(error.problems)}")
        return
    rebuilt.assessments += 1


def _replay_decision(row: Row, circulars: dict[str, Row], rebuilt: Rebuilt) -> None:
    circular = circulars.get(row["field"])
    try:
        with transaction() as connection:
            if row["kind"] == "approval" and circular is not None:
                _issue(connection, row, circular)
                rebuilt.circulars += 1
            elif row["kind"] == "withdrawal" and circular is not None:
                withdraw(connection, circular["id"], row["decided_by"], row["decided_at"], row["reason"])
            else:
                execute(connection, "intake/insert_decision", **row)
    except UserError as error:
        rebuilt.differences.append(f"通报 {row['field']} 不能重做：{'；'.join(error.problems)}")
    if row["kind"] == "review":
        answer_waiting(None)
    rebuilt.decisions += 1


def _issue(connection: Connection, row: Row, circular: Row) -> None:
    day, moment = circular["issue_date"], row["decided_at"]
    issue(connection, circular["id"], row["decided_by"], moment, day, announce=False)
    open_items(connection, circular["assessment_id"], day, moment, announce=False, reason=_SILENT)


def _differences(
    source: Connection, target: Connection, as_of: dt.datetime, circulars: dict[str, Row]
) -> Iterator[str]:
    """Everything in which the rebuilt record is not the recorded one."""
    recorded, again = (_by_id(fetch(one, "rebuild/select_assessments", as_of_at=as_of)) for one in (source, target))
    yield from _only_in("考评", recorded.keys(), again.keys())
    for key in sorted(recorded.keys() & again.keys()):
        for name, label in (("input_hash", "输入校验值"), ("scheme_version", "方案版本"), ("assessed_at", "考评时间")):
            if recorded[key][name] != again[key][name]:
                yield f"考评 {key} 的{label}不同：记录 {recorded[key][name]}，重建 {again[key][name]}。"
        for label, statement in _TABLES.items():
            old, new = (fetch(one, statement, assessment_id=key) for one in (source, target))
            yield from _rows_differ(f"考评 {key} 的{label}", old, new)
    for label, statement in (("报送", "rebuild/select_submissions"), ("决定", "rebuild/select_decisions")):
        old, new = (fetch(one, statement, as_of_at=as_of) for one in (source, target))
        yield from _rows_differ(label, old, new)
    issued = _by_id(fetch(target, "rebuild/select_circulars"))
    for key, row in circulars.items():
        if row["approved_at"] is not None and row["approved_at"] <= as_of and key in issued:
            yield from _rows_differ(f"通报 {key}", [row], [issued[key]])


def _by_id(rows: list[Row]) -> dict[str, Row]:
    return {row["id"]: row for row in rows}


def _only_in(what: str, recorded: Iterable[str], again: Iterable[str]) -> Iterator[str]:
    old, new = set(recorded), set(again)
    yield from (f"{what} {key} 在记录中有，重建不出来。" for key in sorted(old - new))
    yield from (f"{what} {key} 在记录中没有，重建却有。" for key in sorted(new - old))


def _rows_differ(what: str, old: list[Row], new: list[Row]) -> Iterator[str]:
    gone, come = [row for row in old if row not in new], [row for row in new if row not in old]
    if not gone and not come:
        return
    examples = []
    for before, after in list(zip(gone, come, strict=False))[:_NAMED]:
        names = [name for name in before if before[name] != after.get(name)]
        examples.append("、".join(f"{name}：记录 {before[name]!s:.60}，重建 {after.get(name)!s:.60}" for name in names))
    detail = f"例如 {'；'.join(examples)}" if examples else f"例如 {(gone or come)[0]}"
    yield f"{what}不同：记录有而重建没有 {len(gone)} 行，重建有而记录没有 {len(come)} 行；{detail:.600}。"
