"""Sheets that rate others: a row a subject. A rating of 0, a row left empty and a row that is not there are told apart."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest

from include.intake.read_form import ReadForm
from include.intake.reading import Refusal, read_file
from include.intake.returned import mark_returned
from include.registry.units import Unit
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.validation.findings import Candidate, Finding
from include.validation.suite import validate
from include.workbooks.rating_sheets import write_rating_sheet
from tests.intake.form_samples import H1, as_ods, as_xls, put, saved, values_of
from tests.invented import invented

MUTUAL = (Path(__file__).parents[1] / "data/mutual.yaml").read_text(encoding="utf-8")
FILLER = Unit("P-1", "第一医院", "410102001", "云街街道", "", None, "yy@x.example", "", "", False)
HEAD = "表,驻区单位评社区\n期间,2026年上半年\n编码,P-1\n\n"
TITLES = "编码,名称,共建协议落实,场所开放,意见建议\n"


class Subject(NamedTuple):
    code: str
    name: str


COMMUNITIES = [Subject(f"41010200100{n}", name) for n, name in enumerate(["云桥社区", "河湾社区", "东门社区"], 1)]
ONE, TWO, THREE = (subject.code for subject in COMMUNITIES)


@pytest.fixture(scope="module", autouse=True)
def _mutual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with invented(tmp_path_factory.mktemp("systems"), "mutual", MUTUAL):
        yield


@pytest.fixture(scope="module")
def scheme() -> Scheme:
    return load_scheme("mutual", H1)


@pytest.fixture(scope="module")
def filled(scheme: Scheme) -> Callable[..., bytes]:
    """The unit's sheet with values typed into its cells, by <subject>/<column>."""
    blank = write_rating_sheet(scheme, "unit_rates", FILLER, COMMUNITIES)
    places = read(blank).cells

    def typed(values: dict[str, Any]) -> bytes:
        book = openpyxl.load_workbook(io.BytesIO(blank))
        for key, value in values.items():
            put(book, places[key].source_cell, value)
        return saved(book)

    return typed


def read(content: bytes | str, name: str = "评分.xlsx") -> ReadForm:
    return read_file(content.encode() if isinstance(content, str) else content, name, H1)


def checked(form: ReadForm) -> dict[str, Finding]:
    scheme = load_scheme(form.scheme_key, H1)
    found = validate([Candidate("1", scheme, form.form, form.cells, subjects=form.subjects)])["1"]
    return {one.check_code: one for one in found}


RATED = {f"{ONE}/pact": 18, f"{ONE}/rooms": 0, f"{TWO}/pact": 14.5, f"{TWO}/rooms": 10, f"{TWO}/advice": "多开放"}


def test_the_columns_of_a_rating_form_are_no_cells_of_the_fillers_own(scheme: Scheme) -> None:
    assert [cell.key for cell in scheme.cells] == ["meetings"]
    assert [column.label for column in scheme.columns_of("unit_rates")] == ["共建协议落实", "场所开放", "意见建议"]
    labels = [column.label for column in scheme.columns_of("workers")]
    assert labels == ["发出票数", "收回票数", "满意", "基本满意", "一般", "不满意"]


@pytest.mark.parametrize(
    ("convert", "name"), [(bytes, "评分.xlsx"), (as_ods, "评分.ods"), (as_xls, "评分.xls")], ids=["xlsx", "ods", "xls"]
)
def test_a_zero_is_a_rating_and_an_empty_row_is_none(filled: Callable[..., bytes], convert: Any, name: str) -> None:
    form = read(convert(filled(RATED)), name)
    assert (form.scheme_key, form.form, form.period, form.unit_code) == ("mutual", "unit_rates", "2026H1", "P-1")
    assert values_of(form) == {
        f"{ONE}/pact": "18",
        f"{ONE}/rooms": "0",
        f"{TWO}/pact": "14.5",
        f"{TWO}/rooms": "10",
        f"{TWO}/advice": "多开放",
    }
    assert form.subjects == dict(COMMUNITIES)
    assert [form.cells[f"{THREE}/{key}"].value for key in ("pact", "rooms", "advice")] == [None, None, None]
    assert checked(form) == {}


def test_a_flat_sheet_says_above_its_table_what_it_is_and_may_leave_rows_out(scheme: Scheme) -> None:
    form = read(f"{HEAD}{TITLES}{ONE},云桥社区,18,0,\n{TWO},河湾社区,14.5,10,多开放\n", "评分.csv")
    assert (form.form, form.unit_code, form.scheme_version) == ("unit_rates", "P-1", "2026")
    assert set(form.subjects) == {ONE, TWO}
    assert values_of(form) == {key: str(value) for key, value in RATED.items()}
    assert form.cells[f"{TWO}/rooms"].source_cell == "第7行"


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("期间,2026H1\n编码,P-1\n", "不是本系统的表单"),
        (
            "表,评分\n期间,2026H1\n编码,P-1\n",
            "写的表“评分”不认识。请在表的上方写一行“表,<表名>”；2026年上半年的评分表和台账有：",
        ),
        ("表,unit_rates\n期间,明年\n编码,P-1\n", "期间“明年”无法识别"),
        ("表,unit_rates\n期间,2026H1\n", "没有写明由谁填报"),
    ],
)
def test_a_sheet_that_does_not_say_what_it_is_is_refused(head: str, said: str) -> None:
    with pytest.raises(Refusal, match=said.replace("?", r"\?")):
        read(f"{head}{TITLES}{ONE},云桥社区,18,0,\n", "评分.csv")


