"""The house keeps its floors: nobody imports upward or in a circle, and a statement lies in the room that runs it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from include.settings import REPO

HOUSE = REPO / "include"
FLOORS: list[dict[str, str]] = yaml.safe_load((HOUSE / "floors.yaml").read_text(encoding="utf-8"))
FLOOR_OF = {room: len(FLOORS) - number for number, floor in enumerate(FLOORS) for room in floor}
NO_ROOMS = {"__pycache__", "sql", "templates"}  # data
MOST_FOLDERS, MOST_LINES = 28, 400
READ_WITH_DAGS = ("dags/", "include/airflow_ext/", "include/acts/", "include/shapes/")
"""What Airflow reads again and again: what only a task or an act needs is imported inside it (said in each folder's first module)."""
_STATEMENT = re.compile(r'"([a-z_]+)/([a-z0-9_]+)"')


def modules() -> Iterator[tuple[str, Path]]:
    """Each module of include/ with the room that it is in; migrations of the past are exempt."""
    for path in sorted(HOUSE.rglob("*.py")):
        first = path.relative_to(HOUSE).parts[0]
        if "migrations" not in path.parts and first != "__init__.py":
            yield first.removesuffix(".py"), path


def imported_by(path: Path) -> Iterator[str]:
    """The rooms that a module imports from, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "include":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("include."):
            yield (node.module or "").split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (name.name.split(".")[1] for name in node.names if name.name.startswith("include."))


def test_every_room_has_a_floor_and_every_floor_has_rooms() -> None:
    assert sorted(FLOOR_OF) == sorted({room for room, _ in modules()})


def test_nothing_is_imported_from_above_or_from_a_room_of_the_same_floor() -> None:
    upward = [
        f"{path.relative_to(REPO)} imports include.{other}"
        for room, path in modules()
        for other in imported_by(path)
        if other != room and FLOOR_OF[other] >= FLOOR_OF[room]
    ]
    assert upward == []


def test_a_statement_is_run_only_by_the_room_in_whose_folder_it_lies() -> None:
    names = {
        path.relative_to(HOUSE / "sql").as_posix().removesuffix(".sql").removesuffix(".postgresql")
        for path in (HOUSE / "sql").rglob("*.sql")
    }
    used: set[str] = set()
    foreign = []
    ops = [("ops", path) for path in sorted((REPO / "ops").rglob("*.py"))]
    for room, path in [*modules(), *ops]:
        for area, statement in _STATEMENT.findall(path.read_text(encoding="utf-8")):
            if f"{area}/{statement}" in names:
                used.add(f"{area}/{statement}")
                if area != room:
                    foreign.append(f"{path.relative_to(REPO)} runs {area}/{statement}")
    assert foreign == []
    assert sorted(names - used) == [], "statements that nobody runs"


def test_the_list_of_folders_stays_short() -> None:
    folders = [
        path.name
        for path in HOUSE.iterdir()
        if path.is_dir() and any(one.suffix != ".pyc" for one in path.rglob("*.*"))
    ]
    assert len(folders) <= MOST_FOLDERS
    assert set(folders) - NO_ROOMS <= set(FLOOR_OF)


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    parts = [REPO / name for name in ("dags", "plugins", "include", "ops")]
    long = {
        str(path.relative_to(REPO)): lines
        for part in parts
        for path in part.rglob("*.py")
        if "migrations" not in path.parts
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) >= MOST_LINES
    }
    assert long == {}


def test_an_import_inside_a_function_stands_where_dags_are_read_or_gives_its_reason() -> None:
    without = []
    for path in (one for name in ("dags", "plugins", "include", "ops") for one in sorted((REPO / name).rglob("*.py"))):
        name, lines = path.relative_to(REPO).as_posix(), path.read_text(encoding="utf-8").splitlines()
        if name.startswith(READ_WITH_DAGS) or "migrations" in path.parts:
            continue
        inside = (
            one
            for function in ast.walk(ast.parse("\n".join(lines)))
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
            for one in ast.walk(function)
            if isinstance(one, ast.ImportFrom) and (one.module or "").split(".")[0] in ("include", "ops", "plugins")
        )
        without += [f"{name}:{one.lineno}" for one in inside if "  # " not in lines[one.lineno - 1]]
    assert without == []


def test_what_tests_share_lies_in_a_module_of_its_own_and_is_called_by_its_place() -> None:
    """Nothing is imported out of a test module: its tests would be collected twice, and a reader finds no helpers there."""
    folder = REPO / "tests"
    ours = {path.stem for path in folder.rglob("*.py")}
    wrong = []
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for module in _imported(node):
                place = (REPO / module.replace(".", "/")).with_suffix(".py")
                is_helper = place.is_file() and not place.name.startswith("test_")
                if (
                    module.startswith("tests.") and not (is_helper or place.with_suffix("").is_dir())
                ) or module in ours:
                    wrong.append(f"{path.relative_to(REPO)}:{node.lineno} imports {module}")
    assert wrong == []


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module == "tests":
        yield from (f"tests.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield node.module or ""
