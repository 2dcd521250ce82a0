"""The register: what a CSV may look like, how a change is kept, what is refused."""

import csv
import datetime as dt
import gzip
import io
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from include.db.engine import transaction
from include.errors import UserError
from include.registry.units import ImportResult, Unit, export_rows, find_unit, import_units, street_codes, units_of
from include.safe_text import as_text_cell

START = dt.date(2000, 1, 1)
LATER = dt.date(2026, 7, 1)
HEADER = "code,name,street_code,street,unit_type,households,secretary_email,officer_email,liaison_email\n"
FIRST = "990000001001,杏花社区,990000001,云街街道,社区,2310,s@x.cn,o@x.cn,l@x.cn\n"
SECOND = "990000001002,柳堤社区,990000001,云街街道,社区,,,,\n"


@pytest.fixture
def register(world: Path) -> Path:
    path = world / "registry.csv"
    path.write_text(HEADER + FIRST + SECOND, encoding="utf-8")
    return path


def test_a_register_is_read_whole(connection: Connection, register: Path) -> None:
    assert import_units(connection, register, START) == ImportResult(2, 0, 0)
    assert units_of(connection, "990000001", LATER) == [
        Unit(
            "990000001001",
            "杏花社区",
            "990000001",
            "云街街道",
            "社区",
            2310,
            "s@x.cn",
            "o@x.cn",
            "l@x.cn",
            True,
            "社区",
        ),
        Unit("990000001002", "柳堤社区", "990000001", "云街街道", "社区", None, "", "", "", True, "社区"),
    ]
    assert street_codes(connection, LATER) == ["990000001"]


def test_importing_the_same_register_again_changes_nothing(connection: Connection, register: Path) -> None:
    import_units(connection, register, START)
    assert import_units(connection, register, START) == ImportResult(0, 0, 2)
    assert import_units(connection, register, LATER) == ImportResult(0, 0, 2)
    assert connection.exec_driver_sql("SELECT COUNT(*) FROM unit").scalar_one() == 2


def test_a_changed_unit_keeps_its_past(connection: Connection, register: Path) -> None:
    import_units(connection, register, START)
    register.write_text(HEADER + FIRST.replace("杏花社区", "杏花春社区"), encoding="utf-8")
    assert import_units(connection, register, LATER) == ImportResult(0, 1, 0)
    before, after = (find_unit(connection, "990000001001", day) for day in (dt.date(2026, 6, 30), LATER))
    assert before is not None and after is not None
    assert (before.name, after.name) == ("杏花社区", "杏花春社区")
    assert find_unit(connection, "990000001002", LATER) is not None, "a unit that the file does not name stays"


def test_a_change_from_the_same_day_is_made_in_place(connection: Connection, register: Path) -> None:
    import_units(connection, register, START)
    register.write_text(HEADER + FIRST.replace("2310", "2400"), encoding="utf-8")
    assert import_units(connection, register, START) == ImportResult(0, 1, 0)
    assert [unit.households for unit in units_of(connection, "990000001", START)] == [2400, None]


