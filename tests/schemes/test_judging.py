"""What a system decides by is proved when its file is read: each mistake one sentence with file and line, all at once."""

from __future__ import annotations

from typing import Any

import pytest

from include.errors import UserError
from include.period import Period
from include.schemes.loader import load_scheme, parse_scheme
from include.schemes.score import words_of_lateness
from tests.scoring.invented import rated, rating, scheme_of, text_of, tree_of

LAST = {"class": "未达标"}
FIRST = {"class": "达标", "when": {"score": "total", "at_least": 60}}


def tree(**parts: Any) -> dict[str, Any]:
    sound = {"fields": [rating("F1", "评分")], "indicators": [rated("F1", "评分", 100)], "classes": [FIRST, LAST]}
    return tree_of(**{**sound, **parts})


def problems_of(**parts: Any) -> list[str]:
    with pytest.raises(UserError) as error:
        parse_scheme(text_of(tree(**parts)), "试评.yaml", Period.parse("2026H1"))
    return error.value.problems


def line_of(text: str, **parts: Any) -> int:
    return next(n for n, line in enumerate(text_of(tree(**parts)).splitlines(), 1) if text in line)


def test_a_class_list_without_a_last_entry_an_unknown_code_and_an_unknown_figure_are_told_at_once() -> None:
    parts = {
        "classes": [{**FIRST, "when": {"score": "F9", "at_least": 0.6}}, {**FIRST, "class": "基本达标"}],
        "defects": [{"code": "Z1", "when": {"figure": "nothing", "is": 0}, "text": "没有", "deadline_working_days": 5}],
    }
    last, first, defect = (line_of(text, **parts) for text in ("class: 基本达标", "class: 达标", "code: Z1"))
    assert problems_of(**parts) == [
        f"试评.yaml 第 {defect} 行：问题 Z1：引用了不存在的填报项“nothing”。",
        f"试评.yaml 第 {last} 行：classes：最后一类“基本达标”写了 when，不符合任何条件的单位就没有类别：请在最后加一类不写 when 的。",
        f"试评.yaml 第 {first} 行：类别“达标”：score 引用了不存在的指标或板块“F9”。",
    ]


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"classes": [LAST, FIRST, {"class": "其他"}]}, "“未达标”没有 when，排在它后面的类别永远轮不到"),
        ({"classes": [FIRST, {"class": "达标"}]}, "类别“达标”重复"),
        ({"score": {"total": 100, "maximum": 100, "grades": [{"at_least": 0, "grade": "一"}]}}, "只能写一种"),
        ({"classes": [], "score": {"total": 100, "maximum": 100}}, "等次：at_least 应从高到低排列"),
        ({"classes": [{**FIRST, "when": {"score": "problems", "of": ["Z9"], "is": 0}}, LAST]}, "没有问题的编码“Z9”"),
        ({"defects": [{"code": "F1", "when": {"figure": "f1", "is": 0}, "text": "无"}]}, "问题编码“F1”重复"),
        ({"defects": [{"code": "Z1", "when": {"score": "rank_share", "below": 1}, "text": "无"}]}, "只能用于定级"),
        (
            {"indicators": [rated("F1", "评分", 100, not_applicable_when={"score": "total", "below": 1})]},
            "这里的条件只能看填报项",
        ),
        (
            {"indicators": [{**rated("F1", "评分", 100), "rules": [{"kind": "by_rank", "of": "F1", "points": [100]}]}]},
            "本身又按名次计分",
        ),
        (
            {"indicators": [{**rated("F1", "评分", 100), "rules": [{"kind": "by_rank", "of": "F9", "points": [100]}]}]},
            "引用了不存在的填报项“F9”",
        ),
    ],
)
def test_what_nobody_could_be_judged_by_is_refused_with_its_line(parts: dict[str, Any], sentence: str) -> None:
    found = [problem for problem in problems_of(**parts) if sentence in problem]
    assert len(found) == 1
    assert found[0].startswith("试评.yaml 第 ")


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ({"figure": "f1", "score": "total", "below": 1}, "必须且只能写 figure、checklist、score、all、any、not 之一"),
        ({"figure": "f1", "below": 1, "above": 0}, "必须且只能有一个比较"),
        ({"all": [{"figure": "f1", "below": 1}], "below": 2}, "必须且只能有一个比较"),
        ({"any": []}, "至少要有一个条件"),
        ({"score": "total", "of": ["F1"], "below": 1}, "of："),
        ({"figure": "f1", "of": ["f1"], "below": 1}, "of："),
    ],
)
def test_a_condition_says_one_thing(condition: dict[str, Any], sentence: str) -> None:
    found = problems_of(classes=[{**FIRST, "when": condition}, LAST])
    assert any(sentence in problem and problem.startswith("试评.yaml 第 ") for problem in found), found


def test_a_line_is_that_of_the_entry_in_force_though_entries_of_other_versions_stand_before_it() -> None:
    old = {**FIRST, "in_versions": ["2020"]}
    parts = {"classes": [old, {**FIRST, "when": {"score": "total", "at_lest": 60}}, LAST]}
    assert any(f"第 {line_of('at_lest', **parts)} 行" in problem for problem in problems_of(**parts))


def test_grades_by_total_stay_as_the_short_form() -> None:
    graded = scheme_of(
        fields=[rating("F1", "评分")],
        indicators=[rated("F1", "评分", 100)],
        score={
            "total": 100,
            "maximum": 100,
            "grades": [{"at_least": 60, "grade": "达标"}, {"at_least": 0, "grade": "未达标"}],
        },
    )
    assert list(graded.grades) == ["达标", "未达标"]
    assert list(scheme_of(**{key: value for key, value in tree().items() if key != "score"}).grades) == [
        "达标",
        "未达标",
    ]


@pytest.mark.parametrize(
    ("system", "period", "said"),
    [
        ("half_year", "2026H1", {}),
        ("five_good", "2026H1", {}),  # its mails of then stay as they were
        ("five_good", "2027H1", {"is_late_free": True}),
        ("responsibility", "2026", {"is_late_free": True}),
        ("grid", "2026Q3", {"is_late_free": True, "is_unscored": True}),
    ],
)
def test_only_where_lateness_costs_points_do_mails_speak_of_it(system: str, period: str, said: dict[str, bool]) -> None:
    assert words_of_lateness(load_scheme(system, Period.parse(period))) == said
