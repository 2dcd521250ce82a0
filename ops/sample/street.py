"""The sample street of `make demo`: 云街街道, 24 invented communities, their figures, and everything that goes wrong in life.

Names, ranges and troubles are data (street.yaml). The figures come from a generator seeded by the
street, the community, the period and the field, so the same period always has the same files, byte for byte.

    python -m ops.sample.street --registry registry.csv    # the REGISTRY
    python -m ops.sample.street --inbox folder             # 2026H1's hand-ins; modification times are times of receipt
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import functools
import os
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import yaml

from include.period import Period, start_of
from include.registry.rows import COLUMNS
from include.registry.units import Unit
from include.schemes.fields import FormField
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.workbooks.forms import write_form
from include.workbooks.inspection_form import write_inspection_form
from include.workbooks.values import canonical
from ops.command import run_command
from ops.sample.filling import fill_form, fill_inspection_form, to_flat_csv, to_xls

_DATA = Path(__file__).with_name("street.yaml")
PERSONS = Path(__file__).with_name("persons.yaml")


@dataclass(frozen=True)
class HandIn:
    """A file as it arrives in the inbox."""

    received_at: dt.datetime
    file_name: str
    content: bytes


@dataclass(frozen=True)
class _Community:
    unit: Unit
    profile: str
    trouble: Mapping[str, Any]
    set: Mapping[str, str]
    bonus: list[list[str]]


def signer() -> str:
    """The name of the sample's person who signs."""
    persons = yaml.safe_load(PERSONS.read_text(encoding="utf-8"))["persons"]
    return next(str(one["name"]) for one in persons if "committee" in one["roles"])


@functools.cache
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    return loaded


@functools.cache
def _communities() -> tuple[_Community, ...]:
    data = _data()
    domain, liaisons = data["mail_domain"], data["liaisons"]
    communities = []
    for number, entry in enumerate(data["communities"], 1):
        unit = Unit(
            code=f"{data['street_code']}{number:03}",
            name=f"{entry['name']}社区",
            street_code=data["street_code"],
            street=data["street"],
            unit_type="社区",
            households=entry["households"],
            secretary_email=f"shuji{number:02}@{domain}",
            officer_email=f"zuzhi{number:02}@{domain}",
            liaison_email=f"{liaisons[(number - 1) * len(liaisons) // len(data['communities'])]}@{domain}",
            is_provisional_code=True,
        )
        trouble = data["troubles"][entry["trouble"]] if "trouble" in entry else {}
        communities.append(_Community(unit, entry["profile"], trouble, entry.get("set", {}), entry.get("bonus", [])))
    return tuple(communities)


def units() -> list[Unit]:
    """The street's communities, by code."""
    return [community.unit for community in _communities()]


def write_registry(path: Path) -> None:
    """The street as a REGISTRY file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(vars(unit) for unit in units())


def figures_of(scheme: Scheme, code: str) -> dict[str, str]:
    """What a community truthfully reports: every input cell that the scheme of the period has and that it fills in."""
    community = next(c for c in _communities() if c.unit.code == code)
    figures: dict[str, Decimal] = {}
    values: dict[str, str] = {}
    for key, spec in _data()["figures"].items():
        chance = _chance(scheme, code, key)
        drawn = Decimal(chance.randint(*_limits(spec, community.profile)))
        if spec.get("share_yes"):
            values[key] = "是" if chance.randint(1, 100) <= drawn else "否"
            continue
        figures[key] = _figure(scheme, spec, drawn, figures, scheme.cell[key])
        values[key] = canonical(figures[key])
    values |= _activities(scheme, code, figures) | _papers(scheme, community) | _bonus(community)
    values |= community.set
    return {key: value for key, value in values.items() if key in scheme.cell}


def _chance(scheme: Scheme, code: str, what: str) -> random.Random:
    """The dice for one thing of one community and period: always the same throw."""
    return random.Random(f"{_data()['seed']}/{code}/{scheme.period}/{what}")  # noqa: S311 - sample figures, no secret


def _limits(spec: Mapping[str, Any], profile: str) -> tuple[int, int]:
    limits = spec[profile]
    return (limits, limits) if isinstance(limits, int) else (limits[0], limits[1])


def _figure(
    scheme: Scheme, spec: Mapping[str, Any], drawn: Decimal, figures: Mapping[str, Decimal], cell: FormField
) -> Decimal:
    if "times" in spec:
        drawn = drawn * figures[spec["times"]]
        return drawn / 10 if cell.type == "yuan" else drawn
    if "pct_of" not in spec:
        return drawn
    is_year_end = scheme.period.end_date.month > 6
    pct = min(drawn * 2, Decimal(100)) if spec.get("is_cumulative") and is_year_end else drawn
    step = Decimal("0.01") if cell.type == "yuan" else Decimal(1)
    return (figures[spec["pct_of"]] * pct / 100).quantize(step, ROUND_HALF_UP)


def _activities(scheme: Scheme, code: str, figures: Mapping[str, Decimal]) -> dict[str, str]:
    chance = _chance(scheme, code, "activities")
    names = chance.sample(_data()["activities"], int(figures["special_activities"]))
    return {"special_activity_names": "、".join(names)} if names else {}


def _papers(scheme: Scheme, community: _Community) -> dict[str, str]:
    chance = _chance(scheme, community.unit.code, "papers")
    keys = [cell.key for cell in scheme.group("paper")]
    chance.shuffle(keys)
    missing = chance.randint(*_limits(_data()["papers_missing"], community.profile))
    excluded = chance.randint(*_limits(_data()["papers_not_applicable"], community.profile))
    return {
        key: "无" if place < missing else "不适用" if place < missing + excluded else "有"
        for place, key in enumerate(keys)
    }


def _bonus(community: _Community) -> dict[str, str]:
    return {
        f"bonus_{row}_{column}": value
        for row, entry in enumerate(community.bonus, 1)
        for column, value in zip(("matter", "level"), entry, strict=True)
    }


def default_scheme() -> Scheme:
    """The half year that the demo plays."""
    return load_scheme("half_year", Period.parse("2026H1"))


def hand_ins(forms: Mapping[str, bytes], inspection_form: bytes, scheme: Scheme | None = None) -> list[HandIn]:
    """Every file of the half year in the order of arrival: the forms that went out, filled in.

    `forms` by unit code, as they went out; `inspection_form` is the inspectors' workbook. `scheme` is that of the period,
    2026H1 by default.
    """
    scheme = scheme or default_scheme()
    return _in_order([*of_communities(forms, scheme), of_inspectors(inspection_form, scheme)])


def of_communities(forms: Mapping[str, bytes], scheme: Scheme) -> list[HandIn]:
    """The communities' files in the order of arrival; `forms` by unit code, as they went out."""
    return _in_order(
        hand_in
        for community in _communities()
        for hand_in in _of_community(scheme, community, forms[community.unit.code])
    )


