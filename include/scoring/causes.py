"""Why a unit's result differs from the revision before: a new version, an act of a person, the register, a half."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.data_files import kept, read_yaml
from include.db import sql
from include.period import chinese_date, in_zone
from include.schemes.model import Scheme
from include.scoring.inputs import UnitInputs, decided
from include.scoring.sources import cited, name_of
from include.scoring.year import YearInputs

WORDS = Path(__file__).with_name("causes.yaml")

HAND_IN, CORRECTION, EXTENSION, REVIEW = "hand_in", "correction", "extension", "review"
REGISTRY, PART, RULES, OTHERS = "registry", "part", "rules", "others"


@dataclass(frozen=True)
class Cause:
    """One cause. `field` is the corrected field, the form of a hand-in, the column of the register or the half."""

    kind: str
    field: str
    label: str
    old: str
    new: str
    source: str
    why: str


def causes_of(scheme: Scheme, old_inputs: str | None, new: UnitInputs | YearInputs | None) -> list[Cause]:
    """What differs between what decided a unit's result before (`score.inputs`) and now; None: no unit any more."""
    old: dict[str, Any] = json.loads(old_inputs) if old_inputs else {}
    if new is None:
        return [_registry("", old.get("unit", {}).get("name", ""), "", "left")]
    found = list(_register_causes(old.get("unit"), new))
    found += _given_causes(scheme, old, new)
    if isinstance(new, YearInputs):
        return found + list(_part_causes(scheme, old, new))
    return found + list(_act_causes(scheme, old, new)) + list(_hand_in_causes(old, new))


def rules_cause(old_version: str, new_version: str) -> Cause:
    """The scheme or the calendar of working days changed."""
    return Cause(RULES, "", sentences()["labels"][RULES], old_version, new_version, "", sentences()[RULES])


def others_cause() -> Cause:
    """Nothing of the unit's own changed: its rank moved because others did."""
    return Cause(OTHERS, "", "", "", "", "", sentences()[OTHERS])


@kept
def sentences() -> dict[str, Any]:
    """The words of causes.yaml."""
    words: dict[str, Any] = read_yaml(WORDS)
    return words


def _register_causes(before: dict[str, Any] | None, new: UnitInputs | YearInputs) -> Iterator[Cause]:
    after = new.deciding["unit"]
    if before is None:
        yield _registry("", "", after["name"], "joined")
        return
    for column, value in after.items():
        if before.get(column) != value:
            yield _registry(column, str(before.get(column, "")), str(value), "changed")


def _registry(column: str, old: str, new: str, what: str) -> Cause:
    words = sentences()
    label = words["columns"].get(column, column) or words["labels"][REGISTRY]
    return Cause(REGISTRY, column, label, old, new, "", words[REGISTRY][what].format(label=label))


def _part_causes(scheme: Scheme, old: dict[str, Any], new: YearInputs) -> Iterator[Cause]:
    parts, now = old.get("parts", {}), new.deciding["parts"]
    for code, result in now.items():
        if parts.get(code) != result:
            name = scheme.parts[code].name
            before, after = (_result(part) for part in (parts.get(code), result))
            yield Cause(PART, code, name, before, after, "", sentences()[PART].format(period=name))
    if old.get("before") != new.deciding["before"]:
        name = scheme.period.previous.name
        yield Cause(
            PART,
            "before",
            name,
            old.get("before") or "",
            new.deciding["before"] or "",
            "",
            sentences()[PART].format(period=name),
        )


def _given_causes(scheme: Scheme, old: dict[str, Any], new: UnitInputs | YearInputs) -> Iterator[Cause]:
    """A figure from elsewhere that is another, or from another revision."""
    before = old.get("inputs", {})
    for one in scheme.inputs:
        given = new.given.get(one.key)
        if given is not None and before.get(one.key) != given.deciding:
            name, (text, *_) = name_of(scheme, one), before.get(one.key) or [""]
            why = sentences()["given"].format(name=name, sources=cited(given.sources))
            yield Cause(PART, one.key, name, text, given.text, "", why)


def _result(part: list[str | None] | None) -> str:
    total, status = part or [None, ""]
    return total or status or ""


def _act_causes(scheme: Scheme, old: dict[str, Any], new: UnitInputs) -> Iterator[Cause]:
    known = old.get("decisions", [])
    for row in new.decisions:
        if decided(row) in known:
            continue
        kind = "taken_back" if row["kind"] == CORRECTION and not row["value"] else row["kind"]
        why = sentences()[kind].format(
            by=row["decided_by"], date=_day(row["decided_at"]), reason=row["reason"], value=_value(row)
        )
        cell = scheme.cell.get(row["field"])
        label = cell.label_in_errors if cell else sentences()["labels"][row["kind"]]
        field = row["field"] if row["kind"] == CORRECTION else ""
        yield Cause(row["kind"], field, label, _due(old, row), _value(row), row["id"], why)


def _due(old: dict[str, Any], row: sql.Row) -> str:
    return (
        chinese_date(dt.date.fromisoformat(old["due_date"])) if row["kind"] == EXTENSION and "due_date" in old else ""
    )


def _value(row: sql.Row) -> str:
    return chinese_date(dt.date.fromisoformat(row["value"])) if row["kind"] == EXTENSION else str(row["value"])


def _hand_in_causes(old: dict[str, Any], new: UnitInputs) -> Iterator[Cause]:
    """A version that is scored now and was not; a status alone (未报 → 退回未改) counts as well."""
    before = {form: version for form, _, version, *_ in old.get("hand_ins", [])}
    words = sentences()
    if old.get("raters", []) != new.ratings.deciding:
        yield Cause(HAND_IN, "ratings", words["labels"]["ratings"], "", "", "", words["ratings"])
    for form, row in new.scored.items():
        if before.get(form) != row["version"]:
            old_version = words["version"].format(version=before[form]) if form in before else ""
            new_version = words["version"].format(version=row["version"])
            received = in_zone(row["received_at"])
            why = words[HAND_IN].format(
                version=row["version"],
                form=new.names[form],
                date=chinese_date(received.date()),
                time=f"{received:%H:%M}",
            )
            yield Cause(HAND_IN, form, new.names[form], old_version, new_version, row["sha256"], why)
    if not new.scored and old and old.get("status") != new.status:
        yield Cause(HAND_IN, "", words["labels"]["status"], old.get("status", ""), new.status, "", words["returned"])


def _day(moment: dt.datetime) -> str:
    return chinese_date(in_zone(moment).date())
