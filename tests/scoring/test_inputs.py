"""Figures from elsewhere: what a system reads of other results, forms, items and the register, and what follows from them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from include.errors import UserError
from include.period import Period, standing_at
from include.reports.out import write_out
from include.schemes.inputs import period_of
from include.schemes.loader import load_scheme, parse_scheme
from include.schemes.model import Scheme
from include.schemes.unsound import unsound_systems
from include.scoring.assess import Assessment
from include.scoring.telling import restatement_lines
from include.shapes.scored_form import ScoredForm
from tests.invented import invented
from tests.scoring.community import WORKED
from tests.scoring.invented import count, rated, text_of, tree_of
from tests.street import STREET, A, B, C, Street, at

H1, H2, YEAR = (Period.parse(one) for one in ("2026H1", "2026H2", "2026"))
ROUTINE = {"result": "half_year", "period": ["H1", "H2"], "indicators": ["A2a", "A2b", "A2c", "A2d"]}


def classing(**also: Any) -> dict[str, Any]:
    """A year's classing that reads the half-year inspection: routine activities, both totals, the class of the year before."""
    rule = {"kind": "pro_rata", "points": 60, "figure": "routine", "target": 1, "reference": "default"}
    return tree_of(**{
        "scheme": "classed", "title": "分类定级办法", "period_kinds": ["year"],
        "fields": [count("sites", "阵地数", "个")],
        "inputs": [
            {"key": "routine", "name": "三会一课得分率", "from": ROUTINE, "take": "rate", "missing": "zero"},
            {"key": "lowest", "name": "两个半年的最低总分", "from": {"result": "half_year", "period": ["H1", "H2"]}, "take": "min"},
            {"key": "good", "from": {"result": "half_year", "period": ["H1", "H2"]}, "take": "count", "where": {"grade": ["优秀", "良好"]}},
            {"key": "before", "name": "上年类别", "from": {"result": "classed", "period": "previous"}, "take": "grade"},
            {"key": "papers", "from": {"figure": "members", "system": "half_year", "form": "main", "period": "H2"}, "unit": "人"},
            {"key": "problems", "from": {"items": "half_year", "state": "open"}, "take": "count"},
            {"key": "households", "from": {"register": "households"}, "unit": "户"},
        ],
        "indicators": [
            {"code": "G3", "name": "基本活动", "full": 60, "rules": [rule], "reference": "default"},
            {"code": "G9", "name": "阵地", "full": 40, "reference": "default",
             "rules": [{"kind": "pro_rata", "points": 40, "figure": "sites", "target": 2, "reference": "default"}]},
        ],
        "classes": [
            {"class": "三类", "when": {"any": [{"score": "total", "below": 60}, {"figure": "before", "is": "三类"}]}},
            {"class": "一类", "when": {"all": [{"score": "total", "at_least": 85}, {"figure": "good", "at_least": 2}]}},
            {"class": "二类"},
        ],
        **also,
    })  # fmt: skip


@pytest.fixture
def classed(street: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scheme]:
    monkeypatch.setitem(WORKED, "classed", {"communities": {"满分": {"阵地数": 2}}})
    with invented(tmp_path, "classed", text_of(classing())):
        yield load_scheme("classed", YEAR)


def halves(street: Street) -> list[Assessment]:
    """A meets all in both halves; B has 5 of 12 for its meetings in the second; C hands in the first alone."""
    first, second = load_scheme("half_year", H1), load_scheme("half_year", H2)
    for code in (A, B, C):
        street.hands_in(code)
    worse = {"党员大会次数": 0, "支委会次数": 1, "党小组会次数": 0, "党课次数": 1}
    street.hands_in(A, "2027-01-10T10:00:00", scheme=second)
    street.hands_in(B, "2027-01-10T10:00:00", worse, scheme=second)
    closes = at("2027-03-05T23:59:59")
    return [street.assess(scheme=first), street.assess(closes, second)]


