"""docs/schema/system.json, which editors read, takes what the loader takes, and refuses what it does not know."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from include.data_files import parse_yaml
from include.errors import UserError
from include.period import Period
from include.schemes.loader import UnknownPeriodError, parse_scheme, path_of, scheme_keys
from tests.own_systems import INVENTED
from tests.schemes.by_schema import SCHEMA, refused_by_schema
from tests.scoring.invented import rated, rating, tree_of

FILES = [*(path_of(key) for key in scheme_keys()), *sorted(INVENTED.glob("*/system.yaml"))]
PERIODS = [
    Period.parse(text) for text in ("2025H1", "2026Q1", "2026H1", "2026Q2", "2026Q3", "2026H2", "2026", "2027H1")
]
UNKNOWN = "没有这个字段"


def refused_by_loader(tree: Any) -> list[str]:
    """What is said in any of the periods."""
    found: list[str] = []
    text = yaml.dump(tree, Dumper=yaml.CSafeDumper, allow_unicode=True)
    for period in PERIODS:
        try:
            parse_scheme(text, "试.yaml", period)
        except UnknownPeriodError:
            continue
        except UserError as error:
            found += error.problems
    return found


@functools.cache
def places() -> dict[Path, list[tuple[Any, ...]]]:
    """Where mappings stand in each file; of like places, such as the entries of a list and those of a file before, the first."""
    seen: set[tuple[Any, ...]] = set()
    found: dict[Path, list[tuple[Any, ...]]] = {path: [] for path in FILES}
    for path in FILES:
        for one in _mappings(parse_yaml(path.read_text(encoding="utf-8")), ()):
            alike = tuple("*" if isinstance(part, int) else part for part in one)
            if alike not in seen:
                seen.add(alike)
                found[path].append(one)
    return found


def _mappings(node: Any, place: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(node, dict):
        yield place
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from _mappings(value, (*place, key))


def short(tree: Any, places: list[tuple[Any, ...]]) -> tuple[Any, list[tuple[Any, ...]]]:
    """The tree without the entries of its own lists in which none of the places stands, and where these stand now."""
    kept = {
        key: [n for n in range(len(value)) if not n or any(place[:2] == (key, n) for place in places)]
        for key, value in tree.items()
        if isinstance(value, list)
    }
    cut = {key: [value[n] for n in kept[key]] if key in kept else value for key, value in tree.items()}
    moved = [
        (place[0], kept[place[0]].index(place[1]), *place[2:]) if len(place) > 1 and place[0] in kept else place
        for place in places
    ]
    return cut, moved


def with_unknown(tree: Any, place: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(tree)
    node = changed
    for part in place:
        node = node[part]
    node["colour"] = "red"
    return changed


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA.schema)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_the_file_of_every_system_is_as_the_schema_says(path: Path) -> None:
    assert refused_by_schema(parse_yaml(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_an_unknown_field_that_the_loader_refuses_the_schema_refuses_too_wherever_it_stands(path: Path) -> None:
    tree, new = parse_yaml(path.read_text(encoding="utf-8")), places()[path]
    cut, places_in_cut = short(tree, new)
    assert refused_by_schema(cut) == []
    taken = [
        place for place, now in zip(new, places_in_cut, strict=True) if not refused_by_schema(with_unknown(cut, now))
    ]
    assert len(taken) <= len(new) / 2, "what the schema leaves to the loader is the exception"
    wrong = {
        ".".join(map(str, place)): problems
        for place in taken
        if (problems := [one for one in refused_by_loader(with_unknown(tree, place)) if UNKNOWN in one])
    }
    assert wrong == {}


@pytest.mark.parametrize(
    "parts",
    [
        {"colour": "red"},
        {"score": {"total": 100, "maximum": 100, "colour": "red"}},
        {"score": {"by_version": {"2026": {"total": 100, "maximum": 100, "colour": "red"}}}},
        {"score": {"by_version": {"2026": {"by_period": {"H": {"total": 100, "maximum": 100, "colour": "red"}}}}}},
        {"calendar": {"opens": {"months_after_end": 1, "day": 31}}},
        {"indicators": [{**rated("F1", "评分", 100), "in_version": ["2026"]}]},
        {"indicators": [{**rated("F1", "评分", 100), "rules": [{"kind": "lottery", "points": 100, "figure": "f1"}]}]},
        {"classes": [{"class": "好", "when": {"score": "total", "at_lest": 60}}, {"class": "差"}]},
        {"inputs": [{"key": "a", "from": {"result": "other", "periods": "same"}}]},
        {"fields": [{**rating("F1", "评分"), "typ": "decimal"}]},
        {"tallies": [{"key": "a", "name": "票", "options": {"好": 2}}]},
    ],
)
def test_what_is_wrong_by_itself_both_refuse(parts: dict[str, Any]) -> None:
    sound: dict[str, Any] = {"fields": [rating("F1", "评分")], "indicators": [rated("F1", "评分", 100)]}
    tree = tree_of(**{**sound, **parts})
    assert refused_by_schema(tree)
    assert refused_by_loader(tree)


@pytest.mark.parametrize(
    "parts",
    [
        {"score": {"by_version": {"2026": {"by_period": {"H": {"total": 100, "maximum": 100}}}}}},
        {
            "indicators": [
                {**rated("F1", "评分", 100), "in_versions": ["2026"], "in_groups": ["村"], "in_periods": ["H"]}
            ]
        },
        {"indicators": [{"by_group": {"村": rated("F1", "评分", 100), "社区": rated("F1", "评分", 100)}}]},
        {"indicators": [{**rated("F1", "评分", 100), "full": {"by_group": {"村": 100, "社区": 100}}}]},
    ],
)
def test_values_and_entries_by_version_period_and_group_are_known_to_editors(parts: dict[str, Any]) -> None:
    sound: dict[str, Any] = {"fields": [rating("F1", "评分")], "indicators": [rated("F1", "评分", 100)]}
    assert refused_by_schema({**tree_of(**sound), **parts}) == []
