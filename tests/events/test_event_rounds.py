"""A year of events in a street: planned in December before, told of, reported, moved, cancelled, not held, made up."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include import period as calendars
from include.db import sql
from include.db.engine import transaction
from include.errors import UserError
from include.events.acts import act_on_event, series_named
from include.events.record import known_events
from include.events.sheets import remarks_on, series_of, take_sheet
from include.period import Period, now, parse_moment
from include.registry.units import import_units
from include.schemes.loader import load_scheme
from include.steps import diary
from tests.intake.receive_street import FIRST, SECOND, STREET, prepare, rows
from tests.own_systems import add_systems


class Year:
    """The clock, and what the daily round does at it."""

    def __init__(self, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world, self.monkeypatch = world, monkeypatch
        add_systems(world, monkeypatch, gathering="2026-01")
        prepare(world)

    def day(self, moment: str) -> None:
        self.monkeypatch.setenv("DUBAN_NOW", f"{moment}T07:50:00")
        diary.keep_diary("test")

    def of(self, code: str, month: str) -> sql.Row:
        [row] = rows(f"SELECT * FROM event WHERE unit_code = '{code}' AND period = '{month}'")
        return row

    def state(self, code: str, month: str) -> str:
        return str(self.of(code, month)["state"])

    def holds(self, code: str, month: str, held_on: str, received: str, present: str = "34") -> None:
        scheme = load_scheme("gathering", Period.parse(month))
        series = series_of(scheme, "main")
        assert series is not None
        cells = {"held_on": held_on, "expected": "40", "present": present}
        with transaction() as connection:
            take_sheet(
                connection,
                scheme,
                series,
                code,
                STREET,
                cells,
                parse_moment(received, "test"),
                f"{held_on}{present:0>54}",
            )

    def acts(self, act: str, code: str, month: str, day: dt.date | None = None) -> sql.Row:
        scheme = load_scheme("gathering", Period.parse(month))
        with transaction() as connection:
            return act_on_event(
                connection, act, scheme=scheme, series=series_named(scheme, "集体活动日"), unit_code=code, by="ops",
                reason="与选举日冲突", at=now(), day=day,
            )  # fmt: skip

    def told(self, kind: str) -> list[tuple[str, str]]:
        found = rows(f"SELECT subject, stage FROM notice WHERE kind = '{kind}' ORDER BY due_at, subject, stage")
        return [(str(row["subject"]).removeprefix("gathering.gathering_day/"), str(row["stage"])) for row in found]


@pytest.fixture
def year(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Year:
    return Year(world, monkeypatch)


def registered(year: Year, line: str) -> None:
    folder = year.world / "facts"
    folder.mkdir(exist_ok=True)
    (folder / "subjects.csv").write_text(
        "code,name,street_code,street,kind,secretary_email\n"
        + "".join(f"{u.code},{u.name},{STREET},云街街道,社区,{u.secretary_email}\n" for u in (FIRST, SECOND)),
        encoding="utf-8",
    )
    (folder / "attributes.csv").write_text(f"code,name,value\n{line}\n", encoding="utf-8")
    with transaction() as connection:
        import_units(connection, folder, dt.date(2000, 1, 1))


def test_a_year_is_planned_in_december_and_every_event_taken_to_its_end(year: Year) -> None:
    """The dates of May and June are those of the specification's case."""
    year.day("2025-12-14")
    assert not rows("SELECT 1 FROM event")
    year.day("2025-12-15")
    planned = [
        str(row["planned_date"])
        for row in rows(f"SELECT * FROM event WHERE unit_code = '{FIRST.code}' ORDER BY period")
    ]
    assert planned[:3] == ["2026-01-24", "2026-03-01", "2026-03-28"] and len(planned) == 12

    year.day("2026-01-20")
    assert year.told("event_invitation") == []
    year.day("2026-01-21")
    year.day("2026-01-21")
    assert [subject for subject, _ in year.told("event_invitation")] == [
        f"{FIRST.code}/2026-01/1",
        f"{SECOND.code}/2026-01/1",
    ]
    assert year.state(FIRST.code, "2026-01") == "已通知"
    year.day("2026-01-23")
    assert len(year.told("event_invitation")) == 4  # once more on the working day before
    year.holds(FIRST.code, "2026-01", "2026-01-24", "2026-01-26T10:00:00")
    held = year.of(FIRST.code, "2026-01")
    assert (held["state"], held["expected"], held["present"]) == ("已开展", 40, 34)

    year.day("2026-01-28")
    assert year.state(SECOND.code, "2026-01") == "已通知"  # due that day, 3 working days after
    year.day("2026-01-29")
    assert year.state(SECOND.code, "2026-01") == "未报"
    year.day("2026-02-06")
    assert year.state(SECOND.code, "2026-01") == "未报"  # 5 working days after the month's end
    year.day("2026-02-09")
    assert year.state(SECOND.code, "2026-01") == "未开展"
    year.holds(SECOND.code, "2026-01", "2026-02-11", "2026-02-11T18:00:00")
    assert year.state(SECOND.code, "2026-01") == "补报"
    year.holds(SECOND.code, "2026-01", "2026-02-11", "2026-02-12T18:00:00", present="36")
    assert (year.of(SECOND.code, "2026-01")["state"], year.of(SECOND.code, "2026-01")["present"]) == ("补报", 36)

    year.day("2026-05-28")  # nothing ran meanwhile: what was missed is caught up
    assert [year.state(FIRST.code, month) for month in ("2026-02", "2026-03", "2026-04", "2026-05")] == [
        "未开展",
        "未开展",
        "未开展",
        "未报",
    ]
    year.day("2026-06-05")
    assert year.state(FIRST.code, "2026-05") == "未报"
    year.day("2026-06-08")
    assert year.state(FIRST.code, "2026-05") == "未开展"
    assert (f"{FIRST.code}/2026-05/1", "未报") in year.told("event_missed")
    [item] = rows(f"SELECT * FROM rectification_item WHERE unit_code = '{FIRST.code}' AND indicator LIKE '%2026-05'")
    assert (item["kind"], str(item["opened_date"]), str(item["deadline"])) == (
        "missed_event",
        "2026-06-08",
        "2026-06-30",
    )
    assert item["problem"] == "2026年5月集体活动日未开展"
    with transaction() as connection:
        months = [Period.parse(f"2026-{month:02}") for month in range(1, 13)]
        then = known_events(connection, "gathering", months, STREET, parse_moment("2026-02-10T00:00:00", "test"))
    known = {(row["unit_code"], row["period"]): row for row in then}
    assert known[FIRST.code, "2026-01"]["present"] == 34 and known[SECOND.code, "2026-01"]["state"] == "未开展"
    assert known[FIRST.code, "2026-05"]["state"] == "已排定"


