"""What the checks of a form find, and how they say it. Real Great Expectations, the real half-year scheme."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import pytest

from include.period import Period
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.validation.findings import Candidate, Finding
from include.validation.suite import validate

PERIOD = Period.parse("2026H1")
USUAL = {"count": "2", "yuan": "100", "yes_no": "是", "choice": "有", "text": "重阳敬老", "date": "2026-05-04"}


@dataclass(frozen=True)
class Cell:
    text: str
    value: str | None
    problem: str | None
    source_cell: str


Changes = Mapping[str, str | tuple[str, str] | None]
Check = Callable[..., list[Finding]]


def candidate(scheme: Scheme, changes: Changes, sha256: str = "1", **more: object) -> Candidate:
    """A form with every figure 2, every answer 是 and every paper 有, but for the changes: a value, a text
    with what is wrong with it, or None for an empty cell."""
    cells = {}
    for row, field in enumerate(scheme.cells_of("main"), 5):
        change = changes.get(
            field.key, "" if field.is_optional else "4" if field.key == "members" else USUAL[field.type]
        )
        place = f"填报表!E{row}"
        if isinstance(change, tuple):
            cells[field.key] = Cell(change[0], None, change[1], place)
        else:
            cells[field.key] = Cell(change or "", change or None, None, place)
    return Candidate(sha256, scheme, "main", cells, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def scheme() -> Scheme:
    return load_scheme("half_year", PERIOD)


@pytest.fixture
def check(scheme: Scheme) -> Check:
    def checked(of: Scheme = scheme, more: Mapping[str, object] | None = None, **changes: object) -> list[Finding]:
        return validate([candidate(of, changes, **(more or {}))])["1"]  # type: ignore[arg-type]

    return checked


def with_checks(scheme: Scheme, *checks: dict[str, object]) -> Scheme:
    """The half-year scheme with a date added and these checks instead of its own."""
    tree = scheme.model_dump(by_alias=True)
    tree["fields"].append({"key": "meeting_date", "label": "会议日期", "type": "date"})
    tree["fields"].append({"key": "households", "label": "户数", "type": "count"})
    return Scheme.model_validate({**tree, "checks": list(checks)})


def codes(findings: list[Finding]) -> list[str]:
    return [finding.check_code for finding in findings]


def test_a_complete_form_has_nothing_wrong(check: Check) -> None:
    assert check() == []


def test_an_empty_cell_is_not_zero(check: Check) -> None:
    (finding,) = check(party_lectures=None)
    assert (finding.check_code, finding.severity, finding.outcome) == (
        "required:party_lectures",
        "fail",
        "not_reported",
    )
    assert (finding.sheet, finding.cell, finding.found) == ("填报表", "E10", "")
    assert finding.summary == "党课次数（填报表!E10）未填"
    assert check(party_lectures="0") == []


def test_the_sentence_names_sheet_cell_field_found_expected_and_advice(check: Check) -> None:
    (finding,) = check(party_lectures=("12次", "只填数字，不带单位"))
    assert finding.check_code == "type:party_lectures"
    assert finding.message == (
        f"{finding.source_cell}“党课次数”填的是“12次”：只填数字，不带单位。请填整数，不带单位；没有发生的填 0，不能留空。"
    )
    assert finding.expected == "整数（没有发生的填 0）"


def test_names_of_activities_may_be_missing_only_where_there_was_none(check: Check) -> None:
    assert check(special_activities="0", special_activity_names=None) == []
    assert codes(check(special_activities="1", special_activity_names=None)) == ["required:special_activity_names"]
    both = ["required:special_activities", "required:special_activity_names"]
    assert codes(check(special_activities=None, special_activity_names=None)) == both, "an empty cell is not 0"
    unread = codes(check(special_activities=("两个", "不是数字"), special_activity_names=None))
    assert unread == ["type:special_activities", "required:special_activity_names"]


def test_bonus_rows_may_stay_empty_but_not_hold_nonsense(check: Check) -> None:
    (finding,) = check(bonus_2_matter="受表彰", bonus_2_level="地级")
    assert (finding.check_code, finding.label) == ("list:bonus_2_level", "级别（第2项）")
    assert "街道、县区、市、省、国家" in finding.expected


@pytest.mark.parametrize("paper", ["有", "无", "不适用"])
def test_a_paper_is_there_or_not_or_not_applicable(check: Check, paper: str) -> None:
    assert check(paper_03=paper) == []


def test_a_paper_is_nothing_else(check: Check) -> None:
    assert codes(check(paper_03="大概有")) == ["list:paper_03"]


def test_a_count_is_never_below_zero(check: Check) -> None:
    (finding,) = check(party_groups="-1")
    assert (finding.check_code, finding.expected) == ("range:party_groups", "不小于 0")


def test_a_limit_of_the_scheme_holds_to_the_last_digit(check: Check, scheme: Scheme) -> None:
    tree = scheme.model_dump(by_alias=True)
    tree["fields"][0] |= {"at_least": "1", "at_most": "99.9"}
    limited = Scheme.model_validate(tree)
    assert check(limited, secretary_studies="99.9") == []
    assert [f.expected for f in check(limited, secretary_studies="99.90000000000000001")] == ["1 至 99.9"]


def test_ages_may_add_up_to_all_members_and_no_more(check: Check) -> None:
    assert check(members="4", members_over_60="2", members_under_35="2") == []
    (finding,) = check(members="4", members_over_60="3", members_under_35="2")
    assert (finding.check_code, finding.field, finding.severity) == ("age_sum", "members_over_60", "fail")
    assert finding.found == "60岁以上党员数 3 + 35岁以下党员数 2 = 5"
    assert finding.expected == "不超过 党员数 4"


def test_dues_of_exactly_a_fifth_more_pass_and_a_cent_more_is_asked_about(check: Check) -> None:
    assert check(dues_payable_yuan="100.1", dues_paid_yuan="120.12") == []
    (finding,) = check(dues_payable_yuan="100.1", dues_paid_yuan="120.13")
    assert (finding.check_code, finding.severity) == ("dues_excess", "warn")
    assert finding.expected == "不超过 应缴党费 100.1 × 1.2 = 120.12"


@pytest.mark.parametrize(
    ("changes", "code", "severity"),
    [
        ({"claimed_members": "3"}, "claimed_within", "fail"),
        ({"qualified_members": "3"}, "qualified_within", "fail"),
        ({"audited_vouchers": "3"}, "audited_within", "fail"),
        ({"irregular_vouchers": "3"}, "irregular_within", "fail"),
        ({"finished_deeds": "3"}, "deeds_within", "warn"),
        ({"finished_tasks": "3"}, "tasks_within", "warn"),
    ],
)
def test_a_part_is_not_more_than_the_whole(check: Check, changes: dict[str, str], code: str, severity: str) -> None:
    (finding,) = check(**changes)
    assert (finding.check_code, finding.severity) == (code, severity)


def test_a_comparison_with_an_unreadable_figure_is_left_out(check: Check) -> None:
    assert codes(check(vouchers=("两张", "不是数字"), audited_vouchers="9")) == ["type:vouchers"]
    assert codes(check(members=None, members_over_60="9")) == ["required:members"]


@pytest.mark.parametrize(
    ("previous", "asked"), [("5", []), ("3.3", ["members_jump"]), ("3", ["members_jump"]), ("0", [])]
)
def test_members_may_change_by_a_fifth(check: Check, previous: str, asked: list[str]) -> None:
    findings = check(more={"previous": {"members": previous}})
    assert codes(findings) == asked
    assert all(f.severity == "warn" and f.found == f"本期 4，上期 {previous}" for f in findings)


def test_without_a_last_period_nothing_is_compared(check: Check) -> None:
    assert check(more={"previous": {}}) == []


def test_a_paper_of_last_period_that_is_gone_is_asked_about_and_no_other(check: Check, scheme: Scheme) -> None:
    gone = {"code": "papers_lost", "severity": "warn", "marks": "paper", "figure": "paper", "was": "有",
            "message": "材料清单上期有、本期没有"}  # fmt: skip
    before = {"paper_01": "有", "paper_02": "有", "paper_03": "无"}
    own = Scheme.model_validate({**scheme.model_dump(by_alias=True), "checks": [gone]})
    (finding,) = check(own, {"previous": before}, paper_02="无", paper_03="无", paper_04="无")
    assert (finding.check_code, finding.field, finding.severity) == ("papers_lost:paper_02", "paper_02", "warn")
    assert finding.message.startswith("填报表!E")
    assert finding.message.endswith(
        "“责任书”：材料清单上期有、本期没有。现为“无”，一般应与上期一样为“有”。请核对；确实如此的不必改。"
    )
    assert check(own, paper_02="无") == []


def test_a_sum_must_equal_a_figure(check: Check, scheme: Scheme) -> None:
    equal = {"code": "all_ages", "severity": "fail", "marks": "members", "message": "各年龄段之和应等于党员数",
             "sum": ["members_over_60", "members_under_35"], "equals": "members"}  # fmt: skip
    own = with_checks(scheme, equal)
    assert check(own, members="4") == []
    for members in ("3", "5"):
        (finding,) = check(own, members=members)
        assert (finding.check_code, finding.expected) == ("all_ages", f"等于 党员数 {members}")


def test_a_date_lies_inside_the_period(check: Check, scheme: Scheme) -> None:
    inside = {"code": "met_inside", "severity": "fail", "marks": "meeting_date", "message": "会议日期不在本期内",
              "figure": "meeting_date", "inside_period": True}  # fmt: skip
    own = with_checks(scheme, inside)
    assert check(own, meeting_date="2026-01-01") == check(own, meeting_date="2026-06-30") == []
    for day in ("2025-12-31", "2026-07-01"):
        (finding,) = check(own, meeting_date=day)
        assert (finding.found, finding.expected) == (day, "在 2026-01-01 至 2026-06-30 之间")


def test_a_figure_is_held_against_the_register(check: Check, scheme: Scheme) -> None:
    same = {"code": "same_households", "severity": "warn", "marks": "households", "message": "户数与登记册不符",
            "figure": "households", "registry_column": "households"}  # fmt: skip
    own, known = with_checks(scheme, same), {"registered": {"same_households": Decimal(2310)}}
    assert check(own, known, households="2310") == []
    assert check(own, {}, households="2310") == [], "a register that does not know says nothing"
    (finding,) = check(own, known, households="2311")
    assert (finding.found, finding.expected) == ("2311", "与登记册的 2310 一致")


def test_a_figure_may_not_be_below_what_the_register_says_was_planned(check: Check, scheme: Scheme) -> None:
    planned = {"code": "planned", "severity": "warn", "marks": "households", "message": "少于计划",
               "figure": "households", "registry_attribute": "计划数"}  # fmt: skip
    own, known = with_checks(scheme, planned), {"registered": {"planned": Decimal(3)}}
    assert check(own, known, households="3") == check(own, known, households="4") == []
    (finding,) = check(own, known, households="2")
    assert (finding.found, finding.expected) == ("2", "不少于 3")


def test_a_batch_keeps_every_forms_findings_apart(scheme: Scheme) -> None:
    batch = [
        candidate(scheme, {"party_lectures": None}, "a"),
        candidate(scheme, {}, "b"),
        candidate(load_scheme("half_year", Period.parse("2025H1")), {"vouchers": "1"}, "c"),
    ]
    found = validate(batch)
    assert {sha256: codes(findings) for sha256, findings in found.items()} == {
        "a": ["required:party_lectures"],
        "b": [],
        "c": ["audited_within", "irregular_within"],
    }


def test_an_empty_batch_finds_nothing() -> None:
    assert validate([]) == {}


def test_a_cell_that_the_file_does_not_have_is_missing(scheme: Scheme) -> None:
    form = candidate(scheme, {})
    cells = {key: cell for key, cell in form.cells.items() if key != "activists"}
    (finding,) = validate([Candidate("1", scheme, "main", cells)])["1"]
    assert finding.summary == "入党积极分子数（表中没有这一项）未填"


def test_who_only_reads_findings_does_not_load_great_expectations() -> None:
    program = "import sys, include.validation.findings; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
