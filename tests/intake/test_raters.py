"""A street whose units in residence rate the communities they have an agreement with: from the mails that ask to the rows kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.archive import contents
from include.asking.opening import open_period
from include.asking.reminders import remind_missing
from include.db.engine import transaction
from include.intake.reading import read_file
from include.intake.receive import drain
from include.period import Period, parse_moment
from include.registry.offices import office_of
from include.registry.senders import may_hand_in
from include.registry.units import find_unit, import_units
from include.schemes.loader import load_scheme
from tests.intake.receive_street import STREET, deliveries, drop, notices, rows, statuses
from tests.invented import invented

PERIOD = Period.parse("2026H1")
MUTUAL = (Path(__file__).parents[1] / "data/mutual.yaml").read_text(encoding="utf-8")
A, B, C = (f"{STREET}00{n}" for n in (1, 2, 3))
SUBJECTS = f"""code,name,street_code,street,kind,secretary_email
{A},杏花社区,{STREET},云街街道,,a@x.cn
{B},柳堤社区,{STREET},云街街道,,b@x.cn
{C},桂苑社区,{STREET},云街街道,,c@x.cn
P-1,云街中学,{STREET},云街街道,驻区单位,p1@x.cn
P-2,云街医院,{STREET},云街街道,驻区单位,p2@x.cn
P-3,云街粮站,{STREET},云街街道,驻区单位,p3@x.cn
X-1,一号小区,{STREET},云街街道,小区,
"""
LINKS = f"code,link,to_code\nP-1,共建,{A}\nP-1,共建,{B}\nP-2,共建,{A}\n"
DURING = "2026-07-10T10:00:00"


@pytest.fixture
def residents(database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("DUBAN_RECEIVED", "mtime")
    folder = world / "registry"
    folder.mkdir()
    (folder / "subjects.csv").write_text(SUBJECTS, encoding="utf-8")
    (folder / "attributes.csv").write_text("code,name,value\n", encoding="utf-8")
    (folder / "links.csv").write_text(LINKS, encoding="utf-8")
    with invented(world, "mutual", MUTUAL):
        with transaction() as connection:
            import_units(connection, folder, dt.date(2000, 1, 1))
        yield world


def sheet(
    filler: str, *lines: str, form: str = "驻区单位评社区", titles: str = "共建协议落实,场所开放,意见建议"
) -> bytes:
    return "\n".join([f"表,{form}", "期间,2026H1", f"编码,{filler}", "", f"编码,名称,{titles}", *lines]).encode()


def test_who_has_somebody_to_rate_is_sent_a_sheet_with_just_those(residents: Path) -> None:
    with transaction() as connection:
        open_period(connection, load_scheme("mutual", PERIOD), STREET, parse_moment("2026-07-01T08:00:00", "test"))
    asked = {
        (str(one["recipient"]), str(file["name"])): file["sha256"]  # type: ignore[index]
        for one in notices("form_opened")
        for file in one["attachments"]  # type: ignore[attr-defined]
        if "联席会议" not in file["name"]
    }
    committee = office_of(STREET, "云街街道").committee_email
    assert sorted(asked) == sorted(
        [
            ("p1@x.cn", "互评_驻区单位评社区_云街中学_2026H1.xlsx"),
            ("p2@x.cn", "互评_驻区单位评社区_云街医院_2026H1.xlsx"),
            (committee, "互评_小区评分表_云街街道_2026H1.xlsx"),
        ]
    )
    read = read_file(contents.load(asked["p1@x.cn", "互评_驻区单位评社区_云街中学_2026H1.xlsx"]), "x.xlsx", None)
    assert (read.unit_code, read.subjects) == ("P-1", {A: "杏花社区", B: "柳堤社区"})


def test_reminders_go_to_whoever_has_not_rated_yet(residents: Path) -> None:
    drop(residents, "一.csv", sheet("P-1", f"{A},杏花社区,18,0,"), DURING)
    drain(default_period=PERIOD)
    with transaction() as connection:
        remind_missing(connection, load_scheme("mutual", PERIOD), STREET, parse_moment("2026-07-17T09:00:00", "test"))
    assert {str(one["recipient"]) for one in notices("hand_in_reminder")} >= {"a@x.cn", "p2@x.cn"}
    assert not {"p1@x.cn", "p3@x.cn"} & {str(one["recipient"]) for one in notices("hand_in_reminder")}


def test_a_rating_of_zero_an_empty_row_and_a_row_that_is_not_there_are_kept_apart(residents: Path) -> None:
    drop(residents, "一.csv", sheet("P-1", f"{A},杏花社区,18,0,", f"{B},柳堤社区,,,"), DURING)
    drop(residents, "二.csv", sheet("P-2", f"{A},杏花社区,20,10,多开放"), DURING)
    drain(default_period=PERIOD)
    assert statuses() == {"一.csv": "accepted", "二.csv": "accepted"}
    kept = rows(
        "SELECT s.unit_code, v.field, v.value FROM submission_value v JOIN submission s ON s.sha256 = v.sha256"
        " WHERE v.field LIKE '%/rooms' ORDER BY s.unit_code, v.field"
    )
    assert [tuple(row.values()) for row in kept] == [
        ("P-1", f"{A}/rooms", "0"),
        ("P-1", f"{B}/rooms", None),
        ("P-2", f"{A}/rooms", "10"),
    ]
    receipt = next(one for one in notices("receipt") if one["recipient"] == "p1@x.cn")
    assert receipt["payload"]["figures"] == [  # type: ignore[index]
        {"label": "已评（个）", "value": "1"},
        {"label": "整行留空，未评（个）", "value": "1"},
    ]


def test_a_later_sheet_replaces_the_whole_of_the_one_before(residents: Path) -> None:
    drop(residents, "一.csv", sheet("P-1", f"{A},杏花社区,18,0,", f"{B},柳堤社区,9,9,"), DURING)
    drain(default_period=PERIOD)
    drop(residents, "二.csv", sheet("P-1", f"{A},杏花社区,17,1,"), "2026-07-11T10:00:00")
    drain(default_period=PERIOD)
    assert [row["version"] for row in deliveries()] == [1, 2]
    newest = rows("SELECT v.field FROM submission_value v JOIN submission s ON s.sha256 = v.sha256 WHERE s.version = 2")
    assert {str(row["field"]).partition("/")[0] for row in newest} == {A}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (sheet("P-1", f"{C},桂苑社区,18,0,"), f"第6行：{C} 桂苑社区 不在“驻区单位评社区”应评的对象中"),
        (sheet("P-1", ",杏花社区,18,0,"), "第6行：（第6行） 杏花社区 不在"),
        (sheet("P-1", f"{A},杏花社区,18,,"), "“场所开放（杏花社区）”未填"),
        (sheet("P-9", f"{A},杏花社区,18,0,"), "登记册中没有编码为 P-9 的单位"),
        (sheet(B, f"{A},杏花社区,18,0,"), f"“驻区单位评社区”不由 {B} 填报"),
        (sheet(STREET, "X-1,一号小区,90,", form="estates", titles="环境卫生,乱堆处数"), "“乱堆处数（一号小区）”未填"),
        (sheet(STREET, form="estates", titles="环境卫生,乱堆处数"), "“小区评分表”缺 X-1 一号小区 一行"),
        (sheet("990000009", form="estates", titles="环境卫生,乱堆处数"), "“小区评分表”不由 990000009 填报"),
    ],
    ids=["no link", "no code", "half a row", "no such filler", "not the filler", "half a needed row", "no row", "no such street"],
)  # fmt: skip
def test_a_sheet_goes_back_for_rows_that_are_none_of_its(residents: Path, content: bytes, said: str) -> None:
    drop(residents, "评分.csv", content, DURING)
    drain(default_period=PERIOD)
    ((delivery,), found) = (deliveries(), rows("SELECT message FROM finding"))
    texts = [str(delivery["message"]), *(str(row["message"]) for row in found)]
    assert delivery["status"] == "returned"
    assert any(said in text for text in texts), texts


def test_the_street_rates_estates_under_its_own_code(residents: Path) -> None:
    content = sheet(STREET, "X-1,一号小区,90,0", form="小区评分表", titles="环境卫生,乱堆处数")
    drop(residents, "小区.csv", content, DURING)
    drain(default_period=PERIOD)
    assert [(row["unit_code"], row["status"]) for row in deliveries()] == [(STREET, "accepted")]


def test_who_may_send_a_form_follows_who_fills_it_in(residents: Path) -> None:
    forms = {form.key: form for form in load_scheme("mutual", PERIOD).forms}
    with transaction() as connection:
        unit, community = (find_unit(connection, code, PERIOD.end_date) for code in ("P-1", A))
    office = office_of(STREET, "云街街道")
    assert may_hand_in("p1@x.cn", unit, office, forms["unit_rates"])
    assert not may_hand_in("a@x.cn", unit, office, forms["unit_rates"])
    assert not may_hand_in("a@x.cn", community, office, forms["estates"])
    assert may_hand_in(office.committee_email, community, office, forms["estates"])
