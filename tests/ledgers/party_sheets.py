"""Three communities and the sheets of their ledgers of Party members and organisations."""

from __future__ import annotations

from tests.town import STREET

COUNTY = STREET[:6]
A, B, C = (f"{STREET}00{n}" for n in (1, 2, 3))
SUBJECTS = "".join(f"{code},第{code[-1]}社区,{STREET},云街街道,,\n" for code in (A, B, C))
ORGANISATIONS, MEMBERS, APPLICANTS, PREMISES = "党组织台账", "党员台账", "发展党员台账", "活动阵地台账"
OF_ORGANISATIONS = (
    "组织编号,名称,类型,上级编号,所在单位编码,领域,成立日期,届满日期,年龄段,来源,兼任居委会主任,县级备案,撤销日期"
)
OF_MEMBERS = (
    "党员编号,组织编号,出生年月,性别,学历,户籍,管理类别,老党员,组织关系在本社区,入党年月,预备,转正应到日期,状态,日期"
)
OF_APPLICANTS = "编号,阶段,申请日期,积极分子日期,发展对象日期,预备党员日期,联系人职务,终止日期,原因"
OF_PREMISES = "单位,用房㎡,活动场所㎡,权属,服务中心,服务点数"
BRANCH = "Z1,第一党支部,党支部,街道,{code},社区,2001-07-01,2027-06-30,55–60岁,本社区,是,是,"


def member(number: int, born: str, category: str, *, old: str = "", here: str = "是", rest: str = "否,,在册,") -> str:
    joined = "2001-07" if born < "1980" else "2012-07"
    return f"{number},Z1,{born},男,大专,城镇,{category},{old},{here},{joined},{rest}"