def _in_order(arrivals: Iterable[HandIn]) -> list[HandIn]:
    return sorted(arrivals, key=lambda hand_in: (hand_in.received_at, hand_in.file_name))


def _of_community(scheme: Scheme, community: _Community, form: bytes) -> Iterator[HandIn]:
    trouble, unit = community.trouble, community.unit
    if not trouble.get("hands_in", True):
        return
    true = figures_of(scheme, unit.code)
    first = {**true, **{key: _wrong(value, true) for key, value in trouble.get("wrong", {}).items()}}
    for key in trouble.get("empty", []):
        first.pop(key)
    name = _data()["file_name"].format(unit=unit.name, period=scheme.period.name)
    received_at = _arrival(scheme, community)
    yield HandIn(received_at, *_written(scheme, community, form, first, name))
    if "corrected_after_days" in trouble:
        later = received_at + dt.timedelta(days=trouble["corrected_after_days"], minutes=47)
        yield HandIn(later, f"{name}(更正).xlsx", fill_form(form, true))


def _wrong(value: Any, true: Mapping[str, str]) -> str:
    return true[value["times"]] if isinstance(value, Mapping) else str(value)


def _written(
    scheme: Scheme, community: _Community, form: bytes, values: Mapping[str, str], name: str
) -> tuple[str, bytes]:
    trouble = community.trouble
    if trouble.get("format") == "csv":
        return f"{name}.csv", to_flat_csv(scheme, community.unit, values)
    if trouble.get("form_of") == "previous":
        form = write_form(load_scheme(scheme.scheme, scheme.period.previous), scheme.forms[0].key, community.unit, {})
    filled = fill_form(form, values)
    return (f"{name}.xls", to_xls(filled)) if trouble.get("format") == "xls" else (f"{name}.xlsx", filled)


def _arrival(scheme: Scheme, community: _Community) -> dt.datetime:
    """Office hours of a day between opening and due date, early enough to correct before it; or so many days after."""
    chance = _chance(scheme, community.unit.code, "arrival")
    minute = chance.randint(8 * 60 + 30, 17 * 60 + 30)
    dates, trouble = scheme.dates, community.trouble
    if "days_after_due" in trouble:
        day = dates.due_date + dt.timedelta(days=trouble["days_after_due"])
    else:
        room = (dates.due_date - dates.opens_date).days - trouble.get("corrected_after_days", 0)
        day = dates.opens_date + dt.timedelta(days=chance.randint(1, room - 1))
    return start_of(day) + dt.timedelta(minutes=minute)


def of_inspectors(form: bytes, scheme: Scheme) -> HandIn:
    """The inspectors' workbook as it went out, with what they found."""
    data = _data()["inspection"]
    code_of = {community.unit.name: community.unit.code for community in _communities()}
    corrections = []
    for entry in data["corrections"]:
        code = code_of[f"{entry['community']}社区"]
        reported = figures_of(scheme, code)[entry["field"]]
        value = entry.get("value") or canonical(Decimal(reported) - entry["subtract"])
        corrections.append((code, entry["field"], value, entry["reason"]))
    day = scheme.dates.window_starts_date + dt.timedelta(days=data["days_after_window_starts"])
    content = fill_inspection_form(form, scheme, corrections, data["inspected_by"])
    return HandIn(
        start_of(day) + dt.timedelta(hours=15), f"{_data()['street']}{scheme.period.name}检查记录表.xlsx", content
    )


def write_inbox(folder: Path, arrivals: list[HandIn]) -> None:
    """The files, their modification times being the times of receipt."""
    folder.mkdir(parents=True, exist_ok=True)
    for hand_in in arrivals:
        path = folder / hand_in.file_name
        path.write_bytes(hand_in.content)
        os.utime(path, (hand_in.received_at.timestamp(),) * 2)


def main() -> None:
    parser = argparse.ArgumentParser(description="写出示例街道的单位名册和填报文件。")
    parser.add_argument("--registry", type=Path, help="单位名册写到这个文件")
    parser.add_argument("--inbox", type=Path, help="全部填报文件写到这个文件夹")
    arguments = parser.parse_args()
    if arguments.registry:
        write_registry(arguments.registry)
    if arguments.inbox:
        scheme, street = default_scheme(), units()
        forms = {unit.code: write_form(scheme, scheme.forms[0].key, unit, {}) for unit in street}
        write_inbox(arguments.inbox, hand_ins(forms, write_inspection_form(scheme, street, _data()["street"]), scheme))


if __name__ == "__main__":
    run_command(main)
