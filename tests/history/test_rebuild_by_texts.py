"""A past document is made again by the texts of its day; what is another today is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from include.archive import contents
from include.data_files import Texts, reading
from include.db import sql
from include.db.engine import transaction
from include.documents.sources import sources_of
from include.period import calendars_folder, parse_moment
from include.rebuild.replay import rebuild
from include.registry.offices import offices_path
from include.schemes.loader import path_of
from include.scoring.explaining import SENTENCES
from include.typesetting.markdown import FOLDER as TEMPLATES
from tests.history.story import Story

pytestmark = pytest.mark.story

LAST = parse_moment("2026-09-30T00:00:00", "test")


def edited(*changes: tuple[Path, str, str]) -> Texts:
    """The texts as somebody has edited them since."""
    files = {}
    for path, old, new in changes:
        before = path.read_text(encoding="utf-8")
        assert old in before, (path, old)
        files[path] = before.replace(old, new).encode()
    return Texts(("edited",), files, frozenset())


def test_texts_that_were_changed_since_are_named_and_change_no_document(
    database: Engine, story: Story, target: Engine
) -> None:
    changes = (
        (TEMPLATES / "circular.md", "通报", "通告"),
        (path_of("half_year"), "书记抓党建不到位", "书记抓党建差"),
        (offices_path(), "党工委", "工委"),
        (calendars_folder() / "2026.yaml", "year: 2026", "year: 2026  # 改"),
        (SENTENCES, "满分", "满　分"),
    )
    with reading(edited(*changes)):
        rebuilt = rebuild(database, target, LAST)
    assert rebuilt.differences == []
    said = "\n".join(rebuilt.notes)
    for name in (
        "模板 circular.md",
        "考评方案 half_year/system.yaml",
        "街道设置 offices.yaml",
        "节假日安排 2026.yaml",
        "模板 explanations.yaml",
    ):
        assert f"{name} 已改（当时 " in said
    assert "现在 " in said
    assert "云街党工委〔2026〕1号" in said


def test_nothing_is_said_where_nothing_was_changed(database: Engine, story: Story, target: Engine) -> None:
    assert rebuild(database, target, LAST).notes == []


def test_a_document_issued_before_texts_were_archived_says_so_and_keeps_its_revision(
    database: Engine, story: Story, target: Engine
) -> None:
    with transaction() as connection:
        connection.execute(text("UPDATE circular SET manifest_sha256 = NULL"))
    rebuilt = rebuild(database, target, LAST)
    assert rebuilt.differences == []
    assert [note.split("，")[0] for note in rebuilt.notes] == ["当时的模板未存档"]


def test_the_texts_are_kept_once_however_many_documents_are_issued(database: Engine, story: Story) -> None:
    with transaction() as connection:
        issued = [row for row in sql.fetch(connection, "rebuild/select_circulars") if row["manifest_sha256"]]
    sources = [sources_of(row["manifest_sha256"]) for row in issued]
    circulars = [one for one in sources if "scheme" in one]
    assert len(issued) == 4
    assert len(circulars) == 2
    assert circulars[0] == circulars[1]
    assert {one["templates"] for one in sources} == {circulars[0]["templates"]}
    assert contents.load(circulars[0]["scheme"]) == (path_of("half_year")).read_bytes()
    assert contents.load(circulars[0]["offices"]) == offices_path().read_bytes()
