"""The worked case of 双向评议: who is linked to whom, and what each of them gave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection

from include.period import Period, parse_moment
from include.registry.units import import_units
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from tests.street import hand_in

STREET = "990000001"
JIA, YI, BING = (f"{STREET}00{n}" for n in (1, 2, 3))
SUBJECTS = f"""code,name,street_code,street,kind
{JIA},甲社区,{STREET},云街街道,社区
{YI},乙社区,{STREET},云街街道,社区
{BING},丙社区,{STREET},云街街道,社区
P,云街中学,{STREET},云街街道,驻区单位
Q,云街粮站,{STREET},云街街道,驻区单位
R,云街医院,{STREET},云街街道,驻区单位
S,云街书店,{STREET},云街街道,驻区单位
"""
LINKS = f"code,link,to_code\nP,共建,{JIA}\nP,共建,{YI}\nQ,共建,{JIA}\nR,共建,{JIA}\nS,共建,{YI}\n"
DURING = parse_moment("2026-12-20T10:00:00", "test")
CLOSE = parse_moment("2027-01-15T09:00:00", "test")
BY_UNIT = ("pact_by_unit", "sharing_by_unit", "meetings_by_unit", "lists_by_unit", "members_by_unit")
BY_COMMUNITY = (
    "pact_by_community",
    "rooms_by_community",
    "service_by_community",
    "projects_by_community",
    "meetings_by_community",
)
ADVICE = "请多开放会议室"


def registered(connection: Connection, world: Path) -> Scheme:
    """Everybody is in the register; the system as it is for the year."""
    folder = world / "registry"
    folder.mkdir()
    for name, lines in (("subjects", SUBJECTS), ("attributes", "code,name,value\n"), ("links", LINKS)):
        (folder / f"{name}.csv").write_text(lines, encoding="utf-8")
    import_units(connection, folder, dt.date(2000, 1, 1))
    return load_scheme("mutual_review", Period.parse("2026"))


def rates(
    connection: Connection, scheme: Scheme, filler: str, rows: Mapping[str, str], advice: Mapping[str, str] = {}
) -> None:
    """A sheet; each row five ratings parted by slashes, an empty text for a row left empty."""
    form, columns, said = (
        ("community_rates", BY_COMMUNITY, "advice_by_community")
        if filler.isdigit()
        else ("unit_rates", BY_UNIT, "advice_by_unit")
    )
    cells: dict[str, str | None] = {}
    for subject, text in rows.items():
        given = text.split("/") if text else [None] * len(columns)
        cells |= {f"{subject}/{column}": value for column, value in zip(columns, given, strict=True)}
        cells[f"{subject}/{said}"] = advice.get(subject)
    hand_in(connection, filler, cells, scheme=scheme, form=form, received_at=DURING)


def everybody_rates(connection: Connection, scheme: Scheme) -> None:
    """The worked case; beside it 乙 leaves the row of S empty, S hands nothing in, and nobody is linked to 丙."""
    rates(connection, scheme, "P", {JIA: "18/16/17/15/18", YI: "16/15/16/14/17"}, {JIA: ADVICE, YI: "盼早些通知开会"})
    rates(connection, scheme, "Q", {JIA: "14/10/15/12/16"}, {JIA: "无"})
    rates(connection, scheme, "R", {JIA: "20/18/19/17/18"})
    rates(connection, scheme, JIA, {"P": "18/20/15/16/18", "Q": "12/0/9/8/11", "R": "19/18/20/18/20"})
    rates(connection, scheme, YI, {"P": "16/20/13/14/17", "S": ""})
