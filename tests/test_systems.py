"""A system is a folder of data: no code knows one by its key."""

from __future__ import annotations

import ast

from include.schemes.loader import default_system, scheme_keys
from include.settings import REPO

ITS_OWNER_IS_AT_WORK = "include/airflow_ext/timetables.py"


def test_no_code_names_a_system_but_the_sample() -> None:
    keys, named = set(scheme_keys()), []
    for folder in ("dags", "plugins", "include", "ops"):
        for path in sorted((REPO / folder).rglob("*.py")):
            place = path.relative_to(REPO).as_posix()
            if "migrations" in path.parts or place.startswith("ops/sample/") or place == ITS_OWNER_IS_AT_WORK:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and node.value in keys:
                    named.append(f"{place}:{node.lineno} names {node.value}")
    assert named == []


def test_the_default_system_is_one_that_there_is() -> None:
    assert default_system() in scheme_keys()
