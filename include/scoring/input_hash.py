"""The recipe of `input_hash`: the facts and the rules that decide a street's result, and nothing else.

What enters:
- of the scheme, as it stands in the period: its key, version and period; the day it opens, the due date and the last day
  on which something is taken; the keys of its forms, the same days of a form that has its own; of each cell that an indicator reads its key, form, group, row and type;
- of each indicator, by its code: full marks, rules, when it does not apply, when it is a problem and how many working days
  there are to mend it; of a unit without a score the code of its problem and the working days;
- the total's scale and maximum, the points of lateness, the limits of the grades; where a system has them its classes with
  their conditions, the class of a unit without total, the coded problems without points, and the figures from elsewhere;
- days off and worked weekends of the years touched, as a set of days;
- of each unit on the period's last day its code, name and street; when its forms were due; its status; each accepted file
  (form, SHA-256, version, time of receipt, that of the first version); each decision by kind, field and value, in the order
  of their sequence. The running number itself differs in a rebuild, so it enters as the place in that order;
- where a system says them: who takes part, the scope, the rules of each group, the group of each unit and whom it is ranked with;
- of each figure from elsewhere its value, whether there is one, and the ids of the results, hand-ins and the like that it is from;
- of a unit's year: total and status of each half, and the total of the year before.

What does not: names, labels, units, help, texts, references, sentences; checks, options and limits, which judged a form when
it came in; where a key stands in a file, or in which file; a key that says what holds without it. A word added to the model of
an indicator belongs into `_WORDS`. Whoever changes what enters raises RECIPE and teaches include/rebuild/upgrade.py the one before.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol

from include.data_files import Part
from include.period import days_off_of
from include.schemes.calendar import Dates
from include.schemes.indicators import Indicator
from include.schemes.model import Scheme

RECIPE = 2
_PROBLEM_WORDS = {"text", "naming"}
_WORDS: Any = {
    "code": True,
    "name": True,
    "reference": True,
    "problem": _PROBLEM_WORDS,
    "problems": {"__all__": _PROBLEM_WORDS},
}


class Deciding(Protocol):
    """What the hash reads of a unit's inputs, whatever its period is made of."""

    @property
    def due_date(self) -> dt.date: ...

    @property
    def deciding(self) -> dict[str, Any]: ...


def input_hash(scheme: Scheme, inputs: Sequence[Deciding], texts: Sequence[str] | None = None) -> str:
    """SHA-256 over the rules, the days off of the years touched and what decides each unit's result; `texts` are the last, where
    they are at hand."""
    if texts is None:
        texts = [canonical(one.deciding) for one in inputs]
    return _hash_of(scheme, texts, [one.due_date for one in inputs])


def hash_of(scheme: Scheme, units: Sequence[dict[str, Any]], due_dates: Sequence[dt.date]) -> str:
    """The same of what was stored of the units (`score.inputs`)."""
    return _hash_of(scheme, [canonical(one) for one in units], due_dates)


def _hash_of(scheme: Scheme, units: Sequence[str], due_dates: Sequence[dt.date]) -> str:
    """Over the canonical text of it all, of which the units' texts are parts."""
    rules = _rules(scheme)
    years = sorted({day.year for day in {*rules["dates"], *due_dates}})
    head = canonical({"rules": rules, "days_off": {year: _days_off(year) for year in years}})
    text = f'{head[:-1]},"units":[{",".join(units)}]}}'
    return hashlib.sha256(text.encode()).hexdigest()


def repeated(digest: str) -> str:
    """The hash of inputs that made a revision already and are what they were once more, after another one."""
    return hashlib.sha256(digest.encode()).hexdigest()


def canonical(value: Any) -> str:
    """The one JSON text of a value."""
    return _ENCODER.encode(value)


def _rules(scheme: Scheme) -> dict[str, Any]:
    dates, score = _taken(scheme.dates), scheme.score
    taking = _taking_part(scheme)
    own = {form.key: _taken(scheme.dates_of(form.key)) for form in scheme.forms if form.calendar}
    late = score.lateness
    return {
        "scheme": scheme.scheme,
        "version": scheme.version,
        "period": scheme.period_text,
        "dates": dates,
        **({"dates_of_forms": own} if own else {}),
        **taking,
        "forms": sorted(form.key for form in scheme.forms),
        "cells": {cell.key: [cell.form, cell.group, cell.row, cell.type] for cell in scheme.read_cells},
        "indicators": {indicator.code: _indicator(indicator) for indicator in scheme.indicators},
        "missing": [scheme.missing.code, scheme.missing.deadline_working_days],
        "total": [score.total, score.maximum],
        "lateness": [late.points_a_day, late.at_most] if late else None,
        "grades": [[grade.at_least, grade.grade] for grade in score.grades],
        **_classes(scheme),
    }


def _taking_part(scheme: Scheme) -> dict[str, Any]:
    """Who takes part, in which groups and lists, where the system says it: of a group all its rules."""
    said: dict[str, Any] = {"scope": scheme.scope} if scheme.scope != "street" else {}
    if scheme.subjects and not scheme.for_group:
        said["subjects"] = [one.model_dump() for one in scheme.subjects]
    if scheme.rank is not None:
        said["rank"] = scheme.rank.model_dump() | ({"apart": scheme.rank.apart} if scheme.rank.apart else {})
    if scheme.variants:
        said["groups"] = [scheme.group_by, {group: _rules(one) for group, one in scheme.variants.items()}]
    return said


def _taken(dates: Dates) -> list[dt.date]:
    return [dates.opens_date, dates.due_date, dates.window_ends_date]


def _classes(scheme: Scheme) -> dict[str, Any]:
    """Nothing of a scheme that has none of them: its hash stays what it was."""
    found: dict[str, Any] = {}
    if scheme.classes:
        found["classes"] = [_dumped(one) for one in scheme.classes]
        found["unscored_class"] = scheme.unscored_class
    if scheme.defects:
        found["defects"] = {one.code: _dumped(one, {"code", "text"}) for one in scheme.defects}
    if scheme.inputs:
        found["inputs"] = {one.key: _dumped(one, {"key", "name", "unit"}) for one in scheme.inputs}
        read = {one.from_.tally for one in scheme.inputs}
        tallies = {one.key: [one.items, one.rows, one.options] for one in scheme.tallies if one.key in read}
        found |= {"tallies": tallies} if tallies else {}
    return found


def _indicator(indicator: Indicator) -> dict[str, Any]:
    return _dumped(indicator, _WORDS)


def _dumped(part: Part, words: Any = None) -> dict[str, Any]:
    return part.model_dump(by_alias=True, exclude_defaults=True, exclude=words)


def _days_off(year: int) -> list[list[dt.date]] | None:
    """Days off and worked weekends; None where they are not known."""
    known = days_off_of(year)
    return known and [sorted(days) for days in known]


def _text(value: Decimal | dt.date) -> str:
    """A number however it was written (10, 10.0), or a day."""
    return value.isoformat() if isinstance(value, dt.date) else f"{value.normalize():f}"


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_text)
