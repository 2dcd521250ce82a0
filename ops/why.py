"""`make why PERIOD= [UNIT=]`: “why was this not sent?” — every notice of the period, its state, the reason."""

from __future__ import annotations

import argparse
import unicodedata

from sqlalchemy import Connection

from include.db.engine import get_engine
from include.errors import UserError
from include.period import Period, today
from include.registry.units import code_of, find_unit
from include.reports.explaining import explain, runs_of
from include.schemes.loader import official_period
from ops.command import BadArgumentsError, run_command
from ops.last_database import speak_to_last_database

_COLUMNS = ("单位编码", "通知", "阶段", "收件人", "应发时间", "状态", "原因")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="某个期间的通知为什么没有发出")
    parser.add_argument("period", nargs="?", default="", help="期间，例如 2026H1")
    parser.add_argument("unit", nargs="?", default="", help="单位的名称或编码；不写为全部单位")
    parser.add_argument("--all", action="store_true", help="已发出的也列出")
    options = parser.parse_args(arguments)
    if not options.period:
        raise BadArgumentsError("缺少参数 PERIOD，例如 PERIOD=2026H1。")
    speak_to_last_database()
    answer(options.period, options.unit, shows_all=options.all)


def answer(period_text: str, unit: str = "", *, shows_all: bool = False) -> None:
    """Print what stands in the outbox for the period. Raises UserError for a period that is none, an unknown unit."""
    period = official_period(Period.parse(period_text))  # the second quarter is its half's
    with get_engine().connect() as connection:
        code = _code_of(connection, unit, period) if unit else None
        rows, runs = explain(connection, str(period), code), runs_of(connection, str(period))
    unsent = [row for row in rows if row["状态"] != "已发送"]
    shown = rows if shows_all else unsent
    print(f"{period}：应发通知 {len(rows)} 条，已发送 {len(rows) - len(unsent)} 条，未发送 {len(unsent)} 条。")
    if shown:
        print(_table(_COLUMNS, [[str(row[name]) for name in _COLUMNS] for row in shown]))
    elif rows:
        print("都已发出；要逐条看，请加 ALL=1。")
    if not rows:
        print("没有这样的通知：相应的流程还没有运行。该期间运行过的步骤：")
        for run in runs:
            print(f"  {run['时间']}  {run['步骤']}  {run['街道']}  {run['结果']}  {run['运行']}")
        if not runs:
            print("  （没有）")


def _code_of(connection: Connection, text: str, period: Period) -> str:
    """The code of the unit that is meant, by the register at the period's end, or today's where it came later."""
    wanted, day = text.strip(), min(period.end_date, today())
    code = code_of(connection, wanted, day)
    if find_unit(connection, code, day) is None:
        raise UserError(f"登记册里没有编码为“{wanted}”的单位：请照登记册填写编码，或填单位名称。")
    return code


def _table(heads: tuple[str, ...], rows: list[list[str]]) -> str:
    """Columns under each other; a Chinese character is two wide."""
    widths = [max(map(_width, column)) for column in zip(heads, *rows, strict=True)]
    lines = (
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [list(heads), *rows]
    )
    return "\n".join(lines)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


if __name__ == "__main__":
    run_command(main)
