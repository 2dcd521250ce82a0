"""Classes as a street officer reads them: which one, and the sentence that says what decided it."""

from __future__ import annotations

from typing import Any

import pytest

from include.schemes.model import Scheme
from include.scoring.figures import Figures
from include.scoring.lines import UnitScore
from include.scoring.scores import Reported, score_unit, score_units
from tests.scoring.invented import count, rated, rating, scheme_of

GOODS = {"F1": "领导班子好", "F2": "党员干部队伍好", "F3": "工作机制好", "F4": "工作业绩好", "F5": "群众反映好"}
FIVE = {
    "fields": [rating(code, name) for code, name in GOODS.items()],
    "indicators": [rated(code, name) for code, name in GOODS.items()],
}
FLOORS = scheme_of(
    **FIVE,
    classes=[
        {
            "class": "五个好",
            "when": {"all": [{"score": "total", "at_least": 90}, {"score": "each_area", "at_least": 0.8}]},
        },
        {
            "class": "较好",
            "when": {"all": [{"score": "total", "at_least": 75}, {"score": "each_area", "at_least": 0.6}]},
        },
        {"class": "一般", "when": {"score": "total", "at_least": 60}},
        {"class": "较差"},
    ],
)


def five(*points: float, scheme: Scheme = FLOORS) -> UnitScore:
    return score_unit(scheme, {code.lower(): str(number) for code, number in zip(GOODS, points, strict=True)})


def test_one_good_below_its_floor_keeps_a_total_above_ninety_from_the_first_class() -> None:
    score = five(19, 19, 15.99, 19, 19)
    assert (str(score.total), score.grade) == ("91.99", "较好")
    assert score.grade_reason == (
        "F3 工作机制好得 15.99 分、满分 20 分，得分率 = 79.95%，低于 80%，不符合“五个好”的条件；总分 91.99 分，不低于 75 分；"
        "各板块得分率都不低于 60%，定为“较好”，依据《试评办法》（2026年版）定级规定。"
    )


@pytest.mark.parametrize(
    ("points", "grade", "why"),
    [
        ((19, 19, 16, 19, 19), "五个好", "总分 92.00 分，不低于 90 分；各板块得分率都不低于 80%，定为“五个好”"),
        (
            (20, 20, 20, 20, 9.99),
            "一般",
            "F5 群众反映好得 9.99 分、满分 20 分，得分率 = 49.95%，低于 60%，不符合“较好”的条件；总分 89.99 分，不低于 60 分，定为“一般”",
        ),
        ((12, 12, 12, 12, 11.99), "较差", "总分 59.99 分，低于 60 分，不符合“一般”的条件；定为“较差”"),
    ],
)
def test_classes_are_read_from_the_top(points: tuple[float, ...], grade: str, why: str) -> None:
    score = five(*points)
    assert score.grade == grade
    assert score.grade_reason.startswith(why)


CLASSING = scheme_of(
    fields=[
        rating("G1", "组织设置"), rating("G5", "工作保障"), count("place", "有可用场所数", "处"),
        {"key": "vacant", "label": "书记空缺", "type": "yes_no"},
    ],
    indicators=[
        rated("G1", "基本组织设置", 80),
        rated("G5", "基本工作保障", 20, problem={
            "any": [{"score": "G5", "below": 0.6}], "text": "基本工作保障薄弱", "deadline_working_days": 60,
        }),
    ],
    defects=[
        {"code": "Z1", "when": {"figure": "vacant", "is": "是"}, "text": "党组织书记空缺", "deadline_working_days": 60},
        {"code": "Z2", "when": {"figure": "place", "is": 0}, "text": "没有可用的活动场所", "deadline_working_days": 90},
        {"code": "W1", "when": {"figure": "g1", "above": 79}, "text": "自评接近满分"},
    ],
    classes=[
        {"class": "三类", "when": {"any": [{"score": "total", "below": 60}, {"score": "problems", "of": ["Z1", "Z2"], "above": 0}]}},
        {"class": "一类", "when": {"all": [
            {"score": "total", "at_least": 85}, {"score": "each_area", "at_least": 0.6}, {"score": "problems", "is": 0},
        ]}},
        {"class": "二类"},
    ],
    unscored_class="未定级",
)  # fmt: skip


def classed(g1: float, g5: float, place: int = 1, vacant: str = "否") -> UnitScore:
    return score_unit(CLASSING, {"g1": str(g1), "g5": str(g5), "place": str(place), "vacant": vacant})


def found(score: UnitScore) -> dict[str, tuple[str, int | None, bool]]:
    return {
        line.indicator: (line.problem, line.deadline_working_days, line.has_problem)
        for line in score.lines
        if line.problem
    }


