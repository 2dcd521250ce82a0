"""The kinds of rule by themselves, in the shapes that no scheme uses yet, and at their edges."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from pydantic import TypeAdapter

from include.period import Period
from include.schemes.conditions import Condition
from include.schemes.indicators import Rule
from include.schemes.loader import load_scheme
from include.scoring.conditions import Facts, judge
from include.scoring.figures import Figures
from include.scoring.lines import grade_of
from include.scoring.rules import RULES
from tests.scoring.community import values_of

SCHEME = load_scheme("half_year", Period.parse("2026H1"))
RULE: TypeAdapter[Rule] = TypeAdapter(Rule)


def points(rule: dict[str, Any], given: dict[str, Any]) -> Fraction:
    read = RULE.validate_python({"points": 6, **rule} if rule["kind"] != "capped_bonus" else rule)
    return RULES[read.kind](read, Figures(SCHEME, values_of(SCHEME, "满分", given)))[0]


def holds(condition: dict[str, Any], given: dict[str, Any]) -> bool:
    figures = Figures(SCHEME, values_of(SCHEME, "满分", given))
    return judge(Condition.model_validate(condition), Facts(SCHEME, figures)).holds


@pytest.mark.parametrize(("lectures", "earned"), [(1, 0), (2, 6), (3, 6)])
def test_a_threshold_on_a_number_gives_all_or_nothing(lectures: int, earned: int) -> None:
    rule = {"kind": "threshold", "figure": "party_lectures", "at_least": 2}
    assert points(rule, {"党课次数": lectures}) == earned


@pytest.mark.parametrize(("meetings", "earned"), [(5, 0), (6, 6)])
def test_a_threshold_may_grow_with_another_figure(meetings: int, earned: int) -> None:
    rule = {"kind": "threshold", "figure": "group_meetings", "at_least": {"times": 2, "of": "party_groups"}}
    assert points(rule, {"党小组会次数": meetings, "党小组数": 3}) == earned


def test_a_target_of_zero_is_always_met() -> None:
    rule = {"kind": "pro_rata", "figure": "group_meetings", "target": {"times": 6, "of": "party_groups"}}
    assert points(rule, {"党小组会次数": 0, "党小组数": 0}) == 6


def test_a_ratio_over_nothing_earns_nothing() -> None:
    rule = {"kind": "ratio", "figure": "finished_tasks", "of": "assigned_tasks", "target": 1}
    assert points(rule, {"完成任务数": 3, "下达任务数": 0}) == 0


def test_a_ratio_is_exact_where_decimals_are_not() -> None:
    rule = {"kind": "ratio", "figure": "finished_tasks", "of": "assigned_tasks", "target": Decimal("0.9")}
    assert points(rule, {"完成任务数": 1, "下达任务数": 3}) == Fraction(20, 9)


@pytest.mark.parametrize(("share", "earned"), [(29, 0), (30, 2), (59, 2), (60, 6)])
def test_a_band_may_ask_for_at_least_a_share(share: int, earned: int) -> None:
    bands = [{"at_least": 1, "points": 6}, {"at_least": Decimal("0.5"), "points": 2}, {"points": 0}]
    rule = {"kind": "band", "figure": "volunteer_members", "of": "members", "bands": bands}
    assert points(rule, {"志愿服务党员人次": share, "党员数": 60}) == earned


def test_a_band_below_all_limits_without_a_last_one_earns_nothing() -> None:
    rule = {
        "kind": "band",
        "figure": "activists",
        "bands": [{"at_least": 9, "points": 6}, {"at_least": 5, "points": 3}],
    }
    assert points(rule, {"入党积极分子数": 4}) == 0


def test_a_checklist_of_which_nothing_applies_lacks_nothing() -> None:
    rule = {"kind": "checklist", "checklist": "paper", "present": "有", "excluded": "不适用"}
    assert points(rule, {"全部材料": "不适用"}) == 6


def test_a_checklist_that_leaves_nothing_out_counts_every_paper() -> None:
    assert points({"kind": "checklist", "checklist": "paper", "present": "有"}, {"责任书": "无"}) == Fraction(57, 10)


@pytest.mark.parametrize(("vouchers", "earned"), [(0, 6), (1, "4.5"), (4, 0), (5, 0)])
def test_a_deduction_stops_at_nothing(vouchers: int, earned: int | str) -> None:
    rule = {"kind": "deduction", "figure": "irregular_vouchers", "points_each": "1.5"}
    assert points(rule, {"审批不规范票据数": vouchers}) == Fraction(earned)


@pytest.mark.parametrize(
    ("levels", "earned"), [([], 0), (["街道"], 1), (["省"], 4), (["省", "街道"], 5), (["省", "县区"], 5)]
)
def test_a_bonus_adds_up_to_its_cap(levels: list[str], earned: int) -> None:
    points_each = {"街道": 1, "县区": 2, "市": 3, "省": 4, "国家": 5}
    rule = {"kind": "capped_bonus", "repeat": "bonus", "by": "level", "points_each": points_each, "at_most": 5}
    assert points(rule, {"加分": [{"事项": "表彰", "级别": level} for level in levels]}) == earned


@pytest.mark.parametrize(
    ("condition", "given", "expected"),
    [
        ({"figure": "members", "below": 60}, {"党员数": 60}, False),
        ({"figure": "members", "below": 60}, {"党员数": 59}, True),
        ({"figure": "members", "above": 60}, {"党员数": 60}, False),
        ({"figure": "members", "above": 60}, {"党员数": 61}, True),
        ({"figure": "dues_payable_yuan", "is": 0}, {"应缴党费": "0.00"}, True),
        ({"figure": "has_deed_plan", "is": "是"}, {}, True),
        ({"figure": "finished_deeds", "of": "promised_deeds", "below": "0.5"}, {"年初承诺实事件数": 0}, True),
        ({"figure": "finished_deeds", "of": "promised_deeds", "above": 0}, {"年初承诺实事件数": 0}, False),
        ({"checklist": "paper", "all": "不适用"}, {"全部材料": "不适用", "责任书": "有"}, False),
        ({"checklist": "paper", "has": "无"}, {"责任书": "无"}, True),
    ],
)
def test_a_condition_holds_or_not(condition: dict[str, Any], given: dict[str, Any], expected: bool) -> None:
    assert holds(condition, given) is expected


@pytest.mark.parametrize(
    ("total", "grade"),
    [
        ("105", "优秀"),
        ("90.00", "优秀"),
        ("89.99", "良好"),
        ("80.00", "良好"),
        ("79.99", "合格"),
        ("70.00", "合格"),
        ("69.99", "相对后进"),
        ("0.00", "相对后进"),
    ],
)
def test_limits_of_a_grade_belong_to_it(total: str, grade: str) -> None:
    assert grade_of(SCHEME, Decimal(total)) == grade
