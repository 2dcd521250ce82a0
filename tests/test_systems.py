"""A system is a folder of data: no code knows one by its key."""

from __future__ import annotations

import ast

from include.period import Period
from include.schemes.loader import default_system, find_scheme, scheme_keys
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


def test_every_indicator_and_every_rule_says_where_it_comes_from() -> None:
    """In every period: a source by its number, or `default` where the sources are silent."""
    silent = []
    for key in scheme_keys():
        for period in ("2025H1", "2026Q1", "2026H1", "2026"):
            scheme = find_scheme(key, Period.parse(period))
            for indicator in scheme.indicators if scheme else ():
                of_rules = [rule.reference for rule in indicator.rules]
                silent += [f"{key} {period} {indicator.code}" for said in (indicator.reference, *of_rules) if not said]
    assert silent == []