def test_a_defect_puts_a_unit_into_the_lowest_class_whatever_its_total() -> None:
    score = classed(75, 20, place=0)
    assert (str(score.total), score.grade) == ("95.00", "三类")
    assert score.grade_reason.startswith("存在问题：Z2 没有可用的活动场所，定为“三类”，依据")
    assert found(score) == {"Z2": ("没有可用的活动场所", 90, True)}
    assert [line.explanation for line in score.lines if line.indicator == "Z2"] == [
        "有可用场所数为 0 处，存在问题：没有可用的活动场所，依据《试评办法》（2026年版）Z2。"
    ]


def test_a_dimension_below_three_fifths_is_a_problem_and_no_first_class() -> None:
    score = classed(79, 11.99)
    assert found(score) == {"G5": ("基本工作保障薄弱", 60, True)}
    assert score.grade == "二类"
    assert score.grade_reason.startswith(
        "G5 基本工作保障得 11.99 分、满分 20 分，得分率 = 59.95%，低于 60%；存在问题：G5 基本工作保障薄弱，不符合“一类”的条件；定为“二类”"
    )


def test_a_floor_is_met_at_its_limit() -> None:
    assert (classed(73, 12).grade, classed(72.99, 12).grade) == ("一类", "二类")


def test_a_note_is_told_to_the_unit_and_is_no_problem() -> None:
    score = classed(80, 20)
    assert found(score) == {"W1": ("自评接近满分", None, False)}
    assert score.grade == "一类"


def test_a_unit_without_a_total_has_the_class_for_that() -> None:
    score = score_unit(
        scheme_of(
            fields=[rating("G1", "组织设置")],
            indicators=[rated("G1", "组织设置", 100, not_applicable_when={"figure": "g1", "is": 0})],
            classes=[{"class": "达标", "when": {"score": "total", "at_least": 60}}, {"class": "未达标"}],
            unscored_class="未定级",
        ),
        {"g1": "0"},
    )
    assert (score.total, score.grade) == (None, "未定级")
    assert score.grade_reason == "没有总分，定为“未定级”，依据《试评办法》（2026年版）定级规定。"


RESPONSIBILITY = scheme_of(
    areas=[{"code": "P", "name": "责任书", "full": 100}],
    fields=[count("done", "新发展党员数", "人"), count("plan", "目标数", "人"), rating("P5", "其他")],
    indicators=[
        {
            "code": "P2", "name": "新发展党员", "full": 12, "reference": "default",
            "not_applicable_when": {"figure": "plan", "is": 0},
            "rules": [{"kind": "ratio", "points": 12, "figure": "done", "of": "plan", "target": 1}],
            "problem": {"any": [{"score": "P2", "below": 0.8}], "text": "新发展党员未达到责任书目标", "deadline_working_days": 90},
        },
        {**rated("P5", "其他", 88)},
    ],
    classes=[
        {"class": "完成", "when": {"all": [
            {"score": "total", "at_least": 90}, {"score": "P2", "at_least": 0.8}, {"score": "P5", "at_least": 0.8},
        ]}},
        {"class": "基本完成", "when": {"score": "total", "at_least": 80}},
        {"class": "未完成"},
    ],
)  # fmt: skip


@pytest.mark.parametrize(
    ("done", "plan", "other", "total", "grade"),
    [
        (1, 2, 88, "94.00", "基本完成"),  # half of the target, though the total is enough
        (4, 5, 88, "97.60", "完成"),
        (0, 0, 88, "100.00", "完成"),  # no target: not held against
        (2, 2, 60, "72.00", "未完成"),
    ],
)
def test_a_total_of_ninety_does_not_make_up_for_one_target_missed(
    done: int, plan: int, other: int, total: str, grade: str
) -> None:
    score = score_unit(RESPONSIBILITY, {"done": str(done), "plan": str(plan), "p5": str(other)})
    assert (str(score.total), score.grade) == (total, grade)


def reported(
    scheme: Scheme, values: dict[str, dict[str, Any]], groups: dict[str, str] | None = None
) -> dict[str, UnitScore]:
    return score_units(
        scheme,
        {
            code: Reported(
                Figures(scheme, {key: str(one) for key, one in figures.items()}), group=(groups or {}).get(code, "")
            )
            for code, figures in values.items()
        },
    )


