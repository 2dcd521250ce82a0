"""`make rerun`: a period once more on the database of the last demo or close; OUT is renewed from the record."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from include.errors import UserError
from include.period import Period, in_zone, parse_moment
from ops.close import hand_ins_of
from ops.command import BadArgumentsError, run_command
from ops.place import Place, last_place
from ops.play import Play


def rerun(place: Place, period: Period, inbox: Path | None, *, is_sending: bool, now: str) -> None:
    """Take in further hand-ins, score again, export. No mail leaves unless asked for."""
    state, began = place.state(), time.monotonic()
    settings = {**state["settings"], "DUBAN_INBOX": str(place.inbox), "DUBAN_INBOX_READ_ONLY": "false"}
    place.inbox.mkdir(exist_ok=True)
    with Play(place, settings=settings, paused=() if is_sending else ("send_notices",)) as stage:
        if now:
            stage.set_clock(in_zone(parse_moment(now, "DUBAN_NOW")))
        before = {row["id"] for row in stage.newest_assessments(state["scheme"], str(period))}
        if inbox is not None:
            place.collecting.write_text(str(period), encoding="utf-8")
            files = hand_ins_of(inbox)
            stage.drop([(path, None) for path in files], place.inbox)
            stage.say(f"追加的 {len(files)} 个来件已逐件答复。")
        stage.run("close_period", partition_key=str(period), scheme=state["scheme"])
        after = [row["id"] for row in stage.newest_assessments(state["scheme"], str(period))]
        stage.wait_for_drafts(state["scheme"], str(period), [key for key in after if key not in before])
        if is_sending:
            stage.wait_for_mails()
        stage.run("export", period=str(period), scheme=state["scheme"])
    place.remember(period=str(period))
    changed = [key for key in after if key not in before]
    print(f"\n{period.name}重算完成，用时 {time.monotonic() - began:.0f} 秒。结果在 {state['out']}/。")
    print(f"有变动，形成新的一稿：{'、'.join(changed)}。" if changed else "输入没有变化，稿次和结果不变。")
    if not is_sending:
        print("没有发送任何邮件；要发送待发的通知，请加 SEND=1。")


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
        period = Period.parse(options.period).scored
    except UserError as error:
        problems += error.problems if options.period else ["缺少参数 PERIOD，例如 PERIOD=2026H1。"]
    if options.inbox and not Path(options.inbox).is_dir():
        problems.append(f"INBOX 指定的文件夹 {options.inbox} 不存在。")
    if problems or place is None or period is None:
        raise BadArgumentsError(*problems)
    inbox = Path(options.inbox).absolute() if options.inbox else None
    rerun(place, period, inbox, is_sending=options.send == "1", now=options.now)


if __name__ == "__main__":
    run_command(main)
