"""A period for which nothing arrived keeps its books and accuses nobody: no circular, no items, no comparison."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from include.asking.opening import open_period
from include.db.engine import database_url, make_engine, transaction
from include.period import Period, now, parse_moment
from include.rebuild.replay import rebuild
from include.registry.imports import import_register
from include.reports.out import write_out
from include.scoring.comparison import compare
from include.scoring.reviews import decide_review, request_review
from include.steps import approvals, closing
from tests.history.story import Story
from tests.intake.receive_street import FIRST, REGISTER, SECOND, STREET, notices, rows, scheme_of, workbook

pytestmark = pytest.mark.story

OTHER = "990000002"
ASSESSMENT = f"half_year/2026H1/{STREET}/r1"
SAID = "云街街道2026年上半年没有收到任何材料，不起草通报"


@pytest.fixture
def story(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    return Story(world, monkeypatch)


def closes(story: Story, moment: str = "2026-08-16T08:00:00", period: str = "2026H1", *streets: str) -> list[str]:
    story.at(moment)
    return closing.close_streets("half_year", period, list(streets) or [STREET], "test")


def exported(world: Path) -> tuple[list[dict[str, str]], list[dict[str, str]], dict[str, object], set[str]]:
    """Scores, items, manifest and the names of the files."""
    with transaction() as connection:
        write_out(connection, scheme_of(), world / "out", STREET)
    tables = []
    for name in ("scores", "items"):
        with (world / f"out/{name}.csv").open(encoding="utf-8-sig") as file:
            tables.append(list(csv.DictReader(file)))
    manifest = json.loads((world / "out/manifest.json").read_text(encoding="utf-8"))
    return tables[0], tables[1], manifest, {path.name for path in (world / "out").iterdir()}


def test_such_a_period_is_scored_and_nothing_is_drafted_asked_or_mailed(story: Story) -> None:
    assert closes(story) == []
    assert closing.without_material("half_year", "2026Q2", []) == [SAID]
    assert rows("SELECT DISTINCT status FROM score") == [{"status": "未报"}]
    assert approvals.put_forward(ASSESSMENT) == ("", SAID), "whoever starts the workflow by hand"
    assert [rows(f"SELECT * FROM {table}") for table in ("circular", "question", "rectification_item", "notice")] == [
        [],
        [],
        [],
        [],
    ]


def test_its_export_lists_every_unit_as_missing_without_items_and_says_why_there_is_no_circular(
    story: Story, world: Path
) -> None:
    closes(story)
    scores, items, manifest, names = exported(world)
    assert [(row["unit_code"], row["total"], row["status"]) for row in scores] == [
        (FIRST.code, "", "未报"),
        (SECOND.code, "", "未报"),
    ]
    assert items == []
    assert manifest["note"] == f"{SAID}。"
    assert not {name for name in names if name.startswith("circular")}


def test_the_daily_check_does_not_take_it_up(story: Story) -> None:
    closes(story)
    assert approvals.take_up_stranded(lambda workflow, run_id: False) == {"circular": [], "letter": []}


def test_ops_are_alerted_where_units_were_asked_once(story: Story) -> None:
    story.at("2026-07-01T08:00:00")
    with transaction() as connection:
        open_period(connection, scheme_of(), STREET, now(), "test")
    assert closes(story) == closes(story, "2026-08-17T08:00:00") == []
    (alert,) = notices("ops_alert")
    assert alert["payload"]["title"] == SAID
    assert alert["payload"]["lines"][0].startswith("已向 2 个单位发出填报表，一份也没有收到：很可能是收件出了故障")
    assert rows("SELECT * FROM circular") == []


def test_a_form_that_was_returned_or_came_too_late_is_something_that_arrived(story: Story) -> None:
    story.hands_in("2026-07-08T10:00:00", 杏花=workbook(FIRST, members=""))
    assert rows("SELECT status FROM submission") == [{"status": "returned"}]
    assert closes(story) == [ASSESSMENT]
    assert approvals.put_forward(ASSESSMENT) == (f"{ASSESSMENT}/通报", "")


def test_what_arrives_later_by_a_review_makes_a_revision_whose_circular_is_a_plain_one(story: Story) -> None:
    closes(story)
    story.acts("2026-08-18T09:00:00", request_review, Period.parse("2026H1"), FIRST.code, "邮箱故障", "李四")
    story.acts("2026-08-18T10:00:00", decide_review, Period.parse("2026H1"), FIRST.code, True, "属实", "王五")
    story.hands_in("2026-08-18T11:00:00", 杏花=workbook(FIRST))
    (again,) = closing.preview_scores(f"half_year/2026H1/{STREET}", "test")
    assert again["streets"] == [STREET], "the period is closed again by itself"
    second = f"half_year/2026H1/{STREET}/r2"
    assert closes(story, "2026-08-18T12:00:00") == [second]
    assert approvals.draft_circular(second) == f"{second}/通报"
    assert closing.without_material("half_year", "2026H1", []) == []


def test_a_rebuild_comes_to_the_same(database: Engine, story: Story, world: Path, _sqlite_template: Path) -> None:
    closes(story)
    story.acts("2026-08-18T09:00:00", request_review, Period.parse("2026H1"), FIRST.code, "邮箱故障", "李四")
    story.acts("2026-08-18T10:00:00", decide_review, Period.parse("2026H1"), FIRST.code, True, "属实", "王五")
    story.hands_in("2026-08-18T11:00:00", 杏花=workbook(FIRST))
    story.closes("2026-08-18T12:00:00")
    shutil.copy(_sqlite_template, world / "again.db")
    target = make_engine(database_url(f"sqlite:///{world / 'again.db'}"))
    found = rebuild(database, target, parse_moment("2026-08-19T00:00:00", "test"))
    assert (found.assessments, found.differences) == (2, [])
    with target.connect() as connection:
        drafted = connection.execute(text("SELECT id FROM circular")).scalars().all()
    assert drafted == [f"half_year/2026H1/{STREET}/r2/通报"]
    target.dispose()


def test_no_period_is_compared_with_it_nor_it_with_another(story: Story) -> None:
    story.hands_in("2026-01-10T09:00:00", 杏花=workbook(FIRST, "2025H2"))
    closes(story, "2026-03-06T08:00:00", "2025H2")
    closes(story)
    story.hands_in("2027-01-10T09:00:00", 杏花=workbook(FIRST, "2026H2"))
    closes(story, "2027-03-06T08:00:00", "2026H2")
    closes(story, "2027-03-06T09:00:00", "2026")
    with transaction() as connection:
        assert compare(connection, scheme_of(), STREET, Period.parse("2026H1")) == []
        found = compare(connection, scheme_of("2026H2"), STREET, Period.parse("2026H2"))
    assert [str(one.earlier) for one in found] == ["2025H2"]


def test_a_year_is_not_compared_with_one_of_which_a_half_is_such(story: Story) -> None:
    closes(story, "2025-08-16T08:00:00", "2025H1")
    story.hands_in("2026-01-10T09:00:00", 杏花=workbook(FIRST, "2025H2"))
    closes(story, "2026-03-06T08:00:00", "2025H2")
    story.hands_in("2026-07-10T09:00:00", 杏花=workbook(FIRST))
    closes(story)
    story.hands_in("2027-01-10T09:00:00", 杏花=workbook(FIRST, "2026H2"))
    closes(story, "2027-03-06T08:00:00", "2026H2")
    for year, moment in (("2025", "2027-03-06T09:00:00"), ("2026", "2027-03-06T10:00:00")):
        assert closes(story, moment, year) == []
    with transaction() as connection:
        assert compare(connection, scheme_of("2026"), STREET, Period.parse("2026")) == []


def test_a_checkpoint_for_which_nothing_arrived_is_said_to_be_so_and_ops_alerted_where_units_were_asked(
    story: Story,
) -> None:
    story.at("2026-04-01T08:00:00")
    with transaction() as connection:
        open_period(connection, scheme_of("2026Q1"), STREET, now(), "test")
    closes(story, "2026-04-20T08:00:00", "2026Q1")
    said = "云街街道2026年第一季度没有收到任何材料"
    assert closing.without_material("half_year", "2026Q1", []) == [said]
    (alert,) = notices("ops_alert")
    assert alert["payload"]["title"] == said


def test_of_two_streets_only_the_one_that_handed_in_gets_a_draft(story: Story, world: Path) -> None:
    path = world / "two.csv"
    more = REGISTER.split("\n", 1)[1].replace(STREET, OTHER).replace("云街", "水街")
    path.write_text(REGISTER + more, encoding="utf-8")
    with transaction() as connection:
        import_register(connection, path, dt.date(2000, 1, 1), "张三")
    story.hands_in("2026-07-08T10:00:00", 杏花=workbook(FIRST))
    assert closes(story, "2026-08-16T08:00:00", "2026H1", STREET, OTHER) == [ASSESSMENT]
    assert closing.without_material("half_year", "2026H1", [STREET, OTHER]) == [SAID.replace("云街", "水街")]
