"""A street with activity days: its communities, its sheets, its daily round."""

from __future__ import annotations

from include.period import add_working_days, parse_moment
from include.steps import diary
from tests.town import STREET, Town

A, B = f"{STREET}001", f"{STREET}002"
SUBJECTS = f"{A},杏花社区,{STREET},云街街道,,a@x.cn\n{B},柳堤社区,{STREET},云街街道,,b@x.cn\n"
TITLES = "活动日期,活动类型,主题,时长,应到党员数,实到,请假,缺席,在职党员实到,志愿服务党员人次,地点,照片有"
SHEET = "活动日签到汇总"
OF_A = {
    "2026-01": ("2026-01-24", "主题党日、志愿服务", 40, 34, 4, 2, 12),
    "2026-02": ("2026-03-01", "党课", 40, 30, 6, 4, 0),
    "2026-03": ("2026-03-28", "志愿服务", 40, 36, 3, 1, 15),
    "2026-04": ("2026-04-25", "党员大会", 41, 33, 5, 3, 0),
    "2026-06": ("2026-06-27", "志愿服务", 41, 40, 1, 0, 20),
}


class Year(Town):
    def on(self, day: str) -> None:
        """The daily round of a day."""
        self.patch.setenv("DUBAN_NOW", f"{day}T07:50:00")
        diary.keep_diary("test")

    def reports(self, month: str, *figures: object, at: str = "", filler: str = A) -> str:
        held, types, expected, present, leave, absent, volunteers = figures
        moment = at or f"{add_working_days(parse_moment(str(held), 'test').date(), 2)}T10:00:00"
        line = f"{held},{types},学习,2,{expected},{present},{leave},{absent},3,{volunteers},党群服务中心,是"
        return self.hands_in(month, SHEET, filler, TITLES, line, at=moment)
