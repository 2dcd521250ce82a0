"""A community, three units and the sheets of lists.md §8: members who report, hours that they give."""

from __future__ import annotations

import copy

from tests.town import STREET, Town

A = f"{STREET}001"
SUBJECTS = (
    f"{A},云桥社区,{STREET},云街街道,,shuji@yunqiao.example\n"
    f"U1,县教育局,{STREET},云街街道,驻区单位,jiaoyu@u1.example\n"
    f"U2,县医院,{STREET},云街街道,驻区单位,\n"
    f"U3,供电公司,{STREET},云街街道,驻区单位,\n"
)
NAMES = ("王小明", "李建国", "赵雅琴", "钱多多", "孙立人", "周文娟")
MEMBERS, HOURS, ACCOUNTS = "在职党员报到登记册", "志愿服务时长台账", "时间银行账户册"
OF_MEMBERS = "登记卡号,姓名,单位编号,报到日期,特长,服务意向,认领岗位一,认领岗位二,认领日期,状态,离开日期"
OF_HOURS = "序号,登记卡号,日期,方向,时长,事项类别,岗位,活动,证明人职务,更正序号,转赠编号"
OF_ACCOUNTS = "户号,户别,登记卡号,姓名,服务队,开户日期,销户日期"


def of(system: str, town: Town) -> Town:
    """The same town in another system."""
    other = copy.copy(town)
    other.system = system
    return other


def hours(first: int, *entries: str) -> list[str]:
    """Entries `card date hours`, one day an entry, as rows of the sheet."""
    rows = []
    for number, entry in enumerate(entries, first):
        card, day, length = entry.split()
        rows.append(f"{number},{card},{day},存入,{length},便民服务,,E{number},居民小组长,,")
    return rows


def fill(town: Town, bank: Town) -> None:
    """The case of lists.md §8."""
    first = [
        f"01,{NAMES[0]},U1,2026-01-15,,,宣教,,2026-01-15,在册,",
        f"02,{NAMES[1]},U1,2026-02-01,,,帮扶,环保,2026-02-01,在册,",
        f"03,{NAMES[2]},U2,2026-03-10,,,,,,在册,",
        f"04,{NAMES[3]},U2,2026-03-10,,,维权,,2026-03-10,在册,",
        f"05,{NAMES[4]},U1,2026-01-20,,,,,,调离,2026-05-20",
    ]
    said = town.hands_in("2026H1", MEMBERS, A, OF_MEMBERS, *first, at="2026-07-05T10:00:00")
    assert said == "accepted", town.said
    june = ["01 2026-06-06 5.5", "02 2026-06-07 6", "03 2026-06-08 8", "05 2026-05-10 7"]
    assert bank.hands_in("2026-06", HOURS, A, OF_HOURS, *hours(1, *june), at="2026-07-03T10:00:00") == "accepted", (
        bank.said
    )
    late = f"06,{NAMES[5]},U3,2026-07-02,,,帮扶,,2026-07-02,在册,"
    assert town.hands_in("2026Q3", MEMBERS, A, OF_MEMBERS, late, at="2026-10-05T10:00:00") == "accepted", town.said
    november = [
        "01 2026-11-01 6.5",
        "02 2026-11-02 9",
        "03 2026-11-03 3.5",
        "06 2026-11-04 8",
        "06 2026-11-05 4",
    ]
    assert bank.hands_in("2026-11", HOURS, A, OF_HOURS, *hours(5, *november), at="2026-12-03T10:00:00") == "accepted", (
        bank.said
    )
