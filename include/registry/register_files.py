"""A register as it is handed in: one CSV of units, or a folder of subjects, attributes and links, read whole and checked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from include.errors import UserError
from include.registry.facts import ATTRIBUTE_COLUMNS, ATTRIBUTES, LINK_COLUMNS, LINKS, SUBJECTS, Fact, read_facts
from include.registry.lines import lines, listed
from include.registry.rows import COLUMNS, COUNTY_DIGITS, PROVISIONAL, SUBJECT_COLUMNS, read_row
from include.subject_kinds import subject_kinds

_CODE, _STREET_CODE, _STREET, _KIND = 0, 2, 3, -1  # places in a staging row
_LONGEST_WAY = 5


@dataclass(frozen=True)
class RegisterFiles:
    """Where a register lies. `attributes` and `links` are None where there are none, `is_folder` where it is one CSV."""

    subjects: Path
    attributes: Path | None = None
    links: Path | None = None
    is_folder: bool = False

    @classmethod
    def at(cls, path: Path) -> RegisterFiles:
        """The register of a CSV or of a folder. Raises UserError for a folder without subjects.csv."""
        if not path.is_dir():
            return cls(path)
        if not (path / SUBJECTS).is_file():
            raise UserError(f"登记册文件夹 {path.name} 里没有 {SUBJECTS}：请放入该文件，只改属性或联系时可以只有表头。")
        attributes, links = (found if (found := path / name).is_file() else None for name in (ATTRIBUTES, LINKS))
        return cls(path / SUBJECTS, attributes, links, True)

    @property
    def all(self) -> list[Path]:
        return [path for path in (self.subjects, self.attributes, self.links) if path is not None]


@dataclass(frozen=True)
class Register:
    """What a register says: staging rows by the day from which they hold, attributes and links."""

    rows: dict[dt.date, list[list[object]]]
    attributes: list[Fact] = field(default_factory=list)
    links: list[Fact] = field(default_factory=list)


def read_register(files: RegisterFiles, valid_from: dt.date, streets: Path | None = None) -> Register:
    """The register, every line checked; what names no day holds from `valid_from`. `streets` gives the streets' names.

    Raises UserError with every wrong line of all files, the first 50 of each by number.
    """
    problems: list[str] = []
    facts: list[list[Fact]] = []
    for path, columns in ((files.attributes, ATTRIBUTE_COLUMNS), (files.links, LINK_COLUMNS)):
        try:
            facts.append(read_facts(path, columns, valid_from))
        except UserError as error:
            problems += error.problems
            facts.append([])
    rows: dict[dt.date, list[list[object]]] = {}
    try:
        rows = _read_units(files.subjects, _street_names(streets) if streets else {}, facts[1], valid_from)
    except UserError as error:
        problems = [*error.problems, *problems]
    if problems:
        raise UserError(*problems)
    return Register(rows, *facts)


def _read_units(
    path: Path, street_names: dict[str, str], links: list[Fact], valid_from: dt.date
) -> dict[dt.date, list[list[object]]]:
    """Rows for the staging table by the day from which they hold, every line checked."""
    found = lines(path)
    header = [name.strip().lower() for name in next(found, (0, []))[1]]
    if "name" not in header:
        raise UserError(f"登记册 {path.name}：第一行应为列名，且至少要有 name 一列；可用的列：{','.join(COLUMNS)}。")
    places = [header.index(column) if column in header else -1 for column in (*SUBJECT_COLUMNS, "valid_from")]
    problems: list[str] = []
    units: dict[dt.date, list[list[object]]] = {}
    first_lines: dict[tuple[str, dt.date], int] = {}
    placeless: list[tuple[int, list[object]]] = []
    for number, cells in found:
        if len(cells) > len(header):
            problems.append(
                f"第{number}行：共 {len(cells)} 列，多于表头的 {len(header)} 列；含逗号的内容请加英文双引号。"
            )
            continue
        *texts, since = [cells[place].strip() if 0 <= place < len(cells) else "" for place in places]
        unit = read_row(number, texts, street_names, problems)
        begins = _day(number, since, valid_from, problems)
        code = str(unit[_CODE])
        if (first := first_lines.setdefault((code, begins), number)) != number:
            what = "（无编码的单位，街道和名称都相同）" if code.startswith(PROVISIONAL) else ""
            problems.append(f"第{number}行：编码 {code} 与第{first}行重复{what}，每个单位只能有一行。")
        units.setdefault(begins, []).append(unit)
        if not texts[_STREET_CODE] and subject_kinds().of(str(unit[_KIND])).code == "own":
            placeless.append((number, unit))
    if placeless:
        _give_streets([unit for rows in units.values() for unit in rows], placeless, links, problems)
    if problems:
        raise UserError(*listed(path.name, problems))
    return units


def _day(number: int, text: str, valid_from: dt.date, problems: list[str]) -> dt.date:
    try:
        return dt.date.fromisoformat(text) if text else valid_from
    except ValueError:
        problems.append(f"第{number}行：valid_from“{text[:20]}”不是日期，请写成 2026-03-01；不清楚的请留空。")
        return valid_from


def _give_streets(
    units: list[list[object]], placeless: list[tuple[int, list[object]]], links: list[Fact], problems: list[str]
) -> None:
    """The street of a subject that names none: that of whom it belongs to, of the same name, or the only one; where there
    are several of one county, the county."""
    without = {str(unit[_CODE]) for _, unit in placeless}
    known = {str(unit[_CODE]): unit for unit in units if str(unit[_CODE]) not in without}
    by_name = {unit[_STREET]: unit for unit in known.values() if unit[_STREET]}
    leads = {one.code: one.value for one in links if one.name != subject_kinds().successor_link}
    streets = {str(unit[_STREET_CODE]) for unit in known.values()}
    counties = {street[:COUNTY_DIGITS] for street in streets}
    for number, unit in placeless:
        code = str(unit[_CODE])
        for _ in range(_LONGEST_WAY):
            if code in known or code not in leads:
                break
            code = leads[code]
        home = known.get(code) or by_name.get(unit[_STREET])
        if home is not None:
            unit[_STREET_CODE], unit[_STREET] = home[_STREET_CODE], unit[_STREET] or home[_STREET]
        elif len(streets) == 1 or len(counties) == 1:
            [unit[_STREET_CODE]] = streets if len(streets) == 1 else counties
        elif not unit[_STREET]:
            problems.append(f"第{number}行：缺少街道编码（street_code），也没有联系说明它属于哪里。")


def _street_names(path: Path) -> dict[str, str]:
    """Names of streets by code, from a CSV with the columns code and name."""
    found = lines(path)
    header = [name.strip().lower() for name in next(found, (0, []))[1]]
    if not {"code", "name"} <= set(header):
        raise UserError(f"街道名册 {path.name}：第一行应有 code 和 name 两列。")
    code, name = header.index("code"), header.index("name")
    return {cells[code].strip(): cells[name].strip() for _, cells in found if len(cells) > max(code, name)}