CLOSES = at("2027-01-25T23:59:59")


def year(street: Street, scheme: Scheme, *codes: str, when: str = "2027-03-20T09:00:00") -> Assessment:
    for code in codes:
        street.hands_in(code, "2027-01-10T10:00:00", scheme=scheme)
    return street.assess(at(when), scheme)


def test_a_rate_of_other_results_gives_points_and_the_sentence_says_of_which_revision(
    street: Street, classed: Scheme
) -> None:
    halves(street)
    result = year(street, classed, A, B, C)
    lines = {code: street.lines(result, code)["G3"] for code in (A, B, C)}
    assert {code: f"{line['points']:.2f}" for code, line in lines.items()} == {
        A: "60.00",
        B: "35.00",  # 12 of 12, then 0 + 0.5 + 0 + 1.5 of 12: 60 × (1 + 1/6) ÷ 2
        C: "30.00",  # no result of the second half counts 0
    }
    assert lines[B]["explanation"] == (
        "三会一课得分率（引自《半年党建检查考评方案》2026年上半年第1稿、《半年党建检查考评方案》2026年下半年第1稿）为 约 58.33%，"
        "应达到 100%，按比例计 35.00 分（满分 60 分），依据《分类定级办法》（2026年版）G3。"
    )


def test_classes_read_figures_from_elsewhere_too(street: Street, classed: Scheme) -> None:
    halves(street)
    result = year(street, classed, A, B, C)
    assert {code: street.score(result, code)["grade"] for code in (A, B, C)} == {
        A: "一类",
        B: "二类",
        C: "二类",
    }
    assert "个数（引自《半年党建检查考评方案》2026年上半年第1稿、" in street.score(result, A)["grade_reason"]


def test_a_class_of_the_year_before_is_read_once_there_is_one(street: Street, classed: Scheme) -> None:
    halves(street)
    first = year(street, classed, B)
    street.connection.execute(text("UPDATE score SET grade = '三类' WHERE assessment_id = :id"), {"id": first.id})
    later = load_scheme("classed", Period.parse("2027"))
    street.hands_in(B, "2028-01-10T10:00:00", scheme=later)
    result = street.assess(at("2028-03-20T09:00:00"), later)
    reason = street.score(result, B)["grade_reason"]
    assert "上年类别（引自《分类定级办法》2026年度第1稿）为“三类”" in reason


def test_what_a_figure_is_from_enters_the_hash_and_a_revision_of_the_source_restates_what_reads_it(
    street: Street, classed: Scheme
) -> None:
    halves(street)
    result = year(street, classed, A, B)
    kept = json.loads(street.score(result, B)["inputs"])["inputs"]
    assert kept["routine"] == ["7/12", "reported", [f"half_year/2026H1/{STREET}/r1", f"half_year/2026H2/{STREET}/r1"]]
    assert year(street, classed).is_new is False
    street.decides(B, "correction", "6", "2027-03-21T09:00:00", "branch_committees", period="2026H2")
    with standing_at(at("2027-03-22T09:00:00")):
        shape = ScoredForm(load_scheme("half_year", H2))
        shape.evaluate(street.connection, STREET, at("2027-03-22T09:00:00"), "test")
    newest = f"classed/2026/{STREET}/r2"
    told = "\n".join(restatement_lines(street.connection, newest))
    assert (
        "引用的三会一课得分率有变动（现引自《半年党建检查考评方案》2026年上半年第1稿、《半年党建检查考评方案》2026年下半年第2稿）"
        in told
    )
    alerts = street.connection.execute(text("SELECT subject FROM notice WHERE kind = 'ops_alert'")).scalars().all()
    assert {f"half_year/2026H2/{STREET}/r2", newest} <= set(alerts)


