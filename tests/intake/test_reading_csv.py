"""The flat CSV layout: 编码,填报项,填报值."""

from __future__ import annotations

import pytest

from include.intake.reading import Refusal, read_file
from tests.intake.form_samples import CODE, H1, canonical, figures, flat, read, values_of

HEADER = "编码,填报项,填报值\n"


def csv(*lines: str) -> bytes:
    return (HEADER + "\n".join(lines) + "\n").encode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_reads_in_every_encoding_that_offices_use(encoding: str) -> None:
    form = read(flat(figures(), encoding=encoding), "表.csv")
    assert (form.scheme_key, form.form, form.period, form.unit_code) == ("half_year", "main", "2026H1", CODE)
    assert values_of(form) == canonical(figures())
    assert form.notes == []


def test_a_line_is_named_by_its_number() -> None:
    form = read(csv(f"{CODE},党课次数,两次", f"{CODE},党员数,58"), "表.csv")
    assert (form.cells["party_lectures"].source_cell, form.cells["members"].source_cell) == ("第2行", "第3行")
    assert "不是数字" in str(form.cells["party_lectures"].problem)


def test_fields_that_a_csv_leaves_out_are_missing() -> None:
    cell = read(csv(f"{CODE},党课次数,2"), "表.csv").cells["members"]
    assert (cell.text, cell.value, cell.problem, cell.source_cell) == ("", None, None, "")


def test_the_nth_bonus_matter_belongs_to_the_nth_row_and_numbers_are_understood() -> None:
    plain = csv(
        f"{CODE},党课次数,2",
        *(f"{CODE},{k},{v}" for k, v in [("事项", "甲"), ("级别", "市"), ("事项", "乙"), ("级别", "省")]),
    )
    numbered = csv(
        f"{CODE},党课次数,2",
        *(f"{CODE},{k},{v}" for k, v in [("事项2", "乙"), ("级别2", "省"), ("事项(第1项)", "甲"), ("级别１", "市")]),
    )
    for content in (plain, numbered):
        values = values_of(read(content, "表.csv"))
        assert [values[f"bonus_{n}_{k}"] for n in (1, 2) for k in ("matter", "level")] == ["甲", "市", "乙", "省"]


@pytest.mark.parametrize("text", ["2025H2", "2025年下半年", "２０２５H2"])
@pytest.mark.parametrize("label", ["期间", "填报期"])
def test_a_csv_may_name_its_period(label: str, text: str) -> None:
    assert read(csv(f"{CODE},{label},{text}", f"{CODE},党课次数,2"), "表.csv").period == "2025H2"


@pytest.mark.parametrize("text", ["2026Q2", "2026年第二季度", "2026年第2季度"])
def test_the_second_quarters_form_is_that_of_the_half_year(text: str) -> None:
    assert read(csv(f"{CODE},期间,{text}", f"{CODE},党课次数,2"), "表.csv").period == "2026H1"


def test_labels_are_known_with_their_unit_and_with_stray_blanks() -> None:
    values = values_of(read(csv(f"{CODE},应缴党费(元),100", f"{CODE}, 实缴党费（元） ,99.5"), "表.csv"))
    assert values == {"dues_payable_yuan": "100", "dues_paid_yuan": "99.5"}


def test_an_unknown_label_is_a_note_and_not_an_error() -> None:
    form = read(csv(f"{CODE},党课次数,2", f"{CODE},唱歌次数,9"), "表.csv")
    assert form.notes == ["第3行：没有名为“唱歌次数”的填报项，没有读取。"]


def test_the_same_label_twice_is_wrong_only_where_the_values_differ() -> None:
    same = read(csv(f"{CODE},党课次数,2", f"{CODE},党课次数,２"), "表.csv").cells["party_lectures"]
    other = read(csv(f"{CODE},党课次数,2", f"{CODE},党课次数,3"), "表.csv").cells["party_lectures"]
    assert same.value == "2"
    assert other.value is None
    assert "不一致（第2行、第3行）" in str(other.problem)


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_tabs_and_semicolons_separate_as_well(delimiter: str) -> None:
    content = flat({"members": 58}).decode("utf-8-sig").replace(",", delimiter).encode()
    assert values_of(read(content, "表.csv")) == {"members": "58"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (csv(f"{CODE},党员数,1", "410102001002,党员数,2"), "2 个单位"),
        (csv("4.10102E+11,党员数,1"), "不是 12 位数字"),
        (csv(",党员数,1"), "没有填写单位编码"),
        (csv(f"{CODE},唱歌次数,1"), "没有一个填报项"),
        (csv(f"{CODE},期间,下个月", f"{CODE},党员数,1"), "第2行的期间"),
        (csv(f"{CODE},期间,2026H1", f"{CODE},期间,2025H1", f"{CODE},党员数,1"), "不同的期间"),
        (HEADER.encode(), "只有表头"),
        ("姓名,电话\n张三,1\n".encode(), "不是本系统的表单"),
        (b"\xff\x80\x80" * 30, "编码无法识别"),
        (csv(f"{CODE},党员数,1") + b"\x00", "不是电子表格"),
    ],
)
def test_a_csv_that_cannot_be_used_is_refused_with_the_reason(content: bytes, why: str) -> None:
    with pytest.raises(Refusal, match=why):
        read(content, "表.csv")


