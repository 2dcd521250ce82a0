"""docs/INDICATORS.md says what the schemes and the rules say."""

from __future__ import annotations

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


def test_the_page_of_indicators_is_fresh() -> None:
    assert is_fresh(REPO / "docs/INDICATORS.md", page), "run `make docs`"


def test_the_check_passes_on_the_page_as_it_stands() -> None:
    command = [sys.executable, "-m", "ops.indicators_doc", "--check"]
    assert subprocess.run(command, cwd=REPO, check=False).returncode == 0


def test_every_indicator_and_problem_is_on_the_page() -> None:
    text = page()
    for key in ("half_year", "five_good"):
        for indicator in load_scheme(key, Period.parse("2026H1")).indicators:
            assert f"| {indicator.code} | {indicator.name} | " in text
            if indicator.problem:
                assert f"→ {indicator.problem.text}" in text


@pytest.mark.parametrize("kind", sorted(RULES))
def test_every_kind_of_rule_is_documented_in_chinese_on_the_page(kind: str) -> None:
    meaning = (inspect.getdoc(RULES[kind]) or "").split("\n\n")[-1]
    assert "分" in meaning
    assert f"| `{kind}` | {meaning} |" in page()


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
    assert row in page()
