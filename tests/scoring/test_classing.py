"""分类定级 and its recheck as their folders have them: the case worked by hand in the specification, from the half-year forms to the
class, from the items put right to the class after; and what follows when a half is restated."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from include.archive import contents
from include.circulars.item_ledgers import papers_of_items
from include.circulars.model import build_model
from include.circulars.outcomes import Outcomes
from include.circulars.sheets import build_sheets
from include.db import tables
from include.documents.rendering import as_markdown
from include.errors import UserError
from include.intake.verdicts import read_sheet
from include.items.answers import take
from include.items.items import open_items
from include.items.workbooks import Sheet
from include.period import Period, standing_at
from include.registry.taking_part import taking_part
from include.reports.out import write_out
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.scoring.assess import Assessment
from include.shapes.scored_form import ScoredForm
from tests.street import STREET, A, B, C, D, Street, at
from tests.word import words_of

YEAR, SUMMER = Period.parse("2025"), Period.parse("2026H1")
H1, H2 = (load_scheme("half_year", Period.parse(f"2025H{n}")) for n in (1, 2))
CLASSED, LOOKED_AT = at("2026-04-20T09:00:00"), at("2026-08-25T09:00:00")
GOOD_VOTES = {"党组织（满意）": 48, "党组织（基本满意）": 2, "党组织（不满意）": 0}
CADRE = "书记张三"


@pytest.fixture
def classing(street: Street) -> Iterator[Scheme]:
    """B is the worked case; A is good, with a cadre whom more than a third of the votes are against; C hands nothing in."""
    worse = {"党课次数": 1, "支委会次数": 4, "已办结实事件数": 3, "志愿服务次数": 3, "年度党建计划": "无"}
    lacking = dict.fromkeys(("年度党建计划", "责任书", "三会一课记录本", "党员花名册"), "无")
    for code, first, second in (
        (A, {}, {"已办结实事件数": 8}),
        (B, {**worse, **lacking}, {**worse, "支委会次数": 2, "已办结实事件数": 8, "责任书": "无"}),
    ):
        street.hands_in(code, "2025-07-10T10:00:00", first, scheme=H1)
        street.hands_in(code, "2026-01-10T10:00:00", second, scheme=H2)
    street.assess(at("2025-08-20T09:00:00"), H1)
    street.assess(at("2026-03-10T09:00:00"), H2)
    scheme = load_scheme("classing", YEAR)
    poor = {"职务1": CADRE, "满意1": 20, "基本满意1": 8, "不满意1": 22}
    for form in ("main", "tally"):
        street.hands_in(B, "2026-03-20T10:00:00", scheme=scheme, form=form)
        street.hands_in(A, "2026-03-20T10:00:00", {**GOOD_VOTES, **poor}, scheme=scheme, form=form, base="全好")
    yield scheme


def classed(street: Street, scheme: Scheme) -> Assessment:
    return street.assess(CLASSED, scheme)


def issued(street: Street, assessment: Assessment) -> None:
    """Items as the issued circular opens them."""
    open_items(street.connection, assessment.id, CLASSED.date(), CLASSED)


def verdicts(*lines: str, filler: str = STREET) -> Sheet:
    content = f"表,整改核验表\n期间,2026H1\n编码,{filler}\n\n编码,指标,结论,日期\n" + "".join(
        f"{one}\n" for one in lines
    )
    sheet = read_sheet(content.encode(), "核验.csv")
    assert sheet is not None
    return sheet


def verified(street: Street, *lines: str, received: str = "2026-07-10T23:59:59") -> list[str]:
    return [one.state for one in take(street.connection, verdicts(*lines), "f" * 64, "", at(received))]


def looked_at(street: Street, **given: object) -> Assessment:
    scheme = load_scheme("classing_recheck", SUMMER)
    for form in ("main", "tally"):
        street.hands_in(B, "2026-07-20T10:00:00", dict(given), scheme=scheme, form=form)
    return street.assess(LOOKED_AT, scheme)


def test_the_worked_case_is_class_three_although_its_total_is_high(street: Street, classing: Scheme) -> None:
    result = classed(street, classing)
    lines = street.lines(result, B)
    assert {code: f"{line['points']:.2f}" for code, line in lines.items() if line["points"] is not None} == {
        "G1": "10.00", "G2": "13.14", "G3": "11.25", "G4": "13.50", "G5": "8.60", "G6": "12.92", "G7": "11.94",
    }  # fmt: skip
    score = street.score(result, B)
    assert (f"{score['total']:.2f}", score["grade"]) == ("81.35", "三类")
    assert [code for code, line in lines.items() if line["has_problem"]] == ["G5", "Z2"]
    assert "Z2 没有可用的活动场所" in score["grade_reason"]
    assert street.score(result, A)["grade"] == "二类", "Z5 is no class 3, and no class 1"
    unreported = street.score(result, C)
    assert (unreported["total"], unreported["grade"], unreported["status"]) == (None, "未定级", "未报")


def test_what_is_read_of_the_halves_names_period_and_revision(street: Street, classing: Scheme) -> None:
    lines = street.lines(classed(street, classing), B)
    halves = "《半年党建检查考评方案》2025年上半年第1稿、《半年党建检查考评方案》2025年下半年第1稿"
    for code in ("G3", "G4", "G6"):
        assert f"（引自{halves}）" in lines[code]["explanation"]
    assert "满意 30 票、基本满意 14 票、不满意 6 票" in lines["G7"]["explanation"]


def test_two_of_two_items_a_room_and_the_votes_make_it_class_two(street: Street, classing: Scheme) -> None:
    issued(street, classed(street, classing))
    assert verified(street, f"{B},Z2,销号,2026-06-20", f"{B},G5,销号,2026-07-10") == ["销号", "销号"]
    result = looked_at(street)
    score, lines = street.score(result, B), street.lines(result, B)
    assert [f"{lines[code]['points']:.2f}" for code in ("P1", "P2", "P3")] == ["40.00", "20.00", "34.96"]
    assert (f"{score['total']:.2f}", score["grade"]) == ("94.96", "二类")
    assert "原定类别（引自《基层党组织分类定级办法》2025年度第1稿）为“三类”" in score["grade_reason"]
    happened = street.connection.execute(
        text("SELECT kind, happened_at FROM item_event WHERE sha256 IS NOT NULL ORDER BY happened_at, sequence")
    ).all()
    assert [kind for kind, _ in happened] == ["answered", "verified", "closed"] * 2, "nobody had answered before"


def test_the_circular_of_the_recheck_names_who_was_promoted_and_who_goes_on(street: Street, classing: Scheme) -> None:
    issued(street, classed(street, classing))
    verified(street, f"{B},Z2,销号,2026-06-20", f"{B},G5,销号,2026-07-10")
    result = looked_at(street)
    said = as_markdown("通报", build_model(street.connection, result.id), number="", issue_date=None).replace("\\", "")
    assert "对2025年度定为三类的1个基层党组织进行了转化复核" in said
    assert "复评发出评议票52张，收回50张，收回率96.15%，党组织满意率平均为87.40%" in said
    assert "社区2整改事项全部销号，转化为二类" in said and "本次复核的党组织全部转化" in said


def test_who_stays_in_class_three_is_named_to_be_in_the_next_circular_with_what_still_holds(
    street: Street, classing: Scheme
) -> None:
    issued(street, classed(street, classing))
    verified(street, f"{B},Z2,销号,2026-06-20", f"{B},G5,销号,2026-07-10")
    result = looked_at(street, 有可用场所="否")
    assert street.score(result, B)["grade"] == "三类"
    said = as_markdown("通报", build_model(street.connection, result.id), number="", issue_date=None).replace("\\", "")
    assert "社区2仍为三类，继续整顿，列入下一次通报" in said
    assert "没有可用的活动场所" in said


def test_only_those_of_class_three_are_looked_at_again(street: Street, classing: Scheme) -> None:
    recheck = load_scheme("classing_recheck", SUMMER)
    assert taking_part(street.connection, recheck, STREET) == [], "nobody is before anybody is classed"
    classed(street, classing)
    assert [unit.code for unit in taking_part(street.connection, recheck, STREET)] == [B]
    with pytest.raises(UserError, match="没有街道"):
        street.assess(LOOKED_AT, load_scheme("classing_recheck", Period.parse("2027H1")))


def test_an_open_item_keeps_it_in_class_three(street: Street, classing: Scheme) -> None:
    issued(street, classed(street, classing))
    verified(street, f"{B},Z2,销号,2026-06-20", f"{B},G5,通过,2026-07-10")
    score = street.score(looked_at(street), B)
    assert (f"{score['total']:.2f}", score["grade"]) == ("74.96", "三类")
    assert "已销号整改事项数" in score["grade_reason"] and "不符合“二类”的条件" in score["grade_reason"]


def test_what_is_wrong_with_verdicts_is_said_all_at_once(street: Street, classing: Scheme) -> None:
    issued(street, classed(street, classing))
    with pytest.raises(UserError) as error:
        verified(street, f"{B},Z9,销号,2026-06-20", f"{B},Z2,好,2026-06-20", f"{B},G5,销号,2026-07-11")
    assert [problem.partition("：")[0] for problem in error.value.problems] == [
        "第6行",
        "第7行“没有可用的活动场所”",
        "第8行“基本工作保障薄弱”",
    ]
    with pytest.raises(UserError, match=r"第6行：日期“六月”不是日期，请填如 2026-07-10。"):
        verdicts(f"{B},Z2,销号,六月")
    with pytest.raises(UserError, match="不是发给你们的整改事项"):
        take(street.connection, verdicts(f"{B},Z2,销号,2026-06-20", filler="990000009"), "e" * 64, "", LOOKED_AT)


def test_a_half_restated_restates_the_class_and_the_recheck_and_tells_whom(street: Street, classing: Scheme) -> None:
    first = classed(street, classing)
    issued(street, first)
    verified(street, f"{B},Z2,销号,2026-06-20", f"{B},G5,销号,2026-07-10")
    looked_at(street)
    later = at("2026-08-27T09:00:00")
    street.decides(B, "correction", "2", "2026-08-26T09:00:00", "party_lectures", period="2025H1")
    with standing_at(later):
        ScoredForm(H1).evaluate(street.connection, STREET, later, "test")
    newest = {
        row[0]: row[1]
        for row in street.connection.execute(
            text("SELECT scheme, MAX(revision) FROM assessment GROUP BY scheme, period")
        )
    }
    assert newest["classing"] == 2
    told = street.connection.execute(text("SELECT subject, payload FROM notice WHERE kind = 'ops_alert'")).all()
    lines = {subject: "\n".join(json.loads(payload)["lines"]) for subject, payload in told}
    assert {
        f"half_year/2025H1/{STREET}/r2",
        f"classing/2025/{STREET}/r2",
        f"classing_recheck/2026H1/{STREET}/r2",
    } <= set(lines)
    assert "社区2" in lines[f"classing/2025/{STREET}/r2"], "it says whom"
    assert "《半年党建检查考评方案》2025年上半年第2稿" in lines[f"classing/2025/{STREET}/r2"]


def test_who_falls_back_within_the_year_is_told_of(street: Street, classing: Scheme) -> None:
    issued(street, classed(street, classing))
    verified(street, f"{B},Z2,销号,2026-06-20", f"{B},G5,销号,2026-07-10")
    looked_at(street)
    scheme = load_scheme("classing", Period.parse("2026"))
    for form in ("main", "tally"):
        street.hands_in(B, "2027-03-20T10:00:00", {"书记空缺": "是", "有可用场所": "是"}, scheme=scheme, form=form)
    result = street.assess(at("2027-04-20T09:00:00"), scheme)
    assert street.score(result, B)["grade"] == "三类"
    line = street.lines(result, B)["R1"]
    assert (line["problem"], line["has_problem"]) == ("反弹（当年转化为二类后又定为三类）", False)
    assert "《后进党组织转化复核办法》2026年上半年第1稿" in line["explanation"]
    said = as_markdown("通报", build_model(street.connection, result.id), number="", issue_date=None)
    assert "反弹（当年转化为二类后又定为三类）" in said


def test_no_cadre_is_named_or_told_by_post_in_a_circular_or_a_sheet(street: Street, classing: Scheme) -> None:
    result = classed(street, classing)
    model = build_model(street.connection, result.id)
    said = as_markdown("通报", model, number="", issue_date=None).replace("\\", "")
    sheets = build_sheets(street.connection, model, result.id)
    for document in (said, *(as_markdown("成绩单", one, number="", issue_date=None) for one in sheets.values())):
        assert "张三" not in document
    assert "有班子成员测评不满意率超过三分之一的1个" in said
    for heading in ("# 一、定级结果", "# 二、评议情况", "# 三、后进整顿", "# 四、要求"):
        assert heading in said
    assert "共发出评议票120张，收回104张，收回率86.67%" in said


def test_class_three_and_who_is_not_classed_are_told_to_send_a_plan(street: Street, classing: Scheme) -> None:
    street.connection.execute(
        text(
            "INSERT INTO unit_attribute (code, name, value, valid_from) VALUES (:code, '包联领导', '程晚舟', '2025-01-01')"
        ),
        {"code": B},
    )
    result = classed(street, classing)
    issued(street, result)
    made = Outcomes(
        street.connection, build_model(street.connection, result.id), result.id, "云街党工委〔2026〕2号", CLASSED.date()
    )
    [document] = [one for one in made.scheme.documents if one.is_letter]
    letters = {one["unit_code"]: one for one in made.of(document)}
    assert sorted(letters) == [B, C, D], "A is of class 2"
    assert {one["reply_working_days"] for one in letters.values()} == {15}
    assert letters[B]["copied_to"] == ["包社区2服务组组长", "包联领导程晚舟"]
    assert letters[C]["copied_to"] == ["包社区3服务组组长"], "nobody is named to lead it"
    said = as_markdown(document.kind, letters[B], number="", issue_date=CLASSED.date())
    assert "总分81" in said and "定为三类，列入整顿" in said and "没有可用的活动场所" in said
    assert "包联领导：程晚舟" in said
    assert "2026年5月" in said.partition("请于")[2][:20]
    assert "按三类管理" in as_markdown(document.kind, letters[C], number="", issue_date=None)


def test_the_committee_gets_a_ledger_of_those_put_in_order_after_each_quarter(street: Street, classing: Scheme) -> None:
    result = classed(street, classing)
    issued(street, result)
    model = build_model(street.connection, result.id)
    street.connection.execute(
        insert(tables.circular).values(
            id=f"{result.id}/通报", assessment_id=result.id, kind="通报", state="issued", model=json.dumps(model),
            model_hash="", approved_by="", docx_sha256="", html_sha256="", document_number="云街党工委〔2026〕2号", issue_date=CLASSED.date(),
        )
    )  # fmt: skip
    verified(street, f"{B},Z2,销号,2026-06-20")
    assert papers_of_items(street.connection, classing, STREET, at("2026-07-01T07:50:00")) == 1
    assert papers_of_items(street.connection, classing, STREET, at("2026-07-02T07:50:00")) == 0
    [(sha256,)] = street.connection.execute(text("SELECT docx_sha256 FROM paper")).all()
    said = words_of(contents.load(sha256))
    assert "2026年第二季度党组织整顿台账" in said
    assert "列入整顿的党组织3个，整改事项4项。截至2026年7月1日，已销号1项，未销号3项，其中逾期2项" in said
    assert "社区2：三类，81.35分；没有报来整顿方案。" in said
    assert "社区3：未定级；" in said and "社区1" not in said, "A is of class 2"
    assert "2026年6月20日" in said


def test_defects_stand_among_the_items_and_not_among_the_points(
    street: Street, classing: Scheme, tmp_path: Path
) -> None:
    issued(street, classed(street, classing))
    write_out(street.connection, classing, tmp_path / "out", STREET)
    points, items, classes = (
        (tmp_path / f"out/{name}.csv").read_text(encoding="utf-8-sig").splitlines()
        for name in ("points", "items", "classes")
    )
    assert not any(",Z" in line for line in points)
    assert sorted(line.split(",")[3] for line in items if line.startswith(B)) == ["G5", "Z2"]
    assert next(line for line in classes if line.startswith(B)).split(",")[2] == "三类"


def test_votes_are_counts_to_the_end_and_who_was_not_voted_on_has_no_zero(
    street: Street, classing: Scheme, tmp_path: Path
) -> None:
    """No vote for an option is 0 votes; a row of persons left empty is nobody; a tally that never came leaves its unit 未报."""
    street.hands_in(D, "2026-03-20T10:00:00", scheme=classing, form="main", base="全好")
    result = classed(street, classing)
    write_out(street.connection, classing, tmp_path / "out", STREET)
    with (tmp_path / "out/values.csv").open(encoding="utf-8-sig") as file:
        used = {(row["unit_code"], row["field_label"]): row["used"] for row in csv.DictReader(file)}
    assert (used[A, "党组织（不满意）"], used[A, "不满意1"], used[A, "不满意2"]) == ("0", "22", "")
    assert not any(code == D for code, _ in used)
    score, lines = street.score(result, D), street.lines(result, D)
    assert (score["status"], score["grade"], list(lines)) == ("未报", "未定级", ["S0"])
    [poll] = build_model(street.connection, result.id)["polls"]
    assert (poll["units"], poll["issued"], poll["returned"], poll["rate_pct"]) == (2, 120, 104, "89.20")


def test_a_class_of_last_year_may_be_read_by_the_recheck_that_this_year_reads() -> None:
    """Two systems read each other, and one of them a period that ended before: that is no circle."""
    assert ("classing", YEAR) in load_scheme("classing_recheck", SUMMER).sources
    assert ("classing_recheck", Period.parse("2025H1")) in load_scheme("classing", YEAR).sources
    assert load_scheme("classing", YEAR).dates.due_date == dt.date(2026, 3, 28).replace(day=30), "a day off moves it"
