"""Statements of the sources that agree, and those that do not."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from include.errors import UserError
from include.period import Period
from include.schemes.conditions import Condition
from include.schemes.holding import holds
from include.schemes.loader import parse_scheme
from include.statistics.agreements import labels_that_share, share_agrees

CENSUS = (Path(__file__).parents[1] / "data/census.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("part", "whole", "stated", "agrees"),
    [
        (20, 36, "60", False), (7, 36, "20", False), (11, 36, "30", True), (16, 36, "44", True),  # 群策巷 002-8
        (84, 104, "80", True), (902, 1096, "82", True), (84, 104, "81", True), (84, 104, "80.77", True),  # 龙兴里
    ],
)  # fmt: skip
def test_a_stated_percentage_agrees_rounded_or_cut_off(part: int, whole: int, stated: str, agrees: bool) -> None:
    assert share_agrees(Fraction(part), Fraction(whole), stated) is agrees


def test_labels_of_bands_that_hold_the_same_year_are_found() -> None:
    assert labels_that_share(["35岁以下", "36–54岁", "55–60岁", "60岁以上"]) == [("55–60岁", "60岁以上", 60)]
    assert labels_that_share(["书记35岁以下", "书记36-54岁", "书记55-59岁", "书记60岁以上"]) == []


def test_bounds_that_share_a_year_and_figures_that_there_are_not_are_faults_of_the_file() -> None:
    wrong = CENSUS + (
        "agreements:\n"
        "  - {code: b, name: 年龄, kind: bands, parts: [lamps, lamps_lit], bounds: [[null, 60], [60, null]]}\n"
        "  - {code: p, name: 灯, kind: parts, parts: [lamps_lit, lamps_out], whole: lamps}\n"
        "tables:\n"
        "  - {key: T, name: 灯, columns: [{label: 达标, met: S9}]}\n"
    )
    with pytest.raises(UserError) as refused:
        parse_scheme(wrong, "census/system.yaml", Period.parse("2026"))
    assert refused.value.problems == [
        "census/system.yaml 第 26 行：核对 p：引用了不存在的填报项“lamps_out”。",
        "census/system.yaml 第 25 行：核对 b：bounds 的年龄段都含 60 岁，请改成不重叠的。",
        "census/system.yaml 第 28 行：表 T：没有标准“S9”。",
    ]


def test_a_condition_of_a_figure_that_there_is_not_neither_holds_nor_does_not() -> None:
    figures: dict[str, Fraction | str] = {"m": Fraction(3), "kind": "自有"}
    known = Condition.model_validate({"all": [{"figure": "m", "at_least": 3}, {"figure": "kind", "in": ["自有"]}]})
    assert holds(known, figures.get) is True
    unknown = Condition(figure="x", below=Decimal(3))
    assert holds(unknown, figures.get) is None
    assert holds(Condition(any=[unknown, known]), figures.get) is True
    assert holds(Condition(all=[unknown, known]), figures.get) is None
    assert holds(Condition.model_validate({"not": {"figure": "m", "of": "m", "below": 1}}), figures.get) is True