def test_every_figure_is_in_figures_csv_with_its_source(street: Street, classed: Scheme, tmp_path: Path) -> None:
    halves(street)
    year(street, classed, A, B, C)
    write_out(street.connection, classed, tmp_path / "out", STREET)
    with (tmp_path / "out/figures.csv").open(encoding="utf-8-sig") as file:
        rows = {(row["code"], row["figure"]): row for row in csv.DictReader(file)}
    assert list(rows[B, "routine"].values()) == [
        B,
        "2026",
        "routine",
        "三会一课得分率",
        "58.33",
        "reported",
        "《半年党建检查考评方案》2026年上半年第1稿、《半年党建检查考评方案》2026年下半年第1稿",
    ]
    assert rows[B, "papers"]["source"] == "2026年下半年《社区党建半年填报表》第1次报送（填报表!E28）"
    assert (rows[B, "papers"]["name"], rows[B, "papers"]["period"]) == ("党员数", "2026H2")
    assert (rows[C, "papers"]["value"], rows[C, "papers"]["outcome"]) == ("", "未报")
    assert (rows[A, "problems"]["value"], rows[A, "households"]["value"]) == ("0", "2000")
    assert (rows[A, "good"]["value"], rows[C, "good"]["value"]) == ("2", "1")
    with (tmp_path / "out/classes.csv").open(encoding="utf-8-sig") as file:
        classes = {row["code"]: row for row in csv.DictReader(file)}
    assert list(classes[A]) == ["code", "group", "class", "why"]
    assert classes[A]["class"] == "一类"
    assert classes[A]["why"].endswith("定为“一类”，依据《分类定级办法》（2026年版）定级规定。")


