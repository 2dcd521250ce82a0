"""Who came to an activity day by name: as many as the totals say, read by the community alone, gone in time, put right at any time."""

from __future__ import annotations

import copy
import datetime as dt
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.archive.data_keys import LedgerKey, known_keys
from include.archive.personal_cells import unsealed
from include.db.engine import database_url, get_engine, make_engine, migrate
from include.db.tables import metadata
from include.ledgers.reading import rows_as_of
from include.period import parse_moment
from include.rebuild.replay import rebuild
from tests.events.activity_year import SUBJECTS, A, Year
from tests.ledgers.party_sheets import (
    BRANCH,
    MEMBERS,
    OF_MEMBERS,
    OF_ORGANISATIONS,
    ORGANISATIONS,
    member,
)
from tests.own_systems import add_systems
from tests.town import STREET

pytestmark = pytest.mark.story

LIST, COLUMNS, LEDGER = "活动日签到名单", "登记卡号,到/假/缺,志愿时长", "activity_day.attendance_list"
CARDS = [f"7700{number}" for number in range(1, 7)]
"""Long enough to be found by nobody in a hash."""


def six(came: str, hours: str = "") -> list[str]:
    """The list of a day on which six were to come, a letter each."""
    return [f"{card},{one},{hours if one == '到' else ''}" for card, one in zip(CARDS, came, strict=True)]


class Listed(Year):
    def sums(self, month: str, held: str, present: int, leave: int, absent: int, at: str) -> str:
        return self.reports(month, held, "党课", 6, present, leave, absent, 0, at=at)

    def lists(self, month: str, *lines: str, at: str) -> str:
        return self.hands_in(month, LIST, A, COLUMNS, *lines, at=at)

    def cards(self, day: str, known: str) -> dict[str, str]:
        """Who stands in the ledger as what, read with the key; by card, as held on a day and was known at a moment."""
        with self.database() as connection:
            rows = rows_as_of(connection, LEDGER, STREET, dt.date.fromisoformat(day), parse_moment(known, "test"))
        return {(unsealed(row.sealed) or {}).get("card", ""): row.cells["came"] for row in rows}

    def told_of_runs(self) -> list[tuple[str, str]]:
        """Whom a mail tells that somebody was absent running, and what it says."""
        with self.database() as connection:
            rows = connection.exec_driver_sql(
                "SELECT recipient, payload FROM notice ORDER BY due_at, stage, recipient"
            ).all()
        return [(str(row[0]), str(row[1])) for row in rows if "连续3次" in str(row[1])]

    def notes(self) -> list[str]:
        with self.database() as connection:
            found = connection.exec_driver_sql("SELECT message FROM finding WHERE severity = 'warn' ORDER BY message")
            return [str(row[0]) for row in found]


