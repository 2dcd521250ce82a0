"""After the official scoring: a decision or a hand-in that it admits leads to the next revision by itself, and to nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, select

from include.db import tables
from include.db.engine import transaction
from include.errors import UserError
from include.period import Period
from include.schemes.loader import load_scheme
from include.steps import closing, opening, planning, reporting
from tests.street import STREET, A, B, Street

H1, H2, YEAR = (f"half_year/{period}/{STREET}" for period in ("2026H1", "2026H2", "2026"))
AGAIN = [{"scheme": "half_year", "period": "2026H1", "streets": [STREET]}]
On = Callable[[str], None]


@pytest.fixture
def on(database: Engine, monkeypatch: pytest.MonkeyPatch) -> On:
    """Sets the clock, on a street of which two communities have handed in."""
    monkeypatch.setenv("DUBAN_NOW", "2026-07-10T10:00:00")
    with transaction() as connection:
        street = Street(connection)
        street.hands_in(A)
        street.hands_in(B, given={"支委会次数": 5})
    return lambda moment: monkeypatch.setenv("DUBAN_NOW", moment)


@contextmanager
def _street() -> Iterator[Street]:
    """The same street once more, for what happens later."""
    with transaction() as connection:
        street = Street.__new__(Street)
        street.connection = connection
        yield street


def _correct(value: str, moment: str) -> None:
    with _street() as street:
        street.decides(A, "correction", value, moment, "branch_committees")


def _close(period: str) -> list[str]:
    return closing.close_streets("half_year", period, [STREET], "test")


def _assessments() -> list[str]:
    with transaction() as connection:
        return list(connection.execute(select(tables.assessment.c.id).order_by(tables.assessment.c.id)).scalars())


def _told() -> list[tuple[str, list[str]]]:
    """Title and lines of what ops were told, oldest first."""
    query = select(tables.notice.c.payload).where(tables.notice.c.kind == "ops_alert").order_by(tables.notice.c.due_at)
    with transaction() as connection:
        payloads = [json.loads(text) for text in connection.execute(query).scalars()]
    return [(payload["title"], payload["lines"]) for payload in payloads]


def test_before_the_official_scoring_a_correction_is_only_previewed(on: On) -> None:
    on("2026-08-05T09:00:00")
    _correct("3", "2026-08-05T09:00:00")
    assert closing.preview_scores(H1, "test") == []
    assert _assessments() == []


def test_a_correction_after_the_official_scoring_asks_for_the_next_one_and_the_same_inputs_for_nothing(on: On) -> None:
    on("2026-08-16T08:00:00")
    assert _close("2026H1") == [f"{H1}/r1"]
    assert closing.preview_scores(H1, "test") == []
    _correct("3", "2026-08-17T09:00:00")
    on("2026-08-17T09:00:00")
    assert closing.preview_scores(H1, "test") == AGAIN
    assert _assessments() == [f"{H1}/r1"]
    assert _close(str(AGAIN[0]["period"])) == [f"{H1}/r2"]
    assert closing.preview_scores(H1, "test") == []


def test_ops_are_told_once_what_moved_and_why(on: On) -> None:
    on("2026-08-16T08:00:00")
    _close("2026H1")
    assert _told() == []
    _correct("3", "2026-08-17T09:00:00")
    on("2026-08-17T09:00:00")
    _close("2026H1")
    _close("2026H1")
    [(title, lines)] = _told()
    assert title == "云街街道2026年上半年考评结果有变动（第 2 稿）"
    why = "检查组 于2026年8月3日更正为“3”：现场核实".replace("8月3日", "8月17日")
    assert lines == [
        f"社区1（{A}）：总分 100.00 → 98.50，名次 1 → 2。原因：{why}。",
        f"社区2（{B}）：名次 2 → 1。原因：本单位数据没有变动，因其他单位成绩变动而变。",
        "社区1得分：A2b 支委会 3.00 → 1.50",
        "社区1问题：A2b 支委会 无 → 支委会次数不足",
        "社区1填报数：支委会次数 6 → 3（填报表!E9）",
    ]


def test_a_checkpoint_is_not_scored_again_by_itself(on: On) -> None:
    scheme = load_scheme("half_year", Period.parse("2026Q3"))
    with _street() as street:
        street.hands_in(A, "2026-10-05T09:00:00", scheme=scheme)
    on("2026-10-16T08:00:00")
    _close("2026Q3")
    with _street() as street:
        street.decides(A, "correction", "0", "2026-10-17T09:00:00", "branch_committees", "2026Q3")
    on("2026-10-17T09:00:00")
    assert closing.preview_scores(f"half_year/2026Q3/{STREET}", "test") == []


def test_a_restated_half_takes_the_closed_year_along_and_an_open_one_not(on: On) -> None:
    on("2026-08-16T08:00:00")
    _close("2026H1")
    with _street() as street:
        street.hands_in(A, "2027-01-10T09:00:00", scheme=load_scheme("half_year", Period.parse("2026H2")))
    on("2027-03-06T08:00:00")
    _close("2026H2")
    assert f"{YEAR}/r1" not in _assessments()
    assert _close("2026") == []
    _correct("3", "2027-03-08T09:00:00")
    on("2027-03-08T09:00:00")
    assert _close("2026H1") == [f"{H1}/r2"]
    assert _assessments() == [f"{YEAR}/r1", f"{YEAR}/r2", f"{H1}/r1", f"{H1}/r2", f"{H2}/r1"]
    titles = [title for title, _ in _told()]
    assert len(titles) == 2
    assert "云街街道2026年度考评结果有变动（第 2 稿）" in titles


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ("2024H2", "自 2025 年起施行"),
        ("2026H2", "尚未结束"),
        ("2031Q1", "尚未结束"),
        ("2026", "尚未结束"),
        ("2026-07", "没有“2026-07”这样的期间"),
        ("2026H3", "无法识别"),
        ("", "无法识别"),
    ],
)
def test_a_period_that_cannot_be_scored_is_one_chinese_error_and_no_row(on: On, period: str, said: str) -> None:
    on("2026-11-22T09:00:00")
    before = _all_rows()
    for ask in (
        lambda: planning.plan("half_year", period, []),
        lambda: _close(period),
        lambda: opening.open_streets("half_year", period, [STREET], "test"),
        lambda: reporting.export("half_year", period, [], "test"),
    ):
        with pytest.raises(UserError, match=said) as error:
            ask()
        assert len(error.value.problems) == 1
    assert _all_rows() == before


def _all_rows() -> dict[str, int]:
    with transaction() as connection:
        return {name: len(connection.execute(select(table)).all()) for name, table in tables.metadata.tables.items()}
