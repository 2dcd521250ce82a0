"""A new revision keeps what it changed and why: cell, form, by whom, points, ranks; a rerun keeps nothing more."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import yaml

from include.db import tables
from include.period import Period
from include.schemes.loader import parse_scheme, path_of
from include.schemes.model import Scheme
from include.scoring.lines import LATE
from include.scoring.restatement import Restated, restatement
from include.scoring.telling import mailed_lines, restatement_lines
from tests.street import H1, A, B, C, D, Street, at


def _of(rows: list[Restated], unit_code: str, kind: str) -> dict[str, Restated]:
    return {row.field: row for row in rows if row.unit_code == unit_code and row.kind == kind}


def _said(row: Restated) -> tuple[Any, ...]:
    return row.old, row.new, row.moved, row.cause, row.why


def test_a_first_revision_restates_nothing(street: Street) -> None:
    street.hands_in(A)
    assert restatement(street.connection, street.assess().id) == []


def test_a_correction_names_cell_figure_points_and_who_decided_why(street: Street) -> None:
    street.hands_in(A)
    first = street.assess()
    street.decides(A, "correction", "3", "2026-08-03T09:00:00", "branch_committees")
    second = street.assess()
    rows = restatement(street.connection, second.id)
    why = "检查组 于2026年8月3日更正为“3”：现场核实"
    figure = _of(rows, A, "figure")["branch_committees"]
    assert (figure.form, figure.label, figure.source_cell, figure.previous_id) == (
        "main",
        "支委会次数",
        "填报表!E9",
        first.id,
    )
    assert _said(figure) == ("6", "3", None, "correction", why)
    assert _said(_of(rows, A, "points")["A2b"]) == ("3.00", "1.50", Decimal("-1.50"), "correction", why)
    assert _said(_of(rows, A, "problem")["A2b"]) == ("", "支委会次数不足", None, "correction", why)
    assert _said(_of(rows, A, "total")[""]) == ("100.00", "98.50", Decimal("-1.50"), "correction", why)
    assert len(figure.source) == 64


def test_a_new_version_names_version_and_time_of_receipt(street: Street) -> None:
    street.hands_in(A)
    street.assess()
    sha256 = street.hands_in(A, "2026-07-15T14:30:00", {"党课次数": 1})
    rows = restatement(street.connection, street.assess().id)
    why = "第 2 版社区党建半年填报表，2026年7月15日 14:30 收到"
    cause = _of(rows, A, "cause")["hand_in/main"]
    assert (cause.old, cause.new, cause.source, cause.why) == ("第1版", "第2版", sha256, why)
    assert _said(_of(rows, A, "figure")["party_lectures"]) == ("2", "1", None, "hand_in", why)


def test_a_unit_whose_rank_alone_moved_says_that_others_moved(street: Street) -> None:
    street.hands_in(A)
    street.hands_in(B, given={"支委会次数": 5})
    street.assess()
    street.decides(A, "correction", "0", "2026-08-03T09:00:00", "branch_committees")
    rows = restatement(street.connection, street.assess().id)
    assert [(row.kind, row.old, row.new, row.cause) for row in rows if row.unit_code == B] == [
        ("rank", "2", "1", "others")
    ]
    assert _said(_of(rows, A, "rank")[""])[:2] == ("1", "2")


def test_each_figure_has_its_own_cause_where_several_things_happened(street: Street) -> None:
    street.hands_in(A)
    street.assess()
    street.hands_in(A, "2026-07-15T14:30:00", {"党课次数": 1})
    street.decides(A, "correction", "3", "2026-08-03T09:00:00", "branch_committees")
    rows = restatement(street.connection, street.assess().id)
    assert {field: row.cause for field, row in _of(rows, A, "figure").items()} == {
        "branch_committees": "correction",
        "party_lectures": "hand_in",
    }
    assert {field: row.cause for field, row in _of(rows, A, "points").items()} == {
        "A2b": "correction",
        "A2d": "hand_in",
    }
    assert "；" in _of(rows, A, "total")[""].why


def test_a_correction_taken_back_is_a_revision_of_its_own(street: Street) -> None:
    street.hands_in(A)
    first = street.assess()
    street.decides(A, "correction", "3", "2026-08-03T09:00:00", "branch_committees")
    street.assess()
    street.decides(A, "correction", "", "2026-08-04T09:00:00", "branch_committees")
    third = street.assess()
    assert third.revision == 3
    assert street.score(third)["total"] == street.score(first)["total"]
    figure = _of(restatement(street.connection, third.id), A, "figure")["branch_committees"]
    assert _said(figure) == ("3", "6", None, "correction", "检查组 于2026年8月4日撤销原更正：现场核实")


def test_an_extension_explains_the_lateness_that_went_away(street: Street) -> None:
    street.hands_in(A, "2026-07-22T09:00:00")
    street.assess()
    street.decides(A, "extension", "2026-07-24", "2026-07-23T09:00:00")
    rows = restatement(street.connection, street.assess().id)
    late = _of(rows, A, "points")["LATE"]
    assert (late.old, late.new, late.moved, late.cause) == ("-2.00", "", Decimal("2.00"), "extension")
    cause = _of(rows, A, "cause")["extension"]
    assert (cause.old, cause.new) == ("2026年7月20日", "2026年7月24日")
    assert _said(_of(rows, A, "status")[""])[:2] == ("迟报", "已报")


def test_a_unit_that_came_and_one_that_left_are_told_by_the_register(street: Street) -> None:
    street.hands_in(A)
    street.assess()
    street.register("990000001005")
    rows = restatement(street.connection, street.assess().id)
    assert _of(rows, "990000001005", "cause")["registry"].why == "登记册新增该单位"
    assert _said(_of(rows, "990000001005", "status")[""])[:2] == ("", "未报")


def test_a_register_that_is_mended_is_a_revision_of_its_own_each_time(street: Street) -> None:
    street.hands_in(A)
    results = []
    for day, name in enumerate(("社区1", "社区一", "社区1", "社区一"), 16):
        unit = tables.unit
        street.connection.execute(unit.update().where(unit.c.code == A).values(name=name))
        moment = at(f"2026-08-{day}T09:00:00")
        results += [street.assess(moment, H1, moment), street.assess(moment, H1, moment)]
    assert [(one.revision, one.is_new) for one in results] == [
        (revision, is_new) for revision in (1, 2, 3, 4) for is_new in (True, False)
    ]
    assert [street.score(one)["unit_name"] for one in results[::2]] == ["社区1", "社区一", "社区1", "社区一"]
    newest = restatement(street.connection, results[-1].id)
    assert [(row.kind, row.field, row.old, row.new) for row in newest] == [
        ("cause", "registry/name", "社区1", "社区一")
    ]


def test_another_rule_of_the_scheme_concerns_the_whole_street_and_another_wording_nobody(street: Street) -> None:
    street.hands_in(A)
    first = street.assess()
    reworded = H1.model_copy(update={"reference": "新的依据"})
    assert street.assess(scheme=reworded) == replace(first, is_new=False)
    score = H1.score.model_copy(update={"maximum": Decimal(120)})
    rows = restatement(street.connection, street.assess(scheme=H1.model_copy(update={"score": score})).id)
    assert [(row.unit_code, row.kind, row.cause) for row in rows] == [("", "cause", "rules")]


def _with_version(version: str, effective_from: str, reserve_cadres: int) -> Scheme:
    """2026H1 by a scheme that has one version more, which asks for another number of reserve cadres."""
    tree = yaml.safe_load(path_of("half_year").read_text(encoding="utf-8"))
    tree["versions"].append({"version": version, "effective_from": effective_from})
    _add_version(tree, version)
    [cadres] = [one for one in tree["indicators"] if one["code"] == "A6"]
    cadres["rules"][0]["target"]["by_version"][version] = reserve_cadres
    return parse_scheme(yaml.safe_dump(tree, allow_unicode=True), "half_year.yaml", Period.parse("2026H1"))


def _add_version(node: Any, version: str) -> None:
    """The new version says everywhere what 2026 says."""
    if isinstance(node, dict):
        if "by_version" in node:
            node["by_version"].setdefault(version, node["by_version"]["2026"])
        if "2026" in node.get("in_versions", []) and version not in node["in_versions"]:
            node["in_versions"].append(version)
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        _add_version(value, version)


def test_a_corrected_scheme_makes_a_revision_of_the_periods_from_its_effective_date_on(street: Street) -> None:
    street.hands_in(A, given={"后备干部数": 3})
    street.assess()
    second = street.assess(scheme=_with_version("2026.1", "2026H1", reserve_cadres=4))
    rows = restatement(street.connection, second.id)
    cause = _of(rows, "", "cause")["rules"]
    assert (second.revision, cause.old, cause.new) == (2, "2026", "2026.1")
    assert _said(_of(rows, A, "points")["A6"])[:4] == ("4.00", "3.00", Decimal("-1.00"), "rules")


def test_a_version_that_begins_later_changes_nothing_of_the_periods_before_it(street: Street) -> None:
    street.hands_in(A, given={"后备干部数": 3})
    first = street.assess()
    assert street.assess(scheme=_with_version("2026.1", "2026H2", reserve_cadres=4)) == replace(first, is_new=False)


def test_a_unit_that_had_no_result_is_told_in_one_line(street: Street) -> None:
    street.hands_in(A)
    street.assess()
    street.hands_in(B, "2026-07-22T09:00:00")
    second = street.assess()
    lines = [line for line in restatement_lines(street.connection, second.id) if "社区2" in line]
    assert len(lines) == 1
    assert "报送情况 未报 → 迟报" in lines[0]
    assert "此前没有成绩，本次填报" in lines[0]


def test_an_answer_that_was_not_given_is_told_apart_from_none_and_lateness_has_a_name(street: Street) -> None:
    street.hands_in(A, "2026-07-22T09:00:00", {"特色活动名称": ""})
    street.assess()
    street.hands_in(A, "2026-07-23T09:00:00", {"特色活动名称": "无"})
    street.decides(A, "extension", "2026-07-24", "2026-07-23T10:00:00")
    lines = restatement_lines(street.connection, street.assess().id)
    assert any("特色活动名称 （未报） → 无" in line for line in lines)
    assert "社区1得分：迟报扣分 -2.00 → 无" in lines
    assert not any(LATE in line for line in lines)


def test_a_mail_tells_the_ten_lines_that_matter_most_and_where_the_others_are(street: Street) -> None:
    street.hands_in(A)
    street.hands_in(B)
    street.assess()
    for day, field in enumerate(
        ("branch_committees", "party_lectures", "member_assemblies", "reserve_cadres", "volunteer_services"), 1
    ):
        street.decides(A, "correction", "0", f"2026-08-0{day}T09:00:00", field)
    second = street.assess()
    everything, mailed = restatement_lines(street.connection, second.id), mailed_lines(street.connection, second.id)
    assert len(everything) > 10
    assert mailed[0].startswith("社区1（")
    assert (len(mailed), mailed[-1]) == (
        11,
        f"另有 {len(everything) - 10} 行，全部见每日日报中的“考评结果变动.csv”。",
    )
    assert set(mailed[:-1]) <= set(everything)
    kinds = ["得分：" in line for line in mailed[:-1]]
    assert kinds.index(True) == len([line for line in mailed if line.startswith(("社区1（", "社区2（"))])


def test_a_rerun_writes_nothing_but_a_log_row(street: Street) -> None:
    street.hands_in(A)
    street.assess()
    street.decides(A, "correction", "3", "2026-08-03T09:00:00", "branch_committees")
    street.assess()
    before = street.rows()
    assert before["restatement"] > 0
    street.assess()
    assert street.rows() == {**before, "run_log": before["run_log"] + 1}


class TestReviews:
    """A hand-in after the window or after sign-off counts once a review was granted, and not before."""

    def test_a_hand_in_after_the_window_counts_when_a_review_was_granted(self, street: Street) -> None:
        street.hands_in(A)
        street.hands_in(B, "2026-08-25T09:00:00")
        first = street.assess(at("2026-08-26T00:00:00"))
        assert street.score(first, B)["status"] == "未报"
        street.decides(B, "review", "", "2026-08-28T09:00:00")
        second = street.assess(at("2026-08-29T00:00:00"))
        assert (street.score(second, B)["status"], street.score(second, B)["total"]) == ("迟报", 95)
        rows = restatement(street.connection, second.id)
        assert _of(rows, B, "cause")["review"].why == "检查组 于2026年8月28日同意复核：现场核实"
        assert street.assess(at("2026-08-26T00:00:00")).id == first.id

    def test_a_hand_in_after_sign_off_within_the_window_needs_a_review_too(self, street: Street) -> None:
        street.hands_in(A)
        self._sign_off(street, "2026-08-10T09:00:00")
        street.hands_in(A, "2026-08-12T09:00:00", {"支委会次数": 0})
        first = street.assess(at("2026-08-14T00:00:00"))
        assert street.score(first)["total"] == 100
        street.decides(A, "review", "", "2026-08-20T09:00:00")
        assert street.score(street.assess(at("2026-08-21T00:00:00")))["total"] == 97
        assert street.assess(at("2026-08-14T00:00:00")).id == first.id

    def test_a_review_before_the_sign_off_does_not_open_it(self, street: Street) -> None:
        street.hands_in(A)
        street.decides(A, "review", "", "2026-08-05T09:00:00")
        self._sign_off(street, "2026-08-10T09:00:00")
        street.hands_in(A, "2026-08-12T09:00:00", {"支委会次数": 0})
        assert street.score(street.assess(at("2026-08-14T00:00:00")))["total"] == 100

    def test_a_withdrawn_circular_shuts_nobody_out(self, street: Street) -> None:
        street.hands_in(A)
        circular = self._sign_off(street, "2026-08-10T09:00:00")
        street.decides("", "withdrawal", "", "2026-08-11T09:00:00", circular)
        street.hands_in(A, "2026-08-12T09:00:00", {"支委会次数": 0})
        assert street.score(street.assess(at("2026-08-14T00:00:00")))["total"] == 97

    def test_a_review_that_let_nothing_in_makes_no_revision(self, street: Street) -> None:
        street.hands_in(A)
        street.hands_in(D, status="returned")
        first = street.assess()
        street.decides(C, "review", "", "2026-08-28T09:00:00")
        street.decides(A, "review", "", "2026-08-28T09:00:00")
        assert street.assess(at("2026-08-29T00:00:00")).id == first.id

    @staticmethod
    def _sign_off(street: Street, moment: str) -> str:
        circular = f"{street.assess(at(moment)).id}/通报"
        street.decides("", "approval", "hash", moment, circular)
        return circular
