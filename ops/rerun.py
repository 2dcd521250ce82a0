"""`make rerun`: a period once more on the database of the last demo or close; OUT is renewed from the record."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from include.db.engine import transaction
from include.errors import UserError
from include.period import Period, in_zone, now, parse_moment
from include.schemes.loader import find_scheme, load_scheme, scored_period
from include.scoring.telling import restatement_lines
from ops.command import BadArgumentsError, run_command
from ops.hand_ins import hand_ins_of
from ops.place import Place, last_place
from ops.play import Play

_TOLD_LINES = 30


def rerun(place: Place, period: Period, inbox: Path | None, *, is_sending: bool, at: str) -> None:
    """Take in further hand-ins, score again, export. No mail leaves unless asked for."""
    state, began = place.state(), time.monotonic()
    settings = {**state["settings"], "DUBAN_INBOX": str(place.inbox), "DUBAN_INBOX_READ_ONLY": "false"}
    place.inbox.mkdir(exist_ok=True)
    scheme = load_scheme(state["scheme"], period)
    periods = [*scheme.made_of, period]  # a year needs its halves first
    paused = ("score_provisional", *(() if is_sending else ("send_notices",)))  # what comes in is scored here, once
    with Play(place, settings=settings, paused=paused) as stage:
        if at:
            stage.set_clock(in_zone(parse_moment(at, "DUBAN_NOW")))
        before = {row["id"] for one in periods for row in stage.newest_assessments(state["scheme"], str(one))}
        if inbox is not None:
            place.collect(scheme.scheme, period)
            files = hand_ins_of(inbox)
            stage.drop([(path, None) for path in files], place.inbox)
            stage.say(f"追加的 {len(files)} 个来件已逐件答复。")
        after = []
        for one in periods:
            stage.run("close_period", partition_key=str(one), scheme=state["scheme"])
            found = [row["id"] for row in stage.newest_assessments(state["scheme"], str(one))]
            if load_scheme(state["scheme"], one).has_circular:
                stage.wait_for_drafts(state["scheme"], str(one), [key for key in found if key not in before])
            after += found
        if is_sending:
            stage.wait_for_mails()
        stage.run("export", period=str(period), scheme=state["scheme"])
    place.remember(period=str(period))
    changed = [key for key in after if key not in before]
    told: list[str] = []
    with transaction() as connection:
        for key in changed:
            told += restatement_lines(connection, key)
    print(f"\n{period.name}重算完成，用时 {time.monotonic() - began:.0f} 秒。结果在 {state['out']}/。")
    print(f"有变动，形成新的一稿：{'、'.join(changed)}。" if changed else "输入没有变化，稿次和结果不变。")
    print(*(f"  {line}" for line in told[:_TOLD_LINES]), sep="\n", end="\n" if told else "")
    for manifest in sorted(Path(state["out"]).rglob("manifest.json")):
        if note := json.loads(manifest.read_text(encoding="utf-8")).get("note"):
            print(f"注意：{note}")
    if not is_sending:
        print("没有发送任何邮件；要发送待发的通知，请加 SEND=1。")


def _why_not(place: Place, period: Period, at: str) -> list[str]:
    """What stands against scoring the period on that database: no scheme for it, or it has not ended there."""
    try:
        load_scheme(place.state()["scheme"], period)
        told = at or (place.clock.read_text(encoding="utf-8").strip() if place.clock.exists() else "")
        moment = parse_moment(told, "DUBAN_NOW") if told else now()
    except UserError as error:
        return error.problems
    if moment > period.end_at:
        return []
    return [
        f"{period.name}（{period}）在 {moment:%Y-%m-%d %H:%M} 尚未结束，不能重算；"
        "要在模拟的日期上试算，请用 DUBAN_NOW 指明时间。"
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="在上一次 demo 或 close 的数据库上重算一个期间。")
    parser.add_argument("--period", default="")
    parser.add_argument("--inbox", default="")
    parser.add_argument("--now", default="")
    parser.add_argument("--send", default="")
    options = parser.parse_args()
    problems = []
    place, period = last_place(), None
    if place is None:
        problems.append("还没有可以重算的数据：请先运行 make demo 或 make close。")
    try:
        period = Period.parse(options.period)
        period = scored_period(place.state()["scheme"], period) if place is not None else period
    except UserError as error:
        problems += error.problems if options.period else ["缺少参数 PERIOD，例如 PERIOD=2026H1。"]
    if options.inbox and not Path(options.inbox).is_dir():
        problems.append(f"INBOX 指定的文件夹 {options.inbox} 不存在。")
    scheme = find_scheme(place.state()["scheme"], period) if place is not None and period is not None else None
    if options.inbox and scheme is not None and scheme.is_of_results:
        parts = "、".join(map(str, scheme.made_of))
        problems.append(f"{scheme.period.name}由其他期间的结果合成，没有自己的来件：请先用 INBOX 重算 {parts}。")
    if place is not None and period is not None:
        problems += _why_not(place, period, options.now)
    if problems or place is None or period is None:
        raise BadArgumentsError(*problems)
    inbox = Path(options.inbox).absolute() if options.inbox else None
    rerun(place, period, inbox, is_sending=options.send == "1", at=options.now)


if __name__ == "__main__":
    run_command(main)
