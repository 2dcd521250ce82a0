"""`make close`: anyone's register and hand-ins through the real Airflow, from an empty database to OUT."""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from include.db.engine import SETTING, database_url, make_engine, migrate
from include.documents.questions import APPROVAL, Approval
from include.errors import UserError
from include.period import Period, chinese_date, end_of, now, parse_moment, start_of
from include.registry.register_files import RegisterFiles
from include.registry.taking_part import scope_codes
from include.registry.units import import_units, is_county, street_codes
from include.reports.out import files_of_an_earlier_export
from include.schemes.loader import default_system, load_scheme
from include.schemes.model import Scheme
from include.steps.closing import without_material
from include.steps.planning import may_be_run
from ops.command import BadArgumentsError, run_command
from ops.hand_ins import Inbox, by_day, check_received, first_day, inboxes_of, scheme_before
from ops.place import Place
from ops.play import REGISTERED_SINCE, Play

T = TypeVar("T")
_ROUND = dt.timedelta(hours=7, minutes=50)  # when the daily round goes, as dags/diary.py is scheduled


@dataclass(frozen=True)
class Order:
    """What was asked for, checked."""

    scheme: Scheme
    # What is read before what reads it: the period before, where given, a year's halves; last the period.
    inboxes: list[Inbox]
    registry: Path
    streets: list[str]
    out: Path
    approved_by: str
    clock: dt.datetime | None
    mark: str  # the same for the same arguments: a close that was stopped is gone on with by them

    @property
    def closing_at(self) -> dt.datetime:
        return self.inboxes[-1].closing_at


def check(arguments: argparse.Namespace) -> Order:
    """The order, or everything that is wrong with it at once. Starts and writes nothing."""
    problems: list[str] = []
    clock = _tried(problems, lambda: parse_moment(arguments.now, "DUBAN_NOW") if arguments.now else None)
    scheme = _tried(problems, lambda: _scheme(arguments.scheme, arguments.period, clock))
    streets = _tried(problems, lambda: _streets(arguments.registry, scheme)) or []
    for name, folder in (("INBOX", arguments.inbox), ("PREVIOUS", arguments.previous)):
        if folder and not Path(folder).is_dir():
            problems.append(f"{name} 指定的文件夹 {folder} 不存在。")
        elif folder and _overlap(Path(folder), Path(arguments.out or ".nowhere")):
            problems.append(f"{name}（{folder}）与 OUT（{arguments.out}）不能互相包含：{name} 只读，OUT 会被改写。")
    for name in ("period", "registry", "inbox", "out"):
        if not getattr(arguments, name):
            problems.append(f"缺少参数 {name.upper()}。")
    _tried(problems, lambda: check_received(arguments.received, scheme))
    before = None
    if arguments.previous and scheme is not None and not scheme.is_of_results:
        before = _tried(problems, partial(scheme_before, scheme))
    for one in filter(None, (before, scheme)):
        _tried(problems, partial(may_be_run, one, streets, are_named=False))
    problems += [f"APPROVE：{problem}" for problem in Approval("committee", arguments.approve).problems(APPROVAL)]
    if arguments.out:
        _tried(problems, lambda: _check_out(Path(arguments.out).absolute(), streets))
    inbox, previous = (Path(folder).absolute() if folder else None for folder in (arguments.inbox, arguments.previous))
    inboxes = None
    if not problems and scheme is not None and inbox is not None:
        inboxes = _tried(problems, partial(inboxes_of, scheme, inbox, previous, arguments.received, clock))
    if problems or scheme is None or inboxes is None:
        raise BadArgumentsError(*problems)
    return Order(
        scheme, inboxes, Path(arguments.registry).absolute(), streets, Path(arguments.out).absolute(),
        arguments.approve.strip(), clock, _mark_of(arguments),
    )  # fmt: skip


