"""The hand-ins of a close: for which period each is, and when it counts as received."""

from __future__ import annotations

import datetime as dt
import stat
from dataclasses import dataclass, replace
from pathlib import Path

from include.errors import UserError
from include.intake.inbox import is_passing
from include.intake.read_form import ReadForm
from include.intake.reading import read_file
from include.intake.verdicts import days_of, read_sheet
from include.period import Period, end_of, from_timestamp, in_zone, parse_moment, start_of
from include.schemes.inputs import period_of
from include.schemes.loader import find_scheme, load_scheme, own_periods, scored_period
from include.schemes.model import Scheme
from include.workbooks.limits import MAX_FILE_BYTES

_CLOSING_HOUR = dt.timedelta(hours=9)


@dataclass(frozen=True)
class Inbox:
    """The hand-ins for one period, each with the moment at which it counts as received (None: its modification time).

    `is_closed`: the period is closed after them; one that the close does not read is not.
    """

    scheme: Scheme
    files: list[tuple[Path, dt.datetime | None]]
    is_closed: bool = True

    @property
    def is_played(self) -> bool:
        """Whether its calendar has days of its own, on which something falls due: events, steps of items."""
        return not self.scheme.is_scored and bool(self.scheme.series or self.scheme.kinds_of_items)

    @property
    def closing_at(self) -> dt.datetime:
        return start_of(self.scheme.dates.circular_date) + _CLOSING_HOUR


def by_day(inboxes: list[Inbox]) -> list[tuple[dt.date, list[Inbox]]]:
    """The days on which hand-ins count as received, in order, each with what of each inbox came on it."""
    found: dict[dt.date, dict[int, list[tuple[Path, dt.datetime | None]]]] = {}
    for number, inbox in enumerate(inboxes):
        for path, moment in inbox.files:
            at = moment or from_timestamp(path.stat().st_mtime)
            found.setdefault(in_zone(at).date(), {}).setdefault(number, []).append((path, moment))
    return [
        (day, [replace(inboxes[number], files=files) for number, files in sorted(found[day].items())])
        for day in sorted(found)
    ]


def first_day(scheme: Scheme) -> dt.date:
    """The first day on which something of a period may fall due: its events are planned in the year before."""
    days = [dt.date.fromisoformat(f"{scheme.period.year - 1}-{one.planned_on}") for one in scheme.series]
    return min([scheme.period.start_date, *days])


def hand_ins_of(folder: Path) -> list[Path]:
    """The files of a folder and of the folders right below it, as the inbox would take them, by path."""
    found = sorted([*folder.glob("*"), *folder.glob("*/*")])
    visible = (path for path in found if not is_passing(path.relative_to(folder).parts))
    return [path for path in visible if stat.S_ISREG(path.lstat().st_mode)]


def check_received(setting: str, scheme: Scheme | None) -> None:
    """Raises UserError for what RECEIVED cannot be: due, mtime or a moment, which a year made of its halves has two of."""
    if setting in ("mtime", "due"):
        return
    if scheme and scheme.is_of_results:
        raise UserError(
            f"RECEIVED 的值“{setting}”不能用于{scheme.period.name}：各期的来件各有时间，请写 due 或 mtime。"
        )
    try:
        parse_moment(setting, "RECEIVED")
    except UserError:
        raise UserError(f"RECEIVED 的值“{setting}”无效：请写 due、mtime 或 2026-07-20T18:00:00 这样的时间。") from None


def scheme_before(scheme: Scheme) -> Scheme:
    """That of the period before, whose hand-ins PREVIOUS holds."""
    return load_scheme(scheme.scheme, scheme.previous)


