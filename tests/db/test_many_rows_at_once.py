"""What is written many rows at a time is what is written row by row, on both databases."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects.postgresql.psycopg2 import dialect
from sqlalchemy.exc import IntegrityError

from include.db import sql
from include.db.copying import _taken_apart
from include.db.engine import in_transaction
from include.period import now

ODD = ["", "\\N", "\\", "a\tb", "行一\n行二\r\n", "'\"", "%s %(x)s %%", "\\.", "NULL", "ÿ𠀀", "{}", "\\n"]
DAY = dt.date(2026, 7, 1)


def _lines(unit: str) -> list[dict[str, Any]]:
    line = {"assessment_id": "a", "unit_code": unit, "has_problem": True, "full_points": "5", "details": None}
    return [
        {**line, "indicator": str(at), "position": at, "points": points, "outcome": text, "explanation": text,
         "problem": text, "deadline_working_days": days, "points_exact": exact}
        for at, text in enumerate(ODD)
        for points, days, exact in [("4.12" if at % 2 else None, at or None, "7/3" if at else None)]
    ]  # fmt: skip


def _read(connection: Connection, table: str, unit: str) -> list[tuple[Any, ...]]:
    result = connection.exec_driver_sql(f"SELECT * FROM {table} WHERE unit_code = '{unit}'")
    at = list(result.keys()).index("unit_code")
    return sorted((tuple(row[:at]) + tuple(row[at + 1 :]) for row in result), key=str)


def test_many_rows_are_written_as_one_by_one_whatever_stands_in_them(connection: Connection) -> None:
    for row in _lines("one"):
        sql.execute(connection, "scoring/insert_score_line", **row)
    sql.execute_many(connection, "scoring/insert_score_line", _lines("many"))
    assert _read(connection, "score_line", "many") == _read(connection, "score_line", "one")
    assert [row[6] for row in _read(connection, "score_line", "many")].count("") == 1


def _opened(unit: str, name: str, asked_at: dt.datetime | None) -> dict[str, Any]:
    return {
        "scheme": "s", "period": "2026H1", "unit_code": unit, "form": "f", "reader": "", "street_code": "1", "filler": "",
        "opened_at": now(), "asked_at": asked_at, "file_name": name, "sha256": "0" * 64,
    }  # fmt: skip


@pytest.mark.parametrize("is_once", [True, False])
def test_rows_that_stand_already_become_what_the_statement_says(connection: Connection, is_once: bool) -> None:
    """The same row twice in one go, too: what comes later counts, but not where nobody is told of it."""
    first = [_opened(str(at), "old", now()) for at in range(3)]
    sql.execute_many(connection, "asking/insert_opened_form", first)
    later = [_opened("0", "new", now()), _opened("1", "new", None), _opened("9", "new", None)]
    again = [] if is_once else [_opened("0", "newest", now()), _opened("0", "never", None)]
    sql.execute_many(connection, "asking/insert_opened_form", later + again)
    found = connection.exec_driver_sql("SELECT unit_code, file_name FROM opened_form ORDER BY unit_code").all()
    assert [tuple(row) for row in found] == [
        ("0", "new" if is_once else "newest"),
        ("1", "old"),
        ("2", "old"),
        ("9", "new"),
    ]


def test_rows_that_stand_already_are_passed_over_where_the_statement_says_so(connection: Connection) -> None:
    seen = [{"id": f"{at % 3_000}", "received_at": now() + dt.timedelta(seconds=at)} for at in range(6_000)]
    sql.execute_many(connection, "intake/insert_sighting", seen)
    rows = sql.fetch(connection, "intake/select_sightings")
    assert {row["id"]: row["received_at"] for row in rows} == {one["id"]: one["received_at"] for one in seen[:3_000]}


def test_acts_that_are_written_at_once_are_numbered_in_their_order(connection: Connection) -> None:
    act = {
        "kind": "x",
        "scheme": "",
        "period": "",
        "unit_code": "",
        "field": "",
        "value": "",
        "reason": "",
        "decided_by": "",
    }
    acts = [{**act, "id": f"{at:05}", "decided_at": now(), "sha256": None, "account": ""} for at in (*range(1_500), 7)]
    sql.execute_many(connection, "decisions/insert_decision", acts)
    found = connection.exec_driver_sql("SELECT id FROM decision ORDER BY sequence").scalars().all()
    assert found == [one["id"] for one in acts[:-1]]


def test_a_row_that_another_wrote_meanwhile_is_a_clash_like_any_other(database: Engine) -> None:
    """Who lost does it again, and finds what the first has written."""
    line = _lines("one")[0]
    tries = []

    def write(connection: Connection) -> None:
        tries.append(1)
        rows = [line, line] if len(tries) == 1 else [line]
        sql.execute_many(connection, "scoring/insert_score_line", rows)

    in_transaction(write)
    assert len(tries) == 2
    with database.begin() as connection, pytest.raises(IntegrityError):
        sql.execute_many(connection, "scoring/insert_score_line", [line])


def test_what_only_fills_a_table_is_copied_into_it() -> None:
    """Of each statement of ours: the parameters of its columns where they are plain, as the columns stand."""
    copied = set()
    for path in sql.FOLDER.glob("*/insert_*.sql"):
        name = f"{path.parent.name}/{path.name.split('.')[0]}"
        insert = _taken_apart(str(sql.statement(name, "postgresql").compile(dialect=dialect())))
        if insert is not None and insert.is_copy:
            copied.add(name)
            assert len(insert.given) == len(insert.columns), name
    assert copied >= {
        "scoring/insert_score", "scoring/insert_score_line", "scoring/insert_score_value", "scoring/insert_score_sheet",
        "scoring/insert_restatement", "registry/insert_unit", "intake/insert_finding", "intake/insert_merged_value",
    }  # fmt: skip


def test_dates_moments_and_figures_come_back_as_they_were(connection: Connection) -> None:
    unit = {
        "code": "990000001001", "valid_from": DAY, "valid_to": None, "name": "甲\t社区", "street_code": "990000001",
        "street": "云街", "unit_type": "社区", "households": 1200, "secretary_email": "", "officer_email": "\\N",
        "liaison_email": "", "is_provisional_code": False, "kind": "community",
    }  # fmt: skip
    later = {**unit, "valid_from": DAY.replace(year=2027), "valid_to": DAY.replace(year=2028)}
    sql.execute_many(connection, "registry/insert_unit", [unit, later])
    found = sql.fetch(connection, "registry/select_units")
    assert [row["valid_to"] for row in found] == [None, dt.date(2028, 7, 1)]
    assert {name: found[0][name] for name in unit} == unit
