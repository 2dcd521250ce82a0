"""Explanations as a street officer reads them: one sentence, the figures, the rule, the clause."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from include.period import Period
from include.schemes.loader import load_scheme
from include.scoring.lines import Late, missing_line
from include.scoring.scores import score_unit
from tests.scoring.community import values_of

SCHEME = load_scheme("half_year", Period.parse("2026H1"))


def _explained(indicator: str, given: dict[str, Any], late: Late | None = None) -> str:
    score = score_unit(SCHEME, values_of(SCHEME, "满分", given), late)
    return next(line.explanation for line in score.lines if line.indicator == indicator)


@pytest.mark.parametrize(
    ("indicator", "given", "sentence"),
    [
        ("A1", {"书记专题研究党建次数": 1}, "书记专题研究党建次数为 1 次，应达到 2 次，按比例计 2.50 分（满分 5 分）"),
        ("A1", {}, "书记专题研究党建次数为 2 次，应达到 2 次，已达到，计 5.00 分（满分 5 分）"),
        (
            "A2c",
            {"党小组会次数": 17},
            "党小组会次数为 17 次，应达到 18 次（党小组数 3 个 × 6），按比例计 2.83 分（满分 3 分）",
        ),
        ("A2c", {"党小组数": 0}, "党小组数为 0 个，本项不适用，得分和满分都不计入总分"),
        (
            "A3",
            {"已办结实事件数": 3, "有实施计划": "否"},
            "已办结实事件数 3 件 ÷ 年初承诺实事件数 8 件 = 37.5%，应达到 50%，按比例计分，计 3.00 分（满分 4 分）；有研究记录为“是”，应为“是”，已达到，计 1.00 分（满分 1 分）；有实施计划为“否”，应为“是”，未达到，计 0.00 分（满分 1 分）；合计 4.00 分（满分 6 分）",
        ),
        (
            "A5",
            {"应缴党费": "1584.8", "实缴党费": "1584.8", "党费按时上交": "否"},
            "实缴党费 1584.8 元 ÷ 应缴党费 1584.8 元 = 100%，应达到 100%，已达到，但党费按时上交为“否”，减半计 3.00 分（满分 6 分）",
        ),
        (
            "A5",
            {"应缴党费": "1000", "实缴党费": "999.99"},
            "实缴党费 999.99 元 ÷ 应缴党费 1000 元 = 99.999%，应达到 100%，按比例计分，计 6.00 分（满分 6 分）",
        ),
        (
            "A5",
            {"应缴党费": "30000", "实缴党费": "29999.99"},
            "实缴党费 29999.99 元 ÷ 应缴党费 30000 元 ≈ 99.99997%，应达到 100%，按比例计分，计 6.00 分（满分 6 分）",
        ),
        ("B1", {"特色活动数": 1}, "特色活动数为 1 个，属“达到 1 个”一档，计 3.00 分（满分 5 分）"),
        ("B1", {"特色活动数": 0}, "特色活动数为 0 个，属“未达到 1 个”一档，计 0.00 分（满分 5 分）"),
        (
            "C3",
            {"60岁以上党员数": 25},
            "60岁以上党员数 25 人 ÷ 党员数 60 人 ≈ 41.67%，属“不超过 50%”一档，计 4.00 分（满分 5 分）",
        ),
        (
            "C3",
            {"60岁以上党员数": 42},
            "60岁以上党员数 42 人 ÷ 党员数 60 人 = 70%，属“超过 60%”一档，计 1.00 分（满分 5 分）",
        ),
        (
            "D1",
            {"责任书": "无", "远程教育记录": "不适用"},
            "应有材料 19 项，已有 18 项，缺责任书，按比例计 9.47 分（满分 10 分）",
        ),
        ("D1", {}, "应有材料 20 项，已有 20 项，已齐全，计 10.00 分（满分 10 分）"),
        ("D1", {"全部材料": "不适用"}, "材料清单各项均为“不适用”，本项不适用，得分和满分都不计入总分"),
        ("E2", {"审批不规范票据数": 2}, "审批不规范票据数为 2 张，每张扣 1 分，扣 2 分，计 3.00 分（满分 5 分）"),
        (
            "X1",
            {"加分": [{"事项": "抗台", "级别": "街道"}, {"事项": "表彰", "级别": "国家"}]},
            "街道级事项 1 项、每项 1 分，国家级事项 1 项、每项 5 分，合计 6 分，超过上限，加 5.00 分（最多加 5 分）",
        ),
        ("X1", {"加分": [{"级别": "国家"}]}, "加分事项没有填全事项和级别，加 0.00 分（最多加 5 分）"),
    ],
)
def test_an_explanation_names_figure_rule_and_clause(indicator: str, given: dict[str, Any], sentence: str) -> None:
    assert _explained(indicator, given) == f"{sentence}，依据《半年党建检查考评方案》（2026年版）{indicator}。"


def test_a_late_hand_in_is_explained_by_its_days() -> None:
    late = Late(2, dt.date(2026, 7, 22), dt.date(2026, 7, 20))
    assert _explained("LATE", {}, late) == (
        "2026年7月22日报送，截止日期为2026年7月20日，逾期 2 天，每天扣 1 分、最多扣 5 分，扣 2 分，依据《半年党建检查考评方案》（2026年版）迟报扣分规定。"
    )


@pytest.mark.parametrize(
    ("status", "beginning"),
    [
        ("未报", "没有报送材料（应于2026年7月20日 24 时前报送）"),
        ("退回未改", "报送的材料因有错误被退回，此后没有改正重报（应于2026年7月20日 24 时前报送）"),
    ],
)
def test_a_unit_without_a_score_is_told_why(status: str, beginning: str) -> None:
    line = missing_line(SCHEME, status, dt.date(2026, 7, 20))
    assert line.explanation == f"{beginning}，不计分、不排名，依据《半年党建检查考评方案》（2026年版）S0。"
    assert (line.problem, line.deadline_working_days, line.points) == ("未按时报送材料", 15, None)
