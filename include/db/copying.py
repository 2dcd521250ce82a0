"""Many rows to PostgreSQL at once: by COPY where a statement only fills a table, by pages of VALUES where it also says
what becomes of a row that is there already or computes a column, and a thousand to a trip where it changes rows.

Each of them does what the statement does row by row, in the same order. A row at a time costs a trip to the server each.
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from psycopg2.extras import execute_batch, execute_values  # type: ignore[import-untyped]
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

_ROWS_A_TRIP = 1_000
_ROWS_A_COPY = 10_000  # so many are held as text at a time
_INSERT = re.compile(r"INSERT INTO (\w+)\s*\(([^()]*)\)\s*VALUES\s*(\(.*?\))\s*(ON CONFLICT .*)?", re.DOTALL)
_GIVEN = re.compile(r"(?:CAST\()?%\((\w+)\)s(?: AS \w+(?:\([\d, ]+\))?\))?")  # a parameter, as it is or cast
_TARGET = re.compile(r"ON CONFLICT \(([^()]*)\) DO UPDATE")
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
T = TypeVar("T")


@dataclass(frozen=True)
class _Insert:
    """An INSERT … VALUES taken apart. `paged`: the statement with %s for the rows, each written as `values`. `given`: the parameter
    of each column, empty where one is computed."""

    table: str
    columns: Sequence[str]
    paged: str
    values: str
    conflict: str
    given: Sequence[str]

    @property
    def is_copy(self) -> bool:
        return bool(self.given) and not self.conflict

    @property
    def key(self) -> Sequence[str]:
        """The parameters that tell the rows apart which the statement would change; none where it changes none."""
        target = _TARGET.match(self.conflict)
        names = [name.strip() for name in target[1].split(",")] if target else []
        return [self.given[self.columns.index(name)] for name in names] if self.given else names


def write_many(connection: Connection, text: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run a writing statement, as psycopg2 takes it, for each row. Raises what SQLAlchemy raises for it."""
    driver: Any = connection.connection
    insert = _taken_apart(text)
    try:
        with driver.cursor() as cursor:
            if insert is None or not _is_told_apart(insert, rows):
                execute_batch(cursor, text, rows, page_size=_ROWS_A_TRIP)
            elif insert.is_copy:
                _copy(cursor, insert, rows)
            else:
                execute_values(cursor, insert.paged, rows, template=insert.values, page_size=_ROWS_A_TRIP)
    except connection.dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(
            text, None, error, connection.dialect.loaded_dbapi.Error, dialect=connection.dialect
        ) from error


@functools.cache
def _taken_apart(text: str) -> _Insert | None:
    """None for what is no INSERT … VALUES, or looks into tables, which a row before may have changed."""
    said = "\n".join(line for line in text.splitlines() if not line.startswith("--")).strip()
    found = _INSERT.fullmatch(said)
    if found is None or "SELECT" in found[3]:
        return None
    columns = [name.strip() for name in found[2].split(",")]
    given = [plain[1] for one in _parts(found[3][1:-1]) if (plain := _GIVEN.fullmatch(one))]
    paged = f"{said[: found.start(3)]}%s{said[found.end(3) :]}"
    return _Insert(found[1], columns, paged, found[3], found[4] or "", given if len(given) == len(columns) else [])


def _parts(values: str) -> list[str]:
    """What stands between the commas that are in no brackets."""
    parts, depth = [""], 0
    for sign in values:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def _is_told_apart(insert: _Insert, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the rows can be written in one statement: none of them changes another of them."""
    if not _TARGET.match(insert.conflict):
        return True
    key = insert.key
    return bool(insert.given) and len({tuple(row[name] for name in key) for row in rows}) == len(rows)


def _copy(cursor: Any, insert: _Insert, rows: Sequence[Mapping[str, Any]]) -> None:
    head = f"COPY {insert.table} ({', '.join(insert.columns)}) FROM STDIN"
    names = insert.given
    for page in _pages(rows, _ROWS_A_COPY):
        lines = ["\t".join([_cell(row[name]) for name in names]) for row in page]
        cursor.copy_expert(head, io.StringIO("\n".join(lines) + "\n"))


def _cell(value: Any) -> str:
    if value is None:
        return r"\N"
    text = value if value.__class__ is str else str(value)
    if "\\" in text or "\n" in text or "\t" in text or "\r" in text:
        return text.translate(_ESCAPES)
    return text


def _pages(things: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(things)
    while page := list(islice(rest, size)):
        yield page
