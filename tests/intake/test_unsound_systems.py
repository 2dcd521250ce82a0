"""A mistake in the file of one system is told to ops by name, and stops nothing of the others."""

import datetime as dt
import re
from pathlib import Path

import pytest

from include.errors import UserError
from include.period import Period
from include.schemes.loader import (
    UnknownPeriodError,
    find_scheme,
    load_scheme,
    official_period,
    path_of,
    scheme_keys,
)
from include.schemes.unsound import unsound_systems
from include.steps import checking, diary, opening, planning, receiving
from include.workbooks.forms import write_form
from tests.intake.receive_street import FIRST, STREET, drop, notices, rows, statuses, workbook
from tests.mistyped import mistyped

pytestmark = pytest.mark.story

OTHERS = {"half_year": "five_good", "five_good": "half_year"}
H1 = Period.parse("2026H1")


def good(key: str) -> bytes:
    """The form of the first community, filled in."""
    if key == "half_year":
        return workbook()
    scheme = load_scheme(key, H1)
    return write_form(scheme, "self", FIRST, {}, {cell.key: "15" for cell in scheme.cells_of("self")})


def test_every_system_as_it_stands_is_sound() -> None:
    assert unsound_systems() == []


@pytest.mark.usefixtures("street")
def test_a_file_that_was_sound_when_it_was_last_looked_at_is_looked_at_again_once_it_changes() -> None:
    receiving.receive("run")
    receiving.receive("run")
    assert not notices("ops_alert")
    with mistyped("five_good"):
        receiving.receive("run")
    assert len(notices("ops_alert")) == 1


@pytest.mark.parametrize("key", OTHERS)
def test_a_period_that_a_system_does_not_have_is_not_a_mistake_in_its_file(key: str) -> None:
    for period in ("2024H1", "2026-07"):
        with pytest.raises(UnknownPeriodError):
            load_scheme(key, Period.parse(period))
        assert find_scheme(key, Period.parse(period)) is None
    with mistyped(key), pytest.raises(UserError) as raised:
        load_scheme(key, H1)
    assert not isinstance(raised.value, UnknownPeriodError)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("period_kinds", "period_kind", "half_year/system.yaml：period_kind：没有这个字段，请检查拼写（现为 "),
        ("score:\n", "score: [\n", "half_year/system.yaml：第 "),
        ("Q1: 0.25, H1: 0.5, Q3: 0.75", "Q1: 0.25, H1: 0.5", "half_year/system.yaml：指标"),
        ("effective_from: 2025H1", "effective_from: 2025年", "half_year/system.yaml：versions：期间“2025年”无法识别："),
        ("indicators:\n  - code: A1", "indicators:\n    code: A1", "half_year/system.yaml：第 "),
        ("areas:\n", "areas: 5\nareas2:\n", "half_year/system.yaml：areas2：没有这个字段"),
        ("versions:\n", "versions: 5\nversions2:\n", "half_year/system.yaml：结构不对（"),
    ],
)
def test_a_mistake_is_named_by_file_place_and_what_to_do(old: str, new: str, sentence: str) -> None:
    with mistyped("half_year", old, new):
        found = [re.sub(r"(?<=\.yaml) 第 \d+ 行", "", problem) for problem in unsound_systems()]
    assert found
    assert any(
        problem.startswith(sentence[: sentence.find("指标")] if "指标" in sentence else sentence) for problem in found
    )
    assert all(problem.startswith("half_year/system.yaml：") for problem in found)


def test_two_systems_that_would_start_in_one_second_are_told_of() -> None:
    lines = path_of("five_good").read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if text.startswith("slot:"))
    with mistyped("five_good", "slot: 1 ", "slot: 0 "):
        assert unsound_systems() == [
            f"five_good/system.yaml 第 {line} 行：slot：0 与 half_year/system.yaml 的相同，两个制度不能在同一秒启动："
            "请改为 0–3599 中没有用过的数（不写即为 0）。"
        ]


def test_a_mistake_that_shows_in_the_third_quarter_only_is_found_in_spring() -> None:
    with mistyped("half_year", "Q1: 0.25, H1: 0.5, Q3: 0.75", "Q1: 0.25, H1: 0.5"):
        assert find_scheme("half_year", H1) is not None
        assert any("没有 2026 年版 Q3 的取值" in problem for problem in unsound_systems())


@pytest.mark.parametrize(("broken", "other"), OTHERS.items())
def test_forms_of_the_other_systems_are_still_read_and_ops_is_told_at_once(
    street: Path, broken: str, other: str
) -> None:
    drop(street, "好.xlsx", good(other), "2026-07-18T09:05:00")
    drop(street, "坏.xlsx", good(broken), "2026-07-18T09:06:00")
    with mistyped(broken):
        receiving.receive("run")
        receiving.receive("again")
    assert statuses() == {"好.xlsx": "accepted", "坏.xlsx": "refused"}
    told = notices("ops_alert")
    assert len(told) == 1, "once a day"
    assert f"{broken}/system.yaml 第 " in str(told[0]["payload"])
    [answered] = [
        str(row["payload"]) for row in rows("SELECT payload FROM notice") if "现在读不了" in str(row["payload"])
    ]
    assert "请过一两天原样重发，不用重填" in answered
    assert "已被改动" not in answered, "it is not the community's fault"
    drop(street, "再发.xlsx", good(broken), "2026-07-19T09:06:00")
    receiving.receive("mended")
    assert statuses()["再发.xlsx"] == "accepted", "sent again as it was, once the file is mended"


@pytest.mark.parametrize(("broken", "other"), OTHERS.items())
def test_forms_of_the_other_systems_still_go_out_and_are_reminded_of(
    street: Path, monkeypatch: pytest.MonkeyPatch, broken: str, other: str
) -> None:
    monkeypatch.setenv("DUBAN_NOW", "2026-07-17T09:00:00")
    with mistyped(broken):
        found = {shape.system.scheme for shape in planning.open_on(dt.date(2026, 7, 17))}
        assert other in found and broken not in found
        assert opening.open_streets(other, "2026H1", [STREET], "run") > 0
        with pytest.raises(UserError, match=f"{broken}/system.yaml"):
            opening.open_streets(broken, "2026H1", [STREET], "run")
        day = load_scheme(other, H1).dates.due_date - dt.timedelta(days=3)
        monkeypatch.setenv("DUBAN_NOW", f"{day}T09:00:00")
        diary.keep_diary("test")
    assert rows(f"SELECT 1 FROM notice WHERE kind = 'hand_in_reminder' AND scheme = '{other}'")
    assert any(f"{broken}/system.yaml 第 " in str(row["payload"]) for row in notices("ops_alert"))


@pytest.mark.usefixtures("street")
def test_the_daily_self_check_names_the_file_and_what_it_stops() -> None:
    with mistyped("five_good"):
        found = [one for one in checking.check_health("test") if "five_good/system.yaml" in one]
    assert found
    assert all("其他制度照常" in one for one in found)


def test_what_a_quarter_closes_is_still_known() -> None:
    for key in scheme_keys():
        with mistyped(key):
            assert official_period(Period.parse("2026Q2")) == H1
