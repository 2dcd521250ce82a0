"""Schemes are dated data: the right values by version and period, and every mistake named at once in Chinese."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from include.errors import UserError
from include.period import Period, is_working_day
from include.schemes import soundness
from include.schemes.fields import Check
from include.schemes.loader import find_scheme, load_scheme, own_periods, parse_scheme, path_of, scheme_keys
from include.schemes.model import Scheme

TEXT = path_of("half_year").read_text(encoding="utf-8")
HISTORY = ["2025Q1", "2025H1", "2025Q3", "2025H2", "2026Q1", "2026H1", "2026Q3", "2026H2"]


def half_year(period: str) -> Scheme:
    return load_scheme("half_year", Period.parse(period))


def problems_of(text: str, period: str = "2026H1") -> list[str]:
    with pytest.raises(UserError) as error:
        parse_scheme(text, "半年.yaml", Period.parse(period))
    return error.value.problems


def changed(*replacements: tuple[str, str]) -> str:
    text = TEXT
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    return text


@pytest.mark.parametrize("period", HISTORY)
def test_the_half_year_scheme_loads_for_every_period_of_the_history(period: str) -> None:
    scheme = half_year(period)
    assert (str(scheme.period), scheme.version) == (period, period[:4])


@pytest.mark.parametrize("key", scheme_keys())
def test_every_scheme_loads_for_each_version_and_each_of_its_periods(key: str) -> None:
    for version in load_scheme(key, own_periods(key, 2026)[0]).versions:
        since = Period.parse(version.effective_from)
        found = [find_scheme(key, period) for period in own_periods(key, since.year, with_sheets=True)]
        in_force = [scheme for scheme in found if scheme is not None]  # a year may begin later than its halves
        assert since.start_date in [scheme.period.start_date for scheme in in_force]
        assert {scheme.version for scheme in in_force} == {version.version}


def test_a_year_is_made_of_its_halves_and_asks_for_no_form() -> None:
    scheme = half_year("2026")
    assert {code: str(period) for code, period in scheme.parts.items()} == {"H1": "2026H1", "H2": "2026H2"}
    assert (scheme.forms, scheme.cells, half_year("2026H1").parts) == ([], [], {})
    assert scheme.dates == half_year("2026H2").dates


def test_a_scheme_without_forms_that_is_not_made_of_parts_is_refused() -> None:
    text = TEXT.replace(
        "    - {code: H1, name: 上半年, full: 100, reference: domain.md §2 Year end, rules: [{kind: period_total, points: 100, slot: H1, reference: domain.md §2 Year end}]}\n",
        "",
    )
    with pytest.raises(UserError, match="forms：至少要有一张表单"):
        parse_scheme(
            text.replace(
                "kind: period_total, points: 100, slot: H2",
                "kind: threshold, points: 100, figure: members, at_least: 1",
            ),
            "半年.yaml",
            Period.parse("2026"),
        )


def test_the_areas_weigh_40_15_15_15_15() -> None:
    scheme = half_year("2026H1")
    summed = {
        area.code: sum(i.full for i in scheme.indicators if i.code.startswith(area.code)) for area in scheme.areas
    }
    assert summed == {"A": 40, "B": 15, "C": 15, "D": 15, "E": 15}
    assert [indicator.full for indicator in scheme.indicators if indicator.code[0] == "A"] == [
        5,
        3,
        3,
        3,
        3,
        6,
        4,
        6,
        4,
        3,
    ]


def test_the_form_has_the_labels_and_papers_of_the_domain_page() -> None:
    scheme = half_year("2026H1")
    labels = [cell.label for cell in scheme.cells]
    assert len(scheme.fields) == 34
    assert labels[:3] == ["书记专题研究党建次数", "党员大会次数", "支委会次数"]
    assert [cell.label for cell in scheme.group("paper")][0::19] == ["年度党建计划", "特色工作材料"]
    assert len(scheme.group("paper")) == 20
    assert [cell.label for cell in scheme.group("bonus")] == ["事项", "级别"] * 5
    assert scheme.cell["dues_paid_yuan"].label_with_unit == "实缴党费（元）"
    optional = [cell.key for cell in scheme.cells if cell.is_optional or cell.optional_when]
    assert optional == ["special_activity_names"] + [cell.key for cell in scheme.group("bonus")]


@pytest.mark.parametrize(
    ("code", "severity"),
    [
        ("age_sum", "fail"), ("dues_excess", "warn"), ("claimed_within", "fail"), ("qualified_within", "fail"),
        ("audited_within", "fail"), ("irregular_within", "fail"), ("deeds_within", "warn"), ("tasks_within", "warn"),
        ("members_jump", "warn"),
    ],
)  # fmt: skip
def test_the_cross_checks_fail_or_warn_as_the_domain_page_says(code: str, severity: str) -> None:
    assert {check.code: check.severity for check in half_year("2026H1").checks}[code] == severity


@pytest.mark.parametrize(
    ("period", "opens", "due", "window", "circular"),
    [
        ("2026H1", "2026-07-01", "2026-07-20", ("2026-08-02", "2026-08-15"), "2026-08-20"),
        ("2025H2", "2026-01-01", "2026-01-20", ("2026-02-20", "2026-03-05"), "2026-03-10"),
        ("2026Q1", "2026-04-01", "2026-04-10", ("2026-04-11", "2026-04-15"), "2026-04-16"),
        ("2025H1", "2025-07-01", "2025-07-21", ("2025-08-02", "2025-08-15"), "2025-08-20"),  # the 20th was a Sunday
        ("2026Q3", "2026-10-01", "2026-10-10", ("2026-10-11", "2026-10-15"), "2026-10-16"),  # a worked Saturday
    ],
)
def test_the_calendar_gives_the_dates_of_a_period(
    period: str, opens: str, due: str, window: tuple[str, str], circular: str
) -> None:
    dates = half_year(period).dates
    found = [dates.opens_date, dates.due_date, dates.window_starts_date, dates.window_ends_date, dates.circular_date]
    assert [str(day) for day in found] == [opens, due, *window, circular]
    assert is_working_day(dates.due_date)


def _target(code: str) -> Callable[[Scheme], object]:
    def read(scheme: Scheme) -> object:
        rule = next(indicator for indicator in scheme.indicators if indicator.code == code).rules[0]
        return getattr(rule, "target")  # noqa: B009 - of whichever kind the rule is

    return read


@pytest.mark.parametrize(
    ("code", "targets"),
    [
        ("A1", [1, 2, 1, 2, 1, 2, 1, 2]),
        ("A2b", [3, 6, 3, 6, 3, 6, 3, 6]),
        ("A3", [Decimal("0.25"), Decimal("0.5"), Decimal("0.75"), 1] * 2),
        ("A4", [Decimal("1.5"), 3, Decimal("1.5"), 3, 3, 6, 3, 6]),
        ("A6", [2, 2, 2, 2, 3, 3, 3, 3]),
        ("C2", [Decimal("0.25"), Decimal("0.5"), Decimal("0.75"), 1] * 2),
        ("D2", [1, 2, 1, 2, 1, 2, 1, 2]),
    ],
)
def test_targets_follow_version_and_period(code: str, targets: list[object]) -> None:
    assert [_target(code)(half_year(period)) for period in HISTORY] == targets


def test_the_hours_asked_for_grow_over_the_year() -> None:
    asked = [half_year(period).cell["qualified_members"].help for period in HISTORY[4:]]
    assert [text.split(" ")[1] for text in asked] == ["3", "6", "9", "12"]


def test_the_2025_version_has_no_bonus_and_a_milder_lateness() -> None:
    old, new = half_year("2025H1"), half_year("2026H1")
    assert [scheme.score.lateness and scheme.score.lateness.points_a_day for scheme in (old, new)] == [
        Decimal("0.5"),
        1,
    ]
    assert ["X1" in {indicator.code for indicator in scheme.indicators} for scheme in (old, new)] == [False, True]
    assert [len(scheme.repeats) for scheme in (old, new)] == [0, 1]


def test_the_second_and_fourth_quarter_are_the_halves() -> None:
    assert [str(half_year(period).period) for period in ("2026Q2", "2026Q4")] == ["2026H1", "2026H2"]


def test_the_clause_names_title_version_and_indicator() -> None:
    scheme = half_year("2025H1")
    assert scheme.clause(scheme.indicators[0]) == "《半年党建检查考评方案》（2025年版）A1"


def test_an_unknown_scheme_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"没有名为“yearly”的考评方案；现有：.*five_good、.*half_year"):
        load_scheme("yearly", Period.parse("2026H1"))


def test_a_period_before_the_first_version_is_refused_in_chinese() -> None:
    with pytest.raises(UserError, match="半年党建检查考评自 2025 年起施行，2024年下半年尚无考评方案，不能考评。"):
        half_year("2024H2")


def test_a_kind_of_period_that_the_scheme_does_not_have_is_refused_in_chinese() -> None:
    with pytest.raises(UserError, match="没有“2026-07”这样的期间；可用的期间种类：半年、季度、年度。"):
        half_year("2026-07")


def test_an_unknown_field_a_wrong_weight_and_a_missing_reference_are_named_together() -> None:
    text = changed(
        (
            "deadline_working_days: 15\n  reference: default\n\nareas",
            "deadline_working_days: 15\n  colour: red\n\nareas",
        ),
        ("points: 10, figure: audited_vouchers", "points: 11, figure: audited_vouchers"),
        ("figure: irregular_vouchers, points_each", "figure: no_such_field, points_each"),
    )
    lines = text.splitlines()
    coloured, e1, e2 = (
        next(n for n, line in enumerate(lines, 1) if part in line) for part in ("colour: red", "code: E1", "code: E2")
    )
    assert problems_of(text) == [
        f"半年.yaml 第 {coloured} 行：missing.colour：没有这个字段，请检查拼写（现为 'red'）。",
        f"半年.yaml 第 {e1} 行：指标 E1：各规则分值之和为 11，与满分 10 不符。",
        f"半年.yaml 第 {e2} 行：指标 E2：引用了不存在的填报项“no_such_field”。",
    ]


def test_a_weight_sum_other_than_100_is_named_by_area_and_in_all() -> None:
    text = changed(
        (
            "§3 D2\n    full: 5\n    rules: [{kind: pro_rata, points: 5",
            "§3 D2\n    full: 6\n    rules: [{kind: pro_rata, points: 6",
        )
    )
    lines = text.splitlines()
    area, total = (
        next(n for n, line in enumerate(lines, 1) if part in line) for part in ("{code: D, name", "  total: 100")
    )
    assert problems_of(text) == [
        f"半年.yaml 第 {area} 行：板块 D：指标满分之和为 16，与规定的 15 不符。",
        f"半年.yaml 第 {total} 行：指标权重之和为 101，应为 100。",
    ]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("kind: deduction", "kind: lottery", "没有这种规则（kind）"),
        ("{at_least: 0, grade: 相对后进", "{at_least: 60, grade: 相对后进", "等次：at_least 应从高到低排列，最后一档为 0"),
        ("key: member_assemblies", "key: secretary_studies", "填报项“secretary_studies”重复"),
        ("街道: 1, 县区: 2", "乡镇: 1, 县区: 2", "指标 X1：加分级别“街道”没有分值"),
        ("present: 有", "present: 已有", "指标 D1：选项“已有”不在清单 paper 的选项中"),
        ('reserve {by_version: {"2025": 2, "2026": 3}}', 'reserve {by_version: {"2025": 2}}', "没有 2026 年版 H1 的取值，请在 by_version 或 by_period 中补上"),
        ("H1: 0.5, Q3: 0.75", "Q3: 0.75", "没有 2026 年版 H1 的取值，请在 by_version 或 by_period 中补上"),
        ("deadline_working_days: 180, ref", "deadline_working_days: -1, ref", "deadline_working_days"),
        ("at_most: members, message", "at_most: people, message", "校验 age_sum：引用了不存在的填报项“people”"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_scheme_is_one_clear_sentence(old: str, new: str, sentence: str) -> None:
    assert any(sentence in problem for problem in problems_of(changed((old, new))))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [", "不是有效的 YAML"),
        ("- 1", "应为一个 YAML 映射"),
        ("scheme: x", "缺少 versions"),
        ("versions: [{version: '1'}]", "versions 的每一项都要有 version 和 effective_from"),
    ],
)
def test_a_file_that_is_no_scheme_is_refused(text: str, sentence: str) -> None:
    assert sentence in problems_of(text)[0]


def test_the_five_goods_weigh_self_20_street_50_and_residents_30() -> None:
    scheme = load_scheme("five_good", Period.parse("2026H1"))
    weights: dict[str, Decimal] = {}
    for indicator in scheme.indicators:
        for rule in indicator.rules:
            assert rule.kind == "pro_rata"
            form = scheme.cell[rule.figure].form
            weights[form] = weights.get(form, Decimal(0)) + rule.points
    assert weights == {"self": 20, "street": 50, "residents": 30}
    assert [len(scheme.cells_of(form.key)) for form in scheme.forms] == [5, 5, 5]
    assert len({cell.label for cell in scheme.cells}) == 15
    assert {(cell.at_least, cell.at_most) for cell in scheme.cells} == {(0, 20)}
    assert str(scheme.dates.due_date) == "2026-07-27"  # the 25th is a Saturday


def test_a_check_across_two_forms_is_refused_because_forms_are_judged_one_by_one() -> None:
    scheme = load_scheme("five_good", Period.parse("2026H1"))
    first, second = (scheme.cells_of(form.key)[0].key for form in scheme.forms[:2])
    check = Check(code="x", severity="fail", marks=first, message="不符", sum=[first], at_most=second)
    found = soundness.problems_of(scheme.model_copy(update={"checks": [check]}))
    assert found == ["校验 x：引用的填报项分属几张表单（self、street），只能核对同一张表单内的填报项"]
