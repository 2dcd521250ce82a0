"""Pages that are made from the code say what the code says."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from include.db.tables import metadata
from include.settings import REPO
from ops.dags_doc import dag_ids, page
from ops.data_dictionary import dictionary
from ops.pages import is_fresh
from ops.system_schema import schema


def test_the_data_dictionary_is_fresh() -> None:
    assert is_fresh(REPO / "docs/data-dictionary.md", dictionary), "run `make docs`"


def test_the_page_of_workflows_is_fresh() -> None:
    assert is_fresh(REPO / "docs/DAGS.md", page), "run `make docs`"


def test_the_schema_of_a_system_s_file_is_fresh() -> None:
    assert is_fresh(REPO / "docs/schema/system.json", schema), "run `make docs`"


def test_a_page_that_was_edited_by_hand_is_stale(tmp_path: Path) -> None:
    path = tmp_path / "data-dictionary.md"
    assert not is_fresh(path, dictionary)
    path.write_text(dictionary() + "more\n", encoding="utf-8")
    assert not is_fresh(path, dictionary)


def test_every_column_of_every_table_has_its_meaning_in_the_dictionary() -> None:
    text = dictionary()
    for table in metadata.tables.values():
        section = text.split(f"\n## {table.name}\n")[1].split("\n## ")[0]
        assert table.comment and table.comment in section
        for column in table.columns:
            assert column.comment, f"{table.name}.{column.name}"
            assert f"\n| {column.name} | " in section


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("@dag(schedule=None)\ndef chase(): ...", ["chase"]),
        ("@dag\ndef chase(): ...", ["chase"]),
        ('@dag(dag_id="chase_daily")\ndef chase(): ...', ["chase_daily"]),
        ('with DAG("chase", schedule=None): ...', ["chase"]),
        ('with DAG(dag_id="chase"): ...', ["chase"]),
        ("def chase(): ...", []),
    ],
)
def test_a_dag_is_found_however_it_is_written(source: str, names: list[str]) -> None:
    assert list(dag_ids(ast.parse(source))) == names


def test_a_workflow_is_described_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "chase.py").write_text('"""每个工作日催办一次。"""\n@dag\ndef chase(): ...\n', encoding="utf-8")
    (tmp_path / "shared.py").write_text('"""Not a workflow."""\n', encoding="utf-8")
    text = page(tmp_path)
    assert "## `chase`\n" in text
    assert "每个工作日催办一次。" in text
    assert "Not a workflow" not in text
