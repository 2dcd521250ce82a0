"""An invented county: three streets, nine communities, seven villages of the pilot, and what they hand in for its two systems.

`python -m tests.invented_county FOLDER` writes the register (registry/), and an inbox a system (one_core/, village_pilot/).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from include.period import Period
from include.schemes.loader import load_scheme
from include.settings import REPO
from tests.scoring.community import values_of

COUNTY = "990301"
STREETS = {f"{COUNTY}001": "新桥街道", f"{COUNTY}002": "河口镇", f"{COUNTY}003": "云台乡"}
COMMUNITIES = {
    "新桥街道": ["样例丁社区", "桥东社区", "桥西社区", "北关社区"],
    "河口镇": ["河口社区", "码头社区", "盐场社区"],
    "云台乡": ["云台社区", "茶岭社区"],
}
VILLAGES = {  # name: street, type
    "样例甲村": ("河口镇", "产业型"),
    "蚕桑村": ("云台乡", "产业型"),
    "新厂村": ("新桥街道", "工业型"),
    "园区村": ("新桥街道", "工业型"),
    "上杨村": ("云台乡", "城郊型"),
    "集上村": ("河口镇", "集镇型"),
    "老街村": ("云台乡", "集镇型"),
}
PLAIN_VILLAGE = "山背村"  # takes no part in the pilot
_OWN = {
    "产业型": {"协会党组织数": 4, "带动农户数": 200, "总户数": 560},
    "工业型": {"社保": "有", "医保": "有", "就业": "有", "帮助就业人数": 24},
    "城郊型": {"村落社区志愿者协会": "是", "服务群众办公室数": 4, "志愿服务次数": 5},
    "集镇型": {"便民服务点": "是", "流动党员服务点": "否", "代办事项件数": 48},
}
# What a community reports otherwise than all points; who is not here hands in nothing.
_REPORTED: dict[str, dict[str, Any]] = {
    "桥东社区": {},
    "桥西社区": {"办公和为民服务经费": 90000, "议事活动次数": 3},
    "北关社区": {"网格数": 0, "有网格长的网格数": 0, "建党组织网格数": 0},
    "河口社区": {"日间照料中心": "不适用"},
    "码头社区": {"签订协议数": 2, "完成项目数": 3, "党群议事": "无"},
    "盐场社区": {"已定级人数": 20},
    "云台社区": {"社区联席会议次数": 2, "错时": "无", "预约": "无"},
}
_VILLAGES_REPORTED: dict[str, dict[str, Any]] = {
    "蚕桑村": {"带动农户数": 100}, "新厂村": {}, "园区村": {"医保": "无", "求助服务站": "无", "农业服务站": "无", "医疗服务站": "无", "两委人数": 5, "交叉任职人数": 2},
    "上杨村": {"明显标识": "无"}, "集上村": {},
}  # fmt: skip


def codes() -> dict[str, str]:
    """The code of each community and village by its name."""
    found: dict[str, str] = {}
    for street_code, street in STREETS.items():
        names = [*COMMUNITIES[street], *(name for name, (where, _) in VILLAGES.items() if where == street)]
        names += [PLAIN_VILLAGE] if street == "云台乡" else []
        found |= {name: f"{street_code}{number:03}" for number, name in enumerate(names, 1)}
    return found


def write_register(folder: Path) -> None:
    """subjects.csv with an address for each role of a unit, attributes.csv with the types of the villages, links.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["code,name,street_code,street,unit_type,households,secretary_email,officer_email,liaison_email,kind"]
    for name, code in codes().items():
        kind = "村" if name in VILLAGES or name == PLAIN_VILLAGE else "社区"
        people = ",".join(f"{role}{code[-6:]}@county.invalid" for role in ("s", "o", "l"))
        rows.append(f"{code},{name},{code[:9]},{STREETS[code[:9]]},{kind},560,{people},{kind}")
    (folder / "subjects.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    types = [f"{codes()[name]},试点类型,{kind},2026-01-01," for name, (_, kind) in VILLAGES.items()]
    head = "code,name,value,valid_from,valid_to"
    (folder / "attributes.csv").write_text("\n".join([head, *types]) + "\n", encoding="utf-8")
    (folder / "links.csv").write_text("code,link,to_code,valid_from,valid_to\n", encoding="utf-8")


def flat(system: str, period: str, name: str, base: str, changes: dict[str, Any], group: str = "") -> str:
    """A flat form of a community or village: the base of the system's cases with changes, by labels."""
    scheme, code = load_scheme(system, Period.parse(period), group), codes()[name]
    values = values_of(scheme, base, changes)
    lines = "".join(f"{code},{cell.label},{values[cell.key]}\n" for cell in scheme.cells)
    return f"表,{scheme.forms[0].name}\n期间,{period}\n编码,{code}\n\n编码,填报项,填报值\n{lines}"


def write_one_core(inbox: Path, period: str = "2026H1", **more: dict[str, Any]) -> None:
    """The worked case, communities with this and that wrong, one form that goes back (盐场社区), one that never comes (茶岭社区)."""
    inbox.mkdir(parents=True, exist_ok=True)
    forms = {"样例丁社区": ("样例", {}), **{name: ("满分", changes) for name, changes in (_REPORTED | more).items()}}
    for name, (base, changes) in forms.items():
        (inbox / f"{name}.csv").write_text(flat("one_core", period, name, base, changes), encoding="utf-8")


def write_village_pilot(inbox: Path, period: str = "2026H1") -> None:
    """The worked case and villages of all four types; 老街村 hands in nothing."""
    inbox.mkdir(parents=True, exist_ok=True)
    text = flat("village_pilot", period, "样例甲村", "样例甲村", {}, "产业型")
    (inbox / "样例甲村.csv").write_text(text, encoding="utf-8")
    for name, changes in _VILLAGES_REPORTED.items():
        kind = VILLAGES[name][1]
        text = flat("village_pilot", period, name, "满分", _OWN[kind] | changes, kind)
        (inbox / f"{name}.csv").write_text(text, encoding="utf-8")


def write_offices(path: Path) -> None:
    """The offices as they are delivered, with this county's name and addresses."""
    offices = yaml.safe_load((REPO / "include/registry/offices.yaml").read_text(encoding="utf-8"))
    offices["streets"] |= {
        COUNTY: {"name": "云岭县", "committee_email": "zuzhibu@county.invalid", "ops_email": "ops@county.invalid"},
        **{code: {"committee_email": f"{code}@county.invalid"} for code in STREETS},
    }
    path.write_text(yaml.safe_dump(offices, allow_unicode=True), encoding="utf-8")


if __name__ == "__main__":
    out = Path(sys.argv[1])
    write_register(out / "registry")
    write_one_core(out / "one_core")
    write_village_pilot(out / "village_pilot")
    write_offices(out / "offices.yaml")