def test_without_its_source_an_indicator_is_not_applicable_and_says_so(
    street: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = classing()
    del tree["inputs"][0]["missing"]
    monkeypatch.setitem(WORKED, "classed", {"communities": {"满分": {"阵地数": 2}}})
    with invented(tmp_path, "classed", text_of(tree)):
        result = year(street, load_scheme("classed", YEAR), A)
        line = street.lines(result, A)["G3"]
        assert (line["points"], line["outcome"]) == (None, "不适用")
        assert line["explanation"].startswith("三会一课得分率没有数据，本项不适用，得分和满分都不计入总分")
        assert f"{street.score(result, A)['total']:.2f}" == "100.00"


def test_a_half_in_which_none_of_the_lines_applied_is_left_out_of_the_mean(
    street: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = classing()
    tree["inputs"][0]["from"] = {**ROUTINE, "indicators": ["A2c"]}
    monkeypatch.setitem(WORKED, "classed", {"communities": {"满分": {"阵地数": 2}}})
    first, second = load_scheme("half_year", H1), load_scheme("half_year", H2)
    street.hands_in(A, given={"党小组数": 0, "党小组会次数": 0})
    street.hands_in(A, "2027-01-10T10:00:00", {"党小组数": 1, "党小组会次数": 3}, scheme=second)
    for scheme, closes in ((first, "2026-08-15T23:59:59"), (second, "2027-03-05T23:59:59")):
        street.assess(at(closes), scheme)
    with invented(tmp_path, "classed", text_of(tree)):
        line = street.lines(year(street, load_scheme("classed", YEAR), A), A)["G3"]
    assert f"{line['points']:.2f}" == "30.00", "3 of 6 meetings in the one half that has groups"


def test_a_source_that_must_be_closed_first_is_asked_for(
    street: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = classing()
    tree["inputs"][0]["missing"] = "refuse"
    monkeypatch.setitem(WORKED, "classed", {"communities": {"满分": {"阵地数": 2}}})
    with (
        invented(tmp_path, "classed", text_of(tree)),
        pytest.raises(UserError, match="2026年下半年的“半年党建检查考评方案”还没有正式结果"),
    ):
        year(street, load_scheme("classed", YEAR), A)


@pytest.mark.parametrize(
    ("word", "period"),
    [
        ("same", "2026H2"), ("previous", "2026H1"), ("previous 2", "2025H2"), ("same_last_year", "2025H2"), ("Y", "2026"),
        ("H1", "2026H1"), ("Q3", "2026Q3"), ("last_year Y", "2025"),
    ],
)  # fmt: skip
def test_a_period_is_named_by_a_word(word: str, period: str) -> None:
    assert str(period_of(word, H2)) == period


def refused(tree: dict[str, Any]) -> list[str]:
    with pytest.raises(UserError) as error:
        parse_scheme(text_of(tree), "甲.yaml", YEAR)
    return error.value.problems


def test_an_unknown_system_an_unknown_figure_and_an_unknown_indicator_are_told_at_once_with_their_lines() -> None:
    tree = classing(
        inputs=[
            {"key": "a", "from": {"result": "no_such"}},
            {"key": "b", "from": {"figure": "no_figure", "system": "half_year"}},
            {"key": "routine", "from": {"result": "half_year", "period": "H1", "indicators": ["A9"]}},
            {"key": "good", "from": {"result": "half_year", "period": "H1"}},
            {"key": "before", "from": {"result": "classed", "period": "previous"}, "take": "grade"},
        ]
    )
    lines = text_of(tree).splitlines()
    at_line = {
        key: next(n for n, line in enumerate(lines, 1) if f"key: {key}" in line) for key in ("a", "b", "routine")
    }
    assert refused(tree) == [
        f"甲.yaml 第 {at_line['a']} 行：引用数 a：没有名为“no_such”的制度。",
        f"甲.yaml 第 {at_line['b']} 行：引用数 b：half_year 没有填报项“no_figure”。",
        f"甲.yaml 第 {at_line['routine']} 行：引用数 routine：half_year 没有指标或板块“A9”。",
    ]


def test_a_circle_of_systems_is_refused_with_its_way_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tree_of(
        scheme="other",
        period_kinds=["year"],
        fields=[count("f1", "数")],
        indicators=[rated("F1", "评分", 100)],
        score={"total": 100, "maximum": 100, "grades": [{"at_least": 0, "grade": "有"}]},
        inputs=[{"key": "back", "from": {"result": "classed"}}],
    )
    mine = classing()
    mine["inputs"].append({"key": "there", "from": {"result": "other"}})
    with invented(tmp_path, "other", text_of(other)):
        (tmp_path / "systems/classed").mkdir()
        (tmp_path / "systems/classed/system.yaml").write_text(text_of(mine), encoding="utf-8")
        with pytest.raises(UserError) as error:
            load_scheme("classed", YEAR)
        (said,) = error.value.problems
        assert said.startswith("classed/system.yaml 第 ")
        assert "引用数 there：引用成了循环：classed → other → classed，谁也不能先结账" in said
        assert any("other → classed → other" in problem for problem in unsound_systems())


def test_a_system_that_reads_its_own_result_of_the_same_period_is_refused() -> None:
    tree = classing()
    tree["inputs"][3]["from"]["period"] = "same"
    assert any("成了循环：classed → classed" in problem for problem in refused(tree))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"from": {"result": "half_year", "items": "half_year"}}, "from 必须且只能写"),
        ({"from": {"result": "half_year", "period": "someday"}}, "period 不认识“someday”"),
        ({"from": {"result": "half_year", "period": ["H1", "H2"]}}, "几个期间的要写 take"),
        ({"from": {"result": "half_year"}, "take": "rate"}, "take: rate 需要 indicators"),
        ({"from": {"register": "street"}}, "register 只能写 households"),
    ],
)
def test_an_input_that_says_nothing_clear_is_refused_with_its_line(changed: dict[str, Any], sentence: str) -> None:
    tree = classing()
    tree["inputs"][1] = {"key": "lowest", **changed}
    assert any(sentence in problem and problem.startswith("甲.yaml 第 ") for problem in refused(tree))
