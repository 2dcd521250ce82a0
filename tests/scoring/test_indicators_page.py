"""docs/INDICATORS.md says what the schemes and the rules say."""

from __future__ import annotations

import functools
import inspect
import subprocess
import sys

import pytest

from include.period import Period
from include.schemes.loader import load_scheme
from include.scoring.rules import RULES
from include.settings import REPO
from ops.indicators_doc import page
from ops.pages import is_fresh


@functools.cache
def text() -> str:
    return page()


def test_the_page_of_indicators_is_fresh() -> None:
    assert is_fresh(REPO / "docs/INDICATORS.md", page), "run `make docs`"


def test_the_check_passes_on_the_page_as_it_stands() -> None:
    command = [sys.executable, "-m", "ops.indicators_doc", "--check"]
    assert subprocess.run(command, cwd=REPO, check=False).returncode == 0


def test_every_indicator_and_problem_is_on_the_page() -> None:
    for key in ("half_year", "five_good"):
        for indicator in load_scheme(key, Period.parse("2026H1")).indicators:
            assert f"| {indicator.code} | {indicator.name} | " in text()
            if indicator.problem:
                assert f"→ {indicator.problem.text}" in text()


@pytest.mark.parametrize("kind", sorted(RULES))
def test_every_kind_of_rule_is_documented_in_chinese_on_the_page(kind: str) -> None:
    meaning = (inspect.getdoc(RULES[kind]) or "").split("\n\n")[-1]
    assert "分" in meaning
    assert f"| `{kind}` | {meaning} |" in text()


@pytest.mark.parametrize(
    "row",
    [
        "| A4 居务公开：计分 | 4 × min(1, 居务公开次数 ÷ 6) | 4 × min(1, 居务公开次数 ÷ 3) |",
        "| A6 后备干部：问题 | 后备干部不足三名 | 后备干部不足两名 |",
        "| A1 书记抓党建：列为问题 | 书记专题研究党建次数小于 2 | 书记专题研究党建次数小于 2 | 书记专题研究党建次数小于 1 | 书记专题研究党建次数小于 1 |",
        "| 迟报 | 迟报每天（不足一天按一天）扣 1 分，最多扣 5 分 | 迟报每天（不足一天按一天）扣 0.5 分，最多扣 5 分 |",
    ],
)
def test_what_differs_by_version_or_quarter_stands_side_by_side(row: str) -> None:
    assert row in text()


@pytest.mark.parametrize(
    "sentence",
    [
        "2026年度：不另填报。总分 =（2026年上半年总分 + 2026年下半年总分）÷ 2，保留两位小数，四舍五入",
        "缺一个半年（未报、退回未改或没有考评）的，全年按未报处理",
        "2026年第一季度：2026年4月1日开放填报，2026年4月10日截止，2026年4月11日至2026年4月15日检查，2026年4月16日发预评信（只作检查点：不排名、不通报、不列整改事项）。",
        "按时报过合格材料、后来更正的，不算迟报",
        "同分同名次（1、1、3）",
    ],
)
def test_the_year_the_quarters_ranks_and_lateness_are_told_in_words(sentence: str) -> None:
    assert sentence in text()