def _mark_of(arguments: argparse.Namespace) -> str:
    """Paths count by what they lead to, the register by its content; the database, where one is named, is an argument too."""
    said = {name: str(value) for name, value in vars(arguments).items() if name not in ("fresh", "system")}
    said |= {name: str(Path(said[name]).absolute()) for name in ("inbox", "out", "previous") if said[name]}
    files = RegisterFiles.at(Path(arguments.registry)).all
    said["registry"] = " ".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)
    said[SETTING] = os.environ.get(SETTING, "")
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _tried(problems: list[str], part: Callable[[], T]) -> T | None:
    """What `part` gives; None where it raises, its problems then being noted."""
    try:
        return part()
    except UserError as error:
        problems += error.problems
        return None


def _scheme(key: str, period_text: str, clock: dt.datetime | None) -> Scheme | None:
    if not period_text:
        return None
    scheme = load_scheme(key, Period.parse(period_text))
    period = scheme.period
    if clock is not None and clock <= period.end_at:
        raise UserError(f"{period.name}在 DUBAN_NOW（{clock:%Y-%m-%d %H:%M}）时尚未结束，不能结账。")
    if clock is None and period.start_at > now():
        raise UserError(
            f"{period.name}（{period}）还没有开始，不能结账；要在模拟的日期上试算，请用 DUBAN_NOW 指明时间。"
        )
    return scheme


def _streets(registry: str, scheme: Scheme | None) -> list[str]:
    """The streets of a register that can be read whole; tried in a database of its own."""
    if not registry:
        return []
    if not Path(registry).exists():
        raise UserError(f"REGISTRY 指定的登记册 {registry} 不存在。")
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(database_url(f"sqlite:///{Path(folder) / 'trial.db'}"))
        migrate(engine)
        try:
            with engine.begin() as connection:
                import_units(connection, Path(registry), REGISTERED_SINCE)
                found = scope_codes(connection, scheme) if scheme else street_codes(connection, REGISTERED_SINCE)
        finally:
            engine.dispose()
    if not found:
        raise UserError(f"REGISTRY 指定的登记册 {registry} 里没有单位。")
    return found


def _overlap(one: Path, other: Path) -> bool:
    one, other = one.resolve(), other.resolve()
    return one == other or one in other.parents or other in one.parents


def _check_out(out: Path, streets: list[str]) -> None:
    """OUT must be empty, absent, or an earlier OUT of as many streets."""
    for folder in [out] if len(streets) <= 1 else [out / code for code in streets]:
        files_of_an_earlier_export(folder)
    if len(streets) > 1 and out.is_dir():
        foreign = sorted(path.name for path in out.iterdir() if path.name not in streets)
        if foreign:
            raise UserError(f"OUT（{out}）里有不属于本次结果的内容：{'、'.join(foreign[:5])}。请换一个空文件夹。")


def close(order: Order, *, is_fresh: bool = False) -> None:
    """Close the periods one after the other, export the last. A close of the same order that did not come to its end is
    gone on with: nothing is done twice, nobody mailed twice. Not so where `is_fresh`."""
    place, began = Place("close"), time.monotonic()
    place.refuse_if_running()
    goes_on = not is_fresh and place.is_used and place.state().get("unfinished") == order.mark
    first = order.inboxes[0]
    settings = {"DUBAN_RECEIVED": "mtime", "DUBAN_OUT": str(order.out), "DUBAN_INBOX": str(place.inbox)}
    if goes_on:
        place.make()
        print("接着做上次没有做完的同一次结账，做过的不重做；要从空数据库重新开始，请加 FRESH=1。", flush=True)
    else:
        place.empty()
        place.clock.write_text(_starts_at(order).isoformat(), encoding="utf-8")
        place.collect(order.scheme.scheme, first.scheme.period)
    registry = _kept_beside(order.registry, place.folder)
    with Play(place, settings=settings) as stage:
        if not goes_on:
            stage.refuse_used_database()
        place.note(
            out=str(order.out),
            scheme=order.scheme.scheme,
            period=str(order.scheme.period),
            settings=settings,
            unfinished=order.mark,
        )
        units = stage.import_registry(registry)
        stage.say(f"登记册：{units} 个单位，{len(order.streets)} 个{'县' if is_county(order.streets[0]) else '街道'}。")
        drafts, scheme = 0, order.scheme
        played = _played(order)
        together: list[Inbox] = []  # sheets whose days are played along with the period that is closed
        for inbox in order.inboxes:
            if inbox.scheme.scheme in played:
                together.append(inbox)
                if inbox.is_closed:
                    _play_days(stage, together, order)
                    drafts, together = _close_one(stage, inbox, order), []
                continue
            if inbox.scheme.is_of_results:
                drafts = _close_of_results(stage, inbox, order)
                continue
            _take_in(stage, inbox, order)
            if inbox.is_closed:
                drafts = _close_one(stage, inbox, order)
        stage.run("export", period=str(scheme.period), scheme=scheme.scheme)
        stage.say(f"结果已导出；峰值内存 {stage.peak_mb} MB。")
    place.remember(unfinished="")
    _farewell(order, drafts, time.monotonic() - began)


