"""`make demo`: one street's half year, 2026H1, and then what else it runs, played by the real Airflow on a simulated calendar."""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
import time
from pathlib import Path

from include.archive import contents
from include.db import sql
from include.period import add_working_days, chinese_date, end_of, in_zone, is_working_day, start_of
from include.registry.offices import offices_path
from include.schemes.model import Scheme
from include.settings import REPO
from ops.command import run_command
from ops.components import Components, looking
from ops.demo_systems import beside, play_systems
from ops.place import Place
from ops.play import Play
from ops.sample import street as sample_street
from ops.sample.systems import closes

_CHASED_AFTER_WORKING_DAYS = 12  # three quarters of the shortest deadline, 15 working days, have passed


def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return start_of(day) + dt.timedelta(hours=hour, minutes=minute)


def prepare(place: Place, scheme: Scheme, out: Path, inbox: Path) -> dict[str, str]:
    """New folders, the clock at the half year's opening and the office's own file; the settings that say where all that is."""
    place.empty()
    for folder in (out, inbox):
        shutil.rmtree(folder, ignore_errors=True)
    inbox.mkdir(parents=True)
    place.clock.write_text(at(scheme.dates.opens_date, 8).isoformat(), encoding="utf-8")
    place.collect(scheme.scheme, scheme.period)
    offices = offices_of(place)  # the office's own, for it begins with more on the way
    shutil.copyfile(offices_path(), offices)
    persons = place.folder / sample_street.PERSONS.name
    shutil.copyfile(sample_street.PERSONS, persons)
    return {
        "DUBAN_INBOX": str(inbox),
        "DUBAN_INBOX_READ_ONLY": "true",
        "DUBAN_RECEIVED": "mtime",
        "DUBAN_OUT": str(out),
        "DUBAN_OFFICES": str(offices),
        "DUBAN_PERSONS": str(persons),
    }


def offices_of(place: Place) -> Path:
    return place.folder / "offices.yaml"


def play(
    scheme: Scheme,
    out: Path,
    inbox: Path,
    *,
    settings: dict[str, str],
    components: Components | None = None,
    with_systems: bool = True,
) -> None:
    """The half year from opening to the first reminder of an item, at whose end OUT is written; then the further systems.
    `settings` as `prepare` gives them; `components` as in `Play`; without `with_systems` the half year is all."""
    place = Place("demo")
    period, began, offices = str(scheme.period), time.monotonic(), offices_of(place)
    signed = sample_street.signer()
    with Play(place, settings=settings, components=components) as stage:
        registry = place.folder / "registry.csv"
        sample_street.write_registry(registry)
        stage.say(f"登记册：{stage.import_registry(registry)} 个社区。")
        _open(stage, scheme)
        _collect(stage, scheme, inbox)
        _close(stage, scheme, signed)
        _chase(stage, scheme)
        stage.run("export", period=period)
        stage.say("半年考评的结果已导出。")
        if not with_systems:
            return
        play_systems(stage, offices, out, inbox, signed)
        stage.say(f"另外各制度的结果也已导出；峰值内存 {stage.peak_mb} MB。")
    place.remember(out=str(out), scheme=scheme.scheme, period=period, settings=settings)
    _farewell(out, inbox, place, time.monotonic() - began)


def _open(stage: Play, scheme: Scheme) -> None:
    stage.say(f"{chinese_date(scheme.dates.opens_date)} 开放填报。")
    stage.run("open_period", partition_key=str(scheme.period))
    stage.say(f"填报表已发出，邮箱共 {stage.wait_for_mails()} 封。")


def _collect(stage: Play, scheme: Scheme, inbox: Path) -> None:
    """Hand-ins arrive batch by batch between the days on which reminders go out; the inspectors' when they were asked."""
    arrivals = _hand_ins(scheme)
    for moment, is_reminder in _stops(scheme):
        batch = [arrival for arrival in arrivals if arrival.received_at <= moment]
        arrivals = arrivals[len(batch) :]
        if batch:
            _hand_in(stage, batch, inbox)
        if is_reminder:
            stage.set_clock(moment)
            stage.run("diary")
            stage.say(f"{chinese_date(moment.date())} 提醒未报社区，邮箱共 {stage.wait_for_mails()} 封。")
    found = sample_street.of_inspectors(_ask_inspectors(stage, scheme), scheme)
    _hand_in(stage, sorted([*arrivals, found], key=lambda arrival: arrival.received_at), inbox)


def _hand_in(stage: Play, batch: list[sample_street.HandIn], inbox: Path) -> None:
    written = stage.place.folder / "hand-ins"
    sample_street.write_inbox(written, batch)
    stage.set_clock(batch[-1].received_at)
    stage.drop([(written / arrival.file_name, None) for arrival in batch], inbox)
    mails = stage.wait_for_mails()
    days = dict.fromkeys(chinese_date(in_zone(end.received_at).date()) for end in (batch[0], batch[-1]))
    stage.say(f"{'至'.join(days)}：收到 {len(batch)} 件，已逐件答复，邮箱共 {mails} 封。")