def test_the_best_fifth_of_a_list_is_a_class() -> None:
    scheme = scheme_of(
        fields=[rating("C1", "考核")],
        indicators=[rated("C1", "考核", 100)],
        classes=[
            {
                "class": "优秀",
                "when": {"all": [{"score": "total", "at_least": 90}, {"score": "rank_share", "at_most": 0.2}]},
            },
            {"class": "合格", "when": {"score": "total", "at_least": 70}},
            {"class": "不合格"},
        ],
    )
    scores = reported(scheme, {str(n): {"c1": 100 - n} for n in range(6)})
    assert [scores[str(n)].grade for n in range(6)] == ["优秀", "合格", "合格", "合格", "合格", "合格"]
    assert "在 6 个中列第 1 名，居前约 16.67%，在前 20% 之内" in scores["0"].grade_reason
    assert scores["1"].grade_reason.startswith(
        "在 6 个中列第 2 名，居前约 33.33%，不在前 20% 之内，不符合“优秀”的条件；总分 99.00 分，不低于 70 分，"
    )


RANKED = scheme_of(
    areas=[{"code": "B", "name": "排名", "full": 60}, {"code": "C", "name": "评分", "full": 40}],
    fields=[count("events", "活动次数"), rating("C1", "评分")],
    indicators=[
        {
            "code": "B1",
            "name": "活动排名",
            "full": 60,
            "reference": "default",
            "rules": [{"kind": "by_rank", "of": "events", "points": [60, 57, 54], "beyond": 0, "reference": "default"}],
        },
        rated("C1", "评分", 40),
    ],
    score={"total": 100, "maximum": 100, "grades": [{"at_least": 0, "grade": "有分"}]},
)


def test_those_who_share_a_rank_have_the_points_of_the_better_one_and_beyond_the_list_there_are_none() -> None:
    events = {"a": 9, "b": 9, "c": 7, "d": 5}
    scores = reported(RANKED, {code: {"events": number, "c1": 40} for code, number in events.items()})
    lines = {code: next(line for line in score.lines if line.indicator == "B1") for code, score in scores.items()}
    assert {code: str(line.points_shown) for code, line in lines.items()} == {
        "a": "60.00",
        "b": "60.00",
        "c": "54.00",
        "d": "0.00",
    }
    assert lines["c"].explanation == (
        "活动次数在 4 个中列第 3 名，按名次计 54.00 分（第一名 60 分），依据《试评办法》（2026年版）B1。"
    )
    assert [scores[code].rank for code in "abcd"] == [1, 1, 3, 4]


def test_ranks_are_those_of_a_units_own_list() -> None:
    scores = reported(
        RANKED, {code: {"events": n, "c1": 40} for n, code in enumerate("abcd")}, dict(zip("abcd", "xxyy", strict=True))
    )
    points = {code: str(score.lines[0].points_shown) for code, score in scores.items()}
    assert points == {"a": "57.00", "b": "60.00", "c": "57.00", "d": "60.00"}
    assert [scores[code].rank for code in "abcd"] == [2, 1, 2, 1]


def test_the_points_of_another_indicator_may_give_the_rank() -> None:
    rule = {"kind": "by_rank", "of": "C1", "points": [60, 30], "beyond": 10, "reference": "default"}
    scheme = scheme_of(
        fields=[rating("C1", "评分")],
        indicators=[rated("B1", "评分排名", 60, rules=[rule]), rated("C1", "评分", 40)],
        score={"total": 100, "maximum": 100, "grades": [{"at_least": 0, "grade": "有分"}]},
    )
    scores = reported(scheme, {"a": {"c1": 30}, "b": {"c1": 40}, "c": {"c1": 20}})
    assert {code: str(score.total) for code, score in scores.items()} == {"a": "60.00", "b": "100.00", "c": "30.00"}


def test_several_problems_of_an_indicator_are_several_items() -> None:
    scheme = scheme_of(
        fields=[rating("E1", "环境"), count("spots", "乱堆乱倒处数", "处")],
        indicators=[rated("E1", "环境", 100, problems=[
            {"any": [{"score": "E1", "below": 0.6}], "text": "环境卫生不合格", "deadline_working_days": 10},
            {"code": "E1b", "any": [{"figure": "spots", "above": 0}], "text": "存在乱堆乱倒", "deadline_working_days": 5},
        ])],
        score={"total": 100, "maximum": 100, "grades": [{"at_least": 0, "grade": "有分"}]},
    )  # fmt: skip
    both = score_unit(scheme, {"e1": "59.99", "spots": "2"})
    assert found(both) == {"E1": ("环境卫生不合格", 10, True), "E1b": ("存在乱堆乱倒", 5, True)}
    assert found(score_unit(scheme, {"e1": "60", "spots": "1"})) == {"E1b": ("存在乱堆乱倒", 5, True)}
    assert found(score_unit(scheme, {"e1": "60", "spots": "0"})) == {}