def _kept_beside(registry: Path, folder: Path) -> Path:
    """A copy of the register, a CSV or a folder, that stays what it is while the close runs."""
    files = RegisterFiles.at(registry)
    kept = folder / ("registry" if files.is_folder else "registry.csv")
    if not files.is_folder:
        shutil.copyfile(registry, kept)
        return kept
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    for path in files.all:
        shutil.copyfile(path, kept / path.name)
    return kept


def _farewell(order: Order, drafts: int, seconds: float) -> None:
    """Where things lie; a checkpoint and a year have no circular, nor has a period for which nothing arrived."""
    scheme = order.scheme
    has_circular = scheme.has_circular and drafts > 0
    inner = "、".join(map(str, scheme.made_of))
    where = "得分见 scores.csv，逐项说明见 points.csv" + ("，通报见 circular.docx" if has_circular else "")
    if len(order.streets) > 1:
        where = f"各{'县' if is_county(order.streets[0]) else '街道'}一个子文件夹；{where}"
    print(f"\n{scheme.period.name}结账完成，用时 {seconds:.0f} 秒。结果在 {order.out}/（{where}）。")
    if inner:
        print(f"各期的得分和通报在同一数据库里，要导出请运行 make rerun PERIOD=…（{inner}）。")
    if (has_circular or inner) and not order.approved_by:
        print("没有给出 APPROVE，通报仍是草稿，没有文号；签发请加 APPROVE=签发人姓名 再运行。")


def _take_in(stage: Play, inbox: Inbox, order: Order) -> None:
    period = inbox.scheme.period
    stage.place.collect(order.scheme.scheme, period)
    stage.set_clock(order.clock or min(inbox.closing_at, order.closing_at))
    stage.drop(inbox.files, stage.place.inbox)
    stage.say(f"{period.name}：{len(inbox.files)} 个来件已逐件答复。")


def _played(order: Order) -> set[str]:
    """The systems whose calendar is played day by day."""
    return {one.scheme.scheme for one in order.inboxes if one.is_closed and one.is_played}


def _starts_at(order: Order) -> dt.datetime:
    """Before anything that a close does: the register is known on the first day that is played."""
    usual = order.clock or min(order.inboxes[0].closing_at, order.closing_at)
    own = [one for one in order.inboxes if one.scheme.scheme in _played(order)]
    days = [first_day(one.scheme) for one in own if one.is_closed] + [day for day, _ in by_day(own)]
    return min([usual, *map(start_of, days)])