def inboxes_of(
    scheme: Scheme, inbox: Path, previous: Path | None, received: str, clock: dt.datetime | None = None
) -> list[Inbox]:
    """The hand-ins by period, what is read before what reads it, the period to be closed last.

    Each file is for the system and period that it names, where the close reads that one; what names none, or cannot be read,
    comes with the last of which anything is handed in: answers to a circular do. PREVIOUS holds those of the period before,
    or of a year's first half. A source of which nothing came is not closed: what reads it says what then. Raises UserError
    where a half has no hand-in at all, for then the year could only be 未报.
    """
    stages = _stages(scheme)
    asked = [one for one in stages if one.forms]
    taken: dict[str, list[tuple[Path, dt.datetime | None]]] = {_key(one): [] for one in stages}
    is_plain = len(stages) == 1 and len(set(scheme.due_dates().values())) == 1 and not scheme.row_forms
    for path in hand_ins_of(inbox):
        said = None if is_plain else _said(path)
        stage = next((one for one in asked if said and _is_of(said, one)), None)
        stage = stage or next((one for one in asked if said and _period_of(said) == one.period), asked[-1])
        taken[_key(stage)].append(
            (path, _last_day(path, said, received, clock) or _moment(stage, said, received, clock))
        )
    if previous:
        before = stages[0] if scheme.is_of_results else scheme_before(scheme)
        at = _moment(before, None, "mtime" if received == "mtime" else "due")
        taken[_key(before)] = [*((path, at) for path in hand_ins_of(previous)), *taken.get(_key(before), [])]
        stages = stages if _key(before) in map(_key, stages) else [before, *stages]
    problems = [
        f"{scheme.period.name}由两个半年合成，但没有找到{half.period.name}的来件：请把两个半年的来件都放进 INBOX，"
        "或用 PREVIOUS 指定上半年的文件夹。"
        for half in stages
        if half.period in scheme.parts.values() and not taken[_key(half)]
    ]
    if problems:
        raise UserError(*problems)
    return _to_be_closed(
        scheme, stages, taken, [scheme_before(scheme)] if previous and not scheme.is_of_results else []
    )


def _to_be_closed(
    scheme: Scheme,
    stages: list[Scheme],
    taken: dict[str, list[tuple[Path, dt.datetime | None]]],
    before: list[Scheme],
) -> list[Inbox]:
    """Of the periods those with hand-ins, those made of one that has some, and the one that is asked for."""
    inboxes: list[Inbox] = []
    read = {_key(one) for one in (*before, *_read_by(scheme))}
    for one in stages:
        has_sources = any(_key(inbox.scheme) in map(_key, _results_of(one)) for inbox in inboxes)
        if one is scheme or taken[_key(one)] or has_sources:
            inboxes.append(Inbox(one, taken[_key(one)], one is scheme or _key(one) in read))
    return inboxes


def _stages(scheme: Scheme) -> list[Scheme]:
    """The systems and periods whose hand-ins may lie in the inbox: all that it reads, those of its own inside the period (a
    year's progress at midyear, the sheets of its months), those of ledgers that it reads, and last the period itself."""
    whole, read = scheme.period, _read_by(scheme)
    inner = [
        find_scheme(scheme.scheme, one)
        for one in own_periods(scheme.scheme, whole.year, with_sheets=True)
        if one != whole
        and whole.start_date <= one.start_date
        and one.end_date <= whole.end_date
        and not scheme.is_of_results
    ]
    reported = [
        find_scheme(one.from_.system_of(scheme.scheme), period_of(word, whole))
        for one in scheme.inputs
        if one.from_.figure
        for word in one.from_.words
    ]
    ledgers = [
        sheet
        for system in dict.fromkeys(one.from_.system_of(scheme.scheme) for one in scheme.inputs if one.from_.ledger)
        for year in (whole.year - 1, whole.year)
        for period in own_periods(system, year, with_sheets=True)
        if period.end_date <= whole.end_date and (sheet := find_scheme(system, period)) and sheet.row_forms
    ]
    further = [one for one in (*reported, *inner, *ledgers) if one is not None and one.forms and not one.is_checkpoint]
    found = {_key(one): one for one in (*read, *sorted(further, key=lambda one: one.period.end_date))}
    return [*(one for key, one in found.items() if key != _key(scheme)), scheme]


