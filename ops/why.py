"""“Why was this not sent?” `python -m ops.why PERIOD [UNIT]`: every notice of the period, its state, the reason."""

from __future__ import annotations

import argparse
import unicodedata

from include.db.engine import get_engine
from include.notices.explaining import explain, runs_of
from include.period import Period
from ops.command import run_command

_COLUMNS = ("单位编码", "通知", "阶段", "收件人", "应发时间", "状态", "原因")


def main(arguments: list[str] | None = None) -> None:
    """Print the answer. Raises UserError for a period that is none."""
    parser = argparse.ArgumentParser(description="某个期间的通知为什么没有发出")
    parser.add_argument("period", help="期间，例如 2026H1")
    parser.add_argument("unit", nargs="?", default="", help="单位编码（12 位）；不写为全部单位")
    parser.add_argument("--all", action="store_true", help="已发出的也列出")
    options = parser.parse_args(arguments)
    period = str(Period.parse(options.period).scored)  # the second quarter is its half's
    with get_engine().connect() as connection:
        rows, runs = explain(connection, period, options.unit or None), runs_of(connection, period)
    unsent = [row for row in rows if row["状态"] != "已发送"]
    shown = rows if options.all else unsent
    print(f"{period}：应发通知 {len(rows)} 条，已发送 {len(rows) - len(unsent)} 条，未发送 {len(unsent)} 条。")
    if shown:
        print(_table(_COLUMNS, [[str(row[name]) for name in _COLUMNS] for row in shown]))
    if not rows:
        print("没有这样的通知：相应的流程还没有运行，或该单位不在登记册中。该期间运行过的步骤：")
        for run in runs:
            print(f"  {run['时间']}  {run['步骤']}  {run['街道']}  {run['结果']}  {run['运行']}")
        if not runs:
            print("  （没有）")


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
