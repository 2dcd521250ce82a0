"""What the sample street runs besides its half year: who hands in what, typed in systems.yaml, as files that arrive."""

from __future__ import annotations

import csv
import datetime as dt
import functools
import io
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from include.period import Period, parse_moment
from include.registry.rows import SUBJECT_COLUMNS
from include.registry.units import Unit
from include.schemes.fields import Form
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.workbooks.rating_sheets import FreeRow, RatedSubject, write_row_sheet
from ops.sample import street
from ops.sample.street import HandIn

_DATA = Path(__file__).with_name("systems.yaml")


@functools.cache
def data() -> dict[str, Any]:
    """The file as it is written."""
    loaded: dict[str, Any] = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    return loaded


def closes() -> list[Scheme]:
    """What is closed and exported, in that order."""
    return [load_scheme(system, Period.parse(str(period))) for system, period in data()["closes"].items()]


def write_offices(path: Path) -> None:
    """Into a file of offices, which systems the street runs."""
    offices = yaml.safe_load(path.read_text(encoding="utf-8"))
    offices["streets"].setdefault(street.units()[0].street_code, {})["systems"] = data()["runs"]
    path.write_text(yaml.safe_dump(offices, allow_unicode=True, sort_keys=False), encoding="utf-8")


def write_residents(path: Path) -> None:
    """The units in residence as a REGISTRY file, in force from their own day."""
    home = street.units()[0]
    given = {"street_code": home.street_code, "street": home.street, "valid_from": data()["residents_since"]}
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, [*SUBJECT_COLUMNS, "valid_from"], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(given | one for one in data()["residents"])


def hand_ins() -> list[tuple[str, HandIn]]:
    """Every file with the system that reads it, in the order of arrival."""
    by_name = {unit.name: unit for unit in street.units()}
    typed = [(system, entry) for system, entries in data()["hand_ins"].items() for entry in entries]
    found = [(system, _file(entry, by_name)) for system, entry in [*typed, *_attendance(typed)]]
    return sorted(found, key=lambda one: (one[1].received_at, one[1].file_name))


def _attendance(typed: list[tuple[str, dict[str, Any]]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The days of all who have not typed theirs; the same figures every time."""
    given = data()["attendance"]
    others = {entry.get("from") for _, entry in typed if entry["sheet"] == given["sheet"]}
    for number, day in enumerate(given["days"]):
        for unit in street.units():
            name = unit.name.removesuffix("社区")
            if name not in others:
                at = dt.datetime.fromisoformat(str(day["at"])) + dt.timedelta(minutes=int(unit.code[-3:]))
                entry = {"from": name, "sheet": given["sheet"], "period": day["period"], "at": at.isoformat()}
                yield given["sheet"].partition(".")[0], entry | {"rows": [_attended(given, day, number, unit)]}


def _attended(given: dict[str, Any], day: dict[str, Any], number: int, unit: Unit) -> str:
    chance = random.Random(f"{unit.code}/{number}")  # noqa: S311 - sample figures, no secret
    expected = (unit.households or 0) // given["households_a_member"]
    present = expected * chance.randint(*given["present_pct"]) // 100
    absent = min(expected - present, expected * chance.randint(*given["absent_pct"]) // 100)
    served = present if day["types"] == "志愿服务" else 0
    figures = [expected, present, expected - present - absent, absent, present // 10, served]
    return ",".join(map(str, [day["held"], day["types"], day["theme"], day["hours"], *figures, "党群服务中心", "是"]))


def _file(entry: dict[str, Any], by_name: dict[str, Unit]) -> HandIn:
    system, _, key = entry["sheet"].partition(".")
    scheme = load_scheme(system, Period.parse(str(entry["period"])))
    form = scheme.row_forms[key]
    home = street.units()[0]
    unit = by_name[f"{entry['from']}社区"] if "from" in entry else None
    filler = RatedSubject(unit.code, unit.name) if unit else RatedSubject(home.street_code, home.street)
    received_at = parse_moment(str(entry["at"]), "systems.yaml")
    is_workbook = entry.get("as") == "xlsx"
    content = (_workbook if is_workbook else _csv)(scheme, form, filler, entry["rows"])
    name = f"{received_at:%Y%m%d}_{filler.name}_{form.name}.{'xlsx' if is_workbook else 'csv'}"
    return HandIn(received_at, name, content)


def _csv(scheme: Scheme, form: Form, filler: RatedSubject, rows: list[str]) -> bytes:
    """In GB18030, as Excel on a Chinese system saves it."""
    head = [f"表,{form.name}", f"期间,{scheme.period}", f"编码,{filler.code}", ""]
    titles = ",".join(column.label for column in scheme.columns_of(form.key))
    return ("\n".join([*head, titles, *rows]) + "\n").encode("gb18030")


def _workbook(scheme: Scheme, form: Form, filler: RatedSubject, rows: list[str]) -> bytes:
    """Our workbook with the rows typed in; without the code of an installation, so that the bytes are the same everywhere."""
    keys = [column.key for column in scheme.columns_of(form.key)]
    lines = (next(csv.reader(io.StringIO(row))) for row in rows)
    typed = [FreeRow(f"s{n}", dict(zip(keys, line, strict=True))) for n, line in enumerate(lines, 1)]
    return write_row_sheet(scheme, form.key, filler, typed, is_proving=False)
