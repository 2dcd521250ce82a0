"""A database whose assessments were hashed by the first recipe: its hashes are rewritten by replay, and nothing else happens."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from include.data_files import Texts, reading
from include.db.engine import transaction
from include.period import Period, calendars_folder, now, parse_moment
from include.rebuild.replay import rebuild
from include.rebuild.upgrade import upgrade
from include.registry.units import find_unit
from include.schemes.loader import load_scheme, path_of
from include.scoring.assess import assess
from include.scoring.explaining import SENTENCES
from include.settings import REPO
from include.steps import closing, opening
from tests.history.story import STREET, Once, Story

LAST = parse_moment("2026-09-30T00:00:00", "test")
Hashes = dict[str, str]


@pytest.fixture
def story(once: Once) -> Story:
    def tell(story: Story) -> None:
        story.at("2026-07-01T08:00:00")
        opening.open_streets("half_year", "2026H1", [STREET], "test")
        story.tell()

    return once("opened", tell)


def recorded(engine: Engine) -> tuple[Hashes, dict[tuple[str, str], str]]:
    """Hashes by assessment, and what is kept of each unit's inputs."""
    with engine.connect() as connection:
        hashes = connection.execute(text("SELECT id, input_hash FROM assessment")).all()
        inputs = connection.execute(text("SELECT assessment_id, unit_code, inputs FROM score")).all()
    return {row[0]: row[1] for row in hashes}, {(row[0], row[1]): row[2] for row in inputs}


def rows(engine: Engine) -> dict[str, int]:
    """How many each table has; but `referral`: what the release before had put to the committee waits in the run that asked."""
    from include.db.tables import metadata

    names = metadata.tables.keys() - {"referral"}
    with engine.connect() as connection:
        return {name: connection.execute(text(f"SELECT COUNT(*) FROM {name}")).scalar_one() for name in sorted(names)}


