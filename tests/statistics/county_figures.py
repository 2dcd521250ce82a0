"""The county figures of the source, and a community's lines of the statistics of “三有一化”."""

from __future__ import annotations

from pathlib import Path

DATA = Path(__file__).parents[1] / "data/zongyang"
COUNTY, TOWNSHIP = "340722", "990722001"
FORM, TOTALS = "社区“三有一化”情况统计表", "县“三有一化”情况汇总表"
FULL = """社区由来,原有 管辖户数,{households} 党总支数,0 党支部数,1 党小组数,3 党员数,40 35岁以下,8 36–54岁,12 55–60岁,5 60岁以上,15
城镇户口,30 农村户口,10 书记人数,1 书记年龄,48 书记来源,本社区 专职党务干部数,{staff} 社区干部数,5 定工干部数,2 支委应配,5 支委实配,5
县财政补助,{county} 乡镇财政补助,{township} 其他收入,0 干部最低年报酬,24000 社区用房面积,{premises} 活动场所面积,{venue} 权属,自有
一站式服务大厅,是 图书阅览室,是 多功能活动室,是 室外活动场所,是 公开栏,是 结对县直单位数,1 党员志愿者队伍数,1 志愿者党员数,20"""


def lines(code: str, **figures: object) -> list[str]:
    return [f"{code},{pair}" for pair in FULL.format(**figures).split()]