def _play_days(stage: Play, inboxes: list[Inbox], order: Order) -> None:
    """Every day of a calendar up to the close of the last of the inboxes: the daily round in its morning, then what came on it."""
    scheme, ends_at = inboxes[-1].scheme, order.clock or inboxes[-1].closing_at
    first = first_day(scheme)
    for day, came in by_day(inboxes):
        if first <= day < ends_at.date():
            first = _go_rounds(stage, scheme, first, start_of(day) + _ROUND)
        for inbox in came:
            stage.place.collect(order.scheme.scheme, inbox.scheme.period)
            stage.set_clock(min(end_of(day), ends_at))
            stage.drop(inbox.files, stage.place.inbox)
            stage.say(f"{chinese_date(day)}：{inbox.scheme.period.name}的 {len(inbox.files)} 个来件已逐件答复。")
    _go_rounds(stage, scheme, first, ends_at)
    stage.say(f"{scheme.period.name}：到 {chinese_date(ends_at.date())} 为止，每天该办的都已办过。")


def _go_rounds(stage: Play, scheme: Scheme, first: dt.date, until: dt.datetime) -> dt.date:
    """Those of each day from the first one to a moment; the day that comes next."""
    stage.set_clock(until)
    stage.run("diary", scheme=scheme.scheme, period=str(scheme.period), since=min(first, until.date()).isoformat())
    return until.date() + dt.timedelta(days=1)


def _close_one(stage: Play, inbox: Inbox, order: Order) -> int:
    """How many circulars were drafted, signed since or not."""
    scheme, period = inbox.scheme, str(inbox.scheme.period)
    if not scheme.is_scored and not inbox.is_played:
        stage.run("diary", scheme=scheme.scheme, period=period)  # what falls due by now
    stage.run("close_period", partition_key=period, scheme=scheme.scheme)
    waiting = stage.wait_for_drafts(scheme.scheme, period)
    made = "已由各期结果合成" if scheme.is_of_results else "已评分"
    stage.say(f"{scheme.period.name}：{made}，{len(waiting)} 份通报草稿待签发。")
    empty = without_material(scheme.scheme, period, order.streets)
    for sentence in empty:
        stage.say(f"{sentence}。")
    if order.approved_by and waiting:
        for assessment_id in waiting:
            stage.approve(assessment_id, order.approved_by)
        stage.say(f"{scheme.period.name}：以“{order.approved_by}”签发（参数 APPROVE）。")
    if order.approved_by and (letters := stage.wait_for_letters(scheme.scheme, period)):
        stage.approve_together(letters, order.approved_by)
        stage.say(f"{scheme.period.name}：另有 {len(letters)} 件公函，一并签发。")
    stage.say(f"{scheme.period.name}：邮件共 {stage.wait_for_mails()} 封。")
    return len(order.streets) - len(empty)


def _close_of_results(stage: Play, inbox: Inbox, order: Order) -> int:
    """What is made of other periods, which are closed: nothing is handed in; how many circulars were drafted, of a system
    that has one."""
    scheme = inbox.scheme
    stage.set_clock(order.clock or inbox.closing_at)
    if scheme.has_circular:
        return _close_one(stage, inbox, order)
    stage.run("close_period", partition_key=str(scheme.period), scheme=scheme.scheme)
    stage.say(f"{scheme.period.name}：已由各期结果合成。")
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description="对任意登记册和来件文件夹结账。")
    parser.add_argument("--period", default="")
    parser.add_argument("--registry", default="")
    parser.add_argument("--inbox", default="")
    parser.add_argument("--out", default="")
    parser.add_argument("--received", default="due")
    parser.add_argument("--previous", default="")
    parser.add_argument("--approve", default="")
    parser.add_argument("--system", default="")
    parser.add_argument("--scheme", default="")  # as it was called
    parser.add_argument("--now", default="")
    parser.add_argument("--fresh", default="")
    options = parser.parse_args()
    options.received = options.received or "due"
    system, alias = options.system, options.scheme
    if system and alias and system != alias:
        raise BadArgumentsError(f"SYSTEM（{system}）和 SCHEME（{alias}）说的不是同一个制度：请只写 SYSTEM。")
    options.scheme = system or alias or default_system()
    close(check(options), is_fresh=options.fresh not in ("", "0"))


if __name__ == "__main__":
    run_command(main)
