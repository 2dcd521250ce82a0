"""Who takes part in a system's period, and in which group and list: as of the period's last day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from include.db import sql
from include.errors import UserError
from include.period import chinese_date
from include.registry.rows import COUNTY_DIGITS
from include.registry.units import Unit, span_of, street_codes, subjects_of
from include.schemes.inputs import period_of
from include.schemes.model import Scheme
from include.schemes.subjects import BY_KIND, ByResult, Taking
from include.schemes.system import System
from include.subject_kinds import subject_kinds


def taking_part(connection: Connection, scheme: Scheme, scope_code: str) -> list[Unit]:
    """The subjects of a street (of a county, where that is the system's scope) that take part, by code: communities and
    villages where the system does not say whom it means."""
    on, taking = scheme.period.end_date, scheme.subjects
    counted = {one.kind: subject_kinds().counted_as(one.kind) for one in taking}
    kinds = [each for one in counted.values() for each in one] or subject_kinds().default
    units = subjects_of(connection, scope_code, on, kinds)
    attributes = {
        name: attribute_of(connection, scheme, scope_code, name)
        for name in dict.fromkeys(name for one in taking for name in one.attributes)
    }
    graded = {
        one.by_result.result: _graded(connection, scheme, scope_code, one.by_result) for one in taking if one.by_result
    }

    def is_meant(unit: Unit, one: Taking) -> bool:
        if unit.kind not in counted[one.kind] or (one.by_result and unit.code not in graded[one.by_result.result]):
            return False
        return all(attributes[name].get(unit.code) in values for name, values in one.attributes.items())

    return [unit for unit in units if not taking or any(is_meant(unit, one) for one in taking)]


def _graded(connection: Connection, scheme: Scheme, scope_code: str, by: ByResult) -> set[str]:
    """The subjects of a street or county that have one of the classes, by the newest official result that there is."""
    period = str(period_of(by.period, scheme.period))
    rows = sql.fetch(
        connection,
        "registry/select_graded",
        scheme=by.result,
        period=period,
        any_grade=by.grade,
        **_on_last_day(scheme, scope_code),
    )
    return {row["unit_code"] for row in rows}


def groups_of_units(connection: Connection, scheme: Scheme, scope_code: str, units: Sequence[Unit]) -> dict[str, str]:
    """The group of each, by code; empty where the system has none. Raises UserError for those that are of none."""
    if not scheme.group_by:
        return {}
    found = _groups(connection, scheme, scope_code, units)
    if strange := [unit for unit in units if found[unit.code] not in scheme.variants]:
        groups, day = "、".join(scheme.variants), chinese_date(scheme.period.end_date)
        raise UserError(
            *(
                f"{unit.name}（{unit.code}）{day}的“{scheme.group_by}”是“{found[unit.code]}”，{scheme.name}没有这一组"
                f"（{groups}）：请在登记册的 attributes.csv 中补上或改正。"
                for unit in strange
            )
        )
    return found


def members(connection: Connection, scheme: Scheme, scope_code: str) -> dict[str, str]:
    """The group of everybody who takes part, by code; empty texts where the system has no groups."""
    units = taking_part(connection, scheme, scope_code)
    return _groups(connection, scheme, scope_code, units) if scheme.group_by else {one.code: "" for one in units}


def _groups(connection: Connection, scheme: Scheme, scope_code: str, units: Sequence[Unit]) -> dict[str, str]:
    if scheme.group_by == BY_KIND:
        return {unit.code: unit.kind or next(iter(subject_kinds().kinds)) for unit in units}
    attribute = attribute_of(connection, scheme, scope_code, scheme.group_by)
    return {unit.code: attribute.get(unit.code, "") for unit in units}


def lists_of(connection: Connection, scheme: Scheme, scope_code: str) -> dict[str, str]:
    """With whom a subject is ranked beside its group: whom the link of `rank` leads to, by code; empty where all are one list."""
    if scheme.rank is None or scheme.rank.within == "group":
        return {}
    return link_of(connection, scheme, scope_code, scheme.rank.within.link)


def link_of(connection: Connection, scheme: Scheme, scope_code: str, link: str) -> dict[str, str]:
    """To whom a link leads from the subjects of a street or county that have it, by code."""
    rows = sql.fetch(connection, "registry/select_link", link=link, **_on_last_day(scheme, scope_code))
    return {row["code"]: row["to_code"] for row in rows}


def linked(connection: Connection, scheme: Scheme, scope_code: str, link: str) -> dict[str, list[str]]:
    """Whom a link joins to each subject of a street or county, whichever way it leads, by code."""
    found: dict[str, set[str]] = {}
    for row in sql.fetch(connection, "registry/select_link", link=link, **_on_last_day(scheme, scope_code)):
        found.setdefault(row["code"], set()).add(row["to_code"])
        found.setdefault(row["to_code"], set()).add(row["code"])
    return {code: sorted(others) for code, others in found.items()}


def count_linked(connection: Connection, scheme: Scheme, code: str, link: str) -> int:
    """How many subjects a link leads from to a unit on the period's last day."""
    row = sql.fetch_one(connection, "registry/count_linked", code=code, link=link, on_date=scheme.period.end_date)
    return int(row["subjects"]) if row else 0


def scope_of_unit(scheme: Scheme, unit: Unit) -> str:
    """The code of the street or county with which a subject is ranked."""
    return scope_of_street(scheme, unit.street_code)


def scope_of_street(scheme: System, street_code: str) -> str:
    """The code of the street, or of its county where that is the system's scope."""
    return street_code[:COUNTY_DIGITS] if scheme.scope == "county" else street_code


def scope_codes(connection: Connection, scheme: System) -> list[str]:
    """The streets, or counties, that a system has at the end of its period, in order."""
    kinds = [one.kind for one in scheme.subjects] if scheme.scope == "county" else []
    streets = street_codes(connection, scheme.period.end_date, kinds)
    return sorted({scope_of_street(scheme, code) for code in streets})


def attribute_of(connection: Connection, scheme: Scheme, scope_code: str, name: str) -> dict[str, str]:
    """An attribute of the subjects of a street or county that have it, by code."""
    rows = sql.fetch(connection, "registry/select_attribute", attribute=name, **_on_last_day(scheme, scope_code))
    return {row["code"]: row["value"] for row in rows}


def chosen_in(connection: Connection, scheme: Scheme, name: str, codes: Sequence[str]) -> dict[str, str]:
    """An attribute of any codes of the register (streets and counties too) that have it on the period's last day, by code."""
    rows = sql.fetch(
        connection,
        "registry/select_attribute_of_codes",
        attribute=name,
        any_code=list(codes),
        on_date=scheme.period.end_date,
    )
    return {row["code"]: row["value"] for row in rows}


def _on_last_day(scheme: Scheme, scope_code: str) -> dict[str, Any]:
    return {**span_of(scope_code), "on_date": scheme.period.end_date}
