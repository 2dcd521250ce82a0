"""Any past state comes again, row for row, from raw files, arrivals and decisions; what does not is named."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from include.archive import contents
from include.db.engine import database_url, make_engine, transaction
from include.errors import UserError
from include.intake.channels import record_delivery
from include.intake.receive import drain
from include.period import parse_moment
from include.rebuild.replay import Rebuilt, rebuild
from include.workbooks.forms import write_form
from tests.history.story import Story
from tests.intake.form_samples import fill
from tests.intake.receive_street import FIRST, STREET, figures, prepare, scheme_of
from tests.postgres import HAS_POSTGRES

LAST = parse_moment("2026-09-30T00:00:00", "test")
NewDatabase = Callable[[], Engine]


@pytest.fixture
def again(world: Path, _sqlite_template: Path) -> NewDatabase:
    """Empty databases, one after the other. SQLite, whatever the record is on."""
    count = iter(range(1000))

    def empty() -> Engine:
        path = world / f"again{next(count)}.db"
        shutil.copy(_sqlite_template, path)
        return make_engine(database_url(f"sqlite:///{path}"))

    return empty


def _random_moments(story: Story, count: int, seed: int) -> list[dt.datetime]:
    """Moments of the story, and moments between them."""
    chance = random.Random(seed)
    first, last = min(story.moments), max(story.moments)
    between = [
        first + dt.timedelta(seconds=chance.randrange(int((last - first).total_seconds()))) for _ in range(count)
    ]
    return [chance.choice([moment, chance.choice(story.moments)]) for moment in between]


def _rebuilt(database: Engine, again: NewDatabase, as_of: dt.datetime) -> Rebuilt:
    target = again()
    try:
        return rebuild(database, target, as_of)
    finally:
        target.dispose()


def _share(database: Engine, count: int) -> int:
    """How many of `count` this database takes, where both kinds are tested."""
    if not HAS_POSTGRES:
        return count
    return count // 2 if database.dialect.name == "postgresql" else count - count // 2


def test_the_whole_record_comes_again_sends_nothing_and_is_written_only_to_an_empty_database(
    database: Engine, story: Story, again: NewDatabase
) -> None:
    target = again()
    found = rebuild(database, target, LAST)
    assert found.differences == []
    assert (found.imports, found.arrivals, found.assessments, found.circulars) == (3, 12, 3, 4)
    assert (found.item_moves, found.chases) == (5, 5)
    with database.connect() as connection:
        answers = (
            "SELECT COUNT(*) FROM item_event JOIN delivery USING (sha256) WHERE kind = 'answered' AND name = '回信.eml'"
        )
        assert connection.execute(text(answers)).scalar_one() == 1
    with target.connect() as connection:
        states = set(connection.execute(text("SELECT state FROM notice")).scalars())
    assert states == {"skipped"}
    with pytest.raises(UserError, match="目标数据库不是空的"):
        rebuild(database, target, LAST)
    target.dispose()


def test_five_random_moments_come_again(database: Engine, story: Story, again: NewDatabase) -> None:
    for moment in _random_moments(story, _share(database, 5), seed=20261122):
        assert _rebuilt(database, again, moment).differences == [], moment


@pytest.mark.long
def test_a_hundred_random_moments_come_again(database: Engine, story: Story, again: NewDatabase) -> None:
    for moment in _random_moments(story, _share(database, 100), seed=len(database.dialect.name)):
        assert _rebuilt(database, again, moment).differences == [], moment


DAMAGE = {
    "UPDATE score SET total = 1 WHERE unit_code = '990000001001'": "的得分不同",
    "UPDATE score_line SET explanation = 'x' WHERE indicator = 'A1'": "的分项得分不同",
    "UPDATE assessment SET input_hash = 'x' WHERE revision = 2": "的输入校验值不同：记录 x",
    "UPDATE restatement SET why = 'x'": "的变动说明不同",
    "UPDATE submission SET status = 'returned' WHERE version = 2": "报送不同",
    "UPDATE rectification_item SET state = '待整改' WHERE state = '销号'": "state：记录 待整改，重建 销号",
    "UPDATE rectification_item SET owner = 'x' WHERE indicator = 'A1'": "owner：记录 x",
    "UPDATE item_event SET reason = 'x' WHERE kind = 'urged'": "整改经过不同",
    "UPDATE item_event SET reason = 'x' WHERE kind = 'verified'": "整改经过不同",
    "UPDATE unit SET households = 1 WHERE code = '990000001002'": "登记册不同",
    "UPDATE circular SET docx_sha256 = 'x' WHERE kind = '通报'": "通报 half_year/2026H1/990000001/r1/通报不同",
}


def test_what_does_not_come_again_is_named(database: Engine, story: Story, again: NewDatabase) -> None:
    with transaction() as connection:
        for damage in DAMAGE:
            assert connection.execute(text(damage)).rowcount > 0, damage
    found = _rebuilt(database, again, LAST)
    assert [said for said in DAMAGE.values() if not any(said in one for one in found.differences)] == []


def test_a_decision_that_was_lost_is_missed(database: Engine, story: Story, again: NewDatabase) -> None:
    with transaction() as connection:
        connection.execute(text("DELETE FROM decision WHERE kind = 'extension'"))
    found = _rebuilt(database, again, LAST)
    assert any("考评 half_year/2026H1/990000001/r1 的输入校验值不同" in one for one in found.differences)


def test_a_raw_file_that_was_lost_stops_the_rebuild_before_it_begins(
    database: Engine, story: Story, again: NewDatabase, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DUBAN_ARCHIVE", str(tmp_path / "elsewhere"))
    with pytest.raises(UserError, match="里共有 14 个收到的文件读不出，不能重建"):
        _rebuilt(database, again, LAST)


def test_closing_a_period_again_writes_nothing_but_a_log_row(story: Story) -> None:
    before = _rows()
    story.closes("2026-09-29T09:00:00")
    after = _rows()
    assert after == {**before, "run_log": before["run_log"] + 1}
    with transaction() as connection:
        revisions = connection.execute(text(f"SELECT MAX(revision) FROM assessment WHERE street_code = '{STREET}'"))
        assert revisions.scalar_one() == 3


def _rows() -> dict[str, int]:
    from include.db.tables import metadata

    with transaction() as connection:
        return {name: connection.execute(text(f"SELECT COUNT(*) FROM {name}")).scalar_one() for name in metadata.tables}


def test_merged_versions_come_again_in_the_order_of_their_versions_whatever_their_clocks_say(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch, again: NewDatabase
) -> None:
    """Files of a second drain that were changed earlier than those of the first, all at one simulated moment."""
    monkeypatch.setenv("DUBAN_NOW", "2026-07-10T09:00:00")
    prepare(world)
    blank = write_form(scheme_of(), "main", FIRST, {})
    typed = {
        key: int(value) if value.isdigit() else value for key, value in figures(party_lectures="3").items() if value
    }
    for sender, received, content in (
        (FIRST.secretary_email, "2026-07-08", fill(blank, typed)),
        (FIRST.officer_email, "2026-07-06", fill(blank, {"bonus_1_matter": "受表彰", "bonus_1_level": "市"})),
        (FIRST.officer_email, "2026-07-04", fill(blank, {"party_lectures": 2})),
    ):
        with transaction() as connection:
            record_delivery(
                connection,
                channel="mailbox",
                name="杏花.xlsx",
                sender=sender,
                received_at=parse_moment(received, "test"),
                sha256=contents.store(content),
                size=len(content),
            )
        drain()
    with database.connect() as connection:
        merged = connection.execute(text("SELECT COUNT(*) FROM merged_value")).scalar_one()
        states = connection.execute(text("SELECT status FROM submission ORDER BY version")).scalars().all()
    assert (merged > 20, states) == (True, ["accepted", "accepted", "returned"])
    rebuilt = _rebuilt(database, again, LAST)
    assert (rebuilt.arrivals, rebuilt.differences) == (3, [])
    with database.begin() as connection:
        connection.execute(text("UPDATE merged_value SET own_value = 'x' WHERE field = 'party_lectures'"))
    assert any("合并不同" in difference for difference in _rebuilt(database, again, LAST).differences)