def test_an_earlier_row_ends_where_the_known_one_begins(connection: Connection, register: Path) -> None:
    import_units(connection, register, LATER)
    register.write_text(HEADER + FIRST.replace("杏花社区", "杏花村"), encoding="utf-8")
    assert import_units(connection, register, START) == ImportResult(1, 0, 0)
    names = [unit.name for unit in units_of(connection, "990000001", dt.date(2026, 6, 30))]
    assert names == ["杏花村"]
    assert [unit.name for unit in units_of(connection, "990000001", LATER)] == ["杏花社区", "柳堤社区"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_any_usual_encoding_reads_the_same(connection: Connection, register: Path, encoding: str) -> None:
    register.write_bytes((HEADER + FIRST).encode(encoding))
    import_units(connection, register, START)
    assert [unit.name for unit in units_of(connection, "990000001", START)] == ["杏花社区"]


def test_the_national_form_has_three_columns_and_the_names_of_streets_come_from_a_second_file(
    connection: Connection, world: Path
) -> None:
    units, streets = world / "units.csv.gz", world / "streets.csv.gz"
    units.write_bytes(gzip.compress("code,name,street_code\n110101001001,多福巷社区居委会,110101001\n".encode()))
    streets.write_bytes(gzip.compress("code,name,area_code\n110101001,东华门街道,110101\n".encode()))
    import_units(connection, units, START, streets)
    unit = find_unit(connection, "110101001001", LATER)
    assert unit is not None
    assert (unit.street, unit.unit_type, unit.is_provisional_code) == ("东华门街道", "社区", False)


def test_a_street_code_that_is_no_prefix_is_taken_as_given(connection: Connection, register: Path) -> None:
    register.write_text(HEADER + FIRST.replace(",990000001,", ",150622400,"), encoding="utf-8")
    import_units(connection, register, START)
    assert street_codes(connection, START) == ["150622400"]


def test_a_missing_street_code_is_the_first_nine_digits(connection: Connection, register: Path) -> None:
    register.write_text("code,name\n110101001001,多福巷社区\n", encoding="utf-8")
    import_units(connection, register, START)
    assert street_codes(connection, START) == ["110101001"]


def test_a_unit_without_a_code_gets_the_same_one_of_ours_every_time(connection: Connection, register: Path) -> None:
    register.write_text("name,street\n群策巷社区,城关镇\n艾坪社区,城关镇\n", encoding="utf-8")
    import_units(connection, register, START)
    assert import_units(connection, register, START).unchanged == 2
    (street_code,) = street_codes(connection, START)
    units = units_of(connection, street_code, START)
    assert {unit.name for unit in units} == {"群策巷社区", "艾坪社区"}
    assert all(len(unit.code) == 12 and unit.code.startswith("99") and unit.is_provisional_code for unit in units)


def test_every_wrong_line_is_named_at_once(connection: Connection, register: Path) -> None:
    lines = [
        "12345,短码社区,990000001,,,,,,",
        "990000001003,,990000001,,,,,,",
        "990000001004,梧桐社区,990000001,,,2千户,,,",
        "990000001005,桂苑社区,990000001,,,,not-an-address,,",
        "990000001005,兰亭社区,990000001,,,,,,",
        "990000001006,多列社区,990000001,,,,,,,,",
        '990000001007,"换\n行社区",990000001,,,,,,',
    ]
    register.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(UserError) as refused:
        import_units(connection, register, START)
    problems = refused.value.problems
    assert len(problems) == 7
    for problem, (line, said) in zip(
        problems,
        [
            (2, "12 位数字"),
            (3, "缺少单位名称"),
            (4, "2千户"),
            (5, "书记邮箱"),
            (6, "与第5行重复"),
            (7, "列"),
            (9, "换行"),
        ],
        strict=True,
    ):
        assert f"第{line}行" in problem and said in problem
    assert units_of(connection, "990000001", START) == []


def test_the_first_fifty_problems_are_listed_and_the_rest_counted(connection: Connection, register: Path) -> None:
    register.write_text("code,name\n" + "".join(f"{i},甲社区\n" for i in range(60)), encoding="utf-8")
    with pytest.raises(UserError) as refused:
        import_units(connection, register, START)
    assert len(refused.value.problems) == 51
    assert "另有 10 处" in refused.value.problems[-1]


def test_full_width_digits_in_a_code_are_digits(connection: Connection, register: Path) -> None:
    register.write_text("code,name\n９９００００００１００１,杏花社区\n", encoding="utf-8")
    import_units(connection, register, START)
    assert find_unit(connection, "990000001001", START) is not None


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "第一行应为列名"), (b"\x1f\x8bbroken", "无法打开"), (b"code,name\n\xff\xff\xff", "编码无法识别")],
)
def test_a_file_that_is_no_register_is_refused_in_chinese(
    connection: Connection, register: Path, content: bytes, said: str
) -> None:
    register.write_bytes(content)
    with pytest.raises(UserError, match=said):
        import_units(connection, register, START)


def test_an_exported_register_is_a_register(database: Engine, register: Path) -> None:
    with transaction() as connection:
        import_units(connection, register, START)
        rows = export_rows(connection, "990000001", START)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    register.write_text(text.getvalue(), encoding="utf-8-sig")
    with transaction() as connection:
        assert import_units(connection, register, START) == ImportResult(0, 0, 2)


@pytest.mark.long
def test_the_whole_country_loads_in_one_transaction_and_again_changes_nothing(database: Engine, world: Path) -> None:
    path = world / "units.csv.gz"
    names = (
        (f"{street:09}{number:03}", street) for street in range(110101001, 110101001 + 3651) for number in range(170)
    )
    body = "".join(f"{code},第{code}社区居委会,{street:09}\n" for code, street in list(names)[:620_573])
    path.write_bytes(gzip.compress(("code,name,street_code\n" + body).encode(), 1))
    with transaction() as connection:
        assert import_units(connection, path, START) == ImportResult(620_573, 0, 0)
    with transaction() as connection:
        assert import_units(connection, path, START) == ImportResult(0, 0, 620_573)
        assert len(units_of(connection, "110101001", LATER)) == 170


@pytest.mark.parametrize("name", ["=1+1社区", "+86社区", "-3号院社区", "@社区", "'=社区", "'社区", "''-社区", "-3"])
def test_a_name_that_looks_like_a_formula_comes_back_from_registry_csv_as_it_was(
    connection: Connection, register: Path, name: str
) -> None:
    register.write_text(HEADER + FIRST.replace("杏花社区", as_text_cell(name)), encoding="utf-8")
    import_units(connection, register, START)
    [row] = export_rows(connection, "990000001", START)
    assert row["name"] == name
