"""docs/new-system.md is followed to the letter: a system that no code has heard of runs from what the page says, and no Python changes."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine

from include.archive import contents
from include.circulars.model import build_model
from include.db.engine import transaction
from include.documents.rendering import as_markdown
from include.items.step_chase import chase_steps
from include.period import Period, now
from include.registry.offices import is_run
from include.schemes.loader import load_scheme, scheme_keys
from include.settings import REPO
from include.steps.diary import keep_diary
from include.subject_kinds import subject_kinds_path
from ops import check_systems
from tests.schemes.by_schema import refused_by_schema
from tests.scoring import community
from tests.scoring.worked import check
from tests.signing import signs
from tests.town import STREET, Town
from tests.word import words_of

pytestmark = pytest.mark.story

PAGE = (REPO / "docs/new-system.md").read_text(encoding="utf-8")
BLOCKS: list[tuple[str, str, str]] = re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
KEY, PERIOD = "fire_safety", "2026Q1"
AID, AID_PERIOD = "household_aid", "2026Q3"
FORM, VOTES = "楼栋消防安全检查表", "楼栋消防安全居民测评"
ESTATES, OF_ESTATES = "小区环境卫生评分表", "道路和公共场所,楼道,垃圾清运,绿化设施,乱堆乱倒乱搭乱建处数"
HIGH = ("灭火器应配数", "灭火器完好数", "消火栓应配数", "消火栓完好数", "消防通道畅通", "疏散演练次数")
LOW = ("灭火器应配数", "灭火器完好数", "消防通道畅通", "疏散演练次数")
BALLOT = ("发出票数", "收回票数", "消防安全（满意）", "消防安全（基本满意）", "消防安全（不满意）")


def of_file(path: str) -> str:
    """What the page says a file has, in the order of the page."""
    return "".join(text for _, file, text in BLOCKS if file == path)


def python_files() -> dict[Path, str]:
    """Every file of Python of the code, by its hash."""
    rooms = ("include", "dags", "plugins", "ops")
    return {path: sha256(path.read_bytes()).hexdigest() for room in rooms for path in (REPO / room).rglob("*.py")}


def csv_of(name: str, head: str) -> str:
    first, _, rest = of_file(name).partition("\n")
    assert first == head
    return rest


def follow(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do what the page says in a copy of the systems."""
    shutil.copytree(REPO / "systems", folder / "systems")
    subprocess.run(["bash", "-euc", BLOCKS[0][2]], cwd=folder, check=True)
    shutil.copytree(folder / "systems/in_service", folder / "systems" / AID)
    for file in {file for _, file, _ in BLOCKS if file.startswith((f"systems/{KEY}/", f"systems/{AID}/"))}:
        (folder / file).write_text(of_file(file), encoding="utf-8")
    monkeypatch.setenv("DUBAN_SYSTEMS", str(folder / "systems"))
    offices = (REPO / "include/registry/offices.yaml").read_text(encoding="utf-8")
    (folder / "offices.yaml").write_text(f'{offices}  "{STREET}":\n{of_file("offices.yaml")}', encoding="utf-8")
    monkeypatch.setenv("DUBAN_OFFICES", str(folder / "offices.yaml"))
    path = subject_kinds_path()
    kinds = path.read_text(encoding="utf-8")
    kinds = kinds.replace("kinds:\n", f"kinds:\n{of_file('systems/_shared/subject_kinds.yaml')}", 1)
    path.write_text(kinds, encoding="utf-8")


@pytest.fixture
def followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "office").mkdir()
    follow(tmp_path / "office", monkeypatch)
    code = python_files()
    yield tmp_path / "office"
    assert python_files() == code, "no Python was written or changed"


