"""The office's report of the day on results: comparisons with a mark where the rule changed, revisions, reviews."""

from __future__ import annotations

from include.period import Period, standing_at
from include.reports.results import comparison_rows, restatement_rows, review_rows
from include.schemes.loader import load_scheme
from include.scoring.reviews import decide_review
from tests.mistyped import mistyped
from tests.street import H1, STREET, A, B, Street, at

AUGUST, SEPTEMBER = at("2026-08-16T08:00:00"), at("2026-09-01T09:00:00")
PERIOD = Period.parse("2026H1")


def test_a_half_is_compared_with_last_years_and_marked_where_the_rule_changed(street: Street) -> None:
    before = load_scheme("half_year", Period.parse("2025H1"))
    street.hands_in(A, "2025-07-10T09:00:00", {"支委会次数": 0}, scheme=before)
    street.assess(at("2025-08-16T08:00:00"), before, at("2025-08-16T08:00:00"))
    street.hands_in(A)
    street.assess(AUGUST, assessed_at=AUGUST)
    rows = {row["单位编码"]: row for row in comparison_rows(street.connection, SEPTEMBER)}
    assert [rows[A][name] for name in ("期间", "对比期间", "原总分", "现总分", "增减", "街道")] == [
        "2026年上半年",
        "2025年上半年",
        "97.00",
        "100.00",
        "3.00",
        STREET,
    ]
    assert rows[A]["规则变动"].startswith("※ 2025年上半年按 2025 年版、2026年上半年按 2026 年版方案考评")
    assert (rows[B]["现等次"], rows[B]["增减"]) == ("未报", "")


def test_a_revision_and_the_review_behind_it_are_in_the_report_from_their_own_moment_on(street: Street) -> None:
    street.hands_in(A)
    street.hands_in(B, "2026-08-25T09:00:00")
    first = street.assess(AUGUST, assessed_at=AUGUST)
    street.decides("", "approval", "hash", "2026-08-20T09:00:00", f"{first.id}/通报")
    signed = at("2026-08-26T09:00:00")
    with standing_at(signed):
        street.decides(B, "review_request", "2026-09-08", "2026-08-26T09:00:00")
    assert [row["状态"] for row in review_rows(street.connection, signed)] == ["待决定"]
    decide_review(street.connection, H1, PERIOD, B, True, "属实", "王书记", at("2026-08-28T09:00:00"))
    assert restatement_rows(street.connection, SEPTEMBER) == []
    second = street.assess(SEPTEMBER, assessed_at=SEPTEMBER)
    [review] = review_rows(street.connection, SEPTEMBER)
    assert [review[name] for name in ("状态", "决定人", "决定理由", "新总分", "新一稿")] == [
        "同意",
        "王书记",
        "属实",
        "95.00",
        second.id,
    ]
    lines = [row["变动和原因"] for row in restatement_rows(street.connection, SEPTEMBER)]
    assert any("总分 无 → 95.00" in line and "王书记 于2026年8月28日同意复核：属实" in line for line in lines)
    assert restatement_rows(street.connection, AUGUST) == []


def test_a_mistake_in_a_systems_file_leaves_its_results_out_of_the_report_and_does_not_end_it(street: Street) -> None:
    street.hands_in(A)
    street.assess(AUGUST, assessed_at=AUGUST)
    with standing_at(AUGUST):
        street.decides(B, "review_request", "2026-09-08", "2026-08-16T09:00:00")
    assert comparison_rows(street.connection, SEPTEMBER) or review_rows(street.connection, SEPTEMBER)
    with mistyped("half_year"):
        assert (comparison_rows(street.connection, SEPTEMBER), review_rows(street.connection, SEPTEMBER)) == ([], [])
