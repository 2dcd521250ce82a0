"""What is wrong with a system's series of events beyond their shape: their sheets, their columns, days that they do not have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from include.period import Period
from include.schemes.lines import Flaw
from include.schemes.model import Scheme
from include.schemes.periods import SLOTS
from include.schemes.recurrence import planned_days
from include.schemes.series import DayRule, Series

_YEARS = (2024, 2025, 2026)  # whose days off are known: a rule that gives a day in them gives one


def series_problems(scheme: Scheme) -> Iterator[Flaw]:
    """Each a Chinese sentence with its place. The sheet is looked at in periods that have it."""
    for key, count in Counter(one.key for one in scheme.series).items():
        if count > 1:
            yield Flaw(f"活动系列 {key}：编码重复了 {count} 次", "series", key)
    forms = {form.key for form in scheme.forms}
    for series in scheme.series:
        where, place = f"活动系列 {series.key}", ("series", series.key)
        for name, rule in series.all_rules.items():
            yield from _rule_problems(series, name, rule)
        if series.period_kind != scheme.period.kind:
            continue
        if series.sheet.form not in forms:
            yield Flaw(f"{where}：sheet 的表单“{series.sheet.form}”在{scheme.period.name}不用填报", *place)
            continue
        rows = next(form.rows for form in scheme.forms if form.key == series.sheet.form)
        if rows is not None and rows.holds != series.key:
            yield Flaw(f"{where}：表单 {series.sheet.form} 的 rows 要写 holds: {series.key}", *place)
        absent = series.sheet.absences.column if series.sheet.absences else ""
        columns = {cell.key: cell for cell in scheme.all_cells if cell.form == series.sheet.form}
        for wanted in filter(None, (series.sheet.held_on, series.sheet.expected, series.sheet.present, absent)):
            if wanted not in columns:
                yield Flaw(f"{where}：表单 {series.sheet.form} 没有填报项“{wanted}”", *place)
        held_on = columns.get(series.sheet.held_on)
        if held_on is not None and (held_on.type != "date" or held_on.may_be_empty):
            yield Flaw(f"{where}：held_on“{held_on.key}”应是必填的日期（type: date）", *place)


def _rule_problems(series: Series, name: str, rule: DayRule) -> Iterator[Flaw]:
    if rule.any_day:
        return
    for year in _YEARS:
        for slot in SLOTS[series.period_kind]:
            if not planned_days(rule, Period.in_year(year, slot)):
                said = f"（{name}）" if name else ""
                yield Flaw(f"活动系列 {series.key}{said}：{year} 年的 {slot} 排不出日子", "series", series.key)
                return
