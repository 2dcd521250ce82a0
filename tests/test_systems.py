"""A system is a folder of data: no code knows one by its key."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from include.data_files import read_yaml
from include.period import Period
from include.schemes.loader import default_system, find_scheme, path_of, scheme_keys
from include.schemes.model import Scheme
from include.settings import REPO


def test_no_code_names_a_system_but_the_sample() -> None:
    keys, named = set(scheme_keys()), []
    for folder in ("dags", "plugins", "include", "ops"):
        for path in sorted((REPO / folder).rglob("*.py")):
            place = path.relative_to(REPO).as_posix()
            if "migrations" in path.parts or place.startswith("ops/sample/"):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and node.value in keys:
                    named.append(f"{place}:{node.lineno} names {node.value}")
    assert named == []


def test_the_default_system_is_one_that_there_is() -> None:
    assert default_system() in scheme_keys()


def test_the_file_of_every_system_names_its_schema_to_editors_in_its_first_line() -> None:
    for path in map(path_of, scheme_keys()):
        said, _, named = path.read_text("utf-8").splitlines()[0].partition("=")
        assert said == "# yaml-language-server: $schema", path
        assert (path.parent / named).resolve() == REPO / "docs/schema/system.json"


def test_every_value_that_decides_a_result_says_where_it_comes_from() -> None:
    """Indicators, rules, problems, grades, lateness, what is missing, classes, in every period: a source by its number, or `default`
    where the sources are silent."""
    silent, seen = [], set()
    for key in scheme_keys():
        for period in ("2025H1", "2026Q1", "2026H1", "2026"):
            scheme = find_scheme(key, Period.parse(period))
            for place, reference in _references(scheme) if scheme else ():
                seen.add(place.split()[0])
                silent += [] if reference else [f"{key} {period} {place}"]
    assert silent == []
    assert seen >= {"indicator", "rule", "problem", "missing", "lateness", "grade"}


def _references(scheme: Scheme) -> Iterator[tuple[str, str]]:
    for one in scheme.indicators:
        yield f"indicator {one.code}", one.reference
        yield from ((f"rule {one.code} {rule.kind}", rule.reference) for rule in one.rules)
        yield from ((f"problem {one.code}", problem.reference) for problem in one.all_problems)
    if scheme.is_scored:
        yield "missing", scheme.missing.reference
    if scheme.score.lateness:
        yield "lateness", scheme.score.lateness.reference
    yield from ((f"grade {grade.grade}", grade.reference) for grade in scheme.score.grades)
    yield from ((f"defect {defect.code}", defect.reference) for defect in scheme.defects)
    yield from ((f"class {one.name}", one.reference) for one in scheme.classes)


def test_every_system_has_a_second_of_the_day_of_its_own() -> None:
    """A backfill knows a run by its moment alone: of two systems that share it, the second would be skipped."""
    slots = {key: read_yaml(path_of(key))["slot"] for key in scheme_keys()}
    assert len(set(slots.values())) == len(slots), slots


def test_a_second_once_given_to_a_system_is_not_given_again() -> None:
    """Runs of the past are known by it: a new system takes the next number, and one that goes leaves its line here."""
    given = {
        "half_year": 0,
        "five_good": 1,
        "one_core": 2,
        "responsibility": 3,
        "village_pilot": 4,
        "classing": 5,
        "classing_recheck": 6,
        "mutual_review": 7,
        "hygiene": 8,
        "community_worker": 9,
        "linkage_base": 10,
        "linkage_region": 11,
        "linkage_member": 12,
        "party_statistics": 15,
        "member_classes": 16,
        "three_haves": 13,
        "grid": 17,
        "grid_county": 24,
        "self_found": 18,
        "three_lists": 19,
        "joint_meeting": 20,
        "activity_day": 21,
        "in_service": 22,
        "time_bank": 23,
        "monthly_brief": 14,
    }
    assert {key: read_yaml(path_of(key))["slot"] for key in scheme_keys()}.items() <= given.items()