@pytest.fixture
def year(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Listed:
    add_systems(world, monkeypatch, activity_day="2026H1")
    listed = Listed(world, monkeypatch, "activity_day", subjects=SUBJECTS, links="")
    listed.on("2026-01-05")
    return listed


def test_a_list_has_as_many_as_the_totals_and_none_comes_before_them(year: Listed) -> None:
    assert year.lists("2026-01", *six("到到到到假缺"), at="2026-01-26T09:00:00") == "returned"
    assert "还没有收到本期的《活动日签到汇总》" in year.said
    assert year.sums("2026-01", "2026-01-24", 4, 1, 1, "2026-01-26T10:00:00") == "accepted", year.said
    assert year.lists("2026-01", *six("到到到假假缺"), at="2026-01-26T11:00:00") == "returned"
    for part in ("“到”的人数与汇总的实到不同（3，应为 4）", "“假”的人数与汇总的请假不同（2，应为 1）"):
        assert part in year.said, year.said
    twice = [*six("到到到到假缺")[:5], f"{CARDS[0]},缺,"]
    assert year.lists("2026-01", *twice, at="2026-01-26T12:00:00") == "returned"
    assert "重复" in year.said and not any(card in year.said for card in CARDS), year.said
    absent = [*six("到到到到假缺")[:5], f"{CARDS[5]},缺,2"]
    assert year.lists("2026-01", *absent, at="2026-01-26T13:00:00") == "returned"
    assert "没有到的不能有志愿时长" in year.said and CARDS[5] not in year.said
    assert year.lists("2026-01", *six("到到到到假缺", "2"), at="2026-01-26T14:00:00") == "accepted", year.said


def test_a_wrong_name_is_put_right_by_the_whole_list_and_the_day_before_reads_as_it_was_known(year: Listed) -> None:
    assert year.sums("2026-01", "2026-01-24", 4, 1, 1, "2026-01-26T10:00:00") == "accepted", year.said
    assert year.lists("2026-01", *six("到到到到假缺"), at="2026-01-26T11:00:00") == "accepted", year.said
    assert year.sums("2026-02", "2026-03-01", 6, 0, 0, "2026-03-02T10:00:00") == "accepted", year.said
    assert year.lists("2026-02", *six("到到到到到到"), at="2026-03-02T11:00:00") == "accepted", year.said
    # in January it was another card that was absent: the one that was named by mistake is in the list no more
    right = [*six("到到到到假缺")[:5], "770099,缺,"]
    assert year.lists("2026-01", *right, at="2026-03-03T11:00:00") == "accepted", year.said
    with year.database() as connection:
        whole = rows_as_of(connection, LEDGER, STREET, dt.date(2026, 6, 30), parse_moment("2026-07-01T00:00:00", "t"))
    assert sorted(row.period for row in whole) == ["2026-01"] * 6 + ["2026-02"] * 6
    assert CARDS[5] not in year.cards("2026-01-31", "2026-03-04T00:00:00")
    assert year.cards("2026-01-31", "2026-03-04T00:00:00")["770099"] == "缺"
    then = year.cards("2026-01-31", "2026-03-02T00:00:00")
    assert then[CARDS[5]] == "缺" and "770099" not in then
    # totals that are put right say so where a list speaks against them, and are taken
    assert year.sums("2026-01", "2026-01-24", 5, 0, 1, "2026-03-04T10:00:00") == "accepted", year.said
    assert any("实到与已报的签到名单不同，请重报名单" in one for one in year.notes()), year.notes()
    again = [*six("到到到到到缺")[:5], "770099,缺,"]
    assert year.lists("2026-01", *again, at="2026-03-04T11:00:00") == "accepted", year.said


def test_who_is_absent_three_times_running_stands_in_the_communitys_own_receipt_by_line(year: Listed) -> None:
    months = {"2026-01": "2026-01-24", "2026-02": "2026-03-01", "2026-03": "2026-03-28", "2026-04": "2026-04-25"}
    said = {"2026-01": "到到到到假缺", "2026-02": "到到到缺到缺", "2026-03": "到到到缺到缺", "2026-04": "到到到假到到"}
    for month, held in months.items():
        came = said[month]
        after = (dt.date.fromisoformat(held) + dt.timedelta(days=1)).isoformat()
        totals = [came.count(one) for one in "到假缺"]
        assert year.sums(month, held, *totals, f"{after}T10:00:00") == "accepted", year.said
        assert year.lists(month, *six(came), at=f"{after}T11:00:00") == "accepted", year.said
    [told] = year.told_of_runs()
    assert told[0] == "a@x.cn" and "2026年1月、2026年2月、2026年3月" in told[1] and "第11行" in told[1], told
    assert not any(card in told[1] for card in CARDS)
    with year.database() as connection:  # nobody above the community reads of it, in no list of arrivals or findings
        messages = [str(row[0]) for row in connection.exec_driver_sql("SELECT message FROM delivery").all()]
    assert not any("连续" in one for one in (*messages, *year.notes()))

    # it was leave after all: February is put right, and the next list says nothing of it
    assert year.sums("2026-02", "2026-03-01", 4, 1, 1, "2026-04-27T10:00:00") == "accepted", year.said
    assert year.lists("2026-02", *six("到到到缺到假"), at="2026-04-27T11:00:00") == "accepted", year.said
    assert year.lists("2026-03", *six("到到到缺到缺")[::-1], at="2026-04-27T12:00:00") == "accepted", year.said
    assert len(year.told_of_runs()) == 1


def test_a_card_is_nowhere_but_in_the_communitys_own_sheets_and_gone_a_year_after_the_year(year: Listed) -> None:
    assert year.sums("2026-01", "2026-01-24", 4, 1, 1, "2026-01-26T10:00:00") == "accepted", year.said
    assert year.lists("2026-01", *six("到到到到假缺", "2"), at="2026-01-26T11:00:00") == "accepted", year.said
    wrong = [*six("到到到到假缺")[:5], f"{CARDS[0]},缺,"]
    assert year.lists("2026-01", *wrong, at="2026-01-26T12:00:00") == "returned"
    year.patch.setenv("DUBAN_NOW", "2026-07-15T09:00:00")
    year.closes("2026H1")
    for text in everything(year):
        assert not any(card.encode() in text for card in CARDS), text[:200]
    figures = {row["figure"]: row["value"] for row in year.read("2026H1", "figures.csv") if row["code"] == A}
    assert (figures["listed_present"], figures["listed_hours"]) == ("4", "8")

    again = make_engine(database_url(f"sqlite:///{year.world / 'again.db'}"))
    migrate(again)
    assert rebuild(get_engine(), again, parse_moment("2026-07-16T12:00:00", "test")).differences == []
    with again.connect() as connection, year.database() as first:
        asked = "SELECT row_key, version, cells FROM ledger_row ORDER BY row_key, version"
        assert connection.exec_driver_sql(asked).all() == first.exec_driver_sql(asked).all()

    own = LedgerKey(LEDGER, A, 2026)
    year.on("2027-12-31")
    assert own in known_keys()
    year.on("2028-01-01")
    assert own not in known_keys()
    assert set(year.cards("2026-01-31", "2028-01-02T00:00:00")) == {""}
    later = {row["figure"]: row["value"] for row in year.read("2026H1", "figures.csv") if row["code"] == A}
    assert later["listed_present"] == "4"  # counts stay


def everything(year: Listed) -> Iterator[bytes]:
    """All rows of the database, all files of the archive and of OUT as they lie on the disk."""
    with year.database() as connection:
        for table in metadata.sorted_tables:
            rows = connection.execute(table.select()).mappings().all()
            yield json.dumps([dict(row) for row in rows], default=str, ensure_ascii=False).encode()
    year.out("2026H1")
    for folder in (Path(os.environ["DUBAN_ARCHIVE"]), year.world / "out_2026H1"):
        yield from (path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_more_than_there_are_members_is_noted_where_the_office_keeps_their_ledger(year: Listed) -> None:
    assert year.sums("2026-01", "2026-01-24", 4, 1, 1, "2026-01-26T10:00:00") == "accepted", year.said
    assert "党员名册" not in year.said  # nobody keeps one: nothing is asked
    members = copy.copy(year)
    members.system = "party_statistics"
    org, rows = BRANCH.format(code=A), [member(number, "1960-01", "居民") for number in range(1, 6)]
    for form, columns, lines in ((ORGANISATIONS, OF_ORGANISATIONS, [org]), (MEMBERS, OF_MEMBERS, rows)):
        said = members.hands_in("2026H1", form, A, columns, *lines, at="2026-02-02T10:00:00")
        assert said == "accepted", members.said
    assert year.sums("2026-02", "2026-03-01", 5, 1, 0, "2026-03-02T10:00:00") == "accepted", year.said
    assert [one for one in year.notes() if "应到多于党员名册在册的" in one], year.notes()
