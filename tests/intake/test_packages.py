"""Workbooks put together otherwise than Excel does, and files whose name was lost on the way."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from include.intake.reading import Refusal, read_file
from include.intake.returned import mark_returned
from include.settings import REPO
from tests.intake.form_samples import (
    H1,
    RED,
    as_ods,
    as_xls,
    blank,
    canonical,
    figures,
    finding,
    flat,
    half_year,
    part_of,
    read,
    rezipped,
    unit,
    values_of,
    whole_form,
    zipped,
)

CASES = REPO / "tests/data/intake"
ROOT, RELATIONS, TYPES = "_rels/.rels", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"


def form() -> bytes:
    return whole_form()


def moved(content: bytes, places: dict[str, str], folder: str) -> bytes:
    """The package with parts under other names, and its references to them as seen from another folder."""
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        parts = {name: container.read(name) for name in container.namelist()}
    for old, new in places.items():
        parts = {new if name == old else name: data for name, data in parts.items()}
        for part in (ROOT, TYPES):
            parts[part] = parts[part].replace(old.encode(), new.encode())
    relations = next(name for name in parts if name.endswith(".rels") and name != ROOT)
    for old, new in places.items():
        parts[relations] = parts[relations].replace(f'"/{old}"'.encode(), f'"/{new}"'.encode())
    return zipped(parts)


@pytest.mark.parametrize("name", ["K12a_workbook2.xlsx", "K12g_rel_parent.xlsx"])
def test_a_workbook_under_another_name_or_with_paths_that_go_up_is_read(name: str) -> None:
    cells = read_file((CASES / name).read_bytes(), name, H1).cells
    assert (cells["party_lectures"].value, cells["dues_paid_yuan"].value, cells["paper_20"].value) == (
        "2",
        "1584.8",
        "有",
    )


@pytest.mark.parametrize(
    "path", ["./worksheets/", "../xl/worksheets/", "/xl/worksheets/", "../xl/./worksheets/../worksheets/"]
)
def test_the_paths_to_the_sheets_may_be_written_in_any_way(path: str) -> None:
    content = form()
    relations = part_of(content, RELATIONS).replace(b"/xl/worksheets/", path.encode())
    assert values_of(read(rezipped(content, {RELATIONS: relations}))) == canonical(figures())


def test_the_whole_workbook_may_lie_in_another_folder() -> None:
    places = {
        "xl/workbook.xml": "content/book.xml",
        RELATIONS: "content/_rels/book.xml.rels",
        "xl/styles.xml": "content/looks.xml",
    }
    assert values_of(read(moved(form(), places, "content"))) == canonical(figures())


def test_such_a_workbook_goes_back_marked_with_every_sheet() -> None:
    content = (CASES / "K12a_workbook2.xlsx").read_bytes()
    back, _ = mark_returned(content, "表.xlsx", read(content), [finding("members")], half_year(), unit())
    book = openpyxl.load_workbook(io.BytesIO(back))
    assert {"退回说明", "填报表", "材料清单", "加分事项"} <= set(book.sheetnames)
    sheet, _, reference = read(content).cells["members"].source_cell.partition("!")
    assert book[sheet][reference].fill.start_color.rgb == RED


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({RELATIONS: b"<Relationships><Relationship Target='./x"}, "内部结构不规范"),
        ({RELATIONS: b"<!DOCTYPE a><Relationships Target='./x'/>"}, "DOCTYPE"),
        ({"xl/externalLinks/externalLink1.xml": b"<a/>", RELATIONS: b"<a Target='./x'/>"}, "外部链接"),
    ],
)
def test_what_cannot_be_followed_is_refused_as_before(changes: dict[str, bytes], why: str) -> None:
    with pytest.raises(Refusal, match=why):
        read(rezipped(blank(), changes))


def test_a_root_that_names_something_else_makes_no_workbook() -> None:
    root = b'<R xmlns="a"><R Type="x/officeDocument" Target="../../etc/passwd"/></R>'
    with pytest.raises(Refusal, match="压缩包"):
        read(zipped({ROOT: root, "a.xml": b"<a/>"}))


@pytest.mark.parametrize("name", ["表", "附件1.bin", "att00001.dat", "表.xlsx.download", "tmp3F.tmp"])
def test_a_form_whose_name_was_lost_on_the_way_is_read_by_its_content(name: str) -> None:
    typed = form()
    for content in (typed, as_xls(typed), as_ods(typed), flat(figures())):
        assert values_of(read(content, name)) == canonical(figures())


@pytest.mark.parametrize("name", ["表.pdf", "表.jpg", "表.xls", "表.exe"])
def test_a_name_that_says_something_else_is_still_pointed_out(name: str) -> None:
    with pytest.raises(Refusal, match=r"扩展名.*与内容不符"):
        read(form(), name)
