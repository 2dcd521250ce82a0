"""What must hold for any community at all, and a recomputation of the half year straight from domain.md §3."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.errors import UserError
from include.numbers import two_decimals
from include.period import Period
from include.schemes.loader import load_scheme
from include.scoring.figures import plain
from include.scoring.lines import Late
from include.scoring.scores import score_unit
from tests.scoring.community import BASES, values_of

SCHEME = load_scheme("half_year", Period.parse("2026H1"))
H2 = load_scheme("half_year", Period.parse("2026H2"))
LEVELS = ["街道", "县区", "市", "省", "国家"]
_COUNTS = [label for label, value in BASES["满分"].items() if isinstance(value, int)]
_ANSWERS = ["有研究记录", "有实施计划", "党费按时上交"]

communities = st.builds(
    lambda counts, dues, answers, papers, bonus: {
        **counts,
        **dict(zip(["应缴党费", "实缴党费"], dues, strict=True)),
        **answers,
        **dict(zip([cell.label for cell in SCHEME.group("paper")], papers, strict=True)),
        "加分": [{"事项": "表彰", "级别": level} for level in bonus],
    },
    st.fixed_dictionaries({label: st.one_of(st.integers(0, 3), st.integers(0, 130)) for label in _COUNTS}),
    st.tuples(*[st.one_of(st.just(Decimal(0)), st.decimals(0, 9999, places=2))] * 2),
    st.fixed_dictionaries({label: st.sampled_from("是否") for label in _ANSWERS}),
    st.lists(st.sampled_from(["有", "无", "不适用"]), min_size=20, max_size=20),
    st.lists(st.sampled_from(LEVELS), max_size=5),
)


def by_hand(f: dict[str, Any], s: Fraction, days_late: int) -> tuple[Decimal, dict[str, Fraction], set[str]]:
    """Total, points of the applicable indicators and codes with a problem, written from the table of domain.md §3 (2026)."""

    def pr(x: Any, t: Any) -> Fraction:
        return min(Fraction(1), Fraction(x) / Fraction(t))

    papers = [f[cell.label] for cell in SCHEME.group("paper")]
    g, p, u, members, r, m = (
        f[name] for name in ("党小组数", "年初承诺实事件数", "应缴党费", "党员数", "报到在职党员数", "下达任务数")
    )
    plan, vouchers, asked = f["年度发展计划数"], f["票据总数"], 20 - papers.count("不适用")
    rows: list[tuple[str, int, bool, Any, Any]] = [  # code, full, applicable, points, problem
        ("A1", 5, True, lambda: 5 * pr(f["书记专题研究党建次数"], 2), lambda: f["书记专题研究党建次数"] < 2),
        ("A2a", 3, True, lambda: 3 * pr(f["党员大会次数"], 2), lambda: f["党员大会次数"] < 2),
        ("A2b", 3, True, lambda: 3 * pr(f["支委会次数"], 6), lambda: f["支委会次数"] < 6),
        ("A2c", 3, g != 0, lambda: 3 * pr(f["党小组会次数"], 6 * g), lambda: f["党小组会次数"] < 6 * g),
        ("A2d", 3, True, lambda: 3 * pr(f["党课次数"], 2), lambda: f["党课次数"] < 2),
        ("A3", 6, True,
         lambda: (4 * pr(Fraction(f["已办结实事件数"], p), s) if p else 0) + (f["有研究记录"] == "是") + (f["有实施计划"] == "是"),
         lambda: p == 0 or Fraction(f["已办结实事件数"], p) < s),
        ("A4", 4, True, lambda: 4 * pr(f["居务公开次数"], 6), lambda: f["居务公开次数"] < 6),
        ("A5", 6, u != 0, lambda: 6 * pr(f["实缴党费"], u) / (1 if f["党费按时上交"] == "是" else 2),
         lambda: f["实缴党费"] < u or f["党费按时上交"] == "否"),
        ("A6", 4, True, lambda: 4 * pr(f["后备干部数"], 3), lambda: f["后备干部数"] < 3),
        ("A7", 3, m != 0, lambda: 3 * pr(f["完成任务数"], m), lambda: f["完成任务数"] < m),
        ("B1", 5, True, lambda: {0: 0, 1: 3}.get(f["特色活动数"], 5), lambda: False),
        ("B2", 6, members != 0,
         lambda: 3 * pr(f["志愿服务次数"], 6) + 3 * pr(Fraction(f["志愿服务党员人次"], members), Fraction(1, 2)),
         lambda: f["志愿服务次数"] < 6 or 2 * f["志愿服务党员人次"] < members),
        ("B3", 4, r != 0, lambda: 2 * pr(f["认领岗位党员数"], r) + 2 * pr(f["服务达标党员数"], r), lambda: f["服务达标党员数"] < r),
        ("C1", 5, True, lambda: 5 if f["入党积极分子数"] else 0, lambda: f["入党积极分子数"] == 0),
        ("C2", 5, plan != 0, lambda: 5 * pr(Fraction(f["新发展党员数"], plan), s), lambda: Fraction(f["新发展党员数"], plan) < s),
        ("C3", 5, members != 0,
         lambda: next((points for points, limit in ((5, 40), (4, 50), (3, 60)) if 100 * f["60岁以上党员数"] <= limit * members), 1),
         lambda: 100 * f["60岁以上党员数"] > 60 * members),
        ("D1", 10, asked != 0, lambda: Fraction(10 * papers.count("有"), asked), lambda: "无" in papers),
        ("D2", 5, True, lambda: 5 * pr(f["党务公开次数"], 2), lambda: f["党务公开次数"] < 2),
        ("E1", 10, vouchers != 0, lambda: 10 * pr(f["经三审票据数"], vouchers), lambda: f["经三审票据数"] < vouchers),
        ("E2", 5, vouchers != 0, lambda: max(0, 5 - f["审批不规范票据数"]), lambda: f["审批不规范票据数"] > 0),
    ]  # fmt: skip
    applicable = [row for row in rows if row[2]]
    points = {code: Fraction(earned()) for code, _, _, earned, _ in applicable}
    bonus = min(5, sum(LEVELS.index(row["级别"]) + 1 for row in f["加分"]))
    total = 100 * sum(points.values()) / sum(row[1] for row in applicable) + bonus - min(5, days_late)
    total = max(Fraction(0), min(Fraction(105), total))
    rounded = Decimal(int(total * 100 + Fraction(1, 2))) / 100
    return rounded, points, {row[0] for row in applicable if row[4]()}


@settings(max_examples=300, deadline=None)
@given(communities, st.integers(0, 8), st.sampled_from([(SCHEME, Fraction(1, 2)), (H2, Fraction(1))]))
def test_points_problems_and_total_equal_a_recomputation_from_the_domain_page(
    figures: dict[str, Any], days_late: int, scheme_and_share: tuple[Any, Fraction]
) -> None:
    scheme, s = scheme_and_share
    day = dt.date(2026, 7, 20)
    score = score_unit(scheme, values_of(scheme, "满分", figures), Late(days_late, day, day) if days_late else None)
    total, points, problems = by_hand(figures, s, days_late)
    found = {line.indicator: line.points for line in score.lines if line.full is not None and line.points is not None}
    assert found == points
    assert {line.indicator for line in score.lines if line.has_problem} == problems
    assert score.total == total


@settings(max_examples=150, deadline=None)
@given(communities)
def test_points_stay_between_zero_and_full(figures: dict[str, Any]) -> None:
    score = score_unit(SCHEME, values_of(SCHEME, "满分", figures))
    for line in score.lines:
        if line.points is not None and line.full is not None:
            assert 0 <= line.points <= Fraction(line.full)
        assert (line.points is None) == (line.outcome == "不适用")
        assert not (line.outcome in ("不适用", "达标") and line.has_problem)
    assert score.total is not None
    assert 0 <= score.total <= 105


@settings(max_examples=100, deadline=None)
@given(
    communities,
    st.sampled_from(
        ["书记专题研究党建次数", "支委会次数", "党小组会次数", "已办结实事件数", "居务公开次数", "志愿服务次数"]
    ),
)
def test_doing_more_never_lowers_the_total(figures: dict[str, Any], label: str) -> None:
    less = score_unit(SCHEME, values_of(SCHEME, "满分", figures)).total
    more = score_unit(SCHEME, values_of(SCHEME, "满分", {**figures, label: figures[label] + 1})).total
    assert less is not None
    assert more is not None
    assert more >= less


@given(st.fractions(min_value=-200, max_value=200, max_denominator=5000))
def test_two_decimals_rounds_half_up_away_from_zero(number: Fraction) -> None:
    exact = Decimal(number.numerator) / Decimal(number.denominator)
    assert two_decimals(number) == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("number", "text"),
    [(Fraction(2), "2"), (Fraction(15848, 10), "1584.8"), (Fraction(100), "100"), (Fraction(1, 3), "约 0.33")],
)
def test_figures_are_written_as_people_write_them(number: Fraction, text: str) -> None:
    assert plain(number) == text


def test_the_total_never_passes_the_maximum() -> None:
    score = SCHEME.score.model_copy(update={"maximum": Decimal(103)})
    values = values_of(SCHEME, "满分", {"加分": [{"事项": "表彰", "级别": "国家"}]})
    assert score_unit(SCHEME.model_copy(update={"score": score}), values).total == Decimal("103.00")


def test_a_unit_to_which_nothing_applies_has_no_total_and_no_grade() -> None:
    only = [indicator for indicator in SCHEME.indicators if indicator.code == "A2c"]
    scheme = SCHEME.model_copy(update={"indicators": only})
    scheme.__dict__.pop("scored_cells", None)
    score = score_unit(scheme, values_of(scheme, "满分", {"党小组数": 0}))
    assert (score.total, score.grade) == (None, "")


def test_every_missing_or_unreadable_figure_is_named_at_once() -> None:
    values = values_of(SCHEME, "满分", {"支委会次数": "六次", "有研究记录": "有"}) | {
        "party_lectures": None,
        "paper_02": None,
    }
    with pytest.raises(UserError) as error:
        score_unit(SCHEME, values)
    assert error.value.problems == [
        "“支委会次数”的数据“六次”不是数字，不能评分：请由检查组更正。",
        "“党课次数”没有数据，不能评分：请先补报或由检查组更正。",
        "“有研究记录”的数据“有”应为是、否之一，不能评分：请由检查组更正。",
        "“责任书”没有数据，不能评分：请先补报或由检查组更正。",
    ]
