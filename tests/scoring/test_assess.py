"""A street's period scored on a real database: what is picked, corrected, ranked, written, and written only once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from include.db import tables
from include.errors import UserError
from include.period import Period
from include.schemes.loader import load_scheme
from include.scoring.assess import assess
from include.scoring.difference import difference
from include.scoring.scores import ranks
from tests.street import CLOSE, H1, STREET, A, B, C, D, Street, at

FIVE_GOOD = load_scheme("five_good", Period.parse("2026H1"))


def test_every_unit_of_the_street_gets_a_score_and_its_figures_with_their_origin(street: Street) -> None:
    sha256 = street.hands_in(A, given={"书记专题研究党建次数": 1})
    result = street.assess()
    score = street.score(result)
    assert (result.id, result.revision, result.is_new) == (f"half_year/2026H1/{STREET}/r1", 1, True)
    assert (score["total"], score["rank"], score["grade"], score["status"]) == (Decimal("97.50"), 1, "优秀", "已报")
    assert (score["sha256"], score["unit_name"], score["days_late"]) == (sha256, "社区1", 0)
    assert street.figure(result, "secretary_studies") == {
        "assessment_id": result.id, "unit_code": A, "field": "secretary_studies", "position": 1, "version": 1,
        "field_label": "书记专题研究党建次数", "reported": "1", "corrected": "", "used": "1", "source_cell": "填报表!E7",
    }  # fmt: skip
    assert street.rows() == {
        "assessment": 1,
        "score": 4,
        "score_line": 20 + 3,
        "score_value": len(H1.cells),
        "restatement": 0,
        "run_log": 1,
    }


def test_a_unit_that_hands_in_nothing_is_missing_and_not_zero(street: Street) -> None:
    street.hands_in(A)
    result = street.assess()
    score, lines = street.score(result, B), street.lines(result, B)
    assert (score["total"], score["rank"], score["grade"], score["status"]) == (None, None, "", "未报")
    assert list(lines) == ["S0"]
    assert (lines["S0"]["points"], lines["S0"]["full"], lines["S0"]["deadline_working_days"]) == (None, None, 15)
    assert (lines["S0"]["problem"], lines["S0"]["outcome"]) == ("未按时报送材料", "未达标")


def test_a_unit_whose_form_was_returned_and_never_mended_is_told_apart(street: Street) -> None:
    street.hands_in(A, status="returned")
    assert street.score(street.assess())["status"] == "退回未改"


def test_the_latest_accepted_version_is_scored_and_a_returned_one_after_it_is_not(street: Street) -> None:
    street.hands_in(A, "2026-07-05T09:00:00", {"支委会次数": 0})
    second = street.hands_in(A, "2026-07-06T09:00:00", {"支委会次数": 3})
    street.hands_in(A, "2026-07-07T09:00:00", status="returned")
    result = street.assess()
    assert street.score(result)["sha256"] == second
    assert street.figure(result, "branch_committees")["version"] == 2
    assert street.lines(result)["A2b"]["points"] == Decimal("1.50")


def test_lateness_counts_from_the_first_accepted_version(street: Street) -> None:
    street.hands_in(A, "2026-07-20T23:59:59")
    street.hands_in(A, "2026-08-01T09:00:00")
    street.hands_in(B, "2026-07-21T00:00:00")
    street.hands_in(C, "2026-07-19T09:00:00", status="returned")
    street.hands_in(C, "2026-07-22T09:00:00")
    result = street.assess()
    assert [street.score(result, code)["days_late"] for code in (A, B, C)] == [0, 1, 2]
    assert [street.score(result, code)["status"] for code in (A, B, C)] == ["已报", "迟报", "迟报"]
    assert [street.score(result, code)["total"] for code in (A, B, C)] == [100, 99, 98]
    late = street.lines(result, C)["LATE"]
    assert (late["points"], late["full"], late["position"]) == (Decimal("-2.00"), None, 21)


def test_a_form_after_the_inspection_window_is_not_scored(street: Street) -> None:
    street.hands_in(A, "2026-08-15T23:59:59")
    street.hands_in(B, "2026-08-16T00:00:00")
    street.hands_in(C, "2026-08-16T00:00:00", status="returned")
    result = street.assess(at("2026-09-01T00:00:00"))
    assert [street.score(result, code)["status"] for code in (A, B, C)] == ["迟报", "未报", "未报"]


def test_only_what_had_come_by_the_moment_counts(street: Street) -> None:
    street.hands_in(A, "2026-07-05T09:00:00", {"支委会次数": 0})
    street.hands_in(A, "2026-07-10T09:00:00")
    street.decides(A, "correction", "0", "2026-08-03T09:00:00", "party_lectures")
    early = street.assess(at("2026-07-06T00:00:00"))
    late = street.assess()
    assert street.lines(early)["A2b"]["points"] == 0
    assert street.lines(early)["A2d"]["points"] == Decimal("3.00")
    assert street.lines(late)["A2b"]["points"] == Decimal("3.00")
    assert street.lines(late)["A2d"]["points"] == 0


def test_an_extension_moves_the_due_date_of_that_unit_alone(street: Street) -> None:
    street.decides(A, "extension", "2026-07-24", "2026-07-18T09:00:00")
    street.hands_in(A, "2026-07-25T09:00:00")
    street.hands_in(B, "2026-07-25T09:00:00")
    result = street.assess()
    assert [street.score(result, code)["days_late"] for code in (A, B)] == [1, 5]
    assert "截止日期为2026年7月24日" in street.lines(result)["LATE"]["explanation"]


def test_an_extension_past_the_inspection_window_keeps_it_open_for_that_unit(street: Street) -> None:
    street.decides(A, "extension", "2026-08-18", "2026-07-18T09:00:00")
    street.hands_in(A, "2026-08-18T23:59:59")
    street.hands_in(B, "2026-08-18T23:59:59")
    result = street.assess(at("2026-08-19T09:00:00"))
    assert [street.score(result, code)["status"] for code in (A, B)] == ["已报", "未报"]


def test_the_inspectors_latest_figure_is_used_and_the_reported_one_kept_beside_it(street: Street) -> None:
    street.hands_in(A, given={"支委会次数": 6})
    street.decides(A, "correction", "2", "2026-08-03T09:00:00", "branch_committees")
    street.decides(A, "correction", "3", "2026-08-05T09:00:00", "branch_committees")
    street.decides(A, "correction", "无", "2026-08-05T09:00:00", "paper_02")
    result = street.assess()
    figure = street.figure(result, "branch_committees")
    assert (figure["reported"], figure["corrected"], figure["used"]) == ("6", "3", "3")
    assert street.lines(result)["A2b"]["points"] == Decimal("1.50")
    assert street.lines(result)["D1"]["problem"] == "软件材料不够健全（缺责任书）"


def test_an_empty_correction_takes_the_earlier_one_back(street: Street) -> None:
    street.hands_in(A)
    street.decides(A, "correction", "2", "2026-08-03T09:00:00", "branch_committees")
    street.decides(A, "correction", "", "2026-08-04T09:00:00", "branch_committees")
    result = street.assess()
    assert street.figure(result, "branch_committees")["corrected"] == ""
    assert street.lines(result)["A2b"]["points"] == Decimal("3.00")


def test_a_correction_that_is_no_figure_names_unit_and_field_and_writes_nothing(street: Street) -> None:
    street.hands_in(A)
    street.decides(A, "correction", "三次", "2026-08-03T09:00:00", "branch_committees")
    with pytest.raises(UserError, match=rf"社区1（{A}）：“支委会次数”的数据“三次”不是数字"):
        street.assess()
    assert set(street.rows().values()) == {0}


def test_equal_totals_share_a_rank_and_the_next_rank_is_left_out(street: Street) -> None:
    street.hands_in(A, given={"书记专题研究党建次数": 1})
    street.hands_in(B)
    street.hands_in(C)
    street.hands_in(D, given={"书记专题研究党建次数": 0})
    result = street.assess()
    assert [street.score(result, code)["rank"] for code in (A, B, C, D)] == [3, 1, 1, 4]


def test_ranks_leave_units_without_a_total_unranked() -> None:
    totals = {"a": Decimal("90.00"), "b": None, "c": Decimal("90.00"), "d": Decimal("89.99")}
    assert ranks(totals) == {"a": 1, "b": None, "c": 1, "d": 3}


def test_a_checkpoint_is_provisional_and_has_no_ranks(street: Street) -> None:
    scheme = load_scheme("half_year", Period.parse("2026Q1"))
    street.hands_in(A, "2026-04-08T09:00:00", scheme=scheme, base="一季度满分")
    result = street.assess(at("2026-04-16T00:00:00"), scheme)
    score = street.score(result)
    assert (score["total"], score["rank"], score["grade"]) == (Decimal("100.00"), None, "优秀")
    is_official = select(tables.assessment.c.is_official).where(tables.assessment.c.id == result.id)
    assert street.connection.execute(is_official).scalar_one() is False


def test_the_same_inputs_are_the_same_revision_and_write_only_a_log_row(street: Street) -> None:
    street.hands_in(A)
    first = street.assess()
    before = street.rows()
    again = street.assess(at("2026-08-19T09:00:00"))
    assert (again.id, again.revision, again.is_new) == (first.id, 1, False)
    assert street.rows() == {**before, "run_log": before["run_log"] + 1}
    outcomes = street.connection.execute(select(tables.run_log.c.outcome).order_by(tables.run_log.c.id)).scalars().all()
    assert outcomes == ["done", "nothing_new"]


def test_what_decides_nothing_makes_no_revision(street: Street) -> None:
    street.hands_in(A)
    street.hands_in(B, status="returned")
    first = street.assess()
    street.hands_in(B, "2026-07-11T09:00:00", status="returned")
    street.hands_in(C, "2026-08-16T09:00:00")
    street.decides(C, "correction", "9", "2026-08-03T09:00:00", "branch_committees")
    assert street.assess(at("2026-09-01T00:00:00")).id == first.id


@pytest.mark.parametrize("event", ["hand-in", "return", "correction", "extension", "registry"])
def test_every_input_that_decides_makes_a_new_revision(street: Street, event: str) -> None:
    street.hands_in(A)
    street.assess()
    if event == "hand-in":
        street.hands_in(B)
    elif event == "return":
        street.hands_in(B, status="returned")
    elif event == "correction":
        street.decides(A, "correction", "2", "2026-08-03T09:00:00", "branch_committees")
    elif event == "extension":
        street.decides(B, "extension", "2026-07-24", "2026-07-18T09:00:00")
    else:
        street.register(f"{STREET}005")
    result = street.assess()
    assert (result.revision, result.is_new) == (2, True)


def test_an_older_moment_finds_its_own_revision_again(street: Street) -> None:
    street.hands_in(A, "2026-07-05T09:00:00")
    old = street.assess(at("2026-07-06T00:00:00"))
    street.hands_in(A, "2026-07-10T09:00:00", {"支委会次数": 0})
    assert street.assess().revision == 2
    assert street.assess(at("2026-07-06T00:00:00")).id == old.id


def test_units_are_those_of_the_periods_last_day(street: Street) -> None:
    street.register(f"{STREET}006", "2026-07-01")
    street.register(f"{STREET}007", "2000-01-01", "2026-06-29")
    street.register(f"{STREET}008", "2000-01-01", "2026-06-30")
    street.register(f"{STREET}009", street="990000002")
    result = street.assess()
    codes = select(tables.score.c.unit_code).where(tables.score.c.assessment_id == result.id).order_by("unit_code")
    assert street.connection.execute(codes).scalars().all() == [A, B, C, D, f"{STREET}008"]


def test_a_street_without_units_is_refused(street: Street) -> None:
    with pytest.raises(UserError, match="单位名册中没有街道 110000000 在2026年上半年末的单位"):
        assess(street.connection, H1, "110000000", CLOSE)


def test_the_difference_names_figures_points_and_ranks_that_moved(street: Street) -> None:
    street.hands_in(A)
    street.hands_in(B, given={"书记专题研究党建次数": 1})
    older = street.assess()
    street.decides(A, "correction", "2", "2026-08-03T09:00:00", "branch_committees")
    street.decides(A, "correction", "0", "2026-08-03T09:00:00", "secretary_studies")
    newer = street.assess()
    found = difference(street.connection, older.id, newer.id)
    assert [(c.unit_code, c.label, c.old_figure, c.new_figure, c.is_correction) for c in found.figures] == [
        (A, "书记专题研究党建次数", "2", "0", True),
        (A, "支委会次数", "6", "2", True),
    ]
    assert [(c.indicator, c.old_points, c.new_points, c.moved, c.new_problem) for c in found.points] == [
        ("A1", Decimal("5.00"), Decimal("0.00"), Decimal("-5.00"), "书记抓党建不到位"),
        ("A2b", Decimal("3.00"), Decimal("1.00"), Decimal("-2.00"), "支委会次数不足"),
    ]
    moved = [(c.unit_code, c.old_total, c.new_total, c.old_rank, c.new_rank) for c in found.results]
    assert moved == [(A, Decimal("100.00"), Decimal("93.00"), 1, 2), (B, Decimal("97.50"), Decimal("97.50"), 2, 1)]


def test_the_difference_tells_of_a_unit_that_came_after_all(street: Street) -> None:
    street.hands_in(A)
    older = street.assess()
    street.hands_in(B, given={"党小组数": 0})
    found = difference(street.connection, older.id, street.assess().id)
    assert len(found.figures) == sum(1 for cell in H1.cells if cell.key in H1.cell and not cell.is_optional) - 1
    points = {change.indicator: (change.old_outcome, change.new_outcome) for change in found.points}
    assert points["S0"] == ("未达标", "")
    assert points["A2c"] == ("", "不适用")
    assert [(c.old_status, c.new_status, c.old_total, c.new_total) for c in found.results] == [
        ("未报", "已报", None, Decimal("100.00"))
    ]


def test_nothing_differs_between_an_assessment_and_itself(street: Street) -> None:
    street.hands_in(A)
    same = street.assess()
    found = difference(street.connection, same.id, same.id)
    assert (found.figures, found.points, found.results) == ([], [], [])


class TestFiveGood:
    """The second scheme, by its data alone: a unit is scored when all three ratings are in."""

    def test_three_ratings_make_a_score_and_ranks(self, street: Street) -> None:
        for form in ("self", "street", "residents"):
            street.hands_in(A, scheme=FIVE_GOOD, form=form, base="满分")
            street.hands_in(B, scheme=FIVE_GOOD, form=form, base="满分", given={"领导班子好（街道评）": 11})
        result = street.assess(at("2026-08-10T23:59:59"), FIVE_GOOD)
        scores = [street.score(result, code) for code in (A, B)]
        assert [(row["total"], row["rank"], row["grade"]) for row in scores] == [
            (100, 1, "好"),
            (Decimal("95.50"), 2, "好"),
        ]
        assert street.lines(result, B)["F1"]["problem"] == "领导班子建设有差距"

    def test_a_missing_rating_leaves_the_unit_without_a_score(self, street: Street) -> None:
        street.hands_in(A, scheme=FIVE_GOOD, form="self", base="满分")
        street.hands_in(A, scheme=FIVE_GOOD, form="street", base="满分")
        street.hands_in(B, scheme=FIVE_GOOD, form="self", base="满分")
        street.hands_in(B, scheme=FIVE_GOOD, form="street", base="满分", status="returned")
        result = street.assess(at("2026-08-10T23:59:59"), FIVE_GOOD)
        assert [street.score(result, code)["status"] for code in (A, B)] == ["未报", "退回未改"]
        assert street.lines(result)["S0"]["problem"] == "未按时报送“五个好”评议表"

    def test_the_latest_of_the_three_first_ratings_decides_lateness(self, street: Street) -> None:
        street.hands_in(A, "2026-07-20T09:00:00", scheme=FIVE_GOOD, form="self", base="满分")
        street.hands_in(A, "2026-07-29T09:00:00", scheme=FIVE_GOOD, form="street", base="满分")
        street.hands_in(A, "2026-07-21T09:00:00", scheme=FIVE_GOOD, form="residents", base="满分")
        result = street.assess(at("2026-08-10T23:59:59"), FIVE_GOOD)
        score = street.score(result)
        assert (score["status"], score["days_late"], score["total"]) == ("迟报", 2, 100)
        assert "LATE" not in street.lines(result)
