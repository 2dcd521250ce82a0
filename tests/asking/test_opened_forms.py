"""Which forms were opened is known without the outbox: to reminders, to the alert that nothing arrived, to a rebuild."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from include.asking.opened import is_opened, returned_copy, workbooks_of
from include.asking.opening import open_inspection, open_period
from include.asking.reminders import remind_missing
from include.db.engine import database_url, make_engine, transaction
from include.outbox.outbox import silence
from include.period import now, parse_moment
from include.rebuild.replay import rebuild
from include.steps import closing
from tests.history.story import Story
from tests.intake.receive_street import FIRST, SECOND, STREET, notices, rows, scheme_of, workbook

SCHEME = scheme_of()
OPENED = "SELECT * FROM opened_form ORDER BY form, unit_code, reader"


@pytest.fixture
def story(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    return Story(world, monkeypatch)


def opens(story: Story, moment: str, silent_because: str = "") -> None:
    story.at(moment)
    with transaction() as connection, silence(silent_because):
        open_period(connection, SCHEME, STREET, now(), "test")


def asked() -> dict[object, object]:
    return {row["unit_code"]: row["asked_at"] for row in rows(OPENED)}


def test_a_form_that_was_opened_silently_is_asked_for_by_an_opening_that_tells(story: Story) -> None:
    opens(story, "2026-07-01T08:00:00", "补跑")
    assert asked() == {FIRST.code: None, SECOND.code: None}
    opens(story, "2026-07-02T08:00:00")
    told = asked()
    assert None not in told.values()
    opens(story, "2026-07-03T08:00:00", "补跑")
    opens(story, "2026-07-04T08:00:00")
    assert asked() == told


def test_what_was_opened_and_told_of_is_not_written_again(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """But the form of a unit that gets it only now."""
    written: list[str] = []

    def write(*given: object, **more: object) -> bytes:
        written.append(given[2].code)  # type: ignore[attr-defined]
        return b"a form"

    monkeypatch.setattr("include.asking.opening.write_form", write)
    with transaction() as connection:
        connection.execute(text("UPDATE unit SET secretary_email = '' WHERE code = :code"), {"code": SECOND.code})
    opens(story, "2026-07-01T08:00:00")
    assert written == [FIRST.code, SECOND.code]
    opens(story, "2026-07-02T08:00:00")
    opens(story, "2026-07-02T09:00:00", "补跑")
    assert written == [FIRST.code, SECOND.code]
    with transaction() as connection:
        connection.execute(text("UPDATE unit SET secretary_email = 's@x.cn' WHERE code = :code"), {"code": SECOND.code})
    opens(story, "2026-07-03T08:00:00")
    assert written == [FIRST.code, SECOND.code, SECOND.code]


def test_a_unit_without_an_address_has_its_form_and_was_not_asked(story: Story) -> None:
    with transaction() as connection:
        connection.execute(text("UPDATE unit SET secretary_email = '' WHERE code = :code"), {"code": SECOND.code})
    opens(story, "2026-07-01T08:00:00")
    assert [code for code, at in asked().items() if at is None] == [SECOND.code]
    with transaction() as connection:
        assert len(workbooks_of(connection, SCHEME, ["main"], SECOND.code)) == 1


def test_the_workbook_of_an_inspection_makes_no_scheme_one_that_is_in_use(story: Story) -> None:
    story.at("2026-08-02T08:00:00")
    with transaction() as connection:
        open_inspection(connection, SCHEME, STREET, now(), "test")
        assert not is_opened(connection, SCHEME)
    [opened] = rows(OPENED)
    assert (opened["form"], opened["unit_code"], opened["filler"]) == ("inspection", STREET, "inspectors")


def test_purging_old_notices_changes_nothing_in_what_is_done(story: Story) -> None:
    """Reminders bring the same files, the alert counts the same units, whether or not the outbox still knows."""
    opens(story, "2026-07-01T08:00:00")
    story.hands_in("2026-07-08T10:00:00", 柳堤=workbook(SECOND, members=""))
    kept = purged_and_not(story, "2026-07-13T08:00:00")
    assert kept[0] == kept[1]
    assert [name for files, _ in kept[0] for name, _ in files] == [
        "半年党建检查考评_填报表_杏花社区_2026H1.xlsx",
        "退回_柳堤.xlsx",
    ]
    with transaction() as connection:
        connection.execute(text("DELETE FROM submission"))
    story.at("2026-08-16T08:00:00")
    closing.close_streets("half_year", "2026H1", [STREET], "test")
    (alert,) = notices("ops_alert")
    assert str(alert["payload"]["lines"][0]).startswith("已向 2 个单位发出填报表")  # type: ignore[index]


def purged_and_not(story: Story, moment: str) -> list[list[tuple[list[tuple[str, str]], str]]]:
    """What reminders say and carry while the outbox still holds what was mailed, and after that was purged."""
    story.at(moment)
    found = []
    for _ in range(2):
        with transaction() as connection:
            assert is_opened(connection, SCHEME)
            remind_missing(connection, SCHEME, STREET, now())
        told = notices("hand_in_reminder")
        found.append(
            [
                ([(file["name"], file["sha256"]) for file in notice["attachments"]], str(notice["payload"]))  # type: ignore[attr-defined]
                for notice in sorted(told, key=lambda notice: str(notice["recipient"]))
            ]
        )
        with transaction() as connection:
            connection.execute(text("DELETE FROM notice"))
    return found


def test_a_rebuild_knows_the_forms_that_were_opened_by_then(
    database: Engine, story: Story, world: Path, _sqlite_template: Path
) -> None:
    opens(story, "2026-07-01T08:00:00", "补跑")
    opens(story, "2026-07-03T08:00:00")
    shutil.copy(_sqlite_template, world / "again.db")
    target = make_engine(database_url(f"sqlite:///{world / 'again.db'}"))
    assert rebuild(database, target, parse_moment("2026-07-02T00:00:00", "test")).differences == []
    with target.connect() as connection:
        again = connection.execute(text("SELECT unit_code, file_name, asked_at FROM opened_form ORDER BY 1")).all()
    target.dispose()
    assert [tuple(row) for row in again] == [
        (unit.code, f"半年党建检查考评_填报表_{unit.name}_2026H1.xlsx", None) for unit in (FIRST, SECOND)
    ]


def test_a_copy_that_never_went_back_is_none(connection: Connection) -> None:
    assert returned_copy(connection, SCHEME, ["main"], FIRST.code) is None
