"""A folder of systems with a mistake of every kind: each is one sentence with file and line, and all are told at once."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from include.errors import UserError
from include.period import Period
from include.schemes import loader
from include.schemes.loader import load_scheme
from include.schemes.unsound import unsound_systems
from include.settings import REPO
from tests.own_systems import add_systems

BROKEN = REPO / "tests/data/unsound"
REVIEW = (BROKEN / "review/system.yaml").read_text(encoding="utf-8")
KINDS = "社区、村、驻区单位、其他组织、区域、网格、小区、户、社区工作者"


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The systems of the repository, and beside them two that cannot be run."""
    systems = tmp_path / "systems"
    shutil.copytree(REPO / "systems", systems)
    shutil.copytree(BROKEN, systems, dirs_exist_ok=True)
    monkeypatch.setenv("DUBAN_SYSTEMS", str(systems))


def line(text: str, of: str = REVIEW) -> int:
    return next(number for number, one in enumerate(of.splitlines(), 1) if text in one)


@pytest.mark.usefixtures("broken")
def test_every_mistake_of_a_folder_is_one_sentence_with_file_and_line_and_all_are_told_at_once() -> None:
    other = (BROKEN / "other/system.yaml").read_text(encoding="utf-8")
    said = [
        ("key: halves", "forms.halves.in_periods：本制度没有 H1 这样的期间；可写：Y。"),
        ("key: halves", "表单 halves：在任何期间都不用填报，请改 in_periods，或删去这张表单。"),
        ("colour: red", "score.colour：没有这个字段，请检查拼写（现为 'red'）。"),
        ("code: B1", "指标 B1：引用了不存在的填报项“servces”。"),
        ("  total: 100", "指标权重之和为 90，应为 100（村）。"),
        (
            "class: 一般",
            "classes：最后一类“一般”写了 when，不符合任何条件的单位就没有类别：请在最后加一类不写 when 的。",
        ),
        ("key: empty", "表单 empty：没有填报项，谁也填不了。"),
        ("key: estates", "表单 estates：由“小区”填报，而 subjects 里没有这种对象，谁也填不了。"),
        ("key: before", "引用数 before：引用成了循环：review → other → review，谁也不能先结账，请去掉其中一处。"),
        ("key: gone", "引用数 gone：没有名为“no_such_system”的制度。"),
        ("key: paid", "引用数 paid：half_year 没有填报项“dues_payed”。"),
    ]
    assert sorted(unsound_systems()) == sorted(
        [
            *(f"review/system.yaml 第 {line(place)} 行：{sentence}" for place, sentence in said),
            f"review/system.yaml 第 {line('slot:')} 行：slot：3002 与 other/system.yaml 的相同，"
            "两个制度不能在同一秒启动：请改为 0–3599 中没有用过的数（不写即为 0）。",
            f"other/system.yaml 第 {line('key: reviewed', other)} 行：引用数 reviewed："
            "引用成了循环：other → review → other，谁也不能先结账，请去掉其中一处。",
        ]
    )


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("key", ["review", "other"])
def test_a_system_with_a_mistake_is_not_run_and_says_all_of_its_own(key: str) -> None:
    with pytest.raises(UserError) as refused:
        load_scheme(key, Period.parse("2026"))
    own = [one for one in unsound_systems() if one.startswith(f"{key}/system.yaml") and "：slot：" not in one]
    assert sorted(refused.value.problems) == sorted(own)


def test_a_kind_that_there_is_none_of_can_neither_fill_in_nor_be_rated() -> None:
    text = REVIEW.replace("{kind: 小区}}", "{kind: 楼栋}, rates: {kind: 楼}}")
    with pytest.raises(UserError) as refused:
        loader.parse_scheme(text, "评查.yaml", Period.parse("2026"))
    at = line("key: estates", text)
    assert {one for one in refused.value.problems if "estates" in one} == {
        f"评查.yaml 第 {at} 行：表单 estates：rates：没有“楼”这种对象，谁也填不了；可用：{KINDS}。",
        f"评查.yaml 第 {at} 行：表单 estates：filled_by：没有“楼栋”这种对象，谁也填不了；可用：{KINDS}。",
    }


@pytest.mark.usefixtures("broken")
def test_no_sentence_on_a_system_is_without_its_line() -> None:
    assert [one for one in unsound_systems() if not re.match(r"\w+/system\.yaml 第 \d+ 行：", one)] == []


def test_the_systems_that_tests_invent_are_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every receipt of a test beside them looks at all systems anew."""
    add_systems(tmp_path, monkeypatch)
    assert unsound_systems() == []
