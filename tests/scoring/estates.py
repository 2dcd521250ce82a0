"""Estates, units and households whose hygiene is rated, quarter by quarter: the worked case of forms.md 18."""

from __future__ import annotations

from collections.abc import Sequence

from tests.town import STREET, Town

A, B = f"{STREET}001", f"{STREET}002"
ESTATES, UNITS, HOUSEHOLDS = "小区环境卫生评分表", "驻区单位环境卫生评分表", "户环境卫生评分表"
TITLES = {
    ESTATES: "道路和公共场所,楼道,垃圾清运,绿化设施,乱堆乱倒乱搭乱建处数",
    UNITS: "室内,门前,无烟单位",
    HOUSEHOLDS: "室内卫生,室外卫生",
}
SUBJECTS = f"""{A},杏花社区,{STREET},云街街道,,a@x.cn
{B},柳堤社区,{STREET},云街街道,,b@x.cn
X-1,一号小区,{STREET},云街街道,小区,
X-2,二号小区,{STREET},云街街道,小区,
P-1,云街中学,{STREET},云街街道,驻区单位,p@x.cn
H-1,1幢101室,{STREET},云街街道,户,
H-2,1幢102室,{STREET},云街街道,户,
H-3,1幢103室,{STREET},云街街道,户,
"""
LINKS = "".join(f"{code},所属社区,{A}\n" for code in ("X-1", "P-1", "H-1", "H-2", "H-3")) + f"X-2,所属社区,{B}\n"
WORKED = {"2026Q1": "18,15,18,16,2", "2026Q2": "20,18,18,16,0", "2026Q3": "20,20,20,15,0", "2026Q4": "17,17,17,17,0"}
LOOKED_AT = {"2026Q2": "40,44", "2026Q4": "45,46"}


def quarter(town: Town, period: str, households: Sequence[str] = ()) -> str | None:
    """Everything comes in, with the usual households or those given, and the quarter closes."""
    sheets = {
        (A, ESTATES): f"X-1,一号小区,{WORKED[period]}",
        (A, UNITS): "P-1,云街中学,36,35,是",
        (A, HOUSEHOLDS): f"H-1,1幢101室,{LOOKED_AT.get(period, '30,30')}\nH-2,1幢102室,,",
        (B, ESTATES): "X-2,二号小区,10,10,10,10,1",
    }
    if period not in LOOKED_AT:
        sheets[A, HOUSEHOLDS] = "H-2,1幢102室,30,30"
    if households:
        sheets[A, HOUSEHOLDS] = "\n".join(households)
    for (filler, form), lines in sheets.items():
        assert town.hands_in(period, form, filler, TITLES[form], *lines.split("\n")) == "accepted", town.said
    return town.closes(period)