def _read_by(scheme: Scheme) -> list[Scheme]:
    """The systems and periods whose results it reads, each after those that it reads itself."""
    found: dict[str, Scheme] = {}
    for one in _results_of(scheme):
        found |= {_key(each): each for each in (*_read_by(one), one)}
    return list(found.values())


def _results_of(scheme: Scheme) -> list[Scheme]:
    """What it reads of results itself; systems read no circle, but a period may be one that there is not."""
    named = ((key, period) for key, period in scheme.sources if (key, period) != (scheme.scheme, scheme.period))
    return [one for key, period in named if (one := find_scheme(key, period)) is not None]


def _key(scheme: Scheme) -> str:
    return f"{scheme.scheme}/{scheme.period}"


def _said(path: Path) -> ReadForm | None:
    """What form a file is; None for one that cannot be read: what is wrong with it is said by intake."""
    if path.stat().st_size > MAX_FILE_BYTES:
        return None
    try:
        return read_file(path.read_bytes(), path.name, None)
    except Exception:
        return None


def _period_of(said: ReadForm) -> Period:
    return scored_period(said.scheme_key, Period.parse(said.period))


def _is_of(said: ReadForm, scheme: Scheme) -> bool:
    return (said.scheme_key, _period_of(said)) == (scheme.scheme, scheme.period)


def _days_of_entries(said: ReadForm) -> list[dt.date]:
    """The days that stand in a sheet of any day whose rows are only added: what happened, and when; none of another sheet."""
    scheme = find_scheme(said.scheme_key, Period.parse(said.period))
    asked = scheme.row_forms.get(said.form) if scheme else None
    rows = asked.rows if asked else None
    if (
        scheme is None
        or rows is None
        or not rows.any_day
        or not (rows.keep == "entries" or rows.opens or rows.takes_steps)
    ):
        return []
    past = {
        check.column for check in scheme.row_checks_of(said.form) if check.not_after == "today"
    }  # the others may lie ahead
    columns = past or {column.key for column in scheme.columns_of(said.form) if column.type == "date"}
    found = (cell.value for key, cell in said.cells.items() if key.rpartition("/")[2] in columns)
    return [dt.date.fromisoformat(day) for day in found if day]


def _last_day(path: Path, said: ReadForm | None, received: str, clock: dt.datetime | None) -> dt.datetime | None:
    """Of a sheet that may come any day, and says of which days it is, the end of the last of them, and not after the clock."""
    if received == "due" and said is not None and (days := _days_of_entries(said)):
        return min(filter(None, [end_of(max(days)), clock]))
    if received != "due" or path.suffix.lower() not in (".csv", ".txt") or path.stat().st_size > MAX_FILE_BYTES:
        return None
    try:
        sheet = read_sheet(path.read_bytes(), path.name)
    except UserError:
        return None
    days = days_of(sheet) if sheet is not None else []
    return min(filter(None, [end_of(max(days)), clock])) if days else None


def _moment(
    scheme: Scheme, said: ReadForm | None, received: str, clock: dt.datetime | None = None
) -> dt.datetime | None:
    """When a hand-in counts as received: the due moment of its own form, or what RECEIVED says. That of an event is
    due with it, and not after the clock."""
    if received == "mtime":
        return None
    if received == "due":
        if said and _is_of(said, scheme) and (day := _due_with_its_event(scheme, said)):
            return min(filter(None, [end_of(day), clock]))
        return end_of(scheme.dates_of(said.form if said and _is_of(said, scheme) else "").due_date)
    return parse_moment(received, "RECEIVED")


def _due_with_its_event(scheme: Scheme, said: ReadForm) -> dt.date | None:
    """The day on which the sheet of an event is due, by the day on which it was held; None of any other sheet."""
    series = next((one for one in scheme.own_series if one.sheet.form == said.form), None)
    if series is None:
        return None
    texts = [cell.value for key, cell in said.cells.items() if key.rpartition("/")[2] == series.sheet.held_on]
    days = [dt.date.fromisoformat(text) for text in texts if text]
    return series.due_date(max(days), max(days)) if days else None