def test_a_changed_calendar_moves_only_what_nobody_was_told_of(year: Year, monkeypatch: pytest.MonkeyPatch) -> None:
    year.day("2026-03-25")
    assert year.state(FIRST.code, "2026-03") == "已通知"
    known = calendars._calendars()
    days_off, worked = known[2026]
    changed = {**known, 2026: (days_off, worked | {dt.date(2026, 3, 28), dt.date(2026, 4, 25)})}
    monkeypatch.setattr(calendars, "_calendars", lambda: changed)
    year.day("2026-03-26")
    assert str(year.of(FIRST.code, "2026-03")["planned_date"]) == "2026-03-28"
    assert str(year.of(FIRST.code, "2026-04")["planned_date"]) == "2026-04-26"
    [moved] = rows(f"SELECT * FROM event_change WHERE event_id LIKE '%/{FIRST.code}/2026-04/%' AND sequence = 2")
    assert moved["reason"] and moved["actor"] == "系统"


def test_a_person_moves_cancels_and_restores_an_event_and_its_holder_is_told(year: Year) -> None:
    year.day("2026-01-05")
    year.acts("改期", FIRST.code, "2026-01", dt.date(2026, 1, 31))
    year.acts("改期", FIRST.code, "2026-01", dt.date(2026, 1, 31))
    assert str(year.of(FIRST.code, "2026-01")["planned_date"]) == "2026-01-31"
    year.day("2026-01-06")
    assert str(year.of(FIRST.code, "2026-01")["planned_date"]) == "2026-01-31"  # the plan leaves it where it was put
    year.acts("取消", SECOND.code, "2026-01")
    assert [stage.partition("@")[0] for _, stage in year.told("event_invitation")] == ["改期", "取消"]
    year.day("2026-03-02")
    assert year.state(SECOND.code, "2026-01") == "取消"  # neither held nor missed
    with pytest.raises(UserError, match="没有排定") as refused:
        year.acts("改期", "990000001999", "2026-01")
    assert "没有填新的日期" in str(refused.value)
    assert rows("SELECT COUNT(*) AS n FROM decision WHERE kind LIKE 'event_%'")[0]["n"] == 2
    year.acts("恢复", SECOND.code, "2026-01")
    year.day("2026-03-03")
    assert year.state(SECOND.code, "2026-01") == "未开展"


def test_a_day_in_another_month_goes_back_and_one_far_from_the_plan_is_noted(year: Year) -> None:
    year.day("2026-01-05")
    scheme = load_scheme("gathering", Period.parse("2026-02"))
    series = series_of(scheme, "main")
    assert series is not None

    def said(held: str, received: str = "2026-03-02T10:00:00") -> list[tuple[bool, str]]:
        with transaction() as connection:
            remarks = remarks_on(
                connection, scheme, series, FIRST.code, dt.date.fromisoformat(held), parse_moment(received, "test")
            )
        return [(one.fails, one.sentence) for one in remarks]

    assert said("2026-03-01") == []  # planned there
    assert said("2026-02-27") == []
    assert [fails for fails, _ in said("2026-02-20")] == [False] and "未按统一日期" in said("2026-02-20")[0][1]
    assert [fails for fails, _ in said("2026-03-02")] == [True] and "另一期" in said("2026-03-02")[0][1]
    assert said("2026-03-12", "2026-03-12T10:00:00") == []  # made up once it counted as not held


def test_the_rule_is_that_of_the_community_else_of_its_street_else_of_its_county(year: Year) -> None:
    registered(year, f"{FIRST.code},活动日,R3\n990000,活动日,R2")
    year.day("2026-01-02")
    assert str(year.of(FIRST.code, "2026-09")["planned_date"]) == "2026-09-28"
    assert str(year.of(SECOND.code, "2026-10")["planned_date"]) == "2026-10-08"