def test_a_csv_without_any_period_is_refused_with_the_way_out() -> None:
    with pytest.raises(Refusal, match="请加一行，填报项为“期间”"):
        read_file(csv(f"{CODE},党员数,1"), "表.csv", None)
    assert read_file(csv(f"{CODE},党员数,1"), "表.csv", H1).period == "2026H1"


@pytest.mark.parametrize(("suffix", "form"), [("自评", "self"), ("街道评", "street"), ("群众评", "residents")])
def test_the_form_is_the_one_that_knows_the_labels(suffix: str, form: str) -> None:
    found = read(csv(f"{CODE},领导班子好({suffix}),18.5", f"{CODE},工作机制好（{suffix}）,17"), "表.csv")
    assert (found.scheme_key, found.form) == ("five_good", form)
    assert sorted(values_of(found).values()) == ["17", "18.5"]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "，"])
def test_a_line_with_more_columns_than_the_header_goes_back_with_its_number(delimiter: str) -> None:
    lines = [
        "编码,填报项,填报值",
        f"{CODE},应缴党费,1,584.80",
        f"{CODE},特色活动名称,重阳敬老,读书会",
        f"{CODE},党员数,58",
    ]
    form = read("\n".join(lines).replace(",", delimiter).encode(), "表.csv")
    dues, names = form.cells["dues_payable_yuan"], form.cells["special_activity_names"]
    assert (dues.value, names.value, form.cells["members"].value) == (None, None, "58")
    assert "第2行比表头多出 1 列（584.80），数字里有逗号的请去掉逗号" in str(dues.problem)
    assert "第3行比表头多出 1 列（读书会）" in str(names.problem)


def test_empty_columns_at_the_end_of_a_line_are_nothing() -> None:
    content = f"编码,填报项,填报值,,\n{CODE},党员数,58,,,,\n".encode()
    assert values_of(read(content, "表.csv")) == {"members": "58"}


def test_a_shifted_line_of_no_known_label_is_refused_and_not_only_noted() -> None:
    content = f"编码,名称,填报项,填报值\n{CODE},云桥,一社区,党员数,58\n{CODE},云桥一社区,党课次数,2\n".encode()
    with pytest.raises(Refusal, match="第2行比表头多出 1 列（58）"):
        read(content, "表.csv")


def test_an_unclosed_quote_is_named_by_its_line_at_the_end_and_before_another_quote() -> None:
    for lines in (
        [f"{CODE},党课次数,2", f'{CODE},特色活动名称,"重阳敬老', f"{CODE},党员数,58"],
        [f"{CODE},党课次数,2", f'{CODE},特色活动名称,"重阳敬老', f"{CODE},党员数,58", f'{CODE},党小组数,"3"'],
    ):
        with pytest.raises(Refusal, match="第3行有一个英文引号"):
            read(csv(*lines), "表.csv")


def test_a_text_of_several_lines_in_quotes_is_read_whole() -> None:
    form = read(csv(f'{CODE},特色活动名称,"重阳敬老,\n读书会"', f"{CODE},党员数,58"), "表.csv")
    assert values_of(form) == {"special_activity_names": "重阳敬老, 读书会", "members": "58"}


def test_the_mark_that_dos_puts_at_the_end_is_no_line() -> None:
    for end in (b"\x1a", b"\x1a\r\n"):
        assert values_of(read(csv(f"{CODE},党员数,58") + end, "表.csv")) == {"members": "58"}


def test_a_title_above_the_header_does_not_decide_what_parts_the_columns() -> None:
    for title in ("云桥社区，2026年上半年，填报", "云桥社区;填报表;;;", "填报单位\t云桥社区"):
        content = f"{title}\n编码,填报项,填报值\n{CODE},党员数,58\n".encode()
        assert values_of(read(content, "表.csv")) == {"members": "58"}


@pytest.mark.parametrize("code", [f"{CODE}.0", f"{CODE}.00", f"'{CODE}", f"\u202d{CODE}\u202c"])
def test_a_code_that_a_spreadsheet_took_for_a_number_is_the_code(code: str) -> None:
    assert read(csv(f"{code},党员数,58"), "表.csv").unit_code == CODE


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8"])
@pytest.mark.parametrize("name", ["表.txt", "表.tsv", "表.csv"])
def test_what_excel_saves_as_unicode_text_is_read(name: str, encoding: str) -> None:
    content = flat(figures()).decode("utf-8-sig").replace(",", "\t").encode(encoding)
    assert values_of(read(content, name)) == canonical(figures())


def test_a_text_that_holds_no_form_is_still_refused() -> None:
    with pytest.raises(Refusal, match="普通文本"):
        read("工作总结：本期……".encode("utf-16"), "总结.txt")
