"""A street with grids: its communities, the sheets that they hand in, a line of the ledger of grids."""

from __future__ import annotations

from tests.town import STREET

A, B = f"{STREET}001", f"{STREET}002"
SUBJECTS = f"{A},杏花社区,{STREET},云街街道,社区,a@x.cn\n{B},柳堤社区,{STREET},云街街道,社区,b@x.cn\n"
CELLS, PROBLEMS, STEPS = "网格台账", "网格问题登记表", "事项办理"
OF_CELLS = "网格编号,级别,上级网格编号,网格名称,范围（楼栋号或四至）,户数,常住人口,党员数,网格长身份,网格长姓名,网格员数,党组织形式,定岗定责已公示,网格类别,起用日期,停用日期"
OF_PROBLEMS, OF_STEPS = "序号,发现日期,网格编号,类别,内容,来源,处置级别,承办", "事项编号,环节,完成日期,结果,处置级别"


def cell(code: str, level: str, parent: str, households: int, members: int, party: str, head: str, name: str) -> str:
    return (
        f"{code},{level},{parent},{code}网格,{code}号楼,{households},{households * 2},{members},{head},{name},2,{party},是,"
        "多网合一,2026-01-01,"
    )
