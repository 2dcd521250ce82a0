"""The fields that several acts ask."""

from __future__ import annotations

from include.acts.act import Field
from include.schemes.loader import default_system, scheme_names

ANY_PERIOD = r"^[12]\d{3}(H[12]|Q[1-4]|-(0[1-9]|1[0-2]))?$"
PERIOD = Field(
    "period",
    "期间",
    "period",
    "可从列表中选，例如 2026H1（上半年）、2026Q3（第三季度）；全年写 2026，月份写 2026-07。",
    pattern=ANY_PERIOD,
)
SYSTEM = Field(
    "scheme",
    "考评方案",
    "system",
    f"不改即为{scheme_names()[default_system()]}。列表里选的指标、填报项应是这个方案的。",
)
UNIT = Field(
    "unit_code",
    "单位",
    "unit",
    "登记册中的名称（例如 杏花社区）或编码。重名时请填编码。",
    pattern=r"^\s*(\d{12}|(?=.*[A-Za-z-])[0-9A-Za-z-]{1,32}|(?=.*[\u4e00-\u9fff]).{2,60})\s*$",
)
STREET = Field(
    "street_code",
    "街道代码",
    "street",
    "登记册中只有一个街道时不用填。",
    required=False,
    pattern=r"^(\d{9}(\d{3})?)?$",
)


def reason(help_text: str = "必填：写明依据，与经办人、时间一起存档备查。") -> Field:
    return Field("reason", "理由", "reason", help_text, pattern=r"\S", shortest=1, longest=500)


def choice(name: str, title: str, help_text: str, *choices: str) -> Field:
    """One of `choices`, none chosen beforehand: an act is picked, never left standing."""
    return Field(name, title, "choice", help_text, choices=choices)
