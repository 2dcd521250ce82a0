"""What one cell may say."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.schemes.fields import FormField
from include.workbooks.values import type_value

COUNT = FormField(key="a", label="党课次数", type="count", unit="次")
YUAN = FormField(key="a", label="实缴党费", type="yuan", unit="元")
DECIMAL = FormField(key="a", label="评分", type="decimal")
YES_NO = FormField(key="a", label="有研究记录", type="yes_no")
CHOICE = FormField(key="a", label="级别", type="choice", options=["街道", "县区"])
TEXT = FormField(key="a", label="事项", type="text")
DATE = FormField(key="a", label="日期", type="date")


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        (COUNT, 12, "12"), (COUNT, 12.0, "12"), (COUNT, "12", "12"), (COUNT, "１２", "12"), (COUNT, "　12\n", "12"),
        (COUNT, "1,584", "1584"), (COUNT, "012", "12"), (COUNT, "12.0", "12"), (COUNT, "+3", "3"), (COUNT, 0, "0"),
        (COUNT, -0.0, "0"), (COUNT, 1e9, "1000000000"),
        (YUAN, 1584.8, "1584.8"), (YUAN, "1,584.80", "1584.8"), (YUAN, "１５８４．８０", "1584.8"), (YUAN, 0.1 + 0.2, "0.3"),
        (YUAN, "100", "100"), (DECIMAL, -1.125, "-1.125"),
        (YES_NO, " 是 ", "是"), (YES_NO, "否", "否"), (CHOICE, "县区", "县区"),
        (TEXT, " 邻里节\x07🎉 ", "邻里节🎉"), (TEXT, "cafe\u0301", "café"), (TEXT, 2026.0, "2026"), (TEXT, "=1+1", "=1+1"),
        (DATE, dt.date(2026, 7, 1), "2026-07-01"), (DATE, dt.datetime.fromisoformat("2026-07-01"), "2026-07-01"),
        (DATE, "2026年7月1日", "2026-07-01"), (DATE, "2026/7/1", "2026-07-01"),
    ],
)  # fmt: skip
def test_this_is_read_without_complaint(field: FormField, raw: Any, value: str) -> None:
    assert type_value(field, raw)[:2] == (value, None)


@pytest.mark.parametrize(
    ("field", "raw", "why"),
    [
        (COUNT, "12次", "只填数字"), (COUNT, "约12", "不是数字"), (COUNT, "十二", "不是数字"), (COUNT, "①", "不是数字"),
        (COUNT, "12²", "只填数字"), (COUNT, dt.date(1900, 1, 12), "日期"), (COUNT, dt.time(1, 2), "日期或时间"),
        (COUNT, "2026-07-01", "日期"), (COUNT, True, "逻辑值"), (COUNT, "#REF!", "错误值"), (COUNT, -1, "负数"),
        (COUNT, "－1", "负数"), (COUNT, 1.5, "小数"), (COUNT, float("nan"), "不是数字"), (COUNT, float("inf"), "不是数字"),
        (COUNT, "1e5", "科学计数法"), (COUNT, 1e300, "过大"), (COUNT, 1e9 + 1, "过大"), (COUNT, "1,5,84", "数字"),
        (COUNT, "12;", "只填数字"), (COUNT, "١٢", "不是数字"),
        (YUAN, 1.005, "两位小数"), (YUAN, "100元", "只填数字"), (YUAN, "¥100", "不是数字"), (YUAN, -0.01, "负数"),
        (YES_NO, True, "逻辑值"), (YES_NO, "有", "“是”或“否”"), (YES_NO, "是的", "“是”或“否”"), (CHOICE, "乡镇", "街道、县区"),
        (TEXT, "字" * 501, "500"), (DATE, "2026-02-30", "没有这一天"), (DATE, "七一", "不是日期"),
    ],
)  # fmt: skip
def test_this_is_sent_back_with_the_reason(field: FormField, raw: Any, why: str) -> None:
    value, problem, text = type_value(field, raw)
    assert value is None
    assert problem is not None and why in problem
    assert text


@pytest.mark.parametrize("field", [COUNT, YUAN, DECIMAL, YES_NO, CHOICE, TEXT, DATE])
@pytest.mark.parametrize("raw", [None, "", "  ", "　", "\u200b"])
def test_an_empty_cell_is_missing_and_not_wrong(field: FormField, raw: Any) -> None:
    assert type_value(field, raw) == (None, None, "")


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        (YUAN, 330.00000000000057, "330"), (YUAN, 1584.7999999999884, "1584.8"), (YUAN, sum([1.1] * 300), "330"),
        (YUAN, 158480.3 - 156895.5, "1584.8"), (YUAN, 0.3 - 0.1 - 0.2, "0"), (YUAN, 1584.8 - 1584.7 - 0.1, "0"),
        (YUAN, 99999999.99 + 1e-7, "99999999.99"),
        (COUNT, 2.000000000000014, "2"), (COUNT, 100 * 1.1 - 108, "2"), (COUNT, 0.1 * 3 - 0.3, "0"), (COUNT, 11.999999999999998, "12"),
    ],
)  # fmt: skip
def test_what_binary_arithmetic_left_behind_is_no_digit_of_an_amount_or_a_count(
    field: FormField, raw: float, value: str
) -> None:
    assert type_value(field, raw) == (value, None, value)


@pytest.mark.parametrize(
    ("field", "raw", "why"),
    [
        (YUAN, 1584.804, "两位小数"), (YUAN, "1584.804", "两位小数"), (YUAN, "330.00000000000057", "两位小数"),
        (YUAN, 1584.80001, "两位小数"), (YUAN, 5000000.004, "两位小数"), (YUAN, -0.01, "负数"),
        (COUNT, 2.00001, "小数"), (COUNT, "2.000000000000014", "小数"), (COUNT, 0.5, "小数"), (COUNT, -1.0000000000000002, "负数"),
    ],
)  # fmt: skip
def test_a_digit_that_somebody_meant_or_typed_is_never_taken_for_such_a_residue(
    field: FormField, raw: Any, why: str
) -> None:
    value, problem, _ = type_value(field, raw)
    assert value is None and problem is not None and why in problem


@given(st.integers(0, 10**9))
def test_every_count_is_read_as_it_was_typed(number: int) -> None:
    for raw in (number, float(number), str(number), f"{number:,}"):
        assert type_value(COUNT, raw)[0] == str(number)


@given(st.decimals(0, 10**9, places=2))
def test_every_amount_is_read_exactly(amount: Decimal) -> None:
    for raw in (float(amount), f"{amount}", f"{amount:,}"):
        value = type_value(YUAN, raw)[0]
        assert value is not None
        assert Decimal(value) == amount
        assert "E" not in value


@given(st.one_of(st.text(), st.floats(), st.booleans(), st.dates(), st.integers()))
def test_no_cell_is_both_read_and_wrong_and_none_crashes(raw: Any) -> None:
    for field in (COUNT, YUAN, DECIMAL, YES_NO, CHOICE, TEXT, DATE):
        value, problem, text = type_value(field, raw)
        assert value is None or problem is None
        assert (value is None and problem is None) == (text == "")
