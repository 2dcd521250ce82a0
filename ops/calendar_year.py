"""Take one year's public holidays and 调休 from the `holidays` package into systems/_shared/days_off/<year>.yaml.

Run once a year, after the State Council's notice and a release of the package; the file is then the
office's own and is read instead of the package, because the package changes and a rerun must not.
"""

from __future__ import annotations

import argparse

import holidays

from include.period import calendar_path


def year_as_yaml(year: int) -> str:
    """The YAML text of one year; refuses a year whose 调休 the package does not know yet."""
    china = holidays.CN(years=year)
    working = sorted(day for day in china.weekend_workdays if day.year == year)
    if not working:
        raise SystemExit(f"{year}：本机的 holidays 包尚无该年调休安排；请等国务院办公厅通知发布后升级再取。")
    lines = [f"# {year} 年节假日与调休，取自 holidays {holidays.__version__}；由办公室核对后使用。", f"year: {year}"]
    lines.append("days_off:")
    lines += [f"  - {day}  # {china[day]}" for day in sorted(china) if day.year == year]
    lines.append("working_weekends:")
    lines += [f"  - {day}" for day in working]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("year", type=int)
    wanted = parser.parse_args().year
    calendar_path(wanted).write_text(year_as_yaml(wanted), encoding="utf-8")
