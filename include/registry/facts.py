"""What the register says of its subjects beyond their rows: dated attributes, and dated links from one to another."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from include.db import sql
from include.direction_marks import without_direction_marks
from include.errors import UserError
from include.registry.lines import lines, listed
from include.safe_text import from_text_cell
from include.subject_kinds import subject_kinds

SUBJECTS, ATTRIBUTES, LINKS = "subjects.csv", "attributes.csv", "links.csv"
ATTRIBUTE_COLUMNS = ("code", "name", "value", "valid_from", "valid_to")
LINK_COLUMNS = ("code", "link", "to_code", "valid_from", "valid_to")
_ROWS_A_STATEMENT = 20_000
_LONGEST = 200


@dataclass(frozen=True)
class Fact:
    """One line: of whom, the attribute's or link's name, its value or where it leads, its first and last day."""

    line: int
    code: str
    name: str
    value: str
    valid_from: dt.date
    valid_to: dt.date | None


def read_facts(path: Path | None, columns: tuple[str, ...], valid_from: dt.date) -> list[Fact]:
    """The lines of attributes.csv or links.csv; what names no first day holds from `valid_from`.

    Raises UserError with every wrong line, the first 50 by number.
    """
    if path is None:
        return []
    found = lines(path)
    header = [name.strip().lower() for name in next(found, (0, []))[1]]
    if missing := [name for name in columns[:3] if name not in header]:
        raise UserError(f"登记册 {_file(columns)}：第一行缺少列 {'、'.join(missing)}；可用的列：{','.join(columns)}。")
    places = [header.index(name) if name in header else -1 for name in columns]
    problems: list[str] = []
    facts: list[Fact] = []
    first_lines: dict[tuple[object, ...], int] = {}
    for number, cells in found:
        texts = [without_direction_marks(cells[place].strip()) if 0 <= place < len(cells) else "" for place in places]
        fact = _fact(number, texts, columns, valid_from, problems)
        key = (fact.code, fact.name, fact.valid_from, *([fact.value] if columns == LINK_COLUMNS else []))
        if (first := first_lines.setdefault(key, number)) != number:
            problems.append(f"第{number}行：与第{first}行说的是同一对象、同一{_what(columns)}、同一天，只能有一行。")
        facts.append(fact)
    if problems:
        raise UserError(*listed(_file(columns), problems))
    return facts


def _file(columns: tuple[str, ...]) -> str:
    """As errors name it: a replayed import reads it from the archive, where it has no name."""
    return LINKS if columns == LINK_COLUMNS else ATTRIBUTES


def _what(columns: tuple[str, ...]) -> str:
    return "联系" if columns == LINK_COLUMNS else "属性"


def _fact(number: int, texts: list[str], columns: tuple[str, ...], valid_from: dt.date, problems: list[str]) -> Fact:
    where, kinds = f"第{number}行", subject_kinds()
    code, name, value, since, until = texts
    name, value = from_text_cell(name), from_text_cell(value)
    ends = columns == LINK_COLUMNS and name == kinds.successor_link
    for column, text in zip(columns, (code, name, value), strict=False):
        if not text and not (ends and column == columns[2]):
            problems.append(f"{where}：缺少 {column}。")
        if len(text) > _LONGEST:
            problems.append(f"{where}：{column} 超过 {_LONGEST} 个字。")
    days: list[dt.date | None] = []
    for column, text in zip(columns[3:], (since, until), strict=True):
        try:
            days.append(dt.date.fromisoformat(text) if text else None)
        except ValueError:
            problems.append(f"{where}：{column}“{text[:20]}”不是日期，请写成 2026-03-01。")
            days.append(None)
    begins = days[0] or valid_from
    if days[1] is not None and days[1] < begins:
        problems.append(f"{where}：valid_to（{days[1]}）早于 valid_from（{begins}）。")
    if ends and code == value:
        problems.append(f"{where}：{code} 不能由自己{name}。")
    return Fact(number, code, name, value, begins, days[1])


def import_facts(connection: Connection, attributes: list[Fact], links: list[Fact]) -> int:
    """Write attributes and links in the caller's transaction; how many lines said something new.

    An attribute's new value ends the one before it on the day before; a link ends where a line says so. What is known
    already is not written. Raises UserError for codes that no subject ever had.
    """
    problems: list[str] = []
    written = 0
    if _stage(connection, attributes):
        problems += listed(ATTRIBUTES, _strangers(connection))
        sql.execute(connection, "registry/drop_known_attributes")
        written += sql.execute(connection, "registry/insert_attributes")
        sql.execute(connection, "registry/close_attributes")
    if _stage(connection, links, is_links=True):
        problems += listed(LINKS, _strangers(connection))
        sql.execute(connection, "registry/drop_known_links")
        written += sql.execute(connection, "registry/insert_links")
        sql.execute(connection, "registry/close_links")
    sql.execute(connection, "registry/drop_staged_facts")
    if problems:
        raise UserError(*problems)
    return written


def _stage(connection: Connection, facts: list[Fact], *, is_links: bool = False) -> bool:
    """Put lines into the staging table, with the code that a link must lead to; whether there are any."""
    sql.execute(connection, "registry/drop_staged_facts")
    sql.execute(connection, "registry/create_staged_facts")
    elsewhere = subject_kinds().named_links
    for start in range(0, len(facts), _ROWS_A_STATEMENT):
        rows = [
            [
                one.line,
                one.code,
                one.name,
                one.value,
                one.valid_from.isoformat(),
                one.valid_to and one.valid_to.isoformat(),
                one.value if is_links and one.name not in elsewhere else "",
            ]
            for one in facts[start : start + _ROWS_A_STATEMENT]
        ]
        sql.execute(connection, "registry/stage_facts", rows=json.dumps(rows, ensure_ascii=False))
    return bool(facts)


def _strangers(connection: Connection) -> list[str]:
    return [
        f"第{row['line']}行：编码“{row['code'][:40]}”不在登记册里，请先在 {SUBJECTS} 中登记，或核对编码。"
        for row in sql.fetch(connection, "registry/select_strangers")
    ]


def end_succeeded(connection: Connection) -> None:
    """Who has a successor is gone from the day of the succession on, in all rows of the register."""
    days: dict[str, dt.date] = {}
    for row in sql.fetch(connection, "registry/select_successions", successor_link=subject_kinds().successor_link):
        days[row["code"]] = min(row["valid_from"], days.get(row["code"], row["valid_from"]))
    for code, day in days.items():
        sql.execute(connection, "registry/delete_after_end", code=code, valid_from=day)
        sql.execute(connection, "registry/end_unit", code=code, valid_from=day, closed_date=day - dt.timedelta(days=1))


def all_attributes(connection: Connection) -> list[sql.Row]:
    """Attributes row by row, every span of validity."""
    return sql.fetch(connection, "registry/select_attributes")


def all_links(connection: Connection) -> list[sql.Row]:
    """Links row by row, every span of validity."""
    return sql.fetch(connection, "registry/select_links")