def opened(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT * FROM opened_form ORDER BY unit_code")).all()
    assert found
    return [tuple(row) for row in found]


def age(engine: Engine, *reworded: str) -> Hashes:
    """The database as the release before left it, and its hashes: the recipe of then, written out once more. `reworded`:
    assessments that were made with other sentences than those of today."""
    with engine.begin() as connection:
        for row in connection.execute(text("SELECT id, period FROM assessment")).all():
            sentences = b"other" if row.id in reworded else SENTENCES.read_bytes()
            _age(connection, row.id, Period.parse(row.period), sentences)
        config = Config()
        config.set_main_option("script_location", str(REPO / "include/db/migrations"))
        config.attributes["connection"] = connection
        command.downgrade(config, "0010")
    return recorded(engine)[0]


def _age(connection: Connection, assessment_id: str, period: Period, sentences: bytes) -> None:
    scheme = load_scheme("half_year", period)
    units = []
    for score in connection.execute(
        text("SELECT unit_code, inputs FROM score WHERE assessment_id = :id ORDER BY unit_code"), {"id": assessment_id}
    ).all():
        inputs = json.loads(score.inputs)
        unit = find_unit(connection, score.unit_code, scheme.period.end_date)
        assert unit is not None
        inputs["unit"] = {**asdict(unit), "name": inputs["unit"]["name"]}
        inputs["decisions"] = sorted(_id(connection, score.unit_code, *act) for act in inputs["decisions"])
        units.append(inputs)
        connection.execute(
            text("UPDATE score SET inputs = :inputs WHERE assessment_id = :id AND unit_code = :code"),
            {"inputs": _json(inputs), "id": assessment_id, "code": score.unit_code},
        )
    rules = json.loads(scheme.model_dump_json(by_alias=True, exclude_defaults=True))
    rules["versions"] = [one for one in rules["versions"] if one["version"] == scheme.version]
    deciding = {
        "scheme": rules,
        "sentences": hashlib.sha256(sentences).hexdigest(),
        "calendars": {"2026": hashlib.sha256((calendars_folder() / "2026.yaml").read_bytes()).hexdigest()},
        "units": units,
    }
    digest = hashlib.sha256(_json(deciding).encode()).hexdigest()
    connection.execute(
        text("UPDATE assessment SET input_hash = :digest WHERE id = :id"), {"digest": digest, "id": assessment_id}
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _id(connection: Connection, unit_code: str, kind: str, field: str, value: str) -> str:
    found = connection.execute(
        text("SELECT id FROM decision WHERE unit_code = :unit AND kind = :kind AND field = :field AND value = :value"),
        {"unit": unit_code, "kind": kind, "field": field, "value": value},
    )
    return str(found.scalars().one())


def rerun() -> list[str]:
    return closing.close_streets("half_year", "2026H1", [STREET], "test")


def edited(path: Path, old: str, new: str) -> Texts:
    before = path.read_text(encoding="utf-8")
    assert old in before
    return Texts((old, new), {path: before.replace(old, new).encode()}, frozenset())


def test_hashes_are_rewritten_to_what_a_scoring_gives_and_a_rerun_makes_no_revision(
    database: Engine, story: Story
) -> None:
    fresh, before, forms = recorded(database), rows(database), opened(database)
    old = age(database)
    assert len(old) == 3
    assert not set(old.values()) & set(fresh[0].values())
    assert upgrade(database) == 3
    assert recorded(database) == fresh
    assert (rows(database), opened(database)) == (before, forms)
    assert upgrade(database) == 0
    story.at("2026-09-29T09:00:00")
    rerun()
    assert rows(database) == {**before, "run_log": before["run_log"] + 1}


def test_an_upgraded_database_is_rebuilt_without_a_difference(database: Engine, story: Story, target: Engine) -> None:
    age(database)
    upgrade(database)
    assert rebuild(database, target, LAST).differences == []


def test_words_that_were_changed_with_the_upgrade_make_no_revision(database: Engine, story: Story) -> None:
    _without_archived_texts(database)
    fresh = recorded(database)
    age(database)
    story.at("2026-09-29T09:00:00")
    with reading(edited(path_of("half_year"), "后备干部不足三名", "后备干部少于三名")):
        assert upgrade(database) == 3
        assert recorded(database) == fresh
        before = rows(database)
        rerun()
    assert rows(database) == {**before, "run_log": before["run_log"] + 1}


def test_a_rule_that_was_changed_with_the_upgrade_still_makes_its_revision(database: Engine, story: Story) -> None:
    _without_archived_texts(database)
    old = age(database)
    story.at("2026-09-29T09:00:00")
    with reading(edited(path_of("half_year"), "at_least: 80, grade", "at_least: 86.8, grade")):
        upgrade(database)
        assert recorded(database)[0] == old
        rerun()
        rerun()
    assert len(recorded(database)[0]) == 4


def test_a_rule_that_was_changed_since_a_circular_was_issued_is_told_from_that_of_then(
    database: Engine, story: Story
) -> None:
    fresh = recorded(database)
    age(database)
    with reading(edited(path_of("half_year"), '"2026": 1}}, at_most', '"2026": 2}}, at_most')):
        upgrade(database)
    assert recorded(database) == fresh


def test_revisions_that_only_words_told_apart_stay_two_and_come_again_in_a_rebuild(
    database: Engine, story: Story, target: Engine
) -> None:
    """A fourth revision of the same facts and rules as the third, as a new sentence made it by the first recipe."""
    story.at("2026-09-29T09:00:00")
    with transaction() as connection:
        scheme = load_scheme("half_year", Period.parse("2026H1"))
        fourth = assess(connection, scheme, STREET, now(), "test", recorded=4)
    assert fourth.revision == 4
    fresh = recorded(database)
    age(database, fourth.id)
    assert upgrade(database) == 4
    assert recorded(database) == fresh
    before = rows(database)
    rerun()
    assert rows(database) == {**before, "run_log": before["run_log"] + 1}
    assert rebuild(database, target, LAST).differences == []


def test_a_register_that_was_mended_since_still_makes_its_revision(database: Engine, story: Story) -> None:
    age(database)
    with transaction() as connection:
        connection.execute(text("UPDATE unit SET name = '改名社区' WHERE code = '990000001001'"))
    upgrade(database)
    story.at("2026-09-29T09:00:00")
    rerun()
    rerun()
    assert len(recorded(database)[0]) == 4


def test_an_upgrade_that_was_stopped_goes_on(database: Engine, story: Story) -> None:
    fresh = recorded(database)
    age(database)
    config = Config()
    config.set_main_option("script_location", str(REPO / "include/db/migrations"))
    with database.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    assert upgrade(database) == 3
    assert recorded(database) == fresh


def test_what_kept_nothing_of_its_inputs_keeps_its_hash(database: Engine, story: Story) -> None:
    old = age(database)
    with transaction() as connection:
        connection.execute(text("UPDATE score SET inputs = NULL"))
    assert upgrade(database) == 0
    assert recorded(database)[0] == old


def _without_archived_texts(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE circular SET manifest_sha256 = NULL"))
