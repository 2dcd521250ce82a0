"""Subjects of any kind, their dated attributes and links, and those that end in others: a register that comes as a folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection

from include.db import sql
from include.errors import UserError
from include.period import now
from include.registry.facts import all_attributes, all_links
from include.registry.imports import import_register, replay_import
from include.registry.units import (
    export_columns,
    export_rows,
    find_unit,
    import_units,
    only_street,
    street_codes,
    subjects_of,
    units_of,
)
from include.subject_kinds import subject_kinds

START, LATER = dt.date(2000, 1, 1), dt.date(2026, 7, 1)
STREET, OTHER = "990000001", "990000002"
A, B, C = (f"{STREET}00{n}" for n in (1, 2, 3))
SUBJECTS = f"""code,name,street_code,street,unit_type,households,secretary_email,officer_email,liaison_email,kind
{A},杏花社区,{STREET},云街街道,社区,2310,s@x.cn,o@x.cn,l@x.cn,
{B},柳堤村,{STREET},云街街道,,,,,,
{C},桂苑社区,{STREET},云街街道,,,,,,社区
DW-07,云街中学,{STREET},云街街道,,,,,,驻区单位
{A}-3-201,3栋201,,,,,,,,户
"""
ATTRIBUTES = f"""code,name,value,valid_from,valid_to
{B},试点类型,工业型,2025-01-01,2025-12-31
{B},试点类型,集镇型,2026-01-01,
"""
LINKS = f"""code,link,to_code,valid_from,valid_to
DW-07,共建,{A},2025-03-01,
DW-07,共建,{C},2025-03-01,2026-03-31
{A}-3-201,所属社区,{A},,
{A},包片干部,李明,,
"""
Folder = Callable[..., Path]


@pytest.fixture
def folder(world: Path) -> Folder:
    """A folder with the three files as given; None leaves one out."""

    def write(subjects: str | None = SUBJECTS, attributes: str | None = ATTRIBUTES, links: str | None = LINKS) -> Path:
        path = world / "registry"
        path.mkdir(exist_ok=True)
        for name, text in (("subjects.csv", subjects), ("attributes.csv", attributes), ("links.csv", links)):
            (path / name).unlink(missing_ok=True)
            if text is not None:
                (path / name).write_text(text, encoding="utf-8")
        return path

    return write


def test_subjects_of_every_kind_live_in_one_register_and_only_communities_and_villages_are_units_of_a_street(
    connection: Connection, folder: Folder
) -> None:
    found = import_units(connection, folder(), START)
    assert (found.added, found.changed, found.facts) == (5, 0, 6)
    assert [unit.kind for unit in units_of(connection, STREET, LATER)] == ["社区", "村", "社区"]
    [school] = subjects_of(connection, STREET, LATER, ["驻区单位"])
    assert (school.code, school.unit_type, school.is_provisional_code) == ("DW-07", "", False)
    [household] = subjects_of(connection, STREET, LATER, ["户"])
    assert household.street == "云街街道", "who names no street is of the street of whom it belongs to"


def test_a_unit_without_a_kind_takes_part_as_ever(connection: Connection, folder: Folder, world: Path) -> None:
    path = world / "registry.csv"
    path.write_text("code,name,unit_type\n990000001009,第一农场生活区,\n990000001010,柳林,行政村\n", encoding="utf-8")
    import_units(connection, path, START)
    assert [(unit.name, unit.kind, unit.unit_type) for unit in units_of(connection, STREET, LATER)] == [
        ("第一农场生活区", "", ""),
        ("柳林", "村", "行政村"),
    ]


def test_subjects_without_a_community_are_no_street(connection: Connection, folder: Folder) -> None:
    text = SUBJECTS + "QY-1,城东区域,990000,,,,,,,区域\n"
    import_units(connection, folder(text), START)
    assert street_codes(connection, LATER) == [STREET]
    assert only_street(connection) == STREET


def test_registry_csv_tells_kinds_where_the_register_came_as_a_folder_and_not_where_it_did_not(
    connection: Connection, folder: Folder, world: Path
) -> None:
    path = world / "registry.csv"
    path.write_text(f"code,name\n{A},杏花社区\n", encoding="utf-8")
    import_register(connection, path, START, "张三")
    assert len(export_columns(connection)) == 9
    import_register(connection, folder(), LATER, "张三")
    assert export_columns(connection)[9] == "kind"
    assert [row["kind"] for row in export_rows(connection, STREET, LATER)] == ["社区", "户", "村", "社区", "驻区单位"]


def test_an_attribute_holds_for_its_days_and_a_new_value_ends_the_one_before(
    connection: Connection, folder: Folder
) -> None:
    import_units(connection, folder(), START)
    import_units(connection, folder(attributes=f"code,name,value\n{B},试点类型,城郊型\n", links=None), LATER)
    assert [(row["value"], row["valid_from"].isoformat(), row["valid_to"]) for row in all_attributes(connection)] == [
        ("工业型", "2025-01-01", dt.date(2025, 12, 31)),
        ("集镇型", "2026-01-01", dt.date(2026, 6, 30)),
        ("城郊型", "2026-07-01", None),
    ]


def test_the_same_folder_again_changes_nothing(connection: Connection, folder: Folder) -> None:
    import_register(connection, folder(), START, "张三")
    before = all_attributes(connection), all_links(connection)
    again = import_register(connection, folder(), LATER, "张三")
    assert (again.added, again.changed, again.unchanged, again.facts) == (0, 0, 5, 0)
    assert (all_attributes(connection), all_links(connection)) == before
    assert len(sql.fetch(connection, "rebuild/select_imports", as_of_at=now())) == 1


def test_a_link_ends_where_a_line_says_so(connection: Connection, folder: Folder) -> None:
    import_units(connection, folder(), START)
    ended = f"code,link,to_code,valid_from,valid_to\nDW-07,共建,{A},2025-03-01,2026-05-31\n"
    import_units(connection, folder(attributes=None, links=ended), LATER)
    ends = {row["to_code"]: row["valid_to"] for row in all_links(connection) if row["link"] == "共建"}
    assert ends == {A: dt.date(2026, 5, 31), C: dt.date(2026, 3, 31)}


def test_a_subject_that_others_come_after_ends_on_the_day_before_and_no_later_import_brings_it_back(
    connection: Connection, folder: Folder
) -> None:
    import_units(connection, folder(), START)
    merged = f"code,link,to_code,valid_from\n{B},继任,{C},2026-07-01\n{A},继任,,2026-09-01\n"
    import_units(connection, folder(links=merged), dt.date(2026, 3, 1))
    import_units(connection, folder(), dt.date(2026, 10, 1))
    days = {
        code: [
            find_unit(connection, code, dt.date(2026, month, day)) is not None
            for month, day in ((6, 30), (7, 1), (8, 31), (9, 1), (11, 1))
        ]
        for code in (A, B, C)
    }
    assert days == {
        A: [True, True, True, False, False],
        B: [True, False, False, False, False],
        C: [True, True, True, True, True],
    }


def test_a_subject_may_begin_on_a_day_of_its_own(connection: Connection, folder: Folder) -> None:
    import_units(
        connection, folder(f"code,name,valid_from\n{A},杏花社区,\n{B},新桥社区,2026-07-01\n", None, None), START
    )
    assert [unit.code for unit in units_of(connection, STREET, dt.date(2026, 6, 30))] == [A]
    assert [unit.code for unit in units_of(connection, STREET, LATER)] == [A, B]


def test_imports_of_folders_replayed_make_the_same_register(
    connection: Connection, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_register(connection, folder(), START, "张三")
    monkeypatch.setenv("DUBAN_NOW", "2026-07-02T09:00:00")
    merged = f"code,link,to_code,valid_from\n{B},继任,{C},2026-07-01\n"
    import_register(connection, folder(SUBJECTS.replace("杏花", "新桥"), None, merged), LATER, "张三")
    record = [sql.fetch(connection, f"registry/select_{what}") for what in ("units", "attributes", "links")]
    imports = sql.fetch(connection, "rebuild/select_imports", as_of_at=now())
    for table in ("unit", "unit_attribute", "unit_link", "registry_import"):
        connection.exec_driver_sql(f"DELETE FROM {table}")
    for row in imports:
        replay_import(connection, row)
    assert [sql.fetch(connection, f"registry/select_{what}") for what in ("units", "attributes", "links")] == record
    assert [row["kind"] for row in imports] == ["folder", "folder"]


def test_everything_wrong_in_a_folder_is_named_at_once(connection: Connection, folder: Folder) -> None:
    subjects = SUBJECTS + f"短码,某单位,{STREET},,,,,,,驻区单位\nX-1,某处,{STREET},,,,,,,工厂\n"
    attributes = "code,name,value,valid_from,valid_to\n" + f"{B},试点类型,,2026-01-01,\n{B},岗位,甲,2026-13-01,\n"
    links = (
        "code,link,to_code,valid_from,valid_to\n" + f"{A},继任,{A},2026-01-01,\nDW-07,共建,{A},2026-03-01,2026-02-01\n"
    )
    with pytest.raises(UserError) as refused:
        import_units(connection, folder(subjects, attributes, links), START)
    said = "\n".join(refused.value.problems)
    for place, problem in [
        ("subjects.csv 第7行", "1 至 32 位"),
        ("subjects.csv 第8行", "工厂"),
        ("attributes.csv 第2行", "缺少 value"),
        ("attributes.csv 第3行", "不是日期"),
        ("links.csv 第2行", "不能由自己"),
        ("links.csv 第3行", "早于"),
    ]:
        assert any(place in one and problem in one for one in refused.value.problems), (place, problem, said)


def test_a_code_that_no_subject_ever_had_is_refused_in_all_files(connection: Connection, folder: Folder) -> None:
    with pytest.raises(UserError) as refused:
        import_units(
            connection,
            folder(
                attributes="code,name,value\nDW-99,岗位,甲\n",
                links="code,link,to_code\nDW-07,共建,990000001099\nDW-07,包片干部,李明\n",
            ),
            START,
        )
    assert [problem.split("”")[0] for problem in refused.value.problems] == [
        "登记册 attributes.csv 第2行：编码“DW-99",
        "登记册 links.csv 第2行：编码“990000001099",
    ]


def test_a_folder_without_subjects_is_refused(connection: Connection, folder: Folder) -> None:
    with pytest.raises(UserError, match=r"没有 subjects\.csv"):
        import_units(connection, folder(subjects=None), START)


def test_every_kind_that_the_contract_names_is_described() -> None:
    described = set(subject_kinds().kinds)
    assert described >= {"社区", "村", "驻区单位", "其他组织", "区域", "小区", "户", "社区工作者", "网格"}
    assert subject_kinds().of("户").named_in_public == "commended_only"