def test_a_sheet_without_a_needed_column_is_refused() -> None:
    with pytest.raises(Refusal, match="表头没有“场所开放”"):
        read(f"{HEAD}编码,名称,共建协议落实\n{ONE},云桥社区,18\n", "评分.csv")


def test_half_a_row_a_rating_beyond_its_limits_and_a_word_go_back_each_by_its_subject() -> None:
    form = read(f"{HEAD}{TITLES}{ONE},云桥社区,18,,\n{TWO},河湾社区,20.5,好,\n{THREE},东门社区,20.5,3,\n", "评分.csv")
    found = checked(form)
    assert {code: one.severity for code, one in found.items()} == {
        f"required:{ONE}/rooms": "fail",
        f"range:{TWO}/pact": "fail",
        f"range:{THREE}/pact": "fail",
        f"type:{TWO}/rooms": "fail",
    }
    assert found[f"range:{THREE}/pact"].message == (
        "第8行“共建协议落实（东门社区）”为 20.5，应0 至 20。请填数字，不带单位。"
    )


def test_three_subjects_with_equal_ratings_are_noted_and_two_are_not(filled: Callable[..., bytes]) -> None:
    equal = {f"{code}/{key}": 20 for code in (ONE, TWO, THREE) for key in ("pact", "rooms")}
    (finding,) = checked(read(filled(equal))).values()
    assert (finding.severity, finding.summary) == ("warn", "各项评分完全相同，请核对")
    assert checked(read(filled({key: value for key, value in equal.items() if not key.startswith(THREE)}))) == {}


def test_a_form_that_wants_every_row_sends_an_empty_one_back() -> None:
    lines = "表,estates\n期间,2026H1\n编码,410102001\n编码,名称,环境卫生,乱堆处数\nX-1,一号小区,90,0\nX-2,二号小区,,\n"
    assert set(checked(read(lines, "小区.csv"))) == {"required:X-2/clean", "required:X-2/heaps"}


def test_votes_on_each_subject_are_checked_row_by_row() -> None:
    head = "表,workers\n期间,2026H1\n编码,410102001\n编码,名称,发出票数,收回票数,满意,基本满意,一般,不满意\n"
    form = read(f"{head}W-1,甲,40,36,20,8,2,0\nW-2,乙,40,41,20,8,2,12\nW-3,丙,40,36,0,0,0,0\n", "测评.csv")
    found = checked(form)
    assert {code: one.severity for code, one in found.items()} == {
        "workers_returned_within:W-2": "fail",
        "worker_1_within:W-2": "fail",
        "worker_1_none:W-3": "fail",
    }
    assert "收回票数 41，应不超过 发出票数 40" in found["workers_returned_within:W-2"].message


def test_a_row_that_is_there_twice_counts_once_and_a_difference_is_for_a_person() -> None:
    rows = f"{ONE},云桥社区,18,2,\n{ONE},云桥社区,18,3,\n"
    form = read(f"{HEAD}{TITLES}{rows}", "评分.csv")
    assert form.cells[f"{ONE}/pact"].value == "18"
    assert "同一对象有两行，内容不一致（第6行、第7行）" in checked(form)[f"type:{ONE}/rooms"].message


def test_a_row_without_a_code_is_not_lost() -> None:
    form = read(f"{HEAD}{TITLES},云桥社区,18,2,\n", "评分.csv")
    assert form.subjects == {"（第6行）": "云桥社区"}


def test_what_goes_back_shows_the_wrong_cell_of_the_right_subject(scheme: Scheme, filled: Callable[..., bytes]) -> None:
    for content, name in (
        (filled({**RATED, f"{TWO}/rooms": 30}), "评分.xlsx"),
        (f"{HEAD}{TITLES}{ONE},云桥社区,18,0,\n{TWO},河湾社区,14.5,30,多开放\n".encode(), "评分.csv"),
    ):
        form = read(content, name)
        marked, _ = mark_returned(content, name, form, list(checked(form).values()), scheme, FILLER)
        again = read(marked)
        sheet, _, place = again.cells[f"{TWO}/rooms"].source_cell.rpartition("!")
        assert openpyxl.load_workbook(io.BytesIO(marked))[sheet][place].fill.start_color.rgb == "FFFF9999"
        assert values_of(again) == values_of(form)


def test_codes_survive_what_spreadsheets_do_to_them() -> None:
    rows = f'{ONE}.0,云桥社区,18,2,\n\'{TWO},河湾社区,18,3,\n"=""{THREE}""",东门社区,1,1,\n'
    assert set(read(f"{HEAD}{TITLES}{rows}", "评分.csv").subjects) == {ONE, TWO, THREE}
