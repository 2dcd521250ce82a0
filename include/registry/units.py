"""The register of units: imported from CSV, kept by spans of validity, read as of a day."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Connection

from include.db.sql import Row, execute, fetch, fetch_one
from include.errors import UserError
from include.period import chinese_date
from include.registry.rows import COLUMNS, PROVISIONAL, read_row

ERRORS_LISTED = 50
_ROWS_A_STATEMENT = 20_000
_PACKED = b"\x1f\x8b"


@dataclass(frozen=True)
class Unit:
    """A community or village as the register knew it on one day. `households` is None where unknown."""

    code: str
    name: str
    street_code: str
    street: str
    unit_type: str
    households: int | None
    secretary_email: str
    officer_email: str
    liaison_email: str
    is_provisional_code: bool


@dataclass(frozen=True)
class ImportResult:
    """How many units an import added, changed and found as they were."""

    added: int
    changed: int
    unchanged: int


def import_units(connection: Connection, path: Path, valid_from: dt.date, streets: Path | None = None) -> ImportResult:
    """Load a register (CSV, or CSV in gzip) in the caller's transaction; `streets` gives the streets' names.

    A unit that differs from its row in force on `valid_from` gets a new row from that day, and the old one ends on the
    day before; one that is the same is not written. Units that the file does not name stay as they are.
    Raises UserError with every wrong line, the first 50 by number.
    """
    units = _read_units(path, _street_names(streets) if streets else {})
    execute(connection, "registry/drop_staging")
    execute(connection, "registry/create_staging")
    for start in range(0, len(units), _ROWS_A_STATEMENT):
        rows = json.dumps(units[start : start + _ROWS_A_STATEMENT], ensure_ascii=False)
        execute(connection, "registry/stage_units", rows=rows)
    unchanged = execute(connection, "registry/drop_unchanged", valid_from=valid_from)
    changed = (fetch_one(connection, "registry/count_changed", valid_from=valid_from) or {"changed": 0})["changed"]
    written = execute(connection, "registry/insert_staged", valid_from=valid_from)
    execute(connection, "registry/close_replaced", valid_from=valid_from, closed_date=valid_from - dt.timedelta(days=1))
    execute(connection, "registry/drop_staging")
    return ImportResult(written - changed, changed, unchanged)


def units_of(connection: Connection, street_code: str, on: dt.date) -> list[Unit]:
    """The units of a street on a day, by code."""
    rows = fetch(connection, "registry/select_units_of_street", street_code=street_code, on_date=on)
    return [Unit(**row) for row in rows]


def find_unit(connection: Connection, code: str, on: dt.date) -> Unit | None:
    """The unit with this code on a day, or None."""
    row = fetch_one(connection, "registry/select_unit", code=code, on_date=on)
    return Unit(**row) if row else None


def code_of(connection: Connection, text: str, on: dt.date) -> str:
    """The code of the unit that a person means by its code or its name on a day; a code is not looked up.

    Raises UserError where no unit has that name, or several have.
    """
    wanted = text.strip()
    if wanted.isascii():
        return wanted
    found = fetch(connection, "registry/select_units_by_name", unit_name=wanted, on_date=on)
    if not found:
        raise UserError(
            f"登记册里没有名为“{wanted}”、{chinese_date(on)}在册的单位：请照登记册填写名称，或填 12 位编码。"
        )
    if len(found) > 1:
        known = "、".join(f"{row['street']} {row['code']}" for row in found)
        raise UserError(f"登记册里有 {len(found)} 个“{wanted}”（{known}）：请改填 12 位编码。")
    return str(found[0]["code"])


def street_codes(connection: Connection, on: dt.date) -> list[str]:
    """Codes of all streets that have a unit on a day, in order."""
    return [row["street_code"] for row in fetch(connection, "registry/select_streets", on_date=on)]


def street_name(connection: Connection, street_code: str, on: dt.date) -> str | None:
    """What the register calls a street on a day (may be empty); None where it has no such street then."""
    row = fetch_one(connection, "registry/select_street_name", street_code=street_code, on_date=on) or {}
    return row.get("street")


def only_street(connection: Connection) -> str | None:
    """The code of the one street that the register has; None where it has several, or none."""
    row = fetch_one(connection, "registry/select_street_range") or {}
    return row["first_code"] if row.get("first_code") == row.get("last_code") else None


def export_rows(connection: Connection, street_code: str, on: dt.date) -> list[Row]:
    """The street's units as rows of registry.csv, which import_units reads back unchanged."""
    rows = []
    for unit in units_of(connection, street_code, on):
        row = asdict(unit)
        row["households"] = "" if unit.households is None else str(unit.households)
        rows.append({column: row[column] for column in COLUMNS})
    return rows


def _read_units(path: Path, street_names: dict[str, str]) -> list[list[object]]:
    """Rows for the staging table, every line checked."""
    lines = _lines(path)
    header = [name.strip().lower() for name in next(lines, (0, []))[1]]
    if "name" not in header:
        raise UserError(f"登记册 {path.name}：第一行应为列名，且至少要有 name 一列；可用的列：{','.join(COLUMNS)}。")
    places = [header.index(column) if column in header else -1 for column in COLUMNS]
    problems: list[str] = []
    units: list[list[object]] = []
    first_lines: dict[str, int] = {}
    for number, cells in lines:
        if len(cells) > len(header):
            problems.append(
                f"第{number}行：共 {len(cells)} 列，多于表头的 {len(header)} 列；含逗号的内容请加英文双引号。"
            )
            continue
        texts = [cells[place].strip() if 0 <= place < len(cells) else "" for place in places]
        unit = read_row(number, texts, street_names, problems)
        code = str(unit[0])
        if (first := first_lines.setdefault(code, number)) != number:
            what = "（无编码的单位，街道和名称都相同）" if code.startswith(PROVISIONAL) else ""
            problems.append(f"第{number}行：编码 {code} 与第{first}行重复{what}，每个单位只能有一行。")
        units.append(unit)
    if problems:
        more = len(problems) - ERRORS_LISTED
        listed = [f"登记册 {path.name} {problem}" for problem in problems[:ERRORS_LISTED]]
        raise UserError(*listed, *([f"……另有 {more} 处问题未列出，请改正后重新导入。"] if more > 0 else []))
    return units


def _street_names(path: Path) -> dict[str, str]:
    """Names of streets by code, from a CSV with the columns code and name."""
    lines = _lines(path)
    header = [name.strip().lower() for name in next(lines, (0, []))[1]]
    if not {"code", "name"} <= set(header):
        raise UserError(f"街道名册 {path.name}：第一行应有 code 和 name 两列。")
    code, name = header.index("code"), header.index("name")
    return {cells[code].strip(): cells[name].strip() for _, cells in lines if len(cells) > max(code, name)}


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every line that is not blank."""
    try:
        content = path.read_bytes()
        if content.startswith(_PACKED):
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"登记册 {path.name} 无法打开：请检查文件是否存在、是否完整。") from error
    reader = csv.reader(io.StringIO(_decode(content, path.name), newline=""))
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise UserError(f"登记册 {path.name} 第{reader.line_num}行：不是有效的 CSV（{error}）。") from error


def _decode(content: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UserError(f"{name}：文字编码无法识别，请另存为 UTF-8 编码的 CSV。")