@pytest.fixture
def town(followed: Path, database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    return Town(
        world,
        monkeypatch,
        KEY,
        subjects=csv_of("subjects.csv", "code,name,street_code,street,kind,secretary_email"),
        attributes=csv_of("attributes.csv", "code,name,value"),
        links=csv_of("links.csv", "code,link,to_code"),
    )


def test_the_page_has_an_office_write_data_alone() -> None:
    written = {file for _, file, _ in BLOCKS if file}
    assert {Path(file).suffix for file in written} == {".yaml", ".csv", ".md"}
    assert {file.split("/")[0] for file in written if "/" in file} == {"systems"}
    assert re.findall(r"[\w/]+\.py\b", PAGE) == []
    shells = [text for language, _, text in BLOCKS if language == "bash"]
    assert [line.split()[0] for text in shells for line in text.splitlines()] == ["cp", "make", "make"]


@pytest.mark.usefixtures("followed")
def test_what_the_page_has_written_is_sound_and_known_to_editors(capsys: pytest.CaptureFixture[str]) -> None:
    for key in (KEY, AID):
        assert refused_by_schema(yaml.safe_load(of_file(f"systems/{key}/system.yaml"))) == []
    check_systems.main()
    assert f"{len(scheme_keys())} 个制度的文件都没有错误" in capsys.readouterr().out
    assert KEY in scheme_keys()
    assert is_run(STREET, KEY, Period.parse(PERIOD))
    assert list(load_scheme(KEY, Period.parse(PERIOD)).variants) == ["高层", "多层"]


def test_a_mistake_of_the_office_is_named_with_file_and_line(
    followed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = followed / "systems" / KEY / "system.yaml"
    text = path.read_text(encoding="utf-8")
    assert "figure: opinion, target" in text
    path.write_text(text.replace("figure: opinion, target", "figure: opinon, target"), encoding="utf-8")
    line = next(number for number, one in enumerate(text.splitlines(), 1) if "{code: C1" in one)
    with pytest.raises(SystemExit):
        check_systems.main()
    said = capsys.readouterr().out.splitlines()
    assert said == [f"{KEY}/system.yaml 第 {line} 行：指标 C1：引用了不存在的填报项“opinon”。"]


@pytest.mark.usefixtures("followed")
def test_the_cases_of_the_page_come_out_as_they_were_worked(monkeypatch: pytest.MonkeyPatch) -> None:
    worked = yaml.safe_load(of_file(f"systems/{KEY}/cases.yaml"))
    monkeypatch.setitem(community.WORKED, KEY, worked)
    for case in worked["cases"]:
        check({"scheme": KEY, **case})


def hand_in(town: Town, form: str, code: str, labels: tuple[str, ...], *values: object) -> None:
    lines = [f"{code},{label},{value}" for label, value in zip(labels, values, strict=True)]
    assert town.hands_in(PERIOD, form, code, "", *lines) == "accepted", town.said


def test_the_system_of_the_page_runs_from_what_comes_in_to_its_circular(town: Town) -> None:
    town.system = "hygiene"
    assert town.hands_in(PERIOD, ESTATES, f"{STREET}001", OF_ESTATES, "XQ-1,一号小区,18,18,18,18,0") == "accepted"
    town.closes(PERIOD)
    town.system = KEY
    hand_in(town, FORM, "LD-01", HIGH, 10, 10, 4, 4, "是", 1)
    hand_in(town, VOTES, "LD-01", BALLOT, 40, 40, 36, 4, 0)
    hand_in(town, FORM, "LD-02", HIGH, 10, 7, 4, 4, "否", 1)
    hand_in(town, VOTES, "LD-02", BALLOT, 40, 40, 20, 0, 20)
    hand_in(town, FORM, "LD-03", LOW, 8, 8, "是", 0)
    hand_in(town, VOTES, "LD-03", BALLOT, 40, 40, 30, 10, 0)
    assessment_id = town.closes(PERIOD)
    assert assessment_id
    # 20 + 30 + 15 + 10 + 4.60 + 19.20; 14 + 30 + 0 + 10 + 4.60 + 10; (50 + 15 + 0 + 18) ÷ 95, as it is in no estate.
    assert town.results(PERIOD) == {
        "LD-01": ("98.80", "安全", "1", "已报"),
        "LD-02": ("68.60", "有隐患", "2", "已报"),
        "LD-03": ("87.37", "基本安全", "1", "已报"),
        "LD-04": ("", "未定级", "", "未报"),
    }
    items = [(row["unit_code"], row["indicator"], row["problem"]) for row in town.read(PERIOD, "items.csv")]
    assert sorted(items) == [
        ("LD-02", "A1", "灭火器配备不足"),
        ("LD-02", "B1", "消防通道堵塞"),
        ("LD-04", "S0", "未按时报送楼栋消防安全检查表"),
    ]
    assert {row["code"]: row["group"] for row in town.read(PERIOD, "classes.csv")} == {
        "LD-01": "高层",
        "LD-02": "高层",
        "LD-03": "多层",
        "LD-04": "多层",
    }
    figures = {(row["code"], row["figure"]): row["source"] for row in town.read(PERIOD, "figures.csv")}
    assert "环境卫生" in figures["LD-01", "environment"]
    with transaction() as connection:
        text = as_markdown("通报", build_model(connection, assessment_id), number="", issue_date=None)
    assert "楼栋消防安全检查情况的通报" in text
    assert "消防通道堵塞" in text


@pytest.mark.usefixtures("followed")
def test_the_further_system_of_the_page_runs_from_a_household_to_the_letter_about_it(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger with names, a visit within 20 working days, a quarterly series, a table, letters: from the page's data alone."""
    first, second = f"{STREET}001", f"{STREET}002"
    town = Town(
        world,
        monkeypatch,
        AID,
        links="",
        subjects=f"{first},杏花社区,{STREET},云街街道,社区,a@x.example\n{second},柳堤社区,{STREET},云街街道,社区,b@x.example\n"
        f"MZ,云街街道民政办,{STREET},云街街道,驻区单位,mz@x.example\n",
    )
    of_households, of_steps = "户号,姓名,困难情形,列入日期,民政办编号,退出日期", "事项编号,环节,完成日期,结果"

    def on(day: str) -> None:
        monkeypatch.setenv("DUBAN_NOW", f"{day}T07:50:00")
        keep_diary("test")
        with transaction() as connection:
            chase_steps(connection, now())

    def asked(query: str) -> list[tuple[object, ...]]:
        with transaction() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query).all()]

    # receive
    wrong = town.hands_in(
        AID_PERIOD, "困难党员户台账", first, of_households, "01,王小明,重病,2026-07-01,民政,", at="2026-07-01T10:00:00"
    )
    assert wrong == "returned" and "登记册里没有这个单位" in town.said
    households = ["01,王小明,重病,2026-07-01,MZ,", "02,李建国,独居,2026-07-01,MZ,"]
    for moment, status in (("2026-07-01T11:00:00", "accepted"), ("2026-07-02T11:00:00", "duplicate")):
        assert town.hands_in(AID_PERIOD, "困难党员户台账", first, of_households, *households, at=moment) == status
    visits = "SELECT number, deadline, state, problem FROM rectification_item WHERE kind = 'visit' ORDER BY number"
    opened = [(number, str(day), state) for number, day, state, _ in asked(visits)]
    assert opened == [("01", "2026-07-29", "办理中"), ("02", "2026-07-29", "办理中")]
    said = town.hands_in(AID_PERIOD, "事项办理", first, of_steps, "01,走访,2026-07-20,已走访", at="2026-07-20T10:00:00")
    assert said == "accepted", town.said
    # diary: the visit that is late, and the meeting of the quarter, are told of; one community holds it and the other not
    on("2026-07-30")
    on("2026-09-18")
    told = {(kind, to) for kind, to in asked("SELECT kind, recipient FROM notice WHERE state = 'pending'")}
    assert {
        ("step_urged", "a@x.example"),
        ("event_invitation", "a@x.example"),
        ("event_invitation", "b@x.example"),
    } <= told
    said = town.hands_in(
        AID_PERIOD, "集中慰问表", first, "慰问日期,慰问户数,慰问金", "2026-09-24,2,1000", at="2026-09-25T10:00:00"
    )
    assert said == "accepted", town.said
    on("2026-10-19")
    missed = asked("SELECT unit_code, problem FROM rectification_item WHERE kind = 'missed_event'")
    assert missed == [(second, "2026年第三季度集中慰问未召开")]
    # statistics
    town.closes(AID_PERIOD)
    [own, none, street, *_] = town.read(AID_PERIOD, "tables/T1.csv")
    assert [own[name] for name in ("户数", "应走访", "按期走访", "按期走访率", "集中慰问", "慰问金")] == [
        "2",
        "2",
        "1",
        "50.00",
        "1",
        "1000",
    ]
    assert (none["户数"], street["应走访"], street["已报"]) == ("未报", "2", "1/2")
    # letter: the office that helps reads the names, and nobody else does
    [letter_id] = asked("SELECT id FROM circular WHERE kind = '成批函件'")
    assert signs(str(letter_id[0])) == ""
    [(to, title)] = asked("SELECT recipient, payload FROM notice WHERE kind = 'pair_letter'")
    assert to == "mz@x.example" and "关于杏花社区2户困难党员情况的函" in str(title)
    assert (town.out(AID_PERIOD) / f"letters/{first}-MZ.docx").is_file()
    [(docx,)] = asked("SELECT docx_sha256 FROM paper")
    assert all(name in words_of(contents.load(str(docx))) for name in ("王小明", "李建国", "重病", "2026年7月1日列入"))
    assert not any(
        "王小明" in str(row)
        for table in ("notice", "finding", "rectification_item", "ledger_row", "circular")
        for row in asked(f"SELECT * FROM {table}")
    )