def _ask_inspectors(stage: Play, scheme: Scheme) -> bytes:
    """The inspectors' workbook as it was mailed on the first morning of their window."""
    stage.set_clock(at(scheme.dates.window_starts_date, 8))
    stage.run("open_inspection", partition_key=str(scheme.period))
    mails = stage.wait_for_mails()
    stage.say(f"{chinese_date(scheme.dates.window_starts_date)} 现场核查表已发给考评小组，邮箱共 {mails} 封。")
    return contents.load(next(row["sha256"] for row in _opened(scheme) if row["filler"] == "inspectors"))


def _stops(scheme: Scheme) -> list[tuple[dt.datetime, bool]]:
    """Moments up to which a batch is collected, and whether reminders go out then: T-7, T-3, T-1, one day late; the last
    is the evening before the inspectors' window."""
    dates = scheme.dates
    days = [dates.due_date - dt.timedelta(days=days) for days in scheme.calendar.reminders_days_before_due]
    late = dates.due_date + dt.timedelta(days=1)
    stops = [(at(day, 9), True) for day in sorted({*days, late})]
    return [*stops, (end_of(dates.window_starts_date - dt.timedelta(days=1)), False)]


def _hand_ins(scheme: Scheme) -> list[sample_street.HandIn]:
    """The communities' forms as they were mailed, filled in."""
    forms = {row["unit_code"]: contents.load(row["sha256"]) for row in _opened(scheme) if row["filler"] == "unit"}
    return sample_street.of_communities({unit.code: forms[unit.code] for unit in sample_street.units()}, scheme)


def _opened(scheme: Scheme) -> list[sql.Row]:
    """The workbooks that went out."""
    with looking() as connection:
        return sql.fetch(connection, "ops/select_opened_forms", scheme=scheme.scheme, period=str(scheme.period))


def _close(stage: Play, scheme: Scheme, signed: str) -> None:
    period, dates = str(scheme.period), scheme.dates
    closed_date = dates.window_ends_date + dt.timedelta(days=1)
    stage.set_clock(at(closed_date, 8))
    stage.run("close_period", partition_key=str(scheme.period.children[-1]))
    waiting = stage.wait_for_drafts(scheme.scheme, period)
    stage.say(f"{chinese_date(closed_date)} 结账：已评分、排名、定等次，通报草稿等待党工委签发。")
    stage.wait_for_mails()
    stage.set_clock(at(dates.circular_date, 9))
    for assessment_id in waiting:
        stage.approve(assessment_id, signed)
    number = stage.newest_assessments(scheme.scheme, period)[0]["document_number"]
    stage.say(f"{chinese_date(dates.circular_date)} 以样例人员“{signed}”签发（演示自动作出，非真人审批）：{number}。")
    stage.say(f"通报和整改通知已发出，邮箱共 {stage.wait_for_mails()} 封。")


def _chase(stage: Play, scheme: Scheme) -> None:
    day = add_working_days(scheme.dates.circular_date, _CHASED_AFTER_WORKING_DAYS)
    assert is_working_day(day)
    stage.set_clock(at(day, 8, 30))
    stage.run("chase")
    stage.say(f"{chinese_date(day)} 督办整改，邮箱共 {stage.wait_for_mails()} 封。")


def _farewell(out: Path, inbox: Path, place: Place, seconds: float) -> None:
    def shown(path: Path) -> str:
        return str(path.relative_to(REPO) if path.is_relative_to(REPO) else path)

    systems = "\n".join(
        f"  {one.name}（{one.period.name}）：{shown(beside(out) / one.scheme)}/，来件在 {shown(beside(inbox) / one.scheme)}/"
        for one in closes()
    )
    print(f"""
演示完成，用时 {seconds:.0f} 秒。先打开 {shown(out)}/circular.pdf（通报）。结果都在 {shown(out)}/ 下：
  通报            {shown(out)}/circular.docx、circular.pdf、circular.html
  得分与名次      {shown(out)}/scores.csv（逐项说明见 points.csv，所用数字见 values.csv）
  限期整改        {shown(out)}/items.csv
  来件与答复      {shown(out)}/intake.csv，退回的表在 {shown(out)}/returned/
  发出的邮件      {shown(out)}/mails/*.eml（共 {len(list((out / "mails").glob("*.eml")))} 封）
  社区交来的文件  {shown(inbox)}/
  数据库与日志    {shown(place.folder)}/
看邮件：运行 make up，打开它打印的“本地邮箱”地址（.eml 文件也可以用邮件软件打开）。
接下来：make up 后可在浏览器里看同样的流程，把文件复制到 {shown(inbox)}/ 几秒后就有答复；
make why PERIOD=2026H1 看谁没有收到什么、为什么；make rerun PERIOD=2026H1 可再算一遍。
同一街道下半年另外运行的制度（有的只有几个社区报送），结果和来件：
{systems}""")


def main() -> None:
    parser = argparse.ArgumentParser(description="在模拟日历上演示一个街道的半年考评。")
    parser.add_argument("--out", type=Path, default=REPO / "var/demo", help="结果文件夹")
    parser.add_argument("--inbox", type=Path, default=REPO / "var/demo-inbox", help="收件夹")
    options = parser.parse_args()
    scheme, out, inbox = sample_street.default_scheme(), options.out.absolute(), options.inbox.absolute()
    play(scheme, out, inbox, settings=prepare(Place("demo"), scheme, out, inbox))


if __name__ == "__main__":
    run_command(main)
